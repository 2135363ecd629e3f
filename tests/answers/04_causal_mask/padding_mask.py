# %% correct: compared, with a dimension put in
def padding_mask(token_ids, pad_id):
    return (token_ids == pad_id).unsqueeze(1)

# %% correct: None as index
def padding_mask(token_ids, pad_id):
    return token_ids.eq(pad_id)[:, None, :]

# %% correct: loops
def padding_mask(token_ids, pad_id):
    b, T = token_ids.shape
    mask = torch.zeros(b, 1, T, dtype=torch.bool)
    for i in range(b):
        for j in range(T):
            mask[i, 0, j] = token_ids[i, j] == pad_id
    return mask

# %% correct: a list of rows, stacked
def padding_mask(token_ids, pad_id):
    return torch.stack([~(row != pad_id).reshape(1, -1) for row in token_ids])

# %% wrong: True at the real tokens
# visible test_padding_mask_values: names it: padding_mask(token_ids of shape (2, 3), 9): True stands at the real tokens: in this course True means blocked.
def padding_mask(token_ids, pad_id):
    return (token_ids != pad_id).unsqueeze(1)

# %% wrong: the dimension for queries is missing
# visible test_padding_mask_values: names it: padding_mask(token_ids of shape (2, 3), 9): the shape should be (b, 1, T): a dimension for the queries is missing.
def padding_mask(token_ids, pad_id):
    return token_ids == pad_id

# %% wrong: blocks queries
# visible test_padding_mask_values: names it: padding_mask(token_ids of shape (2, 3), 9): this blocks queries: a key is the last dimension of the scores, so the shape is (b, 1, T).
def padding_mask(token_ids, pad_id):
    return (token_ids == pad_id).unsqueeze(-1)

# %% wrong: a mask for every query
# visible test_padding_mask_values: names it: padding_mask(token_ids of shape (2, 3), 9): a mask for every query is more than is needed: a 1 in place of T is repeated by itself.
def padding_mask(token_ids, pad_id):
    T = token_ids.shape[1]
    return (token_ids == pad_id).unsqueeze(1).expand(-1, T, -1)

# %% wrong: four dimensions
# visible test_padding_mask_values: names it: padding_mask(token_ids of shape (2, 3), 9): there is a dimension too many: the shape should be (b, 1, T).
def padding_mask(token_ids, pad_id):
    return (token_ids == pad_id)[:, None, None, :]

# %% wrong: the first sentence's mask for all
# visible test_padding_mask_values: names it: padding_mask(token_ids of shape (2, 3), 9): the first sentence's mask is used for the whole batch: each sentence has its own padding.
def padding_mask(token_ids, pad_id):
    return (token_ids[0] == pad_id).expand(len(token_ids), 1, -1)

# %% wrong: padded anywhere in the batch
# visible test_padding_mask_values: names it: padding_mask(token_ids of shape (2, 3), 9): one mask for the whole batch: each sentence has its own padding.
def padding_mask(token_ids, pad_id):
    return (token_ids == pad_id).any(dim=0).expand(len(token_ids), 1, -1)

# %% wrong: padding is 0
# visible test_padding_mask_values: names it: padding_mask(token_ids of shape (2, 3), 9): nothing is blocked: compare with the pad_id that is given.
def padding_mask(token_ids, pad_id):
    return (token_ids == 0).unsqueeze(1)

# %% wrong: padding is the largest number
# hidden test_padding_mask_values: names it: padding_mask(token_ids of shape (1, 5), 0): the largest number is not always the padding: use the pad_id that is given.
def padding_mask(token_ids, pad_id):
    return (token_ids == token_ids.max()).unsqueeze(1)

# %% wrong: integers
# visible test_padding_mask_values: names it: padding_mask(token_ids of shape (2, 3), 9): has dtype torch.int32, expected torch.bool.
def padding_mask(token_ids, pad_id):
    return (token_ids == pad_id).int().unsqueeze(1)

# %% wrong: additive
# visible test_padding_mask_values: names it: padding_mask(token_ids of shape (2, 3), 9): has dtype torch.float32, expected torch.bool.
def padding_mask(token_ids, pad_id):
    return torch.zeros(token_ids.shape).masked_fill(token_ids == pad_id, -torch.inf).unsqueeze(1)

# %% wrong: everything from the first number that is at least pad_id
# hidden test_padding_mask_values: names it: padding_mask(token_ids of shape (1, 5), 0): numbers above pad_id are blocked as well: only pad_id itself is padding.
def padding_mask(token_ids, pad_id):
    return (token_ids >= pad_id).unsqueeze(1)

# %% wrong: pairs of real tokens
# visible test_padding_mask_values: names it: padding_mask(token_ids of shape (2, 3), 9): padding is blocked as a query, too: only its column is to be blocked, and the shape is (b, 1, T).
def padding_mask(token_ids, pad_id):
    pad = token_ids == pad_id
    return pad[:, None, :] | pad[:, :, None]
