"""A script without functions, such as a network in eleven lines: one turn of its loop, as a forward and a backward.

1. `flow` says of each statement what it reads and writes, and which of them a name needs.
2. `loop` finds the loop that trains, and what comes before its first turn.
3. `guess` tells by their names, and by what the weights are moved along, which names are gradients, which is the loss,
   and, where none is worked out, the difference that the way back begins with.
4. `cut` makes two functions of the turn, each statement on its line of the file.
5. `losses` are what may be meant where the script works out no loss, and `judge` holds the gradients against them, as
   `check_backward` does.
"""
