# %% correct: view, transpose, masked in place
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% correct: one head after the other, in slices
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        if d_out % num_heads != 0:
            raise ValueError(f"{d_out} is not divisible by {num_heads}")
        self.h = num_heads
        for name in ("W_query", "W_key", "W_value"):
            setattr(self, name, nn.Linear(d_in, d_out, bias=qkv_bias))
        self.register_buffer("mask", torch.tril(torch.ones(context_length, context_length)))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        T = x.shape[1]
        q, k, v = self.W_query(x), self.W_key(x), self.W_value(x)
        d = q.shape[-1] // self.h
        outs = []
        for i in range(self.h):
            part = slice(i * d, (i + 1) * d)
            scores = torch.bmm(q[..., part], k[..., part].transpose(1, 2)) / d**0.5
            scores = scores.masked_fill(self.mask[:T, :T] == 0, float("-inf"))
            outs.append(torch.bmm(self.dropout(F.softmax(scores, dim=-1)), v[..., part]))
        return self.out_proj(torch.cat(outs, dim=-1))

# %% correct: einsum and an additive mask of four dimensions
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert not d_out % num_heads
        self.num_heads = num_heads
        self.scale = (d_out // num_heads) ** -0.5
        self.W_query = nn.Linear(d_in, d_out, qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, qkv_bias)
        mask = torch.full((1, 1, context_length, context_length), float("-inf")).triu(1)
        self.register_buffer("mask", mask)
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out, bias=True)

    def forward(self, x):
        T = x.size(1)
        q, k, v = (layer(x).unflatten(2, (self.num_heads, -1)) for layer in (self.W_query, self.W_key, self.W_value))
        scores = torch.einsum("bqhd,bkhd->bhqk", q * self.scale, k) + self.mask[:, :, :T, :T]
        weights = self.dropout(scores.softmax(-1))
        return self.out_proj(torch.einsum("bhqk,bkhd->bqhd", weights, v).flatten(2))

# %% correct: PyTorch's fused attention with the exercise's own helpers
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        if d_out % num_heads:
            raise ValueError("d_out must be divisible by num_heads")
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).triu(1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        q, k, v = (split_heads(layer(x), self.num_heads) for layer in (self.W_query, self.W_key, self.W_value))
        context = F.scaled_dot_product_attention(
            q, k, v, is_causal=True, dropout_p=self.dropout.p if self.training else 0.0
        )
        return self.out_proj(merge_heads(context))

# %% correct: heads moved into the batch, dropout as a function, the mask renormalized
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        self.num_heads, rest = num_heads, d_out % num_heads
        if rest != 0:
            raise ValueError("cannot split")
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.tril(torch.ones(context_length, context_length)))
        self.dropout = dropout
        self.out_proj = nn.Linear(d_out, d_out)

    def to_batch(self, t):
        b, T, d = t.shape
        return t.reshape(b, T, self.num_heads, -1).permute(0, 2, 1, 3).reshape(b * self.num_heads, T, -1)

    def forward(self, x):
        b, T, _ = x.shape
        q, k, v = map(self.to_batch, (self.W_query(x), self.W_key(x), self.W_value(x)))
        weights = torch.softmax(q @ k.mT / q.shape[-1] ** 0.5, dim=-1) * self.mask[:T, :T].to(x.dtype)
        weights = weights / weights.sum(dim=-1, keepdim=True)
        weights = F.dropout(weights, self.dropout, self.training)
        context = (weights @ v).reshape(b, self.num_heads, T, -1)
        return self.out_proj(torch.cat(context.unbind(1), dim=-1))

# %% wrong: view without transpose
# visible test_MultiHeadAttention_values: names it: the output for 'journey': tokens and heads are mixed up when the features are split.
# visible test_MultiHeadAttention_any_size: names it: MultiHeadAttention: the output for tokens 0 to 2 changes when token 3 does. Is the mask in the right place, and does each head keep the tokens in order?
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention(5, 12, 9, 0.25, 3): the first token attends to itself alone, yet in evaluation its context vector is not its own value. Look at the other tests before the dropout.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, self.num_heads, T, self.head_dim)
        keys = self.W_key(x).view(b, self.num_heads, T, self.head_dim)
        values = self.W_value(x).view(b, self.num_heads, T, self.head_dim)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: view on the way in and on the way out
# visible test_MultiHeadAttention_values: names it: the output for 'journey': tokens and heads are mixed up when the features are split and when they are merged.
# hidden test_MultiHeadAttention_any_size: names it: MultiHeadAttention(x of shape (2, 7, 5)): tokens and heads are mixed up when the features are split, and again when they are merged.
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention(5, 12, 9, 0.25, 3): the first token attends to itself alone, yet in evaluation its context vector is not its own value. Look at the other tests before the dropout.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, self.num_heads, T, self.head_dim)
        keys = self.W_key(x).view(b, self.num_heads, T, self.head_dim)
        values = self.W_value(x).view(b, self.num_heads, T, self.head_dim)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = weights @ values
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: the features are interleaved
# hidden test_MultiHeadAttention_any_size: names it: MultiHeadAttention(x of shape (2, 7, 5)): the features are split every h-th and merged in runs: a head's features are neighbours.
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention(5, 12, 9, 0.25, 3): the first token attends to itself alone, yet in evaluation its context vector is not its own value. Look at the other tests before the dropout.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.head_dim, self.num_heads).permute(0, 3, 1, 2)
        keys = self.W_key(x).view(b, T, self.head_dim, self.num_heads).permute(0, 3, 1, 2)
        values = self.W_value(x).view(b, T, self.head_dim, self.num_heads).permute(0, 3, 1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: the features are interleaved and merged so
# hidden test_MultiHeadAttention_any_size: names it: MultiHeadAttention(x of shape (2, 7, 5)): head i takes every h-th feature: its features are neighbours.
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention: every third feature is dropped together, so head i takes every third: its four are neighbours.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.head_dim, self.num_heads).permute(0, 3, 1, 2)
        keys = self.W_key(x).view(b, T, self.head_dim, self.num_heads).permute(0, 3, 1, 2)
        values = self.W_value(x).view(b, T, self.head_dim, self.num_heads).permute(0, 3, 1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).permute(0, 2, 3, 1)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: merged without transpose
# visible test_MultiHeadAttention_values: names it: the output for 'journey': tokens and heads are mixed up when the heads are merged.
# visible test_MultiHeadAttention_any_size: names it: MultiHeadAttention: the output for tokens 0 to 2 changes when token 3 does. Is the mask in the right place, and does each head keep the tokens in order?
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention(5, 12, 9, 0.25, 3): the first token attends to itself alone, yet in evaluation its context vector is not its own value. Look at the other tests before the dropout.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = weights @ values
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: merged feature by feature
# hidden test_MultiHeadAttention_any_size: names it: MultiHeadAttention(x of shape (2, 7, 5)): the heads are merged feature by feature: all of head 0 comes first.
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention: every third feature is dropped together, so head i takes every third: its four are neighbours.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).permute(0, 2, 3, 1)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: out_proj is made and not used
# visible test_MultiHeadAttention_values: names it: the output for 'journey': these are the merged heads: they do not go through out_proj.
# hidden test_MultiHeadAttention_any_size: names it: MultiHeadAttention(x of shape (2, 7, 5)): these are the merged heads: they do not go through out_proj.
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention(5, 12, 9, 0.25, 3): the first token attends to itself alone, yet in evaluation its context vector is not its own value. Look at the other tests before the dropout.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return context

# %% wrong: out_proj is missing
# visible test_MultiHeadAttention_values: names it: the output for 'journey': these are the merged heads: they do not go through out_proj.
# hidden test_MultiHeadAttention_any_size: names it: MultiHeadAttention: has no parameter out_proj.weight (it has W_query.weight, W_key.weight, W_value.weight).
# visible test_MultiHeadAttention_parts: names it: MultiHeadAttention(5, 12, 9, 0.0, 3): has no parameter out_proj.weight (it has W_query.weight, W_key.weight, W_value.weight).
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention: has no parameter out_proj.weight (it has W_query.weight, W_key.weight, W_value.weight).
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return context

# %% wrong: scaled by the root of d_out
# visible test_MultiHeadAttention_values: names it: the output for 'journey': the scores are divided by too large a number: a head has only head_dim features.
# hidden test_MultiHeadAttention_any_size: names it: MultiHeadAttention(x of shape (2, 7, 5)): the scores are divided by √d_out: a head has only head_dim features.
# hidden test_MultiHeadAttention_dropout: MultiHeadAttention(x of shape (2, 5, 3)): gives 0.4218 at [0, 1, 0], expected 0.4219. 48 of 60 numbers differ.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.d_out**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: scaled by the root of d_in
# visible test_MultiHeadAttention_values: names it: the output for 'journey': the scores are divided by too large a number: a head has only head_dim features.
# hidden test_MultiHeadAttention_any_size: names it: MultiHeadAttention(x of shape (2, 7, 5)): the scores are divided by √d_in: a head has head_dim features.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / d_in**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: scaled by head_dim, not its root
# hidden test_MultiHeadAttention_any_size: names it: MultiHeadAttention(x of shape (2, 7, 5)): the scores are divided by head_dim: take its square root.
# hidden test_MultiHeadAttention_dropout: MultiHeadAttention(x of shape (2, 5, 3)): gives 0.4281 at [0, 1, 0], expected 0.4219. 48 of 60 numbers differ.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: not scaled
# hidden test_MultiHeadAttention_any_size: names it: MultiHeadAttention(x of shape (2, 7, 5)): the scores are not scaled.
# hidden test_MultiHeadAttention_dropout: MultiHeadAttention(x of shape (2, 5, 3)): gives 0.4552 at [0, 1, 0], expected 0.4219. 48 of 60 numbers differ.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: the mask is never applied
# visible test_MultiHeadAttention_values: names it: the output for 'journey': 'journey' has looked at later tokens. Is the mask missing, or are blocked scores 0 and not -inf?
# visible test_MultiHeadAttention_any_size: names it: MultiHeadAttention: the output for tokens 0 to 2 changes when token 3 does. Is the mask in the right place, and does each head keep the tokens in order?
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention(5, 12, 9, 0.25, 3): the first token attends to itself alone, yet in evaluation its context vector is not its own value. Look at the other tests before the dropout.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: masked after the softmax, not renormalized
# visible test_MultiHeadAttention_values: names it: the output for 'journey': the weights are masked after the softmax and no longer sum to one.
# visible test_MultiHeadAttention_any_size: names it: MultiHeadAttention: the output for tokens 0 to 2 changes when token 3 does. Is the mask in the right place, and does each head keep the tokens in order?
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention(5, 12, 9, 0.25, 3): the first token attends to itself alone, yet in evaluation its context vector is not its own value. Look at the other tests before the dropout.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights.masked_fill(self.mask.bool()[:T, :T], 0.0))
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: the mask includes the token itself
# visible test_MultiHeadAttention_values: names it: the output for 'journey': the mask blocks the token itself: only later tokens are blocked.
# hidden test_MultiHeadAttention_any_size: MultiHeadAttention(x of shape (2, 7, 5)): gives nan at [0, 0, 0], where -0.1367 is expected.
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention(5, 12, 9, 0.25, 3): the first token attends to itself alone, yet in evaluation its context vector is not its own value. Look at the other tests before the dropout.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=0))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: the mask is upside down
# visible test_MultiHeadAttention_values: names it: the output for 'journey': the mask is upside down: earlier tokens are blocked, later ones are not.
# visible test_MultiHeadAttention_any_size: names it: MultiHeadAttention: the output for tokens 0 to 2 changes when token 3 does. Is the mask in the right place, and does each head keep the tokens in order?
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention(5, 12, 9, 0.25, 3): the first token attends to itself alone, yet in evaluation its context vector is not its own value. Look at the other tests before the dropout.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.tril(torch.ones(context_length, context_length), diagonal=-1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: blocked scores become zero
# visible test_MultiHeadAttention_values: names it: the output for 'journey': 'journey' has looked at later tokens. Is the mask missing, or are blocked scores 0 and not -inf?
# visible test_MultiHeadAttention_any_size: names it: MultiHeadAttention: the output for tokens 0 to 2 changes when token 3 does. Is the mask in the right place, and does each head keep the tokens in order?
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention(5, 12, 9, 0.25, 3): the first token attends to itself alone, yet in evaluation its context vector is not its own value. Look at the other tests before the dropout.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], 0.0)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: the mask is not cut to the input
# visible test_MultiHeadAttention_any_size: MultiHeadAttention(x of shape (1, 4, 5)): raises RuntimeError: The size of tensor a (4) must match the size of tensor b (9) at non-singleton dimension 3. Line 21 of the cell: `scores.masked_fill_(self.mask.bool(), -torch.inf)`
# visible test_MultiHeadAttention_dropout: MultiHeadAttention(x of shape (400, 4, 5)): raises RuntimeError: The size of tensor a (4) must match the size of tensor b (9) at non-singleton dimension 3. Line 21 of the cell: `scores.masked_fill_(self.mask.bool(), -torch.inf)`
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool(), -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: the mask is a plain attribute
# visible test_MultiHeadAttention_parts: names it: MultiHeadAttention(5, 12, 9, 0.0, 3): mask is a plain attribute, so it stays behind when the module moves to another device. Use self.register_buffer("mask", ...).
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.mask = torch.triu(torch.ones(context_length, context_length), diagonal=1)
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: the mask is a parameter
# hidden test_MultiHeadAttention_any_size: names it: MultiHeadAttention: mask is a parameter, so training would change it. Use self.register_buffer("mask", ...).
# visible test_MultiHeadAttention_parts: names it: MultiHeadAttention(5, 12, 9, 0.0, 3): has parameters that nobody asked for: mask.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.mask = nn.Parameter(torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: softmax over the queries
# visible test_MultiHeadAttention_values: names it: the output for 'journey': the softmax runs over the queries, not over the keys.
# visible test_MultiHeadAttention_any_size: names it: MultiHeadAttention: the output for tokens 0 to 2 changes when token 3 does. Is the mask in the right place, and does each head keep the tokens in order?
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention(5, 12, 9, 0.25, 3): the first token attends to itself alone, yet in evaluation its context vector is not its own value. Look at the other tests before the dropout.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-2)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: softmax over the heads
# visible test_MultiHeadAttention_values: names it: the output for 'journey': nan comes out: a softmax over another dimension than the keys meets nothing but blocked scores.
# hidden test_MultiHeadAttention_any_size: MultiHeadAttention(x of shape (2, 7, 5)): gives nan at [0, 0, 0], where -0.1367 is expected.
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention(5, 12, 9, 0.25, 3): the first token attends to itself alone, yet in evaluation its context vector is not its own value. Look at the other tests before the dropout.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: dropout on the context vectors
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention(5, 12, 9, 0.25, 3): in training, dropout changes the features of one context vector differently. It belongs on the attention weights, after the softmax, and nowhere else.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(self.dropout(context))

# %% wrong: dropout on the output
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention(5, 12, 9, 0.25, 3): in training, dropout changes the features of one context vector differently. It belongs on the attention weights, after the softmax, and nowhere else.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.dropout(self.out_proj(context))

# %% wrong: dropout on the weights and on the output
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention(5, 12, 9, 0.25, 3): in training, dropout changes the features of one context vector differently. It belongs on the attention weights, after the softmax, and nowhere else.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.dropout(self.out_proj(context))

# %% wrong: dropout on the scores
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention: in training nan comes out, and it did not in evaluation. A dropout before the softmax makes 0 times -inf of a blocked score, which is nan: it belongs on the weights, after the softmax.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(self.dropout(scores) / self.head_dim**0.5, dim=-1)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: dropout in evaluation too
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention(5, 12, 9, 0.25, 3): two calls in evaluation mode differ. Dropout is for training alone: does it follow train() and eval()?
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = F.dropout(weights, self.dropout.p)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: no dropout
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention(5, 12, 9, 0.25, 3): in training, no weight is dropped. Does the dropout have the given rate, and does it come after the softmax?
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: always the default rate
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention: its dropout has the rate 0.5, not the one that is given, 0.25.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout()
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: out_proj without bias
# visible test_MultiHeadAttention_values: names it: the output for 'journey': out_proj has no bias.
# hidden test_MultiHeadAttention_any_size: names it: MultiHeadAttention: has no parameter out_proj.bias (it has W_query.weight, W_key.weight, W_value.weight, out_proj.weight).
# visible test_MultiHeadAttention_parts: names it: MultiHeadAttention(5, 12, 9, 0.0, 3): has no parameter out_proj.bias (it has W_query.weight, W_key.weight, W_value.weight, out_proj.weight).
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention: has no parameter out_proj.bias (it has W_query.weight, W_key.weight, W_value.weight, out_proj.weight).
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out, bias=False)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: out_proj has a bias only with qkv_bias
# visible test_MultiHeadAttention_values: names it: the output for 'journey': out_proj has no bias.
# hidden test_MultiHeadAttention_any_size: names it: MultiHeadAttention: has no parameter out_proj.bias (it has W_query.weight, W_key.weight, W_value.weight, out_proj.weight).
# visible test_MultiHeadAttention_parts: names it: MultiHeadAttention(5, 12, 9, 0.0, 3): has no parameter out_proj.bias (it has W_query.weight, W_key.weight, W_value.weight, out_proj.weight).
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention: has no parameter out_proj.bias (it has W_query.weight, W_key.weight, W_value.weight, out_proj.weight).
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out, bias=qkv_bias)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: qkv_bias is ignored
# hidden test_MultiHeadAttention_values: names it: MultiHeadAttention(5, 12, 9, 0.0, 3, qkv_bias=True): has no parameter W_query.bias (it has W_query.weight, W_key.weight, W_value.weight, out_proj.weight, out_proj.bias).
# hidden test_MultiHeadAttention_parts: names it: MultiHeadAttention(5, 12, 9, 0.0, 3, qkv_bias=True): has no parameter W_query.bias (it has W_query.weight, W_key.weight, W_value.weight, out_proj.weight, out_proj.bias).
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=False)
        self.W_key = nn.Linear(d_in, d_out, bias=False)
        self.W_value = nn.Linear(d_in, d_out, bias=False)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: keys are made first
# visible test_MultiHeadAttention_values: names it: the output for 'journey': queries and keys are exchanged, or made in another order.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: out_proj is made first
# visible test_MultiHeadAttention_values: names it: the output for 'journey': out_proj is made before the other layers, so it has drawn their numbers.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.out_proj = nn.Linear(d_out, d_out)
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: no refusal
# visible test_MultiHeadAttention_parts: names it: MultiHeadAttention(3, 5, 6, 0.0, 2): should raise ValueError or AssertionError, but returns MultiHeadAttention. Check the argument before you compute.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: refuses with another error
# visible test_MultiHeadAttention_parts: names it: MultiHeadAttention(3, 5, 6, 0.0, 2): raises RuntimeError: d_out must be divisible by num_heads. Line 5 of the cell: `raise RuntimeError("d_out must be divisible by num_heads")` It should raise ValueError or AssertionError.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        if d_out % num_heads:
            raise RuntimeError("d_out must be divisible by num_heads")
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: checks d_in
# visible test_MultiHeadAttention_values: MultiHeadAttention(3, 2, 6, 0.0, 2): raises AssertionError: d_out must be divisible by num_heads. Line 4 of the cell: `assert d_in % num_heads == 0, "d_out must be divisible by num_heads"`
# visible test_MultiHeadAttention_any_size: MultiHeadAttention(5, 12, 9, 0.0, 3): raises AssertionError: d_out must be divisible by num_heads. Line 4 of the cell: `assert d_in % num_heads == 0, "d_out must be divisible by num_heads"`
# visible test_MultiHeadAttention_parts: MultiHeadAttention(5, 12, 9, 0.0, 3): raises AssertionError: d_out must be divisible by num_heads. Line 4 of the cell: `assert d_in % num_heads == 0, "d_out must be divisible by num_heads"`
# visible test_MultiHeadAttention_dropout: MultiHeadAttention(5, 12, 9, 0.25, 3): raises AssertionError: d_out must be divisible by num_heads. Line 4 of the cell: `assert d_in % num_heads == 0, "d_out must be divisible by num_heads"`
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_in % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: d_out is the width of one head
# visible test_MultiHeadAttention_values: names it: MultiHeadAttention(x of shape (2, 6, 3)): has 4 features, not 2: d_out is the width of all heads together.
# visible test_MultiHeadAttention_any_size: MultiHeadAttention(x of shape (1, 4, 5)): has shape (1, 4, 36), expected (1, 4, 12).
# visible test_MultiHeadAttention_parts: MultiHeadAttention(5, 12, 9, 0.0, 3): its parameter W_query.weight has shape (36, 5), expected (12, 5).
# visible test_MultiHeadAttention_dropout: MultiHeadAttention(x of shape (400, 4, 5)): has shape (400, 4, 36), expected (400, 4, 12).
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out * num_heads
        self.num_heads = num_heads
        self.head_dim = d_out
        self.W_query = nn.Linear(d_in, d_out * num_heads, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out * num_heads, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out * num_heads, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out * num_heads, d_out * num_heads)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: one matrix for queries and keys
# visible test_MultiHeadAttention_values: the output for 'journey': gives -0.1864 at [0], expected 0.2943. 2 of 2 numbers differ.
# hidden test_MultiHeadAttention_any_size: names it: MultiHeadAttention: has no parameter W_key.weight (it has W_query.weight, W_value.weight, out_proj.weight, out_proj.bias). It is one and the same with another: give it numbers of its own.
# visible test_MultiHeadAttention_parts: names it: MultiHeadAttention(5, 12, 9, 0.0, 3): has no parameter W_key.weight (it has W_query.weight, W_value.weight, out_proj.weight, out_proj.bias). It is one and the same with another: give it numbers of its own.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = self.W_query
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: the mean of the heads
# visible test_MultiHeadAttention_values: names it: the output for 'journey': the heads are averaged: put them one behind the other.
# hidden test_MultiHeadAttention_any_size: MultiHeadAttention(x of shape (2, 7, 5)): gives -0.1155 at [0, 0, 0], expected -0.1367. 168 of 168 numbers differ.
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention(5, 12, 9, 0.25, 3): the first token attends to itself alone, yet in evaluation its context vector is not its own value. Look at the other tests before the dropout.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).mean(dim=1, keepdim=True).expand(-1, self.num_heads, -1, -1).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: a single head
# visible test_MultiHeadAttention_values: names it: the output for 'journey': this is what a single head gives: split the features.
# hidden test_MultiHeadAttention_any_size: names it: MultiHeadAttention(x of shape (2, 7, 5)): this is what a single head gives: split the features.
# hidden test_MultiHeadAttention_dropout: MultiHeadAttention(x of shape (2, 5, 3)): gives 0.2211 at [0, 1, 0], expected 0.4219. 48 of 60 numbers differ.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.num_heads, self.head_dim = 1, d_out
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: queries and keys exchanged
# visible test_MultiHeadAttention_values: names it: the output for 'journey': queries and keys are exchanged, or made in another order.
# hidden test_MultiHeadAttention_any_size: names it: MultiHeadAttention(x of shape (2, 7, 5)): queries and keys are exchanged.
# hidden test_MultiHeadAttention_dropout: MultiHeadAttention(x of shape (2, 5, 3)): gives 0.4549 at [0, 1, 0], expected 0.4219. 48 of 60 numbers differ.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = keys @ queries.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: values are taken from the keys
# visible test_MultiHeadAttention_values: names it: the output for 'journey': the values are made with the weights of the keys. Are the layers made in the order of the docstring?
# hidden test_MultiHeadAttention_any_size: MultiHeadAttention(x of shape (2, 7, 5)): gives -0.1565 at [0, 0, 0], expected -0.1367. 168 of 168 numbers differ.
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention(5, 12, 9, 0.25, 3): the first token attends to itself alone, yet in evaluation its context vector is not its own value. Look at the other tests before the dropout.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: returns the weights too
# visible test_MultiHeadAttention_values: names it: MultiHeadAttention(x of shape (2, 6, 3)): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
# visible test_MultiHeadAttention_any_size: names it: MultiHeadAttention(x of shape (1, 4, 5)): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention(x of shape (400, 4, 5)): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context), weights

# %% wrong: other names of the layers
# hidden test_MultiHeadAttention_values: names it: MultiHeadAttention(5, 12, 9, 0.0, 3, qkv_bias=True): has no parameter W_query.bias (it has q_proj.weight, q_proj.bias, k_proj.weight, k_proj.bias, v_proj.weight, v_proj.bias, out_proj.weight, out_proj.bias).
# hidden test_MultiHeadAttention_any_size: names it: MultiHeadAttention: has no parameter W_query.weight (it has q_proj.weight, k_proj.weight, v_proj.weight, out_proj.weight, out_proj.bias).
# visible test_MultiHeadAttention_parts: names it: MultiHeadAttention(5, 12, 9, 0.0, 3): has no parameter W_query.weight (it has q_proj.weight, k_proj.weight, v_proj.weight, out_proj.weight, out_proj.bias).
# visible test_MultiHeadAttention_dropout: names it: MultiHeadAttention: has no parameter W_value.weight (it has q_proj.weight, k_proj.weight, v_proj.weight, out_proj.weight, out_proj.bias).
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.q_proj = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.k_proj = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.v_proj = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.q_proj(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.k_proj(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.v_proj(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: the context vectors are detached
# hidden test_MultiHeadAttention_any_size: names it: MultiHeadAttention: no gradient reaches its argument x. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context.detach())

# %% wrong: only whole contexts of one sentence
# visible test_MultiHeadAttention_values: MultiHeadAttention(x of shape (2, 6, 3)): raises RuntimeError: shape '[1, 6, 2, 1]' is invalid for input of size 24. Line 17 of the cell: `queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)`
# hidden test_MultiHeadAttention_any_size: MultiHeadAttention(x of shape (2, 7, 5)): raises RuntimeError: shape '[1, 7, 3, 4]' is invalid for input of size 168. Line 17 of the cell: `queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)`
# visible test_MultiHeadAttention_dropout: MultiHeadAttention(x of shape (400, 4, 5)): raises RuntimeError: shape '[1, 4, 3, 4]' is invalid for input of size 19200. Line 17 of the cell: `queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)`
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = 1, *x.shape[1:]
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3)
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)

# %% wrong: float32 whatever comes in
# hidden test_MultiHeadAttention_any_size: MultiHeadAttention(x of shape (2, 7, 5)): raises RuntimeError: expected scalar type Float but found Double. Line 24 of the cell: `context = (weights @ values).transpose(1, 2)`
class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        b, T, d_in = x.shape
        queries = self.W_query(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        keys = self.W_key(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        values = self.W_value(x).view(b, T, self.num_heads, self.head_dim).transpose(1, 2)
        scores = (queries @ keys.transpose(2, 3)).float()
        scores.masked_fill_(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / self.head_dim**0.5, dim=-1)
        weights = self.dropout(weights)
        context = (weights @ values).transpose(1, 2)
        context = context.contiguous().view(b, T, self.d_out)
        return self.out_proj(context)
