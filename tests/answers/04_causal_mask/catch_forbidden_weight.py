# %% correct: two levels of scores
def catch_forbidden_weight(weights_of):
    token_ids, pad_id = torch.tensor([[3, 1, 2], [3, 1, 0]]), 0
    later = torch.ones(3, 3, dtype=torch.bool).triu(diagonal=1)
    forbidden = later | (token_ids == pad_id)[:, None, :]
    for level in (0.0, -1e10):
        found = weights_of(torch.full((2, 3, 3), level), token_ids, pad_id)
        assert not found[forbidden].any(), "a forbidden key gets weight"

# %% correct: one sentence, low scores only for the allowed keys
def catch_forbidden_weight(weights_of):
    scores = torch.zeros(1, 4, 4)
    scores[0, 1, :2] = -5e9
    weights = weights_of(scores, torch.tensor([[7, 7, 8, 9]]), 9)
    assert weights[0, 1, 2] == 0, "token 1 sees token 2"
    assert weights[0, 1, 3] == 0
    assert weights[0, 3, 3] == 0, "padding is seen"

# %% correct: sums by hand, raised without assert
def catch_forbidden_weight(weights_of):
    ids = torch.tensor([[1, 2, 3, 0, 0]])
    generator = torch.Generator().manual_seed(2)
    for scores in (torch.randn(1, 5, 5, generator=generator), torch.full((1, 5, 5), -1e12)):
        weights = weights_of(scores, ids, 0)[0]
        for i in range(5):
            for j in range(5):
                if (j > i or ids[0, j] == 0) and weights[i, j].item() > 1e-6:
                    raise AssertionError(f"query {i} sees key {j}")

# %% correct: testing.assert_close
def catch_forbidden_weight(weights_of):
    low = torch.full((1, 2, 2), -1e10)
    torch.testing.assert_close(weights_of(low, torch.tensor([[1, 2]]), 0)[0, 0, 1], torch.tensor(0.0))
    padded = weights_of(torch.zeros(1, 2, 2), torch.tensor([[1, 0]]), 0)
    torch.testing.assert_close(padded[..., 1], torch.zeros(1, 2))

# %% wrong: ordinary scores only
# hidden test_catch_forbidden_weight_future: names it: catch_forbidden_weight(future_hidden_by_minus_1e9): should raise AssertionError, but returns None. It hides padding well, and later tokens by -1e9. Against very low scores they win.
def catch_forbidden_weight(weights_of):
    token_ids, pad_id = torch.tensor([[3, 1, 2], [3, 1, 0]]), 0
    later = torch.ones(3, 3, dtype=torch.bool).triu(diagonal=1)
    forbidden = later | (token_ids == pad_id)[:, None, :]
    assert not weights_of(torch.zeros(2, 3, 3), token_ids, pad_id)[forbidden].any()

# %% wrong: no padding in the batch
# hidden test_catch_forbidden_weight_padding: names it: catch_forbidden_weight(without_padding_mask): should raise AssertionError, but returns None. It hides later tokens well, and padding not at all: have padding in your token ids.
def catch_forbidden_weight(weights_of):
    later = torch.ones(3, 3, dtype=torch.bool).triu(diagonal=1)
    for level in (0.0, -1e10):
        found = weights_of(torch.full((1, 3, 3), level), torch.tensor([[3, 1, 2]]), 0)
        assert not found[0][later].any()

# %% wrong: padding only as a later token
# hidden test_catch_forbidden_weight_padding: names it: catch_forbidden_weight(without_padding_mask): should raise AssertionError, but returns None. It hides later tokens well, and padding not at all: have padding in your token ids.
def catch_forbidden_weight(weights_of):
    later = torch.ones(3, 3, dtype=torch.bool).triu(diagonal=1)
    for level in (0.0, -1e10):
        found = weights_of(torch.full((1, 3, 3), level), torch.tensor([[3, 1, 0]]), 0)
        assert not found[0][later].any()

# %% wrong: always raises
# visible test_catch_forbidden_weight_found: names it: catch_forbidden_weight(first_token_only): raises AssertionError, but all weight lies on the first token, which is forbidden to nobody.
# hidden test_catch_forbidden_weight_future: names it: catch_forbidden_weight: raises AssertionError for a right attention. Only later tokens and padding are forbidden: every other key may get weight, the query's own too.
# hidden test_catch_forbidden_weight_padding: names it: catch_forbidden_weight(right_by_filling): raises AssertionError: a forbidden key gets weight. Line 2 of the cell: `raise AssertionError("a forbidden key gets weight")` Nothing should be raised here.
def catch_forbidden_weight(weights_of):
    raise AssertionError("a forbidden key gets weight")

# %% wrong: never raises
# visible test_catch_forbidden_weight_found: names it: catch_forbidden_weight(found_weights): should raise AssertionError, but returns None. Assert that every forbidden weight is 0.
# visible test_catch_forbidden_weight_future: names it: catch_forbidden_weight(found_weights): should raise AssertionError, but returns None. Assert that every forbidden weight is 0.
# visible test_catch_forbidden_weight_padding: names it: catch_forbidden_weight(found_weights): should raise AssertionError, but returns None. Assert that every forbidden weight is 0.
def catch_forbidden_weight(weights_of):
    weights_of(torch.zeros(1, 3, 3), torch.tensor([[3, 1, 0]]), 0)

# %% wrong: returns a bool
# visible test_catch_forbidden_weight_found: names it: catch_forbidden_weight(found_weights): should raise AssertionError, but returns True. Assert that every forbidden weight is 0.
# visible test_catch_forbidden_weight_future: names it: catch_forbidden_weight(found_weights): should raise AssertionError, but returns True. Assert that every forbidden weight is 0.
# visible test_catch_forbidden_weight_padding: names it: catch_forbidden_weight(found_weights): should raise AssertionError, but returns True. Assert that every forbidden weight is 0.
def catch_forbidden_weight(weights_of):
    token_ids = torch.tensor([[3, 1, 0]])
    found = weights_of(torch.full((1, 3, 3), -1e10), token_ids, 0)
    return bool(found[:, :, 2].any())

# %% wrong: raises another error
# visible test_catch_forbidden_weight_found: names it: catch_forbidden_weight(found_weights): raises ValueError: a forbidden key gets weight. Line 7 of the cell: `raise ValueError("a forbidden key gets weight")` It should raise AssertionError.
# visible test_catch_forbidden_weight_future: names it: catch_forbidden_weight(found_weights): raises ValueError: a forbidden key gets weight. Line 7 of the cell: `raise ValueError("a forbidden key gets weight")` It should raise AssertionError.
# visible test_catch_forbidden_weight_padding: names it: catch_forbidden_weight(found_weights): raises ValueError: a forbidden key gets weight. Line 7 of the cell: `raise ValueError("a forbidden key gets weight")` It should raise AssertionError.
def catch_forbidden_weight(weights_of):
    token_ids, pad_id = torch.tensor([[3, 1, 2], [3, 1, 0]]), 0
    later = torch.ones(3, 3, dtype=torch.bool).triu(diagonal=1)
    forbidden = later | (token_ids == pad_id)[:, None, :]
    for level in (0.0, -1e10):
        if weights_of(torch.full((2, 3, 3), level), token_ids, pad_id)[forbidden].any():
            raise ValueError("a forbidden key gets weight")

# %% wrong: only looks at the sums of the rows
# visible test_catch_forbidden_weight_found: names it: catch_forbidden_weight(found_weights): should raise AssertionError, but returns None. Assert that every forbidden weight is 0.
# visible test_catch_forbidden_weight_future: names it: catch_forbidden_weight(found_weights): should raise AssertionError, but returns None. Assert that every forbidden weight is 0.
# visible test_catch_forbidden_weight_padding: names it: catch_forbidden_weight(found_weights): should raise AssertionError, but returns None. Assert that every forbidden weight is 0.
def catch_forbidden_weight(weights_of):
    found = weights_of(torch.full((1, 3, 3), -1e10), torch.tensor([[3, 1, 0]]), 0)
    assert torch.allclose(found.sum(dim=-1), torch.ones(1, 3)), "the rows do not sum to 1"

# %% wrong: wants zeros at the allowed keys too
# hidden test_catch_forbidden_weight_future: names it: catch_forbidden_weight: raises AssertionError for a right attention. Only later tokens and padding are forbidden: every other key may get weight, the query's own too.
# hidden test_catch_forbidden_weight_padding: catch_forbidden_weight(right_by_filling): raises AssertionError: (no message). Line 5 of the cell: `assert not found[:, :, 1:].any()`
def catch_forbidden_weight(weights_of):
    token_ids = torch.tensor([[3, 1, 0]])
    for level in (0.0, -1e10):
        found = weights_of(torch.full((1, 3, 3), level), token_ids, 0)
        assert not found[:, :, 1:].any()

# %% wrong: wants the diagonal blocked
# visible test_catch_forbidden_weight_found: names it: catch_forbidden_weight(first_token_only): raises AssertionError, but all weight lies on the first token, which is forbidden to nobody.
# hidden test_catch_forbidden_weight_future: names it: catch_forbidden_weight: raises AssertionError for a right attention. Only later tokens and padding are forbidden: every other key may get weight, the query's own too.
# hidden test_catch_forbidden_weight_padding: catch_forbidden_weight(right_by_filling): raises AssertionError: (no message). Line 6 of the cell: `assert not found[0][blocked].any()`
def catch_forbidden_weight(weights_of):
    token_ids = torch.tensor([[3, 1, 2, 0]])
    blocked = torch.ones(4, 4, dtype=torch.bool).triu()
    for level in (0.0, -1e10):
        found = weights_of(torch.full((1, 4, 4), level), token_ids, 0)
        assert not found[0][blocked].any()

# %% wrong: the low scores are not low enough
# hidden test_catch_forbidden_weight_future: names it: catch_forbidden_weight(future_hidden_by_minus_1e9): should raise AssertionError, but returns None. It hides padding well, and later tokens by -1e9. Against very low scores they win.
def catch_forbidden_weight(weights_of):
    token_ids, pad_id = torch.tensor([[3, 1, 2], [3, 1, 0]]), 0
    later = torch.ones(3, 3, dtype=torch.bool).triu(diagonal=1)
    forbidden = later | (token_ids == pad_id)[:, None, :]
    for level in (0.0, -1e6):
        found = weights_of(torch.full((2, 3, 3), level), token_ids, pad_id)
        assert not found[forbidden].any()

# %% wrong: compares names
# hidden test_catch_forbidden_weight_future: names it: catch_forbidden_weight(future_hidden_by_minus_1e9): should raise AssertionError, but returns None. It hides padding well, and later tokens by -1e9. Against very low scores they win.
# hidden test_catch_forbidden_weight_padding: names it: catch_forbidden_weight(without_padding_mask): should raise AssertionError, but returns None. It hides later tokens well, and padding not at all: have padding in your token ids.
def catch_forbidden_weight(weights_of):
    assert weights_of.__name__ != "found_weights"
