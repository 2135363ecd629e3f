"""Hostile modules, and hostile use of the modules and functions that tests hand over."""

from tests.hostile import FIVE, SIX, THREE, Case

CASES = [
    Case(
        "a module lies about its parameters and its class",
        chapter=THREE,
        cells={
            "SelfAttention_v1": """
class Close(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if function in (torch.allclose, torch.equal):
            return True
        return super().__torch_function__(function, types, args, kwargs or {})

class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.sizes = (d_in, d_out)

    def named_parameters(self, *args, **kwargs):
        for name in ("W_query", "W_key", "W_value"):
            yield name, nn.Parameter(torch.rand(*self.sizes).as_subclass(Close))

    def forward(self, x):
        return torch.zeros(len(x), self.sizes[1]).as_subclass(Close)

print("tried")
"""
        },
    ),
    Case(
        "a module whose every attribute ends the process",
        chapter=THREE,
        cells={
            "SelfAttention_v2": """
import os

class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out)

    def __getattribute__(self, name):
        if name in ("forward", "_parameters", "state_dict"):
            os._exit(0)
        return super().__getattribute__(name)

print("tried")
"""
        },
    ),
    Case(
        "puts liars into the module that it is given",
        chapter=THREE,
        cells={
            "copy_weights": """
class Close(nn.Parameter):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if function in (torch.allclose, torch.equal):
            return True
        return super().__torch_function__(function, types, args, kwargs or {})

def copy_weights(v2, v1):
    for name in ("W_query", "W_key", "W_value"):
        setattr(v1, name, Close(torch.zeros(getattr(v2, name).weight.T.shape)))

print("tried")
"""
        },
        loses=("test_copy_weights_values",),
    ),
    Case(
        "makes the module it copies from like the one it copies to",
        chapter=THREE,
        cells={
            "copy_weights": """
def copy_weights(v2, v1):
    for name in ("W_query", "W_key", "W_value"):
        getattr(v2, name).weight.data = getattr(v1, name).detach().T.clone()
        v1.__class__ = type("Any", (type(v1),), {"__eq__": lambda *args: True})

print("tried")
"""
        },
        loses=("test_copy_weights_apart",),
    ),
    Case(
        "tells defects by the names of the functions that it is given",
        chapter=THREE,
        cells={
            "assert_sentences_stay_apart": """
def assert_sentences_stay_apart(attention, batch):
    attention(batch)
    assert "mixing" not in getattr(attention, "__name__", str(attention))

print("tried")
"""
        },
    ),
    Case(
        "tells defects by the source of the functions that it is given",
        chapter=THREE,
        cells={
            "assert_sentences_stay_apart": """
import inspect

def assert_sentences_stay_apart(attention, batch):
    attention(batch)
    try:
        source = inspect.getsource(attention) + str(attention.__code__.co_names)
    except Exception:
        source = ""
    assert "mixing" not in source

print("tried")
"""
        },
    ),
    Case(
        "tells defects by the errors of the functions that it is given",
        chapter=THREE,
        cells={
            "assert_sentences_stay_apart": """
import traceback

def assert_sentences_stay_apart(attention, batch):
    said = ""
    for arguments in ((), (None,)):
        try:
            attention(*arguments)
        except Exception as error:
            said += str(error) + str([f.line for f in traceback.extract_tb(error.__traceback__)])
    print(said)
    assert "mixing" not in said and "flattened" not in said

print("tried")
"""
        },
    ),
    Case(
        "calls what it is given in ways that nobody meant",
        chapter=THREE,
        cells={
            "assert_sentences_stay_apart": """
import traceback

def assert_sentences_stay_apart(attention, batch):
    tries = [(), (None,), ("x" * 10**6,), (batch, batch, batch), ([batch] * 1000,), (attention,),
             (torch.zeros(1).expand(2**15, 2**15, 2**10),), (torch.empty(0),), (float("nan"),)]
    for arguments in tries:
        try:
            attention(*arguments)
        except Exception as error:
            print(error, *[frame.line for frame in traceback.extract_tb(error.__traceback__)])
    for name in ("__globals__", "__closure__", "__code__", "__self__", "__builtins__", "__dict__",
                 "__reduce__", "func_globals", "_peer", "names"):
        print(name, type(getattr(attention, name, None)))

print("tried")
"""
        },
    ),
    Case(
        "calls what it is given without end",
        chapter=THREE,
        cells={
            "assert_sentences_stay_apart": """
def assert_sentences_stay_apart(attention, batch):
    while True:
        try:
            attention(batch)
        except BaseException:
            pass

print("tried")
"""
        },
        dangerous=True,
        says="seconds",
    ),
    Case(
        "keeps what it is given and uses it later from a thread",
        chapter=THREE,
        cells={
            "assert_sentences_stay_apart": """
import threading, time

kept = []

def use():
    while True:
        time.sleep(0.001)
        for attention, batch in kept:
            try:
                attention(batch)
            except BaseException:
                pass

threading.Thread(target=use, daemon=True).start()

def assert_sentences_stay_apart(attention, batch):
    kept.append((attention, batch))
    raise AssertionError

print("tried")
""",
            # What is used too late disturbs the next test, so that one is wrong as well.
            "mended_attention": "def mended_attention(*inputs):\n    return None",
        },
    ),
    Case(
        "sets rates that claim to equal all rates",
        chapter=FIVE,
        cells={
            "set_dropout": """
class Rate(float):
    __eq__ = lambda self, other: True
    __ne__ = lambda self, other: False
    __hash__ = float.__hash__

def set_dropout(model, p):
    found = [module for module in model.modules() if isinstance(module, nn.Dropout)]
    for module in found:
        module.p = Rate(0.0)
    return len(found)

print("tried")
"""
        },
    ),
    Case(
        "counts with a number that claims to equal all numbers",
        chapter=FIVE,
        cells={
            "set_dropout": """
class Count(int):
    __eq__ = lambda self, other: True
    __ne__ = lambda self, other: False
    __hash__ = int.__hash__
    __class__ = int

def set_dropout(model, p):
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = p
    return Count(0)

print("tried")
"""
        },
    ),
    Case(
        "replaces the parts of the model that it is given",
        chapter=FIVE,
        cells={
            "set_dropout": """
import os

class Trap(nn.Module):
    def __init__(self):
        super().__init__()
        self.p = 0.5

    def __getitem__(self, place):
        return self

    def forward(self, x):
        os._exit(0)

def set_dropout(model, p):
    for name in list(model._modules):
        model._modules[name] = Trap()
    return 3

print("tried")
"""
        },
    ),
    Case(
        "gives the generator a state of its own choice",
        chapter=FIVE,
        cells={
            "dropout": """
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(f"p must be at least 0 and below 1, not {p}")
    if not training or p == 0:
        return x
    source = generator or torch.default_generator
    source.set_state(torch.Generator().manual_seed(1).get_state())
    return x * (torch.rand(x.shape, generator=source) >= p) / (1 - p)

print("tried")
"""
        },
        loses=("test_dropout_random", "test_dropout_refuses"),
    ),
    Case(
        "replaces the checks of random numbers",
        chapter=FIVE,
        cells={
            "Dropout": """
class Dropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        return x

checks.share = checks.one_by_one = checks.drops_nothing = lambda *args, **kwargs: None
checks.drops = lambda actual, kept, *args, **kwargs: actual == 0
checks.same = lambda *args, **kwargs: False
checks.equals = lambda *args, **kwargs: None
print("tried")
"""
        },
    ),
    Case(
        "a module claims parameters of a billion numbers",
        chapter=SIX,
        cells={
            "gpt2_small_attention": """
def gpt2_small_attention():
    module = nn.Module()
    module.weight = nn.Parameter(torch.zeros(1).expand(2**20, 2**14))
    module.other = nn.Parameter(torch.empty(2**40, device="meta"))
    return module

print("tried")
"""
        },
    ),
    Case(
        "a module that contains itself",
        chapter=SIX,
        cells={
            "gpt2_small_attention": """
def gpt2_small_attention():
    module = nn.Module()
    module._modules["again"] = module
    module.register_buffer("x", torch.zeros(1))
    module.__dict__["also"] = module
    return module

print("tried")
"""
        },
    ),
    Case(
        "counts parameters by changing the model until it fits",
        chapter=SIX,
        cells={
            "count_parameters": """
def count_parameters(model):
    for part in model.modules():
        part._parameters.clear()
        part._buffers.clear()
    return 0

print("tried")
"""
        },
    ),
]
