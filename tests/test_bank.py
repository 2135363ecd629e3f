"""The tests of the tests: every right answer earns full marks, every wrong one loses points."""

import functools

import pytest

from tests import bank

judged = functools.cache(bank.judged)
ANSWERS = [answer for chapter in bank.chapters() for answer in bank.all_answers(chapter)]
EXERCISES = [(chapter, name) for chapter in bank.chapters() for name in bank.exercises(chapter)]


def is_named(outcome: dict) -> bool:
    """Does a message, visible or in the feedback, name the mistake?

    An untouched stub is named as such. That a name is the right one is for people to read: it
    stands beside the answer's title in the bank, and a change of either fails `test_answer`.
    """
    said = [text for test in outcome.values() for text in (test["visible"], test["full"])]
    return any(bank.NAMED in text or "is not written yet" in text for text in said)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda a: f"{a.chapter}-{a.kind}-{a.name}")
def test_answer(answer, record_property):
    outcome = judged(answer.chapter)[answer.name]
    failed = {test: said["full"] for test, said in outcome.items() if said["full"]}
    record_property(
        "bank",
        {
            "kind": answer.kind,
            "fails": bool(failed),
            "told": any(said["visible"] for said in outcome.values()),
            "named": is_named(outcome),
        },
    )
    if answer.kind == "correct":
        assert not failed
        return
    assert failed, "no test of its exercise rejects this wrong answer"
    if answer.title != "the untouched stub":
        said = [bank.comparable(line) for line in bank.lines_of(outcome)]
        kept = [bank.comparable(line) for line in answer.says]
        assert said == kept, "its messages changed: read them, then run `make record`"


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda a: f"{a.chapter}-{a.kind}-{a.name}")
def test_judge_agrees(answer):
    """One kernel for all, as in JupyterLab, and two processes, as when grading: the same words."""
    outcome = judged(answer.chapter)[answer.name]
    in_one = {test: bank.comparable(said["full"]) for test, said in outcome.items()}
    apart = {test: bank.comparable(said["judged"]) for test, said in outcome.items()}
    assert apart == in_one


@pytest.mark.parametrize(("chapter", "exercise"), EXERCISES)
def test_stub_loses_every_point(chapter, exercise):
    outcome = judged(chapter)[f"{exercise}: the untouched stub"]
    for said in outcome.values():
        assert "is not written yet" in said["visible"]


@pytest.mark.parametrize(("chapter", "exercise"), EXERCISES)
def test_bank_is_large_enough(chapter, exercise):
    kinds = [answer.kind for answer in bank.answers(chapter, exercise)]
    assert kinds.count("correct") >= 3
    assert kinds.count("wrong") >= 6


@pytest.mark.parametrize("chapter", bank.chapters())
def test_most_mistakes_are_named(chapter):
    wrong = [a for a in bank.all_answers(chapter) if a.kind == "wrong" and a.says]
    named = [a for a in wrong if is_named(judged(chapter)[a.name])]
    missing = [a.name for a in wrong if a not in named]
    assert len(named) >= 0.8 * len(wrong), f"only said to be wrong: {missing}"


@pytest.mark.parametrize("chapter", bank.chapters())
def test_titles_are_told_apart(chapter):
    names = [answer.name for answer in bank.all_answers(chapter)]
    assert len(names) == len(set(names))
