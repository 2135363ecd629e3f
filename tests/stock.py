"""The sample class graded by stock nbgrader: its own preprocessors, settings and kernel."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

from tests import bank, sample_class

# Who hands in a notebook that nbgrader as it is can grade: cells in order, no endless loop. jun has
# deleted a test, which stock nbgrader leaves out of the notebook.
HONEST = ["ada", "ben", "carla", "dmitri", "emeka", "fatima", "goran", "hana", "kofi"]

# All that it is told: the gradebook's course, and which long cells `course grade` leaves out too.
CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "attention"
c.Execute.skip_cells_with_tag = "skip-when-graded"
"""


def make_course(root: Path) -> Path:
    """The course's own folder as an instructor has it, with nothing handed in."""
    root.mkdir(parents=True, exist_ok=True)
    for name in ("source", "release"):
        shutil.copytree(bank.ROOT / name, root / name)
    shutil.copy(bank.ROOT / "nbgrader_config.py", root)
    return root


def hand_in(root: Path, chapter: str, size: int) -> list[str]:
    """A class of this size hands in, the honest students over and over; returns their names."""
    names = []
    for number in range(size):
        student = HONEST[number % len(HONEST)]
        names.append(f"{student}-{number // len(HONEST) + 1}")
        path = root / "submitted" / names[-1] / chapter / f"{chapter}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(sample_class.compose(student, chapter).notebook, path)
    return names


def register(root: Path, chapter: str) -> None:
    """Enter a chapter into the gradebook, as the course does."""
    run(root, "generate_assignment", chapter, "--force")


def leave_to_nbgrader(root: Path) -> None:
    """Take the course's settings and preprocessors away."""
    (root / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")


def run(root: Path, *arguments: str) -> None:
    """Run an nbgrader command in a course's folder."""
    paths = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=root, env=os.environ | paths, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"nbgrader {' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
