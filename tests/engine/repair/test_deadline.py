"""How much an experiment may do, whatever a clock says."""

import itertools
import time

import numpy as np
import pytest

from handgrad import check_backward
from handgrad.repair import proof
from handgrad.repair.deadline import TOLD_FROM, Deadline, Spent
from handgrad.repair.hooks import NUMPY, Hooks, TooLate
from handgrad.repair.proof import experiment

from .programs import UP, X, backward, layer, subject


def test_what_is_begun_after_its_end_is_stopped():
    deadline = Deadline(work=5.0)
    deadline.check()
    deadline.spend(5.0)
    with pytest.raises(Spent):
        deadline.check()
    assert not issubclass(Spent, Exception)


def test_a_part_leaves_what_is_kept_for_afterwards():
    deadline = Deadline(work=10.0)
    is_over = deadline.limit(9.0, kept=2.0)
    deadline.spend(7.9)
    assert not is_over()
    deadline.spend(0.2)
    assert is_over()
    assert not deadline.is_over()


def test_how_far_it_is_is_told_from_two_seconds_on_and_not_at_every_call(monkeypatch):
    told, times = [], [0.5, TOLD_FROM - 0.01, TOLD_FROM, TOLD_FROM + 0.01, 3.0]
    clock = iter([0.0, *times])
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    deadline = Deadline(lambda *numbers: told.append(numbers), work=100.0)
    deadline.spend(50.0)
    for _ in times:
        deadline.check()
    assert told == [(TOLD_FROM, 2 * TOLD_FROM), (3.0, 6.0)]


def test_a_run_is_over_with_its_own_turns_and_everything_with_the_work_of_all():
    hooks = Hooks(Deadline(work=2 * NUMPY.per_run + 4))
    hooks.start(most_ticks=2)
    hooks.tick()
    hooks.tick()
    with pytest.raises(TooLate):
        hooks.tick()
    hooks.start()
    with pytest.raises(Spent):
        hooks.tick()
    with pytest.raises(Spent):
        hooks.start()


@pytest.mark.parametrize("work", [1.0, 100.0, 400.0, 1500.0])
def test_an_experiment_ends_with_its_work_wherever_it_is_and_puts_the_code_back(work):
    before = (backward.__code__, layer.__code__)
    deadline = Deadline(work=work)
    found = experiment(subject(), deadline)
    assert found.is_late
    assert not found.is_whole
    assert not found.patch
    assert (backward.__code__, layer.__code__) == before
    assert deadline.spent <= work + 2 * NUMPY.per_run


def test_on_a_machine_that_does_other_things_besides_the_same_is_found(monkeypatch):
    quiet, busy, hours = Deadline(), Deadline(), itertools.count(0.0, 3600.0)
    alone = experiment(subject(), quiet)
    for clock in ("perf_counter", "thread_time", "monotonic", "process_time"):
        monkeypatch.setattr(time, clock, lambda: next(hours))
    found = experiment(subject(), busy)
    assert found.patch == alone.patch != ""
    assert busy.spent == quiet.spent


def test_what_stands_when_the_work_is_done_is_the_verdict_on_the_gradients(monkeypatch):
    monkeypatch.setattr("handgrad.adapters.numpy.check.Deadline", lambda progress: Deadline(progress, work=0.0))
    found = check_backward(layer, backward, {"x": X}, upstream=UP)
    assert not found.ok
    assert not found.patch
    assert "in the time" in found.remark


@pytest.mark.rest
def test_many_lines_are_no_proof_where_the_search_ran_out_of_time(monkeypatch):
    def several(x, y, z):
        return np.sum(x**2) + np.sum(y**2) + np.sum(z**2)

    def parts(x, y, z):
        dx = x
        dy = y
        dz = z
        return {"x": dx, "y": dy, "z": dz}

    inputs = {name: np.random.default_rng(at).normal(size=3) for at, name in enumerate("xyz")}
    whole = check_backward(several, parts, inputs)
    assert whole.patch
    search = proof.search.Search

    def late(*given):
        found = search(*given)
        found.is_late = True
        return found

    monkeypatch.setattr(proof.search, "Search", late)
    assert not check_backward(several, parts, inputs).patch
    two = check_backward(several, lambda x, y, z: {"x": x, "y": 2 * y, "z": 2 * z}, inputs)
    assert two.patch
