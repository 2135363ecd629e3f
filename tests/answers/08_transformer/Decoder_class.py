# %% correct: a ModuleList
class Decoder(nn.Module):
    def __init__(self, layers, d_model):
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.norm = nn.LayerNorm(d_model)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        for layer in self.layers:
            x = layer(x, memory, self_mask, memory_mask)
        return self.norm(x)

# %% correct: nn.Sequential as a container, by keyword
class Decoder(nn.Module):
    def __init__(self, layers, d_model):
        super().__init__()
        self.layers = nn.Sequential(*layers)
        self.norm = nn.LayerNorm(d_model)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        for layer in self.layers:
            x = layer(x, memory, self_mask=self_mask, memory_mask=memory_mask)
        return self.norm(x)

# %% correct: an index and own LayerNorm
class Decoder(nn.Module):
    def __init__(self, layers, d_model):
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.norm = LayerNorm(d_model)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        for i in range(len(self.layers)):
            x = self.layers[i](x, memory, self_mask, memory_mask)
        return self.norm(x)

# %% correct: recursion
class Decoder(nn.Module):
    def __init__(self, layers, d_model):
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.norm = nn.LayerNorm(d_model)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        def run(x, rest):
            return run(rest[0](x, memory, self_mask, memory_mask), rest[1:]) if rest else self.norm(x)

        return run(x, list(self.layers))

# %% wrong: a plain list
# visible test_Decoder_values: names it: 6 parameters are found, expected 30: a plain list hides the layers, nn.ModuleList registers them.
class Decoder(nn.Module):
    def __init__(self, layers, d_model):
        super().__init__()
        self.layers = list(layers)
        self.norm = nn.LayerNorm(d_model)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        for layer in self.layers:
            x = layer(x, memory, self_mask, memory_mask)
        return self.norm(x)

# %% wrong: the memory becomes the first layer's output
# hidden test_Decoder_values: names it: Decoder(x of shape (2, 3, 5), memory of shape (2, 4, 5)): a layer's output becomes the memory of the next: all get the same memory.
class Decoder(nn.Module):
    def __init__(self, layers, d_model):
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.norm = nn.LayerNorm(d_model)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        for layer in self.layers:
            x = memory = layer(x, memory, self_mask, memory_mask)
        return self.norm(x)

# %% wrong: memory_mask is not passed on
# hidden test_Decoder_values: names it: Decoder(x of shape (2, 3, 4), memory of shape (2, 4, 4), self_mask of shape (2, 3, 3), memory_mask of shape (2, 1, 4)): the memory_mask does not reach the layers.
class Decoder(nn.Module):
    def __init__(self, layers, d_model):
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.norm = nn.LayerNorm(d_model)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        for layer in self.layers:
            x = layer(x, memory, self_mask)
        return self.norm(x)

# %% wrong: self_mask is not passed on
# hidden test_Decoder_values: names it: Decoder(x of shape (2, 3, 4), memory of shape (2, 4, 4), self_mask of shape (2, 3, 3), memory_mask of shape (2, 1, 4)): the self_mask does not reach the layers.
class Decoder(nn.Module):
    def __init__(self, layers, d_model):
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.norm = nn.LayerNorm(d_model)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        for layer in self.layers:
            x = layer(x, memory, None, memory_mask)
        return self.norm(x)

# %% wrong: no mask is passed on
# hidden test_Decoder_values: names it: Decoder(x of shape (2, 3, 4), memory of shape (2, 4, 4), self_mask of shape (2, 3, 3), memory_mask of shape (2, 1, 4)): the masks do not reach the layers.
class Decoder(nn.Module):
    def __init__(self, layers, d_model):
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.norm = nn.LayerNorm(d_model)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        for layer in self.layers:
            x = layer(x, memory)
        return self.norm(x)

# %% wrong: masks exchanged
# hidden test_Decoder_values: names it: Decoder(x of shape (2, 3, 4), memory of shape (2, 4, 4), self_mask of shape (2, 3, 3), memory_mask of shape (2, 1, 4)): raises ValueError: the mask should be boolean of shape (2, 3, 3) or (2, 1, 3), but is torch.bool of shape (2, 1, 4). Line 55 of the cell: `raise ValueError(` Nothing should be raised here.
class Decoder(nn.Module):
    def __init__(self, layers, d_model):
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.norm = nn.LayerNorm(d_model)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        for layer in self.layers:
            x = layer(x, memory, memory_mask, self_mask)
        return self.norm(x)

# %% wrong: memory and target exchanged
# visible test_Decoder_values: Decoder(x of shape (2, 2, 3), memory of shape (2, 4, 3)): has shape (2, 4, 3), expected (2, 2, 3).
class Decoder(nn.Module):
    def __init__(self, layers, d_model):
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.norm = nn.LayerNorm(d_model)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        for layer in self.layers:
            x = layer(memory, x, self_mask, memory_mask)
        return self.norm(x)

# %% wrong: no norm at the end
# visible test_Decoder_values: names it: the result is not normalized: the norm comes after the last layer.
class Decoder(nn.Module):
    def __init__(self, layers, d_model):
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.norm = nn.LayerNorm(d_model)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        for layer in self.layers:
            x = layer(x, memory, self_mask, memory_mask)
        return x

# %% wrong: norm after every layer
# hidden test_Decoder_values: names it: Decoder(x of shape (2, 3, 5), memory of shape (2, 4, 5)): the norm stands after every layer: only the last sum is normalized.
class Decoder(nn.Module):
    def __init__(self, layers, d_model):
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.norm = nn.LayerNorm(d_model)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        for layer in self.layers:
            x = self.norm(layer(x, memory, self_mask, memory_mask))
        return x

# %% wrong: the target stands in for the memory
# hidden test_Decoder_values: names it: Decoder(x of shape (2, 3, 4), memory of shape (2, 4, 4)): the target is used as the memory.
class Decoder(nn.Module):
    def __init__(self, layers, d_model):
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.norm = nn.LayerNorm(d_model)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        for layer in self.layers:
            x = layer(x, x, self_mask, memory_mask)
        return self.norm(x)

# %% wrong: only the last layer
# hidden test_Decoder_values: names it: Decoder(x of shape (2, 3, 5), memory of shape (2, 4, 5)): only the last layer is used.
class Decoder(nn.Module):
    def __init__(self, layers, d_model):
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.norm = nn.LayerNorm(d_model)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        for layer in self.layers[-1:]:
            x = layer(x, memory, self_mask, memory_mask)
        return self.norm(x)

# %% wrong: the memory is normalized
# hidden test_Decoder_values: names it: Decoder(x of shape (2, 3, 4), memory of shape (2, 4, 4)): the memory is normalized: it comes as it should be.
class Decoder(nn.Module):
    def __init__(self, layers, d_model):
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.norm = nn.LayerNorm(d_model)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        memory = self.norm(memory)
        for layer in self.layers:
            x = layer(x, memory, self_mask, memory_mask)
        return self.norm(x)
