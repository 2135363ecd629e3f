"""Hostile submissions: what students may try against the grader, and the score that each deserves.

A case is the work of one student: right answers everywhere but for what the case changes. The
modules of this package hold the cases by what they are after, `campus` the course that they attack
and how the damage is found.

Code of a case may name what an insider could know; `campus` fills it in:

    @ROOT@    the course's folder       @HOME@    the instructor's home
    @COURSE@  the installed package     @SITE@    its site-packages
    @PORT@    a server's port           @SOCKET@  a server's unix socket
    @MARK@    a word that is this case's own: whatever is written, started or sent carries it

Secrets begin with the word CANARY; a case that looks for them prints what it finds. Every code cell
of a case prints "tried" when it has got to its end.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.sample_class import Submission

ONE, TWO, THREE = "01_dot_product_scores", "02_softmax", "03_trainable_qkv"
FIVE, SIX = "05_dropout", "06_multi_head"
TRIED = "tried"


@dataclass
class Case:
    """One hostile student, and what they deserve."""

    name: str  # what is tried, in words
    chapter: str = ONE
    cells: dict[str, str] = field(default_factory=dict)  # exercise -> what stands in its cell
    first: str = ""  # a cell of the student's own before the first exercise
    last: str = ""  # one behind the last test
    notebook: Callable[[Submission], None] | None = None  # changes the notebook
    folder: Callable[[Path, Submission], None] | None = None  # changes the files handed in
    loses: tuple[str, ...] | None = None  # exercises or test cells; None: those of `cells`
    says: str = ""  # part of the one line that tells the instructor why
    tries: bool = True  # "tried" is printed: False where the process ends before
    dangerous: bool = False  # harms a machine without a sandbox

    @property
    def student(self) -> str:
        """The name as a student's."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")


# A wrong answer of the right type and shape, for attacks that want it to be taken for right.
ZEROS = """
def most_attended(scores):
    return torch.zeros(len(scores), dtype=torch.int64)
"""


def all_cases() -> list[Case]:
    """Every case, in the order of the modules."""
    from tests.hostile import (
        cheat,
        damage,
        escape,
        exhaust,
        messages,
        modules,
        read,
        shape,
        silence,
    )

    parts = (silence, cheat, read, damage, escape, exhaust, shape, modules, messages)
    cases = [case for part in parts for case in part.CASES]
    names = [case.student for case in cases]
    if doubled := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"two hostile cases have one name: {', '.join(sorted(doubled))}")
    return cases
