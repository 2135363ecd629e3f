"""Running notebook cells in this process, with the outputs that a kernel would have sent.

The shell is IPython's own. What ipykernel adds to it is done here without its sockets and threads:
streams, displays and errors become the outputs of a notebook's cell, in the order they came.
"""

from __future__ import annotations

import builtins
import contextlib
import getpass
import io
import sys
from collections.abc import Iterator
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.pylabtools import activate_matplotlib
from matplotlib_inline.backend_inline import configure_inline_support, flush_figures
from matplotlib_inline.config import InlineBackend
from traitlets import Type
from traitlets.config import Config

FRAME = 100  # characters that an output counts for, besides its text
INLINE = "module://matplotlib_inline.backend_inline"
NO_INPUT = "raw_input was called, but this frontend does not support input requests."


class Outputs(list):
    """The outputs of one cell as a notebook stores them, text up to `limit` characters."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit, self.size, self.clears = limit, 0, False

    @property
    def cut(self) -> bool:
        """Was there more than the limit?"""
        return self.size > self.limit

    def write(self, name: str, text: str) -> None:
        """Text on stdout or stderr; what follows on the same stream is joined."""
        text = text[: max(0, self.limit - self.size)] if self._grow(len(text)) else text
        if not text:
            return
        if not self._cleared() and self and self[-1].get("name") == name:
            self[-1]["text"].append(text)
        else:
            self._grow(FRAME)
            self.append({"output_type": "stream", "name": name, "text": [text]})

    def add(self, output: dict) -> None:
        """A display, a result or an error; for an error there is always room."""
        over = self._grow(FRAME + sum(len(str(value)) for value in output.get("data", {}).values()))
        if not over or output["output_type"] == "error":  # without it a test would count as passed
            self._cleared()
            self.append(output)

    def _grow(self, size: int) -> bool:
        self.size += size
        return self.cut

    def clear_output(self, wait: bool) -> None:
        """What IPython's clear_output asks for: at once, or when something follows."""
        self.clears = wait
        if not wait:
            self.clear()

    def _cleared(self) -> bool:
        clears, self.clears = self.clears, False
        if clears:
            self.clear()
        return clears

    def finished(self) -> list[dict]:
        """The outputs with their texts joined."""
        return [
            output | {"text": "".join(output["text"])} if "text" in output else output
            for output in self
        ]


class Stream(io.TextIOBase):
    """sys.stdout or sys.stderr: writes to the outputs of the cell that runs."""

    encoding = "utf-8"

    def __init__(self, shell: Shell, name: str) -> None:
        super().__init__()
        self.shell, self.name = shell, name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.shell.outputs.write(self.name, text)
        return len(text)


class Publisher(DisplayPublisher):
    """display(...) becomes an output."""

    def publish(self, data, metadata=None, *, transient=None, update=False, **kwargs) -> None:
        """Add a display; `update` changes the one of the same id, if this cell has it."""
        name = (transient or {}).get("display_id")
        output = {"output_type": "display_data", "data": data, "metadata": metadata or {}}
        same = [old for old in self.shell.outputs if name and old.get("display_id") == name]
        for old in same if update else ():
            old.update(output)
        if not update:
            self.shell.outputs.add(output | ({"display_id": name} if name else {}))

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.clear_output(wait)


class Results(DisplayHook):
    """The value of a cell's last line becomes an output."""

    def write_output_prompt(self) -> None:
        """The number is in the output."""

    def write_format_data(self, format_dict, md_dict=None) -> None:
        number = self.prompt_count
        result = {"output_type": "execute_result", "data": format_dict, "execution_count": number}
        self.shell.outputs.add(result | {"metadata": md_dict or {}})

    def finish_displayhook(self) -> None:
        """Nothing is printed, so nothing is to be flushed."""


class Shell(InteractiveShell):
    """An IPython shell whose cells leave outputs and nothing else."""

    displayhook_class = Type(Results)
    display_pub_class = Type(Publisher)
    outputs = Outputs(0)
    system = InteractiveShell.system_piped

    @classmethod
    def make(cls) -> Shell:
        """The one shell of this process, without history on disk; figures are not drawn."""
        config = Config()
        config.HistoryManager.enabled = False
        shell = cls.instance(config=config)
        activate_matplotlib(INLINE)  # as in a kernel: open figures show at a cell's end
        configure_inline_support(shell, INLINE)
        InlineBackend.instance(parent=shell).figure_formats = set()
        return shell

    def _showtraceback(self, etype, evalue, stb) -> None:
        error = {"output_type": "error", "ename": etype.__name__, "evalue": str(evalue)}
        self.outputs.add(error | {"traceback": list(stb)})

    def _format_exception_for_storage(self, *args: Any, **kwargs: Any) -> dict:
        """Nothing: the history that it is for is off, and it takes as long as the error itself."""
        return {}

    @contextlib.contextmanager
    def collecting(self, outputs: Outputs) -> Iterator[None]:
        """Have everything that is shown meanwhile written to `outputs`."""
        before = self.outputs, sys.stdout, sys.stderr
        self.outputs = outputs
        sys.stdout, sys.stderr = Stream(self, "stdout"), Stream(self, "stderr")
        try:
            yield
        finally:
            self.outputs, sys.stdout, sys.stderr = before

    def run(self, source: str, number: int, limit: int) -> dict[str, Any]:
        """Run one cell; returns its outputs, the name of its error's class, and cut.

        Args:
            source: the cell's text.
            number: what it is counted as, In[number].
            limit: how many characters of output are kept.
        """
        outputs = Outputs(limit)
        with self.collecting(outputs):
            self.execution_count = number
            result = self.run_cell(source, store_history=True)
        error = result.error_before_exec or result.error_in_exec
        return {
            "outputs": outputs.finished(),
            "error": type(error).__name__ if error else "",
            "cut": outputs.cut,
        }

    def show_figures(self) -> None:
        """Show the open figures and close them, as happens at the end of a cell."""
        flush_figures()


def refuse_input(*args: Any, **kwargs: Any) -> None:
    """What input() and getpass() do where nobody can type."""
    raise StdinNotImplementedError(NO_INPUT)


def without_input() -> None:
    """Make input() an error that says so, as in a kernel without a front end."""
    builtins.input = getpass.getpass = refuse_input
