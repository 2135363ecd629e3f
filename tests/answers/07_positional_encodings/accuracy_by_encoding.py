# %% correct: a loop over items
def accuracy_by_encoding(encodings, train, evaluate):
    accuracies = {}
    for name, factory in encodings.items():
        model = factory()
        train(model)
        accuracies[name] = float(evaluate(model))
    return accuracies

# %% correct: the same seed before each
def accuracy_by_encoding(encodings, train, evaluate):
    results = dict.fromkeys(encodings)
    for name in encodings:
        torch.manual_seed(0)
        module = encodings[name]()
        train(module)
        results[name] = evaluate(module)
    return results

# %% correct: a helper and a comprehension
def accuracy_by_encoding(encodings, train, evaluate):
    def run(factory):
        module = factory()
        train(module)
        return evaluate(module)

    return {name: run(factory) for name, factory in encodings.items()}

# %% correct: seeded before training, and prints as it goes
def accuracy_by_encoding(encodings, train, evaluate):
    pairs = []
    for name, factory in encodings.items():
        module = factory()
        torch.manual_seed(42)
        train(module)
        pairs.append((name, evaluate(module)))
        print(name, pairs[-1][1])
    return dict(pairs)

# %% correct: without gradients in evaluation
def accuracy_by_encoding(encodings, train, evaluate):
    results = {}
    for name, factory in encodings.items():
        module = factory()
        module.train()
        train(module)
        module.eval()
        with torch.no_grad():
            results[name] = evaluate(module)
    return results

# %% wrong: not trained
# visible test_accuracy_by_encoding_values: names it: the result of 'rotary': the module was evaluated without having been trained.
# visible test_accuracy_by_encoding_in_turn: names it: accuracy_by_encoding: what happens is: build rotary, evaluate, build none, evaluate. It should be: build rotary, train, evaluate, build none, train, evaluate.
def accuracy_by_encoding(encodings, train, evaluate):
    return {name: evaluate(factory()) for name, factory in encodings.items()}

# %% wrong: trains one module and evaluates another
# visible test_accuracy_by_encoding_values: names it: the result of 'rotary': the module was evaluated without having been trained.
# visible test_accuracy_by_encoding_in_turn: names it: accuracy_by_encoding: what happens is: build rotary, train, build rotary, evaluate, build none, train, build none, evaluate. It should be: build rotary, train, evaluate, build none, train, evaluate.
def accuracy_by_encoding(encodings, train, evaluate):
    results = {}
    for name, factory in encodings.items():
        train(factory())
        results[name] = evaluate(factory())
    return results

# %% wrong: uses what train returns
# visible test_accuracy_by_encoding_values: names it: accuracy_by_encoding: evaluate gets 'a training log', not a module. What train returns is not the module: it changes the one it is given.
def accuracy_by_encoding(encodings, train, evaluate):
    results = {}
    for name, factory in encodings.items():
        module = train(factory())
        results[name] = evaluate(module)
    return results

# %% wrong: the factory is not called
# visible test_accuracy_by_encoding_values: names it: accuracy_by_encoding: train gets build, not a module. The dictionary holds factories: call one, and it gives a module.
# visible test_accuracy_by_encoding_in_turn: names it: accuracy_by_encoding: what happens is: train, evaluate, train, evaluate. It should be: build rotary, train, evaluate, build none, train, evaluate.
def accuracy_by_encoding(encodings, train, evaluate):
    results = {}
    for name, module in encodings.items():
        train(module)
        results[name] = evaluate(module)
    return results

# %% wrong: one module for all
# visible test_accuracy_by_encoding_values: names it: the result of 'none': the module that an earlier encoding trained is used again.
# visible test_accuracy_by_encoding_in_turn: names it: accuracy_by_encoding: what happens is: build rotary, train, evaluate, train, evaluate. It should be: build rotary, train, evaluate, build none, train, evaluate.
def accuracy_by_encoding(encodings, train, evaluate):
    results = {}
    module = next(iter(encodings.values()))() if encodings else None
    for name in encodings:
        train(module)
        results[name] = evaluate(module)
    return results

# %% wrong: modules kept by factory
# hidden test_accuracy_by_encoding_values: names it: the result of 'a': the module was trained twice: train once, and build a fresh one for each encoding.
def accuracy_by_encoding(encodings, train, evaluate):
    built, results = {}, {}
    for name, factory in encodings.items():
        if factory not in built:
            built[factory] = factory()
        train(built[factory])
        results[name] = evaluate(built[factory])
    return results

# %% wrong: evaluates before training
# visible test_accuracy_by_encoding_values: names it: the result of 'rotary': the module was evaluated without having been trained.
# visible test_accuracy_by_encoding_in_turn: names it: accuracy_by_encoding: what happens is: build rotary, evaluate, train, build none, evaluate, train. It should be: build rotary, train, evaluate, build none, train, evaluate.
def accuracy_by_encoding(encodings, train, evaluate):
    results = {}
    for name, factory in encodings.items():
        module = factory()
        results[name] = evaluate(module)
        train(module)
    return results

# %% wrong: a list of results
# visible test_accuracy_by_encoding_values: names it: accuracy_by_encoding: should return a dict with a result for each encoding, but there is none for 'rotary' in [0.1875, 0.4375, 0.75].
def accuracy_by_encoding(encodings, train, evaluate):
    results = []
    for factory in encodings.values():
        module = factory()
        train(module)
        results.append(evaluate(module))
    return results

# %% wrong: tensors as results
# visible test_accuracy_by_encoding_values: names it: the result of 'rotary': should be a Python float, but is tensor, a single number. Convert it with .item().
def accuracy_by_encoding(encodings, train, evaluate):
    results = {}
    for name, factory in encodings.items():
        module = factory()
        train(module)
        results[name] = torch.tensor(evaluate(module))
    return results

# %% wrong: per cent
# visible test_accuracy_by_encoding_values: names it: the result of 'rotary': this is in per cent: return what evaluate returns.
def accuracy_by_encoding(encodings, train, evaluate):
    results = {}
    for name, factory in encodings.items():
        module = factory()
        train(module)
        results[name] = 100 * evaluate(module)
    return results

# %% wrong: rounded
# visible test_accuracy_by_encoding_values: names it: the result of 'rotary': this is rounded: return what evaluate returns.
def accuracy_by_encoding(encodings, train, evaluate):
    results = {}
    for name, factory in encodings.items():
        module = factory()
        train(module)
        results[name] = round(evaluate(module), 2)
    return results

# %% wrong: another seed for each
# visible test_accuracy_by_encoding_in_turn: names it: accuracy_by_encoding: each encoding gets another seed, which is not fair: set none, or the same for all.
def accuracy_by_encoding(encodings, train, evaluate):
    results = {}
    for seed, (name, factory) in enumerate(encodings.items()):
        torch.manual_seed(seed)
        module = factory()
        train(module)
        results[name] = evaluate(module)
    return results

# %% wrong: trains under no_grad
# visible test_accuracy_by_encoding_values: accuracy_by_encoding(a dict, train_one_step, evaluate_weight): raises RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn. Line 17 of the cell: `(-module.weight.sum()).backward()`
@torch.no_grad()
def accuracy_by_encoding(encodings, train, evaluate):
    results = {}
    for name, factory in encodings.items():
        module = factory()
        train(module)
        results[name] = evaluate(module)
    return results

# %% wrong: puts the modules into the caller's dictionary
# hidden test_accuracy_by_encoding_values: names it: accuracy_by_encoding: changes the dictionary that it is given. Whoever called it still needs it.
def accuracy_by_encoding(encodings, train, evaluate):
    results = {}
    for name in list(encodings):
        encodings[name] = encodings[name]()
        train(encodings[name])
        results[name] = evaluate(encodings[name])
    return results

# %% wrong: the last result only
# visible test_accuracy_by_encoding_values: names it: accuracy_by_encoding: should return a dict with a result for each encoding, but there is none for 'rotary' in {'learned': 0.75}.
def accuracy_by_encoding(encodings, train, evaluate):
    for name, factory in encodings.items():
        results = {}
        module = factory()
        train(module)
        results[name] = evaluate(module)
    return results

# %% wrong: returns inside the loop
# visible test_accuracy_by_encoding_values: names it: accuracy_by_encoding: should return a dict with a result for each encoding, but there is none for 'none' in {'rotary': 0.1875}.
# visible test_accuracy_by_encoding_in_turn: names it: accuracy_by_encoding: what happens is: build rotary, train, evaluate. It should be: build rotary, train, evaluate, build none, train, evaluate.
def accuracy_by_encoding(encodings, train, evaluate):
    results = {}
    for name, factory in encodings.items():
        module = factory()
        train(module)
        results[name] = evaluate(module)
        return results

# %% wrong: all built first, in alphabetical order
# visible test_accuracy_by_encoding_in_turn: names it: accuracy_by_encoding: what happens is: build none, build rotary, train, train, evaluate, evaluate. It should be: build rotary, train, evaluate, build none, train, evaluate.
def accuracy_by_encoding(encodings, train, evaluate):
    modules = {name: encodings[name]() for name in sorted(encodings)}
    for module in modules.values():
        train(module)
    return {name: evaluate(module) for name, module in modules.items()}

# %% wrong: trains twice
# visible test_accuracy_by_encoding_values: names it: the result of 'rotary': the module was trained twice: train once, and build a fresh one for each encoding.
# visible test_accuracy_by_encoding_in_turn: names it: accuracy_by_encoding: what happens is: build rotary, train, train, evaluate, build none, train, train, evaluate. It should be: build rotary, train, evaluate, build none, train, evaluate.
def accuracy_by_encoding(encodings, train, evaluate):
    results = {}
    for name, factory in encodings.items():
        module = factory()
        for _ in range(2):
            train(module)
        results[name] = evaluate(module)
    return results
