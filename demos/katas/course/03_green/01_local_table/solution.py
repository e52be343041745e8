"""The local derivatives of every operation, as a table."""

from collections.abc import Callable

# Each rule: (the operands' numbers, the output's number) -> one local derivative an operand, as a tuple.
LOCAL: dict[str, Callable[..., tuple[float, ...]]] = {
    "+": lambda a, b, y: (1.0, 1.0),
    # A difference is a sum but for this minus: y falls as b grows.
    "-": lambda a, b, y: (1.0, -1.0),
    "*": lambda a, b, y: (b, a),
    # y is a/b already, so -a/b^2 is -y/b: one division less.
    "/": lambda a, b, y: (1.0 / b, -y / b),
    "exp": lambda x, y: (y,),
    "log": lambda x, y: (1.0 / x,),
    "tanh": lambda x, y: (1.0 - y * y,),
    "relu": lambda x, y: (1.0 if x > 0.0 else 0.0,),
}
