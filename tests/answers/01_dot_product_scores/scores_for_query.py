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
# visible test_scores_for_query_values: names it: scores_for_query(query of shape (3,), keys of shape (6, 3)): you summed over the keys: sum over the features.
def scores_for_query(query, keys):
    return (keys * query).sum(dim=0)

# %% wrong: keeps the products
# visible test_scores_for_query_values: names it: scores_for_query(query of shape (3,), keys of shape (6, 3)): the products are there, their sum for each key is missing.
def scores_for_query(query, keys):
    return keys * query

# %% wrong: a Python list
# visible test_scores_for_query_values: names it: scores_for_query(query of shape (3,), keys of shape (6, 3)): should be a tensor, but is list of 6. Put the numbers into one tensor, with torch.stack for example.
def scores_for_query(query, keys):
    return [torch.dot(query, key) for key in keys]

# %% wrong: a column
# visible test_scores_for_query_values: names it: scores_for_query(query of shape (3,), keys of shape (6, 3)): the scores stand in a column: they should make a vector, with one dimension.
def scores_for_query(query, keys):
    return keys @ query[:, None]

# %% wrong: always the second token of the sentence
# visible test_scores_for_query_values: names it: scores_for_query(query of shape (3,), keys of shape (6, 3)): these are the scores of journey again: use the query that is given.
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
# visible test_scores_for_query_values: names it: scores_for_query(query of shape (3,), keys of shape (6, 3)): the scores are divided by √d: this chapter's scores are plain dot products.
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
# hidden test_scores_for_query_values: names it: scores_for_query(query of shape (4,), keys of shape (7, 4)): only six keys are scored: take as many as are given.
def scores_for_query(query, keys):
    scores = torch.empty(6)
    for j in range(6):
        scores[j] = torch.dot(query, keys[j])
    return scores

# %% wrong: rounded to the printed digits
# hidden test_scores_for_query_values: names it: scores_for_query: the gradient of its argument query is 0, though the values are right. A step without a slope, such as rounding or a comparison, stops it.
def scores_for_query(query, keys):
    return torch.round(keys @ query, decimals=4)
