"""Practice on arrays: expressions that are judged, and slips that are named."""

import random
import re

import numpy as np
import pytest

from handgrad import HandgradError
from handgrad.demos.katas.drills.array_drill import build_drill, make_array_drill
from handgrad.demos.katas.drills.array_rules import RULES, chain, pairs
from handgrad.demos.katas.drills.array_task import ArrayTask
from handgrad.demos.katas.drills.drill import ARRAY_LEVELS
from handgrad.viz.sheet.expression import evaluate
from tests.demos.katas.drills.array_slips import SAID, slips_of
from tests.demos.katas.drills.practising import practise
from tests.drawing import draw

BY_KEY = {rule.key: rule for rule in RULES}


def drawn(level, seed):
    return make_array_drill(random.Random(f"{seed} {level}"), level)


def task_of(key, *asked):
    return ArrayTask(build_drill(BY_KEY[key], list(asked), random.Random(1)))


def said_of(key, name, text):
    (question,) = task_of(key, name).questions
    outcome = question.judge(text)
    assert not outcome.is_right
    return outcome.message


@pytest.mark.parametrize("rule", [*RULES, *(chain(*pair) for pair in pairs()[::12])], ids=lambda rule: rule.key)
def test_the_lines_on_the_screen_make_the_arrays_and_the_right_answers_pass(rule):
    drill = build_drill(rule, list(rule.answers), random.Random(3))
    task = ArrayTask(drill)
    for line in drill.forward:
        name, _, text = line.partition(" = ")
        assert np.allclose(evaluate(text, task.known), drill.named[name].data)
    for question in task.questions:
        assert question.judge(rule.answers[question.name]).is_right, question.name


def test_no_two_sizes_of_a_drill_are_one_nor_one_apart():
    for seed in range(12):
        sizes = [int(size) for size in drawn(11, seed).more.values() if isinstance(size, float)]
        assert len({*sizes, *(size - 1 for size in sizes)}) == 2 * len(sizes)


def test_the_same_seed_gives_the_same_drill_and_each_level_has_its_own():
    first, again, other = drawn(7, 4), drawn(7, 4), drawn(8, 4)
    assert (first.forward, first.shapes) == (again.forward, again.shapes)
    assert first.forward != other.forward


@pytest.mark.parametrize(
    ("key", "name", "text", "said"),
    [
        ("y = x @ W", "W", "x @ dy", "Look at x @ dy: which of the two is to be transposed?"),
        ("y = x @ W", "W", "dy.T @ x", "That is the transpose."),
        ("y = x + b", "b", "dy", "what comes back is summed. Over which axis?"),
        ("y = x + b", "b", "dy.sum(1)", "dy.sum(1) goes over axis 1: is it that one?"),
        ("y = x * s", "s", "(dy * x).sum(1)", "drops the axis that it goes over"),
        ("m = x.mean(1)", "x", "dm[:, None] * np.ones_like(x)", "the 1/n of 'mean' in m is left out"),
        ("m = x.mean(0)", "x", "dm / n", "These are the right numbers, once each"),
        ("emb = C[X]", "C", "dC[X] += demb", "an index that occurs twice must be added to twice"),
    ],
)
def test_a_usual_slip_is_named(key, name, text, said):
    assert said in said_of(key, name, text)


def test_what_is_not_understood_is_refused_with_the_names_there_are():
    (question,) = task_of("y = x @ W", "W").questions
    for text in (
        "q + 1",
        "__import__('os')",
        "x.tobytes()",
        "dq[0] = 1",
        "x; W",
        "import os",
        "x.T @ dy; 1",
        "dW = W = x",
    ):
        with pytest.raises(HandgradError):
            question.judge(text)
    with pytest.raises(
        HandgradError, match=r"no 'q' on the graph. Type an expression in these names: dy, x, W, y, n, D, H."
    ):
        question.judge("q + 1")


def test_a_gradient_may_be_written_as_a_line_or_under_its_other_name():
    assert task_of("y = x @ W", "W").questions[0].judge("dW = x.T @ y.grad").is_right
    assert task_of("picked = p[range(n), y]", "p").questions[0].judge("np.eye(D)[y] * dpicked[:, None]").is_right
    assert task_of("emb = C[X]", "C").questions[0].judge("np.eye(H)[X].T @ demb").is_right
    assert task_of("y = np.maximum(x, 0)", "x").questions[0].judge("np.where(x > 0, dy, 0)").is_right


def right_answers(level, count):
    rng = random.Random(f"7 {level}")
    while count > 0:
        drill = make_array_drill(rng, level)
        for name in drill.asked[:count]:
            yield drill.answers[name]
        count -= len(drill.asked)


@pytest.mark.parametrize("level", [6, 11])
def test_right_answers_all_count_in_the_terminal(level):
    typed = list(right_answers(level, 4))
    output = practise("\n".join([*typed, "q"]) + "\n", "--level", str(level)).output
    assert "4 of 4 right at the first try." in output
    assert f"handgrad practice --seed 7 --level {level}" in output
    assert max(map(len, output.splitlines())) < 80


def test_enter_helps_without_the_answer_and_show_shows_it():
    (right,) = right_answers(7, 1)
    helps, _, shown = practise("\n\n\n\nshow\n", "--level", "7").output.partition("One way: ")
    assert "has the shape of" in helps
    assert "in which entries of the result is it" in " ".join(helps.split())
    assert right not in helps
    assert right in shown


@pytest.mark.parametrize(
    ("key", "name", "said"),
    [
        ("emb = C[X]", "C", "One way: np.add.at(dC, X, demb)"),
        ("y = x[1:]", "x", "One way: dx[1:] = dy"),
        ("y = x * s", "s", "One way: ds = (dy * x).sum(1, keepdims=True)"),
    ],
)
def test_what_is_shown_is_a_line_that_can_be_typed(key, name, said):
    (question,) = task_of(key, name).questions
    assert question.show() == said
    assert question.judge(said.removeprefix("One way: ")).is_right


def test_shapes_alone_are_asked_with_what_is_summed_over():
    output = practise("n, D\n-\n13\nn 1\nn\nD\nq\n", "--shapes", "--seed", "3").output
    assert "Right: each entry has one way back." in output
    assert "ds: (13,) it is not. How many numbers does s have" in " ".join(output.split())
    assert "is it along that axis that one entry of s goes into many" in " ".join(output.split())
    assert "2 of 4 right at the first try." in output
    assert "handgrad practice --shapes --seed 3" in output


def test_a_level_without_shapes_is_refused_with_those_that_have_them():
    result = practise("", "--shapes", "--level", "2")
    assert result.exit_code == 2
    assert "--shapes has the levels 5 to 9" in result.output


@pytest.mark.rest
@pytest.mark.drawn(0, rest=15)
@pytest.mark.parametrize("pair", pairs(), ids=lambda pair: f"{pair[0].key}, {pair[1].key}")
def test_in_every_chain_no_usual_slip_passes(pair):
    rule = chain(*pair)
    for question in ArrayTask(build_drill(rule, list(rule.answers), random.Random(2))).questions:
        for text in slips_of()[rule.key, question.name]:
            assert not question.judge(text).is_right, text
        assert question.judge(rule.answers[question.name]).is_right


@pytest.mark.rest
def test_of_many_questions_the_answers_pass_and_nearly_all_usual_slips_are_named_and_none_falsely(request):
    table, count, named, false = slips_of(), 0, 0, []
    for seed in draw(request, range(70), 21):
        drill = drawn(list(ARRAY_LEVELS)[seed % len(ARRAY_LEVELS)], seed)
        for question in ArrayTask(drill).questions:
            slips = table["; ".join(drill.forward), question.name]
            assert len(slips) == 5
            for text, mistake in slips.items():
                outcome = question.judge(text)
                assert not outcome.is_right
                count += 1
                if re.search(SAID[mistake], outcome.message):
                    named += 1
                elif not outcome.message.endswith(": no."):
                    false.append((text, outcome.message))
            assert question.judge(drill.answers[question.name]).is_right
    assert named >= 0.95 * count
    assert not false
