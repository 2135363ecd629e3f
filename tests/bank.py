"""The answer bank: right and wrong answers to every exercise, run through its own test cells.

An answer file, `tests/answers/<chapter>/<exercise>.py` (`…_class.py` for a class), holds one answer
per `# %%` cell:

    # %% correct: with a loop
    def dot_product(a, b): ...

    # %% wrong: forgets the sum
    # visible test_dot_product_values: dot_product(...): the products are there, the sum is missing.
    def dot_product(a, b): ...

The comment lines under a wrong answer are what its tests say: `visible` ones reach the student at
once, `hidden` ones only in the feedback. `make record` writes them; the tests compare them.

Run as a script it judges one chapter and prints JSON: everything is imported once, and each answer
runs in a fork of that process, so a case costs what its tests cost.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from course.judge import judge, student, warm
from course.judge.cells import Shell
from course.judge.wire import Channel
from course.notebook.progress import exercise_of, exercises_in

ROOT = Path(__file__).parent.parent
ANSWERS = ROOT / "tests" / "answers"
CASE_SECONDS = 120
LIMIT = 1_000_000  # characters of a cell's output
SENTENCES = ("CheckFailed", "KnownMistake", "NotBegun")  # exceptions whose message is all there is
NAMED = "names it: "  # put before a message that names the mistake, not only what came of it
HEADER = re.compile(r"^# %% (correct|wrong): (.+)$")
SAYS = re.compile(r"^# (visible|hidden) (\w+): (.*)$")
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS", re.DOTALL)


@dataclass
class Answer:
    """One answer of the bank."""

    chapter: str
    exercise: str
    kind: str  # correct or wrong
    title: str
    source: str
    says: list[str] = field(default_factory=list)  # recorded lines, without the "# "

    @property
    def name(self) -> str:
        return f"{self.exercise}: {self.title}"


def chapters() -> list[str]:
    """All chapters that have a source notebook."""
    return sorted(path.stem for path in ROOT.glob("source/*/*.ipynb"))


def notebook(chapter: str, folder: str = "source"):
    """A chapter's notebook from source/ or release/."""
    return nbformat.read(ROOT / folder / chapter / f"{chapter}.ipynb", as_version=4)


def mark(cell) -> dict:
    """nbgrader's metadata of a cell, empty where it has none."""
    return cell.metadata.get("nbgrader", {})


def exercises(chapter: str) -> list[str]:
    """The exercises of a chapter, in the notebook's order."""
    marks = [mark(cell) for cell in notebook(chapter).cells]
    return [m["grade_id"] for m in marks if m.get("solution") and not m.get("grade")]


def answer_file(chapter: str, exercise: str) -> Path:
    """Where the answers to an exercise are.

    Classes get an ending of their own: dropout.py and Dropout.py are one file on some systems.
    """
    ending = "_class.py" if exercise[0].isupper() else ".py"
    return ANSWERS / chapter / f"{exercise}{ending}"


def answers(chapter: str, exercise: str) -> list[Answer]:
    """The bank's answers to one exercise."""
    path = answer_file(chapter, exercise)
    if not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        header = HEADER.match(line)
        if header:
            found.append(Answer(chapter, exercise, header[1], header[2], ""))
        elif line.startswith("# %%"):
            raise ValueError(f"{path}: {line!r} is neither '# %% correct: …' nor '# %% wrong: …'")
        elif found and SAYS.match(line) and not found[-1].source.strip():
            found[-1].says.append(line[2:])
        elif found:
            found[-1].source += line + "\n"
    for answer in found:
        answer.source = answer.source.strip() + "\n"
    return found


def stub(chapter: str, exercise: str) -> Answer:
    """What a student who did nothing hands in: the release's cell."""
    cell = next(
        c for c in notebook(chapter, "release").cells if mark(c).get("grade_id") == exercise
    )
    return Answer(chapter, exercise, "wrong", "the untouched stub", cell.source)


def all_answers(chapter: str) -> list[Answer]:
    """Every answer of a chapter, the untouched stubs included."""
    return [
        answer
        for exercise in exercises(chapter)
        for answer in [*answers(chapter, exercise), stub(chapter, exercise)]
    ]


# ---------------------------------------------------------------------------------------
# Judging


def judged(chapter: str) -> dict[str, dict]:
    """Run all answers of a chapter in a warm process of their own.

    Returns:
        name of the answer -> test cell -> {"full": message or "", "visible": message or ""}.
    """
    environment = os.environ | {"OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.bank", chapter],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the bank of {chapter} could not be run:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout)


def walk(chapter: str) -> dict[str, dict]:
    """Judge every answer of a chapter, in this process.

    Only given cells and reference solutions run besides: tests must rely on nothing else.
    """
    # Half a second of imports, or more, that PyTorch puts off until the first optimizer is made.
    importlib.import_module("torch._dynamo")
    shell = Shell.make()
    gc.collect()
    gc.freeze()  # or the first collection in each fork would copy all that was imported
    warm.use_huge_pages()  # a fork copies far fewer page entries
    cells = [cell for cell in notebook(chapter).cells if cell.cell_type == "code" and mark(cell)]
    names = exercises(chapter)
    given = "\n".join(c.source for c in cells if mark(c).get("locked") and not is_test(c))
    outcomes = {}
    for position, cell in enumerate(cells):
        exercise = mark(cell)["grade_id"]
        if exercise in names:
            rest = up_to_last_test(cells[position + 1 :], exercise, names)
            for answer in [*answers(chapter, exercise), stub(chapter, exercise)]:
                outcomes[answer.name] = in_fork(judge_one, shell, answer, rest, names, given)
        if not is_test(cell):
            must_run(shell, cell)
    return outcomes


def is_test(cell) -> bool:
    return bool(mark(cell).get("grade") and not mark(cell).get("solution"))


def up_to_last_test(cells: list, exercise: str, names: list[str]) -> list:
    """The cells that an answer must go through: its own tests, and what else stands between."""
    mine = [i for i, c in enumerate(cells) if is_test(c) and belongs(c, exercise, names)]
    between = cells[: mine[-1] + 1]
    return [c for c in between if not is_test(c) or belongs(c, exercise, names)]


def belongs(cell, exercise: str, names: list[str]) -> bool:
    return exercise_of(mark(cell)["grade_id"], names) == exercise


def judge_one(
    shell: Shell, answer: Answer, rest: list, names: list[str], given: str
) -> dict[str, dict]:
    """Run one answer and its tests: as graded, as the student sees them, and under the judge.

    Args:
        rest: the cells that it must go through.
        names: the chapter's exercises.
        given: the code of its given cells.
    """
    apart = in_fork(judge_apart, shell, answer, rest, names, given)
    run_cell(shell, answer.source)
    outcome = {}
    for cell in rest:
        if is_test(cell):
            outcome[mark(cell)["grade_id"]] = {"full": run_alone(shell, cell.source)}
        else:
            must_run(shell, cell)
    for cell in rest:
        if is_test(cell):
            said = outcome[mark(cell)["grade_id"]]
            said["visible"] = run_alone(shell, HIDDEN.sub("", cell.source))
            said["judged"] = apart[mark(cell)["grade_id"]]
    return outcome


def judge_apart(
    shell: Shell, answer: Answer, rest: list, names: list[str], given: str
) -> dict[str, str]:
    """Run one answer in a process of its own and its tests in this one, as grading does.

    Both begin with the given cells and the reference's solutions, but this one has stand-ins for
    what cells of exercises define.
    """
    control, theirs = socket.socketpair()
    peer, their_peer = socket.socketpair()
    if os.fork() == 0:
        for mine in (control, peer):
            mine.close()
        try:
            student.main(theirs, their_peer)
        finally:
            os._exit(0)
    for their in (theirs, their_peer):
        their.close()
    grader = Channel(control)
    there = judge.peer_of(shell, peer)
    outcome = {}
    for source in [answer.source, *(cell.source for cell in rest if not is_test(cell))]:
        grader.send({"do": "run", "source": source, "number": 1, "limit": LIMIT})
        grader.receive()
    for cell in rest:
        if is_test(cell):
            message = {"source": cell.source, "number": 1, "limit": LIMIT}
            texts = {answer.exercise: answer.source}
            named = exercises_in(f"{cell.source}\n{given}", names)
            message["answers"] = {name: texts.get(name, "") for name in named}
            result = judge.test(shell, there, message)
            outcome[mark(cell)["grade_id"]] = problem_of(result)
        else:
            must_run(shell, cell)
    return outcome


def run_alone(shell: Shell, source: str) -> str:
    """Run a test cell and forget its names: no test may need what another one defined."""
    names = dict(shell.user_ns)
    problem = run_cell(shell, source)
    shell.user_ns.clear()
    shell.user_ns.update(names)
    return problem


def run_cell(shell: Shell, source: str) -> str:
    """Run one cell; returns what is wrong as nbgrader sees it, empty where nothing is."""
    return problem_of(shell.run(source, 1, LIMIT))


def problem_of(result: dict) -> str:
    """What nbgrader finds wrong with a test cell that gave this result."""
    kind = result["error"]
    if kind:
        errors = [out for out in result["outputs"] if out["output_type"] == "error"]
        message = " ".join(errors[-1]["evalue"].split()) if errors else ""
        mark = NAMED if kind == "KnownMistake" else ""
        return mark + (message if kind in SENTENCES else f"{kind}: {message}")
    streams = [out for out in result["outputs"] if out.get("name") == "stderr"]
    return f"stderr: {streams[0]['text'][:200]}" if streams else ""


def must_run(shell, cell) -> None:
    """Run a given cell or a reference solution, which has to work."""
    if cell.cell_type == "code":
        problem = run_cell(shell, cell.source)
        if problem:
            raise RuntimeError(f"cell {mark(cell)['grade_id']}: {problem}")


def in_fork(function, *args):
    """Call `function` in a fork of this process and return its result, a thing of JSON."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(CASE_SECONDS)
        status = 1
        try:
            os.close(read)
            with os.fdopen(write, "w") as stream:
                json.dump(function(*args), stream)
            status = 0
        finally:
            os._exit(status)
    os.close(write)
    with os.fdopen(read) as stream:
        text = stream.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError(f"{args[1].name}: the process ended with status {status}")
    return json.loads(text)


# ---------------------------------------------------------------------------------------
# What the tests say of a wrong answer, kept beside it


def lines_of(outcome: dict[str, dict]) -> list[str]:
    """The recorded form of an outcome: a line for each test that fails."""
    lines = []
    for test, said in outcome.items():
        if said["visible"]:
            lines.append(f"visible {test}: {said['visible']}")
        elif said["full"]:
            lines.append(f"hidden {test}: {said['full']}")
    return lines


def comparable(line: str) -> str:
    """A message without its decimals, which differ between processors."""
    return re.sub(r"-?\d+\.\d+(e[+-]?\d+)?|-?\d+e[+-]?\d+", "#", line)


def record(chapter: str, outcomes: dict[str, dict]) -> None:
    """Write under each wrong answer what its tests say today."""
    for exercise in exercises(chapter):
        if not answers(chapter, exercise):
            continue
        blocks = []
        for answer in answers(chapter, exercise):
            says = lines_of(outcomes[answer.name]) if answer.kind == "wrong" else []
            head = [f"# %% {answer.kind}: {answer.title}", *[f"# {line}" for line in says]]
            blocks.append("\n".join(head) + "\n" + answer.source)
        answer_file(chapter, exercise).write_text("\n".join(blocks), encoding="utf-8")


def main() -> None:
    chapter = sys.argv[1]
    outcomes = walk(chapter)
    if "--record" in sys.argv:
        record(chapter, outcomes)
        print(f"{chapter}: {len(outcomes)} answers recorded")
        for answer in all_answers(chapter):
            failed = [test for test, said in outcomes[answer.name].items() if said["full"]]
            if bool(failed) != (answer.kind == "wrong"):
                print(f"  WRONGLY JUDGED {answer.kind}: {answer.name}: {outcomes[answer.name]}")
        return
    json.dump(outcomes, sys.stdout)


if __name__ == "__main__":
    main()
