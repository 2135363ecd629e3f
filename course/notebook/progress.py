"""What a student has done in a chapter: which tests passed, which exercises are still to do.

Importing this module in a running notebook starts a recorder: after each cell it notes whether
a test cell passed, and says so below it. `show` is the closing cell of each chapter.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from IPython import get_ipython

PASSED, FAILING, NOT_BEGUN, NOT_RUN = "passed", "failing", "not begun", "not run"


class Recorder:
    """Keeps the latest state of each test cell that ran in this kernel."""

    def __init__(self):
        self.states: dict[str, str] = {}  # text of the cell -> state

    def after_cell(self, result) -> None:
        """IPython's `post_run_cell` event."""
        text = result.info.raw_cell.strip()
        if not text.startswith("# Test"):
            return
        error = result.error_before_exec or result.error_in_exec
        if error is None:
            self.states[text] = PASSED
            print("Passed.")
        else:
            # By name: the closing cell must not import PyTorch's checks to know its exceptions.
            begun = type(error).__name__ != "NotBegun"
            self.states[text] = FAILING if begun else NOT_BEGUN


recorder = Recorder()


def start() -> None:
    """Begin to record in this kernel; a second call changes nothing."""
    shell = get_ipython()
    if shell is not None and recorder.after_cell not in shell.events.callbacks["post_run_cell"]:
        shell.events.register("post_run_cell", recorder.after_cell)


start()


def exercise_of(test_id: str, exercises: list[str]) -> str:
    """The exercise that a test cell belongs to: the longest name that fits its grade_id."""
    rest = test_id.removeprefix("test_")
    fits = [name for name in exercises if rest == name or rest.startswith(f"{name}_")]
    return max(fits, key=len, default="")


def exercises_in(source: str, exercises: list[str]) -> list[str]:
    """The exercises that a text of code names."""
    words = set(re.findall(r"\w+", source))
    return [name for name in exercises if name in words]


def combined(states: list[str]) -> str:
    """The state of an exercise from those of its test cells."""
    for state in (FAILING, NOT_BEGUN, NOT_RUN):
        if state in states:
            return state
    return PASSED


def states_by_exercise(tests: list[Mapping], states: Mapping[str, str]) -> dict[str, tuple]:
    """Exercise -> (state, points earned, points possible), in the notebook's order.

    Args:
        tests: grade_id, exercise and points of each test cell, as the notebook's metadata lists
            them; the cells themselves may have been deleted.
        states: grade_id of a test cell -> its state.
    """
    table = {}
    for exercise in dict.fromkeys(test["exercise"] for test in tests):
        mine = [test for test in tests if test["exercise"] == exercise]
        found = [states.get(test["grade_id"], NOT_RUN) for test in mine]
        earned = sum(t["points"] for t, state in zip(mine, found, strict=True) if state == PASSED)
        table[exercise] = (combined(found), earned, sum(test["points"] for test in mine))
    return table


def written_points(cells: list[Mapping]) -> int:
    """The points that a person gives by hand."""
    marked = [cell["metadata"].get("nbgrader", {}) for cell in cells]
    return sum(m["points"] for m in marked if m.get("grade") and m.get("solution"))


def text_of(cell: Mapping) -> str:
    """The text of a cell; nbformat writes it as a string or as a list of lines."""
    return "".join(cell["source"]).strip()


def show(chapter: str) -> None:
    """Print and draw the state of every exercise of the notebook, as far as its tests have run.

    Args:
        chapter: the name of the notebook beside which this kernel runs, without `.ipynb`.
    """
    path = Path(f"{chapter}.ipynb")
    if not path.exists():
        print(f"{path} is not in {Path.cwd()}: open the notebook from its own folder.")
        return
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = notebook["cells"]
    states = {
        cell["metadata"]["nbgrader"]["grade_id"]: recorder.states[text_of(cell)]
        for cell in cells
        if "nbgrader" in cell["metadata"] and text_of(cell) in recorder.states
    }
    table = states_by_exercise(notebook["metadata"]["course"]["tests"], states)
    print(report(table, written_points(cells)))
    draw(table)


def draw(table: Mapping[str, tuple]) -> None:
    """A bar an exercise: as long as its points, dark as far as they are earned."""
    import matplotlib.pyplot as plt

    names = list(table)[::-1]
    earned, possible = ([table[name][i] for name in names] for i in (1, 2))
    _, ax = plt.subplots(figsize=(6.0, 0.6 + 0.28 * len(names)))
    ax.barh(names, possible, color="white", edgecolor="black")
    ax.barh(names, earned, color="0.4", edgecolor="black")
    for row, name in enumerate(names):
        ax.text(table[name][2] + 0.1, row, table[name][0], va="center")
    ax.set(xlabel="points", xlim=(0, 1.25 * max(possible)))
    plt.show()


def report(table: Mapping[str, tuple], by_hand: int) -> str:
    """The closing cell's text: a line an exercise, and the sum."""
    wide = max(map(len, table), default=0)
    lines = [
        f"{name:<{wide}}  {state:<9}  {earned:>2} of {possible} points"
        for name, (state, earned, possible) in table.items()
    ]
    done = sum(state == PASSED for state, _, _ in table.values())
    earned = sum(earned for _, earned, _ in table.values())
    possible = sum(possible for _, _, possible in table.values())
    lines.append(
        f"\n{done} of {len(table)} exercises done, {earned} of {possible} points; "
        f"{by_hand} more for the written answer, read by a person."
    )
    return "\n".join(lines)
