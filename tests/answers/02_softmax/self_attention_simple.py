# %% correct: three lines with one's own softmax
def self_attention_simple(inputs):
    scores = inputs @ inputs.transpose(-2, -1)
    weights = softmax(scores, dim=-1)
    return weights @ inputs

# %% correct: einsum and F.softmax
def self_attention_simple(inputs):
    scores = torch.einsum("...qd,...kd->...qk", inputs, inputs)
    return torch.einsum("...qk,...kd->...qd", F.softmax(scores, -1), inputs)

# %% correct: one token after the other
def self_attention_simple(inputs):
    if inputs.dim() > 2:
        return torch.stack([self_attention_simple(sequence) for sequence in inputs])
    contexts = []
    for query in inputs:
        scores = torch.stack([(query * key).sum() for key in inputs])
        contexts.append(context_vector(softmax(scores), inputs))
    return torch.stack(contexts)

# %% correct: PyTorch's attention without its scaling
def self_attention_simple(inputs):
    return F.scaled_dot_product_attention(inputs, inputs, inputs, scale=1.0)

# %% correct: broadcasting, softmax over the columns of the turned scores
def self_attention_simple(inputs):
    keys_by_queries = (inputs[..., :, None, :] * inputs[..., None, :, :]).sum(-1)
    weights = keys_by_queries.softmax(-2)
    return weights.mT.matmul(inputs)

# %% correct: flattened to three dimensions and back
def self_attention_simple(inputs):
    flat = inputs.reshape(-1, *inputs.shape[-2:])
    weights = torch.softmax(torch.bmm(flat, flat.permute(0, 2, 1)), dim=2)
    return torch.bmm(weights, flat).view(inputs.shape)

# %% wrong: scaled by the root of d
# visible test_self_attention_simple_values: names it: self_attention_simple(inputs of shape (3, 2)): the scores are divided by √d: that comes in chapter 3.
# hidden test_self_attention_simple_batch: self_attention_simple(inputs of shape (3, 5, 4)): gives 1.281 at [0, 0, 0], expected 1.391. 60 of 60 numbers differ.
def self_attention_simple(inputs):
    scores = inputs @ inputs.transpose(-2, -1) / inputs.shape[-1] ** 0.5
    return torch.softmax(scores, dim=-1) @ inputs

# %% wrong: PyTorch's attention with its scaling
# visible test_self_attention_simple_values: names it: self_attention_simple(inputs of shape (3, 2)): the scores are divided by √d: that comes in chapter 3.
# hidden test_self_attention_simple_batch: self_attention_simple(inputs of shape (3, 5, 4)): gives 1.281 at [0, 0, 0], expected 1.391. 60 of 60 numbers differ.
def self_attention_simple(inputs):
    return F.scaled_dot_product_attention(inputs, inputs, inputs)

# %% wrong: the softmax is missing
# visible test_self_attention_simple_values: names it: self_attention_simple(inputs of shape (3, 2)): the softmax is missing: the scores mix the tokens as they are.
# hidden test_self_attention_simple_batch: self_attention_simple(inputs of shape (3, 5, 4)): gives 28.06 at [0, 0, 0], expected 1.391. 60 of 60 numbers differ.
def self_attention_simple(inputs):
    return inputs @ inputs.transpose(-2, -1) @ inputs

# %% wrong: divided by the sum
# visible test_self_attention_simple_values: names it: self_attention_simple(inputs of shape (3, 2)): the scores are divided by their sum: put them through softmax.
# hidden test_self_attention_simple_batch: self_attention_simple(inputs of shape (3, 5, 4)): gives -14.1 at [0, 0, 0], expected 1.391. 60 of 60 numbers differ.
def self_attention_simple(inputs):
    scores = inputs @ inputs.transpose(-2, -1)
    return scores / scores.sum(dim=-1, keepdim=True) @ inputs

# %% wrong: the columns sum to one
# visible test_self_attention_simple_values: names it: self_attention_simple(inputs of shape (3, 2)): the columns of the weights sum to one, not the rows: each query shares its attention out among the keys.
# hidden test_self_attention_simple_batch: names it: self_attention_simple(inputs of shape (3, 5, 4)): the weights sum to one over the queries: it is the keys, the last dimension.
def self_attention_simple(inputs):
    scores = inputs @ inputs.transpose(-2, -1)
    return torch.softmax(scores, dim=-2) @ inputs

# %% wrong: softmax over the first dimension
# visible test_self_attention_simple_values: names it: self_attention_simple(inputs of shape (3, 2)): the columns of the weights sum to one, not the rows: each query shares its attention out among the keys.
# visible test_self_attention_simple_batch: names it: the first sequence of a batch, against what it gives alone: in a batch, the weights sum to one over the sequences: it is the keys, the last dimension.
def self_attention_simple(inputs):
    scores = inputs @ inputs.transpose(-2, -1)
    return torch.softmax(scores, dim=0) @ inputs

# %% wrong: softmax over dimension 1, which is the last without a batch
# visible test_self_attention_simple_batch: names it: the first sequence of a batch, against what it gives alone: in a batch, the weights sum to one over the queries: it is the keys, the last dimension.
def self_attention_simple(inputs):
    scores = inputs @ inputs.transpose(-2, -1)
    return torch.softmax(scores, dim=1) @ inputs

# %% wrong: turns all dimensions of a batch
# visible test_self_attention_simple_batch: names it: self_attention_simple(inputs of shape (2, 3, 2)): raises RuntimeError: Expected size for first two dimensions of batch2 tensor to be: [2, 2] but got: [2, 3]. Line 2 of the cell: `scores = inputs @ inputs.permute(*range(inputs.dim() - 1, -1, -1))` It does run without the leading dimension. Transposing with .T, or by dimensions counted from the front, moves the batch.
def self_attention_simple(inputs):
    scores = inputs @ inputs.permute(*range(inputs.dim() - 1, -1, -1))
    return torch.softmax(scores, dim=-1) @ inputs

# %% wrong: returns the weights
# visible test_self_attention_simple_values: names it: self_attention_simple(inputs of shape (3, 2)): these are the weights: mix the tokens with them.
# visible test_self_attention_simple_batch: self_attention_simple(inputs of shape (2, 3, 2)): has shape (2, 3, 3), expected (2, 3, 2).
def self_attention_simple(inputs):
    return torch.softmax(inputs @ inputs.transpose(-2, -1), dim=-1)

# %% wrong: returns the weights as well
# visible test_self_attention_simple_values: names it: self_attention_simple(inputs of shape (3, 2)): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
# visible test_self_attention_simple_batch: names it: self_attention_simple(inputs of shape (2, 3, 2)): should be a tensor, but is tuple of 2. Return the one tensor that is asked for.
def self_attention_simple(inputs):
    weights = torch.softmax(inputs @ inputs.transpose(-2, -1), dim=-1)
    return weights @ inputs, weights

# %% wrong: a causal mask
# visible test_self_attention_simple_values: names it: self_attention_simple(inputs of shape (3, 2)): later tokens are blocked: here every token sees every other.
# visible test_self_attention_simple_batch: the second sequence of a batch, against what it gives alone: gives 0.8446 at [0, 0], expected 1. 6 of 6 numbers differ.
def self_attention_simple(inputs):
    return F.scaled_dot_product_attention(inputs, inputs, inputs, is_causal=True, scale=1.0)

# %% wrong: a token does not attend to itself
# visible test_self_attention_simple_values: names it: self_attention_simple(inputs of shape (3, 2)): a token's own score is left out: it attends to itself too.
# hidden test_self_attention_simple_batch: self_attention_simple(inputs of shape (3, 5, 4)): gives 0.831 at [0, 0, 0], expected 1.391. 60 of 60 numbers differ.
def self_attention_simple(inputs):
    scores = inputs @ inputs.transpose(-2, -1)
    scores.diagonal(dim1=-2, dim2=-1).fill_(-1e9)
    return torch.softmax(scores, dim=-1) @ inputs

# %% wrong: the inputs are added
# visible test_self_attention_simple_values: names it: self_attention_simple(inputs of shape (3, 2)): the inputs are added to the context vectors.
# hidden test_self_attention_simple_batch: self_attention_simple(inputs of shape (3, 5, 4)): gives 2.79 at [0, 0, 0], expected 1.391. 60 of 60 numbers differ.
def self_attention_simple(inputs):
    return inputs + torch.softmax(inputs @ inputs.transpose(-2, -1), dim=-1) @ inputs

# %% wrong: a softmax that overflows
# hidden test_self_attention_simple_values: names it: self_attention_simple(inputs of shape (6, 3)): the exponentials overflow for large scores: take a softmax that is safe for them.
def self_attention_simple(inputs):
    exponentials = (inputs @ inputs.transpose(-2, -1)).exp()
    return exponentials / exponentials.sum(dim=-1, keepdim=True) @ inputs

# %% wrong: the second token alone
# visible test_self_attention_simple_values: names it: self_attention_simple(inputs of shape (3, 2)): this is one token's context vector: every token has its own.
# visible test_self_attention_simple_batch: names it: self_attention_simple(inputs of shape (2, 3, 2)): raises RuntimeError: mat1 and mat2 shapes cannot be multiplied (6x2 and 3x2). Line 2 of the cell: `return torch.softmax(inputs @ inputs[1], dim=0) @ inputs` It does run without the leading dimension. Transposing with .T, or by dimensions counted from the front, moves the batch.
def self_attention_simple(inputs):
    return torch.softmax(inputs @ inputs[1], dim=0) @ inputs

# %% wrong: the weights are detached
# hidden test_self_attention_simple_values: names it: self_attention_simple: the gradient of its argument inputs is wrong, though the values are right. Part of the calculation leaves the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
# hidden test_self_attention_simple_batch: names it: self_attention_simple: the gradient of its argument inputs is wrong, though the values are right. Part of the calculation leaves the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
def self_attention_simple(inputs):
    weights = torch.softmax(inputs @ inputs.transpose(-2, -1), dim=-1)
    return weights.detach() @ inputs

# %% wrong: cosines as scores
# visible test_self_attention_simple_values: names it: self_attention_simple(inputs of shape (3, 2)): the scores are cosines: the tokens keep their lengths here.
# hidden test_self_attention_simple_batch: self_attention_simple(inputs of shape (3, 5, 4)): gives 0.6974 at [0, 0, 0], expected 1.391. 60 of 60 numbers differ.
def self_attention_simple(inputs):
    unit = F.normalize(inputs, dim=-1)
    return torch.softmax(unit @ unit.transpose(-2, -1), dim=-1) @ inputs

# %% wrong: reads the notebook's tokens, not its argument
# visible test_self_attention_simple_values: names it: self_attention_simple(x of shape (3, 2)): these are the context vectors of the six tokens of the notebook: use the argument.
# visible test_self_attention_simple_batch: self_attention_simple(x of shape (2, 3, 2)): has shape (6, 3), expected (2, 3, 2). That is 2 dimensions, not 3.
def self_attention_simple(x):
    return torch.softmax(inputs @ inputs.T, dim=-1) @ inputs

# %% wrong: for a single sequence alone
# visible test_self_attention_simple_batch: names it: self_attention_simple(inputs of shape (2, 3, 2)): raises ValueError: too many values to unpack (expected 2). Line 2 of the cell: `T, d = inputs.shape` It does run without the leading dimension. Transposing with .T, or by dimensions counted from the front, moves the batch.
def self_attention_simple(inputs):
    T, d = inputs.shape
    return torch.softmax(inputs @ inputs.T, dim=1) @ inputs
