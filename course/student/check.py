"""`course check`: run a notebook's tests in the terminal and say which exercises pass.

What `nbgrader validate` shows in a dialog, with points, one message per failing test and an exit
code that scripts can trust. Tests that are hidden from students run only when it is graded.
"""

from __future__ import annotations

import argparse
import re
import sys
import textwrap
from pathlib import Path

from course.notebook.progress import (
    FAILING,
    NOT_BEGUN,
    PASSED,
    report,
    states_by_exercise,
    written_points,
)


class CheckError(Exception):
    """A notebook that cannot be checked; the message says why and what to do."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("chapter", help="a chapter, such as 02_softmax, or a notebook's path")
    parser.add_argument(
        "--timeout", type=int, default=60, metavar="SECONDS", help="per cell (default: 60)"
    )


def run(args: argparse.Namespace) -> int:
    """The command `course check`; returns its exit code: 0 only if every exercise passes."""
    try:
        path = find(args.chapter)
        notebook = read(path)
    except CheckError as error:
        print(f"course check: {error}", file=sys.stderr)
        return 2
    missing = deleted_tests(notebook)
    execute(notebook, path, args.timeout)
    states, messages = judge(notebook)
    table = states_by_exercise(notebook.metadata.course.tests, states)
    print(f"{path}\n")
    print(report(table, written_points(notebook.cells)))
    for test, message in messages.items():
        print(f"\n{test}:\n{textwrap.fill(message, 88, initial_indent='  ', **INDENT)}")
    for test in missing:
        print(f"\n{test}: this test cell was deleted. It counts as failed until it is back.")
    all_pass = not missing and all(state == PASSED for state, _, _ in table.values())
    return 0 if all_pass else 1


INDENT = {"subsequent_indent": "  ", "break_long_words": False}


def find(chapter: str) -> Path:
    """The notebook meant by a path, or by a chapter's name."""
    given = Path(chapter)
    name = given.name.removesuffix(".ipynb")
    if given.suffix == ".ipynb" or len(given.parts) > 1:
        tried = [given, given / f"{name}.ipynb"]
    else:
        tried = [
            given / f"{name}.ipynb",
            Path(f"{name}.ipynb"),
            Path("release", name, f"{name}.ipynb"),
        ]
    for path in tried:
        if path.is_file():
            return path
    raise CheckError(f"there is no notebook {' or '.join(str(path) for path in tried)}.")


def read(path: Path):
    """The notebook, if it is one of this course."""
    from course import reading

    try:
        notebook, _ = reading.read(path)
    except reading.Unreadable as problem:
        raise CheckError(f"{path}: {problem}.") from None
    if "tests" not in notebook.metadata.get("course", {}):
        raise CheckError(f"{path} is not a chapter of this course: it lists no tests.")
    return notebook


def deleted_tests(notebook) -> list[str]:
    """The tests that the chapter has and the notebook no longer holds."""
    there = {cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells}
    listed = [test.grade_id for test in notebook.metadata.course.tests]
    return [grade_id for grade_id in listed if grade_id not in there]


def execute(notebook, path: Path, timeout: int) -> None:
    """Run all cells in place, whatever fails, with a progress bar."""
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError
    from rich.console import Console
    from rich.progress import Progress

    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    finished = set()
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(f"running {path.name}", total=len(notebook.cells))
        client = NotebookClient(
            notebook,
            timeout=timeout,
            interrupt_on_timeout=True,
            allow_errors=True,
            record_timing=False,
            extra_arguments=["--log-level=40"],  # nothing of the kernel's own on the terminal
            resources={"metadata": {"path": str(path.parent)}},
            on_cell_complete=lambda **_: progress.advance(task),
            on_cell_executed=lambda cell_index, **_: finished.add(cell_index),
        )
        try:
            client.execute()
        except DeadKernelError:
            print("The kernel died: the cells after the one that killed it did not run.")
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and index not in finished:
            cell.execution_count = None  # begun, perhaps, by the cell that killed the kernel


def judge(notebook) -> tuple[dict, dict]:
    """The state of each test that ran; a message for each that fails and each broken answer."""
    states, messages = {}, {}
    for cell in notebook.cells:
        mark = cell.metadata.get("nbgrader", {})
        if not mark or cell.cell_type != "code" or cell.execution_count is None:
            continue
        error = next((o for o in cell.outputs if o.output_type == "error"), None)
        if not mark.grade:
            if error and error.ename != "NotImplementedError":
                messages[mark.grade_id] = message_of(error)
        elif error is None:
            states[mark.grade_id] = PASSED
        else:
            states[mark.grade_id] = NOT_BEGUN if error.ename == "NotBegun" else FAILING
            if error.ename != "NotBegun":
                messages[mark.grade_id] = message_of(error)
    return states, messages


def message_of(error) -> str:
    """The sentence of a failed check; any other error with its name."""
    if error.ename in ("CheckFailed", "KnownMistake"):
        return error.evalue
    if error.ename == "KeyboardInterrupt":
        return "ran longer than the time allowed for a cell (see --timeout): an endless loop?"
    if error.ename == "NameError":
        return f"{error.evalue}: does the cell that defines it work?"
    if error.ename == "SyntaxError":  # "expected ':' (1234567.py, line 1)": the file is the cell
        return re.sub(r"\(\S+, (line \d+)\)", r"in \1 of the cell", f"SyntaxError: {error.evalue}")
    return f"{error.ename}: {error.evalue}"
