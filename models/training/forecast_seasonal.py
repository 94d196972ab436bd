"""Forecasts of a series with a season, as a learnt mixture of simple ones with a learnt spread.

Every part is plain: medians by phase, a level times a profile, a damped trend, the year before scaled to today. What is learnt,
across series, is how much each part counts (by step ahead and by how the series behaves), a small correction of it, and how
wide the band is. All is relative to the window's own scale, so rescaled values give rescaled forecasts.
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

EPS = 1e-3  # of a window's own scale: what a level or a profile is at least
DAMPING = 0.9  # of a trend, a cycle
FEATURES = 8


@dataclass(frozen=True)
class Seasonal:
    """`lookback` is a multiple of `period`; the first step ahead has phase 0."""

    lookback: int
    horizon: int
    period: int
    quantiles: tuple[float, ...]  # ascending, .5 among them
    cycles: tuple[int, ...]  # medians by phase over so many of the last cycles
    profile: int  # cycles the profile is taken from
    alphas: tuple[float, ...] = (0.1, 0.2, 0.4)  # smoothing of the level, a cycle a step
    recent: tuple[int, ...] = ()  # levels over so many of the last observations
    trend: int = 12  # cycles a trend is fitted to
    long: int = 0  # a second season (a year of days, a week of hours), a multiple of `period`; 0: none
    long_lags: tuple[int, ...] = (1,)  # how many of them back
    smooth: int = 10  # steps to either side that the smoothed second season takes in
    gate: int = 8  # hidden units that choose the mixture
    window: int = 0  # last observations the correction sees; 0: no correction
    hidden: int = 64
    usual: int = 0  # cycles whose residuals the band knows, each against its own level; 0: the last 16, against today's
    robust: bool = False  # the band from medians only: rare jumps (a holiday that all see) do not widen it
    nonnegative: bool = True

    @property
    def basis(self) -> np.ndarray:
        """[horizon, 3]: what weights may vary with, step by step."""
        step = np.arange(self.horizon)
        return np.stack(
            [np.ones(self.horizon), step / self.horizon, np.exp(-step / max(self.period / 2, 1))], axis=1
        ).astype(np.float32)

    @property
    def spreads(self) -> int:
        return 4 if self.robust else 5

    @property
    def experts(self) -> int:
        long = 2 * len(self.long_lags) if self.long else 0
        return len(self.cycles) + len(self.alphas) + len(self.recent) + 1 + long


def initial(shape: Seasonal, seed: int) -> dict:
    """Weights before training: every part counts alike, the correction is nothing."""
    random = np.random.default_rng(seed)
    q, e = len(shape.quantiles), shape.experts
    weights = {
        "gate_in": random.normal(0, 0.3, (FEATURES, shape.gate)),
        "gate_bias": np.zeros(shape.gate),
        "gate_out": np.zeros((shape.gate, 3 * e)),
        "mix": np.zeros((3, e)),
        "width": np.full((1, shape.spreads * q), -1.5),
        "tilt": np.zeros((2, shape.spreads * q)),
        "width_gate": np.zeros((shape.gate, shape.spreads)),
    }
    if shape.window:
        weights |= {
            "in": random.normal(0, shape.window**-0.5, (shape.window, shape.hidden)),
            "in_bias": np.zeros(shape.hidden),
            "out": np.zeros((shape.hidden, shape.horizon)),
            "linear": np.zeros((shape.window, shape.horizon)),
        }
    return {key: jnp.asarray(value, dtype=jnp.float32) for key, value in weights.items()}


def network(ops, shape: Seasonal, weights: dict, history):
    """Quantiles [batch, horizon, Q] of `history` [batch, lookback] (NaN: missing)."""
    return combined(ops, shape, weights, *read(ops, shape, history))


def read(ops, shape: Seasonal, history) -> tuple:
    """All that is known before anything is learnt; training reads every window once."""
    z, scale = scaled(ops, shape, history)
    parts = Parts(ops, shape, z)
    stacked = ops.concat([ops.reshape(part, shape.horizon, 1) for part in parts.experts()], 2)
    seen = ops.slice(z, 1, shape.lookback - max(shape.window, 1), shape.lookback) / parts.level - 1.0
    return stacked, parts.behaviour(stacked), parts.spreads(stacked), seen, parts.level, scale


def combined(ops, shape: Seasonal, weights: dict, stacked, features, spread, seen, level, scale, given=None):
    """What is learnt, over what `read` gives. `given` [batch, horizon, 1], in units of the scale, replaces the middle path."""
    const = {key: ops.const(value) for key, value in weights.items() if key not in ("width", "tilt")}
    gate = ops.relu(features @ const["gate_in"] + const["gate_bias"])
    logits = ops.const(shape.basis) @ (ops.reshape(gate @ const["gate_out"], 3, shape.experts) + const["mix"])
    centre = ops.sum(ops.softmax(logits) * stacked, 2)
    if shape.window:
        # What the mixture leaves: a linear map and one hidden layer, of the window around the level.
        correction = seen @ const["linear"] + ops.relu(seen @ const["in"] + const["in_bias"]) @ const["out"]
        centre = centre + ops.reshape(correction * level, shape.horizon, 1)
    centre = centre if given is None else given
    wider = ops.reshape(ops.exp(gate @ const["width_gate"]), 1, shape.spreads)
    offsets = ops.reshape(spread * wider, shape.horizon, 1, shape.spreads) @ ops.const(widths(shape, weights))
    result = centre + ops.reshape(offsets, shape.horizon, len(shape.quantiles))
    if shape.nonnegative:
        result = ops.maximum(result, 0.0)
    return result * ops.reshape(scale, 1, 1)


def widths(shape: Seasonal, weights: dict):
    """[horizon, spreads, Q]: offsets from the centre in each kind of spread; never crossing."""
    q = len(shape.quantiles)
    middle = shape.quantiles.index(0.5)
    steps = jax.nn.softplus(shape.basis @ jnp.concatenate([weights["width"], weights["tilt"]])).reshape(shape.horizon, shape.spreads, q)
    above = jnp.cumsum(steps[:, :, middle + 1 :], axis=2)
    below = -jnp.cumsum(steps[:, :, :middle][:, :, ::-1], axis=2)[:, :, ::-1]
    return jnp.concatenate([below, jnp.zeros((shape.horizon, shape.spreads, 1)), above], axis=2)


def scaled(ops, shape: Seasonal, history):
    """The window in units of its own mean size, its gaps filled with the mean of their phase (else of everything)."""
    cycles = shape.lookback // shape.period
    seen = ops.where(ops.isnan(history), 0.0, ops.const(1.0))
    value = ops.where(ops.isnan(history), 0.0, history)
    scale = ops.maximum(ops.sum(ops.abs(value), 1) / ops.maximum(ops.sum(seen, 1), 1.0), 1e-12)
    z = ops.reshape(value / scale, cycles, shape.period)
    mask = ops.reshape(seen, cycles, shape.period)
    count = ops.sum(mask, 1)
    every = ops.reshape(ops.sum(value / scale, 1) / ops.maximum(ops.sum(seen, 1), 1.0), 1, 1)
    phase = (ops.sum(z * mask, 1) + every * 0.01) / (count + 0.01)
    return ops.reshape(z + (mask * -1.0 + 1.0) * phase, shape.lookback), scale


class Parts:
    """What is read off one window `z` [batch, lookback] of scaled values without gaps."""

    def __init__(self, ops, shape: Seasonal, z):
        self.ops, self.shape, self.z = ops, shape, z
        self.cycles = shape.lookback // shape.period
        self.table = ops.reshape(z, self.cycles, shape.period)
        self.profile = self._profile(self.table)  # [B, 1, period], mean 1
        self.levels = self._levels(self.table, self.profile)  # [B, cycles]
        self.level = ops.maximum(self._last(self.levels, min(8, self.cycles)), EPS)  # [B, 1]
        self.typical = self._phase_median(min(8, self.cycles))  # [B, 1, period]

    def experts(self) -> list:
        """Each [batch, horizon]."""
        ops, shape = self.ops, self.shape
        ahead = self._ahead(self.profile)
        given = [self._ahead(self._phase_median(k)) for k in shape.cycles]
        smoothed = [self._smoothed(alpha) for alpha in shape.alphas]
        given += [level * ahead for level in smoothed]
        flat = self.z / self._tiled(self.profile)
        given += [ops.mean(ops.slice(flat, 1, shape.lookback - k, shape.lookback), 1) * ahead for k in shape.recent]
        given.append(ops.maximum(self._trend(), 0.0) * ahead)
        if shape.long:
            now = smoothed[len(smoothed) // 2]
            for lag in shape.long_lags:
                given += self._season(self.z, flat, lag, now, ahead)
        return given

    def behaviour(self, stacked):
        """[batch, FEATURES]: how the series behaves, in numbers near 0."""
        ops, shape = self.ops, self.shape
        flat = lambda x: ops.reshape(x, 1)  # noqa: E731
        short, middle = self._last(self.levels, 2), self._last(self.levels, min(16, self.cycles))
        noise = self._noise(min(8, self.cycles))
        mean = ops.mean(stacked, 2)
        between = ops.mean(ops.mean(ops.abs(stacked - mean), 2), 1)
        half = self.cycles // 2
        early = ops.mean(ops.slice(self.levels, 1, 0, half), 1)
        return ops.minimum(
            ops.concat(
                [
                    ratio(ops, short, self.level),
                    ratio(ops, middle, self.level),
                    ratio(ops, early, self.level),
                    flat(noise) / self.level,
                    flat(between) / self.level,
                    flat(ops.mean(ops.abs(self.profile - 1.0), 2)),
                    ops.mean(ops.abs(ops.slice(self.levels, 1, 1, self.cycles) - ops.slice(self.levels, 1, 0, self.cycles - 1)), 1)
                    / self.level,
                    flat(ops.mean(ops.abs(ops.slice(self.table, 1, self.cycles - 1, self.cycles) - self.typical), 2)) / self.level,
                ],
                1,
            ),
            3.0,
        )

    def spreads(self, stacked):
        """[batch, horizon, spreads]: what the band may be wide by; medians, unless rare jumps are to count."""
        ops, shape = self.ops, self.shape
        usual = self._usual()
        by_phase = ops.reshape(self._ahead(usual), shape.horizon, 1)
        between = ops.mean(ops.abs(stacked - ops.mean(stacked, 2)), 2)
        ones = ops.const(np.ones((shape.horizon, 1)))
        steps = ops.abs(ops.slice(self.levels, 1, 1, self.cycles) - ops.slice(self.levels, 1, 0, self.cycles - 1))
        steps = ops.reshape(steps, 1, self.cycles - 1)
        moved = self._median_of(steps, self.cycles - 1) if shape.robust else ops.mean(steps, 2)
        given = [by_phase, ops.mean(usual, 2) * ones, between, moved * ones]
        if not shape.robust:
            later, earlier = (ops.slice(self.table, 1, at, self.cycles - 1 + at) for at in (1, 0))
            given.append(ops.mean(ops.mean(ops.abs(later - earlier), 1), 2) * ones)
        return ops.concat(given, 2)

    def _usual(self):
        """[batch, 1, period]: the median residual of each phase."""
        ops, shape = self.ops, self.shape
        rows = min(shape.usual or 16, self.cycles)
        last = lambda x: ops.slice(x, 1, self.cycles - rows, self.cycles)  # noqa: E731
        expected = ops.reshape(last(self.levels), rows, 1) * self.profile if shape.usual else self.typical
        residual = ops.abs(last(self.table) - expected)
        return ops.swap(self._median_of(ops.swap(residual), rows))

    def _noise(self, rows):
        residual = self.ops.abs(self.ops.slice(self.table, 1, self.cycles - rows, self.cycles) - self.typical)
        return self.ops.mean(self.ops.mean(residual, 1), 2)

    def _profile(self, table):
        ops, rows = self.ops, min(self.shape.profile, self.cycles)
        last = ops.slice(table, 1, self.cycles - rows, self.cycles)
        relative = last / ops.maximum(ops.mean(last, 2), EPS)
        shape = ops.maximum(self._median_of(ops.swap(relative), rows), EPS)  # [B, period, 1]
        return ops.swap(shape / ops.mean(shape, 1))

    def _levels(self, table, profile):
        return self.ops.reshape(self._median_of(table / profile, self.shape.period), self.cycles)

    def _phase_median(self, rows):
        last = self.ops.slice(self.table, 1, self.cycles - rows, self.cycles)
        return self.ops.swap(self._median_of(self.ops.swap(last), rows))

    def _median_of(self, x, count):
        """Over the last axis of three, `count` long."""
        ordered = self.ops.sort(x)
        return self.ops.mean(self.ops.slice(ordered, 2, (count - 1) // 2, count // 2 + 1), 2)

    def _last(self, levels, count):
        return self.ops.mean(self.ops.slice(levels, 1, self.cycles - count, self.cycles), 1)

    def _smoothed(self, alpha):
        weight = (1 - alpha) ** np.arange(self.cycles)[::-1]
        return self.levels @ self.ops.const((weight / weight.sum())[:, None])

    def _trend(self):
        """[batch, horizon]: least squares over the last cycles, damped from here on."""
        rows = min(self.shape.trend, self.cycles)
        time = np.arange(rows) - (rows - 1) / 2
        slope = time / (time**2).sum()
        end = np.full(rows, 1 / rows) + slope * (rows - 1) / 2
        ahead = (np.arange(self.shape.horizon) / self.shape.period)[None, :] + 0.5
        damped = DAMPING * (1 - DAMPING**ahead) / (1 - DAMPING)
        last = self.ops.slice(self.levels, 1, self.cycles - rows, self.cycles)
        return last @ self.ops.const(end[:, None]) + (last @ self.ops.const(slope[:, None])) * self.ops.const(damped)

    def _season(self, z, flat, lag, now, ahead):
        """The second season: as it was, scaled to now; and smoothed, on today's profile."""
        ops, shape = self.ops, self.shape
        start = shape.lookback - lag * shape.long
        raw, smooth = self._index(flat, lag)
        before, today = ops.slice(z, 1, *self._before(start)), ops.slice(z, 1, shape.lookback - self._base, shape.lookback)
        growth = ops.maximum(ops.mean(today, 1), EPS) / ops.maximum(ops.mean(before, 1), EPS)
        return [ops.slice(z, 1, start, start + shape.horizon) * ops.minimum(growth, 5.0), now * smooth * ahead]

    def _index(self, flat, lag):
        """[batch, horizon] twice: a season ago over the level just before it, step by step and smoothed."""
        ops, shape = self.ops, self.shape
        start = shape.lookback - lag * shape.long
        before = ops.maximum(ops.mean(ops.slice(flat, 1, *self._before(start)), 1), EPS)
        band = np.zeros((shape.lookback, shape.horizon))
        for step in range(shape.horizon):
            low, high = max(0, start + step - shape.smooth), min(shape.lookback, start + step + shape.smooth + 1)
            band[low:high, step] = 1 / (high - low)
        raw = ops.slice(flat, 1, start, start + shape.horizon) / before
        smooth = (flat @ ops.const(band)) / before
        return ops.minimum(raw, 5.0), ops.minimum(smooth, 5.0)

    def _before(self, start):
        """The part of the window that a season ago was "now"; at its very beginning, the beginning."""
        return max(0, start - self._base), max(start, self._base)

    @property
    def _base(self):
        return 4 * self.shape.period if self.shape.period < 24 else self.shape.period

    def _ahead(self, phases):
        """[batch, 1, period] as [batch, horizon]."""
        flat = self.ops.reshape(phases, self.shape.period)
        return self.ops.gather(flat, 1, np.arange(self.shape.horizon) % self.shape.period)

    def _tiled(self, profile):
        flat = self.ops.reshape(profile, self.shape.period)
        return self.ops.gather(flat, 1, np.arange(self.shape.lookback) % self.shape.period)


def ratio(ops, a, b):
    """How far apart two levels are, as a logarithm."""
    return ops.log(ops.maximum(a, EPS) / ops.maximum(b, EPS))
