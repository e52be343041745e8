# says: passes on once for each use
from handgrad import Value


def graphs():
    x, y = Value(0.7, "x"), Value(-0.4, "y")
    return [(x + x) * x - y, (x * y).tanh() * x, x * x.tanh() * y]
