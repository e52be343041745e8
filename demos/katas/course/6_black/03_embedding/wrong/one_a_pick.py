# slip: shape
def embedding(C, X, demb):
    return demb
