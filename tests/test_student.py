"""`course check`, `course progress` and `course doctor`, as a student calls them."""

import json
import shutil

import nbformat
import pytest

from course.cli import main
from tests import bank, sample_class

CHAPTER = "01_dot_product_scores"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A student's folder with release/, out of the reach of git."""
    shutil.copytree(bank.ROOT / "release" / CHAPTER, tmp_path / "release" / CHAPTER)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def hand_in(student: str, folder) -> str:
    """A student's notebook as saved; returns its path."""
    work = sample_class.write(student, CHAPTER, folder)
    return f"submitted/{student}/{CHAPTER}/{work.file_name}"


def run(capsys, *arguments) -> tuple[int, str, str]:
    code = main(list(arguments))
    return code, *capsys.readouterr()


# --- check ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_check_passes_only_if_every_exercise_does(folder, capsys):
    code, out, _ = run(capsys, "check", hand_in("ada", folder))
    assert code == 0
    assert "6 of 6 exercises done, 17 of 17 points" in out


@pytest.mark.slow
def test_check_tells_what_fails(folder, capsys):
    path = hand_in("jun", folder)  # a wrong answer, and the test that says so deleted
    code, out, _ = run(capsys, "check", path)
    assert code == 1
    assert "test_most_attended_values: this test cell was deleted" in out
    assert "5 of 6 exercises done, 14 of 17 points" in out


@pytest.mark.slow
def test_check_names_the_line_of_a_broken_answer(folder, capsys):
    path = hand_in("hana", folder)
    code, out, _ = run(capsys, "check", path)
    assert code == 1
    assert "SyntaxError: expected ':' in line 1 of the cell" in out


@pytest.mark.slow
def test_check_stops_an_endless_loop(folder, capsys):
    code, out, _ = run(capsys, "check", hand_in("lena", folder), "--timeout", "2")
    assert code == 1
    assert "an endless loop?" in out


@pytest.mark.slow
def test_check_survives_a_dead_kernel(folder, capsys):
    code, out, _ = run(capsys, "check", hand_in("mia", folder))
    assert code == 1
    assert "The kernel died" in out
    assert "7 of 17 points" in out


@pytest.mark.parametrize(
    ("notebook", "expected"),
    [
        ("99_nothing", "there is no notebook"),
        ("submitted/noor/01.ipynb", "there is no notebook submitted/noor/01.ipynb"),
        ("half.ipynb", "not valid JSON"),
        ("other.ipynb", "not a chapter of this course"),
    ],
)
def test_check_refuses_in_one_line(folder, capsys, notebook, expected):
    (folder / "half.ipynb").write_text('{"cells": [')
    nbformat.write(nbformat.v4.new_notebook(), folder / "other.ipynb")
    code, out, err = run(capsys, "check", notebook)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert expected in err


# --- progress -------------------------------------------------------------------------------------


def test_progress_reads_what_was_saved(folder, capsys):
    shutil.copytree(
        bank.ROOT / "source" / CHAPTER, folder / "release" / CHAPTER, dirs_exist_ok=True
    )
    code, out, _ = run(capsys, "progress")
    assert code == 0
    assert f"{CHAPTER}: 6 of 6 exercises, 17 of 17 points, 4 by hand" in out
    assert "[x] dot_product" in out


def test_progress_of_nothing(folder, capsys):
    code, out, _ = run(capsys, "progress")
    assert code == 1
    assert "0 of 6 exercises, 0 of 17 points" in out
    assert run(capsys, "progress", str(folder / "submitted"))[0] == 2


# --- doctor ---------------------------------------------------------------------------------------


def student_words(path) -> list[str]:
    """The texts of the cells that are the student's to write."""
    cells = nbformat.read(path, as_version=4).cells
    return [c.source for c in cells if not bank.mark(c).get("locked")]


@pytest.mark.parametrize(
    ("student", "finding"),
    [
        ("igor", "cell dot_product: there 2 times"),
        ("jun", "cell test_most_attended_values: missing; put back"),
        ("kofi", "locked but edited"),
    ],
)
def test_doctor_mends_and_keeps_a_copy(folder, capsys, student, finding):
    path = hand_in(student, folder)
    before, words = (folder / path).read_bytes(), student_words(folder / path)
    assert run(capsys, "doctor", path, "--check")[0] == 1
    assert (folder / path).read_bytes() == before

    code, out, _ = run(capsys, "doctor", path)
    assert code == 0
    assert finding in out
    assert student_words(folder / path) == words
    kept = (folder / path).with_suffix(".before-doctor.ipynb")
    assert kept.read_bytes() == before
    code, out, _ = run(capsys, "doctor", path)
    assert "is sound" in out


def test_doctor_puts_locked_text_and_kernel_back(folder, capsys):
    path = folder / hand_in("kofi", folder)
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.kernelspec = {"name": "julia", "display_name": "Julia", "language": "julia"}
    nbformat.write(notebook, path)
    _, out, _ = run(capsys, "doctor", str(path))
    assert "the kernel was 'julia'; set back to 'python3'" in out
    mended = nbformat.read(path, as_version=4)
    assert mended.metadata.kernelspec.name == "python3"
    released = {
        bank.mark(c).get("grade_id"): c.source for c in bank.notebook(CHAPTER, "release").cells
    }
    for cell in mended.cells:
        if bank.mark(cell).get("locked"):
            assert cell.source == released[bank.mark(cell)["grade_id"]]


def test_doctor_keeps_every_copy(folder, capsys):
    path = folder / hand_in("jun", folder)
    for _ in range(2):
        notebook = nbformat.read(path, as_version=4)
        notebook.cells = notebook.cells[1:]
        del notebook.cells[3]
        nbformat.write(notebook, path)
        run(capsys, "doctor", str(path))
    assert len(list(path.parent.glob("*.before-doctor*.ipynb"))) == 2


def test_doctor_needs_to_know_what_was_given_out(folder, capsys):
    path = hand_in("igor", folder)
    shutil.rmtree(folder / "release")
    code, _, err = run(capsys, "doctor", path)
    assert code == 2
    assert "--release FILE" in err
    given = bank.ROOT / "release" / CHAPTER / f"{CHAPTER}.ipynb"
    assert run(capsys, "doctor", path, "--release", str(given))[0] == 0


def test_doctor_refuses_half_a_file(folder, capsys):
    path = hand_in("noor", folder)
    before = (folder / path).read_text()
    code, _, err = run(capsys, "doctor", path)
    assert code == 2
    assert "not valid JSON" in err
    assert (folder / path).read_text() == before
    with pytest.raises(json.JSONDecodeError):
        json.loads(before)
