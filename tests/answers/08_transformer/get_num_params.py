# %% correct: all, less the embedding
def get_num_params(model, non_embedding=True):
    number = sum(p.numel() for p in model.parameters())
    if non_embedding:
        number -= model.token_embedding.weight.numel()
    return number

# %% correct: by name
def get_num_params(model, non_embedding=True):
    total = 0
    for name, p in model.named_parameters():
        if not (non_embedding and name.startswith("token_embedding")):
            total += p.numel()
    return total

# %% correct: shapes multiplied
def get_num_params(model, non_embedding=True):
    embedding = {id(p) for p in model.token_embedding.parameters()} if non_embedding else set()
    return sum(math.prod(p.shape) for p in model.parameters() if id(p) not in embedding)

# %% wrong: as it was
# visible test_get_num_params_values: get_num_params(SickTransformer, non_embedding=True): raises AttributeError: 'FixedPosition' object has no attribute 'weight'. Line 45 of the cell: `number -= self.position.weight.numel()`
def get_num_params(model, non_embedding=True):
    return model.get_num_params(non_embedding)

# %% wrong: the crash is swallowed
# visible test_get_num_params_values: names it: the token embedding is still counted.
def get_num_params(model, non_embedding=True):
    number = sum(p.numel() for p in model.parameters())
    if non_embedding and hasattr(model.position, "weight"):
        number -= model.position.weight.numel()
    return number

# %% wrong: turned round
# visible test_get_num_params_values: names it: True and False of non_embedding are exchanged.
def get_num_params(model, non_embedding=True):
    number = sum(p.numel() for p in model.parameters())
    if not non_embedding:
        number -= model.token_embedding.weight.numel()
    return number

# %% wrong: the default is False
# hidden test_get_num_params_values: names it: the embedding is counted unless non_embedding is given: it is True by default.
def get_num_params(model, non_embedding=False):
    number = sum(p.numel() for p in model.parameters())
    if non_embedding:
        number -= model.token_embedding.weight.numel()
    return number

# %% wrong: the head is left out too
# visible test_get_num_params_values: names it: lm_head is left out too: it is no embedding.
def get_num_params(model, non_embedding=True):
    number = sum(p.numel() for p in model.parameters())
    if non_embedding:
        number -= 2 * model.token_embedding.weight.numel()
    return number

# %% wrong: tensors are counted, not numbers
# visible test_get_num_params_values: names it: you count tensors: count the numbers in them.
def get_num_params(model, non_embedding=True):
    number = len(list(model.parameters()))
    if non_embedding:
        number -= model.token_embedding.weight.numel()
    return number

# %% wrong: a float
# visible test_get_num_params_values: names it: get_num_params(SickTransformer, non_embedding=False): should be a Python int, but is 1528.0.
def get_num_params(model, non_embedding=True):
    number = sum(p.numel() for p in model.parameters())
    if non_embedding:
        number -= model.token_embedding.weight.numel()
    return float(number)

# %% wrong: rows of the embedding
# visible test_get_num_params_values: names it: only the rows of the embedding are left out: leave all of its numbers out.
def get_num_params(model, non_embedding=True):
    number = sum(p.numel() for p in model.parameters())
    if non_embedding:
        number -= model.token_embedding.num_embeddings
    return number
