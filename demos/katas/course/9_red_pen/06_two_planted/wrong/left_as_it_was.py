# slip: factor
def two_planted(X, Y, cache):
    m = X.shape[1]
    dZ3 = cache["A3"] - Y
    dW3 = 1.0 / m * dZ3 @ cache["A2"].T
    db3 = 1.0 / m * dZ3.sum(1, keepdims=True)
    dA2 = cache["W3"].T @ dZ3
    dZ2 = dA2 * (cache["A2"] > 0)
    dW2 = 1.0 / m * dZ2 @ cache["A1"].T * 2
    db2 = 1.0 / m * dZ2.sum(1, keepdims=True)
    dA1 = cache["W2"].T @ dZ2
    dZ1 = dA1 * (cache["A1"] > 0)
    dW1 = 1.0 / m * dZ1 @ X.T
    db1 = 4.0 / m * dZ1.sum(1, keepdims=True)
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3, "b3": db3}
