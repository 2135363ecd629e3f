# %% correct: complex numbers
def apply_rotary(x, positions, base=10000.0):
    d = x.shape[-1]
    theta = base ** (-torch.arange(0, d, 2).to(x.dtype) / d)
    angles = positions.to(x.dtype)[:, None] * theta
    pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], d // 2, 2).contiguous())
    return torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)).flatten(-2)

# %% correct: filled into an empty tensor
def apply_rotary(x, positions, base=10000.0):
    d = x.size(-1)
    inverse = 1.0 / (base ** (torch.arange(0, d, 2).float() / d))
    angles = torch.outer(positions.float(), inverse)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    out = torch.empty_like(x)
    out[..., 0::2] = x[..., 0::2] * cos - x[..., 1::2] * sin
    out[..., 1::2] = x[..., 1::2] * cos + x[..., 0::2] * sin
    return out

# %% correct: repeated angles and a turned copy
def apply_rotary(x, positions, base=10000.0):
    d = x.shape[-1]
    angles = positions.unsqueeze(-1) * torch.exp(-math.log(base) * torch.arange(0, d, 2) / d)
    angles = angles.repeat_interleave(2, dim=-1)
    quarter = torch.stack([-x[..., 1::2], x[..., 0::2]], dim=-1).reshape(x.shape)
    return (x * angles.cos() + quarter * angles.sin()).to(x.dtype)

# %% correct: a rotation matrix per position and pair
def apply_rotary(x, positions, base=10000.0):
    d = x.shape[-1]
    theta = torch.tensor([base ** (-2 * i / d) for i in range(d // 2)])
    a = positions[:, None] * theta
    R = torch.stack([torch.stack([a.cos(), -a.sin()], -1), torch.stack([a.sin(), a.cos()], -1)], -2)
    pairs = x.unflatten(-1, (d // 2, 2))
    return torch.einsum("tpij,...tpj->...tpi", R.to(x.dtype), pairs).flatten(-2)

# %% correct: loops over tokens and pairs
def apply_rotary(x, positions, base=10000.0):
    d = x.shape[-1]
    out = torch.zeros_like(x)
    for t, p in enumerate(positions.tolist()):
        for i in range(d // 2):
            angle = p * base ** (-2 * i / d)
            a, b = x[..., t, 2 * i], x[..., t, 2 * i + 1]
            out[..., t, 2 * i] = math.cos(angle) * a - math.sin(angle) * b
            out[..., t, 2 * i + 1] = math.sin(angle) * a + math.cos(angle) * b
    return out

# %% wrong: clockwise
# visible test_apply_rotary_values: names it: apply_rotary(x of shape (3, 4), positions of shape (3,)), position 1: the vector is turned clockwise: the angle has the wrong sign.
# visible test_apply_rotary_arguments: apply_rotary(x of shape (2, 4), positions of shape (2,)): gives -0.1411 at [0, 1], expected 0.1411. 4 of 8 numbers differ.
def apply_rotary(x, positions, base=10000.0):
    d = x.shape[-1]
    angles = positions[:, None] * base ** (-torch.arange(0, d, 2) / d)
    a, b, cos, sin = x[..., 0::2], x[..., 1::2], angles.cos(), angles.sin()
    return torch.stack([a * cos + b * sin, b * cos - a * sin], -1).flatten(-2)

# %% wrong: halves paired
# visible test_apply_rotary_values: names it: apply_rotary(x of shape (3, 4), positions of shape (3,)), position 1: feature i is paired with feature i + d/2: pairs are neighbours here.
# hidden test_apply_rotary_distance: the score of positions 5 and 2: gives 3.262, expected -4.974.
# visible test_apply_rotary_arguments: apply_rotary(x of shape (2, 4), positions of shape (2,)): gives -1.131 at [0, 0], expected -0.99. 8 of 8 numbers differ.
def apply_rotary(x, positions, base=10000.0):
    d = x.shape[-1]
    angles = positions[:, None] * base ** (-torch.arange(0, d, 2) / d)
    angles = torch.cat([angles, angles], dim=-1)
    a, b = x.chunk(2, dim=-1)
    return x * angles.cos() + torch.cat([-b, a], dim=-1) * angles.sin()

# %% wrong: base ignored
# visible test_apply_rotary_arguments: names it: apply_rotary(x of shape (2, 4), positions of shape (2,), base=100.0): the base is not used: it is always 10000.
def apply_rotary(x, positions, base=10000.0):
    d = x.shape[-1]
    angles = positions[:, None] * 10000.0 ** (-torch.arange(0, d, 2) / d)
    a, b, cos, sin = x[..., 0::2], x[..., 1::2], angles.cos(), angles.sin()
    return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)

# %% wrong: positions ignored
# visible test_apply_rotary_distance: apply_rotary: whether distances 4 and 3 score differently: is False, expected True.
# visible test_apply_rotary_arguments: names it: apply_rotary(x of shape (2, 4), positions of shape (2,)): the tokens are counted 0, 1, 2, …: use the positions that are given.
def apply_rotary(x, positions, base=10000.0):
    d = x.shape[-1]
    angles = torch.arange(x.shape[-2])[:, None] * base ** (-torch.arange(0, d, 2) / d)
    a, b, cos, sin = x[..., 0::2], x[..., 1::2], angles.cos(), angles.sin()
    return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)

# %% wrong: positions from 1
# visible test_apply_rotary_values: names it: apply_rotary(x of shape (3, 4), positions of shape (3,)), position 1: this is position 2: take the positions as they are given.
# visible test_apply_rotary_arguments: apply_rotary(x of shape (2, 4), positions of shape (2,)): gives -0.6536 at [0, 0], expected -0.99. 6 of 8 numbers differ.
def apply_rotary(x, positions, base=10000.0):
    d = x.shape[-1]
    angles = (positions + 1)[:, None] * base ** (-torch.arange(0, d, 2) / d)
    a, b, cos, sin = x[..., 0::2], x[..., 1::2], angles.cos(), angles.sin()
    return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)

# %% wrong: exponent -i / d
# visible test_apply_rotary_values: names it: apply_rotary(x of shape (3, 4), positions of shape (3,)), position 1: the second pair turns too fast: its exponent is -2i / d with i = 1.
# hidden test_apply_rotary_distance: the score of positions 5 and 2: gives -4.863, expected -4.974.
# visible test_apply_rotary_arguments: apply_rotary(x of shape (2, 4), positions of shape (2,)): gives 0.9553 at [0, 2], expected 0.9996. 4 of 8 numbers differ.
def apply_rotary(x, positions, base=10000.0):
    d = x.shape[-1]
    angles = positions[:, None] * base ** (-torch.arange(d // 2) / d)
    a, b, cos, sin = x[..., 0::2], x[..., 1::2], angles.cos(), angles.sin()
    return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)

# %% wrong: exponent with the wrong sign
# visible test_apply_rotary_values: names it: apply_rotary(x of shape (3, 4), positions of shape (3,)), position 1: the second pair turns much too fast: its exponent has a minus.
# hidden test_apply_rotary_distance: the score of positions 5 and 2: gives -2.42, expected -4.974.
# visible test_apply_rotary_arguments: apply_rotary(x of shape (2, 4), positions of shape (2,)): gives -0.0221 at [0, 2], expected 0.9996. 4 of 8 numbers differ.
def apply_rotary(x, positions, base=10000.0):
    d = x.shape[-1]
    angles = positions[:, None] * base ** (torch.arange(0, d, 2) / d)
    a, b, cos, sin = x[..., 0::2], x[..., 1::2], angles.cos(), angles.sin()
    return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)

# %% wrong: not interleaved again
# visible test_apply_rotary_values: names it: apply_rotary(x of shape (3, 4), positions of shape (3,)), position 1: the pairs are not interleaved again: first features, then second ones.
# visible test_apply_rotary_arguments: apply_rotary(x of shape (2, 4), positions of shape (2,)): gives 0.9996 at [0, 1], expected 0.1411. 4 of 8 numbers differ.
def apply_rotary(x, positions, base=10000.0):
    d = x.shape[-1]
    angles = positions[:, None] * base ** (-torch.arange(0, d, 2) / d)
    a, b, cos, sin = x[..., 0::2], x[..., 1::2], angles.cos(), angles.sin()
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)

# %% wrong: one dimension of batch assumed
# visible test_apply_rotary_values: apply_rotary(x of shape (3, 4), positions of shape (3,)): raises ValueError: not enough values to unpack (expected 3, got 2). Line 2 of the cell: `b, T, d = x.shape`
# visible test_apply_rotary_distance: apply_rotary(x of shape (1, 4), positions of shape (1,)): raises ValueError: not enough values to unpack (expected 3, got 2). Line 2 of the cell: `b, T, d = x.shape`
# visible test_apply_rotary_arguments: apply_rotary(x of shape (2, 4), positions of shape (2,)): raises ValueError: not enough values to unpack (expected 3, got 2). Line 2 of the cell: `b, T, d = x.shape`
def apply_rotary(x, positions, base=10000.0):
    b, T, d = x.shape
    angles = positions[:, None] * base ** (-torch.arange(0, d, 2) / d)
    first, second, cos, sin = x[:, :, 0::2], x[:, :, 1::2], angles.cos(), angles.sin()
    return torch.stack([first * cos - second * sin, first * sin + second * cos], -1).reshape(b, T, d)

# %% wrong: the second half uses the first half that was already turned
# visible test_apply_rotary_values: names it: apply_rotary(x of shape (3, 4), positions of shape (3,)), position 1: the second feature is made from the first one after it was turned: use the old one.
# visible test_apply_rotary_distance: the score of positions 12 and 9, against that of 5 and 2: gives -4.991, expected -2.747.
# visible test_apply_rotary_arguments: apply_rotary(x of shape (2, 4), positions of shape (2,)): gives -0.1397 at [0, 1], expected 0.1411. 2 of 8 numbers differ.
def apply_rotary(x, positions, base=10000.0):
    d = x.shape[-1]
    angles = positions[:, None] * base ** (-torch.arange(0, d, 2) / d)
    x = x.clone()
    x[..., 0::2] = x[..., 0::2] * angles.cos() - x[..., 1::2] * angles.sin()
    x[..., 1::2] = x[..., 0::2] * angles.sin() + x[..., 1::2] * angles.cos()
    return x

# %% wrong: turns the caller's tensor
# visible test_apply_rotary_values: names it: apply_rotary(x of shape (3, 4), positions of shape (3,)): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
# visible test_apply_rotary_distance: names it: apply_rotary(x of shape (1, 4), positions of shape (1,)): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
# visible test_apply_rotary_arguments: names it: apply_rotary(x of shape (2, 4), positions of shape (2,)): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
def apply_rotary(x, positions, base=10000.0):
    d = x.shape[-1]
    angles = positions[:, None] * base ** (-torch.arange(0, d, 2) / d)
    a, b, cos, sin = x[..., 0::2].clone(), x[..., 1::2].clone(), angles.cos(), angles.sin()
    x[..., 0::2] = a * cos - b * sin
    x[..., 1::2] = a * sin + b * cos
    return x

# %% wrong: adds the sinusoid
# visible test_apply_rotary_values: names it: apply_rotary(x of shape (3, 4), positions of shape (3,)), position 1: a sinusoid is added: turn the vector in place of adding to it.
# visible test_apply_rotary_distance: the score of positions 12 and 9, against that of 5 and 2: gives -1.17, expected -0.5281.
# visible test_apply_rotary_arguments: apply_rotary(x of shape (2, 4), positions of shape (2,)): gives 1.141 at [0, 0], expected -0.99. 8 of 8 numbers differ.
def apply_rotary(x, positions, base=10000.0):
    d = x.shape[-1]
    angles = positions[:, None] * base ** (-torch.arange(0, d, 2) / d)
    return x + torch.stack([angles.sin(), angles.cos()], -1).flatten(-2)

# %% wrong: nothing is turned
# visible test_apply_rotary_values: names it: apply_rotary(x of shape (3, 4), positions of shape (3,)), position 1: nothing is turned.
# visible test_apply_rotary_distance: apply_rotary: whether distances 4 and 3 score differently: is False, expected True.
# visible test_apply_rotary_arguments: apply_rotary(x of shape (2, 4), positions of shape (2,)): gives 1 at [0, 0], expected -0.99. 6 of 8 numbers differ.
def apply_rotary(x, positions, base=10000.0):
    return x.clone()

# %% wrong: float64 falls to float32
# hidden test_apply_rotary_values: names it: apply_rotary(x of shape (5, 6), positions of shape (5,)) in float64: has dtype torch.float32, expected torch.float64.
def apply_rotary(x, positions, base=10000.0):
    d = x.shape[-1]
    angles = positions[:, None] * base ** (-torch.arange(0, d, 2) / d)
    a, b, cos, sin = x[..., 0::2].float(), x[..., 1::2].float(), angles.cos(), angles.sin()
    return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)

# %% wrong: detaches
# hidden test_apply_rotary_values: names it: apply_rotary: no gradient reaches its argument x. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
def apply_rotary(x, positions, base=10000.0):
    d = x.shape[-1]
    angles = positions[:, None] * base ** (-torch.arange(0, d, 2) / d)
    a, b, cos, sin = x.data[..., 0::2], x.data[..., 1::2], angles.cos(), angles.sin()
    return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)

# %% wrong: all pairs turn alike
# visible test_apply_rotary_values: names it: apply_rotary(x of shape (3, 4), positions of shape (3,)), position 1: all pairs turn alike: each has an angle of its own.
# visible test_apply_rotary_distance: apply_rotary: whether distances 4 and 3 score differently: is False, expected True.
# visible test_apply_rotary_arguments: apply_rotary(x of shape (2, 4), positions of shape (2,)): gives -0.99 at [0, 2], expected 0.9996. 4 of 8 numbers differ.
def apply_rotary(x, positions, base=10000.0):
    angles = positions[:, None].to(x.dtype)
    a, b, cos, sin = x[..., 0::2], x[..., 1::2], angles.cos(), angles.sin()
    return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)
