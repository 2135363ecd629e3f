"""The judge's view of what a student wrote, by value: calls cross, code never does.

Each of the two processes, the judge and the student's, has one `Peer`. A call of a student's
function is sent over with its arguments as plain values; the result comes back as plain values. An
`nn.Module` is in both processes: its maker's own object on one side, a mirror on the other, with
the same parameters, buffers, submodules and settings. What changed in one is brought to the other
with every message. Gradients cross as values, too. Functions and modules that a test passes to a
student's function work the other way round: the student's process gets a stand-in for them.

Both sides run this code, but they do not trust each other alike: the judge answers nothing but
calls of what it has passed over itself, and the gradients of such calls.
"""

from __future__ import annotations

import builtins
import contextlib
import dataclasses
import functools
import importlib
import inspect
import linecache
import os
import sys
import traceback
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F
from torch.utils.weak import TensorWeakRef

from course.judge.wire import NAMES, Channel, Gone, Misuse, expect, pack_tensor, unpack_tensor
from course.notebook import checks

MAX_TEXT = 10_000  # characters of an error's message
OURS = "_mirror_"  # begins the attributes that are ours in a mirror
# What nn.Module itself keeps in an instance; everything else there is a setting of the module.
MODULE_INTERNALS = frozenset(vars(nn.Module()))
# What the judge lets student code call of its optimizers.
OPTIMIZER_METHODS = ("step", "zero_grad")
PLAIN = (type(None), bool, int, float, str, bytes)


class Unknown(Exception):
    """A value that does not cross."""


class Crossing(torch.autograd.Function):
    """The results of a call that ran in the other process, as a node of this one's graph."""

    @staticmethod
    def forward(ctx, peer, ticket, results, anchor, *inputs):
        ctx.set_materialize_grads(False)
        ctx.peer, ctx.ticket, ctx.count = peer, ticket, len(inputs)
        return tuple(results)

    @staticmethod
    @once_differentiable
    def backward(ctx, *gradients):
        return None, None, None, None, *ctx.peer.backward(ctx.ticket, gradients, ctx.count)


class Ticket:
    """Stands for a call whose graph the other side keeps as long as this object lives."""

    def __init__(self, peer: Peer, number: int) -> None:
        self.peer, self.number = peer, number

    def __del__(self) -> None:
        self.peer.freed.append(self.number)


# ---------------------------------------------------------------------------------------
# Stand-ins


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
    exec(compile(head, file, "exec"), namespace)
    return namespace[name]


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


# ---------------------------------------------------------------------------------------
# Errors


def pack_error(error: BaseException) -> list:
    """[its class names, most special first; its text; where it came from]."""
    names = [cls.__name__ for cls in type(error).__mro__ if cls is not object]
    try:
        text = str(error)[:MAX_TEXT]
    except Exception:  # a student's own __str__
        text = "(its message cannot be read)"
    return [names, text, *line_of(error)]


def line_of(error: BaseException) -> list:
    """Line number and text of the notebook line an error came from; was it the very last?"""
    frames = traceback.extract_tb(error.__traceback__)
    for position, frame in enumerate(reversed(frames)):
        if not os.path.exists(frame.filename) and linecache.getline(frame.filename, frame.lineno):
            return [frame.lineno, (frame.line or "")[:300], position == 0]
    return [0, "", False]


def unpack_error(packed: Any) -> BaseException:
    """The error, with a traceback that names the line it came from."""
    expect(isinstance(packed, list) and len(packed) == 5, "an error of other parts")
    names, text, number, line, last = packed
    expect(isinstance(names, list) and names and len(names) < 50, "an error without a class")
    expect(all(isinstance(name, str) and name.isidentifier() for name in names), "no class")
    expect(isinstance(text, str) and isinstance(line, str) and type(number) is int, "no error")
    expect(0 <= number < 10**6, "no line")
    base = next(cls for name in [*names, "Exception"] if (cls := known_error(name)))
    cls = base if base.__name__ == names[0] else type(names[0][:80], (base,), {})
    try:
        error = cls(text)
    except Exception:  # UnicodeDecodeError and its like want more arguments
        error = type(names[0][:80], (Exception,), {})(text)
    return with_line(error, number, line, last)


def known_error(name: str) -> type | None:
    """The exception class that both sides know by this name."""
    cls = getattr(builtins, name, None) or vars(checks).get(name)
    known = isinstance(cls, type) and issubclass(cls, BaseException)
    return cls if known and cls is not KeyError else KeyErrorText if cls is KeyError else None


class KeyErrorText(KeyError):
    """A KeyError made from its text: str() of a KeyError would quote it once more."""

    __str__ = Exception.__str__


KeyErrorText.__name__ = "KeyError"


def with_line(error: BaseException, number: int, line: str, last: bool) -> BaseException:
    """Give an error the traceback of one raised in this line of a cell, or below it."""
    if not number:
        return error
    file = f"<line {number} {abs(hash(line))}>"
    linecache.cache[file] = (len(line), None, ["\n"] * (number - 1) + [line + "\n"], file)
    below = "raise error" if last else "below(error)"
    inner: dict = {}
    exec(compile("def below(error):\n    raise error", torch.__file__, "exec"), inner)
    try:
        exec(compile("\n" * (number - 1) + below, file, "exec"), {"error": error, **inner})
    except BaseException as raised:
        return raised.with_traceback(raised.__traceback__.tb_next)
    return error


# ---------------------------------------------------------------------------------------
# The two ends


class Peer:
    """One end of the connection between the judge and the student's process.

    Args:
        channel: to the other end.
        names: the notebook's namespace here; given classes are known by their name in it.
        is_judge: whether this is the judge's end, which answers only what it must.
        run: a context manager around the calls that are answered; gets a list for their outputs.
        show: is given the outputs of a call that was answered by the other side.
    """

    def __init__(
        self,
        channel: Channel,
        names: dict,
        is_judge: bool,
        run: Callable[[list], contextlib.AbstractContextManager],
        show: Callable[[list], None],
    ) -> None:
        self.channel, self.names, self.is_judge = channel, names, is_judge
        self.run, self.show = run, show
        self.at_end: Callable[[], None] = lambda: None  # what else happens when a cell is over
        self.text = ""  # the source of what is being asked for by name
        self.last_handle = 0 if is_judge else 1  # even: the judge's objects; odd: the student's
        self.last_ticket = 0
        self.freed: list[int] = []  # tickets that this side needs no more
        self.random_state = torch.get_rng_state()
        self.forget()

    def forget(self) -> None:
        """Drop everything that is shared; called at the end of each test cell."""
        self.handles: dict[int, int] = {}  # id of an object -> its handle
        self.kept: dict[int, Any] = {}  # handle -> object that nothing else may hold
        self.weak: dict[int, Any] = {}  # handle -> weak reference to a tensor, or a judge's module
        self.dropped: list[int] = []  # handles of modules that the judge needs no more
        self.settings: dict[int, list] = {}  # module's handle -> names of its settings
        self.graphs: dict[int, tuple] = {}  # ticket -> (results, inputs) of a call answered here
        self.described: dict[int, list] = {}  # module's handle -> its last description
        self.synced: dict[int, list] = {}  # tensor's handle -> what the other side knows of it

    # -- asking

    def call(self, target: Any, args: tuple, kwargs: dict) -> Any:
        """Call a function, class or module of the other side."""
        return self._request("call", target, args, kwargs)

    def attribute(self, stand_in: Any, name: str) -> Any:
        """An attribute of an object of the other side."""
        return self._request("attribute", stand_in, (name,), {})

    def library(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a function that belongs to neither, with objects of the other side."""
        return self._request("library", name, args, kwargs)

    def named(self, name: str, text: str) -> dict:
        """{name: value} of what the student's notebook calls so, or {}; `text` is its source."""
        self.text = text
        try:
            return self._request("names", None, (name,), {})
        finally:
            self.text = ""

    def end(self) -> None:
        """A test cell is over: nothing that was shared is needed any more."""
        self._request("end", None, (), {})
        self.forget()

    def backward(self, ticket: Ticket, gradients: tuple, count: int) -> list:
        """The gradients of a call's inputs, from those of its results."""
        result = self._request("backward", ticket.number, gradients, {})
        expect(isinstance(result, list) and len(result) == count, "other gradients")
        return result

    def _request(self, kind: str, target: Any, args: tuple, kwargs: dict) -> Any:
        packer = Packer(self, asks=True)
        message = {
            "do": kind,
            "target": packer.pack(target),
            "args": [packer.pack(arg) for arg in args],
            "kwargs": {str(name): packer.pack(value) for name, value in kwargs.items()},
            "grad": torch.is_grad_enabled() and kind != "backward",
        }
        parameters = self._parameters() if message["grad"] else []
        message["leaves"] = [self.handle_of(parameter) for parameter in parameters]
        self.channel.send(message | packer.rest() | self._surroundings())
        while True:
            answer = self._receive()
            if answer.get("do") == "answer":
                return self._accept(answer, packer, parameters)
            self._serve(answer)

    def _accept(self, answer: dict, packer: Packer, parameters: list) -> Any:
        """Take in the answer to a request that `packer` packed."""
        with checked():
            self._take_surroundings(answer)
            unpacker = Unpacker(self, answer)
            unpacker.apply_state()
            unpacker.apply_changes(packer)
            inputs = [tensor for tensor in packer.tensors if tensor.requires_grad]
            unpacker.join_graph([*inputs, *parameters])
            outputs = answer.get("outputs")
            expect(isinstance(outputs, list), "no outputs")
            error = answer.get("error")
            error = unpack_error(error) if error is not None else None
            result = None if error else unpacker.unpack(answer.get("result"))
        self.show(outputs)
        if error:
            raise error
        return result

    # -- answering

    def serve_one(self) -> None:
        """Answer one request; the student's process does nothing else during a test cell."""
        self._serve(self._receive())

    def _receive(self) -> dict:
        message = self.channel.receive()
        expect(isinstance(message, dict), "no message of ours")
        return message

    def _serve(self, message: dict) -> None:
        with checked():
            kind = message.get("do")
            expect(kind in (ANSWERED_BY_JUDGE if self.is_judge else ANSWERED), "no request")
            self._take_surroundings(message)
            unpacker = Unpacker(self, message)
            unpacker.apply_state()
            unpacker.open_tensors()
            target = unpacker.unpack(message["target"])
            args = [unpacker.unpack(arg) for arg in message["args"]]
            kwargs = {name: unpacker.unpack(value) for name, value in message["kwargs"].items()}
            leaves = unpacker.tensors_of(message["leaves"])
        packer = Packer(self, asks=False)
        outputs: list = []
        answer = {"do": "answer", "result": None, "error": None, "outputs": outputs}
        try:
            with self.run(outputs), torch.set_grad_enabled(message.get("grad") is True):
                result = getattr(self, "_do_" + kind)(target, args, kwargs)
                grad_after = torch.is_grad_enabled()
                answer["result"] = packer.pack(result)
        except Gone:
            raise
        except BaseException as error:
            grad_after = message.get("grad") is True
            packer = Packer(self, asks=False)
            answer["error"] = pack_error(error)
        answer["changed"] = unpacker.changes(packer)
        if message.get("grad") is True and not grad_after:
            answer["grad_off"] = True
        answer["ticket"] = self._keep_graph(packer, unpacker, leaves)
        self.channel.send(answer | packer.rest() | self._surroundings())
        if kind == "end":
            self.forget()

    def _do_end(self, target: Any, args: list, kwargs: dict) -> None:
        self.at_end()

    def _keep_graph(self, packer: Packer, unpacker: Unpacker, leaves: list) -> int:
        if not packer.graph:
            return 0
        self.last_ticket += 1
        self.graphs[self.last_ticket] = (packer.graph, [*unpacker.leaves, *leaves])
        return self.last_ticket

    def _do_call(self, target: Any, args: list, kwargs: dict) -> Any:
        if self.is_judge:
            handle = self.known(target)
            expect(handle is not None and handle % 2 == 0, "a call of what is not the judge's")
        return target(*args, **kwargs)

    def _do_attribute(self, target: Any, args: list, kwargs: dict) -> Any:
        name = args[0]
        expect(isinstance(name, str) and not name.startswith("_"), "no attribute")
        if self.is_judge:
            optimizer = isinstance(target, torch.optim.Optimizer) and name in OPTIMIZER_METHODS
            expect(optimizer, "an attribute of what is the judge's")
        return getattr(target, name)

    def _do_library(self, target: Any, args: list, kwargs: dict) -> Any:
        module, _, name = target.rpartition(".")
        return getattr(importlib.import_module(module), name)(*args, **kwargs)

    def _do_names(self, target: Any, args: list, kwargs: dict) -> dict:
        return {name: self.names[name] for name in args if name in self.names}

    def _do_backward(self, target: Any, args: list, kwargs: dict) -> list:
        expect(target in self.graphs, "gradients of an unknown call")
        results, inputs = self.graphs[target]
        expect(len(args) == len(results), "gradients of other results")
        pairs = [(r, g) for r, g in zip(results, args, strict=True) if g is not None]
        if not pairs or not inputs:
            return [None] * len(inputs)
        outputs, gradients = zip(*pairs, strict=True)
        found = torch.autograd.grad(
            outputs, inputs, gradients, retain_graph=True, allow_unused=True
        )
        return list(found)

    # -- what goes along with every message

    def _surroundings(self) -> dict:
        """Random state and freed handles; the judge's state crosses, the student's never does."""
        freed, self.freed = self.freed, []
        dropped, self.dropped = self.dropped, []
        around: dict = {"freed": freed, "dropped": dropped}
        state = torch.get_rng_state()
        if not torch.equal(state, self.random_state):
            if self.is_judge:
                around["random"] = state.numpy().tobytes()
                around["dtype"] = str(torch.get_default_dtype()).removeprefix("torch.")
            else:
                around["drawn"] = True
                around["seed"] = torch.initial_seed()
            self.random_state = state
        return around

    def _take_surroundings(self, message: dict) -> None:
        for number in message.get("freed", ()):
            self.graphs.pop(number, None)
        for handle in message.get("dropped", ()):
            self.kept.pop(handle, None)
        if self.is_judge:
            self._take_draws(message)
        elif "random" in message:
            state = torch.frombuffer(bytearray(message["random"]), dtype=torch.uint8)
            torch.set_rng_state(state)
            self.random_state = state

    def _take_draws(self, message: dict) -> None:
        """The student's process drew: the judge's generator goes on elsewhere, too.

        Its state is not taken over: whoever chooses it chooses the random inputs of the tests.
        """
        if message.get("grad_off") is True:
            torch.set_grad_enabled(False)
        if message.get("drawn") is not True:
            return
        seed = message.get("seed")
        expect(type(seed) is int and abs(seed) < 2**64, "no seed")
        if seed != torch.initial_seed():
            torch.manual_seed(seed)
        torch.rand(1000)
        self.random_state = torch.get_rng_state()

    # -- shared objects

    def introduce(self, thing: Any, handle: int | None = None) -> int:
        """Enter an object into the tables, under a new handle of this side or a given one."""
        if handle is None:
            self.last_handle += 2
            handle = self.last_handle
        self.handles[id(thing)] = handle
        if isinstance(thing, torch.Tensor):
            self.weak[handle] = TensorWeakRef(thing)
        elif isinstance(thing, nn.Module) and self.is_judge:
            self.weak[handle] = weakref.ref(thing)
            weakref.finalize(thing, self._drop, handle).atexit = False
        else:
            self.kept[handle] = thing
        return handle

    def _drop(self, handle: int) -> None:
        self.dropped.append(handle)
        for table in (self.weak, self.described):
            table.pop(handle, None)

    def find(self, handle: Any) -> Any:
        """The object of a handle, None if there is none (any more)."""
        if handle in self.kept:
            return self.kept[handle]
        return self.weak[handle]() if handle in self.weak else None

    def resolve(self, handle: Any) -> Any:
        """The object of a handle that the other side named."""
        thing = self.find(handle) if type(handle) is int else None
        expect(thing is not None, "an unknown handle")
        return thing

    def known(self, thing: Any) -> int | None:
        """The handle of a shared object, None for any other."""
        handle = self.handles.get(id(thing))
        # An id may have been given to another object since.
        return handle if handle is not None and self.find(handle) is thing else None

    def handle_of(self, thing: Any) -> int:
        """The handle of an object, which is shared from now on."""
        known = self.known(thing)
        return self.introduce(thing) if known is None else known

    def modules(self) -> Iterator[tuple[int, nn.Module]]:
        """All shared modules, those that are found on the way included."""
        seen: set[int] = set()
        waiting = [(handle, self.find(handle)) for handle in (*self.kept, *self.weak)]
        while waiting:
            handle, module = waiting.pop(0)
            if handle in seen or not isinstance(module, nn.Module) or not is_initialised(module):
                continue
            seen.add(handle)
            yield handle, module
            children = vars(module)["_modules"].values()
            waiting += [(self.handle_of(child), child) for child in children if child is not None]

    def _parameters(self) -> list:
        """The parameters of all shared modules that a gradient may reach."""
        found = {}
        for _, module in self.modules():
            for parameter in vars(module)["_parameters"].values():
                if parameter is not None and parameter.requires_grad:
                    found[self.handle_of(parameter)] = parameter
        return list(found.values())


ANSWERED_BY_JUDGE = ("call", "attribute", "backward")
ANSWERED = (*ANSWERED_BY_JUDGE, "library", "names", "end")


@contextlib.contextmanager
def checked():
    """Whatever goes wrong while a message is taken apart: it was no message of ours."""
    try:
        yield
    except (Gone, MemoryError):
        raise
    except Exception as error:
        raise Misuse(f"{type(error).__name__}: {error}") from error


def is_initialised(module: nn.Module) -> bool:
    """False where a class forgot super().__init__()."""
    return "_modules" in vars(module)


# ---------------------------------------------------------------------------------------
# Values as messages


class Packer:
    """Turns the values of one message into plain ones.

    Args:
        asks: the message is a request. Its tensors may get gradients, and what the other side
            changes in its tensors, lists and dictionaries is changed here, too.
    """

    def __init__(self, peer: Peer, asks: bool) -> None:
        self.peer, self.asks = peer, asks
        self.tensors: list[torch.Tensor] = []  # of a request
        self.graph: list[torch.Tensor] = []  # results that carry a gradient
        self.containers: list[Any] = []
        self.places: dict[int, list] = {}  # id of a tensor -> how it was packed

    def rest(self) -> dict:
        """What goes along with the packed values: tensors, and the state of shared modules."""
        state = self._state()
        tensors = [[pack_tensor(t), t.requires_grad, t.is_leaf] for t in self.tensors]
        graph = [pack_tensor(t) for t in self.graph]
        return {"tensors": tensors, "graph": graph, "state": state}

    def pack(self, value: Any, plain: bool = False) -> Any:
        """One value. With `plain`, what has no value of its own raises Unknown."""
        kind = type(value)
        if kind in PLAIN:
            return value
        if kind is int:
            return value if -(2**63) <= value < 2**64 else ["int", hex(value)]
        if isinstance(value, torch.Tensor):
            return self._pack_tensor(value, plain)
        for types_, pack in PACKERS:
            if isinstance(value, types_):
                return pack(self, value, plain)
        if value in (...,) if kind is type(...) else False:
            return ["ellipsis"]
        given = self._given_dataclass(value, plain)
        if given:
            return given
        if plain:
            raise Unknown(kind.__name__)
        return self._pack_object(value)

    def _pack_tensor(self, tensor: torch.Tensor, plain: bool) -> list:
        handle = self.peer.known(tensor)
        if handle is not None and not plain:
            return ["known", handle]
        if tensor.dtype not in NAMES or tensor.layout != torch.strided:
            return self._pack_object(tensor)
        if plain or not (self.asks or tensor.requires_grad):
            return ["tensor", pack_tensor(tensor)]
        if id(tensor) not in self.places:
            listed = self.tensors if self.asks else self.graph
            self.places[id(tensor)] = ["input" if self.asks else "output", len(listed)]
            listed.append(tensor)
        return self.places[id(tensor)]

    def pack_container(self, value: Any, plain: bool) -> list:
        """A list, tuple, set or dictionary, or one of a class derived from these."""
        base = next(cls for cls in CONTAINERS if isinstance(value, cls))
        place = -1
        if self.asks and base in (list, dict):
            place = len(self.containers)
            self.containers.append(value)
        items = base.items(value) if base is dict else base.__iter__(value)
        if base is dict:
            packed = [[self.pack(k, plain), self.pack(v, plain)] for k, v in items]
        else:
            packed = [self.pack(item, plain) for item in items]
        content = [base.__name__, packed, place]
        return content if type(value) is base else ["derived", type(value).__name__, content]

    def pack_scalar(self, value: Any, plain: bool) -> list:
        """A number or text of a class derived from Python's."""
        base = next(cls for cls in (int, float, str, bytes) if isinstance(value, cls))
        return ["derived", type(value).__name__, self.pack(base.__call__(value))]

    def pack_array(self, value: Any, plain: bool) -> Any:
        """A NumPy array or scalar."""
        if value.dtype.kind not in "biufc":
            return self.pack(value.tolist(), plain)
        content = np.ascontiguousarray(value).tobytes()
        return ["array", value.dtype.str, list(value.shape), content, isinstance(value, np.generic)]

    def pack_simple(self, value: Any, plain: bool) -> list:
        """Values of PyTorch's and Python's that are known by their text."""
        if isinstance(value, torch.Generator):
            return ["generator", value.get_state().numpy().tobytes()]
        if isinstance(value, torch.dtype):
            return ["dtype", str(value).removeprefix("torch.")]
        if isinstance(value, torch.device):
            return ["device", str(value)]
        if isinstance(value, complex):
            return ["complex", value.real, value.imag]
        ends = [value.start, value.stop, value.step]
        return [type(value).__name__, [self.pack(end, plain) for end in ends]]

    def pack_module(self, module: nn.Module, plain: bool) -> list:
        """An nn.Module: its state goes along with the message."""
        if plain:
            raise Unknown("module")
        known = self.peer.known(module)
        if known is None and not is_initialised(module):
            return ["bare", self.peer.introduce(module), self.class_of(module)]
        return ["known", self.peer.handle_of(module)]

    def pack_class(self, cls: type, plain: bool) -> list:
        """A class: by its name where both sides have it, else as a thing to call."""
        if plain:
            raise Unknown("class")
        known = self.peer.known(cls)
        if known is not None:
            return ["known", known]
        shared = self._shared_class(cls)
        if shared:
            return shared
        is_module = issubclass(cls, nn.Module)
        forward = parameter_list(cls.forward) if is_module else None
        handle = self.peer.introduce(cls)
        return ["class", handle, cls.__name__, is_module, parameter_list(cls), forward]

    def pack_function(self, function: Any, plain: bool) -> list:
        """A function or method, which stays where it is."""
        if not plain:
            return self._pack_object(function)
        module, name = getattr(function, "__module__", None), getattr(function, "__name__", None)
        if self.peer.is_judge and is_library(module) and getattr(F, str(name), None) is function:
            return ["library", "torch.nn.functional", name]
        raise Unknown("function")

    def _shared_class(self, cls: type) -> list | None:
        if cls.__module__ == "builtins" or is_library(cls.__module__):
            return ["library", cls.__module__, cls.__qualname__]
        if self.peer.is_judge and self._is_given(cls):
            return ["given", cls.__name__]
        return None

    def _is_given(self, cls: type) -> bool:
        return self.peer.names.get(cls.__name__) is cls and not isinstance(cls, RemoteClass)

    def class_of(self, module: nn.Module) -> list:
        """What the other side has to know of a module's class."""
        cls = type(module)
        known = self.peer.known(cls)
        if known is not None:
            return ["known", known]
        kind = "given" if self._is_given(cls) else "other"
        return self._shared_class(cls) or [kind, cls.__name__, parameter_list(cls.forward)]

    def _given_dataclass(self, value: Any, plain: bool) -> list | None:
        cls = type(value)
        if not dataclasses.is_dataclass(cls) or not self._is_given(cls):
            return None
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(cls)}
        return ["record", cls.__name__, self.pack(fields, plain)]

    def _pack_object(self, value: Any) -> list:
        known = self.peer.known(value)
        if known is not None:
            return ["known", known]
        handle, cls = self.peer.introduce(value), type(value)
        if not callable(value):
            return ["object", handle, cls.__name__]
        name = getattr(value, "__name__", None)
        has_code = isinstance(value, (types.FunctionType, types.MethodType))
        text = name if isinstance(name, str) else None
        return ["callable", handle, cls.__name__, text, parameter_list(value), has_code]

    # -- the state of shared modules

    def _state(self) -> list:
        """Classes, settings and tensors of shared modules, where the other side's are out of date.

        Two lists: [handle, class, training, settings, parameters, buffers, submodules] and
        [handle, tensor, is it a parameter, requires_grad, gradient, [base, offset, strides]].
        """
        peer, nodes, tensors, bases = self.peer, [], [], {}
        for handle, module in list(peer.modules()):
            node = self._describe(handle, module)
            if node != peer.described.get(handle):
                peer.described[handle] = node
                nodes.append(node)
            inside = vars(module)
            for tensor in (*inside["_parameters"].values(), *inside["_buffers"].values()):
                if tensor is not None:
                    tensors += self._news_of(peer.handle_of(tensor), tensor, bases)
        return [nodes, tensors]

    def _describe(self, handle: int, module: nn.Module) -> list:
        inside, handle_of = vars(module), self.peer.handle_of
        children = {n: m if m is None else handle_of(m) for n, m in inside["_modules"].items()}
        parameters = {n: p if p is None else handle_of(p) for n, p in inside["_parameters"].items()}
        passing = inside["_non_persistent_buffers_set"]
        buffers = {
            n: [b if b is None else handle_of(b), n not in passing]
            for n, b in inside["_buffers"].items()
        }
        settings = self._settings(inside)
        class_ = self.class_of(module)
        return [handle, class_, module.training, settings, parameters, buffers, children]

    def _settings(self, inside: dict) -> dict:
        """The plain values among a module's attributes."""
        found = {}
        for name, value in inside.items():
            if name in MODULE_INTERNALS or name.startswith(OURS):
                continue
            with contextlib.suppress(Unknown):
                found[name] = Packer(self.peer, asks=False).pack(value, plain=True)
        return found

    def _news_of(self, handle: int, tensor: torch.Tensor, bases: dict) -> list:
        """What the other side does not know of a tensor yet, as a list of one entry or none."""
        storage, offset = tensor.untyped_storage().data_ptr(), tensor.storage_offset()
        if storage and not offset and tensor.is_contiguous():
            bases.setdefault(storage, handle)
        base = bases.get(storage, handle)
        shared = None if base == handle else [base, offset, list(tensor.stride())]
        gradient = None if tensor.grad is None else pack_tensor(tensor.grad)
        is_parameter = isinstance(tensor, nn.Parameter)
        entry = [handle, pack_tensor(tensor), is_parameter, tensor.requires_grad, gradient, shared]
        if entry == self.peer.synced.get(handle):
            return []
        self.peer.synced[handle] = entry
        return [entry]


def is_library(module: Any) -> bool:
    """Is this the name of one of PyTorch's modules?"""
    return isinstance(module, str) and (module == "torch" or module.startswith("torch."))


CONTAINERS = (list, tuple, dict, set, frozenset)
PACKERS = (
    ((np.ndarray, np.generic), Packer.pack_array),
    (CONTAINERS, Packer.pack_container),
    ((int, float, str, bytes), Packer.pack_scalar),
    (
        (torch.Generator, torch.dtype, torch.device, complex, slice, range),
        Packer.pack_simple,
    ),
    (nn.Module, Packer.pack_module),
    (type, Packer.pack_class),
    ((types.FunctionType, types.BuiltinFunctionType, types.MethodType), Packer.pack_function),
)


# ---------------------------------------------------------------------------------------
# Messages as values


class Unpacker:
    """Turns the plain values of one message back, with every part of them checked."""

    def __init__(self, peer: Peer, message: dict) -> None:
        self.peer, self.message = peer, message
        self.inputs: list[torch.Tensor] = []  # the tensors of a request
        self.leaves: list[torch.Tensor] = []  # those of them, or what they came from, for gradients
        self.outputs: tuple = ()  # the results of a call that carry a gradient
        self.containers: dict[int, tuple] = {}  # place -> list or dictionary of a request, and copy
        self.held: list[Any] = []  # modules that only the message knows so far

    def unpack(self, packed: Any) -> Any:
        """One value."""
        if packed is None or type(packed) in (bool, int, float, str, bytes):
            return packed
        expect(isinstance(packed, list) and packed and isinstance(packed[0], str), "no value")
        unpack = UNPACKERS.get(packed[0])
        expect(unpack, "a value of unknown kind")
        return unpack(self, *packed[1:])

    # -- tensors and their graph

    def open_tensors(self) -> None:
        """The tensors of a request, as leaves of a graph of their own."""
        for packed, wants_gradient, is_leaf in listed(self.message, "tensors"):
            tensor = unpack_tensor(packed)
            if wants_gradient is True:
                self.leaves.append(tensor.requires_grad_())
                if is_leaf is not True:
                    with torch.enable_grad():
                        tensor = tensor.clone()
            self.inputs.append(tensor)

    def join_graph(self, inputs: list) -> None:
        """Make the results of a call depend on its inputs: backward() goes to the other side."""
        results = [unpack_tensor(packed) for packed in listed(self.message, "graph")]
        if not results:
            return
        expect(all(t.is_floating_point() or t.is_complex() for t in results), "integer gradients")
        expect(type(self.message.get("ticket")) is int, "no ticket")
        ticket = Ticket(self.peer, self.message["ticket"])
        anchor = torch.zeros((), requires_grad=True)  # the results may hang on nothing else here
        self.outputs = Crossing.apply(self.peer, ticket, results, anchor, *inputs)

    def tensors_of(self, handles: Any) -> list:
        """The shared tensors that a message names."""
        expect(isinstance(handles, list), "no list")
        found = [self.peer.resolve(handle) for handle in handles]
        expect(all(isinstance(t, torch.Tensor) for t in found), "no tensor")
        return found

    def changes(self, packer: Packer) -> list:
        """What a call changed in the tensors, lists and dictionaries that it was given."""
        found = []
        pairs = zip(self.inputs, listed(self.message, "tensors"), strict=True)
        for place, (tensor, (before, *_)) in enumerate(pairs):
            now = pack_tensor(tensor)
            if (now[0], now[1], now[3]) != (before[0], before[1], before[3]):
                found.append(["tensor", place, now])
        for place, (container, before) in self.containers.items():
            now = contents(container)
            if len(now) != len(before) or any(a is not b for a, b in zip(now, before, strict=True)):
                found.append(["container", place, packer.pack(container)])
        return found

    def apply_changes(self, packer: Packer) -> None:
        """Change what was given to a call as the call has changed it."""
        for kind, place, packed in listed(self.message, "changed"):
            expect(type(place) is int and place >= 0, "no place")
            if kind == "tensor":
                self._change_tensor(packer.tensors[place], unpack_tensor(packed))
            else:
                old, new = packer.containers[place], self.unpack(packed)
                expect(isinstance(new, (list, dict)), "no container")
                old.clear()
                (old.update if isinstance(old, dict) else old.extend)(new)

    def _change_tensor(self, old: torch.Tensor, new: torch.Tensor) -> None:
        if old.shape == new.shape and old.dtype == new.dtype and 0 not in old.stride():
            old.data.copy_(new)
        else:
            old.data = new

    # -- the state of shared modules

    def apply_state(self) -> None:
        """Bring the modules of the other side, and its changes in ours, up to date here."""
        state = self.message.get("state")
        expect(isinstance(state, list) and len(state) == 2, "no state")
        nodes, tensors = state
        fresh = [node for node in nodes if self.peer.find(node[0]) is None]
        for handle, class_, *_ in fresh:
            self._may_create(handle)
            module = self._new_module(class_)
            self.held.append(module)
            self.peer.introduce(module, handle)
        for entry in tensors:
            self._apply_tensor(*entry)
        for node in nodes:
            self._apply_node(*node)

    def _may_create(self, handle: Any) -> None:
        expect(type(handle) is int and 0 < handle < 2**53, "no handle")
        expect(handle % 2 == (1 if self.peer.is_judge else 0), "a handle of the wrong side")

    def _new_module(self, class_: Any) -> nn.Module:
        cls = self.class_from(class_)
        module = cls.__new__(cls)
        nn.Module.__init__(module)
        if isinstance(module, Mirror):
            vars(module)[OURS + "peer"] = self.peer
        return module

    def class_from(self, class_: Any) -> type:
        """The class of a module here: the real one where it may be, else a mirror."""
        expect(isinstance(class_, list) and class_ and isinstance(class_[0], str), "no class")
        if class_[0] == "other" or self._is_their_own(class_):
            _, name, parameters = class_
            return mirror_class(name, nn.Module, signature_of(parameters))
        cls = self.unpack(class_)
        expect(isinstance(cls, type) and issubclass(cls, nn.Module), "no class of modules")
        if isinstance(cls, RemoteClass) or not self.peer.is_judge:
            return cls
        return mirror_class(cls.__name__, cls, signature_of(parameter_list(cls.forward)))

    def _is_their_own(self, class_: list) -> bool:
        """To the student's process all classes of the notebook look alike; some were not given."""
        found = self.peer.names.get(class_[1]) if isinstance(class_[1], str) else None
        foreign = not isinstance(found, type) or isinstance(found, RemoteClass)
        return self.peer.is_judge and class_[0] == "given" and foreign

    def _apply_tensor(self, handle, packed, is_parameter, wants_gradient, gradient, shared) -> None:
        peer, value = self.peer, unpack_tensor(packed)
        tensor = peer.find(handle)
        if tensor is None:
            self._may_create(handle)
            tensor = nn.Parameter(value, requires_grad=False) if is_parameter is True else value
            self.held.append(tensor)
            peer.introduce(tensor, handle)
        expect(isinstance(tensor, torch.Tensor), "no tensor")
        if shared is not None:
            tensor.data = self._view(*shared, value)
        elif tensor.shape == value.shape and tensor.dtype == value.dtype:
            tensor.data.copy_(value)
        else:
            tensor.data = value
        if tensor.is_leaf and tensor.requires_grad != wants_gradient:
            tensor.requires_grad_(wants_gradient is True)
        if tensor.is_leaf:
            tensor.grad = None if gradient is None else unpack_tensor(gradient)
        peer.synced[handle] = [handle, packed, is_parameter, wants_gradient, gradient, shared]

    def _view(self, base: Any, offset: Any, strides: Any, value: torch.Tensor) -> torch.Tensor:
        """The part of another shared tensor's memory that a tensor is."""
        whole = self.peer.resolve(base)
        expect(isinstance(whole, torch.Tensor) and whole.is_contiguous(), "no memory")
        expect(isinstance(strides, list) and len(strides) == value.dim(), "no strides")
        expect(all(type(n) is int and n >= 0 for n in (offset, *strides)), "no place in memory")
        reach = sum((size - 1) * step for size, step in zip(value.shape, strides, strict=True))
        expect(value.numel() and offset + reach < whole.numel(), "a place outside of the memory")
        expect(value.dtype == whole.dtype, "memory of another dtype")
        view = whole.data.reshape(-1).as_strided(value.shape, strides, offset)
        view.copy_(value)
        return view

    def _apply_node(self, handle, class_, training, settings, parameters, buffers, children):
        peer, module = self.peer, self.peer.resolve(handle)
        expect(isinstance(module, nn.Module) and isinstance(training, bool), "no module")
        inside = vars(module)
        module.training = training
        for name in [n for n in peer.settings.get(handle, ()) if n not in settings]:
            inside.pop(name, None)
        for name, value in settings.items():
            expect(name.isidentifier() and not name.startswith((OURS, "__")), "no name")
            expect(name not in MODULE_INTERNALS, "a name of PyTorch's own")
            inside[name] = self.unpack(value)
        peer.settings[handle] = list(settings)
        inside["_parameters"] = {n: h and self._tensor(h) for n, h in parameters.items()}
        inside["_buffers"] = {n: h and self._tensor(h) for n, (h, _) in buffers.items()}
        passing = {name for name, (_, persistent) in buffers.items() if not persistent}
        inside["_non_persistent_buffers_set"] = passing
        inside["_modules"] = {n: h and self._module(h) for n, h in children.items()}
        peer.described[handle] = [
            *(handle, class_, training, settings, parameters, buffers, children)
        ]

    def _tensor(self, handle: Any) -> torch.Tensor:
        return self.tensors_of([handle])[0]

    def _module(self, handle: Any) -> nn.Module:
        module = self.peer.resolve(handle)
        expect(isinstance(module, nn.Module), "no module")
        return module

    # -- values, by kind

    def known(self, handle: Any) -> Any:
        return self.peer.resolve(handle)

    def integer(self, text: Any) -> int:
        expect(isinstance(text, str) and len(text) < 1000, "no number")
        return int(text, 16)

    def tensor(self, packed: Any) -> torch.Tensor:
        return unpack_tensor(packed)

    def input(self, place: Any) -> torch.Tensor:
        return at(self.inputs, place)

    def output(self, place: Any) -> torch.Tensor:
        return at(self.outputs, place)

    def array(self, dtype: Any, shape: Any, content: Any, is_scalar: Any) -> Any:
        kind = np.dtype(dtype) if isinstance(dtype, str) else None
        expect(kind is not None and kind.kind in "biufc", "no array")
        array = np.frombuffer(content, dtype=np.uint8 if kind.kind == "b" else kind)
        array = array.astype(kind).reshape(shape)
        return array[()] if is_scalar is True else array

    def items(self, packed: Any, place: Any, base: type) -> Any:
        expect(isinstance(packed, list), "no list")
        if base is dict:
            made = {self.unpack(k): self.unpack(v) for k, v in packed}
        else:
            made = base([self.unpack(item) for item in packed])
        if type(place) is int and place >= 0:
            self.containers[place] = (made, contents(made))
        return made

    def derived(self, name: Any, packed: Any) -> Any:
        expect(isinstance(name, str) and len(name) < 100, "no name")
        value = self.unpack(packed)
        expect(type(value) in (int, float, str, bytes, *CONTAINERS), "no value to derive from")
        return type(name, (type(value),), {})(value)

    def generator(self, state: Any) -> torch.Generator:
        expect(not self.peer.is_judge, "a generator")
        generator = torch.Generator()
        generator.set_state(torch.frombuffer(bytearray(state), dtype=torch.uint8))
        return generator

    def dtype(self, name: Any) -> torch.dtype:
        found = getattr(torch, name) if isinstance(name, str) else None
        expect(isinstance(found, torch.dtype), "no dtype")
        return found

    def device(self, name: Any) -> torch.device:
        return torch.device(name)

    def complex(self, real: Any, imag: Any) -> complex:
        return complex(real, imag)

    def slice(self, ends: Any) -> slice:
        return slice(*map(self.unpack, ends))

    def range(self, ends: Any) -> range:
        return range(*map(self.unpack, ends))

    def ellipsis(self) -> Any:
        return ...

    def library(self, module: Any, name: Any) -> Any:
        """A class by its name; the judge takes no function, and no class but of the layers."""
        expect(isinstance(module, str) and isinstance(name, str), "no name")
        if self.peer.is_judge:
            expect(module == "builtins" or module.startswith("torch.nn."), "no class of ours")
        if module == "builtins":
            found = getattr(builtins, name)
        else:
            found = getattr(sys.modules.get(module), name)
        expect(isinstance(found, type) or not self.peer.is_judge, "no class")
        return found

    def given(self, name: Any, parameters: Any = None) -> type:
        found = self.peer.names.get(name) if isinstance(name, str) else None
        expect(isinstance(found, type), "no class that was given")
        return found

    def record(self, name: Any, fields: Any) -> Any:
        cls, values = self.peer.names.get(name), self.unpack(fields)
        expect(isinstance(name, str) and isinstance(values, dict), "no record")
        if not isinstance(cls, type) or not dataclasses.is_dataclass(cls):
            return type(name, (types.SimpleNamespace,), {})(**values)  # of the student's own
        made = cls.__new__(cls)
        for field in dataclasses.fields(cls):
            object.__setattr__(made, field.name, values[field.name])
        return made

    def class_(self, handle: Any, name: Any, is_module: Any, parameters: Any, forward: Any) -> type:
        self._may_create(handle)
        base = Mirror if is_module is True else Remote
        made = remote_class(self.peer, name, base, self.peer.text, forward)
        made.__signature__ = signature_of(parameters)
        self.peer.introduce(made, handle)
        return made

    def callable(self, handle, kind: Any, name: Any, parameters: Any, has_code: Any) -> Any:
        self._may_create(handle)
        if has_code is True:
            return stub(self.peer, handle, name, signature_of(parameters))
        return self._remote(RemoteCallable, handle, kind, {"__name__": name} if name else {})

    def object(self, handle: Any, kind: Any) -> Remote:
        self._may_create(handle)
        return self._remote(Remote, handle, kind, {})

    def _remote(self, base: type, handle: int, kind: Any, names: dict) -> Remote:
        expect(isinstance(kind, str) and len(kind) < 100, "no name")
        made = type(kind, (base,), {})(self.peer)
        vars(made).update(names)
        self.peer.introduce(made, handle)
        return made

    def bare(self, handle: Any, class_: Any) -> Any:
        """A module whose class forgot super().__init__()."""
        self._may_create(handle)
        cls = self.class_from(class_)
        made = cls.__new__(cls)
        self.peer.introduce(made, handle)
        return made


def listed(message: dict, name: str) -> list:
    """A part of a message that is a list."""
    value = message.get(name)
    expect(isinstance(value, list), f"no {name}")
    return value


def at(values: Any, place: Any) -> Any:
    """One of a message's tensors."""
    expect(type(place) is int and 0 <= place < len(values), "no such tensor")
    return values[place]


def contents(container: Any) -> list:
    """The items of a list, or keys and values of a dictionary, as they are at this moment."""
    if isinstance(container, dict):
        return [*container.keys(), *container.values()]
    return list(container)


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


def _items_of(base: type) -> Callable:
    return lambda unpacker, packed, place: unpacker.items(packed, place, base)


UNPACKERS = {
    **{base.__name__: _items_of(base) for base in CONTAINERS},
    **{
        name: getattr(Unpacker, name)
        for name in (
            *("known", "tensor", "input", "output", "array", "derived", "generator", "dtype"),
            *("device", "complex", "slice", "range", "ellipsis", "library", "given", "record"),
            *("callable", "object", "bare"),
        )
    },
    "int": Unpacker.integer,
    "class": Unpacker.class_,
}
