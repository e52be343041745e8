"""What is typed in pages, in whichever browser."""

import random

from handgrad.demos.web import front
from handgrad.demos.web.inside.graphs import MISTAKE

WRONG = "def backward(a, b, y):\n    y.grad = 1.0\n    a.grad = -1.0\n    b.grad = 1.0\n"
RIGHT = "def backward(a, b, y):\n    y.grad = 1.0\n    a.grad = 1.0\n    b.grad = 1.0\n"

STATES = 10


def drawn_states(seed):
    """What is typed on the start page, one box after the other, and what the comparator says of it in the end."""
    rng = random.Random(seed)
    sheet = front.front()
    numbers = front.typed_numbers(sheet)
    for _ in range(STATES):
        name, number = rng.choice(list(MISTAKE)), f"{rng.choice(numbers):g}"
        typed = rng.choice(([], [("d", front.FIXED["d"])])) + [(name, number)]
        sheet.marks.restore({**MISTAKE, **dict(typed)}, None, None)
        yield typed, {id_: (found["text"], found["status"]) for id_, found in sheet.marks.verdicts().items()}
