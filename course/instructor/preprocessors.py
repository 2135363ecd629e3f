"""What the course adds to nbgrader's conversions, attached through ``nbgrader_config.py``.

Because they are attached there, ``nbgrader generate_assignment``, ``nbgrader autograde``,
``nbgrader generate_feedback``, the Formgrader's buttons and ``course grade`` all use them.

    NamedStubs         generate_assignment   stubs that name their exercise
    RepairCells        autograde, first      the submission in the release's shape
    ExecuteToTheEnd    autograde             what did not run never earns points
    HideTests          generate_feedback     no hidden test and no marking scheme in feedback
"""

import contextlib
import copy
import os
import re
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbclient.util import run_sync
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import output_from_msg
from nbgrader.preprocessors import (
    ClearHiddenTests,
    ClearMarkScheme,
    ClearSolutions,
    Execute,
    NbGraderPreprocessor,
)
from nbgrader.utils import is_grade, is_locked, is_solution
from traitlets import Bool, Dict, Integer, Unicode

Notebook = NotebookNode
Cell = NotebookNode

NOT_RUN = "NotRun"
KERNEL_DIED = "KernelDied"
TIMED_OUT = "TimedOut"


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

CELL_FIELDS = {"cell_type", "id", "metadata", "source", "attachments"}
CODE_FIELDS = {"outputs", "execution_count"}
# What decides how a cell is graded. The rest of nbgrader's metadata is bookkeeping that editors
# update by themselves, so a difference there is no news for anyone.
GRADING_FIELDS = ("grade", "solution", "locked", "points", "task")


def grade_id(cell: Cell) -> str | None:
    """The name nbgrader knows the cell by, None for an ordinary cell."""
    meta = cell.metadata.get("nbgrader")
    name = meta.get("grade_id") if isinstance(meta, dict) else None
    return name if isinstance(name, str) and name else None


def repair(submitted: Notebook, release: Notebook) -> list[str]:
    """Put a submitted notebook into the release's shape; no word that the student wrote is lost.

    ``submitted`` is changed in place. The student's own cells stay and stay beside the cells they
    followed. Returns what was found, a line per problem, each naming its cells; an untouched or
    an honestly filled-in release gives an empty list.
    """
    originals = {name: cell for cell in release.cells if (name := grade_id(cell))}
    _mend_structure(submitted, release)
    problems = _remove_tags(submitted)
    problems += _settle_identities(submitted, originals)
    problems += _restore_order(submitted, originals)
    problems += _settle_copies(submitted, originals)
    problems += _restore_metadata(submitted, originals)
    problems += _put_back_missing(submitted, originals)
    problems += _report_edited_locks(submitted, originals)
    _mend_ids(submitted, originals)
    _mend_format(submitted)
    return problems


def _mend_structure(nb: Notebook, release: Notebook) -> None:
    """Give each cell the format's fields; the notebook's metadata are the release's."""
    nb.metadata = copy.deepcopy(release.metadata)
    nb.nbformat, nb.nbformat_minor = 4, max(5, release.nbformat_minor)
    for cell in nb.cells:
        cell.setdefault("source", "")
        _mend_fields(cell)


def _mend_fields(cell: Cell) -> None:
    allowed = CELL_FIELDS | CODE_FIELDS if cell.cell_type == "code" else CELL_FIELDS
    if cell.cell_type == "code":
        cell.setdefault("outputs", [])
        cell.setdefault("execution_count", None)
        allowed = allowed - {"attachments"}
    for field in set(cell) - allowed:
        del cell[field]


def _remove_tags(nb: Notebook) -> list[str]:
    """Tags tell the runner to skip a cell or expect an error, which is not the student's to say."""
    problems = []
    for number, cell in enumerate(nb.cells, start=1):
        tags = cell.metadata.pop("tags", None) or []
        if "skip-execution" in tags:
            problems.append(f"{_title(cell, number)}: tagged skip-execution; run all the same")
    return problems


def _settle_identities(nb: Notebook, originals: dict[str, Cell]) -> list[str]:
    """Keep nbgrader's metadata only where it names a cell of the release.

    A tool that drops metadata may have kept the cell ids, which are the grade_ids in this course.
    """
    problems = []
    present = {grade_id(cell) for cell in nb.cells}
    for cell in nb.cells:
        name = grade_id(cell)
        if name in originals:
            continue
        if name:
            problems.append(f"cell {name}: not of this notebook; counts as an ordinary cell")
        cell.metadata.pop("nbgrader", None)
        if cell.get("id") in originals and cell.id not in present:
            cell.metadata.nbgrader = copy.deepcopy(originals[cell.id].metadata.nbgrader)
            present.add(cell.id)
            problems.append(f"cell {cell.id}: its nbgrader metadata was lost; given back")
    return problems


def _restore_order(nb: Notebook, originals: dict[str, Cell]) -> list[str]:
    """Sort the release's cells; each takes along the student's cells that follow it."""
    rank = {name: position for position, name in enumerate(originals)}
    first_seen = list(dict.fromkeys(name for cell in nb.cells if (name := grade_id(cell))))
    groups: list[tuple[int, list[Cell]]] = [(-1, [])]
    for cell in nb.cells:
        name = grade_id(cell)
        if name:
            groups.append((rank[name], []))
        groups[-1][1].append(cell)
    groups.sort(key=lambda group: group[0])
    nb.cells = [cell for _, cells in groups for cell in cells]
    expected = sorted(first_seen, key=rank.__getitem__)
    moved = [name for name, other in zip(first_seen, expected, strict=True) if name != other]
    return [f"cell {moved[0]} and others: out of order; put back in order"] if moved else []


def _settle_copies(nb: Notebook, originals: dict[str, Cell]) -> list[str]:
    """Of cells with one grade_id keep the metadata on one; all the student's words stay and run.

    Copies that equal the release hold nothing of the student's. They go, because a second run of
    a test costs time and a second stub would undo the answer above it.
    """
    problems = []
    counts = Counter(name for cell in nb.cells if (name := grade_id(cell)))
    for name, count in counts.items():
        if count == 1:
            continue
        copies = [cell for cell in nb.cells if grade_id(cell) == name]
        unchanged = [cell for cell in copies if _same_text(cell, originals[name])]
        changed = [cell for cell in copies if not _same_text(cell, originals[name])]
        if is_solution(originals[name]):
            kept = changed[-1] if changed else copies[0]
            counted = "the last one that was changed counts"
        else:
            kept = unchanged[0] if unchanged else copies[0]
            counted = "one counts"
        for cell in changed:
            if cell is not kept:
                del cell.metadata["nbgrader"]
        dropped = {id(cell) for cell in unchanged if cell is not kept}
        nb.cells = [cell for cell in nb.cells if id(cell) not in dropped]
        problems.append(f"cell {name}: there {count} times; {counted}")
    return problems


def _restore_metadata(nb: Notebook, originals: dict[str, Cell]) -> list[str]:
    """Set type and metadata of the release's cells back to what the release says."""
    problems = []
    for cell in nb.cells:
        name = grade_id(cell)
        if not name:
            continue
        original = originals[name]
        meta, wanted = cell.metadata.nbgrader, original.metadata.nbgrader
        for field in GRADING_FIELDS:
            if meta.get(field) != wanted.get(field):
                was, now = meta.get(field), wanted.get(field)
                problems.append(f"cell {name}: {field} changed to {was}; set back to {now}")
        if cell.cell_type != original.cell_type:
            problems.append(
                f"cell {name}: turned into {cell.cell_type}; turned back into {original.cell_type}"
            )
            cell.cell_type = original.cell_type
            _mend_fields(cell)
        cell.metadata = copy.deepcopy(original.metadata)
        cell.metadata.pop("tags", None)
    return problems


def _put_back_missing(nb: Notebook, originals: dict[str, Cell]) -> list[str]:
    put_back, elsewhere = [], []
    names = list(originals)
    present = {grade_id(cell) for cell in nb.cells}
    for position, name in enumerate(names):
        if name in present:
            continue
        cell = copy.deepcopy(originals[name])
        cell.metadata.pop("tags", None)
        if _defined_elsewhere(nb, cell):
            # The stub would undo the student's definition if that stands further up.
            cell.source = f"# {name} is defined in another cell of this notebook."
            elsewhere.append(name)
        else:
            put_back.append(name)
        nb.cells.insert(_place(nb, cell, names[:position]), cell)
    return [
        *_one_line(put_back, "missing; put back"),
        *_one_line(elsewhere, "missing; what another cell defines by that name counts"),
    ]


def _place(nb: Notebook, cell: Cell, predecessors: list[str]) -> int:
    """Where a missing cell goes: right after its predecessor, which stands there already.

    A test goes behind the student's own cells that follow the predecessor, which may hold a part
    of the answer.
    """
    if not predecessors:
        return 0
    named = [grade_id(other) for other in nb.cells]
    place = named.index(predecessors[-1]) + 1
    if is_grade(cell) and not is_solution(cell):
        while place < len(named) and not named[place]:
            place += 1
    return place


def _defined_elsewhere(nb: Notebook, stub: Cell) -> bool:
    """Whether the student defines the names of a missing solution cell in some other cell."""
    if stub.cell_type != "code" or not is_solution(stub) or is_grade(stub):
        return False
    names = re.findall(r"^(?:def|class)\s+(\w+)", stub.source, flags=re.MULTILINE)
    wanted = "|".join(map(re.escape, names or [grade_id(stub)]))
    pattern = rf"^(?:(?:def|class)\s+(?:{wanted})\b|(?:{wanted})\s*=)"
    sources = [cell.source for cell in nb.cells if cell.cell_type == "code" and not is_locked(cell)]
    return any(re.search(pattern, source, flags=re.MULTILINE) for source in sources)


def _report_edited_locks(nb: Notebook, originals: dict[str, Cell]) -> list[str]:
    """nbgrader's OverwriteCells restores these from the gradebook, hidden tests included."""
    edited = [
        name
        for cell in nb.cells
        if (name := grade_id(cell))
        and is_locked(originals[name])
        and not _same_text(cell, originals[name])
    ]
    return _one_line(edited, "locked but edited; the original text was used")


def _one_line(names: list[str], what: str) -> list[str]:
    if not names:
        return []
    return [f"cell{'s' if len(names) > 1 else ''} {', '.join(names)}: {what}"]


def _mend_ids(nb: Notebook, originals: dict[str, Cell]) -> None:
    """The release's ids for its cells; well-formed and unique ones for the student's own."""
    taken = set()
    for cell in nb.cells:
        if name := grade_id(cell):
            cell.id = originals[name].get("id", name)
            taken.add(cell.id)
    for number, cell in enumerate(nb.cells, start=1):
        if grade_id(cell):
            continue
        wanted = cell.get("id")
        valid = isinstance(wanted, str) and re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", wanted)
        if not valid or wanted in taken:
            wanted = f"own-{number}"
            while wanted in taken:
                wanted += "x"
            cell.id = wanted
        taken.add(wanted)


def _mend_format(nb: Notebook) -> None:
    """Where a cell still breaks the notebook format, drop what is not the student's text."""
    if nbformat.validator.isvalid(nb):
        return
    for cell in nb.cells:
        cell.pop("attachments", None)
        cell.metadata = NotebookNode({k: v for k, v in cell.metadata.items() if k == "nbgrader"})
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


def _same_text(cell: Cell, other: Cell) -> bool:
    """Equal but for white space at line ends and at the end, which editors change."""
    lines = [text.rstrip() for text in cell.source.rstrip().splitlines()]
    return lines == [text.rstrip() for text in other.source.rstrip().splitlines()]


def _title(cell: Cell, number: int) -> str:
    name = grade_id(cell)
    return f"cell {name}" if name else f"cell number {number}"


class RepairCells(NbGraderPreprocessor):
    """Sanitize step of autograde: `repair` against the release, problems kept in the notebook.

    Takes the place of nbgrader's DeduplicateIds, after which a notebook with a copied cell fails
    to validate. The problems are in ``nb.metadata["course"]["problems"]`` of the autograded
    notebook.
    """

    def preprocess(self, nb: Notebook, resources: dict) -> tuple[Notebook, dict]:
        names = resources["nbgrader"]
        release = self._release(names["assignment"], names["notebook"])
        problems = repair(nb, release)
        nb.metadata.setdefault("course", NotebookNode())["problems"] = problems
        for problem in problems:
            self.log.warning(problem)
        return nb, resources

    def _release(self, assignment: str, notebook: str) -> Notebook:
        coursedir = self.parent.parent.coursedir
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


# --- running --------------------------------------------------------------------------------------


class ExecuteToTheEnd(Execute):
    """Run a notebook so that its grades can be trusted whatever its cells do.

    nbgrader gives full points to a test cell without output. So when the kernel dies, or a cell
    cannot be stopped at its time limit, the cells that did not run get an error as output, and
    what ran before keeps its points. Text on stderr (a warning from the student's code, say)
    costs no points: only an error does.
    """

    kernel_log = Unicode(
        "",
        help="File that gets what the kernel process itself writes; empty: the terminal",
    ).tag(config=True)

    iopub_timeout = Integer(
        10, help="Seconds to wait for a cell's output, or for it to stop, after its time limit"
    ).tag(config=True)

    shutdown_kernel = Unicode("immediate")  # nothing in it is needed after the last cell

    def preprocess(
        self, nb: Notebook, resources: dict | None = None, km: Any = None
    ) -> tuple[Notebook, dict]:
        self._lost = None
        self._group = None
        self._not_run = 0
        self._problems = []
        try:
            nb, resources = super().preprocess(nb, resources, km)
        finally:
            self._end_process_group()
        if self._lost:
            after = f"; {self._not_run} after it not run" if self._not_run else ""
            self._problems.append(f"{self._lost}{after}")
        course = nb.metadata.setdefault("course", NotebookNode())
        course.setdefault("problems", []).extend(self._problems)
        return nb, resources

    def start_new_kernel(self, **kwargs: Any) -> None:
        if not self.kernel_log:
            super().start_new_kernel(**kwargs)
        else:
            with open(self.kernel_log, "ab") as log:
                super().start_new_kernel(stdout=log, stderr=log, **kwargs)
        self._group = getattr(self.km.provisioner, "pgid", None)

    def preprocess_cell(self, cell: Cell, resources: dict, index: int) -> tuple[Cell, dict]:
        if cell.cell_type != "code":
            return cell, resources
        name = _title(cell, index + 1)
        if self._lost:
            if cell.source.strip():
                self._not_run += 1
                cell.outputs = [_error(NOT_RUN, f"This cell was not run: {self._lost}.")]
            return cell, resources
        try:
            cell, resources = super().preprocess_cell(cell, resources, index)
        except DeadKernelError:
            self._lose_kernel(cell, KERNEL_DIED, f"the kernel died in {name}")
        except CellTimeoutError:
            limit = f"{name} ran for more than {self.timeout} seconds and could not be stopped"
            self._lose_kernel(cell, TIMED_OUT, limit)
        else:
            self._note_timeout(cell, name)
        if is_grade(cell):
            _stderr_to_stdout(cell)
        return cell, resources

    def _lose_kernel(self, cell: Cell, ename: str, sentence: str) -> None:
        self._lost = sentence
        cell.outputs.append(_error(ename, f"{sentence[0].upper()}{sentence[1:]}."))
        run_sync(self.km.shutdown_kernel)(now=True)

    def _note_timeout(self, cell: Cell, name: str) -> None:
        """One line in place of nbgrader's empty CellTimeoutError and IPython's interrupt."""
        ename = self.error_on_timeout["ename"]
        if not any(out.output_type == "error" and out.ename == ename for out in cell.outputs):
            return
        cell.outputs = [out for out in cell.outputs if out.output_type != "error"]
        sentence = f"ran for more than {self.timeout} seconds and was stopped"
        cell.outputs.append(_error(TIMED_OUT, f"This cell {sentence}."))
        self._problems.append(f"{name} {sentence}")

    def _end_process_group(self) -> None:
        """A kernel that died or was stopped may have left processes of its own behind."""
        if self._group and hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody is left
                os.killpg(self._group, signal.SIGKILL)


def _error(ename: str, sentence: str) -> NotebookNode:
    content = {"ename": ename, "evalue": sentence, "traceback": [sentence]}
    return output_from_msg({"header": {"msg_type": "error"}, "content": content})


def _stderr_to_stdout(cell: Cell) -> None:
    for output in cell.outputs:
        if output.output_type == "stream":
            output.name = "stdout"


# --- feedback -------------------------------------------------------------------------------------

# Their message is a sentence that was written for the student; the name would only be in the way.
SPEAKING_ERRORS = {
    "AssertionError", "CheckFailed", "NotBegun", NOT_RUN, KERNEL_DIED, TIMED_OUT
}  # fmt: skip


class HideTests(Preprocessor):
    """Feedback without hidden tests, marking schemes and the tracebacks that would show them.

    A test cell with a hidden part shows of its outputs only the errors: what the student's code
    prints while hidden tests run may be their input.
    """

    # nbgrader's own base class does not know an option that the HTML exporter sets.
    enabled = Bool(True).tag(config=True)

    def preprocess_cell(self, cell: Cell, resources: dict, cell_index: int) -> tuple[Cell, dict]:
        if not is_locked(cell):
            return cell, resources
        cell.source, hidden = without_region(cell.source, "HIDDEN TESTS")
        cell.source, _ = without_region(cell.source, "MARK SCHEME")
        if cell.cell_type == "code" and is_grade(cell):
            if hidden:
                cell.outputs = [out for out in cell.outputs if out.output_type == "error"]
            for output in cell.outputs:
                if output.output_type == "error":
                    output.evalue = error_sentence(output.ename, output.evalue)
                    output.traceback = [output.evalue]
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


def error_sentence(ename: str, evalue: str) -> str:
    """An error in one line: the message of a check, else the error's name and first line."""
    if ename in SPEAKING_ERRORS:
        return " ".join(evalue.split()) or ename
    first = evalue.strip().split("\n")[0]
    return f"{ename}: {first}" if first else ename
