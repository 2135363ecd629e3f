# %% correct: exp of a logarithm
def sinusoidal_encoding(max_len, d_model):
    position = torch.arange(max_len, dtype=torch.float).unsqueeze(1)
    div_term = torch.exp(torch.arange(0, d_model, 2).float() * (-math.log(10000.0) / d_model))
    pe = torch.zeros(max_len, d_model)
    pe[:, 0::2] = torch.sin(position * div_term)
    pe[:, 1::2] = torch.cos(position * div_term)[:, : d_model // 2]
    return pe

# %% correct: two loops and the math module
def sinusoidal_encoding(max_len, d_model):
    table = []
    for p in range(max_len):
        row = []
        for c in range(d_model):
            angle = p / 10000 ** (2 * (c // 2) / d_model)
            row.append(math.sin(angle) if c % 2 == 0 else math.cos(angle))
        table.append(row)
    return torch.tensor(table)

# %% correct: column by column
def sinusoidal_encoding(max_len, d_model):
    p = torch.arange(max_len).float()
    columns = []
    for c in range(d_model):
        angle = p * 10000 ** (-(c - c % 2) / d_model)
        columns.append(torch.cos(angle) if c % 2 else torch.sin(angle))
    return torch.stack(columns, dim=1)

# %% correct: a cosine is a shifted sine
def sinusoidal_encoding(max_len, d_model):
    c = torch.arange(d_model)
    angles = torch.arange(max_len)[:, None] / torch.pow(10000.0, 2 * (c // 2) / d_model)
    return torch.sin(angles + (c % 2) * math.pi / 2)

# %% correct: stacked, flattened and cut
def sinusoidal_encoding(max_len, d_model):
    hands = (d_model + 1) // 2
    angles = torch.outer(torch.arange(max_len).float(), 10000.0 ** (-2.0 * torch.arange(hands) / d_model))
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)[:, :d_model]

# %% correct: NumPy in float64, then float32
import numpy as np

def sinusoidal_encoding(max_len, d_model):
    c = np.arange(d_model)
    angles = np.arange(max_len)[:, None] / np.power(10000, 2 * (c // 2) / d_model)
    return torch.from_numpy(np.where(c % 2 == 0, np.sin(angles), np.cos(angles))).float()

# %% wrong: exponent i / d
# visible test_sinusoidal_encoding_values: names it: sinusoidal_encoding(3, 4), position 1: the second hand is too fast: is the exponent of column 2i really 2i / d_model?
# visible test_sinusoidal_encoding_odd: sinusoidal_encoding(2, 3): gives 0.0464 at [1, 2], expected 0.0022. 1 of 6 numbers differ.
# hidden test_sinusoidal_encoding_far: sinusoidal_encoding(3001, 6): whether all numbers are right to 1e-3: is False, expected True.
def sinusoidal_encoding(max_len, d_model):
    hands = (d_model + 1) // 2
    angles = torch.arange(max_len)[:, None] / 10000 ** (torch.arange(hands) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)[:, :d_model]

# %% wrong: exponent 2 * arange(0, d, 2) / d
# visible test_sinusoidal_encoding_values: names it: sinusoidal_encoding(3, 4), position 1: the second hand is too slow: torch.arange(0, d_model, 2) counts 2i already.
# visible test_sinusoidal_encoding_odd: names it: sinusoidal_encoding(2, 3): the last column is as good as empty: it holds a sine like all even columns.
# hidden test_sinusoidal_encoding_far: sinusoidal_encoding(3001, 6): whether all numbers are right to 1e-3: is False, expected True.
def sinusoidal_encoding(max_len, d_model):
    angles = torch.arange(max_len)[:, None] / 10000 ** (2 * torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)[:, :d_model]

# %% wrong: cosine first
# visible test_sinusoidal_encoding_values: names it: sinusoidal_encoding(3, 4), position 1: sines and cosines are exchanged: the sine comes first.
# visible test_sinusoidal_encoding_odd: sinusoidal_encoding(2, 3): gives 1 at [0, 0], expected 0. 6 of 6 numbers differ.
# visible test_sinusoidal_encoding_far: the first columns of row 3000 of sinusoidal_encoding(3001, 6): gives -0.9757 at [0], expected 0.2192. 2 of 2 numbers differ.
def sinusoidal_encoding(max_len, d_model):
    angles = torch.arange(max_len)[:, None] / 10000 ** (torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.cos(), angles.sin()], dim=-1).flatten(1)[:, :d_model]

# %% wrong: halves side by side
# visible test_sinusoidal_encoding_values: names it: sinusoidal_encoding(3, 4), position 1: all sines stand before all cosines: each sine has its cosine beside it.
# visible test_sinusoidal_encoding_odd: sinusoidal_encoding(2, 3): gives 0 at [0, 1], expected 1. 4 of 6 numbers differ.
# visible test_sinusoidal_encoding_far: the first columns of row 3000 of sinusoidal_encoding(3001, 6): gives 0.8508 at [1], expected -0.9757. 1 of 2 numbers differ.
def sinusoidal_encoding(max_len, d_model):
    angles = torch.arange(max_len)[:, None] / 10000 ** (torch.arange(0, d_model, 2) / d_model)
    return torch.cat([angles.sin(), angles.cos()], dim=1)[:, :d_model]

# %% wrong: base 1000
# visible test_sinusoidal_encoding_values: names it: sinusoidal_encoding(3, 4), position 1: the base is 1000: it should be 10000.
# visible test_sinusoidal_encoding_odd: names it: sinusoidal_encoding(2, 3): the last column turns too fast: is its exponent divided by d_model = 3, not by an even number?
# hidden test_sinusoidal_encoding_far: sinusoidal_encoding(3001, 6): whether all numbers are right to 1e-3: is False, expected True.
def sinusoidal_encoding(max_len, d_model):
    angles = torch.arange(max_len)[:, None] / 1000 ** (torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)[:, :d_model]

# %% wrong: positions from 1
# visible test_sinusoidal_encoding_values: names it: sinusoidal_encoding(3, 4), position 1: this is position 2: positions count from 0.
# visible test_sinusoidal_encoding_odd: sinusoidal_encoding(2, 3): gives 0.8415 at [0, 0], expected 0. 6 of 6 numbers differ.
# visible test_sinusoidal_encoding_far: the first columns of row 3000 of sinusoidal_encoding(3001, 6): gives -0.7026 at [0], expected 0.2192. 2 of 2 numbers differ.
def sinusoidal_encoding(max_len, d_model):
    angles = torch.arange(1, max_len + 1)[:, None] / 10000 ** (torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)[:, :d_model]

# %% wrong: each column with its own exponent
# visible test_sinusoidal_encoding_values: names it: sinusoidal_encoding(3, 4), position 1: the columns of one hand turn at different speeds: column 2i + 1 has the exponent of column 2i.
# visible test_sinusoidal_encoding_odd: sinusoidal_encoding(2, 3): gives 0.9989 at [1, 1], expected 0.5403. 1 of 6 numbers differ.
# visible test_sinusoidal_encoding_far: the first columns of row 3000 of sinusoidal_encoding(3001, 6): gives 0.6692 at [1], expected -0.9757. 1 of 2 numbers differ.
def sinusoidal_encoding(max_len, d_model):
    c = torch.arange(d_model)
    angles = torch.arange(max_len)[:, None] / 10000 ** (c / d_model)
    return torch.where(c % 2 == 0, angles.sin(), angles.cos())

# %% wrong: the exponent counts 2c for odd columns too
# visible test_sinusoidal_encoding_values: names it: sinusoidal_encoding(3, 4), position 1: the cosines are too slow: column 2i + 1 has the exponent of column 2i.
# visible test_sinusoidal_encoding_odd: sinusoidal_encoding(2, 3): gives 1 at [1, 1], expected 0.5403. 1 of 6 numbers differ.
# visible test_sinusoidal_encoding_far: the first columns of row 3000 of sinusoidal_encoding(3001, 6): gives 0.5254 at [1], expected -0.9757. 1 of 2 numbers differ.
def sinusoidal_encoding(max_len, d_model):
    table = torch.zeros(max_len, d_model)
    p = torch.arange(max_len).float()
    for c in range(0, d_model, 2):
        table[:, c] = torch.sin(p / 10000 ** (c / d_model))
        if c + 1 < d_model:
            table[:, c + 1] = torch.cos(p / 10000 ** (2 * (c + 1) / d_model))
    return table

# %% wrong: multiplies in place of dividing
# visible test_sinusoidal_encoding_values: names it: sinusoidal_encoding(3, 4), position 1: the position is multiplied by the power of 10000: divide by it.
# visible test_sinusoidal_encoding_odd: sinusoidal_encoding(2, 3): gives -0.7151 at [1, 2], expected 0.0022. 1 of 6 numbers differ.
# hidden test_sinusoidal_encoding_far: sinusoidal_encoding(3001, 6): whether all numbers are right to 1e-3: is False, expected True.
def sinusoidal_encoding(max_len, d_model):
    angles = torch.arange(max_len)[:, None] * 10000 ** (torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)[:, :d_model]

# %% wrong: crashes for an odd d_model
# visible test_sinusoidal_encoding_odd: sinusoidal_encoding(2, 3): raises RuntimeError: The expanded size of the tensor (1) must match the existing size (2) at non-singleton dimension 1. Target sizes: [2, 1]. Tensor sizes: [2, 2]. Line 5 of the cell: `pe[:, 1::2] = torch.cos(angles)`
def sinusoidal_encoding(max_len, d_model):
    pe = torch.zeros(max_len, d_model)
    angles = torch.arange(max_len)[:, None] / 10000 ** (torch.arange(0, d_model, 2) / d_model)
    pe[:, 0::2] = torch.sin(angles)
    pe[:, 1::2] = torch.cos(angles)
    return pe

# %% wrong: an odd d_model is made even, then cut
# visible test_sinusoidal_encoding_odd: names it: sinusoidal_encoding(2, 3): the last column turns too fast: is its exponent divided by d_model = 3, not by an even number?
def sinusoidal_encoding(max_len, d_model):
    even = d_model + d_model % 2
    angles = torch.arange(max_len)[:, None] / 10000 ** (torch.arange(0, even, 2) / even)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)[:, :d_model]

# %% wrong: one column too few for an odd d_model
# visible test_sinusoidal_encoding_odd: names it: sinusoidal_encoding(2, 3): the last column is as good as empty: it holds a sine like all even columns.
def sinusoidal_encoding(max_len, d_model):
    pe = torch.zeros(max_len, d_model)
    angles = torch.arange(max_len)[:, None] / 10000 ** (2 * torch.arange(d_model // 2) / d_model)
    pe[:, 0 : 2 * (d_model // 2) : 2] = torch.sin(angles)
    pe[:, 1::2] = torch.cos(angles)
    return pe

# %% wrong: float64
# visible test_sinusoidal_encoding_values: names it: sinusoidal_encoding(3, 4): has dtype torch.float64, expected torch.float32.
# visible test_sinusoidal_encoding_odd: names it: sinusoidal_encoding(2, 3): has dtype torch.float64, expected torch.float32.
# visible test_sinusoidal_encoding_far: names it: sinusoidal_encoding(3001, 6): has dtype torch.float64, expected torch.float32.
import numpy as np

def sinusoidal_encoding(max_len, d_model):
    c = np.arange(d_model)
    angles = np.arange(max_len)[:, None] / np.power(10000, 2 * (c // 2) / d_model)
    return torch.from_numpy(np.where(c % 2 == 0, np.sin(angles), np.cos(angles)))

# %% wrong: rows and columns exchanged
# visible test_sinusoidal_encoding_values: names it: sinusoidal_encoding(3, 4): has shape (4, 3), expected (3, 4). The last two dimensions are exchanged.
# visible test_sinusoidal_encoding_odd: names it: sinusoidal_encoding(2, 3): has shape (3, 2), expected (2, 3). The last two dimensions are exchanged.
# visible test_sinusoidal_encoding_far: names it: sinusoidal_encoding(3001, 6): has shape (6, 3001), expected (3001, 6). The last two dimensions are exchanged.
def sinusoidal_encoding(max_len, d_model):
    angles = torch.arange(max_len)[:, None] / 10000 ** (torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)[:, :d_model].T

# %% wrong: half precision inside
# hidden test_sinusoidal_encoding_far: sinusoidal_encoding(3001, 6): whether all numbers are right to 1e-3: is False, expected True.
def sinusoidal_encoding(max_len, d_model):
    exponents = torch.arange(0, d_model, 2) / d_model
    speeds = (10000**-exponents).half().float()
    angles = torch.arange(max_len)[:, None] * speeds
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)[:, :d_model]

# %% wrong: positions divided by the length
# visible test_sinusoidal_encoding_values: names it: sinusoidal_encoding(3, 4), position 1: the positions are divided by max_len: take them as they are.
# visible test_sinusoidal_encoding_odd: sinusoidal_encoding(2, 3): gives 0.4794 at [1, 0], expected 0.8415. 3 of 6 numbers differ.
# visible test_sinusoidal_encoding_far: the first columns of row 3000 of sinusoidal_encoding(3001, 6): gives 0.8413 at [0], expected 0.2192. 2 of 2 numbers differ.
def sinusoidal_encoding(max_len, d_model):
    p = torch.arange(max_len)[:, None] / max_len
    angles = p / 10000 ** (torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)[:, :d_model]

# %% wrong: angles kept, sines and cosines forgotten
# visible test_sinusoidal_encoding_values: names it: sinusoidal_encoding(3, 4), position 1: these are the angles: their sines and cosines are missing.
# visible test_sinusoidal_encoding_odd: sinusoidal_encoding(2, 3): gives 0 at [0, 1], expected 1. 3 of 6 numbers differ.
# visible test_sinusoidal_encoding_far: the first columns of row 3000 of sinusoidal_encoding(3001, 6): gives 3000 at [0], expected 0.2192. 2 of 2 numbers differ.
def sinusoidal_encoding(max_len, d_model):
    c = torch.arange(d_model)
    return torch.arange(max_len)[:, None] / 10000 ** (2 * (c // 2) / d_model)
