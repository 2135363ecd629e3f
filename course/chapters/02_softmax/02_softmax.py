# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 2. Softmax: from scores to weights
#
# **The question of this chapter:** chapter 1 gave every pair of tokens a score. How do scores become
# shares, so that a token can be described anew as so much of this one and so much of that one?
#
# By the end you will have written softmax so that no input can break it, seen what its temperature
# and its gradient do, and built the first complete self-attention. Nothing in it is trained yet.
#
# The chapter takes about an hour and a half. Run the cells from top to bottom.

# %% nbgrader={"grade": false, "grade_id": "given_imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F  # noqa: F401  (this and nn are for your answers)
from torch import nn  # noqa: F401

from course.notebook import checks, data, figures, progress

figures.use_style()

# %% [markdown]
# The sentence is the one of chapter 1, *Your journey starts with one step*, and so are its scores:
# the dot product of every token with every other. `journey` is the row of the second token, the one
# we follow by hand.

# %% nbgrader={"grade": false, "grade_id": "given_scores", "locked": true, "schema_version": 3, "solution": false, "task": false}
tokens = data.TOKENS
inputs = data.inputs()  # one row per token, float32 of shape (6, 3)
scores = inputs @ inputs.T  # row i: the scores of query i, shape (6, 6)
journey = scores[1]  # the scores of "journey", shape (6,)

# %%
for token, score in zip(tokens, journey):
    print(f"journey · {token:8} {score:.4f}")
print(f"sum {journey.sum():.4f}")

# %% [markdown]
# ## 2.1 Shares
#
# A mixture needs shares: numbers that are not negative and that sum to one. The plainest way to get
# numbers that sum to one is to divide each by the sum of all. Dividing so that a sum becomes one is
# called *normalizing*.
#
# ### Exercise: `sum_normalize` (5 minutes, 3 points)
#
# Divide by the sum over the *last* dimension, so that each row of a batch is normalized on its own.
#
# <details><summary>Hint 1</summary>
#
# `sum` takes the dimension to sum over; -1 is the last one.
# </details>
# <details><summary>Hint 2</summary>
#
# Scores of shape (2, 3) have sums of shape (2,), and (2, 3) cannot be divided by (2,). With
# `keepdim=True` the summed dimension stays, with size one.
# </details>

# %% nbgrader={"grade": false, "grade_id": "sum_normalize", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sum_normalize(scores):
    """Divide scores by their sum over the last dimension.

    Args:
        scores: shape (..., T), with any number of leading dimensions. No sum is zero.

    Returns:
        numbers that sum to one over the last dimension, shape (..., T).

    Example:
        sum_normalize(torch.tensor([1.0, 3.0])) is tensor([0.2500, 0.7500])
    """
    ### BEGIN SOLUTION
    return scores / scores.sum(dim=-1, keepdim=True)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_sum_normalize_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: the scores of "journey", and one negative score.
expected = torch.tensor([0.1455, 0.2278, 0.2249, 0.1285, 0.1077, 0.1656])
checks.call(sum_normalize, inputs @ inputs[1]).equals(expected, atol=1e-4, mistakes={
    "these are softmax weights: divide the scores as they are, without an exponential.":
        torch.tensor([0.1385, 0.2379, 0.2333, 0.1240, 0.1082, 0.1581]),
    "the scores are divided by their length (the root of the sum of squares), not by their sum.":
        torch.tensor([0.3436, 0.5383, 0.5312, 0.3037, 0.2545, 0.3912]),
    "the scores are divided by their maximum, not by their sum.":
        torch.tensor([0.6384, 1.0000, 0.9869, 0.5641, 0.4729, 0.7268]),
    "the scores are divided by their mean, not by their sum.":
        torch.tensor([0.8727, 1.3670, 1.3491, 0.7712, 0.6465, 0.9935]),
    "this is the sum itself: divide the scores by it.": torch.tensor(6.5617),
})
with_negative = torch.tensor([3.0, -1.0, 2.0])
checks.call(sum_normalize, with_negative).equals(torch.tensor([0.75, -0.25, 0.5]), mistakes={
    "the sum is that of the absolute values: a negative score counts with its sign.":
        torch.tensor([0.5, -1 / 6, 1 / 3]),
    "the negative score is lost: it stays in, with its sign.": torch.tensor([0.6, 0.0, 0.4]),
    "the sign is lost: a negative score has a negative share.": torch.tensor([0.5, 1 / 6, 1 / 3]),
})
### BEGIN HIDDEN TESTS
made, right = checks.call(sum_normalize, torch.tensor([-4.0, 1.0, 1.0])), torch.tensor([2.0, -0.5, -0.5])
made.is_tensor(shape=(3,))
if (made.result * right < 0).all():
    raise checks.KnownMistake(
        f"{made.what}: all signs are turned round, because the sum is made positive. It may be "
        "negative: divide by it as it is.")
made.equals(right)
checks.call(sum_normalize, torch.tensor([5.0])).equals(torch.tensor([1.0]))
checks.gradients(sum_normalize, lambda s: s / s.sum(-1, keepdim=True), with_negative)
checks.robust(sum_normalize, lambda s: s / s.sum(-1, keepdim=True), with_negative)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_sum_normalize_batch", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: each row by its own sum.
square = torch.tensor([[1.0, 3.0], [1.0, 1.0]])
hint = "Each row is to be divided by its own sum, so the sums must stand beside their rows."
checks.call_batch(sum_normalize, square, hint=hint).equals(torch.tensor([[0.25, 0.75], [0.5, 0.5]]), mistakes={
    "each column is divided by the sum of a row: the sums have lost a dimension, so they lie across "
    "the rows, not beside them.": torch.tensor([[0.25, 1.5], [0.25, 0.5]]),
    "everything is divided by one sum: each row has its own.": square / 6,
    "each column is divided by its sum: the last dimension is the row.":
        torch.tensor([[0.5, 0.75], [0.5, 0.25]]),
})
rows = torch.tensor([[1.0, 3.0, 4.0], [1.0, 1.0, 3.0]])
checks.call(sum_normalize, rows).equals(torch.tensor([[0.125, 0.375, 0.5], [0.2, 0.2, 0.6]]))
### BEGIN HIDDEN TESTS
generator = torch.Generator().manual_seed(20)
for shape in [(3, 5), (2, 3, 4), (2, 1, 3, 5)]:
    x = torch.rand(shape, generator=generator) + 0.1
    checks.call(sum_normalize, x).equals(x / x.sum(dim=-1, keepdim=True))
    checks.robust(sum_normalize, lambda s: s / s.sum(dim=-1, keepdim=True), x)
### END HIDDEN TESTS

# %% [markdown]
# The shares of *journey*:

# %%
shares = sum_normalize(journey)
print(shares)
print(f"sum {shares.sum():.4f}")

# %% [markdown]
# A computer's sum of six rounded numbers need not be one to the last digit. With all digits it may
# be a step of float32 away from it, and which step depends on the order of the additions:

# %% tags=["nbval-ignore-output"]
print(shares.sum().item())

# %% [markdown]
# ## 2.2 Why not stop here?
#
# It worked because all six scores happened to be positive. A dot product is negative as soon as two
# vectors point away from each other. Three scores, of which one changes:

# %%
for third in [1.0, -1.0, -2.9, -3.0, -3.1]:
    three = torch.tensor([2.0, 1.0, third])
    weights = " ".join(f"{w:8.2f}" for w in sum_normalize(three))
    print(f"scores 2.0 1.0 {third:4.1f}   weights {weights}")

# %% [markdown]
# A share of -0.5 takes something away; at -2.9 the first token weighs twenty times the whole. At
# -3.0 the sum is zero and the shares are infinite, and just beyond it all signs turn round: the
# lowest score has the largest share. And it is not only negative scores. Add the same number to all
# scores, or multiply them all:

# %%
for name, changed in [
    ("as they are", journey),
    ("plus 10", journey + 10),
    ("times 10", journey * 10),
]:
    print(f"{name:12}", " ".join(f"{w:.4f}" for w in sum_normalize(changed)))

# %% [markdown]
# A common offset, which says nothing about who matters more, washes the differences out. A common
# factor, which makes every difference ten times as large, changes nothing at all. We would want it
# the other way round: what should count is by how much one score is ahead of another.
#
# ## 2.3 Exponentials
#
# So turn every score into something positive first, by a function that grows with the score and turns
# *differences* of scores into *ratios* of shares. The exponential does that:
# $e^{a} / e^{b} = e^{a - b}$. Then normalize:
#
# $$ \text{softmax}(x)_i = \frac{e^{x_i}}{\sum_j e^{x_j}} $$
#
# By hand for the scores $(0, \ln 3)$: the exponentials are 1 and 3, their sum is 4, the weights are
# $\frac14$ and $\frac34$. Every weight is positive, they sum to one, and a token that is ahead by
# $\ln 3 \approx 1.1$ weighs three times as much, wherever the two scores lie. (Bridle, 1990, gave it
# the name: a soft version of *the maximum takes all*.)
#
# ### Exercise: `softmax_naive` (10 minutes, 3 points)
#
# Write the formula down as it stands and do nothing more: no repairs. In the next section we break it,
# and for that it has to be breakable.
#
# `dim` is the dimension over which the weights sum to one. For a matrix of scores, `dim=-1`
# normalizes each row, `dim=0` each column.
#
# <details><summary>Hint 1</summary>
#
# `torch.exp(x)` takes the exponential of each element.
# </details>
# <details><summary>Hint 2</summary>
#
# You have divided by a sum before; here it runs over `dim`, whichever that is. Keep the summed
# dimension.
# </details>

# %% nbgrader={"grade": false, "grade_id": "softmax_naive", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax_naive(x, dim=-1):
    """Softmax by its formula: exponentials over their sum, with nothing done against overflow.

    Args:
        x: scores of any shape.
        dim: the dimension over which the weights sum to one.

    Returns:
        weights, of the shape of x. Where an exponential or the sum is too large for the dtype, or
        the sum is zero, they are whatever the formula then gives (0 or nan).

    Example:
        softmax_naive(torch.tensor([0.0, 1.0986])) is tensor([0.2500, 0.7500])
    """
    ### BEGIN SOLUTION
    exponentials = torch.exp(x)
    return exponentials / exponentials.sum(dim=dim, keepdim=True)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_softmax_naive_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: the scores of "journey", then a matrix over each of its dimensions.
expected = torch.tensor([0.1385, 0.2379, 0.2333, 0.1240, 0.1082, 0.1581])
checks.call(softmax_naive, inputs @ inputs[1]).equals(expected, atol=1e-4, mistakes={
    "these are the scores over their sum: the exponential is missing.":
        torch.tensor([0.1455, 0.2278, 0.2249, 0.1285, 0.1077, 0.1656]),
    "these are the exponentials: divide them by their sum.":
        torch.tensor([2.5971, 4.4593, 4.3728, 2.3243, 2.0279, 2.9639]),
    "the exponentials are divided by the sum of the scores: divide by the sum of the exponentials.":
        torch.tensor([0.3958, 0.6796, 0.6664, 0.3542, 0.3090, 0.4517]),
    "these are the exponentials of the shares: take the exponentials first, then divide.":
        torch.tensor([1.1566, 1.2559, 1.2521, 1.1372, 1.1138, 1.1801]),
    "these are powers of 2: take the exponential, powers of e.":
        torch.tensor([0.1481, 0.2154, 0.2125, 0.1371, 0.1247, 0.1623]),
})
grid = torch.tensor([[0.0, 0.0, 0.0], [0.0, 1.0986123, 1.9459101]])  # ln 1, ln 3, ln 7
by_row = torch.tensor([[1 / 3, 1 / 3, 1 / 3], [1 / 11, 3 / 11, 7 / 11]])
by_column = torch.tensor([[0.5, 0.25, 0.125], [0.5, 0.75, 0.875]])
hint = "A sum over dim drops that dimension, and then no longer stands beside its rows."
checks.call_batch(softmax_naive, grid, hint=hint).equals(by_row, mistakes={
    "the weights sum to one over the whole matrix: without a dim, each row is on its own.":
        torch.tensor([[1, 1, 1], [1, 3, 7]]) / 14,
    "each column sums to one: the default dim is -1, the rows.": by_column,
})
checks.call(softmax_naive, grid, dim=0).equals(by_column, mistakes={
    "each row sums to one: dim=0 asks for the columns.": by_row,
})
### BEGIN HIDDEN TESTS
generator = torch.Generator().manual_seed(21)
for shape in [(5,), (3, 4), (2, 3, 4), (2, 3, 4, 5)]:
    x = torch.randn(shape, generator=generator)
    for dim in range(-len(shape), len(shape)):
        checks.call(softmax_naive, x, dim).equals(x.softmax(dim))
    checks.robust(softmax_naive, lambda x, dim=-1: x.softmax(dim), x, dim=0)
low = torch.tensor([-60.0, -61.0, -62.0])
checks.call(softmax_naive, low).equals(low.softmax(0), mistakes={
    "a small number is added to the sum: for low scores it outweighs the exponentials.":
        torch.zeros(3),
})
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_softmax_naive_overflow", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: it breaks where the formula breaks: exp(89) is infinite, and infinity over infinity is nan.
breaks = torch.tensor([89.0, 0.0])
checks.call(softmax_naive, breaks).equals(torch.tensor([math.nan, 0.0]), mistakes={
    "this one does not overflow. Write the formula as it stands, with nothing subtracted or cut off "
    "and no ready-made softmax: its repair is the next exercise.": torch.tensor([1.0, 0.0]),
    "the nan is painted over: leave what the formula gives.": torch.tensor([0.0, 0.0]),
})
checks.call(softmax_naive, torch.tensor([88.0, 0.0])).equals(torch.tensor([1.0, 0.0]))
### BEGIN HIDDEN TESTS
x = torch.tensor([[1000.0, 1.0, 1000.0], [3.0, 1.0, 2.0], [-200.0, -200.0, -200.0]])
expected = x.softmax(dim=-1)
expected[0] = torch.tensor([math.nan, 0.0, math.nan])
expected[2] = math.nan
checks.call(softmax_naive, x).equals(expected, mistakes={
    "each column is divided by the sum of a row: the sums have lost a dimension, so they lie across "
    "the rows, not beside them.": x.exp() / x.exp().sum(dim=-1),
    "where the sum is zero the formula gives nan: add nothing to the sum.":
        torch.cat([expected[:2], torch.zeros(1, 3)]),
    "this one does not overflow: write the formula as it stands.": x.softmax(dim=-1),
})
in_float64 = torch.tensor([500.0, 0.0], dtype=torch.float64)
checks.call(softmax_naive, in_float64).equals(in_float64.softmax(0))
### END HIDDEN TESTS

# %% [markdown]
# The six scores once more. The order is that of the sum-normalized shares, but the differences are
# a little larger, and now an offset changes nothing:

# %%
weights = softmax_naive(journey)
print(weights)
print(f"sum {weights.sum():.4f}")
for name, changed in [
    ("as they are", journey),
    ("plus 10", journey + 10),
    ("times 10", journey * 10),
]:
    print(f"{name:12}", " ".join(f"{w:.4f}" for w in softmax_naive(changed)))

# %% [markdown]
# ## 2.4 Where the formula breaks
#
# On paper the formula holds for all numbers. float32 ends at about $3.4 \cdot 10^{38}$, and $e^x$ gets
# there soon. At which score does the first weight turn to `nan` ("not a number", what $\infty/\infty$
# and $0/0$ give)? Raise one of three scores step by step, then lower all of them:

# %%
def first_nan(candidates, scores_at):
    """The first candidate whose weights hold a nan."""
    return next(c for c in candidates if softmax_naive(scores_at(c)).isnan().any())


print(f"largest float32: {torch.finfo(torch.float32).max:.4g}")
for x in [88.0, 89.0, -103.0, -104.0]:
    print(f"exp({x:.0f}) = {torch.tensor(x).exp():.4g}")
up = first_nan(range(200), lambda c: torch.tensor([float(c), 0.0, 0.0]))
down = first_nan(range(0, -200, -1), lambda c: torch.full((3,), float(c)))
print(f"one score raised:   nan from {up} on")
print(f"all scores lowered: nan from {down} on")
print("three scores of 88:", softmax_naive(torch.full((3,), 88.0)))

# %% [markdown]
# At 89 the exponential is infinite. At -104 *all* exponentials are rounded to zero, and so is their
# sum. The last line is the most treacherous: three times $e^{88}$ overflows in the *sum* alone, the
# weights become zero, and nothing says so.
#
# A score of 89 is no rarity: the dot product of two vectors of a few hundred numbers gets there. And
# one `nan` in one weight is a `nan` in everything that is computed from it.
#
# ## 2.5 Softmax that does not break
#
# The offset that changes nothing is the way out. For any number $c$,
#
# $$ \frac{e^{x_i - c}}{\sum_j e^{x_j - c}} = \frac{e^{-c}\, e^{x_i}}{e^{-c} \sum_j e^{x_j}} = \text{softmax}(x)_i $$
#
# so we may choose $c$ as it suits us: so that no exponential can overflow, and that at least one of
# them is not rounded to zero.
#
# ### Exercise: `softmax` (15 minutes, 7 points)
#
# From here on `softmax` must give the right weights for any finite scores, and exactly 0 where a score
# is `-inf`: chapter 4 will block tokens that way. Write it yourself: `torch.softmax`, its relatives,
# `log_softmax` and `logsumexp` do it in one call, which is not the point here.
#
# A slice in which *all* scores are `-inf` has no weights that sum to one. Nobody asks for it.
#
# <details><summary>Hint 1</summary>
#
# Which $c$ makes the largest exponent 0, and all others negative?
# </details>
# <details><summary>Hint 2</summary>
#
# Each slice along `dim` needs a $c$ of its own: with one for the whole tensor, a row whose scores
# all lie far below it is rounded to zero. `x.amax(dim=dim, keepdim=True)` or
# `x.max(dim=dim, keepdim=True).values`.
# </details>
# <details><summary>Hint 3</summary>
#
# `-inf` needs no special case: $-\infty - c = -\infty$, and its exponential is exactly 0.
# </details>

# %% nbgrader={"grade": false, "grade_id": "softmax", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax(x, dim=-1):
    """Softmax that neither overflows nor divides by zero.

    Args:
        x: scores of any shape, finite or -inf (not a whole slice of -inf).
        dim: the dimension over which the weights sum to one.

    Returns:
        weights, of the shape of x; exactly 0 where x is -inf.

    Example:
        softmax(torch.tensor([1000.0, 1001.0986])) is tensor([0.2500, 0.7500])
    """
    ### BEGIN SOLUTION
    exponentials = torch.exp(x - x.amax(dim=dim, keepdim=True))
    return exponentials / exponentials.sum(dim=dim, keepdim=True)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_softmax_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: the scores of "journey", and a matrix over each of its dimensions.
expected = torch.tensor([0.1385, 0.2379, 0.2333, 0.1240, 0.1082, 0.1581])
checks.call(softmax, inputs @ inputs[1]).equals(expected, atol=1e-4, mistakes={
    "these are the scores over their sum: the exponential is missing.":
        torch.tensor([0.1455, 0.2278, 0.2249, 0.1285, 0.1077, 0.1656]),
    "the exponentials are there, the division by their sum is missing.":
        torch.tensor([0.5824, 1.0000, 0.9806, 0.5212, 0.4548, 0.6647]),
})
grid = torch.tensor([[0.0, 0.0, 0.0], [0.0, 1.0986123, 1.9459101]])  # ln 1, ln 3, ln 7
by_row = torch.tensor([[1 / 3, 1 / 3, 1 / 3], [1 / 11, 3 / 11, 7 / 11]])
by_column = torch.tensor([[0.5, 0.25, 0.125], [0.5, 0.75, 0.875]])
hint = "A sum or a maximum over dim drops that dimension, and then no longer stands beside its rows."
checks.call_batch(softmax, grid, hint=hint).equals(by_row, mistakes={
    "the sum runs over the whole matrix: without a dim, each row has its own.":
        torch.tensor([[7, 7, 7], [1, 3, 7]]) / 32,
    "the weights sum to one over the whole matrix: without a dim, each row is on its own.":
        torch.tensor([[1, 1, 1], [1, 3, 7]]) / 14,
    "each column sums to one: the default dim is -1, the rows.": by_column,
})
checks.call(softmax, grid, dim=0).equals(by_column, mistakes={
    "each row sums to one: dim=0 asks for the columns.": by_row,
    "the maximum is taken over the rows, though the sum runs over the columns: what is subtracted "
    "must be the same within a slice along dim.":
        torch.tensor([[7 / 8, 7 / 10, 1 / 2], [1 / 8, 3 / 10, 1 / 2]]),
})
### BEGIN HIDDEN TESTS
every_row = torch.tensor([
    [0.2098, 0.2006, 0.1981, 0.1242, 0.1220, 0.1452], [0.1385, 0.2379, 0.2333, 0.1240, 0.1082, 0.1581],
    [0.1390, 0.2369, 0.2326, 0.1242, 0.1108, 0.1565], [0.1435, 0.2074, 0.2046, 0.1462, 0.1263, 0.1720],
    [0.1526, 0.1958, 0.1975, 0.1367, 0.1879, 0.1295], [0.1385, 0.2184, 0.2128, 0.1420, 0.0988, 0.1896],
])
checks.call(softmax, inputs @ inputs.T).equals(every_row, atol=1e-4)
generator = torch.Generator().manual_seed(22)
x = torch.randn(3, 4, generator=generator)
checks.call(softmax, x, 1).equals(x.softmax(1))
checks.call(softmax, x[:, :1]).equals(torch.ones(3, 1))
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_softmax_dims", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: three dimensions; the weights sum to one over the middle one, counted from either end.
x = torch.arange(24.0).sin().reshape(2, 3, 4)
for dim in [1, -2]:
    made = checks.call(softmax, x, dim=dim)
    made.is_tensor(shape=(2, 3, 4))
    checks.equals(made.result.sum(dim=1), torch.ones(2, 4), f"the sum over dim 1 of {made.what}")
### BEGIN HIDDEN TESTS
generator = torch.Generator().manual_seed(23)
for shape in [(5,), (3, 4), (2, 3, 4), (2, 3, 4, 5)]:
    x = torch.randn(shape, generator=generator)
    for dim in range(-len(shape), len(shape)):
        checks.call(softmax, x, dim=dim).equals(x.softmax(dim), mistakes={
            "softmax is taken over the last dimension, whatever dim says.": x.softmax(-1),
            "softmax is taken over the first dimension, whatever dim says.": x.softmax(0),
        })
    checks.robust(softmax, lambda x, dim=-1: x.softmax(dim), x, dim=0)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_softmax_extreme", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: one row of large scores, one of very negative ones.
x = torch.tensor([[1000.0, 1001.0, 999.0], [-1000.0, -1001.0, -999.0]])
expected = torch.tensor([[0.2447285, 0.6652410, 0.0900306], [0.2447285, 0.0900306, 0.6652410]])
checks.call(softmax, x).equals(expected, mistakes={
    "the exponentials overflow: subtract something first that makes them small.":
        torch.full((2, 3), math.nan),
    "the row of very low scores is lost: what is subtracted must be that row's own maximum, no more.":
        torch.tensor([[0.2447, 0.6652, 0.0900], [math.nan, math.nan, math.nan]]),
    "the scores are cut off at a limit, which makes large ones equal.": torch.full((2, 3), 1 / 3),
    "nan is painted over with zeros: the weights have to sum to one.": torch.zeros(2, 3),
})
### BEGIN HIDDEN TESTS
largest = torch.finfo(torch.float32).max
for extreme in [
    torch.tensor([0.0, 1000.0, 0.0, 999.0]),
    torch.tensor([500.0, -500.0]),
    torch.tensor([-104.0, -105.0, -106.0]),
    torch.tensor([89.0, 88.0, 87.0]),
    torch.full((3,), 88.0),
    torch.tensor([1e30, -1e30, 1e30]),
    torch.tensor([3e38, -3e38, 0.0]),
    torch.tensor([largest, largest, -largest]),
    torch.tensor([-largest, -largest]),
    torch.tensor([[1e4, -1e4, 0.0], [-1e4, -1e4 - 1, -2e4]]),
]:
    checks.call(softmax, extreme).equals(extreme.softmax(-1), mistakes={
        "the exponentials overflow where scores differ by a lot: subtract the largest score.":
            torch.tensor([0.0, math.nan, 0.0, math.nan]),
    })
columns = torch.tensor([[1000.0, -1000.0, 0.0], [1001.0, -1001.0, 2.0]])
checks.call(softmax, columns, dim=0).equals(columns.softmax(0))
checks.gradients(softmax, lambda x: x.softmax(-1), torch.tensor([[1000.0, 1001.0, 0.0], [-3e4, -3e4, -3e4]]))
in_float64 = torch.tensor([1e300, -1e300, 1e300], dtype=torch.float64)
checks.call(softmax, in_float64).equals(in_float64.softmax(0))
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_softmax_blocked", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: a score of -inf weighs exactly 0 and leaves the others as they are.
x = torch.tensor([[0.0, -math.inf, 1.0986123], [-math.inf, 5.0, -math.inf]])
checks.call(softmax, x).equals(torch.tensor([[0.25, 0.0, 0.75], [0.0, 1.0, 0.0]]))
### BEGIN HIDDEN TESTS
lowest = torch.finfo(torch.float32).min
for row in [
    [-math.inf, 0.0, 1.0], [-math.inf, 1000.0, 1001.0], [-math.inf, -1e10, -2e10], [-math.inf, lowest, lowest],
    [-math.inf, -math.inf, -1000.0], [-math.inf, -50.0, -50.5], [-math.inf, 3e38, -3e38],
]:
    blocked = torch.tensor(row)
    made = checks.call(softmax, blocked)
    made.equals(blocked.softmax(0), mistakes={
        "where all scores are very low, an entry of -inf wins: it is not a large negative number, "
        "but must stay -inf.": torch.tensor([1.0, 0.0, 0.0]),
        "where all scores are very low, an entry of -inf has a share: it must stay -inf.":
            torch.full((3,), 1 / 3),
    })
    if made.result[0] != 0:
        raise checks.KnownMistake(
            f"{made.what}: the weight of -inf is nearly 0, not exactly 0. Add nothing to the "
            "exponentials, and cut no score off.")
over_columns = torch.tensor([[0.0, -math.inf], [-math.inf, 1.0], [0.0, 2.0]])
checks.call(softmax, over_columns, dim=0).equals(over_columns.softmax(0))
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_softmax_written_out", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: no ready-made softmax in the cell, and it works.
checks.forbid(softmax, *checks.SOFTMAX, because="Write the exponentials and their sum out.")
checks.call(softmax, torch.zeros(4)).equals(torch.full((4,), 0.25))
### BEGIN HIDDEN TESTS
checks.call(softmax, torch.tensor([0.0, 1.0986123])).equals(torch.tensor([0.25, 0.75]))
### END HIDDEN TESTS

# %%
for x in [[1.0, 0.0, 0.0], [89.0, 0.0, 0.0], [88.0, 88.0, 88.0], [-104.0, -104.0, -104.0]]:
    x = torch.tensor(x)
    naive, stable = (" ".join(f"{w:.4f}" for w in f(x)) for f in (softmax_naive, softmax))
    print(f"{str(x.tolist()):24} naive {naive:22} stable {stable}")

# %% [markdown]
# This is what `torch.softmax` does as well; from chapter 3 on we use that.
#
# ## 2.6 Temperature
#
# Softmax depends on differences of scores, so the *unit* of the scores matters: multiply all of them
# and the weights sharpen. Writing the factor as $1/\tau$ gives the *temperature* $\tau$, a word from
# physics: cold weights freeze onto the largest score, hot ones spread over all.
#
# $$ \text{softmax}(x / \tau) $$
#
# How a text generator's "temperature" works is no more than this, and Hinton, Vinyals and Dean used it
# to let a small network learn from a large one (2015,
# [arXiv:1503.02531](https://arxiv.org/abs/1503.02531)).
#
# ### Exercise: `softmax_temperature` (10 minutes, 4 points)
#
# A temperature of zero would divide by zero, a negative one would favour the lowest score, and `nan`
# is no number at all: refuse them with a `ValueError`. Any softmax is welcome here, your own or
# PyTorch's, as long as large scores do not break it.
#
# <details><summary>Hint 1</summary>
#
# `raise ValueError("a message that says what is wrong")`, before anything is computed.
# </details>
# <details><summary>Hint 2</summary>
#
# Every comparison with `nan` is false. So `temperature <= 0` does not notice it; what about the
# opposite question?
# </details>

# %% nbgrader={"grade": false, "grade_id": "softmax_temperature", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax_temperature(x, temperature, dim=-1):
    """Softmax of x / temperature.

    Args:
        x: scores of any shape, finite or -inf.
        temperature: a number above 0; below 1 it sharpens, above 1 it flattens.
        dim: the dimension over which the weights sum to one.

    Returns:
        weights, of the shape of x.

    Raises:
        ValueError: the temperature is not above 0 (or nan).

    Example:
        softmax_temperature(torch.tensor([0.0, 2.1972]), 2.0) is tensor([0.2500, 0.7500])
    """
    ### BEGIN SOLUTION
    if not temperature > 0:
        raise ValueError(f"the temperature must be above 0, not {temperature}")
    return softmax(x / temperature, dim=dim)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_softmax_temperature_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: scores 0 and 2 ln 3, at three temperatures.
x = torch.tensor([0.0, 2.1972246])
checks.call(softmax_temperature, x, 2.0).equals(torch.tensor([0.25, 0.75]), mistakes={
    "the scores are multiplied by the temperature: hot weights are the flat ones.":
        torch.tensor([1 / 82, 81 / 82]),
    "the temperature is not used.": torch.tensor([0.1, 0.9]),
    "the weights are divided by the temperature, not the scores.": torch.tensor([0.05, 0.45]),
})
checks.call(softmax_temperature, x, 1.0).equals(torch.tensor([0.1, 0.9]))
checks.call(softmax_temperature, x, 0.5).equals(torch.tensor([1 / 82, 81 / 82]))
### BEGIN HIDDEN TESTS
generator = torch.Generator().manual_seed(24)
right = lambda x, temperature, dim=-1: (x / temperature).softmax(dim)
for shape in [(5,), (3, 4), (2, 3, 4)]:
    x = torch.randn(shape, generator=generator)
    for dim in range(-len(shape), len(shape)):
        for temperature in [0.3, 1.0, 7]:
            checks.call(softmax_temperature, x, temperature, dim).equals(right(x, temperature, dim), mistakes={
                "the weights sum to one over the last dimension, whatever dim says.": right(x, temperature, -1),
                "the temperature is not used.": x.softmax(dim),
            })
    checks.call(softmax_temperature, x, temperature=2.5).equals(right(x, 2.5), mistakes={
        "without a dim, the weights sum to one over the last dimension.": right(x, 2.5, 0),
    })
    checks.gradients(softmax_temperature, right, x, temperature=0.7, dim=0)
    checks.robust(softmax_temperature, right, x, temperature=0.7, dim=0)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_softmax_temperature_extreme", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: hot weights of scores far apart, and cold weights of large scores.
hot = torch.tensor([0.0, 200.0])
checks.call(softmax_temperature, hot, 100.0).equals(torch.tensor([0.1192029, 0.8807971]), mistakes={
    "the exponentials are taken of scores that are still far apart, and the small one is rounded to "
    "zero: divide the scores by the temperature first.": torch.tensor([0.0, 1.0]),
})
cold = torch.tensor([1000.0, 999.875, 999.75])
checks.call(softmax_temperature, cold, 0.001).equals(torch.tensor([1.0, 0.0, 0.0]), mistakes={
    "the exponentials overflow: take a softmax that is safe for large scores.": torch.full((3,), math.nan),
    "a low temperature is replaced by a higher one: use it as it is.": torch.tensor([0.7307, 0.2093, 0.0600]),
})
### BEGIN HIDDEN TESTS
for lowest in [0.1, 0.01]:
    x = lowest * torch.arange(3.0)
    checks.call(softmax_temperature, x, lowest / 2).equals((2 * x / lowest).softmax(0), mistakes={
        "a low temperature is replaced by a higher one: use it as it is.": (x / lowest).softmax(0),
    })
for x, temperature in [
    (torch.tensor([-1000.0, -1001.0, -1002.0]), 0.001),
    (torch.tensor([0.125, 0.25, 0.5]), 0.001),
    (torch.tensor([1e30, -1e30, 0.0]), 0.5),
    (torch.tensor([1e30, -1e30, 0.0]), 2e30),
    (torch.tensor([-math.inf, 0.0, 1.0]), 0.5),
    (torch.tensor([-math.inf, -1e10, -2e10]), 10.0),
    (torch.tensor([[1000.0, 1001.0, 999.0], [-1000.0, -1001.0, -999.0]]), 2.0),
    (torch.tensor([3.0, 1.0, 2.0]), 1e6),
]:
    made = checks.call(softmax_temperature, x, temperature)
    made.equals((x / temperature).softmax(-1))
    zeros = made.result[x == -math.inf]
    checks.equals(zeros, torch.zeros_like(zeros), f"the weight of -inf in {made.what}", atol=0, rtol=0)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_softmax_temperature_refuses", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: zero, negative and nan temperatures raise ValueError, others do not.
for temperature in [0.0, -1.0, math.nan]:
    checks.raises(ValueError, softmax_temperature, torch.tensor([1.0, 2.0]), temperature)
checks.call(softmax_temperature, torch.zeros(2), 0.01).equals(torch.tensor([0.5, 0.5]))
### BEGIN HIDDEN TESTS
for temperature in [0, -2, -0.0, -1e-6, -math.inf]:
    checks.raises(ValueError, softmax_temperature, torch.randn(2, 3), temperature, dim=0)
checks.call(softmax_temperature, torch.zeros(2), 1e-6).equals(torch.tensor([0.5, 0.5]))
checks.call(softmax_temperature, torch.zeros(2), 3).equals(torch.tensor([0.5, 0.5]))
### END HIDDEN TESTS

# %% [markdown]
# How spread the weights are can be put into one number, their *entropy*
# $H = -\sum_i p_i \ln p_i$: zero where one token has everything, $\ln 6 \approx 1.79$ where all six
# have the same.

# %% alt="Left: bars of journey's weights at temperatures 0.1, 1 and 10: at 0.1 two tokens share nearly all, at 10 all six are equal. Right: entropy over temperature on a logarithmic axis rises from 0 over a step at ln 2 to its limit ln 6."
temperatures = torch.logspace(-3.5, 2, 200)
entropies = [torch.special.entr(softmax_temperature(journey, t.item())).sum() for t in temperatures]

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
for place, (temperature, grey) in enumerate([(0.1, "black"), (1.0, "0.5"), (10.0, "0.8")]):
    where = [i + 0.27 * (place - 1) for i in range(6)]
    bars = softmax_temperature(journey, temperature)
    left.bar(where, bars, width=0.27, color=grey, edgecolor="black", label=f"τ = {temperature:g}")
left.set_xticks(range(6), labels=tokens, rotation=40, ha="right")
left.set(ylabel="weight", title="The weights of journey")
left.legend()
right.semilogx(temperatures, entropies)
right.axhline(math.log(6), color="0.5", linestyle="--")
right.axhline(math.log(2), color="0.5", linestyle=":")
right.text(4e-4, math.log(6) - 0.1, "ln 6: all alike", va="top")
right.text(4e-4, math.log(2) + 0.04, "ln 2: two alike")
right.set(xlabel="temperature τ", ylabel="entropy H", title="Temperature against entropy")
plt.show()

for temperature in [0.001, 0.01, 0.1, 1.0, 10.0]:
    weights = softmax_temperature(journey, temperature)
    entropy = torch.special.entr(weights).sum()
    print(f"τ = {temperature:<6g} entropy {entropy:.4f}, largest weight {weights.max():.4f}")

# %% [markdown]
# Entropy rises with temperature, in two steps. *journey* and *starts* have almost the same
# embedding, so their scores differ by 0.02 only: a temperature that is cold for the others is still
# hot for these two, and only well below 0.02 is there a single winner.
#
# ## 2.7 Saturation
#
# In chapter 3 the scores will be learned, by following gradients through softmax. So what is the
# gradient of softmax? It has $n$ outputs and $n$ inputs, so it is a matrix, its *Jacobian*: entry
# $i, j$ says how fast weight $i$ changes when score $j$ is raised,
#
# $$ J_{ij} = \frac{\partial\, \text{softmax}(x)_i}{\partial x_j}. $$
#
# Before you calculate, guess the signs: raise the score of one token. What happens to its own
# weight, what to each of the others, and what to the sum of all?
#
# ### Exercise: `softmax_jacobian` (15 minutes, 4 points)
#
# Work it out with the quotient rule, writing $p_i$ for the weights, and let the code say the same.
# Letting autograd do it is as right, but then look at what comes out.
#
# <details><summary>Hint 1</summary>
#
# There are two cases. On the diagonal, $i = j$, numerator and denominator both change: the quotient
# rule gives $p_i - p_i^2$.
# </details>
# <details><summary>Hint 2</summary>
#
# Off the diagonal only the denominator changes: $-p_i\, p_j$.
# </details>
# <details><summary>Hint 3</summary>
#
# `torch.diag` makes a diagonal matrix of a vector, `torch.outer` a matrix of all products of two
# vectors.
# </details>

# %% nbgrader={"grade": false, "grade_id": "softmax_jacobian", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax_jacobian(x):
    """How each softmax weight changes with each score.

    Args:
        x: scores of shape (n,).

    Returns:
        the matrix of d softmax(x)_i / d x_j, shape (n, n), i down and j across.

    Example:
        softmax_jacobian(torch.zeros(2)) is tensor([[0.2500, -0.2500], [-0.2500, 0.2500]])
    """
    ### BEGIN SOLUTION
    p = softmax(x)
    return torch.diag(p) - torch.outer(p, p)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_softmax_jacobian_values", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: scores whose weights are 1/8, 2/8 and 5/8.
x = torch.tensor([0.0, 0.6931472, 1.6094379])
expected = torch.tensor([[7.0, -2.0, -5.0], [-2.0, 12.0, -10.0], [-5.0, -10.0, 15.0]]) / 64
checks.call(softmax_jacobian, x).equals(expected, mistakes={
    "only the diagonal is there: raising one score also takes from all other weights.":
        torch.tensor([[7.0, 0, 0], [0, 12, 0], [0, 0, 15]]) / 64,
    "these are the derivatives of each weight by its own score: the matrix also needs those by all "
    "other scores.": torch.tensor([7.0, 12.0, 15.0]) / 64,
    "the sign is turned round: raising a score raises its own weight.": -expected,
    "the sign off the diagonal is wrong: raising a score lowers all other weights.": expected.abs(),
    "off the diagonal it is right, on it a term is missing: a score also raises its own numerator.":
        torch.tensor([[-1.0, -2, -5], [-2, -4, -10], [-5, -10, -25]]) / 64,
    "the weights' products belong in it with a minus, and more is needed on the diagonal.":
        torch.tensor([[1.0, 2, 5], [2, 4, 10], [5, 10, 25]]) / 64,
    "these are the weights on a diagonal: the change of the denominator is missing.":
        torch.tensor([[8.0, 0, 0], [0, 16, 0], [0, 0, 40]]) / 64,
    "the products are added, not subtracted: raising a score lowers all other weights.":
        torch.tensor([[9.0, 2, 5], [2, 20, 10], [5, 10, 65]]) / 64,
    "the weights are subtracted from every row as they are: each row has a factor of its own.":
        torch.tensor([[0.0, -16, -40], [-8, 0, -40], [-8, -16, 0]]) / 64,
    "off the diagonal it is 1 - p that is used: there only the denominator changes.":
        torch.tensor([[7.0, 6, 3], [14, 12, 6], [35, 30, 15]]) / 64,
    "one number is subtracted from all entries: each pair of weights has its own product.":
        torch.tensor([[-22.0, -30, -30], [-30, -14, -30], [-30, -30, 10]]) / 64,
    "the scores are taken for the weights: put them through softmax first.":
        torch.tensor([[0.0, 0, 0], [0, 0.2127, -1.1156], [0, -1.1156, -0.9809]]),
    "this is the gradient of the sum of all weights, which is always one: take each weight apart.":
        torch.zeros(3),
    "this is the Jacobian of the logarithm of the weights.":
        torch.tensor([[7.0, -2, -5], [-1, 6, -5], [-1, -2, 3]]) / 8,
}, nearly="close, but not exact. Is it a difference of weights over a small step? Take the derivative itself.")
### BEGIN HIDDEN TESTS
def right_jacobian(x):
    p = x.softmax(0)
    return p.diag() - p[:, None] * p

generator = torch.Generator().manual_seed(25)
for n in (1, 2, 4, 7):
    x = torch.randn(n, generator=generator)
    checks.call(softmax_jacobian, x.clone()).equals(right_jacobian(x))
    checks.takes_float64(softmax_jacobian, right_jacobian, x)
    checks.takes_noncontiguous(softmax_jacobian, right_jacobian, x)
    # An answer by autograd has used up the graph to x; any other still has it.
    if not checks.uses(softmax_jacobian, "jacobian", "jacrev", "jacfwd", "hessian", "grad", "backward", "vjp", "jvp"):
        checks.gradients(softmax_jacobian, right_jacobian, x)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_softmax_jacobian_saturated", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: with one score far ahead nothing moves; with two ahead only these two.
made = checks.call(softmax_jacobian, torch.tensor([1000.0, 0.0, 0.0]))
made.equals(torch.zeros(3, 3), mistakes={
    "the exponentials overflow: take a softmax that is safe for large scores.":
        torch.tensor([[math.nan, math.nan, math.nan], [math.nan, 0.0, 0.0], [math.nan, 0.0, 0.0]]),
})
expected = torch.tensor([[0.25, -0.25, 0.0], [-0.25, 0.25, 0.0], [0.0, 0.0, 0.0]])
checks.call(softmax_jacobian, torch.tensor([1000.0, 1000.0, 0.0])).equals(expected)
### BEGIN HIDDEN TESTS
low = torch.tensor([-2000.0, -2000.0, -2001.0, -3000.0])
p = low.softmax(0)
checks.call(softmax_jacobian, low.clone()).equals(p.diag() - p[:, None] * p)
checks.call(softmax_jacobian, torch.tensor([100.0])).equals(torch.zeros(1, 1))
### END HIDDEN TESTS

# %% [markdown]
# The Jacobian at the scores of *journey*. The diagonal is positive, all else is negative, and every
# row and every column sums to zero: what one weight gains, the others lose together.

# %%
jacobian = softmax_jacobian(journey)
print(jacobian)
print(f"largest sum of a row, without its sign: {jacobian.sum(dim=1).abs().max():.4f}")

# %% [markdown]
# No entry can be larger than $\frac14$, since $p(1-p)$ has its maximum at $p = \frac12$. And where one
# weight is close to 1 and the others are close to 0, *all* entries are close to 0: softmax is
# **saturated**. Watch it happen, as all scores are multiplied by a factor:

# %% alt="Log-log chart of Jacobian entries against a factor on the scores: the largest entry stays near 0.2 up to a factor of about 50 and then falls; the largest entry in the row of the token 'with' falls much earlier, below a millionth at a factor of 25."
factors = torch.logspace(-1, 3, 200, dtype=torch.float64)
jacobians = torch.stack([softmax_jacobian(factor * journey.double()) for factor in factors])

fig, ax = plt.subplots()
ax.loglog(factors, jacobians.abs().amax(dim=(1, 2)), label="largest entry of all")
ax.loglog(factors, jacobians[:, 3].abs().amax(dim=1), label="largest entry in the row of 'with'")
ax.set(xlabel="factor on the scores", ylabel="size of the entry", ylim=(1e-10, 1))
ax.set_title("The gradient of softmax vanishes")
ax.legend(loc="lower left")
plt.show()

for factor in [1, 10, 100, 1000]:
    weights, slopes = softmax(factor * journey), softmax_jacobian(factor * journey)
    print(
        f"scores times {factor:<5} largest weight {weights.max():.4f}"
        f"   largest slope {slopes.abs().max():.4f}   slopes of 'with' {slopes[3].abs().max():.4f}"
    )

# %% [markdown]
# A token that has lost, such as *with*, stops learning first: its weight is nearly zero and stays so,
# however wrong that is, since no gradient tells its score to rise. In the end nothing moves at all.
# Large scores are a dead end for training, and dot products of long vectors *are* large. Vaswani et
# al. (2017, section 3.2.1, [arXiv:1706.03762](https://arxiv.org/abs/1706.03762)) divide them by
# $\sqrt{d_k}$ for this reason; chapter 3 shows where the root comes from.
#
# ## 2.8 The context vector, by hand
#
# Back to *journey*. Its six weights say how much of each token goes into its new description, the
# **context vector**: the tokens' vectors, each times its weight, added up.

# %%
mixture = torch.zeros(3)
for token, weight, vector in zip(tokens, softmax(journey), inputs):
    mixture = mixture + weight * vector
    print(f"+ {weight:.4f} · {token:8}", vector, "  so far", mixture)

# %% [markdown]
# What is mixed are the **values**. In this chapter the values are the tokens' embeddings, just as
# queries and keys are.
#
# ### Exercise: `context_vector` (5 minutes, 2 points)
#
# <details><summary>Hint 1</summary>
#
# Each weight belongs to a row of the values. `weights[:, None]` has the shape (T, 1) and multiplies
# row by row.
# </details>
# <details><summary>Hint 2</summary>
#
# A weighted sum over T rows is also the product of a vector of T numbers with a matrix of T rows.
# </details>

# %% nbgrader={"grade": false, "grade_id": "context_vector", "locked": false, "schema_version": 3, "solution": true, "task": false}
def context_vector(weights, values):
    """Mix the rows of `values` by weight.

    Args:
        weights: one weight per row, shape (T,). They are used as they are.
        values: shape (T, d).

    Returns:
        the weighted sum of the rows, shape (d,).

    Example:
        the weights [0.5, 0.5] and the values [[2., 0., 1.], [4., 6., 1.]] give tensor([3., 3., 1.])
    """
    ### BEGIN SOLUTION
    return weights @ values
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_context_vector_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: three values of three features; then "journey" with its weights.
weights = torch.tensor([0.5, 0.25, 0.25])
values = torch.tensor([[2.0, 0.0, 1.0], [4.0, 8.0, 0.0], [0.0, 4.0, 6.0]])
checks.call(context_vector, weights, values).equals(torch.tensor([2.0, 3.0, 2.0]), mistakes={
    "the rows are weighted, the sum over them is missing.":
        torch.tensor([[1.0, 0.0, 0.5], [1.0, 2.0, 0.0], [0.0, 1.0, 1.5]]),
    "you summed over the features: sum over the tokens.": torch.tensor([1.5, 3.0, 2.5]),
    "everything is summed: sum over the tokens only.": torch.tensor(7.0),
    "the weights mix the columns: a weight belongs to a row, which is a token.": torch.tensor([1.25, 4.0, 2.5]),
    "each column has a weight of its own here: a weight belongs to a row, which is a token.":
        torch.tensor([3.0, 3.0, 1.75]),
    "the numbers are right, but they stand in a matrix of one row: return a vector.":
        torch.tensor([[2.0, 3.0, 2.0]]),
    "this is the plain mean of the rows: the weights are not used.": torch.tensor([2.0, 4.0, 2.3333]),
    "this is the plain sum of the rows: the weights are not used.": torch.tensor([6.0, 12.0, 7.0]),
    "this is the mean of the weighted rows, not their sum.": torch.tensor([0.6667, 1.0, 0.6667]),
    "this is the row with the largest weight: mix all of them.": torch.tensor([2.0, 0.0, 1.0]),
    "the last row is left out.": torch.tensor([2.0, 2.0, 0.5]),
    "the weights went through softmax once more: they are weights already.":
        torch.tensor([2.0, 3.6541, 2.2180]),
})
journey_weights = torch.tensor([0.138548, 0.237891, 0.233274, 0.123992, 0.108182, 0.158114])
checks.call(context_vector, journey_weights, inputs).equals(
    torch.tensor([0.4419, 0.6515, 0.5683]), atol=1e-4)
### BEGIN HIDDEN TESTS
generator = torch.Generator().manual_seed(26)
for T, d in [(5, 3), (2, 4), (1, 3), (4, 1)]:
    weights, values = torch.randn(T, generator=generator), torch.randn(T, d, generator=generator)
    right = torch.einsum("t,td->d", weights, values)
    checks.call(context_vector, weights, values).equals(right, mistakes={
        "the weights are divided by their sum: use them as they are.": right / weights.sum(),
        "the weights went through softmax: use them as they are.": weights.softmax(0) @ values,
    })
    checks.robust(context_vector, lambda w, v: torch.einsum("t,td->d", w, v), weights, values)
### END HIDDEN TESTS

# %%
print("embedding of journey:", inputs[1])
print("its context vector:  ", context_vector(softmax(journey), inputs))

# %% [markdown]
# ## 2.9 All tokens: the first self-attention
#
# What we did for *journey*, every token does at the same time. Three steps, each of which you have:
#
# 1. **scores**: every token against every token,
# 2. **weights**: each row of scores through softmax,
# 3. **context vectors**: each row of weights mixes the tokens.
#
# ### Exercise: `self_attention_simple` (10 minutes, 4 points)
#
# Do it for all tokens, and for any number of leading batch dimensions. The sequences of a batch do
# not see each other. There is nothing to scale or to train in this one.
#
# <details><summary>Hint 1</summary>
#
# Chapter 1's table of scores is a matrix product of the tokens with themselves, turned. For a batch,
# turn the last two dimensions only.
# </details>
# <details><summary>Hint 2</summary>
#
# A row of weights belongs to one query, so it is the *keys*, the last dimension, over which they sum
# to one. The third step is a matrix product again.
# </details>

# %% nbgrader={"grade": false, "grade_id": "self_attention_simple", "locked": false, "schema_version": 3, "solution": true, "task": false}
def self_attention_simple(inputs):
    """Self-attention without trained weights: queries, keys and values are the inputs themselves.

    Args:
        inputs: one token per row, shape (..., T, d).

    Returns:
        a context vector per token, shape (..., T, d).

    Example:
        a single token is all that it can attend to: [[3., 4.]] gives tensor([[3., 4.]])
    """
    ### BEGIN SOLUTION
    scores = inputs @ inputs.transpose(-2, -1)
    return softmax(scores, dim=-1) @ inputs
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_self_attention_simple_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: three tokens of two features, then the six tokens.
six = torch.tensor([
    [0.4421, 0.5931, 0.5790], [0.4419, 0.6515, 0.5683], [0.4431, 0.6496, 0.5671],
    [0.4304, 0.6298, 0.5510], [0.4671, 0.5910, 0.5266], [0.4177, 0.6503, 0.5645],
])
three = torch.tensor([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
expected = torch.tensor([[0.8446376, 0.7330437], [0.1331867, 1.8509370], [0.5776812, 1.2669564]])
checks.call(self_attention_simple, three).equals(expected, mistakes={
    "the columns of the weights sum to one, not the rows: each query shares its attention out "
    "among the keys.": torch.tensor([[0.5777, 0.1871], [0.5777, 2.1559], [0.8446, 0.6569]]),
    "the scores are divided by √d: that comes in chapter 3.":
        torch.tensor([[0.8022, 0.7967], [0.2321, 1.7225], [0.5989, 1.2033]]),
    "the softmax is missing: the scores mix the tokens as they are.":
        torch.tensor([[2.0, 1.0], [2.0, 10.0], [3.0, 6.0]]),
    "the scores are divided by their sum: put them through softmax.":
        torch.tensor([[1.0, 0.5], [1 / 3, 5 / 3], [0.6, 1.2]]),
    "a token's own score is left out: it attends to itself too.":
        torch.tensor([[0.7311, 1.2689], [1.0000, 0.8808], [0.2689, 1.4621]]),
    "later tokens are blocked: here every token sees every other.":
        torch.tensor([[1.0, 0.0], [0.0180, 1.9640], [0.5777, 1.2670]]),
    "these are the weights: mix the tokens with them.":
        torch.tensor([[0.4223, 0.1554, 0.4223], [0.0159, 0.8668, 0.1173], [0.1554, 0.4223, 0.4223]]),
    "this is one token's context vector: every token has its own.": torch.tensor([0.1332, 1.8509]),
    "the scores are cosines: the tokens keep their lengths here.":
        torch.tensor([[0.8260, 0.7010], [0.5270, 1.2990], [0.7006, 1.0000]]),
    "these are the context vectors of the six tokens of the notebook: use the argument.": six,
    "the inputs are added to the context vectors.":
        torch.tensor([[1.8446, 0.7330], [0.1332, 3.8509], [1.5777, 2.2670]]),
})
checks.call(self_attention_simple, inputs).equals(six, atol=1e-4)
### BEGIN HIDDEN TESTS
def right_attention(x):
    return (x @ x.transpose(-2, -1)).softmax(-1) @ x

generator = torch.Generator().manual_seed(27)
for T, d in [(5, 3), (2, 4), (3, 1), (1, 2)]:
    x = torch.randn(T, d, generator=generator)
    checks.call(self_attention_simple, x).equals(right_attention(x))
    checks.robust(self_attention_simple, right_attention, x)
checks.call(self_attention_simple, 20 * inputs).equals(right_attention(20 * inputs), mistakes={
    "the exponentials overflow for large scores: take a softmax that is safe for them.":
        torch.full((6, 3), math.nan),
})
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_self_attention_simple_batch", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: a batch of two, the second with its tokens in reverse: so are its context vectors.
three = torch.tensor([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
hint = "Transposing with .T, or by dimensions counted from the front, moves the batch."
made = checks.call_batch(self_attention_simple, torch.stack([three, three.flip(0)]), hint=hint)
made.is_tensor(shape=(2, 3, 2))
alone = checks.call(self_attention_simple, three)
alone.is_tensor(shape=(3, 2))
by_queries = torch.tensor([[0.5777, 0.1871], [0.5777, 2.1559], [0.8446, 0.6569]])
by_batch = torch.tensor([[0.7689, 0.7384], [1.0000, 1.8808], [1.2311, 2.4927]])
checks.equals(made.result[0], alone.result, "the first sequence of a batch, against what it gives alone", mistakes={
    "in a batch, the weights sum to one over the queries: it is the keys, the last dimension.": by_queries,
    "in a batch, the weights sum to one over the sequences: it is the keys, the last dimension.": by_batch,
})
checks.equals(made.result[1].flip(0), alone.result, "the second sequence of a batch, against what it gives alone")
### BEGIN HIDDEN TESTS
def right_attention(x):
    return (x @ x.transpose(-2, -1)).softmax(-1) @ x

generator = torch.Generator().manual_seed(28)
for lead in [(3,), (1,), (2, 3)]:
    x = torch.randn(*lead, 5, 4, generator=generator)
    products = x @ x.transpose(-2, -1)
    checks.call_batch(
        self_attention_simple, x,
        hint="Every number of leading dimensions should do: count dimensions from the end.",
    ).equals(right_attention(x), mistakes={
        "the weights sum to one over the batch.": products.softmax(0) @ x,
        "the weights sum to one over the queries: it is the keys, the last dimension.":
            products.softmax(-2) @ x,
    })
    checks.robust(self_attention_simple, right_attention, x)
### END HIDDEN TESTS

# %% [markdown]
# All the weights as a picture, then the context vectors. Each row is one token's attention, and each
# row sums to one; a column need not.

# %% alt="Heatmap of the six by six attention weights, rows labelled with their sum of 1.00; the columns of journey and starts are the darkest, those of with and one the lightest."
weights = softmax(scores, dim=-1)
labels = [f"{token} (sum {row.sum():.2f})" for token, row in zip(tokens, weights)]
figures.heatmap(weights, labels, tokens, title="attention weights")
plt.show()
print("weights", weights, sep="\n")
print("context vectors", self_attention_simple(inputs), sep="\n")

# %% [markdown]
# The scores were symmetric, the weights are not: *with* gives *journey* more of its attention than
# *journey* gives *with*. The six context vectors lie much closer together than the embeddings did: the
# weights are so even that each of them is not far from the plain mean of all tokens.

# %% [markdown] nbgrader={"grade": false, "grade_id": "question_softmax", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Question: `written_softmax` (10 minutes, 5 points, read by a person)
#
# Why softmax, and not division by the sum? And what happens to the gradient of softmax when the scores
# are large, and why does that matter for training? Six or seven sentences are enough; give a number
# where you can.
#
# ### BEGIN MARK SCHEME
# - 1 point: scores may be negative or sum to zero; divided by their sum they give negative weights,
#   weights above one, or no number at all. The exponential is always positive.
# - 1 point: softmax depends on differences of scores (a common offset changes nothing, a factor
#   sharpens), division by the sum on ratios (an offset flattens, a factor changes nothing).
# - 1 point: for large scores (more exactly: large differences) one weight is near 1, the others near 0.
# - 1 point: then all entries p_i (1 - p_i) and -p_i p_j of the Jacobian are near 0, with a number or a
#   formula.
# - 1 point: so no gradient reaches the scores, and a weight that is wrong cannot be corrected; a remedy
#   (scaling, temperature) may be named instead of the consequence.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_softmax", "locked": false, "points": 5, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# A dot product can be negative. Divided by their sum, the scores (2, 1, -2) give the weights 2, 1 and
# -2, and the scores (2, 1, -3) give none at all, since their sum is zero. The exponential makes every
# score positive, and it turns a difference of scores into a ratio of weights: adding 10 to all scores
# changes nothing, while division by the sum would make the weights nearly equal. When scores are
# large, so are their differences, and one weight is nearly 1: for (100, 0), the other is about
# 4e-44. The entries of the Jacobian, p_i (1 - p_i) on the diagonal and -p_i p_j elsewhere, are then all
# nearly 0. No gradient reaches the scores, so training cannot correct attention that has settled on the
# wrong token. Scores should therefore be kept small when training begins, which is what the division by
# the root of d does.
# ### END SOLUTION

# %% [markdown]
# ## 2.10 What breaks next
#
# This attention runs, and it learns nothing: there is no number in it that training could change. Two
# tokens attend to each other because their embeddings happen to be alike, and for no other reason. And
# with embeddings of a realistic size even that comes to an end:

# %%
generator = torch.Generator().manual_seed(2)
for d in [3, 32, 512]:
    long_tokens = torch.randn(6, d, generator=generator)
    itself = softmax(long_tokens @ long_tokens.T).diagonal()
    print(f"d = {d:<4} a token's weight for itself, on average: {itself.mean():.4f}")

# %% [markdown]
# A vector's product with itself grows with $d$, so that every token attends to itself alone, and
# softmax is saturated from the start.
#
# Chapter 3 gives every token three vectors instead of one, a query, a key and a value, made by three
# matrices that are trained, and scales the scores so that softmax does not begin saturated.
#
# ## Your progress
#
# This cell lists the exercises whose tests have run since you started the notebook. To run
# everything anew: *Run > Restart Kernel and Run All Cells*. Tests that are hidden from you run when the
# notebook is graded.

# %%
progress.show("02_softmax")
