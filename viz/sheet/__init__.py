"""The sheet: a graph to fill gradients in on, and to watch the backward pass on."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .sheet import Sheet

__all__ = ["Sheet"]


def __getattr__(name: str) -> Any:
    # A picture, of a kata's check say, does without the sheet: half of what this room takes to load.
    if name != "Sheet":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(".sheet", __name__).Sheet
