"""Values as messages, and messages as values.

`Packer` makes the plain values of one message, `Unpacker` takes them apart, with every part
checked. Both look after what goes along: the tensors of a call and their graph, and the state of
the modules that both sides have.
"""

from __future__ import annotations

import builtins
import contextlib
import dataclasses
import sys
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from course.judge.standins import (
    OURS,
    Mirror,
    Remote,
    RemoteCallable,
    RemoteClass,
    mirror_class,
    parameter_list,
    remote_class,
    signature_of,
    stub,
)
from course.judge.tensors import NAMES, pack_tensor, unpack_tensor
from course.judge.wire import expect

if TYPE_CHECKING:
    from course.judge.mirror import Peer

# What nn.Module itself keeps in an instance; everything else there is a setting of the module.
MODULE_INTERNALS = frozenset(vars(nn.Module()))
PLAIN = (type(None), bool, float, str, bytes)
CONTAINERS = (list, tuple, dict, set, frozenset)


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
        found = ctx.peer.backward(ctx.ticket, gradients, ctx.count)
        wanted = ctx.needs_input_grad[4:]
        return *[None] * 4, *(g if w else None for g, w in zip(found, wanted, strict=True))


class Ticket:
    """Stands for a call whose graph the other side keeps as long as this object lives."""

    def __init__(self, peer: Peer, number: int) -> None:
        self.peer, self.number = peer, number

    def __del__(self) -> None:
        self.peer.freed.append(self.number)


def is_initialised(module: nn.Module) -> bool:
    """False where a class forgot super().__init__()."""
    return "_modules" in vars(module)


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
        if value is ...:
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
        if plain and tensor.requires_grad:
            raise Unknown("a tensor with a graph")
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
        return self.peer.given.get(cls.__name__) is cls and not isinstance(cls, RemoteClass)

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
        if name and self.peer.is_judge and self.peer.given.get(name) is not value:
            name = "function"  # a test's own may be named after what is expected of it
        has_code = isinstance(value, (types.FunctionType, types.MethodType))
        text = name if isinstance(name, str) else None
        return ["callable", handle, cls.__name__, text, parameter_list(value), has_code]

    # -- the state of shared modules

    def _state(self) -> list:
        """Classes, settings and tensors of shared modules, where the other side's are out of date.

        Two lists: [handle, class, training, settings, parameters, buffers, submodules] and
        [handle, tensor, is it a parameter, requires_grad, gradient, [base, offset, strides]].
        """
        peer, nodes, shared = self.peer, [], {}
        for handle, module in list(peer.modules()):
            node = self._describe(handle, module)
            if node != peer.described.get(handle):
                peer.described[handle] = node
                nodes.append(node)
            inside = vars(module)
            for tensor in (*inside["_parameters"].values(), *inside["_buffers"].values()):
                if tensor is not None:
                    shared[peer.handle_of(tensor)] = tensor
        bases = self._bases(shared)
        entries = [self._entry_of(handle, tensor, bases) for handle, tensor in shared.items()]
        news = [entry for entry in entries if entry != peer.synced.get(entry[0])]
        peer.synced.update((entry[0], entry) for entry in news)
        # What others are parts of comes first.
        return [nodes, sorted(news, key=lambda entry: entry[5] is not None)]

    def _bases(self, shared: dict[int, torch.Tensor]) -> dict[int, int]:
        """Address of a memory -> handle of the tensor that is all of it."""
        found: dict[int, int] = {}
        for handle, tensor in shared.items():
            if tensor.numel() and not tensor.storage_offset() and tensor.is_contiguous():
                found.setdefault(tensor.untyped_storage().data_ptr(), handle)
        return found

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

    def _entry_of(self, handle: int, tensor: torch.Tensor, bases: dict[int, int]) -> list:
        """What there is to know of a shared tensor."""
        base = bases.get(tensor.untyped_storage().data_ptr(), handle)
        shared = None
        if base != handle:
            shared = [base, tensor.storage_offset(), list(tensor.stride())]
        gradient = None if tensor.grad is None else pack_tensor(tensor.grad)
        is_parameter = isinstance(tensor, nn.Parameter)
        return [handle, pack_tensor(tensor), is_parameter, tensor.requires_grad, gradient, shared]


def is_library(module: Any) -> bool:
    """Is this the name of one of PyTorch's modules?"""
    return isinstance(module, str) and (module == "torch" or module.startswith("torch."))


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
        inputs = [*inputs, *map(self._leaf, listed(self.message, "leaves"))]
        anchor = torch.zeros((), requires_grad=True)  # the results may hang on nothing else here
        self.outputs = Crossing.apply(self.peer, ticket, results, anchor, *inputs)

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
        # The student's process may not know yet which modules are not needed any more.
        nodes = [node for node in nodes if node[0] not in self.peer.gone]
        for handle, class_, *_ in nodes:
            module = self.peer.find(handle)
            if module is None:
                self._may_create(handle)
                module = self._new_module(class_)
                self.peer.introduce(module, handle)
            self.held.append(module)  # a parent may let go of it before its turn comes
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
        # What it is a part of may be a dead module's: then the tensor is, too.
        if shared is not None and peer.find(shared[0]) is not None:
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
        tensor = self.peer.resolve(handle)
        expect(isinstance(tensor, torch.Tensor), "no tensor")
        return tensor

    def _leaf(self, handle: Any) -> torch.Tensor | None:
        """A parameter, or None if its module has died here, which the other side may not know."""
        expect(type(handle) is int, "no handle")
        return self._tensor(handle) if self.peer.find(handle) is not None else None

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
