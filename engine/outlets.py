"""What else shows, opens or writes a comparison: told by the packages that do, and found by name when it is asked for.

The engine knows none of them. A distribution declares an outlet in its metadata, as an entry point of the group
`handgrad.outlets` that takes a comparison, or a graph; handgrad's own declares `kata`, `sheet` and `picture`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .errors import HandgradError

GROUP = "handgrad.outlets"


class OutletError(HandgradError, LookupError):
    """Nothing that is installed writes or opens a comparison in that way."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"nothing that is installed makes a {name} of a comparison. Install handgrad again, whole")


def outlet(name: str) -> Callable[..., Any]:
    """Return the function of that name, which takes a comparison first.

    Raises:
        OutletError: there is none.
    """
    from importlib.metadata import entry_points  # 30 ms that nobody else is to wait for

    for point in entry_points(group=GROUP, name=name):
        return point.load()
    raise OutletError(name)


def picture_of(target: Any) -> str:
    """Return a comparison or a graph as SVG; "" where nothing installed can draw it."""
    try:
        return str(outlet("picture")(target))
    except HandgradError:
        return ""
