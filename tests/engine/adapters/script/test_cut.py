"""A turn as functions."""

import ast

import pytest

from handgrad.adapters.errors import ScriptError
from handgrad.adapters.script.cut import Cut
from handgrad.adapters.script.loop import gradients_in, turn_of
from handgrad.repair.source import tree_of

from .networks import RECURRENT, TWO_LAYERS, written


def cut(text, gradients=None):
    turn = turn_of(ast.parse(text))
    return Cut(turn, gradients or gradients_in(turn), ["loss"])


def test_what_the_loss_needs_is_the_forward_and_the_rest_that_gradients_need_the_backward():
    found = cut(TWO_LAYERS)
    assert ast.unparse(found.forward[-1]).startswith("loss = ")
    assert ast.unparse(found.backward[0]) == "dscores = probs"
    texts = [ast.unparse(one) for one in [*found.forward, *found.backward]]
    assert not any("print" in text or "step_size" in text for text in texts)


def test_one_statement_for_loss_and_gradients_leaves_one_function():
    found = cut(RECURRENT)
    assert found.is_one
    assert not found.backward


def test_the_pieces_stand_on_the_lines_of_the_file_and_only_for_a_while(tmp_path):
    file = written(tmp_path, TWO_LAYERS)
    space = {}
    exec(compile(ast.Module(turn_of(ast.parse(TWO_LAYERS)).before, []), file, "exec"), space)
    before = ast.unparse(tree_of(file))
    with cut(TWO_LAYERS).functions(file, space) as (forward, backward):
        assert forward.__code__.co_filename == file
        lines = {line for _, _, line in backward.__code__.co_lines() if line}
        assert min(lines) == TWO_LAYERS[: TWO_LAYERS.index("dscores = probs")].count("\n") + 1
        assert "def backward" in ast.unparse(tree_of(file))
    assert ast.unparse(tree_of(file)) == before


def test_a_name_that_is_not_there_is_refused_with_it():
    with pytest.raises(ScriptError, match="has no name dW3, and does not move W2 by that"):
        cut(TWO_LAYERS, {"W2": "dW3"})
