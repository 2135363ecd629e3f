"""Whether grading a larger class takes more memory: peaks of `course grade` for classes that grow.

    python -m benchmarks.memory [--chapter CHAPTER] [--sizes N ...]

See README.md beside this file for what is measured and how.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from tests import stock

PAUSE = 0.2  # seconds between two looks
MB = 1e6


def look(command: psutil.Process) -> tuple[float, float]:
    """MB in use now: by the command's own process, and by it and all that it has started."""
    own = in_use(command)
    with contextlib.suppress(psutil.Error):  # it has just ended
        return own / MB, (own + sum(map(in_use, command.children(recursive=True)))) / MB
    return 0, 0


def in_use(process: psutil.Process) -> int:
    """Bytes of a process; a page that several share is divided between them."""
    with contextlib.suppress(psutil.Error, OSError):
        return process.memory_full_info().pss
    return 0


def peaks(folder: Path, chapter: str) -> tuple[float, float]:
    """Grade; the most that was seen of either."""
    paths = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    quiet = subprocess.DEVNULL
    seen = []
    with subprocess.Popen(
        ["course", "grade", chapter], cwd=folder, env=os.environ | paths, stdout=quiet, stderr=quiet
    ) as command:
        process = psutil.Process(command.pid)
        while command.poll() is None:
            seen.append(look(process))
            time.sleep(PAUSE)
    if command.returncode:
        raise SystemExit(f"course grade {chapter} failed in {folder}")
    own, everything = zip(*seen, strict=True)
    return max(own), max(everything)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--chapter", default="01_dot_product_scores")
    parser.add_argument("--sizes", type=int, nargs="+", default=[5, 20, 80], metavar="N")
    args = parser.parse_args()
    table = Table(title=args.chapter, title_justify="left")
    for heading in ("submissions", "its own process, MB", "with all that it starts, MB"):
        table.add_column(heading, justify="right")
    for size in args.sizes:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
            folder = stock.make_course(Path(name) / "course")
            stock.hand_in(folder, args.chapter, size)
            table.add_row(str(size), *(f"{peak:.0f}" for peak in peaks(folder, args.chapter)))
    Console().print(table)


if __name__ == "__main__":
    main()
