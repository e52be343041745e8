"""A text longer than the screen: a window on it, between a head and a foot that stay."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

FEWEST = 3
"""Lines of the text that are always shown, however much else there is."""


class Page:
    """Where one stands in a text.

    Attributes:
        top: the first line that is shown, of the lines as they are wrapped.
        room: how many of them the screen held last.
    """

    def __init__(self) -> None:
        self.top, self.room = 0, FEWEST
        self._wanted: tuple[int, bool] | None = None
        self._is_at_end = False  # of a text longer than the screen: where one stays as lines come and go

    def back_to_top(self) -> None:
        self.top, self._wanted, self._is_at_end = 0, None, False

    def show_part(self, first: int, *, is_end: bool) -> None:
        """Show next the part that begins after `first` unwrapped lines of the text.

        Args:
            is_end: be at its end instead, which is also that of the text.
        """
        self._wanted = (first, is_end)

    def move(self, by: int) -> None:
        """Scroll by some lines; the next drawing stops at the ends."""
        self.top += by
        self._is_at_end = False

    def lines(self, out: Console, head: Sequence[Text], body: Sequence[Text], foot: Sequence[Text]) -> list[Text]:
        """Return the screen: the head, what fits of the body, the foot."""
        wrapped = [list(line.wrap(out, out.width)) for line in body]
        text = [line for lines in wrapped for line in lines]
        kept = sum(len(line.wrap(out, out.width)) for line in (*head, *foot))
        # One line for what is left out, and one in which the cursor ends up.
        self.room = max(FEWEST, out.height - kept - 2)
        last = max(0, len(text) - self.room)
        if self._wanted is not None:
            first, is_end = self._wanted
            self.top = last if is_end else sum(map(len, wrapped[:first]))
            self._wanted = None
        elif self._is_at_end:
            self.top = last
        self.top = max(0, min(self.top, last))
        self._is_at_end = 0 < last == self.top
        shown = text[self.top : self.top + self.room]
        return [*head, *shown, self._rest(len(text)), *foot]

    def _rest(self, total: int) -> Text:
        below, above = total - self.top - self.room, self.top
        if below > 0:
            return Text(f"   {below} more {'line' if below == 1 else 'lines'}: space", style="yellow")
        return Text("   the end: b goes back" if above else "", style="dim")
