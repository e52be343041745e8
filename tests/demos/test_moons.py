"""The moons demo: its data, its training and its picture."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from handgrad.demos import moons
from handgrad.nn import MLP

PNG = b"\x89PNG\r\n\x1a\n"


def small_data():
    return moons.make_moons(12, 0.1, seed=0)


def test_the_moons_without_noise_lie_on_their_half_circles():
    points, labels = moons.make_moons(100, 0.0, seed=3)
    upper, lower = points[labels == -1], points[labels == 1]
    assert (len(upper), len(lower)) == (50, 50)
    assert np.hypot(*upper.T) == pytest.approx(1.0)
    assert np.hypot(*(lower - [1.0, 0.5]).T) == pytest.approx(1.0)
    assert upper[:, 1].min() >= 0.0
    assert lower[:, 1].max() <= 0.5
    assert not np.array_equal(labels, np.sort(labels)), "the order is random"


def test_the_noise_has_the_spread_that_was_asked_for():
    noisy, exact = (moons.make_moons(4001, noise, seed=1) for noise in (0.1, 0.0))
    assert np.array_equal(noisy.labels, exact.labels)
    assert (noisy.points - exact.points).std() == pytest.approx(0.1, rel=0.05)


def test_a_seed_gives_the_same_moons_and_another_seed_others():
    first, again, other = (moons.make_moons(20, 0.1, seed) for seed in (1, 1, 2))
    assert np.array_equal(first.points, again.points)
    assert not np.array_equal(first.points, other.points)


def test_training_lowers_the_loss_and_counts_its_steps():
    run = list(moons.train(MLP(2, [4, 1], seed=1), small_data(), steps=8))
    assert [now.step for now in run] == list(range(9))
    assert run[-1].loss < 0.7 * run[0].loss


def test_with_replay_the_losses_are_the_same():
    eager, replayed = (
        list(moons.train(MLP(2, [8, 1], seed=3), small_data(), steps=12, with_replay=with_replay))
        for with_replay in (False, True)
    )
    assert [now.loss for now in replayed] == pytest.approx([now.loss for now in eager], rel=1e-9)
    assert [now.accuracy for now in replayed] == [now.accuracy for now in eager]


def test_the_loss_counts_the_l2_penalty():
    model = MLP(2, [1], seed=0)
    for parameter, number in zip(model.parameters(), (3.0, 0.0, 0.0)):
        parameter.data = number
    far_away = moons.Dataset(np.array([[10.0, 0.0], [-10.0, 0.0]]), np.array([1, -1]))
    (now,) = moons.train(model, far_away, steps=0)
    assert (now.loss, now.accuracy) == (pytest.approx(1e-4 * 9.0), 1.0)


def test_the_pictures_scores_are_the_models():
    model = MLP(2, [5, 3, 1], seed=2)
    points = small_data().points
    assert moons.scores_at(model, points) == pytest.approx([model(point).data for point in points], rel=1e-12)


@pytest.mark.rest(of=3)
def test_a_few_steps_report_plain_lines_and_draw_a_png_into_a_new_folder(tmp_path, capsys):
    out = tmp_path / "new" / "folder" / "few.png"
    moons.main(["--steps", "2", "--seed", "1", "--out", str(out)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "100 points in two moons; a network 2-16-16-1 of 337 parameters"
    assert [line[:9] for line in lines[1:4]] == ["step    0", "step    1", "step    2"]
    assert lines[-1] == f"drawn: {out}"
    assert out.read_bytes().startswith(PNG)
    assert list(out.parent.iterdir()) == [out]


def test_without_matplotlib_it_trains_and_says_what_it_would_have_drawn(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    moons.main(["--steps", "1", "--out", str(tmp_path / "moons.png")])
    *_, trained, told = capsys.readouterr().out.splitlines()
    assert "after 1 steps: loss" in trained
    assert told.startswith("not drawn, as that takes matplotlib (pip install matplotlib): the 100 points")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.rest(of=3)
def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit, match="cannot write"):
        moons.main(["--steps", "1", "--out", str(tmp_path / "file" / "moons.png")])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--steps", "0"], "--steps must be 1 or more"),
        (["--out", "moons.pdf"], "--out must end in .png"),
        (["--seed", "-1"], "--seed must be 0 or more"),
    ],
)
def test_a_wrong_option_is_refused(arguments, message, capsys):
    with pytest.raises(SystemExit):
        moons.main(arguments)
    assert message in capsys.readouterr().err


@pytest.mark.rest(of=3)
def test_forty_steps_tell_all_points_apart(tmp_path, capsys):
    out = tmp_path / "moons.png"
    moons.main(["--steps", "40", "--out", str(out), "--replay"])
    assert "accuracy 100%" in capsys.readouterr().out.splitlines()[-2]
    assert out.read_bytes().startswith(PNG)
