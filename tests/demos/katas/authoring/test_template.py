"""The kata that `handgrad new` writes, taken by itself: its programs on its own graph."""

import pytest

from handgrad import Status, compare
from handgrad.demos.katas.authoring import wrong_answers
from handgrad.demos.katas.authoring.template import FILES
from handgrad.demos.katas.checking import hand_graph
from handgrad.demos.katas.wrong import read_planted


def filled(program):
    """The comparison after one of its programs has run on the graph of its tests."""
    tests, answer = {}, {}
    exec(FILES["test_{name}.py"].replace("from KATA import KATA", ""), tests)
    exec(program, answer)
    nodes = hand_graph(tests["build"], a=3.0, b=-6.0)
    answer["KATA"](*nodes)
    return compare(nodes[-1])


def test_the_solution_is_right_and_the_stub_has_nothing_filled_in():
    assert filled(FILES["solution.py"]).ok
    assert {result.status for result in filled(FILES["{name}.py"])} == {Status.MISSING}


@pytest.mark.parametrize("place", range(3))
def test_a_wrong_answer_is_told_what_its_table_says(place, kata):
    name, text = wrong_answers(kata)[place][1:]
    says = next(one.says for one in read_planted(kata) if one.name == name)
    causes = filled(text.replace("mine", "KATA")).causes
    assert any(says in result.slip.message for result in causes)


def test_the_statements_own_example_is_right():
    a, b = 3.0, -4.0
    nodes = hand_graph(lambda a, b: (a, b, a * b + a), a=a, b=b)
    assert f"a = {a:g} and b = {b:g} make L = {nodes[-1].data:g}" in FILES["kata.md"]
