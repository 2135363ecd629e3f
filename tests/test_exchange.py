"""The exchange of nbgrader, all the way round: out, in, graded, and back.

Once by its commands, once with the student in the Assignment List of a JupyterLab that a real
JupyterHub has started. Pictures of the second are left in screenshots/.
"""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect

from tests.browser import free_port, new_page, picture, started, wait_for
from tests.people import COURSE_ID, ROOT, Campus, campus
from tests.test_grading import CHAPTER, answered, give_points, make_course

COMMENT = "Well put."
GRADE = [sys.executable, "-c", "import sys; from course.cli import main; sys.exit(main())", "grade"]


PROXY = "configurable-http-proxy@5.3.0"
PASSWORD = "a word for the hub"
HUB = """
c = get_config()
c.JupyterHub.bind_url = {address!r}
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = {password!r}
c.Authenticator.allowed_users = {{{student!r}}}
c.Spawner.cmd = [{singleuser!r}]
c.Spawner.default_url = "/lab"
c.Spawner.environment = {environment!r}
c.JupyterHub.spawner_class = {spawner!r}
c.SimpleLocalProcessSpawner.home_dir_template = {home!r}
c.Spawner.start_timeout = c.Spawner.http_timeout = 120
"""


@pytest.fixture(scope="module")
def place():
    """Instructor and student, the course folder closed to others, an assignment released."""
    with campus() as place:
        instructor = place.instructor
        root = make_course(course_of(place))
        root.chmod(0o700)
        instructor.give(root)
        instructor.nbgrader("generate_assignment", CHAPTER, folder=root)
        instructor.nbgrader("release_assignment", CHAPTER, folder=root)
        yield place


def course_of(place: Campus) -> Path:
    return place.instructor.home / "course"


def answer(place: Campus, written: str) -> None:
    """The student answers what was fetched, which must hold no answer and no scheme."""
    notebook = place.student.home / CHAPTER / f"{CHAPTER}.ipynb"
    fetched = nbformat.read(notebook, as_version=4)
    assert "BEGIN" not in "".join(cell.source for cell in fetched.cells)
    nbformat.write(answered(written=written), notebook)


def collect_and_grade(place: Campus) -> str:
    """The instructor fetches what is in the exchange; returns what `course grade` prints."""
    root = course_of(place)
    place.instructor.nbgrader("collect", CHAPTER, "--update", folder=root)
    return place.instructor.run(*GRADE, CHAPTER, folder=root)


def newest_feedback(place: Campus) -> str:
    """The page that the student fetched last."""
    pages = sorted((place.student.home / CHAPTER / "feedback").glob(f"*/{CHAPTER}.html"))
    return pages[-1].read_text(encoding="utf-8")


@pytest.mark.slow
def test_round_by_commands(place):
    instructor, student, root = place.instructor, place.student, course_of(place)
    assert f"{COURSE_ID} {CHAPTER}" in student.nbgrader("list")
    student.nbgrader("fetch_assignment", CHAPTER)
    answer(place, "They are inverse.")
    student.nbgrader("submit", CHAPTER)

    assert "5 of 9" in collect_and_grade(place)
    give_points(root, student.name, 3, COMMENT)
    assert "8 of 9, feedback renewed" in instructor.run(*GRADE, CHAPTER, folder=root)
    instructor.nbgrader("release_feedback", CHAPTER, folder=root)

    student.nbgrader("fetch_feedback", CHAPTER)
    text = newest_feedback(place)
    assert "Score: 8.0 / 9.0" in text and COMMENT in text
    assert "MARK SCHEME" not in text and "HIDDEN TESTS" not in text

    inbound = place.exchange / COURSE_ID / "inbound"
    assert not stat.S_IMODE(inbound.stat().st_mode) & 0o044, "nobody else may list submissions"
    if place.two_users:
        (handed_in,) = inbound.iterdir()
        assert handed_in.owner() == student.name
        for closed in (root, inbound):
            assert "Permission denied" in student.attempt("ls", closed).stdout


# --- JupyterHub -----------------------------------------------------------------------------------


def proxy() -> Path:
    """JupyterHub's proxy, which npm installs; it stays in the virtual environment."""
    folder = Path(sys.prefix) / "hub-proxy"
    command = folder / "node_modules" / ".bin" / "configurable-http-proxy"
    if not command.exists():
        assert shutil.which("npm"), "JupyterHub's proxy needs npm: apt-get install npm"
        subprocess.run(["npm", "install", "--silent", "--prefix", folder, PROXY], check=True)
    return command


@contextmanager
def jupyterhub(place: Campus, log: Path) -> Iterator[str]:
    """A JupyterHub on loopback that starts servers for the student; gives its address."""
    student = place.student
    own = place.folder / "hub"
    own.mkdir()
    address = f"http://127.0.0.1:{free_port()}"
    environment = student.environment | {
        "JUPYTER_CONFIG_PATH": f"{place.folder / 'etc'}{os.pathsep}{ROOT / '.jupyter'}"
    }
    settings = HUB.format(
        address=address,
        hub_port=free_port(),
        api_port=free_port(),
        proxy=str(proxy()),
        password=PASSWORD,
        student=student.name,
        singleuser=str(Path(sys.executable).parent / "jupyterhub-singleuser"),
        environment=environment,
        spawner="localprocess" if place.two_users else "simple",
        home=str(student.home),
    )
    (own / "jupyterhub_config.py").write_text(settings, encoding="utf-8")
    command = [*student.opened, sys.executable, "-m", "jupyterhub", "-f", "jupyterhub_config.py"]
    with started(command, own, student.environment | {"HOME": str(own)}, log) as server:
        wait_for(f"{address}/hub/login", server, log)
        yield address


def open_assignments(page: Page) -> None:
    """The Assignment List, from JupyterLab's menu."""
    expect(page.locator("#jp-main-dock-panel")).to_be_visible(timeout=120_000)
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.get_by_role("menuitem", name="Assignment List").click()
    expect(page.get_by_text("Submitted assignments", exact=True)).to_be_visible(timeout=60_000)


@pytest.mark.slow
def test_round_with_the_assignment_list_on_a_hub(place, tmp_path):
    shutil.rmtree(place.student.home / CHAPTER, ignore_errors=True)  # so that it can be fetched
    with jupyterhub(place, tmp_path / "hub.log") as address, new_page() as page:
        page.goto(f"{address}/hub/login")
        page.get_by_label("Username").fill(place.student.name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/lab**", timeout=120_000)
        open_assignments(page)
        page.get_by_role("button", name="Fetch", exact=True).click()
        submit = page.get_by_role("button", name="Submit", exact=True)
        expect(submit).to_be_visible(timeout=30_000)
        answer(place, "Each undoes the other.")
        with page.expect_response("**/assignments/submit?*"):
            submit.click()
        fetch_feedback = page.get_by_role("button", name="Fetch Feedback")
        expect(fetch_feedback).to_be_visible(timeout=30_000)
        picture(page, "7_submitted")

        collect_and_grade(place)
        place.instructor.nbgrader("release_feedback", CHAPTER, folder=course_of(place))
        with page.expect_response("**/assignments/fetch_feedback?*"):
            fetch_feedback.click()
        expect(page.get_by_text("(view feedback)").first).to_be_visible(timeout=30_000)
        picture(page, "8_feedback_fetched")
    assert "Each undoes the other." in newest_feedback(place)
