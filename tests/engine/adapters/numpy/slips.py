"""The slips that people make in the code of `cases`: the lines as they are right, and as they are wrong."""

SLIPS = {
    "affine": [
        ("dx = dout.dot(w.T).reshape(x.shape)", "dx = dout.dot(w.T).reshape(x.shape) / x.shape[0]"),
        ("dw = x.reshape(x.shape[0], -1).T.dot(dout)", "dw = -x.reshape(x.shape[0], -1).T.dot(dout)"),
        (
            "db = np.sum(dout, axis=0)\n    return dx, dw, db\n\n\ndef relu_f",
            "db = np.mean(dout, axis=0)\n    return dx, dw, db\n\n\ndef relu_f",
        ),
        ("dw = x.reshape(x.shape[0], -1).T.dot(dout)", "dw = x.reshape(x.shape[0], -1).T.dot(np.ones_like(dout))"),
    ],
    "relu": [("dx = dout * (x > 0)", "dx = dout * x"), ("dx = dout * (x > 0)", "dx = (x > 0) * 1.0")],
    "affine_relu": [
        ("dx = dout * (x > 0)", "dx = dout"),
        ("dx = dout * (x > 0)", "dx = dout * np.maximum(x, 0)"),
        ("dx, dw, db = affine_backward(da, fc_cache)", "dx, dw, db = affine_backward(dout, fc_cache)"),
    ],
    "batchnorm": [
        ("dva2 = gamma * dva3", "dva2 = dva3"),
        ("dsqrtvar = -1.0 / (sqrtvar**2) * dinvvar", "dsqrtvar = 1.0 / (sqrtvar**2) * dinvvar"),
        ("dvar = 0.5 * (var + eps) ** (-0.5) * dsqrtvar", "dvar = (var + eps) ** (-0.5) * dsqrtvar"),
        ("dcarre = 1 / float(N) * np.ones(carre.shape) * dvar", "dcarre = np.ones(carre.shape) * dvar"),
        ("dxmu += 2 * xmu * dcarre", "dxmu += xmu * dcarre"),
        ("dmu = -np.sum(dxmu, axis=0)", "dmu = np.sum(dxmu, axis=0)"),
        ("dgamma = np.sum(va2 * dva3, axis=0)", "dgamma = np.sum(xmu * dva3, axis=0)"),
        ("dinvvar = np.sum(xmu * dva2, axis=0)", "dinvvar = np.sum(xmu * dva3, axis=0)"),
    ],
    "batchnorm_short": [
        ("* -0.5 * (var + eps) ** -1.5, axis=0)", "* -0.5 * (var + eps) ** -0.5, axis=0)"),
        (
            "dmean = np.sum(dx_hat * -1.0 / np.sqrt(var + eps), axis=0)",
            "dmean = np.sum(dx_hat * 1.0 / np.sqrt(var + eps), axis=0)",
        ),
        ("dx_hat = dout * gamma", "dx_hat = dout"),
        ("+ dvar * 2.0 * (x - mean) / N + dmean / N", "+ dvar * 2.0 * (x - mean) + dmean / N"),
    ],
    "batchnorm_one_go": [
        ("(m * dout - dbeta - x_hat * dgamma)", "(m * dout - dbeta + x_hat * dgamma)"),
        ("dx = gamma / np.sqrt(var + eps) / m", "dx = 1.0 / np.sqrt(var + eps) / m"),
    ],
    "layernorm": [
        ("- xn * np.mean(dxn * xn, axis=1, keepdims=True)) / std", "- np.mean(dxn * xn, axis=1, keepdims=True)) / std"),
        ("dxn = dout * gamma", "dxn = dout"),
        (
            "dgamma = np.sum(dout * xn, axis=0)\n    dbeta = np.sum(dout, axis=0)\n    dxn",
            "dgamma = np.sum(dout, axis=0)\n    dbeta = np.sum(dout, axis=0)\n    dxn",
        ),
    ],
    "dropout": [("dx = dout * mask", "dx = dout * (mask > 0)")],
    "conv": [
        ("db = np.sum(dout, axis=(0, 2, 3))", "db = np.sum(dout, axis=(0, 1, 2))[:2]"),
        ("dw[f] += dout[n, f, i, j] * window", "dw[f] = dout[n, f, i, j] * window"),
        ("+= dout[n, f, i, j] * w[f]\n", "= dout[n, f, i, j] * w[f]\n"),
    ],
    "max_pool": [
        ("passed = mask * dout[n, c, i, j]", "passed = (region == np.min(region)) * dout[n, c, i, j]"),
        ("passed = mask * dout[n, c, i, j]", "passed = mask * 1.0"),
    ],
    "softmax_loss": [
        ("dx[np.arange(N), y] -= 1\n", "dx[np.arange(N), y] += 1\n"),
        ("dx[np.arange(N), y] -= 1\n    dx /= N", "dx[np.arange(N), y] -= 1\n    dx *= N"),
    ],
    "svm_loss": [("dx[np.arange(N), y] -= num_pos", "dx[np.arange(N), y] -= 1")],
    "rnn_step": [
        ("dtanh = dnext_h * (1 - next_h**2)", "dtanh = dnext_h * (1 - next_h)"),
        ("dWh = prev_h.T.dot(dtanh)", "dWh = next_h.T.dot(dtanh)"),
    ],
    "rnn": [
        ("dtanh = dnext_h * (1 - next_h**2)", "dtanh = dnext_h * (1 - next_h)"),
        ("dWx += dWx_t", "dWx = dWx_t"),
        ("dprev_h = dtanh.dot(Wh.T)", "dprev_h = dtanh.dot(Wh)"),
        ("dcurrent = dh[:, t, :] + dprev", "dcurrent = dh[:, t, :]"),
        ("dWh = prev_h.T.dot(dtanh)", "dWh = next_h.T.dot(dtanh)"),
    ],
    "lstm_step": [
        ("dag = dg * (1 - g**2)", "dag = dg * (1 - g)"),
        ("daf = df * f * (1 - f)", "daf = df * f"),
        ("dc = dnext_c + dnext_h * o * (1 - tanh_c**2)", "dc = dnext_h * o * (1 - tanh_c**2)"),
        ("df = dc * prev_c", "df = dc * next_c"),
        ("dprev_c = dc * f", "dprev_c = dc * i"),
    ],
    "attention": [
        (
            "dscores = A * (dA - np.sum(dA * A, axis=-1, keepdims=True))",
            "dscores = A * (dA - np.sum(dA, axis=-1, keepdims=True))",
        ),
        ("dscores /= np.sqrt(d)", "dscores /= d"),
        ("dscores = A * (dA - np.sum(dA * A, axis=-1, keepdims=True))", "dscores = A * (1 - A) * dA"),
        ("dK = dscores.transpose(0, 2, 1) @ Q", "dK = dscores @ Q"),
    ],
    "embedding": [("np.add.at(dW, x, dout)", "dW[x] = dout"), ("np.add.at(dW, x, dout)", "dW[x] += dout")],
    "two_layer": [
        ("dscores[range(N), y] -= 1\n    dscores /= N", "dscores[range(N), y] -= 1\n    dscores /= N * N"),
        ("dhidden[h <= 0] = 0", "dhidden[scores[:, :1] + 0 * h <= 0] = 0"),
        ("dhidden = dscores.dot(W2.T)", "dhidden = dscores.dot(W2.T) * h"),
        ('grads["W1"] += 0.1 * W1', 'grads["W1"] += 0.05 * W1'),
        ('grads["b1"] = np.sum(dhidden, axis=0)', 'grads["b1"] = np.sum(dhidden)'),
        ('grads["W2"] += 0.1 * W2', 'grads["W2"] += 0.1 * np.abs(W2)'),
        ('grads["W1"] = X.T.dot(dhidden)', 'grads["W1"] = X.T.dot(dscores.dot(W2.T))'),
    ],
    "course": [
        ("dZ[Z <= 0] = 0", "dZ[Z <= 0] = 1"),
        ("dZ = dA * s * (1 - s)", "dZ = dA * s"),
        ("dW = 1.0 / m * np.dot(dZ, A_prev.T)", "dW = np.dot(dZ, A_prev.T)"),
        (
            "dAL = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))",
            "dAL = -(np.divide(Y, AL) + np.divide(1 - Y, 1 - AL))",
        ),
        ("db = 1.0 / m * np.sum(dZ, axis=1, keepdims=True)", "db = 1.0 / m * np.sum(dZ)"),
        ("dA_prev = np.dot(W.T, dZ)", "dA_prev = np.dot(W.T, dZ) / m"),
    ],
    "shallow": [
        ("dZ1 = np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))", "dZ1 = np.dot(W2.T, dZ2) * (1 - A1)"),
        ("dZ2 = A2 - Y\n", "dZ2 = Y - A2\n"),
        ("dW1 = np.dot(dZ1, X.T) / m", "dW1 = np.dot(dZ1, X.T)"),
        ("db1 = np.sum(dZ1, axis=1, keepdims=True) / m", "db1 = np.sum(dZ1, axis=1) / m"),
        ("dW2 = np.dot(dZ2, A1.T) / m", "dW2 = np.dot(dZ2, np.dot(W1, X).T) / m"),
    ],
    "svm_naive": [("dW += 2 * reg * W", "dW += reg * W"), ("dW[:, y[i]] -= X[i]", "dW[:, y[i]] -= 2 * X[i]")],
    "model": [
        ("dz = dout * (1 - self.out**2)", "dz = dout * (1 - self.out)"),
        ("self.dW = self.x.T @ dz", "self.dW = self.x.T @ dout"),
        ("return dz @ self.W.T", "return dout @ self.W.T"),
        ("self.db = dz.sum(axis=0)", "self.db = dz.mean(axis=0)"),
    ],
    "regression": [
        ("derr = 2 * self.err / self.err.size", "derr = 2 * self.err / len(self.err)"),
        ('self.grads["W"] = self.X.T @ derr', 'self.grads["W"] = self.X.T @ self.err'),
    ],
    "blog": [
        ("l2_error = l2 - y", "l2_error = y - l2"),
        ("l1_delta = l1_error * nonlin(l1, deriv=True)", "l1_delta = l1_error * nonlin(l1)"),
        ("l1_error = l2_delta.dot(syn1.T)", "l1_error = l2_error.dot(syn1.T)"),
    ],
    "ml_course": [
        (
            "delta2 = delta3 @ Theta2[:, 1:] * sigmoid_gradient(z2)",
            "delta2 = delta3 @ Theta2[:, 1:] * sigmoid_gradient(a1 @ Theta1.T + 1)",
        ),
        ("Theta1_grad[:, 1:] += lam / m * Theta1[:, 1:]", "Theta1_grad += lam / m * Theta1"),
        ("Theta2_grad = delta3.T @ a2 / m", "Theta2_grad = delta3.T @ a2"),
        ("delta3 = h - Y", "delta3 = (h - Y) * h * (1 - h)"),
    ],
    "char_rnn": [
        ("dhraw = (1 - hs[t] * hs[t]) * dh", "dhraw = (1 - hs[t]) * dh"),
        ("dhnext = np.dot(Whh.T, dhraw)", "dhnext = np.dot(Whh, dhraw)"),
        ("dh = np.dot(Why.T, dy) + dhnext", "dh = np.dot(Why.T, dy)"),
        ("dWhh += np.dot(dhraw, hs[t - 1].T)", "dWhh += np.dot(dhraw, hs[t].T)"),
        ("dby += dy", "dby = dy"),
    ],
    "im2col": [
        ("self.db = np.sum(dout, axis=0)\n        self.dW", "self.db = np.mean(dout, axis=0)\n        self.dW"),
        ("img[:, :, i : i + out_h, j : j + out_w] += col", "img[:, :, i : i + out_h, j : j + out_w] = col"),
        ("self.dW = self.dW.transpose(1, 0).reshape(FN, C, FH, FW)", "self.dW = self.dW.reshape(FN, C, FH, FW)"),
    ],
    "groupnorm": [
        ("dmean = N1 + N2", "dmean = N1 * 0.5"),
        ("dx_norm = (dout * gamma).reshape(N, G, C // G, H, W)", "dx_norm = dout.reshape(N, G, C // G, H, W)"),
        ("dvar * 2.0 * (x_group - mean) / m + dmean / m", "dvar * 2.0 * (x_group - mean) / m + dmean / (H * W)"),
        ("* -0.5 * (var + eps) ** (-1.5), axis=(2, 3, 4)", "* 0.5 * (var + eps) ** (-1.5), axis=(2, 3, 4)"),
    ],
    "gru": [
        ("dz = dh_new * (c - h)", "dz = dh_new * c"),
        ("dr = drh * h", "dr = drh * rh"),
        ("dx = dgates @ W.T + dc_in @ Wh.T", "dx = dgates @ W.T"),
        ("dc_in = dc * (1 - c**2)", "dc_in = dc * (1 - c) ** 2"),
    ],
    "word2vec": [
        ("grad_outside = np.outer(delta, center)", "grad_outside = np.outer(y_hat, center)"),
        ("delta[index] -= 1\n    grad_center = outside.T", "delta[index] = -1\n    grad_center = outside.T"),
    ],
    "neg_sampling": [
        ("grad_outside[k] += (1", "grad_outside[k] = (1"),
        (
            "grad_outside[index] += (sigmoid(u_o @ center) - 1) * center",
            "grad_outside[index] += sigmoid(u_o @ center) * center",
        ),
    ],
    "net_class": [
        ('grads["W2"] = act.T.dot(dscores) + self.reg * W2', 'grads["W2"] = act.T.dot(dscores) + 2 * self.reg * W2'),
        ("dhidden = dact * (hidden > 0)", "dhidden = dact * (hidden > 1)"),
        ("dact = dscores.dot(W2.T)", "dact = np.exp(logp).dot(W2.T)"),
        ('grads["b1"] = dhidden.sum(axis=0)', 'grads["b1"] = dact.sum(axis=0)'),
    ],
    "vae": [
        ("dmu = dz + mu / batch", "dmu = dz"),
        ("dmu = dz + mu / batch", "dmu = dz + mu"),
        ("dlogvar = dz * eps * std * 0.5", "dlogvar = dz * eps * std"),
        ("dlogits = (recon - x) / batch", "dlogits = (recon - x) * recon * (1 - recon) / batch"),
    ],
    "logistic": [("+ 0.02 * w\n", "+ 0.01 * w\n"), ("grad_b = -np.mean(t * p)", "grad_b = np.mean(t * p)")],
    "list_net": [
        (
            "delta = np.dot(weights[-back + 1].transpose(), delta) * sp",
            "delta = np.dot(weights[-back + 1].transpose(), delta)",
        ),
        ("delta = (activations[-1] - y) * sigmoid_gradient(zs[-1])", "delta = activations[-1] - y"),
        (
            "nabla_w[-back] = np.dot(delta, activations[-back - 1].transpose())",
            "nabla_w[-back] = np.dot(delta, activations[-back - 1].transpose()) * 2",
        ),
    ],
    "staged": [
        ("dxmu2 = 2 * xmu * dsq", "dxmu2 = xmu * dsq"),
        ("dx1 = dxmu1 + dxmu2", "dx1 = dxmu1"),
        ("dxhat = dgammax * gamma", "dxhat = dgammax * xhat"),
        ("divar = np.sum(dxhat * xmu, axis=0)", "divar = np.sum(dxhat, axis=0)"),
        ("dx2 = 1.0 / N * np.ones((N, D)) * dmu", "dx2 = np.ones((N, D)) * dmu"),
        ("dsqrtvar = -1.0 / (sqrtvar**2) * divar", "dsqrtvar = -1.0 / sqrtvar * divar"),
    ],
    "lstm_cell": [
        ("dot = da_next * np.tanh(c_next) * ot * (1 - ot)", "dot = da_next * np.tanh(c_next) * ot"),
        ("dit = (dc_next * cct + ot", "dit = (dc_next * it + ot"),
        ("dc_prev = dc_next * ft + ot * (1 - np.square(np.tanh(c_next))) * ft * da_next", "dc_prev = dc_next * ft"),
        ("dWi = np.dot(dit, concat.T)", "dWi = np.dot(dft, concat.T)"),
        ("dbo = np.sum(dot, axis=1, keepdims=True)", "dbo = np.sum(dot, axis=1)"),
    ],
    "conv_course": [
        ("dW[:, :, :, c] += a_slice * dZ[i, h, w, c]", "dW[:, :, :, c] = a_slice * dZ[i, h, w, c]"),
        ("db[:, :, :, c] += dZ[i, h, w, c]", "db[:, :, :, c] += dZ[i, h, w, 0]"),
        (
            "da_prev_pad[rows, cols, :] += W[:, :, :, c] * dZ[i, h, w, c]",
            "da_prev_pad[rows, cols, :] += a_slice * dZ[i, h, w, c]",
        ),
        ("dA_prev[i, :, :, :] = da_prev_pad[pad:-pad, pad:-pad, :]", "dA_prev[i, :, :, :] = da_prev_pad[:-2, :-2, :]"),
    ],
    "norm_layer": [
        ("self.beta.gradient = np.sum(accum_grad, axis=0)", "self.beta.gradient = np.mean(accum_grad, axis=0)"),
        (
            "self.gamma.gradient = np.sum(accum_grad * X_norm, axis=0)",
            "self.gamma.gradient = np.sum(accum_grad * self.X_centered, axis=0)",
        ),
    ],
    "gelu": [
        ("dinner = dtanh * (1 - t**2)", "dinner = dtanh * (1 - t)"),
        ("dx += 0.5 * (1 + t) * dout", "dx += 0.5 * t * dout"),
        ("dtanh = 0.5 * x * dout", "dtanh = 0.5 * dout"),
        ("(1 + 3 * 0.044715 * x**2)", "(1 + 0.044715 * x**2)"),
    ],
    "contrastive": [
        ("ddist = (2 * y * dist - 2 * (1 - y) * hinge) / n", "ddist = (2 * y * dist + 2 * (1 - y) * hinge) / n"),
        ("dx2 = -ddiff", "dx2 = ddiff"),
        ("ddiff = ddist[:, None] * diff / dist[:, None]", "ddiff = ddist[:, None] * diff"),
        ("ddist = (2 * y * dist - 2 * (1 - y) * hinge) / n", "ddist = 2 * y * dist - 2 * (1 - y) * hinge"),
    ],
    "net": [
        (
            "delta = (delta @ self.weights[i].T) * (1 - self.activations[i] ** 2)",
            "delta = (delta @ self.weights[i].T) * (1 - self.zs[i-1] ** 2)",
        ),
        ("delta = (self.activations[-1] - self.t) / m", "delta = (self.t - self.activations[-1]) / m"),
        (
            "self.grad_biases[i] = delta.sum(axis=0, keepdims=True)",
            "self.grad_biases[i] = delta.mean(axis=0, keepdims=True)",
        ),
    ],
    "lists": [
        ("delta = upstream * (1 - acts[i] ** 2)", "delta = upstream * (1 - acts[i])"),
        ("delta = (acts[-1] - t) / len(t)", "delta = acts[-1] - t"),
        ("grad_w[i] = acts[i].T @ delta\n        grad_b", "grad_w[i] = acts[i].T @ (delta * delta)\n        grad_b"),
        ("upstream = delta @ weights[i].T", "upstream = delta @ np.abs(weights[i].T)"),
    ],
    "mha": [
        ("datt = datt / np.sqrt(C // H)", "datt = datt / np.sqrt(C)"),
        ("dk = datt.transpose(0, 1, 3, 2) @ q", "dk = datt @ q"),
        (
            "datt = p * (dp - (dp * p).sum(axis=-1, keepdims=True))",
            "datt = p * (dp - (dp * p).sum(axis=-2, keepdims=True))",
        ),
        ("dx = dq @ Wq.T + dk @ Wk.T + dv @ Wv.T", "dx = dq @ Wq.T + dk @ Wk.T"),
        ("dv = p.transpose(0, 1, 3, 2) @ dy", "dv = p @ dy"),
        ("dWk = x2.T @ dk.reshape(-1, C)", "dWk = x2.T @ dq.reshape(-1, C)"),
    ],
    "linreg": [
        ("grad[1:] = grad[1:] + lam / m * theta[1:]", "grad = grad + lam / m * theta"),
        ("grad = 1 / m * X.T.dot(h - y)", "grad = X.T.dot(h - y)"),
    ],
    "logreg": [
        ("db = 1 / m * np.sum(A - Y)", "db = np.sum(A - Y)"),
        ("dw = 1 / m * np.dot(X, (A - Y).T)", "dw = 1 / m * np.dot(X, (Y - A).T)"),
    ],
    "rms": [
        ("dms = dr * -0.5 * r**3", "dms = dr * -0.5 * r**2"),
        ("dx = dxh * r + dms * 2 * x / x.shape[-1]", "dx = dxh * r + dms * x / x.shape[-1]"),
        ("dr = (dxh * x).sum(-1, keepdims=True)", "dr = (dout * x).sum(-1, keepdims=True)"),
        ("dg = (dout * xh).sum(axis=(0, 1))", "dg = (dout * x).sum(axis=(0, 1))"),
    ],
    "avg_pool": [("axis=3) / (size * size)", "axis=3) / size")],
    "bag": [
        ("dE[j] += dh[i] / idx.shape[1]", "dE[j] = dh[i] / idx.shape[1]"),
        ("dE[j] += dh[i] / idx.shape[1]", "dE[j] += dh[i]"),
        ("dh = ds @ W.T", "dh = ds @ W.T * h"),
        ("dW = h.T @ ds", "dW = E[idx].sum(axis=1).T @ ds"),
    ],
}
