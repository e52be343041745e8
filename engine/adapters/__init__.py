"""Check other people's graphs and backward passes as they stand: one front end per kind of code.

`numpy` checks a backward pass in plain NumPy (`check_backward`), `micrograd` a graph of a user's own autograd engine
(`probe`), `script` a training loop, `torch` and `jax` what is written for these packages.

A front end brings a run that can be repeated and the truth of its gradients; `handgrad.repair` finds the line. What the
front ends share is here: `sandbox` (with `copies`) leaves everything as it was before user code ran, `reached` says
which code a function calls, `recognise` finds the operation of ours that gives the same numbers, and `reading` is the
verdict that all of them return.
"""
