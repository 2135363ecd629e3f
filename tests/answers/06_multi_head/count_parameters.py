# %% correct: parameters() gives shared ones once
def count_parameters(module):
    return sum(p.numel() for p in module.parameters() if p.requires_grad)

# %% correct: a loop that keeps what it has seen
def count_parameters(module):
    seen, total = set(), 0
    for part in module.modules():
        for parameter in part.parameters(recurse=False):
            if parameter.requires_grad and id(parameter) not in seen:
                seen.add(id(parameter))
                total += parameter.numel()
    return total

# %% correct: named parameters, sizes multiplied
import math

def count_parameters(module):
    return sum(math.prod(p.shape) for _, p in module.named_parameters() if p.requires_grad)

# %% correct: a set of parameters, nelement
def count_parameters(module):
    trainable = {p for p in module.parameters() if p.requires_grad}
    return sum(map(torch.Tensor.nelement, trainable))

# %% correct: counted in a tensor
def count_parameters(module):
    sizes = [p.numel() for p in filter(lambda p: p.requires_grad, module.parameters())]
    return torch.tensor(sizes, dtype=torch.int64).sum()

# %% wrong: frozen ones too
# visible test_count_parameters_shared_and_frozen: names it: count_parameters(nn.Linear(3, 2) with its weight frozen): is 8: what is frozen does not count.
def count_parameters(module):
    return sum(p.numel() for p in module.parameters())

# %% wrong: the number of tensors
# visible test_count_parameters_values: names it: count_parameters(nn.Linear(3, 2)): is 2: there are two tensors, but their entries are to be counted.
# visible test_count_parameters_shared_and_frozen: count_parameters(an embedding and a layer that share their weight): is 1, expected 28.
def count_parameters(module):
    return len([p for p in module.parameters() if p.requires_grad])

# %% wrong: the state dict, with buffers and shared ones twice
# visible test_count_parameters_values: names it: count_parameters(CausalAttention(3, 2, 6, 0.0)): is 54: a mask is a buffer, not a parameter.
# visible test_count_parameters_shared_and_frozen: names it: count_parameters(an embedding and a layer that share their weight): is 56: the shared weight counts once.
def count_parameters(module):
    return sum(t.numel() for t in module.state_dict().values())

# %% wrong: shared ones as often as they occur
# visible test_count_parameters_shared_and_frozen: names it: count_parameters(an embedding and a layer that share their weight): is 56: the shared weight counts once.
def count_parameters(module):
    named = module.named_parameters(remove_duplicate=False)
    return sum(p.numel() for _, p in named if p.requires_grad)

# %% wrong: weights without biases
# visible test_count_parameters_values: names it: count_parameters(nn.Linear(3, 2)): is 6: the biases are missing, they are parameters too.
# visible test_count_parameters_shared_and_frozen: count_parameters(nn.Linear(3, 2) with its weight frozen): is 0, expected 2.
def count_parameters(module):
    return sum(p.numel() for name, p in module.named_parameters() if p.requires_grad and "bias" not in name)

# %% wrong: only linear layers
# hidden test_count_parameters_values: names it: count_parameters(nn.MultiheadAttention(4, 2)): is 20: only its linear layer is counted.
# hidden test_count_parameters_shared_and_frozen: count_parameters(two layers that share their bias): is 33, expected 30.
def count_parameters(module):
    return sum(
        p.numel() for part in module.modules() if isinstance(part, nn.Linear)
        for p in part.parameters() if p.requires_grad
    )

# %% wrong: each level counts everything below it again
# visible test_count_parameters_values: names it: count_parameters(two linear layers, one deeper): is 61: the inner layers are counted more than once.
# visible test_count_parameters_shared_and_frozen: count_parameters(an embedding and a layer that share their weight): is 84, expected 28.
def count_parameters(module):
    return sum(p.numel() for part in module.modules() for p in part.parameters() if p.requires_grad)

# %% wrong: only the first level
# visible test_count_parameters_values: names it: count_parameters(two linear layers, one deeper): is 0: what is inside of layers counts too.
# visible test_count_parameters_shared_and_frozen: count_parameters(an embedding and a layer that share their weight): is 0, expected 28.
def count_parameters(module):
    return sum(p.numel() for p in module.parameters(recurse=False) if p.requires_grad)

# %% wrong: the frozen ones
# visible test_count_parameters_values: names it: count_parameters(nn.Linear(3, 2)): is 0: nothing here is frozen, so all of it counts.
# visible test_count_parameters_shared_and_frozen: count_parameters(an embedding and a layer that share their weight): is 0, expected 28.
def count_parameters(module):
    return sum(p.numel() for p in module.parameters() if not p.requires_grad)

# %% wrong: rows alone
# visible test_count_parameters_values: names it: count_parameters(nn.Linear(3, 2)): is 4: those are the rows, each of several numbers.
# visible test_count_parameters_shared_and_frozen: count_parameters(an embedding and a layer that share their weight): is 7, expected 28.
def count_parameters(module):
    return sum(p.shape[0] for p in module.parameters() if p.requires_grad)

# %% wrong: buffers too
# visible test_count_parameters_values: names it: count_parameters(CausalAttention(3, 2, 6, 0.0)): is 54: a mask is a buffer, not a parameter.
def count_parameters(module):
    own = sum(p.numel() for p in module.parameters() if p.requires_grad)
    return own + sum(buffer.numel() for buffer in module.buffers())

# %% wrong: parameters with equal numbers count once
# hidden test_count_parameters_shared_and_frozen: names it: count_parameters(two layers whose equal numbers are not shared): is 12, one of them: only one and the same parameter counts once, not numbers that happen to be equal.
def count_parameters(module):
    kept = []
    for p in module.parameters():
        if p.requires_grad and not any(p.shape == q.shape and torch.equal(p, q) for q in kept):
            kept.append(p)
    return sum(p.numel() for p in kept)

# %% wrong: prints and returns nothing
# visible test_count_parameters_values: names it: count_parameters(nn.Linear(3, 2)): should be a Python int, but is None.
# visible test_count_parameters_shared_and_frozen: names it: count_parameters(an embedding and a layer that share their weight): should be a Python int, but is None.
def count_parameters(module):
    print(sum(p.numel() for p in module.parameters() if p.requires_grad))
