# slip: sign
def softmax_jacobian(p):
    return [[p[i] * (1 - p[i]) if i == j else p[i] * p[j] for j in range(len(p))] for i in range(len(p))]
