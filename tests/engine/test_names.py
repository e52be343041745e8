"""What a node is called."""

import numpy as np
import pytest

from handgrad import Value, compare, label


def name(node: Value) -> str:
    return compare(node)[node].name


def test_an_unlabelled_node_is_named_by_its_short_expression() -> None:
    a, b, c = Value(2.0, "a"), Value(3.0, "b"), Value(4.0, "c")
    named = {
        "a*b": a * b,
        "a*b + c": a * b + c,
        "(a + b)*c": (a + b) * c,
        "a - (b - c)": a - (b - c),
        "a - b + c": a - b + c,
        "a/(b*c)": a / (b * c),
        "-a*b": -a * b,
        "-(a + b)": -(a + b),
        "(a**b)**c": (a**b) ** c,
        "a**2": a**2,
        "tanh(a + b)": (a + b).tanh(),
        "maximum(a, b)": a.maximum(b),
        "a*(-2)": a * -2,
    }
    assert {text: name(node) for text, node in named.items()} == {text: text for text in named}


def test_a_long_expression_is_named_by_its_operation_and_number() -> None:
    weight, height = Value(2.0, "weight"), Value(3.0, "height")
    assert name(weight * height + weight) == "+4"


def test_unlabelled_leaves_are_numbered() -> None:
    root = Value(1.0) + Value(2.0)
    assert [result.name for result in compare(root)] == ["+3", "leaf2", "leaf1"]


def test_two_nodes_of_one_label_are_told_apart() -> None:
    root = Value(1.0, "h") + Value(2.0, "h")
    assert sorted(result.name for result in compare(root)) == ["h", "h (2)", "h + h"]


def test_two_equal_expressions_are_told_apart_by_number() -> None:
    a, b = Value(1.0, "a"), Value(2.0, "b")
    root = a * b + (a * b).tanh()
    names = [result.name for result in compare(root)]
    assert len(set(names)) == len(names)


def test_label_takes_the_names_of_the_callers_variables() -> None:
    a, b = Value(2.0), Value(3.0)
    e = a * b
    w = [Value(1.0), [Value(2.0)]]
    grid = np.array([[Value(1.0)]])
    label()
    assert [node.label for node in (a, b, e, w[0], w[1][0], grid[0, 0])] == [
        "a",
        "b",
        "e",
        "w[0]",
        "w[1][0]",
        "grid[0][0]",
    ]


def test_label_takes_a_mapping_or_keywords() -> None:
    a, b, c = Value(1.0), Value(2.0), Value(3.0)
    label({"a": a}, b=b)
    assert (a.label, b.label, c.label) == ("a", "b", "")


def test_label_never_renames_and_the_first_name_counts() -> None:
    a = Value(1.0, "mine")
    b = again = Value(2.0)
    label(a=a, b=b, again=again)
    assert (a.label, b.label) == ("mine", "b")


def test_label_passes_over_private_names_and_what_is_no_node() -> None:
    _hidden, number = Value(1.0), 3.0
    label(_hidden=_hidden, number=number)
    assert _hidden.label == ""


def test_label_of_what_is_no_mapping_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Write label\(locals\(\)\)"):
        label("a")
