"""Backward through the mean squared error: L = mean of (p[i] - t[i])^2."""

from handgrad import Value


def mse(predictions: list[Value], targets: list[float]) -> None:
    """Fill in the grad of every prediction, dL/dp[i].

    Args:
        predictions: n nodes, n from 3 to 7.
        targets: n plain numbers.
    """
    # TODO: fill in prediction.grad for each of them; mind both the square and the mean.
