"""Training of forecasts across series: windows that end before the held-out part, pinball loss, Adam."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from .forecast_ops import JaxOps


def windows(series: np.ndarray, ends: list[int], lookback: int, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """`series` [n, time]; for every end the `lookback` values before it (NaN where there were none) and `horizon` from it."""
    padded = np.concatenate([np.full((len(series), lookback), np.nan), series], axis=1)
    before = [padded[:, end : end + lookback] for end in ends]
    after = [series[:, end : end + horizon] for end in ends]
    return np.concatenate(before).astype(np.float32), np.concatenate(after).astype(np.float32)


def seasonal_error(history: np.ndarray, period: int) -> np.ndarray:
    """[n]: mean size of the change over one period; the unit errors are counted in (as in MASE)."""
    change = np.abs(history[:, period:] - history[:, :-period])
    seen = np.maximum((~np.isnan(change)).sum(axis=1), 1)
    size = np.nansum(np.abs(history), axis=1) / np.maximum((~np.isnan(history)).sum(axis=1), 1)
    # A floor: of a series that hardly ever changes, every error would count without bounds.
    return np.maximum(np.nansum(change, axis=1) / seen, 0.02 * size + 1e-9).astype(np.float32)


def pinball(forecast, actual, unit, quantiles):
    """Mean over what was observed; `forecast` [n, h, Q], `unit` [n, h or 1, Q or 1]."""
    seen = ~jnp.isnan(actual)[:, :, None]
    # A gap must stay out of the gradient as well, so that it is replaced before any arithmetic.
    error = (jnp.where(seen, actual[:, :, None], 0.0) - jnp.where(seen, forecast, 0.0)) / unit
    loss = jnp.maximum(quantiles * error, (quantiles - 1) * error)
    return jnp.sum(loss) / jnp.maximum(jnp.sum(seen) * len(quantiles), 1)


def read_all(read: Callable, rows: np.ndarray, chunk: int = 1024) -> tuple[np.ndarray, ...]:
    """`read` of every row, a chunk at a time."""
    return read_all_parts(read, (rows,), chunk)


def read_all_parts(read: Callable, parts: tuple[np.ndarray, ...], chunk: int = 1024) -> tuple[np.ndarray, ...]:
    """`read` of several inputs that belong together, a chunk of rows at a time."""
    compiled = jax.jit(read)
    starts = range(0, len(parts[0]), chunk)
    done = [compiled(*(part[start : start + chunk] for part in parts)) for start in starts]
    return tuple(np.concatenate([np.asarray(piece[index]) for piece in done]) for index in range(len(done[0])))


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
    only: tuple[str, ...] = (),
    seed: int = 7,
) -> dict:
    """Weights after `steps` of Adam with a cosine rate; `network(weights, *inputs)` gives [n, h, Q].
    `unit` [n] or [n, h or 1, Q or 1] is what errors are divided by; `decay` shrinks weights by name; `only` these are changed, where given."""
    random = np.random.default_rng(seed)
    levels = jnp.asarray(quantiles)
    shrink = decay or {}
    units = unit if unit.ndim == 3 else unit[:, None, None]

    def loss(weights, rows, target, size):
        penalty = sum(strength * jnp.sum(weights[key] ** 2) for key, strength in shrink.items() if key in weights)
        return pinball(network(weights, *rows), target, size, levels) + penalty

    @jax.jit
    def step(weights, first, second, count, rows, target, size):
        gradient = jax.grad(loss)(weights, rows, target, size)
        first = {key: 0.9 * first[key] + 0.1 * gradient[key] for key in weights}
        second = {key: 0.999 * second[key] + 0.001 * gradient[key] ** 2 for key in weights}
        pace = rate * 0.5 * (1 + jnp.cos(jnp.pi * count / steps))
        fixed = lambda key: (first[key] / (1 - 0.9 ** (count + 1))) / (  # noqa: E731
            jnp.sqrt(second[key] / (1 - 0.999 ** (count + 1))) + 1e-8
        )
        moved = {key: weights[key] - pace * fixed(key) for key in weights if not only or key in only}
        return weights | moved, first, second

    first = {key: jnp.zeros_like(value) for key, value in weights.items()}
    second = dict(first)
    for count in range(steps):
        chosen = random.integers(0, len(actual), batch)
        rows = tuple(part[chosen] for part in inputs)
        weights, first, second = step(weights, first, second, float(count), rows, actual[chosen], units[chosen])
    return weights


WIDTHS = ("width", "tilt", "width_gate")
WIDTH_STEPS = 1200


def fit_network(
    kind,
    shape,
    before,
    after,
    unit,
    *,
    steps: int,
    seed: int,
    decay=None,
    rate=3e-3,
    batch=256,
    bands=None,
    half=None,
) -> dict:
    """Weights of a network of `kind` (forecast_seasonal or forecast_level) for windows and what followed them.

    Residuals of what was fitted may be too small to learn a band from, or of windows unlike those to come. So the widths may be
    learnt anew on `bands` (before, after and unit of other windows, or of some of them), or on forecasts of each half of the series by a network fitted on the other: `half` [n] of bool
    says which half a window is of."""
    ops = JaxOps()
    run = lambda weights, *parts: kind.combined(ops, shape, weights, *parts)  # noqa: E731
    tensors = lambda rows: read_all(lambda window: kind.read(ops, shape, window), rows)  # noqa: E731
    how = {"batch": batch, "rate": rate, "seed": seed}

    def learn(parts, came, size, count):
        start = kind.initial(shape, seed)
        return fitted(run, start, parts, came, size, shape.quantiles, steps=count, decay=decay, **how)

    parts = tensors(before)
    weights = learn(parts, after, unit, steps)
    if bands is not None:
        fresh, came, size = bands
        weights = fitted(run, weights, tensors(fresh), came, size, shape.quantiles, steps=WIDTH_STEPS, only=WIDTHS, **how)
    if half is not None:
        middle = shape.quantiles.index(0.5)
        centre = np.zeros((*after.shape, 1), dtype=np.float32)
        for side in (half, ~half):
            other = learn(tuple(part[~side] for part in parts), after[~side], unit[~side], steps // 2)
            (path,) = read_all_parts(lambda *rows: (run(other, *rows)[:, :, middle],), tuple(part[side] for part in parts))
            centre[side, :, 0] = path / parts[-1][side]
        weights = fitted(
            run, weights, (*parts, centre), after, unit, shape.quantiles, steps=WIDTH_STEPS, only=WIDTHS, **how
        )
    return {key: np.asarray(value) for key, value in weights.items()}
