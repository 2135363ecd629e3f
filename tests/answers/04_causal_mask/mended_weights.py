# %% correct: masks joined
def mended_weights(scores, token_ids, pad_id):
    T = scores.shape[-1]
    later = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    blocked = later | (token_ids == pad_id).unsqueeze(1)
    return torch.softmax(scores.masked_fill(blocked, -torch.inf), dim=-1)

# %% correct: filled twice
def mended_weights(scores, token_ids, pad_id):
    hidden = scores.clone()
    for query in range(scores.shape[-1]):
        hidden[:, query, query + 1 :] = -torch.inf
    hidden = hidden.masked_fill((token_ids == pad_id)[:, None, :], float("-inf"))
    return F.softmax(hidden, dim=-1)

# %% correct: additive
def mended_weights(scores, token_ids, pad_id):
    T = scores.shape[-1]
    future = torch.full((T, T), -torch.inf).triu(1)
    padding = torch.zeros(token_ids.shape).masked_fill(token_ids == pad_id, -torch.inf)
    return (scores + future + padding[:, None, :]).softmax(-1)

# %% correct: row by row
def mended_weights(scores, token_ids, pad_id):
    sentences = []
    for s, ids in zip(scores, token_ids):
        real = int((ids != pad_id).sum())
        rows = []
        for query in range(len(ids)):
            seen = min(query + 1, real)
            rest = torch.zeros_like(s[query, seen:])
            rows.append(torch.cat([torch.softmax(s[query, :seen], dim=0), rest]))
        sentences.append(torch.stack(rows))
    return torch.stack(sentences)

# %% correct: with the masks of the chapter
def mended_weights(scores, token_ids, pad_id):
    blocked = causal_mask(scores.shape[-1]) | padding_mask(token_ids, pad_id)
    return torch.softmax(scores + additive_mask(blocked), dim=-1)

# %% wrong: no padding mask
# visible test_mended_weights_values: names it: mended_weights(scores of shape (2, 3, 3), token_ids of shape (2, 3), 0): padding still gets weight: hide it in the second sentence too.
# visible test_mended_weights_extremes: names it: mended_weights(scores of shape (1, 3, 3), token_ids of shape (1, 3), 0): padding wins against very low scores.
def mended_weights(scores, token_ids, pad_id):
    T = scores.shape[-1]
    later = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return torch.softmax(scores.masked_fill(later, -torch.inf), dim=-1)

# %% wrong: minus 1e9 again
# visible test_mended_weights_extremes: names it: mended_weights(scores of shape (1, 3, 3), token_ids of shape (1, 3), 0): a forbidden key wins against very low scores: -1e9 is still a number.
def mended_weights(scores, token_ids, pad_id):
    T = scores.shape[-1]
    blocked = torch.ones(T, T, dtype=torch.bool).triu(1) | (token_ids == pad_id).unsqueeze(1)
    return torch.softmax(scores.masked_fill(blocked, -1e9), dim=-1)

# %% wrong: padding by minus 1e9
# visible test_mended_weights_extremes: names it: mended_weights(scores of shape (1, 3, 3), token_ids of shape (1, 3), 0): padding wins against very low scores.
def mended_weights(scores, token_ids, pad_id):
    T = scores.shape[-1]
    hidden = scores.masked_fill((token_ids == pad_id).unsqueeze(1), -1e9)
    return torch.softmax(hidden.masked_fill(torch.ones(T, T, dtype=torch.bool).triu(1), -torch.inf), dim=-1)

# %% wrong: minus 1e12 is added
# hidden test_mended_weights_extremes: names it: mended_weights(scores of shape (1, 3, 3), token_ids of shape (1, 3), 0): all keys share the weight, the forbidden ones too: next to scores this low, the large negative number that is added to hide a key is lost in rounding. It is not -inf.
def mended_weights(scores, token_ids, pad_id):
    T = scores.shape[-1]
    blocked = torch.ones(T, T, dtype=torch.bool).triu(1) | (token_ids == pad_id).unsqueeze(1)
    return torch.softmax(scores + blocked.to(scores.dtype) * -1e12, dim=-1)

# %% wrong: no causal mask
# visible test_mended_weights_values: names it: mended_weights(scores of shape (2, 3, 3), token_ids of shape (2, 3), 0): later tokens get weight: hide the future too.
# visible test_mended_weights_extremes: mended_weights(scores of shape (1, 3, 3), token_ids of shape (1, 3), 0): gives 0 at [0, 0, 0], expected 1. 2 of 9 numbers differ.
def mended_weights(scores, token_ids, pad_id):
    return torch.softmax(scores.masked_fill((token_ids == pad_id).unsqueeze(1), -torch.inf), dim=-1)

# %% wrong: blocks padding queries
# visible test_mended_weights_values: names it: mended_weights(scores of shape (2, 3, 3), token_ids of shape (2, 3), 0): the padding's row is nan: padding is blocked as a key, not as a query.
# visible test_mended_weights_extremes: mended_weights(scores of shape (1, 3, 3), token_ids of shape (1, 3), 0): gives nan at [0, 2, 0], where 0.5 is expected.
def mended_weights(scores, token_ids, pad_id):
    T = scores.shape[-1]
    blocked = torch.ones(T, T, dtype=torch.bool).triu(1) | (token_ids == pad_id).unsqueeze(2)
    return torch.softmax(scores.masked_fill(blocked, -torch.inf), dim=-1)

# %% wrong: the first sentence's padding for all
# visible test_mended_weights_values: names it: mended_weights(scores of shape (2, 3, 3), token_ids of shape (2, 3), 0): padding still gets weight: hide it in the second sentence too.
def mended_weights(scores, token_ids, pad_id):
    T = scores.shape[-1]
    blocked = torch.ones(T, T, dtype=torch.bool).triu(1) | (token_ids[0] == pad_id)
    return torch.softmax(scores.masked_fill(blocked, -torch.inf), dim=-1)

# %% wrong: both masks joined by and
# visible test_mended_weights_values: names it: mended_weights(scores of shape (2, 3, 3), token_ids of shape (2, 3), 0): a key is hidden only where it is later and padding at once: either is reason enough.
# visible test_mended_weights_extremes: mended_weights(scores of shape (1, 3, 3), token_ids of shape (1, 3), 0): gives 0 at [0, 0, 0], expected 1. 5 of 9 numbers differ.
def mended_weights(scores, token_ids, pad_id):
    T = scores.shape[-1]
    blocked = torch.ones(T, T, dtype=torch.bool).triu(1) & (token_ids == pad_id).unsqueeze(1)
    return torch.softmax(scores.masked_fill(blocked, -torch.inf), dim=-1)

# %% wrong: padding set to 0 after the softmax
# visible test_mended_weights_values: names it: mended_weights(scores of shape (2, 3, 3), token_ids of shape (2, 3), 0): the rows do not sum to 1: hide padding before the softmax.
# visible test_mended_weights_extremes: mended_weights(scores of shape (1, 3, 3), token_ids of shape (1, 3), 0): gives 0 at [0, 2, 0], expected 0.5. 2 of 9 numbers differ.
def mended_weights(scores, token_ids, pad_id):
    T = scores.shape[-1]
    later = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    weights = torch.softmax(scores.masked_fill(later, -torch.inf), dim=-1)
    return weights.masked_fill((token_ids == pad_id).unsqueeze(1), 0.0)

# %% wrong: renormalized where nothing is left
# visible test_mended_weights_extremes: names it: mended_weights(scores of shape (1, 3, 3), token_ids of shape (1, 3), 0): where the forbidden scores are high, nan comes out: the first softmax leaves nothing to renormalize. Hide before the softmax.
def mended_weights(scores, token_ids, pad_id):
    T = scores.shape[-1]
    blocked = torch.ones(T, T, dtype=torch.bool).triu(1) | (token_ids == pad_id).unsqueeze(1)
    weights = torch.softmax(scores, dim=-1).masked_fill(blocked, 0.0)
    return weights / weights.sum(dim=-1, keepdim=True)

# %% wrong: the scores are changed in place
# visible test_mended_weights_values: names it: mended_weights(scores of shape (2, 3, 3), token_ids of shape (2, 3), 0): changes its argument scores in place. Whoever called it still needs that tensor: work on a new one.
# visible test_mended_weights_extremes: names it: mended_weights(scores of shape (1, 3, 3), token_ids of shape (1, 3), 0): changes its argument scores in place. Whoever called it still needs that tensor: work on a new one.
def mended_weights(scores, token_ids, pad_id):
    T = scores.shape[-1]
    scores.masked_fill_(torch.ones(T, T, dtype=torch.bool).triu(1) | (token_ids == pad_id).unsqueeze(1), -torch.inf)
    return torch.softmax(scores, dim=-1)

# %% wrong: scaled once more
# hidden test_mended_weights_values: names it: mended_weights(scores of shape (4, 5, 5), token_ids of shape (4, 5), 7): the scores are scaled once more: they came scaled.
def mended_weights(scores, token_ids, pad_id):
    T = scores.shape[-1]
    blocked = torch.ones(T, T, dtype=torch.bool).triu(1) | (token_ids == pad_id).unsqueeze(1)
    return torch.softmax(scores.masked_fill(blocked, -torch.inf) / T**0.5, dim=-1)

# %% wrong: rows of padding are set to 0
# visible test_mended_weights_values: names it: mended_weights(scores of shape (2, 3, 3), token_ids of shape (2, 3), 0): the padding's row is 0: as a query it is no exception.
# visible test_mended_weights_extremes: mended_weights(scores of shape (1, 3, 3), token_ids of shape (1, 3), 0): gives 0 at [0, 2, 0], expected 0.5. 2 of 9 numbers differ.
def mended_weights(scores, token_ids, pad_id):
    T = scores.shape[-1]
    padding = token_ids == pad_id
    blocked = torch.ones(T, T, dtype=torch.bool).triu(1) | padding.unsqueeze(1)
    return torch.softmax(scores.masked_fill(blocked, -torch.inf), dim=-1) * (~padding).unsqueeze(2)

# %% wrong: padding is 0
# hidden test_mended_weights_values: names it: mended_weights(scores of shape (4, 5, 5), token_ids of shape (4, 5), 7): padding still gets weight.
def mended_weights(scores, token_ids, pad_id):
    T = scores.shape[-1]
    blocked = torch.ones(T, T, dtype=torch.bool).triu(1) | (token_ids == 0).unsqueeze(1)
    return torch.softmax(scores.masked_fill(blocked, -torch.inf), dim=-1)
