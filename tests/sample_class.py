"""A class of students whose right grades are known: submissions composed from the answer bank.

    python -m tests.sample_class FOLDER [CHAPTER ...]

writes FOLDER/submitted/<student>/<chapter>/<chapter>.ipynb, as JupyterLab would have saved them.
What each deserves follows from the composition: full points for a right answer, for a wrong one
the points of the tests that the bank says it passes, nothing for what cannot run.
"""

from __future__ import annotations

import argparse
import copy
import functools
import json
import re
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from course.notebook.progress import exercise_of
from tests import bank

SYNTAX_ERROR = "def {name}(*arguments)\n    return arguments\n"
GIVES_NOTHING = "def {name}(*arguments, **options):\n    return None\n"
ENDLESS_LOOP = "def {name}(*arguments, **options):\n    while True:\n        pass\n"
KILLS_KERNEL = "import os\n\n\ndef {name}(*arguments, **options):\n    os._exit(1)\n"
WRITTEN = "A long vector scores high with everything, wherever it points; the cosine does not."


@dataclass
class Submission:
    """One student's notebook while it is composed, and the points that it deserves."""

    chapter: str
    notebook: nbformat.NotebookNode
    points: dict[str, float]  # test cell -> points deserved
    text: str | None = None  # what is saved in place of the notebook, where it is broken
    file_name: str = ""
    exercises: list[str] = field(default_factory=list)

    def cell(self, grade_id: str) -> nbformat.NotebookNode:
        return next(c for c in self.notebook.cells if bank.mark(c).get("grade_id") == grade_id)

    def tests(self, exercise: str) -> list[str]:
        """The test cells of an exercise."""
        return [test for test in self.points if exercise_of(test, self.exercises) == exercise]

    def answer(self, exercise: str, kind: str, number: int) -> None:
        """Put an answer of the bank into its cell (the numbers wrap round).

        Only answers that stand alone: what others call may be wrong in this notebook.
        """
        others = rf"\b({'|'.join(name for name in self.exercises if name != exercise)})\b"
        of_kind = [a for a in bank.answers(self.chapter, exercise) if a.kind == kind]
        alone = [a for a in of_kind if not re.search(others, a.source)]
        if kind == "wrong" and not alone:
            self.spoil(exercise, GIVES_NOTHING)
            return
        choice = alone or of_kind  # right ones may call others: they are right where all are
        chosen = choice[number % len(choice)]
        self.cell(exercise).source = chosen.source.rstrip("\n")
        failed = {line.split()[1].rstrip(":") for line in chosen.says}
        self.earn(exercise, [test for test in self.tests(exercise) if test not in failed])

    def answer_all(self, kind: str, number: int) -> None:
        for exercise in self.exercises:
            self.answer(exercise, kind, number)

    def write_text(self, text: str) -> None:
        """Answer the written questions."""
        for cell in self.notebook.cells:
            if bank.mark(cell).get("grade") and bank.mark(cell).get("solution"):
                cell.source = text

    def spoil(self, exercise: str, source: str) -> None:
        """Put something into a cell that earns nothing."""
        self.cell(exercise).source = source.format(name=exercise)
        self.earn(exercise, [])

    def earn(self, exercise: str, passed: list[str]) -> None:
        for test in self.tests(exercise):
            self.points[test] = test_points(self.chapter)[test] if test in passed else 0.0


@functools.cache
def test_points(chapter: str) -> dict[str, float]:
    """Test cell -> the points that it can give."""
    listed = bank.notebook(chapter, "release").metadata.course.tests
    return {test.grade_id: float(test.points) for test in listed}


# ---------------------------------------------------------------------------------------
# The students. Each function composes one submission.


def all_right(work: Submission) -> None:
    work.answer_all("correct", 0)
    work.write_text(WRITTEN)


def untouched(work: Submission) -> None:
    """Hands in what was given out."""


def another_style(work: Submission) -> None:
    work.answer_all("correct", 1)


def a_third_style(work: Submission) -> None:
    work.answer_all("correct", 2)
    work.write_text(WRITTEN)


def known_mistakes(work: Submission) -> None:
    for number, exercise in enumerate(work.exercises):
        work.answer(exercise, "wrong", number)


def some_mistakes(work: Submission) -> None:
    for number, exercise in enumerate(work.exercises):
        work.answer(exercise, "wrong" if number % 2 else "correct", number + 3)


def half_done(work: Submission) -> None:
    for exercise in work.exercises[: len(work.exercises) // 2]:
        work.answer(exercise, "correct", 0)


def syntax_error(work: Submission) -> None:
    work.answer_all("correct", 0)
    work.spoil(work.exercises[1], SYNTAX_ERROR)


def copied_cell(work: Submission) -> None:
    """Keeps a copy of an old answer above the new one: two cells with one grade_id."""
    work.answer_all("correct", 1)
    new = work.cell(work.exercises[0])
    old = copy.deepcopy(new)
    old.source = f"def {work.exercises[0]}(*arguments):\n    return None  # my first try"
    old.id = uuid.uuid4().hex[:8]
    work.notebook.cells.insert(work.notebook.cells.index(new), old)


def deleted_test(work: Submission) -> None:
    """Removes the test that fails; it counts all the same."""
    work.answer_all("correct", 0)
    last = work.exercises[-1]
    work.answer(last, "wrong", 0)
    work.notebook.cells.remove(work.cell(work.tests(last)[0]))


def edited_test(work: Submission) -> None:
    """Empties the tests of an answer that is wrong; they count as they were."""
    work.answer_all("correct", 2)
    first = work.exercises[0]
    work.answer(first, "wrong", 1)
    for test in work.tests(first):
        work.cell(test).source = "# Test: looks fine to me\nassert True"


def endless_loop(work: Submission) -> None:
    work.answer_all("correct", 0)
    short = min(work.exercises, key=lambda exercise: len(work.tests(exercise)))
    work.spoil(short, ENDLESS_LOOP)


def dead_kernel(work: Submission) -> None:
    """Ends the kernel in one function: only that exercise is lost."""
    work.answer_all("correct", 0)
    work.spoil(work.exercises[len(work.exercises) // 2], KILLS_KERNEL)


def broken_file(work: Submission) -> None:
    """Half a notebook, as an interrupted upload leaves it."""
    work.answer_all("correct", 0)
    work.text = nbformat.writes(work.notebook)[:2000]
    for exercise in work.exercises:
        work.earn(exercise, [])


def wrong_name(work: Submission) -> None:
    """Hands in the notebook under a name of their own."""
    work.answer_all("correct", 0)
    work.file_name = "final version (2).ipynb"
    for exercise in work.exercises:
        work.earn(exercise, [])


STUDENTS = {
    "ada": all_right,
    "ben": untouched,
    "carla": another_style,
    "dmitri": known_mistakes,
    "emeka": some_mistakes,
    "fatima": a_third_style,
    "goran": half_done,
    "hana": syntax_error,
    "igor": copied_cell,
    "jun": deleted_test,
    "kofi": edited_test,
    "lena": endless_loop,
    "mia": dead_kernel,
    "noor": broken_file,
    "oskar": wrong_name,
}


def begin(chapter: str) -> Submission:
    """What was given out of one chapter, still untouched."""
    notebook = bank.notebook(chapter, "release")
    work = Submission(chapter, notebook, dict.fromkeys(test_points(chapter), 0.0))
    work.exercises = bank.exercises(chapter)
    work.file_name = f"{chapter}.ipynb"
    return work


def compose(student: str, chapter: str) -> Submission:
    """One student's submission of one chapter."""
    work = begin(chapter)
    STUDENTS[student](work)
    return work


def write(student: str, chapter: str, root: Path) -> Submission:
    """Save one submission below `root`/submitted/ and return it."""
    work = compose(student, chapter)
    folder = root / "submitted" / student / chapter
    folder.mkdir(parents=True, exist_ok=True)
    text = work.text or json.dumps(work.notebook, indent=1, ensure_ascii=False) + "\n"
    (folder / work.file_name).write_text(text, encoding="utf-8")
    return work


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("chapters", nargs="*", metavar="chapter")
    args = parser.parse_args()
    for chapter in args.chapters or bank.chapters():
        for student in STUDENTS:
            write(student, chapter, args.folder)
    print(f"{len(STUDENTS)} students wrote their submissions to {args.folder}/submitted/")


if __name__ == "__main__":
    main()
