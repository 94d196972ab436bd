"""The scorer of RootCauseAnalyzer: forward() for training (JAX) and emit() for ONNX say the same."""

import numpy as np

HOPS = 8
HIDDEN, SECOND, POOLED = 24, 16, 8
PER_NODE, OF_GRAPH = 18, 7
FAR = 1e4


def context_of(xp, nodes, calls, mask):
    """What a node's row and its neighbours say: [batch, nodes, PER_NODE], and of the whole: [batch, OF_GRAPH]."""
    level = xp.arcsinh(nodes[:, :, 0:3]) * mask[:, :, None]
    z, other = level[:, :, 0], level[:, :, 1]
    share, has_share, target = nodes[:, :, 3], nodes[:, :, 4], nodes[:, :, 6]
    raised = xp.maximum(z, 0)
    callees = (calls * raised[:, None, :]).max(2)
    callers = (calls * raised[:, :, None]).max(1)
    below = xp.minimum((calls * xp.maximum(share, 0)[:, None, :]).sum(2), 4.0)
    asked = target.max(1, keepdims=True)
    drawn = calls.max(2).max(1)[:, None]
    reach = target
    for _ in range(HOPS):
        reach = xp.maximum(reach, xp.minimum(xp.squeeze(xp.matmul(reach[:, None, :], calls), 1), 1.0))
    reach = xp.maximum(reach, 1 - xp.minimum(asked, drawn)) * mask
    own = xp.minimum(xp.maximum(share - below, -2.0), 2.0)
    highest = (z * mask - FAR * (1 - mask)).max(1, keepdims=True)
    highest_other = (other * mask - FAR * (1 - mask)).max(1, keepdims=True)
    everywhere = xp.ones_like(z)
    columns = [
        callees, callers, below, own, reach, z - highest, other - highest_other, own * xp.minimum(raised, 3.0),
        drawn * everywhere, asked * everywhere,
    ]  # fmt: skip
    rest = nodes[:, :, 3:9]
    per_node = xp.concatenate([level[:, :, 0:2], rest] + [c[:, :, None] for c in columns], axis=2)
    pooled = [
        highest, highest_other, (own * reach).max(1, keepdims=True), (z * target).sum(1, keepdims=True),
        (nodes[:, :, 5] * reach).max(1, keepdims=True), (own * reach * xp.minimum(raised, 3.0)).max(1, keepdims=True), asked,
    ]  # fmt: skip
    return per_node, xp.concatenate(pooled, axis=1)


def forward(weights, nodes, calls, mask, xp=np):
    """Probabilities [batch, nodes]; what is missing to 1 is that there is no cause."""
    return xp.exp(log_scores(weights, nodes, calls, mask, xp))[:, :-1]


def log_scores(weights, nodes, calls, mask, xp=np):
    per_node, pooled = context_of(xp, nodes, calls, mask)
    hidden = xp.maximum(per_node @ weights["w1"] + weights["b1"], 0)
    hidden = xp.maximum(hidden @ weights["w2"] + weights["b2"], 0)
    logit = (hidden @ weights["w3"])[:, :, 0] + per_node[:, :, 0] * weights["slope"][0] - FAR * (1 - mask)
    nothing = xp.maximum(pooled @ weights["p1"] + weights["q1"], 0) @ weights["p2"] + weights["q2"]
    logits = xp.concatenate([logit, nothing], axis=1)
    top = logits.max(1, keepdims=True)
    return logits - top - xp.log(xp.exp(logits - top).sum(1, keepdims=True))


def initial(rng) -> dict:
    def layer(rows, columns):
        return rng.standard_normal((rows, columns)) * np.sqrt(2 / rows)

    return {
        "w1": layer(PER_NODE, HIDDEN), "b1": np.zeros(HIDDEN), "w2": layer(HIDDEN, SECOND), "b2": np.zeros(SECOND),
        "w3": layer(SECOND, 1), "slope": np.full(1, 0.5), "p1": layer(OF_GRAPH, POOLED), "q1": np.zeros(POOLED),
        "p2": layer(POOLED, 1), "q2": np.zeros(1),
    }  # fmt: skip


def fit(cases, held, seed: int, say, epochs: int = 40, batch: int = 100) -> dict:
    """Adam on the cross entropy of the right node (or of none); the best weights on the held-out graphs."""
    import jax
    import jax.numpy as jnp

    rng = np.random.default_rng(seed)
    weights = {key: jnp.asarray(value, jnp.float32) for key, value in initial(rng).items()}

    def loss(weights, nodes, calls, mask, truth):
        log = log_scores(weights, nodes, calls, mask, jnp)
        decay = sum(jnp.sum(value**2) for key, value in weights.items() if key.startswith(("w", "p")))
        return -jnp.take_along_axis(log, truth[:, None], 1).mean() + 1e-4 * decay

    @jax.jit
    def step(weights, first, second, rate, count, *data):
        gradient = jax.grad(loss)(weights, *data)
        first = {k: 0.9 * first[k] + 0.1 * gradient[k] for k in weights}
        second = {k: 0.999 * second[k] + 0.001 * gradient[k] ** 2 for k in weights}
        moved = {
            k: weights[k] - rate * (first[k] / (1 - 0.9**count)) / (jnp.sqrt(second[k] / (1 - 0.999**count)) + 1e-8)
            for k in weights
        }
        return moved, first, second

    judge = jax.jit(lambda weights, *data: loss(weights, *data))
    zero = {key: jnp.zeros_like(value) for key, value in weights.items()}
    first, second, best, count = zero, zero, (np.inf, weights), 0
    for epoch in range(epochs):
        order = rng.permutation(len(cases[0]))
        rate = 0.01 * 0.5 * (1 + np.cos(np.pi * epoch / epochs))
        for start in range(0, len(order) - batch + 1, batch):
            rows = order[start : start + batch]
            count += 1
            weights, first, second = step(weights, first, second, rate, float(count), *(part[rows] for part in cases))
        value = float(judge(weights, *held))
        if value < best[0]:
            best = (value, weights)
        if epoch % 10 == 9:
            say(f"epoch {epoch + 1}: held-out loss {value:.4f}")
    return {key: np.asarray(value, np.float64) for key, value in best[1].items()}


def emit(weights: dict, op, put) -> str:
    """log_scores and forward as ONNX operators; `op` adds one, `put` a constant. Returns the output's name."""
    f32, i64 = (lambda value: put(np.asarray(value, np.float32))), (lambda value: put(np.asarray(value, np.int64)))
    one, zero = f32(1), f32(0)

    def column(start: int, end: int | None = None) -> str:
        part = op("Slice", "nodes", i64([start]), i64([end or start + 1]), i64([2]))
        return part if end else op("Squeeze", part, i64([2]))

    def wide(name: str, axis: int) -> str:
        return op("Unsqueeze", name, i64([axis]))

    def most(name: str, axis: int, keep: int = 0) -> str:
        return op("ReduceMax", name, axes=[axis], keepdims=keep)

    def product(first: str, *others: str) -> str:
        for other in others:
            first = op("Mul", first, other)
        return first

    asinh = op("Mul", op("Asinh", column(0, 3)), wide("mask", 2))
    z, other = (op("Squeeze", op("Slice", asinh, i64([k]), i64([k + 1]), i64([2])), i64([2])) for k in (0, 1))
    share, rarity, target = column(3), column(5), column(6)
    raised = op("Max", z, zero)
    capped = op("Min", raised, f32(3))
    callees = most(product("calls", wide(raised, 1)), 2)
    callers = most(product("calls", wide(raised, 2)), 1)
    below = op("Min", op("ReduceSum", product("calls", wide(op("Max", share, zero), 1)), i64([2]), keepdims=0), f32(4))
    asked = most(target, 1, 1)
    drawn = wide(most(most("calls", 2), 1), 1)
    reach = target
    for _ in range(HOPS):
        called = op("Squeeze", op("MatMul", wide(reach, 1), "calls"), i64([1]))
        reach = op("Max", reach, op("Min", called, one))
    reach = product(op("Max", reach, op("Sub", one, op("Min", asked, drawn))), "mask")
    own = op("Min", op("Max", op("Sub", share, below), f32(-2)), f32(2))
    absent = product(op("Sub", one, "mask"), f32(FAR))
    highest = most(op("Sub", product(z, "mask"), absent), 1, 1)
    highest_other = most(op("Sub", product(other, "mask"), absent), 1, 1)
    ones = op("Add", product(z, zero), one)
    columns = [
        callees, callers, below, own, reach, op("Sub", z, highest), op("Sub", other, highest_other), product(own, capped),
        product(drawn, ones), product(asked, ones),
    ]  # fmt: skip
    levels = op("Slice", asinh, i64([0]), i64([2]), i64([2]))
    per_node = op("Concat", levels, column(3, 9), *(wide(name, 2) for name in columns), axis=2)
    pooled = op(
        "Concat", highest, highest_other, most(product(own, reach), 1, 1),
        op("ReduceSum", product(z, target), i64([1]), keepdims=1), most(product(rarity, reach), 1, 1),
        most(product(own, reach, capped), 1, 1), asked, axis=1,
    )  # fmt: skip

    def layer(name: str, matrix: str, bias: str) -> str:
        return op("Add", op("MatMul", name, f32(weights[matrix])), f32(weights[bias]))

    hidden = op("Relu", layer(op("Relu", layer(per_node, "w1", "b1")), "w2", "b2"))
    logit = op("Squeeze", op("MatMul", hidden, f32(weights["w3"])), i64([2]))
    logit = op("Sub", op("Add", logit, product(z, f32(weights["slope"][0]))), absent)
    nothing = layer(op("Relu", layer(pooled, "p1", "q1")), "p2", "q2")
    chances = op("Softmax", op("Concat", logit, nothing, axis=1), axis=1)
    return op("Slice", chances, i64([0]), i64([-1]), i64([1]))
