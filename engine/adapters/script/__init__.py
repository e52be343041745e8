"""A script without functions, such as a network in eleven lines: one iteration of its loop as forward and backward.

1. `flow` says of each statement what it reads and writes, and which of them a name needs.
2. `loop` finds the loop that trains, what comes before its first iteration, which names are gradients, and the
   difference that the way back may begin with.
3. `losses` are what may be its loss: what is called so, what it computes, or what is meant where it computes none.
4. `cut` gives an expression a name where it stands, and makes two functions, each statement on its line of the file.
5. `judge` compares the gradients with what they may be of, as `check_backward` does.
"""
