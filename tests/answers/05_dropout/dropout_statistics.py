# %% correct: draws in a stack
def dropout_statistics(x, p, trials, generator=None):
    draws = torch.stack([dropout(x, p, generator=generator) for _ in range(trials)])
    return draws.mean(dim=0), (draws == 0).float().mean().item()

# %% correct: a running sum
def dropout_statistics(x, p, trials, generator=None):
    total, zeros = 0, 0
    for _ in range(trials):
        y = dropout(x, p, True, generator)
        total = total + y
        zeros += int((y == 0).sum())
    return total / trials, zeros / (trials * x.numel())

# %% correct: all trials in one call, as a list
def dropout_statistics(x, p, trials, generator=None):
    many = dropout(x.expand(trials, *x.shape), p, generator=generator)
    fraction = 1 - torch.count_nonzero(many).item() / many.numel()
    return [many.sum(0) / trials, fraction]

# %% correct: without the function of this chapter
def dropout_statistics(x, p, trials, generator=None):
    keep = torch.rand((trials, *x.shape), generator=generator) >= p
    times = keep.sum(dim=0)
    return x * times / ((1 - p) * trials), float((~keep).double().mean())

# %% correct: a running mean of means
def dropout_statistics(x, p, trials, generator=None):
    mean, fractions = torch.zeros_like(x), []
    for n in range(1, trials + 1):
        y = dropout(x, p, generator=generator)
        mean = mean + (y - mean) / n
        fractions.append((y == 0).double().mean().item())
    return mean, sum(fractions) / len(fractions)

# %% wrong: the fraction that was kept
# visible test_dropout_statistics_expectation: names it: the fraction of dropout_statistics(x of shape (4, 6), 0.2, 2000, generator=a Generator): is the share that was kept, not dropped.
# visible test_dropout_statistics_few_draws: the fraction of dropout_statistics(x of shape (4, 7), 0.5, 3, generator=a Generator): is 0.5357142686843872, expected 0.4643.
def dropout_statistics(x, p, trials, generator=None):
    draws = torch.stack([dropout(x, p, generator=generator) for _ in range(trials)])
    return draws.mean(dim=0), (draws != 0).float().mean().item()

# %% wrong: fraction first
# visible test_dropout_statistics_expectation: names it: the mean of dropout_statistics(x of shape (4, 6), 0.2, 2000, generator=a Generator): should be a tensor, but is 0.20204167068004608. Keep the tensor: no .item() and no float().
# visible test_dropout_statistics_few_draws: names it: the mean of dropout_statistics(x of shape (4, 7), 0.5, 3, generator=a Generator): should be a tensor, but is 0.4642857015132904. Keep the tensor: no .item() and no float().
def dropout_statistics(x, p, trials, generator=None):
    draws = torch.stack([dropout(x, p, generator=generator) for _ in range(trials)])
    return (draws == 0).float().mean().item(), draws.mean(dim=0)

# %% wrong: the fraction as a tensor
# visible test_dropout_statistics_expectation: names it: the fraction of dropout_statistics(x of shape (4, 6), 0.2, 2000, generator=a Generator): should be a Python float, but is tensor, a single number. Convert it with .item().
# visible test_dropout_statistics_few_draws: names it: the fraction of dropout_statistics(x of shape (4, 7), 0.5, 3, generator=a Generator): should be a Python float, but is tensor, a single number. Convert it with .item().
def dropout_statistics(x, p, trials, generator=None):
    draws = torch.stack([dropout(x, p, generator=generator) for _ in range(trials)])
    return draws.mean(dim=0), (draws == 0).float().mean()

# %% wrong: p in place of a measured fraction
# visible test_dropout_statistics_few_draws: the fraction of dropout_statistics(x of shape (4, 7), 0.5, 3, generator=a Generator): is 0.5, expected 0.4643.
def dropout_statistics(x, p, trials, generator=None):
    draws = torch.stack([dropout(x, p, generator=generator) for _ in range(trials)])
    return draws.mean(dim=0), float(p)

# %% wrong: the fraction of the last draw
# hidden test_dropout_statistics_expectation: the fraction of dropout_statistics(x of shape (3, 4, 5), 0.5, 1000, generator=a Generator): is 0.48333333333333334, expected 0.5.
# visible test_dropout_statistics_few_draws: the fraction of dropout_statistics(x of shape (4, 7), 0.5, 3, generator=a Generator): is 0.5, expected 0.4643.
def dropout_statistics(x, p, trials, generator=None):
    total = 0
    for _ in range(trials):
        y = dropout(x, p, generator=generator)
        total = total + y
    return total / trials, (y == 0).double().mean().item()

# %% wrong: the fraction of zeros in the mean
# visible test_dropout_statistics_expectation: names it: the fraction of dropout_statistics(x of shape (4, 6), 0.2, 2000, generator=a Generator): it counts the zeros in the mean: count those of each draw.
# visible test_dropout_statistics_few_draws: the fraction of dropout_statistics(x of shape (4, 7), 0.5, 3, generator=a Generator): is 0.07142857142857142, expected 0.4643.
def dropout_statistics(x, p, trials, generator=None):
    draws = torch.stack([dropout(x, p, generator=generator) for _ in range(trials)])
    mean = draws.mean(dim=0)
    return mean, (mean == 0).double().mean().item()

# %% wrong: the count, not the fraction
# visible test_dropout_statistics_expectation: the fraction of dropout_statistics(x of shape (4, 6), 0.2, 2000, generator=a Generator): is 9698.0, expected 0.2.
# visible test_dropout_statistics_few_draws: the fraction of dropout_statistics(x of shape (4, 7), 0.5, 3, generator=a Generator): is 39.0, expected 0.4643.
def dropout_statistics(x, p, trials, generator=None):
    draws = torch.stack([dropout(x, p, generator=generator) for _ in range(trials)])
    return draws.mean(dim=0), float((draws == 0).sum())

# %% wrong: divides by the draws that kept the entry
# visible test_dropout_statistics_expectation: names it: the mean of dropout_statistics(x of shape (4, 6), 0.2, 2000, generator=a Generator): it is divided by the draws that kept the entry: a dropped entry counts as 0.
# visible test_dropout_statistics_few_draws: the fraction of dropout_statistics(x of shape (4, 7), 0.5, 3, generator=a Generator): is 0.4642857142857143, expected 0.0714.
def dropout_statistics(x, p, trials, generator=None):
    draws = torch.stack([dropout(x, p, generator=generator) for _ in range(trials)])
    return draws.sum(dim=0) / (draws != 0).sum(dim=0).clamp(min=1), (draws == 0).double().mean().item()

# %% wrong: one mean over everything
# visible test_dropout_statistics_expectation: the mean of dropout_statistics(x of shape (4, 6), 0.2, 2000, generator=a Generator): has shape (), expected (4, 6). That is 0 dimensions, not 2.
# visible test_dropout_statistics_few_draws: the mean of dropout_statistics(x of shape (4, 7), 0.5, 3, generator=a Generator): has shape (), expected (4, 7). That is 0 dimensions, not 2.
def dropout_statistics(x, p, trials, generator=None):
    draws = torch.stack([dropout(x, p, generator=generator) for _ in range(trials)])
    return draws.mean(), (draws == 0).double().mean().item()

# %% wrong: the sum, not the mean
# visible test_dropout_statistics_expectation: names it: the mean of dropout_statistics(x of shape (4, 6), 0.2, 2000, generator=a Generator): the sum is there: divide it by the number of draws.
# visible test_dropout_statistics_few_draws: names it: dropout_statistics: in the mean of 3 draws at p = 0.5 each entry is 0, 2/3, 4/3 or 2 times what it is in x. Here they are not: draw 3 times, each time from x, and divide the sum by 3.
def dropout_statistics(x, p, trials, generator=None):
    draws = torch.stack([dropout(x, p, generator=generator) for _ in range(trials)])
    return draws.sum(dim=0), (draws == 0).double().mean().item()

# %% wrong: the mean of what is not scaled
# visible test_dropout_statistics_expectation: names it: the mean of dropout_statistics(x of shape (4, 6), 0.2, 2000, generator=a Generator): it is 1 - p times too small: is what is kept scaled?
# visible test_dropout_statistics_few_draws: names it: dropout_statistics: in the mean of 3 draws at p = 0.5 each entry is 0, 2/3, 4/3 or 2 times what it is in x. Here they are not: draw 3 times, each time from x, and divide the sum by 3.
def dropout_statistics(x, p, trials, generator=None):
    keep = torch.rand((trials, *x.shape), generator=generator) >= p
    return (x * keep).mean(dim=0), (~keep).double().mean().item()

# %% wrong: drops the result of the last draw again
# visible test_dropout_statistics_expectation: names it: dropout_statistics: an entry is dropped in all 2,000 draws. Each draw needs a mask of its own.
# visible test_dropout_statistics_few_draws: names it: dropout_statistics: in the mean of 3 draws at p = 0.5 each entry is 0, 2/3, 4/3 or 2 times what it is in x. Here they are not: draw 3 times, each time from x, and divide the sum by 3.
def dropout_statistics(x, p, trials, generator=None):
    y, total, zeros = x, 0, 0
    for _ in range(trials):
        y = dropout(y, p, generator=generator)
        total = total + y
        zeros += int((y == 0).sum())
    return total / trials, zeros / (trials * x.numel())

# %% wrong: one draw, repeated
# visible test_dropout_statistics_expectation: names it: dropout_statistics: an entry is dropped in all 2,000 draws. Each draw needs a mask of its own.
# hidden test_dropout_statistics_few_draws: names it: dropout_statistics: all 3 draws drop the same entries. Do not seed each draw anew.
def dropout_statistics(x, p, trials, generator=None):
    y = dropout(x, p, generator=generator)
    return y.expand(trials, *x.shape).mean(dim=0), (y == 0).double().mean().item()

# %% wrong: seeds each draw alike
# visible test_dropout_statistics_expectation: names it: dropout_statistics: an entry is dropped in all 2,000 draws. Each draw needs a mask of its own.
# hidden test_dropout_statistics_few_draws: names it: dropout_statistics: all 3 draws drop the same entries. Do not seed each draw anew.
def dropout_statistics(x, p, trials, generator=None):
    draws = []
    for _ in range(trials):
        generator = torch.Generator().manual_seed(0)
        draws.append(dropout(x, p, generator=generator))
    draws = torch.stack(draws)
    return draws.mean(dim=0), (draws == 0).double().mean().item()

# %% wrong: does not pass the generator on
# hidden test_dropout_statistics_few_draws: names it: dropout_statistics: two generators in the same state give different means. Pass the generator on.
def dropout_statistics(x, p, trials, generator=None):
    draws = torch.stack([dropout(x, p) for _ in range(trials)])
    return draws.mean(dim=0), (draws == 0).double().mean().item()

# %% wrong: the mean by theory
# visible test_dropout_statistics_few_draws: names it: dropout_statistics: in the mean of 3 draws at p = 0.5 each entry is 0, 2/3, 4/3 or 2 times what it is in x. Here they are not: draw 3 times, each time from x, and divide the sum by 3.
def dropout_statistics(x, p, trials, generator=None):
    return x, float(p)

# %% wrong: the returned mean only
# visible test_dropout_statistics_expectation: names it: dropout_statistics(x of shape (4, 6), 0.2, 2000, generator=a Generator): should return 2 things, but returns tensor of shape (4, 6).
# visible test_dropout_statistics_few_draws: names it: dropout_statistics(x of shape (4, 7), 0.5, 3, generator=a Generator): should return 2 things, but returns tensor of shape (4, 7).
def dropout_statistics(x, p, trials, generator=None):
    return torch.stack([dropout(x, p, generator=generator) for _ in range(trials)]).mean(dim=0)

# %% wrong: cuts the gradient
# hidden test_dropout_statistics_few_draws: names it: dropout_statistics: no gradient reaches x through the mean. Is there a no_grad() or detach()?
def dropout_statistics(x, p, trials, generator=None):
    with torch.no_grad():
        draws = torch.stack([dropout(x, p, generator=generator) for _ in range(trials)])
    return draws.mean(dim=0), (draws == 0).double().mean().item()

# %% wrong: collects in float32
# hidden test_dropout_statistics_expectation: names it: the mean of dropout_statistics(x of shape (3, 4, 5), 0.5, 1000, generator=a Generator): has dtype torch.float32, expected torch.float64.
def dropout_statistics(x, p, trials, generator=None):
    draws = torch.zeros(trials, *x.shape)
    for i in range(trials):
        draws[i] = dropout(x, p, generator=generator)
    return draws.mean(dim=0), (draws == 0).double().mean().item()

# %% wrong: one trial too few
# visible test_dropout_statistics_few_draws: names it: dropout_statistics: in the mean of 3 draws at p = 0.5 each entry is 0, 2/3, 4/3 or 2 times what it is in x. Here they are not: draw 3 times, each time from x, and divide the sum by 3.
def dropout_statistics(x, p, trials, generator=None):
    draws = torch.stack([dropout(x, p, generator=generator) for _ in range(1, trials + 1)])
    return draws[1:].mean(dim=0), (draws[1:] == 0).double().mean().item()
