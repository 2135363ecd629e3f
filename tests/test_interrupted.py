"""`course grade` killed or interrupted at any moment, and begun again.

Most tests kill it at a change to a file or to the gradebook, because only there a kill can leave
something half done. There the cells run in the same process, without a sandbox, so that each of
many kills takes a second. The last tests end the real command with real signals.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat.v4 import new_output
from nbgrader.api import Gradebook
from sqlalchemy import text

from course.instructor import grade as grading
from course.instructor import turns
from tests.test_grading import CHAPTER, answered, give_points, hand_in, make_course

KILLS = 40
CHANGES = {"open", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "shutil.copyfile"}
CLASS = ["ada", "bob", "carol", "dora"]


# --- a class that is graded for the second time ---------------------------------------------------


@pytest.fixture(scope="module")
def class_graded_once(tmp_path_factory):
    """A class with points and comments from a person, most of whom have handed in again since."""
    root = make_course(tmp_path_factory.mktemp("interrupted") / "course")
    hand_in(root, "ada", answered(double="return 0", written="They are inverse."))
    hand_in(root, "bob", answered(written="Because."))
    hand_in(root, "carol", answered(written="No idea."))
    with cells_in_this_process():
        grading.grade(CHAPTER, root=root)
    give_points(root, "ada", 3, "Good.")
    give_points(root, "bob", 1, "Why?")
    hand_in(root, "ada", answered(written="They are inverse."))  # the same answer, other code
    hand_in(root, "bob", answered(written="Each undoes the other."))
    hand_in(root, "dora", '{"broken')
    return root


@pytest.fixture(scope="module")
def undisturbed(class_graded_once, tmp_path_factory):
    """What a run leaves behind that nothing disturbs."""
    root = copy_of(class_graded_once, tmp_path_factory.mktemp("undisturbed"))
    with cells_in_this_process():
        grading.grade(CHAPTER, root=root)
    return contents(root)


def copy_of(course: Path, folder: Path) -> Path:
    return shutil.copytree(course, folder / "course", dirs_exist_ok=True)


@contextlib.contextmanager
def cells_in_this_process():
    """Run cells by `exec`, while other threads have their turn."""
    from course.instructor.execute import ExecuteToTheEnd

    def preprocess(self, nb, resources, km=None):
        with turns.while_running(lambda: None):
            namespace = {}
            for cell in nb.cells:
                if cell.cell_type == "code":
                    cell.outputs = outputs_of(cell.source, namespace)
        nb.metadata.setdefault("course", nbformat.NotebookNode()).setdefault("problems", [])
        return nb, resources

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ExecuteToTheEnd, "preprocess", preprocess)
        yield


def outputs_of(source: str, namespace: dict) -> list:
    try:
        exec(source, namespace)
    except Exception as error:
        return [new_output("error", ename=type(error).__name__, evalue=str(error))]
    return []


def contents(root: Path) -> dict:
    """All that grading writes and that somebody reads."""
    found = {"grades.csv": (root / "grades.csv").read_text(encoding="utf-8")}
    for step in ("autograded", "feedback"):
        for path in sorted((root / step).rglob("*")):
            if path.is_file() and path != root / grading.LOG:
                found[str(path.relative_to(root))] = path.read_text(encoding="utf-8")
        for path in sorted(root.glob(f"autograded/*/*/{grading.MEMORY}")):
            memory = json.loads(path.read_text(encoding="utf-8"))
            del memory["fingerprint"]  # another one if the package is edited while this runs
            found[str(path.relative_to(root))] = memory
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "attention") as gradebook:
        found["gradebook"] = [everything(each) for each in gradebook.assignments]
        found["students"] = sorted(student.id for student in gradebook.students)
    return found


def everything(assignment) -> dict:
    """An assignment's part of the gradebook, without the ids that it makes up."""
    return {
        "cells": sorted((c.name, c.source) for n in assignment.notebooks for c in n.source_cells),
        "submissions": {
            submission.student.id: (
                [
                    (g.cell.name, g.auto_score, g.manual_score, g.extra_credit, g.max_score,
                     g.needs_manual_grade)
                    for notebook in submission.notebooks
                    for g in sorted(notebook.grades, key=lambda grade: grade.cell.name)
                ],
                [
                    (c.cell.name, c.auto_comment, c.manual_comment)
                    for notebook in submission.notebooks
                    for c in sorted(notebook.comments, key=lambda comment: comment.cell.name)
                ],
                [notebook.late_submission_penalty for notebook in submission.notebooks],
            )
            for submission in assignment.submissions
        },
    }  # fmt: skip


# --- kills ----------------------------------------------------------------------------------------


def grade_until(root: Path, change: int | None) -> int:
    """Grade in a fork that kills itself at the change of this number; returns how many it saw.

    -1 is returned where it was killed.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        status = 1
        with contextlib.suppress(BaseException):
            os.close(reader)
            seen = count_changes(change)
            with cells_in_this_process():
                grading.grade(CHAPTER, root=root, jobs=2)
            os.write(writer, str(len(seen)).encode())
            status = 0
        os._exit(status)
    os.close(writer)
    with open(reader, "rb") as pipe:
        said = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL)
    return int(said) if status == 0 else -1


def count_changes(last: int | None) -> list:
    """Note every change to a file or to the gradebook from now on; die just before number `last`.

    Audit hooks stay for the life of a process.
    """
    from sqlalchemy import Engine, event

    seen, lock = [], threading.Lock()

    def note(what: str) -> None:
        with lock:
            seen.append(what)
            if len(seen) == last:
                os.kill(os.getpid(), signal.SIGKILL)

    def audit(name: str, arguments: tuple) -> None:
        if name in CHANGES and not (name == "open" and is_reading(arguments)):
            note(name)

    sys.addaudithook(audit)
    event.listen(Engine, "commit", lambda connection: note("commit"))
    event.listen(Engine, "after_cursor_execute", lambda *arguments: note("query"))
    return seen


def is_reading(arguments: tuple) -> bool:
    _, mode, flags = arguments
    return mode in ("r", "rb") if mode else not flags & (os.O_WRONLY | os.O_RDWR)


@pytest.fixture(scope="module")
def changes(class_graded_once, tmp_path_factory):
    """How many changes a run makes."""
    root = copy_of(class_graded_once, tmp_path_factory.mktemp("counted"))
    return grade_until(root, None)


@pytest.mark.parametrize("part", range(4))
def test_a_run_after_a_kill_gives_what_an_undisturbed_one_gives(
    class_graded_once, undisturbed, changes, part, tmp_path
):
    assert changes > 10 * KILLS, "the run is not looked at closely"
    moments = random.Random(part).sample(range(1, changes), KILLS // 4)
    for moment in moments:
        root = copy_of(class_graded_once, tmp_path / str(moment))
        grade_until(root, moment)
        assert grade_until(root, None) > 0
        assert contents(root) == undisturbed, f"killed before change {moment} of {changes}"


def test_many_kills_in_a_row_do_no_more_harm_than_one(
    class_graded_once, undisturbed, changes, tmp_path
):
    root = copy_of(class_graded_once, tmp_path)
    for moment in random.Random(0).sample(range(1, changes), 8):
        grade_until(root, moment)
    assert grade_until(root, None) > 0
    assert contents(root) == undisturbed


# --- real signals ---------------------------------------------------------------------------------


@pytest.fixture
def endless(class_graded_once, tmp_path):
    """The class, with one more who hands in an endless loop, last by name."""
    root = copy_of(class_graded_once, tmp_path)
    hand_in(root, "zoe", answered(double="while True: pass"))
    return root


def start_grading(root: Path) -> subprocess.Popen:
    command = [Path(sys.executable).with_name("course"), "grade", CHAPTER, "--timeout", "900"]
    return subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip


def lines_until(process: subprocess.Popen, count: int) -> list[str]:
    """Lines of progress, until this many submissions are graded."""
    lines = []
    while not lines or not lines[-1].startswith(f"{count}/"):
        lines.append(process.stderr.readline())
        assert lines[-1], lines
    return lines


def children(process: subprocess.Popen) -> list[psutil.Process]:
    """Whatever it has started; some of it is there."""
    started = psutil.Process(process.pid).children(recursive=True)
    assert started
    return started


def end(processes: list[psutil.Process]) -> bool:
    """Whether all of them come to an end."""
    return not psutil.wait_procs(processes, timeout=60)[1]


def test_ctrl_c_stops_what_runs_and_keeps_what_is_graded(endless):
    process = start_grading(endless)
    lines_until(process, 4)
    started = children(process)
    for _ in range(3):
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the whole group
    said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted; 4 of 5 submissions are graded and kept" in said[1]
    assert "Traceback" not in said[0] + said[1]
    assert not (endless / "autograded" / "zoe" / CHAPTER).exists()
    assert [row.split(",")[0] for row in rows(endless)] == CLASS
    assert end(started)

    hand_in(endless, "zoe", answered())
    again = {result.student: result for result in grading.grade(CHAPTER, root=endless)}
    assert [again[student].status for student in [*CLASS, "zoe"]] == ["kept"] * 4 + ["graded"]
    assert again["zoe"].score == 5


def test_a_killed_command_leaves_nothing_running_and_goes_on(endless):
    process = start_grading(endless)
    lines_until(process, 4)
    started = children(process)
    process.kill()
    process.communicate()
    assert end(started)
    hand_in(endless, "zoe", answered())
    again = {result.student: result for result in grading.grade(CHAPTER, root=endless)}
    assert {again[student].status for student in CLASS} == {"kept"}
    assert (again["zoe"].status, again["zoe"].score) == ("graded", 5)
    assert [row.split(",")[0] for row in rows(endless)] == [*CLASS, "zoe"]


def rows(root: Path) -> list[str]:
    return (root / "grades.csv").read_text(encoding="utf-8").splitlines()[1:]


# --- the very first run ---------------------------------------------------------------------------


def test_a_first_run_that_is_killed_leaves_no_half_gradebook(tmp_path):
    fresh = make_course(tmp_path / "fresh" / "course")
    hand_in(fresh, "ada", answered(written="They are inverse."))
    whole = copy_of(fresh, tmp_path / "whole")
    changes = grade_until(whole, None)
    for moment in random.Random(0).sample(range(1, changes), 5):
        root = copy_of(fresh, tmp_path / str(moment))
        assert grade_until(root, moment) == -1
        assert grade_until(root, None) > 0
        assert contents(root) == contents(whole), f"killed before change {moment} of {changes}"
        with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "attention") as gradebook:
            (version,) = gradebook.db.execute(text("select version_num from alembic_version"))
        assert version
