"""The examples that run through all chapters."""

import torch

# One token, one row: "Your journey starts with one step", embedded in three dimensions.
TOKENS = ["Your", "journey", "starts", "with", "one", "step"]


def inputs() -> torch.Tensor:
    """The six tokens of `TOKENS` as made-up embeddings, float32 of shape (6, 3)."""
    return torch.tensor(
        [
            [0.43, 0.15, 0.89],
            [0.55, 0.87, 0.66],
            [0.57, 0.85, 0.64],
            [0.22, 0.58, 0.33],
            [0.77, 0.25, 0.10],
            [0.05, 0.80, 0.55],
        ]
    )


# A vocabulary small enough to see whole, and two sentences of unequal length: 'the middle-aged
# man who writes code' and 'writes code every day', the shorter one padded.
PAD = "<PAD>"
VOCABULARY = ["写", "代码", "的", "中年人", "天天", PAD]
SENTENCES = [["写", "代码", "的", "中年人"], ["天天", "写", "代码", PAD]]


def token_ids(sentences: list[list[str]] = SENTENCES) -> torch.Tensor:
    """Sentences of equal length as positions in `VOCABULARY`, int64 of shape (b, T)."""
    return torch.tensor([[VOCABULARY.index(word) for word in words] for words in sentences])
