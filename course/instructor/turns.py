"""Several submissions at once, one thread each, and one thread at a time that does Python's work.

nbgrader's converters, the gradebook, the log and the files belong to the thread whose turn it is.
It gives the turn up only while a notebook's cells run, which happens in other processes.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator

_mine = threading.local()


class Turns:
    """Hands the turn round among threads, and stops them all when the person at the terminal does.

    Threads that are stopped get a KeyboardInterrupt, on which nbgrader's converters remove what
    they have half made.
    """

    def __init__(self) -> None:
        self.interrupted = False
        self._lock = threading.Lock()
        self._stops: list[Callable[[], None]] = []

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for the turn, and have it but for what `while_running` encloses."""
        with self._lock:
            _mine.turns = self
            try:
                self._check()
                yield
            finally:
                _mine.turns = None

    @contextlib.contextmanager
    def given_up(self, stop: Callable[[], None]) -> Iterator[None]:
        self._stops.append(stop)
        self._lock.release()
        try:
            self._check()
            yield
        finally:
            self._stops.remove(stop)
            self._lock.acquire()
            self._check()

    def interrupt(self) -> None:
        """Stop what runs; nothing new begins."""
        self.interrupted = True  # first: who comes later than the loop below sees this
        for stop in list(self._stops):
            stop()

    def _check(self) -> None:
        if self.interrupted:
            raise KeyboardInterrupt


@contextlib.contextmanager
def while_running(stop: Callable[[], None]) -> Iterator[None]:
    """Let other threads have their turn while this one only waits for other processes.

    `stop` may be called from another thread, once: what is waited for must then end soon, however
    it does. In plain nbgrader, where there are no turns, nothing happens.
    """
    turns = getattr(_mine, "turns", None)
    with turns.given_up(stop) if turns else contextlib.nullcontext():
        yield
