"""An engine whose tape makes each node by one method of its own, several at once where an operation gives several."""

import math


class Spot:
    def __init__(self, value):
        self.value, self.slope = value, 0.0

    def backward(self):
        self.slope = 1.0
        for source, spot, slope in reversed(self.tape.steps):
            source.slope += slope * spot.slope


class Tape:
    def __init__(self):
        self.steps = []

    def make(self, value, sources=(), slopes=()):
        spot = Spot(value)
        spot.tape = self
        self.steps += [(source, spot, slope) for source, slope in zip(sources, slopes)]
        return spot

    def total(self, spots):
        return self.make(sum(one.value for one in spots), spots, [1.0] * len(spots))

    def times(self, one, other):
        return self.make(one.value * other.value, (one, other), (other.value, one.value))

    def spread(self, spots):
        middle = sum(one.value for one in spots) / len(spots)
        value = sum((one.value - middle) ** 2 for one in spots) / len(spots)
        return self.make(value, spots, [2 * (one.value - middle) / len(spots) for one in spots])

    def shares(self, spots):
        weights = [math.exp(one.value) for one in spots]
        p = [one / sum(weights) for one in weights]
        return [self.make(p[i], spots, [p[i] * ((i == j) - p[j]) for j in range(len(p))]) for i in range(len(p))]


def program():
    tape = Tape()
    rows = [[tape.make(value) for value in row] for row in ((0.6, 0.9, -0.5), (0.1, 1.4, 0.3), (0.8, 0.7, -0.1))]
    totals = [tape.total(row) for row in rows]
    first, second, third = tape.shares([row[0] for row in rows])
    return tape.total([tape.times(first, second), tape.times(third, rows[0][1]), tape.spread(totals)])
