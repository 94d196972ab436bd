"""C3O: run times of distributed jobs on machines of one type, a table a job (the data is for measuring only)."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .artifact import Feature
from .content_hash import content_hash
from .data import files_in, rows_of
from .performance_gp import Affine, Prior, Process, pool_of, process_of
from .performance_laws import CLOCK, CORES, DATA, DISK, FACTS, INSTANCES, MEMORY, law_of

FOLDS = 5
# Name, column of the table, unit; clock and disk come from the machine's type.
KNOWN = [
    ("instances", "instance_count", None),
    ("vcpus", "slots", None),
    ("memory_mb", "memory", "MB"),
    ("clock_ghz", None, "GHz"),
    ("disk_mb_s", None, "MB/s per instance"),
    ("data_mb", "data_size_MB", "MB"),
]
NOT_PARAMETERS = ("instance_count", "machine_type", "slots", "memory", "data_size_MB", "gross_runtime")

# By family of type: what AWS documents of sustained clock (GHz; Broadwell counted 5 % up for its work a cycle) and of bandwidth
# to block storage (MB/s a vCPU); "" is every other family. The manifest carries it to the operator.
MACHINES = {
    "c4": {"clock_ghz": 2.9, "disk_mb_s": 15.625}, "m4": {"clock_ghz": 2.4, "disk_mb_s": 15.625},
    "r4": {"clock_ghz": 2.415, "disk_mb_s": 26.5625}, "c5": {"clock_ghz": 3.4, "disk_mb_s": 35.5},
    "m5": {"clock_ghz": 3.1, "disk_mb_s": 35.5}, "r5": {"clock_ghz": 3.1, "disk_mb_s": 35.5},
    "": {"clock_ghz": 2.5, "disk_mb_s": 18.75},
}  # fmt: skip
PRIOR = Prior(length=(1.5, 1.0), shared=(0.15, 0.7), own=(0.15, 0.7), machine=0.15, noise=(0.02, 0.5))


@dataclass(frozen=True)
class Job:
    """Runs of one job, a row a configuration."""

    name: str
    features: np.ndarray  # [configurations, FACTS + parameters] float32
    times: np.ndarray  # s; the median of its runs
    machines: np.ndarray  # types
    folds: np.ndarray
    parameters: list[str]

    def described(self) -> list[Feature]:
        return [Feature(name, unit) for name, _, unit in KNOWN] + [Feature(name) for name in self.parameters]


def read(folder: Path) -> list[Job]:
    return [_job(path) for path in files_in(folder / "c3o", "*.tsv*")]


def _job(path: Path) -> Job:
    header, *rows = rows_of(path, "\t")
    names = [name.strip() for name in header]
    runs: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for row in rows:
        if row:
            record = dict(zip(names, row))
            runs[tuple(record[name].strip() for name in names if name != "gross_runtime")].append(float(record["gross_runtime"]))
    columns = [name for name in names if name != "gross_runtime"]
    records = [dict(zip(columns, cells)) for cells in runs]
    parameters = sorted(
        name for name in names if name not in NOT_PARAMETERS and all(_is_number(record[name]) for record in records)
    )
    return Job(
        name=path.name.split(".")[0],
        features=np.array([_features(record, parameters) for record in records], dtype=np.float32),
        times=np.array([float(np.median(times)) for times in runs.values()]),
        machines=np.array([record["machine_type"] for record in records]),
        folds=np.array([content_hash(record) % FOLDS for record in records]),
        parameters=parameters,
    )


def _features(record: dict[str, str], parameters: list[str]) -> list[float]:
    instances, cores = float(record["instance_count"]), float(record["slots"])
    machine = MACHINES.get(record["machine_type"].split(".")[0], MACHINES[""])
    return [
        instances, cores, float(record["memory"]), machine["clock_ghz"], machine["disk_mb_s"] * cores / instances,
        float(record.get("data_size_MB", 1)),  # a job that is not told by the size of its data is told by its parameters
        *(float(record[name]) for name in parameters),
    ]  # fmt: skip


def _is_number(cell: str) -> bool:
    try:
        return np.isfinite(float(cell))
    except ValueError:
        return False


def process_of_job(features: np.ndarray, times: np.ndarray) -> Process:
    pool = pool_of(features)
    width = features.shape[1]
    log, inverse = width, 2 * width
    columns = [log + CORES, log + DATA, inverse + CORES]
    columns += [log + index if pool[:, index].min() > 0 else index for index in range(FACTS, width)]
    return process_of(
        features, times, law_of(pool, times, width - FACTS), standardised(pool, columns), _alike(pool.shape[1], log), PRIOR
    )


def standardised(pool: np.ndarray, columns: list[int]) -> Affine:
    """Those of the columns that vary, each to mean 0 and variance 1."""
    columns = [column for column in columns if pool[:, column].std() > 1e-9] or columns[:1]
    weights = np.zeros((pool.shape[1], len(columns)))
    offsets = np.zeros(len(columns))
    for at, column in enumerate(columns):
        spread = pool[:, column].std() or 1.0
        weights[column, at] = 1 / spread
        offsets[at] = -pool[:, column].mean() / spread
    return Affine(weights, offsets)


def _alike(columns: int, log: int) -> Affine:
    """What makes machines alike: memory and disk of a core, cores, and (as it matters most) the clock."""
    weights = np.zeros((columns, 4))
    weights[[log + MEMORY, log + CORES], 0] = 0.7, -0.7
    weights[[log + CORES, log + INSTANCES], 1] = 1, -1
    weights[log + CLOCK, 2] = 2
    weights[[log + DISK, log + CORES, log + INSTANCES], 3] = 1, -1, 1
    return Affine(weights, np.zeros(4))
