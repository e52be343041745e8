"""Names as tokens, and back."""

import pytest

from handgrad.demos.microgpt.model import BLOCK
from handgrad.demos.microgpt.vocabulary import CHARACTERS, decode, names, shuffle, tokens


@pytest.mark.parametrize("name", ["a", "hannah", "zz"])
def test_a_name_is_spelled_again_from_its_tokens_with_a_dot_at_both_ends(name):
    assert decode(tokens(name)) == f".{name}."
    assert tokens(name)[0] == tokens(name)[-1] == 0


def test_every_name_has_room_in_a_block():
    assert max(len(tokens(name)) - 1 for name in names()) <= BLOCK
    assert len(CHARACTERS) == 27


def test_the_order_is_the_seeds_and_no_name_is_lost():
    words = [f"name{n}" for n in range(50)]
    assert shuffle(words, 1) == shuffle(words, 1) != shuffle(words, 2)
    assert sorted(shuffle(words, 1)) == sorted(words)
    assert words == [f"name{n}" for n in range(50)]
