"""A submission's notebook run in two processes: the student's, and the judge's for the tests.

What is known of the two is in course/judge/. Here they are driven, from outside: cells are sent in
the notebook's order, time is kept, what was lost is begun anew, and the outputs are put where
nbgrader looks.
"""

from __future__ import annotations

import contextlib
import copy
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_locked, is_solution

from course.instructor.warm import Process, Warm
from course.judge.sandbox import Limits
from course.judge.wire import Channel, Gone, Misuse
from course.notebook.progress import FAILING, NOT_BEGUN, PASSED, exercise_of, exercises_in
from course.repair import Cell, Notebook, grade_id, title

NOT_RUN, KERNEL_DIED, TIMED_OUT = "NotRun", "KernelDied", "TimedOut"
SKIPPED = "skip-when-graded"  # the tag of long free cells in a chapter
GRACE = 5  # seconds that a process has to stop when it is interrupted
PATIENCE = 60  # seconds that it has for what is no work, on a machine that is busy
# Bytes of the longest answer with a cell's outputs: eight to a character of the limit. Not more, as
# a byte of a forged message may stand for an empty list, which takes sixty.
MESSAGE = 8 * 2**20
MOST_OUTPUTS = 1000  # of one cell: each takes milliseconds to check and to put into a page
REASONS = {
    "memory": "used more memory than there is for a notebook",
    "processes": "started more processes than a notebook may",
}
ENDED = "ended its process: something in it exits or crashes Python"
HIDDEN_REGIONS = re.compile(r"### BEGIN (HIDDEN TESTS|MARK SCHEME).*?### END \1", flags=re.DOTALL)


@dataclass(frozen=True)
class Rules:
    """What a notebook may use.

    Args:
        cell_seconds: for one cell.
        notebook_seconds: for all cells together.
        output: characters that a cell may print or display.
        restarts: how often the two processes are begun anew for one notebook.
        limits: memory, files and processes.
    """

    cell_seconds: float
    notebook_seconds: float
    output: int
    restarts: int
    limits: Limits


@dataclass
class Lost(Exception):
    """A cell's process has ended or had to be ended. `kind`: the error's name in the notebook."""

    kind: str
    why: str


@dataclass
class Pair:
    """The two processes, and the connections to them."""

    student: Process
    judge: Process
    channels: dict[str, Channel] = field(init=False)

    def __post_init__(self) -> None:
        ends = {"student": self.student, "judge": self.judge}
        self.channels = {role: Channel(end.sock, MESSAGE, PATIENCE) for role, end in ends.items()}

    def end(self) -> None:
        self.student.close()
        self.judge.close()


class JudgedRun:
    """One notebook, from its first cell to its last.

    Args:
        warm: where the processes come from.
        nb: the notebook in the release's shape, with the original locked cells; its outputs are
            set here.
        name: the notebook's file name.
        folder: where the files are that were handed in with it.
        rules: what it may use.
    """

    def __init__(self, warm: Warm, nb: Notebook, name: str, folder: Path, rules: Rules) -> None:
        self.warm, self.nb, self.name, self.folder, self.rules = warm, nb, name, folder, rules
        self.lost: dict[str, list[str]] = {}  # what happened -> to which cells
        self.cut: list[str] = []  # cells with too much output
        self.pair: Pair | None = None
        self.stopped = False
        self.over = ""  # why the rest of the notebook is not run
        self.number = 0  # of the last cell that ran
        self.restarts = 0
        self.done: list[Cell] = []  # what a new pair of processes has to run again
        self.slow: set[str] = set()  # exercises that ran into the time limit in a test
        self.exercises = [
            grade_id(cell) for cell in nb.cells if is_solution(cell) and not is_grade(cell)
        ]
        self.given = "\n".join(
            cell.source
            for cell in nb.cells
            if cell.cell_type == "code" and is_locked(cell) and not is_test(cell)
        )
        self.trains = any("torch.optim" in cell.source for cell in nb.cells)

    def run(self) -> list[str]:
        """Run all cells and set their outputs; returns a line for each limit that was hit."""
        self.end_by = time.monotonic() + self.rules.notebook_seconds
        try:
            for position, cell in enumerate(self.nb.cells):
                if cell.cell_type == "code" and self._to_run(cell):
                    self._run_cell(cell, title(cell, position + 1))
        finally:
            if self.pair:
                self.pair.end()
        return self._problems()

    def _problems(self) -> list[str]:
        found = {self._too_much(): self.cut} if self.cut else {}
        return [
            f"{cells[0]} {what}" if len(cells) == 1 else f"{', '.join(cells)}: each {what}"
            for what, cells in (self.lost | found).items()
        ]

    def _too_much(self) -> str:
        limit = f"{self.rules.output:,} characters or {MOST_OUTPUTS:,} things"
        return f"printed more than {limit}; the rest is left out"

    def stop(self) -> None:
        """End it from another thread."""
        self.stopped = True
        if self.pair:
            self.pair.student.kill()
            self.pair.judge.kill()

    def _to_run(self, cell: Cell) -> bool:
        return bool(cell.source.strip()) and SKIPPED not in cell.metadata.get("tags", [])

    # -- one cell

    def _run_cell(self, cell: Cell, name: str) -> None:
        if self.over or self.stopped:
            self._lose(cell, name, Lost(NOT_RUN, f"was not run: {self.over}"))
            return
        self.number += 1
        cell.execution_count = self.number
        try:
            self._have_pair()
            result = self._test(cell) if is_test(cell) else self._own_or_given(cell)
        except Lost as lost:
            self._lose(cell, name, lost)
            return
        cell.outputs = safe_outputs(result, self.number)
        if is_grade(cell):
            stderr_to_stdout(cell)
        else:
            self.done.append(cell)
        if result.get("cut") is True or len(cell.outputs) >= MOST_OUTPUTS:
            self.cut.append(name)
            sentence = f"This cell {self._too_much()}.\n"
            cell.outputs.append(_output("stream", name="stdout", text=sentence))

    def _lose(self, cell: Cell, name: str, lost: Lost) -> None:
        """Note what happened and have the next cell begin with new processes."""
        cell.outputs = [error_output(lost.kind, f"This cell {lost.why}.")]
        self.lost.setdefault(lost.why, []).append(name)
        if lost.kind == TIMED_OUT and is_test(cell):
            self.slow.add(exercise_of(grade_id(cell), self.exercises))

    def _own_or_given(self, cell: Cell) -> dict:
        message = {"source": cell.source, "number": self.number, "limit": self.rules.output}
        seconds = self.rules.cell_seconds
        self._send("student", {"do": "run", **message})
        if is_locked(cell):
            self._ask("judge", {"do": "given", **message}, seconds)
        return self._answer("student", seconds)

    def _test(self, cell: Cell) -> dict:
        exercise = exercise_of(grade_id(cell), self.exercises)
        # Not all of them: each takes a message there and back.
        named = exercises_in(f"{cell.source}\n{self.given}", self.exercises)
        answers = {name: self._text_of(name) for name in named}
        message = {"do": "test", "source": cell.source, "number": self.number, "answers": answers}
        seconds = self.rules.cell_seconds
        if exercise in self.slow:  # it will hardly be faster this time
            seconds = max(seconds / 6, min(GRACE, seconds))
        result = self._ask("judge", message | {"limit": self.rules.output}, seconds)
        if lost_student(result):
            raise self._lost("student", result["error"] == Misuse.__name__)
        state = {"": PASSED, "NotBegun": NOT_BEGUN}.get(result["error"], FAILING)
        note = {"do": "note", "source": visible(cell.source), "state": state}
        with contextlib.suppress(Lost):  # the test is over: what comes now does not change it
            self._ask("student", note, PATIENCE)
        return result

    def _text_of(self, exercise: str) -> str:
        """The text of the student's last cell so far that defines something by this name."""
        name = re.escape(exercise)
        pattern = rf"^\s*(?:(?:def|class)\s+{name}\b|{name}\s*=)"
        texts = [cell.source for cell in self.done if not is_locked(cell)]
        return next((t for t in reversed(texts) if re.search(pattern, t, re.MULTILINE)), "")

    # -- talking to the two

    def _ask(self, role: str, message: dict, seconds: float) -> dict:
        self._send(role, message)
        return self._answer(role, seconds)

    def _answer(self, role: str, seconds: float) -> dict:
        """Wait for the answer to a request; one that is late ends in Lost."""
        now = time.monotonic()
        try:
            return self._receive(role, min(now + seconds, max(self.end_by, now)))
        except TimeoutError:
            self._interrupt(role)
            if time.monotonic() >= self.end_by:
                limit = f"{self.rules.notebook_seconds:g} seconds"
                self.over = f"the notebook ran for more than {limit}"
            raise Lost(
                TIMED_OUT, f"ran for more than {seconds:g} seconds and was stopped"
            ) from None

    def _interrupt(self, role: str) -> None:
        """Stop what is asked of a process; end the two if the student's code does not stop."""
        self.pair.student.interrupt()
        try:
            if not lost_student(self._receive(role, time.monotonic() + GRACE)):
                return
        except (TimeoutError, Lost):
            pass
        if self.pair:
            self._end_pair()

    def _send(self, role: str, message: dict) -> None:
        try:
            self.pair.channels[role].send(message)
        except Gone:
            raise self._lost(role) from None

    def _receive(self, role: str, deadline: float) -> dict:
        try:
            answer = self.pair.channels[role].receive(deadline)
        except Gone as error:
            raise self._lost(role, isinstance(error, Misuse)) from None
        if not isinstance(answer, dict) or not isinstance(answer.get("error", ""), str):
            raise self._lost(role, misused=True)
        return answer

    def _lost(self, role: str, misused: bool = False) -> Lost:
        """What to say of a process that is gone, or has said what it should not."""
        process = self.pair.student if role == "student" else self.pair.judge
        if misused:
            why = "interfered with the grading"
        else:
            process.wait(GRACE)
            why = REASONS.get(process.reason) or process.reason or ENDED
        self._end_pair()
        return Lost(KERNEL_DIED, why)

    # -- beginning, and beginning anew

    def _end_pair(self) -> None:
        self.pair.end()
        self.pair = None

    def _have_pair(self) -> None:
        """Two processes that have run all that was run before, as far as it can be run."""
        while self.pair is None:
            if self.restarts > self.rules.restarts:
                self.over = f"its process had to be started {self.restarts} times before"
                raise Lost(NOT_RUN, f"was not run: {self.over}")
            self.restarts += 1
            self.pair = Pair(*self.warm.pair(self.rules.limits, self.trains))
            self._replay()

    def _replay(self) -> None:
        self._ask("student", {"do": "files", "files": self._files()}, PATIENCE)
        number = self.number
        for cell in list(self.done):
            self.number = cell.execution_count
            try:
                self._own_or_given(cell)
            except Lost:
                self.done.remove(cell)
                break
        self.number = number

    def _files(self) -> dict[str, bytes]:
        """What was handed in with the notebook, and the notebook itself without hidden tests."""
        found = {}
        for path in sorted(self.folder.rglob("*")):
            name = str(path.relative_to(self.folder))
            if path.is_file() and not path.is_symlink() and name != self.name:
                found[name] = path.read_bytes()
        shown = copy.deepcopy(self.nb)
        for cell in shown.cells:
            cell.source = visible(cell.source)
        found[self.name] = json.dumps(shown).encode()
        return found


def lost_student(result: dict) -> bool:
    """Has a test ended because the student's process is not there any more?"""
    return result.get("error") in (Gone.__name__, Misuse.__name__)


def is_test(cell: Cell) -> bool:
    """A locked cell that gives points."""
    return is_grade(cell) and not is_solution(cell)


def visible(source: str) -> str:
    """What a student may see of a cell."""
    return HIDDEN_REGIONS.sub("", source)


# ---------------------------------------------------------------------------------------
# Outputs


def error_output(ename: str, sentence: str) -> NotebookNode:
    """An error as a cell's output, in one sentence."""
    return _output("error", ename=ename, evalue=sentence, traceback=[sentence])


def stderr_to_stdout(cell: Cell) -> None:
    """Text on stderr (a warning from the student's code, say) costs no points."""
    for output in cell.outputs:
        if output.output_type == "stream":
            output.name = "stdout"


def safe_outputs(result: dict, number: int) -> list[NotebookNode]:
    """The outputs that a process gave, as far as they are outputs of a notebook.

    Not endlessly many, but the error of a cell, which comes last, in any case.
    """
    outputs = result.get("outputs")
    outputs = outputs if isinstance(outputs, list) else []
    outputs = [*outputs[: MOST_OUTPUTS - 1], *outputs[MOST_OUTPUTS - 1 :][-1:]]
    found = [safe_output(out, number) for out in outputs if isinstance(out, dict)]
    return [output for output in found if output]


def safe_output(raw: dict, number: int) -> NotebookNode | None:
    """One output, None if it is none."""
    kind = raw.get("output_type")
    make = MAKERS.get(kind) if isinstance(kind, str) else None
    return make(raw, number) if make else None


def _output(kind: str, **fields: Any) -> NotebookNode:
    """As nbformat's new_output, which validates: the notebook is validated as a whole later."""
    return nbformat.from_dict({"output_type": kind} | fields)


def _stream(raw: dict, number: int) -> NotebookNode:
    name = "stderr" if raw.get("name") == "stderr" else "stdout"
    return _output("stream", name=name, text=_text(raw.get("text")))


def _error(raw: dict, number: int) -> NotebookNode:
    lines = raw.get("traceback")
    lines = [_text(line) for line in lines] if isinstance(lines, list) else []
    ename, evalue = _text(raw.get("ename")), _text(raw.get("evalue"))
    return _output("error", ename=ename, evalue=evalue, traceback=lines)


def _display(raw: dict, number: int) -> NotebookNode:
    return _output("display_data", data=_data(raw), metadata={})


def _result(raw: dict, number: int) -> NotebookNode:
    return _output("execute_result", data=_data(raw), metadata={}, execution_count=number)


MAKERS: dict[str, Callable[[dict, int], NotebookNode]] = {
    "stream": _stream,
    "error": _error,
    "display_data": _display,
    "execute_result": _result,
}


def _data(raw: dict) -> dict[str, str]:
    data = raw.get("data")
    items = data.items() if isinstance(data, dict) else ()
    return {_text(kind): _text(value) for kind, value in items if isinstance(value, str)}


def _text(value: Any) -> str:
    """A text that can be written as UTF-8."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""
