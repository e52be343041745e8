"""What a node is called."""

import numpy as np
import pytest

from handgrad import Value, compare, gradients, label
from handgrad.arrays import array
from handgrad.errors import NotANumberError
from handgrad.names import Names, expression, name_of


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


def test_a_step_with_a_long_expression_is_told_by_what_it_is_and_what_it_goes_into() -> None:
    weight, height = Value(2.0, "weight"), Value(3.0, "height")
    loss = label((weight * height - weight) ** 2, "loss")
    assert [result.name for result in compare(loss) if not result.node.is_constant] == [
        "loss", "difference in loss", "weight*height", "height", "weight",
    ]  # fmt: skip


def test_several_steps_that_go_into_one_node_are_counted_as_they_were_computed() -> None:
    weight, x, y = Value(2.0, "weight"), [0.5, 1.5, -1.0], [1.7109609061951916, -0.3, 2.0]
    loss = label(sum(((weight * a - b) ** 2 for a, b in zip(x, y)), Value.constant(0.0, "0")), "loss")
    names = {result.name: result.node for result in compare(loss)}
    assert names["1st difference in loss"].data == 2.0 * 0.5 - 1.7109609061951916
    assert names["3rd power in loss"].data == 16.0
    assert not any("71096" in result.name for result in compare(loss) if not result.node.is_constant)


def test_a_step_goes_into_the_nearest_node_with_a_label() -> None:
    weight, height = Value(2.0, "a_weight"), Value(3.0, "a_height")
    inner = label((weight * height + weight).tanh(), "h")
    root = label(inner * (weight * height - height), "L")
    assert {result.name for result in compare(root)} == {
        "L", "h", "sum in h", "product in h", "difference in L", "product in L", "a_weight", "a_height",
    }  # fmt: skip


def test_a_root_without_a_name_is_the_output_and_a_leaf_without_one_is_told_by_its_use() -> None:
    root = Value(1.0) + Value(2.0)
    assert [result.name for result in compare(root)] == [
        "the output", "2nd leaf in the output", "1st leaf in the output",
    ]  # fmt: skip


def test_a_hundred_steps_are_counted_as_people_count() -> None:
    root = label(sum((Value(1.0) for _ in range(121)), Value(0.0)), "L")
    names = {result.name for result in compare(root)}
    assert {f"{number} leaf in L" for number in ("1st", "2nd", "11th", "21st", "22nd", "112th", "121st")} <= names


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


def test_an_array_is_named_by_its_index_its_transpose_and_its_operations() -> None:
    x, w = array(np.ones((2, 3)), "x"), array(np.ones((3, 2)), "w")
    named = {
        "x.T": x.T,
        "(x + 1).T": (x + 1).T,
        "x[0]": x[0],
        "x[:, 1]": x[:, 1],
        "x[...]": x[[0, 1, 0]],
        "x@w": x @ w,
        "sum(x)": x.sum(),
        "transpose(x)": x.transpose(1, 0),
    }
    assert {text: expression(node) for text, node in named.items()} == {text: text for text in named}


def test_a_minus_in_front_keeps_its_brackets_where_it_would_bind_otherwise() -> None:
    a, b = Value(2.0, "a"), Value(3.0, "b")
    named = {"(-a)**2": (-a) ** 2, "-a**2": -(a**2), "a - (-b)": a - (-b), "-a + b": -a + b}
    assert {text: expression(node) for text, node in named.items()} == {text: text for text in named}


def test_an_expression_is_given_up_where_it_is_too_long_or_a_part_has_no_name() -> None:
    a = Value(2.0, "a")
    assert expression(a * Value(3.0)) == ""
    assert expression(a * a, 3) == "a*a"
    assert expression(a * a, 2) == ""
    assert expression(Value(1.0, "a_label_of_16_ch"), 15) == ""


def test_a_node_without_a_graph_is_named_by_label_expression_shape_or_number() -> None:
    a = Value(2.5, "a")
    nodes = (a, a * 2, Value(0.25), array(np.ones((2, 3))), Value(1 / 3))
    assert [name_of(node) for node in nodes] == ["a", "a*2", "0.25", "an array of shape (2, 3)", "0.333333"]


def test_a_node_that_is_not_in_the_graph_is_named_all_the_same() -> None:
    stranger = Value(2.0, "stranger")
    assert Names(Value(1.0) * 2.0)[stranger] == "stranger"


def test_two_equal_expressions_are_told_apart_by_a_number_that_no_label_has() -> None:
    a, b = Value(1.0, "a"), Value(2.0, "b")
    root = label(a * b - (a * b).tanh() + Value(3.0, "a*b (2)"), "L")
    names = [result.name for result in compare(root)]
    assert {"a*b", "a*b (2)", "a*b (2)'"} < set(names)
    assert len(set(names)) == len(names)
    twice = Value(1.0, "h") + Value(2.0, "h") + Value(3.0, "h (2)")
    assert sorted(node.label or "" for node in gradients(twice)) == ["", "", "h", "h", "h (2)"]
    assert len({result.name for result in compare(twice)}) == 5


def test_a_sentence_has_room_for_a_longer_expression_and_none_for_a_part_without_a_name() -> None:
    weight, height, x = Value(2.0, "weight"), Value(3.0, "height"), Value(1.0, "x")
    step = weight * height + x
    root = label(step.tanh() * Value(1.0), "L")
    names = Names(root)
    assert names[step] == "sum in L"
    assert names.phrase(step) == "weight*height + x"
    assert names.phrase(x) == "x"
    assert not names.is_step(step)
    much = sum((weight * height * Value(float(i), f"number{i}") for i in range(8)), x).exp() - x
    root = label(much.tanh(), "L")
    assert Names(root).phrase(much) == "the difference in L"
    assert Names(root).is_step(much)
    assert Names(much).phrase(much) == "the output"


def test_a_number_that_was_computed_is_in_no_expression() -> None:
    a = Value(2.0, "a")
    assert [expression(a - number, 40) for number in (0.25, 0.044715, 1.7109609061951916)] == [
        "a - 0.25", "a - 0.044715", "",
    ]  # fmt: skip


@pytest.mark.parametrize("name", [3, None, Value(1.0)])
def test_a_name_that_is_no_text_is_refused(name: object) -> None:
    with pytest.raises(NotANumberError, match="A label is a text"):
        label(Value(1.0), name)


def test_one_node_is_named_whether_it_has_a_name_or_not_and_given_back() -> None:
    a = Value(1.0, "old")
    assert label(a, "new") is a
    assert a.label == "new"
    nodes = [Value(1.0), [Value(2.0)]]
    assert label(nodes, "w") is nodes
    assert [nodes[0].label, nodes[1][0].label] == ["w[0]", "w[1][0]"]
    with pytest.raises(NotANumberError, match="Give nodes"):
        label([1.0, 2.0], "w")


def test_lists_nest_four_deep_and_no_deeper() -> None:
    deep, deeper = [[[[Value(1.0)]]]], [[[[[Value(1.0)]]]]]
    label(deep=deep, deeper=deeper)
    assert deep[0][0][0][0].label == "deep[0][0][0][0]"
    assert deeper[0][0][0][0][0].label == ""


def test_an_array_of_plain_numbers_or_of_one_object_is_passed_over() -> None:
    box = np.empty((), dtype=object)
    box[()] = Value(1.0)
    label(box=box, numbers=np.ones(2))
    assert box[()].label == ""


def test_a_label_is_a_name_however_long_it_is() -> None:
    long = Value(2.0, "a_label_of_more_characters")
    assert Names(long * 2.0)[long] == "a_label_of_more_characters"
    assert expression(Value(1.0, "a"), 1) == "a"
