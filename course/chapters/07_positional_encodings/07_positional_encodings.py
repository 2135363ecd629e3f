# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 7. Positional encodings
#
# **The question of this chapter:** 我喜欢你 means *I like you*, 你喜欢我 means *you like me*. The two
# sentences hold the same three words. Can attention tell them apart?
#
# It cannot, and you will see why. Then you build the four usual remedies (*sinusoidal*, *learned*,
# *relative* and *rotary* encodings), and let them compete on a task that needs order, also on
# sentences longer than any that were trained on.
#
# The chapter takes about two hours. Run the cells from top to bottom.

# %% nbgrader={"grade": false, "grade_id": "given_imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import functools
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

from course.notebook import checks, figures, progress

figures.use_style()

# %% [markdown]
# ## 7.1 Attention does not see order
#
# Three words, each with a made-up embedding of three numbers, and a self-attention with nothing to
# train: the embeddings are the queries, the keys and the values.

# %% nbgrader={"grade": false, "grade_id": "given_sentences", "locked": true, "schema_version": 3, "solution": false, "task": false}
words = ["我", "喜欢", "你"]  # I, like, you
swapped_words = ["你", "喜欢", "我"]
sentence = torch.tensor([[0.9, 0.1, 0.3], [0.2, 0.8, 0.5], [0.6, 0.4, 0.1]])  # 我喜欢你
swapped = sentence[[2, 1, 0]]  # 你喜欢我


def attention(x):
    """Self-attention without weights: (..., T, d) -> (..., T, d)."""
    return F.scaled_dot_product_attention(x, x, x)


# %%
for name, labels, x in [("我喜欢你", words, sentence), ("你喜欢我", swapped_words, swapped)]:
    print(name)
    for word, context in zip(labels, attention(x[None])[0]):
        print("  context vector:", " ".join(f"{c:.4f}" for c in context), word)

# %% [markdown]
# Look for 我: its context vector is the same in both sentences, and so are those of the other two
# words. The two sentences give the same *set* of context vectors, only listed in another order. Who
# likes whom is lost.
#
# The attention weights show why. A weight depends on what the query and the key *are*, not on where
# they stand. Put the words in another order, and the table has the same numbers with its rows and
# columns rearranged:

# %% tags=["nbval-ignore-output"]
PINYIN = {"我": "wǒ", "喜欢": "xǐhuan", "你": "nǐ"}
has_chinese = figures.use_chinese_font()


def shown(labels):
    """Labels for a figure: Chinese where a font has the characters, pinyin elsewhere."""
    return list(labels) if has_chinese else [PINYIN.get(label, label) for label in labels]


# %% alt="Two three by three heatmaps of attention weights, for the sentence and its swapped form: the second holds the numbers of the first with rows and columns in reverse order."
fig, axes = plt.subplots(1, 2, figsize=(8, 3.2))
for ax, labels, x in zip(axes, [words, swapped_words], [sentence, swapped]):
    weights = (x @ x.T / math.sqrt(3)).softmax(dim=-1)
    names = shown(labels)
    figures.heatmap(weights, names, names, title="".join(names), limits=(0.25, 0.45), ax=ax)
plt.show()

# %% [markdown]
# A function that behaves like this is called **permutation equivariant**: if the tokens are
# permuted first, the outputs come out permuted in the same way,
#
# $$ f(x_{\pi(1)}, \ldots, x_{\pi(T)}) = \big(f(x)_{\pi(1)}, \ldots, f(x)_{\pi(T)}\big). $$
#
# That is not the same as *invariant*, which would mean that the output does not change at all: the
# mean over all tokens is invariant, attention is equivariant.
#
# ### Exercise: `is_permutation_equivariant` (10 minutes, 3 points)
#
# Write the measuring instrument for this chapter: does a callable treat a batch of sequences
# equivariantly under one given permutation? Numbers that differ by no more than $10^{-4}$ count as
# equal, because float32 sums depend a little on their order.
#
# <details><summary>Hint 1</summary>
#
# Indexing with an int64 tensor permutes a dimension. Which of the three dimensions are the tokens?
# </details>
# <details><summary>Hint 2</summary>
#
# Two tensors are to be compared: the output for the permuted input, and the permuted output. The
# comparison should look at the largest absolute difference, over all sequences of the batch.
# </details>

# %% nbgrader={"grade": false, "grade_id": "is_permutation_equivariant", "locked": false, "schema_version": 3, "solution": true, "task": false}
def is_permutation_equivariant(attention, x, permutation):
    """Does permuting the tokens permute the outputs in the same way, and do nothing else?

    Args:
        attention: any callable that takes (b, T, d) and gives (b, T, d_out).
        x: a batch of sequences, shape (b, T, d).
        permutation: int64 of shape (T,): token number permutation[i] is moved to place i.

    Returns:
        a Python bool; differences of up to 1e-4 count as none.

    Example:
        is_permutation_equivariant(torch.exp, x, permutation) is True: exp treats every number alike
    """
    ### BEGIN SOLUTION
    permuted_before = attention(x[:, permutation])
    permuted_after = attention(x)[:, permutation]
    return (permuted_before - permuted_after).abs().max().item() <= 1e-4
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_is_permutation_equivariant_verdicts", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: attention is equivariant; with positions added it is not; nor is sorting.
def judge(function, x, permutation, right, told):
    made = checks.call(is_permutation_equivariant, function, x, torch.tensor(permutation))
    if not isinstance(made.result, bool):
        made.equals(right)
    if made.result != right:
        raise checks.KnownMistake(f"is_permutation_equivariant: says {made.result} of {function.__name__}, {told}")

def attention_with_rounding(x):
    return attention(x) + 0.00001 * torch.arange(x.shape[1])[:, None]

def doubled(x):
    return 2 * x

def positions_added(x):
    return attention(x + torch.arange(x.shape[1])[:, None])

def sorted_tokens(x):
    return x.sort(dim=1).values

batch = torch.stack([sentence, sentence.flip(0), 2 * sentence, -sentence])[..., :2]
judge(doubled, batch, [2, 0, 1], True, "which treats all tokens alike. Are its outputs permuted as the inputs were, in the same direction?")
judge(positions_added, batch, [2, 0, 1], False, "where a token's output depends on its place. Is every token compared?")
judge(sorted_tokens, batch, [2, 0, 1], False, "whose outputs stay where they are: that is invariance, not equivariance.")
judge(attention_with_rounding, batch, [2, 0, 1], True, "whose outputs follow their tokens to within 0.00002, which counts as equal.")
### BEGIN HIDDEN TESTS
def roll_tokens(x):
    return x.roll(1, dims=1)

def mean_of_tokens(x):
    return x.mean(dim=1, keepdim=True).expand_as(x)

generator = torch.Generator().manual_seed(71)
x = torch.randn(2, 5, 3, generator=generator)
matrix = torch.randn(4, 3, generator=generator)

def wider(x):
    return F.linear(attention(x), matrix)

trainable_matrix = nn.Parameter(matrix)

def with_gradient(x):
    return F.linear(attention(x), trainable_matrix)

cycle = [2, 0, 3, 4, 1]  # undone by another permutation, not by itself
judge(doubled, x, cycle, True, "which treats all tokens alike.")
judge(roll_tokens, x, [1, 2, 3, 4, 0], True, "with a permutation that rolls too: use the permutation that is given.")
judge(roll_tokens, x, cycle, False, "which gives the same set of outputs, but in other places.")
judge(mean_of_tokens, x, cycle, True, "whose outputs are all the same, so that any order will do.")
judge(positions_added, x, [0, 1, 2, 3, 4], True, "with the permutation that moves nothing.")
for function in (wider, with_gradient):
    judge(function, x, cycle, True, "whose outputs have 4 features and follow their tokens.")
judge(attention, x.double(), cycle, True, "whose outputs follow their tokens, in float64.")
judge(attention, x[:1, :1], [0], True, "with a single token.")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_is_permutation_equivariant_strictness", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: one wrong number of all is enough, rounding is not.
def judge(function, x, permutation, right, told):
    made = checks.call(is_permutation_equivariant, function, x, permutation)
    if not isinstance(made.result, bool):
        made.equals(right)
    if made.result != right:
        raise checks.KnownMistake(f"is_permutation_equivariant: says {made.result} of {function.__name__}, {told}")

def first_place_marked(x):
    mark = torch.zeros_like(x)
    mark[-1, 0, 0] = 0.003
    return x + mark

def rounding(x):
    return x + 0.00001 * torch.arange(x.shape[1])[:, None]

batch, order = torch.stack([sentence, sentence.flip(0), 2 * sentence, -sentence])[..., :2], torch.tensor([2, 0, 1])
judge(rounding, batch, order, True, "whose outputs follow their tokens to within 0.00002, which counts as equal.")
judge(first_place_marked, batch, order, False, "where one number in the last sequence is wrong by 0.003.")
### BEGIN HIDDEN TESTS
generator = torch.Generator().manual_seed(72)
x, order = torch.randn(3, 7, 4, generator=generator), torch.tensor([3, 0, 6, 1, 2, 4, 5])
x = x + 3 * torch.arange(3)[:, None, None]  # sequence n has a mean of about 3 n

def one_sequence_only(number):
    def function(x):
        this_one = (x.mean(dim=(1, 2), keepdim=True) - 3 * number).abs() < 1
        return attention(x) + this_one * torch.arange(x.shape[1])[:, None]
    return function

def first_added(x):
    return x + x[:, :1]

for number in range(3):
    judge(one_sequence_only(number), x, order, False, f"where sequence {number} alone depends on order: compare all sequences.")
for one_sided in (torch.linspace(0, 1, 7), torch.linspace(1, 0, 7)):
    tokens = one_sided[None, :, None].expand(2, 7, 4).contiguous()
    judge(first_added, tokens, order.flip(0), False, "where all differences have one sign: take absolute differences.")
judge(first_place_marked, x, order, False, "where one number of 84 is wrong by 0.003: take the largest difference, not a mean.")
judge(rounding, x, order, True, "whose outputs follow their tokens to within 0.00006, which counts as equal.")
### END HIDDEN TESTS

# %% [markdown]
# Does training help? The weight matrices of a trainable attention act on each token alone, so
# nothing changes, whatever they learn. A causal mask does break the symmetry: a token that sees fewer
# others knows something about its place. That is why decoders without any encoding still pick up
# some order (Haviv et al. 2022, [arXiv:2203.16634](https://arxiv.org/abs/2203.16634)).

# %%
torch.manual_seed(0)
trainable = nn.MultiheadAttention(4, num_heads=2, batch_first=True)
x, order = torch.randn(2, 6, 4), torch.tensor([3, 0, 4, 1, 5, 2])
causal = nn.Transformer.generate_square_subsequent_mask(6)

for name, function in [
    ("without weights", attention),
    ("with trainable weights", lambda x: trainable(x, x, x)[0]),
    ("with a causal mask", lambda x: trainable(x, x, x, attn_mask=causal)[0]),
]:
    print(f"{name:23} equivariant: {is_permutation_equivariant(function, x, order)}")

# %% [markdown]
# ## 7.2 Sines and cosines
#
# The remedy: give each token something that tells its position. The first idea is to add the
# position itself, 0, 1, 2, …, but at position 500 that number drowns the embedding. Dividing by
# the length of the sentence keeps it small, but then "the next word" is a different step in every
# sentence.
#
# A clock solves the same problem. Its second hand tells neighbouring moments apart and soon comes
# round; its hour hand hardly moves from one second to the next but tells morning from evening.
# Together the hands are unambiguous, and no number is ever large. Vaswani et al. (2017,
# [arXiv:1706.03762](https://arxiv.org/abs/1706.03762)) gave each position a set of such hands. A hand
# has two coordinates, a sine and a cosine, so hand $i$ takes columns $2i$ and $2i + 1$:
#
# $$ PE_{p,\,2i} = \sin\!\big(p / 10000^{2i/d}\big), \qquad PE_{p,\,2i+1} = \cos\!\big(p / 10000^{2i/d}\big). $$
#
# The smallest example, $d = 4$: two hands. The first turns by $1/10000^{0} = 1$ radian a step, the
# second by $1/10000^{2/4} = 0.01$.

# %%
for position in range(3):
    fast, slow = position * 1.0, position * 0.01
    hands = [math.sin(fast), math.cos(fast), math.sin(slow), math.cos(slow)]
    print(f"position {position}:", " ".join(f"{h:8.5f}" for h in hands))

# %% [markdown]
# ### Exercise: `sinusoidal_encoding` (15 minutes, 4 points)
#
# Return the table for positions 0 to `max_len - 1`. Many implementations crash for an odd `d_model`,
# where the last hand has a sine and no cosine; yours should not.
#
# <details><summary>Hint 1</summary>
#
# A column of positions, shape `(max_len, 1)`, divided by a row with one number per hand broadcasts to
# all angles, shape `(max_len, hands)`. There are `d_model` columns, so how many hands are there when
# `d_model` is odd?
# </details>
# <details><summary>Hint 2</summary>
#
# `table[:, 0::2]` is every other column starting with column 0, `table[:, 1::2]` every other starting
# with column 1. Both can be assigned to. For an odd `d_model` the second has one column less.
# </details>

# %% nbgrader={"grade": false, "grade_id": "sinusoidal_encoding", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sinusoidal_encoding(max_len, d_model):
    """The sinusoidal position table of Vaswani et al. (2017).

    Args:
        max_len: number of positions; they count from 0.
        d_model: number of columns, even or odd.

    Returns:
        float32 of shape (max_len, d_model): column 2i holds the sine and column 2i + 1 the cosine of
        position / 10000^(2i / d_model), right to 1e-3 even at positions in the thousands.

    Example:
        sinusoidal_encoding(1, 3) is tensor([[0., 1., 0.]])
    """
    ### BEGIN SOLUTION
    positions = torch.arange(max_len).unsqueeze(1)
    angles = positions / 10000 ** (torch.arange(0, d_model, 2) / d_model)
    table = torch.zeros(max_len, d_model)
    table[:, 0::2] = torch.sin(angles)
    table[:, 1::2] = torch.cos(angles[:, : d_model // 2])
    return table
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_sinusoidal_encoding_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: three positions, four columns, the numbers from above.
made = checks.call(sinusoidal_encoding, 3, 4)
made.is_tensor(shape=(3, 4))
position_1 = torch.tensor([0.8415, 0.5403, 0.0100, 0.9999])
checks.equals(made.result[1], position_1, f"{made.what}, position 1", atol=1e-3, mistakes={
    "sines and cosines are exchanged: the sine comes first.": position_1[[1, 0, 3, 2]],
    "all sines stand before all cosines: each sine has its cosine beside it.": position_1[[0, 2, 1, 3]],
    "this is position 2: positions count from 0.": torch.tensor([0.9093, -0.4161, 0.0200, 0.9998]),
    "the second hand is too fast: is the exponent of column 2i really 2i / d_model?":
        torch.tensor([0.8415, 0.5403, 0.0998, 0.9950]),
    "the second hand is too slow: torch.arange(0, d_model, 2) counts 2i already.":
        torch.tensor([0.8415, 0.5403, 0.0001, 1.0000]),
    "the columns of one hand turn at different speeds: column 2i + 1 has the exponent of column 2i.":
        torch.tensor([0.8415, 0.9950, 0.0100, 1.0000]),
    "the cosines are too slow: column 2i + 1 has the exponent of column 2i.":
        torch.tensor([0.8415, 0.9999, 0.0100, 1.0000]),
    "the base is 1000: it should be 10000.": torch.tensor([0.8415, 0.5403, 0.0316, 0.9995]),
    "the position is multiplied by the power of 10000: divide by it.":
        torch.tensor([0.8415, 0.5403, -0.5064, 0.8623]),
    "the positions are divided by max_len: take them as they are.": torch.tensor([0.3272, 0.9450, 0.0033, 1.0000]),
    "these are the angles: their sines and cosines are missing.": torch.tensor([1.0, 1.0, 0.0100, 0.0100]),
})
made.equals(torch.tensor([[0.0, 1.0, 0.0, 1.0], [0.8415, 0.5403, 0.0100, 0.9999], [0.9093, -0.4161, 0.0200, 0.9998]]), atol=1e-3)
### BEGIN HIDDEN TESTS
for max_len, d in [(7, 6), (5, 8), (1, 2), (2, 64), (7, 10)]:
    columns = torch.arange(d)
    angles = torch.arange(max_len)[:, None].double() / 10000 ** (2 * (columns // 2).double() / d)
    right = torch.where(columns % 2 == 0, angles.sin(), angles.cos()).float()
    checks.call(sinusoidal_encoding, max_len, d).equals(right, atol=1e-3)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_sinusoidal_encoding_odd", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: an odd number of columns ends with a sine.
expected = torch.tensor([[0.0, 1.0, 0.0], [0.8415, 0.5403, 0.0022]])
checks.call(sinusoidal_encoding, 2, 3).equals(expected, atol=1e-3, mistakes={
    "the last column turns too fast: is its exponent divided by d_model = 3, not by an even number?":
        torch.tensor([[0.0, 1.0, 0.0], [0.8415, 0.5403, 0.0100]]),
    "the last column is as good as empty: it holds a sine like all even columns.":
        torch.tensor([[0.0, 1.0, 0.0], [0.8415, 0.5403, 0.0]]),
})
checks.call(sinusoidal_encoding, 3, 1).equals(torch.tensor([[0.0], [0.8415], [0.9093]]), atol=1e-3)
### BEGIN HIDDEN TESTS
for max_len, d in [(9, 5), (6, 7), (3, 33)]:
    angles = torch.arange(max_len)[:, None].double() / 10000 ** (2 * (torch.arange(d) // 2).double() / d)
    right = torch.where(torch.arange(d) % 2 == 0, angles.sin(), angles.cos()).float()
    checks.call(sinusoidal_encoding, max_len, d).equals(right, atol=1e-3)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_sinusoidal_encoding_far", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: position 3000, where small errors of an angle have grown.
made = checks.call(sinusoidal_encoding, 3001, 6)
made.is_tensor(shape=(3001, 6))
checks.equals(made.result[3000, :2], torch.tensor([0.2192, -0.9757]), f"the first columns of row 3000 of {made.what}", atol=1e-3)
### BEGIN HIDDEN TESTS
angles = torch.arange(3001)[:, None].double() / 10000 ** (2 * (torch.arange(6) // 2).double() / 6)
right = torch.where(torch.arange(6) % 2 == 0, angles.sin(), angles.cos())
error = (made.result - right).abs().max().item()
checks.equals(error <= 1e-3, True, f"{made.what}: whether all numbers are right to 1e-3")
### END HIDDEN TESTS

# %% [markdown]
# The table as an image. On the left the fast hands go round every few positions, on the right the
# slow ones hardly move over a hundred.

# %% alt="Image of the sinusoidal table, positions 0 to 99 down and 64 features across: stripes that are narrow at the left and stretch ever longer to the right."
table = sinusoidal_encoding(100, 64)
fig, ax = plt.subplots(figsize=(7, 4.2))
image = ax.imshow(table, aspect="auto")
ax.set(xlabel="feature", ylabel="position", title="sinusoidal encoding, d_model = 64")
fig.colorbar(image, ax=ax, label="value")
plt.show()

# %% [markdown]
# What can attention do with it? Attention compares by dot products, so let us take the dot product of
# two rows. Each hand contributes $\sin a \sin b + \cos a \cos b = \cos(a - b)$: the dot product of
# two positions depends on their *distance* alone, is largest at distance 0 and the same in both
# directions.

# %% alt="Line chart: dot product of rows against distance from minus 50 to 50, for the positions 50 and 149: one curve lies on the other, with its peak of 32 at distance 0, falling on both sides."
table = sinusoidal_encoding(200, 64)
fig, ax = plt.subplots()
for position, marker in [(50, ""), (149, "o")]:
    distances = torch.arange(-50, 51)
    products = table[position + distances] @ table[position]
    style = {"linestyle": "none", "markersize": 3} if marker else {}
    ax.plot(distances, products, marker=marker, label=f"from position {position}", **style)
ax.set(xlabel="distance", ylabel="dot product", title="two positions' encodings, multiplied")
ax.legend()
plt.show()

# %%
products = table @ table.T
print("from 50 to 53:  ", f"{products[50, 53]:.4f}")
print("from 149 to 152:", f"{products[149, 152]:.4f}")
print("from 53 to 50:  ", f"{products[53, 50]:.4f}")

# %% [markdown]
# ### Exercise: `SinusoidalPositionalEncoding` (10 minutes, 4 points)
#
# As a module: it adds the table's first rows to the embeddings, then applies dropout. Training must
# not change the table, but the table must move with the module to a GPU and into `state_dict`: that
# is a *buffer* (chapter 4). A buffer has no gradient anyway, so the `requires_grad_(False)` that some
# code adds to it does nothing.
#
# <details><summary>Hint 1</summary>
#
# `self.register_buffer("pe", ...)` in `__init__`; afterwards it is `self.pe`.
# </details>
# <details><summary>Hint 2</summary>
#
# The table has `max_len` rows, the batch has `T` tokens, and which of its dimensions is `T`?
# </details>

# %% nbgrader={"grade": false, "grade_id": "SinusoidalPositionalEncoding", "locked": false, "schema_version": 3, "solution": true, "task": false}
class SinusoidalPositionalEncoding(nn.Module):
    """Adds the sinusoidal table to a batch of embeddings, then applies dropout.

    Args:
        d_model: number of features.
        max_len: number of positions in the table, which is the buffer `pe`, (max_len, d_model) with
            any number of leading ones.
        dropout: share of the sums that is dropped in training.

    forward: (b, T, d_model) -> (b, T, d_model), T of max_len or less. There are no parameters.
    """

    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        ### BEGIN SOLUTION
        self.register_buffer("pe", sinusoidal_encoding(max_len, d_model))
        self.dropout = nn.Dropout(dropout)
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        return self.dropout(x + self.pe[: x.shape[1]])
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_SinusoidalPositionalEncoding_table", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: a buffer called pe with the right shape, and nothing to train.
position = checks.build(SinusoidalPositionalEncoding, 6, max_len=11)
checks.parameters(position, {}, "SinusoidalPositionalEncoding(6, max_len=11)")
pe = checks.buffer(position, "pe", "SinusoidalPositionalEncoding(6, max_len=11)")
for shape, told in {(11, 1, 6): "leading ones are fine, one in the middle is not", (5000, 6): "use max_len"}.items():
    if tuple(pe.shape) == shape:
        raise checks.KnownMistake(f"SinusoidalPositionalEncoding(6, max_len=11): its buffer pe has shape {shape}: {told}.")
checks.equals(pe.numel(), 66, "SinusoidalPositionalEncoding(6, max_len=11): the count of numbers in its buffer pe")
checks.is_tensor(pe[(0,) * (pe.dim() - 2)], "SinusoidalPositionalEncoding(6, max_len=11): its buffer pe, without leading ones", (11, 6))
checks.equals(pe.reshape(11, 6)[0], torch.tensor([0.0, 1, 0, 1, 0, 1]), "row 0 of the buffer pe")
### BEGIN HIDDEN TESTS
for d, max_len in [(6, 11), (5, 4), (8, 5000)]:
    position = checks.build(SinusoidalPositionalEncoding, d, max_len)
    angles = torch.arange(max_len)[:, None].double() / 10000 ** (2 * (torch.arange(d) // 2).double() / d)
    right = torch.where(torch.arange(d) % 2 == 0, angles.sin(), angles.cos()).float()
    name = f"the buffer pe of SinusoidalPositionalEncoding({d}, {max_len})"
    pe = checks.buffer(position, "pe", name)
    checks.equals(pe[(0,) * (pe.dim() - 2)], right, name, atol=1e-3)
default = checks.build(SinusoidalPositionalEncoding, 2)
what = "the buffer pe of SinusoidalPositionalEncoding(2), which has 5000 positions by default"
pe = checks.buffer(default, "pe", what)
checks.is_tensor(pe[(0,) * (pe.dim() - 2)], what, (5000, 2))
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_SinusoidalPositionalEncoding_adds", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: the first T rows of the module's own table are added to each sequence.
def table_of(module):
    pe = checks.buffer(module, "pe", "SinusoidalPositionalEncoding")
    table = pe[(0,) * (pe.dim() - 2)].clone()
    checks.is_tensor(table, "SinusoidalPositionalEncoding: its buffer pe, without leading ones", (11, 6))
    return table

position = checks.build(SinusoidalPositionalEncoding, 6, max_len=11)
pe = table_of(position)
x = torch.randn(2, 5, 6, generator=torch.Generator().manual_seed(73))
checks.call(position.eval(), x).equals(x + pe[:5], mistakes={
    "the embeddings come out unchanged.": x,
    "only the positions come out: add them to the embeddings.": pe[:5].expand(2, 5, 6),
    "every token gets the position of its sequence: row t belongs to token t.": x + pe[:2, None],
    "the last rows of the table are added: a sentence begins at position 0.": x + pe[-5:],
    "row 1 is added to the first token: positions count from 0.": x + pe[1:6],
    "the embeddings are multiplied by the positions: add them.": x * pe[:5],
    "the embeddings are multiplied by a number first: take them as they are.": x * 6**0.5 + pe[:5],
    "the positions are added twice.": x + 2 * pe[:5],
})
### BEGIN HIDDEN TESTS
checks.robust(position, lambda x: x + pe[: x.shape[1]], x)
for b, T in [(3, 11), (4, 1), (1, 7)]:
    x = torch.randn(b, T, 6, generator=torch.Generator().manual_seed(74))
    checks.call(position, x).equals(x + pe[:T])
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_SinusoidalPositionalEncoding_dropout", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: in training the sums are dropped or scaled, in evaluation they are left alone.
def table_of(module):
    pe = checks.buffer(module, "pe", "SinusoidalPositionalEncoding")
    table = pe[(0,) * (pe.dim() - 2)].clone()
    checks.is_tensor(table, "SinusoidalPositionalEncoding: its buffer pe, without leading ones", (60, 6))
    return table

def judge(module, share, when):
    total = x + table_of(module)[:50]
    result = checks.call(module, x).result
    name = f"SinusoidalPositionalEncoding {when}"
    checks.is_tensor(result, name, (4, 50, 6))
    kept = result != 0
    found = kept.float().mean().item()
    for told, mistaken in {
        "drops in evaluation too: dropout belongs to training alone.": share == 1 and 0.1 < found < 0.9,
        "nothing is dropped.": share < 1 and checks.same(result, total),
        "no sum is dropped: dropout comes last, after the sum.": share < 1 and found > 0.95,
        "far more is dropped than should be: is dropout applied twice, or at another rate?": found < share - 0.1,
        "what is kept is not scaled by 1 / (1 - p).": share < 1 and checks.same(result, kept * total),
    }.items():
        if mistaken:
            raise checks.KnownMistake(f"{name}: {told}")
    checks.equals(found, share, f"{name}: the share of sums that is not dropped", atol=0.1 * (share < 1))
    checks.equals(checks.same(result, kept * total / share), True, f"{name}: whether all that is kept is x + pe, scaled by 1 / (1 - p)")

x = torch.full((4, 50, 6), 3.0)
position = checks.build(SinusoidalPositionalEncoding, 6, max_len=60, dropout=0.5)
judge(position.eval(), 1.0, "in evaluation")
judge(position.train(), 0.5, "in training with dropout=0.5")
### BEGIN HIDDEN TESTS
position = checks.build(SinusoidalPositionalEncoding, 6, 60, 0.2)
judge(position.train(), 0.8, "in training with dropout=0.2")
judge(position.eval(), 1.0, "in evaluation after training")
judge(checks.build(SinusoidalPositionalEncoding, 6, 60).train(), 1.0, "in training without dropout, which is the default")
### END HIDDEN TESTS

# %% [markdown]
# Is order seen now? The batch of embeddings goes through the encoding first, then through attention:

# %%
position = SinusoidalPositionalEncoding(3)
batch = torch.stack([sentence, swapped])
for name, labels, contexts in zip(["我喜欢你", "你喜欢我"], [words, swapped_words], attention(position(batch))):
    print(name)
    for word, context in zip(labels, contexts):
        print("  context vector:", " ".join(f"{c:.4f}" for c in context), word)

order = torch.tensor([2, 1, 0])
print("equivariant:", is_permutation_equivariant(lambda x: attention(position(x)), batch, order))

# %% [markdown]
# The word 我 has one context vector as the subject and another as the object. For a batch of two
# sentences of ten tokens with 512 features, shapes pass through unchanged:

# %%
print(SinusoidalPositionalEncoding(512)(torch.zeros(2, 10, 512)).shape)

# %% [markdown]
# ## 7.3 Or let training find the positions
#
# Words have learned embeddings, why not positions? Make a table with a row for each position, begin
# with random numbers and let training change them. BERT and GPT-2 do this (Devlin et al. 2018,
# [arXiv:1810.04805](https://arxiv.org/abs/1810.04805)). It costs parameters, and a row that training
# never visits stays random: remember that for section 7.7.
#
# ### Exercise: `LearnedPositionalEncoding` (5 minutes, 3 points)
#
# <details><summary>Hint 1</summary>
#
# `nn.Embedding(rows, columns)` is a table that is looked up with whole numbers. Which numbers are to
# be looked up for a batch of `T` tokens?
# </details>
# <details><summary>Hint 2</summary>
#
# Positions do not depend on the content of the batch: `torch.arange` makes them. A sum of (b, T, d)
# and (T, d) broadcasts over the batch.
# </details>

# %% nbgrader={"grade": false, "grade_id": "LearnedPositionalEncoding", "locked": false, "schema_version": 3, "solution": true, "task": false}
class LearnedPositionalEncoding(nn.Module):
    """Adds a learned vector for each position to a batch of embeddings.

    Args:
        d_model: number of features.
        max_len: number of positions; the table is `position_embeddings`, an
            nn.Embedding(max_len, d_model).

    forward: (b, T, d_model) -> (b, T, d_model), T of max_len or less.
    """

    def __init__(self, d_model, max_len=5000):
        super().__init__()
        ### BEGIN SOLUTION
        self.position_embeddings = nn.Embedding(max_len, d_model)
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        return x + self.position_embeddings(torch.arange(x.shape[1], device=x.device))
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_LearnedPositionalEncoding_adds", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: row t of the table is added to token t of each sequence.
position = checks.build(LearnedPositionalEncoding, 4, max_len=9)
checks.parameters(position, {"position_embeddings.weight": (9, 4)}, "LearnedPositionalEncoding(4, max_len=9)")
rows = torch.linspace(-2, 3, 36).reshape(9, 4).sin()
with torch.no_grad():
    position.position_embeddings.weight.copy_(rows)
x = torch.randn(2, 5, 4, generator=torch.Generator().manual_seed(75))
checks.call(position, x).equals(x + rows[:5], mistakes={
    "only the positions come out: add them to the embeddings.": rows[:5].expand(2, 5, 4),
    "the embeddings come out unchanged.": x,
    "every token gets the position of its sequence: row t belongs to token t.": x + rows[:2, None],
    "row 1 is added to the first token: positions count from 0.": x + rows[1:6],
    "every token gets row 0.": x + rows[0],
    "every token gets the row of the last position.": x + rows[4],
})
### BEGIN HIDDEN TESTS
checks.robust(position, lambda x: x + rows[: x.shape[1]], x)
for b, T in [(3, 9), (4, 1), (1, 7)]:
    x = torch.randn(b, T, 4, generator=torch.Generator().manual_seed(76))
    checks.call(position, x).equals(x + rows[:T])
for max_len, made in [(3, checks.build(LearnedPositionalEncoding, 2, 3)), (5000, checks.build(LearnedPositionalEncoding, 2))]:
    name = f"LearnedPositionalEncoding(2) with {max_len} positions"
    checks.parameters(made, {"position_embeddings.weight": (max_len, 2)}, name)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_LearnedPositionalEncoding_learns", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: a gradient reaches the rows that were used.
position = checks.build(LearnedPositionalEncoding, 4, max_len=9)
x = torch.randn(2, 5, 4, generator=torch.Generator().manual_seed(77))
checks.parameters(position, {"position_embeddings.weight": (9, 4)}, "LearnedPositionalEncoding(4, max_len=9)")
checks.trains(position, x, what="LearnedPositionalEncoding(4, max_len=9)")
### BEGIN HIDDEN TESTS
position.zero_grad()
checks.call(position, x).result.sum().backward()
right = (torch.arange(9) < 5).float()[:, None].expand(9, 4) * 2  # each row once a sequence
checks.equals(position.position_embeddings.weight.grad, right, "the gradient of position_embeddings for a sum over 2 sequences of 5 tokens")
### END HIDDEN TESTS

# %% [markdown]
# ## 7.4 Distance instead of position
#
# Grammar cares little whether a word is number 17. It cares which word stands *before* it. Shaw,
# Uszkoreit and Vaswani (2018, [arXiv:1803.02155](https://arxiv.org/abs/1803.02155)) gave each
# *distance* a vector, in place of each position. It belongs to a pair of tokens, so it cannot be added
# to an embedding: it enters where pairs are made, in the scores.
#
# ### Exercise: `relative_positions` (5 minutes, 2 points)
#
# First the distances, from token $j$ to token $i$. A positive number means that $j$ stands before
# $i$.
#
# <details><summary>Hint 1</summary>
#
# A column of positions minus a row of positions broadcasts to a square.
# </details>

# %% nbgrader={"grade": false, "grade_id": "relative_positions", "locked": false, "schema_version": 3, "solution": true, "task": false}
def relative_positions(seq_len):
    """How far each token stands behind each other one.

    Args:
        seq_len: number of tokens T.

    Returns:
        int64 of shape (T, T): entry i, j is i - j.

    Example:
        relative_positions(2) is tensor([[0, -1], [1, 0]])
    """
    ### BEGIN SOLUTION
    positions = torch.arange(seq_len)
    return positions[:, None] - positions[None, :]
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_relative_positions_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: three tokens.
checks.call(relative_positions, 3).equals(torch.tensor([[0, -1, -2], [1, 0, -1], [2, 1, 0]]), mistakes={
    "the sign is reversed: entry i, j is i - j, and i is the row.": torch.tensor([[0, 1, 2], [-1, 0, 1], [-2, -1, 0]]),
    "the sign is lost: before and after are different things.": torch.tensor([[0, 1, 2], [1, 0, 1], [2, 1, 0]]),
    "a row minus a row is a row: make one of the two a column.": torch.zeros(3, dtype=torch.int64),
    "negative distances are cut off: a token may stand before another.": torch.tensor([[0, 0, 0], [1, 0, 0], [2, 1, 0]]),
    "these are sums: subtract.": torch.tensor([[0, 1, 2], [1, 2, 3], [2, 3, 4]]),
    "the smallest distance was made 0: that shift belongs to the table, not here.": torch.tensor([[2, 1, 0], [3, 2, 1], [4, 3, 2]]),
})
### BEGIN HIDDEN TESTS
for T in (1, 2, 7):
    right = torch.tensor([[i - j for j in range(T)] for i in range(T)])
    checks.call(relative_positions, T).equals(right, mistakes={"the sign is reversed.": -right})
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise: `RelativePositionalEncoding` (10 minutes, 3 points)
#
# Now a table with a row for each distance. Distances of up to `max_len - 1` in both directions occur,
# and a table has no row -3, so all of them are shifted up: distance $i - j$ has row
# $i - j + \text{max\_len}$. (Row 0 is never used; most implementations have it.)
#
# Of its argument the module needs the length alone.
#
# <details><summary>Hint 1</summary>
#
# Looking up an index of shape (T, T) in an `nn.Embedding` gives (T, T, d_model).
# </details>

# %% nbgrader={"grade": false, "grade_id": "RelativePositionalEncoding", "locked": false, "schema_version": 3, "solution": true, "task": false}
class RelativePositionalEncoding(nn.Module):
    """A learned vector for each distance between two tokens.

    Args:
        d_model: number of features.
        max_len: the table `relative_position_embeddings` is an nn.Embedding(2 * max_len, d_model).

    forward: x of shape (b, T, d_model) -> (T, T, d_model): entry i, j is row i - j + max_len of the
    table. T is max_len or less. Only the length of x matters.
    """

    def __init__(self, d_model, max_len=5000):
        super().__init__()
        ### BEGIN SOLUTION
        self.max_len = max_len
        self.relative_position_embeddings = nn.Embedding(2 * max_len, d_model)
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        distances = relative_positions(x.shape[1]).to(x.device)
        return self.relative_position_embeddings(distances + self.max_len)
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_RelativePositionalEncoding_rows", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: entry i, j is the row of distance i - j.
relative = checks.build(RelativePositionalEncoding, 3, max_len=7)
checks.parameters(relative, {"relative_position_embeddings.weight": (14, 3)}, "RelativePositionalEncoding(3, max_len=7)")
rows = torch.linspace(-2, 3, 42).reshape(14, 3).sin()
with torch.no_grad():
    relative.relative_position_embeddings.weight.copy_(rows)
made = checks.call(relative, torch.zeros(2, 5, 3))
for told, shape in {
    "the size of the batch is taken for the number of tokens.": (2, 2, 3),
    "the number of features is taken for the number of tokens.": (3, 3, 3),
    "there is a copy for each sequence: the distances are the same in all of them.": (2, 5, 5, 3),
}.items():
    if getattr(made.result, "shape", None) == shape:
        raise checks.KnownMistake(f"{made.what}: {told}")
made.is_tensor(shape=(5, 5, 3))
checks.equals(made.result[0, 0], rows[7], "RelativePositionalEncoding: the entry of distance 0", mistakes={
    "this is row max_len - 1: distance 0 has row max_len.": rows[6],
    "this is row T: distance 0 has row max_len, whatever the length.": rows[5],
    "this is row 0: distance 0 has row max_len.": rows[0],
})
for i, j, right in [(4, 1, rows[10]), (1, 4, rows[4])]:
    checks.equals(made.result[i, j], right, f"RelativePositionalEncoding: the entry of i = {i} and j = {j}, distance {i - j}", mistakes={
        f"this is the row of distance {j - i}.": rows[7 + j - i],
    })
### BEGIN HIDDEN TESTS
for b, T in [(2, 5), (3, 7), (1, 1), (4, 2)]:
    x = torch.randn(b, T, 3, generator=torch.Generator().manual_seed(78))
    distances = torch.arange(T)[:, None] - torch.arange(T)
    checks.call(relative, x).equals(rows[distances + 7])
default = checks.build(RelativePositionalEncoding, 2)
checks.parameters(default, {"relative_position_embeddings.weight": (10000, 2)}, "RelativePositionalEncoding(2)")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_RelativePositionalEncoding_learns", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: a gradient reaches the rows of the distances that occur.
relative = checks.build(RelativePositionalEncoding, 3, max_len=7)
checks.parameters(relative, {"relative_position_embeddings.weight": (14, 3)}, "RelativePositionalEncoding(3, max_len=7)")
checks.trains(relative, torch.zeros(2, 5, 3), what="RelativePositionalEncoding(3, max_len=7)")
### BEGIN HIDDEN TESTS
relative.zero_grad()
checks.call(relative, torch.zeros(2, 4, 3)).result.sum().backward()
pairs = (4 - (torch.arange(14) - 7).abs()).clamp(min=0).float()  # how many pairs have this distance
checks.equals(relative.relative_position_embeddings.weight.grad, pairs[:, None].expand(14, 3),
              "the gradient of relative_position_embeddings for a sum over 4 tokens")
### END HIDDEN TESTS

# %% [markdown]
# The table for $d = 512$, and what the two learned tables cost:

# %%
for name, cls in [
    ("sinusoidal", SinusoidalPositionalEncoding),
    ("learned", LearnedPositionalEncoding),
    ("relative", RelativePositionalEncoding),
]:
    module = cls(512)
    parameters = sum(p.numel() for p in module.parameters())
    print(f"{name:10}  {parameters:9,} parameters, gives {tuple(module(torch.zeros(2, 10, 512)).shape)}")

# %% [markdown]
# ### Exercise: `relative_attention_scores` (10 minutes, 3 points)
#
# Each score gets a second term, in which the query asks the distance as it asks the key:
#
# $$ \text{score}_{ij} = q_i \cdot k_j + q_i \cdot r_{ij}. $$
#
# A query can so learn "I look for a verb" in the first and "I look one to the left" in the second.
# Leave the scores unscaled here. (Shaw et al. also add such vectors to the values; we leave that out.)
#
# <details><summary>Hint 1</summary>
#
# The second term needs, for each query $i$, the dot product of `queries[:, i]` with all of
# `relative_embeddings[i]`.
# </details>
# <details><summary>Hint 2</summary>
#
# `torch.einsum` says it in one line: name the dimensions of both arguments, and leave out of the
# result the one to be summed over.
# </details>

# %% nbgrader={"grade": false, "grade_id": "relative_attention_scores", "locked": false, "schema_version": 3, "solution": true, "task": false}
def relative_attention_scores(queries, keys, relative_embeddings):
    """Scores from content and distance, q_i · k_j + q_i · r_ij (Shaw et al. 2018, first term and key part).

    Args:
        queries, keys: shape (b, T, d).
        relative_embeddings: shape (T, T, d), the same for every sequence of the batch.

    Returns:
        unscaled scores, shape (b, T, T).

    Example:
        one query [[[1., 2.]]], one key [[[3., 4.]]] and [[[10., 0.]]] give tensor([[[21.]]])
    """
    ### BEGIN SOLUTION
    content = queries @ keys.transpose(-2, -1)
    distance = torch.einsum("bid,ijd->bij", queries, relative_embeddings)
    return content + distance
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_relative_attention_scores_values", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: two tokens of three features.
queries, keys = torch.tensor([[[1.0, 0, 2], [0, 1, 1]]]), torch.tensor([[[3.0, 1, 0], [1, 2, 1]]])
distances = torch.tensor([[[1.0, 0, 0], [0, 0, 1]], [[0, 2, 0], [1, 1, 1]]])
checks.call(relative_attention_scores, queries, keys, distances).equals(torch.tensor([[[4.0, 5], [3, 5]]]), mistakes={
    "the distances are not used.": torch.tensor([[[3.0, 3], [1, 3]]]),
    "only the distances are used, the keys are not.": torch.tensor([[[1.0, 2], [2, 2]]]),
    "r_ji is used in place of r_ij: the first index is the query's.": torch.tensor([[[4.0, 3], [2, 5]]]),
    "the keys ask the distances: it is the query that asks.": torch.tensor([[[6.0, 4], [3, 7]]]),
    "r_ij is asked by the query of j: it is the query of i that asks.": torch.tensor([[[4.0, 4], [1, 5]]]),
    "the elements of r_ij are added up, without the query.": torch.tensor([[[4.0, 4], [3, 6]]]),
    "the content is scaled by √d, the distance is not: leave both unscaled here.": torch.tensor([[[2.7321, 3.7321], [2.5774, 3.7321]]]),
    "there is a third term, in which the keys ask: leave it out.": torch.tensor([[[7.0, 6], [5, 9]]]),
    "queries and keys are exchanged: row i belongs to query i.": torch.tensor([[[6.0, 3], [7, 7]]]),
    "the scores are scaled by √d: leave them unscaled here.": torch.tensor([[[4.0, 5], [3, 5]]]) / 3**0.5,
    "these are attention weights: stop at the scores.": torch.tensor([[[4.0, 5], [3, 5]]]).softmax(dim=-1),
})
### BEGIN HIDDEN TESTS
def right_scores(q, k, r):
    return (q[:, :, None] * (k[:, None] + r)).sum(dim=-1)

generator = torch.Generator().manual_seed(79)
for b, T, d in [(2, 5, 3), (3, 4, 6), (1, 1, 2)]:
    q, k = torch.randn(2, b, T, d, generator=generator)
    r = torch.randn(T, T, d, generator=generator)
    checks.call(relative_attention_scores, q, k, r).equals(right_scores(q, k, r), mistakes={
        "the first sequence's queries are used for the whole batch.":
            q @ k.transpose(1, 2) + torch.einsum("id,ijd->ij", q[0], r),
    })
    checks.robust(relative_attention_scores, right_scores, q, k, r)
### END HIDDEN TESTS

# %% [markdown]
# **Bug clinic.** A class that can be found in tutorials computes these embeddings and returns
# `(x, relative)` with `x` unchanged. The attention that follows takes `x`, and nobody ever looks at
# the second part. Nothing crashes, the table even appears among the parameters. Your instrument
# finds the bug in one line:

# %%
torch.manual_seed(1)
relative = RelativePositionalEncoding(4, max_len=10)
x, order = torch.randn(2, 6, 4), torch.tensor([3, 0, 4, 1, 5, 2])


def unused(x):
    relative(x)  # computed, and forgotten
    return attention(x)


def used(x):
    scores = relative_attention_scores(x, x, relative(x))
    return (scores / math.sqrt(4)).softmax(dim=-1) @ x


for function in (unused, used):
    print(f"{function.__name__:6} equivariant: {is_permutation_equivariant(function, x, order)}")

# %% [markdown]
# ## 7.5 Turning the vectors: rotary encoding
#
# A sinusoidal row is a set of clock hands, and going $k$ positions on turns each hand by a fixed
# angle. Su et al. (2021, [arXiv:2104.09864](https://arxiv.org/abs/2104.09864)) asked: why add the
# hands to the vector, why not turn the vector itself? Take the features of a query in pairs, as points
# of a plane, and turn pair $i$ by the position times $\theta_i = \text{base}^{-2i/d}$:
#
# $$ \begin{pmatrix} x'_{2i} \\ x'_{2i+1} \end{pmatrix} =
#    \begin{pmatrix} \cos p\theta_i & -\sin p\theta_i \\ \sin p\theta_i & \cos p\theta_i \end{pmatrix}
#    \begin{pmatrix} x_{2i} \\ x_{2i+1} \end{pmatrix}. $$
#
# Do the same with the keys. If the query is turned by 7 steps and the key by 5, the angle between
# them changed by 2 steps, exactly as for positions 107 and 105. So their dot product depends on
# content and *distance* alone. There is nothing to train and no table. LLaMA and most language models
# since 2022 use it.
#
# The smallest example, $d = 2$, one pair and $\theta_0 = 1$: the vector (1, 0) at the positions 0 to 3.

# %% alt="Four arrows of length one from the origin: position 0 points right, each further position is turned counter-clockwise by one radian."
fig, ax = plt.subplots(figsize=(3.8, 3.6))
for position in range(4):
    tip = (math.cos(position), math.sin(position))
    ax.annotate("", xy=tip, xytext=(0, 0), arrowprops={"arrowstyle": "->"})
    ax.text(1.15 * tip[0], 1.15 * tip[1], f"p = {position}", ha="center", va="center")
    print(f"position {position}: ({tip[0]:7.4f}, {tip[1]:7.4f})")
ax.set(xlim=(-1.5, 1.5), ylim=(-0.5, 1.5), aspect="equal", xlabel="feature 0", ylabel="feature 1")
ax.set_title("one pair of features, turned")
plt.show()

# %% [markdown]
# ### Exercise: `apply_rotary` (15 minutes, 5 points)
#
# Pairs are neighbours: features 0 and 1, 2 and 3, and so on. (Some libraries pair feature $i$ with
# feature $i + d/2$. That works as well, but weights trained with one do not fit the other.) Any
# leading dimensions, batch and heads for example, are left alone.
#
# <details><summary>Hint 1</summary>
#
# All angles at once have shape `(T, d // 2)`: a column of positions times a row of $\theta_i$. Their
# cosines and sines broadcast against `x[..., 0::2]` and `x[..., 1::2]`, the first and second
# features of all pairs.
# </details>
# <details><summary>Hint 2</summary>
#
# Work out the new first and the new second features, each of shape `(..., T, d // 2)`. To interleave
# them again: `torch.stack` them along a new last dimension, then `flatten` the last two.
# </details>

# %% nbgrader={"grade": false, "grade_id": "apply_rotary", "locked": false, "schema_version": 3, "solution": true, "task": false}
def apply_rotary(x, positions, base=10000.0):
    """Turn pairs of features by an angle that grows with the position (Su et al. 2021).

    Args:
        x: queries or keys, shape (..., T, d) with d even.
        positions: the position of each token, int64 or float of shape (T,), in any order and with
            any gaps.
        base: pair i, features 2i and 2i + 1, turns by base^(-2i / d) radians per position,
            counter-clockwise.

    Returns:
        the turned vectors, shape (..., T, d).

    Example:
        apply_rotary(torch.tensor([[3., 4.]]), torch.tensor([0])) is tensor([[3., 4.]])
    """
    ### BEGIN SOLUTION
    d = x.shape[-1]
    theta = base ** (-torch.arange(0, d, 2, device=x.device, dtype=x.dtype) / d)
    angles = positions[:, None] * theta
    cos, sin = torch.cos(angles), torch.sin(angles)
    first, second = x[..., 0::2], x[..., 1::2]
    turned = torch.stack([first * cos - second * sin, first * sin + second * cos], dim=-1)
    return turned.flatten(-2)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_apply_rotary_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: three tokens with two pairs each, all (1, 0), at positions 0, 1, 2.
x = torch.tensor([1.0, 0.0, 1.0, 0.0]).repeat(3, 1)
made = checks.call(apply_rotary, x, torch.arange(3))
made.is_tensor(shape=(3, 4))
position_1 = torch.tensor([0.5403, 0.8415, 0.9999, 0.0100])
checks.equals(made.result[1], position_1, f"{made.what}, position 1", atol=1e-3, mistakes={
    "the vector is turned clockwise: the angle has the wrong sign.": position_1 * torch.tensor([1, -1, 1, -1]),
    "feature i is paired with feature i + d/2: pairs are neighbours here.": torch.tensor([-0.3012, 0.0, 1.3818, 0.0]),
    "the pairs are not interleaved again: first features, then second ones.": position_1[[0, 2, 1, 3]],
    "nothing is turned.": x[1],
    "this is position 2: take the positions as they are given.": torch.tensor([-0.4161, 0.9093, 0.9998, 0.0200]),
    "the second pair turns too fast: its exponent is -2i / d with i = 1.": torch.tensor([0.5403, 0.8415, 0.9950, 0.0998]),
    "the second pair turns much too fast: its exponent has a minus.": torch.tensor([0.5403, 0.8415, 0.8623, -0.5064]),
    "all pairs turn alike: each has an angle of its own.": torch.tensor([0.5403, 0.8415, 0.5403, 0.8415]),
    "a sinusoid is added: turn the vector in place of adding to it.": torch.tensor([1.8415, 0.5403, 1.0100, 0.9999]),
    "the second feature is made from the first one after it was turned: use the old one.":
        torch.tensor([0.5403, 0.4546, 0.9999, 0.0100]),
})
made.equals(torch.tensor([[1.0, 0.0, 1.0, 0.0], [0.5403, 0.8415, 0.9999, 0.0100], [-0.4161, 0.9093, 0.9998, 0.0200]]), atol=1e-3)
### BEGIN HIDDEN TESTS
def rotated(x, positions, base=10000.0):
    d = x.shape[-1]
    angles = positions.double()[:, None] * base ** (-2 * torch.arange(d // 2, dtype=torch.float64) / d)
    pairs = torch.view_as_complex(x.double().reshape(*x.shape[:-1], d // 2, 2).contiguous())
    turned = torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)).flatten(-2)
    return turned.to(x.dtype)

generator = torch.Generator().manual_seed(80)
positions = torch.arange(5)
for shape in [(5, 6), (2, 5, 8), (2, 3, 5, 4), (1, 5, 2)]:
    x = torch.randn(shape, generator=generator)
    checks.call(apply_rotary, x, positions).equals(rotated(x, positions))
    checks.robust(apply_rotary, rotated, x, positions)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_apply_rotary_distance", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: scores depend on the distance alone, and on the distance they do depend.
def score(at_query, at_key):
    query, key = torch.tensor([[1.0, 2.0, -1.0, 0.5]]), torch.tensor([[0.5, 1.0, 2.0, -1.0]])
    query = checks.call(apply_rotary, query, torch.tensor([at_query])).result
    key = checks.call(apply_rotary, key, torch.tensor([at_key])).result
    checks.is_tensor(query, "a query that was turned", (1, 4))
    return (query * key).sum()

checks.equals(score(12, 9), score(5, 2), "the score of positions 12 and 9, against that of 5 and 2")
checks.equals(bool((score(5, 1) - score(5, 2)).abs() > 0.1), True, "apply_rotary: whether distances 4 and 3 score differently")
### BEGIN HIDDEN TESTS
checks.equals(score(603, 600), score(5, 2), "the score of positions 603 and 600, against that of 5 and 2", atol=1e-3)
checks.equals(score(5, 2), torch.tensor(-4.9739), "the score of positions 5 and 2", atol=1e-3)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_apply_rotary_arguments", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: other positions than 0, 1, 2, and another base.
x = torch.tensor([1.0, 0.0, 1.0, 0.0]).repeat(2, 1)
expected = torch.tensor([[-0.9900, 0.1411, 0.9996, 0.0300], [0.5403, 0.8415, 0.9999, 0.0100]])
counted = torch.tensor([[1.0, 0.0, 1.0, 0.0], [0.5403, 0.8415, 0.9999, 0.0100]])
checks.call(apply_rotary, x, torch.tensor([3, 1])).equals(expected, atol=1e-3, mistakes={
    "the tokens are counted 0, 1, 2, …: use the positions that are given.": counted,
})
expected = torch.tensor([[-0.9900, 0.1411, 0.9553, 0.2955], [0.5403, 0.8415, 0.9950, 0.0998]])
checks.call(apply_rotary, x, torch.tensor([3, 1]), base=100.0).equals(expected, atol=1e-3, mistakes={
    "the base is not used: it is always 10000.":
        torch.tensor([[-0.9900, 0.1411, 0.9996, 0.0300], [0.5403, 0.8415, 0.9999, 0.0100]]),
})
### BEGIN HIDDEN TESTS
def rotated(x, positions, base=10000.0):
    d = x.shape[-1]
    angles = positions.double()[:, None] * base ** (-2 * torch.arange(d // 2, dtype=torch.float64) / d)
    pairs = torch.view_as_complex(x.double().reshape(*x.shape[:-1], d // 2, 2).contiguous())
    turned = torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)).flatten(-2)
    return turned.to(x.dtype)

generator = torch.Generator().manual_seed(81)
x, positions = torch.randn(2, 3, 4, 6, generator=generator), torch.tensor([7, 0, 2, 11])
for base in (10000.0, 100.0, 500000.0):
    checks.call(apply_rotary, x, positions, base).equals(rotated(x, positions, base))
checks.call(apply_rotary, x, positions.float()).equals(rotated(x, positions))
checks.call(apply_rotary, x[0, 0, :1], torch.tensor([5])).equals(rotated(x[0, 0, :1], torch.tensor([5])))
far = torch.tensor([2000, 1999, 1, 1500])
checks.call(apply_rotary, x, far).equals(rotated(x, far), atol=3e-3)
### END HIDDEN TESTS

# %% [markdown]
# One query and one key, put at every pair of 24 positions. With rotation the score is constant along
# each diagonal: it knows the distance and nothing else. With sinusoids added to both, it is not: there
# the cross terms between content and position depend on where the pair stands.

# %% alt="Two heatmaps of scores over 24 query and 24 key positions. Rotary: stripes parallel to the diagonal, constant along it. Sinusoidal added: a diagonal band with stripes across it that vary along the diagonal."
generator = torch.Generator().manual_seed(3)
query, key = torch.randn(2, 1, 32, generator=generator)
positions = torch.arange(24)
rotary = apply_rotary(query.expand(24, 32), positions) @ apply_rotary(key.expand(24, 32), positions).T
table = sinusoidal_encoding(24, 32)
added = (query + table) @ (key + table).T
ticks = [str(p) if p % 4 == 0 else "" for p in range(24)]
fig, axes = plt.subplots(1, 2, figsize=(9.5, 4))
for ax, scores, title in [(axes[0], rotary, "rotary"), (axes[1], added, "sinusoidal, added")]:
    figures.heatmap(scores, ticks, ticks, title=title, ylabel="position of the query", xlabel="position of the key", ax=ax)
    ax.tick_params(length=0)
    ax.tick_params(axis="x", labelrotation=0)
plt.show()

# %%
for name, scores in [("rotary", rotary), ("sinusoidal, added", added)]:
    ups_and_downs = [scores.diagonal(k).max() - scores.diagonal(k).min() for k in range(-20, 21)]
    constant = bool(max(ups_and_downs) < 1e-3)
    print(f"{name:18} constant along every diagonal: {constant}")

# %% [markdown]
# ## 7.6 Which one is best?
#
# Four remedies need a contest, on a task that cannot be done without order. Ours is the question that
# opened the chapter: *who likes whom?* A sentence has between 4 and 16 tokens. Somewhere in it stands
# 我喜欢你 or 你喜欢我, everything around is filler, drawn at random. The model must say from the context vector of
# 喜欢 which of the two it was.
#
# The model is one attention layer with 32 features. What differs is only how it gets to know
# positions.

# %%
FILLERS, D = 8, 32
ME, YOU, LIKES, VOCABULARY = FILLERS, FILLERS + 1, FILLERS + 2, FILLERS + 3


def make_sentences(count, length, generator):
    """Token ids (count, length), and who likes: 0 for 我喜欢你, 1 for 你喜欢我."""
    ids = torch.randint(FILLERS, (count, length), generator=generator)
    likes_at = torch.randint(1, length - 1, (count,), generator=generator)
    who = torch.randint(2, (count,), generator=generator)
    row = torch.arange(count)
    ids[row, likes_at - 1] = torch.where(who == 0, ME, YOU)
    ids[row, likes_at] = LIKES
    ids[row, likes_at + 1] = torch.where(who == 0, YOU, ME)
    return ids, who


class Reader(nn.Module):
    """One attention layer that reads off who likes whom, at the place of 喜欢.

    Args:
        added: a module that puts positions into the embeddings.
        relative: a module that gives (T, T, d) embeddings of distances.
        rotary: whether queries and keys are turned.
    """

    def __init__(self, added=None, relative=None, rotary=False):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, D)
        self.added = added or nn.Identity()
        self.relative, self.rotary = relative, rotary
        self.W_query, self.W_key, self.W_value = (nn.Linear(D, D, bias=False) for _ in range(3))
        self.answer = nn.Linear(D, 2)

    def weights(self, x):
        """Attention weights (b, T, T) of embedded tokens (b, T, D)."""
        queries, keys = self.W_query(x), self.W_key(x)
        if self.rotary:
            positions = torch.arange(x.shape[1])
            queries, keys = apply_rotary(queries, positions), apply_rotary(keys, positions)
        if self.relative is not None:
            scores = relative_attention_scores(queries, keys, self.relative(x))
        else:
            scores = queries @ keys.transpose(1, 2)
        return (scores / math.sqrt(D)).softmax(dim=-1)

    def forward(self, ids):
        x = self.added(self.embedding(ids))
        contexts = self.weights(x) @ self.W_value(x)
        return self.answer(contexts[ids == LIKES])  # 喜欢 stands once in each sentence


# %% [markdown]
# For the test every sentence is asked twice, as it is and with 我 and 你 exchanged. A model
# that is blind to order gives both the same answer, so it is right in exactly one of two.

# %%
LONGEST = 16  # tokens, in training


def train(reader):
    """500 steps of Adam on sentences of 4 to 16 tokens, in place."""
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(reader.parameters(), lr=4e-3)
    for _ in range(500):
        length = int(torch.randint(4, LONGEST + 1, (), generator=generator))
        ids, who = make_sentences(64, length, generator)
        loss = F.cross_entropy(reader(ids), who)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def accuracy(reader, length):
    """Share of 400 unseen sentences and their 400 exchanged forms that are read rightly."""
    ids, who = make_sentences(400, length, torch.Generator().manual_seed(1))
    exchanged = ids.clone()
    exchanged[ids == ME], exchanged[ids == YOU] = YOU, ME
    with torch.no_grad():
        right = torch.cat([reader(ids).argmax(1) == who, reader(exchanged).argmax(1) == 1 - who])
    return right.float().mean().item()


# %% [markdown]
# ### Exercise: `accuracy_by_encoding` (10 minutes, 3 points)
#
# Now the contest. It gets a dictionary with a *factory* for each encoding: a function without
# arguments that builds a fresh model when it is called. Models are not handed over ready-made,
# because a model that was trained once is no fair beginning for a second run.
#
# For each encoding in turn: build the model, train it, evaluate it, and note the result under the
# encoding's name. `train` changes the model in place; what it returns, if anything, is not the model.
# You may set the seed before each encoding, if it is the same for all.
#
# <details><summary>Hint 1</summary>
#
# `encodings.items()` gives names and factories. A factory is called with empty parentheses, and
# how many times should it be called per encoding?
# </details>

# %% nbgrader={"grade": false, "grade_id": "accuracy_by_encoding", "locked": false, "schema_version": 3, "solution": true, "task": false}
def accuracy_by_encoding(encodings, train, evaluate):
    """Build, train and evaluate one fresh model per encoding, one encoding after the other.

    Args:
        encodings: dict of name -> factory; a factory takes nothing and returns a fresh module.
        train: callable that trains a module in place.
        evaluate: callable that takes a trained module and returns a float.

    Returns:
        dict of name -> what `evaluate` returned, a Python float.

    Example:
        with one encoding called "none" it returns something like {"none": 0.5}
    """
    ### BEGIN SOLUTION
    results = {}
    for name, build in encodings.items():
        module = build()
        train(module)
        results[name] = evaluate(module)
    return results
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_accuracy_by_encoding_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: a "model" of one weight, which training raises by one and evaluation reads.
def factory(start):
    def build():
        module = nn.Linear(1, 1, bias=False)
        nn.init.constant_(module.weight, start)
        return module
    return build

def is_module(module, name, told):
    if not hasattr(module, "weight"):
        raise checks.KnownMistake(f"accuracy_by_encoding: {name} gets {checks.brief(module)}, not a module. {told}")

def train_one_step(module):
    is_module(module, "train", "The dictionary holds factories: call one, and it gives a module.")
    optimizer = torch.optim.SGD(module.parameters(), lr=1.0)
    optimizer.zero_grad()
    (-module.weight.sum()).backward()
    optimizer.step()
    return "a training log"

def evaluate_weight(module):
    is_module(module, "evaluate", "What train returns is not the module: it changes the one it is given.")
    return module.weight.item() / 16

@functools.wraps(accuracy_by_encoding)
def contest(*args):
    with torch.random.fork_rng():  # setting the seed before each encoding is allowed
        return accuracy_by_encoding(*args)

def judge(results, name, start):
    if not isinstance(results, dict) or name not in results:
        raise checks.KnownMistake(f"accuracy_by_encoding: should return a dict with a result for each encoding, but there is none for {name!r} in {results!r}.")
    right = (start + 1) / 16
    checks.equals(torch.tensor(results[name]) if isinstance(results[name], float) else results[name], torch.tensor(right), f"the result of {name!r}", mistakes={
        "the module was evaluated without having been trained.": torch.tensor(start / 16),
        "the module was trained twice: train once, and build a fresh one for each encoding.": torch.tensor((start + 2) / 16),
        "the module that an earlier encoding trained is used again.": torch.tensor(4 / 16),
        "this is in per cent: return what evaluate returns.": torch.tensor(100 * right),
        "this is rounded: return what evaluate returns.": torch.tensor(round(right, 2)),
    })
    checks.equals(results[name], right, f"the result of {name!r}")

encodings = {"rotary": factory(2.0), "none": factory(6.0), "learned": factory(11.0)}
results = checks.call(contest, encodings, train_one_step, evaluate_weight).result
for name, start in [("rotary", 2.0), ("none", 6.0), ("learned", 11.0)]:
    judge(results, name, start)
### BEGIN HIDDEN TESTS
checks.equals(len(results), 3, "the number of results for three encodings")
same = factory(2.0)
encodings = {"b": same, "a": same, "c": same}
results = checks.call(contest, encodings, train_one_step, evaluate_weight).result
for name in encodings:
    judge(results, name, 2.0)
if list(encodings.values()) != [same] * 3:
    raise checks.KnownMistake("accuracy_by_encoding: changes the dictionary that it is given. Whoever called it still needs it.")
judge(checks.call(contest, {"one": factory(0.6)}, train_one_step, evaluate_weight).result, "one", 0.6)
checks.equals(len(checks.call(contest, {}, train_one_step, evaluate_weight).result), 0, "the number of results without encodings")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_accuracy_by_encoding_in_turn", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: each is built once, then trained, then evaluated, before the next one's turn comes.
happened, seeds = [], []

def noted(name):
    def build():
        happened.append(f"build {name}")
        module = nn.Linear(1, 1, bias=False)
        nn.init.constant_(module.weight, len(name))
        return module
    return build

def train_noted(module):
    happened.append("train")
    seeds.append(torch.initial_seed())

def evaluate_noted(module):
    happened.append("evaluate")
    return 0.5

@functools.wraps(accuracy_by_encoding)
def contest(*args):
    with torch.random.fork_rng():  # setting the seed before each encoding is allowed
        return accuracy_by_encoding(*args)

def judge(names):
    happened.clear()
    seeds.clear()
    checks.call(contest, {name: noted(name) for name in names}, train_noted, evaluate_noted)
    right = [step for name in names for step in (f"build {name}", "train", "evaluate")]
    if happened != right:
        raise checks.KnownMistake(f"accuracy_by_encoding: what happens is: {', '.join(happened)}. It should be: {', '.join(right)}.")
    if len(set(seeds)) > 1:
        raise checks.KnownMistake("accuracy_by_encoding: each encoding gets another seed, which is not fair: set none, or the same for all.")

judge(["rotary", "none"])
### BEGIN HIDDEN TESTS
judge(["c", "a", "d", "b"])
### END HIDDEN TESTS

# %% [markdown]
# Five models, trained alike. One more joins them: relative encoding with *clipped* distances, as in
# the paper of Shaw et al., where all distances beyond 8 share the vector of 8. You will see in a moment
# what that is good for.

# %% tags=["skip-when-graded"]
class Clipped(nn.Module):
    """Distance embeddings from `RelativePositionalEncoding`, far ones replaced by the furthest."""

    def __init__(self, furthest):
        super().__init__()
        self.furthest = furthest
        self.near = RelativePositionalEncoding(D, max_len=furthest + 1)

    def forward(self, x):
        distances = relative_positions(x.shape[1]).clamp(-self.furthest, self.furthest)
        corner = self.near(x.new_zeros(1, self.furthest + 1, D))  # holds every distance needed
        return corner[distances.clamp(min=0), (-distances).clamp(min=0)]


ROOM = 128  # positions in each table, more than training visits
encodings = {
    "none": lambda: Reader(),
    "sinusoidal": lambda: Reader(added=SinusoidalPositionalEncoding(D, ROOM)),
    "learned": lambda: Reader(added=LearnedPositionalEncoding(D, ROOM)),
    "relative": lambda: Reader(relative=RelativePositionalEncoding(D, ROOM)),
    "clipped": lambda: Reader(relative=Clipped(8)),
    "rotary": lambda: Reader(rotary=True),
}
trained = []  # the models, to look into them later


def train_and_keep(reader):
    train(reader)
    trained.append(reader)


torch.set_num_threads(1)  # matrices this small are slower on several
torch.manual_seed(7)
results = accuracy_by_encoding(encodings, train_and_keep, lambda reader: accuracy(reader, LONGEST))
readers = dict(zip(encodings, trained))

for name, share in results.items():
    verdict = "right" if share > 0.9 else "one of two" if abs(share - 0.5) < 0.01 else "in between"
    print(f"{name:10}  {verdict}")

# %% tags=["skip-when-graded"] alt="Bar chart of accuracy on unseen sentences of 16 tokens: none at 0.5, on the dashed line of guessing, all five encodings at about 1."
fig, ax = plt.subplots()
ax.bar(list(results), list(results.values()), color="0.6", edgecolor="black")
for place, share in enumerate(results.values()):
    ax.text(place, share + 0.01, f"{share:.2f}", ha="center")
ax.axhline(0.5, color="black", linestyle="--", label="guessing")
ax.set(xlabel="encoding", ylabel="accuracy", ylim=(0, 1.3), title="who likes whom, 16 tokens")
ax.legend(loc="upper left")
plt.show()

# %% [markdown]
# Without an encoding the model is right exactly every second time, however long it trains: both forms
# of a sentence have the same context vector for 喜欢. With any of the others the task is easy.
# Where did the models learn to look? Here are the weights of 喜欢 over one sentence of 12 tokens:

# %% tags=["skip-when-graded"] alt="Heatmap, one row per encoding and one column per token: without encoding, the two names get about equal weight; with an encoding the weight goes to one or both neighbours of xihuan, the fillers get little."
generator = torch.Generator().manual_seed(5)
ids, _ = make_sentences(1, 12, generator)
labels = shown({ME: "我", YOU: "你", LIKES: "喜欢"}.get(token, "·") for token in ids[0].tolist())
rows = []
for reader in readers.values():
    with torch.no_grad():
        weights = reader.weights(reader.added(reader.embedding(ids)))
    rows.append(weights[0, ids[0].tolist().index(LIKES)])
ax = figures.heatmap(torch.stack(rows), list(readers), labels, ylabel="encoding", xlabel="token (· is a filler)", limits=(0, 1))
ax.set_title(f"weights of {shown(['喜欢'])[0]}")
ax.tick_params(axis="x", labelrotation=0)
plt.show()

# %% [markdown]
# ## 7.7 Longer than any sentence in training
#
# All encodings were equally good on the lengths they were trained on. Real inputs do not keep to
# that. The models have seen up to 16 tokens; now they read up to 128, without further training. (Lines
# at 1 lie on top of each other.)

# %% tags=["skip-when-graded"] alt="Line chart of accuracy against sentence length from 8 to 128, with a vertical line at 16, the longest in training: rotary and clipped stay at 1, learned and sinusoidal fall towards guessing, none is at 0.5 throughout."
lengths = [8, 16, 32, 64, 128]
by_length = {name: [accuracy(r, length) for length in lengths] for name, r in readers.items()}

fig, ax = plt.subplots(figsize=(7, 4))
styles = [":", "--", "-.", "-", "-", "-"]
for (name, shares), style, marker in zip(by_length.items(), styles, "xsv^Do"):
    grey = "0.5" if name in ("none", "relative") else "black"
    ax.plot(lengths, shares, linestyle=style, marker=marker, color=grey, fillstyle="none", label=name)
ax.axvline(LONGEST, color="0.7", linewidth=1)
ax.text(LONGEST * 1.04, 0.36, "longest in training", color="0.3")
ax.set_xscale("log", base=2)
ax.set_xticks(lengths, labels=lengths)
ax.set(xlabel="tokens in the sentence", ylabel="accuracy", ylim=(0.3, 1.05))
ax.set_title("beyond the trained length")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% tags=["skip-when-graded"]
for name in ("sinusoidal", "learned", "clipped", "rotary"):
    verdict = "still right" if by_length[name][-1] > 0.9 else "no longer right"
    print(f"{name:10}  at {lengths[-1]} tokens: {verdict}")

# %% [markdown]
# - **learned**: the rows beyond 16 were never trained and hold random numbers. The sentences that are
#   still read rightly are those whose 喜欢 happens to stand near the beginning, and lucky guesses.
# - **sinusoidal**: the table goes on, but the slow hands reach angles that the weights never met.
#   That the encoding *can* be computed for any position does not mean that the model can use it.
# - **relative**: distances up to 15 were trained, and here only the distance 1 matters. But far tokens get
#   scores from untrained rows; whether one of them is loud enough to disturb is luck.
# - **clipped**: no distance is untrained, because all far ones are the same.
# - **rotary**: turns by the distance, and the distances that matter here were trained.
#
# This task is local, which is kind to the last three. Where far tokens matter, rotary models fail
# beyond their trained length too. Remedies squeeze the new positions into the trained range (position
# interpolation, Chen et al. 2023, [arXiv:2306.15595](https://arxiv.org/abs/2306.15595)), or replace
# the encoding by a fixed penalty on distance (ALiBi, Press et al. 2021,
# [arXiv:2108.12409](https://arxiv.org/abs/2108.12409)).
#
# To try by yourself: what does `results` look like when `LONGEST` is 32? When the two names stand
# three tokens away from 喜欢?

# %% [markdown] nbgrader={"grade": false, "grade_id": "question_positions", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Question: `written_positions` (10 minutes, 4 points, read by a person)
#
# Your model must read sequences longer than any seen in training. Which encoding do you choose, and
# why? Say what would go wrong with one of the others, using what you measured in 7.7, and name one
# limit of your own choice. Six sentences are enough.
#
# ### BEGIN MARK SCHEME
# - 1 point: a defensible choice: rotary, clipped relative, or another that depends on bounded or relative distance
#   (ALiBi, T5 buckets).
# - 1 point: the reason: scores depend on the distance, distances that matter were trained, and no
#   absolute position occurs that training never met.
# - 1 point: what goes wrong with another one, from the measurement: untrained random rows (learned,
#   relative without clipping), or angles never met (sinusoidal), with the accuracy that follows.
# - 1 point: a limit of one's own choice: distances beyond the trained ones for rotary, far tokens
#   indistinguishable with clipping, the measured task is local, or rotary needs interpolation.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_positions", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# I choose the rotary encoding. Its scores depend on the distance of two tokens alone, so a pair of
# neighbours at positions 1000 and 1001 looks exactly like one at 3 and 4, which training has seen; in
# the measurement it stayed right at 128 tokens. The learned encoding fell towards guessing,
# because the rows for positions beyond 16 were never trained and are random numbers. The sinusoidal one
# fell as well: its table goes on, but the model never met those combinations of angles. A limit of
# rotary is that distances longer than any in training are as new to it as positions are to the others,
# so for tasks that need far tokens one has to interpolate positions or train on longer sequences.
# ### END SOLUTION

# %% [markdown]
# ## 7.8 What breaks next
#
# A token now knows what surrounds it and where. But one attention layer only mixes vectors: nothing
# works on the mixture itself, and putting ten such layers on top of each other does not train well.
# Chapter 8 adds what is missing (feed-forward networks, residual connections, layer norm) and
# assembles the Transformer.
#
# ## Your progress
#
# This cell lists the exercises whose tests have run since you started the notebook. To run
# everything anew: *Run > Restart Kernel and Run All Cells*. Tests that are hidden from you run when the
# notebook is graded.

# %%
progress.show("07_positional_encodings")
