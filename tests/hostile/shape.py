"""Attempts to confuse the notebook format, and files that are none.

A wrong last exercise stands in most of them: what the notebook says of itself should not hide it.
"""

import copy
import json
import os

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from tests.bank import mark
from tests.hostile import ONE, ZEROS, Case
from tests.sample_class import Submission

TEST = "test_most_attended_values"
EVERYTHING = (
    *("dot_product", "scores_for_query", "pairwise_scores_loop"),
    *("attention_scores", "cosine_scores", "most_attended"),
)


def shapes(name: str, change, **options) -> Case:
    """A case whose last exercise is wrong and whose notebook is changed."""
    return Case(name, cells={"most_attended": ZEROS}, notebook=change, tries=False, **options)


def keeps(name: str, change, **options) -> Case:
    """A case whose answers are right and whose notebook is changed."""
    return Case(name, notebook=change, loses=(), tries=False, **options)


def files(name: str, change, loses=EVERYTHING, **options) -> Case:
    """A case whose file is changed after it was saved."""
    return Case(name, folder=change, loses=loses, tries=False, **options)


def notebook_in(folder):
    return folder / f"{ONE}.ipynb"


# --- cells and metadata ---------------------------------------------------------------------------


def tag(work: Submission, *tags: str) -> None:
    for cell in work.notebook.cells:
        if mark(cell).get("grade"):
            cell.metadata.tags = list(tags)


def skip_execution(work: Submission) -> None:
    tag(work, "skip-execution", "skip-when-graded")


def raises_exception(work: Submission) -> None:
    tag(work, "raises-exception", "allow_errors")


def test_becomes_markdown(work: Submission) -> None:
    cell = work.cell(TEST)
    cell.cell_type = "markdown"
    del cell["outputs"], cell["execution_count"]


def test_becomes_raw(work: Submission) -> None:
    test_becomes_markdown(work)
    work.cell(TEST).cell_type = "raw"


def more_points(work: Submission) -> None:
    for cell in work.notebook.cells:
        if mark(cell).get("grade"):
            cell.metadata.nbgrader.points = 100


def points_that_are_none(work: Submission) -> None:
    points = iter([-1, 1e308, "3", None, [3], float("nan"), {}, True, 10**400])
    for cell in work.notebook.cells:
        if mark(cell).get("grade"):
            cell.metadata.nbgrader.points = next(points, 0)


def test_is_stolen(work: Submission) -> None:
    """A cell of the student's own carries the test's name, the test is gone."""
    old = work.cell(TEST)
    stolen = new_code_cell("3.0", metadata=copy.deepcopy(old.metadata))
    work.notebook.cells[work.notebook.cells.index(old)] = stolen


def test_is_unlocked_and_emptied(work: Submission) -> None:
    cell = work.cell(TEST)
    cell.metadata.nbgrader.locked = False
    cell.source = "pass"


def test_becomes_a_solution(work: Submission) -> None:
    cell = work.cell(TEST)
    cell.metadata.nbgrader.update(solution=True, locked=False)
    cell.source = "pass"


def all_tests_are_deleted(work: Submission) -> None:
    work.notebook.cells = [cell for cell in work.notebook.cells if not mark(cell).get("locked")]


def answer_stands_twice(work: Submission) -> None:
    """Two solution cells with one name and one id; the last that was changed counts."""
    cell = work.cell("most_attended")
    work.notebook.cells.insert(0, copy.deepcopy(cell))


def all_cells_stand_twice(work: Submission) -> None:
    work.notebook.cells += copy.deepcopy(work.notebook.cells)


def cells_in_reverse(work: Submission) -> None:
    work.notebook.cells.reverse()


def outputs_are_forged(work: Submission) -> None:
    forged = new_output("execute_result", {"text/plain": "1000"}, execution_count=1)
    for cell in work.notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [forged]
            cell.execution_count = 1


def metadata_are_strange(work: Submission) -> None:
    names = ["a" * 10**5, "\x1b[2J\r\n", "<script>", "../../x", "\u202e"]
    strange = [None, "text", [], {"grade_id": ["a"]}, {"grade": "yes"}]
    strange += [{"grade_id": name} for name in names]
    for number, value in enumerate(strange):
        cell = new_code_cell("pass")
        cell.metadata["nbgrader"] = value
        cell.metadata["tags"] = ["a" * 1000] * 100
        work.notebook.cells.insert(number, cell)
    work.notebook.metadata["course"] = {"problems": ["@MARK@"] * 10, "tests": []}
    work.notebook.metadata["nbgrader"] = "text"


def release_says_else(work: Submission) -> None:
    for cell in work.notebook.cells:
        if mark(cell):
            cell.metadata.nbgrader.schema_version = 99
            cell.metadata.nbgrader.checksum = "0" * 32
            cell.metadata.nbgrader.cell_type = "markdown"


def other_kernel(work: Submission) -> None:
    work.notebook.metadata["kernelspec"] = {"name": "bash", "display_name": "x", "language": "sh"}
    work.notebook.metadata["language_info"] = {"name": "bash", "file_extension": "../../x"}


def many_cells(work: Submission) -> None:
    work.notebook.cells += [new_markdown_cell("x") for _ in range(900)]


def names_are_paths(work: Submission) -> None:
    for number, cell in enumerate(work.notebook.cells):
        cell["id"] = "../../" * 3 + str(number)
    work.notebook.metadata["authors"] = [{"name": "../../../etc"}]
    work.notebook.metadata["title"] = "../../@MARK@"


def magics(work: Submission) -> None:
    """Magics that change files and run other programs, in cells of the student's own."""
    work.notebook.cells += [
        new_code_cell("%%bash\ntouch @ROOT@/@MARK@ /tmp/@MARK@"),
        new_code_cell("!touch @ROOT@/@MARK@ /tmp/@MARK@"),
        new_code_cell("%%writefile @ROOT@/@MARK@\n@MARK@"),
        new_code_cell("%load_ext no_such_extension"),
        new_code_cell("%run @ROOT@/nbgrader_config.py"),
        new_code_cell("%reset -f"),
        new_code_cell("%logstart @ROOT@/@MARK@"),
    ]


SCRIPT = "<script>document.title = '@MARK@'</script><img src=x onerror=alert('@MARK@')>"


def scripts(work: Submission) -> None:
    """Scripts in everything that a browser shows."""
    code = f"""
from IPython.display import HTML, SVG, Javascript, Markdown, display

script = {SCRIPT!r}
display(HTML(script), Javascript("alert('@MARK@')"), Markdown(script))
display({{"image/svg+xml": "<svg onload=alert('@MARK@')>" + script + "</svg>"}}, raw=True)
display({{"text/latex": script, "image/png": "x' onerror='alert(1)"}}, raw=True)
display({{"application/vnd.jupyter.widget-view+json": {{"model_id": script}}}}, raw=True)
print(script)
raise ValueError(script)
"""
    work.notebook.cells += [new_code_cell(code), new_markdown_cell(SCRIPT)]
    work.write_text(SCRIPT)
    work.notebook.cells[-1]["attachments"] = {"x.html": {"text/html": SCRIPT}}


# --- files ----------------------------------------------------------------------------------------


def linked_to_the_source(folder, work) -> None:
    notebook_in(folder).unlink()
    notebook_in(folder).symlink_to(folder.parents[2] / "source" / ONE / f"{ONE}.ipynb")


def linked_to_another(folder, work) -> None:
    notebook_in(folder).unlink()
    notebook_in(folder).symlink_to(folder.parents[1] / "ada" / ONE / f"{ONE}.ipynb")


def linked_to_zeros(folder, work) -> None:
    notebook_in(folder).unlink()
    notebook_in(folder).symlink_to("/dev/zero")


def linked_in_a_circle(folder, work) -> None:
    notebook_in(folder).unlink()
    notebook_in(folder).symlink_to(notebook_in(folder).name)


def a_pipe(folder, work) -> None:
    notebook_in(folder).unlink()
    os.mkfifo(notebook_in(folder))


def a_folder(folder, work) -> None:
    notebook_in(folder).unlink()
    notebook_in(folder).mkdir()
    (notebook_in(folder) / "x.ipynb").write_text("{}")


def pipe_beside(folder, work) -> None:
    os.mkfifo(folder / "data.csv")
    (folder / "more").mkdir()
    (folder / "more" / "home").symlink_to("/")
    (folder / "secret.ipynb").symlink_to(folder.parents[2] / "source" / ONE / f"{ONE}.ipynb")
    (folder / "gradebook.db").symlink_to(folder.parents[2] / "gradebook.db")


def oversized(folder, work) -> None:
    with open(notebook_in(folder), "ab") as file:
        file.truncate(2**34)


def large_outputs(folder, work) -> None:
    picture = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "A" * 10**8}}
    work.notebook.cells[-1]["outputs"] = [picture]
    notebook_in(folder).write_text(json.dumps(work.notebook))


def rewritten(encoding: str):
    def rewrite(folder, work) -> None:
        text = notebook_in(folder).read_text(encoding="utf-8")
        notebook_in(folder).write_bytes(text.encode(encoding))

    return rewrite


def content(text: str | bytes):
    def write(folder, work) -> None:
        notebook_in(folder).write_bytes(text if isinstance(text, bytes) else text.encode())

    return write


def old_format(folder, work) -> None:
    old = nbformat.convert(copy.deepcopy(work.notebook), 3)
    notebook_in(folder).write_text(json.dumps(old), encoding="utf-8")


def deep_metadata(folder, work) -> None:
    work.notebook.metadata["deep"] = work.cell(TEST).metadata["deep"] = 0
    text = json.dumps(work.notebook).replace('"deep": 0', '"deep": ' + "[" * 500 + "]" * 500)
    notebook_in(folder).write_text(text, encoding="utf-8")


def strange_characters(folder, work) -> None:
    nb = copy.deepcopy(work.notebook)
    nb.cells.append(new_code_cell("x = '@'\n"))
    text = json.dumps(nb).replace("'@'", "'\\ud800\\u0000\\u202e'")
    notebook_in(folder).write_text(text, encoding="utf-8")


CASES = [
    shapes("tags the tests so that they are skipped", skip_execution),
    shapes("tags the tests so that they may raise", raises_exception),
    shapes("turns a test into text", test_becomes_markdown),
    shapes("turns a test into raw text", test_becomes_raw),
    shapes("gives the tests a hundred points each", more_points),
    shapes("gives the tests points that are no numbers", points_that_are_none),
    shapes("steals a test's name for a cell of its own", test_is_stolen),
    shapes("unlocks a test and empties it", test_is_unlocked_and_emptied),
    shapes("turns a test into a solution", test_becomes_a_solution),
    shapes("deletes all tests and given cells", all_tests_are_deleted),
    shapes("hands in an answer twice under one id", answer_stands_twice),
    shapes("hands in every cell twice", all_cells_stand_twice),
    shapes("forges the outputs of all cells", outputs_are_forged),
    shapes("fills the metadata with what does not belong there", metadata_are_strange),
    shapes("claims another version of the metadata", release_says_else),
    keeps("hands in its cells in reverse", cells_in_reverse),
    keeps("names the shell as its kernel", other_kernel),
    keeps("adds nine hundred cells", many_cells),
    keeps("names cells and titles like paths", names_are_paths),
    keeps("runs programs and writes files by magics", magics, dangerous=True),
    keeps("puts scripts into everything that a browser shows", scripts),
    files("hands in a link to the source", linked_to_the_source),
    files("hands in a link to another's notebook", linked_to_another),
    files("hands in a link to endless zeros", linked_to_zeros, dangerous=True),
    files("hands in a link to itself", linked_in_a_circle),
    files("hands in a pipe that nobody writes to", a_pipe),
    files("hands in a folder by the notebook's name", a_folder),
    files("hands in links and pipes beside the notebook", pipe_beside, loses=()),
    files("hands in sixteen gigabytes", oversized, dangerous=True),
    files("hands in a picture of a hundred megabytes", large_outputs, dangerous=True),
    files("hands in metadata nested five hundred times", deep_metadata, loses=()),
    files("hands in UTF-16", rewritten("utf-16"), loses=()),
    files("hands in a byte order mark", rewritten("utf-8-sig"), loses=()),
    files("hands in the format of 2013", old_format, loses=()),
    files("hands in characters that are none", strange_characters, loses=()),
    files("hands in what is not JSON", content("{'cells': [__import__('os').system('x')]}")),
    files("hands in a list nested a million times", content("[" * 10**6)),
    files("hands in JSON that is no notebook", content('{"nbformat": 4, "cells": {"a": 1}}')),
    files("hands in a format of the future", content('{"nbformat": 99, "cells": []}')),
    files("hands in a number of a million digits", content('{"nbformat": ' + "9" * 10**6 + "}")),
    files("hands in an empty file", content("")),
    files("hands in a picture's bytes", content(b"PK\x03\x04\x89PNG\xff\x00")),
]
