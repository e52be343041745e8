"""Grading a class: every learner's katas on pristine tests, hostile ones held apart; see README.md beside this."""
