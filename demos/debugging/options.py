"""What a person may name of a file that trains: which of its names are gradients, and which is the loss."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..usage import UnusableError


class UnreadPairsError(UnusableError):
    """Parameters and their gradients that are not written as --gradients takes them."""


@dataclass(frozen=True)
class Options:
    """What is named.

    Attributes:
        gradients: by parameter its gradient: a name, or an expression; {} for what they look like.
        loss: the name of the loss; "" for a usual one.
    """

    gradients: Mapping[str, str] = field(default_factory=dict)
    loss: str = ""


def read(text: str) -> dict[str, str]:
    """Return the pairs in "W1=dW1,b1=db1"; the right side may be any expression.

    Raises:
        UnreadPairsError: it is not written so.
    """
    try:
        call = ast.parse(f"f({text})", mode="eval").body
    except SyntaxError:
        call = None
    words = call.keywords if isinstance(call, ast.Call) and not call.args else []
    if not words or any(one.arg is None for one in words):
        raise UnreadPairsError(f"--gradients takes parameters and their gradients, as W1=dW1,b1=db1, and not {text!r}.")
    return {str(one.arg): ast.unparse(one.value) for one in words}
