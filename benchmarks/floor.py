"""The least that grading can cost: the cells of graded notebooks run bare in forks of this process.

    python -m benchmarks.floor FOLDER CHAPTER [--draw]

PyTorch, matplotlib and IPython are imported once. Prints one JSON object: seconds of CPU and of
wall time of all forks together. FOLDER is a course whose autograded notebooks have been made: they
hold the cells that ran, hidden tests included.
"""

import argparse
import json
import os
import resource
import sys
import time
from pathlib import Path

import matplotlib.pyplot  # noqa: F401  (for the forks)
import nbformat
import torch
from matplotlib_inline.config import InlineBackend

from course.judge.cells import Shell

LIMIT = 1_000_000  # characters of a cell's output


def sources(notebook: Path) -> list[str]:
    """The code cells that are run in grading."""
    cells = nbformat.read(notebook, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code" and cell.source.strip()]
    return [c.source for c in code if "skip-when-graded" not in c.metadata.get("tags", [])]


def run(cells: list[str], draw: bool) -> None:
    """Run the cells one after another, as IPython does, and look at nothing that they give."""
    shell = Shell.make()
    if draw:
        InlineBackend.instance().figure_formats = {"png"}
    for number, source in enumerate(cells, start=1):
        shell.run(source, number, LIMIT)
        with shell.collecting(shell.outputs):
            shell.show_figures()


def in_fork(cells: list[str], draw: bool) -> None:
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        run(cells, draw)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        raise SystemExit("a fork of the floor ended before its cells did")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("chapter")
    parser.add_argument("--draw", action="store_true", help="draw the figures, as stock does")
    args = parser.parse_args()
    notebooks = sorted(args.folder.glob(f"autograded/*/{args.chapter}/{args.chapter}.ipynb"))
    everything = [sources(notebook) for notebook in notebooks]
    torch.set_num_threads(1)  # the least CPU time: more of them wait for each other
    begun = time.monotonic()
    for cells in everything:
        in_fork(cells, args.draw)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({"cpu": used.ru_utime + used.ru_stime, "wall": time.monotonic() - begun}))


if __name__ == "__main__":
    main()
