"""Simulated gauges: how full a thing is, an hour a step, with the parameters drawn per series.

A gauge has a level, a day and a week in it, noise, and now and then a ramp (data that grows), a step (a deployment), a drop (a
clean-up) or a repeated climb and fall (logs that rotate). The regimes of HELD_OUT are never trained on, only measured.
"""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Regime:
    name: str
    day: tuple[float, float] = (0.0, 0.8)  # height of the daily wave over the level
    weekend: tuple[float, float] = (0.6, 1.1)
    noise: tuple[float, float] = (0.003, 0.12)  # relative; even on a logarithmic scale
    keep: tuple[float, float] = (0.0, 0.95)  # how much of the noise is there an hour later
    growth: tuple[float, float] = (-0.1, 0.25)  # a week, of the level
    steps: tuple[float, float] = (0.0, 1.0)  # a week
    saw: float = 0.15  # share of gauges that climb and fall
    climb: tuple[float, float] = (20.0, 200.0)  # hours from bottom to top
    bursts: tuple[float, float] = (0.0, 2.0)  # a week
    missing: float = 0.01


TRAINED = Regime("ordinary")
HELD_OUT = (
    replace(TRAINED, name="runaway growth", growth=(0.4, 0.8)),
    replace(TRAINED, name="many steps", steps=(2.0, 4.0)),
    replace(TRAINED, name="noisy", noise=(0.15, 0.3), bursts=(4.0, 8.0)),
    replace(TRAINED, name="all climb and fall", saw=1.0, climb=(60.0, 300.0)),
)


def gauges(regime: Regime, count: int, hours: int, seed: int) -> np.ndarray:
    """[count, hours] of float32, mostly between 0 and 1, NaN where the gauge was not read."""
    random = np.random.default_rng(seed)
    return np.stack([_gauge(regime, hours, random) for _ in range(count)]).astype(np.float32)


def _gauge(regime: Regime, hours: int, random: np.random.Generator) -> np.ndarray:
    draw = lambda bounds: random.uniform(*bounds)  # noqa: E731
    hour = np.arange(hours) + random.integers(168)
    level = random.uniform(0.05, 0.7)
    height, peak = draw(regime.day), random.uniform(0, 24)
    # Up to three peaks a day, as sharp as office hours or a nightly job.
    wave = sum(
        random.uniform(0, 1) / turns * np.cos(2 * np.pi * turns * (hour - (peak if turns == 1 else random.uniform(0, 24))) / 24)
        for turns in (1, 2, 3)
    )
    day = 1 + height * wave / np.abs(wave).max()
    weekend = np.where((hour // 24) % 7 >= 5, draw(regime.weekend), 1.0)
    growth = np.exp(np.arange(hours) / 168 * draw(regime.growth) * (random.random() < 0.5))
    steps = max(regime.steps[0], draw(regime.steps) * (random.random() < 0.6))
    moved = (random.random(hours) < steps / 168) * random.normal(0, 0.25, hours)
    sigma, keep = np.exp(draw(np.log(regime.noise))), draw(regime.keep)
    shock = random.normal(0, sigma * np.sqrt(1 - keep**2), hours)
    noise = np.zeros(hours)
    for at in range(hours):
        noise[at] = (keep * noise[at - 1] if at else 0) + shock[at]
    value = level * day * weekend * growth * np.exp(np.cumsum(moved)) * np.exp(noise)
    if random.random() < regime.saw:
        climb = draw(regime.climb)
        share = random.uniform(0.3, 1.5)
        value = value * (1 + share * ((np.arange(hours) / climb + random.random()) % 1))
    for start in np.flatnonzero(random.random(hours) < draw(regime.bursts) / 168):
        value[start : start + random.integers(1, 6)] *= random.uniform(1.2, 2.5)
    return np.where(random.random(hours) < regime.missing, np.nan, value)
