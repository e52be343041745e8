"""Which mistake is it: the named slip of a wrong gradient."""
