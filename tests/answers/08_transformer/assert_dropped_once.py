# %% correct: the mean of a comparison
def assert_dropped_once(dropped, p):
    share = (dropped == 0).float().mean().item()
    assert abs(share - p) < 0.03

# %% correct: count_nonzero and a raise
def assert_dropped_once(dropped, p):
    kept = torch.count_nonzero(dropped).item() / dropped.numel()
    if not p - 0.025 <= 1 - kept <= p + 0.025:
        raise AssertionError(f"{1 - kept} is dropped, not {p}")

# %% correct: isclose on the number of zeros
def assert_dropped_once(dropped, p):
    zeros = sum(1 for entry in dropped.flatten().tolist() if entry == 0.0)
    assert math.isclose(zeros / dropped.numel(), p, abs_tol=0.035, rel_tol=0), zeros
    return None

# %% wrong: too many are noticed, too few are not
# hidden test_assert_dropped_once_values: names it: assert_dropped_once(dropped of shape (100, 40, 5), 0.1): should raise AssertionError, but returns None. Nothing is dropped at all.
def assert_dropped_once(dropped, p):
    share = (dropped == 0).float().mean().item()
    assert share < p + 0.03

# %% wrong: too few are noticed, too many are not
# visible test_assert_dropped_once_values: names it: assert_dropped_once(dropped of shape (100, 40, 5), 0.5): should raise AssertionError, but returns None. Three quarters are zero where p is a half.
def assert_dropped_once(dropped, p):
    share = (dropped == 0).float().mean().item()
    assert share > p - 0.03

# %% wrong: exactly p
# hidden test_assert_dropped_once_values: names it: assert_dropped_once(dropped of shape (100, 40, 5), 0.1): raises AssertionError: (no message). Line 3 of the cell: `assert share == p` The share of zeros is within 0.015 of p; the others are positive or negative.
def assert_dropped_once(dropped, p):
    share = (dropped == 0).float().mean().item()
    assert share == p

# %% wrong: a wide tolerance
# hidden test_assert_dropped_once_values: names it: assert_dropped_once(dropped of shape (100, 40, 5), 0.1): should raise AssertionError, but returns None. This tensor was dropped twice.
def assert_dropped_once(dropped, p):
    share = (dropped == 0).float().mean().item()
    assert abs(share - p) < 0.1

# %% wrong: counts what is kept
# hidden test_assert_dropped_once_values: names it: assert_dropped_once(dropped of shape (100, 40, 5), 0.1): raises AssertionError: (no message). Line 3 of the cell: `assert abs(share - p) < 0.03` The share of zeros is within 0.015 of p; the others are positive or negative.
def assert_dropped_once(dropped, p):
    share = (dropped != 0).float().mean().item()
    assert abs(share - p) < 0.03

# %% wrong: expects two dropouts
# visible test_assert_dropped_once_values: names it: assert_dropped_once(dropped of shape (100, 40, 5), 0.5): raises AssertionError: (no message). Line 3 of the cell: `assert abs(share - (1 - (1 - p) ** 2)) < 0.03` Half of all entries are zero, as they should be.
def assert_dropped_once(dropped, p):
    share = (dropped == 0).float().mean().item()
    assert abs(share - (1 - (1 - p) ** 2)) < 0.03

# %% wrong: takes negative numbers for dropped
# hidden test_assert_dropped_once_values: names it: assert_dropped_once(dropped of shape (20000,), 0.1): raises AssertionError: (no message). Line 3 of the cell: `assert abs(share - p) < 0.03` The share of zeros is within 0.015 of p; the others are positive or negative.
def assert_dropped_once(dropped, p):
    share = (dropped <= 0).float().mean().item()
    assert abs(share - p) < 0.03

# %% wrong: takes small numbers for dropped
# hidden test_assert_dropped_once_values: names it: assert_dropped_once(dropped of shape (100, 40, 5), 0.3): raises AssertionError: (no message). Line 3 of the cell: `assert abs(share - p) < 0.03` Here the entries that stay are small, and not 0.
def assert_dropped_once(dropped, p):
    share = (dropped.abs() < 1e-3).float().mean().item()
    assert abs(share - p) < 0.03

# %% wrong: returns a bool
# visible test_assert_dropped_once_values: names it: return None where all is well, and raise an AssertionError where it is not.
def assert_dropped_once(dropped, p):
    share = (dropped == 0).float().mean().item()
    return abs(share - p) < 0.03

# %% wrong: counts the first row alone
# visible test_assert_dropped_once_values: names it: assert_dropped_once(dropped of shape (100, 40, 5), 0.5): raises AssertionError: (no message). Line 3 of the cell: `assert abs(share - p) < 0.03` Half of all entries are zero, as they should be.
def assert_dropped_once(dropped, p):
    share = (dropped[0] == 0).float().mean().item()
    assert abs(share - p) < 0.03

# %% wrong: turned round
# visible test_assert_dropped_once_values: names it: assert_dropped_once(dropped of shape (100, 40, 5), 0.5): raises AssertionError: (no message). Line 3 of the cell: `assert abs(share - p) > 0.03` Half of all entries are zero, as they should be.
def assert_dropped_once(dropped, p):
    share = (dropped == 0).float().mean().item()
    assert abs(share - p) > 0.03
