"""CapacityForecaster: gauges, 48 steps ahead; and the yardsticks M4 Hourly, ETTh1 and pods' memory."""

import json
from collections import defaultdict
from pathlib import Path

import numpy as np

from . import forecast_level, forecast_linear, forecast_seasonal
from .artifact import Card
from .context import FitContext, TrainContext
from .data import files_in, rows_of
from .forecast_artifact import write_forecast
from .forecast_gauge import HELD_OUT, TRAINED, gauges
from .forecast_level import Level
from .forecast_m4 import both_units, m4_series, windows_at
from .forecast_seasonal import Seasonal
from .forecast_train import fit_network, seasonal_error

NAME = "CapacityForecaster"
HORIZON = 48
LOOKBACK = 336  # two weeks of hours
WINDOWS = 60  # drawn of each series
PODS = 168  # readings a pod's forecast looks back
ETT_LOOKBACK, ETT_HORIZON = 336, 96


def train(context: TrainContext) -> None:
    shape = Seasonal(
        lookback=LOOKBACK,
        horizon=HORIZON,
        period=24,
        quantiles=(0.1, 0.5, 0.9),
        cycles=(2, 4, 7),
        profile=7,
        alphas=(0.3, 0.6, 0.9),
        recent=(1, 6, 24),
        trend=7,
        long=168,
        smooth=3,
        gate=16,
        window=168,
        hidden=64,
    )
    hours = 800
    random = np.random.default_rng(context.seed)
    # Young gauges too: the window is then partly empty.
    ends = [int(end) for end in np.sort(random.choice(np.arange(96, hours - HORIZON), 20, replace=False))]

    def drawn(count: int, seed: int):
        lines = gauges(TRAINED, count, hours, seed)
        rows = (windows_at(line, ends, LOOKBACK, HORIZON) for line in lines)
        before, after = (np.concatenate(part) for part in zip(*rows))
        return before, after, seasonal_error(before, shape.period)

    weights = fit_network(
        forecast_seasonal,
        shape,
        *drawn(900, context.seed),
        decay={"in": 1e-5, "out": 1e-5, "linear": 1e-5},
        steps=4000,
        seed=context.seed,
        bands=drawn(300, context.seed + 2),
    )
    samples = np.concatenate(
        [windows_at(line, [700, 200], LOOKBACK, HORIZON)[0] for line in gauges(TRAINED, 3, hours, context.seed + 1)]
    )
    save(
        context.folder("utilisation"),
        lambda ops, history: forecast_seasonal.network(ops, shape, weights, history),
        shape,
        "utilisation",
        "shipped",
        [("simulated gauges", "own work")],
        context.seed,
        samples,
        period=24,
        minimum=72,
        step="hour",
    )


def fit(context: FitContext) -> None:
    context.apart("m4", lambda: fit_hourly(context))
    context.apart("ett", lambda: fit_ett(context))
    context.apart("alibaba-genai", lambda: fit_pods(context))
    write_simulated(context.out / "simulated.json", context.seed + 1000)


def fit_hourly(context: FitContext) -> None:
    """M4 Hourly: day and week, and a correction learnt across all series."""
    series = m4_series(context, "Hourly", HORIZON)
    if not series:
        return
    shape = Seasonal(
        lookback=LOOKBACK,
        horizon=HORIZON,
        period=24,
        quantiles=(0.025, 0.1, 0.5, 0.9, 0.975),
        cycles=(2, 4, 7, 14),
        profile=7,
        alphas=(0.3, 0.6, 0.9),
        recent=(1, 6, 24),
        trend=7,
        long=168,
        long_lags=(1, 2),
        smooth=3,
        gate=16,
        window=LOOKBACK,
        hidden=96,
    )
    random = np.random.default_rng(context.seed)
    rows = []
    for line in series:
        ends = random.integers(min(LOOKBACK, len(line) - HORIZON), len(line) - HORIZON + 1, WINDOWS)
        rows.append(windows_at(line, list(ends), LOOKBACK, HORIZON))
    before, after, unit = hourly_windows(rows, np.repeat([daily_change(line) for line in series], WINDOWS))
    weights = fit_network(
        forecast_seasonal,
        shape,
        before,
        after,
        unit,
        # By the MSIS of the last four days of the training part, kept out for the choice: 9,000 steps gave more, 27,000 no less.
        steps=18000,
        seed=context.seed,
        batch=128,
        half=np.repeat(random.random(len(series)) < 0.5, WINDOWS),
    )
    save(
        context.folder("m4-hourly"),
        lambda ops, history: forecast_seasonal.network(ops, shape, weights, history),
        shape,
        "m4-hourly",
        "fitted",
        [("M4 Hourly", "measure only")],
        context.seed,
        before[::997][:4],
        period=24,
        minimum=72,
        step="hour",
    )


def hourly_windows(rows, change: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Windows, what followed, and the units of the five paths: the middle ones are measured by OWA, the outer ones by MSIS,
    which counts in `change` [n], that of the whole history."""
    before, after = (np.concatenate(part) for part in zip(*rows))
    middle, outer = both_units(seasonal_error(before, 24), after, 12.8), np.broadcast_to(change[:, None], after.shape)
    return before, after, np.stack([outer, middle, middle, middle, outer], axis=2).astype(np.float32)


def daily_change(line: np.ndarray) -> float:
    """MASE's unit: mean size of the change over a day; with a floor far below what series that change have, for those that don't."""
    return max(float(np.abs(line[24:] - line[:-24]).mean()), 1e-4 * float(np.abs(line).mean()) + 1e-9)


def fit_ett(context: FitContext) -> None:
    """One linear map for all channels, from the first twelve months of thirty days (the published split) of every table."""
    for path in files_in(context.data / "ett", "*.csv*"):
        rows = list(rows_of(path))
        values = np.array([[float(cell) for cell in row[1:]] for row in rows[1:]])
        part = values[: 12 * 30 * 24]
        standard = ((part - part.mean(0)) / part.std(0)).T
        shape = forecast_linear.Linear(ETT_LOOKBACK, ETT_HORIZON, (0.1, 0.5, 0.9))
        weights = forecast_linear.fitted(shape, standard, penalty=1000.0)
        variant = f"ett-{path.name.split('.')[0].lower()}"
        save(
            context.folder(variant),
            lambda ops, history: forecast_linear.network(ops, shape, weights, history),
            shape,
            variant,
            "fitted",
            [(path.name.split(".")[0], "measure only")],
            context.seed,
            np.stack([channel[:ETT_LOOKBACK] for channel in standard]),
            period=24,
            minimum=ETT_LOOKBACK,
            step="hour",
        )


def fit_pods(context: FitContext) -> None:
    """Pods' memory: every pod's readings up to the time that leaves the last 30 % of the file's span."""
    rows = []
    for path in files_in(context.train / "alibaba-genai", "pod_memory*.csv*"):
        pods, until = pods_of(path)
        for line in pods:
            history = line[line[:, 0] <= until, 1]
            ends = list(range(min(60, len(history)), len(history) - HORIZON + 1, 6))
            if ends:
                rows.append(windows_at(history, ends, PODS, HORIZON))
    if not rows:
        return
    before, after = (np.concatenate(part) for part in zip(*rows))
    shape = Level(PODS, HORIZON, (0.1, 0.5, 0.9), alphas=(0.1, 0.3), trends=(12, 48, 120), damping=0.97, hidden=32)
    # Pinball in the gauge's own unit is what is measured; a floor keeps flat pods from counting for nothing.
    unit = np.full(len(before), 0.01, dtype=np.float32)
    weights = fit_network(forecast_level, shape, before, after, unit, steps=3000, seed=context.seed)
    save(
        context.folder("pod-memory"),
        lambda ops, history: forecast_level.network(ops, shape, weights, history),
        shape,
        "pod-memory",
        "fitted",
        [("Alibaba GenAI pod memory", "measure only")],
        context.seed,
        before[::1201][:4],
        period=1,
        minimum=60,
        step="reading",
    )


def pods_of(path: Path) -> tuple[list[np.ndarray], float]:
    """Per pod [n, 2] of time and value in order of time; and the time up to which may be learnt from."""
    header, *rows = rows_of(path)
    value, time, pod = (header.index(name) for name in ("value", "timestamp_anon", "container_ip"))
    pods: dict[str, list] = defaultdict(list)
    for row in rows:
        pods[row[pod]].append((float(row[time]), float(row[value])))
    lines = [np.array(sorted(line)) for line in pods.values()]
    first, last = min(line[0, 0] for line in lines), max(line[-1, 0] for line in lines)
    return lines, first + 0.7 * (last - first)


def save(folder, network, shape, variant, origin, trained_on, seed, samples, *, period, minimum, step) -> None:
    write_forecast(
        folder,
        network,
        lookback=shape.lookback,
        horizon=shape.horizon,
        quantiles=shape.quantiles,
        period=period,
        minimum=minimum,
        step=step,
        name=NAME,
        variant=variant,
        origin=origin,
        trained_on=trained_on,
        seed=seed,
        card=CARD,
        samples=samples.astype(np.float32),
    )


def write_simulated(path: Path, seed: int) -> None:
    """Gauges of the regimes kept out of training (and of the trained one): history and what came."""
    rows = []
    for index, regime in enumerate((TRAINED, *HELD_OUT)):
        for line in gauges(regime, 100, 600, seed + index):
            numbers = [None if np.isnan(value) else float(f"{value:.5g}") for value in line]
            rows.append({"regime": regime.name, "history": numbers[:-HORIZON], "future": numbers[-HORIZON:]})
    path.write_text(json.dumps(rows))


CARD = Card(
    summary="Quantiles (10, 50, 90 %) of a gauge read once an hour, 48 hours ahead, from up to two weeks of history; with a capacity, "
    "when it will be reached.",
    data="Simulated gauges with their parameters drawn per series: day and week, growth, steps, climb and fall, bursts, sticky noise, "
    "gaps. Four regimes are kept out of training and measured: runaway growth, many steps, heavy noise, all climb and fall.",
    licence="Own simulator; no public data in the weights. M4, ETT and Alibaba are measured with weights fitted on them, which are not "
    "shipped. Those of M4 Hourly: length of training and the unit of the outer paths were chosen by the MSIS of the last 96 hours of "
    "the training part, never by the outcome that is measured.",
    method="A learnt mixture of plain forecasts (medians by hour of the day, levels over 1, 6 and 24 hours and smoothed ones times "
    "the daily profile, a damped trend, last week scaled to now) whose shares depend on the step and on how the series "
    "behaves, plus a linear map and one hidden layer of what the mixture leaves; the band is a learnt multiple of usual "
    "residuals. Pinball loss in units of the seasonal error.",
    baseline="Seasonal naive: the last day again, with the quantiles of its own past errors.",
    limits="Steps to come can't be foreseen. Readings at other intervals than an hour have to be gathered into hours first. A gauge that "
    "climbs over more than two weeks before it falls looks like growth. Below 72 known readings the plain rule answers, and the "
    "result says so. An exhaustion beyond 48 hours is not given. Very regular series (M4 Hourly) are forecast worse by these "
    "weights than by the last day again, and their 80 % interval holds 70 % of them, so a live comparison with the plain rule has "
    "to decide there; and where noise is several times that of training the band is too narrow (see the regimes below).",
)
