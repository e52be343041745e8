"""Code written for PyTorch, checked as it stands: gradients filled in by hand, and autograd Functions where they run.

`mirror` copies a graph of autograd's as one of ours (`known` and `linear` have its operations), so that the one
comparator judges it. `comparing` compares what was filled in by hand. `watching` records the calls of Functions
(`recording`, `stash`), asks each again alone in double precision (`replay`, `double`, `truth`, `untouched`), and has
the answers judged (`verdict`, `found`).
"""
