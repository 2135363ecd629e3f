# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 5. Dropout
#
# **The question of this chapter:** the attention of chapter 4 has its mask and its trainable matrices.
# Trained on few examples it learns them by heart: it comes to rely on this one token standing at that
# one place. How do we keep it from leaning on single connections?
#
# The answer sounds careless: while it trains, we throw a random part of its attention weights away.
# By the end you will have built that by hand, measured that nothing is lost on average, seen why it
# must stop when training stops, and finished the `CausalAttention` that the next chapters build on.
#
# The chapter takes about two hours. Exercises have a cell with a `TODO` that you replace,
# followed by test cells that tell you what is wrong with your answer. Run the cells from top to bottom.

# %% nbgrader={"grade": false, "grade_id": "given_imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

from course.notebook import checks, data, figures, progress

figures.use_style()
torch.set_printoptions(precision=4, sci_mode=False)

# %% [markdown]
# We take the causal attention weights of chapter 4 as they were: the running example, three linear
# layers made with seed 789. The cell below gets them from PyTorch's own attention, with a trick: where
# the values are the identity matrix, the mixture of the values *is* the row of weights.

# %% nbgrader={"grade": false, "grade_id": "given_weights", "locked": true, "schema_version": 3, "solution": false, "task": false}
tokens = data.TOKENS
inputs = data.inputs()  # one row per token, float32 of shape (6, 3)
batch = torch.stack((inputs, inputs))  # two sentences, shape (2, 6, 3)

torch.manual_seed(789)
query_layer, key_layer, value_layer = (nn.Linear(3, 2, bias=False) for _ in range(3))
with torch.no_grad():
    sentence = inputs[None]  # a batch of one
    weights = F.scaled_dot_product_attention(
        query_layer(sentence), key_layer(sentence), torch.eye(6)[None], is_causal=True
    )[0]

# %%
print(weights)
print("row sums:", weights.sum(dim=-1))

# %% [markdown]
# ## 5.1 Dropping, with a mask that is given
#
# Take the last row: the shares that *step* gives to the six tokens. We draw a coin for each of them and
# set to zero those that show tails. So that we can follow it, the coins are given here. They are called
# `keep`, and `True` means that the entry is **kept**; the masks of chapter 4, where `True` means
# blocked, are another thing.

# %%
keep = torch.tensor([True, False, True, True, False, False])
print("weights of step:", weights[5])
print("some dropped:   ", weights[5] * keep)
print(f"their sum: {(weights[5] * keep).sum():.4f}")

# %% [markdown]
# Half of the entries are gone, and with them half of the sum. What is left is a smaller mixture, and
# everything that is computed from it is smaller too. To make up for it, each entry that is kept is
# **divided by the share that is kept**. If an entry is dropped with probability $p$, it is kept with
# probability $1 - p$, so the factor is $\dfrac{1}{1 - p}$: 2 for $p = 0.5$, and 1.25 for $p = 0.2$.
#
# Dropout was proposed by Hinton et al. in 2012 ([arXiv:1207.0580](https://arxiv.org/abs/1207.0580)) and
# studied by Srivastava et al. in 2014 (*Journal of Machine Learning Research* 15, pages 1929 to 1958).
# They left the training as it was and made the weights smaller by $1 - p$ afterwards. To scale up in
# training instead means the same and leaves inference alone; it is what PyTorch does and what we do.
#
# ### Exercise: `apply_dropout` (5 minutes, 3 points)
#
# The coins are given: do the rest. $p$ is the probability with which an entry is *dropped*.
#
# <details><summary>Hint 1</summary>
#
# A boolean tensor counts as 0 and 1 when it is multiplied with numbers.
# </details>
# <details><summary>Hint 2</summary>
#
# The factor depends on `p` alone, not on how many entries this one mask happens to keep.
# </details>

# %% nbgrader={"grade": false, "grade_id": "apply_dropout", "locked": false, "schema_version": 3, "solution": true, "task": false}
def apply_dropout(x, keep, p):
    """Set the entries that are not kept to zero and scale the others by 1 / (1 - p).

    Args:
        x: a tensor of any shape.
        keep: bool, of x's shape; True where the entry is kept.
        p: the probability with which an entry was dropped, 0 <= p < 1.

    Returns:
        a new tensor of x's shape.

    Example:
        x [1., 2., 3.] with keep [True, False, True] and p = 0.5 gives tensor([2., 0., 6.])
    """
    ### BEGIN SOLUTION
    return x * keep / (1 - p)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_apply_dropout_values", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: p = 0.2, so what is kept is multiplied by 1.25.
x = torch.tensor([[4.0, -8.0, 2.0], [1.0, 6.0, -4.0]])
kept = torch.tensor([[True, False, True], [True, True, False]])
checks.call(apply_dropout, x, kept, 0.2).equals(torch.tensor([[5.0, 0.0, 2.5], [1.25, 7.5, 0.0]]), mistakes={
    "the rest is not scaled: divide what is kept by the probability to keep.":
        torch.tensor([[4.0, 0.0, 2.0], [1.0, 6.0, 0.0]]),
    "the rest is divided by p: divide by the probability to keep, 1 - p.":
        torch.tensor([[20.0, 0.0, 10.0], [5.0, 30.0, 0.0]]),
    "the rest is multiplied by 1 - p, which makes it smaller still: divide by it.":
        torch.tensor([[3.2, 0.0, 1.6], [0.8, 4.8, 0.0]]),
    "you kept what should go: True means that the entry is kept.":
        torch.tensor([[0.0, -10.0, 0.0], [0.0, 0.0, -5.0]]),
    "you divided by the share that this mask keeps, 4 of 6: the factor depends on p alone.":
        torch.tensor([[6.0, 0.0, 3.0], [1.5, 9.0, 0.0]]),
    "each row is divided by its sum: the factor depends on p alone.":
        torch.tensor([[0.6667, 0.0, 0.3333], [0.1429, 0.8571, 0.0]]),
    "everything is scaled, and nothing is dropped.": torch.tensor([[5.0, -10.0, 2.5], [1.25, 7.5, -5.0]]),
})
### BEGIN HIDDEN TESTS
generator = torch.Generator().manual_seed(51)
for shape, p in [((7,), 0.0), ((4, 5), 0.9), ((2, 3, 4), 0.5)]:
    x = torch.randn(shape, generator=generator)
    kept = torch.rand(shape, generator=generator) < 0.6
    def right_apply(x, keep, p):
        return torch.where(keep, x / (1 - p), torch.zeros_like(x))
    checks.call(apply_dropout, x, kept, p).equals(right_apply(x, kept, p))
    checks.robust(apply_dropout, right_apply, x, kept, p)
nothing = torch.zeros(2, 3, dtype=torch.bool)
checks.call(apply_dropout, torch.ones(2, 3), nothing, 0.3).equals(torch.zeros(2, 3))
checks.call(apply_dropout, torch.ones(2, 3), ~nothing, 0.5).equals(2 * torch.ones(2, 3), mistakes={
    "where a mask keeps everything the rest is not scaled: the factor depends on p alone.": torch.ones(2, 3),
})
### END HIDDEN TESTS

# %% [markdown]
# A table of ones shows it best. The mask below comes from `torch.rand`: a number between 0 and 1 for
# each entry, kept where it is at least $p$. About half of the ones become zeros, the others twos, and
# the mean stays near one.

# %%
keep = torch.rand(6, 6, generator=torch.Generator().manual_seed(123)) >= 0.5
dropped_ones = apply_dropout(torch.ones(6, 6), keep, 0.5)
print(dropped_ones)
print(f"zeros: {(dropped_ones == 0).sum()} of 36, mean: {dropped_ones.mean():.4f}")

# %% [markdown]
# ## 5.2 Nothing is lost on average
#
# Follow one entry, $x$. With probability $p$ it becomes 0, with probability $1 - p$ it becomes
# $\dfrac{x}{1 - p}$. Its expectation, the mean over very many draws, is
#
# $$p \cdot 0 + (1 - p) \cdot \frac{x}{1 - p} = x.$$
#
# Each single draw is wrong, but all of them together are right. The layer after it sees inputs of the
# same average size whether something is dropped or not. Let us do it with coins of our own.
#
# ### Exercise: `dropout` (15 minutes, 8 points)
#
# Draw the mask yourself and apply it. What the function promises:
#
# - Each entry is dropped with probability $p$, independent of all others.
# - The randomness comes from `generator`. A `torch.Generator` is a source of random numbers with a state
#   of its own: in the same state it gives the same numbers. `None` means PyTorch's global source, and
#   where a generator is given the global source is not touched. PyTorch's random functions take
#   `generator=...` and understand `None` in the same way.
# - With `training=False`, or with $p = 0$, the result equals `x`.
# - A $p$ that is not at least 0 and below 1 is a `ValueError`, at inference too: a wrong setting should
#   not lie hidden until training begins. With $p = 1$ nothing would be left to scale.
#
# <details><summary>Hint 1</summary>
#
# `torch.rand(x.shape, generator=generator)` is one number between 0 and 1 for each entry. With which
# probability is such a number below 0.2?
# </details>
# <details><summary>Hint 2</summary>
#
# Ask for what is allowed and negate it, `not 0 <= p < 1`. `p < 0 or p >= 1` lets `nan` through, because
# every comparison with `nan` is false.
# </details>

# %% nbgrader={"grade": false, "grade_id": "dropout", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dropout(x, p, training=True, generator=None):
    """Drop each entry of x with probability p and scale the others by 1 / (1 - p).

    Args:
        x: a tensor of any shape.
        p: the probability to drop an entry.
        training: False returns x as it is.
        generator: the torch.Generator to draw from; None is the global one.

    Returns:
        a tensor of x's shape and dtype.

    Raises:
        ValueError: unless 0 <= p < 1, whether training or not.
    """
    ### BEGIN SOLUTION
    if not 0 <= p < 1:
        raise ValueError(f"p must be at least 0 and below 1, not {p}")
    if not training or p == 0:
        return x
    keep = torch.rand(x.shape, generator=generator) >= p
    return x * keep / (1 - p)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_dropout_values", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: of 60,000 ones at p = 0.2, about a fifth becomes 0 and the rest 1.25.
ones = torch.ones(60, 50, 20)
drawn = checks.call(dropout, ones, 0.2, generator=torch.Generator().manual_seed(1))
zeros = checks.drops(drawn.result, 1.25 * ones, 0.2, drawn.what, mistakes={
    "the rest is not scaled, so the mean falls to 0.8.": ones,
    "the rest is divided by p: divide by the probability to keep.": 5 * ones,
    "the rest is multiplied by 1 - p: divide by it.": 0.8 * ones,
})
### BEGIN HIDDEN TESTS
source = torch.Generator().manual_seed(52)
for shape, p in [((5000,), 0.1), ((70, 90), 0.5), ((5, 6, 20, 10), 0.9)]:
    x = torch.randn(shape, generator=source)
    for each in (x, x.double(), checks.scattered(x)):
        drawn = checks.call(dropout, each, p, generator=torch.Generator().manual_seed(2))
        zeros = checks.drops(drawn.result, each / (1 - p), p, drawn.what)

results = []
def keep_result(leaf):
    results.append(checks.call(dropout, leaf, 0.4, generator=torch.Generator().manual_seed(3)).result)
    return results[-1]

x = torch.randn(40, 30, generator=source)
[gradient] = checks.gradients_of(keep_result, [x], "dropout")
if gradient is None:
    raise checks.KnownMistake("dropout: no gradient reaches x. Work on x itself: no .detach(), no .data, no new tensor.")
checks.equals(gradient, checks.weighting(x) * (results[0].detach() != 0) / 0.6, "dropout: the gradient of x")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_dropout_random", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: the same state of the generator gives the same zeros, another state others.
def draw(seed, shape=(30, 20), p=0.5):
    made = checks.call(dropout, torch.ones(shape), p, generator=torch.Generator().manual_seed(seed))
    made.is_tensor(shape)
    return made.result

if not checks.same(draw(7), draw(7)):
    raise checks.KnownMistake(
        "dropout: two generators in the same state drop different entries. Draw from the one that is given.")
if checks.same(draw(7), draw(8)):
    raise checks.KnownMistake("dropout: gives the same result for two generators with different seeds.")
### BEGIN HIDDEN TESTS
# Each entry on its own: no dimension shares a draw, and the number of zeros is chance too.
checks.one_by_one(draw(9, (50, 60, 70), 0.3) == 0, "dropout")
if len({int((draw(seed, (10,), 0.3) == 0).sum()) for seed in range(40)}) == 1:
    raise checks.KnownMistake(
        "dropout: the number of zeros is the same in every draw. Each entry needs a draw of its own, "
        "whatever happens to the others.")

# The state decides, not the seed that the generator once had.
advanced = torch.Generator().manual_seed(7)
torch.rand(5, generator=advanced)
if checks.same(checks.call(dropout, torch.ones(30, 20), 0.5, generator=advanced).result, draw(7)):
    raise checks.KnownMistake(
        "dropout: starts from the generator's seed again, so that every call drops the same. Draw from "
        "the generator that is given.")

# With a generator the global one neither matters nor is touched.
torch.manual_seed(1)
before, first = torch.get_rng_state(), draw(7)
if not torch.equal(before, torch.get_rng_state()):
    raise checks.KnownMistake("dropout: draws from the global source although a generator is given.")
torch.manual_seed(2)
if not checks.same(draw(7), first):
    raise checks.KnownMistake("dropout: the global seed changes the result although a generator is given.")

# Without one, the global seed decides.
def draw_globally(seed):
    torch.manual_seed(seed)
    return checks.call(dropout, torch.ones(30, 20), 0.5).result

if not checks.same(draw_globally(3), draw_globally(3)):
    raise checks.KnownMistake(
        "dropout: without a generator, the same torch.manual_seed should give the same result twice.")
if checks.same(draw_globally(3), draw_globally(4)):
    raise checks.KnownMistake(
        "dropout: without a generator it gives the same result after two different global seeds. None "
        "means PyTorch's global source.")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_dropout_off", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: at inference, and with p = 0, the result is x.
x = torch.arange(1.0, 25.0).reshape(4, 6)
for p in (0.5, 0.2):
    made = checks.call(dropout, x, p, training=False)
    checks.drops_nothing(made.result, x, made.what, mistakes={
        "at inference nothing is dropped, so nothing is to be scaled.": x / (1 - p),
        "at inference x is made smaller: with the scaling in training it stays as it is.": x * (1 - p),
    })
checks.call(dropout, x, 0.0).equals(x)
### BEGIN HIDDEN TESTS
x = torch.randn(3, 40, 5, generator=torch.Generator().manual_seed(53))
for training, p in [(False, 0.0), (False, 0.9), (True, 0.0), (True, 0)]:
    for source in (None, torch.Generator().manual_seed(4)):
        checks.call(dropout, x, p, training, source).equals(x)
    checks.call(dropout, x.double(), p, training).equals(x.double())
    checks.gradients(dropout, lambda x, p, training: x + 0, x, p, training)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_dropout_refuses", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: p = 1 and p = -0.1 are a ValueError, in training and at inference.
for p in (1.0, -0.1):
    checks.raises(ValueError, dropout, torch.ones(2, 3), p, training=True)
    checks.raises(ValueError, dropout, torch.ones(2, 3), p, training=False)
### BEGIN HIDDEN TESTS
for p in (1, 1.5, float("nan"), float("inf"), -1e-6):
    checks.raises(ValueError, dropout, torch.ones(2, 3), p)
    checks.raises(ValueError, dropout, torch.ones(2, 3), p, training=False)
checks.call(dropout, torch.ones(2, 3), 0.999).is_tensor((2, 3))
### END HIDDEN TESTS

# %% [markdown]
# How far from $x$ is the mean of a few draws? The entry has the variance $x^2\,\dfrac{p}{1-p}$, and the mean
# over $n$ draws one $n$ times smaller: the error shrinks like $1/\sqrt{n}$. We drop the last row of
# the weights 2,000 times and follow the mean of three of its entries.

# %% alt="Line chart with a logarithmic axis: the running means of three attention weights swing widely for the first ten draws and settle on their true values, drawn as thin lines, within a few hundred draws."
DRAWS = 2000
generator = torch.Generator().manual_seed(5)
draws = torch.stack([dropout(weights[5], 0.5, generator=generator) for _ in range(DRAWS)])
count = torch.arange(1, DRAWS + 1)

fig, ax = plt.subplots()
for key in (0, 3, 5):
    [line] = ax.plot(count, draws[:, key].cumsum(0) / count, label=f"step → {tokens[key]}")
    ax.axhline(weights[5, key], color=line.get_color(), linewidth=0.6)
ax.set(xscale="log", xlabel="draws", ylabel="mean of the dropped weight", ylim=(0, 0.4))
ax.set_title("p = 0.5: single draws are 0 or double, their mean is the weight")
ax.legend()
plt.show()

# %% [markdown]
# ### Exercise: `dropout_statistics` (10 minutes, 5 points)
#
# Measure it for any $x$: draw `trials` times, return the mean of the draws (of x's shape) and which
# fraction of all entries was dropped, in all draws together. Your `dropout` does the dropping.
#
# <details><summary>Hint 1</summary>
#
# Keep all draws from the same `generator`: it moves on by itself, so that each draw is a new one.
# </details>
# <details><summary>Hint 2</summary>
#
# `x` has no zeros, so a zero in a draw is an entry that was dropped. `.item()` makes a Python float of
# a tensor with one number.
# </details>

# %% nbgrader={"grade": false, "grade_id": "dropout_statistics", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dropout_statistics(x, p, trials, generator=None):
    """Drop x many times: what is the mean, and how much was dropped?

    Args:
        x: a tensor of any shape, without zeros.
        p: the probability to drop an entry, 0 <= p < 1.
        trials: the number of draws, at least 1.
        generator: the torch.Generator to draw from; None is the global one.

    Returns:
        (mean, fraction): the mean over the draws, of x's shape, through which gradients flow to x;
        and the fraction of entries that were dropped, over all draws, as a Python float.

    Example:
        x = [2., 4.] with p = 0.5 and 2 trials, of which one drops the first entry and one drops
        nothing: mean [2., 8.], fraction 0.25
    """
    ### BEGIN SOLUTION
    draws = torch.stack([dropout(x, p, generator=generator) for _ in range(trials)])
    return draws.mean(dim=0), (draws == 0).double().mean().item()
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_dropout_statistics_expectation", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: over 2,000 draws with p = 0.2 the mean is near x, and about a fifth is dropped.
x = torch.arange(1.0, 25.0).reshape(4, 6)
made = checks.call(dropout_statistics, x, 0.2, 2000, generator=torch.Generator().manual_seed(5))
checks.is_tuple(made.result, made.what, 2)
mean, fraction = made.result
if isinstance(mean, torch.Tensor) and (mean == 0).any():
    raise checks.KnownMistake("dropout_statistics: an entry is dropped in all 2,000 draws. Each draw needs a mask of its own.")
checks.equals(mean, x, f"the mean of {made.what}", atol=0, rtol=0.08, mistakes={
    "it is 1 - p times too small: is what is kept scaled?": 0.8 * x,
    "it is divided by the draws that kept the entry: a dropped entry counts as 0.": 1.25 * x,
    "the sum is there: divide it by the number of draws.": 2000 * x,
})
if isinstance(fraction, float) and abs(fraction - 0.8) < 0.03:
    raise checks.KnownMistake(f"the fraction of {made.what}: is the share that was kept, not dropped.")
checks.equals(fraction, 0.2, f"the fraction of {made.what}", atol=0.03, mistakes={
    "it counts the zeros in the mean: count those of each draw.": 0.0,
})
### BEGIN HIDDEN TESTS
x = 1 + torch.rand(3, 4, 5, generator=torch.Generator().manual_seed(54))
for p, rtol in [(0.5, 0.2), (0.1, 0.07)]:
    for each in (x, x.double(), checks.scattered(x)):
        made = checks.call(dropout_statistics, each, p, 1000, generator=torch.Generator().manual_seed(6))
        checks.is_tuple(made.result, made.what, 2)
        checks.equals(made.result[0], each, f"the mean of {made.what}", atol=0, rtol=rtol)
        checks.equals(made.result[1], p, f"the fraction of {made.what}", atol=0.015)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_dropout_statistics_few_draws", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: of 3 draws, the mean tells how often each entry was kept, and the fraction fits that.
x = torch.arange(1.0, 29.0).reshape(4, 7)
made = checks.call(dropout_statistics, x, 0.5, 3, generator=torch.Generator().manual_seed(7))
checks.is_tuple(made.result, made.what, 2)
mean, fraction = made.result
checks.is_tensor(mean, f"the mean of {made.what}", (4, 7))
times = mean / x * 1.5  # how often each entry was kept
if not checks.same(times, times.round().clamp(0, 3)):
    raise checks.KnownMistake(
        "dropout_statistics: in the mean of 3 draws at p = 0.5 each entry is 0, 2/3, 4/3 or 2 times what it is in "
        "x. Here they are not: draw 3 times, each time from x, and divide the sum by 3.")
checks.equals(fraction, round(1 - times.double().mean().item() / 3, 4), f"the fraction of {made.what}", atol=1e-3)
### BEGIN HIDDEN TESTS
def statistics(x, p, trials, seed):
    made = checks.call(dropout_statistics, x, p, trials, generator=torch.Generator().manual_seed(seed))
    checks.is_tuple(made.result, made.what, 2)
    checks.is_tensor(made.result[0], f"the mean of {made.what}", tuple(x.shape), x.dtype)
    return made.result

if (times == times.round()).all() and torch.isin(times.round(), torch.tensor([0.0, 3.0])).all():
    raise checks.KnownMistake("dropout_statistics: all 3 draws drop the same entries. Do not seed each draw anew.")

for trials, p in [(1, 0.25), (6, 0.4)]:
    mean, fraction = statistics(x, p, trials, 8)
    times = mean * (1 - p) / x * trials
    if not checks.same(times, times.round().clamp(0, trials)):
        raise checks.CheckFailed(f"dropout_statistics: no {trials} draws with p = {p} have this mean.")
    checks.equals(fraction, round(1 - times.double().mean().item() / trials, 4), "the fraction that was dropped", atol=1e-3)
if not checks.same(statistics(x, p, 6, 8)[0], mean):
    raise checks.KnownMistake(
        "dropout_statistics: two generators in the same state give different means. Pass the generator on.")
if checks.same(statistics(x, p, 6, 9)[0], mean):
    raise checks.KnownMistake("dropout_statistics: gives the same for two generators with different seeds.")

mean, fraction = statistics(x, 0.0, 4, 8)
checks.equals(mean, x, "the mean with p = 0")
checks.equals(fraction, 0.0, "the fraction with p = 0")

torch.manual_seed(1)
before, first = torch.get_rng_state(), statistics(x, 0.4, 5, 8)[0]
if not torch.equal(before, torch.get_rng_state()):
    raise checks.KnownMistake("dropout_statistics: draws from the global source although a generator is given.")
torch.manual_seed(2)
if not checks.same(statistics(x, 0.4, 5, 8)[0], first):
    raise checks.KnownMistake("dropout_statistics: the global seed changes the mean although a generator is given.")
torch.manual_seed(3)
by_global = checks.call(dropout_statistics, x, 0.4, 5).result[0]
torch.manual_seed(3)
if not checks.same(checks.call(dropout_statistics, x, 0.4, 5).result[0], by_global):
    raise checks.KnownMistake("dropout_statistics: without a generator, the same torch.manual_seed should give the same mean.")

[gradient] = checks.gradients_of(lambda leaf: statistics(leaf, 0.4, 5, 8)[0], [x], "dropout_statistics")
if gradient is None:
    raise checks.KnownMistake("dropout_statistics: no gradient reaches x through the mean. Is there a no_grad() or detach()?")
checks.equals(gradient, checks.weighting(x) * first / x, "dropout_statistics: the gradient of x")
### END HIDDEN TESTS

# %%
for p in (0.1, 0.5, 0.9):
    mean, fraction = dropout_statistics(
        weights[5], p, 5000, generator=torch.Generator().manual_seed(8)
    )
    far = ((mean - weights[5]).abs() / weights[5]).max()
    print(f"p = {p}: dropped {fraction:.3f}, mean off by at most {100 * far:.1f} percent")

# %% [markdown]
# The expectation holds at every rate; the price is noise, which grows with $p$.
#
# ## 5.3 In training, and only there
#
# Why noise at all? Because it is an obstacle to learning by heart. Here is a linear model with 40 weights
# and only 48 noisy examples. Trained without dropout it fits the noise. With half of its inputs dropped
# in every step it cannot rely on any one of them.

# %% alt="Two line charts, training error and error on new examples over 1,500 steps. Without dropout the training error falls to almost zero while the error on new examples rises. With dropout the training error stays higher and the error on new examples stays low."
EXAMPLES, NEW, FEATURES, STEPS = 48, 500, 40, 1500

generator = torch.Generator().manual_seed(1)
x = torch.randn(EXAMPLES + NEW, FEATURES, generator=generator)
truth = torch.randn(FEATURES, generator=generator) / FEATURES**0.5
y = x @ truth
y = y + 0.5 * torch.randn(len(y), generator=generator)
x_train, x_new, y_train, y_new = *x.split([EXAMPLES, NEW]), *y.split([EXAMPLES, NEW])

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True)
for p in (0.0, 0.5):
    w, train_error, new_error = torch.zeros(FEATURES), [], []
    for _ in range(STEPS):
        x_dropped = dropout(x_train, p, generator=generator)
        w = w - 0.04 / EXAMPLES * x_dropped.T @ (x_dropped @ w - y_train)
        # Measured as at inference: nothing is dropped.
        train_error.append((x_train @ w - y_train).square().mean().item())
        new_error.append((x_new @ w - y_new).square().mean().item())
    left.plot(train_error, label=f"p = {p}")
    right.plot(new_error, label=f"p = {p}")
    print(f"p = {p}: error {train_error[-1]:.2f} on the training examples, {new_error[-1]:.2f} on new ones")
left.set(xlabel="step", ylabel="mean squared error", title="training examples")
right.set(xlabel="step", title="new examples")
left.legend()
plt.show()

# %% [markdown]
# Stopped after sixty steps the model without dropout would have done well too, but one has to know
# when to stop. For illustration we drop half. In Transformers rates of 0.1 to 0.2 are usual, and large
# models that see each text only once are often trained without any.
#
# Once trained, the model should give its best answer, and the same one every time it is asked. So at
# inference nothing is dropped, and because the scaling was done in training nothing else has to be done.
#
# Who tells the layer whether it is being trained? In PyTorch every module has a flag, `training`.
# `module.train()` sets it, in all of its parts, `module.eval()` clears it, and a layer that behaves
# differently in the two reads `self.training`.
#
# ### Exercise: `Dropout` (10 minutes, 4 points)
#
# Make a module of it: it remembers `p`, and drops only while it is being trained.
#
# <details><summary>Hint 1</summary>
#
# You never write to `self.training`: `train()` and `eval()` come with `nn.Module`, and a new module is in
# training mode.
# </details>
# <details><summary>Hint 2</summary>
#
# Your function `dropout` has an argument for exactly this flag.
# </details>

# %% nbgrader={"grade": false, "grade_id": "Dropout", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Dropout(nn.Module):
    """Dropout that follows train() and eval().

    Args:
        p: the probability to drop an entry, 0 <= p < 1.

    Called with a tensor of any shape it returns one of the same shape: in training each entry is
    dropped with probability p, anew in every call, and the others are scaled by 1 / (1 - p); after
    eval() it returns its input.
    """

    def __init__(self, p=0.5):
        super().__init__()
        ### BEGIN SOLUTION
        self.p = p
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        return dropout(x, self.p, self.training)
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_Dropout_in_training", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: a new module drops about a fifth of 60,000 ones and makes 1.25 of the rest.
ones = torch.ones(60, 50, 20)
drawn = checks.call(checks.build(Dropout, 0.2, seed=1), ones)
zeros = checks.drops(drawn.result, 1.25 * ones, 0.2, drawn.what, mistakes={
    "the rest is not scaled.": ones,
    "the rest is divided by p: divide by the probability to keep.": 5 * ones,
    "the rest is multiplied by 1 - p: divide by it.": 0.8 * ones,
})
### BEGIN HIDDEN TESTS
checks.one_by_one(zeros, drawn.what)
layer = checks.build(Dropout, seed=2)
x = torch.randn(70, 90, generator=torch.Generator().manual_seed(55))
for each in (x, x.double(), x.reshape(-1), checks.scattered(x), x.reshape(7, 10, 9, 10)):
    drawn = checks.call(layer, each)
    zeros = checks.drops(drawn.result, 2 * each, 0.5, f"{drawn.what}, with p = 0.5 by default")
if checks.same(checks.call(layer, x).result, checks.call(layer, x).result):
    raise checks.KnownMistake("Dropout: drops the same entries in every call. Draw a mask in each forward.")

results = []
def keep_result(leaf):
    results.append(checks.call(layer, leaf).result)
    return results[-1]

[gradient] = checks.gradients_of(keep_result, [x], "Dropout")
if gradient is None:
    raise checks.KnownMistake("Dropout: no gradient reaches its input.")
checks.equals(gradient, checks.weighting(x) * 2 * (results[0].detach() != 0), "Dropout: the gradient of its input")
checks.parameters(layer, {}, "Dropout()")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_Dropout_at_inference", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: after eval() the output is the input; after train() it drops again.
x = torch.arange(1.0, 601.0).reshape(20, 30)
layer = checks.build(Dropout, 0.5)
layer.eval()
made = checks.call(layer, x)
checks.drops_nothing(made.result, x, f"{made.what} after eval()", mistakes={
    "nothing is dropped, so nothing is to be scaled.": 2 * x,
    "the output is too small: with the scaling in training the input stays as it is.": x / 2,
})
layer.train()
drawn = checks.call(layer, x)
zeros = checks.drops(drawn.result, 2 * x, 0.5, f"{drawn.what} after eval() and train()")
### BEGIN HIDDEN TESTS
for p in (0.0, 0.3, 0.9):
    layer = checks.build(Dropout, p)
    model = nn.Sequential(nn.Sequential(layer))
    model.eval()
    for each in (x, x.double()):
        checks.drops_nothing(checks.call(layer, each).result, each, f"Dropout({p}) after eval()")
    checks.gradients(layer, lambda x: x + 0, x)
    model.train()
    drawn = checks.call(layer, x)
    if p:
        zeros = checks.drops(drawn.result, x / (1 - p), p, f"{drawn.what} in a model after eval() and train()")
    else:
        drawn.equals(x)
### END HIDDEN TESTS

# %% [markdown]
# PyTorch's `nn.Dropout` does the same, and from here on we use it. Look at what it does, not at *which*
# entries it drops: on some processors it takes its random numbers in another order, so that the same
# seed gives another mask on the computer next to yours
# ([pytorch#84030](https://github.com/pytorch/pytorch/issues/84030)). Whoever compares outputs with a book
# should know. `torch.rand` has no such difference, which is why the masks shown here come from it.

# %%
layer = nn.Dropout(0.5)
x = torch.ones(100)
print("training: two calls agree?  ", torch.equal(layer(x), layer(x)))
print("training: values that occur:", layer(x).unique())
layer.eval()
print("inference: output is input? ", torch.equal(layer(x), x))

# %% [markdown]
# A model has a dropout in many places. To change the rate for an experiment one wants a single call.
#
# ### Exercise: `set_dropout` (10 minutes, 4 points)
#
# Set `p` of every `nn.Dropout` in a model, however deep, and return how many there are. The same module
# may stand in two places of a model; it counts once.
#
# <details><summary>Hint 1</summary>
#
# `model.children()` goes one level down. One of its relatives goes all the way, starts with the model
# itself, and names each module once.
# </details>
# <details><summary>Hint 2</summary>
#
# `isinstance(module, nn.Dropout)`. Other modules have an attribute `p` too, and attributes that are called
# `dropout` need not be modules.
# </details>

# %% nbgrader={"grade": false, "grade_id": "set_dropout", "locked": false, "schema_version": 3, "solution": true, "task": false}
def set_dropout(model, p):
    """Set the rate of every nn.Dropout of a model, in place.

    Args:
        model: an nn.Module, possibly an nn.Dropout itself.
        p: the new probability to drop an entry.

    Returns:
        how many different nn.Dropout modules there are, an int.

    Example:
        nn.Sequential(nn.Dropout(0.1), nn.Linear(3, 2), nn.Dropout(0.1)) gives 2
    """
    ### BEGIN SOLUTION
    found = [module for module in model.modules() if isinstance(module, nn.Dropout)]
    for module in found:
        module.p = p
    return len(found)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_set_dropout_any_depth", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: three dropouts, one of them two levels further down.
deep = nn.Sequential(nn.ReLU(), nn.Sequential(nn.Dropout(0.2), nn.Linear(2, 4)))
model = nn.Sequential(nn.Dropout(0.1), nn.Linear(3, 2), deep, nn.Dropout(0.5))
count = checks.call(set_dropout, model, 0.5)
rates = [model[0].p, model[2][1][0].p, model[3].p]
if rates != [0.5, 0.5, 0.5]:
    raise checks.KnownMistake(f"{count.what}: the three rates should be 0.5, but are {rates}: some dropouts are not "
                              "found. Every nn.Dropout counts, whatever its name and however deep it is.")
count.equals(3, mistakes={
    "all modules are counted, not only the dropouts.": 9,
    "only those whose rate changes are counted: count every dropout.": 2,
})
### BEGIN HIDDEN TESTS
layer = nn.TransformerEncoderLayer(d_model=4, nhead=2, dim_feedforward=8, dropout=0.1, batch_first=True)
model = nn.ModuleDict({"layers": nn.ModuleList([layer, nn.Dropout(0.7)]), "loss": nn.MultiMarginLoss(p=2)})
model.eval()
count = checks.call(set_dropout, model, 0.25)
if model["loss"].p != 2:
    raise checks.KnownMistake("set_dropout: changes p of a module that is no nn.Dropout.")
count.equals(4)
rates = [model["layers"][0].dropout.p, model["layers"][0].dropout1.p, model["layers"][0].dropout2.p, model["layers"][1].p]
if rates != [0.25] * 4:
    raise checks.CheckFailed(f"{count.what}: four rates in a nested model should be 0.25, but are {rates}.")
if model["layers"][0].self_attn.dropout != 0.1:
    raise checks.KnownMistake("set_dropout: changes an attribute `dropout` of a module that is no nn.Dropout.")
if any(module.training for module in model.modules()):
    raise checks.KnownMistake("set_dropout: a model in eval mode has parts in training mode afterwards. Set p and nothing else.")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_set_dropout_distinct", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: one dropout in two places counts once; a model may be a dropout, or have none.
shared = nn.Dropout(0.1)
count = checks.call(set_dropout, nn.Sequential(shared, nn.Linear(3, 2), nn.Sequential(shared)), 0.3)
if count.result == 2:
    raise checks.KnownMistake("set_dropout: counts a dropout that stands in two places twice.")
count.equals(1)
checks.call(set_dropout, nn.Linear(3, 2), 0.3).equals(0)
alone = nn.Dropout(0.1)
checks.call(set_dropout, alone, 0.3).equals(1)
if alone.p != 0.3:
    raise checks.KnownMistake(f"set_dropout: the model is an nn.Dropout itself; its p should be 0.3, but is {alone.p}.")
### BEGIN HIDDEN TESTS
again = nn.Sequential(nn.Dropout(0.3), nn.Dropout(0.3), shared, nn.Sequential(shared, nn.Sequential(shared)))
made = checks.call(set_dropout, again, 0.3)
made.equals(3)
checks.call(set_dropout, again, 0.0).equals(3)
again.train()
if not torch.equal(again(torch.ones(50)), torch.ones(50)):
    raise checks.KnownMistake("set_dropout: with p = 0 a model of dropouts still drops.")
if not all(module.training for module in again.modules()):
    raise checks.KnownMistake("set_dropout: changes the mode of the model. Set p and nothing else.")
### END HIDDEN TESTS

# %% [markdown]
# ## 5.4 Two places in attention
#
# Back to the triangle of weights. Above the diagonal everything is zero already; dropout takes a random
# part of what is below. The picture shows weights, coins and result.

# %% alt="Three heatmaps over the causal triangle: the attention weights, fading from the first column to the last row; the entries that are kept, about half of the triangle; and the kept weights, twice as dark. The first row of the last picture is empty."
keep = torch.rand(6, 6, generator=torch.Generator().manual_seed(16)) >= 0.5
dropped = apply_dropout(weights, keep, 0.5)

fig, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 3.6))
figures.heatmap(weights, tokens, tokens, title="weights", limits=(0, 1.2), ax=left)
figures.heatmap(keep.tril().float(), tokens, tokens, title="kept (dark)", limits=(0, 1), ax=middle)
figures.heatmap(dropped, tokens, tokens, title="weights after dropout", limits=(0, 1.2), ax=right)
plt.show()

# %%
print(dropped)
print("row sums:", dropped.sum(dim=-1))

# %% [markdown]
# Two things to notice.
#
# - **The rows do not sum to one any more**, and that is as it should be: only their mean over many draws
#   does. Whoever divides by the sum again undoes the scaling.
# - *Your* has one weight only, itself. It was dropped, so its row is empty and its context vector is
#   zero in this step. In the next step other coins fall.
#
# **The first place** for dropout in attention is this one: on the weights, after the softmax and before
# they meet the values. A dropped weight cuts one connection: this query does not see that key, with none
# of its features. **The second place** is behind: on the vectors that come out, where single features of
# a token are lost. In 2017 the Transformer dropped from the output of each sublayer before it was added
# to its input, with a rate of 0.1 (Vaswani et al., [arXiv:1706.03762](https://arxiv.org/abs/1706.03762),
# section 5.4). GPT-2 has both. The second place comes back in chapter 8; ours is the first.
#
# Before the softmax would be the wrong place: a score of zero is not "no attention" but a score like any
# other, and the softmax would turn it into a positive weight.

# %% alt="Two heatmaps: on the left, the triangle of weights with single cells emptied, each a connection between two tokens; on the right, the context vectors with single features emptied."
context = weights @ inputs  # with the embeddings themselves as values: all positive, easy to draw
keep_features = torch.rand(6, 3, generator=torch.Generator().manual_seed(1)) >= 0.5
features = ["feature 1", "feature 2", "feature 3"]

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6))
figures.heatmap(dropped, tokens, tokens, title="first place: connections go", ax=left)
figures.heatmap(apply_dropout(context, keep_features, 0.5), tokens, features, ylabel="token",
                xlabel="context vector", title="second place: features go", ax=right)
plt.show()

# %% [markdown]
# ## 5.5 Causal attention, complete
#
# ### Exercise: `CausalAttention` (20 minutes, 8 points)
#
# Your causal self-attention of chapter 4 with one part more: an `nn.Dropout` called `dropout`, on the
# attention weights. All that was asked there is asked here:
#
# - `W_query`, `W_key`, `W_value` are `nn.Linear(d_in, d_out)`, made in this order, with a bias only if
#   `qkv_bias` is true; scores are scaled by $\sqrt{d_{out}}$;
# - the causal mask is a registered buffer called `mask`;
# - inputs of shape (b, T, d_in) with any T up to `context_length`; a longer one is a `ValueError` whose
#   message names both lengths.
#
# <details><summary>Hint 1</summary>
#
# Start from your `CausalSelfAttention`. Two lines are new: one makes `self.dropout`, one uses it.
# </details>
# <details><summary>Hint 2</summary>
#
# `self.dropout(...)` reads the mode by itself: no `if self.training` is needed.
# </details>

# %% nbgrader={"grade": false, "grade_id": "CausalAttention", "locked": false, "schema_version": 3, "solution": true, "task": false}
class CausalAttention(nn.Module):
    """Causal self-attention with dropout on its attention weights.

    Args:
        d_in, d_out: features of a token before and after.
        context_length: the most tokens that a sequence may have.
        dropout: the probability to drop an attention weight in training.
        qkv_bias: whether the three linear layers have a bias.

    Called with x of shape (b, T, d_in) it returns context vectors of shape (b, T, d_out).

    Raises:
        ValueError: when called with T above context_length; the message names both lengths.
    """

    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        ### BEGIN SOLUTION
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        future = torch.ones(context_length, context_length, dtype=torch.bool).triu(diagonal=1)
        self.register_buffer("mask", future)
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        num_tokens, longest = x.shape[-2], len(self.mask)
        if num_tokens > longest:
            raise ValueError(f"{num_tokens} tokens, but the context length is {longest}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5
        scores = scores.masked_fill(self.mask[:num_tokens, :num_tokens], -torch.inf)
        weights = self.dropout(scores.softmax(dim=-1))
        return weights @ values
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_CausalAttention_values", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: seed 123, no dropout, the batch of two: the same six rows twice.
attention = checks.build(CausalAttention, 3, 2, 6, 0.0, seed=123)
rows = torch.tensor([[-0.4519, 0.2216], [-0.5874, 0.0058], [-0.6300, -0.0632],
                     [-0.5675, -0.0843], [-0.5526, -0.0981], [-0.5299, -0.1081]])
made = checks.call(attention, batch)
made.is_tensor((2, 6, 2))
checks.equals(made.result[0, 1], rows[1], f"{made.what}: the context vector of journey", atol=1e-4, mistakes={
    "the future is not masked.": torch.tensor([-0.5323, -0.1080]),
    "the past is masked, not the future.": torch.tensor([-0.5480, -0.1724]),
    "future weights are set to zero after the softmax, and the rows do not sum to one.": torch.tensor([-0.1989, 0.0020]),
    "the softmax runs over the queries: for each query, the weights of its keys sum to one.": torch.tensor([-0.2264, -0.0039]),
    "the scores are not scaled: divide them by √d_out.": torch.tensor([-0.5893, 0.0029]),
    "the scores are divided by d_out: take its root.": torch.tensor([-0.5862, 0.0078]),
    "the scores are divided by √d_in: queries and keys have d_out features.": torch.tensor([-0.5866, 0.0071]),
    "the scores are divided by √T: queries and keys have d_out features.": torch.tensor([-0.5856, 0.0087]),
    "keys and queries have changed places.": torch.tensor([-0.5790, 0.0192]),
    "the keys are made by W_query.": torch.tensor([-0.5829, 0.0130]),
    "keys and values have changed places, in the weighted sum or in the order in which the layers are made.":
        torch.tensor([-0.7273, 0.1840]),
    "the layers are made in another order than W_query, W_key, W_value.": torch.tensor([-0.3256, 0.1654]),
})
made.equals(torch.stack([rows, rows]), atol=1e-4)
### BEGIN HIDDEN TESTS
def projected(attention, x):
    return attention.W_query(x), attention.W_key(x), attention.W_value(x)

generator = torch.Generator().manual_seed(56)
for b, T, bias in [(2, 5, False), (1, 7, True), (4, 1, False), (3, 6, True)]:
    attention = checks.build(CausalAttention, 3, 4, 7, 0.0, qkv_bias=bias, seed=57)
    x = torch.randn(b, T, 3, generator=generator)
    q, k, v = (part.detach() for part in projected(attention, x))
    checks.call(attention, x).equals(F.scaled_dot_product_attention(q, k, v, is_causal=True))

attention = checks.build(CausalAttention, 3, 4, 7, 0.0, seed=58).double()
x = torch.randn(2, 5, 3, generator=generator).double()
expected = F.scaled_dot_product_attention(*projected(attention, x), is_causal=True).detach()
checks.equals(checks.call(attention, x).result, expected, "CausalAttention in float64")
checks.gradients(attention, lambda x: F.scaled_dot_product_attention(*projected(attention, x), is_causal=True), x)

# All scores equal and very low: no finite number is low enough for the future.
low = checks.build(CausalAttention, 3, 4, 7, 0.0, seed=59)
with torch.no_grad():
    low.W_query.weight.copy_(torch.tensor([1e9, 0.0, 0.0]).expand(4, 3))
    low.W_key.weight.copy_(torch.tensor([-1e9, 0.0, 0.0]).expand(4, 3))
x = torch.cat([torch.ones(2, 5, 1), torch.randn(2, 5, 2, generator=generator)], dim=2)
values = low.W_value(x).detach()
checks.equals(checks.call(low, x).result, values.cumsum(1) / torch.arange(1.0, 6.0)[:, None], "CausalAttention with very low scores", mistakes={
    "future keys get weight: mask their scores with -inf, not with a large negative number.":
        torch.cat([values.flip(1).cumsum(1).flip(1)[:, 1:] / torch.arange(4.0, 0.0, -1)[:, None], values.mean(1, keepdim=True)], dim=1),
})
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_CausalAttention_parts", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: its parameters, its buffer, its dropout, and a sequence that is too long.
attention = checks.build(CausalAttention, 3, 4, 7, 0.1)
mask = checks.buffer(attention, "mask", "CausalAttention(3, 4, 7, 0.1)")
checks.parameters(attention, {f"{name}.weight": (4, 3) for name in ("W_query", "W_key", "W_value")}, "CausalAttention(3, 4, 7, 0.1)")
if not isinstance(getattr(attention, "dropout", None), nn.Dropout) or attention.dropout.p != 0.1:
    raise checks.KnownMistake("CausalAttention(3, 4, 7, 0.1): its attribute dropout should be an nn.Dropout with p = 0.1.")
checks.raises(ValueError, attention, torch.ones(2, 9, 3), mentions=(9, 7))
### BEGIN HIDDEN TESTS
attention = checks.build(CausalAttention, 5, 2, 11, 0.3, True)
sizes = {"weight": (2, 5), "bias": (2,)}
checks.parameters(attention, {f"{layer}.{part}": size for layer in ("W_query", "W_key", "W_value") for part, size in sizes.items()},
                  "CausalAttention(5, 2, 11, 0.3, qkv_bias=True)")
if attention.dropout.p != 0.3:
    raise checks.KnownMistake(f"CausalAttention(5, 2, 11, 0.3): its dropout has p = {attention.dropout.p}, expected 0.3.")
checks.raises(ValueError, attention, torch.ones(1, 12, 5), mentions=(12, 11))
attention.eval()
checks.call(attention, torch.ones(1, 11, 5)).is_tensor((1, 11, 2))
attention = checks.build(CausalAttention, 5, 2, 11, 0.0)
x = torch.randn(3, 8, 5, generator=torch.Generator().manual_seed(60))
checks.trains(attention, x, what="CausalAttention(5, 2, 11, 0.0)")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_CausalAttention_dropout", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: with p = 0.4, calls differ in training; after eval() nothing is dropped.
attention = checks.build(CausalAttention, 3, 4, 7, 0.4, seed=61)
x = torch.randn(8, 5, 3, generator=torch.Generator().manual_seed(61))
first, second = checks.call(attention, x), checks.call(attention, x)
first.is_tensor((8, 5, 4))
if checks.same(first.result, second.result):
    raise checks.KnownMistake("CausalAttention: two calls in training give the same, so nothing is dropped.")
attention.eval()
first, second = checks.call(attention, x).result, checks.call(attention, x).result
if not checks.same(first, second):
    raise checks.KnownMistake("CausalAttention: two calls after eval() differ, so something is still dropped.")
without = checks.build(CausalAttention, 3, 4, 7, 0.0, seed=61)  # the same weights, and p = 0
checks.equals(first.detach(), checks.call(without, x).result.detach(), "CausalAttention after eval(), against p = 0")
### BEGIN HIDDEN TESTS
if not isinstance(getattr(attention, "dropout", None), nn.Dropout):
    raise checks.KnownMistake("CausalAttention: its attribute dropout should be an nn.Dropout.")
# Values that are the identity, twice side by side, show the weights that were used, twice.
b, T, WIDE = 600, 30, 60
attention = checks.build(CausalAttention, T + 2, WIDE, T + 3, 0.4, seed=62)
twice = torch.cat([torch.eye(T, T + 2)] * 2)
with torch.no_grad():
    attention.W_value.weight.copy_(twice)
x = torch.cat([torch.eye(T).expand(b, T, T), torch.randn(b, T, 2, generator=torch.Generator().manual_seed(62))], dim=2)
attention.eval()
plain = checks.call(attention, x).result[..., :T].detach()
allowed = (plain != 0).all(dim=0)

attention.train()
made = checks.call(attention, x)
made.is_tensor((b, T, WIDE))
used, copy = made.result.detach().split(T, dim=2)
if not checks.same(used, copy):
    raise checks.KnownMistake(
        "CausalAttention: one feature of a token is dropped while another is kept. Drop the weights, before "
        "they are multiplied with the values; neither the values nor the context vectors.")
if (used[:, allowed] > 0).all() and not checks.same(used, plain):
    raise checks.KnownMistake(
        "CausalAttention: in training the weights differ from those without dropout, but none is zero. "
        "The dropout belongs after the softmax: a score that is set to zero still gets weight.")
checks.one_by_one((used == 0)[:, allowed], "the weights that CausalAttention uses in training (batch, weights)")
kept_only = plain.masked_fill(used == 0, 0)
zeros = checks.drops(used, plain / 0.6, 0.4, "the weights that CausalAttention uses in training, against those after eval()", mistakes={
    "what is kept is not scaled.": plain,
    "they are renormalised after the dropout, which undoes its scaling.":
        kept_only / kept_only.sum(-1, keepdim=True).clamp(min=1e-9),
})

attention.dropout.p = 0.0
checks.equals(checks.call(attention, x).result[..., :T].detach(), plain, "the weights of CausalAttention in training, its dropout.p set to 0")
attention.dropout.p = 0.7
attention.eval()
checks.equals(checks.call(attention, x).result[..., :T].detach(), plain, "the weights of CausalAttention after eval()")
attention.train()
made = checks.call(attention, x)
zeros = checks.drops(made.result[..., :T].detach(), plain / 0.3, 0.7, "the weights that CausalAttention uses once its dropout.p is 0.7")
### END HIDDEN TESTS

# %%
torch.manual_seed(123)
attention = CausalAttention(3, 2, 6, 0.0)
context = attention(batch)
print("shape:", tuple(context.shape))
print(context.detach())

# %% [markdown]
# Six tokens in, six context vectors out, the same for both copies of the sentence, because nothing is
# dropped at $p = 0$.
#
# ## 5.6 Bug clinic: the heatmap that did not add up
#
# Heatmaps of attention weights are drawn to see what a model looks at. A published lesson trained a small
# self-attention, kept the weights in `last_attn_weights`, and drew them. The sums of the rows in one of
# its pictures were 0.17, 1.11, 1.11 and 0.42. Its dropout was 0.1; and 1.11 is 1/0.9.
#
# The function below is the heart of such code: it returns the context vectors and the weights that will
# be drawn. `weights_of` is sound: its rows sum to one. The fault, and there is more than one, is in
# `attention_as_found`.

# %% nbgrader={"grade": false, "grade_id": "given_clinic", "locked": true, "schema_version": 3, "solution": false, "task": false}
def weights_of(queries, keys):
    """Attention weights, not masked, from PyTorch's own attention.

    Args:
        queries: shape (b, T_q, d).
        keys: shape (b, T_k, d).

    Returns:
        shape (b, T_q, T_k); each row sums to one.
    """
    b, T_k = keys.shape[:2]
    identity = torch.eye(T_k, dtype=keys.dtype).expand(b, T_k, T_k)
    return F.scaled_dot_product_attention(queries, keys, identity)


def attention_as_found(queries, keys, values, p, training):
    """Attention with dropout, as it was found: (context vectors, weights to be drawn)."""
    weights = weights_of(queries, keys)
    weights = F.dropout(weights, p)
    return weights @ values, weights

# %% [markdown]
# This is what such a picture looks like, once with the weights before dropout and once with those after
# it. The mask is again one of `torch.rand`, with $p = 0.1$.

# %% alt="Two heatmaps of attention weights. On the left, before dropout, all six rows have six grey cells. On the right, after dropout, a few cells are empty and all others slightly darker."
before = weights_of(sentence, sentence)[0]
keep = torch.rand(6, 6, generator=torch.Generator().manual_seed(28)) >= 0.1
after = apply_dropout(before, keep, 0.1)
for name, drawn in [("before dropout", before), ("after dropout", after)]:
    print(f"{name}: rows sum to", ", ".join(f"{row:.2f}" for row in drawn.sum(dim=-1)))

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6))
figures.heatmap(before, tokens, tokens, title="what the model attends to", limits=(0, 0.3), ax=left)
figures.heatmap(after, tokens, tokens, title="what was drawn: rows do not sum to one", limits=(0, 0.3), ax=right)
plt.show()

# %% [markdown]
# The empty cells are chance: on the right *journey* seems to ignore *starts*, whose embedding is nearly
# its own. Whoever explains that picture explains coins.
#
# Before you mend a fault, show it. A test that fails on the faulty code and passes on the mended one
# proves that you found the fault and not something else, and it stays when you have left.
#
# What sound code does:
#
# 1. The weights it returns are attention weights: each row sums to one, in training too.
# 2. At inference (`training=False`) nothing is dropped: the context vectors are exactly what weights and
#    values give, and come out the same every time.
#
# ### Exercise: `assert_sound` (15 minutes, 6 points)
#
# Write that as assertions. Your function is given an attention function to examine, and queries, keys,
# values and $p$ to examine it with. It raises an `AssertionError` if one of the two promises is broken, and
# returns quietly if both hold. Floating-point sums are seldom exactly one, so compare with a tolerance.
#
# <details><summary>Hint 1</summary>
#
# `context, weights = attention(queries, keys, values, p, training=True)` is what is drawn during training.
# `torch.allclose(a, b, atol=1e-4)` compares with a tolerance.
# </details>
# <details><summary>Hint 2</summary>
#
# For the second promise call it with `training=False`. Twice, and compare; or once, and compare the
# context vectors with the product of weights and values. `attention_as_found` breaks both promises, but
# your function will also meet code that breaks only one.
# </details>

# %% nbgrader={"grade": false, "grade_id": "assert_sound", "locked": false, "schema_version": 3, "solution": true, "task": false}
def assert_sound(attention, queries, keys, values, p):
    """Assert that an attention function returns true weights and drops nothing at inference.

    Args:
        attention: called as attention(queries, keys, values, p, training); returns (context, weights).
        queries: shape (b, T_q, d).
        keys: shape (b, T_k, d).
        values: shape (b, T_k, d_v).
        p: the probability to drop an attention weight in training, 0 < p < 1.

    Raises:
        AssertionError: if the rows of the weights do not sum to one, in training or at inference,
            or if something is dropped at inference.
    """
    ### BEGIN SOLUTION
    for training in (True, False):
        context, weights = attention(queries, keys, values, p, training)
        sums = weights.sum(dim=-1)
        assert torch.allclose(sums, torch.ones_like(sums), atol=1e-4), "rows do not sum to one"
    assert torch.allclose(context, weights @ values, atol=1e-4), "dropped at inference"
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_assert_sound_as_found", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: it raises AssertionError for the code as found, and not for sound code.
def sound_without_dropout(queries, keys, values, p, training):
    weights = weights_of(queries, keys)
    return weights @ values, weights

generator = torch.Generator().manual_seed(63)
queries, keys = torch.randn(3, 7, 4, generator=generator), torch.randn(3, 8, 4, generator=generator)
values = torch.randn(3, 8, 5, generator=generator)
checks.raises(AssertionError, assert_sound, attention_as_found, queries, keys, values, 0.5,
              hint="It breaks both promises.")
sound = checks.call(assert_sound, sound_without_dropout, queries, keys, values, 0.5)
### BEGIN HIDDEN TESTS
torch.manual_seed(64)
checks.raises(AssertionError, assert_sound, attention_as_found, queries[:1], keys[:1], values[:1], 0.3,
              hint="It breaks both promises.")
sound = checks.call(assert_sound, sound_without_dropout, queries[:1], keys[:1], values[:1], 0.3)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_assert_sound_one_fault", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# Test: code that breaks one promise is caught too (seen when graded); sound code is not.
def sound_without_dropout(queries, keys, values, p, training):
    weights = weights_of(queries, keys)
    return weights @ values, weights

token = torch.ones(1, 1, 3)
sound = checks.call(assert_sound, sound_without_dropout, token, token, token, 0.5)
### BEGIN HIDDEN TESTS
def drawn_after_dropout(queries, keys, values, p, training):
    weights = F.dropout(weights_of(queries, keys), p, training)
    return weights @ values, weights

def drops_at_inference(queries, keys, values, p, training):
    weights = weights_of(queries, keys)
    return F.dropout(weights, p) @ values, weights

def drawn_after_unscaled_dropout(queries, keys, values, p, training):
    weights = weights_of(queries, keys)
    if training:
        weights = weights * (torch.rand(weights.shape) >= p)
    return weights @ values, weights

def sound_with_dropout(queries, keys, values, p, training):
    weights = weights_of(queries, keys)
    return F.dropout(weights, p, training) @ values, weights

def sound_detached(queries, keys, values, p, training):
    weights = weights_of(queries, keys)
    used = weights * (torch.rand(weights.shape) >= p) / (1 - p) if training else weights
    return used @ values, weights.detach()

generator = torch.Generator().manual_seed(65)
for b, T_q, T_k in [(2, 9, 6), (1, 8, 11)]:
    queries, keys = torch.randn(b, T_q, 4, generator=generator), torch.randn(b, T_k, 4, generator=generator)
    values = torch.randn(b, T_k, 3, generator=generator)
    for faulty in (drawn_after_dropout, drawn_after_unscaled_dropout):
        torch.manual_seed(66)
        checks.raises(AssertionError, assert_sound, faulty, queries, keys, values, 0.5,
                      hint="In training the rows of its weights do not sum to one.")
    torch.manual_seed(67)
    checks.raises(AssertionError, assert_sound, drops_at_inference, queries, keys, values, 0.5,
                  hint="The weights it returns are right, but it drops some of them at inference.")
    for right in (sound_with_dropout, sound_detached):
        torch.manual_seed(68)
        sound = checks.call(assert_sound, right, queries, keys, values, 0.5)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise: `mended_attention` (5 minutes, 4 points)
#
# Now mend it: the same arguments, the same two results, both promises kept. In training the dropout has to
# stay: the context vectors are still made from dropped weights.
#
# <details><summary>Hint 1</summary>
#
# Two different things have the same name in the faulty code.
# </details>
# <details><summary>Hint 2</summary>
#
# `F.dropout` is a function and knows no module whose mode it could ask. Look up what it takes as its third
# argument, and what it assumes if it gets none.
# </details>

# %% nbgrader={"grade": false, "grade_id": "mended_attention", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mended_attention(queries, keys, values, p, training):
    """Attention with dropout on its weights.

    Args:
        queries: shape (b, T_q, d).
        keys: shape (b, T_k, d).
        values: shape (b, T_k, d_v).
        p: the probability to drop an attention weight in training.
        training: whether to drop at all.

    Returns:
        (context, weights): the context vectors, shape (b, T_q, d_v), made from dropped weights in
        training; and the weights as they are before dropout, shape (b, T_q, T_k).
    """
    ### BEGIN SOLUTION
    weights = weights_of(queries, keys)
    dropped = F.dropout(weights, p, training)
    return dropped @ values, weights
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_mended_attention_weights", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: the weights that come back are those before dropout, in training and at inference.
generator = torch.Generator().manual_seed(69)
queries, keys = torch.randn(2, 5, 3, generator=generator), torch.randn(2, 7, 3, generator=generator)
values = torch.randn(2, 7, 4, generator=generator)
for training in (True, False):
    made = checks.call(mended_attention, queries, keys, values, 0.5, training)
    checks.is_tuple(made.result, made.what, 2)
    shown = made.result[1]
    checks.is_tensor(shown, f"the weights of {made.what}", (2, 5, 7))
    if (shown == 0).any():
        raise checks.KnownMistake(f"the weights of {made.what}: some are zero, they are those after dropout.")
    checks.equals(shown.sum(-1), torch.ones(2, 5), f"the row sums of the weights of {made.what}")
### BEGIN HIDDEN TESTS
    checks.equals(shown.detach(), weights_of(queries, keys), f"the weights of {made.what}")
made = checks.call(mended_attention, queries.double(), keys.double(), values.double(), 0.5, True)
checks.equals(made.result[1].detach(), weights_of(queries.double(), keys.double()), f"the weights of {made.what} in float64")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_mended_attention_context", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: at inference nothing is dropped from the context vectors; in training two calls differ.
generator = torch.Generator().manual_seed(70)
queries, keys = torch.randn(2, 5, 3, generator=generator), torch.randn(2, 7, 3, generator=generator)
values = torch.randn(2, 7, 4, generator=generator)

def context_of(queries, keys, values, p, training):
    made = checks.call(mended_attention, queries, keys, values, p, training)
    checks.is_tuple(made.result, made.what, 2)
    checks.is_tensor(made.result[0], f"the context of {made.what}", (*queries.shape[:2], values.shape[2]), values.dtype)
    return made.result[0]

if not checks.same(context_of(queries, keys, values, 0.5, False), context_of(queries, keys, values, 0.5, False)):
    raise checks.KnownMistake("mended_attention: two calls with training=False differ, so something is still dropped.")
checks.equals(context_of(queries, keys, values, 0.5, False), weights_of(queries, keys) @ values, "mended_attention: the context at inference")
if checks.same(context_of(queries, keys, values, 0.5, True), context_of(queries, keys, values, 0.5, True)):
    raise checks.KnownMistake("mended_attention: two calls in training give the same context, so the dropout is gone.")
### BEGIN HIDDEN TESTS
# Values that are the identity, twice side by side, show the weights that were used, twice.
queries, keys = torch.randn(60, 40, 3, generator=generator), torch.randn(60, 30, 3, generator=generator)
twice = torch.cat([torch.eye(30)] * 2, dim=1).expand(60, 30, 60)
plain = weights_of(queries, keys)
torch.manual_seed(71)
used, copy = context_of(queries, keys, twice, 0.3, True).detach().split(30, dim=2)
if not checks.same(used, copy):
    raise checks.KnownMistake("mended_attention: drop the weights, neither the values nor the context vectors.")
kept_only = plain.masked_fill(used == 0, 0)
zeros = checks.drops(used, plain / 0.7, 0.3, "the weights that mended_attention uses in training", mistakes={
    "what is kept is not scaled.": plain,
    "they are renormalised after the dropout, which undoes its scaling.":
        kept_only / kept_only.sum(-1, keepdim=True).clamp(min=1e-9),
})
checks.one_by_one(zeros, "the weights that mended_attention uses in training")
checks.gradients(lambda q, k, v: context_of(q, k, v, 0.5, False), lambda q, k, v: weights_of(q, k) @ v,
                 queries[:2, :5], keys[:2, :7], values)
for training in (True, False):
    checks.equals(context_of(queries, keys, twice, 0.0, training).detach(), plain @ twice, "mended_attention: the context with p = 0")
### END HIDDEN TESTS

# %%
for name, function in [("as found", attention_as_found), ("mended", mended_attention)]:
    try:
        assert_sound(function, sentence, sentence, sentence, 0.5)
        print(f"{name}: sound")
    except AssertionError as error:
        print(f"{name}: not sound, {error}")

# %% [markdown] nbgrader={"grade": false, "grade_id": "question_dropout", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Question: `written_dropout` (10 minutes, 4 points, read by a person)
#
# Dropout on the attention weights is one place. Name two others in a Transformer and say what is lost
# there when an entry is dropped. Then say why nothing is dropped at inference, and why nothing has to be
# rescaled there either.
#
# ### BEGIN MARK SCHEME
# - 1 point: two other places, of: token or position embeddings, the output of a sublayer before it is added
#   to its input, inside the feed-forward layer, on the context vectors.
# - 1 point: what is lost there, rightly told from a connection between tokens: features of one token, or
#   hidden units of the feed-forward layer. On the scores before the softmax is no such place.
# - 1 point: at inference one wants the best answer and the same one every time; noise only helps learning.
# - 1 point: the scaling by 1/(1-p) in training keeps the expectation, so that the sizes which later layers
#   were trained on are those of inference.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_dropout", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# Dropout can go on the embeddings, where single features of a token are hidden from the whole network, and
# on the output of a sublayer before it is added to its input, where single features of what this sublayer
# has found are lost while the token itself passes by unharmed. In both places a feature is lost, not a
# connection between two tokens. At inference nothing is to be learned: the noise would only make the answer
# worse and different from call to call. Nothing is rescaled, because in training what was kept was divided
# by 1 - p, so that the layers behind it were trained on inputs of the same average size as without dropout.
# ### END SOLUTION

# %% [markdown]
# ## 5.7 What breaks next
#
# `CausalAttention` is finished. Look at the weights of one of its rows: they sum to one, so a token that
# attends strongly to one word has little left for the others.

# %%
print("shares of journey:", weights[1, :2])
print("shares of step:   ", weights[5])

# %% [markdown]
# In one sentence a word may need its subject, its tense and the word before it, all at once and for
# different reasons. One row of weights has to make a compromise. Chapter 6 gives each token several rows:
# several attentions side by side, the *heads*.
#
# ## Your progress
#
# This cell lists the exercises whose tests have run since you started the notebook. To run
# everything anew: *Run > Restart Kernel and Run All Cells*. Tests that are hidden from you run when the
# notebook is graded.

# %%
progress.show("05_dropout")
