"""Forecasts of a series without a short season: its last level, damped trends and the year before, and a learnt correction.

All is counted from the last value, in units of the window's usual step, so rescaled or shifted values give rescaled or shifted
forecasts.
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

FEATURES = 7
SPREADS = 3
FAR = 60.0  # steps: what lies further from the last value says no more


@dataclass(frozen=True)
class Level:
    lookback: int
    horizon: int
    quantiles: tuple[float, ...]  # ascending, .5 among them
    alphas: tuple[float, ...] = (0.2, 0.5)  # smoothing of the level, a step each
    trends: tuple[int, ...] = (4, 13, 26, 52)  # steps a trend is taken over
    damping: float = 0.9
    lags: tuple[int, ...] = ()  # how many steps back a season may lie; each at least the horizon
    gate: int = 16
    hidden: int = 64

    @property
    def basis(self) -> np.ndarray:
        """[horizon, 3]: what weights may vary with, step by step."""
        step = np.arange(self.horizon)
        return np.stack([np.ones(self.horizon), step / self.horizon, np.exp(-step / 3)], axis=1).astype(np.float32)

    @property
    def experts(self) -> int:
        return 1 + len(self.alphas) + len(self.trends) + 2 * len(self.lags)


def initial(shape: Level, seed: int) -> dict:
    random = np.random.default_rng(seed)
    q, e, h = len(shape.quantiles), shape.experts, shape.horizon
    weights = {
        "gate_in": random.normal(0, 0.3, (FEATURES, shape.gate)),
        "gate_bias": np.zeros(shape.gate),
        "gate_out": np.zeros((shape.gate, 3 * e)),
        "mix": np.zeros((3, e)),
        "width": np.full((1, SPREADS * q), -1.0),
        "tilt": np.zeros((2, SPREADS * q)),
        "width_gate": np.zeros((shape.gate, 1)),
        "in": random.normal(0, shape.lookback**-0.5, (shape.lookback, shape.hidden)),
        "in_bias": np.zeros(shape.hidden),
        "out": np.zeros((shape.hidden, h)),
        "linear": np.zeros((shape.lookback, h)),
    }
    return {key: jnp.asarray(value, dtype=jnp.float32) for key, value in weights.items()}


def network(ops, shape: Level, weights: dict, history):
    """Quantiles [batch, horizon, Q] of `history` [batch, lookback] (NaN: the value before still holds)."""
    return combined(ops, shape, weights, *read(ops, shape, history))


def read(ops, shape: Level, history) -> tuple:
    """All that is known before anything is learnt; training reads every window once."""
    n, h = shape.lookback, shape.horizon
    values = ops.held(history, n)
    last = ops.slice(values, 1, n - 1, n)
    moves = ops.slice(values, 1, 1, n) - ops.slice(values, 1, 0, n - 1)
    size = ops.mean(ops.abs(values), 1)
    unit = ops.maximum(ops.maximum(ops.mean(ops.abs(moves), 1), size * 1e-4), 1e-12)
    x = ops.maximum(ops.minimum((values - last) / unit, FAR), -FAR)
    step = moves / unit
    experts = [x @ ops.const(np.zeros((n, h)))]
    for alpha in shape.alphas:
        weight = alpha * (1 - alpha) ** np.arange(n)[::-1]
        experts.append((x @ ops.const(weight[:, None] / weight.sum())) @ ops.const(np.ones((1, h))))
    damp = np.cumsum(shape.damping ** np.arange(1, h + 1))[None, :]
    for rows in shape.trends:
        slope = np.zeros((n, 1))
        slope[n - 1], slope[n - 1 - rows] = 1 / rows, -1 / rows
        experts.append((x @ ops.const(slope)) @ ops.const(damp))
    for lag in shape.lags:
        experts += [x @ ops.const(season(n, h, lag, 0)), x @ ops.const(season(n, h, lag, 2))]
    stacked = ops.concat([ops.reshape(expert, h, 1) for expert in experts], 2)
    recent = ops.mean(ops.abs(ops.slice(step, 1, n - 1 - 13, n - 1)), 1)
    echo = ops.mean(ops.slice(step, 1, 1, n - 1) * ops.slice(step, 1, 0, n - 2), 1)
    between = ops.mean(ops.mean(ops.abs(stacked - ops.mean(stacked, 2)), 2), 1)
    trend = (x @ ops.const(first(n))) / float(np.sqrt(n))
    lag = shape.lags[0] if shape.lags else 1
    repeats = ops.mean(ops.slice(step, 1, lag, n - 1) * ops.slice(step, 1, 0, n - 1 - lag), 1)
    relative = ops.log(unit / ops.maximum(size, 1e-12) + 1e-4)
    features = ops.concat(
        [recent, echo, ops.reshape(between, 1) / 4.0, trend, ops.abs(trend), repeats, relative / 4.0], 1
    )
    features = ops.maximum(ops.minimum(features, 3.0), -3.0)
    ones = ops.const(np.ones((h, 1)))
    apart = ops.mean(ops.abs(stacked - ops.mean(stacked, 2)), 2)
    lately = ops.reshape(recent, 1, 1) * ones
    # The usual step itself is 1 by definition; the term of nothing only gives it the batch axis.
    spread = ops.concat([lately * 0.0 + 1.0, lately, apart], 2)
    return stacked, features, spread, x, unit, last


def combined(ops, shape: Level, weights: dict, stacked, features, spread, x, unit, last):
    const = {key: ops.const(value) for key, value in weights.items() if key not in ("width", "tilt")}
    gate = ops.relu(features @ const["gate_in"] + const["gate_bias"])
    logits = ops.const(shape.basis) @ (ops.reshape(gate @ const["gate_out"], 3, shape.experts) + const["mix"])
    near = x / 8.0
    correction = near @ const["linear"] + ops.relu(near @ const["in"] + const["in_bias"]) @ const["out"]
    centre = ops.sum(ops.softmax(logits) * stacked, 2) + ops.reshape(correction, shape.horizon, 1)
    wider = ops.reshape(ops.exp(gate @ const["width_gate"]), 1, 1)
    offsets = ops.reshape(spread * wider, shape.horizon, 1, SPREADS) @ ops.const(widths(shape, weights))
    result = centre + ops.reshape(offsets, shape.horizon, len(shape.quantiles))
    return result * ops.reshape(unit, 1, 1) + ops.reshape(last, 1, 1)


def widths(shape: Level, weights: dict):
    """[horizon, SPREADS, Q]: offsets from the centre in each kind of spread; never crossing. Errors grow like a walk's."""
    q = len(shape.quantiles)
    middle = shape.quantiles.index(0.5)
    steps = jax.nn.softplus(shape.basis @ jnp.concatenate([weights["width"], weights["tilt"]]))
    steps = steps.reshape(shape.horizon, SPREADS, q) * jnp.sqrt(jnp.arange(1.0, shape.horizon + 1))[:, None, None]
    above = jnp.cumsum(steps[:, :, middle + 1 :], axis=2)
    below = -jnp.cumsum(steps[:, :, :middle][:, :, ::-1], axis=2)[:, :, ::-1]
    return jnp.concatenate([below, jnp.zeros((shape.horizon, SPREADS, 1)), above], axis=2)


def season(n: int, h: int, lag: int, smooth: int) -> np.ndarray:
    """[n, h]: how far the series went in the `h` steps that followed the same place one `lag` ago, smoothed over 2 * smooth + 1."""
    weights = np.zeros((n, h))
    start = n - lag
    for step in range(h):
        low, high = start + step - smooth, start + step + smooth + 1
        weights[low:high, step] += 1 / (high - low)
        low, high = start - 1 - smooth, start + smooth
        weights[low:high, step] -= 1 / (high - low)
    return weights


def first(n: int) -> np.ndarray:
    """Picks how far the window's beginning lies above its end, turned: the way the series came."""
    weights = np.zeros((n, 1))
    weights[0] = -1
    return weights
