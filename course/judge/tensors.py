"""Tensors as plain values: by their bytes, never pickled."""

from __future__ import annotations

import math
from typing import Any

import torch

from course.judge.wire import expect

MAX_DIMENSIONS = 16

DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        *(torch.float16, torch.bfloat16, torch.float32, torch.float64),
        *(torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64),
        *(torch.bool, torch.complex64, torch.complex128),
    )
}
NAMES = {dtype: name for name, dtype in DTYPES.items()}


def pack_tensor(tensor: torch.Tensor) -> list:
    """[dtype, shape, strides or None, bytes] of a dense tensor.

    Strides go along where they are not the usual ones: memory layout is something tests look at.
    """
    tensor = tensor.detach()
    expect(tensor.dtype in NAMES and tensor.layout == torch.strided, f"a {tensor.dtype} tensor")
    strides = None if tensor.is_contiguous() else list(tensor.stride())
    flat = tensor.contiguous().as_strided((tensor.numel(),), (1,))
    content = flat.view(torch.uint8).numpy().tobytes() if len(flat) else b""
    return [NAMES[tensor.dtype], list(tensor.shape), strides, content]


def unpack_tensor(packed: Any) -> torch.Tensor:
    """A new tensor of its own from what `pack_tensor` gave; checks every part of it."""
    expect(isinstance(packed, list) and len(packed) == 4, "a tensor of other parts")
    name, shape, strides, content = packed
    expect(isinstance(name, str) and name in DTYPES, "a tensor of unknown dtype")
    expect(_sizes(shape), "a tensor of no shape")
    expect(isinstance(content, bytes), "a tensor without numbers")
    dtype = DTYPES[name]
    expect(len(content) == math.prod(shape) * dtype.itemsize, "a tensor of another length")
    if not content:
        return torch.empty(shape, dtype=dtype)
    if dtype == torch.bool:  # a byte other than 0 and 1 is no bool, and torch would not notice
        tensor = torch.frombuffer(bytearray(content), dtype=torch.uint8) != 0
    else:
        tensor = torch.frombuffer(bytearray(content), dtype=dtype)
    tensor = tensor.reshape(shape)
    return tensor if strides is None else _with_strides(tensor, strides)


def _sizes(values: Any) -> bool:
    return (
        isinstance(values, list)
        and len(values) <= MAX_DIMENSIONS
        and all(type(value) is int and 0 <= value < 2**40 for value in values)
    )


def _with_strides(tensor: torch.Tensor, strides: Any) -> torch.Tensor:
    """The same numbers in memory laid out otherwise; dimensions of stride 0 stay expanded."""
    expect(_sizes(strides) and len(strides) == tensor.dim(), "a tensor of other strides")
    narrow = tensor
    for dim, stride in enumerate(strides):
        if stride == 0 and tensor.shape[dim] > 1:
            narrow = narrow.narrow(dim, 0, 1)
    reach = sum((size - 1) * step for size, step in zip(narrow.shape, strides, strict=True))
    expect(reach < 64 * tensor.numel() + 64, "a tensor scattered too far")
    laid_out = torch.empty(reach + 1, dtype=tensor.dtype).as_strided(narrow.shape, strides)
    laid_out.copy_(narrow)
    return laid_out.expand(tensor.shape)
