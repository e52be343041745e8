# says: Is exp worked out anew?
import math

from handgrad import Value


def exp_backward(x: Value, y: Value) -> None:
    y.grad = 1.0
    x.grad = math.exp(x.data)


def log_backward(x: Value, y: Value) -> None:
    y.grad = 1.0
    x.grad = 1.0 / x.data
