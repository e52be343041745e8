"""`handgrad debug`: a file of a person's own, checked by what it calls while it runs."""
