"""The keys of `handgrad watch`, for its own screen and for the README of a workspace."""

from __future__ import annotations

KEYS: tuple[tuple[str, str], ...] = (
    ("e", "opens the file in your editor: $VISUAL, $EDITOR, or else the browser"),
    ("h", "a hint; a kata has three, from a nudge to all but the last step"),
    ("u", "nudges the node to fix first: how far does the output move? A hint"),
    ("o", "the graph in the browser, to fill in there, red where it is wrong"),
    ("enter", "checks, also a file that you have not changed yet"),
    ("n", "on to the next, once the kata has passed"),
    ("s", "another way, for comparison, once it has passed (also in `solutions/`)"),
    ("t", "the task again"),
    ("l", "all katas, to search and to go to one"),
    ("c", "checks all katas"),
    ("x", "the file as it was at first; your version is kept beside it"),
    ("z", "takes the last x back"),
    ("space, b", "on in a text that is longer than the screen, and back"),
    ("?", "this list"),
    ("q", "ends; everything is kept"),
)
"""Each key, and what it does."""
