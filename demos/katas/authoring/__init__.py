"""For teachers: a new kata from a template, and whether a kata is sound."""
