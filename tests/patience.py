"""How long a test waits for what must come: one limit for all, far from what a busy machine takes."""

PATIENCE = 600.0
"""Seconds. Nothing is asserted about how long something took; what never comes is ended by this."""
