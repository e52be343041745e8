"""Is a rule right, asked alone? What it passes back, against the slopes of its own forward.

A front end makes a `Rule` of whatever somebody wrote: an operation of ours (`gradcheck`), the rule of a node of a
micrograd, a `torch.autograd.Function`. What is asked and judged is the same for all of them.

1. `rule` says what can be asked, and what is answered.
2. `slopes` are central differences, of numbers and of arrays. A `Finding` compares what a rule passes back with them,
   along `directions` where it is of arrays.
3. `exercise` tells which mistake it is: as an exercise of one operation, given to the one comparator.
4. `gradcheck` checks every operation of a graph, and `numeric` gives a whole graph's gradients.
"""
