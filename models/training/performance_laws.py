"""How a distributed job's run time grows: a sum of non-negative parts, each a product of known quantities.

After Ernest (Venkataraman et al., NSDI 2016): a fixed part, work shared by all cores, coordination; here with the disk beside
the cores, and with each parameter of the job scaling its work."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

INSTANCES, CORES, MEMORY, CLOCK, DISK, DATA = range(6)
FACTS = 6
FLOOR = 1e-3  # s; no law says less


@dataclass(frozen=True)
class Law:
    factors: np.ndarray  # [parts, 4] columns of the pool, multiplied
    weights: np.ndarray  # [parts], with the sign of their part

    def of(self, pool: np.ndarray) -> np.ndarray:
        return np.maximum(np.prod(pool[:, self.factors], axis=2) @ self.weights, FLOOR)


def law_of(pool: np.ndarray, times: np.ndarray, parameters: int) -> Law:
    """Least squares of relative errors; what the runs can't tell apart is shared out, less to what needs a parameter."""
    # What a parameter does that never moved is unknown: no law for it is safer than any.
    moved = [index for index in range(FACTS, FACTS + parameters) if pool[:, index].min() < pool[:, index].max()]
    small = [index for index in moved if 0 < pool[:, index].min() and pool[:, index].max() < 1]
    factors, reluctance = _parts(parameters, moved, small)
    columns = np.prod(pool[:, factors], axis=2)
    scale = columns.mean(0)  # negative for logarithms of what is below 1, and so is the weight then
    keep = np.abs(scale) > 1e-12
    columns, scale, factors, reluctance = columns[:, keep] / scale[keep], scale[keep], factors[keep], reluctance[keep]
    weights, _ = nnls(
        np.vstack([columns / times[:, None], np.diag(reluctance) / np.median(times)]),
        np.concatenate([np.ones(len(times)), np.zeros(len(scale))]),
    )
    return Law(factors, weights / scale)


def ernest_of(pool: np.ndarray, times: np.ndarray) -> Law:
    """Ernest as published: fixed, data per core, log of the instances, instances. The baseline."""
    width = (pool.shape[1] - 1) // 3
    one = 3 * width
    factors = np.array([[one] * 4, [DATA, 2 * width + CORES, one, one], [width + INSTANCES, one, one, one], [INSTANCES, one, one, one]])
    columns = np.prod(pool[:, factors], axis=2)
    weights, _ = nnls(columns / times[:, None], np.ones(len(times)))
    return Law(factors, weights)


def _parts(parameters: int, moved: list[int], small: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Columns of the pool to multiply, and how reluctantly a part is taken. A part is somebody's clock or somebody's disk, the
    fixed ones and coordination too: on a machine of another speed nothing takes as long as before."""
    width = FACTS + parameters
    log, inverse, one = width, 2 * width, 3 * width
    clock, disk = inverse + CLOCK, inverse + DISK
    per_core = [DATA, inverse + CORES, clock]
    per_disk = [DATA, inverse + INSTANCES, disk]
    parts: list[tuple[list[int], float]] = [
        ([clock], 0.3), ([log + INSTANCES, clock], 0.6), ([INSTANCES, clock], 0.6), (per_core, 0.3), (per_disk, 0.3),
        ([DATA, clock], 0.6), ([DATA, disk], 0.6),
    ]  # fmt: skip
    for index in moved:
        parts += [
            ([*per_core, index], 0.9), ([*per_disk, index], 0.9), ([index, clock], 0.9),
            ([inverse + CORES, clock, index], 0.9),
        ]  # fmt: skip
    # A tolerance: the smaller, the more work, about as its logarithm.
    parts += [([*per_core, log + index], 0.9) for index in small]
    return (
        np.array([[*part, *[one] * (4 - len(part))] for part, _ in parts], dtype=np.int64),
        np.array([weight for _, weight in parts]),
    )
