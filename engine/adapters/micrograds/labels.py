"""What their nodes are called: by their own label, the caller's variable, or a number that was typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .graph import Graph
from .reading import Engine

SHORT = 4
"""A number of so few characters was typed, and is called by itself."""
LONGEST = 1000
"""A longer list in a variable is passed over."""


def names_in(graph: Graph, *scopes: Mapping[str, Any]) -> dict[int, str]:
    """The names of a graph's nodes, by their ids; a node may have none.

    Args:
        scopes: variables by name; of two for one node the first counts.
    """
    engine = graph.engine
    found = {id(node): label for node in graph.order if (label := engine.label(node))}
    for scope in scopes:
        for name, thing in list(scope.items()):
            for node, text in _nodes_in(thing, name, engine) if _is_a_name(name) else ():
                if node in graph:
                    found.setdefault(id(node), text)
    for node in graph.order:
        data = engine.data(node)
        if not graph[node].operands and isinstance(data, float) and len(repr(data)) <= SHORT:
            found.setdefault(id(node), f"{data:g}")
    return found


def _is_a_name(name: str) -> bool:
    return name.isidentifier() and not name.startswith("_")


def _nodes_in(thing: Any, name: str, engine: Engine, depth: int = 0) -> Iterator[tuple[Any, str]]:
    """The nodes in a variable, those in a list, or a list in it, by their places."""
    if engine.is_node(thing):
        yield thing, name
    elif isinstance(thing, (list, tuple)) and len(thing) <= LONGEST and depth < 2:
        for place, one in enumerate(thing):
            yield from _nodes_in(one, f"{name}[{place}]", engine, depth + 1)
