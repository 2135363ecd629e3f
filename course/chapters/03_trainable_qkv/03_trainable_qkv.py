# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 3. Trainable queries, keys and values
#
# **The question of this chapter:** so far attention is a fixed recipe. Two tokens whose embeddings
# are alike attend to each other, and nothing can change that. How does attention become something
# that *learns* whom to look at?
#
# By the end you will have given attention three matrices to train, found out why scores are divided
# by $\sqrt{d_k}$, built the same module twice, shown that a piece of code which looks right is
# wrong, and trained attention on two Chinese sentences until you can see in a heatmap what it
# learned.
#
# The chapter takes about two and a half hours. Exercises have a cell with a `TODO` that you
# replace, followed by test cells that tell you what is wrong with your answer. Run the cells from
# top to bottom.

# %% nbgrader={"grade": false, "grade_id": "given_imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import copy

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

from course.notebook import checks, data, drawing, figures, progress

figures.use_style()

# %% nbgrader={"grade": false, "grade_id": "given_inputs", "locked": true, "schema_version": 3, "solution": false, "task": false}
tokens = data.TOKENS
inputs = data.inputs()  # "Your journey starts with one step", float32 of shape (6, 3)

# %% [markdown]
# ## 3.1 One vector, three jobs
#
# In self-attention without weights the same embedding does everything. It asks, it is asked, and it
# is what gets mixed into the answer. Three jobs, one vector; so the scores are symmetric and
# nothing can be trained.
#
# Think of a library search. You type a few words: the **query**. Each book has an entry in the
# catalogue that is made for being found: the **key**. What you take home is neither of them, it is
# the book: the **value**. A good query does not look like a book, and a catalogue entry is not
# a book either.
#
# Trainable attention gives each job a matrix of its own (Vaswani et al. 2017,
# [arXiv:1706.03762](https://arxiv.org/abs/1706.03762), section 3.2). From each token $x$ it makes
#
# $$ q = x\,W_q \qquad k = x\,W_k \qquad v = x\,W_v $$
#
# Every word now asks a question of its own, and training may change what is asked ($W_q$), by what
# a word is found ($W_k$) and what it hands over ($W_v$). The vectors may be of another width: here
# tokens have $d_\text{in} = 3$ numbers and queries, keys and values $d_\text{out} = 2$, so that you
# can tell the two apart in every shape.

# %% nbgrader={"grade": false, "grade_id": "given_weights", "locked": true, "schema_version": 3, "solution": false, "task": false}
torch.manual_seed(123)
W_query = nn.Parameter(torch.rand(3, 2), requires_grad=False)
W_key = nn.Parameter(torch.rand(3, 2), requires_grad=False)
W_value = nn.Parameter(torch.rand(3, 2), requires_grad=False)

# %%
torch.set_printoptions(precision=4, sci_mode=False)
for name, matrix in [("W_query", W_query), ("W_key", W_key), ("W_value", W_value)]:
    print(name, matrix.data)

# %% [markdown]
# The numbers are random: training will find better ones. `requires_grad=False` only keeps the
# printed results short here. In a module that is to be trained it must stay `True`, or no gradient
# ever reaches the matrices.
#
# ## 3.2 One token, by hand
#
# Take *journey*, the second token. Each number of its query is the dot product of the token with
# one column of $W_q$:

# %%
journey = inputs[1]
for i in range(2):
    products = [f"{x:.2f} · {w:.4f}" for x, w in zip(journey, W_query[:, i])]
    print(f"query[{i}] =", " + ".join(products), f"= {(journey * W_query[:, i]).sum():.4f}")

# %% [markdown]
# In the same way it gets a key and a value. And its score with itself is what it was in chapter 1,
# a dot product, only that it is now the *query* of *journey* against the *key* of *journey*:

# %%
query_2, key_2, value_2 = (
    torch.stack([(journey * matrix[:, i]).sum() for i in range(2)])
    for matrix in (W_query, W_key, W_value)
)
print("query", query_2, "  key", key_2, "  value", value_2)
print(f"score of journey with itself: {(query_2 * key_2).sum():.4f}")

# %% [markdown]
# ### Exercise: `project_qkv` (5 minutes, 3 points)
#
# Now for all tokens at once, and for any number of leading batch dimensions. The values may be
# wider or narrower than queries and keys: $W_v$ need not have the shape of the other two.
#
# <details><summary>Hint 1</summary>
#
# The rows of a matrix product are the rows of the left matrix, each multiplied by the right one.
# </details>
# <details><summary>Hint 2</summary>
#
# A function returns three things when they stand behind `return` with commas between them.
# </details>

# %% nbgrader={"grade": false, "grade_id": "project_qkv", "locked": false, "schema_version": 3, "solution": true, "task": false}
def project_qkv(x, W_query, W_key, W_value):
    """Make the query, the key and the value of every token.

    Args:
        x: tokens, shape (..., T, d_in).
        W_query, W_key: shape (d_in, d_out).
        W_value: shape (d_in, d_v); d_v may differ from d_out.

    Returns:
        three tensors: queries and keys (..., T, d_out), values (..., T, d_v).

    Example:
        x [[1., 2.]] and W_query [[3.], [5.]] give the queries tensor([[13.]])
    """
    ### BEGIN SOLUTION
    return x @ W_query, x @ W_key, x @ W_value
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_project_qkv_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: three tokens of two features; queries and keys of one number, values of two.
x = torch.tensor([[1.0, 2.0], [0.0, 1.0], [3.0, -1.0]])
for_query, for_key = torch.tensor([[3.0], [5.0]]), torch.tensor([[1.0], [-1.0]])
for_value = torch.tensor([[2.0, 0.0], [1.0, 4.0]])
made = checks.call(project_qkv, x, for_query, for_key, for_value)
checks.is_tuple(made.result, made.what, 3)
expected = [[[13.0], [5.0], [4.0]], [[-1.0], [-1.0], [4.0]], [[4.0, 8.0], [1.0, 4.0], [5.0, -4.0]]]
for name, part, right in zip(("queries, returned first", "keys, returned second", "values, returned third"), made.result, expected):
    checks.equals(part, torch.tensor(right), f"the {name}", mistakes={
        "these are the queries.": torch.tensor(expected[0]), "these are the keys.": torch.tensor(expected[1]),
        "these are the values.": torch.tensor(expected[2]), "these are the tokens, not projected.": x,
    })
### BEGIN HIDDEN TESTS
def right_projections(x, *matrices):
    return tuple(torch.einsum("...ti,io->...to", x, W) for W in matrices)

generator = torch.Generator().manual_seed(31)
x = torch.randn(5, 4, generator=generator)
matrices = [torch.randn(4, width, generator=generator) for width in (3, 3, 2)]
made = checks.call(project_qkv, x, *matrices)
checks.is_tuple(made.result, made.what, 3)
for name, part, right in zip(("queries", "keys", "values"), made.result, right_projections(x, *matrices)):
    checks.equals(part, right, f"the {name}")
checks.robust(project_qkv, right_projections, x, *matrices)
journeys_query = checks.call(project_qkv, inputs, W_query, W_key, W_value).result[0][1]
checks.equals(journeys_query, torch.tensor([0.4306, 1.4551]), "the query of journey", atol=1e-4)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_project_qkv_batch", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: a batch of two sequences, the second with all tokens doubled.
x = torch.arange(24.0).reshape(1, 4, 6) / 10
batch = torch.cat([x, 2 * x])
matrices = torch.linspace(-1, 1, 18).reshape(6, 3), torch.ones(6, 3), torch.linspace(0, 1, 30).reshape(6, 5)
made = checks.call(project_qkv, batch, *matrices)
checks.is_tuple(made.result, made.what, 3)
for part, width in zip(made.result, (3, 3, 5)):
    checks.is_tensor(part, made.what, shape=(2, 4, width))
    checks.equals(part[1], 2 * part[0], "what the doubled tokens give")
### BEGIN HIDDEN TESTS
for lead in [(3,), (2, 3), (1,)]:
    x = torch.randn(*lead, 4, 6, generator=torch.Generator().manual_seed(32))
    checks.robust(project_qkv, lambda x, *own: tuple(x @ W for W in own), x, *matrices)
### END HIDDEN TESTS

# %%
queries, keys, values = project_qkv(inputs, W_query, W_key, W_value)
print("keys", keys.shape, " values", values.shape)
print("scores of journey:", torch.stack([(queries[1] * key).sum() for key in keys]))

# %% [markdown]
# Six scores, and the second is the 1.8524 from above. Queries and keys come from different matrices
# now, so the score of *journey* with *one* is no longer that of *one* with *journey*: the
# symmetry is broken, as language needs it.
#
# ## 3.3 Why the scores are divided by √d
#
# Before the softmax comes a division that puzzles everyone at first. The published formula is
#
# $$ \text{Attention}(Q, K, V) = \text{softmax}\!\left(\frac{Q K^\top}{\sqrt{d_k}}\right) V $$
#
# where $d_k$ is the number of features of a key. Why divide, and why by a square root? Let us look
# at what happens without it. A dot product of two vectors is a sum of $d_k$ products. If the
# products are independent with mean 0 and variance 1, the sum has variance $d_k$: the more
# features, the further the scores are apart, and chapter 2 showed what a softmax does to scores
# that are far apart. We draw random queries and keys, eight keys for each query, and measure two
# things: the variance of the scores, and the size of the softmax's Jacobian, which is the factor by
# which every gradient is multiplied on its way back to the queries and keys.

# %% alt="Two charts against the number of features, both axes logarithmic. Left: the variance of plain scores grows in proportion to d, that of scaled ones stays at 1. Right: the softmax gradient of plain scores falls to about an eighth, that of scaled ones stays level."
def jacobian_size(weights):
    """The mean Frobenius norm of the softmax's Jacobian at these weights, (n, T)."""
    jacobian = torch.diag_embed(weights) - weights.unsqueeze(-1) * weights.unsqueeze(-2)
    return jacobian.norm(dim=(-2, -1)).mean().item()


sizes = [4, 16, 64, 256, 1024]
generator = torch.Generator().manual_seed(0)
curves = {"plain": ([], []), "divided by √d": ([], [])}
print("    d   variance           softmax gradient   largest weight")
print("        plain   scaled     plain   scaled     plain  scaled")
for d in sizes:
    some_queries = torch.randn(2000, d, generator=generator)
    some_keys = torch.randn(2000, 8, d, generator=generator)
    plain = torch.einsum("nd,nkd->nk", some_queries, some_keys)
    for (variance, gradient), some_scores in zip(curves.values(), (plain, plain / d**0.5)):
        variance.append(some_scores.var().item())
        gradient.append(jacobian_size(some_scores.softmax(dim=-1)))
    peaks = [s.softmax(dim=-1).amax(dim=-1).mean() for s in (plain, plain / d**0.5)]
    numbers = [(v[-1], g[-1]) for v, g in curves.values()]
    print(f"{d:5} {numbers[0][0]:7.1f} {numbers[1][0]:8.2f} {numbers[0][1]:9.3f} {numbers[1][1]:8.3f}"
          f" {peaks[0]:9.2f} {peaks[1]:7.2f}")

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
for name, (variance, gradient) in curves.items():
    left.loglog(sizes, variance, marker="o", label=name)
    right.loglog(sizes, gradient, marker="o", label=name)
left.set(xlabel="features d", ylabel="variance of the scores", title="Scores spread")
right.set(xlabel="features d", ylabel="size of the softmax's Jacobian", title="and gradients vanish", ylim=(0.01, 1))
for ax in (left, right):
    ax.set_xticks(sizes, labels=sizes)
    ax.minorticks_off()
    ax.legend()
plt.show()

# %% [markdown]
# Unscaled, the variance is $d$. At 1,024 features one key takes nearly all the weight before
# anything was learned, the softmax is a step, and its gradient is an eighth of what it could be. The
# standard deviation is the *root* of the variance, so dividing by $\sqrt{d_k}$ brings the variance
# back to one, whatever the width. Dividing by $d_k$ would overdo it: the weights would all become
# equal as $d_k$ grows.
#
# Note whose $d$ it is. Not the number of tokens, and not $d_\text{in}$: the number of features that
# are multiplied and summed, which is the last dimension of the keys.
#
# ### Exercise: `scaled_scores` (5 minutes, 3 points)
#
# <details><summary>Hint 1</summary>
#
# Chapter 1's product of queries and keys, then one division.
# </details>
# <details><summary>Hint 2</summary>
#
# With a batch in front, exchange the last two dimensions of the keys and no others.
# </details>

# %% nbgrader={"grade": false, "grade_id": "scaled_scores", "locked": false, "schema_version": 3, "solution": true, "task": false}
def scaled_scores(queries, keys):
    """Score every query against every key, scaled by the root of the number of features.

    Args:
        queries: shape (..., T_q, d_k).
        keys: shape (..., T_k, d_k), the leading dimensions being those of the queries.

    Returns:
        dot products divided by √d_k, shape (..., T_q, T_k).

    Example:
        queries [[1., 1., 1., 1.]] and keys [[3., 1., 2., 4.]] give tensor([[5.]])
    """
    ### BEGIN SOLUTION
    return queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_scaled_scores_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: two queries, three keys, four features.
some_queries = torch.tensor([[1.0, 1.0, 1.0, 1.0], [2.0, 0.0, -1.0, 0.0]])
some_keys = torch.tensor([[3.0, 1.0, 2.0, 4.0], [0.0, 5.0, 0.0, -5.0], [1.0, 0.0, 4.0, 1.0]])
checks.call(scaled_scores, some_queries, some_keys).equals(torch.tensor([[5.0, 0.0, 3.0], [2.0, 0.0, -1.0]]), mistakes={
    "these are plain dot products: the scaling is missing.": torch.tensor([[10.0, 0.0, 6.0], [4.0, 0.0, -2.0]]),
    "you divided by d_k: it is the root of d_k.": torch.tensor([[2.5, 0.0, 1.5], [1.0, 0.0, -0.5]]),
    "these are softmax weights: this function stops at the scores.":
        torch.tensor([[0.8756, 0.0059, 0.1185], [0.8438, 0.1142, 0.0420]]),
    "these are cosines: the vectors keep their lengths here.":
        torch.cosine_similarity(some_queries[:, None], some_keys[None], dim=-1),
    "you multiplied by √d_k: divide.": torch.tensor([[20.0, 0.0, 12.0], [8.0, 0.0, -4.0]]),
    "you divided by the root of the number of keys: it is the number of features that counts.":
        torch.tensor([[5.7735, 0.0, 3.4641], [2.3094, 0.0, -1.1547]]),
    "you divided by √2 (there are two queries here): it is the number of features that counts.":
        torch.tensor([[7.0711, 0.0, 4.2426], [2.8284, 0.0, -1.4142]]),
})
### BEGIN HIDDEN TESTS
def right_scores(q, k):
    return torch.einsum("...qd,...kd->...qk", q, k) / k.shape[-1] ** 0.5

generator = torch.Generator().manual_seed(33)
some_queries, some_keys = torch.randn(4, 5, generator=generator), torch.randn(7, 5, generator=generator)
right = right_scores(some_queries, some_keys)
checks.call(scaled_scores, some_queries, some_keys).equals(right, mistakes={
    "the scaling is right for four features only.": right * 5**0.5 / 2,
})
checks.robust(scaled_scores, right_scores, some_queries, some_keys)
unscaled = checks.call(scaled_scores, inputs @ W_query, inputs @ W_key).result[1] * 2**0.5
printed = torch.tensor([1.2705, 1.8524, 1.8111, 1.0795, 0.5577, 1.5440])
checks.equals(unscaled, printed, "√2 times the scores of journey", atol=1e-4)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_scaled_scores_batch", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: a batch of two, the second with all queries doubled.
some_keys = torch.stack([inputs, inputs.flip(0)])
some_queries = torch.stack([inputs[:4], 2 * inputs[:4]])
made = checks.call_batch(
    scaled_scores, some_queries, some_keys,
    hint="Transposing with .T, or by dimensions counted from the front, moves the batch.")
made.is_tensor(shape=(2, 4, 6))
checks.equals(made.result[1].flip(1), 2 * made.result[0], "the doubled queries' scores, read backwards")
### BEGIN HIDDEN TESTS
generator = torch.Generator().manual_seed(34)
for lead in [(3,), (2, 3), (1,)]:
    some_queries = torch.randn(*lead, 5, 4, generator=generator)
    some_keys = torch.randn(*lead, 2, 4, generator=generator)
    made = checks.call_batch(
        scaled_scores, some_queries, some_keys,
        hint="Every number of leading dimensions should do: count dimensions from the end.")
    made.equals(some_queries @ some_keys.mT / 2, mistakes={
        "the scores are divided by the root of the number of keys: count dimensions from the end.":
            some_queries @ some_keys.mT / 2**0.5,
    })
    checks.robust(scaled_scores, lambda q, k: q @ k.mT / 2, some_queries, some_keys)
### END HIDDEN TESTS

# %% [markdown]
# ## 3.4 Weights, and keys that are not allowed
#
# The scores become weights by a softmax over the keys: for each query its weights are positive and
# sum to one. New is the **mask**. Some keys must not be looked at: the future for example, or
# padding; chapter 4 is about those. Our masks are boolean, and `True` means *blocked*, in all
# chapters. Other code uses other conventions (0 for blocked, or a matrix that is added), so look
# twice before you copy.
#
# A blocked key gets a weight of exactly 0, and the others share the whole.
#
# ### Exercise: `attention_weights` (10 minutes, 4 points)
#
# The mask may be smaller than the scores and is then broadcast, as PyTorch does with every
# elementwise operation: (T_k,) blocks the same keys for all queries. At least one key of each row
# is allowed.
#
# <details><summary>Hint 1</summary>
#
# $e^{-\infty}$ is exactly 0. What must stand in the place of a blocked score *before* the softmax?
# </details>
# <details><summary>Hint 2</summary>
#
# A large negative number such as -1e9 is not minus infinity. If all allowed scores of a row are
# smaller still, the blocked key wins.
# </details>

# %% nbgrader={"grade": false, "grade_id": "attention_weights", "locked": false, "schema_version": 3, "solution": true, "task": false}
def attention_weights(scores, mask=None):
    """Turn scores into weights: a softmax over the keys, without those that are blocked.

    Args:
        scores: shape (..., T_q, T_k).
        mask: bool, broadcastable to the scores; True blocks a key. None blocks nothing.

    Returns:
        weights of the scores' shape; each row sums to one, a blocked key has exactly 0.

    Example:
        scores [[0., 7., 0.]] and the mask [[False, True, False]] give tensor([[0.5, 0.0, 0.5]])
    """
    ### BEGIN SOLUTION
    if mask is not None:
        scores = scores.masked_fill(mask, -torch.inf)
    return torch.softmax(scores, dim=-1)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_attention_weights_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: the scores of "journey", divided by √2, and those of "one".
scores = torch.tensor([[1.2705, 1.8524, 1.8111, 1.0795, 0.5577, 1.5440], [0.6114, 0.8819, 0.8626, 0.5121, 0.2707, 0.7307]]) / 2**0.5
expected = torch.tensor([0.1500, 0.2264, 0.2199, 0.1311, 0.0906, 0.1820])
made = checks.call(attention_weights, scores)
made.is_tensor(shape=(2, 6))
checks.equals(made.result[0], expected, "the weights of journey", atol=1e-4, mistakes={
    "the weights of one key sum to one: take the softmax over the keys, not over the queries.":
        torch.tensor([0.6144, 0.6651, 0.6617, 0.5990, 0.5506, 0.6399]),
    "the scores come scaled already: do not divide again.":
        torch.tensor([0.1562, 0.2089, 0.2046, 0.1419, 0.1093, 0.1790]),
    "the scores come scaled already: do not divide by the root of the number of keys.":
        torch.tensor([0.1614, 0.1910, 0.1887, 0.1528, 0.1314, 0.1747]),
})
### BEGIN HIDDEN TESTS
generator = torch.Generator().manual_seed(35)
for shape in [(4, 5), (1, 3), (2, 4, 3), (3, 2, 4, 5), (5, 1)]:
    some_scores = 3 * torch.randn(*shape, generator=generator)
    checks.call(attention_weights, some_scores).equals(some_scores.softmax(dim=-1), mistakes={
        "the softmax is taken over the queries.": some_scores.softmax(dim=-2),
        "the scores are divided by their sum: that is no softmax.":
            some_scores / some_scores.sum(dim=-1, keepdim=True),
        "one softmax is taken over the whole matrix: every query has its own.":
            some_scores.flatten(-2).softmax(dim=-1).reshape(shape),
    })
    checks.robust(attention_weights, lambda s: s.softmax(dim=-1), some_scores)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_attention_weights_mask", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: the middle key is blocked for the first query, the last for the second.
scores = torch.tensor([[1.0, 7.0, 1.0], [2.0, 2.0, 3.0]])
mask = torch.tensor([[False, True, False], [False, False, True]])
checks.call(attention_weights, scores, mask=mask).equals(torch.tensor([[0.5, 0.0, 0.5], [0.5, 0.5, 0.0]]), mistakes={
    "the mask is the wrong way round: True means blocked.": torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    "a blocked score of 0 still takes weight: it must count as minus infinity.":
        torch.tensor([[0.4223, 0.1554, 0.4223], [0.4683, 0.4683, 0.0634]]),
    "the weights that are left no longer sum to one.":
        torch.tensor([[0.0025, 0.0, 0.0025], [0.2119, 0.2119, 0.0]]),
    "every query gets the mask of the first: each has its own row.": torch.tensor([[0.5, 0.0, 0.5], [0.2689, 0.0, 0.7311]]),
    "minus infinity times zero is nan, which spreads: choose between two numbers, do not multiply.":
        torch.full((2, 3), torch.nan),
    "the softmax is taken over the queries.": torch.tensor([[0.2689, 0.0, 1.0], [0.7311, 1.0, 0.0]]),
    "the mask is not used.": torch.tensor([[0.0025, 0.9951, 0.0025], [0.2119, 0.2119, 0.5761]]),
})
low = checks.call(attention_weights, torch.full((2, 3), -2e9), mask)
low.equals(torch.tensor([[0.5, 0.0, 0.5], [0.5, 0.5, 0.0]]), mistakes={
    "where all scores are -2e9, the blocked key wins: no finite number is low enough.": mask.float(),
})
### BEGIN HIDDEN TESTS
def right_masked(s, m):
    return torch.where(m, -torch.inf, s).softmax(dim=-1)

generator = torch.Generator().manual_seed(36)
for shape, mask_shape in [((4, 5), (4, 5)), ((4, 5), (5,)), ((2, 4, 5), (4, 5)), ((2, 4, 5), (2, 1, 5)),
                          ((2, 3, 4, 5), (2, 1, 1, 5)), ((2, 3, 4, 5), (4, 5)), ((3, 1), (3, 1))]:
    some_scores = 3 * torch.randn(*shape, generator=generator)
    some_mask = torch.rand(*mask_shape, generator=generator) < 0.4
    some_mask[..., 0] = False  # a key is left in every row
    made = checks.call(attention_weights, some_scores, some_mask)
    made.equals(right_masked(some_scores, some_mask))
    checks.holds(
        not made.result[some_mask.expand(shape)].any(),
        f"{made.what}: a blocked key has a weight that is not exactly 0.",
    )
    checks.robust(attention_weights, right_masked, some_scores, some_mask)
two = torch.tensor([[False, True, False], [True, False, False]])
far = torch.tensor([[1.0, 20.0, 2.0], [18.0, 1.0, 0.0]])  # the blocked score is far above the others
checks.call(attention_weights, far, two).equals(right_masked(far, two))
for value in (-1e10, -3e38):
    checks.call(attention_weights, torch.full((2, 3), value), two).equals(right_masked(torch.zeros(2, 3), two), mistakes={
        f"where all scores are {value}, the blocked key wins: no finite number is low enough.": two.float(),
        f"where all scores are {value}, the blocked key keeps weight: no finite number is low enough.":
            torch.full((2, 3), 1 / 3),
    })
### END HIDDEN TESTS

# %%
weights = attention_weights(scaled_scores(queries, keys))
print("weights of journey:        ", weights[1])
print("context vector of journey: ", (weights[1].unsqueeze(-1) * values).sum(dim=0))

# %% [markdown]
# ## 3.5 Scaled dot-product attention
#
# All parts are there. Scores, scaled; weights, masked; and the **context vectors**, for each query
# the sum of the values, weighted. The function that does all three has the name of the paper and is
# the heart of every Transformer. It returns the weights too, because we want to look at them.
#
# ### Exercise: `scaled_dot_product_attention` (5 minutes, 3 points)
#
# Use your own functions from above, or anything else.
#
# <details><summary>Hint</summary>
#
# Row $i$ of the product *weights* times *values* is the sum of the values, weighted by row $i$ of
# the weights.
# </details>

# %% nbgrader={"grade": false, "grade_id": "scaled_dot_product_attention", "locked": false, "schema_version": 3, "solution": true, "task": false}
def scaled_dot_product_attention(queries, keys, values, mask=None):
    """Attention as published in 2017: softmax(Q Kᵀ / √d_k) V.

    Args:
        queries: shape (..., T_q, d_k).
        keys: shape (..., T_k, d_k).
        values: shape (..., T_k, d_v).
        mask: bool, broadcastable to (..., T_q, T_k); True blocks a key. None blocks nothing.

    Returns:
        the context vectors (..., T_q, d_v) and the weights (..., T_q, T_k), in this order.

    Example:
        a query [[0.]], keys [[1.], [2.]] and values [[3., 0.], [5., 4.]] give the context
        tensor([[4., 2.]]) and the weights tensor([[0.5, 0.5]])
    """
    ### BEGIN SOLUTION
    weights = attention_weights(scaled_scores(queries, keys), mask)
    return weights @ values, weights
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_scaled_dot_product_attention_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: a query of zeros takes the mean of the values; the second gives the weights 3/5, 1/5, 1/5.
some_queries = torch.tensor([[0.0, 0.0, 0.0, 0.0], [2.1972, 0.0, 0.0, 0.0]])
some_keys = torch.tensor([[1.0, 0.0, 0.0, 2.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]])
some_values = torch.tensor([[5.0, 0.0], [0.0, 10.0], [5.0, 10.0]])
made = checks.call(scaled_dot_product_attention, some_queries, some_keys, some_values)
checks.is_tuple(made.result, made.what, 2)
means = [1 / 3, 1 / 3, 1 / 3]
checks.equals(made.result[1], torch.tensor([means, [0.6, 0.2, 0.2]]), "the weights, returned second", atol=1e-4, mistakes={
    "the scores are not scaled.": torch.tensor([means, [0.8182, 0.0909, 0.0909]]),
    "the scores are divided by d_k: it is the root of d_k.": torch.tensor([means, [0.4641, 0.2680, 0.2680]]),
    "the scores are divided by the root of the number of keys.": torch.tensor([means, [0.6400, 0.1800, 0.1800]]),
    "the scores are divided by √2, here the number of queries and the width of the values: it is the "
    "width of the keys that counts.": torch.tensor([means, [0.7028, 0.1486, 0.1486]]),
    "this is the context: it is returned first.": torch.tensor([[3.3333, 6.6667], [4.0, 4.0]]),
    "these are the scores.": torch.tensor([[0.0, 0.0, 0.0], [1.0986, 0.0, 0.0]]),
    "the softmax is taken over the queries.": torch.tensor([[0.25, 0.5, 0.5], [0.75, 0.5, 0.5]]),
})
context = torch.tensor([[3.3333, 6.6667], [4.0, 4.0]])
checks.equals(made.result[0], context, "the context, returned first", atol=1e-3)
### BEGIN HIDDEN TESTS
def right_attention(q, k, v):
    w = (q @ k.mT / k.shape[-1] ** 0.5).softmax(dim=-1)
    return w @ v, w

generator = torch.Generator().manual_seed(37)
for lead in [(), (2,), (2, 3), (1,)]:
    q, k, v = (torch.randn(*lead, *shape, generator=generator) for shape in [(4, 3), (6, 3), (6, 5)])
    made = checks.call(scaled_dot_product_attention, q, k, v)
    checks.is_tuple(made.result, made.what, 2)
    for name, part, right in zip(("the context", "the weights"), made.result, right_attention(q, k, v)):
        checks.equals(part, right, name)
    checks.robust(scaled_dot_product_attention, right_attention, q, k, v)
journeys = checks.call(scaled_dot_product_attention, inputs @ W_query, inputs @ W_key, inputs @ W_value).result[0]
checks.equals(journeys[1], torch.tensor([0.3061, 0.8210]), "the context vector of journey", atol=1e-4)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_scaled_dot_product_attention_mask", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: with the last key blocked, its value leaves no trace.
some_queries, some_keys = torch.zeros(2, 5), torch.zeros(3, 5)
some_values = torch.tensor([[2.0, 0.0], [4.0, 1.0], [500.0, 500.0]])
made = checks.call(scaled_dot_product_attention, some_queries, some_keys, some_values, mask=torch.tensor([False, False, True]))
checks.is_tuple(made.result, made.what, 2)
for name, part, right, unused, short, reverse in [
    ("the context, returned first", made.result[0], [3.0, 0.5], [168.6667, 167.0], [2.0, 0.3333], [500.0, 500.0]),
    ("the weights, returned second", made.result[1], [0.5, 0.5, 0.0], [1 / 3, 1 / 3, 1 / 3], [1 / 3, 1 / 3, 0.0], [0.0, 0.0, 1.0]),
]:
    checks.equals(part, torch.tensor([right, right]), name, atol=1e-4, mistakes={
        "only the blocked key is looked at: for us True means blocked.": torch.tensor([reverse, reverse]),
        "the mask is not used: the blocked key is still looked at.": torch.tensor([unused, unused]),
        "without the blocked key the weights no longer sum to one.": torch.tensor([short, short]),
    })
### BEGIN HIDDEN TESTS
def right_with_mask(q, k, v, mask):
    w = torch.where(mask, -torch.inf, q @ k.mT / k.shape[-1] ** 0.5).softmax(dim=-1)
    return w @ v, w

generator = torch.Generator().manual_seed(38)
for lead, mask_shape in [((), (4, 6)), ((2,), (2, 1, 6)), ((2, 3), (4, 6)), ((2,), (6,))]:
    q, k, v = (torch.randn(*lead, *shape, generator=generator) for shape in [(4, 3), (6, 3), (6, 5)])
    some_mask = torch.rand(*mask_shape, generator=generator) < 0.4
    some_mask[..., 2] = False
    made = checks.call(scaled_dot_product_attention, q, k, v, some_mask)
    checks.is_tuple(made.result, made.what, 2)
    for name, part, right in zip(("the context", "the weights"), made.result, right_with_mask(q, k, v, some_mask)):
        checks.equals(part, right, f"{name}, with a mask")
    checks.robust(scaled_dot_product_attention, right_with_mask, q, k, v, some_mask)
### END HIDDEN TESTS

# %%
batch = torch.randn(2, 10, 512, generator=torch.Generator().manual_seed(1))  # two sequences, ten tokens
three = [torch.randn(512, 512, generator=torch.Generator().manual_seed(i)) / 512**0.5 for i in (2, 3, 4)]
big_context, big_weights = scaled_dot_product_attention(*project_qkv(batch, *three))
print("context", big_context.shape, " weights", big_weights.shape)

# %% [markdown]
# The same functions, without a change, at the size of a real layer.
#
# ## 3.6 A module that can be trained
#
# Three matrices and a function: that asks for a class. In PyTorch a class that is to be trained is
# an `nn.Module`. It makes its parameters in `__init__`, after `super().__init__()`, and uses them
# in `forward`. Everything that is wrapped in `nn.Parameter` is found by an optimizer; a plain
# tensor is not.
#
# ### Exercise: `SelfAttention_v1` (15 minutes, 4 points)
#
# Make the three matrices with `torch.rand(d_in, d_out)`, in the order query, key, value, so that a
# seed gives everyone the same numbers. Here a single sequence comes in, without a batch dimension.
#
# <details><summary>Hint 1</summary>
#
# `self.W_query = nn.Parameter(torch.rand(d_in, d_out))`, and likewise for the other two.
# </details>
# <details><summary>Hint 2</summary>
#
# `forward` may call the functions you wrote above. It returns the context vectors alone.
# </details>

# %% nbgrader={"grade": false, "grade_id": "SelfAttention_v1", "locked": false, "schema_version": 3, "solution": true, "task": false}
class SelfAttention_v1(nn.Module):
    """Self-attention with three trainable matrices.

    Parameters:
        W_query, W_key, W_value: made by torch.rand(d_in, d_out), in this order.
    """

    def __init__(self, d_in, d_out):
        super().__init__()
        ### BEGIN SOLUTION
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))
        ### END SOLUTION

    def forward(self, x):
        """Return the context vectors, (T, d_out), of the tokens x, (T, d_in)."""
        ### BEGIN SOLUTION
        queries, keys, values = project_qkv(x, self.W_query, self.W_key, self.W_value)
        context, _ = scaled_dot_product_attention(queries, keys, values)
        return context
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_SelfAttention_v1_parameters", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: three trainable parameters, each of shape (d_in, d_out).
module = checks.build(SelfAttention_v1, 5, 3, seed=39)
shapes = {"W_query": (5, 3), "W_key": (5, 3), "W_value": (5, 3)}
checks.parameters(module, shapes, "SelfAttention_v1(5, 3)")
### BEGIN HIDDEN TESTS
x = torch.randn(4, 5, generator=torch.Generator().manual_seed(40))
checks.trains(module, x, what="SelfAttention_v1(5, 3)")
for name, parameter in module.named_parameters():
    drawn = parameter.min() >= 0 and parameter.max() <= 1 and parameter.std() > 0.1
    checks.holds(drawn, f"{name} does not look like torch.rand: numbers between 0 and 1, evenly spread.")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_SelfAttention_v1_printed", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: with seed 123, the six tokens give the numbers that books print.
module = checks.build(SelfAttention_v1, 3, 2, seed=123)
made = checks.call(module, inputs)
made.is_tensor(shape=(6, 2))
what = "the context vector of journey from SelfAttention_v1(3, 2) with seed 123"
checks.equals(made.result[1], torch.tensor([0.3061, 0.8210]), what, atol=1e-4, mistakes={
    "key and query are exchanged, in the order in which they are made or in the scores.": torch.tensor([0.3015, 0.8132]),
    "the matrices are not made in the order query, key, value (value comes first).": torch.tensor([0.3249, 1.1421]),
    "the matrices are not made in the order query, key, value.": torch.tensor([0.3566, 0.8973]),
    "these are the numbers of torch.randn: the contract says torch.rand.": torch.tensor([0.2854, 0.4081]),
    "these are the numbers of nn.Linear: that is the next exercise.": torch.tensor([-0.5323, -0.1080]),
    "the scores are not scaled.": torch.tensor([0.3157, 0.8430]),
    "the scores are divided by d_out: it is the root of d_out.": torch.tensor([0.2988, 0.8038]),
    "the scores are divided by √d_in: the keys have d_out features.": torch.tensor([0.3016, 0.8104]),
    "the scores are divided by √T: it is the keys' features that count.": torch.tensor([0.2955, 0.7957]),
    "the scores are multiplied by √d_out: divide.": torch.tensor([0.3277, 0.8694]),
    "the softmax is taken over the queries.": torch.tensor([0.3596, 0.9709]),
    "the weights are transposed before they meet the values.": torch.tensor([0.3602, 0.9737]),
    "W_query is used for the keys too.": torch.tensor([0.3067, 0.8265]),
    "W_key is used for the queries too.": torch.tensor([0.3013, 0.8099]),
    "the keys are mixed, not the values.": torch.tensor([0.3590, 0.9117]),
})
rows = [[0.2996, 0.8053], [0.3061, 0.8210], [0.3058, 0.8203], [0.2948, 0.7939], [0.2927, 0.7891], [0.2990, 0.8040]]
made.equals(torch.tensor(rows), atol=1e-4)
### BEGIN HIDDEN TESTS
torch.manual_seed(41)
matrices = [torch.rand(4, 3) for _ in range(3)]
module = checks.build(SelfAttention_v1, 4, 3, seed=41)
checks.parameters(module, dict.fromkeys(("W_query", "W_key", "W_value"), (4, 3)), "SelfAttention_v1(4, 3)")
for name, matrix in zip(("W_query", "W_key", "W_value"), matrices):
    checks.equals(getattr(module, name).detach(), matrix, f"{name} of SelfAttention_v1(4, 3) with seed 41")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_SelfAttention_v1_forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: its weights sum to one, so that equal tokens give equal context vectors: their value.
module = checks.build(SelfAttention_v1, 5, 3, seed=42)
made = checks.call(module, torch.ones(4, 5))
made.is_tensor(shape=(4, 3))
checks.parameters(module, dict.fromkeys(("W_query", "W_key", "W_value"), (5, 3)), "SelfAttention_v1(5, 3)")
with torch.no_grad():
    sums = module.W_value.sum(dim=0).expand(4, 3)
checks.equals(made.result, sums, "the context vectors of four tokens of ones")
### BEGIN HIDDEN TESTS
def right_v1(x):
    return F.scaled_dot_product_attention(x @ module.W_query, x @ module.W_key, x @ module.W_value)

x = torch.randn(4, 5, generator=torch.Generator().manual_seed(43))
with torch.no_grad():
    q, k, v = x @ module.W_query, x @ module.W_key, x @ module.W_value
    dots, right = q @ k.T, right_v1(x)
checks.call(module, x).equals(right, mistakes={
    "the scores are not scaled.": dots.softmax(dim=-1) @ v,
    "the scores are divided by d_out: it is the root of d_out.": (dots / 3).softmax(dim=-1) @ v,
    "the scores are divided by √d_in: the keys have d_out features.": (dots / 5**0.5).softmax(dim=-1) @ v,
    "the scores are divided by √T: it is the keys' features that count.": (dots / 2).softmax(dim=-1) @ v,
    "the softmax is taken over the queries.": (dots / 3**0.5).softmax(dim=0) @ v,
    "the weights are transposed before they meet the values.": (dots / 3**0.5).softmax(dim=-1).T @ v,
    "keys are scored against queries: the scores are transposed.": (dots.T / 3**0.5).softmax(dim=-1) @ v,
    "W_query is used for the keys too.": (q @ q.T / 3**0.5).softmax(dim=-1) @ v,
    "W_key is used for the queries too.": (k @ k.T / 3**0.5).softmax(dim=-1) @ v,
    "the keys are mixed, not the values.": (dots / 3**0.5).softmax(dim=-1) @ k,
    "the scores are divided by √2, which is right for two features only.": (dots / 2**0.5).softmax(dim=-1) @ v,
})
checks.gradients(module, right_v1, x)
for T in (1, 7):
    x = torch.randn(T, 5, generator=torch.Generator().manual_seed(44))
    with torch.no_grad():
        right = right_v1(x)
    checks.call(module, x).equals(right)
with torch.no_grad():
    for parameter in module.parameters():
        parameter.sub_(0.5)  # forward must use the parameters as they are now
    right = right_v1(x)
checks.call(module, x).equals(right)
module.double()
with torch.no_grad():
    right = right_v1(x.double())
checks.call(module, x.double()).equals(right)
### END HIDDEN TESTS

# %%
torch.manual_seed(123)
v1 = SelfAttention_v1(3, 2)
print(v1(inputs).detach())

# %% [markdown]
# The second row is the context vector of *journey* that we have met before. It had to be: seed 123
# made the same three matrices.
#
# ## 3.7 The same with `nn.Linear`
#
# A layer `nn.Linear(d_in, d_out, bias=False)` is a matrix with two advantages. It starts from
# numbers that suit training, small and of both signs: uniform between $-1/\sqrt{d_\text{in}}$ and
# $1/\sqrt{d_\text{in}}$, where `torch.rand` gives only positive ones. And it takes any number of
# leading dimensions. It keeps its matrix the other way round, as (d_out, d_in), and multiplies by
# the transpose.
#
# ### Exercise: `SelfAttention_v2` (10 minutes, 4 points)
#
# The same three names, now layers, again made in the order query, key, value; with `qkv_bias=True`
# all three add a bias. This time a batch may come in, or several batch dimensions, or none, and
# each sequence must attend to itself only.
#
# <details><summary>Hint 1</summary>
#
# A layer is called like a function: `self.W_query(x)`.
# </details>
# <details><summary>Hint 2</summary>
#
# If single sequences pass and the batch fails: which dimensions does your transpose exchange, and
# over which does your softmax run? Count them from the end.
# </details>

# %% nbgrader={"grade": false, "grade_id": "SelfAttention_v2", "locked": false, "schema_version": 3, "solution": true, "task": false}
class SelfAttention_v2(nn.Module):
    """Self-attention whose three matrices are nn.Linear layers.

    Parameters:
        W_query, W_key, W_value: nn.Linear(d_in, d_out), made in this order, with a bias if
            qkv_bias is True.
    """

    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        ### BEGIN SOLUTION
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        ### END SOLUTION

    def forward(self, x):
        """Return the context vectors, (..., T, d_out), of the tokens x, (..., T, d_in)."""
        ### BEGIN SOLUTION
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        context, _ = scaled_dot_product_attention(queries, keys, values)
        return context
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_SelfAttention_v2_parameters", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: three layers, without a bias unless qkv_bias is True.
module = checks.build(SelfAttention_v2, 5, 3, seed=45)
shapes = {f"{name}.weight": (3, 5) for name in ("W_query", "W_key", "W_value")}
checks.parameters(module, shapes, "SelfAttention_v2(5, 3)")
module = checks.build(SelfAttention_v2, 5, 3, qkv_bias=True, seed=45)
biases = {f"{name}.bias": (3,) for name in ("W_query", "W_key", "W_value")}
checks.parameters(module, shapes | biases, "SelfAttention_v2(5, 3, qkv_bias=True)")
### BEGIN HIDDEN TESTS
x = torch.randn(4, 5, generator=torch.Generator().manual_seed(46))
with torch.no_grad():
    q, k, v = (F.linear(x, W.weight, W.bias) for W in (module.W_query, module.W_key, module.W_value))
checks.call(module, x).equals(F.scaled_dot_product_attention(q, k, v))
checks.trains(checks.build(SelfAttention_v2, 5, 3, seed=45), x, what="SelfAttention_v2(5, 3)")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_SelfAttention_v2_printed", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: with seed 789, the six tokens give the numbers that books print.
module = checks.build(SelfAttention_v2, 3, 2, seed=789)
made = checks.call(module, inputs)
made.is_tensor(shape=(6, 2))
what = "the context vector of journey from SelfAttention_v2(3, 2) with seed 789"
checks.equals(made.result[1], torch.tensor([-0.0748, 0.0703]), what, atol=1e-4, mistakes={
    "key and query are exchanged, in the order in which they are made or in the scores.": torch.tensor([-0.0784, 0.0657]),
    "the layers are not made in the order query, key, value (value comes first).": torch.tensor([0.6762, -0.3192]),
    "the layers are not made in the order query, key, value.": torch.tensor([0.0284, -0.3250]),
    "the layers have a bias: qkv_bias is False unless somebody says otherwise.": torch.tensor([-0.3439, -0.2692]),
    "the scores are not scaled.": torch.tensor([-0.0740, 0.0716]),
    "the scores are divided by √d_in: the keys have d_out features.": torch.tensor([-0.0752, 0.0697]),
    "the scores are divided by d_out: it is the root of d_out.": torch.tensor([-0.0755, 0.0693]),
    "the scores are divided by √T: it is the keys' features that count.": torch.tensor([-0.0757, 0.0688]),
    "the softmax is taken over the queries.": torch.tensor([-0.0793, 0.0697]),
    "the weights are transposed before they meet the values.": torch.tensor([-0.0767, 0.0664]),
    "W_query is used for the keys too.": torch.tensor([-0.0853, 0.0607]),
    "W_key is used for the queries too.": torch.tensor([-0.0829, 0.0591]),
    "the keys are mixed, not the values.": torch.tensor([0.0437, -0.3301]),
})
rows = [[-0.0739, 0.0713], [-0.0748, 0.0703], [-0.0749, 0.0702], [-0.0760, 0.0685], [-0.0763, 0.0679], [-0.0754, 0.0693]]
made.equals(torch.tensor(rows), atol=1e-4)
### BEGIN HIDDEN TESTS
module = checks.build(SelfAttention_v2, 3, 2, seed=123)
rows = [[-0.5337, -0.1051], [-0.5323, -0.1080], [-0.5323, -0.1079], [-0.5297, -0.1076], [-0.5311, -0.1066], [-0.5299, -0.1081]]
checks.call(module, inputs).equals(torch.tensor(rows), atol=1e-4)
torch.manual_seed(47)
layers = [nn.Linear(4, 3, bias=True) for _ in range(3)]
module = checks.build(SelfAttention_v2, 4, 3, qkv_bias=True, seed=47)
names = [f"{name}.{part}" for name in ("W_query", "W_key", "W_value") for part in ("weight", "bias")]
checks.parameters(module, {name: (3, 4) if "weight" in name else (3,) for name in names}, "SelfAttention_v2(4, 3, qkv_bias=True)")
for name, layer in zip(("W_query", "W_key", "W_value"), layers):
    for part in ("weight", "bias"):
        checks.equals(getattr(getattr(module, name), part).detach(), getattr(layer, part).detach(), f"{name}.{part} with seed 47")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_SelfAttention_v2_forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: equal tokens give equal context vectors: their value.
module = checks.build(SelfAttention_v2, 5, 3, seed=48)
made = checks.call(module, torch.ones(4, 5))
made.is_tensor(shape=(4, 3))
checks.parameters(module, {f"{name}.weight": (3, 5) for name in ("W_query", "W_key", "W_value")}, "SelfAttention_v2(5, 3)")
with torch.no_grad():
    value = module.W_value(torch.ones(5)).expand(4, 3)
checks.equals(made.result, value, "the context vectors of four tokens of ones")
### BEGIN HIDDEN TESTS
def right_v2(x):
    matrices = [W.weight for W in (module.W_query, module.W_key, module.W_value)]
    return F.scaled_dot_product_attention(*(F.linear(x, W) for W in matrices))

x = 3 * torch.randn(4, 5, generator=torch.Generator().manual_seed(49))
with torch.no_grad():
    q, k, v = module.W_query(x), module.W_key(x), module.W_value(x)
    dots, right = q @ k.T, right_v2(x)
checks.call(module, x).equals(right, mistakes={
    "the scores are not scaled.": dots.softmax(dim=-1) @ v,
    "the scores are divided by d_out: it is the root of d_out.": (dots / 3).softmax(dim=-1) @ v,
    "the scores are divided by √d_in: the keys have d_out features.": (dots / 5**0.5).softmax(dim=-1) @ v,
    "the scores are divided by √T: it is the keys' features that count.": (dots / 2).softmax(dim=-1) @ v,
    "the softmax is taken over the queries.": (dots / 3**0.5).softmax(dim=0) @ v,
    "the weights are transposed before they meet the values.": (dots / 3**0.5).softmax(dim=-1).T @ v,
    "keys are scored against queries: the scores are transposed.": (dots.T / 3**0.5).softmax(dim=-1) @ v,
    "W_query is used for the keys too.": (q @ q.T / 3**0.5).softmax(dim=-1) @ v,
    "W_key is used for the queries too.": (k @ k.T / 3**0.5).softmax(dim=-1) @ v,
    "the keys are mixed, not the values.": (dots / 3**0.5).softmax(dim=-1) @ k,
})
checks.gradients(module, right_v2, x)
module.double()
with torch.no_grad():
    right = right_v2(x.double())
checks.call(module, x.double()).equals(right)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_SelfAttention_v2_batch", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: in a batch each sequence gets what it gets alone.
module = checks.build(SelfAttention_v2, 5, 3, seed=50)
batch = 3 * torch.randn(2, 4, 5, generator=torch.Generator().manual_seed(51))
made = checks.call_batch(
    module, batch, hint="Transposing with .T, or by dimensions counted from the front, moves the batch.")
made.is_tensor(shape=(2, 4, 3))
joined = checks.call(module, batch.reshape(8, 5)).result.reshape(2, 4, 3)
for i in range(2):
    alone = checks.call(module, batch[i]).result
    checks.equals(made.result[i], alone, f"sequence {i} of a batch, against the same alone", mistakes={
        "it looks at the other sequence too.": joined[i],
    })
### BEGIN HIDDEN TESTS
for lead in [(1, 4), (3, 1), (3, 2, 4), (5, 4), (3, 3)]:
    x = 3 * torch.randn(*lead, 5, generator=torch.Generator().manual_seed(52))
    checks.parameters(module, {f"{name}.weight": (3, 5) for name in ("W_query", "W_key", "W_value")}, "SelfAttention_v2(5, 3)")
    with torch.no_grad():
        q, k, v = module.W_query(x), module.W_key(x), module.W_value(x)
        right = F.scaled_dot_product_attention(q, k, v)
    checks.call(module, x).equals(right)
    checks.takes_noncontiguous(module, lambda _, right=right: right, x)
### END HIDDEN TESTS

# %%
for seed in (789, 123):
    torch.manual_seed(seed)
    print(f"SelfAttention_v2(3, 2), seed {seed}:\n{SelfAttention_v2(3, 2)(inputs).detach()}")

# %% [markdown]
# With seed 123 the two classes disagree, -0.5337 here against 0.2996 there, although they compute
# the same thing. The seed fixes the random numbers, not what is made of them: `torch.rand` and
# `nn.Linear` draw from different ranges and in different shapes. Tutorials sometimes print one
# class and the numbers of the other. If you meet 0.2996 beside a class with `nn.Linear`, the
# numbers belong to `torch.rand`.
#
# Many implementations go two steps further: values of a width of their own, and a fourth matrix
# that brings the context back to the width of the model, an *output projection*. It earns its keep
# when there are several heads, so we meet it in chapter 6.
#
# ### Exercise: `copy_weights` (10 minutes, 3 points)
#
# If the two classes compute the same thing, the same weights must give the same output. Carry the
# weights of a `SelfAttention_v2` without bias over to a `SelfAttention_v1` of the same sizes.
# Afterwards v2 must be as it was, the two must not share memory (training one must leave the other
# alone), and v1 must still be trainable.
#
# <details><summary>Hint 1</summary>
#
# Look at the two shapes: one is (d_in, d_out), the other (d_out, d_in). Reshaping makes the shapes
# fit and puts the numbers in wrong places.
# </details>
# <details><summary>Hint 2</summary>
#
# Two ways: a new `nn.Parameter` around a *copy* of the numbers; or filling the old one in place,
# with `copy_`, under `torch.no_grad()`, because PyTorch refuses to change a parameter in place
# while it records gradients.
# </details>

# %% nbgrader={"grade": false, "grade_id": "copy_weights", "locked": false, "schema_version": 3, "solution": true, "task": false}
def copy_weights(v2, v1):
    """Set the weights of v1 from those of v2, so that both give the same output.

    Args:
        v2: a SelfAttention_v2 without bias; stays as it is.
        v1: a SelfAttention_v1 of the same d_in and d_out; its three weights are set, and it stays
            trainable. Nothing is shared with v2 afterwards.

    Example:
        after copy_weights(v2, v1), v1(inputs) equals v2(inputs)
    """
    ### BEGIN SOLUTION
    for name in ("W_query", "W_key", "W_value"):
        layer = getattr(v2, name)
        setattr(v1, name, nn.Parameter(layer.weight.detach().T.clone()))
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_copy_weights_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: both turn a token into the same query, key and value. (Two stand-ins with the three names.)
names = ("W_query", "W_key", "W_value")
torch.manual_seed(53)
linear = nn.ModuleDict([(name, nn.Linear(4, 3, bias=False)) for name in names])
plain = nn.ParameterDict([(name, torch.rand(4, 3)) for name in names])
start = {name: getattr(plain, name).detach().clone() for name in names}
checks.call(copy_weights, linear, plain)
checks.parameters(linear, {f"{name}.weight": (3, 4) for name in names}, "v2 after copy_weights(v2, v1)")
checks.parameters(plain, dict.fromkeys(names, (4, 3)), "v1 after copy_weights(v2, v1)")
x = torch.randn(5, 4)
with torch.no_grad():
    for name in names:
        checks.equals(x @ getattr(plain, name), linear[name](x), f"x @ v1.{name}, which should equal v2.{name}(x)", mistakes={
            "v1 is still what it was.": x @ start[name],
            **{f"these are the numbers of v2.{other}.": linear[other](x) for other in names if other != name},
            "reshaping puts the numbers in wrong places: rows must become columns.": x @ linear[name].weight.reshape(4, 3),
        })
### BEGIN HIDDEN TESTS
for d_in, d_out in [(2, 5), (3, 3), (1, 2)]:
    linear = nn.ModuleDict([(name, nn.Linear(d_in, d_out, bias=False)) for name in names])
    plain = nn.ParameterDict([(name, torch.rand(d_in, d_out)) for name in names])
    checks.call(copy_weights, linear, plain)
    checks.parameters(plain, dict.fromkeys(names, (d_in, d_out)), "v1 after copy_weights(v2, v1)")
    for name in names:
        weight = linear[name].weight.detach()
        checks.equals(getattr(plain, name).detach(), weight.T, f"v1.{name} after copy_weights(v2, v1)", mistakes={
            "the two classes keep their matrices the other way round.": weight,
        })
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_copy_weights_apart", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: v2 stays as it is, also when v1 is trained afterwards, and v1 can be trained.
names = ("W_query", "W_key", "W_value")
torch.manual_seed(54)
linear = nn.ModuleDict([(name, nn.Linear(3, 2, bias=False)) for name in names])
plain = nn.ParameterDict([(name, torch.rand(3, 2)) for name in names])
before = {name: linear[name].weight.detach().clone() for name in names}
start = {name: getattr(plain, name).detach().clone() for name in names}
checks.call(copy_weights, linear, plain)
for name in names:
    checks.equals(linear[name].weight.detach(), before[name], f"v2.{name}.weight after copy_weights(v2, v1)", mistakes={
        "v2 has the weights of v1: they should go the other way.": start[name].T,
    })
checks.parameters(plain, dict.fromkeys(names, (3, 2)), "v1 after copy_weights(v2, v1)")
with torch.no_grad():
    for name in names:
        getattr(plain, name).add_(1.0)
for name in names:
    checks.equals(linear[name].weight.detach(), before[name], f"v2.{name}.weight after a step of training of v1", mistakes={
        "it moved along with v1: the two share their memory.": before[name] + 1.0,
    })
### BEGIN HIDDEN TESTS
checks.parameters(linear, {f"{name}.weight": (2, 3) for name in names}, "v2 after copy_weights(v2, v1)")
copied = {name: getattr(plain, name).detach().clone() for name in names}
with torch.no_grad():
    for name in names:
        linear[name].weight.mul_(-3.0)
for name in names:
    checks.equals(getattr(plain, name).detach(), copied[name], f"v1.{name} after a step of training of v2")
    loss = getattr(plain, name).square().sum()
    if loss.requires_grad:
        loss.backward()
    reached = getattr(plain, name).grad is not None and linear[name].weight.grad is None
    checks.holds(reached, f"v1.{name} after copy_weights(v2, v1): no gradient reaches it, so it cannot be trained.")
### END HIDDEN TESTS

# %%
torch.manual_seed(789)
v2, v1 = SelfAttention_v2(3, 2), SelfAttention_v1(3, 2)
copy_weights(v2, v1)
print("same output:", torch.allclose(v1(inputs), v2(inputs), atol=1e-6))
print(v1(inputs).detach())

# %% [markdown]
# ## 3.8 Bug clinic: two sentences at once
#
# The first class took one sentence. Somebody wanted to give it a batch, and met this:

# %%
import warnings

batch = torch.stack([inputs, inputs])
batch_queries, batch_keys, _ = project_qkv(batch, W_query, W_key, W_value)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # PyTorch warns that .T is for matrices only
    try:
        batch_queries @ batch_keys.T
    except RuntimeError:
        print("RuntimeError: .T turns all dimensions round, the batch too.")

# %% [markdown]
# `.T` wants a matrix, they thought, so let us make one. This is what they wrote:

# %% nbgrader={"grade": false, "grade_id": "given_clinic", "locked": true, "schema_version": 3, "solution": false, "task": false}
def flattened_attention(x, W_query, W_key, W_value):
    """Self-attention for a batch, (b, T, d_in) -> (b, T, d_v). It has a defect."""
    b, T, d_in = x.shape
    rows = x.reshape(b * T, d_in)
    queries, keys, values = rows @ W_query, rows @ W_key, rows @ W_value
    weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1)
    context = weights @ values
    return context.reshape(b, T, context.shape[-1])

# %%
print("shape:", flattened_attention(batch, W_query, W_key, W_value).shape)
in_batch = flattened_attention(batch, W_query, W_key, W_value)[0]
alone = scaled_dot_product_attention(queries, keys, values)[0]
print("same numbers as one sentence alone:", torch.allclose(in_batch, alone))

# %% [markdown]
# No error any more, the shape is right, and the test they ran (the same sentence twice) gives the
# right numbers. Yet it is wrong. What does a token of the first sentence look at?
#
# A bug is found when a test fails because of it. First write the test, then mend the code.
#
# ### Exercise: `assert_sentences_stay_apart` (15 minutes, 3 points)
#
# Write a check that any attention must pass, whatever its weights: the output of a sentence depends
# on no other sentence of the batch, neither on one before it nor on one after it. If it does, raise
# `AssertionError` (that is what `assert` does); if not, return without a word. Differences below
# 1e-4 are rounding and no offence.
#
# <details><summary>Hint 1</summary>
#
# You can only call it. What would you change in the batch, and where must nothing change then?
# Or: what else could you give it, in which a sentence has no company?
# </details>
# <details><summary>Hint 2</summary>
#
# `torch.allclose(a, b, atol=1e-4)` is True where two tensors agree; `batch[i : i + 1]` is a batch
# of one.
# </details>

# %% nbgrader={"grade": false, "grade_id": "assert_sentences_stay_apart", "locked": false, "schema_version": 3, "solution": true, "task": false}
def assert_sentences_stay_apart(attention, batch):
    """Check that an attention does not mix the sentences of a batch.

    Args:
        attention: a callable without randomness, (b, T, d_in) -> (b, T, d_out) for any b and T.
        batch: different sentences, shape (b, T, d_in) with b of 2 or more.

    Raises:
        AssertionError: the output of a sentence depends on another sentence, by more than 1e-4.

    Example:
        assert_sentences_stay_apart(lambda x: x + x.mean(dim=0), batch) raises, and
        assert_sentences_stay_apart(lambda x: x + x.mean(dim=1, keepdim=True), batch) does not
    """
    ### BEGIN SOLUTION
    together = attention(batch)
    for i in range(len(batch)):
        alone = attention(batch[i : i + 1])[0]
        assert torch.allclose(together[i], alone, atol=1e-4), f"sentence {i} depends on the others"
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_assert_sentences_stay_apart_defect", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: it rejects the flattened attention and lets PyTorch's own pass.
generator = torch.Generator().manual_seed(55)
three_sentences = 2 * torch.randn(3, 4, 5, generator=generator)
own = [torch.randn(5, width, generator=generator) for width in (2, 2, 6)]

def mixing_flattened(x):
    return flattened_attention(x, *own)

def apart_as_in_pytorch(x):
    return F.scaled_dot_product_attention(*(F.linear(x, W.T) for W in own))

mixes = "This attention mixes sentences: your check should not let it pass."
checks.call(assert_sentences_stay_apart, apart_as_in_pytorch, three_sentences)
checks.raises(AssertionError, assert_sentences_stay_apart, mixing_flattened, three_sentences, hint=mixes)
### BEGIN HIDDEN TESTS
two_sentences = torch.randn(2, 3, 5, generator=generator)
checks.call(assert_sentences_stay_apart, apart_as_in_pytorch, two_sentences)
checks.raises(AssertionError, assert_sentences_stay_apart, mixing_flattened, two_sentences, hint=mixes)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_assert_sentences_stay_apart_others", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: other ways to mix, and others to stay apart.
generator = torch.Generator().manual_seed(56)
sentences = torch.randn(3, 4, 5, generator=generator)

def apart_the_mean_of_each(x):
    return x.mean(dim=1, keepdim=True).expand(-1, x.shape[1], -1)

def mixing_across_the_batch(x):  # tokens attend to the tokens at their place in other sentences
    x = x.transpose(0, 1)
    return F.scaled_dot_product_attention(x, x, x).transpose(0, 1)

def mixing_with_the_one_before(x):
    before = torch.cat([x[:1], x[:-1]])
    return F.scaled_dot_product_attention(x, before, before)

mixes = "This attention mixes sentences: your check should not let it pass."
checks.call(assert_sentences_stay_apart, apart_the_mean_of_each, sentences)
checks.raises(AssertionError, assert_sentences_stay_apart, mixing_across_the_batch, sentences, hint=mixes)
checks.raises(AssertionError, assert_sentences_stay_apart, mixing_with_the_one_before, sentences, hint=mixes)
### BEGIN HIDDEN TESTS
def mixing_with_the_next(x):
    after = torch.cat([x[1:], x[-1:]])
    return F.scaled_dot_product_attention(x, after, after)

def mixing_in_the_firsts_keys(x):
    return F.scaled_dot_product_attention(x, x[:1].expand_as(x), x)

def mixing_a_little_of_the_last(x):
    return x + 0.1 * x[-1:]

def mixing_in_the_last_token(x):
    mixed = x.mean(dim=0, keepdim=True).expand_as(x)
    return torch.cat([x[:, :-1], mixed[:, -1:]], dim=1)

def apart_all_zeros(x):
    return torch.zeros(x.shape[0], x.shape[1], 2)

def apart_by_position(x):
    return x * torch.arange(1.0, x.shape[1] + 1).unsqueeze(-1)

def apart_but_for_rounding(x):  # another size of batch rounds in another way
    return F.scaled_dot_product_attention(x, x, x) + 1e-6 * len(x)

for mixing in (mixing_with_the_next, mixing_in_the_firsts_keys, mixing_a_little_of_the_last, mixing_in_the_last_token):
    checks.raises(AssertionError, assert_sentences_stay_apart, mixing, sentences, hint=mixes)
    checks.raises(AssertionError, assert_sentences_stay_apart, mixing, sentences[:2], hint=mixes)
for right in (apart_all_zeros, apart_by_position, apart_but_for_rounding):
    checks.call(assert_sentences_stay_apart, right, sentences)
    checks.call(assert_sentences_stay_apart, right, sentences[:2])
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise: `mended_attention` (5 minutes, 2 points)
#
# Now mend it: each sentence attends to itself alone.
#
# <details><summary>Hint</summary>
#
# The three projections were right. It is the scores that must stay apart: a batch of matrices, one
# per sentence.
# </details>

# %% nbgrader={"grade": false, "grade_id": "mended_attention", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mended_attention(x, W_query, W_key, W_value):
    """Self-attention for a batch of sentences that do not see each other.

    Args:
        x: shape (b, T, d_in).
        W_query, W_key: shape (d_in, d_k).
        W_value: shape (d_in, d_v).

    Returns:
        the context vectors, shape (b, T, d_v).

    Example:
        every sentence gets what it gets in a batch of its own
    """
    ### BEGIN SOLUTION
    queries, keys, values = x @ W_query, x @ W_key, x @ W_value
    weights = torch.softmax(queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5, dim=-1)
    return weights @ values
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_mended_attention_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: three sentences of two words; then four words, each sentence against itself alone.
x = torch.tensor([[[1.0, 0.0], [0.0, 1.0]], [[2.0, 1.0], [1.0, -1.0]], [[-1.0, 1.0], [0.0, 2.0]]])
own = [torch.tensor([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, -1.0]]),
       torch.tensor([[1.0, 1.0, 0.0, 0.0], [0.0, 1.0, 1.0, 2.0]]), torch.tensor([[1.0], [3.0]])]
right = torch.tensor([[2.0, 1.5379], [4.4690, 4.1656], [3.0758, 4.0]]).unsqueeze(-1)
checks.call(mended_attention, x, *own).equals(right, atol=1e-3, mistakes={
    sentence: torch.tensor(numbers).unsqueeze(-1) for sentence, numbers in {
        "it still looks at the other sentences.": [[3.6258, 1.2528], [4.1423, 4.2445], [0.0109, 0.2761]],
        "the weights within a sentence no longer sum to one.": [[0.5277, 0.4714], [3.5547, 0.7602], [0.3122, 0.0804]],
        "the softmax runs over the queries.": [[2.6932, 1.3068], [2.8591, 0.1409], [4.4621, 3.5379]],
        "the softmax runs over the batch.": [[1.1455, 2.0058], [3.5055, 2.3557], [0.2013, 0.7918]],
        "all sentences use the keys of the first.": [[2.0, 1.5379], [3.1174, -0.1174], [3.0758, 2.4768]],
        "words look across the batch, not along their sentence.": [[3.6544, -0.3818], [4.4987, 4.9406], [2.0597, -1.6298]],
        "the scaling got lost.": [[2.0, 1.2384], [4.9532, 4.8741], [2.4768, 4.0]],
        "the scores are divided by d_k: it is the root of d_k.": [[2.0, 1.7551], [3.4411, 3.1174], [3.5102, 4.0]],
        "the scores are divided by √T: it is the keys' features that count.": [[2.0, 1.3911], [4.8018, 4.6093], [2.7823, 4.0]],
    }.items()
})
generator = torch.Generator().manual_seed(57)
x = 2 * torch.randn(3, 4, 5, generator=generator)
own = [torch.randn(5, width, generator=generator) for width in (2, 2, 6)]
together = checks.call(mended_attention, x, *own)
together.is_tensor(shape=(3, 4, 6))
for i in range(3):
    # With a single sentence the flattened attention is right.
    alone = flattened_attention(x[i : i + 1], *own)
    checks.equals(together.result[i], alone[0], f"sentence {i} of a batch of three")
### BEGIN HIDDEN TESTS
def right_mended(x, *matrices):
    return F.scaled_dot_product_attention(*(x @ W for W in matrices))

checks.robust(mended_attention, right_mended, x, *own)
for b, T in [(1, 4), (2, 1), (4, 4), (5, 3)]:
    x = torch.randn(b, T, 5, generator=generator)
    checks.call(mended_attention, x, *own).equals(right_mended(x, *own))
### END HIDDEN TESTS

# %%
sentences = torch.stack([inputs, inputs.flip(0) * 2])
assert_sentences_stay_apart(lambda x: mended_attention(x, W_query, W_key, W_value), sentences)
print("The mended attention keeps its sentences apart.")

# %% [markdown]
# ## 3.9 A picture with numbers
#
# Attention weights are the part of a Transformer that one can look at. The usual picture is a
# heatmap with a number in each cell: queries go down, keys go across, so a row is what one token
# looks at.
#
# ### Exercise: `plot_attention` (20 minutes, 4 points)
#
# Draw it with matplotlib: shades for the weights, row 0 at the top; in the middle of each cell its
# weight with one decimal or more; the labels on both axes. The weights may carry a gradient. If no
# Axes are given, make a figure; return the Axes in either case. Colours and sizes are yours.
#
# <details><summary>Hint 1</summary>
#
# `ax.imshow` draws a matrix of numbers; `ax.text(x, y, "…", ha="center", va="center")` writes into
# a cell. Mind that x counts to the right.
# </details>
# <details><summary>Hint 2</summary>
#
# `ax.set_xticks(range(n), labels=...)` puts labels on the x axis. Matplotlib cannot draw a tensor
# that records gradients: `.detach()` gives one that does not.
# </details>

# %% nbgrader={"grade": false, "grade_id": "plot_attention", "locked": false, "schema_version": 3, "solution": true, "task": false}
def plot_attention(weights, query_labels, key_labels, ax=None):
    """Draw attention weights as a heatmap with a number in each cell.

    Args:
        weights: shape (T_q, T_k); may carry a gradient.
        query_labels: T_q texts for the rows, from top to bottom.
        key_labels: T_k texts for the columns, from left to right.
        ax: the Axes to draw on; None makes a new figure.

    Returns:
        the Axes that were drawn on.
    """
    ### BEGIN SOLUTION
    weights = weights.detach()
    if ax is None:
        _, ax = plt.subplots()
    ax.imshow(weights, cmap="Greys", vmin=0, vmax=1)
    for i, row in enumerate(weights.tolist()):
        for j, weight in enumerate(row):
            colour = "white" if weight > 0.5 else "black"
            ax.text(j, i, f"{weight:.2f}", ha="center", va="center", color=colour)
    ax.set_xticks(range(len(key_labels)), labels=key_labels, rotation=40, ha="right")
    ax.set_yticks(range(len(query_labels)), labels=query_labels)
    ax.set(xlabel="key", ylabel="query")
    return ax
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_plot_attention_numbers", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: two queries, three keys; shades and numbers are where they belong.
plt.close("all")
weights_2x3 = torch.tensor([[0.1, 0.25, 0.65], [0.5, 0.3, 0.2]])
made = checks.call(plot_attention, weights_2x3, ["q0", "q1"], ["k0", "k1", "k2"])
drawing.shades(made.result, weights_2x3, made.what)
drawing.numbers(made.result, weights_2x3, made.what)
plt.close("all")
### BEGIN HIDDEN TESTS
for shape in [(4, 2), (1, 3), (3, 1), (5, 5)]:
    some_weights = torch.randn(*shape, generator=torch.Generator().manual_seed(58)).softmax(dim=-1)
    rows, columns = [f"q{i}" for i in range(shape[0])], [f"k{j}" for j in range(shape[1])]
    some_weights.requires_grad_()
    made = checks.call(plot_attention, some_weights, rows, columns)
    drawing.shades(made.result, some_weights, made.what)
    drawing.numbers(made.result, some_weights, made.what)
made = checks.call(plot_attention, (2 * some_weights).double(), rows, columns)  # inside a graph, float64
drawing.numbers(made.result, 2 * some_weights, made.what)
plt.close("all")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_plot_attention_labels", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: the labels of the queries on the left, those of the keys below or above.
plt.close("all")
made = checks.call(plot_attention, torch.zeros(2, 3), ["up", "down"], ["left", "middle", "right"])
drawing.labels(made.result, torch.zeros(2, 3), ["up", "down"], ["left", "middle", "right"], made.what)
plt.close("all")
### BEGIN HIDDEN TESTS
words = ["one", "two", "one", "<PAD>"]  # the same word may come twice
made = checks.call(plot_attention, torch.eye(4), words, words)
drawing.labels(made.result, torch.eye(4), words, words, made.what)
made = checks.call(plot_attention, torch.eye(4)[:, :1], words, ["only"])
drawing.labels(made.result, torch.eye(4)[:, :1], words, ["only"], made.what)
plt.close("all")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_plot_attention_axes", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: it draws on the Axes that it is given, and without any on Axes of its own.
plt.close("all")
weights_3x2 = torch.tensor([[0.1, 0.9], [0.5, 0.5], [0.8, 0.2]])
_, (first, second) = plt.subplots(1, 2)
made = checks.call(plot_attention, weights_3x2, ["a", "b", "c"], ["d", "e"], ax=first)
drawing.shades(made.result, weights_3x2, made.what)
drawing.shades(first, weights_3x2, f"{made.what}, on the Axes that were given")
made = checks.call(plot_attention, weights_3x2, ["a", "b", "c"], ["d", "e"])
drawing.shades(made.result, weights_3x2, made.what)
drawing.untouched(second, f"{made.what} without Axes")
plt.close("all")

# %%
plot_attention(weights, tokens, tokens).set_title("rows sum to 1, before training")
plt.show()

# %% [markdown]
# The rows hardly differ, and no weight stands out: these matrices are random. It is time to train
# them.
#
# ## 3.10 Training on two sentences
#
# Our training set is as small as it gets, and shown whole: 写 代码 的 中年人, *the middle-aged man who
# writes code*, and 天天 写 代码, *writes code every day*, which is filled up to the same length with
# `<PAD>`. Each word is a position in a vocabulary of six, and each position has a row of 16 numbers
# in an `nn.Embedding`.

# %% tags=["nbval-ignore-output"]
chinese = figures.use_chinese_font()
labels = [words if chinese else figures.romanized(words) for words in data.SENTENCES]

# %%
token_ids = data.token_ids()
torch.manual_seed(123)
embedding = nn.Embedding(len(data.VOCABULARY), 16)
x = embedding(token_ids).detach()
print("token ids:\n", token_ids)
print("embedded:", x.shape)

# %% [markdown]
# What should attention learn here? There is no translation and no next word yet, so we give it the
# plainest task there is: from each token's context vector, rebuild the token. The loss is the mean
# squared error between output and input. The embeddings are not trained (`detach`): if they were,
# they could move to where they are easy to rebuild, all to the same point for example.
#
# ### Exercise: `train_reconstruction` (15 minutes, 4 points)
#
# Put the model into training mode; then, `epochs` times: compute the output for all of `x` and its
# loss, note the loss, compute the gradients, let Adam take one step. Return the losses as Python
# floats: the first is the loss before anything was learned.
#
# <details><summary>Hint 1</summary>
#
# `torch.optim.Adam(model.parameters(), lr=lr)` is made once, before the loop: it remembers past
# steps.
# </details>
# <details><summary>Hint 2</summary>
#
# Gradients add up until somebody sets them to zero: `optimizer.zero_grad()` belongs in each round.
# </details>

# %% nbgrader={"grade": false, "grade_id": "train_reconstruction", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_reconstruction(model, x, epochs, lr):
    """Train a model to give back its input, with Adam and the mean squared error.

    Args:
        model: an nn.Module whose output has the shape of its input; trained in place, and left in
            training mode.
        x: the input, which is the target too, shape (..., T, d); not changed.
        epochs: number of updates.
        lr: Adam's learning rate.

    Returns:
        a list of `epochs` floats, each the loss before its update.

    Example:
        losses = train_reconstruction(SelfAttention_v2(16, 16), x, epochs=200, lr=1e-3)
    """
    ### BEGIN SOLUTION
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for _ in range(epochs):
        loss = F.mse_loss(model(x), x)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_train_reconstruction_losses", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: a model that begins with zeros. Its first loss is the mean square of x, 14/6.
model = nn.Linear(2, 2, bias=False)
nn.init.zeros_(model.weight)
x_small = torch.tensor([[1.0, 2.0], [3.0, 0.0], [0.0, 0.0]])
made = checks.call(train_reconstruction, model, x_small, 3, 0.5)
three_losses = checks.floats(made.result, made.what, 3)
checks.equals(three_losses, torch.tensor([2.3333, 0.8333, 0.4045]), f"the losses of {made.what}", atol=1e-3, mistakes={
    "these are the losses after each update: note the loss before it.": torch.tensor([0.8333, 0.4045, 0.3894]),
    "squares are summed: the mean is asked.": torch.tensor([14.0, 5.0, 2.4268]),
    "these are absolute errors: take squares.": torch.tensor([1.0, 0.6667, 0.3805]),
    "this is plain gradient descent, not Adam.": torch.tensor([2.3333, 1.1481, 0.6337]),
    "this is AdamW, which shrinks the weights as well: take Adam.": torch.tensor([2.3333, 0.8333, 0.3991]),
    "the gradients of earlier rounds are still there: set them to zero in each round.": torch.tensor([2.3333, 0.8333, 0.9945]),
    "Adam forgets its past steps: make it once, before the loop.": torch.tensor([2.3333, 0.8333, 0.0]),
    "the target is zero: it should be x.": torch.tensor([0.0, 0.0, 0.0]),
    "each sequence gets an update of its own: one for all of x is asked.": torch.tensor([1.5833, 1.2429, 0.6799]),
    "the model does not learn: is there a step in each round?": torch.tensor([2.3333, 2.3333, 2.3333]),
})
### BEGIN HIDDEN TESTS
def reference(model, x, epochs, lr):
    optimizer, found = torch.optim.Adam(model.parameters(), lr=lr), []
    for _ in range(epochs):
        loss = F.mse_loss(model(x), x)
        found.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return torch.tensor(found)

for shape, epochs, lr in [((5, 3), 30, 0.1), ((2, 4, 3), 12, 0.02), ((2, 2, 4, 3), 1, 0.1)]:
    torch.manual_seed(59)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3))
    x_random = torch.randn(*shape)
    right = reference(copy.deepcopy(model), x_random, epochs, lr)
    made = checks.call(train_reconstruction, model, x_random, epochs, lr)
    found = checks.floats(made.result, made.what, epochs)
    checks.equals(found, right, f"the losses of {made.what}", atol=1e-4, rtol=1e-3)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_train_reconstruction_updates", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: one update moves each of Adam's weights by the learning rate, here from 0 to 0.25.
model = nn.Linear(2, 2, bias=False)
nn.init.zeros_(model.weight)
x_small = torch.tensor([[1.0, 2.0], [3.0, 0.0], [0.0, 0.0]])
made = checks.call(train_reconstruction, model, x_small, epochs=1, lr=0.25)
checks.floats(made.result, made.what, 1)
checks.equals(model.weight.detach(), torch.full((2, 2), 0.25), "the weights after one update", atol=1e-4, mistakes={
    "they have not moved: the model that is given should get as many updates as there are epochs.": torch.zeros(2, 2),
})
### BEGIN HIDDEN TESTS
torch.manual_seed(60)
model = nn.Linear(3, 3)
twin, x_random = copy.deepcopy(model), torch.randn(2, 4, 3)
optimizer = torch.optim.Adam(twin.parameters(), lr=0.05)
for _ in range(20):
    optimizer.zero_grad()
    F.mse_loss(twin(x_random), x_random).backward()
    optimizer.step()
checks.call(train_reconstruction, model, x_random, 20, 0.05)
for name in ("weight", "bias"):
    right = getattr(twin, name).detach()
    checks.equals(getattr(model, name).detach(), right, f"the model's {name} after 20 updates", atol=1e-3)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_train_reconstruction_mode", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: a model that came in evaluation mode is left in training mode.
model = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.0)).eval()
checks.call(train_reconstruction, model, torch.ones(2, 3), 2, 0.01)
left_in_training = all(part.training for part in model.modules())
checks.holds(left_in_training, "train_reconstruction: the model is not in training mode afterwards.")
### BEGIN HIDDEN TESTS
model = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.0)).train()
checks.call(train_reconstruction, model, torch.ones(2, 3), 1, 0.01)
left_in_training = all(part.training for part in model.modules())
checks.holds(left_in_training, "train_reconstruction: takes the model out of training mode.")
### END HIDDEN TESTS

# %%
def weights_in(model, x):
    """The weights that a SelfAttention_v2 gives the tokens x, without a gradient."""
    with torch.no_grad():
        return attention_weights(scaled_scores(model.W_query(x), model.W_key(x)))


torch.manual_seed(123)
model = SelfAttention_v2(16, 16)
weights_before = weights_in(model, x)
losses = train_reconstruction(model, x, epochs=200, lr=1e-3)
weights_after = weights_in(model, x)
for epoch in range(0, 200, 20):
    print(f"epoch {epoch:3}: loss {losses[epoch]:.3f}")

# %% alt="Line chart: the mean squared error falls smoothly from 1.1 to about 0.3 over 200 epochs."
fig, ax = plt.subplots()
ax.plot(losses)
ax.set(xlabel="epoch", ylabel="mean squared error", title="Rebuilding two sentences", ylim=(0, None))
plt.show()

# %% [markdown]
# Now the pictures: the weights before and after, for both sentences. Before anyone reads meaning
# into such a picture, one thing must be certain: that the rows are weights, that is, that each sums
# to one. So the title says it, and says it loudly where they do not.

# %% alt="Four annotated heatmaps of four by four weights with Chinese labels, two before and two after training. Before, all weights are between 0.15 and 0.5. After, most rows have one weight close to 1."
def about_rows(weights):
    """What the title of a heatmap says of its rows."""
    sums = weights.sum(dim=-1)
    if torch.allclose(sums, torch.ones_like(sums), atol=1e-4):
        return "rows sum to 1"
    return f"ROWS DO NOT SUM TO 1: {sums.min():.2f} to {sums.max():.2f}"


fig, axes = plt.subplots(2, 2, figsize=(9, 8))
for row, (when, all_weights) in enumerate([("before", weights_before), ("after", weights_after)]):
    for column, words in enumerate(labels):
        ax = plot_attention(all_weights[column], words, words, ax=axes[row, column])
        ax.set_title(f"{when} training, {about_rows(all_weights[column])}")
plt.show()

# %% [markdown]
# Training has made the weights sharp: most words have picked one word to look at. But which? The
# task seems to ask that each word look at itself, and hardly any does; nor is there grammar to be
# read in the picture. The task only asks that the *output* be right. $W_v$ is free to turn the
# value of one word into the embedding of another, as long as each word has a source that tells it
# apart. A heatmap shows where the values come from; it does not show what $W_v$ made of them, nor
# why. With other random numbers at the start the picture is another one.
#
# ### Weights that are none
#
# A published version of this experiment drew pictures in which rows summed to 0.17 or to
# 1.11. Its attention used *dropout*, which in training sets random weights to zero and enlarges the
# rest (chapter 5), and it kept the weights for the picture *after* dropout. Those are not what the
# softmax decided, and they are different at every call. The same weights as above, before and after
# such a step:

# %% alt="Two heatmaps: the weights of the first sentence with rows that sum to 1, and the same after dropout, with zeros, doubled numbers and a title that warns of row sums other than 1."
keep = torch.rand(4, 4, generator=torch.Generator().manual_seed(11)) > 0.5
dropped = weights_before[0] * keep / 0.5
fig, axes = plt.subplots(1, 2, figsize=(9, 4))
for ax, shown in zip(axes, (weights_before[0], dropped)):
    plot_attention(shown, labels[0], labels[0], ax=ax).set_title(about_rows(shown))
plt.show()
print("row sums before dropout:", weights_before[0].sum(dim=-1))
print("row sums after dropout: ", dropped.sum(dim=-1))

# %% [markdown]
# So: keep the weights that you want to look at before dropout touches them, look at the model in
# evaluation mode, and let the picture check its own row sums.

# %% [markdown] nbgrader={"grade": false, "grade_id": "question_qkv", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Question: `written_qkv` (15 minutes, 4 points, read by a person)
#
# Look at *your* heatmaps of the two sentences, before and after training. Which word attends to
# which, most strongly? Say in one sentence what may be concluded from that, and in one what may
# not. Then: what would be lost if a single matrix served as $W_q$, $W_k$ and $W_v$? Six sentences
# are enough.
#
# ### BEGIN MARK SCHEME
# - 1 point: names at least two strong weights of the trained heatmap the right way round (the row
#   asks, the column is looked at) and notes that before training the weights were spread out.
# - 1 point: a sound limit: the weights say where values come from, not what the value matrix makes
#   of them; two sentences and this task say nothing about grammar; another seed, another picture.
# - 1 point: with one matrix for queries and keys the scores are symmetric (that of a with b is that
#   of b with a), and a token's score with itself, a squared length, tends to be the highest.
# - 1 point: with the values tied too, what a word is found by is all it can hand over; the three
#   jobs could not be trained independently of each other.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_qkv", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# Before training every word spreads its weight over all four. Afterwards, in the first sentence, 代码
# takes nearly everything from 中年人, and 写 most from 代码. That tells from which value each output is
# built. It does not tell that the words belong together in grammar: the value matrix may turn any
# word into any other, and another seed gives another picture. With one matrix for all three, the
# score of a with b would be the score of b with a, and each word would mostly find itself; and what
# a word is found by would also be all that it can pass on, so that searching and content could not
# be trained apart.
# ### END SOLUTION

# %% [markdown]
# ## 3.11 What breaks next
#
# Look at the second sentence once more. `<PAD>` is no word, it only fills the row, and yet before
# training it gets up to a third of a word's weight. And in both sentences words look ahead: 写 may
# look at 代码, which comes after it. A model that is to write the next word must not have seen it.

# %%
print("weight on <PAD> before training:", weights_before[1][:, 3])

# %% [markdown]
# Both are cured by the mask that `attention_weights` already takes: the only question is what to
# put into it. That is chapter 4.
#
# ## Your progress
#
# This cell lists the exercises whose tests have run since you started the notebook. To run
# everything anew: *Run > Restart Kernel and Run All Cells*. Tests that are hidden from you run when
# the notebook is graded.

# %%
progress.show("03_trainable_qkv")
