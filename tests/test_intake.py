"""What is let in of a submission: files, encodings, formats, damaged cells, outputs, names.

Rule by rule, then a class in which each student broke one: by `course grade`, by nbgrader's own
command and by what the Formgrader's button calls.
"""

import base64
import copy
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import determine_grade

from course.instructor import grade as grading
from course.instructor import intake
from course.instructor.intake import Intake, refusal
from course.instructor.preprocessors import HideTests, SafeOutputs
from course.reading import Unreadable, read
from course.repair import grade_id, repair
from tests.test_grading import CHAPTER, answered, cell, get, hand_in, make_course, names, released

NAME = f"{CHAPTER}.ipynb"
SECRET = "what another student wrote"


# --- files ----------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    """A submission's folder with a notebook and a file that nothing is wrong with."""
    folder = tmp_path / "submitted" / "ada" / CHAPTER
    folder.mkdir(parents=True)
    nbformat.write(answered(), folder / NAME)
    (folder / "data.csv").write_text("1,2")
    (tmp_path / "secret.txt").write_text(SECRET)
    return folder


def examine(folder, **limits):
    coursedir = CourseDirectory(root=str(folder.parents[2]))
    return Intake(coursedir, **limits).examine(folder)


def problem(folder, **limits):
    handed = examine(folder, **limits)
    return Intake(CourseDirectory(root=str(folder.parents[2])), **limits).problem(handed, NAME)


def test_plain_files_are_let_in(folder):
    (folder / "more").mkdir()
    (folder / "more" / "ä b.txt").touch()
    handed = examine(folder)
    assert list(map(str, handed.files)) == [NAME, "data.csv", "more/ä b.txt"]
    assert handed.lines == []
    assert problem(folder) is None


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as end:
        here = os.getcwd()
        os.chdir(path.parent)  # a socket's path must be short
        try:
            end.bind(path.name)
        finally:
            os.chdir(here)


WRONG_FILES = {
    "a link": lambda path: path.symlink_to(path.parents[3] / "secret.txt"),
    "a link ": lambda path: path.symlink_to(path.parents[3], target_is_directory=True),
    "a link  ": lambda path: path.symlink_to("/dev/zero"),
    "a link   ": lambda path: path.symlink_to(path.name),
    "(a hard link)": lambda path: path.hardlink_to(path.parents[3] / "secret.txt"),
    "a device, pipe or socket": os.mkfifo,
    "a device, pipe or socket ": make_socket,
}


@pytest.mark.parametrize("kind", WRONG_FILES)
@pytest.mark.parametrize("name", ["extra", "more/extra"])
def test_what_is_no_plain_file_is_passed_over(folder, kind, name):
    (folder / name).parent.mkdir(exist_ok=True)
    if name != "extra":
        (folder.parents[2] / "secret.txt").unlink()
        (folder.parents[1] / "secret.txt").write_text(SECRET)
    WRONG_FILES[kind](folder / name)
    handed = examine(folder)
    assert list(map(str, handed.files)) == [NAME, "data.csv"]
    (line,) = handed.lines
    assert line.startswith(f"passed over {name}: ")
    assert kind.strip() in line


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[2J", b"a\xff".decode(errors="surrogateescape")])
def test_names_that_cannot_be_shown_are_passed_over(folder, name):
    (folder / name).touch()
    (line,) = examine(folder).lines
    assert line.isprintable()
    assert "a name that cannot be shown" in line


def test_files_that_must_not_be_opened_are_passed_over(folder, monkeypatch):
    may = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: "data" not in str(path) and may(path, mode)
    )
    assert examine(folder).lines == ["passed over data.csv: must not be opened"]


def test_sizes_and_numbers_have_limits(folder):
    with open(folder / "large.bin", "wb") as file:
        file.truncate(11_000_000)
    for number in range(5):
        with open(folder / f"{number}.bin", "wb") as file:
            file.truncate(2_000_000)
    assert examine(folder).lines == ["passed over large.bin: larger than 10 MB"]
    assert examine(folder, largest_file=20, largest_folder=5).lines == [
        "passed over 2.bin, 3.bin, 4.bin and 2 more: more than 5 MB together"
    ]
    assert examine(folder, most_files=6).lines[0] == "passed over large.bin: larger than 10 MB"
    assert "more than 4 files" in examine(folder, most_files=4).lines[0]
    deep = folder / "1" / "2" / "3"
    deep.mkdir(parents=True)
    assert examine(folder, deepest=3).lines[0] == "passed over 1/2/3: more than 3 folders deep"
    (folder / NAME).write_bytes(b" " * 2_000_000)
    assert "too large (2 MB, at most 1 are read)" in problem(folder, largest_notebook=1)


@pytest.mark.parametrize("kind", WRONG_FILES)
def test_a_notebook_that_is_no_plain_file_is_not_opened(folder, kind):
    (folder / NAME).unlink()
    if "hard" in kind:
        other = folder.parents[1] / "bob" / CHAPTER / NAME
        other.parent.mkdir(parents=True)
        nbformat.write(answered(), other)
        (folder / NAME).hardlink_to(other)
    else:
        WRONG_FILES[kind](folder / NAME)
    said = problem(folder)
    assert kind.strip() in said
    assert said.endswith("put a copy of the file itself there")


def test_a_hard_link_that_leads_nowhere_in_the_course_is_read(folder):
    (folder.parents[2] / "backup.ipynb").hardlink_to(folder / NAME)
    assert problem(folder) is None


def test_a_folder_in_the_notebooks_place_is_not_read(folder):
    (folder / NAME).unlink()
    (folder / NAME).mkdir()
    assert problem(folder) == f"{NAME} is not a file; ask for a new copy"


@pytest.mark.parametrize(
    "name",
    ["<img src=x>", 'a"b', "a[1]", "a*", " ada", "a\nb", "a\\b", "a#b", "a%2e", "{a}", "a&b"],
)
def test_names_of_students_that_pages_or_patterns_would_misread(tmp_path, name):
    why = refusal(tmp_path / name / CHAPTER)
    assert "student names without" in why
    assert why.isprintable()


@pytest.mark.parametrize("name", ["ada", "o'brien@uni.edu", "Zoë Ünal", "张伟", "a-b_c.d+e", "12"])
def test_names_of_students_that_are_fine(tmp_path, name):
    assert refusal(tmp_path / name / CHAPTER) is None


# --- encodings, formats, cells --------------------------------------------------------------------

CODE = {"cell_type": "code", "id": "a", "metadata": {}, "source": "x = 'ä'", "outputs": []}
EMPTY = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}
DEEP = json.loads("[" * 500 + "]" * 500)


def text_of(*cells, **fields):
    return json.dumps({**EMPTY, "cells": cells, **fields}, ensure_ascii=False)


def read_text(tmp_path, content):
    path = tmp_path / NAME
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(path)


@pytest.mark.parametrize(
    ("encoding", "said", "source"),
    [
        ("utf-8-sig", [], "x = 'ä'"),
        ("utf-16", ["the file is in UTF-16; read all the same"], "x = 'ä'"),
        ("utf-16-le", ["the file is in UTF-16; read all the same"], "x = 'ä'"),
        ("utf-32", ["the file is in UTF-32; read all the same"], "x = 'ä'"),
        (
            "latin-1",
            ["the file has characters that are not UTF-8; each became \ufffd"],
            "x = '\ufffd'",
        ),
    ],
)
def test_encodings(tmp_path, encoding, said, source):
    nb, problems = read_text(tmp_path, text_of(CODE).encode(encoding))
    assert (problems, nb.cells[0].source) == (said, source)


OLD_CELL = {"cell_type": "code", "input": ["x = 1"], "language": "python", "outputs": []}


@pytest.mark.parametrize("number", [2, 3])
def test_old_formats(tmp_path, number):
    old = {"nbformat": number, "nbformat_minor": 0, "metadata": {}}
    nb, problems = read_text(tmp_path, json.dumps({**old, "worksheets": [{"cells": [OLD_CELL]}]}))
    assert (nb.nbformat, nb.cells[0].source, problems) == (4, "x = 1", [])


@pytest.mark.parametrize(
    "fields",
    [
        {"nbformat_minor": 99},
        {"nbformat_minor": "five"},
        {"nbformat_minor": None},
        {"metadata": None},
        {"metadata": [1]},
        {"metadata": {"deep": DEEP}},
        {"metadata": {"kernelspec": 5, "language_info": [], "widgets": 7}},
        {"metadata": {"kernelspec": {"name": "bash", "display_name": "R", "language": "R"}}},
        {"unknown": 1},
    ],
)
def test_wrong_fields_of_the_notebook(tmp_path, fields):
    nb, problems = read_text(tmp_path, text_of(CODE, **fields))
    assert (nb.cells[0].source, problems) == (CODE["source"], [])
    repair(nb, released())
    nbformat.validate(nb)
    assert nb.metadata == released().metadata


@pytest.mark.parametrize(
    "fields",
    [
        {"metadata": None},
        {"metadata": [1]},
        {"metadata": {"deep": DEEP}},
        {"metadata": {"tags": 5}},
        {"metadata": {"tags": [["skip-execution"]]}},
        {"metadata": {"nbgrader": [1]}},
        {"metadata": {"nbgrader": {"grade_id": ["double"]}}},
        {"metadata": {"nbgrader": {"grade_id": "double", "schema_version": 99, "points": {}}}},
        {"metadata": {"nbgrader": {"grade_id": "test_double", "schema_version": 1}}},
        {"id": ["a"]},
        {"id": "not an id " * 20},
        {"outputs": None},
        {"outputs": [1, {"output_type": "nonsense"}, {"output_type": "display_data"}]},
        {"outputs": [{"output_type": "display_data", "metadata": {}, "data": {"a/b": DEEP}}]},
        {"execution_count": "<b>"},
        {"attachments": {"a": {"image/png": [1]}}},
        {"cell_type": "markdown", "attachments": [1]},
        {"cell_type": "raw"},
        {"source": ["x = ", "'ä'"]},
        {"unknown": 1},
    ],
)
def test_wrong_fields_of_a_cell_cost_nothing(tmp_path, fields):
    nb, problems = read_text(tmp_path, text_of({**CODE, **fields}))
    assert problems == []
    repair(nb, released())
    nbformat.validate(nb)
    assert [each.source for each in nb.cells if not grade_id(each)] in ([CODE["source"]], [])
    assert [name for name in names(nb) if name] == [name for name in names(released()) if name]


@pytest.mark.parametrize("damage", [1, None, "text", [], {}, {**CODE, "source": 5}])
def test_a_damaged_cell_is_lost_alone(tmp_path, damage):
    nb, problems = read_text(tmp_path, text_of(CODE, damage, CODE | {"id": "b"}))
    assert len(nb.cells) == 2
    assert problems == ["cell number 2: damaged; left out"]


def test_what_is_too_long_or_no_character_is_left_out(tmp_path):
    long, strange = {**CODE, "source": "x" * 1_000_001}, {**CODE, "source": "a\0b\r\nc"}
    content = text_of(long, strange).replace('c"', 'c \\ud800"')
    nb, problems = read_text(tmp_path, content)
    assert [each.source for each in nb.cells] == ["ab\nc \ufffd"]
    assert problems == [
        "cell number 1: longer than 1,000,000 characters; left out",
        "cell number 2: characters that are none; left out or replaced by \ufffd",
    ]
    with pytest.raises(Unreadable, match="a notebook of 100000 cells, at most 1000 are read"):
        read_text(tmp_path, text_of(*[CODE] * 100_000))


@pytest.mark.parametrize(
    "content",
    [
        '{"nbformat": 4, "nbformat_minor": 5, "metadata": {"a": NaN, "b": -Infinity}, "cells": []}',
        '{"nbformat": 9, "nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}',
    ],
)
def test_json_that_is_not_quite_json(tmp_path, content):
    nb, _ = read_text(tmp_path, content)
    assert "NaN" not in nbformat.writes(nb)


@pytest.mark.parametrize(
    "content",
    [
        bytes(range(256)) * 10,
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"nbformat": 4, "cells": ' + "9" * 5000 + "}",
        '{"nbformat": true, "cells": []}',
        '{"nbformat": 4, "cells": {}}',
        '{"nbformat": 3, "cells": []}',
        '{"nbformat": -1}',
        "null",
    ],
)
def test_what_is_no_notebook_is_one_line(tmp_path, content):
    with pytest.raises(Unreadable) as problem:
        read_text(tmp_path, content)
    assert str(problem.value).isprintable()


# --- cells against the release --------------------------------------------------------------------


def test_a_merged_cell_still_counts_and_its_test_comes_back():
    nb = answered()
    get(nb, "double").source += "\n\n" + get(nb, "test_double").source
    nb.cells.remove(get(nb, "test_double"))
    assert repair(nb, released()) == ["cell test_double: missing; put back"]


def test_names_and_values_are_told_in_short():
    nb = answered()
    nb.cells.append(cell("bonus", "pass", grade=True, points=1))
    nb.cells[-1].metadata.nbgrader.grade_id = "\n\x1b[2J" + "x" * 500
    get(nb, "test_double").metadata.nbgrader.points = ["\n"] * 500
    problems = repair(nb, released())
    assert len(problems) == 2
    assert all(line.isprintable() and len(line) < 150 for line in problems)


def test_a_student_cannot_lock_a_cell():
    nb = answered()
    nb.cells.append(cell("given_more", "### BEGIN HIDDEN TESTS\n1\n### END HIDDEN TESTS"))
    nb.cells.append(cell("question_mine", "Solved.", markdown=True))
    repair(nb, released())
    assert names(nb)[-2:] == [None, None]
    assert "HIDDEN TESTS" in nb.cells[-2].source, "their words stay as they are"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
grade_ids = st.sampled_from([each for each in names(released()) if each])
marks = st.fixed_dictionaries(
    {},
    optional={
        "grade_id": grade_ids | json_values,
        "points": json_values,
        "locked": json_values,
        "grade": json_values,
        "solution": json_values,
        "schema_version": json_values,
    },
)
odd_cells = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw"]) | json_values,
        "id": grade_ids | json_values,
        "metadata": st.fixed_dictionaries({}, optional={"nbgrader": marks, "tags": json_values})
        | json_values,
        "source": st.text() | st.lists(st.text()) | json_values,
        "outputs": st.lists(json_values, max_size=2) | json_values,
        "execution_count": json_values,
        "attachments": json_values,
    },
)
whole_cells = st.sampled_from([dict(each) for each in answered().cells])
notebooks = st.fixed_dictionaries(
    {
        "nbformat": st.just(4) | st.sampled_from([2, 3]) | json_values,
        "cells": st.lists(odd_cells | whole_cells, max_size=12) | json_values,
    },
    optional={"nbformat_minor": json_values, "metadata": json_values, "worksheets": json_values},
)


@settings(max_examples=300, deadline=None)
@given(notebooks)
def test_whatever_a_notebook_holds_it_is_mended_or_one_line(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / NAME
    path.write_text(json.dumps(content), encoding="utf-8")
    try:
        nb, problems = read(path)
    except Unreadable as error:
        assert str(error).isprintable()
        return
    problems += repair(nb, released())
    nbformat.validate(nb)
    assert [name for name in names(nb) if name] == [name for name in names(released()) if name]
    assert all(line.isprintable() for line in problems)
    assert repair(copy.deepcopy(nb), released()) == [
        line for line in problems if "locked but edited" in line
    ]


# --- outputs --------------------------------------------------------------------------------------

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\nrest").decode()


def safe(*outputs, mark=None):
    made = mark or new_code_cell("show()")
    made.outputs = list(outputs)
    nb, _ = SafeOutputs().preprocess(new_notebook(cells=[made], metadata={"widgets": {}}), {})
    nbformat.validate(nb)
    assert "widgets" not in nb.metadata
    return nb.cells[0].outputs


def test_text_and_pictures_stay_as_they_are():
    jpeg = base64.encodebytes(b"\xff\xd8\xff" + b"x" * 100).decode()
    outputs = [
        new_output("stream", text="<script>"),
        new_output("display_data", data={"image/png": PNG, "text/plain": "<Figure>"}),
        new_output("display_data", data={"image/jpeg": jpeg}),
        new_output("execute_result", data={"text/plain": "'x'"}, execution_count=3),
        new_output("error", ename="E", evalue="e", traceback=["t"]),
    ]
    assert safe(*copy.deepcopy(outputs)) == outputs


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("text/html", "<script>pwned()</script>"),
        ("text/markdown", "<script>pwned()</script>"),
        ("text/latex", r"\href{javascript:pwned()}{x}"),
        ("image/svg+xml", "<svg onload='pwned()'/>"),
        ("application/javascript", "pwned()"),
        ("application/vnd.jupyter.widget-view+json", {"model_id": "x"}),
        ("application/vnd.vegalite.v5+json", {"usermeta": {}}),
        ("image/png", "<svg onload='pwned()'/>"),
        ("image/png", base64.b64encode(b"<svg onload='pwned()'/>").decode()),
        ("image/png", PNG + '" onerror="pwned()'),
        ("image/jpeg", PNG),
    ],
)
def test_what_acts_when_it_is_shown_is_left_out_with_a_line(form, value):
    (only,) = safe(new_output("display_data", data={form: value}))
    assert only.text == f"Not shown: {form}. Only text and PNG or JPEG pictures are.\n"
    kept, _ = safe(new_output("display_data", data={form: value, "text/plain": "instead"}))
    assert kept.data == {"text/plain": "instead"}


def test_a_pictures_size_is_a_number():
    metadata = {"image/png": {"width": "1 onerror=pwned()", "height": 7, "unconfined": True}}
    (kept,) = safe(new_output("display_data", data={"image/png": PNG}, metadata=metadata))
    assert kept.metadata == {"image/png": {"height": 7}}


@pytest.mark.parametrize(("shown", "points"), [("1.5", 1.5), ("0", 0), ("99", 3), ("nan", 3)])
def test_a_value_that_is_no_credit_does_not_disturb_the_grading(shown, points):
    test = cell("test_double", "1.5", grade=True, points=3)
    test.outputs = safe(new_output("execute_result", data={"text/plain": shown}), mark=test)
    assert determine_grade(test) == (points, 3)
    test.outputs = safe(new_output("execute_result", data={"text/html": shown}), mark=test)
    assert determine_grade(test) == (3, 3)


# --- a class --------------------------------------------------------------------------------------


def make_class(root):
    """Each student broke one rule; ada and zoe, at the ends of the list, broke none."""
    submitted = root / "submitted"
    for student in ("ada", "zoe", "links", "pipe_beside", "rubbish_date"):
        hand_in(root, student, answered())
    (root / "secret.txt").write_text(SECRET)
    where = {student: submitted / student / CHAPTER for student in os.listdir(submitted)}
    (where["links"] / "theirs.ipynb.txt").symlink_to(where["ada"] / NAME)
    (where["links"] / "secret.txt").symlink_to(root / "secret.txt")
    (where["links"] / "folder").symlink_to(submitted, target_is_directory=True)
    os.mkfifo(where["pipe_beside"] / "timestamp.txt")
    (where["rubbish_date"] / "timestamp.txt").write_bytes(b"\xff\xfe soon")
    for student in ("linked_notebook", "pipe", "missing", "huge"):
        (submitted / student / CHAPTER).mkdir(parents=True)
    (submitted / "linked_notebook" / CHAPTER / NAME).symlink_to(where["ada"] / NAME)
    os.mkfifo(submitted / "pipe" / CHAPTER / NAME)
    with open(submitted / "huge" / CHAPTER / NAME, "wb") as file:
        file.truncate(60_000_000)
    (submitted / "linked_chapter").mkdir()
    (submitted / "linked_chapter" / CHAPTER).symlink_to(where["ada"], target_is_directory=True)
    (submitted / "linked_student").symlink_to(submitted / "ada", target_is_directory=True)
    (submitted / "<img src=x onerror=pwned()>" / CHAPTER).mkdir(parents=True)
    (submitted / "two\nlines" / CHAPTER).mkdir(parents=True)
    return root


SCORES = {
    **dict.fromkeys(["ada", "zoe", "links", "pipe_beside", "rubbish_date"], 5),
    **dict.fromkeys(["linked_notebook", "pipe", "missing", "huge"], 0),
}
SAID = {
    "links": ["passed over folder, secret.txt, theirs.ipynb.txt: a link"],
    "pipe_beside": ["passed over timestamp.txt: a device, pipe or socket"],
    "rubbish_date": ["timestamp.txt holds no date; counts as handed in on time"],
    "linked_notebook": [
        "the notebook is a link; put a copy of the file itself there",
        f"passed over {NAME}: a link",
    ],
    "pipe": [
        "the notebook is a device, pipe or socket; put a copy of the file itself there",
        f"passed over {NAME}: a device, pipe or socket",
    ],
    "missing": ["the notebook is missing; ask for a new copy"],
    "huge": ["the file is too large (60 MB, at most 50 are read); ask for a copy without outputs"],
}
PASSED_OVER = [
    r"'<img src=x onerror=pwned()>'",
    "linked_chapter/",
    "linked_student",
    r"'two\nlines'",
]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The class, and the chapter in the gradebook."""
    root = make_class(make_course(tmp_path_factory.mktemp("intake") / "course"))
    with grading.Grader(root, CHAPTER):
        return root


def scores_of(root):
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "attention") as gradebook:
        return {each.student.id: each.score for each in gradebook.assignment_submissions(CHAPTER)}


def published(root):
    """What is in autograded/ and feedback/, without the notebooks themselves."""
    found = [path for step in ("autograded", "feedback") for path in (root / step).rglob("*")]
    assert not any(path.is_symlink() for path in found)
    files = [path for path in found if path.is_file() and path.suffix not in (".ipynb", ".html")]
    assert not any(SECRET in path.read_text(errors="replace") for path in files)
    return {path.name for path in files} - {".graded.json", "grading.log"}


def copied(course, folder):
    shutil.copytree(course, folder, symlinks=True, ignore=lambda where, found: ["submitted"])
    (folder / "submitted").mkdir()
    return make_class(folder)


def test_course_grade_keeps_to_the_rules(course, tmp_path):
    root = copied(course, tmp_path / "course")
    found, notes = grading.find_submissions(root, CHAPTER)
    for name in PASSED_OVER:
        assert [note for note in notes if f"passed over submitted/{name}" in note]
    results = {result.student: result for result in grading.grade(CHAPTER, root=root)}
    assert {student: result.score for student, result in results.items()} == SCORES
    assert {s: result.problems for s, result in results.items() if result.problems} == SAID
    assert scores_of(root) == SCORES
    assert published(root) == {"timestamp.txt"}
    again = grading.grade(CHAPTER, root=root)
    assert {result.status for result in again} == {"kept"}


def test_nbgraders_command_keeps_to_the_rules(course, tmp_path):
    root = copied(course, tmp_path / "course")
    paths = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    paths["PYTHONPATH"] = str(Path(__file__).parents[1])
    for step in ("autograde", "generate_feedback"):
        command = [sys.executable, "-m", "nbgrader", step, CHAPTER]
        done = subprocess.run(
            command, cwd=root, env=os.environ | paths, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr[-3000:]
        if step == "autograde":
            for line in [*sum(SAID.values(), []), *PASSED_OVER]:
                assert line in done.stderr
    assert scores_of(root) == SCORES
    assert published(root) == {"timestamp.txt"}
    for student, score in SCORES.items():
        assert (root / "feedback" / student / CHAPTER / f"{CHAPTER}.html").exists() == (score > 0)


def test_the_formgraders_list_and_button_keep_to_the_rules(course, tmp_path, monkeypatch):
    root = copied(course, tmp_path / "course")
    monkeypatch.chdir(root)
    with grading.Grader(root, CHAPTER) as grader:
        api = NbGraderAPI(grader.coursedir, parent=grader.app)
        listed = {each["student"]: each for each in api.get_submissions(CHAPTER)}
        assert set(listed) == set(SCORES)
        assert not any(each["timestamp"] for each in listed.values())
        for student in ("linked_notebook", "links"):
            assert api.autograde(CHAPTER, student)["success"]
        refused = api.autograde(CHAPTER, "linked_student")
        assert not refused["success"]
        assert "put a copy of the folder itself there" in refused["log"] + str(refused["error"])
    assert scores_of(root) == {"linked_notebook": 0, "links": 5}
    assert published(root) == set()


def test_who_is_not_in_the_class_list_is_graded_and_told(course, tmp_path, monkeypatch, capsys):
    root = copied(course, tmp_path / "course")
    with grading.Grader(root, CHAPTER) as grader:
        assert grader.newcomers(["ada"]) == [], "there is no class list"
        with grader._gradebook() as gradebook:
            gradebook.update_or_create_student("ada", first_name="Ada")
        assert grader.newcomers(["ada", "missing"]) == [
            "not in the gradebook until now, added: missing; is each name spelt right?"
        ]
    monkeypatch.chdir(root)
    parser = __import__("argparse").ArgumentParser()
    grading.add_arguments(parser)
    assert grading.run(parser.parse_args([CHAPTER, "--student", "missing", "pipe"])) == 0
    assert "not in the gradebook until now, added: missing, pipe" in capsys.readouterr().out


def test_limits_are_settings(course, tmp_path):
    root = copied(course, tmp_path / "course")
    with open(root / "nbgrader_config.py", "a", encoding="utf-8") as config:
        config.write("\nc.Intake.largest_notebook = 70\n")
    text = json.dumps({**EMPTY, "cells": answered().cells}).ljust(55_000_000)
    hand_in(root, "huge", text)
    (result,) = grading.grade(CHAPTER, ["huge"], root=root)
    assert (result.score, result.problems) == (5, [])


def test_attaching_twice_is_attaching_once(course):
    before = intake.Autograde.init_assignment
    intake.attach()
    assert intake.Autograde.init_assignment is before


def test_a_students_markdown_keeps_its_pictures():
    nb = answered()
    picture = {"plot.png": {"image/png": PNG}}
    nb.cells.append(new_markdown_cell("![plot](attachment:plot.png)", attachments=picture))
    assert repair(nb, released()) == []
    assert nb.cells[-1].attachments == picture


# --- hidden tests in feedback ---------------------------------------------------------------------

HIDDEN = """assert f(1) == 1
### BEGIN HIDDEN TESTS
secret_input = [7, 11]
assert f(secret_input) == 18, "f of a list is off"
### END HIDDEN TESTS"""


@pytest.mark.parametrize(
    ("ename", "evalue", "shown"),
    [
        ("AssertionError", "f of a list is off", "f of a list is off"),
        ("AssertionError", "", "AssertionError"),
        ("AssertionError", "in line 3:\n  secret_input =  [7, 11]", "A hidden test failed."),
        ("Mine", 'assert f(secret_input) == 18, "f of a list is off"', "A hidden test failed."),
        ("ValueError", "bad\n  secret_input = [7, 11]", "ValueError: bad"),
        ("secret\n<b>", "x" * 5000, "secret <b>: " + "x" * 988),
    ],
)
def test_of_a_hidden_test_feedback_shows_the_message_alone(ename, evalue, shown):
    test = cell("test_f", HIDDEN, grade=True, points=1)
    test.outputs = [
        new_output("error", ename=ename, evalue=evalue, traceback=["secret_input = [7, 11]"]),
        new_output("stream", text="called with [7, 11]"),
        new_output("display_data", data={"text/plain": "[7, 11]"}),
    ]
    HideTests().preprocess_cell(test, {}, 0)
    assert test.source == "assert f(1) == 1"
    (output,) = test.outputs
    assert (output.evalue, output.traceback) == (shown, [shown])


def test_what_a_student_says_of_hidden_tests_is_theirs():
    nb = answered(written="### BEGIN HIDDEN TESTS\nMine.\n### END HIDDEN TESTS")
    nb.cells.append(new_code_cell("### BEGIN MARK SCHEME\n1\n### END MARK SCHEME", id="mine"))
    before = copy.deepcopy(nb.cells)
    HideTests().preprocess(nb, {})
    assert nb.cells == before
