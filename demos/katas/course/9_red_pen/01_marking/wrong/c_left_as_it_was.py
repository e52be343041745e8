# slip: missing-path
def backward(a, b, c, u, v, h, s, L):
    L.grad = 1.0
    s.grad = a.data * L.grad
    a.grad = s.data * L.grad
    h.grad = c.data * s.grad
    c.grad = h.data * s.grad
    v.grad = (1.0 - h.data**2) * h.grad
    u.grad = v.grad
    c.grad = -v.grad
    a.grad += b.data * u.grad
    b.grad = a.data * u.grad
