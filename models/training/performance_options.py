"""DeepPerf: performance of configurable systems by their options, a table a system (for measuring only)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .content_hash import content_hash
from .data import files_in, rows_of
from .performance_gp import Affine, Prior, Process, pool_of, process_of
from .performance_jobs import standardised

REPEATS = 5
RUNS_PER_OPTION = 5


@dataclass(frozen=True)
class System:
    name: str
    options: list[str]
    features: np.ndarray  # [configurations, options] float32
    values: np.ndarray
    hashes: np.ndarray

    def training(self, repeat: int) -> np.ndarray:
        """Which configurations are learnt from: the 5 n with the smallest hash of this repeat, n the number of options."""
        mixed = np.array([content_hash({"draw": str(repeat), "hash": str(value)}) for value in self.hashes])
        chosen = np.zeros(len(self.values), dtype=bool)
        chosen[np.argsort(mixed, kind="stable")[: RUNS_PER_OPTION * len(self.options)]] = True
        return chosen


def read(folder: Path) -> list[System]:
    return [_system(path) for path in files_in(folder / "deepperf", "*_AllNumeric.csv*")]


def _system(path: Path) -> System:
    header, *rows = rows_of(path)
    names = [name.strip() for name in header]
    answer = names[-1]  # PERF or performance: the last column
    options = sorted(names[:-1])
    records = [dict(zip(names, row)) for row in rows if row]
    return System(
        name=path.name.split("_")[0].lower(),
        options=options,
        features=np.array([[float(record[name]) for name in options] for record in records], dtype=np.float32),
        values=np.array([float(record[answer]) for record in records]),
        hashes=np.array([content_hash(record, (answer,)) for record in records]),
    )


def process_of_options(features: np.ndarray, values: np.ndarray) -> Process:
    pool = pool_of(features)
    scale = float(np.log(values).std()) or 1e-3
    prior = Prior(length=(3.0, 1.0), shared=(scale, 1.0), own=None, machine=0.0, noise=(0.02 * scale, 1.0))
    nowhere = Affine(np.zeros((pool.shape[1], 1)), np.zeros(1))
    return process_of(features, values, None, standardised(pool, _distinct(features)), nowhere, prior)


def linear_of(features: np.ndarray, values: np.ndarray) -> Affine:
    """The baseline: every option multiplies the value by a factor of its own (least squares of logarithms)."""
    pool = pool_of(features)
    columns = _distinct(features)
    mean, scale = pool[:, columns].mean(0), pool[:, columns].std(0)
    scaled = (pool[:, columns] - mean) / scale
    found = np.linalg.solve(scaled.T @ scaled + 1e-3 * np.eye(len(columns)), scaled.T @ (np.log(values) - np.log(values).mean()))
    weights = np.zeros((pool.shape[1], 1))
    weights[columns, 0] = found / scale
    return Affine(weights, np.array([np.log(values).mean() - mean @ (found / scale)]))


def _distinct(features: np.ndarray) -> list[int]:
    """Options that vary and do not merely repeat (or negate) an earlier one."""
    kept: list[int] = []
    for column in range(features.shape[1]):
        values = features[:, column]
        if values.std() > 0 and all(abs(np.corrcoef(values, features[:, other])[0, 1]) < 0.9999 for other in kept):
            kept.append(column)
    return kept or [0]
