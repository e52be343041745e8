"""The slopes of tanh and of sigmoid, from their own output."""


def tanh_slope(y: float) -> float:
    """The slope of tanh where its output is y.

    Args:
        y: tanh(x) for some x: a number between -1 and 1.

    Returns:
        dy/dx at that x.
    """
    # 1 in the middle, where y is 0, and less and less towards either end of the band.
    return 1.0 - y * y


def sigmoid_slope(y: float) -> float:
    """The slope of sigmoid where its output is y.

    Args:
        y: sigmoid(x) for some x: a number between 0 and 1.

    Returns:
        dy/dx at that x.
    """
    # Two factors, one for each end of the band: the slope dies at y = 0 and at y = 1.
    return y * (1.0 - y)
