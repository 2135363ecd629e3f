"""`course progress`: all chapters at a glance, from what their notebooks hold as last saved."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from course.notebook.progress import (
    FAILING,
    NOT_BEGUN,
    NOT_RUN,
    PASSED,
    states_by_exercise,
    written_points,
)
from course.student.check import CheckError, judge, read

# Told apart without colour.
MARKS = {PASSED: "[x]", FAILING: "[!]", NOT_BEGUN: "[ ]", NOT_RUN: "[?]"}
LEGEND = "[x] passed   [!] failing   [ ] not begun   [?] not run yet"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        help="where the chapters' folders are (default: release/ if there is one, or here)",
    )


def run(args: argparse.Namespace) -> int:
    """The command `course progress`; returns its exit code: 0 only if everything is done."""
    folder = args.folder or (Path("release") if Path("release").is_dir() else Path())
    paths = sorted(path for path in folder.glob("*/*.ipynb") if path.stem == path.parent.name)
    if not paths:
        print(f"course progress: no chapters in {folder.resolve()}", file=sys.stderr)
        return 2
    tables = {}
    for path in paths:
        try:
            notebook = read(path)
        except CheckError as error:
            print(f"course progress: {error}", file=sys.stderr)
            continue
        states, _ = judge(notebook)
        tables[path.stem] = states_by_exercise(notebook.metadata.course.tests, states)
        print_chapter(path.stem, tables[path.stem], written_points(notebook.cells))
    rows = [row for table in tables.values() for row in table.values()]
    done = sum(state == PASSED for state, _, _ in rows)
    earned, possible = sum(row[1] for row in rows), sum(row[2] for row in rows)
    print(f"{LEGEND}\n")
    print(f"{done} of {len(rows)} exercises, {earned} of {possible} points, as the notebooks were")
    print("last saved. `course check CHAPTER` runs a chapter's tests anew.")
    return 0 if len(tables) == len(paths) and done == len(rows) else 1


def print_chapter(name: str, table: dict[str, tuple], by_hand: int) -> None:
    """A chapter's line, and one for each exercise."""
    done = sum(state == PASSED for state, _, _ in table.values())
    earned, possible = (sum(row[i] for row in table.values()) for i in (1, 2))
    print(f"{name}: {done} of {len(table)} exercises, {earned} of {possible} points", end="")
    print(f", {by_hand} by hand" if by_hand else "")
    for exercise, (state, points, of) in table.items():
        print(f"  {MARKS[state]} {exercise} {'.' * max(3, 44 - len(exercise))} {points} of {of}")
    print()
