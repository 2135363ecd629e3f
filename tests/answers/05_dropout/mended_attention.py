# %% correct: two names
def mended_attention(queries, keys, values, p, training):
    weights = weights_of(queries, keys)
    dropped = F.dropout(weights, p, training)
    return dropped @ values, weights

# %% correct: with the function of this chapter, a list, detached
def mended_attention(queries, keys, values, p, training):
    weights = weights_of(queries, keys)
    return [dropout(weights, p, training) @ values, weights.detach()]

# %% correct: a module in the right mode
def mended_attention(queries, keys, values, p, training):
    layer = nn.Dropout(p)
    layer.train(training)
    weights = weights_of(queries, keys)
    return torch.einsum("bij,bjd->bid", layer(weights), values), weights

# %% correct: by hand, with a branch
def mended_attention(queries, keys, values, p, training):
    weights = torch.softmax(queries @ keys.mT / queries.shape[-1] ** 0.5, dim=-1)
    used = weights
    if training:
        used = weights * (torch.rand(weights.shape) >= p) / (1 - p)
    return torch.bmm(used, values), weights

# %% wrong: as found
# visible test_mended_attention_weights: names it: the weights of mended_attention(queries of shape (2, 5, 3), keys of shape (2, 7, 3), values of shape (2, 7, 4), 0.5, True): some are zero, they are those after dropout.
# visible test_mended_attention_context: names it: mended_attention: two calls with training=False differ, so something is still dropped.
def mended_attention(queries, keys, values, p, training):
    weights = weights_of(queries, keys)
    weights = F.dropout(weights, p)
    return weights @ values, weights

# %% wrong: still drops at inference
# visible test_mended_attention_context: names it: mended_attention: two calls with training=False differ, so something is still dropped.
def mended_attention(queries, keys, values, p, training):
    weights = weights_of(queries, keys)
    return F.dropout(weights, p) @ values, weights

# %% wrong: still draws what was dropped
# visible test_mended_attention_weights: names it: the weights of mended_attention(queries of shape (2, 5, 3), keys of shape (2, 7, 3), values of shape (2, 7, 4), 0.5, True): some are zero, they are those after dropout.
def mended_attention(queries, keys, values, p, training):
    weights = F.dropout(weights_of(queries, keys), p, training)
    return weights @ values, weights

# %% wrong: no dropout any more
# visible test_mended_attention_context: names it: mended_attention: two calls in training give the same context, so the dropout is gone.
def mended_attention(queries, keys, values, p, training):
    weights = weights_of(queries, keys)
    return weights @ values, weights

# %% wrong: renormalizes what it returns
# visible test_mended_attention_weights: names it: the weights of mended_attention(queries of shape (2, 5, 3), keys of shape (2, 7, 3), values of shape (2, 7, 4), 0.5, True): some are zero, they are those after dropout.
def mended_attention(queries, keys, values, p, training):
    weights = F.dropout(weights_of(queries, keys), p, training)
    shown = weights / weights.sum(dim=-1, keepdim=True).clamp(min=1e-9)
    return weights @ values, shown

# %% wrong: renormalizes what it uses
# hidden test_mended_attention_context: names it: the weights that mended_attention uses in training: they are renormalised after the dropout, which undoes its scaling.
def mended_attention(queries, keys, values, p, training):
    weights = weights_of(queries, keys)
    used = F.dropout(weights, p, training)
    used = used / used.sum(dim=-1, keepdim=True).clamp(min=1e-9)
    return used @ values, weights

# %% wrong: drops in place, so that both are the same tensor
# visible test_mended_attention_weights: names it: the weights of mended_attention(queries of shape (2, 5, 3), keys of shape (2, 7, 3), values of shape (2, 7, 4), 0.5, True): some are zero, they are those after dropout.
def mended_attention(queries, keys, values, p, training):
    weights = weights_of(queries, keys)
    dropped = F.dropout(weights, p, training, inplace=True)
    return dropped @ values, weights

# %% wrong: the modes exchanged
# visible test_mended_attention_context: names it: mended_attention: two calls with training=False differ, so something is still dropped.
def mended_attention(queries, keys, values, p, training):
    weights = weights_of(queries, keys)
    return F.dropout(weights, p, not training) @ values, weights

# %% wrong: drops the values
# hidden test_mended_attention_context: names it: mended_attention: drop the weights, neither the values nor the context vectors.
def mended_attention(queries, keys, values, p, training):
    weights = weights_of(queries, keys)
    return weights @ F.dropout(values, p, training), weights

# %% wrong: drops the context vectors
# hidden test_mended_attention_context: names it: mended_attention: drop the weights, neither the values nor the context vectors.
def mended_attention(queries, keys, values, p, training):
    weights = weights_of(queries, keys)
    return F.dropout(weights @ values, p, training), weights

# %% wrong: results in the other order
# visible test_mended_attention_weights: the weights of mended_attention(queries of shape (2, 5, 3), keys of shape (2, 7, 3), values of shape (2, 7, 4), 0.5, True): has shape (2, 5, 4), expected (2, 5, 7).
# visible test_mended_attention_context: the context of mended_attention(queries of shape (2, 5, 3), keys of shape (2, 7, 3), values of shape (2, 7, 4), 0.5, False): has shape (2, 5, 7), expected (2, 5, 4).
def mended_attention(queries, keys, values, p, training):
    weights = weights_of(queries, keys)
    return weights, F.dropout(weights, p, training) @ values

# %% wrong: the context alone
# visible test_mended_attention_weights: names it: mended_attention(queries of shape (2, 5, 3), keys of shape (2, 7, 3), values of shape (2, 7, 4), 0.5, True): should return 2 things, but returns tensor of shape (2, 5, 4).
# visible test_mended_attention_context: names it: mended_attention(queries of shape (2, 5, 3), keys of shape (2, 7, 3), values of shape (2, 7, 4), 0.5, False): should return 2 things, but returns tensor of shape (2, 5, 4).
def mended_attention(queries, keys, values, p, training):
    return F.dropout(weights_of(queries, keys), p, training) @ values

# %% wrong: divides the returned weights back
# visible test_mended_attention_weights: names it: the weights of mended_attention(queries of shape (2, 5, 3), keys of shape (2, 7, 3), values of shape (2, 7, 4), 0.5, True): some are zero, they are those after dropout.
def mended_attention(queries, keys, values, p, training):
    weights = F.dropout(weights_of(queries, keys), p, training)
    return weights @ values, weights * (1 - p)

# %% wrong: a mask without scaling
# hidden test_mended_attention_context: names it: the weights that mended_attention uses in training: what is kept is not scaled.
def mended_attention(queries, keys, values, p, training):
    weights = weights_of(queries, keys)
    used = weights * (torch.rand(weights.shape) >= p) if training else weights
    return used @ values, weights

# %% wrong: always half
# hidden test_mended_attention_context: the weights that mended_attention uses in training: a share of 0.498 is dropped, expected about 0.3.
def mended_attention(queries, keys, values, p, training):
    weights = weights_of(queries, keys)
    return F.dropout(weights, 0.5, training) @ values, weights

# %% wrong: the function of 5.1 with one mask for the batch
# hidden test_mended_attention_context: names it: the weights that mended_attention uses in training: entries along dimension 0 are dropped together. Each entry needs a draw of its own.
def mended_attention(queries, keys, values, p, training):
    weights = weights_of(queries, keys)
    keep = torch.rand(weights.shape[1:]) >= p
    return (weights * keep / (1 - p) if training else weights) @ values, weights
