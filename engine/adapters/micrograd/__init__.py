"""Graphs of somebody else's engine, checked as they stand: `probe`.

`probing` leads the way:

1. `graph` is their graph: its nodes are read (`reading`), with the pullback of each (`pullbacks`, through `functions`),
   and have names (`labels`). While their code runs, all is kept as it was (`adapters.aside`).
2. `operations` finds out what each operation truly is: one of ours that gives the same numbers (`adapters.recognise`),
   or its slopes as they are measured. For that it is done again (`making`) on fresh `leaves`.
3. `mirror` is the graph in nodes of ours, for the truth and the picture.
4. `asking` makes of each pullback a rule that the one judge (`asked`) can ask, through `calling`. `faults` are what is
   wrong in words; `placing` finds the line (`adapters.lines`). `unrecorded` looks for operands that are not held on to.
5. `walking` tries their backward() on a copy, `backward` tells what is wrong with the walk, and `caller` what has been
   done to the graph beside it. What all of these go by is their `subject`.
"""
