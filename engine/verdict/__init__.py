"""Is it wrong, and where: the comparator and its verdicts."""
