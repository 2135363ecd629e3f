# %% correct: subtracts the maximum of each slice
def softmax(x, dim=-1):
    e = torch.exp(x - x.max(dim=dim, keepdim=True).values)
    return e / e.sum(dim=dim, keepdim=True)

# %% correct: through logarithms
def softmax(x, dim=-1):
    shifted = x - torch.amax(x, dim, keepdim=True)
    return (shifted - shifted.exp().sum(dim, keepdim=True).log()).exp()

# %% correct: one's own naive version on shifted scores
def softmax(x, dim=-1):
    return softmax_naive(x - x.amax(dim=dim, keepdim=True).detach(), dim=dim)

# %% correct: a loop along the dimension
def softmax(x, dim=-1):
    parts = x.unbind(dim)
    top = parts[0]
    for part in parts[1:]:
        top = torch.maximum(top, part)
    parts = [torch.exp(part - top) for part in parts]
    total = sum(parts)
    return torch.stack([part / total for part in parts], dim=dim)

# %% correct: the dimension moved, float64 inside, in place on own tensors
def softmax(x, dim=-1):
    y = x.movedim(dim, -1).double()
    y = y - y.sort(dim=-1, descending=True).values[..., :1]
    total = y.exp().sum(-1, keepdim=True)
    y = y.exp()
    y = y.div(total).to(x.dtype)
    return y.movedim(-1, dim).contiguous()

# %% correct: -inf handled by hand
def softmax(x, dim=-1):
    blocked = x == float("-inf")
    top = x.masked_fill(blocked, torch.finfo(x.dtype).min).amax(dim, keepdim=True)
    e = torch.where(blocked, torch.zeros_like(x), torch.exp(x - top))
    return e / e.sum(dim, keepdim=True)

# %% wrong: the formula as it stands
# visible test_softmax_extreme: names it: softmax(x of shape (2, 3)): the exponentials overflow: subtract something first that makes them small.
# hidden test_softmax_blocked: softmax(x of shape (3,)): gives nan at [1], where 0.2689 is expected.
def softmax(x, dim=-1):
    return torch.exp(x) / torch.exp(x).sum(dim=dim, keepdim=True)

# %% wrong: one maximum for the whole tensor
# visible test_softmax_extreme: names it: softmax(x of shape (2, 3)): the row of very low scores is lost: what is subtracted must be that row's own maximum, no more.
def softmax(x, dim=-1):
    e = torch.exp(x - x.max())
    return e / e.sum(dim=dim, keepdim=True)

# %% wrong: the mean instead of the maximum
# hidden test_softmax_extreme: names it: softmax(x of shape (4,)): the exponentials overflow where scores differ by a lot: subtract the largest score.
# visible test_softmax_blocked: softmax(x of shape (2, 3)): gives nan at [0, 0], where 0.25 is expected.
def softmax(x, dim=-1):
    e = torch.exp(x - x.mean(dim=dim, keepdim=True))
    return e / e.sum(dim=dim, keepdim=True)

# %% wrong: the minimum instead of the maximum
# hidden test_softmax_extreme: names it: softmax(x of shape (4,)): the exponentials overflow where scores differ by a lot: subtract the largest score.
# visible test_softmax_blocked: softmax(x of shape (2, 3)): gives nan at [0, 0], where 0.25 is expected.
def softmax(x, dim=-1):
    e = torch.exp(x - x.min(dim=dim, keepdim=True).values)
    return e / e.sum(dim=dim, keepdim=True)

# %% wrong: the largest absolute value
# visible test_softmax_extreme: names it: softmax(x of shape (2, 3)): the row of very low scores is lost: what is subtracted must be that row's own maximum, no more.
# visible test_softmax_blocked: softmax(x of shape (2, 3)): gives nan at [0, 0], where 0.25 is expected.
def softmax(x, dim=-1):
    e = torch.exp(x - x.abs().amax(dim=dim, keepdim=True))
    return e / e.sum(dim=dim, keepdim=True)

# %% wrong: scores cut off at 80
# visible test_softmax_extreme: names it: softmax(x of shape (2, 3)): the scores are cut off at a limit, which makes large ones equal.
# hidden test_softmax_blocked: names it: softmax(x of shape (3,)): the weight of -inf is nearly 0, not exactly 0. Add nothing to the exponentials, and cut no score off.
def softmax(x, dim=-1):
    e = torch.exp(x.clamp(min=-80, max=80))
    return e / e.sum(dim=dim, keepdim=True)

# %% wrong: nan painted over
# visible test_softmax_extreme: names it: softmax(x of shape (2, 3)): nan is painted over with zeros: the weights have to sum to one.
# hidden test_softmax_blocked: softmax(x of shape (3,)): gives 0 at [1], expected 0.2689. 2 of 3 numbers differ.
def softmax(x, dim=-1):
    e = torch.exp(x)
    return torch.nan_to_num(e / e.sum(dim=dim, keepdim=True), nan=0.0)

# %% wrong: ignores dim
# visible test_softmax_values: names it: softmax(x of shape (2, 3), dim=0): each row sums to one: dim=0 asks for the columns.
# visible test_softmax_dims: the sum over dim 1 of softmax(x of shape (2, 3, 4), dim=1): gives 0.7989 at [0, 0], expected 1. 8 of 8 numbers differ.
# hidden test_softmax_extreme: softmax(x of shape (2, 3), dim=0): gives 1 at [0, 0], expected 0.2689. 6 of 6 numbers differ.
# hidden test_softmax_blocked: softmax(x of shape (3, 2), dim=0): gives 1 at [0, 0], expected 0.5. 4 of 6 numbers differ.
def softmax(x, dim=-1):
    e = torch.exp(x - x.amax(dim=-1, keepdim=True))
    return e / e.sum(dim=-1, keepdim=True)

# %% wrong: the maximum over another dimension than the sum
# visible test_softmax_values: names it: softmax(x of shape (2, 3), dim=0): the maximum is taken over the rows, though the sum runs over the columns: what is subtracted must be the same within a slice along dim.
# hidden test_softmax_dims: softmax(x of shape (3, 4), dim=-2): gives 0.07365 at [0, 0], expected 0.1677. 12 of 12 numbers differ.
# hidden test_softmax_extreme: softmax(x of shape (2, 3), dim=0): gives nan at [0, 1], where 0.7311 is expected.
# hidden test_softmax_blocked: softmax(x of shape (3, 2), dim=0): gives 0.8808 at [0, 0], expected 0.5. 4 of 6 numbers differ.
def softmax(x, dim=-1):
    e = torch.exp(x - x.amax(dim=-1, keepdim=True))
    return e / e.sum(dim=dim, keepdim=True)

# %% wrong: the sum of everything
# visible test_softmax_values: names it: softmax(x of shape (2, 3)): the sum runs over the whole matrix: without a dim, each row has its own.
# visible test_softmax_dims: the sum over dim 1 of softmax(x of shape (2, 3, 4), dim=1): gives 0.1152 at [0, 0], expected 1. 8 of 8 numbers differ.
# visible test_softmax_extreme: names it: softmax(x of shape (2, 3)): gives 0.1224 at [0, 0], expected 0.2447. 6 of 6 numbers differ. Every number is 0.5 times what it should be.
# visible test_softmax_blocked: softmax(x of shape (2, 3)): gives 0.1429 at [0, 0], expected 0.25. 3 of 6 numbers differ.
def softmax(x, dim=-1):
    e = torch.exp(x - x.amax(dim=dim, keepdim=True))
    return e / e.sum()

# %% wrong: keepdim is forgotten
# visible test_softmax_values: names it: softmax(x of shape (2, 3)): raises RuntimeError: The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1. Line 2 of the cell: `e = torch.exp(x - x.max(dim=dim).values)` It does run without the leading dimension. A sum or a maximum over dim drops that dimension, and then no longer stands beside its rows.
# visible test_softmax_dims: softmax(x of shape (2, 3, 4), dim=1): raises RuntimeError: The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1. Line 2 of the cell: `e = torch.exp(x - x.max(dim=dim).values)`
# visible test_softmax_extreme: softmax(x of shape (2, 3)): raises RuntimeError: The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1. Line 2 of the cell: `e = torch.exp(x - x.max(dim=dim).values)`
# visible test_softmax_blocked: softmax(x of shape (2, 3)): raises RuntimeError: The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1. Line 2 of the cell: `e = torch.exp(x - x.max(dim=dim).values)`
def softmax(x, dim=-1):
    e = torch.exp(x - x.max(dim=dim).values)
    return e / e.sum(dim=dim)

# %% wrong: takes max for a tensor
# visible test_softmax_values: names it: softmax(x of shape (6,)): raises TypeError: unsupported operand type(s) for -: 'Tensor' and 'torch.return_types.max'. Line 2 of the cell: `e = torch.exp(x - x.max(dim=dim, keepdim=True))` With a dim, max and its relatives return two tensors, the values and their positions: take the one you need.
# visible test_softmax_dims: names it: softmax(x of shape (2, 3, 4), dim=1): raises TypeError: unsupported operand type(s) for -: 'Tensor' and 'torch.return_types.max'. Line 2 of the cell: `e = torch.exp(x - x.max(dim=dim, keepdim=True))` With a dim, max and its relatives return two tensors, the values and their positions: take the one you need.
# visible test_softmax_extreme: names it: softmax(x of shape (2, 3)): raises TypeError: unsupported operand type(s) for -: 'Tensor' and 'torch.return_types.max'. Line 2 of the cell: `e = torch.exp(x - x.max(dim=dim, keepdim=True))` With a dim, max and its relatives return two tensors, the values and their positions: take the one you need.
# visible test_softmax_blocked: names it: softmax(x of shape (2, 3)): raises TypeError: unsupported operand type(s) for -: 'Tensor' and 'torch.return_types.max'. Line 2 of the cell: `e = torch.exp(x - x.max(dim=dim, keepdim=True))` With a dim, max and its relatives return two tensors, the values and their positions: take the one you need.
# visible test_softmax_written_out: names it: softmax(x of shape (4,)): raises TypeError: unsupported operand type(s) for -: 'Tensor' and 'torch.return_types.max'. Line 2 of the cell: `e = torch.exp(x - x.max(dim=dim, keepdim=True))` With a dim, max and its relatives return two tensors, the values and their positions: take the one you need.
def softmax(x, dim=-1):
    e = torch.exp(x - x.max(dim=dim, keepdim=True))
    return e / e.sum(dim=dim, keepdim=True)

# %% wrong: the division is missing
# visible test_softmax_values: names it: softmax(x of shape (6,)): the exponentials are there, the division by their sum is missing.
# visible test_softmax_dims: the sum over dim 1 of softmax(x of shape (2, 3, 4), dim=1): gives 1.546 at [0, 0], expected 1. 8 of 8 numbers differ.
# visible test_softmax_extreme: names it: softmax(x of shape (2, 3)): gives 0.3679 at [0, 0], expected 0.2447. 6 of 6 numbers differ. Every number is 1.503 times what it should be.
# visible test_softmax_blocked: softmax(x of shape (2, 3)): gives 0.3333 at [0, 0], expected 0.25. 2 of 6 numbers differ.
# visible test_softmax_written_out: names it: softmax(x of shape (4,)): gives 1 at [0], expected 0.25. 4 of 4 numbers differ. Every number is 4 times what it should be.
def softmax(x, dim=-1):
    return torch.exp(x - x.amax(dim=dim, keepdim=True))

# %% wrong: -inf becomes -1e9
# hidden test_softmax_blocked: names it: softmax(x of shape (3,)): where all scores are very low, an entry of -inf wins: it is not a large negative number, but must stay -inf.
def softmax(x, dim=-1):
    x = x.masked_fill(x == float("-inf"), -1e9)
    e = torch.exp(x - x.amax(dim=dim, keepdim=True))
    return e / e.sum(dim=dim, keepdim=True)

# %% wrong: -inf becomes the lowest float
# hidden test_softmax_blocked: names it: softmax(x of shape (3,)): where all scores are very low, an entry of -inf has a share: it must stay -inf.
def softmax(x, dim=-1):
    x = x.clamp(min=torch.finfo(x.dtype).min)
    e = torch.exp(x - x.amax(dim=dim, keepdim=True))
    return e / e.sum(dim=dim, keepdim=True)

# %% wrong: low weights are kept above zero
# hidden test_softmax_blocked: names it: softmax(x of shape (3,)): the weight of -inf is nearly 0, not exactly 0. Add nothing to the exponentials, and cut no score off.
def softmax(x, dim=-1):
    e = torch.exp(x - x.amax(dim=dim, keepdim=True)) + 1e-8
    return e / e.sum(dim=dim, keepdim=True)

# %% wrong: subtracts in place
# visible test_softmax_values: names it: softmax(x of shape (6,)): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
# visible test_softmax_dims: names it: softmax(x of shape (2, 3, 4), dim=1): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
# visible test_softmax_extreme: names it: softmax(x of shape (2, 3)): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
# visible test_softmax_blocked: names it: softmax(x of shape (2, 3)): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
# hidden test_softmax_written_out: names it: softmax(x of shape (2,)): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
def softmax(x, dim=-1):
    x -= x.amax(dim=dim, keepdim=True)
    e = torch.exp(x)
    return e / e.sum(dim=dim, keepdim=True)

# %% wrong: divides in place what the gradient needs
# hidden test_softmax_dims: names it: softmax: the values are right, but no gradient can be computed through them: a tensor that the gradient needs is changed in place (+=, /=, exp_(), ...).
# hidden test_softmax_extreme: names it: softmax: the values are right, but no gradient can be computed through them: a tensor that the gradient needs is changed in place (+=, /=, exp_(), ...).
def softmax(x, dim=-1):
    e = torch.exp(x - x.amax(dim=dim, keepdim=True))
    e /= e.sum(dim=dim, keepdim=True)
    return e

# %% wrong: without gradients
# hidden test_softmax_dims: names it: softmax: no gradient reaches its argument x. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
# hidden test_softmax_extreme: names it: softmax: no gradient reaches its argument x. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
def softmax(x, dim=-1):
    with torch.no_grad():
        e = torch.exp(x - x.amax(dim=dim, keepdim=True))
        return e / e.sum(dim=dim, keepdim=True)

# %% wrong: torch.softmax
# visible test_softmax_written_out: names it: softmax: uses softmax in line 2 of its cell. Write the exponentials and their sum out.
def softmax(x, dim=-1):
    return torch.softmax(x, dim=dim)

# %% wrong: the method
# visible test_softmax_written_out: names it: softmax: uses softmax in line 2 of its cell. Write the exponentials and their sum out.
def softmax(x, dim=-1):
    return x.softmax(dim)

# %% wrong: the module
# visible test_softmax_written_out: names it: softmax: uses Softmax in line 2 of its cell. Write the exponentials and their sum out.
def softmax(x, dim=-1):
    return torch.nn.Softmax(dim=dim)(x)

# %% wrong: softmin of the opposite
# visible test_softmax_written_out: names it: softmax: uses softmin in line 2 of its cell. Write the exponentials and their sum out.
def softmax(x, dim=-1):
    return F.softmin(-x, dim=dim)

# %% wrong: log_softmax behind an import
# visible test_softmax_written_out: names it: softmax: uses log_softmax in line 1 of its cell. Write the exponentials and their sum out.
from torch.nn.functional import log_softmax as logarithms

def softmax(x, dim=-1):
    return logarithms(x, dim=dim).exp()

# %% wrong: logsumexp
# hidden test_softmax_extreme: softmax(x of shape (3,)): gives 1 at [0], expected 0.5. 2 of 3 numbers differ.
# hidden test_softmax_blocked: softmax(x of shape (3,)): gives 1 at [1], expected 0.5. 2 of 3 numbers differ.
# visible test_softmax_written_out: names it: softmax: uses logsumexp in line 2 of its cell. Write the exponentials and their sum out.
def softmax(x, dim=-1):
    return torch.exp(x - torch.logsumexp(x, dim=dim, keepdim=True))

# %% wrong: float32 whatever comes in
# hidden test_softmax_dims: names it: softmax(x of shape (5,), dim=0) in float64: has dtype torch.float32, expected torch.float64.
# hidden test_softmax_extreme: names it: softmax(x of shape (3,)): has dtype torch.float32, expected torch.float64.
def softmax(x, dim=-1):
    x = x.float()
    e = torch.exp(x - x.amax(dim=dim, keepdim=True))
    return e / e.sum(dim=dim, keepdim=True)

# %% wrong: for vectors alone
# visible test_softmax_values: names it: softmax(x of shape (2, 3)): raises RuntimeError: Boolean value of Tensor with more than one value is ambiguous. Line 2 of the cell: `e = torch.exp(x - max(x))` It does run without the leading dimension. A sum or a maximum over dim drops that dimension, and then no longer stands beside its rows.
# visible test_softmax_dims: softmax(x of shape (2, 3, 4), dim=1): raises RuntimeError: Boolean value of Tensor with more than one value is ambiguous. Line 2 of the cell: `e = torch.exp(x - max(x))`
# visible test_softmax_extreme: softmax(x of shape (2, 3)): raises RuntimeError: Boolean value of Tensor with more than one value is ambiguous. Line 2 of the cell: `e = torch.exp(x - max(x))`
# visible test_softmax_blocked: softmax(x of shape (2, 3)): raises RuntimeError: Boolean value of Tensor with more than one value is ambiguous. Line 2 of the cell: `e = torch.exp(x - max(x))`
def softmax(x, dim=-1):
    e = torch.exp(x - max(x))
    return e / sum(e)
