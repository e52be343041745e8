"""The mutation operators: what each puts in the place of what stands there, and what is said of it."""

import ast
import re

import pytest

from handgrad.repair.operators import ROWS, mutations
from handgrad.repair.places import Material, places_of

NAMES = ["a", "b", "h", "x"]


def edited(text, names=NAMES, shapes=None):
    """Every statement that an edit makes of one, with the slips that it undoes."""
    found = {}
    known = Material(names, shapes or {}, ["unread"], ["np.sqrt(d)"], ["np.tanh"], ["(1, 3)"], ["adjoint", "f"])
    for place in places_of(ast.parse(text).body[0], known):
        for depth in range(3):
            for row, new in mutations(place, depth, False):
                changed = ast.parse(text)
                if row.is_whole:
                    changed = ast.parse(new)
                else:
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
        ("dz = 1 - p", "dz = -(1 - p)", "sign"),
        ("d = f(a * x - b, b * x + a)", "d = f((-a) * x - b, b * x + (-a))", "sign"),
        ("dx[a:] = g[:-a]", "dx[:-a] = g[a:]", "wrong-index"),
        ("d[h] = x == a", "d[h] = (x == a) * b", "forgot-local"),
        ("dw = (g * x.clamp(min=0)).sum(0)", "dw = (g * x.clamp(max=0)).sum(0)", "rule"),
        ("dw = np.clip(x, 0, None)", "dw = np.clip(x, None, 0)", "rule"),
        ("dw = x.clamp_min(0)", "dw = x.clamp_max(0)", "rule"),
        ("dx[~a] = 0", "dx[a] = 0", "rule"),
        ("dx.index_add_(0, a, v * g[b])", "dx.index_add_(0, b, v * g[a])", "swapped"),
        ("d = g / a", "d = g / a - np.sum(g / a * b, axis=-1, keepdims=True)", "missing-path"),
        ("d = g.mean(axis=1, keepdims=True)", "d = g.mean(axis=(1, 3), keepdims=True)", "wrong-axis"),
        ("d = g / a", "d = g / a - b * np.mean(g / a * b, axis=(1, 3), keepdims=True)", "missing-path"),
        ("dx = f(a, b)", "dx = adjoint(a, b)", "rule"),
        ("dx = (a @ b).reshape(a.shape)", "dx = adjoint(a @ b)", "rule"),
        ("dx = np.cumsum(g)", "dx = np.flip(np.cumsum(np.flip(g, (0,)), 0), (0,))", "order"),
        ("dx = np.cumsum(g, axis=1)", "dx = np.flip(np.cumsum(np.flip(g, (1,)), 1), (1,))", "order"),
        ("dx = np.cumsum(g[::-1])[::-1]", "dx = np.cumsum(g)", "order"),
        ("dx = g.sum(axis=1)", "dx = g.sum(axis=1) - np.sum(g, axis=0)", "missing-path"),
        ("dx = a * (g - a * g)", "dx = a * (g - np.sum(a * g, axis=-1, keepdims=True))", "not-summed"),
        ("dx = g * (1 - h ** 2)", "dx = g * (h * (1 - h))", "rule"),
        ("dx = g * h * (1 - h)", "dx = g * (1 - h ** 2)", "rule"),
        ("dx = f(a[p, q])", "dx = f(a[q, p])", "wrong-index"),
        ("dx[a[b], a[b - 1]] -= 1", "dx[a[b - 1], a[b]] -= 1", "wrong-index"),
        ("rows = np.arange(n)", "rows = np.flatnonzero(a)", "rule"),
        ("dx -= g", "dx += g", "sign"),
        ("dx[i] = g", "dx[i] += g", "missing-path"),
        ("dx[i] += g", "np.add.at(dx, np.s_[i], g)", "missing-path"),
        ("dx.scatter_(0, i, g)", "dx.scatter_add_(0, i, g)", "missing-path"),
        ("dx = a.at[i].set(g)", "dx = a.at[i].add(g)", "missing-path"),
        ("dW = x @ dz", "dW = dz @ x", "transposed"),
        ("dx = dz @ W", "dx = dz @ W.T", "transposed"),
        ("dx = dz @ W.T", "dx = dz @ W", "transposed"),
        ("db = dz.mean(0)", "db = dz.sum(0)", "factor"),
        ("dz = h * (1 - s)", "dz = h * (s * (1 - s))", "forgot-local"),
        ("db = (p * dz).mean(0)", "db = (p * dz).sum(0)", "factor"),
        ("db = dz.sum(0)", "db = np.sum(dz, axis=1, keepdims=False)", "wrong-axis"),
        ("d = (c[a] * h[b]).sum(-1)", "d = (c[b] * h[a]).sum(-1)", "swapped"),
        ("da = softmax(z, axis=0) * g", "da = softmax(z, axis=1) * g", "wrong-axis"),
        ("da = softmax(z, dim=1)", "da = softmax(z, dim=-1)", "wrong-axis"),
        ("db = dz", "db = np.sum(dz, axis=0)", "not-summed"),
        ("dz = dh * (1 - t)", "dz = dh * (1 - t ** 2)", "rule"),
        ("dz = dh * (z < 0)", "dz = dh * (z > 0)", "rule"),
        ("dz = np.where(m, 0, g)", "dz = np.where(m, g, 0)", "rule"),
        ("dx = x ** e", "dx = e ** x", "rule"),
        ("dx = x ** 2", "dx = (2 + 1) * x ** 2", "factor"),
        ("dx = x ** 3", "dx = 3 * x ** (3 - 1)", "factor"),
        ("d = s * (1 + t) * (1 - s)", "d = s * (1 + t * (1 - s))", "rule"),
        ("m = x.shape[0]", "m = x.size // x.shape[1]", "factor"),
        ("w = hs[t]", "w = hs[t - 1]", "wrong-index"),
        ("dx += c[:, b, a]", "dx += c[:, a, b]", "wrong-index"),
        ("dz = dout", "dz = dout.copy()", "in-place"),
        ("dz = dh", "dz = dh * a", "forgot-local"),
        ("dz = dh", "dz = dh * np.sign(a)", "forgot-local"),
        ("ds = p * dp", "ds = p * (dp - unread)", "missing-path"),
        ("dc = g", "dc = g + a", "missing-path"),
        ("dq = ds", "dq = ds / np.sqrt(d)", "factor"),
        ("dx = g + e * w / n + c", "dx = g + e / n + c", "factor"),
        ("dx = dy @ w", "dx = -(dy @ w)", "sign"),
        ("dx = a + b", "dx = a - b", "sign"),
        ("dx = a / b", "dx = a * b", "factor"),
        ("dx = 2 * dy", "dx = dy", "factor"),
        ("dx = a * b + c", "dx = a * (b + c)", "rule"),
        ("dx = a / b * c", "dx = a / (b * c)", "rule"),
        ("dx = np.exp(z)", "dx = z", "rule"),
        ("dx = g.mul(a)", "dx = g / a", "factor"),
        ("dx = torch.mul(g, a)", "dx = g", "factor"),
        ("dx = n * x**n", "dx = n * x ** (n - 1)", "rule"),
        ("dz = dy * torch.sigmoid(z)", "dz = dy * (torch.sigmoid(z) * (1 - torch.sigmoid(z)))", "rule"),
        ("n = size if not axis else length", "n = size if axis is None else length", "rule"),
        ("dz = dy * sigmoid(z)", "dz = dy * (z * (1 - z))", "rule"),
        ("for t in reversed(range(T)):\n    pass", "for t in range(T):\n    pass", "order"),
        ("if x > 0:\n    pass", "if not x > 0:\n    pass", "rule"),
        ("d = c[i, j]", "d = c[j, i]", "wrong-index"),
        ("d = c[x]", "d = c[a]", "wrong-index"),
        ("d = c[:, :-1]", "d = c[:, 1:]", "wrong-index"),
        ("d = c[:-1] * g", "d = c[1:] * g", "wrong-index"),
        ("dx = c[:, :, :n]", "dx = c[:, :, 1:1 + n]", "wrong-index"),
        ("d = mul(a, conj(b))", "d = mul(conj(b), a)", "swapped"),
        ("dw = a", "dw = np.flip(a, (-1,))", "wrong-index"),
        ("d = np.convolve(g, c[::-1])", "d = np.convolve(g, c)", "wrong-index"),
        ("dz = h", "dz = x", "rule"),
        ("d = jnp.sum(a * g, axis=-1)", "d = jnp.sum(b * g, axis=-1)", "rule"),
        ("dz = dh", "dz = np.tanh(dh)", "rule"),
        ("dW = np.swapaxes(x, 0, 1) @ dy", "dW = x @ dy", "transposed"),
        ("dx = np.transpose(dy, (0, 1, 2))", "dx = np.transpose(dy, (2, 0, 1))", "transposed"),
        ("dW = np.dot(dy, x)", "dW = np.dot(x, dy)", "transposed"),
        ("db = dz.sum(axis=1)", "db = dz", "not-broadcast"),
        ("dW = x.t() @ dy", "dW = x @ dy", "transposed"),
        ("dx = dy.transpose(1, 2)", "dx = np.swapaxes(dy, -1, -2)", "transposed"),
        ("db = dz.sum(dim=1)", "db = np.sum(dz, axis=0, keepdims=True)", "wrong-axis"),
        ("grads['W'] = g", "grads['W'] += g", "missing-path"),
        ("dW += g", "dW = g", "double"),
        ("dx[i] -= g", "np.subtract.at(dx, np.s_[i], g)", "missing-path"),
        ("dW += g", "pass", "double"),
        ("dx[i] = g[i]", "dx[h] = g[i]", "wrong-index"),
        ("du = np.fft.irfft(a * b)", "du = np.fft.irfft(a * np.conj(b))", "rule"),
        ("du = a * np.conj(b)", "du = a * b", "rule"),
        ("dw = np.flip(g, (2, 3))", "dw = g", "wrong-index"),
        ("dw = a", "dw = np.flip(a, (-2, -1))", "wrong-index"),
        ("dz = g / n", "dz = g / n - h * np.sum(g / n * h, axis=-1, keepdims=True)", "missing-path"),
    ],
)
def test_a_slip_is_undone(wrong, right, kind):
    found = edited(wrong)
    assert kind in found[ast.unparse(ast.parse(right))]


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("a = b = g", "a += g"),
        ("dW = g", "dW -= g"),
        ("dW *= g", "dW -= g"),
        ("dW = g", "pass"),
        ("dx += g", "np.add.at(dx, np.s_[i], g)"),
        ("a[x] = 1.0", "a[x] = b"),
        ("a = h", "a = a"),
        ("a = a + b", "a += a + b"),
        ("d = a * b", "d = a * np.conj(b)"),
        ("d = a - h * b", "d = b - h * a"),
        ("d = x == a", "d = (x == a) * b"),
        ("h = len(x)", "h = -len(x)"),
        ("h = x.shape[0]", "h = -x.shape[0]"),
        ("d = f(a=a) + a.b", "d = f(a=-a) + -a.b"),
    ],
)
def test_what_does_not_fit_is_left_alone(text, other):
    assert ast.unparse(ast.parse(other)) not in edited(text)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("d = a - h * b", "d = b - h * a"),
        ("d = (1 - a) * x + a * h", "d = (1 - b) * x + b * h"),
    ],
)
def test_arrays_of_one_shape_are_exchanged_or_put_in_each_others_place(text, other):
    shapes = {"a": {(3, 3)}, "b": {(3, 3)}, "h": {(3, 2)}}
    assert ast.unparse(ast.parse(other)) in edited(text, shapes=shapes)


@pytest.mark.parametrize(
    "text", ["d = f(*a)", "d = f'{a} {b:.2f}'", "d = [a * b for a, b in x if a]", "d = f(a, *b, c=h)"]
)
def test_every_edit_can_be_read_by_python(text):
    assert edited(text)


def test_a_name_that_a_comprehension_binds_is_not_negated():
    found = edited("d = [a * a for a in x]")
    assert found
    assert not any("-a" in text for text in found)


def test_a_value_is_replaced_by_another_variable_and_not_by_the_one_that_is_given_it():
    assert "dz = h" in edited("dz = x", ["h", "x", "dz"])
    assert "dz = dz" not in edited("dz = x", ["h", "x", "dz"])


def test_a_list_is_not_put_into_itself():
    assert "x[k] = x" not in edited("x[k] = a")
    assert "x[k] = b" in edited("x[k] = a")


def test_the_loop_over_steps_may_go_the_other_way():
    assert any("reversed(range(T))" in text for text in edited("for t in range(T):\n    pass"))


@pytest.mark.parametrize("hint", sorted({row.hint for row in ROWS}))
def test_what_is_said_is_one_short_sentence_with_the_statement_in_it_once(hint):
    assert re.findall(r"{.*?}", hint) == ["{}"]
    assert hint.format("dx = dy * w").count("`dx = dy * w`") == 1
    assert hint[-1] in ".?"
    assert len(hint) <= 120


def test_what_is_put_in_costs_more_than_what_is_changed():
    changes = [row.cost for row in ROWS if row.depth == 0]
    assert min(row.cost for row in ROWS if row.depth == 2) > sorted(changes)[len(changes) // 2]
