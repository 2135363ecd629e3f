"""A student's walk in a real browser: JupyterLab, a wrong answer, a right one, Validate.

Pictures of each stage are left in screenshots/.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests import bank

CHAPTER = "01_dot_product_scores"
TOKEN = "walk"
PICTURES = bank.ROOT / "screenshots"
BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def browser_path() -> str:
    """The installed browser; `make setup` installs Debian's chromium."""
    found = [path for path in map(shutil.which, BROWSERS) if path]
    assert found, f"none of {', '.join(BROWSERS)} is installed: apt-get install chromium"
    return found[0]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def lab(tmp_path):
    """JupyterLab on a copy of release/, as `make lab` starts it; gives its address."""
    work = tmp_path / "release"
    shutil.copytree(bank.ROOT / "release", work)
    port = free_port()
    environment = os.environ | {
        "JUPYTER_CONFIG_PATH": str(bank.ROOT / ".jupyter"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "JUPYTER_DATA_DIR": str(tmp_path / "data"),
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"]
    command += [
        f"--port={port}",
        f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.root_dir={work}",
    ]
    with (tmp_path / "lab.log").open("w") as log:
        server = subprocess.Popen(command, cwd=work, env=environment, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/api?token={TOKEN}", server, tmp_path / "lab.log")
            yield address
        finally:
            server.terminate()
            server.wait(timeout=30)


def wait_for(address: str, server: subprocess.Popen, log: Path) -> None:
    for _ in range(240):
        assert server.poll() is None, f"JupyterLab ended:\n{log.read_text()[-2000:]}"
        try:
            urllib.request.urlopen(address, timeout=5).read()
            return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.5)
    raise AssertionError(f"JupyterLab did not answer:\n{log.read_text()[-2000:]}")


@pytest.fixture
def page():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=QUIET)
        yield browser.new_page(viewport={"width": 1280, "height": 900})
        browser.close()


def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")


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
    page.goto(f"{lab}/lab/tree/{CHAPTER}/{CHAPTER}.ipynb?token={TOKEN}&reset")
    expect(page.locator(".jp-Notebook .jp-Cell").first).to_be_visible(timeout=120_000)
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
    expect(dialog).not_to_contain_text("the products are there")
    picture(page, "4_validate")
