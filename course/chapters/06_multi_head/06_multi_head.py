# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 6. Multi-head attention
#
# **The question of this chapter:** a token may need two things from its sentence at the same time,
# from two different places. One attention gives it one mixture. How does it get both, and what does
# that cost?
#
# By the end you will have built multi-head attention twice, once as several attentions side by side
# and once as a single one whose features are cut into pieces. You will have proved that the two are the
# same thing, and measured why everybody uses the second.
#
# The chapter takes about an hour and a half. You need nothing from your earlier notebooks: the causal
# attention of chapter 5 is given, built on PyTorch's own.

# %% nbgrader={"grade": false, "grade_id": "given_imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

from course.notebook import checks, data, figures, progress

figures.use_style()
torch.set_num_threads(1)  # on matrices as small as ours a second thread costs more than it saves

# %% nbgrader={"grade": false, "grade_id": "given_batch", "locked": true, "schema_version": 3, "solution": false, "task": false}
tokens = data.TOKENS
inputs = data.inputs()  # (6, 3)
batch = torch.stack([inputs, inputs])  # the sentence twice, (2, 6, 3)

# %% [markdown]
# ## 6.1 One head, one average
#
# Take three words, *dog bites man*, and look at the verb. It has two questions: who bites, and who is
# bitten? Say that the value of *dog* is (1, 0) and that of *man* is (0, 1). With one row of attention
# weights the fairest thing to do is to look at both, half and half:

# %%
value = {"dog": [1.0, 0.0], "bites": [0.0, 0.0], "man": [0.0, 1.0]}
sentences = ["dog bites man", "man bites dog"]
one_head = torch.tensor([0.5, 0.0, 0.5])  # weights of the verb over the three places

for sentence in sentences:
    values = torch.tensor([value[word] for word in sentence.split()])
    print(sentence, "->", one_head @ values)

# %% [markdown]
# The mixture is the same for both sentences. Who did what to whom is lost, and no later layer can
# bring it back. Now give the verb two rows of weights, one for each question, and write the two
# answers one behind the other:

# %%
left_head, right_head = torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.0, 0.0, 1.0])

for sentence in sentences:
    values = torch.tensor([value[word] for word in sentence.split()])
    print(sentence, "->", torch.cat([left_head @ values, right_head @ values]))

# %% [markdown]
# Each row of weights, with the queries, keys and values that it comes from, is called a **head**.
# There are three reasons to have several:
#
# 1. **Several places at once.** A softmax gives one weighting, and a weighted average blurs what it
#    takes from different places. Two heads take two things and keep them apart.
# 2. **Several kinds of relation.** Each head has its own query and key matrices, so it compares the
#    tokens in a subspace of its own: one head may look for the previous word, one for the subject of the
#    verb, one for the matching bracket. In trained models such heads are found
#    (Clark et al. 2019, [arXiv:1906.04341](https://arxiv.org/abs/1906.04341)).
# 3. **Several chances.** If one head learns nothing useful, others may. Many heads of a trained model can
#    even be removed with little loss (Michel et al. 2019, [arXiv:1905.10650](https://arxiv.org/abs/1905.10650);
#    Voita et al. 2019, [arXiv:1905.09418](https://arxiv.org/abs/1905.09418)).
#
# The idea and the name are from Vaswani et al. (2017, [arXiv:1706.03762](https://arxiv.org/abs/1706.03762)),
# who used eight heads.

# %% [markdown]
# ## 6.2 Heads side by side
#
# The plain way to have two heads is to have two attentions. Here is the causal attention of chapter 5
# in the form in which one would write it today, on top of `F.scaled_dot_product_attention`. It has
# three linear layers, the buffer `mask` (True above the diagonal: blocked) and the dropout on the
# attention weights.

# %% nbgrader={"grade": false, "grade_id": "given_causal_attention", "locked": true, "schema_version": 3, "solution": false, "task": false}
class CausalAttention(nn.Module):
    """One causal head: (b, T, d_in) -> (b, T, d_out) for T up to context_length."""

    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        blocked = nn.Transformer.generate_square_subsequent_mask(context_length).isinf()
        self.register_buffer("mask", blocked)

    def forward(self, x):
        T = x.shape[1]
        return F.scaled_dot_product_attention(
            self.W_query(x), self.W_key(x), self.W_value(x),
            attn_mask=self.mask[:T, :T].logical_not(),  # PyTorch says True for what is allowed
            dropout_p=self.dropout.p if self.dropout.training else 0.0,
        )

# %%
torch.manual_seed(123)
attention = CausalAttention(3, 2, 6, 0.0)
print(attention(batch)[0])

# %% [markdown]
# These are the numbers with which chapter 5 ended. Now two of them side by side: both read the same
# input, each has weights of its own, and each token gets the outputs of all heads one behind the other.
# With two features a head and two heads that makes four.
#
# ### Exercise: `MultiHeadAttentionWrapper` (10 minutes, 6 points)
#
# `d_out` is the width of *one* head. Keep the heads in an `nn.ModuleList` called `heads`.
#
# <details><summary>Hint 1</summary>
#
# Modules in a plain Python list are not seen by PyTorch: their weights are not trained, not saved and not
# moved. `nn.ModuleList` takes a list of modules and is used like one.
# </details>
# <details><summary>Hint 2</summary>
#
# `[module] * 3` is one module three times. Three modules need three calls of the class, in a
# comprehension for example.
# </details>
# <details><summary>Hint 3</summary>
#
# `torch.cat` puts tensors behind each other along a dimension that exists; `torch.stack` makes a new one.
# Which dimension are the features?
# </details>

# %% nbgrader={"grade": false, "grade_id": "MultiHeadAttentionWrapper", "locked": false, "schema_version": 3, "solution": true, "task": false}
class MultiHeadAttentionWrapper(nn.Module):
    """Several `CausalAttention` heads side by side, their outputs one behind the other.

    Args:
        d_in: features of a token.
        d_out: features that each head gives.
        context_length, dropout, qkv_bias: passed on to every head.
        num_heads: number of heads, made in order.

    Attributes:
        heads: `nn.ModuleList` of `CausalAttention`.

    Shapes: (b, T, d_in) -> (b, T, d_out * num_heads), the features of head 0 first.
    """

    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        ### BEGIN SOLUTION
        self.heads = nn.ModuleList(
            [CausalAttention(d_in, d_out, context_length, dropout, qkv_bias) for _ in range(num_heads)]
        )
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        return torch.cat([head(x) for head in self.heads], dim=-1)
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_MultiHeadAttentionWrapper_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: two heads of two features, seed 123, the sentence twice.
wrapper = checks.build(MultiHeadAttentionWrapper, 3, 2, 6, 0.0, 2, seed=123)
expected = torch.tensor([
    [-0.4519, 0.2216, 0.4772, 0.1063], [-0.5874, 0.0058, 0.5891, 0.3257], [-0.6300, -0.0632, 0.6202, 0.3860],
    [-0.5675, -0.0843, 0.5478, 0.3589], [-0.5526, -0.0981, 0.5321, 0.3428], [-0.5299, -0.1081, 0.5077, 0.3493]])
head_0, head_1 = expected[:, :2], expected[:, 2:]
checks.call(wrapper, batch).equals(torch.stack([expected, expected]), atol=1e-4, mistakes={
    "both halves are the output of one head: every head needs weights of its own.": head_0.repeat(2, 1, 2),
    "the heads are added up: put them one behind the other.": (head_0 + head_1).repeat(2, 1, 1),
    "you took the mean of the heads: put them one behind the other.": (head_0 + head_1).repeat(2, 1, 1) / 2,
    "the heads come in the wrong order.": torch.cat([head_1, head_0], dim=-1).repeat(2, 1, 1),
    "the heads stand under each other, along the tokens: a token's features are the last dimension.":
        torch.cat([head_0, head_1]).repeat(2, 1, 1),
    "the heads are in a dimension of their own: put their features one behind the other.":
        torch.stack([head_0, head_1], dim=1).repeat(2, 1, 1, 1),
    "the heads are in a dimension of their own, before the tokens: put their features one behind the other.":
        torch.stack([head_0, head_1]).repeat(2, 1, 1, 1),
    "the features of the heads are mixed: all of head 0 comes first, then all of head 1.":
        torch.stack([head_0, head_1], dim=-1).flatten(1).repeat(2, 1, 1),
})
### BEGIN HIDDEN TESTS
def heads_of(module, x, h):
    w = {name: p.detach().to(x.dtype) for name, p in module.named_parameters()}
    made = []
    for i in range(h):
        q, k, v = (F.linear(x, w[f"heads.{i}.{n}.weight"], w.get(f"heads.{i}.{n}.bias"))
                   for n in ("W_query", "W_key", "W_value"))
        made.append(F.scaled_dot_product_attention(q, k, v, is_causal=True))
    return torch.cat(made, dim=-1)

generator = torch.Generator().manual_seed(61)
for d_in, d_out, context, h, T, b in [(5, 4, 9, 3, 7, 2), (2, 3, 4, 1, 4, 1), (4, 1, 8, 5, 3, 3)]:
    wrapper = checks.build(MultiHeadAttentionWrapper, d_in, d_out, context, 0.0, h, seed=h)
    checks.parameters(wrapper, {f"heads.{i}.{n}.weight": (d_out, d_in) for i in range(h)
                                for n in ("W_query", "W_key", "W_value")}, "MultiHeadAttentionWrapper")
    x = torch.randn(b, T, d_in, generator=generator)
    right = lambda x, wrapper=wrapper, h=h: heads_of(wrapper, x, h)
    checks.call(wrapper, x).equals(right(x))
    checks.takes_noncontiguous(wrapper, right, x)
    checks.gradients(wrapper, right, x)
    checks.call(wrapper.double(), x.double()).equals(heads_of(wrapper, x.double(), h))
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_MultiHeadAttentionWrapper_heads", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: three heads, each with three matrices of its own, in a ModuleList called heads.
wrapper = checks.build(MultiHeadAttentionWrapper, 5, 4, 9, 0.0, 3)
matrices = {f"heads.{i}.{name}.weight": (4, 5) for i in range(3) for name in ("W_query", "W_key", "W_value")}
shapes = {name: tuple(weight.shape) for name, weight in wrapper.named_parameters()}
for name, wrong, mistake in [
    ("heads.0.W_query.weight", (1, 5), "d_out is divided among the heads, but it is the width of one head."),
    ("heads.1.W_query.weight", (4, 4), "head 1 takes what a head gives, d_out features: every head reads the input, d_in."),
]:
    checks.holds(shapes.get(name) != wrong, f"MultiHeadAttentionWrapper(5, 4, 9, 0.0, 3): {mistake}")
checks.parameters(wrapper, matrices, "MultiHeadAttentionWrapper(5, 4, 9, 0.0, 3)")
for i in range(3):
    checks.buffer(wrapper, f"heads.{i}.mask", "MultiHeadAttentionWrapper(5, 4, 9, 0.0, 3)")
### BEGIN HIDDEN TESTS
checks.trains(wrapper, torch.randn(2, 7, 5, generator=torch.Generator().manual_seed(62)), what="MultiHeadAttentionWrapper")
one = checks.build(MultiHeadAttentionWrapper, 3, 2, 6, 0.0, 1)
checks.parameters(one, {f"heads.0.{name}.weight": (2, 3) for name in ("W_query", "W_key", "W_value")},
                  "MultiHeadAttentionWrapper(3, 2, 6, 0.0, 1)")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_MultiHeadAttentionWrapper_arguments", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: context_length, dropout and qkv_bias reach every head.
wrapper = checks.build(MultiHeadAttentionWrapper, 5, 4, 9, 0.25, 3, qkv_bias=True)
biases = {f"heads.{i}.{name}.bias": (4,) for i in range(3) for name in ("W_query", "W_key", "W_value")}
values = {f"heads.{i}.W_value.weight": (4, 5) for i in range(3)}
checks.parameters(wrapper, biases | values, "MultiHeadAttentionWrapper(5, 4, 9, 0.25, 3, qkv_bias=True)", only=False)
for i in range(3):
    mask = checks.buffer(wrapper, f"heads.{i}.mask", "MultiHeadAttentionWrapper")
    checks.equals(tuple(mask.shape), (9, 9), f"the shape of heads[{i}].mask for a context_length of 9")
x = 3 * torch.randn(400, 3, 5, generator=torch.Generator().manual_seed(63))
checks.call(wrapper, x).is_tensor(shape=(400, 3, 12))
weights = dict(wrapper.named_parameters())
values = torch.stack([F.linear(x[:, 0], weights[f"heads.{i}.W_value.weight"], weights[f"heads.{i}.W_value.bias"])
                      for i in range(3)], dim=1)
checks.dropout_on_weights(wrapper, x, 0.25, lambda out: out[:, 0].unflatten(-1, (3, 4)), values,
                          "MultiHeadAttentionWrapper(5, 4, 9, 0.25, 3, qkv_bias=True)")
### BEGIN HIDDEN TESTS
wrapper = checks.build(MultiHeadAttentionWrapper, 2, 3, 5, 0.5, 2)
x = 3 * torch.randn(400, 4, 2, generator=torch.Generator().manual_seed(64))
weights = dict(wrapper.named_parameters())
values = torch.stack([F.linear(x[:, 0], weights[f"heads.{i}.W_value.weight"]) for i in range(2)], dim=1)
checks.dropout_on_weights(wrapper, x, 0.5, lambda out: out[:, 0].unflatten(-1, (2, 3)), values,
                          "MultiHeadAttentionWrapper(2, 3, 5, 0.5, 2)")
### END HIDDEN TESTS

# %%
torch.manual_seed(123)
wrapper = MultiHeadAttentionWrapper(3, 2, 6, 0.0, num_heads=2)
context_vectors = wrapper(batch)
print(context_vectors[0])
print(context_vectors.shape)

# %% [markdown]
# The first two columns are the single attention from above: with the same seed, head 0 has drawn the same
# weights. Head 1 has drawn its own.
#
# The width has doubled. Often one wants more heads and the *same* width, so that the output fits where the
# output of a single attention went.
#
# ### Exercise: `two_dim_wrapper` (3 minutes, 2 points)
#
# Build a wrapper with two heads whose output has two features instead of four, for our sentence: three features
# a token, six tokens. The class stays as it is, one argument differs. Return the module, not what it computes.
#
# <details><summary>Hint</summary>
#
# The width of the output is `d_out * num_heads`. Which of the two may change?
# </details>

# %% nbgrader={"grade": false, "grade_id": "two_dim_wrapper", "locked": false, "schema_version": 3, "solution": true, "task": false}
def two_dim_wrapper():
    """Two heads for tokens of three features and a context of six, with two features in the output.

    Returns:
        a `MultiHeadAttentionWrapper` that takes (b, T, 3) to (b, T, 2).
    """
    ### BEGIN SOLUTION
    return MultiHeadAttentionWrapper(3, 1, 6, 0.0, num_heads=2)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_two_dim_wrapper_output", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: two heads of one feature each; with seed 123 (and no bias) the numbers are known.
made = checks.build(two_dim_wrapper, seed=123).eval()
found = sum(name.endswith("W_query.weight") for name, _ in made.named_parameters())
checks.holds(found == 2, f"two_dim_wrapper(): the number of its heads is {found}, expected 2.")
one_feature = {f"heads.{i}.{name}.weight": (1, 3) for i in range(2) for name in ("W_query", "W_key", "W_value")}
shape = tuple(next(made.parameters()).shape)
checks.holds(shape[0] == 1, f"two_dim_wrapper(): each head gives {shape[0]} features. Two heads are to give two in all.")
checks.holds(shape[-1] == 3, f"two_dim_wrapper(): is made for tokens of {shape[-1]} features, ours have 3: that is d_in.")
checks.parameters(made, one_feature, "two_dim_wrapper()", only=False)
T = len(checks.buffer(made, "heads.0.mask", "two_dim_wrapper()"))
checks.holds(T == 6, f"two_dim_wrapper(): is made for {T} tokens, our sentence has 6: that is context_length.")
checks.call(made, batch).is_tensor(shape=(2, 6, 2))
if len(list(made.parameters())) == 6:
    expected = torch.tensor([[-0.5740, 0.2216], [-0.7320, 0.0155], [-0.7774, -0.0546],
                             [-0.6979, -0.0817], [-0.6538, -0.0957], [-0.6424, -0.1065]])
    checks.call(made, batch).equals(torch.stack([expected, expected]), atol=1e-4)
### BEGIN HIDDEN TESTS
weights = dict(made.named_parameters())
x = torch.randn(3, 5, 3, generator=torch.Generator().manual_seed(65))
right = torch.cat([
    F.scaled_dot_product_attention(*(
        F.linear(x, weights[f"heads.{i}.{n}.weight"], weights.get(f"heads.{i}.{n}.bias"))
        for n in ("W_query", "W_key", "W_value")), is_causal=True)
    for i in range(2)], dim=-1)
checks.call(made, x).equals(right)
### END HIDDEN TESTS

# %%
torch.manual_seed(123)
print(two_dim_wrapper()(batch)[0])

# %% [markdown]
# With the same seed 123 you may find other numbers for this exercise elsewhere (-0.0915 in the first row).
# They do not come out of the code that they stand beside; these do.
#
# The wrapper works, and it is slow: `forward` goes through the heads one after the other, with three small
# matrix products for each. A processor, and a graphics card even more, would rather do one large product
# than many small ones.
#
# ## 6.3 Many products in one
#
# `@` multiplies the last two dimensions and treats all others as a batch. So far the batch was the sentences.
# Nothing prevents us from putting the *heads* there as well. Here are one sentence, two heads, three tokens
# and four features a head, the shape being (b, h, T, head_dim) = (1, 2, 3, 4):

# %% nbgrader={"grade": false, "grade_id": "given_two_heads", "locked": true, "schema_version": 3, "solution": false, "task": false}
two_heads = torch.tensor([[
    [[0.2745, 0.6584, 0.2775, 0.8573], [0.8993, 0.0390, 0.9268, 0.7388], [0.7179, 0.7058, 0.9156, 0.4340]],
    [[0.0772, 0.3565, 0.1479, 0.5331], [0.4066, 0.2318, 0.4545, 0.9737], [0.4606, 0.5159, 0.4220, 0.5786]],
]])

# %% [markdown]
# Let each head score its own three tokens against each other, first head by head, then both at once:

# %%
first_head, second_head = two_heads[0, 0], two_heads[0, 1]
first_scores, second_scores = first_head @ first_head.T, second_head @ second_head.T
print("first head:\n", first_scores)
print("second head:\n", second_scores)

both = two_heads @ two_heads.transpose(2, 3)
print("both at once, shape", tuple(both.shape))
print("the same numbers:", torch.allclose(both[0], torch.stack([first_scores, second_scores])))

# %% [markdown]
# One product, and no head has seen the other. What remains is to get the queries, keys and values of all heads
# into this shape, again with one product. A single matrix `W_query` of width $d_{out}$ = h · head_dim gives
# every token a long query; we cut that into h pieces, and piece $i$ is the query of head $i$.
#
# ### Exercise: `split_heads` (10 minutes, 5 points)
#
# Cut the features of every token into `num_heads` runs of neighbours, and bring the heads to where the batch
# is. A token with the features 0 1 2 3 and two heads gives 0 1 to head 0 and 2 3 to head 1.
#
# <details><summary>Hint 1</summary>
#
# A view (b, T, d_out) → (b, T, num_heads, head_dim) cuts the last dimension and leaves all numbers where they
# are.
# </details>
# <details><summary>Hint 2</summary>
#
# Now heads and tokens are in the wrong order. `transpose` exchanges two dimensions. A `view` that goes
# straight to (b, num_heads, T, head_dim) has the right shape and the wrong numbers: try it on paper.
# </details>
# <details><summary>Hint 3</summary>
#
# `view` complains about a width that cannot be divided with a `RuntimeError` about shapes. The caller deserves
# a `ValueError` that says what is wrong.
# </details>

# %% nbgrader={"grade": false, "grade_id": "split_heads", "locked": false, "schema_version": 3, "solution": true, "task": false}
def split_heads(x, num_heads):
    """Cut the features of every token into heads.

    Args:
        x: shape (b, T, d_out).
        num_heads: number of heads h.

    Returns:
        shape (b, h, T, head_dim) with head_dim = d_out / h: head i holds the i-th run of head_dim
        neighbouring features of every token.

    Raises:
        ValueError: d_out cannot be divided by num_heads.

    Example:
        [[[0., 1., 2., 3.], [10., 11., 12., 13.]]] and two heads give
        [[[[0., 1.], [10., 11.]], [[2., 3.], [12., 13.]]]]
    """
    ### BEGIN SOLUTION
    b, T, d_out = x.shape
    if d_out % num_heads:
        raise ValueError(f"{d_out} features cannot be divided into {num_heads} heads")
    return x.reshape(b, T, num_heads, d_out // num_heads).transpose(1, 2)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_split_heads_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: one sentence of three tokens, four features each, two heads.
x = torch.tensor([[[0.0, 1.0, 2.0, 3.0], [10.0, 11.0, 12.0, 13.0], [20.0, 21.0, 22.0, 23.0]]])
checks.call(split_heads, x, 2).equals(torch.tensor([[
    [[0.0, 1.0], [10.0, 11.0], [20.0, 21.0]],
    [[2.0, 3.0], [12.0, 13.0], [22.0, 23.0]]]]), mistakes={
    "head 0 takes every second feature: its features are neighbours.": torch.tensor([[
        [[0.0, 2.0], [10.0, 12.0], [20.0, 22.0]], [[1.0, 3.0], [11.0, 13.0], [21.0, 23.0]]]]),
    "the shape is right, the numbers are not: head 0 holds the first tokens whole. Every head needs a part of "
    "each token.": torch.tensor([[[[0.0, 1.0], [2.0, 3.0], [10.0, 11.0]], [[12.0, 13.0], [20.0, 21.0], [22.0, 23.0]]]]),
    "the features are cut, but the tokens come before the heads: it is (b, h, T, head_dim).": torch.tensor([[
        [[0.0, 1.0], [2.0, 3.0]], [[10.0, 11.0], [12.0, 13.0]], [[20.0, 21.0], [22.0, 23.0]]]]),
    "head and features of a token have changed places: it is (b, h, T, head_dim).": torch.tensor([[
        [[0.0, 2.0], [1.0, 3.0]], [[10.0, 12.0], [11.0, 13.0]], [[20.0, 22.0], [21.0, 23.0]]]]),
    "the heads come in the wrong order: head 0 takes the first features.": torch.tensor([[
        [[2.0, 3.0], [12.0, 13.0], [22.0, 23.0]], [[0.0, 1.0], [10.0, 11.0], [20.0, 21.0]]]]),
})
### BEGIN HIDDEN TESTS
def right_split(x, h):
    return torch.stack(x.chunk(h, dim=-1), dim=1)

generator = torch.Generator().manual_seed(66)
for b, T, d_out, h in [(2, 5, 12, 3), (3, 2, 10, 5), (1, 4, 6, 1), (2, 3, 4, 4), (5, 1, 8, 2)]:
    x = torch.randn(b, T, d_out, generator=generator)
    checks.call(split_heads, x, h).equals(right_split(x, h), mistakes={
        "the features of a head are not neighbours in x.": x.unflatten(-1, (-1, h)).permute(0, 3, 1, 2),
        "a plain view mixes tokens and heads: cut the features first, then exchange the dimensions.":
            x.reshape(b, h, T, -1),
        "num_heads was taken for the width of a head.": x.unflatten(-1, (-1, h)).transpose(1, 2),
        "the first sentence is used for the whole batch.": right_split(x, h)[:1].expand(b, -1, -1, -1),
    })
    checks.robust(split_heads, right_split, x, h)
    turned = torch.randn(b, d_out, T, generator=generator).transpose(1, 2)
    checks.call(split_heads, turned, h).equals(right_split(turned, h))
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_split_heads_products", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: the tensor from above, its heads side by side in 8 features, gives the same scores again.
side_by_side = torch.cat([two_heads[:, 0], two_heads[:, 1]], dim=-1)
heads = checks.call(split_heads, side_by_side, 2)
heads.is_tensor(shape=(1, 2, 3, 4))
expected = torch.tensor([[
    [[1.3208, 1.1631, 1.2879], [1.1631, 2.2150, 1.8424], [1.2879, 1.8424, 2.0402]],
    [[0.4391, 0.7003, 0.5903], [0.7003, 1.3737, 1.0620], [0.5903, 1.0620, 0.9912]]]])
checks.equals(heads.result @ heads.result.transpose(2, 3), expected,
              "the scores of each head of split_heads(side_by_side, 2)", atol=1e-4)

# %% nbgrader={"grade": true, "grade_id": "test_split_heads_refuses", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: five features cannot be divided between two heads.
checks.raises(ValueError, split_heads, torch.ones(3, 4, 5), 2)
checks.call(split_heads, torch.ones(3, 4, 5), 5).is_tensor(shape=(3, 5, 4, 1))
### BEGIN HIDDEN TESTS
checks.raises(ValueError, split_heads, torch.ones(2, 3, 4), 3)  # the tokens could be divided
checks.raises(ValueError, split_heads, torch.ones(1, 4, 2), 4)
checks.raises(ValueError, split_heads, torch.ones(6, 6, 9), 6)
### END HIDDEN TESTS

# %% [markdown]
# Why a view *and* a transpose? A view only says how to count through the numbers as they lie in memory, last
# dimension fastest. In memory a token's features lie together, so a view can cut a token into heads, but it
# cannot collect the pieces of one head from all tokens. `transpose` does that, not by moving numbers but by
# changing the *strides*: how far to jump in memory for one step in each dimension.

# %%
x = torch.arange(2 * 3 * 12.0).reshape(2, 3, 12)  # (b, T, d_out)
cut = x.view(2, 3, 4, 3)
print("(b, T, h, head_dim)  strides", cut.stride(), " contiguous:", cut.is_contiguous())
turned = cut.transpose(1, 2)
print("(b, h, T, head_dim)  strides", turned.stride(), " contiguous:", turned.is_contiguous())

# %% [markdown]
# The jumps of the second line no longer shrink from left to right: the numbers do not lie in the order in which
# this tensor counts them. It is not *contiguous*, and `view`, which never moves a number, has to refuse
# when dimensions that do not lie together are to become one:

# %%
try:
    turned.view(2, 4, 9)
except RuntimeError as error:
    print("view:", str(error).split("(")[0])

# %% [markdown]
# After attention each head has (T, head_dim) context vectors, and each token wants its pieces back, one behind
# the other, as the wrapper did with `torch.cat`.
#
# ### Exercise: `merge_heads` (7 minutes, 3 points)
#
# Undo `split_heads`. What comes out of attention may or may not be contiguous.
#
# <details><summary>Hint 1</summary>
#
# Go back the way you came: first exchange the two dimensions, then let the last two become one.
# </details>
# <details><summary>Hint 2</summary>
#
# `reshape` copies where a view is impossible; so does `.contiguous()` before a `view`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "merge_heads", "locked": false, "schema_version": 3, "solution": true, "task": false}
def merge_heads(x):
    """Put the heads of every token one behind the other again; undoes `split_heads`.

    Args:
        x: shape (b, h, T, head_dim).

    Returns:
        shape (b, T, h * head_dim), the features of head 0 first.

    Example:
        [[[[0., 1.], [10., 11.]], [[2., 3.], [12., 13.]]]] gives [[[0., 1., 2., 3.], [10., 11., 12., 13.]]]
    """
    ### BEGIN SOLUTION
    return x.transpose(1, 2).flatten(start_dim=2)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_merge_heads_values", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: two heads of three tokens, two features each.
x = torch.tensor([[[[0.0, 1.0], [10.0, 11.0], [20.0, 21.0]], [[2.0, 3.0], [12.0, 13.0], [22.0, 23.0]]]])
checks.call(merge_heads, x).equals(
    torch.tensor([[[0.0, 1.0, 2.0, 3.0], [10.0, 11.0, 12.0, 13.0], [20.0, 21.0, 22.0, 23.0]]]), mistakes={
    "the shape is right, the numbers are not: different tokens of one head are put together. Bring heads and "
    "features next to each other first.":
        torch.tensor([[[0.0, 1.0, 10.0, 11.0], [20.0, 21.0, 2.0, 3.0], [12.0, 13.0, 22.0, 23.0]]]),
    "the features of the heads are mixed: all of head 0 comes first, then all of head 1.":
        torch.tensor([[[0.0, 2.0, 1.0, 3.0], [10.0, 12.0, 11.0, 13.0], [20.0, 22.0, 21.0, 23.0]]]),
    "the heads come in the wrong order: head 0 first.":
        torch.tensor([[[2.0, 3.0, 0.0, 1.0], [12.0, 13.0, 10.0, 11.0], [22.0, 23.0, 20.0, 21.0]]]),
    "the heads are added up: put them one behind the other.":
        torch.tensor([[[2.0, 4.0], [22.0, 24.0], [42.0, 44.0]]]),
    "you took the mean of the heads: put them one behind the other.":
        torch.tensor([[[1.0, 2.0], [11.0, 12.0], [21.0, 22.0]]]),
    "the heads stand under each other, as if they were more tokens.": x.reshape(1, 6, 2),
    "each token has its heads, but they are still a dimension of their own: put them one behind the other.":
        torch.tensor([[[[0.0, 1.0], [2.0, 3.0]], [[10.0, 11.0], [12.0, 13.0]], [[20.0, 21.0], [22.0, 23.0]]]]),
    "tokens and features have changed places: a token needs its own features, of all heads.":
        torch.tensor([[[0.0, 10.0, 20.0, 1.0], [11.0, 21.0, 2.0, 12.0], [22.0, 3.0, 13.0, 23.0]]]),
})
### BEGIN HIDDEN TESTS
def right_merge(x):
    return torch.cat(x.unbind(dim=1), dim=-1)

generator = torch.Generator().manual_seed(67)
x = torch.randn(2, 2, 6, 2, generator=generator)
checks.call(merge_heads, x).equals(right_merge(x), mistakes={
    "the sizes of the example are used for every input: take those of x.": right_merge(x).reshape(-1, 3, 4),
    "the first sentence is merged and the others are lost.": right_merge(x)[:1],
})
for b, h, T, head_dim in [(2, 3, 5, 4), (3, 5, 2, 1), (1, 1, 4, 6), (4, 2, 1, 3)]:
    x = torch.randn(b, h, T, head_dim, generator=generator)
    checks.call(merge_heads, x).equals(right_merge(x))
    turned = torch.randn(b, T, h, head_dim, generator=generator).transpose(1, 2)
    checks.call(merge_heads, turned).equals(right_merge(turned))
    checks.robust(merge_heads, right_merge, x)
### END HIDDEN TESTS

# %%
x = torch.arange(2 * 3 * 8.0).reshape(2, 3, 8)
print("split, then merged, is what it was:", torch.equal(merge_heads(split_heads(x, 4)), x))

# %% [markdown]
# ## 6.4 One attention, split into heads
#
# Now everything is there. From (b, T, d_in) to (b, T, d_out):
#
# | step | shape |
# |---|---|
# | `W_query`, `W_key`, `W_value`, one product each | (b, T, d_out) |
# | split into heads | (b, h, T, head_dim) |
# | scores of all heads in one product, scaled, masked, softmax, dropout | (b, h, T, T) |
# | context vectors of all heads in one product | (b, h, T, head_dim) |
# | merged | (b, T, d_out) |
# | `out_proj` | (b, T, d_out) |
#
# Three things differ from the wrapper. `d_out` is now the width of *all* heads together, so it must be
# divisible by `num_heads`. A head works with head_dim features, and that is what its scores are scaled by. And
# there is a last linear layer, `out_proj`: merged heads lie in separate compartments, and `out_proj` lets the
# next layer see combinations of them. It is not strictly necessary, but all the large models have it.
#
# ### Exercise: `MultiHeadAttention` (25 minutes, 10 points)
#
# Write the class from beginning to end. You may use your `split_heads` and `merge_heads`.
#
# Make the layers in the order of the docstring: with a given seed, the order decides which layer draws which
# numbers.
#
# <details><summary>Hint 1</summary>
#
# `queries @ keys.transpose(2, 3)` are the scores of all heads at once. The mask of shape (T, T) is broadcast
# over sentences and heads.
# </details>
# <details><summary>Hint 2</summary>
#
# The mask has the size of the longest context. A shorter input needs its upper left corner.
# </details>
# <details><summary>Hint 3</summary>
#
# `self.register_buffer("mask", ...)` keeps a tensor with the module without training it, and
# `scores.masked_fill(blocked, -torch.inf)` gives the blocked ones no weight after softmax.
# </details>

# %% nbgrader={"grade": false, "grade_id": "MultiHeadAttention", "locked": false, "schema_version": 3, "solution": true, "task": false}
class MultiHeadAttention(nn.Module):
    """Causal multi-head attention with one matrix each for queries, keys and values.

    Args:
        d_in: features of a token.
        d_out: features of the output, all heads together.
        context_length: the largest number of tokens.
        dropout: the rate at which attention weights are dropped in training.
        num_heads: number of heads; head i takes the i-th run of d_out / num_heads neighbouring features.
        qkv_bias: whether the first three layers have a bias.

    Attributes, made in this order:
        W_query, W_key, W_value: `nn.Linear` from d_in to d_out.
        mask: buffer, which keys are blocked.
        dropout: on the attention weights.
        out_proj: `nn.Linear` from d_out to d_out, with bias.

    Raises:
        ValueError or AssertionError: d_out cannot be divided by num_heads; raised when the module is made.

    Shapes: (b, T, d_in) -> (b, T, d_out) for T up to context_length.
    """

    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        ### BEGIN SOLUTION
        if d_out % num_heads:
            raise ValueError("d_out must be divisible by num_heads")
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        blocked = torch.ones(context_length, context_length).triu(diagonal=1).bool()
        self.register_buffer("mask", blocked)
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        b, T, _ = x.shape
        queries, keys, values = (
            layer(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
            for layer in (self.W_query, self.W_key, self.W_value)
        )
        scores = queries @ keys.transpose(2, 3) / self.head_dim**0.5
        scores = scores.masked_fill(self.mask[:T, :T], -torch.inf)
        weights = self.dropout(scores.softmax(dim=-1))
        context = (weights @ values).transpose(1, 2).reshape(b, T, -1)
        return self.out_proj(context)
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_MultiHeadAttention_values", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: two heads, two features in all, seed 123, the sentence twice.
module = checks.build(MultiHeadAttention, 3, 2, 6, 0.0, 2, seed=123).eval()
result = checks.call(module, batch)
checks.holds(getattr(result.result, "shape", None) != (2, 6, 4),
             f"{result.what}: has 4 features, not 2: d_out is the width of all heads together.")
result.is_tensor(shape=(2, 6, 2))
checks.equals(result.result[0, 1], torch.tensor([0.2943, 0.3897]), "the output for 'journey'", atol=1e-4, mistakes={
    "'journey' has looked at later tokens. Is the mask missing, or are blocked scores 0 and not -inf?": torch.tensor([0.2583, 0.4014]),
    "the scores are divided by too large a number: a head has only head_dim features.": torch.tensor([0.2941, 0.3906]),
    "these are the merged heads: they do not go through out_proj.": torch.tensor([-0.5889, 0.0122]),
    "out_proj has no bias.": torch.tensor([0.1010, -0.2929]),
    "this is what a single head gives: split the features.": torch.tensor([0.2926, 0.3896]),
    "the weights are masked after the softmax and no longer sum to one.": torch.tensor([0.2278, 0.5825]),
    "tokens and heads are mixed up when the features are split.": torch.tensor([0.1417, 0.6173]),
    "tokens and heads are mixed up when the heads are merged.": torch.tensor([0.1696, 0.2920]),
    "tokens and heads are mixed up when the features are split and when they are merged.": torch.tensor([0.1893, 0.4593]),
    "the softmax runs over the queries, not over the keys.": torch.tensor([0.2312, 0.5666]),
    "queries and keys are exchanged, or made in another order.": torch.tensor([0.2940, 0.3947]),
    "out_proj is made before the other layers, so it has drawn their numbers.": torch.tensor([-0.6889, 0.5477]),
    "the values are made with the weights of the keys. Are the layers made in the order of the docstring?":
        torch.tensor([0.3571, 0.3429]),
    "nan comes out: a softmax over another dimension than the keys meets nothing but blocked scores.":
        torch.tensor([torch.nan, torch.nan]),
    "the mask blocks the token itself: only later tokens are blocked.": torch.tensor([0.3190, 0.4858]),
    "the mask is upside down: earlier tokens are blocked, later ones are not.": torch.tensor([0.2462, 0.3848]),
    "the heads are averaged: put them one behind the other.": torch.tensor([0.1760, 0.5004]),
})
checks.equals(result.result[0], torch.tensor([[0.3190, 0.4858], [0.2943, 0.3897], [0.2856, 0.3593],
                                              [0.2693, 0.3873], [0.2639, 0.3928], [0.2575, 0.4028]]),
              "the output for the first sentence", atol=1e-4)
checks.equals(result.result[1], result.result[0], "the output for the same sentence again")
### BEGIN HIDDEN TESTS
torch.manual_seed(68)
layers = {name: nn.Linear(5, 12) for name in ("W_query", "W_key", "W_value")} | {"out_proj": nn.Linear(12, 12)}
biased = checks.build(MultiHeadAttention, 5, 12, 9, 0.0, 3, qkv_bias=True, seed=68)
checks.parameters(biased, {f"{name}.bias": (12,) for name in layers}, "MultiHeadAttention(5, 12, 9, 0.0, 3, qkv_bias=True)",
                  only=False)
for name, layer in layers.items():
    checks.equals(getattr(biased, name).weight, layer.weight, f"{name}.weight after seed 68: the order of the layers")
    checks.equals(getattr(biased, name).bias, layer.bias, f"{name}.bias after seed 68: the order of the layers")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_MultiHeadAttention_any_size", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: three heads of four features, four of nine possible tokens; the future changes nothing.
module = checks.build(MultiHeadAttention, 5, 12, 9, 0.0, 3, seed=1).eval()
x = torch.randn(1, 4, 5, generator=torch.Generator().manual_seed(69))
other_end = torch.cat([x[:, :3], 1 - x[:, 3:]], dim=1)
before, after = checks.call(module, x), checks.call(module, other_end)
before.is_tensor(shape=(1, 4, 12))
after.is_tensor(shape=(1, 4, 12))
checks.holds(checks.same(after.result[:, :3], before.result[:, :3]),
             "MultiHeadAttention: the output for tokens 0 to 2 changes when token 3 does. Is the mask in the right "
             "place, and does each head keep the tokens in order?")
### BEGIN HIDDEN TESTS
def by_hand(m, x, h, split="runs", scale=None, causal=True, merged="runs", projected=True, swap=False):
    b, T, _ = x.shape
    names = ("W_key", "W_query", "W_value") if swap else ("W_query", "W_key", "W_value")
    q, k, v = (F.linear(x, getattr(m, n).weight, getattr(m, n).bias) for n in names)
    cut = {"runs": lambda t: t.unflatten(-1, (h, -1)).transpose(1, 2),
           "interleaved": lambda t: t.unflatten(-1, (-1, h)).permute(0, 3, 1, 2),
           "view": lambda t: t.reshape(b, h, T, -1)}[split]
    context = F.scaled_dot_product_attention(cut(q), cut(k), cut(v), is_causal=causal, scale=scale)
    if merged == "interleaved":
        context = context.permute(0, 2, 3, 1)
    elif merged == "runs":
        context = context.transpose(1, 2)
    context = context.reshape(b, T, -1)
    return F.linear(context, m.out_proj.weight, m.out_proj.bias) if projected else context

generator = torch.Generator().manual_seed(70)
for d_in, d_out, context_length, h, T, b, bias in [
    (5, 12, 9, 3, 7, 2, False), (3, 10, 8, 2, 8, 1, True), (6, 4, 5, 4, 3, 3, False), (4, 6, 7, 1, 5, 2, True)]:
    module = checks.build(MultiHeadAttention, d_in, d_out, context_length, 0.0, h, qkv_bias=bias, seed=h).eval()
    checks.parameters(module, {"W_query.weight": (d_out, d_in), "W_key.weight": (d_out, d_in),
                               "W_value.weight": (d_out, d_in), "out_proj.weight": (d_out, d_out),
                               "out_proj.bias": (d_out,)}, "MultiHeadAttention", only=False)
    x = 2 * torch.randn(b, T, d_in, generator=generator)
    right = lambda x, module=module, h=h: by_hand(module, x, h)
    checks.call(module, x).equals(right(x), mistakes={
        "head i takes every h-th feature: its features are neighbours.":
            by_hand(module, x, h, split="interleaved", merged="interleaved"),
        "the features are split every h-th and merged in runs: a head's features are neighbours.":
            by_hand(module, x, h, split="interleaved"),
        "the heads are merged feature by feature: all of head 0 comes first.":
            by_hand(module, x, h, merged="interleaved"),
        "tokens and heads are mixed up when the features are split.": by_hand(module, x, h, split="view"),
        "tokens and heads are mixed up when the features are split, and again when they are merged.":
            by_hand(module, x, h, split="view", merged="view"),
        "tokens and heads are mixed up when the heads are merged.": by_hand(module, x, h, merged="view"),
        "the scores are divided by √d_out: a head has only head_dim features.": by_hand(module, x, h, scale=d_out**-0.5),
        "the scores are divided by √d_in: a head has head_dim features.": by_hand(module, x, h, scale=d_in**-0.5),
        "the scores are divided by head_dim: take its square root.": by_hand(module, x, h, scale=h / d_out),
        "the scores are not scaled.": by_hand(module, x, h, scale=1.0),
        "tokens look at later tokens: the mask is missing.": by_hand(module, x, h, causal=False),
        "this is what a single head gives: split the features.": by_hand(module, x, 1),
        "these are the merged heads: they do not go through out_proj.": by_hand(module, x, h, projected=False),
        "queries and keys are exchanged.": by_hand(module, x, h, swap=True),
    })
    checks.takes_noncontiguous(module, right, x)
    checks.gradients(module, right, x)
    if "mask" in dict(module.named_parameters()):
        checks.buffer(module, "mask", "MultiHeadAttention")
    if not bias:  # a bias on the keys changes nothing: it adds the same to all scores of a query
        checks.trains(module, x, what="MultiHeadAttention")
    module.double()
    checks.call(module, x.double()).equals(by_hand(module, x.double(), h))
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_MultiHeadAttention_parts", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: names and shapes of the layers, the mask a buffer, and a width that cannot be divided.
module = checks.build(MultiHeadAttention, 5, 12, 9, 0.0, 3)
shapes = {"W_query.weight": (12, 5), "W_key.weight": (12, 5), "W_value.weight": (12, 5),
          "out_proj.weight": (12, 12), "out_proj.bias": (12,)}
checks.parameters(module, shapes, "MultiHeadAttention(5, 12, 9, 0.0, 3)")
checks.buffer(module, "mask", "MultiHeadAttention(5, 12, 9, 0.0, 3)")
checks.equals(hasattr(module, "dropout"), True, "MultiHeadAttention has an attribute dropout")
checks.raises((ValueError, AssertionError), MultiHeadAttention, 3, 5, 6, 0.0, 2)
### BEGIN HIDDEN TESTS
biased = checks.build(MultiHeadAttention, 5, 12, 9, 0.0, 3, qkv_bias=True)
checks.parameters(biased, shapes | {f"{name}.bias": (12,) for name in ("W_query", "W_key", "W_value")},
                  "MultiHeadAttention(5, 12, 9, 0.0, 3, qkv_bias=True)")
checks.raises((ValueError, AssertionError), MultiHeadAttention, 4, 6, 8, 0.0, 4)
checks.raises((ValueError, AssertionError), MultiHeadAttention, 6, 4, 12, 0.0, 6)
biased = checks.build(MultiHeadAttention, 7, 4, 5, 0.0, 2)  # d_in need not be divisible
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_MultiHeadAttention_dropout", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: dropout falls on the attention weights, in training alone.
module = checks.build(MultiHeadAttention, 5, 12, 9, 0.25, 3, seed=2)
x = 3 * torch.randn(400, 4, 5, generator=torch.Generator().manual_seed(71))
checks.call(module, x).is_tensor(shape=(400, 4, 12))
checks.parameters(module, {"W_value.weight": (12, 5), "out_proj.weight": (12, 12), "out_proj.bias": (12,)},
                  "MultiHeadAttention", only=False)
undo, bias = torch.linalg.inv(module.out_proj.weight.detach()), module.out_proj.bias.detach()
still, drawn = ((checks.call(module.train(mode), x).result.detach()[:, 0] - bias) @ undo.T for mode in (False, True))
checks.holds(still.isnan().any() or not drawn.isnan().any(),
             "MultiHeadAttention: in training nan comes out, and it did not in evaluation. A dropout before the softmax "
             "makes 0 times -inf of a blocked score, which is nan: it belongs on the weights, after the softmax.")
kept = (drawn / still).round(decimals=1)  # 0 or 1.3, alike in each head
neighbours, thirds = kept.unflatten(-1, (3, 4)), kept.unflatten(-1, (4, 3)).transpose(1, 2)
alike, alike_thirds = ((heads == heads[..., :1]).float().mean() > 0.95 for heads in (neighbours, thirds))
checks.holds(alike or not alike_thirds,
             "MultiHeadAttention: every third feature is dropped together, so head i takes every third: its four are neighbours.")
rate = getattr(module.dropout, "p", 0.25) if isinstance(getattr(module, "dropout", None), nn.Dropout) else 0.25
checks.holds(rate == 0.25, f"MultiHeadAttention: its dropout has the rate {rate}, not the one that is given, 0.25.")
checks.dropout_on_weights(module, x, 0.25, lambda out: ((out[:, 0] - bias) @ undo.T).unflatten(-1, (3, 4)),
                          (x[:, 0] @ module.W_value.weight.T).unflatten(-1, (3, 4)), "MultiHeadAttention(5, 12, 9, 0.25, 3)")
### BEGIN HIDDEN TESTS
module = checks.build(MultiHeadAttention, 3, 6, 7, 0.5, 2, qkv_bias=True, seed=3)
x = 3 * torch.randn(400, 5, 3, generator=torch.Generator().manual_seed(72))
q, k, v = (F.linear(x, layer.weight, layer.bias).unflatten(-1, (2, 3)).transpose(1, 2)
           for layer in (module.W_query, module.W_key, module.W_value))
undo, bias = torch.linalg.inv(module.out_proj.weight.detach()), module.out_proj.bias.detach()
checks.dropout_on_weights(module, x, 0.5, lambda out: ((out[:, 0] - bias) @ undo.T).unflatten(-1, (2, 3)),
                          v[:, :, 0], "MultiHeadAttention(3, 6, 7, 0.5, 2, qkv_bias=True)")
right = F.scaled_dot_product_attention(q[:2], k[:2], v[:2], is_causal=True).transpose(1, 2).flatten(2)
checks.call(module.eval(), x[:2]).equals(F.linear(right, module.out_proj.weight, module.out_proj.bias))
still = checks.build(MultiHeadAttention, 3, 6, 7, 0.0, 2, seed=3).train()
checks.holds(checks.same(checks.call(still, x).result, checks.call(still.eval(), x).result),
             "MultiHeadAttention: with a dropout of 0.0, training and evaluation give different numbers.")
### END HIDDEN TESTS

# %%
torch.manual_seed(123)
attention = MultiHeadAttention(3, 2, 6, 0.0, num_heads=2)
context_vectors = attention(batch)
print(context_vectors[0])
print(context_vectors.shape)

# %% [markdown]
# ## 6.5 The two are one
#
# Both classes compute heads, so their outputs should agree once their weights do. They cannot agree with the
# same seed, because the numbers are drawn in another order. So take the weights of the wrapper and put them where
# they belong in a `MultiHeadAttention`.
#
# The query of head $i$ is $x W_i^\top$. Put the matrices of the heads under each other, and the product with $x$
# holds the queries of all heads, one behind the other. The wrapper has no `out_proj`; one that changes
# nothing is the identity.
#
# ### Exercise: `fuse_heads` (15 minutes, 6 points)
#
# Everything you need can be read off the wrapper: sizes, biases, the dropout rate. Leave the wrapper as it was.
#
# <details><summary>Hint 1</summary>
#
# `nn.Linear(d_in, d_out).weight` has the shape (d_out, d_in): outputs are rows. Which dimension holds the
# features that are cut into heads?
# </details>
# <details><summary>Hint 2</summary>
#
# Writing into the weights of a layer: `with torch.no_grad(): layer.weight.copy_(...)`. The identity matrix is
# `torch.eye(n)`. The bias of `out_proj` must not add anything either.
# </details>
# <details><summary>Hint 3</summary>
#
# `wrapper.heads[0].mask`, `.dropout.p` and `.W_query.bias` (None where there is none) tell what to build.
# </details>

# %% nbgrader={"grade": false, "grade_id": "fuse_heads", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fuse_heads(wrapper):
    """Build the one attention that computes what several heads side by side compute.

    Args:
        wrapper: a `MultiHeadAttentionWrapper`; it is not changed.

    Returns:
        a `MultiHeadAttention` with as many heads and the same output, in training with the same rate of
        dropout. Its `out_proj` is the identity.
    """
    ### BEGIN SOLUTION
    heads, first = wrapper.heads, wrapper.heads[0]
    head_dim, d_in = first.W_query.weight.shape
    has_bias = first.W_query.bias is not None
    fused = MultiHeadAttention(
        d_in, head_dim * len(heads), len(first.mask), first.dropout.p, len(heads), qkv_bias=has_bias
    )
    with torch.no_grad():
        for name in ("W_query", "W_key", "W_value"):
            layers = [getattr(head, name) for head in heads]
            getattr(fused, name).weight.copy_(torch.cat([layer.weight for layer in layers]))
            if has_bias:
                getattr(fused, name).bias.copy_(torch.cat([layer.bias for layer in layers]))
        fused.out_proj.weight.copy_(torch.eye(head_dim * len(heads)))
        fused.out_proj.bias.zero_()
    return fused
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_fuse_heads_output", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: the wrapper of section 6.2, fused, still gives the numbers of section 6.2.
wrapper = checks.build(MultiHeadAttentionWrapper, 3, 2, 6, 0.0, 2, seed=123)
fused = checks.build(fuse_heads, wrapper)
checks.holds(hasattr(fused, "W_query"), "fuse_heads(wrapper): is no MultiHeadAttention, it has no W_query.")
checks.parameters(fused, {"W_query.weight": (4, 3), "W_key.weight": (4, 3), "W_value.weight": (4, 3)},
                  "fuse_heads(wrapper)", only=False)
checks.holds(checks.buffer(fused, "mask", "fuse_heads(wrapper)").numel() >= 36,
             "fuse_heads(wrapper): its mask is too small for 6 tokens, the context_length of the heads.")
again = checks.build(MultiHeadAttentionWrapper, 3, 2, 6, 0.0, 2, seed=123)
other = checks.build(fuse_heads, again, seed=7)
checks.holds(checks.same(other.W_query.weight, fused.W_query.weight),
             "fuse_heads(wrapper): two calls for the same heads give different weights, so they are drawn anew: copy those of the heads.")
result = checks.call(fused.eval(), batch)
result.is_tensor(shape=(2, 6, 4))
expected, weights = torch.tensor([[-0.4519, 0.2216, 0.4772, 0.1063], [-0.5874, 0.0058, 0.5891, 0.3257]]), dict(fused.named_parameters())
projected = F.linear(expected, weights.get("out_proj.weight", torch.eye(4)), weights.get("out_proj.bias"))
checks.equals(result.result[0, 0], expected[0], "the fused output for the first token", atol=2e-4, mistakes={
    "out_proj still changes the merged heads: it should be the identity and add nothing.": projected[0],
    "both heads have the weights of head 0.": expected[0, [0, 1, 0, 1]],
    "the heads come in the reverse order.": expected[0, [2, 3, 0, 1]],
    "the rows of the heads are mixed: all rows of head 0 come first.": expected[0, [0, 2, 1, 3]],
})
checks.equals(result.result[0, :2], expected, "the fused output for the first two tokens", atol=2e-4, mistakes={
    "this is what a single head gives: it has as many heads as the wrapper.":
        torch.tensor([[-0.4519, 0.2216, 0.4772, 0.1063], [-0.5973, -0.0099, 0.5879, 0.3234]]),
    "the keys have the weights of the queries.":
        torch.tensor([[-0.4519, 0.2216, 0.4772, 0.1063], [-0.5829, 0.0130, 0.5773, 0.3027]]),
})
### BEGIN HIDDEN TESTS
def side_by_side_of(module, x, h):
    w = {name: p.detach().to(x.dtype) for name, p in module.named_parameters()}
    return torch.cat([
        F.scaled_dot_product_attention(*(
            F.linear(x, w[f"heads.{i}.{n}.weight"], w.get(f"heads.{i}.{n}.bias"))
            for n in ("W_query", "W_key", "W_value")), is_causal=True)
        for i in range(h)], dim=-1)

generator = torch.Generator().manual_seed(73)
for d_in, d_out, context_length, h, T in [(5, 4, 9, 3, 7), (3, 2, 8, 5, 8), (7, 3, 5, 1, 2)]:
    wrapper = checks.build(MultiHeadAttentionWrapper, d_in, d_out, context_length, 0.0, h, seed=h)
    fused = checks.build(fuse_heads, wrapper)
    x = 2 * torch.randn(2, T, d_in, generator=generator)
    right = side_by_side_of(wrapper, x, h)
    checks.equals(checks.call(fused.eval(), x).result, right,
                  f"the fused output of {h} heads of {d_out} features", mistakes={
        "the heads come in the reverse order.": right.unflatten(-1, (h, -1)).flip(-2).flatten(-2),
        "all heads have the weights of the first.": right[..., :d_out].repeat(1, 1, h),
        "all heads have the weights of the last.": right[..., -d_out:].repeat(1, 1, h),
    })
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_fuse_heads_bias_and_dropout", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: heads with biases and dropout; in evaluation the output of the wrapper.
wrapper = checks.build(MultiHeadAttentionWrapper, 5, 4, 9, 0.25, 3, qkv_bias=True, seed=4).eval()
fused = checks.build(fuse_heads, wrapper)
checks.holds(hasattr(fused, "W_query"), "fuse_heads(wrapper): is no MultiHeadAttention, it has no W_query.")
x = 3 * torch.randn(400, 6, 5, generator=torch.Generator().manual_seed(74))
made = checks.call(fused.eval(), x)
made.is_tensor(shape=(400, 6, 12))
weights, own = dict(wrapper.named_parameters()), dict(fused.named_parameters()).get("W_value.bias", torch.zeros(12))
values = torch.stack([  # the first token sees itself alone, so each head gives its value
    F.linear(x[:, 0], weights[f"heads.{i}.W_value.weight"], weights[f"heads.{i}.W_value.bias"]) for i in range(3)], dim=1)
biases = torch.stack([weights[f"heads.{i}.W_value.bias"] for i in range(3)])
checks.equals(made.result[:2, 0].unflatten(-1, (3, 4)), values[:2], "the fused output for the first token, by heads", mistakes={
    "the biases of the heads are not carried over.": (values - biases + own.unflatten(0, (3, 4)))[:2],
})
checks.holds(getattr(getattr(fused, "dropout", None), "p", 0.25) == 0.25,
             "fuse_heads(wrapper): its dropout has another rate than the heads, which have 0.25.")
checks.dropout_on_weights(fused, x, 0.25, lambda out: out[:, 0].unflatten(-1, (3, 4)), values, "fuse_heads(wrapper)")
### BEGIN HIDDEN TESTS
right = torch.cat([
    F.scaled_dot_product_attention(*(
        F.linear(x[:2], weights[f"heads.{i}.{n}.weight"], weights[f"heads.{i}.{n}.bias"])
        for n in ("W_query", "W_key", "W_value")), is_causal=True)
    for i in range(3)], dim=-1)
checks.call(fused.eval(), x[:2]).equals(right)
wrapper = checks.build(MultiHeadAttentionWrapper, 3, 2, 6, 0.5, 4, seed=5)  # in training mode
fused = checks.build(fuse_heads, wrapper)
x = 3 * torch.randn(400, 5, 3, generator=torch.Generator().manual_seed(75))
weights = dict(wrapper.named_parameters())
values = torch.stack([F.linear(x[:, 0], weights[f"heads.{i}.W_value.weight"]) for i in range(4)], dim=1)
checks.dropout_on_weights(fused, x, 0.5, lambda out: out[:, 0].unflatten(-1, (4, 2)), values, "fuse_heads(wrapper)")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_fuse_heads_leaves_the_wrapper", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: the wrapper keeps its weights, and the fused attention has weights that can be trained.
wrapper = checks.build(MultiHeadAttentionWrapper, 5, 4, 9, 0.0, 3, qkv_bias=True, seed=6)
before = {name: tensor.clone() for name, tensor in wrapper.state_dict().items()}
fused = checks.build(fuse_heads, wrapper)
checks.holds(hasattr(fused, "W_query"), "fuse_heads(wrapper): is no MultiHeadAttention, it has no W_query.")
for name, tensor in before.items():
    checks.holds(checks.same(wrapper.state_dict()[name], tensor),
                 f"fuse_heads(wrapper): changes {name} of the wrapper. Leave the wrapper as it was.")
trainable = {f"{name}.{part}": shape for name in ("W_query", "W_key", "W_value")
             for part, shape in (("weight", (12, 5)), ("bias", (12,)))}
checks.parameters(fused, trainable, "fuse_heads(wrapper)", only=False)
### BEGIN HIDDEN TESTS
checks.holds(all(p.requires_grad for p in wrapper.parameters()),
             "fuse_heads(wrapper): freezes the weights of the wrapper. Leave it as it was.")
x = torch.randn(2, 6, 5, generator=torch.Generator().manual_seed(76))
checks.call(fused, x).result.square().sum().backward()
for name, parameter in fused.named_parameters():
    if name.endswith(("W_query.weight", "W_key.weight", "W_value.weight")):
        checks.equals(parameter.grad is not None and bool(parameter.grad.any()), True, f"a gradient reaches {name}")
### END HIDDEN TESTS

# %%
torch.manual_seed(123)
wrapper = MultiHeadAttentionWrapper(3, 2, 6, 0.0, num_heads=2)
fused = fuse_heads(wrapper)
print("stacked:", wrapper(batch)[0, 0])
print("split:  ", fused(batch)[0, 0])
print("the same for all tokens:", torch.allclose(wrapper(batch), fused(batch), atol=1e-6))

# %% [markdown]
# So a stack of heads and one attention that is split are the same function. The difference is how the work is
# done. The stack multiplies $x$ by $3h$ small matrices, the split attention by three large ones, with
# as many multiplications in all. Let us keep the width at 256, cut it into more and more heads, and take the time
# of both:

# %% tags=["nbval-ignore-output"] alt="Log-log chart of milliseconds against the number of heads: stacked heads take longer with every doubling, split heads take almost the same time throughout."
import time


def milliseconds(module, x):
    """The shortest of nine runs."""
    runs = []
    with torch.no_grad():
        for _ in range(9):
            start = time.perf_counter()
            module(x)
            runs.append(1000 * (time.perf_counter() - start))
    return min(runs)


WIDTH, LENGTH = 256, 32
x = torch.randn(4, LENGTH, WIDTH)
numbers_of_heads = [1, 2, 4, 8, 16, 32, 64]
stacked, split = [], []
for h in numbers_of_heads:
    wrapper = MultiHeadAttentionWrapper(WIDTH, WIDTH // h, LENGTH, 0.0, num_heads=h)
    stacked.append(milliseconds(wrapper, x))
    split.append(milliseconds(fuse_heads(wrapper), x))

fig, ax = plt.subplots()
ax.loglog(numbers_of_heads, stacked, marker="o", label="stacked, one after the other")
ax.loglog(numbers_of_heads, split, marker="s", label="split, all at once")
ax.set(xlabel="number of heads h", ylabel="milliseconds", title=f"The same output, {WIDTH} features wide")
ax.set_xticks(numbers_of_heads, labels=numbers_of_heads)
ax.minorticks_off()
ax.legend()
plt.show()
print(f"{numbers_of_heads[-1]} heads: stacked {stacked[-1]:.1f} ms, split {split[-1]:.1f} ms")

# %% [markdown]
# With one head the two are about equal; the split one even has `out_proj` to compute on top. With many heads the
# stack pays for every small product, and for every call of Python in between.
#
# ## 6.6 How large is it?
#
# ### Exercise: `count_parameters` (5 minutes, 4 points)
#
# To compare models one counts the numbers that training may change. Frozen parameters (`requires_grad=False`) do
# not count, buffers such as the mask are no parameters, and a parameter that two layers share is one parameter.
#
# <details><summary>Hint</summary>
#
# `module.parameters()` goes through the module and everything inside it, and gives a shared parameter once.
# `tensor.numel()` is the number of entries.
# </details>

# %% nbgrader={"grade": false, "grade_id": "count_parameters", "locked": false, "schema_version": 3, "solution": true, "task": false}
def count_parameters(module):
    """How many numbers of a module does training change?

    Args:
        module: any `nn.Module`.

    Returns:
        the number of entries of all parameters that require a gradient, shared ones counted once.

    Example:
        nn.Linear(3, 2) has 6 weights and 2 biases: 8
    """
    ### BEGIN SOLUTION
    return sum(p.numel() for p in module.parameters() if p.requires_grad)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_count_parameters_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: a linear layer, one without bias, layers inside layers, and a module without parameters.
def counted(module, expected, what, mistakes=()):
    count = checks.call(count_parameters, module).result
    count = count.item() if hasattr(count, "item") else count
    for wrong, mistake in dict(mistakes).items():
        checks.holds(count != wrong, f"count_parameters({what}): is {wrong}: {mistake}")
    checks.equals(count, expected, f"count_parameters({what})")

counted(nn.Linear(3, 2), 8, "nn.Linear(3, 2)", {
    2: "there are two tensors, but their entries are to be counted.", 4: "those are the rows, each of several numbers.",
    6: "the biases are missing, they are parameters too.", 0: "nothing here is frozen, so all of it counts."})
counted(nn.Linear(3, 2, bias=False), 6, "nn.Linear(3, 2, bias=False)")
counted(nn.Sequential(nn.Linear(3, 2), nn.Sequential(nn.ReLU(), nn.Linear(2, 5))), 23, "two linear layers, one deeper", {
    0: "what is inside of layers counts too.", 8: "what is deeper inside counts too.", 61: "the inner layers are counted more than once."})
counted(CausalAttention(3, 2, 6, 0.0), 18, "CausalAttention(3, 2, 6, 0.0)", {54: "a mask is a buffer, not a parameter."})
### BEGIN HIDDEN TESTS
counted(nn.Dropout(0.5), 0, "nn.Dropout(0.5)")
counted(nn.MultiheadAttention(4, 2), 80, "nn.MultiheadAttention(4, 2)", {20: "only its linear layer is counted."})
counted(nn.Sequential(nn.Embedding(7, 4), nn.LayerNorm(4), nn.Conv1d(2, 3, 5)), 28 + 8 + 33, "other kinds of layers")
counted(nn.BatchNorm1d(6), 12, "nn.BatchNorm1d(6), whose running means are buffers")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_count_parameters_shared_and_frozen", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: two layers that share a weight, and a layer with a frozen weight.
embedding, head = nn.Embedding(7, 4), nn.Linear(4, 7, bias=False)
head.weight = embedding.weight
half_frozen = nn.Linear(3, 2)
half_frozen.weight.requires_grad_(False)
for module, expected, what, wrong, mistake in [
    (nn.Sequential(embedding, head), 28, "an embedding and a layer that share their weight", 56, "the shared weight counts once."),
    (half_frozen, 2, "nn.Linear(3, 2) with its weight frozen", 8, "what is frozen does not count."),
]:
    count = checks.call(count_parameters, module).result
    checks.holds(count != wrong, f"count_parameters({what}): is {wrong}: {mistake}")
    checks.equals(count.item() if hasattr(count, "item") else count, expected, f"count_parameters({what})")
### BEGIN HIDDEN TESTS
layer = nn.Linear(5, 3)
twice = nn.Sequential(layer, nn.ReLU(), nn.ModuleList([layer]))
shared_bias = nn.ModuleList([nn.Linear(5, 3), nn.Linear(4, 3)])
shared_bias[1].bias = shared_bias[0].bias
equal = nn.ModuleList([nn.LayerNorm(6), nn.LayerNorm(6)])
frozen = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 4)).requires_grad_(False)
for module, expected, what in [(twice, 18, "one layer in two places"), (shared_bias, 30, "two layers that share their bias"),
                               (equal, 24, "two layers whose equal numbers are not shared"),
                               (frozen, 0, "a module that is frozen")]:
    count = checks.call(count_parameters, module).result
    checks.holds(module is not equal or count != 12, f"count_parameters({what}): is 12, one of them: only one and the "
                 "same parameter counts once, not numbers that happen to be equal.")
    checks.equals(count.item() if hasattr(count, "item") else count, expected, f"count_parameters({what})")
### END HIDDEN TESTS

# %%
for h in (1, 2, 4, 8):
    print(f"{h} heads: {count_parameters(MultiHeadAttention(8, 8, 6, 0.0, num_heads=h))} parameters")

# %% [markdown]
# The number of heads does not appear: cutting a vector into pieces needs no weights. More heads mean narrower
# heads, at the same size.
#
# How large are real ones? GPT-2 (Radford et al. 2019, *Language Models are Unsupervised Multitask Learners*) came
# in four sizes. All four have tokens as wide as the attention's output (d_in = d_out), a context of 1,024 tokens, and
# heads of 64 features.
#
# ### Exercise: `gpt2_small_attention` (3 minutes, 3 points)
#
# Build the attention of one layer of the smallest: 768 features in and out, 1,024 tokens, 12 heads, no dropout.
# Whether queries, keys and values have a bias is up to you.

# %% nbgrader={"grade": false, "grade_id": "gpt2_small_attention", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gpt2_small_attention():
    """The attention of one layer of the smallest GPT-2.

    Returns:
        a `MultiHeadAttention` for 768 features in and out, 1,024 tokens and 12 heads, without dropout.
    """
    ### BEGIN SOLUTION
    return MultiHeadAttention(768, 768, 1024, 0.0, num_heads=12)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_gpt2_small_attention_size", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: 2,360,064 parameters, or 2,362,368 with biases on queries, keys and values; 1,024 tokens.
module = checks.build(gpt2_small_attention)
checks.holds(hasattr(module, "W_query"), "gpt2_small_attention(): is no MultiHeadAttention, it has no W_query.")
d_out, d_in = module.W_query.weight.shape
checks.holds(d_in == 768, f"gpt2_small_attention(): takes tokens of {d_in} features. The smallest GPT-2 has 768.")
checks.holds(d_out == 768, f"gpt2_small_attention(): has a d_out of {d_out}, expected 768: the width of all heads together.")
square = {f"{name}.weight": (768, 768) for name in ("W_query", "W_key", "W_value", "out_proj")}
checks.parameters(module, square | {"out_proj.bias": (768,)}, "gpt2_small_attention()", only=False)
size = sum(p.numel() for p in module.parameters())
if size not in (2_360_064, 2_362_368):
    raise checks.CheckFailed(f"gpt2_small_attention(): has {size:,} parameters, expected 2,360,064 or 2,362,368.")
T = checks.buffer(module, "mask", "gpt2_small_attention()").shape[-1]
checks.holds(T == 1024, f"gpt2_small_attention(): is made for {T} tokens, expected 1024: that is context_length.")

# %% nbgrader={"grade": true, "grade_id": "test_gpt2_small_attention_heads", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Test: twelve heads, and nothing is dropped in training.
module = checks.build(gpt2_small_attention)
checks.holds(hasattr(module, "W_query"), "gpt2_small_attention(): is no MultiHeadAttention, it has no W_query.")
checks.parameters(module, {"W_query.weight": (768, 768), "out_proj.weight": (768, 768)}, "gpt2_small_attention()", only=False)
x = 2 * torch.randn(1, 5, 768, generator=torch.Generator().manual_seed(77))
result = checks.call(module.eval(), x).result
weights = dict(module.named_parameters())
bias = "W_query.bias" in weights
outputs = {}
for h in (1, 6, 8, 12, 16, 64):
    other = checks.build(MultiHeadAttention, 768, 768, 1024, 0.0, h, qkv_bias=bias).eval()
    other.load_state_dict(weights, strict=False)  # strict would compare the masks too
    outputs[h] = checks.call(other, x).result
checks.equals(result, outputs.pop(12), "gpt2_small_attention() against 12 heads of the same weights", atol=1e-4,
              mistakes={f"it has {h} head{'s' * (h > 1)}, not 12.": output for h, output in outputs.items()})
checks.holds(checks.same(checks.call(module.train(), x).result, result),
             "gpt2_small_attention(): drops weights in training, its dropout should be 0.")

# %% [markdown]
# Now the whole of GPT-2, as a skeleton: embeddings for 50,257 tokens and 1,024 positions, the layers, a last
# LayerNorm. On the device `meta` PyTorch keeps shapes and no numbers, so this costs no memory. The output layer
# shares the weight of the token embedding: it counts once.

# %%
def gpt2(layers, heads, d, bias=True):
    """GPT-2's parts, without numbers in them."""
    with torch.device("meta"):
        embedding, output = nn.Embedding(50257, d), nn.Linear(d, 50257, bias=False)
        output.weight = embedding.weight
        blocks = [nn.TransformerEncoderLayer(d, heads, 4 * d, bias=bias) for _ in range(layers)]
        return nn.ModuleList([embedding, nn.Embedding(1024, d), *blocks, nn.LayerNorm(d, bias=bias), output])


print("size    layers  heads  features  a head  attention/layer  all parameters")
for name, layers, heads, d in [("small", 12, 12, 768), ("medium", 24, 16, 1024), ("large", 36, 20, 1280), ("XL", 48, 25, 1600)]:
    model = gpt2(layers, heads, d)
    attention = count_parameters(model[2].self_attn)
    print(f"{name:8}{layers:6}{heads:7}{d:10}{d // heads:8}{attention:17,}{count_parameters(model):16,}")
print(f"small, without any bias: {count_parameters(gpt2(12, 12, 768, bias=False)):,}")

# %% [markdown]
# You will read of "GPT-2 with 117 million parameters". The paper says so, and its authors later corrected the
# count: the smallest has 124 million, the largest 1.56 billion (often called 1.5 B).
#
# ## 6.7 What do heads buy?
#
# More heads at the same size are narrower heads. Is that a good trade? Let us give attention a task in which each
# token needs four things from four places: the contents of the first token, of the one before, and of the
# second and third before. Contents are four random numbers. Since attention alone does not know which token stands
# where, each token also gets its place, as eight numbers of which one is 1.

# %%
LENGTH, CONTENT = 8, 4
place = torch.arange(LENGTH)
wanted = [torch.zeros_like(place)] + [(place - back).clamp(min=0) for back in (1, 2, 3)]


def make_task(generator, size=128):
    """Sequences (size, 8, 12) of contents and places, and what is wanted of them, (size, 8, 16)."""
    contents = torch.randn(size, LENGTH, CONTENT, generator=generator)
    x = torch.cat([contents, torch.eye(LENGTH).expand(size, LENGTH, LENGTH)], dim=-1)
    return x, torch.cat([contents[:, places] for places in wanted], dim=-1)


def train(num_heads, steps=500):
    """Train one attention on the task; returns it and its losses."""
    torch.manual_seed(1)
    generator = torch.Generator().manual_seed(1)
    model = MultiHeadAttention(CONTENT + LENGTH, 4 * CONTENT, LENGTH, 0.0, num_heads)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for _ in range(steps):
        x, target = make_task(generator)
        loss = F.mse_loss(model(x), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model, losses

# %% tags=["skip-when-graded"] alt="Line chart of the training loss for one, two and four heads of the same total size: one head stays near one half, two near a quarter, four reach zero."
fig, ax = plt.subplots()
trained = {}
for h in (1, 2, 4):
    trained[h], losses = train(h)
    ax.plot(losses, label=f"{h} head{'s' * (h > 1)} of {16 // h} features")
ax.set(xlabel="training step", ylabel="mean squared error", ylim=(0, 1.1))
ax.set_title(f"Four places wanted, {count_parameters(trained[1])} parameters each")
ax.legend()
plt.show()

# %% [markdown]
# All three have the same number of parameters. One head must make do with one average for four wishes. Two heads are
# better, and with four the error goes to zero.
#
# How did the four divide the work? The attention weights of a head can be had without writing attention once more: if
# the *values* are the rows of the identity matrix, the context vectors are the weights themselves.

# %% tags=["skip-when-graded"] alt="Four heatmaps of eight by eight attention weights, one per head. Each head has a pattern of its own: a column for the first token, or a line parallel to the diagonal for a token some steps back."
model, (x, _) = trained[4], make_task(torch.Generator().manual_seed(2), size=1)
queries, keys = (split_heads(layer(x), 4) for layer in (model.W_query, model.W_key))
identity = torch.eye(LENGTH).expand(1, 4, LENGTH, LENGTH)
weights = F.scaled_dot_product_attention(queries, keys, identity, is_causal=True)[0]

fig, axes = plt.subplots(2, 2, figsize=(8, 7))
for i, ax in enumerate(axes.flat):
    figures.heatmap(weights[i], place.tolist(), place.tolist(), title=f"head {i}", limits=(0, 1), ax=ax)
plt.show()

# %% [markdown]
# The heads have specialised, though nobody told them to: a dark column is a head that looks at the first token, a line
# parallel to the diagonal one that looks some steps back. Which head takes which wish is an accident of the random start. A
# head may also blend two places: as long as another head blends them differently, `out_proj` can take them
# apart again. With one head there is only one blend.
#
# The four heatmaps of an attention that was never trained show no such thing. Here is our sentence in four heads of
# random weights:

# %% alt="Four heatmaps of six by six attention weights of untrained heads: all lower triangular, each row nearly even, no head very different from the others."
torch.manual_seed(123)
untrained = MultiHeadAttention(3, 8, 6, 0.0, num_heads=4)
queries, keys = (split_heads(layer(batch[:1]), 4) for layer in (untrained.W_query, untrained.W_key))
weights = F.scaled_dot_product_attention(queries, keys, torch.eye(6).expand(1, 4, 6, 6), is_causal=True)[0]

fig, axes = plt.subplots(2, 2, figsize=(8, 7))
for i, ax in enumerate(axes.flat):
    figures.heatmap(weights[i], tokens, tokens, title=f"head {i}, untrained", limits=(0, 1), ax=ax)
plt.show()
print("every row sums to one:", torch.allclose(weights.sum(dim=-1), torch.ones(4, 6)))

# %% [markdown] nbgrader={"grade": false, "grade_id": "question_heads", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Question: `written_heads` (10 minutes, 4 points, read by a person)
#
# What do several heads buy at the same number of parameters, and what do they cost? Say why one head cannot do the
# task of this section however long it is trained, and what would go wrong with very many heads. Six sentences are
# enough.
#
# ### BEGIN MARK SCHEME
# - 1 point: each head has its own softmax, so a token can take from several places (or by several kinds of relation)
#   at once and keep the results apart; one head gives one weighted average.
# - 1 point: the parameters are the same because heads are only a way to cut d_out; head_dim = d_out / h shrinks.
# - 1 point: one head's context vector is one mixture over the tokens; with four wanted places the contents
#   are blended, and out_proj, a linear map of the mixture, cannot separate them.
# - 1 point: with very many heads, head_dim gets so small that queries and keys can no longer tell the tokens apart
#   (the scores of a head have a rank of at most head_dim), or a head carries too little of the content. Also accepted: many heads turn out redundant
#   and can be pruned.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_heads", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# Every head has a softmax of its own, so with several heads a token can look at several places at once and keep what
# it finds there in separate features. The parameters stay the same because heads only cut the width d_out: h heads
# have d_out / h features each. With one head the context vector is a single weighted average of the values. In our
# task four contents are wanted; whatever the weights, they arrive as one sum, and a linear layer behind it cannot take
# the sum apart, so the error has a floor that training does not lower. The price is narrow heads: with very many of them a
# query has only one or two numbers with which to find its key, and a head can carry only that little of the content.
# ### END SOLUTION

# %% [markdown]
# ## 6.8 The same thing in other code
#
# Multi-head attention is written in many ways. With what you know you can read them all:
#
# | what you may meet | what it means |
# |---|---|
# | `MultiHeadAttention(d_model, nhead)`, no `d_out` | d_in = d_out = d_model, as in every Transformer |
# | "d_model must be divisible by nhead" | the same refusal as yours |
# | no layer has a bias, not even `out_proj` | a matter of taste; our `qkv_bias=False` goes half way |
# | the forward pass returns `(output, weights)` | for looking at the weights; ours returns the output alone |
# | `forward(q, k, v)` with three inputs | queries may come from another sequence than keys and values: chapter 8 |
# | one layer of width 3 · d_model (`c_attn`, `in_proj`) | `W_query`, `W_key` and `W_value` under each other: one product instead of three |
# | a mask of shape (1, 1, T, T) with 0 and `-inf`, added to the scores | the same mask; the 1s are written out for sentences and heads |
# | a second dropout behind `out_proj` | not part of attention, but of the residual connection around it: chapter 8 |
# | `scores.float()` before the softmax | in half precision exponentials overflow early and long sums lose digits, so that one step is done in float32 |
# | `.transpose(1, 2).contiguous().view(...)` | what `reshape` does in one word: after the transpose the numbers must be copied into order |
#
# ## 6.9 What breaks next
#
# In section 6.7 we cheated: each token was told its place, as eight extra numbers. Without them the heads could not
# have found "the token before". Take attention without a mask, and give it the words of a sentence in another order:

# %%
torch.manual_seed(123)
layers = [nn.Linear(3, 2, bias=False) for _ in range(3)]
order = torch.tensor([5, 3, 0, 1, 4, 2])
one_way, other_way = (F.scaled_dot_product_attention(*(layer(x) for layer in layers)) for x in (inputs, inputs[order]))
print("as it stands:", one_way[1])
print("shuffled:    ", other_way[order.tolist().index(1)])

# %% [markdown]
# *journey* gets the same context vector, wherever it stands and in whatever order the others come. A dog that bites a man
# and a man who bites a dog are one to it. Chapter 7 gives the tokens their places.
#
# ## Your progress
#
# This cell lists the exercises whose tests have run since you started the notebook. To run
# everything anew: *Run > Restart Kernel and Run All Cells*. Tests that are hidden from you run when the
# notebook is graded.

# %%
progress.show("06_multi_head")
