# %% correct: together against alone
def assert_sentences_stay_apart(attention, batch):
    together = attention(batch)
    for i, sentence in enumerate(batch):
        alone = attention(sentence.unsqueeze(0)).squeeze(0)
        assert torch.allclose(together[i], alone, atol=1e-4)

# %% correct: change all the others
def assert_sentences_stay_apart(attention, batch):
    before = attention(batch)
    for i in range(len(batch)):
        changed = 5 - 3 * batch
        changed[i] = batch[i]
        after = attention(changed)
        assert (before[i] - after[i]).abs().max() < 1e-4, f"sentence {i} looks at others"

# %% correct: change one at a time
def assert_sentences_stay_apart(attention, batch):
    before = attention(batch)
    for j in range(batch.shape[0]):
        changed = batch.clone()
        changed[j] = torch.randn(batch.shape[1:], generator=torch.Generator().manual_seed(0))
        after = attention(changed)
        for i in range(batch.shape[0]):
            if i != j and not torch.allclose(before[i], after[i], atol=1e-4):
                raise AssertionError(f"sentence {i} depends on sentence {j}")

# %% correct: nothing but nan in the others
def assert_sentences_stay_apart(attention, batch):
    for i in range(len(batch)):
        poisoned = torch.full_like(batch, float("nan"))
        poisoned[i] = batch[i]
        assert not attention(poisoned)[i].isnan().any()

# %% correct: by a loop and PyTorch's own comparison
def assert_sentences_stay_apart(attention, batch):
    alone = torch.cat([attention(one) for one in batch.split(1)])
    torch.testing.assert_close(attention(batch), alone, atol=1e-4, rtol=0)

# %% wrong: looks at the shape
# visible test_assert_sentences_stay_apart_defect: names it: assert_sentences_stay_apart(mixing_flattened, batch of shape (3, 4, 5)): should raise AssertionError, but returns None. This attention mixes sentences: your check should not let it pass.
# visible test_assert_sentences_stay_apart_others: names it: assert_sentences_stay_apart(mixing_across_the_batch, batch of shape (3, 4, 5)): should raise AssertionError, but returns None. This attention mixes sentences: your check should not let it pass.
def assert_sentences_stay_apart(attention, batch):
    assert attention(batch).shape[:2] == batch.shape[:2]

# %% wrong: returns False instead of raising
# visible test_assert_sentences_stay_apart_defect: names it: assert_sentences_stay_apart(mixing_flattened, batch of shape (3, 4, 5)): should raise AssertionError, but returns False. This attention mixes sentences: your check should not let it pass.
# visible test_assert_sentences_stay_apart_others: names it: assert_sentences_stay_apart(mixing_across_the_batch, batch of shape (3, 4, 5)): should raise AssertionError, but returns False. This attention mixes sentences: your check should not let it pass.
def assert_sentences_stay_apart(attention, batch):
    together = attention(batch)
    for i in range(len(batch)):
        if not torch.allclose(together[i], attention(batch[i : i + 1])[0], atol=1e-4):
            return False
    return True

# %% wrong: raises ValueError
# visible test_assert_sentences_stay_apart_defect: names it: assert_sentences_stay_apart(mixing_flattened, batch of shape (3, 4, 5)): raises ValueError: sentences are mixed. Line 5 of the cell: `raise ValueError("sentences are mixed")` It should raise AssertionError.
# visible test_assert_sentences_stay_apart_others: names it: assert_sentences_stay_apart(mixing_across_the_batch, batch of shape (3, 4, 5)): raises ValueError: sentences are mixed. Line 5 of the cell: `raise ValueError("sentences are mixed")` It should raise AssertionError.
def assert_sentences_stay_apart(attention, batch):
    together = attention(batch)
    for i in range(len(batch)):
        if not torch.allclose(together[i], attention(batch[i : i + 1])[0], atol=1e-4):
            raise ValueError("sentences are mixed")

# %% wrong: only the first sentence is looked at
# visible test_assert_sentences_stay_apart_others: names it: assert_sentences_stay_apart(mixing_with_the_one_before, batch of shape (3, 4, 5)): should raise AssertionError, but returns None. This attention mixes sentences: your check should not let it pass.
def assert_sentences_stay_apart(attention, batch):
    together = attention(batch)
    assert torch.allclose(together[0], attention(batch[:1])[0], atol=1e-4)

# %% wrong: only the last sentence is looked at
# hidden test_assert_sentences_stay_apart_others: names it: assert_sentences_stay_apart(mixing_with_the_next, batch of shape (3, 4, 5)): should raise AssertionError, but returns None. This attention mixes sentences: your check should not let it pass.
def assert_sentences_stay_apart(attention, batch):
    together = attention(batch)
    assert torch.allclose(together[-1], attention(batch[-1:])[0], atol=1e-4)

# %% wrong: the same sentence twice, which hides the defect
# visible test_assert_sentences_stay_apart_defect: names it: assert_sentences_stay_apart(mixing_flattened, batch of shape (3, 4, 5)): should raise AssertionError, but returns None. This attention mixes sentences: your check should not let it pass.
# visible test_assert_sentences_stay_apart_others: names it: assert_sentences_stay_apart(mixing_across_the_batch, batch of shape (3, 4, 5)): should raise AssertionError, but returns None. This attention mixes sentences: your check should not let it pass.
def assert_sentences_stay_apart(attention, batch):
    twice = torch.stack([batch[0], batch[0]])
    assert torch.allclose(attention(twice)[0], attention(batch[:1])[0], atol=1e-4)

# %% wrong: another order of sentences, which the defect survives
# visible test_assert_sentences_stay_apart_defect: names it: assert_sentences_stay_apart(mixing_flattened, batch of shape (3, 4, 5)): should raise AssertionError, but returns None. This attention mixes sentences: your check should not let it pass.
# visible test_assert_sentences_stay_apart_others: names it: assert_sentences_stay_apart(mixing_across_the_batch, batch of shape (3, 4, 5)): should raise AssertionError, but returns None. This attention mixes sentences: your check should not let it pass.
def assert_sentences_stay_apart(attention, batch):
    assert torch.allclose(attention(batch.flip(0)), attention(batch).flip(0), atol=1e-4)

# %% wrong: expects that nothing changes at all, its own sentence included
# visible test_assert_sentences_stay_apart_defect: assert_sentences_stay_apart(apart_as_in_pytorch, batch of shape (3, 4, 5)): raises AssertionError: (no message). Line 4 of the cell: `assert torch.allclose(attention(batch), attention(changed), atol=1e-4)`
# visible test_assert_sentences_stay_apart_others: assert_sentences_stay_apart(apart_the_mean_of_each, batch of shape (3, 4, 5)): raises AssertionError: (no message). Line 4 of the cell: `assert torch.allclose(attention(batch), attention(changed), atol=1e-4)`
def assert_sentences_stay_apart(attention, batch):
    changed = batch.clone()
    changed[0] += 1
    assert torch.allclose(attention(batch), attention(changed), atol=1e-4)

# %% wrong: exact equality
# hidden test_assert_sentences_stay_apart_others: assert_sentences_stay_apart(apart_but_for_rounding, batch of shape (3, 4, 5)): raises AssertionError: (no message). Line 4 of the cell: `assert torch.equal(together[i], attention(batch[i : i + 1])[0])`
def assert_sentences_stay_apart(attention, batch):
    together = attention(batch)
    for i in range(len(batch)):
        assert torch.equal(together[i], attention(batch[i : i + 1])[0])

# %% wrong: the change is too small to see
# visible test_assert_sentences_stay_apart_defect: names it: assert_sentences_stay_apart(mixing_flattened, batch of shape (3, 4, 5)): should raise AssertionError, but returns None. This attention mixes sentences: your check should not let it pass.
# visible test_assert_sentences_stay_apart_others: names it: assert_sentences_stay_apart(mixing_across_the_batch, batch of shape (3, 4, 5)): should raise AssertionError, but returns None. This attention mixes sentences: your check should not let it pass.
def assert_sentences_stay_apart(attention, batch):
    before = attention(batch)
    for j in range(len(batch)):
        changed = batch.clone()
        changed[j] += 1e-6
        after = attention(changed)
        for i in range(len(batch)):
            assert i == j or torch.allclose(before[i], after[i], atol=1e-4)

# %% wrong: too generous
# hidden test_assert_sentences_stay_apart_others: names it: assert_sentences_stay_apart(mixing_a_little_of_the_last, batch of shape (3, 4, 5)): should raise AssertionError, but returns None. This attention mixes sentences: your check should not let it pass.
def assert_sentences_stay_apart(attention, batch):
    together = attention(batch)
    for i in range(len(batch)):
        assert torch.allclose(together[i], attention(batch[i : i + 1])[0], atol=1.0)

# %% wrong: only the first token is compared
# hidden test_assert_sentences_stay_apart_others: names it: assert_sentences_stay_apart(mixing_in_the_last_token, batch of shape (3, 4, 5)): should raise AssertionError, but returns None. This attention mixes sentences: your check should not let it pass.
def assert_sentences_stay_apart(attention, batch):
    together = attention(batch)
    for i in range(len(batch)):
        assert torch.allclose(together[i, 0], attention(batch[i : i + 1])[0, 0], atol=1e-4)

# %% wrong: only neighbours after it are changed
# visible test_assert_sentences_stay_apart_others: names it: assert_sentences_stay_apart(mixing_with_the_one_before, batch of shape (3, 4, 5)): should raise AssertionError, but returns None. This attention mixes sentences: your check should not let it pass.
def assert_sentences_stay_apart(attention, batch):
    before = attention(batch)
    for i in range(len(batch) - 1):
        changed = batch.clone()
        changed[i + 1] = -batch[i + 1]
        assert torch.allclose(before[i], attention(changed)[i], atol=1e-4)

# %% wrong: swallows its own assertion
# visible test_assert_sentences_stay_apart_defect: names it: assert_sentences_stay_apart(mixing_flattened, batch of shape (3, 4, 5)): should raise AssertionError, but returns None. This attention mixes sentences: your check should not let it pass.
# visible test_assert_sentences_stay_apart_others: names it: assert_sentences_stay_apart(mixing_across_the_batch, batch of shape (3, 4, 5)): should raise AssertionError, but returns None. This attention mixes sentences: your check should not let it pass.
def assert_sentences_stay_apart(attention, batch):
    try:
        together = attention(batch)
        for i in range(len(batch)):
            assert torch.allclose(together[i], attention(batch[i : i + 1])[0], atol=1e-4)
    except AssertionError:
        print("mixed")

# %% wrong: always raises
# visible test_assert_sentences_stay_apart_defect: names it: assert_sentences_stay_apart(apart_as_in_pytorch, batch of shape (3, 4, 5)): raises AssertionError: sentences are mixed. Line 2 of the cell: `raise AssertionError("sentences are mixed")` Nothing should be raised here.
# visible test_assert_sentences_stay_apart_others: names it: assert_sentences_stay_apart(apart_the_mean_of_each, batch of shape (3, 4, 5)): raises AssertionError: sentences are mixed. Line 2 of the cell: `raise AssertionError("sentences are mixed")` Nothing should be raised here.
def assert_sentences_stay_apart(attention, batch):
    raise AssertionError("sentences are mixed")

# %% wrong: demands that the output differ from the input's width
# hidden test_assert_sentences_stay_apart_others: assert_sentences_stay_apart(apart_all_zeros, batch of shape (3, 4, 5)): raises AssertionError: the attention ignores its input. Line 6 of the cell: `assert not torch.allclose(attention(changed), together), "the attention ignores its input"`
def assert_sentences_stay_apart(attention, batch):
    together = attention(batch)
    for i in range(len(batch)):
        assert torch.allclose(together[i], attention(batch[i : i + 1])[0], atol=1e-4)
    changed = batch + 1
    assert not torch.allclose(attention(changed), together), "the attention ignores its input"
