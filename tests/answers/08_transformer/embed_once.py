# %% correct: the position drops
def embed_once(model, ids):
    return model.position(model.token_embedding(ids))

# %% correct: the model's own dropout, on the table
def embed_once(model, ids):
    return model.drop(model.position.wave(model.token_embedding(ids)))

# %% correct: F.dropout
def embed_once(model, ids):
    x = model.position.wave(F.embedding(ids, model.token_embedding.weight))
    return F.dropout(x, model.drop.p, model.training)

# %% wrong: as it was
# hidden test_embed_once_values: names it: far more is dropped than one dropout does.
def embed_once(model, ids):
    return model.embed(ids)

# %% wrong: dropped three times
# hidden test_embed_once_values: names it: far more is dropped than one dropout does.
def embed_once(model, ids):
    return model.drop(model.embed(ids))

# %% wrong: no positions
# visible test_embed_once_values: names it: the same token gets the same vector at two positions: the positions are missing.
def embed_once(model, ids):
    return model.drop(model.token_embedding(ids))

# %% wrong: never dropped
# hidden test_embed_once_values: names it: the embedding in training (dropout=0.25): nothing is dropped, expected a share of about 0.25.
def embed_once(model, ids):
    return model.position.wave(model.token_embedding(ids))

# %% wrong: dropped in evaluation too
# hidden test_embed_once_values: names it: entries are dropped in evaluation mode.
def embed_once(model, ids):
    return F.dropout(model.position.wave(model.token_embedding(ids)), model.drop.p)

# %% wrong: evaluation mode to be sure
# hidden test_embed_once_values: names it: the embedding in training (dropout=0.25): nothing is dropped, expected a share of about 0.25.
def embed_once(model, ids):
    model.eval()
    return model.embed(ids)

# %% wrong: positions after dropout
# hidden test_embed_once_values: names it: the embedding in training (dropout=0.25): nothing is dropped, expected a share of about 0.25.
def embed_once(model, ids):
    return model.position.wave(model.drop(model.token_embedding(ids)))

# %% wrong: detached
# hidden test_embed_once_values: names it: the embedding carries no gradient: nothing could be trained with it.
def embed_once(model, ids):
    return model.position(model.token_embedding(ids)).detach()
