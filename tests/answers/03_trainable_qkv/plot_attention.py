# %% correct: imshow and text
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    if ax is None:
        fig, ax = plt.subplots(figsize=(5, 4))
    ax.imshow(weights, cmap="viridis")
    ax.set_xticks(range(len(key_labels)))
    ax.set_xticklabels(key_labels)
    ax.set_yticks(range(len(query_labels)))
    ax.set_yticklabels(query_labels)
    for i in range(weights.shape[0]):
        for j in range(weights.shape[1]):
            ax.text(j, i, f"{weights[i, j]:.2f}", ha="center", va="center", color="w")
    return ax

# %% correct: matshow, labels on top, a colour bar
def plot_attention(weights, query_labels, key_labels, ax=None):
    numbers = weights.detach().numpy()
    ax = ax or plt.figure().add_subplot()
    image = ax.matshow(numbers, vmin=0, vmax=1)
    ax.figure.colorbar(image, ax=ax)
    ax.set_xticks(range(numbers.shape[1]), key_labels, rotation=45)
    ax.set_yticks(range(numbers.shape[0]), query_labels)
    for (i, j), number in zip([(i, j) for i in range(numbers.shape[0]) for j in range(numbers.shape[1])], numbers.ravel()):
        ax.annotate(f"{number:.3f}", (j, i), ha="center", va="center")
    ax.set_xlabel("key")
    ax.set_ylabel("query")
    return ax

# %% correct: pcolormesh turned upside down
def plot_attention(weights, query_labels, key_labels, ax=None):
    with torch.no_grad():
        table = weights.tolist()
    if ax is None:
        _, ax = plt.subplots()
    ax.pcolormesh(table, edgecolors="white", cmap="Blues")
    ax.invert_yaxis()
    ax.set_xticks([j + 0.5 for j in range(len(key_labels))], labels=key_labels)
    ax.set_yticks([i + 0.5 for i in range(len(query_labels))], labels=query_labels)
    for i, row in enumerate(table):
        for j, weight in enumerate(row):
            ax.text(j + 0.5, i + 0.5, str(round(weight, 2)) if round(weight, 2) % 1 else "1.0" if weight > 0.5 else "0.0", horizontalalignment="center", verticalalignment="center")
    return ax

# %% correct: the course's own heatmap, with numbers
def plot_attention(weights, query_labels, key_labels, ax=None):
    ax = figures.heatmap(weights, query_labels, key_labels, ax=ax, title="attention", limits=(0, 1))
    for i, row in enumerate(weights.detach()):
        for j, weight in enumerate(row):
            ax.text(j, i, format(weight.item(), ".1f"), ha="center", va="center", fontsize=8)
    return ax

# %% correct: a figure without pyplot, a note beside it
def plot_attention(weights, query_labels, key_labels, ax=None):
    from matplotlib.figure import Figure

    ax = Figure().subplots() if ax is None else ax
    values = weights.detach().cpu().numpy()
    ax.imshow(values, aspect="auto", interpolation="nearest")
    for j in range(values.shape[1]):
        for i in range(values.shape[0]):
            ax.text(x=j, y=i, s="%.4f" % values[i][j], ha="center", va="center")
    ax.xaxis.set_ticks(range(len(key_labels)), key_labels)
    ax.yaxis.set_ticks(range(len(query_labels)), query_labels)
    ax.text(0, 1.02, "rows sum to 1", transform=ax.transAxes)
    return ax

# %% correct: shown at once
def plot_attention(weights, query_labels, key_labels, ax=None):
    own = ax is None
    if own:
        ax = plt.subplots()[1]
    data_ = weights.detach()
    ax.imshow(data_.numpy(), cmap=plt.cm.magma)
    [ax.text(j, i, f"{data_[i, j].item():.2f}", ha="center", va="center") for i in range(len(query_labels)) for j in range(len(key_labels))]
    plt.setp(ax, xticks=range(len(key_labels)), yticks=range(len(query_labels)))
    ax.set_xticklabels(key_labels, rotation=90)
    ax.set_yticklabels(query_labels)
    if own:
        plt.show()
    return ax

# %% wrong: x and y exchanged in the text
# visible test_plot_attention_numbers: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): some numbers do not stand in the middle of a cell of their own. Matplotlib takes x first, which counts the keys, then y, which counts the queries.
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    if ax is None:
        _, ax = plt.subplots()
    ax.imshow(weights)
    for i in range(len(query_labels)):
        for j in range(len(key_labels)):
            ax.text(i, j, f"{weights[i, j]:.2f}", ha="center", va="center")
    ax.set_xticks(range(len(key_labels)), labels=key_labels)
    ax.set_yticks(range(len(query_labels)), labels=query_labels)
    return ax

# %% wrong: the transposed image
# visible test_plot_attention_numbers: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): the heatmap has 3 rows and 2 columns, expected 2 and 3. Queries go down, keys across.
# visible test_plot_attention_labels: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): the heatmap has 3 rows and 2 columns, expected 2 and 3. Queries go down, keys across.
# visible test_plot_attention_axes: names it: plot_attention(weights of shape (3, 2), list of 3, list of 2, ax=a Axes): the heatmap has 2 rows and 3 columns, expected 3 and 2. Queries go down, keys across.
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    if ax is None:
        _, ax = plt.subplots()
    ax.imshow(weights.T)
    for i in range(len(query_labels)):
        for j in range(len(key_labels)):
            ax.text(j, i, f"{weights[i, j]:.2f}", ha="center", va="center")
    ax.set_xticks(range(len(key_labels)), labels=key_labels)
    ax.set_yticks(range(len(query_labels)), labels=query_labels)
    return ax

# %% wrong: transposed throughout, keys down
# visible test_plot_attention_numbers: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): the heatmap has 3 rows and 2 columns, expected 2 and 3. Queries go down, keys across.
# visible test_plot_attention_labels: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): the heatmap has 3 rows and 2 columns, expected 2 and 3. Queries go down, keys across.
# visible test_plot_attention_axes: names it: plot_attention(weights of shape (3, 2), list of 3, list of 2, ax=a Axes): the heatmap has 2 rows and 3 columns, expected 3 and 2. Queries go down, keys across.
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    if ax is None:
        _, ax = plt.subplots()
    ax.imshow(weights.T)
    for i in range(len(query_labels)):
        for j in range(len(key_labels)):
            ax.text(i, j, f"{weights[i, j]:.2f}", ha="center", va="center")
    ax.set_xticks(range(len(query_labels)), labels=query_labels)
    ax.set_yticks(range(len(key_labels)), labels=key_labels)
    return ax

# %% wrong: labels exchanged
# visible test_plot_attention_labels: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): the rows are labelled left, middle, right; expected up, down. Queries go down, keys across.
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    if ax is None:
        _, ax = plt.subplots()
    ax.imshow(weights)
    for i in range(len(query_labels)):
        for j in range(len(key_labels)):
            ax.text(j, i, f"{weights[i, j]:.2f}", ha="center", va="center")
    ax.set_xticks(range(len(query_labels)), labels=query_labels)
    ax.set_yticks(range(len(key_labels)), labels=key_labels)
    return ax

# %% wrong: no numbers
# visible test_plot_attention_numbers: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): 0 numbers on the heatmap, expected 6, one per cell.
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    if ax is None:
        _, ax = plt.subplots()
    ax.imshow(weights)
    for i in range(len(query_labels)):
        for j in range(len(key_labels)):
            pass
    ax.set_xticks(range(len(key_labels)), labels=key_labels)
    ax.set_yticks(range(len(query_labels)), labels=query_labels)
    return ax

# %% wrong: whole numbers
# visible test_plot_attention_numbers: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): the cell in row 0, column 0 (from the top, from the left) shows 0, without decimals.
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    if ax is None:
        _, ax = plt.subplots()
    ax.imshow(weights)
    for i in range(len(query_labels)):
        for j in range(len(key_labels)):
            ax.text(j, i, f"{weights[i, j]:.0f}", ha="center", va="center")
    ax.set_xticks(range(len(key_labels)), labels=key_labels)
    ax.set_yticks(range(len(query_labels)), labels=query_labels)
    return ax

# %% wrong: percent
# visible test_plot_attention_numbers: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): 0 numbers on the heatmap, expected 6, one per cell.
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    if ax is None:
        _, ax = plt.subplots()
    ax.imshow(weights)
    for i in range(len(query_labels)):
        for j in range(len(key_labels)):
            ax.text(j, i, f"{100 * weights[i, j]:.1f}%", ha="center", va="center")
    ax.set_xticks(range(len(key_labels)), labels=key_labels)
    ax.set_yticks(range(len(query_labels)), labels=query_labels)
    return ax

# %% wrong: cannot take a gradient
# hidden test_plot_attention_numbers: plot_attention(weights of shape (4, 2), list of 4, list of 2): raises RuntimeError: Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead. Line 4 of the cell: `ax.imshow(weights.numpy())`
def plot_attention(weights, query_labels, key_labels, ax=None):
    if ax is None:
        _, ax = plt.subplots()
    ax.imshow(weights.numpy())
    for i in range(len(query_labels)):
        for j in range(len(key_labels)):
            ax.text(j, i, f"{weights[i, j]:.2f}", ha="center", va="center")
    ax.set_xticks(range(len(key_labels)), labels=key_labels)
    ax.set_yticks(range(len(query_labels)), labels=query_labels)
    return ax

# %% wrong: returns nothing
# visible test_plot_attention_numbers: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): should return the Axes, but returns None. Is the `return` missing?
# visible test_plot_attention_labels: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): should return the Axes, but returns None. Is the `return` missing?
# visible test_plot_attention_axes: names it: plot_attention(weights of shape (3, 2), list of 3, list of 2, ax=a Axes): should return the Axes, but returns None. Is the `return` missing?
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    if ax is None:
        _, ax = plt.subplots()
    ax.imshow(weights)
    for i in range(len(query_labels)):
        for j in range(len(key_labels)):
            ax.text(j, i, f"{weights[i, j]:.2f}", ha="center", va="center")
    ax.set_xticks(range(len(key_labels)), labels=key_labels)
    ax.set_yticks(range(len(query_labels)), labels=query_labels)

# %% wrong: returns the figure
# visible test_plot_attention_numbers: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): should return the Axes, but returns a Figure.
# visible test_plot_attention_labels: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): should return the Axes, but returns a Figure.
# visible test_plot_attention_axes: names it: plot_attention(weights of shape (3, 2), list of 3, list of 2, ax=a Axes): should return the Axes, but returns a Figure.
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    if ax is None:
        _, ax = plt.subplots()
    ax.imshow(weights)
    for i in range(len(query_labels)):
        for j in range(len(key_labels)):
            ax.text(j, i, f"{weights[i, j]:.2f}", ha="center", va="center")
    ax.set_xticks(range(len(key_labels)), labels=key_labels)
    ax.set_yticks(range(len(query_labels)), labels=query_labels)
    return ax.figure

# %% wrong: draws on the current Axes
# hidden test_plot_attention_numbers: names it: plot_attention(weights of shape (1, 3), list of 1, list of 3): the heatmap has 4 rows and 2 columns, expected 1 and 3. Queries go down, keys across.
# hidden test_plot_attention_labels: names it: plot_attention(weights of shape (4, 1), list of 4, list of 1): the heatmap has 4 rows and 4 columns, expected 4 and 1. Queries go down, keys across.
# visible test_plot_attention_axes: names it: plot_attention(weights of shape (3, 2), list of 3, list of 2) without Axes: draws on Axes that belong to another picture.
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    if ax is None:
        ax = plt.gca()
    ax.imshow(weights)
    for i in range(len(query_labels)):
        for j in range(len(key_labels)):
            ax.text(j, i, f"{weights[i, j]:.2f}", ha="center", va="center")
    ax.set_xticks(range(len(key_labels)), labels=key_labels)
    ax.set_yticks(range(len(query_labels)), labels=query_labels)
    return ax

# %% wrong: always makes a figure
# visible test_plot_attention_axes: names it: plot_attention(weights of shape (3, 2), list of 3, list of 2, ax=a Axes), on the Axes that were given: there is no heatmap on the Axes.
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    _, ax = plt.subplots()
    ax.imshow(weights)
    for i in range(len(query_labels)):
        for j in range(len(key_labels)):
            ax.text(j, i, f"{weights[i, j]:.2f}", ha="center", va="center")
    ax.set_xticks(range(len(key_labels)), labels=key_labels)
    ax.set_yticks(range(len(query_labels)), labels=query_labels)
    return ax

# %% wrong: upside down
# visible test_plot_attention_numbers: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): it is upside down, the first query belongs at the top.
# visible test_plot_attention_labels: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): the rows are labelled down, up; expected up, down. Queries go down, keys across.
# visible test_plot_attention_axes: names it: plot_attention(weights of shape (3, 2), list of 3, list of 2, ax=a Axes): it is upside down, the first query belongs at the top.
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    if ax is None:
        _, ax = plt.subplots()
    ax.imshow(weights, origin="lower")
    for i in range(len(query_labels)):
        for j in range(len(key_labels)):
            ax.text(j, i, f"{weights[i, j]:.2f}", ha="center", va="center")
    ax.set_xticks(range(len(key_labels)), labels=key_labels)
    ax.set_yticks(range(len(query_labels)), labels=query_labels)
    return ax

# %% wrong: no labels on the queries
# visible test_plot_attention_labels: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): the rows are labelled −0.50, −0.25, 0.00, 0.25, 0.50, 0.75, 1.00, 1.25, 1.50; expected up, down. Queries go down, keys across.
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    if ax is None:
        _, ax = plt.subplots()
    ax.imshow(weights)
    for i in range(len(query_labels)):
        for j in range(len(key_labels)):
            ax.text(j, i, f"{weights[i, j]:.2f}", ha="center", va="center")
    ax.set_xticks(range(len(key_labels)), labels=key_labels)
    return ax

# %% wrong: no labels at all
# visible test_plot_attention_labels: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): the rows are labelled −0.50, −0.25, 0.00, 0.25, 0.50, 0.75, 1.00, 1.25, 1.50; expected up, down. Queries go down, keys across.
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    if ax is None:
        _, ax = plt.subplots()
    ax.imshow(weights)
    for i in range(len(query_labels)):
        for j in range(len(key_labels)):
            ax.text(j, i, f"{weights[i, j]:.2f}", ha="center", va="center")
    return ax

# %% wrong: the keys labelled with the queries' words
# visible test_plot_attention_labels: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): the columns are labelled up, down, up; expected left, middle, right. Queries go down, keys across.
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    if ax is None:
        _, ax = plt.subplots()
    ax.imshow(weights)
    for i in range(len(query_labels)):
        for j in range(len(key_labels)):
            ax.text(j, i, f"{weights[i, j]:.2f}", ha="center", va="center")
    ax.set_xticks(range(len(key_labels)), labels=(query_labels * 9)[: len(key_labels)])
    ax.set_yticks(range(len(query_labels)), labels=query_labels)
    return ax

# %% wrong: labels in the wrong order
# visible test_plot_attention_labels: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): the rows are labelled down, up; expected up, down. Queries go down, keys across.
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    if ax is None:
        _, ax = plt.subplots()
    ax.imshow(weights)
    for i in range(len(query_labels)):
        for j in range(len(key_labels)):
            ax.text(j, i, f"{weights[i, j]:.2f}", ha="center", va="center")
    ax.set_xticks(range(len(key_labels)), labels=key_labels)
    ax.set_yticks(range(len(query_labels)), labels=query_labels[::-1])
    return ax

# %% wrong: only the diagonal has numbers
# visible test_plot_attention_numbers: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): 2 numbers on the heatmap, expected 6, one per cell.
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    if ax is None:
        _, ax = plt.subplots()
    ax.imshow(weights)
    for i in range(len(query_labels)):
        for j in [i] if i < len(key_labels) else []:
            ax.text(j, i, f"{weights[i, j]:.2f}", ha="center", va="center")
    ax.set_xticks(range(len(key_labels)), labels=key_labels)
    ax.set_yticks(range(len(query_labels)), labels=query_labels)
    return ax

# %% wrong: square matrices only
# visible test_plot_attention_numbers: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): 4 numbers on the heatmap, expected 6, one per cell.
# hidden test_plot_attention_labels: plot_attention(weights of shape (4, 1), list of 4, list of 1): raises IndexError: index 1 is out of bounds for dimension 1 with size 1. Line 8 of the cell: `ax.text(j, i, f"{weights[i, j]:.2f}", ha="center", va="center")`
# visible test_plot_attention_axes: plot_attention(weights of shape (3, 2), list of 3, list of 2, ax=a Axes): raises IndexError: index 2 is out of bounds for dimension 1 with size 2. Line 8 of the cell: `ax.text(j, i, f"{weights[i, j]:.2f}", ha="center", va="center")`
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    if ax is None:
        _, ax = plt.subplots()
    ax.imshow(weights)
    for i in range(len(query_labels)):
        for j in range(len(query_labels)):
            ax.text(j, i, f"{weights[i, j]:.2f}", ha="center", va="center")
    ax.set_xticks(range(len(key_labels)), labels=key_labels)
    ax.set_yticks(range(len(query_labels)), labels=query_labels)
    return ax

# %% wrong: needs Axes
# visible test_plot_attention_numbers: plot_attention(weights of shape (2, 3), list of 2, list of 3): raises AttributeError: 'NoneType' object has no attribute 'imshow'. Line 3 of the cell: `ax.imshow(weights)`
# visible test_plot_attention_labels: plot_attention(weights of shape (2, 3), list of 2, list of 3): raises AttributeError: 'NoneType' object has no attribute 'imshow'. Line 3 of the cell: `ax.imshow(weights)`
# visible test_plot_attention_axes: plot_attention(weights of shape (3, 2), list of 3, list of 2): raises AttributeError: 'NoneType' object has no attribute 'imshow'. Line 3 of the cell: `ax.imshow(weights)`
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    ax.imshow(weights)
    for i in range(len(query_labels)):
        for j in range(len(key_labels)):
            ax.text(j, i, f"{weights[i, j]:.2f}", ha="center", va="center")
    ax.set_xticks(range(len(key_labels)), labels=key_labels)
    ax.set_yticks(range(len(query_labels)), labels=query_labels)
    return ax

# %% wrong: no image, only numbers
# visible test_plot_attention_numbers: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): there is no heatmap on the Axes.
# visible test_plot_attention_labels: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): there is no heatmap on the Axes.
# visible test_plot_attention_axes: names it: plot_attention(weights of shape (3, 2), list of 3, list of 2, ax=a Axes): there is no heatmap on the Axes.
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    if ax is None:
        _, ax = plt.subplots()
    for i in range(len(query_labels)):
        for j in range(len(key_labels)):
            ax.text(j, i, f"{weights[i, j]:.2f}", ha="center", va="center")
    ax.set_xticks(range(len(key_labels)), labels=key_labels)
    ax.set_yticks(range(len(query_labels)), labels=query_labels)
    return ax

# %% wrong: numbers of a softmax taken once more
# visible test_plot_attention_numbers: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): the cell in row 0, column 0 (from the top, from the left) shows 0.26, where the weight is 0.1.
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    if ax is None:
        _, ax = plt.subplots()
    ax.imshow(weights)
    for i in range(len(query_labels)):
        for j in range(len(key_labels)):
            ax.text(j, i, f"{weights.softmax(-1)[i, j]:.2f}", ha="center", va="center")
    ax.set_xticks(range(len(key_labels)), labels=key_labels)
    ax.set_yticks(range(len(query_labels)), labels=query_labels)
    return ax

# %% wrong: labels by set_xticklabels alone
# visible test_plot_attention_labels: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): the labels of the rows do not stand at their rows.
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    if ax is None:
        _, ax = plt.subplots()
    ax.imshow(weights)
    for i in range(len(query_labels)):
        for j in range(len(key_labels)):
            ax.text(j, i, f"{weights[i, j]:.2f}", ha="center", va="center")
    ax.set_xticklabels(key_labels)
    ax.set_yticklabels(query_labels)
    return ax

# %% wrong: two numbers in each cell
# visible test_plot_attention_numbers: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): 12 numbers on the heatmap, expected 6, one per cell.
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    if ax is None:
        _, ax = plt.subplots()
    ax.imshow(weights)
    for i in range(len(query_labels)):
        for j in range(len(key_labels)):
            ax.text(j, i, f"{weights[i, j]:.2f}", ha="center", va="center")
            ax.text(j, i + 0.2, f"{weights[i, j]:.2f}", ha="center", va="center")
    ax.set_xticks(range(len(key_labels)), labels=key_labels)
    ax.set_yticks(range(len(query_labels)), labels=query_labels)
    return ax

# %% wrong: numbers at the corners of the cells
# visible test_plot_attention_numbers: names it: plot_attention(weights of shape (2, 3), list of 2, list of 3): some numbers do not stand in the middle of a cell of their own. Matplotlib takes x first, which counts the keys, then y, which counts the queries.
def plot_attention(weights, query_labels, key_labels, ax=None):
    weights = weights.detach()
    if ax is None:
        _, ax = plt.subplots()
    ax.imshow(weights)
    for i in range(len(query_labels)):
        for j in range(len(key_labels)):
            ax.text(j + 0.5, i + 0.5, f"{weights[i, j]:.2f}", ha="center", va="center")
    ax.set_xticks(range(len(key_labels)), labels=key_labels)
    ax.set_yticks(range(len(query_labels)), labels=query_labels)
    return ax
