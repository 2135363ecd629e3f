"""``course grade``: autograde a chapter's submissions, several at once, with feedback and scores.

Each submission goes through nbgrader's own converters by itself and never in a batch, so that
nothing one student handed in can stop or change another's grade. What a student can cause ends as
one line about that student; the class goes on.

Whenever this process is killed, the same command goes on where it was: a submission counts as
graded once its memory is written, which is the last thing done for it.
"""

import argparse
import concurrent.futures
import contextlib
import csv
import fnmatch
import hashlib
import itertools
import json
import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from course.instructor.turns import Turns

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from nbgrader.converters.base import BaseConverter

    from course.instructor.intake import Handed

PACKAGE = Path(__file__).parents[1]
CONFIG = "nbgrader_config.py"
LOG = "autograded/grading.log"
MEMORY = ".graded.json"  # in autograded/<student>/<chapter>/; nbgrader_config.py ignores it
UNFINISHED = ".{chapter}.unfinished.json"  # in autograded/<student>/, while grading has not ended
# What of the package decides on grades: when it has changed, everything is graded again.
BASIS = (
    "notebook",
    "judge",
    "instructor/execute.py",
    "instructor/judged.py",
    "instructor/preprocessors.py",
    "instructor/intake.py",
    "reading.py",
    "repair.py",
)
CSV_HEADER = (
    "student",
    "chapter",
    "score",
    "max_score",
    "needs_manual_grade",
    "points_to_read",
    "problems",
)
STRAY = (".*", "__pycache__")  # what file managers and git leave in submitted/


class UsageError(Exception):
    """What was asked for cannot be done as asked; the message says what can."""


class NotRegistered(Exception):
    """The chapter could not be entered into the gradebook, so nothing can be graded."""


@dataclass
class Result:
    """What grading one submission gave.

    ``status`` is ``graded``, ``kept`` (unchanged since it was last graded), ``renewed`` (unchanged,
    but a person has given points or a comment since, which the feedback now shows), ``zero``
    (there was no notebook that could be read) or ``failed`` (for a reason that is not the
    student's; the scores are then zero and mean nothing). ``to_read``: points that a person has
    yet to give.
    """

    student: str
    chapter: str
    status: str
    score: float = 0.0
    max_score: float = 0.0
    to_read: float = 0.0
    problems: list[str] = field(default_factory=list)

    @property
    def file(self) -> str:
        return f"submitted/{self.student}/{self.chapter}/{self.chapter}.ipynb"


def grade(
    chapter: str,
    students: list[str] | None = None,
    force: bool = False,
    root: str | Path = ".",
    timeout: int | None = None,
    jobs: int | None = None,
    unsafe: bool = False,
) -> list[Result]:
    """Grade a chapter's submissions, of all students or of those named, and write grades.csv.

    ``root`` is the course's folder, ``timeout`` the seconds a cell may run (default: as in
    nbgrader_config.py), ``jobs`` how many notebooks run at once (default: one per core). What is
    unchanged since it was last graded is not run again, unless ``force`` or another ``timeout``
    asks for it. Raises UsageError, also where there is no sandbox and not ``unsafe``, or
    NotRegistered if the chapter's source is not in order.
    """
    found, _ = find_submissions(Path(root), chapter, students)
    results = []
    with Grader(Path(root), chapter, timeout, unsafe) as grader:
        grader.grade_all(found, force, jobs or _cores(), tell=results.append)
    return sorted(results, key=lambda result: result.student)


def _cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# --- what there is to grade -----------------------------------------------------------------------


def find_submissions(
    root: Path, chapter: str, students: list[str] | None = None
) -> tuple[list[str], list[str]]:
    """The students who handed in a folder for the chapter, and a line on whatever was passed over.

    Raises UsageError where there is no course, no such chapter, or nothing to grade.
    """
    if not (root / CONFIG).is_file():
        raise UsageError(f"no {CONFIG} in {root.resolve()}: run this in the course's folder")
    chapters = sorted(path.stem for path in root.glob("source/*/*.ipynb") if _is_chapter(path))
    if chapter not in chapters:
        raise UsageError(f"no chapter {chapter!r}; there are: {', '.join(chapters) or 'none'}")
    found, notes = _scan(root / "submitted", chapter, chapters)
    if unknown := sorted(set(students or []) - set(found)):
        have = ", ".join(found) or "nobody"
        raise UsageError(f"no submission of {chapter} by {', '.join(unknown)}; there is: {have}")
    if not found:
        where = f"submitted/<student>/{chapter}/{chapter}.ipynb"
        raise UsageError(
            "; ".join([f"no submissions of {chapter}: they belong in {where}", *notes])
        )
    return [name for name in found if not students or name in students], notes


def _is_chapter(notebook: Path) -> bool:
    return notebook.stem == notebook.parent.name


def _scan(submitted: Path, chapter: str, chapters: list[str]) -> tuple[list[str], list[str]]:
    _import_jsonschema()
    from course.instructor.intake import refusal

    found, notes, without = [], [], []
    for entry in _entries(submitted):
        if not entry.is_dir():
            notes.append(f"passed over submitted/{entry.name}: not a student's folder")
        elif entry.name in chapters:
            notes.append(
                f"passed over submitted/{entry.name}: "
                "a chapter's folder belongs into a student's folder"
            )
        elif why := refusal(entry / chapter):
            notes.append(why)
        else:
            names = [inner.name for inner in _entries(entry) if inner.is_dir()]
            (found if chapter in names else without).append(entry.name)
            notes += [
                f"passed over submitted/{entry.name}/{inner.name}: not a chapter's folder"
                + (f" (is it {chapter}?)" if chapter.lower() in inner.name.lower() else "")
                for inner in _entries(entry)
                if not (inner.is_dir() and inner.name in chapters)
            ]
    if without:
        notes.append(f"nothing handed in for {chapter}: {', '.join(without)}")
    return found, notes


def _entries(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        entry
        for entry in folder.iterdir()
        if not any(fnmatch.fnmatch(entry.name, pattern) for pattern in STRAY)
    )


# --- grading --------------------------------------------------------------------------------------


class Grader:
    """A context in which the submissions of one chapter are graded.

    On entry it loads nbgrader's configuration as nbgrader does, sends all logging to
    autograded/grading.log and enters the chapter into the gradebook from source/. release/ is
    neither read nor written: what students were given is generated from source/ into a temporary
    folder. Inside it the course's folder is the working folder.
    """

    def __init__(
        self, root: Path, chapter: str, timeout: int | None = None, unsafe: bool = False
    ) -> None:
        self.root = root.resolve()
        self.chapter = chapter
        self.timeout = timeout
        self.unsafe = unsafe
        self._turns = Turns()
        self._stack = ExitStack()

    def __enter__(self) -> "Grader":
        from course.instructor.converters import gradebook_at_hand

        try:
            # nbgrader goes there for each conversion and then back to where it was, which would mix
            # up the threads if that were anywhere else.
            self._stack.enter_context(contextlib.chdir(self.root))
            self._start_logging()
            self._load_nbgrader()
            self._refuse_unprotected()
            self._make_gradebook()
            self._register()
            self._stack.enter_context(gradebook_at_hand())
        except BaseException:
            self._stack.close()
            raise
        self._basis = self._basis_of_grades()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stack.close()

    def grade_all(
        self,
        students: list[str],
        force: bool,
        jobs: int,
        tell: Callable[[Result], None],
        begin: Callable[[str], None] = lambda student: None,
    ) -> None:
        """Grade the submissions, ``jobs`` at once, and write grades.csv.

        ``begin`` and ``tell`` are called before and after each, one call at a time. On a
        KeyboardInterrupt what runs is stopped, and what is graded is kept.
        """

        def take_turn(student: str) -> None:
            with self._turns.taken():
                threading.current_thread().name = student  # for the log
                begin(student)
                tell(self.grade(student, force))

        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            turns = [pool.submit(take_turn, student) for student in students]
            try:
                for turn in concurrent.futures.as_completed(turns):
                    turn.result()
            finally:
                self._turns.interrupt()
                pool.shutdown(cancel_futures=True)
                self.write_csv()

    def grade(self, student: str, force: bool = False) -> Result:
        """Grade one submission, or repeat what is known of it if nothing has changed."""
        self._causes.forget()
        try:
            handed = self._intake.examine(self._folder("submitted", student))
            fingerprint = self._fingerprint(handed)
            known = self._remembered(student, fingerprint)
            if known and not force:
                # There if a run was killed between the last step but one and the last.
                self._unfinished(student).unlink(missing_ok=True)
                return self._kept_or_renewed(student, fingerprint, known)
            read = self._answers_read(student)
            self._clear(student)
            problem = self._intake.problem(handed, f"{self.chapter}.ipynb")
            if problem:
                self._record_zero(student)
                status, problems = "zero", [problem, *handed.lines]
            else:
                status, problems = "graded", self._convert(student, read)
            self._remember(student, fingerprint, problems)
            self._unfinished(student).unlink()
            return self._result(student, status, problems)
        except Exception as error:
            logging.getLogger(__name__).exception("grading %s failed", student)
            cause = self._causes.last or f"{type(error).__name__}: {error}"
            problem = f"could not be graded: {cause}; details in {LOG}"
            return Result(student, self.chapter, "failed", problems=[problem])

    def newcomers(self, students: list[str]) -> list[str]:
        """A line on those of the students that the gradebook's class list does not hold."""
        from course.instructor.intake import newcomers

        with self._gradebook() as gradebook:
            return newcomers(gradebook, students)

    def write_csv(self) -> None:
        """Write grades.csv: a row per student and chapter that has been graded, all chapters."""
        rows = []
        with self._gradebook() as gradebook:
            for assignment in gradebook.assignments:
                for submission in assignment.submissions:
                    student, chapter = submission.student.id, assignment.name
                    folder = self._folder("autograded", student, chapter)
                    if not is_graded(folder):
                        continue  # entered by an attempt that was interrupted or failed
                    score, max_score, to_read = _scores(submission)
                    memory = _read_json(folder / MEMORY) or {}
                    problems = len(memory.get("problems", []))
                    needs = "yes" if to_read else "no"
                    rows.append((student, chapter, score, max_score, needs, to_read, problems))
        _write_csv(self.root / "grades.csv", [CSV_HEADER, *sorted(rows)])

    # nbgrader

    def _start_logging(self) -> None:
        """Everything that is logged goes to a file, nothing to the terminal."""
        (self.root / "autograded").mkdir(exist_ok=True)
        (self.root / LOG).write_text("", encoding="utf-8")
        # Appending, because the kernels append to it as well.
        handler = logging.FileHandler(self.root / LOG, mode="a", encoding="utf-8")
        handler.setLevel(logging.INFO)
        form = "%(asctime)s %(levelname)s %(threadName)s: %(message)s"
        handler.setFormatter(logging.Formatter(form))
        self._causes = _Causes()
        logger = logging.getLogger()
        for each in (handler, self._causes):
            logger.addHandler(each)
            self._stack.callback(logger.removeHandler, each)
        self._stack.callback(handler.close)
        logging.captureWarnings(True)
        self._stack.callback(logging.captureWarnings, False)

    def _load_nbgrader(self) -> None:
        _put_interpreter_on_path()
        from nbgrader.apps.baseapp import NbGrader
        from nbgrader.coursedir import CourseDirectory
        from traitlets.config import Config

        from course.instructor.converters import FeedbackForOne
        from course.instructor.intake import Intake

        self.app = NbGrader(load_cwd_config=False)
        _to_root_logger(self.app.log)
        self.app.initialize([], root=str(self.root))
        _to_root_logger(self.app.log)  # once more: settings may have given it a new handler
        config = Config({"ExecuteToTheEnd": {"kernel_log": str(self.root / LOG)}})
        config.Exporter.optimistic_validation = True  # a notebook's format after the last step
        if self.timeout:
            config.Execute.timeout = self.timeout
        if self.unsafe:
            config.ExecuteToTheEnd.unsafe = True
        self.app.update_config(config)

        self.coursedir = CourseDirectory(parent=self.app, root=str(self.root))
        self.coursedir.assignment_id = self.chapter
        self.app.coursedir = self.coursedir
        self._intake = Intake(self.coursedir, parent=self.app)
        self._feedback = FeedbackForOne(coursedir=self.coursedir, parent=self.app, force=True)
        self._stack.enter_context(_environment(NBGRADER_EXECUTION="autograde"))

    def _refuse_unprotected(self) -> None:
        """At once, and not as each student's problem."""
        from course.instructor.execute import UNPROTECTED, ExecuteToTheEnd
        from course.instructor.warm import protected

        self.unsafe = ExecuteToTheEnd(parent=self.app).unsafe  # the settings may say so, too
        if not self.unsafe and (why := protected()):
            raise UsageError(UNPROTECTED.format(why))

    def _make_gradebook(self) -> None:
        """nbgrader can never again upgrade one whose making was killed half way."""
        from nbgrader.api import Gradebook

        kind, _, name = self.coursedir.db_url.partition("///")
        if kind != "sqlite:" or Path(name).exists():
            return
        new = f"{name}.new"
        Path(new).unlink(missing_ok=True)
        Gradebook(f"{kind}///{new}", self.coursedir.course_id).close()
        os.replace(new, name)

    def _register(self) -> None:
        """Enter the chapter into the gradebook, which thereby holds the tests as they are now."""
        from nbgrader.converters import GenerateAssignment
        from nbgrader.converters.base import NbGraderException

        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="course-grade-"))
        self.coursedir.release_directory = folder
        try:
            GenerateAssignment(coursedir=self.coursedir, parent=self.app).start()
        except NbGraderException as error:
            cause = self._causes.last or str(error)
            if "Cannot add or remove cells" in cause:
                raise NotRegistered(
                    f"source/{self.chapter} has other graded cells than when submissions were "
                    "graded, and nbgrader cannot change a chapter that has grades. To start it "
                    "afresh, its manual scores lost: "
                    f"nbgrader db assignment remove {self.chapter} --force"
                ) from error
            raise NotRegistered(
                f"source/{self.chapter} is not in order: {cause}; details in {LOG}"
            ) from error

    def _convert(self, student: str, read: dict[str, list[str]]) -> list[str]:
        """Autograde and feedback for one student; returns the problems that were found."""
        from course.instructor.converters import AutogradeOne

        self._start(AutogradeOne(coursedir=self.coursedir, parent=self.app, force=True), student)
        self._start(self._feedback, student)
        nb = self._autograded(student)
        self._keep_as_read(student, read, _written(nb))
        return list(nb.metadata.course.problems)

    def _start(self, converter: "BaseConverter", student: str) -> None:
        # It reads the name only when it starts, in this thread's turn.
        self.coursedir.student_id = student
        converter.start()

    def _autograded(self, student: str) -> "NotebookNode":
        import nbformat

        notebook = self._folder("autograded", student) / f"{self.chapter}.ipynb"
        return nbformat.from_dict(json.loads(notebook.read_text(encoding="utf-8")))

    def _record_zero(self, student: str) -> None:
        from course.instructor.intake import record_zero

        self._folder("autograded", student).mkdir()
        with self._gradebook() as gradebook:
            record_zero(gradebook, self.chapter, self.chapter, student)

    def _gradebook(self):
        from nbgrader.api import Gradebook

        return Gradebook(self.coursedir.db_url, self.coursedir.course_id)

    def _result(self, student: str, status: str, problems: list[str]) -> Result:
        with self._gradebook() as gradebook:
            scores = _scores(gradebook.find_submission(self.chapter, student))
        return Result(student, self.chapter, status, *scores, problems=problems)

    def _folder(self, step: str, student: str, chapter: str | None = None) -> Path:
        return self.root / step / student / (chapter or self.chapter)

    def _unfinished(self, student: str) -> Path:
        return _unfinished(self._folder("autograded", student))

    def _clear(self, student: str) -> None:
        (self._folder("autograded", student) / MEMORY).unlink(missing_ok=True)
        for step in ("autograded", "feedback"):
            if self._folder(step, student).exists():
                shutil.rmtree(self._folder(step, student))

    # what a person has graded

    def _kept_or_renewed(self, student: str, fingerprint: str, known: dict) -> Result:
        """Write the feedback anew if it lacks what a person has entered into the gradebook."""
        problems = known["problems"]
        if not known["files"] or known.get("entered") == self._entered(student):
            return self._result(student, "kept", problems)
        self._start(self._feedback, student)
        self._remember(student, fingerprint, problems)
        return self._result(student, "renewed", problems)

    def _entered(self, student: str) -> list:
        """What the gradebook holds of a submission that no notebook gave: points, comments, date.

        Two such lists are equal if the same feedback follows from them.
        """
        with self._gradebook() as gradebook:
            submission = gradebook.find_submission(self.chapter, student)
            notebook = gradebook.find_submission_notebook(self.chapter, self.chapter, student)
            points = [[g.cell.name, g.manual_score, g.extra_credit] for g in notebook.grades]
            comments = [[c.cell.name, c.manual_comment] for c in notebook.comments]
            return [sorted(points), sorted(comments), str(submission.duedate)]

    def _answers_read(self, student: str) -> dict[str, list[str]]:
        """Grade_id -> question and answer, of the written answers that a person is done with.

        Kept in a file until the submission is graded: an attempt that is killed has undone it.
        """
        unfinished = self._unfinished(student)
        if not _is_unfinished(self._folder("autograded", student)):
            unfinished.parent.mkdir(exist_ok=True)
            _write_json(unfinished, self._answers_done(student))
        return _read_json(unfinished) or {}

    def _answers_done(self, student: str) -> dict[str, list[str]]:
        from nbgrader.api import MissingEntry

        try:
            texts = _written(self._autograded(student))
            with self._gradebook() as gradebook:
                where = (self.chapter, self.chapter, student)
                grades = {name: gradebook.find_grade(name, *where) for name in texts}
                done = {name for name, grade in grades.items() if _is_done(grade)}
        except (FileNotFoundError, MissingEntry):
            return {}  # not graded before
        return {name: text for name, text in texts.items() if name in done}

    def _keep_as_read(
        self, student: str, read: dict[str, list[str]], texts: dict[str, list[str]]
    ) -> None:
        """nbgrader wants every answer read again after a regrading; the same text needs it not."""
        same = [name for name, text in read.items() if texts.get(name) == text]
        if not same:
            return
        with self._gradebook() as gradebook:
            for name in same:
                grade = gradebook.find_grade(name, self.chapter, self.chapter, student)
                grade.needs_manual_grade = False
            gradebook.db.commit()

    # what has been graded before

    def _basis_of_grades(self) -> str:
        """A hash of what every grade of the chapter rests on: source, checks, settings."""
        files = [
            *_files(self.root / "source" / self.chapter),
            *(file for name in BASIS for file in _files(PACKAGE / name)),
            self.root / CONFIG,
        ]
        return _hash(files)

    def _fingerprint(self, handed: "Handed") -> str:
        from course.reading import MEGABYTE

        largest = self._intake.largest_notebook * MEGABYTE
        items = [self._basis, *handed.lines]
        for name in handed.files:
            path = handed.folder / name
            size = path.stat().st_size
            # A file that is too large is never read: it may be endless.
            items += [str(name), path if size <= largest else f"{size} bytes"]
        return _hash(items)

    def _remembered(self, student: str, fingerprint: str) -> dict | None:
        """What was noted when this very submission was graded, if its results are still there."""
        from nbgrader.api import MissingEntry

        known = _read_json(self._folder("autograded", student) / MEMORY) or {}
        if known.get("fingerprint") != fingerprint:
            return None
        if self.timeout not in (None, known["timeout"]):
            return None
        if known.get("unsafe") and not self.unsafe:
            return None
        if not all((self.root / path).exists() for path in known["files"]):
            return None
        try:
            with self._gradebook() as gradebook:
                gradebook.find_submission(self.chapter, student)
        except MissingEntry:
            return None
        return known

    def _remember(self, student: str, fingerprint: str, problems: list[str]) -> None:
        made = [self._folder("autograded", student), self._folder("feedback", student)]
        files = [
            str(path.relative_to(self.root))
            for folder, kind in zip(made, ("ipynb", "html"), strict=True)
            for path in sorted(folder.glob(f"*.{kind}"))
        ]
        memory = {
            "fingerprint": fingerprint,
            "timeout": self.timeout,
            "unsafe": self.unsafe,
            "files": files,
            "problems": problems,
            "entered": self._entered(student),
        }
        _write_json(made[0] / MEMORY, memory)


def is_graded(folder: Path) -> bool:
    """Whether autograded/<student>/<chapter>/ is what a whole grading has left."""
    return folder.is_dir() and not _is_unfinished(folder)


def _is_unfinished(folder: Path) -> bool:
    """Whether an attempt to grade this had begun to change things and did not end."""
    return _unfinished(folder).exists() and not (folder / MEMORY).exists()


def _unfinished(folder: Path) -> Path:
    """Exists while the submission is graded, with what grading undoes and has to put back."""
    return folder.with_name(UNFINISHED.format(chapter=folder.name))


class _Causes(logging.Handler):
    """Keeps the last line of each thread's last traceback: nbgrader logs more than it raises."""

    def __init__(self) -> None:
        super().__init__()
        self._of_thread = threading.local()

    @property
    def last(self) -> str | None:
        return getattr(self._of_thread, "last", None)

    def forget(self) -> None:
        self._of_thread.last = None

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if "Traceback (most recent call last)" in message:
            self._of_thread.last = message.strip().splitlines()[-1]


def _to_root_logger(logger: logging.Logger) -> None:
    logger.handlers.clear()
    logger.propagate = True


def _import_jsonschema() -> None:
    """Without its grammar of web addresses, which takes longer than all of nbgrader to load.

    Nothing that nbgrader checks holds one.
    """
    grammar = "rfc3987_syntax"
    if grammar not in sys.modules:
        sys.modules[grammar] = None
        import jsonschema  # noqa: F401

        del sys.modules[grammar]


def _put_interpreter_on_path() -> None:
    """nbgrader calls `alembic` by name; without it a new gradebook is left half made."""
    folder = str(Path(sys.executable).parent)
    if folder not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = folder + os.pathsep + os.environ.get("PATH", "")


@contextlib.contextmanager
def _environment(**variables: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _scores(submission) -> tuple[float, float, float]:
    """Score less any penalty for lateness, maximum, and points that a person has yet to give."""
    penalty = sum(notebook.late_submission_penalty or 0 for notebook in submission.notebooks)
    grades = [each for notebook in submission.notebooks for each in notebook.grades]
    to_read = sum(each.max_score for each in grades if each.needs_manual_grade)
    return submission.score - penalty, submission.max_score, to_read


def _written(nb) -> dict[str, list[str]]:
    """Grade_id -> question with marking scheme and answer, of a notebook's written answers."""
    from nbgrader.utils import is_grade, is_solution

    return {
        cell.metadata.nbgrader.grade_id: [question.source, cell.source]
        for question, cell in itertools.pairwise(nb.cells)
        if is_grade(cell) and is_solution(cell)
    }


def _is_done(grade) -> bool:
    return grade.manual_score is not None and not grade.needs_manual_grade


def _files(folder: Path) -> list[Path]:
    """All files below a folder in a fixed order, without caches and checkpoints; a file itself."""
    if folder.is_file():
        return [folder]
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    caches = {"__pycache__", ".ipynb_checkpoints", ".DS_Store"}
    return [path for path in paths if not caches & set(path.relative_to(folder).parts)]


def _hash(items: list[str | Path]) -> str:
    """SHA-256 over texts and files' contents, each with its length: none runs into the next."""
    digest = hashlib.sha256()
    for item in items:
        content = item.read_bytes() if isinstance(item, Path) else item.encode("utf-8", "replace")
        digest.update(f"{len(content)}:".encode() + content)
    return digest.hexdigest()


def _read_json(path: Path) -> dict | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _write_json(path: Path, content: dict) -> None:
    with _in_one_step(path) as file:
        json.dump(content, file, indent=1)


def _write_csv(path: Path, rows: list) -> None:
    with _in_one_step(path) as file:
        csv.writer(file).writerows(rows)


@contextlib.contextmanager
def _in_one_step(path: Path) -> Iterator[TextIO]:
    """A file to write: whoever reads ``path`` sees the old content or the new, never a half."""
    new = path.with_name(f".{path.name}.new")
    with open(new, "w", newline="", encoding="utf-8") as file:
        yield file
    os.replace(new, path)


# --- the command ----------------------------------------------------------------------------------


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `course grade` takes."""
    parser.add_argument("chapter", help="for example 02_softmax")
    parser.add_argument(
        "--student", nargs="+", action="extend", metavar="NAME", help="only these (default: all)"
    )
    parser.add_argument(
        "--force", action="store_true", help="grade again what has not changed, too"
    )
    parser.add_argument(
        "--timeout",
        type=_at_least_one,
        metavar="SECONDS",
        help=f"let a cell run this long (default: Execute.timeout in {CONFIG})",
    )

    parser.add_argument(
        "--jobs",
        type=_at_least_one,
        metavar="N",
        default=_cores(),
        help="run N notebooks at once (default: one per core, here %(default)s)",
    )
    parser.add_argument(
        "--unsafe",
        action="store_true",
        help="run student code in a plain kernel, where it can read and change whatever you can; "
        "the only way where there is no sandbox (other systems than Linux)",
    )


def _at_least_one(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Run `course grade`; returns its exit code.

    0: every submission was graded, whatever its problems; 1: some were not, for reasons that are
    not the student's; 2: wrong usage; 130: interrupted, what was graded is kept.
    """
    root, results = Path(), []
    try:
        _start_early(root, args)
        students, notes = find_submissions(root, args.chapter, args.student)
        with _one_interrupt(), _Progress(len(students)) as progress:

            def tell(result: Result) -> None:
                results.append(result)
                progress.tell(result)

            with Grader(root, args.chapter, args.timeout, args.unsafe) as grader:
                notes += grader.newcomers(students)
                grader.grade_all(students, args.force, args.jobs, tell, progress.begin)
    except UsageError as error:
        print(f"course grade: {error}", file=sys.stderr)
        return 2
    except NotRegistered as error:
        print(f"course grade: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            f"course grade: interrupted; {len(results)} of {len(students)} submissions are graded "
            "and kept, the same command goes on with the rest",
            file=sys.stderr,
        )
        return 130
    _print_results(sorted(results, key=lambda result: result.student), notes)
    return 1 if any(result.status == "failed" for result in results) else 0


def _start_early(root: Path, args: argparse.Namespace) -> None:
    """Have PyTorch imported for the notebooks while this process imports nbgrader.

    Only where there is something that has not been graded; what else is in order, is seen later.
    """
    from course.instructor.warm import NoSandbox, warm_for

    names = args.student or [path.parent.name for path in root.glob(f"submitted/*/{args.chapter}")]
    graded = [root / "autograded" / name / args.chapter / MEMORY for name in names]
    if args.unsafe or all(path.exists() and not args.force for path in graded):
        return
    with contextlib.suppress(NoSandbox):
        warm_for([root.resolve()])


@contextlib.contextmanager
def _one_interrupt() -> Iterator[None]:
    """The first Ctrl-C stops the grading; more of them do not disturb the stopping."""

    def interrupt(number: int, frame: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class _Progress:
    """On a terminal a bar with rate and time left, elsewhere a line per submission; on stderr."""

    def __init__(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        self.total, self.done, self.begun = total, 0, None
        self.current: list[str] = []
        console = Console(stderr=True)
        self.bar = Bar(
            TextColumn("grading"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("left, {task.fields[now]}", markup=False),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self.task = self.bar.add_task("", total=total, rate="", now="starting")

    def __enter__(self) -> "_Progress":
        self.bar.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.bar.stop()

    def begin(self, student: str) -> None:
        """Show the student among those being graded."""
        self.begun = self.begun or time.monotonic()
        self.current.append(student)
        self._show()

    def tell(self, result: Result) -> None:
        """One more is done."""
        self.done += 1
        self.current.remove(result.student)
        self._show()
        if self.bar.disable:
            line = f"{self.done}/{self.total}  {result.student}  {_outcome(result)}"
            print(line, file=sys.stderr, flush=True)

    def _show(self) -> None:
        per_minute = 60 * self.done / (time.monotonic() - self.begun)
        rate = f"{per_minute:.0f} per minute" if self.done else ""
        now = f"now {', '.join(self.current)}"
        self.bar.update(self.task, completed=self.done, rate=rate, now=now)


def _outcome(result: Result) -> str:
    if result.status == "failed":
        return "not graded"
    how = {"kept": ", unchanged", "renewed": ", feedback renewed"}.get(result.status, "")
    return f"{result.score:g} of {result.max_score:g}{how}"


def _print_results(results: list[Result], notes: list[str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(box=box.SIMPLE_HEAD if console.is_terminal else None, pad_edge=False)
    table.add_column("student", overflow="fold")
    for heading in ("score", "max", "to read", "problems"):
        table.add_column(heading, justify="right", no_wrap=True)
    for result in results:
        scores = [f"{result.score:g}", f"{result.max_score:g}", f"{result.to_read:g}"]
        if result.status == "failed":
            scores = ["-", "-", "-"]
        table.add_row(result.student, *scores, str(len(result.problems)))
    console.print(table, markup=False, highlight=False)
    for result in results:
        for problem in result.problems:
            print(f"{result.student}  {result.file}  {problem}")
    for note in notes:
        print(note)
    count = Counter(result.status for result in results)
    renewed = f"{count['renewed']} with new feedback, " if count["renewed"] else ""
    print(
        f"{count['graded'] + count['zero']} graded, {renewed}{count['kept']} unchanged, "
        f"{count['failed']} not graded. "
        "Scores: grades.csv; feedback: feedback/<student>/; points to read: Formgrader."
    )
