"""CostPredictor: daily spend, 90 days ahead; and the yardsticks NN5 and M4 Weekly."""

import json
from pathlib import Path

import numpy as np

from .artifact import Card
from .context import FitContext, TrainContext
from .data import files_in, matrix_of
from .forecast_artifact import write_forecast
from .forecast_ops import JaxOps
from .forecast_seasonal import Seasonal, combined, initial, network, read
from .forecast_spend import HELD_OUT, TRAINED, spend
from .forecast_train import fitted, read_all, seasonal_error, windows

NAME = "CostPredictor"
HORIZON = 90
LOOKBACK = 448  # a year and twelve weeks


def daily(horizon: int, robust: bool) -> Seasonal:
    return Seasonal(
        lookback=LOOKBACK,
        horizon=horizon,
        period=7,
        quantiles=(0.1, 0.5, 0.9),
        cycles=(4, 8, 16),
        profile=26,
        long=364,
        robust=robust,
    )


def train(context: TrainContext) -> None:
    shape = daily(HORIZON, robust=False)
    series = spend(TRAINED, 600, 760, context.seed)
    ends = list(range(180, 760 - HORIZON + 1, 35))
    weights = learnt(shape, series, ends, context.seed, decay={"gate_out": 1e-4, "mix": 1e-4}, steps=3000)
    samples = windows(spend(TRAINED, 3, 700, context.seed + 1), [460, 200], LOOKBACK, HORIZON)[0]
    save(context.folder("daily"), "daily", "shipped", shape, weights, context.seed, [("simulated daily spend", "own work")], samples)


def fit(context: FitContext) -> None:
    for horizon in (56, 90):
        fit_nn5(context, horizon)
    write_simulated(context.out / "simulated.json", context.seed + 1000)


def fit_nn5(context: FitContext, horizon: int) -> None:
    """On everything before the last `horizon` days."""
    paths = files_in(context.train / "nn5", "*.csv*")
    if not paths:
        return
    series = np.concatenate([matrix_of(path, header=True).T for path in paths])[:, :-horizon]
    # The year before is known from day 364 on; windows without it teach the model to do without.
    ends = list(range(252, series.shape[1] - horizon + 1, 3))
    shape = daily(horizon, robust=True)
    # Weeks overlap and there are two years only: strong shrinkage towards parts that count alike.
    weights = learnt(shape, series, ends, context.seed, decay={"gate_out": 0.1, "mix": 0.3}, steps=800, ordinary=True)
    samples = windows(series[:3], [series.shape[1], 300], LOOKBACK, 0)[0]
    variant = f"nn5-{horizon}"
    save(context.folder(variant), variant, "fitted", shape, weights, context.seed, [("NN5", "measure only")], samples)


def learnt(shape: Seasonal, series, ends, seed: int, *, decay, steps: int, ordinary: bool = False) -> dict:
    """`ordinary`: all series share one calendar, and days on which all of them go astray are no measure of a usual band."""
    ops = JaxOps()
    before, after = windows(series, ends, shape.lookback, shape.horizon)
    tensors = read_all(lambda rows: read(ops, shape, rows), before)
    if ordinary:
        after = without_shared_days(after, tensors[0].mean(2) * tensors[-1], len(ends))
    return fitted(
        lambda weights, *parts: combined(ops, shape, weights, *parts),
        initial(shape, seed),
        tensors,
        after,
        seasonal_error(before, shape.period),
        shape.quantiles,
        steps=steps,
        decay=decay,
        seed=seed,
    )


def without_shared_days(after, expected, ends: int):
    """NaN where the median series is off by more than a fifth: a holiday, a strike, a level that moved for everyone."""
    small = 1e-3 * np.maximum(expected.mean(1, keepdims=True), 1e-9)
    off = np.log(np.maximum(after, small) / np.maximum(expected, small)).reshape(ends, -1, after.shape[1])
    astray = np.abs(np.nanmedian(off, axis=1, keepdims=True)) > 0.2
    return np.where(np.broadcast_to(astray, off.shape).reshape(after.shape), np.nan, after).astype(np.float32)


def save(folder: Path, variant, origin, shape: Seasonal, weights, seed, trained_on, samples) -> None:
    weights = {key: np.asarray(value) for key, value in weights.items()}
    write_forecast(
        folder,
        lambda ops, history: network(ops, shape, weights, history),
        name=NAME,
        variant=variant,
        origin=origin,
        lookback=shape.lookback,
        horizon=shape.horizon,
        quantiles=shape.quantiles,
        period=shape.period,
        minimum=56,
        step="day",
        trained_on=trained_on,
        seed=seed,
        card=CARD,
        samples=samples,
    )


def write_simulated(path: Path, seed: int) -> None:
    """Series of the regimes kept out of training (and of the trained one), for the measurement: history and what came."""
    rows = []
    for index, regime in enumerate((TRAINED, *HELD_OUT)):
        series = spend(regime, 60, 640, seed + index)
        cut = series.shape[1] - HORIZON
        for line in series:
            numbers = [None if np.isnan(value) else float(f"{value:.6g}") for value in line]
            rows.append({"regime": regime.name, "history": numbers[:cut], "future": numbers[cut:]})
    path.write_text(json.dumps(rows))


CARD = Card(
    summary="Quantiles (10, 50, 90 %) of a cost a day, 90 days ahead, from up to 448 days of history.",
    data="Simulated daily spend with its parameters drawn per series: weekday pattern, growth, level shifts by deployments, "
    "bursts, first-of-month fees, holidays, a yearly wave, unbilled days. Four regimes are kept out of training and measured: "
    "fast growth, many deployments, heavy noise, weekend batch.",
    licence="Own simulator; no public data in the weights. NN5 and M4 are measured with weights fitted on them, which are not shipped.",
    method="A learnt mixture of plain forecasts (weekday medians over 4, 8 and 16 weeks, a smoothed level or damped trend times the "
    "weekday profile, last year scaled to now, last year's smoothed course) whose shares depend on the step and on how the "
    "series behaves; the band is a learnt multiple of the usual weekday residual, the disagreement of the parts and the "
    "level's steps. Pinball loss in units of the seasonal error.",
    baseline="Median of the last eight same weekdays with the quantiles of its own past errors.",
    limits="It knows no calendar: a moving holiday or a first of the month is only as well seen as it was 364 days before. A level shift "
    "within the horizon can't be foreseen; the band covers usual ones only. Below 56 known days the plain rule answers, and "
    "the result says so. Sums of the outer paths overstate the band of a sum.",
)
