# slip: factor
def batch_mean(x, t, w, b, p, e, L):
    n = len(x)
    L.grad = 1.0
    w.grad = b.grad = 0.0
    for i in range(n):
        e[i].grad = L.grad / n
        p[i].grad = 2.0 * (p[i].data - t[i]) * e[i].grad
        w.grad += x[i] * p[i].grad / n
        b.grad += p[i].grad
