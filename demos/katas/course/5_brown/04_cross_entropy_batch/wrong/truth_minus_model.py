# slip: sign
import math


def cross_entropy_batch(z, targets):
    n = len(z)
    for row, target in zip(z, targets):
        exps = [math.exp(logit.data) for logit in row]
        total = sum(exps)
        for j, logit in enumerate(row):
            logit.grad = ((j == target) - exps[j] / total) / n
