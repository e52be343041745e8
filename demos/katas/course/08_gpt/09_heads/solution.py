"""Backward through splitting into heads and merging them, in NumPy."""

from __future__ import annotations

import numpy as np


def split(x: np.ndarray, W: np.ndarray, dq: np.ndarray, dk: np.ndarray, dv: np.ndarray) -> dict[str, np.ndarray | None]:
    """The gradients of splitting into heads.

    Forward it was: qkv = x @ W; q, k, v = the three thirds of its columns, each made into heads by
    .reshape(T, H, d).transpose(1, 0, 2).

    Args:
        x: of shape (T, C).
        W: of shape (C, 3*C).
        dq, dk, dv: the upstream gradients of the heads, each of shape (H, T, d), H*d = C.

    Returns:
        The gradients of "qkv" (T, 3*C), "x" and "W".
    """
    T, C = x.shape
    # Axes back first, then the columns: the steps of the way there, in reverse.
    back = [heads.transpose(1, 0, 2).reshape(T, C) for heads in (dq, dk, dv)]
    dqkv = np.concatenate(back, axis=1)
    return {"qkv": dqkv, "x": dqkv @ W.T, "W": x.T @ dqkv}


def merge(merged: np.ndarray, Wo: np.ndarray, heads: int, dy: np.ndarray) -> dict[str, np.ndarray | None]:
    """The gradients of merging the heads.

    Forward it was: merged = out.transpose(1, 0, 2).reshape(T, C), y = merged @ Wo.

    Args:
        merged: of shape (T, C).
        Wo: of shape (C, C).
        heads: H, how many there are.
        dy: the upstream gradient, of shape (T, C).

    Returns:
        The gradients of "Wo", "merged" and "out", the heads' outputs, of shape (H, T, d).
    """
    T, C = merged.shape
    dmerged = dy @ Wo.T
    dout = dmerged.reshape(T, heads, C // heads).transpose(1, 0, 2)
    return {"Wo": merged.T @ dy, "merged": dmerged, "out": dout}
