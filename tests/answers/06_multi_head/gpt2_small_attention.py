# %% correct: positions and a keyword
def gpt2_small_attention():
    return MultiHeadAttention(768, 768, 1024, 0.0, num_heads=12)

# %% correct: with biases, as GPT-2 has them
def gpt2_small_attention():
    return MultiHeadAttention(
        d_in=768, d_out=768, context_length=1024, dropout=0.0, num_heads=12, qkv_bias=True
    )

# %% correct: from a configuration, in evaluation mode
def gpt2_small_attention():
    config = {"d_in": 12 * 64, "d_out": 12 * 64, "context_length": 2**10, "dropout": 0, "num_heads": 12}
    return MultiHeadAttention(**config).eval()

# %% correct: built step by step
def gpt2_small_attention():
    num_heads, head_dim = 12, 64
    d_model = num_heads * head_dim
    attention = MultiHeadAttention(d_model, d_model, 1024, 0.0, num_heads, False)
    print("heads of", head_dim)
    return attention

# %% wrong: eight heads
# visible test_gpt2_small_attention_heads: names it: gpt2_small_attention() against 12 heads of the same weights: it has 8 heads, not 12.
def gpt2_small_attention():
    return MultiHeadAttention(768, 768, 1024, 0.0, num_heads=8)

# %% wrong: one head
# visible test_gpt2_small_attention_heads: names it: gpt2_small_attention() against 12 heads of the same weights: it has 1 head, not 12.
def gpt2_small_attention():
    return MultiHeadAttention(768, 768, 1024, 0.0, num_heads=1)

# %% wrong: 64 heads of 12
# visible test_gpt2_small_attention_heads: names it: gpt2_small_attention() against 12 heads of the same weights: it has 64 heads, not 12.
def gpt2_small_attention():
    return MultiHeadAttention(768, 768, 1024, 0.0, num_heads=64)

# %% wrong: the sizes of the largest
# visible test_gpt2_small_attention_size: names it: gpt2_small_attention(): takes tokens of 1600 features. The smallest GPT-2 has 768.
# visible test_gpt2_small_attention_heads: gpt2_small_attention(): its parameter W_query.weight has shape (1600, 1600), expected (768, 768).
def gpt2_small_attention():
    return MultiHeadAttention(1600, 1600, 1024, 0.0, num_heads=25)

# %% wrong: half the context
# visible test_gpt2_small_attention_size: names it: gpt2_small_attention(): is made for 512 tokens, expected 1024: that is context_length.
def gpt2_small_attention():
    return MultiHeadAttention(768, 768, 512, 0.0, num_heads=12)

# %% wrong: dropout
# visible test_gpt2_small_attention_heads: names it: gpt2_small_attention(): drops weights in training, its dropout should be 0.
def gpt2_small_attention():
    return MultiHeadAttention(768, 768, 1024, 0.1, num_heads=12)

# %% wrong: d_out is the width of a head
# visible test_gpt2_small_attention_size: names it: gpt2_small_attention(): has a d_out of 64, expected 768: the width of all heads together.
# visible test_gpt2_small_attention_heads: gpt2_small_attention(): its parameter W_query.weight has shape (64, 768), expected (768, 768).
def gpt2_small_attention():
    return MultiHeadAttention(768, 64, 1024, 0.0, num_heads=8)

# %% wrong: the wrapper
# visible test_gpt2_small_attention_size: names it: gpt2_small_attention(): is no MultiHeadAttention, it has no W_query.
# visible test_gpt2_small_attention_heads: names it: gpt2_small_attention(): is no MultiHeadAttention, it has no W_query.
def gpt2_small_attention():
    return MultiHeadAttentionWrapper(768, 64, 1024, 0.0, num_heads=12)

# %% wrong: PyTorch's own
# visible test_gpt2_small_attention_size: names it: gpt2_small_attention(): is no MultiHeadAttention, it has no W_query.
# visible test_gpt2_small_attention_heads: names it: gpt2_small_attention(): is no MultiHeadAttention, it has no W_query.
def gpt2_small_attention():
    return nn.MultiheadAttention(768, 12, batch_first=True)

# %% wrong: arguments in the wrong places
# visible test_gpt2_small_attention_size: names it: gpt2_small_attention(): has a d_out of 1024, expected 768: the width of all heads together.
# visible test_gpt2_small_attention_heads: gpt2_small_attention(): its parameter W_query.weight has shape (1024, 768), expected (768, 768).
def gpt2_small_attention():
    return MultiHeadAttention(768, 1024, 768, 0.0, 16)

# %% wrong: returns the number of parameters
# visible test_gpt2_small_attention_size: names it: gpt2_small_attention(): should return a module, not 2360064.
# visible test_gpt2_small_attention_heads: names it: gpt2_small_attention(): should return a module, not 2360064.
def gpt2_small_attention():
    return sum(p.numel() for p in MultiHeadAttention(768, 768, 1024, 0.0, num_heads=12).parameters())

# %% wrong: frozen
# visible test_gpt2_small_attention_size: names it: gpt2_small_attention(): its parameter W_query.weight is frozen (requires_grad is False).
# visible test_gpt2_small_attention_heads: names it: gpt2_small_attention(): its parameter W_query.weight is frozen (requires_grad is False).
def gpt2_small_attention():
    return MultiHeadAttention(768, 768, 1024, 0.0, num_heads=12).requires_grad_(False)
