# slip: rule
import math


def one_go(z, target):
    exps = [math.exp(logit.data) for logit in z]
    total = sum(exps)
    for j, logit in enumerate(z):
        logit.grad = exps[j] / total
