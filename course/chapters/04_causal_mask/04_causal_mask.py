# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 4. The causal mask
#
# **The question of this chapter:** a language model learns to continue a text. In training the whole
# text is there, its continuation included. How do we keep each token from looking at what it is
# supposed to predict?
#
# By the end you will have hidden the future in three ways that give the same weights, hidden
# padding as well, written a detector that finds a leak in any attention, repaired a mask that leaks,
# and built causal self-attention as a module.
#
# The chapter takes about two hours. Run the cells from top to bottom.

# %% nbgrader={"grade": false, "grade_id": "given_imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

from course.notebook import checks, data, figures, progress

figures.use_style()

# %% [markdown]
# ## 4.1 Why a language model may not look ahead
#
# A language model reads some tokens and predicts the next one. From one sentence of $T$ tokens it
# gets $T - 1$ lessons at once: after *Your* comes *journey*, after *Your journey* comes *starts*,
# and so on. All of them are computed in one pass, position $t$ predicting token $t + 1$. But the
# attention of chapter 3 lets every token look at every other. Position $t$ can simply look at
# position $t + 1$ and read the answer off.
#
# Will it? We train the smallest attention there is on a text that *nobody* can predict: random
# symbols, eight kinds of them. Each position learns a query and a key, the values are the
# symbols. One model may look everywhere, the other only back.

# %% alt="Bar chart of the share of right predictions by position. The model that looks ahead is right everywhere but at the last position, where it falls to chance; the model that looks back is at chance everywhere."
SYMBOLS, SEEN, STEPS, BATCH = 8, 11, 150, 64


def train(look_ahead):
    """Loss before the last step, share of right predictions by position, and the weights."""
    generator = torch.Generator().manual_seed(4)
    position_queries = torch.randn(SEEN, 16, generator=generator).requires_grad_()
    position_keys = torch.randn(SEEN, 16, generator=generator).requires_grad_()
    sharpness = torch.ones(()).requires_grad_()
    optimizer = torch.optim.Adam([position_queries, position_keys, sharpness], lr=0.1)

    def predict(text):
        mixed = F.scaled_dot_product_attention(
            position_queries.expand(len(text), -1, -1),
            position_keys.expand(len(text), -1, -1),
            F.one_hot(text[:, :-1], SYMBOLS).float(),
            is_causal=not look_ahead,
        )
        return sharpness * mixed

    for _ in range(STEPS):
        text = torch.randint(SYMBOLS, (BATCH, SEEN + 1), generator=generator)
        loss = F.cross_entropy(predict(text).flatten(0, 1), text[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    text = torch.randint(SYMBOLS, (4000, SEEN + 1), generator=generator)
    right = (predict(text).argmax(dim=-1) == text[:, 1:]).float().mean(dim=0)
    return loss.item(), right


fig, ax = plt.subplots()
for shift, name, look_ahead in [(-0.2, "looks everywhere", True), (0.2, "looks back only", False)]:
    loss, right = train(look_ahead)
    shade = "black" if look_ahead else "0.7"
    ax.bar([t + shift for t in range(SEEN)], right, width=0.4, label=name, color=shade)
    print(f"{name:17} training loss {loss:.1f}, the best that is possible is {torch.tensor(8.0).log():.1f}")
ax.axhline(1 / SYMBOLS, color="0.4", linestyle="--", label="guessing")
ax.set(xlabel="position", ylabel="share of next symbols right", ylim=(0, 1.35), xticks=range(SEEN))
ax.set_yticks([0, 0.25, 0.5, 0.75, 1])
ax.set_title("Predicting what cannot be predicted")
ax.legend(ncols=3, loc="upper center")
plt.show()

# %% [markdown]
# The model that looks everywhere predicts random symbols without a mistake: its loss is far below what
# is possible for an honest one, ln 8 = 2.1. It has learned one thing, to copy from the right-hand
# neighbour. At the last position there is no neighbour to copy from, and it guesses. When a model
# *writes*, every position is the last one: the token to be predicted does not exist yet.
#
# A loss that is too good to be true usually is. The cure is to make the future invisible in
# training: token $t$ may attend to the tokens up to $t$, itself included. This is **causal**
# (or masked) attention, the decoder's side of the Transformer (Vaswani et al. 2017, section 3.2.3,
# [arXiv:1706.03762](https://arxiv.org/abs/1706.03762)).
#
# ## 4.2 Block, then renormalize
#
# The numbers of this chapter come from two untrained matrices, as in chapter 3. The weights below
# come from PyTorch's own attention: with the identity as values, what comes out is the weights.

# %% nbgrader={"grade": false, "grade_id": "given_scores", "locked": true, "schema_version": 3, "solution": false, "task": false}
tokens = data.TOKENS
inputs = data.inputs()  # (6, 3)
d_k = 2


def scores_and_weights(seed):
    """Unscaled scores and attention weights of the six tokens, for matrices drawn with a seed."""
    torch.manual_seed(seed)
    W_query, W_key = nn.Linear(3, d_k, bias=False), nn.Linear(3, d_k, bias=False)
    q, k = W_query(inputs).detach(), W_key(inputs).detach()
    return q @ k.T, F.scaled_dot_product_attention(q, k, torch.eye(len(inputs)))


scores, weights = scores_and_weights(789)

# %%
print(weights)

# %% [markdown]
# Take *journey*, the second row. It may look at *Your* and at itself; the other four weights have to
# go. What is left sums to less than one, so we divide by what is left:

# %%
your, journey = weights[1, :2].tolist()
print(f"kept: {your:.4f} + {journey:.4f} = {your + journey:.4f}")
print(f"renormalized: {your / (your + journey):.4f} and {journey / (your + journey):.4f}")

# %% [markdown]
# For all rows at once, multiply by a matrix that holds 1 where a query may look and 0 elsewhere. Query
# $i$ is row $i$, key $j$ is column $j$; it may look where $j \le i$.
#
# ### Exercise: `lower_triangular_mask` (5 minutes, 2 points)
#
# <details><summary>Hint 1</summary>
#
# PyTorch has functions that keep one triangle of a matrix and set the other to zero: `torch.tril`
# (lower) and `torch.triu` (upper). Comparing a column of positions with a row of positions works too.
# </details>

# %% nbgrader={"grade": false, "grade_id": "lower_triangular_mask", "locked": false, "schema_version": 3, "solution": true, "task": false}
def lower_triangular_mask(context_length):
    """Ones where a query may look, zeros where it may not.

    Args:
        context_length: the number T of tokens, an int.

    Returns:
        float32 of shape (T, T): 1 on and below the diagonal, 0 above.

    Example:
        lower_triangular_mask(2) is tensor([[1., 0.], [1., 1.]])
    """
    ### BEGIN SOLUTION
    return torch.tril(torch.ones(context_length, context_length))
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_lower_triangular_mask_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: three tokens, a 1 wherever the key is not after the query.
right, inf = torch.tensor([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0]]), torch.inf
made = checks.call(lower_triangular_mask, 3)
checks.holds(getattr(made.result, "shape", None) != (6, 6), f"{made.what}: is made for six tokens, whatever context_length is.")
made.equals(right, mistakes={
    "the diagonal is 0: a token may look at itself.":
        torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0]]),
    "this is the upper triangle: it lets each token see the future and hides the past.":
        torch.tensor([[1.0, 1.0, 1.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0]]),
    "this marks what is blocked, and here 1 means may look.":
        torch.tensor([[0.0, 1.0, 1.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]),
    "each token sees one token too many: the first diagonal above the main one is 0.":
        torch.tensor([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]),
    "all entries are 0: there are no ones to keep.": torch.zeros(3, 3),
    "-inf stands where 0 should: weights are to be multiplied by this mask.":
        torch.tensor([[1.0, -inf, -inf], [1.0, 1.0, -inf], [1.0, 1.0, 1.0]]),
    "there is a dimension too many: the shape should be (T, T), and it is repeated by itself.": right[None],
})
### BEGIN HIDDEN TESTS
for T in (1, 2, 5, 6):
    checks.call(lower_triangular_mask, T).equals(torch.ones(T, T).tril())
### END HIDDEN TESTS

# %%
print(lower_triangular_mask(6))
print(weights * lower_triangular_mask(6))

# %% [markdown]
# ### Exercise: `mask_then_renormalize` (10 minutes, 4 points)
#
# Set the weights of the future to 0 and divide each row by what is left in it.
#
# <details><summary>Hint 1</summary>
#
# A sum over the last dimension with `keepdim=True` has one number per row and divides row by row.
# </details>
# <details><summary>Hint 2</summary>
#
# The mask for a batch is the same matrix: `(b, T, T) * (T, T)` multiplies each sequence's weights by it.
# A mask of the same dtype as the weights keeps the dtype.
# </details>

# %% nbgrader={"grade": false, "grade_id": "mask_then_renormalize", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mask_then_renormalize(weights):
    """Take the future out of finished attention weights.

    Args:
        weights: shape (..., T, T), none negative; in each row some weight on or below the diagonal
            is above 0.

    Returns:
        the same shape: 0 above the diagonal, every row divided by its sum, so that it sums to 1.

    Example:
        the weights [[0.6, 0.4], [0.5, 0.5]] give tensor([[1., 0.], [0.5, 0.5]])
    """
    ### BEGIN SOLUTION
    masked = torch.tril(weights)
    return masked / masked.sum(dim=-1, keepdim=True)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_mask_then_renormalize_values", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: the last of three tokens may see all, the others lose their future.
full = torch.tensor([[0.2, 0.5, 0.3], [0.1, 0.3, 0.6], [0.5, 0.25, 0.25]])
expected = torch.tensor([[1.0, 0.0, 0.0], [0.25, 0.75, 0.0], [0.5, 0.25, 0.25]])
checks.call(mask_then_renormalize, full).equals(expected, mistakes={
    "the future is gone, but the rows no longer sum to 1: divide by what is left.":
        torch.tensor([[0.2, 0.0, 0.0], [0.1, 0.3, 0.0], [0.5, 0.25, 0.25]]),
    "the columns are divided by the rows' sums: a query is a row. Is a dimension lost in the sum?":
        torch.tensor([[1.0, 0.0, 0.0], [0.5, 0.75, 0.0], [2.5, 0.625, 0.25]]),
    "the columns sum to 1, not the rows: sum over the keys, the last dimension.":
        torch.tensor([[0.25, 0.0, 0.0], [0.125, 0.545455, 0.0], [0.625, 0.454545, 1.0]]),
    "the past is gone instead of the future.":
        torch.tensor([[0.2, 0.5, 0.3], [0.0, 1 / 3, 2 / 3], [0.0, 0.0, 1.0]]),
    "the diagonal is gone too: a token may look at itself.":
        torch.tensor([[torch.nan] * 3, [1.0, 0.0, 0.0], [2 / 3, 1 / 3, 0.0]]),
    "each token sees one token too many.":
        torch.tensor([[2 / 7, 5 / 7, 0.0], [0.1, 0.3, 0.6], [0.5, 0.25, 0.25]]),
    "everything is divided by the sum of the whole matrix: each row has its own.":
        torch.tensor([[0.125, 0.0, 0.0], [0.0625, 0.1875, 0.0], [0.3125, 0.15625, 0.15625]]),
    "the squares of a row sum to 1: divide by its sum, not by its length as a vector.":
        torch.tensor([[1.0, 0.0, 0.0], [0.316228, 0.948683, 0.0], [0.816497, 0.408248, 0.408248]]),
    "the rows sum to a little less than 1. Is something added to their sums? No row sums to 0 here.":
        torch.tensor([[0.995025, 0.0, 0.0], [0.249377, 0.748130, 0.0], [0.499500, 0.249750, 0.249750]]),
    "a second softmax changes the ratios of the weights: divide instead.":
        torch.tensor([[1.0, 0.0, 0.0], [0.450166, 0.549834, 0.0], [0.390991, 0.304504, 0.304504]]),
    "a second softmax changes the ratios of the weights, and exp(0) is 1: divide instead.": torch.tensor(
        [[0.379152, 0.310424, 0.310424], [0.319872, 0.390694, 0.289433], [0.390991, 0.304504, 0.304504]]),
})
### BEGIN HIDDEN TESTS
checks.call(mask_then_renormalize, weights).equals(torch.tensor([
    [1.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000],
    [0.5517, 0.4483, 0.0000, 0.0000, 0.0000, 0.0000],
    [0.3800, 0.3097, 0.3103, 0.0000, 0.0000, 0.0000],
    [0.2758, 0.2460, 0.2462, 0.2319, 0.0000, 0.0000],
    [0.2175, 0.1983, 0.1984, 0.1888, 0.1971, 0.0000],
    [0.1935, 0.1663, 0.1666, 0.1542, 0.1666, 0.1529]]), atol=1e-4)
checks.call(mask_then_renormalize, scores_and_weights(123)[1]).equals(torch.tensor([
    [1.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000],
    [0.4833, 0.5167, 0.0000, 0.0000, 0.0000, 0.0000],
    [0.3190, 0.3408, 0.3402, 0.0000, 0.0000, 0.0000],
    [0.2445, 0.2545, 0.2542, 0.2468, 0.0000, 0.0000],
    [0.1994, 0.2060, 0.2058, 0.1935, 0.1953, 0.0000],
    [0.1624, 0.1709, 0.1706, 0.1654, 0.1625, 0.1682]]), atol=1e-4)

def right_renormalized(w):
    return w.tril() / w.tril().sum(dim=-1, keepdim=True)

generator = torch.Generator().manual_seed(41)
for T in (1, 4, 7):
    drawn = torch.randn(T, T, generator=generator).softmax(dim=-1)
    checks.call(mask_then_renormalize, drawn).equals(right_renormalized(drawn))
checks.robust(mask_then_renormalize, right_renormalized, drawn)
# Nearly all weight lies in the future: what is left is small, and its ratios stay.
future = torch.tensor([[0.04, 0.96, 0.0], [0.03, 0.01, 0.96], [0.2, 0.3, 0.5]])
checks.call(mask_then_renormalize, future).equals(right_renormalized(future))
checks.call(mask_then_renormalize, torch.eye(4)).equals(torch.eye(4))
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_mask_then_renormalize_batch", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: two sequences in a batch are masked each by itself.
pair = torch.tensor([[[0.6, 0.4], [0.5, 0.5]], [[0.1, 0.9], [0.2, 0.8]]])
checks.call(mask_then_renormalize, pair).equals(
    torch.tensor([[[1.0, 0.0], [0.5, 0.5]], [[1.0, 0.0], [0.2, 0.8]]]), mistakes={
        "the columns sum to 1: in a batch dimension 1 holds the queries, and the keys are the last dimension.":
            torch.tensor([[[0.545455, 0.0], [0.454545, 1.0]], [[1 / 3, 0.0], [2 / 3, 1.0]]]),
    })
### BEGIN HIDDEN TESTS
generator = torch.Generator().manual_seed(42)
for lead in [(3,), (2, 3), (1,)]:
    drawn = torch.randn(*lead, 5, 5, generator=generator).softmax(dim=-1)
    right = drawn.tril() / drawn.tril().sum(dim=-1, keepdim=True)
    checks.call(mask_then_renormalize, drawn).equals(right)
    checks.robust(mask_then_renormalize, lambda w: w.tril() / w.tril().sum(dim=-1, keepdim=True), drawn)
### END HIDDEN TESTS

# %%
print(mask_then_renormalize(weights))

# %% [markdown]
# The same with matrices of seed 123, the numbers that return at the end of the chapter:

# %%
print(mask_then_renormalize(scores_and_weights(123)[1]))

# %% [markdown]
# ## 4.3 Is anything left of the future?
#
# There is reason to be suspicious. The softmax of chapter 2 divides by a sum over *all* keys, the
# future ones included, and that was done before we blocked anything. The weight of *Your* for
# *journey*, 0.2041, would be another number if the sentence went on differently. Has the future
# slipped in through the denominator?
#
# Try it out: change the scores of the four tokens that *journey* may not see, and look at its
# row before and after renormalizing. (PyTorch's own softmax has no secrets after chapter 2.)

# %%
another_future = scores.clone()
another_future[1, 2:] = torch.tensor([3.0, -2.0, 1.0, 0.5])
for name, row in [("this future", scores[1]), ("another future", another_future[1])]:
    masked = torch.softmax(row / d_k**0.5, dim=-1)[:2]
    print(f"{name:15} masked {masked}   renormalized {masked / masked.sum()}")

# %% [markdown]
# Masking alone leaks: 0.2041 turns into something else, so whoever reads the weight learns something about
# the future. After renormalizing, nothing moves. Why not?

# %% [markdown] nbgrader={"grade": false, "grade_id": "question_leak", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Question: `written_leak` (10 minutes, 4 points, read by a person)
#
# Why does masking after softmax leak nothing, as long as the rows are renormalized? Write the weight
# of an allowed key before and after renormalizing as formulas and say where the future scores go.
# Then say what would leak if the rows were masked but *not* renormalized. Five sentences are enough.
#
# ### BEGIN MARK SCHEME
# - 1 point: the masked weight is exp(s_j) over the sum of exp over all keys, future ones included.
# - 1 point: every weight of the row has that same denominator, so it cancels when the row is divided
#   by its sum.
# - 1 point: what remains is exp(s_j) over the sum over the allowed keys: the softmax of the
#   allowed scores alone, in which no future score occurs.
# - 1 point: without renormalizing the sum of the row (or the size of its weights) tells how much
#   weight the future took, so outputs change with future tokens.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_leak", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# Softmax gives key j the weight exp(s_j) / Z, where Z is the sum of exp(s_k) over all keys; through Z
# it depends on future scores. Z is the same for all weights of the row. After masking, the row is
# divided by the sum of what is left, which is (sum of exp(s_k) over the allowed keys) / Z, so Z
# cancels and the weight is exp(s_j) / (sum of exp(s_k) over the allowed keys). That is the softmax of
# the allowed scores alone, as if the future had never been there. Without the division Z stays in
# every weight: a row that sums to 0.37 tells that the future took 0.63 of the attention.
# ### END SOLUTION

# %% [markdown]
# ## 4.4 Minus infinity before the softmax
#
# If the result is the softmax of the allowed scores alone, it can be had in one step. Softmax turns a
# score into $e^{s}$, and $e^{-\infty} = 0$. Write $-\infty$ over the forbidden scores *before* the
# softmax, and the forbidden keys get exactly 0 while the others share one between them.
#
# For that we need to say which entries are forbidden. Here lessons and libraries disagree, so that every
# mask that you meet needs a second look:
#
# | a mask as | blocked is | allowed is | who does it | turned into ours by |
# |---|---|---|---|---|
# | boolean, *True = blocked* | `True` | `False` | **this course**, `masked_fill`, `nn.MultiheadAttention` | |
# | *0 = hide* | `0`, `False` | `1`, `True` | lower triangles of ones, boolean masks of `F.scaled_dot_product_attention` | `mask == 0` |
# | additive | `-inf` | `0` | masks that are added to the scores, float masks of both | `mask == -torch.inf` |
#
# Two of PyTorch's own attentions read the same boolean mask in opposite ways. Ours, once and for
# all chapters: **a boolean mask says True where a key is blocked**, and it is broadcastable to the
# scores.
#
# ### Exercise: `causal_mask` (5 minutes, 2 points)

# %% nbgrader={"grade": false, "grade_id": "causal_mask", "locked": false, "schema_version": 3, "solution": true, "task": false}
def causal_mask(context_length):
    """The mask of the future, True where a key is blocked.

    Args:
        context_length: the number T of tokens, an int.

    Returns:
        bool of shape (T, T): True above the diagonal.

    Example:
        causal_mask(2) is tensor([[False, True], [False, False]])
    """
    ### BEGIN SOLUTION
    return torch.triu(torch.ones(context_length, context_length, dtype=torch.bool), diagonal=1)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_causal_mask_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: three tokens, True wherever the key comes after the query.
right = torch.tensor([[False, True, True], [False, False, True], [False, False, False]])
made = checks.call(causal_mask, 3)
checks.holds(getattr(made.result, "shape", None) != (6, 6), f"{made.what}: is made for six tokens, whatever context_length is.")
made.equals(right, mistakes={
    "the diagonal is blocked: a token may look at itself, and the first would have nothing to look at.":
        torch.tensor([[True, True, True], [False, True, True], [False, False, True]]),
    "True stands where a query may look: in this course True means blocked.":
        torch.tensor([[True, False, False], [True, True, False], [True, True, True]]),
    "the past is blocked and the future is not.":
        torch.tensor([[False, False, False], [True, False, False], [True, True, False]]),
    "each token sees one token too many: block from the first diagonal above the main one.":
        torch.tensor([[False, False, True], [False, False, False], [False, False, False]]),
    "the past is blocked as well: a token may look at all before it.":
        torch.tensor([[False, True, True], [True, False, True], [True, True, False]]),
    "there is a dimension too many: the shape should be (T, T), and it is repeated by itself.": right[None],
})
### BEGIN HIDDEN TESTS
for T in (1, 2, 5, 6):
    checks.call(causal_mask, T).equals(~torch.ones(T, T, dtype=torch.bool).tril())
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise: `additive_mask` (5 minutes, 2 points)
#
# Some code adds the mask to the scores instead of writing it over them: $s + 0 = s$ and
# $s + (-\infty) = -\infty$. Turn a mask of ours into one that can be added.
#
# <details><summary>Hint 1</summary>
#
# `0 * inf` is not 0 but `nan`: choose between two numbers instead of multiplying. `torch.where`
# and `masked_fill` choose.
# </details>

# %% nbgrader={"grade": false, "grade_id": "additive_mask", "locked": false, "schema_version": 3, "solution": true, "task": false}
def additive_mask(blocked):
    """A boolean mask as numbers to be added to scores.

    Args:
        blocked: bool of any shape, True where a key is blocked.

    Returns:
        float32 of the same shape: -inf where blocked, else 0.

    Example:
        additive_mask(torch.tensor([False, True])) is tensor([0., -inf])
    """
    ### BEGIN SOLUTION
    return torch.zeros(blocked.shape).masked_fill(blocked, -torch.inf)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_additive_mask_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: -inf where True, 0 where False.
inf = torch.inf
checks.call(additive_mask, torch.tensor([[False, True, True], [False, False, True]])).equals(
    torch.tensor([[0.0, -inf, -inf], [0.0, 0.0, -inf]]), mistakes={
        "allowed keys get 1: adding 1 changes a score, adding 0 does not.":
            torch.tensor([[1.0, -inf, -inf], [1.0, 1.0, -inf]]),
        "the allowed keys get -inf: True means blocked.":
            torch.tensor([[-inf, 0.0, 0.0], [-inf, -inf, 0.0]]),
        "blocked keys get +inf: the softmax would give them everything.":
            torch.tensor([[0.0, inf, inf], [0.0, 0.0, inf]]),
        "a large negative number is not -inf: a score that is lower still would lose against it.":
            torch.tensor([[0.0, -1e9, -1e9], [0.0, 0.0, -1e9]]),
        "0 * inf is nan: choose between the two numbers, do not multiply.":
            torch.tensor([[torch.nan, -inf, -inf], [torch.nan, torch.nan, -inf]]),
        "the lowest of all floats is a number still, not -inf: a row of nothing else would share its weight out.":
            torch.tensor([[0.0, -3.4028235e38, -3.4028235e38], [0.0, 0.0, -3.4028235e38]]),
        "blocked keys get -1: a score that is lower by 1 still gets weight.":
            torch.tensor([[0.0, -1.0, -1.0], [0.0, 0.0, -1.0]]),
        "this is the mask of the future, whatever came: turn the mask that is given.":
            torch.tensor([[0.0, -inf, -inf], [0.0, 0.0, -inf], [0.0, 0.0, 0.0]]),
    })
### BEGIN HIDDEN TESTS
inf_row = [-inf] * 6
checks.equals(scores + checks.call(additive_mask, torch.ones(6, 6, dtype=torch.bool).triu(1)).result, torch.tensor([
    [0.2899, *inf_row[1:]], [0.4656, 0.1723, *inf_row[2:]], [0.4594, 0.1703, 0.1731, *inf_row[3:]],
    [0.2642, 0.1024, 0.1036, 0.0186, -inf, -inf], [0.2183, 0.0874, 0.0882, 0.0177, 0.0786, -inf],
    [0.3408, 0.1270, 0.1290, 0.0198, 0.1290, 0.0078]]), "the scores of our sentence plus the mask", atol=1e-4)
generator = torch.Generator().manual_seed(43)
for shape in [(5,), (4, 6), (2, 1, 5), (2, 3, 4, 5)]:
    hidden = torch.rand(shape, generator=generator) < 0.4
    right = torch.full(shape, 0.0).masked_fill(hidden, -inf)
    checks.call(additive_mask, hidden).equals(right)
    checks.takes_noncontiguous(additive_mask, lambda m: torch.zeros(m.shape).masked_fill(m, -inf), hidden)
checks.call(additive_mask, torch.zeros(3, 2, dtype=torch.bool)).equals(torch.zeros(3, 2))
### END HIDDEN TESTS

# %% [markdown]
# One mask in all three conventions, and back:

# %%
ours = causal_mask(3)
zero_hides = torch.tensor([[1, 0, 0], [1, 1, 0], [1, 1, 1]])
added = additive_mask(ours)
print(f"True = blocked\n{ours}\n0 = hide\n{zero_hides}\nadditive\n{added}")
print("0 = hide, turned into ours:", torch.equal(zero_hides == 0, ours))
print("additive, turned into ours:", torch.equal(added == -torch.inf, ours))

# %% [markdown]
# The scores of our sentence with the future filled by $-\infty$, and with the additive mask. The two
# are the same numbers:

# %%
filled = scores.masked_fill(causal_mask(6), -torch.inf)
print(filled)
print("filling and adding agree:", torch.equal(filled, scores + additive_mask(causal_mask(6))))

# %% [markdown]
# ### Exercise: `causal_attention_weights` (10 minutes, 6 points)
#
# From raw scores to causal weights: block the future, scale by $\sqrt{d_k}$, one softmax. No second
# step that repairs the rows: where the future scores are so high that the allowed weights vanish in
# the first softmax, there is nothing left to repair.
#
# <details><summary>Hint 1</summary>
#
# The mask is made for the scores that come: their last dimension is $T$.
# </details>
# <details><summary>Hint 2</summary>
#
# `masked_fill` returns a new tensor. `masked_fill_` with an underscore saves memory by writing into
# the tensor itself, which is fine for scores that you have just made and wrong for an argument.
# </details>

# %% nbgrader={"grade": false, "grade_id": "causal_attention_weights", "locked": false, "schema_version": 3, "solution": true, "task": false}
def causal_attention_weights(scores, d_k):
    """Attention weights in which no query sees a later key.

    Args:
        scores: unscaled dot products of queries and keys, shape (..., T, T), any finite numbers.
        d_k: the number of features of a key, an int; the scores are divided by its square root.

    Returns:
        weights of the same shape; each row sums to 1 and is exactly 0 above the diagonal.

    Example:
        scores [[5., 9.], [3., 3.]] give tensor([[1., 0.], [0.5, 0.5]]) for any d_k
    """
    ### BEGIN SOLUTION
    T = scores.shape[-1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return torch.softmax(scores.masked_fill(future, -torch.inf) / d_k**0.5, dim=-1)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_causal_attention_weights_values", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: two tokens with d_k = 4, then the six tokens of our sentence with d_k = 2.
two = torch.tensor([[0.0, 5.0], [0.0, 2.0]])
checks.call(causal_attention_weights, two, 4).equals(torch.tensor([[1.0, 0.0], [0.2689, 0.7311]]), atol=1e-4, mistakes={
    "the scores are not scaled.": torch.tensor([[1.0, 0.0], [0.1192, 0.8808]]),
    "the scores are divided by d_k: the root is missing.": torch.tensor([[1.0, 0.0], [0.3775, 0.6225]]),
    "the scores are divided by √T: it is the width of the keys that counts, d_k.":
        torch.tensor([[1.0, 0.0], [0.1956, 0.8044]]),
    "the scores are multiplied by √d_k.": torch.tensor([[1.0, 0.0], [0.0180, 0.9820]]),
    "the columns sum to 1: the softmax runs over the queries.": torch.tensor([[0.5, 0.0], [0.5, 1.0]]),
    "the future is 0, but the rows do not sum to 1: block before the softmax.":
        torch.tensor([[0.0759, 0.0], [0.2689, 0.7311]]),
    "the future gets weight.": torch.tensor([[0.0759, 0.9241], [0.2689, 0.7311]]),
    "blocked scores are 0 before the softmax, and exp(0) is 1.": torch.tensor([[0.5, 0.5], [0.2689, 0.7311]]),
    "the past is blocked instead of the future.": torch.tensor([[0.0759, 0.9241], [0.0, 1.0]]),
    "the diagonal is blocked: a token may look at itself.": torch.tensor([[torch.nan] * 2, [1.0, 0.0]]),
    "the weights are divided by √d_k: scale the scores.": torch.tensor([[0.5, 0.0], [0.0596, 0.4404]]),
})
expected = torch.tensor([
    [1.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000],
    [0.5517, 0.4483, 0.0000, 0.0000, 0.0000, 0.0000],
    [0.3800, 0.3097, 0.3103, 0.0000, 0.0000, 0.0000],
    [0.2758, 0.2460, 0.2462, 0.2319, 0.0000, 0.0000],
    [0.2175, 0.1983, 0.1984, 0.1888, 0.1971, 0.0000],
    [0.1935, 0.1663, 0.1666, 0.1542, 0.1666, 0.1529]])
checks.call(causal_attention_weights, scores, 2).equals(expected, atol=1e-4)
### BEGIN HIDDEN TESTS
def right_weights(s, width):
    future = torch.ones(s.shape[-2:], dtype=torch.bool).triu(1)
    return (s / width**0.5).masked_fill(future, -torch.inf).softmax(dim=-1)

generator = torch.Generator().manual_seed(44)
for T, width in [(5, 16), (3, 7), (4, 1)]:
    drawn = 4 * torch.randn(T, T, generator=generator)
    future = torch.ones(T, T, dtype=torch.bool).triu(1)
    checks.call(causal_attention_weights, drawn, width).equals(right_weights(drawn, width), mistakes={
        "the scores are divided by √2, whatever d_k is.": right_weights(drawn, 2),
        "each token sees one token too many.":
            (drawn / width**0.5).masked_fill(future.triu(2), -torch.inf).softmax(dim=-1),
    })
    checks.robust(causal_attention_weights, right_weights, drawn, width)
checks.call(causal_attention_weights, torch.tensor([[-3.0]]), 5).equals(torch.tensor([[1.0]]))
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_causal_attention_weights_batch", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: a batch of two sequences, the second one's scores all equal.
pair = torch.stack([scores, torch.ones(6, 6)])
made = checks.call(causal_attention_weights, pair, 2)
made.is_tensor(shape=(2, 6, 6))
checks.equals(made.result[1, 3], torch.tensor([0.25, 0.25, 0.25, 0.25, 0.0, 0.0]), "row 3 of equal scores", mistakes={
    "the columns sum to 1: in a batch dimension 1 holds the queries, and the keys are the last dimension.":
        torch.tensor([1 / 6, 1 / 5, 1 / 4, 1 / 3, 0.0, 0.0]),
})
checks.equals(made.result[0, 1, :2], torch.tensor([0.5517, 0.4483]), "row 1 of our sentence", atol=1e-4)
### BEGIN HIDDEN TESTS
generator = torch.Generator().manual_seed(45)
for lead in [(3,), (2, 3), (1,)]:
    drawn = torch.randn(*lead, 5, 5, generator=generator)
    future = torch.ones(5, 5, dtype=torch.bool).triu(1)
    checks.call(causal_attention_weights, drawn, 9).equals(
        (drawn / 3).masked_fill(future, -torch.inf).softmax(dim=-1))
    checks.robust(
        causal_attention_weights,
        lambda s, w: (s / w**0.5).masked_fill(torch.ones(5, 5, dtype=torch.bool).triu(1), -torch.inf).softmax(dim=-1),
        drawn, 9)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_causal_attention_weights_extremes", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: a future score that towers over everything has no say, and hurts nothing.
towering = torch.tensor([[0.0, 900.0, 0.0], [0.0, 0.0, 900.0], [2.0, 2.0, 2.0]])
expected = torch.tensor([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [1 / 3, 1 / 3, 1 / 3]])
checks.call(causal_attention_weights, towering, 4).equals(expected, mistakes={
    "where a future score is high, nan comes out: the first softmax leaves nothing to renormalize. "
    "Block before the softmax, and take one softmax.":
        torch.tensor([[torch.nan] * 3, [torch.nan] * 3, [1 / 3] * 3]),
})
### BEGIN HIDDEN TESTS
high = torch.tensor([[600.0, 0.0, 0.0], [600.0, 600.0, 0.0], [0.0, 0.0, 600.0]])
nan = torch.nan
checks.call(causal_attention_weights, high, 1).equals(
    torch.tensor([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]]), mistakes={
        "where an allowed score is high, its exponential is infinite and nan comes out: subtract the largest "
        "score of a row before exp, as in chapter 2.":
            torch.tensor([[nan, 0.0, 0.0], [nan, nan, 0.0], [0.0, 0.0, nan]]),
    })
future = torch.ones(3, 3, dtype=torch.bool).triu(1)
for low in (-2e4, -1e10, -1e37):
    very_low = torch.full((3, 3), low)
    checks.call(causal_attention_weights, very_low, 4).equals(expected, mistakes={
        "where the allowed scores are very low, blocked keys get weight: a large negative number in "
        "place of -inf wins against them.": very_low.masked_fill(future, -1e4).softmax(dim=-1),
        "where the allowed scores are very low, blocked keys get as much weight as they: a large "
        "negative number that is added is not -inf.": very_low.softmax(dim=-1),
    })
### END HIDDEN TESTS

# %%
print(causal_attention_weights(scores, d_k))
difference = (causal_attention_weights(scores, d_k) - mask_then_renormalize(weights)).abs().max()
print(f"largest difference to masking and renormalizing: {difference:.4f}")

# %% [markdown]
# The four stages side by side. Hatched cells hold $-\infty$.

# %% alt="Four heatmaps of six by six: all scores; the mask, dark above the diagonal; the scores with the upper triangle hatched; the weights, a lower triangle whose first row is a single dark cell."
fig, panels = plt.subplots(1, 4, figsize=(15, 3.6))
limits = (scores.min().item(), scores.max().item())
figures.heatmap(scores, tokens, tokens, title="1. scores", limits=limits, ax=panels[0])
figures.heatmap(causal_mask(6).float(), tokens, tokens, title="2. mask, dark is blocked", ax=panels[1])
figures.heatmap(filled, tokens, tokens, title="3. masked scores", limits=limits, ax=panels[2])
panels[2].patch.set(hatch="////", edgecolor="0.6")  # shows through where the image has no number
figures.heatmap(causal_attention_weights(scores, d_k), tokens, tokens,
                title="4. weights", limits=(0, 1), ax=panels[3])
plt.show()

# %% [markdown]
# *Your* can only look at itself, whatever its score. Each further row shares one weight among more
# tokens. Only the last row is what it was without a mask.
#
# It is often said that masking after the softmax harms the gradients. Measured, it does not: both ways
# are the same function of the scores, so the gradients are equal too. What is true is that one softmax
# is less work than a softmax and a repair, and that it has no weak spot where the repair divides 0 by 0:

# %%
pull = torch.linspace(0.5, 1.5, 36).reshape(6, 6)  # any weighting of the outputs will do
gradients = []
for way in (lambda s: causal_attention_weights(s, d_k),
            lambda s: mask_then_renormalize(torch.softmax(s / d_k**0.5, dim=-1))):
    leaf = scores.clone().requires_grad_()
    (way(leaf) * pull).sum().backward()
    gradients.append(leaf.grad)
print(f"largest difference of the two gradients: {(gradients[0] - gradients[1]).abs().max():.4f}")

high_future = torch.tensor([[0.0, 900.0], [0.0, 0.0]])
print("one softmax:           ", causal_attention_weights(high_future, d_k)[0])
print("masked and renormalized:", mask_then_renormalize(torch.softmax(high_future / d_k**0.5, dim=-1))[0])

# %% [markdown]
# ## 4.5 Find the leak
#
# A mask can be right and the model can leak all the same: some other step may mix the positions. The
# loss will look wonderful and nobody will complain until the model is asked to write. So do not
# trust, test: *an attention is causal if no output changes when a later token changes.*
#
# Here are four attentions, without trainable matrices, for a batch of shape (b, T, d). They are built on
# PyTorch's own. (Its `is_causal=True` blocks the future. A boolean `attn_mask` of this function means
# True = *may* attend, the opposite of ours.)

# %% nbgrader={"grade": false, "grade_id": "given_attentions", "locked": true, "schema_version": 3, "solution": false, "task": false}
def look_back(x):
    """Causal self-attention."""
    return F.scaled_dot_product_attention(x, x, x, is_causal=True)


def look_everywhere(x):
    """Self-attention without a mask."""
    return F.scaled_dot_product_attention(x, x, x)


def off_by_one(x):
    """Causal self-attention over a sequence that starts one token too late: a slip in slicing."""
    return look_back(torch.cat([x[:, 1:], x[:, -1:]], dim=1))


def rounded_sum(x):
    """The sum over the whole sequence to one decimal, at every position: a step function."""
    return (10 * x.sum(dim=1, keepdim=True)).round().expand_as(x) / 10

# %% [markdown]
# A picture makes a leak visible. How strongly does output $i$ react to token $j$? Calculus answers with
# the derivative $\partial\, \text{out}_i / \partial\, x_j$, whose size is drawn below. A causal
# attention has nothing above the diagonal.

# %% alt="Four heatmaps of influence, output by token. look_back: only the lower triangle. Masked but not renormalized: the upper triangle is faintly grey. off_by_one: one diagonal too many. rounded_sum: all empty."
def masked_only(x):
    """The weights of the future set to 0 after the softmax, and nothing else."""
    shares = F.scaled_dot_product_attention(x, x, torch.eye(x.shape[1]).expand(len(x), -1, -1))
    return (shares * lower_triangular_mask(x.shape[1])) @ x


def influence(attention, x):
    """The size of the derivative of output i by token j, shape (T, T), for one sequence (T, d)."""
    jacobian = torch.autograd.functional.jacobian(lambda s: attention(s[None])[0], x)
    return jacobian.abs().sum(dim=(1, 3))


fig, panels = plt.subplots(1, 4, figsize=(15, 3.6))
for attention, ax in zip([look_back, masked_only, off_by_one, rounded_sum], panels):
    figures.heatmap(influence(attention, inputs), tokens, tokens, title=attention.__name__,
                    ylabel="output", xlabel="token", limits=(0, 1), ax=ax)
plt.show()

# %% [markdown]
# `look_back` is clean. `masked_only` keeps the right triangle of weights, yet its outputs react
# faintly to later tokens: this is the denominator of section 4.3. `off_by_one` reaches one step ahead.
# The last picture is empty, though `rounded_sum` adds up *all* tokens: its steps are flat, so its
# derivative is zero everywhere. Derivatives do not see everything. What does is to change a token
# and look.
#
# ### Exercise: `leaks_future` (20 minutes, 6 points)
#
# Write the test that you will run on every attention from now on. It gets the attention as a function
# and knows nothing about its inside: there may be no mask to look at and no gradient to take. It may
# call the function as often as it likes.
#
# A leak may hide: in one sequence of the batch, at one position, one step ahead or from the far
# end, in one feature. Sums of floats in another order differ in the last digits, so only a change above
# 1e-4 counts.
#
# <details><summary>Hint 1</summary>
#
# Change a copy of `x` from position t on, call the function again and compare the outputs
# *before* t. They must not have moved. Which t are worth trying?
# </details>
# <details><summary>Hint 2</summary>
#
# Make the change large: a tiny one may vanish in rounding. And not by `nan` or `inf`: a weight of 0
# times `nan` is `nan`, so that an honest attention would look like a leaking one.
# </details>
# <details><summary>Hint 3</summary>
#
# `bool(...)` turns a tensor with a single truth value into a Python bool.
# </details>

# %% nbgrader={"grade": false, "grade_id": "leaks_future", "locked": false, "schema_version": 3, "solution": true, "task": false}
def leaks_future(attention, x):
    """Does an output of an attention depend on a later token?

    Args:
        attention: any deterministic function from (b, T, d) to (b, T, d_out), differentiable or not.
        x: the input to try it on, shape (b, T, d); it is not changed.

    Returns:
        a Python bool: True if some output changes by more than 1e-4 when tokens after it change.

    Example:
        leaks_future(look_everywhere, x) is True, leaks_future(look_back, x) is False
    """
    ### BEGIN SOLUTION
    before = attention(x)
    generator = torch.Generator().manual_seed(0)
    for t in range(1, x.shape[1]):
        changed = x.detach().clone()
        changed[:, t:] += 3 * torch.randn(changed[:, t:].shape, generator=generator)
        difference = (attention(changed) - before)[:, :t].abs()
        if bool((difference > 1e-4).any()):
            return True
    return False
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_leaks_future_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: an honest attention and two that leak. Before them, three functions without any leak.
def constant(x):
    return torch.zeros_like(x)

def itself(x):
    return 2 * x

def token_before(x):
    return torch.cat([x[:, :1], x[:, :-1]], dim=1)

def expect(leak, attention, mistake):
    said = checks.call(leaks_future, attention, sentences)
    checks.holds(said.result is not (not leak), f"{said.what}: {mistake}")
    said.equals(leak)

sentences = torch.stack([inputs, inputs.flip(0)])
expect(False, constant, "its outputs never change. Do True and False stand the right way round?")
expect(False, itself, "an output may change with its own token: compare only those before the first token that you change.")
expect(False, token_before, "an output may change with earlier tokens: change later ones, and compare those before.")
expect(False, look_back, "it is honest. If you change tokens to nan or inf: a weight of 0 times nan is nan.")
checks.call(leaks_future, off_by_one, sentences).equals(True)
expect(True, look_everywhere, "it takes later tokens in any order alike: exchanging them shows nothing, so change them.")
### BEGIN HIDDEN TESTS
class Projected(nn.Module):
    """Attention with trainable matrices: outputs carry a gradient and have another width."""

    def __init__(self, is_causal):
        super().__init__()
        self.project = nn.Linear(3, 4)
        self.is_causal = is_causal

    def forward(self, x):
        wide = self.project(x)
        return F.scaled_dot_product_attention(wide, wide, wide, is_causal=self.is_causal)

def history(x):
    return 30 * x.cumsum(dim=1)

def only_the_future(x):
    return x.flip(1).cumsum(dim=1).flip(1)

generator = torch.Generator().manual_seed(46)
torch.manual_seed(46)
causal_module, open_module = Projected(True), Projected(False)
for shape in [(2, 5, 3), (1, 4, 3), (3, 2, 3)]:
    x = 0.5 * torch.randn(shape, generator=generator)
    for attention, leak in [(causal_module, False), (open_module, True), (itself, False),
                            (history, False), (only_the_future, True)]:
        checks.call(leaks_future, attention, x).equals(leak)
checks.call(leaks_future, look_everywhere, x.double()).equals(True)
checks.call(leaks_future, look_back, x.double()).equals(False)
checks.call(leaks_future, look_back, checks.scattered(x)).equals(False)
checks.call(leaks_future, look_everywhere, checks.scattered(x)).equals(True)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_leaks_future_not_differentiable", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: step functions have no useful gradient, and leak or do not leak all the same.
def rounded_history(x):
    return (10 * x.cumsum(dim=1)).round() / 10

def expect(leak, attention, mistake):
    said = checks.call(leaks_future, attention, sentences)
    checks.holds(said.result is not (not leak), f"{said.what}: {mistake}")
    said.equals(leak)

sentences = torch.stack([inputs, inputs.flip(0)])
checks.call(leaks_future, rounded_history, sentences).equals(False)
expect(True, rounded_sum, "gradients, tiny changes and tokens in another order show nothing here. Make the change a large one.")
### BEGIN HIDDEN TESTS
# Of all tokens, which has the largest first feature? In one sentence the first, in one the last,
# each by so little that a moderate change of any kind shows.
close_race = torch.full((2, 5, 3), 0.25)
close_race[0, 0], close_race[1, -1] = 0.3, 0.3

def loudest(x):
    return x[..., 0].argmax(dim=1).float()[:, None, None].expand(-1, x.shape[1], 4)

def loudest_so_far(x):
    return x[..., :1].cummax(dim=1).indices.float()

def detached(x):
    return look_everywhere(x.detach())

def without_gradient(x):
    with torch.no_grad():
        return look_back(x)

for attention, leak in [(loudest, True), (loudest_so_far, False), (rounded_sum, True),
                        (rounded_history, False), (detached, True), (without_gradient, False)]:
    checks.call(leaks_future, attention, close_race).equals(leak)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_leaks_future_hiding_places", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: a leak at one position only: token 0 sees token 1, all others are honest.
def first_sees_second(x):
    out = look_back(x).clone()
    out[:, 0] += x[:, 1:2].sum(dim=1)
    return out

def expect(leak, attention, mistake):
    said = checks.call(leaks_future, attention, sentences)
    checks.holds(said.result is not (not leak), f"{said.what}: {mistake}")
    said.equals(leak)

sentences = torch.stack([inputs, inputs.flip(0)])
checks.call(leaks_future, look_back, sentences).equals(False)
expect(True, first_sees_second, "only token 1 leaks, into output 0: a change of the last token alone does not show it.")
### BEGIN HIDDEN TESTS
def first_sees_last(x):
    out = look_back(x).clone()
    out[:, 0] += x[:, -1]
    return out

def last_but_one_sees_last(x):
    out = look_back(x).clone()
    out[:, -2:-1] += x[:, -1:]
    return out

def sees_two_steps_ahead(x):
    return torch.cat([x[:, 2:], x[:, :2]], dim=1)

def only_where_it_starts_positive(x):
    return look_back(x) + (x[:, :1, :1] > 0) * x.sum(dim=1, keepdim=True)

def through_the_last_feature(x):
    return torch.cat([x[..., :2], x[..., 2:].sum(dim=1, keepdim=True).expand(-1, x.shape[1], 1)], dim=-1)

def less_of_what_comes(x):
    return x - x.sum(dim=1, keepdim=True)

def a_small_leak(x):
    out = look_back(x).clone()
    out[:, 0, 0] += 3e-3 * torch.tanh(x[:, 1:2, 0].sum(dim=1))
    return out

def too_small_to_count(x):
    return look_back(x) + 2e-5 * torch.tanh(x.sum(dim=1, keepdim=True))

generator = torch.Generator().manual_seed(47)
x = 0.3 * torch.randn(2, 5, 3, generator=generator)
x[0, 0, 0], x[1, 0, 0] = -0.4, 0.4
sentences = x
for attention, leak, mistake in [
    (first_sees_second, True, "only token 1 leaks, into output 0: compare output 0 too."),
    (first_sees_last, True, "only the last token leaks, into output 0: compare all outputs before a change, however far."),
    (last_but_one_sees_last, True, "only the last token leaks, into the output before it: change tokens at every "
                                   "position, and compare every output before them."),
    (sees_two_steps_ahead, True, "output t sees token t + 2: compare all outputs before a change, however far."),
    (only_where_it_starts_positive, True, "only the second sequence of the batch leaks: compare all of them."),
    (through_the_last_feature, True, "only the last feature of a token leaks: change all features, and compare all."),
    (less_of_what_comes, True, "outputs fall where later tokens grow: the size of a change counts, whatever its sign, "
                               "and changes up and down must not cancel."),
    (a_small_leak, True, "an output moves by 0.003. That is little, and more than the 1e-4 that count."),
    (too_small_to_count, False, "outputs move by less than 1e-4, and only more counts."),
]:
    expect(leak, attention, mistake)
checks.call(leaks_future, look_back, x).equals(False)
### END HIDDEN TESTS

# %% [markdown]
# Your detector on all the attentions of this section, and on two more: one that centres the sequence
# (subtracts the mean over all tokens) before an honest attention, and one whose softmax runs over the
# wrong dimension. Both have a perfect triangle of weights.

# %%
def centred(x):
    """A normalization over time in front of a causal attention."""
    return look_back(x - x.mean(dim=1, keepdim=True))


def over_queries(x):
    """Causal weights whose columns, not rows, sum to one."""
    s = (x @ x.transpose(1, 2)).masked_fill(causal_mask(x.shape[1]), -torch.inf)
    return torch.softmax(s, dim=-2) @ x


for attention in [look_back, look_everywhere, masked_only, off_by_one, rounded_sum, centred, over_queries]:
    print(f"{attention.__name__:16} leaks: {leaks_future(attention, inputs[None])}")

# %% [markdown]
# ## 4.6 Padding
#
# Sentences of a batch have different lengths. The shorter ones are filled up with a token that means
# nothing, `<PAD>`, and nothing should attend to it. Here are two small sentences, *the middle-aged man
# who writes code* and *writes code every day*, as positions in a vocabulary:

# %%
token_ids = data.token_ids()
pad_id = data.VOCABULARY.index(data.PAD)
print(token_ids, " padding is", pad_id)

# %% [markdown]
# The causal mask is the same for all sequences. A padding mask is not: it belongs to the sentence, and
# it blocks *keys*, whole columns. The scores of a batch have the shape (b, T_q, T_k), so a mask of shape
# (b, 1, T_k) is what broadcasting turns into: for this sentence, for every query, these keys.
#
# ### Exercise: `padding_mask` (5 minutes, 3 points)
#
# <details><summary>Hint 1</summary>
#
# Comparing a tensor with a number gives a boolean tensor of the same shape. `unsqueeze` puts in a
# dimension of size one.
# </details>

# %% nbgrader={"grade": false, "grade_id": "padding_mask", "locked": false, "schema_version": 3, "solution": true, "task": false}
def padding_mask(token_ids, pad_id):
    """Block padding as keys, for every query of the same sentence.

    Args:
        token_ids: integers of shape (b, T).
        pad_id: the number that stands for padding, an int.

    Returns:
        bool of shape (b, 1, T): True where the key is padding.

    Example:
        padding_mask(torch.tensor([[5, 8], [5, 0]]), 0) is tensor([[[False, False]], [[False, True]]])
    """
    ### BEGIN SOLUTION
    return (token_ids == pad_id).unsqueeze(1)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_padding_mask_values", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: two sentences of three tokens, with one and with two tokens of padding.
ids = torch.tensor([[4, 2, 9], [3, 9, 9]])
checks.call(padding_mask, ids, 9).equals(torch.tensor([[[False, False, True]], [[False, True, True]]]), mistakes={
    "True stands at the real tokens: in this course True means blocked.":
        torch.tensor([[[True, True, False]], [[True, False, False]]]),
    "the shape should be (b, 1, T): a dimension for the queries is missing.":
        torch.tensor([[False, False, True], [False, True, True]]),
    "this blocks queries: a key is the last dimension of the scores, so the shape is (b, 1, T).":
        torch.tensor([[[False], [False], [True]], [[False], [True], [True]]]),
    "there is a dimension too many: the shape should be (b, 1, T).":
        torch.tensor([[[[False, False, True]]], [[[False, True, True]]]]),
    "padding is blocked as a query, too: only its column is to be blocked, and the shape is (b, 1, T).":
        torch.tensor([[[False, False, True], [False, False, True], [True, True, True]],
                      [[False, True, True], [True, True, True], [True, True, True]]]),
    "a mask for every query is more than is needed: a 1 in place of T is repeated by itself.":
        torch.tensor([[[False, False, True]] * 3, [[False, True, True]] * 3]),
    "the first sentence's mask is used for the whole batch: each sentence has its own padding.":
        torch.tensor([[[False, False, True]], [[False, False, True]]]),
    "one mask for the whole batch: each sentence has its own padding.":
        torch.tensor([[[False, True, True]], [[False, True, True]]]),
    "nothing is blocked: compare with the pad_id that is given.":
        torch.tensor([[[False, False, False]], [[False, False, False]]]),
})
### BEGIN HIDDEN TESTS
generator = torch.Generator().manual_seed(48)
for b, T, pad in [(1, 5, 0), (4, 6, 3), (3, 2, 1), (2, 1, 0)]:
    drawn = torch.randint(0, 5, (b, T), generator=generator)
    right = (drawn == pad)[:, None, :]
    made = checks.call(padding_mask, drawn, pad)
    made.equals(right, mistakes={
        "0 is not always the padding: use the pad_id that is given.": (drawn == 0)[:, None, :],
        "the largest number is not always the padding: use the pad_id that is given.":
            (drawn == drawn.max())[:, None, :],
        "numbers above pad_id are blocked as well: only pad_id itself is padding.": (drawn >= pad)[:, None, :],
        "only the last token is looked at.": torch.cat(
            [torch.zeros(b, 1, T - 1, dtype=torch.bool), right[..., -1:]], dim=-1),
    })
    filled_scores = torch.zeros(b, 3, T).masked_fill(made.result, -1.0)
    checks.equals(filled_scores, -right.float().expand(b, 3, T), "scores of three queries, masked with it")
    checks.call(padding_mask, drawn.int(), pad).equals(right)
    checks.takes_noncontiguous(padding_mask, lambda i, p: (i == p)[:, None, :], drawn, pad)
### END HIDDEN TESTS

# %% [markdown]
# Two masks are combined by *or*: a key is blocked if it lies in the future or is padding.
# `(T, T) | (b, 1, T)` broadcasts to (b, T, T).

# %% tags=["nbval-ignore-output"] alt="Two masks of four by four, one per sentence. The first is the causal triangle; in the second the column of the padding is dark as well."
has_font = figures.use_chinese_font()
both = causal_mask(4) | padding_mask(token_ids, pad_id)
fig, panels = plt.subplots(1, 2, figsize=(8.5, 3.4))
for words, blocked, ax in zip(data.SENTENCES, both, panels):
    labels = words if has_font else figures.romanized(words)
    figures.heatmap(blocked.float(), labels, labels, title="dark is blocked", limits=(0, 1), ax=ax)
plt.show()

# %%
print(both.shape)
print(both[1].int())

# %% [markdown]
# The last row of the second sentence belongs to padding as a *query*. It may look back at the real
# tokens and gets weights like any other; nobody reads its output, and the loss leaves it out (chapter 8).
# Blocking that row too would leave it without any key, and a softmax over nothing but $-\infty$ is `nan`.
#
# ## 4.7 Bug clinic: a mask that is not quite one
#
# The function below was found in a code base, where it was used to train on padded batches. Its
# scores are already scaled. Its loss looked good. It has two defects: one shows on any padded batch,
# the other only on unusual scores, which is worse.

# %% nbgrader={"grade": false, "grade_id": "given_found_weights", "locked": true, "schema_version": 3, "solution": false, "task": false}
def found_weights(scores, token_ids, pad_id):
    """Causal attention weights for a padded batch.

    Args:
        scores: scaled scores of shape (b, T, T).
        token_ids: integers of shape (b, T); padding, if any, stands at the end of a sentence.
        pad_id: the number that stands for padding.

    Returns:
        weights of shape (b, T, T).
    """
    hidden = scores.clone()
    for query in range(scores.shape[-1]):
        hidden[:, query, query + 1 :] = -1e9
    return torch.softmax(hidden, dim=-1)

# %% [markdown]
# ### Exercise: `catch_forbidden_weight` (15 minutes, 4 points)
#
# First show the defects. Whoever mends a bug that was never shown does not know whether it is mended.
# Write a test: a function that gets such an attention, feeds it with scores and token ids *of your
# choice*, and raises an `AssertionError` if a forbidden key (a later token, or padding) gets any
# weight. It must catch either defect alone, and it must let a right attention pass.
#
# <details><summary>Hint 1</summary>
#
# `assert condition, "a sentence"` raises an `AssertionError` with that sentence if the condition is false.
# </details>
# <details><summary>Hint 2</summary>
#
# -1e9 is a large negative number, but it is a number. Against which scores of the allowed keys would
# it win?
# </details>
# <details><summary>Hint 3</summary>
#
# A batch of one sentence that ends in padding is enough, if you call the function twice: with ordinary
# scores and with extreme ones. Let the first token be a real one, so that every query has an allowed key.
# </details>

# %% nbgrader={"grade": false, "grade_id": "catch_forbidden_weight", "locked": false, "schema_version": 3, "solution": true, "task": false}
def catch_forbidden_weight(weights_of):
    """Raise AssertionError if an attention gives weight to a later token or to padding.

    Args:
        weights_of: a function of (scores, token_ids, pad_id) like `found_weights`. It is called
            with finite float32 scores of shape (b, T, T) and with sentences that begin with a real
            token and have their padding, if any, at the end.

    Raises:
        AssertionError: some forbidden key gets a weight above 0, if only for very low scores (-1e10)
            of the allowed keys. How the weight is shared among the allowed keys does not matter.
    """
    ### BEGIN SOLUTION
    token_ids, pad_id = torch.tensor([[3, 1, 2], [3, 1, 0], [3, 0, 0]]), 0
    later = torch.ones(3, 3, dtype=torch.bool).triu(diagonal=1)
    forbidden = later | (token_ids == pad_id)[:, None, :]
    for level in (0.0, -1e10):
        found = weights_of(torch.full((3, 3, 3), level), token_ids, pad_id)
        assert not found[forbidden].any(), f"with all scores {level} a forbidden key gets weight"
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_catch_forbidden_weight_found", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: `found_weights` is caught; an attention that only ever looks at the first token is not.
def first_token_only(scores, token_ids, pad_id):
    return torch.zeros_like(scores).index_fill(-1, torch.tensor(0), 1.0)

try:
    checks.call(catch_forbidden_weight, first_token_only)
except checks.CheckFailed as failure:
    checks.holds("AssertionError" not in str(failure), "catch_forbidden_weight(first_token_only): raises AssertionError, "
                 "but all weight lies on the first token, which is forbidden to nobody.")
    raise
checks.raises(AssertionError, catch_forbidden_weight, found_weights,
              hint="Assert that every forbidden weight is 0.")

# %% nbgrader={"grade": true, "grade_id": "test_catch_forbidden_weight_future", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: an attention that hides padding well, and later tokens by -1e9 or not at all, is caught.
checks.raises(AssertionError, catch_forbidden_weight, found_weights,
              hint="Assert that every forbidden weight is 0.")
### BEGIN HIDDEN TESTS
def blocked_keys(scores, token_ids, pad_id):
    return torch.ones_like(scores).triu(1).bool() | (token_ids == pad_id)[..., None, :]

def right_by_filling(scores, token_ids, pad_id):
    return scores.masked_fill(blocked_keys(scores, token_ids, pad_id), -torch.inf).softmax(dim=-1)

def future_hidden_by_minus_1e9(scores, token_ids, pad_id):
    future = torch.ones_like(scores).triu(1).bool()
    padding = (token_ids == pad_id)[..., None, :]
    return scores.masked_fill(future, -1e9).masked_fill(padding & ~future, -torch.inf).softmax(dim=-1) * ~padding

try:
    checks.call(catch_forbidden_weight, right_by_filling)
except checks.CheckFailed as failure:
    checks.holds("AssertionError" not in str(failure), "catch_forbidden_weight: raises AssertionError for a right "
                 "attention. Only later tokens and padding are forbidden: every other key may get weight, the query's own too.")
    raise
checks.raises(AssertionError, catch_forbidden_weight, future_hidden_by_minus_1e9,
              hint="It hides padding well, and later tokens by -1e9. Against very low scores they win.")

def future_not_hidden(scores, token_ids, pad_id):
    return scores.masked_fill((token_ids == pad_id)[..., None, :], -torch.inf).softmax(dim=-1)

checks.raises(AssertionError, catch_forbidden_weight, future_not_hidden,
              hint="It hides padding and nothing else.")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_catch_forbidden_weight_padding", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: an attention that hides later tokens well, and padding not at all, is caught; right ones are not.
checks.raises(AssertionError, catch_forbidden_weight, found_weights,
              hint="Assert that every forbidden weight is 0.")
### BEGIN HIDDEN TESTS
def blocked_keys(scores, token_ids, pad_id):
    return torch.ones_like(scores).triu(1).bool() | (token_ids == pad_id)[..., None, :]

def right_by_filling(scores, token_ids, pad_id):
    return scores.masked_fill(blocked_keys(scores, token_ids, pad_id), -torch.inf).softmax(dim=-1)

def right_by_adding(scores, token_ids, pad_id):
    hidden = torch.zeros_like(scores).masked_fill(blocked_keys(scores, token_ids, pad_id), -torch.inf)
    return (scores + hidden).softmax(dim=-1)

def right_by_hand(scores, token_ids, pad_id):
    blocked = blocked_keys(scores, token_ids, pad_id)
    top = scores.masked_fill(blocked, -torch.inf).amax(dim=-1, keepdim=True)
    powers = (scores - top).clamp(max=0).exp().masked_fill(blocked, 0.0)
    return powers / powers.sum(dim=-1, keepdim=True)

def without_padding_mask(scores, token_ids, pad_id):
    return scores.masked_fill(torch.ones_like(scores).triu(1).bool(), -torch.inf).softmax(dim=-1)

checks.raises(AssertionError, catch_forbidden_weight, without_padding_mask,
              hint="It hides later tokens well, and padding not at all: have padding in your token ids.")
for right in (right_by_filling, right_by_adding, right_by_hand):
    checks.call(catch_forbidden_weight, right)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise: `mended_weights` (10 minutes, 4 points)
#
# Now write the function as it should have been.

# %% nbgrader={"grade": false, "grade_id": "mended_weights", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mended_weights(scores, token_ids, pad_id):
    """Causal attention weights for a padded batch.

    Args:
        scores: scaled scores of shape (b, T, T), any finite numbers.
        token_ids: integers of shape (b, T); each sentence begins with a real token, its padding, if
            any, stands at the end.
        pad_id: the number that stands for padding.

    Returns:
        weights of shape (b, T, T): the softmax of each row's allowed scores; keys that are later
        than the query or padding get exactly 0. Rows of padding queries are no exception.

    Example:
        equal scores of two tokens, the second one padding, give tensor([[[1., 0.], [1., 0.]]])
    """
    ### BEGIN SOLUTION
    T = scores.shape[-1]
    later = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    blocked = later | (token_ids == pad_id).unsqueeze(1)
    return torch.softmax(scores.masked_fill(blocked, -torch.inf), dim=-1)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_mended_weights_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: equal scores; the first sentence has three tokens, the second two and one of padding.
ids, equal = torch.tensor([[1, 2, 3], [4, 5, 0]]), torch.ones(2, 3, 3)
expected = torch.tensor([[[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [1 / 3, 1 / 3, 1 / 3]],
                         [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.5, 0.5, 0.0]]])
checks.call(mended_weights, equal, ids, 0).equals(expected, mistakes={
    "padding still gets weight: hide it in the second sentence too.": expected[:1].expand(2, 3, 3),
    "the second sentence's padding is hidden in the first sentence: each has its own mask.":
        expected[1:].expand(2, 3, 3),
    "the rows do not sum to 1: hide padding before the softmax.":
        torch.stack([expected[0], expected[0] * torch.tensor([1.0, 1.0, 0.0])]),
    "the padding's row is nan: padding is blocked as a key, not as a query.":
        torch.stack([expected[0], torch.tensor([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [torch.nan] * 3])]),
    "the padding's row is 0: as a query it is no exception.":
        torch.stack([expected[0], torch.tensor([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0] * 3])]),
    "later tokens get weight: hide the future too.":
        torch.stack([torch.full((3, 3), 1 / 3), torch.tensor([[0.5, 0.5, 0.0]] * 3)]),
    "a key is hidden only where it is later and padding at once: either is reason enough.":
        torch.stack([torch.full((3, 3), 1 / 3), torch.tensor([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [1 / 3] * 3])]),
})
### BEGIN HIDDEN TESTS
def right_mended(s, i, pad):
    blocked = torch.ones(s.shape[-2:], dtype=torch.bool).triu(1) | (i == pad)[:, None, :]
    return s.masked_fill(blocked, -torch.inf).softmax(dim=-1)

generator = torch.Generator().manual_seed(49)
for b, T, pad in [(4, 5, 7), (1, 4, 0), (2, 6, 9)]:
    drawn = torch.randn(b, T, T, generator=generator)
    ids = torch.randint(10, 20, (b, T), generator=generator)
    for sentence in range(b):
        ids[sentence, T - sentence:] = pad
    checks.call(mended_weights, drawn, ids, pad).equals(right_mended(drawn, ids, pad), mistakes={
        "the scores are scaled once more: they came scaled.": right_mended(drawn / T**0.5, ids, pad),
        "padding still gets weight.": right_mended(drawn, torch.full_like(ids, pad + 1), pad),
        "the first sentence's padding is used for all.": right_mended(drawn, ids[:1].expand(b, T), pad),
    })
    checks.robust(mended_weights, right_mended, drawn, ids, pad)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_mended_weights_extremes", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: very low scores of the allowed keys, very high ones of the forbidden keys.
ids = torch.tensor([[1, 2, 0]])
low_and_high = torch.tensor([[[-1e10, 0.0, 5.0], [-1e10, -1e10, 9.0], [-1e10, -1e10, 800.0]]])
checks.call(mended_weights, low_and_high, ids, 0).equals(
    torch.tensor([[[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.5, 0.5, 0.0]]]), mistakes={
        "a forbidden key wins against very low scores: -1e9 is still a number.":
            torch.tensor([[[0.0, 0.5, 0.5], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]]),
        "padding wins against very low scores.":
            torch.tensor([[[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]]]),
        "where the forbidden scores are high, nan comes out: the first softmax leaves nothing to "
        "renormalize. Hide before the softmax.": torch.full((1, 3, 3), torch.nan),
    })
### BEGIN HIDDEN TESTS
for level in (-1e37, -5e4, 700.0):
    checks.call(mended_weights, torch.full((1, 3, 3), level), ids, 0).equals(
        torch.tensor([[[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.5, 0.5, 0.0]]]), mistakes={
            "all keys share the weight, the forbidden ones too: next to scores this low, the large negative number "
            "that is added to hide a key is lost in rounding. It is not -inf.": torch.full((1, 3, 3), 1 / 3),
        })
### END HIDDEN TESTS

# %% [markdown]
# Side by side, on one sentence of which the last of three tokens is padding. The last two lines show a
# row in which nothing is allowed: -1e9 makes polite thirds out of it and hides the mistake, while $-\infty$
# gives `nan`, which at least is noticed.

# %%
ids = torch.tensor([[1, 2, 0]])
for name, level, query in [("ordinary scores, query 2", 0.0, 2), ("very low scores, query 1", -1e10, 1)]:
    for function in (found_weights, mended_weights):
        row = function(torch.full((1, 3, 3), level), ids, 0)[0, query]
        print(f"{name}: {function.__name__:14} {row}")
for fill in (-1e9, -torch.inf):
    print(f"all keys blocked by {fill:g}:", torch.softmax(torch.full((3,), fill), dim=-1))

# %% [markdown]
# The very low scores make the found function give *all* of the weight to the one token that it was to
# hide. Scores like these do not come from a healthy model. They come from a second mask that was added
# before, or from a training run that is blowing up, and then the leak covers it up.
#
# ## 4.8 The mask as part of a module
#
# A module should make its mask once, for the longest input that it will get, its `context_length`, and
# cut it to the input at hand. But where to keep it? There are three places:

# %%
class AsAttribute(nn.Module):
    def __init__(self):
        super().__init__()
        self.mask = torch.zeros(6, 6)


class AsParameter(nn.Module):
    def __init__(self):
        super().__init__()
        self.mask = nn.Parameter(torch.zeros(6, 6))


class AsBuffer(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mask", torch.zeros(6, 6))


print("kept as      in state_dict  trained  after .to(float64)  after .to('meta')")
for cls in (AsAttribute, AsParameter, AsBuffer):
    saved, trained = "mask" in cls().state_dict(), len(list(cls().parameters())) > 0
    dtype, device = cls().to(torch.float64).mask.dtype, cls().to("meta").mask.device
    print(f"{cls.__name__:13}{saved!s:15}{trained!s:9}{str(dtype):20}{device}")

# %% [markdown]
# A plain attribute stays behind when the module moves: on a GPU the first call would fail because
# scores and mask lie on different devices (`meta` is a device without memory, which shows the same
# on any computer). A parameter moves along, but an optimizer would train the mask, and it counts as a
# trainable number. A **buffer** moves and is saved with the module, and is never trained. That is what
# `register_buffer` is for.
#
# ### Exercise: `CausalSelfAttention` (20 minutes, 9 points)
#
# Put it together. As in chapter 3 the module has three linear layers, made in the order `W_query`,
# `W_key`, `W_value`, so that a seed gives the numbers below; now it takes a batch, and it looks back only.
# Any convention for the mask inside is fine, as long as it is a buffer called `mask`.
#
# A shorter input uses the upper left corner of the mask. A longer one than `context_length` cannot be
# masked: raise a `ValueError` whose message names both lengths, the one that came and the one that is
# allowed, instead of letting a broadcasting error speak.
#
# <details><summary>Hint 1</summary>
#
# In a batch `keys.T` turns all dimensions round; `keys.transpose(1, 2)` exchanges tokens and features
# and leaves the batch alone.
# </details>
# <details><summary>Hint 2</summary>
#
# `self.mask[:T, :T]` is the corner. Cut it for use only: whoever writes `self.mask = self.mask[:T, :T]`
# can never take a longer input again.
# </details>

# %% nbgrader={"grade": false, "grade_id": "CausalSelfAttention", "locked": false, "schema_version": 3, "solution": true, "task": false}
class CausalSelfAttention(nn.Module):
    """Self-attention in which each token sees itself and the tokens before it.

    Args:
        d_in: features of a token.
        d_out: features of queries, keys, values and outputs.
        context_length: the longest input.
        qkv_bias: whether the three linear layers have a bias.

    Attributes: W_query, W_key, W_value (nn.Linear, made in this order) and the buffer mask.

    forward: (b, T, d_in) -> (b, T, d_out) for T up to context_length; the scores are scaled by √d_out.

    Raises:
        ValueError: in forward, T above context_length; the message names both.
    """

    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        ### BEGIN SOLUTION
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        future = torch.ones(context_length, context_length, dtype=torch.bool).triu(diagonal=1)
        self.register_buffer("mask", future)
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        length = x.shape[1]
        if length > self.context_length:
            raise ValueError(f"{length} tokens are more than the context length of {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5
        scores = scores.masked_fill(self.mask[:length, :length], -torch.inf)
        return torch.softmax(scores, dim=-1) @ values
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_CausalSelfAttention_parameters", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: three linear layers without bias, and with it; it computes something of the right shape.
wanted = {"W_query.weight": (4, 3), "W_key.weight": (4, 3), "W_value.weight": (4, 3)}
biases = {"W_query.bias": (4,), "W_key.bias": (4,), "W_value.bias": (4,)}
for bias, names in [(False, wanted), (True, wanted | biases)]:
    module = checks.build(CausalSelfAttention, 3, 4, 6, qkv_bias=bias)
    checks.parameters(module, names, f"CausalSelfAttention(3, 4, 6, qkv_bias={bias})")
    checks.call(module, inputs[None]).is_tensor(shape=(1, 6, 4))

# %% nbgrader={"grade": true, "grade_id": "test_CausalSelfAttention_buffer", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: the mask is a buffer, and the module works after it moved to float64.
module = checks.build(CausalSelfAttention, 3, 4, 6)
checks.call(module, inputs[None]).is_tensor(shape=(1, 6, 4))
checks.buffer(module, "mask", "CausalSelfAttention(3, 4, 6)")
module.to(torch.float64)
checks.call(module, inputs[None].double()).is_tensor(shape=(1, 6, 4), dtype=torch.float64)

# %% nbgrader={"grade": true, "grade_id": "test_CausalSelfAttention_values", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# Test: our sentence twice in a batch, matrices of seed 123.
module = checks.build(CausalSelfAttention, 3, 2, 6, seed=123)
rows = torch.tensor([[-0.4519, 0.2216], [-0.5874, 0.0058], [-0.6300, -0.0632],
                     [-0.5675, -0.0843], [-0.5526, -0.0981], [-0.5299, -0.1081]])
made = checks.call(module, torch.stack([inputs, inputs]))
made.is_tensor(shape=(2, 6, 2))
checks.holds(checks.same(checks.call(module, torch.stack([inputs, inputs])).result, made.result),
             "CausalSelfAttention: two calls on the same input differ. No dropout is asked for here.")
checks.equals(made.result[0, 1], rows[1], "the output of journey", atol=1e-4, mistakes={
    "the scores are not scaled.": torch.tensor([-0.5893, 0.0029]),
    "the scores are divided by d_out: the root is missing.": torch.tensor([-0.5862, 0.0078]),
    "the scores are divided by √d_in: the keys have d_out features.": torch.tensor([-0.5866, 0.0071]),
    "the scores are divided by √T: the keys have d_out features.": torch.tensor([-0.5856, 0.0087]),
    "the softmax runs over the queries: it should run over the keys.": torch.tensor([-0.2264, -0.0039]),
    "masked after the softmax, and the rows do not sum to 1.": torch.tensor([-0.1989, 0.0020]),
    "it sees the future: nothing is masked.": torch.tensor([-0.5323, -0.1080]),
    "it does not see itself: the diagonal is to be left open.": torch.tensor([-0.4519, 0.2216]),
    "it sees the future and not the past.": torch.tensor([-0.5480, -0.1724]),
    "it sees one token too many.": torch.tensor([-0.6301, -0.0633]),
    "blocked scores are 0 before the softmax, and exp(0) is 1.": torch.tensor([-0.5323, -0.1026]),
    "the weights are transposed.": torch.tensor([-0.8810, -0.2667]),
    "W_query makes the keys too.": torch.tensor([-0.5829, 0.0130]),
    "the keys are mixed, not the values.": torch.tensor([-0.7274, 0.1839]),
    "queries and keys have changed places. Are the layers made in the order W_query, W_key, W_value?":
        torch.tensor([-0.5790, 0.0192]),
})
made.equals(torch.stack([rows, rows]), atol=1e-4)
### BEGIN HIDDEN TESTS
def projections(module, x):
    held = {name: value.to(x.dtype) for name, value in module.named_parameters()}
    return [F.linear(x, held[f"{name}.weight"], held.get(f"{name}.bias"))
            for name in ("W_query", "W_key", "W_value")]

def right_attention(module, x):
    return F.scaled_dot_product_attention(*projections(module, x), is_causal=True)

generator = torch.Generator().manual_seed(50)
for b, T, d_in, d_out, bias, seed in [(3, 5, 4, 9, False, 1), (1, 7, 3, 2, True, 2), (2, 6, 2, 5, False, 3)]:
    module = checks.build(CausalSelfAttention, d_in, d_out, T, bias, seed=seed)
    x = 4 * torch.randn(b, T, d_in, generator=generator)
    q, k, v = (part.detach() for part in projections(module, x))
    future = torch.ones(T, T, dtype=torch.bool).triu(1)
    fill = (q @ k.transpose(1, 2) / d_out**0.5).masked_fill(future, -torch.inf)
    checks.call(module, x).equals(right_attention(module, x).detach(), mistakes={
        "the scores are divided by √2, whatever d_out is.": (fill * (d_out / 2) ** 0.5).softmax(dim=-1) @ v,
        "the first sequence's keys and values are used for the whole batch.":
            (q @ k[:1].transpose(1, 2) / d_out**0.5).masked_fill(future, -torch.inf).softmax(dim=-1) @ v[:1],
    })
    checks.takes_noncontiguous(module, lambda x, module=module: right_attention(module, x), x)
    checks.gradients(module, lambda x, module=module: right_attention(module, x), x)
module = checks.build(CausalSelfAttention, 4, 3, 6, seed=4)
if "mask" in dict(module.named_parameters()):
    checks.buffer(module, "mask", "CausalSelfAttention(4, 3, 6)")
checks.trains(module, torch.randn(2, 6, 4, generator=generator), what="CausalSelfAttention(4, 3, 6)")
# Scores so extreme that a large negative number in place of -inf wins, and a first softmax underflows.
module = checks.build(CausalSelfAttention, 3, 2, 5, seed=5)
for size in (1e3, 1e6, 1e17):
    x = size * torch.randn(2, 5, 3, generator=generator)
    q, k, v = (part.detach() for part in projections(module, x))
    dots, future = q @ k.transpose(1, 2) / 2**0.5, torch.ones(5, 5, dtype=torch.bool).triu(1)
    after = dots.softmax(dim=-1).tril()
    checks.call(module, x).equals(right_attention(module, x).detach(), rtol=1e-3, mistakes={
        "where scores are very low, masked keys get weight: a large negative number in place of -inf wins.":
            dots.masked_fill(future, -1e9).softmax(dim=-1) @ v,
        "where scores are large, nan comes out: the first softmax leaves nothing to renormalize. Mask "
        "before the softmax, and take one softmax.": (after / after.sum(dim=-1, keepdim=True)) @ v,
    })
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_CausalSelfAttention_shorter", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: inputs shorter than the context length, of any batch size, and then a full one again.
module = checks.build(CausalSelfAttention, 3, 2, 6, seed=123)
whole = checks.call(module, inputs[None]).result
for T in (1, 4, 6):
    made = checks.call(module, inputs[None, :T])
    made.is_tensor(shape=(1, T, 2))
    checks.equals(made.result, whole[:, :T], f"the outputs when only the first {T} of 6 tokens come", mistakes={
        "nothing is masked after a shorter input came first. Is the mask kept as it was cut?": torch.tensor(
            [[[-0.5713, -0.0816], [-0.5705, -0.0853], [-0.5705, -0.0853], [-0.5675, -0.0843]]]),
        "the rows of the mask are those of the last tokens: take the upper left corner.": torch.tensor(
            [[[-0.6278, -0.0596], [-0.5705, -0.0853], [-0.5705, -0.0853], [-0.5675, -0.0843]]]),
    })
### BEGIN HIDDEN TESTS
checks.equals(whole[0, 1], torch.tensor([-0.5874, 0.0058]), "row 1 of our sentence", atol=1e-4)
generator = torch.Generator().manual_seed(51)
module = checks.build(CausalSelfAttention, 4, 5, 9, seed=6)
held = dict(module.named_parameters())
for b, T in [(3, 2), (2, 7), (1, 5), (5, 9), (2, 3)]:
    x = torch.randn(b, T, 4, generator=generator)
    q, k, v = (F.linear(x, held[f"{name}.weight"]) for name in ("W_query", "W_key", "W_value"))
    right = F.scaled_dot_product_attention(q, k, v, is_causal=True).detach()
    checks.call(module, x).equals(right)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_CausalSelfAttention_too_long", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: 13 tokens where 11 are allowed: a ValueError that names both numbers. 11 are fine.
module = checks.build(CausalSelfAttention, 3, 2, 11)
checks.call(module, torch.ones(2, 11, 3)).is_tensor(shape=(2, 11, 2))
checks.raises(ValueError, module, torch.ones(2, 13, 3), mentions=(13, 11),
              hint="Compare the number of tokens with context_length first.")
### BEGIN HIDDEN TESTS
module = checks.build(CausalSelfAttention, 3, 2, 47)
checks.raises(ValueError, module, torch.ones(1, 48, 3), mentions=(48, 47))
### END HIDDEN TESTS

# %%
torch.manual_seed(123)
attention = CausalSelfAttention(3, 2, context_length=6)
batch = torch.stack([inputs, inputs])
context_vectors = attention(batch)
print(batch.shape, "->", context_vectors.shape)
print(context_vectors.detach())
print("leaks the future:", leaks_future(attention, batch))

# %% [markdown]
# Your own detector gives your own module a clean bill of health.
#
# ## 4.9 What breaks next
#
# A causal model still has a way to cheat, a slower one: with enough parameters it learns its training
# text by heart. Below, your module sees the same twelve random sentences again and again. Nobody can
# predict random symbols, and yet the loss falls below what is possible on text that is new:

# %%
torch.manual_seed(0)
text = torch.randint(SYMBOLS, (12, SEEN + 1))
attention = CausalSelfAttention(SYMBOLS, 32, SEEN)
readout = nn.Linear(32, SYMBOLS)
optimizer = torch.optim.Adam([*attention.parameters(), *readout.parameters()], lr=0.03)
for step in range(301):
    loss = F.cross_entropy(readout(attention(F.one_hot(text[:, :-1], SYMBOLS).float())).flatten(0, 1),
                           text[:, 1:].flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step in (0, 300):
        print(f"step {step:3}: loss {loss:.1f}, the best that is possible for new text is {torch.tensor(8.0).log():.1f}")

# %% [markdown]
# Chapter 5 makes learning by heart harder: dropout hides attention weights at random, in training
# only.
#
# ## Your progress
#
# This cell lists the exercises whose tests have run since you started the notebook. To run
# everything anew: *Run > Restart Kernel and Run All Cells*. Tests that are hidden from you run when the
# notebook is graded.

# %%
progress.show("04_causal_mask")
