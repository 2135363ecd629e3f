"""What the tests share: the score of the answer bank, printed at the end of a run."""

from dataclasses import dataclass

import pytest


@dataclass
class BankScore:
    """Counts how the bank's answers were judged."""

    correct: int = 0
    accepted: int = 0
    wrong: int = 0
    rejected: int = 0
    told: int = 0  # wrong answers whose student reads a message at once

    def count(self, answer, outcome: dict, failed: dict) -> None:
        if answer.kind == "correct":
            self.correct += 1
            self.accepted += not failed
        else:
            self.wrong += 1
            self.rejected += bool(failed)
            self.told += any(said["visible"] for said in outcome.values())


SCORE = BankScore()


@pytest.fixture
def bank_score() -> BankScore:
    return SCORE


def pytest_terminal_summary(terminalreporter):
    if SCORE.wrong:
        terminalreporter.write_line(
            f"answer bank: {SCORE.rejected} of {SCORE.wrong} wrong answers rejected, "
            f"{SCORE.accepted} of {SCORE.correct} correct ones accepted; "
            f"{SCORE.told} wrong ones are told so by a visible test."
        )
