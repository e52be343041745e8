"""Their code run again with something changed."""

import numpy as np

from handgrad.repair.hooks import Event
from handgrad.repair.trial import FEWEST_TICKS, Trial

from .programs import X, subject


def test_the_numbers_on_the_way_are_seen_with_their_names():
    trial = Trial(subject())
    with trial.prepare():
        run = trial.watch()
    assert [event.site.name for event, _ in run.seen] == ["slope", "dx", "dx"]
    assert np.array_equal(run.seen[0][1], 1 - np.tanh(X))


def test_a_number_on_the_way_may_be_another():
    trial = Trial(subject())
    with trial.prepare():
        site = trial.watch().seen[0][0].site
        changed = trial.watch({Event(site, -1, 0): lambda value: value * 0.0})
    assert not changed.outcome.gradients["x"].any()


def test_each_part_of_what_is_returned_is_seen():
    def parts(up, h):
        return {"x": up * (1 - h), "more": (up * 2.0, [h * 3.0])}["x"]

    def nested(up, h):
        both = parts(up, h), {"h": h}
        return both[0]

    trial = Trial(subject(nested))
    with trial.prepare():
        run = trial.watch()
    assert {event.site.kind for event, _ in run.seen} >= {"return"}


def test_an_error_of_changed_code_is_no_outcome():
    def fails(up, h):
        if not up.any():
            raise RuntimeError
        return up

    trial = Trial(subject(fails))
    with trial.prepare():
        assert trial.outcome({}) is not None
        assert trial.keeps_results(trial.outcome({}))


def test_what_calls_itself_for_ever_is_stopped_after_so_many_calls():
    def again(up, h):
        return again(up, h) if FOR_EVER else up * (1 - h**2)

    trial = Trial(subject(again))
    with trial.prepare():
        assert trial.outcome({}) is not None
        FOR_EVER.append(1)
        try:
            assert trial.outcome({}) is None
            assert trial.hooks.ticks == FEWEST_TICKS + 1
        finally:
            FOR_EVER.clear()


FOR_EVER = []


def test_each_row_of_what_is_joined_over_several_lines_is_seen_on_its_own():
    def joined(up, h):
        dx = np.concatenate([
            up[:2] * h[:2],
            up[2:] * 3.0,
        ])  # fmt: skip
        return dx

    trial = Trial(subject(joined))
    with trial.prepare():
        run = trial.watch()
    first = joined.__code__.co_firstlineno
    seen = [(event.site.line - first, np.shape(value)) for event, value in run.seen]
    assert seen[:3] == [(2, (2, 3)), (3, (2, 3)), (1, (4, 3))]


def test_an_array_that_is_not_set_holds_the_same_in_each_run_and_afterwards_anything_again(monkeypatch):
    def unset(up, h):
        dx = np.empty_like(h)
        dx[:2] = up[:2]
        return dx

    def fill(like):
        return np.full(np.shape(like), float(next(LEFT_OVER)))

    monkeypatch.setattr(np, "empty_like", fill)
    trial = Trial(subject(unset))
    with trial.prepare():
        first, second = trial.watch(), trial.watch()
    assert first.seen
    assert all(map(np.array_equal, *([value for _, value in run.seen] for run in (first, second))))
    assert np.empty_like is fill


LEFT_OVER = iter(range(1, 100))
