"""Labelled arrays of Values, judged as wholes; `engine.arrays` is the way in."""
