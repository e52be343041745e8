"""Code written for JAX, checked as it stands: the rule of a `jax.custom_vjp`.

1. `aside` runs their code by itself: in double precision, untraced where that can be, and with the rules of the
   functions that are called inside left aside, so that none of those decides what is right.
2. `calling` is a function at its arguments, as a `Rule`: what comes out, what its rule passes back, and what JAX makes
   of the function itself.
3. `checking` holds the two against each other, and gives back a `Reading`.
"""
