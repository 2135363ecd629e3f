"""The judge's process: runs the given cells and the tests, and never a student's code.

What a solution cell defines is here under its name as a stand-in; see `course.judge.mirror`.
"""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib.pyplot as plt
import torch

from course.judge.cells import Shell, without_input
from course.judge.mirror import Peer
from course.judge.standins import Remote
from course.judge.wire import Channel, Gone
from course.notebook import drawing, progress


def main(control: socket.socket, peer: socket.socket) -> None:
    """Serve the grader until it has closed its connection."""
    shell = Shell.instance()
    without_input()
    grader = Channel(control)
    student = peer_of(shell, peer)
    progress.start()
    with contextlib.suppress(Gone):
        while True:
            message = grader.receive()
            grader.send(HANDLERS[message["do"]](shell, student, message))


def peer_of(shell: Shell, sock: socket.socket) -> Peer:
    """The judge's end of the connection to the student's process."""
    student = Peer(Channel(sock), shell.user_ns, True, unheard, showing_in(shell))
    draw_there(student)
    shell.events.register("post_execute", lambda: end(student))
    return student


@contextlib.contextmanager
def unheard(outputs: list) -> Iterator[None]:
    """A context for each call of the student's: what it shows here belongs to the test cell."""
    yield


def showing_in(shell: Shell) -> Callable[[list], None]:
    """What a call of the student's code has shown is shown here."""

    def show(outputs: list) -> None:
        for output in outputs:
            if output.get("output_type") == "stream":
                stream = sys.stderr if output.get("name") == "stderr" else sys.stdout
                stream.write(str(output.get("text")))
            elif output.get("output_type") == "display_data":
                shell.outputs.add(output)

    return show


def draw_there(student: Peer) -> None:
    """Figures are made and looked at where the student's code draws on them."""
    drawn = drawing.drawn

    def drawn_there(axes: Any) -> Any:
        if isinstance(axes, Remote):
            return student.library("course.notebook.drawing.drawn", axes)
        return drawn(axes)

    drawing.drawn = drawn_there
    for name in ("subplots", "close"):
        setattr(plt, name, elsewhere(student, f"matplotlib.pyplot.{name}"))


def elsewhere(student: Peer, name: str) -> Callable:
    """A library's function that runs in the student's process."""
    return lambda *args, **kwargs: student.library(name, *args, **kwargs)


def end(student: Peer) -> None:
    """The cell is over: figures that are open are shown, and nothing stays shared."""
    with contextlib.suppress(Gone):
        student.end()


def given(shell: Shell, student: Peer, message: dict) -> dict[str, Any]:
    """Run a given cell."""
    return shell.run(message["source"], message["number"], message["limit"])


def test(shell: Shell, student: Peer, message: dict) -> dict[str, Any]:
    """Run a test cell with stand-ins for what the notebook defines so far.

    `answers`: exercise -> text of the cell that defines it. Afterwards the namespace is what it
    was: no test may need what another one defined. Where the student's process is lost, `error`
    is "Gone", or "Misuse" if what it sent was no answer.
    """
    names = student.given = dict(shell.user_ns)
    try:
        for name, text in message["answers"].items():
            shell.user_ns.pop(name, None)
            shell.user_ns.update(student.named(name, text))
        return shell.run(message["source"], message["number"], message["limit"])
    except Gone as error:
        return {"outputs": [], "error": type(error).__name__, "cut": False}
    finally:
        shell.user_ns.clear()
        shell.user_ns.update(names)
        torch.set_grad_enabled(True)


HANDLERS = {"given": given, "test": test}
