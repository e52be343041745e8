# slip: missing-path
def max_shift(z, m, s, e, total, log_total, L, y):
    L.grad = log_total.grad = 1.0
    total.grad = log_total.grad / total.data
    for shifted, exponential in zip(s, e):
        exponential.grad = total.grad
        shifted.grad = exponential.data * exponential.grad
    s[y].grad -= L.grad
    for shifted in s:
        m.grad = -shifted.grad
    for logit, shifted in zip(z, s):
        logit.grad = shifted.grad
    max(z, key=lambda logit: logit.data).grad += m.grad
