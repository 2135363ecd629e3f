# %% correct: the largest difference
def is_permutation_equivariant(attention, x, permutation):
    difference = attention(x[:, permutation]) - attention(x)[:, permutation]
    return bool(difference.abs().max() <= 1e-4)

# %% correct: allclose
def is_permutation_equivariant(attention, x, permutation):
    with torch.no_grad():
        return torch.allclose(attention(x[:, permutation, :]), attention(x)[:, permutation, :], rtol=0, atol=1e-4)

# %% correct: permutes the outputs back
def is_permutation_equivariant(attention, x, permutation):
    back = torch.argsort(permutation)
    returned = attention(x.index_select(1, permutation))[:, back]
    return torch.isclose(returned, attention(x), atol=1e-4, rtol=1e-5).all().item()

# %% correct: token by token, with a loop
def is_permutation_equivariant(attention, x, permutation):
    shuffled = torch.stack([x[:, i] for i in permutation.tolist()], dim=1)
    plain, mixed = attention(x), attention(shuffled)
    for place, source in enumerate(permutation.tolist()):
        if (mixed[:, place] - plain[:, source]).abs().max() > 1e-4:
            return False
    return True

# %% correct: a permutation matrix and NumPy
import numpy as np

def is_permutation_equivariant(attention, x, permutation):
    P = F.one_hot(permutation, len(permutation)).to(x.dtype)
    before = attention(torch.einsum("st,btd->bsd", P, x)).detach().numpy()
    after = attention(x).detach().numpy()[:, permutation.numpy()]
    return bool(np.allclose(before, after, rtol=0, atol=1e-4))

# %% correct: one sequence at a time
def is_permutation_equivariant(attention, x, permutation):
    verdicts = []
    for sequence in x.split(1):
        plain, mixed = attention(sequence)[0], attention(sequence[:, permutation])[0]
        verdicts.append(torch.allclose(mixed, plain[permutation], rtol=0, atol=1e-4))
    return all(verdicts)

# %% wrong: invariance, the outputs are not permuted
# visible test_is_permutation_equivariant_verdicts: names it: is_permutation_equivariant: says False of doubled, which treats all tokens alike. Are its outputs permuted as the inputs were, in the same direction?
# visible test_is_permutation_equivariant_strictness: names it: is_permutation_equivariant: says False of rounding, whose outputs follow their tokens to within 0.00002, which counts as equal.
def is_permutation_equivariant(attention, x, permutation):
    return torch.allclose(attention(x[:, permutation]), attention(x), atol=1e-4)

# %% wrong: the inverse permutation on the outputs
# visible test_is_permutation_equivariant_verdicts: names it: is_permutation_equivariant: says False of doubled, which treats all tokens alike. Are its outputs permuted as the inputs were, in the same direction?
# visible test_is_permutation_equivariant_strictness: names it: is_permutation_equivariant: says False of rounding, whose outputs follow their tokens to within 0.00002, which counts as equal.
def is_permutation_equivariant(attention, x, permutation):
    return torch.allclose(attention(x[:, permutation]), attention(x)[:, torch.argsort(permutation)], atol=1e-4)

# %% wrong: permutes the outputs a second time
# visible test_is_permutation_equivariant_verdicts: names it: is_permutation_equivariant: says False of doubled, which treats all tokens alike. Are its outputs permuted as the inputs were, in the same direction?
# visible test_is_permutation_equivariant_strictness: names it: is_permutation_equivariant: says False of rounding, whose outputs follow their tokens to within 0.00002, which counts as equal.
def is_permutation_equivariant(attention, x, permutation):
    return torch.allclose(attention(x[:, permutation])[:, permutation], attention(x), atol=1e-4)

# %% wrong: exact equality
# visible test_is_permutation_equivariant_verdicts: names it: is_permutation_equivariant: says False of attention_with_rounding, whose outputs follow their tokens to within 0.00002, which counts as equal.
# visible test_is_permutation_equivariant_strictness: names it: is_permutation_equivariant: says False of rounding, whose outputs follow their tokens to within 0.00002, which counts as equal.
def is_permutation_equivariant(attention, x, permutation):
    return torch.equal(attention(x[:, permutation]), attention(x)[:, permutation])

# %% wrong: the default tolerance
# visible test_is_permutation_equivariant_verdicts: names it: is_permutation_equivariant: says False of attention_with_rounding, whose outputs follow their tokens to within 0.00002, which counts as equal.
# visible test_is_permutation_equivariant_strictness: names it: is_permutation_equivariant: says False of rounding, whose outputs follow their tokens to within 0.00002, which counts as equal.
def is_permutation_equivariant(attention, x, permutation):
    return torch.allclose(attention(x[:, permutation]), attention(x)[:, permutation])

# %% wrong: a tolerance of one hundredth
# visible test_is_permutation_equivariant_strictness: names it: is_permutation_equivariant: says True of first_place_marked, where one number in the last sequence is wrong by 0.003.
def is_permutation_equivariant(attention, x, permutation):
    return torch.allclose(attention(x[:, permutation]), attention(x)[:, permutation], atol=1e-2)

# %% wrong: the first sequence only
# visible test_is_permutation_equivariant_strictness: names it: is_permutation_equivariant: says True of first_place_marked, where one number in the last sequence is wrong by 0.003.
def is_permutation_equivariant(attention, x, permutation):
    return torch.allclose(attention(x[:, permutation])[0], attention(x)[0, permutation], atol=1e-4)

# %% wrong: the last sequence only
# hidden test_is_permutation_equivariant_strictness: names it: is_permutation_equivariant: says True of function, where sequence 0 alone depends on order: compare all sequences.
def is_permutation_equivariant(attention, x, permutation):
    return torch.allclose(attention(x[:, permutation])[-1], attention(x)[-1, permutation], atol=1e-4)

# %% wrong: the mean difference
# hidden test_is_permutation_equivariant_strictness: names it: is_permutation_equivariant: says True of first_place_marked, where one number of 84 is wrong by 0.003: take the largest difference, not a mean.
def is_permutation_equivariant(attention, x, permutation):
    difference = attention(x[:, permutation]) - attention(x)[:, permutation]
    return difference.abs().mean().item() < 1e-4

# %% wrong: the signed largest difference
# hidden test_is_permutation_equivariant_strictness: names it: is_permutation_equivariant: says True of first_added, where all differences have one sign: take absolute differences.
def is_permutation_equivariant(attention, x, permutation):
    return (attention(x[:, permutation]) - attention(x)[:, permutation]).max().item() < 1e-4

# %% wrong: a tensor, not a bool
# visible test_is_permutation_equivariant_verdicts: names it: is_permutation_equivariant(doubled, x of shape (4, 3, 2), permutation of shape (3,)): should be a Python bool, but is tensor, a single number. Convert it with .item().
# visible test_is_permutation_equivariant_strictness: names it: is_permutation_equivariant(rounding, x of shape (4, 3, 2), permutation of shape (3,)): should be a Python bool, but is tensor, a single number. Convert it with .item().
def is_permutation_equivariant(attention, x, permutation):
    return (attention(x[:, permutation]) - attention(x)[:, permutation]).abs().max() < 1e-4

# %% wrong: permutes the batch
# visible test_is_permutation_equivariant_verdicts: names it: is_permutation_equivariant: says True of positions_added, where a token's output depends on its place. Is every token compared?
# hidden test_is_permutation_equivariant_strictness: is_permutation_equivariant(function, x of shape (3, 7, 4), permutation of shape (7,)): raises IndexError: index 3 is out of bounds for dimension 0 with size 3. Line 2 of the cell: `return torch.allclose(attention(x[permutation]), attention(x)[permutation], atol=1e-4)`
def is_permutation_equivariant(attention, x, permutation):
    return torch.allclose(attention(x[permutation]), attention(x)[permutation], atol=1e-4)

# %% wrong: permutes the features
# visible test_is_permutation_equivariant_verdicts: is_permutation_equivariant(doubled, x of shape (4, 3, 2), permutation of shape (3,)): raises IndexError: index 2 is out of bounds for dimension 0 with size 2. Line 2 of the cell: `return torch.allclose(attention(x[..., permutation]), attention(x)[..., permutation], atol=1e-4)`
# visible test_is_permutation_equivariant_strictness: is_permutation_equivariant(rounding, x of shape (4, 3, 2), permutation of shape (3,)): raises IndexError: index 2 is out of bounds for dimension 0 with size 2. Line 2 of the cell: `return torch.allclose(attention(x[..., permutation]), attention(x)[..., permutation], atol=1e-4)`
def is_permutation_equivariant(attention, x, permutation):
    return torch.allclose(attention(x[..., permutation]), attention(x)[..., permutation], atol=1e-4)

# %% wrong: reverses the tokens, whatever the permutation
# hidden test_is_permutation_equivariant_verdicts: names it: is_permutation_equivariant: says False of roll_tokens, with a permutation that rolls too: use the permutation that is given.
def is_permutation_equivariant(attention, x, permutation):
    return torch.allclose(attention(x.flip(1)), attention(x).flip(1), atol=1e-4)

# %% wrong: compares the sets of outputs
# visible test_is_permutation_equivariant_verdicts: names it: is_permutation_equivariant: says True of sorted_tokens, whose outputs stay where they are: that is invariance, not equivariance.
def is_permutation_equivariant(attention, x, permutation):
    a, b = attention(x[:, permutation]), attention(x)
    return torch.allclose(a.sort(dim=1).values, b.sort(dim=1).values, atol=1e-4)

# %% wrong: the sums over the tokens
# visible test_is_permutation_equivariant_verdicts: names it: is_permutation_equivariant: says True of sorted_tokens, whose outputs stay where they are: that is invariance, not equivariance.
# visible test_is_permutation_equivariant_strictness: names it: is_permutation_equivariant: says True of first_place_marked, where one number in the last sequence is wrong by 0.003.
def is_permutation_equivariant(attention, x, permutation):
    return torch.allclose(attention(x[:, permutation]).sum(1), attention(x).sum(1), atol=1e-4)

# %% wrong: the answer turned round
# visible test_is_permutation_equivariant_verdicts: names it: is_permutation_equivariant: says False of doubled, which treats all tokens alike. Are its outputs permuted as the inputs were, in the same direction?
# visible test_is_permutation_equivariant_strictness: names it: is_permutation_equivariant: says False of rounding, whose outputs follow their tokens to within 0.00002, which counts as equal.
def is_permutation_equivariant(attention, x, permutation):
    return not torch.allclose(attention(x[:, permutation]), attention(x)[:, permutation], atol=1e-4)

# %% wrong: NumPy without detaching
# hidden test_is_permutation_equivariant_verdicts: is_permutation_equivariant(with_gradient, x of shape (2, 5, 3), permutation of shape (5,)): raises RuntimeError: Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead. Line 4 of the cell: `a, b = attention(x[:, permutation]).numpy(), attention(x)[:, permutation].numpy()`
import numpy as np

def is_permutation_equivariant(attention, x, permutation):
    a, b = attention(x[:, permutation]).numpy(), attention(x)[:, permutation].numpy()
    return bool(np.allclose(a, b, atol=1e-4))

# %% wrong: permutes the caller's batch in place
# visible test_is_permutation_equivariant_verdicts: names it: is_permutation_equivariant(doubled, x of shape (4, 3, 2), permutation of shape (3,)): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
# visible test_is_permutation_equivariant_strictness: names it: is_permutation_equivariant(rounding, x of shape (4, 3, 2), permutation of shape (3,)): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
def is_permutation_equivariant(attention, x, permutation):
    after = attention(x)[:, permutation]
    x[:] = x[:, permutation].clone()
    return torch.allclose(attention(x), after, atol=1e-4)
