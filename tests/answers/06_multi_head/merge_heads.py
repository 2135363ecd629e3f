# %% correct: transpose, contiguous, view
def merge_heads(x):
    b, h, T, head_dim = x.shape
    return x.transpose(1, 2).contiguous().view(b, T, h * head_dim)

# %% correct: the heads one behind the other
def merge_heads(x):
    return torch.cat([x[:, i] for i in range(x.shape[1])], dim=-1)

# %% correct: permute and reshape
def merge_heads(x):
    b, _, T, _ = x.size()
    return x.permute(0, 2, 1, 3).reshape(b, T, -1)

# %% correct: unbind, written into a fresh tensor
def merge_heads(x):
    b, h, T, head_dim = x.shape
    out = x.new_empty((b, T, h * head_dim))
    for i, head in enumerate(x.unbind(1)):
        out[..., i * head_dim : (i + 1) * head_dim] = head
    return out

# %% correct: einsum for the order, flatten for the rest
def merge_heads(x):
    return torch.einsum("bhtd->bthd", x).flatten(2, 3)

# %% wrong: view without transpose
# visible test_merge_heads_values: names it: merge_heads(x of shape (1, 2, 3, 2)): the shape is right, the numbers are not: different tokens of one head are put together. Bring heads and features next to each other first.
def merge_heads(x):
    b, h, T, head_dim = x.shape
    return x.reshape(b, T, h * head_dim)

# %% wrong: view of what is not contiguous
# visible test_merge_heads_values: merge_heads(x of shape (1, 2, 3, 2)): raises RuntimeError: view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead. Line 3 of the cell: `return x.transpose(1, 2).view(b, T, h * head_dim)`
def merge_heads(x):
    b, h, T, head_dim = x.shape
    return x.transpose(1, 2).view(b, T, h * head_dim)

# %% wrong: features of the heads interleaved
# visible test_merge_heads_values: names it: merge_heads(x of shape (1, 2, 3, 2)): the features of the heads are mixed: all of head 0 comes first, then all of head 1.
def merge_heads(x):
    return x.permute(0, 2, 3, 1).flatten(2)

# %% wrong: the sum of the heads
# visible test_merge_heads_values: names it: merge_heads(x of shape (1, 2, 3, 2)): the heads are added up: put them one behind the other.
def merge_heads(x):
    return x.sum(dim=1)

# %% wrong: the mean of the heads
# visible test_merge_heads_values: names it: merge_heads(x of shape (1, 2, 3, 2)): you took the mean of the heads: put them one behind the other.
def merge_heads(x):
    return x.mean(dim=1)

# %% wrong: heads under each other
# visible test_merge_heads_values: names it: merge_heads(x of shape (1, 2, 3, 2)): the heads stand under each other, as if they were more tokens.
def merge_heads(x):
    b, h, T, head_dim = x.shape
    return x.reshape(b, h * T, head_dim)

# %% wrong: only the transpose
# visible test_merge_heads_values: names it: merge_heads(x of shape (1, 2, 3, 2)): each token has its heads, but they are still a dimension of their own: put them one behind the other.
def merge_heads(x):
    return x.transpose(1, 2)

# %% wrong: the last two exchanged
# visible test_merge_heads_values: names it: merge_heads(x of shape (1, 2, 3, 2)): tokens and features have changed places: a token needs its own features, of all heads.
def merge_heads(x):
    b, h, T, head_dim = x.shape
    return x.transpose(2, 3).reshape(b, T, h * head_dim)

# %% wrong: the heads in reverse
# visible test_merge_heads_values: names it: merge_heads(x of shape (1, 2, 3, 2)): the heads come in the wrong order: head 0 first.
def merge_heads(x):
    return torch.cat(list(x.flip(1).unbind(1)), dim=-1)

# %% wrong: sizes from the example
# hidden test_merge_heads_values: names it: merge_heads(x of shape (2, 2, 6, 2)): the sizes of the example are used for every input: take those of x.
def merge_heads(x):
    return x.transpose(1, 2).reshape(-1, 3, 4)

# %% wrong: the first sentence alone
# hidden test_merge_heads_values: names it: merge_heads(x of shape (2, 2, 6, 2)): the first sentence is merged and the others are lost.
def merge_heads(x):
    return torch.cat(list(x[0]), dim=-1).unsqueeze(0)

# %% wrong: works for contiguous memory alone
# hidden test_merge_heads_values: merge_heads(x of shape (2, 3, 5, 4)): raises RuntimeError: view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead. Line 3 of the cell: `return x.view(b, h, T * head_dim).view(b, h, T, head_dim).transpose(1, 2).reshape(b, T, -1)`
def merge_heads(x):
    b, h, T, head_dim = x.shape
    return x.view(b, h, T * head_dim).view(b, h, T, head_dim).transpose(1, 2).reshape(b, T, -1)

# %% wrong: leaves the graph
# hidden test_merge_heads_values: names it: merge_heads: no gradient reaches its argument x. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
def merge_heads(x):
    return torch.tensor(x.transpose(1, 2).flatten(2).tolist(), dtype=x.dtype)
