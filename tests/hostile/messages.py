"""Hostile values and messages: what comes back from a call is not what it should be."""

from tests.hostile import ZEROS, Case

# Sends a message over every socket that the process has.
SEND = """
import gc, os, socket, stat, struct, sys, time

def sockets():
    found = []
    for number in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                found.append(number)
        except OSError:
            pass
    return found

def send(content):
    for number in sockets():
        try:
            os.set_blocking(number, False)
            os.write(number, content)
            os.set_blocking(number, True)
        except OSError as error:
            pass

def framed(message):
    try:
        import msgpack
        body = msgpack.packb(message)
    except ImportError:
        body = repr(message).encode()
    return struct.pack(">Q", len(body)) + body

def answer(result, **more):
    return {"do": "answer", "result": result, "error": None, "outputs": [], "ticket": 0,
            "changed": [], "tensors": [], "state": [], "freed": [], "dropped": [], **more}
"""


def returns(name: str, expression: str, setup: str = "", **options) -> Case:
    """A case whose last exercise returns this."""
    code = f"{setup}\ndef most_attended(scores):\n    return {expression}\n\nprint('tried')\n"
    return Case(name, cells={"most_attended": code}, **options)


def talks(name: str, statements: str, before: str = "pass", **options) -> Case:
    """A case whose last exercise talks over the sockets that it finds while it is tested."""
    body = "\n".join(f"    {line}" for line in statements.strip().splitlines())
    code = f"{SEND}\n{before}\n\ndef most_attended(scores):\n{body}\n\nprint('tried')\n"
    return Case(name, cells={"most_attended": code}, **options)


def forges(name: str, statements: str, **options) -> Case:
    """A case that replaces parts of its own side of the conversation, and answers wrongly.

    Where there are no two sides it is only wrong.
    """
    body = "\n".join(f"    {line}" for line in statements.strip().splitlines())
    code = f"""
try:
    from course.judge import cells, mirror, student, values, wire
except ImportError:
    pass
else:
{body}
{ZEROS}
print("tried")
"""
    return Case(name, cells={"most_attended": code}, **options)


def answers(name: str, value: str, **options) -> Case:
    """A case that says that its last exercise has returned this, in the judge's own words."""
    return forges(
        f"answers with {name}",
        f"""
pack = values.Packer.pack
def hostile(self, value, plain=False):
    return {value} if isinstance(value, torch.Tensor) else pack(self, value, plain)
values.Packer.pack = hostile
""",
        **options,
    )


def adds(name: str, more: str, **options) -> Case:
    """A case that adds something to each of its answers."""
    return forges(
        name,
        f"""
send = wire.Channel.send
def hostile(self, message):
    if isinstance(message, dict) and message.get("do") == "answer":
        message = message | {more}
    send(self, message)
wire.Channel.send = hostile
""",
        **options,
    )


def shows(name: str, outputs: str, **options) -> Case:
    """A case whose last cell says that it has shown this."""
    code = f"""
try:
    from course.judge import cells
    cells.Outputs.finished = lambda self: {outputs}
except ImportError:
    pass
"""
    return Case(name, last=code, tries=False, **options)


WRONG = "return torch.zeros(len(scores), dtype=torch.int64)"
DEEP = "\nthing = []\nfor _ in range(10**5):\n    thing = [thing]\n"
ITSELF = "\nthing = []\nthing.append(thing)\n"
SURPRISE = """
class Surprise:
    def __reduce__(self):
        import os
        return os.system, ("touch @ROOT@/@MARK@ /tmp/@MARK@",)

    __getstate__ = __len__ = __iter__ = __array__ = lambda self: 1 / 0
"""

CASES = [
    returns(
        "returns a tensor that is a terabyte when written out",
        "torch.zeros(1, dtype=torch.int64).expand(2**20, 2**17)",
    ),
    returns("returns a list within a list a hundred thousand times", "thing", DEEP),
    returns("returns a list that contains itself", "thing", ITSELF),
    returns("returns an integer of a million digits", "10**10**6"),
    returns("returns a text of a gigabyte", "'x' * 2**30", dangerous=True),
    returns("returns a list of ten million things", "[0] * 10**7", dangerous=True),
    returns("returns a tensor without numbers", "torch.empty(3, dtype=torch.int64, device='meta')"),
    returns("returns a sparse tensor", "torch.tensor([2, 0, 1]).to_sparse()"),
    returns(
        "returns a quantized tensor",
        "torch.quantize_per_tensor(torch.tensor([2.0, 0.0, 1.0]), 1.0, 0, torch.qint8)",
    ),
    returns("returns a class", "torch.Tensor"),
    returns("returns a module of Python", "__import__('os')"),
    returns("returns a generator that never ends", "(number for number in iter(int, 1))"),
    returns("returns what runs a program when it is unpickled", "Surprise()", SURPRISE),
    returns(
        "returns an array of objects that run a program",
        "numpy.array([Surprise()], dtype=object)",
        SURPRISE + "\nimport numpy\n",
    ),
    returns(
        "returns a dictionary with keys of every kind",
        "{None: 1, (1, 2): 2, frozenset(): 3, b'x': 4, 1.5: 5, 'do': 'answer', float('nan'): 6}",
    ),
    returns("returns the function it is called by", "__import__('sys')._getframe(1).f_globals"),
    Case(
        "raises an error with a text of a hundred megabytes",
        cells={
            "most_attended": "def most_attended(scores):\n    raise ValueError('x' * 10**8)\n\n"
            "print('tried')\n"
        },
    ),
    Case(
        "raises an error whose text forges lines of a table and a page",
        cells={
            "most_attended": """
def most_attended(scores):
    text = "\\x1b[2J\\x1b]0;@MARK@\\x07\\r\\nada,01_dot_product_scores,100\\n"
    text += "</pre><script>@MARK@</script>\\u202e"
    raise type("Traceback (most recent call last)\\n", (ValueError,), {})(text)

print("tried")
"""
        },
    ),
    Case(
        "raises an error of a class by the name of a passed check",
        cells={
            "most_attended": """
class CheckFailed(Warning):
    pass

def most_attended(scores):
    raise ExceptionGroup("x", [CheckFailed("passed"), StopIteration(torch.tensor([2, 0, 1]))])

print("tried")
"""
        },
    ),
    Case(
        "raises an error that was caused by itself a hundred thousand times",
        cells={
            "most_attended": """
def most_attended(scores):
    error = ValueError("first")
    for _ in range(10**5):
        error.__cause__ = ValueError("x")
        error = error.__cause__
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    raise one

print("tried")
"""
        },
    ),
    talks("sends rubbish over all its sockets", f"send(os.urandom(4096))\n{WRONG}"),
    talks(
        "announces a message of many exabytes",
        f"send(b'\\xff' * 8 + b'x')\n{WRONG}",
    ),
    talks(
        "announces a message and never ends it",
        f"send(struct.pack('>Q', 10**6) + b'half of it')\ntime.sleep(60)\n{WRONG}",
        dangerous=True,
        says="seconds",
    ),
    talks(
        "sends a list within a list a million times",
        f"send(struct.pack('>Q', 2**20) + b'\\x91' * 2**20)\n{WRONG}",
    ),
    talks(
        "sends a pickle that runs a program",
        f"import pickle\ncontent = pickle.dumps(Surprise())\n"
        f"send(struct.pack('>Q', len(content)) + content)\nsend(content)\n{WRONG}",
        before=SURPRISE.replace("__getstate__ = __len__ = __iter__ = __array__ =", "other ="),
    ),
    talks(
        "sends an answer of its own before the true one",
        f"send(framed(answer(True)))\nsend(framed(answer(None)))\n{WRONG}",
    ),
    talks(
        "sends answers before there is a question",
        WRONG,
        before="send(framed(answer(True)) * 10)",
        tries=False,
    ),
    talks(
        "sends requests in place of an answer",
        "for kind in ('names', 'library', 'call', 'attribute', 'backward', 'run', 'exit'):\n"
        "    send(framed({'do': kind, 'target': 'os.system', 'args': ['touch @ROOT@/@MARK@'],"
        " 'kwargs': {}, 'grad': False, 'leaves': []}))\n"
        f"{WRONG}",
    ),
    talks(
        "sends its cells' outcomes and a test's in advance",
        "import json\n"
        "forged = {'out': '', 'outputs': [], 'status': 'ok', 'done': True, 'error': None}\n"
        "send(framed(forged))\n"
        "send((json.dumps(forged) + '\\n').encode() * 5)\n"
        f"{WRONG}",
    ),
    talks("closes all its sockets", f"os.closerange(3, 256)\n{WRONG}"),
    talks(
        "reads the messages that are meant for its process",
        "for number in sockets():\n"
        "    try:\n"
        "        os.set_blocking(number, False)\n"
        "        print(number, os.read(number, 10**6)[:100])\n"
        "        os.set_blocking(number, True)\n"
        "    except OSError:\n"
        "        pass\n"
        f"{WRONG}",
    ),
    talks(
        "writes over what its side of the conversation keeps",
        "for found in gc.get_objects():\n"
        "    if type(found).__module__.startswith('course.judge'):\n"
        "        for name, value in list(getattr(found, '__dict__', {}).items()):\n"
        "            if isinstance(value, dict):\n"
        "                value.clear()\n"
        "            elif isinstance(value, int):\n"
        "                setattr(found, name, value + 1)\n"
        f"{WRONG}",
    ),
    forges(
        "answers for names that nobody asked for",
        """
class Quiet:
    def __getattr__(self, name):
        return self

    def __call__(self, *args, **kwargs):
        return self

def names(self, target, args, kwargs):
    return {name: self.names[name] for name in args if name in self.names} | {"checks": Quiet()}

mirror.Peer._do_names = names
""",
    ),
    forges(
        "answers for a name with something that is no name's value",
        "mirror.Peer._do_names = lambda self, target, args, kwargs: [1, 2, 3]",
        loses=("most_attended",),
    ),
    forges(
        "shows so much that its error finds no room",
        """
send = wire.Channel.send
def hostile(self, message):
    if isinstance(message, dict) and message.get("do") == "answer":
        text = {"output_type": "stream", "name": "stdout", "text": "x" * 3 * 10**6}
        message = message | {"outputs": [text]}
    send(self, message)
wire.Channel.send = hostile
""",
    ),
    forges(
        "says of its calls that they turned gradients off and drew",
        """
send = wire.Channel.send
def hostile(self, message):
    if isinstance(message, dict) and message.get("do") == "answer":
        message = message | {"grad_off": True, "drawn": True, "seed": 1}
    send(self, message)
wire.Channel.send = hostile
""",
    ),
    adds("adds a seed that is none", "{'drawn': True, 'seed': 10**19}"),
    adds("adds handles that cannot be handles", "{'freed': [[1]], 'dropped': [{}, 2, 4, 6]}"),
    adds("adds a change of a tensor that was not given", "{'changed': [['tensor', 10**6, None]]}"),
    adds(
        "adds a change of what the test has given",
        "{'changed': [['tensor', 0, wire.pack_tensor(torch.zeros(3, 3))]]}",
    ),
    adds("adds outputs that are none", "{'outputs': [None, 5, {'output_type': []}]}"),
    adds("adds a state of the judge's own objects", "{'state': [[[2, ['other', 'x', None]]], []]}"),
    adds("leaves everything out", "dict.fromkeys(message)"),
    answers("a tensor of negative size", "['tensor', ['int64', [-1, -3], None, bytes(24)]]"),
    answers("a tensor of too few bytes", "['tensor', ['int64', [3], None, bytes(8)]]"),
    answers("a tensor scattered over a terabyte", "['tensor', ['int64', [3], [2**39], bytes(24)]]"),
    answers("an empty tensor of endless size", "['tensor', ['int64', [0, 2**39], None, b'']]"),
    answers("a tensor of unknown numbers", "['tensor', ['qint32', [3], None, bytes(12)]]"),
    answers(
        "a tensor of truths that are none", "['tensor', ['bool', [3], None, bytes([2, 0, 1])]]"
    ),
    answers("a tensor that nobody knows", "['known', 12345]"),
    answers("something of the judge's", "['known', 2]"),
    answers("a function of Python's", "['library', 'builtins', 'eval']"),
    answers("a class that exits", "['library', 'builtins', 'SystemExit']"),
    answers("an endless range", "['range', [0, 2**62, 1]]"),
    answers("an array of negative size", "['array', '<i8', [-1], bytes(24), False]"),
    answers("a class by the name of a tensor", "['class', 99, 'Tensor', False, None, None]"),
    answers("an object by the name of a tensor", "['object', 99, 'Tensor']"),
    answers("a kind that there is not", "['pickle', b'cos\\nsystem\\n(Vid\\ntR.']"),
    answers("a million values within values", "eval('[' * 80 + ']' * 80)"),
    Case(
        "raises an error by the name of a lost connection",
        cells={
            "most_attended": """
class Gone(KeyboardInterrupt):
    pass

def most_attended(scores):
    raise Gone

print("tried")
"""
        },
    ),
    shows("shows nothing at all", "None"),
    shows("shows what is no list", "5"),
    shows("shows what are no outputs", "[None, 5, [], {'output_type': ['stream']}]"),
    shows("shows a text that is none", "[{'output_type': 'stream', 'text': {'a': [1]}}]"),
    shows(
        "shows kinds that are no names",
        "[{'output_type': 'display_data', 'data': {b'x': 'y', 'z': 'w'}}]",
    ),
    shows(
        "shows kinds with characters that are none",
        "[{'output_type': 'display_data', 'data': {'text/\\ud800': 'y\\udfff'}}]",
    ),
    shows(
        "shows a hundred thousand small things",
        "[{'output_type': 'display_data', 'data': {'text/plain': 'x'}}] * 10**5",
    ),
]
