"""`python -m training.forecast_origins --data DIR`: NN5's 80 % interval at several dates of its training part.

Every date has weights of its own, fitted on the days before it, and is measured on the days after it; none of them looks at the
days that the bench holds out. With `--last`, these too, as the last date.
"""

import argparse
from pathlib import Path

import numpy as np

from . import forecast_seasonal
from .cost_predictor import nn5_network
from .data import files_in, matrix_of
from .forecast_ops import JaxOps
from .forecast_train import seasonal_error, windows

ORIGINS = {56: (480, 520, 560, 600, 640, 679), 90: (475, 510, 545, 580, 611)}
LAST = 791  # days of NN5


def measured(series: np.ndarray, origin: int, horizon: int, seed: int) -> tuple[float, float, float]:
    """Coverage in percent, on the usual days too (the middle series is off by less than a fifth), and the interval's score in
    units of the seasonal error (Gneiting and Raftery 2007, at 20 %)."""
    shape, weights = nn5_network(series[:, :origin], horizon, seed)
    before, after = windows(series, [origin], shape.lookback, horizon)
    low, middle, high = np.moveaxis(np.asarray(forecast_seasonal.network(JaxOps(), shape, weights, before)), 2, 0)
    known = ~np.isnan(after)
    inside = (after >= low) & (after <= high)
    off = np.log(np.maximum(after, 1e-9) / np.maximum(middle, 1e-9))
    usual = known & (np.abs(np.nanmedian(off, axis=0, keepdims=True)) <= 0.2)
    score = high - low + 10 * (np.maximum(low - after, 0) + np.maximum(after - high, 0))
    score = score / seasonal_error(before, shape.period)[:, None]
    return 100 * inside[known].mean(), 100 * inside[usual].mean(), score[known].mean()


def main() -> None:
    parser = argparse.ArgumentParser(prog="training.forecast_origins", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--last", action="store_true")
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    series = np.concatenate([matrix_of(path, header=True).T for path in files_in(asked.data / "nn5", "*.csv*")])
    for horizon, origins in ORIGINS.items():
        for origin in (*origins, LAST - horizon) if asked.last else origins:
            covered, usual, score = measured(series, origin, horizon, asked.seed)
            print(f"{horizon} days from day {origin}: covered {covered:.1f} %, usual days {usual:.1f} %, score {score:.3f}", flush=True)


if __name__ == "__main__":
    main()
