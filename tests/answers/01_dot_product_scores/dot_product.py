# %% correct: product, then sum
def dot_product(a, b):
    return (a * b).sum()

# %% correct: a loop that adds up
def dot_product(a, b):
    total = a.new_zeros(())
    for x, y in zip(a, b):
        total = total + x * y
    return total

# %% correct: functional, with the names of PyTorch
def dot_product(a, b):
    return torch.sum(torch.mul(a, b), dim=0)

# %% correct: Python's sum over products, with a print left in
def dot_product(a, b):
    print("dot_product was called")
    return sum(a[i] * b[i] for i in range(len(a)))

# %% wrong: forgets the sum
# visible test_dot_product_values: names it: dot_product(a of shape (3,), b of shape (3,)): the products are there, the sum is missing.
# visible test_dot_product_written_out: dot_product(a of shape (4,), b of shape (4,)): has shape (4,), expected (). That is 1 dimension, not 0.
def dot_product(a, b):
    return a * b

# %% wrong: the mean of the products
# visible test_dot_product_values: names it: dot_product(a of shape (3,), b of shape (3,)): you took the mean of the products, not their sum.
# visible test_dot_product_written_out: dot_product(a of shape (4,), b of shape (4,)): gives 1, expected 4.
def dot_product(a, b):
    return (a * b).mean()

# %% wrong: a Python float
# visible test_dot_product_values: names it: dot_product(a of shape (3,), b of shape (3,)): should be a tensor, but is 12.0. Keep the tensor: no .item() and no float().
# visible test_dot_product_written_out: names it: dot_product(a of shape (4,), b of shape (4,)): should be a tensor, but is 4.0. Keep the tensor: no .item() and no float().
def dot_product(a, b):
    return float((a * b).sum())

# %% wrong: a tensor of one element, not of no dimensions
# visible test_dot_product_values: names it: dot_product(a of shape (3,), b of shape (3,)): the number is right, but it stands in a vector of one: no dimension should be left.
# visible test_dot_product_written_out: dot_product(a of shape (4,), b of shape (4,)): has shape (1,), expected (). That is 1 dimension, not 0.
def dot_product(a, b):
    return (a * b).sum(dim=0, keepdim=True)

# %% wrong: torch.dot
# visible test_dot_product_written_out: names it: dot_product: uses dot in line 2 of its cell. Write the products and the sum out.
def dot_product(a, b):
    return torch.dot(a, b)

# %% wrong: the operator
# visible test_dot_product_written_out: names it: dot_product: uses @ in line 2 of its cell. Write the products and the sum out.
def dot_product(a, b):
    return a @ b

# %% wrong: einsum behind an import
# visible test_dot_product_written_out: names it: dot_product: uses einsum in line 1 of its cell. Write the products and the sum out.
from torch import einsum as contract

def dot_product(a, b):
    return contract("i,i->", a, b)

# %% wrong: sums first, then multiplies
# visible test_dot_product_values: names it: dot_product(a of shape (3,), b of shape (3,)): you summed each vector and multiplied the sums: multiply first.
# visible test_dot_product_written_out: dot_product(a of shape (4,), b of shape (4,)): gives 16, expected 4.
def dot_product(a, b):
    return a.sum() * b.sum()

# %% wrong: the cosine
# visible test_dot_product_values: names it: dot_product(a of shape (3,), b of shape (3,)): this is the cosine: the vectors keep their lengths here.
# visible test_dot_product_written_out: dot_product(a of shape (4,), b of shape (4,)): gives 1, expected 4.
def dot_product(a, b):
    return (a * b).sum() / (a.norm() * b.norm())

# %% wrong: cuts the gradient
# hidden test_dot_product_values: names it: dot_product: no gradient reaches its argument a. Somewhere the numbers leave the graph: .item(), .detach(), torch.tensor(...), NumPy or torch.no_grad().
def dot_product(a, b):
    return torch.tensor(sum(x.item() * y.item() for x, y in zip(a, b)))

# %% wrong: multiplies in place
# visible test_dot_product_values: names it: dot_product(a of shape (3,), b of shape (3,)): changes its argument a in place. Whoever called it still needs that tensor: work on a new one.
# hidden test_dot_product_written_out: names it: dot_product(a of shape (2,), b of shape (2,)): changes its argument a in place. Whoever called it still needs that tensor: work on a new one.
def dot_product(a, b):
    a *= b
    return a.sum()

# %% wrong: the return is missing
# visible test_dot_product_values: names it: dot_product(a of shape (3,), b of shape (3,)): should be a tensor, but is None. Is the `return` missing?
# visible test_dot_product_written_out: names it: dot_product(a of shape (4,), b of shape (4,)): should be a tensor, but is None. Is the `return` missing?
def dot_product(a, b):
    (a * b).sum()

# %% wrong: integer arithmetic
# visible test_dot_product_values: names it: dot_product(a of shape (3,), b of shape (3,)): has dtype torch.int64, expected torch.float32.
# visible test_dot_product_written_out: names it: dot_product(a of shape (4,), b of shape (4,)): has dtype torch.int64, expected torch.float32.
def dot_product(a, b):
    return (a * b).sum().long()
