"""What can go wrong with a picture, in words."""

from pathlib import Path

import pytest

from handgrad import HandgradError
from handgrad.viz.errors import OptionError, RenderError, SaveError, TargetError

ERRORS = [
    (
        TargetError([1], "viz.draw", "a Value or a Comparison", "the loss"),
        TypeError,
        "viz.draw takes a Value or a Comparison, and this is a list. Give the loss.",
    ),
    (OptionError("limit", 0, "1 or more"), ValueError, "limit=0 means nothing here. Write 1 or more."),
    (
        RenderError("no renderer"),
        RuntimeError,
        "The picture could not be rendered: no renderer. Install a renderer with 'pip install graphviz-pure', "
        "or save the picture's source with a path that ends in .dot.",
    ),
    (
        RenderError("it takes too long", RenderError.DRAW_LESS),
        RuntimeError,
        "The picture could not be rendered: it takes too long. Draw less of the graph, as with limit=50 or "
        "around=node, or save the picture's source with a path that ends in .dot.",
    ),
    (
        SaveError(Path("a.pdf"), "no format", "End it in .svg."),
        OSError,
        "'a.pdf' was not written: no format. End it in .svg.",
    ),
]


@pytest.mark.parametrize(("error", "base", "said"), ERRORS)
def test_an_error_says_what_happened_and_what_to_write_instead(error, base, said):
    assert str(error) == said
    assert isinstance(error, HandgradError)
    assert isinstance(error, base)
