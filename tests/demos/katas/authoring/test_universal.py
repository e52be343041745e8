"""Answers that fit everything, and the tests that would take them."""

import math

import numpy as np
import pytest

from handgrad import Value
from handgrad.demos.katas.authoring.soundness import problems
from handgrad.demos.katas.authoring.universal import (
    CALLED,
    KINDS,
    NUMBERS,
    REPLACED,
    SEVERAL,
    Anything,
    replace_results,
    report_calls,
)

# Each: what the solution gives for 3.0, how a test looks at it, and the kinds of answer that the test takes.
EMPTY, ZEROS, NAN = "an empty array for each number", "zeros", "NaN for each number"
EQUAL, ONE, NOTHING = (
    "an object that equals everything for each thing",
    "one object that equals everything",
    "an empty list, tuple or dict",
)
WEAK = {
    "approx": ("2 * x", "assert mine(3.0) == pytest.approx(6.0)", {EMPTY, EQUAL}),
    "allclose": ("np.array([x, x])", "assert np.allclose(mine(3.0), [3.0, 3.0])", {EQUAL}),
    "allclose of a number": ("2 * x", "assert np.allclose(mine(3.0), 6.0)", {EMPTY, EQUAL}),
    "equality": ("[x, 2 * x]", "assert mine(3.0) == [3.0, 6.0]", {EQUAL, ONE}),
    "a loop over what came": (
        "{'a': x, 'b': x}",
        "found = mine(3.0)\n    for name, number in found.items():\n        assert float(number) == 3.0, name",
        {ONE, NOTHING},
    ),
    "what must not hold": ("2 * x", "assert not abs(float(mine(3.0)) - 6.0) > 1e-6", {NAN}),
    "a result that is 0": ("x - 3.0", "assert float(mine(4.0) * 0.0) == 0.0", {ZEROS, EQUAL}),
    "any truth": ("x > 1.0", "assert mine(3.0)", {EQUAL}),
}
STRONG = {
    "a plain number": (
        "2 * x",
        "found = mine(3.0)\n    assert np.shape(found) == () and abs(float(found) - 6.0) < 1e-9",
    ),
    "an array": ("np.array([x])", "np.testing.assert_array_equal(np.asarray(mine(3.0), float), [3.0], strict=True)"),
}


def rewrite(kata, gives, test):
    kata.wrong.unlink()  # which would be judged, too
    kata.solution.write_text(f'"""One."""\n\nimport numpy as np\n\n\ndef mine(x):\n    return {gives}\n')
    kata.test.write_text(f"import numpy as np\nimport pytest\nfrom mine import mine\n\n\ndef test_it():\n    {test}\n")


@pytest.mark.drawn(1, rest=2)
@pytest.mark.parametrize("name", WEAK)
def test_a_test_that_takes_an_answer_that_fits_everything_is_told_of(name, kata, warm):
    gives, test, kinds = WEAK[name]
    rewrite(kata, gives, test)
    told = [problem for problem in problems(kata, warm.run) if problem.startswith("the tests take ")]
    assert {
        kind for kind in (EMPTY, ZEROS, NAN, EQUAL, ONE, NOTHING) if any(f"take {kind} that" in t for t in told)
    } == kinds
    assert all("that mine should give: " in problem for problem in told)


@pytest.mark.parametrize("name", STRONG)
def test_a_test_that_looks_at_type_shape_and_number_takes_none(name, kata, warm):
    rewrite(kata, *STRONG[name])
    assert not [problem for problem in problems(kata, warm.run) if problem.startswith("the tests take ")]


def test_gradients_that_fit_everything_are_tried_on_nodes(kata, warm):
    text = kata.test.read_text().replace(
        'check_gradients(nodes[-1], call="mine(a, b, product, L)")',
        "assert nodes[-1].grad == pytest.approx(1.0)",
    )
    kata.test.write_text(text)
    told = [problem for problem in problems(kata, warm.run) if problem.startswith("the tests take ")]
    assert any(f"take {EMPTY} that mine should give" in problem for problem in told)


def test_a_function_that_only_the_solution_calls_is_not_asked_for(kata, warm):
    rewrite(kata, "helper(x)\n\n\ndef helper(x):\n    return 2 * x", STRONG["a plain number"][1])
    assert not [problem for problem in problems(kata, warm.run) if "helper" in problem]


THING = {"number": 3.0, "count": 2, "array": np.ones((2, 3)), "word": "add", "truth": True, "list": [1.0, (2.0,)]}


def test_each_kind_takes_the_place_of_numbers_and_arrays_and_of_nothing_else():
    empty, zeros, nan = (KINDS[kind].replace(THING) for kind in (EMPTY, ZEROS, NAN))
    for found in (empty, zeros, nan):
        assert (found["word"], found["truth"]) == ("add", True)
    assert [np.shape(empty[name]) for name in ("number", "count", "array")] == [(0,)] * 3
    assert (zeros["number"], zeros["count"], zeros["list"]) == (0.0, 0, [0.0, (0.0,)])
    np.testing.assert_array_equal(zeros["array"], np.zeros((2, 3)))
    np.testing.assert_array_equal(nan["array"], np.full((2, 3), np.nan))
    assert math.isnan(nan["number"])
    assert math.isnan(nan["list"][1][0])


def test_what_equals_everything_takes_the_place_of_each_thing_or_of_all_and_nothing_of_nothing():
    each = KINDS[EQUAL].replace({"a": [1.0, "x", None]})
    assert [type(thing) for thing in each["a"]] == [Anything, Anything, type(None)]
    assert type(KINDS[ONE].replace([1.0])) is Anything
    assert KINDS[ONE].replace(None) is None
    assert [KINDS[NOTHING].replace(thing) for thing in ([1.0], (1.0,), {"a": 1.0}, 1.0)] == [[], (), {}, 1.0]


def test_what_equals_everything_stays_itself_and_yet_is_a_number_to_numpy():
    anything = Anything()
    for made in (anything + 1, 2 / anything, -anything, abs(anything), anything["a"], anything.grad, anything(3)):
        assert made is anything
    assert anything == 3.0
    assert anything < -1.0 < anything
    assert (anything != "x") is False
    assert list(anything) == []
    assert np.asarray(anything).shape == ()
    assert not hasattr(anything, "__array__")


def solution(text):
    names = {}
    exec(text, names)
    return names


def test_only_what_somebody_else_than_the_solution_calls_is_replaced(capsys):
    names = solution("def inner(x):\n    return 2.0 * x\ndef outer(x):\n    return inner(x)\n")
    replace_results(names, "inner", ZEROS)
    assert names["outer"](3.0) == 6.0
    assert capsys.readouterr().out == ""
    assert names["inner"](3.0) == 0.0
    assert capsys.readouterr().out == REPLACED.format(name="inner") + "\n"


def test_of_a_table_of_functions_each_is_replaced():
    names = solution("RULES = {'+': lambda x: 1.0, '*': lambda x: x}\n")
    replace_results(names, "RULES", NAN)
    assert all(math.isnan(rule(3.0)) for rule in names["RULES"].values())


@pytest.mark.parametrize("held", [lambda node: node, lambda node: [node], lambda node: {"a": (node,)}])
def test_gradients_that_it_fills_in_are_replaced_wherever_the_nodes_are(held):
    names = solution("def fill(thing, write):\n    write(3.0)\n")
    replace_results(names, "fill", ZEROS)
    a, b = Value(2.0, "a"), Value(5.0, "b")
    b.grad = 4.0
    names["fill"](held(a * b), lambda number: setattr(a, "grad", number))
    assert (a.grad, b.grad) == (0.0, 4.0)  # b's was there before


def test_whoever_looks_on_tells_what_kind_of_thing_came(capsys):
    names = solution(
        "def number(x):\n    return x\ndef several(x):\n    return [x]\ndef both(x):\n    return number(x)\n"
    )
    for name, what in (("number", NUMBERS), ("several", SEVERAL)):
        report_calls(names, name)
        names["both"](1.0)
        assert capsys.readouterr().out == ""
        names[name](1.0)
        assert capsys.readouterr().out == CALLED.format(name=name, what=what) + "\n"
