"""Cheats within the rules of Python: right numbers without an answer, tests that ask nothing."""

from tests.hostile import TWO, Case

CASES = [
    Case(
        "returns the visible tests' numbers by counting its calls",
        cells={
            "most_attended": """
answers = iter([[2, 0, 1]] + 9 * [[0, 0, 0]])

def most_attended(scores):
    return torch.tensor(next(answers))

print("tried")
"""
        },
    ),
    Case(
        "reads from the history what the running test expects",
        cells={
            "most_attended": """
import ast

calls = 0

def most_attended(scores):
    global calls
    calls += 1
    test = get_ipython().user_ns["In"][-1]
    compared = [node for node in ast.walk(ast.parse(test)) if isinstance(node, ast.Call)
                and getattr(node.func, "attr", "") == "equals"]
    compared.sort(key=lambda node: node.lineno)
    return eval(ast.unparse(compared[calls - 1].args[0]), get_ipython().user_ns)

print("tried")
"""
        },
    ),
    Case(
        "reads from the frames above it what the running test expects",
        cells={
            "most_attended": """
import ast, linecache, sys

def most_attended(scores):
    frame = sys._getframe(1)
    while frame.f_code.co_name != "<module>":
        frame = frame.f_back
    test = "".join(linecache.getlines(frame.f_code.co_filename))
    compared = [node for node in ast.walk(ast.parse(test)) if isinstance(node, ast.Call)
                and getattr(node.func, "attr", "") == "equals"]
    [now] = [node for node in compared if node.lineno <= frame.f_lineno <= node.end_lineno]
    return eval(ast.unparse(now.args[0]), frame.f_globals)

print("tried")
"""
        },
    ),
    Case(
        "calls the reference that it finds in the frames above it",
        chapter=TWO,
        cells={
            "self_attention_simple": """
import sys

def self_attention_simple(inputs):
    frame = sys._getframe(1)
    while frame:
        for names in (frame.f_locals, frame.f_globals):
            for name in ("reference", "right_attention"):
                if callable(names.get(name)):
                    return names[name](inputs)
        frame = frame.f_back
    return torch.zeros_like(inputs)

print("tried")
"""
        },
    ),
    Case(
        "replaces the answer in the frame of the comparison",
        cells={
            "most_attended": """
import sys

class Trap(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        frame = sys._getframe(1)
        while frame:
            if "expected" in frame.f_locals:
                wanted = frame.f_locals["expected"]
                if isinstance(wanted, torch.Tensor) and type(wanted) is torch.Tensor:
                    args = tuple(wanted if type(arg) is Trap else arg for arg in args)
            frame = frame.f_back
        with torch._C.DisableTorchFunctionSubclass():
            return function(*args, **(kwargs or {}))

def most_attended(scores):
    return torch.zeros(len(scores), dtype=torch.int64).as_subclass(Trap)

print("tried")
"""
        },
    ),
    Case(
        "changes the expected numbers among all living tensors",
        cells={
            "most_attended": """
import gc

def most_attended(scores):
    for found in gc.get_objects():
        if type(found) is torch.Tensor and found.dtype == torch.int64:
            found.data.zero_()
    return torch.zeros(len(scores), dtype=torch.int64)

print("tried")
"""
        },
    ),
    Case(
        "changes its arguments so that they agree with its answer",
        chapter=TWO,
        cells={
            "context_vector": """
def context_vector(weights, values):
    weights.data.zero_()
    values.data.zero_()
    return torch.zeros(values.shape[-1], dtype=values.dtype)

print("tried")
"""
        },
    ),
    Case(
        "changes the given inputs for all tests",
        first='inputs.zero_()\ntokens[:] = ["nothing"]\nprint("tried")',
        loses=(),
    ),
    Case(
        "changes the default dtype so that float64 is expected",
        chapter=TWO,
        cells={
            "self_attention_simple": """
torch.set_default_dtype(torch.float64)
inputs = inputs.double()

def self_attention_simple(inputs):
    x = inputs.double()
    powers = (x @ x.transpose(-2, -1)).exp()
    return powers / powers.sum(-1, keepdim=True) @ x

print("tried")
"""
        },
    ),
    Case(
        "turns gradients off so that a cut graph goes unseen",
        chapter=TWO,
        cells={
            "self_attention_simple": """
torch.set_grad_enabled(False)

def self_attention_simple(inputs):
    x = inputs.detach()
    scores = x @ x.transpose(-2, -1)
    scores = (scores - scores.amax(-1, keepdim=True)).exp()
    return scores / scores.sum(-1, keepdim=True) @ x

print("tried")
"""
        },
    ),
    Case(
        "shows the checks another source than the one that runs",
        cells={
            "dot_product": """
import linecache

def dot_product(a, b):
    return torch.dot(a, b)

name = dot_product.__code__.co_filename
clean = ["def dot_product(a, b):\\n", "    return (a * b).sum()\\n"]
linecache.cache[name] = (1, None, clean, name)
linecache.checkcache = lambda *args: None
print("tried")
"""
        },
        loses=("test_dot_product_written_out",),
    ),
    Case(
        "says that its code stands in a file with a clean answer",
        cells={
            "dot_product": """
with open("clean.py", "w") as file:
    file.write("def dot_product(a, b):\\n    return (a * b).sum()\\n")

def dot_product(a, b):
    return torch.dot(a, b)

dot_product.__code__ = dot_product.__code__.replace(co_filename="clean.py", co_firstlineno=1)
print("tried")
"""
        },
        loses=("test_dot_product_written_out",),
    ),
    Case(
        "a hook on its argument changes the gradient",
        cells={
            "dot_product": """
def dot_product(a, b):
    if a.requires_grad:
        a.register_hook(lambda gradient: 100 * gradient)
    return (a * b).sum()

print("tried")
"""
        },
        loses=("test_dot_product_values",),
    ),
    Case(
        "ends the process in the backward pass",
        cells={
            "dot_product": """
import os

class Last(torch.autograd.Function):
    @staticmethod
    def forward(context, a, b):
        return (a * b).sum()

    @staticmethod
    def backward(context, gradient):
        os._exit(0)

def dot_product(a, b):
    return Last.apply(a, b)

print("tried")
"""
        },
        loses=("test_dot_product_values",),
    ),
    Case(
        "answers the visible tests by the numbers of their arguments",
        chapter=TWO,
        cells={
            "context_vector": """
def context_vector(weights, values):
    if values.shape == (3, 3):
        return torch.tensor([2.0, 3.0, 2.0])
    return torch.tensor([0.4419, 0.6515, 0.5683])

print("tried")
"""
        },
    ),
    Case(
        "turns gradients off while it is tested",
        chapter=TWO,
        cells={
            "self_attention_simple": """
def self_attention_simple(inputs):
    x = inputs.detach()
    scores = x @ x.transpose(-2, -1)
    scores = (scores - scores.amax(-1, keepdim=True)).exp()
    torch.set_grad_enabled(False)
    return scores / scores.sum(-1, keepdim=True) @ x

print("tried")
"""
        },
    ),
    Case(
        "quits a debugger that nobody has started",
        cells={
            "most_attended": """
import bdb

class Quits:
    __class__ = torch.Tensor

    def __getattr__(self, name):
        raise bdb.BdbQuit

    @property
    def shape(self):
        raise bdb.BdbQuit

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        raise bdb.BdbQuit

def most_attended(scores):
    return Quits()

print("tried")
"""
        },
    ),
]
