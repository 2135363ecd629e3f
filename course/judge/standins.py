"""Stand-ins: what one process has for the functions, classes and modules of the other."""

from __future__ import annotations

import functools
import inspect
import linecache
from collections.abc import Callable
from types import CodeType
from typing import TYPE_CHECKING, Any

from torch import nn

from course.judge.wire import expect

if TYPE_CHECKING:
    from course.judge.mirror import Peer

OURS = "_mirror_"  # begins the attributes that are ours in a stand-in


class Remote:
    """An object of the other side: its attributes and calls go there."""

    def __init__(self, peer: Peer) -> None:
        vars(self)[OURS + "peer"] = peer

    def __getattr__(self, name: str) -> Any:
        return remote_attribute(self, name)


class RemoteCallable(Remote):
    """A Remote that can be called."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        peer = vars(self)[OURS + "peer"]
        return peer.call(self, args, kwargs)


class RemoteClass(type):
    """A class of the other side: building an instance goes there."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return vars(cls)[OURS + "peer"].call(cls, args, kwargs)

    def __getattr__(cls, name: str) -> Any:
        return remote_attribute(cls, name)


class Mirror(nn.Module):
    """A module of the other side: its state is here, its forward there."""

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return remote_attribute(self, name)

    def __deepcopy__(self, memo: dict) -> Any:
        return vars(self)[OURS + "peer"].library("copy.deepcopy", self)


def remote_attribute(stand_in: Any, name: str) -> Any:
    """An attribute that only the other side knows."""
    peer = vars(stand_in).get(OURS + "peer")
    if peer is None or name.startswith("_"):
        raise AttributeError(f"{type(stand_in).__name__!r} object has no attribute {name!r}")
    return peer.attribute(stand_in, name)


def stub(peer: Peer, handle: int, name: Any, signature: inspect.Signature | None) -> Callable:
    """A function that goes to the other side."""
    head = "def answer(*args, **kwargs):\n    return peer.call(answer, args, kwargs)"
    function = defined(head, "answer", peer.text, {"peer": peer})
    function.__name__ = name if isinstance(name, str) else "answer"
    if signature:
        function.__signature__ = signature
    peer.introduce(function, handle)
    return function


def forward_stub(text: str, signature: inspect.Signature | None) -> Callable:
    """The `forward` of a mirror."""
    head = (
        "def forward(self, *args, **kwargs):\n"
        f"    return vars(self)[{OURS + 'peer'!r}].call(self, args, kwargs)"
    )
    function = defined(head, "forward", text, {})
    if signature:  # of the function in the class, so that it begins with self
        function.__signature__ = signature
    return function


def defined(head: str, name: str, text: str, namespace: dict) -> Callable:
    """Define a function whose source, for whoever looks it up, is `text`."""
    file = f"<answer {name} {abs(hash(text))}>"
    if text:
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    exec(compiled(head, file), namespace)
    return namespace[name]


@functools.lru_cache
def compiled(head: str, file: str) -> CodeType:
    """The code of a stand-in, of which tests have the same again and again."""
    return compile(head, file, "exec")


def parameter_list(function: Any) -> list | None:
    """A signature as plain values: name, kind and whether there is a default, for each."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return [[p.name, int(p.kind), p.default is not p.empty] for p in parameters]


def signature_of(listed: Any) -> inspect.Signature | None:
    """The signature that `parameter_list` described."""
    if listed is None:
        return None
    try:
        return inspect.Signature(
            [
                inspect.Parameter(str(name), kind, default=None if has else inspect.Parameter.empty)
                for name, kind, has in listed
            ]
        )
    except (TypeError, ValueError):
        return None


@functools.cache
def mirror_class(name: str, base: type, signature: inspect.Signature | None) -> type:
    """A class for mirrors of modules of a class that is not the student's answer itself."""
    expect(isinstance(name, str) and len(name) < 100, "no name")
    bases = (Mirror,) if base is nn.Module else (Mirror, base)
    return type(name, bases, {"forward": forward_stub("", signature)})


def remote_class(peer: Peer, name: Any, base: type, text: str, forward: Any) -> type:
    """A stand-in for a class of the other side, whose source is `text`."""
    expect(isinstance(name, str) and len(name) < 100, "no name")
    inside = {"forward": forward_stub(text, signature_of(forward)), OURS + "peer": peer}
    return RemoteClass(name, (base,), inside)
