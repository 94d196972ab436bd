"""Simulated resources with a known hazard: their conditions, events and metrics, and whether they fail within a day.

Time goes in steps of ten minutes. A resource's hazard (failures an hour) is its own low rate times what wears on it: how odd its
metrics look, how full it is, the trouble it reports, and its recent failures (self-exciting, as of Hawkes 1971). A world's
parameters are drawn from its seed; the regimes in KEPT_OUT are never trained on.
"""

import math
from dataclasses import dataclass

import numpy as np

STEP = 10  # minutes
DAYS = 9  # a week of past, up to a day of choice of `now`, and the day that is asked about
STEPS = DAYS * 24 * 60 // STEP
DAY = 24 * 60 // STEP
MS = STEP * 60_000
EPOCH = 1_760_000_000_000  # any date
NEVER = 168.0
REGIMES = ["steady", "flaky", "filling", "degrading", "crash-looping", "misconfigured", "odd-but-well"]
SHARES = [0.66, 0.06, 0.06, 0.08, 0.04, 0.05, 0.05]
KEPT_OUT = ["oscillating", "shared-outage"]

FEATURES = [
    ("age_days", "d"), ("not_ready_hours", "h"), ("not_ready_share_day", None), ("not_ready_share_week", None),
    ("outages_week", None), ("ready_hours", "h"), ("restarts_hour", None), ("restarts_day", None), ("restarts_week", None),
    ("warnings_hour", None), ("warnings_day", None), ("warnings_week", None), ("failed_operations_day", None),
    ("failed_operations_week", None), ("anomaly_now", None), ("anomaly_hour", None), ("saturation", None),
    ("saturation_per_hour", "1/h"), ("hours_to_full", "h"),
]
# Which way is worse; the age alone is free.
WORSE = [0, 1, 1, 1, 1, -1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1]


@dataclass(frozen=True)
class World:
    """`state` by name: [step, resource]; the rest by resource."""

    state: dict[str, np.ndarray]
    regime: np.ndarray
    born: np.ndarray  # step
    age: np.ndarray  # hours after the first seven days
    measured: np.ndarray


def world(seed: int, resources: int, kept_out: bool) -> list[dict]:
    """Cases of one world: {history, now, failed, regime, hazard}; histories are what the operator's FailureHistory is."""
    rng = np.random.default_rng(seed)
    made = _simulated(rng, resources, kept_out)
    moments = np.arange(7 * DAY, 8 * DAY - 1)
    return [
        _case(made, resource, int(at), rng)
        for resource in range(resources)
        for at in np.sort(rng.choice(moments, 2, replace=False))
        if at > made.born[resource]
    ]


def lives(seed: int, resources: int, kept_out: bool) -> list[dict]:
    """Of each resource the history to its end, and the moments of its last two days, an hour apart, at which it was up and
    could be asked: {regime, history, asked: [{now, ageSeconds, hazard, metrics of the moment}], failures, until}."""
    rng = np.random.default_rng(seed)
    made = _simulated(rng, resources, kept_out)
    return [_life(made, resource, rng) for resource in range(resources)]


def _simulated(rng: np.random.Generator, n: int, kept_out: bool) -> World:
    if kept_out:
        regime = np.array(KEPT_OUT)[rng.integers(0, len(KEPT_OUT), n)]
    else:
        regime = rng.choice(REGIMES, n, p=SHARES)
    of = {name: regime == name for name in [*REGIMES, *KEPT_OUT]}
    # The world: how much each sign counts. Drawn, so that no one constant is learnt.
    odd_weight, full_weight = rng.uniform(4, 6), rng.uniform(3, 5.5)
    trouble_weight, excitation = rng.uniform(0.5, 1.2), rng.uniform(0.5, 1.5)
    fading = rng.uniform(6, 30)  # hours
    own = np.exp(rng.uniform(math.log(1 / (900 * 24)), math.log(1 / (150 * 24)), n))  # an hour
    own[of["flaky"]] *= rng.uniform(8, 60, of["flaky"].sum())
    chatter = np.where(rng.random(n) < 0.3, rng.exponential(1.0, n), rng.exponential(0.1, n)) / 24  # warnings an hour when well
    repair = np.exp(rng.normal(math.log(25), 0.8, n))  # minutes, the median of an outage
    age = np.exp(rng.uniform(math.log(1), math.log(24 * 400), n))  # hours at the first choice of `now`
    born = np.maximum(0, 7 * DAY - (age * 60 / STEP)).astype(int)
    onset = rng.uniform(4 * DAY, 16 * DAY, n)  # when what goes wrong begins
    speed = np.exp(rng.uniform(math.log(2), math.log(40), n)) * 60 / STEP  # steps until it is bad
    fill = np.exp(rng.uniform(math.log(0.003), math.log(0.15), n))  # an hour
    level = np.clip(rng.beta(3, 4, n), 0.05, 0.85)
    talks = rng.random(n) < 0.5  # whether what degrades says so in events
    sawtooth = rng.uniform(3, 20, n) * 60 / STEP
    outage_at = rng.uniform(6.5 * DAY, 9 * DAY, 12)  # of a shared zone
    zone = rng.integers(0, 12, n)
    down_until = np.zeros(n)
    backoff = np.full(n, 1.0)
    next_crash = onset.copy()
    excited = np.zeros(n)
    state = {key: np.zeros((STEPS, n), dtype=np.float32) for key in ("down", "restart", "warning", "failedOp", "odd", "full", "hazard")}
    odd_noise = rng.beta(1.5, 12, n)
    for step in range(STEPS):
        alive = step >= born
        wear = np.clip((step - onset) / speed, 0, 1)
        odd = np.clip(odd_noise + rng.normal(0, 0.05, n), 0, 1)
        spike = rng.random(n) < 0.004
        odd = np.where(spike, np.maximum(odd, rng.uniform(0.4, 1, n)), odd)
        odd = np.where(of["degrading"], np.maximum(odd, wear * rng.uniform(0.75, 1, n)), odd)
        odd = np.where(of["odd-but-well"], np.maximum(odd, (wear > 0.5) * rng.uniform(0.3, 0.85, n)), odd)
        odd = np.where(of["oscillating"], np.maximum(odd, wear * (0.5 + 0.5 * np.sin(2 * np.pi * step / sawtooth))), odd)
        odd = np.where(of["shared-outage"] & (step > outage_at[zone] - 6 * DAY / 24) & (step < outage_at[zone]), np.maximum(odd, 0.7), odd)
        daily = 0.08 * np.sin(2 * np.pi * (step / DAY))
        full = level + daily + rng.normal(0, 0.02, n)
        full = np.where(of["filling"], full + np.maximum(0, step - onset) * fill * STEP / 60, full)
        full = np.where(of["oscillating"], 0.55 + 0.43 * wear * np.abs(np.sin(np.pi * step / sawtooth)), full)
        full = np.where(of["degrading"], full + 0.15 * wear, full)
        full = np.clip(full, 0, 1)
        troubled = np.zeros(n)
        troubled += of["degrading"] * talks * wear * 1.5 + of["filling"] * np.clip((full - 0.85) / 0.15, 0, 1) * 2
        troubled += of["misconfigured"] * (wear > 0) * 0.6 + of["oscillating"] * wear * 0.8
        troubled += of["shared-outage"] * ((step > outage_at[zone] - 3 * DAY / 24) & (step < outage_at[zone])) * 2
        hazard = own * np.exp(
            odd_weight * odd * ~of["odd-but-well"] * ~spike + full_weight * np.clip((full - 0.8) / 0.2, 0, 1)
            + trouble_weight * np.log1p(4 * troubled)
        ) + excitation * excited / fading
        hazard += of["misconfigured"] * (wear > 0) * 0.01
        hazard = np.where(of["shared-outage"] & (step >= outage_at[zone]) & (step < outage_at[zone] + 6), 3.0, hazard)
        hazard = np.where((full >= 0.995) & of["filling"], np.maximum(hazard, 0.5), hazard)
        down = step < down_until
        fails = alive & ~down & (rng.random(n) < 1 - np.exp(-hazard * STEP / 60))
        crash = of["crash-looping"] & alive & (step >= next_crash)
        next_crash = np.where(crash, step + 1 + backoff, next_crash)
        backoff = np.where(crash, np.minimum(36, backoff * 1.6), backoff)
        fails |= crash & ~down & (rng.random(n) < 0.5)
        length = np.maximum(1, np.round(repair * np.exp(rng.normal(0, 0.7, n)) * np.where(rng.random(n) < 0.08, 20, 1) / STEP))
        down_until = np.where(fails, step + length, down_until)
        down = step < down_until
        excited = excited * math.exp(-STEP / 60 / fading) + fails
        rate = chatter + troubled + down * 1.5
        state["down"][step] = down & alive
        state["warning"][step] = rng.poisson(np.where(alive, rate * STEP / 60, 0))
        state["restart"][step] = (crash | (fails & (rng.random(n) < 0.7)) | (rng.random(n) < chatter * 0.05)) & alive
        state["failedOp"][step] = alive & (rng.random(n) < (of["misconfigured"] * (wear > 0) * 0.15 + down * 0.03 + 0.0005))
        state["odd"][step], state["full"][step] = odd, full
        state["hazard"][step] = np.where(down, 9.0, hazard)
    return World(state, regime, born, age, rng.random(n) < 0.6)


def _case(made: World, resource: int, at: int, rng) -> dict:
    history = {"ageSeconds": _age(made, resource, at), **_events(made, resource, max(0, at - 7 * DAY), at, rng)}
    down, hazard = made.state["down"][:, resource], float(made.state["hazard"][at, resource])
    return {
        "history": history | _metrics(made, resource, at), "now": EPOCH + at * MS, "failed": bool(down[at + 1 : at + 1 + DAY].any()),
        "regime": str(made.regime[resource]), "hazard": round(hazard, 6),
    }


def _life(made: World, resource: int, rng) -> dict:
    down, hazard = made.state["down"][:, resource].astype(bool), made.state["hazard"][:, resource]
    moments = [at for at in range(7 * DAY, STEPS, 6) if at > made.born[resource] and not down[at]]
    begun = np.flatnonzero(down[1:] & ~down[:-1]) + 1
    return {
        "regime": str(made.regime[resource]),
        "history": _events(made, resource, 0, STEPS - 1, rng),
        "asked": [
            {"now": EPOCH + at * MS, "ageSeconds": _age(made, resource, at), "hazard": round(float(hazard[at]), 6)}
            | _metrics(made, resource, at)
            for at in moments
        ],
        "failures": [EPOCH + int(step) * MS for step in begun],
        "until": EPOCH + (STEPS - 1) * MS,
    }


def _age(made: World, resource: int, at: int) -> int:
    return int((float(made.age[resource]) + (at - 7 * DAY) * STEP / 60) * 3600)


def _events(made: World, resource: int, first: int, at: int, rng) -> dict:
    """Times of all kinds of events from step `first` to `at`, and the outages known at `at`."""
    past = slice(first, at + 1)

    def times(key: str) -> list[int]:
        counts = made.state[key][past, resource].astype(int)
        moments = [EPOCH + (first + int(step)) * MS - int(rng.integers(0, MS)) for step in np.repeat(np.arange(len(counts)), counts)]
        return sorted(moments)

    down = made.state["down"][:, resource].astype(int)
    edges = np.diff(np.concatenate([[0], down[: at + 1], [0]]))
    spans = []
    for start, end in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)):
        span = {"from": EPOCH + int(start) * MS}
        if end <= at:
            span["to"] = EPOCH + int(end) * MS
        spans.append(span)
    return {"notReady": spans, "restarts": times("restart"), "warnings": times("warning"), "failedOperations": times("failedOp")}


def _metrics(made: World, resource: int, at: int) -> dict:
    """What the metrics of a moment say; nothing where there are none."""
    if not made.measured[resource]:
        return {}
    born = int(made.born[resource])
    hour = made.state["odd"][max(born, at - 5) : at + 1, resource]
    window = made.state["full"][max(born, at - 17) : at + 1, resource]
    metrics = {
        "anomalyNow": round(float(hour[-1]), 4), "anomalyHour": round(float(hour.mean()), 4), "saturation": round(float(window[-1]), 4),
    }
    if len(window) > 5:
        metrics["saturationPerHour"] = round(float(np.polyfit(np.arange(len(window)) * STEP / 60, window, 1)[0]), 5)
    return metrics


def row(history: dict, now: int) -> list[float]:
    """The features, as src/inference/features/failure-history.ts computes them."""
    hour, day, week = 3.6e6, 8.64e7, 6.048e8
    spans = [(s["from"], min(s.get("to", math.inf), now), s.get("to", math.inf) > now) for s in history["notReady"] if s["from"] <= now]

    def down(window: float) -> float:
        return sum(max(0, to - max(start, now - window)) for start, to, _ in spans) / window

    def within(times: list[int], window: float) -> int:
        return sum(now - window < time <= now for time in times)

    still = [start for start, _, going in spans if going]
    nan = math.nan
    full, slope = history.get("saturation", nan), history.get("saturationPerHour", nan)
    to_full = nan
    if not math.isnan(full) and not math.isnan(slope):
        to_full = 0.0 if full >= 1 else NEVER if slope <= 0 else min(NEVER, (1 - full) / slope)
    restarts, warnings, failed = history["restarts"], history["warnings"], history["failedOperations"]
    return [
        history["ageSeconds"] / 86400,
        max(((now - start) / hour for start in still), default=0.0),
        down(day), down(week),
        sum(start > now - week for start, _, _ in spans),
        0.0 if still else min(NEVER, (now - max((to for _, to, _ in spans), default=-math.inf)) / hour),
        within(restarts, hour), within(restarts, day), within(restarts, week),
        within(warnings, hour), within(warnings, day), within(warnings, week),
        within(failed, day), within(failed, week),
        history.get("anomalyNow", nan), history.get("anomalyHour", nan), full, slope, to_full,
    ]


def table(cases: list[dict]) -> tuple[np.ndarray, np.ndarray]:
    rows = np.array([row(case["history"], case["now"]) for case in cases], dtype=np.float32)
    return rows, np.array([case["failed"] for case in cases], dtype=np.float64)
