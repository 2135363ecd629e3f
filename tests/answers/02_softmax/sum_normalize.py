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
# visible test_sum_normalize_batch: names it: sum_normalize(scores of shape (2, 2)): everything is divided by one sum: each row has its own.
def sum_normalize(scores):
    return scores / scores.sum()

# %% wrong: divides each column by its sum
# visible test_sum_normalize_batch: names it: sum_normalize(scores of shape (2, 2)): each column is divided by its sum: the last dimension is the row.
def sum_normalize(scores):
    return scores / scores.sum(dim=0, keepdim=True)

# %% wrong: keepdim is forgotten
# visible test_sum_normalize_batch: names it: sum_normalize(scores of shape (2, 2)): each column is divided by the sum of a row: the sums have lost a dimension, so they lie across the rows, not beside them.
def sum_normalize(scores):
    return scores / scores.sum(dim=-1)

# %% wrong: softmax already
# visible test_sum_normalize_values: names it: sum_normalize(scores of shape (6,)): these are softmax weights: divide the scores as they are, without an exponential.
# visible test_sum_normalize_batch: sum_normalize(scores of shape (2, 2)): gives 0.1192 at [0, 0], expected 0.25. 2 of 4 numbers differ.
def sum_normalize(scores):
    return torch.softmax(scores, dim=-1)

# %% wrong: absolute values in the sum
# visible test_sum_normalize_values: names it: sum_normalize(scores of shape (3,)): the sum is that of the absolute values: a negative score counts with its sign.
def sum_normalize(scores):
    return F.normalize(scores, p=1, dim=-1)

# %% wrong: the length, not the sum
# visible test_sum_normalize_values: names it: sum_normalize(scores of shape (6,)): the scores are divided by their length (the root of the sum of squares), not by their sum.
# visible test_sum_normalize_batch: sum_normalize(scores of shape (2, 2)): gives 0.3162 at [0, 0], expected 0.25. 4 of 4 numbers differ.
def sum_normalize(scores):
    return scores / scores.norm(dim=-1, keepdim=True)

# %% wrong: the maximum, not the sum
# visible test_sum_normalize_values: names it: sum_normalize(scores of shape (6,)): the scores are divided by their maximum, not by their sum.
# visible test_sum_normalize_batch: sum_normalize(scores of shape (2, 2)): gives 0.3333 at [0, 0], expected 0.25. 4 of 4 numbers differ.
def sum_normalize(scores):
    return scores / scores.max(dim=-1, keepdim=True).values

# %% wrong: the mean, not the sum
# visible test_sum_normalize_values: names it: sum_normalize(scores of shape (6,)): the scores are divided by their mean, not by their sum.
# visible test_sum_normalize_batch: names it: sum_normalize(scores of shape (2, 2)): gives 0.5 at [0, 0], expected 0.25. 4 of 4 numbers differ. Every number is 2 times what it should be.
def sum_normalize(scores):
    return scores / scores.mean(dim=-1, keepdim=True)

# %% wrong: clamps negative scores away
# visible test_sum_normalize_values: names it: sum_normalize(scores of shape (3,)): the negative score is lost: it stays in, with its sign.
def sum_normalize(scores):
    scores = scores.clamp(min=0)
    return scores / scores.sum(dim=-1, keepdim=True)

# %% wrong: divides in place
# visible test_sum_normalize_values: names it: sum_normalize(scores of shape (6,)): changes its argument scores in place. Whoever called it still needs that tensor: work on a new one.
# visible test_sum_normalize_batch: names it: sum_normalize(scores of shape (2, 2)): changes its argument scores in place. Whoever called it still needs that tensor: work on a new one.
def sum_normalize(scores):
    scores /= scores.sum(dim=-1, keepdim=True)
    return scores

# %% wrong: Python numbers
# hidden test_sum_normalize_values: names it: sum_normalize: no gradient reaches its argument scores. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
# visible test_sum_normalize_batch: names it: sum_normalize(scores of shape (2, 2)): raises RuntimeError: a Tensor with 2 elements cannot be converted to Scalar. Line 2 of the cell: `return torch.tensor([s.item() / scores.sum().item() for s in scores])` It does run without the leading dimension. Each row is to be divided by its own sum, so the sums must stand beside their rows.
def sum_normalize(scores):
    return torch.tensor([s.item() / scores.sum().item() for s in scores])

# %% wrong: the sum is detached
# hidden test_sum_normalize_values: names it: sum_normalize: the gradient of its argument scores is wrong, though the values are right. Part of the calculation leaves the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
# hidden test_sum_normalize_batch: names it: sum_normalize: the gradient of its argument scores is wrong, though the values are right. Part of the calculation leaves the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
def sum_normalize(scores):
    return scores / scores.detach().sum(dim=-1, keepdim=True)

# %% wrong: returns the sum
# visible test_sum_normalize_values: names it: sum_normalize(scores of shape (6,)): this is the sum itself: divide the scores by it.
# visible test_sum_normalize_batch: sum_normalize(scores of shape (2, 2)): has shape (2,), expected (2, 2). That is 1 dimension, not 2.
def sum_normalize(scores):
    return scores.sum(dim=-1)

# %% wrong: a sum that may not be negative
# hidden test_sum_normalize_values: names it: sum_normalize(scores of shape (3,)): all signs are turned round, because the sum is made positive. It may be negative: divide by it as it is.
def sum_normalize(scores):
    return scores / scores.sum(dim=-1, keepdim=True).clamp(min=1e-9)
