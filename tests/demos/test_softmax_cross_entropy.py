"""The softmax demo prints what it promises."""

from __future__ import annotations

import subprocess
import sys

import pytest

from handgrad import Status
from handgrad.demos import softmax_cross_entropy


@pytest.fixture
def output(capsys):
    softmax_cross_entropy.main()
    return capsys.readouterr().out


@pytest.mark.parametrize("fused", [False, True])
def test_the_gradients_typed_by_hand_are_judged_right_on_the_logits_alone(fused):
    comparison = softmax_cross_entropy.judge(fused)
    assert comparison.ok
    assert comparison.counts[Status.CORRECT] == 3
    assert len(comparison) == comparison.counts.get(Status.SKIPPED, 0) + 3


def test_a_wrong_gradient_would_be_seen(monkeypatch):
    monkeypatch.setattr(softmax_cross_entropy, "BY_HAND", (0.665, 0.245, 0.09))
    for fused in (False, True):
        assert [r.name for r in softmax_cross_entropy.judge(fused).causes] == ["z0"]


def test_the_output_holds_the_published_figures(output):
    for line in (
        "  softmax p    0.665   0.245   0.090",
        "  p - y       -0.335   0.245   0.090",
        "one descent step of lr 1: loss 0.41 -> 0.26",
    ):
        assert line in output.splitlines()


def test_both_forms_are_judged_right_and_all_three_sanity_checks_pass(output):
    assert output.count("All correct: 3 nodes.") == 2
    assert output.count("\n  ok: ") == 3
    assert "FAILED" not in output


def test_the_output_fits_80_columns(output):
    assert max(map(len, output.splitlines())) <= 80


def test_the_way_back_goes_through_every_node_to_p_minus_y(output):
    for line in ("1. log p0 gets loss.grad", "which is the whole sum.", "10. z1 gets e1.grad", "= 0.244728."):
        assert line in " ".join(output.split())


def test_in_a_terminal_a_key_goes_on_by_a_step_and_q_ends(monkeypatch, capsys):
    keys = iter(" \n q")
    monkeypatch.setattr("click.getchar", lambda: next(keys))
    softmax_cross_entropy.main(is_whole=False)
    output = capsys.readouterr().out
    assert "(any key goes on, q ends)" in output
    assert " 2. p0 gets" in output
    assert " 3. " not in output


def test_it_runs_as_a_module():
    run = subprocess.run(
        [sys.executable, "-m", "handgrad.demos.softmax_cross_entropy"], capture_output=True, text=True, check=True
    )
    assert "loss 0.41 -> 0.26" in run.stdout
    assert run.stderr == ""
