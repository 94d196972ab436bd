"""The multivariate detector of one entity: linear forecasts and reconstructions of its metrics, fitted where nothing was
wrong; what they leave over is squared, bounded, averaged and smoothed. Over the operations of anomaly_ops."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.signal import lfilter


@dataclass(frozen=True)
class Metrics:
    """`residual` [inputs, residuals] maps what is known at a row (Shape.inputs) to residuals in their ordinary deviations."""

    shape: "Shape"
    center: np.ndarray  # of the values
    scale: np.ndarray
    residual: np.ndarray
    offset: np.ndarray
    share: np.ndarray  # what each squared residual counts
    clip: float  # deviations a residual counts at most
    smooth: float  # samples the score is averaged over
    unit: float  # the score that is told as 1


@dataclass(frozen=True)
class Shape:
    width: int
    spans: tuple[int, ...]  # samples the running means look back

    @property
    def state(self) -> int:
        """Columns: the last row as given, the means after it, the smoothed score, whether anything was seen."""
        return self.width * (1 + len(self.spans)) + 2

    @property
    def inputs(self) -> int:
        """Columns: this row, the last one, the means before this row, the means with it; all scaled."""
        return self.width * (2 + 2 * len(self.spans))


def known(ops, shape: Shape, center, scale, values, state):
    """What residuals are taken from, and the means with this row."""
    width = shape.width
    seen = ops.columns(state, shape.state - 1, shape.state) > 0.5
    row = (values - center) / scale
    last = ops.where(seen, (ops.columns(state, 0, width) - center) / scale, row)
    before, after = [], []
    for at, span in enumerate(shape.spans):
        mean = ops.columns(state, width * (1 + at), width * (2 + at))
        mean = ops.where(seen, mean, row)
        before.append(mean)
        after.append(mean + (row - mean) * (2 / (span + 1)))
    return ops.concat([row, last, *before, *after]), after, seen


def step(ops, model: Metrics, values, state):
    """`values` [batch, width], `state` [batch, Shape.state]. Returns score (1: as the training part got) and next state."""
    shape = model.shape
    inputs, means, seen = known(ops, shape, ops.constant(model.center), ops.constant(model.scale), values, state)
    left = ops.absolute(ops.matmul(inputs, ops.constant(model.residual)) + ops.constant(model.offset))
    left = ops.minimum(left, model.clip)
    raw = ops.matmul(left * left, ops.constant(model.share[:, None]))
    before = ops.columns(state, shape.state - 2, shape.state - 1)
    smoothed = ops.where(seen, before + (raw - before) * (2 / (model.smooth + 1)), raw)
    return smoothed / model.unit, ops.concat([values, *means, smoothed, 1 + 0 * smoothed])


def run(ops, model: Metrics, rows: np.ndarray) -> np.ndarray:
    """Scores of rows in time order."""
    state = np.zeros((1, model.shape.state), dtype=np.float32)
    scores = np.zeros(len(rows), dtype=np.float32)
    for at in range(len(rows)):
        score, state = step(ops, model, rows[at : at + 1], state)
        scores[at] = score[0, 0]
    return scores


def running(rows: np.ndarray, span: float) -> np.ndarray:
    """The running means after each row, started at the first."""
    rate = 2 / (span + 1)
    return lfilter([rate], [1, rate - 1], rows, axis=0, zi=(1 - rate) * rows[:1])[0]


def smoothed_score(model: Metrics, inputs: np.ndarray) -> np.ndarray:
    """What `step` gives for rows in time order, all at once and before the unit."""
    left = np.minimum(np.abs(inputs @ model.residual + model.offset), model.clip)
    return running((left * left) @ model.share[:, None], model.smooth)[:, 0]


def inputs_of(shape: Shape, scaled: np.ndarray) -> np.ndarray:
    """Shape.inputs for every row of a scaled series."""

    def before(means):
        return np.concatenate([scaled[:1], means[:-1]])

    means = [running(scaled, span) for span in shape.spans]
    return np.concatenate([scaled, before(scaled), *(before(mean) for mean in means), *means], axis=1)


def scaling(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Median and deviation of every column. A column that hardly moves is given a fiftieth of its range, one that does not
    move a fiftieth of its level, and one that is always 0 what the others have: its unit can't be known."""
    center, spread = np.median(rows, axis=0), rows.std(axis=0)
    reach = np.ptp(rows, axis=0)
    reach = np.where(reach > 0, reach, np.abs(center))
    usual = np.median(reach[reach > 0]) if (reach > 0).any() else 1.0
    return center, np.maximum(spread, np.where(reach > 0, reach, usual) * 0.02)


def leftover(data: np.ndarray, share: float) -> np.ndarray:
    """Map from centred columns to what principal components, up to a share of the variance, leave over."""
    values, vectors = np.linalg.eigh(np.cov(data.T))
    order = np.argsort(values)[::-1]
    kept = int(np.searchsorted(np.cumsum(values[order]) / max(values.sum(), 1e-12), share) + 1)
    used = vectors[:, order[:kept]]
    return np.eye(data.shape[1]) - used @ used.T


LEAST_DEVIATION = 0.05  # of a residual, in deviations of the column: what fits perfectly may not weigh without bound


def fit_servers(rows: np.ndarray) -> Metrics:
    """Three views of long-watched servers: which metrics go together now, which go together with their own past hours,
    and what the last rows foretell."""
    center, scale = scaling(rows)
    shape = Shape(rows.shape[1], (60, 300))
    width = shape.width
    inputs = inputs_of(shape, (rows - center) / scale)
    now, last, short, past = (slice(width * at, width * (at + 1)) for at in (0, 1, 2, 5))
    maps, offsets, shares = [], [], []

    def add(columns: np.ndarray, weights: np.ndarray, center: np.ndarray) -> None:
        whole = np.zeros((inputs.shape[1], weights.shape[1]))
        whole[columns] = weights
        deviation = np.maximum((inputs @ whole).std(axis=0), LEAST_DEVIATION)
        maps.append(whole / deviation)
        offsets.append(-(center @ weights) / deviation)
        shares.append(np.full(weights.shape[1], 1 / (3 * weights.shape[1])))

    at = np.arange(inputs.shape[1])
    for columns, kept in ((at[now], 0.6), (np.concatenate([at[now], at[past]]), 0.5)):
        part = inputs[:, columns]
        add(columns, leftover(part, kept), part.mean(axis=0))
    columns = np.concatenate([at[last], at[short]])
    design = np.concatenate([inputs[:, columns], np.ones((len(inputs), 1))], axis=1)
    gram = design.T @ design / len(design) + 0.01 * np.eye(design.shape[1])
    weights = np.linalg.solve(gram, design.T @ inputs[:, now] / len(design))
    add(np.concatenate([at[now], columns]), np.concatenate([np.eye(width), -weights[:-1]]), np.zeros(3 * width))
    offsets[-1] -= weights[-1] / np.maximum((inputs[:, now] - design @ weights).std(axis=0), LEAST_DEVIATION)
    model = Metrics(
        shape, center, scale, np.concatenate(maps, axis=1), np.concatenate(offsets), np.concatenate(shares), 20.0, 15.0, 1.0
    )
    return replace(model, unit=max(float(np.quantile(smoothed_score(model, inputs), 0.999)), 1e-9))


def fit_sensors(rows: np.ndarray) -> Metrics:
    """Hotelling's T-squared of short running means, for a few hundred rows. The unit is the highest score on a third of them
    that the other two thirds were fitted without."""
    shape = Shape(rows.shape[1], (10,))
    center, scale = scaling(rows)
    inputs = inputs_of(shape, (rows - center) / scale)
    means = inputs[:, 3 * shape.width :]

    def fitted(part: np.ndarray) -> Metrics:
        middle, deviation = part.mean(axis=0), part.std(axis=0) + 1e-9
        values, vectors = np.linalg.eigh(np.cov(((part - middle) / deviation).T) + 0.3 * np.eye(shape.width))
        whiten = (vectors / np.sqrt(values)) / deviation[:, None]
        whole = np.zeros((inputs.shape[1], shape.width))
        whole[3 * shape.width :] = whiten
        share = np.full(shape.width, 1 / shape.width)
        return Metrics(shape, center, scale, whole, -(middle @ whiten), share, 1e3, 20.0, 1.0)

    thirds = np.array_split(np.arange(len(means)), 3)
    kept = [np.setdiff1d(np.arange(len(means)), third) for third in thirds]
    highest = max(smoothed_score(fitted(means[rest]), inputs[third]).max() for rest, third in zip(kept, thirds))
    return replace(fitted(means), unit=float(highest))


def fit_reconstruction(rows: np.ndarray, share: float = 0.95) -> Metrics:
    """The baseline: squared reconstruction error of principal components, as it stands."""
    center, scale = rows.mean(axis=0), rows.std(axis=0)
    scale = np.where(scale > 1e-6 * np.maximum(np.abs(center), 1e-30), scale, 1.0)
    shape = Shape(rows.shape[1], ())
    inputs = inputs_of(shape, (rows - center) / scale)
    whole = np.zeros((inputs.shape[1], shape.width))
    whole[: shape.width] = leftover(inputs[:, : shape.width], share)
    model = Metrics(shape, center, scale, whole, np.zeros(shape.width), np.full(shape.width, 1.0), 1e6, 1.0, 1.0)
    return replace(model, unit=max(float(smoothed_score(model, inputs).max()), 1e-9))
