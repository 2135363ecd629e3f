# %% correct: by the formula
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x):
        mean = x.mean(dim=-1, keepdim=True)
        variance = x.var(dim=-1, keepdim=True, unbiased=False)
        return self.weight * (x - mean) / torch.sqrt(variance + self.eps) + self.bias

# %% correct: centred once, mean of squares, rsqrt
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.bias = nn.Parameter(torch.zeros(d_model))
        self.weight = nn.Parameter(torch.ones(d_model))

    def forward(self, x):
        centred = x - x.mean(-1, keepdim=True)
        return centred * torch.rsqrt(centred.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight + self.bias

# %% correct: var_mean with correction=0, addcmul
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(d_model)), nn.Parameter(torch.zeros(d_model))
        self.d_model, self.eps = d_model, eps

    def forward(self, x):
        print("normalizing", x.shape)
        var, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
        return torch.addcmul(self.bias, self.weight, (x - mean) / (var + self.eps) ** 0.5)

# %% correct: sums and einsum, in place on a new tensor
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super(LayerNorm, self).__init__()
        self.register_parameter("weight", nn.Parameter(torch.full((d_model,), 1.0)))
        self.register_parameter("bias", nn.Parameter(torch.full((d_model,), 0.0)))
        self.eps = eps

    def forward(self, x):
        d = x.shape[-1]
        y = x - x.sum(-1, keepdim=True) / d
        variance = torch.einsum("...i,...i->...", y, y).unsqueeze(-1) / d
        y = y / (variance + self.eps).sqrt() * self.weight
        y += self.bias
        return y

# %% wrong: divides the variance by d - 1
# visible test_LayerNorm_values: names it: LayerNorm(x of shape (2, 3)): the variance divides by d - 1: divide by d.
# hidden test_LayerNorm_eps: LayerNorm(x of shape (2, 3)): gives 0.1314 at [0, 0], expected 0.1603. 5 of 6 numbers differ.
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x):
        mean = x.mean(dim=-1, keepdim=True)
        variance = x.var(dim=-1, keepdim=True, unbiased=True)
        return self.weight * (x - mean) / torch.sqrt(variance + self.eps) + self.bias

# %% wrong: the copied lesson: standard deviation plus eps
# visible test_LayerNorm_values: names it: LayerNorm(x of shape (2, 3)): the variance divides by d - 1: divide by d.
# hidden test_LayerNorm_eps: LayerNorm(x of shape (2, 3)): gives 0.1324 at [0, 0], expected 0.1603. 5 of 6 numbers differ.
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x):
        mean = x.mean(dim=-1, keepdim=True)
        std = x.std(-1, keepdim=True)
        return self.weight * (x - mean) / (std + self.eps) + self.bias

# %% wrong: eps outside the root
# hidden test_LayerNorm_eps: names it: LayerNorm(x of shape (2, 3)): eps is added outside the root: it is added to the variance.
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x):
        mean = x.mean(dim=-1, keepdim=True)
        variance = x.var(dim=-1, keepdim=True, unbiased=False)
        return self.weight * (x - mean) / (torch.sqrt(variance) + self.eps) + self.bias

# %% wrong: eps is written in
# hidden test_LayerNorm_eps: names it: LayerNorm(x of shape (2, 3)): eps is not the one that was given.
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x):
        mean = x.mean(dim=-1, keepdim=True)
        variance = x.var(dim=-1, keepdim=True, unbiased=False)
        return self.weight * (x - mean) / torch.sqrt(variance + 1e-5) + self.bias

# %% wrong: no eps
# visible test_LayerNorm_eps: names it: variance 0 gives nan: add eps before you divide.
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x):
        mean = x.mean(dim=-1, keepdim=True)
        variance = x.var(dim=-1, keepdim=True, unbiased=False)
        return self.weight * (x - mean) / torch.sqrt(variance) + self.bias

# %% wrong: over the tokens
# visible test_LayerNorm_values: names it: LayerNorm(x of shape (2, 3)): you normalized over the tokens: each token is normalized over its own features.
# hidden test_LayerNorm_eps: LayerNorm(x of shape (2, 3)): gives -1 at [0, 0], expected 0.1603. 6 of 6 numbers differ.
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x):
        mean = x.mean(dim=-2, keepdim=True)
        variance = x.var(dim=-2, keepdim=True, unbiased=False)
        return self.weight * (x - mean) / torch.sqrt(variance + self.eps) + self.bias

# %% wrong: over everything
# visible test_LayerNorm_values: names it: LayerNorm(x of shape (2, 3)): one mean and variance are taken for all tokens: each token has its own.
# hidden test_LayerNorm_eps: LayerNorm(x of shape (2, 3)): gives -0.2702 at [0, 0], expected 0.1603. 6 of 6 numbers differ.
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x):
        mean = x.mean()
        variance = x.var(unbiased=False)
        return self.weight * (x - mean) / torch.sqrt(variance + self.eps) + self.bias

# %% wrong: divides by the variance
# visible test_LayerNorm_values: names it: LayerNorm(x of shape (2, 3)): you divide by the variance: divide by its root.
# hidden test_LayerNorm_eps: LayerNorm(x of shape (2, 3)): gives 7.712 at [0, 0], expected 0.1603. 5 of 6 numbers differ.
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x):
        mean = x.mean(dim=-1, keepdim=True)
        variance = x.var(dim=-1, keepdim=True, unbiased=False)
        return self.weight * (x - mean) / (variance + self.eps) + self.bias

# %% wrong: the mean stays
# visible test_LayerNorm_values: names it: LayerNorm(x of shape (2, 3)): the mean is not taken away.
# visible test_LayerNorm_eps: LayerNorm(x of shape (2, 4)): gives 948.7 at [0, 0], expected 0. 8 of 8 numbers differ.
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x):
        mean = x.mean(dim=-1, keepdim=True)
        variance = x.var(dim=-1, keepdim=True, unbiased=False)
        return self.weight * x / torch.sqrt(variance + self.eps) + self.bias

# %% wrong: weight and bias are buffers
# visible test_LayerNorm_values: names it: LayerNorm(3): has no parameter weight (it has none). A plain tensor is not trained: wrap it in nn.Parameter.
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.register_buffer("weight", torch.ones(d_model))
        self.register_buffer("bias", torch.zeros(d_model))
        self.eps = eps

    def forward(self, x):
        mean = x.mean(dim=-1, keepdim=True)
        variance = x.var(dim=-1, keepdim=True, unbiased=False)
        return self.weight * (x - mean) / torch.sqrt(variance + self.eps) + self.bias

# %% wrong: the bias is forgotten
# hidden test_LayerNorm_values: names it: LayerNorm(x of shape (5,)): the bias is not added.
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x):
        mean = x.mean(dim=-1, keepdim=True)
        variance = x.var(dim=-1, keepdim=True, unbiased=False)
        return self.weight * (x - mean) / torch.sqrt(variance + self.eps)

# %% wrong: weight and bias exchanged
# visible test_LayerNorm_values: names it: LayerNorm(x of shape (2, 3)): weight and bias are exchanged, or begin with the wrong numbers.
# visible test_LayerNorm_eps: LayerNorm(x of shape (2, 4)): gives 1 at [0, 0], expected 0. 8 of 8 numbers differ.
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x):
        mean = x.mean(dim=-1, keepdim=True)
        variance = x.var(dim=-1, keepdim=True, unbiased=False)
        return self.bias * (x - mean) / torch.sqrt(variance + self.eps) + self.weight

# %% wrong: mean and variance are detached
# hidden test_LayerNorm_values: names it: LayerNorm: the gradient of its argument x is wrong, though the values are right. Part of the calculation leaves the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x):
        mean = x.mean(dim=-1, keepdim=True)
        variance = x.var(dim=-1, keepdim=True, unbiased=False).detach()
        return self.weight * (x - mean) / torch.sqrt(variance + self.eps) + self.bias

# %% wrong: nn.LayerNorm inside
# visible test_LayerNorm_values: names it: LayerNorm: uses LayerNorm in line 4 of its cell. Write mean and variance out.
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.inner = nn.LayerNorm(d_model, eps=eps)
        self.weight, self.bias = self.inner.weight, self.inner.bias

    def forward(self, x):
        return self.inner(x)

# %% wrong: F.layer_norm
# visible test_LayerNorm_values: names it: LayerNorm: uses layer_norm in line 9 of its cell. Write mean and variance out.
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x):
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)

# %% wrong: normalizes its argument in place
# visible test_LayerNorm_values: names it: LayerNorm(x of shape (2, 3)): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
# visible test_LayerNorm_eps: names it: LayerNorm(x of shape (2, 4)): changes its argument x in place. Whoever called it still needs that tensor: work on a new one.
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x):
        mean = x.mean(dim=-1, keepdim=True)
        x.sub_(mean)
        mean = 0
        variance = x.var(dim=-1, keepdim=True, unbiased=False)
        return self.weight * (x - mean) / torch.sqrt(variance + self.eps) + self.bias
