# %% correct: with the function of this chapter
class Dropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

# %% correct: by itself
class Dropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.rate = p

    def forward(self, x):
        if self.training:
            keep = torch.rand(x.shape) < 1 - self.rate
            return torch.where(keep, x / (1 - self.rate), 0)
        return x

# %% correct: PyTorch's function
class Dropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        return nn.functional.dropout(x, p=self.p, training=self.training)

# %% correct: PyTorch's module inside
class Dropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.layer = nn.Dropout(p)

    def forward(self, x):
        return self.layer(x)

# %% correct: the rate in a buffer, Bernoulli
class Dropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.register_buffer("keep", torch.tensor(1.0 - p))

    def forward(self, x):
        if not self.training:
            return x.clone()
        q = self.keep.item()
        return x * torch.bernoulli(torch.full_like(x, q)) / q

# %% wrong: drops in eval mode
# visible test_Dropout_at_inference: names it: Dropout(x of shape (20, 30)) after eval(): some entries are 0, so something is still dropped.
class Dropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        return dropout(x, self.p)

# %% wrong: F.dropout without the mode
# visible test_Dropout_at_inference: names it: Dropout(x of shape (20, 30)) after eval(): some entries are 0, so something is still dropped.
class Dropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        return F.dropout(x, self.p)

# %% wrong: never drops
# visible test_Dropout_in_training: names it: Dropout(x of shape (60, 50, 20)): nothing is dropped, expected a share of about 0.2.
# visible test_Dropout_at_inference: names it: Dropout(x of shape (20, 30)) after eval() and train(): nothing is dropped, expected a share of about 0.5.
class Dropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        return x

# %% wrong: the modes exchanged
# visible test_Dropout_in_training: names it: Dropout(x of shape (60, 50, 20)): nothing is dropped, expected a share of about 0.2.
# visible test_Dropout_at_inference: names it: Dropout(x of shape (20, 30)) after eval(): some entries are 0, so something is still dropped.
class Dropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, not self.training)

# %% wrong: forgets to scale
# visible test_Dropout_in_training: names it: Dropout(x of shape (60, 50, 20)): the rest is not scaled.
# visible test_Dropout_at_inference: names it: Dropout(x of shape (20, 30)) after eval() and train(): gives 1 at [0, 0], expected 2. 304 of 600 numbers differ. Every number is 0.5 times what it should be.
class Dropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training:
            return x
        return x * (torch.rand(x.shape) >= self.p)

# %% wrong: scales in eval mode
# visible test_Dropout_in_training: names it: Dropout(x of shape (60, 50, 20)): the rest is not scaled.
# visible test_Dropout_at_inference: names it: Dropout(x of shape (20, 30)) after eval(): the output is too small: with the scaling in training the input stays as it is.
class Dropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training:
            return x * (1 - self.p)
        return x * (torch.rand(x.shape) >= self.p)

# %% wrong: p is the probability to keep
# visible test_Dropout_in_training: names it: Dropout(x of shape (60, 50, 20)): a share of 0.799 is dropped, expected about 0.2. Those that should stay go, those that should go stay.
# hidden test_Dropout_at_inference: names it: Dropout(x of shape (20, 30)): raises ValueError: p must be at least 0 and below 1, not 1.0. Line 18 of the cell: `raise ValueError(f"p must be at least 0 and below 1, not {p}")` Nothing should be raised here.
class Dropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        return dropout(x, 1 - self.p, self.training)

# %% wrong: a flag of its own that eval() does not know
# visible test_Dropout_at_inference: names it: Dropout(x of shape (20, 30)) after eval(): some entries are 0, so something is still dropped.
class Dropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p
        self.is_training = True

    def forward(self, x):
        return dropout(x, self.p, self.is_training)

# %% wrong: remembers the mode it was made in
# visible test_Dropout_at_inference: names it: Dropout(x of shape (20, 30)) after eval(): some entries are 0, so something is still dropped.
class Dropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p
        self.mode = self.training

    def forward(self, x):
        return dropout(x, self.p, self.mode)

# %% wrong: one mask per shape, drawn once
# hidden test_Dropout_in_training: names it: Dropout: drops the same entries in every call. Draw a mask in each forward.
class Dropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p
        self.masks = {}

    def forward(self, x):
        if not self.training:
            return x
        if x.shape not in self.masks:
            self.masks[x.shape] = torch.rand(x.shape) >= self.p
        return x * self.masks[x.shape] / (1 - self.p)

# %% wrong: one mask for the whole batch
# hidden test_Dropout_in_training: names it: Dropout(x of shape (60, 50, 20)): entries along dimension 0 are dropped together. Each entry needs a draw of its own.
class Dropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training:
            return x
        return x * (torch.rand(x.shape[1:]) >= self.p) / (1 - self.p)

# %% wrong: p is a parameter
# hidden test_Dropout_in_training: names it: Dropout(): has parameters that nobody asked for: p.
class Dropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = nn.Parameter(torch.tensor(p))

    def forward(self, x):
        return dropout(x, self.p.item(), self.training)

# %% wrong: ignores its p
# visible test_Dropout_in_training: Dropout(x of shape (60, 50, 20)): a share of 0.4992 is dropped, expected about 0.2.
# hidden test_Dropout_at_inference: Dropout(x of shape (20, 30)): gives 0 at [0, 0], expected 1. 600 of 600 numbers differ.
class Dropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()

    def forward(self, x):
        return dropout(x, 0.5, self.training)

# %% wrong: has no default
# hidden test_Dropout_in_training: Dropout(): raises TypeError: Dropout.__init__() missing 1 required positional argument: 'p'.
class Dropout(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

# %% wrong: drops in place
# visible test_Dropout_in_training: names it: Dropout(x of shape (60, 50, 20)): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
# visible test_Dropout_at_inference: names it: Dropout(x of shape (20, 30)): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
class Dropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        return F.dropout(x, self.p, self.training, inplace=True)

# %% wrong: cuts the gradient
# hidden test_Dropout_in_training: names it: Dropout: no gradient reaches its input.
class Dropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        with torch.no_grad():
            return dropout(x, self.p, self.training)

# %% wrong: forgets super().__init__
# visible test_Dropout_in_training: names it: Dropout(0.2): is not an nn.Module. Write `class Dropout(nn.Module):` and call super().__init__() first.
# visible test_Dropout_at_inference: names it: Dropout(0.5): is not an nn.Module. Write `class Dropout(nn.Module):` and call super().__init__() first.
class Dropout(nn.Module):
    def __init__(self, p=0.5):
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

# %% wrong: no nn.Module
# visible test_Dropout_in_training: names it: Dropout(0.2): is not an nn.Module. Write `class Dropout(nn.Module):` and call super().__init__() first.
# visible test_Dropout_at_inference: names it: Dropout(0.5): is not an nn.Module. Write `class Dropout(nn.Module):` and call super().__init__() first.
class Dropout:
    def __init__(self, p=0.5):
        self.p = p
        self.training = True

    def __call__(self, x):
        return dropout(x, self.p, self.training)
