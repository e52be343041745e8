"""The gradients of y = exp(x) and of y = log(x), filled in by hand."""

from handgrad import Value


def exp_backward(x: Value, y: Value) -> None:
    """Fill in the grad of each node of y = exp(x).

    Args:
        x: the leaf; x.data is any number.
        y: the root, y = exp(x); its own gradient is 1.
    """
    y.grad = 1.0
    # The slope of exp(x) is exp(x), and the forward pass left that number in y.
    x.grad = y.data


def log_backward(x: Value, y: Value) -> None:
    """Fill in the grad of each node of y = log(x).

    Args:
        x: the leaf; x.data is above 0.
        y: the root, y = log(x); its own gradient is 1.
    """
    y.grad = 1.0
    # log undoes exp, so its slope is one over that of exp: 1 / exp(y), and exp(y) is x itself.
    x.grad = 1.0 / x.data
