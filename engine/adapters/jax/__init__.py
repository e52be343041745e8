"""JAX's `custom_vjp` functions, checked as they stand.

`check(f, *args)` holds the rule that somebody wrote for `f` against the derivative of `f` itself. jax is needed here
alone: `import handgrad` does without.

1. `aside` runs their code by itself: in double precision, untraced where that can be, and with the rules of the
   functions that are called inside left aside, so that none of those decides what is right.
2. `calling` is a function at its arguments, as a `Rule`: what comes out, what its rule passes back, and what JAX makes
   of the function itself.
3. `checking` holds the two against each other, and gives back a `Reading`.
"""

try:
    import jax as _jax  # noqa: F401
except ImportError as error:
    raise ImportError(
        "handgrad.adapters.jax checks code that is written for JAX, and JAX is not installed here. "
        "Install it with: pip install jax"
    ) from error

from .checking import check

__all__ = ["check"]
