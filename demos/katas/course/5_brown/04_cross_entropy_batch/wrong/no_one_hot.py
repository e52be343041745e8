# slip: rule
import math


def cross_entropy_batch(z, targets):
    n = len(z)
    for row in z:
        exps = [math.exp(logit.data) for logit in row]
        total = sum(exps)
        for j, logit in enumerate(row):
            logit.grad = (exps[j] / total) / n
