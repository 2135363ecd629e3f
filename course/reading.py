"""Read a notebook that came from anyone: as data, mended where that loses nothing.

Files come back in other encodings, older formats and with cells that some tool has damaged. What a
student meant is read all the same, and a line says what was done. What is no notebook at all
raises `Unreadable`, with one sentence on what it is and what to do.
"""

import itertools
import json
import logging
import re
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

MEGABYTE = 1_000_000
LARGEST_NOTEBOOK = 50 * MEGABYTE  # bytes, pictures and all
MOST_CELLS = 1_000
LONGEST_CELL = 1 * MEGABYTE  # characters
FIELDS = {"nbformat", "nbformat_minor", "metadata", "cells"}
DEEPEST = 20  # lists in lists in metadata and outputs; tools that copy them go down step by step

AGAIN = "ask for a new copy"


class Unreadable(Exception):
    """A file that cannot be used as a notebook; the message says why and what to do."""


def read(path: Path, largest: int = LARGEST_NOTEBOOK) -> tuple[NotebookNode, list[str]]:
    """The notebook in format 4, and a line for everything that had to be mended.

    Raises Unreadable if there is none to read or it is larger than ``largest`` bytes.
    """
    text, problems = _decoded(_content(path, largest))
    try:
        content = json.loads(text, parse_constant=lambda name: None)  # NaN and such are not JSON
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}: {error.msg}"
        raise Unreadable(f"not valid JSON ({where}); {AGAIN}, or mend that line") from None
    except (RecursionError, ValueError):  # nested without end, a number of thousands of digits
        raise Unreadable(f"not a notebook; {AGAIN}") from None
    if not isinstance(content, dict) or type(content.get("nbformat")) is not int:
        raise Unreadable(f"JSON, but not a notebook; {AGAIN}")
    notebook, damage = _notebook(content)
    return notebook, problems + damage


def _content(path: Path, largest: int) -> bytes:
    if path.is_dir() or (path.exists() and not path.is_file()):
        raise Unreadable(f"{path.name} is not a file; {AGAIN}")
    if not path.is_file():
        others = sorted(other.name for other in path.parent.glob("*.ipynb"))
        if not others:
            raise Unreadable(f"the notebook is missing; {AGAIN}")
        names = ", ".join(others)
        raise Unreadable(f"the notebook is missing, but there is {names}; rename it if it is meant")
    try:
        size = path.stat().st_size
        if size > largest:
            limit = f"{size / MEGABYTE:.0f} MB, at most {largest / MEGABYTE:g} are read"
            raise Unreadable(f"the file is too large ({limit}); ask for a copy without outputs")
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(f"the file cannot be opened ({error.strerror}); {AGAIN}") from None


def _decoded(content: bytes) -> tuple[str, list[str]]:
    encoding = json.detect_encoding(content)  # notebooks are UTF-8; editors write others, too
    text = content.decode(encoding, "replace")
    if not text.strip():
        raise Unreadable(f"the file is empty; {AGAIN}")
    problems = []
    if not encoding.startswith("utf-8"):
        problems.append(f"the file is in {encoding[:6].upper()}; read all the same")
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        name = encoding[:6].upper().removesuffix("-")
        problems.append(f"the file has characters that are not {name}; each became \ufffd")
    return text, problems


def _notebook(content: dict) -> tuple[NotebookNode, list[str]]:
    problems = []
    if content["nbformat"] == 4:
        problems += _clean(content)
    try:
        notebook = nbformat.reads(json.dumps(content), as_version=4)
    except Exception as error:  # nbformat raises whatever a damaged notebook makes it stumble over
        logging.getLogger(__name__).info("unreadable notebook", exc_info=error)
        reason = _printable(" ".join(str(error).split())[:100])
        kind = f"a notebook in format {content['nbformat']} that cannot be read"
        raise Unreadable(f"{kind} ({reason}); {AGAIN}") from None
    if content["nbformat"] != 4:
        problems += _clean(notebook)
    return notebook, problems


def _clean(notebook: dict) -> list[str]:
    """Leave in a notebook of format 4 only what the format can hold; a line for what was lost."""
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise Unreadable(f"a notebook without cells; {AGAIN}")
    if len(cells) > MOST_CELLS:
        raise Unreadable(f"a notebook of {len(cells)} cells, at most {MOST_CELLS} are read")
    for field in set(notebook) - FIELDS:
        del notebook[field]
    notebook["nbformat_minor"] = 5  # all that the minor versions before it lack is cells' ids
    notebook["metadata"] = _mapping(notebook.get("metadata"))
    taken: set[str] = set()
    kept, damaged, long, strange = [], [], [], []
    for number, cell in enumerate(cells, start=1):
        source = _source(cell)
        if source is None:
            damaged.append(number)
        elif len(source) > LONGEST_CELL:
            long.append(number)
        else:
            text = _plain(source)
            if text != source.replace("\r\n", "\n").replace("\r", "\n"):
                strange.append(number)
            _clean_cell(cell, text)
            cell["id"] = _id(cell.get("id"), number, taken)
            taken.add(cell["id"])
            kept.append(cell)
    notebook["cells"] = kept
    return [
        *_line(damaged, "damaged; left out"),
        *_line(long, f"longer than {LONGEST_CELL:,} characters; left out"),
        *_line(strange, "characters that are none; left out or replaced by \ufffd"),
    ]


def _source(cell: object) -> str | None:
    """A cell's text, None if the cell is damaged; files hold it as a string or a list of lines."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        return None
    source = cell.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        return "".join(source)
    return source if isinstance(source, str) else None


def _plain(source: str) -> str:
    """Without NUL and lone halves of characters, and with plain line ends."""
    source = source.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return source.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _id(wanted: object, number: int, taken: set[str]) -> str:
    """The cell's id if it can be one and no other cell has it, else one made of its number."""
    if not isinstance(wanted, str) or not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", wanted):
        wanted = f"cell-{number}"
    if wanted not in taken:
        return wanted
    others = (f"cell-{number}-{count}" for count in itertools.count())
    return next(other for other in others if other not in taken)


def _clean_cell(cell: dict, source: str) -> None:
    cell["source"] = source
    cell["metadata"] = _mapping(cell.get("metadata"))
    if "attachments" in cell:
        cell["attachments"] = _attachments(cell["attachments"])
    if cell["cell_type"] == "code":
        outputs = cell.get("outputs")
        cell["outputs"] = [out for out in outputs if _is_output(out)] if _is_list(outputs) else []
        count = cell.get("execution_count")
        cell["execution_count"] = count if type(count) is int and count >= 0 else None


def _mapping(value: object) -> dict:
    return value if isinstance(value, dict) and _is_shallow(value) else {}


def _is_list(value: object) -> bool:
    return isinstance(value, list) and _is_shallow(value)


def _is_shallow(value: object) -> bool:
    level: list[object] = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return True
    return False


def _inside(value: object) -> Iterable:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _attachments(value: object) -> dict:
    if not isinstance(value, dict):
        return {}
    return {
        name: bundle
        for name, bundle in value.items()
        if isinstance(bundle, dict) and all(isinstance(data, str) for data in bundle.values())
    }


def _is_output(output: object) -> bool:
    """Whether the format knows it. Nothing is lost without: running the cell makes it anew."""
    if not isinstance(output, dict):
        return False
    return nbformat.validator.isvalid(output, ref="output", version=4, version_minor=5)


def _line(numbers: list[int], what: str) -> list[str]:
    if not numbers:
        return []
    some = ", ".join(map(str, numbers[:5])) + (", ..." if len(numbers) > 5 else "")
    return [f"cell{'s' if len(numbers) > 1 else ''} number {some}: {what}"]


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "\ufffd" for char in text)
