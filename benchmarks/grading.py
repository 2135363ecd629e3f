"""How fast a class is graded: stock nbgrader, `course grade`, and the cells alone.

    python -m benchmarks.grading [CHAPTER ...] [--students N] [--jobs N]

See README.md beside this file for what is measured and how.
"""

import argparse
import contextlib
import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests import bank, stock

STOCK, OURS = "nbgrader autograde", "course grade"
DRAWN, ALONE = "cells alone, with figures", "cells alone"
CHAPTERS = ["01_dot_product_scores", "02_softmax", "08_transformer"]


@dataclass
class Cost:
    """Seconds of wall time and of CPU time, of a command and of all that it started."""

    wall: float
    cpu: float


def adopt_orphans() -> None:
    """Become the parent of whatever is left by the processes below this one.

    bubblewrap ends without waiting for the first process of its namespace. Who does not wait for
    it, does not get its CPU time, which is that of everything in the sandbox.
    """
    set_child_subreaper = 36
    if ctypes.CDLL(None, use_errno=True).prctl(set_child_subreaper, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no orphans here: CPU time could not be counted")


def wait_for_orphans() -> None:
    with contextlib.suppress(ChildProcessError):  # nobody is left
        while True:
            os.wait()


def cost_of(folder: Path, *command: str) -> Cost:
    """Run a command in a folder; what it prints is shown only if it fails."""
    paths = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        command, cwd=folder, env=os.environ | paths, capture_output=True, text=True
    )
    wall = time.monotonic() - begun
    wait_for_orphans()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def floor_of(folder: Path, chapter: str, *options: str) -> Cost:
    """What the cells alone cost, one notebook after another; imports are not counted."""
    command = [sys.executable, "-m", "benchmarks.floor", str(folder), chapter, *options]
    done = subprocess.run(command, cwd=bank.ROOT, capture_output=True, text=True, check=True)
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def measure(chapter: str, students: int, jobs: list[str], folder: Path) -> dict[str, Cost]:
    """Grade the same class three ways."""
    ours, theirs = (stock.make_course(folder / name) for name in ("course", "stock"))
    for root in (ours, theirs):
        stock.hand_in(root, chapter, students)
        stock.register(root, chapter)
    stock.leave_to_nbgrader(theirs)
    return {
        STOCK: cost_of(theirs, "nbgrader", "autograde", chapter),
        OURS: cost_of(ours, "course", "grade", chapter, *jobs),
        DRAWN: floor_of(theirs, chapter, "--draw"),
        ALONE: floor_of(theirs, chapter),
    }


def show(chapter: str, students: int, costs: dict[str, Cost], console: Console) -> None:
    """A row per way; the ratios are to stock nbgrader and to the cells alone."""
    table = Table(title=f"{chapter}, {students} submissions", title_justify="left")
    table.add_column("", no_wrap=True)
    for heading in ("wall s", "CPU s", "wall", "CPU", "CPU"):
        table.add_column(heading, justify="right")
    table.add_row("", "each", "each", "stock / it", "stock / it", "it / alone", end_section=True)
    stock_cost, alone = costs[STOCK], costs[ALONE]
    for name, cost in costs.items():
        table.add_row(
            name,
            f"{cost.wall / students:.2f}",
            f"{cost.cpu / students:.2f}",
            f"{stock_cost.wall / cost.wall:.1f}",
            f"{stock_cost.cpu / cost.cpu:.1f}",
            f"{cost.cpu / alone.cpu:.2f}",
        )
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", default=CHAPTERS)
    parser.add_argument("--students", type=int, default=20, help="submissions per chapter")
    parser.add_argument("--jobs", help="as in `course grade` (default: one per core)")
    args = parser.parse_args()
    adopt_orphans()
    jobs = ["--jobs", args.jobs] if args.jobs else []
    console = Console()
    for chapter in args.chapters:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            costs = measure(chapter, args.students, jobs, Path(folder))
        show(chapter, args.students, costs, console)


if __name__ == "__main__":
    main()
