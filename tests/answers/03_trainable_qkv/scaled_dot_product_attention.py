# %% correct: three lines
def scaled_dot_product_attention(queries, keys, values, mask=None):
    scores = queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5
    if mask is not None:
        scores = scores.masked_fill(mask, -torch.inf)
    weights = torch.softmax(scores, dim=-1)
    return weights @ values, weights

# %% correct: the functions from above
def scaled_dot_product_attention(queries, keys, values, mask=None):
    weights = attention_weights(scaled_scores(queries, keys), mask)
    return torch.matmul(weights, values), weights

# %% correct: einsum all the way
def scaled_dot_product_attention(queries, keys, values, mask=None):
    scores = torch.einsum("...qd,...kd->...qk", queries, keys).div(queries.shape[-1] ** 0.5)
    if mask is not None:
        scores = torch.where(mask, float("-inf"), scores)
    weights = F.softmax(scores, -1)
    return torch.einsum("...qk,...kd->...qd", weights, values), weights

# %% correct: PyTorch's own, whose mask is the other way round
def scaled_dot_product_attention(queries, keys, values, mask=None):
    allowed = None if mask is None else ~mask.expand(*queries.shape[:-1], keys.shape[-2])
    context = F.scaled_dot_product_attention(queries, keys, values, attn_mask=allowed)
    one_hot = torch.eye(keys.shape[-2], dtype=keys.dtype).expand(*keys.shape[:-1], -1)
    weights = F.scaled_dot_product_attention(queries, keys, one_hot, attn_mask=allowed)
    return [context, weights]

# %% wrong: weights first
# visible test_scaled_dot_product_attention_values: names it: the weights, returned second: this is the context: it is returned first.
# visible test_scaled_dot_product_attention_mask: the context, returned first: has shape (2, 3), expected (2, 2).
def scaled_dot_product_attention(queries, keys, values, mask=None):
    weights = attention_weights(scaled_scores(queries, keys), mask)
    return weights, weights @ values

# %% wrong: only the context
# visible test_scaled_dot_product_attention_values: names it: scaled_dot_product_attention(queries of shape (2, 4), keys of shape (3, 4), values of shape (3, 2)): should return 2 things, but returns tensor of shape (2, 2).
# visible test_scaled_dot_product_attention_mask: names it: scaled_dot_product_attention(queries of shape (2, 5), keys of shape (3, 5), values of shape (3, 2), mask of shape (3,)): should return 2 things, but returns tensor of shape (2, 2).
def scaled_dot_product_attention(queries, keys, values, mask=None):
    return attention_weights(scaled_scores(queries, keys), mask) @ values

# %% wrong: no scaling
# visible test_scaled_dot_product_attention_values: names it: the weights, returned second: the scores are not scaled.
# hidden test_scaled_dot_product_attention_mask: the context, with a mask: gives 0.3361 at [0, 0], expected 0.2655. 20 of 20 numbers differ.
def scaled_dot_product_attention(queries, keys, values, mask=None):
    weights = attention_weights(queries @ keys.transpose(-2, -1), mask)
    return weights @ values, weights

# %% wrong: divided by d_k
# visible test_scaled_dot_product_attention_values: names it: the weights, returned second: the scores are divided by d_k: it is the root of d_k.
# hidden test_scaled_dot_product_attention_mask: the context, with a mask: gives 0.1642 at [0, 0], expected 0.2655. 20 of 20 numbers differ.
def scaled_dot_product_attention(queries, keys, values, mask=None):
    weights = attention_weights(queries @ keys.transpose(-2, -1) / keys.shape[-1], mask)
    return weights @ values, weights

# %% wrong: divided by the root of T
# visible test_scaled_dot_product_attention_values: names it: the weights, returned second: the scores are divided by the root of the number of keys.
# hidden test_scaled_dot_product_attention_mask: the context, with a mask: gives 0.2009 at [0, 0], expected 0.2655. 20 of 20 numbers differ.
def scaled_dot_product_attention(queries, keys, values, mask=None):
    weights = attention_weights(queries @ keys.transpose(-2, -1) / keys.shape[-2] ** 0.5, mask)
    return weights @ values, weights

# %% wrong: divided by the root of the values' width
# visible test_scaled_dot_product_attention_values: names it: the weights, returned second: the scores are divided by √2, here the number of queries and the width of the values: it is the width of the keys that counts.
# hidden test_scaled_dot_product_attention_mask: the context, with a mask: gives 0.218 at [0, 0], expected 0.2655. 20 of 20 numbers differ.
def scaled_dot_product_attention(queries, keys, values, mask=None):
    weights = attention_weights(queries @ keys.transpose(-2, -1) / values.shape[-1] ** 0.5, mask)
    return weights @ values, weights

# %% wrong: the mask is not passed on
# visible test_scaled_dot_product_attention_mask: names it: the context, returned first: the mask is not used: the blocked key is still looked at.
def scaled_dot_product_attention(queries, keys, values, mask=None):
    weights = attention_weights(scaled_scores(queries, keys))
    return weights @ values, weights

# %% wrong: the mask after the softmax
# visible test_scaled_dot_product_attention_mask: names it: the context, returned first: without the blocked key the weights no longer sum to one.
def scaled_dot_product_attention(queries, keys, values, mask=None):
    weights = attention_weights(scaled_scores(queries, keys))
    if mask is not None:
        weights = weights.masked_fill(mask, 0.0)
    return weights @ values, weights

# %% wrong: PyTorch's own with our mask as it is
# visible test_scaled_dot_product_attention_mask: names it: the context, returned first: only the blocked key is looked at: for us True means blocked.
def scaled_dot_product_attention(queries, keys, values, mask=None):
    context = F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask)
    return context, attention_weights(scaled_scores(queries, keys), mask)

# %% wrong: returns the scores for the weights
# visible test_scaled_dot_product_attention_values: names it: the weights, returned second: these are the scores.
# visible test_scaled_dot_product_attention_mask: the weights, returned second: gives 0 at [0, 0], expected 0.5. 4 of 6 numbers differ.
def scaled_dot_product_attention(queries, keys, values, mask=None):
    scores = scaled_scores(queries, keys)
    return attention_weights(scores, mask) @ values, scores

# %% wrong: softmax over the queries
# visible test_scaled_dot_product_attention_values: names it: the weights, returned second: the softmax is taken over the queries.
# visible test_scaled_dot_product_attention_mask: the context, returned first: gives nan at [0, 0], where 3 is expected.
def scaled_dot_product_attention(queries, keys, values, mask=None):
    scores = scaled_scores(queries, keys)
    if mask is not None:
        scores = scores.masked_fill(mask, -torch.inf)
    weights = scores.softmax(dim=-2)
    return weights @ values, weights

# %% wrong: the weights detached
# hidden test_scaled_dot_product_attention_values: names it: scaled_dot_product_attention: the gradient of its argument queries is wrong, though the values are right. Part of the calculation leaves the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
# hidden test_scaled_dot_product_attention_mask: names it: scaled_dot_product_attention: the gradient of its argument queries is wrong, though the values are right. Part of the calculation leaves the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
def scaled_dot_product_attention(queries, keys, values, mask=None):
    weights = attention_weights(scaled_scores(queries, keys), mask)
    return weights @ values, weights.detach()

# %% wrong: weights transposed
# visible test_scaled_dot_product_attention_values: names it: the weights, returned second: has shape (3, 2), expected (2, 3). The last two dimensions are exchanged.
# visible test_scaled_dot_product_attention_mask: names it: the weights, returned second: has shape (3, 2), expected (2, 3). The last two dimensions are exchanged.
def scaled_dot_product_attention(queries, keys, values, mask=None):
    weights = attention_weights(scaled_scores(queries, keys), mask)
    return weights @ values, weights.transpose(-2, -1)

# %% wrong: only for a batch
# visible test_scaled_dot_product_attention_values: scaled_dot_product_attention(queries of shape (2, 4), keys of shape (3, 4), values of shape (3, 2)): raises IndexError: Dimension out of range (expected to be in range of [-2, 1], but got 2). Line 2 of the cell: `scores = torch.bmm(queries, keys.transpose(1, 2)) / keys.shape[-1] ** 0.5`
# visible test_scaled_dot_product_attention_mask: scaled_dot_product_attention(queries of shape (2, 5), keys of shape (3, 5), values of shape (3, 2), mask of shape (3,)): raises IndexError: Dimension out of range (expected to be in range of [-2, 1], but got 2). Line 2 of the cell: `scores = torch.bmm(queries, keys.transpose(1, 2)) / keys.shape[-1] ** 0.5`
def scaled_dot_product_attention(queries, keys, values, mask=None):
    scores = torch.bmm(queries, keys.transpose(1, 2)) / keys.shape[-1] ** 0.5
    weights = attention_weights(scores, mask)
    return torch.bmm(weights, values), weights

# %% wrong: -1e4 where blocked, values forgotten in the sum
# visible test_scaled_dot_product_attention_values: the context, returned first: has shape (2, 4), expected (2, 2).
# visible test_scaled_dot_product_attention_mask: the context, returned first: has shape (2, 5), expected (2, 2).
def scaled_dot_product_attention(queries, keys, values, mask=None):
    weights = attention_weights(scaled_scores(queries, keys), mask)
    return weights @ keys, weights
