# %% correct: the source in the encoder
def mended_logits(model, src, tgt):
    memory = model.encoder(model.embed(src))
    T = tgt.shape[1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return model.lm_head(model.decoder(model.embed(tgt), memory, tgt_mask=future))

# %% correct: arange for the mask
def mended_logits(model, src, tgt):
    memory = model.encoder(model.embed(src))
    T = tgt.shape[1]
    future = torch.arange(T)[None, :] > torch.arange(T)[:, None]
    return model.lm_head(model.decoder(model.embed(tgt), memory, tgt_mask=future))

# %% correct: PyTorch's additive mask, parts called step by step
def mended_logits(model, src, tgt):
    x = model.position(model.token_embedding(src))
    y = model.position(model.token_embedding(tgt))
    mask = nn.Transformer.generate_square_subsequent_mask(tgt.size(1))
    out = model.decoder(y, model.encoder(x), mask)
    return F.linear(out, model.lm_head.weight)

# %% wrong: as it was
# visible test_mended_logits_values: names it: the logits at positions 0 to 2 change with the last token of the target: they see the future.
def mended_logits(model, src, tgt):
    memory = model.encoder(model.embed(tgt))
    T = tgt.shape[1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return model.lm_head(model.decoder(model.embed(tgt), memory, tgt_mask=future))

# %% wrong: calls the model with source and target
# visible test_mended_logits_values: mended_logits(SickTransformer, src of shape (1, 5), tgt of shape (1, 4)): raises RuntimeError: Expected target size [1, 5], got [1, 4]. Line 39 of the cell: `return logits, F.cross_entropy(logits.transpose(1, 2), targets)`
def mended_logits(model, src, tgt):
    return model(src, tgt)[0]

# %% wrong: no causal mask
# visible test_mended_logits_values: names it: the logits at positions 0 to 2 change with the last token of the target: they see the future.
def mended_logits(model, src, tgt):
    memory = model.encoder(model.embed(src))
    T = tgt.shape[1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return model.lm_head(model.decoder(model.embed(tgt), memory))

# %% wrong: a causal mask upside down
# visible test_mended_logits_values: names it: the logits at positions 0 to 2 change with the last token of the target: they see the future.
def mended_logits(model, src, tgt):
    memory = model.encoder(model.embed(src))
    T = tgt.shape[1]
    future = torch.ones(T, T, dtype=torch.bool).tril(diagonal=-1)
    return model.lm_head(model.decoder(model.embed(tgt), memory, tgt_mask=future))

# %% wrong: the encoder is blindfolded, and the target is still in it
# visible test_mended_logits_values: names it: the logits at positions 0 to 2 change with the last token of the target: they see the future.
def mended_logits(model, src, tgt):
    memory = model.encoder(model.embed(tgt), torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).triu(1))
    T = tgt.shape[1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return model.lm_head(model.decoder(model.embed(tgt), memory, tgt_mask=future))

# %% wrong: a causal mask in the encoder too
# hidden test_mended_logits_values: names it: mended_logits(SickTransformer, src of shape (2, 5), tgt of shape (2, 3)): the encoder has a causal mask: the source is known from the start.
def mended_logits(model, src, tgt):
    memory = model.encoder(model.embed(src), torch.ones(src.shape[1], src.shape[1], dtype=torch.bool).triu(1))
    T = tgt.shape[1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return model.lm_head(model.decoder(model.embed(tgt), memory, tgt_mask=future))

# %% wrong: source and target exchanged
# visible test_mended_logits_values: names it: the logits should be those of all four positions of the target.
def mended_logits(model, src, tgt):
    src, tgt = tgt, src
    memory = model.encoder(model.embed(src))
    T = tgt.shape[1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return model.lm_head(model.decoder(model.embed(tgt), memory, tgt_mask=future))

# %% wrong: the source is not encoded
# hidden test_mended_logits_values: names it: mended_logits(SickTransformer, src of shape (2, 5), tgt of shape (2, 3)): the source is not encoded: the memory is what the encoder makes of it.
def mended_logits(model, src, tgt):
    memory = model.embed(src)
    T = tgt.shape[1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return model.lm_head(model.decoder(model.embed(tgt), memory, tgt_mask=future))

# %% wrong: no lm_head
# visible test_mended_logits_values: names it: the logits should have a score for each of the ten words: is lm_head applied?
def mended_logits(model, src, tgt):
    memory = model.encoder(model.embed(src))
    T = tgt.shape[1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return model.decoder(model.embed(tgt), memory, tgt_mask=future)

# %% wrong: the last position alone
# visible test_mended_logits_values: names it: the logits should be those of all four positions of the target.
def mended_logits(model, src, tgt):
    memory = model.encoder(model.embed(src))
    T = tgt.shape[1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return model.lm_head(model.decoder(model.embed(tgt), memory, tgt_mask=future)[:, -1:])

# %% wrong: no positions
# hidden test_mended_logits_values: names it: mended_logits(SickTransformer, src of shape (2, 5), tgt of shape (2, 3)): the positions are missing.
def mended_logits(model, src, tgt):
    memory = model.encoder(model.token_embedding(src))
    T = tgt.shape[1]
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return model.lm_head(model.decoder(model.token_embedding(tgt), memory, tgt_mask=future))
