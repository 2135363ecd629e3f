"""The instructor's side of the warm process: starts it inside bubblewrap and asks it for forks.

    with Warm([course_root], log) as warm:
        student, judge = warm.pair(Limits())

Each `Process` has a socket to what runs in it (``course.judge.student``, ``course.judge.judge``).
The two are also connected with each other. What they are shut out from is in docs/security.md.
"""

import atexit
import contextlib
import functools
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import IO

import course
from course.judge import seccomp
from course.judge.sandbox import Limits

PACKET = 65536
FENCE = 500  # processes and threads of all sandboxes together, where root grades
PACKAGE = Path(course.__file__).resolve().parent
VISIBLE = ("__init__.py", "notebook", "judge")  # of the course package

# Programs, libraries and fonts, where distributions have them. Not all of /usr: nbgrader keeps its
# exchange, with the work of all students, below /usr/local/share unless told otherwise.
SYSTEM = [
    f"{top}/{folder}"
    for top in ("", "/usr", "/usr/local")
    for folder in ("bin", "sbin", "lib", "lib32", "lib64")
] + [
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/localtime",
    "/sys/devices/system/cpu",
]
INLINE = "module://matplotlib_inline.backend_inline"
# Of a Python installation. A virtual environment may be the course's folder itself.
OF_PYTHON = ("bin", "lib", "lib32", "lib64", "pyvenv.cfg")

OWN = "/dev/shm"  # where the warm process can write; each fork covers it with its own

NOT_LINUX = "student code can only be shut in on Linux (x86_64 or aarch64)"
NO_BUBBLEWRAP = "bubblewrap is not installed: `sudo apt install bubblewrap`, or your system's way"
TRIAL = "import sys; from course.judge.sandbox import trial; sys.exit(trial() or None)"
NO_NAMESPACES = (
    "bubblewrap cannot make namespaces within namespaces here ({}): allow them "
    "(sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0, "
    "user.max_user_namespaces; in a container, run it with leave to nest)"
)


class NoSandbox(Exception):
    """Student code cannot be shut in here. The message is one sentence."""


class Process:
    """A student's process or a judge, in a sandbox of its own."""

    def __init__(self, sock: socket.socket, status: socket.socket, pidfd: int):
        self.sock = sock  # to what runs in it; blocking
        self._status = status
        self._pidfd = pidfd
        self._said = b""
        self._ended = False

    def interrupt(self) -> None:
        """As Ctrl-C would: a KeyboardInterrupt in whatever it is running."""
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        """End it and every process that it started."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if not self._ended:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, number)

    def wait(self, timeout: float | None = None) -> bool:
        """Whether it has ended, and all that it started, after waiting so many seconds."""
        while not self._ended:
            poll = select.poll()
            poll.register(self._status, select.POLLIN)
            if not poll.poll(None if timeout is None else timeout * 1000):
                return False
            self._read_status()
        return True

    def _read_status(self) -> None:
        try:
            data = self._status.recv(PACKET)
        except ConnectionResetError:
            data = b""
        self._said += data
        self._ended = not data

    @property
    def alive(self) -> bool:
        return not self.wait(0)

    @property
    def reason(self) -> str:
        """Why it was ended: "memory", "processes", a sentence, or "". Known when it has ended."""
        self.wait(0)
        lines = (json.loads(line)["reason"] for line in self._said.splitlines())
        return next(filter(None, lines), "")

    def close(self) -> None:
        """Kill it and free what it holds here."""
        if self._pidfd >= 0:
            self.kill()
            self._ended = True
            os.close(self._pidfd)
            self._pidfd = -1
            self._status.close()
            self.sock.close()


class Warm:
    """The warm process. Threads may share it; it ends with `close` or with this process.

    It imports PyTorch while this process goes on; the first `pair` waits for it.

    Raises:
        NoSandbox: it cannot be started here
    """

    def __init__(self, hidden: Iterable[Path] = (), log: Path | None = None):
        """
        Args:
            hidden: folders that must not be seen: the course with its gradebook and submissions
            log: gets what bubblewrap and the warm process write
        """
        problem = protected()
        if problem:
            raise NoSandbox(problem)
        self._lock = threading.Lock()
        self._owner = os.getpid()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket = ours
        number = theirs.fileno()
        program = [sys.executable, "-P", "-s", "-m", "course.judge.warm", str(number)]
        self._fence = _fence()
        self._log = open(log, "a+b") if log else tempfile.TemporaryFile()  # noqa: SIM115
        with theirs:
            # Not --die-with-parent, which would end it with the thread that happens to start it.
            # It ends when its socket closes, so with this process at the latest.
            self._process = subprocess.Popen(
                [*_behind(self._fence), _bubblewrap(), *view(hidden), *program],
                env={},
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                pass_fds=[number],
            )
        self._ready = False
        atexit.register(self.close)

    def _wait_until_ready(self) -> None:
        if not self._ready and not self._socket.recv(PACKET):
            raise NoSandbox(f"the warm process did not start: {_last_line(self._log)}")
        self._ready = True

    def __enter__(self) -> "Warm":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the warm process and all its forks."""
        atexit.unregister(self.close)
        self._socket.close()
        if os.getpid() == self._owner:  # a fork of the owner only lets go of its copy
            self._process.wait()
            self._log.close()
            _remove(self._fence)

    @property
    def alive(self) -> bool:
        """Can it be asked for forks?"""
        return self._process.poll() is None

    def pair(self, limits: Limits, optimizer: bool = False) -> tuple[Process, Process]:
        """A student's process and a judge, connected with each other.

        Args:
            limits: what each of the two may use
            optimizer: whether the notebook trains; its processes then begin with what
                PyTorch imports for that

        Raises:
            NoSandbox: the warm process did not start, is gone or cannot fork
        """
        common = {"limits": asdict(limits), "optimizer": optimizer}
        to_judge, to_student = socket.socketpair()
        with to_judge, to_student, self._lock:
            self._wait_until_ready()
            student = self._spawn({"role": "student", **common}, to_judge)
            try:
                judge = self._spawn({"role": "judge", **common}, to_student)
            except NoSandbox:
                student.close()
                raise
        return student, judge

    def _spawn(self, request: dict, peer: socket.socket) -> Process:
        sock, control = socket.socketpair()
        status, told = socket.socketpair()
        packet = json.dumps(request).encode()
        with control, told:
            answer, received = self._ask(packet, [end.fileno() for end in (control, peer, told)])
        if received:
            return Process(sock, status, received[0])
        sock.close()
        status.close()
        raise NoSandbox(json.loads(answer)["error"] if answer else "the warm process has ended")

    def _ask(self, request: bytes, descriptors: list[int]) -> tuple[bytes, list[int]]:
        try:
            socket.send_fds(self._socket, [request], descriptors)
            answer, received, _, _ = socket.recv_fds(self._socket, PACKET, 1)
            return answer, received
        except OSError:
            return b"", []
        except KeyboardInterrupt:
            self._socket.close()  # the answer that is still to come would be taken for the next
            raise


_warm: dict[tuple, Warm] = {}
_warming = threading.Lock()


def warm_for(hidden: list[Path]) -> Warm:
    """The warm process that this process uses, started if it has not been.

    Raises:
        NoSandbox: it cannot be started.
    """
    with _warming:
        seen = tuple(view(hidden))
        if seen not in _warm or not _warm[seen].alive:
            _warm[seen] = Warm(hidden)
        return _warm[seen]


def _fence() -> Path | None:
    """A control group for the warm process and its forks, where root grades.

    The kernel counts the processes of a sandbox's user, but never holds root to a limit; the warm
    process counts, too, but a fork bomb is faster. None where there is no group to be had.
    """
    if os.geteuid() != 0:
        return None
    for parent in (Path("/sys/fs/cgroup/pids"), Path("/sys/fs/cgroup")):
        group = parent / f"course-{os.getpid()}-{time.monotonic_ns()}"
        try:
            group.mkdir()
            (group / "pids.max").write_text(str(FENCE))
        except OSError:
            with contextlib.suppress(OSError):
                group.rmdir()
        else:
            return group
    return None


def _remove(fence: Path | None) -> None:
    """Remove a control group, as soon as all that was in it has ended."""
    for _ in range(100 if fence else 0):
        try:
            fence.rmdir()
        except OSError:
            time.sleep(0.02)
        else:
            return


def _behind(fence: Path | None) -> list[str]:
    """What to put before a command so that it and all that it starts are in the group."""
    if fence is None:
        return []
    return ["/bin/sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', str(fence)]


def _last_line(file: IO[bytes]) -> str:
    file.seek(0)
    lines = file.read().decode(errors="replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "it said nothing")


# --- what is in view ------------------------------------------------------------------------------


def view(hidden: Iterable[Path]) -> list[str]:
    """Bubblewrap's options: what the warm process and its forks can see, all of it read-only.

    Order matters: what comes later covers what came before.
    """
    options = ["--unshare-all", "--new-session", "--clearenv", "--hostname", "sandbox"]
    # Not root even where the instructor is. The one capability is for new process namespaces.
    options += ["--uid", "1000", "--gid", "1000", "--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN"]
    options += ["--dir", "/tmp", "--proc", "/proc", *_devices()]
    shown = [path for path in SYSTEM if os.path.exists(path)]
    options += [word for path in shown for word in _show(path)]
    python = _python_folders()
    shown += python
    options += _bind(python)
    for folder in _private_folders(hidden):
        for cover in _places(folder, shown):
            options += ["--tmpfs", str(cover)]
            options += _bind(path for path in python if Path(path).is_relative_to(cover))
    options += ["--tmpfs", str(PACKAGE)]
    options += _bind(str(PACKAGE / name) for name in VISIBLE)
    options += ["--remount-ro", str(PACKAGE), *_environment()]
    return [*options, "--chdir", "/", "--remount-ro", "/"]


def _bind(paths: Iterable[str]) -> list[str]:
    return [word for path in paths for word in ("--ro-bind", path, path)]


def _is_link(path: str) -> bool:
    return os.path.islink(path) and path.count("/") == 1  # /bin → usr/bin


def _show(path: str) -> list[str]:
    if _is_link(path):
        return ["--symlink", os.readlink(path), path]
    return ["--ro-bind", path, path]


def _python_folders() -> list[str]:
    """The interpreter's own, by every name it goes by: as a link and as what that points to."""
    program = Path(sys.executable)
    roots = [Path(sys.prefix), Path(sys.base_prefix), program.resolve().parents[1]]
    roots += [root.resolve() for root in roots]
    paths = [str(root / name) for root in dict.fromkeys(roots) for name in OF_PYTHON]
    return [path for path in paths if os.path.exists(path) and path not in SYSTEM]


def _private_folders(hidden: Iterable[Path]) -> list[Path]:
    folders = [*hidden, Path.home()]
    if str(PACKAGE.parent) not in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        folders.append(PACKAGE.parent)  # a checkout: the solutions are beside the package
    return [Path(folder).resolve() for folder in folders]


def _places(folder: Path, shown: list[str]) -> list[Path]:
    """Where a folder would be seen: below what is shown, by whichever name that goes."""
    real = {path: os.path.realpath(path) for path in shown if not _is_link(path)}
    below = [path for path in real if folder.is_relative_to(real[path])]
    return list(dict.fromkeys(Path(path) / folder.relative_to(real[path]) for path in below))


def _devices() -> list[str]:
    """Four harmless ones. Not /dev/zero, from which one can have memory that no limit counts."""
    options = ["--tmpfs", "/dev"]
    for name in ("null", "full", "random", "urandom"):
        options += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
    return [*options, "--tmpfs", OWN, "--remount-ro", "/dev"]


def _environment() -> list[str]:
    """The warm process's environment, and the instructor's list of fonts if there is one."""
    own = {"HOME": OWN, "TMPDIR": OWN, "IPYTHONDIR": f"{OWN}/ipython", "MPLBACKEND": "agg"}
    own |= {"MPLCONFIGDIR": f"{OWN}/matplotlib", "PYTHONPATH": str(PACKAGE.parent)}
    own |= {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
    # Two submissions on two cores are slower with two threads each.
    own |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    options = [word for name, value in own.items() for word in ("--setenv", name, value)]
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    fonts = Path(os.environ.get("MPLCONFIGDIR") or Path(cache) / "matplotlib")
    for file in fonts.glob("fontlist-*.json"):  # it takes seconds to make
        options += ["--ro-bind", str(file), f"{OWN}/matplotlib/{file.name}"]
    return options


# --- can this machine do it? ----------------------------------------------------------------------


@functools.cache
def protected() -> str:
    """ "" where student code can be shut in; else one sentence: why not, and what to do."""
    if sys.platform != "linux" or not seccomp.supported():
        return NOT_LINUX
    if not _bubblewrap():
        return NO_BUBBLEWRAP
    tried = subprocess.run(
        [_bubblewrap(), *view(()), sys.executable, "-P", "-s", "-c", TRIAL],
        env={},
        capture_output=True,
        text=True,
    )
    if tried.returncode:
        lines = tried.stderr.strip().split("\n")
        return NO_NAMESPACES.format(lines[-1] or "it gave no reason")
    return ""


def _bubblewrap() -> str | None:
    return shutil.which("bwrap")
