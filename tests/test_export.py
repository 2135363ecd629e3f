"""The gradebook on its way out: exact numbers, every exercise, and the formats that are imported.

`class_of` makes a course with a gradebook through nbgrader's own API; nothing is run.
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.api import Gradebook

from course import cli
from course.instructor import export, scores
from course.instructor.grade import UNFINISHED

ROOT = Path(__file__).parents[1]
CHAPTER = "01_toy"
# test cell -> points; `halve` comes before `double`, and `halve_twice` is an exercise of its own.
TESTS = {
    "test_halve_values": 2.0,
    "test_halve_twice_values": 1.0,
    "test_double_values": 3.0,
    "test_double_batch": 1.5,
}
EXERCISES = ["halve", "halve_twice", "double"]
WRITTEN = "written_inverse"  # 4 points


def mark(name, *, grade=False, solution=False, points=None):
    """nbgrader's metadata of a cell."""
    meta = {"grade_id": name, "grade": grade, "solution": solution, "locked": not solution}
    return {"nbgrader": {**meta, "task": False, "schema_version": 3, "points": points}}


def error(kind, sentence):
    """What a failing test cell leaves behind."""
    return new_output("error", ename=kind, evalue=sentence, traceback=[sentence])


def notebook(failures=None, problems=()):
    """The toy chapter as nbgrader leaves it in autograded/; failures: test -> (kind, sentence)."""
    cells = []
    for exercise in EXERCISES:
        cells.append(new_code_cell("pass", metadata=mark(exercise, solution=True)))
        for test, points in TESTS.items():
            if scores.exercise_of(test, EXERCISES) == exercise:
                outputs = [error(*failures[test])] if test in (failures or {}) else []
                meta = mark(test, grade=True, points=points)
                cells.append(new_code_cell("assert True", metadata=meta, outputs=outputs))
    written = mark(WRITTEN, grade=True, solution=True, points=4)
    cells.append(new_markdown_cell("They are inverse.", metadata=written))
    nb = new_notebook(cells=cells)
    nb.metadata.course = {"chapter": CHAPTER, "problems": list(problems)}
    return nb


def new_course(root):
    """A course with the toy chapter and an empty gradebook that knows it."""
    root.mkdir(exist_ok=True)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    save(notebook(), root / "source" / CHAPTER / f"{CHAPTER}.ipynb")
    with gradebook_of(root) as gradebook:
        register(gradebook, CHAPTER)
    return root


def gradebook_of(root):
    # nbgrader calls alembic by name for a new gradebook.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return Gradebook(f"sqlite:///{root}/gradebook.db", "attention")


def register(gradebook, chapter):
    """Enter a chapter with the toy's cells; in an order that is not the notebook's."""
    gradebook.update_or_create_assignment(chapter)
    gradebook.update_or_create_notebook(chapter, chapter)
    where = (chapter, chapter)
    for exercise in sorted([*EXERCISES, WRITTEN]):
        gradebook.update_or_create_solution_cell(exercise, *where)
    for test, points in sorted(TESTS.items()):
        gradebook.update_or_create_grade_cell(test, *where, max_score=points, cell_type="code")
    gradebook.update_or_create_grade_cell(WRITTEN, *where, max_score=4, cell_type="markdown")


def save(content, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def hand_in(
    root,
    student,
    points=None,
    *,
    chapter=CHAPTER,
    manual=None,
    unread=False,
    penalty=None,
    nb=None,
    **about,
):
    """Enter a graded submission: test -> points (default: all), the written answer's points."""
    points = TESTS if points is None else points
    with gradebook_of(root) as gradebook:
        gradebook.update_or_create_student(student, **about)
        gradebook.update_or_create_submission(chapter, student)
        entered = gradebook.find_submission_notebook(chapter, chapter, student)
        entered.late_submission_penalty = penalty
        for grade in entered.grades:
            grade.needs_manual_grade = unread and grade.name == WRITTEN
            grade.auto_score = points.get(grade.name, 0.0)
            if grade.name == WRITTEN:
                grade.manual_score = manual
        gradebook.db.commit()
    save(nb or notebook(), root / "autograded" / student / chapter / f"{chapter}.ipynb")


@pytest.fixture(scope="session")
def empty_course(tmp_path_factory):
    return new_course(tmp_path_factory.mktemp("empty") / "course")


@pytest.fixture
def course(empty_course, tmp_path, monkeypatch):
    root = tmp_path / "course"
    shutil.copytree(empty_course, root)
    monkeypatch.chdir(root)
    return root


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_csv_has_a_row_per_exercise_in_the_notebooks_order(course, capsys):
    hand_in(course, "ada", manual=3.5)
    assert cli.main(["export"]) == 0
    assert rows_of("grades-csv.csv") == [
        ["student", "chapter", "exercise", "score", "maximum", "late_penalty", "to_read"],
        ["ada", CHAPTER, "halve", "2", "2", "0", "0"],
        ["ada", CHAPTER, "halve_twice", "1", "1", "0", "0"],
        ["ada", CHAPTER, "double", "4.5", "4.5", "0", "0"],
        ["ada", CHAPTER, WRITTEN, "3.5", "4", "0", "0"],
    ]
    assert capsys.readouterr() == ("Wrote grades-csv.csv.\n", "")


def test_numbers_have_no_noise_of_floats(course):
    points = {"test_halve_values": 0.1 + 0.2, "test_double_values": 1.1, "test_double_batch": 1.1}
    hand_in(course, "ada", points, manual=0.0, penalty=0.1 * 3)
    cli.main(["export"])
    assert [row[3] for row in rows_of("grades-csv.csv")[1:]] == ["0.3", "0", "2.2", "0"]
    assert rows_of("grades-csv.csv")[1][5] == "0.3"
    cli.main(["export", "--format", "canvas", "--output", "c.csv"])
    assert rows_of("c.csv")[2][-1] == "2.2"


def test_sums_of_the_csv_are_the_totals(course):
    """A late penalty stands once per chapter, so that a spreadsheet's sums come out right."""
    hand_in(course, "ada", manual=4.0, penalty=2.5)
    cli.main(["export"])
    rows = rows_of("grades-csv.csv")[1:]
    assert [row[5] for row in rows] == ["2.5", "0", "0", "0"]
    assert sum(float(row[3]) - float(row[5]) for row in rows) == 7.5 + 4 - 2.5


def test_total_is_never_below_zero(course):
    hand_in(course, "ada", {}, penalty=3.0)
    cli.main(["export", "--format", "moodle", "--output", "m.csv"])
    assert rows_of("m.csv")[1] == ["ada", "", "0"]


def test_canvas(course):
    hand_in(course, "ada", first_name="Ada", last_name="Lovelace", lms_user_id="4711")
    hand_in(course, "ben", {"test_halve_values": 2.0}, penalty=0.5)
    assert cli.main(["export", "--format", "canvas"]) == 0
    assert rows_of("grades-canvas.csv") == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", CHAPTER],
        ["Points Possible", "", "", "", "", "11.5"],
        ["Lovelace, Ada", "4711", "", "ada", "", "7.5"],
        ["ben", "", "", "ben", "", "1.5"],
    ]


def test_moodle(course):
    hand_in(course, "ada", email="ada@example.org")
    assert cli.main(["export", "--format", "moodle"]) == 0
    assert rows_of("grades-moodle.csv") == [
        ["username", "email", CHAPTER],
        ["ada", "ada@example.org", "7.5"],
    ]


@pytest.mark.parametrize(("kind", "nothing"), [("canvas", ""), ("moodle", "-")])
def test_chapters_are_columns_and_what_is_missing_is_no_zero(course, kind, nothing):
    with gradebook_of(course) as gradebook:
        register(gradebook, "02_toy")
    hand_in(course, "ada")
    hand_in(course, "ben", chapter="02_toy")
    cli.main(["export", "--format", kind, "--output", "all.csv"])
    rows = rows_of("all.csv")
    assert rows[0][-2:] == [CHAPTER, "02_toy"]
    assert [row[-2:] for row in rows[-2:]] == [["7.5", nothing], [nothing, "7.5"]]
    cli.main(["export", "--format", kind, "--chapter", "02_toy", "--output", "one.csv"])
    assert rows_of("one.csv")[0][-1] == "02_toy"
    assert len(rows_of("one.csv")) == len(rows) - 1


@pytest.mark.parametrize(("kind", "nothing"), [("canvas", ""), ("moodle", "-")])
def test_total_with_an_unread_answer_is_left_out_and_said(course, capsys, kind, nothing):
    hand_in(course, "ada", unread=True)
    hand_in(course, "ben", manual=1.0)
    assert cli.main(["export", "--format", kind, "--output", "out.csv"]) == 0
    assert [row[-1] for row in rows_of("out.csv")[-2:]] == [nothing, "8.5"]
    (line,) = capsys.readouterr().err.splitlines()
    assert f"still to be read (Formgrader): ada {CHAPTER}." in line


def test_csv_marks_unread_answers(course, capsys):
    hand_in(course, "ada", unread=True)
    cli.main(["export"])
    assert rows_of("grades-csv.csv")[4][2:] == [WRITTEN, "0", "4", "0", "4"]
    assert "to_read" in capsys.readouterr().err


FORMULAS = ["=1+1", "+49", "-x", "@SUM(A1)", " =1", "\uff1d1", "=HYPERLINK(0)|cmd", "\t=1"]


@pytest.mark.parametrize("kind", list(export.FORMATS))
def test_no_name_becomes_a_formula(course, capsys, kind):
    for name in FORMULAS:
        hand_in(course, name, first_name="=1+2", last_name="+3", lms_user_id="@4")
    assert cli.main(["export", "--format", kind, "--output", "out.csv"]) == 0
    cells = [value for row in rows_of("out.csv") for value in row]
    assert {f"'{name}" for name in FORMULAS} <= set(cells)
    assert not [value for value in cells if export.is_formula(value)]
    assert "take these names for formulas" in capsys.readouterr().err


def test_names_in_any_script(course):
    hand_in(course, "小明", first_name='Zo"ë', last_name="O’Neil, jr;\n")
    cli.main(["export", "--format", "canvas"])
    assert rows_of("grades-canvas.csv")[2][0] == 'O’Neil, jr;\n, Zo"ë'
    assert rows_of("grades-canvas.csv")[2][3] == "小明"


def test_a_submission_that_was_not_graded_to_the_end_is_left_out(course):
    for name in ("ada", "ben", "carla"):
        hand_in(course, name)
    shutil.rmtree(course / "autograded" / "ben")
    # What is there while carla's is graded, and stays if that is killed.
    unfinished = UNFINISHED.format(chapter=CHAPTER)
    (course / "autograded" / "carla" / unfinished).write_text("{}")
    cli.main(["export"])
    assert {row[0] for row in rows_of("grades-csv.csv")[1:]} == {"ada"}


def test_chapter_that_left_the_source_is_still_exported(course):
    hand_in(course, "ada")
    shutil.rmtree(course / "source")
    cli.main(["export"])
    assert [row[2] for row in rows_of("grades-csv.csv")[1:]] == [
        "double",
        "halve_twice",
        "halve",
        WRITTEN,
    ]


def test_wrong_usage_is_one_line_and_writes_nothing(course, capsys):
    cases = {
        (): "nothing has been graded yet",
        ("--chapter", "99_no"): "there is: 01_toy",
        ("--chapter", CHAPTER, "--output", "no/such/folder.csv"): "cannot write",
        ("--chapter", CHAPTER, "--output", "."): "cannot write",
    }
    for arguments, said in cases.items():
        if arguments:
            hand_in(course, "ada")
        before = sorted(course.iterdir())
        assert cli.main(["export", *arguments]) == 2
        text = capsys.readouterr().err
        assert text.startswith("course export: ")
        assert said in text
        assert text.count("\n") == 1
        if arguments:
            assert sorted(course.iterdir()) == before


def test_outside_a_course_and_without_a_gradebook(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["export"]) == 2
    assert "run this in the course's folder" in capsys.readouterr().err
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    assert cli.main(["export"]) == 2
    assert "no gradebook yet" in capsys.readouterr().err
    assert not (tmp_path / "gradebook.db").exists()


def test_failed_write_leaves_the_old_file(course, monkeypatch):
    hand_in(course, "ada")
    Path("out.csv").write_text("old", encoding="utf-8")

    def full(*names):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(scores.os, "replace", full)
    assert cli.main(["export", "--output", "out.csv"]) == 2
    assert Path("out.csv").read_text(encoding="utf-8") == "old"
    assert not list(Path().glob("*.new")) + list(Path().glob(".*.new"))


def test_nbgraders_own_command_takes_the_formats(course):
    hand_in(course, "ada", unread=True)
    hand_in(course, "ben")
    command = [sys.executable, "-m", "nbgrader", "export"]
    name = "course.instructor.export.CanvasExporter"
    arguments = ["--exporter", name, "--to", "out.csv", "--student", '["ben", "ada"]']
    done = subprocess.run([*command, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [row[3:] for row in rows_of("out.csv")[2:]] == [["ada", "", ""], ["ben", "", "7.5"]]
    assert "still to be read" in done.stderr
    done = subprocess.run(
        [*command, "--exporter", name, "--assignment", '["99_no"]'], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "there is: 01_toy" in done.stderr
    assert "Traceback" not in done.stderr


def test_export_declares_its_options():
    parser = argparse.ArgumentParser()
    export.add_arguments(parser)
    assert parser.parse_args(["--format", "moodle"]).output == ""
    with pytest.raises(SystemExit):
        parser.parse_args(["--format", "xls"])
