"""Check other people's graphs and backward passes as they stand: one front end per kind of code.

`numpy` checks a backward pass in plain NumPy (`check_backward`), `micrograd` a graph of a user's own autograd engine
(`probe`), `torch` and `jax` what is written for these packages.

A front end brings a run that can be repeated and the truth of its gradients; `handgrad.repair` finds the line. What the
front ends share is here: `sandbox` leaves everything as it was before user code ran, `recognise` finds the operation
of ours that gives the same numbers, and `reading` makes a comparison of what was read and of its causes.
"""
