"""``course report``: how a class fared in a chapter, as one HTML page for the instructor.

Made from the gradebook, the autograded notebooks and `course grade`'s memory. The page loads
nothing and runs nothing. It holds names and what hidden tests say: it is not for students.
"""

import argparse
import io
import json
import math
import os
import re
import statistics
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

from course.instructor import scores
from course.instructor.grade import MEMORY, UsageError
from course.instructor.preprocessors import (
    KERNEL_DIED,
    NOT_RUN,
    TIMED_OUT,
    error_sentence,
)
from course.instructor.scores import ZERO, Submission, plain, shown
from course.notebook.progress import exercise_of

FOLDER = "reports"
TEMPLATES = Path(__file__).parent / "templates" / "report"
FEW = 10  # with fewer students a correlation says nothing
LONGEST = 400  # characters of a test's sentence that are shown

FULL, SOME, NONE, NOT_BEGUN, TO_READ = "all points", "some", "none", "not begun", "to be read"
STATES = (FULL, SOME, NONE, NOT_BEGUN, TO_READ)


# --- what is known of each submission -------------------------------------------------------------


@dataclass
class Failure:
    """A test cell that failed, and the sentence it failed with."""

    test: str
    exercise: str
    kind: str
    sentence: str


@dataclass
class Paper:
    """One submission with all that the grading left behind.

    ``readable``: there was a notebook that could be run. ``feedback``: where its page is, as a
    link from the report, or None.
    """

    submission: Submission
    readable: bool
    failures: list[Failure] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    feedback: str | None = None

    @property
    def name(self) -> str:
        return shown(self.submission.student.id)

    def state(self, exercise: str) -> str:
        """How far the student came with an exercise: one of STATES."""
        score = self.score(exercise)
        if score.to_read:
            return TO_READ
        if score.points >= score.maximum:
            return FULL
        if score.points > 0:
            return SOME
        if score.written:
            return NONE if score.by_hand else NOT_BEGUN
        begun = all(f.kind != "NotBegun" for f in self.failures if f.exercise == exercise)
        return NONE if begun else NOT_BEGUN

    def score(self, exercise: str) -> scores.Score:
        return next(s for s in self.submission.scores if s.exercise == exercise)


def papers(found: list[Submission], coursedir) -> list[Paper]:
    """What there is about each submission, beside its scores."""
    return [_paper(submission, coursedir) for submission in _tracked(found)]


def _tracked(found: list[Submission]) -> Iterable[Submission]:
    """With a bar on a terminal: a large class takes a few seconds to read."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return track(found, "reading", console=console, transient=True, disable=not console.is_terminal)


def _paper(submission: Submission, coursedir) -> Paper:
    chapter = submission.chapter
    folders = (coursedir.autograded_directory, coursedir.feedback_directory)
    autograded, feedback = (
        Path(coursedir.format_path(folder, submission.student.id, chapter)) for folder in folders
    )
    notebook = _json(autograded / f"{chapter}.ipynb")
    paper = Paper(submission, readable="cells" in notebook)
    exercises = [s.exercise for s in submission.scores if not s.written]
    cells = notebook.get("cells", [])
    paper.failures = [f for cell in cells if (f := _failure(cell, exercises))]
    # nbgrader's own commands and buttons leave no memory, but the same lines in the notebook.
    in_notebook = notebook.get("metadata", {}).get("course", {}).get("problems", [])
    problems = _json(autograded / MEMORY).get("problems", in_notebook)
    paper.problems = [_cut(str(problem)) for problem in problems]
    page = feedback / f"{chapter}.html"
    if page.is_file():
        link = os.path.relpath(page, Path(coursedir.root, FOLDER))
        paper.feedback = quote(Path(link).as_posix())
    return paper


def _json(path: Path) -> dict:
    """A file's content; nothing where there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _failure(cell: dict, exercises: list[str]) -> Failure | None:
    """The failure of an autograded test cell; None for any other cell, and for one that passed."""
    mark = cell["metadata"].get("nbgrader", {})
    errors = [out for out in cell.get("outputs", []) if out["output_type"] == "error"]
    if cell["cell_type"] != "code" or not mark.get("grade") or not errors:
        return None
    test, kind = mark["grade_id"], errors[-1]["ename"]
    exercise = exercise_of(test, exercises) or test
    return Failure(test, exercise, kind, _cut(error_sentence(kind, errors[-1]["evalue"])))


def _cut(text: str) -> str:
    text = shown(" ".join(text.split()))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"


# --- misconceptions -------------------------------------------------------------------------------

NUMBER = r"(?<![\w.#])-?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|0x[0-9a-f]+)(?![\w])"


@dataclass
class Misconception:
    """What several students did alike: one sentence of an exercise's tests.

    ``named``: the tests know the mistake; else the sentence says only what was found.
    """

    exercise: str
    sentence: str
    papers: list[Paper]
    named: bool


def misconceptions(papers: list[Paper]) -> list[Misconception]:
    """The sentences of failing tests, grouped over students and numbers, the most frequent first.

    An exercise that is not begun, and a cell that was stopped or not run, shows no misconception.
    """
    groups: dict[tuple[str, str, bool], list[tuple[str, Paper]]] = {}
    for paper in papers:
        for failure in paper.failures:
            if failure.kind not in ("NotBegun", NOT_RUN, KERNEL_DIED, TIMED_OUT):
                text = without_call(failure)
                key = (failure.exercise, folded(text), failure.kind == "KnownMistake")
                groups.setdefault(key, []).append((text, paper))
    found = []
    for (exercise, pattern, named), said in groups.items():
        texts = {text for text, _ in said}
        sentence = texts.pop() if len(texts) == 1 else pattern
        who = list({id(paper): paper for _, paper in said}.values())
        found.append(Misconception(exercise, _capital(sentence), who, named))
    order = [score.exercise for paper in papers[:1] for score in paper.submission.scores]
    return sorted(found, key=lambda m: (-len(m.papers), order.index(m.exercise)))


def without_call(failure: Failure) -> str:
    """The sentence without the call it begins with; words around the call stay.

    Where in the student's cell an error arose is left out as well: it differs between students.
    """
    text = re.split(r" Line \d+ of the cell: ", failure.sentence)[0]
    end = _end_of_head(text)
    head, rest = text[:end], text[end + 2 :]
    call = re.search(rf"\b{re.escape(failure.exercise)}\b", head)
    if failure.kind not in ("CheckFailed", "KnownMistake") or not end or not call:
        return text
    head = head[: call.end()] + _after_brackets(head[call.end() :])
    return rest if head == failure.exercise else f"{head}: {rest}"


def _end_of_head(text: str) -> int:
    """Where the first ": " outside brackets is; 0 if nowhere."""
    depths = _depths(text)
    return next((i for i, d in enumerate(depths) if d == 0 and text.startswith(": ", i)), 0)


def _after_brackets(text: str) -> str:
    """What follows the bracket that a text begins with; all of it if it begins with none."""
    if not text.startswith("("):
        return text
    return text[_depths(text).index(0) + 1 :] if 0 in _depths(text) else ""


def _depths(text: str) -> list[int]:
    """In how many brackets each character is; those in an argument's quotes are none."""
    depths, depth, quote_mark = [], 0, ""
    for char in text:
        if quote_mark:
            quote_mark = "" if char == quote_mark else quote_mark
        elif char in "\"'" and depth:
            quote_mark = char
        else:
            depth += (char in "([{") - (char in ")]}")
        depths.append(depth)
    return depths


def folded(text: str) -> str:
    """A sentence with each number, and each list of numbers, as one #."""
    text = re.sub(r"(?<!\w)\d+(?:x\d+)+(?!\w)", "#", text)  # shapes as PyTorch writes them
    text = re.sub(NUMBER, "#", text)
    return re.sub(r"#(?:, #)+|#,(?=\))", "#", text)


def _capital(text: str) -> str:
    """With a capital at the start, unless that is a name in the student's code."""
    first = text.split(" ")[0].rstrip(":,")
    return text if not first.isalpha() or not first.islower() else text[0].upper() + text[1:]


# --- numbers --------------------------------------------------------------------------------------


@dataclass
class Exercise:
    """How an exercise did: mean share of its points, and its correlation with the other ones.

    ``share`` and ``correlation`` are None where they cannot be told (yet), ``meaning`` says why;
    ``interval`` is the correlation's 95 % interval.
    """

    name: str
    written: bool
    maximum: str
    states: dict[str, int]
    share: float | None
    correlation: float | None
    interval: tuple[float, float] | None
    meaning: str


def exercises(papers: list[Paper]) -> list[Exercise]:
    """The chapter's exercises in order, over the submissions that could be read."""
    return [_exercise(score, papers) for score in papers[0].submission.scores]


def _exercise(score: scores.Score, papers: list[Paper]) -> Exercise:
    name, read = score.exercise, [p for p in papers if not p.score(score.exercise).to_read]
    states = Counter(paper.state(name) for paper in papers)
    mine = [float(paper.score(name).points) for paper in read]
    correlation, interval, meaning = discrimination(mine, [_rest(p, name) for p in read])
    share = statistics.fmean(mine) / float(score.maximum) if mine and score.maximum else None
    if unread := states[TO_READ]:
        # Who left the question out is known to have nothing: alone they would be the mean.
        share, correlation, interval = None, None, None
        meaning = f"{unread} still to be read"
    return Exercise(
        name=name,
        written=score.written,
        maximum=plain(score.maximum),
        states={state: states[state] for state in STATES},
        share=share,
        correlation=correlation,
        interval=interval,
        meaning=meaning,
    )


def _rest(paper: Paper, exercise: str) -> float:
    """Points in all other exercises that tests grade: written ones may be unread for some."""
    others = (s for s in paper.submission.scores if s.exercise != exercise and not s.written)
    return float(sum((s.points for s in others), ZERO))


def discrimination(mine: list[float], rest: list[float]) -> tuple:
    """Item-rest correlation, its 95 % interval (Fisher's z), and what it means in words.

    Pearson's correlation of the points in one exercise with those in the others. For an exercise
    that is either right or wrong this is the point-biserial correlation.
    """
    if len(mine) < FEW:
        return None, None, f"too few students to tell ({len(mine)}, from {FEW} on)"
    if len(set(mine)) == 1:
        return None, None, "everyone has the same points"
    if len(set(rest)) == 1:
        return None, None, "everyone has the same points in the other exercises"
    r = max(-1.0, min(1.0, statistics.correlation(mine, rest)))
    z, half = math.atanh(max(-0.9999, min(0.9999, r))), 1.96 / math.sqrt(len(mine) - 3)
    interval = math.tanh(z - half), math.tanh(z + half)
    if r < 0:
        meaning = "turned round: who is good at the rest fails here; look at the exercise"
    elif r < 0.2:
        meaning = "says little about the rest"
    elif r < 0.4:
        meaning = "goes along with the rest, weakly"
    else:
        meaning = "goes along with the rest"
    chance = interval[0] <= 0 <= interval[1]
    return r, interval, meaning + ("; with so few students it may be chance" if chance else "")


def summary(papers: list[Paper]) -> list[tuple[str, str]]:
    """Mean, median and so on of the totals, as they are shown."""
    totals = sorted(float(paper.submission.total) for paper in papers)
    found = [
        ("mean", statistics.fmean(totals)),
        ("median", statistics.median(totals)),
        ("lowest", totals[0]),
        ("highest", totals[-1]),
    ]
    if len(totals) > 1:
        low, _, high = statistics.quantiles(totals, n=4, method="inclusive")
        found[2:2] = [("a quarter has at most", low), ("a quarter has at least", high)]
        found.append(("standard deviation", statistics.stdev(totals)))
    return [(name, f"{value:.1f}") for name, value in found]


def bins(papers: list[Paper]) -> list[tuple[float, float, int, int]]:
    """Ranges of points (from, below, totals that are final, totals that are not).

    Ranges are whole points, ten or so of them; the last one includes its end.
    """
    top = float(papers[0].submission.maximum) or 1.0
    width = max(1, math.ceil(top / 11))
    counts = [[0, 0] for _ in range(max(1, math.ceil(top / width)))]
    for paper in papers:
        place = min(int(float(paper.submission.total) / width), len(counts) - 1)
        counts[place][bool(paper.submission.to_read)] += 1
    return [
        (number * width, min((number + 1) * width, top), final, not_final)
        for number, (final, not_final) in enumerate(counts)
    ]


# --- who needs a person ---------------------------------------------------------------------------


@dataclass
class Task:
    """Something that a person should look at."""

    paper: Paper
    kind: str
    text: str


KINDS = ("unreadable file", "limit hit", "repaired", "written answer")
LIMIT = re.compile(r"ran for more|died|could not be stopped|memory|not run|limit|too (?:much|many)")


def tasks(papers: list[Paper]) -> list[Task]:
    """What a person should look at, by kind and student."""
    found = []
    for paper in papers:
        for problem in paper.problems:
            kind = KINDS[2]
            if not paper.readable:
                kind = KINDS[0]
            elif LIMIT.search(problem):
                kind = KINDS[1]
            found.append(Task(paper, kind, problem))
        if paper.submission.to_read:
            names = ", ".join(s.exercise for s in paper.submission.scores if s.to_read)
            points = plain(paper.submission.to_read)
            found.append(Task(paper, KINDS[3], f"{names}: {points} points to give"))
    return sorted(found, key=lambda task: KINDS.index(task.kind))


def not_graded(root: Path, chapter: str, papers: list[Paper]) -> list[str]:
    """Students whose folder is in submitted/ without a grade."""
    graded = {paper.submission.student.id for paper in papers}
    folders = (path.parent.name for path in root.glob(f"submitted/*/{chapter}") if path.is_dir())
    return sorted(map(shown, set(folders) - graded))


# --- figures --------------------------------------------------------------------------------------

# Shade and hatch of each state: told apart without colour.
SHADES = {
    FULL: ("0.15", "", "white"),
    SOME: ("0.55", "", "black"),
    NONE: ("0.88", "", "black"),
    NOT_BEGUN: ("white", "////", "black"),
    TO_READ: ("white", "---", "black"),
}


def draw_scores(papers: list[Paper]) -> str:
    """The distribution of totals; those that are not final are hatched."""
    ranges = bins(papers)
    axes = _axes(7.2, 3.0)
    left = [low for low, _, _, _ in ranges]
    width = [high - low for low, high, _, _ in ranges]
    final, open_ = [r[2] for r in ranges], [r[3] for r in ranges]
    style = {"align": "edge", "edgecolor": "black", "linewidth": 0.8}
    axes.bar(left, final, width, color="0.55", label="final", **style)
    if any(open_):
        label = "written answers still to be read"
        axes.bar(
            left, open_, width, bottom=final, color="white", hatch="////", label=label, **style
        )
    totals = [float(paper.submission.total) for paper in papers]
    middle = statistics.median(totals)
    axes.axvline(middle, color="black", linestyle="--", label=f"median, {middle:g}")
    axes.set(xlabel=f"points, of {ranges[-1][1]:g}", ylabel="students", xlim=(0, ranges[-1][1]))
    axes.set_xticks([*left, ranges[-1][1]])
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.set_ylim(0, max(a + b for a, b in zip(final, open_, strict=True)) * 1.08)
    axes.figure.legend(loc="outside upper center", ncols=3, frameon=False)
    said = ", ".join(f"{low:g} to {high:g}: {a + b}" for low, high, a, b in ranges)
    return _svg(axes.figure, "Distribution of scores", f"Students per range of points. {said}.")


def draw_exercises(found: list[Exercise]) -> str:
    """Per exercise a bar of students, from all points to not begun, and its mean share."""
    axes = _axes(7.2, 1.0 + 0.42 * len(found))
    rows = range(len(found))
    begin = [0] * len(found)
    for state in (state for state in STATES if any(e.states[state] for e in found)):
        counts = [exercise.states[state] for exercise in found]
        shade, hatch, ink = SHADES[state]
        style = {"color": shade, "hatch": hatch, "edgecolor": "black", "linewidth": 0.8}
        axes.barh(rows, counts, left=begin, height=0.66, label=state, **style)
        for row, count in enumerate(counts):
            if count:
                box = {"facecolor": "white", "edgecolor": "none", "pad": 1.2} if hatch else None
                place = (begin[row] + count / 2, row)
                axes.text(*place, str(count), ha="center", va="center", color=ink, bbox=box)
        begin = [a + b for a, b in zip(begin, counts, strict=True)]
    for row, exercise in enumerate(found):
        share = "–" if exercise.share is None else f"{exercise.share:.0%}"
        axes.text(max(begin) * 1.03, row, share, va="center", ha="left")
    axes.text(max(begin) * 1.03, -0.75, "mean", va="center", ha="left")
    axes.set_yticks(rows, labels=[exercise.name for exercise in found])
    axes.set(xlabel="students", xlim=(0, max(begin)), ylim=(len(found) - 0.5, -0.5))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.figure.legend(loc="outside upper center", ncols=5, frameon=False)
    said = "; ".join(
        f"{e.name}: " + ", ".join(f"{count} {state}" for state, count in e.states.items() if count)
        for e in found
    )
    return _svg(axes.figure, "How far students came with each exercise", f"{said}.")


def draw_discrimination(found: list[Exercise]) -> str:
    """Per exercise the item-rest correlation with its interval; empty if there is none at all."""
    known = [exercise for exercise in found if exercise.correlation is not None]
    if not known:
        return ""
    axes = _axes(7.2, 1.0 + 0.36 * len(known))
    for row, exercise in enumerate(known):
        axes.plot(exercise.interval, (row, row), color="0.45", linestyle="-", linewidth=1.5)
        axes.plot(exercise.correlation, row, color="black", marker="o", markersize=7)
    axes.axvline(0, color="black", linewidth=0.8, linestyle=":")
    axes.set_yticks(range(len(known)), labels=[exercise.name for exercise in known])
    axes.set(xlabel="correlation with the rest of the chapter", xlim=(-1.02, 1.02))
    axes.set_ylim(len(known) - 0.5, -0.5)
    said = "; ".join(
        f"{e.name}: {e.correlation:.2f}, from {e.interval[0]:.2f} to {e.interval[1]:.2f}"
        for e in known
    )
    return _svg(axes.figure, "Discrimination of each exercise", f"{said}.")


def draw_class(papers: list[Paper]) -> str:
    """Students by exercises, dark for many points; sorted by total."""
    from matplotlib.patches import Rectangle

    names = [score.exercise for score in papers[0].submission.scores]
    height = 0.24 if len(papers) <= 60 else 14.4 / len(papers)
    axes = _axes(2.6 + 0.72 * len(names), 1.7 + height * len(papers))
    ranked = sorted(papers, key=lambda p: (-p.submission.total, p.name))
    for row, paper in enumerate(ranked):
        for column, name in enumerate(names):
            state, score = paper.state(name), paper.score(name)
            share = float(score.points / score.maximum) if score.maximum else 0.0
            hatched = SHADES[state][1]
            shade = "white" if hatched else str(0.92 - 0.8 * max(0.0, min(1.0, share)))
            corner = (column - 0.5, row - 0.5)
            axes.add_patch(
                Rectangle(corner, 1, 1, facecolor=shade, hatch=hatched, edgecolor="0.3", lw=0.5)
            )
    axes.set(xlim=(-0.5, len(names) - 0.5), ylim=(len(ranked) - 0.5, -0.5))
    axes.xaxis.tick_top()
    axes.set_xticks(range(len(names)), labels=names, rotation=35, ha="left", rotation_mode="anchor")
    labels = [_label(paper) for paper in ranked]
    if len(ranked) <= 60:
        axes.set_yticks(range(len(ranked)), labels=labels, parse_math=False)
    else:
        axes.set_yticks([])
        axes.set_ylabel(f"{len(ranked)} students, highest total on top")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    said = "Each row a student, each column an exercise; the table below has the numbers."
    return _svg(axes.figure, "The class at a glance", said)


def _label(paper: Paper) -> str:
    name = paper.name if len(paper.name) <= 22 else f"{paper.name[:21]}…"
    more = " + ?" if paper.submission.to_read else ""
    return f"{name}: {plain(paper.submission.total)}{more}"


def _axes(width: float, height: float):
    """Axes in the course's style, on a figure that no window ever shows."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from course.notebook import figures

    figures.use_style()
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "course", "hatch.linewidth": 0.6})
    return Figure(figsize=(width, height)).subplots()


SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"


def _svg(figure, title: str, description: str) -> str:
    """A figure as an SVG element that names and describes itself.

    Its ids begin with its title: several figures share the page.
    """
    import warnings

    text = io.StringIO()
    with warnings.catch_warnings():  # the browser has fonts for characters that DejaVu lacks
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure.savefig(text, format="svg", metadata={"Date": None}, transparent=True)
    for prefix, space in (("", SVG), ("xlink", XLINK)):
        ElementTree.register_namespace(prefix, space)
    root = ElementTree.fromstring(text.getvalue())
    for child in root.findall(f"{{{SVG}}}metadata"):
        root.remove(child)
    unique = re.sub(r"\W+", "-", title.lower())
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == "id":
                element.set(name, f"{unique}-{value}")
            elif name == f"{{{XLINK}}}href":
                element.set(name, value.replace("#", f"#{unique}-"))
            elif "url(#" in value:
                element.set(name, value.replace("url(#", f"url(#{unique}-"))
    for place, (tag, said) in enumerate((("title", title), ("desc", description))):
        child = ElementTree.Element(f"{{{SVG}}}{tag}", {"id": f"{unique}-{tag}"})
        child.text = said
        root.insert(place, child)
    root.set("role", "img")
    root.set("aria-labelledby", f"{unique}-title {unique}-desc")
    return ElementTree.tostring(root, encoding="unicode")


# --- the page -------------------------------------------------------------------------------------


def page(chapter: str, everyone: list[Paper], waiting: list[str]) -> str:
    """The report as HTML; `waiting` are students who handed in and have no grade.

    Everything but the figures goes through jinja2's escaping: names and sentences are not ours.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["plain"] = plain
    class_ = [paper for paper in everyone if paper.readable]
    found = exercises(class_) if class_ else []
    drawn = {
        "scores": draw_scores(class_) if class_ else "",
        "exercises": draw_exercises(found) if found else "",
        "discrimination": draw_discrimination(found),
        "class": draw_class(class_) if class_ else "",
    }
    return environment.get_template("page.html").render(
        chapter=chapter,
        date=datetime.now().strftime("%Y-%m-%d %H:%M"),
        everyone=everyone,
        readable=class_,
        waiting=waiting,
        tasks=tasks(everyone),
        kinds=KINDS,
        summary=summary(class_) if class_ else [],
        bins=bins(class_) if class_ else [],
        exercises=found,
        states=STATES,
        misconceptions=misconceptions(class_),
        figures={name: Markup(svg) for name, svg in drawn.items()},
    )


def report(chapter: str, root: str | Path = ".") -> Path:
    """Write reports/<chapter>.html below the course's folder and return its path.

    Raises UsageError where there is no course, no such chapter or no graded submission.
    """
    root = Path(root)
    app = scores.open_course(root)
    with scores.open_gradebook(app) as gradebook:
        found = scores.read(gradebook, app.coursedir, [chapter])
    if not found:
        raise UsageError(f"no submission of {chapter} is graded yet: run course grade {chapter}")
    everyone = papers(found, app.coursedir)
    html = page(chapter, everyone, not_graded(root, chapter, everyone))
    path = root / FOLDER / f"{chapter}.html"
    path.parent.mkdir(exist_ok=True)
    scores.write_whole(path, html)
    return path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `course report` takes."""
    parser.add_argument("chapter", help="for example 02_softmax")


def run(args: argparse.Namespace) -> int:
    """Run `course report`; returns its exit code: 0 written, 2 wrong usage or nothing to report."""
    try:
        path = report(args.chapter)
    except UsageError as error:
        print(f"course report: {error}", file=sys.stderr)
        return 2
    print(f"Wrote {path}. It names students and shows hidden tests: it is for you, not for them.")
    return 0
