"""A student's walk in a real browser: JupyterLab, a wrong answer, a right one, Validate.

Pictures of each stage are left in screenshots/.
"""

import re
import shutil

import pytest
from playwright.sync_api import Page, expect

from tests import bank
from tests.browser import jupyter_lab, new_page, open_notebook, picture

CHAPTER = "01_dot_product_scores"


@pytest.fixture
def lab(tmp_path):
    """JupyterLab on a copy of release/, as `make lab` starts it; gives its address."""
    shutil.copytree(bank.ROOT / "release", tmp_path / "release")
    settings = {"JUPYTER_CONFIG_PATH": str(bank.ROOT / ".jupyter")}
    with jupyter_lab(tmp_path / "release", tmp_path, settings) as address:
        yield address


@pytest.fixture
def page():
    with new_page() as page:
        yield page


def cell_with(page: Page, text: str):
    """The first code cell whose text holds `text`, scrolled into view."""
    cell = page.locator(".jp-Notebook .jp-CodeCell", has_text=text).first
    cell.scroll_into_view_if_needed()
    return cell


def write_answer(page: Page, cell, source: str) -> None:
    """Replace a cell's text the way a student does: click, select all, type."""
    cell.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(source)


def run_cell(page: Page, cell) -> None:
    """Run a cell with the keyboard and wait until the kernel is done with it."""
    prompt = cell.locator(".jp-InputPrompt")
    before = re.escape(prompt.inner_text())
    cell.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+Enter")
    expect(prompt).not_to_have_text(re.compile(rf"{before}|\[\*\]:"), timeout=120_000)


def answer_titled(title: str) -> str:
    return next(a.source for a in bank.answers(CHAPTER, "dot_product") if a.title == title)


@pytest.mark.slow
def test_student_learns_from_a_failing_test(lab, page):
    open_notebook(page, lab, f"{CHAPTER}/{CHAPTER}.ipynb")
    run_cell(page, cell_with(page, "figures.use_style()"))
    picture(page, "1_opened")
    solution = cell_with(page, "def dot_product(a, b):")
    test = cell_with(page, "# Test: 1*4 + 2*(-5) + 3*6 = 12.")

    write_answer(page, solution, answer_titled("forgets the sum"))
    run_cell(page, solution)
    run_cell(page, test)
    expect(test.locator(".jp-OutputArea")).to_contain_text(
        "the products are there, the sum is missing"
    )
    expect(test.locator(".jp-OutputArea")).not_to_contain_text("Traceback")
    picture(page, "2_wrong_answer")

    write_answer(page, solution, answer_titled("product, then sum"))
    run_cell(page, solution)
    run_cell(page, test)
    expect(test.locator(".jp-OutputArea")).to_contain_text("Passed.")
    picture(page, "3_right_answer")

    page.get_by_role("button", name="Validate").click()
    dialog = page.locator(".jp-Dialog")
    expect(dialog).to_contain_text("Validation", timeout=120_000)
    expect(dialog).to_contain_text("scores_for_query is not written yet")
    expect(dialog).not_to_contain_text("# Test: 1*4 + 2*(-5) + 3*6 = 12.")
    picture(page, "4_validate")
