# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 8. The Transformer
#
# **The question of this chapter:** we have attention with several heads, masks, dropout and
# positions. What else does it take to turn one sequence into another, and does it work?
#
# By the end you will have built the encoder–decoder of *Attention Is All You Need* (Vaswani et al.
# 2017, [arXiv:1706.03762](https://arxiv.org/abs/1706.03762)) from parts that you wrote yourself,
# checked each part against PyTorch's own, found the bugs of a Transformer that looked right, and
# trained two models on your processor: one that reverses sequences, and one that reads Chinese dates.
#
# These were the goals of the whole course: to know the core of the Transformer, to understand
# self-attention, to see what position encodings are for, and to be able to write all of it from
# scratch.
#
# The chapter takes about five hours. Training takes about a minute of it. If something in your code
# surprises you, put `import pdb; pdb.set_trace()` on the line before: the cell stops there and lets
# you print every shape. Type `c` to go on.

# %% nbgrader={"grade": false, "grade_id": "given_imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math
from dataclasses import dataclass

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

from course.notebook import checks, figures, progress

figures.use_style()

# %% [markdown]
# ## 8.1 The plan
#
# A recurrent network reads a sentence word by word, so word 20 waits for the 19 before it. The
# Transformer has no recurrence: all words are processed at once, as rows of one matrix, and
# attention is the only place where they see each other. That is what made training fast on parallel
# hardware, and long sentences tractable: between any two words lies one step.
#
# | half | a layer is made of | what it does |
# |---|---|---|
# | **encoder** | self-attention, feed-forward | describes every token of the source in its context |
# | **decoder** | masked self-attention, cross-attention, feed-forward | writes the target, token by token, looking at the source |
#
# Around each of these *sublayers* stand two helpers: a **residual connection** (the input is added
# to the sublayer's output) and a **normalization**. Before the first layer, token ids become vectors
# and get positions. After the last, a linear map turns vectors into scores over the vocabulary.
#
# We build from the inside out, and every class takes its parts as *arguments*. An encoder layer is
# given a self-attention; it does not make one. That is good design, and it has a use for you: each
# exercise is tested with parts made of PyTorch's own, so that a mistake in one class
# does not cost you points in the next. The next cell has these parts. You need not read it now.

# %% nbgrader={"grade": false, "grade_id": "given_parts", "locked": true, "schema_version": 3, "solution": false, "task": false}
@dataclass(frozen=True)
class TransformerConfig:
    """The sizes of a Transformer; pad_id is the token that fills short sequences up."""

    vocab_size: int
    d_model: int = 64
    num_heads: int = 4
    num_layers: int = 1
    d_ff: int = 128
    max_len: int = 32
    dropout: float = 0.0
    pad_id: int = 0


class GivenAttention(nn.Module):
    """PyTorch's attention, called as this chapter calls attention.

    Args:
        attention: an `nn.MultiheadAttention` with `batch_first=True`.
    """

    def __init__(self, attention):
        super().__init__()
        self.attention = attention

    def forward(self, query, key, value, mask=None):
        """(b, T_q, d), twice (b, T_k, d), mask (T_q, T_k) or (b, T_q or 1, T_k) → (b, T_q, d)"""
        if mask is not None and mask.dim() == 3:
            mask = mask.expand(len(query), query.shape[1], key.shape[1])
            mask = mask.repeat_interleave(self.attention.num_heads, dim=0)
        return self.attention(query, key, value, attn_mask=mask, need_weights=False)[0]


class Always(nn.Module):
    """A part that gives every token the same answer: a number, or one number for each feature."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def forward(self, *inputs, **named):
        x = inputs[0] if inputs else named.get("query", named.get("x"))
        return torch.zeros_like(x) + torch.tensor(self.answer, dtype=x.dtype)


def blend(query, memory, mask=None):
    """Attention without weights of its own, (b, T_q, d) and (b, T_k, d) → (b, T_q, d).

    The mask, boolean with True = blocked, has the shape (b, T_q, T_k) or (b, 1, T_k).
    """
    if mask is None:
        return F.scaled_dot_product_attention(query, memory, memory)
    b, T_q, T_k = len(query), query.shape[1], memory.shape[1]
    if mask.dtype != torch.bool or tuple(mask.shape) not in [(b, T_q, T_k), (b, 1, T_k)]:
        raise ValueError(
            f"the mask should be boolean of shape ({b}, {T_q}, {T_k}) or ({b}, 1, {T_k}), but is "
            f"{mask.dtype} of shape {tuple(mask.shape)}"
        )
    return F.scaled_dot_product_attention(query, memory, memory, attn_mask=~mask)


class GivenLayer(nn.Module):
    """Stands for an encoder layer: a linear map and a blend of the tokens."""

    def __init__(self, d_model, generator=None):
        super().__init__()
        self.linear = nn.Linear(d_model, d_model)
        nn.init.normal_(self.linear.weight, 0, 0.7, generator=generator)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x, mask=None):
        x = self.linear(x)
        return x + blend(x, x, mask)


class GivenCrossLayer(nn.Module):
    """Stands for a decoder layer: a linear map and blends of target and memory."""

    def __init__(self, d_model, generator=None):
        super().__init__()
        self.linear = nn.Linear(d_model, d_model)
        nn.init.normal_(self.linear.weight, 0, 0.7, generator=generator)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        x = self.linear(x)
        x = x + blend(x, x, self_mask)
        return x + blend(x, memory, memory_mask)


def pytorch_twin(attention, num_heads):
    """PyTorch's attention with the weights of this chapter's."""
    own = {name: p.detach() for name, p in attention.named_parameters()}
    three = ("W_query", "W_key", "W_value")
    for name in (f"{layer}.{kind}" for layer in (*three, "out_proj") for kind in ("weight", "bias")):
        checks.holds(name in own, f"{checks.name_of(attention)}: has no parameter {name}.")
    twin = nn.MultiheadAttention(len(own["out_proj.bias"]), num_heads, batch_first=True)
    twin.load_state_dict({
        "in_proj_weight": torch.cat([own[f"{name}.weight"] for name in three]),
        "in_proj_bias": torch.cat([own[f"{name}.bias"] for name in three]),
        "out_proj.weight": own["out_proj.weight"],
        "out_proj.bias": own["out_proj.bias"],
    })
    return twin


def by_pytorch(twin, query, key, value, mask=None):
    """The output of PyTorch's attention, and its weights (b, h, T_q, T_k)."""
    return twin(query, key, value, attn_mask=mask, average_attn_weights=False)


def random_norms(module, names, seed):
    """Give the named norms of a module random weights and biases, so that each one matters.

    Returns:
        "norm1.weight" -> its tensor, and so on.
    """
    generator = torch.Generator().manual_seed(seed)
    parameters = dict(module.named_parameters())
    drawn = {}
    with torch.no_grad():
        for name in (f"{norm}.{kind}" for norm in names for kind in ("weight", "bias")):
            checks.holds(name in parameters, f"{checks.name_of(module)}: has no parameter {name}.")
            drawn[name] = torch.rand(parameters[name].shape, generator=generator) + 0.5
            parameters[name].copy_(drawn[name])
    return drawn

# %% [markdown]
# ## 8.2 Normalization
#
# Every layer adds something to the vectors that pass through. After many layers their sizes would
# drift apart, and with them the sizes of all gradients. Layer normalization (Ba, Kiros and Hinton
# 2016, [arXiv:1607.06450](https://arxiv.org/abs/1607.06450)) brings each token's vector back to mean
# 0 and variance 1, over its features, then lets the model choose a scale and a shift per feature:
#
# $$\text{LayerNorm}(x) = \text{weight} \cdot \frac{x - \bar x}{\sqrt{\sigma^2 + \varepsilon}} + \text{bias},
# \qquad \sigma^2 = \frac{1}{d}\sum_i (x_i - \bar x)^2$$
#
# By hand, for the token $(1, 2, 3)$: the mean is 2, the variance $(1 + 0 + 1)/3 = 0.6667$, and the
# normalized vector $(-1, 0, 1)/\sqrt{0.6667}$.
#
# Two details separate implementations that look alike. The variance divides by $d$, not by $d - 1$
# (`torch.var` and `torch.std` divide by $d - 1$ unless told otherwise). And $\varepsilon$ is added to
# the variance, inside the root, not to its root. How much does it matter? This is the version of a
# widely copied lesson, with $\varepsilon$ outside and $d - 1$, on two random tokens of eight features:

# %%
x = torch.randn(2, 8, generator=torch.Generator().manual_seed(123))
copied = (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + 1e-6)
print(f"largest difference from nn.LayerNorm: {(copied - F.layer_norm(x, (8,))).abs().max():.4f}")

# %% [markdown]
# A model trained with one of the two computes something else with the other.
#
# ### Exercise: `LayerNorm` (15 minutes, 5 points)
#
# Write it out, as `nn.LayerNorm` does it but not with it, nor with any other ready-made normalization.
# `weight` begins as ones, `bias` as zeros.
#
# <details><summary>Hint 1</summary>
#
# `nn.Parameter(torch.ones(d_model))` is a tensor that training changes.
# </details>
# <details><summary>Hint 2</summary>
#
# Which dimension holds the features? `keepdim=True` keeps the shape ready for broadcasting.
# </details>

# %% nbgrader={"grade": false, "grade_id": "LayerNorm", "locked": false, "schema_version": 3, "solution": true, "task": false}
class LayerNorm(nn.Module):
    """Normalize each vector to mean 0 and variance 1, then scale and shift each feature.

    Args:
        d_model: number of features.
        eps: added to the variance, so that it is never 0.

    Attributes:
        weight, bias: trainable, shape (d_model,), ones and zeros at first.
    """

    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        ### BEGIN SOLUTION
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))
        self.eps = eps
        ### END SOLUTION

    def forward(self, x):
        """x: (..., d_model) → the same shape."""
        ### BEGIN SOLUTION
        mean = x.mean(dim=-1, keepdim=True)
        variance = x.var(dim=-1, keepdim=True, unbiased=False)
        return self.weight * (x - mean) / torch.sqrt(variance + self.eps) + self.bias
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_LayerNorm_values", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: two tokens of three features, each normalized by itself.
norm = checks.build(LayerNorm, 3)
checks.parameters(norm, {"weight": (3,), "bias": (3,)}, "LayerNorm(3)")
checks.forbid(LayerNorm, "LayerNorm", "layer_norm", "native_layer_norm", "GroupNorm", "group_norm",
              "instance_norm", "batch_norm", because="Write mean and variance out.")
x = torch.tensor([[1.0, 2.0, 3.0], [2.0, 2.0, 8.0]])
checks.call(norm, x).equals(torch.tensor([[-1.2247, 0.0, 1.2247], [-0.7071, -0.7071, 1.4142]]), atol=1e-4, mistakes={
    "the variance divides by d - 1: divide by d.":
        torch.tensor([[-1.0, 0.0, 1.0], [-0.5774, -0.5774, 1.1547]]),
    "you normalized over the tokens: each token is normalized over its own features.":
        torch.tensor([[-1.0, 0.0, -1.0], [1.0, 0.0, 1.0]]),
    "weight and bias are exchanged, or begin with the wrong numbers.": torch.ones(2, 3),
    "the mean is taken away, but nothing is divided.":
        torch.tensor([[-1.0, 0.0, 1.0], [-2.0, -2.0, 4.0]]),
    "you divide by the variance: divide by its root.":
        torch.tensor([[-1.5, 0.0, 1.5], [-0.25, -0.25, 0.5]]),
    "one mean and variance are taken for all tokens: each token has its own.":
        torch.tensor([[-0.8660, -0.4330, 0.0], [-0.4330, -0.4330, 2.1651]]),
    "the mean is not taken away.":
        torch.tensor([[1.2247, 2.4495, 3.6742], [0.7071, 0.7071, 2.8284]]),
})
### BEGIN HIDDEN TESTS
generator = torch.Generator().manual_seed(81)
norm = checks.build(LayerNorm, 5)
random_norms(nn.ModuleDict({"norm": norm}), ["norm"], 81)
reference = nn.LayerNorm(5)
reference.load_state_dict({name: p.detach() for name, p in norm.named_parameters()})
for shape in [(5,), (3, 5), (2, 3, 5), (2, 1, 4, 5)]:
    x = 3 * torch.randn(shape, generator=generator) + 1
    checks.call(norm, x).equals(reference(x), mistakes={
        "weight and bias are not used.": F.layer_norm(x, (5,)),
        "the bias is not added.": reference(x) - reference.bias,
        "one mean and variance are taken for the whole batch.":
            reference.weight * (x - x.mean()) / (x.var(unbiased=False) + 1e-5).sqrt() + reference.bias,
    })
checks.takes_noncontiguous(norm, reference, x)
checks.gradients(norm, reference, x)
checks.trains(norm, x, what="LayerNorm(5)")
checks.call(norm.double(), x.double()).equals(reference.double()(x.double()))
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_LayerNorm_eps", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: a token whose features are all equal has variance 0, and that is no reason for nan.
made = checks.call(checks.build(LayerNorm, 4), torch.full((2, 4), 3.0))
made.is_tensor((2, 4))
checks.holds(not made.result.isnan().any(), "variance 0 gives nan: add eps before you divide.")
made.equals(torch.zeros(2, 4))
### BEGIN HIDDEN TESTS
x = torch.tensor([[0.01, 0.03, -0.02], [2.0, -1.0, 0.5]])
for eps in (1e-5, 1e-3, 0.7):
    right, centred = F.layer_norm(x, (3,), eps=eps), x - x.mean(-1, keepdim=True)
    deviation = x.std(-1, keepdim=True, unbiased=False)
    checks.call(checks.build(LayerNorm, 3, eps=eps), x).equals(right, mistakes={
        "eps is added outside the root: it is added to the variance.": centred / (deviation + eps),
        "eps is not the one that was given.": F.layer_norm(x, (3,), eps=1e-5),
        "eps is not used.": centred / deviation,
        "the smallest variance is eps: eps is added to every variance.":
            centred / deviation.square().clamp(min=eps).sqrt(),
        "eps is squared.": centred / (deviation**2 + eps**2).sqrt(),
    })
default = checks.build(LayerNorm, 3)
checks.call(default, 0.1 * x).equals(F.layer_norm(0.1 * x, (3,)))
### END HIDDEN TESTS

# %% [markdown]
# ## 8.3 The feed-forward network
#
# Attention mixes tokens; it hardly changes what a token *is*. That is done by a small network of two
# linear maps with a ReLU between them, applied to every token alone and to all alike:
#
# $$\text{FFN}(x) = \text{linear}_2(\text{dropout}(\text{ReLU}(\text{linear}_1(x))))$$
#
# The inner width `d_ff` is usually four times `d_model`. In the model of 2017, `d_model` is 512 and
# `d_ff` 2,048. Two thirds of a layer's parameters sit here.
#
# ### Exercise: `FeedForward` (10 minutes, 5 points)
#
# There are two layers, `linear1` and `linear2`, both with bias. Dropout stands between them.

# %% nbgrader={"grade": false, "grade_id": "FeedForward", "locked": false, "schema_version": 3, "solution": true, "task": false}
class FeedForward(nn.Module):
    """Two linear maps with a ReLU between them, for each token alone.

    Args:
        d_model: features in and out.
        d_ff: features between the two.
        dropout: share of the inner features that are dropped in training.

    Attributes:
        linear1, linear2: `nn.Linear` with bias.
    """

    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        ### BEGIN SOLUTION
        self.linear1 = nn.Linear(d_model, d_ff)
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(d_ff, d_model)
        ### END SOLUTION

    def forward(self, x):
        """x: (..., d_model) → the same shape."""
        ### BEGIN SOLUTION
        return self.linear2(self.dropout(torch.relu(self.linear1(x))))
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_FeedForward_values", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: one token, three inner features. ReLU leaves the first of them, 1, and makes the others 0.
ffn = checks.build(FeedForward, 2, 3, dropout=0.0)
still = checks.call(ffn.train(), torch.ones(100, 2)).result
checks.holds(checks.same(still, checks.call(ffn, torch.ones(100, 2)).result), "two calls differ with dropout=0: is the rate the given one?")
checks.parameters(ffn, {"linear1.weight": (3, 2), "linear1.bias": (3,), "linear2.weight": (2, 3), "linear2.bias": (2,)},
                  "FeedForward(2, 3)")
with torch.no_grad():
    ffn.linear1.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]))
    ffn.linear1.bias.copy_(torch.tensor([0.0, 0.0, -1.0]))
    ffn.linear2.weight.copy_(torch.tensor([[1.0, 1.0, 1.0], [1.0, -1.0, 0.0]]))
    ffn.linear2.bias.copy_(torch.tensor([0.5, 0.0]))
checks.call(ffn, torch.tensor([[1.0, -2.0]])).equals(torch.tensor([[1.5, 1.0]]), mistakes={
    "there is no ReLU between the two linear maps.": torch.tensor([[-2.5, 3.0]]),
    "this is GELU, not ReLU.": torch.tensor([[1.2503, 0.8868]]),
    "the ReLU stands after the second linear map: it stands between the two.": torch.tensor([[0.0, 3.0]]),
    "the input is added: the residual connection belongs to the layer.": torch.tensor([[2.5, -1.0]]),
})
### BEGIN HIDDEN TESTS
generator = torch.Generator().manual_seed(82)
ffn = checks.build(FeedForward, 4, 7, dropout=0.0, seed=82)
first, second = ffn.linear1, ffn.linear2
w1, b1, w2, b2 = (p.detach().clone() for p in (first.weight, first.bias, second.weight, second.bias))
def right_ffn(x):
    return F.linear(F.relu(F.linear(x, w1.to(x.dtype), b1.to(x.dtype))), w2.to(x.dtype), b2.to(x.dtype))

for shape in [(4,), (3, 4), (2, 3, 4)]:
    x = torch.randn(shape, generator=generator)
    inner = F.linear(x, w1, b1)
    checks.call(ffn, x).equals(right_ffn(x), mistakes={
        "there is no ReLU between the two linear maps.": F.linear(inner, w2, b2),
        "there is a ReLU at the end too: the output may be negative.": right_ffn(x).relu(),
        "this is GELU, not ReLU.": F.linear(F.gelu(inner), w2, b2),
        "the ReLU stands before the first linear map.": F.linear(F.linear(x.relu(), w1, b1), w2, b2),
        "the ReLU stands after the second linear map.": F.linear(inner, w2, b2).relu(),
        "the input is added: the residual connection belongs to the layer.": x + right_ffn(x),
    })
checks.takes_noncontiguous(ffn, right_ffn, x)
checks.gradients(ffn, right_ffn, x)
checks.trains(ffn, torch.randn(20, 4, generator=generator), what="FeedForward(4, 7)")
checks.call(ffn.double(), x.double()).equals(right_ffn(x.double()))
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_FeedForward_dropout", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: dropout in training, none in evaluation, and 2,099,712 parameters in the size of 2017.
large = checks.build(FeedForward, 512, 2048, seed=82)
count = sum(p.numel() for p in large.parameters())
checks.equals(count, 2_099_712, "the number of parameters of FeedForward(512, 2048)")
x = torch.ones(3, 512)
first, second = checks.call(large.eval(), x), checks.call(large, x)
first.is_tensor((3, 512))
checks.holds(checks.same(first.result, second.result), "two calls in evaluation mode differ: dropout is for training alone.")
### BEGIN HIDDEN TESTS
# The inner features are all 1, the first of them go through, and 10 is added after them.
ffn = checks.build(FeedForward, 3, 5, dropout=0.25)
checks.parameters(ffn, {"linear1.weight": (5, 3), "linear1.bias": (5,), "linear2.weight": (3, 5), "linear2.bias": (3,)},
                  "FeedForward(3, 5)")
with torch.no_grad():
    ffn.linear1.weight.zero_()
    ffn.linear1.bias.fill_(1.0)
    ffn.linear2.weight.copy_(torch.eye(3, 5))
    ffn.linear2.bias.fill_(10.0)
made = checks.call(ffn, torch.zeros(2000, 3))
made.is_tensor((2000, 3))
checks.holds((made.result == 10).double().mean() < 0.35, "more is dropped than one dropout does: it stands in one place.")
checks.holds((made.result != 0).all(), "dropout stands after the second linear map: it stands between the two.")
checks.drops(made.result.flatten() - 10, torch.full((6000,), 4 / 3), 0.25, "the inner features in training (dropout=0.25)", mistakes={
    "those that stay are not scaled by 1 / (1 - p).": torch.ones(6000),
    "this is GELU, not ReLU.": torch.full((6000,), F.gelu(torch.tensor(1.0)).item() / 0.75),
})
checks.call(ffn.eval(), torch.zeros(2, 3)).equals(torch.full((2, 3), 11.0))
checks.call(checks.build(FeedForward, 3, 5, 0.0), torch.zeros(2, 3)).is_tensor((2, 3))
### END HIDDEN TESTS

# %% [markdown]
# ## 8.4 Attention, once more
#
# The attention of chapter 6 looked at one sequence and blocked the future. A Transformer needs three
# attentions, and they differ only in what goes in:
#
# | attention | queries from | keys and values from | blocked |
# |---|---|---|---|
# | encoder self-attention | source | source | source padding |
# | decoder self-attention | target | target | the future, target padding |
# | decoder **cross-attention** | target | the encoder's output, the *memory* | source padding |
#
# So this version takes queries, keys and values apart, and takes the mask from whoever calls it. In
# cross-attention there are T_q target tokens and T_k source tokens, and the scores are a rectangle.
# A lesson that this course grew out of has one fixed square mask inside its attention: fed with
# sequences of different lengths it stops with a `RuntimeError`.
#
# A mask says True where a key is *blocked*. The attention makes scores of shape
# $(b, h, T_q, T_k)$, and masks arrive smaller:
#
# | shape of the mask | says |
# |---|---|
# | (T_q, T_k) | the same for all sequences and heads, as the causal mask does |
# | (b, T_q, T_k) | one for each sequence |
# | (b, 1, T_k) | one for each sequence, the same for all queries, as padding does |
# | four dimensions | taken as it is |
#
# Beware of (b, T_q, T_k): broadcasting lines dimensions up from the right, so $b$ would land on the
# heads. Where $b$ happens to equal $h$, nothing would even complain.
#
# ### Exercise: `MultiHeadAttention` (35 minutes, 11 points)
#
# Four `nn.Linear(d_model, d_model)` with bias: `W_query`, `W_key`, `W_value`, `out_proj`. Head $i$ takes the $i$-th
# run of $d_{model}/h$ neighbouring features, scores are divided by the root of the head's width, a blocked key
# gets a weight of exactly 0, dropout falls on the weights. Keep the weights of the latest call, before
# dropout and detached, in `last_attn_weights`: we will look at them.
#
# <details><summary>Hint 1</summary>
#
# `x.view(b, T, h, d // h).transpose(1, 2)` splits into heads. Queries and keys have different T.
# </details>
# <details><summary>Hint 2</summary>
#
# A mask of three dimensions needs one more, at the place of the heads: `mask.unsqueeze(1)`.
# </details>
# <details><summary>Hint 3</summary>
#
# Two sets of weights: one to keep, one that went through dropout and meets the values.
# </details>

# %% nbgrader={"grade": false, "grade_id": "MultiHeadAttention", "locked": false, "schema_version": 3, "solution": true, "task": false}
class MultiHeadAttention(nn.Module):
    """Attention with several heads; queries may come from another sequence than keys and values.

    Args:
        d_model: features in and out, a multiple of num_heads.
        num_heads: number of heads.
        dropout: share of the attention weights that are dropped in training.

    Attributes:
        W_query, W_key, W_value, out_proj: `nn.Linear(d_model, d_model)` with bias.
        last_attn_weights: (b, h, T_q, T_k), of the latest call, before dropout, detached.
    """

    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        ### BEGIN SOLUTION
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)
        ### END SOLUTION

    def forward(self, query, key, value, mask=None):
        """Attend from each query to all keys that are not blocked.

        Args:
            query: (b, T_q, d_model).
            key, value: (b, T_k, d_model).
            mask: True = blocked. (T_q, T_k), (b, T_q, T_k) or (b, 1, T_k): for all heads.
                Four dimensions: broadcast to (b, h, T_q, T_k) as it is.

        Returns:
            (b, T_q, d_model).
        """
        ### BEGIN SOLUTION
        queries = self.split_heads(self.W_query(query))
        keys = self.split_heads(self.W_key(key))
        values = self.split_heads(self.W_value(value))
        scores = queries @ keys.transpose(-2, -1) / math.sqrt(queries.shape[-1])
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            scores = scores.masked_fill(mask, -torch.inf)
        weights = torch.softmax(scores, dim=-1)
        self.last_attn_weights = weights.detach()
        context = self.dropout(weights) @ values
        return self.out_proj(context.transpose(1, 2).flatten(2))

    def split_heads(self, x):
        """(b, T, d_model) → (b, h, T, d_model / h)"""
        return x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_MultiHeadAttention_shapes", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: three queries look at five keys, with four heads of three features.
attention = checks.build(MultiHeadAttention, 12, 4, seed=1)
squares = {f"{name}.weight": (12, 12) for name in ("W_query", "W_key", "W_value", "out_proj")}
checks.parameters(attention, squares | {name.replace("weight", "bias"): (12,) for name in squares}, "MultiHeadAttention(12, 4)")
query, memory = torch.ones(2, 3, 12), torch.arange(120.0).reshape(2, 5, 12) / 60
made = checks.call(attention, query, memory, memory)
made.is_tensor((2, 3, 12))
kept = getattr(attention, "last_attn_weights", None)
checks.is_tensor(kept, "last_attn_weights after a call")
checks.holds(kept.dim() == 4 and kept.shape[1] == 4, "last_attn_weights needs a dimension for the heads, of the size num_heads: (b, h, T_q, T_k).")
checks.holds(kept.shape[-1] == 5, "last_attn_weights needs one weight for each of the five keys: keys come from the second argument.")
checks.is_tensor(kept, "last_attn_weights after a call", (2, 4, 3, 5))
checks.holds(checks.same(kept.sum(-1), torch.ones(2, 4, 3)), "last_attn_weights do not sum to 1 over the keys: is it the softmax over the last dimension?")
### BEGIN HIDDEN TESTS
checks.holds(not kept.requires_grad, "last_attn_weights carries its graph along: detach it.")
checks.call(attention, memory, query, query).is_tensor((2, 5, 12))
checks.is_tensor(attention.last_attn_weights, "last_attn_weights after a second call", (2, 4, 5, 3))
checks.call(attention, query[:1], memory[:1], memory[:1]).is_tensor((1, 3, 12))
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_MultiHeadAttention_values", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: where all queries are zero, no key is better than another.
attention = checks.build(MultiHeadAttention, 6, 3, seed=1)
x = torch.arange(24.0).reshape(1, 4, 6) / 10
checks.call(attention, x, x, x).is_tensor((1, 4, 6))
checks.parameters(attention, {"W_query.weight": (6, 6), "W_query.bias": (6,)}, "MultiHeadAttention(6, 3)", only=False)
with torch.no_grad():
    attention.W_query.weight.zero_()
    attention.W_query.bias.zero_()
checks.call(attention, x, x, x)
checks.equals(attention.last_attn_weights, torch.full((1, 3, 4, 4), 0.25), "last_attn_weights for queries of zeros")
### BEGIN HIDDEN TESTS
for size, (b, heads, d, T_q, T_k) in enumerate([(2, 2, 6, 3, 5), (3, 4, 8, 5, 2), (1, 1, 5, 4, 3)]):
    generator = torch.Generator().manual_seed(83 + size)
    attention = checks.build(MultiHeadAttention, d, heads, seed=size)
    with torch.no_grad():
        for p in attention.parameters():
            p.copy_(0.8 * torch.randn(p.shape, generator=generator))
    twin = pytorch_twin(attention, heads)
    query = torch.randn(b, T_q, d, generator=generator)
    key, value = torch.randn(2, b, T_k, d, generator=generator)
    right, right_weights = by_pytorch(twin, query, key, value)
    unscaled, wide = pytorch_twin(attention, heads), pytorch_twin(attention, heads)
    with torch.no_grad():
        unscaled.in_proj_weight[:d] *= (d / heads) ** 0.5
        unscaled.in_proj_bias[:d] *= (d / heads) ** 0.5
        wide.in_proj_weight[:d] /= heads**0.5
        wide.in_proj_bias[:d] /= heads**0.5
    keyless = pytorch_twin(attention, heads)
    with torch.no_grad():
        keyless.in_proj_weight[d:2 * d] = keyless.in_proj_weight[:d]
        keyless.in_proj_bias[d:2 * d] = keyless.in_proj_bias[:d]
    out = twin.out_proj
    checks.call(attention, query, key, value).equals(right, mistakes={
        "the scores are not divided by the root of the head's width.": by_pytorch(unscaled, query, key, value)[0],
        "the scores are divided by √d_model: each head's vectors are only d_model / num_heads wide.":
            by_pytorch(wide, query, key, value)[0],
        "the keys go through W_query, not through W_key.": by_pytorch(keyless, query, key, value)[0],
        "the keys are used as values.": by_pytorch(twin, query, key, key)[0],
        "the values are used as keys.": by_pytorch(twin, query, value, value)[0],
        "out_proj is not applied.": torch.linalg.solve(out.weight, (right - out.bias).transpose(1, 2)).transpose(1, 2),
    })
    checks.equals(attention.last_attn_weights, right_weights.detach(), "last_attn_weights")
    checks.takes_noncontiguous(attention, lambda *a: by_pytorch(twin, *a)[0], query, key, value)
    checks.gradients(attention, lambda *a: by_pytorch(twin, *a)[0], query, key, value)
    checks.call(attention.double(), query.double(), key.double(), value.double()).equals(
        by_pytorch(twin.double(), query.double(), key.double(), value.double())[0])
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_MultiHeadAttention_masks", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: a blocked key gets weight 0 from every head, in the sequence that blocks it.
attention = checks.build(MultiHeadAttention, 6, 2, seed=8)
x = torch.linspace(-1, 1, 36).reshape(2, 3, 6)
padding = torch.tensor([[[False, False, True]], [[True, False, False]]])  # (b, 1, T_k)
checks.call(attention, x, x, x, padding).is_tensor((2, 3, 6))
kept = attention.last_attn_weights
checks.is_tensor(kept, "last_attn_weights", (2, 2, 3, 3))
checks.holds(not (kept[0, :, :, 2] == 1).all(), "only the blocked key gets weight: True means blocked, not allowed.")
checks.holds(not kept[0, 0, :, 2].any() and not kept[1, 1, :, 0].any(), "a blocked key has weight: every score of a blocked key must be -inf before the softmax.")
checks.holds(not kept[0, :, :, 2].any() and not kept[1, :, :, 0].any(), "a head looks at the key that the other sequence blocks: a mask of three dimensions has one part for each sequence.")
checks.holds(checks.same(kept.sum(-1), torch.ones(2, 2, 3)), "with a mask the weights do not sum to 1: block the scores, before the softmax.")
### BEGIN HIDDEN TESTS
def random_mask(*shape, seed):
    """At least one key of each query is free."""
    drawn = torch.rand(shape, generator=torch.Generator().manual_seed(seed))
    return (drawn < 0.5) & (drawn > drawn.amin(-1, keepdim=True))

def spread(mask, b, heads):
    """A mask for each sequence and head, as PyTorch's attention takes it."""
    if mask.dim() == 3:
        mask = mask[:, None]
    return mask.expand(b, heads, T_q, T_k).flatten(0, 1)

for size, (b, heads, d, T_q, T_k) in enumerate([(2, 2, 6, 3, 5), (3, 4, 8, 5, 2), (4, 2, 6, 4, 4), (3, 3, 6, 1, 3)]):
    generator = torch.Generator().manual_seed(840 + size)
    attention = checks.build(MultiHeadAttention, d, heads, seed=size)
    twin = pytorch_twin(attention, heads)
    query = torch.randn(b, T_q, d, generator=generator)
    key, value = torch.randn(2, b, T_k, d, generator=generator)
    for shape in [(T_q, T_k), (b, T_q, T_k), (b, 1, T_k), (b, heads, T_q, T_k), (b, 1, T_q, T_k), (1, heads, 1, T_k)]:
        mask = random_mask(*shape, seed=size)
        right, right_weights = by_pytorch(twin, query, key, value, spread(mask, b, heads))
        other_way, free = by_pytorch(twin, query, key, value)[0], mask.logical_not()
        mistakes = {"the mask is not used.": other_way}
        if free.any(-1).all():
            mistakes["True means blocked, not allowed."] = (
                by_pytorch(twin, query, key, value, spread(free, b, heads))[0])
        if len(shape) == 3 and b == heads and shape[1] == T_q:
            mistakes["a mask of three dimensions has one part for each sequence, not for each head."] = (
                by_pytorch(twin, query, key, value, spread(mask[None], b, heads))[0])
        made = checks.call(attention, query, key, value, mask)
        made.equals(right, mistakes=mistakes)
        checks.equals(attention.last_attn_weights, right_weights.detach(), f"last_attn_weights with a mask of shape {shape}")
        blocked = spread(mask, b, heads).reshape(b, heads, T_q, T_k)
        checks.holds(not attention.last_attn_weights[blocked].any(), "a blocked key has a tiny weight: it should be exactly 0.")
    checks.gradients(lambda *a: attention(*a, mask=mask), lambda *a: by_pytorch(twin, *a, spread(mask, b, heads))[0], query, key, value)

# Scores far below any large negative number that one might fill in.
attention = checks.build(MultiHeadAttention, 4, 1)
with torch.no_grad():
    for p in attention.parameters():
        p.zero_()
    attention.W_query.bias.fill_(1e6)
    attention.W_key.weight.copy_(torch.eye(4))
low = torch.tensor([[[-1.0], [-2.0], [-3.0]]]).expand(1, 3, 4) * 1e6
checks.call(attention, low, low, low, torch.tensor([[True, False, False]] * 3))
checks.equals(attention.last_attn_weights, torch.tensor([[[[0.0, 1.0, 0.0]] * 3]]), "last_attn_weights for scores of -2e12", mistakes={
    "a large negative number in place of a blocked score still wins against lower scores: use -inf.":
        torch.tensor([[[[1.0, 0.0, 0.0]] * 3]]),
})
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_MultiHeadAttention_dropout", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: the weights that are kept are those before dropout, the same in both modes.
attention = checks.build(MultiHeadAttention, 6, 2, 0.5, seed=1)
x = torch.linspace(-1, 1, 24).reshape(1, 4, 6)
checks.call(attention.train(), x, x, x)
in_training = attention.last_attn_weights
checks.call(attention.eval(), x, x, x)
checks.holds(checks.same(in_training, attention.last_attn_weights), "last_attn_weights change in training: keep those before dropout.")
### BEGIN HIDDEN TESTS
# Each query gives each of four keys a quarter; the value of each key is one feature of its own.
attention = checks.build(MultiHeadAttention, 4, 1, dropout=0.25)
both = {f"{name}.{kind}": shape for name in ("W_value", "out_proj") for kind, shape in (("weight", (4, 4)), ("bias", (4,)))}
checks.parameters(attention, both, "MultiHeadAttention(4, 1)", only=False)
with torch.no_grad():
    for p in attention.parameters():
        p.zero_()
    attention.W_value.weight.copy_(torch.eye(4))
    attention.out_proj.weight.copy_(torch.eye(4))
eye = torch.eye(4).expand(500, 4, 4)
quarter = torch.full((500, 4, 4), 0.25)
checks.call(attention.eval(), eye, eye, eye).equals(quarter)
made = checks.call(attention.train(), eye, eye, eye)
checks.drops(made.result.flatten(), quarter.flatten() / 0.75, 0.25, "the attention weights in training (dropout=0.25)", mistakes={
    "those that stay are not scaled by 1 / (1 - p).": quarter.flatten(),
})
checks.is_tensor(checks.call(checks.build(MultiHeadAttention, 4, 2), eye, eye, eye).result, "no dropout", (500, 4, 4))

# Values of one: dropped weights sum to 0, 1/3, 2/3, 1 or 4/3; a dropped output is 0 or 4/3.
with torch.no_grad():
    attention.W_value.weight.zero_()
    attention.W_value.bias.fill_(1.0)
sums = checks.call(attention, eye, eye, eye).result
partly = ((sums > 0.1) & (sums < 1.2)).any().item()
checks.holds(partly, "dropout falls on what the weights sum up to: it belongs on the weights themselves.")
### END HIDDEN TESTS

# %%
attention = MultiHeadAttention(512, 8)
source, target = torch.zeros(2, 10, 512), torch.zeros(2, 7, 512)
print("cross-attention:", list(attention(target, source, source).shape))
print("its weights:    ", list(attention.last_attn_weights.shape), "= b, heads, T_q, T_k")

# %% [markdown]
# What does a network with a fixed order of dimensions do when it is given another? PyTorch's
# attention expects the tokens first and the batch second unless `batch_first=True` is said. One of
# the lessons behind this course forgot it. Nothing fails, the shapes fit, and the sequences of a batch attend to each
# other:

# %%
torch.manual_seed(0)
x = torch.randn(2, 5, 16)  # (b, T, d)
changed = x.clone()
changed[1] += 1  # only sequence 1
for batch_first in (False, True):
    layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=batch_first)
    same = torch.allclose(layer(x)[0], layer(changed)[0], atol=1e-5)
    print(f"batch_first={batch_first!s:5}  output of sequence 0 stays the same: {same}")

# %% [markdown]
# ## 8.5 A layer: before or after?
#
# A sublayer, a residual connection and a normalization can be put together in two ways:
#
# | name | formula | used by |
# |---|---|---|
# | post-norm | $x \leftarrow \text{norm}(x + \text{dropout}(\text{sublayer}(x)))$ | the Transformer of 2017, BERT |
# | pre-norm | $x \leftarrow x + \text{dropout}(\text{sublayer}(\text{norm}(x)))$ | GPT-2 and nearly everything since |
#
# In pre-norm a straight line of additions leads from the first layer to the last, and gradients
# run back along it unchanged. In post-norm every layer's normalization stands in the way. We will
# measure it when both are built.
#
# Mind two things in pre-norm. Queries, keys and values are all the *normalized* x; what is added to the
# sublayer's output is x as it was.
#
# ### Exercise: `EncoderLayer` (15 minutes, 5 points)
#
# Pre-norm, with two sublayers: `self_attention`, called as `self_attention(q, k, v, mask)`, and
# `feed_forward`. The norms are called `norm1` and `norm2`. Use `nn.LayerNorm` for them, or your own: they are the same.
# Dropout falls on each sublayer's output before it is added.
#
# <details><summary>Hint</summary>
#
# Two lines in `forward` are enough, one for each sublayer. Keep the normalized x in a variable: it is used
# three times.
# </details>

# %% nbgrader={"grade": false, "grade_id": "EncoderLayer", "locked": false, "schema_version": 3, "solution": true, "task": false}
class EncoderLayer(nn.Module):
    """Self-attention, then feed-forward, each normalized before and added after (pre-norm).

    Args:
        self_attention: module, called as self_attention(query, key, value, mask).
        feed_forward: module, called with one tensor.
        d_model: number of features.
        dropout: share of each sublayer's output that is dropped in training.

    Attributes:
        norm1, norm2: before the first and the second sublayer.
    """

    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        ### BEGIN SOLUTION
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)
        ### END SOLUTION

    def forward(self, x, mask=None):
        """x: (b, T, d_model), mask: as the attention takes it → (b, T, d_model)."""
        ### BEGIN SOLUTION
        normed = self.norm1(x)
        x = x + self.dropout(self.self_attention(normed, normed, normed, mask))
        return x + self.dropout(self.feed_forward(self.norm2(x)))
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_EncoderLayer_residual", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: an attention that always says 1 and a feed-forward that always says 10, on top of x.
layer = checks.build(EncoderLayer, Always(1.0), Always(10.0), 3, dropout=0.0)
x = torch.tensor([[[1.0, 2.0, 6.0], [0.0, -3.0, 3.0]]])
checks.call(layer, x).equals(torch.tensor([[[12.0, 13.0, 17.0], [11.0, 8.0, 14.0]]]), mistakes={
    "x is not added to what the feed-forward gives.": torch.full((1, 2, 3), 10.0),
    "x is not added to what the attention gives.": torch.full((1, 2, 3), 11.0),
    "this is post-norm: pre-norm normalizes what goes into a sublayer, not what comes out.":
        torch.tensor([[[-0.9258, -0.4629, 1.3887], [0.0, -1.2247, 1.2247]]]),
    "the attention's sum adds the normalized x: add x as it was.":
        torch.tensor([[[10.0742, 10.5371, 12.3887], [11.0, 9.7753, 12.2247]]]),
})
checks.parameters(layer, {f"norm{i}.{kind}": (3,) for i in (1, 2) for kind in ("weight", "bias")},
                  "EncoderLayer(..., d_model=3)", only=False)
### BEGIN HIDDEN TESTS
# With next to everything dropped, x comes back as it was.
for attention, ffn, what in [(1.0, 0.0, "attention"), (0.0, 1.0, "feed-forward")]:
    layer = checks.build(EncoderLayer, Always(attention), Always(ffn), 3, dropout=1 - 1e-9)
    checks.call(layer.train(), x).equals(x, mistakes={
        f"the {what}'s output is not dropped in training.": x + 1,
        f"the {what}'s sum with x is dropped: drop its output before it is added.": torch.zeros_like(x),
    })
    checks.call(layer.eval(), x).equals(x + 1)
layer = checks.build(EncoderLayer, Always(2.0), Always(0.0), 3, dropout=0.25)
x = torch.arange(3000.0).reshape(2, 500, 3) % 17
_ = checks.drops((checks.call(layer.train(), x).result - x).flatten(), torch.full_like(x, 2 / 0.75).flatten(), 0.25, "the attention's output in training (dropout=0.25)")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_EncoderLayer_pytorch", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: the layer keeps the shape, with PyTorch's parts in it, and needs no mask.
parts = GivenAttention(nn.MultiheadAttention(6, 2, batch_first=True)), nn.Linear(6, 6)
layer = checks.build(EncoderLayer, *parts, 6)
checks.call(layer, torch.ones(2, 5, 6)).is_tensor((2, 5, 6))
padding = torch.tensor([[[False, False, False, False, True]]] * 2)
checks.call(layer, torch.ones(2, 5, 6), padding).is_tensor((2, 5, 6))
### BEGIN HIDDEN TESTS
def pytorch_encoder_layer(d, heads, d_ff, norm_first, seed):
    """PyTorch's layer, and its parts as this chapter calls them."""
    torch.manual_seed(seed)
    twin = nn.TransformerEncoderLayer(d, heads, d_ff, dropout=0.0, batch_first=True, norm_first=norm_first)
    with torch.no_grad():
        for p in twin.parameters():
            p.normal_(0, 0.6)
    ffn = nn.Sequential(twin.linear1, nn.ReLU(), twin.linear2)
    return twin, (GivenAttention(twin.self_attn), ffn)

def flat_mask(mask, T_q, heads):
    """(b, T_q or 1, T_k) as PyTorch's layers take it: one mask for each sequence and head."""
    return mask.expand(len(mask), T_q, mask.shape[-1]).repeat_interleave(heads, dim=0)

for b, T, d, heads in [(2, 5, 6, 2), (3, 4, 8, 4), (1, 1, 4, 1)]:
    twin, parts = pytorch_encoder_layer(d, heads, 7, True, 85)
    layer = checks.build(EncoderLayer, *parts, d, 0.0)
    twin.load_state_dict(random_norms(layer, ["norm1", "norm2"], 85), strict=False)
    generator = torch.Generator().manual_seed(86)
    x = torch.randn(b, T, d, generator=generator)
    mask = torch.rand(b, T, T, generator=generator) < 0.4
    mask[:, :, 0] = False
    flat = flat_mask(mask, T, heads)
    right, n1 = twin(x), F.layer_norm(x, (d,), twin.norm1.weight, twin.norm1.bias)
    swapped = random_norms(twin, ["norm2", "norm1"], 85) and twin(x)
    twin.load_state_dict(random_norms(layer, ["norm1", "norm2"], 85), strict=False)
    seen, seen_normed = parts[0](n1, x, x), parts[0](n1, n1, n1)
    checks.call(layer, x).equals(right, mistakes={
        "norm1 and norm2 are exchanged.": swapped,
        "one norm is used for both sublayers.": x + seen_normed + parts[1](twin.norm1(x + seen_normed)),
        "the feed-forward gets x, not what the attention made of it.": x + seen_normed + parts[1](twin.norm2(x)),
        "keys and values are not normalized: the attention is self-attention over the normalized x.":
            x + seen + parts[1](twin.norm2(x + seen)),
        "the feed-forward is given x without normalization.":
            x + parts[0](n1, n1, n1) + parts[1](x + parts[0](n1, n1, n1)),
        "the attention is given x without normalization.":
            x + parts[0](x, x, x) + parts[1](twin.norm2(x + parts[0](x, x, x))),
    })
    checks.call(layer, x, mask).equals(twin(x, src_mask=flat), mistakes={"the mask does not reach the attention.": right})
    checks.call(layer, x, mask=mask[:, :1]).equals(twin(x, src_mask=flat_mask(mask[:, :1], T, heads)))
    checks.gradients(layer, twin, x)
    checks.takes_noncontiguous(layer, twin, x)
    checks.call(layer.double(), x.double()).equals(right.double(), atol=1e-4)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise: `PostNormEncoderLayer` (10 minutes, 4 points)
#
# The same parts in the order of 2017: each norm comes after the sum.

# %% nbgrader={"grade": false, "grade_id": "PostNormEncoderLayer", "locked": false, "schema_version": 3, "solution": true, "task": false}
class PostNormEncoderLayer(nn.Module):
    """Self-attention, then feed-forward, each added and then normalized (post-norm).

    Args:
        self_attention: module, called as self_attention(query, key, value, mask).
        feed_forward: module, called with one tensor.
        d_model: number of features.
        dropout: share of each sublayer's output that is dropped in training.

    Attributes:
        norm1, norm2: after the first and the second sum.
    """

    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        ### BEGIN SOLUTION
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)
        ### END SOLUTION

    def forward(self, x, mask=None):
        """x: (b, T, d_model), mask: as the attention takes it → (b, T, d_model)."""
        ### BEGIN SOLUTION
        x = self.norm1(x + self.dropout(self.self_attention(x, x, x, mask)))
        return self.norm2(x + self.dropout(self.feed_forward(x)))
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_PostNormEncoderLayer_residual", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: parts that always say the same number change nothing once the sum is normalized.
layer = checks.build(PostNormEncoderLayer, Always(1.0), Always(10.0), 3, dropout=0.0)
x = torch.tensor([[[1.0, 2.0, 6.0], [0.0, -3.0, 3.0]]])
right = torch.tensor([[[-0.9258, -0.4629, 1.3887], [0.0, -1.2247, 1.2247]]])
checks.call(layer, x).equals(right, atol=1e-4, mistakes={
    "this is pre-norm: nothing normalizes the sum.": x + 11,
    "the last sum is not normalized.": right + 10,
    "x is not added to what the feed-forward gives.": torch.zeros(1, 2, 3),
    "the sublayer's output is normalized, and x added after that: normalize the sum.": x,
})
checks.parameters(layer, {f"norm{i}.{kind}": (3,) for i in (1, 2) for kind in ("weight", "bias")},
                  "PostNormEncoderLayer(..., d_model=3)", only=False)
### BEGIN HIDDEN TESTS
ramp = Always([-3.0, 0.0, 3.0])  # a norm does not undo it
for attention, ffn, what in [(ramp, Always(0.0), "attention"), (Always(0.0), ramp, "feed-forward")]:
    layer = checks.build(PostNormEncoderLayer, attention, ffn, 3, dropout=1 - 1e-9)
    kept = checks.call(layer.eval(), x).result
    checks.call(layer.train(), x).equals(right, atol=1e-4, mistakes={
        f"the {what}'s output is not dropped in training.": kept,
        f"the {what}'s sum with x is dropped: drop its output before it is added.": torch.zeros_like(x),
    })
    checks.holds((kept - right).abs().max() > 0.1, f"the {what}'s output does not reach the result in evaluation mode.")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_PostNormEncoderLayer_pytorch", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: the layer keeps the shape, with PyTorch's parts in it, and every token leaves normalized.
parts = GivenAttention(nn.MultiheadAttention(6, 2, batch_first=True)), nn.Linear(6, 6)
layer = checks.build(PostNormEncoderLayer, *parts, 6)
made = checks.call(layer, torch.linspace(-1, 1, 60).reshape(2, 5, 6).sin())
made.is_tensor((2, 5, 6))
checks.holds(checks.same(made.result.mean(-1), torch.zeros(2, 5)), "the tokens do not leave normalized: the norm comes after the sum.")
### BEGIN HIDDEN TESTS
def pytorch_post_layer(d, heads, seed):
    """PyTorch's layer, and its parts as this chapter calls them."""
    torch.manual_seed(seed)
    twin = nn.TransformerEncoderLayer(d, heads, 7, dropout=0.0, batch_first=True, norm_first=False)
    with torch.no_grad():
        for p in twin.parameters():
            p.normal_(0, 0.6)
    return twin, (GivenAttention(twin.self_attn), nn.Sequential(twin.linear1, nn.ReLU(), twin.linear2))

for b, T, d, heads in [(2, 5, 6, 2), (3, 4, 8, 4), (1, 1, 4, 1)]:
    twin, parts = pytorch_post_layer(d, heads, 87)
    layer = checks.build(PostNormEncoderLayer, *parts, d, 0.0)
    twin.load_state_dict(random_norms(layer, ["norm1", "norm2"], 87), strict=False)
    generator = torch.Generator().manual_seed(88)
    x = torch.randn(b, T, d, generator=generator)
    mask = torch.rand(b, T, T, generator=generator) < 0.4
    mask[:, :, 0] = False
    flat = mask.repeat_interleave(heads, dim=0)
    right, sum1 = twin(x), x + parts[0](x, x, x)
    swapped = random_norms(twin, ["norm2", "norm1"], 87) and twin(x)
    twin.load_state_dict(random_norms(layer, ["norm1", "norm2"], 87), strict=False)
    checks.call(layer, x).equals(right, mistakes={
        "norm1 and norm2 are exchanged.": swapped,
        "one norm is used for both sums.": twin.norm1(twin.norm1(sum1) + parts[1](twin.norm1(sum1))),
        "the first sum is not normalized.": twin.norm2(sum1 + parts[1](sum1)),
        "the second sum adds x as it was at the start: add what norm1 gave.":
            twin.norm2(x + parts[1](twin.norm1(sum1))),
        "the second sum adds what was there before norm1: add what norm1 gave.":
            twin.norm2(sum1 + parts[1](twin.norm1(sum1))),
    })
    checks.call(layer, x, mask).equals(twin(x, src_mask=flat), mistakes={"the mask does not reach the attention.": right})
    checks.call(layer, x, mask=mask[:, :1]).equals(twin(x, src_mask=mask[:, :1].expand(b, T, T).repeat_interleave(heads, 0)))
    checks.gradients(layer, twin, x)
    checks.takes_noncontiguous(layer, twin, x)
    checks.call(layer.double(), x.double()).equals(right.double(), atol=1e-4)
### END HIDDEN TESTS

# %% [markdown]
# How large is a layer? At the size of 2017, with your parts. The sources behind this course leave the
# biases of the four attention matrices out, and count 3,150,336.

# %%
def encoder_layer(d_model, num_heads, d_ff, dropout=0.1, kind=EncoderLayer):
    """A layer from this notebook's own parts."""
    attention = MultiHeadAttention(d_model, num_heads, dropout)
    return kind(attention, FeedForward(d_model, d_ff, dropout), d_model, dropout)


def count(module):
    return sum(p.numel() for p in module.parameters())


layer = encoder_layer(512, 8, 2048)
attention_biases = 4 * 512
print(f"feed-forward:                   {count(layer.feed_forward):,}")
print(f"the layer:                      {count(layer):,}")
print(f"without the attention's biases: {count(layer) - attention_biases:,}")
print(f"nn.TransformerEncoderLayer:     {count(nn.TransformerEncoderLayer(512, 8, 2048)):,}")

# %% [markdown]
# And the two orders? Stacks of 2 to 32 layers are built, and one step of learning is prepared: how large
# is the gradient that arrives at the last layer's feed-forward matrix?

# %% tags=["nbval-ignore-output"] alt="Line chart of the gradient at the last layer against the number of layers, both logarithmic: with pre-norm it falls as the stack grows, with post-norm it stays as large."
def last_gradient(kind, depth):
    """The length of the gradient at the last of this many layers, before any training."""
    torch.manual_seed(0)
    layers = [encoder_layer(64, 4, 128, dropout=0.0, kind=kind) for _ in range(depth)]
    for p in (p for layer in layers for p in layer.parameters() if p.dim() > 1):
        nn.init.xavier_uniform_(p)
    x, head = torch.randn(8, 10, 64), nn.Linear(64, 10)
    for layer in layers:
        x = layer(x)
    if kind is EncoderLayer:
        x = F.layer_norm(x, (64,))  # as the stack does it that we build below
    F.cross_entropy(head(x).flatten(0, 1), torch.randint(10, (80,))).backward()
    return layers[-1].feed_forward.linear1.weight.grad.norm().item()


depths = [2, 4, 8, 16, 32]
fig, ax = plt.subplots()
for name, kind in [("post-norm", PostNormEncoderLayer), ("pre-norm", EncoderLayer)]:
    ax.loglog(depths, [last_gradient(kind, depth) for depth in depths], marker="o", label=name)
ax.set(xlabel="layers in the stack", ylabel="length of the gradient", title="What arrives at the last layer")
ax.set_xticks(depths, labels=depths)
ax.minorticks_off()
ax.legend()
plt.show()

# %% [markdown]
# With pre-norm, every layer adds its part to a sum that grows, and the more layers there are, the less hangs on each. With post-norm
# the last layer is pulled as hard in a deep stack as in a shallow one, and the first steps of training overshoot.
# That is why the model of 2017 had to be trained with a careful *warm-up*: tiny steps first (Xiong
# et al. 2020, [arXiv:2002.04745](https://arxiv.org/abs/2002.04745)).
#
# ## 8.6 The decoder layer
#
# A decoder layer has a third sublayer between the two: **cross-attention**. The queries come from
# the target, keys and values are the memory, which is what the encoder made of the source.
#
# ### Exercise: `DecoderLayer` (15 minutes, 6 points)
#
# Pre-norm: `norm1` before self-attention, `norm2` before cross-attention (on the queries alone: the memory comes
# normalized from the encoder), `norm3` before the feed-forward. `self_mask` is for
# the self-attention, `memory_mask` for the cross-attention.

# %% nbgrader={"grade": false, "grade_id": "DecoderLayer", "locked": false, "schema_version": 3, "solution": true, "task": false}
class DecoderLayer(nn.Module):
    """Self-attention, cross-attention, feed-forward, each normalized before and added after.

    Args:
        self_attention, cross_attention: modules, called as attention(query, key, value, mask).
        feed_forward: module, called with one tensor.
        d_model: number of features.
        dropout: share of each sublayer's output that is dropped in training.

    Attributes:
        norm1, norm2, norm3: before the first, second and third sublayer.
    """

    def __init__(self, self_attention, cross_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        ### BEGIN SOLUTION
        self.self_attention = self_attention
        self.cross_attention = cross_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.norm3 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)
        ### END SOLUTION

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        """One layer of the decoder.

        Args:
            x: the target, (b, T_q, d_model).
            memory: the encoder's output, (b, T_k, d_model).
            self_mask, memory_mask: as the two attentions take them.

        Returns:
            (b, T_q, d_model).
        """
        ### BEGIN SOLUTION
        normed = self.norm1(x)
        x = x + self.dropout(self.self_attention(normed, normed, normed, self_mask))
        x = x + self.dropout(self.cross_attention(self.norm2(x), memory, memory, memory_mask))
        return x + self.dropout(self.feed_forward(self.norm3(x)))
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_DecoderLayer_residual", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: parts that always say 1, 10 and 100, on top of x. The source is longer than the target.
layer = checks.build(DecoderLayer, Always(1.0), Always(10.0), Always(100.0), 3, dropout=0.0)
x, memory = torch.tensor([[[1.0, 2.0, 6.0], [0.0, -3.0, 3.0]]]), torch.zeros(1, 5, 3)
checks.call(layer, x, memory).equals(x + 111, mistakes={
    "the self-attention's output is missing.": x + 110,
    "the cross-attention's output is missing.": x + 101,
    "the feed-forward's output is missing.": x + 11,
    "x is not added to what the self-attention gives.": torch.full((1, 2, 3), 111.0),
    "x is not added to what the cross-attention gives.": torch.full((1, 2, 3), 110.0),
    "x is not added to what the feed-forward gives.": torch.full((1, 2, 3), 100.0),
    "the self-attention is used in place of the cross-attention.": x + 102,
    "this is post-norm: pre-norm normalizes what goes into a sublayer, not what comes out.":
        torch.tensor([[[-0.9258, -0.4629, 1.3887], [0.0, -1.2247, 1.2247]]]),
})
checks.parameters(layer, {f"norm{i}.{kind}": (3,) for i in (1, 2, 3) for kind in ("weight", "bias")},
                  "DecoderLayer(..., d_model=3)", only=False)
### BEGIN HIDDEN TESTS
names = ["self-attention", "cross-attention", "feed-forward"]
for position, what in enumerate(names):
    numbers = [float(i == position) for i in range(3)]
    layer = checks.build(DecoderLayer, *map(Always, numbers), 3, dropout=1 - 1e-9)
    checks.call(layer.train(), x, memory).equals(x, mistakes={
        f"the {what}'s output is not dropped in training.": x + 1,
        f"the {what}'s sum with x is dropped: drop its output before it is added.": torch.zeros_like(x),
    })
    checks.call(layer.eval(), x, memory).equals(x + 1)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_DecoderLayer_pytorch", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# Test: three target tokens, five source tokens, PyTorch's parts; masks are not needed.
attentions = [GivenAttention(nn.MultiheadAttention(6, 2, batch_first=True)) for _ in range(2)]
layer = checks.build(DecoderLayer, *attentions, nn.Linear(6, 6), 6)
checks.call(layer, torch.ones(2, 3, 6), torch.ones(2, 5, 6)).is_tensor((2, 3, 6))
padding = torch.tensor([[[False, False, False, False, True]]] * 2)
checks.call(layer, torch.ones(2, 3, 6), torch.ones(2, 5, 6), memory_mask=padding).is_tensor((2, 3, 6))
### BEGIN HIDDEN TESTS
def pytorch_decoder_layer(d, heads, seed):
    """PyTorch's layer, and its parts as this chapter calls them."""
    torch.manual_seed(seed)
    twin = nn.TransformerDecoderLayer(d, heads, 7, dropout=0.0, batch_first=True, norm_first=True)
    with torch.no_grad():
        for p in twin.parameters():
            p.normal_(0, 0.6)
    ffn = nn.Sequential(twin.linear1, nn.ReLU(), twin.linear2)
    return twin, (GivenAttention(twin.self_attn), GivenAttention(twin.multihead_attn), ffn)

for b, T_q, T_k, d, heads in [(2, 3, 5, 6, 2), (3, 5, 4, 8, 4), (1, 1, 3, 4, 1)]:
    twin, parts = pytorch_decoder_layer(d, heads, 89)
    layer = checks.build(DecoderLayer, *parts, d, 0.0)
    norms = ["norm1", "norm2", "norm3"]
    twin.load_state_dict(random_norms(layer, norms, 89), strict=False)
    generator = torch.Generator().manual_seed(90)
    x, memory = (torch.randn(b, T, d, generator=generator) for T in (T_q, T_k))
    self_mask = torch.rand(b, T_q, T_q, generator=generator) < 0.4
    memory_mask = torch.rand(b, 1, T_k, generator=generator) < 0.5
    self_mask[:, :, 0] = memory_mask[:, :, 0] = False
    memory_mask[:, :, 1] = True
    wide = {"tgt_mask": self_mask.repeat_interleave(heads, 0),
            "memory_mask": memory_mask.expand(b, T_q, T_k).repeat_interleave(heads, 0)}
    with torch.no_grad():
        n1 = twin.norm1(x)
        first = x + parts[0](n1, n1, n1)
        n2 = twin.norm2(first)
        wrong = {
            "the memory is normalized too: norm2 is for the queries alone.": first + parts[1](n2, twin.norm2(memory), twin.norm2(memory)),
            "the cross-attention's queries are not normalized.": first + parts[1](first, memory, memory),
            "the cross-attention looks at the target: its keys and values are the memory.": first + parts[1](n2, n2, n2),
        }
        mistakes = {text: second + parts[2](twin.norm3(second)) for text, second in wrong.items()}
        across = x + parts[1](n1, memory, memory)
        across = across + parts[0](*[twin.norm2(across)] * 3)
        mistakes["cross-attention comes before self-attention."] = across + parts[2](twin.norm3(across))
        crossed = x + parts[1](n1, n1, n1)
        crossed = crossed + parts[0](twin.norm2(crossed), memory, memory)
        mistakes["the two attentions are exchanged."] = crossed + parts[2](twin.norm3(crossed))
    right = twin(x, memory)
    checks.call(layer, x, memory).equals(right, mistakes=mistakes)
    masked = twin(x, memory, **wide)
    checks.call(layer, x, memory, self_mask, memory_mask).equals(masked, mistakes={
        "the masks are not used.": right,
        "the memory_mask is not used.": twin(x, memory, tgt_mask=wide["tgt_mask"]),
        "the self_mask is not used.": twin(x, memory, memory_mask=wide["memory_mask"]),
    })
    checks.call(layer, x, memory, memory_mask=memory_mask).equals(twin(x, memory, memory_mask=wide["memory_mask"]))
    checks.call(layer, x, memory, self_mask=self_mask[:, :1]).equals(
        twin(x, memory, tgt_mask=self_mask[:, :1].expand(b, T_q, T_q).repeat_interleave(heads, 0)))
    checks.gradients(layer, twin, x, memory)
    checks.takes_noncontiguous(layer, twin, x, memory)
    checks.call(layer.double(), x.double(), memory.double()).equals(right.double(), atol=1e-4)
### END HIDDEN TESTS

# %% [markdown]
# ## 8.7 The stacks
#
# An encoder is a pile of encoder layers, a decoder one of decoder layers. In pre-norm nothing has
# normalized the last sum, so each stack ends with a norm of its own.
#
# ### Exercise: `Encoder` (5 minutes, 3 points)
#
# The layers are given as a list. A plain list hides them from `parameters()`: put them into an
# `nn.ModuleList`. The last norm is called `norm`.

# %% nbgrader={"grade": false, "grade_id": "Encoder", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Encoder(nn.Module):
    """Encoder layers one after the other, then a norm.

    Args:
        layers: list of modules, each called as layer(x, mask).
        d_model: number of features.

    Attributes:
        norm: after the last layer.
    """

    def __init__(self, layers, d_model):
        super().__init__()
        ### BEGIN SOLUTION
        self.layers = nn.ModuleList(layers)
        self.norm = nn.LayerNorm(d_model)
        ### END SOLUTION

    def forward(self, x, mask=None):
        """x: (b, T, d_model), mask: as the layers take it → (b, T, d_model)."""
        ### BEGIN SOLUTION
        for layer in self.layers:
            x = layer(x, mask)
        return self.norm(x)
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_Encoder_values", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: two layers that are linear maps, then the norm. All of their parameters are found.
layers = [GivenLayer(3), GivenLayer(3)]
encoder = checks.build(Encoder, layers, 3)
made = checks.call(encoder, torch.arange(12.0).reshape(2, 2, 3) ** 2)
made.is_tensor((2, 2, 3))
checks.holds(checks.same(made.result.mean(-1), torch.zeros(2, 2)), "the result is not normalized: the norm comes after the last layer.")
checks.parameters(encoder, {"norm.weight": (3,), "norm.bias": (3,)}, "Encoder(layers, 3)", only=False)
found = sum(p.numel() for p in encoder.parameters())
checks.holds(found == 2 * 12 + 6, f"{found} parameters are found, expected 30: a plain list hides the layers, nn.ModuleList registers them.")
### BEGIN HIDDEN TESTS
for number, d in [(1, 4), (2, 5), (3, 4)]:
    generator = torch.Generator().manual_seed(91)
    layers = [GivenLayer(d, generator) for _ in range(number)]
    encoder = checks.build(Encoder, layers, d)
    final = random_norms(encoder, ["norm"], 91)

    def right_stack(x, mask=None, order=layers):
        for layer in order:
            x = layer(x, mask)
        return F.layer_norm(x, x.shape[-1:], final["norm.weight"].to(x.dtype), final["norm.bias"].to(x.dtype))

    x = torch.randn(2, 3, d, generator=generator)
    mask = torch.rand(2, 1, 3, generator=generator) < 0.5
    mask[:, :, 0], mask[:, :, 1] = False, True
    each = x
    for layer in layers:
        each = F.layer_norm(layer(each, None), (d,), final["norm.weight"], final["norm.bias"])
    bare = summed = x
    for layer in layers:
        bare, summed = layer(bare, None), summed + layer(summed, None)
    summed = F.layer_norm(summed, (d,), final["norm.weight"], final["norm.bias"])
    checks.call(encoder, x).equals(right_stack(x), mistakes={
        "the last norm is missing.": bare,
        "the norm stands after every layer: only the last sum is normalized.": each,
        "the layers are used from last to first.": right_stack(x, order=layers[::-1]),
        "only the first layer is used.": right_stack(x, order=layers[:1]),
        "the first layer is used again and again.": right_stack(x, order=layers[:1] * number),
        "each layer is given the first x: give it what the layer before made.": right_stack(x, order=layers[-1:]),
        "the layers' outputs are added up: each layer adds its input itself.": summed,
    })
    checks.call(encoder, x, mask).equals(right_stack(x, mask), mistakes={
        "the mask does not reach the layers.": right_stack(x),
    })
    checks.gradients(encoder, right_stack, x)
    checks.trains(encoder, x, what="Encoder")
    checks.call(encoder.double(), x.double()).equals(right_stack(x.double()), atol=1e-4)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise: `Decoder` (5 minutes, 3 points)
#
# The same for decoder layers: every layer gets the same memory.

# %% nbgrader={"grade": false, "grade_id": "Decoder", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Decoder(nn.Module):
    """Decoder layers one after the other, then a norm.

    Args:
        layers: list of modules, each called as layer(x, memory, self_mask, memory_mask).
        d_model: number of features.

    Attributes:
        norm: after the last layer.
    """

    def __init__(self, layers, d_model):
        super().__init__()
        ### BEGIN SOLUTION
        self.layers = nn.ModuleList(layers)
        self.norm = nn.LayerNorm(d_model)
        ### END SOLUTION

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        """x: (b, T_q, d_model), memory: (b, T_k, d_model), two masks → (b, T_q, d_model)."""
        ### BEGIN SOLUTION
        for layer in self.layers:
            x = layer(x, memory, self_mask, memory_mask)
        return self.norm(x)
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_Decoder_values", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: two layers, then the norm. The memory is longer than the target.
decoder = checks.build(Decoder, [GivenCrossLayer(3), GivenCrossLayer(3)], 3)
made = checks.call(decoder, torch.arange(12.0).reshape(2, 2, 3) ** 2, torch.ones(2, 4, 3))
made.is_tensor((2, 2, 3))
checks.holds(checks.same(made.result.mean(-1), torch.zeros(2, 2)), "the result is not normalized: the norm comes after the last layer.")
checks.parameters(decoder, {"norm.weight": (3,), "norm.bias": (3,)}, "Decoder(layers, 3)", only=False)
found = sum(p.numel() for p in decoder.parameters())
checks.holds(found == 2 * 12 + 6, f"{found} parameters are found, expected 30: a plain list hides the layers, nn.ModuleList registers them.")
### BEGIN HIDDEN TESTS
for number, d in [(1, 4), (2, 5), (3, 4)]:
    generator = torch.Generator().manual_seed(92)
    layers = [GivenCrossLayer(d, generator) for _ in range(number)]
    decoder = checks.build(Decoder, layers, d)
    final = random_norms(decoder, ["norm"], 92)

    def right_decoder(x, memory, self_mask=None, memory_mask=None, order=layers):
        for layer in order:
            x = layer(x, memory, self_mask, memory_mask)
        return F.layer_norm(x, x.shape[-1:], final["norm.weight"].to(x.dtype), final["norm.bias"].to(x.dtype))

    x, memory = torch.randn(2, 3, d, generator=generator), torch.randn(2, 4, d, generator=generator)
    self_mask = torch.rand(2, 3, 3, generator=generator) < 0.4
    memory_mask = torch.rand(2, 1, 4, generator=generator) < 0.4
    self_mask[:, :, 0] = memory_mask[:, :, 0] = False
    self_mask[:, 2, 1] = memory_mask[:, :, 1] = True
    bare = each = fed = x
    chained = x, memory
    for layer in layers:
        fed, chained = layer(fed, fed, None, None), (layer(*chained, None, None),) * 2
        bare = layer(bare, memory, None, None)
        each = F.layer_norm(layer(each, memory, None, None), (d,), final["norm.weight"], final["norm.bias"])
    checks.call(decoder, x, memory).equals(right_decoder(x, memory), mistakes={
        "the last norm is missing.": bare,
        "the norm stands after every layer: only the last sum is normalized.": each,
        "the layers are used from last to first.": right_decoder(x, memory, order=layers[::-1]),
        "only the first layer is used.": right_decoder(x, memory, order=layers[:1]),
        "the first layer is used again and again.": right_decoder(x, memory, order=layers[:1] * number),
        "only the last layer is used.": right_decoder(x, memory, order=layers[-1:]),
        "the memory is normalized: it comes as it should be.": right_decoder(
            x, F.layer_norm(memory, (d,), final["norm.weight"], final["norm.bias"])),
        "the target is used as the memory.": F.layer_norm(fed, (d,), final["norm.weight"], final["norm.bias"]),
        "a layer's output becomes the memory of the next: all get the same memory.":
            F.layer_norm(chained[0], (d,), final["norm.weight"], final["norm.bias"]),
    })
    checks.call(decoder, x, memory, self_mask, memory_mask).equals(right_decoder(x, memory, self_mask, memory_mask), mistakes={
        "the masks do not reach the layers.": right_decoder(x, memory),
        "the memory_mask does not reach the layers.": right_decoder(x, memory, self_mask),
        "the self_mask does not reach the layers.": right_decoder(x, memory, None, memory_mask),
    })
    checks.call(decoder, x, memory, memory_mask=memory_mask).equals(right_decoder(x, memory, None, memory_mask))
    checks.gradients(decoder, right_decoder, x, memory)
    checks.trains(decoder, x, memory, what="Decoder")
    checks.call(decoder.double(), x.double(), memory.double()).equals(right_decoder(x.double(), memory.double()), atol=1e-4)
### END HIDDEN TESTS

# %% [markdown]
# ## 8.8 The whole model
#
# What is left is the way in, the way out, and the masks.
#
# **In.** Token ids become vectors by looking up the rows of an `nn.Embedding`. Source and target share one
# (they may share a vocabulary), and each then gets its positions.
#
# **Masks.** The model makes them from the ids, so that nobody can forget them. Source padding is
# blocked in the encoder and in the cross-attention; the future and target padding are blocked in the decoder's
# self-attention.
#
# **Out.** A linear map `lm_head`, without bias, gives a score for each word of the vocabulary: the
# *logits*. With `targets`, the loss is the cross-entropy over all positions; padding is not a word
# to learn, so it is left out. Without `targets` we are writing and need the next word only: the last
# position.
#
# **The start.** Before training the model should be undecided. Weights drawn from
# $N(0, 0.02^2)$ make all logits small, so each of V words gets a probability near $1/V$ and the
# loss is near $-\ln(1/V) = \ln V$. A first loss far from it is a bug, and it is seen before any training:

# %%
print(f"ln 10000 = {math.log(10_000):.4f}")

# %% nbgrader={"grade": false, "grade_id": "given_model_parts", "locked": true, "schema_version": 3, "solution": false, "task": false}
class BlendEncoder(nn.Module):
    """Stands for an encoder: every source token is blended with those it may see."""

    def forward(self, x, mask=None):
        return x + blend(x, x, mask)


class BlendDecoder(nn.Module):
    """Stands for a decoder: target tokens are blended with each other, then with the memory."""

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        x = x + blend(x, x, self_mask)
        return x + blend(x, memory, memory_mask)


class WavePosition(nn.Module):
    """Stands for a position encoding: adds numbers that are different at every position."""

    def forward(self, x):
        T, d = x.shape[-2:]
        return x + torch.arange(1, T * d + 1, dtype=x.dtype).reshape(T, d).sin()


class DeepPart(nn.Module):
    """An encoder, decoder or position with layers and raw parameters at some depth."""

    def __init__(self, d_model, rows=0):
        super().__init__()
        inner = {"linear": nn.Linear(d_model, 2 * d_model), "norm": nn.LayerNorm(d_model)}
        if rows:
            inner["table"] = nn.Embedding(rows, d_model)
        self.deep = nn.ModuleList([nn.ModuleDict(inner)])
        self.raw = nn.Parameter(torch.full((d_model,), 0.5))

    def forward(self, x, *others, **more):
        return self.deep[0]["norm"](x) + self.raw


def blend_config(**sizes):
    """A small configuration; pad_id is not 0, and no two sizes are equal."""
    chosen = {"vocab_size": 11, "d_model": 6, "num_heads": 2, "max_len": 7, "pad_id": 3} | sizes
    return TransformerConfig(**chosen)


def random_weights(model, seed):
    """Give the model's embedding and head weights of size 1: freshly made ones are tiny.

    Returns:
        the two weights, each of shape (vocab_size, d_model).
    """
    generator = torch.Generator().manual_seed(seed)
    parameters = dict(model.named_parameters())
    drawn = []
    with torch.no_grad():
        for name in ("token_embedding.weight", "lm_head.weight"):
            checks.holds(name in parameters, f"{checks.name_of(model)}: has no parameter {name} of its own.")
            drawn.append(torch.randn(parameters[name].shape, generator=generator))
            parameters[name].copy_(drawn[-1])
    return drawn

# %% [markdown]
# ### Exercise: `Transformer` (45 minutes, 18 points)
#
# `encoder`, `decoder` and `position` are given to you; call them as `position(x)`, `encoder(x, mask)` and
# `decoder(x, memory, self_mask, memory_mask)`. You make `token_embedding` and `lm_head`. The embedding is used as it is
# (the paper multiplies it by $\sqrt{d}$; we do not), and dropout is the parts' business.
#
# All masks that you pass on are boolean with True = blocked, of shape (b, T_q, T_k) or (b, 1, T_k).
#
# At the end of `__init__`, go through all modules, at any depth and those of the parts too:
# every `nn.Linear` and `nn.Embedding` gets weights from $N(0, 0.02^2)$, and biases of 0.
#
# <details><summary>Hint 1</summary>
#
# `src == pad_id` is (b, T_src) and `[:, None]` makes it (b, 1, T_src): the keys.
# </details>
# <details><summary>Hint 2</summary>
#
# Two boolean masks are combined with `|`: blocked by the one or the other. (T, T) and (b, 1, T) broadcast
# to (b, T, T).
# </details>
# <details><summary>Hint 3</summary>
#
# `F.cross_entropy` wants logits (N, vocab) and targets (N,), and has an argument `ignore_index`.
# `self.modules()` yields every module at any depth.
# </details>

# %% nbgrader={"grade": false, "grade_id": "Transformer", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Transformer(nn.Module):
    """An encoder–decoder over token ids.

    Args:
        config: a TransformerConfig; vocab_size, d_model, max_len and pad_id are used here.
        encoder: called as encoder(x, mask).
        decoder: called as decoder(x, memory, self_mask, memory_mask).
        position: called as position(x).

    Attributes:
        token_embedding: `nn.Embedding(vocab_size, d_model)`, for source and target.
        lm_head: `nn.Linear(d_model, vocab_size)` without bias, with weights of its own.
    """

    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        ### BEGIN SOLUTION
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self.init_weights)

    def init_weights(self, module):
        """Small normal weights, no bias."""
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)
        ### END SOLUTION

    def forward(self, src, tgt, targets=None):
        """Logits of the next token at the target's positions.

        Args:
            src: source ids, int64 (b, T_src).
            tgt: target ids so far, int64 (b, T_tgt).
            targets: the ids that should come next, int64 (b, T_tgt), or None.

        Returns:
            with targets: logits (b, T_tgt, vocab_size), and the mean cross-entropy, a single
                number, over all targets but pad_id.
            without: logits of the last position (b, 1, vocab_size), and None.

        Raises:
            ValueError: src or tgt is longer than max_len.
        """
        ### BEGIN SOLUTION
        longest = max(src.shape[1], tgt.shape[1])
        if longest > self.config.max_len:
            raise ValueError(f"{longest} tokens are more than max_len = {self.config.max_len}")
        src_mask = (src == self.config.pad_id).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool, device=tgt.device).triu(diagonal=1)
        tgt_mask = (tgt == self.config.pad_id).unsqueeze(1) | future

        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.position(self.token_embedding(tgt))
        x = self.decoder(x, memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        loss = F.cross_entropy(
            logits.flatten(0, 1), targets.flatten(), ignore_index=self.config.pad_id
        )
        return logits, loss
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_Transformer_shapes", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: two sources of five tokens, targets of four, eleven words.
model = checks.build(Transformer, blend_config(), BlendEncoder(), BlendDecoder(), WavePosition(), seed=1)
checks.parameters(model, {"token_embedding.weight": (11, 6), "lm_head.weight": (11, 6)}, "Transformer")
src, tgt = torch.tensor([[4, 5, 6, 7, 8], [9, 10, 4, 5, 6]]), torch.tensor([[1, 4, 5, 6], [1, 7, 8, 9]])
made = checks.call(model, src, tgt, tgt)
checks.is_tuple(made.result, made.what, 2)
checks.is_tensor(made.result[0], "the logits with targets", (2, 4, 11))
checks.is_tensor(made.result[1], "the loss", ())
made = checks.call(model, src, tgt)
checks.is_tuple(made.result, made.what, 2)
checks.holds(made.result[0].shape[1:] == (1, 11), "without targets the logits are those of the last position, of shape (b, 1, vocab_size).")
checks.is_tensor(made.result[0], "the logits without targets", (2, 1, 11))
checks.holds(made.result[1] is None, "without targets the loss should be None.")
### BEGIN HIDDEN TESTS
logits, _ = checks.call(model, src, tgt, targets=tgt).result
checks.holds(checks.same(checks.call(model, src, tgt).result[0], logits[:, -1:]), "the logits without targets are not those of the last position.")
for shape in [(1, 1, 1), (3, 7, 2), (2, 2, 7)]:
    b, T_src, T_tgt = shape
    ids = torch.arange(b * 7).reshape(b, 7) % 7 + 4
    made = checks.call(model, ids[:, :T_src], ids[:, :T_tgt], ids[:, :T_tgt])
    checks.is_tensor(made.result[0], f"the logits for {T_src} source and {T_tgt} target tokens", (b, T_tgt, 11))
deep = checks.build(Transformer, blend_config(), DeepPart(6), DeepPart(6), DeepPart(6))
parts = 3 * (12 * 6 + 12 + 6 + 6 + 6)
checks.equals(sum(p.numel() for p in deep.parameters()), 2 * 66 + parts, "the number of parameters with those of the parts")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_Transformer_values", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# Test: logits depend on the source and on the target so far, and on nothing that comes later.
model = checks.build(Transformer, blend_config(), BlendEncoder(), BlendDecoder(), WavePosition())
weights = random_weights(model, seed=1)
src, tgt = torch.tensor([[4, 5, 6, 7, 8]]), torch.tensor([[1, 4, 5, 6]])
logits = checks.call(model, src, tgt, tgt).result[0]
later = checks.call(model, src, torch.tensor([[1, 4, 5, 10]]), tgt).result[0]
checks.holds(checks.same(later[:, :3], logits[:, :3]), "the logits at positions 0 to 2 change with token 3 of the target: they see the future.")
other = checks.call(model, torch.tensor([[4, 5, 9, 7, 8]]), tgt, tgt).result[0]
checks.holds((other - logits).abs().max() > 1e-3, "another source gives the same logits: the decoder does not see it.")
### BEGIN HIDDEN TESTS
def right_logits(embedding, head, src, tgt, pad=3, scale=1.0, place=True, causal=True):
    """What the blended parts give, with one thing or another left out."""
    place, T = WavePosition() if place else nn.Identity(), tgt.shape[1]
    keys, future = (src == pad)[:, None], torch.arange(T) > torch.arange(T)[:, None]
    memory = BlendEncoder()(place(scale * embedding[src]), keys)
    blocked = (tgt == pad)[:, None] | future & causal
    return BlendDecoder()(place(scale * embedding[tgt]), memory, blocked, keys) @ head.T

def half_placed(weights, src, tgt):
    memory = BlendEncoder()(WavePosition()(weights[0][src]))
    future = (torch.arange(tgt.shape[1]) > torch.arange(tgt.shape[1])[:, None]).expand(len(tgt), -1, -1)
    return BlendDecoder()(weights[0][tgt], memory, future) @ weights[1].T

for size, (b, T_src, T_tgt) in enumerate([(2, 5, 4), (3, 3, 6), (1, 7, 1), (2, 4, 4)]):
    generator = torch.Generator().manual_seed(930 + size)
    src, tgt, targets = (torch.randint(4, 11, (b, T), generator=generator) for T in (T_src, T_tgt, T_tgt))
    model = checks.build(Transformer, blend_config(), BlendEncoder(), BlendDecoder(), WavePosition())
    weights = random_weights(model, seed=size)
    right = right_logits(*weights, src, tgt)
    made = checks.call(model, src, tgt, targets)
    checks.equals(made.result[0], right, "the logits", mistakes={
        "the embedding is multiplied by √d_model: it is used as it is.": right_logits(*weights, src, tgt, scale=6**0.5),
        "the positions are missing.": right_logits(*weights, src, tgt, place=False),
        "nothing blocks the future.": right_logits(*weights, src, tgt, causal=False),
        "the encoder is fed with the target: it reads the source.": right_logits(*weights, tgt, tgt),
        "the target gets no positions.": half_placed(weights, src, tgt),
        "lm_head shares the embedding's weights: it has its own.": right_logits(weights[0], weights[0], src, tgt),
    })
    for mode in (model.train(), model.eval()):
        checks.equals(checks.call(mode, src, tgt).result[0], right[:, -1:], "the logits of the last position")
    dropping = checks.build(Transformer, blend_config(dropout=0.5), BlendEncoder(), BlendDecoder(), WavePosition())
    weights = random_weights(dropping, seed=size)
    dropped = checks.call(dropping.train(), src, tgt, targets).result[0]
    checks.holds(checks.same(dropped, right_logits(*weights, src, tgt)), "the logits change in training mode with config.dropout = 0.5: dropping is the parts' business.")
checks.equals(checks.call(model.double(), src, tgt, targets).result[0], right.double(), "the logits in float64", atol=1e-4)
wide = checks.build(Transformer, blend_config(vocab_size=9, d_model=4, pad_id=0), BlendEncoder(), BlendDecoder(), WavePosition())
weights = random_weights(wide, seed=9)
src, tgt = torch.tensor([[3, 8, 1]]), torch.tensor([[3, 1, 7, 2, 3]])
checks.equals(checks.call(wide, src, tgt, tgt).result[0], right_logits(*weights, src, tgt, pad=0), "the logits of another configuration")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_Transformer_padding", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# Test: padding has no influence: two more pad tokens at the end of the source change nothing.
model = checks.build(Transformer, blend_config(), BlendEncoder(), BlendDecoder(), WavePosition())
weights = random_weights(model, seed=2)
src, tgt = torch.tensor([[4, 5, 6, 7], [9, 10, 4, 5]]), torch.tensor([[1, 4, 5], [1, 7, 8]])
padded = F.pad(src, (0, 2), value=3)  # pad_id is 3
logits = checks.call(model, src, tgt, tgt).result[0]
with_padding = checks.call(model, padded, tgt, tgt).result[0]
checks.is_tensor(with_padding, "the logits with a padded source", (2, 3, 11))
checks.holds(checks.same(with_padding, logits), "padding at the end of the source changes the logits: block it in the encoder and in the cross-attention.")
### BEGIN HIDDEN TESTS
def padded_logits(embedding, head, src, tgt, pad=3, src_mask=True, memory_mask=True, self_pad=True):
    """What the blended parts give, with the padding blocked in all places or in some."""
    place, T = WavePosition(), tgt.shape[1]
    src_keys, tgt_keys = (src == pad)[:, None], (tgt == pad)[:, None] & self_pad
    memory = BlendEncoder()(place(embedding[src]), src_keys & src_mask)
    future = torch.arange(T) > torch.arange(T)[:, None]
    return BlendDecoder()(place(embedding[tgt]), memory, tgt_keys | future, src_keys & memory_mask) @ head.T

src = torch.tensor([[4, 5, 6, 3, 3], [7, 8, 9, 10, 0], [5, 3, 6, 3, 8]])
tgt = torch.tensor([[1, 3, 4, 5], [1, 6, 7, 3], [2, 3, 3, 9]])
real = tgt != 3
for size in range(2):
    weights = random_weights(model, seed=20 + size)
    right = padded_logits(*weights, src, tgt)[real]
    mistakes = {
        "source padding is not blocked in the encoder.": padded_logits(*weights, src, tgt, src_mask=False)[real],
        "source padding is not blocked in the cross-attention.": padded_logits(*weights, src, tgt, memory_mask=False)[real],
        "source padding is blocked nowhere.": padded_logits(*weights, src, tgt, src_mask=False, memory_mask=False)[real],
        "target padding is not blocked in the decoder's self-attention.": padded_logits(*weights, src, tgt, self_pad=False)[real],
        "no padding is blocked.": padded_logits(*weights, src, tgt, src_mask=False, memory_mask=False, self_pad=False)[real],
        "padding is taken to be token 0: it is config.pad_id.": padded_logits(*weights, src, tgt, pad=0)[real],
    }
    logits = checks.call(model, src, tgt, tgt).result[0]
    checks.is_tensor(logits, "the logits", (3, 4, 11))
    checks.equals(logits[real], right, "the logits of padded sequences", mistakes)
    alone = checks.call(model, src[:1, :3], tgt[:1], tgt[:1]).result[0]
    checks.equals(logits[0][real[0]], alone[0][real[0]], "the logits of a sequence beside longer ones")
zero = checks.build(Transformer, blend_config(pad_id=0), BlendEncoder(), BlendDecoder(), WavePosition())
weights = random_weights(zero, seed=23)
src, tgt = torch.tensor([[3, 4, 0], [3, 0, 0]]), torch.tensor([[3, 0, 5], [6, 7, 0]])
checks.equals(checks.call(zero, src, tgt, tgt).result[0][tgt != 0], padded_logits(*weights, src, tgt, pad=0)[tgt != 0], "the logits with pad_id = 0")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_Transformer_loss", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: before training the loss is near ln(vocab_size).
model = checks.build(Transformer, blend_config(vocab_size=5000), BlendEncoder(), BlendDecoder(), WavePosition(), seed=3)
ids = torch.arange(10, 24).reshape(2, 7)
loss = checks.call(model, ids, ids, ids + 1).result[1]
checks.is_tensor(loss, "the loss", ())
checks.holds(abs(loss.item() - math.log(5000)) < 0.1, f"the loss of an untrained model is {loss.item():.4f}, not near ln 5000: look at the initial weights and at the mean over the targets.")
### BEGIN HIDDEN TESTS
for pad in (3, 0):
    model = checks.build(Transformer, blend_config(pad_id=pad), BlendEncoder(), BlendDecoder(), WavePosition())
    random_weights(model, seed=30 + pad)
    src, tgt = torch.tensor([[4, 5, 6, 7], [9, 10, 4, 5]]), torch.tensor([[1, 4, 5], [1, 7, 8]])
    targets = torch.tensor([[4, 5, 2], [7, pad, pad]])
    logits, loss = checks.call(model, src, tgt, targets).result
    checks.is_tensor(logits, "the logits", (2, 3, 11))
    flat, wanted = logits.detach().flatten(0, 1), targets.flatten()
    every = F.cross_entropy(flat, wanted, reduction="none")
    first = F.cross_entropy(logits.detach()[:, :-1].flatten(0, 1), targets[:, 1:].flatten(), ignore_index=pad)
    checks.equals(loss, F.cross_entropy(flat, wanted, ignore_index=pad), "the loss", mistakes={
        "padding counts as a word to learn: leave the targets that are pad_id out.": every.mean(),
        "the losses are summed: take their mean.": F.cross_entropy(flat, wanted, ignore_index=pad, reduction="sum"),
        "padding is left out of the sum, but counted when the mean is taken.":
            F.cross_entropy(flat, wanted, ignore_index=pad, reduction="sum") / 6,
        "the targets are shifted once more: they already are the tokens that come next.": first,
        "the logits pass a softmax before the cross-entropy, which has one of its own.":
            F.cross_entropy(flat.softmax(-1), wanted, ignore_index=pad),
        "the loss is taken against tgt, not against targets.": F.cross_entropy(flat, tgt.flatten(), ignore_index=pad),
        "each sequence's mean is taken first: all targets count alike.": torch.stack([
            F.cross_entropy(a, t, ignore_index=pad) for a, t in zip(logits.detach(), targets)]).mean(),
    })
    checks.holds(loss.requires_grad, "the loss carries no gradient: nothing could be trained with it.")
    loss.backward()
    for name, p in model.named_parameters():
        checks.holds(p.grad is not None and p.grad.any(), f"the gradient of the loss does not reach {name}.")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_Transformer_init", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: weights of standard deviation 0.02, biases 0, in the model and inside the parts.
model = checks.build(Transformer, blend_config(vocab_size=300, d_model=32), DeepPart(32), DeepPart(32), DeepPart(32, rows=200), seed=4)
named = dict(model.named_parameters())
for name in ("token_embedding.weight", "lm_head.weight"):
    checks.holds(name in named, f"Transformer: has no parameter {name} of its own.")
    checks.holds(abs(named[name].std().item() - 0.02) < 0.002, f"the standard deviation of {name} is {named[name].std().item():.4f}, not 0.02.")
### BEGIN HIDDEN TESTS
checked = 0
for name, p in named.items():
    p = p.detach()
    if name.endswith(("linear.weight", "table.weight", "embedding.weight", "head.weight")):
        checked += 1
        checks.holds(abs(p.std().item() - 0.02) < 0.002, f"the standard deviation of {name} is {p.std().item():.4f}, not 0.02: go through the modules of the parts too.")
        checks.equals(p.mean(), torch.tensor(0.0), f"the mean of {name}", atol=0.002)
        beyond = (p.abs() > 0.05).double().mean().item()
        checks.holds(0.002 < beyond < 0.03, f"{name} is not drawn from a normal distribution: 1.2 in 100 of its numbers should lie beyond 0.05.")
    elif name.endswith("linear.bias"):
        checked += 1
        checks.holds(not p.any(), f"{name} is not 0.")
    elif name.endswith("norm.weight"):
        checks.holds((p == 1).all(), f"{name} was changed: norms stay as they are.")
    elif name.endswith("raw"):
        checks.holds((p == 0.5).all(), f"{name} was changed: only nn.Linear and nn.Embedding are drawn anew.")
checks.equals(checked, 2 + 3 * 2 + 1, "the number of weights and biases of nn.Linear and nn.Embedding that were found")
again = checks.build(Transformer, blend_config(vocab_size=300, d_model=32), DeepPart(32), DeepPart(32), DeepPart(32), seed=5)
same = torch.equal(dict(again.named_parameters())["lm_head.weight"], named["lm_head.weight"])
checks.holds(not same, "two models have the same random weights.")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_Transformer_max_len", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: seven tokens are allowed, eight are not, in the source as in the target.
model = checks.build(Transformer, blend_config(max_len=7), BlendEncoder(), BlendDecoder(), WavePosition())
seven, eight = torch.full((2, 7), 5), torch.full((2, 8), 5)
checks.call(model, seven, seven)
hint = "Compare both lengths to config.max_len before anything else."
checks.raises(ValueError, model, eight, seven, hint=hint)
checks.raises(ValueError, model, seven, eight, hint=hint)
### BEGIN HIDDEN TESTS
checks.call(model, seven, seven, seven)
checks.raises(ValueError, model, eight, seven, seven, hint=hint)
checks.raises(ValueError, model, seven[:1], eight[:1], eight[:1], hint=hint)
other = checks.build(Transformer, blend_config(max_len=12), BlendEncoder(), BlendDecoder(), WavePosition())
checks.call(other, eight, eight)
checks.raises(ValueError, other, torch.full((1, 13), 5), seven[:1], hint=hint)
### END HIDDEN TESTS

# %% [markdown]
# Now all parts together. Positions are learned, as in chapter 7; the next cell is given.

# %% nbgrader={"grade": false, "grade_id": "given_position", "locked": true, "schema_version": 3, "solution": false, "task": false}
class LearnedPosition(nn.Module):
    """Adds a trainable vector for each of max_len positions, then dropout."""

    def __init__(self, config):
        super().__init__()
        self.table = nn.Parameter(0.02 * torch.randn(config.max_len, config.d_model))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x):
        """(b, T, d_model) → the same shape."""
        return self.dropout(x + self.table[: x.shape[1]])

# %%
def make_transformer(config):
    """A Transformer from this notebook's own parts."""
    sizes = config.d_model, config.num_heads, config.d_ff, config.dropout

    def attention():
        return MultiHeadAttention(config.d_model, config.num_heads, config.dropout)

    def decoder_layer():
        ffn = FeedForward(config.d_model, config.d_ff, config.dropout)
        return DecoderLayer(attention(), attention(), ffn, config.d_model, config.dropout)

    layers = range(config.num_layers)
    encoder = Encoder([encoder_layer(*sizes) for _ in layers], config.d_model)
    decoder = Decoder([decoder_layer() for _ in layers], config.d_model)
    return Transformer(config, encoder, decoder, LearnedPosition(config))

# %% [markdown]
# A first run, in the size of the lesson that this chapter follows: 10,000 words, 128 tokens, vectors
# of 256, six layers, eight heads. Look at the shapes on the way.

# %%
torch.manual_seed(0)
config = TransformerConfig(10_000, d_model=256, num_heads=8, num_layers=6, d_ff=512, max_len=128)
model = make_transformer(config)
src, tgt, targets = torch.randint(1, 10_000, (3, 2, 128))

with torch.no_grad():
    embedded = model.token_embedding(src)
    placed = model.position(embedded)
    memory = model.encoder(placed)
    decoded = model.decoder(model.position(model.token_embedding(tgt)), memory)
for name, tensor in [("token ids", src), ("token embedding", embedded), ("after positions", placed),
                     ("after the encoder", memory), ("after the decoder", decoded)]:
    print(f"{name:18}", list(tensor.shape))

# %%
with torch.no_grad():
    logits, loss = model(src, tgt, targets)
    last, nothing = model(src, tgt)
print("training:", list(logits.shape), "= 2 sequences, 128 positions, a score for each of 10,000 words")
print("writing: ", list(last.shape), "= 2 sequences, the last position,", "loss:", nothing)
print("loss within 0.2 of ln 10000:", abs(loss.item() - math.log(10_000)) < 0.2)

# %% [markdown]
# And how many parameters is that? The lesson counts 13,000,704. It gives its linear maps no bias and
# its positions no parameters; ours have both.

# %%
biases = sum(p.numel() for m in model.modules() if isinstance(m, nn.Linear) and m.bias is not None for p in [m.bias])
positions = model.position.table.numel()
print(f"all parameters:                   {count(model):,}")
print(f"without biases and positions:     {count(model) - biases - positions:,}")
print(f"of these, embedding and lm_head:  {count(model.token_embedding) + count(model.lm_head):,}")

# %% [markdown]
# The same count tells how large the decoders are that came after. GPT-2 has no encoder and no
# cross-attention. Its smallest version, announced with 117 million parameters, has 12 layers, 12 heads
# and vectors of 768; the largest, with 1.5 billion, has 48 layers, 25 heads and vectors of 1,600.
# In both, what goes into an attention is as wide as what comes out.

# %%
def gpt2_parameters(d_model, layers, vocabulary=50_257, context=1024):
    """Parameters of GPT-2 without biases; embedding and head share their weights."""
    attention = 4 * d_model**2
    feed_forward = 2 * 4 * d_model**2
    norms = 2 * d_model
    return (vocabulary + context) * d_model + layers * (attention + feed_forward + norms) + d_model


print(f"small:      {gpt2_parameters(768, 12):,}, heads of {768 // 12} features")
print(f"largest:  {gpt2_parameters(1600, 48):,}, heads of {1600 // 25} features")

# %% [markdown]
# ## 8.9 One step of training
#
# In training the whole target is known, so all positions learn at once: at each of them the model is
# given the *right* tokens so far and asked for the next. This is **teacher forcing**. The target
# `<bos> a b <eos>` becomes
#
# | | | | |
# |---|---|---|---|
# | the decoder reads | `<bos>` | a | b |
# | it should say | a | b | `<eos>` |
#
# ### Exercise: `train_step` (10 minutes, 5 points)
#
# The decoder reads all of `tgt` but the last token, the targets are all but the first. Set training mode, compute the
# loss, do one update, and return the loss before it as a Python float.
#
# <details><summary>Hint</summary>
#
# Gradients add up until somebody sets them to zero. `loss.item()` is a Python float.
# </details>

# %% nbgrader={"grade": false, "grade_id": "given_tiny_model", "locked": true, "schema_version": 3, "solution": false, "task": false}
class TinyModel(nn.Module):
    """Stands for a Transformer; to tell the modes apart, its logits double in training."""

    def __init__(self, vocab_size=9, d_model=5):
        super().__init__()
        self.source = nn.Embedding(vocab_size, d_model)
        self.target = nn.Embedding(vocab_size, d_model)
        self.head = nn.Linear(d_model, vocab_size)

    def forward(self, src, tgt, targets=None):
        x = self.source(src).mean(dim=1, keepdim=True) + self.target(tgt)
        logits = self.head(x) * (2 if self.training else 1)
        if targets is None:
            return logits[:, -1:], None
        chosen = logits.log_softmax(dim=-1).gather(-1, targets.unsqueeze(-1))
        return logits, -chosen.mean()


def tiny_model(seed):
    """A TinyModel with the random weights of this seed."""
    generator = torch.Generator().manual_seed(seed)
    model = TinyModel()
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn(p.shape, generator=generator))
    return model

# %% nbgrader={"grade": false, "grade_id": "train_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_step(model, optimizer, src, tgt):
    """One update with teacher forcing.

    Args:
        model: called as model(src, tgt, targets), returns (logits, loss).
        optimizer: holds the model's parameters.
        src: int64 (b, T_src).
        tgt: int64 (b, T_tgt), from the first token to the last.

    Returns:
        the loss before the update, a Python float.
    """
    ### BEGIN SOLUTION
    model.train()
    _, loss = model(src, tgt[:, :-1], tgt[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_train_step_loss", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: the loss that comes back is a float, and a second step on the same batch finds a lower one.
model = tiny_model(seed=1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
src, tgt = torch.tensor([[3, 4, 5], [6, 7, 8]]), torch.tensor([[1, 5, 4, 2], [1, 8, 7, 2]])
first = checks.call(train_step, model, optimizer, src, tgt)
checks.equals(first.result, float(first.result or 0), first.what)
second = checks.call(train_step, model, optimizer, src, tgt).result
checks.holds(second < first.result, "the loss does not fall from the first step to the second on the same batch.")
### BEGIN HIDDEN TESTS
for seed, (b, T_src, T_tgt) in [(2, (2, 3, 4)), (3, (3, 5, 6)), (4, (1, 4, 2))]:
    generator = torch.Generator().manual_seed(seed)
    src, tgt = (torch.randint(9, (b, T), generator=generator) for T in (T_src, T_tgt))
    inputs, targets = tgt[:, :-1], tgt[:, 1:]
    model, twin = tiny_model(seed), tiny_model(seed)
    right = twin(src, inputs, targets)[1]
    mistakes = {
        "the loss is taken in evaluation mode: set training mode first.": twin.eval()(src, inputs, targets)[1],
        "the decoder reads the tokens that it should say: it reads all but the last.": twin.train()(src, targets, targets)[1],
        "inputs and targets are the same tokens: the targets are one step ahead.": twin(src, tgt, tgt)[1],
        "inputs and targets are the same tokens: the targets are all but the first.": twin(src, inputs, inputs)[1],
        "inputs and targets are exchanged.": twin(src, targets, inputs)[1],
        "the model is fed with the target twice: the first argument is the source.": twin(tgt, inputs, targets)[1],
        "the model is fed with the target's inputs twice: the first argument is the source.": twin(inputs, inputs, targets)[1],
        "source and target are exchanged.": twin(tgt, src, src)[1],
    }
    optimizer = torch.optim.SGD(twin.parameters(), lr=0.3)
    right.backward()
    optimizer.step()
    mistakes["this is the loss after the update: return the one before it."] = twin(src, inputs, targets)[1]
    made = checks.call(train_step, model.eval(), torch.optim.SGD(model.parameters(), lr=0.3), src, tgt)
    checks.equals(made.result, float(made.result or 0), made.what)
    checks.equals(torch.tensor(made.result), right.detach(), f"the loss of {made.what}", mistakes)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_train_step_update", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: the step changes the model's weights, in training mode.
model = tiny_model(seed=5)
before = model.head.weight.detach().clone()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
src, tgt = torch.tensor([[3, 4, 5]]), torch.tensor([[1, 5, 4, 2]])
checks.call(train_step, model, optimizer, src, tgt)
moved = not torch.equal(model.head.weight.detach(), before)
checks.holds(moved, "no weight changed: gradients must be computed, and the optimizer must use them.")
### BEGIN HIDDEN TESTS
def steps_of(twin, batches, clear=True, updates=1, steps=1):
    """The weights after plain steps, or after steps with a mistake."""
    optimizer = torch.optim.SGD(twin.parameters(), lr=0.2)
    for src, tgt in batches:
        for _ in range(updates):
            if clear:
                optimizer.zero_grad()
            twin(src, tgt[:, :-1], tgt[:, 1:])[1].backward()
            for _ in range(steps):
                optimizer.step()
    return torch.cat([p.detach().flatten() for p in twin.parameters()])

generator = torch.Generator().manual_seed(6)
batches = [(torch.randint(9, (3, 4), generator=generator), torch.randint(9, (3, 5), generator=generator)) for _ in range(3)]
for number in (1, 3):
    model = tiny_model(6)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    for src, tgt in batches[:number]:
        checks.call(train_step, model.eval(), optimizer, src, tgt)
    after = torch.cat([p.detach().flatten() for p in model.parameters()])
    checks.equals(after, steps_of(tiny_model(6), batches[:number]), f"the weights after {checks.counted(number, 'call')}", mistakes={
        "nothing was updated.": steps_of(tiny_model(6), []),
        "the gradients of earlier calls are still there: set them to zero.": steps_of(tiny_model(6), batches[:number], clear=False),
        "there are two updates in one call.": steps_of(tiny_model(6), batches[:number], updates=2),
        "the optimizer steps twice in one call.": steps_of(tiny_model(6), batches[:number], steps=2),
        "the update is made in evaluation mode: set training mode first.": steps_of(tiny_model(6).eval(), batches[:number]),
    })
### END HIDDEN TESTS

# %% [markdown]
# ## 8.10 Writing
#
# Once trained, the model writes on its own. It begins with `<bos>`, asks for the next token, appends
# the likeliest, and asks again with the longer target. That is **greedy decoding**. A sequence ends with
# `<eos>`; the batch is done when every sequence has ended.
#
# ### Exercise: `greedy_decode` (20 minutes, 6 points)
#
# Whatever stands in a row after its `<eos>` does not matter. Decode in evaluation mode and without gradients, and leave the model in the mode
# in which you found it.
#
# <details><summary>Hint 1</summary>
#
# `model.training` is True in training mode; `model.train(True)` and `model.train(False)` set it.
# </details>
# <details><summary>Hint 2</summary>
#
# Keep a boolean per row that says whether it has ended; `|=` adds the rows whose new token is `eos_id`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "given_counter", "locked": true, "schema_version": 3, "solution": false, "task": false}
class Counter(nn.Module):
    """Stands for a trained Transformer that counts up, in growing steps of src[:, 0], to 15.

    The token after T tokens is the last one plus T times the step; after a 15 it begins again
    at 0. In training mode it is distracted and counts one too far.
    """

    def __init__(self):
        super().__init__()
        self.without_gradients = False

    def forward(self, src, tgt, targets=None):
        """int64 (b, T_src), (b, T_tgt) → logits of the next token (b, 1, 16), None"""
        self.without_gradients = not torch.is_grad_enabled()
        following = tgt[:, -1] + tgt.shape[1] * src[:, 0]
        if self.training:
            following = following + 1
        following = following.clamp(max=15).masked_fill(tgt[:, -1] == 15, 0)
        return F.one_hot(following, 16).float().unsqueeze(1), None

# %% nbgrader={"grade": false, "grade_id": "greedy_decode", "locked": false, "schema_version": 3, "solution": true, "task": false}
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    """Write a target for each source, always with the likeliest next token.

    Args:
        model: called as model(src, tgt), returns logits (b, 1, vocab_size) and None.
        src: int64 (b, T_src).
        bos_id, eos_id: the tokens that begin and end a target.
        max_new_tokens: tokens that are written at most.

    Returns:
        int64 (b, 1 + number of new tokens), bos first, eos kept. It stops early when all rows
        have ended; after a row's eos anything may stand.
    """
    ### BEGIN SOLUTION
    was_training = model.training
    model.eval()
    tokens = torch.full((len(src), 1), bos_id, dtype=torch.long, device=src.device)
    ended = torch.zeros(len(src), dtype=torch.bool, device=src.device)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            logits, _ = model(src, tokens)
            following = logits[:, -1].argmax(dim=-1)
            tokens = torch.cat([tokens, following.unsqueeze(1)], dim=1)
            ended |= following == eos_id
            if ended.all():
                break
    model.train(was_training)
    return tokens
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_greedy_decode_values", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# Test: counting from 1 in steps of 1, 2, 3, … to the end, 15.
torch.manual_seed(1)
made = checks.call(greedy_decode, Counter().eval(), torch.tensor([[1, 0]]), 1, 15, 8)
made.equals(torch.tensor([[1, 2, 4, 7, 11, 15]]), mistakes={
    "the model sees the last token alone: give it all tokens so far.": torch.tensor([[1, 2, 3, 4, 5, 6, 7, 8, 9]]),
    "the beginning token is missing: it comes first.": torch.tensor([[2, 4, 7, 11, 15]]),
    "the ending token is missing: it is kept.": torch.tensor([[1, 2, 4, 7, 11]]),
    "it goes on after the ending token.": torch.tensor([[1, 2, 4, 7, 11, 15, 0, 7, 15]]),
    "it begins with eos_id: it begins with bos_id.": torch.tensor([[15, 0, 2, 5, 9, 14, 15]]),
    "it begins with 0: it begins with bos_id.": torch.tensor([[0, 1, 3, 6, 10, 15]]),
    "it takes the unlikeliest token.": torch.zeros(1, 9, dtype=torch.long).index_fill(1, torch.tensor([0]), 1),
})
checks.call(greedy_decode, Counter().eval(), torch.tensor([[1, 0]]), 1, 15, 3).equals(torch.tensor([[1, 2, 4, 7]]), mistakes={
    "there is one token too many: max_new_tokens counts the new ones.": torch.tensor([[1, 2, 4, 7, 11]]),
    "max_new_tokens counts the beginning token too: it counts the new ones.": torch.tensor([[1, 2, 4]]),
})
### BEGIN HIDDEN TESTS
made = checks.call(greedy_decode, Counter().eval(), torch.tensor([[1], [3], [14], [2]]), 1, 15, 9)
made.is_tensor(dtype=torch.int64)
checks.holds(made.result.shape[1] <= 6, "it goes on though every row has ended: rows end at different times.")
checks.holds(made.result.shape[1] >= 6, "it stops though some rows have not ended: go on until all have.")
made.is_tensor((4, 6), torch.int64)
for row, right in enumerate([[1, 2, 4, 7, 11, 15], [1, 4, 10, 15], [1, 15], [1, 3, 7, 13, 15]]):
    checks.equals(made.result[row, : len(right)], torch.tensor(right), f"row {row} up to its end")
early = checks.call(greedy_decode, Counter().eval(), torch.tensor([[14], [3]]), 1, 15, 9)
early.is_tensor(dtype=torch.int64)
checks.holds(early.result.shape[1] >= 4, "it stops when the first row has ended: go on until all have.")
early.is_tensor((2, 4), torch.int64)
for end, right in [(11, [2, 3, 5, 8, 12]), (7, [0, 1, 3, 6, 10, 15])]:
    made = checks.call(greedy_decode, Counter().eval(), torch.tensor([[1, 9, 9]]), right[0], end, 4)
    made.equals(torch.tensor([right[:5]]))
made = checks.call(greedy_decode, Counter().eval(), torch.tensor([[5], [6]]), 0, 5, 6)
checks.equals(made.result[0, :2], torch.tensor([0, 5]), "the first row, which ends at once")
checks.call(greedy_decode, Counter().eval(), torch.tensor([[1], [2]]), 1, 15, 0).equals(torch.tensor([[1], [1]]))
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_greedy_decode_mode", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: the model arrives in training mode, writes in evaluation mode, and is back in training mode.
counter = Counter().train()
checks.call(greedy_decode, counter, torch.tensor([[1]]), 1, 15, 8).equals(torch.tensor([[1, 2, 4, 7, 11, 15]]), mistakes={
    "the model writes in training mode.": torch.tensor([[1, 3, 6, 10, 15]]),
})
checks.holds(counter.training, "the model came in training mode and is left in evaluation mode.")
counter.eval()
checks.call(greedy_decode, counter, torch.tensor([[1]]), 1, 15, 8)
checks.holds(not counter.training, "the model came in evaluation mode and is left in training mode.")
### BEGIN HIDDEN TESTS
# Whether gradients were off is asked of the model, or else read from the answer.
off = checks.uses(greedy_decode, "no_grad", "inference_mode", "set_grad_enabled")
checks.holds(counter.without_gradients or off, "decoding keeps the graph for gradients: nobody will ask for them.")
checks.holds(torch.is_grad_enabled(), "gradients stay off for everybody after decoding: switch them off for the decoding alone.")
### END HIDDEN TESTS

# %% [markdown]
# ## 8.11 Does it work? Reversing sequences
#
# A task that is easy to state and hard to fake: read a word of three to eight letters, write it
# backwards. No position of the output depends on the same position of the input, so the model must learn
# to look in the right place, and the right place depends on how long the word is.

# %%
LETTERS = "abcdefghij"
PAD, BOS, EOS = 0, 1, 2
VOCABULARY = ["<pad>", "<bos>", "<eos>", *LETTERS]
LONGEST = 8


def draw_word(length, held_out, generator):
    """A random word. Words whose ids sum to a multiple of ten are held out: never trained on."""
    while True:
        word = torch.randint(3, len(VOCABULARY), (length,), generator=generator)
        if (word.sum() % 10 == 0) == held_out:
            return word


def reversal_batch(size, generator, held_out=False):
    """Random words and their reversals, both padded: int64 (size, 8) and (size, 10)."""
    src = torch.full((size, LONGEST), PAD)
    tgt = torch.full((size, LONGEST + 2), PAD)
    for row, length in enumerate(torch.randint(3, LONGEST + 1, (size,), generator=generator).tolist()):
        word = draw_word(length, held_out, generator)
        src[row, :length] = word
        tgt[row, : length + 2] = torch.cat([torch.tensor([BOS]), word.flip(0), torch.tensor([EOS])])
    return src, tgt


def text(ids):
    """Tokens as text, up to the end."""
    words = [VOCABULARY[i] for i in ids.tolist()]
    return "".join(words[: words.index("<eos>")] if "<eos>" in words else words).replace("<bos>", "").replace("<pad>", "")


src, tgt = reversal_batch(3, torch.Generator().manual_seed(0))
for s, t in zip(src, tgt):
    print(f"{text(s):8} → {text(t)}")

# %% [markdown]
# The training loop calls your `train_step`. The step width rises at first and falls to zero at the end,
# which makes the result dependable.

# %%
from IPython.display import ProgressBar

torch.set_num_threads(1)  # for matrices as small as ours, sharing work costs more than it saves


def fit(model, draw, steps, lr=3e-3):
    """Train on fresh batches, with a progress bar.

    Args:
        model: a Transformer.
        draw: called without arguments, gives a batch (src, tgt).
        steps: number of updates.
        lr: the largest step width.

    Returns:
        the losses, a list of floats.
    """
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps, pct_start=0.1)
    losses = []
    for _ in ProgressBar(steps):
        losses.append(train_step(model, optimizer, *draw()))
        schedule.step()
    return losses


def exactly_right(model, src, tgt):
    """For each row: is what the model writes the target, up to its end? A boolean (b,)."""
    wanted = tgt[:, 1:]
    written = greedy_decode(model, src, BOS, EOS, wanted.shape[1])[:, 1:]
    written = F.pad(written, (0, wanted.shape[1] - written.shape[1]), value=PAD)
    return ((written == wanted) | (wanted == PAD)).all(dim=1)

# %% tags=["nbval-ignore-output", "skip-when-graded"]
torch.manual_seed(1)
reverser = make_transformer(TransformerConfig(len(VOCABULARY), max_len=LONGEST + 2))
generator = torch.Generator().manual_seed(1)
losses = fit(reverser, lambda: reversal_batch(64, generator), steps=600)

# %% [markdown]
# Now the words that were held out, which the model has never seen.

# %% tags=["skip-when-graded"]
held_out = reversal_batch(500, torch.Generator().manual_seed(99), held_out=True)
share = exactly_right(reverser, *held_out).float().mean().item()
print("held-out words reversed exactly, at least 99 in 100:", share >= 0.99)
print("first loss within 0.2 of ln 13:", abs(losses[0] - math.log(13)) < 0.2)
print("last losses below 0.05:", max(losses[-20:]) < 0.05)

for s, w in zip(held_out[0][:4], greedy_decode(reverser, held_out[0][:4], BOS, EOS, 10)):
    print(f"{text(s):8} → {text(w)}")

# %% tags=["nbval-ignore-output", "skip-when-graded"] alt="Logarithmic line chart of the loss over 600 steps: it starts at ln 13, hesitates near 0.1 after a hundred steps, then falls to about a thousandth."
fig, ax = plt.subplots()
ax.semilogy(losses, label="training loss")
ax.axhline(math.log(len(VOCABULARY)), color="0.5", linestyle="--", label="undecided: ln 13")
ax.set(xlabel="step", ylabel="cross-entropy", title="Learning to reverse")
ax.legend()
plt.show()

# %% [markdown]
# What did it learn? Where to look. We can watch it look: each row below is a letter that is being written, and each
# column a letter of the source.

# %%
def cross_attention(model, src, tgt):
    """The weights of the last cross-attention, the mean of its heads: (T_tgt, T_src).

    Args:
        src, tgt: one sequence each, of different length.
    """
    with torch.no_grad():
        model.eval()(src[None], tgt[None])
    shape = len(tgt), len(src)
    kept = [m.last_attn_weights for m in model.modules() if isinstance(m, MultiHeadAttention)]
    return [w[0].mean(dim=0) for w in kept if tuple(w.shape[-2:]) == shape][-1]

# %% tags=["nbval-ignore-output", "skip-when-graded"] alt="Heatmap of cross-attention: rows are the letters written, columns the letters read; the dark cells form an anti-diagonal from the top right to the bottom left."
word = torch.tensor([VOCABULARY.index(letter) for letter in "abcdefgh"])
inputs = torch.cat([torch.tensor([BOS]), word.flip(0)])
weights = cross_attention(reverser, word, inputs)[: len(word)]
figures.heatmap(weights, list("hgfedcba"), list("abcdefgh"), title="cross-attention", ylabel="writes", xlabel="reads", limits=(0, 1))
plt.show()

# %% [markdown]
# An anti-diagonal: to write the first letter it reads the last, and so on, with a glance at the neighbours. Nobody told it to.

# %% tags=["skip-when-graded"]
mirrored = weights.flip(-1).diagonal()
found = (weights.argmax(dim=-1) == torch.arange(7, -1, -1)).sum().item()
print("most of the eight letters look most at their mirror image:", found >= 5)
print("weight of the mirror image, on average above 0.4 (an eighth is chance):", mirrored.mean().item() > 0.4)

# %% [markdown]
# ## 8.12 Bug clinic
#
# The next cell holds a patient: a Transformer as it stands in a lesson that many people have followed,
# with its bugs kept and its parts taken from PyTorch. It runs, its shapes are right, its first loss is near
# $\ln V$, and its training loss falls beautifully. Read it before you go on. What is wrong?

# %% nbgrader={"grade": false, "grade_id": "given_patient", "locked": true, "schema_version": 3, "solution": false, "task": false}
class FixedPosition(nn.Module):
    """Adds a table of numbers that is never trained, then dropout."""

    def __init__(self, dropout):
        super().__init__()
        self.wave = WavePosition()
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(self.wave(x))


class SickTransformer(nn.Module):
    """A Transformer with three bugs. forward(tgt, targets=None) → (logits, loss)."""

    def __init__(self, config):
        super().__init__()
        sizes = config.d_model, config.num_heads, config.d_ff, config.dropout
        options = {"batch_first": True, "norm_first": True}
        self.config = config
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.position = FixedPosition(config.dropout)
        self.drop = nn.Dropout(config.dropout)
        self.encoder = nn.TransformerEncoderLayer(*sizes, **options)
        self.decoder = nn.TransformerDecoderLayer(*sizes, **options)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)

    def embed(self, ids):
        """(b, T) → (b, T, d_model)"""
        return self.drop(self.position(self.token_embedding(ids)))

    def forward(self, tgt, targets=None):
        x = self.embed(tgt)
        future = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).triu(diagonal=1)
        memory = self.encoder(x)
        logits = self.lm_head(self.decoder(x, memory, tgt_mask=future))
        if targets is None:
            return logits[:, -1:], None
        return logits, F.cross_entropy(logits.transpose(1, 2), targets)

    def get_num_params(self, non_embedding=True):
        """The number of parameters, without those of the embeddings where that is asked for."""
        number = sum(p.numel() for p in self.parameters())
        if non_embedding:
            number -= self.position.weight.numel()
        return number


def patient(seed=0, **sizes):
    """A SickTransformer in evaluation mode, small unless its sizes say otherwise."""
    chosen = {"vocab_size": 10, "d_model": 8, "num_heads": 2, "d_ff": 12} | sizes
    random_state = torch.get_rng_state()
    torch.manual_seed(seed)
    model = SickTransformer(TransformerConfig(**chosen))
    torch.set_rng_state(random_state)
    return model.eval()


def passes(assertion, *args, because):
    """Check that a student's assertion lets pass what is all right; returns its result."""
    try:
        return checks.call(assertion, *args).result
    except checks.NotBegun:
        raise
    except checks.CheckFailed as failure:
        raise checks.KnownMistake(f"{failure} {because}") from None


def blended_logits(src, tgt, looks_at=None, seed=0):
    """Logits over ten words of a model without training that leaks nothing, unless told to.

    looks_at: a function of T that gives which target tokens a position sees, a boolean (T, T).
    """
    table = torch.randn(10, 6, generator=torch.Generator().manual_seed(seed))
    T = tgt.shape[1]
    seen = torch.ones(T, T, dtype=torch.bool).tril()
    if looks_at is not None:
        seen = seen | looks_at(T)
    shares = seen / seen.sum(dim=-1, keepdim=True)
    return (shares @ table[tgt] + table[src].mean(dim=1, keepdim=True)) @ table.T

# %% [markdown]
# First symptom. We give it something that nobody can learn: each next token is drawn at random. The best
# that an honest model can do is a loss of $\ln 10 = 2.303$, the loss of not knowing. Watch:

# %%
torch.manual_seed(0)
sick = patient(d_model=32, d_ff=64, max_len=8).train()
optimizer = torch.optim.Adam(sick.parameters(), lr=3e-3)
for _ in range(200):
    random_tokens = torch.randint(10, (64, 9))
    _, loss = sick(random_tokens[:, :-1], random_tokens[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print("after 200 steps on random tokens, loss below 1:", loss.item() < 1)

# %% [markdown]
# It foresees chance. So it must be reading the future, in spite of the causal mask. Which way does the
# future get in? The model is called with the target alone, and `memory = self.encoder(x)` gives the encoder that same target.
# The encoder has no causal mask, rightly, and the cross-attention hands everything it saw to every
# position. At the moment of writing the future is not there, and such a model falls apart.
#
# A bug that you can see, you can also catch for good. A good habit has two steps: write the assertion that *fails*, then mend until it passes.
#
# ### Exercise: `assert_no_leak` (15 minutes, 5 points)
#
# Write the assertion. `forward(src, tgt)` gives the logits at all positions; raise an `AssertionError` if the
# logits at some position depend on a target token that comes later (a change of more than 1e-4 counts), and return
# None otherwise. Position $t$ may see tokens $0 \ldots t$. Mind that a leak may come from one token only, and
# reach one position only.
#
# <details><summary>Hint</summary>
#
# Change one token, and compare the logits *before* it. Or cut the target short, and compare what is left.
# </details>

# %% nbgrader={"grade": false, "grade_id": "assert_no_leak", "locked": false, "schema_version": 3, "solution": true, "task": false}
def assert_no_leak(forward, src, tgt, vocab_size):
    """Make sure that no position sees a later token of the target.

    Args:
        forward: callable (src, tgt) → logits (b, T, vocab_size), always the same for the same ids;
            it takes targets of any length from 1 on.
        src: int64 (b, T_src).
        tgt: int64 (b, T), T of 2 or more.
        vocab_size: ids are below it.

    Returns:
        None.

    Raises:
        AssertionError: the logits at a position depend on a later token.
    """
    ### BEGIN SOLUTION
    logits = forward(src, tgt)
    for position in range(1, tgt.shape[1]):
        changed = tgt.clone()
        changed[:, position] = (changed[:, position] + 1) % vocab_size
        difference = (forward(src, changed) - logits)[:, :position].abs().max()
        assert difference <= 1e-4, f"token {position} of the target reaches an earlier position"
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_assert_no_leak_found", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: a model in which every position sees every token is caught.
src, tgt = torch.tensor([[4, 5, 6]]), torch.tensor([[1, 7, 8, 9]])
hint = "This model leaks: compare the logits before a token that you change."
def sees_everything(src, tgt):
    return blended_logits(src, tgt, lambda T: torch.ones(T, T, dtype=torch.bool))
checks.raises(AssertionError, assert_no_leak, sees_everything, src, tgt, 10, hint=hint)
### BEGIN HIDDEN TESTS
def sees(i, j):
    """Position i sees token j too."""
    def forward(src, tgt):
        def looks_at(T):
            seen = torch.zeros(T, T, dtype=torch.bool)
            seen[i:i + 1, j:j + 1] = True
            return seen
        return blended_logits(src, tgt, looks_at)
    return forward

for i, j, what in [(2, 3, "the token after it"), (0, 3, "the last token"), (0, 1, "the second token"), (0, 2, "one token in the middle"), (1, 2, "the token after it")]:
    checks.raises(AssertionError, assert_no_leak, sees(i, j), src, tgt, 10,
                  hint=f"Here position {i} sees {what}, number {j}: change every token, one at a time.")

def one_row(src, tgt):
    """Only the last sequence of the batch leaks."""
    return torch.cat([blended_logits(src[:-1], tgt[:-1]), sees(0, 1)(src[-1:], tgt[-1:])])

def slightly(src, tgt):
    """A small leak, well above 1e-4."""
    return blended_logits(src, tgt) + 0.002 * sees_everything(src, tgt)

def downwards(src, tgt):
    """A later token lowers the logits, and never raises one."""
    later = tgt.flip(1).cumsum(1).flip(1) - tgt
    return blended_logits(src, tgt) - later[..., None].float()

two_src, two_tgt = torch.tensor([[4, 5, 6, 2, 3], [7, 8, 9, 1, 2]]), torch.tensor([[1, 7, 8], [1, 9, 0]])
checks.raises(AssertionError, assert_no_leak, one_row, two_src, two_tgt, 10, hint="Here only the last sequence of the batch leaks.")
checks.raises(AssertionError, assert_no_leak, slightly, src, tgt, 10, hint="Here a small part of the future comes through, well above 1e-4.")
for opposite in (downwards, lambda src, tgt: blended_logits(src, tgt) * 2 - downwards(src, tgt)):
    checks.raises(AssertionError, assert_no_leak, opposite, src, torch.tensor([[1, 7, 8]]), 10, hint="A change may go either way: take its absolute value.")
checks.raises(AssertionError, assert_no_leak, sees_everything, src, torch.tensor([[9, 0]]), 10, hint=hint)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_assert_no_leak_passes", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: a model in which no position looks ahead passes; so does one that reads the whole source.
src, tgt = torch.tensor([[4, 5, 6]]), torch.tensor([[1, 7, 8, 9]])
result = passes(assert_no_leak, blended_logits, src, tgt, 10, because="This model leaks nothing: position t may see the source and the tokens up to t.")
checks.holds(result is None, "return None where nothing leaks, and raise an AssertionError where something does.")
### BEGIN HIDDEN TESTS
def itself_only(src, tgt):
    return F.one_hot(tgt, 10).float()

def barely(src, tgt):
    """The trembling of floating-point sums, not a leak."""
    return blended_logits(src, tgt) + 1e-6 * sees_everything_again(src, tgt)

def sees_everything_again(src, tgt):
    return blended_logits(src, tgt, lambda T: torch.ones(T, T, dtype=torch.bool))

for honest in (itself_only, barely, lambda s, t: blended_logits(s, t, seed=1)):
    for ids in [(src, tgt), (torch.tensor([[4, 5], [9, 0]]), torch.tensor([[9, 0], [9, 9]]))]:
        passes(assert_no_leak, honest, *ids, 10, because="This model leaks nothing: changes below 1e-4 are rounding.")
### END HIDDEN TESTS

# %%
sick, src, tgt = patient(), torch.tensor([[4, 5, 6]]), torch.tensor([[1, 7, 8, 9]])
try:
    assert_no_leak(lambda src, tgt: sick(tgt, tgt)[0], src, tgt, 10)
    print("no leak found")
except AssertionError:
    print("the assertion fails, as it should: the patient leaks")

# %% [markdown]
# ### Exercise: `mended_logits` (10 minutes, 4 points)
#
# Now mend it: compute the logits at all positions with the patient's own parts, but with the source in the encoder. Use
# `model.embed`, `model.encoder(x)`, `model.decoder(x, memory, tgt_mask=...)` and `model.lm_head`; PyTorch's masks, like ours,
# say True for blocked. Source and target have different lengths. There is no padding.

# %% nbgrader={"grade": false, "grade_id": "mended_logits", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mended_logits(model, src, tgt):
    """What a SickTransformer should compute.

    Args:
        model: a SickTransformer.
        src: int64 (b, T_src).
        tgt: int64 (b, T_tgt).

    Returns:
        the logits at all positions of the target, (b, T_tgt, vocab_size).
    """
    ### BEGIN SOLUTION
    memory = model.encoder(model.embed(src))
    T = tgt.shape[1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return model.lm_head(model.decoder(model.embed(tgt), memory, tgt_mask=future))
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_mended_logits_values", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# Test: no position sees a later token, and the source matters.
model, src, tgt = patient(seed=1), torch.tensor([[4, 5, 6, 3, 3]]), torch.tensor([[1, 7, 8, 9]])
made = checks.call(mended_logits, model, src, tgt)
made.is_tensor()
checks.holds(made.result.shape[1] == 4, "the logits should be those of all four positions of the target.")
checks.holds(made.result.shape[-1] == 10, "the logits should have a score for each of the ten words: is lm_head applied?")
made.is_tensor((1, 4, 10))
other_end = checks.call(mended_logits, model, src, torch.tensor([[1, 7, 8, 2]])).result
checks.holds(checks.same(other_end[:, :3], made.result[:, :3]), "the logits at positions 0 to 2 change with the last token of the target: they see the future.")
other_source = checks.call(mended_logits, model, torch.tensor([[4, 5, 0, 3, 3]]), tgt).result
checks.holds((other_source - made.result).abs().max() > 1e-3, "another source gives the same logits: the decoder does not see it.")
### BEGIN HIDDEN TESTS
for seed, (b, T_src, T_tgt) in enumerate([(2, 5, 3), (3, 2, 4), (1, 4, 1), (2, 4, 4)]):
    model = patient(seed=10 + seed)
    generator = torch.Generator().manual_seed(seed)
    src, tgt = (torch.randint(10, (b, T), generator=generator) for T in (T_src, T_tgt))
    future = torch.arange(T_tgt) > torch.arange(T_tgt)[:, None]
    x, y = (model.position(model.token_embedding(ids)) for ids in (src, tgt))
    memory = model.encoder(x)
    made = checks.call(mended_logits, model, src, tgt)
    right = model.lm_head(model.decoder(y, memory, tgt_mask=future))
    mistakes = {
        "the encoder still reads the target.": model.lm_head(model.decoder(y, model.encoder(y), tgt_mask=future)),
        "the decoder's self-attention sees the future.": model.lm_head(model.decoder(y, memory)),
        "the source is not encoded: the memory is what the encoder makes of it.": model.lm_head(model.decoder(y, x, tgt_mask=future)),
        "lm_head is missing.": model.decoder(y, memory, tgt_mask=future),
        "the positions are missing.": model.lm_head(model.decoder(
            model.token_embedding(tgt), model.encoder(model.token_embedding(src)), tgt_mask=future)),
    }
    if T_src > 1:
        blind = torch.ones(T_src, T_src, dtype=torch.bool).triu(1)
        mistakes["the encoder has a causal mask: the source is known from the start."] = (
            model.lm_head(model.decoder(y, model.encoder(x, src_mask=blind), tgt_mask=future)))
    made.equals(right, mistakes=mistakes)
### END HIDDEN TESTS

# %%
assert_no_leak(lambda src, tgt: mended_logits(sick, src, tgt), src, tgt, 10)
print("the same assertion passes: mended")

# %% [markdown]
# Second symptom: with dropout, the patient learns more slowly than its `dropout=0.1` explains. Dropout twice in a
# row, with share $p$ each, drops $1 - (1 - p)^2$: of 0.1 becomes 0.19, of 0.5 becomes 0.75.
#
# ### Exercise: `assert_dropped_once` (5 minutes, 3 points)
#
# Write the assertion that fails. The tensor has 10,000 entries or more, and none of them was 0 before dropout;
# $p$ lies between 0.1 and 0.5. Chance moves the share of zeros by up to 0.02; more than 0.04 away from $p$ is
# a mistake, be it too many or too few.

# %% nbgrader={"grade": false, "grade_id": "assert_dropped_once", "locked": false, "schema_version": 3, "solution": true, "task": false}
def assert_dropped_once(dropped, p):
    """Make sure that a tensor went through dropout once.

    Args:
        dropped: float tensor of any shape, 10,000 entries or more, none of them 0 before dropout.
        p: the share that dropout should drop, from 0.1 to 0.5.

    Returns:
        None.

    Raises:
        AssertionError: the share of zeros is not p; up to 0.02 away passes, 0.04 away does not.
    """
    ### BEGIN SOLUTION
    share = (dropped == 0).float().mean().item()
    assert abs(share - p) < 0.03, f"a share of {share:.2f} is dropped, not {p}"
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_assert_dropped_once_values", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: half of the entries are zero, then three quarters.
def with_zeros(share, shape=(100, 40, 5)):
    zeros = torch.linspace(0, 1, math.prod(shape)) < share
    return torch.full(shape, 2.0).masked_fill(zeros.reshape(shape), 0.0)
result = passes(assert_dropped_once, with_zeros(0.5), 0.5, because="Half of all entries are zero, as they should be.")
checks.holds(result is None, "return None where all is well, and raise an AssertionError where it is not.")
checks.raises(AssertionError, assert_dropped_once, with_zeros(0.75), 0.5, hint="Three quarters are zero where p is a half.")
### BEGIN HIDDEN TESTS
for p in (0.1, 0.2, 0.35, 0.5):
    for sign, shape in [(1, (100, 40, 5)), (-1, (20_000,)), (-1, (4, 5000))]:
        for share in (p, p - 0.015, p + 0.015):
            passes(assert_dropped_once, sign * with_zeros(share, shape), p, because="The share of zeros is within 0.015 of p; the others are positive or negative.")
        twice = 1 - (1 - p) ** 2
        checks.raises(AssertionError, assert_dropped_once, sign * with_zeros(twice, shape), p, hint="This tensor was dropped twice.")
        checks.raises(AssertionError, assert_dropped_once, sign * with_zeros(p + 0.045, shape), p, hint="Too much is dropped, by 0.045.")
        checks.raises(AssertionError, assert_dropped_once, sign * with_zeros(-1, shape), p, hint="Nothing is dropped at all.")
        checks.raises(AssertionError, assert_dropped_once, sign * with_zeros(p - 0.045, shape), p, hint="Too little is dropped, by 0.045.")
result = passes(assert_dropped_once, with_zeros(0.3) / 1e6, 0.3, because="Here the entries that stay are small, and not 0.")
### END HIDDEN TESTS

# %%
torch.manual_seed(0)
sick = patient(d_model=64, dropout=0.2).train()
ids = torch.arange(10).repeat(30, 1)
try:
    assert_dropped_once(sick.embed(ids), 0.2)
    print("dropped once")
except AssertionError:
    print("the assertion fails, as it should: not a share of 0.2")

# %% [markdown]
# ### Exercise: `embed_once` (5 minutes, 3 points)
#
# Mend it: token embedding and positions, and dropout once.

# %% nbgrader={"grade": false, "grade_id": "embed_once", "locked": false, "schema_version": 3, "solution": true, "task": false}
def embed_once(model, ids):
    """What SickTransformer.embed should do.

    Args:
        model: a SickTransformer.
        ids: int64 (b, T).

    Returns:
        token embeddings with positions, dropped once in training mode, (b, T, d_model).
    """
    ### BEGIN SOLUTION
    return model.position(model.token_embedding(ids))
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_embed_once_values", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: in evaluation nothing is dropped, and positions tell equal tokens apart.
model = patient(seed=2, dropout=0.25)
made = checks.call(embed_once, model, torch.tensor([[4, 4, 4]]))
made.is_tensor((1, 3, 8))
apart = (made.result[0, 0] - made.result[0, 1]).abs().max().item()
checks.holds(apart > 1e-3, "the same token gets the same vector at two positions: the positions are missing.")
### BEGIN HIDDEN TESTS
ids = torch.arange(700).reshape(100, 7) % 10
for p in (0.25, 0.5):
    model = patient(seed=3, dropout=p)
    right = model.token_embedding(ids) + torch.arange(1, 57.0).reshape(7, 8).sin()
    made = checks.call(embed_once, model.eval(), ids)
    made.is_tensor((100, 7, 8))
    checks.holds(made.result.all(), "entries are dropped in evaluation mode.")
    made.equals(right, mistakes={
        "the positions are missing.": model.token_embedding(ids),
        "the token embedding is missing.": right - model.token_embedding(ids),
    })
    made = checks.call(embed_once, model.train(), ids)
    made.is_tensor((100, 7, 8))
    checks.holds((made.result == 0).double().mean() < p + 0.1, "far more is dropped than one dropout does.")
    checks.drops(made.result.flatten(), (right / (1 - p)).detach().flatten(), p, f"the embedding in training (dropout={p})", mistakes={
        "dropout falls twice, and scales twice.": (right / (1 - p) ** 2).detach().flatten(),
    })
    checks.holds(made.result.requires_grad, "the embedding carries no gradient: nothing could be trained with it.")
    checks.holds(model.training, "the model is left in evaluation mode: do not change it.")
### END HIDDEN TESTS

# %%
assert_dropped_once(embed_once(sick, ids), 0.2)
print("the same assertion passes: mended")

# %% [markdown]
# Third symptom, and the only loud one:

# %%
try:
    sick.get_num_params()
except AttributeError as error:
    print("AttributeError:", error)

# %% [markdown]
# The line was copied from a model whose positions are an `nn.Embedding`. Here they are a fixed table: there is no
# `weight`, and nothing to subtract. The embedding that does have parameters was forgotten.
#
# ### Exercise: `get_num_params` (5 minutes, 3 points)

# %% nbgrader={"grade": false, "grade_id": "get_num_params", "locked": false, "schema_version": 3, "solution": true, "task": false}
def get_num_params(model, non_embedding=True):
    """The number of a model's parameters.

    Args:
        model: a SickTransformer.
        non_embedding: leave the parameters of the token embedding out.

    Returns:
        a Python int.
    """
    ### BEGIN SOLUTION
    number = sum(p.numel() for p in model.parameters())
    if non_embedding:
        number -= model.token_embedding.weight.numel()
    return number
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_get_num_params_values", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: a patient of 10 words and 8 features has 80 numbers in its token embedding.
model = patient()
everything = checks.call(get_num_params, model, non_embedding=False)
without = checks.call(get_num_params, model, non_embedding=True)
checks.holds(everything.result != 1448, "True and False of non_embedding are exchanged.")
checks.holds(everything.result != 32, "you count tensors: count the numbers in them.")
checks.equals(everything.result, 1528, everything.what)
checks.holds(without.result != 1528, "the token embedding is still counted.")
checks.holds(without.result != 1368, "lm_head is left out too: it is no embedding.")
checks.holds(without.result != 1518, "only the rows of the embedding are left out: leave all of its numbers out.")
checks.equals(without.result, 1528 - 80, without.what)
### BEGIN HIDDEN TESTS
for sizes in ({"vocab_size": 9, "d_model": 6, "d_ff": 5}, {"vocab_size": 30, "d_model": 4, "d_ff": 11}):
    model = patient(**sizes)
    number = sum(p.numel() for p in model.parameters())
    default = checks.call(get_num_params, model)
    checks.holds(default.result != number, "the embedding is counted unless non_embedding is given: it is True by default.")
    default.equals(number - sizes["vocab_size"] * sizes["d_model"])
    checks.call(get_num_params, model, True).equals(number - sizes["vocab_size"] * sizes["d_model"])
    checks.call(get_num_params, model, False).equals(number)
### END HIDDEN TESTS

# %% [markdown]
# None of the two quiet bugs shows in shapes, in the first loss, or in a falling training loss. They show
# when one asks what must *not* depend on what.
#
# ## 8.13 Capstone: reading dates
#
# From letters to something that people write. In Chinese the 20th of November 2026 is
# 二〇二六年十一月二十日: the year digit by digit, then month and day as numbers, each with its word:
# 年 *year*, 月 *month*, 日 *day*. We want 2026-11-20. Some of it is copying, some is not: 十 is 10 in 十月, the
# digit 1 in 十一月, a 0 in 二十日 and nothing but a place value in 二十五日; months and days may need a leading zero; and what is written
# for a month depends on what comes before 月, wherever that stands.
#
# Numbers up to 31 are written so: 一 二 三 四 五 六 七 八 九 are 1 to 9, 十 is 10, 十一 is 11, 二十 is 20, 二十一 is 21, 三十 is 30, 三十一 is 31.
# The year has 〇 for zero.
#
# There is nothing to download: whoever can write all dates has a data set.
#
# ### Exercise: `chinese_date` (20 minutes, 5 points)
#
# <details><summary>Hint 1</summary>
#
# `"〇一二三四五六七八九"[7]` is 七.
# </details>
# <details><summary>Hint 2</summary>
#
# Write a small function for numbers from 1 to 31: tens and units come from `divmod(number, 10)`. There is no 一 before 十,
# and no 〇 after it.
# </details>

# %% nbgrader={"grade": false, "grade_id": "given_spelling", "locked": true, "schema_version": 3, "solution": false, "task": false}
SLIPS = {
    "0123456789": "there are Arabic digits in it.",
    " ": "there are spaces in it.",
    "零": "zero is written 〇 in a year.",
    "号": "the day ends with 日 in writing.",
    "廿": "twenty is written 二十.",
    "百千": "the year is read digit by digit.",
}


def is_spelled(made, right):
    """Check how a date is spelled: what is wrong with it in words, where it is a usual slip."""
    text = made.result if isinstance(made.result, str) else right
    for characters, sentence in SLIPS.items():
        checks.holds(not set(characters) & set(text), f"{made.what}: is {text!r}: {sentence}")
    rest = text.partition("年")[2]
    checks.holds("一十" not in rest, f"{made.what}: is {text!r}: there is no 一 before 十.")
    checks.holds("〇" not in rest, f"{made.what}: is {text!r}: month and day are numbers, and have no 〇.")
    checks.holds(text.endswith("日") and "月" in rest, f"{made.what}: is {text!r}: year, month and day each have their word, and come in this order.")
    made.equals(right)

# %% nbgrader={"grade": false, "grade_id": "chinese_date", "locked": false, "schema_version": 3, "solution": true, "task": false}
def chinese_date(year, month, day):
    """A date in Chinese words.

    Args:
        year: int from 1000 to 9999.
        month: int from 1 to 12.
        day: int from 1 to 31.

    Returns:
        a string without spaces.

    Example:
        chinese_date(2026, 11, 20) is "二〇二六年十一月二十日"
    """
    ### BEGIN SOLUTION
    digits = "〇一二三四五六七八九"

    def number(n):
        tens, units = divmod(n, 10)
        text = "" if tens == 0 else "十" if tens == 1 else digits[tens] + "十"
        return text + (digits[units] if units else "")

    years = "".join(digits[int(digit)] for digit in str(year))
    return f"{years}年{number(month)}月{number(day)}日"
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_chinese_date_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Test: two dates.
is_spelled(checks.call(chinese_date, 2026, 11, 20), "二〇二六年十一月二十日")
is_spelled(checks.call(chinese_date, 1949, 1, 31), "一九四九年一月三十一日")
### BEGIN HIDDEN TESTS
for args, right in [((2000, 12, 2), "二〇〇〇年十二月二日"), ((1987, 6, 15), "一九八七年六月十五日"), ((1234, 9, 27), "一二三四年九月二十七日"), ((9999, 3, 4), "九九九九年三月四日")]:
    is_spelled(checks.call(chinese_date, *args), right)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_chinese_date_tens", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Test: the numbers around ten.
is_spelled(checks.call(chinese_date, 1905, 10, 10), "一九〇五年十月十日")
is_spelled(checks.call(chinese_date, 2080, 8, 19), "二〇八〇年八月十九日")
### BEGIN HIDDEN TESTS
units = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"]
numbers = [tens + unit for tens in ("", "十", "二十", "三十") for unit in units]
for day in range(1, 32):
    is_spelled(checks.call(chinese_date, 2007, 7, day), f"二〇〇七年七月{numbers[day]}日")
for month in range(1, 13):
    is_spelled(checks.call(chinese_date, 1860, month, 5), f"一八六〇年{numbers[month]}月五日")
### END HIDDEN TESTS

# %% [markdown]
# All days of two centuries are 73,049 pairs. A thousand of them, drawn at random, are kept back and never trained on. The characters of
# both sides share one vocabulary.

# %%
from datetime import date, timedelta

VOCABULARY = ["<pad>", "<bos>", "<eos>", *"〇一二三四五六七八九十年月日", *"0123456789-"]
ID = {character: number for number, character in enumerate(VOCABULARY)}
first, last = date(1900, 1, 1), date(2099, 12, 31)
days = [first + timedelta(days=n) for n in range((last - first).days + 1)]


def date_pair(day):
    """A date as ids: the Chinese words, padded to 12, and the ISO form between its two marks."""
    words = [ID[c] for c in chinese_date(day.year, day.month, day.day)]
    return words + [PAD] * (12 - len(words)), [BOS, *(ID[c] for c in day.isoformat()), EOS]


sources, targets = (torch.tensor(side) for side in zip(*map(date_pair, days)))
order = torch.randperm(len(days), generator=torch.Generator().manual_seed(7))
unseen, trained_on = order[:1000], order[1000:]
print(f"{len(days):,} dates, {len(VOCABULARY)} characters")

# %% tags=["nbval-ignore-output", "skip-when-graded"]
def date_batch():
    rows = trained_on[torch.randint(len(trained_on), (64,), generator=generator)]
    return sources[rows], targets[rows]


torch.manual_seed(2)
generator = torch.Generator().manual_seed(2)
reader = make_transformer(TransformerConfig(len(VOCABULARY), max_len=12))
losses = fit(reader, date_batch, steps=600)

# %% tags=["skip-when-graded"]
share = exactly_right(reader, sources[unseen], targets[unseen]).float().mean().item()
print("unseen dates read exactly, at least 99 in 100:", share >= 0.99)
for row in unseen[:4]:
    written = greedy_decode(reader, sources[row][None], BOS, EOS, 11)[0]
    print(text(sources[row]), "→", text(written))

# %% [markdown]
# And where does it look? Rows are the characters written, columns those read.

# %% tags=["nbval-ignore-output", "skip-when-graded"] alt="Heatmap of cross-attention for one date: rows are the characters of 2026-11-20, columns those of its Chinese form; the digits of the year look at their own characters, those of month and day at the characters before 月 and 日, and the hyphens at nothing in particular."
example = date(2026, 11, 20)
characters = chinese_date(example.year, example.month, example.day)
words, iso = date_pair(example)
inputs = torch.tensor(iso[:-1])
weights = cross_attention(reader, torch.tensor(words[: len(characters)]), inputs)
pinyin = dict(zip("〇一二三四五六七八九十年月日", ["líng", "yī", "èr", "sān", "sì", "wǔ", "liù", "qī", "bā", "jiǔ", "shí", "nián", "yuè", "rì"]))
columns = list(characters) if figures.use_chinese_font() else [pinyin[c] for c in characters]
figures.heatmap(weights[:-1], list(example.isoformat()), columns, title="cross-attention", ylabel="writes", xlabel="reads", limits=(0, 1))
plt.show()

# %% [markdown]
# Digits look at the character that they come from, and month and day are found where their words stand. Where there is
# nothing to find out, the weights are spread: a hyphen is a hyphen, and in our two centuries what comes after a 2 is always a 0.
#
# This is where the guided part ends. Some ways on, none of them graded:
#
# - Add other spellings of the same date: 2026年11月20日, 26/11/20, 11月20日 with a year of your choice, days as 廿三 (an old form of 23).
# - Turn it round: from ISO to Chinese. Is it harder or easier? Why?
# - How few dates are enough? Train on 100, 300, 1,000, and draw the share of unseen dates that are right.
# - Keep all dates of March back. Does the model read a month that it never saw as a month?
# - Break something on purpose (no positions, no cross-attention, one head, no residual) and see what is lost.
#
# ## 8.14 What it is good and bad at

# %% [markdown] nbgrader={"grade": false, "grade_id": "question_architecture", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Question: `written_architecture` (25 minutes, 6 points, read by a person)
#
# Explain the architecture to somebody who knows neural networks but not this one: what does each component
# contribute (embedding and positions, self-attention, cross-attention, feed-forward, residual and normalization,
# masks), and what would happen without it? Then name two things that the architecture is good at and two that it is bad at,
# each with its reason. A page is enough.
#
# ### BEGIN MARK SCHEME
# - 2 points: the role of each component is right; one point if one or two are missing or wrong.
# - 2 points: what goes wrong without it, for at least four components: without positions, order is
#   invisible; without the causal mask, training sees the answer; without cross-attention, the source is not read; without residual
#   and norm, deep stacks hardly train; without feed-forward, tokens are only mixed.
# - 1 point: two strengths with reasons: parallel over positions, one step between any two tokens,
#   the same blocks for many tasks, weights that can be looked at.
# - 1 point: two limits with reasons: work and memory grow with the square of the length, writing goes token by token,
#   no built-in sense of order or locality so that much data is needed, a maximal length that was trained.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_architecture", "locked": false, "points": 6, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# The embedding turns token ids into vectors; positions are added because attention treats its input as a set, so that without
# them every order of the words looks alike. Self-attention lets each token gather what it needs from the others of its own
# sequence; without it tokens would never meet. The causal mask keeps it from
# looking ahead in the decoder; without it, training would be copying the answer, and writing would fail. Padding masks keep
# fillers from being read. Cross-attention is how the decoder reads the source; without it the output has nothing to do with the
# input. The feed-forward network works on each token alone, and holds most of the parameters; without it
# a layer could only mix values linearly. Residual connections give gradients a straight way back and normalization
# keeps sizes steady; without them a deep stack hardly trains.
#
# It is good at long-range relations, because any two tokens are one step apart, and at being
# trained fast, because all positions are computed at once. It is bad at very long inputs, because
# scores grow with the square of the length, and at writing fast, because each token waits for the
# one before. It also knows nothing about order or neighbourhood from the start and needs much
# data to learn it.
# ### END SOLUTION

# %% [markdown]
# ## 8.15 What breaks next: what changed since 2017
#
# Your Transformer is the one of 2017 with its norms moved. Scaled up, several things break, and what mended
# them is what separates it from the models of today. Each is a small change in code that you now own.
#
# | what breaks | what is done today | paper |
# |---|---|---|
# | deep post-norm stacks are hard to train | **pre-norm**, as you built | Xiong et al. 2020, [arXiv:2002.04745](https://arxiv.org/abs/2002.04745) |
# | a position's vector says nothing beyond the trained length | **RoPE**: queries and keys are rotated by their position (chapter 7) | Su et al. 2021, [arXiv:2104.09864](https://arxiv.org/abs/2104.09864) |
# | LayerNorm's mean costs time and does little | **RMSNorm**: divide by the root of the mean square, no mean, no bias | Zhang and Sennrich 2019, [arXiv:1910.07467](https://arxiv.org/abs/1910.07467) |
# | ReLU silences half of the inner features | **SwiGLU**: one linear map gates another | Shazeer 2020, [arXiv:2002.05202](https://arxiv.org/abs/2002.05202) |
# | writing computes every earlier key and value anew for each token | **KV cache**: they are kept, and only the new token is computed | Pope et al. 2022, [arXiv:2211.05102](https://arxiv.org/abs/2211.05102) |
# | the cache fills the memory | **grouped queries**: several query heads share one head of keys and values | Ainslie et al. 2023, [arXiv:2305.13245](https://arxiv.org/abs/2305.13245) |
# | the T × T scores do not fit | **fused attention**: computed block by block and never stored (`F.scaled_dot_product_attention`) | Dao et al. 2022, [arXiv:2205.14135](https://arxiv.org/abs/2205.14135) |
# | even so, work grows with T² | sparse: Longformer, BigBird; linear: Linformer, Performer | [2004.05150](https://arxiv.org/abs/2004.05150), [2007.14062](https://arxiv.org/abs/2007.14062), [2006.04768](https://arxiv.org/abs/2006.04768), [2009.14794](https://arxiv.org/abs/2009.14794) |
#
# And the architecture was taken apart. Half of it turned out to be enough for many tasks:
#
# | kind | models | paper |
# |---|---|---|
# | encoder only, reads | BERT | Devlin et al. 2019, [arXiv:1810.04805](https://arxiv.org/abs/1810.04805) |
# | decoder only, writes | GPT-2, GPT-3, PaLM, LLaMA | Radford et al. 2019; Brown et al. 2020, [arXiv:2005.14165](https://arxiv.org/abs/2005.14165); Chowdhery et al. 2022, [arXiv:2204.02311](https://arxiv.org/abs/2204.02311); Touvron et al. 2023, [arXiv:2302.13971](https://arxiv.org/abs/2302.13971) |
# | both, as here | BART, T5 | Lewis et al. 2019, [arXiv:1910.13461](https://arxiv.org/abs/1910.13461); Raffel et al. 2019, [arXiv:1910.10683](https://arxiv.org/abs/1910.10683) |
# | decoders that also take pictures and sound | Gemini | Gemini Team 2023, [arXiv:2312.11805](https://arxiv.org/abs/2312.11805) |
#
# If you read three papers, read Vaswani et al. 2017, Devlin et al. 2019 and Radford et al. 2019 (*Language Models are Unsupervised
# Multitask Learners*). Jay Alammar's *The Illustrated Transformer* and *The Illustrated GPT-2* draw all of it; PyTorch's tutorial *Language
# Modeling with nn.Transformer* and the documentation of Hugging Face's Transformers show how it is used in practice.
#
# You began with a product of two numbers, and you end with a machine that you trained. Between the two there is no step that you
# have not written yourself.
#
# ## Your progress
#
# This cell lists the exercises whose tests have run since you started the notebook. To run
# everything anew: *Run > Restart Kernel and Run All Cells*. Tests that are hidden from you run when the
# notebook is graded.

# %%
progress.show("08_transformer")
