"""No two nodes of one check get explanations that cannot both be so."""

import re
from itertools import permutations

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.judging.judge import judge
from handgrad.demos.katas.judging.verdict import EITHER_OR
from handgrad.demos.katas.wrong import wrong_answers
from tests.demos.katas.test_divisions import DIVISIONS

COURSE = Course()
WRONG = [(kata, name, text) for kata, name, text in wrong_answers()]
WRONG += [
    (COURSE[kata], f"{right} -> {wrong}", COURSE[kata].solution.read_text("utf-8").replace(right, wrong))
    for kata, places in DIVISIONS.items()
    for right, others in places.items()
    for wrong in others
]
SEVERAL = re.compile(r"_(?:, _)*(?:,? and (?:_|others))+")
IS_GRADIENT_OF = re.compile(r"that is the gradient of (\S+?)\. ")
EXCHANGED = re.compile(r"you have exchanged the gradients of (\S+) and (\S+):")
SHAPE_OF = re.compile(r"That is the shape of (\S+?): are these two gradients exchanged")
FUNCTION = "'(?:exp|log|sqrt|tanh|sigmoid|relu)'"
SLOPE = re.compile(rf"you used (?P<how>.*) as the derivative of (?P<at>{FUNCTION} in [^:]*):")
CONSTANT = re.compile(r"(?P<at>the (?:1/n|constant) of '\S+' in [^;:]*?) (?P<how>is left out|is multiplied|is turned)")


def explanations(comparison):
    """What is said of each wrong node, without its name."""
    found = [(node["name"], node["slip"]) for node in comparison["nodes"] if node["status"] == "wrong"]
    return {name: slip["message"].removeprefix(f"{name}: ") for name, slip in found if slip}


def contradictions(said):
    """Pairs of nodes of which what is said cannot both be so."""
    for one, other in permutations(said, 2):
        first, second = said[one], said[other]
        is_either = EITHER_OR in first and alike(second, said) in alternatives(first, said)
        if is_either or any(rule(one, first, other, second) for rule in (each_is_the_other, one_sided, two_edits)):
            yield one, first, other, second


def alternatives(sentence, names):
    return [alike(part, names) for part in re.split(r" (?:Either|Or) (?=[a-z0-9])", sentence)[1:]]


def alike(clause, names):
    """A clause as it would be of any nodes, of all that a node gets as of a part of it."""
    for name in sorted(names, key=len, reverse=True):
        clause = re.sub(rf"(?<!\w){re.escape(name)}(?![\w\[])", "_", clause)
    clause = re.sub(r"(?<=the upstream gradient of )[^;.]+", "_", clause)
    return re.sub(r"^in what comes from [^,]*, ", "", SEVERAL.sub("_", clause))


def each_is_the_other(one, first, other, second):
    """Two gradients that are each said to be that of the other are exchanged, which is another sentence."""
    of_first, of_second = IS_GRADIENT_OF.search(first), IS_GRADIENT_OF.search(second)
    return bool(of_first and of_second) and (of_first[1], of_second[1]) == (other, one)


def one_sided(one, first, other, second):
    """An exchange is told of both, or of none."""
    exchanged, shape = EXCHANGED.search(first), SHAPE_OF.search(first)
    if exchanged and other in exchanged.groups():
        return not EXCHANGED.search(second)
    return bool(shape) and shape[1] == other and one not in SHAPE_OF.findall(second)


def two_edits(one, first, other, second):
    """One slope, or one constant of the forward pass, is said to be wrong in two ways."""
    for rule in (SLOPE, CONSTANT):
        both = rule.search(first), rule.search(second)
        if all(both) and both[0]["at"] == both[1]["at"] and both[0]["how"] != both[1]["how"]:
            return True
    return False


@pytest.mark.drawn(2, rest=30, files=lambda kata, name, text: [kata.solution.parent])
@pytest.mark.parametrize(("kata", "name", "text"), WRONG, ids=[f"{kata.name}/{name}" for kata, name, _ in WRONG])
def test_no_two_nodes_of_a_wrong_answer_get_explanations_that_contradict_each_other(
    kata, name, text, answer, judged_once
):
    found = judge(kata, answer(text), run=judged_once)
    for failure in found.failures:
        assert not [*contradictions(explanations(failure.comparison or {"nodes": ()}))]


@pytest.mark.parametrize(
    "said",
    [
        {"b[0]": "that is the gradient of b[1]. What does", "b[1]": "that is the gradient of b[0]. What does"},
        {"a": "you have exchanged the gradients of a and b: which", "b": "right magnitude, wrong sign"},
        {"a": "a has shape (2,). That is the shape of b: are these two gradients exchanged?", "b": "no mistake"},
        {
            "b": "you used 1 - h as the derivative of 'tanh' in h: what is squared?",
            "w": "you used 1 - z^2 as the derivative of 'tanh' in h: is it the input?",
        },
        {
            "p": "the 1/n of 'mean' in L is left out; over how many?",
            "w": "what comes from L is off by a constant factor: the 1/n of 'mean' in L is multiplied in twice.",
        },
        {
            "u": "more than one mistake gives this number. Either you used u as the derivative of 'exp' in q: is? Or "
            "you passed the upstream gradient of q and p through unchanged; what?",
            "p": "you passed the upstream gradient of y through unchanged; what?",
        },
        {
            "y": "more than one mistake gives this number. Either in what comes from d, that is only the local "
            "derivative; you did not multiply by the upstream gradient of d. Or d propagated its gradient early.",
            "x": "that is only the local derivative; you did not multiply by the upstream gradient of d.",
        },
    ],
)
def test_what_cannot_both_be_so_is_found(said):
    assert [*contradictions(said)]


@pytest.mark.parametrize(
    "said",
    [
        {"a": "you used b as the derivative of '+' in y: is", "b": "you used a as the derivative of '+' in y: is"},
        {"a": "that is the gradient of c. What", "b": "that is the gradient of a. What"},
        {"a": "what comes from L is counted twice.", "b": "what comes from L is off by a constant factor: divided"},
        {"a": "you have exchanged the gradients of a and b: w", "b": "you have exchanged the gradients of b and a: w"},
    ],
)
def test_what_can_both_be_so_is_not(said):
    assert not [*contradictions(said)]
