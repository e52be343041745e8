# slip: rule
def hinge(s, y, m, h, L):
    L.grad = 1.0
    for i in range(len(s)):
        h[i].grad = L.grad / len(s)
        m[i].grad = h[i].grad if m[i].data >= 0.0 else 0.0
        s[i].grad = -y[i] * m[i].grad
