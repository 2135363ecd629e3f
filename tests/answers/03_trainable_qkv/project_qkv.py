# %% correct: three products
def project_qkv(x, W_query, W_key, W_value):
    queries = x @ W_query
    keys = x @ W_key
    values = x @ W_value
    return queries, keys, values

# %% correct: einsum, a list
def project_qkv(x, W_query, W_key, W_value):
    return [torch.einsum("...i,io->...o", x, W) for W in (W_query, W_key, W_value)]

# %% correct: F.linear
def project_qkv(x, W_query, W_key, W_value):
    return tuple(F.linear(x, W.T) for W in (W_query, W_key, W_value))

# %% correct: one wide product, split again
def project_qkv(x, W_query, W_key, W_value):
    widths = [W_query.shape[1], W_key.shape[1], W_value.shape[1]]
    return torch.matmul(x, torch.cat([W_query, W_key, W_value], dim=1)).split(widths, dim=-1)

# %% correct: a loop over features
def project_qkv(x, W_query, W_key, W_value):
    def project(W):
        total = 0
        for i in range(W.shape[0]):
            total = total + x[..., i : i + 1] * W[i]
        return total
    return project(W_query), project(W_key), project(W_value)

# %% wrong: W_query twice
# visible test_project_qkv_values: names it: the keys, returned second: these are the queries.
# hidden test_project_qkv_batch: part 2 of project_qkv(x of shape (3, 4, 6), W_query of shape (6, 3), W_key of shape (6, 3), W_value of shape (6, 5)) in float64: gives 1.577 at [0, 0, 0], expected -2.713. 36 of 36 numbers differ.
def project_qkv(x, W_query, W_key, W_value):
    return x @ W_query, x @ W_query, x @ W_value

# %% wrong: keys first
# visible test_project_qkv_values: names it: the queries, returned first: these are the keys.
# hidden test_project_qkv_batch: part 1 of project_qkv(x of shape (3, 4, 6), W_query of shape (6, 3), W_key of shape (6, 3), W_value of shape (6, 5)) in float64: gives -2.713 at [0, 0, 0], expected 1.577. 36 of 36 numbers differ.
def project_qkv(x, W_query, W_key, W_value):
    return x @ W_key, x @ W_query, x @ W_value

# %% wrong: values before keys
# visible test_project_qkv_values: names it: the keys, returned second: these are the values.
# visible test_project_qkv_batch: project_qkv(x of shape (2, 4, 6), W_query of shape (6, 3), W_key of shape (6, 3), W_value of shape (6, 5)): has shape (2, 4, 5), expected (2, 4, 3).
def project_qkv(x, W_query, W_key, W_value):
    return x @ W_query, x @ W_value, x @ W_key

# %% wrong: stacked into one tensor
# visible test_project_qkv_values: project_qkv(x of shape (3, 2), W_query of shape (2, 1), W_key of shape (2, 1), W_value of shape (2, 2)): raises RuntimeError: stack expects each tensor to be equal size, but got [3, 1] at entry 0 and [3, 2] at entry 2. Line 2 of the cell: `return torch.stack([x @ W_query, x @ W_key, x @ W_value])`
# visible test_project_qkv_batch: project_qkv(x of shape (2, 4, 6), W_query of shape (6, 3), W_key of shape (6, 3), W_value of shape (6, 5)): raises RuntimeError: stack expects each tensor to be equal size, but got [2, 4, 3] at entry 0 and [2, 4, 5] at entry 2. Line 2 of the cell: `return torch.stack([x @ W_query, x @ W_key, x @ W_value])`
def project_qkv(x, W_query, W_key, W_value):
    return torch.stack([x @ W_query, x @ W_key, x @ W_value])

# %% wrong: the matrix on the left
# visible test_project_qkv_values: names it: the queries, returned first: has shape (1, 3), expected (3, 1). The last two dimensions are exchanged.
# visible test_project_qkv_batch: project_qkv(x of shape (2, 4, 6), W_query of shape (6, 3), W_key of shape (6, 3), W_value of shape (6, 5)): raises RuntimeError: Expected size for first two dimensions of batch2 tensor to be: [6, 6] but got: [6, 4]. Line 2 of the cell: `return W_query.T @ x.T, W_key.T @ x.T, W_value.T @ x.T`
def project_qkv(x, W_query, W_key, W_value):
    return W_query.T @ x.T, W_key.T @ x.T, W_value.T @ x.T

# %% wrong: only a matrix, no batch
# visible test_project_qkv_batch: project_qkv(x of shape (2, 4, 6), W_query of shape (6, 3), W_key of shape (6, 3), W_value of shape (6, 5)): raises RuntimeError: self must be a matrix. Line 2 of the cell: `return torch.mm(x, W_query), torch.mm(x, W_key), torch.mm(x, W_value)`
def project_qkv(x, W_query, W_key, W_value):
    return torch.mm(x, W_query), torch.mm(x, W_key), torch.mm(x, W_value)

# %% wrong: only a batch, no single sequence
# visible test_project_qkv_values: project_qkv(x of shape (3, 2), W_query of shape (2, 1), W_key of shape (2, 1), W_value of shape (2, 2)): raises ValueError: not enough values to unpack (expected 3, got 2). Line 2 of the cell: `b, T, d = x.shape`
# hidden test_project_qkv_batch: project_qkv(x of shape (2, 3, 4, 6), W_query of shape (6, 3), W_key of shape (6, 3), W_value of shape (6, 5)): raises ValueError: too many values to unpack (expected 3). Line 2 of the cell: `b, T, d = x.shape`
def project_qkv(x, W_query, W_key, W_value):
    b, T, d = x.shape
    return tuple((x.reshape(b * T, d) @ W).reshape(b, T, -1) for W in (W_query, W_key, W_value))

# %% wrong: values get the width of the queries
# visible test_project_qkv_values: the values, returned third: has shape (3, 1), expected (3, 2).
# visible test_project_qkv_batch: project_qkv(x of shape (2, 4, 6), W_query of shape (6, 3), W_key of shape (6, 3), W_value of shape (6, 5)): has shape (2, 4, 3), expected (2, 4, 5).
def project_qkv(x, W_query, W_key, W_value):
    return x @ W_query, x @ W_key, (x @ W_value)[..., : W_query.shape[1]]

# %% wrong: only the queries
# visible test_project_qkv_values: names it: project_qkv(x of shape (3, 2), W_query of shape (2, 1), W_key of shape (2, 1), W_value of shape (2, 2)): should return 3 things, but returns tensor of shape (3, 1).
# visible test_project_qkv_batch: names it: project_qkv(x of shape (2, 4, 6), W_query of shape (6, 3), W_key of shape (6, 3), W_value of shape (6, 5)): should return 3 things, but returns tensor of shape (2, 4, 3).
def project_qkv(x, W_query, W_key, W_value):
    return x @ W_query

# %% wrong: a dictionary
# visible test_project_qkv_values: names it: project_qkv(x of shape (3, 2), W_query of shape (2, 1), W_key of shape (2, 1), W_value of shape (2, 2)): should return 3 things, but returns a dict.
# visible test_project_qkv_batch: names it: project_qkv(x of shape (2, 4, 6), W_query of shape (6, 3), W_key of shape (6, 3), W_value of shape (6, 5)): should return 3 things, but returns a dict.
def project_qkv(x, W_query, W_key, W_value):
    return {"queries": x @ W_query, "keys": x @ W_key, "values": x @ W_value}

# %% wrong: values detached
# hidden test_project_qkv_values: names it: project_qkv: the gradient of its argument x is wrong, though the values are right. Part of the calculation leaves the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
# hidden test_project_qkv_batch: names it: project_qkv: the gradient of its argument x is wrong, though the values are right. Part of the calculation leaves the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
def project_qkv(x, W_query, W_key, W_value):
    return x @ W_query, x @ W_key, (x @ W_value).detach()

# %% wrong: the values are the tokens
# visible test_project_qkv_values: names it: the values, returned third: these are the tokens, not projected.
# visible test_project_qkv_batch: project_qkv(x of shape (2, 4, 6), W_query of shape (6, 3), W_key of shape (6, 3), W_value of shape (6, 5)): has shape (2, 4, 6), expected (2, 4, 5).
def project_qkv(x, W_query, W_key, W_value):
    return x @ W_query, x @ W_key, x
