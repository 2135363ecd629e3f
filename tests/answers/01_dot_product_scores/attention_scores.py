# %% correct: matrix product with the last two dimensions exchanged
def attention_scores(queries, keys):
    return queries @ keys.transpose(-2, -1)

# %% correct: einsum
def attention_scores(queries, keys):
    return torch.einsum("...qd,...kd->...qk", queries, keys)

# %% correct: broadcasting and a sum
def attention_scores(queries, keys):
    return (queries.unsqueeze(-2) * keys.unsqueeze(-3)).sum(-1)

# %% correct: torch.matmul and mT
def attention_scores(queries, keys):
    scores = torch.matmul(queries, keys.mT)
    return scores

# %% correct: the keys first, then turned
def attention_scores(queries, keys):
    return (keys @ queries.swapaxes(-1, -2)).swapaxes(-1, -2)

# %% wrong: .T turns the batch too
# visible test_attention_scores_batch: names it: attention_scores(queries of shape (2, 4, 3), keys of shape (2, 6, 3)): raises RuntimeError: The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 0. Line 2 of the cell: `return queries @ keys.T` It does run without the leading dimension. Transposing with .T, or by dimensions counted from the front, moves the batch.
def attention_scores(queries, keys):
    return queries @ keys.T

# %% wrong: transpose(0, 1) knows no batch
# visible test_attention_scores_batch: names it: attention_scores(queries of shape (2, 4, 3), keys of shape (2, 6, 3)): raises RuntimeError: The size of tensor a (2) must match the size of tensor b (6) at non-singleton dimension 0. Line 2 of the cell: `return queries @ keys.transpose(0, 1)` It does run without the leading dimension. Transposing with .T, or by dimensions counted from the front, moves the batch.
def attention_scores(queries, keys):
    return queries @ keys.transpose(0, 1)

# %% wrong: transpose(1, 2) knows only a batch
# visible test_attention_scores_values: attention_scores(queries of shape (2, 3), keys of shape (3, 3)): raises IndexError: Dimension out of range (expected to be in range of [-2, 1], but got 2). Line 2 of the cell: `return queries @ keys.transpose(1, 2)`
# hidden test_attention_scores_batch: names it: attention_scores(queries of shape (2, 3, 5, 4), keys of shape (2, 3, 2, 4)): raises RuntimeError: The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1. Line 2 of the cell: `return queries @ keys.transpose(1, 2)` It does run without the leading dimension. Every number of leading dimensions should do: count dimensions from the end.
def attention_scores(queries, keys):
    return queries @ keys.transpose(1, 2)

# %% wrong: keys against queries
# visible test_attention_scores_values: names it: attention_scores(queries of shape (2, 3), keys of shape (3, 3)): has shape (3, 2), expected (2, 3). The last two dimensions are exchanged.
# visible test_attention_scores_batch: names it: attention_scores(queries of shape (2, 4, 3), keys of shape (2, 6, 3)): has shape (2, 6, 4), expected (2, 4, 6). The last two dimensions are exchanged.
def attention_scores(queries, keys):
    return keys @ queries.transpose(-2, -1)

# %% wrong: the queries against themselves
# visible test_attention_scores_values: names it: attention_scores(queries of shape (2, 3), keys of shape (3, 3)): the queries are scored against themselves: score them against the keys.
# visible test_attention_scores_batch: attention_scores(queries of shape (2, 4, 3), keys of shape (2, 6, 3)): has shape (2, 4, 4), expected (2, 4, 6).
def attention_scores(queries, keys):
    return queries @ queries.transpose(-2, -1)

# %% wrong: scaled already
# visible test_attention_scores_values: names it: attention_scores(queries of shape (2, 3), keys of shape (3, 3)): the scores are divided by √d: that comes in chapter 3.
# hidden test_attention_scores_batch: names it: attention_scores(queries of shape (3, 5, 4), keys of shape (3, 2, 4)): gives -2.908 at [0, 0, 0], expected -5.817. 30 of 30 numbers differ. Every number is 0.5 times what it should be.
def attention_scores(queries, keys):
    return queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5

# %% wrong: a loop over the queries
# visible test_attention_scores_values: names it: attention_scores: has a Python loop. One matrix product does the work.
# visible test_attention_scores_batch: names it: attention_scores(queries of shape (2, 4, 3), keys of shape (2, 6, 3)): raises RuntimeError: mat1 and mat2 shapes cannot be multiplied (12x3 and 4x3). Line 2 of the cell: `return torch.stack([keys @ query for query in queries])` It does run without the leading dimension. Transposing with .T, or by dimensions counted from the front, moves the batch.
def attention_scores(queries, keys):
    return torch.stack([keys @ query for query in queries])

# %% wrong: a comprehension over the batch
# visible test_attention_scores_values: names it: attention_scores: has a Python loop. One matrix product does the work.
def attention_scores(queries, keys):
    if queries.dim() == 2:
        return queries @ keys.T
    return torch.stack([q @ k.transpose(-2, -1) for q, k in zip(queries, keys)])

# %% wrong: exactly three dimensions
# visible test_attention_scores_values: attention_scores(queries of shape (2, 3), keys of shape (3, 3)): raises IndexError: Dimension out of range (expected to be in range of [-2, 1], but got 2). Line 2 of the cell: `return torch.bmm(queries, keys.transpose(1, 2))`
# hidden test_attention_scores_batch: names it: attention_scores(queries of shape (2, 3, 5, 4), keys of shape (2, 3, 2, 4)): raises RuntimeError: batch1 must be a 3D tensor. Line 2 of the cell: `return torch.bmm(queries, keys.transpose(1, 2))` It does run without the leading dimension. Every number of leading dimensions should do: count dimensions from the end.
def attention_scores(queries, keys):
    return torch.bmm(queries, keys.transpose(1, 2))

# %% wrong: the keys reshaped, not transposed
# visible test_attention_scores_values: names it: attention_scores(queries of shape (2, 3), keys of shape (3, 3)): the keys are multiplied as they stand: rows and columns must be exchanged, and reshaping does not do that.
# hidden test_attention_scores_batch: attention_scores(queries of shape (3, 5, 4), keys of shape (3, 2, 4)): gives -1.482 at [0, 0, 0], expected -5.817. 30 of 30 numbers differ.
def attention_scores(queries, keys):
    return queries @ keys.reshape(*keys.shape[:-2], keys.shape[-1], keys.shape[-2])

# %% wrong: the transpose is missing
# visible test_attention_scores_values: names it: attention_scores(queries of shape (2, 3), keys of shape (3, 3)): the keys are multiplied as they stand: rows and columns must be exchanged, and reshaping does not do that.
# visible test_attention_scores_batch: attention_scores(queries of shape (2, 4, 3), keys of shape (2, 6, 3)): raises RuntimeError: Expected size for first two dimensions of batch2 tensor to be: [2, 3] but got: [2, 6]. Line 2 of the cell: `return queries @ keys`
def attention_scores(queries, keys):
    return queries @ keys

# %% wrong: weights, not scores
# visible test_attention_scores_values: names it: attention_scores(queries of shape (2, 3), keys of shape (3, 3)): these are softmax weights: this chapter stops at the scores.
# visible test_attention_scores_batch: the scores of the doubled queries: gives 0.2517 at [0, 0], expected 0.4197. 24 of 24 numbers differ.
def attention_scores(queries, keys):
    return torch.softmax(queries @ keys.transpose(-2, -1), dim=-1)

# %% wrong: detached
# hidden test_attention_scores_values: names it: attention_scores: no gradient reaches its argument keys. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
# hidden test_attention_scores_batch: names it: attention_scores: no gradient reaches its argument keys. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
def attention_scores(queries, keys):
    return queries @ keys.detach().transpose(-2, -1)

# %% wrong: the first sequence's keys for the whole batch
# hidden test_attention_scores_batch: names it: attention_scores(queries of shape (3, 5, 4), keys of shape (3, 2, 4)): the first sequence's keys are used for the whole batch.
def attention_scores(queries, keys):
    first = keys.reshape(-1, keys.shape[-2], keys.shape[-1])[0]
    return queries @ first.T
