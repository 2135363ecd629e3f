# %% correct: exponentials over their sum
def softmax_naive(x, dim=-1):
    return torch.exp(x) / torch.exp(x).sum(dim=dim, keepdim=True)

# %% correct: methods, and the reciprocal of the sum
def softmax_naive(x, dim=-1):
    e = x.exp()
    return e * e.sum(dim, keepdim=True).reciprocal()

# %% correct: a power of e
def softmax_naive(x, dim=-1):
    powers = math.e ** x
    return torch.div(powers, torch.sum(powers, dim=dim).unsqueeze(dim))

# %% correct: slice by slice in a loop
def softmax_naive(x, dim=-1):
    slices = [torch.exp(part) for part in x.unbind(dim)]
    total = slices[0]
    for part in slices[1:]:
        total = total + part
    return torch.stack([part / total for part in slices], dim=dim)

# %% correct: the dimension moved to the end and back
def softmax_naive(x, dim=-1):
    e = torch.exp(x.movedim(dim, -1))
    e = e / e.sum(-1)[..., None]
    return e.movedim(-1, dim)

# %% wrong: torch.softmax
# visible test_softmax_naive_overflow: names it: softmax_naive(x of shape (2,)): this one does not overflow. Write the formula as it stands, with nothing subtracted or cut off and no ready-made softmax: its repair is the next exercise.
def softmax_naive(x, dim=-1):
    return torch.softmax(x, dim=dim)

# %% wrong: subtracts the maximum
# visible test_softmax_naive_overflow: names it: softmax_naive(x of shape (2,)): this one does not overflow. Write the formula as it stands, with nothing subtracted or cut off and no ready-made softmax: its repair is the next exercise.
def softmax_naive(x, dim=-1):
    e = torch.exp(x - x.max(dim=dim, keepdim=True).values)
    return e / e.sum(dim=dim, keepdim=True)

# %% wrong: nan painted over
# visible test_softmax_naive_overflow: names it: softmax_naive(x of shape (2,)): the nan is painted over: leave what the formula gives.
def softmax_naive(x, dim=-1):
    e = torch.exp(x)
    return torch.nan_to_num(e / e.sum(dim=dim, keepdim=True))

# %% wrong: a small number in the denominator
# hidden test_softmax_naive_values: names it: softmax_naive(x of shape (3,)): a small number is added to the sum: for low scores it outweighs the exponentials.
# hidden test_softmax_naive_overflow: names it: softmax_naive(x of shape (3, 3)): where the sum is zero the formula gives nan: add nothing to the sum.
def softmax_naive(x, dim=-1):
    e = torch.exp(x)
    return e / (e.sum(dim=dim, keepdim=True) + 1e-9)

# %% wrong: scores cut off at 88
# visible test_softmax_naive_overflow: names it: softmax_naive(x of shape (2,)): this one does not overflow. Write the formula as it stands, with nothing subtracted or cut off and no ready-made softmax: its repair is the next exercise.
def softmax_naive(x, dim=-1):
    e = torch.exp(x.clamp(max=88))
    return e / e.sum(dim=dim, keepdim=True)

# %% wrong: ignores dim
# visible test_softmax_naive_values: names it: softmax_naive(x of shape (2, 3), dim=0): each row sums to one: dim=0 asks for the columns.
def softmax_naive(x, dim=-1):
    e = torch.exp(x)
    return e / e.sum(dim=-1, keepdim=True)

# %% wrong: the sum of everything
# visible test_softmax_naive_values: names it: softmax_naive(x of shape (2, 3)): the weights sum to one over the whole matrix: without a dim, each row is on its own.
# hidden test_softmax_naive_overflow: softmax_naive(x of shape (3, 3)): gives 0 at [1, 0], expected 0.6652. 6 of 9 numbers differ.
def softmax_naive(x, dim=-1):
    return torch.exp(x) / torch.exp(x).sum()

# %% wrong: keepdim is forgotten
# visible test_softmax_naive_values: names it: softmax_naive(x of shape (2, 3)): raises RuntimeError: The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1. Line 2 of the cell: `return torch.exp(x) / torch.exp(x).sum(dim=dim)` It does run without the leading dimension. A sum over dim drops that dimension, and then no longer stands beside its rows.
# hidden test_softmax_naive_overflow: names it: softmax_naive(x of shape (3, 3)): each column is divided by the sum of a row: the sums have lost a dimension, so they lie across the rows, not beside them.
def softmax_naive(x, dim=-1):
    return torch.exp(x) / torch.exp(x).sum(dim=dim)

# %% wrong: only the exponentials
# visible test_softmax_naive_values: names it: softmax_naive(x of shape (6,)): these are the exponentials: divide them by their sum.
# visible test_softmax_naive_overflow: softmax_naive(x of shape (2,)): gives infinity at [0], where nan is expected.
def softmax_naive(x, dim=-1):
    return torch.exp(x)

# %% wrong: no exponential
# visible test_softmax_naive_values: names it: softmax_naive(x of shape (6,)): these are the scores over their sum: the exponential is missing.
# visible test_softmax_naive_overflow: names it: softmax_naive(x of shape (2,)): this one does not overflow. Write the formula as it stands, with nothing subtracted or cut off and no ready-made softmax: its repair is the next exercise.
def softmax_naive(x, dim=-1):
    return x / x.sum(dim=dim, keepdim=True)

# %% wrong: the sum of the scores below
# visible test_softmax_naive_values: names it: softmax_naive(x of shape (6,)): the exponentials are divided by the sum of the scores: divide by the sum of the exponentials.
# visible test_softmax_naive_overflow: softmax_naive(x of shape (2,)): gives infinity at [0], where nan is expected.
def softmax_naive(x, dim=-1):
    return torch.exp(x) / x.sum(dim=dim, keepdim=True)

# %% wrong: the exponential of the shares
# visible test_softmax_naive_values: names it: softmax_naive(x of shape (6,)): these are the exponentials of the shares: take the exponentials first, then divide.
# visible test_softmax_naive_overflow: softmax_naive(x of shape (2,)): gives 2.718 at [0], expected nan. 2 of 2 numbers differ.
def softmax_naive(x, dim=-1):
    return torch.exp(x / x.sum(dim=dim, keepdim=True))

# %% wrong: powers of two
# visible test_softmax_naive_values: names it: softmax_naive(x of shape (6,)): these are powers of 2: take the exponential, powers of e.
# visible test_softmax_naive_overflow: names it: softmax_naive(x of shape (2,)): this one does not overflow. Write the formula as it stands, with nothing subtracted or cut off and no ready-made softmax: its repair is the next exercise.
def softmax_naive(x, dim=-1):
    e = 2 ** x
    return e / e.sum(dim=dim, keepdim=True)

# %% wrong: the exponential in place
# visible test_softmax_naive_values: names it: softmax_naive(x of shape (6,)): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
# visible test_softmax_naive_overflow: names it: softmax_naive(x of shape (2,)): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
def softmax_naive(x, dim=-1):
    x.exp_()
    return x / x.sum(dim=dim, keepdim=True)

# %% wrong: the columns by default
# visible test_softmax_naive_values: names it: softmax_naive(x of shape (2, 3)): each column sums to one: the default dim is -1, the rows.
# hidden test_softmax_naive_overflow: softmax_naive(x of shape (3, 3)): gives 0.5 at [0, 1], expected 0. 7 of 9 numbers differ.
def softmax_naive(x, dim=0):
    e = torch.exp(x)
    return e / e.sum(dim=dim, keepdim=True)

# %% wrong: through NumPy
# hidden test_softmax_naive_values: names it: softmax_naive: no gradient reaches its argument x. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
def softmax_naive(x, dim=-1):
    import numpy as np

    e = np.exp(x.detach().numpy())
    return torch.from_numpy(e / e.sum(axis=dim, keepdims=True))
