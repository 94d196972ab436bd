"""A linear map of the window, relative to its last value, to the horizon (Zeng et al. 2023 showed that little beats it on ETT)."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Linear:
    lookback: int
    horizon: int
    quantiles: tuple[float, ...]


def fitted(shape: Linear, series: np.ndarray, penalty: float) -> dict:
    """Ridge regression over every window of every row of `series` [n, time]; the band from the residuals, step by step."""
    n, h = shape.lookback, shape.horizon
    starts = range(series.shape[1] - n - h + 1)
    gram, cross = np.zeros((n, n)), np.zeros((n, h))
    blocks = []
    for line in series:
        x = np.stack([line[start : start + n] for start in starts])
        y = np.stack([line[start + n : start + n + h] for start in starts])
        last = x[:, -1:]
        x, y = x - last, y - last
        gram, cross = gram + x.T @ x, cross + x.T @ y
        blocks.append((x, y))
    weights = np.linalg.solve(gram + penalty * np.eye(n), cross)
    residual = np.concatenate([y - x @ weights for x, y in blocks])
    offsets = np.stack([np.zeros(h) if q == 0.5 else np.quantile(residual, q, axis=0) for q in shape.quantiles], axis=1)
    return {"map": weights.astype(np.float32), "offsets": offsets.astype(np.float32)}


def network(ops, shape: Linear, weights: dict, history):
    """Quantiles [batch, horizon, Q]; the middle one is the mean, which squared error asks for. The band is in the unit the
    series were fitted in."""
    n = shape.lookback
    values = ops.held(history, n)
    last = ops.slice(values, 1, n - 1, n)
    centre = (values - last) @ ops.const(weights["map"]) + last
    return ops.reshape(centre, shape.horizon, 1) + ops.const(weights["offsets"])
