# slip: rule
def one_go(z, target):
    for j, logit in enumerate(z):
        logit.grad = logit.data - (j == target)
