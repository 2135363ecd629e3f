# %% correct: one feature a head
def two_dim_wrapper():
    return MultiHeadAttentionWrapper(3, 1, 6, 0.0, num_heads=2)

# %% correct: keywords, in evaluation mode
def two_dim_wrapper():
    return MultiHeadAttentionWrapper(
        d_in=3, d_out=2 // 2, context_length=6, dropout=0.1, num_heads=2, qkv_bias=False
    ).eval()

# %% correct: with biases
def two_dim_wrapper():
    wrapper = MultiHeadAttentionWrapper(3, 1, 6, 0.5, 2, qkv_bias=True)
    return wrapper

# %% correct: sizes taken from the inputs
def two_dim_wrapper():
    context_length, d_in = inputs.shape
    num_heads, wanted = 2, 2
    return MultiHeadAttentionWrapper(d_in, wanted // num_heads, context_length, 0.0, num_heads)

# %% wrong: two features a head
# visible test_two_dim_wrapper_output: names it: two_dim_wrapper(): each head gives 2 features. Two heads are to give two in all.
def two_dim_wrapper():
    return MultiHeadAttentionWrapper(3, 2, 6, 0.0, num_heads=2)

# %% wrong: one head with two features
# visible test_two_dim_wrapper_output: names it: two_dim_wrapper(): the number of its heads is 1, expected 2.
def two_dim_wrapper():
    return MultiHeadAttentionWrapper(3, 2, 6, 0.0, num_heads=1)

# %% wrong: the output in place of the module
# visible test_two_dim_wrapper_output: names it: two_dim_wrapper(): should return a module, not tensor of shape (2, 6, 2).
def two_dim_wrapper():
    return MultiHeadAttentionWrapper(3, 1, 6, 0.0, num_heads=2)(batch)

# %% wrong: four heads
# visible test_two_dim_wrapper_output: names it: two_dim_wrapper(): the number of its heads is 4, expected 2.
def two_dim_wrapper():
    return MultiHeadAttentionWrapper(3, 1, 6, 0.0, num_heads=4)

# %% wrong: a linear layer behind it
# visible test_two_dim_wrapper_output: names it: two_dim_wrapper(): each head gives 2 features. Two heads are to give two in all.
def two_dim_wrapper():
    return nn.Sequential(MultiHeadAttentionWrapper(3, 2, 6, 0.0, num_heads=2), nn.Linear(4, 2))

# %% wrong: width and context exchanged
# visible test_two_dim_wrapper_output: names it: two_dim_wrapper(): is made for tokens of 6 features, ours have 3: that is d_in.
def two_dim_wrapper():
    return MultiHeadAttentionWrapper(6, 1, 3, 0.0, num_heads=2)

# %% wrong: the context as wide as the batch
# visible test_two_dim_wrapper_output: names it: two_dim_wrapper(): is made for 2 tokens, our sentence has 6: that is context_length.
def two_dim_wrapper():
    return MultiHeadAttentionWrapper(3, 1, 2, 0.0, num_heads=2)

# %% wrong: a longer context
# visible test_two_dim_wrapper_output: names it: two_dim_wrapper(): is made for 1024 tokens, our sentence has 6: that is context_length.
def two_dim_wrapper():
    return MultiHeadAttentionWrapper(3, 1, 1024, 0.0, num_heads=2)

# %% wrong: sets the seed itself
# visible test_two_dim_wrapper_output: names it: two_dim_wrapper(): sets the global seed. Remove torch.manual_seed: the caller chooses the seed.
def two_dim_wrapper():
    torch.manual_seed(42)
    return MultiHeadAttentionWrapper(3, 1, 6, 0.0, num_heads=2)

# %% wrong: the return is missing
# visible test_two_dim_wrapper_output: names it: two_dim_wrapper(): should return a module, not None.
def two_dim_wrapper():
    MultiHeadAttentionWrapper(3, 1, 6, 0.0, num_heads=2)

# %% wrong: returns the class
# visible test_two_dim_wrapper_output: names it: two_dim_wrapper(): should return a module, not MultiHeadAttentionWrapper.
def two_dim_wrapper():
    return MultiHeadAttentionWrapper

# %% wrong: the heads exchanged, a single causal attention of two features
# visible test_two_dim_wrapper_output: names it: two_dim_wrapper(): the number of its heads is 1, expected 2.
def two_dim_wrapper():
    return CausalAttention(3, 2, 6, 0.0)
