"""What the checks say, and that they are quiet where nothing is wrong."""

import sys
import warnings

import pytest
import torch
from torch import nn

from course.notebook import checks

X = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]])


def message(function, *args, **kwargs) -> str:
    with pytest.raises(checks.CheckFailed) as raised:
        function(*args, **kwargs)
    return str(raised.value)


def test_a_failure_is_shown_without_a_traceback():
    lines = checks.CheckFailed("softmax: " + "each row sums to 1 " * 9)._render_traceback_()
    assert all(len(line) <= 76 for text in lines for line in text.split("\n"))
    assert "Traceback" not in "".join(lines)


def test_stderr_and_warnings_of_an_answer_are_swallowed(capsys):
    def noisy(x):
        warnings.warn("careful", stacklevel=1)
        print("working", file=sys.stderr)
        print("hello")
        return x

    checks.call(noisy, X).equals(X)
    assert capsys.readouterr() == ("hello\n", "")


def test_the_stub_is_not_begun_and_other_errors_are_failures():
    def stub(x):
        raise NotImplementedError("stub")

    def broken(x):
        raise NotImplementedError('"add" is not implemented for Long')

    with pytest.raises(checks.NotBegun, match="stub is not written yet"):
        checks.call(stub, X)
    assert message(checks.call, broken, X).startswith("broken(x of shape (2, 3)): raises NotImpl")


def test_an_answer_cannot_end_the_kernel():
    assert "raises SystemExit" in message(checks.call, lambda x: sys.exit(), X)


def test_an_interrupt_is_passed_on():
    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checks.call(interrupted, X)


def test_arguments_and_the_seed_stay_as_they_are():
    def in_place(x):
        return x.add_(1)

    def seeds(x):
        torch.manual_seed(5)
        return x

    assert "changes its argument x in place" in message(checks.call, in_place, X.clone())
    assert "changes its argument tensors" in message(
        checks.call, lambda tensors: tensors[0].zero_(), [X.clone()]
    )
    assert "sets the global seed" in message(checks.call, seeds, X)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "Is the `return` missing?"),
        (3.0, "Keep the tensor"),
        ([1.0], "torch.stack"),
        (X.numpy(), "Stay in PyTorch"),
        (X.T, "The last two dimensions are exchanged"),
        (X[0], "That is 1 dimension, not 2"),
        (X.long(), "has dtype torch.int64, expected torch.float32"),
        (X / 0, "gives infinity at [0, 0]"),
        (X * float("nan"), "gives nan at [0, 0], where 1 is expected"),
        (2 * X, "Every number is 2 times what it should be"),
        (X + torch.eye(2, 3), "gives 2 at [0, 0], expected 1. 2 of 6 numbers differ."),
        (X - 1, "you took one away."),
    ],
)
def test_what_is_wrong_is_said_in_words(value, said):
    mistakes = {"you took one away.": X - 1, "no mistake at all.": X}
    assert said in message(checks.equals, value, X, "it", mistakes)


def test_close_numbers_are_equal_and_a_mistake_must_differ_to_be_one():
    checks.equals(X * (1 + 1e-6), X, "it", {"a hair too large": X * (1 + 1e-6)})


def test_plain_values():
    checks.equals(True, True, "it")
    checks.equals(0.1 + 0.2, 0.3, "it")
    assert "Convert it with .item()" in message(checks.equals, torch.tensor(True), True, "it")
    assert "is 3, expected 4" in message(checks.equals, 3, 4, "it")
    assert "should be a Python bool" in message(checks.equals, 1, True, "it")


def test_gradients_that_are_cut_are_found():
    checks.gradients(lambda x: x.exp(), torch.exp, X)
    assert "no gradient reaches its argument x" in message(
        checks.gradients, lambda x: x.detach().exp(), torch.exp, X
    )
    half = lambda a, b: a * b.detach()  # noqa: E731
    assert "no gradient reaches its argument b" in message(
        checks.gradients, half, torch.mul, X, X + 1
    )


def test_errors_that_are_asked_for():
    def refuses(length):
        if length > 6:
            raise ValueError(f"{length} tokens are more than 6")
        return length

    checks.raises(ValueError, refuses, 7, mentions=(7, 6))
    assert "should raise ValueError, but returns 3" in message(
        checks.raises, ValueError, refuses, 3
    )
    assert "does not mention 12" in message(checks.raises, ValueError, refuses, 7, mentions=(12,))
    assert "should raise TypeError" in message(checks.raises, TypeError, refuses, 7)


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    return torch.softmax(x, -1)",
        "def f(x):\n    return x.softmax(-1)",
        "def f(x):\n    return getattr(torch, 'softmax')(x, -1)",
        "from torch.nn.functional import softmax as s\n\ndef f(x):\n    return s(x, -1)",
        "def helper(x):\n    return F.log_softmax(x).exp()\n\ndef f(x):\n    return helper(x)",
    ],
)
def test_shortcuts_are_found_in_the_source(source, monkeypatch):
    monkeypatch.setattr(checks, "source_of", lambda function: source)
    assert "uses" in message(checks.forbid, len, *checks.SOFTMAX, because="Write it.")


def test_own_names_and_words_are_no_shortcuts(monkeypatch):
    source = '''def softmax(x):
    """Not torch.softmax: that would be a shortcut."""
    if x.dim() > 1:
        return torch.stack([softmax(row) for row in x])
    return x.exp() / x.exp().sum()'''
    monkeypatch.setattr(checks, "source_of", lambda function: source)
    checks.forbid(len, *checks.SOFTMAX, because="Write it.")


class Plain(nn.Module):
    def __init__(self, mask):
        super().__init__()
        self.W = nn.Parameter(torch.ones(3, 2))
        self.unused = nn.Parameter(torch.ones(2))
        self.mask = mask

    def forward(self, x):
        return x @ self.W


def test_modules():
    module = checks.build(Plain, torch.ones(2))
    shapes = {"W": (3, 2), "unused": (2,)}
    checks.parameters(module, shapes, "Plain")
    assert "has no parameter V" in message(checks.parameters, module, {"V": (1,)}, "Plain")
    assert "nobody asked for: unused" in message(checks.parameters, module, {"W": (3, 2)}, "Plain")
    assert "exchanged" in message(checks.parameters, module, shapes | {"W": (2, 3)}, "Plain")
    assert "mask is a plain attribute" in message(checks.buffer, module, "mask", "Plain")
    learned = Plain(nn.Parameter(torch.ones(2)))
    assert "mask is a parameter" in message(checks.buffer, learned, "mask", "Plain")
    assert "no gradient reaches its parameter unused" in message(
        checks.trains, module, X, what="Plain"
    )
    assert "is not an nn.Module" in message(checks.build, dict)
