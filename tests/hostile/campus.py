"""The course that the hostile students attack: full of secrets, watched for every change.

`build` makes it, `hold` lets a class hand in and grades it, `faults` says of one case what went
otherwise than it should have.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import html
import json
import os
import re
import secrets
import shutil
import socketserver
import sys
import sysconfig
import threading
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

import course
from course.instructor.grade import Result, grade
from tests import bank, sample_class
from tests.hostile import TRIED, Case
from tests.sample_class import Submission

HONEST = ("ada", "ben", "emeka")  # full marks, untouched, some mistakes
PACKAGE = Path(course.__file__).parent
SITE = Path(sysconfig.get_path("purelib"))
MARK = re.compile(r"VANDAL[0-9a-f]{4}\d{3}")
RUNS = r"<script[^>]*>[^<]*{0}|<[a-zA-Z][^>]*\son\w+=[^>]*{0}"  # what a browser would run
CELL_SECONDS = 8


@dataclass
class Campus:
    """A course's folder, a home, and a server that nobody should reach."""

    root: Path
    home: Path
    canaries: dict[str, str]
    mark: str  # begins the words that tell the cases apart, and this run from others
    port: int
    socket: str
    reached: list[str]  # what arrived at the server


@dataclass
class Held:
    """What grading one class left behind."""

    campus: Campus
    results: dict[str, Result]
    scores: dict[str, dict[str, float]]  # student -> test cell -> points
    deserved: dict[str, dict[str, float]]
    marks: dict[str, str]  # student -> the word that all they do carries
    changed: list[str]  # files of the course, the home and the package that are not as before
    traces: dict[str, list[str]] = field(default_factory=dict)  # mark -> where it was found


# --- before ---------------------------------------------------------------------------------------


@contextlib.contextmanager
def build(folder: Path):
    """A course in `folder`, its secrets in place, while the context lasts."""
    names = ("hidden test", "environment", "neighbour", "gradebook", "home", "network", "temporary")
    canaries = {name: f"CANARY-{secrets.token_hex(8)}" for name in names}
    root, home = folder / "course", folder / "home"
    copy_course(root, canaries["hidden test"])
    furnish(home, canaries["home"])
    temporary = Path("/tmp") / f"hostile-{secrets.token_hex(4)}"
    temporary.write_text(canaries["temporary"])
    reached: list[str] = []
    path = str(folder / "socket")
    with pytest.MonkeyPatch.context() as patch, serve(path, canaries["network"], reached) as port:
        patch.setenv("HOME", str(home))
        patch.setenv("COURSE_SECRET", canaries["environment"])
        mark = f"VANDAL{secrets.token_hex(2)}"
        campus = Campus(root, home, canaries, mark, port, path, reached)
        enter_secret(campus)
        yield campus
    temporary.unlink()


def copy_course(root: Path, canary: str) -> None:
    """source/ with a secret in every hidden test, release/ and the settings as they are."""
    for name in ("source", "release"):
        shutil.copytree(bank.ROOT / name, root / name)
    shutil.copy(bank.ROOT / "nbgrader_config.py", root)
    end = "### END HIDDEN TESTS"
    for path in root.glob("source/*/*.ipynb"):
        nb = nbformat.read(path, as_version=4)
        for cell in nb.cells:
            cell.source = cell.source.replace(end, f'hidden_canary = "{canary}"\n{end}')
        nbformat.write(nb, path)


def furnish(home: Path, canary: str) -> None:
    """A home with settings that Jupyter and IPython would read, and secrets."""
    for name in (".ipython/profile_default/startup", ".jupyter", ".config/matplotlib", ".ssh"):
        (home / name).mkdir(parents=True)
    for name in ("grades.txt", ".netrc", ".ssh/key", ".jupyter/migrated", ".bashrc"):
        (home / name).write_text(f"# {canary}\n")


def enter_secret(campus: Campus) -> None:
    """A student's name in the gradebook that nobody else should learn."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", path)  # nbgrader calls alembic by name
        with Gradebook(f"sqlite:///{campus.root}/gradebook.db", "attention") as gradebook:
            gradebook.add_student("ada", last_name=campus.canaries["gradebook"])


@contextlib.contextmanager
def serve(path: str, canary: str, reached: list[str]):
    """Answer with a secret on a port by TCP and UDP and on two unix sockets; yields the port."""

    class Answer(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            if isinstance(self.request, tuple):  # a datagram and the socket that it came by
                data, to = self.request
                reached.append(data.decode("utf-8", "replace"))
                to.sendto(canary.encode(), self.client_address)
            else:
                self.request.settimeout(5)
                reached.append(self.request.recv(1000).decode("utf-8", "replace"))
                self.request.sendall(canary.encode())

    class TCP(socketserver.ThreadingTCPServer):
        daemon_threads = True

    class Unix(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True

    tcp = TCP(("127.0.0.1", 0), Answer)
    port = tcp.server_address[1]
    servers = [
        tcp,
        socketserver.ThreadingUDPServer(("127.0.0.1", port), Answer),
        Unix(path, Answer),
        Unix(f"\0{path}", Answer),
    ]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield port
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


# --- a class --------------------------------------------------------------------------------------


def hold(campus: Campus, chapter: str, cases: list[Case], numbers: dict[str, int], **options):
    """Let the hostile and three honest students hand in a chapter, and grade it once."""
    deserved, marks = {}, {}
    for student in HONEST:
        deserved[student] = hand_in_honestly(campus, student, chapter)
    for case in cases:
        marks[case.student] = f"{campus.mark}{numbers[case.student]:03d}"
        deserved[case.student] = hand_in(campus, case, marks[case.student])
    before = snapshot(campus)
    results = grade(chapter, root=campus.root, timeout=CELL_SECONDS, **options)
    after = snapshot(campus)
    with Gradebook(f"sqlite:///{campus.root}/gradebook.db", "attention") as gradebook:
        scores = {name: scores_of(gradebook, chapter, name) for name in deserved}
    changed = sorted(str(path) for path in {*before, *after} if before.get(path) != after.get(path))
    held = Held(campus, {r.student: r for r in results}, scores, deserved, marks, changed)
    held.traces = traces(held, chapter)
    return held


def hand_in_honestly(campus: Campus, student: str, chapter: str) -> dict[str, float]:
    work = sample_class.write(student, chapter, campus.root)
    path = campus.root / "submitted" / student / chapter / work.file_name
    nb = nbformat.read(path, as_version=4)
    nb.cells.append(nbformat.v4.new_code_cell(f"# {campus.canaries['neighbour']}"))
    nbformat.write(nb, path)
    return work.points


def hand_in(campus: Campus, case: Case, mark: str) -> dict[str, float]:
    """Write the submission of a case; returns the points that it deserves."""
    work = compose(case)
    folder = campus.root / "submitted" / case.student / case.chapter
    folder.mkdir(parents=True)
    text = fill_in(json.dumps(work.notebook, indent=1), campus, mark)
    (folder / f"{case.chapter}.ipynb").write_text(text, encoding="utf-8")
    if case.folder:
        case.folder(folder, work)
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.stat().st_size < 10**6:
            with contextlib.suppress(UnicodeDecodeError):
                path.write_text(fill_in(path.read_text(encoding="utf-8"), campus, mark))
    return work.points


def compose(case: Case) -> Submission:
    """Right answers without the release's own free cells, and what the case does."""
    work = sample_class.begin(case.chapter)
    sample_class.all_right(work)
    cells = work.notebook.cells
    work.notebook.cells = [c for c in cells if c.cell_type != "code" or bank.mark(c)]
    for exercise, source in case.cells.items():
        work.cell(exercise).source = source.strip("\n")
    if case.first:
        first = work.notebook.cells.index(work.cell(work.exercises[0]))
        work.notebook.cells.insert(first, nbformat.v4.new_code_cell(case.first.strip("\n")))
    if case.last:
        work.notebook.cells.append(nbformat.v4.new_code_cell(case.last.strip("\n")))
    if case.notebook:
        case.notebook(work)
    for name in case.cells if case.loses is None else case.loses:
        for test in [name] if name in work.points else work.tests(name):
            work.points[test] = 0.0
    return work


def fill_in(text: str, campus: Campus, mark: str) -> str:
    """The text with what an insider could know."""
    known = {
        "@ROOT@": str(campus.root),
        "@HOME@": str(campus.home),
        "@COURSE@": str(PACKAGE),
        "@SITE@": str(SITE),
        "@PORT@": str(campus.port),
        "@SOCKET@": campus.socket,
        "@MARK@": mark,
    }
    for name, value in known.items():
        text = text.replace(name, value)
    return text


def scores_of(gradebook: Gradebook, chapter: str, student: str) -> dict[str, float]:
    """Test cell -> points, with what a person or a forger added."""
    notebook = gradebook.find_submission_notebook(chapter, chapter, student)
    return {
        each.cell.name: each.score + (each.extra_credit or 0)
        for each in notebook.grades
        if each.cell.name.startswith("test_")
    }


# --- after ----------------------------------------------------------------------------------------


def snapshot(campus: Campus) -> dict[Path, str]:
    """A hash of every file that grading must leave as it is."""
    root = campus.root
    folders = [root / "source", root / "release", root / "submitted", campus.home, PACKAGE]
    paths = [
        path for folder in folders for path in folder.rglob("*") if "__pycache__" not in path.parts
    ]
    paths += [root / "nbgrader_config.py", *root.glob("*")]
    made = {root / name for name in ("gradebook.db", "grades.csv", "autograded", "feedback")}
    return {path: fingerprint(path) for path in paths if path not in made}


def fingerprint(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        return str(path.lstat().st_mode)
    if path.stat().st_size > 10**8:
        return str(path.stat().st_size)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def traces(held: Held, chapter: str) -> dict[str, list[str]]:
    """Where a student's mark is found and should not be: mark -> places."""
    found: dict[str, list[str]] = {}
    owners = {mark: student for student, mark in held.marks.items()}

    def note(text: str, place: str, owner: str = "") -> None:
        for mark in set(MARK.findall(text)):
            if mark in owners and owners[mark] != owner:
                found.setdefault(mark, []).append(place)

    for path in held.campus.root.rglob("*"):
        parts = path.relative_to(held.campus.root).parts
        owner = parts[1] if len(parts) > 1 and parts[0] in STEPS else ""
        note(path.name, f"the name of {path}", owner)
        if path.name != "grading.log" and path.is_file() and not path.is_symlink():
            note(read_some(path), str(path), owner)
    for folder in (held.campus.home, PACKAGE):
        for path in folder.rglob("*"):
            if path.is_file():
                note(f"{path.name} {read_some(path)}", str(path))
    for folder in ("/", "/tmp", "/var/tmp", "/dev/shm", "/run", SITE):
        for path in Path(folder).iterdir():
            note(path.name, str(path))
    for process, text in processes():
        note(text, f"process {process}")
    for text in held.campus.reached:
        note(text, "the network")
    return found


STEPS = ("submitted", "autograded", "feedback")


def read_some(path: Path) -> str:
    with open(path, "rb") as file:
        return file.read(10**8).decode("utf-8", "replace")


def processes():
    """(number, command line and name) of every process."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            text = (folder / "cmdline").read_text(errors="replace")
            yield folder.name, text + (folder / "comm").read_text(errors="replace")


def faults(case: Case, held: Held) -> list[str]:
    """What went otherwise than it should have in one case, a line each."""
    result = held.results.get(case.student)
    if not result:
        return ["there is no result"]
    found = []
    if result.status not in ("graded", "zero"):
        found.append(f"status {result.status}: {result.problems}")
    deserved, scores = held.deserved[case.student], held.scores[case.student]
    for test, points in deserved.items():
        if scores[test] != points:
            found.append(f"{test}: scored {scores[test]:g}, deserves {points:g}")
    if result.score != sum(deserved.values()):
        found.append(f"{result.score:g} points in all, deserves {sum(deserved.values()):g}")
    found += [f"not a plain line: {p[:80]!r}" for p in result.problems if not is_plain_line(p)]
    texts = shown(held, case)
    found += leaks(held, case, texts)
    if case.says and not any(case.says in problem for problem in result.problems):
        found.append(f"no problem says {case.says!r}: {result.problems}")
    if case.says and case.says not in texts["outputs"]:
        found.append(f"no output says {case.says!r}")
    if case.tries and TRIED not in texts["outputs"]:
        found.append("its code did not get to its end")
    mark = held.marks[case.student]
    if re.search(RUNS.format(mark), page_of(held, case)):
        found.append("the feedback page runs a script of the student's")
    places = held.traces.get(mark, [])
    return found + [f"left a trace: {place}" for place in places]


def is_plain_line(problem: str) -> bool:
    """One line that a terminal and a table can show."""
    return problem.isprintable() and len(problem) < 600 and "Traceback" not in problem


def leaks(held: Held, case: Case, texts: dict[str, str]) -> list[str]:
    secrets_ = [(name, word) for name, word in held.campus.canaries.items()]
    secrets_ += [("tests", "BEGIN HIDDEN TESTS"), ("answers", "BEGIN SOLUTION")]
    secrets_ += [("line " + line, line) for line in hidden_lines(case.chapter)]
    return [
        f"the {name} leaked into the {where}"
        for name, word in secrets_
        for where, text in texts.items()
        if word in text
    ]


@functools.cache
def hidden_lines(chapter: str) -> list[str]:
    """The longer lines of the hidden tests that stand nowhere in what is given out."""
    shown = "\n".join(cell.source for cell in bank.notebook(chapter, "release").cells)
    found = [
        text for cell in bank.notebook(chapter).cells for text in bank.HIDDEN.findall(cell.source)
    ]
    lines = {line.strip() for text in found for line in text.splitlines()[1:-1]}
    return sorted(line for line in lines if len(line) > 30 and line not in shown)


def shown(held: Held, case: Case) -> dict[str, str]:
    """All that came back of a case: outputs, problems and the feedback page."""
    folder = held.campus.root / "autograded" / case.student / case.chapter
    notebook = folder / f"{case.chapter}.ipynb"
    outputs = ""
    if notebook.is_file():
        nb = nbformat.read(notebook, as_version=4)
        outputs = "\n".join(said(out, cell) for cell in nb.cells for out in cell.get("outputs", []))
    return {
        "outputs": outputs,
        "problems": "\n".join(held.results[case.student].problems),
        "feedback": html.unescape(re.sub(r"<[^>]*>", "", page_of(held, case))),
    }


def page_of(held: Held, case: Case) -> str:
    """The feedback page, where there is one."""
    page = held.campus.root / "feedback" / case.student / case.chapter / f"{case.chapter}.html"
    return page.read_text(encoding="utf-8") if page.is_file() else ""


def said(output, cell) -> str:
    """An output as text, but for the traceback of a test cell, which quotes that cell."""
    output = dict(output)
    if bank.is_test(cell):
        output.pop("traceback", None)
    return "\n".join(texts_in(output))


def texts_in(value) -> list[str]:
    """All texts in a value of JSON."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in inner for text in texts_in(each)]
