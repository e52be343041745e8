"""Engines as people write them, each right as it stands; a test puts one wrong line into a copy."""
