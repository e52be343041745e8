"""The Jacobian of the softmax, from its own output."""

from __future__ import annotations


def softmax_jacobian(p: list[float]) -> list[list[float | None]]:
    """The slope of every probability by every logit.

    Args:
        p: n probabilities that add up to 1, n from 2 to 5.

    Returns:
        n rows of n numbers: row i, column j holds dp[i]/dz[j].
    """
    # TODO: compute each entry from p alone; the diagonal is not like the rest.
    return [[None for _ in p] for _ in p]
