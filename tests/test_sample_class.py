"""The whole chain, to the point: submissions of known worth in, a gradebook out."""

import shutil

import nbformat
import pytest
from nbgrader.api import Gradebook

from course.instructor.grade import grade
from tests import bank, sample_class

# The broken and the hostile-by-accident are graded in two chapters, the others get a few students
# each: every chapter's notebook goes through the chain, and the run stays short.
EVERYONE = ["01_dot_product_scores", "02_softmax"]
A_FEW = ["ada", "ben", "emeka", "igor", "jun"]
CLASSES = {c: list(sample_class.STUDENTS) if c in EVERYONE else A_FEW for c in bank.chapters()}
CELL_SECONDS = 25  # the slowest test cell trains for a while; lena's loop costs this once


@pytest.fixture(scope="module")
def course_root(tmp_path_factory):
    root = tmp_path_factory.mktemp("course")
    for name in ("source", "release"):
        shutil.copytree(bank.ROOT / name, root / name)
    shutil.copy(bank.ROOT / "nbgrader_config.py", root)
    return root


@pytest.mark.slow
@pytest.mark.parametrize("chapter", CLASSES)
def test_gradebook_holds_what_each_deserves(chapter, course_root):
    deserved = {
        student: sample_class.write(student, chapter, course_root).points
        for student in CLASSES[chapter]
    }
    results = grade(chapter, root=course_root, timeout=CELL_SECONDS)
    assert [r.student for r in results] == sorted(deserved)
    with Gradebook(f"sqlite:///{course_root}/gradebook.db") as gradebook:
        found = {student: auto_scores(gradebook, chapter, student) for student in deserved}
    assert found == deserved
    for student in deserved:
        check_feedback(course_root, student, chapter)


def auto_scores(gradebook, chapter: str, student: str) -> dict[str, float]:
    """Test cell -> the score that the gradebook holds."""
    notebook = gradebook.find_submission_notebook(chapter, chapter, student)
    return {g.cell.name: g.auto_score for g in notebook.grades if g.cell.name.startswith("test_")}


def check_feedback(root, student: str, chapter: str) -> None:
    """A page for everyone whose notebook could be read, and no hidden test in it."""
    page = root / "feedback" / student / chapter / f"{chapter}.html"
    if student in ("noor", "oskar"):
        return
    text = page.read_text(encoding="utf-8")
    assert "BEGIN HIDDEN TESTS" not in text
    assert "BEGIN MARK SCHEME" not in text


def test_students_deserve_different_grades():
    """A class in which everybody gets the same would prove nothing."""
    chapter = bank.chapters()[0]
    sums = {s: sum(sample_class.compose(s, chapter).points.values()) for s in sample_class.STUDENTS}
    assert len(set(sums.values())) >= 6


def test_submissions_are_valid_notebooks(tmp_path):
    for student in sample_class.STUDENTS:
        work = sample_class.write(student, bank.chapters()[0], tmp_path)
        if work.text is None:
            # A copied cell keeps its grade_id, which nbgrader minds, but not its cell id.
            nbformat.validate(work.notebook)
