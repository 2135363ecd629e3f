"""Messages between the judge, the student's process and the grader: framed, plain, checked.

A message is one msgpack value behind its length. Nothing that comes in is executed or unpickled;
what is too long or malformed is `Misuse`, after which nobody talks to that process again.
"""

from __future__ import annotations

import math
import socket
import struct
import time
from typing import Any

import msgpack
import torch

MAX_MESSAGE = 256 * 2**20  # bytes
MAX_DIMENSIONS = 16
LENGTH = struct.Struct(">Q")

DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        *(torch.float16, torch.bfloat16, torch.float32, torch.float64),
        *(torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64),
        *(torch.bool, torch.complex64, torch.complex128),
    )
}
NAMES = {dtype: name for name, dtype in DTYPES.items()}


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
    """

    def __init__(self, sock: socket.socket, limit: int = MAX_MESSAGE) -> None:
        self.sock = sock
        self.limit = limit
        self.received = bytearray()  # the beginning of a message that is not complete yet

    def send(self, message: Any) -> None:
        """Send one message of plain values: None, bool, int, float, str, bytes, list, dict."""
        body = msgpack.packb(message, unicode_errors="surrogatepass")
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


# ---------------------------------------------------------------------------------------
# Tensors as plain values


def pack_tensor(tensor: torch.Tensor) -> list:
    """[dtype, shape, strides or None, bytes] of a dense tensor.

    Strides go along where they are not the usual ones: memory layout is something tests look at.
    """
    tensor = tensor.detach()
    expect(tensor.dtype in NAMES and tensor.layout == torch.strided, f"a {tensor.dtype} tensor")
    strides = None if tensor.is_contiguous() else list(tensor.stride())
    flat = tensor.contiguous().as_strided((tensor.numel(),), (1,))
    content = flat.view(torch.uint8).numpy().tobytes() if len(flat) else b""
    return [NAMES[tensor.dtype], list(tensor.shape), strides, content]


def unpack_tensor(packed: Any) -> torch.Tensor:
    """A new tensor of its own from what `pack_tensor` gave; checks every part of it."""
    expect(isinstance(packed, list) and len(packed) == 4, "a tensor of other parts")
    name, shape, strides, content = packed
    expect(isinstance(name, str) and name in DTYPES, "a tensor of unknown dtype")
    expect(_sizes(shape), "a tensor of no shape")
    expect(isinstance(content, bytes), "a tensor without numbers")
    dtype = DTYPES[name]
    expect(len(content) == math.prod(shape) * dtype.itemsize, "a tensor of another length")
    if not content:
        return torch.empty(shape, dtype=dtype)
    if dtype == torch.bool:  # a byte other than 0 and 1 is no bool, and torch would not notice
        tensor = torch.frombuffer(bytearray(content), dtype=torch.uint8) != 0
    else:
        tensor = torch.frombuffer(bytearray(content), dtype=dtype)
    tensor = tensor.reshape(shape)
    return tensor if strides is None else _with_strides(tensor, strides)


def _sizes(values: Any) -> bool:
    return (
        isinstance(values, list)
        and len(values) <= MAX_DIMENSIONS
        and all(type(value) is int and 0 <= value < 2**40 for value in values)
    )


def _with_strides(tensor: torch.Tensor, strides: Any) -> torch.Tensor:
    """The same numbers in memory laid out otherwise; dimensions of stride 0 stay expanded."""
    expect(_sizes(strides) and len(strides) == tensor.dim(), "a tensor of other strides")
    narrow = tensor
    for dim, stride in enumerate(strides):
        if stride == 0 and tensor.shape[dim] > 1:
            narrow = narrow.narrow(dim, 0, 1)
    reach = sum((size - 1) * step for size, step in zip(narrow.shape, strides, strict=True))
    expect(reach < 64 * tensor.numel() + 64, "a tensor scattered too far")
    laid_out = torch.empty(reach + 1, dtype=tensor.dtype).as_strided(narrow.shape, strides)
    laid_out.copy_(narrow)
    return laid_out.expand(tensor.shape)
