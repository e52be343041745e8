"""The search for the edits that fix."""

import ast
from dataclasses import replace

import numpy as np

from handgrad.repair.localize import Known, Suspects
from handgrad.repair.search import Search, candidates
from handgrad.repair.trial import Numbers, Outcome, Trial

from .programs import UP, X, backward, layer, subject


def searched(function=backward, *, is_over=lambda: False, holds=lambda fix: True, given=None):
    given = given or subject(function)
    trial, known = Trial(given), Known(given.known, given.share)
    with trial.prepare():
        suspects = Suspects(trial, trial.watch(), known)
        suspects.move(lambda: False)
        return Search(trial, suspects, is_over, holds, lambda fix: 0.0), candidates(trial, suspects, 0)


def test_what_fixes_is_found_with_what_it_fixes():
    search, _ = searched()
    assert not search.is_late
    assert any("** 2" in fix.edit.text for fix in search.fixes)
    assert {fix.fixed for fix in search.fixes} == {frozenset({"x"})}


def test_the_most_suspect_is_tried_first_and_the_forward_last():
    _, edits = searched()
    assert [edit.rank for edit in edits] == sorted(edit.rank for edit in edits)
    assert edits[0].source[1] == backward.__code__.co_firstlineno + 1


def test_what_holds_here_alone_is_no_fix():
    asked = []
    search, _ = searched(holds=lambda fix: asked.append(fix))
    assert asked
    assert not search.fixes


def test_it_ends_with_its_time_and_says_so():
    left = iter([False] * 5)
    search, _ = searched(is_over=lambda: next(left, True))
    assert search.is_late


def test_an_edit_says_whether_it_leaves_a_variable_unread():
    def forgetful(up, h):
        scaled = up * 2.0
        each = up * 1.0
        return scaled * each

    _, edits = searched(forgetful)
    instead = {(ast.unparse(edit.old), edit.text): edit.leaves_unread for edit in edits}
    assert instead["each", "scaled"]
    assert not instead["up", "scaled"]


def test_nothing_is_put_into_itself():
    def keeping(up, h):
        rows, row = [], [up * h]
        rows.append(row)
        return rows[0][0] * 2.0

    _, edits = searched(keeping)
    kept = [edit.text for edit in edits if edit.statement.lineno == keeping.__code__.co_firstlineno + 2]
    assert "up" in kept
    assert not {"row", "rows"} & {*kept}


def test_a_statement_is_changed_whatever_it_calls():
    def careless(up, h):
        slope = 1 - h
        dx = open_door(up * slope)
        return dx

    def open_door(thing):
        return thing

    _, edits = searched(careless)
    lines = {edit.source[1] - careless.__code__.co_firstlineno for edit in edits if edit.where.key[1] == "careless"}
    assert {1, 2} <= lines


def test_once_two_parts_are_fixed_apart_what_both_read_is_tried_next():
    def parted(up, h):
        wide = np.exp(h)
        all_read = up * h
        dx = all_read * h
        dw = all_read * up
        return dx, dw, wide + 1.0

    h = np.tanh(X)
    wide = np.exp(h)
    truth = {"x": UP * h**2 * wide, "w": UP**2 * h * wide}

    def run(between):
        out, kept = layer(X.copy())
        between()
        return Outcome(dict(zip("xw", parted(UP.copy(), kept))), [out])

    plain = subject(parted)

    def is_right(name, value):
        return np.shape(value) == X.shape and np.allclose(value, truth[name])

    known = [Numbers("gradient", name, value) for name, value in truth.items()]
    known += [Numbers("data", "h", h), Numbers("gradient", "wide", UP * h)]
    here = replace(plain.here, run=run, is_right=is_right, names=frozenset("xw"))
    tried, found_after = [], []
    _, edits = searched(
        given=replace(plain, here=here, known=known),
        is_over=lambda: tried.append(1),
        holds=lambda fix: not found_after.append(len(tried)),
    )
    assert found_after[0] < len(edits)
