"""What of a submission's folder is let in: plain files of plain names and sane sizes.

A submission is data that anyone may have written. Links may point at another student's work or at
the instructor's own files, a pipe keeps whoever opens it waiting for ever, and names may hold HTML.
What is passed over is neither read nor copied into autograded/ and feedback/, and told in a line
per kind. Everything here is about files; course/reading.py reads a notebook, course/repair.py puts
its cells in order.

nbgrader has no setting for this: its converters copy whatever they find, following links, and its
`pre_convert_hook` can neither choose files nor stop one submission without the rest. So `attach`,
which nbgrader_config.py calls, replaces the few methods that look into submitted/. Thus
`nbgrader autograde`, the Formgrader and `course grade` have the same rules.
"""

import fnmatch
import glob
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets import Integer
from traitlets.config import LoggingConfigurable

from course import reading

MEGABYTE = reading.MEGABYTE
TIMESTAMP = "timestamp.txt"
LONGEST_TIMESTAMP = 200  # bytes

# What nbgrader reads as a pattern, and what would mean something else in a page or an address.
NOT_IN_NAMES = set('[]*?<>"\\`{}|%#^;&')

LINK = "a link"
HARD_LINK = "the same file as one elsewhere (a hard link)"
SPECIAL = "a device, pipe or socket"
NAME = "a name that cannot be shown or typed"
CLOSED = "must not be opened"


@dataclass
class Handed:
    """What a submission's folder holds.

    ``files``: those that are let in, relative to ``folder``, in a fixed order. ``passed_over``:
    reason -> names of those that are not.
    """

    folder: Path
    files: list[Path] = field(default_factory=list)
    passed_over: dict[str, list[str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        """A line per kind of thing that was passed over, and other problems."""
        said = [
            f"passed over {_some(names)}: {reason}" for reason, names in self.passed_over.items()
        ]
        return said + self.problems

    def reason(self, name: str) -> str | None:
        """Why the file of this name was passed over; None if it was not."""
        found = (why for why, names in self.passed_over.items() if name in names)
        return next(found, None)


def _some(names: list[str]) -> str:
    shown = [name if name.isprintable() else ascii(name) for name in names[:3]]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(shown) + more


class Intake(LoggingConfigurable):
    """The rules for the files of a submission; sizes and numbers can be set in nbgrader_config.py.

    The chapter's own notebook has a limit of its own, because its outputs may be large and are not
    kept. Everything else is a student's extra, which no test may rely on.
    """

    largest_notebook = Integer(
        reading.LARGEST_NOTEBOOK // MEGABYTE, help="Megabytes of a notebook that is read"
    ).tag(config=True)
    largest_file = Integer(10, help="Megabytes of any other file").tag(config=True)
    largest_folder = Integer(50, help="Megabytes of all other files together").tag(config=True)
    most_files = Integer(200, help="Files besides the notebook").tag(config=True)
    deepest = Integer(5, help="Folders in folders").tag(config=True)

    def __init__(self, coursedir: CourseDirectory, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.coursedir = coursedir

    def examine(self, folder: str | Path) -> Handed:
        """Sort out a submission's folder without opening anything in it but the time stamp."""
        handed = Handed(Path(folder))
        count = size = 0
        for path, info in self._walk(handed, handed.folder, 1):
            name = path.relative_to(handed.folder)
            if _is_notebook(path, handed.folder):
                why = self._why_not_notebook(path, info)
            else:
                count, size = count + 1, size + info.st_size
                why = self._why_not_file(info, count, size)
            if why:
                handed.passed_over.setdefault(why, []).append(str(name))
            else:
                handed.files.append(name)
        dated = self.coursedir.get_existing_timestamp(str(folder)) is not None
        if Path(TIMESTAMP) in handed.files and not dated:
            handed.problems.append(f"{TIMESTAMP} holds no date; counts as handed in on time")
        return handed

    def problem(self, handed: Handed, name: str) -> str | None:
        """Why the notebook of this name cannot be graded; None if it can be."""
        if why := handed.reason(name):
            return f"the notebook is {why}; put a copy of the file itself there"
        try:
            self.read(handed.folder / name)
        except reading.Unreadable as error:
            return str(error)
        return None

    def read(self, notebook: Path) -> tuple[NotebookNode, list[str]]:
        """The notebook and what had to be mended, as course/reading.py has it."""
        return reading.read(notebook, self.largest_notebook * MEGABYTE)

    def _walk(
        self, handed: Handed, folder: Path, depth: int
    ) -> Iterator[tuple[Path, os.stat_result]]:
        """The plain files below a folder; what is none is noted in ``handed``."""
        for entry in _sorted_entries(folder):
            if any(fnmatch.fnmatch(entry.name, pattern) for pattern in self.coursedir.ignore):
                continue
            info = entry.stat(follow_symlinks=False)
            why = _why_not_plain(entry, info)
            if not why and stat.S_ISDIR(info.st_mode):
                if depth < self.deepest:
                    yield from self._walk(handed, Path(entry.path), depth + 1)
                    continue
                why = f"more than {self.deepest} folders deep"
            if why:
                name = os.path.relpath(entry.path, handed.folder)
                handed.passed_over.setdefault(why, []).append(name)
            else:
                yield Path(entry.path), info

    def _why_not_notebook(self, path: Path, info: os.stat_result) -> str | None:
        """Some file systems and backups make hard links of their own, so most of them are let in.

        Not so where the other name is a solution or another student's work.
        """
        if info.st_nlink > 1 and self._is_elsewhere(path, info):
            return HARD_LINK
        return None

    def _is_elsewhere(self, path: Path, info: os.stat_result) -> bool:
        steps = [self.coursedir.source_directory, self.coursedir.submitted_directory]
        roots = [Path(self.coursedir.root, step) for step in steps]
        others = (other for root in roots for other in root.rglob("*.ipynb"))
        return any(
            other != path and os.path.samestat(other.lstat(), info)
            for other in others
            if other.exists()
        )

    def _why_not_file(self, info: os.stat_result, count: int, size: int) -> str | None:
        if info.st_nlink > 1:
            return HARD_LINK
        if info.st_size > self.largest_file * MEGABYTE:
            return f"larger than {self.largest_file} MB"
        if count > self.most_files:
            return f"more than {self.most_files} files"
        if size > self.largest_folder * MEGABYTE:
            return f"more than {self.largest_folder} MB together"
        return None


def _is_notebook(path: Path, folder: Path) -> bool:
    return path.parent == folder and path.stem == folder.name and path.suffix == ".ipynb"


def _sorted_entries(folder: Path) -> list[os.DirEntry]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _why_not_plain(entry: os.DirEntry, info: os.stat_result) -> str | None:
    is_folder = stat.S_ISDIR(info.st_mode)
    if not entry.name.isprintable() or "\\" in entry.name:
        return NAME
    if stat.S_ISLNK(info.st_mode):
        return LINK
    if not is_folder and not stat.S_ISREG(info.st_mode):
        return SPECIAL
    if not os.access(entry.path, os.R_OK | (os.X_OK if is_folder else 0)):
        return CLOSED
    return None


# --- folders and students -------------------------------------------------------------------------


def refusal(folder: Path) -> str | None:
    """Why a chapter's folder in submitted/<student>/ is not graded at all; None if it is."""
    student = folder.parent
    if not _is_name(student.name):
        return (
            f"passed over submitted/{ascii(student.name)}: nbgrader and its pages want student "
            f"names without {' '.join(sorted(NOT_IN_NAMES))} and without white space around them"
        )
    for path in (student, folder):
        if path.is_symlink():
            where = path.relative_to(student.parent)
            return f"passed over submitted/{where}: a link; put a copy of the folder itself there"
    if folder.is_dir() and not os.access(folder, os.R_OK | os.X_OK):
        return f"passed over submitted/{student.name}/{folder.name}: {CLOSED}"
    return None


def _is_name(student: str) -> bool:
    return student == student.strip() and student.isprintable() and not NOT_IN_NAMES & set(student)


def newcomers(gradebook: Gradebook, students: list[str]) -> list[str]:
    """A line on students who are not in the gradebook's class list, if there are any.

    They are graded like all others, because nbgrader adds whoever hands in
    (`Autograde.create_student`), but the name may be misspelt.
    """
    known = {student.id for student in gradebook.students}
    new = [student for student in students if student not in known]
    if not known or not new:
        return []
    return [f"not in the gradebook until now, added: {_some(new)}; is each name spelt right?"]


def record_zero(gradebook: Gradebook, chapter: str, notebook: str, student: str) -> None:
    """Enter a submission whose notebook cannot be read: zero points, and nothing to read.

    A score that a person gave an earlier notebook stays, marked to be looked at again.
    """
    gradebook.update_or_create_student(student)
    gradebook.update_or_create_submission(chapter, student)
    entry = gradebook.find_submission_notebook(notebook, chapter, student)
    for grade in entry.grades:
        grade.auto_score = 0
        grade.needs_manual_grade = grade.manual_score is not None
    entry.late_submission_penalty = None
    gradebook.db.commit()


class SubmissionExporter(NotebookExporter):
    """Autograde's exporter: reads submitted notebooks as course/reading.py does.

    What had to be mended is in ``resources["mended"]``, from where RepairCells takes it.
    """

    def from_file(self, file_stream, resources=None, **kwargs):
        """What nbconvert does, with another reader."""
        intake = Intake(self.parent.coursedir, parent=self)
        notebook, resources["mended"] = intake.read(Path(file_stream.name))
        return self.from_notebook_node(notebook, resources=resources, **kwargs)


# --- nbgrader -------------------------------------------------------------------------------------

_nbgrader_copies = BaseConverter.init_assignment
_nbgrader_looks = BaseConverter.init_notebooks
_nbgrader_enters = Autograde.init_assignment
_nbgrader_dates = CourseDirectory.get_existing_timestamp


def attach() -> None:
    """Put the rules between submitted/ and nbgrader; once more does no harm."""
    Autograde.init_notebooks = _find_submissions
    Autograde.init_assignment = _enter_submission
    BaseConverter.init_assignment = _copy_files
    CourseDirectory.get_existing_timestamp = _timestamp
    NbGraderAPI.get_submitted_students = _submitted_students
    NbGraderAPI.get_submitted_timestamp = _submitted_timestamp


def _find_submissions(self: Autograde) -> None:
    """Also those without their notebook, which nbgrader would leave without a grade."""
    chapter, student = self.coursedir.assignment_id, self.coursedir.student_id
    found = {folder: refusal(Path(folder)) for folder in glob.glob(_where(self, chapter, student))}
    if not found:
        _nbgrader_looks(self)  # it says so, and what may have been meant
    for why in filter(None, found.values()):
        self.log.warning(why)
    self.notebooks, self.assignments = [], {}
    for folder in sorted(folder for folder, why in found.items() if not why):
        expected = os.path.join(folder, f"{os.path.basename(folder)}.ipynb")
        asked = glob.glob(os.path.join(folder, f"{self.coursedir.notebook_id}.ipynb"))
        self.assignments[folder] = sorted({expected, *asked})
    if not self.assignments:
        raise NbGraderException("; ".join(filter(None, found.values())))


def _where(self: Autograde, chapter: str, student: str) -> str:
    return self.coursedir.format_path(self.coursedir.submitted_directory, student, chapter)


def _enter_submission(self: Autograde, assignment_id: str, student_id: str) -> None:
    """Leave only notebooks that can be read; for others enter zero points and say why."""
    _nbgrader_enters(self, assignment_id, student_id)
    intake = Intake(self.coursedir, parent=self)
    handed = intake.examine(_where(self, assignment_id, student_id))
    readable = []
    for notebook in self.notebooks:
        name = os.path.basename(notebook)
        problem = intake.problem(handed, name)
        if not problem:
            readable.append(notebook)
            continue
        for line in [problem, *handed.lines]:
            self.log.warning("%s: %s", student_id, line)
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            record_zero(gradebook, assignment_id, Path(name).stem, student_id)
        os.makedirs(self._format_dest(assignment_id, student_id), exist_ok=True)
    self.notebooks = readable


def _copy_files(self: BaseConverter, assignment_id: str, student_id: str) -> None:
    """Copy a submission's other files; nbgrader's own way follows links."""
    if not isinstance(self, Autograde | GenerateFeedback):
        _nbgrader_copies(self, assignment_id, student_id)
        return
    source, goal = (
        Path(where(assignment_id, student_id)) for where in (self._format_source, self._format_dest)
    )
    for name in Intake(self.coursedir, parent=self).examine(source).files:
        if name.suffix != ".ipynb":
            (goal / name).parent.mkdir(parents=True, exist_ok=True)
            (goal / name).unlink(missing_ok=True)
            shutil.copy(source / name, goal / name)


def _timestamp(self: CourseDirectory, dest_path: str) -> object | None:
    """The time in timestamp.txt; None also where there is no date in it or it is no plain file."""
    try:
        info = os.lstat(os.path.join(dest_path, TIMESTAMP))
        if not stat.S_ISREG(info.st_mode) or info.st_size > LONGEST_TIMESTAMP:
            return None
        return _nbgrader_dates(self, dest_path)
    except (OSError, AttributeError, ValueError, OverflowError):  # all of them by what is in it
        return None


def _submitted_students(self: NbGraderAPI, assignment_id: str) -> set[str]:
    """Whom the Formgrader lists: those whose submissions can be graded."""
    folder = Path(self.coursedir.root, self.coursedir.submitted_directory)
    return {
        entry.parent.name
        for entry in folder.glob(f"*/{assignment_id}")
        if entry.is_dir() and not entry.parent.name.startswith(".") and not refusal(entry)
    }


def _submitted_timestamp(self: NbGraderAPI, assignment_id: str, student_id: str) -> object | None:
    return self.coursedir.get_existing_timestamp(
        self.coursedir.format_path(self.coursedir.submitted_directory, student_id, assignment_id)
    )
