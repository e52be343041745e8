# says: Expected at most 12
from handgrad import Value


def graphs():
    x = Value(0.7, "x")
    d = x
    for _ in range(12):
        d = d * x
    return [d]
