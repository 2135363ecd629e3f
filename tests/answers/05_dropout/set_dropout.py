# %% correct: modules()
def set_dropout(model, p):
    found = [module for module in model.modules() if isinstance(module, nn.Dropout)]
    for module in found:
        module.p = p
    return len(found)

# %% correct: named_modules and a counter
def set_dropout(model, p):
    count = 0
    for _name, module in model.named_modules():
        if type(module) is nn.Dropout:
            module.p = float(p)
            count += 1
    return count

# %% correct: by recursion, with a set of those seen
def set_dropout(model, p):
    seen = set()

    def visit(module):
        if isinstance(module, nn.Dropout):
            module.p = p
            seen.add(id(module))
        for child in module.children():
            visit(child)

    visit(model)
    return len(seen)

# %% correct: apply
def set_dropout(model, p):
    found = set()

    def change(module):
        if isinstance(module, torch.nn.Dropout):
            setattr(module, "p", p)
            found.add(module)

    model.apply(change)
    return len(found)

# %% wrong: one level only
# visible test_set_dropout_any_depth: names it: set_dropout(Sequential, 0.5): the three rates should be 0.5, but are [0.5, 0.2, 0.5]: some dropouts are not found. Every nn.Dropout counts, whatever its name and however deep it is.
# visible test_set_dropout_distinct: set_dropout(Dropout, 0.3): is 0, expected 1.
def set_dropout(model, p):
    count = 0
    for module in model.children():
        if isinstance(module, nn.Dropout):
            module.p = p
            count += 1
    return count

# %% wrong: forgets the model itself
# visible test_set_dropout_distinct: set_dropout(Dropout, 0.3): is 0, expected 1.
def set_dropout(model, p):
    found = set()
    for child in model.children():
        for module in child.modules():
            if isinstance(module, nn.Dropout):
                module.p = p
                found.add(module)
    return len(found)

# %% wrong: counts a shared one twice
# visible test_set_dropout_distinct: names it: set_dropout: counts a dropout that stands in two places twice.
def set_dropout(model, p):
    if isinstance(model, nn.Dropout):
        model.p = p
        return 1
    return sum(set_dropout(child, p) for child in model.children())

# %% wrong: whatever has a p
# hidden test_set_dropout_any_depth: names it: set_dropout: changes p of a module that is no nn.Dropout.
def set_dropout(model, p):
    count = 0
    for module in model.modules():
        if hasattr(module, "p"):
            module.p = p
            count += 1
    return count

# %% wrong: attributes called dropout
# visible test_set_dropout_any_depth: names it: set_dropout(Sequential, 0.5): the three rates should be 0.5, but are [0.1, 0.2, 0.5]: some dropouts are not found. Every nn.Dropout counts, whatever its name and however deep it is.
# visible test_set_dropout_distinct: set_dropout(Sequential, 0.3): is 0, expected 1.
def set_dropout(model, p):
    count = 0
    for module in model.modules():
        if hasattr(module, "dropout"):
            module.dropout.p = p
            count += 1
    return count

# %% wrong: names that hold "dropout"
# visible test_set_dropout_any_depth: names it: set_dropout(Sequential, 0.5): the three rates should be 0.5, but are [0.1, 0.2, 0.5]: some dropouts are not found. Every nn.Dropout counts, whatever its name and however deep it is.
# visible test_set_dropout_distinct: set_dropout(Sequential, 0.3): is 0, expected 1.
def set_dropout(model, p):
    count = 0
    for name, module in model.named_modules():
        if "dropout" in name:
            module.p = p
            count += 1
    return count

# %% wrong: puts new modules in their place
# hidden test_set_dropout_any_depth: names it: set_dropout: a model in eval mode has parts in training mode afterwards. Set p and nothing else.
# visible test_set_dropout_distinct: names it: set_dropout: counts a dropout that stands in two places twice.
def set_dropout(model, p):
    count = 0
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.Dropout):
                setattr(module, name, nn.Dropout(p))
                count += 1
    return count

# %% wrong: returns nothing
# visible test_set_dropout_any_depth: names it: set_dropout(Sequential, 0.5): should be a Python int, but is None.
# visible test_set_dropout_distinct: names it: set_dropout(Sequential, 0.3): should be a Python int, but is None.
def set_dropout(model, p):
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = p

# %% wrong: returns the modules
# visible test_set_dropout_any_depth: names it: set_dropout(Sequential, 0.5): should be a Python int, but is list of 3.
# visible test_set_dropout_distinct: names it: set_dropout(Sequential, 0.3): should be a Python int, but is list of 1.
def set_dropout(model, p):
    found = [module for module in model.modules() if isinstance(module, nn.Dropout)]
    for module in found:
        module.p = p
    return found

# %% wrong: counts those that change
# visible test_set_dropout_any_depth: names it: set_dropout(Sequential, 0.5): only those whose rate changes are counted: count every dropout.
# hidden test_set_dropout_distinct: set_dropout(Sequential, 0.3): is 0, expected 3.
def set_dropout(model, p):
    count = 0
    for module in model.modules():
        if isinstance(module, nn.Dropout) and module.p != p:
            module.p = p
            count += 1
    return count

# %% wrong: counts and sets nothing
# visible test_set_dropout_any_depth: names it: set_dropout(Sequential, 0.5): the three rates should be 0.5, but are [0.1, 0.2, 0.5]: some dropouts are not found. Every nn.Dropout counts, whatever its name and however deep it is.
# visible test_set_dropout_distinct: names it: set_dropout: the model is an nn.Dropout itself; its p should be 0.3, but is 0.1.
def set_dropout(model, p):
    return sum(isinstance(module, nn.Dropout) for module in model.modules())

# %% wrong: stops at the first
# visible test_set_dropout_any_depth: names it: set_dropout(Sequential, 0.5): the three rates should be 0.5, but are [0.5, 0.2, 0.5]: some dropouts are not found. Every nn.Dropout counts, whatever its name and however deep it is.
# hidden test_set_dropout_distinct: set_dropout(Sequential, 0.3): is 1, expected 3.
def set_dropout(model, p):
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = p
            return 1
    return 0

# %% wrong: sets the wrong attribute
# visible test_set_dropout_any_depth: names it: set_dropout(Sequential, 0.5): the three rates should be 0.5, but are [0.1, 0.2, 0.5]: some dropouts are not found. Every nn.Dropout counts, whatever its name and however deep it is.
# visible test_set_dropout_distinct: names it: set_dropout: the model is an nn.Dropout itself; its p should be 0.3, but is 0.1.
def set_dropout(model, p):
    found = [module for module in model.modules() if isinstance(module, nn.Dropout)]
    for module in found:
        module.dropout = p
    return len(found)

# %% wrong: switches the mode as well
# hidden test_set_dropout_any_depth: names it: set_dropout: a model in eval mode has parts in training mode afterwards. Set p and nothing else.
def set_dropout(model, p):
    count = 0
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = p
            module.train(p > 0)
            count += 1
    return count

# %% wrong: counts all modules
# visible test_set_dropout_any_depth: names it: set_dropout(Sequential, 0.5): all modules are counted, not only the dropouts.
# visible test_set_dropout_distinct: set_dropout(Sequential, 0.3): is 4, expected 1.
def set_dropout(model, p):
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = p
    return len(list(model.modules()))
