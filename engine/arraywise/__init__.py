"""Labelled arrays of Values, judged as wholes; `handgrad.arrays` is the way in."""
