"""The slope of a function at a point, by central difference."""

from collections.abc import Callable


def slope(f: Callable[[float], float], x: float, h: float = 1e-5) -> float:
    """How fast f moves at x: the rise of f from x - h to x + h, over the run.

    Args:
        f: a function of one number.
        x: where.
        h: the step to each side, above 0.

    Returns:
        The central difference.
    """
    rise = f(x + h) - f(x - h)
    # The two points are 2*h apart. As both sides are treated alike, what the curve bends cancels:
    # the error shrinks like h*h, and for a parabola there is none at all, however large h is.
    return rise / (2 * h)
