# %% correct: view, then transpose
def split_heads(x, num_heads):
    b, T, d_out = x.shape
    if d_out % num_heads != 0:
        raise ValueError("d_out must be divisible by num_heads")
    return x.contiguous().view(b, T, num_heads, d_out // num_heads).transpose(1, 2)

# %% correct: chunks, stacked
def split_heads(x, num_heads):
    if x.shape[-1] % num_heads:
        raise ValueError("not divisible")
    return torch.stack(torch.chunk(x, num_heads, dim=-1), dim=1)

# %% correct: a loop over slices into a fresh tensor
def split_heads(x, num_heads):
    b, T, d_out = x.shape
    head_dim = d_out // num_heads
    if head_dim * num_heads != d_out:
        raise ValueError(f"{d_out} / {num_heads}")
    out = torch.empty(b, num_heads, T, head_dim, dtype=x.dtype)
    for i in range(num_heads):
        out[:, i] = x[:, :, i * head_dim : (i + 1) * head_dim]
    return out

# %% correct: unflatten and permute, the error of PyTorch turned into the one asked for
def split_heads(x, num_heads):
    try:
        return x.unflatten(-1, (num_heads, -1)).permute(0, 2, 1, 3)
    except RuntimeError as error:
        raise ValueError(f"{x.size(-1)} features, {num_heads} heads") from error

# %% correct: by indices
def split_heads(x, num_heads):
    quotient, rest = divmod(x.shape[2], num_heads)
    if rest:
        raise ValueError
    index = torch.arange(x.shape[2]).reshape(num_heads, quotient)
    return x[:, :, index].swapaxes(1, 2).contiguous()

# %% wrong: view without transpose
# visible test_split_heads_values: names it: split_heads(x of shape (1, 3, 4), 2): the shape is right, the numbers are not: head 0 holds the first tokens whole. Every head needs a part of each token.
# visible test_split_heads_products: the scores of each head of split_heads(side_by_side, 2): gives 0.754 at [0, 0, 0, 1], expected 1.163. 16 of 18 numbers differ.
def split_heads(x, num_heads):
    b, T, d_out = x.shape
    if d_out % num_heads:
        raise ValueError("d_out must be divisible by num_heads")
    return x.reshape(b, num_heads, T, d_out // num_heads)

# %% wrong: the transpose is missing
# visible test_split_heads_values: names it: split_heads(x of shape (1, 3, 4), 2): the features are cut, but the tokens come before the heads: it is (b, h, T, head_dim).
# visible test_split_heads_products: split_heads(x of shape (1, 3, 8), 2): has shape (1, 3, 2, 4), expected (1, 2, 3, 4).
# visible test_split_heads_refuses: split_heads(x of shape (3, 4, 5), 5): has shape (3, 4, 5, 1), expected (3, 5, 4, 1).
def split_heads(x, num_heads):
    b, T, d_out = x.shape
    if d_out % num_heads:
        raise ValueError("d_out must be divisible by num_heads")
    return x.reshape(b, T, num_heads, d_out // num_heads)

# %% wrong: every second feature
# visible test_split_heads_values: names it: split_heads(x of shape (1, 3, 4), 2): head 0 takes every second feature: its features are neighbours.
# visible test_split_heads_products: the scores of each head of split_heads(side_by_side, 2): gives 0.1802 at [0, 0, 0, 0], expected 1.321. 18 of 18 numbers differ.
def split_heads(x, num_heads):
    b, T, d_out = x.shape
    if d_out % num_heads:
        raise ValueError("d_out must be divisible by num_heads")
    return x.reshape(b, T, d_out // num_heads, num_heads).permute(0, 3, 1, 2)

# %% wrong: num_heads taken for the width of a head
# hidden test_split_heads_values: names it: split_heads(x of shape (2, 5, 12), 3): num_heads was taken for the width of a head.
# visible test_split_heads_products: split_heads(x of shape (1, 3, 8), 2): has shape (1, 4, 3, 2), expected (1, 2, 3, 4).
# visible test_split_heads_refuses: split_heads(x of shape (3, 4, 5), 5): has shape (3, 1, 4, 5), expected (3, 5, 4, 1).
def split_heads(x, num_heads):
    b, T, d_out = x.shape
    if d_out % num_heads:
        raise ValueError("d_out must be divisible by num_heads")
    return x.reshape(b, T, -1, num_heads).transpose(1, 2)

# %% wrong: no refusal
# visible test_split_heads_refuses: split_heads(x of shape (3, 4, 5), 2): raises RuntimeError: shape '[3, 4, 2, 2]' is invalid for input of size 60. Line 3 of the cell: `return x.reshape(b, T, num_heads, d_out // num_heads).transpose(1, 2)` It should raise ValueError.
def split_heads(x, num_heads):
    b, T, d_out = x.shape
    return x.reshape(b, T, num_heads, d_out // num_heads).transpose(1, 2)

# %% wrong: an assertion, not a ValueError
# visible test_split_heads_refuses: names it: split_heads(x of shape (3, 4, 5), 2): raises AssertionError: d_out must be divisible by num_heads. Line 3 of the cell: `assert d_out % num_heads == 0, "d_out must be divisible by num_heads"` It should raise ValueError.
def split_heads(x, num_heads):
    b, T, d_out = x.shape
    assert d_out % num_heads == 0, "d_out must be divisible by num_heads"
    return x.reshape(b, T, num_heads, d_out // num_heads).transpose(1, 2)

# %% wrong: drops the features that are left over
# visible test_split_heads_refuses: names it: split_heads(x of shape (3, 4, 5), 2): should raise ValueError, but returns tensor of shape (3, 2, 4, 2). Check the argument before you compute.
def split_heads(x, num_heads):
    head_dim = x.shape[-1] // num_heads
    return torch.stack([x[..., i * head_dim : (i + 1) * head_dim] for i in range(num_heads)], dim=1)

# %% wrong: uneven heads, padded by chunk
# visible test_split_heads_refuses: split_heads(x of shape (3, 4, 5), 2): raises RuntimeError: stack expects each tensor to be equal size, but got [3, 4, 3] at entry 0 and [3, 4, 2] at entry 1. Line 2 of the cell: `return torch.stack(x.chunk(num_heads, dim=-1), dim=1)` It should raise ValueError.
def split_heads(x, num_heads):
    return torch.stack(x.chunk(num_heads, dim=-1), dim=1)

# %% wrong: checks the tokens
# visible test_split_heads_values: names it: split_heads(x of shape (1, 3, 4), 2): raises ValueError: cannot be divided. Line 4 of the cell: `raise ValueError("cannot be divided")` Nothing should be raised here.
# visible test_split_heads_products: names it: split_heads(x of shape (1, 3, 8), 2): raises ValueError: cannot be divided. Line 4 of the cell: `raise ValueError("cannot be divided")` Nothing should be raised here.
# visible test_split_heads_refuses: split_heads(x of shape (3, 4, 5), 2): raises RuntimeError: shape '[3, 4, 2, 2]' is invalid for input of size 60. Line 5 of the cell: `return x.reshape(b, T, num_heads, d_out // num_heads).transpose(1, 2)` It should raise ValueError.
def split_heads(x, num_heads):
    b, T, d_out = x.shape
    if T % num_heads:
        raise ValueError("cannot be divided")
    return x.reshape(b, T, num_heads, d_out // num_heads).transpose(1, 2)

# %% wrong: transposes the wrong dimensions
# visible test_split_heads_values: names it: split_heads(x of shape (1, 3, 4), 2): head and features of a token have changed places: it is (b, h, T, head_dim).
# visible test_split_heads_products: split_heads(x of shape (1, 3, 8), 2): has shape (1, 3, 4, 2), expected (1, 2, 3, 4).
# visible test_split_heads_refuses: split_heads(x of shape (3, 4, 5), 5): has shape (3, 4, 1, 5), expected (3, 5, 4, 1).
def split_heads(x, num_heads):
    b, T, d_out = x.shape
    if d_out % num_heads:
        raise ValueError("d_out must be divisible by num_heads")
    return x.reshape(b, T, num_heads, d_out // num_heads).transpose(2, 3)

# %% wrong: fails where the memory is not contiguous
# hidden test_split_heads_values: split_heads(x of shape (2, 5, 12), 3): raises RuntimeError: view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead. Line 5 of the cell: `return x.view(-1).view(b, T, num_heads, d_out // num_heads).transpose(1, 2)`
def split_heads(x, num_heads):
    b, T, d_out = x.shape
    if d_out % num_heads:
        raise ValueError("d_out must be divisible by num_heads")
    return x.view(-1).view(b, T, num_heads, d_out // num_heads).transpose(1, 2)

# %% wrong: a list of heads
# visible test_split_heads_values: names it: split_heads(x of shape (1, 3, 4), 2): should be a tensor, but is list of 2. Put the numbers into one tensor, with torch.stack for example.
# visible test_split_heads_products: names it: split_heads(x of shape (1, 3, 8), 2): should be a tensor, but is list of 2. Put the numbers into one tensor, with torch.stack for example.
# visible test_split_heads_refuses: names it: split_heads(x of shape (3, 4, 5), 5): should be a tensor, but is list of 5. Put the numbers into one tensor, with torch.stack for example.
def split_heads(x, num_heads):
    if x.shape[-1] % num_heads:
        raise ValueError("d_out must be divisible by num_heads")
    return list(x.chunk(num_heads, dim=-1))

# %% wrong: float32 whatever comes in
# hidden test_split_heads_values: names it: split_heads(x of shape (2, 5, 12), 3) in float64: has dtype torch.float32, expected torch.float64.
def split_heads(x, num_heads):
    b, T, d_out = x.shape
    if d_out % num_heads:
        raise ValueError("d_out must be divisible by num_heads")
    out = torch.zeros(b, num_heads, T, d_out // num_heads)
    for i, part in enumerate(x.chunk(num_heads, dim=-1)):
        out[:, i] = part
    return out

# %% wrong: leaves the graph
# hidden test_split_heads_values: names it: split_heads: no gradient reaches its argument x. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
def split_heads(x, num_heads):
    b, T, d_out = x.shape
    if d_out % num_heads:
        raise ValueError("d_out must be divisible by num_heads")
    return x.detach().reshape(b, T, num_heads, d_out // num_heads).transpose(1, 2)

# %% wrong: returns the error
# visible test_split_heads_refuses: names it: split_heads(x of shape (3, 4, 5), 2): should raise ValueError, but returns a ValueError. Check the argument before you compute.
def split_heads(x, num_heads):
    b, T, d_out = x.shape
    if d_out % num_heads:
        return ValueError("d_out must be divisible by num_heads")
    return x.reshape(b, T, num_heads, d_out // num_heads).transpose(1, 2)
