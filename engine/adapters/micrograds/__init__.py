"""Graphs of somebody else's engine, checked as they stand: `probe`.

`probing` leads the way:

1. `graph` is their graph: its nodes are read (`reading`), with the rule of each (`rules`, through `functions`), and
   have names (`labels`). While their code runs, all is kept as it was (`keeping`).
2. `operations` finds out what each operation truly is: one of ours that gives the same numbers (`known`), or its slopes
   as they are measured (`measured`). For that it is done again (`making`) on fresh `leaves`, copies of their nodes
   (`copying`).
3. `mirror` is the graph in nodes of ours, for the truth and the picture.
4. `asking` asks each rule alone (`calling`). What it gives is an `exercise` for the one comparator, and `faults` are
   what is wrong in words; `placing` finds the line (`lines`). `unrecorded` looks for operands that are not held on to.
5. `walking` tries their backward() on a copy, `backward` tells what is wrong with the walk, and `caller` what has been
   done to the graph beside it. What all of these go by is their `subject`.
6. `comparison` is what is given back, and `errors` say what cannot be read.
"""
