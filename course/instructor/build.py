"""`course build`: text twin -> executed notebook in source/ -> what students get in release/.

    course/chapters/<chapter>/<chapter>.py      what authors write (py:percent)
    source/<chapter>/<chapter>.ipynb            the same cells, run, with their outputs
    release/<chapter>/<chapter>.ipynb           what `nbgrader generate_assignment` makes of it

Only what changed is run again. `--check` writes nothing and says what is out of step.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import logging
import re
import tempfile
from pathlib import Path

from course.notebook.progress import exercise_of

# What must never stand in release/: nbgrader's marks around what is not for students.
LEAKS = re.compile(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)")
HEADING = re.compile(r"Exercise: `(\w+)` \(\d+ minutes?, (\d+) points?\)")
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
CELL_SECONDS = 600  # the longest cell is a training run of about a minute


class BuildError(Exception):
    """A chapter that cannot be built; the message says what and where."""


class Chapter:
    """The three places of one chapter."""

    def __init__(self, root: Path, name: str):
        self.name = name
        self.twin = root / "course" / "chapters" / name / f"{name}.py"
        self.source = root / "source" / name / f"{name}.ipynb"
        self.release = root / "release" / name / f"{name}.ipynb"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("chapters", nargs="*", metavar="chapter", help="default: all of them")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if out of step")
    parser.add_argument(
        "--force",
        action="store_true",
        help="run notebooks that did not change, and replace answers found in release/",
    )


def run(args: argparse.Namespace) -> int:
    """The command `course build`; returns its exit code."""
    root = Path.cwd()
    try:
        chapters = chosen(root, args.chapters)
    except BuildError as error:
        print(f"course build: {error}")
        return 2
    problems = []
    for chapter in chapters:
        try:
            if args.check:
                problems += check(root, chapter)
            else:
                build(root, chapter, args.force)
        except BuildError as error:
            problems.append(str(error))
    for problem in problems:
        print(problem)
    if args.check and not problems:
        print(f"{len(chapters)} chapters in step: text twin, source/ and release/.")
    return 1 if problems else 0


def chosen(root: Path, names: list[str]) -> list[Chapter]:
    """The chapters with these names, or all of them."""
    there = sorted(path.parent.name for path in root.glob("course/chapters/*/*.py"))
    if not there:
        raise BuildError(f"no course/chapters/ in {root}: run it in the course's folder.")
    for name in names:
        if name not in there:
            raise BuildError(f"there is no chapter {name!r}. There are: {', '.join(there)}.")
    return [Chapter(root, name) for name in (names or there)]


def build(root: Path, chapter: Chapter, force: bool) -> None:
    """Bring source/ and release/ of one chapter up to date, and say what was done."""
    import nbformat

    planned = from_twin(chapter)
    if force or not chapter.source.exists() or out_of_step(planned, read(chapter.source)):
        execute(planned, chapter.name)
        chapter.source.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(planned, chapter.source)
        print(f"{chapter.name}: run and written to source/")
    released = generate_release(root, chapter)
    if chapter.release.exists() and read(chapter.release) == released:
        print(f"{chapter.name}: release/ is up to date")
        return
    answered = answers_in(chapter.release)
    if answered and not force:
        raise BuildError(
            f"{chapter.release.relative_to(root)}: holds somebody's answers ({', '.join(answered)})"
            " and would be overwritten. Move it away first, or build with --force."
        )
    chapter.release.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(released, chapter.release)
    print(f"{chapter.name}: release/ written")


def check(root: Path, chapter: Chapter) -> list[str]:
    """What is out of step in one chapter, a line each."""
    repair = f"Run `course build {chapter.name}`."
    if not chapter.source.exists():
        return [f"source/{chapter.name}: is missing. {repair}"]
    notebook = read(chapter.source)
    difference = out_of_step(from_twin(chapter), notebook)
    if difference:
        return [f"source/{chapter.name}: {difference} {repair}"]
    silent = [c.id for c in notebook.cells if c.cell_type == "code" and c.execution_count is None]
    if silent:
        return [f"source/{chapter.name}: cells that were never run ({', '.join(silent)}). {repair}"]
    if not chapter.release.exists() or read(chapter.release) != generate_release(root, chapter):
        return [f"release/{chapter.name}: is not what source/{chapter.name} generates. {repair}"]
    return [f"release/{chapter.name}: {leak}" for leak in leaks(chapter.release)]


def leaks(release: Path) -> list[str]:
    """What stands beside or in a release notebook that students must not have."""
    found = [f"{p.name} is not the notebook" for p in release.parent.iterdir() if p != release]
    for cell in read(release).cells:
        if LEAKS.search(cell.source):
            found.append(f"cell {cell.id} holds {LEAKS.search(cell.source)[0]!r}")
        if cell.cell_type == "code" and cell.outputs:
            found.append(f"cell {cell.id} holds outputs of the solutions")
    return found


# ---------------------------------------------------------------------------------------
# Text twin -> notebook


def from_twin(chapter: Chapter):
    """The notebook that the text twin describes, not yet run.

    Cell ids are the grade_ids, or made from the text: a rebuilt notebook differs from the last
    one only where its text does.
    """
    import jupytext
    import nbformat

    text = without_notes(jupytext.read(chapter.twin))
    notebook = nbformat.v4.new_notebook()
    notebook.cells = text.cells
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        base = cell.metadata.get("nbgrader", {}).get("grade_id") or short_hash(cell)
        seen[base] = seen.get(base, 0) + 1
        cell.id = base if seen[base] == 1 else f"{base}-{seen[base]}"
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": KERNEL,
            "language_info": {"name": "python"},
            "course": {"chapter": chapter.name, "tests": tests_of(chapter, notebook.cells)},
        }
    )
    return notebook


def short_hash(cell) -> str:
    return hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]


def tests_of(chapter: Chapter, cells: list) -> list[dict]:
    """grade_id, exercise and points of every test cell, after a check of the conventions."""
    marked = [(cell, cell.metadata.nbgrader) for cell in cells if "nbgrader" in cell.metadata]
    exercises = [m.grade_id for _, m in marked if m.solution and not m.grade]
    tests = []
    for cell, mark in marked:
        if not mark.grade or mark.solution:
            continue
        where = f"{chapter.twin.name}: test cell {mark.grade_id}"
        if not cell.source.startswith("# Test"):
            raise BuildError(f"{where}: its first line must say what is tested: '# Test ...'.")
        exercise = exercise_of(mark.grade_id, exercises)
        if not exercise:
            raise BuildError(f"{where}: belongs to none of the exercises {', '.join(exercises)}.")
        tests.append({"grade_id": mark.grade_id, "exercise": exercise, "points": mark.points})
    check_headings(chapter, cells, exercises, tests)
    return tests


def check_headings(chapter: Chapter, cells: list, exercises: list[str], tests: list) -> None:
    """Every exercise has tests, and a heading that gives its minutes and true points."""
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    announced = dict(HEADING.findall(prose))
    for exercise in exercises:
        points = sum(test["points"] for test in tests if test["exercise"] == exercise)
        if not points:
            raise BuildError(f"{chapter.twin.name}: exercise {exercise} has no test cell.")
        if announced.get(exercise) != str(points):
            raise BuildError(
                f"{chapter.twin.name}: exercise {exercise} needs a heading "
                f"'Exercise: `{exercise}` (N minutes, {points} points)'."
            )


def read(path: Path):
    """A notebook from a file."""
    import nbformat

    return nbformat.read(path, as_version=4)


def out_of_step(planned, notebook) -> str:
    """The first difference between a text twin and its notebook, in words; empty if none."""
    if planned.metadata != without_notes(notebook).metadata:
        return "its metadata differ from the text twin's."
    pairs = zip(planned.cells, notebook.cells, strict=False)
    for number, (want, have) in enumerate(pairs, start=1):
        if content(want) != content(have):
            first_line = (have.source or want.source).strip().split("\n")[0][:60]
            return f"cell {number} ({first_line!r}) differs from the text twin."
    if len(planned.cells) != len(notebook.cells):
        return f"has {len(notebook.cells)} cells, the text twin {len(planned.cells)}."
    return ""


def content(cell) -> tuple:
    """What the author wrote of a cell."""
    return cell.cell_type, cell.source, cell.metadata


def without_notes(notebook):
    """The notebook without what jupytext notes in it for itself when JupyterLab saves."""
    notebook.metadata.pop("jupytext", None)
    for cell in notebook.cells:
        cell.metadata.pop("lines_to_next_cell", None)
    return notebook


def execute(notebook, name: str) -> None:
    """Run all cells in place, with a progress bar.

    Runs in an empty folder that holds only the notebook, as the closing cell reads it.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError
    from rich.progress import Progress

    wanted = notebook.metadata.copy()
    with tempfile.TemporaryDirectory() as folder, Progress(transient=True) as progress:
        nbformat.write(notebook, Path(folder) / f"{name}.ipynb")
        task = progress.add_task(f"running {name}", total=len(notebook.cells))
        client = NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            extra_arguments=["--log-level=40"],  # nothing of the kernel's own on the terminal
            record_timing=False,
            coalesce_streams=True,  # or a print comes now as one output, now as two
            resources={"metadata": {"path": folder}},
            on_cell_complete=lambda **_: progress.advance(task),
        )
        try:
            client.execute()
        except CellExecutionError as error:
            raise BuildError(
                f"{name}: a cell fails with the solutions in place.\n{error}"
            ) from None
    notebook.metadata = wanted  # the kernel writes its exact version, which says nothing here
    for cell in notebook.cells:
        check_outputs(name, cell)


def check_outputs(name: str, cell) -> None:
    """Outputs that nbgrader would take for something else than they are."""
    for output in cell.get("outputs", []):
        if output.get("name") == "stderr":
            raise BuildError(f"{name}: cell {cell.id} writes to stderr: {output.text[:200]}")
        if output.output_type == "execute_result" and cell.metadata.get("nbgrader", {}).get(
            "grade"
        ):
            raise BuildError(f"{name}: test cell {cell.id} must not end with a value to display.")


# ---------------------------------------------------------------------------------------
# Notebook -> release


def generate_release(root: Path, chapter: Chapter):
    """What nbgrader makes of a source notebook, through `nbgrader_config.py`.

    Works in a folder of its own and without the gradebook: nothing of a class is touched.
    """
    import nbformat
    from nbgrader.converters import GenerateAssignment, NbGraderException
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import PyFileConfigLoader

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "source" / chapter.name
        copy.mkdir(parents=True)
        nbformat.write(without_notes(read(chapter.source)), copy / chapter.source.name)
        config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
        config.GenerateAssignment.no_database = True
        config.SaveCells.enabled = False
        place = CourseDirectory(config=config, root=folder, assignment_id=chapter.name)
        log = io.StringIO()
        logger = logging.Logger("generate_assignment", logging.ERROR)
        logger.addHandler(logging.StreamHandler(log))
        try:
            GenerateAssignment(coursedir=place, config=config, log=logger).start()
        except NbGraderException:
            raise BuildError(f"{chapter.name}: nbgrader refuses it.\n{log.getvalue()}") from None
        return read(Path(folder) / "release" / chapter.name / chapter.release.name)


def answers_in(release: Path) -> list[str]:
    """The solution cells of a release notebook that somebody has worked in."""
    from nbgrader.utils import compute_checksum, is_solution

    if not release.exists():
        return []
    return [
        cell.metadata.nbgrader.grade_id
        for cell in read(release).cells
        if is_solution(cell) and cell.metadata.nbgrader.get("checksum") != compute_checksum(cell)
    ]
