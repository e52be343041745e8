"""The local derivatives of every operation, as a table."""

from collections.abc import Callable

# Each rule: (the operands' numbers, the output's number) -> one local derivative an operand, as a tuple.
LOCAL: dict[str, Callable[..., tuple[float, ...]]] = {
    "+": lambda a, b, y: (1.0, 1.0),
    # TODO: fill in the rules below; what the forward pass has computed is given, and is not computed anew.
    "-": lambda a, b, y: (0.0, 0.0),
    "*": lambda a, b, y: (0.0, 0.0),
    "/": lambda a, b, y: (0.0, 0.0),
    "exp": lambda x, y: (0.0,),
    "log": lambda x, y: (0.0,),
    "tanh": lambda x, y: (0.0,),
    "relu": lambda x, y: (0.0,),
}
