"""What the methods of a Function call things."""

from __future__ import annotations

import inspect
from typing import Any

from torch.autograd.function import Function, _SingleLevelFunction

from ...rulecheck.parameters import parameters_of

MOST_INPUTS = 1000
"""So many inputs of *args have names."""


def has_setup_context(function: type[Function]) -> bool:
    """Tell whether `setup_context` keeps what backward needs.

    The forward has no ctx then.
    """
    return _own(function, "setup_context") is not _own(_SingleLevelFunction, "setup_context")


def backward_of(function: type[Function]) -> Any:
    """Return a Function's backward, which may be called vjp; None for none."""
    for name in ("backward", "vjp"):
        if _own(function, name) is not _own(_SingleLevelFunction, name):
            return getattr(function, name)
    return None


def _own(function: Any, name: str) -> Any:
    return inspect.getattr_static(function, name, None)


def input_names(function: type[Function]) -> list[str]:
    """Return what a Function's forward calls its inputs.

    Those of *args go by their numbers, as many as it could have.
    """
    names: list[str] = []
    for parameter in parameters_of(function.forward)[0 if has_setup_context(function) else 1 :]:
        if parameter.kind is parameter.VAR_POSITIONAL:
            names += [f"{parameter.name}[{n}]" for n in range(MOST_INPUTS)]
        else:
            names.append(parameter.name)
    return names or [f"input[{n}]" for n in range(MOST_INPUTS)]


def constants_of(forward: Any) -> dict[str, Any]:
    """Return what a forward takes from elsewhere than its arguments, by name."""
    try:
        found = inspect.getclosurevars(inspect.unwrap(forward))
    except (TypeError, ValueError):
        return {}
    return {**found.globals, **found.nonlocals}


def output_name(place: int, count: int) -> str:
    """Return what an output is called."""
    return "output" if count == 1 else f"output[{place}]"


def upstream_name(function: type[Function], place: int = 0) -> str:
    """Return what a Function's backward calls the gradient of an output."""
    parameters = parameters_of(backward_of(function))[1:]
    if parameters and parameters[0].kind is inspect.Parameter.VAR_POSITIONAL:
        return f"{parameters[0].name}[{place}]"
    return parameters[place].name if place < len(parameters) else "grad_output"
