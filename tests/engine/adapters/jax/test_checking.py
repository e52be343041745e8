"""`check`: a wrong rule of a custom_vjp function is found by its argument, its line and its mistake."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from handgrad import Comparison
from handgrad.adapters.errors import RefusedRuleError
from tests.optional import needs

needs("jax")
pytestmark = pytest.mark.rest(of=3)

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

from handgrad.adapters.jax import check  # noqa: E402

X = jnp.array([[0.5, -1.0, 2.0], [1.5, 0.3, -0.7]])
W = jnp.array([[0.2, -0.4], [1.1, 0.6], [-0.9, 0.8]])
LOGITS = jnp.array([[0.1, 2.0, -1.0, 0.4], [1.2, -0.3, 0.8, 0.0]])
TARGETS = jnp.array([2, 0])


def custom(primal: Callable[..., Any], fwd: Any, bwd: Any, **options: Any) -> Any:
    function = jax.custom_vjp(primal, **options)
    function.defvjp(fwd, bwd)
    return function


def tanh(x: Any) -> Any:
    return jnp.tanh(x)


def tanh_fwd(x: Any) -> Any:
    return jnp.tanh(x), x


def tanh_bwd(x: Any, g: Any) -> Any:
    return (g * (1 - jnp.tanh(x) ** 2),)


def tanh_of_the_input(x: Any, g: Any) -> Any:
    dx = g * (1 - x**2)  # wrong
    return (dx,)


def tanh_alone(x: Any, g: Any) -> Any:
    return (1 - jnp.tanh(x) ** 2,)  # wrong


def linear(x: Any, W: Any) -> Any:
    return x @ W


def linear_fwd(x: Any, W: Any) -> Any:
    return x @ W, (x, W)


def linear_bwd(kept: Any, g: Any) -> Any:
    x, W = kept
    return g @ W.T, x.T @ g


def linear_negated(kept: Any, g: Any) -> Any:
    x, W = kept
    dx = g @ W.T
    dW = -x.T @ g  # wrong
    return dx, dW


def linear_without_x(kept: Any, g: Any) -> Any:
    x, _ = kept
    return None, x.T @ g  # wrong


def losses(logits: Any, targets: Any) -> Any:
    shifted = logits - logits.max(1, keepdims=True)
    logprobs = shifted - jnp.log(jnp.exp(shifted).sum(1, keepdims=True))
    return -logprobs[jnp.arange(len(targets)), targets]


def losses_fwd(logits: Any, targets: Any) -> Any:
    return losses(logits, targets), (jax.nn.softmax(logits), targets)


def losses_bwd(kept: Any, g: Any) -> Any:
    probs, targets = kept
    return probs.at[jnp.arange(len(targets)), targets].add(-1.0) * g[:, None], None


def losses_without_one(kept: Any, g: Any) -> Any:
    probs, _ = kept
    return probs * g[:, None], None  # wrong


RIGHT = {
    "tanh": (custom(tanh, tanh_fwd, tanh_bwd), (X,)),
    "tanh of a number": (custom(tanh, tanh_fwd, tanh_bwd), (0.5,)),
    "jitted": (jax.jit(custom(tanh, jax.jit(tanh_fwd), jax.jit(tanh_bwd))), (X,)),
    "linear": (custom(linear, linear_fwd, linear_bwd), (X, W)),
    "losses": (custom(losses, losses_fwd, losses_bwd), (LOGITS, TARGETS)),
}


@pytest.mark.rest
@pytest.mark.drawn(0, rest=2)
@pytest.mark.parametrize(("function", "arguments"), RIGHT.values(), ids=RIGHT)
def test_a_right_rule_is_let_be(function: Any, arguments: Any) -> None:
    found = check(function, *arguments)
    assert type(found) is Comparison
    assert found.ok
    assert {result.status.value for result in found} == {"correct"}
    assert not found.remark


@pytest.mark.rest
@pytest.mark.drawn(0, rest=3)
@pytest.mark.parametrize(
    ("primal", "fwd", "bwd", "arguments", "name", "kinds"),
    [
        (tanh, tanh_fwd, tanh_of_the_input, (X,), "x", {"rule"}),
        (tanh, tanh_fwd, tanh_alone, (X,), "x", {"forgot-upstream"}),
        (tanh, tanh_fwd, tanh_of_the_input, (0.5,), "x", {"rule"}),
        (linear, linear_fwd, linear_negated, (X, W), "W", {"sign"}),
        (linear, linear_fwd, linear_without_x, (X, W), "x", {"missing-path"}),
        (losses, losses_fwd, losses_without_one, (LOGITS, TARGETS), "logits", {"rule", "one-hot"}),
    ],
)
def test_a_wrong_rule_is_named_by_its_argument_its_line_and_its_mistake(
    primal: Any, fwd: Any, bwd: Any, arguments: Any, name: str, kinds: set[str]
) -> None:
    found = check(custom(primal, fwd, bwd), *arguments)
    (cause,) = found.causes
    lines, first = inspect.getsourcelines(bwd)
    assert not found.ok
    assert cause.name == name
    assert cause.source.file == __file__
    assert cause.source.line == first + next(n for n, text in enumerate(lines) if text.rstrip().endswith("# wrong"))
    assert cause.slip.kind in kinds
    assert cause.slip.message.startswith(f"{name}:")


@pytest.mark.parametrize("model", ["plain", "jitted", "differentiated"])
def test_of_a_function_that_only_calls_one_the_rule_that_it_calls_is_checked(model: str) -> None:
    inner = custom(tanh, tanh_fwd, tanh_alone)

    def loss(x: Any) -> Any:
        return (inner(2.0 * x) ** 2).sum()

    made = {"plain": loss, "jitted": jax.jit(loss), "differentiated": jax.value_and_grad(loss)}[model]
    found = check(made, X, quick=True)
    (cause,) = found.causes
    assert [result.name for result in found.results] == ["tanh.x"]
    assert cause.slip.kind == "forgot-upstream"
    assert cause.source.text.endswith("# wrong")
    assert not found.patch


def turned(x: Any, g: Any) -> Any:
    slope = 1 + jnp.tanh(x) ** 2  # wrong
    return (g * slope,)


def test_the_smallest_edit_that_fixes_a_rule_is_a_patch() -> None:
    code = turned.__code__
    found = check(custom(tanh, tanh_fwd, turned), jnp.array([0.5, -1.0]))
    (cause,) = found.causes
    assert cause.source.text.endswith("# wrong")
    assert "+    slope = 1 - jnp.tanh(x) ** 2" in found.patch
    assert turned.__code__ is code


def masked(x: Any) -> Any:
    return (x * x).at[0].set(0.0)


def masked_without_factor(x: Any, g: Any) -> Any:
    dx = (g * x).at[0].set(0.0)  # wrong
    return (dx,)


def test_a_rule_that_needs_more_of_jax_than_numpy_has_is_run_on_jax() -> None:
    (cause,) = check(custom(masked, lambda x: (masked(x), x), masked_without_factor), X, quick=True).causes
    assert cause.slip.kind == "factor"
    assert cause.source.text.endswith("# wrong")


@pytest.mark.rest(of=3)
def test_the_results_are_the_arguments_that_have_a_gradient() -> None:
    assert [result.name for result in check(*RIGHT["linear"][:1], *RIGHT["linear"][1])] == ["x", "W"]
    assert [result.name for result in check(RIGHT["losses"][0], LOGITS, TARGETS)] == ["logits"]


def test_what_is_expected_is_what_jax_s_gradient_of_the_plain_function_is() -> None:
    cause = check(custom(linear, linear_fwd, linear_negated), X, W).causes[0]
    assert np.allclose(cause.actual, -np.asarray(cause.expected))
    assert np.asarray(cause.expected).dtype == np.float64


def test_arguments_may_hold_collections_whose_arrays_are_named_by_their_places() -> None:
    def layer(params: Any, x: Any) -> Any:
        return x @ params["W"] + params["b"]

    def bwd(kept: Any, g: Any) -> Any:
        params, x = kept
        return {"W": x.T @ g, "b": g.mean(0)}, g @ params["W"].T  # b's is wrong

    function = custom(layer, lambda params, x: (layer(params, x), (params, x)), bwd)
    found = check(function, {"W": W, "b": jnp.zeros(2)}, X)
    assert [result.name for result in found.results] == ["params['W']", "params['b']", "x"]
    assert [cause.name for cause in found.causes] == ["params['b']"]


def test_several_outputs_are_asked_together() -> None:
    def both(x: Any) -> Any:
        return {"sine": jnp.sin(x), "count": jnp.size(x), "cosine": jnp.cos(x)}

    def right(x: Any, g: Any) -> Any:
        assert g["count"].dtype == jax.dtypes.float0
        return (g["sine"] * jnp.cos(x) - g["cosine"] * jnp.sin(x),)

    def wrong(x: Any, g: Any) -> Any:
        return (g["sine"] * jnp.cos(x) + g["cosine"] * jnp.sin(x),)

    assert check(custom(both, lambda x: (both(x), x), right), X).ok
    assert not check(custom(both, lambda x: (both(x), x), wrong), X).ok


def test_what_is_no_array_stands_in_nondiff_argnums() -> None:
    def scaled(how: Any, x: Any) -> Any:
        return how(x) * 3.0

    def bwd(how: Any, x: Any, g: Any) -> Any:
        return (3.0 * g * jnp.cos(x),)

    function = custom(scaled, lambda how, x: (scaled(how, x), x), bwd, nondiff_argnums=(0,))
    assert check(function, jnp.sin, X).ok
    assert [result.name for result in check(function, jnp.sin, X)] == ["x"]
    assert not check(function, jnp.cos, X).ok


def test_a_rule_that_is_there_for_its_numbers_is_held_against_measured_slopes() -> None:
    def log1pexp(x: Any) -> Any:
        return jnp.where(x > 0, x, 0.0) + jnp.log(1.0 + jnp.exp(-abs(x)))

    def root(x: Any) -> Any:
        return jnp.sqrt(x * x)  # JAX's derivative at 0 is nan

    def through_numpy(x: Any) -> Any:
        return jax.pure_callback(np.sinh, jax.ShapeDtypeStruct(x.shape, x.dtype), x)

    right = custom(through_numpy, lambda x: (through_numpy(x), x), lambda x, g: (g * jnp.cosh(x),))
    wrong = custom(through_numpy, lambda x: (through_numpy(x), x), lambda x, g: (g * jnp.sinh(x),))
    stable = custom(log1pexp, lambda x: (log1pexp(x), x), lambda x, g: (g * jax.nn.sigmoid(x),))
    signed = custom(root, lambda x: (root(x), x), lambda x, g: (g * jnp.sign(x),))
    assert check(stable, jnp.array([1000.0, 0.3, -1000.0])).ok
    assert check(signed, jnp.array([0.0, 1.0, -2.0])).ok
    assert check(right, X).ok
    assert not check(wrong, X).ok


def test_at_a_kink_either_side_is_right() -> None:
    def relu(x: Any) -> Any:
        return jnp.where(x > 0, x, 0.0)

    at_zero = jnp.array([0.0, 1.0, -1.0])
    above = custom(relu, lambda x: (relu(x), x), lambda x, g: (jnp.where(x >= 0, g, 0.0),))
    wrong = custom(relu, lambda x: (relu(x), x), lambda x, g: (g,))
    assert check(above, at_zero).ok
    assert not check(wrong, at_zero).ok


def test_a_gradient_of_another_shape_is_told_as_that() -> None:
    def add(x: Any, b: Any) -> Any:
        return x + b

    found = check(custom(add, lambda x, b: (x + b, None), lambda _, g: (g, g)), X, jnp.zeros(3))
    (cause,) = found.causes
    assert (cause.name, cause.slip.kind) == ("b", "shape")


def test_the_rules_of_functions_inside_are_judged_and_are_not_the_truth() -> None:
    inner = custom(tanh, tanh_fwd, tanh_of_the_input)

    def outer(x: Any) -> Any:
        return 2.0 * inner(x)

    found = check(custom(outer, lambda x: (outer(x), x), lambda x, g: (2.0 * g * (1 - jnp.tanh(x) ** 2),)), X)
    assert [(result.name, result.status.value) for result in found] == [("x", "correct"), ("tanh.x", "wrong")]
    agrees = custom(outer, lambda x: (outer(x), x), lambda x, g: (2.0 * g * (1 - x**2),))
    assert [result.status.value for result in check(agrees, X)] == ["wrong", "wrong"]
    jitted = jax.jit(outer)
    jitted(X)
    again = custom(lambda x: jitted(x), lambda x: (jitted(x), x), lambda x, g: (2.0 * g * (1 - jnp.tanh(x) ** 2),))
    assert [result.status.value for result in check(again, X)] == ["correct", "wrong"]


@pytest.mark.drawn(1)
@pytest.mark.parametrize("shape", [(3,), ()])
def test_a_function_that_only_passes_on_what_a_rule_inside_gets_wrong_is_not_to_blame(shape: tuple[int, ...]) -> None:
    @jax.custom_vjp
    def double(x):
        return 2.0 * x

    def double_bwd(_, g):
        return (3.0 * g,)  # the mistake

    double.defvjp(lambda x: (2.0 * x, None), double_bwd)

    @jax.custom_vjp
    def block(x, w):
        return double(x * w)

    def block_fwd(x, w):
        return jax.vjp(lambda x, w: double(x * w), x, w)

    def block_bwd(pull, g):
        return pull(g)

    block.defvjp(block_fwd, block_bwd)
    found = check(block, jnp.full(shape, 0.5), jnp.full(shape, -1.5))
    assert [cause.name for cause in found.causes] == ["double.x"]
    assert "3.0 * g" in found.causes[0].source.text
    assert [one.status.name for one in found.results] == ["CARRIED", "CARRIED", "WRONG"]


def test_single_precision_that_is_asked_for_is_judged_as_that() -> None:
    def narrow(x: Any) -> Any:
        return jnp.tanh(x.astype(jnp.float32))

    right = custom(narrow, lambda x: (narrow(x), x), lambda x, g: (g * (1 - jnp.tanh(x.astype(jnp.float32)) ** 2),))
    wrong = custom(narrow, lambda x: (narrow(x), x), lambda x, g: (g * (1 + jnp.tanh(x.astype(jnp.float32)) ** 2),))
    assert check(right, X).ok
    assert not check(wrong, X).ok


REFUSED: dict[str, tuple[Any, tuple[Any, ...], str]] = {
    "no array": (
        custom(tanh, tanh_fwd, tanh_bwd),
        ("one",),
        "check(tanh): x is a str, and no array. Name the arguments that are none in nondiff_argnums.",
    ),
    "integers": (
        custom(tanh, tanh_fwd, tanh_bwd),
        (3,),
        "check(tanh): none of its arguments has a gradient: they hold integers (x = 3). Give floats, such as 2.0",
    ),
    "an integer with a cotangent": (
        custom(lambda x, k: k * x, lambda x, k: (k * x, (x, k)), lambda kept, g: (g * kept[1], (g * kept[0]).sum())),
        (X, 2),
        "k is an integer, 2, and its bwd returns a cotangent for it.",
    ),
    "complex": (custom(tanh, tanh_fwd, tanh_bwd), (1j,), "x is complex."),
    "too few cotangents": (
        custom(linear, linear_fwd, lambda kept, g: (g @ kept[1].T,)),
        (X, W),
        "its bwd returns 1 cotangent, and it has 2 arguments (x, W).",
    ),
    "no tuple": (
        custom(tanh, tanh_fwd, lambda x, g: g),
        (X,),
        "and cotangents come in a tuple, for 1 argument (x).",
    ),
    "an output that is no array": (
        custom(lambda x: "text", lambda x: ("text", x), tanh_bwd),
        (X,),
        "it returns a str, which is no array and has no gradient.",
    ),
    "an output of integers": (
        custom(lambda x: jnp.argmax(x), lambda x: (jnp.argmax(x), x), tanh_bwd),
        (X,),
        "what it returns has no gradient (int",
    ),
    "another fwd": (
        custom(tanh, lambda x: (2.0 * jnp.tanh(x), x), tanh_bwd),
        (0.5,),
        "its fwd gives 0.924234 where it itself gives 0.462117.",
    ),
    "no pair": (custom(tanh, lambda x: jnp.tanh(x), tanh_bwd), (X,), "its fwd does not return a pair."),
    "a bwd that raises": (
        custom(tanh, tanh_fwd, lambda x, g: x.nothing),
        (X,),
        "its bwd raised AttributeError: ",
    ),
    "no finite output": (custom(tanh, tanh_fwd, tanh_bwd), (jnp.nan,), "nan or infinite there."),
    "no rule": (jax.custom_vjp(tanh), (X,), "it has no rule yet. Set one with tanh.defvjp(fwd, bwd)."),
}


@pytest.mark.drawn(0, rest=5)
@pytest.mark.parametrize(("function", "arguments", "why"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_asked_is_refused_with_the_reason(function: Any, arguments: Any, why: str) -> None:
    with pytest.raises(RefusedRuleError) as refused:
        check(function, *arguments)
    assert why in str(refused.value)


@pytest.mark.parametrize("thing", [tanh, jax.jit(tanh), jax.custom_jvp(tanh), 3.0, partial(tanh)])
def test_what_is_no_custom_vjp_function_is_refused(thing: Any) -> None:
    with pytest.raises(RefusedRuleError, match=r"is no jax.custom_vjp function, so it has no rule to check\."):
        check(thing, X)


def test_jax_is_afterwards_as_it_was() -> None:
    before = jax.custom_vjp.__call__
    check(custom(tanh, tanh_fwd, tanh_bwd), X)
    with pytest.raises(RefusedRuleError):
        check(custom(tanh, tanh_fwd, lambda x, g: x.nothing), X)
    assert jax.custom_vjp.__call__ is before
    assert jnp.asarray(1.0).dtype == jnp.float32
    assert not jax.config.jax_disable_jit


def test_a_loop_is_judged_with_its_derivative_or_measured_where_it_has_none() -> None:
    def step(carry: Any, a: Any) -> Any:  # one function, which is compiled once
        return (carry * 0.9 + a,) * 2

    def decayed(x: Any) -> Any:
        return jax.lax.scan(step, 0.0, x)[1]

    def newton(a: Any) -> Any:
        return jax.lax.while_loop(lambda r: abs(r * r - a) > 1e-12, lambda r: (r + a / r) / 2, a)

    def of_root(root: Any, g: Any) -> Any:
        return (g / (2 * root),)

    right = custom(decayed, lambda x: (decayed(x), None), lambda _, g: (decayed(g[::-1])[::-1],))
    wrong = custom(decayed, lambda x: (decayed(x), None), lambda _, g: (decayed(g),))
    assert check(right, jnp.arange(4.0)).ok
    assert not check(wrong, jnp.arange(4.0)).ok
    assert check(custom(newton, lambda a: (newton(a),) * 2, of_root), 2.0).ok
    double = check(custom(newton, lambda a: (newton(a),) * 2, lambda root, g: (g / root,)), 2.0).causes[0]
    assert double.slip.kind == "double"


def test_an_error_of_theirs_on_the_way_to_a_derivative_is_not_taken_for_none() -> None:
    def strange(x: Any) -> Any:
        return {jax.Array: jnp.sin}[jax.Array if not isinstance(x, jax.core.Tracer) else type(x)](x)

    function = custom(strange, lambda x: (jnp.sin(x), x), lambda x, g: (g * jnp.cos(x),))
    with pytest.raises(RefusedRuleError, match="its derivative raised KeyError"):
        check(function, X)


def test_symbolic_zeros_are_given_to_fwd_as_jax_gives_them() -> None:
    product = jax.custom_vjp(lambda x, y: x * y)
    product.defvjp(
        lambda x, y: (x.value * y.value, (x.value, y.value)),
        lambda kept, g: (g * kept[1], g * kept[0]),
        symbolic_zeros=True,
    )
    assert check(product, 1.5, 2.0).ok


def test_a_function_inside_that_cannot_be_asked_is_told_by_name() -> None:
    inner = custom(tanh, tanh_fwd, lambda x, g: g)
    outer = custom(lambda x: inner(x), lambda x: (jnp.tanh(x), x), tanh_bwd)
    found = check(outer, X)
    assert found.ok
    assert found.remark.startswith("tanh, which is called inside, was not judged: its bwd returns a ")


def test_a_rule_that_is_called_under_vmap_is_checked_at_the_first_example() -> None:
    def dot(x: Any, w: Any) -> Any:
        return jnp.sum(x * w)

    def forward(x: Any, w: Any) -> Any:
        return dot(x, w), (x, w)

    right = custom(dot, forward, lambda kept, g: (g * kept[1], g * kept[0]))
    wrong = custom(dot, forward, lambda kept, g: (g * kept[0], g * kept[0]))
    for rule, is_right in ((right, True), (wrong, False)):
        found = check(lambda x, w, rule=rule: jnp.mean(jax.vmap(rule, (0, None))(x, w)), X, W[:, 0])
        assert (found.ok, len(found)) == (is_right, 2)


def test_a_loop_is_compiled_once_however_often_it_is_measured() -> None:
    calls = []

    def decayed(x: Any) -> Any:
        calls.append(x)

        def step(carry: Any, a: Any) -> Any:
            return (carry * 0.9 + a,) * 2

        return jax.lax.scan(step, 0.0, x)[1]

    def back(_: Any, g: Any) -> Any:
        return (jax.lax.scan(lambda carry, a: (carry * 0.9 - a,) * 2, 0.0, g, reverse=True)[1],)

    found = check(custom(decayed, lambda x: (decayed(x), None), back), jnp.arange(4.0))
    assert found.causes[0].slip.kind == "sign"
    assert len(calls) < 40


def test_a_line_that_no_change_proves_is_told_with_the_others_that_it_may_be() -> None:
    def bwd(x: Any, g: Any) -> Any:
        slope = jnp.arctan(x) ** 3 + 17.31 * jnp.sin(5 * x)
        dx = g * slope
        return (dx,)

    found = check(custom(tanh, tanh_fwd, bwd), X)
    (cause,) = found.causes
    assert cause.source is not None
    assert cause.source.text.startswith("slope =")
    assert f"it may be line {cause.source.line} or line {cause.source.line + 1}." in cause.slip.message


def test_a_target_that_gets_no_gradient_within_a_function_is_not_judged() -> None:
    fit = custom(
        lambda x, target: jnp.sum((x - target) ** 2),
        lambda x, target: (jnp.sum((x - target) ** 2), x - target),
        lambda off, g: (2 * g * off, jnp.zeros_like(off)),
    )
    found = check(lambda x: fit(2.0 * x, X[::-1]) / 7, X)
    assert found.ok
    assert "passes nothing to <lambda>.target" in found.remark
    assert not check(fit, X, X[::-1]).ok


def test_a_rule_that_gives_nothing_at_all_is_wrong_within_a_function_too() -> None:
    nothing = custom(tanh, tanh_fwd, lambda x, g: (jnp.zeros_like(x),))
    assert not check(lambda x: nothing(2.0 * x) / 7, X).ok
