"""Backward passes in plain NumPy, checked as they stand."""
