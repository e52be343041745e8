"""How a graph or a comparison looks: a picture for the eye, coloured text for the terminal."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import graphviz

from handgrad import Comparison, Value
from handgrad.arraywise.names import has_arrays
from handgrad.graph import topological_order

from . import renderer
from .dot import picture
from .errors import OptionError
from .scene import checked_limit, scene

__all__ = ["draw", "save"]

_NO_NUMBERS = "around=w[0, 0] with it, or another entry of an array: a picture by array has no single numbers"
"""What to write where `reveal` or `derivatives` is asked of a graph that is drawn by array."""


def draw(
    target: Value | Comparison,
    *,
    reveal: bool = False,
    rankdir: str = "LR",
    derivatives: bool = False,
    legend: bool = True,
    limit: int = 150,
    around: Value | Iterable[Value] | None = None,
) -> graphviz.Digraph:
    """Draw a graph, or a comparison with its wrong gradients in red.

    A cause has a heavy red outline and its slip in words, a wrong number that only follows from it
    a thin dashed red one; what is not filled in is grey and says "?". The same program gives the
    same DOT text.

    A graph with labelled arrays (see `handgrad.arrays`) is drawn by array: a card an array with its shape and
    a map of its errors. With `around` one sees the nodes about an entry of one; only there do `reveal` and
    `derivatives` have numbers to show.

    Args:
        target: the root of a graph, or what `compare` gave.
        reveal: whether the expected number stands beside one that is wrong or not filled in.
        rankdir: where the operands' side is: "LR" (they are on the left), "TB", "RL" or "BT".
        derivatives: whether each edge into an operation shows its local derivative.
        legend: whether the foot explains the outlines that occur.
        limit: a graph of more nodes than this is cut to the causes and what is nearest to them,
            without causes to what is nearest to the root, and the foot says what was left out.
        around: draw only the neighbourhood of this node or these.

    Returns:
        A picture that shows itself in a notebook; its text is `.source`. It needs no installed
        `dot`.

    Raises:
        TargetError: the target is neither a Value nor a Comparison.
        OptionError: `rankdir`, `limit` or `around` means nothing, or `reveal` or `derivatives` is asked of a picture
            by array.
        NotInGraphError: a node of `around` is not in the graph.

    Example:
        >>> from handgrad import viz
        >>> from handgrad import Value
        >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
        >>> "color=red" in viz.draw(a * b).source
        False
    """
    if around is None and _has_arrays(target):
        from .arrays import array_picture

        for option, is_asked in (("reveal", reveal), ("derivatives", derivatives)):
            if is_asked:
                raise OptionError(option, is_asked, _NO_NUMBERS)
        return array_picture(target, rankdir=rankdir, legend=legend, limit=checked_limit(limit))
    shown = scene(target, limit=limit, around=around)
    return picture(shown, reveal=reveal, rankdir=rankdir, derivatives=derivatives, legend=legend)


def _has_arrays(target: Any) -> bool:
    """Whether the target has labelled arrays; it does not import numpy where there are none."""
    if isinstance(target, Comparison):
        return bool(target.arrays)
    return isinstance(target, Value) and has_arrays(topological_order(target))


def save(target: Value | Comparison | graphviz.Digraph, path: str | os.PathLike[str], **options: Any) -> Path:
    """Draw and write a file: the whole of it, or on an error nothing.

    Args:
        target: the root of a graph, what `compare` gave, or what `draw` gave.
        path: it ends in .svg, .png or .dot; missing folders are made.
        options: those of `draw`.

    Returns:
        The path.

    Raises:
        SaveError: the suffix is unknown, or the file cannot be written.
        RenderError: the renderer is missing or failed.
        TargetError, OptionError, NotInGraphError: as for `draw`.
    """
    path = Path(path)
    renderer.check_suffix(path)
    if isinstance(target, graphviz.Digraph):
        if options:
            option, given = next(iter(options.items()))
            raise OptionError(option, given, "it in viz.draw(...), as this picture is drawn already")
        return renderer.save(target, path)
    return renderer.save(draw(target, **options), path)
