# %% correct: matrix times vector
def scores_for_query(query, keys):
    return keys @ query

# %% correct: a list of dot products
def scores_for_query(query, keys):
    return torch.stack([dot_product(query, key) for key in keys])

# %% correct: broadcasting
def scores_for_query(query, keys):
    return (keys * query).sum(dim=-1)

# %% correct: fills a fresh tensor
def scores_for_query(query, keys):
    scores = keys.new_empty(len(keys))
    for j, key in enumerate(keys):
        scores[j] = torch.dot(key, query)
    return scores

# %% correct: einsum, through a one-row matrix
def scores_for_query(query, keys):
    return torch.einsum("qd,kd->qk", query[None], keys).squeeze(0)

# %% wrong: sums over the keys
# visible test_scores_for_query_values: scores_for_query(query of shape (3,), keys of shape (6, 3)): has shape (3,), expected (6,).
def scores_for_query(query, keys):
    return (keys * query).sum(dim=0)

# %% wrong: keeps the products
# visible test_scores_for_query_values: scores_for_query(query of shape (3,), keys of shape (6, 3)): has shape (6, 3), expected (6,). That is 2 dimensions, not 1.
def scores_for_query(query, keys):
    return keys * query

# %% wrong: a Python list
# visible test_scores_for_query_values: names it: scores_for_query(query of shape (3,), keys of shape (6, 3)): should be a tensor, but is list of 6. Put the numbers into one tensor, with torch.stack for example.
def scores_for_query(query, keys):
    return [torch.dot(query, key) for key in keys]

# %% wrong: a column
# visible test_scores_for_query_values: scores_for_query(query of shape (3,), keys of shape (6, 3)): has shape (6, 1), expected (6,). That is 2 dimensions, not 1.
def scores_for_query(query, keys):
    return keys @ query[:, None]

# %% wrong: always the second token of the sentence
# hidden test_scores_for_query_values: scores_for_query(query of shape (4,), keys of shape (7, 4)): raises RuntimeError: size mismatch, got input (7), mat (7x4), vec (3). Line 2 of the cell: `return keys @ inputs[1]`
def scores_for_query(query, keys):
    return keys @ inputs[1]

# %% wrong: ignores the query
# visible test_scores_for_query_values: names it: scores_for_query(query of shape (3,), keys of shape (6, 3)): these are the keys' dot products with themselves: the query is not used.
def scores_for_query(query, keys):
    return (keys * keys).sum(dim=-1)

# %% wrong: the first key is the query
# visible test_scores_for_query_values: names it: scores_for_query(query of shape (3,), keys of shape (6, 3)): these are the scores of token 0: use the query that is given.
def scores_for_query(query, keys):
    return keys @ keys[0]

# %% wrong: divided by the square root of d
# visible test_scores_for_query_values: names it: scores_for_query(query of shape (3,), keys of shape (6, 3)): gives 0.551 at [0], expected 0.9544. 6 of 6 numbers differ. Every number is 0.5774 times what it should be.
def scores_for_query(query, keys):
    return keys @ query / query.shape[0] ** 0.5

# %% wrong: cosines
# visible test_scores_for_query_values: names it: scores_for_query(query of shape (3,), keys of shape (6, 3)): these are cosines: the vectors keep their lengths here.
def scores_for_query(query, keys):
    return (keys @ query) / (keys.norm(dim=-1) * query.norm())

# %% wrong: softmax at once
# visible test_scores_for_query_values: names it: scores_for_query(query of shape (3,), keys of shape (6, 3)): these are softmax weights: this chapter stops at the scores.
def scores_for_query(query, keys):
    return torch.softmax(keys @ query, dim=0)

# %% wrong: built with torch.tensor, no gradient
# hidden test_scores_for_query_values: names it: scores_for_query: no gradient reaches its argument query. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
def scores_for_query(query, keys):
    return torch.tensor([torch.dot(query, key) for key in keys])

# %% wrong: works only for six keys
# hidden test_scores_for_query_values: scores_for_query(query of shape (4,), keys of shape (7, 4)): has shape (6,), expected (7,).
def scores_for_query(query, keys):
    scores = torch.empty(6)
    for j in range(6):
        scores[j] = torch.dot(query, keys[j])
    return scores

# %% wrong: rounded to the printed digits
# hidden test_scores_for_query_values: scores_for_query: the gradient of its argument query is wrong, though the values are right. Is part of the calculation detached?
def scores_for_query(query, keys):
    return torch.round(keys @ query, decimals=4)
