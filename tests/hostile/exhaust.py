"""Attempts to use up memory, processes, disk, output or time."""

from tests.hostile import TWO, Case


def exhausts(name: str, code: str, exercise: str = "scores_for_query", **options) -> Case:
    """A case that uses something up while one exercise with one test is tested.

    Where the process goes on for a moment, that exercise is the last: the next would be hurt.
    """
    body = "\n".join(f"    {line}" for line in code.strip().splitlines())
    source = f'import os, signal, sys, time\n\ndef {exercise}(*inputs):\n{body}\n\nprint("tried")\n'
    return Case(name, cells={exercise: source}, dangerous=True, **options)


def exhausts_alone(name: str, code: str, **options) -> Case:
    """A case that uses something up in a cell of its own, behind the last test."""
    return Case(name, last=f"import os, sys, time\n{code}", dangerous=True, **options)


CASES = [
    exhausts("loops for ever", "while True: pass", says="seconds"),
    exhausts("sleeps for an hour", "time.sleep(3600)", says="seconds"),
    exhausts(
        "loops for ever and answers no interrupt",
        """
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
while True:
    try:
        sum(range(1000))
    except BaseException:
        pass
""",
        says="seconds",
    ),
    exhausts("counts in C, where no interrupt is heard", "sum(range(10**15))", says="seconds"),
    Case(
        "loops for ever in a cell of its own",
        chapter=TWO,
        first="while True: pass",
        tries=False,
        dangerous=True,
        says="seconds",
    ),
    Case(
        "is slow in every call",
        chapter=TWO,
        cells={
            "self_attention_simple": """
import time

def self_attention_simple(inputs):
    time.sleep(1.5)
    return torch.softmax(inputs @ inputs.transpose(-2, -1), -1) @ inputs

print("tried")
"""
        },
        dangerous=True,
        says="seconds",
    ),
    exhausts(
        "fills the memory with lists",
        """
kept = []
while True:
    kept.append(bytearray(50 * 1024 * 1024))
    kept[-1][::4096] = b"x" * len(kept[-1][::4096])
""",
    ),
    exhausts(
        "fills the memory with one tensor",
        "return torch.ones(200, 1024, 1024, 1024)",
    ),
    exhausts(
        "fills the memory with many processes, a little each",
        """
for _ in range(60):
    if os.fork() == 0:
        kept = bytearray(200 * 1024 * 1024)
        kept[::4096] = b"x" * len(kept[::4096])
        time.sleep(600)
time.sleep(2)
raise MemoryError
""",
        exercise="most_attended",
    ),
    exhausts(
        "fills the memory through shared and anonymous maps",
        """
import mmap
kept = []
while True:
    kept.append(mmap.mmap(-1, 50 * 1024 * 1024))
    for place in range(0, 50 * 1024 * 1024, 4096):
        kept[-1][place] = 1
""",
    ),
    exhausts(
        "forks without end",
        """
while True:
    try:
        os.fork()
    except OSError:
        pass
""",
        exercise="most_attended",
    ),
    exhausts(
        "starts threads without end",
        """
import threading
while True:
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
""",
        exercise="most_attended",
    ),
    exhausts(
        "fills the temporary folder",
        """
with open("/tmp/@MARK@", "wb") as file:
    while True:
        file.write(b"x" * 2**20)
""",
    ),
    exhausts(
        "fills the memory with a file that is only in memory",
        """
handle = os.memfd_create("@MARK@")
while True:
    os.write(handle, b"x" * 2**20)
""",
    ),
    exhausts_alone(
        "makes a file of a terabyte with nothing in it",
        """
try:
    with open("@MARK@", "wb") as file:
        file.truncate(2**40)
except OSError as error:
    print(type(error).__name__)
print("tried")
""",
    ),
    exhausts_alone(
        "makes files without end",
        """
print("tried", flush=True)
for number in range(10**7):
    open(f"/tmp/@MARK@-{number}", "w").close()
""",
    ),
    exhausts_alone(
        "opens files without end",
        """
print("tried", flush=True)
kept = [open("/dev/null") for _ in range(10**6)]
""",
    ),
    exhausts(
        "prints without end",
        'while True:\n    print("@MARK@ " * 100)',
    ),
    exhausts_alone(
        "prints one line of a gigabyte",
        """
print("tried", flush=True)
for _ in range(1024):
    print("x" * 2**20, end="")
""",
    ),
    exhausts_alone(
        "writes without end to the process's own output",
        """
print("tried", flush=True)
for _ in range(2**14):
    os.write(1, b"x" * 2**16)
    os.write(2, b"x" * 2**16)
""",
    ),
    Case(
        "displays ten thousand things",
        last="""
from IPython.display import display

print("tried", flush=True)
for number in range(10_000):
    display({"text/plain": "x"}, raw=True)
""",
        says="the rest is left out",
    ),
    Case(
        "displays a picture of a hundred megabytes",
        last="""
from IPython.display import display

print("tried", flush=True)
display({"image/png": "A" * 10**8, "text/plain": "picture"}, raw=True)
""",
    ),
    exhausts(
        "recurses without end",
        "sys.setrecursionlimit(10**9)\ndeeper = lambda: deeper()\ndeeper()",
    ),
]
