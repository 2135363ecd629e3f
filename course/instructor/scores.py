"""What the gradebook holds, for whoever reads it: `course report` and `course export`.

Points are Decimals rounded to a millionth, so that sums show no rounding noise of floats.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from course.instructor.grade import CONFIG, UsageError, is_graded
from course.notebook.progress import exercise_of

ZERO = Decimal(0)


@dataclass
class Score:
    """What a student has of one exercise, or of one written question.

    ``to_read``: points of it that a person has yet to give. ``by_hand``: a person gave some.
    """

    exercise: str
    written: bool
    points: Decimal = ZERO
    maximum: Decimal = ZERO
    to_read: Decimal = ZERO
    by_hand: bool = False


@dataclass
class Student:
    """A student as the gradebook knows them; all but the id may be empty."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""


@dataclass
class Submission:
    """A graded submission; ``scores`` in the chapter's order, ``penalty`` for lateness."""

    student: Student
    chapter: str
    penalty: Decimal = ZERO
    scores: list[Score] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        """All points less the penalty, never below zero."""
        return max(ZERO, sum((s.points for s in self.scores), ZERO) - self.penalty)

    @property
    def maximum(self) -> Decimal:
        return sum((s.maximum for s in self.scores), ZERO)

    @property
    def to_read(self) -> Decimal:
        """Points that a person has yet to give: until then the total is not final."""
        return sum((s.to_read for s in self.scores), ZERO)


def open_course(root: Path):
    """nbgrader's application for the course in `root`, as `nbgrader_config.py` sets it up.

    Raises UsageError where there is no course, or no gradebook yet.
    """
    from nbgrader.apps.baseapp import NbGrader

    if not (root / CONFIG).is_file():
        raise UsageError(f"no {CONFIG} in {root.resolve()}: run this in the course's folder")
    app = NbGrader(log_level="ERROR")  # it warns of settings that it has not looked for yet
    app.load_cwd_config = False  # the settings of `root`, wherever this is called
    app.initialize([], root=str(root.resolve()))
    # To open a gradebook that is not there would make an empty one.
    file = app.coursedir.db_url.removeprefix("sqlite:///")
    if file != app.coursedir.db_url and not Path(file).is_file():
        raise UsageError("there is no gradebook yet: run course grade first")
    return app


def open_gradebook(app):
    """The gradebook of `open_course`'s application, to be used in a `with`."""
    from nbgrader.api import Gradebook

    return Gradebook(app.coursedir.db_url, app.coursedir.course_id)


def read(
    gradebook, coursedir, chapters: Iterable[str] = (), students: Iterable[str] = ()
) -> list[Submission]:
    """The graded submissions, sorted by chapter and student; all, or those that are named.

    What an attempt that failed or was interrupted has left is no submission. Raises UsageError for
    a chapter or student that is not there.
    """
    assignments = {each.name: each for each in gradebook.assignments}
    people = {each.id: _student(each) for each in gradebook.students}
    _all_known("chapter", chapters, assignments)
    _all_known("student", students, people)
    found = []
    for chapter in sorted(chapters or assignments):
        for submission in _of_chapter(gradebook, coursedir, assignments[chapter], people):
            if not students or submission.student.id in students:
                found.append(submission)
    return found


def _all_known(what: str, wanted: Iterable[str], known: Iterable[str]) -> None:
    if missing := sorted(set(wanted) - set(known)):
        have = ", ".join(sorted(known)) or "none"
        hint = " (course grade enters it)" if what == "chapter" else ""
        lacking = ", ".join(missing)
        raise UsageError(f"no {what} {lacking} in the gradebook{hint}; there is: {have}")


def _student(row) -> Student:
    fields = ("id", "first_name", "last_name", "email", "lms_user_id")
    return Student(*(getattr(row, name) or "" for name in fields))


def _of_chapter(gradebook, coursedir, assignment, people) -> list[Submission]:
    """One query each for submissions and grades: object by object a large class takes minutes."""
    from nbgrader.api import Grade, SubmittedAssignment, SubmittedNotebook

    cells = _cells(assignment, coursedir)
    notebooks = (
        gradebook.db.query(
            SubmittedNotebook.id,
            SubmittedNotebook.late_submission_penalty,
            SubmittedAssignment.student_id,
        )
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .filter(SubmittedAssignment.assignment_id == assignment.id)
    )
    submissions: dict[str, Submission] = {}
    owner = {}
    for notebook, penalty, student in notebooks:
        folder = coursedir.format_path(coursedir.autograded_directory, student, assignment.name)
        if not is_graded(Path(folder)):
            continue
        empty = _no_points(cells.values())
        submission = submissions.setdefault(
            student, Submission(people[student], assignment.name, scores=empty)
        )
        submission.penalty += exact(penalty or 0)
        owner[notebook] = {score.exercise: score for score in submission.scores}
    grades = (
        gradebook.db.query(
            Grade.notebook_id,
            Grade.cell_id,
            Grade.score,
            Grade.needs_manual_grade,
            Grade.manual_score,
        )
        .join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .filter(SubmittedAssignment.assignment_id == assignment.id)
    )
    for notebook, cell, points, unread, manual in grades:
        if notebook in owner:
            exercise, _, maximum = cells[cell]
            score = owner[notebook][exercise]
            score.points += exact(points)
            score.to_read += maximum if unread else 0
            score.by_hand |= manual is not None
    return [submissions[student] for student in sorted(submissions)]


def _cells(assignment, coursedir) -> dict[str, tuple[str, bool, Decimal]]:
    """Id of a graded cell -> its exercise, whether a person reads it, its maximum; in order."""
    cells = []
    for notebook in assignment.notebooks:
        answers = {cell.name for cell in notebook.solution_cells}
        graded = [*notebook.grade_cells, *notebook.task_cells]
        exercises = sorted(answers - {cell.name for cell in graded})
        place = _order(coursedir, assignment.name, notebook.name)
        for cell in sorted(graded, key=lambda c: (place.get(c.name, len(place)), c.name)):
            written = cell.name in answers or cell.type == "TaskCell"
            exercise = cell.name if written else exercise_of(cell.name, exercises) or cell.name
            cells.append((cell.id, (exercise, written, exact(cell.max_score))))
    return dict(cells)


def _no_points(cells: Iterable[tuple[str, bool, Decimal]]) -> list[Score]:
    """The scores of a chapter's exercises before there is a grade."""
    scores: dict[str, Score] = {}
    for exercise, written, maximum in cells:
        scores.setdefault(exercise, Score(exercise, written)).maximum += maximum
    return list(scores.values())


def _order(coursedir, chapter: str, notebook: str) -> dict[str, int]:
    """Where each cell stands in the source, as the gradebook has no order; empty without one."""
    folder = coursedir.format_path(coursedir.source_directory, ".", chapter)
    try:
        cells = json.loads(Path(folder, f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError):
        return {}
    names = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in cells]
    return {name: number for number, name in enumerate(names) if name}


def exact(number: float) -> Decimal:
    """A float of the gradebook as the decimal number that was meant."""
    return round(Decimal(repr(float(number))), 6)


def plain(number: Decimal) -> str:
    """A number without exponent and without zeros at its end: 9.5, 10, 0."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def shown(name: str) -> str:
    """A name that may hold anything, on one line and without characters that do things."""
    return "".join(char if char.isprintable() else "\ufffd" for char in name)


def write_whole(path: Path, text: str) -> None:
    """Write a file in one step: a reader sees the old one or the new one, never a half.

    Raises UsageError where nothing can be written there.
    """
    path = path.absolute()
    unfinished = path.with_name(f".{path.name}.new")
    try:
        unfinished.write_text(text, encoding="utf-8", newline="")
        os.replace(unfinished, path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error
