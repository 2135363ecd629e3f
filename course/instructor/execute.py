"""Autograde's step that runs a notebook: attached through ``nbgrader_config.py``.

ExecuteToTheEnd    the student's code in a sandbox, the tests in a process of their own
InOneKernel        what it does instead with ``--unsafe``: all in one kernel, as stock nbgrader
"""

import contextlib
import os
import signal
from pathlib import Path
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbclient.util import run_sync
from nbformat import NotebookNode
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import Execute
from nbgrader.utils import is_grade
from traitlets import Bool, Integer, Unicode

from course.instructor import turns
from course.instructor.judged import (
    KERNEL_DIED,
    NOT_RUN,
    TIMED_OUT,
    JudgedRun,
    Rules,
    error_output,
    stderr_to_stdout,
)
from course.instructor.warm import protected, warm_for
from course.judge.sandbox import Limits
from course.repair import Cell, Notebook, title

UNPROTECTED = (
    "student code would run unprotected here: {}. To grade all the same, with tests and gradebook "
    "open to what students wrote: `course grade --unsafe`, or c.ExecuteToTheEnd.unsafe = True"
)


class InOneKernel(Execute):
    """Run a notebook so that its grades can be trusted whatever its cells do.

    nbgrader gives full points to a test cell without output. So when the kernel dies, or a cell
    cannot be stopped at its time limit, the cells that did not run get an error as output, and
    what ran before keeps its points. Text on stderr (a warning from the student's code, say)
    costs no points: only an error does.
    """

    kernel_log = Unicode(
        "",
        help="File that gets what the kernel process itself writes; empty: the terminal",
    ).tag(config=True)

    iopub_timeout = Integer(
        10, help="Seconds to wait for a cell's output, or for it to stop, after its time limit"
    ).tag(config=True)

    shutdown_kernel = Unicode("immediate")  # nothing in it is needed after the last cell

    def preprocess(
        self, nb: Notebook, resources: dict | None = None, km: Any = None
    ) -> tuple[Notebook, dict]:
        self._lost = None
        self._group = None
        self._not_run = 0
        self._problems = []
        try:
            nb, resources = super().preprocess(nb, resources, km)
        finally:
            self._end_process_group()
        if self._lost:
            after = f"; {self._not_run} after it not run" if self._not_run else ""
            self._problems.append(f"{self._lost}{after}")
        course = nb.metadata.setdefault("course", NotebookNode())
        course.setdefault("problems", []).extend(self._problems)
        return nb, resources

    def start_new_kernel(self, **kwargs: Any) -> None:
        if not self.kernel_log:
            super().start_new_kernel(**kwargs)
        else:
            with open(self.kernel_log, "ab") as log:
                super().start_new_kernel(stdout=log, stderr=log, **kwargs)
        self._group = getattr(self.km.provisioner, "pgid", None)

    def preprocess_cell(self, cell: Cell, resources: dict, index: int) -> tuple[Cell, dict]:
        if cell.cell_type != "code":
            return cell, resources
        name = title(cell, index + 1)
        if self._lost:
            if cell.source.strip():
                self._not_run += 1
                cell.outputs = [error_output(NOT_RUN, f"This cell was not run: {self._lost}.")]
            return cell, resources
        try:
            cell, resources = super().preprocess_cell(cell, resources, index)
        except DeadKernelError:
            self._lose_kernel(cell, KERNEL_DIED, f"the kernel died in {name}")
        except CellTimeoutError:
            limit = f"{name} ran for more than {self.timeout} seconds and could not be stopped"
            self._lose_kernel(cell, TIMED_OUT, limit)
        else:
            self._note_timeout(cell, name)
        if is_grade(cell):
            stderr_to_stdout(cell)
        return cell, resources

    def _lose_kernel(self, cell: Cell, ename: str, sentence: str) -> None:
        self._lost = sentence
        cell.outputs.append(error_output(ename, f"{sentence[0].upper()}{sentence[1:]}."))
        run_sync(self.km.shutdown_kernel)(now=True)

    def _note_timeout(self, cell: Cell, name: str) -> None:
        """One line in place of nbgrader's empty CellTimeoutError and IPython's interrupt."""
        ename = self.error_on_timeout["ename"]
        if not any(out.output_type == "error" and out.ename == ename for out in cell.outputs):
            return
        cell.outputs = [out for out in cell.outputs if out.output_type != "error"]
        sentence = f"ran for more than {self.timeout} seconds and was stopped"
        cell.outputs.append(error_output(TIMED_OUT, f"This cell {sentence}."))
        self._problems.append(f"{name} {sentence}")

    def _end_process_group(self) -> None:
        """A kernel that died or was stopped may have left processes of its own behind."""
        if self._group and hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody is left
                os.killpg(self._group, signal.SIGKILL)


class ExecuteToTheEnd(InOneKernel):
    """Run a notebook in a sandbox, and its tests where no student's code is.

    Of the two processes, their limits and what happens when one is lost: docs/security.md.
    """

    unsafe = Bool(
        False,
        help="Run student code in a plain kernel beside the tests, where there is no sandbox",
    ).tag(config=True)

    notebook_timeout = Integer(
        900, help="Seconds that all cells of a notebook may run; the rest is then not run"
    ).tag(config=True)

    output_limit = Integer(
        1_000_000, help="Characters that one cell may print or display; the rest is left out"
    ).tag(config=True)

    restarts = Integer(
        12, help="How often a notebook's processes are begun anew when a cell has ended them"
    ).tag(config=True)

    memory_limit = Integer(
        Limits.memory_mb, help="MiB of memory that a process may use besides PyTorch's own"
    ).tag(config=True)

    tree_memory_limit = Integer(
        Limits.tree_mb, help="MiB of memory for a notebook's process and all that it starts"
    ).tag(config=True)

    process_limit = Integer(
        Limits.processes, help="Processes and threads that a notebook may have at a time"
    ).tag(config=True)

    file_limit = Integer(Limits.file_mb, help="MiB that a file may have").tag(config=True)

    disk_limit = Integer(
        Limits.disk_mb, help="MiB of all files that a notebook writes; they vanish with it"
    ).tag(config=True)

    def preprocess(
        self, nb: Notebook, resources: dict | None = None, km: Any = None
    ) -> tuple[Notebook, dict]:
        if self.unsafe:
            return super().preprocess(nb, resources, km)
        if problem := protected():
            raise NbGraderException(UNPROTECTED.format(problem))
        folder = Path(resources["metadata"]["path"])
        name = f"{resources['nbgrader']['notebook']}.ipynb"
        run = JudgedRun(warm_for(self._hidden()), nb, name, folder, self._rules())
        with turns.while_running(stop=run.stop):
            problems = run.run()
        course = nb.metadata.setdefault("course", NotebookNode())
        course.setdefault("problems", []).extend(problems)
        return nb, resources

    def _hidden(self) -> list[Path]:
        """The course with its gradebook and submissions."""
        return [Path(self.parent.parent.coursedir.root)]

    def _rules(self) -> Rules:
        limits = Limits(
            self.memory_limit,
            self.tree_memory_limit,
            self.process_limit,
            self.file_limit,
            self.disk_limit,
        )
        seconds = self.timeout or self.notebook_timeout
        return Rules(seconds, self.notebook_timeout, self.output_limit, self.restarts, limits)
