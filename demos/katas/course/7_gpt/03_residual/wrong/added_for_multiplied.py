# says: Mend first: v
def residual(x, a, b, u, f, y, v, g, z, L):
    L.grad = 1.0
    z.grad = 2.0 * z.data * L.grad
    g.grad = z.grad
    y.grad = z.grad
    v.grad = (1.0 - g.data**2) + g.grad
    b.grad = y.data * v.grad
    y.grad += b.data * v.grad
    f.grad = y.grad
    x.grad = y.grad
    u.grad = (1.0 - f.data**2) * f.grad
    a.grad = x.data * u.grad
    x.grad += a.data * u.grad
