# %% correct: the last two dimensions exchanged
def mended_attention(x, W_query, W_key, W_value):
    queries, keys, values = x @ W_query, x @ W_key, x @ W_value
    weights = torch.softmax(queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5, dim=-1)
    return weights @ values

# %% correct: PyTorch's own
def mended_attention(x, W_query, W_key, W_value):
    return F.scaled_dot_product_attention(x @ W_query, x @ W_key, x @ W_value)

# %% correct: the flattened one, a sentence at a time
def mended_attention(x, W_query, W_key, W_value):
    return torch.cat([flattened_attention(one, W_query, W_key, W_value) for one in x.split(1)])

# %% correct: still flat, with the other sentences blocked
def mended_attention(x, W_query, W_key, W_value):
    b, T, d_in = x.shape
    rows = x.reshape(b * T, d_in)
    sentence = torch.arange(b).repeat_interleave(T)
    other = sentence.unsqueeze(1) != sentence.unsqueeze(0)
    scores = (rows @ W_query) @ (rows @ W_key).T / W_key.shape[-1] ** 0.5
    return (scores.masked_fill(other, -torch.inf).softmax(-1) @ (rows @ W_value)).reshape(b, T, -1)

# %% correct: the functions from above
def mended_attention(x, W_query, W_key, W_value):
    context, _ = scaled_dot_product_attention(*project_qkv(x, W_query, W_key, W_value))
    return context

# %% wrong: not mended
# visible test_mended_attention_values: names it: mended_attention(x of shape (3, 2, 2), W_query of shape (2, 4), W_key of shape (2, 4), W_value of shape (2, 1)): it still looks at the other sentences.
def mended_attention(x, W_query, W_key, W_value):
    return flattened_attention(x, W_query, W_key, W_value)

# %% wrong: .T
# visible test_mended_attention_values: mended_attention(x of shape (3, 2, 2), W_query of shape (2, 4), W_key of shape (2, 4), W_value of shape (2, 1)): raises RuntimeError: The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 0. Line 3 of the cell: `return torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1) @ values`
def mended_attention(x, W_query, W_key, W_value):
    queries, keys, values = x @ W_query, x @ W_key, x @ W_value
    return torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1) @ values

# %% wrong: transpose(0, 1)
# visible test_mended_attention_values: mended_attention(x of shape (3, 2, 2), W_query of shape (2, 4), W_key of shape (2, 4), W_value of shape (2, 1)): raises RuntimeError: The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 0. Line 3 of the cell: `return torch.softmax(queries @ keys.transpose(0, 1) / keys.shape[-1] ** 0.5, dim=-1) @ values`
def mended_attention(x, W_query, W_key, W_value):
    queries, keys, values = x @ W_query, x @ W_key, x @ W_value
    return torch.softmax(queries @ keys.transpose(0, 1) / keys.shape[-1] ** 0.5, dim=-1) @ values

# %% wrong: softmax over the queries
# visible test_mended_attention_values: names it: mended_attention(x of shape (3, 2, 2), W_query of shape (2, 4), W_key of shape (2, 4), W_value of shape (2, 1)): the softmax runs over the queries.
def mended_attention(x, W_query, W_key, W_value):
    queries, keys, values = x @ W_query, x @ W_key, x @ W_value
    return torch.softmax(queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5, dim=1) @ values

# %% wrong: the first sentence's keys for all
# visible test_mended_attention_values: names it: mended_attention(x of shape (3, 2, 2), W_query of shape (2, 4), W_key of shape (2, 4), W_value of shape (2, 1)): all sentences use the keys of the first.
def mended_attention(x, W_query, W_key, W_value):
    queries, keys, values = x @ W_query, x @ W_key, x @ W_value
    return torch.softmax(queries @ keys[0].T / keys.shape[-1] ** 0.5, dim=-1) @ values

# %% wrong: across the batch
# visible test_mended_attention_values: names it: mended_attention(x of shape (3, 2, 2), W_query of shape (2, 4), W_key of shape (2, 4), W_value of shape (2, 1)): words look across the batch, not along their sentence.
def mended_attention(x, W_query, W_key, W_value):
    x = x.transpose(0, 1)
    return F.scaled_dot_product_attention(x @ W_query, x @ W_key, x @ W_value).transpose(0, 1)

# %% wrong: the scaling got lost
# visible test_mended_attention_values: names it: mended_attention(x of shape (3, 2, 2), W_query of shape (2, 4), W_key of shape (2, 4), W_value of shape (2, 1)): the scaling got lost.
def mended_attention(x, W_query, W_key, W_value):
    queries, keys, values = x @ W_query, x @ W_key, x @ W_value
    return torch.softmax(queries @ keys.transpose(1, 2), dim=-1) @ values

# %% wrong: scaled by the root of T
# visible test_mended_attention_values: names it: mended_attention(x of shape (3, 2, 2), W_query of shape (2, 4), W_key of shape (2, 4), W_value of shape (2, 1)): the scores are divided by √T: it is the keys' features that count.
def mended_attention(x, W_query, W_key, W_value):
    queries, keys, values = x @ W_query, x @ W_key, x @ W_value
    return torch.softmax(queries @ keys.transpose(1, 2) / x.shape[1] ** 0.5, dim=-1) @ values

# %% wrong: the batch is joined in the output
# visible test_mended_attention_values: mended_attention(x of shape (3, 2, 2), W_query of shape (2, 4), W_key of shape (2, 4), W_value of shape (2, 1)): has shape (6, 1), expected (3, 2, 1). That is 2 dimensions, not 3.
def mended_attention(x, W_query, W_key, W_value):
    return F.scaled_dot_product_attention(x @ W_query, x @ W_key, x @ W_value).flatten(0, 1)

# %% wrong: only the first sentence
# visible test_mended_attention_values: mended_attention(x of shape (3, 2, 2), W_query of shape (2, 4), W_key of shape (2, 4), W_value of shape (2, 1)): has shape (1, 2, 1), expected (3, 2, 1).
def mended_attention(x, W_query, W_key, W_value):
    return flattened_attention(x[:1], W_query, W_key, W_value)

# %% wrong: other sentences blocked after the softmax
# visible test_mended_attention_values: names it: mended_attention(x of shape (3, 2, 2), W_query of shape (2, 4), W_key of shape (2, 4), W_value of shape (2, 1)): the weights within a sentence no longer sum to one.
def mended_attention(x, W_query, W_key, W_value):
    b, T, d_in = x.shape
    rows = x.reshape(b * T, d_in)
    sentence = torch.arange(b).repeat_interleave(T)
    same = sentence.unsqueeze(1) == sentence.unsqueeze(0)
    scores = (rows @ W_query) @ (rows @ W_key).T / W_key.shape[-1] ** 0.5
    return ((scores.softmax(-1) * same) @ (rows @ W_value)).reshape(b, T, -1)
