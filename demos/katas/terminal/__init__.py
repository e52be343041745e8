"""What a learner sees and presses: the verdicts, the list of katas, and the session of `handgrad watch`."""
