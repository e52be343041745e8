# says: gives the right gradients on all
from handgrad import Value


def graphs():
    a, b, c = Value(0.7, "a"), Value(-0.4, "b"), Value(0.3, "c")
    return [(a * b - c).tanh()]
