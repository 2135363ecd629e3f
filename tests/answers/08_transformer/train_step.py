# %% correct: zero_grad first
def train_step(model, optimizer, src, tgt):
    model.train()
    optimizer.zero_grad()
    _, loss = model(src, tgt[:, :-1], tgt[:, 1:])
    loss.backward()
    optimizer.step()
    return loss.item()

# %% correct: by keyword, detach and float
def train_step(model, optimizer, src, tgt):
    model.train(True)
    inputs, expected = tgt[:, :-1].contiguous(), tgt[:, 1:].contiguous()
    result = model(src, inputs, targets=expected)
    model.zero_grad(set_to_none=True)
    result[1].backward()
    optimizer.step()
    return float(result[1].detach())

# %% correct: narrow, and gradients cleared at the end
def train_step(model, optimizer, src, tgt):
    model.train()
    T = tgt.shape[1]
    logits, loss = model(src, tgt.narrow(1, 0, T - 1), tgt.narrow(1, 1, T - 1))
    print("loss", loss)
    before = loss.tolist()
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return before

# %% wrong: the lesson: the target into the encoder
# hidden test_train_step_loss: names it: the loss of train_step(TinyModel, a SGD, src of shape (2, 3), tgt of shape (2, 4)): the model is fed with the target twice: the first argument is the source.
# hidden test_train_step_update: the weights after 1 call: gives -1.211 at [0], expected -1.253. 129 of 144 numbers differ.
def train_step(model, optimizer, src, tgt):
    model.train()
    optimizer.zero_grad()
    _, loss = model(tgt, tgt[:, :-1], tgt[:, 1:])
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong: the inputs into the encoder
# hidden test_train_step_loss: names it: the loss of train_step(TinyModel, a SGD, src of shape (2, 3), tgt of shape (2, 4)): the model is fed with the target's inputs twice: the first argument is the source.
# hidden test_train_step_update: the weights after 1 call: gives -1.211 at [0], expected -1.253. 129 of 144 numbers differ.
def train_step(model, optimizer, src, tgt):
    model.train()
    optimizer.zero_grad()
    _, loss = model(tgt[:, :-1], tgt[:, :-1], tgt[:, 1:])
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong: no shift
# hidden test_train_step_loss: names it: the loss of train_step(TinyModel, a SGD, src of shape (2, 3), tgt of shape (2, 4)): inputs and targets are the same tokens: the targets are one step ahead.
# hidden test_train_step_update: the weights after 1 call: gives -1.246 at [0], expected -1.253. 134 of 144 numbers differ.
def train_step(model, optimizer, src, tgt):
    model.train()
    optimizer.zero_grad()
    _, loss = model(src, tgt, tgt)
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong: the targets are the inputs
# hidden test_train_step_loss: names it: the loss of train_step(TinyModel, a SGD, src of shape (2, 3), tgt of shape (2, 4)): inputs and targets are the same tokens: the targets are all but the first.
# hidden test_train_step_update: the weights after 1 call: gives -1.262 at [0], expected -1.253. 107 of 144 numbers differ.
def train_step(model, optimizer, src, tgt):
    model.train()
    optimizer.zero_grad()
    _, loss = model(src, tgt[:, :-1], tgt[:, :-1])
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong: the inputs are the targets
# hidden test_train_step_loss: names it: the loss of train_step(TinyModel, a SGD, src of shape (2, 3), tgt of shape (2, 4)): the decoder reads the tokens that it should say: it reads all but the last.
# hidden test_train_step_update: the weights after 1 call: gives -1.225 at [0], expected -1.253. 121 of 144 numbers differ.
def train_step(model, optimizer, src, tgt):
    model.train()
    optimizer.zero_grad()
    _, loss = model(src, tgt[:, 1:], tgt[:, 1:])
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong: inputs and targets exchanged
# hidden test_train_step_loss: names it: the loss of train_step(TinyModel, a SGD, src of shape (2, 3), tgt of shape (2, 4)): inputs and targets are exchanged.
# hidden test_train_step_update: the weights after 1 call: gives -1.233 at [0], expected -1.253. 122 of 144 numbers differ.
def train_step(model, optimizer, src, tgt):
    model.train()
    optimizer.zero_grad()
    _, loss = model(src, tgt[:, 1:], tgt[:, :-1])
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong: shifts along the batch
# hidden test_train_step_loss: the loss of train_step(TinyModel, a SGD, src of shape (2, 3), tgt of shape (2, 4)): gives 7.659, expected 9.589.
# visible test_train_step_update: names it: no weight changed: gradients must be computed, and the optimizer must use them.
def train_step(model, optimizer, src, tgt):
    model.train()
    optimizer.zero_grad()
    _, loss = model(src, tgt[:-1], tgt[1:])
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong: no zero_grad
# hidden test_train_step_update: names it: the weights after 3 calls: the gradients of earlier calls are still there: set them to zero.
def train_step(model, optimizer, src, tgt):
    model.train()
    _, loss = model(src, tgt[:, :-1], tgt[:, 1:])
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong: zero_grad between backward and step
# visible test_train_step_loss: names it: the loss does not fall from the first step to the second on the same batch.
# visible test_train_step_update: names it: no weight changed: gradients must be computed, and the optimizer must use them.
def train_step(model, optimizer, src, tgt):
    model.train()
    _, loss = model(src, tgt[:, :-1], tgt[:, 1:])
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()

# %% wrong: no step
# visible test_train_step_loss: names it: the loss does not fall from the first step to the second on the same batch.
# visible test_train_step_update: names it: no weight changed: gradients must be computed, and the optimizer must use them.
def train_step(model, optimizer, src, tgt):
    model.train()
    optimizer.zero_grad()
    _, loss = model(src, tgt[:, :-1], tgt[:, 1:])
    loss.backward()
    return loss.item()

# %% wrong: no backward
# visible test_train_step_loss: names it: the loss does not fall from the first step to the second on the same batch.
# visible test_train_step_update: names it: no weight changed: gradients must be computed, and the optimizer must use them.
def train_step(model, optimizer, src, tgt):
    model.train()
    optimizer.zero_grad()
    _, loss = model(src, tgt[:, :-1], tgt[:, 1:])
    optimizer.step()
    return loss.item()

# %% wrong: evaluation mode stays
# hidden test_train_step_loss: names it: the loss of train_step(TinyModel, a SGD, src of shape (2, 3), tgt of shape (2, 4)): the loss is taken in evaluation mode: set training mode first.
# hidden test_train_step_update: names it: the weights after 1 call: the update is made in evaluation mode: set training mode first.
def train_step(model, optimizer, src, tgt):
    optimizer.zero_grad()
    _, loss = model(src, tgt[:, :-1], tgt[:, 1:])
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong: evaluation mode is set
# hidden test_train_step_loss: names it: the loss of train_step(TinyModel, a SGD, src of shape (2, 3), tgt of shape (2, 4)): the loss is taken in evaluation mode: set training mode first.
# hidden test_train_step_update: names it: the weights after 1 call: the update is made in evaluation mode: set training mode first.
def train_step(model, optimizer, src, tgt):
    model.eval()
    optimizer.zero_grad()
    _, loss = model(src, tgt[:, :-1], tgt[:, 1:])
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong: returns a tensor
# visible test_train_step_loss: names it: train_step(TinyModel, a SGD, src of shape (2, 3), tgt of shape (2, 4)): should be a Python float, but is tensor, a single number. Convert it with .item().
def train_step(model, optimizer, src, tgt):
    model.train()
    optimizer.zero_grad()
    _, loss = model(src, tgt[:, :-1], tgt[:, 1:])
    loss.backward()
    optimizer.step()
    return loss

# %% wrong: returns nothing
# visible test_train_step_loss: names it: train_step(TinyModel, a SGD, src of shape (2, 3), tgt of shape (2, 4)): should be a Python float, but is None.
def train_step(model, optimizer, src, tgt):
    model.train()
    optimizer.zero_grad()
    _, loss = model(src, tgt[:, :-1], tgt[:, 1:])
    loss.backward()
    optimizer.step()
    loss.item()

# %% wrong: returns the loss after the update
# hidden test_train_step_loss: names it: the loss of train_step(TinyModel, a SGD, src of shape (2, 3), tgt of shape (2, 4)): this is the loss after the update: return the one before it.
def train_step(model, optimizer, src, tgt):
    model.train()
    optimizer.zero_grad()
    _, loss = model(src, tgt[:, :-1], tgt[:, 1:])
    loss.backward()
    optimizer.step()
    return model(src, tgt[:, :-1], tgt[:, 1:])[1].item()

# %% wrong: two updates
# hidden test_train_step_update: names it: the weights after 1 call: the optimizer steps twice in one call.
def train_step(model, optimizer, src, tgt):
    model.train()
    optimizer.zero_grad()
    _, loss = model(src, tgt[:, :-1], tgt[:, 1:])
    loss.backward()
    optimizer.step()
    optimizer.step()
    return loss.item()
