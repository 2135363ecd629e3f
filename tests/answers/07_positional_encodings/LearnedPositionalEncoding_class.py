# %% correct: looked up
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.position_embeddings = nn.Embedding(max_len, d_model)

    def forward(self, x):
        positions = torch.arange(x.size(1), device=x.device).unsqueeze(0).expand(x.size(0), -1)
        return x + self.position_embeddings(positions)

# %% correct: the first rows of the weight
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.position_embeddings = nn.Embedding(max_len, d_model)
        nn.init.zeros_(self.position_embeddings.weight)

    def forward(self, x):
        return x + self.position_embeddings.weight[: x.shape[1]]

# %% correct: positions kept in a buffer
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.register_buffer("positions", torch.arange(max_len))
        self.position_embeddings = nn.Embedding(max_len, d_model)
        nn.init.normal_(self.position_embeddings.weight, std=0.02)

    def forward(self, x):
        return self.position_embeddings(self.positions[: x.shape[1]]) + x

# %% correct: token by token
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.position_embeddings = nn.Embedding(num_embeddings=max_len, embedding_dim=d_model)

    def forward(self, x):
        tokens = []
        for t in range(x.shape[1]):
            tokens.append(x[:, t] + self.position_embeddings(torch.tensor(t)))
        return torch.stack(tokens, dim=1)

# %% wrong: a parameter in place of an embedding
# visible test_LearnedPositionalEncoding_adds: names it: LearnedPositionalEncoding(4, max_len=9): has no parameter position_embeddings.weight (it has position_embeddings). position_embeddings is a parameter itself, where a layer that holds it is asked for.
# visible test_LearnedPositionalEncoding_learns: names it: LearnedPositionalEncoding(4, max_len=9): has no parameter position_embeddings.weight (it has position_embeddings). position_embeddings is a parameter itself, where a layer that holds it is asked for.
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.position_embeddings = nn.Parameter(torch.randn(max_len, d_model))

    def forward(self, x):
        return x + self.position_embeddings[: x.shape[1]]

# %% wrong: another name
# visible test_LearnedPositionalEncoding_adds: names it: LearnedPositionalEncoding(4, max_len=9): has no parameter position_embeddings.weight (it has embedding.weight).
# visible test_LearnedPositionalEncoding_learns: names it: LearnedPositionalEncoding(4, max_len=9): has no parameter position_embeddings.weight (it has embedding.weight).
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.embedding = nn.Embedding(max_len, d_model)

    def forward(self, x):
        return x + self.embedding.weight[: x.shape[1]]

# %% wrong: rows and columns of the table exchanged
# visible test_LearnedPositionalEncoding_adds: LearnedPositionalEncoding(4, max_len=9): its parameter position_embeddings.weight has shape (4, 9), expected (9, 4). The last two dimensions are exchanged.
# visible test_LearnedPositionalEncoding_learns: LearnedPositionalEncoding(4, max_len=9): its parameter position_embeddings.weight has shape (4, 9), expected (9, 4). The last two dimensions are exchanged.
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.position_embeddings = nn.Embedding(d_model, max_len)

    def forward(self, x):
        return x + self.position_embeddings.weight.T[: x.shape[1]]

# %% wrong: the embeddings alone
# visible test_LearnedPositionalEncoding_adds: names it: LearnedPositionalEncoding(x of shape (2, 5, 4)): only the positions come out: add them to the embeddings.
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.position_embeddings = nn.Embedding(max_len, d_model)

    def forward(self, x):
        positions = torch.arange(x.shape[1]).expand(x.shape[0], -1)
        return self.position_embeddings(positions)

# %% wrong: returns x
# visible test_LearnedPositionalEncoding_adds: names it: LearnedPositionalEncoding(x of shape (2, 5, 4)): the embeddings come out unchanged.
# visible test_LearnedPositionalEncoding_learns: names it: LearnedPositionalEncoding(4, max_len=9): no gradient reaches its parameter position_embeddings.weight, so it never learns. Is it used, and does nothing on the way detach it?
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.position_embeddings = nn.Embedding(max_len, d_model)

    def forward(self, x):
        self.position_embeddings(torch.arange(x.shape[1]))
        return x

# %% wrong: positions from 1
# visible test_LearnedPositionalEncoding_adds: names it: LearnedPositionalEncoding(x of shape (2, 5, 4)): row 1 is added to the first token: positions count from 0.
# hidden test_LearnedPositionalEncoding_learns: the gradient of position_embeddings for a sum over 2 sequences of 5 tokens: gives 0 at [0, 0], expected 2. 8 of 36 numbers differ.
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.position_embeddings = nn.Embedding(max_len, d_model)

    def forward(self, x):
        return x + self.position_embeddings(torch.arange(1, x.shape[1] + 1))

# %% wrong: counts the batch
# visible test_LearnedPositionalEncoding_adds: names it: LearnedPositionalEncoding(x of shape (2, 5, 4)): every token gets the position of its sequence: row t belongs to token t.
# hidden test_LearnedPositionalEncoding_learns: the gradient of position_embeddings for a sum over 2 sequences of 5 tokens: gives 5 at [0, 0], expected 2. 20 of 36 numbers differ.
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.position_embeddings = nn.Embedding(max_len, d_model)

    def forward(self, x):
        return x + self.position_embeddings(torch.arange(x.shape[0]))[:, None]

# %% wrong: the length in place of the positions
# visible test_LearnedPositionalEncoding_adds: names it: LearnedPositionalEncoding(x of shape (2, 5, 4)): every token gets the row of the last position.
# hidden test_LearnedPositionalEncoding_learns: the gradient of position_embeddings for a sum over 2 sequences of 5 tokens: gives 0 at [0, 0], expected 2. 20 of 36 numbers differ.
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.position_embeddings = nn.Embedding(max_len, d_model)

    def forward(self, x):
        return x + self.position_embeddings(torch.tensor(x.shape[1] - 1))

# %% wrong: frozen
# visible test_LearnedPositionalEncoding_adds: names it: LearnedPositionalEncoding(4, max_len=9): its parameter position_embeddings.weight is frozen (requires_grad is False).
# visible test_LearnedPositionalEncoding_learns: names it: LearnedPositionalEncoding(4, max_len=9): its parameter position_embeddings.weight is frozen (requires_grad is False).
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.position_embeddings = nn.Embedding(max_len, d_model)
        self.position_embeddings.weight.requires_grad_(False)

    def forward(self, x):
        return x + self.position_embeddings.weight[: x.shape[1]]

# %% wrong: detached
# visible test_LearnedPositionalEncoding_learns: names it: LearnedPositionalEncoding(4, max_len=9): no gradient reaches its parameter position_embeddings.weight, so it never learns. Is it used, and does nothing on the way detach it?
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.position_embeddings = nn.Embedding(max_len, d_model)

    def forward(self, x):
        return x + self.position_embeddings.weight.data[: x.shape[1]]

# %% wrong: a table for 512 positions
# hidden test_LearnedPositionalEncoding_adds: LearnedPositionalEncoding(2) with 5000 positions: its parameter position_embeddings.weight has shape (512, 2), expected (5000, 2).
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=512):
        super().__init__()
        self.position_embeddings = nn.Embedding(max_len, d_model)

    def forward(self, x):
        return x + self.position_embeddings.weight[: x.shape[1]]

# %% wrong: a padding row that never learns
# hidden test_LearnedPositionalEncoding_learns: the gradient of position_embeddings for a sum over 2 sequences of 5 tokens: gives 0 at [0, 0], expected 2. 4 of 36 numbers differ.
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.position_embeddings = nn.Embedding(max_len, d_model, padding_idx=0)

    def forward(self, x):
        return x + self.position_embeddings(torch.arange(x.shape[1]))

# %% wrong: the table moves in place
# visible test_LearnedPositionalEncoding_adds: names it: LearnedPositionalEncoding(x of shape (2, 5, 4)): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
# visible test_LearnedPositionalEncoding_learns: names it: LearnedPositionalEncoding(x of shape (2, 5, 4)): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        super().__init__()
        self.position_embeddings = nn.Embedding(max_len, d_model)

    def forward(self, x):
        x += self.position_embeddings(torch.arange(x.shape[1]))
        return x

# %% wrong: super().__init__() forgotten
# visible test_LearnedPositionalEncoding_adds: LearnedPositionalEncoding(4, max_len=9): raises AttributeError: cannot assign module before Module.__init__() call. Line 3 of the cell: `self.position_embeddings = nn.Embedding(max_len, d_model)`
# visible test_LearnedPositionalEncoding_learns: LearnedPositionalEncoding(4, max_len=9): raises AttributeError: cannot assign module before Module.__init__() call. Line 3 of the cell: `self.position_embeddings = nn.Embedding(max_len, d_model)`
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000):
        self.position_embeddings = nn.Embedding(max_len, d_model)

    def forward(self, x):
        return x + self.position_embeddings.weight[: x.shape[1]]
