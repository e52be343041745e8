"""What probe says of a graph that it cannot read."""

from __future__ import annotations

from collections.abc import Iterable

from ...errors import HandgradError


class UnreadableGraphError(HandgradError, TypeError):
    """A graph of somebody's engine lacks what probe reads.

    Args:
        kind: the class of the node.
        lacks: what was not found, as a noun.
        looked_for: under which names it was looked for.
        instead: what to do, as a sentence; "" for nothing.
    """

    def __init__(self, kind: str, lacks: str, looked_for: Iterable[str], instead: str = "") -> None:
        self.kind, self.lacks, self.looked_for = kind, lacks, tuple(looked_for)
        names = ", ".join(self.looked_for)
        super().__init__(f"probe: a {kind} has no {lacks} that can be read: looked for {names}. {instead}".rstrip())


class UncopiedNodeError(HandgradError, TypeError):
    """The nodes of somebody's engine cannot be copied, and on the originals nothing is tried."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(
            f"probe: a {kind} cannot be copied, and their code is tried on copies only. A class written in Python can."
        )


class OwnGraphError(HandgradError, TypeError):
    """A graph of handgrad's own was given where one of somebody else's engine belongs."""

    def __init__(self) -> None:
        super().__init__("probe: this graph is made of handgrad's own nodes. Use compare(root), or gradcheck(root).")
