"""Honest work gets from `course grade` what stock nbgrader gives: scores, comments and outputs.

Stock nbgrader runs a notebook, tests included, in one kernel, with nbgrader's own preprocessors and
settings. Left out of the comparison are images, because `course grade` draws no figures, the
outputs of cells that print times, and what differs from run to run: addresses in memory, and the
name that Python has for a cell with a syntax error.
"""

import functools
import re

import nbformat
import pytest
from nbgrader.api import Gradebook

from course.instructor.grade import grade
from tests import bank, stock

EVERYONE = ["01_dot_product_scores", "02_softmax"]
CLASSES = {c: len(stock.HONEST) if c in EVERYONE else 2 for c in bank.chapters()}
CELL_SECONDS = 120  # on a busy machine; no honest cell comes near it
ADDRESS = re.compile(r"0x[0-9a-f]{6,}")
CELL_NAME = re.compile(r"\((<ipython-input-[^>]*>|\d+\.py), line")


@pytest.fixture(scope="module", params=CLASSES)
def graded(request, tmp_path_factory):
    """A chapter's class graded both ways: the chapter, the students, and the two courses."""
    chapter, folder = request.param, tmp_path_factory.mktemp("stock")
    ours, theirs = (stock.make_course(folder / name) for name in ("ours", "theirs"))
    for root in (ours, theirs):
        students = stock.hand_in(root, chapter, CLASSES[chapter])
    stock.register(theirs, chapter)
    stock.leave_to_nbgrader(theirs)
    stock.run(theirs, "autograde", chapter, f"--Execute.timeout={CELL_SECONDS}")
    results = grade(chapter, root=ours, timeout=CELL_SECONDS)
    assert {result.status for result in results} == {"graded"}
    return chapter, students, ours, theirs


@pytest.mark.slow
def test_the_gradebooks_are_equal_cell_by_cell(graded):
    chapter, students, ours, theirs = graded
    for student in students:
        assert entries(ours, chapter, student) == entries(theirs, chapter, student), student


@pytest.mark.slow
def test_the_outputs_are_equal_cell_by_cell(graded):
    chapter, students, ours, theirs = graded
    for student in students:
        mine, stocks = cells(ours, chapter, student), cells(theirs, chapter, student)
        assert [cell.source for cell in mine] == [cell.source for cell in stocks]
        for cell, other in zip(mine, stocks, strict=True):
            if cell.source in varying(chapter):
                continue
            assert shown(cell) == shown(other), f"{student}, cell {cell.id}"


def entries(root, chapter: str, student: str) -> dict[str, list]:
    """What the gradebook says of each cell."""
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        notebook = gradebook.find_submission_notebook(chapter, chapter, student)
        scores = {
            g.cell.name: [g.auto_score, g.manual_score, g.extra_credit, g.score, g.max_score,
                          g.needs_manual_grade]
            for g in notebook.grades
        }  # fmt: skip
        comments = {c.cell.name: [c.auto_comment, c.manual_comment] for c in notebook.comments}
        whole = [notebook.score, notebook.max_score, notebook.needs_manual_grade]
    return {"scores": scores, "comments": comments, "notebook": whole}


def cells(root, chapter: str, student: str) -> list:
    """The code cells of the graded notebook."""
    path = root / "autograded" / student / chapter / f"{chapter}.ipynb"
    nb = nbformat.read(path, as_version=4)
    return [cell for cell in nb.cells if cell.cell_type == "code"]


@functools.cache
def varying(chapter: str) -> set[str]:
    """Cells that print times, by their text."""
    return {
        cell.source
        for cell in bank.notebook(chapter).cells
        if "nbval-ignore-output" in cell.metadata.get("tags", [])
    }


def shown(cell) -> list:
    """A cell's number and outputs, without images; what is printed in one piece."""
    outputs = []
    for output in cell.outputs:
        data = output.get("data", {})
        texts = {kind: plain(text) for kind, text in data.items() if not kind.startswith("image/")}
        words = [plain(output.get(field, "")) for field in ("ename", "evalue", "name")]
        found = [output.output_type, output.get("execution_count"), texts, *words]
        if outputs and found[0] == "stream" and outputs[-1][:-1] == found:
            outputs[-1][-1] += output.text  # a kernel may send a line in pieces
        else:
            outputs.append([*found, output.get("text", "")])
    return [cell.execution_count, outputs]


def plain(text: str) -> str:
    return CELL_NAME.sub("(cell, line", ADDRESS.sub("0x...", text))
