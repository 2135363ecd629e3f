"""The student's process: runs the notebook's cells and, during a test, what the judge calls.

Everything here runs beside code that may change it. Nothing that it says is believed further than
a value can be: see `course.judge.mirror`.
"""

from __future__ import annotations

import contextlib
import select
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from course.judge.cells import Outputs, Shell, without_input
from course.judge.mirror import Peer
from course.judge.wire import Channel, Gone
from course.notebook import progress

CALL_LIMIT = 100_000  # characters that a student's code may print in one call of a test


def main(control: socket.socket, peer: socket.socket) -> None:
    """Serve the grader and the judge until the grader has closed its connection."""
    shell = Shell.instance()
    without_input()
    progress.start()
    grader = Channel(control)
    judge = Peer(Channel(peer), shell.user_ns, False, calls_of(shell), lambda outputs: None)
    judge.at_end = shell.show_figures
    with contextlib.suppress(Gone):
        while True:
            ready, _, _ = select.select([control, peer], [], [])
            if peer in ready:
                serve_judge(judge)
            if control in ready:
                message = grader.receive()
                grader.send(HANDLERS[message["do"]](shell, message))


def serve_judge(judge: Peer) -> None:
    """Answer one request of the judge; an interrupt that comes late is nobody's."""
    try:
        judge.serve_one()
    except Gone:
        raise
    except KeyboardInterrupt:
        pass


def calls_of(shell: Shell):
    """A context for each call of the judge: what is shown in it goes back with the answer."""

    @contextlib.contextmanager
    def collecting(outputs: list) -> Iterator[None]:
        collected = Outputs(CALL_LIMIT)
        try:
            with shell.collecting(collected):
                yield
        finally:
            outputs += collected.finished()

    return collecting


def run(shell: Shell, message: dict) -> dict[str, Any]:
    """Run one cell of the notebook."""
    return shell.run(message["source"], message["number"], message["limit"])


def write_files(shell: Shell, message: dict) -> dict[str, Any]:
    """Put the files of a submission into the working folder."""
    for name, content in message["files"].items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return {}


def note(shell: Shell, message: dict) -> dict[str, Any]:
    """Note for the notebook's last cell how a test ended; `source` is its visible text."""
    progress.recorder.states[message["source"].strip()] = message["state"]
    return {}


HANDLERS = {"run": run, "files": write_files, "note": note}
