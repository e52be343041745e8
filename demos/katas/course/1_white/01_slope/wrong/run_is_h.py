# says: twice the slope
"""The slope of a function at a point, by central difference."""


def slope(f, x, h=1e-5):
    return (f(x + h) - f(x - h)) / h
