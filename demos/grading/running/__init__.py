"""The processes of a grading: the grader, its workers, the referees, and those that fork answers."""
