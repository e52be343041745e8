# says: Mind the brackets
"""The slope of a function at a point, by central difference."""


def slope(f, x, h=1e-5):
    return (f(x + h) - f(x - h)) / 2 * h
