# %% correct: a matrix product
def context_vector(weights, values):
    return weights @ values

# %% correct: a loop that adds up
def context_vector(weights, values):
    context = values.new_zeros(values.shape[1])
    for weight, value in zip(weights, values):
        context = context + weight * value
    return context

# %% correct: broadcast and sum
def context_vector(weights, values):
    return (weights.unsqueeze(-1) * values).sum(dim=0)

# %% correct: einsum
def context_vector(weights, values):
    return torch.einsum("t,td->d", weights, values)

# %% correct: the transposed product
def context_vector(weights, values):
    return torch.mv(values.t(), weights)

# %% wrong: the sum is missing
# visible test_context_vector_values: names it: context_vector(weights of shape (3,), values of shape (3, 3)): the rows are weighted, the sum over them is missing.
def context_vector(weights, values):
    return weights[:, None] * values

# %% wrong: sums over the features
# visible test_context_vector_values: names it: context_vector(weights of shape (3,), values of shape (3, 3)): you summed over the features: sum over the tokens.
def context_vector(weights, values):
    return (weights[:, None] * values).sum(dim=1)

# %% wrong: the mean of the weighted rows
# visible test_context_vector_values: names it: context_vector(weights of shape (3,), values of shape (3, 3)): this is the mean of the weighted rows, not their sum.
def context_vector(weights, values):
    return (weights[:, None] * values).mean(dim=0)

# %% wrong: the weights are not used
# visible test_context_vector_values: names it: context_vector(weights of shape (3,), values of shape (3, 3)): this is the plain mean of the rows: the weights are not used.
def context_vector(weights, values):
    return values.mean(dim=0)

# %% wrong: softmax once more
# visible test_context_vector_values: names it: context_vector(weights of shape (3,), values of shape (3, 3)): the weights went through softmax once more: they are weights already.
def context_vector(weights, values):
    return torch.softmax(weights, dim=0) @ values

# %% wrong: the weights are normalized again
# hidden test_context_vector_values: names it: context_vector(weights of shape (5,), values of shape (5, 3)): the weights are divided by their sum: use them as they are.
def context_vector(weights, values):
    return (weights / weights.sum()) @ values

# %% wrong: the row with the largest weight
# visible test_context_vector_values: names it: context_vector(weights of shape (3,), values of shape (3, 3)): this is the row with the largest weight: mix all of them.
def context_vector(weights, values):
    return values[weights.argmax()]

# %% wrong: the factors exchanged
# visible test_context_vector_values: names it: context_vector(weights of shape (3,), values of shape (3, 3)): the weights mix the columns: a weight belongs to a row, which is a token.
def context_vector(weights, values):
    return values @ weights

# %% wrong: broadcasts the weights along the features
# visible test_context_vector_values: names it: context_vector(weights of shape (3,), values of shape (3, 3)): each column has a weight of its own here: a weight belongs to a row, which is a token.
def context_vector(weights, values):
    return (weights * values).sum(dim=0)

# %% wrong: a row, not a vector
# visible test_context_vector_values: names it: context_vector(weights of shape (3,), values of shape (3, 3)): the numbers are right, but they stand in a matrix of one row: return a vector.
def context_vector(weights, values):
    return weights[None, :] @ values

# %% wrong: everything summed
# visible test_context_vector_values: names it: context_vector(weights of shape (3,), values of shape (3, 3)): everything is summed: sum over the tokens only.
def context_vector(weights, values):
    return (weights[:, None] * values).sum()

# %% wrong: adds in place to a row of the values
# visible test_context_vector_values: names it: context_vector(weights of shape (3,), values of shape (3, 3)): changes its argument values in place. Whoever called it still needs that tensor: work on a new one.
def context_vector(weights, values):
    context = values[0]
    context *= weights[0]
    for i in range(1, len(weights)):
        context += weights[i] * values[i]
    return context

# %% wrong: Python numbers as weights
# hidden test_context_vector_values: names it: context_vector: no gradient reaches its argument weights. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
def context_vector(weights, values):
    return sum(w * v for w, v in zip(weights.tolist(), values))

# %% wrong: leaves the last token out
# visible test_context_vector_values: names it: context_vector(weights of shape (3,), values of shape (3, 3)): the last row is left out.
def context_vector(weights, values):
    context = torch.zeros_like(values[0])
    for i in range(len(weights) - 1):
        context = context + weights[i] * values[i]
    return context
