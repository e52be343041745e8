"""Drills: gradients of small random graphs, asked for one at a time."""
