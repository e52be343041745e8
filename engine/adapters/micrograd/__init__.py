"""The user's own autograd engine, checked by a program that builds a graph and walks back: `probe`.

`probing` leads the way:

1. `program` runs the user's function again, with numbers moved; `graph` is what it builds: each node, how it was made,
   and its name, as `engine` reads them. A graph that is there already is walked back once more.
2. `watching` notes which line of the walk passes how much of a node's gradient to which operand.
3. `operations` finds out what each operation truly is: one of ours that gives the same numbers (`adapters.recognise`),
   or its measured slopes; and mirrors the graph in nodes of ours, for the truth and the picture.
4. `blaming` compares the two, and says what is wrong in words and with its line; `probing` has the rules that are wrong
   tried by experiment (`repair`).
"""
