# %% correct: two lines
class EncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        normed = self.norm1(x)
        x = x + self.dropout(self.self_attention(normed, normed, normed, mask))
        return x + self.dropout(self.feed_forward(self.norm2(x)))

# %% correct: one dropout per sublayer, other names, mask by keyword
class EncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.norm2, self.norm1 = nn.LayerNorm(d_model, eps=1e-5), nn.LayerNorm(d_model, eps=1e-5)
        self.drop1, self.drop2 = nn.Dropout(p=dropout), nn.Dropout(p=dropout)
        self.attn, self.ffn = self_attention, feed_forward

    def forward(self, x, mask=None):
        residual = x
        x = self.norm1(x)
        x = self.drop1(self.attn(x, x, x, mask=mask))
        x = x + residual
        residual = x
        x = self.drop2(self.ffn(self.norm2(x)))
        return residual + x

# %% correct: a helper for the sublayers
class EncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = LayerNorm(d_model)
        self.norm2 = LayerNorm(d_model)
        self.p = dropout

    def add(self, x, norm, sublayer):
        return x + F.dropout(sublayer(norm(x)), self.p, training=self.training)

    def forward(self, x, mask=None):
        x = self.add(x, self.norm1, lambda y: self.self_attention(y, y, y, mask))
        return self.add(x, self.norm2, self.feed_forward)

# %% correct: parts in a ModuleDict, in-place sums on new tensors
class EncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.parts = nn.ModuleDict({"attention": self_attention, "ffn": feed_forward})
        self.norm1 = nn.LayerNorm([d_model])
        self.norm2 = nn.LayerNorm([d_model])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        normed = self.norm1(x)
        out = self.dropout(self.parts["attention"](normed, normed, normed, mask)) + x
        out = out + self.dropout(self.parts["ffn"](self.norm2(out)))
        return out

# %% wrong: no residual around the attention
# visible test_EncoderLayer_residual: names it: EncoderLayer(x of shape (1, 2, 3)): x is not added to what the attention gives.
# hidden test_EncoderLayer_pytorch: EncoderLayer(x of shape (2, 5, 6)): gives 6.589 at [0, 0, 0], expected 7.044. 60 of 60 numbers differ.
class EncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        normed = self.norm1(x)
        x = self.dropout(self.self_attention(normed, normed, normed, mask))
        return x + self.dropout(self.feed_forward(self.norm2(x)))

# %% wrong: no residual around the feed-forward
# visible test_EncoderLayer_residual: names it: EncoderLayer(x of shape (1, 2, 3)): x is not added to what the feed-forward gives.
# hidden test_EncoderLayer_pytorch: EncoderLayer(x of shape (2, 5, 6)): gives 5.192 at [0, 0, 0], expected 7.044. 60 of 60 numbers differ.
class EncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        normed = self.norm1(x)
        x = x + self.dropout(self.self_attention(normed, normed, normed, mask))
        return self.dropout(self.feed_forward(self.norm2(x)))

# %% wrong: adds the normalized x
# visible test_EncoderLayer_residual: names it: EncoderLayer(x of shape (1, 2, 3)): the attention's sum adds the normalized x: add x as it was.
# hidden test_EncoderLayer_pytorch: EncoderLayer(x of shape (2, 5, 6)): gives 6.965 at [0, 0, 0], expected 7.044. 60 of 60 numbers differ.
class EncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        normed = self.norm1(x)
        x = normed + self.dropout(self.self_attention(normed, normed, normed, mask))
        return x + self.dropout(self.feed_forward(self.norm2(x)))

# %% wrong: post-norm
# visible test_EncoderLayer_residual: names it: EncoderLayer(x of shape (1, 2, 3)): this is post-norm: pre-norm normalizes what goes into a sublayer, not what comes out.
# hidden test_EncoderLayer_pytorch: EncoderLayer(x of shape (2, 5, 6)): gives 2.35 at [0, 0, 0], expected 7.044. 60 of 60 numbers differ.
class EncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        x = self.norm1(x + self.dropout(self.self_attention(x, x, x, mask)))
        return self.norm2(x + self.dropout(self.feed_forward(x)))

# %% wrong: only the queries are normalized
# hidden test_EncoderLayer_pytorch: names it: EncoderLayer(x of shape (2, 5, 6)): keys and values are not normalized: the attention is self-attention over the normalized x.
class EncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        normed = self.norm1(x)
        x = x + self.dropout(self.self_attention(normed, x, x, mask))
        return x + self.dropout(self.feed_forward(self.norm2(x)))

# %% wrong: the attention gets x as it is
# hidden test_EncoderLayer_pytorch: names it: EncoderLayer(x of shape (2, 5, 6)): the attention is given x without normalization.
class EncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        normed = self.norm1(x)
        x = x + self.dropout(self.self_attention(x, x, x, mask))
        return x + self.dropout(self.feed_forward(self.norm2(x)))

# %% wrong: the feed-forward gets x as it is
# hidden test_EncoderLayer_pytorch: names it: EncoderLayer(x of shape (2, 5, 6)): the feed-forward is given x without normalization.
class EncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        normed = self.norm1(x)
        x = x + self.dropout(self.self_attention(normed, normed, normed, mask))
        return x + self.dropout(self.feed_forward(x))

# %% wrong: one norm for both
# hidden test_EncoderLayer_pytorch: names it: EncoderLayer(x of shape (2, 5, 6)): one norm is used for both sublayers.
class EncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        normed = self.norm1(x)
        x = x + self.dropout(self.self_attention(normed, normed, normed, mask))
        return x + self.dropout(self.feed_forward(self.norm1(x)))

# %% wrong: the mask is not passed on
# hidden test_EncoderLayer_pytorch: names it: EncoderLayer(x of shape (2, 5, 6), mask of shape (2, 5, 5)): the mask does not reach the attention.
class EncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        normed = self.norm1(x)
        x = x + self.dropout(self.self_attention(normed, normed, normed))
        return x + self.dropout(self.feed_forward(self.norm2(x)))

# %% wrong: no dropout
# hidden test_EncoderLayer_residual: names it: EncoderLayer(x of shape (1, 2, 3)): the attention's output is not dropped in training.
class EncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        normed = self.norm1(x)
        x = x + self.self_attention(normed, normed, normed, mask)
        return x + self.feed_forward(self.norm2(x))

# %% wrong: dropout after the first sublayer alone
# hidden test_EncoderLayer_residual: names it: EncoderLayer(x of shape (1, 2, 3)): the feed-forward's output is not dropped in training.
class EncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        normed = self.norm1(x)
        x = x + self.dropout(self.self_attention(normed, normed, normed, mask))
        return x + self.feed_forward(self.norm2(x))

# %% wrong: dropout after the sum
# hidden test_EncoderLayer_residual: names it: EncoderLayer(x of shape (1, 2, 3)): the attention's sum with x is dropped: drop its output before it is added.
class EncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        normed = self.norm1(x)
        x = self.dropout(x + self.self_attention(normed, normed, normed, mask))
        return x + self.dropout(self.feed_forward(self.norm2(x)))

# %% wrong: dropout before the sublayer
# hidden test_EncoderLayer_residual: names it: EncoderLayer(x of shape (1, 2, 3)): the feed-forward's output is not dropped in training.
class EncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        normed = self.norm1(x)
        x = x + self.dropout(self.self_attention(normed, normed, normed, mask))
        return x + self.feed_forward(self.dropout(self.norm2(x)))

# %% wrong: dropout of 0.1 whatever is asked
# visible test_EncoderLayer_residual: EncoderLayer(x of shape (1, 2, 3)): gives 13.22 at [0, 0, 0], expected 12. 6 of 6 numbers differ.
# hidden test_EncoderLayer_pytorch: EncoderLayer(x of shape (2, 5, 6)): gives 7.802 at [0, 0, 0], expected 7.044. 60 of 60 numbers differ.
class EncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x, mask=None):
        normed = self.norm1(x)
        x = x + self.dropout(self.self_attention(normed, normed, normed, mask))
        return x + self.dropout(self.feed_forward(self.norm2(x)))

# %% wrong: other names for the norms
# visible test_EncoderLayer_residual: names it: EncoderLayer(..., d_model=3): has no parameter norm1.weight (it has ln_1.weight, ln_1.bias, ln_2.weight, ln_2.bias).
# hidden test_EncoderLayer_pytorch: names it: EncoderLayer: has no parameter norm1.weight.
class EncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.ln_1 = nn.LayerNorm(d_model)
        self.ln_2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        normed = self.ln_1(x)
        x = x + self.dropout(self.self_attention(normed, normed, normed, mask))
        return x + self.dropout(self.feed_forward(self.ln_2(x)))

# %% wrong: feed-forward beside the attention, not after it
# hidden test_EncoderLayer_pytorch: names it: EncoderLayer(x of shape (2, 5, 6)): the feed-forward gets x, not what the attention made of it.
class EncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        normed = self.norm1(x)
        a = self.dropout(self.self_attention(normed, normed, normed, mask))
        return x + a + self.dropout(self.feed_forward(self.norm2(x)))

# %% wrong: changes x in place
# visible test_EncoderLayer_residual: names it: EncoderLayer(x of shape (1, 2, 3)): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
# hidden test_EncoderLayer_pytorch: names it: EncoderLayer(x of shape (2, 5, 6)): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
class EncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        normed = self.norm1(x)
        x += self.dropout(self.self_attention(normed, normed, normed, mask))
        return x + self.dropout(self.feed_forward(self.norm2(x)))
