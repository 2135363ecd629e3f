# %% correct: by the book
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% correct: drawn in order, stored in another
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        query, key, value = torch.rand(d_in, d_out), torch.rand(d_in, d_out), torch.rand(d_in, d_out)
        self.W_value = nn.Parameter(value)
        self.W_key = nn.Parameter(key)
        self.W_query = nn.Parameter(query)
        self.d_out = d_out

    def forward(self, tokens):
        return F.scaled_dot_product_attention(tokens @ self.W_query, tokens @ self.W_key, tokens @ self.W_value)

# %% correct: register_parameter and the functions from above
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        for name in ("W_query", "W_key", "W_value"):
            self.register_parameter(name, nn.Parameter(torch.rand(d_in, d_out)))

    def forward(self, x):
        return scaled_dot_product_attention(*project_qkv(x, self.W_query, self.W_key, self.W_value))[0]

# %% correct: einsum, keeps the last weights
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in: int, d_out: int) -> None:
        super(SelfAttention_v1, self).__init__()
        self.scale = d_out ** -0.5
        self.W_query = nn.Parameter(torch.rand(d_in, d_out), requires_grad=True)
        self.W_key = nn.Parameter(torch.rand(d_in, d_out), requires_grad=True)
        self.W_value = nn.Parameter(torch.rand(d_in, d_out), requires_grad=True)
        self.last_weights = None

    def forward(self, x):
        q = torch.einsum("ti,io->to", x, self.W_query) * self.scale
        k = torch.einsum("ti,io->to", x, self.W_key)
        weights = torch.einsum("qo,ko->qk", q, k).softmax(dim=1)
        self.last_weights = weights.detach()
        return weights.matmul(torch.einsum("ti,io->to", x, self.W_value))

# %% correct: one query after the other
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = nn.Parameter(torch.rand((d_in, d_out)))
        self.W_key = nn.Parameter(torch.rand((d_in, d_out)))
        self.W_value = nn.Parameter(torch.rand((d_in, d_out)))

    def forward(self, x):
        keys, values = x @ self.W_key, x @ self.W_value
        rows = []
        for token in x:
            scores = keys @ (token @ self.W_query)
            rows.append((scores / keys.shape[1] ** 0.5).softmax(0) @ values)
        return torch.stack(rows)

# %% wrong: no scaling
# visible test_SelfAttention_v1_printed: names it: the context vector of journey from SelfAttention_v1(3, 2) with seed 123: the scores are not scaled.
# hidden test_SelfAttention_v1_forward: names it: SelfAttention_v1(x of shape (4, 5)): the scores are not scaled.
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(queries @ keys.T, dim=-1)
        return weights @ values

# %% wrong: divided by d_k
# visible test_SelfAttention_v1_printed: names it: the context vector of journey from SelfAttention_v1(3, 2) with seed 123: the scores are divided by d_out: it is the root of d_out.
# hidden test_SelfAttention_v1_forward: names it: SelfAttention_v1(x of shape (4, 5)): the scores are divided by d_out: it is the root of d_out.
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(queries @ keys.T / keys.shape[-1], dim=-1)
        return weights @ values

# %% wrong: divided by the root of T
# visible test_SelfAttention_v1_printed: names it: the context vector of journey from SelfAttention_v1(3, 2) with seed 123: the scores are divided by √T: it is the keys' features that count.
# hidden test_SelfAttention_v1_forward: names it: SelfAttention_v1(x of shape (4, 5)): the scores are divided by √T: it is the keys' features that count.
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(queries @ keys.T / keys.shape[0] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: divided by the root of d_in
# visible test_SelfAttention_v1_printed: names it: the context vector of journey from SelfAttention_v1(3, 2) with seed 123: the scores are divided by √d_in: the keys have d_out features.
# hidden test_SelfAttention_v1_forward: names it: SelfAttention_v1(x of shape (4, 5)): the scores are divided by √d_in: the keys have d_out features.
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(queries @ keys.T / x.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: multiplied by the root
# visible test_SelfAttention_v1_printed: names it: the context vector of journey from SelfAttention_v1(3, 2) with seed 123: the scores are multiplied by √d_out: divide.
# hidden test_SelfAttention_v1_forward: SelfAttention_v1(x of shape (4, 5)): gives 1.325 at [0, 0], expected 1.27. 12 of 12 numbers differ.
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(queries @ keys.T * keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: softmax over the queries
# visible test_SelfAttention_v1_printed: names it: the context vector of journey from SelfAttention_v1(3, 2) with seed 123: the softmax is taken over the queries.
# hidden test_SelfAttention_v1_forward: names it: SelfAttention_v1(x of shape (4, 5)): the softmax is taken over the queries.
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=0)
        return weights @ values

# %% wrong: transposed weights
# visible test_SelfAttention_v1_printed: names it: the context vector of journey from SelfAttention_v1(3, 2) with seed 123: the weights are transposed before they meet the values.
# hidden test_SelfAttention_v1_forward: names it: SelfAttention_v1(x of shape (4, 5)): the weights are transposed before they meet the values.
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1)
        return weights.T @ values

# %% wrong: scores transposed
# visible test_SelfAttention_v1_printed: names it: the context vector of journey from SelfAttention_v1(3, 2) with seed 123: key and query are exchanged, in the order in which they are made or in the scores.
# hidden test_SelfAttention_v1_forward: names it: SelfAttention_v1(x of shape (4, 5)): keys are scored against queries: the scores are transposed.
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(keys @ queries.T / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: W_query used twice
# hidden test_SelfAttention_v1_parameters: names it: SelfAttention_v1(5, 3): no gradient reaches its parameter W_key, so it never learns. Is it used, and does nothing on the way detach it?
# visible test_SelfAttention_v1_printed: names it: the context vector of journey from SelfAttention_v1(3, 2) with seed 123: W_query is used for the keys too.
# hidden test_SelfAttention_v1_forward: names it: SelfAttention_v1(x of shape (4, 5)): W_query is used for the keys too.
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_query, x @ self.W_value
        weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: the keys mixed, not the values
# hidden test_SelfAttention_v1_parameters: names it: SelfAttention_v1(5, 3): no gradient reaches its parameter W_value, so it never learns. Is it used, and does nothing on the way detach it?
# visible test_SelfAttention_v1_printed: names it: the context vector of journey from SelfAttention_v1(3, 2) with seed 123: the keys are mixed, not the values.
# visible test_SelfAttention_v1_forward: the context vectors of four tokens of ones: gives 1.442 at [0, 0], expected 3.165. 12 of 12 numbers differ.
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ keys

# %% wrong: no softmax
# visible test_SelfAttention_v1_printed: the context vector of journey from SelfAttention_v1(3, 2) with seed 123: gives 1.774 at [0], expected 0.3061. 2 of 2 numbers differ.
# visible test_SelfAttention_v1_forward: names it: the context vectors of four tokens of ones: gives 150.4 at [0, 0], expected 3.165. 12 of 12 numbers differ. Every number is 47.53 times what it should be.
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = queries @ keys.T / keys.shape[-1] ** 0.5
        return weights @ values

# %% wrong: returns the weights too
# visible test_SelfAttention_v1_printed: names it: SelfAttention_v1(x of shape (6, 3)): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
# visible test_SelfAttention_v1_forward: names it: SelfAttention_v1(x of shape (4, 5)): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values, weights

# %% wrong: output detached
# hidden test_SelfAttention_v1_parameters: names it: SelfAttention_v1(5, 3): no gradient reaches its parameter W_query, so it never learns. Is it used, and does nothing on the way detach it?
# hidden test_SelfAttention_v1_forward: names it: SelfAttention_v1: no gradient reaches its argument x. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1)
        return (weights @ values).detach()

# %% wrong: weights detached, so queries and keys never learn
# hidden test_SelfAttention_v1_parameters: names it: SelfAttention_v1(5, 3): no gradient reaches its parameter W_query, so it never learns. Is it used, and does nothing on the way detach it?
# hidden test_SelfAttention_v1_forward: names it: SelfAttention_v1: the gradient of its argument x is wrong, though the values are right. Part of the calculation leaves the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1)
        return weights.detach() @ values

# %% wrong: the scale of the running example
# hidden test_SelfAttention_v1_forward: names it: SelfAttention_v1(x of shape (4, 5)): the scores are divided by √2, which is right for two features only.
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(queries @ keys.T / 2 ** 0.5, dim=-1)
        return weights @ values

# %% wrong: randn
# hidden test_SelfAttention_v1_parameters: names it: W_query does not look like torch.rand: numbers between 0 and 1, evenly spread.
# visible test_SelfAttention_v1_printed: names it: the context vector of journey from SelfAttention_v1(3, 2) with seed 123: these are the numbers of torch.randn: the contract says torch.rand.
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = nn.Parameter(torch.randn(d_in, d_out))
        self.W_key = nn.Parameter(torch.randn(d_in, d_out))
        self.W_value = nn.Parameter(torch.randn(d_in, d_out))

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: plain tensors
# visible test_SelfAttention_v1_parameters: names it: SelfAttention_v1(5, 3): has no parameter W_query (it has none). A plain tensor is not trained: wrap it in nn.Parameter.
# hidden test_SelfAttention_v1_printed: names it: SelfAttention_v1(4, 3): has no parameter W_query (it has none). A plain tensor is not trained: wrap it in nn.Parameter.
# visible test_SelfAttention_v1_forward: names it: SelfAttention_v1(5, 3): has no parameter W_query (it has none). A plain tensor is not trained: wrap it in nn.Parameter.
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = torch.rand(d_in, d_out)
        self.W_key = torch.rand(d_in, d_out)
        self.W_value = torch.rand(d_in, d_out)

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: frozen
# visible test_SelfAttention_v1_parameters: names it: SelfAttention_v1(5, 3): its parameter W_query is frozen (requires_grad is False).
# hidden test_SelfAttention_v1_printed: names it: SelfAttention_v1(4, 3): its parameter W_query is frozen (requires_grad is False).
# visible test_SelfAttention_v1_forward: names it: SelfAttention_v1(5, 3): its parameter W_query is frozen (requires_grad is False).
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_in, d_out), requires_grad=False)
        self.W_key = nn.Parameter(torch.rand(d_in, d_out), requires_grad=False)
        self.W_value = nn.Parameter(torch.rand(d_in, d_out), requires_grad=False)

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: key made first
# visible test_SelfAttention_v1_printed: names it: the context vector of journey from SelfAttention_v1(3, 2) with seed 123: key and query are exchanged, in the order in which they are made or in the scores.
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: value made first
# visible test_SelfAttention_v1_printed: names it: the context vector of journey from SelfAttention_v1(3, 2) with seed 123: the matrices are not made in the order query, key, value (value comes first).
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: shapes the other way round
# visible test_SelfAttention_v1_parameters: SelfAttention_v1(5, 3): its parameter W_query has shape (3, 5), expected (5, 3). The last two dimensions are exchanged.
# visible test_SelfAttention_v1_printed: the context vector of journey from SelfAttention_v1(3, 2) with seed 123: gives 0.3298 at [0], expected 0.3061. 2 of 2 numbers differ.
# visible test_SelfAttention_v1_forward: SelfAttention_v1(5, 3): its parameter W_query has shape (3, 5), expected (5, 3). The last two dimensions are exchanged.
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_out, d_in))
        self.W_key = nn.Parameter(torch.rand(d_out, d_in))
        self.W_value = nn.Parameter(torch.rand(d_out, d_in))

    def forward(self, x):
        queries, keys, values = x @ self.W_query.T, x @ self.W_key.T, x @ self.W_value.T
        weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: sets the seed in __init__
# visible test_SelfAttention_v1_parameters: names it: SelfAttention_v1(5, 3): sets the global seed. Remove torch.manual_seed: the caller chooses the seed.
# hidden test_SelfAttention_v1_printed: names it: SelfAttention_v1(4, 3): sets the global seed. Remove torch.manual_seed: the caller chooses the seed.
# visible test_SelfAttention_v1_forward: names it: SelfAttention_v1(5, 3): sets the global seed. Remove torch.manual_seed: the caller chooses the seed.
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        torch.manual_seed(123)
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: nn.Linear
# visible test_SelfAttention_v1_parameters: names it: SelfAttention_v1(5, 3): has no parameter W_query (it has W_query.weight, W_key.weight, W_value.weight).
# visible test_SelfAttention_v1_printed: names it: the context vector of journey from SelfAttention_v1(3, 2) with seed 123: these are the numbers of nn.Linear: that is the next exercise.
# visible test_SelfAttention_v1_forward: names it: SelfAttention_v1(5, 3): has no parameter W_query (it has W_query.weight, W_key.weight, W_value.weight).
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=False)
        self.W_key = nn.Linear(d_in, d_out, bias=False)
        self.W_value = nn.Linear(d_in, d_out, bias=False)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: forgets super().__init__()
# visible test_SelfAttention_v1_parameters: SelfAttention_v1(5, 3): raises AttributeError: cannot assign parameters before Module.__init__() call. Line 3 of the cell: `self.W_query = nn.Parameter(torch.rand(d_in, d_out))`
# visible test_SelfAttention_v1_printed: SelfAttention_v1(3, 2): raises AttributeError: cannot assign parameters before Module.__init__() call. Line 3 of the cell: `self.W_query = nn.Parameter(torch.rand(d_in, d_out))`
# visible test_SelfAttention_v1_forward: SelfAttention_v1(5, 3): raises AttributeError: cannot assign parameters before Module.__init__() call. Line 3 of the cell: `self.W_query = nn.Parameter(torch.rand(d_in, d_out))`
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: one matrix for all three
# visible test_SelfAttention_v1_parameters: names it: SelfAttention_v1(5, 3): has no parameter W_key (it has W_query). It is one and the same with another: give it numbers of its own.
# visible test_SelfAttention_v1_printed: the context vector of journey from SelfAttention_v1(3, 2) with seed 123: gives 0.3371 at [0], expected 0.3061. 2 of 2 numbers differ.
# visible test_SelfAttention_v1_forward: names it: SelfAttention_v1(5, 3): has no parameter W_key (it has W_query). It is one and the same with another: give it numbers of its own.
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = self.W_query
        self.W_value = self.W_query

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: centred around zero
# hidden test_SelfAttention_v1_parameters: names it: W_query does not look like torch.rand: numbers between 0 and 1, evenly spread.
# visible test_SelfAttention_v1_printed: the context vector of journey from SelfAttention_v1(3, 2) with seed 123: gives -0.4973 at [0], expected 0.3061. 2 of 2 numbers differ.
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_in, d_out) - 0.5)
        self.W_key = nn.Parameter(torch.rand(d_in, d_out) - 0.5)
        self.W_value = nn.Parameter(torch.rand(d_in, d_out) - 0.5)

    def forward(self, x):
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: other names
# visible test_SelfAttention_v1_parameters: names it: SelfAttention_v1(5, 3): has no parameter W_query (it has w_q, w_k, w_v).
# hidden test_SelfAttention_v1_printed: names it: SelfAttention_v1(4, 3): has no parameter W_query (it has w_q, w_k, w_v).
# visible test_SelfAttention_v1_forward: names it: SelfAttention_v1(5, 3): has no parameter W_query (it has w_q, w_k, w_v).
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.w_q = nn.Parameter(torch.rand(d_in, d_out))
        self.w_k = nn.Parameter(torch.rand(d_in, d_out))
        self.w_v = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x):
        queries, keys, values = x @ self.w_q, x @ self.w_k, x @ self.w_v
        weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values

# %% wrong: new matrices at every call
# visible test_SelfAttention_v1_printed: the context vector of journey from SelfAttention_v1(3, 2) with seed 123: gives 1.441 at [0], expected 0.3061. 2 of 2 numbers differ.
# hidden test_SelfAttention_v1_forward: SelfAttention_v1(x of shape (4, 5)): gives 0.8881 at [0, 0], expected 1.088. 12 of 12 numbers differ.
class SelfAttention_v1(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x):
        self.__init__(x.shape[-1], self.W_query.shape[1])
        queries, keys, values = x @ self.W_query, x @ self.W_key, x @ self.W_value
        weights = torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1)
        return weights @ values
