"""The warm process: PyTorch and matplotlib imported once, a fork for each notebook's processes.

``python -m course.judge.warm <descriptor>`` runs inside bubblewrap. The descriptor is a socket to
the instructor's side (course/instructor/warm.py), which asks for forks; when it is closed, the
warm process ends and with it everything in bubblewrap. It never runs anything of a notebook
itself, and holds nothing that a student should not see.

Requests and answers are single packets of JSON:

    {"role": "student", "limits": {…}, "optimizer": true} and three sockets: control, peer, status
    → {} and a pidfd of the fork, or {"error": "…"}

The fork runs ``course.judge.<role>.main(control, peer)`` in a sandbox of its own. When it has
ended, and everything that it started, ``{"reason": "…"}`` is written to the status socket, which
is then closed. When the other end of the status socket is closed, the fork is killed.
"""

import contextlib
import ctypes
import dataclasses
import fcntl
import functools
import gc
import importlib
import io
import json
import os
import re
import select
import signal
import socket
import sys
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NoReturn

from course.judge import sandbox
from course.judge.cells import Outputs, Shell
from course.judge.sandbox import MIB, Limits

ROLES = ("student", "judge")
PACKET = 65536  # bytes, far more than a request has
WATCH_SECONDS = 0.05
FORK_SECONDS = 60  # to wait for a fork while there are too many processes
OUT_OF_MEMORY = 12  # exit code
HUGE, COLLAPSE = 2 * MIB, 25  # a huge page; madvise's MADV_COLLAPSE
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclasses.dataclass
class Child:
    """A fork: the first process of its process namespace, or what is known of it."""

    pid: int
    pidfd: int
    status: socket.socket
    limits: Limits
    reason: str = ""

    def kill(self, reason: str) -> None:
        self.reason = self.reason or reason
        signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def reap(self) -> None:
        """Everything in the namespace has ended when its first process can be waited for."""
        _, status = os.waitpid(self.pid, 0)
        if os.waitstatus_to_exitcode(status) == OUT_OF_MEMORY:
            self.reason = self.reason or "memory"
        send(self.status, {"reason": self.reason})
        self.status.close()
        os.close(self.pidfd)


def send(to: socket.socket, message: dict, descriptors: tuple[int, ...] = ()) -> None:
    """Send one packet; where nobody listens any more there is nothing to do."""
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        socket.send_fds(to, [json.dumps(message).encode()], descriptors)


class Server:
    """Serves one client until it closes its socket."""

    def __init__(self, client: socket.socket):
        self._client = client
        self._children: dict[int, Child] = {}  # by pidfd
        self._poll = select.poll()
        self._poll.register(client, select.POLLIN)
        self._namespace = os.open("/proc/self/ns/pid", os.O_RDONLY)

    def serve(self) -> None:
        while True:
            timeout = WATCH_SECONDS * 1000 if self._children else None
            for descriptor, _ in self._poll.poll(timeout):
                if descriptor == self._client.fileno():
                    if not self._answer():
                        return
                else:
                    self._attend(descriptor)
            watch(self._children.values())

    def end(self) -> None:
        """End all forks: bubblewrap waits for what is left."""
        for child in self._children.values():
            child.kill("")

    def _attend(self, descriptor: int) -> None:
        """A fork ended, or nobody is interested in it any more."""
        child = self._children.get(descriptor)
        if child:
            self._poll.unregister(descriptor)
            self._unwatch_status(child)
            del self._children[descriptor]
            child.reap()
            return
        for child in self._children.values():
            if child.status.fileno() == descriptor:
                self._unwatch_status(child)
                child.kill("")

    def _unwatch_status(self, child: Child) -> None:
        with contextlib.suppress(KeyError):  # it was done when the client went away
            self._poll.unregister(child.status)

    def _answer(self) -> bool:
        """Do what the next request asks; False when the client is gone."""
        data, descriptors, _, _ = socket.recv_fds(self._client, PACKET, 3)
        if not data:
            return False
        request = json.loads(data)
        control, peer, status = (socket.socket(fileno=number) for number in descriptors)
        limits = Limits(**request["limits"])
        if request["optimizer"]:
            rehearse_optimizer()
        try:
            pid = self._fork_in_time()
        except OSError as error:
            send(self._client, {"error": f"no new process: {error}"})
            status.close()
        else:
            if pid == 0:
                run(request["role"], limits, control, peer, status)  # does not return
            child = Child(pid, os.pidfd_open(pid), status, limits)
            self._children[child.pidfd] = child
            self._poll.register(child.pidfd, select.POLLIN)
            self._poll.register(status, select.POLLHUP)
            send(self._client, {}, (child.pidfd,))
        control.close()
        peer.close()
        return True

    def _fork_in_time(self) -> int:
        """Fork; where one sandbox has taken the processes of all, as soon as it is killed."""
        end = time.monotonic() + FORK_SECONDS
        while True:
            try:
                return self._fork()
            except BlockingIOError:
                if time.monotonic() > end:
                    raise
            watch(self._children.values())
            time.sleep(WATCH_SECONDS)

    def _fork(self) -> int:
        """Fork as the first process of a new process namespace.

        Were the namespace made after the fork, it would take a second fork to be in it, and every
        fork copies the page tables of all that was imported.
        """
        sandbox.check(sandbox.libc.unshare(sandbox.NEW_PID), "new process namespace")
        pid = -1
        try:
            pid = os.fork()
        finally:
            if pid:  # also where there was no fork, or there would never be one again
                back = sandbox.libc.setns(self._namespace, sandbox.NEW_PID)
                sandbox.check(back, "own process namespace")
        return pid


def enter(limits: Limits, status: socket.socket, keep: tuple[int, ...]) -> None:
    """Enter the sandbox, or end this process and say why."""
    try:
        sandbox.enter(limits, keep)
    except OSError as error:
        send(status, {"reason": f"the sandbox could not be entered: {error}"})
        os._exit(1)
    status.detach()  # it is closed, and its number may be another file's


def run(
    role: str, limits: Limits, control: socket.socket, peer: socket.socket, status: socket.socket
) -> NoReturn:
    """The whole life of a fork."""
    code = 1
    try:
        enter(limits, status, keep=(control.fileno(), peer.fileno()))
        reseed()
        sys.modules[f"course.judge.{role}"].main(control, peer)
        code = 0
    except MemoryError:  # so little was left that the cell's error could not be told
        code = OUT_OF_MEMORY
    finally:
        os._exit(code)  # without the warm process's clean-up


def reseed() -> None:
    """Forks must not all draw the same numbers. (Python's own `random` sees to it itself.)"""
    import numpy.random
    import torch

    numpy.random.seed()
    torch.default_generator.seed()  # torch.seed() would look for graphics cards as well


# --- watching -------------------------------------------------------------------------------------


def watch(children: Collection[Child]) -> None:
    """Kill the trees that are over a limit that the kernel cannot hold for a whole tree."""
    if not children:
        return
    trees = trees_of({child.pid for child in children})
    for child in children:
        tree = trees[child.pid]
        if sum(threads for _, threads in tree) > child.limits.processes:
            child.kill("processes")
        elif memory_over([pid for pid, _ in tree], child.limits.tree_mb * MIB):
            child.kill("memory")


def trees_of(roots: set[int]) -> dict[int, list[tuple[int, int]]]:
    """Per root, the processes of its tree: (pid, number of threads).

    In a process namespace an orphan becomes a child of the first process, so no process of a
    sandbox leaves its tree.
    """
    parents, threads = {}, {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has ended meanwhile
                continue
            parents[int(entry)] = int(fields[1])
            threads[int(entry)] = int(fields[17])
    trees = {root: [] for root in roots}
    for pid in parents:
        root = pid
        while root not in roots and root in parents:
            root = parents[root]
        if root in roots:
            trees[root].append((pid, threads[pid]))
    return trees


def memory_over(pids: list[int], limit: int) -> bool:
    """Whether these processes together use more than so many bytes of memory.

    The first look is quick and counts pages twice that processes share; only where that is over
    the limit are they counted exactly. Files in memory are not counted here: the file system's
    size limits them.
    """
    return sum(map(private, pids)) > limit and sum(map(proportional, pids)) > limit


def private(pid: int) -> int:
    """Memory of a process that no file is behind."""
    try:
        _, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_text().split()
    except OSError:
        return 0
    return (int(resident) - int(shared)) * PAGE


def proportional(pid: int) -> int:
    """The same, where each page that several processes share is divided between them."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:  # it has ended, or it hides: then all that it shares counts as its own
        return private(pid)
    return int(re.search(r"^Pss_Anon: +(\d+) kB", text, re.MULTILINE)[1]) * 1024


# --- starting -------------------------------------------------------------------------------------


def load() -> None:
    """Import what notebooks and the two roles use, so that forks have it."""
    import IPython.core.interactiveshell  # noqa: F401
    import matplotlib.pyplot  # noqa: F401
    import matplotlib_inline.backend_inline  # noqa: F401
    import numpy.random  # noqa: F401  (numpy itself would wait for its first use)
    import torch
    import torch.fx.experimental.symbolic_shapes  # noqa: F401  (for torch.autograd.grad)

    torch.set_num_threads(1)
    for name in ("checks", "data", "drawing", "figures", "progress"):
        importlib.import_module(f"course.notebook.{name}")
    for role in ROLES:
        importlib.import_module(f"course.judge.{role}")
    Shell.make()


def rehearse() -> None:
    """Fail and draw once: the first error and the first figure import and read the most."""
    import matplotlib.pyplot as plt

    shell = Shell.instance()
    with shell.collecting(Outputs(limit=0)):
        try:
            raise ValueError
        except ValueError:
            shell.showtraceback()

    figure, axes = plt.subplots(layout="constrained")
    axes.set_title("$x$")
    figure.savefig(io.BytesIO(), format="png")
    plt.close(figure)


@functools.cache
def rehearse_optimizer() -> None:
    """Train once: PyTorch's first optimizer imports its compiler, which takes a second."""
    import torch

    weight = torch.nn.Parameter(torch.zeros(1))
    weight.grad = torch.zeros(1)
    optimizer = torch.optim.SGD([weight], lr=1.0)
    optimizer.step()
    optimizer.zero_grad()
    make_forks_cheap()


def make_forks_cheap() -> None:
    """Have what was imported shared with forks, and little of it copied."""
    threads = os.listdir("/proc/self/task")
    if len(threads) > 1:
        raise RuntimeError(f"{len(threads)} threads after the imports: no fork is safe")
    gc.collect()
    gc.freeze()  # or the first collection in a fork would copy all that was imported
    use_huge_pages()


def forget_fonts_out_of_sight() -> None:
    """The list of fonts may be the instructor's, who may have some that are not in the sandbox.

    matplotlib would make the whole list anew, in every fork, on meeting one of them.
    """
    from matplotlib.font_manager import fontManager

    fontManager.ttflist = [font for font in fontManager.ttflist if os.path.exists(font.fname)]


def use_huge_pages() -> None:
    """Ask for what was imported in pages of 2 MiB: a fork then copies far fewer page entries.

    Kernels before 6.1 do not know the request, and it is only a wish where they do.
    """
    for line in Path("/proc/self/maps").read_text().splitlines():
        addresses, rights, _, _, inode, *_ = line.split()
        start, end = (int(text, 16) for text in addresses.split("-"))
        start, end = -(-start // HUGE) * HUGE, end // HUGE * HUGE
        if rights == "rw-p" and inode == "0" and start < end:
            sandbox.libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), COLLAPSE)


@contextlib.contextmanager
def ended_by(client: socket.socket) -> Iterator[None]:
    """End at once when the client does, though nobody listens to it: by SIGIO, which kills."""
    flags = fcntl.fcntl(client, fcntl.F_GETFL)
    fcntl.fcntl(client, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(client, fcntl.F_SETFL, flags | os.O_ASYNC)
    if select.select([client], [], [], 0)[0]:
        sys.exit("nobody waits for this process any more")
    yield
    fcntl.fcntl(client, fcntl.F_SETFL, flags)


def main(descriptor: int) -> None:
    client = socket.socket(fileno=descriptor)
    with ended_by(client):
        load()
        forget_fonts_out_of_sight()
        rehearse()
        make_forks_cheap()
    send(client, {})  # ready
    server = Server(client)
    try:
        server.serve()
    finally:
        server.end()
        os._exit(0)  # without clean-up


if __name__ == "__main__":
    main(int(sys.argv[1]))
