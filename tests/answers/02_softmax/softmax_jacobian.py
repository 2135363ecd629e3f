# %% correct: diagonal minus outer product
def softmax_jacobian(x):
    p = torch.softmax(x, dim=0)
    return torch.diag(p) - torch.outer(p, p)

# %% correct: the two cases in loops
def softmax_jacobian(x):
    p = softmax(x)
    n = len(p)
    J = x.new_zeros(n, n)
    for i in range(n):
        for j in range(n):
            J[i, j] = p[i] * (1 - p[i]) if i == j else -p[i] * p[j]
    return J

# %% correct: the Kronecker delta
def softmax_jacobian(x):
    p = x.softmax(-1)
    delta = torch.eye(x.shape[0], dtype=x.dtype)
    return p[:, None] * (delta - p[None, :])

# %% correct: autograd's Jacobian
def softmax_jacobian(x):
    return torch.autograd.functional.jacobian(lambda z: torch.softmax(z, dim=0), x)

# %% correct: functional transforms
from torch.func import jacrev

def softmax_jacobian(x):
    return jacrev(softmax)(x)

# %% correct: one backward pass for each row
def softmax_jacobian(x):
    z = x.detach().clone().requires_grad_(True)
    p = torch.softmax(z, dim=0)
    return torch.stack([torch.autograd.grad(p[i], z, retain_graph=True)[0] for i in range(len(z))])

# %% wrong: only the diagonal
# visible test_softmax_jacobian_values: names it: softmax_jacobian(x of shape (3,)): only the diagonal is there: raising one score also takes from all other weights.
# visible test_softmax_jacobian_saturated: softmax_jacobian(x of shape (3,)): gives 0 at [0, 1], expected -0.25. 2 of 9 numbers differ.
def softmax_jacobian(x):
    p = torch.softmax(x, dim=0)
    return torch.diag(p * (1 - p))

# %% wrong: the diagonal as a vector
# visible test_softmax_jacobian_values: names it: softmax_jacobian(x of shape (3,)): these are the derivatives of each weight by its own score: the matrix also needs those by all other scores.
# visible test_softmax_jacobian_saturated: softmax_jacobian(x of shape (3,)): has shape (3,), expected (3, 3). That is 1 dimension, not 2.
def softmax_jacobian(x):
    p = torch.softmax(x, dim=0)
    return p * (1 - p)

# %% wrong: the sign turned round
# visible test_softmax_jacobian_values: names it: softmax_jacobian(x of shape (3,)): the sign is turned round: raising a score raises its own weight.
# visible test_softmax_jacobian_saturated: names it: softmax_jacobian(x of shape (3,)): gives -0.25 at [0, 0], expected 0.25. 4 of 9 numbers differ. Every number is -1 times what it should be.
def softmax_jacobian(x):
    p = torch.softmax(x, dim=0)
    return torch.outer(p, p) - torch.diag(p)

# %% wrong: the diagonal's own term is missing
# visible test_softmax_jacobian_values: names it: softmax_jacobian(x of shape (3,)): off the diagonal it is right, on it a term is missing: a score also raises its own numerator.
# visible test_softmax_jacobian_saturated: softmax_jacobian(x of shape (3,)): gives -1 at [0, 0], expected 0. 1 of 9 numbers differ.
def softmax_jacobian(x):
    p = torch.softmax(x, dim=0)
    return -torch.outer(p, p)

# %% wrong: the outer product alone
# visible test_softmax_jacobian_values: names it: softmax_jacobian(x of shape (3,)): the weights' products belong in it with a minus, and more is needed on the diagonal.
# visible test_softmax_jacobian_saturated: softmax_jacobian(x of shape (3,)): gives 1 at [0, 0], expected 0. 1 of 9 numbers differ.
def softmax_jacobian(x):
    p = torch.softmax(x, dim=0)
    return torch.outer(p, p)

# %% wrong: the outer product is missing
# visible test_softmax_jacobian_values: names it: softmax_jacobian(x of shape (3,)): these are the weights on a diagonal: the change of the denominator is missing.
# visible test_softmax_jacobian_saturated: softmax_jacobian(x of shape (3,)): gives 1 at [0, 0], expected 0. 1 of 9 numbers differ.
def softmax_jacobian(x):
    return torch.diag(torch.softmax(x, dim=0))

# %% wrong: positive off the diagonal
# visible test_softmax_jacobian_values: names it: softmax_jacobian(x of shape (3,)): the sign off the diagonal is wrong: raising a score lowers all other weights.
# visible test_softmax_jacobian_saturated: softmax_jacobian(x of shape (3,)): gives 0.25 at [0, 1], expected -0.25. 2 of 9 numbers differ.
def softmax_jacobian(x):
    p = torch.softmax(x, dim=0)
    return torch.outer(p, p) * (1 - torch.eye(len(x), dtype=x.dtype)) + torch.diag(p * (1 - p))

# %% wrong: adds the outer product
# visible test_softmax_jacobian_values: names it: softmax_jacobian(x of shape (3,)): the products are added, not subtracted: raising a score lowers all other weights.
# visible test_softmax_jacobian_saturated: softmax_jacobian(x of shape (3,)): gives 2 at [0, 0], expected 0. 1 of 9 numbers differ.
def softmax_jacobian(x):
    p = torch.softmax(x, dim=0)
    return torch.diag(p) + torch.outer(p, p)

# %% wrong: an inner product where an outer one belongs
# visible test_softmax_jacobian_values: names it: softmax_jacobian(x of shape (3,)): one number is subtracted from all entries: each pair of weights has its own product.
# visible test_softmax_jacobian_saturated: softmax_jacobian(x of shape (3,)): gives -1 at [0, 1], expected 0. 8 of 9 numbers differ.
def softmax_jacobian(x):
    p = torch.softmax(x, dim=0)
    return torch.diag(p) - p @ p

# %% wrong: a vector subtracted from the matrix
# visible test_softmax_jacobian_values: names it: softmax_jacobian(x of shape (3,)): the weights are subtracted from every row as they are: each row has a factor of its own.
# visible test_softmax_jacobian_saturated: softmax_jacobian(x of shape (3,)): gives -1 at [1, 0], expected 0. 2 of 9 numbers differ.
def softmax_jacobian(x):
    p = torch.softmax(x, dim=0)
    return torch.diag(p) - p

# %% wrong: 1 - p off the diagonal too
# visible test_softmax_jacobian_values: names it: softmax_jacobian(x of shape (3,)): off the diagonal it is 1 - p that is used: there only the denominator changes.
# visible test_softmax_jacobian_saturated: softmax_jacobian(x of shape (3,)): gives 1 at [0, 1], expected 0. 2 of 9 numbers differ.
def softmax_jacobian(x):
    p = torch.softmax(x, dim=0)
    return torch.outer(p, 1 - p)

# %% wrong: the scores are taken for weights
# visible test_softmax_jacobian_values: names it: softmax_jacobian(x of shape (3,)): the scores are taken for the weights: put them through softmax first.
# visible test_softmax_jacobian_saturated: softmax_jacobian(x of shape (3,)): gives -9.99e+05 at [0, 0], expected 0. 1 of 9 numbers differ.
def softmax_jacobian(x):
    return torch.diag(x) - torch.outer(x, x)

# %% wrong: the logarithm's Jacobian
# visible test_softmax_jacobian_values: names it: softmax_jacobian(x of shape (3,)): this is the Jacobian of the logarithm of the weights.
# visible test_softmax_jacobian_saturated: softmax_jacobian(x of shape (3,)): gives -1 at [1, 0], expected 0. 4 of 9 numbers differ.
def softmax_jacobian(x):
    p = torch.softmax(x, dim=0)
    return torch.eye(len(x), dtype=x.dtype) - p.expand(len(x), -1)

# %% wrong: the gradient of the sum of all weights
# visible test_softmax_jacobian_values: names it: softmax_jacobian(x of shape (3,)): this is the gradient of the sum of all weights, which is always one: take each weight apart.
# visible test_softmax_jacobian_saturated: softmax_jacobian(x of shape (3,)): has shape (3,), expected (3, 3). That is 1 dimension, not 2.
def softmax_jacobian(x):
    z = x.detach().clone().requires_grad_()
    return torch.autograd.grad(torch.softmax(z, dim=0).sum(), z)[0]

# %% wrong: overflows
# visible test_softmax_jacobian_saturated: names it: softmax_jacobian(x of shape (3,)): the exponentials overflow: take a softmax that is safe for large scores.
def softmax_jacobian(x):
    p = torch.exp(x) / torch.exp(x).sum()
    return torch.diag(p) - torch.outer(p, p)

# %% wrong: finite differences, too coarse
# visible test_softmax_jacobian_values: names it: softmax_jacobian(x of shape (3,)): close, but not exact. Is it a difference of weights over a small step? Take the derivative itself.
# visible test_softmax_jacobian_saturated: names it: softmax_jacobian(x of shape (3,)): gives 0.2502 at [0, 0], expected 0.25. 4 of 9 numbers differ. Every number is 1.001 times what it should be.
def softmax_jacobian(x):
    h = 0.01
    columns = [(softmax(x + h * unit) - softmax(x)) / h for unit in torch.eye(len(x), dtype=x.dtype)]
    return torch.stack(columns, dim=1)

# %% wrong: numbers that left the graph
# hidden test_softmax_jacobian_values: names it: softmax_jacobian: no gradient reaches its argument x. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
def softmax_jacobian(x):
    p = torch.softmax(x, dim=0).tolist()
    n = len(p)
    return torch.tensor([[p[i] * ((i == j) - p[j]) for j in range(n)] for i in range(n)], dtype=x.dtype)

# %% wrong: an outer product written with squeezed shapes
# hidden test_softmax_jacobian_values: softmax_jacobian(x of shape (1,)): raises RuntimeError: diag(): Supports 1D or 2D tensors. Got 0D. Line 3 of the cell: `return torch.diag(p) - torch.outer(p, p)`
# hidden test_softmax_jacobian_saturated: softmax_jacobian(x of shape (1,)): raises RuntimeError: diag(): Supports 1D or 2D tensors. Got 0D. Line 3 of the cell: `return torch.diag(p) - torch.outer(p, p)`
def softmax_jacobian(x):
    p = torch.softmax(x, dim=0).squeeze()
    return torch.diag(p) - torch.outer(p, p)
