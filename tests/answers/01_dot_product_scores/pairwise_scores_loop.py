# %% correct: two loops into zeros
def pairwise_scores_loop(inputs):
    T = inputs.shape[0]
    scores = torch.zeros(T, T, dtype=inputs.dtype)
    for i in range(T):
        for j in range(T):
            scores[i, j] = torch.dot(inputs[i], inputs[j])
    return scores

# %% correct: a loop and a comprehension
def pairwise_scores_loop(inputs):
    rows = []
    for query in inputs:
        rows.append(torch.stack([(query * key).sum() for key in inputs]))
    return torch.stack(rows)

# %% correct: one loop over all pairs
import itertools

def pairwise_scores_loop(inputs):
    T = len(inputs)
    scores = inputs.new_zeros(T, T)
    for i, j in itertools.product(range(T), repeat=2):
        scores[i, j] = dot_product(inputs[i], inputs[j])
    return scores

# %% correct: while loops, half of the table mirrored
def pairwise_scores_loop(inputs):
    T = len(inputs)
    scores = torch.empty(T, T).to(inputs)
    i = 0
    while i < T:
        j = 0
        while j <= i:
            scores[i, j] = inputs[i] @ inputs[j]
            scores[j, i] = scores[i, j].clone()
            j += 1
        i += 1
    return scores

# %% correct: three loops, down to the single number
def pairwise_scores_loop(inputs):
    T, d = inputs.shape
    rows = []
    for i in range(T):
        row = []
        for j in range(T):
            total = 0
            for k in range(d):
                total = total + inputs[i, k] * inputs[j, k]
            row.append(total)
        rows.append(torch.stack(row))
    return torch.stack(rows)

# %% wrong: one matrix product
# visible test_pairwise_scores_loop_values: names it: pairwise_scores_loop: has 0 Python loops. Visit every query and, for each, every key.
def pairwise_scores_loop(inputs):
    return inputs @ inputs.T

# %% wrong: broadcasting
# visible test_pairwise_scores_loop_values: names it: pairwise_scores_loop: has 0 Python loops. Visit every query and, for each, every key.
def pairwise_scores_loop(inputs):
    return (inputs[:, None, :] * inputs[None, :, :]).sum(dim=-1)

# %% wrong: one loop, a product of matrix and vector inside
# visible test_pairwise_scores_loop_values: names it: pairwise_scores_loop: has 1 Python loop. Visit every query and, for each, every key.
def pairwise_scores_loop(inputs):
    return torch.stack([inputs @ query for query in inputs])

# %% wrong: only the diagonal
# visible test_pairwise_scores_loop_values: names it: pairwise_scores_loop(inputs of shape (2, 3)): each token is scored only against itself: the off-diagonal is empty.
def pairwise_scores_loop(inputs):
    T = len(inputs)
    scores = inputs.new_zeros(T, T)
    for i in range(T):
        for j in range(T):
            scores[i, i] = torch.dot(inputs[i], inputs[i])
    return scores

# %% wrong: only half of the table
# visible test_pairwise_scores_loop_values: names it: pairwise_scores_loop(inputs of shape (2, 3)): only half of the table is filled: every pair has two places.
def pairwise_scores_loop(inputs):
    T = len(inputs)
    scores = inputs.new_zeros(T, T)
    for i in range(T):
        for j in range(i, T):
            scores[i, j] = torch.dot(inputs[i], inputs[j])
    return scores

# %% wrong: the diagonal left out
# visible test_pairwise_scores_loop_values: names it: pairwise_scores_loop(inputs of shape (2, 3)): the diagonal is left out: a token is scored against itself too.
def pairwise_scores_loop(inputs):
    T = len(inputs)
    scores = inputs.new_zeros(T, T)
    for i in range(T):
        for j in range(T):
            if i != j:
                scores[i, j] = torch.dot(inputs[i], inputs[j])
    return scores

# %% wrong: the loops run over the features
# visible test_pairwise_scores_loop_values: names it: pairwise_scores_loop(inputs of shape (2, 3)): the columns are scored against each other: a token is a row.
def pairwise_scores_loop(inputs):
    d = inputs.shape[1]
    scores = inputs.new_zeros(d, d)
    for i in range(d):
        for j in range(d):
            scores[i, j] = torch.dot(inputs[:, i], inputs[:, j])
    return scores

# %% wrong: a flat list of scores
# visible test_pairwise_scores_loop_values: names it: pairwise_scores_loop(inputs of shape (2, 3)): the scores stand in one long row: they should make a table, one row per query.
def pairwise_scores_loop(inputs):
    scores = []
    for query in inputs:
        for key in inputs:
            scores.append(torch.dot(query, key))
    return torch.stack(scores)

# %% wrong: a nested Python list
# visible test_pairwise_scores_loop_values: names it: pairwise_scores_loop(inputs of shape (2, 3)): should be a tensor, but is list of 2. Put the numbers into one tensor, with torch.stack for example.
def pairwise_scores_loop(inputs):
    rows = []
    for query in inputs:
        rows.append([torch.dot(query, key) for key in inputs])
    return rows

# %% wrong: numbers without a gradient
# hidden test_pairwise_scores_loop_values: names it: pairwise_scores_loop: no gradient reaches its argument inputs. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
def pairwise_scores_loop(inputs):
    rows = []
    for query in inputs:
        rows.append([torch.dot(query, key).item() for key in inputs])
    return torch.tensor(rows, dtype=inputs.dtype)

# %% wrong: float32 whatever comes in
# hidden test_pairwise_scores_loop_values: names it: pairwise_scores_loop(inputs of shape (5, 2)) in float64: has dtype torch.float32, expected torch.float64.
def pairwise_scores_loop(inputs):
    T = len(inputs)
    scores = torch.zeros(T, T)
    for i in range(T):
        for j in range(T):
            scores[i, j] = torch.dot(inputs[i], inputs[j])
    return scores

# %% wrong: returns inside the loop
# visible test_pairwise_scores_loop_values: names it: pairwise_scores_loop(inputs of shape (2, 3)): only the first row is filled: does the function return before every query had its turn?
def pairwise_scores_loop(inputs):
    T = len(inputs)
    scores = inputs.new_zeros(T, T)
    for i in range(T):
        for j in range(T):
            scores[i, j] = torch.dot(inputs[i], inputs[j])
        return scores
