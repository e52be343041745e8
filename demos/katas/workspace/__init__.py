"""A learner's folder: the katas in it, what has passed, and checking them."""
