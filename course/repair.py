"""A notebook that came back from a student: is it still in the release's shape?

Students copy, delete, split and move cells. `repair` puts a notebook back into the shape that was
given out without touching a word that the student wrote. `course doctor` shows it to students, and
grading uses the same rules.
"""

import copy
import re
from collections import Counter

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_locked, is_solution

Notebook = NotebookNode
Cell = NotebookNode

CELL_FIELDS = {"cell_type", "id", "metadata", "source", "attachments"}
CODE_FIELDS = {"outputs", "execution_count"}
# What decides how a cell is graded. The rest of nbgrader's metadata is bookkeeping that editors
# update by themselves, so a difference there is no news for anyone.
GRADING_FIELDS = ("grade", "solution", "locked", "points", "task")
LONGEST_NAME = 60  # characters of a name or value that are told


def grade_id(cell: Cell) -> str | None:
    """The name nbgrader knows the cell by, None for an ordinary cell."""
    meta = cell.metadata.get("nbgrader")
    name = meta.get("grade_id") if isinstance(meta, dict) else None
    return name if isinstance(name, str) and name else None


def repair(submitted: Notebook, release: Notebook) -> list[str]:
    """Put a submitted notebook into the release's shape; no word that the student wrote is lost.

    ``submitted`` is changed in place. The student's own cells stay and stay beside the cells they
    followed. Returns what was found, a line per problem, each naming its cells; an untouched or
    an honestly filled-in release gives an empty list.
    """
    originals = {name: cell for cell in release.cells if (name := grade_id(cell))}
    _mend_structure(submitted, release)
    problems = _remove_tags(submitted)
    problems += _settle_identities(submitted, originals)
    problems += _restore_order(submitted, originals)
    problems += _settle_copies(submitted, originals)
    problems += _restore_metadata(submitted, originals)
    problems += _put_back_missing(submitted, originals)
    problems += _report_edited_locks(submitted, originals)
    _mend_ids(submitted, originals)
    _mend_format(submitted)
    return problems


def _mend_structure(nb: Notebook, release: Notebook) -> None:
    """Give each cell the format's fields; the notebook's metadata are the release's."""
    nb.metadata = copy.deepcopy(release.metadata)
    nb.nbformat, nb.nbformat_minor = 4, max(5, release.nbformat_minor)
    for cell in nb.cells:
        cell.setdefault("source", "")
        _mend_fields(cell)


def _mend_fields(cell: Cell) -> None:
    allowed = CELL_FIELDS | CODE_FIELDS if cell.cell_type == "code" else CELL_FIELDS
    if cell.cell_type == "code":
        cell.setdefault("outputs", [])
        cell.setdefault("execution_count", None)
        allowed = allowed - {"attachments"}
    for field in set(cell) - allowed:
        del cell[field]


def _remove_tags(nb: Notebook) -> list[str]:
    """Tags tell the runner to skip a cell or expect an error, which is not the student's to say."""
    problems = []
    for number, cell in enumerate(nb.cells, start=1):
        tags = cell.metadata.pop("tags", None)
        if isinstance(tags, list | str) and "skip-execution" in tags:
            problems.append(f"{title(cell, number)}: tagged skip-execution; run all the same")
    return problems


def _settle_identities(nb: Notebook, originals: dict[str, Cell]) -> list[str]:
    """Keep nbgrader's metadata only where it names a cell of the release.

    A tool that drops metadata may have kept the cell ids, which are the grade_ids in this course.
    """
    problems = []
    present = {grade_id(cell) for cell in nb.cells}
    for cell in nb.cells:
        name = grade_id(cell)
        if name in originals:
            continue
        if name:
            said = _told(name)
            problems.append(f"cell {said}: not of this notebook; counts as an ordinary cell")
        cell.metadata.pop("nbgrader", None)
        if cell.get("id") in originals and cell.id not in present:
            cell.metadata.nbgrader = copy.deepcopy(originals[cell.id].metadata.nbgrader)
            present.add(cell.id)
            problems.append(f"cell {cell.id}: its nbgrader metadata was lost; given back")
    return problems


def _restore_order(nb: Notebook, originals: dict[str, Cell]) -> list[str]:
    """Sort the release's cells; each takes along the student's cells that follow it."""
    rank = {name: position for position, name in enumerate(originals)}
    first_seen = list(dict.fromkeys(name for cell in nb.cells if (name := grade_id(cell))))
    groups: list[tuple[int, list[Cell]]] = [(-1, [])]
    for cell in nb.cells:
        name = grade_id(cell)
        if name:
            groups.append((rank[name], []))
        groups[-1][1].append(cell)
    groups.sort(key=lambda group: group[0])
    nb.cells = [cell for _, cells in groups for cell in cells]
    expected = sorted(first_seen, key=rank.__getitem__)
    moved = [name for name, other in zip(first_seen, expected, strict=True) if name != other]
    return [f"cell {moved[0]} and others: out of order; put back in order"] if moved else []


def _settle_copies(nb: Notebook, originals: dict[str, Cell]) -> list[str]:
    """Of cells with one grade_id keep the metadata on one; all the student's words stay and run.

    Copies that equal the release hold nothing of the student's. They go, because a second run of
    a test costs time and a second stub would undo the answer above it.
    """
    problems = []
    counts = Counter(name for cell in nb.cells if (name := grade_id(cell)))
    for name, count in counts.items():
        if count == 1:
            continue
        copies = [cell for cell in nb.cells if grade_id(cell) == name]
        unchanged = [cell for cell in copies if _same_text(cell, originals[name])]
        changed = [cell for cell in copies if not _same_text(cell, originals[name])]
        if is_solution(originals[name]):
            kept = changed[-1] if changed else copies[0]
            counted = "the last one that was changed counts"
        else:
            kept = unchanged[0] if unchanged else copies[0]
            counted = "one counts"
        for cell in changed:
            if cell is not kept:
                del cell.metadata["nbgrader"]
        dropped = {id(cell) for cell in unchanged if cell is not kept}
        nb.cells = [cell for cell in nb.cells if id(cell) not in dropped]
        problems.append(f"cell {name}: there {count} times; {counted}")
    return problems


def _restore_metadata(nb: Notebook, originals: dict[str, Cell]) -> list[str]:
    """Set type and metadata of the release's cells back to what the release says."""
    problems = []
    for cell in nb.cells:
        name = grade_id(cell)
        if not name:
            continue
        original = originals[name]
        meta, wanted = cell.metadata.nbgrader, original.metadata.nbgrader
        for field in GRADING_FIELDS:
            if meta.get(field) != wanted.get(field):
                was, now = _told(str(meta.get(field))), wanted.get(field)
                problems.append(f"cell {name}: {field} changed to {was}; set back to {now}")
        if cell.cell_type != original.cell_type:
            problems.append(
                f"cell {name}: turned into {cell.cell_type}; turned back into {original.cell_type}"
            )
            cell.cell_type = original.cell_type
            _mend_fields(cell)
        cell.metadata = copy.deepcopy(original.metadata)
        cell.metadata.pop("tags", None)
    return problems


def _put_back_missing(nb: Notebook, originals: dict[str, Cell]) -> list[str]:
    put_back, elsewhere = [], []
    names = list(originals)
    present = {grade_id(cell) for cell in nb.cells}
    for position, name in enumerate(names):
        if name in present:
            continue
        cell = copy.deepcopy(originals[name])
        cell.metadata.pop("tags", None)
        if _defined_elsewhere(nb, cell):
            # The stub would undo the student's definition if that stands further up.
            cell.source = f"# {name} is defined in another cell of this notebook."
            elsewhere.append(name)
        else:
            put_back.append(name)
        nb.cells.insert(_place(nb, cell, names[:position]), cell)
    return [
        *_one_line(put_back, "missing; put back"),
        *_one_line(elsewhere, "missing; what another cell defines by that name counts"),
    ]


def _place(nb: Notebook, cell: Cell, predecessors: list[str]) -> int:
    """Where a missing cell goes: right after its predecessor, which stands there already.

    A test goes behind the student's own cells that follow the predecessor, which may hold a part
    of the answer.
    """
    if not predecessors:
        return 0
    named = [grade_id(other) for other in nb.cells]
    place = named.index(predecessors[-1]) + 1
    if is_grade(cell) and not is_solution(cell):
        while place < len(named) and not named[place]:
            place += 1
    return place


def _defined_elsewhere(nb: Notebook, stub: Cell) -> bool:
    """Whether the student defines the names of a missing solution cell in some other cell."""
    if stub.cell_type != "code" or not is_solution(stub) or is_grade(stub):
        return False
    names = re.findall(r"^(?:def|class)\s+(\w+)", stub.source, flags=re.MULTILINE)
    wanted = "|".join(map(re.escape, names or [grade_id(stub)]))
    pattern = rf"^(?:(?:def|class)\s+(?:{wanted})\b|(?:{wanted})\s*=)"
    sources = [cell.source for cell in nb.cells if cell.cell_type == "code" and not is_locked(cell)]
    return any(re.search(pattern, source, flags=re.MULTILINE) for source in sources)


def _report_edited_locks(nb: Notebook, originals: dict[str, Cell]) -> list[str]:
    """nbgrader's OverwriteCells restores these from the gradebook, hidden tests included."""
    edited = [
        name
        for cell in nb.cells
        if (name := grade_id(cell))
        and is_locked(originals[name])
        and not _same_text(cell, originals[name])
    ]
    return _one_line(edited, "locked but edited; the original text was used")


def _one_line(names: list[str], what: str) -> list[str]:
    if not names:
        return []
    return [f"cell{'s' if len(names) > 1 else ''} {', '.join(names)}: {what}"]


def _mend_ids(nb: Notebook, originals: dict[str, Cell]) -> None:
    """The release's ids for its cells; well-formed and unique ones for the student's own."""
    taken = set()
    for cell in nb.cells:
        if name := grade_id(cell):
            cell.id = originals[name].get("id", name)
            taken.add(cell.id)
    for number, cell in enumerate(nb.cells, start=1):
        if grade_id(cell):
            continue
        wanted = cell.get("id")
        valid = isinstance(wanted, str) and re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", wanted)
        if not valid or wanted in taken:
            wanted = f"own-{number}"
            while wanted in taken:
                wanted += "x"
            cell.id = wanted
        taken.add(wanted)


def _mend_format(nb: Notebook) -> None:
    """Where a cell still breaks the notebook format, drop what is not the student's text."""
    if nbformat.validator.isvalid(nb):
        return
    for cell in nb.cells:
        cell.pop("attachments", None)
        cell.metadata = NotebookNode({k: v for k, v in cell.metadata.items() if k == "nbgrader"})
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


def _same_text(cell: Cell, other: Cell) -> bool:
    """Equal but for white space at line ends and at the end, which editors change."""
    lines = [text.rstrip() for text in cell.source.rstrip().splitlines()]
    return lines == [text.rstrip() for text in other.source.rstrip().splitlines()]


def title(cell: Cell, number: int) -> str:
    name = grade_id(cell)
    return f"cell {_told(name)}" if name else f"cell number {number}"


def _told(text: str) -> str:
    """A name or value that may hold anything, short and on one line."""
    text = "".join(char if char.isprintable() else "\ufffd" for char in text[: LONGEST_NAME + 1])
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}..."
