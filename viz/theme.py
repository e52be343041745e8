"""How the pictures look: every colour, size and word of theirs, in one place.

Red is the only loud thing. Each status differs by outline, weight and word too, so that a picture
reads the same in black and white.
"""

from __future__ import annotations

from typing import NamedTuple

PAPER = "#fbfaf7"
INK = "#24292f"
QUIET = "#5b636d"
WIRE = "#8b929a"
RED = "red"
RED_INK = "#c00000"

FONT = "Helvetica"
"""What the layout measures: the embedded renderer has a metric twin, without ticks, crosses or emoji."""

FONTS = "Helvetica,Arial,Liberation Sans,Nimbus Sans,Arimo,DejaVu Sans Condensed,sans-serif"
"""What an SVG asks for: the same widths under the names that other systems know, then the nearest there is."""

SIZE = 13
SMALL = 9

LONGEST_NAME = 24
LONGEST_NOTE = 14
NOTE_WIDTH = 28
"""How many lines a slip's sentence may have, and characters a line, so that it does not stretch its card."""

FOOT_WIDTH = 60
"""Characters in a line of the sentence that says what was left out."""


class Card(NamedTuple):
    """The looks of one node; `word` stands on the card, `meaning` in the legend."""

    outline: str
    width: float
    style: str
    fill: str
    ink: str
    word: str
    meaning: str


PLAIN = Card("#b4bac2", 1.0, "rounded,filled", "#ffffff", INK, "", "")
CONSTANT = Card("#d5d9de", 0.7, "rounded,filled", "#f4f3ef", QUIET, "", "")
CORRECT = Card("#7fae8e", 1.0, "rounded,filled", "#ffffff", "#2b6e45", "ok", "correct")
WRONG = Card(RED, 3.0, "rounded,filled", "#fff0ee", RED_INK, "the mistake is made here", "a mistake is made here")
CARRIED = Card(RED, 1.0, "rounded,filled,dashed", "#ffffff", RED_INK, "carried", "follows from one nearer the output")
UNFILLED = Card("#8b929a", 1.0, "rounded,filled,dotted", "#e6e8ea", QUIET, "", "not filled in")

CARDS = {"correct": CORRECT, "wrong": WRONG, "carried": CARRIED, "missing": UNFILLED, "skipped": PLAIN}
"""The card of each `handgrad.Status`, by its value."""

OPEN = (WRONG, CARRIED, UNFILLED)
"""The cards on which `reveal` shows the number expected."""

LEGEND = (WRONG, CARRIED, UNFILLED, CORRECT)

CAUSE_WIDTH = 4.0
"""The outline of an array in which a mistake is made: heavier than a node's, as its card is larger."""

CHIP = {"margin": "0.03,0.01", "height": "0.2"}
CHIP_FILL = "#f4f3ef"
CHIP_WIDTH = 1.5
"""How heavy a chip's outline may be: the card of its node is what to look at."""

WEIGHT = "4"
"""How straight an edge is in a picture with chips; those of leaves and of chips have 1."""

CELL, SMALL_CELL = 11, 6
"""The side of a square in the map of a cause's errors, and in that of another array."""

HEAT = {
    "wrong": ("#ffc9c2", "#ff9d92", "#f96a5d", "#e0352b", "#b00000"),
    "carried": ("#fbe9e6", "#f8dfdb", "#f5d4cf", "#f1c8c2", "#edbbb4"),
}
"""The colours of an error by its size, in an array that is a cause and in one that only follows."""

COLD, COLD_MISSING = "#e6efe8", "#d3d7db"
"""The colours of what is right, and of what is not filled in."""

DISC_INK = "#ffffff"
DISC = {"color": "#3b4450", "fillcolor": "#3b4450", "width": "0.3", "height": "0.3", "margin": "0.07,0"}
CIRCLE = {"shape": "circle", "style": "filled", "fixedsize": "true"}
PILL = {"style": "rounded,filled"}

GRAPH = {
    "bgcolor": PAPER,
    "pad": "0.3",
    "nodesep": "0.22",
    "ranksep": "0.3",
    "labelloc": "b",
    "labeljust": "l",
    "fontname": FONT,
}
NODE = {"shape": "box", "fontname": FONT, "margin": "0.06,0.03", "width": "0.3", "height": "0.3"}
EDGE = {
    "color": WIRE,
    "arrowsize": "0.6",
    "fontname": FONT,
    "fontsize": str(SMALL + 1),
    "fontcolor": QUIET,
}
HASTE = {"nslimit": "1", "mclimit": "0.3"}
"""How soon Graphviz is content with a place for all, as shares of its own measure."""

NOT_ADDED = {"color": RED, "fontcolor": RED_INK, "penwidth": "3"}

SYMBOLS = {"*": "\u00d7", "-": "\u2212", "neg": "\u2212"}
"""Operations that are drawn otherwise than they are typed."""

TERMINAL = {
    "title": "\033[2m",
    "wrong": "\033[1;31m",
    "note": "\033[31m",
    "carried": "\033[31m",
    "missing": "\033[2m",
    "correct": "\033[32m",
}
"""What switches a style of a terminal's text on."""

TERMINAL_PLAIN = "\033[0m"
