"""`course build` on a small chapter of its own: in step, out of step, refused."""

import shutil

import nbformat
import pytest

from course.cli import main
from tests import bank

TEXT = '''# %% [markdown]
# ### Exercise: `double` (1 minute, 2 points)

# %% nbgrader={"grade": false, "grade_id": "double", "locked": false, "schema_version": 3, "solution": true, "task": false}
def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_double_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: twice one is two.
assert double(1) == 2
### BEGIN HIDDEN TESTS
assert double(7) == 14
### END HIDDEN TESTS

# %%
print(double(21))
'''


class Course:
    """A course folder with one chapter, and the command in it."""

    def __init__(self, root, capsys):
        self.twin = root / "course" / "chapters" / "01_toy" / "01_toy.py"
        self.source = root / "source" / "01_toy" / "01_toy.ipynb"
        self.release = root / "release" / "01_toy" / "01_toy.ipynb"
        self.capsys = capsys
        self.write(TEXT)

    def write(self, text: str) -> None:
        self.twin.parent.mkdir(parents=True, exist_ok=True)
        self.twin.write_text(text)

    def build(self, *options) -> tuple[int, str]:
        code = main(["build", *options])
        return code, self.capsys.readouterr().out


@pytest.fixture
def course(tmp_path, monkeypatch, capsys):
    shutil.copy(bank.ROOT / "nbgrader_config.py", tmp_path)
    monkeypatch.chdir(tmp_path)
    return Course(tmp_path, capsys)


def cell(path, name: str):
    cells = nbformat.read(path, as_version=4).cells
    return next(c for c in cells if c.id == name)


def test_build_runs_the_source_and_clears_the_release(course):
    assert course.build()[0] == 0
    assert course.build("--check") == (0, "1 chapters in step: text twin, source/ and release/.\n")
    last = nbformat.read(course.source, as_version=4).cells[-1]
    assert last.outputs[0].text == "42\n"
    assert "2 * x" in cell(course.source, "double").source
    assert cell(course.release, "double").source.endswith('raise NotImplementedError("double")')
    assert "double(7)" not in course.release.read_text()
    assert cell(course.release, "test_double_values").metadata.editable is False


def test_only_what_changed_is_run_again(course):
    course.build()
    before = course.source.stat().st_mtime_ns
    assert "release/ is up to date" in course.build()[1]
    assert course.source.stat().st_mtime_ns == before
    course.write(TEXT.replace("print(double(21))", "print(double(4))"))
    assert course.build("--check")[0] == 1
    assert course.build()[0] == 0
    assert nbformat.read(course.source, as_version=4).cells[-1].outputs[0].text == "8\n"


def test_rebuilding_changes_no_cell_id(course):
    course.build()
    before = course.source.read_text()
    course.build("--force")
    assert course.source.read_text() == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("source", "differs from the text twin"),
        ("release", "is not what source/01_toy generates"),
        ("beside", "solution.txt is not the notebook"),
        ("missing", "source/01_toy: is missing"),
    ],
)
def test_check_finds_what_is_out_of_step(course, change, said):
    course.build()
    if change == "source":
        course.source.write_text(course.source.read_text().replace("Twice x", "Two x"))
    elif change == "release":
        course.release.write_text(course.release.read_text().replace("Twice x", "Two x"))
    elif change == "beside":
        (course.release.parent / "solution.txt").write_text("2 * x")
    else:
        course.source.unlink()
    code, out = course.build("--check")
    assert code == 1
    assert said in out


def test_answers_in_release_are_not_overwritten(course):
    course.build()
    worked = course.release.read_text().replace("# TODO: double", "return x + x")
    course.release.write_text(worked)
    course.write(TEXT.replace("Twice x", "Two times x"))
    code, out = course.build()
    assert code == 1
    assert "holds somebody's answers (double)" in out
    assert course.release.read_text() == worked
    assert course.build("--force")[0] == 0
    assert "x + x" not in course.release.read_text()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2 points)", "3 points)", "needs a heading 'Exercise: `double` (N minutes, 2 points)'"),
        ("# Test: twice", "# Check: twice", "its first line must say what is tested"),
        ("test_double_values", "test_triple_values", "belongs to none of the exercises double"),
        ("return 2 * x", "return 3 * x", "a cell fails with the solutions in place"),
        ("assert double(7) == 14", "double(7)", "must not end with a value to display"),
        ("print(double(21))", "import sys; print(1, file=sys.stderr)", "writes to stderr"),
        ("    ### END SOLUTION\n", "", "no end solution statement"),
    ],
)
def test_mistakes_of_authors_are_told(course, old, new, said):
    assert old in TEXT
    course.write(TEXT.replace(old, new))
    code, out = course.build()
    assert code == 1
    assert said.lower() in out.lower()


def test_unknown_chapter_and_wrong_folder(course, tmp_path, monkeypatch):
    code, out = course.build("99_nothing")
    assert code == 2
    assert "There are: 01_toy." in out
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert course.build()[0] == 2


def test_notes_of_jupytext_are_no_change(course):
    """JupyterLab with jupytext writes such notes when an author saves the notebook."""
    course.build()
    notebook = nbformat.read(course.source, as_version=4)
    notebook.metadata.jupytext = {"cell_metadata_filter": "-all"}
    notebook.cells[1].metadata.lines_to_next_cell = 1
    nbformat.write(notebook, course.source)
    assert course.build("--check")[0] == 0
