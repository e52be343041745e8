"""A GPT that writes names: on scalar Values, on array nodes, and with a backward pass written by hand.

Run it with `python -m handgrad.demos.microgpt`. After Andrej Karpathy's microgpt (2026), which is a GPT on scalar
Values in one file; unlike there, the table of the tokens is used at both ends, as in GPT-2.
"""
