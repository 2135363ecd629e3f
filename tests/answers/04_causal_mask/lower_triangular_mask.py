# %% correct: tril of ones
def lower_triangular_mask(context_length):
    return torch.tril(torch.ones(context_length, context_length))

# %% correct: positions compared
def lower_triangular_mask(context_length):
    position = torch.arange(context_length)
    return (position[None, :] <= position[:, None]).float()

# %% correct: two loops
def lower_triangular_mask(context_length):
    mask = torch.zeros(context_length, context_length)
    for i in range(context_length):
        for j in range(i + 1):
            mask[i, j] = 1
    return mask

# %% correct: lists
def lower_triangular_mask(context_length):
    return torch.tensor([[1.0] * (i + 1) + [0.0] * (context_length - i - 1) for i in range(context_length)])

# %% correct: one minus the upper triangle
def lower_triangular_mask(context_length):
    return 1 - torch.ones((context_length, context_length)).triu(diagonal=1)

# %% correct: running sum of the identity
def lower_triangular_mask(context_length):
    return torch.eye(context_length).cumsum(dim=0)

# %% wrong: without the diagonal
# visible test_lower_triangular_mask_values: names it: lower_triangular_mask(3): the diagonal is 0: a token may look at itself.
def lower_triangular_mask(context_length):
    return torch.tril(torch.ones(context_length, context_length), diagonal=-1)

# %% wrong: one diagonal too many
# visible test_lower_triangular_mask_values: names it: lower_triangular_mask(3): each token sees one token too many: the first diagonal above the main one is 0.
def lower_triangular_mask(context_length):
    return torch.tril(torch.ones(context_length, context_length), diagonal=1)

# %% wrong: the upper triangle
# visible test_lower_triangular_mask_values: names it: lower_triangular_mask(3): this is the upper triangle: it lets each token see the future and hides the past.
def lower_triangular_mask(context_length):
    return torch.triu(torch.ones(context_length, context_length))

# %% wrong: ones where blocked
# visible test_lower_triangular_mask_values: names it: lower_triangular_mask(3): this marks what is blocked, and here 1 means may look.
def lower_triangular_mask(context_length):
    return torch.triu(torch.ones(context_length, context_length), diagonal=1)

# %% wrong: bool
# visible test_lower_triangular_mask_values: names it: lower_triangular_mask(3): has dtype torch.bool, expected torch.float32.
def lower_triangular_mask(context_length):
    return torch.ones(context_length, context_length, dtype=torch.bool).tril()

# %% wrong: integers
# visible test_lower_triangular_mask_values: names it: lower_triangular_mask(3): has dtype torch.int64, expected torch.float32.
def lower_triangular_mask(context_length):
    return torch.tril(torch.ones(context_length, context_length, dtype=torch.int64))

# %% wrong: float64
# visible test_lower_triangular_mask_values: names it: lower_triangular_mask(3): has dtype torch.float64, expected torch.float32.
def lower_triangular_mask(context_length):
    return torch.tril(torch.ones(context_length, context_length, dtype=torch.float64))

# %% wrong: always six tokens
# visible test_lower_triangular_mask_values: names it: lower_triangular_mask(3): is made for six tokens, whatever context_length is.
def lower_triangular_mask(context_length):
    return torch.tril(torch.ones(6, 6))

# %% wrong: with a batch dimension
# visible test_lower_triangular_mask_values: names it: lower_triangular_mask(3): there is a dimension too many: the shape should be (T, T), and it is repeated by itself.
def lower_triangular_mask(context_length):
    return torch.tril(torch.ones(1, context_length, context_length))

# %% wrong: tril of zeros
# visible test_lower_triangular_mask_values: names it: lower_triangular_mask(3): all entries are 0: there are no ones to keep.
def lower_triangular_mask(context_length):
    return torch.tril(torch.zeros(context_length, context_length))

# %% wrong: minus infinity above
# visible test_lower_triangular_mask_values: names it: lower_triangular_mask(3): -inf stands where 0 should: weights are to be multiplied by this mask.
def lower_triangular_mask(context_length):
    blocked = torch.ones(context_length, context_length).triu(1).bool()
    return torch.ones(context_length, context_length).masked_fill(blocked, -torch.inf)

# %% wrong: a list of lists
# visible test_lower_triangular_mask_values: names it: lower_triangular_mask(3): should be a tensor, but is list of 3. Put the numbers into one tensor, with torch.stack for example.
def lower_triangular_mask(context_length):
    return [[1.0 if j <= i else 0.0 for j in range(context_length)] for i in range(context_length)]
