"""The README's pictures of the sheet show what they are said to show."""

import struct

import pytest

from handgrad.demos.sheet import lecture
from handgrad.viz.sheet import Sheet
from tests.demos.sheet_pictures import PICTURES, SIZE, TYPED
from tests.project import ROOT


def test_of_what_is_typed_one_is_a_mistake_and_one_only_follows_from_it():
    sheet = Sheet(lecture().graph)
    for name, text in TYPED.items():
        reply = sheet.handle({"do": "fill", "node": name, "text": text})
    statuses = {name: entry["status"] for name, entry in reply["verdict"].items()}
    assert {name: statuses[name] for name in TYPED} == {"L": "correct", "f": "correct", "d": "wrong", "c": "carried"}
    assert {statuses[name] for name in statuses.keys() - TYPED.keys()} == {"missing"}


@pytest.mark.parametrize("name", PICTURES)
def test_each_picture_is_there_at_the_size_it_is_taken_in(name):
    content = (ROOT / "demos" / name).read_bytes()
    assert content.startswith(b"\x89PNG")
    assert struct.unpack(">II", content[16:24]) == (SIZE["width"] * 3 // 2, SIZE["height"] * 3 // 2)
