# %% correct: tril, then division
def mask_then_renormalize(weights):
    masked = torch.tril(weights)
    return masked / masked.sum(dim=-1, keepdim=True)

# %% correct: multiplied by a mask
def mask_then_renormalize(weights):
    T = weights.shape[-1]
    masked = weights * torch.tril(torch.ones(T, T, dtype=weights.dtype))
    row_sums = masked.sum(-1)
    return masked / row_sums.unsqueeze(-1)

# %% correct: F.normalize with p=1
def mask_then_renormalize(weights):
    return F.normalize(weights.tril(), p=1, dim=-1)

# %% correct: row by row in loops
def mask_then_renormalize(weights):
    T = weights.shape[-1]
    rows = []
    for i in range(T):
        kept = weights[..., i, : i + 1]
        kept = kept / kept.sum(dim=-1, keepdim=True)
        rows.append(torch.cat([kept, torch.zeros_like(weights[..., i, i + 1 :])], dim=-1))
    return torch.stack(rows, dim=-2)

# %% correct: masked_fill with zeros
def mask_then_renormalize(weights):
    position = torch.arange(weights.size(-1))
    masked = weights.masked_fill(position > position[:, None], 0.0)
    return torch.div(masked, torch.einsum("...qk->...q", masked)[..., None])

# %% correct: in place on a copy, with a tiny number in the denominator
def mask_then_renormalize(weights):
    result = weights.clone()
    result.tril_()
    return result / (result.sum(dim=-1, keepdim=True) + 1e-12)

# %% correct: softmax of logarithms
def mask_then_renormalize(weights):
    T = weights.shape[-1]
    future = torch.triu(torch.ones(T, T, dtype=torch.bool), 1)
    return torch.log(weights).masked_fill(future, -torch.inf).softmax(dim=-1)

# %% wrong: not renormalized
# visible test_mask_then_renormalize_values: names it: mask_then_renormalize(weights of shape (3, 3)): the future is gone, but the rows no longer sum to 1: divide by what is left.
# visible test_mask_then_renormalize_batch: mask_then_renormalize(weights of shape (2, 2, 2)): gives 0.6 at [0, 0, 0], expected 1. 2 of 8 numbers differ.
def mask_then_renormalize(weights):
    return torch.tril(weights)

# %% wrong: keepdim is missing
# visible test_mask_then_renormalize_values: names it: mask_then_renormalize(weights of shape (3, 3)): the columns are divided by the rows' sums: a query is a row. Is a dimension lost in the sum?
# visible test_mask_then_renormalize_batch: mask_then_renormalize(weights of shape (2, 2, 2)): gives 5 at [0, 1, 0], expected 0.5. 3 of 8 numbers differ.
def mask_then_renormalize(weights):
    masked = torch.tril(weights)
    return masked / masked.sum(dim=-1)

# %% wrong: the columns are renormalized
# visible test_mask_then_renormalize_values: names it: mask_then_renormalize(weights of shape (3, 3)): the columns sum to 1, not the rows: sum over the keys, the last dimension.
# visible test_mask_then_renormalize_batch: names it: mask_then_renormalize(weights of shape (2, 2, 2)): the columns sum to 1: in a batch dimension 1 holds the queries, and the keys are the last dimension.
def mask_then_renormalize(weights):
    masked = torch.tril(weights)
    return masked / masked.sum(dim=-2, keepdim=True)

# %% wrong: the past is masked
# visible test_mask_then_renormalize_values: names it: mask_then_renormalize(weights of shape (3, 3)): the past is gone instead of the future.
# visible test_mask_then_renormalize_batch: mask_then_renormalize(weights of shape (2, 2, 2)): gives 0.6 at [0, 0, 0], expected 1. 8 of 8 numbers differ.
def mask_then_renormalize(weights):
    masked = torch.triu(weights)
    return masked / masked.sum(dim=-1, keepdim=True)

# %% wrong: a second softmax
# visible test_mask_then_renormalize_values: names it: mask_then_renormalize(weights of shape (3, 3)): a second softmax changes the ratios of the weights, and exp(0) is 1: divide instead.
# visible test_mask_then_renormalize_batch: mask_then_renormalize(weights of shape (2, 2, 2)): gives 0.6457 at [0, 0, 0], expected 1. 6 of 8 numbers differ.
def mask_then_renormalize(weights):
    return torch.softmax(torch.tril(weights), dim=-1)

# %% wrong: a second softmax, with minus infinity
# visible test_mask_then_renormalize_values: names it: mask_then_renormalize(weights of shape (3, 3)): a second softmax changes the ratios of the weights: divide instead.
# visible test_mask_then_renormalize_batch: mask_then_renormalize(weights of shape (2, 2, 2)): gives 0.3543 at [1, 1, 0], expected 0.2. 2 of 8 numbers differ.
def mask_then_renormalize(weights):
    T = weights.shape[-1]
    future = torch.ones(T, T, dtype=torch.bool).triu(1)
    return weights.masked_fill(future, -torch.inf).softmax(dim=-1)

# %% wrong: the diagonal is masked too
# visible test_mask_then_renormalize_values: names it: mask_then_renormalize(weights of shape (3, 3)): the diagonal is gone too: a token may look at itself.
# visible test_mask_then_renormalize_batch: mask_then_renormalize(weights of shape (2, 2, 2)): gives nan at [0, 0, 0], where 1 is expected.
def mask_then_renormalize(weights):
    masked = torch.tril(weights, diagonal=-1)
    return masked / masked.sum(dim=-1, keepdim=True)

# %% wrong: one diagonal too many
# visible test_mask_then_renormalize_values: names it: mask_then_renormalize(weights of shape (3, 3)): each token sees one token too many.
# visible test_mask_then_renormalize_batch: mask_then_renormalize(weights of shape (2, 2, 2)): gives 0.6 at [0, 0, 0], expected 1. 4 of 8 numbers differ.
def mask_then_renormalize(weights):
    masked = torch.tril(weights, diagonal=1)
    return masked / masked.sum(dim=-1, keepdim=True)

# %% wrong: divided by the sum of everything
# visible test_mask_then_renormalize_values: names it: mask_then_renormalize(weights of shape (3, 3)): everything is divided by the sum of the whole matrix: each row has its own.
# visible test_mask_then_renormalize_batch: mask_then_renormalize(weights of shape (2, 2, 2)): gives 0.2222 at [0, 0, 0], expected 1. 6 of 8 numbers differ.
def mask_then_renormalize(weights):
    masked = torch.tril(weights)
    return masked / masked.sum()

# %% wrong: divided before it is masked
# visible test_mask_then_renormalize_values: names it: mask_then_renormalize(weights of shape (3, 3)): the future is gone, but the rows no longer sum to 1: divide by what is left.
# visible test_mask_then_renormalize_batch: mask_then_renormalize(weights of shape (2, 2, 2)): gives 0.6 at [0, 0, 0], expected 1. 2 of 8 numbers differ.
def mask_then_renormalize(weights):
    return torch.tril(weights / weights.sum(dim=-1, keepdim=True))

# %% wrong: divided by the length of the row
# visible test_mask_then_renormalize_values: names it: mask_then_renormalize(weights of shape (3, 3)): the squares of a row sum to 1: divide by its sum, not by its length as a vector.
# visible test_mask_then_renormalize_batch: mask_then_renormalize(weights of shape (2, 2, 2)): gives 0.7071 at [0, 1, 0], expected 0.5. 4 of 8 numbers differ.
def mask_then_renormalize(weights):
    return F.normalize(torch.tril(weights), dim=-1)

# %% wrong: changes the weights in place
# visible test_mask_then_renormalize_values: names it: mask_then_renormalize(weights of shape (3, 3)): changes its argument weights in place. Whoever called it still needs that tensor: work on a new one.
# visible test_mask_then_renormalize_batch: names it: mask_then_renormalize(weights of shape (2, 2, 2)): changes its argument weights in place. Whoever called it still needs that tensor: work on a new one.
def mask_then_renormalize(weights):
    weights *= torch.tril(torch.ones(weights.shape[-1], weights.shape[-1], dtype=weights.dtype))
    return weights / weights.sum(dim=-1, keepdim=True)

# %% wrong: a mask for six tokens only
# visible test_mask_then_renormalize_values: mask_then_renormalize(weights of shape (3, 3)): raises RuntimeError: The size of tensor a (3) must match the size of tensor b (6) at non-singleton dimension 1. Line 2 of the cell: `masked = weights * torch.tril(torch.ones(6, 6))`
# visible test_mask_then_renormalize_batch: mask_then_renormalize(weights of shape (2, 2, 2)): raises RuntimeError: The size of tensor a (2) must match the size of tensor b (6) at non-singleton dimension 2. Line 2 of the cell: `masked = weights * torch.tril(torch.ones(6, 6))`
def mask_then_renormalize(weights):
    masked = weights * torch.tril(torch.ones(6, 6))
    return masked / masked.sum(dim=-1, keepdim=True)

# %% wrong: no batch
# visible test_mask_then_renormalize_batch: names it: mask_then_renormalize(weights of shape (2, 2, 2)): the columns sum to 1: in a batch dimension 1 holds the queries, and the keys are the last dimension.
def mask_then_renormalize(weights):
    masked = torch.tril(weights)
    return masked / masked.sum(dim=1, keepdim=True)

# %% wrong: a float32 mask makes float32 of float64
# hidden test_mask_then_renormalize_values: names it: mask_then_renormalize(weights of shape (7, 7)) in float64: has dtype torch.float32, expected torch.float64.
# hidden test_mask_then_renormalize_batch: names it: mask_then_renormalize(weights of shape (3, 5, 5)) in float64: has dtype torch.float32, expected torch.float64.
def mask_then_renormalize(weights):
    masked = weights.float().tril()
    return masked / masked.sum(dim=-1, keepdim=True)

# %% wrong: the denominator is detached
# hidden test_mask_then_renormalize_values: names it: mask_then_renormalize: the gradient of its argument weights is wrong, though the values are right. Part of the calculation leaves the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
# hidden test_mask_then_renormalize_batch: names it: mask_then_renormalize: the gradient of its argument weights is wrong, though the values are right. Part of the calculation leaves the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
def mask_then_renormalize(weights):
    masked = torch.tril(weights)
    return masked / masked.sum(dim=-1, keepdim=True).detach()

# %% wrong: a tiny number that is not tiny
# visible test_mask_then_renormalize_values: names it: mask_then_renormalize(weights of shape (3, 3)): the rows sum to a little less than 1. Is something added to their sums? No row sums to 0 here.
# visible test_mask_then_renormalize_batch: mask_then_renormalize(weights of shape (2, 2, 2)): gives 0.9983 at [0, 0, 0], expected 1. 6 of 8 numbers differ.
def mask_then_renormalize(weights):
    masked = torch.tril(weights)
    return masked / (masked.sum(dim=-1, keepdim=True) + 1e-3)
