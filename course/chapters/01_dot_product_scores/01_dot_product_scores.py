# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 1. Dot-product scores
#
# **The question of this chapter:** a sentence is in front of us, one word of it is being
# processed. Which of the other words matter for it, and how could a machine give each of them a
# number?
#
# By the end you will have computed those numbers, the *attention scores*, in four ways: by hand,
# with loops, with one matrix product, and as a cosine. You will also have seen where they mislead.
#
# The chapter takes about an hour. Exercises have a cell with a `TODO` that you replace, followed by
# test cells that tell you what is wrong with your answer. Run the cells from top to bottom:
# *Shift + Enter* runs one and goes to the next. A cell that needs an exercise which is still to be
# written stops with `NotImplementedError`; write the exercise, run its cell, then run this one again.

# %% nbgrader={"grade": false, "grade_id": "given_imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F

from course.notebook import checks, data, figures, progress

figures.use_style()

# %% [markdown]
# ## 1.1 What a single memory loses
#
# Before attention, a sentence was translated by two recurrent networks. The *encoder* read one
# word after the other and updated a vector of fixed size, its *hidden state*. When the sentence
# ended, that one vector was handed to the *decoder*, which had to write the whole translation from
# it. Translation is not word by word: the order changes, and a verb may depend on a subject that
# stood twenty words earlier. Everything that the decoder would ever need had to fit into the one
# vector.
#
# How much does such a vector forget? Let us measure it. We feed a random sequence of eight
# different symbols into a small recurrent network with a state of 16 numbers, and then ask a
# linear reader to tell, from the last state alone, which symbol was seen $k$ steps ago. Guessing
# is right once in eight times.

# %% alt="Line chart: the share of symbols recalled from a 16-number hidden state falls from 1 for the latest symbols to chance, 0.125, a few steps further back."
SYMBOLS, STATE, STEPS, LOOK_BACK = 8, 16, 4000, 16

generator = torch.Generator().manual_seed(1)
symbols = torch.randint(SYMBOLS, (STEPS,), generator=generator)
W_in = torch.randn(SYMBOLS, STATE, generator=generator)
W_state = torch.linalg.qr(torch.randn(STATE, STATE, generator=generator))[0] * 0.9

state, states = torch.zeros(STATE), []
for symbol in symbols:
    state = torch.tanh(W_in[symbol] * 0.5 + W_state @ state)
    states.append(state)
states = torch.stack(states)

recall = []
for k in range(LOOK_BACK):
    seen = states[LOOK_BACK:]
    wanted = torch.nn.functional.one_hot(symbols[LOOK_BACK - k : STEPS - k], SYMBOLS).float()
    half = len(seen) // 2  # fit the reader on one half, measure on the other
    reader = torch.linalg.lstsq(seen[:half], wanted[:half]).solution
    right = (seen[half:] @ reader).argmax(dim=1) == wanted[half:].argmax(dim=1)
    recall.append(right.float().mean().item())

fig, ax = plt.subplots()
ax.plot(range(LOOK_BACK), recall, marker="o", label="read from the last state")
ax.axhline(1 / SYMBOLS, color="0.5", linestyle="--", label="guessing")
ax.set(xlabel="steps ago", ylabel="share of symbols recalled", ylim=(0, 1.05))
ax.set_title("A hidden state of 16 numbers forgets")
ax.legend()
plt.show()

# %% [markdown]
# The latest symbol is read without error, one that was seen ten steps ago is as good as guessed. A
# larger state moves the edge, but for a long enough input there is always one.
#
# In 2014 Bahdanau, Cho and Bengio let the decoder look back at *all* encoder states and decide, for
# each word that it writes, how much of each to use ([arXiv:1409.0473](https://arxiv.org/abs/1409.0473)).
# They called it attention. Three years later the Transformer kept the attention and dropped the
# recurrent network (Vaswani et al. 2017, [arXiv:1706.03762](https://arxiv.org/abs/1706.03762)).
#
# Bahdanau's attention connects two sequences: the one that is written and the one that is read. In
# *self-attention* a sequence attends to itself: each token looks at all tokens of the same
# sequence, itself included, and builds a new description of itself from them, its
# *context vector*. This course builds it in four steps, each keeping what the last one had:
#
# | step | chapters | what is new |
# |---|---|---|
# | simple self-attention | 1, 2 | scores, weights, context vectors, nothing to train |
# | trainable self-attention | 3 | queries, keys and values |
# | causal attention | 4, 5 | no look ahead; dropout |
# | multi-head attention | 6 | several attentions side by side |
#
# Chapter 7 adds the order of the words, and chapter 8 assembles the Transformer.

# %% [markdown]
# ## 1.2 The smallest example, by hand
#
# Our sentence through all chapters is *Your journey starts with one step*: six tokens, each a vector
# of three numbers, an *embedding*. Real embeddings have hundreds of numbers and are learned;
# these are made up, so that you can check everything with a pencil.

# %% nbgrader={"grade": false, "grade_id": "given_inputs", "locked": true, "schema_version": 3, "solution": false, "task": false}
tokens = data.TOKENS
inputs = data.inputs()  # one row per token, float32 of shape (6, 3)

# %%
for token, vector in zip(tokens, inputs):
    print(f"{token:8}", vector)

# %% [markdown]
# We want one number that says how much *starts* has to do with *journey*. The simplest candidate is
# the **dot product**: multiply the two vectors element by element, then sum.

# %%
journey, starts = inputs[1], inputs[2]
products = [f"{a:.2f} · {b:.2f}" for a, b in zip(journey, starts)]
print(" + ".join(products), "=", f"{(journey * starts).sum():.4f}")

# %% [markdown]
# The dot product is large where the two vectors have large numbers in the same places. In
# geometry it is $|a|\,|b|\cos\theta$: it grows with the lengths of both vectors and with how much
# they point the same way, is zero at a right angle and negative beyond.
#
# ### Exercise: `dot_product` (5 minutes, 3 points)
#
# Write it out: element by element, then the sum. `torch.dot`, `@` and their relatives do it in one
# call, which is not the point here. Return a tensor with a single number and no dimensions, not a
# Python float: a float has left the graph through which gradients flow.
#
# <details><summary>Hint 1</summary>
#
# `a * b` multiplies two vectors element by element and has their shape.
# </details>
# <details><summary>Hint 2</summary>
#
# A tensor has a method that adds up its elements. A loop that adds one product at a time is as right.
# </details>

# %% nbgrader={"grade": false, "grade_id": "dot_product", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dot_product(a, b):
    """Multiply two vectors element by element and sum.

    Args:
        a, b: vectors of shape (d,).

    Returns:
        a tensor with no dimensions.

    Example:
        dot_product(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])) is tensor(11.)
    """
    ### BEGIN SOLUTION
    return (a * b).sum()
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_dot_product_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: 1*4 + 2*(-5) + 3*6 = 12.
a, b = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([4.0, -5.0, 6.0])
checks.call(dot_product, a, b).equals(torch.tensor(12.0), mistakes={
    "the products are there, the sum is missing.": torch.tensor([4.0, -10.0, 18.0]),
    "you summed each vector and multiplied the sums: multiply first.": torch.tensor(30.0),
    "you took the mean of the products, not their sum.": torch.tensor(4.0),
    "you added the elements: multiply them.": torch.tensor(11.0),
    "this is the cosine: the vectors keep their lengths here.": torch.tensor(0.3655),
    "the number is right, but it stands in a vector of one: no dimension should be left.": torch.tensor([12.0]),
})
### BEGIN HIDDEN TESTS
generator = torch.Generator().manual_seed(11)
for d in (1, 5):
    a, b = torch.randn(2, d, generator=generator)
    checks.call(dot_product, a, b).equals(torch.dot(a, b), mistakes={
        "the sign is lost: products may be negative.": (a * b).abs().sum(),
    })
    checks.gradients(dot_product, torch.dot, a, b)
    checks.robust(dot_product, torch.dot, a, b)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_dot_product_written_out", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: no ready-made product in the cell, and it works.
checks.forbid(dot_product, *checks.DOT_PRODUCTS, because="Write the products and the sum out.")
checks.call(dot_product, torch.ones(4), torch.ones(4)).equals(torch.tensor(4.0))
### BEGIN HIDDEN TESTS
checks.call(dot_product, torch.tensor([2.0, -3.0]), torch.tensor([0.5, 4.0])).equals(torch.tensor(-11.0))
### END HIDDEN TESTS

# %% [markdown]
# ## 1.3 One query against every key
#
# Attention always has a side that asks and a side that is asked. The token that asks is the
# **query**, the tokens that are asked are the **keys**. In this chapter both are just the
# embeddings; chapter 3 gives them matrices of their own.
#
# Take *journey* as the query. Its score with each of the six keys is a dot product, and the six of
# them make a vector of scores.
#
# ### Exercise: `scores_for_query` (5 minutes, 2 points)
#
# From here on any way of computing a dot product is welcome, your own function included.
#
# <details><summary>Hint 1</summary>
#
# A list of single-number tensors becomes one vector with `torch.stack`.
# </details>
# <details><summary>Hint 2</summary>
#
# Without a loop: what is the shape of `keys * query`, and over which dimension must it be summed to
# leave one number per key?
# </details>

# %% nbgrader={"grade": false, "grade_id": "scores_for_query", "locked": false, "schema_version": 3, "solution": true, "task": false}
def scores_for_query(query, keys):
    """Score one query against every key.

    Args:
        query: vector of shape (d,).
        keys: one key per row, shape (T, d).

    Returns:
        the T dot products, shape (T,).

    Example:
        a query [1., 0.] and the keys [[3., 4.], [5., 6.], [7., 8.]] give tensor([3., 5., 7.])
    """
    ### BEGIN SOLUTION
    return keys @ query
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_scores_for_query_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: "journey", then "one", against all six tokens.
expected = torch.tensor([0.9544, 1.4950, 1.4754, 0.8434, 0.7070, 1.0865])
checks.call(scores_for_query, inputs[1], inputs).equals(expected, mistakes={
    "the products are there, their sum for each key is missing.": torch.tensor([
        [0.2365, 0.1305, 0.5874], [0.3025, 0.7569, 0.4356], [0.3135, 0.7395, 0.4224],
        [0.1210, 0.5046, 0.2178], [0.4235, 0.2175, 0.0660], [0.0275, 0.6960, 0.3630]]),
    "you summed over the keys: sum over the features.": torch.tensor([1.4245, 3.0450, 2.0922]),
    "the scores stand in a column: they should make a vector, with one dimension.": expected[:, None],
    "the scores are divided by √d: this chapter's scores are plain dot products.":
        torch.tensor([0.5510, 0.8631, 0.8518, 0.4869, 0.4082, 0.6273]),
    "these are the scores of token 0: use the query that is given.":
        torch.tensor([0.9995, 0.9544, 0.9422, 0.4753, 0.4576, 0.6310]),
    "these are the keys' dot products with themselves: the query is not used.":
        torch.tensor([0.9995, 1.4950, 1.4570, 0.4937, 0.6654, 0.9450]),
    "these are cosines: the vectors keep their lengths here.":
        torch.tensor([0.7808, 1.0000, 0.9997, 0.9817, 0.7089, 0.9141]),
    "these are softmax weights: this chapter stops at the scores.":
        torch.tensor([0.1385, 0.2379, 0.2333, 0.1240, 0.1082, 0.1581]),
})
one = torch.tensor([0.4576, 0.7070, 0.7154, 0.3474, 0.6654, 0.2935])
checks.call(scores_for_query, inputs[4], inputs).equals(one, mistakes={
    "these are the scores of journey again: use the query that is given.": expected,
})
### BEGIN HIDDEN TESTS
generator = torch.Generator().manual_seed(12)
query, keys = torch.randn(4, generator=generator), torch.randn(7, 4, generator=generator)
checks.call(scores_for_query, query, keys).equals(keys @ query, mistakes={
    "only six keys are scored: take as many as are given.": (keys @ query)[:6],
})
checks.robust(scores_for_query, lambda q, k: k @ q, query, keys)
checks.call(scores_for_query, query, keys[:1]).equals(keys[:1] @ query)
### END HIDDEN TESTS

# %%
scores = scores_for_query(inputs[1], inputs)
for token, score in zip(tokens, scores):
    print(f"journey · {token:8} {score:.4f}")

# %% [markdown]
# *journey* scores highest with itself and with *starts*, whose embedding is nearly the same, and
# lowest with *one*.
#
# ## 1.4 Every query against every key
#
# Now let each token be the query in turn. Six queries and six keys make a table of 36 scores: row
# $i$, column $j$ holds the score of query $i$ with key $j$.
#
# ### Exercise: `pairwise_scores_loop` (10 minutes, 2 points)
#
# First the slow and plain way: visit every pair with Python loops, so that you see each number
# being made. One of the two loops may be a comprehension. A dot product of two vectors is fine
# inside; a product of whole matrices is the next exercise.
#
# <details><summary>Hint 1</summary>
#
# Begin with `torch.zeros(T, T)` of the right dtype (`inputs.new_zeros(T, T)` takes it from `inputs`)
# and fill one entry per pair, or collect rows in a list.
# </details>
# <details><summary>Hint 2</summary>
#
# Filling entries of a fresh tensor keeps the gradient; `torch.tensor(list_of_numbers)` cuts it.
# </details>

# %% nbgrader={"grade": false, "grade_id": "pairwise_scores_loop", "locked": false, "schema_version": 3, "solution": true, "task": false}
def pairwise_scores_loop(inputs):
    """Score every token against every token, one pair at a time.

    Args:
        inputs: one token per row, shape (T, d).

    Returns:
        the scores, shape (T, T): entry i, j is the dot product of tokens i and j.

    Example:
        the tokens [[1., 2., 0.], [3., 1., 1.]] give tensor([[5., 5.], [5., 11.]])
    """
    ### BEGIN SOLUTION
    T = len(inputs)
    scores = inputs.new_zeros(T, T)
    for i in range(T):
        for j in range(T):
            scores[i, j] = (inputs[i] * inputs[j]).sum()
    return scores
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_pairwise_scores_loop_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: two tokens of three features, visited pair by pair.
checks.require_pair_loops(pairwise_scores_loop, "Visit every query and, for each, every key.")
checks.forbid(pairwise_scores_loop, "mm", "bmm", "mv", "einsum", "tensordot", "cdist",
              because="Take one pair of vectors at a time.")
two = torch.tensor([[1.0, 2.0, 0.0], [3.0, 1.0, 1.0]])
checks.call(pairwise_scores_loop, two).equals(torch.tensor([[5.0, 5.0], [5.0, 11.0]]), mistakes={
    "each token is scored only against itself: the off-diagonal is empty.":
        torch.tensor([[5.0, 0.0], [0.0, 11.0]]),
    "only half of the table is filled: every pair has two places.":
        torch.tensor([[5.0, 5.0], [0.0, 11.0]]),
    "the diagonal is left out: a token is scored against itself too.":
        torch.tensor([[0.0, 5.0], [5.0, 0.0]]),
    "only the first row is filled: does the function return before every query had its turn?":
        torch.tensor([[5.0, 5.0], [0.0, 0.0]]),
    "the scores stand in one long row: they should make a table, one row per query.":
        torch.tensor([5.0, 5.0, 5.0, 11.0]),
    "the columns are scored against each other: a token is a row.":
        torch.tensor([[10.0, 5.0, 3.0], [5.0, 5.0, 1.0], [3.0, 1.0, 1.0]]),
})
### BEGIN HIDDEN TESTS
tokens_5x2 = torch.randn(5, 2, generator=torch.Generator().manual_seed(13))
checks.call(pairwise_scores_loop, tokens_5x2).equals(tokens_5x2 @ tokens_5x2.T)
checks.call(pairwise_scores_loop, inputs).equals(inputs @ inputs.T)
checks.robust(pairwise_scores_loop, lambda x: x @ x.T, tokens_5x2)
### END HIDDEN TESTS

# %% [markdown]
# ## 1.5 One matrix product
#
# The table is a matrix product: the entry in row $i$, column $j$ of $A B^\top$ is the dot product
# of row $i$ of $A$ with row $j$ of $B$. That is all there is behind the famous
#
# $$ \text{scores} = Q K^\top $$
#
# with the queries as the rows of $Q$ and the keys as the rows of $K$. Nothing says that there are as
# many queries as keys, and in practice there is a batch of sequences, so the function should leave
# any leading dimensions alone.
#
# ### Exercise: `attention_scores` (10 minutes, 3 points)
#
# No Python loop, no comprehension.
#
# <details><summary>Hint 1</summary>
#
# `@` multiplies the last two dimensions and leaves the leading ones alone.
# </details>
# <details><summary>Hint 2</summary>
#
# `.T` turns *all* dimensions round, batch included. `transpose` takes the two that you name, and
# names may count from the end: -1 is the last.
# </details>

# %% nbgrader={"grade": false, "grade_id": "attention_scores", "locked": false, "schema_version": 3, "solution": true, "task": false}
def attention_scores(queries, keys):
    """Score every query against every key, for any number of leading batch dimensions.

    Args:
        queries: shape (..., T_q, d).
        keys: shape (..., T_k, d), the leading dimensions being those of the queries.

    Returns:
        the scores, shape (..., T_q, T_k).

    Example:
        queries [[1., 0.]] and keys [[3., 4.], [5., 6.], [7., 8.]] give tensor([[3., 5., 7.]])
    """
    ### BEGIN SOLUTION
    return queries @ keys.transpose(-2, -1)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_attention_scores_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: two queries and three keys of three features.
checks.forbid_loops(attention_scores, "One matrix product does the work.")
queries = torch.tensor([[1.0, 0.0, 2.0], [2.0, -1.0, 0.0]])
keys = torch.tensor([[3.0, 4.0, 1.0], [5.0, 6.0, 0.0], [7.0, 9.0, 1.0]])
checks.call(attention_scores, queries, keys).equals(torch.tensor([[5.0, 5.0, 9.0], [2.0, 4.0, 5.0]]), mistakes={
    "the keys are multiplied as they stand: rows and columns must be exchanged, and reshaping does "
    "not do that.": torch.tensor([[17.0, 22.0, 3.0], [1.0, 2.0, 2.0]]),
    "the queries are scored against themselves: score them against the keys.":
        torch.tensor([[5.0, 2.0], [2.0, 5.0]]),
    "the scores are divided by √d: that comes in chapter 3.":
        torch.tensor([[2.8868, 2.8868, 5.1962], [1.1547, 2.3094, 2.8868]]),
    "these are softmax weights: this chapter stops at the scores.":
        torch.tensor([[0.0177, 0.0177, 0.9647], [0.0351, 0.2595, 0.7054]]),
})
### BEGIN HIDDEN TESTS
generator = torch.Generator().manual_seed(14)
queries, keys = torch.randn(5, 3, generator=generator), torch.randn(4, 3, generator=generator)
right = queries @ keys.T
checks.call(attention_scores, queries, keys).equals(right, mistakes={
    "the keys are reshaped, which mixes their numbers: exchange the two dimensions instead.":
        queries @ keys.reshape(3, 4),
    "the scores are divided by d.": right / 3,
    "these are cosines: the vectors keep their lengths here.":
        torch.cosine_similarity(queries[:, None], keys[None], dim=-1),
})
checks.call(attention_scores, inputs[:2], inputs).equals(inputs[:2] @ inputs.T)
checks.robust(attention_scores, lambda q, k: q @ k.T, queries, keys)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_attention_scores_batch", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: a batch of two, the second with all queries doubled.
batch_q = torch.stack([inputs[:4], 2 * inputs[:4]])
batch_k = torch.stack([inputs, inputs])
made = checks.call_batch(
    attention_scores, batch_q, batch_k,
    hint="Transposing with .T, or by dimensions counted from the front, moves the batch.")
made.is_tensor(shape=(2, 4, 6))
checks.equals(made.result[1], 2 * made.result[0], "the scores of the doubled queries")
### BEGIN HIDDEN TESTS
generator = torch.Generator().manual_seed(15)
for lead in [(3,), (2, 3), (1,)]:
    queries = torch.randn(*lead, 5, 4, generator=generator)
    keys = torch.randn(*lead, 2, 4, generator=generator)
    right = torch.einsum("...qd,...kd->...qk", queries, keys)
    checks.call_batch(
        attention_scores, queries, keys,
        hint="Every number of leading dimensions should do: count dimensions from the end.",
    ).equals(right, mistakes={
        "the first sequence's keys are used for the whole batch.": torch.einsum(
            "...qd,kd->...qk", queries, keys.reshape(-1, 2, 4)[0]),
    })
    checks.robust(attention_scores, lambda q, k: q @ k.transpose(-2, -1), queries, keys)
### END HIDDEN TESTS

# %% [markdown]
# The six tokens against themselves, as a picture. Dark is a high score.

# %% alt="Heatmap of the six by six score matrix, symmetric, darkest where journey and starts meet."
figures.heatmap(attention_scores(inputs, inputs), tokens, tokens, title="dot-product scores")
plt.show()

# %% [markdown]
# The matrix is symmetric: *journey* scores *step* exactly as *step* scores *journey*. That is
# convenient here and wrong in language, where "what does this adjective describe?" and "how is this
# noun described?" are different questions. Chapter 3 breaks the symmetry.
#
# Was the matrix product worth it? The same table by both of your functions, for more and more tokens:

# %% tags=["nbval-ignore-output"] alt="Log-log chart of seconds against tokens: the loops take hundreds of times longer than the matrix product, and the gap grows."
import time


def seconds(function, *args):
    """The shortest of five runs."""
    runs = []
    for _ in range(5):
        start = time.perf_counter()
        function(*args)
        runs.append(time.perf_counter() - start)
    return min(runs)


sizes = [4, 8, 16, 32, 64]
by_loop, by_product = [], []
for T in sizes:
    x = torch.randn(T, 16)
    by_loop.append(seconds(pairwise_scores_loop, x))
    by_product.append(seconds(attention_scores, x, x))

fig, ax = plt.subplots()
ax.loglog(sizes, by_loop, marker="o", label="two loops")
ax.loglog(sizes, by_product, marker="s", label="one matrix product")
ax.set(xlabel="tokens T", ylabel="seconds", title="The same scores, two ways")
ax.set_xticks(sizes, labels=sizes, minor=False)
ax.minorticks_off()
ax.legend()
plt.show()
print(f"At {sizes[-1]} tokens the loops take {by_loop[-1] / by_product[-1]:.0f} times as long.")

# %% [markdown]
# Both do the same $T^2 \cdot d$ multiplications. The loop pays Python's price for each pair, the
# product pays it once. In both the work grows with the *square* of the sequence length, which is
# what makes long contexts expensive to this day.
#
# ## 1.6 When large is not similar
#
# The dot product grows with the length of the vectors. Stretch one key and its score grows, though
# it points where it pointed before:

# %%
stretched = inputs.clone()
stretched[4] = 5 * stretched[4]  # "one", five times as long
for name, keys in [("as it was", inputs), ("'one' stretched", stretched)]:
    scores = attention_scores(inputs[1:2], keys)[0]
    print(f"{name:16}", " ".join(f"{s:7.4f}" for s in scores), " highest:", tokens[scores.argmax()])

# %% [markdown]
# Whoever wants direction alone divides the lengths out: $\cos\theta = \dfrac{a \cdot b}{|a|\,|b|}$
# lies between -1 and 1 and ignores how long the vectors are.
#
# ### Exercise: `cosine_scores` (10 minutes, 4 points)
#
# Bring every vector to length one, then score as before. A vector of zeros has no direction; dividing
# it by its length gives `nan`, which would spread through everything that follows. Let it score 0.
#
# <details><summary>Hint 1</summary>
#
# `x.norm(dim=-1, keepdim=True)` is the length of each row; `keepdim` keeps a dimension of size one,
# so that it divides row by row.
# </details>
# <details><summary>Hint 2</summary>
#
# A length that is not allowed to fall below something tiny (`clamp(min=...)`) never divides by
# zero, and zero divided by something tiny is zero.
# </details>

# %% nbgrader={"grade": false, "grade_id": "cosine_scores", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cosine_scores(queries, keys):
    """Score every query against every key by the cosine of the angle between them.

    Args:
        queries: shape (..., T_q, d).
        keys: shape (..., T_k, d).

    Returns:
        cosines between -1 and 1, shape (..., T_q, T_k). A vector of zeros scores 0 with everything.

    Example:
        queries [[2., 0.]] and keys [[5., 0.], [0., 3.], [-1., 0.]] give tensor([[1., 0., -1.]])
    """
    ### BEGIN SOLUTION
    queries = queries / queries.norm(dim=-1, keepdim=True).clamp(min=1e-12)
    keys = keys / keys.norm(dim=-1, keepdim=True).clamp(min=1e-12)
    return queries @ keys.transpose(-2, -1)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_cosine_scores_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: same direction 1, right angle 0, opposite -1, whatever the lengths.
queries = torch.tensor([[2.0, 0.0], [0.0, 0.5]])
keys = torch.tensor([[5.0, 0.0], [0.0, 3.0], [-1.0, 0.0]])
checks.call(cosine_scores, queries, keys).equals(torch.tensor([[1.0, 0.0, -1.0], [0.0, 1.0, 0.0]]), mistakes={
    "these are plain dot products: the lengths are still in.":
        torch.tensor([[10.0, 0.0, -2.0], [0.0, 1.5, 0.0]]),
    "only the queries have length one: divide by the keys' lengths too.":
        torch.tensor([[5.0, 0.0, -1.0], [0.0, 3.0, 0.0]]),
    "only the keys have length one: divide by the queries' lengths too.":
        torch.tensor([[2.0, 0.0, -2.0], [0.0, 0.5, 0.0]]),
    "the lengths are squared: divide by |a| |b|, not by their squares.":
        torch.tensor([[0.1, 0.0, -0.5], [0.0, 0.6667, 0.0]]),
    "one length is used for the whole matrix: every vector has its own.":
        torch.tensor([[0.8199, 0.0, -0.1640], [0.0, 0.1230, 0.0]]),
    "each column has length one, not each row: a token is a row.":
        torch.tensor([[0.9806, 0.0, -0.1961], [0.0, 1.0, 0.0]]),
}, nearly="close, but not exact. Is a number added to the lengths, to keep them from zero? It must be far smaller.")
### BEGIN HIDDEN TESTS
def right_cosines(q, k):
    return F.normalize(q, dim=-1) @ F.normalize(k, dim=-1).transpose(-2, -1)

generator = torch.Generator().manual_seed(16)
for lead in [(), (2,), (2, 3)]:
    queries, keys = torch.randn(*lead, 5, 3, generator=generator), torch.randn(*lead, 4, 3, generator=generator)
    dots = queries @ keys.transpose(-2, -1)
    checks.call_batch(
        cosine_scores, queries, keys,
        hint="Every number of leading dimensions should do: count dimensions from the end, and .T moves them all.",
    ).equals(right_cosines(queries, keys), mistakes={
        "the elements' sum is used as the length: the length is the root of the sum of squares.":
            dots / queries.abs().sum(-1, keepdim=True) / keys.abs().sum(-1).unsqueeze(-2),
        "one length is used for the whole batch: every vector has its own.":
            dots / queries.norm() / keys.norm(),
    })
    checks.robust(cosine_scores, right_cosines, queries, keys)
made, right = checks.call(cosine_scores, 1e-3 * queries, 1e3 * keys), right_cosines(queries, keys)
made.is_tensor(shape=right.shape)
if (made.result.abs() < 0.9 * right.abs()).all():
    raise checks.KnownMistake(
        f"{made.what}: the cosines of very short vectors come out too small. Only a length of zero "
        "is special, and what keeps a length from zero must be far smaller than any length.")
made.equals(right)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_cosine_scores_zero_vector", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: a vector of zeros scores 0 with everything, and hurts no other score.
queries = torch.tensor([[0.0, 0.0], [3.0, 4.0]])
keys = torch.tensor([[0.0, 2.0], [0.0, 0.0], [1.0, 0.0]])
checks.call(cosine_scores, queries, keys).equals(torch.tensor([[0.0, 0.0, 0.0], [0.8, 0.0, 0.6]]), mistakes={
    "a vector of zeros is divided by its length, which is zero.":
        torch.tensor([[torch.nan, torch.nan, torch.nan], [0.8, torch.nan, 0.6]]),
    "a vector of zeros scores 1: without a direction it is like no other, so let it score 0.":
        torch.tensor([[1.0, 1.0, 1.0], [0.8, 1.0, 0.6]]),
})
### BEGIN HIDDEN TESTS
checks.call(cosine_scores, torch.zeros(1, 3), torch.zeros(2, 3)).equals(torch.zeros(1, 2))
batch = torch.stack([keys, keys.flip(0)])
checks.call(cosine_scores, batch, batch).equals(
    F.normalize(batch, dim=-1) @ F.normalize(batch, dim=-1).transpose(-2, -1))
### END HIDDEN TESTS

# %% alt="Two heatmaps side by side: dot products, darkest for the long vectors, and cosines, with ones on the diagonal."
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6))
figures.heatmap(attention_scores(inputs, inputs), tokens, tokens, title="dot product", ax=left)
figures.heatmap(cosine_scores(inputs, inputs), tokens, tokens, title="cosine", ax=right)
plt.show()

# %% [markdown]
# Attention uses the dot product all the same. The length of a key is something that training can
# use: a token may learn to be loud for everyone, or quiet.
#
# ### Exercise: `most_attended` (10 minutes, 3 points)
#
# In the picture every token of our sentence seems to like *journey* and *starts*. Read it off by
# code: for each query, which *other* token scores highest?
#
# <details><summary>Hint 1</summary>
#
# `argmax` over the right dimension tells where the largest number stands. Before that, the diagonal
# must be out of the running.
# </details>
# <details><summary>Hint 2</summary>
#
# Out of the running is not zero: if all other scores are negative, zero wins. And the caller's tensor
# stays as it is: work on a copy.
# </details>

# %% nbgrader={"grade": false, "grade_id": "most_attended", "locked": false, "schema_version": 3, "solution": true, "task": false}
def most_attended(scores):
    """For each query the key with the highest score, itself excepted.

    Args:
        scores: shape (T, T) with T of 2 or more; row i holds the scores of query i.

    Returns:
        the positions of the keys, int64 of shape (T,).

    Example:
        the scores [[9., 1., 2.], [4., 9., 3.], [5., 6., 9.]] give tensor([2, 0, 1])
    """
    ### BEGIN SOLUTION
    itself = torch.eye(len(scores), dtype=torch.bool)
    return scores.masked_fill(itself, -torch.inf).argmax(dim=-1)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_most_attended_values", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: the highest of each row, the diagonal excepted.
scores = torch.tensor([[9.0, 1.0, 2.0], [4.0, 9.0, 3.0], [5.0, 6.0, 9.0]])
checks.call(most_attended, scores).equals(torch.tensor([2, 0, 1]), mistakes={
    "every token picks itself: leave the diagonal out.": torch.tensor([0, 1, 2]),
    "you looked down the columns: a query is a row.": torch.tensor([2, 2, 1]),
    "these are the lowest scores, not the highest.": torch.tensor([1, 2, 0]),
    "these are the scores themselves: return their positions.": torch.tensor([2.0, 4.0, 6.0]),
    "the positions are counted without the diagonal, so those behind it are one too low.":
        torch.tensor([1, 0, 1]),
    "this is one position in the whole table: every query has a highest score of its own.":
        torch.tensor(7),
})
### BEGIN HIDDEN TESTS
negative = torch.tensor([[5.0, -2.0, -1.0, -3.0], [-7.0, 5.0, -9.0, -8.0], [-3.0, -1.0, 5.0, -2.0], [-4.0, -3.0, -6.0, 5.0]])
checks.call(most_attended, negative).equals(torch.tensor([2, 0, 1, 1]), mistakes={
    "where all other scores are negative, a token picks itself: zero is not low enough for the "
    "diagonal.": torch.arange(4),
})
checks.call(most_attended, 1e10 * negative).equals(torch.tensor([2, 0, 1, 1]), mistakes={
    "a large negative number on the diagonal still wins where all scores are lower: use -inf.":
        torch.arange(4),
})
low_diagonal = torch.tensor([[-9.0, 1.0, 2.0], [4.0, -9.0, 3.0], [6.0, 5.0, -9.0]])
checks.call(most_attended, low_diagonal).equals(torch.tensor([2, 0, 0]), mistakes={
    "you took the second highest of each row: the token itself need not be the highest.":
        torch.tensor([1, 2, 1]),
})
checks.call(most_attended, torch.tensor([[0.0, 1.0], [1.0, 3.0]])).equals(torch.tensor([1, 0]))
checks.call(most_attended, low_diagonal.double()).equals(torch.tensor([2, 0, 0]))
checks.call(most_attended, inputs @ inputs.T).equals(torch.tensor([1, 2, 1, 1, 2, 1]))
### END HIDDEN TESTS

# %%
for name, scores in [
    ("dot product", attention_scores(inputs, inputs)),
    ("cosine", cosine_scores(inputs, inputs)),
]:
    pairs = [f"{tokens[q]} → {tokens[k]}" for q, k in enumerate(most_attended(scores).tolist())]
    print(f"{name}:", ", ".join(pairs))

# %% [markdown] nbgrader={"grade": false, "grade_id": "question_similarity", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Question: `written_similarity` (10 minutes, 4 points, read by a person)
#
# When is a large dot product *not* a sign of similarity? Give one case with numbers of your own, say
# what the cosine tells in that case, and name one situation in which you would want the dot product
# nevertheless. Five sentences are enough.
#
# ### BEGIN MARK SCHEME
# - 1 point: the dot product grows with the vectors' lengths, so a long vector scores high with all.
# - 1 point: a case with numbers in which the higher dot product belongs to the less similar vector.
# - 1 point: the cosine divides the lengths out and ranks that case the other way round.
# - 1 point: a sound reason for the dot product: length carries information (how sure or how
#   important a token is, popularity in a recommender), it is cheaper, or training may use it.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_similarity", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# The dot product is |a| |b| cos θ, so it is large when one of the vectors is long, wherever it
# points. With the query (1, 0), the key (1, 0) scores 1 and the key (3, 4) scores 3, though the first
# is the query itself and the second lies at an angle of 53 degrees. The cosine gives 1 and 0.6, the
# right order. The dot product is still what one wants where length means something: a token that
# should be heard by all others can learn a long key, which a cosine would cancel.
# ### END SOLUTION

# %% [markdown]
# ## 1.7 What breaks next
#
# We have a number for every pair, but we cannot yet *use* the numbers. To build a new vector for
# *journey* as a mixture of all tokens, each share should be positive and the shares should sum to
# one. The scores of *journey* do neither:

# %%
print(f"sum of the scores of journey: {attention_scores(inputs, inputs)[1].sum():.4f}")

# %% [markdown]
# Chapter 2 turns scores into such shares, the *attention weights*, and finishes the first complete
# self-attention.
#
# ## Your progress
#
# This cell lists the exercises whose tests have run since you started the notebook. To run
# everything anew: *Run > Restart Kernel and Run All Cells*. Tests that are hidden from you run when the
# notebook is graded.

# %%
progress.show("01_dot_product_scores")
