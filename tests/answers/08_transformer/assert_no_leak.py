# %% correct: each token changed in turn
def assert_no_leak(forward, src, tgt, vocab_size):
    logits = forward(src, tgt)
    for t in range(1, tgt.shape[1]):
        changed = tgt.clone()
        changed[:, t] = (changed[:, t] + 1) % vocab_size
        assert torch.allclose(forward(src, changed)[:, :t], logits[:, :t], rtol=0, atol=1e-4)

# %% correct: the target cut short
def assert_no_leak(forward, src, tgt, vocab_size):
    whole = forward(src, tgt)
    for length in range(1, tgt.size(1)):
        difference = (forward(src, tgt[:, :length]) - whole[:, :length]).abs().max().item()
        if difference > 1e-4:
            raise AssertionError(f"the first {length} positions change by {difference} once the rest is cut off")

# %% correct: each row and token apart, torch.testing
def assert_no_leak(forward, src, tgt, vocab_size):
    before = forward(src, tgt)
    for row in range(len(tgt)):
        for t in range(1, tgt.shape[1]):
            other = tgt.clone()
            other[row, t] = vocab_size - 1 if other[row, t] == 0 else other[row, t] - 1
            torch.testing.assert_close(forward(src, other)[:, :t], before[:, :t], atol=1e-4, rtol=0)
    return None

# %% wrong: looks at the last token alone
# hidden test_assert_no_leak_found: names it: assert_no_leak(forward, src of shape (1, 3), tgt of shape (1, 4), 10): should raise AssertionError, but returns None. Here position 0 sees the second token, number 1: change every token, one at a time.
def assert_no_leak(forward, src, tgt, vocab_size):
    logits = forward(src, tgt)
    for t in [tgt.shape[1] - 1]:
        changed = tgt.clone()
        changed[:, t] = (changed[:, t] + 1) % vocab_size
        assert torch.allclose(forward(src, changed)[:, :t], logits[:, :t], rtol=0, atol=1e-4)

# %% wrong: looks at the position before alone
# hidden test_assert_no_leak_found: names it: assert_no_leak(forward, src of shape (1, 3), tgt of shape (1, 4), 10): should raise AssertionError, but returns None. Here position 0 sees the last token, number 3: change every token, one at a time.
def assert_no_leak(forward, src, tgt, vocab_size):
    logits = forward(src, tgt)
    for t in range(1, tgt.shape[1]):
        changed = tgt.clone()
        changed[:, t] = (changed[:, t] + 1) % vocab_size
        assert torch.allclose(forward(src, changed)[:, t - 1], logits[:, t - 1], rtol=0, atol=1e-4)

# %% wrong: looks at position 0 alone
# hidden test_assert_no_leak_found: names it: assert_no_leak(forward, src of shape (1, 3), tgt of shape (1, 4), 10): should raise AssertionError, but returns None. Here position 2 sees the token after it, number 3: change every token, one at a time.
def assert_no_leak(forward, src, tgt, vocab_size):
    logits = forward(src, tgt)
    for t in range(1, tgt.shape[1]):
        changed = tgt.clone()
        changed[:, t] = (changed[:, t] + 1) % vocab_size
        assert torch.allclose(forward(src, changed)[:, :1], logits[:, :1], rtol=0, atol=1e-4)

# %% wrong: looks at the first row alone
# hidden test_assert_no_leak_found: names it: assert_no_leak(one_row, src of shape (2, 5), tgt of shape (2, 3), 10): should raise AssertionError, but returns None. Here only the last sequence of the batch leaks.
def assert_no_leak(forward, src, tgt, vocab_size):
    logits = forward(src, tgt)
    for t in range(1, tgt.shape[1]):
        changed = tgt.clone()
        changed[:, t] = (changed[:, t] + 1) % vocab_size
        assert torch.allclose(forward(src, changed)[:1, :t], logits[:1, :t], rtol=0, atol=1e-4)

# %% wrong: takes the token's own position for a leak
# visible test_assert_no_leak_passes: names it: assert_no_leak(blended_logits, src of shape (1, 3), tgt of shape (1, 4), 10): raises AssertionError: (no message). Line 6 of the cell: `assert torch.allclose(forward(src, changed)[:, : t + 1], logits[:, : t + 1], rtol=0, atol=1e-4)` This model leaks nothing: position t may see the source and the tokens up to t.
def assert_no_leak(forward, src, tgt, vocab_size):
    logits = forward(src, tgt)
    for t in range(1, tgt.shape[1]):
        changed = tgt.clone()
        changed[:, t] = (changed[:, t] + 1) % vocab_size
        assert torch.allclose(forward(src, changed)[:, : t + 1], logits[:, : t + 1], rtol=0, atol=1e-4)

# %% wrong: looks at later positions
# visible test_assert_no_leak_passes: names it: assert_no_leak(blended_logits, src of shape (1, 3), tgt of shape (1, 4), 10): raises AssertionError: (no message). Line 6 of the cell: `assert torch.allclose(forward(src, changed)[:, t:], logits[:, t:], rtol=0, atol=1e-4)` This model leaks nothing: position t may see the source and the tokens up to t.
def assert_no_leak(forward, src, tgt, vocab_size):
    logits = forward(src, tgt)
    for t in range(1, tgt.shape[1]):
        changed = tgt.clone()
        changed[:, t] = (changed[:, t] + 1) % vocab_size
        assert torch.allclose(forward(src, changed)[:, t:], logits[:, t:], rtol=0, atol=1e-4)

# %% wrong: turned round
# visible test_assert_no_leak_found: names it: assert_no_leak(sees_everything, src of shape (1, 3), tgt of shape (1, 4), 10): should raise AssertionError, but returns None. This model leaks: compare the logits before a token that you change.
# visible test_assert_no_leak_passes: names it: assert_no_leak(blended_logits, src of shape (1, 3), tgt of shape (1, 4), 10): raises AssertionError: (no message). Line 6 of the cell: `assert not torch.allclose(forward(src, changed)[:, :t], logits[:, :t], rtol=0, atol=1e-4)` This model leaks nothing: position t may see the source and the tokens up to t.
def assert_no_leak(forward, src, tgt, vocab_size):
    logits = forward(src, tgt)
    for t in range(1, tgt.shape[1]):
        changed = tgt.clone()
        changed[:, t] = (changed[:, t] + 1) % vocab_size
        assert not torch.allclose(forward(src, changed)[:, :t], logits[:, :t], rtol=0, atol=1e-4)

# %% wrong: changes the source
# visible test_assert_no_leak_passes: names it: assert_no_leak(blended_logits, src of shape (1, 3), tgt of shape (1, 4), 10): raises AssertionError: (no message). Line 6 of the cell: `assert torch.allclose(forward(changed, tgt)[:, :t], logits[:, :t], rtol=0, atol=1e-4)` This model leaks nothing: position t may see the source and the tokens up to t.
def assert_no_leak(forward, src, tgt, vocab_size):
    logits = forward(src, tgt)
    for t in range(1, tgt.shape[1]):
        changed = src.clone()[:, : tgt.shape[1]]
        changed[:, -1] = (changed[:, -1] + 1) % vocab_size
        assert torch.allclose(forward(changed, tgt)[:, :t], logits[:, :t], rtol=0, atol=1e-4)

# %% wrong: returns a bool
# visible test_assert_no_leak_found: names it: assert_no_leak(sees_everything, src of shape (1, 3), tgt of shape (1, 4), 10): should raise AssertionError, but returns False. This model leaks: compare the logits before a token that you change.
# visible test_assert_no_leak_passes: names it: return None where nothing leaks, and raise an AssertionError where something does.
def assert_no_leak(forward, src, tgt, vocab_size):
    logits = forward(src, tgt)
    ok = True
    for t in range(1, tgt.shape[1]):
        changed = tgt.clone()
        changed[:, t] = (changed[:, t] + 1) % vocab_size
        ok = ok and torch.allclose(forward(src, changed)[:, :t], logits[:, :t], rtol=0, atol=1e-4)
    return ok

# %% wrong: a tolerance that lets leaks through
# hidden test_assert_no_leak_found: names it: assert_no_leak(slightly, src of shape (1, 3), tgt of shape (1, 4), 10): should raise AssertionError, but returns None. Here a small part of the future comes through, well above 1e-4.
def assert_no_leak(forward, src, tgt, vocab_size):
    logits = forward(src, tgt)
    for t in range(1, tgt.shape[1]):
        changed = tgt.clone()
        changed[:, t] = (changed[:, t] + 1) % vocab_size
        assert torch.allclose(forward(src, changed)[:, :t], logits[:, :t], rtol=0, atol=0.1)

# %% wrong: no tolerance
# hidden test_assert_no_leak_passes: names it: assert_no_leak(barely, src of shape (1, 3), tgt of shape (1, 4), 10): raises AssertionError: (no message). Line 6 of the cell: `assert torch.equal(forward(src, changed)[:, :t], logits[:, :t])` This model leaks nothing: changes below 1e-4 are rounding.
def assert_no_leak(forward, src, tgt, vocab_size):
    logits = forward(src, tgt)
    for t in range(1, tgt.shape[1]):
        changed = tgt.clone()
        changed[:, t] = (changed[:, t] + 1) % vocab_size
        assert torch.equal(forward(src, changed)[:, :t], logits[:, :t])

# %% wrong: ids beyond the vocabulary
# visible test_assert_no_leak_found: assert_no_leak(sees_everything, src of shape (1, 3), tgt of shape (1, 4), 10): raises IndexError: index 10 is out of bounds for dimension 0 with size 10. Line 80 of the cell: `return (shares @ table[tgt] + table[src].mean(dim=1, keepdim=True)) @ table.T` It should raise AssertionError.
# visible test_assert_no_leak_passes: names it: assert_no_leak(blended_logits, src of shape (1, 3), tgt of shape (1, 4), 10): raises IndexError: index 10 is out of bounds for dimension 0 with size 10. Line 80 of the cell: `return (shares @ table[tgt] + table[src].mean(dim=1, keepdim=True)) @ table.T` This model leaks nothing: position t may see the source and the tokens up to t.
def assert_no_leak(forward, src, tgt, vocab_size):
    logits = forward(src, tgt)
    for t in range(1, tgt.shape[1]):
        changed = tgt.clone()
        changed[:, t] = vocab_size
        assert torch.allclose(forward(src, changed)[:, :t], logits[:, :t], rtol=0, atol=1e-4)

# %% wrong: changes tgt in place
# visible test_assert_no_leak_passes: names it: assert_no_leak(blended_logits, src of shape (1, 3), tgt of shape (1, 4), 10): raises AssertionError: (no message). Line 6 of the cell: `assert torch.allclose(forward(src, changed)[:, :t], logits[:, :t], rtol=0, atol=1e-4)` This model leaks nothing: position t may see the source and the tokens up to t.
def assert_no_leak(forward, src, tgt, vocab_size):
    logits = forward(src, tgt)
    for t in range(1, tgt.shape[1]):
        changed = tgt
        changed[:, t] = (changed[:, t] + 1) % vocab_size
        assert torch.allclose(forward(src, changed)[:, :t], logits[:, :t], rtol=0, atol=1e-4)

# %% wrong: no absolute value
# hidden test_assert_no_leak_found: names it: assert_no_leak(downwards, src of shape (1, 3), tgt of shape (1, 3), 10): should raise AssertionError, but returns None. A change may go either way: take its absolute value.
def assert_no_leak(forward, src, tgt, vocab_size):
    logits = forward(src, tgt)
    for t in range(1, tgt.shape[1]):
        changed = tgt.clone()
        changed[:, t] = (changed[:, t] + 1) % vocab_size
        assert (forward(src, changed)[:, :t] - logits[:, :t]).max() <= 1e-4

# %% wrong: raises another error
# visible test_assert_no_leak_found: names it: assert_no_leak(sees_everything, src of shape (1, 3), tgt of shape (1, 4), 10): raises ValueError: leak. Line 7 of the cell: `raise ValueError('leak')` It should raise AssertionError.
def assert_no_leak(forward, src, tgt, vocab_size):
    logits = forward(src, tgt)
    for t in range(1, tgt.shape[1]):
        changed = tgt.clone()
        changed[:, t] = (changed[:, t] + 1) % vocab_size
        if not torch.allclose(forward(src, changed)[:, :t], logits[:, :t], rtol=0, atol=1e-4):
            raise ValueError('leak')
