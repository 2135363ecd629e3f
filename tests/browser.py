"""What the walks in a real browser share: the browser, a JupyterLab to look at, pictures."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests import bank

TOKEN = "walk"
PICTURES = bank.ROOT / "screenshots"
BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def browser_path() -> str:
    """The installed browser; `make setup` installs Debian's chromium."""
    found = [path for path in map(shutil.which, BROWSERS) if path]
    assert found, f"none of {', '.join(BROWSERS)} is installed: apt-get install chromium"
    return found[0]


@contextmanager
def new_page() -> Iterator[Page]:
    """A page in a browser of its own, 1280 by 900 pixels."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=QUIET)
        yield browser.new_page(viewport={"width": 1280, "height": 900})
        browser.close()


@contextmanager
def jupyter_lab(folder: Path, own: Path, settings: dict[str, str]) -> Iterator[str]:
    """JupyterLab on `folder`, with its files in `own`; gives its address.

    `settings` are further environment variables.
    """
    port = free_port()
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"]
    command += [
        f"--port={port}",
        f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.root_dir={folder}",
    ]
    with started(command, folder, environment | settings, own / "lab.log") as server:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/api?token={TOKEN}", server, own / "lab.log")
        yield address


def open_notebook(page: Page, address: str, path: str) -> None:
    """Open a notebook in JupyterLab; a cell that is run before its kernel is there never runs."""
    page.goto(f"{address}/lab/tree/{path}?token={TOKEN}&reset")
    idle = page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")
    expect(idle).to_be_attached(timeout=120_000)


@contextmanager
def started(
    command: list[str], folder: Path, environment: dict[str, str], log: Path
) -> Iterator[subprocess.Popen]:
    """A server that runs while the context lasts."""
    with log.open("w") as file:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=file, stderr=file)
        try:
            yield server
        finally:
            end(server)


def end(server: subprocess.Popen) -> None:
    """End a server; one that is still waiting for a kernel of its own is not waited for."""
    server.terminate()
    try:
        server.wait(timeout=30)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def wait_for(address: str, server: subprocess.Popen, log: Path) -> None:
    """Until the server answers; fails with the end of its log if it does not."""
    for _ in range(240):
        assert server.poll() is None, f"the server ended:\n{log.read_text()[-2000:]}"
        try:
            urllib.request.urlopen(address, timeout=5).read()
            return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.5)
    raise AssertionError(f"the server did not answer:\n{log.read_text()[-2000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def picture(page: Page, name: str) -> None:
    """Leave a picture of the page in screenshots/."""
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")
