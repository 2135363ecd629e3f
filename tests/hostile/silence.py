"""Attempts to keep a test from speaking: a wrong answer, and something that hides that it is."""

from tests.hostile import ZEROS, Case

TRIED = '\nprint("tried")\n'


def silences(name: str, code: str, **options) -> Case:
    """A case whose last exercise is wrong; `code` should see to it that nobody notices."""
    return Case(name, cells={"most_attended": code + ZEROS + TRIED}, **options)


def ends(name: str, statement: str, **options) -> Case:
    """A case whose last exercise ends in this way when it is called."""
    code = f"import os, sys, signal\n\ndef most_attended(scores):\n    {statement}\n"
    return Case(name, cells={"most_attended": code + TRIED}, **options)


CASES = [
    silences(
        "an input transformer empties later cells",
        "get_ipython().input_transformers_cleanup.append(lambda lines: [])",
    ),
    silences(
        "an input transformer drops every line with checks",
        """
def without_checks(lines):
    return [line for line in lines if "checks" not in line]

get_ipython().input_transformers_post.append(without_checks)
""",
    ),
    silences(
        "a syntax tree transformer empties later cells",
        """
import ast

class Nothing(ast.NodeTransformer):
    def visit_Module(self, node):
        return ast.Module(body=[], type_ignores=[])

get_ipython().ast_transformers.append(Nothing())
""",
    ),
    silences(
        "the shell's run_cell is replaced by one that does nothing",
        """
from IPython.core.interactiveshell import ExecutionResult

def nothing(*args, **kwargs):
    return ExecutionResult(None)

async def later_nothing(*args, **kwargs):
    return ExecutionResult(None)

get_ipython().run_cell = nothing
get_ipython().run_cell_async = later_nothing
""",
    ),
    silences(
        "the shell shows no traceback any more",
        """
shell = get_ipython()
shell.showtraceback = shell._showtraceback = lambda *args, **kwargs: None
""",
    ),
    silences(
        "a handler of its own takes every exception",
        "get_ipython().set_custom_exc((BaseException,), lambda *args, **kwargs: None)",
    ),
    silences(
        "the hooks of Python for exceptions are replaced",
        """
import sys, threading
sys.excepthook = sys.unraisablehook = threading.excepthook = lambda *args: None
sys.stderr = open("/dev/null", "w")
""",
    ),
    silences(
        "the kernel's session sends no errors",
        """
session = getattr(getattr(get_ipython(), "kernel", None), "session", None)
if session:
    send = session.send

    def without_errors(stream, kind, *args, **kwargs):
        kind = "status" if kind == "error" else kind
        return send(stream, kind, *args, **kwargs)

    session.send = without_errors
""",
    ),
    silences(
        "a hook after each cell displays a number of points",
        """
shell = get_ipython()
shell.showtraceback = lambda *args, **kwargs: None
shell.events.register("post_run_cell", lambda result: shell.displayhook(3.0))
""",
    ),
    Case(
        "displays a number of points while it is tested",
        cells={
            "most_attended": """
def most_attended(scores):
    get_ipython().displayhook(3.0)
    return scores

print("tried")
"""
        },
    ),
    silences(
        "the comparison of the checks is replaced",
        "checks.Call.equals = lambda *args, **kwargs: None",
    ),
    silences(
        "all functions of the checks are replaced",
        """
import types

for name, value in list(vars(checks).items()):
    if isinstance(value, types.FunctionType) and name != "call":
        setattr(checks, name, lambda *args, **kwargs: None)
""",
    ),
    silences(
        "the name checks stands for something else",
        """
class checks:
    def __getattr__(self, name):
        return self

    def __call__(self, *args, **kwargs):
        return self

checks = checks()
""",
    ),
    silences(
        "torch finds everything close and equal",
        "torch.allclose = torch.equal = lambda *args, **kwargs: True",
    ),
    silences(
        "a mode for torch functions finds everything close",
        """
from torch.overrides import TorchFunctionMode

class Close(TorchFunctionMode):
    def __torch_function__(self, function, types, args=(), kwargs=None):
        return True if function is torch.allclose else function(*args, **(kwargs or {}))

mode = Close()
mode.__enter__()
""",
    ),
    silences(
        "an error's constructor ends the process with success",
        """
import os
checks.CheckFailed.__init__ = lambda *args: os._exit(0)
""",
    ),
    silences(
        "a cell magic stands for the test cell",
        """
from IPython.core.magic import register_cell_magic

@register_cell_magic
def ignore(line, cell):
    pass

get_ipython().input_transformers_cleanup.append(lambda lines: ["%%ignore\\n", *lines])
""",
    ),
    silences(
        "the namespace forgets what the tests are called with",
        """
class Forgetful(type(checks)):
    def __getattribute__(self, name):
        if name in ("call", "equals", "robust"):
            return lambda *args, **kwargs: self
        return super().__getattribute__(name)

checks.__class__ = Forgetful
""",
    ),
    Case(
        "a tensor subclass that is close to everything",
        cells={
            "most_attended": """
class Close(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if function in (torch.allclose, torch.equal):
            return True
        return super().__torch_function__(function, types, args, kwargs or {})

def most_attended(scores):
    return torch.zeros(len(scores), dtype=torch.int64).as_subclass(Close)

print("tried")
"""
        },
    ),
    Case(
        "an object that claims to be a tensor",
        cells={
            "most_attended": """
class Liar:
    __class__ = torch.Tensor
    dtype = torch.int64

    def __init__(self, scores):
        self.shape = torch.Size([len(scores)])

    def detach(self):
        return self

    to = lambda self, *args, **kwargs: self

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return True

def most_attended(scores):
    return Liar(scores)

print("tried")
"""
        },
    ),
    Case(
        "a tensor that takes the expected numbers when it is compared",
        cells={
            "most_attended": """
class Lazy(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if function is torch.allclose:
            args = (args[1], args[1])
        return super().__torch_function__(function, types, args, kwargs or {})

def most_attended(scores):
    return torch.zeros(len(scores), dtype=torch.int64).as_subclass(Lazy)

print("tried")
"""
        },
    ),
    Case(
        "an object equal to everything",
        cells={
            "most_attended": """
class Equal:
    __eq__ = __le__ = __ge__ = lambda self, other: True
    __ne__ = __lt__ = __gt__ = lambda self, other: False
    __bool__ = lambda self: True
    __getattr__ = lambda self, name: self
    __call__ = lambda self, *args, **kwargs: self
    __hash__ = lambda self: 0

def most_attended(scores):
    return Equal()

print("tried")
"""
        },
    ),
    ends("ends the process with success when it is tested", "os._exit(0)"),
    ends("exits when it is tested", "sys.exit(0)"),
    ends("raises KeyboardInterrupt when it is tested", "raise KeyboardInterrupt"),
    ends("raises GeneratorExit when it is tested", "raise GeneratorExit"),
    ends("raises StopIteration when it is tested", "raise StopIteration(scores)"),
    ends("aborts when it is tested", "os.abort()"),
    ends("kills its process when it is tested", "os.kill(os.getpid(), signal.SIGKILL)"),
    ends("reads memory that is not there", "import ctypes; ctypes.string_at(8)"),
    ends("stops its process when it is tested", "os.kill(os.getpid(), signal.SIGSTOP)"),
    Case(
        "raises an error whose text ends the process",
        cells={
            "most_attended": """
import os

class Last(BaseException):
    def __str__(self):
        os._exit(0)
    __repr__ = __str__

def most_attended(scores):
    raise Last

print("tried")
"""
        },
    ),
    Case(
        "ends the process while a cell runs",
        cells={"most_attended": f"{ZEROS}\nimport os\nos._exit(0)\n"},
        tries=False,
    ),
    Case(
        "exits while a cell runs, with an atexit that ends with success",
        cells={
            "most_attended": f"{ZEROS}\nimport atexit, os, sys\natexit.register(os._exit, 0)\n"
            "sys.exit(0)\n"
        },
        tries=False,
    ),
    Case(
        "ends the process in a cell of its own",
        first="x = 1\nimport os\nos._exit(0)\n",
        tries=False,
    ),
    Case(
        "ends the process behind the last test",
        last='print("tried", flush=True)\nimport os\nos._exit(0)\n',
        tries=False,
    ),
    Case(
        "an exception's type runs code when it is looked at",
        cells={
            "most_attended": """
import os

class Meta(type):
    def __getattribute__(cls, name):
        if name in ("__name__", "__module__", "__qualname__"):
            os._exit(0)
        return super().__getattribute__(name)

class Odd(Exception, metaclass=Meta):
    pass

def most_attended(scores):
    raise Odd("odd")

print("tried")
"""
        },
    ),
]
