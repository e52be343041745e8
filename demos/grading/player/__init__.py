"""The side of the answer: what runs in the process in which a learner's code does.

It is copied, with an engine of its own, into a folder of its own for each grading, so that the process
of the answer never has the tests, the solutions or the verdict within reach. It imports nothing but
the engine.
"""
