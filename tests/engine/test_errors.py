"""Errors: each keeps its facts, and says what happened and what to write instead."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from handgrad import Value, errors
from handgrad.errors import (
    DetachError,
    DomainError,
    HandgradError,
    NoReferenceError,
    NotANodeError,
    NotANumberError,
    NotAValueError,
    NotFiniteError,
    NotInGraphError,
    NotOneNumberError,
    StaleGraphError,
    UnfilledError,
    UnsupportedFunctionError,
)

CLASSES = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if kind.__module__ == errors.__name__]
PYTHONS = (TypeError, ValueError, ArithmeticError, LookupError, RuntimeError)


@pytest.mark.parametrize("kind", CLASSES)
def test_each_is_a_handgrad_error_and_one_of_pythons_own(kind):
    assert issubclass(kind, HandgradError)
    assert kind is HandgradError or issubclass(kind, PYTHONS)


def test_the_repr_of_a_large_thing_is_cut():
    text = str(NotANumberError(list(range(1000)), "an operand of '*'", "Give a number."))
    assert text.startswith("an operand of '*': [0, 1, 2, ")
    assert text.endswith("... is a list. Give a number.")
    assert len(text) < 120


@pytest.mark.parametrize(
    ("error", "facts"),
    [
        (NotANumberError("2", "lr", "Give one."), {"given": "2", "where": "lr", "instead": "Give one."}),
        (NotFiniteError(-1.0, "lr"), {"given": -1.0, "where": "lr"}),
        (NotAValueError(2.0), {"given": 2.0}),
        (NotOneNumberError("x", (2, 3)), {"root": "x", "shape": (2, 3)}),
        (DetachError("v", 1.5, "float(v)"), {"node": "v", "number": 1.5, "call": "float(v)"}),
        (NotInGraphError("a", "L", "compare"), {"node": "a", "root": "L", "where": "compare"}),
        (UnfilledError("w", "step()"), {"node": "w", "where": "step()"}),
        (NoReferenceError("w"), {"node": "w"}),
        (StaleGraphError("e", 1.0, 2.0, "*"), {"node": "e", "data": 1.0, "recomputed": 2.0, "operation": "*"}),
        (UnsupportedFunctionError("floor", ("ceil",)), {"function": "floor", "near": ("ceil",)}),
    ],
)
def test_each_keeps_its_facts_and_says_them(error, facts):
    assert {name: getattr(error, name) for name in facts} == facts
    said = [fact for name, fact in facts.items() if isinstance(fact, str) and name != "given"]
    assert all(fact in str(error) for fact in said)


def test_a_domain_error_gives_the_inputs_by_name_and_a_bare_number_once():
    error = DomainError("/", [("a", 1.0), ("0", 0)], "no finite value", "Division needs another.", "q")
    assert str(error) == "'/' has no finite value at node q, with a = 1.0, 0. Division needs another."
    assert (error.operation, error.inputs, error.node) == ("/", (("a", 1.0), ("0", 0)), "q")


def test_an_array_among_the_inputs_is_told_by_its_shape():
    error = DomainError("max", [("x", np.zeros((0, 3)))], "no finite value")
    assert str(error) == "'max' has no finite value, with x = an array of shape (0, 3)."


def test_an_input_whose_number_needs_all_its_digits_is_shown_with_them():
    assert "x = 0.1234567890123" in str(DomainError("log", [("x", 0.1234567890123)], "no finite value"))


def test_a_stale_array_is_told_by_its_shapes():
    text = str(StaleGraphError("y", np.zeros(2), np.zeros(3), "*"))
    assert "its data is an array of shape (2,), but its operation '*' gives an array of shape (3,)" in text


@pytest.mark.parametrize(
    ("near", "said"),
    [
        ((), "has no rule for a node. Write x.data"),
        (("sum",), " There is np.sum. Write x.data"),
        (("sum", "prod", "mean"), " There is np.sum, np.prod or np.mean. Write x.data"),
    ],
)
def test_the_functions_that_are_nearly_named_are_listed(near, said):
    assert said in str(UnsupportedFunctionError("nansum", near))


@pytest.mark.parametrize(
    ("given", "instead"),
    [("W1", "comparison[W1]"), ("not a name", "comparison[node]"), (3, "comparison[node]"), (np.zeros(2), "w[0, 0]")],
)
def test_what_stands_for_a_node_is_answered_with_what_to_write(given, instead):
    text = str(NotANodeError(given, "comparison[{}]"))
    assert text.startswith(f"comparison[...] takes a node, and this is a {type(given).__name__}; ")
    assert instead in text


def test_a_detached_node_may_come_with_advice_of_its_own():
    assert (
        str(DetachError("x", np.zeros(3), "float(x)", "Write x.sum()."))
        .partition("lost. ")[2]
        .startswith("Write x.sum(). Use")
    )
    assert "(data an array of shape (3,))" in str(DetachError("x", np.zeros(3), "float(x)"))


def test_an_error_can_be_caught_as_python_names_it():
    with pytest.raises(ArithmeticError):
        Value(0.0).log()
    with pytest.raises(ZeroDivisionError) as cause:
        raise ZeroDivisionError
    assert not isinstance(cause.value, HandgradError)


def test_a_repr_of_just_sixty_characters_is_not_cut():
    assert f"{'x' * 58!r} is a str" in str(NotANumberError("x" * 58, "lr", ""))
    assert "... is a str" in str(NotANumberError("x" * 59, "lr", ""))


def test_what_is_no_root_is_told_what_one_is():
    assert str(NotAValueError(2.0)) == (
        "a graph starts at a Value, and this is a float. Give the node where backward starts, for example the loss."
    )


def test_stale_data_are_shown_with_all_their_digits():
    assert "its data is 0.1234567890123, but its operation '*' gives 0.1234567890124" in str(
        StaleGraphError("e", 0.1234567890123, 0.1234567890124, "*")
    )
