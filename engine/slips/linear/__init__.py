"""The slips of what only moves, picks and adds up numbers: sums and axes, products, reshapes, indices, targets."""
