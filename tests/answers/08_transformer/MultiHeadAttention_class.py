# %% correct: view and transpose
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            scores = scores.masked_fill(mask, -torch.inf)
        weights = scores.softmax(dim=-1)
        self.last_attn_weights = weights.detach()
        context = self.dropout(weights) @ v
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))

# %% correct: einsum, additive mask, F.dropout
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        for name in ("out_proj", "W_value", "W_key", "W_query"):
            setattr(self, name, nn.Linear(d_model, d_model))
        self.h, self.p = num_heads, dropout

    def forward(self, query, key, value, mask=None):
        q = self.W_query(query).unflatten(-1, (self.h, -1))
        k = self.W_key(key).unflatten(-1, (self.h, -1))
        v = self.W_value(value).unflatten(-1, (self.h, -1))
        scores = torch.einsum("bqhe,bkhe->bhqk", q, k) / math.sqrt(q.shape[-1])
        if mask is not None:
            while mask.dim() < 3:
                mask = mask[None]
            if mask.dim() < 4:
                mask = mask[:, None]
            scores = scores + torch.zeros(mask.shape, dtype=scores.dtype).masked_fill(mask, float("-inf"))
        scores = scores - scores.amax(-1, keepdim=True)
        weights = torch.exp(scores) / torch.exp(scores).sum(-1, keepdim=True)
        self.last_attn_weights = weights.detach().clone()
        weights = F.dropout(weights, self.p, self.training)
        return self.out_proj(torch.einsum("bhqk,bkhe->bqhe", weights, v).flatten(-2))

# %% correct: a loop over heads
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.width = d_model // num_heads
        self.W_query, self.W_key, self.W_value, self.out_proj = (nn.Linear(d_model, d_model) for _ in range(4))
        self.drop = nn.Dropout(dropout)
        self.last_attn_weights = None

    def forward(self, query, key, value, mask=None):
        q, k, v = self.W_query(query), self.W_key(key), self.W_value(value)
        heads = q.shape[-1] // self.width
        if mask is not None:
            mask = mask if mask.dim() == 4 else mask[:, None] if mask.dim() == 3 else mask[None, None]
            mask = mask.expand(q.shape[0], heads, q.shape[1], k.shape[1])
        outputs, kept = [], []
        for head in range(heads):
            part = slice(head * self.width, (head + 1) * self.width)
            scores = q[..., part] @ k[..., part].mT * self.width**-0.5
            if mask is not None:
                scores[mask[:, head]] = -torch.inf
            weights = torch.softmax(scores, -1)
            kept.append(weights.detach())
            outputs.append(self.drop(weights) @ v[..., part])
        self.last_attn_weights = torch.stack(kept, dim=1)
        return self.out_proj(torch.cat(outputs, dim=-1))

# %% correct: F.scaled_dot_product_attention beside the weights that are kept
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.heads, self.p = num_heads, dropout
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)

    def forward(self, query, key, value, mask=None):
        def split(x):
            return x.reshape(*x.shape[:2], self.heads, -1).permute(0, 2, 1, 3)

        q, k, v = split(self.W_query(query)), split(self.W_key(key)), split(self.W_value(value))
        allowed = torch.ones(1, 1, q.shape[2], k.shape[2], dtype=torch.bool)
        if mask is not None:
            allowed = allowed & ~(mask.unsqueeze(1) if mask.dim() == 3 else mask)
        with torch.no_grad():
            scores = (q @ k.transpose(-1, -2) / q.size(-1) ** 0.5).masked_fill(~allowed, -math.inf)
            self.last_attn_weights = scores.softmax(-1)
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=allowed, dropout_p=self.p if self.training else 0.0)
        return self.out_proj(out.permute(0, 2, 1, 3).flatten(2))

# %% wrong: a mask of three dimensions lands on the heads
# visible test_MultiHeadAttention_masks: names it: a head looks at the key that the other sequence blocks: a mask of three dimensions has one part for each sequence.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            scores = scores.masked_fill(mask, -torch.inf)
        weights = scores.softmax(dim=-1)
        self.last_attn_weights = weights.detach()
        context = self.dropout(weights) @ v
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))

# %% wrong: four dimensions get a fifth
# hidden test_MultiHeadAttention_masks: MultiHeadAttention(query of shape (2, 3, 6), key of shape (2, 5, 6), value of shape (2, 5, 6), mask of shape (2, 2, 3, 5)): raises RuntimeError: shape '[2, 3, 6]' is invalid for input of size 72. Line 24 of the cell: `return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))`
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            mask = mask.unsqueeze(-3)
            scores = scores.masked_fill(mask, -torch.inf)
        weights = scores.softmax(dim=-1)
        self.last_attn_weights = weights.detach()
        context = self.dropout(weights) @ v
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))

# %% wrong: True means allowed
# visible test_MultiHeadAttention_masks: names it: only the blocked key gets weight: True means blocked, not allowed.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            scores = scores.masked_fill(~mask, -torch.inf)
        weights = scores.softmax(dim=-1)
        self.last_attn_weights = weights.detach()
        context = self.dropout(weights) @ v
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))

# %% wrong: the mask is forgotten
# visible test_MultiHeadAttention_masks: names it: a blocked key has weight: every score of a blocked key must be -inf before the softmax.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            pass
        weights = scores.softmax(dim=-1)
        self.last_attn_weights = weights.detach()
        context = self.dropout(weights) @ v
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))

# %% wrong: fills in -1e9
# hidden test_MultiHeadAttention_masks: names it: last_attn_weights for scores of -2e12: a large negative number in place of a blocked score still wins against lower scores: use -inf.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            scores = scores.masked_fill(mask, -1e9)
        weights = scores.softmax(dim=-1)
        self.last_attn_weights = weights.detach()
        context = self.dropout(weights) @ v
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))

# %% wrong: blocked scores are 0
# visible test_MultiHeadAttention_masks: names it: a blocked key has weight: every score of a blocked key must be -inf before the softmax.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            scores = scores.masked_fill(mask, 0.0)
        weights = scores.softmax(dim=-1)
        self.last_attn_weights = weights.detach()
        context = self.dropout(weights) @ v
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))

# %% wrong: masks after the softmax, without renormalizing
# visible test_MultiHeadAttention_masks: names it: with a mask the weights do not sum to 1: block the scores, before the softmax.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
        weights = scores.softmax(dim=-1)
        if mask is not None:
            weights = weights.masked_fill(mask, 0.0)
        self.last_attn_weights = weights.detach()
        context = self.dropout(weights) @ v
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))

# %% wrong: no scaling
# hidden test_MultiHeadAttention_values: names it: MultiHeadAttention(query of shape (2, 3, 6), key of shape (2, 5, 6), value of shape (2, 5, 6)): the scores are not divided by the root of the head's width.
# hidden test_MultiHeadAttention_masks: MultiHeadAttention(query of shape (2, 3, 6), key of shape (2, 5, 6), value of shape (2, 5, 6), mask of shape (3, 5)): gives -0.2167 at [0, 0, 0], expected -0.211. 24 of 36 numbers differ.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3)
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            scores = scores.masked_fill(mask, -torch.inf)
        weights = scores.softmax(dim=-1)
        self.last_attn_weights = weights.detach()
        context = self.dropout(weights) @ v
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))

# %% wrong: scales by the root of d_model
# hidden test_MultiHeadAttention_values: names it: MultiHeadAttention(query of shape (2, 3, 6), key of shape (2, 5, 6), value of shape (2, 5, 6)): the scores are divided by √d_model: each head's vectors are only d_model / num_heads wide.
# hidden test_MultiHeadAttention_masks: MultiHeadAttention(query of shape (2, 3, 6), key of shape (2, 5, 6), value of shape (2, 5, 6), mask of shape (3, 5)): gives -0.2087 at [0, 0, 0], expected -0.211. 23 of 36 numbers differ.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / d ** 0.5
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            scores = scores.masked_fill(mask, -torch.inf)
        weights = scores.softmax(dim=-1)
        self.last_attn_weights = weights.detach()
        context = self.dropout(weights) @ v
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))

# %% wrong: softmax over the queries
# visible test_MultiHeadAttention_shapes: names it: last_attn_weights do not sum to 1 over the keys: is it the softmax over the last dimension?
# hidden test_MultiHeadAttention_values: MultiHeadAttention(query of shape (2, 3, 6), key of shape (2, 5, 6), value of shape (2, 5, 6)): gives 5.822 at [0, 0, 0], expected 2.296. 36 of 36 numbers differ.
# visible test_MultiHeadAttention_masks: names it: a blocked key has weight: every score of a blocked key must be -inf before the softmax.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            scores = scores.masked_fill(mask, -torch.inf)
        weights = scores.softmax(dim=-2)
        self.last_attn_weights = weights.detach()
        context = self.dropout(weights) @ v
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))

# %% wrong: keys are projected by W_query
# hidden test_MultiHeadAttention_values: names it: MultiHeadAttention(query of shape (2, 3, 6), key of shape (2, 5, 6), value of shape (2, 5, 6)): the keys go through W_query, not through W_key.
# hidden test_MultiHeadAttention_masks: MultiHeadAttention(query of shape (2, 3, 6), key of shape (2, 5, 6), value of shape (2, 5, 6), mask of shape (3, 5)): gives -0.1665 at [0, 0, 0], expected -0.211. 24 of 36 numbers differ.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_query(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            scores = scores.masked_fill(mask, -torch.inf)
        weights = scores.softmax(dim=-1)
        self.last_attn_weights = weights.detach()
        context = self.dropout(weights) @ v
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))

# %% wrong: values are the keys
# hidden test_MultiHeadAttention_values: names it: MultiHeadAttention(query of shape (2, 3, 6), key of shape (2, 5, 6), value of shape (2, 5, 6)): the keys are used as values.
# hidden test_MultiHeadAttention_masks: MultiHeadAttention(query of shape (2, 3, 6), key of shape (2, 5, 6), value of shape (2, 5, 6), mask of shape (3, 5)): gives -0.3703 at [0, 0, 0], expected -0.211. 36 of 36 numbers differ.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(key).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            scores = scores.masked_fill(mask, -torch.inf)
        weights = scores.softmax(dim=-1)
        self.last_attn_weights = weights.detach()
        context = self.dropout(weights) @ v
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))

# %% wrong: self-attention: keys from the query
# visible test_MultiHeadAttention_shapes: names it: last_attn_weights needs one weight for each of the five keys: keys come from the second argument.
# hidden test_MultiHeadAttention_values: MultiHeadAttention(query of shape (2, 3, 6), key of shape (2, 5, 6), value of shape (2, 5, 6)): gives -0.2128 at [0, 0, 0], expected 2.296. 36 of 36 numbers differ.
# hidden test_MultiHeadAttention_masks: MultiHeadAttention(query of shape (2, 3, 6), key of shape (2, 5, 6), value of shape (2, 5, 6), mask of shape (3, 5)): raises RuntimeError: The size of tensor a (5) must match the size of tensor b (3) at non-singleton dimension 3. Line 22 of the cell: `scores = scores.masked_fill(mask, -torch.inf)`
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        key = value = query
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            scores = scores.masked_fill(mask, -torch.inf)
        weights = scores.softmax(dim=-1)
        self.last_attn_weights = weights.detach()
        context = self.dropout(weights) @ v
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))

# %% wrong: takes T_q for T_k
# visible test_MultiHeadAttention_shapes: MultiHeadAttention(query of shape (2, 3, 12), key of shape (2, 5, 12), value of shape (2, 5, 12)): raises RuntimeError: shape '[2, 3, 4, 3]' is invalid for input of size 120. Line 15 of the cell: `k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)`
# hidden test_MultiHeadAttention_values: MultiHeadAttention(query of shape (2, 3, 6), key of shape (2, 5, 6), value of shape (2, 5, 6)): raises RuntimeError: shape '[2, 3, 2, 3]' is invalid for input of size 60. Line 15 of the cell: `k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)`
# hidden test_MultiHeadAttention_masks: MultiHeadAttention(query of shape (2, 3, 6), key of shape (2, 5, 6), value of shape (2, 5, 6), mask of shape (3, 5)): raises RuntimeError: shape '[2, 3, 2, 3]' is invalid for input of size 60. Line 15 of the cell: `k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)`
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = T_q, self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            scores = scores.masked_fill(mask, -torch.inf)
        weights = scores.softmax(dim=-1)
        self.last_attn_weights = weights.detach()
        context = self.dropout(weights) @ v
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))

# %% wrong: heads by view without transpose
# hidden test_MultiHeadAttention_values: MultiHeadAttention(query of shape (2, 3, 6), key of shape (2, 5, 6), value of shape (2, 5, 6)): gives -3.443 at [0, 0, 0], expected 2.296. 36 of 36 numbers differ.
# hidden test_MultiHeadAttention_masks: MultiHeadAttention(query of shape (2, 3, 6), key of shape (2, 5, 6), value of shape (2, 5, 6), mask of shape (3, 5)): gives -0.3966 at [0, 0, 0], expected -0.211. 36 of 36 numbers differ.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, h, T_q, d // h)
        k = self.W_key(key).view(b, h, T_k, d // h)
        v = self.W_value(value).view(b, h, T_k, d // h)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            scores = scores.masked_fill(mask, -torch.inf)
        weights = scores.softmax(dim=-1)
        self.last_attn_weights = weights.detach()
        context = self.dropout(weights) @ v
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))

# %% wrong: heads are not put side by side again
# hidden test_MultiHeadAttention_values: MultiHeadAttention(query of shape (2, 3, 6), key of shape (2, 5, 6), value of shape (2, 5, 6)): gives -2.458 at [0, 0, 0], expected 2.296. 36 of 36 numbers differ.
# hidden test_MultiHeadAttention_masks: MultiHeadAttention(query of shape (2, 3, 6), key of shape (2, 5, 6), value of shape (2, 5, 6), mask of shape (3, 5)): gives -0.4854 at [0, 0, 0], expected -0.211. 36 of 36 numbers differ.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            scores = scores.masked_fill(mask, -torch.inf)
        weights = scores.softmax(dim=-1)
        self.last_attn_weights = weights.detach()
        context = self.dropout(weights) @ v
        return self.out_proj(context.reshape(b, T_q, d))

# %% wrong: out_proj is forgotten
# hidden test_MultiHeadAttention_values: names it: MultiHeadAttention(query of shape (2, 3, 6), key of shape (2, 5, 6), value of shape (2, 5, 6)): out_proj is not applied.
# hidden test_MultiHeadAttention_masks: MultiHeadAttention(query of shape (2, 3, 6), key of shape (2, 5, 6), value of shape (2, 5, 6), mask of shape (3, 5)): gives 0.2696 at [0, 0, 0], expected -0.211. 36 of 36 numbers differ.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            scores = scores.masked_fill(mask, -torch.inf)
        weights = scores.softmax(dim=-1)
        self.last_attn_weights = weights.detach()
        context = self.dropout(weights) @ v
        return context.transpose(1, 2).reshape(b, T_q, d)

# %% wrong: linear maps without bias
# visible test_MultiHeadAttention_shapes: names it: MultiHeadAttention(12, 4): has no parameter W_query.bias (it has W_query.weight, W_key.weight, W_value.weight, out_proj.weight).
# visible test_MultiHeadAttention_values: names it: MultiHeadAttention(6, 3): has no parameter W_query.bias (it has W_query.weight, W_key.weight, W_value.weight, out_proj.weight).
# hidden test_MultiHeadAttention_masks: names it: MultiHeadAttention: has no parameter W_query.bias.
# hidden test_MultiHeadAttention_dropout: names it: MultiHeadAttention(4, 1): has no parameter W_value.bias (it has W_query.weight, W_key.weight, W_value.weight, out_proj.weight).
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model, bias=False)
        self.W_key = nn.Linear(d_model, d_model, bias=False)
        self.W_value = nn.Linear(d_model, d_model, bias=False)
        self.out_proj = nn.Linear(d_model, d_model, bias=False)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            scores = scores.masked_fill(mask, -torch.inf)
        weights = scores.softmax(dim=-1)
        self.last_attn_weights = weights.detach()
        context = self.dropout(weights) @ v
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))

# %% wrong: keeps the weights after dropout
# visible test_MultiHeadAttention_dropout: names it: last_attn_weights change in training: keep those before dropout.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            scores = scores.masked_fill(mask, -torch.inf)
        weights = scores.softmax(dim=-1)
        weights = self.dropout(weights)
        self.last_attn_weights = weights.detach()
        context = weights @ v
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))

# %% wrong: keeps the weights with their graph
# hidden test_MultiHeadAttention_shapes: names it: last_attn_weights carries its graph along: detach it.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            scores = scores.masked_fill(mask, -torch.inf)
        weights = scores.softmax(dim=-1)
        self.last_attn_weights = weights
        context = self.dropout(weights) @ v
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))

# %% wrong: keeps the mean of the heads
# visible test_MultiHeadAttention_shapes: names it: last_attn_weights needs a dimension for the heads, of the size num_heads: (b, h, T_q, T_k).
# visible test_MultiHeadAttention_values: last_attn_weights for queries of zeros: has shape (1, 4, 4), expected (1, 3, 4, 4). That is 3 dimensions, not 4.
# visible test_MultiHeadAttention_masks: last_attn_weights: has shape (2, 3, 3), expected (2, 2, 3, 3). That is 3 dimensions, not 4.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            scores = scores.masked_fill(mask, -torch.inf)
        weights = scores.softmax(dim=-1)
        self.last_attn_weights = weights.detach().mean(dim=1)
        context = self.dropout(weights) @ v
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))

# %% wrong: keeps the scores
# visible test_MultiHeadAttention_shapes: names it: last_attn_weights do not sum to 1 over the keys: is it the softmax over the last dimension?
# visible test_MultiHeadAttention_values: last_attn_weights for queries of zeros: gives 0 at [0, 0, 0, 0], expected 0.25. 48 of 48 numbers differ.
# visible test_MultiHeadAttention_masks: names it: a blocked key has weight: every score of a blocked key must be -inf before the softmax.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            scores = scores.masked_fill(mask, -torch.inf)
        weights = scores.softmax(dim=-1)
        self.last_attn_weights = scores.detach()
        context = self.dropout(weights) @ v
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))

# %% wrong: dropout on the output
# hidden test_MultiHeadAttention_dropout: names it: dropout falls on what the weights sum up to: it belongs on the weights themselves.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            scores = scores.masked_fill(mask, -torch.inf)
        weights = scores.softmax(dim=-1)
        self.last_attn_weights = weights.detach()
        context = self.dropout(weights @ v)
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))

# %% wrong: no dropout
# hidden test_MultiHeadAttention_dropout: names it: the attention weights in training (dropout=0.25): nothing is dropped, expected a share of about 0.25.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            scores = scores.masked_fill(mask, -torch.inf)
        weights = scores.softmax(dim=-1)
        self.last_attn_weights = weights.detach()
        context = weights @ v
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))

# %% wrong: returns the weights too
# visible test_MultiHeadAttention_shapes: names it: MultiHeadAttention(query of shape (2, 3, 12), key of shape (2, 5, 12), value of shape (2, 5, 12)): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
# visible test_MultiHeadAttention_values: names it: MultiHeadAttention(query of shape (1, 4, 6), key of shape (1, 4, 6), value of shape (1, 4, 6)): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
# visible test_MultiHeadAttention_masks: names it: MultiHeadAttention(query of shape (2, 3, 6), key of shape (2, 3, 6), value of shape (2, 3, 6), mask of shape (2, 1, 3)): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
# hidden test_MultiHeadAttention_dropout: names it: MultiHeadAttention(query of shape (500, 4, 4), key of shape (500, 4, 4), value of shape (500, 4, 4)): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            scores = scores.masked_fill(mask, -torch.inf)
        weights = scores.softmax(dim=-1)
        self.last_attn_weights = weights.detach()
        context = self.dropout(weights) @ v
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d)), weights

# %% wrong: one head whatever is asked
# visible test_MultiHeadAttention_shapes: names it: last_attn_weights needs a dimension for the heads, of the size num_heads: (b, h, T_q, T_k).
# visible test_MultiHeadAttention_values: last_attn_weights for queries of zeros: has shape (1, 1, 4, 4), expected (1, 3, 4, 4).
# visible test_MultiHeadAttention_masks: last_attn_weights: has shape (2, 1, 3, 3), expected (2, 2, 3, 3).
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = 1
        self.W_query = nn.Linear(d_model, d_model)
        self.W_key = nn.Linear(d_model, d_model)
        self.W_value = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        b, T_q, d = query.shape
        T_k, h = key.shape[1], self.num_heads
        q = self.W_query(query).view(b, T_q, h, d // h).transpose(1, 2)
        k = self.W_key(key).view(b, T_k, h, d // h).transpose(1, 2)
        v = self.W_value(value).view(b, T_k, h, d // h).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / (d // h) ** 0.5
        if mask is not None:
            if mask.dim() == 3:
                mask = mask.unsqueeze(1)
            scores = scores.masked_fill(mask, -torch.inf)
        weights = scores.softmax(dim=-1)
        self.last_attn_weights = weights.detach()
        context = self.dropout(weights) @ v
        return self.out_proj(context.transpose(1, 2).reshape(b, T_q, d))
