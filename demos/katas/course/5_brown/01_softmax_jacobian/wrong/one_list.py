# says: one row a probability, one column a logit
def softmax_jacobian(p):
    return [[p_i * (1 - p_i)] for p_i in p]
