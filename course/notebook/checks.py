"""What the tests of an exercise say, and how they say it.

A test cell calls a student's function through `call` (or builds a class through `build`) and
compares the result with `equals`. Whatever is wrong is raised as `CheckFailed`: one sentence
that names the call, what is wrong with it and, where the numbers match a known mistake, the
mistake. The order is always the same: it runs, type, shape, dtype, values.

Nothing here knows an answer. What is expected is written in the test cells.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
import linecache
import os
import textwrap
import traceback
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import nn

# Wide enough for any order of summation in float32, narrow enough for every mistake.
ATOL = 1e-5
RTOL = 1e-4


NOT_WRITTEN = "{} is not written yet: replace the TODO in its cell and run the cell."


class CheckFailed(AssertionError):
    """A student's answer does something other than the exercise asks; the message says what."""

    def _render_traceback_(self) -> list[str]:
        # IPython shows these lines in place of a traceback: the sentence is all there is to
        # read. 76 columns fit the narrowest place it is shown in, the dialog of Validate.
        paragraphs = str(self).split("\n")
        return [textwrap.fill(p, 76, break_long_words=False) for p in paragraphs]


class KnownMistake(CheckFailed):
    """A failure whose message names the mistake, not only what came out of it."""


class NotBegun(CheckFailed):
    """The exercise still holds its `raise NotImplementedError`."""


# ---------------------------------------------------------------------------------------
# Calling


class Call:
    """One call of a student's function: its `result`, and `what` it is called in messages."""

    def __init__(self, what: str, result: Any):
        self.what = what
        self.result = result

    # These return nothing, so that a test cell which ends with one displays nothing: nbgrader
    # takes a displayed number for partial credit.

    def is_tensor(self, shape: tuple | None = None, dtype: torch.dtype = torch.float32) -> None:
        """Check type, shape and dtype of the result."""
        is_tensor(self.result, self.what, shape, dtype)

    def equals(self, expected: Any, mistakes: Mapping[str, Any] | None = None, **options) -> None:
        """Check the result against `expected`; see the function `equals`."""
        equals(self.result, expected, self.what, mistakes, **options)


def call(function: Callable, *args: Any, **kwargs: Any) -> Call:
    """Call a student's function and check that it behaves.

    It must not raise, change its arguments or set the global seed. Warnings and whatever it
    writes to stderr are swallowed: nbgrader would count them as a failure.

    Returns:
        a `Call` with the result.

    Raises:
        NotBegun: the function raises `NotImplementedError`, as the untouched stub does.
        CheckFailed: it raises anything else, changes an argument or sets the seed.
    """
    what = describe(function, args, kwargs)
    given = [*args, *kwargs.values()]
    copies = [copy_of(value) for value in given]
    seed = torch.initial_seed()
    try:
        with quiet():
            result = function(*args, **kwargs)
    except (CheckFailed, KeyboardInterrupt):
        raise
    except BaseException as error:  # SystemExit too: exit() in an answer must not end the kernel
        failure = failure_of(what, name_of(function), error)
        if on_purpose(error, "raise") and not isinstance(failure, NotBegun):
            failure = KnownMistake(f"{failure} Nothing should be raised here.")
        raise failure from None
    names = [*argument_names(function, len(args)), *kwargs]
    for name, before, after in zip(names, copies, given, strict=True):
        if not unchanged(before, after):
            raise KnownMistake(
                f"{what}: changes its argument {name} in place. Whoever called it still needs "
                "that tensor: work on a new one."
            )
    if torch.initial_seed() != seed:
        raise KnownMistake(
            f"{what}: sets the global seed. Remove torch.manual_seed: the caller chooses the seed."
        )
    return Call(what, result)


def call_batch(function: Callable, *args: Any, hint: str, **kwargs: Any) -> Call:
    """`call` with a leading dimension, of a function that may work without one only.

    Where it raises, but does not for the first entry of each tensor, the message says so, and
    `hint` says where to look. It has to be true of every way to fail like that.
    """
    try:
        return call(function, *args, **kwargs)
    except CheckFailed as failure:
        if type(failure) is not CheckFailed:
            raise
        first = [arg[0] if isinstance(arg, torch.Tensor) else arg for arg in args]
        try:
            call(function, *first, **kwargs)
        except CheckFailed:
            raise failure from None
        raise KnownMistake(f"{failure} It does run without the leading dimension. {hint}") from None


def build(cls: Callable, *args: Any, seed: int | None = None, **kwargs: Any) -> nn.Module:
    """Build a student's module, with the global seed set first where `seed` is given.

    `cls` is its class, or a function that makes it.

    Raises:
        CheckFailed: it cannot be built, or is no `nn.Module`.
    """
    if seed is not None:
        torch.manual_seed(seed)
    made = call(cls, *args, **kwargs)
    # Where super().__init__() was forgotten, the parts of a module are missing.
    if not isinstance(made.result, nn.Module) or "_modules" not in vars(made.result):
        if not isinstance(cls, type):
            raise KnownMistake(f"{made.what}: should return a module, not {brief(made.result)}.")
        raise KnownMistake(
            f"{made.what}: is not an nn.Module. Write `class {name_of(cls)}(nn.Module):` and call "
            "super().__init__() first."
        )
    return made.result


def raises(
    errors: type | tuple,
    function: Callable,
    *args: Any,
    mentions=(),
    hint: str = "Check the argument before you compute.",
    **kwargs: Any,
) -> None:
    """Check that a call raises one of `errors`, with every text of `mentions` in its message.

    `hint` is what a student reads whose call returns instead.
    """
    what = describe(function, args, kwargs)
    errors = errors if isinstance(errors, tuple) else (errors,)
    wanted = " or ".join(error.__name__ for error in errors)
    try:
        with quiet():
            result = function(*args, **kwargs)
    except errors as error:
        for text in mentions:
            if str(text) not in str(error):
                raise KnownMistake(
                    f"{what}: raises {type(error).__name__} as it should, but its message "
                    f"({str(error)!r}) does not mention {text}."
                ) from None
    except (CheckFailed, KeyboardInterrupt):
        raise
    except BaseException as error:
        failure = failure_of(what, name_of(function), error)
        if isinstance(failure, NotBegun):
            raise failure from None
        kind = KnownMistake if on_purpose(error, "raise", "assert") else CheckFailed
        raise kind(f"{failure} It should raise {wanted}.") from None
    else:
        raise KnownMistake(f"{what}: should raise {wanted}, but returns {brief(result)}. {hint}")


@contextlib.contextmanager
def quiet():
    """Swallow warnings and stderr: nbgrader takes anything on stderr for a failed test."""
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def failure_of(what: str, name: str, error: BaseException) -> CheckFailed:
    """The error that a student's code raised, as a sentence with the line it came from."""
    # PyTorch raises NotImplementedError too, with long messages; the stub's holds one name.
    if isinstance(error, NotImplementedError) and " " not in str(error):
        missing = str(error) or name
        return NotBegun(NOT_WRITTEN.format(missing))
    text = (str(error).strip().split("\n") or [""])[0][:300]
    if "leaf Variable that requires grad" in text:
        text = "an argument is changed in place, which cuts its gradient: work on a new tensor"
    message = f"{what}: raises {type(error).__name__}: {text or '(no message)'}"
    message = message if message[-1] in ".!?" else message + "."
    line = student_line(error)
    message = f"{message} {line}" if line else message
    if "torch.return_types." in text:
        return KnownMistake(
            f"{message} With a dim, max and its relatives return two tensors, the values and "
            "their positions: take the one you need."
        )
    return CheckFailed(message)


def on_purpose(error: BaseException, *statements: str) -> bool:
    """Does the error come from one of these statements (raise, assert) in the student's cell?"""
    frames = traceback.extract_tb(error.__traceback__)
    own = frames and not os.path.exists(frames[-1].filename)
    return bool(own) and (frames[-1].line or "").split(" ")[0] in statements


def student_line(error: BaseException) -> str:
    """Where in the student's cell the error came from: its number and text, or nothing."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        # The source of a notebook's cell is in linecache alone, not on disk.
        if not os.path.exists(frame.filename) and linecache.getline(frame.filename, frame.lineno):
            return f"Line {frame.lineno} of the cell: `{frame.line}`"
    return ""


# ---------------------------------------------------------------------------------------
# Comparing


def is_tensor(
    value: Any, what: str, shape: tuple | None = None, dtype: torch.dtype = torch.float32
) -> None:
    """Check that `value` is a tensor of this shape (None: any) and dtype, in words."""
    if not isinstance(value, torch.Tensor):
        hint = {
            "NoneType": " Is the `return` missing?",
            "float": " Keep the tensor: no .item() and no float().",
            "int": " Keep the tensor: no .item() and no int().",
            "list": " Put the numbers into one tensor, with torch.stack for example.",
            "tuple": " Return the one tensor that is asked for.",
            "ndarray": " Stay in PyTorch: NumPy cuts the gradient.",
        }.get(type(value).__name__, "")
        raise KnownMistake(f"{what}: should be a tensor, but is {brief(value)}.{hint}")
    if shape is not None and tuple(value.shape) != tuple(shape):
        kind = KnownMistake if exchanged(tuple(value.shape), tuple(shape)) else CheckFailed
        raise kind(f"{what}: {wrong_shape(tuple(value.shape), tuple(shape))}")
    if value.dtype != dtype:
        raise KnownMistake(f"{what}: has dtype {value.dtype}, expected {dtype}.")


def wrong_shape(got: tuple, expected: tuple) -> str:
    """A wrong shape in words, with the likely cause where there is one."""
    text = f"has shape {got}, expected {expected}."
    if len(got) != len(expected):
        return f"{text} That is {counted(len(got), 'dimension')}, not {len(expected)}."
    return f"{text} The last two dimensions are exchanged." if exchanged(got, expected) else text


def exchanged(got: tuple, expected: tuple) -> bool:
    """Are two shapes alike but for the order of the last two dimensions?"""
    same_rank = len(got) == len(expected) >= 2
    return same_rank and got == (*expected[:-2], expected[-1], expected[-2])


def is_tuple(value: Any, what: str, length: int) -> None:
    """Check that `value` is a tuple or list of `length` things, to be unpacked."""
    if not isinstance(value, (tuple, list)):
        raise KnownMistake(f"{what}: should return {length} things, but returns {brief(value)}.")
    if len(value) != length:
        raise KnownMistake(f"{what}: should return {length} things, but returns {len(value)}.")


def floats(value: Any, what: str, length: int) -> torch.Tensor:
    """Check that `value` is a list of this many Python floats; returns them as a tensor."""
    if not isinstance(value, list):
        raise KnownMistake(f"{what}: should return a list, but returns {brief(value)}.")
    if len(value) != length:
        raise KnownMistake(f"{what}: should return {counted(length, 'number')}, not {len(value)}.")
    for item in value:
        if not isinstance(item, float):
            hint = " Convert it with .item()." if isinstance(item, torch.Tensor) else ""
            raise KnownMistake(f"{what}: should list Python floats, but has {brief(item)}.{hint}")
    return torch.tensor(value)


def holds(condition: Any, problem: str) -> None:
    """Check that `condition` is true; `problem` is the sentence that says what is wrong."""
    if not condition:
        raise KnownMistake(problem)


def equals(
    actual: Any,
    expected: Any,
    what: str,
    mistakes: Mapping[str, Any] | None = None,
    atol: float = ATOL,
    rtol: float = RTOL,
    nearly: str = "",
) -> None:
    """Check `actual` against `expected`: type, shape, dtype, then values.

    Args:
        actual: what the student's code returned.
        expected: a tensor, or a Python bool, int, float or str.
        what: how the message calls `actual`.
        mistakes: sentence -> the value that this mistake gives. Where the student's numbers are
            those, the message is that sentence.
        atol, rtol: floats agree within atol + rtol * |expected|; bools and integers exactly.
        nearly: what to say where all numbers are wrong by a few percent at most.
    """
    if not isinstance(expected, torch.Tensor):
        equals_plain(actual, expected, what, mistakes or {}, atol, rtol)
        return
    if isinstance(actual, torch.Tensor):
        name_mistake(actual, expected, what, mistakes or {}, atol, rtol)
    is_tensor(actual, what, tuple(expected.shape), expected.dtype)
    if not same(actual, expected, atol, rtol):
        if nearly and same(actual, expected, atol=1e-3, rtol=0.05):
            raise KnownMistake(f"{what}: {nearly}")
        kind = KnownMistake if pattern(actual, expected) else CheckFailed
        raise kind(f"{what}: {wrong_values(actual, expected, atol, rtol)}")


def equals_plain(
    actual: Any, expected: Any, what: str, mistakes: Mapping[str, Any], atol: float, rtol: float
) -> None:
    """Check a Python value (bool, int, float, str) for type and value."""

    def close(wanted: Any) -> bool:
        near = isinstance(wanted, float) and abs(actual - wanted) <= atol + rtol * abs(wanted)
        return near or actual == wanted

    if type(actual) is not type(expected):
        hint = " Convert it with .item()." if isinstance(actual, torch.Tensor) else ""
        kind = type(expected).__name__
        raise KnownMistake(f"{what}: should be a Python {kind}, but is {brief(actual)}.{hint}")
    if close(expected):
        return
    for sentence, wrong in mistakes.items():
        if close(wrong):
            raise KnownMistake(f"{what}: {sentence}")
    raise CheckFailed(f"{what}: is {actual!r}, expected {expected!r}.")


def name_mistake(actual, expected, what, mistakes, atol, rtol) -> None:
    """Raise the sentence of the known mistake that `actual` shows, if it shows one."""
    # Test cells give the numbers of a mistake with four decimals.
    atol, rtol = max(atol, 1e-4), max(rtol, 1e-3)
    for sentence, wrong in mistakes.items():
        told_apart = not same(wrong, expected, atol, rtol)
        if told_apart and same(actual, wrong, atol, rtol):
            raise KnownMistake(f"{what}: {sentence}")


def same(a: torch.Tensor, b: torch.Tensor, atol: float = ATOL, rtol: float = RTOL) -> bool:
    """Do two tensors have one shape and the same numbers (nan is nan, inf is inf)?"""
    if a.shape != b.shape:
        return False
    a, b = a.detach().to(torch.float64), b.detach().to(torch.float64)
    return torch.allclose(a, b, atol=atol, rtol=rtol, equal_nan=True)


def wrong_values(actual: torch.Tensor, expected: torch.Tensor, atol: float, rtol: float) -> str:
    """What is wrong with the numbers: nan, infinity, a pattern, or the first that differs."""
    actual, expected = actual.detach(), expected.detach()
    for name, test in (("nan", torch.isnan), ("infinity", torch.isinf)):
        unwanted = test(actual) & ~test(expected)
        if unwanted.any():
            return (
                f"gives {name}{place(unwanted)}, where {number(expected[unwanted][0])} is expected."
            )
    a, b = actual.to(torch.float64), expected.to(torch.float64)
    differs = ~torch.isclose(a, b, atol=atol, rtol=rtol, equal_nan=True)
    got, wanted = actual[differs][0], expected[differs][0]
    text = f"gives {number(got)}{place(differs)}, expected {number(wanted)}."
    if expected.numel() > 1:
        text += f" {int(differs.sum())} of {expected.numel()} numbers differ."
    return f"{text} {pattern(actual, expected)}".strip()


def pattern(actual: torch.Tensor, expected: torch.Tensor) -> str:
    """What wrong numbers have in common with the right ones, where they have something."""
    actual, expected = actual.detach().to(torch.float64), expected.detach().to(torch.float64)
    if actual.dim() >= 2 and same(actual, expected.transpose(-2, -1)):
        return "Rows and columns are exchanged."
    others = expected != 0
    if others.sum() < 3 or not actual.isfinite().all() or not expected.isfinite().all():
        return ""
    factor = (actual[others] / expected[others])[0]
    if factor != 0 and same(actual, factor * expected, rtol=1e-3):
        return f"Every number is {factor:.4g} times what it should be."
    return ""


def place(where: torch.Tensor) -> str:
    """The first place that a boolean tensor marks, as an index in words."""
    if where.dim() == 0:
        return ""
    return f" at [{', '.join(str(int(i)) for i in where.nonzero()[0])}]"


def number(value: torch.Tensor) -> str:
    """One entry of a tensor, as a message shows it."""
    return f"{value.item():.4g}" if value.is_floating_point() else str(value.item())


# ---------------------------------------------------------------------------------------
# The contract beyond the values: every exercise on tensors keeps these


def robust(function: Callable, reference: Callable, *args: Any, **kwargs: Any) -> None:
    """Check what the contract says of every function of tensors.

    float64 in gives float64 out, memory layout does not matter, and gradients reach each
    floating-point argument. `reference` is called with the same arguments and gives what is
    expected.
    """
    takes_float64(function, reference, *args, **kwargs)
    takes_noncontiguous(function, reference, *args, **kwargs)
    gradients(function, reference, *args, **kwargs)


def takes_float64(function: Callable, reference: Callable, *args: Any, **kwargs: Any) -> None:
    """float64 in gives float64 out."""
    args = [arg.double() if is_float(arg) else arg for arg in args]
    made = call(function, *args, **kwargs)
    what = f"{made.what} in float64"
    for result, expected, label in parts(made.result, reference(*args, **kwargs), what):
        equals(result, expected, label)


def takes_noncontiguous(function: Callable, reference: Callable, *args: Any, **kwargs: Any) -> None:
    """A tensor that is a view with strides of its own is as good as any other."""
    strided = [scattered(arg) if isinstance(arg, torch.Tensor) else arg for arg in args]
    made = call(function, *strided, **kwargs)
    what = f"{made.what} whose memory is not contiguous"
    for result, expected, label in parts(made.result, reference(*args, **kwargs), what):
        equals(result, expected, label)


def gradients(function: Callable, reference: Callable, *args: Any, **kwargs: Any) -> None:
    """Gradients reach every floating-point argument, and are the right ones."""
    got = gradients_of(lambda *a: call(function, *a, **kwargs).result, args, name_of(function))
    expected = gradients_of(lambda *a: reference(*a, **kwargs), args, "the reference")
    names = argument_names(function, len(args))
    for name, mine, right in zip(names, got, expected, strict=True):
        if right is None or not right.any():
            continue
        if mine is None:
            raise KnownMistake(
                f"{name_of(function)}: no gradient reaches its argument {name}. Somewhere the "
                "numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or "
                "torch.no_grad()."
            )
        if same(mine, right, atol=1e-4, rtol=1e-3):
            continue
        what = f"{name_of(function)}: the gradient of its argument {name}"
        if not mine.any():
            raise KnownMistake(
                f"{what} is 0, though the values are right. A step without a slope, such as "
                "rounding or a comparison, stops it."
            )
        if mine.isnan().any():
            raise CheckFailed(f"{what} has nan, though the values are right.")
        raise KnownMistake(
            f"{what} is wrong, though the values are right. Part of the calculation leaves the "
            "graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad()."
        )


def gradients_of(function: Callable, args: Iterable, name: str) -> list:
    """The gradient of a fixed weighting of the results, for each argument (None: none).

    An answer that has turned gradients off has turned them off for itself alone.
    """
    leaves = [arg.detach().clone().requires_grad_() if is_float(arg) else arg for arg in args]
    with torch.enable_grad():
        results = function(*leaves)
    results = results if isinstance(results, (tuple, list)) else (results,)
    for result in results:
        if not isinstance(result, torch.Tensor):
            is_tensor(result, f"the result of {name}")
    attached = [result for result in results if result.requires_grad]
    if attached:
        try:
            with quiet(), torch.enable_grad():
                sum((result * weighting(result)).sum() for result in attached).backward()
        except RuntimeError:
            raise KnownMistake(
                f"{name}: the values are right, but no gradient can be computed through them: a "
                "tensor that the gradient needs is changed in place (+=, /=, exp_(), ...)."
            ) from None
    return [leaf.grad if is_float(leaf) else None for leaf in leaves]


def weighting(like: torch.Tensor) -> torch.Tensor:
    """Different weights for different entries: a plain sum has gradients that cancel."""
    return torch.linspace(0.5, 1.5, like.numel(), dtype=like.dtype).reshape(like.shape)


def parts(results: Any, expected: Any, what: str) -> list[tuple]:
    """(result, expected, name) for each part of a result, one or several."""
    if not isinstance(expected, (tuple, list)):
        return [(results, expected, what)]
    is_tuple(results, what, len(expected))
    names = [f"part {i} of {what}" for i in range(1, len(expected) + 1)]
    return list(zip(results, expected, names, strict=True))


# ---------------------------------------------------------------------------------------
# Modules


def parameters(
    module: nn.Module, expected: Mapping[str, tuple], what: str, *, only: bool = True
) -> None:
    """Check names and shapes of a module's trainable parameters.

    Args:
        expected: parameter name, dotted as in `named_parameters`, -> shape.
        only: no other parameter may be there.
    """
    found = dict(module.named_parameters())
    for name, shape in expected.items():
        owner = name.split(".")[0]
        if name not in found:
            hint = ""
            if name in dict(module.named_parameters(remove_duplicate=False)):
                hint = " It is one and the same with another: give it numbers of its own."
            elif isinstance(getattr(module, owner, None), nn.Parameter):
                hint = f" {owner} is a parameter itself, where a layer that holds it is asked for."
            elif isinstance(getattr(module, owner, None), torch.Tensor):
                hint = " A plain tensor is not trained: wrap it in nn.Parameter."
            there = ", ".join(found) or "none"
            raise KnownMistake(f"{what}: has no parameter {name} (it has {there}).{hint}")
        if tuple(found[name].shape) != tuple(shape):
            text = wrong_shape(tuple(found[name].shape), tuple(shape))
            raise CheckFailed(f"{what}: its parameter {name} {text}")
        if not found[name].requires_grad:
            raise KnownMistake(f"{what}: its parameter {name} is frozen (requires_grad is False).")
    extra = [name for name in found if name not in expected]
    if only and extra:
        raise KnownMistake(f"{what}: has parameters that nobody asked for: {', '.join(extra)}.")


def buffer(module: nn.Module, name: str, what: str) -> torch.Tensor:
    """Check that `name` is a registered buffer of the module, and return it."""
    buffers = dict(module.named_buffers())
    if name in buffers:
        return buffers[name]
    if name in dict(module.named_parameters()):
        raise KnownMistake(
            f"{what}: {name} is a parameter, so training would change it. Use "
            f'self.register_buffer("{name}", ...).'
        )
    if hasattr(module, name):
        raise KnownMistake(
            f"{what}: {name} is a plain attribute, so it stays behind when the module moves to "
            f'another device. Use self.register_buffer("{name}", ...).'
        )
    raise KnownMistake(f"{what}: has no buffer {name}.")


def trains(module: nn.Module, *inputs: Any, what: str) -> None:
    """Check that a gradient reaches every parameter of the module when it is called."""
    module.zero_grad()
    result = call(module, *inputs).result
    result = result[0] if isinstance(result, (tuple, list)) else result
    is_tensor(result, what, dtype=result.dtype if isinstance(result, torch.Tensor) else None)
    if result.requires_grad:
        with quiet():
            (result * weighting(result)).sum().backward()
    for name, parameter in module.named_parameters():
        if parameter.grad is None or not parameter.grad.any():
            raise KnownMistake(
                f"{what}: no gradient reaches its parameter {name}, so it never learns. Is it "
                "used, and does nothing on the way detach it?"
            )


# ---------------------------------------------------------------------------------------
# Chance: what holds of random entries, whatever generator and order they are drawn in

SIGMAS = 6  # a right answer misses such a bound about once in 500 million draws


def share(drawn: torch.Tensor, expected: float, what: str) -> None:
    """Check that about a share `expected` of the entries of a boolean tensor is True.

    Args:
        drawn: True where an entry was dropped; enough entries for the bound to be narrow.
        what: how the message calls what was drawn.
    """
    got = drawn.double().mean().item()
    bound = SIGMAS * (expected * (1 - expected) / drawn.numel()) ** 0.5
    if abs(got - expected) <= bound:
        return
    if got in (0, 1):
        extent = "nothing is dropped" if got == 0 else "everything is dropped"
        raise KnownMistake(f"{what}: {extent}, expected a share of about {expected:.4g}.")
    text = f"a share of {got:.4g} is dropped, expected about {expected:.4g}."
    if abs(got - (1 - expected)) <= bound:
        raise KnownMistake(f"{what}: {text} Those that should stay go, those that should go stay.")
    raise CheckFailed(f"{what}: {text}")


def drops(
    actual: Any,
    kept: torch.Tensor,
    expected: float,
    what: str,
    mistakes: Mapping[str, torch.Tensor] | None = None,
) -> torch.Tensor:
    """Check that each entry of `actual` is 0 or that of `kept`, and the share of the zeros.

    Args:
        actual: what a student's code returned.
        kept: every entry as it is where it is not dropped. Those that are 0 count for nothing.
        expected: the share of zeros, to `SIGMAS` standard deviations.
        mistakes: sentence -> what `kept` would be with this mistake.

    Returns:
        True where an entry of `actual` is 0, of its shape.
    """
    is_tensor(actual, what, tuple(kept.shape), kept.dtype)
    dropped = actual.detach() == 0
    try:
        share(dropped[kept != 0], expected, what)
    except CheckFailed:
        # The share is off, too, where entries share a draw: then that is what to say.
        if kept.dim() > 1 and kept.all():
            one_by_one(dropped, what)
        raise
    wrong = {text: wrong.masked_fill(dropped, 0) for text, wrong in (mistakes or {}).items()}
    equals(actual, kept.detach().masked_fill(dropped, 0), what, wrong)
    return dropped


def drops_nothing(
    actual: Any, x: torch.Tensor, what: str, mistakes: Mapping[str, torch.Tensor] | None = None
) -> None:
    """Check that `actual` is `x`, a tensor without zeros: nothing is dropped."""
    if isinstance(actual, torch.Tensor) and actual.shape == x.shape and (actual == 0).any():
        raise KnownMistake(f"{what}: some entries are 0, so something is still dropped.")
    equals(actual, x, what, mistakes)


def one_by_one(drawn: torch.Tensor, what: str) -> None:
    """Check that random booleans were drawn entry by entry: along no dimension are they alike.

    The means along a dimension of n entries drawn one by one vary by p (1 - p) / n. They vary
    more where entries share a draw, and less where their number is fixed. Wants 1,000 or more
    means along each dimension.
    """
    drawn = drawn.double()
    alone = drawn.mean() * (1 - drawn.mean())
    for dim in range(drawn.dim()):
        ratio = (drawn.mean(dim).var() * drawn.shape[dim] / alone).item()
        if ratio > 1.5:
            raise KnownMistake(
                f"{what}: entries along dimension {dim} are dropped together. Each entry needs a "
                "draw of its own."
            )
        if ratio < 0.5:
            raise KnownMistake(
                f"{what}: along dimension {dim} nearly the same number is dropped every time. "
                "Each entry needs a draw of its own, whatever happens to the others."
            )


def dropout_on_weights(
    module: nn.Module,
    x: torch.Tensor,
    p: float,
    first_token: Callable,
    values: torch.Tensor,
    what: str,
) -> None:
    """Check that a causal attention's dropout falls on its weights, in training alone.

    The first token attends to itself alone, with a weight of 1. In training that weight becomes 0
    or 1 / (1 - p), and its context vector in a head with it, all features alike.

    Args:
        x: (b, T, d_in), b large enough for the share of zeros to be told.
        first_token: takes the module's output to the first tokens' context vectors, of shape
            (b, heads, head_dim).
        values: the first tokens' values, of the same shape.
    """
    module.eval()
    still, again = (first_token(call(module, x).result.detach()) for _ in range(2))
    if not same(still, again):
        raise KnownMistake(
            f"{what}: two calls in evaluation mode differ. Dropout is for training alone: does it "
            "follow train() and eval()?"
        )
    if not same(still, values, atol=1e-2, rtol=1e-2):
        raise KnownMistake(
            f"{what}: the first token attends to itself alone, yet in evaluation its context "
            "vector is not its own value. Look at the other tests before the dropout."
        )
    module.train()
    drawn = first_token(call(module, x).result.detach())
    factor = (drawn * still).sum(-1) / still.square().sum(-1)
    if not same(drawn, factor.unsqueeze(-1) * still, atol=1e-2, rtol=1e-2):
        raise KnownMistake(
            f"{what}: in training, dropout changes the features of one context vector differently. "
            "It belongs on the attention weights, after the softmax, and nowhere else."
        )
    if same(factor, torch.ones_like(factor), atol=1e-2):
        raise KnownMistake(
            f"{what}: in training, no weight is dropped. Does the dropout have the given rate, and "
            "does it come after the softmax?"
        )
    dropped = factor.abs() < 1e-2
    share(dropped, p, f"{what}, attention weights in training")
    wrong = factor[~dropped & ((factor - 1 / (1 - p)).abs() > 1e-2)]
    if len(wrong):
        raise KnownMistake(
            f"{what}: in training, weights that stay are multiplied by {number(wrong[0])}, "
            f"expected 1 / (1 - p), which is {1 / (1 - p):.4g}."
        )


# ---------------------------------------------------------------------------------------
# Shortcuts that an exercise rules out

# Every ready-made form of the dot product, and of softmax.
DOT_PRODUCTS = (
    *("@", "__matmul__", "matmul", "mm", "bmm", "mv", "dot", "vdot", "inner", "vecdot"),
    *("einsum", "tensordot", "linear", "Linear", "bilinear", "multi_dot", "chain_matmul"),
    *("addmm", "addmv", "addbmm", "baddbmm", "addr"),
)
SOFTMAX = (
    *("softmax", "Softmax", "Softmax2d", "softmin", "Softmin", "gumbel_softmax", "log_softmax"),
    *("LogSoftmax", "logsumexp", "log_softmax_backward_data", "_softmax", "cross_entropy"),
    *("scaled_dot_product_attention", "MultiheadAttention"),
)
LOOPS = (ast.For, ast.While, ast.comprehension)


def forbid(function: Callable, *names: str, because: str) -> None:
    """Check that the cell of an answer does not use a ready-made form of what it builds.

    Reads the source, so that it judges the answer and not what the answer's helpers happen to
    call inside PyTorch.

    Args:
        function: the student's function or class; the whole cell that defines it is read.
        names: functions, methods or modules that are not allowed; "@" is the operator.
        because: the end of the sentence "... is not the point here: ".
    """
    for node in ast.walk(tree_of(function)):
        for used in sorted(ready_made(node, set(names))):
            raise KnownMistake(
                f"{name_of(function)}: uses {used} in line {node.lineno} of its cell. {because}"
            )


def uses(function: Callable, *names: str) -> bool:
    """Does the cell of an answer use one of these functions, methods or modules?"""
    return any(ready_made(node, set(names)) for node in ast.walk(tree_of(function)))


def forbid_loops(function: Callable, because: str) -> None:
    """Check that the cell of an answer has no Python loop or comprehension."""
    for node in ast.walk(tree_of(function)):
        if isinstance(node, LOOPS):
            raise KnownMistake(f"{name_of(function)}: has a Python loop. {because}")


def require_pair_loops(function: Callable, because: str) -> None:
    """Check that the cell of an answer visits pairs in Python: two loops, or one over pairs."""
    nodes = [n for n in ast.walk(tree_of(function)) if isinstance(n, LOOPS)]
    pairs = {"product", "combinations", "combinations_with_replacement", "permutations"}
    over_pairs = [
        n for n in nodes if not isinstance(n, ast.While) and pairs & set(names_in(n.iter))
    ]
    if len(nodes) + len(over_pairs) < 2:
        raise KnownMistake(
            f"{name_of(function)}: has {counted(len(nodes), 'Python loop')}. {because}"
        )


def names_in(node: ast.AST) -> list[str]:
    """All names and attributes that an expression mentions."""
    found = [n.id for n in ast.walk(node) if isinstance(n, ast.Name)]
    return found + [n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)]


def tree_of(function: Callable) -> ast.Module:
    """The syntax tree of the cell that defines `function`.

    Raises:
        NotBegun: the cell still raises NotImplementedError with the exercise's name.
    """
    tree = ast.parse(source_of(function))
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and "NotImplementedError" in names_in(node):
            raise NotBegun(NOT_WRITTEN.format(name_of(function)))
    return tree


def source_of(function: Callable) -> str:
    """The text of the notebook cell that defines `function`."""
    # A class does not know its cell before Python 3.13, its methods do.
    methods = [value for value in vars(function).values() if inspect.isfunction(value)]
    try:
        cell = linecache.getlines(inspect.getsourcefile((methods or [function])[0]) or "")
        return "".join(cell) or inspect.getsource(function)
    except (OSError, TypeError):
        raise KnownMistake(
            f"{name_of(function)}: its source cannot be read. Define it with `def` or `class` in "
            "its own cell."
        ) from None


def ready_made(node: ast.AST, names: set[str]) -> set[str]:
    """The forbidden names that one node of the syntax tree uses."""
    if isinstance(node, ast.Attribute):  # torch.softmax, x.softmax, F.softmax, nn.Softmax
        return {node.attr} & names
    if isinstance(node, ast.ImportFrom):  # from torch import softmax
        return {alias.name for alias in node.names} & names
    if isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.MatMult):
        return {"@"} & names
    if isinstance(node, ast.Call) and "getattr" in names_in(node.func):  # getattr(torch, "dot")
        return {str(arg.value) for arg in node.args if isinstance(arg, ast.Constant)} & names
    return set()


# ---------------------------------------------------------------------------------------
# Words


def describe(function: Callable, args: tuple, kwargs: Mapping) -> str:
    """A call as messages show it: softmax(x of shape (2, 3), dim=0)."""
    names = argument_names(function, len(args))
    inside = [brief(arg, name) for arg, name in zip(args, names, strict=True)]
    inside += [
        brief(v, k) if isinstance(v, torch.Tensor) else f"{k}={brief(v)}" for k, v in kwargs.items()
    ]
    return f"{name_of(function)}({', '.join(inside)})"


def argument_names(function: Callable, count: int) -> list[str]:
    """What the student calls the first `count` arguments; "tensor" where that is unknown."""
    function = function.forward if isinstance(function, nn.Module) else function
    try:
        named = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        named = []
    return named[:count] + ["tensor"] * (count - len(named))


def counted(number: int, thing: str) -> str:
    """1 loop, 2 loops."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def name_of(function: Callable) -> str:
    """The name of a function or class, or of the class of an instance."""
    return getattr(function, "__name__", type(function).__name__)


def brief(value: Any, name: str = "tensor") -> str:
    """A value in a few words; a tensor by its name and shape."""
    if isinstance(value, torch.Tensor):
        shape = tuple(value.shape)
        return f"{name} of shape {shape}" if shape else f"{name}, a single number"
    if value is None or isinstance(value, (bool, int, float, str)):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__} of {len(value)}"
    return name_of(value) if callable(value) else f"a {type(value).__name__}"


def is_float(value: Any) -> bool:
    """Is `value` a floating-point tensor?"""
    return isinstance(value, torch.Tensor) and value.is_floating_point()


def copy_of(value: Any) -> Any:
    """A copy of a tensor, or of the tensors in a list or tuple; anything else as it is."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, (list, tuple)):
        return [copy_of(item) for item in value]
    return value


def unchanged(before: Any, after: Any) -> bool:
    """Is an argument what its copy was before the call?"""
    if isinstance(after, torch.Tensor):
        return same(before, after, atol=0, rtol=0)
    if isinstance(after, (list, tuple)):
        return len(before) == len(after) and all(map(unchanged, before, after))
    return True


def scattered(tensor: torch.Tensor) -> torch.Tensor:
    """The same numbers in a tensor that is not contiguous."""
    wide = tensor.new_zeros((*tensor.shape, 2))
    wide[..., 0] = tensor
    return wide[..., 0]
