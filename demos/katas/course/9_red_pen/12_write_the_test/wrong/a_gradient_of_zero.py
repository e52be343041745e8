# says: what is 0 stays 0
from handgrad import Value


def graphs():
    x, y = Value(0.7, "x"), Value(0.0, "y")
    d = x * y
    return [d * d.tanh() - x]
