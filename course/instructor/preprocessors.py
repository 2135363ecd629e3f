"""What the course adds to nbgrader's conversions, attached through ``nbgrader_config.py``.

Because they are attached there, ``nbgrader generate_assignment``, ``nbgrader autograde``,
``nbgrader generate_feedback``, the Formgrader's buttons and ``course grade`` all use them.

    NamedStubs         generate_assignment   stubs that name their exercise
    RepairCells        autograde, first      the submission in the release's shape
    SafeOutputs        autograde, pages      outputs that do nothing when they are shown
    HideTests          generate_feedback     no hidden test and no marking scheme in feedback
"""

import base64
import re
from pathlib import Path

import nbformat
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    ClearHiddenTests,
    ClearMarkScheme,
    ClearSolutions,
    NbGraderPreprocessor,
)
from nbgrader.utils import is_grade, is_locked
from traitlets import Bool, Dict

from course.instructor.intake import Intake
from course.instructor.judged import KERNEL_DIED, NOT_RUN, SKIPPED, TIMED_OUT
from course.repair import Cell, Notebook, grade_id, repair


class NamedStubs(ClearSolutions):
    """Replace solutions by stubs that hold the exercise's name, which is the cell's grade_id."""

    code_stub = Dict(
        {"python": '# TODO: {name}\nraise NotImplementedError("{name}")'},
        help="Per language, the text that replaces a solution; {name} is the exercise's name",
    ).tag(config=True)

    def preprocess_cell(self, cell: Cell, resources: dict, cell_index: int) -> tuple[Cell, dict]:
        templates = self.code_stub
        name = grade_id(cell) or ""
        self.code_stub = {key: text.replace("{name}", name) for key, text in templates.items()}
        try:
            return super().preprocess_cell(cell, resources, cell_index)
        finally:
            self.code_stub = templates


# --- the release's shape --------------------------------------------------------------------------


class RepairCells(NbGraderPreprocessor):
    """Sanitize step of autograde: `repair` against the release, problems kept in the notebook.

    Takes the place of nbgrader's DeduplicateIds, after which a notebook with a copied cell fails
    to validate. The problems are in ``nb.metadata["course"]["problems"]`` of the autograded
    notebook, those of the submission's files and of reading it among them.
    """

    def preprocess(self, nb: Notebook, resources: dict) -> tuple[Notebook, dict]:
        names = resources["nbgrader"]
        release = self._release(names["assignment"], names["notebook"])
        handed = Intake(self._coursedir, parent=self).examine(resources["metadata"]["path"])
        problems = [*handed.lines, *resources["mended"], *repair(nb, release)]
        _drop_own_metadata(nb)
        leave_out_long_cells(nb, release)
        nb.metadata.setdefault("course", NotebookNode())["problems"] = problems
        for problem in problems:
            self.log.warning(problem)
        return nb, resources

    @property
    def _coursedir(self) -> CourseDirectory:
        return self.parent.parent.coursedir

    def _release(self, assignment: str, notebook: str) -> Notebook:
        coursedir = self._coursedir
        steps = [coursedir.release_directory, coursedir.source_directory]
        released, source = (
            Path(coursedir.format_path(step, ".", assignment), f"{notebook}.ipynb")
            for step in steps
        )
        if released.is_file():
            return nbformat.read(released, as_version=4)
        return self._released_from(nbformat.read(source, as_version=4))

    def _released_from(self, nb: Notebook) -> Notebook:
        """What a student would have been given. Never the source itself, which has the answers."""
        for step in (NamedStubs, ClearHiddenTests, ClearMarkScheme):
            nb, _ = step(parent=self.parent).preprocess(nb, {})
        return nb


def _drop_own_metadata(nb: Notebook) -> None:
    """Metadata of a student's own cells say nothing to a grader, but may to a program."""
    for cell in nb.cells:
        if not grade_id(cell):
            cell.metadata = NotebookNode()


def leave_out_long_cells(nb: Notebook, release: Notebook) -> None:
    """Tag again what the release says need not run when it is graded.

    Free cells on which no test relies, such as a training run of a minute. Only where the text is
    the release's: a student's own cell always runs.
    """
    long = {
        cell.source
        for cell in release.cells
        if SKIPPED in cell.metadata.get("tags", []) and not grade_id(cell)
    }
    for cell in nb.cells:
        if cell.cell_type == "code" and not grade_id(cell) and cell.source in long:
            cell.metadata.tags = [SKIPPED]


# --- outputs --------------------------------------------------------------------------------------

# What IPython's progress bars send; the course's training loops show one.
PROGRESS = re.compile(r"<progress style='width:\d+ex' max='\d+' value='\d+'></progress>")
PICTURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}


class SafeOutputs(Preprocessor):
    """Outputs as text and as PNG or JPEG pictures, nothing that acts when it is shown.

    When grading, so that it holds for whoever opens the autograded notebook, and once more for
    the Formgrader and feedback pages, so that it holds for notebooks of any origin.
    """

    enabled = Bool(True).tag(config=True)

    def preprocess(self, nb: Notebook, resources: dict) -> tuple[Notebook, dict]:
        nb.metadata.pop("widgets", None)
        return super().preprocess(nb, resources)

    def preprocess_cell(self, cell: Cell, resources: dict, cell_index: int) -> tuple[Cell, dict]:
        if cell.cell_type != "code":
            return cell, resources
        left_out: set[str] = set()
        cell.outputs = [safe for out in cell.outputs if (safe := _safe_output(out, left_out))]
        count = cell.execution_count
        cell.execution_count = count if isinstance(count, int) else None
        if is_grade(cell):
            _settle_partial_credit(cell)
        if left_out:
            kinds = ", ".join(sorted(left_out))
            text = f"Not shown: {kinds}. Only text and PNG or JPEG pictures are.\n"
            cell.outputs.append(new_output("stream", name="stdout", text=text))
        return cell, resources


def _safe_output(output: NotebookNode, left_out: set[str]) -> NotebookNode | None:
    """The output without what is not shown, None if nothing is left."""
    kind = output.output_type
    if kind not in ("display_data", "execute_result"):
        return output
    data = {form: value for form, value in output.data.items() if _is_safe(form, value)}
    left_out.update(_form_name(form) for form in set(output.data) - set(data))
    if not data:
        return None
    sizes = {form: _size(output.metadata.get(form)) for form in data if form in PICTURES}
    more = {"execution_count": output.execution_count} if kind == "execute_result" else {}
    return new_output(kind, data=data, metadata={f: s for f, s in sizes.items() if s}, **more)


def _is_safe(form: str, value: object) -> bool:
    if not isinstance(value, str):
        return False
    if form == "text/html":
        return bool(PROGRESS.fullmatch(value))
    if form not in PICTURES:
        return form == "text/plain"
    try:
        content = base64.b64decode("".join(value.split()), validate=True)
    except ValueError:
        return False
    return content.startswith(PICTURES[form])


def _form_name(form: str) -> str:
    return form if re.fullmatch(r"[\w.+-]{1,40}/[\w.+-]{1,60}", form) else "something else"


def _size(metadata: object) -> dict:
    """A picture's width and height, if they are numbers: pages use them as they are."""
    if not isinstance(metadata, dict):
        return {}
    return {key: metadata[key] for key in ("width", "height") if type(metadata.get(key)) is int}


def _settle_partial_credit(cell: Cell) -> None:
    """nbgrader takes a test cell's value for its points, and stumbles where it is none of them."""
    for output in cell.outputs:
        if output.output_type == "execute_result" and not _is_credit(cell, output):
            output.output_type = "display_data"
            del output["execution_count"]


def _is_credit(cell: Cell, output: NotebookNode) -> bool:
    try:
        return 0 <= float(output.data.get("text/plain", "")) <= cell.metadata.nbgrader.points
    except ValueError:
        return False


# --- feedback -------------------------------------------------------------------------------------

# Their message is a sentence that was written for the student; the name would only be in the way.
SPEAKING_ERRORS = {
    "AssertionError", "CheckFailed", "KnownMistake", "NotBegun", NOT_RUN, KERNEL_DIED, TIMED_OUT
}  # fmt: skip


LONGEST_SENTENCE = 1000  # characters


class HideTests(Preprocessor):
    """Feedback without hidden tests, marking schemes and the tracebacks that would show them.

    A test cell with a hidden part shows of its outputs only the errors: what the student's code
    prints while hidden tests run may be their input. Of an error it shows the message, unless
    that quotes a hidden line.
    """

    # nbgrader's own base class does not know an option that the HTML exporter sets.
    enabled = Bool(True).tag(config=True)

    def preprocess_cell(self, cell: Cell, resources: dict, cell_index: int) -> tuple[Cell, dict]:
        if not is_locked(cell):
            return cell, resources
        whole = cell.source
        cell.source, hidden = without_region(whole, "HIDDEN TESTS")
        cell.source, _ = without_region(cell.source, "MARK SCHEME")
        if cell.cell_type == "code" and is_grade(cell):
            if hidden:
                cell.outputs = [out for out in cell.outputs if out.output_type == "error"]
            for output in cell.outputs:
                if output.output_type == "error":
                    sentence = error_sentence(output.ename, output.evalue)
                    if hidden and _quotes(sentence, hidden_lines(whole, cell.source)):
                        sentence = "A hidden test failed."
                    output.evalue = sentence
                    output.traceback = [sentence]
        return cell, resources


def without_region(text: str, name: str) -> tuple[str, bool]:
    """``text`` without its ``### BEGIN name … ### END name`` regions, and whether there was one."""
    kept, inside, found = [], False, False
    for line in text.split("\n"):
        if f"BEGIN {name}" in line:
            inside = found = True
        elif f"END {name}" in line:
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept), found


def hidden_lines(whole: str, shown: str) -> set[str]:
    """The lines of code that ``shown`` lacks; short ones, such as a bracket, are everywhere."""
    lines = set(whole.split("\n")) - set(shown.split("\n"))
    stripped = {" ".join(line.split()) for line in lines}
    return {line for line in stripped if len(line) > 8 and set("=([") & set(line)}


def _quotes(sentence: str, lines: set[str]) -> bool:
    words = " ".join(sentence.split())
    return any(line in words for line in lines)


def error_sentence(ename: str, evalue: str) -> str:
    """An error in one line: the message of a check, else the error's name and first line."""
    if ename in SPEAKING_ERRORS:
        return " ".join(evalue.split())[:LONGEST_SENTENCE] or ename
    first = evalue.strip().split("\n")[0]
    name = " ".join(ename.split())  # a student may give a class any name
    return (f"{name}: {first}" if first else name)[:LONGEST_SENTENCE]
