"""Right code in usual signatures: how the gradients that are returned are named and ordered differs in each."""

import numpy as np

FORMS = []


def form(made):
    FORMS.append(made)
    return made


@form
def mse_true_pred(rng):
    def mse(y_true, y_pred):
        return np.mean((y_true - y_pred) ** 2)

    def mse_grad(y_true, y_pred):
        return 2 * (y_pred - y_true) / y_true.size

    return mse, mse_grad, (rng.normal(size=(4, 2)), rng.normal(size=(4, 2)))


@form
def mse_y_yhat(rng):
    def J(y, yhat):
        return 0.5 * np.sum((yhat - y) ** 2)

    def dJ(y, yhat):
        return yhat - y

    return J, dJ, {"y": rng.normal(size=5), "yhat": rng.normal(size=5)}


@form
def mse_pred_true(rng):
    def loss(y_pred, y_true):
        return np.mean(np.power(y_true - y_pred, 2))

    def loss_prime(y_pred, y_true):
        return 2 * (y_pred - y_true) / np.size(y_true)

    return loss, loss_prime, {"y_pred": rng.normal(size=(1, 5)), "y_true": rng.normal(size=(1, 5))}


@form
def linear_scalar_b(rng):
    def loss(W, b, X, y):
        d = X @ W + b - y
        return 0.5 * (d**2).sum()

    def grads(W, b, X, y):
        d = X @ W + b - y
        return X.T @ d, d.sum()

    return loss, grads, (rng.normal(size=3), 0.3, rng.normal(size=(5, 3)), rng.normal(size=5))


@form
def cost_theta(rng):
    def cost(X, y, theta):
        m = len(y)
        return np.sum((X @ theta - y) ** 2) / (2 * m)

    def gradient(X, y, theta):
        m = len(y)
        grad = X.T @ (X @ theta - y) / m
        return grad

    return cost, gradient, {"X": rng.normal(size=(6, 3)), "y": rng.normal(size=6), "theta": rng.normal(size=3)}


@form
def cost_theta_square(rng):
    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    def costFunction(X, y, theta):
        h = sigmoid(X.dot(theta))
        return -np.mean(y * np.log(h) + (1 - y) * np.log(1 - h))

    def gradientFunction(X, y, theta):
        h = sigmoid(X.dot(theta))
        return X.T.dot(h - y) / len(y)

    return (
        costFunction,
        gradientFunction,
        {"X": rng.normal(size=(3, 3)), "y": np.array([0.0, 1.0, 1.0]), "theta": rng.normal(size=3)},
    )


@form
def coursera(rng):
    def compute_cost(x, y, w, b):
        m = x.shape[0]
        cost = 0
        for i in range(m):
            f_wb = w * x[i] + b
            cost = cost + (f_wb - y[i]) ** 2
        return cost / (2 * m)

    def compute_gradient(x, y, w, b):
        m = x.shape[0]
        dj_dw = 0
        dj_db = 0
        for i in range(m):
            f_wb = w * x[i] + b
            dj_dw_i = (f_wb - y[i]) * x[i]
            dj_db_i = f_wb - y[i]
            dj_db += dj_db_i
            dj_dw += dj_dw_i
        dj_dw = dj_dw / m
        dj_db = dj_db / m
        return dj_dw, dj_db

    return compute_cost, compute_gradient, (np.array([1.0, 2.0, 1.7]), np.array([300.0, 500.0, 480.0]), 200.0, 100.0)


@form
def coursera_multi(rng):
    def compute_cost(X, y, w, b):
        m = X.shape[0]
        cost = 0.0
        for i in range(m):
            f_wb_i = np.dot(X[i], w) + b
            cost = cost + (f_wb_i - y[i]) ** 2
        return cost / (2 * m)

    def compute_gradient(X, y, w, b):
        m, n = X.shape
        dj_dw = np.zeros((n,))
        dj_db = 0.0
        for i in range(m):
            err = (np.dot(X[i], w) + b) - y[i]
            for j in range(n):
                dj_dw[j] = dj_dw[j] + err * X[i, j]
            dj_db = dj_db + err
        dj_dw = dj_dw / m
        dj_db = dj_db / m
        return dj_db, dj_dw

    return (
        compute_cost,
        compute_gradient,
        {"X": rng.normal(size=(4, 3)), "y": rng.normal(size=4), "w": rng.normal(size=3), "b": 785.18},
    )


@form
def coursera_logistic_int_b(rng):
    def compute_cost(X, y, w, b):
        z = X @ w + b
        f = 1 / (1 + np.exp(-z))
        return -np.mean(y * np.log(f) + (1 - y) * np.log(1 - f))

    def compute_gradient(X, y, w, b):
        f = 1 / (1 + np.exp(-(X @ w + b)))
        err = f - y
        return np.mean(err), X.T @ err / len(y)

    return (
        compute_cost,
        compute_gradient,
        {"X": rng.normal(size=(4, 3)), "y": np.array([0, 1, 1, 0]), "w": rng.normal(size=3), "b": 0},
    )


@form
def bce(rng):
    def bce(y, p):
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    def bce_grad(y, p):
        return (p - y) / (p * (1 - p)) / len(y)

    return bce, bce_grad, (np.array([0.0, 1.0, 1.0, 0.0]), np.array([0.2, 0.7, 0.4, 0.6]))


@form
def bce_prime(rng):
    def binary_cross_entropy(y_true, y_pred):
        return np.mean(-y_true * np.log(y_pred) - (1 - y_true) * np.log(1 - y_pred))

    def binary_cross_entropy_prime(y_true, y_pred):
        return ((1 - y_true) / (1 - y_pred) - y_true / y_pred) / np.size(y_true)

    return (
        binary_cross_entropy,
        binary_cross_entropy_prime,
        (np.array([[0.0], [1.0], [1.0]]), np.array([[0.2], [0.7], [0.4]])),
    )


@form
def hinge(rng):
    def hinge_loss(w, X, y):
        margins = np.maximum(0, 1 - y * (X @ w))
        return margins.mean()

    def hinge_grad(w, X, y):
        active = (y * (X @ w) < 1).astype(float)
        return -X.T @ (active * y) / len(y)

    return hinge_loss, hinge_grad, (rng.normal(size=4), rng.normal(size=(4, 4)), np.array([1.0, -1.0, 1.0, -1.0]))


@form
def hinge_scores(rng):
    def hinge(y, scores):
        return np.sum(np.maximum(0, 1 - y * scores))

    def dhinge(y, scores):
        d = np.where(y * scores < 1, -y, 0)
        return d

    return hinge, dhinge, (np.array([1.0, -1.0, 1.0, -1.0]), rng.normal(size=4))


@form
def svm_reg(rng):
    def svm_loss(W, X, y, reg):
        n = X.shape[0]
        scores = X.dot(W)
        correct = scores[np.arange(n), y][:, None]
        margins = np.maximum(0, scores - correct + 1)
        margins[np.arange(n), y] = 0
        loss = margins.sum() / n + reg * np.sum(W * W)
        binary = (margins > 0).astype(float)
        binary[np.arange(n), y] = -binary.sum(axis=1)
        dW = X.T.dot(binary) / n + 2 * reg * W
        return loss, dW

    return svm_loss, None, (rng.normal(size=(4, 3)), rng.normal(size=(5, 4)), np.array([0, 2, 1, 1, 0]), 0.1)


@form
def softmax_ce_int(rng):
    def softmax_loss(logits, labels):
        z = logits - logits.max(axis=1, keepdims=True)
        logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        return -logp[np.arange(len(labels)), labels].mean()

    def softmax_grad(logits, labels):
        z = logits - logits.max(axis=1, keepdims=True)
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        p[np.arange(len(labels)), labels] -= 1
        return p / len(labels)

    return softmax_loss, softmax_grad, (rng.normal(size=(4, 3)), np.array([0, 2, 1, 1]))


@form
def softmax_ce_onehot(rng):
    def softmax(z):
        e = np.exp(z - z.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)

    def cross_entropy(y, z):
        return -np.sum(y * np.log(softmax(z))) / len(y)

    def cross_entropy_grad(y, z):
        return (softmax(z) - y) / len(y)

    return cross_entropy, cross_entropy_grad, {"y": np.eye(3)[[0, 2, 1, 1]], "z": rng.normal(size=(4, 3))}


@form
def softmax_one_fn(rng):
    def softmax_loss(x, y):
        shifted = x - np.max(x, axis=1, keepdims=True)
        Z = np.sum(np.exp(shifted), axis=1, keepdims=True)
        log_probs = shifted - np.log(Z)
        N = x.shape[0]
        loss = -np.sum(log_probs[np.arange(N), y]) / N
        dx = np.exp(log_probs)
        dx[np.arange(N), y] -= 1
        dx /= N
        return loss, dx

    return softmax_loss, None, {"x": rng.normal(size=(3, 3)), "y": np.array([0, 2, 1])}


@form
def affine(rng):
    def affine_forward(x, w, b):
        out = x.reshape(x.shape[0], -1).dot(w) + b
        cache = (x, w, b)
        return out, cache

    def affine_backward(dout, cache):
        x, w, _b = cache
        return dout.dot(w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T.dot(dout), dout.sum(axis=0)

    return affine_forward, affine_backward, (rng.normal(size=(2, 2, 2)), rng.normal(size=(4, 3)), rng.normal(size=3))


@form
def linear_order(rng):
    def linear_forward(A, W, b):
        Z = W @ A + b
        return Z, (A, W, b)

    def linear_backward(dZ, cache):
        A_prev, W, _b = cache
        A_prev.shape[1]
        return W.T @ dZ, dZ @ A_prev.T, dZ.sum(axis=1, keepdims=True)

    return linear_forward, linear_backward, (rng.normal(size=(3, 3)), rng.normal(size=(3, 3)), rng.normal(size=(3, 1)))


@form
def linear_weights_first(rng):
    def forward(x, W, b):
        return x @ W + b

    def backward(dout, x, W, b):
        gW = x.T @ dout
        gb = dout.sum(0)
        gx = dout @ W.T
        return gW, gb, gx

    return forward, backward, (rng.normal(size=(3, 3)), rng.normal(size=(3, 3)), rng.normal(size=3))


@form
def linear_dw_first_expr(rng):
    def forward(x, W, b):
        return x @ W + b

    def backward(dout, x, W, b):
        return x.T @ dout, dout.sum(0), dout @ W.T

    return forward, backward, (rng.normal(size=(3, 3)), rng.normal(size=(3, 3)), rng.normal(size=3))


@form
def dense_class(rng):
    class Dense:
        def __init__(self):
            self.W = np.random.default_rng(1).normal(size=(3, 2))
            self.b = np.zeros(2)

        def forward(self, x):
            self.x = x
            return x @ self.W + self.b

        def backward(self, grad):
            self.grad_W = self.x.T @ grad
            self.grad_b = grad.sum(axis=0)
            return grad @ self.W.T

    layer = Dense()
    return layer.forward, layer.backward, (rng.normal(size=(4, 3)),)


@form
def dense_class_returns(rng):
    class Dense:
        def __init__(self):
            self.weights = np.random.default_rng(1).normal(size=(3, 3))
            self.bias = np.zeros(3)

        def forward(self, inp):
            self.inp = inp
            return inp @ self.weights + self.bias

        def backward(self, delta):
            return self.inp.T @ delta, delta.sum(axis=0), delta @ self.weights.T

    layer = Dense()
    return layer.forward, layer.backward, (rng.normal(size=(3, 3)),)


@form
def dense_class_params(rng):
    class Dense:
        def __init__(self):
            r = np.random.default_rng(1)
            self.params = {"W": r.normal(size=(3, 2)), "b": r.normal(size=2)}
            self.grads = {}

        def forward(self, x):
            self.x = x
            return x @ self.params["W"] + self.params["b"]

        def backward(self, dout):
            self.grads["W"] = self.x.T @ dout
            self.grads["b"] = dout.sum(axis=0)
            return dout @ self.params["W"].T

    layer = Dense()
    return layer.forward, layer.backward, (rng.normal(size=(4, 3)),)


@form
def relu_layer(rng):
    def relu_forward(x):
        return np.maximum(0, x), x

    def relu_backward(dout, cache):
        return dout * (cache > 0)

    return relu_forward, relu_backward, (rng.normal(size=(4, 3)),)


@form
def activation_out(rng):
    class Sigmoid:
        def forward(self, x):
            self.out = 1 / (1 + np.exp(-x))
            return self.out

        def backward(self, dout):
            return dout * self.out * (1 - self.out)

    layer = Sigmoid()
    return layer.forward, layer.backward, (rng.normal(size=(4, 3)),)


@form
def ridge(rng):
    def ridge_loss(w, X, y, lam):
        r = X @ w - y
        return r @ r + lam * w @ w

    def ridge_grad(w, X, y, lam):
        return 2 * X.T @ (X @ w - y) + 2 * lam * w

    return ridge_loss, ridge_grad, (rng.normal(size=3), rng.normal(size=(5, 3)), rng.normal(size=5), 0.5)


@form
def ridge_last(rng):
    def cost(X, y, lam, w):
        return np.mean((X @ w - y) ** 2) + lam * np.sum(w**2)

    def grad(X, y, lam, w):
        return 2 / len(y) * X.T @ (X @ w - y) + 2 * lam * w

    return cost, grad, (rng.normal(size=(3, 3)), rng.normal(size=3), 0.5, rng.normal(size=3))


@form
def conv1d(rng):
    def conv_forward(x, w, b):
        n = len(x) - len(w) + 1
        out = np.array([x[i : i + len(w)] @ w + b for i in range(n)])
        return out, (x, w, b)

    def conv_backward(dout, cache):
        x, w, _b = cache
        dx, dw = np.zeros_like(x), np.zeros_like(w)
        for i in range(len(dout)):
            dx[i : i + len(w)] += dout[i] * w
            dw += dout[i] * x[i : i + len(w)]
        return dw, dout.sum(), dx

    return conv_forward, conv_backward, (rng.normal(size=6), rng.normal(size=3), 0.5)


@form
def conv2d(rng):
    def conv_forward(X, K):
        kh, kw = K.shape
        H, W = X.shape
        Y = np.zeros((H - kh + 1, W - kw + 1))
        for i in range(Y.shape[0]):
            for j in range(Y.shape[1]):
                Y[i, j] = np.sum(X[i : i + kh, j : j + kw] * K)
        return Y, (X, K)

    def conv_backward(dY, cache):
        X, K = cache
        kh, kw = K.shape
        dX, dK = np.zeros(X.shape), np.zeros(K.shape)
        for i in range(dY.shape[0]):
            for j in range(dY.shape[1]):
                dX[i : i + kh, j : j + kw] += dY[i, j] * K
                dK += dY[i, j] * X[i : i + kh, j : j + kw]
        return dK, dX

    return conv_forward, conv_backward, (rng.normal(size=(5, 5)), rng.normal(size=(3, 3)))


@form
def batchnorm(rng):
    def batchnorm_forward(x, gamma, beta):
        mu = x.mean(axis=0)
        var = x.var(axis=0)
        xhat = (x - mu) / np.sqrt(var + 1e-5)
        return gamma * xhat + beta, (xhat, gamma, var)

    def batchnorm_backward(dout, cache):
        xhat, gamma, var = cache
        N = dout.shape[0]
        dxhat = dout * gamma
        dgamma = (dout * xhat).sum(axis=0)
        dbeta = dout.sum(axis=0)
        dx = (N * dxhat - dxhat.sum(0) - xhat * (dxhat * xhat).sum(0)) / (N * np.sqrt(var + 1e-5))
        return dx, dgamma, dbeta

    return batchnorm_forward, batchnorm_backward, (rng.normal(size=(5, 3)), rng.normal(size=3), rng.normal(size=3))


@form
def batchnorm_params_first(rng):
    def forward(x, gamma, beta):
        mu = x.mean(axis=0)
        std = np.sqrt(x.var(axis=0) + 1e-5)
        xhat = (x - mu) / std
        return gamma * xhat + beta, (xhat, gamma, std)

    def backward(dout, cache):
        xhat, gamma, std = cache
        d = dout * gamma
        return dout.sum(0), (dout * xhat).sum(0), (d - d.mean(0) - xhat * (d * xhat).mean(0)) / std

    return forward, backward, (rng.normal(size=(5, 3)), rng.normal(size=3), rng.normal(size=3))


@form
def layernorm(rng):
    def ln_forward(x, g, b):
        mu = x.mean(-1, keepdims=True)
        s = np.sqrt(x.var(-1, keepdims=True) + 1e-5)
        n = (x - mu) / s
        return g * n + b, (n, g, s)

    def ln_backward(dout, cache):
        n, g, s = cache
        dn = dout * g
        dx = (dn - dn.mean(-1, keepdims=True) - n * (dn * n).mean(-1, keepdims=True)) / s
        return dx, (dout * n).sum(0), dout.sum(0)

    return ln_forward, ln_backward, (rng.normal(size=(5, 4)), rng.normal(size=4), rng.normal(size=4))


@form
def rnn_step(rng):
    def rnn_step_forward(x, prev_h, Wx, Wh, b):
        next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
        return next_h, (x, prev_h, Wx, Wh, next_h)

    def rnn_step_backward(dnext_h, cache):
        x, prev_h, Wx, Wh, next_h = cache
        da = dnext_h * (1 - next_h**2)
        return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(0)

    return (
        rnn_step_forward,
        rnn_step_backward,
        (
            rng.normal(size=(3, 3)),
            rng.normal(size=(3, 3)),
            rng.normal(size=(3, 3)),
            rng.normal(size=(3, 3)),
            rng.normal(size=3),
        ),
    )


@form
def rnn_step_weights_first(rng):
    def step(x, h, Wx, Wh, b):
        return np.tanh(x @ Wx + h @ Wh + b)

    def step_back(dh, x, h, Wx, Wh, b):
        da = dh * (1 - step(x, h, Wx, Wh, b) ** 2)
        return x.T @ da, h.T @ da, da.sum(0), da @ Wx.T, da @ Wh.T

    return (
        step,
        step_back,
        (
            rng.normal(size=(3, 3)),
            rng.normal(size=(3, 3)),
            rng.normal(size=(3, 3)),
            rng.normal(size=(3, 3)),
            rng.normal(size=3),
        ),
    )


@form
def embedding(rng):
    def embed_forward(ids, table):
        return table[ids], (ids, table.shape)

    def embed_backward(dout, cache):
        ids, shape = cache
        grad = np.zeros(shape)
        np.add.at(grad, ids, dout)
        return grad

    return embed_forward, embed_backward, (np.array([1, 3, 1]), rng.normal(size=(5, 2)))


@form
def attention(rng):
    def attention(Q, K, V):
        S = Q @ K.T / np.sqrt(Q.shape[1])
        e = np.exp(S - S.max(1, keepdims=True))
        P = e / e.sum(1, keepdims=True)
        return P @ V, (Q, K, V, P)

    def attention_backward(dO, cache):
        Q, K, V, P = cache
        dP = dO @ V.T
        dS = P * (dP - (dP * P).sum(1, keepdims=True)) / np.sqrt(Q.shape[1])
        return dS @ K, dS.T @ Q, P.T @ dO

    return attention, attention_backward, (rng.normal(size=(3, 3)), rng.normal(size=(3, 3)), rng.normal(size=(3, 3)))


@form
def attention_list(rng):
    def attention(q, k, v):
        S = q @ k.T
        P = np.exp(S) / np.exp(S).sum(1, keepdims=True)
        return P @ v

    def attention_backward(grad_out, q, k, v):
        S = q @ k.T
        P = np.exp(S) / np.exp(S).sum(1, keepdims=True)
        gv = P.T @ grad_out
        gp = grad_out @ v.T
        gs = P * (gp - (gp * P).sum(1, keepdims=True))
        return [gv, gs.T @ q, gs @ k]

    return (
        attention,
        attention_backward,
        (0.5 * rng.normal(size=(3, 3)), 0.5 * rng.normal(size=(3, 3)), rng.normal(size=(3, 3))),
    )


@form
def logistic_two(rng):
    def loss_fn(X, y, w, b):
        p = 1 / (1 + np.exp(-(X @ w + b)))
        return -(y * np.log(p) + (1 - y) * np.log(1 - p)).sum()

    def grad_fn(X, y, w, b):
        error = 1 / (1 + np.exp(-(X @ w + b))) - y
        grad_w = X.T @ error
        grad_b = error.sum()
        return grad_w, grad_b

    return (
        loss_fn,
        grad_fn,
        {"X": rng.normal(size=(3, 3)), "y": np.array([0.0, 1.0, 1.0]), "w": rng.normal(size=3), "b": 0.0},
    )


@form
def propagate_dict(rng):
    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    def propagate(w, b, X, Y):
        m = X.shape[1]
        A = sigmoid(np.dot(w.T, X) + b)
        cost = -1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
        dw = 1 / m * np.dot(X, (A - Y).T)
        db = 1 / m * np.sum(A - Y)
        cost = np.squeeze(cost)
        grads = {"dw": dw, "db": db}
        return grads, cost

    return (
        propagate,
        None,
        (np.array([[1.0], [2.0]]), 2.0, np.array([[1.0, 2.0, -1.0], [3.0, 4.0, -3.2]]), np.array([[1.0, 0.0, 1.0]])),
    )


@form
def propagate_cost_first(rng):
    def propagate(w, b, X, Y):
        m = X.shape[1]
        A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
        cost = -1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
        return cost, 1 / m * np.sum(A - Y), 1 / m * np.dot(X, (A - Y).T)

    return (
        propagate,
        None,
        (np.array([[1.0], [2.0]]), 2.0, np.array([[1.0, 2.0, -1.0], [3.0, 4.0, -3.2]]), np.array([[1.0, 0.0, 1.0]])),
    )


@form
def mx_b(rng):
    def loss(m, b, x, y):
        return ((y - (m * x + b)) ** 2).mean()

    def gradient(m, b, x, y):
        e = y - (m * x + b)
        return -2 * (x * e).mean(), -2 * e.mean()

    return loss, gradient, (0.5, -0.2, rng.normal(size=6), rng.normal(size=6))


@form
def mx_b_swapped(rng):
    def loss(x, y, slope, intercept):
        return ((slope * x + intercept - y) ** 2).sum()

    def gradient(x, y, slope, intercept):
        e = slope * x + intercept - y
        return 2 * e.sum(), 2 * (x * e).sum()

    return loss, gradient, (rng.normal(size=6), rng.normal(size=6), 0.5, -0.2)


@form
def mlp_tuple(rng):
    def loss(W1, b1, W2, b2, X, y):
        h = np.tanh(X @ W1 + b1)
        return 0.5 * ((h @ W2 + b2 - y) ** 2).sum()

    def grads(W1, b1, W2, b2, X, y):
        h = np.tanh(X @ W1 + b1)
        d2 = h @ W2 + b2 - y
        d1 = d2 @ W2.T * (1 - h**2)
        return X.T @ d1, d1.sum(0), h.T @ d2, d2.sum(0)

    return loss, grads, tuple(rng.normal(size=s) for s in [(3, 3), 3, (3, 3), 3, (3, 3), (3, 3)])


@form
def mlp_reverse(rng):
    def loss(X, y, W1, b1, W2, b2):
        h = np.maximum(0, X @ W1 + b1)
        return 0.5 * ((h @ W2 + b2 - y) ** 2).sum()

    def grads(X, y, W1, b1, W2, b2):
        h = np.maximum(0, X @ W1 + b1)
        d2 = h @ W2 + b2 - y
        d1 = d2 @ W2.T * (h > 0)
        return h.T @ d2, d2.sum(0), X.T @ d1, d1.sum(0)

    return loss, grads, tuple(rng.normal(size=s) for s in [(3, 3), (3, 3), (3, 3), 3, (3, 3), 3])


@form
def mlp_params_dict(rng):
    def forward(params, X, y):
        h = np.tanh(X @ params["W1"] + params["b1"])
        return ((h @ params["W2"] + params["b2"] - y) ** 2).mean()

    def backward(params, X, y):
        h = np.tanh(X @ params["W1"] + params["b1"])
        out = h @ params["W2"] + params["b2"]
        d = 2 * (out - y) / y.size
        da = d @ params["W2"].T * (1 - h * h)
        return {"W1": X.T @ da, "b1": da.sum(0), "W2": h.T @ d, "b2": d.sum(0)}

    shapes = {"W1": (3, 4), "b1": 4, "W2": (4, 2), "b2": 2}
    params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return forward, backward, {"params": params, "X": rng.normal(size=(5, 3)), "y": rng.normal(size=(5, 2))}


@form
def mlp_params_list(rng):
    def forward(weights, X, y):
        W1, W2 = weights
        return 0.5 * np.sum((np.tanh(X @ W1) @ W2 - y) ** 2)

    def backward(weights, X, y):
        W1, W2 = weights
        h = np.tanh(X @ W1)
        d = h @ W2 - y
        g2 = h.T @ d
        g1 = X.T @ (d @ W2.T * (1 - h**2))
        return [g1, g2]

    return (
        forward,
        backward,
        {
            "weights": [rng.normal(size=(3, 3)), rng.normal(size=(3, 3))],
            "X": rng.normal(size=(3, 3)),
            "y": rng.normal(size=(3, 3)),
        },
    )


@form
def huber(rng):
    def huber(y_true, y_pred, delta=1.0):
        e = y_pred - y_true
        a = np.abs(e)
        return np.where(a <= delta, 0.5 * e**2, delta * (a - 0.5 * delta)).mean()

    def huber_grad(y_true, y_pred, delta=1.0):
        e = y_pred - y_true
        return np.clip(e, -delta, delta) / e.size

    return huber, huber_grad, (rng.normal(size=5), 2 * rng.normal(size=5))


@form
def nll_probs(rng):
    def nll(targets, probs):
        return -np.sum(targets * np.log(probs))

    def nll_grad(targets, probs):
        return -targets / probs

    return nll, nll_grad, (np.eye(3), np.array([[0.2, 0.3, 0.5], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]]))


@form
def kl(rng):
    def kl(p, q):
        return np.sum(p * np.log(p / q))

    def kl_backward(p, q):
        return -p / q

    return kl, kl_backward, (np.array([0.2, 0.3, 0.5]), np.array([0.1, 0.6, 0.3]))


@form
def cosine(rng):
    def cosine(a, b):
        return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))

    def cosine_grads(a, b):
        na, nb = np.linalg.norm(a), np.linalg.norm(b)
        c = a @ b / (na * nb)
        return b / (na * nb) - c * a / na**2, a / (na * nb) - c * b / nb**2

    return cosine, cosine_grads, (rng.normal(size=4), rng.normal(size=4))


@form
def matmul_swapped(rng):
    def matmul(a, b):
        return a @ b

    def matmul_backward(dout, a, b):
        return dout @ b.T, a.T @ dout

    return matmul, matmul_backward, (rng.normal(size=(3, 3)), rng.normal(size=(3, 3)))


@form
def matrix_factorisation(rng):
    def loss(R, U, V):
        return 0.5 * np.sum((R - U @ V.T) ** 2)

    def grads(R, U, V):
        E = U @ V.T - R
        return E @ V, E.T @ U

    return loss, grads, (rng.normal(size=(3, 3)), rng.normal(size=(3, 3)), rng.normal(size=(3, 3)))


@form
def triplet(rng):
    def triplet_loss(anchor, positive, negative):
        return np.sum((anchor - positive) ** 2) - np.sum((anchor - negative) ** 2)

    def triplet_grad(anchor, positive, negative):
        return 2 * (negative - positive), 2 * (positive - anchor), 2 * (anchor - negative)

    return triplet_loss, triplet_grad, (rng.normal(size=4), rng.normal(size=4), rng.normal(size=4))


@form
def poisson(rng):
    def nll(beta, X, y):
        eta = X @ beta
        return np.sum(np.exp(eta) - y * eta)

    def grad(beta, X, y):
        return X.T @ (np.exp(X @ beta) - y)

    return nll, grad, (rng.normal(size=3), rng.normal(size=(3, 3)), np.array([1.0, 0.0, 2.0]))


@form
def gauss(rng):
    def nll(x, mu, sigma):
        return np.sum(0.5 * ((x - mu) / sigma) ** 2 + np.log(sigma))

    def grad(x, mu, sigma):
        return np.sum((mu - x) / sigma**2), np.sum(1 / sigma - (x - mu) ** 2 / sigma**3)

    return nll, grad, (rng.normal(size=5), 0.3, 1.4)


@form
def dropout_layer(rng):
    class Dropout:
        def __init__(self):
            self.rng = np.random.RandomState(0)

        def forward(self, x):
            self.mask = (self.rng.rand(*x.shape) > 0.5) / 0.5
            return x * self.mask

        def backward(self, dout):
            return dout * self.mask

    layer = Dropout()
    return layer.forward, layer.backward, (rng.normal(size=(4, 3)),)


@form
def maxpool(rng):
    def pool_forward(x):
        n, m = x.shape
        out = x.reshape(n // 2, 2, m // 2, 2).max(axis=(1, 3))
        return out, (x, out)

    def pool_backward(dout, cache):
        x, out = cache
        mask = x == np.repeat(np.repeat(out, 2, 0), 2, 1)
        return mask * np.repeat(np.repeat(dout, 2, 0), 2, 1)

    return pool_forward, pool_backward, (rng.normal(size=(4, 4)),)


@form
def elastic(rng):
    def objective(w, X, y, l1=0.1, l2=0.2):
        return 0.5 * np.mean((X @ w - y) ** 2) + l1 * np.abs(w).sum() + l2 * (w @ w)

    def gradient(w, X, y, l1=0.1, l2=0.2):
        return X.T @ (X @ w - y) / len(y) + l1 * np.sign(w) + 2 * l2 * w

    return objective, gradient, (rng.normal(size=4), rng.normal(size=(4, 4)), rng.normal(size=4))


@form
def word2vec(rng):
    def naive_softmax(v, outside, U):
        s = U @ v
        p = np.exp(s - s.max())
        p /= p.sum()
        loss = -np.log(p[outside])
        d = p.copy()
        d[outside] -= 1
        gradCenterVec = U.T @ d
        gradOutsideVecs = np.outer(d, v)
        return loss, gradCenterVec, gradOutsideVecs

    return naive_softmax, None, (rng.normal(size=3), 1, rng.normal(size=(3, 3)))


@form
def bilinear(rng):
    def forward(x, A, y):
        return x @ A @ y

    def backward(x, A, y):
        return A @ y, np.outer(x, y), A.T @ x

    return forward, backward, (rng.normal(size=3), rng.normal(size=(3, 3)), rng.normal(size=3))


@form
def ae_tied(rng):
    def loss(W, X):
        H = np.tanh(X @ W)
        return 0.5 * np.sum((H @ W.T - X) ** 2)

    def grad(W, X):
        H = np.tanh(X @ W)
        E = H @ W.T - X
        return X.T @ (E @ W * (1 - H**2)) + E.T @ H

    return loss, grad, (0.5 * rng.normal(size=(3, 3)), rng.normal(size=(3, 3)))


@form
def nn_named_dz(rng):
    def loss_and_grads(X, y, W, b):
        z = X @ W + b
        p = 1 / (1 + np.exp(-z))
        loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
        dz = (p - y) / len(y)
        dW = X.T @ dz
        db = dz.sum()
        return loss, dz, dW, db

    return (
        loss_and_grads,
        None,
        {"X": rng.normal(size=(3, 3)), "y": np.array([0.0, 1.0, 0.0]), "W": rng.normal(size=3), "b": 0.1},
    )


@form
def float32(rng):
    def loss(X, y, w):
        r = X @ w - y
        return np.mean(r * r)

    def grad(X, y, w):
        return 2 * X.T @ (X @ w - y) / np.float32(len(y))

    return loss, grad, tuple(rng.normal(size=s).astype(np.float32) for s in [(3, 3), 3, 3])


@form
def lists(rng):
    def loss(w, x, y):
        return sum((w[0] * a + w[1] - b) ** 2 for a, b in zip(x, y))

    def grad(w, x, y):
        g0 = sum(2 * (w[0] * a + w[1] - b) * a for a, b in zip(x, y))
        g1 = sum(2 * (w[0] * a + w[1] - b) for a, b in zip(x, y))
        return np.array([g0, g1])

    return loss, grad, (rng.normal(size=2), rng.normal(size=2), rng.normal(size=2))


@form
def rosenbrock(rng):
    def f(x, y):
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    def df(x, y):
        return -2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)

    return f, df, (-1.2, 1.0)


@form
def tuple_of_outputs(rng):
    def lstm_gate(c, f, i, g):
        return f * c + i * g

    def lstm_gate_backward(dc, c, f, i, g):
        return dc * c, dc * g, dc * i, dc * f

    return lstm_gate, lstm_gate_backward, tuple(rng.normal(size=(2, 3)) for _ in range(4))
