# %% correct: with relative_positions
class RelativePositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.max_len = max_len
        self.relative_position_embeddings = nn.Embedding(max_len * 2, d_model)

    def forward(self, x):
        return self.relative_position_embeddings(relative_positions(x.size(1)) + self.max_len)

# %% correct: distances made here, row by row
class RelativePositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.relative_position_embeddings = nn.Embedding(2 * max_len, d_model)
        nn.init.normal_(self.relative_position_embeddings.weight, std=0.02)

    def forward(self, x):
        T = x.shape[1]
        middle = self.relative_position_embeddings.num_embeddings // 2
        columns = torch.arange(T)
        return torch.stack([self.relative_position_embeddings(i - columns + middle) for i in range(T)])

# %% correct: slices of the weight
class RelativePositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.offset = max_len
        self.relative_position_embeddings = nn.Embedding(2 * max_len, d_model)

    def forward(self, x):
        T, weight = x.shape[1], self.relative_position_embeddings.weight
        rows = [weight[self.offset + i - T + 1 : self.offset + i + 1].flip(0) for i in range(T)]
        return torch.stack(rows)

# %% correct: indices kept in a buffer
class RelativePositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.relative_position_embeddings = nn.Embedding(2 * max_len, d_model)
        self.register_buffer("places", torch.arange(max_len), persistent=False)
        self.register_buffer("middle", torch.tensor(max_len))

    def forward(self, x):
        p = self.places[: x.shape[1]]
        index = p.view(-1, 1) - p.view(1, -1) + self.middle
        return F.embedding(index, self.relative_position_embeddings.weight)

# %% wrong: j - i
# visible test_RelativePositionalEncoding_rows: names it: RelativePositionalEncoding: the entry of i = 4 and j = 1, distance 3: this is the row of distance -3.
class RelativePositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.max_len = max_len
        self.relative_position_embeddings = nn.Embedding(2 * max_len, d_model)

    def forward(self, x):
        p = torch.arange(x.shape[1])
        return self.relative_position_embeddings(p[None, :] - p[:, None] + self.max_len)

# %% wrong: no shift
# visible test_RelativePositionalEncoding_rows: RelativePositionalEncoding(x of shape (2, 5, 3)): raises IndexError: index out of range in self. Line 7 of the cell: `return self.relative_position_embeddings(relative_positions(x.shape[1]))`
# visible test_RelativePositionalEncoding_learns: RelativePositionalEncoding(x of shape (2, 5, 3)): raises IndexError: index out of range in self. Line 7 of the cell: `return self.relative_position_embeddings(relative_positions(x.shape[1]))`
class RelativePositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.relative_position_embeddings = nn.Embedding(2 * max_len, d_model)

    def forward(self, x):
        return self.relative_position_embeddings(relative_positions(x.shape[1]))

# %% wrong: shifted by max_len - 1
# visible test_RelativePositionalEncoding_rows: names it: RelativePositionalEncoding: the entry of distance 0: this is row max_len - 1: distance 0 has row max_len.
# hidden test_RelativePositionalEncoding_learns: the gradient of relative_position_embeddings for a sum over 4 tokens: gives 1 at [3, 0], expected 0. 24 of 42 numbers differ.
class RelativePositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.max_len = max_len
        self.relative_position_embeddings = nn.Embedding(2 * max_len, d_model)

    def forward(self, x):
        return self.relative_position_embeddings(relative_positions(x.shape[1]) + self.max_len - 1)

# %% wrong: shifted by the length of the sequence
# visible test_RelativePositionalEncoding_rows: names it: RelativePositionalEncoding: the entry of distance 0: this is row T: distance 0 has row max_len, whatever the length.
# hidden test_RelativePositionalEncoding_learns: the gradient of relative_position_embeddings for a sum over 4 tokens: gives 1 at [1, 0], expected 0. 30 of 42 numbers differ.
class RelativePositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.relative_position_embeddings = nn.Embedding(2 * max_len, d_model)

    def forward(self, x):
        T = x.shape[1]
        return self.relative_position_embeddings(relative_positions(T) + T)

# %% wrong: absolute distances
# visible test_RelativePositionalEncoding_rows: names it: RelativePositionalEncoding: the entry of i = 1 and j = 4, distance -3: this is the row of distance 3.
# hidden test_RelativePositionalEncoding_learns: the gradient of relative_position_embeddings for a sum over 4 tokens: gives 0 at [4, 0], expected 1. 18 of 42 numbers differ.
class RelativePositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.max_len = max_len
        self.relative_position_embeddings = nn.Embedding(2 * max_len, d_model)

    def forward(self, x):
        return self.relative_position_embeddings(relative_positions(x.shape[1]).abs() + self.max_len)

# %% wrong: a table without the negative half
# visible test_RelativePositionalEncoding_rows: RelativePositionalEncoding(3, max_len=7): its parameter relative_position_embeddings.weight has shape (7, 3), expected (14, 3).
# visible test_RelativePositionalEncoding_learns: RelativePositionalEncoding(3, max_len=7): its parameter relative_position_embeddings.weight has shape (7, 3), expected (14, 3).
class RelativePositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.relative_position_embeddings = nn.Embedding(max_len, d_model)

    def forward(self, x):
        return self.relative_position_embeddings(relative_positions(x.shape[1]).abs())

# %% wrong: a table of 2 * max_len - 1 rows
# visible test_RelativePositionalEncoding_rows: RelativePositionalEncoding(3, max_len=7): its parameter relative_position_embeddings.weight has shape (13, 3), expected (14, 3).
# visible test_RelativePositionalEncoding_learns: RelativePositionalEncoding(3, max_len=7): its parameter relative_position_embeddings.weight has shape (13, 3), expected (14, 3).
class RelativePositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.max_len = max_len
        self.relative_position_embeddings = nn.Embedding(2 * max_len - 1, d_model)

    def forward(self, x):
        return self.relative_position_embeddings(relative_positions(x.shape[1]) + self.max_len - 1)

# %% wrong: returns x too, as the tutorials do
# visible test_RelativePositionalEncoding_rows: names it: RelativePositionalEncoding(x of shape (2, 5, 3)): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
# visible test_RelativePositionalEncoding_learns: names it: RelativePositionalEncoding(3, max_len=7): no gradient reaches its parameter relative_position_embeddings.weight, so it never learns. Is it used, and does nothing on the way detach it?
class RelativePositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.max_len = max_len
        self.relative_position_embeddings = nn.Embedding(2 * max_len, d_model)

    def forward(self, x):
        return x, self.relative_position_embeddings(relative_positions(x.shape[1]) + self.max_len)

# %% wrong: the length of the batch
# visible test_RelativePositionalEncoding_rows: names it: RelativePositionalEncoding(x of shape (2, 5, 3)): the size of the batch is taken for the number of tokens.
# hidden test_RelativePositionalEncoding_learns: the gradient of relative_position_embeddings for a sum over 4 tokens: gives 0 at [4, 0], expected 1. 21 of 42 numbers differ.
class RelativePositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.max_len = max_len
        self.relative_position_embeddings = nn.Embedding(2 * max_len, d_model)

    def forward(self, x):
        return self.relative_position_embeddings(relative_positions(len(x)) + self.max_len)

# %% wrong: the number of features as the length
# visible test_RelativePositionalEncoding_rows: names it: RelativePositionalEncoding(x of shape (2, 5, 3)): the number of features is taken for the number of tokens.
# hidden test_RelativePositionalEncoding_learns: the gradient of relative_position_embeddings for a sum over 4 tokens: gives 0 at [4, 0], expected 1. 21 of 42 numbers differ.
class RelativePositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.max_len = max_len
        self.relative_position_embeddings = nn.Embedding(2 * max_len, d_model)

    def forward(self, x):
        return self.relative_position_embeddings(relative_positions(x.shape[-1]) + self.max_len)

# %% wrong: a copy for each sequence
# visible test_RelativePositionalEncoding_rows: names it: RelativePositionalEncoding(x of shape (2, 5, 3)): there is a copy for each sequence: the distances are the same in all of them.
# hidden test_RelativePositionalEncoding_learns: names it: the gradient of relative_position_embeddings for a sum over 4 tokens: gives 2 at [4, 0], expected 1. 21 of 42 numbers differ. Every number is 2 times what it should be.
class RelativePositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.max_len = max_len
        self.relative_position_embeddings = nn.Embedding(2 * max_len, d_model)

    def forward(self, x):
        distances = relative_positions(x.shape[1]).expand(x.shape[0], -1, -1)
        return self.relative_position_embeddings(distances + self.max_len)

# %% wrong: detached
# visible test_RelativePositionalEncoding_learns: names it: RelativePositionalEncoding(3, max_len=7): no gradient reaches its parameter relative_position_embeddings.weight, so it never learns. Is it used, and does nothing on the way detach it?
class RelativePositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.max_len = max_len
        self.relative_position_embeddings = nn.Embedding(2 * max_len, d_model)

    def forward(self, x):
        return self.relative_position_embeddings(relative_positions(x.shape[1]) + self.max_len).detach()

# %% wrong: a parameter in place of an embedding
# visible test_RelativePositionalEncoding_rows: names it: RelativePositionalEncoding(3, max_len=7): has no parameter relative_position_embeddings.weight (it has relative_position_embeddings). relative_position_embeddings is a parameter itself, where a layer that holds it is asked for.
# visible test_RelativePositionalEncoding_learns: names it: RelativePositionalEncoding(3, max_len=7): has no parameter relative_position_embeddings.weight (it has relative_position_embeddings). relative_position_embeddings is a parameter itself, where a layer that holds it is asked for.
class RelativePositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.max_len = max_len
        self.relative_position_embeddings = nn.Parameter(torch.randn(2 * max_len, d_model))

    def forward(self, x):
        return self.relative_position_embeddings[relative_positions(x.shape[1]) + self.max_len]

# %% wrong: far distances clipped
# visible test_RelativePositionalEncoding_rows: RelativePositionalEncoding: the entry of i = 4 and j = 1, distance 3: gives 0.9616 at [0], expected 0.9962. 3 of 3 numbers differ.
# hidden test_RelativePositionalEncoding_learns: the gradient of relative_position_embeddings for a sum over 4 tokens: gives 0 at [4, 0], expected 1. 12 of 42 numbers differ.
class RelativePositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.max_len = max_len
        self.relative_position_embeddings = nn.Embedding(2 * max_len, d_model)

    def forward(self, x):
        distances = relative_positions(x.shape[1]).clamp(-2, 2)
        return self.relative_position_embeddings(distances + self.max_len)
