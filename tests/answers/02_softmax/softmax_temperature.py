# %% correct: one's own softmax of the divided scores
def softmax_temperature(x, temperature, dim=-1):
    if not temperature > 0:
        raise ValueError("temperature must be positive")
    return softmax(x / temperature, dim)

# %% correct: PyTorch's softmax, nan asked for by name
def softmax_temperature(x, temperature, dim=-1):
    if temperature <= 0 or math.isnan(temperature):
        raise ValueError(temperature)
    return F.softmax(x.div(temperature), dim=dim)

# %% correct: the maximum first, then the temperature
def softmax_temperature(x, temperature, dim=-1):
    if temperature > 0:
        e = torch.exp((x - x.amax(dim, keepdim=True)) / temperature)
        return e / e.sum(dim, keepdim=True)
    raise ValueError(f"temperature {temperature}")

# %% correct: a module, a factor, and an error of its own
class BadTemperature(ValueError):
    pass

def softmax_temperature(x, temperature, dim=-1):
    try:
        assert temperature > 0
    except AssertionError:
        raise BadTemperature("no") from None
    return nn.Softmax(dim=dim)(x * (1 / temperature))

# %% correct: logarithms
def softmax_temperature(x, temperature, dim=-1):
    if temperature != temperature or temperature <= 0.0:
        raise ValueError("the temperature has to be above zero")
    scaled = x / temperature
    return (scaled - torch.logsumexp(scaled, dim, keepdim=True)).exp()

# %% wrong: multiplies by the temperature
# visible test_softmax_temperature_values: names it: softmax_temperature(x of shape (2,), 2.0): the scores are multiplied by the temperature: hot weights are the flat ones.
# visible test_softmax_temperature_extreme: names it: softmax_temperature(x of shape (2,), 100.0): the exponentials are taken of scores that are still far apart, and the small one is rounded to zero: divide the scores by the temperature first.
def softmax_temperature(x, temperature, dim=-1):
    if not temperature > 0:
        raise ValueError("temperature")
    return torch.softmax(x * temperature, dim)

# %% wrong: the temperature is not used
# visible test_softmax_temperature_values: names it: softmax_temperature(x of shape (2,), 2.0): the temperature is not used.
# visible test_softmax_temperature_extreme: names it: softmax_temperature(x of shape (2,), 100.0): the exponentials are taken of scores that are still far apart, and the small one is rounded to zero: divide the scores by the temperature first.
def softmax_temperature(x, temperature, dim=-1):
    if not temperature > 0:
        raise ValueError("temperature")
    return torch.softmax(x, dim)

# %% wrong: divides the weights
# visible test_softmax_temperature_values: names it: softmax_temperature(x of shape (2,), 2.0): the weights are divided by the temperature, not the scores.
# visible test_softmax_temperature_extreme: softmax_temperature(x of shape (2,), 100.0): gives 0 at [0], expected 0.1192. 2 of 2 numbers differ.
# visible test_softmax_temperature_refuses: softmax_temperature(x of shape (2,), 0.01): gives 50 at [0], expected 0.5. 2 of 2 numbers differ.
def softmax_temperature(x, temperature, dim=-1):
    if not temperature > 0:
        raise ValueError("temperature")
    return torch.softmax(x, dim) / temperature

# %% wrong: nan gets through
# visible test_softmax_temperature_refuses: names it: softmax_temperature(x of shape (2,), nan): should raise ValueError, but returns tensor of shape (2,). Check the argument before you compute.
def softmax_temperature(x, temperature, dim=-1):
    if temperature <= 0:
        raise ValueError("temperature")
    return torch.softmax(x / temperature, dim)

# %% wrong: zero gets through
# visible test_softmax_temperature_refuses: names it: softmax_temperature(x of shape (2,), 0.0): should raise ValueError, but returns tensor of shape (2,). Check the argument before you compute.
def softmax_temperature(x, temperature, dim=-1):
    if temperature < 0 or math.isnan(temperature):
        raise ValueError("temperature")
    return torch.softmax(x / temperature, dim)

# %% wrong: refuses nothing
# visible test_softmax_temperature_refuses: names it: softmax_temperature(x of shape (2,), 0.0): should raise ValueError, but returns tensor of shape (2,). Check the argument before you compute.
def softmax_temperature(x, temperature, dim=-1):
    return torch.softmax(x / temperature, dim)

# %% wrong: an assertion instead of a ValueError
# visible test_softmax_temperature_refuses: names it: softmax_temperature(x of shape (2,), 0.0): raises AssertionError: (no message). Line 2 of the cell: `assert temperature > 0` It should raise ValueError.
def softmax_temperature(x, temperature, dim=-1):
    assert temperature > 0
    return torch.softmax(x / temperature, dim)

# %% wrong: a TypeError instead of a ValueError
# visible test_softmax_temperature_refuses: names it: softmax_temperature(x of shape (2,), 0.0): raises TypeError: temperature. Line 3 of the cell: `raise TypeError("temperature")` It should raise ValueError.
def softmax_temperature(x, temperature, dim=-1):
    if not temperature > 0:
        raise TypeError("temperature")
    return torch.softmax(x / temperature, dim)

# %% wrong: returns the error
# visible test_softmax_temperature_refuses: names it: softmax_temperature(x of shape (2,), 0.0): should raise ValueError, but returns a ValueError. Check the argument before you compute.
def softmax_temperature(x, temperature, dim=-1):
    if not temperature > 0:
        return ValueError("temperature")
    return torch.softmax(x / temperature, dim)

# %% wrong: whole temperatures only
# visible test_softmax_temperature_values: names it: softmax_temperature(x of shape (2,), 0.5): raises ValueError: temperature. Line 3 of the cell: `raise ValueError("temperature")` Nothing should be raised here.
# visible test_softmax_temperature_extreme: names it: softmax_temperature(x of shape (3,), 0.001): raises ValueError: temperature. Line 3 of the cell: `raise ValueError("temperature")` Nothing should be raised here.
# visible test_softmax_temperature_refuses: names it: softmax_temperature(x of shape (2,), 0.01): raises ValueError: temperature. Line 3 of the cell: `raise ValueError("temperature")` Nothing should be raised here.
def softmax_temperature(x, temperature, dim=-1):
    if not temperature >= 1:
        raise ValueError("temperature")
    return torch.softmax(x / temperature, dim)

# %% wrong: never colder than a tenth
# visible test_softmax_temperature_extreme: names it: softmax_temperature(x of shape (3,), 0.001): a low temperature is replaced by a higher one: use it as it is.
def softmax_temperature(x, temperature, dim=-1):
    if not temperature > 0:
        raise ValueError("temperature")
    return torch.softmax(x / max(temperature, 0.1), dim)

# %% wrong: a softmax that overflows
# visible test_softmax_temperature_extreme: names it: softmax_temperature(x of shape (3,), 0.001): the exponentials overflow: take a softmax that is safe for large scores.
def softmax_temperature(x, temperature, dim=-1):
    if not temperature > 0:
        raise ValueError("temperature")
    return softmax_naive(x / temperature, dim)

# %% wrong: a power of the finished weights
# visible test_softmax_temperature_extreme: names it: softmax_temperature(x of shape (2,), 100.0): the exponentials are taken of scores that are still far apart, and the small one is rounded to zero: divide the scores by the temperature first.
# hidden test_softmax_temperature_refuses: softmax_temperature(x of shape (2,), 1e-06): gives nan at [0], where 0.5 is expected.
def softmax_temperature(x, temperature, dim=-1):
    if not temperature > 0:
        raise ValueError("temperature")
    powers = torch.softmax(x, dim) ** (1 / temperature)
    return powers / powers.sum(dim, keepdim=True)

# %% wrong: ignores dim
# hidden test_softmax_temperature_values: names it: softmax_temperature(x of shape (3, 4), 0.3, -2): the weights sum to one over the last dimension, whatever dim says.
def softmax_temperature(x, temperature, dim=-1):
    if not temperature > 0:
        raise ValueError("temperature")
    return torch.softmax(x / temperature, dim=-1)

# %% wrong: the first dimension by default
# hidden test_softmax_temperature_values: names it: softmax_temperature(x of shape (3, 4), temperature=2.5): without a dim, the weights sum to one over the last dimension.
# hidden test_softmax_temperature_extreme: softmax_temperature(x of shape (2, 3), 2.0): gives 1 at [0, 0], expected 0.3072. 6 of 6 numbers differ.
def softmax_temperature(x, temperature, dim=0):
    if not temperature > 0:
        raise ValueError("temperature")
    return torch.softmax(x / temperature, dim=dim)

# %% wrong: divides in place
# visible test_softmax_temperature_values: names it: softmax_temperature(x of shape (2,), 2.0): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
# visible test_softmax_temperature_extreme: names it: softmax_temperature(x of shape (2,), 100.0): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
def softmax_temperature(x, temperature, dim=-1):
    if not temperature > 0:
        raise ValueError("temperature")
    x /= temperature
    return torch.softmax(x, dim)

# %% wrong: a copy without the graph
# hidden test_softmax_temperature_values: names it: softmax_temperature: no gradient reaches its argument x. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
def softmax_temperature(x, temperature, dim=-1):
    if not temperature > 0:
        raise ValueError("temperature")
    return torch.softmax(torch.tensor(x.tolist()) / temperature, dim)
