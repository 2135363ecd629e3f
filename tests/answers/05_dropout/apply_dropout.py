# %% correct: product, then division
def apply_dropout(x, keep, p):
    return x * keep / (1 - p)

# %% correct: torch.where
def apply_dropout(x, keep, p):
    return torch.where(keep, x / (1 - p), 0.0)

# %% correct: masked_fill of what is not kept
def apply_dropout(x, keep, p):
    scale = 1 / (1 - p)
    return (x * scale).masked_fill(~keep, 0)

# %% correct: entry by entry
def apply_dropout(x, keep, p):
    flat = [value / (1.0 - p) if stays else value * 0 for value, stays in zip(x.reshape(-1), keep.reshape(-1))]
    return torch.stack(flat).reshape(x.shape)

# %% correct: indexed assignment into zeros
def apply_dropout(x, keep, p):
    result = torch.zeros_like(x)
    result[keep] = x[keep] / (1 - p)
    return result

# %% wrong: forgets to scale
# visible test_apply_dropout_values: names it: apply_dropout(x of shape (2, 3), keep of shape (2, 3), 0.2): the rest is not scaled: divide what is kept by the probability to keep.
def apply_dropout(x, keep, p):
    return x * keep

# %% wrong: divides by p
# visible test_apply_dropout_values: names it: apply_dropout(x of shape (2, 3), keep of shape (2, 3), 0.2): the rest is divided by p: divide by the probability to keep, 1 - p.
def apply_dropout(x, keep, p):
    return x * keep / p

# %% wrong: multiplies by 1 - p
# visible test_apply_dropout_values: names it: apply_dropout(x of shape (2, 3), keep of shape (2, 3), 0.2): the rest is multiplied by 1 - p, which makes it smaller still: divide by it.
def apply_dropout(x, keep, p):
    return x * keep * (1 - p)

# %% wrong: takes the mask for what is dropped
# visible test_apply_dropout_values: names it: apply_dropout(x of shape (2, 3), keep of shape (2, 3), 0.2): you kept what should go: True means that the entry is kept.
def apply_dropout(x, keep, p):
    return x.masked_fill(keep, 0) / (1 - p)

# %% wrong: divides by the share that this mask keeps
# visible test_apply_dropout_values: names it: apply_dropout(x of shape (2, 3), keep of shape (2, 3), 0.2): you divided by the share that this mask keeps, 4 of 6: the factor depends on p alone.
def apply_dropout(x, keep, p):
    return x * keep / keep.float().mean()

# %% wrong: renormalizes the sum
# visible test_apply_dropout_values: names it: apply_dropout(x of shape (2, 3), keep of shape (2, 3), 0.2): each row is divided by its sum: the factor depends on p alone.
def apply_dropout(x, keep, p):
    kept = x * keep
    return kept / kept.sum(dim=-1, keepdim=True)

# %% wrong: the factor for p = 0.5 whatever p is
# visible test_apply_dropout_values: names it: apply_dropout(x of shape (2, 3), keep of shape (2, 3), 0.2): gives 8 at [0, 0], expected 5. 4 of 6 numbers differ. Every number is 1.6 times what it should be.
def apply_dropout(x, keep, p):
    return 2 * x * keep

# %% wrong: returns the kept entries only
# visible test_apply_dropout_values: apply_dropout(x of shape (2, 3), keep of shape (2, 3), 0.2): has shape (4,), expected (2, 3). That is 1 dimension, not 2.
def apply_dropout(x, keep, p):
    return x[keep] / (1 - p)

# %% wrong: changes x in place
# visible test_apply_dropout_values: names it: apply_dropout(x of shape (2, 3), keep of shape (2, 3), 0.2): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
def apply_dropout(x, keep, p):
    x[~keep] = 0
    return x / (1 - p)

# %% wrong: a new mask, the given one is not used
# visible test_apply_dropout_values: apply_dropout(x of shape (2, 3), keep of shape (2, 3), 0.2): gives -10 at [0, 1], expected 0. 1 of 6 numbers differ.
def apply_dropout(x, keep, p):
    keep = torch.rand(x.shape) >= p
    return x * keep / (1 - p)

# %% wrong: cuts the gradient
# hidden test_apply_dropout_values: names it: apply_dropout: no gradient reaches its argument x. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
def apply_dropout(x, keep, p):
    return x.detach() * keep / (1 - p)

# %% wrong: always float32
# hidden test_apply_dropout_values: names it: apply_dropout(x of shape (7,), keep of shape (7,), 0.0) in float64: has dtype torch.float32, expected torch.float64.
def apply_dropout(x, keep, p):
    return x.float() * keep.float() / (1 - p)

# %% wrong: scales everything and drops nothing
# visible test_apply_dropout_values: names it: apply_dropout(x of shape (2, 3), keep of shape (2, 3), 0.2): everything is scaled, and nothing is dropped.
def apply_dropout(x, keep, p):
    return x / (1 - p)
