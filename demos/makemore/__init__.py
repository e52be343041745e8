"""The whole hand-backprop exercise: a character model that invents names, every gradient of it by hand.

`python -m handgrad.demos.makemore start` copies the worksheet here and never overwrites one;
`python -m handgrad.demos.makemore check` says which arrays are right so far, and draws the wrong ones.
"""
