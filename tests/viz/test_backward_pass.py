"""The backward pass as a picture: the gradients of `gradients(root, graph=True)` are nodes."""

from __future__ import annotations

import re

import numpy as np

from handgrad import Value, gradients, label, manual, viz
from handgrad.arrays import array

from .drawn import cards, discs, said


def lecture() -> tuple[Value, ...]:
    a, b, c, f = Value(2.0, "a"), Value(-3.0, "b"), Value(10.0, "c"), Value(-2.0, "f")
    e = label(a * b, "e")
    d = label(e + c, "d")
    return label(d * f, "L"), a, b, d


def test_the_backward_pass_of_the_lecture_is_the_product_of_its_local_derivatives():
    L, a, *_ = lecture()
    drawn = viz.draw(gradients(L, graph=True)[a])
    assert set(cards(drawn)) == {"dL/dL", "f", "dL/dd", "b", "dL/da"}
    assert discs(drawn) == ["*", "*"]
    assert ">6<" in cards(drawn)["dL/da"]


def test_a_gradient_is_drawn_without_a_gradient_of_its_own_until_it_has_one():
    L, a, b, _ = lecture()
    slope = gradients(L, graph=True)[a]
    assert ">grad<" not in viz.draw(slope).source
    slope.backward()
    drawn = cards(viz.draw(slope))
    assert ">grad<" in drawn["dL/da"]
    assert ">-2<" in drawn["b"]
    assert b.grad == -2.0


def test_a_graph_whose_backward_pass_has_run_shows_its_zeros_too():
    x = Value(-1.0, "x")
    loss = x.relu() * 2.0
    assert ">grad<" not in viz.draw(loss).source
    loss.backward()
    assert cards(viz.draw(loss))["x"].count(">0<") == 1


def test_a_zero_that_a_person_wrote_is_shown():
    with manual():
        x = Value(2.0, "x")
        loss = label(x * 3.0, "loss")
    x.grad = loss.grad = 0.0
    assert ">0<" in cards(viz.draw(loss))["x"]


def test_a_number_is_written_once_on_the_card_of_a_constant():
    line = cards(viz.draw(Value(3.0, "x") * 2.0 * 0.03225806451612903))["2.0"]
    assert ">2<" in line
    assert "data" not in line
    assert ">0.0322581<" in viz.draw(Value(3.0, "x") * 0.03225806451612903).source


def test_softmax_and_cross_entropy_are_drawn_with_the_gradients_by_name():
    logits = [Value(number, f"z{i}") for i, number in enumerate((1.0, 2.0, -0.5))]
    exps = [label(z.exp(), f"e{i}") for i, z in enumerate(logits)]
    total = label(exps[0] + exps[1] + exps[2], "s")
    p = label(exps[1] / total, "p")
    loss = label(-p.log(), "loss")
    drawn = viz.draw(gradients(loss, graph=True)[logits[1]])
    assert {"dloss/dz1", "dloss/de1", "dloss/ds", "dloss/dp", "dloss/dloss", "p", "s"} <= set(cards(drawn))
    assert ">-0.310328<" in cards(drawn)["dloss/dz1"]  # p - 1


def test_the_backward_pass_of_arrays_shows_its_operations_and_its_gradients_by_name(tmp_path):
    rng = np.random.default_rng(0)
    x, w = array(rng.normal(size=(4, 3)), "x"), array(rng.normal(size=(3, 2)), "w")
    h = label(np.tanh(x @ w), "h")
    loss = label((h**2).mean(), "loss")
    drawn = viz.draw(gradients(loss, graph=True)[w])
    named = {name for name in cards(drawn) if re.fullmatch(r"[a-z/]+", name)}
    assert named == {"x", "w", "h", "dloss/dloss", "dloss/dh", "dloss/dw"}
    assert {"transpose", "@", "tanh"} <= set(discs(drawn))
    assert "(3, 2)" in said(cards(drawn)["dloss/dw"])
    assert "?" not in said(cards(drawn)["dloss/dw"])
    assert viz.save(drawn, tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
