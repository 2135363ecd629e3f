# %% correct: lengths clamped away from zero
def cosine_scores(queries, keys):
    q = queries / queries.norm(dim=-1, keepdim=True).clamp(min=1e-12)
    k = keys / keys.norm(dim=-1, keepdim=True).clamp(min=1e-12)
    return q @ k.transpose(-2, -1)

# %% correct: PyTorch's normalize
def cosine_scores(queries, keys):
    return torch.einsum("...qd,...kd->...qk", F.normalize(queries, dim=-1), F.normalize(keys, dim=-1))

# %% correct: divide, then replace nan
def cosine_scores(queries, keys):
    dots = queries @ keys.transpose(-2, -1)
    lengths = queries.norm(dim=-1)[..., :, None] * keys.norm(dim=-1)[..., None, :]
    return torch.where(lengths == 0, torch.zeros_like(dots), dots / torch.where(lengths == 0, 1, lengths))

# %% correct: PyTorch's cosine similarity over pairs
def cosine_scores(queries, keys):
    return F.cosine_similarity(queries.unsqueeze(-2), keys.unsqueeze(-3), dim=-1)

# %% correct: a tiny number added to the length
def cosine_scores(queries, keys):
    def unit(x):
        return x / (x.pow(2).sum(dim=-1, keepdim=True).sqrt() + 1e-10)

    return unit(queries) @ unit(keys).mT

# %% wrong: nan for a vector of zeros
# visible test_cosine_scores_zero_vector: names it: cosine_scores(queries of shape (2, 2), keys of shape (3, 2)): a vector of zeros is divided by its length, which is zero.
def cosine_scores(queries, keys):
    q = queries / queries.norm(dim=-1, keepdim=True)
    k = keys / keys.norm(dim=-1, keepdim=True)
    return q @ k.transpose(-2, -1)

# %% wrong: plain dot products
# visible test_cosine_scores_values: names it: cosine_scores(queries of shape (2, 2), keys of shape (3, 2)): these are plain dot products: the lengths are still in.
# visible test_cosine_scores_zero_vector: cosine_scores(queries of shape (2, 2), keys of shape (3, 2)): gives 8 at [1, 0], expected 0.8. 2 of 6 numbers differ.
def cosine_scores(queries, keys):
    return queries @ keys.transpose(-2, -1)

# %% wrong: only the queries have length one
# visible test_cosine_scores_values: names it: cosine_scores(queries of shape (2, 2), keys of shape (3, 2)): only the queries have length one: divide by the keys' lengths too.
# visible test_cosine_scores_zero_vector: cosine_scores(queries of shape (2, 2), keys of shape (3, 2)): gives 1.6 at [1, 0], expected 0.8. 1 of 6 numbers differ.
def cosine_scores(queries, keys):
    return F.normalize(queries, dim=-1) @ keys.transpose(-2, -1)

# %% wrong: only the keys have length one
# visible test_cosine_scores_values: names it: cosine_scores(queries of shape (2, 2), keys of shape (3, 2)): only the keys have length one: divide by the queries' lengths too.
# visible test_cosine_scores_zero_vector: cosine_scores(queries of shape (2, 2), keys of shape (3, 2)): gives 4 at [1, 0], expected 0.8. 2 of 6 numbers differ.
def cosine_scores(queries, keys):
    return queries @ F.normalize(keys, dim=-1).transpose(-2, -1)

# %% wrong: the columns have length one
# visible test_cosine_scores_values: names it: cosine_scores(queries of shape (2, 2), keys of shape (3, 2)): each column has length one, not each row: a token is a row.
# visible test_cosine_scores_zero_vector: cosine_scores(queries of shape (2, 2), keys of shape (3, 2)): gives 1 at [1, 0], expected 0.8. 2 of 6 numbers differ.
def cosine_scores(queries, keys):
    return F.normalize(queries, dim=-2) @ F.normalize(keys, dim=-2).transpose(-2, -1)

# %% wrong: one length for the whole matrix
# visible test_cosine_scores_values: names it: cosine_scores(queries of shape (2, 2), keys of shape (3, 2)): one length is used for the whole matrix: every vector has its own.
# visible test_cosine_scores_zero_vector: cosine_scores(queries of shape (2, 2), keys of shape (3, 2)): gives 0.7155 at [1, 0], expected 0.8. 2 of 6 numbers differ.
def cosine_scores(queries, keys):
    q = queries / queries.norm().clamp(min=1e-12)
    k = keys / keys.norm().clamp(min=1e-12)
    return q @ k.transpose(-2, -1)

# %% wrong: the sum of absolute values as length
# hidden test_cosine_scores_values: names it: cosine_scores(queries of shape (5, 3), keys of shape (4, 3)): the elements' sum is used as the length: the length is the root of the sum of squares.
# visible test_cosine_scores_zero_vector: cosine_scores(queries of shape (2, 2), keys of shape (3, 2)): gives 0.5714 at [1, 0], expected 0.8. 2 of 6 numbers differ.
def cosine_scores(queries, keys):
    return F.normalize(queries, p=1, dim=-1) @ F.normalize(keys, p=1, dim=-1).transpose(-2, -1)

# %% wrong: divides by the squared lengths
# visible test_cosine_scores_values: names it: cosine_scores(queries of shape (2, 2), keys of shape (3, 2)): the lengths are squared: divide by |a| |b|, not by their squares.
# visible test_cosine_scores_zero_vector: cosine_scores(queries of shape (2, 2), keys of shape (3, 2)): gives 0.08 at [1, 0], expected 0.8. 2 of 6 numbers differ.
def cosine_scores(queries, keys):
    q = queries / queries.pow(2).sum(dim=-1, keepdim=True).clamp(min=1e-12)
    k = keys / keys.pow(2).sum(dim=-1, keepdim=True).clamp(min=1e-12)
    return q @ k.transpose(-2, -1)

# %% wrong: normalizes in place
# visible test_cosine_scores_values: names it: cosine_scores(queries of shape (2, 2), keys of shape (3, 2)): changes its argument queries in place. Whoever called it still needs that tensor: work on a new one.
# visible test_cosine_scores_zero_vector: names it: cosine_scores(queries of shape (2, 2), keys of shape (3, 2)): changes its argument queries in place. Whoever called it still needs that tensor: work on a new one.
def cosine_scores(queries, keys):
    queries /= queries.norm(dim=-1, keepdim=True).clamp(min=1e-12)
    keys /= keys.norm(dim=-1, keepdim=True).clamp(min=1e-12)
    return queries @ keys.transpose(-2, -1)

# %% wrong: nan becomes 1
# visible test_cosine_scores_zero_vector: names it: cosine_scores(queries of shape (2, 2), keys of shape (3, 2)): a vector of zeros scores 1: without a direction it is like no other, so let it score 0.
def cosine_scores(queries, keys):
    q = queries / queries.norm(dim=-1, keepdim=True)
    k = keys / keys.norm(dim=-1, keepdim=True)
    return torch.nan_to_num(q @ k.transpose(-2, -1), nan=1.0)

# %% wrong: an epsilon large enough to be seen
# visible test_cosine_scores_values: names it: cosine_scores(queries of shape (2, 2), keys of shape (3, 2)): close, but not exact. Is a number added to the lengths, to keep them from zero? It must be far smaller.
# visible test_cosine_scores_zero_vector: cosine_scores(queries of shape (2, 2), keys of shape (3, 2)): gives 0.7944 at [1, 0], expected 0.8. 2 of 6 numbers differ.
def cosine_scores(queries, keys):
    q = queries / (queries.norm(dim=-1, keepdim=True) + 0.01)
    k = keys / (keys.norm(dim=-1, keepdim=True) + 0.01)
    return q @ k.transpose(-2, -1)

# %% wrong: no batch
# hidden test_cosine_scores_values: names it: cosine_scores(queries of shape (2, 5, 3), keys of shape (2, 4, 3)): raises RuntimeError: The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 0. Line 2 of the cell: `return F.normalize(queries, dim=1) @ F.normalize(keys, dim=1).T` It does run without the leading dimension. Every number of leading dimensions should do: count dimensions from the end, and .T moves them all.
# hidden test_cosine_scores_zero_vector: cosine_scores(queries of shape (2, 3, 2), keys of shape (2, 3, 2)): raises RuntimeError: Expected size for first two dimensions of batch2 tensor to be: [2, 2] but got: [2, 3]. Line 2 of the cell: `return F.normalize(queries, dim=1) @ F.normalize(keys, dim=1).T`
def cosine_scores(queries, keys):
    return F.normalize(queries, dim=1) @ F.normalize(keys, dim=1).T

# %% wrong: a small vector counts as zero
# hidden test_cosine_scores_values: names it: cosine_scores(queries of shape (2, 3, 5, 3), keys of shape (2, 3, 4, 3)): the cosines of very short vectors come out too small. Only a length of zero is special, and what keeps a length from zero must be far smaller than any length.
def cosine_scores(queries, keys):
    q = F.normalize(queries, dim=-1, eps=0.1)
    k = F.normalize(keys, dim=-1, eps=0.1)
    return q @ k.transpose(-2, -1)
