# %% correct: three lines
class DecoderLayer(nn.Module):
    def __init__(self, self_attention, cross_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.cross_attention = cross_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.norm3 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        y = self.norm1(x)
        x = x + self.dropout(self.self_attention(y, y, y, self_mask))
        x = x + self.dropout(self.cross_attention(self.norm2(x), memory, memory, memory_mask))
        return x + self.dropout(self.feed_forward(self.norm3(x)))

# %% correct: three dropouts, masks by keyword, other names
class DecoderLayer(nn.Module):
    def __init__(self, self_attention, cross_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.masked, self.cross, self.mlp = self_attention, cross_attention, feed_forward
        self.norm3, self.norm2, self.norm1 = (nn.LayerNorm(d_model) for _ in range(3))
        self.drops = nn.ModuleList([nn.Dropout(dropout) for _ in range(3)])

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        residual = x
        q = self.norm1(x)
        x = residual + self.drops[0](self.masked(q, q, q, mask=self_mask))
        residual = x
        x = residual + self.drops[1](self.cross(query=self.norm2(x), key=memory, value=memory, mask=memory_mask))
        residual = x
        return residual + self.drops[2](self.mlp(self.norm3(x)))

# %% correct: F.dropout and own LayerNorm
class DecoderLayer(nn.Module):
    def __init__(self, self_attention, cross_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention, self.cross_attention, self.feed_forward = self_attention, cross_attention, feed_forward
        for i in (1, 2, 3):
            setattr(self, f"norm{i}", LayerNorm(d_model))
        self.p = dropout

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        def drop(y):
            return F.dropout(y, self.p, self.training)

        normed = self.norm1(x)
        x = drop(self.self_attention(normed, normed, normed, self_mask)).add(x)
        x = drop(self.cross_attention(self.norm2(x), memory, memory, memory_mask)).add(x)
        return drop(self.feed_forward(self.norm3(x))).add(x)

# %% wrong: no cross-attention
# visible test_DecoderLayer_residual: names it: DecoderLayer(x of shape (1, 2, 3), memory of shape (1, 5, 3)): the cross-attention's output is missing.
# hidden test_DecoderLayer_pytorch: DecoderLayer(x of shape (2, 3, 6), memory of shape (2, 5, 6)): gives 2.576 at [0, 0, 0], expected -0.514. 36 of 36 numbers differ.
class DecoderLayer(nn.Module):
    def __init__(self, self_attention, cross_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.cross_attention = cross_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.norm3 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        y = self.norm1(x)
        x = x + self.dropout(self.self_attention(y, y, y, self_mask))
        return x + self.dropout(self.feed_forward(self.norm3(x)))

# %% wrong: cross-attention looks at the target
# visible test_DecoderLayer_pytorch: DecoderLayer(x of shape (2, 3, 6), memory of shape (2, 5, 6), memory_mask of shape (2, 1, 5)): raises RuntimeError: The expanded size of the tensor (3) must match the existing size (5) at non-singleton dimension 2. Target sizes: [2, 3, 3]. Tensor sizes: [2, 1, 5]. Line 29 of the cell: `mask = mask.expand(len(query), query.shape[1], key.shape[1])`
class DecoderLayer(nn.Module):
    def __init__(self, self_attention, cross_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.cross_attention = cross_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.norm3 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        y = self.norm1(x)
        x = x + self.dropout(self.self_attention(y, y, y, self_mask))
        x = x + self.dropout(self.cross_attention(self.norm2(x), self.norm2(x), self.norm2(x), memory_mask))
        return x + self.dropout(self.feed_forward(self.norm3(x)))

# %% wrong: the memory asks, the target answers
# visible test_DecoderLayer_residual: DecoderLayer(x of shape (1, 2, 3), memory of shape (1, 5, 3)): raises RuntimeError: The size of tensor a (2) must match the size of tensor b (5) at non-singleton dimension 1. Line 15 of the cell: `x = x + self.dropout(self.cross_attention(memory, self.norm2(x), self.norm2(x), memory_mask))`
# visible test_DecoderLayer_pytorch: DecoderLayer(x of shape (2, 3, 6), memory of shape (2, 5, 6)): raises RuntimeError: The size of tensor a (3) must match the size of tensor b (5) at non-singleton dimension 1. Line 15 of the cell: `x = x + self.dropout(self.cross_attention(memory, self.norm2(x), self.norm2(x), memory_mask))`
class DecoderLayer(nn.Module):
    def __init__(self, self_attention, cross_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.cross_attention = cross_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.norm3 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        y = self.norm1(x)
        x = x + self.dropout(self.self_attention(y, y, y, self_mask))
        x = x + self.dropout(self.cross_attention(memory, self.norm2(x), self.norm2(x), memory_mask))
        return x + self.dropout(self.feed_forward(self.norm3(x)))

# %% wrong: the memory is normalized too
# hidden test_DecoderLayer_pytorch: names it: DecoderLayer(x of shape (2, 3, 6), memory of shape (2, 5, 6)): the memory is normalized too: norm2 is for the queries alone.
class DecoderLayer(nn.Module):
    def __init__(self, self_attention, cross_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.cross_attention = cross_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.norm3 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        y = self.norm1(x)
        x = x + self.dropout(self.self_attention(y, y, y, self_mask))
        x = x + self.dropout(self.cross_attention(self.norm2(x), self.norm2(memory), self.norm2(memory), memory_mask))
        return x + self.dropout(self.feed_forward(self.norm3(x)))

# %% wrong: masks exchanged
# visible test_DecoderLayer_pytorch: DecoderLayer(x of shape (2, 3, 6), memory of shape (2, 5, 6), memory_mask of shape (2, 1, 5)): raises RuntimeError: The expanded size of the tensor (3) must match the existing size (5) at non-singleton dimension 2. Target sizes: [2, 3, 3]. Tensor sizes: [2, 1, 5]. Line 29 of the cell: `mask = mask.expand(len(query), query.shape[1], key.shape[1])`
class DecoderLayer(nn.Module):
    def __init__(self, self_attention, cross_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.cross_attention = cross_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.norm3 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        y = self.norm1(x)
        x = x + self.dropout(self.self_attention(y, y, y, memory_mask))
        x = x + self.dropout(self.cross_attention(self.norm2(x), memory, memory, self_mask))
        return x + self.dropout(self.feed_forward(self.norm3(x)))

# %% wrong: memory_mask is not passed on
# hidden test_DecoderLayer_pytorch: names it: DecoderLayer(x of shape (2, 3, 6), memory of shape (2, 5, 6), self_mask of shape (2, 3, 3), memory_mask of shape (2, 1, 5)): the memory_mask is not used.
class DecoderLayer(nn.Module):
    def __init__(self, self_attention, cross_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.cross_attention = cross_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.norm3 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        y = self.norm1(x)
        x = x + self.dropout(self.self_attention(y, y, y, self_mask))
        x = x + self.dropout(self.cross_attention(self.norm2(x), memory, memory))
        return x + self.dropout(self.feed_forward(self.norm3(x)))

# %% wrong: self_mask is not passed on
# hidden test_DecoderLayer_pytorch: names it: DecoderLayer(x of shape (2, 3, 6), memory of shape (2, 5, 6), self_mask of shape (2, 3, 3), memory_mask of shape (2, 1, 5)): the self_mask is not used.
class DecoderLayer(nn.Module):
    def __init__(self, self_attention, cross_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.cross_attention = cross_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.norm3 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        y = self.norm1(x)
        x = x + self.dropout(self.self_attention(y, y, y))
        x = x + self.dropout(self.cross_attention(self.norm2(x), memory, memory, memory_mask))
        return x + self.dropout(self.feed_forward(self.norm3(x)))

# %% wrong: cross-attention first
# hidden test_DecoderLayer_pytorch: names it: DecoderLayer(x of shape (2, 3, 6), memory of shape (2, 5, 6)): cross-attention comes before self-attention.
class DecoderLayer(nn.Module):
    def __init__(self, self_attention, cross_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.cross_attention = cross_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.norm3 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        y = self.norm1(x)
        x = x + self.dropout(self.cross_attention(y, memory, memory, memory_mask))
        y = self.norm2(x)
        x = x + self.dropout(self.self_attention(y, y, y, self_mask))
        return x + self.dropout(self.feed_forward(self.norm3(x)))

# %% wrong: no residual around the cross-attention
# visible test_DecoderLayer_residual: names it: DecoderLayer(x of shape (1, 2, 3), memory of shape (1, 5, 3)): x is not added to what the cross-attention gives.
# hidden test_DecoderLayer_pytorch: DecoderLayer(x of shape (2, 3, 6), memory of shape (2, 5, 6)): gives -2.463 at [0, 0, 0], expected -0.514. 36 of 36 numbers differ.
class DecoderLayer(nn.Module):
    def __init__(self, self_attention, cross_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.cross_attention = cross_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.norm3 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        y = self.norm1(x)
        x = x + self.dropout(self.self_attention(y, y, y, self_mask))
        x = self.dropout(self.cross_attention(self.norm2(x), memory, memory, memory_mask))
        return x + self.dropout(self.feed_forward(self.norm3(x)))

# %% wrong: no residual around the self-attention
# visible test_DecoderLayer_residual: names it: DecoderLayer(x of shape (1, 2, 3), memory of shape (1, 5, 3)): x is not added to what the self-attention gives.
# hidden test_DecoderLayer_pytorch: DecoderLayer(x of shape (2, 3, 6), memory of shape (2, 5, 6)): gives 0.3216 at [0, 0, 0], expected -0.514. 36 of 36 numbers differ.
class DecoderLayer(nn.Module):
    def __init__(self, self_attention, cross_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.cross_attention = cross_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.norm3 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        y = self.norm1(x)
        x = self.dropout(self.self_attention(y, y, y, self_mask))
        x = x + self.dropout(self.cross_attention(self.norm2(x), memory, memory, memory_mask))
        return x + self.dropout(self.feed_forward(self.norm3(x)))

# %% wrong: post-norm
# visible test_DecoderLayer_residual: names it: DecoderLayer(x of shape (1, 2, 3), memory of shape (1, 5, 3)): this is post-norm: pre-norm normalizes what goes into a sublayer, not what comes out.
# hidden test_DecoderLayer_pytorch: DecoderLayer(x of shape (2, 3, 6), memory of shape (2, 5, 6)): gives 1.286 at [0, 0, 0], expected -0.514. 36 of 36 numbers differ.
class DecoderLayer(nn.Module):
    def __init__(self, self_attention, cross_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.cross_attention = cross_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.norm3 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        x = self.norm1(x + self.dropout(self.self_attention(x, x, x, self_mask)))
        x = self.norm2(x + self.dropout(self.cross_attention(x, memory, memory, memory_mask)))
        return self.norm3(x + self.dropout(self.feed_forward(x)))

# %% wrong: only two norms
# visible test_DecoderLayer_residual: names it: DecoderLayer(..., d_model=3): has no parameter norm3.weight (it has norm1.weight, norm1.bias, norm2.weight, norm2.bias).
# hidden test_DecoderLayer_pytorch: names it: DecoderLayer: has no parameter norm3.weight.
class DecoderLayer(nn.Module):
    def __init__(self, self_attention, cross_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.cross_attention = cross_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        y = self.norm1(x)
        x = x + self.dropout(self.self_attention(y, y, y, self_mask))
        x = x + self.dropout(self.cross_attention(self.norm2(x), memory, memory, memory_mask))
        return x + self.dropout(self.feed_forward(self.norm2(x)))

# %% wrong: the queries of the cross-attention are not normalized
# hidden test_DecoderLayer_pytorch: names it: DecoderLayer(x of shape (2, 3, 6), memory of shape (2, 5, 6)): the cross-attention's queries are not normalized.
class DecoderLayer(nn.Module):
    def __init__(self, self_attention, cross_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.cross_attention = cross_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.norm3 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        y = self.norm1(x)
        x = x + self.dropout(self.self_attention(y, y, y, self_mask))
        x = x + self.dropout(self.cross_attention(x, memory, memory, memory_mask))
        return x + self.dropout(self.feed_forward(self.norm3(x)))

# %% wrong: no dropout after the cross-attention
# hidden test_DecoderLayer_residual: names it: DecoderLayer(x of shape (1, 2, 3), memory of shape (1, 5, 3)): the cross-attention's output is not dropped in training.
class DecoderLayer(nn.Module):
    def __init__(self, self_attention, cross_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.cross_attention = cross_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.norm3 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        y = self.norm1(x)
        x = x + self.dropout(self.self_attention(y, y, y, self_mask))
        x = x + self.cross_attention(self.norm2(x), memory, memory, memory_mask)
        return x + self.dropout(self.feed_forward(self.norm3(x)))

# %% wrong: dropout after the sum
# hidden test_DecoderLayer_residual: names it: DecoderLayer(x of shape (1, 2, 3), memory of shape (1, 5, 3)): the self-attention's sum with x is dropped: drop its output before it is added.
class DecoderLayer(nn.Module):
    def __init__(self, self_attention, cross_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.cross_attention = cross_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.norm3 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        y = self.norm1(x)
        x = x + self.dropout(self.self_attention(y, y, y, self_mask))
        x = x + self.dropout(self.cross_attention(self.norm2(x), memory, memory, memory_mask))
        return self.dropout(x + self.feed_forward(self.norm3(x)))

# %% wrong: one attention for both
# visible test_DecoderLayer_residual: names it: DecoderLayer(x of shape (1, 2, 3), memory of shape (1, 5, 3)): the self-attention is used in place of the cross-attention.
# hidden test_DecoderLayer_pytorch: DecoderLayer(x of shape (2, 3, 6), memory of shape (2, 5, 6)): gives 2.829 at [0, 0, 0], expected -0.514. 36 of 36 numbers differ.
class DecoderLayer(nn.Module):
    def __init__(self, self_attention, cross_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.cross_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.norm3 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        y = self.norm1(x)
        x = x + self.dropout(self.self_attention(y, y, y, self_mask))
        x = x + self.dropout(self.cross_attention(self.norm2(x), memory, memory, memory_mask))
        return x + self.dropout(self.feed_forward(self.norm3(x)))
