"""The katas: a course of small exercises in backpropagation by hand, and the runner that judges them."""
