# %% correct: one division with keepdim
def sum_normalize(scores):
    return scores / scores.sum(dim=-1, keepdim=True)

# %% correct: unsqueezes the sum
def sum_normalize(scores):
    total = torch.sum(scores, -1).unsqueeze(-1)
    return torch.div(scores, total)

# %% correct: an einsum with the reciprocals
def sum_normalize(scores):
    return torch.einsum("...t,...->...t", scores, 1 / scores.sum(-1))

# %% correct: row by row, put together again
def sum_normalize(scores):
    rows = [row / sum(row[i] for i in range(len(row))) for row in scores.reshape(-1, scores.shape[-1])]
    return torch.stack(rows).reshape(scores.shape)

# %% correct: in place on a copy
def sum_normalize(scores):
    result = scores.clone()
    result /= scores.sum(axis=-1)[..., None]
    return result

# %% wrong: divides everything by one sum
# visible test_sum_normalize_batch: names it: sum_normalize(scores of shape (2, 3)): everything is divided by one sum: each row has its own.
def sum_normalize(scores):
    return scores / scores.sum()

# %% wrong: divides each column by its sum
# visible test_sum_normalize_batch: names it: sum_normalize(scores of shape (2, 3)): each column is divided by its sum: the last dimension is the row.
def sum_normalize(scores):
    return scores / scores.sum(dim=0, keepdim=True)

# %% wrong: keepdim is forgotten
# visible test_sum_normalize_batch: sum_normalize(scores of shape (2, 3)): raises RuntimeError: The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1. Line 2 of the cell: `return scores / scores.sum(dim=-1)`
def sum_normalize(scores):
    return scores / scores.sum(dim=-1)

# %% wrong: softmax already
# visible test_sum_normalize_values: names it: sum_normalize(scores of shape (6,)): these are softmax weights: divide the scores as they are, without an exponential.
# visible test_sum_normalize_batch: sum_normalize(scores of shape (2, 3)): gives 0.03512 at [0, 0], expected 0.125. 6 of 6 numbers differ.
def sum_normalize(scores):
    return torch.softmax(scores, dim=-1)

# %% wrong: absolute values in the sum
# visible test_sum_normalize_values: names it: sum_normalize(scores of shape (3,)): the sum is that of the absolute values: a negative score counts with its sign.
def sum_normalize(scores):
    return F.normalize(scores, p=1, dim=-1)

# %% wrong: the length, not the sum
# visible test_sum_normalize_values: names it: sum_normalize(scores of shape (6,)): the scores are divided by their length (the root of the sum of squares), not by their sum.
# visible test_sum_normalize_batch: sum_normalize(scores of shape (2, 3)): gives 0.1961 at [0, 0], expected 0.125. 6 of 6 numbers differ.
def sum_normalize(scores):
    return scores / scores.norm(dim=-1, keepdim=True)

# %% wrong: the maximum, not the sum
# visible test_sum_normalize_values: names it: sum_normalize(scores of shape (6,)): the scores are divided by their maximum, not by their sum.
# visible test_sum_normalize_batch: sum_normalize(scores of shape (2, 3)): gives 0.25 at [0, 0], expected 0.125. 6 of 6 numbers differ.
def sum_normalize(scores):
    return scores / scores.max(dim=-1, keepdim=True).values

# %% wrong: the mean, not the sum
# visible test_sum_normalize_values: names it: sum_normalize(scores of shape (6,)): the scores are divided by their mean, not by their sum.
# visible test_sum_normalize_batch: names it: sum_normalize(scores of shape (2, 3)): gives 0.375 at [0, 0], expected 0.125. 6 of 6 numbers differ. Every number is 3 times what it should be.
def sum_normalize(scores):
    return scores / scores.mean(dim=-1, keepdim=True)

# %% wrong: clamps negative scores away
# visible test_sum_normalize_values: names it: sum_normalize(scores of shape (3,)): the negative score is lost: it stays in, with its sign.
def sum_normalize(scores):
    scores = scores.clamp(min=0)
    return scores / scores.sum(dim=-1, keepdim=True)

# %% wrong: divides in place
# visible test_sum_normalize_values: names it: sum_normalize(scores of shape (6,)): changes its argument scores in place. Whoever called it still needs that tensor: work on a new one.
# visible test_sum_normalize_batch: names it: sum_normalize(scores of shape (2, 3)): changes its argument scores in place. Whoever called it still needs that tensor: work on a new one.
def sum_normalize(scores):
    scores /= scores.sum(dim=-1, keepdim=True)
    return scores

# %% wrong: Python numbers
# hidden test_sum_normalize_values: names it: sum_normalize(scores of shape (3,)) in float64: has dtype torch.float32, expected torch.float64.
# visible test_sum_normalize_batch: sum_normalize(scores of shape (2, 3)): raises RuntimeError: a Tensor with 3 elements cannot be converted to Scalar. Line 2 of the cell: `return torch.tensor([s.item() / scores.sum().item() for s in scores])`
def sum_normalize(scores):
    return torch.tensor([s.item() / scores.sum().item() for s in scores])

# %% wrong: the sum is detached
# hidden test_sum_normalize_values: sum_normalize: the gradient of its argument scores is wrong, though the values are right. Is part of the calculation detached?
# hidden test_sum_normalize_batch: sum_normalize: the gradient of its argument scores is wrong, though the values are right. Is part of the calculation detached?
def sum_normalize(scores):
    return scores / scores.detach().sum(dim=-1, keepdim=True)

# %% wrong: returns the sum
# visible test_sum_normalize_values: sum_normalize(scores of shape (6,)): has shape (), expected (6,). That is 0 dimensions, not 1.
# visible test_sum_normalize_batch: sum_normalize(scores of shape (2, 3)): has shape (2,), expected (2, 3). That is 1 dimension, not 2.
def sum_normalize(scores):
    return scores.sum(dim=-1)

# %% wrong: a sum that may not be negative
# hidden test_sum_normalize_values: names it: sum_normalize(scores of shape (3,)): gives -4e+09 at [0], expected 2. 3 of 3 numbers differ. Every number is -2e+09 times what it should be.
def sum_normalize(scores):
    return scores / scores.sum(dim=-1, keepdim=True).clamp(min=1e-9)
