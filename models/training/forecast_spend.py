"""Simulated daily spend: what a team, a namespace or an account costs a day, with the parameters drawn per series.

Every parameter range stands in `Regime`; the regimes of HELD_OUT are never trained on, only measured.
"""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Regime:
    name: str
    weekend: tuple[float, float] = (0.45, 1.1)  # cost of a weekend day over that of a working day
    growth: tuple[float, float] = (-0.03, 0.05)  # a month, compounded
    shifts: tuple[float, float] = (0.0, 1.5)  # deployments that change the level, a hundred days
    shift: float = 0.2  # standard deviation of the logarithm of such a change
    spikes: tuple[float, float] = (0.0, 1.5)  # short bursts (a load test, a runaway job), a hundred days
    noise: tuple[float, float] = (0.02, 0.2)  # of the logarithm of a day's cost
    year: tuple[float, float] = (0.0, 0.25)  # height of the yearly wave over the level
    month: tuple[float, float] = (0.0, 0.6)  # what the first day of a month costs on top (fees, month-end jobs)
    holidays: tuple[int, int] = (0, 10)  # days a year that cost as little as a weekend day
    missing: float = 0.01  # days not billed


TRAINED = Regime("ordinary")
HELD_OUT = (
    replace(TRAINED, name="fast growth", growth=(0.06, 0.12)),
    replace(TRAINED, name="many deployments", shifts=(2.5, 5.0), shift=0.3),
    replace(TRAINED, name="noisy", noise=(0.25, 0.4), spikes=(2.0, 4.0)),
    replace(TRAINED, name="weekend batch", weekend=(1.3, 2.5)),
)


def spend(regime: Regime, count: int, days: int, seed: int) -> np.ndarray:
    """[count, days] of float32, NaN where a day was not billed. The same seed gives the same series."""
    random = np.random.default_rng(seed)
    return np.stack([_series(regime, days, random) for _ in range(count)]).astype(np.float32)


def _series(regime: Regime, days: int, random: np.random.Generator) -> np.ndarray:
    draw = lambda bounds: random.uniform(*bounds)  # noqa: E731
    day = np.arange(days)
    weekday = (day + random.integers(7)) % 7
    week = random.normal(1, 0.06, 7)
    week[5:] *= draw(regime.weekend)
    level = np.log(10 ** random.uniform(0, 4)) + day / 30.4 * draw(regime.growth)
    changes = random.random(days) < draw(regime.shifts) / 100
    # A level wanders towards where it was: what one deployment adds, a clean-up takes away in part.
    level = level + np.cumsum(changes * random.normal(0, regime.shift, days)) * random.uniform(0.6, 1)
    level = level + np.log1p(draw(regime.year) * np.sin(2 * np.pi * (day / 365.25 + random.random())))
    sigma, keep = draw(regime.noise), random.uniform(0, 0.6)
    shock = random.normal(0, sigma, days)
    if random.random() < 0.4:
        shock = shock + sigma * 0.5 * random.standard_t(3, days)
    noise = np.zeros(days)
    for at in range(days):
        noise[at] = (keep * noise[at - 1] if at else 0) + shock[at] * np.sqrt(1 - keep**2)
    cost = np.exp(level + noise) * week[weekday]
    for start in np.flatnonzero(random.random(days) < draw(regime.spikes) / 100):
        cost[start : start + random.integers(1, 4)] *= random.uniform(1.3, 3)
    month_start = np.floor((day + random.integers(30)) / 30.4375)
    cost *= np.where(np.diff(month_start, prepend=month_start[0]) > 0, 1 + draw(regime.month), 1)
    yearly = random.choice(365, random.integers(regime.holidays[0], regime.holidays[1] + 1), replace=False)
    cost[np.isin(day % 365, yearly) & (weekday < 5)] *= week[5:].mean() / week[:5].mean()
    return np.where(random.random(days) < regime.missing, np.nan, cost)
