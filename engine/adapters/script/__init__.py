"""A script without functions, such as a network in eleven lines: one iteration of its loop as forward and backward.

1. `flow` says of each statement what it reads and writes, and which of them a name needs.
2. `loop` finds the loop that trains, and what comes before its first iteration.
3. `guess` tells by their names, and by what the weights are moved along, which names are gradients, which is the loss,
   and, where none is computed, the difference that the way back begins with.
4. `candidates` are what the script computes that may be its loss, where no name says so, `losses` what may be meant
   where it computes none, and `meaning` is one of them.
5. `lift` gives an expression a name where it stands, and `cut` makes it two functions, each statement on its
   line of the file.
6. `judge` compares the gradients with what they may be of, as `check_backward` does.
"""
