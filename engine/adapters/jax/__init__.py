"""JAX's `custom_vjp` functions, checked as they are.

`check(f, *args)` compares the rules that the user wrote, of `f` or of what `f` calls, with the derivatives of the
functions themselves. jax is needed here alone: `import handgrad` does without.

1. `rules` runs user code by itself: in double precision, untraced where that can be, and with the rules of the
   functions that are called inside left aside, so that none of those decides what is right.
2. `calling` is a function at its arguments: what comes out, what its rule passes back, and what JAX makes of the
   function itself. `derivatives` compares the two.
3. `repairing` tries a rule that is wrong with one small change after the other, where that can be with NumPy in the
   place of `jax.numpy` (`stand_in`).
4. `checking` gives back a `Reading`.
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
