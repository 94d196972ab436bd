"""Training of forecasts across series: windows that end before the held-out part, pinball loss, Adam."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np


def windows(series: np.ndarray, ends: list[int], lookback: int, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """`series` [n, time]; for every end the `lookback` values before it (NaN where there were none) and `horizon` from it."""
    padded = np.concatenate([np.full((len(series), lookback), np.nan), series], axis=1)
    before = [padded[:, end : end + lookback] for end in ends]
    after = [series[:, end : end + horizon] for end in ends]
    return np.concatenate(before).astype(np.float32), np.concatenate(after).astype(np.float32)


def seasonal_error(history: np.ndarray, period: int) -> np.ndarray:
    """[n]: mean size of the change over one period; the unit errors are counted in (as in MASE)."""
    change = np.abs(history[:, period:] - history[:, :-period])
    mean = np.nanmean(np.where(np.isnan(change), np.nan, change), axis=1)
    size = np.nanmean(np.abs(history), axis=1)
    return np.maximum(mean, 0.02 * size + 1e-9).astype(np.float32)


def pinball(forecast, actual, quantiles):
    """Mean over what was observed; `forecast` [n, h, Q]."""
    error = actual[:, :, None] - forecast
    loss = jnp.maximum(quantiles * error, (quantiles - 1) * error)
    seen = ~jnp.isnan(actual)[:, :, None]
    return jnp.sum(jnp.where(seen, loss, 0.0)) / jnp.maximum(jnp.sum(seen) * len(quantiles), 1)


def read_all(read: Callable, rows: np.ndarray, chunk: int = 1024) -> tuple[np.ndarray, ...]:
    """`read` of every row, a chunk at a time."""
    compiled = jax.jit(read)
    parts = [compiled(rows[start : start + chunk]) for start in range(0, len(rows), chunk)]
    return tuple(np.concatenate([np.asarray(part[index]) for part in parts]) for index in range(len(parts[0])))


def fitted(
    network: Callable,
    weights: dict,
    inputs: tuple[np.ndarray, ...],
    actual: np.ndarray,
    unit: np.ndarray,
    quantiles: tuple[float, ...],
    *,
    steps: int,
    batch: int = 256,
    rate: float = 3e-3,
    decay: dict[str, float] | None = None,
    seed: int = 7,
) -> dict:
    """Weights after `steps` of Adam with a cosine rate; `network(weights, *inputs)` gives [n, h, Q].
    `unit` [n] or [n, h] is what errors are divided by; `decay` shrinks weights by name."""
    random = np.random.default_rng(seed)
    levels = jnp.asarray(quantiles)
    shrink = decay or {}
    units = unit if unit.ndim == 2 else unit[:, None]

    def loss(weights, rows, target, size):
        # A gap in the target must stay out of the gradient as well, so that it is replaced before any arithmetic.
        forecast = network(weights, *rows) / size[:, :, None]
        return pinball(forecast, target / size, levels) + sum(
            rate_of * jnp.sum(weights[key] ** 2) for key, rate_of in shrink.items() if key in weights
        )

    @jax.jit
    def step(weights, first, second, count, rows, target, size):
        gradient = jax.grad(loss)(weights, rows, target, size)
        gradient = {key: jnp.nan_to_num(value) for key, value in gradient.items()}
        first = {key: 0.9 * first[key] + 0.1 * gradient[key] for key in weights}
        second = {key: 0.999 * second[key] + 0.001 * gradient[key] ** 2 for key in weights}
        pace = rate * 0.5 * (1 + jnp.cos(jnp.pi * count / steps))
        fixed = lambda key: (first[key] / (1 - 0.9 ** (count + 1))) / (  # noqa: E731
            jnp.sqrt(second[key] / (1 - 0.999 ** (count + 1))) + 1e-8
        )
        return {key: weights[key] - pace * fixed(key) for key in weights}, first, second

    first = {key: jnp.zeros_like(value) for key, value in weights.items()}
    second = dict(first)
    for count in range(steps):
        chosen = random.integers(0, len(actual), batch)
        rows = tuple(part[chosen] for part in inputs)
        weights, first, second = step(weights, first, second, float(count), rows, actual[chosen], units[chosen])
    return weights
