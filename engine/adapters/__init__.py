"""Other people's graphs and backward passes, checked as they stand; a room for each kind of code."""
