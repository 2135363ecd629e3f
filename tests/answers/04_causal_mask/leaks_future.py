# %% correct: change everything from t on
def leaks_future(attention, x):
    before = attention(x)
    for t in range(1, x.shape[1]):
        changed = x.detach().clone()
        changed[:, t:] = changed[:, t:] + 1.0
        if ((attention(changed) - before)[:, :t].abs() > 1e-4).any():
            return True
    return False

# %% correct: one token at a time, drawn anew
def leaks_future(attention, x):
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        base = attention(x)
        worst = 0.0
        for j in range(1, x.size(1)):
            other = x.clone()
            other[:, j] = torch.randn(other[:, j].shape, generator=generator).to(x.dtype) * 5
            moved = (attention(other)[:, :j] - base[:, :j]).abs().max().item()
            worst = max(worst, moved)
    return worst > 1e-4

# %% correct: all changes in one batch
def leaks_future(attention, x):
    b, T, d = x.shape
    changed = x.detach().unsqueeze(0).repeat(T, 1, 1, 1)
    for j in range(T):
        changed[j, :, j] += 10.0
    after = attention(changed.reshape(T * b, T, d)).reshape(T, b, T, -1)
    difference = (after - attention(x)).abs().amax(dim=(1, 3))
    return bool((difference.tril(-1) > 1e-4).any())

# %% correct: the future cut off
def leaks_future(attention, x):
    whole = attention(x)
    for t in range(1, x.shape[1]):
        if not torch.allclose(attention(x[:, :t]), whole[:, :t], rtol=0, atol=1e-4):
            return True
    return False

# %% correct: several sizes of change, both signs
def leaks_future(attention, x):
    with torch.no_grad():
        base = attention(x)
        return any(
            (attention(torch.cat([x[:, :t], x[:, t:] * 0 + size], dim=1)) - base)[:, :t].abs().max().item() > 1e-4
            for t in range(1, x.shape[1])
            for size in (-7.0, 0.0, 3.0)
        )

# %% correct: detached lists of numbers
def leaks_future(attention, x):
    before = attention(x).detach().tolist()
    for t in range(1, x.shape[1]):
        after = attention(torch.cat((x[:, :t], x[:, t:] + 2), 1)).detach().tolist()
        for old, new in zip(before, after):
            for old_row, new_row in zip(old[:t], new[:t]):
                if any(abs(a - c) > 1e-4 for a, c in zip(old_row, new_row)):
                    return True
    return False

# %% correct: a small but sufficient change, one token at a time
def leaks_future(attention, x):
    base = attention(x)
    for j in range(1, x.shape[1]):
        changed = x.clone()
        changed[:, j] += 0.1
        if (attention(changed)[:, :j] - base[:, :j]).abs().max() > 1e-4:
            return True
    return False

# %% correct: an unseeded draw, large
def leaks_future(attention, x):
    reference = attention(x).detach()
    leak = False
    for cut in range(x.shape[1] - 1):
        disturbed = x.detach().clone()
        disturbed[:, cut + 1 :] = torch.randn_like(disturbed[:, cut + 1 :]) * 1e4
        moved = attention(disturbed).detach()[:, : cut + 1] - reference[:, : cut + 1]
        leak = leak or moved.abs().max().item() > 1e-4
    return leak

# %% correct: later tokens set to zero
def leaks_future(attention, x):
    with torch.no_grad():
        out = attention(x)
        for t in range(x.shape[1] - 1):
            keep = (torch.arange(x.shape[1]) <= t).to(x.dtype)[None, :, None]
            if (attention(x * keep) - out)[:, : t + 1].abs().max() > 1e-4:
                return True
    return False

# %% correct: one token at a time turned round
def leaks_future(attention, x):
    sign = torch.ones(x.shape[1], dtype=x.dtype)
    first = attention(x)
    found = []
    for j in range(1, x.shape[1]):
        sign[j] = -1
        second = attention(x * sign.reshape(1, -1, 1))
        sign[j] = 1
        found.append(((first - second)[:, :j].abs() > 1e-4).any().item())
    return any(found)

# %% correct: one token at a time, ten times as large and a hundred lower
def leaks_future(attention, x):
    base = attention(x).detach()
    for j in range(1, x.shape[1]):
        for change in (lambda v: 10 * v, lambda v: v - 100):
            other = x.detach().clone()
            other[:, j] = change(other[:, j])
            if not torch.allclose(attention(other).detach()[:, :j], base[:, :j], atol=1e-4, rtol=0):
                return True
    return False

# %% correct: a million more
def leaks_future(attention, x):
    y = attention(x)
    leaks = False
    for t in range(1, x.shape[1]):
        later = torch.cat([x[:, :t], x[:, t:] + 1e6], dim=1)
        leaks |= ((attention(later) - y)[:, :t].abs().amax() > 1e-4).item()
    return leaks

# %% wrong: by gradient
# visible test_leaks_future_values: leaks_future(constant, x of shape (2, 6, 3)): raises RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn. Line 5 of the cell: `(gradient,) = torch.autograd.grad(out[:, t].sum(), x, retain_graph=True, allow_unused=True)`
# visible test_leaks_future_not_differentiable: names it: leaks_future(rounded_sum, x of shape (2, 6, 3)): gradients, tiny changes and tokens in another order show nothing here. Make the change a large one.
def leaks_future(attention, x):
    x = x.detach().clone().requires_grad_()
    out = attention(x)
    for t in range(x.shape[1] - 1):
        (gradient,) = torch.autograd.grad(out[:, t].sum(), x, retain_graph=True, allow_unused=True)
        if gradient is not None and (gradient[:, t + 1 :].abs() > 1e-4).any():
            return True
    return False

# %% wrong: by the Jacobian, no leak where there is no gradient
# visible test_leaks_future_not_differentiable: names it: leaks_future(rounded_sum, x of shape (2, 6, 3)): gradients, tiny changes and tokens in another order show nothing here. Make the change a large one.
# hidden test_leaks_future_hiding_places: names it: leaks_future(too_small_to_count, x of shape (2, 5, 3)): outputs move by less than 1e-4, and only more counts.
def leaks_future(attention, x):
    jacobian = torch.autograd.functional.jacobian(attention, x).abs().sum(dim=(0, 2, 3, 5))
    return bool((jacobian.triu(1) > 1e-4).any())

# %% wrong: a change too small for steps
# visible test_leaks_future_not_differentiable: names it: leaks_future(rounded_sum, x of shape (2, 6, 3)): gradients, tiny changes and tokens in another order show nothing here. Make the change a large one.
def leaks_future(attention, x):
    base = attention(x)
    for t in range(1, x.shape[1]):
        changed = x.detach().clone()
        changed[:, t:] += 1e-3
        if ((attention(changed) - base)[:, :t].abs() > 1e-6).any():
            return True
    return False

# %% wrong: only the last token is changed
# visible test_leaks_future_hiding_places: names it: leaks_future(first_sees_second, x of shape (2, 6, 3)): only token 1 leaks, into output 0: a change of the last token alone does not show it.
def leaks_future(attention, x):
    changed = x.clone()
    changed[:, -1] += 5
    return bool(((attention(changed) - attention(x))[:, :-1].abs() > 1e-4).any())

# %% wrong: only the first output is looked at
# hidden test_leaks_future_hiding_places: names it: leaks_future(last_but_one_sees_last, x of shape (2, 5, 3)): only the last token leaks, into the output before it: change tokens at every position, and compare every output before them.
def leaks_future(attention, x):
    changed = x.clone()
    changed[:, 1:] += 5
    return bool(((attention(changed) - attention(x))[:, 0].abs() > 1e-4).any())

# %% wrong: only the neighbour is looked at
# hidden test_leaks_future_hiding_places: names it: leaks_future(first_sees_last, x of shape (2, 5, 3)): only the last token leaks, into output 0: compare all outputs before a change, however far.
def leaks_future(attention, x):
    base = attention(x)
    for t in range(x.shape[1] - 1):
        changed = x.clone()
        changed[:, t + 1] += 5
        if ((attention(changed) - base)[:, t].abs() > 1e-4).any():
            return True
    return False

# %% wrong: only the first sequence of the batch
# hidden test_leaks_future_hiding_places: names it: leaks_future(only_where_it_starts_positive, x of shape (2, 5, 3)): only the second sequence of the batch leaks: compare all of them.
def leaks_future(attention, x):
    base = attention(x)
    for t in range(1, x.shape[1]):
        changed = x.clone()
        changed[:, t:] += 5
        if ((attention(changed) - base)[0, :t].abs() > 1e-4).any():
            return True
    return False

# %% wrong: the changed token's own output counts
# visible test_leaks_future_values: names it: leaks_future(itself, x of shape (2, 6, 3)): an output may change with its own token: compare only those before the first token that you change.
# visible test_leaks_future_not_differentiable: leaks_future(rounded_history, x of shape (2, 6, 3)): is True, expected False.
# visible test_leaks_future_hiding_places: leaks_future(look_back, x of shape (2, 6, 3)): is True, expected False.
def leaks_future(attention, x):
    base = attention(x)
    for t in range(1, x.shape[1]):
        changed = x.clone()
        changed[:, t:] += 5
        if ((attention(changed) - base)[:, : t + 1].abs() > 1e-4).any():
            return True
    return False

# %% wrong: any change anywhere counts
# visible test_leaks_future_values: names it: leaks_future(itself, x of shape (2, 6, 3)): an output may change with its own token: compare only those before the first token that you change.
# visible test_leaks_future_not_differentiable: leaks_future(rounded_history, x of shape (2, 6, 3)): is True, expected False.
# visible test_leaks_future_hiding_places: leaks_future(look_back, x of shape (2, 6, 3)): is True, expected False.
def leaks_future(attention, x):
    changed = x.clone()
    changed[:, 1:] += 5
    return bool(((attention(changed) - attention(x)).abs() > 1e-4).any())

# %% wrong: looks for the past
# visible test_leaks_future_values: names it: leaks_future(token_before, x of shape (2, 6, 3)): an output may change with earlier tokens: change later ones, and compare those before.
# visible test_leaks_future_not_differentiable: leaks_future(rounded_history, x of shape (2, 6, 3)): is True, expected False.
# visible test_leaks_future_hiding_places: leaks_future(look_back, x of shape (2, 6, 3)): is True, expected False.
def leaks_future(attention, x):
    base = attention(x)
    for t in range(1, x.shape[1]):
        changed = x.clone()
        changed[:, :t] += 5
        if ((attention(changed) - base)[:, t:].abs() > 1e-4).any():
            return True
    return False

# %% wrong: exact equality
# hidden test_leaks_future_hiding_places: names it: leaks_future(too_small_to_count, x of shape (2, 5, 3)): outputs move by less than 1e-4, and only more counts.
def leaks_future(attention, x):
    base = attention(x)
    for t in range(1, x.shape[1]):
        changed = x.clone()
        changed[:, t:] += 5
        if not torch.equal(attention(changed)[:, :t], base[:, :t]):
            return True
    return False

# %% wrong: allclose with a tolerance of its own
# hidden test_leaks_future_hiding_places: names it: leaks_future(a_small_leak, x of shape (2, 5, 3)): an output moves by 0.003. That is little, and more than the 1e-4 that count.
def leaks_future(attention, x):
    base = attention(x)
    for t in range(1, x.shape[1]):
        changed = x.clone()
        changed[:, t:] += 5
        if not torch.allclose(attention(changed)[:, :t], base[:, :t], atol=1e-2):
            return True
    return False

# %% wrong: the mean change
# hidden test_leaks_future_hiding_places: names it: leaks_future(less_of_what_comes, x of shape (2, 5, 3)): outputs fall where later tokens grow: the size of a change counts, whatever its sign, and changes up and down must not cancel.
def leaks_future(attention, x):
    base = attention(x)
    for t in range(1, x.shape[1]):
        changed = x.clone()
        changed[:, t:] += 0.5
        if (attention(changed) - base)[:, :t].mean() > 1e-4:
            return True
    return False

# %% wrong: without the absolute value
# hidden test_leaks_future_hiding_places: names it: leaks_future(less_of_what_comes, x of shape (2, 5, 3)): outputs fall where later tokens grow: the size of a change counts, whatever its sign, and changes up and down must not cancel.
def leaks_future(attention, x):
    base = attention(x)
    for t in range(1, x.shape[1]):
        changed = x.clone()
        changed[:, t:] += 5
        if ((attention(changed) - base)[:, :t] > 1e-4).any():
            return True
    return False

# %% wrong: changes x itself
# visible test_leaks_future_values: names it: leaks_future(constant, x of shape (2, 6, 3)): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
# visible test_leaks_future_not_differentiable: names it: leaks_future(rounded_history, x of shape (2, 6, 3)): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
# visible test_leaks_future_hiding_places: names it: leaks_future(look_back, x of shape (2, 6, 3)): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
def leaks_future(attention, x):
    base = attention(x)
    for t in range(x.shape[1] - 1, 0, -1):
        x[:, t] += 5
        if ((attention(x) - base)[:, :t].abs() > 1e-4).any():
            return True
    return False

# %% wrong: a tensor, not a bool
# visible test_leaks_future_values: names it: leaks_future(constant, x of shape (2, 6, 3)): should be a Python bool, but is tensor, a single number. Convert it with .item().
# visible test_leaks_future_not_differentiable: names it: leaks_future(rounded_history, x of shape (2, 6, 3)): should be a Python bool, but is tensor, a single number. Convert it with .item().
# visible test_leaks_future_hiding_places: names it: leaks_future(look_back, x of shape (2, 6, 3)): should be a Python bool, but is tensor, a single number. Convert it with .item().
def leaks_future(attention, x):
    base = attention(x)
    leak = torch.tensor(False)
    for t in range(1, x.shape[1]):
        changed = x.clone()
        changed[:, t:] += 5
        leak = leak | ((attention(changed) - base)[:, :t].abs() > 1e-4).any()
    return leak

# %% wrong: the other way round
# visible test_leaks_future_values: names it: leaks_future(constant, x of shape (2, 6, 3)): its outputs never change. Do True and False stand the right way round?
# visible test_leaks_future_not_differentiable: leaks_future(rounded_history, x of shape (2, 6, 3)): is True, expected False.
# visible test_leaks_future_hiding_places: leaks_future(look_back, x of shape (2, 6, 3)): is True, expected False.
def leaks_future(attention, x):
    base = attention(x)
    for t in range(1, x.shape[1]):
        changed = x.clone()
        changed[:, t:] += 5
        if ((attention(changed) - base)[:, :t].abs() > 1e-4).any():
            return False
    return True

# %% wrong: nan as the change
# visible test_leaks_future_values: names it: leaks_future(look_back, x of shape (2, 6, 3)): it is honest. If you change tokens to nan or inf: a weight of 0 times nan is nan.
# hidden test_leaks_future_not_differentiable: leaks_future(loudest, x of shape (2, 5, 3)): is False, expected True.
# visible test_leaks_future_hiding_places: leaks_future(look_back, x of shape (2, 6, 3)): is True, expected False.
def leaks_future(attention, x):
    for t in range(1, x.shape[1]):
        changed = x.clone()
        changed[:, t:] = torch.nan
        if attention(changed)[:, :t].isnan().any():
            return True
    return False

# %% wrong: the tokens are shuffled
# visible test_leaks_future_values: names it: leaks_future(look_everywhere, x of shape (2, 6, 3)): it takes later tokens in any order alike: exchanging them shows nothing, so change them.
# visible test_leaks_future_not_differentiable: names it: leaks_future(rounded_sum, x of shape (2, 6, 3)): gradients, tiny changes and tokens in another order show nothing here. Make the change a large one.
# hidden test_leaks_future_hiding_places: names it: leaks_future(last_but_one_sees_last, x of shape (2, 5, 3)): only the last token leaks, into the output before it: change tokens at every position, and compare every output before them.
def leaks_future(attention, x):
    base = attention(x)
    for t in range(1, x.shape[1]):
        changed = torch.cat([x[:, :t], x[:, t:].flip(1)], dim=1)
        if ((attention(changed) - base)[:, :t].abs() > 1e-4).any():
            return True
    return False

# %% wrong: only the first feature is changed
# hidden test_leaks_future_hiding_places: names it: leaks_future(through_the_last_feature, x of shape (2, 5, 3)): only the last feature of a token leaks: change all features, and compare all.
def leaks_future(attention, x):
    base = attention(x)
    for t in range(1, x.shape[1]):
        changed = x.clone()
        changed[:, t:, 0] += 5
        if ((attention(changed) - base)[:, :t].abs() > 1e-4).any():
            return True
    return False

# %% wrong: NumPy on a tensor with a gradient
# hidden test_leaks_future_values: leaks_future(Projected, x of shape (2, 5, 3)): raises RuntimeError: Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead. Line 2 of the cell: `base = attention(x).numpy()`
def leaks_future(attention, x):
    base = attention(x).numpy()
    for t in range(1, x.shape[1]):
        changed = x.clone()
        changed[:, t:] += 5
        if (abs(attention(changed).numpy() - base)[:, :t] > 1e-4).any():
            return True
    return False

# %% wrong: always says yes
# visible test_leaks_future_values: names it: leaks_future(constant, x of shape (2, 6, 3)): its outputs never change. Do True and False stand the right way round?
# visible test_leaks_future_not_differentiable: leaks_future(rounded_history, x of shape (2, 6, 3)): is True, expected False.
# visible test_leaks_future_hiding_places: leaks_future(look_back, x of shape (2, 6, 3)): is True, expected False.
def leaks_future(attention, x):
    return True

# %% wrong: stops after the first position
# hidden test_leaks_future_hiding_places: names it: leaks_future(last_but_one_sees_last, x of shape (2, 5, 3)): only the last token leaks, into the output before it: change tokens at every position, and compare every output before them.
def leaks_future(attention, x):
    base = attention(x)
    for t in range(1, x.shape[1]):
        changed = x.clone()
        changed[:, t:] += 5
        if ((attention(changed) - base)[:, :t].abs() > 1e-4).any():
            return True
        return False
    return False

# %% wrong: sets the global seed
# hidden test_leaks_future_values: names it: leaks_future(constant, x of shape (2, 6, 3)): sets the global seed. Remove torch.manual_seed: the caller chooses the seed.
def leaks_future(attention, x):
    torch.manual_seed(0)
    base = attention(x)
    for t in range(1, x.shape[1]):
        changed = x.clone()
        changed[:, t:] += torch.randn_like(changed[:, t:])
        if ((attention(changed) - base)[:, :t].abs() > 1e-4).any():
            return True
    return False
