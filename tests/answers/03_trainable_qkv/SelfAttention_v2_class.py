# %% correct: by the book
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% correct: PyTorch's own attention
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        return F.scaled_dot_product_attention(self.W_query(x), self.W_key(x), self.W_value(x))

# %% correct: the functions from above, another order of attributes
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        query, key, value = [nn.Linear(d_in, d_out, bias=qkv_bias) for _ in range(3)]
        self.W_value, self.W_key, self.W_query = value, key, query

    def forward(self, x):
        context, self.last_attn_weights = scaled_dot_product_attention(self.W_query(x), self.W_key(x), self.W_value(x))
        return context

# %% correct: einsum with a scale of its own
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.scale = d_out ** -0.5

    def forward(self, x):
        q, k, v = (layer(x) for layer in (self.W_query, self.W_key, self.W_value))
        weights = (torch.einsum("...qd,...kd->...qk", q, k) * self.scale).softmax(-1)
        return torch.einsum("...qk,...kd->...qd", weights, v)

# %% correct: a loop over the sequences
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        if x.dim() > 2:
            return torch.stack([self.forward(sequence) for sequence in x])
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.T
        return F.softmax(scores / self.W_key.out_features ** 0.5, dim=1) @ values

# %% wrong: no scaling
# hidden test_SelfAttention_v2_parameters: SelfAttention_v2(x of shape (4, 5)): gives -0.1708 at [0, 0], expected -0.1696. 12 of 12 numbers differ.
# visible test_SelfAttention_v2_printed: names it: the context vector of journey from SelfAttention_v2(3, 2) with seed 789: the scores are not scaled.
# hidden test_SelfAttention_v2_forward: names it: SelfAttention_v2(x of shape (4, 5)): the scores are not scaled.
# hidden test_SelfAttention_v2_batch: SelfAttention_v2(x of shape (1, 4, 5)): gives 0.6256 at [0, 0, 0], expected 0.3508. 12 of 12 numbers differ.
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.transpose(-2, -1), dim=-1)
        return weights @ values

# %% wrong: divided by d_k
# hidden test_SelfAttention_v2_parameters: SelfAttention_v2(x of shape (4, 5)): gives -0.1688 at [0, 0], expected -0.1696. 12 of 12 numbers differ.
# visible test_SelfAttention_v2_printed: names it: the context vector of journey from SelfAttention_v2(3, 2) with seed 789: the scores are divided by d_out: it is the root of d_out.
# hidden test_SelfAttention_v2_forward: names it: SelfAttention_v2(x of shape (4, 5)): the scores are divided by d_out: it is the root of d_out.
# hidden test_SelfAttention_v2_batch: SelfAttention_v2(x of shape (1, 4, 5)): gives 0.1798 at [0, 0, 0], expected 0.3508. 12 of 12 numbers differ.
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.transpose(-2, -1) / keys.shape[-1], dim=-1)
        return weights @ values

# %% wrong: divided by the root of T
# hidden test_SelfAttention_v2_parameters: SelfAttention_v2(x of shape (4, 5)): gives -0.1693 at [0, 0], expected -0.1696. 12 of 12 numbers differ.
# visible test_SelfAttention_v2_printed: names it: the context vector of journey from SelfAttention_v2(3, 2) with seed 789: the scores are divided by √T: it is the keys' features that count.
# hidden test_SelfAttention_v2_forward: names it: SelfAttention_v2(x of shape (4, 5)): the scores are divided by √T: it is the keys' features that count.
# hidden test_SelfAttention_v2_batch: SelfAttention_v2(x of shape (1, 4, 5)): gives 0.2974 at [0, 0, 0], expected 0.3508. 12 of 12 numbers differ.
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.transpose(-2, -1) / keys.shape[-2] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: divided by the root of d_in
# hidden test_SelfAttention_v2_parameters: SelfAttention_v2(x of shape (4, 5)): gives -0.1692 at [0, 0], expected -0.1696. 12 of 12 numbers differ.
# visible test_SelfAttention_v2_printed: names it: the context vector of journey from SelfAttention_v2(3, 2) with seed 789: the scores are divided by √d_in: the keys have d_out features.
# hidden test_SelfAttention_v2_forward: names it: SelfAttention_v2(x of shape (4, 5)): the scores are divided by √d_in: the keys have d_out features.
# hidden test_SelfAttention_v2_batch: SelfAttention_v2(x of shape (1, 4, 5)): gives 0.2605 at [0, 0, 0], expected 0.3508. 12 of 12 numbers differ.
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.transpose(-2, -1) / x.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: softmax over the queries
# hidden test_SelfAttention_v2_parameters: SelfAttention_v2(x of shape (4, 5)): gives -0.1479 at [0, 0], expected -0.1696. 12 of 12 numbers differ.
# visible test_SelfAttention_v2_printed: names it: the context vector of journey from SelfAttention_v2(3, 2) with seed 789: the softmax is taken over the queries.
# hidden test_SelfAttention_v2_forward: names it: SelfAttention_v2(x of shape (4, 5)): the softmax is taken over the queries.
# hidden test_SelfAttention_v2_batch: SelfAttention_v2(x of shape (1, 4, 5)): gives 0.002665 at [0, 0, 0], expected 0.3508. 12 of 12 numbers differ.
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5, dim=-2)
        return weights @ values

# %% wrong: softmax with dim=1, right for one sequence only
# visible test_SelfAttention_v2_batch: sequence 0 of a batch, against the same alone: gives -2.005 at [0, 0], expected -1.909. 12 of 12 numbers differ.
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5, dim=1)
        return weights @ values

# %% wrong: softmax over the batch
# hidden test_SelfAttention_v2_parameters: SelfAttention_v2(x of shape (4, 5)): gives -0.1479 at [0, 0], expected -0.1696. 12 of 12 numbers differ.
# visible test_SelfAttention_v2_printed: names it: the context vector of journey from SelfAttention_v2(3, 2) with seed 789: the softmax is taken over the queries.
# hidden test_SelfAttention_v2_forward: names it: SelfAttention_v2(x of shape (4, 5)): the softmax is taken over the queries.
# visible test_SelfAttention_v2_batch: sequence 0 of a batch, against the same alone: gives 0.2458 at [0, 0], expected -2.005. 12 of 12 numbers differ.
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5, dim=0)
        return weights @ values

# %% wrong: .T, right for one sequence only
# visible test_SelfAttention_v2_batch: names it: SelfAttention_v2(x of shape (2, 4, 5)): raises RuntimeError: The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 0. Line 10 of the cell: `weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1)` It does run without the leading dimension. Transposing with .T, or by dimensions counted from the front, moves the batch.
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: transpose(0, 1), right for one sequence only
# visible test_SelfAttention_v2_batch: names it: SelfAttention_v2(x of shape (2, 4, 5)): raises RuntimeError: The size of tensor a (2) must match the size of tensor b (4) at non-singleton dimension 0. Line 10 of the cell: `weights = torch.softmax(queries @ keys.transpose(0, 1) / keys.shape[-1] ** 0.5, dim=-1)` It does run without the leading dimension. Transposing with .T, or by dimensions counted from the front, moves the batch.
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.transpose(0, 1) / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: transpose(1, 2), right for a batch only
# hidden test_SelfAttention_v2_parameters: SelfAttention_v2(x of shape (4, 5)): raises IndexError: Dimension out of range (expected to be in range of [-2, 1], but got 2). Line 10 of the cell: `weights = torch.softmax(queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5, dim=-1)`
# visible test_SelfAttention_v2_printed: SelfAttention_v2(x of shape (6, 3)): raises IndexError: Dimension out of range (expected to be in range of [-2, 1], but got 2). Line 10 of the cell: `weights = torch.softmax(queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5, dim=-1)`
# visible test_SelfAttention_v2_forward: SelfAttention_v2(x of shape (4, 5)): raises IndexError: Dimension out of range (expected to be in range of [-2, 1], but got 2). Line 10 of the cell: `weights = torch.softmax(queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5, dim=-1)`
# visible test_SelfAttention_v2_batch: SelfAttention_v2(x of shape (8, 5)): raises IndexError: Dimension out of range (expected to be in range of [-2, 1], but got 2). Line 10 of the cell: `weights = torch.softmax(queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5, dim=-1)`
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: shape[1] as d_k, right for one sequence only
# visible test_SelfAttention_v2_batch: sequence 0 of a batch, against the same alone: gives -1.765 at [0, 0], expected -1.909. 12 of 12 numbers differ.
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.transpose(-2, -1) / keys.shape[1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: transposed weights
# hidden test_SelfAttention_v2_parameters: SelfAttention_v2(x of shape (4, 5)): gives -0.1542 at [0, 0], expected -0.1696. 12 of 12 numbers differ.
# visible test_SelfAttention_v2_printed: names it: the context vector of journey from SelfAttention_v2(3, 2) with seed 789: the weights are transposed before they meet the values.
# hidden test_SelfAttention_v2_forward: names it: SelfAttention_v2(x of shape (4, 5)): the weights are transposed before they meet the values.
# hidden test_SelfAttention_v2_batch: SelfAttention_v2(x of shape (1, 4, 5)): gives 0.1172 at [0, 0, 0], expected 0.3508. 12 of 12 numbers differ.
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5, dim=-1)
        return weights.transpose(-2, -1) @ values

# %% wrong: W_query used twice
# hidden test_SelfAttention_v2_parameters: SelfAttention_v2(x of shape (4, 5)): gives -0.1611 at [0, 0], expected -0.1696. 12 of 12 numbers differ.
# visible test_SelfAttention_v2_printed: names it: the context vector of journey from SelfAttention_v2(3, 2) with seed 789: W_query is used for the keys too.
# hidden test_SelfAttention_v2_forward: names it: SelfAttention_v2(x of shape (4, 5)): W_query is used for the keys too.
# hidden test_SelfAttention_v2_batch: SelfAttention_v2(x of shape (1, 4, 5)): gives 1.296 at [0, 0, 0], expected 0.3508. 12 of 12 numbers differ.
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_query(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: W_key used for the values
# hidden test_SelfAttention_v2_parameters: SelfAttention_v2(x of shape (4, 5)): gives 0.1275 at [0, 0], expected -0.1696. 12 of 12 numbers differ.
# visible test_SelfAttention_v2_printed: names it: the context vector of journey from SelfAttention_v2(3, 2) with seed 789: the keys are mixed, not the values.
# visible test_SelfAttention_v2_forward: the context vectors of four tokens of ones: gives -0.03212 at [0, 0], expected -0.5307. 12 of 12 numbers differ.
# hidden test_SelfAttention_v2_batch: SelfAttention_v2(x of shape (1, 4, 5)): gives -0.4732 at [0, 0, 0], expected 0.3508. 12 of 12 numbers differ.
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_key(x)
        weights = torch.softmax(queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: returns the weights too
# hidden test_SelfAttention_v2_parameters: names it: SelfAttention_v2(x of shape (4, 5)): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
# visible test_SelfAttention_v2_printed: names it: SelfAttention_v2(x of shape (6, 3)): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
# visible test_SelfAttention_v2_forward: names it: SelfAttention_v2(x of shape (4, 5)): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
# visible test_SelfAttention_v2_batch: names it: SelfAttention_v2(x of shape (2, 4, 5)): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values, weights

# %% wrong: weights detached, so queries and keys never learn
# hidden test_SelfAttention_v2_parameters: names it: SelfAttention_v2(5, 3): no gradient reaches its parameter W_query.weight, so it never learns. Is it used, and does nothing on the way detach it?
# hidden test_SelfAttention_v2_forward: names it: SelfAttention_v2: the gradient of its argument x is wrong, though the values are right. Part of the calculation leaves the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5, dim=-1)
        return weights.detach() @ values

# %% wrong: flattens the batch
# visible test_SelfAttention_v2_batch: names it: sequence 0 of a batch, against the same alone: it looks at the other sequence too.
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        rows = x.reshape(-1, x.shape[-1])
        queries, keys, values = self.W_query(rows), self.W_key(rows), self.W_value(rows)
        weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1)
        return (weights @ values).reshape(*x.shape[:-1], -1)

# %% wrong: always a bias
# visible test_SelfAttention_v2_parameters: names it: SelfAttention_v2(5, 3): has parameters that nobody asked for: W_query.bias, W_key.bias, W_value.bias.
# visible test_SelfAttention_v2_printed: names it: the context vector of journey from SelfAttention_v2(3, 2) with seed 789: the layers have a bias: qkv_bias is False unless somebody says otherwise.
# visible test_SelfAttention_v2_forward: names it: SelfAttention_v2(5, 3): has parameters that nobody asked for: W_query.bias, W_key.bias, W_value.bias.
# hidden test_SelfAttention_v2_batch: names it: SelfAttention_v2(5, 3): has parameters that nobody asked for: W_query.bias, W_key.bias, W_value.bias.
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out)
        self.W_key = nn.Linear(d_in, d_out)
        self.W_value = nn.Linear(d_in, d_out)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: never a bias
# visible test_SelfAttention_v2_parameters: names it: SelfAttention_v2(5, 3, qkv_bias=True): has no parameter W_query.bias (it has W_query.weight, W_key.weight, W_value.weight).
# hidden test_SelfAttention_v2_printed: names it: SelfAttention_v2(4, 3, qkv_bias=True): has no parameter W_query.bias (it has W_query.weight, W_key.weight, W_value.weight).
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=False)
        self.W_key = nn.Linear(d_in, d_out, bias=False)
        self.W_value = nn.Linear(d_in, d_out, bias=False)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: a bias by default
# visible test_SelfAttention_v2_parameters: names it: SelfAttention_v2(5, 3): has parameters that nobody asked for: W_query.bias, W_key.bias, W_value.bias.
# visible test_SelfAttention_v2_printed: names it: the context vector of journey from SelfAttention_v2(3, 2) with seed 789: the layers have a bias: qkv_bias is False unless somebody says otherwise.
# visible test_SelfAttention_v2_forward: names it: SelfAttention_v2(5, 3): has parameters that nobody asked for: W_query.bias, W_key.bias, W_value.bias.
# hidden test_SelfAttention_v2_batch: names it: SelfAttention_v2(5, 3): has parameters that nobody asked for: W_query.bias, W_key.bias, W_value.bias.
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=True):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: no bias on the values
# visible test_SelfAttention_v2_parameters: names it: SelfAttention_v2(5, 3, qkv_bias=True): has no parameter W_value.bias (it has W_query.weight, W_query.bias, W_key.weight, W_key.bias, W_value.weight).
# hidden test_SelfAttention_v2_printed: names it: SelfAttention_v2(4, 3, qkv_bias=True): has no parameter W_value.bias (it has W_query.weight, W_query.bias, W_key.weight, W_key.bias, W_value.weight).
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=False)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: key made first
# visible test_SelfAttention_v2_printed: names it: the context vector of journey from SelfAttention_v2(3, 2) with seed 789: key and query are exchanged, in the order in which they are made or in the scores.
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: value made first
# visible test_SelfAttention_v2_printed: names it: the context vector of journey from SelfAttention_v2(3, 2) with seed 789: the layers are not made in the order query, key, value (value comes first).
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: torch.rand parameters
# visible test_SelfAttention_v2_parameters: names it: SelfAttention_v2(5, 3): has no parameter W_query.weight (it has W_query, W_key, W_value). W_query is a parameter itself, where a layer that holds it is asked for.
# visible test_SelfAttention_v2_printed: the context vector of journey from SelfAttention_v2(3, 2) with seed 789: gives 0.786 at [0], expected -0.0748. 2 of 2 numbers differ.
# visible test_SelfAttention_v2_forward: names it: SelfAttention_v2(5, 3): has no parameter W_query.weight (it has W_query, W_key, W_value). W_query is a parameter itself, where a layer that holds it is asked for.
# hidden test_SelfAttention_v2_batch: names it: SelfAttention_v2(5, 3): has no parameter W_query.weight (it has W_query, W_key, W_value). W_query is a parameter itself, where a layer that holds it is asked for.
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: an output projection that nobody asked for
# visible test_SelfAttention_v2_parameters: names it: SelfAttention_v2(5, 3): has parameters that nobody asked for: out_proj.weight, out_proj.bias.
# visible test_SelfAttention_v2_printed: the context vector of journey from SelfAttention_v2(3, 2) with seed 789: gives -0.4196 at [0], expected -0.0748. 2 of 2 numbers differ.
# visible test_SelfAttention_v2_forward: names it: SelfAttention_v2(5, 3): has parameters that nobody asked for: out_proj.weight, out_proj.bias.
# hidden test_SelfAttention_v2_batch: names it: SelfAttention_v2(5, 3): has parameters that nobody asked for: out_proj.weight, out_proj.bias.
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.out_proj = nn.Linear(d_out, d_out)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5, dim=-1)
        return self.out_proj(weights @ values)

# %% wrong: one layer for all three
# visible test_SelfAttention_v2_parameters: names it: SelfAttention_v2(5, 3): has no parameter W_key.weight (it has W_query.weight). It is one and the same with another: give it numbers of its own.
# visible test_SelfAttention_v2_printed: the context vector of journey from SelfAttention_v2(3, 2) with seed 789: gives 0.7002 at [0], expected -0.0748. 2 of 2 numbers differ.
# visible test_SelfAttention_v2_forward: names it: SelfAttention_v2(5, 3): has no parameter W_key.weight (it has W_query.weight). It is one and the same with another: give it numbers of its own.
# hidden test_SelfAttention_v2_batch: names it: SelfAttention_v2(5, 3): has no parameter W_key.weight (it has W_query.weight). It is one and the same with another: give it numbers of its own.
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = self.W_key = self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: d_in and d_out exchanged
# visible test_SelfAttention_v2_parameters: SelfAttention_v2(5, 3): its parameter W_query.weight has shape (5, 3), expected (3, 5). The last two dimensions are exchanged.
# visible test_SelfAttention_v2_printed: SelfAttention_v2(x of shape (6, 3)): raises RuntimeError: mat1 and mat2 shapes cannot be multiplied (6x3 and 2x3). Line 9 of the cell: `queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)`
# visible test_SelfAttention_v2_forward: SelfAttention_v2(x of shape (4, 5)): raises RuntimeError: mat1 and mat2 shapes cannot be multiplied (4x5 and 3x5). Line 9 of the cell: `queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)`
# visible test_SelfAttention_v2_batch: SelfAttention_v2(x of shape (2, 4, 5)): raises RuntimeError: mat1 and mat2 shapes cannot be multiplied (8x5 and 3x5). Line 9 of the cell: `queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)`
class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_out, d_in, bias=qkv_bias)
        self.W_key = nn.Linear(d_out, d_in, bias=qkv_bias)
        self.W_value = nn.Linear(d_out, d_in, bias=qkv_bias)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.transpose(-2, -1) / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values
