"""What hostile students earn, read, change and leave behind: what they deserve, and nothing else.

The cases are in tests/hostile. Each chapter's are graded together with three honest students, in
one run; every case then looks at what became of it.
"""

import functools

import pytest

from tests.hostile import all_cases, campus

CASES = all_cases()
CHAPTERS = sorted({case.chapter for case in CASES})
NUMBERS = {case.student: number for number, case in enumerate(CASES)}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    """A function that grades a chapter's class when it is first asked, and gives what it left."""
    with campus.build(tmp_path_factory.mktemp("campus")) as place:

        @functools.cache
        def held(chapter: str) -> campus.Held:
            cases = [case for case in CASES if case.chapter == chapter]
            return campus.hold(place, chapter, cases, NUMBERS)

        yield held


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.chapter}-{case.student}")
def test_hostile_student(case, classes):
    assert not campus.faults(case, classes(case.chapter))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_honest_students_get_what_they_deserve(chapter, classes):
    held = classes(chapter)
    for student in campus.HONEST:
        assert held.scores[student] == held.deserved[student]
        assert held.results[student].status == "graded"
        assert held.results[student].problems == []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_everyone_has_a_result(chapter, classes):
    held = classes(chapter)
    assert set(held.results) == set(held.deserved)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_nothing_is_changed(chapter, classes):
    assert classes(chapter).changed == []


def test_there_are_cases_enough():
    assert len(CASES) >= 70
