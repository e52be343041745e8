# slip: forgot-upstream
"""The gradients of a neuron of two inputs: o = tanh(x1*w1 + x2*w2 + b)."""


def backward(x1, w1, x2, w2, b, p1, p2, s, n, o):
    o.grad = 1.0
    n.grad = o.grad * (1.0 - o.data**2)
    s.grad = n.grad
    b.grad = n.grad
    p1.grad = s.grad
    p2.grad = s.grad
    w1.grad = x1.data
    x1.grad = w1.data
    w2.grad = x2.data
    x2.grad = w2.data
