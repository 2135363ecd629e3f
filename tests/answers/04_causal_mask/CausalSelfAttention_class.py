# %% correct: boolean mask, filled
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values

# %% correct: 0 = hide, in place, a float mask, other order of attributes
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.register_buffer("mask", torch.tril(torch.ones(context_length, context_length)))
        self.W_query = nn.Linear(d_in, d_out, qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, qkv_bias)

    def forward(self, x):
        T, longest = x.size(1), self.mask.size(0)
        if T > longest:
            raise ValueError("got %d tokens, at most %d are possible" % (T, longest))
        k, q, v = self.W_key(x), self.W_query(x), self.W_value(x)
        scores = torch.einsum("bqd,bkd->bqk", q, k)
        scores.masked_fill_(self.mask[:T, :T] == 0, float("-inf"))
        return torch.einsum("bqk,bkd->bqd", F.softmax(scores * k.shape[-1] ** -0.5, dim=2), v)

# %% correct: additive mask of three dimensions, bmm
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.W_query, self.W_key, self.W_value = (nn.Linear(d_in, d_out, bias=qkv_bias) for _ in range(3))
        self.register_buffer("mask", torch.full((1, context_length, context_length), -torch.inf).triu(1))

    def forward(self, x):
        T = x.shape[-2]
        if T > self.mask.shape[-1]:
            raise ValueError(f"context_length is {self.mask.shape[-1]}, the input has {T}")
        scores = torch.bmm(self.W_query(x), self.W_key(x).mT) / math.sqrt(self.W_key.out_features)
        return torch.bmm(nn.functional.softmax(scores + self.mask[:, :T, :T], -1), self.W_value(x))


import math

# %% correct: through PyTorch's attention, mask not saved
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", causal_mask(context_length), persistent=False)

    def forward(self, x):
        T = x.shape[1]
        if T > len(self.mask):
            raise ValueError(f"{T} > {len(self.mask)}")
        may_attend = ~self.mask[:T, :T]
        return F.scaled_dot_product_attention(self.W_query(x), self.W_key(x), self.W_value(x), attn_mask=may_attend)

# %% correct: sequence by sequence, query by query, integer mask
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.context_length = context_length
        for name in ("W_query", "W_key", "W_value"):
            setattr(self, name, nn.Linear(d_in, d_out, bias=qkv_bias))
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.int64).tril())

    def forward(self, x):
        if x.shape[1] > self.context_length:
            raise ValueError(f"an input of {x.shape[1]} is longer than {self.context_length}")
        outputs = []
        for sequence in x:
            q, k, v = self.W_query(sequence), self.W_key(sequence), self.W_value(sequence)
            rows = []
            for i in range(len(sequence)):
                seen = self.mask[i, : len(sequence)].bool()
                weights = torch.softmax(k[seen] @ q[i] / q.shape[-1] ** 0.5, dim=0)
                rows.append(weights @ v[seen])
            outputs.append(torch.stack(rows))
        return torch.stack(outputs)

# %% wrong: no scaling
# visible test_CausalSelfAttention_values: names it: the output of journey: the scores are not scaled.
# hidden test_CausalSelfAttention_shorter: row 1 of our sentence: gives -0.5893 at [0], expected -0.5874. 2 of 2 numbers differ.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values

# %% wrong: divided by d_out
# visible test_CausalSelfAttention_values: names it: the output of journey: the scores are divided by d_out: the root is missing.
# hidden test_CausalSelfAttention_shorter: row 1 of our sentence: gives -0.5862 at [0], expected -0.5874. 2 of 2 numbers differ.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values

# %% wrong: divided by the root of d_in
# visible test_CausalSelfAttention_values: names it: the output of journey: the scores are divided by √d_in: the keys have d_out features.
# hidden test_CausalSelfAttention_shorter: row 1 of our sentence: gives -0.5866 at [0], expected -0.5874. 2 of 2 numbers differ.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / x.shape[-1]**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values

# %% wrong: divided by the root of T
# visible test_CausalSelfAttention_values: names it: the output of journey: the scores are divided by √T: the keys have d_out features.
# visible test_CausalSelfAttention_shorter: the outputs when only the first 4 of 6 tokens come: gives -0.5862 at [0, 1, 0], expected -0.5856. 6 of 8 numbers differ.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / T**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values

# %% wrong: softmax over the queries
# visible test_CausalSelfAttention_values: names it: the output of journey: the softmax runs over the queries: it should run over the keys.
# visible test_CausalSelfAttention_shorter: the outputs when only the first 1 of 6 tokens come: gives -0.4519 at [0, 0, 0], expected -0.0844. 2 of 2 numbers differ.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=1)
        return weights @ values

# %% wrong: no mask
# visible test_CausalSelfAttention_values: names it: the output of journey: it sees the future: nothing is masked.
# visible test_CausalSelfAttention_shorter: the outputs when only the first 1 of 6 tokens come: gives -0.4519 at [0, 0, 0], expected -0.5337. 2 of 2 numbers differ.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores, dim=-1)
        return weights @ values

# %% wrong: the diagonal is blocked
# visible test_CausalSelfAttention_values: names it: the output of journey: it does not see itself: the diagonal is to be left open.
# hidden test_CausalSelfAttention_shorter: row 1 of our sentence: gives -0.4519 at [0], expected -0.5874. 2 of 2 numbers differ.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu())

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values

# %% wrong: one token too many is seen
# visible test_CausalSelfAttention_values: names it: the output of journey: it sees one token too many.
# visible test_CausalSelfAttention_shorter: the outputs when only the first 1 of 6 tokens come: gives -0.4519 at [0, 0, 0], expected -0.5848. 2 of 2 numbers differ.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(2))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values

# %% wrong: the past is blocked
# visible test_CausalSelfAttention_values: names it: the output of journey: it sees the future and not the past.
# visible test_CausalSelfAttention_shorter: the outputs when only the first 1 of 6 tokens come: gives -0.4519 at [0, 0, 0], expected -0.5337. 2 of 2 numbers differ.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).tril(-1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values

# %% wrong: masked after the softmax
# visible test_CausalSelfAttention_values: names it: the output of journey: masked after the softmax, and the rows do not sum to 1.
# visible test_CausalSelfAttention_shorter: the outputs when only the first 1 of 6 tokens come: gives -0.4519 at [0, 0, 0], expected -0.07758. 2 of 2 numbers differ.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores, dim=-1).masked_fill(self.mask[:T, :T], 0.0)
        return weights @ values

# %% wrong: masked after the softmax and renormalized
# hidden test_CausalSelfAttention_values: names it: CausalSelfAttention(x of shape (2, 5, 3)): where scores are large, nan comes out: the first softmax leaves nothing to renormalize. Mask before the softmax, and take one softmax.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores, dim=-1).masked_fill(self.mask[:T, :T], 0.0)
        weights = weights / weights.sum(dim=-1, keepdim=True)
        return weights @ values

# %% wrong: minus 1e9
# hidden test_CausalSelfAttention_values: names it: CausalSelfAttention(x of shape (2, 5, 3)): where scores are very low, masked keys get weight: a large negative number in place of -inf wins.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -1e9), dim=-1)
        return weights @ values

# %% wrong: minus 1e30
# hidden test_CausalSelfAttention_values: names it: CausalSelfAttention(x of shape (2, 5, 3)): where scores are very low, masked keys get weight: a large negative number in place of -inf wins.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -1e30), dim=-1)
        return weights @ values

# %% wrong: blocked scores are 0
# visible test_CausalSelfAttention_values: names it: the output of journey: blocked scores are 0 before the softmax, and exp(0) is 1.
# visible test_CausalSelfAttention_shorter: the outputs when only the first 1 of 6 tokens come: gives -0.4519 at [0, 0, 0], expected -0.5249. 2 of 2 numbers differ.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], 0.0), dim=-1)
        return weights @ values

# %% wrong: mask is a plain attribute
# visible test_CausalSelfAttention_buffer: names it: CausalSelfAttention(3, 4, 6): mask is a plain attribute, so it stays behind when the module moves to another device. Use self.register_buffer("mask", ...).
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.mask = torch.ones(context_length, context_length, dtype=torch.bool).triu(1)

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values

# %% wrong: mask is a parameter
# visible test_CausalSelfAttention_parameters: names it: CausalSelfAttention(3, 4, 6, qkv_bias=False): has parameters that nobody asked for: mask.
# visible test_CausalSelfAttention_buffer: names it: CausalSelfAttention(3, 4, 6): mask is a parameter, so training would change it. Use self.register_buffer("mask", ...).
# hidden test_CausalSelfAttention_values: names it: CausalSelfAttention(4, 3, 6): mask is a parameter, so training would change it. Use self.register_buffer("mask", ...).
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.mask = nn.Parameter(torch.full((context_length, context_length), -torch.inf).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores + self.mask[:T, :T], dim=-1)
        return weights @ values

# %% wrong: mask is a frozen parameter
# visible test_CausalSelfAttention_parameters: names it: CausalSelfAttention(3, 4, 6, qkv_bias=False): has parameters that nobody asked for: mask.
# visible test_CausalSelfAttention_buffer: names it: CausalSelfAttention(3, 4, 6): mask is a parameter, so training would change it. Use self.register_buffer("mask", ...).
# hidden test_CausalSelfAttention_values: names it: CausalSelfAttention(4, 3, 6): mask is a parameter, so training would change it. Use self.register_buffer("mask", ...).
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.mask = nn.Parameter(torch.ones(context_length, context_length).triu(1), requires_grad=False)

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T].bool(), -torch.inf), dim=-1)
        return weights @ values

# %% wrong: no mask is kept
# visible test_CausalSelfAttention_buffer: names it: CausalSelfAttention(3, 4, 6): has no buffer mask.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        pass

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        weights = torch.softmax(scores.masked_fill(future, -torch.inf), dim=-1)
        return weights @ values

# %% wrong: the buffer has another name
# visible test_CausalSelfAttention_buffer: names it: CausalSelfAttention(3, 4, 6): has no buffer mask.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("causal_mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.causal_mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values

# %% wrong: T must be the context length
# visible test_CausalSelfAttention_shorter: CausalSelfAttention(x of shape (1, 1, 3)): raises RuntimeError: Expected size for first two dimensions of batch2 tensor to be: [1, 6] but got: [1, 1]. Line 18 of the cell: `return weights @ values`
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask, -torch.inf), dim=-1)
        return weights @ values

# %% wrong: keeps the cut mask
# visible test_CausalSelfAttention_shorter: names it: the outputs when only the first 4 of 6 tokens come: nothing is masked after a shorter input came first. Is the mask kept as it was cut?
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        self.mask = self.mask[:T, :T]
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values

# %% wrong: the mask's corner from the end
# visible test_CausalSelfAttention_shorter: names it: the outputs when only the first 4 of 6 tokens come: the rows of the mask are those of the last tokens: take the upper left corner.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[-T:, :T], -torch.inf), dim=-1)
        return weights @ values

# %% wrong: transposes the batch too
# visible test_CausalSelfAttention_parameters: CausalSelfAttention(x of shape (1, 6, 3)): raises RuntimeError: mat1 and mat2 shapes cannot be multiplied (4x6 and 4x6). Line 16 of the cell: `scores = queries @ keys.T / self.d_out**0.5`
# visible test_CausalSelfAttention_buffer: CausalSelfAttention(x of shape (1, 6, 3)): raises RuntimeError: mat1 and mat2 shapes cannot be multiplied (4x6 and 4x6). Line 16 of the cell: `scores = queries @ keys.T / self.d_out**0.5`
# visible test_CausalSelfAttention_values: CausalSelfAttention(x of shape (2, 6, 3)): raises RuntimeError: Expected size for first two dimensions of batch2 tensor to be: [2, 2] but got: [2, 6]. Line 16 of the cell: `scores = queries @ keys.T / self.d_out**0.5`
# visible test_CausalSelfAttention_shorter: CausalSelfAttention(x of shape (1, 6, 3)): raises RuntimeError: mat1 and mat2 shapes cannot be multiplied (2x6 and 2x6). Line 16 of the cell: `scores = queries @ keys.T / self.d_out**0.5`
# visible test_CausalSelfAttention_too_long: CausalSelfAttention(x of shape (2, 11, 3)): raises RuntimeError: Expected size for first two dimensions of batch2 tensor to be: [2, 2] but got: [2, 11]. Line 16 of the cell: `scores = queries @ keys.T / self.d_out**0.5`
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.T / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values

# %% wrong: only for a batch of one
# visible test_CausalSelfAttention_values: CausalSelfAttention(x of shape (2, 6, 3)): raises RuntimeError: Expected size for first two dimensions of batch2 tensor to be: [2, 2] but got: [2, 6]. Line 17 of the cell: `scores = queries @ keys.T / self.d_out**0.5`
# hidden test_CausalSelfAttention_shorter: CausalSelfAttention(x of shape (3, 2, 4)): raises RuntimeError: The size of tensor a (3) must match the size of tensor b (5) at non-singleton dimension 0. Line 17 of the cell: `scores = queries @ keys.T / self.d_out**0.5`
# visible test_CausalSelfAttention_too_long: CausalSelfAttention(x of shape (2, 11, 3)): raises RuntimeError: Expected size for first two dimensions of batch2 tensor to be: [2, 2] but got: [2, 11]. Line 17 of the cell: `scores = queries @ keys.T / self.d_out**0.5`
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        x = x.squeeze(0)
        T = len(x)
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.T / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return (weights @ values).unsqueeze(0)

# %% wrong: only the first sequence of the batch
# hidden test_CausalSelfAttention_values: names it: CausalSelfAttention(x of shape (3, 5, 4)): the first sequence's keys and values are used for the whole batch.
# hidden test_CausalSelfAttention_shorter: CausalSelfAttention(x of shape (3, 2, 4)): gives 0.3869 at [1, 0, 0], expected 0.908. 20 of 30 numbers differ.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x[:1]), self.W_value(x[:1])
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values

# %% wrong: no check of the length
# visible test_CausalSelfAttention_too_long: CausalSelfAttention(x of shape (2, 13, 3)): raises RuntimeError: The size of tensor a (11) must match the size of tensor b (13) at non-singleton dimension 2. Line 15 of the cell: `weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)` It should raise ValueError.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values

# %% wrong: assert in place of ValueError
# visible test_CausalSelfAttention_too_long: names it: CausalSelfAttention(x of shape (2, 13, 3)): raises AssertionError: 13 tokens, but the context length is 11. Line 13 of the cell: `assert T <= self.context_length, f"{T} tokens, but the context length is {self.context_length}"` It should raise ValueError.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        assert T <= self.context_length, f"{T} tokens, but the context length is {self.context_length}"
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values

# %% wrong: the message names one length
# visible test_CausalSelfAttention_too_long: names it: CausalSelfAttention(x of shape (2, 13, 3)): raises ValueError as it should, but its message ('at most 11 tokens') does not mention 13.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"at most {self.context_length} tokens")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values

# %% wrong: cuts a longer input
# visible test_CausalSelfAttention_too_long: names it: CausalSelfAttention(x of shape (2, 13, 3)): should raise ValueError, but returns tensor of shape (2, 11, 2). Compare the number of tokens with context_length first.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            x, T = x[:, : self.context_length], self.context_length
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values

# %% wrong: refuses the full length too
# visible test_CausalSelfAttention_parameters: names it: CausalSelfAttention(x of shape (1, 6, 3)): raises ValueError: 6 tokens, but the context length is 6. Line 14 of the cell: `raise ValueError(f"{T} tokens, but the context length is {self.context_length}")` Nothing should be raised here.
# visible test_CausalSelfAttention_buffer: names it: CausalSelfAttention(x of shape (1, 6, 3)): raises ValueError: 6 tokens, but the context length is 6. Line 14 of the cell: `raise ValueError(f"{T} tokens, but the context length is {self.context_length}")` Nothing should be raised here.
# visible test_CausalSelfAttention_values: names it: CausalSelfAttention(x of shape (2, 6, 3)): raises ValueError: 6 tokens, but the context length is 6. Line 14 of the cell: `raise ValueError(f"{T} tokens, but the context length is {self.context_length}")` Nothing should be raised here.
# visible test_CausalSelfAttention_shorter: names it: CausalSelfAttention(x of shape (1, 6, 3)): raises ValueError: 6 tokens, but the context length is 6. Line 14 of the cell: `raise ValueError(f"{T} tokens, but the context length is {self.context_length}")` Nothing should be raised here.
# visible test_CausalSelfAttention_too_long: names it: CausalSelfAttention(x of shape (2, 11, 3)): raises ValueError: 11 tokens, but the context length is 11. Line 14 of the cell: `raise ValueError(f"{T} tokens, but the context length is {self.context_length}")` Nothing should be raised here.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T >= self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values

# %% wrong: always with bias
# visible test_CausalSelfAttention_parameters: names it: CausalSelfAttention(3, 4, 6, qkv_bias=False): has parameters that nobody asked for: W_query.bias, W_key.bias, W_value.bias.
# visible test_CausalSelfAttention_values: the output of journey: gives 0.02848 at [0], expected -0.5874. 2 of 2 numbers differ.
# hidden test_CausalSelfAttention_shorter: row 1 of our sentence: gives 0.02848 at [0], expected -0.5874. 2 of 2 numbers differ.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=True)
        self.W_key = nn.Linear(d_in, d_out, bias=True)
        self.W_value = nn.Linear(d_in, d_out, bias=True)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values

# %% wrong: never a bias
# visible test_CausalSelfAttention_parameters: names it: CausalSelfAttention(3, 4, 6, qkv_bias=True): has no parameter W_query.bias (it has W_query.weight, W_key.weight, W_value.weight).
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=False)
        self.W_key = nn.Linear(d_in, d_out, bias=False)
        self.W_value = nn.Linear(d_in, d_out, bias=False)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values

# %% wrong: made in another order
# visible test_CausalSelfAttention_values: names it: the output of journey: queries and keys have changed places. Are the layers made in the order W_query, W_key, W_value?
# hidden test_CausalSelfAttention_shorter: row 1 of our sentence: gives -0.579 at [0], expected -0.5874. 2 of 2 numbers differ.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values

# %% wrong: W_query makes the keys
# visible test_CausalSelfAttention_values: names it: the output of journey: W_query makes the keys too.
# hidden test_CausalSelfAttention_shorter: row 1 of our sentence: gives -0.5829 at [0], expected -0.5874. 2 of 2 numbers differ.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_query(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values

# %% wrong: the keys are mixed
# visible test_CausalSelfAttention_values: names it: the output of journey: the keys are mixed, not the values.
# hidden test_CausalSelfAttention_shorter: row 1 of our sentence: gives -0.7274 at [0], expected -0.5874. 2 of 2 numbers differ.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ keys

# %% wrong: the weights are transposed
# visible test_CausalSelfAttention_values: names it: the output of journey: the weights are transposed.
# visible test_CausalSelfAttention_shorter: the outputs when only the first 1 of 6 tokens come: gives -0.4519 at [0, 0, 0], expected -1.283. 2 of 2 numbers differ.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights.transpose(1, 2) @ values

# %% wrong: parameters in place of linear layers
# visible test_CausalSelfAttention_parameters: names it: CausalSelfAttention(3, 4, 6, qkv_bias=False): has no parameter W_query.weight (it has W_query, W_key, W_value). W_query is a parameter itself, where a layer that holds it is asked for.
# visible test_CausalSelfAttention_values: the output of journey: gives 0.3116 at [0], expected -0.5874. 2 of 2 numbers differ.
# hidden test_CausalSelfAttention_shorter: row 1 of our sentence: gives 0.3116 at [0], expected -0.5874. 2 of 2 numbers differ.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values

# %% wrong: an extra output layer
# visible test_CausalSelfAttention_parameters: names it: CausalSelfAttention(3, 4, 6, qkv_bias=False): has parameters that nobody asked for: out_proj.weight, out_proj.bias.
# visible test_CausalSelfAttention_values: the output of journey: gives 0.2926 at [0], expected -0.5874. 2 of 2 numbers differ.
# hidden test_CausalSelfAttention_shorter: row 1 of our sentence: gives 0.2926 at [0], expected -0.5874. 2 of 2 numbers differ.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return self.out_proj(weights @ values)

# %% wrong: returns the weights too
# visible test_CausalSelfAttention_parameters: names it: CausalSelfAttention(x of shape (1, 6, 3)): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
# visible test_CausalSelfAttention_buffer: names it: CausalSelfAttention(x of shape (1, 6, 3)): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
# visible test_CausalSelfAttention_values: names it: CausalSelfAttention(x of shape (2, 6, 3)): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
# visible test_CausalSelfAttention_shorter: names it: CausalSelfAttention(x of shape (1, 1, 3)): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
# visible test_CausalSelfAttention_too_long: names it: CausalSelfAttention(x of shape (2, 11, 3)): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values, weights

# %% wrong: the weights are detached
# hidden test_CausalSelfAttention_values: names it: CausalSelfAttention: the gradient of its argument x is wrong, though the values are right. Part of the calculation leaves the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights.detach() @ values

# %% wrong: a float32 mask that changes the dtype back
# visible test_CausalSelfAttention_buffer: names it: CausalSelfAttention(x of shape (1, 6, 3)): has dtype torch.float32, expected torch.float64.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return (weights @ values).float()

# %% wrong: sets the seed itself
# hidden test_CausalSelfAttention_parameters: names it: CausalSelfAttention(3, 4, 6, qkv_bias=False): sets the global seed. Remove torch.manual_seed: the caller chooses the seed.
# hidden test_CausalSelfAttention_values: names it: CausalSelfAttention(4, 9, 5, False): sets the global seed. Remove torch.manual_seed: the caller chooses the seed.
# hidden test_CausalSelfAttention_shorter: names it: CausalSelfAttention(4, 5, 9): sets the global seed. Remove torch.manual_seed: the caller chooses the seed.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        torch.manual_seed(123)
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values

# %% wrong: dropout that nobody asked for
# visible test_CausalSelfAttention_values: names it: CausalSelfAttention: two calls on the same input differ. No dropout is asked for here.
# visible test_CausalSelfAttention_shorter: the outputs when only the first 1 of 6 tokens come: gives 0 at [0, 0, 0], expected -0.9038. 2 of 2 numbers differ.
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return F.dropout(weights, 0.5) @ values

# %% wrong: super().__init__() is missing
# visible test_CausalSelfAttention_parameters: CausalSelfAttention(3, 4, 6, qkv_bias=False): raises AttributeError: cannot assign module before Module.__init__() call. Line 5 of the cell: `self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)`
# visible test_CausalSelfAttention_buffer: CausalSelfAttention(3, 4, 6): raises AttributeError: cannot assign module before Module.__init__() call. Line 5 of the cell: `self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)`
# visible test_CausalSelfAttention_values: CausalSelfAttention(3, 2, 6): raises AttributeError: cannot assign module before Module.__init__() call. Line 5 of the cell: `self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)`
# visible test_CausalSelfAttention_shorter: CausalSelfAttention(3, 2, 6): raises AttributeError: cannot assign module before Module.__init__() call. Line 5 of the cell: `self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)`
# visible test_CausalSelfAttention_too_long: CausalSelfAttention(3, 2, 11): raises AttributeError: cannot assign module before Module.__init__() call. Line 5 of the cell: `self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)`
class CausalSelfAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, qkv_bias=False):
        self.d_out = d_out
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, T, _ = x.shape
        if T > self.context_length:
            raise ValueError(f"{T} tokens, but the context length is {self.context_length}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2) / self.d_out**0.5
        weights = torch.softmax(scores.masked_fill(self.mask[:T, :T], -torch.inf), dim=-1)
        return weights @ values
