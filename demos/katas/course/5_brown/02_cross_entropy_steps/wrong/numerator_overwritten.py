# slip: missing-path
def cross_entropy_steps(z, e, total, p, logp, L, y):
    L.grad = 1.0
    logp.grad = -1.0 * L.grad
    p.grad = 1.0 / p.data * logp.grad
    total.grad = -e[y].data / total.data**2 * p.grad
    for exponential in e:
        exponential.grad = 1.0 * total.grad
    e[y].grad = 1.0 / total.data * p.grad
    for logit, exponential in zip(z, e):
        logit.grad = exponential.data * exponential.grad
