"""How the course draws: one style, readable without colour, with axes named."""

from collections.abc import Sequence

import matplotlib as mpl
import matplotlib.pyplot as plt
import torch
from matplotlib import font_manager
from matplotlib.axes import Axes

# Light to dark in equal steps of brightness, so that print and colour-blind eyes lose nothing.
COLOUR_MAP = "Greys"

# Lines that a reader tells apart by dash and grey, not by hue.
LINES = mpl.cycler(color=["black", "0.35", "0.55", "0.7"]) + mpl.cycler(
    linestyle=["-", "--", "-.", ":"]
)

# In the order in which they are looked for; all have simplified Chinese.
CHINESE_FONTS = [
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
]


def use_style() -> None:
    """Set the course's style for all figures of the notebook."""
    mpl.rcParams.update(
        {
            "figure.figsize": (6.0, 3.6),
            "figure.dpi": 100,
            "figure.constrained_layout.use": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": LINES,
            "image.cmap": COLOUR_MAP,
            "font.size": 10,
        }
    )


def use_chinese_font() -> bool:
    """Choose an installed font with Chinese characters; say so in words where there is none.

    Returns:
        whether one was found. Without one, label with `romanized`, never with empty boxes.
    """
    installed = {font.name for font in font_manager.fontManager.ttflist}
    found = [name for name in CHINESE_FONTS if name in installed]
    if not found:
        print("No Chinese font is installed here: the labels are in pinyin.")
        return False
    # First in the list, or labels that also hold mathematics turn to boxes.
    mpl.rcParams["font.family"] = [found[0], "DejaVu Sans"]
    return True


PINYIN = {
    "写": "xiě",
    "代码": "dàimǎ",
    "的": "de",
    "中年人": "zhōngniánrén",
    "天天": "tiāntiān",
}


def romanized(words: Sequence[str]) -> list[str]:
    """Chinese words in pinyin; words that `PINYIN` does not know stay as they are."""
    return [PINYIN.get(word, word) for word in words]


def heatmap(
    matrix: torch.Tensor,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    title: str = "",
    ylabel: str = "query",
    xlabel: str = "key",
    limits: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a matrix as shades of grey, dark for large, with a scale beside it.

    Args:
        matrix: (R, C), any tensor; a gradient is left alone.
        rows, columns: R and C labels.
        limits: values drawn white and black; None takes the smallest and largest.
        ax: where to draw; None makes a figure.

    Returns:
        the Axes.
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(1.6 + 0.55 * len(columns), 0.9 + 0.5 * len(rows)))
    low, high = limits or (None, None)
    image = ax.imshow(matrix.detach(), cmap=COLOUR_MAP, vmin=low, vmax=high)
    ax.set_xticks(range(len(columns)), labels=columns, rotation=40, ha="right")
    ax.set_yticks(range(len(rows)), labels=rows)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    ax.figure.colorbar(image, ax=ax, shrink=0.8)
    return ax
