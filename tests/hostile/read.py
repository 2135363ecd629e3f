"""Attempts to read what is not the student's: tests, secrets, grades and the work of others.

Their answers are right, so their points are full; nothing secret may appear in what comes back.
"""

from tests.hostile import Case

FIND = """
import os, re, sys

def tell(what, text):
    text = text if isinstance(text, bytes) else str(text).encode("utf-8", "replace")
    for found in set(re.findall(rb"CANARY-\\w+|BEGIN H[I]DDEN TESTS|BEGIN S[O]LUTION", text)):
        print(what, found.decode())
"""


def reads(name: str, code: str, **options) -> Case:
    """A case that looks for secrets behind the last test, and tells what it found."""
    return Case(name, last=f'{FIND}\n{code}\nprint("tried")\n', **options)


def reads_files(name: str, *patterns: str, **options) -> Case:
    """A case that reads all files by these names."""
    return reads(
        name,
        f"""
import glob

for pattern in {patterns!r}:
    for path in glob.glob(os.path.expanduser(pattern), recursive=True):
        try:
            if os.path.isfile(path) and os.path.getsize(path) < 10**7:
                tell(path, open(path, "rb").read())
        except OSError:
            pass
""",
        **options,
    )


def reads_while_tested(name: str, code: str, **options) -> Case:
    """A case that looks for secrets while it is tested, and puts them into prints and its error."""
    code = "\n".join(f"    {line}" for line in code.strip().splitlines())
    return Case(
        name,
        cells={
            "most_attended": f"""
import re, sys

def secrets(text):
    return set(re.findall(r"CANARY-\\w+|BEGIN H[I]DDEN TESTS", str(text)))

def most_attended(scores):
    found = set()
{code}
    print("found", found)
    raise ValueError(f"found {{found}}")

print("tried")
"""
        },
        **options,
    )


CASES = [
    reads_files("reads the source with its hidden tests", "@ROOT@/source/**/*"),
    reads_files("reads the chapters' text", "@COURSE@/chapters/**/*", "@COURSE@/../source/**/*"),
    reads_files("reads the gradebook", "@ROOT@/gradebook.db*"),
    reads_files("reads what others handed in", "@ROOT@/submitted/**/*", "../../../submitted/**/*"),
    reads_files(
        "reads what others were given back", "@ROOT@/autograded/**/*", "@ROOT@/feedback/**/*"
    ),
    reads_files("reads the home of the instructor", "@HOME@/**/*", "@HOME@/.*", "~/*", "~/.*"),
    reads_files("reads the temporary folders", "/tmp/**/*", "/var/tmp/**/*", "/dev/shm/**/*"),
    reads(
        "walks over the whole disk",
        """
import time

end = time.monotonic() + 2
for folder, folders, files in os.walk("/"):
    folders[:] = [name for name in folders if name not in ("proc", "sys", "usr", "lib", "lib64")]
    for name in files:
        path = os.path.join(folder, name)
        if time.monotonic() < end and os.path.isfile(path) and os.path.getsize(path) < 10**6:
            try:
                tell(path, open(path, "rb").read())
            except OSError:
                pass
""",
    ),
    reads(
        "reads the environment, Python's and C's",
        """
import ctypes

tell("environment", os.environ)
position, environ = 0, ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
while environ[position]:
    tell("C environment", environ[position])
    position += 1
""",
    ),
    reads(
        "reads the environment and memory of all processes under proc",
        """
import glob

for pattern in ("/proc/*/environ", "/proc/*/cmdline", "/proc/*/cwd/*", "/proc/*/root/@ROOT@/*",
                "/proc/*/fd/*"):
    for path in glob.glob(pattern):
        try:
            if os.path.isfile(path):
                tell(path, open(path, "rb").read(10**7))
        except OSError:
            pass
""",
    ),
    reads(
        "reads its own memory through proc",
        """
try:
    maps = open("/proc/self/maps").read().splitlines()
    memory = open("/proc/self/mem", "rb")
except OSError as error:
    maps = []
    print(type(error).__name__)
for line in maps:
    ends, rights, *_ = line.split()
    begin, end = (int(part, 16) for part in ends.split("-"))
    if rights.startswith("rw") and end - begin < 10**8:
        try:
            memory.seek(begin)
            tell(line, memory.read(end - begin))
        except (OSError, OverflowError, ValueError):
            pass
""",
    ),
    reads(
        "reads its own memory through a pipe that minds no gap",
        """
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
readable, writable = os.pipe()
step = 4096
things = (object(), "text" * 99, [1], os.environ, sys, tell, "x" * 10**6)
for anchor in {id(thing) >> 24 for thing in things}:
    for address in range(anchor << 24, (anchor + 1) << 24, step):
        if libc.write(writable, ctypes.c_void_p(address), ctypes.c_size_t(step)) == step:
            tell(hex(address), os.read(readable, step))
""",
    ),
    reads(
        "reads every object that the garbage collector knows",
        """
import gc

for found in gc.get_objects():
    if type(found) in (dict, list, tuple):
        values = list(found.values()) if type(found) is dict else list(found)
        for value in values:
            if type(value) in (str, bytes):
                tell("object", value)
""",
    ),
    reads(
        "reads the history of cells and their sources",
        """
import linecache

shell = get_ipython()
tell("In", shell.user_ns.get("In"))
tell("_ih", shell.user_ns.get("_ih"))
tell("linecache", linecache.cache)
tell("names", {name: value for name, value in shell.user_ns.items() if isinstance(value, str)})
try:
    tell("history", list(shell.history_manager.get_range(raw=False)))
    tell("search", list(shell.history_manager.search("*")))
except Exception as error:
    print(type(error).__name__)
""",
    ),
    reads(
        "reads what stands in all modules",
        """
for name, module in list(sys.modules.items()):
    for key, value in list(getattr(module, "__dict__", {}).items()):
        if isinstance(value, (str, bytes, dict, list, tuple)):
            tell(f"{name}.{key}", repr(value)[:10**6])
""",
    ),
    reads(
        "reads from every file descriptor that it was born with",
        """
import fcntl, select

for number in range(256):
    try:
        tell(f"where {number}", os.readlink(f"/proc/self/fd/{number}"))
    except OSError:
        pass
    try:
        if os.path.exists(f"/proc/self/fd/{number}") and os.path.isfile(f"/proc/self/fd/{number}"):
            tell(f"file {number}", os.pread(number, 10**6, 0))
        else:
            tell(f"file {number}", os.pread(number, 10**6, 0))
    except OSError:
        pass
""",
    ),
    reads(
        "opens the course's folder through file descriptors of folders",
        """
for number in range(3, 256):
    for path in ("gradebook.db", "source", "../source", "../../../gradebook.db"):
        try:
            handle = os.open(path, os.O_RDONLY, dir_fd=number)
            tell(path, os.read(handle, 10**7))
        except OSError:
            pass
""",
    ),
    reads(
        "asks the course's own tools for the tests",
        """
for module in ("course.instructor.grade", "course.judge.judge", "course.instructor.preprocessors"):
    try:
        __import__(module)
        tell(module, vars(sys.modules[module]))
    except BaseException as error:
        print(module, type(error).__name__)
try:
    from nbgrader.api import Gradebook, SourceCell
    with Gradebook("sqlite:///@ROOT@/gradebook.db") as gradebook:
        tell("gradebook", [cell.source for cell in gradebook.db.query(SourceCell)])
        tell("gradebook", [student.last_name for student in gradebook.students])
except BaseException as error:
    print(type(error).__name__)
""",
        tries=False,  # it imports for seconds, and may be stopped
    ),
    reads(
        "reads the memory of its parent",
        """
import ctypes

parent = os.getppid()
libc = ctypes.CDLL(None, use_errno=True)
print("ptrace", libc.ptrace(16, parent, 0, 0), "of", parent)
try:
    memory = open(f"/proc/{parent}/mem", "rb")
    for line in open(f"/proc/{parent}/maps").read().splitlines():
        begin, end = (int(part, 16) for part in line.split()[0].split("-"))
        if " rw" in line and end - begin < 10**8:
            memory.seek(begin)
            tell(line, memory.read(end - begin))
except (OSError, ValueError) as error:
    print(type(error).__name__)
libc.ptrace(17, parent, 0, 0)
""",
        dangerous=True,
    ),
    reads_while_tested(
        "reads the frames above it while it is tested",
        """
frame = sys._getframe()
while frame:
    found |= secrets({**frame.f_globals, **frame.f_locals, "constants": frame.f_code.co_consts})
    frame = frame.f_back
""",
    ),
    reads_while_tested(
        "reads the stack and the sources while it is tested",
        """
import inspect, linecache
for each in inspect.stack(context=99):
    found |= secrets(each)
found |= secrets(linecache.cache)
""",
    ),
    reads_while_tested(
        "reads all other threads while it is tested",
        """
for frame in sys._current_frames().values():
    while frame:
        found |= secrets(frame.f_globals) | secrets(frame.f_locals)
        frame = frame.f_back
""",
    ),
    reads_while_tested(
        "reads all living objects while it is tested",
        """
import gc, types
for each in gc.get_objects():
    if isinstance(each, (types.CodeType, types.FunctionType)):
        each = getattr(each, "__code__", each).co_consts
    if type(each) in (dict, list, tuple):
        values = list(each.values()) if type(each) is dict else list(each)
        for value in values:
            if type(value) is str:
                found |= secrets(value)
""",
    ),
]
