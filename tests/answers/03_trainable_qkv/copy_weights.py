# %% correct: copy_ without recording
def copy_weights(v2, v1):
    with torch.no_grad():
        v1.W_query.copy_(v2.W_query.weight.T)
        v1.W_key.copy_(v2.W_key.weight.T)
        v1.W_value.copy_(v2.W_value.weight.T)

# %% correct: new parameters
def copy_weights(v2, v1):
    v1.W_query = nn.Parameter(v2.W_query.weight.detach().T.clone())
    v1.W_key = nn.Parameter(v2.W_key.weight.detach().clone().T)
    v1.W_value = nn.Parameter(v2.W_value.weight.detach().t().contiguous().clone())
    return v1

# %% correct: .data of both
def copy_weights(v2, v1):
    for name in ["W_value", "W_key", "W_query"]:
        getattr(v1, name).data.copy_(getattr(v2, name).weight.data.T)

# %% correct: by state_dict
def copy_weights(v2, v1):
    state = v2.state_dict()
    v1.load_state_dict({name: state[f"{name}.weight"].T for name in v1.state_dict()})

# %% correct: pairs of parameters
def copy_weights(v2, v1):
    for mine, theirs in zip(v1.parameters(), v2.parameters()):
        mine.data = theirs.data.T.clone()

# %% correct: entry by entry
@torch.no_grad()
def copy_weights(v2, v1):
    for name, parameter in v1.named_parameters():
        weight = v2.get_submodule(name).weight
        for i in range(weight.shape[0]):
            for j in range(weight.shape[1]):
                parameter[j, i] = weight[i, j].item()

# %% wrong: not transposed
# visible test_copy_weights_values: v1 after copy_weights(v2, v1): its parameter W_query has shape (3, 4), expected (4, 3). The last two dimensions are exchanged.
# visible test_copy_weights_apart: v1 after copy_weights(v2, v1): its parameter W_query has shape (2, 3), expected (3, 2). The last two dimensions are exchanged.
def copy_weights(v2, v1):
    for name in ("W_query", "W_key", "W_value"):
        getattr(v1, name).data = getattr(v2, name).weight.data.clone()

# %% wrong: reshaped instead of transposed
# visible test_copy_weights_values: names it: x @ v1.W_query, which should equal v2.W_query(x): reshaping puts the numbers in wrong places: rows must become columns.
def copy_weights(v2, v1):
    for name in ("W_query", "W_key", "W_value"):
        weight = getattr(v2, name).weight.data
        getattr(v1, name).data = weight.reshape(weight.shape[1], weight.shape[0]).clone()

# %% wrong: shares memory through .data
# visible test_copy_weights_apart: names it: v2.W_query.weight after a step of training of v1: it moved along with v1: the two share their memory.
def copy_weights(v2, v1):
    for name in ("W_query", "W_key", "W_value"):
        getattr(v1, name).data = getattr(v2, name).weight.data.T

# %% wrong: shares memory through nn.Parameter
# visible test_copy_weights_apart: names it: v2.W_query.weight after a step of training of v1: it moved along with v1: the two share their memory.
def copy_weights(v2, v1):
    v1.W_query = nn.Parameter(v2.W_query.weight.T)
    v1.W_key = nn.Parameter(v2.W_key.weight.T)
    v1.W_value = nn.Parameter(v2.W_value.weight.T)

# %% wrong: a tensor in place of a parameter
# visible test_copy_weights_values: copy_weights(ModuleDict, ParameterDict): raises TypeError: cannot assign 'torch.FloatTensor' as parameter 'W_query' (torch.nn.Parameter or None expected). Line 2 of the cell: `v1.W_query = v2.W_query.weight.T`
# visible test_copy_weights_apart: copy_weights(ModuleDict, ParameterDict): raises TypeError: cannot assign 'torch.FloatTensor' as parameter 'W_query' (torch.nn.Parameter or None expected). Line 2 of the cell: `v1.W_query = v2.W_query.weight.T`
def copy_weights(v2, v1):
    v1.W_query = v2.W_query.weight.T
    v1.W_key = v2.W_key.weight.T
    v1.W_value = v2.W_value.weight.T

# %% wrong: frozen afterwards
# visible test_copy_weights_values: names it: v1 after copy_weights(v2, v1): its parameter W_query is frozen (requires_grad is False).
# visible test_copy_weights_apart: names it: v1 after copy_weights(v2, v1): its parameter W_query is frozen (requires_grad is False).
def copy_weights(v2, v1):
    for name in ("W_query", "W_key", "W_value"):
        setattr(v1, name, nn.Parameter(getattr(v2, name).weight.detach().T.clone(), requires_grad=False))

# %% wrong: frozen by the way
# visible test_copy_weights_values: names it: v1 after copy_weights(v2, v1): its parameter W_query is frozen (requires_grad is False).
# visible test_copy_weights_apart: names it: v1 after copy_weights(v2, v1): its parameter W_query is frozen (requires_grad is False).
def copy_weights(v2, v1):
    for name in ("W_query", "W_key", "W_value"):
        getattr(v1, name).requires_grad_(False).copy_(getattr(v2, name).weight.detach().T)

# %% wrong: the other direction
# visible test_copy_weights_apart: names it: v2.W_query.weight after copy_weights(v2, v1): v2 has the weights of v1: they should go the other way.
def copy_weights(v2, v1):
    for name in ("W_query", "W_key", "W_value"):
        getattr(v2, name).weight.data = getattr(v1, name).data.T.clone()

# %% wrong: the values forgotten
# visible test_copy_weights_values: names it: x @ v1.W_value, which should equal v2.W_value(x): v1 is still what it was.
def copy_weights(v2, v1):
    with torch.no_grad():
        v1.W_query.copy_(v2.W_query.weight.T)
        v1.W_key.copy_(v2.W_key.weight.T)

# %% wrong: key and query exchanged
# visible test_copy_weights_values: names it: x @ v1.W_query, which should equal v2.W_query(x): these are the numbers of v2.W_key.
def copy_weights(v2, v1):
    with torch.no_grad():
        v1.W_query.copy_(v2.W_key.weight.T)
        v1.W_key.copy_(v2.W_query.weight.T)
        v1.W_value.copy_(v2.W_value.weight.T)

# %% wrong: copy_ while gradients are recorded
# visible test_copy_weights_values: copy_weights(ModuleDict, ParameterDict): raises RuntimeError: an argument is changed in place, which cuts its gradient: work on a new tensor. Line 2 of the cell: `v1.W_query.copy_(v2.W_query.weight.T)`
# visible test_copy_weights_apart: copy_weights(ModuleDict, ParameterDict): raises RuntimeError: an argument is changed in place, which cuts its gradient: work on a new tensor. Line 2 of the cell: `v1.W_query.copy_(v2.W_query.weight.T)`
def copy_weights(v2, v1):
    v1.W_query.copy_(v2.W_query.weight.T)
    v1.W_key.copy_(v2.W_key.weight.T)
    v1.W_value.copy_(v2.W_value.weight.T)

# %% wrong: turns v2's own weights round
# visible test_copy_weights_values: v2 after copy_weights(v2, v1): its parameter W_query.weight has shape (4, 3), expected (3, 4). The last two dimensions are exchanged.
# visible test_copy_weights_apart: names it: v2.W_query.weight after copy_weights(v2, v1): has shape (3, 2), expected (2, 3). The last two dimensions are exchanged.
def copy_weights(v2, v1):
    for name in ("W_query", "W_key", "W_value"):
        layer = getattr(v2, name)
        layer.weight.data = layer.weight.data.T.clone()
        getattr(v1, name).data = layer.weight.data.clone()

# %% wrong: leaves v2 frozen
# visible test_copy_weights_values: names it: v2 after copy_weights(v2, v1): its parameter W_query.weight is frozen (requires_grad is False).
# hidden test_copy_weights_apart: names it: v2 after copy_weights(v2, v1): its parameter W_query.weight is frozen (requires_grad is False).
def copy_weights(v2, v1):
    for name in ("W_query", "W_key", "W_value"):
        weight = getattr(v2, name).weight.requires_grad_(False)
        getattr(v1, name).data = weight.T.clone()

# %% wrong: names that only it knows
# hidden test_copy_weights_apart: names it: v1.W_query after copy_weights(v2, v1): no gradient reaches it, so it cannot be trained.
def copy_weights(v2, v1):
    for name in ("W_query", "W_key", "W_value"):
        v1.__dict__[name] = getattr(v2, name).weight.detach().T.clone()

# %% wrong: a new v1 that nobody sees
# visible test_copy_weights_values: names it: x @ v1.W_query, which should equal v2.W_query(x): v1 is still what it was.
def copy_weights(v2, v1):
    v1 = copy.deepcopy(v1)
    for name in ("W_query", "W_key", "W_value"):
        getattr(v1, name).data = getattr(v2, name).weight.data.T.clone()
    return v1
