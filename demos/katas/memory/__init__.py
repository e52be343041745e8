"""What a learner has tried, what of it is asked again and when, and what has been earned."""
