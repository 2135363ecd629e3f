"""Errors as plain values: what a student's code raised, raised again where the test is."""

from __future__ import annotations

import builtins
import linecache
import os
import traceback
from typing import Any

import torch

from course.judge.wire import expect
from course.notebook import checks

MAX_TEXT = 10_000  # characters of an error's message


def pack_error(error: BaseException) -> list:
    """[its class names, most special first; its text; where it came from]."""
    names = [cls.__name__ for cls in type(error).__mro__ if cls is not object]
    try:
        text = str(error)[:MAX_TEXT]
    except Exception:  # a student's own __str__
        text = "(its message cannot be read)"
    return [names, text, *line_of(error)]


def hide(packed: list, target: Any) -> list:
    """An error of a test's own function as the student's code may see it: without line and name."""
    names, text, *_ = packed
    if own := getattr(target, "__qualname__", ""):
        text = text.replace(f"{own}()", "function()")
    return [names, text, 0, "", False]


def line_of(error: BaseException) -> list:
    """Line number and text of the notebook line an error came from; was it the very last?"""
    frames = traceback.extract_tb(error.__traceback__)
    for position, frame in enumerate(reversed(frames)):
        if not os.path.exists(frame.filename) and linecache.getline(frame.filename, frame.lineno):
            return [frame.lineno, (frame.line or "")[:300], position == 0]
    return [0, "", False]


def unpack_error(packed: Any) -> BaseException:
    """The error, with a traceback that names the line it came from."""
    expect(isinstance(packed, list) and len(packed) == 5, "an error of other parts")
    names, text, number, line, last = packed
    expect(isinstance(names, list) and names and len(names) < 50, "an error without a class")
    expect(all(isinstance(name, str) and name.isidentifier() for name in names), "no class")
    expect(isinstance(text, str) and isinstance(line, str) and type(number) is int, "no error")
    expect(0 <= number < 10**5, "no line")
    base = next(cls for name in [*names, "Exception"] if (cls := known_error(name)))
    cls = base if base.__name__ == names[0] else type(names[0][:80], (base,), {})
    try:
        error = cls(text)
    except Exception:  # UnicodeDecodeError and its like want more arguments
        error = type(names[0][:80], (Exception,), {})(text)
    return with_line(error, number, line, last)


def known_error(name: str) -> type | None:
    """The exception class that both sides know by this name."""
    cls = getattr(builtins, name, None) or vars(checks).get(name)
    known = isinstance(cls, type) and issubclass(cls, BaseException)
    return cls if known and cls is not KeyError else KeyErrorText if cls is KeyError else None


class KeyErrorText(KeyError):
    """A KeyError made from its text: str() of a KeyError would quote it once more."""

    __str__ = Exception.__str__


KeyErrorText.__name__ = "KeyError"


def with_line(error: BaseException, number: int, line: str, last: bool) -> BaseException:
    """Give an error the traceback of one raised in this line of a cell, or below it."""
    if not number:
        return error
    file = f"<line {number} {abs(hash(line))}>"
    linecache.cache[file] = (len(line), None, ["\n"] * (number - 1) + [line + "\n"], file)
    below = "raise error" if last else "below(error)"
    inner: dict = {}
    exec(compile("def below(error):\n    raise error", torch.__file__, "exec"), inner)
    try:
        exec(compile("\n" * (number - 1) + below, file, "exec"), {"error": error, **inner})
    except BaseException as raised:
        return raised.with_traceback(raised.__traceback__.tb_next)
    return error
