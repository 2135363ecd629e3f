# %% correct: buffer with a leading one, nn.Dropout
class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)
        self.register_buffer("pe", sinusoidal_encoding(max_len, d_model).unsqueeze(0))

    def forward(self, x):
        x = x + self.pe[:, : x.size(1)].requires_grad_(False)
        return self.dropout(x)

# %% correct: its own loop, functional dropout, a buffer that is not saved
class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        self.p = dropout
        pe = torch.zeros(max_len, d_model)
        positions = torch.arange(max_len)
        for c in range(d_model):
            angle = positions / 10000 ** (2 * (c // 2) / d_model)
            pe[:, c] = angle.cos() if c % 2 else angle.sin()
        self.register_buffer("pe", pe, persistent=False)

    def forward(self, x):
        b, T, d = x.shape
        return F.dropout(x + self.pe[:T].expand(b, T, d), self.p, training=self.training)

# %% correct: two leading ones, looked up by positions
class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        self.register_buffer("pe", sinusoidal_encoding(max_len, d_model)[None, None])
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        rows = F.embedding(torch.arange(x.shape[1]), self.pe[0, 0])
        return self.drop(torch.add(x, rows.to(x.dtype)))

# %% correct: a mask drawn with torch.rand
class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        self.rate = dropout
        self.register_buffer("pe", sinusoidal_encoding(max_len, d_model))

    def forward(self, x):
        total = torch.stack([sequence + self.pe[: len(sequence)] for sequence in x])
        if self.training and self.rate > 0:
            keep = torch.rand(total.shape) >= self.rate
            total = total * keep / (1 - self.rate)
        return total

# %% wrong: a plain attribute
# visible test_SinusoidalPositionalEncoding_table: names it: SinusoidalPositionalEncoding(6, max_len=11): pe is a plain attribute, so it stays behind when the module moves to another device. Use self.register_buffer("pe", ...).
# visible test_SinusoidalPositionalEncoding_adds: names it: SinusoidalPositionalEncoding: pe is a plain attribute, so it stays behind when the module moves to another device. Use self.register_buffer("pe", ...).
# visible test_SinusoidalPositionalEncoding_dropout: names it: SinusoidalPositionalEncoding: pe is a plain attribute, so it stays behind when the module moves to another device. Use self.register_buffer("pe", ...).
class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        self.pe = sinusoidal_encoding(max_len, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(x + self.pe[: x.shape[1]])

# %% wrong: a parameter
# visible test_SinusoidalPositionalEncoding_table: names it: SinusoidalPositionalEncoding(6, max_len=11): has parameters that nobody asked for: pe.
# visible test_SinusoidalPositionalEncoding_adds: names it: SinusoidalPositionalEncoding: pe is a parameter, so training would change it. Use self.register_buffer("pe", ...).
# visible test_SinusoidalPositionalEncoding_dropout: names it: SinusoidalPositionalEncoding: pe is a parameter, so training would change it. Use self.register_buffer("pe", ...).
class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        self.pe = nn.Parameter(sinusoidal_encoding(max_len, d_model))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(x + self.pe[: x.shape[1]])

# %% wrong: the batch comes second
# visible test_SinusoidalPositionalEncoding_table: names it: SinusoidalPositionalEncoding(6, max_len=11): its buffer pe has shape (11, 1, 6): leading ones are fine, one in the middle is not.
# visible test_SinusoidalPositionalEncoding_adds: SinusoidalPositionalEncoding: its buffer pe, without leading ones: has shape (1, 6), expected (11, 6).
# visible test_SinusoidalPositionalEncoding_dropout: SinusoidalPositionalEncoding: its buffer pe, without leading ones: has shape (1, 6), expected (60, 6).
class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        self.register_buffer("pe", sinusoidal_encoding(max_len, d_model).unsqueeze(1))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(x + self.pe[: x.size(0)])

# %% wrong: positions of the batch
# visible test_SinusoidalPositionalEncoding_adds: names it: SinusoidalPositionalEncoding(x of shape (2, 5, 6)): every token gets the position of its sequence: row t belongs to token t.
# visible test_SinusoidalPositionalEncoding_dropout: SinusoidalPositionalEncoding in evaluation: whether all that is kept is x + pe, scaled by 1 / (1 - p): is False, expected True.
class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        self.register_buffer("pe", sinusoidal_encoding(max_len, d_model))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(x + self.pe[: x.size(0)].unsqueeze(1))

# %% wrong: the positions alone
# visible test_SinusoidalPositionalEncoding_adds: names it: SinusoidalPositionalEncoding(x of shape (2, 5, 6)): only the positions come out: add them to the embeddings.
# visible test_SinusoidalPositionalEncoding_dropout: SinusoidalPositionalEncoding in evaluation: the share of sums that is not dropped: is 0.9900000095367432, expected 1.0.
class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        self.register_buffer("pe", sinusoidal_encoding(max_len, d_model))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(self.pe[: x.size(1)].expand_as(x))

# %% wrong: no dropout
# visible test_SinusoidalPositionalEncoding_dropout: names it: SinusoidalPositionalEncoding in training with dropout=0.5: nothing is dropped.
class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        self.register_buffer("pe", sinusoidal_encoding(max_len, d_model))

    def forward(self, x):
        return x + self.pe[: x.size(1)]

# %% wrong: dropout in evaluation too
# visible test_SinusoidalPositionalEncoding_dropout: names it: SinusoidalPositionalEncoding in evaluation: drops in evaluation too: dropout belongs to training alone.
class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        self.register_buffer("pe", sinusoidal_encoding(max_len, d_model))
        self.p = dropout

    def forward(self, x):
        return F.dropout(x + self.pe[: x.size(1)], self.p)

# %% wrong: dropout on the positions alone
# visible test_SinusoidalPositionalEncoding_dropout: names it: SinusoidalPositionalEncoding in training with dropout=0.5: no sum is dropped: dropout comes last, after the sum.
class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        self.register_buffer("pe", sinusoidal_encoding(max_len, d_model))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return x + self.dropout(self.pe[: x.size(1)])

# %% wrong: dropout before the sum
# visible test_SinusoidalPositionalEncoding_dropout: names it: SinusoidalPositionalEncoding in training with dropout=0.5: no sum is dropped: dropout comes last, after the sum.
class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        self.register_buffer("pe", sinusoidal_encoding(max_len, d_model))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(x) + self.pe[: x.size(1)]

# %% wrong: dropout twice
# visible test_SinusoidalPositionalEncoding_dropout: names it: SinusoidalPositionalEncoding in training with dropout=0.5: far more is dropped than should be: is dropout applied twice, or at another rate?
class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        self.register_buffer("pe", sinusoidal_encoding(max_len, d_model))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(self.dropout(x + self.pe[: x.size(1)]))

# %% wrong: dropout's default rate
# hidden test_SinusoidalPositionalEncoding_dropout: names it: SinusoidalPositionalEncoding in training with dropout=0.2: far more is dropped than should be: is dropout applied twice, or at another rate?
class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        self.register_buffer("pe", sinusoidal_encoding(max_len, d_model))
        self.dropout = nn.Dropout()

    def forward(self, x):
        return self.dropout(x + self.pe[: x.size(1)])

# %% wrong: scales the embeddings
# visible test_SinusoidalPositionalEncoding_adds: names it: SinusoidalPositionalEncoding(x of shape (2, 5, 6)): the embeddings are multiplied by a number first: take them as they are.
# visible test_SinusoidalPositionalEncoding_dropout: SinusoidalPositionalEncoding in evaluation: whether all that is kept is x + pe, scaled by 1 / (1 - p): is False, expected True.
class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        self.d_model = d_model
        self.register_buffer("pe", sinusoidal_encoding(max_len, d_model))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(x * math.sqrt(self.d_model) + self.pe[: x.size(1)])

# %% wrong: adds to the caller's tensor
# visible test_SinusoidalPositionalEncoding_adds: names it: SinusoidalPositionalEncoding(x of shape (2, 5, 6)): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
# visible test_SinusoidalPositionalEncoding_dropout: names it: SinusoidalPositionalEncoding(x of shape (4, 50, 6)): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        self.register_buffer("pe", sinusoidal_encoding(max_len, d_model))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        x += self.pe[: x.size(1)]
        return self.dropout(x)

# %% wrong: the whole table, not the first T rows
# visible test_SinusoidalPositionalEncoding_adds: SinusoidalPositionalEncoding(x of shape (2, 5, 6)): raises RuntimeError: The size of tensor a (5) must match the size of tensor b (11) at non-singleton dimension 1. Line 8 of the cell: `return self.dropout(x + self.pe)`
# visible test_SinusoidalPositionalEncoding_dropout: SinusoidalPositionalEncoding(x of shape (4, 50, 6)): raises RuntimeError: The size of tensor a (50) must match the size of tensor b (60) at non-singleton dimension 1. Line 8 of the cell: `return self.dropout(x + self.pe)`
class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        self.register_buffer("pe", sinusoidal_encoding(max_len, d_model))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(x + self.pe)

# %% wrong: positions from 1
# visible test_SinusoidalPositionalEncoding_adds: names it: SinusoidalPositionalEncoding(x of shape (2, 5, 6)): row 1 is added to the first token: positions count from 0.
# visible test_SinusoidalPositionalEncoding_dropout: SinusoidalPositionalEncoding in evaluation: whether all that is kept is x + pe, scaled by 1 / (1 - p): is False, expected True.
class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        self.register_buffer("pe", sinusoidal_encoding(max_len, d_model))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(x + self.pe[1 : x.size(1) + 1])

# %% wrong: a table of random numbers
# visible test_SinusoidalPositionalEncoding_table: row 0 of the buffer pe: gives -0.7809 at [0], expected 0. 6 of 6 numbers differ.
class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        self.register_buffer("pe", torch.randn(max_len, d_model))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(x + self.pe[: x.size(1)])

# %% wrong: always 5000 positions
# visible test_SinusoidalPositionalEncoding_table: names it: SinusoidalPositionalEncoding(6, max_len=11): its buffer pe has shape (5000, 6): use max_len.
# visible test_SinusoidalPositionalEncoding_adds: SinusoidalPositionalEncoding: its buffer pe, without leading ones: has shape (5000, 6), expected (11, 6).
# visible test_SinusoidalPositionalEncoding_dropout: SinusoidalPositionalEncoding: its buffer pe, without leading ones: has shape (5000, 6), expected (60, 6).
class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        self.register_buffer("pe", sinusoidal_encoding(5000, d_model))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(x + self.pe[: x.size(1)])

# %% wrong: detaches
# hidden test_SinusoidalPositionalEncoding_adds: names it: SinusoidalPositionalEncoding: no gradient reaches its argument x. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        self.register_buffer("pe", sinusoidal_encoding(max_len, d_model))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        with torch.no_grad():
            x = x + self.pe[: x.size(1)]
        return self.dropout(x)

# %% wrong: another name for the buffer
# visible test_SinusoidalPositionalEncoding_table: names it: SinusoidalPositionalEncoding(6, max_len=11): has no buffer pe.
# visible test_SinusoidalPositionalEncoding_adds: names it: SinusoidalPositionalEncoding: has no buffer pe.
# visible test_SinusoidalPositionalEncoding_dropout: names it: SinusoidalPositionalEncoding: has no buffer pe.
class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        self.register_buffer("table", sinusoidal_encoding(max_len, d_model))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(x + self.table[: x.size(1)])

# %% wrong: dropout without scaling
# visible test_SinusoidalPositionalEncoding_dropout: names it: SinusoidalPositionalEncoding in training with dropout=0.5: what is kept is not scaled by 1 / (1 - p).
class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        self.register_buffer("pe", sinusoidal_encoding(max_len, d_model))
        self.p = dropout

    def forward(self, x):
        total = x + self.pe[: x.size(1)]
        if self.training:
            total = total * (torch.rand(total.shape) >= self.p)
        return total
