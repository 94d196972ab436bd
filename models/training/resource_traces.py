"""Simulated use of a resource over a day, 288 samples, many kinds of workload; what the shipped right-sizer learns from.

Every trace is scaled at random, so nothing can be learnt from the unit. `HELD_OUT` kinds are never trained on."""

import numpy as np

SAMPLES = 288
KINDS = ("steady", "daily", "bursty", "spiky", "idle", "drifting", "noisy")
HELD_OUT = ("batch", "stepping")


def traces(count: int, seed: int, kinds: tuple[str, ...] = KINDS) -> np.ndarray:
    """[count, 288] float32, not negative."""
    rng = np.random.default_rng(seed)
    return np.stack([_trace(rng, kinds[int(rng.integers(len(kinds)))]) for _ in range(count)]).astype(np.float32)


def _trace(rng: np.random.Generator, kind: str) -> np.ndarray:
    at = np.arange(SAMPLES)
    level = rng.uniform(0.05, 0.6)
    noise = level * rng.lognormal(-1.6, 0.7)
    base = np.full(SAMPLES, level)
    if kind == "daily":
        base = level * (1 + rng.uniform(0.2, 0.9) * np.sin(2 * np.pi * (at / SAMPLES + rng.uniform())))
    elif kind == "drifting":
        base = level * np.exp(np.cumsum(rng.normal(rng.normal(0, 0.001), rng.uniform(0.005, 0.03), SAMPLES)))
    elif kind == "bursty":
        base = base + _busy(rng, rng.uniform(0.02, 0.3), rng.uniform(2, 20)) * level * rng.uniform(0.5, 4)
    elif kind == "spiky":
        base = base + (rng.uniform(size=SAMPLES) < rng.uniform(0.005, 0.1)) * level * rng.lognormal(0.5, 0.6, SAMPLES)
    elif kind == "idle":
        base = base * (rng.uniform(size=SAMPLES) < rng.uniform(0.05, 0.7))
    elif kind == "noisy":
        noise = level * rng.uniform(0.3, 1.2)
    elif kind == "batch":
        period, length = int(rng.integers(24, 72)), int(rng.integers(2, 12))
        base = base * 0.3 + ((at + rng.integers(period)) % period < length) * level * rng.uniform(1, 4)
    elif kind == "stepping":
        base = base + (at > rng.integers(40, 248)) * level * rng.uniform(-0.7, 1.5)
    correlation = rng.choice([0.0, 0.3, 0.7, 0.95])
    shocks = rng.normal(0, 1, SAMPLES)
    wobble = np.zeros(SAMPLES)
    for index in range(SAMPLES):
        wobble[index] = correlation * wobble[max(index - 1, 0)] + shocks[index] * np.sqrt(1 - correlation**2)
    trace = np.clip(base + noise * wobble, 0, 1)
    if rng.uniform() < 0.5:  # as monitoring often rounds
        trace = np.round(trace, 2)
    return trace * rng.lognormal(2, 1)


def _busy(rng: np.random.Generator, share: float, length: float) -> np.ndarray:
    """Two states, on for `length` samples in the mean and `share` of the time."""
    leave, enter = 1 / length, share / (1 - share) / length
    state = np.zeros(SAMPLES)
    on = rng.uniform() < share
    for index in range(SAMPLES):
        on = rng.uniform() >= leave if on else rng.uniform() < enter
        state[index] = on
    return state
