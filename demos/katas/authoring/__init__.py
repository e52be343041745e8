"""For teachers: a new kata from a template, its wrong answers, and whether a kata is sound."""

from ..wrong import WrongAnswer, wrong_answers

__all__ = ["WrongAnswer", "wrong_answers"]
