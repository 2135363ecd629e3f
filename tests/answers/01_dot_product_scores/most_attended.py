# %% correct: the diagonal filled with -inf in a copy
def most_attended(scores):
    others = scores.clone()
    others.fill_diagonal_(-torch.inf)
    return others.argmax(dim=-1)

# %% correct: masked_fill
def most_attended(scores):
    return scores.masked_fill(torch.eye(len(scores), dtype=torch.bool), float("-inf")).argmax(1)

# %% correct: a loop over queries, itself skipped
def most_attended(scores):
    best = []
    for i, row in enumerate(scores):
        others = [j for j in range(len(row)) if j != i]
        best.append(max(others, key=lambda j: row[j].item()))
    return torch.tensor(best)

# %% correct: the better of the two highest
def most_attended(scores):
    top = scores.topk(2, dim=-1).indices
    itself = torch.arange(len(scores))
    return torch.where(top[:, 0] == itself, top[:, 1], top[:, 0])

# %% correct: the diagonal below the lowest score
def most_attended(scores):
    below = scores.min() - 2 * scores.abs().max() - 1
    return torch.where(torch.eye(scores.size(0)) == 1, below, scores).max(dim=1).indices

# %% wrong: the token itself may win
# visible test_most_attended_values: names it: most_attended(scores of shape (3, 3)): every token picks itself: leave the diagonal out.
def most_attended(scores):
    return scores.argmax(dim=-1)

# %% wrong: down the columns
# visible test_most_attended_values: names it: most_attended(scores of shape (3, 3)): you looked down the columns: a query is a row.
def most_attended(scores):
    return scores.masked_fill(torch.eye(len(scores)).bool(), -torch.inf).argmax(dim=0)

# %% wrong: the lowest score
# visible test_most_attended_values: names it: most_attended(scores of shape (3, 3)): these are the lowest scores, not the highest.
def most_attended(scores):
    return scores.masked_fill(torch.eye(len(scores)).bool(), torch.inf).argmin(dim=-1)

# %% wrong: zero on the diagonal
# hidden test_most_attended_values: names it: most_attended(scores of shape (4, 4)): where all other scores are negative, a token picks itself: zero is not low enough for the diagonal.
def most_attended(scores):
    return (scores * (1 - torch.eye(len(scores)))).argmax(dim=-1)

# %% wrong: a large negative number on the diagonal
# hidden test_most_attended_values: names it: most_attended(scores of shape (4, 4)): a large negative number on the diagonal still wins where all scores are lower: use -inf.
def most_attended(scores):
    return scores.masked_fill(torch.eye(len(scores)).bool(), -1e9).argmax(dim=-1)

# %% wrong: always the second highest
# hidden test_most_attended_values: names it: most_attended(scores of shape (3, 3)): you took the second highest of each row: the token itself need not be the highest.
def most_attended(scores):
    return scores.topk(2, dim=-1).indices[:, 1]

# %% wrong: fills the caller's diagonal
# visible test_most_attended_values: names it: most_attended(scores of shape (3, 3)): changes its argument scores in place. Whoever called it still needs that tensor: work on a new one.
def most_attended(scores):
    return scores.fill_diagonal_(-torch.inf).argmax(dim=-1)

# %% wrong: the scores, not the positions
# visible test_most_attended_values: names it: most_attended(scores of shape (3, 3)): these are the scores themselves: return their positions.
def most_attended(scores):
    return scores.masked_fill(torch.eye(len(scores)).bool(), -torch.inf).max(dim=-1).values

# %% wrong: a Python list
# visible test_most_attended_values: names it: most_attended(scores of shape (3, 3)): should be a tensor, but is list of 3. Put the numbers into one tensor, with torch.stack for example.
def most_attended(scores):
    return scores.masked_fill(torch.eye(len(scores)).bool(), -torch.inf).argmax(dim=-1).tolist()

# %% wrong: positions as float
# visible test_most_attended_values: names it: most_attended(scores of shape (3, 3)): has dtype torch.float32, expected torch.int64.
def most_attended(scores):
    return scores.masked_fill(torch.eye(len(scores)).bool(), -torch.inf).argmax(dim=-1).float()

# %% wrong: the diagonal cut out, positions not moved back
# visible test_most_attended_values: names it: most_attended(scores of shape (3, 3)): the positions are counted without the diagonal, so those behind it are one too low.
def most_attended(scores):
    T = len(scores)
    off = scores[~torch.eye(T).bool()].view(T, T - 1)
    return off.argmax(dim=-1)

# %% wrong: one answer for all queries
# visible test_most_attended_values: names it: most_attended(scores of shape (3, 3)): this is one position in the whole table: every query has a highest score of its own.
def most_attended(scores):
    return scores.masked_fill(torch.eye(len(scores)).bool(), -torch.inf).argmax()
