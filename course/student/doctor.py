"""`course doctor`: say what is wrong with a notebook's cells and mend it from the release.

Copied, deleted, moved and edited cells, lost metadata, a wrong kernel. No word that the student
wrote is touched, and the notebook as it was is kept beside the mended one. Grading uses the same
rules, so what the doctor says is what the instructor will read.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from course.student.check import CheckError, find


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("notebook", help="a notebook's path, or a chapter such as 02_softmax")
    parser.add_argument(
        "--release",
        type=Path,
        metavar="FILE",
        help="the notebook as it was given out (default: the one in release/, or as git has it)",
    )
    parser.add_argument("--check", action="store_true", help="say what is wrong, mend nothing")


def run(args: argparse.Namespace) -> int:
    """The command `course doctor`; 0: sound or mended, 1: found something (--check), 2: cannot."""
    try:
        path = find(args.notebook)
        (submitted, problems), released = load(path), pristine(path, args.release)
    except CheckError as error:
        print(f"course doctor: {error}", file=sys.stderr)
        return 2
    problems += diagnose(submitted, released)
    if not problems:
        print(f"{path} is sound: every cell of the chapter is there, in order and unchanged.")
        return 0
    print(f"{path}:")
    for problem in problems:
        print(f"  {problem}")
    if args.check:
        return 1
    kept = mend(path, submitted)
    print(f"Mended. The notebook as it was is kept as {kept.name}.")
    return 0


def load(path: Path):
    """The notebook, whatever its cells hold, and what had to be mended to read it."""
    from course import reading

    try:
        return reading.read(path)
    except reading.Unreadable as problem:
        raise CheckError(f"{path}: {problem}.") from None


def pristine(path: Path, release: Path | None):
    """The notebook as it was given out: named, in release/, or as git has it."""
    import nbformat

    beside = Path("release") / path.stem / path.name
    chosen = release or (beside if beside.is_file() and not beside.samefile(path) else None)
    if chosen:
        if not chosen.is_file():
            raise CheckError(f"there is no release notebook {chosen}.")
        return load(chosen)[0]
    command = ["git", "-C", str(path.parent), "show", f"HEAD:./{path.name}"]
    try:
        committed = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        raise CheckError(
            f"the notebook that was given out is not in release/{path.stem}/ and git does not know "
            f"it. Name it: course doctor {path} --release FILE."
        ) from None
    return nbformat.reads(committed, as_version=4)


def diagnose(submitted, released) -> list[str]:
    """Repair `submitted` in place; what was wrong with it, a line each."""
    from nbgrader.utils import is_locked

    from course.repair import grade_id, repair

    spec = submitted.metadata.get("kernelspec")
    kernel = spec.get("name") if isinstance(spec, dict) else None
    wanted = released.metadata.kernelspec.name
    problems = repair(submitted, released)
    if kernel != wanted:
        problems.append(f"the kernel was {kernel!r}; set back to {wanted!r}")
    originals = {grade_id(cell): cell.source for cell in released.cells if is_locked(cell)}
    for cell in submitted.cells:
        # nbgrader restores these from the gradebook when it grades; here the release has them.
        cell.source = originals.get(grade_id(cell), cell.source) if grade_id(cell) else cell.source
    return problems


def mend(path: Path, repaired) -> Path:
    """Write the repaired notebook in place of the old one; returns where that is kept."""
    import nbformat

    kept = path.with_suffix(".before-doctor.ipynb")
    number = 1
    while kept.exists():
        number += 1
        kept = path.with_suffix(f".before-doctor-{number}.ipynb")
    shutil.copy2(path, kept)
    nbformat.write(repaired, path)
    return kept
