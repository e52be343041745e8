"""Backward through the mean squared error: L = mean of (p[i] - t[i])^2."""

from handgrad import Value


def mse(predictions: list[Value], targets: list[float]) -> None:
    """Fill in the grad of every prediction, dL/dp[i].

    Args:
        predictions: n nodes, n from 3 to 7.
        targets: n plain numbers.
    """
    n = len(predictions)
    for p, t in zip(predictions, targets):
        # The square gives the 2, the mean gives the 1/n; the error keeps its sign.
        p.grad = 2.0 * (p.data - t) / n
