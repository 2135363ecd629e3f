# %% correct: two einsums
def relative_attention_scores(queries, keys, relative_embeddings):
    return torch.einsum("bid,bjd->bij", queries, keys) + torch.einsum("bid,ijd->bij", queries, relative_embeddings)

# %% correct: distances added to the keys first
def relative_attention_scores(queries, keys, relative_embeddings):
    asked = keys.unsqueeze(1) + relative_embeddings
    return (queries.unsqueeze(2) * asked).sum(-1)

# %% correct: a matrix product per query position
def relative_attention_scores(queries, keys, relative_embeddings):
    content = torch.bmm(queries, keys.transpose(1, 2))
    distance = torch.matmul(queries.transpose(0, 1), relative_embeddings.transpose(1, 2))
    return content + distance.transpose(0, 1)

# %% correct: three loops
def relative_attention_scores(queries, keys, relative_embeddings):
    b, T, _ = queries.shape
    scores = queries.new_zeros(b, T, T)
    for n in range(b):
        for i in range(T):
            for j in range(T):
                scores[n, i, j] = queries[n, i] @ (keys[n, j] + relative_embeddings[i, j])
    return scores

# %% wrong: distances unused
# visible test_relative_attention_scores_values: names it: relative_attention_scores(queries of shape (1, 2, 3), keys of shape (1, 2, 3), relative_embeddings of shape (2, 2, 3)): the distances are not used.
def relative_attention_scores(queries, keys, relative_embeddings):
    return queries @ keys.transpose(1, 2)

# %% wrong: content unused
# visible test_relative_attention_scores_values: names it: relative_attention_scores(queries of shape (1, 2, 3), keys of shape (1, 2, 3), relative_embeddings of shape (2, 2, 3)): only the distances are used, the keys are not.
def relative_attention_scores(queries, keys, relative_embeddings):
    return torch.einsum("bid,ijd->bij", queries, relative_embeddings)

# %% wrong: r_ji
# visible test_relative_attention_scores_values: names it: relative_attention_scores(queries of shape (1, 2, 3), keys of shape (1, 2, 3), relative_embeddings of shape (2, 2, 3)): r_ji is used in place of r_ij: the first index is the query's.
def relative_attention_scores(queries, keys, relative_embeddings):
    return queries @ keys.transpose(1, 2) + torch.einsum("bid,jid->bij", queries, relative_embeddings)

# %% wrong: the keys ask
# visible test_relative_attention_scores_values: names it: relative_attention_scores(queries of shape (1, 2, 3), keys of shape (1, 2, 3), relative_embeddings of shape (2, 2, 3)): the keys ask the distances: it is the query that asks.
def relative_attention_scores(queries, keys, relative_embeddings):
    return queries @ keys.transpose(1, 2) + torch.einsum("bjd,ijd->bij", keys, relative_embeddings)

# %% wrong: the query of j
# visible test_relative_attention_scores_values: names it: relative_attention_scores(queries of shape (1, 2, 3), keys of shape (1, 2, 3), relative_embeddings of shape (2, 2, 3)): r_ij is asked by the query of j: it is the query of i that asks.
def relative_attention_scores(queries, keys, relative_embeddings):
    return queries @ keys.transpose(1, 2) + torch.einsum("bjd,ijd->bij", queries, relative_embeddings)

# %% wrong: scaled
# visible test_relative_attention_scores_values: names it: relative_attention_scores(queries of shape (1, 2, 3), keys of shape (1, 2, 3), relative_embeddings of shape (2, 2, 3)): the scores are scaled by √d: leave them unscaled here.
def relative_attention_scores(queries, keys, relative_embeddings):
    d = queries.shape[-1]
    return torch.einsum("bid,bijd->bij", queries, keys[:, None] + relative_embeddings) / d**0.5

# %% wrong: only the first term scaled
# visible test_relative_attention_scores_values: names it: relative_attention_scores(queries of shape (1, 2, 3), keys of shape (1, 2, 3), relative_embeddings of shape (2, 2, 3)): the content is scaled by √d, the distance is not: leave both unscaled here.
def relative_attention_scores(queries, keys, relative_embeddings):
    content = queries @ keys.transpose(1, 2) / queries.shape[-1] ** 0.5
    return content + torch.einsum("bid,ijd->bij", queries, relative_embeddings)

# %% wrong: adds up the embeddings without the query
# visible test_relative_attention_scores_values: names it: relative_attention_scores(queries of shape (1, 2, 3), keys of shape (1, 2, 3), relative_embeddings of shape (2, 2, 3)): the elements of r_ij are added up, without the query.
def relative_attention_scores(queries, keys, relative_embeddings):
    return queries @ keys.transpose(1, 2) + relative_embeddings.sum(-1)

# %% wrong: softmax
# visible test_relative_attention_scores_values: names it: relative_attention_scores(queries of shape (1, 2, 3), keys of shape (1, 2, 3), relative_embeddings of shape (2, 2, 3)): these are attention weights: stop at the scores.
def relative_attention_scores(queries, keys, relative_embeddings):
    scores = torch.einsum("bid,bijd->bij", queries, keys[:, None] + relative_embeddings)
    return torch.softmax(scores, dim=-1)

# %% wrong: the first sequence's queries
# hidden test_relative_attention_scores_values: names it: relative_attention_scores(queries of shape (2, 5, 3), keys of shape (2, 5, 3), relative_embeddings of shape (5, 5, 3)): the first sequence's queries are used for the whole batch.
def relative_attention_scores(queries, keys, relative_embeddings):
    return queries @ keys.transpose(1, 2) + torch.einsum("id,ijd->ij", queries[0], relative_embeddings)

# %% wrong: a third term
# visible test_relative_attention_scores_values: names it: relative_attention_scores(queries of shape (1, 2, 3), keys of shape (1, 2, 3), relative_embeddings of shape (2, 2, 3)): there is a third term, in which the keys ask: leave it out.
def relative_attention_scores(queries, keys, relative_embeddings):
    scores = torch.einsum("bid,bijd->bij", queries, keys[:, None] + relative_embeddings)
    return scores + torch.einsum("bjd,ijd->bij", keys, relative_embeddings)

# %% wrong: cuts the gradient of the distances
# hidden test_relative_attention_scores_values: names it: relative_attention_scores: no gradient reaches its argument relative_embeddings. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
def relative_attention_scores(queries, keys, relative_embeddings):
    return queries @ keys.transpose(1, 2) + torch.einsum("bid,ijd->bij", queries, relative_embeddings.detach())

# %% wrong: adds the distances to the keys in place
# visible test_relative_attention_scores_values: names it: relative_attention_scores(queries of shape (1, 2, 3), keys of shape (1, 2, 3), relative_embeddings of shape (2, 2, 3)): changes its argument relative_embeddings in place. Whoever called it still needs that tensor: work on a new one.
def relative_attention_scores(queries, keys, relative_embeddings):
    scores = queries @ keys.transpose(1, 2)
    for i in range(queries.shape[1]):
        queries[:, i] *= 1
    scores += torch.einsum("bid,ijd->bij", queries, relative_embeddings)
    relative_embeddings.mul_(2)
    return scores

# %% wrong: rows and columns exchanged
# visible test_relative_attention_scores_values: names it: relative_attention_scores(queries of shape (1, 2, 3), keys of shape (1, 2, 3), relative_embeddings of shape (2, 2, 3)): gives 3 at [0, 0, 1], expected 5. 2 of 4 numbers differ. Rows and columns are exchanged.
def relative_attention_scores(queries, keys, relative_embeddings):
    return torch.einsum("bid,bijd->bji", queries, keys[:, None] + relative_embeddings)
