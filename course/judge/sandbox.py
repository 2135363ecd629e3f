"""What a fork of the warm process does to itself before it runs anything of a notebook.

The warm process (course/judge/warm.py) runs inside bubblewrap, where there is no network and
little to read. `enter` shuts each fork up once more, so that two notebooks that are graded at the
same time cannot reach each other, and takes from it whatever it does not need.

`Limits` is also used by the instructor's side. This module imports nothing but the standard
library.
"""

import contextlib
import ctypes
import os
import platform
import resource
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from course.judge import seccomp

HOME = "/tmp/home"
WORK = "/tmp/work"
OPEN_FILES = 256
_MORE_THAN_EVER_OPEN = 65536
MIB = 1024 * 1024

# unshare's flags.
_NEW_MOUNTS, _NEW_UTS, _NEW_IPC = 0x00020000, 0x04000000, 0x08000000
_NEW_USER, NEW_PID, _NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000
_NAMESPACES = _NEW_USER | _NEW_MOUNTS | _NEW_NETWORK | _NEW_IPC | _NEW_UTS

# mount's flags.
_READ_ONLY, _NO_SETUID, _NO_DEVICES, _NO_PROGRAMS = 1, 2, 4, 8
_BIND, _RECURSIVE = 4096, 16384

# prctl's options.
_END_WITH_PARENT, _DROP_FROM_BOUNDING_SET, _SET_SECUREBITS = 1, 24, 28
_NO_NEW_PRIVILEGES, _AMBIENT = 38, 47
_CLEAR_AMBIENT = 4
# NOROOT, NO_SETUID_FIXUP, NO_AMBIENT_RAISE and the locks of all four: no program gains anything.
_SECUREBITS = 0xEF

_ENVIRONMENT = {
    "HOME": HOME,
    "LANG": "C.UTF-8",
    "LOGNAME": "student",
    "PATH": "/usr/bin:/bin",
    "TMPDIR": "/tmp",
    # A second process of a student's shall not be slower than the first.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


@dataclass(frozen=True)
class Limits:
    """What a process may use, and the processes it starts. Sizes in MiB."""

    memory_mb: int = 2048  # private memory of a process, besides what the warm process has
    tree_mb: int = 3072  # memory of the process and all that it started
    processes: int = 64  # processes and threads of the whole tree
    file_mb: int = 256  # size of a file
    disk_mb: int = 512  # all files under /tmp and /dev/shm, which are in memory


libc = ctypes.CDLL(None, use_errno=True)


def check(result: int, doing: str) -> int:
    """The result of a C call, or its error as an OSError that says what was being done."""
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{doing}: {os.strerror(error)}")
    return result


def enter(limits: Limits, keep: Iterable[int]) -> None:
    """Shut this process up. It must be the first process of a new process namespace.

    Being the first, its end ends every process that it started. Afterwards it sees read-only
    system folders, an empty /proc, a /tmp of its own, no network, and no file that is open but
    those in ``keep`` and /dev/null as standard input, output and error.

    Raises:
        OSError: something of this is not to be had; nothing of a notebook may run then
    """
    os.setsid()
    os.nice(10)  # what watches over it, and the grader, come first
    _enter_namespaces()
    _limit(limits)  # while /proc still tells how much memory there is already
    _mount(limits)
    _drop_capabilities()
    check(libc.prctl(_END_WITH_PARENT, signal.SIGKILL, 0, 0, 0), "end with the warm process")
    check(libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no_new_privs")
    seccomp.install()
    _clean(set(keep))


def trial() -> str:
    """Enter a sandbox once, in a fork: "" or what this machine does not allow."""
    try:
        check(libc.unshare(NEW_PID), "new process namespace")
    except OSError as error:
        return str(error)
    answer, tell = os.pipe()
    if os.fork() == 0:
        try:
            enter(Limits(), (tell,))
        except OSError as error:
            os.write(tell, str(error).encode())
        os._exit(0)
    os.close(tell)
    with open(answer) as told:
        return told.read()


def _enter_namespaces() -> None:
    uid, gid = os.getuid(), os.getgid()
    check(libc.unshare(_NAMESPACES), "new namespaces")
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{uid} {uid} 1")
    _write("/proc/self/gid_map", f"{gid} {gid} 1")


def _write(path: str, text: str) -> None:
    # Unbuffered: an error must not wait until the file is collected, where nobody sees it.
    with open(path, "wb", buffering=0) as file:
        file.write(text.encode())


def _limit(limits: Limits) -> None:
    """Limits per process. The warm process watches what the kernel cannot count per tree."""
    memory = limits.memory_mb * MIB
    used = _used("VmData"), _used("VmSize")
    _set(resource.RLIMIT_DATA, used[0] + memory)
    # Address space, so that page tables stay small. Every thread takes some that it never uses.
    _set(resource.RLIMIT_AS, used[1] + 4 * memory)
    _set(resource.RLIMIT_FSIZE, limits.file_mb * MIB)
    _set(resource.RLIMIT_NOFILE, OPEN_FILES)
    _set(resource.RLIMIT_CORE, 1)  # 0 would still hand the memory of a crash to a crash reporter
    _set(resource.RLIMIT_MEMLOCK, 0)
    _set(resource.RLIMIT_MSGQUEUE, 0)
    if _counts_processes_per_sandbox():
        _set(resource.RLIMIT_NPROC, limits.processes)


def _used(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"/proc/self/status has no {name}")


def _set(limit: int, value: int) -> None:
    _, hard = resource.getrlimit(limit)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(limit, (value, value))


def _counts_processes_per_sandbox() -> bool:
    """Older kernels count all processes of the instructor, of whom there may be many."""
    major, minor = platform.release().split(".")[:2]
    return (int(major), int("".join(filter(str.isdigit, minor)))) >= (5, 14)


def _mount(limits: Limits) -> None:
    """One file system in memory for /tmp and /dev/shm, an empty one over /proc."""
    in_tmp = {name: os.open(f"/tmp/{name}", os.O_PATH) for name in os.listdir("/tmp")}
    safe = _NO_SETUID | _NO_DEVICES
    size = f"size={limits.disk_mb}m,nr_inodes={32 * limits.disk_mb},mode=755"
    _mount_one("tmpfs", "/tmp", "tmpfs", safe, size)
    for folder in ("/tmp/shm", "/tmp/tmp"):
        os.mkdir(folder)
    _mount_one("/tmp/shm", "/dev/shm", None, _BIND, None)
    _mount_one("/tmp/tmp", "/tmp", None, _BIND, None)
    for name, folder in in_tmp.items():
        # Somebody has the course or its virtual environment there: it stays in view, read-only.
        os.mkdir(f"/tmp/{name}")
        _mount_one(f"/proc/self/fd/{folder}", f"/tmp/{name}", None, _BIND | _RECURSIVE, None)
    empty = safe | _READ_ONLY | _NO_PROGRAMS
    _mount_one("tmpfs", "/proc", "tmpfs", empty, "size=4k,nr_inodes=2,mode=555")
    for folder in (HOME, WORK):
        os.mkdir(folder)
    os.chdir(WORK)


def _mount_one(what: str, where: str, kind: str | None, flags: int, options: str | None) -> None:
    texts = [text and text.encode() for text in (what, where, kind, options)]
    what_, where_, kind_, options_ = texts
    result = libc.mount(what_, where_, kind_, ctypes.c_ulong(flags), options_)
    check(result, f"mount on {where}")


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def _drop_capabilities() -> None:
    check(libc.prctl(_SET_SECUREBITS, _SECUREBITS, 0, 0, 0), "securebits")
    capability = 0
    while libc.prctl(_DROP_FROM_BOUNDING_SET, capability, 0, 0, 0) == 0:
        capability += 1  # until there is none of that number
    if capability == 0:
        check(-1, "bounding set")
    check(libc.prctl(_AMBIENT, _CLEAR_AMBIENT, 0, 0, 0), "ambient capabilities")
    header = _Header(0x20080522, 0)
    none = (ctypes.c_uint32 * 6)()
    check(libc.capset(ctypes.byref(header), none), "capset")


def _clean(keep: set[int]) -> None:
    """No open files, signal handlers or environment of the warm process."""
    null = os.open("/dev/null", os.O_RDWR)
    for descriptor in range(3):
        os.dup2(null, descriptor)
    first = 3
    for descriptor in [*sorted(keep), _MORE_THAN_EVER_OPEN]:
        os.closerange(first, descriptor)
        first = descriptor + 1
    for number in signal.valid_signals():
        with contextlib.suppress(OSError):  # SIGKILL and SIGSTOP cannot be set
            signal.signal(number, signal.SIG_DFL)
    # As Python itself has it: an interrupt is an exception, a closed pipe or a full file an error.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.environ.clear()
    os.environ.update(_ENVIRONMENT)
