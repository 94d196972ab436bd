"""Simulated infrastructure metrics with known faults. Parameters are drawn anew for every series; the regimes in
HELD_OUT are never trained on, so that a report on them says how the detector does on what it has not met."""

from dataclasses import dataclass

import numpy as np

KINDS = ("latency", "errors", "utilisation", "throughput", "queue", "constant", "zero", "sparse", "sawtooth", "walk")
FAULTS = ("shift", "spike", "ramp", "drop", "noise")
HELD_OUT = {"kinds": ("sawtooth", "walk"), "faults": ("noise", "ramp")}
INTERVALS = (5.0, 10.0, 15.0, 30.0, 60.0, 300.0)  # s


@dataclass(frozen=True)
class Simulated:
    """Arrays [series, samples]. `weight` is 0 where a label would be a matter of taste: just after a fault, at its rim."""

    values: np.ndarray
    hours: np.ndarray
    labels: np.ndarray
    weight: np.ndarray
    kinds: list[str]
    faults: list[str]


def simulate(rng: np.random.Generator, series: int, samples: int, kinds=KINDS, faults=FAULTS) -> Simulated:
    values = np.zeros((series, samples))
    hours, labels, weight = np.zeros_like(values), np.zeros_like(values), np.ones_like(values)
    drawn_kinds, drawn_faults = [], []
    for row in range(series):
        kind = kinds[rng.integers(len(kinds))]
        interval = INTERVALS[rng.integers(len(INTERVALS))] / 3600
        hours[row] = (rng.uniform(0, 168) + interval * np.arange(samples)) % 168
        clean, noise = _ordinary(rng, kind, hours[row], samples)
        # Half of the series change only once in a while, as a metric scraped from a slower source does.
        # Such a source averages, so what is wildly noisy isn't among them.
        hold = 1 if rng.random() < 0.5 or kind in ("errors", "queue", "sparse") else int(rng.integers(2, 13))
        value = (clean * noise)[(np.arange(samples) // hold) * hold]
        fault = "none" if rng.random() < 0.3 else faults[rng.integers(len(faults))]
        if fault != "none":
            value = _break(rng, fault, kind, value, labels[row], weight[row])
        values[row] = value * 10 ** rng.uniform(-4, 6)
        drawn_kinds.append(kind)
        drawn_faults.append(fault)
    return Simulated(values.astype(np.float32), hours.astype(np.float32), labels, weight, drawn_kinds, drawn_faults)


def _ordinary(rng, kind, hours, samples):
    """What is expected, and the ordinary noise it is multiplied by."""
    day = 1 + rng.uniform(0, 0.6) * np.sin(2 * np.pi * (hours + rng.uniform(0, 24)) / 24)
    if rng.random() < 0.4:
        day = np.ones(samples)
    normal = rng.standard_normal(samples)
    sigma = rng.uniform(0.02, 0.3)
    if kind == "latency":
        slow = _smooth(rng, samples, rng.uniform(0.5, 0.95))
        return day ** rng.uniform(0, 0.7), np.exp(sigma * (0.8 * normal + 0.5 * slow) + 0.3 * sigma * np.abs(normal))
    if kind == "errors":
        ratio = 10 ** rng.uniform(-3, -1.5)
        if rng.random() < 0.5:
            return np.ones(samples), rng.uniform(0.2, 1.8, samples)
        requests = 10 ** rng.uniform(3, 5)
        return np.ones(samples), rng.poisson(requests * ratio, samples) / (requests * ratio)
    if kind == "utilisation":
        level = rng.uniform(0.1, 0.7)
        return np.ones(samples), np.clip(day * level + sigma * 0.3 * normal * level, 0, 1)
    if kind == "throughput":
        return day * np.where(hours > 120, rng.uniform(0.5, 1), 1), np.exp(sigma * 0.6 * normal)
    if kind == "queue":
        shape = rng.uniform(2, 20)
        return np.ones(samples), rng.gamma(shape, 1 / shape, samples)
    if kind == "constant":
        return np.ones(samples), np.where(rng.random() < 0.5, 1.0, 1 + 0.002 * normal)
    if kind == "zero":
        return np.ones(samples), np.zeros(samples)
    if kind == "sparse":
        return np.ones(samples), np.where(rng.random(samples) < rng.uniform(0.1, 0.5), rng.uniform(0.3, 1.5, samples), 0)
    if kind == "sawtooth":
        period = rng.integers(8, 60)
        return np.ones(samples), 0.5 + (np.arange(samples) % period) / period + 0.05 * sigma * normal
    walk = np.cumsum(rng.standard_normal(samples)) * 0.01 * sigma / 0.3
    return np.ones(samples), np.exp(walk) * np.exp(0.1 * sigma * normal)


def _smooth(rng, samples, keep):
    out, last = np.zeros(samples), 0.0
    for at, push in enumerate(rng.standard_normal(samples)):
        last = keep * last + np.sqrt(1 - keep * keep) * push
        out[at] = last
    return out


def _break(rng, fault, kind, value, labels, weight):
    """Breaks the series once, from a start drawn at random (a third of them just after the warm-up)."""
    samples = len(value)
    start = int(rng.integers(10, 40) if rng.random() < 0.5 else rng.integers(40, samples - 30))
    length = int(rng.integers(1, 4) if fault == "spike" else rng.integers(12, 90))
    end = min(start + length, samples)
    span = slice(start, end)
    past = value[max(0, start - 200) : start]
    level, spread = np.median(past), max(np.std(past), 0.02 * abs(np.median(past)), 1e-9)
    out = value.copy()
    size = 10 ** rng.uniform(0.9, 2.6) * spread
    if kind == "zero":
        size = 1.0
    elif kind == "utilisation":
        size = max(size, rng.uniform(0.3, 0.6))
    else:
        size = max(size, rng.uniform(1.5, 5) * abs(level))
    ceiling = max(0.97, past.max()) if kind == "utilisation" else np.inf
    if fault in ("shift", "spike"):
        out[span] = np.minimum(out[span] + size, ceiling)
    elif fault == "ramp":
        out[span] = np.minimum(out[span] + size * np.arange(1, end - start + 1) / (end - start), ceiling)
    elif fault == "drop":
        out[span] = out[span] * rng.uniform(0, 0.1)
    else:
        out[span] = np.maximum(out[span] + rng.standard_normal(end - start) * size / 2, 0)
    clear = np.abs(out - level) > 6 * spread
    inside = np.zeros(samples, dtype=bool)
    inside[span] = True
    labels[inside & clear] = 1
    weight[inside & ~clear] = 0
    weight[end : end + 2] = 0
    return out
