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

import contextlib
import importlib
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn
from torch.utils.weak import TensorWeakRef

from course.judge.errors import hide, pack_error, unpack_error
from course.judge.values import Packer, Ticket, Unpacker, is_initialised
from course.judge.wire import Channel, Gone, Misuse, expect

# What is answered. The judge answers no more than it must.
ANSWERED_BY_JUDGE = ("call", "attribute", "backward")
ANSWERED = (*ANSWERED_BY_JUDGE, "library", "names", "end")
# What the judge lets student code call of its optimizers.
OPTIMIZER_METHODS = ("step", "zero_grad")


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
        self.given = names  # where the given classes are, by name
        self.run, self.show = run, show
        self.at_end: Callable[[], None] = lambda: None  # what else happens when a cell is over
        self.text = ""  # the source of what is being asked for by name
        self.last_handle = 0 if is_judge else 1  # even: the judge's objects; odd: the student's
        self.last_ticket = 0
        self.freed: list[int] = []  # tickets that this side needs no more
        self.random_state, self.seed = torch.get_rng_state(), torch.initial_seed()
        self.forget()

    def forget(self) -> None:
        """Drop everything that is shared; called at the end of each test cell."""
        self.handles: dict[int, int] = {}  # id of an object -> its handle
        self.kept: dict[int, Any] = {}  # handle -> object that nothing else may hold
        self.weak: dict[int, Any] = {}  # handle -> weak reference to a tensor, or a judge's module
        self.lent: list[Any] = []  # results that the call being waited for may still use
        self.raised: tuple = ([], None)  # an error of what the judge lent: as told, and itself
        self.gone: set[int] = set()  # handles of all modules that the judge has dropped
        self.dropped: list[int] = []  # those of them that are to be told of
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
            found = self._request("names", None, (name,), {})
        finally:
            self.text = ""
        expect(isinstance(found, dict) and set(found) <= {name}, "names that nobody asked for")
        return found

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
        self.channel.send(message | self._surroundings() | packer.rest())
        lent_before = len(self.lent)
        while (answer := self._receive()).get("do") != "answer":
            self._serve(answer)
        try:
            return self._accept(answer, packer)
        finally:
            del self.lent[lent_before:]

    def _accept(self, answer: dict, packer: Packer) -> Any:
        """Take in the answer to a request that `packer` packed."""
        with checked():
            self._take_surroundings(answer)
            unpacker = Unpacker(self, answer)
            unpacker.apply_state()
            unpacker.apply_changes(packer)
            inputs = [tensor for tensor in packer.tensors if tensor.requires_grad]
            unpacker.join_graph(inputs)
            outputs = answer.get("outputs")
            expect(isinstance(outputs, list), "no outputs")
            error = answer.get("error")
            error = self._error(error) if error is not None else None
            result = None if error else unpacker.unpack(answer.get("result"))
        self.show(outputs)
        if error:
            raise error
        return result

    def _error(self, packed: Any) -> BaseException:
        """What the other side has raised; if it came from here, the very error."""
        error = unpack_error(packed)
        hidden, own = self.raised
        return own if own and packed[:2] == hidden[:2] else error

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
        packer = Packer(self, asks=False)
        outputs: list = []
        answer = {"do": "answer", "result": None, "error": None, "outputs": outputs}
        try:
            with self.run(outputs), torch.set_grad_enabled(message.get("grad") is True):
                result = getattr(self, "_do_" + kind)(target, args, kwargs)
                grad_after = torch.is_grad_enabled()
                answer["result"] = packer.pack(result)
                if self.is_judge:
                    self.lent.append(result)
        except Gone:
            raise
        except BaseException as error:
            grad_after = message.get("grad") is True
            packer = Packer(self, asks=False)
            answer["error"] = pack_error(error)
            if self.is_judge:
                answer["error"] = hide(answer["error"], target)
                self.raised = answer["error"], error
        answer["changed"] = unpacker.changes(packer)
        if message.get("grad") is True and not grad_after:
            answer["grad_off"] = True
        answer |= self._keep_graph(packer, unpacker)
        self.channel.send(answer | self._surroundings() | packer.rest())
        if kind == "end":
            self.forget()

    def _do_end(self, target: Any, args: list, kwargs: dict) -> None:
        self.at_end()

    def _keep_graph(self, packer: Packer, unpacker: Unpacker) -> dict:
        """Keep what gradients may be asked for; says under which ticket and of which parameters."""
        if not packer.graph:
            return {"ticket": 0, "leaves": []}
        self.last_ticket += 1
        parameters = self._parameters()
        self.graphs[self.last_ticket] = (packer.graph, [*unpacker.leaves, *parameters])
        return {"ticket": self.last_ticket, "leaves": [self.handle_of(p) for p in parameters]}

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
        """Random state and freed handles; the judge's state crosses, the student's never does.

        To be made before the state of modules: one that dies in between is told of next time.
        """
        freed, self.freed = self.freed, []
        dropped, self.dropped = self.dropped, []
        around: dict = {"freed": freed, "dropped": dropped}
        state = torch.get_rng_state()
        if not torch.equal(state, self.random_state):
            if self.is_judge:
                around["random"] = state.numpy().tobytes()
            else:
                around["drawn"] = True
                if torch.initial_seed() != self.seed:
                    around["seed"] = self.seed = torch.initial_seed()
            self.random_state = state
        return around

    def _take_surroundings(self, message: dict) -> None:
        for number in message.get("freed", ()):
            self.graphs.pop(number, None)
        for handle in message.get("dropped", ()):
            self._forget_module(handle)
        if self.is_judge:
            self._take_draws(message)
        else:
            if "random" in message:
                state = torch.frombuffer(bytearray(message["random"]), dtype=torch.uint8)
                torch.set_rng_state(state)
            # From here on: the notebook's own cells may have drawn and set a seed before.
            self.random_state, self.seed = torch.get_rng_state(), torch.initial_seed()

    def _take_draws(self, message: dict) -> None:
        """The student's process drew: the judge's generator goes on elsewhere, too.

        Its state is not taken over: whoever chooses it chooses the random inputs of the tests.
        """
        if message.get("grad_off") is True:
            torch.set_grad_enabled(False)
        if message.get("drawn") is not True:
            return
        seed = message.get("seed", torch.initial_seed())
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
        """A module of the judge's has died: the student's process needs its own no more."""
        self.dropped.append(handle)
        self.gone.add(handle)
        self._forget_module(handle)

    def _forget_module(self, handle: int) -> None:
        """One side has the module no more; its tensors are told anew if they turn up again."""
        self.kept.pop(handle, None)
        self.weak.pop(handle, None)
        node = self.described.pop(handle, None)
        if node:
            parameters, buffers = node[4], node[5]
            for tensor in (*parameters.values(), *(buffer for buffer, _ in buffers.values())):
                self.synced.pop(tensor, None)

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


@contextlib.contextmanager
def checked():
    """Whatever goes wrong while a message is taken apart: it was no message of ours."""
    try:
        yield
    except (Gone, MemoryError):
        raise
    except Exception as error:
        raise Misuse(f"{type(error).__name__}: {error}") from error
