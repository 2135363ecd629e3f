# %% correct: triu of ones
def causal_mask(context_length):
    return torch.triu(torch.ones(context_length, context_length, dtype=torch.bool), diagonal=1)

# %% correct: positions compared
def causal_mask(context_length):
    position = torch.arange(context_length)
    return position > position.unsqueeze(1)

# %% correct: not the lower triangle
def causal_mask(context_length):
    return torch.tril(torch.ones(context_length, context_length)) == 0

# %% correct: loops
def causal_mask(context_length):
    mask = torch.full((context_length, context_length), False)
    for query in range(context_length):
        mask[query, query + 1 :] = True
    return mask

# %% correct: PyTorch's additive mask, converted
def causal_mask(context_length):
    return nn.Transformer.generate_square_subsequent_mask(context_length) != 0

# %% wrong: the diagonal is blocked
# visible test_causal_mask_values: names it: causal_mask(3): the diagonal is blocked: a token may look at itself, and the first would have nothing to look at.
def causal_mask(context_length):
    return torch.triu(torch.ones(context_length, context_length, dtype=torch.bool))

# %% wrong: True means allowed
# visible test_causal_mask_values: names it: causal_mask(3): True stands where a query may look: in this course True means blocked.
def causal_mask(context_length):
    return torch.tril(torch.ones(context_length, context_length, dtype=torch.bool))

# %% wrong: the past is blocked
# visible test_causal_mask_values: names it: causal_mask(3): the past is blocked and the future is not.
def causal_mask(context_length):
    return torch.tril(torch.ones(context_length, context_length, dtype=torch.bool), diagonal=-1)

# %% wrong: one token too many is seen
# visible test_causal_mask_values: names it: causal_mask(3): each token sees one token too many: block from the first diagonal above the main one.
def causal_mask(context_length):
    return torch.triu(torch.ones(context_length, context_length, dtype=torch.bool), diagonal=2)

# %% wrong: float
# visible test_causal_mask_values: names it: causal_mask(3): has dtype torch.float32, expected torch.bool.
def causal_mask(context_length):
    return torch.triu(torch.ones(context_length, context_length), diagonal=1)

# %% wrong: additive
# visible test_causal_mask_values: names it: causal_mask(3): has dtype torch.float32, expected torch.bool.
def causal_mask(context_length):
    return torch.full((context_length, context_length), -torch.inf).triu(diagonal=1)

# %% wrong: always six tokens
# visible test_causal_mask_values: names it: causal_mask(3): is made for six tokens, whatever context_length is.
def causal_mask(context_length):
    return torch.ones(6, 6, dtype=torch.bool).triu(1)

# %% wrong: a batch dimension
# visible test_causal_mask_values: names it: causal_mask(3): there is a dimension too many: the shape should be (T, T), and it is repeated by itself.
def causal_mask(context_length):
    return torch.ones(1, context_length, context_length, dtype=torch.bool).triu(1)

# %% wrong: uint8
# visible test_causal_mask_values: names it: causal_mask(3): has dtype torch.uint8, expected torch.bool.
def causal_mask(context_length):
    return torch.ones(context_length, context_length, dtype=torch.uint8).triu(1)

# %% wrong: everything but the diagonal is blocked
# visible test_causal_mask_values: names it: causal_mask(3): the past is blocked as well: a token may look at all before it.
def causal_mask(context_length):
    return ~torch.eye(context_length, dtype=torch.bool)
