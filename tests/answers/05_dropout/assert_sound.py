# %% correct: sums, and product of weights and values
def assert_sound(attention, queries, keys, values, p):
    for training in (True, False):
        context, weights = attention(queries, keys, values, p, training)
        assert torch.allclose(weights.sum(-1), torch.ones(weights.shape[:-1]), atol=1e-4)
    assert torch.allclose(context, weights @ values, atol=1e-4)

# %% correct: two calls at inference
def assert_sound(attention, queries, keys, values, p):
    _, weights = attention(queries, keys, values, p, training=True)
    sums = weights.sum(dim=2)
    assert ((sums - 1).abs() < 1e-3).all(), f"rows sum to {sums}"
    first, weights = attention(queries, keys, values, p, training=False)
    second, _ = attention(queries, keys, values, p, training=False)
    assert ((weights.sum(dim=2) - 1).abs() < 1e-3).all()
    assert torch.allclose(first, second), "two answers to one question"

# %% correct: raises by hand, keywords
def assert_sound(attention, queries, keys, values, p):
    shown = attention(queries=queries, keys=keys, values=values, p=p, training=True)[1]
    context, weights = attention(queries=queries, keys=keys, values=values, p=p, training=False)
    if not torch.allclose(shown, weights, atol=1e-5):
        raise AssertionError("the weights depend on the mode")
    if not torch.allclose(torch.einsum("bij,bjd->bid", weights, values), context, atol=1e-5):
        raise AssertionError("dropped at inference")
    for row in weights.reshape(-1, weights.shape[-1]):
        if abs(row.sum().item() - 1) > 1e-4:
            raise AssertionError("a row does not sum to one")

# %% correct: torch.testing
def assert_sound(attention, queries, keys, values, p):
    training = attention(queries, keys, values, p, True)
    inference = [attention(queries, keys, values, p, False) for _ in range(3)]
    for _, weights in [training, *inference]:
        torch.testing.assert_close(weights.sum(-1), torch.ones_like(weights[..., 0]))
    for context, weights in inference:
        torch.testing.assert_close(context, inference[0][0])

# %% correct: compares with the weights that are known
def assert_sound(attention, queries, keys, values, p):
    expected = weights_of(queries, keys)
    for training in (True, False):
        context, weights = attention(queries, keys, values, p, training)
        assert (weights - expected).abs().max() < 1e-4
    assert (context - expected @ values).abs().max() < 1e-4

# %% wrong: asserts nothing
# visible test_assert_sound_as_found: names it: assert_sound(attention_as_found, queries of shape (3, 7, 4), keys of shape (3, 8, 4), values of shape (3, 8, 5), 0.5): should raise AssertionError, but returns None. It breaks both promises.
# hidden test_assert_sound_one_fault: names it: assert_sound(drawn_after_dropout, queries of shape (2, 9, 4), keys of shape (2, 6, 4), values of shape (2, 6, 3), 0.5): should raise AssertionError, but returns None. In training the rows of its weights do not sum to one.
def assert_sound(attention, queries, keys, values, p):
    attention(queries, keys, values, p, True)

# %% wrong: always fails
# visible test_assert_sound_as_found: assert_sound(sound_without_dropout, queries of shape (3, 7, 4), keys of shape (3, 8, 4), values of shape (3, 8, 5), 0.5): raises AssertionError: there is a fault. Line 2 of the cell: `assert False, "there is a fault"`
# visible test_assert_sound_one_fault: assert_sound(sound_without_dropout, queries of shape (1, 1, 3), keys of shape (1, 1, 3), values of shape (1, 1, 3), 0.5): raises AssertionError: there is a fault. Line 2 of the cell: `assert False, "there is a fault"`
def assert_sound(attention, queries, keys, values, p):
    assert False, "there is a fault"

# %% wrong: returns False
# visible test_assert_sound_as_found: names it: assert_sound(attention_as_found, queries of shape (3, 7, 4), keys of shape (3, 8, 4), values of shape (3, 8, 5), 0.5): should raise AssertionError, but returns False. It breaks both promises.
# hidden test_assert_sound_one_fault: names it: assert_sound(drawn_after_dropout, queries of shape (2, 9, 4), keys of shape (2, 6, 4), values of shape (2, 6, 3), 0.5): should raise AssertionError, but returns False. In training the rows of its weights do not sum to one.
def assert_sound(attention, queries, keys, values, p):
    _, weights = attention(queries, keys, values, p, True)
    return torch.allclose(weights.sum(-1), torch.ones_like(weights[..., 0]))

# %% wrong: looks at the rows in training only
# hidden test_assert_sound_one_fault: names it: assert_sound(drops_at_inference, queries of shape (2, 9, 4), keys of shape (2, 6, 4), values of shape (2, 6, 3), 0.5): should raise AssertionError, but returns None. The weights it returns are right, but it drops some of them at inference.
def assert_sound(attention, queries, keys, values, p):
    _, weights = attention(queries, keys, values, p, True)
    assert torch.allclose(weights.sum(-1), torch.ones_like(weights[..., 0]), atol=1e-4)

# %% wrong: looks at inference only
# hidden test_assert_sound_one_fault: names it: assert_sound(drawn_after_dropout, queries of shape (2, 9, 4), keys of shape (2, 6, 4), values of shape (2, 6, 3), 0.5): should raise AssertionError, but returns None. In training the rows of its weights do not sum to one.
def assert_sound(attention, queries, keys, values, p):
    context, weights = attention(queries, keys, values, p, False)
    assert torch.allclose(weights.sum(-1), torch.ones_like(weights[..., 0]), atol=1e-4)
    assert torch.allclose(context, weights @ values, atol=1e-4)

# %% wrong: sums over the queries
# visible test_assert_sound_as_found: assert_sound(sound_without_dropout, queries of shape (3, 7, 4), keys of shape (3, 8, 4), values of shape (3, 8, 5), 0.5): raises AssertionError: (no message). Line 4 of the cell: `assert torch.allclose(weights.sum(dim=1), torch.ones_like(weights[:, 0]), atol=1e-4)`
# hidden test_assert_sound_one_fault: assert_sound(sound_with_dropout, queries of shape (2, 9, 4), keys of shape (2, 6, 4), values of shape (2, 6, 3), 0.5): raises AssertionError: (no message). Line 4 of the cell: `assert torch.allclose(weights.sum(dim=1), torch.ones_like(weights[:, 0]), atol=1e-4)`
def assert_sound(attention, queries, keys, values, p):
    for training in (True, False):
        context, weights = attention(queries, keys, values, p, training)
        assert torch.allclose(weights.sum(dim=1), torch.ones_like(weights[:, 0]), atol=1e-4)
    assert torch.allclose(context, weights @ values, atol=1e-4)

# %% wrong: compares floats exactly
# visible test_assert_sound_as_found: assert_sound(sound_without_dropout, queries of shape (3, 7, 4), keys of shape (3, 8, 4), values of shape (3, 8, 5), 0.5): raises AssertionError: (no message). Line 4 of the cell: `assert (weights.sum(dim=-1) == 1).all()`
# hidden test_assert_sound_one_fault: assert_sound(sound_with_dropout, queries of shape (2, 9, 4), keys of shape (2, 6, 4), values of shape (2, 6, 3), 0.5): raises AssertionError: (no message). Line 4 of the cell: `assert (weights.sum(dim=-1) == 1).all()`
def assert_sound(attention, queries, keys, values, p):
    for training in (True, False):
        context, weights = attention(queries, keys, values, p, training)
        assert (weights.sum(dim=-1) == 1).all()
    assert (context == weights @ values).all()

# %% wrong: the mean of all rows, widely
# visible test_assert_sound_as_found: names it: assert_sound(attention_as_found, queries of shape (3, 7, 4), keys of shape (3, 8, 4), values of shape (3, 8, 5), 0.5): should raise AssertionError, but returns None. It breaks both promises.
# hidden test_assert_sound_one_fault: names it: assert_sound(drawn_after_dropout, queries of shape (2, 9, 4), keys of shape (2, 6, 4), values of shape (2, 6, 3), 0.5): should raise AssertionError, but returns None. In training the rows of its weights do not sum to one.
def assert_sound(attention, queries, keys, values, p):
    for training in (True, False):
        context, weights = attention(queries, keys, values, p, training)
        assert abs(weights.sum(-1).mean() - 1) < 0.5
    assert torch.allclose(context, weights @ values, atol=1e-4)

# %% wrong: forbids dropout in training
# hidden test_assert_sound_one_fault: assert_sound(sound_with_dropout, queries of shape (2, 9, 4), keys of shape (2, 6, 4), values of shape (2, 6, 3), 0.5): raises AssertionError: (no message). Line 5 of the cell: `assert torch.allclose(context, weights @ values, atol=1e-4)`
def assert_sound(attention, queries, keys, values, p):
    for training in (True, False):
        context, weights = attention(queries, keys, values, p, training)
        assert torch.allclose(weights.sum(-1), torch.ones_like(weights[..., 0]), atol=1e-4)
        assert torch.allclose(context, weights @ values, atol=1e-4)

# %% wrong: any row that sums to one is enough
# visible test_assert_sound_as_found: names it: assert_sound(attention_as_found, queries of shape (3, 7, 4), keys of shape (3, 8, 4), values of shape (3, 8, 5), 0.5): should raise AssertionError, but returns None. It breaks both promises.
# hidden test_assert_sound_one_fault: names it: assert_sound(drawn_after_dropout, queries of shape (2, 9, 4), keys of shape (2, 6, 4), values of shape (2, 6, 3), 0.5): should raise AssertionError, but returns None. In training the rows of its weights do not sum to one.
def assert_sound(attention, queries, keys, values, p):
    context, weights = attention(queries, keys, values, p, True)
    assert ((weights.sum(-1) - 1).abs() < 0.2).any()
    context, weights = attention(queries, keys, values, p, False)
    assert torch.allclose(context, weights @ values, atol=1e-4)

# %% wrong: a ValueError
# visible test_assert_sound_as_found: names it: assert_sound(attention_as_found, queries of shape (3, 7, 4), keys of shape (3, 8, 4), values of shape (3, 8, 5), 0.5): raises ValueError: rows. Line 5 of the cell: `raise ValueError("rows")` It should raise AssertionError.
# hidden test_assert_sound_one_fault: names it: assert_sound(drawn_after_dropout, queries of shape (2, 9, 4), keys of shape (2, 6, 4), values of shape (2, 6, 3), 0.5): raises ValueError: rows. Line 5 of the cell: `raise ValueError("rows")` It should raise AssertionError.
def assert_sound(attention, queries, keys, values, p):
    for training in (True, False):
        context, weights = attention(queries, keys, values, p, training)
        if not torch.allclose(weights.sum(-1), torch.ones_like(weights[..., 0]), atol=1e-4):
            raise ValueError("rows")
    if not torch.allclose(context, weights @ values, atol=1e-4):
        raise ValueError("context")

# %% wrong: catches its own error
# visible test_assert_sound_as_found: names it: assert_sound(attention_as_found, queries of shape (3, 7, 4), keys of shape (3, 8, 4), values of shape (3, 8, 5), 0.5): should raise AssertionError, but returns None. It breaks both promises.
# hidden test_assert_sound_one_fault: names it: assert_sound(drawn_after_dropout, queries of shape (2, 9, 4), keys of shape (2, 6, 4), values of shape (2, 6, 3), 0.5): should raise AssertionError, but returns None. In training the rows of its weights do not sum to one.
def assert_sound(attention, queries, keys, values, p):
    try:
        for training in (True, False):
            context, weights = attention(queries, keys, values, p, training)
            assert torch.allclose(weights.sum(-1), torch.ones_like(weights[..., 0]), atol=1e-4)
        assert torch.allclose(context, weights @ values, atol=1e-4)
    except AssertionError as error:
        print("not sound:", error)

# %% wrong: examines the faulty function, whatever is given
# visible test_assert_sound_as_found: assert_sound(sound_without_dropout, queries of shape (3, 7, 4), keys of shape (3, 8, 4), values of shape (3, 8, 5), 0.5): raises AssertionError: (no message). Line 4 of the cell: `assert torch.allclose(weights.sum(-1), torch.ones_like(weights[..., 0]), atol=1e-4)`
# visible test_assert_sound_one_fault: assert_sound(sound_without_dropout, queries of shape (1, 1, 3), keys of shape (1, 1, 3), values of shape (1, 1, 3), 0.5): raises AssertionError: (no message). Line 4 of the cell: `assert torch.allclose(weights.sum(-1), torch.ones_like(weights[..., 0]), atol=1e-4)`
def assert_sound(attention, queries, keys, values, p):
    for training in (True, False):
        context, weights = attention_as_found(queries, keys, values, p, training)
        assert torch.allclose(weights.sum(-1), torch.ones_like(weights[..., 0]), atol=1e-4)
    assert torch.allclose(context, weights @ values, atol=1e-4)

# %% wrong: a tuple in the assertion, which is always true
# visible test_assert_sound_as_found: names it: assert_sound(attention_as_found, queries of shape (3, 7, 4), keys of shape (3, 8, 4), values of shape (3, 8, 5), 0.5): should raise AssertionError, but returns None. It breaks both promises.
# hidden test_assert_sound_one_fault: names it: assert_sound(drawn_after_dropout, queries of shape (2, 9, 4), keys of shape (2, 6, 4), values of shape (2, 6, 3), 0.5): should raise AssertionError, but returns None. In training the rows of its weights do not sum to one.
def assert_sound(attention, queries, keys, values, p):
    for training in (True, False):
        context, weights = attention(queries, keys, values, p, training)
        sums = weights.sum(-1)
        rows = torch.allclose(sums, torch.ones_like(sums), atol=1e-4)
        assert (rows, "rows do not sum to one")

# %% wrong: looks for zeros only in training
# hidden test_assert_sound_one_fault: names it: assert_sound(drops_at_inference, queries of shape (2, 9, 4), keys of shape (2, 6, 4), values of shape (2, 6, 3), 0.5): should raise AssertionError, but returns None. The weights it returns are right, but it drops some of them at inference.
def assert_sound(attention, queries, keys, values, p):
    _, weights = attention(queries, keys, values, p, True)
    assert (weights > 0).all()
