# %% correct: zeros filled
def additive_mask(blocked):
    return torch.zeros(blocked.shape).masked_fill(blocked, -torch.inf)

# %% correct: where
def additive_mask(blocked):
    return torch.where(blocked, float("-inf"), 0.0)

# %% correct: logarithm of what is allowed
def additive_mask(blocked):
    return torch.log((~blocked).float())

# %% correct: indexed assignment
def additive_mask(blocked):
    mask = torch.zeros_like(blocked, dtype=torch.float32)
    mask[blocked] = -torch.inf
    return mask

# %% correct: a list of numbers, reshaped
def additive_mask(blocked):
    flat = [-torch.inf if value else 0.0 for value in blocked.flatten().tolist()]
    return torch.tensor(flat).reshape(blocked.shape)

# %% wrong: times infinity
# visible test_additive_mask_values: names it: additive_mask(blocked of shape (2, 3)): 0 * inf is nan: choose between the two numbers, do not multiply.
def additive_mask(blocked):
    return blocked.float() * -torch.inf

# %% wrong: minus 1e9
# visible test_additive_mask_values: names it: additive_mask(blocked of shape (2, 3)): a large negative number is not -inf: a score that is lower still would lose against it.
def additive_mask(blocked):
    return blocked.float() * -1e9

# %% wrong: the smallest float
# visible test_additive_mask_values: names it: additive_mask(blocked of shape (2, 3)): the lowest of all floats is a number still, not -inf: a row of nothing else would share its weight out.
def additive_mask(blocked):
    return torch.where(blocked, torch.finfo(torch.float32).min, 0.0)

# %% wrong: the wrong way round
# visible test_additive_mask_values: names it: additive_mask(blocked of shape (2, 3)): the allowed keys get -inf: True means blocked.
def additive_mask(blocked):
    return torch.where(blocked, 0.0, -torch.inf)

# %% wrong: plus infinity
# visible test_additive_mask_values: names it: additive_mask(blocked of shape (2, 3)): blocked keys get +inf: the softmax would give them everything.
def additive_mask(blocked):
    return torch.where(blocked, torch.inf, 0.0)

# %% wrong: ones where allowed
# visible test_additive_mask_values: names it: additive_mask(blocked of shape (2, 3)): allowed keys get 1: adding 1 changes a score, adding 0 does not.
def additive_mask(blocked):
    return torch.ones(blocked.shape).masked_fill(blocked, -torch.inf)

# %% wrong: makes its own triangle
# visible test_additive_mask_values: names it: additive_mask(blocked of shape (2, 3)): this is the mask of the future, whatever came: turn the mask that is given.
def additive_mask(blocked):
    T = blocked.shape[-1]
    return torch.full((T, T), -torch.inf).triu(1)

# %% wrong: fills the boolean mask itself
# visible test_additive_mask_values: names it: additive_mask(blocked of shape (2, 3)): has dtype torch.bool, expected torch.float32.
def additive_mask(blocked):
    return blocked.masked_fill(blocked, -torch.inf)

# %% wrong: float64
# visible test_additive_mask_values: names it: additive_mask(blocked of shape (2, 3)): has dtype torch.float64, expected torch.float32.
def additive_mask(blocked):
    return torch.zeros(blocked.shape, dtype=torch.float64).masked_fill(blocked, -torch.inf)

# %% wrong: only for two dimensions
# hidden test_additive_mask_values: additive_mask(blocked of shape (5,)): raises ValueError: not enough values to unpack (expected 2, got 1). Line 2 of the cell: `rows, columns = blocked.shape`
def additive_mask(blocked):
    rows, columns = blocked.shape
    mask = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            if blocked[i, j]:
                mask[i, j] = -torch.inf
    return mask

# %% wrong: minus one
# visible test_additive_mask_values: names it: additive_mask(blocked of shape (2, 3)): blocked keys get -1: a score that is lower by 1 still gets weight.
def additive_mask(blocked):
    return -blocked.float()
