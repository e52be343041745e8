"""Program repair: user code runs again with one thing changed, and what becomes right proves where it was wrong.

`tree` is the user's functions as syntax, and puts a changed one in the place of the other for a while; `hooks` is what
changed code calls. `trial` runs it, each time within a limit and all within the `deadline`, and `localize` looks at
what each number that it writes has an effect on, and at what follows from which. `operators` is the table of small
changes, each a slip that people make, undone, at the `places` of a statement, in the `dialect` of the library that it
is for. `search` tries the candidates, the most suspect first; `proof` chooses among those that fix, validates them at
other points too, and is the whole, and `patch` is what fixes it all as a diff of the file.

A front end brings the `Subject`: how user code is run, what is right, and what is known of the way there.
"""
