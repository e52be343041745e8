"""Backwards in six forms, as they are and with a slip in one line."""

import numpy as np
import pytest

from handgrad import check_backward

from .cases import RIGHT, SLIPS, arguments, load

QUICK = ("swiglu", "rms_linear", "focal", "kl", "causal", "conv", "rnn", "layernorm", "elu", "embed")
"""Those whose runs are short."""
BEYOND = ("da = dh * b * s", "dz /= len(dz)")
"""Slips that no small edit of the table fixes: they are told from the numbers on the way."""
FEW = [one for name in QUICK for one in [slip for slip in SLIPS if slip[0] == name and slip[2] not in BEYOND][:2]]


@pytest.mark.drawn(6, rest=12)
@pytest.mark.parametrize("name", RIGHT)
def test_right_code_is_silent(name):
    found = check_backward(*arguments(name))
    assert found.ok, str(found)
    assert not found.causes
    assert found.patch == ""


@pytest.mark.drawn(4, rest=5)
@pytest.mark.parametrize(("name", "old", "new", "kinds"), FEW, ids=[f"{slip[0]}: {slip[2]}" for slip in FEW])
def test_a_slip_is_proven_at_its_line_and_named(name, old, new, kinds, tmp_path):
    module, line = load(RIGHT[name][0], tmp_path, old, new)
    found = check_backward(*arguments(name, module))
    assert {cause.source[1] for cause in found.causes} == {line}
    assert any({cause.slip.kind, *cause.slip.also} & kinds for cause in found.causes)
    assert found.patch


def naive(q, k, v):
    s = q @ k.T / np.sqrt(q.shape[1])
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True) @ v


@pytest.mark.rest
def test_a_tiled_backward_is_held_against_a_readable_forward(tmp_path):
    assert check_backward(*arguments("flash"), reference=naive).ok
    name, old, new, _ = next(one for one in SLIPS if one[0] == "flash" and "p * dp * scale" in one[2])
    module, line = load(RIGHT[name][0], tmp_path, old, new)
    found = check_backward(*arguments(name, module), reference=naive)
    assert {cause.source[1] for cause in found.causes} <= {line, line - 1}  # either of the two fixes it
    assert found.patch


def test_a_reference_with_another_output_is_refused_with_both_numbers():
    with pytest.raises(ValueError, match=r"reference gives .* at \[\d, \d\], and forward .*"):
        check_backward(*arguments("flash"), reference=lambda q, k, v: naive(q, k, v) * 1.01)
    with pytest.raises(ValueError, match="of shape"):
        check_backward(*arguments("flash"), reference=lambda q, k, v: naive(q, k, v)[:2])
