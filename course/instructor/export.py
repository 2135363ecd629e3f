"""``course export``: the gradebook's scores as CSV, and in the import formats of Canvas and Moodle.

Each format is a plugin of nbgrader, too:

    nbgrader export --exporter course.instructor.export.CanvasExporter --to canvas.csv

All files are UTF-8. Numbers are exact. A text that a spreadsheet would take for a formula gets an
apostrophe in front.
"""

import argparse
import csv
import io
import sys
from collections.abc import Iterable
from pathlib import Path

from nbgrader.plugins import ExportPlugin

from course.instructor import scores
from course.instructor.grade import UsageError
from course.instructor.scores import ZERO, Submission, plain

# The wide forms of = + - @ too: spreadsheets with East Asian settings read them alike.
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class _Exporter(ExportPlugin):
    """A format: where it goes by default, what it does with open totals, and its rows."""

    name = ""
    open_totals = ""

    def export(self, gradebook) -> None:
        """nbgrader's entry: write the file; what is to be said goes to the log."""
        try:
            for note in self.write(gradebook):
                self.log.warning(note)
        except UsageError as error:
            self.parent.fail("%s", error)

    def write(self, gradebook) -> list[str]:
        """Write the file that ``to`` names; returns a line on whatever is not as it seems.

        Raises UsageError where there is nothing to write, or nowhere.
        """
        chapters, students = map(str, self.assignment), map(str, self.student)
        found = scores.read(gradebook, self.parent.coursedir, [*chapters], [*students])
        if not found:
            raise UsageError("nothing has been graded yet: run course grade first")
        text = io.StringIO()
        table = [[harmless(value) for value in row] for row in self.rows(found)]
        csv.writer(text).writerows(table)
        self.to = self.to or f"grades-{self.name}.csv"
        scores.write_whole(Path(self.to), text.getvalue())
        return [*self._open(found), *_disarmed(found)]

    def rows(self, found: list[Submission]) -> Iterable[list[str]]:
        """The rows of the file, headings included."""
        raise NotImplementedError

    def _open(self, found: list[Submission]) -> list[str]:
        names = [f"{s.student.id} {s.chapter}" for s in found if s.to_read]
        if not names:
            return []
        return [
            "not final, written answers are still to be read (Formgrader): "
            f"{_few(names)}. {self.open_totals}"
        ]


class CsvExporter(_Exporter):
    """A row per student, chapter and exercise; the written questions are exercises as well.

    The penalty for a late submission belongs to the chapter. It stands in the chapter's first row,
    so that the sum of all scores less the sum of all penalties is the total.
    """

    name = "csv"
    open_totals = "The column to_read has the points that are missing."

    def rows(self, found: list[Submission]) -> Iterable[list[str]]:
        """student, chapter, exercise, score, maximum, late_penalty, to_read."""
        yield ["student", "chapter", "exercise", "score", "maximum", "late_penalty", "to_read"]
        for submission in found:
            for number, score in enumerate(submission.scores):
                penalty = ZERO if number else submission.penalty
                numbers = (score.points, score.maximum, penalty, score.to_read)
                texts = [submission.student.id, submission.chapter, score.exercise]
                yield [*texts, *map(plain, numbers)]


class CanvasExporter(_Exporter):
    """What Canvas imports: Gradebook, Import. A column per chapter, titled as the chapter.

    Canvas finds a student by ID, which is the gradebook's ``lms_user_id``, then by SIS Login ID,
    which is the student's name in this course. An assignment that has the chapter's title gets
    the scores; otherwise Canvas offers to create it.
    """

    name = "canvas"
    open_totals = "Their cells are empty."

    def rows(self, found: list[Submission]) -> Iterable[list[str]]:
        """Headings, points possible, then a row per student."""
        columns, students = _columns(found), _by_student(found)
        identity = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
        yield [*identity, *columns]
        yield ["Points Possible", "", "", "", "", *map(plain, columns.values())]
        for mine in students.values():
            who = next(iter(mine.values())).student
            name = ", ".join(part for part in (who.last_name, who.first_name) if part) or who.id
            marks = [_total(mine.get(chapter), "") for chapter in columns]
            yield [name, who.lms_user_id, "", who.id, "", *marks]


class MoodleExporter(_Exporter):
    """What Moodle imports: Grades, Import, CSV file, mapped from username (or email).

    A column per chapter, mapped to a grade item or to a new one. Moodle does not take over the
    maximum: set it in the grade item.
    """

    name = "moodle"
    open_totals = "Their cells say -, which is no grade."

    def rows(self, found: list[Submission]) -> Iterable[list[str]]:
        """Headings, then a row per student."""
        columns, students = _columns(found), _by_student(found)
        yield ["username", "email", *columns]
        for mine in students.values():
            who = next(iter(mine.values())).student
            # For Moodle an empty cell of a new grade item is a grade, a dash is none.
            yield [who.id, who.email, *(_total(mine.get(chapter), "-") for chapter in columns)]


FORMATS = {each.name: each for each in (CsvExporter, CanvasExporter, MoodleExporter)}


def _columns(found: list[Submission]) -> dict:
    """Chapter -> its maximum."""
    return {submission.chapter: submission.maximum for submission in found}


def _by_student(found: list[Submission]) -> dict[str, dict[str, Submission]]:
    """Student -> chapter -> submission, sorted by student."""
    table: dict[str, dict[str, Submission]] = {}
    for submission in sorted(found, key=lambda s: s.student.id):
        table.setdefault(submission.student.id, {})[submission.chapter] = submission
    return table


def _total(submission: Submission | None, nothing: str) -> str:
    """A total that is final; `nothing` where there is none (yet)."""
    final = submission is not None and not submission.to_read
    return plain(submission.total) if final else nothing


def harmless(text: str) -> str:
    """A text as a spreadsheet should read it: what looks like a formula is marked as text."""
    return f"'{text}" if text != "-" and is_formula(text) else text


def is_formula(text: str) -> bool:
    """Would a spreadsheet take this text for a formula?"""
    return text.lstrip().startswith(FORMULA) or text.startswith(("\t", "\r", "\n"))


def _disarmed(found: list[Submission]) -> list[str]:
    names = list(dict.fromkeys(s.student.id for s in found if is_formula(s.student.id)))
    if not names:
        return []
    return [
        f"a spreadsheet would take these names for formulas, so they begin with an apostrophe, "
        f"which an import may not know: {_few(names)}."
    ]


def _few(names: list[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(scores.shown, names[:most])) + more


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `course export` takes."""
    parser.add_argument(
        "--chapter", nargs="+", action="extend", metavar="NAME", help="only these (default: all)"
    )
    parser.add_argument(
        "--format",
        choices=list(FORMATS),
        default="csv",
        help="csv: a row per student, chapter and exercise; canvas, moodle: what they import "
        "(default: csv)",
    )
    parser.add_argument(
        "--output", default="", metavar="FILE", help="default: grades-FORMAT.csv in this folder"
    )


def run(args: argparse.Namespace) -> int:
    """Run `course export`; returns its exit code: 0 written, 2 wrong usage or nothing to write."""
    try:
        app = scores.open_course(Path())
        chosen = FORMATS[args.format]
        exporter = chosen(parent=app, to=args.output, assignment=args.chapter or [])
        with scores.open_gradebook(app) as gradebook:
            notes = exporter.write(gradebook)
    except UsageError as error:
        print(f"course export: {error}", file=sys.stderr)
        return 2
    for note in notes:
        print(f"course export: {note}", file=sys.stderr)
    print(f"Wrote {exporter.to}.")
    return 0
