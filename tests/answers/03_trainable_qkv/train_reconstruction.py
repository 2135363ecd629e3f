# %% correct: by the book
def train_reconstruction(model, x, epochs, lr):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% correct: nn.MSELoss, printing as it goes
def train_reconstruction(model, x, epochs, lr):
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr)
    model.train()
    losses = []
    for epoch in range(epochs):
        output = model(x)
        loss = criterion(output, x)
        losses.append(float(loss))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if epoch % 20 == 0:
            print(epoch, losses[-1])
    return losses

# %% correct: the mean of squares, written out
def train_reconstruction(model, x, epochs, lr):
    losses = [0.0] * epochs
    adam = torch.optim.Adam(list(model.parameters()), lr=lr, betas=(0.9, 0.999))
    model.train(True)
    for i in range(epochs):
        loss = ((model(x) - x) ** 2).mean()
        losses[i] = loss.detach().item()
        model.zero_grad()
        loss.backward()
        adam.step()
    return losses

# %% correct: a while loop and a helper
def train_reconstruction(model, x, epochs, lr):
    from torch import optim

    def step():
        loss = torch.nn.functional.mse_loss(input=model(x), target=x.detach(), reduction="mean")
        opt.zero_grad(set_to_none=False)
        loss.backward()
        opt.step()
        return loss.tolist()

    opt = optim.Adam([{"params": model.parameters()}], lr=lr)
    losses = []
    model.train()
    while len(losses) < epochs:
        losses.append(step())
    model.train()
    return losses

# %% correct: Adam by hand
def train_reconstruction(model, x, epochs, lr):
    model.train()
    parameters = list(model.parameters())
    first = [torch.zeros_like(p) for p in parameters]
    second = [torch.zeros_like(p) for p in parameters]
    losses = []
    for t in range(1, epochs + 1):
        loss = (model(x) - x).square().mean()
        losses.append(loss.item())
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for p, g, m, v in zip(parameters, gradients, first, second):
                m.mul_(0.9).add_(0.1 * g)
                v.mul_(0.999).add_(0.001 * g * g)
                p -= lr * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)).sqrt() + 1e-8)
    return losses

# %% wrong: SGD
# visible test_train_reconstruction_losses: names it: the losses of train_reconstruction(Linear, x of shape (3, 2), 3, 0.5): this is plain gradient descent, not Adam.
# visible test_train_reconstruction_updates: the weights after one update: gives 0.8333 at [0, 0], expected 0.25. 4 of 4 numbers differ.
def train_reconstruction(model, x, epochs, lr):
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong: AdamW
# visible test_train_reconstruction_losses: names it: the losses of train_reconstruction(Linear, x of shape (3, 2), 3, 0.5): this is AdamW, which shrinks the weights as well: take Adam.
# hidden test_train_reconstruction_updates: the model's weight after 20 updates: gives 0.5619 at [0, 1], expected 0.5642. 4 of 9 numbers differ.
def train_reconstruction(model, x, epochs, lr):
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong: the learning rate is not used
# visible test_train_reconstruction_losses: the losses of train_reconstruction(Linear, x of shape (3, 2), 3, 0.5): gives 2.327 at [1], expected 0.8333. 2 of 3 numbers differ.
# visible test_train_reconstruction_updates: names it: the weights after one update: gives 0.001 at [0, 0], expected 0.25. 4 of 4 numbers differ. Every number is 0.004 times what it should be.
def train_reconstruction(model, x, epochs, lr):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong: gradients add up
# visible test_train_reconstruction_losses: names it: the losses of train_reconstruction(Linear, x of shape (3, 2), 3, 0.5): the gradients of earlier rounds are still there: set them to zero in each round.
# hidden test_train_reconstruction_updates: the model's weight after 20 updates: gives 0.4872 at [0, 0], expected 0.3605. 9 of 9 numbers differ.
def train_reconstruction(model, x, epochs, lr):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        loss = F.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong: no step
# visible test_train_reconstruction_losses: names it: the losses of train_reconstruction(Linear, x of shape (3, 2), 3, 0.5): the model does not learn: is there a step in each round?
# visible test_train_reconstruction_updates: names it: the weights after one update: they have not moved: the model that is given should get as many updates as there are epochs.
def train_reconstruction(model, x, epochs, lr):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x)
        loss.backward()
        losses.append(loss.item())
    return losses

# %% wrong: a new Adam in each round
# visible test_train_reconstruction_losses: names it: the losses of train_reconstruction(Linear, x of shape (3, 2), 3, 0.5): Adam forgets its past steps: make it once, before the loop.
# hidden test_train_reconstruction_updates: the model's weight after 20 updates: gives 0.4499 at [0, 0], expected 0.3605. 9 of 9 numbers differ.
def train_reconstruction(model, x, epochs, lr):
    model.train()
    losses = []
    for epoch in range(epochs):
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong: tensors, not floats
# visible test_train_reconstruction_losses: names it: train_reconstruction(Linear, x of shape (3, 2), 3, 0.5): should list Python floats, but has tensor, a single number. Convert it with .item().
# visible test_train_reconstruction_updates: names it: train_reconstruction(Linear, x of shape (3, 2), epochs=1, lr=0.25): should list Python floats, but has tensor, a single number. Convert it with .item().
def train_reconstruction(model, x, epochs, lr):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
        losses.append(loss)
    return losses

# %% wrong: detached tensors
# visible test_train_reconstruction_losses: names it: train_reconstruction(Linear, x of shape (3, 2), 3, 0.5): should list Python floats, but has tensor, a single number. Convert it with .item().
# visible test_train_reconstruction_updates: names it: train_reconstruction(Linear, x of shape (3, 2), epochs=1, lr=0.25): should list Python floats, but has tensor, a single number. Convert it with .item().
def train_reconstruction(model, x, epochs, lr):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return losses

# %% wrong: the loss after the update
# visible test_train_reconstruction_losses: names it: the losses of train_reconstruction(Linear, x of shape (3, 2), 3, 0.5): these are the losses after each update: note the loss before it.
def train_reconstruction(model, x, epochs, lr):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
        losses.append(F.mse_loss(model(x), x).item())
    return losses

# %% wrong: only the last loss
# visible test_train_reconstruction_losses: names it: train_reconstruction(Linear, x of shape (3, 2), 3, 0.5): should return a list, but returns 0.4044606387615204.
# visible test_train_reconstruction_updates: names it: train_reconstruction(Linear, x of shape (3, 2), epochs=1, lr=0.25): should return a list, but returns 2.3333332538604736.
def train_reconstruction(model, x, epochs, lr):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses[-1]

# %% wrong: only every tenth loss
# visible test_train_reconstruction_losses: names it: train_reconstruction(Linear, x of shape (3, 2), 3, 0.5): should return 3 numbers, not 1.
def train_reconstruction(model, x, epochs, lr):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
        if epoch % 10 == 0:
            losses.append(loss.item())
    return losses

# %% wrong: a tensor of losses
# visible test_train_reconstruction_losses: names it: train_reconstruction(Linear, x of shape (3, 2), 3, 0.5): should return a list, but returns tensor of shape (3,).
# visible test_train_reconstruction_updates: names it: train_reconstruction(Linear, x of shape (3, 2), epochs=1, lr=0.25): should return a list, but returns tensor of shape (1,).
def train_reconstruction(model, x, epochs, lr):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return torch.tensor(losses)

# %% wrong: absolute errors
# visible test_train_reconstruction_losses: names it: the losses of train_reconstruction(Linear, x of shape (3, 2), 3, 0.5): these are absolute errors: take squares.
# hidden test_train_reconstruction_updates: the model's weight after 20 updates: gives 0.428 at [0, 0], expected 0.3605. 9 of 9 numbers differ.
def train_reconstruction(model, x, epochs, lr):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = F.l1_loss(model(x), x)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong: squares summed
# visible test_train_reconstruction_losses: names it: the losses of train_reconstruction(Linear, x of shape (3, 2), 3, 0.5): squares are summed: the mean is asked.
def train_reconstruction(model, x, epochs, lr):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x, reduction='sum')
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong: target zero
# visible test_train_reconstruction_losses: names it: the losses of train_reconstruction(Linear, x of shape (3, 2), 3, 0.5): the target is zero: it should be x.
# visible test_train_reconstruction_updates: names it: the weights after one update: they have not moved: the model that is given should get as many updates as there are epochs.
def train_reconstruction(model, x, epochs, lr):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), torch.zeros_like(x))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong: one round too many
# visible test_train_reconstruction_losses: names it: train_reconstruction(Linear, x of shape (3, 2), 3, 0.5): should return 3 numbers, not 4.
# visible test_train_reconstruction_updates: names it: train_reconstruction(Linear, x of shape (3, 2), epochs=1, lr=0.25): should return 1 number, not 2.
def train_reconstruction(model, x, epochs, lr):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs + 1):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong: ends in evaluation mode
# visible test_train_reconstruction_mode: names it: train_reconstruction: the model is not in training mode afterwards.
def train_reconstruction(model, x, epochs, lr):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    return losses

# %% wrong: mode left as it came
# visible test_train_reconstruction_mode: names it: train_reconstruction: the model is not in training mode afterwards.
def train_reconstruction(model, x, epochs, lr):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong: trains a copy
# visible test_train_reconstruction_updates: names it: the weights after one update: they have not moved: the model that is given should get as many updates as there are epochs.
# visible test_train_reconstruction_mode: names it: train_reconstruction: the model is not in training mode afterwards.
def train_reconstruction(model, x, epochs, lr):
    model = copy.deepcopy(model).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong: one update per sequence
# visible test_train_reconstruction_losses: names it: the losses of train_reconstruction(Linear, x of shape (3, 2), 3, 0.5): each sequence gets an update of its own: one for all of x is asked.
# visible test_train_reconstruction_updates: the weights after one update: gives 0.6198 at [0, 0], expected 0.25. 4 of 4 numbers differ.
def train_reconstruction(model, x, epochs, lr):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        total = 0.0
        for one in x:
            optimizer.zero_grad()
            loss = F.mse_loss(model(one), one)
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total / len(x))
    return losses

# %% wrong: sets the seed
# hidden test_train_reconstruction_losses: names it: train_reconstruction(Linear, x of shape (3, 2), 3, 0.5): sets the global seed. Remove torch.manual_seed: the caller chooses the seed.
# hidden test_train_reconstruction_updates: names it: train_reconstruction(Linear, x of shape (2, 4, 3), 20, 0.05): sets the global seed. Remove torch.manual_seed: the caller chooses the seed.
def train_reconstruction(model, x, epochs, lr):
    model.train()
    torch.manual_seed(0)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong: learns from a detached output
# visible test_train_reconstruction_losses: names it: the losses of train_reconstruction(Linear, x of shape (3, 2), 3, 0.5): the model does not learn: is there a step in each round?
# visible test_train_reconstruction_updates: names it: the weights after one update: they have not moved: the model that is given should get as many updates as there are epochs.
def train_reconstruction(model, x, epochs, lr):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x)
        loss.detach().requires_grad_().backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong: smoothed losses
# visible test_train_reconstruction_losses: the losses of train_reconstruction(Linear, x of shape (3, 2), 3, 0.5): gives 2.183 at [1], expected 0.8333. 2 of 3 numbers differ.
def train_reconstruction(model, x, epochs, lr):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
        losses.append(loss.item() if not losses else 0.9 * losses[-1] + 0.1 * loss.item())
    return losses

# %% wrong: an update before the list begins
# visible test_train_reconstruction_losses: names it: the losses of train_reconstruction(Linear, x of shape (3, 2), 3, 0.5): these are the losses after each update: note the loss before it.
# visible test_train_reconstruction_updates: the weights after one update: gives 0.4939 at [0, 0], expected 0.25. 4 of 4 numbers differ.
def train_reconstruction(model, x, epochs, lr):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    F.mse_loss(model(x), x).backward()
    optimizer.step()
    losses = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong: the last update is missing
# visible test_train_reconstruction_updates: names it: the weights after one update: they have not moved: the model that is given should get as many updates as there are epochs.
def train_reconstruction(model, x, epochs, lr):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x)
        loss.backward()
        if epoch < epochs - 1:
            optimizer.step()
        losses.append(loss.item())
    return losses
