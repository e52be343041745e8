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
    # TODO: return the central difference, from two values of f only: one on each side of x.
    return 0.0
