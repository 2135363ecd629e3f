"""nbgrader's settings for this course.

nbgrader reads this file when it is run from this folder, and so do the Formgrader and
``course grade``. The preprocessors it names are in course/instructor/preprocessors.py.
"""

from pathlib import Path

import nbgrader
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ComputeChecksums,
    GetGrades,
    IncludeHeaderFooter,
    LimitOutput,
    LockCells,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
    SaveCells,
)

import course.instructor
from course.instructor import intake, pages
from course.instructor.execute import ExecuteToTheEnd
from course.instructor.preprocessors import HideTests, NamedStubs, RepairCells, SafeOutputs

c = get_config()  # noqa: F821  (traitlets defines it when it loads this file)

c.CourseDirectory.course_id = "attention"

# Not copied between source, release, submitted, autograded and feedback. timestamp.txt is: nbgrader
# reads from it when a submission was handed in. .graded.json is `course grade`'s memory.
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "*.pyc*",
    "__pycache__",
    ".DS_Store",
    ".graded.json",
    "*.before-doctor*.ipynb",
]

# --- what students hand in ------------------------------------------------------------------------

# Only plain files of sane sizes are read; the limits are settings of `Intake`.
intake.attach()
c.Autograde.exporter_class = intake.SubmissionExporter

# --- generate_assignment --------------------------------------------------------------------------

# The order matters: SaveCells keeps hidden tests and marking schemes in the gradebook, from where
# autograde restores them, so what clears them comes after it, and then the checksums once more.
c.GenerateAssignment.preprocessors = [
    IncludeHeaderFooter,
    LockCells,
    NamedStubs,
    ClearOutput,
    CheckCellMetadata,
    ComputeChecksums,
    SaveCells,
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
    CheckCellMetadata,
]

c.ClearSolutions.text_stub = "*Write your answer here.*"

# A written question is a locked markdown cell with the marking scheme inside, followed by the cell
# for the answer. nbgrader wants schemes in its own "task" cells, where question and answer share
# one cell and an untouched one cannot be told from an answered one.
c.ClearMarkScheme.enforce_metadata = False

# --- autograde ------------------------------------------------------------------------------------

# RepairCells comes first because nbconvert checks the notebook's format after each step. It also
# sets nbgrader's metadata to what the release says, so CheckCellMetadata would find nothing.
c.Autograde.sanitize_preprocessors = [
    RepairCells,
    ClearOutput,
    OverwriteKernelspec,
    OverwriteCells,
]
c.Autograde.autograde_preprocessors = [
    ExecuteToTheEnd,
    SafeOutputs,
    LimitOutput,
    SaveAutoGrades,
    AssignLatePenalties,
]

# Seconds that a cell may run; a cell of the course takes a few at most. The other limits of student
# code have defaults: see `nbgrader autograde --help-all`, under ExecuteToTheEnd.
c.Execute.timeout = 60

# Long free cells of a chapter that no test relies on. RepairCells takes the tag from all others.
c.Execute.skip_cells_with_tag = "skip-when-graded"
c.Execute.startup_timeout = 120  # of a kernel, with --unsafe

# --- generate_feedback ----------------------------------------------------------------------------

# AssignLatePenalties once more: points that a person gave since count as well.
c.GenerateFeedback.preprocessors = [
    AssignLatePenalties,
    HideTests,
    GetGrades,
    CSSHTMLHeaderPreprocessor,
]

# --- Formgrader and feedback pages ----------------------------------------------------------------

# No script of a student runs in the Formgrader or in a feedback page.
c.HTMLExporter.preprocessors = [SafeOutputs]
c.HTMLExporter.filters = {"markdown2html": pages.markdown, "clean_html": pages.clean}
c.HTMLExporter.sanitize_html = True
pages.protect_formgrader()

# nbgrader's own templates, but MathJax from the Jupyter server instead of the internet.
c.HTMLExporter.extra_template_basedirs = [
    str(Path(course.instructor.__file__).parent / "templates"),
    str(Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"),
]
