# %% correct: two lines
class PostNormEncoderLayer(nn.Module):
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

# %% correct: with names for the steps, mask by keyword
class PostNormEncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.drop1, self.drop2 = nn.Dropout(dropout), nn.Dropout(dropout)
        self.attention, self.ffn = self_attention, feed_forward

    def forward(self, x, mask=None):
        attended = self.attention(x, x, x, mask=mask)
        y = self.norm1(x + self.drop1(attended))
        z = self.norm2(y + self.drop2(self.ffn(y)))
        return z

# %% correct: F.dropout, own LayerNorm, a loop over sublayers
class PostNormEncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = LayerNorm(d_model)
        self.norm2 = LayerNorm(d_model)
        self.p = dropout

    def forward(self, x, mask=None):
        steps = [(self.norm1, lambda y: self.self_attention(y, y, y, mask)), (self.norm2, self.feed_forward)]
        for norm, sublayer in steps:
            x = norm(x + F.dropout(sublayer(x), self.p, self.training))
        return x

# %% wrong: pre-norm
# visible test_PostNormEncoderLayer_residual: names it: PostNormEncoderLayer(x of shape (1, 2, 3)): this is pre-norm: nothing normalizes the sum.
# visible test_PostNormEncoderLayer_pytorch: names it: the tokens do not leave normalized: the norm comes after the sum.
class PostNormEncoderLayer(nn.Module):
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

# %% wrong: the last sum is not normalized
# visible test_PostNormEncoderLayer_residual: names it: PostNormEncoderLayer(x of shape (1, 2, 3)): the last sum is not normalized.
# visible test_PostNormEncoderLayer_pytorch: names it: the tokens do not leave normalized: the norm comes after the sum.
class PostNormEncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        x = self.norm1(x + self.dropout(self.self_attention(x, x, x, mask)))
        return x + self.dropout(self.feed_forward(x))

# %% wrong: the first sum is not normalized
# hidden test_PostNormEncoderLayer_pytorch: names it: PostNormEncoderLayer(x of shape (2, 5, 6)): the first sum is not normalized.
class PostNormEncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        x = x + self.dropout(self.self_attention(x, x, x, mask))
        return self.norm2(x + self.dropout(self.feed_forward(x)))

# %% wrong: no residual
# visible test_PostNormEncoderLayer_residual: names it: PostNormEncoderLayer(x of shape (1, 2, 3)): x is not added to what the feed-forward gives.
# hidden test_PostNormEncoderLayer_pytorch: PostNormEncoderLayer(x of shape (2, 5, 6)): gives 1.617 at [0, 0, 0], expected 1.421. 60 of 60 numbers differ.
class PostNormEncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        x = self.norm1(self.dropout(self.self_attention(x, x, x, mask)))
        return self.norm2(self.dropout(self.feed_forward(x)))

# %% wrong: no residual around the feed-forward
# visible test_PostNormEncoderLayer_residual: names it: PostNormEncoderLayer(x of shape (1, 2, 3)): x is not added to what the feed-forward gives.
# hidden test_PostNormEncoderLayer_pytorch: PostNormEncoderLayer(x of shape (2, 5, 6)): gives 1.671 at [0, 0, 0], expected 1.421. 60 of 60 numbers differ.
class PostNormEncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        x = self.norm1(x + self.dropout(self.self_attention(x, x, x, mask)))
        return self.norm2(self.dropout(self.feed_forward(x)))

# %% wrong: normalizes the sublayer's output, then adds
# visible test_PostNormEncoderLayer_residual: names it: PostNormEncoderLayer(x of shape (1, 2, 3)): the sublayer's output is normalized, and x added after that: normalize the sum.
# visible test_PostNormEncoderLayer_pytorch: names it: the tokens do not leave normalized: the norm comes after the sum.
class PostNormEncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        x = x + self.norm1(self.dropout(self.self_attention(x, x, x, mask)))
        return x + self.norm2(self.dropout(self.feed_forward(x)))

# %% wrong: the second sum adds x of the start
# hidden test_PostNormEncoderLayer_residual: names it: the attention's output does not reach the result in evaluation mode.
# hidden test_PostNormEncoderLayer_pytorch: names it: PostNormEncoderLayer(x of shape (2, 5, 6)): the second sum adds x as it was at the start: add what norm1 gave.
class PostNormEncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        y = self.norm1(x + self.dropout(self.self_attention(x, x, x, mask)))
        return self.norm2(x + self.dropout(self.feed_forward(y)))

# %% wrong: one norm for both
# hidden test_PostNormEncoderLayer_pytorch: names it: PostNormEncoderLayer(x of shape (2, 5, 6)): one norm is used for both sums.
class PostNormEncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        x = self.norm1(x + self.dropout(self.self_attention(x, x, x, mask)))
        return self.norm1(x + self.dropout(self.feed_forward(x)))

# %% wrong: norms exchanged
# hidden test_PostNormEncoderLayer_pytorch: names it: PostNormEncoderLayer(x of shape (2, 5, 6)): norm1 and norm2 are exchanged.
class PostNormEncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        x = self.norm2(x + self.dropout(self.self_attention(x, x, x, mask)))
        return self.norm1(x + self.dropout(self.feed_forward(x)))

# %% wrong: the mask is not passed on
# hidden test_PostNormEncoderLayer_pytorch: names it: PostNormEncoderLayer(x of shape (2, 5, 6), mask of shape (2, 5, 5)): the mask does not reach the attention.
class PostNormEncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        x = self.norm1(x + self.dropout(self.self_attention(x, x, x)))
        return self.norm2(x + self.dropout(self.feed_forward(x)))

# %% wrong: no dropout
# hidden test_PostNormEncoderLayer_residual: names it: PostNormEncoderLayer(x of shape (1, 2, 3)): the attention's output is not dropped in training.
class PostNormEncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        x = self.norm1(x + self.self_attention(x, x, x, mask))
        return self.norm2(x + self.feed_forward(x))

# %% wrong: dropout after the sum
# hidden test_PostNormEncoderLayer_residual: names it: PostNormEncoderLayer(x of shape (1, 2, 3)): the attention's sum with x is dropped: drop its output before it is added.
class PostNormEncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        x = self.norm1(x + self.dropout(self.self_attention(x, x, x, mask)))
        return self.norm2(self.dropout(x + self.feed_forward(x)))

# %% wrong: dropout after the norm
# hidden test_PostNormEncoderLayer_residual: names it: PostNormEncoderLayer(x of shape (1, 2, 3)): the attention's sum with x is dropped: drop its output before it is added.
# visible test_PostNormEncoderLayer_pytorch: names it: the tokens do not leave normalized: the norm comes after the sum.
class PostNormEncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        x = self.norm1(x + self.dropout(self.self_attention(x, x, x, mask)))
        return self.dropout(self.norm2(x + self.feed_forward(x)))

# %% wrong: normalized on both sides
# hidden test_PostNormEncoderLayer_pytorch: PostNormEncoderLayer(x of shape (2, 5, 6)): gives 1.351 at [0, 0, 0], expected 1.421. 60 of 60 numbers differ.
class PostNormEncoderLayer(nn.Module):
    def __init__(self, self_attention, feed_forward, d_model, dropout=0.1):
        super().__init__()
        self.self_attention = self_attention
        self.feed_forward = feed_forward
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        x = self.norm1(x + self.dropout(self.self_attention(x, x, x, mask)))
        return self.norm2(x + self.dropout(self.feed_forward(self.norm2(x))))
