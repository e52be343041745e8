"""What comes of a grading: reports, scores, and the files and screens that show them."""
