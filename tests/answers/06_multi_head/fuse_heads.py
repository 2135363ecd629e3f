# %% correct: copied into the layers
def fuse_heads(wrapper):
    heads = wrapper.heads
    d_out, d_in = heads[0].W_query.weight.shape
    h = len(heads)
    bias = heads[0].W_query.bias is not None
    fused = MultiHeadAttention(d_in, h * d_out, heads[0].mask.shape[0], heads[0].dropout.p, h, bias)
    with torch.no_grad():
        for name in ("W_query", "W_key", "W_value"):
            target = getattr(fused, name)
            target.weight.copy_(torch.cat([getattr(head, name).weight for head in heads], dim=0))
            if bias:
                target.bias.copy_(torch.cat([getattr(head, name).bias for head in heads]))
        nn.init.eye_(fused.out_proj.weight)
        nn.init.zeros_(fused.out_proj.bias)
    return fused

# %% correct: a state dict made of the heads
def fuse_heads(wrapper):
    state = wrapper.state_dict()
    h = len(wrapper.heads)
    names = [name.removeprefix("heads.0.") for name in state if name.startswith("heads.0.W_")]
    new = {name: torch.cat([state[f"heads.{i}.{name}"] for i in range(h)]) for name in names}
    width, d_in = new["W_query.weight"].shape
    fused = MultiHeadAttention(
        d_in, width, state["heads.0.mask"].shape[-1], wrapper.heads[0].dropout.p, h, "W_query.bias" in new
    )
    new |= {"out_proj.weight": torch.eye(width), "out_proj.bias": torch.zeros(width)}
    fused.load_state_dict(new, strict=False)
    return fused

# %% correct: new layers and parameters in place of the old, out_proj replaced by nn.Identity
def fuse_heads(wrapper):
    first = wrapper.heads[0]
    h = len(wrapper.heads)
    has_bias = first.W_key.bias is not None
    fused = MultiHeadAttention(
        first.W_key.in_features, first.W_key.out_features * h, len(first.mask), first.dropout.p, h, qkv_bias=has_bias
    )
    for name in ["W_query", "W_key", "W_value"]:
        layer = getattr(fused, name)
        layer.weight = nn.Parameter(torch.vstack([getattr(head, name).weight for head in wrapper.heads]))
        if has_bias:
            layer.bias = nn.Parameter(torch.hstack([getattr(head, name).bias for head in wrapper.heads]))
    fused.out_proj = nn.Identity()
    return fused

# %% correct: head by head into slices of the data, a bias of zeros where there is none
def fuse_heads(wrapper):
    count = len(wrapper.heads)
    width = wrapper.heads[0].W_value.out_features
    fused = MultiHeadAttention(
        d_in=wrapper.heads[0].W_value.in_features,
        d_out=count * width,
        context_length=wrapper.heads[0].mask.size(0),
        dropout=wrapper.heads[0].dropout.p,
        num_heads=count,
        qkv_bias=True,
    )
    for i, head in enumerate(wrapper.heads):
        rows = slice(i * width, (i + 1) * width)
        for new, old in [(fused.W_query, head.W_query), (fused.W_key, head.W_key), (fused.W_value, head.W_value)]:
            new.weight.data[rows] = old.weight.data
            new.bias.data[rows] = 0.0 if old.bias is None else old.bias.data
    fused.out_proj.weight.data = torch.eye(count * width)
    fused.out_proj.bias.data.fill_(0.0)
    return fused.train(wrapper.training)

# %% correct: out_proj frozen
def fuse_heads(wrapper):
    heads = list(wrapper.heads)
    bias = heads[0].W_query.bias is not None
    d_head, d_in = heads[0].W_query.weight.size()
    n = d_head * len(heads)
    fused = MultiHeadAttention(d_in, n, heads[0].mask.shape[1], heads[0].dropout.p, len(heads), bias)
    for name, parameter in fused.named_parameters():
        if name.startswith("W_"):
            layer, part = name.split(".")
            together = torch.cat([getattr(getattr(head, layer), part) for head in heads])
            parameter.data.copy_(together.detach())
    fused.out_proj.weight.data = torch.eye(n)
    fused.out_proj.bias.data = torch.zeros(n)
    fused.out_proj.requires_grad_(False)
    return fused

# %% wrong: the wrapper itself
# visible test_fuse_heads_output: names it: fuse_heads(wrapper): is no MultiHeadAttention, it has no W_query.
# visible test_fuse_heads_bias_and_dropout: names it: fuse_heads(wrapper): is no MultiHeadAttention, it has no W_query.
# visible test_fuse_heads_leaves_the_wrapper: names it: fuse_heads(wrapper): is no MultiHeadAttention, it has no W_query.
def fuse_heads(wrapper):
    return wrapper

# %% wrong: a copy of the wrapper
# visible test_fuse_heads_output: names it: fuse_heads(wrapper): is no MultiHeadAttention, it has no W_query.
# visible test_fuse_heads_bias_and_dropout: names it: fuse_heads(wrapper): is no MultiHeadAttention, it has no W_query.
# visible test_fuse_heads_leaves_the_wrapper: names it: fuse_heads(wrapper): is no MultiHeadAttention, it has no W_query.
import copy

def fuse_heads(wrapper):
    return copy.deepcopy(wrapper)

# %% wrong: out_proj stays random
# visible test_fuse_heads_output: names it: the fused output for the first token: out_proj still changes the merged heads: it should be the identity and add nothing.
# visible test_fuse_heads_bias_and_dropout: the fused output for the first token, by heads: gives 0.9568 at [0, 0, 0], expected 0.2726. 24 of 24 numbers differ.
def fuse_heads(wrapper):
    heads = wrapper.heads
    d_out, d_in = heads[0].W_query.weight.shape
    h = len(heads)
    bias = heads[0].W_query.bias is not None
    fused = MultiHeadAttention(d_in, h * d_out, heads[0].mask.shape[0], heads[0].dropout.p, h, bias)
    with torch.no_grad():
        for name in ("W_query", "W_key", "W_value"):
            target = getattr(fused, name)
            target.weight.copy_(torch.cat([getattr(head, name).weight for head in heads], dim=0))
            if bias:
                target.bias.copy_(torch.cat([getattr(head, name).bias for head in heads]))
    return fused

# %% wrong: the bias of out_proj stays
# visible test_fuse_heads_output: names it: the fused output for the first token: out_proj still changes the merged heads: it should be the identity and add nothing.
# visible test_fuse_heads_bias_and_dropout: the fused output for the first token, by heads: gives 0.2977 at [0, 0, 0], expected 0.2726. 24 of 24 numbers differ.
def fuse_heads(wrapper):
    heads = wrapper.heads
    d_out, d_in = heads[0].W_query.weight.shape
    h = len(heads)
    bias = heads[0].W_query.bias is not None
    fused = MultiHeadAttention(d_in, h * d_out, heads[0].mask.shape[0], heads[0].dropout.p, h, bias)
    with torch.no_grad():
        for name in ("W_query", "W_key", "W_value"):
            target = getattr(fused, name)
            target.weight.copy_(torch.cat([getattr(head, name).weight for head in heads], dim=0))
            if bias:
                target.bias.copy_(torch.cat([getattr(head, name).bias for head in heads]))
        nn.init.eye_(fused.out_proj.weight)
    return fused

# %% wrong: the biases are forgotten
# visible test_fuse_heads_bias_and_dropout: names it: the fused output for the first token, by heads: the biases of the heads are not carried over.
def fuse_heads(wrapper):
    heads = wrapper.heads
    d_out, d_in = heads[0].W_query.weight.shape
    h = len(heads)
    bias = heads[0].W_query.bias is not None
    fused = MultiHeadAttention(d_in, h * d_out, heads[0].mask.shape[0], heads[0].dropout.p, h, bias)
    with torch.no_grad():
        for name in ("W_query", "W_key", "W_value"):
            target = getattr(fused, name)
            target.weight.copy_(torch.cat([getattr(head, name).weight for head in heads], dim=0))
        nn.init.eye_(fused.out_proj.weight)
        nn.init.zeros_(fused.out_proj.bias)
    return fused

# %% wrong: built without biases
# visible test_fuse_heads_bias_and_dropout: names it: the fused output for the first token, by heads: the biases of the heads are not carried over.
# visible test_fuse_heads_leaves_the_wrapper: names it: fuse_heads(wrapper): has no parameter W_query.bias (it has W_query.weight, W_key.weight, W_value.weight, out_proj.weight, out_proj.bias).
def fuse_heads(wrapper):
    heads = wrapper.heads
    d_out, d_in = heads[0].W_query.weight.shape
    h = len(heads)
    bias = heads[0].W_query.bias is not None
    fused = MultiHeadAttention(d_in, h * d_out, heads[0].mask.shape[0], heads[0].dropout.p, h)
    with torch.no_grad():
        for name in ("W_query", "W_key", "W_value"):
            target = getattr(fused, name)
            target.weight.copy_(torch.cat([getattr(head, name).weight for head in heads], dim=0))
        nn.init.eye_(fused.out_proj.weight)
        nn.init.zeros_(fused.out_proj.bias)
    return fused

# %% wrong: no dropout
# visible test_fuse_heads_bias_and_dropout: names it: fuse_heads(wrapper): its dropout has another rate than the heads, which have 0.25.
def fuse_heads(wrapper):
    heads = wrapper.heads
    d_out, d_in = heads[0].W_query.weight.shape
    h = len(heads)
    bias = heads[0].W_query.bias is not None
    fused = MultiHeadAttention(d_in, h * d_out, heads[0].mask.shape[0], 0.0, h, bias)
    with torch.no_grad():
        for name in ("W_query", "W_key", "W_value"):
            target = getattr(fused, name)
            target.weight.copy_(torch.cat([getattr(head, name).weight for head in heads], dim=0))
            if bias:
                target.bias.copy_(torch.cat([getattr(head, name).bias for head in heads]))
        nn.init.eye_(fused.out_proj.weight)
        nn.init.zeros_(fused.out_proj.bias)
    return fused

# %% wrong: always the same dropout
# visible test_fuse_heads_bias_and_dropout: names it: fuse_heads(wrapper): its dropout has another rate than the heads, which have 0.25.
def fuse_heads(wrapper):
    heads = wrapper.heads
    d_out, d_in = heads[0].W_query.weight.shape
    h = len(heads)
    bias = heads[0].W_query.bias is not None
    fused = MultiHeadAttention(d_in, h * d_out, heads[0].mask.shape[0], 0.5, h, bias)
    with torch.no_grad():
        for name in ("W_query", "W_key", "W_value"):
            target = getattr(fused, name)
            target.weight.copy_(torch.cat([getattr(head, name).weight for head in heads], dim=0))
            if bias:
                target.bias.copy_(torch.cat([getattr(head, name).bias for head in heads]))
        nn.init.eye_(fused.out_proj.weight)
        nn.init.zeros_(fused.out_proj.bias)
    return fused

# %% wrong: the first head's weights for all
# visible test_fuse_heads_output: names it: the fused output for the first token: both heads have the weights of head 0.
# visible test_fuse_heads_bias_and_dropout: the fused output for the first token, by heads: gives 0.3073 at [0, 1, 0], expected -0.1062. 16 of 24 numbers differ.
def fuse_heads(wrapper):
    heads = wrapper.heads
    d_out, d_in = heads[0].W_query.weight.shape
    h = len(heads)
    bias = heads[0].W_query.bias is not None
    fused = MultiHeadAttention(d_in, h * d_out, heads[0].mask.shape[0], heads[0].dropout.p, h, bias)
    with torch.no_grad():
        for name in ("W_query", "W_key", "W_value"):
            target = getattr(fused, name)
            target.weight.copy_(getattr(heads[0], name).weight.repeat(h, 1))
            if bias:
                target.bias.copy_(torch.cat([getattr(head, name).bias for head in heads]))
        nn.init.eye_(fused.out_proj.weight)
        nn.init.zeros_(fused.out_proj.bias)
    return fused

# %% wrong: the heads in reverse
# visible test_fuse_heads_output: names it: the fused output for the first token: the heads come in the reverse order.
# visible test_fuse_heads_bias_and_dropout: the fused output for the first token, by heads: gives 0.9718 at [0, 0, 0], expected 0.2726. 16 of 24 numbers differ.
def fuse_heads(wrapper):
    heads = wrapper.heads
    d_out, d_in = heads[0].W_query.weight.shape
    h = len(heads)
    bias = heads[0].W_query.bias is not None
    fused = MultiHeadAttention(d_in, h * d_out, heads[0].mask.shape[0], heads[0].dropout.p, h, bias)
    with torch.no_grad():
        for name in ("W_query", "W_key", "W_value"):
            target = getattr(fused, name)
            target.weight.copy_(torch.cat([getattr(head, name).weight for head in reversed(heads)], dim=0))
            if bias:
                target.bias.copy_(torch.cat([getattr(head, name).bias for head in reversed(heads)]))
        nn.init.eye_(fused.out_proj.weight)
        nn.init.zeros_(fused.out_proj.bias)
    return fused

# %% wrong: put together along the inputs
# visible test_fuse_heads_output: fuse_heads(MultiHeadAttentionWrapper): raises RuntimeError: The size of tensor a (3) must match the size of tensor b (6) at non-singleton dimension 1. Line 10 of the cell: `target.weight.copy_(torch.cat([getattr(head, name).weight for head in heads], dim=1))`
# visible test_fuse_heads_bias_and_dropout: fuse_heads(MultiHeadAttentionWrapper): raises RuntimeError: The size of tensor a (5) must match the size of tensor b (15) at non-singleton dimension 1. Line 10 of the cell: `target.weight.copy_(torch.cat([getattr(head, name).weight for head in heads], dim=1))`
# visible test_fuse_heads_leaves_the_wrapper: fuse_heads(MultiHeadAttentionWrapper): raises RuntimeError: The size of tensor a (5) must match the size of tensor b (15) at non-singleton dimension 1. Line 10 of the cell: `target.weight.copy_(torch.cat([getattr(head, name).weight for head in heads], dim=1))`
def fuse_heads(wrapper):
    heads = wrapper.heads
    d_out, d_in = heads[0].W_query.weight.shape
    h = len(heads)
    bias = heads[0].W_query.bias is not None
    fused = MultiHeadAttention(d_in, h * d_out, heads[0].mask.shape[0], heads[0].dropout.p, h, bias)
    with torch.no_grad():
        for name in ("W_query", "W_key", "W_value"):
            target = getattr(fused, name)
            target.weight.copy_(torch.cat([getattr(head, name).weight for head in heads], dim=1))
            if bias:
                target.bias.copy_(torch.cat([getattr(head, name).bias for head in heads]))
        nn.init.eye_(fused.out_proj.weight)
        nn.init.zeros_(fused.out_proj.bias)
    return fused

# %% wrong: rows of the heads interleaved
# visible test_fuse_heads_output: names it: the fused output for the first token: the rows of the heads are mixed: all rows of head 0 come first.
# visible test_fuse_heads_bias_and_dropout: the fused output for the first token, by heads: gives -0.08894 at [0, 0, 1], expected 1.302. 20 of 24 numbers differ.
def fuse_heads(wrapper):
    heads = wrapper.heads
    d_out, d_in = heads[0].W_query.weight.shape
    h = len(heads)
    bias = heads[0].W_query.bias is not None
    fused = MultiHeadAttention(d_in, h * d_out, heads[0].mask.shape[0], heads[0].dropout.p, h, bias)
    with torch.no_grad():
        for name in ("W_query", "W_key", "W_value"):
            target = getattr(fused, name)
            target.weight.copy_(torch.stack([getattr(head, name).weight for head in heads], dim=1).flatten(0, 1))
            if bias:
                target.bias.copy_(torch.cat([getattr(head, name).bias for head in heads]))
        nn.init.eye_(fused.out_proj.weight)
        nn.init.zeros_(fused.out_proj.bias)
    return fused

# %% wrong: one head as wide as all
# visible test_fuse_heads_output: names it: the fused output for the first two tokens: this is what a single head gives: it has as many heads as the wrapper.
# hidden test_fuse_heads_bias_and_dropout: MultiHeadAttention(x of shape (2, 6, 5)): gives 0.1819 at [0, 1, 0], expected -0.9629. 120 of 144 numbers differ.
def fuse_heads(wrapper):
    heads = wrapper.heads
    d_out, d_in = heads[0].W_query.weight.shape
    h = len(heads)
    bias = heads[0].W_query.bias is not None
    fused = MultiHeadAttention(d_in, h * d_out, heads[0].mask.shape[0], heads[0].dropout.p, 1, bias)
    with torch.no_grad():
        for name in ("W_query", "W_key", "W_value"):
            target = getattr(fused, name)
            target.weight.copy_(torch.cat([getattr(head, name).weight for head in heads], dim=0))
            if bias:
                target.bias.copy_(torch.cat([getattr(head, name).bias for head in heads]))
        nn.init.eye_(fused.out_proj.weight)
        nn.init.zeros_(fused.out_proj.bias)
    return fused

# %% wrong: one head more than there are rows for
# hidden test_fuse_heads_output: fuse_heads(MultiHeadAttentionWrapper): raises RuntimeError: The size of tensor a (8) must match the size of tensor b (12) at non-singleton dimension 0. Line 10 of the cell: `target.weight.copy_(torch.cat([getattr(head, name).weight for head in heads], dim=0))`
# visible test_fuse_heads_bias_and_dropout: fuse_heads(MultiHeadAttentionWrapper): raises RuntimeError: The size of tensor a (8) must match the size of tensor b (12) at non-singleton dimension 0. Line 10 of the cell: `target.weight.copy_(torch.cat([getattr(head, name).weight for head in heads], dim=0))`
# visible test_fuse_heads_leaves_the_wrapper: fuse_heads(MultiHeadAttentionWrapper): raises RuntimeError: The size of tensor a (8) must match the size of tensor b (12) at non-singleton dimension 0. Line 10 of the cell: `target.weight.copy_(torch.cat([getattr(head, name).weight for head in heads], dim=0))`
def fuse_heads(wrapper):
    heads = wrapper.heads
    d_out, d_in = heads[0].W_query.weight.shape
    h = 2
    bias = heads[0].W_query.bias is not None
    fused = MultiHeadAttention(d_in, h * d_out, heads[0].mask.shape[0], heads[0].dropout.p, h, bias)
    with torch.no_grad():
        for name in ("W_query", "W_key", "W_value"):
            target = getattr(fused, name)
            target.weight.copy_(torch.cat([getattr(head, name).weight for head in heads], dim=0))
            if bias:
                target.bias.copy_(torch.cat([getattr(head, name).bias for head in heads]))
        nn.init.eye_(fused.out_proj.weight)
        nn.init.zeros_(fused.out_proj.bias)
    return fused

# %% wrong: context_length taken for the width
# visible test_fuse_heads_output: names it: fuse_heads(wrapper): its mask is too small for 6 tokens, the context_length of the heads.
# visible test_fuse_heads_bias_and_dropout: MultiHeadAttention(x of shape (400, 6, 5)): raises RuntimeError: The size of tensor a (5) must match the size of tensor b (6) at non-singleton dimension 3. Line 48 of the cell: `scores = scores.masked_fill(self.mask[:T, :T], -torch.inf)`
# hidden test_fuse_heads_leaves_the_wrapper: MultiHeadAttention(x of shape (2, 6, 5)): raises RuntimeError: The size of tensor a (5) must match the size of tensor b (6) at non-singleton dimension 3. Line 48 of the cell: `scores = scores.masked_fill(self.mask[:T, :T], -torch.inf)`
def fuse_heads(wrapper):
    heads = wrapper.heads
    d_out, d_in = heads[0].W_query.weight.shape
    h = len(heads)
    bias = heads[0].W_query.bias is not None
    fused = MultiHeadAttention(d_in, h * d_out, d_in, heads[0].dropout.p, h, bias)
    with torch.no_grad():
        for name in ("W_query", "W_key", "W_value"):
            target = getattr(fused, name)
            target.weight.copy_(torch.cat([getattr(head, name).weight for head in heads], dim=0))
            if bias:
                target.bias.copy_(torch.cat([getattr(head, name).bias for head in heads]))
        nn.init.eye_(fused.out_proj.weight)
        nn.init.zeros_(fused.out_proj.bias)
    return fused

# %% wrong: keys get the weights of the queries
# visible test_fuse_heads_output: names it: the fused output for the first two tokens: the keys have the weights of the queries.
# hidden test_fuse_heads_bias_and_dropout: MultiHeadAttention(x of shape (2, 6, 5)): gives -1.798 at [0, 1, 0], expected -0.9629. 120 of 144 numbers differ.
def fuse_heads(wrapper):
    heads = wrapper.heads
    d_out, d_in = heads[0].W_query.weight.shape
    h = len(heads)
    bias = heads[0].W_query.bias is not None
    fused = MultiHeadAttention(d_in, h * d_out, heads[0].mask.shape[0], heads[0].dropout.p, h, bias)
    with torch.no_grad():
        for target, name in ((fused.W_query, "W_query"), (fused.W_key, "W_query"), (fused.W_value, "W_value")):
            target.weight.copy_(torch.cat([getattr(head, name).weight for head in heads], dim=0))
            if bias:
                target.bias.copy_(torch.cat([getattr(head, name).bias for head in heads]))
        nn.init.eye_(fused.out_proj.weight)
        nn.init.zeros_(fused.out_proj.bias)
    return fused

# %% wrong: frozen weights
# visible test_fuse_heads_output: names it: fuse_heads(wrapper): its parameter W_query.weight is frozen (requires_grad is False).
# visible test_fuse_heads_leaves_the_wrapper: names it: fuse_heads(wrapper): its parameter W_query.weight is frozen (requires_grad is False).
def fuse_heads(wrapper):
    heads = wrapper.heads
    d_out, d_in = heads[0].W_query.weight.shape
    h = len(heads)
    bias = heads[0].W_query.bias is not None
    fused = MultiHeadAttention(d_in, h * d_out, heads[0].mask.shape[0], heads[0].dropout.p, h, bias)
    with torch.no_grad():
        for name in ("W_query", "W_key", "W_value"):
            target = getattr(fused, name)
            target.weight.copy_(torch.cat([getattr(head, name).weight for head in heads], dim=0))
            if bias:
                target.bias.copy_(torch.cat([getattr(head, name).bias for head in heads]))
        nn.init.eye_(fused.out_proj.weight)
        nn.init.zeros_(fused.out_proj.bias)
    return fused.requires_grad_(False)

# %% wrong: empties the wrapper
# hidden test_fuse_heads_output: the fused output of 3 heads of 4 features: gives -1.098 at [0, 0, 0], expected 0. 168 of 168 numbers differ.
# visible test_fuse_heads_bias_and_dropout: the fused output for the first token, by heads: gives 0.2726 at [0, 0, 0], expected 0. 24 of 24 numbers differ.
# visible test_fuse_heads_leaves_the_wrapper: names it: fuse_heads(wrapper): changes heads.0.W_query.weight of the wrapper. Leave the wrapper as it was.
def fuse_heads(wrapper):
    heads = wrapper.heads
    d_out, d_in = heads[0].W_query.weight.shape
    h = len(heads)
    bias = heads[0].W_query.bias is not None
    fused = MultiHeadAttention(d_in, h * d_out, heads[0].mask.shape[0], heads[0].dropout.p, h, bias)
    with torch.no_grad():
        for name in ("W_query", "W_key", "W_value"):
            target = getattr(fused, name)
            target.weight.copy_(torch.cat([getattr(head, name).weight for head in heads], dim=0))
            if bias:
                target.bias.copy_(torch.cat([getattr(head, name).bias for head in heads]))
        nn.init.eye_(fused.out_proj.weight)
        nn.init.zeros_(fused.out_proj.bias)
    with torch.no_grad():
        for parameter in wrapper.parameters():
            parameter.zero_()
    return fused

# %% wrong: freezes the wrapper
# hidden test_fuse_heads_leaves_the_wrapper: names it: fuse_heads(wrapper): freezes the weights of the wrapper. Leave it as it was.
def fuse_heads(wrapper):
    heads = wrapper.heads
    d_out, d_in = heads[0].W_query.weight.shape
    h = len(heads)
    bias = heads[0].W_query.bias is not None
    fused = MultiHeadAttention(d_in, h * d_out, heads[0].mask.shape[0], heads[0].dropout.p, h, bias)
    with torch.no_grad():
        for name in ("W_query", "W_key", "W_value"):
            target = getattr(fused, name)
            target.weight.copy_(torch.cat([getattr(head, name).weight for head in heads], dim=0))
            if bias:
                target.bias.copy_(torch.cat([getattr(head, name).bias for head in heads]))
        nn.init.eye_(fused.out_proj.weight)
        nn.init.zeros_(fused.out_proj.bias)
    wrapper.requires_grad_(False)
    return fused

# %% wrong: nothing is copied
# visible test_fuse_heads_output: names it: fuse_heads(wrapper): two calls for the same heads give different weights, so they are drawn anew: copy those of the heads.
# visible test_fuse_heads_bias_and_dropout: the fused output for the first token, by heads: gives 2.665 at [0, 0, 0], expected 0.2726. 24 of 24 numbers differ.
def fuse_heads(wrapper):
    heads = wrapper.heads
    d_out, d_in = heads[0].W_query.weight.shape
    h = len(heads)
    bias = heads[0].W_query.bias is not None
    fused = MultiHeadAttention(d_in, h * d_out, heads[0].mask.shape[0], heads[0].dropout.p, h, bias)
    with torch.no_grad():
        for name in ("W_query", "W_key", "W_value"):
            target = getattr(fused, name)
            if bias:
                target.bias.copy_(torch.cat([getattr(head, name).bias for head in heads]))
        nn.init.eye_(fused.out_proj.weight)
        nn.init.zeros_(fused.out_proj.bias)
    return fused

# %% wrong: the return is missing
# visible test_fuse_heads_output: names it: fuse_heads(MultiHeadAttentionWrapper): should return a module, not None.
# visible test_fuse_heads_bias_and_dropout: names it: fuse_heads(MultiHeadAttentionWrapper): should return a module, not None.
# visible test_fuse_heads_leaves_the_wrapper: names it: fuse_heads(MultiHeadAttentionWrapper): should return a module, not None.
def fuse_heads(wrapper):
    heads = wrapper.heads
    d_out, d_in = heads[0].W_query.weight.shape
    h = len(heads)
    bias = heads[0].W_query.bias is not None
    fused = MultiHeadAttention(d_in, h * d_out, heads[0].mask.shape[0], heads[0].dropout.p, h, bias)
    with torch.no_grad():
        for name in ("W_query", "W_key", "W_value"):
            target = getattr(fused, name)
            target.weight.copy_(torch.cat([getattr(head, name).weight for head in heads], dim=0))
            if bias:
                target.bias.copy_(torch.cat([getattr(head, name).bias for head in heads]))
        nn.init.eye_(fused.out_proj.weight)
        nn.init.zeros_(fused.out_proj.bias)
    fused
