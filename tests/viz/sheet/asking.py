"""Messages in plain Python."""

import json

from handgrad import manual, viz
from tests.graphs import random_graph


def sheet_of(target, **options):
    return viz.Sheet(target, **options)


def ask(sheet, do, **parts):
    """The reply, as it is after a journey as JSON."""
    return json.loads(json.dumps(sheet.handle({"do": do, **parts}), allow_nan=False))


def in_manual_mode(seed, **sizes):
    with manual():
        return random_graph(seed, **sizes)
