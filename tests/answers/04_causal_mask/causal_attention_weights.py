# %% correct: fill, scale, softmax
def causal_attention_weights(scores, d_k):
    T = scores.shape[-1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return torch.softmax(scores.masked_fill(future, -torch.inf) / d_k**0.5, dim=-1)

# %% correct: additive mask, scaled first
def causal_attention_weights(scores, d_k):
    T = scores.size(-1)
    mask = torch.full((T, T), float("-inf"), dtype=scores.dtype).triu(1)
    return F.softmax(scores / math.sqrt(d_k) + mask, dim=-1)
import math

# %% correct: row by row, the future never touched
def causal_attention_weights(scores, d_k):
    rows = []
    for i in range(scores.shape[-1]):
        allowed = torch.softmax(scores[..., i, : i + 1] * d_k**-0.5, dim=-1)
        rows.append(torch.cat([allowed, torch.zeros_like(scores[..., i, i + 1 :])], dim=-1))
    return torch.stack(rows, dim=-2)

# %% correct: by hand, with the largest allowed score taken off
def causal_attention_weights(scores, d_k):
    position = torch.arange(scores.shape[-1])
    scaled = torch.where(position <= position[:, None], scores / d_k**0.5, -torch.inf)
    powers = (scaled - scaled.max(dim=-1, keepdim=True).values).exp()
    return powers / powers.sum(dim=-1, keepdim=True)

# %% correct: through PyTorch's attention
def causal_attention_weights(scores, d_k):
    identity = torch.eye(scores.shape[-1], dtype=scores.dtype).expand(scores.shape)
    return F.scaled_dot_product_attention(scores, identity, identity, is_causal=True, scale=d_k**-0.5)

# %% correct: in place on a copy
def causal_attention_weights(scores, d_k):
    masked = scores.clone()
    masked.masked_fill_(torch.triu(torch.ones(scores.shape[-2:]), diagonal=1).bool(), -torch.inf)
    masked /= d_k ** 0.5
    return nn.Softmax(dim=-1)(masked)

# %% wrong: no scaling
# visible test_causal_attention_weights_values: names it: causal_attention_weights(scores of shape (2, 2), 4): the scores are not scaled.
# visible test_causal_attention_weights_batch: row 1 of our sentence: gives 0.5728 at [0], expected 0.5517. 2 of 2 numbers differ.
def causal_attention_weights(scores, d_k):
    T = scores.shape[-1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return torch.softmax(scores.masked_fill(future, -torch.inf), dim=-1)

# %% wrong: divided by d_k
# visible test_causal_attention_weights_values: names it: causal_attention_weights(scores of shape (2, 2), 4): the scores are divided by d_k: the root is missing.
# visible test_causal_attention_weights_batch: row 1 of our sentence: gives 0.5366 at [0], expected 0.5517. 2 of 2 numbers differ.
def causal_attention_weights(scores, d_k):
    T = scores.shape[-1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return torch.softmax(scores.masked_fill(future, -torch.inf) / d_k, dim=-1)

# %% wrong: divided by the root of T
# visible test_causal_attention_weights_values: names it: causal_attention_weights(scores of shape (2, 2), 4): the scores are divided by √T: it is the width of the keys that counts, d_k.
# visible test_causal_attention_weights_batch: row 1 of our sentence: gives 0.5299 at [0], expected 0.5517. 2 of 2 numbers differ.
def causal_attention_weights(scores, d_k):
    T = scores.shape[-1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return torch.softmax(scores.masked_fill(future, -torch.inf) / T**0.5, dim=-1)

# %% wrong: multiplied by the root
# visible test_causal_attention_weights_values: names it: causal_attention_weights(scores of shape (2, 2), 4): the scores are multiplied by √d_k.
# visible test_causal_attention_weights_batch: row 1 of our sentence: gives 0.6023 at [0], expected 0.5517. 2 of 2 numbers differ.
def causal_attention_weights(scores, d_k):
    T = scores.shape[-1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return torch.softmax(scores.masked_fill(future, -torch.inf) * d_k**0.5, dim=-1)

# %% wrong: the weights are scaled, not the scores
# visible test_causal_attention_weights_values: names it: causal_attention_weights(scores of shape (2, 2), 4): the weights are divided by √d_k: scale the scores.
# visible test_causal_attention_weights_batch: names it: row 3 of equal scores: gives 0.1768 at [0], expected 0.25. 4 of 6 numbers differ. Every number is 0.7071 times what it should be.
# visible test_causal_attention_weights_extremes: names it: causal_attention_weights(scores of shape (3, 3), 4): gives 0.5 at [0, 0], expected 1. 6 of 9 numbers differ. Every number is 0.5 times what it should be.
def causal_attention_weights(scores, d_k):
    T = scores.shape[-1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return torch.softmax(scores.masked_fill(future, -torch.inf), dim=-1) / d_k**0.5

# %% wrong: softmax over the queries
# visible test_causal_attention_weights_values: names it: causal_attention_weights(scores of shape (2, 2), 4): the columns sum to 1: the softmax runs over the queries.
# visible test_causal_attention_weights_batch: names it: row 3 of equal scores: the columns sum to 1: in a batch dimension 1 holds the queries, and the keys are the last dimension.
# visible test_causal_attention_weights_extremes: causal_attention_weights(scores of shape (3, 3), 4): gives 0.2119 at [0, 0], expected 1. 6 of 9 numbers differ.
def causal_attention_weights(scores, d_k):
    T = scores.shape[-1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return torch.softmax(scores.masked_fill(future, -torch.inf) / d_k**0.5, dim=-2)

# %% wrong: softmax over dimension 1, right without a batch
# visible test_causal_attention_weights_batch: names it: row 3 of equal scores: the columns sum to 1: in a batch dimension 1 holds the queries, and the keys are the last dimension.
def causal_attention_weights(scores, d_k):
    T = scores.shape[-1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return torch.softmax(scores.masked_fill(future, -torch.inf) / d_k**0.5, dim=1)

# %% wrong: masked after the softmax, not renormalized
# visible test_causal_attention_weights_values: names it: causal_attention_weights(scores of shape (2, 2), 4): the future is 0, but the rows do not sum to 1: block before the softmax.
# visible test_causal_attention_weights_batch: names it: row 3 of equal scores: gives 0.1667 at [0], expected 0.25. 4 of 6 numbers differ. Every number is 0.6667 times what it should be.
# visible test_causal_attention_weights_extremes: causal_attention_weights(scores of shape (3, 3), 4): gives 0 at [0, 0], expected 1. 3 of 9 numbers differ.
def causal_attention_weights(scores, d_k):
    return torch.softmax(scores / d_k**0.5, dim=-1).tril()

# %% wrong: masked after the softmax and renormalized
# visible test_causal_attention_weights_extremes: names it: causal_attention_weights(scores of shape (3, 3), 4): where a future score is high, nan comes out: the first softmax leaves nothing to renormalize. Block before the softmax, and take one softmax.
def causal_attention_weights(scores, d_k):
    masked = torch.softmax(scores / d_k**0.5, dim=-1).tril()
    return masked / masked.sum(dim=-1, keepdim=True)

# %% wrong: the scores are multiplied by the mask
# visible test_causal_attention_weights_values: names it: causal_attention_weights(scores of shape (2, 2), 4): blocked scores are 0 before the softmax, and exp(0) is 1.
# visible test_causal_attention_weights_batch: row 3 of equal scores: gives 0.2006 at [0], expected 0.25. 6 of 6 numbers differ.
# visible test_causal_attention_weights_extremes: causal_attention_weights(scores of shape (3, 3), 4): gives 0.3333 at [0, 0], expected 1. 6 of 9 numbers differ.
def causal_attention_weights(scores, d_k):
    return torch.softmax(scores.tril() / d_k**0.5, dim=-1)

# %% wrong: the diagonal is blocked
# visible test_causal_attention_weights_values: names it: causal_attention_weights(scores of shape (2, 2), 4): the diagonal is blocked: a token may look at itself.
# visible test_causal_attention_weights_batch: row 3 of equal scores: gives 0.3333 at [0], expected 0.25. 4 of 6 numbers differ.
# visible test_causal_attention_weights_extremes: causal_attention_weights(scores of shape (3, 3), 4): gives nan at [0, 0], where 1 is expected.
def causal_attention_weights(scores, d_k):
    T = scores.shape[-1]
    future = torch.ones(T, T, dtype=torch.bool).triu()
    return torch.softmax(scores.masked_fill(future, -torch.inf) / d_k**0.5, dim=-1)

# %% wrong: one token too many is seen
# visible test_causal_attention_weights_values: names it: causal_attention_weights(scores of shape (2, 2), 4): the future gets weight.
# visible test_causal_attention_weights_batch: row 3 of equal scores: gives 0.2 at [0], expected 0.25. 5 of 6 numbers differ.
# visible test_causal_attention_weights_extremes: causal_attention_weights(scores of shape (3, 3), 4): gives 0 at [0, 0], expected 1. 5 of 9 numbers differ.
def causal_attention_weights(scores, d_k):
    T = scores.shape[-1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=2)
    return torch.softmax(scores.masked_fill(future, -torch.inf) / d_k**0.5, dim=-1)

# %% wrong: the past is blocked
# visible test_causal_attention_weights_values: names it: causal_attention_weights(scores of shape (2, 2), 4): the past is blocked instead of the future.
# visible test_causal_attention_weights_batch: row 3 of equal scores: gives 0 at [0], expected 0.25. 6 of 6 numbers differ.
# visible test_causal_attention_weights_extremes: causal_attention_weights(scores of shape (3, 3), 4): gives 0 at [0, 0], expected 1. 8 of 9 numbers differ.
def causal_attention_weights(scores, d_k):
    T = scores.shape[-1]
    past = torch.ones(T, T, dtype=torch.bool).tril(diagonal=-1)
    return torch.softmax(scores.masked_fill(past, -torch.inf) / d_k**0.5, dim=-1)

# %% wrong: nothing is blocked
# visible test_causal_attention_weights_values: names it: causal_attention_weights(scores of shape (2, 2), 4): the future gets weight.
# visible test_causal_attention_weights_batch: row 3 of equal scores: gives 0.1667 at [0], expected 0.25. 6 of 6 numbers differ.
# visible test_causal_attention_weights_extremes: causal_attention_weights(scores of shape (3, 3), 4): gives 0 at [0, 0], expected 1. 5 of 9 numbers differ.
def causal_attention_weights(scores, d_k):
    return torch.softmax(scores / d_k**0.5, dim=-1)

# %% wrong: minus 1e9
# hidden test_causal_attention_weights_extremes: names it: causal_attention_weights(scores of shape (3, 3), 4): where the allowed scores are very low, blocked keys get weight: a large negative number in place of -inf wins against them.
def causal_attention_weights(scores, d_k):
    T = scores.shape[-1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return torch.softmax(scores.masked_fill(future, -1e9) / d_k**0.5, dim=-1)

# %% wrong: minus 1e30
# hidden test_causal_attention_weights_extremes: names it: causal_attention_weights(scores of shape (3, 3), 4): where the allowed scores are very low, blocked keys get weight: a large negative number in place of -inf wins against them.
def causal_attention_weights(scores, d_k):
    T = scores.shape[-1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return torch.softmax((scores / d_k**0.5).masked_fill(future, -1e30), dim=-1)

# %% wrong: minus 1e9 is added
# hidden test_causal_attention_weights_extremes: names it: causal_attention_weights(scores of shape (3, 3), 4): where the allowed scores are very low, blocked keys get as much weight as they: a large negative number that is added is not -inf.
def causal_attention_weights(scores, d_k):
    T = scores.shape[-1]
    return torch.softmax((scores + torch.ones(T, T).triu(1).to(scores.dtype) * -1e9) / d_k**0.5, dim=-1)

# %% wrong: the scores are changed in place
# visible test_causal_attention_weights_values: names it: causal_attention_weights(scores of shape (2, 2), 4): changes its argument scores in place. Whoever called it still needs that tensor: work on a new one.
# visible test_causal_attention_weights_batch: names it: causal_attention_weights(scores of shape (2, 6, 6), 2): changes its argument scores in place. Whoever called it still needs that tensor: work on a new one.
# visible test_causal_attention_weights_extremes: names it: causal_attention_weights(scores of shape (3, 3), 4): changes its argument scores in place. Whoever called it still needs that tensor: work on a new one.
def causal_attention_weights(scores, d_k):
    T = scores.shape[-1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    scores.masked_fill_(future, -torch.inf)
    return torch.softmax(scores / d_k**0.5, dim=-1)

# %% wrong: softmax by hand overflows
# hidden test_causal_attention_weights_extremes: names it: causal_attention_weights(scores of shape (3, 3), 1): where an allowed score is high, its exponential is infinite and nan comes out: subtract the largest score of a row before exp, as in chapter 2.
def causal_attention_weights(scores, d_k):
    powers = torch.exp(scores / d_k**0.5).tril()
    return powers / powers.sum(dim=-1, keepdim=True)

# %% wrong: always six tokens
# visible test_causal_attention_weights_values: causal_attention_weights(scores of shape (2, 2), 4): raises RuntimeError: The size of tensor a (6) must match the size of tensor b (2) at non-singleton dimension 1. Line 3 of the cell: `return torch.softmax(scores.masked_fill(future, -torch.inf) / d_k**0.5, dim=-1)`
# hidden test_causal_attention_weights_batch: causal_attention_weights(scores of shape (3, 5, 5), 9): raises RuntimeError: The size of tensor a (6) must match the size of tensor b (5) at non-singleton dimension 2. Line 3 of the cell: `return torch.softmax(scores.masked_fill(future, -torch.inf) / d_k**0.5, dim=-1)`
# visible test_causal_attention_weights_extremes: causal_attention_weights(scores of shape (3, 3), 4): raises RuntimeError: The size of tensor a (6) must match the size of tensor b (3) at non-singleton dimension 1. Line 3 of the cell: `return torch.softmax(scores.masked_fill(future, -torch.inf) / d_k**0.5, dim=-1)`
def causal_attention_weights(scores, d_k):
    future = torch.ones(6, 6, dtype=torch.bool).triu(diagonal=1)
    return torch.softmax(scores.masked_fill(future, -torch.inf) / d_k**0.5, dim=-1)

# %% wrong: in float32, whatever comes
# hidden test_causal_attention_weights_values: names it: causal_attention_weights(scores of shape (5, 5), 16) in float64: has dtype torch.float32, expected torch.float64.
# hidden test_causal_attention_weights_batch: names it: causal_attention_weights(scores of shape (3, 5, 5), 9) in float64: has dtype torch.float32, expected torch.float64.
def causal_attention_weights(scores, d_k):
    T = scores.shape[-1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return torch.softmax(scores.float().masked_fill(future, -torch.inf) / d_k**0.5, dim=-1)

# %% wrong: detached
# hidden test_causal_attention_weights_values: names it: causal_attention_weights: no gradient reaches its argument scores. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
# hidden test_causal_attention_weights_batch: names it: causal_attention_weights: no gradient reaches its argument scores. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
def causal_attention_weights(scores, d_k):
    T = scores.shape[-1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return torch.softmax(scores.detach().masked_fill(future, -torch.inf) / d_k**0.5, dim=-1)
