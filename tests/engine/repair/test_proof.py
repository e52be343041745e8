"""The whole experiment: the edit that fixes is the proof, and nothing of it is left."""

import io
import random
import threading
from contextlib import redirect_stdout

import numpy as np
import pytest

from handgrad import check_backward
from handgrad.repair.proof import experiment

from .programs import UP, X, backward, layer, subject


def test_the_smallest_edit_is_found_with_its_line():
    proof = experiment(subject())
    assert proof.is_whole
    (cause,) = proof.causes
    assert cause.source.line == backward.__code__.co_firstlineno + 1
    assert "+    slope = 1 - h ** 2" in proof.patch


def test_what_holds_at_one_point_alone_is_no_proof():
    x = np.full_like(X, np.arctanh((5**0.5 - 1) / 2))  # where 1 - h**2 is h
    proof = experiment(subject(here=(x, UP)))
    assert "+    slope = 1 - h ** 2" in proof.patch
    proof = experiment(subject(here=(x, UP), elsewhere=()))
    assert proof.patch
    assert "1 - h ** 2" not in proof.patch


def test_the_gradient_that_arrives_is_known_where_it_is_left_out():
    def forgetful(up, h):
        return 1 - h**2

    assert [cause.kind for cause in experiment(subject(forgetful)).causes] == ["forgot-upstream"]


def test_right_code_is_not_touched():
    def fine(up, h):
        return up * (1 - h**2)

    proof = experiment(subject(fine))
    assert not proof.causes
    assert not proof.patch


def test_the_code_is_put_back_whatever_happens():
    before = backward.__code__, layer.__code__
    experiment(subject())
    assert (backward.__code__, layer.__code__) == before

    def fails(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        experiment(subject(elsewhere_run=fails))
    assert (backward.__code__, layer.__code__) == before


def test_an_edit_that_never_ends_is_stopped():
    def counting(up, h):
        i, total = 0, np.zeros_like(up)
        while i < 2:
            total = total + 0.5 * up * (1 - h)
            i += 1
        return total

    proof = experiment(subject(counting))
    assert [cause.source.line for cause in proof.causes] == [counting.__code__.co_firstlineno + 3]


def test_another_thread_runs_the_code_as_it_was():
    seen, stop = set(), threading.Event()
    expected = backward(UP, np.tanh(X)).tobytes()

    def use():
        while not stop.is_set():
            seen.add(backward(UP, np.tanh(X)).tobytes() == expected)

    other = threading.Thread(target=use)
    other.start()
    try:
        proof = experiment(subject())
    finally:
        stop.set()
        other.join()
    assert proof.is_whole
    assert seen == {True}


def test_it_works_in_a_thread_of_its_own():
    found = []
    thread = threading.Thread(target=lambda: found.append(experiment(subject()).is_whole))
    thread.start()
    thread.join()
    assert found == [True]


class Noisy:
    """Everything that a backward may leave behind."""

    def __init__(self):
        self.W, self.calls = np.ones((3, 2)), []

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, dout):
        print("backward")
        self.calls.append(np.random.rand())
        self.noise = random.random()
        self.dW = self.x.T @ dout
        return 2 * dout @ self.W.T


def test_prints_state_and_random_numbers_are_as_before():
    layer = Noisy()
    random.seed(1)
    np.random.seed(1)
    before = random.getstate(), np.random.get_state()[1].tobytes()
    printed = io.StringIO()
    with redirect_stdout(printed):
        found = check_backward(layer.forward, layer.backward, (X,))
    assert found.patch
    assert (random.getstate(), np.random.get_state()[1].tobytes()) == before
    assert set(vars(layer)) == {"W", "calls"}
    assert layer.calls == []
    assert printed.getvalue().count("backward") <= 3


@pytest.mark.rest
def test_code_that_writes_files_is_run_again_and_writes_once(tmp_path):
    path = tmp_path / "log.txt"

    def noting(dout, x):
        with open(path, "a") as file:
            file.write("x")
        return 2 * dout * (1 - np.tanh(x) ** 2)

    found = check_backward(lambda x: (np.tanh(x), x), noting, (X,))
    assert found.patch
    assert not found.remark
    assert path.read_text() == "x"


def test_code_with_an_effect_is_not_run_again_and_that_is_told(tmp_path):
    def moving(dout, x):
        (tmp_path / f"{len(list(tmp_path.iterdir()))}").symlink_to(tmp_path)
        return 2 * dout * (1 - np.tanh(x) ** 2)

    found = check_backward(lambda x: (np.tanh(x), x), moving, (X,))
    assert not found.ok
    assert not found.patch
    assert "Run again, your code would call os.symlink: that was held back" in found.remark
    assert len(list(tmp_path.iterdir())) == 1


def test_quick_does_without():
    def wrong(dout, x):
        return 2 * dout * (1 - np.tanh(x) ** 2)

    assert check_backward(lambda x: (np.tanh(x), x), wrong, (X,), quick=True).patch == ""
    assert check_backward(lambda x: (np.tanh(x), x), wrong, (X,)).patch


def test_two_lines_that_cannot_be_told_apart_are_both_told():
    def forward(x, w):
        return (x * w).sum() ** 3

    def backward(x, w):
        s = (x * w).sum()
        a = -3 * s**2
        b = a * 1.0
        return {"x": b * w, "w": b * x}

    found = check_backward(forward, backward, {"x": X, "w": UP})
    first = backward.__code__.co_firstlineno + 2
    assert {cause.source[1] for cause in found.causes} <= {first, first + 1}
    assert len(found.causes) == 1
