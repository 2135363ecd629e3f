# %% correct: matrix product and root
def scaled_scores(queries, keys):
    return queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5

# %% correct: einsum, scaled queries
def scaled_scores(queries, keys):
    return torch.einsum("...qd,...kd->...qk", queries * queries.size(-1) ** -0.5, keys)

# %% correct: the math module and mT
import math

def scaled_scores(queries, keys):
    d_k = queries.shape[-1]
    scores = torch.matmul(queries, keys.mT)
    return scores / math.sqrt(d_k)

# %% correct: broadcasting, the root of a tensor
def scaled_scores(queries, keys):
    root = torch.sqrt(torch.tensor(float(keys.shape[-1])))
    return (queries.unsqueeze(-2) * keys.unsqueeze(-3)).sum(dim=-1) / root

# %% correct: in place on a tensor of its own
def scaled_scores(queries, keys):
    scores = queries @ keys.swapaxes(-1, -2)
    scores /= keys.size(-1) ** 0.5
    return scores

# %% wrong: no scaling
# visible test_scaled_scores_values: names it: scaled_scores(queries of shape (2, 4), keys of shape (3, 4)): these are plain dot products: the scaling is missing.
# hidden test_scaled_scores_batch: names it: scaled_scores(queries of shape (3, 5, 4), keys of shape (3, 2, 4)): gives -0.7537 at [0, 0, 0], expected -0.3768. 30 of 30 numbers differ. Every number is 2 times what it should be.
def scaled_scores(queries, keys):
    return queries @ keys.transpose(-2, -1)

# %% wrong: divided by d_k
# visible test_scaled_scores_values: names it: scaled_scores(queries of shape (2, 4), keys of shape (3, 4)): you divided by d_k: it is the root of d_k.
# hidden test_scaled_scores_batch: names it: scaled_scores(queries of shape (3, 5, 4), keys of shape (3, 2, 4)): gives -0.1884 at [0, 0, 0], expected -0.3768. 30 of 30 numbers differ. Every number is 0.5 times what it should be.
def scaled_scores(queries, keys):
    return queries @ keys.transpose(-2, -1) / keys.shape[-1]

# %% wrong: divided by the root of the number of keys
# visible test_scaled_scores_values: names it: scaled_scores(queries of shape (2, 4), keys of shape (3, 4)): you divided by the root of the number of keys: it is the number of features that counts.
# hidden test_scaled_scores_batch: names it: scaled_scores(queries of shape (3, 5, 4), keys of shape (3, 2, 4)): the scores are divided by the root of the number of keys: count dimensions from the end.
def scaled_scores(queries, keys):
    return queries @ keys.transpose(-2, -1) / keys.shape[-2] ** 0.5

# %% wrong: divided by the root of the number of queries
# visible test_scaled_scores_values: names it: scaled_scores(queries of shape (2, 4), keys of shape (3, 4)): you divided by √2 (there are two queries here): it is the number of features that counts.
# hidden test_scaled_scores_batch: names it: scaled_scores(queries of shape (3, 5, 4), keys of shape (3, 2, 4)): gives -0.3371 at [0, 0, 0], expected -0.3768. 30 of 30 numbers differ. Every number is 0.8944 times what it should be.
def scaled_scores(queries, keys):
    return queries @ keys.transpose(-2, -1) / queries.shape[-2] ** 0.5

# %% wrong: divided by the root of the number of scores in a row
# visible test_scaled_scores_values: names it: scaled_scores(queries of shape (2, 4), keys of shape (3, 4)): you divided by the root of the number of keys: it is the number of features that counts.
# hidden test_scaled_scores_batch: names it: scaled_scores(queries of shape (3, 5, 4), keys of shape (3, 2, 4)): the scores are divided by the root of the number of keys: count dimensions from the end.
def scaled_scores(queries, keys):
    scores = queries @ keys.transpose(-2, -1)
    return scores / scores.shape[-1] ** 0.5

# %% wrong: shape[1], right for matrices only
# hidden test_scaled_scores_batch: names it: scaled_scores(queries of shape (3, 5, 4), keys of shape (3, 2, 4)): the scores are divided by the root of the number of keys: count dimensions from the end.
def scaled_scores(queries, keys):
    return queries @ keys.transpose(-2, -1) / keys.shape[1] ** 0.5

# %% wrong: multiplied by the root
# visible test_scaled_scores_values: names it: scaled_scores(queries of shape (2, 4), keys of shape (3, 4)): you multiplied by √d_k: divide.
# hidden test_scaled_scores_batch: names it: scaled_scores(queries of shape (3, 5, 4), keys of shape (3, 2, 4)): gives -1.507 at [0, 0, 0], expected -0.3768. 30 of 30 numbers differ. Every number is 4 times what it should be.
def scaled_scores(queries, keys):
    return queries @ keys.transpose(-2, -1) * keys.shape[-1] ** 0.5

# %% wrong: .T on a batch
# visible test_scaled_scores_batch: names it: scaled_scores(queries of shape (2, 4, 3), keys of shape (2, 6, 3)): raises RuntimeError: The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 0. Line 2 of the cell: `return queries @ keys.T / keys.shape[-1] ** 0.5` It does run without the leading dimension. Transposing with .T, or by dimensions counted from the front, moves the batch.
def scaled_scores(queries, keys):
    return queries @ keys.T / keys.shape[-1] ** 0.5

# %% wrong: transpose(1, 2) knows only a batch
# visible test_scaled_scores_values: scaled_scores(queries of shape (2, 4), keys of shape (3, 4)): raises IndexError: Dimension out of range (expected to be in range of [-2, 1], but got 2). Line 2 of the cell: `return queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5`
# hidden test_scaled_scores_batch: names it: scaled_scores(queries of shape (2, 3, 5, 4), keys of shape (2, 3, 2, 4)): raises RuntimeError: The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1. Line 2 of the cell: `return queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5` It does run without the leading dimension. Every number of leading dimensions should do: count dimensions from the end.
def scaled_scores(queries, keys):
    return queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5

# %% wrong: keys against queries
# visible test_scaled_scores_values: names it: scaled_scores(queries of shape (2, 4), keys of shape (3, 4)): has shape (3, 2), expected (2, 3). The last two dimensions are exchanged.
# visible test_scaled_scores_batch: names it: scaled_scores(queries of shape (2, 4, 3), keys of shape (2, 6, 3)): has shape (2, 6, 4), expected (2, 4, 6). The last two dimensions are exchanged.
def scaled_scores(queries, keys):
    return keys @ queries.transpose(-2, -1) / keys.shape[-1] ** 0.5

# %% wrong: weights already
# visible test_scaled_scores_values: names it: scaled_scores(queries of shape (2, 4), keys of shape (3, 4)): these are softmax weights: this function stops at the scores.
# visible test_scaled_scores_batch: the doubled queries' scores, read backwards: gives 0.2165 at [0, 0], expected 0.3831. 24 of 24 numbers differ.
def scaled_scores(queries, keys):
    return torch.softmax(queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5, dim=-1)

# %% wrong: cosines
# visible test_scaled_scores_values: names it: scaled_scores(queries of shape (2, 4), keys of shape (3, 4)): these are cosines: the vectors keep their lengths here.
# visible test_scaled_scores_batch: names it: the doubled queries' scores, read backwards: gives 1 at [0, 0], expected 2. 24 of 24 numbers differ. Every number is 0.5 times what it should be.
def scaled_scores(queries, keys):
    return F.normalize(queries, dim=-1) @ F.normalize(keys, dim=-1).transpose(-2, -1)

# %% wrong: scales the caller's queries in place
# visible test_scaled_scores_values: names it: scaled_scores(queries of shape (2, 4), keys of shape (3, 4)): changes its argument queries in place. Whoever called it still needs that tensor: work on a new one.
# visible test_scaled_scores_batch: names it: scaled_scores(queries of shape (2, 4, 3), keys of shape (2, 6, 3)): changes its argument queries in place. Whoever called it still needs that tensor: work on a new one.
def scaled_scores(queries, keys):
    queries /= queries.shape[-1] ** 0.5
    return queries @ keys.transpose(-2, -1)

# %% wrong: the root of two, as in the running example
# visible test_scaled_scores_values: names it: scaled_scores(queries of shape (2, 4), keys of shape (3, 4)): you divided by √2 (there are two queries here): it is the number of features that counts.
# hidden test_scaled_scores_batch: names it: scaled_scores(queries of shape (3, 5, 4), keys of shape (3, 2, 4)): the scores are divided by the root of the number of keys: count dimensions from the end.
def scaled_scores(queries, keys):
    return queries @ keys.transpose(-2, -1) / 2**0.5

# %% wrong: an integer root
# hidden test_scaled_scores_values: names it: scaled_scores(queries of shape (4, 5), keys of shape (7, 5)): the scaling is right for four features only.
def scaled_scores(queries, keys):
    return queries @ keys.transpose(-2, -1) / int(keys.shape[-1] ** 0.5)

# %% wrong: every score in float32
# hidden test_scaled_scores_values: names it: scaled_scores(queries of shape (4, 5), keys of shape (7, 5)) in float64: has dtype torch.float32, expected torch.float64.
# hidden test_scaled_scores_batch: names it: scaled_scores(queries of shape (3, 5, 4), keys of shape (3, 2, 4)) in float64: has dtype torch.float32, expected torch.float64.
def scaled_scores(queries, keys):
    return (queries.float() @ keys.float().transpose(-2, -1)) / keys.shape[-1] ** 0.5

# %% wrong: standardized by their own deviation
# visible test_scaled_scores_values: names it: scaled_scores(queries of shape (2, 4), keys of shape (3, 4)): gives 2.214 at [0, 0], expected 5. 4 of 6 numbers differ. Every number is 0.4428 times what it should be.
# hidden test_scaled_scores_batch: names it: scaled_scores(queries of shape (3, 5, 4), keys of shape (3, 2, 4)): gives -0.5157 at [0, 0, 0], expected -0.3768. 30 of 30 numbers differ. Every number is 1.368 times what it should be.
def scaled_scores(queries, keys):
    scores = queries @ keys.transpose(-2, -1)
    return scores / scores.std()
