# %% correct: a flag for each row
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    was_training = model.training
    model.eval()
    tokens = torch.full((len(src), 1), bos_id, dtype=torch.long)
    ended = torch.zeros(len(src), dtype=torch.bool)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            logits, _ = model(src, tokens)
            following = logits[:, -1].argmax(dim=-1)
            tokens = torch.cat([tokens, following[:, None]], dim=1)
            ended |= following == eos_id
            if ended.all():
                break
    model.train(was_training)
    return tokens

# %% correct: decorated, try and finally, eos for ended rows
@torch.no_grad()
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    mode = model.training
    model.train(False)
    try:
        out = src.new_full((src.shape[0], 1), bos_id)
        alive = torch.ones(src.shape[0], dtype=torch.bool)
        while alive.any() and out.shape[1] < 1 + max_new_tokens:
            step = model(src, out)[0].squeeze(1).topk(1).indices
            step = torch.where(alive[:, None], step, eos_id)
            alive = alive & (step[:, 0] != eos_id)
            out = torch.hstack([out, step])
    finally:
        model.train(mode)
    return out

# %% correct: a table filled in, cut at the end, inference_mode
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    training = model.training
    model.eval()
    table = torch.zeros(src.size(0), max_new_tokens + 1, dtype=torch.int64)
    table[:, 0] = bos_id
    length = 1
    with torch.inference_mode():
        while length <= max_new_tokens:
            scores = model(src, table[:, :length])[0][:, -1, :].softmax(-1)
            table[:, length] = scores.max(-1)[1]
            length += 1
            if bool((table[:, 1:length] == eos_id).any(1).all()):
                break
    if training:
        model.train()
    return table[:, :length].clone()

# %% correct: set_grad_enabled, columns in a list
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    before = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    mode = model.training
    model.eval()
    columns = [torch.tensor([bos_id] * len(src))]
    done = [False] * len(src)
    while len(columns) <= max_new_tokens and not all(done):
        logits = model(src, torch.stack(columns, 1))[0]
        columns.append(logits[:, 0].argmax(1))
        done = [d or t == eos_id for d, t in zip(done, columns[-1].tolist())]
    model.train(mode)
    torch.set_grad_enabled(before)
    return torch.stack(columns, 1)

# %% wrong: the last token alone
# visible test_greedy_decode_values: names it: greedy_decode(Counter, src of shape (1, 2), 1, 15, 8): the model sees the last token alone: give it all tokens so far.
# visible test_greedy_decode_mode: greedy_decode(Counter, src of shape (1, 1), 1, 15, 8): has shape (1, 9), expected (1, 6).
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    was_training = model.training
    model.eval()
    tokens = torch.full((len(src), 1), bos_id, dtype=torch.long)
    ended = torch.zeros(len(src), dtype=torch.bool)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            logits, _ = model(src, tokens[:, -1:])
            following = logits[:, -1].argmax(dim=-1)
            tokens = torch.cat([tokens, following[:, None]], dim=1)
            ended |= following == eos_id
            if ended.all():
                break
    model.train(was_training)
    return tokens

# %% wrong: bos is cut off
# visible test_greedy_decode_values: names it: greedy_decode(Counter, src of shape (1, 2), 1, 15, 8): the beginning token is missing: it comes first.
# visible test_greedy_decode_mode: greedy_decode(Counter, src of shape (1, 1), 1, 15, 8): has shape (1, 5), expected (1, 6).
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    was_training = model.training
    model.eval()
    tokens = torch.full((len(src), 1), bos_id, dtype=torch.long)
    ended = torch.zeros(len(src), dtype=torch.bool)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            logits, _ = model(src, tokens)
            following = logits[:, -1].argmax(dim=-1)
            tokens = torch.cat([tokens, following[:, None]], dim=1)
            ended |= following == eos_id
            if ended.all():
                break
    model.train(was_training)
    return tokens[:, 1:]

# %% wrong: eos is not kept
# visible test_greedy_decode_values: names it: greedy_decode(Counter, src of shape (1, 2), 1, 15, 8): the ending token is missing: it is kept.
# visible test_greedy_decode_mode: greedy_decode(Counter, src of shape (1, 1), 1, 15, 8): has shape (1, 5), expected (1, 6).
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    was_training = model.training
    model.eval()
    tokens = torch.full((len(src), 1), bos_id, dtype=torch.long)
    ended = torch.zeros(len(src), dtype=torch.bool)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            logits, _ = model(src, tokens)
            following = logits[:, -1].argmax(dim=-1)
            ended |= following == eos_id
            if ended.all():
                break
            tokens = torch.cat([tokens, following[:, None]], dim=1)
    model.train(was_training)
    return tokens

# %% wrong: never stops early
# visible test_greedy_decode_values: names it: greedy_decode(Counter, src of shape (1, 2), 1, 15, 8): it goes on after the ending token.
# visible test_greedy_decode_mode: greedy_decode(Counter, src of shape (1, 1), 1, 15, 8): has shape (1, 9), expected (1, 6).
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    was_training = model.training
    model.eval()
    tokens = torch.full((len(src), 1), bos_id, dtype=torch.long)
    ended = torch.zeros(len(src), dtype=torch.bool)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            logits, _ = model(src, tokens)
            following = logits[:, -1].argmax(dim=-1)
            tokens = torch.cat([tokens, following[:, None]], dim=1)
            ended |= following == eos_id
    model.train(was_training)
    return tokens

# %% wrong: stops when the first row has ended
# hidden test_greedy_decode_values: names it: it stops though some rows have not ended: go on until all have.
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    was_training = model.training
    model.eval()
    tokens = torch.full((len(src), 1), bos_id, dtype=torch.long)
    ended = torch.zeros(len(src), dtype=torch.bool)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            logits, _ = model(src, tokens)
            following = logits[:, -1].argmax(dim=-1)
            tokens = torch.cat([tokens, following[:, None]], dim=1)
            ended |= following == eos_id
            if ended.any():
                break
    model.train(was_training)
    return tokens

# %% wrong: stops only when all rows end at the same time
# hidden test_greedy_decode_values: names it: it goes on though every row has ended: rows end at different times.
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    was_training = model.training
    model.eval()
    tokens = torch.full((len(src), 1), bos_id, dtype=torch.long)
    ended = torch.zeros(len(src), dtype=torch.bool)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            logits, _ = model(src, tokens)
            following = logits[:, -1].argmax(dim=-1)
            tokens = torch.cat([tokens, following[:, None]], dim=1)
            ended = following == eos_id
            if ended.all():
                break
    model.train(was_training)
    return tokens

# %% wrong: looks at the first row alone
# hidden test_greedy_decode_values: names it: it stops when the first row has ended: go on until all have.
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    was_training = model.training
    model.eval()
    tokens = torch.full((len(src), 1), bos_id, dtype=torch.long)
    ended = torch.zeros(len(src), dtype=torch.bool)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            logits, _ = model(src, tokens)
            following = logits[:, -1].argmax(dim=-1)
            tokens = torch.cat([tokens, following[:, None]], dim=1)
            ended |= following == eos_id
            if ended[0]:
                break
    model.train(was_training)
    return tokens

# %% wrong: one token too few
# visible test_greedy_decode_values: names it: greedy_decode(Counter, src of shape (1, 2), 1, 15, 3): max_new_tokens counts the beginning token too: it counts the new ones.
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    was_training = model.training
    model.eval()
    tokens = torch.full((len(src), 1), bos_id, dtype=torch.long)
    ended = torch.zeros(len(src), dtype=torch.bool)
    with torch.no_grad():
        for _ in range(max_new_tokens - 1):
            logits, _ = model(src, tokens)
            following = logits[:, -1].argmax(dim=-1)
            tokens = torch.cat([tokens, following[:, None]], dim=1)
            ended |= following == eos_id
            if ended.all():
                break
    model.train(was_training)
    return tokens

# %% wrong: one token too many
# visible test_greedy_decode_values: names it: greedy_decode(Counter, src of shape (1, 2), 1, 15, 3): there is one token too many: max_new_tokens counts the new ones.
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    was_training = model.training
    model.eval()
    tokens = torch.full((len(src), 1), bos_id, dtype=torch.long)
    ended = torch.zeros(len(src), dtype=torch.bool)
    with torch.no_grad():
        for _ in range(max_new_tokens + 1):
            logits, _ = model(src, tokens)
            following = logits[:, -1].argmax(dim=-1)
            tokens = torch.cat([tokens, following[:, None]], dim=1)
            ended |= following == eos_id
            if ended.all():
                break
    model.train(was_training)
    return tokens

# %% wrong: begins with eos
# visible test_greedy_decode_values: names it: greedy_decode(Counter, src of shape (1, 2), 1, 15, 8): it begins with eos_id: it begins with bos_id.
# visible test_greedy_decode_mode: greedy_decode(Counter, src of shape (1, 1), 1, 15, 8): has shape (1, 7), expected (1, 6).
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    was_training = model.training
    model.eval()
    tokens = torch.full((len(src), 1), eos_id, dtype=torch.long)
    ended = torch.zeros(len(src), dtype=torch.bool)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            logits, _ = model(src, tokens)
            following = logits[:, -1].argmax(dim=-1)
            tokens = torch.cat([tokens, following[:, None]], dim=1)
            ended |= following == eos_id
            if ended.all():
                break
    model.train(was_training)
    return tokens

# %% wrong: begins with token 0
# visible test_greedy_decode_values: names it: greedy_decode(Counter, src of shape (1, 2), 1, 15, 8): it begins with 0: it begins with bos_id.
# visible test_greedy_decode_mode: greedy_decode(Counter, src of shape (1, 1), 1, 15, 8): gives 0 at [0, 0], expected 1. 5 of 6 numbers differ.
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    was_training = model.training
    model.eval()
    tokens = torch.zeros(len(src), 1, dtype=torch.long)
    ended = torch.zeros(len(src), dtype=torch.bool)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            logits, _ = model(src, tokens)
            following = logits[:, -1].argmax(dim=-1)
            tokens = torch.cat([tokens, following[:, None]], dim=1)
            ended |= following == eos_id
            if ended.all():
                break
    model.train(was_training)
    return tokens

# %% wrong: samples
# visible test_greedy_decode_values: greedy_decode(Counter, src of shape (1, 2), 1, 15, 8): has shape (1, 5), expected (1, 6).
# visible test_greedy_decode_mode: greedy_decode(Counter, src of shape (1, 1), 1, 15, 8): has shape (1, 7), expected (1, 6).
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    was_training = model.training
    model.eval()
    tokens = torch.full((len(src), 1), bos_id, dtype=torch.long)
    ended = torch.zeros(len(src), dtype=torch.bool)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            logits, _ = model(src, tokens)
            following = torch.multinomial(logits[:, -1].softmax(-1), 1)[:, 0]
            tokens = torch.cat([tokens, following[:, None]], dim=1)
            ended |= following == eos_id
            if ended.all():
                break
    model.train(was_training)
    return tokens

# %% wrong: the unlikeliest token
# visible test_greedy_decode_values: names it: greedy_decode(Counter, src of shape (1, 2), 1, 15, 8): it takes the unlikeliest token.
# visible test_greedy_decode_mode: greedy_decode(Counter, src of shape (1, 1), 1, 15, 8): has shape (1, 9), expected (1, 6).
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    was_training = model.training
    model.eval()
    tokens = torch.full((len(src), 1), bos_id, dtype=torch.long)
    ended = torch.zeros(len(src), dtype=torch.bool)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            logits, _ = model(src, tokens)
            following = logits[:, -1].argmin(dim=-1)
            tokens = torch.cat([tokens, following[:, None]], dim=1)
            ended |= following == eos_id
            if ended.all():
                break
    model.train(was_training)
    return tokens

# %% wrong: in whatever mode
# visible test_greedy_decode_mode: names it: greedy_decode(Counter, src of shape (1, 1), 1, 15, 8): the model writes in training mode.
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    was_training = model.training
    tokens = torch.full((len(src), 1), bos_id, dtype=torch.long)
    ended = torch.zeros(len(src), dtype=torch.bool)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            logits, _ = model(src, tokens)
            following = logits[:, -1].argmax(dim=-1)
            tokens = torch.cat([tokens, following[:, None]], dim=1)
            ended |= following == eos_id
            if ended.all():
                break
    model.train(was_training)
    return tokens

# %% wrong: leaves the model in evaluation mode
# visible test_greedy_decode_mode: names it: the model came in training mode and is left in evaluation mode.
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    was_training = model.training
    model.eval()
    tokens = torch.full((len(src), 1), bos_id, dtype=torch.long)
    ended = torch.zeros(len(src), dtype=torch.bool)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            logits, _ = model(src, tokens)
            following = logits[:, -1].argmax(dim=-1)
            tokens = torch.cat([tokens, following[:, None]], dim=1)
            ended |= following == eos_id
            if ended.all():
                break
    return tokens

# %% wrong: leaves the model in training mode
# visible test_greedy_decode_mode: names it: the model came in evaluation mode and is left in training mode.
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    was_training = model.training
    model.eval()
    tokens = torch.full((len(src), 1), bos_id, dtype=torch.long)
    ended = torch.zeros(len(src), dtype=torch.bool)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            logits, _ = model(src, tokens)
            following = logits[:, -1].argmax(dim=-1)
            tokens = torch.cat([tokens, following[:, None]], dim=1)
            ended |= following == eos_id
            if ended.all():
                break
    model.train()
    return tokens

# %% wrong: with gradients
# hidden test_greedy_decode_mode: names it: decoding keeps the graph for gradients: nobody will ask for them.
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    was_training = model.training
    model.eval()
    tokens = torch.full((len(src), 1), bos_id, dtype=torch.long)
    ended = torch.zeros(len(src), dtype=torch.bool)
    if True:
        for _ in range(max_new_tokens):
            logits, _ = model(src, tokens)
            following = logits[:, -1].argmax(dim=-1)
            tokens = torch.cat([tokens, following[:, None]], dim=1)
            ended |= following == eos_id
            if ended.all():
                break
    model.train(was_training)
    return tokens

# %% wrong: leaves gradients off
# hidden test_greedy_decode_mode: names it: gradients stay off for everybody after decoding: switch them off for the decoding alone.
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    was_training = model.training
    model.eval()
    tokens = torch.full((len(src), 1), bos_id, dtype=torch.long)
    ended = torch.zeros(len(src), dtype=torch.bool)
    torch.set_grad_enabled(False)
    if True:
        for _ in range(max_new_tokens):
            logits, _ = model(src, tokens)
            following = logits[:, -1].argmax(dim=-1)
            tokens = torch.cat([tokens, following[:, None]], dim=1)
            ended |= following == eos_id
            if ended.all():
                break
    model.train(was_training)
    return tokens

# %% wrong: floats
# visible test_greedy_decode_values: greedy_decode(Counter, src of shape (1, 2), 1, 15, 8): raises RuntimeError: one_hot is only applicable to index tensor of type LongTensor. Line 19 of the cell: `return F.one_hot(following, 16).float().unsqueeze(1), None`
# visible test_greedy_decode_mode: greedy_decode(Counter, src of shape (1, 1), 1, 15, 8): raises RuntimeError: one_hot is only applicable to index tensor of type LongTensor. Line 19 of the cell: `return F.one_hot(following, 16).float().unsqueeze(1), None`
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    was_training = model.training
    model.eval()
    tokens = torch.full((len(src), 1), bos_id, dtype=torch.float)
    ended = torch.zeros(len(src), dtype=torch.bool)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            logits, _ = model(src, tokens)
            following = logits[:, -1].argmax(dim=-1)
            tokens = torch.cat([tokens, following[:, None]], dim=1)
            ended |= following == eos_id
            if ended.all():
                break
    model.train(was_training)
    return tokens

# %% wrong: a list
# visible test_greedy_decode_values: names it: greedy_decode(Counter, src of shape (1, 2), 1, 15, 8): should be a tensor, but is list of 1. Put the numbers into one tensor, with torch.stack for example.
# visible test_greedy_decode_mode: names it: greedy_decode(Counter, src of shape (1, 1), 1, 15, 8): should be a tensor, but is list of 1. Put the numbers into one tensor, with torch.stack for example.
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    was_training = model.training
    model.eval()
    tokens = torch.full((len(src), 1), bos_id, dtype=torch.long)
    ended = torch.zeros(len(src), dtype=torch.bool)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            logits, _ = model(src, tokens)
            following = logits[:, -1].argmax(dim=-1)
            tokens = torch.cat([tokens, following[:, None]], dim=1)
            ended |= following == eos_id
            if ended.all():
                break
    model.train(was_training)
    return tokens.tolist()

# %% wrong: one row only
# hidden test_greedy_decode_values: greedy_decode(Counter, src of shape (4, 1), 1, 15, 9): raises RuntimeError: Sizes of tensors must match except in dimension 1. Expected size 1 but got size 4 for tensor number 1 in the list. Line 10 of the cell: `tokens = torch.cat([tokens, following[:, None]], dim=1)`
def greedy_decode(model, src, bos_id, eos_id, max_new_tokens):
    was_training = model.training
    model.eval()
    tokens = torch.full((1, 1), bos_id, dtype=torch.long)
    ended = torch.zeros(len(src), dtype=torch.bool)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            logits, _ = model(src, tokens)
            following = logits[:, -1].argmax(dim=-1)
            tokens = torch.cat([tokens, following[:, None]], dim=1)
            ended |= following == eos_id
            if ended.all():
                break
    model.train(was_training)
    return tokens
