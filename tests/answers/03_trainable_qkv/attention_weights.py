# %% correct: masked_fill with minus infinity
def attention_weights(scores, mask=None):
    if mask is not None:
        scores = scores.masked_fill(mask, float("-inf"))
    return F.softmax(scores, dim=-1)

# %% correct: where, the method
def attention_weights(scores, mask=None):
    if mask is None:
        return scores.softmax(-1)
    return torch.where(mask, torch.full_like(scores, -torch.inf), scores).softmax(-1)

# %% correct: an additive mask
def attention_weights(scores, mask=None):
    if mask is not None:
        blocked = torch.zeros(mask.shape, dtype=scores.dtype).masked_fill(mask, -torch.inf)
        scores = scores + blocked
    return nn.Softmax(dim=-1)(scores)

# %% correct: exponentials by hand, blocked ones zero
def attention_weights(scores, mask=None):
    if mask is None:
        mask = torch.zeros(scores.shape[-1], dtype=torch.bool)
    top = scores.masked_fill(mask, -torch.inf).amax(dim=-1, keepdim=True)
    powers = torch.where(mask, 0.0, torch.exp(scores.masked_fill(mask, -torch.inf) - top))
    return powers / powers.sum(dim=-1, keepdim=True)

# %% correct: in place on a copy
def attention_weights(scores, mask=None):
    scores = scores.clone()
    if mask is not None:
        scores.masked_fill_(mask, -torch.inf)
    return torch.softmax(scores, -1)

# %% correct: softmax, zero, renormalize
def attention_weights(scores, mask=None):
    weights = torch.softmax(scores, dim=-1)
    if mask is not None:
        weights = weights.masked_fill(mask, 0.0)
        weights = weights / weights.sum(dim=-1, keepdim=True)
    return weights

# %% wrong: softmax over the queries
# visible test_attention_weights_values: names it: the weights of journey: the weights of one key sum to one: take the softmax over the keys, not over the queries.
# visible test_attention_weights_mask: names it: attention_weights(scores of shape (2, 3), mask of shape (2, 3)): the softmax is taken over the queries.
def attention_weights(scores, mask=None):
    if mask is not None:
        scores = scores.masked_fill(mask, -torch.inf)
    return torch.softmax(scores, dim=-2)

# %% wrong: dim=0
# visible test_attention_weights_values: names it: the weights of journey: the weights of one key sum to one: take the softmax over the keys, not over the queries.
# visible test_attention_weights_mask: names it: attention_weights(scores of shape (2, 3), mask of shape (2, 3)): the softmax is taken over the queries.
def attention_weights(scores, mask=None):
    if mask is not None:
        scores = scores.masked_fill(mask, -torch.inf)
    return torch.softmax(scores, dim=0)

# %% wrong: dim=1, right for matrices only
# hidden test_attention_weights_values: names it: attention_weights(scores of shape (2, 4, 3)): the softmax is taken over the queries.
# hidden test_attention_weights_mask: attention_weights(scores of shape (2, 4, 5), mask of shape (4, 5)): gives 0.4894 at [0, 0, 0], expected 0.6139. 28 of 40 numbers differ.
def attention_weights(scores, mask=None):
    if mask is not None:
        scores = scores.masked_fill(mask, -torch.inf)
    return torch.softmax(scores, dim=1)

# %% wrong: the mask the other way round
# visible test_attention_weights_mask: names it: attention_weights(scores of shape (2, 3), mask of shape (2, 3)): the mask is the wrong way round: True means blocked.
def attention_weights(scores, mask=None):
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    return torch.softmax(scores, dim=-1)

# %% wrong: 0 means hide
# visible test_attention_weights_mask: names it: attention_weights(scores of shape (2, 3), mask of shape (2, 3)): the mask is the wrong way round: True means blocked.
def attention_weights(scores, mask=None):
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -torch.inf)
    return torch.softmax(scores, dim=-1)

# %% wrong: -1e9 instead of minus infinity
# visible test_attention_weights_mask: names it: attention_weights(scores of shape (2, 3), mask of shape (2, 3)): where all scores are -2e9, the blocked key wins: no finite number is low enough.
def attention_weights(scores, mask=None):
    if mask is not None:
        scores = scores.masked_fill(mask, -1e9)
    return torch.softmax(scores, dim=-1)

# %% wrong: -1e9 added
# hidden test_attention_weights_mask: names it: attention_weights(scores of shape (2, 3), mask of shape (2, 3)): where all scores are -3e+38, the blocked key keeps weight: no finite number is low enough.
def attention_weights(scores, mask=None):
    if mask is not None:
        scores = scores - 1e9 * mask
    return torch.softmax(scores, dim=-1)

# %% wrong: -100, which leaves a trace
# visible test_attention_weights_mask: names it: attention_weights(scores of shape (2, 3), mask of shape (2, 3)): where all scores are -2e9, the blocked key wins: no finite number is low enough.
def attention_weights(scores, mask=None):
    if mask is not None:
        scores = scores.masked_fill(mask, -100.0)
    return torch.softmax(scores, dim=-1)

# %% wrong: -1e20
# hidden test_attention_weights_mask: names it: attention_weights(scores of shape (2, 3), mask of shape (2, 3)): where all scores are -3e+38, the blocked key wins: no finite number is low enough.
def attention_weights(scores, mask=None):
    if mask is not None:
        scores = scores.masked_fill(mask, -1e20)
    return torch.softmax(scores, dim=-1)

# %% wrong: blocked scores set to zero
# visible test_attention_weights_mask: names it: attention_weights(scores of shape (2, 3), mask of shape (2, 3)): a blocked score of 0 still takes weight: it must count as minus infinity.
def attention_weights(scores, mask=None):
    if mask is not None:
        scores = scores.masked_fill(mask, 0.0)
    return torch.softmax(scores, dim=-1)

# %% wrong: masked after the softmax, not renormalized
# visible test_attention_weights_mask: names it: attention_weights(scores of shape (2, 3), mask of shape (2, 3)): the weights that are left no longer sum to one.
def attention_weights(scores, mask=None):
    weights = torch.softmax(scores, dim=-1)
    return weights if mask is None else weights.masked_fill(mask, 0.0)

# %% wrong: renormalized with an epsilon
# visible test_attention_weights_mask: names it: attention_weights(scores of shape (2, 3), mask of shape (2, 3)): gives 0.4999 at [0, 0], expected 0.5. 2 of 6 numbers differ. Every number is 0.9998 times what it should be.
def attention_weights(scores, mask=None):
    weights = torch.softmax(scores, dim=-1)
    if mask is not None:
        weights = weights * ~mask
        weights = weights / (weights.sum(dim=-1, keepdim=True) + 1e-6)
    return weights

# %% wrong: the mask is ignored
# visible test_attention_weights_mask: names it: attention_weights(scores of shape (2, 3), mask of shape (2, 3)): the mask is not used.
def attention_weights(scores, mask=None):
    return torch.softmax(scores, dim=-1)

# %% wrong: fills the caller's scores in place
# visible test_attention_weights_mask: names it: attention_weights(scores of shape (2, 3), mask of shape (2, 3)): changes its argument scores in place. Whoever called it still needs that tensor: work on a new one.
def attention_weights(scores, mask=None):
    if mask is not None:
        scores.masked_fill_(mask, -torch.inf)
    return torch.softmax(scores, dim=-1)

# %% wrong: scaled once more
# visible test_attention_weights_values: names it: the weights of journey: the scores come scaled already: do not divide by the root of the number of keys.
# hidden test_attention_weights_mask: attention_weights(scores of shape (4, 5), mask of shape (4, 5)): gives 0.09224 at [0, 0], expected 0.01182. 15 of 20 numbers differ.
def attention_weights(scores, mask=None):
    if mask is not None:
        scores = scores.masked_fill(mask, -torch.inf)
    return torch.softmax(scores / scores.shape[-1] ** 0.5, dim=-1)

# %% wrong: scores times minus infinity, nan where allowed
# visible test_attention_weights_mask: names it: attention_weights(scores of shape (2, 3), mask of shape (2, 3)): minus infinity times zero is nan, which spreads: choose between two numbers, do not multiply.
def attention_weights(scores, mask=None):
    if mask is not None:
        scores = scores + mask.float() * -torch.inf
    return torch.softmax(scores, dim=-1)

# %% wrong: the mask must be given
# visible test_attention_weights_values: attention_weights(scores of shape (2, 6)): raises TypeError: masked_fill() received an invalid combination of arguments - got (NoneType, float), but expected one of:. Line 2 of the cell: `scores = scores.masked_fill(mask, -torch.inf)`
def attention_weights(scores, mask=None):
    scores = scores.masked_fill(mask, -torch.inf)
    return torch.softmax(scores, dim=-1)

# %% wrong: the mask's own first row for all
# visible test_attention_weights_mask: names it: attention_weights(scores of shape (2, 3), mask of shape (2, 3)): every query gets the mask of the first: each has its own row.
def attention_weights(scores, mask=None):
    if mask is not None:
        scores = scores.masked_fill(mask.reshape(-1, mask.shape[-1])[0], -torch.inf)
    return torch.softmax(scores, dim=-1)

# %% wrong: selects by index, so the mask must have the scores' shape
# hidden test_attention_weights_mask: attention_weights(scores of shape (4, 5), mask of shape (5,)): raises IndexError: The shape of the mask [5] at index 0 does not match the shape of the indexed tensor [4, 5] at index 0. Line 4 of the cell: `scores[mask] = -torch.inf`
def attention_weights(scores, mask=None):
    scores = scores.clone()
    if mask is not None:
        scores[mask] = -torch.inf
    return torch.softmax(scores, dim=-1)

# %% wrong: weights without a gradient
# hidden test_attention_weights_values: names it: attention_weights: no gradient reaches its argument scores. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
# hidden test_attention_weights_mask: names it: attention_weights: no gradient reaches its argument scores. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
def attention_weights(scores, mask=None):
    if mask is not None:
        scores = scores.masked_fill(mask, -torch.inf)
    return torch.softmax(scores, dim=-1).detach()
