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
# visible test_get_num_params_values: get_num_params(SickTransformer, non_embedding=True): is 1528, expected 1448.
def get_num_params(model, non_embedding=True):
    number = sum(p.numel() for p in model.parameters())
    if non_embedding and hasattr(model.position, "weight"):
        number -= model.position.weight.numel()
    return number

# %% wrong: turned round
# visible test_get_num_params_values: get_num_params(SickTransformer, non_embedding=False): is 1448, expected 1528.
def get_num_params(model, non_embedding=True):
    number = sum(p.numel() for p in model.parameters())
    if not non_embedding:
        number -= model.token_embedding.weight.numel()
    return number

# %% wrong: the default is False
# hidden test_get_num_params_values: get_num_params(SickTransformer): is 814, expected 760.
def get_num_params(model, non_embedding=False):
    number = sum(p.numel() for p in model.parameters())
    if non_embedding:
        number -= model.token_embedding.weight.numel()
    return number

# %% wrong: the head is left out too
# visible test_get_num_params_values: get_num_params(SickTransformer, non_embedding=True): is 1368, expected 1448.
def get_num_params(model, non_embedding=True):
    number = sum(p.numel() for p in model.parameters())
    if non_embedding:
        number -= 2 * model.token_embedding.weight.numel()
    return number

# %% wrong: tensors are counted, not numbers
# visible test_get_num_params_values: get_num_params(SickTransformer, non_embedding=False): is 32, expected 1528.
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
# visible test_get_num_params_values: get_num_params(SickTransformer, non_embedding=True): is 1518, expected 1448.
def get_num_params(model, non_embedding=True):
    number = sum(p.numel() for p in model.parameters())
    if non_embedding:
        number -= model.token_embedding.num_embeddings
    return number
