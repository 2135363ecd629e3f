"""What the tests say of a heatmap that a student drew.

`drawn` reads matplotlib Axes into plain values; the checks look at those and at nothing else, so
any way of drawing is as good as any other: `imshow`, `matshow`, `pcolormesh`, `text`, `annotate`.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import torch

from course.notebook.checks import KnownMistake, brief, counted, quiet

DOWN_ACROSS = "Queries go down, keys across."


def drawn(axes: Any) -> dict[str, list]:
    """What stands on matplotlib Axes, as plain values.

    Positions are in pixels, x to the right and y *down*.

    Returns:
        cells: (value, x, y) of the middle of each cell of the heatmap, empty without one;
        texts: (text, x, y) of each text on the Axes;
        rows, columns: (label, position) of each label in view on the y and on the x axis.
    """
    with quiet():  # a font that lacks a character warns
        axes.get_figure(root=True).draw_without_rendering()
    to_pixels = axes.transData.transform
    found = {"cells": [], "texts": []}
    for value, x, y in cells_of(axes):
        x, y = to_pixels((x, y))
        found["cells"].append((value, float(x), -float(y)))
    for text in axes.texts:
        x, y = text.get_transform().transform(text.get_unitless_position())
        found["texts"].append((text.get_text(), float(x), -float(y)))
    for name, axis, index, sign in (("columns", axes.xaxis, 0, 1), ("rows", axes.yaxis, 1, -1)):
        low, high = sorted(axis.get_view_interval())
        found[name] = [
            (label, sign * float(to_pixels((tick.get_loc(), tick.get_loc()))[index]))
            for tick in axis.get_major_ticks()
            if low <= tick.get_loc() <= high and (label := label_of(tick))
        ]
    return found


def label_of(tick: Any) -> str:
    """The label of a tick, on whichever side of the Axes it is shown."""
    shown = [label.get_text() for label in (tick.label1, tick.label2) if label.get_visible()]
    return next(filter(None, shown), "")


def cells_of(axes: Any) -> list[tuple]:
    """(value, x, y) of each cell of the first image or colour mesh, in data coordinates."""
    for image in axes.images:
        values = image.get_array()
        left, right, bottom, top = image.get_extent()
        first, last = (top, bottom) if image.origin == "upper" else (bottom, top)
        height, width = values.shape[:2]
        xs = [left + (j + 0.5) / width * (right - left) for j in range(width)]
        ys = [first + (i + 0.5) / height * (last - first) for i in range(height)]
        return [(float(values[i, j]), x, y) for i, y in enumerate(ys) for j, x in enumerate(xs)]
    for mesh in axes.collections:
        if hasattr(mesh, "get_coordinates"):
            corners = mesh.get_coordinates()
            middles = ((corners[:-1, :-1] + corners[1:, 1:]) / 2).reshape(-1, 2)
            values = mesh.get_array().reshape(-1)
            return [(float(value), *middle) for value, middle in zip(values, middles, strict=True)]
    return []


# ---------------------------------------------------------------------------------------
# Checks


def shades(axes: Any, weights: torch.Tensor, what: str) -> None:
    """Check that Axes show `weights` as shades, row 0 at the top and column 0 on the left."""
    found, ys, xs = grid(axes, weights, what)
    shown = torch.full(weights.shape, torch.nan)
    for value, x, y in found["cells"]:
        shown[nearest(ys, y), nearest(xs, x)] = value
    wanted = weights.detach().to(shown.dtype)
    if torch.allclose(shown, wanted, atol=1e-4):
        return
    if torch.allclose(shown, wanted.flip(0), atol=1e-4):
        raise KnownMistake(f"{what}: it is upside down, the first query belongs at the top.")
    if torch.allclose(shown, wanted.flip(1), atol=1e-4):
        raise KnownMistake(f"{what}: it is mirrored, the first key belongs on the left.")
    raise KnownMistake(f"{what}: the shades of the heatmap are not those of the weights.")


def numbers(axes: Any, weights: torch.Tensor, what: str) -> None:
    """Check that each cell of a heatmap holds one number, its weight, with a decimal or more."""
    found, ys, xs = grid(axes, weights, what)
    written = [(n, x, y) for text, x, y in found["texts"] if (n := decimal(text)) is not None]
    if len(written) != weights.numel():
        raise KnownMistake(
            f"{what}: {counted(len(written), 'number')} on the heatmap, expected "
            f"{weights.numel()}, one per cell."
        )
    by_cell = {(nearest(ys, y), nearest(xs, x)): n for n, x, y in written}
    if len(by_cell) < weights.numel() or any(None in cell for cell in by_cell):
        raise KnownMistake(
            f"{what}: some numbers do not stand in the middle of a cell of their own. Matplotlib "
            "takes x first, which counts the keys, then y, which counts the queries."
        )
    for (i, j), shown in by_cell.items():
        decimals = -shown.as_tuple().exponent
        cell = f"the cell in row {i}, column {j} (from the top, from the left)"
        if decimals < 1:
            raise KnownMistake(f"{what}: {cell} shows {shown}, without decimals.")
        if abs(float(shown) - weights[i, j].item()) > 0.5001 * 10**-decimals + 1e-6:
            raise KnownMistake(
                f"{what}: {cell} shows {shown}, where the weight is {weights[i, j].item():.4g}."
            )


def labels(
    axes: Any, weights: torch.Tensor, rows: list[str], columns: list[str], what: str
) -> None:
    """Check that the rows and columns of a heatmap carry these labels, each at its place."""
    found, ys, xs = grid(axes, weights, what)
    for side, wanted, places in (("rows", rows, ys), ("columns", columns, xs)):
        there = sorted(found[side], key=lambda item: item[1])
        names = [label for label, _ in there]
        if names != list(wanted):
            raise KnownMistake(
                f"{what}: the {side} are labelled {', '.join(names) or 'with nothing'}; expected "
                f"{', '.join(wanted)}. {DOWN_ACROSS}"
            )
        if [nearest(places, position) for _, position in there] != list(range(len(wanted))):
            raise KnownMistake(f"{what}: the labels of the {side} do not stand at their {side}.")


def grid(axes: Any, weights: torch.Tensor, what: str) -> tuple[dict, list, list]:
    """What is drawn, the heights of a heatmap's rows and the places of its columns.

    Raises:
        KnownMistake: there is no heatmap, or it has another shape than the weights.
    """
    if not hasattr(axes, "transData"):
        hint = " Is the `return` missing?" if axes is None else ""
        raise KnownMistake(f"{what}: should return the Axes, but returns {brief(axes)}.{hint}")
    found = drawn(axes)  # once: a layout may move a little whenever it is drawn
    cells = found["cells"]
    if not cells:
        raise KnownMistake(f"{what}: there is no heatmap on the Axes.")
    ys, xs = sorted({round(y, 2) for _, _, y in cells}), sorted({round(x, 2) for _, x, _ in cells})
    if (len(ys), len(xs)) != tuple(weights.shape):
        raise KnownMistake(
            f"{what}: the heatmap has {counted(len(ys), 'row')} and {counted(len(xs), 'column')}, "
            f"expected {weights.shape[0]} and {weights.shape[1]}. {DOWN_ACROSS}"
        )
    return found, ys, xs


def nearest(places: list[float], position: float) -> int | None:
    """Which of the evenly spaced places a position belongs to; None where it is at none."""
    step = places[1] - places[0] if len(places) > 1 else float("inf")
    index = min(range(len(places)), key=lambda i: abs(places[i] - position))
    return index if abs(places[index] - position) < 0.4 * step else None


def decimal(text: str) -> Decimal | None:
    """The number that a text is, None where it is none."""
    try:
        return Decimal(text.strip().strip("$"))
    except InvalidOperation:
        return None


def untouched(axes: Any, what: str) -> None:
    """Check that nobody drew on these Axes."""
    found = drawn(axes)
    if found["cells"] or found["texts"]:
        raise KnownMistake(f"{what}: draws on Axes that belong to another picture.")
