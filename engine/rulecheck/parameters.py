"""The parameters of a user's function, as far as Python tells."""

from __future__ import annotations

import inspect
from typing import Any

IN_ORDER = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def parameters_of(function: Any) -> list[inspect.Parameter]:
    """Return the parameters of a function; [] where Python cannot tell, as for many in C."""
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []


def input_names(function: Any, count: int, otherwise: str = "x{}") -> list[str]:
    """Return what a function calls so many inputs that are given in order.

    Args:
        otherwise: what those are called that it has no name for, with `{}` for their place; those of *args are
            called by its name.
    """
    parameters = parameters_of(function)
    names = [one.name for one in parameters if one.kind in IN_ORDER]
    rest = next((f"{one.name}[{{}}]" for one in parameters if one.kind is one.VAR_POSITIONAL), "")
    given = [rest.format(n) if rest else otherwise.format(n + len(names)) for n in range(count - len(names))]
    return (names + given)[:count]
