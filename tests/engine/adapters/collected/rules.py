"""`jax.custom_vjp` functions, with the mistakes that were reported of such rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from handgrad import Comparison

from .case import Ask, module, slip

RPOW = """\
import jax
import jax.numpy as jnp

@jax.custom_vjp
def rpow(x, base):
    return base ** x

def rpow_fwd(x, base):
    out = base ** x
    return out, (x, base, out)

def rpow_bwd(kept, g):
    x, base, out = kept
    dx = g * out * jnp.log(base)
    dbase = g * x * base ** (x - 1)
    return dx, dbase

rpow.defvjp(rpow_fwd, rpow_bwd)
"""

CLIP = """\
import jax
import jax.numpy as jnp

@jax.custom_vjp
def clip(x, low, high):
    return jnp.minimum(jnp.maximum(x, low), high)

def clip_fwd(x, low, high):
    return clip(x, low, high), (x, low, high)

def clip_bwd(kept, g):
    x, low, high = kept
    w_operand = jnp.where((x > low) & (x < high), 1.0, 0.0)
    w_min = jnp.where(x < low, 1.0, 0.0)
    w_max = jnp.where(x > high, 1.0, 0.0)
    return g * w_operand, jnp.sum(g * w_min), jnp.sum(g * w_max)

clip.defvjp(clip_fwd, clip_bwd)
"""

LDEXP = """\
import jax
import jax.numpy as jnp

@jax.custom_vjp
def ldexp(x, other):
    return x * 2.0 ** other

def ldexp_fwd(x, other):
    return x * 2.0 ** other, (x, other)

def ldexp_bwd(kept, g):
    x, other = kept
    tpow_o = g * 2.0 ** other
    result = x * (tpow_o * 0.6931471805599453)
    return tpow_o, result

ldexp.defvjp(ldexp_fwd, ldexp_bwd)
"""

HARDSIGMOID = """\
import jax
import jax.numpy as jnp

@jax.custom_vjp
def hardsigmoid(x):
    return jnp.clip(x / 6 + 0.5, 0.0, 1.0)

def hardsigmoid_fwd(x):
    return hardsigmoid(x), x

def hardsigmoid_bwd(x, g):
    inside = (x > -3) & (x < 3)
    slope = jnp.where(inside, 1 / 6, 0.0)
    return (g * slope,)

hardsigmoid.defvjp(hardsigmoid_fwd, hardsigmoid_bwd)
"""


def rule(name: str, *arguments: Any) -> Ask:
    """Asks `check` of the adapter for JAX."""

    def ask(path: Path) -> Comparison:
        from handgrad.adapters.jax import check

        return check(getattr(module(path), name), *arguments)

    return ask


X = np.array([[0.4, -1.7, 0.9], [2.3, -3.6, 4.1]])

RULES = [
    slip("tenstorrent/tt-metal#52144", RPOW, rule("rpow", np.abs(X) + 0.5, np.abs(X[::-1]) + 0.7),
         "dx = g * out * jnp.log(base)", "dx = g * base * x ** (base - 1)", "rule", "swapped"),
    slip("elixir-nx/nx#1779, with bounds", CLIP, rule("clip", X, np.array(-1.0), np.array(2.0)),
         "w_operand = jnp.where((x > low) & (x < high), 1.0, 0.0)",
         "w_operand = jnp.where((x > low) & (x < high), g, 0.0)", "rule", "wrong-upstream", "factor"),
    slip("tenstorrent/tt-metal#6533", LDEXP, rule("ldexp", X, X[::-1] * 0.5),
         "tpow_o = g * 2.0 ** other", "tpow_o = 2.0 ** other", "forgot-upstream"),
    slip("pytorch/pytorch#51408", HARDSIGMOID, rule("hardsigmoid", X),
         "slope = jnp.where(inside, 1 / 6, 0.0)", "slope = jnp.full_like(x, 1 / 6)",
         "rule", "forgot-local", "factor", "missing-path"),
]  # fmt: skip
