# %% correct: apply and flatten
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% correct: a loop over modules, transposed logits, masks by keyword
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.enc, self.dec, self.pos = encoder, decoder, position
        self.pad, self.longest = config.pad_id, config.max_len
        for module in self.modules():
            if isinstance(module, nn.Embedding):
                module.weight.data.normal_(0, 0.02)
            elif isinstance(module, nn.Linear):
                module.weight.data.normal_(0, 0.02)
                if module.bias is not None:
                    module.bias.data.zero_()

    def forward(self, src, tgt, targets=None):
        for ids in (src, tgt):
            if ids.size(1) > self.longest:
                raise ValueError(f"{ids.size(1)} tokens, at most {self.longest}")
        b, T = tgt.shape
        hidden_src = src.eq(self.pad)[:, None, :].expand(b, src.size(1), src.size(1))
        steps = torch.arange(T)
        blocked = (steps[None, :] > steps[:, None])[None].expand(b, T, T) | tgt.eq(self.pad)[:, None, :]
        memory = self.enc(self.pos(self.token_embedding(src)), mask=hidden_src)
        out = self.dec(self.pos(self.token_embedding(tgt)), memory, self_mask=blocked, memory_mask=src.eq(self.pad)[:, None, :])
        logits = self.lm_head(out)
        if targets is None:
            return logits[:, [-1]], None
        return logits, F.cross_entropy(logits.transpose(1, 2), targets, ignore_index=self.pad)

# %% correct: the loss by hand, a list is returned
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        real = targets != pad
        loss = -logits.log_softmax(-1).gather(-1, targets[..., None])[..., 0][real].mean()
        return [logits, loss]

# %% correct: no mask where nothing is padded
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad)[:, None] if (src == pad).any() else None
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: the encoder reads the target
# visible test_Transformer_values: names it: the logits at positions 0 to 2 change with token 3 of the target: they see the future.
# hidden test_Transformer_padding: the logits of padded sequences: gives 5.747 at [0, 0], expected 7.677. 88 of 88 numbers differ.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(tgt)), (tgt == pad).unsqueeze(1))
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, (tgt == pad).unsqueeze(1))
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: no causal mask
# visible test_Transformer_values: names it: the logits at positions 0 to 2 change with token 3 of the target: they see the future.
# hidden test_Transformer_padding: the logits of padded sequences: gives 8.928 at [0, 0], expected 7.677. 55 of 88 numbers differ.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: the causal mask blocks the token itself
# hidden test_Transformer_values: the logits: gives -3.241 at [0, 1, 0], expected -3.251. 65 of 88 numbers differ.
# hidden test_Transformer_padding: the logits of padded sequences: gives 10.19 at [1, 0], expected 12.9. 55 of 88 numbers differ.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(0)
        future[0, 0] = False
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: the causal mask is upside down
# visible test_Transformer_values: names it: the logits at positions 0 to 2 change with token 3 of the target: they see the future.
# hidden test_Transformer_padding: the logits of padded sequences: gives 8.928 at [0, 0], expected 7.677. 88 of 88 numbers differ.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).tril(-1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: the target's padding is seen
# hidden test_Transformer_padding: names it: the logits of padded sequences: target padding is not blocked in the decoder's self-attention.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future.expand(len(tgt), T, T)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: the encoder sees padding
# visible test_Transformer_padding: names it: padding at the end of the source changes the logits: block it in the encoder and in the cross-attention.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)))
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: the cross-attention sees padding
# visible test_Transformer_padding: names it: padding at the end of the source changes the logits: block it in the encoder and in the cross-attention.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: padding is token 0
# visible test_Transformer_padding: names it: padding at the end of the source changes the logits: block it in the encoder and in the cross-attention.
# hidden test_Transformer_loss: names it: the loss: padding counts as a word to learn: leave the targets that are pad_id out.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = 0
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: masks say True for allowed
# visible test_Transformer_values: names it: the logits at positions 0 to 2 change with token 3 of the target: they see the future.
# visible test_Transformer_padding: names it: padding at the end of the source changes the logits: block it in the encoder and in the cross-attention.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src != pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = ~(future | (tgt == pad).unsqueeze(1))
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: masks of four dimensions
# visible test_Transformer_shapes: names it: Transformer(src of shape (2, 5), tgt of shape (2, 4), targets of shape (2, 4)): raises ValueError: the mask should be boolean of shape (2, 5, 5) or (2, 1, 5), but is torch.bool of shape (2, 1, 1, 5). Line 55 of the cell: `raise ValueError(` Nothing should be raised here.
# visible test_Transformer_values: names it: Transformer(src of shape (1, 5), tgt of shape (1, 4), targets of shape (1, 4)): raises ValueError: the mask should be boolean of shape (1, 5, 5) or (1, 1, 5), but is torch.bool of shape (1, 1, 1, 5). Line 55 of the cell: `raise ValueError(` Nothing should be raised here.
# visible test_Transformer_padding: names it: Transformer(src of shape (2, 4), tgt of shape (2, 3), targets of shape (2, 3)): raises ValueError: the mask should be boolean of shape (2, 4, 4) or (2, 1, 4), but is torch.bool of shape (2, 1, 1, 4). Line 55 of the cell: `raise ValueError(` Nothing should be raised here.
# visible test_Transformer_loss: names it: Transformer(src of shape (2, 7), tgt of shape (2, 7), targets of shape (2, 7)): raises ValueError: the mask should be boolean of shape (2, 7, 7) or (2, 1, 7), but is torch.bool of shape (2, 1, 1, 7). Line 55 of the cell: `raise ValueError(` Nothing should be raised here.
# visible test_Transformer_max_len: names it: Transformer(src of shape (2, 7), tgt of shape (2, 7)): raises ValueError: the mask should be boolean of shape (2, 7, 7) or (2, 1, 7), but is torch.bool of shape (2, 1, 1, 7). Line 55 of the cell: `raise ValueError(` Nothing should be raised here.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad)[:, None, None]
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad)[:, None, None]
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: source padding blocks the target's keys
# hidden test_Transformer_shapes: Transformer(src of shape (2, 2), tgt of shape (2, 7), targets of shape (2, 7)): raises RuntimeError: The size of tensor a (7) must match the size of tensor b (2) at non-singleton dimension 2. Line 25 of the cell: `tgt_mask = future | (src == pad)[:, None, :T]`
# hidden test_Transformer_values: Transformer(src of shape (3, 3), tgt of shape (3, 6), targets of shape (3, 6)): raises RuntimeError: The size of tensor a (6) must match the size of tensor b (3) at non-singleton dimension 2. Line 25 of the cell: `tgt_mask = future | (src == pad)[:, None, :T]`
# hidden test_Transformer_padding: the logits of padded sequences: gives 12.54 at [1, 0], expected 12.9. 33 of 88 numbers differ.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (src == pad)[:, None, :T]
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: the loss counts padding
# hidden test_Transformer_loss: names it: the loss: padding counts as a word to learn: leave the targets that are pad_id out.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten())

# %% wrong: the loss shifts the targets once more
# hidden test_Transformer_loss: names it: the loss: the targets are shifted once more: they already are the tokens that come next.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits[:, :-1].flatten(0, 1), targets[:, 1:].flatten(), ignore_index=pad)

# %% wrong: softmax before the loss
# hidden test_Transformer_loss: names it: the loss: the logits pass a softmax before the cross-entropy, which has one of its own.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.softmax(-1).flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: the loss is summed
# visible test_Transformer_loss: names it: the loss of an untrained model is 118.7848, not near ln 5000: look at the initial weights and at the mean over the targets.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad, reduction="sum")

# %% wrong: the loss against tgt
# hidden test_Transformer_loss: names it: the loss: the loss is taken against tgt, not against targets.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), tgt.flatten(), ignore_index=pad)

# %% wrong: the loss as a float
# visible test_Transformer_shapes: names it: the loss: should be a tensor, but is 2.454859972000122. Keep the tensor: no .item() and no float().
# visible test_Transformer_loss: names it: the loss: should be a tensor, but is 8.484625816345215. Keep the tensor: no .item() and no float().
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad).item()

# %% wrong: all positions without targets
# visible test_Transformer_shapes: names it: without targets the logits are those of the last position, of shape (b, 1, vocab_size).
# hidden test_Transformer_values: the logits of the last position: has shape (2, 4, 11), expected (2, 1, 11).
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: the last position without its dimension
# visible test_Transformer_shapes: names it: without targets the logits are those of the last position, of shape (b, 1, vocab_size).
# hidden test_Transformer_values: the logits of the last position: has shape (2, 11), expected (2, 1, 11). That is 2 dimensions, not 3.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: the first position without targets
# hidden test_Transformer_shapes: names it: the logits without targets are not those of the last position.
# hidden test_Transformer_values: the logits of the last position: gives -3.209 at [0, 0, 0], expected -1.969. 22 of 22 numbers differ.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, :1]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: logits alone without targets
# visible test_Transformer_shapes: names it: Transformer(src of shape (2, 5), tgt of shape (2, 4)): should return 2 things, but returns tensor of shape (2, 1, 11).
# hidden test_Transformer_values: the logits of the last position: has shape (1, 11), expected (2, 1, 11). That is 2 dimensions, not 3.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:])
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: two embeddings
# visible test_Transformer_shapes: names it: Transformer: has parameters that nobody asked for: src_embedding.weight.
# hidden test_Transformer_values: the logits: gives -3.935 at [0, 0, 0], expected -3.209. 88 of 88 numbers differ.
# hidden test_Transformer_padding: the logits of padded sequences: gives 5.258 at [0, 0], expected 7.677. 88 of 88 numbers differ.
# hidden test_Transformer_init: the number of weights and biases of nn.Linear and nn.Embedding that were found: is 10, expected 9.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.src_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.src_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: head tied to the embedding
# visible test_Transformer_shapes: names it: Transformer: has no parameter lm_head.weight (it has token_embedding.weight). It is one and the same with another: give it numbers of its own.
# visible test_Transformer_values: names it: Transformer: has no parameter lm_head.weight of its own.
# visible test_Transformer_padding: names it: Transformer: has no parameter lm_head.weight of its own.
# hidden test_Transformer_loss: names it: Transformer: has no parameter lm_head.weight of its own.
# visible test_Transformer_init: names it: Transformer: has no parameter lm_head.weight of its own.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.lm_head.weight = self.token_embedding.weight
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: head with bias
# visible test_Transformer_shapes: names it: Transformer: has parameters that nobody asked for: lm_head.bias.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: the embedding is scaled by the root of d_model
# hidden test_Transformer_values: names it: the logits: the embedding is multiplied by √d_model: it is used as it is.
# hidden test_Transformer_padding: the logits of padded sequences: gives 7.518 at [0, 0], expected 7.677. 88 of 88 numbers differ.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src) * self.config.d_model**0.5), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt) * self.config.d_model**0.5), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: no positions for the target
# hidden test_Transformer_values: names it: the logits: the target gets no positions.
# hidden test_Transformer_padding: the logits of padded sequences: gives 5.13 at [0, 0], expected 7.677. 88 of 88 numbers differ.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.token_embedding(tgt), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: no positions at all
# hidden test_Transformer_values: names it: the logits: the positions are missing.
# hidden test_Transformer_padding: the logits of padded sequences: gives 3.699 at [0, 0], expected 7.677. 88 of 88 numbers differ.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.token_embedding(src), src_mask)
        x = self.decoder(self.token_embedding(tgt), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: drops the embedding once more
# hidden test_Transformer_values: names it: the logits change in training mode with config.dropout = 0.5: dropping is the parts' business.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(F.dropout(self.position(self.token_embedding(src)), self.config.dropout, self.training), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: too long is not noticed
# visible test_Transformer_max_len: names it: Transformer(src of shape (2, 8), tgt of shape (2, 7)): should raise ValueError, but returns tuple of 2. Compare both lengths to config.max_len before anything else.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: only the target's length is looked at
# visible test_Transformer_max_len: names it: Transformer(src of shape (2, 8), tgt of shape (2, 7)): should raise ValueError, but returns tuple of 2. Compare both lengths to config.max_len before anything else.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: max_len tokens are refused
# hidden test_Transformer_shapes: names it: Transformer(src of shape (3, 7), tgt of shape (3, 2), targets of shape (3, 2)): raises ValueError: too long. Line 20 of the cell: `raise ValueError("too long")` Nothing should be raised here.
# hidden test_Transformer_values: names it: Transformer(src of shape (1, 7), tgt of shape (1, 1), targets of shape (1, 1)): raises ValueError: too long. Line 20 of the cell: `raise ValueError("too long")` Nothing should be raised here.
# visible test_Transformer_loss: names it: Transformer(src of shape (2, 7), tgt of shape (2, 7), targets of shape (2, 7)): raises ValueError: too long. Line 20 of the cell: `raise ValueError("too long")` Nothing should be raised here.
# visible test_Transformer_max_len: names it: Transformer(src of shape (2, 7), tgt of shape (2, 7)): raises ValueError: too long. Line 20 of the cell: `raise ValueError("too long")` Nothing should be raised here.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] >= self.config.max_len or tgt.shape[1] >= self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: asserts the length
# visible test_Transformer_max_len: names it: Transformer(src of shape (2, 8), tgt of shape (2, 7)): raises AssertionError: (no message). Line 19 of the cell: `assert max(src.shape[1], tgt.shape[1]) <= self.config.max_len` It should raise ValueError.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        assert max(src.shape[1], tgt.shape[1]) <= self.config.max_len
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: PyTorch's own initial weights
# visible test_Transformer_loss: names it: the loss of an untrained model is 12.5055, not near ln 5000: look at the initial weights and at the mean over the targets.
# visible test_Transformer_init: names it: the standard deviation of token_embedding.weight is 1.0030, not 0.02.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: embeddings keep their initial weights
# visible test_Transformer_init: names it: the standard deviation of token_embedding.weight is 1.0030, not 0.02.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: the parts keep their initial weights
# hidden test_Transformer_init: names it: the standard deviation of encoder.deep.0.linear.weight is 0.1021, not 0.02: go through the modules of the parts too.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self._init(self.token_embedding)
        self._init(self.lm_head)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: biases keep their initial values
# hidden test_Transformer_init: names it: encoder.deep.0.linear.bias is not 0.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            pass

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: uniform weights of that deviation
# hidden test_Transformer_init: names it: encoder.deep.0.linear.weight is not drawn from a normal distribution: 1.2 in 100 of its numbers should lie beyond 0.05.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.uniform_(module.weight, -0.02 * 3**0.5, 0.02 * 3**0.5)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: variance 0.02
# visible test_Transformer_loss: names it: the loss of an untrained model is 8.6289, not near ln 5000: look at the initial weights and at the mean over the targets.
# visible test_Transformer_init: names it: the standard deviation of token_embedding.weight is 0.1415, not 0.02.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02**0.5)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: every parameter is drawn anew
# hidden test_Transformer_init: names it: encoder.raw was changed: only nn.Linear and nn.Embedding are drawn anew.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        for p in self.parameters():
            nn.init.normal_(p, 0, 0.02)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %% wrong: sets the global seed
# visible test_Transformer_shapes: names it: Transformer(a TransformerConfig, BlendEncoder, BlendDecoder, WavePosition): sets the global seed. Remove torch.manual_seed: the caller chooses the seed.
# visible test_Transformer_loss: names it: Transformer(a TransformerConfig, BlendEncoder, BlendDecoder, WavePosition): sets the global seed. Remove torch.manual_seed: the caller chooses the seed.
# visible test_Transformer_init: names it: Transformer(a TransformerConfig, DeepPart, DeepPart, DeepPart): sets the global seed. Remove torch.manual_seed: the caller chooses the seed.
class Transformer(nn.Module):
    def __init__(self, config, encoder, decoder, position):
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.decoder = decoder
        self.position = position
        self.token_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        torch.manual_seed(0)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, src, tgt, targets=None):
        if src.shape[1] > self.config.max_len or tgt.shape[1] > self.config.max_len:
            raise ValueError("too long")
        pad = self.config.pad_id
        src_mask = (src == pad).unsqueeze(1)
        T = tgt.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        tgt_mask = future | (tgt == pad).unsqueeze(1)
        memory = self.encoder(self.position(self.token_embedding(src)), src_mask)
        x = self.decoder(self.position(self.token_embedding(tgt)), memory, tgt_mask, src_mask)
        if targets is None:
            return self.lm_head(x[:, -1:]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)
