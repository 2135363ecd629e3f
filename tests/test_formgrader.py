"""Grading by hand: what a person enters counts, reaches the student and outlives a regrading.

On the toy chapter without a browser, on a real chapter as the instructor's walk through the
Formgrader. Pictures of the walk are left in screenshots/.
"""

import csv
import shutil

import pytest
from nbgrader.api import Gradebook
from playwright.sync_api import Page, expect

from course.instructor.grade import grade
from tests import bank, sample_class
from tests.browser import TOKEN, jupyter_lab, new_page, picture
from tests.test_grading import CHAPTER as TOY
from tests.test_grading import answered, give_points, hand_in, make_course

CHAPTER = "01_dot_product_scores"
QUESTION = "written_similarity"
COMMENT = "Good. Give a case in numbers, too."


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """The toy chapter (9 points, 4 of them by hand) with one right submission, graded."""
    root = make_course(tmp_path_factory.mktemp("toy"))
    hand_in(root, "ada", answered(written="They are inverse."))
    (result,) = grade(TOY, root=root)
    assert (result.status, result.score, result.to_read) == ("graded", 5, 4)
    return root


def row(root) -> tuple[float, str]:
    """Score and "still to be read" in grades.csv."""
    with open(root / "grades.csv", encoding="utf-8") as file:
        (only,) = csv.DictReader(file)
    return float(only["score"]), only["needs_manual_grade"]


def feedback(root) -> str:
    return (root / "feedback" / "ada" / TOY / f"{TOY}.html").read_text(encoding="utf-8")


def test_points_given_by_hand_renew_feedback_and_grades_without_a_run(toy):
    before = (toy / "autograded" / "ada" / TOY / f"{TOY}.ipynb").stat().st_mtime_ns
    give_points(toy, "ada", 3, COMMENT)
    (result,) = grade(TOY, root=toy)
    assert (result.status, result.score, result.to_read) == ("renewed", 8, 0)
    assert row(toy) == (8, "no")
    assert COMMENT in feedback(toy) and "Score: 8.0 / 9.0" in feedback(toy)
    assert (toy / "autograded" / "ada" / TOY / f"{TOY}.ipynb").stat().st_mtime_ns == before
    (result,) = grade(TOY, root=toy)
    assert result.status == "kept"


def test_points_given_by_hand_outlive_a_regrading(toy):
    give_points(toy, "ada", 3, COMMENT)
    (result,) = grade(TOY, root=toy, force=True)
    assert (result.status, result.score, result.to_read) == ("graded", 8, 0)
    assert COMMENT in feedback(toy)


def test_another_answer_has_to_be_read_again(toy):
    give_points(toy, "ada", 3, COMMENT)
    grade(TOY, root=toy)
    hand_in(toy, "ada", answered(double="return 0", written="They are inverse."))
    (result,) = grade(TOY, root=toy)
    assert (result.score, result.to_read) == (5, 0), "the same text stays read"
    hand_in(toy, "ada", answered(written="I do not know."))
    (result,) = grade(TOY, root=toy)
    assert (result.score, result.to_read) == (8, 4), "the points stay, to be looked at"


def test_a_late_penalty_covers_points_given_by_hand(tmp_path):
    root = make_course(tmp_path)
    with open(root / "nbgrader_config.py", "a", encoding="utf-8") as config:
        config.write('\nc.LateSubmissionPlugin.penalty_method = "zero"\n')
    hand_in(root, "ada", answered(written="They are inverse."))
    hand_in(root, "ada", "2030-01-02 00:00:00 UTC", "timestamp.txt")
    grade(TOY, root=root)
    give_points(root, "ada", 3, COMMENT)
    assert grade(TOY, root=root)[0].score == 8
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "attention") as gradebook:
        gradebook.update_or_create_assignment(TOY, duedate="2030-01-01 00:00:00 UTC")
    (result,) = grade(TOY, root=root)
    assert (result.status, result.score) == ("renewed", 0)
    assert "Late submission penalty (Score: -8.0)" in feedback(root)


# --- the walk -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def course_root(tmp_path_factory):
    """A course with one submission: all tests pass, the written answer is to be read."""
    root = tmp_path_factory.mktemp("course")
    shutil.copytree(bank.ROOT / "source" / CHAPTER, root / "source" / CHAPTER)
    shutil.copy(bank.ROOT / "nbgrader_config.py", root)
    sample_class.write("ada", CHAPTER, root)
    (result,) = grade(CHAPTER, root=root)
    assert (result.score, result.to_read) == (17, 4)
    return root


def open_submission(page: Page, address: str) -> None:
    """From the Formgrader's first page to the only submission, by its links."""
    page.goto(f"{address}/formgrader?token={TOKEN}")
    page.get_by_role("link", name="Manual Grading").click()
    page.get_by_role("link", name=CHAPTER).click()
    page.get_by_role("link", name=CHAPTER).last.click()
    page.get_by_role("link", name="Submission #1").click()
    expect(page.locator(f"#{QUESTION}")).to_be_visible()
    page.wait_for_function("formgrader.loaded && formgrader.grades.loaded")


@pytest.mark.slow
def test_instructor_reads_grades_and_comments(course_root, tmp_path):
    with jupyter_lab(course_root, tmp_path, {}) as address, new_page() as page:
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        open_submission(page, address)
        answer = page.locator(".nbgrader_cell", has=page.locator(f"#{QUESTION}"))
        expect(answer).to_contain_text(sample_class.WRITTEN)
        scheme = page.locator(".text_cell", has_text="BEGIN MARK SCHEME")
        expect(scheme.locator("li").first).to_contain_text("1 point: the dot product grows")
        page.wait_for_function("document.querySelectorAll('.MathJax').length > 0")

        # Tab and Escape are the Formgrader's own shortcuts.
        score = page.locator(f"#{QUESTION}")
        score.fill("3")
        with page.expect_response("**/formgrader/api/grade/*"):
            score.press("Tab")
        page.keyboard.press("Tab")
        expect(page.locator(f"#{QUESTION}-comment")).to_be_focused()
        page.keyboard.insert_text(COMMENT)
        with page.expect_response("**/formgrader/api/comment/*"):
            page.keyboard.press("Escape")
        picture(page, "5_formgrader")
        outside = [url for url in asked if url.startswith("http") and address not in url]
        assert not outside, "all comes from the Jupyter server"

        (result,) = grade(CHAPTER, root=course_root)
        assert (result.status, result.score, result.to_read) == ("renewed", 20, 0)
        (result,) = grade(CHAPTER, root=course_root, force=True)
        assert (result.status, result.score, result.to_read) == ("graded", 20, 0)

        page.goto((course_root / "feedback/ada" / CHAPTER / f"{CHAPTER}.html").as_uri())
        expect(page.locator("h4")).to_contain_text("Score: 20.0 / 21.0")
        written = page.locator(".nbgrader_cell", has_text=sample_class.WRITTEN)
        expect(written).to_contain_text("Score: 3.0 / 4.0")
        expect(written).to_contain_text(COMMENT)
        expect(page.locator("body")).not_to_contain_text("MARK SCHEME")
        written.scroll_into_view_if_needed()
        picture(page, "6_feedback")
