"""Which functions, inputs and node of a file are meant: those that a person names, else those of a usual name."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Mapping
from types import ModuleType
from typing import Any, NamedTuple

from handgrad import Value
from handgrad.names import listed

from ..usage import UnusableError

PAIRS = (
    ("forward", "backward"), ("forward", "grads"), ("forward", "gradients"), ("loss", "backward"), ("loss", "grads"),
    ("loss", "gradients"), ("loss", "gradient"), ("loss", "grad"), ("f", "df"),
)  # fmt: skip
INPUTS = ("inputs", "INPUTS", "params", "parameters", "args")
ROOTS = ("L", "loss", "root", "out")


class DebugError(UnusableError):
    """It is unknown what to check."""


class Named(NamedTuple):
    """What a person names of a file.

    Attributes:
        forward, backward, inputs: names in it, such as "model.forward"; see `check_backward`.
        root: the name of a node at which their backward() has started; see `probe`.
        reference: the name of a readable forward; see `check_backward`. Function=forward for one of torch's.
    """

    forward: str | None = None
    backward: str | None = None
    inputs: str | None = None
    root: str | None = None
    reference: str | None = None


NOTHING_NAMED = Named()


class Pair(NamedTuple):
    """A forward and its backward by their names in the file."""

    forward: str
    backward: str


def find_pairs(names: Collection[str]) -> list[Pair]:
    """Return the pairs of usual names among those of functions; else every "forward" with its "backward"."""
    usual = [Pair(*pair) for pair in PAIRS if set(pair) <= set(names)]
    beside = (Pair(name, name.replace("forward", "backward")) for name in sorted(names) if "forward" in name)
    return usual or [pair for pair in beside if pair.backward in names]


def choose_pair(names: Mapping[str, Any], named: Named) -> Pair | None:
    """Return the functions meant: the named ones, else the first that look like a pair.

    Raises:
        DebugError: it is not known which goes with which.
    """
    if named.forward is not None:
        return Pair(named.forward, named.backward or _partner(names, named.forward, 1))
    if named.backward is not None:
        return Pair(_partner(names, named.backward, 0), named.backward)
    callables = {name for name, thing in names.items() if callable(thing) and not isinstance(thing, type)}
    found = find_pairs(callables)
    alone = next((name for name, _ in PAIRS if name in callables), None)
    if not found and alone is not None and find_root(names) is None:
        others = sorted(name for name in callables if name != alone and not name.startswith("_"))
        raise DebugError(
            f"the file has {alone}, and no backward to it by a usual name: say which it is with --backward"
            + (f"; it has {listed(others)}." if others else ".")
        )
    if len(found) > 1 and found[0] not in PAIRS:
        raise DebugError(
            f"there are {len(found)} pairs, such as {found[0].forward} and {found[0].backward}: say which with "
            "--forward and --backward."
        )
    return found[0] if found else None


def _partner(names: Mapping[str, Any], name: str, wanted: int) -> str:
    """Return the function that belongs to one, by its name.

    Args:
        wanted: its place in a pair.

    Raises:
        DebugError: there is none, or more than one.
    """
    for pair in PAIRS:
        if name in pair:
            other = pair[1 - pair.index(name)]
            if other in names:
                return other
    for word, other in (("forward", "backward"), ("backward", "forward")):
        if word in name:
            replaced = name.replace(word, other)
            if replaced.partition(".")[0] in names:
                return replaced
    # A name of its own beside a usual one, such as bwd beside forward.
    usual = {pair[wanted] for pair in PAIRS if callable(names.get(pair[wanted]))} - {name}
    if len(usual) == 1:
        return usual.pop()
    raise DebugError(f"say which function goes with {name}: give both --forward and --backward.")


def look_up(names: Mapping[str, Any], dotted: str) -> Any:
    """Return what a name such as "model.forward" stands for in a file.

    Raises:
        DebugError: the file has none.
    """
    first, *rest = dotted.split(".")
    if first not in names:
        own = sorted(
            name for name, thing in names.items() if not name.startswith("_") and not isinstance(thing, ModuleType)
        )
        raise DebugError(f"the file has no {first!r}; it has {listed(own) if own else 'no names of its own'}.")
    thing = names[first]
    for attribute in rest:
        if not hasattr(thing, attribute):
            raise DebugError(f"{first} has no {attribute!r}.")
        thing = getattr(thing, attribute)
    return thing


def look_up_inputs(names: Mapping[str, Any], pair: Pair, inputs: str | None) -> Any:
    """Return the arguments of the forward: a dict or tuple of the file, or what a function returns.

    Raises:
        DebugError: the file has none.
    """
    stem = pair.forward.replace("forward", "").strip("_")
    wanted = [inputs] if inputs is not None else [f"{stem}_inputs", f"inputs_{stem}", f"{pair.forward}_inputs", *INPUTS]
    name = next((name for name in wanted if inputs is not None or name in names), None)
    if name is None:
        raise DebugError(
            f"what is {pair.forward} called with? Let the file have a dict or a tuple called inputs, or say with "
            "--inputs which it is."
        )
    found = look_up(names, name)
    return found() if callable(found) else found


def look_up_reference(names: Mapping[str, Any], reference: str) -> dict[Any, Any]:
    """Return a readable forward by the torch.autograd.Function that it is one of.

    Raises:
        DebugError: it is not known of which.
    """
    function, _, forward = reference.rpartition("=")
    if function:
        return {look_up(names, function): look_up(names, forward)}
    base = importlib.import_module("torch.autograd").Function
    own = [one for one in names.values() if isinstance(one, type) and issubclass(one, base) and one is not base]
    if len(own) != 1:
        held = listed(one.__name__ for one in own) or "none"
        raise DebugError(
            f"of which Function is {forward} the readable forward? Say --reference Function={forward}; "
            f"the file has {held}."
        )
    return {own[0]: look_up(names, forward)}


def find_root(names: Mapping[str, Any]) -> str | None:
    """Return the usual name that a node has in a file: of an engine of the person's own, or of ours."""
    return next((name for name in ROOTS if _is_node(names.get(name))), None)


def _is_node(thing: Any) -> bool:
    return isinstance(thing, Value) or (
        hasattr(thing, "grad") and hasattr(thing, "data") and hasattr(thing, "backward")
    )
