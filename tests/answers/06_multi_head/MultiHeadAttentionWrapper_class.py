# %% correct: a comprehension and one cat
class MultiHeadAttentionWrapper(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        self.heads = nn.ModuleList(
            CausalAttention(d_in, d_out, context_length, dropout, qkv_bias) for _ in range(num_heads)
        )

    def forward(self, x):
        return torch.cat([head(x) for head in self.heads], dim=-1)

# %% correct: heads appended in a loop, outputs written into a fresh tensor
class MultiHeadAttentionWrapper(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super(MultiHeadAttentionWrapper, self).__init__()
        self.d_out = d_out
        self.heads = nn.ModuleList()
        for i in range(num_heads):
            self.heads.append(CausalAttention(d_in, d_out, context_length, dropout, qkv_bias=qkv_bias))

    def forward(self, x):
        b, T, _ = x.shape
        out = x.new_zeros(b, T, self.d_out * len(self.heads))
        for i, head in enumerate(self.heads):
            out[:, :, i * self.d_out : (i + 1) * self.d_out] = head(x)
        return out

# %% correct: stacked in a new dimension, then flattened
class MultiHeadAttentionWrapper(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        heads = []
        for _ in range(num_heads):
            heads += [CausalAttention(d_in, d_out, context_length, dropout, qkv_bias)]
        self.heads = nn.ModuleList(heads)

    def forward(self, x):
        return torch.stack([head(x) for head in self.heads], dim=2).flatten(2)

# %% correct: grows the output head by head, prints a note
class MultiHeadAttentionWrapper(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        print(num_heads, "heads")
        arguments = dict(d_in=d_in, d_out=d_out, context_length=context_length, dropout=dropout, qkv_bias=qkv_bias)
        self.heads = nn.ModuleList([CausalAttention(**arguments) for _ in range(num_heads)])

    def forward(self, x):
        out = self.heads[0](x)
        for head in self.heads[1:]:
            out = torch.cat((out, head(x)), 2)
        return out

# %% wrong: one head several times
# visible test_MultiHeadAttentionWrapper_values: names it: MultiHeadAttentionWrapper(x of shape (2, 6, 3)): both halves are the output of one head: every head needs weights of its own.
# visible test_MultiHeadAttentionWrapper_heads: names it: MultiHeadAttentionWrapper(5, 4, 9, 0.0, 3): has no parameter heads.1.W_query.weight (it has heads.0.W_query.weight, heads.0.W_key.weight, heads.0.W_value.weight). It is one and the same with another: give it numbers of its own.
# visible test_MultiHeadAttentionWrapper_arguments: names it: MultiHeadAttentionWrapper(5, 4, 9, 0.25, 3, qkv_bias=True): has no parameter heads.1.W_query.bias (it has heads.0.W_query.weight, heads.0.W_query.bias, heads.0.W_key.weight, heads.0.W_key.bias, heads.0.W_value.weight, heads.0.W_value.bias). It is one and the same with another: give it numbers of its own.
class MultiHeadAttentionWrapper(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        self.heads = nn.ModuleList([CausalAttention(d_in, d_out, context_length, dropout, qkv_bias)] * num_heads)

    def forward(self, x):
        return torch.cat([head(x) for head in self.heads], dim=-1)

# %% wrong: the sum of the heads
# visible test_MultiHeadAttentionWrapper_values: names it: MultiHeadAttentionWrapper(x of shape (2, 6, 3)): the heads are added up: put them one behind the other.
# visible test_MultiHeadAttentionWrapper_arguments: MultiHeadAttentionWrapper(x of shape (400, 3, 5)): has shape (400, 3, 4), expected (400, 3, 12).
class MultiHeadAttentionWrapper(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        self.heads = nn.ModuleList(
            [CausalAttention(d_in, d_out, context_length, dropout, qkv_bias) for _ in range(num_heads)]
        )

    def forward(self, x):
        return sum(head(x) for head in self.heads)

# %% wrong: the mean of the heads
# visible test_MultiHeadAttentionWrapper_values: names it: MultiHeadAttentionWrapper(x of shape (2, 6, 3)): you took the mean of the heads: put them one behind the other.
# visible test_MultiHeadAttentionWrapper_arguments: MultiHeadAttentionWrapper(x of shape (400, 3, 5)): has shape (400, 3, 4), expected (400, 3, 12).
class MultiHeadAttentionWrapper(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        self.heads = nn.ModuleList(
            [CausalAttention(d_in, d_out, context_length, dropout, qkv_bias) for _ in range(num_heads)]
        )

    def forward(self, x):
        return torch.stack([head(x) for head in self.heads]).mean(dim=0)

# %% wrong: heads in a plain list
# hidden test_MultiHeadAttentionWrapper_values: names it: MultiHeadAttentionWrapper: has no parameter heads.0.W_query.weight (it has none).
# visible test_MultiHeadAttentionWrapper_heads: names it: MultiHeadAttentionWrapper(5, 4, 9, 0.0, 3): has no parameter heads.0.W_query.weight (it has none).
# visible test_MultiHeadAttentionWrapper_arguments: names it: MultiHeadAttentionWrapper(5, 4, 9, 0.25, 3, qkv_bias=True): has no parameter heads.0.W_query.bias (it has none).
class MultiHeadAttentionWrapper(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        self.heads = [CausalAttention(d_in, d_out, context_length, dropout, qkv_bias) for _ in range(num_heads)]

    def forward(self, x):
        return torch.cat([head(x) for head in self.heads], dim=-1)

# %% wrong: put together along the tokens
# visible test_MultiHeadAttentionWrapper_values: names it: MultiHeadAttentionWrapper(x of shape (2, 6, 3)): the heads stand under each other, along the tokens: a token's features are the last dimension.
# visible test_MultiHeadAttentionWrapper_arguments: MultiHeadAttentionWrapper(x of shape (400, 3, 5)): has shape (400, 9, 4), expected (400, 3, 12).
class MultiHeadAttentionWrapper(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        self.heads = nn.ModuleList(
            [CausalAttention(d_in, d_out, context_length, dropout, qkv_bias) for _ in range(num_heads)]
        )

    def forward(self, x):
        return torch.cat([head(x) for head in self.heads], dim=1)

# %% wrong: stack in place of cat
# visible test_MultiHeadAttentionWrapper_values: names it: MultiHeadAttentionWrapper(x of shape (2, 6, 3)): the heads are in a dimension of their own, before the tokens: put their features one behind the other.
# visible test_MultiHeadAttentionWrapper_arguments: MultiHeadAttentionWrapper(x of shape (400, 3, 5)): has shape (400, 3, 3, 4), expected (400, 3, 12). That is 4 dimensions, not 3.
class MultiHeadAttentionWrapper(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        self.heads = nn.ModuleList(
            [CausalAttention(d_in, d_out, context_length, dropout, qkv_bias) for _ in range(num_heads)]
        )

    def forward(self, x):
        return torch.stack([head(x) for head in self.heads], dim=1)

# %% wrong: features of the heads interleaved
# visible test_MultiHeadAttentionWrapper_values: names it: MultiHeadAttentionWrapper(x of shape (2, 6, 3)): the features of the heads are mixed: all of head 0 comes first, then all of head 1.
# visible test_MultiHeadAttentionWrapper_arguments: names it: MultiHeadAttentionWrapper(5, 4, 9, 0.25, 3, qkv_bias=True): the first token attends to itself alone, yet in evaluation its context vector is not its own value. Look at the other tests before the dropout.
class MultiHeadAttentionWrapper(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        self.heads = nn.ModuleList(
            [CausalAttention(d_in, d_out, context_length, dropout, qkv_bias) for _ in range(num_heads)]
        )

    def forward(self, x):
        return torch.stack([head(x) for head in self.heads], dim=-1).flatten(2)

# %% wrong: d_out divided among the heads
# visible test_MultiHeadAttentionWrapper_values: MultiHeadAttentionWrapper(x of shape (2, 6, 3)): has shape (2, 6, 2), expected (2, 6, 4).
# visible test_MultiHeadAttentionWrapper_heads: names it: MultiHeadAttentionWrapper(5, 4, 9, 0.0, 3): d_out is divided among the heads, but it is the width of one head.
# visible test_MultiHeadAttentionWrapper_arguments: MultiHeadAttentionWrapper(5, 4, 9, 0.25, 3, qkv_bias=True): its parameter heads.0.W_query.bias has shape (1,), expected (4,).
class MultiHeadAttentionWrapper(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        self.heads = nn.ModuleList(
            [CausalAttention(d_in, d_out // num_heads, context_length, dropout, qkv_bias) for _ in range(num_heads)]
        )

    def forward(self, x):
        return torch.cat([head(x) for head in self.heads], dim=-1)

# %% wrong: qkv_bias is not passed on
# visible test_MultiHeadAttentionWrapper_arguments: names it: MultiHeadAttentionWrapper(5, 4, 9, 0.25, 3, qkv_bias=True): has no parameter heads.0.W_query.bias (it has heads.0.W_query.weight, heads.0.W_key.weight, heads.0.W_value.weight, heads.1.W_query.weight, heads.1.W_key.weight, heads.1.W_value.weight, heads.2.W_query.weight, heads.2.W_key.weight, heads.2.W_value.weight).
class MultiHeadAttentionWrapper(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        self.heads = nn.ModuleList(
            [CausalAttention(d_in, d_out, context_length, dropout) for _ in range(num_heads)]
        )

    def forward(self, x):
        return torch.cat([head(x) for head in self.heads], dim=-1)

# %% wrong: dropout is not passed on
# visible test_MultiHeadAttentionWrapper_arguments: names it: MultiHeadAttentionWrapper(5, 4, 9, 0.25, 3, qkv_bias=True): in training, no weight is dropped. Does the dropout have the given rate, and does it come after the softmax?
class MultiHeadAttentionWrapper(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        self.heads = nn.ModuleList(
            [CausalAttention(d_in, d_out, context_length, 0.0, qkv_bias) for _ in range(num_heads)]
        )

    def forward(self, x):
        return torch.cat([head(x) for head in self.heads], dim=-1)

# %% wrong: a second dropout on the output
# visible test_MultiHeadAttentionWrapper_arguments: names it: MultiHeadAttentionWrapper(5, 4, 9, 0.25, 3, qkv_bias=True): in training, dropout changes the features of one context vector differently. It belongs on the attention weights, after the softmax, and nowhere else.
class MultiHeadAttentionWrapper(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        self.heads = nn.ModuleList(
            [CausalAttention(d_in, d_out, context_length, dropout, qkv_bias) for _ in range(num_heads)]
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(torch.cat([head(x) for head in self.heads], dim=-1))

# %% wrong: each head reads what the last one wrote
# visible test_MultiHeadAttentionWrapper_values: MultiHeadAttentionWrapper(x of shape (2, 6, 3)): gives 0.2542 at [0, 0, 2], expected 0.4772. 24 of 48 numbers differ.
# visible test_MultiHeadAttentionWrapper_heads: names it: MultiHeadAttentionWrapper(5, 4, 9, 0.0, 3): head 1 takes what a head gives, d_out features: every head reads the input, d_in.
# visible test_MultiHeadAttentionWrapper_arguments: MultiHeadAttentionWrapper(5, 4, 9, 0.25, 3, qkv_bias=True): its parameter heads.1.W_value.weight has shape (4, 4), expected (4, 5).
class MultiHeadAttentionWrapper(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        self.heads = nn.ModuleList(
            [CausalAttention(d_in if i == 0 else d_out, d_out, context_length, dropout, qkv_bias) for i in range(num_heads)]
        )

    def forward(self, x):
        outputs = []
        for head in self.heads:
            x = head(x)
            outputs.append(x)
        return torch.cat(outputs, dim=-1)

# %% wrong: the last head comes first
# visible test_MultiHeadAttentionWrapper_values: names it: MultiHeadAttentionWrapper(x of shape (2, 6, 3)): the heads come in the wrong order.
# visible test_MultiHeadAttentionWrapper_arguments: names it: MultiHeadAttentionWrapper(5, 4, 9, 0.25, 3, qkv_bias=True): the first token attends to itself alone, yet in evaluation its context vector is not its own value. Look at the other tests before the dropout.
class MultiHeadAttentionWrapper(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        self.heads = nn.ModuleList(
            [CausalAttention(d_in, d_out, context_length, dropout, qkv_bias) for _ in range(num_heads)]
        )

    def forward(self, x):
        return torch.cat([head(x) for head in reversed(self.heads)], dim=-1)

# %% wrong: always two heads
# hidden test_MultiHeadAttentionWrapper_values: names it: MultiHeadAttentionWrapper: has no parameter heads.2.W_query.weight (it has heads.0.W_query.weight, heads.0.W_key.weight, heads.0.W_value.weight, heads.1.W_query.weight, heads.1.W_key.weight, heads.1.W_value.weight).
# visible test_MultiHeadAttentionWrapper_heads: names it: MultiHeadAttentionWrapper(5, 4, 9, 0.0, 3): has no parameter heads.2.W_query.weight (it has heads.0.W_query.weight, heads.0.W_key.weight, heads.0.W_value.weight, heads.1.W_query.weight, heads.1.W_key.weight, heads.1.W_value.weight).
# visible test_MultiHeadAttentionWrapper_arguments: names it: MultiHeadAttentionWrapper(5, 4, 9, 0.25, 3, qkv_bias=True): has no parameter heads.2.W_query.bias (it has heads.0.W_query.weight, heads.0.W_query.bias, heads.0.W_key.weight, heads.0.W_key.bias, heads.0.W_value.weight, heads.0.W_value.bias, heads.1.W_query.weight, heads.1.W_query.bias, heads.1.W_key.weight, heads.1.W_key.bias, heads.1.W_value.weight, heads.1.W_value.bias).
class MultiHeadAttentionWrapper(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        self.heads = nn.ModuleList(
            [CausalAttention(d_in, d_out, context_length, dropout, qkv_bias) for _ in range(2)]
        )

    def forward(self, x):
        return torch.cat([self.heads[0](x), self.heads[1](x)], dim=-1)

# %% wrong: super().__init__() is forgotten
# visible test_MultiHeadAttentionWrapper_values: MultiHeadAttentionWrapper(3, 2, 6, 0.0, 2): raises AttributeError: cannot assign module before Module.__init__() call. Line 3 of the cell: `self.heads = nn.ModuleList(`
# visible test_MultiHeadAttentionWrapper_heads: MultiHeadAttentionWrapper(5, 4, 9, 0.0, 3): raises AttributeError: cannot assign module before Module.__init__() call. Line 3 of the cell: `self.heads = nn.ModuleList(`
# visible test_MultiHeadAttentionWrapper_arguments: MultiHeadAttentionWrapper(5, 4, 9, 0.25, 3, qkv_bias=True): raises AttributeError: cannot assign module before Module.__init__() call. Line 3 of the cell: `self.heads = nn.ModuleList(`
class MultiHeadAttentionWrapper(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        self.heads = nn.ModuleList(
            [CausalAttention(d_in, d_out, context_length, dropout, qkv_bias) for _ in range(num_heads)]
        )

    def forward(self, x):
        return torch.cat([head(x) for head in self.heads], dim=-1)

# %% wrong: cut from the graph
# hidden test_MultiHeadAttentionWrapper_values: names it: MultiHeadAttentionWrapper: no gradient reaches its argument x. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
# hidden test_MultiHeadAttentionWrapper_heads: names it: MultiHeadAttentionWrapper: no gradient reaches its parameter heads.0.W_query.weight, so it never learns. Is it used, and does nothing on the way detach it?
class MultiHeadAttentionWrapper(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        self.heads = nn.ModuleList(
            [CausalAttention(d_in, d_out, context_length, dropout, qkv_bias) for _ in range(num_heads)]
        )

    def forward(self, x):
        return torch.cat([head(x).detach() for head in self.heads], dim=-1)
