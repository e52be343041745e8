"""The judge: a kata's own tests on one answer, in a process that may be killed, as a verdict."""
