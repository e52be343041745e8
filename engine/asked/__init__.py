"""Is a rule right, asked alone: local derivatives against central differences."""
