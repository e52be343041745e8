"""Code as it stands in threads, blogs and assignments: of many hands, with many habits."""

import numpy as np


def nonlin(x, deriv=False):
    if deriv:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))


def blog_loss(syn0, syn1, X, y):
    l1 = nonlin(np.dot(X, syn0))
    l2 = nonlin(np.dot(l1, syn1))
    return 0.5 * np.sum((y - l2) ** 2)


def blog_gradients(syn0, syn1, X, y):
    l0 = X
    l1 = nonlin(np.dot(l0, syn0))
    l2 = nonlin(np.dot(l1, syn1))
    l2_error = l2 - y
    l2_delta = l2_error * nonlin(l2, deriv=True)
    l1_error = l2_delta.dot(syn1.T)
    l1_delta = l1_error * nonlin(l1, deriv=True)
    return {"syn0": l0.T.dot(l1_delta), "syn1": l1.T.dot(l2_delta)}


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_gradient(z):
    g = sigmoid(z)
    return g * (1 - g)


def ml_course_cost(Theta1, Theta2, X, Y, lam):
    m = X.shape[0]
    a1 = np.hstack([np.ones((m, 1)), X])
    z2 = a1 @ Theta1.T
    a2 = np.hstack([np.ones((m, 1)), sigmoid(z2)])
    z3 = a2 @ Theta2.T
    h = sigmoid(z3)
    J = np.sum(-Y * np.log(h) - (1 - Y) * np.log(1 - h)) / m
    J += lam / (2 * m) * (np.sum(Theta1[:, 1:] ** 2) + np.sum(Theta2[:, 1:] ** 2))
    return J


def ml_course_gradient(Theta1, Theta2, X, Y, lam):
    m = X.shape[0]
    a1 = np.hstack([np.ones((m, 1)), X])
    z2 = a1 @ Theta1.T
    a2 = np.hstack([np.ones((m, 1)), sigmoid(z2)])
    h = sigmoid(a2 @ Theta2.T)
    delta3 = h - Y
    delta2 = delta3 @ Theta2[:, 1:] * sigmoid_gradient(z2)
    Theta1_grad = delta2.T @ a1 / m
    Theta2_grad = delta3.T @ a2 / m
    Theta1_grad[:, 1:] += lam / m * Theta1[:, 1:]
    Theta2_grad[:, 1:] += lam / m * Theta2[:, 1:]
    return Theta1_grad, Theta2_grad


def char_rnn(Wxh, Whh, Why, bh, by, inputs, targets, hprev):
    xs, hs, ys, ps = {}, {}, {}, {}
    hs[-1] = np.copy(hprev)
    loss = 0
    for t in range(len(inputs)):
        xs[t] = np.zeros((Wxh.shape[1], 1))
        xs[t][inputs[t]] = 1
        hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t - 1]) + bh)
        ys[t] = np.dot(Why, hs[t]) + by
        ps[t] = np.exp(ys[t]) / np.sum(np.exp(ys[t]))
        loss += -np.log(ps[t][targets[t], 0])
    dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
    dbh, dby = np.zeros_like(bh), np.zeros_like(by)
    dhnext = np.zeros_like(hs[0])
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        dWhy += np.dot(dy, hs[t].T)
        dby += dy
        dh = np.dot(Why.T, dy) + dhnext
        dhraw = (1 - hs[t] * hs[t]) * dh
        dbh += dhraw
        dWxh += np.dot(dhraw, xs[t].T)
        dWhh += np.dot(dhraw, hs[t - 1].T)
        dhnext = np.dot(Whh.T, dhraw)
    return loss, dWxh, dWhh, dWhy, dbh, dby


def im2col(x, height, width):
    N, C, H, W = x.shape
    out_h, out_w = H - height + 1, W - width + 1
    col = np.zeros((N, C, height, width, out_h, out_w))
    for i in range(height):
        for j in range(width):
            col[:, :, i, j, :, :] = x[:, :, i : i + out_h, j : j + out_w]
    return col.transpose(0, 4, 5, 1, 2, 3).reshape(N * out_h * out_w, -1)


def col2im(col, shape, height, width):
    N, C, H, W = shape
    out_h, out_w = H - height + 1, W - width + 1
    col = col.reshape(N, out_h, out_w, C, height, width).transpose(0, 3, 4, 5, 1, 2)
    img = np.zeros(shape)
    for i in range(height):
        for j in range(width):
            img[:, :, i : i + out_h, j : j + out_w] += col[:, :, i, j, :, :]
    return img


class Convolution:
    def __init__(self, rng):
        self.W = rng.normal(size=(3, 2, 3, 3))
        self.b = rng.normal(size=3)
        self.dW = None
        self.db = None

    def forward(self, x):
        FN, _, FH, FW = self.W.shape
        N, _C, H, W = x.shape
        out_h, out_w = H - FH + 1, W - FW + 1
        col = im2col(x, FH, FW)
        col_W = self.W.reshape(FN, -1).T
        out = np.dot(col, col_W) + self.b
        out = out.reshape(N, out_h, out_w, -1).transpose(0, 3, 1, 2)
        self.x, self.col, self.col_W = x, col, col_W
        return out

    def backward(self, dout):
        FN, C, FH, FW = self.W.shape
        dout = dout.transpose(0, 2, 3, 1).reshape(-1, FN)
        self.db = np.sum(dout, axis=0)
        self.dW = np.dot(self.col.T, dout)
        self.dW = self.dW.transpose(1, 0).reshape(FN, C, FH, FW)
        dcol = np.dot(dout, self.col_W.T)
        dx = col2im(dcol, self.x.shape, FH, FW)
        return dx


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    N, C, H, W = x.shape
    x_group = x.reshape(N, G, C // G, H, W)
    mean = np.mean(x_group, axis=(2, 3, 4), keepdims=True)
    var = np.var(x_group, axis=(2, 3, 4), keepdims=True)
    x_norm = ((x_group - mean) / np.sqrt(var + eps)).reshape(N, C, H, W)
    out = x_norm * gamma + beta
    cache = (G, x, x_norm, mean, var, beta, gamma, eps)
    return out, cache


def spatial_groupnorm_backward(dout, cache):
    G, x, x_norm, mean, var, _beta, gamma, eps = cache
    N, C, H, W = dout.shape
    dbeta = np.sum(dout, axis=(0, 2, 3), keepdims=True)
    dgamma = np.sum(dout * x_norm, axis=(0, 2, 3), keepdims=True)
    x_group = x.reshape(N, G, C // G, H, W)
    m = C // G * H * W
    dx_norm = (dout * gamma).reshape(N, G, C // G, H, W)
    dvar = np.sum(dx_norm * (x_group - mean) * -0.5 * (var + eps) ** (-1.5), axis=(2, 3, 4), keepdims=True)
    N1 = np.sum(dx_norm * -1.0 / np.sqrt(var + eps), axis=(2, 3, 4), keepdims=True)
    N2 = dvar * np.sum(-2.0 * (x_group - mean), axis=(2, 3, 4), keepdims=True) / m
    dmean = N1 + N2
    dx_group = dx_norm / np.sqrt(var + eps) + dvar * 2.0 * (x_group - mean) / m + dmean / m
    dx = dx_group.reshape(N, C, H, W)
    return dx, dgamma, dbeta


def gru_step(x, h, W, U, Wh, Uh):
    H = h.shape[1]
    gates = sigmoid(x @ W + h @ U)
    r, z = gates[:, :H], gates[:, H:]
    rh = r * h
    c = np.tanh(x @ Wh + rh @ Uh)
    h_new = (1 - z) * h + z * c
    return h_new, (x, h, W, U, Wh, Uh, r, z, rh, c)


def gru_step_backward(dh_new, cache):
    x, h, W, U, Wh, Uh, r, z, rh, c = cache
    dz = dh_new * (c - h)
    dc = dh_new * z
    dh = dh_new * (1 - z)
    dc_in = dc * (1 - c**2)
    dWh = x.T @ dc_in
    dUh = rh.T @ dc_in
    drh = dc_in @ Uh.T
    dr = drh * h
    dh = dh + drh * r
    dgates = np.concatenate([dr * r * (1 - r), dz * z * (1 - z)], axis=1)
    dW = x.T @ dgates
    dU = h.T @ dgates
    dh = dh + dgates @ U.T
    dx = dgates @ W.T + dc_in @ Wh.T
    return dx, dh, dW, dU, dWh, dUh


def naive_softmax(center, outside, index):
    scores = outside @ center
    e = np.exp(scores - np.max(scores))
    y_hat = e / e.sum()
    loss = -np.log(y_hat[index])
    delta = y_hat.copy()
    delta[index] -= 1
    grad_center = outside.T @ delta
    grad_outside = np.outer(delta, center)
    return loss, grad_center, grad_outside


def neg_sampling(center, outside, index, negatives):
    u_o, u_k = outside[index], outside[negatives]
    loss = -np.log(sigmoid(u_o @ center)) - np.sum(np.log(sigmoid(-u_k @ center)))
    grad_center = (sigmoid(u_o @ center) - 1) * u_o + np.sum((1 - sigmoid(-u_k @ center))[:, None] * u_k, axis=0)
    grad_outside = np.zeros_like(outside)
    grad_outside[index] += (sigmoid(u_o @ center) - 1) * center
    for k in negatives:
        grad_outside[k] += (1 - sigmoid(-outside[k] @ center)) * center
    return loss, grad_center, grad_outside


class FullyConnectedNet:
    def __init__(self, rng, reg=0.1):
        self.reg = reg
        self.params = {
            "W1": rng.normal(size=(5, 6)),
            "b1": rng.normal(size=6),
            "W2": rng.normal(size=(6, 3)),
            "b2": rng.normal(size=3),
        }

    def loss(self, X, y=None):
        W1, b1 = self.params["W1"], self.params["b1"]
        W2, b2 = self.params["W2"], self.params["b2"]
        hidden = X.dot(W1) + b1
        act = np.maximum(hidden, 0)
        scores = act.dot(W2) + b2
        if y is None:
            return scores
        shifted = scores - scores.max(axis=1, keepdims=True)
        logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        N = len(y)
        loss = -logp[np.arange(N), y].mean()
        loss += 0.5 * self.reg * (np.sum(W1**2) + np.sum(W2**2))
        grads = {}
        dscores = np.exp(logp)
        dscores[np.arange(N), y] -= 1
        dscores /= N
        grads["W2"] = act.T.dot(dscores) + self.reg * W2
        grads["b2"] = dscores.sum(axis=0)
        dact = dscores.dot(W2.T)
        dhidden = dact * (hidden > 0)
        grads["W1"] = X.T.dot(dhidden) + self.reg * W1
        grads["b1"] = dhidden.sum(axis=0)
        return loss, grads


def vae_loss(W_mu, W_lv, W_dec, x, eps):
    mu = x @ W_mu
    logvar = x @ W_lv
    std = np.exp(0.5 * logvar)
    z = mu + std * eps
    recon = sigmoid(z @ W_dec)
    bce = -np.sum(x * np.log(recon) + (1 - x) * np.log(1 - recon))
    kl = -0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar))
    return (bce + kl) / x.shape[0]


def vae_backward(W_mu, W_lv, W_dec, x, eps):
    mu = x @ W_mu
    logvar = x @ W_lv
    std = np.exp(0.5 * logvar)
    z = mu + std * eps
    recon = sigmoid(z @ W_dec)
    batch = x.shape[0]
    dlogits = (recon - x) / batch
    dW_dec = z.T @ dlogits
    dz = dlogits @ W_dec.T
    dmu = dz + mu / batch
    dlogvar = dz * eps * std * 0.5 + 0.5 * (np.exp(logvar) - 1) / batch
    dW_mu = x.T @ dmu
    dW_lv = x.T @ dlogvar
    return dW_mu, dW_lv, dW_dec


def logistic_loss(w, b, X, t):
    margin = t * (X @ w + b)
    return np.mean(np.log(1 + np.exp(-margin))) + 0.01 * w @ w


def logistic_gradient(w, b, X, t):
    margin = t * (X @ w + b)
    p = 1 / (1 + np.exp(margin))
    grad_w = -(X * (t * p)[:, None]).mean(axis=0) + 0.02 * w
    grad_b = -np.mean(t * p)
    return grad_w, grad_b


def list_net_forward(weights, biases, x, y):
    a = x
    for w, b in zip(weights, biases):
        z = np.dot(w, a) + b
        a = sigmoid(z)
    return 0.5 * np.sum((a - y) ** 2)


def list_net_backprop(weights, biases, x, y):
    nabla_b = [np.zeros(b.shape) for b in biases]
    nabla_w = [np.zeros(w.shape) for w in weights]
    activation = x
    activations = [x]
    zs = []
    for b, w in zip(biases, weights):
        z = np.dot(w, activation) + b
        zs.append(z)
        activation = sigmoid(z)
        activations.append(activation)
    delta = (activations[-1] - y) * sigmoid_gradient(zs[-1])
    nabla_b[-1] = delta
    nabla_w[-1] = np.dot(delta, activations[-2].transpose())
    for back in range(2, len(weights) + 1):
        sp = sigmoid_gradient(zs[-back])
        delta = np.dot(weights[-back + 1].transpose(), delta) * sp
        nabla_b[-back] = delta
        nabla_w[-back] = np.dot(delta, activations[-back - 1].transpose())
    return nabla_w, nabla_b
