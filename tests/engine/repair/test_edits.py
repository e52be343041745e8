"""The table of edits: what each row puts in the place of what stands there."""

import ast

import pytest

from handgrad.repair import words
from handgrad.repair.edits import ROWS, STATEMENT_ROWS
from handgrad.repair.places import places_of

NAMES = ["a", "b", "h", "x"]


def edited(text):
    """Every statement that an edit makes of one, with the slips that it undoes."""
    found = {}
    statement = ast.parse(text).body[0]
    for row in STATEMENT_ROWS:
        for new in row.applies(statement, NAMES):
            found.setdefault(ast.unparse(ast.parse(new)), set()).add(row.kind)
    for number, _ in enumerate(places_of(statement, NAMES, {}, ["unread"], ["np.sqrt(d)"])):
        fresh = ast.parse(text).body[0]
        place = list(places_of(fresh, NAMES, {}, ["unread"], ["np.sqrt(d)"]))[number]
        for row in ROWS:
            for new in row.applies(place):
                changed = ast.parse(text).body[0]
                _replace(changed, place.node, ast.parse(new, mode="eval").body)
                found.setdefault(ast.unparse(changed), set()).add(row.kind)
    return found


def _replace(tree, old, new):
    """Put a node in the place of the one at the same position and of the same kind."""
    at = (type(old), old.lineno, old.col_offset, old.end_col_offset)
    for parent in ast.walk(tree):
        for field, held in ast.iter_fields(parent):
            for index, one in enumerate(held) if isinstance(held, list) else [(None, held)]:
                if isinstance(one, ast.expr) and (type(one), one.lineno, one.col_offset, one.end_col_offset) == at:
                    if index is None:
                        setattr(parent, field, new)
                    else:
                        held[index] = new
                    return


@pytest.mark.parametrize(
    ("wrong", "right", "kind"),
    [
        ("dz = -dh * s", "dz = dh * s", "sign"),
        ("dz = y - p", "dz = p - y", "sign"),
        ("dx -= g", "dx += g", "sign"),
        ("dx[i] = g", "dx[i] += g", "missing-path"),
        ("dx[i] += g", "np.add.at(dx, np.s_[i], g)", "missing-path"),
        ("dW = x @ dz", "dW = dz @ x", "transposed"),
        ("dx = dz @ W", "dx = dz @ W.T", "transposed"),
        ("dx = dz @ W.T", "dx = dz @ W", "transposed"),
        ("db = dz.mean(0)", "db = dz.sum(0)", "factor"),
        ("db = (p * dz).mean(0)", "db = (p * dz).sum(0)", "factor"),
        ("db = dz.sum(0)", "db = np.sum(dz, axis=1, keepdims=False)", "wrong-axis"),
        ("db = dz", "db = np.sum(dz, axis=0)", "not-summed"),
        ("dz = dh * (1 - t)", "dz = dh * (1 - t ** 2)", "rule"),
        ("dz = dh * (z < 0)", "dz = dh * (z > 0)", "rule"),
        ("dz = np.where(m, 0, g)", "dz = np.where(m, g, 0)", "rule"),
        ("dx = x ** e", "dx = e ** x", "rule"),
        ("w = hs[t]", "w = hs[t - 1]", "wrong-index"),
        ("dx += c[:, b, a]", "dx += c[:, a, b]", "wrong-index"),
        ("dz = dout", "dz = dout.copy()", "in-place"),
        ("dz = dh", "dz = dh * a", "forgot-local"),
        ("ds = p * dp", "ds = p * (dp - unread)", "missing-path"),
        ("dc = g", "dc = g + a", "missing-path"),
        ("dq = ds", "dq = ds / np.sqrt(d)", "factor"),
        ("dx = g + e * w / n + c", "dx = g + e / n + c", "factor"),
    ],
)
def test_a_slip_is_undone(wrong, right, kind):
    found = edited(wrong)
    assert kind in found[ast.unparse(ast.parse(right))]


def test_the_loop_over_steps_may_go_the_other_way():
    found = edited("for t in range(T):\n    pass")
    assert any("reversed(range(T))" in text for text in found)


def test_each_row_has_words_that_do_not_give_it_away():
    said = {value for name, value in vars(words).items() if name.isupper()}
    assert {row.hint for row in (*ROWS, *STATEMENT_ROWS)} <= said
    assert all("{}" in hint for hint in said)


def test_what_is_put_in_costs_more_than_what_is_changed():
    changes = [row.cost for row in ROWS if row.depth == 0]
    assert min(row.cost for row in ROWS if row.depth == 2) > sorted(changes)[len(changes) // 2]
