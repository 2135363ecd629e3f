# %% correct: as written
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(d_ff, d_model)

    def forward(self, x):
        return self.linear2(self.dropout(torch.relu(self.linear1(x))))

# %% correct: F.relu and F.dropout with self.training
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.p = dropout
        self.linear2 = nn.Linear(d_ff, d_model, bias=True)
        self.linear1 = nn.Linear(d_model, d_ff, bias=True)

    def forward(self, x):
        hidden = F.relu(self.linear1(x))
        return self.linear2(F.dropout(hidden, p=self.p, training=self.training))

# %% correct: clamp as ReLU, dropout before it
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(d_ff, d_model)

    def forward(self, x):
        return self.linear2(self.dropout(self.linear1(x)).clamp(min=0))

# %% correct: nn.Sequential over the named layers
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(d_ff, d_model)
        self.activation = nn.ReLU()

    def forward(self, x):
        return nn.Sequential(self.linear1, self.activation, self.dropout, self.linear2)(x)

# %% wrong: no ReLU
# visible test_FeedForward_values: names it: FeedForward(x of shape (1, 2)): there is no ReLU between the two linear maps.
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(d_ff, d_model)

    def forward(self, x):
        return self.linear2(self.dropout(self.linear1(x)))

# %% wrong: GELU
# visible test_FeedForward_values: names it: FeedForward(x of shape (1, 2)): this is GELU, not ReLU.
# hidden test_FeedForward_dropout: names it: the inner features in training (dropout=0.25): this is GELU, not ReLU.
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(d_ff, d_model)

    def forward(self, x):
        return self.linear2(self.dropout(F.gelu(self.linear1(x))))

# %% wrong: ReLU at the end too
# hidden test_FeedForward_values: names it: FeedForward(x of shape (4,)): there is a ReLU at the end too: the output may be negative.
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(d_ff, d_model)

    def forward(self, x):
        return torch.relu(self.linear2(self.dropout(torch.relu(self.linear1(x)))))

# %% wrong: ReLU after the second map alone
# visible test_FeedForward_values: names it: FeedForward(x of shape (1, 2)): the ReLU stands after the second linear map: it stands between the two.
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(d_ff, d_model)

    def forward(self, x):
        return torch.relu(self.linear2(self.dropout(self.linear1(x))))

# %% wrong: dropout after the second map
# hidden test_FeedForward_dropout: names it: dropout stands after the second linear map: it stands between the two.
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(d_ff, d_model)

    def forward(self, x):
        return self.dropout(self.linear2(torch.relu(self.linear1(x))))

# %% wrong: dropout twice
# hidden test_FeedForward_dropout: names it: more is dropped than one dropout does: it stands in one place.
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(d_ff, d_model)

    def forward(self, x):
        return self.linear2(self.dropout(self.dropout(torch.relu(self.linear1(x)))))

# %% wrong: no dropout
# hidden test_FeedForward_dropout: names it: the inner features in training (dropout=0.25): nothing is dropped, expected a share of about 0.25.
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(d_ff, d_model)

    def forward(self, x):
        return self.linear2(torch.relu(self.linear1(x)))

# %% wrong: dropout in evaluation too
# visible test_FeedForward_values: names it: two calls differ with dropout=0: is the rate the given one?
# visible test_FeedForward_dropout: names it: two calls in evaluation mode differ: dropout is for training alone.
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(d_ff, d_model)

    def forward(self, x):
        return self.linear2(F.dropout(torch.relu(self.linear1(x)), 0.25))

# %% wrong: dropout of 0.1 whatever is asked
# visible test_FeedForward_values: names it: two calls differ with dropout=0: is the rate the given one?
# hidden test_FeedForward_dropout: the inner features in training (dropout=0.25): a share of 0.0975 is dropped, expected about 0.25.
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.dropout = nn.Dropout(0.1)
        self.linear2 = nn.Linear(d_ff, d_model)

    def forward(self, x):
        return self.linear2(self.dropout(torch.relu(self.linear1(x))))

# %% wrong: the lesson's layers without bias
# visible test_FeedForward_values: names it: FeedForward(2, 3): has no parameter linear1.bias (it has linear1.weight, linear2.weight).
# visible test_FeedForward_dropout: the number of parameters of FeedForward(512, 2048): is 2097152, expected 2099712.
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff, bias=False)
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(d_ff, d_model, bias=False)

    def forward(self, x):
        return self.linear2(self.dropout(torch.relu(self.linear1(x))))

# %% wrong: adds the input
# visible test_FeedForward_values: names it: FeedForward(x of shape (1, 2)): the input is added: the residual connection belongs to the layer.
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(d_ff, d_model)

    def forward(self, x):
        return x + self.linear2(self.dropout(torch.relu(self.linear1(x))))

# %% wrong: other names
# visible test_FeedForward_values: names it: FeedForward(2, 3): has no parameter linear1.weight (it has fc1.weight, fc1.bias, fc2.weight, fc2.bias).
# hidden test_FeedForward_dropout: names it: FeedForward(3, 5): has no parameter linear1.weight (it has fc1.weight, fc1.bias, fc2.weight, fc2.bias).
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.fc1 = nn.Linear(d_model, d_ff)
        self.dropout = nn.Dropout(dropout)
        self.fc2 = nn.Linear(d_ff, d_model)

    def forward(self, x):
        return self.fc2(self.dropout(torch.relu(self.fc1(x))))

# %% wrong: d_ff is four times d_model whatever is asked
# visible test_FeedForward_values: FeedForward(2, 3): its parameter linear1.weight has shape (8, 2), expected (3, 2).
# hidden test_FeedForward_dropout: FeedForward(3, 5): its parameter linear1.weight has shape (12, 3), expected (5, 3).
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = nn.Linear(d_model, 4 * d_model)
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(4 * d_model, d_model)

    def forward(self, x):
        return self.linear2(self.dropout(torch.relu(self.linear1(x))))

# %% wrong: detaches the hidden features
# hidden test_FeedForward_values: names it: FeedForward: no gradient reaches its argument x. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(d_ff, d_model)

    def forward(self, x):
        return self.linear2(self.dropout(torch.relu(self.linear1(x)).detach()))
