# %% correct: as in chapter 4, with the dropout added
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% correct: other order of attributes, additive mask, einsum
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)
        blocked = torch.full((context_length, context_length), float("-inf")).triu(1)
        self.register_buffer("mask", blocked, persistent=False)
        self.scale = d_out ** -0.5
        for name in ("W_query", "W_key", "W_value"):
            setattr(self, name, nn.Linear(d_in, d_out, bias=qkv_bias))

    def forward(self, x):
        T, longest = x.size(1), self.mask.size(0)
        if T > longest:
            raise ValueError("got %d tokens, at most %d are allowed" % (T, longest))
        scores = torch.einsum("bid,bjd->bij", self.W_query(x), self.W_key(x)) * self.scale
        weights = nn.functional.softmax(scores + self.mask[:T, :T].to(scores.dtype), dim=-1)
        return torch.einsum("bij,bjd->bid", self.dropout(weights), self.W_value(x))

# %% correct: PyTorch's own attention where nothing is dropped
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.register_buffer("mask", torch.ones(context_length, context_length, dtype=torch.bool).tril())
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        if x.shape[1] > self.context_length:
            raise ValueError(f"too long: {x.shape[1]} > {self.context_length}")
        p = self.dropout.p if self.dropout.training else 0.0
        allowed = self.mask[: x.shape[1], : x.shape[1]]
        return F.scaled_dot_product_attention(
            self.W_query(x), self.W_key(x), self.W_value(x), attn_mask=allowed, dropout_p=p
        )

# %% correct: sentence by sentence, mask and renormalize
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.tril(torch.ones(context_length, context_length)))

    def forward(self, x):
        T = x.shape[1]
        if T > len(self.mask):
            raise ValueError(f"{T} > {len(self.mask)}")
        contexts = []
        for sentence in x:
            scores = self.W_query(sentence) @ self.W_key(sentence).T / self.d_out ** 0.5
            top = scores.masked_fill(self.mask[:T, :T] == 0, -torch.inf).amax(-1, keepdim=True)
            weights = (scores - top).clamp(max=50).exp() * self.mask[:T, :T]
            weights = weights / weights.sum(-1, keepdim=True)
            contexts.append(self.dropout(weights) @ self.W_value(sentence))
        return torch.stack(contexts)

# %% wrong: no dropout at all
# visible test_CausalAttention_dropout: names it: CausalAttention: two calls in training give the same, so nothing is dropped.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: dropout on the scores, before the mask
# hidden test_CausalAttention_dropout: names it: CausalAttention: in training the weights differ from those without dropout, but none is zero. The dropout belongs after the softmax: a score that is set to zero still gets weight.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = self.dropout(queries @ keys.transpose(1, 2))
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: dropout on the values
# hidden test_CausalAttention_dropout: names it: CausalAttention: one feature of a token is dropped while another is kept. Drop the weights, before they are multiplied with the values; neither the values nor the context vectors.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ self.dropout(values)

# %% wrong: dropout on the context vectors
# hidden test_CausalAttention_dropout: names it: CausalAttention: one feature of a token is dropped while another is kept. Drop the weights, before they are multiplied with the values; neither the values nor the context vectors.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        return self.dropout(weights @ values)

# %% wrong: dropout on the input
# hidden test_CausalAttention_dropout: names it: the weights that CausalAttention uses in training (batch, weights): entries along dimension 1 are dropped together. Each entry needs a draw of its own.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        x = self.dropout(x)
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: dropout on weights and context vectors
# hidden test_CausalAttention_dropout: names it: CausalAttention: one feature of a token is dropped while another is kept. Drop the weights, before they are multiplied with the values; neither the values nor the context vectors.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        return self.dropout(self.dropout(weights) @ values)

# %% wrong: dropout twice on the weights
# hidden test_CausalAttention_dropout: the weights that CausalAttention uses in training, against those after eval(): a share of 0.6389 is dropped, expected about 0.4.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(self.dropout(weights))
        return weights @ values

# %% wrong: dropout in eval mode
# visible test_CausalAttention_dropout: names it: CausalAttention: two calls after eval() differ, so something is still dropped.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = F.dropout(weights, self.dropout.p)
        return weights @ values

# %% wrong: its result is not used
# visible test_CausalAttention_dropout: names it: CausalAttention: two calls in training give the same, so nothing is dropped.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        self.dropout(weights)
        return weights @ values

# %% wrong: renormalized after the dropout
# hidden test_CausalAttention_dropout: names it: the weights that CausalAttention uses in training, against those after eval(): they are renormalised after the dropout, which undoes its scaling.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        weights = weights / weights.sum(dim=-1, keepdim=True).clamp(min=1e-9)
        return weights @ values

# %% wrong: dropped without scaling
# hidden test_CausalAttention_dropout: names it: the weights that CausalAttention uses in training, against those after eval(): what is kept is not scaled.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        if self.training:
            weights = weights * (torch.rand(weights.shape) >= self.dropout.p)
        return weights @ values

# %% wrong: one mask for the whole batch
# hidden test_CausalAttention_dropout: names it: the weights that CausalAttention uses in training (batch, weights): entries along dimension 0 are dropped together. Each entry needs a draw of its own.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = weights * self.dropout(torch.ones(T, T, dtype=weights.dtype))
        return weights @ values

# %% wrong: whole keys dropped, the same for all queries
# hidden test_CausalAttention_dropout: names it: the weights that CausalAttention uses in training (batch, weights): entries along dimension 1 are dropped together. Each entry needs a draw of its own.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = weights * self.dropout(torch.ones(b, 1, T, dtype=weights.dtype))
        return weights @ values

# %% wrong: the rate alone is kept, no module
# visible test_CausalAttention_parts: names it: CausalAttention(3, 4, 7, 0.1): its attribute dropout should be an nn.Dropout with p = 0.1.
# hidden test_CausalAttention_dropout: names it: CausalAttention: its attribute dropout should be an nn.Dropout.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = dropout
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = F.dropout(weights, self.dropout, self.training)
        return weights @ values

# %% wrong: the rate is fixed
# visible test_CausalAttention_values: CausalAttention(x of shape (2, 6, 3)): the context vector of journey: gives -0.4368 at [0], expected -0.5874. 2 of 2 numbers differ.
# visible test_CausalAttention_parts: names it: CausalAttention(3, 4, 7, 0.1): its attribute dropout should be an nn.Dropout with p = 0.1.
# visible test_CausalAttention_dropout: CausalAttention after eval(), against p = 0: gives 0.6489 at [0, 0, 0], expected 0. 160 of 160 numbers differ.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(0.5)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: the dropout is called drop
# visible test_CausalAttention_parts: names it: CausalAttention(3, 4, 7, 0.1): its attribute dropout should be an nn.Dropout with p = 0.1.
# hidden test_CausalAttention_dropout: names it: CausalAttention: its attribute dropout should be an nn.Dropout.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.drop = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.drop(weights)
        return weights @ values

# %% wrong: no mask is applied
# visible test_CausalAttention_values: names it: CausalAttention(x of shape (2, 6, 3)): the context vector of journey: the future is not masked.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: the diagonal is masked too
# visible test_CausalAttention_values: CausalAttention(x of shape (2, 6, 3)): the context vector of journey: gives -0.4519 at [0], expected -0.5874. 2 of 2 numbers differ.
# hidden test_CausalAttention_dropout: names it: the weights that CausalAttention uses in training (batch, weights): entries along dimension 0 are dropped together. Each entry needs a draw of its own.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=0))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: the past is masked
# visible test_CausalAttention_values: names it: CausalAttention(x of shape (2, 6, 3)): the context vector of journey: the past is masked, not the future.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.tril(torch.ones(context_length, context_length), diagonal=-1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: masked after the softmax, not renormalized
# visible test_CausalAttention_values: names it: CausalAttention(x of shape (2, 6, 3)): the context vector of journey: future weights are set to zero after the softmax, and the rows do not sum to one.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights.masked_fill(self.mask.bool()[:T, :T], 0))
        return weights @ values

# %% wrong: a large negative number in place of -inf
# hidden test_CausalAttention_values: names it: CausalAttention with very low scores: future keys get weight: mask their scores with -inf, not with a large negative number.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -1e9)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: not scaled
# visible test_CausalAttention_values: names it: CausalAttention(x of shape (2, 6, 3)): the context vector of journey: the scores are not scaled: divide them by √d_out.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: divided by d_out
# visible test_CausalAttention_values: names it: CausalAttention(x of shape (2, 6, 3)): the context vector of journey: the scores are divided by d_out: take its root.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1], dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: divided by the root of T
# visible test_CausalAttention_values: names it: CausalAttention(x of shape (2, 6, 3)): the context vector of journey: the scores are divided by √T: queries and keys have d_out features.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / T ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: scaled by the root of d_in
# visible test_CausalAttention_values: names it: CausalAttention(x of shape (2, 6, 3)): the context vector of journey: the scores are divided by √d_in: queries and keys have d_out features.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / d_in ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: softmax over the queries
# visible test_CausalAttention_values: names it: CausalAttention(x of shape (2, 6, 3)): the context vector of journey: the softmax runs over the queries: for each query, the weights of its keys sum to one.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: keys and queries exchanged
# visible test_CausalAttention_values: names it: CausalAttention(x of shape (2, 6, 3)): the context vector of journey: keys and queries have changed places.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = keys @ queries.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: the query layer used twice
# visible test_CausalAttention_values: names it: CausalAttention(x of shape (2, 6, 3)): the context vector of journey: the keys are made by W_query.
# hidden test_CausalAttention_parts: names it: CausalAttention(5, 2, 11, 0.0): no gradient reaches its parameter W_key.weight, so it never learns. Is it used, and does nothing on the way detach it?
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_query(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: made in another order
# visible test_CausalAttention_values: names it: CausalAttention(x of shape (2, 6, 3)): the context vector of journey: the layers are made in another order than W_query, W_key, W_value.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: always a bias
# visible test_CausalAttention_values: CausalAttention(x of shape (2, 6, 3)): the context vector of journey: gives -0.5032 at [0], expected -0.5874. 2 of 2 numbers differ.
# visible test_CausalAttention_parts: names it: CausalAttention(3, 4, 7, 0.1): has parameters that nobody asked for: W_key.bias.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: never a bias
# hidden test_CausalAttention_parts: names it: CausalAttention(5, 2, 11, 0.3, qkv_bias=True): has no parameter W_key.bias (it has W_query.weight, W_query.bias, W_key.weight, W_value.weight, W_value.bias).
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=False)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: the mask is a plain attribute
# visible test_CausalAttention_parts: names it: CausalAttention(3, 4, 7, 0.1): mask is a plain attribute, so it stays behind when the module moves to another device. Use self.register_buffer("mask", ...).
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.mask = torch.triu(torch.ones(context_length, context_length), diagonal=1)

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: the mask is a parameter
# visible test_CausalAttention_parts: names it: CausalAttention(3, 4, 7, 0.1): mask is a parameter, so training would change it. Use self.register_buffer("mask", ...).
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.mask = nn.Parameter(torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: the mask is a frozen parameter
# visible test_CausalAttention_parts: names it: CausalAttention(3, 4, 7, 0.1): mask is a parameter, so training would change it. Use self.register_buffer("mask", ...).
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.mask = nn.Parameter(torch.triu(torch.ones(context_length, context_length), diagonal=1), requires_grad=False)

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: the mask is not cut to T
# hidden test_CausalAttention_values: CausalAttention(x of shape (2, 5, 3)): raises RuntimeError: The size of tensor a (7) must match the size of tensor b (5) at non-singleton dimension 2. Line 16 of the cell: `scores = scores.masked_fill(self.mask.bool(), -torch.inf)`
# hidden test_CausalAttention_parts: CausalAttention(x of shape (3, 8, 5)): raises RuntimeError: The size of tensor a (11) must match the size of tensor b (8) at non-singleton dimension 2. Line 16 of the cell: `scores = scores.masked_fill(self.mask.bool(), -torch.inf)`
# visible test_CausalAttention_dropout: CausalAttention(x of shape (8, 5, 3)): raises RuntimeError: The size of tensor a (7) must match the size of tensor b (5) at non-singleton dimension 2. Line 16 of the cell: `scores = scores.masked_fill(self.mask.bool(), -torch.inf)`
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool(), -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: the mask is cut on one side only
# hidden test_CausalAttention_values: CausalAttention(x of shape (2, 5, 3)): raises RuntimeError: The size of tensor a (7) must match the size of tensor b (5) at non-singleton dimension 2. Line 16 of the cell: `scores = scores.masked_fill(self.mask.bool()[:T], -torch.inf)`
# hidden test_CausalAttention_parts: CausalAttention(x of shape (3, 8, 5)): raises RuntimeError: The size of tensor a (11) must match the size of tensor b (8) at non-singleton dimension 2. Line 16 of the cell: `scores = scores.masked_fill(self.mask.bool()[:T], -torch.inf)`
# visible test_CausalAttention_dropout: CausalAttention(x of shape (8, 5, 3)): raises RuntimeError: The size of tensor a (7) must match the size of tensor b (5) at non-singleton dimension 2. Line 16 of the cell: `scores = scores.masked_fill(self.mask.bool()[:T], -torch.inf)`
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: the last tokens of the mask
# hidden test_CausalAttention_values: CausalAttention(x of shape (2, 5, 3)): gives nan at [0, 0, 0], where 0.05732 is expected.
# hidden test_CausalAttention_dropout: names it: the weights that CausalAttention uses in training (batch, weights): entries along dimension 0 are dropped together. Each entry needs a draw of its own.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, -T:], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: keys.T on a batch
# visible test_CausalAttention_values: CausalAttention(x of shape (2, 6, 3)): raises RuntimeError: Expected size for first two dimensions of batch2 tensor to be: [2, 2] but got: [2, 6]. Line 15 of the cell: `scores = queries @ keys.T`
# hidden test_CausalAttention_parts: CausalAttention(x of shape (1, 11, 5)): raises RuntimeError: mat1 and mat2 shapes cannot be multiplied (2x11 and 2x11). Line 15 of the cell: `scores = queries @ keys.T`
# visible test_CausalAttention_dropout: CausalAttention(x of shape (8, 5, 3)): raises RuntimeError: The size of tensor a (8) must match the size of tensor b (4) at non-singleton dimension 0. Line 15 of the cell: `scores = queries @ keys.T`
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.T
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: the first sentence only
# visible test_CausalAttention_values: CausalAttention(x of shape (2, 6, 3)): has shape (1, 6, 2), expected (2, 6, 2).
# visible test_CausalAttention_dropout: CausalAttention(x of shape (8, 5, 3)): has shape (1, 5, 4), expected (8, 5, 4).
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        x = x[:1]
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: keys of the first sentence for the whole batch
# hidden test_CausalAttention_values: CausalAttention(x of shape (2, 5, 3)): gives -0.31 at [1, 1, 0], expected -0.3925. 16 of 40 numbers differ.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys[0].T
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: no error for a sequence that is too long
# visible test_CausalAttention_parts: CausalAttention(x of shape (2, 9, 3)): raises RuntimeError: The size of tensor a (7) must match the size of tensor b (9) at non-singleton dimension 2. Line 14 of the cell: `scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)` It should raise ValueError.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: an error that does not name the lengths
# visible test_CausalAttention_parts: names it: CausalAttention(x of shape (2, 9, 3)): raises ValueError as it should, but its message ('too long') does not mention 9.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError("too long")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: refuses T = context_length
# visible test_CausalAttention_values: names it: CausalAttention(x of shape (2, 6, 3)): raises ValueError: 6 tokens, but context_length is 6. Line 13 of the cell: `raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")` Nothing should be raised here.
# hidden test_CausalAttention_parts: names it: CausalAttention(x of shape (1, 11, 5)): raises ValueError: 11 tokens, but context_length is 11. Line 13 of the cell: `raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")` Nothing should be raised here.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T >= self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values

# %% wrong: the context vectors cut the gradient
# hidden test_CausalAttention_values: names it: CausalAttention: no gradient reaches its argument x. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
# hidden test_CausalAttention_parts: names it: CausalAttention(5, 2, 11, 0.0): no gradient reaches its parameter W_query.weight, so it never learns. Is it used, and does nothing on the way detach it?
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return (weights @ values).detach()

# %% wrong: the weights are detached
# hidden test_CausalAttention_values: names it: CausalAttention: the gradient of its argument x is wrong, though the values are right. Part of the calculation leaves the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
# hidden test_CausalAttention_parts: names it: CausalAttention(5, 2, 11, 0.0): no gradient reaches its parameter W_query.weight, so it never learns. Is it used, and does nothing on the way detach it?
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights.detach() @ values

# %% wrong: returns the weights too
# visible test_CausalAttention_values: names it: CausalAttention(x of shape (2, 6, 3)): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
# hidden test_CausalAttention_parts: names it: CausalAttention(x of shape (1, 11, 5)): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
# visible test_CausalAttention_dropout: names it: CausalAttention(x of shape (8, 5, 3)): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ values, weights

# %% wrong: the weights applied to the keys
# visible test_CausalAttention_values: names it: CausalAttention(x of shape (2, 6, 3)): the context vector of journey: keys and values have changed places, in the weighted sum or in the order in which the layers are made.
# hidden test_CausalAttention_parts: names it: CausalAttention(5, 2, 11, 0.0): no gradient reaches its parameter W_value.weight, so it never learns. Is it used, and does nothing on the way detach it?
# hidden test_CausalAttention_dropout: names it: CausalAttention: one feature of a token is dropped while another is kept. Drop the weights, before they are multiplied with the values; neither the values nor the context vectors.
class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))

    def forward(self, x):
        b, T, d_in = x.shape
        if T > self.mask.shape[0]:
            raise ValueError(f"{T} tokens, but context_length is {self.mask.shape[0]}")
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        scores = scores.masked_fill(self.mask.bool()[:T, :T], -torch.inf)
        weights = torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)
        weights = self.dropout(weights)
        return weights @ keys
