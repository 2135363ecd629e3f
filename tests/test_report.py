"""The instructor's page: right numbers, right names, nothing loaded, and no text taken for HTML."""

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from course import cli
from course.instructor import report
from course.instructor.grade import grade
from tests import bank, sample_class
from tests.test_export import (  # noqa: F401  (fixtures are used by name)
    CHAPTER,
    EXERCISES,
    TESTS,
    WRITTEN,
    course,
    empty_course,
    hand_in,
    notebook,
    save,
)

PAGE = Path("reports") / f"{CHAPTER}.html"
SUM = "double(x of shape (2, 3)): the sum is missing."


class Reader(HTMLParser):
    """Collects what a browser would see: tags with attributes, links, ids, headings, text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.ids, self.text = [], [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.text += " "
        self.tags.append((tag, dict(attrs)))
        self.links += [value for name, value in attrs if name in ("href", "src", "xlink:href")]
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_data(self, data):
        self.text += data

    def has(self, *texts):
        plain = " ".join(self.text.split())
        return all(text in plain for text in texts)


def made(chapter=CHAPTER):
    assert cli.main(["report", chapter]) == 0
    return Reader((Path("reports") / f"{chapter}.html").read_text(encoding="utf-8"))


def failing(tests, sentence=SUM, kind="CheckFailed"):
    """Points and notebook of an answer that fails these tests."""
    points = {test: 0.0 if test in tests else value for test, value in TESTS.items()}
    return {"points": points, "nb": notebook(dict.fromkeys(tests, (kind, sentence)))}


def feedback(root, student):
    path = root / "feedback" / student / CHAPTER / f"{CHAPTER}.html"
    path.parent.mkdir(parents=True)
    path.write_text("feedback", encoding="utf-8")


def test_page_for_a_small_class(course, capsys):  # noqa: F811
    hand_in(course, "ada", manual=4.0)
    hand_in(course, "ben", unread=True)
    hand_in(course, "eva", **failing(["test_double_values"]))
    page = made()
    assert page.has("graded 3 ", "too few students to tell (3, from 10 on)", "The sum is missing.")
    assert page.has(f"written answer ben {WRITTEN}: 4 points to give")
    out = capsys.readouterr().out
    assert out.startswith(f"Wrote {PAGE}")


def test_one_student(course):  # noqa: F811
    hand_in(course, "ada")
    assert made().has("1 submission that could be read", "None: no test failed")


def test_no_one_with_a_notebook_that_could_be_read(course):  # noqa: F811
    hand_in(course, "ada", {})
    (course / "autograded" / "ada" / CHAPTER / f"{CHAPTER}.ipynb").unlink()
    save({"problems": ["the file is empty"]}, course / "autograded/ada" / CHAPTER / ".graded.json")
    assert made().has("unreadable file ada the file is empty", "No submission could be read")


def test_all_the_same(course):  # noqa: F811
    for number in range(12):
        hand_in(course, f"student {number}")
    assert made().has("everyone has the same points", "graded 12 ")


def test_unreadable_files_count_in_no_figure(course):  # noqa: F811
    for student in ("ada", "ben"):
        hand_in(course, student)
    (course / "autograded" / "ben" / CHAPTER / f"{CHAPTER}.ipynb").unlink()
    page = made()
    assert page.has("graded 2 ", "could not be read 1 ", "of the 1 submission that could be read")
    assert page.has("ben (could not be read)")


def test_who_needs_a_person(course):  # noqa: F811
    problems = [
        "cell test_x ran for more than 60 seconds and was stopped",
        "cell double: missing; put back",
    ]
    hand_in(course, "ada")
    save({"problems": problems}, course / "autograded" / "ada" / CHAPTER / ".graded.json")
    # nbgrader's own autograde leaves the lines in the notebook alone.
    hand_in(course, "ben", nb=notebook(problems=["the kernel died in cell test_x"]))
    (course / "submitted" / "zoe" / CHAPTER).mkdir(parents=True)
    page = made()
    assert page.has(f"limit hit ada {problems[0]}", f"repaired ada {problems[1]}")
    assert page.has("limit hit ben the kernel died", "Handed in and not graded: zoe.")


def test_links_to_feedback_are_relative_and_lead_there(course):  # noqa: F811
    names = ["ada", "a b#c?d%e", "小明", "x:y&z"]
    for name in names:
        hand_in(course, name, **failing(["test_double_values"]))
        feedback(course, name)
    from urllib.parse import unquote

    links = {link for link in made().links if "feedback" in link}
    assert len(links) == len(names)
    for link in links:
        assert link.startswith("../feedback/")
        assert not set("?#&: ") & set(link)
        assert (course / "reports" / unquote(link)).is_file()


NASTY = "<img src=x onerror=alert(1)>\"'&</svg></title><script>alert(1)</script> $x^{2$ \u202e\x01"


def test_nothing_a_student_wrote_becomes_html(course):  # noqa: F811
    name = NASTY.replace("/", "\u2215")
    hand_in(course, name, **failing(["test_double_values", "test_halve_values"], NASTY))
    hand_in(course, "ada", nb=notebook(problems=[NASTY]))
    page = made()
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "img", "iframe", "object", "link", "form", "foreignobject"}
    assert not [n for _, attrs in page.tags for n in attrs if n.startswith("on")]
    assert page.text.count("<img src=x onerror=alert(1)>") >= 4
    assert "\u202e" not in page.text + str(page.links)


def test_page_stands_alone(course):  # noqa: F811
    """No script, no request: links go to its own sections or to feedback pages."""
    for name in ("ada", "ben"):
        hand_in(course, name)
        feedback(course, name)
    page = made()
    assert all(link.startswith(("#", "../feedback/")) for link in page.links)
    text = PAGE.read_text(encoding="utf-8")
    assert "@import" not in text
    assert set(re.findall(r"url\((.)", text)) <= {"#"}
    csp = next(attrs["content"] for tag, attrs in page.tags if "http-equiv" in attrs)
    assert csp.startswith("default-src 'none'")


def test_page_is_accessible(course):  # noqa: F811
    for number in range(12):
        hand_in(course, f"s{number}", **failing(list(TESTS)[: number % 5]))
    page = made()
    assert len(page.ids) == len(set(page.ids))
    own = {link[1:] for link in page.links if link.startswith("#")}
    assert own <= set(page.ids)
    figures = [attrs for tag, attrs in page.tags if tag == "svg"]
    assert len(figures) == 4
    for attrs in figures:
        assert attrs["role"] == "img"
        assert set(attrs["aria-labelledby"].split()) <= set(page.ids)
    for tag, attrs in page.tags:
        if "aria-labelledby" in attrs:
            assert set(attrs["aria-labelledby"].split()) <= set(page.ids)
        if tag == "th":
            assert attrs["scope"] in ("row", "col")
    count = {name: sum(tag == name for tag, _ in page.tags) for name in ("table", "caption", "h1")}
    assert count["table"] == count["caption"]
    assert count["h1"] == 1
    assert page.tags[0] == ("html", {"lang": "en"}) or ("html", {"lang": "en"}) in page.tags


def test_figures_are_told_apart_without_colour(course):  # noqa: F811
    for number in range(4):
        hand_in(course, f"s{number}", **failing(list(TESTS)[:number]), unread=bool(number % 2))
    text = PAGE.read_text(encoding="utf-8") if made() else ""
    for svg in re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL):
        ElementTree.fromstring(svg)
        for colour in re.findall(r"#([0-9a-f]{6})\b", svg):
            assert colour[:2] == colour[2:4] == colour[4:], "a figure has a colour"


def test_wrong_usage(course, capsys):  # noqa: F811
    assert cli.main(["report", CHAPTER]) == 2
    assert capsys.readouterr().err == (
        f"course report: no submission of {CHAPTER} is graded yet: run course grade {CHAPTER}\n"
    )
    assert cli.main(["report", "99_no"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "there is: 01_toy" in line
    assert not Path("reports").exists()


def test_making_it_again_replaces_it(course):  # noqa: F811
    hand_in(course, "ada")
    made()
    hand_in(course, "ben")
    assert made().has("graded 2 ")
    assert [path.name for path in Path("reports").iterdir()] == [PAGE.name]


# --- difficulty and discrimination ----------------------------------------------------------------


def test_discrimination_is_the_point_biserial_correlation():
    """Against a number worked out by hand: means 8 and 4, half of the class each, deviation 2.5."""
    mine = [1.0] * 5 + [0.0] * 5
    rest = [9.0, 8.0, 8.0, 7.0, 8.0, 5.0, 4.0, 4.0, 3.0, 4.0]
    r, (low, high), meaning = report.discrimination(mine, rest)
    spread = (sum((x - 6) ** 2 for x in rest) / 10) ** 0.5
    assert r == pytest.approx((8 - 4) / spread * 0.5)
    assert low < r < high <= 1
    assert meaning == "goes along with the rest"


@pytest.mark.parametrize(
    ("mine", "rest", "said"),
    [
        ([1.0, 0.0] * 4, [1.0, 2.0] * 4, "too few students to tell (8, from 10 on)"),
        ([], [], "too few students to tell (0, from 10 on)"),
        ([1.0] * 12, [1.0, 2.0] * 6, "everyone has the same points"),
        ([1.0, 0.0] * 6, [3.0] * 12, "everyone has the same points in the other exercises"),
        ([1.0, 0.0] * 6, [1.0, 5.0] * 6, "turned round"),
        ([1.0, 0.0] * 6, [1.0, 1.0, 5.0, 5.0] * 3, "it may be chance"),
    ],
)
def test_discrimination_in_words(mine, rest, said):
    assert said in report.discrimination(mine, rest)[2]


def test_difficulty_is_the_mean_share_of_points(course):  # noqa: F811
    hand_in(course, "ada", manual=1.0)
    hand_in(course, "ben", **failing(["test_double_values"]), manual=3.0)
    page = made()
    # double: 4.5 and 1.5 of 4.5 points; the written question: 1 and 3 of 4
    assert page.has("double 4.5 67 %", f"{WRITTEN} 4 50 %", "halve 2 100 %")


def test_share_is_open_while_answers_are_unread(course):  # noqa: F811
    hand_in(course, "ada", unread=True)
    hand_in(course, "ben")
    assert made().has(f"{WRITTEN} 4 – – 1 still to be read")


def test_states_of_an_exercise(course):  # noqa: F811
    stub = "double is not written yet: replace the TODO in its cell and run the cell."
    hand_in(course, "all", manual=0.0)
    hand_in(course, "part", **failing(["test_double_values"]))
    hand_in(course, "none", **failing(["test_double_values", "test_double_batch"]))
    untouched = failing(["test_double_values", "test_double_batch"], stub, "NotBegun")
    hand_in(course, "untouched", **untouched, unread=True)
    from course.instructor import scores

    app = scores.open_course(Path())
    with scores.open_gradebook(app) as gradebook:
        found = scores.read(gradebook, app.coursedir)
    papers = {p.name: p for p in report.papers(found, app.coursedir)}
    assert {name: paper.state("double") for name, paper in papers.items()} == {
        "all": report.FULL,
        "part": report.SOME,
        "none": report.NONE,
        "untouched": report.NOT_BEGUN,
    }
    assert {name: paper.state(WRITTEN) for name, paper in papers.items()} == {
        "all": report.NONE,
        "part": report.NOT_BEGUN,
        "none": report.NOT_BEGUN,
        "untouched": report.TO_READ,
    }
    assert [score.exercise for score in papers["all"].submission.scores] == [*EXERCISES, WRITTEN]


# --- misconceptions -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["CheckFailed", "KnownMistake"])
@pytest.mark.parametrize(
    ("sentence", "kept"),
    [
        (SUM, "the sum is missing."),
        (
            "double: uses @ in line 3 of its cell. Not here.",
            "uses @ in line 3 of its cell. Not here.",
        ),
        ("double(x of shape (2,)) in float64: has dtype x.", "double in float64: has dtype x."),
        ("the mean of double(x, 0.2): it is off: look.", "the mean of double: it is off: look."),
        ("double(x, 'a: (b'): is 3: wrong.", "is 3: wrong."),
        ("Two draws are the same: each is new.", "Two draws are the same: each is new."),
        ("no colon at all", "no colon at all"),
        ("double(x): raises E: no. Line 2 of the cell: `f: x`", "raises E: no."),
        ("double(((: unbalanced", "double(((: unbalanced"),
    ],
)
def test_call_is_taken_off_the_sentence(sentence, kept, kind):
    failure = report.Failure("test_double_values", "double", kind, sentence)
    assert report.without_call(failure) == kept


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("gives 0.3 at [0, 1], expected 1e-05.", "gives -2 at [3], expected 4."),
        ("has shape (3, 2), expected (2,).", "has shape (3, 2, 1), expected (5, 5)."),
        ("mat1 (12x3 and 4x3)", "mat1 (2x7 and 9x1)"),
        ("at 0x7f00ab", "at 0x12"),
    ],
)
def test_numbers_are_folded(one, other):
    assert report.folded(one) == report.folded(other)
    assert not re.search(r"\d", report.folded(one).replace("mat1", ""))


def test_names_with_digits_are_no_numbers():
    assert report.folded("mat1 and v2_x of conv2d") == "mat1 and v2_x of conv2d"


def test_misconceptions_are_grouped_over_students_and_numbers(course):  # noqa: F811
    gives = "double(x of shape ({0}, 2)): gives {0} at [0, 1], expected 4. 2 of {0} numbers differ."
    tests = ["test_double_values", "test_double_batch"]
    hand_in(course, "ada", **failing(tests, SUM, "KnownMistake"))
    hand_in(course, "ben", **failing(tests, SUM.replace("2, 3", "7"), "KnownMistake"))
    hand_in(course, "eva", **failing(tests[:1], gives.format(3)))
    hand_in(course, "gil", **failing(tests[:1], gives.format(6)))
    hand_in(course, "kim", **failing(tests[:1], "This cell was not run.", "NotRun"))
    hand_in(course, "lou", **failing(tests[:1], "double is not written yet: do.", "NotBegun"))
    page = made()
    # Two tests of one student count once.
    assert page.has("students double The sum is missing. 2 ada ben Other failures")
    assert page.has("students double Gives # at [#], expected #. # of # numbers differ. 2 eva gil")


def test_sentences_of_the_bank_lose_their_call():
    """What the chapters' tests really say: no group may begin with a call and its arguments."""
    for chapter in bank.chapters():
        for exercise in bank.exercises(chapter):
            for answer in bank.answers(chapter, exercise):
                for line in answer.says:
                    sentence = line.split(": ", 1)[1]
                    failure = report.Failure("", exercise, "CheckFailed", sentence)
                    assert not report.without_call(failure).startswith(f"{exercise}("), line


# --- a real class ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_real_submissions(tmp_path, monkeypatch):
    chapter = bank.chapters()[0]
    for name in ("source", "release"):
        shutil.copytree(bank.ROOT / name / chapter, tmp_path / name / chapter)
    shutil.copy(bank.ROOT / "nbgrader_config.py", tmp_path)
    students = ("ada", "dmitri", "jun", "noor")
    for student in students:
        sample_class.write(student, chapter, tmp_path)
    results = grade(chapter, root=tmp_path)
    monkeypatch.chdir(tmp_path)
    page = made(chapter)
    assert page.has("graded 4 ", "could not be read 1 ", "unreadable file noor", "repaired jun")
    assert all(page.has(f"{result.student} ") for result in results)
    assert len({link for link in page.links if "feedback" in link}) == 3
    graded = json.loads((tmp_path / results[1].file.replace("submitted", "autograded")).read_text())
    outputs = [out for cell in graded["cells"] for out in cell.get("outputs", [])]
    failed = [out["evalue"] for out in outputs if out.get("ename") == "KnownMistake"]
    assert len(failed) > 2
    text = report.folded(" ".join(page.text.split()))
    assert all(report.folded(sentence.split(": ")[-1])[1:] in text for sentence in failed)
    assert cli.main(["export", "--format", "canvas"]) == 0
