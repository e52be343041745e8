"""Which operation of ours theirs is: told by the numbers it gives."""

import numpy as np
import pytest

from handgrad.adapters.recognise import Sample, find_op

RNG = np.random.default_rng(0)


def samples(function, *shapes, constants=None):
    found = []
    for _ in range(3):
        inputs = tuple(RNG.uniform(0.3, 2.0, shape) if shape else float(RNG.uniform(0.3, 2.0)) for shape in shapes)
        found.append(Sample(inputs, function(*inputs), constants or {}))
    return found


def told(name, listed):
    found = find_op(name, listed)
    return None if found is None else (found.op.name, found.slots)


@pytest.mark.parametrize(
    ("name", "function", "shapes", "constants", "expected"),
    [
        ("exp", lambda x: float(np.exp(x)), [()], {}, ("exp", (0,))),
        ("__rsub__", lambda a, b: b - a, [(), ()], {}, ("-", (1, 0))),
        ("pow", lambda x: x**3.5, [()], {"other": 3.5}, ("**", (0, "other"))),
        ("square", lambda x: x**2, [()], {}, ("**", (0, 2.0))),
        ("", lambda a, b: a @ b, [(2, 3), (3, 2)], {}, ("@", (0, 1))),
        ("", lambda x: x.mean(axis=1), [(2, 3)], {}, ("mean", (0,))),
        ("", lambda x: x.T, [(2, 3)], {}, ("transpose", (0,))),
        ("cat", lambda a, b: np.concatenate([a, b], axis=1), [(2, 3), (2, 1)], {}, ("concatenate", (0, 1))),
    ],
)
def test_an_operation_is_known_with_its_operands_and_its_constant(name, function, shapes, constants, expected):
    assert told(name, samples(function, *shapes, constants=constants)) == expected


def test_of_two_that_fit_the_name_decides():
    listed = [Sample((3.0,), 9.0, {})]
    assert told("mul", listed) == ("*", (0, 0))
    assert told("square", listed) == ("**", (0, 2.0))


def test_a_formula_of_their_own_is_none_of_ours():
    assert find_op("swish", samples(lambda x: float(x / (1 + np.exp(-x))), ())) is None
    assert find_op("exp", []) is None
    assert find_op("exp", [Sample((800.0,), np.inf, {})]) is None


def test_by_request_only_one_of_that_name_counts():
    listed = [Sample((2.0, 2.0), 4.0, {})]
    assert find_op("mul", listed, is_named=True).op.name == "*"
    assert find_op("swish", listed, is_named=True) is None


def test_in_single_precision_a_formula_fits_roughly():
    x = 1.2345
    sample = Sample((x,), float(np.float32(np.tanh(x))), {}, True)
    assert find_op("tanh", [sample]).op.name == "tanh"
    assert find_op("tanh", [sample._replace(is_coarse=False)]) is None
