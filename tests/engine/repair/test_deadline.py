"""The time that an experiment may take, by a clock that the test winds on."""

import numpy as np
import pytest

from handgrad import check_backward
from handgrad.repair import proof
from handgrad.repair.deadline import TOLD_FROM, Deadline, Spent
from handgrad.repair.hooks import Hooks, TooLate
from handgrad.repair.proof import experiment

from .programs import UP, X, backward, layer, subject


class Clock:
    """One that goes on by a step whenever it is looked at; on the wall and for the work of the thread the same one."""

    def __init__(self, step=0.0):
        self.time, self.step = 0.0, step

    def __call__(self):
        self.time += self.step
        return self.time

    def deadline(self, work, seconds=1e9, progress=None):
        return Deadline(progress, work=work, seconds=seconds, now=self, worked=self)


@pytest.mark.parametrize(("work", "seconds"), [(5.0, 1e9), (1e9, 5.0)])
def test_what_is_begun_after_its_end_by_either_clock_is_stopped(work, seconds):
    clock = Clock()
    deadline = clock.deadline(work, seconds)
    deadline.check()
    clock.time = 5.1
    with pytest.raises(Spent):
        deadline.check()
    assert not issubclass(Spent, Exception)


def test_time_in_which_others_work_does_not_count_until_the_clock_says_so():
    clock, work = Clock(), Clock()
    deadline = Deadline(work=5.0, seconds=100.0, now=clock, worked=work)
    part = deadline.limit(1.0)
    for clock.time in (2.0, 50.0, 90.0):
        assert not part.is_over()
        deadline.check()
    clock.time, work.time = 92.0, 1.1
    assert part.is_over()
    assert not deadline.is_over()
    clock.time = 100.1
    assert deadline.is_over()
    assert deadline.limit(1.0).is_over()


def test_the_work_is_not_asked_for_before_it_can_be_over():
    clock, asked = Clock(), []

    def worked():
        asked.append(clock.time)
        return 0.5 * clock.time

    part = Deadline(work=5.0, now=clock, worked=worked).limit(4.0)
    asked.clear()
    for clock.time in (1.0, 3.9, 4.1, 4.2, 5.9, 6.2, 7.2, 7.9, 8.1):
        assert part.is_over() == (clock.time > 8.0)
    assert asked == [4.1, 6.2, 7.2, 7.9, 8.1]


def test_a_part_leaves_what_is_kept_for_afterwards():
    clock = Clock()
    deadline = clock.deadline(10.0)
    part = deadline.limit(9.0, kept=2.0)
    clock.time = 7.9
    assert not part.is_over()
    clock.time = 8.1
    assert part.is_over()
    assert not deadline.is_over()


def test_how_far_it_is_is_told_from_two_seconds_on_and_not_at_every_call():
    clock, told = Clock(), []
    deadline = clock.deadline(1e9, 10.0, lambda *numbers: told.append(numbers))
    for clock.time in (0.5, TOLD_FROM - 0.01, TOLD_FROM, TOLD_FROM + 0.01, 3.0):
        deadline.check()
    assert told == [(TOLD_FROM, 10.0), (3.0, 10.0)]


def test_a_run_is_over_with_its_own_time_and_everything_with_that_of_all():
    clock = Clock()
    hooks = Hooks(clock.deadline(10.0))
    hooks.start(2.0)
    clock.time = 2.1
    with pytest.raises(TooLate):
        hooks.tick()
    hooks.start(float("inf"))
    clock.time = 10.1
    with pytest.raises(Spent):
        hooks.tick()
    with pytest.raises(Spent):
        hooks.start(1.0)


@pytest.mark.parametrize("step", [0.01, 0.05, 0.1, 1.0, 4.0])
def test_an_experiment_ends_with_its_time_wherever_it_is_and_puts_the_code_back(step):
    before, clock = (backward.__code__, layer.__code__), Clock(step)
    found = experiment(subject(), clock.deadline(3.0))
    assert clock.time <= 3.0 + 12 * step + 1e-9
    assert found.is_late
    assert not found.is_whole
    assert not found.patch
    assert (backward.__code__, layer.__code__) == before


def test_on_a_machine_that_does_other_things_besides_the_same_is_found():
    alone, busy = experiment(subject()), Deadline(seconds=1e9, now=Clock(step=2.0))
    found = experiment(subject(), busy)
    assert found.patch == alone.patch != ""
    assert found.runs == alone.runs


def test_checks_at_other_points_are_within_the_time_too():
    clock = Clock()
    point = subject().here

    def slow(between):
        clock.time += 30.0
        return point.run(between)

    found = experiment(subject(elsewhere_run=slow), clock.deadline(17.0))
    assert found.is_late
    assert not found.is_whole
    assert clock.time < 2 * 30.0


def test_what_stands_when_the_time_is_over_is_the_verdict_of_the_numbers(monkeypatch):
    monkeypatch.setattr("handgrad.adapters.numpy.check.Deadline", lambda progress: Deadline(progress, work=0.0))
    found = check_backward(layer, backward, {"x": X}, upstream=UP)
    assert not found.ok
    assert not found.patch
    assert "time was over" in found.remark
    assert "time was over" not in check_backward(layer, backward, {"x": X}, upstream=UP, quick=True).remark


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
    search = proof.Search

    def late(*given):
        found = search(*given)
        found.is_late = True
        return found

    monkeypatch.setattr(proof, "Search", late)
    assert not check_backward(several, parts, inputs).patch
    two = check_backward(several, lambda x, y, z: {"x": x, "y": 2 * y, "z": 2 * z}, inputs)
    assert two.patch
