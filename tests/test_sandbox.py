"""What docs/security.md promises of the sandbox, tried out from inside.

The probes are cells that run in the student's process, as any cell of a submission would. They
print what they found.
"""

import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from course.instructor import warm as client
from course.instructor.warm import NoSandbox, Process, Warm
from course.judge import seccomp
from course.judge.sandbox import Limits
from course.judge.wire import Channel, Gone

LIMITS = Limits(memory_mb=512, tree_mb=1024, processes=24, file_mb=8, disk_mb=32)

# A system call by number: what it said, as the name of the error.
SYSCALL = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
def syscall(*arguments):
    done = libc.syscall(*map(ctypes.c_long, arguments))
    return errno.errorcode[ctypes.get_errno()] if done < 0 else "allowed"
"""


class Ended(Exception):
    """The process ended in the cell."""


def run(process: Process, source: str) -> str:
    """Run a cell: what it printed, and the first line of its error if there was one."""
    channel = Channel(process.sock)
    try:
        channel.send({"do": "run", "source": source, "number": 1, "limit": 100_000})
        answer = channel.receive()
    except Gone:
        raise Ended from None
    texts = [
        f"{output['ename']}: {output['evalue']}" if "ename" in output else output.get("text", "")
        for output in answer["outputs"]
    ]
    return "".join(texts).strip()


@pytest.fixture(scope="module")
def campus(tmp_path_factory) -> Path:
    """An instructor's folder with secrets."""
    folder = tmp_path_factory.mktemp("campus")
    for name in ("source", "submitted"):
        (folder / name).mkdir()
        (folder / name / "secret.txt").write_text("the answers")
    (folder / "gradebook.db").write_text("the grades")
    return folder


@pytest.fixture(scope="module")
def warm(campus, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_SECRET", "a token of the instructor's")
        with Warm(hidden=[campus], log=tmp_path_factory.mktemp("log") / "log") as started:
            yield started


@pytest.fixture
def pair(warm):
    student, judge = warm.pair(LIMITS)
    yield student, judge
    student.close()
    judge.close()


@pytest.fixture
def student(pair) -> Process:
    return pair[0]


# --- what there is to see -------------------------------------------------------------------------


def test_the_course_is_out_of_sight(student, campus):
    secrets = [
        *(campus / name for name in ("source", "submitted", "gradebook.db")),
        *(client.PACKAGE / name for name in ("chapters", "instructor", "cli.py", "repair.py")),
        *(client.PACKAGE.parent / name for name in ("source", "tests", ".git", "README.md")),
        Path(__file__),
        Path.home() / ".cache",
        Path("/etc/passwd"),
        Path("/var"),
        Path("/home"),
        Path("/usr/local/share/nbgrader"),
    ]
    found = run(
        student,
        f"import os\nprint([path for path in {list(map(str, secrets))} if os.path.exists(path)])",
    )
    assert found == "[]"


def test_nothing_but_what_is_needed_of_the_course(student):
    assert run(student, "import course, os; print(sorted(os.listdir(course.__path__[0])))") == str(
        sorted(client.VISIBLE)
    )


@pytest.mark.parametrize("inside", [True, False], ids=["venv in course", "course in venv"])
def test_hidden_folder_around_or_inside_the_interpreters(inside, tmp_path, monkeypatch):
    """A virtual environment may lie in the course's folder, or the course below its folder."""
    course = tmp_path / "course" if inside else tmp_path / "env" / "lib" / "course"
    env = course / "env" if inside else tmp_path / "env"
    (course / "source").mkdir(parents=True)
    (course / "source" / "answers").write_text("")
    for folder in ("bin", "lib"):
        (env / folder).mkdir(parents=True, exist_ok=True)
        (env / folder / "needed").write_text("")
    monkeypatch.setattr(sys, "prefix", str(env))
    listing = ["/bin/ls", "-R", str(tmp_path)]
    seen = subprocess.run(
        ["bwrap", *client.view([course]), *listing], capture_output=True, text=True
    )
    assert seen.stdout.count("needed") == 2, seen.stderr
    assert "answers" not in seen.stdout


def test_no_environment_no_arguments_no_other_processes(student):
    environment = run(student, "import os; print(sorted(os.environ))")
    assert "SECRET" not in environment
    assert "COURSE" not in environment
    memory = """
import ctypes
pointer, names = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ"), []
while pointer[len(names)]:
    names.append(pointer[len(names)].split(b"=")[0].decode())
print(sorted(names))
"""
    assert run(student, memory) == environment
    assert run(student, "print(os.listdir('/proc'), os.getpid(), os.getppid())") == "[] 1 0"


def test_open_files(student):
    """Only the two connections, and nothing behind standard input, output and error."""
    source = """
import os, stat
for number in range(1024):
    try:
        kind = stat.S_IFMT(os.fstat(number).st_mode)
    except OSError:
        continue
    print(number, {stat.S_IFSOCK: "socket", stat.S_IFCHR: "device"}.get(kind, "other"))
"""
    lines = run(student, source).split("\n")
    assert sorted(line.split()[1] for line in lines) == ["device"] * 3 + ["socket"] * 2


def test_nobody_outside_can_be_signalled(student):
    with subprocess.Popen(["sleep", "600"]) as outsider:
        numbers = [os.getpid(), outsider.pid, 2, 3]
        source = f"""
import os, signal
for number in {numbers}:
    try:
        os.kill(number, signal.SIGKILL)
        print("killed", number)
    except ProcessLookupError:
        pass
try:
    os.kill(-1, signal.SIGKILL)
except ProcessLookupError:
    pass
"""
        assert run(student, source) == ""
        assert outsider.poll() is None
        outsider.kill()


# --- what can be written --------------------------------------------------------------------------


def test_writing_is_refused_but_in_memory(student):
    source = """
import os, sys, torch, course
places = ["/", "/dev", "/etc", "/usr", "/usr/lib", "/proc", "/sys", sys.prefix, sys.base_prefix,
          os.path.dirname(torch.__file__), course.__path__[0], course.__path__[0] + "/judge"]
for place in places:
    try:
        open(place + "/planted", "w")
        print("written", place)
    except OSError:
        pass
for place in ["/tmp", "/tmp/work", "/tmp/home", "/dev/shm"]:
    open(place + "/mine", "w").write("text")
print(os.getcwd(), os.path.expanduser("~"))
"""
    assert run(student, source) == "/tmp/work /tmp/home"


def test_what_is_shown_below_tmp_stays_in_view(monkeypatch):
    """Each fork has a /tmp of its own, but the course or Python may have been installed there."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder, "module.py").write_text("here = True")
        monkeypatch.setattr(client, "SYSTEM", [*client.SYSTEM, folder])
        with Warm() as warm:
            student, _ = warm.pair(LIMITS)
            found = run(student, f"print(open('{folder}/module.py').read())")
            assert found == "here = True"
            assert "Read-only" in run(student, f"open('{folder}/module.py', 'a')")
            assert "Read-only" in run(student, f"open('{folder}/planted', 'w')")


def test_programs_of_the_system_run_but_change_nothing(student):
    source = """
import subprocess
done = subprocess.run(["touch", "/usr/bin/planted"], capture_output=True, text=True)
print(done.returncode, subprocess.run(["id", "-u"], capture_output=True, text=True).stdout)
"""
    assert run(student, source) == "1 1000"


def test_two_forks_share_nothing(warm, student):
    source = """
import socket
open("/tmp/mine", "w").write("x")
open("/dev/shm/mine", "w").write("x")
names = [socket.socket(socket.AF_UNIX), socket.socket()]
names[0].bind(b"\\0mine")
names[1].bind(("0.0.0.0", 12345))
for name in names:
    name.listen()
"""
    assert run(student, source) == ""
    source = """
import os, socket
print(os.path.exists("/tmp/mine"), os.listdir("/dev/shm"))
for family, name in [(socket.AF_UNIX, b"\\0mine"), (socket.AF_INET, ("127.0.0.1", 12345))]:
    try:
        socket.socket(family).connect(name)
        print("connected")
    except OSError:
        pass
"""
    other, judge = warm.pair(LIMITS)
    assert run(other, source) == "False []"
    other.close()
    judge.close()


# --- network --------------------------------------------------------------------------------------


def test_no_network(student):
    source = """
import socket
for address in ["127.0.0.1", "1.1.1.1", "169.254.169.254"]:
    try:
        socket.create_connection((address, 53), timeout=2)
        print("connected")
    except OSError as error:
        pass
try:
    print(socket.getaddrinfo("example.org", 443))
except socket.gaierror:
    pass
print("done")
"""
    assert run(student, source) == "done"


@pytest.mark.parametrize("family", ["AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_ALG", "AF_TIPC"])
def test_no_other_kinds_of_socket(student, family):
    found = run(student, f"import socket; socket.socket(socket.{family}, socket.SOCK_RAW)")
    assert "not supported" in found


# --- privileges -----------------------------------------------------------------------------------


def test_no_capabilities(student):
    source = """
import ctypes
libc = ctypes.CDLL(None)
header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
print(libc.capget(header, sets), list(sets), [libc.prctl(23, number) for number in range(41)])
print("no new privileges", libc.prctl(39, 0, 0, 0, 0), "filter", libc.prctl(21, 0, 0, 0, 0))
"""
    zeros = str([0] * 41)
    assert run(student, source) == (f"0 [0, 0, 0, 0, 0, 0] {zeros}\nno new privileges 1 filter 2")


def test_system_calls_that_are_refused(student):
    column = 0 if platform.machine() == "x86_64" else 1
    numbers = {name: both[column] for name, both in seccomp.REFUSED.items()}
    asked = {name: number for name, number in numbers.items() if number is not None}
    source = f"print([name for name, number in {asked}.items() if syscall(number) != 'EPERM'])"
    assert run(student, SYSCALL + source) == "[]"


@pytest.mark.parametrize(
    ("number", "arguments", "error"),
    [
        pytest.param(seccomp.CLONE, (0x10000011, 0, 0, 0, 0), "EPERM", id="clone, new user"),
        pytest.param(seccomp.CLONE, (0x20000011, 0, 0, 0, 0), "EPERM", id="clone, new processes"),
        pytest.param(seccomp.CLONE3, (0, 0), "ENOSYS", id="clone3"),
        pytest.param(seccomp.MMAP, (0, 4096, 3, 0x21, -1, 0), "ENOMEM", id="shared memory"),
        pytest.param(seccomp.MMAP, (0, 4096, 3, 0x22, -1, 0), "allowed", id="private memory"),
        # Of x86_64's x32; no call at all elsewhere.
        pytest.param((0x40000110,) * 2, (0x10000000,), "ENOSYS", id="unshare, another number"),
    ],
)
def test_system_calls_that_depend_on_their_arguments(student, number, arguments, error):
    column = 0 if platform.machine() == "x86_64" else 1
    assert run(student, SYSCALL + f"print(syscall({number[column]}, *{arguments}))") == error


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_every_jump_of_the_filter_ends_inside_it(machine):
    steps = [seccomp.STEP.unpack(step) for step in seccomp.steps(machine)]
    for place, (code, if_true, if_false, _) in enumerate(steps):
        if code in (seccomp.JUMP_IF_EQUAL, seccomp.JUMP_IF_BITS, seccomp.JUMP_IF_AT_LEAST):
            assert place + 1 + max(if_true, if_false) < len(steps)
    assert steps[-1][0] == seccomp.RETURN


# --- limits ---------------------------------------------------------------------------------------


def ends(process: Process, source: str) -> str:
    """Run a cell that a limit should end: the reason."""
    with pytest.raises(Ended):
        pytest.fail(run(process, source))
    assert process.wait(60)
    return process.reason


def test_a_tensor_that_is_too_large_is_an_error_of_its_cell(student):
    found = run(student, "import torch\ntorch.zeros(50 * 2**30 // 4)")
    assert found.startswith("RuntimeError")
    assert "allocate memory" in found
    assert run(student, "print(torch.ones(1000).sum())") == "tensor(1000.)"


def test_memory_in_many_small_pieces(student):
    """The last piece may be the one that was needed to tell of the error."""
    try:
        found = run(student, "pieces = []\nwhile True: pieces.append(bytes(100_000))")
    except Ended:
        assert student.wait(60)
        assert student.reason == "memory"
    else:
        assert found.startswith("MemoryError")


def test_memory_of_the_tree(student):
    source = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        mine = os.urandom(2**20) * 300
        time.sleep(600)
time.sleep(600)
"""
    assert ends(student, source) == "memory"


def test_memory_that_children_share_is_counted_once(student):
    source = """
import os, time
mine = os.urandom(2**20) * 300
children = [os.fork() for _ in range(1)]
for _ in range(7):
    if 0 not in children:
        children.append(os.fork())
if 0 in children:
    time.sleep(600)
time.sleep(2)
print("alive")
"""
    assert run(student, source) == "alive"


def test_too_many_processes(student):
    """The kernel refuses them to an ordinary user; where root grades, the watcher ends the tree."""
    source = """
import os, time
for _ in range(200):
    if os.fork() == 0:
        time.sleep(600)
time.sleep(600)
"""
    if os.getuid():
        assert run(student, source).startswith("BlockingIOError")
    else:
        assert ends(student, source) == "processes"


def test_file_size_and_disk(student):
    found = run(student, "open('big', 'wb').write(bytes(20_000_000))")
    assert found.startswith("OSError: [Errno 27]")
    source = "for number in range(20): open(f'/dev/shm/{number}', 'wb').write(bytes(4_000_000))"
    assert run(student, source).startswith("OSError: [Errno 28]")
    assert "No space left" in run(student, "open('/tmp/work/more', 'wb').write(bytes(8_000_000))")


def test_many_empty_files(student):
    source = "for number in range(100_000): open(f'{number}', 'w').close()"
    assert "No space left" in run(student, source)


def test_open_files_are_limited(student):
    found = run(student, "files = [open('/dev/null') for _ in range(1000)]")
    assert "Too many open files" in found


# --- the life of a process ------------------------------------------------------------------------


def test_interrupt(student):
    channel = Channel(student.sock)
    source = "import time\nprint('begun')\nopen('/tmp/begun', 'w')\nwhile True: pass"
    channel.send({"do": "run", "source": source, "number": 1, "limit": 1000})
    time.sleep(1)
    student.interrupt()
    assert channel.receive()["error"] == "KeyboardInterrupt"
    assert run(student, "print('goes on')") == "goes on"


def processes_with(argument: str) -> list[str]:
    found = subprocess.run(["pgrep", "-f", f"^sleep {argument}$"], capture_output=True, text=True)
    return found.stdout.split()


@pytest.mark.parametrize("how", ["kill", "close", "exit"])
def test_nothing_is_left_behind(pair, how):
    student, _ = pair
    argument = {"kill": "98761", "close": "98762", "exit": "98763"}[how]
    source = f"""
import os, subprocess
if os.fork() == 0:
    os.setsid()
    subprocess.Popen(["sleep", "{argument}"])
    os._exit(0)
os.wait()
"""
    assert run(student, source) == ""
    assert len(processes_with(argument)) == 1
    if how == "kill":
        student.kill()
    elif how == "exit":
        assert ends(student, "import os; os._exit(0)") == ""
    else:
        student.close()
        deadline = time.monotonic() + 60
        while processes_with(argument) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not processes_with(argument)
        return
    assert student.wait(60)
    assert not processes_with(argument)


def test_a_dead_student_leaves_the_judge_alive(pair):
    student, judge = pair
    student.kill()
    assert student.wait(60)
    assert not student.alive
    assert not judge.wait(1)
    assert judge.alive


def test_forks_draw_different_numbers(warm):
    drawn = set()
    for _ in range(2):
        student, judge = warm.pair(LIMITS)
        for draw in ("torch.rand(1)", "numpy.random.rand()", "random.random()"):
            drawn.add(run(student, f"import torch, numpy, random; print({draw})"))
        student.close()
        judge.close()
    assert len(drawn) == 6


def test_everything_ends_with_the_client():
    """A grader that is killed leaves nothing behind, though it could not clean up."""
    script = """
import sys, time
from course.instructor.warm import Warm
from course.judge.wire import Channel
from course.judge.sandbox import Limits
from tests.test_sandbox import run
warm = Warm()
student, judge = warm.pair(Limits())
run(student, "import subprocess; subprocess.Popen(['sleep', '98764'])")
# Busy, so that it does not notice that nobody is there any more.
message = {"do": "run", "source": "while True: pass", "number": 2, "limit": 1000}
Channel(student.sock).send(message)
print("ready", flush=True)
time.sleep(600)
"""
    root = client.PACKAGE.parent
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=root
    ) as grader:
        assert grader.stdout.readline() == "ready\n"
        assert len(processes_with("98764")) == 1
        grader.send_signal(signal.SIGKILL)
        grader.wait()
        deadline = time.monotonic() + 60
        while processes_with("98764") and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not processes_with("98764")


def test_a_warm_process_nobody_waits_for_ends_before_it_has_imported_everything():
    warm = Warm()
    warm.close()
    assert warm._process.returncode != 0


def test_where_a_notebook_trains_optimizers_are_loaded(warm):
    student, judge = warm.pair(LIMITS, optimizer=True)
    try:
        assert run(student, "import sys; print('torch._dynamo' in sys.modules)") == "True"
    finally:
        student.close()
        judge.close()


def test_a_model_that_dies_while_the_student_answers_harms_nothing(pair):
    """Python's garbage collector may come at any moment, and the student's process still counts
    the model's parameters among those that a gradient may reach.
    """
    student, judge = pair
    layer = """
import torch
class Layer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.full((2,), 3.0))
    def forward(self, x):
        return x * self.weight
"""
    test = """
import gc, torch
from course.judge.mirror import Peer
gc.disable()
old, new = Layer(), Layer()
old.ring = [old]
accept = Peer._accept
def accept_late(self, answer, packer):
    gc.collect()
    return accept(self, answer, packer)
Peer._accept = accept_late
del old
x = torch.ones(2, requires_grad=True)
new(x).sum().backward()
assert x.grad.tolist() == [3, 3] and new.weight.grad.tolist() == [1, 1]
"""
    assert run(student, layer) == ""
    channel = Channel(judge.sock)
    message = {"do": "test", "source": test, "number": 2, "limit": 1000}
    channel.send(message | {"answers": {"Layer": layer}})
    answer = channel.receive()
    assert (answer["error"], answer["outputs"]) == ("", [])


def test_what_the_course_uses_works_inside(student):
    source = """
import torch, matplotlib.pyplot as plt
from course.notebook import figures
figures.use_style()
x = torch.randn(4, 4, requires_grad=True)
(x @ x).sum().backward()
figure, axes = plt.subplots()
axes.plot([1, 2]); axes.set_title("$x^2$")
figure.savefig("figure.png")
figure.draw_without_rendering()
plt.close(figure)
loader = torch.utils.data.DataLoader(range(8), batch_size=4, num_workers=1)
print([batch.tolist() for batch in loader], x.grad.shape)
"""
    assert run(student, source) == "[[0, 1, 2, 3], [4, 5, 6, 7]] torch.Size([4, 4])"


# --- where it cannot be had -----------------------------------------------------------------------


@pytest.fixture
def uncached():
    client.protected.cache_clear()
    yield
    client.protected.cache_clear()


@pytest.mark.parametrize(
    ("patch", "says"),
    [
        (lambda m: m.setattr(sys, "platform", "darwin"), "Linux"),
        (lambda m: m.setattr(client.shutil, "which", lambda name: None), "install"),
        (lambda m: m.setattr(client.shutil, "which", lambda name: "/bin/false"), "namespaces"),
    ],
    ids=["not Linux", "no bubblewrap", "no namespaces"],
)
def test_refusal_is_one_sentence(patch, says, uncached, monkeypatch):
    patch(monkeypatch)
    sentence = client.protected()
    assert says in sentence
    assert "\n" not in sentence
    with pytest.raises(NoSandbox, match=says):
        Warm()


def test_a_warm_process_that_does_not_start_says_why(monkeypatch):
    assert client.protected() == ""
    monkeypatch.setattr(client, "VISIBLE", ("__init__.py", "notebook"))
    with Warm() as warm, pytest.raises(NoSandbox, match="course.judge"):
        warm.pair(LIMITS)
