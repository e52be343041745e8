# slip: forgot-upstream
import math


def cross_entropy_batch(z, targets):
    for row, target in zip(z, targets):
        exps = [math.exp(logit.data) for logit in row]
        total = sum(exps)
        for j, logit in enumerate(row):
            logit.grad = exps[j] / total - (j == target)
