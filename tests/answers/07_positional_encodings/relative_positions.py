# %% correct: broadcasting
def relative_positions(seq_len):
    p = torch.arange(seq_len)
    return p.unsqueeze(1) - p.unsqueeze(0)

# %% correct: two loops
def relative_positions(seq_len):
    return torch.tensor([[i - j for j in range(seq_len)] for i in range(seq_len)])

# %% correct: filled in place
def relative_positions(seq_len):
    table = torch.zeros(seq_len, seq_len, dtype=torch.long)
    for i in range(seq_len):
        for j in range(seq_len):
            table[i, j] = i - j
    return table

# %% correct: meshgrid
def relative_positions(seq_len):
    rows, columns = torch.meshgrid(torch.arange(seq_len), torch.arange(seq_len), indexing="ij")
    return torch.sub(rows, columns)

# %% wrong: j - i
# visible test_relative_positions_values: names it: relative_positions(3): the sign is reversed: entry i, j is i - j, and i is the row.
def relative_positions(seq_len):
    p = torch.arange(seq_len)
    return p[None, :] - p[:, None]

# %% wrong: absolute distances
# visible test_relative_positions_values: names it: relative_positions(3): the sign is lost: before and after are different things.
def relative_positions(seq_len):
    p = torch.arange(seq_len)
    return (p[:, None] - p[None, :]).abs()

# %% wrong: floats
# visible test_relative_positions_values: names it: relative_positions(3): has dtype torch.float32, expected torch.int64.
def relative_positions(seq_len):
    p = torch.arange(seq_len).float()
    return p[:, None] - p[None, :]

# %% wrong: 32-bit integers
# visible test_relative_positions_values: names it: relative_positions(3): has dtype torch.int32, expected torch.int64.
def relative_positions(seq_len):
    p = torch.arange(seq_len, dtype=torch.int32)
    return p[:, None] - p[None, :]

# %% wrong: shifted to begin at zero
# visible test_relative_positions_values: names it: relative_positions(3): the smallest distance was made 0: that shift belongs to the table, not here.
def relative_positions(seq_len):
    p = torch.arange(seq_len)
    return p[:, None] - p[None, :] + seq_len - 1

# %% wrong: a difference of two vectors
# visible test_relative_positions_values: names it: relative_positions(3): a row minus a row is a row: make one of the two a column.
def relative_positions(seq_len):
    p = torch.arange(seq_len)
    return p - p

# %% wrong: only tokens before
# visible test_relative_positions_values: names it: relative_positions(3): negative distances are cut off: a token may stand before another.
def relative_positions(seq_len):
    p = torch.arange(seq_len)
    return (p[:, None] - p[None, :]).clamp(min=0)

# %% wrong: the sum
# visible test_relative_positions_values: names it: relative_positions(3): these are sums: subtract.
def relative_positions(seq_len):
    p = torch.arange(seq_len)
    return p[:, None] + p[None, :]

# %% wrong: a list
# visible test_relative_positions_values: names it: relative_positions(3): should be a tensor, but is list of 3. Put the numbers into one tensor, with torch.stack for example.
def relative_positions(seq_len):
    return [[i - j for j in range(seq_len)] for i in range(seq_len)]

# %% wrong: three tokens, always
# hidden test_relative_positions_values: relative_positions(1): has shape (3, 3), expected (1, 1).
def relative_positions(seq_len):
    return torch.tensor([[0, -1, -2], [1, 0, -1], [2, 1, 0]])
