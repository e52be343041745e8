"""The Jacobian of the softmax, from its own output."""

from __future__ import annotations


def softmax_jacobian(p: list[float]) -> list[list[float | None]]:
    """The slope of every probability by every logit.

    Args:
        p: n probabilities that add up to 1, n from 2 to 5.

    Returns:
        n rows of n numbers: row i, column j holds dp[i]/dz[j].
    """
    # Both cases in one: (i == j) is 1 on the diagonal (the numerator moves) and 0 elsewhere; the -p[j] is
    # the denominator, which moves always. In NumPy: np.diag(p) - np.outer(p, p).
    return [[p_i * ((i == j) - p_j) for j, p_j in enumerate(p)] for i, p_i in enumerate(p)]
