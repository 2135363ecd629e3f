"""Messages between the judge, the student's process and the grader: framed, plain, checked.

A message is one msgpack value behind its length. Nothing that comes in is executed or unpickled;
what is too long or malformed is `Misuse`, after which nobody talks to that process again.
"""

from __future__ import annotations

import socket
import struct
import time
from typing import Any

import msgpack

MAX_MESSAGE = 256 * 2**20  # bytes
LENGTH = struct.Struct(">Q")


class Gone(KeyboardInterrupt):
    """The process at the other end has ended, or cannot be talked to any more.

    A KeyboardInterrupt, because a test must not take it for an error of the student's code and
    go on: it ends the cell.
    """


class Misuse(Gone):
    """The other end sent what is no message of ours."""


class Channel:
    """One end of a connection over which whole messages are sent.

    Args:
        sock: a connected stream socket.
        limit: the bytes of the longest message that is taken.
        patience: the seconds that the other end has to take a message; None: any time.
    """

    def __init__(
        self, sock: socket.socket, limit: int = MAX_MESSAGE, patience: float | None = None
    ) -> None:
        self.sock = sock
        self.limit = limit
        self.patience = patience
        self.received = bytearray()  # the beginning of a message that is not complete yet

    def send(self, message: Any) -> None:
        """Send one message of plain values: None, bool, int, float, str, bytes, list, dict."""
        body = msgpack.packb(message, unicode_errors="surrogatepass")
        self.sock.settimeout(self.patience)
        try:
            self.sock.sendall(LENGTH.pack(len(body)) + body)
        except OSError as error:
            raise Gone(str(error)) from None

    def receive(self, deadline: float | None = None) -> Any:
        """The next message.

        Args:
            deadline: of time.monotonic(); what has come until then is kept for the next call.

        Raises:
            TimeoutError: the message is not complete at the deadline.
            Gone: the other end has closed the connection.
            Misuse: what came is too long or not a message.
        """
        self._fill(LENGTH.size, deadline)
        (length,) = LENGTH.unpack(self.received[: LENGTH.size])
        if length > self.limit:
            raise Misuse(f"a message of {length:,} bytes")
        self._fill(LENGTH.size + length, deadline)
        body, self.received = bytes(self.received[LENGTH.size :]), bytearray()
        try:
            return msgpack.unpackb(body, unicode_errors="surrogatepass", strict_map_key=True)
        except Exception as error:  # whatever msgpack makes of rubbish
            raise Misuse(f"not a message: {type(error).__name__}") from None

    def _fill(self, count: int, deadline: float | None) -> None:
        """Wait until so many bytes of the message are here, and take no byte more."""
        while len(self.received) < count:
            if deadline is not None:
                self.sock.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                part = self.sock.recv(min(count - len(self.received), 2**20))
            except TimeoutError:
                if time.monotonic() < deadline:
                    continue
                raise
            except OSError as error:
                raise Gone(str(error)) from None
            if not part:
                raise Gone("the connection was closed")
            self.received += part


def expect(condition: Any, what: str) -> None:
    """Raise Misuse unless a message is as it should be."""
    if not condition:
        raise Misuse(what)
