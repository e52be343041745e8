"""How a graph or a comparison looks: a picture for the eye, coloured text for the terminal, a sheet to work on."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from handgrad.loading import LazyModule

from . import sheet as sheets
from .errors import OptionError, SaveError

if TYPE_CHECKING:
    import graphviz

    from handgrad import Comparison, Value
    from handgrad.verdict.array_result import EntryResult

    from . import drawing as _drawing
    from . import renderer as _renderer
    from .sheet import Sheet
    from .sheet import animation as _animation
else:  # who only looks for a text does without a renderer, which takes as long to load as all the rest
    graphviz = LazyModule(None, "graphviz")
    _drawing, _renderer = LazyModule(__name__, "drawing"), LazyModule(__name__, "renderer")
    _animation = LazyModule(f"{__name__}.sheet", "animation")

__all__ = ["Sheet", "draw", "save", "save_walk", "sheet"]


def draw(
    target: Value | Comparison,
    *,
    reveal: bool = False,
    rankdir: str = "LR",
    derivatives: bool = False,
    legend: bool = True,
    limit: int | None = None,
    around: Value | Iterable[Value] | EntryResult | tuple[Value, Any] | None = None,
) -> graphviz.Digraph:
    """Draw a graph, or a comparison with its wrong gradients in red.

    A cause has a heavy red outline and its slip in words, a wrong number that only follows from it
    a thin dashed red one; what is not filled in is grey and says "?". The same program gives the
    same DOT text.

    A node with many uses has an edge to one of them; for the others a chip with its name stands beside them.

    An array is one card, with its shape and a map of its errors. Where arrays are labelled, what has no label has no
    card, and in a larger graph no operation either. With an entry as `around`, as in `around=(w, (0, 3))`, one sees
    the numbers that its gradient is the sum of.

    The gradients of `gradients(root, graph=True)` are drawn like any graph: this shows the backward pass.

    Args:
        target: the root of a graph, or what `compare` gave.
        reveal: whether the expected number stands beside one that is wrong or not filled in; an array has none.
        rankdir: where the operands' side is: "LR" (they are on the left), "TB", "RL" or "BT".
        derivatives: whether each edge into an operation shows its local derivative, between arrays as a rule.
        legend: whether the foot explains the outlines that occur.
        limit: a graph of more nodes than this is cut to the causes and what is nearest to them,
            without causes to what is nearest to the root, and the foot says what was left out. Without a limit that
            is 150, and less where the picture would be too large to see a cause at once. What takes the renderer more
            than 10 seconds is cut further.
        around: draw only the neighbourhood of this node or these; or, of a comparison, that of one entry of an array,
            given as `comparison[w][0, 3]` or `(w, (0, 3))`.

    Returns:
        A picture that shows itself in a notebook; its text is `.source`. It needs no installed
        `dot`.

    Raises:
        TargetError: the target is neither a Value nor a Comparison.
        OptionError: `rankdir`, `limit` or `around` means nothing, or `derivatives` is asked of a picture without
            operations.
        NotInGraphError: a node of `around` is not in the graph.

    Examples:
        >>> from handgrad import viz
        >>> from handgrad import Value
        >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
        >>> "color=red" in viz.draw(a * b).source
        False
    """
    return _drawing.draw_target(
        target,
        reveal=reveal,
        rankdir=rankdir,
        derivatives=derivatives,
        legend=legend,
        limit=limit,
        around=around,
    )


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
        RenderError: the renderer is missing, failed, or takes too long for the smallest picture too.
        TargetError, OptionError, NotInGraphError: as for `draw`.
    """
    path = Path(path)
    _renderer.check_suffix(path)
    if isinstance(target, graphviz.Digraph):
        if options:
            option, given = next(iter(options.items()))
            raise OptionError(option, given, "it in viz.draw(...), as this picture is drawn already")
        return _renderer.save(target, path)
    return _renderer.save(draw(target, **options), path)


def save_walk(root: Value | Comparison, path: str | os.PathLike[str]) -> Path:
    """Write the backward pass as one animated SVG without script, whole or not at all.

    It begins with what is filled in, mistakes in red, and goes from use to use until every gradient is there and right.
    Where the viewer wants no motion it stands still and shows the end. Nothing is written into the graph.

    Args:
        root: the root of a graph, or what `compare` gave; of at most 60 nodes.
        path: it ends in .svg; missing folders are made.

    Returns:
        The path.

    Raises:
        SaveError: the suffix is another one, or the file cannot be written.
        OptionError: the graph has too many nodes to be watched.
        RenderError: the layout cannot be found, or takes too long.
        TargetError: the target is neither a Value nor a Comparison.
        NotOneNumberError, StaleGraphError, DomainError, ByHandError: as for `compare`.
    """
    path = Path(path)
    if _renderer.check_suffix(path) != ".svg":
        raise SaveError(path, "a walk is an animated SVG", "End the path in .svg.")
    return _renderer.write(_animation.animate(root).encode(), path)


def sheet(target: Value | Comparison, *, mode: str = "fill") -> Sheet:
    """Return a sheet on which to fill in gradients and watch the backward pass.

    It shows itself in a notebook; `.serve()` opens it in a browser, and `.handle(message)` is all that another host
    needs.

    Args:
        target: the root of a graph, or what `compare` gave; see `Sheet`.
        mode: how it opens: "fill", "watch" or "predict".

    Raises:
        TargetError: the target is neither a Value nor a Comparison.
        NotOneNumberError, StaleGraphError, DomainError, ByHandError: as for `compare`.

    Examples:
        >>> from handgrad import Value, manual, viz
        >>> with manual():
        ...     a, b = Value(2.0, "a"), Value(-3.0, "b")
        ...     L = a * b
        >>> L.label = "L"
        >>> sheet = viz.sheet(L)
        >>> sheet.handle({"do": "fill", "node": "L", "text": "1"})["verdict"]["L"]["status"]
        'correct'
    """
    return sheets.Sheet(target, mode=mode)


def __getattr__(name: str) -> Any:
    if name != "Sheet":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return sheets.Sheet


def __dir__() -> list[str]:
    return sorted(__all__)
