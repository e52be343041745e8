"""The sheet of the kata in work, served beside the session for as long as that lasts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..course import Kata

if TYPE_CHECKING:
    from handgrad.viz.sheet.server import SheetServer


class GraphSheet:
    """One address, at which the kata that was asked for last is shown."""

    def __init__(self) -> None:
        self._server: SheetServer | None = None

    def show(self, kata: Kata, failed: Mapping[str, Any] | None) -> str:
        """Return the address at which the graph of a kata is filled in.

        Args:
            failed: the comparison of a check that did not pass, as `Comparison.to_dict` gives it: its numbers stand
                there.

        Raises:
            NoGraphError: its tests judge no graph.
            ServerError: there is no port for it.
        """
        from handgrad.viz.sheet import Sheet  # a session without it starts sooner
        from handgrad.viz.sheet.server import SheetServer

        from ..graph_names import kata_graph_with_names

        graph, more = kata_graph_with_names(kata, failed)
        sheet = Sheet(graph, title=kata.title, more=more)
        if self._server is None:
            self._server = SheetServer(sheet)
            self._server.run_beside()
        else:
            self._server.show(sheet)
        return self._server.address

    def address_to_open(self) -> str:
        """Return an address that leads there once, for the browser; see `SheetServer.address_to_open`.

        Raises:
            RuntimeError: nothing is shown yet.
        """
        if self._server is None:
            raise RuntimeError("show a kata first")
        return self._server.address_to_open()

    def close(self) -> None:
        """Serve no longer."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
