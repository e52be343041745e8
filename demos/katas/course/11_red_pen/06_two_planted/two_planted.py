"""Backward through three layers, as an exercise of a well-known course hands it out."""

from __future__ import annotations

import numpy as np

Arrays = dict[str, np.ndarray]


def two_planted(X: np.ndarray, Y: np.ndarray, cache: Arrays) -> Arrays:
    """The gradients of the mean logistic loss; one column per example.

    Forward it was: Z1 = W1 @ X + b1, A1 = relu(Z1), Z2 = W2 @ A1 + b2, A2 = relu(Z2), Z3 = W3 @ A2 + b3,
    A3 = sigmoid(Z3), and the mean over the m columns of -Y*log(A3) - (1 - Y)*log(1 - A3).

    Args:
        X: the inputs, of shape (n, m).
        Y: 0 or 1 for each, of shape (1, m).
        cache: W1, b1, Z1, A1, W2, b2, Z2, A2, W3, b3, Z3, A3; each b of shape (k, 1).

    Returns:
        The gradients of the six parameters, "W1", "b1" ... "b3", in the shapes of the arrays.
    """
    # TODO: two of these lines are wrong. Fix those, and only those.
    m = X.shape[1]
    dZ3 = cache["A3"] - Y
    dW3 = 1.0 / m * dZ3 @ cache["A2"].T
    db3 = 1.0 / m * dZ3.sum(1, keepdims=True)
    dA2 = cache["W3"].T @ dZ3
    dZ2 = dA2 * (cache["A2"] > 0)
    dW2 = 1.0 / m * dZ2 @ cache["A1"].T * 2
    db2 = 1.0 / m * dZ2.sum(1, keepdims=True)
    dA1 = cache["W2"].T @ dZ2
    dZ1 = dA1 * (cache["A1"] > 0)
    dW1 = 1.0 / m * dZ1 @ X.T
    db1 = 4.0 / m * dZ1.sum(1, keepdims=True)
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3, "b3": db3}
