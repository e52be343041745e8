"""The comparator and its neighbours: verdicts, the diagnosis of a mistake, central differences."""
