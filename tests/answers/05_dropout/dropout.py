# %% correct: rand at least p
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError("p must be in [0, 1)")
    if not training or p == 0:
        return x
    keep = torch.rand(x.shape, generator=generator) >= p
    return x * keep / (1 - p)

# %% correct: rand below 1 - p, a copy where nothing is dropped
def dropout(x, p, training=True, generator=None):
    if p != p or p < 0 or p >= 1:
        raise ValueError(p)
    if not training:
        return x.clone()
    keep = torch.rand(x.size(), generator=generator, dtype=x.dtype) < 1 - p
    return torch.where(keep, x / (1 - p), torch.zeros_like(x))

# %% correct: Bernoulli of a table of probabilities
def dropout(x, p, training=True, generator=None):
    if not (p >= 0 and p < 1):
        raise ValueError(f"p is {p}")
    if training:
        keep = torch.bernoulli(torch.full_like(x, 1 - p), generator=generator)
        x = x * keep / (1 - p)
    return x

# %% correct: Bernoulli in place on a tensor of its own
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError
    if not training:
        return x
    scale = torch.empty_like(x).bernoulli_(1 - p, generator=generator).div_(1 - p)
    return x * scale

# %% correct: entry by entry, with a print left in
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    print("drawing", x.numel(), "numbers")
    coins = torch.cat([torch.rand(1, generator=generator) for _ in range(min(x.numel(), 100))]
                      + [torch.rand(max(0, x.numel() - 100), generator=generator)])
    return x.masked_fill(coins.reshape(x.shape) < p, 0.0) * (1 / (1 - p))

# %% wrong: forgets to scale
# visible test_dropout_values: names it: dropout(x of shape (60, 50, 20), 0.2, generator=a Generator): the rest is not scaled, so the mean falls to 0.8.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    return x * (torch.rand(x.shape, generator=generator) >= p)

# %% wrong: divides by p
# visible test_dropout_values: names it: dropout(x of shape (60, 50, 20), 0.2, generator=a Generator): the rest is divided by p: divide by the probability to keep.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    return x * (torch.rand(x.shape, generator=generator) >= p) / p

# %% wrong: drops with probability 1 - p
# visible test_dropout_values: names it: dropout(x of shape (60, 50, 20), 0.2, generator=a Generator): a share of 0.801 is dropped, expected about 0.2. Those that should stay go, those that should go stay.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    return x * (torch.rand(x.shape, generator=generator) < p) / (1 - p)

# %% wrong: p as the probability to keep, with the scale to match
# visible test_dropout_values: names it: dropout(x of shape (60, 50, 20), 0.2, generator=a Generator): a share of 0.801 is dropped, expected about 0.2. Those that should stay go, those that should go stay.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    return x * (torch.rand(x.shape, generator=generator) < p) / p

# %% wrong: drops at inference too
# visible test_dropout_off: names it: dropout(x of shape (4, 6), 0.5, training=False): some entries are 0, so something is still dropped.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    return x * (torch.rand(x.shape, generator=generator) >= p) / (1 - p)

# %% wrong: scales at inference
# visible test_dropout_off: names it: dropout(x of shape (4, 6), 0.5, training=False): at inference nothing is dropped, so nothing is to be scaled.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if not training:
        return x / (1 - p)
    return x * (torch.rand(x.shape, generator=generator) >= p) / (1 - p)

# %% wrong: makes x smaller at inference, as in 2014
# visible test_dropout_values: names it: dropout(x of shape (60, 50, 20), 0.2, generator=a Generator): the rest is not scaled, so the mean falls to 0.8.
# visible test_dropout_off: names it: dropout(x of shape (4, 6), 0.5, training=False): at inference x is made smaller: with the scaling in training it stays as it is.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if not training:
        return x * (1 - p)
    return x * (torch.rand(x.shape, generator=generator) >= p)

# %% wrong: training and inference exchanged
# visible test_dropout_values: names it: dropout(x of shape (60, 50, 20), 0.2, generator=a Generator): nothing is dropped, expected a share of about 0.2.
# visible test_dropout_random: names it: dropout: gives the same result for two generators with different seeds.
# visible test_dropout_off: names it: dropout(x of shape (4, 6), 0.5, training=False): some entries are 0, so something is still dropped.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if training or p == 0:
        return x
    return x * (torch.rand(x.shape, generator=generator) >= p) / (1 - p)

# %% wrong: one coin for all entries
# visible test_dropout_values: names it: dropout(x of shape (60, 50, 20), 0.2, generator=a Generator): nothing is dropped, expected a share of about 0.2.
# visible test_dropout_random: names it: dropout: gives the same result for two generators with different seeds.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    return x * (torch.rand(1, generator=generator) >= p) / (1 - p)

# %% wrong: one mask for all rows
# visible test_dropout_values: names it: dropout(x of shape (60, 50, 20), 0.2, generator=a Generator): entries along dimension 0 are dropped together. Each entry needs a draw of its own.
# hidden test_dropout_random: names it: dropout: entries along dimension 0 are dropped together. Each entry needs a draw of its own.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    return x * (torch.rand(x.shape[-1], generator=generator) >= p) / (1 - p)

# %% wrong: one mask for the whole batch
# hidden test_dropout_values: names it: dropout(x of shape (5, 6, 20, 10), 0.9, generator=a Generator): entries along dimension 0 are dropped together. Each entry needs a draw of its own.
# hidden test_dropout_random: names it: dropout: entries along dimension 0 are dropped together. Each entry needs a draw of its own.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    return x * (torch.rand(x.shape[-2:], generator=generator) >= p) / (1 - p)

# %% wrong: drops whole rows
# hidden test_dropout_values: names it: dropout(x of shape (5000,), 0.1, generator=a Generator): nothing is dropped, expected a share of about 0.1.
# hidden test_dropout_random: names it: dropout: entries along dimension 2 are dropped together. Each entry needs a draw of its own.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    keep = torch.rand((*x.shape[:-1], 1), generator=generator) >= p
    return x * keep / (1 - p)

# %% wrong: exactly a share p of the entries
# hidden test_dropout_random: names it: dropout: the number of zeros is the same in every draw. Each entry needs a draw of its own, whatever happens to the others.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    order = torch.randperm(x.numel(), generator=generator)
    keep = torch.ones(x.numel(), dtype=torch.bool)
    keep[order[: round(p * x.numel())]] = False
    return x * keep.reshape(x.shape) / (1 - p)

# %% wrong: exactly a share p of each row
# hidden test_dropout_random: names it: dropout: along dimension 2 nearly the same number is dropped every time. Each entry needs a draw of its own, whatever happens to the others.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    ranks = torch.rand(x.shape, generator=generator).argsort(dim=-1).argsort(dim=-1)
    return x * (ranks >= round(p * x.shape[-1])) / (1 - p)

# %% wrong: scales by the share that this draw kept
# visible test_dropout_values: names it: dropout(x of shape (60, 50, 20), 0.2, generator=a Generator): gives 1.248 at [0, 0, 0], expected 1.25. 48059 of 60000 numbers differ. Every number is 0.9988 times what it should be.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    keep = torch.rand(x.shape, generator=generator) >= p
    return x * keep / keep.float().mean()

# %% wrong: does not use the generator
# visible test_dropout_random: names it: dropout: two generators in the same state drop different entries. Draw from the one that is given.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    return x * (torch.rand(x.shape) >= p) / (1 - p)

# %% wrong: PyTorch's own, without the generator
# visible test_dropout_random: names it: dropout: two generators in the same state drop different entries. Draw from the one that is given.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    return F.dropout(x, p, training)

# %% wrong: sets the global seed
# hidden test_dropout_values: names it: dropout(x of shape (60, 50, 20), 0.2, generator=a Generator): sets the global seed. Remove torch.manual_seed: the caller chooses the seed.
# hidden test_dropout_random: names it: dropout(x of shape (30, 20), 0.5, generator=a Generator): sets the global seed. Remove torch.manual_seed: the caller chooses the seed.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    torch.manual_seed(123)
    return x * (torch.rand(x.shape, generator=generator) >= p) / (1 - p)

# %% wrong: the same mask whenever no generator is given
# hidden test_dropout_random: names it: dropout: without a generator it gives the same result after two different global seeds. None means PyTorch's global source.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    generator = generator or torch.Generator()
    return x * (torch.rand(x.shape, generator=generator) >= p) / (1 - p)

# %% wrong: starts from the generator's seed again
# hidden test_dropout_random: names it: dropout: starts from the generator's seed again, so that every call drops the same. Draw from the generator that is given.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    if generator is not None:
        generator = torch.Generator().manual_seed(generator.initial_seed())
    return x * (torch.rand(x.shape, generator=generator) >= p) / (1 - p)

# %% wrong: Python's random numbers
# visible test_dropout_random: names it: dropout: two generators in the same state drop different entries. Draw from the one that is given.
import random

def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    keep = torch.tensor([random.random() >= p for _ in range(x.numel())]).reshape(x.shape)
    return x * keep / (1 - p)

# %% wrong: checks nothing
# visible test_dropout_refuses: names it: dropout(x of shape (2, 3), 1.0, training=True): should raise ValueError, but returns tensor of shape (2, 3). Check the argument before you compute.
def dropout(x, p, training=True, generator=None):
    if not training or p == 0:
        return x
    return x * (torch.rand(x.shape, generator=generator) >= p) / (1 - p)

# %% wrong: checks only in training
# visible test_dropout_refuses: names it: dropout(x of shape (2, 3), 1.0, training=False): should raise ValueError, but returns tensor of shape (2, 3). Check the argument before you compute.
def dropout(x, p, training=True, generator=None):
    if not training or p == 0:
        return x
    if not 0 <= p < 1:
        raise ValueError(p)
    return x * (torch.rand(x.shape, generator=generator) >= p) / (1 - p)

# %% wrong: lets p = 1 pass
# visible test_dropout_refuses: names it: dropout(x of shape (2, 3), 1.0, training=True): should raise ValueError, but returns tensor of shape (2, 3). Check the argument before you compute.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p <= 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    return x * (torch.rand(x.shape, generator=generator) >= p) / (1 - p)

# %% wrong: lets nan pass
# hidden test_dropout_refuses: names it: dropout(x of shape (2, 3), nan): should raise ValueError, but returns tensor of shape (2, 3). Check the argument before you compute.
def dropout(x, p, training=True, generator=None):
    if p < 0 or p >= 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    return x * (torch.rand(x.shape, generator=generator) >= p) / (1 - p)

# %% wrong: an assertion in place of a ValueError
# visible test_dropout_refuses: names it: dropout(x of shape (2, 3), 1.0, training=True): raises AssertionError: (no message). Line 2 of the cell: `assert 0 <= p < 1` It should raise ValueError.
def dropout(x, p, training=True, generator=None):
    assert 0 <= p < 1
    if not training or p == 0:
        return x
    return x * (torch.rand(x.shape, generator=generator) >= p) / (1 - p)

# %% wrong: refuses p = 0
# visible test_dropout_off: names it: dropout(x of shape (4, 6), 0.0): raises ValueError: 0.0. Line 3 of the cell: `raise ValueError(p)` Nothing should be raised here.
def dropout(x, p, training=True, generator=None):
    if not 0 < p < 1:
        raise ValueError(p)
    if not training:
        return x
    return x * (torch.rand(x.shape, generator=generator) >= p) / (1 - p)

# %% wrong: drops in place
# visible test_dropout_values: names it: dropout(x of shape (60, 50, 20), 0.2, generator=a Generator): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
# visible test_dropout_random: names it: dropout(x of shape (30, 20), 0.5, generator=a Generator): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
# hidden test_dropout_refuses: names it: dropout(x of shape (2, 3), 0.999): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if training and p > 0:
        x[torch.rand(x.shape, generator=generator) < p] = 0
        x = x / (1 - p)
    return x

# %% wrong: cuts the gradient
# hidden test_dropout_values: names it: dropout: no gradient reaches x. Work on x itself: no .detach(), no .data, no new tensor.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    return x.detach() * (torch.rand(x.shape, generator=generator) >= p) / (1 - p)

# %% wrong: always float32
# hidden test_dropout_values: names it: dropout(x of shape (5000,), 0.1, generator=a Generator): has dtype torch.float32, expected torch.float64.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    return x.float() * (torch.rand(x.shape, generator=generator) >= p) / (1 - p)

# %% wrong: Gaussian noise of the same variance
# visible test_dropout_values: names it: dropout(x of shape (60, 50, 20), 0.2, generator=a Generator): nothing is dropped, expected a share of about 0.2.
# hidden test_dropout_random: names it: dropout: the number of zeros is the same in every draw. Each entry needs a draw of its own, whatever happens to the others.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    return x * (1 + torch.randn(x.shape, generator=generator) * (p / (1 - p)) ** 0.5)

# %% wrong: returns mask and result
# visible test_dropout_values: names it: dropout(x of shape (60, 50, 20), 0.2, generator=a Generator): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
# visible test_dropout_random: names it: dropout(x of shape (30, 20), 0.5, generator=a Generator): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
# hidden test_dropout_refuses: names it: dropout(x of shape (2, 3), 0.999): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    keep = torch.rand(x.shape, generator=generator) >= p
    return x * keep / (1 - p), keep

# %% wrong: works for matrices only
# visible test_dropout_values: dropout(x of shape (60, 50, 20), 0.2, generator=a Generator): raises ValueError: too many values to unpack (expected 2). Line 6 of the cell: `rows, columns = x.shape`
# hidden test_dropout_random: dropout(x of shape (50, 60, 70), 0.3, generator=a Generator): raises ValueError: too many values to unpack (expected 2). Line 6 of the cell: `rows, columns = x.shape`
def dropout(x, p, training=True, generator=None):
    if not 0 <= p < 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    rows, columns = x.shape
    return x * (torch.rand(rows, columns, generator=generator) >= p) / (1 - p)
