# slip: rule
def softmax_jacobian(p):
    return [[p[i] * (1 - p[i]) if i == j else 0.0 for j in range(len(p))] for i in range(len(p))]
