"""Variant `nodes`: does a cluster node fail within 48 h, from failure logs (LANL). A decaying rate per node, shrunk to its system's.

The hazard of a node is a weighted sum, weights not negative, of its failures a day seen through exponential windows, each shrunk
towards what its system's other nodes had (empirical Bayes), and of a constant. With so few parameters it holds for systems that
were never seen; trees on the same features did not (see the card).
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from onnx import helper
from scipy.optimize import minimize

from .artifact import Artifact, Card, Feature, Port, write
from .context import FitContext
from .data import files_in, rows_of
from .trees import constant, model_of

WINDOWS = [3.0, 30.0, 100.0, 300.0, 1000.0]  # days
STEP = 2.0  # days, also the horizon
PART = 0.7  # of the log's time: learnt from; the rest is measured
SHRINK = 30.0  # days of the prior within a window
PRIOR = 0.01  # failures a day of a node of an unknown system
FEATURES = [
    ("failures", None), ("system_age_days", "d"), *[(f"decayed_{window:.0f}d", None) for window in WINDOWS],
    ("others_failures_per_node", None),
]


@dataclass(frozen=True)
class Log:
    """Failure times in days since 1970, by system and node."""

    systems: dict[str, dict[str, np.ndarray]]

    @property
    def span(self) -> tuple[float, float]:
        every = np.concatenate([times for nodes in self.systems.values() for times in nodes.values()])
        return float(every.min()), float(every.max())


def read(folder) -> Log | None:
    seen: dict[str, dict[str, list[float]]] = {}
    for path in files_in(folder / "lanl", "failures*.csv*"):
        rows = rows_of(path)
        names = [name.strip() for name in next(rows)]
        system, node, started = names.index("System"), names.index("nodenum"), names.index("Prob Started")
        for row in rows:
            try:
                moment = datetime.strptime(row[started], "%m/%d/%Y %H:%M")
            except (ValueError, IndexError):
                continue
            seen.setdefault(row[system], {}).setdefault(row[node], []).append((moment - datetime(1970, 1, 1)).total_seconds() / 86400)
    return Log({s: {n: np.sort(t) for n, t in nodes.items()} for s, nodes in seen.items()}) if seen else None


def table(log: Log, until: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, labels and weights of every node and step whose 48 h end before `until`; nothing later is looked at."""
    rows, failed, weights = [], [], []
    begin = log.span[0]
    for nodes in log.systems.values():
        past = {name: times[times < until] for name, times in nodes.items()}
        past = {name: times for name, times in past.items() if len(times) > 0}
        if not past:
            continue
        every = np.sort(np.concatenate(list(past.values())))
        steps = np.arange(begin, until - STEP, STEP)
        steps = steps[(steps >= every[0]) & (steps < every[-1] - STEP)]
        if len(steps) == 0:
            continue
        known = np.maximum(1, np.searchsorted(np.sort([times[0] for times in past.values()]), steps, side="right"))
        total = np.searchsorted(every, steps, side="right")
        before = len(rows)
        for times in past.values():
            count = np.searchsorted(times, steps, side="right")
            gaps = steps[:, None] - times[None, :]
            decayed = [np.where(gaps >= 0, np.exp(-np.maximum(gaps, 0) / window), 0).sum(axis=1) for window in WINDOWS]
            rows.append(np.column_stack([count, steps - every[0], *decayed, (total - count) / known]))
            failed.append(np.searchsorted(times, steps + STEP, side="right") > count)
        size = len(steps) * (len(rows) - before)
        weights += [np.full(len(steps), size**-0.5)] * (len(rows) - before)  # a large system counts more, but not in proportion
    return np.vstack(rows).astype(np.float32), np.concatenate(failed), np.concatenate(weights)


def rates(rows: np.ndarray) -> np.ndarray:
    """Failures a day through each window, shrunk to the system's, and a constant."""
    age = np.maximum(rows[:, 1:2], 1)
    prior = (rows[:, -1:] + SHRINK * PRIOR) / (age + SHRINK)
    windows = np.array([WINDOWS])
    exposure = windows * (1 - np.exp(-age / windows))
    return np.column_stack([(rows[:, 2 : 2 + len(WINDOWS)] + SHRINK * prior) / (exposure + SHRINK), np.full(len(rows), 1e-3)])


def weights_of(rates_: np.ndarray, failed: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Maximum likelihood of P(fails in the step) = 1 - exp(-step * rates . weights), weights >= 0 (as exponents)."""

    def loss(logs: np.ndarray) -> tuple[float, np.ndarray]:
        factors = np.exp(logs)
        hazard = STEP * rates_ @ factors
        chance = 1 - np.exp(-hazard) + 1e-12
        value = -(weights * np.where(failed, np.log(chance), -hazard)).sum() / weights.sum()
        slope = weights * np.where(failed, np.exp(-hazard) / chance, -1.0) * STEP
        return value, -(rates_.T @ slope) * factors / weights.sum()

    start = np.full(rates_.shape[1], -2.0)
    return np.exp(minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(-9, 2)] * len(start)).x)


def learnt_from(own: Log | None, past: Log | None) -> tuple[Log | None, float]:
    """The log, and the time up to which it may be learnt from. That is the first part of the measured log itself, as another
    log may have been shifted against it and so know its future; but where the measured log begins after the training folder's
    has ended, it is all of that. bench/models/failure-log.ts asks alike."""
    log = own or past
    if log is None:
        return None, 0.0
    if own and past and own.span[0] >= past.span[1] and not _is_copy(own, past):
        return _joined(past, own), own.span[0]
    begin, end = log.span
    return log, begin + PART * (end - begin)


def _is_copy(log: Log, known: Log) -> bool:
    """Whether a system's failures follow each other as those of a known one do: the same log at another time."""

    def gaps(nodes: dict[str, np.ndarray]) -> bytes:
        return np.round(1440 * np.diff(np.sort(np.concatenate(list(nodes.values()))))).tobytes()

    seen = {gaps(nodes) for nodes in known.systems.values()}
    return any(sum(map(len, nodes.values())) >= 20 and gaps(nodes) in seen for nodes in log.systems.values())


def _joined(first: Log, second: Log) -> Log:
    systems = {name: dict(nodes) for name, nodes in first.systems.items()}
    for name, nodes in second.systems.items():
        mine = systems.setdefault(name, {})
        for node, times in nodes.items():
            mine[node] = np.concatenate([mine.get(node, times[:0]), times])
    return Log(systems)


def fit(context: FitContext) -> None:
    log, until = learnt_from(read(context.data), read(context.train))
    if log is None:
        return
    rows, failed, weights = table(log, until)
    factors = weights_of(rates(rows.astype(np.float64)), failed, weights)
    context.say("weights " + ", ".join(f"{factor:.3f}" for factor in factors))
    samples = rows[:: max(1, len(rows) // 16)][:16]
    expected = 1 - np.exp(-STEP * rates(samples.astype(np.float64)) @ factors)
    write(
        context.folder("nodes"), graph_of(factors),
        Artifact(
            name="FailurePredictor", variant="nodes", version="1.0.0", origin="fitted",
            inputs=[Port("features", (len(FEATURES),), "a node's failures so far and its system's")],
            outputs=[Port("probability", (1,), "fails within 48 h", unit="probability", range=(0, 1))],
            features=[Feature(name, unit) for name, unit in FEATURES],
            scalers={"reference": [0, 365, 0, 0, 0, 0, 0, 1], "windows": WINDOWS, "part": PART, "stepDays": STEP},
            trained_on=[("LANL failures, first 70 % of its time", "measure")], seed=context.seed, card=_CARD,
        ),
        {"features": samples}, {"probability": expected},
    )


def graph_of(factors: np.ndarray):
    width = len(WINDOWS)
    numbers = {
        "age_at": np.array([1]), "others_at": np.array([len(FEATURES) - 1]), "decayed_at": np.arange(2, 2 + width),
        "one": np.float32([1]), "shrink": np.float32([SHRINK]), "prior_mass": np.float32([SHRINK * PRIOR]),
        "windows": np.float32([WINDOWS]), "inverse": np.float32([[-1 / window for window in WINDOWS]]),
        "factors": np.float32(factors[:width, None]), "base": np.float32([1e-3 * factors[width]]), "step": np.float32([-STEP]),
    }
    steps = [
        ("Gather", ["features", "age_at"], "raw_age", {"axis": 1}), ("Max", ["raw_age", "one"], "age", {}),
        ("Gather", ["features", "others_at"], "others", {"axis": 1}), ("Gather", ["features", "decayed_at"], "decayed", {"axis": 1}),
        ("Add", ["others", "prior_mass"], "prior_count", {}), ("Add", ["age", "shrink"], "prior_days", {}),
        ("Div", ["prior_count", "prior_days"], "prior", {}), ("Mul", ["prior", "shrink"], "prior_failures", {}),
        ("Mul", ["age", "inverse"], "faded", {}), ("Exp", ["faded"], "left", {}), ("Sub", ["one", "left"], "held", {}),
        ("Mul", ["windows", "held"], "exposure", {}), ("Add", ["exposure", "shrink"], "days", {}),
        ("Add", ["decayed", "prior_failures"], "failures", {}), ("Div", ["failures", "days"], "rates", {}),
        ("MatMul", ["rates", "factors"], "own", {}), ("Add", ["own", "base"], "hazard", {}), ("Mul", ["hazard", "step"], "exponent", {}),
        ("Exp", ["exponent"], "survival", {}), ("Sub", ["one", "survival"], "probability", {}),
    ]
    return model_of(
        "failure-nodes", [helper.make_node(op, inputs, [output], **attributes) for op, inputs, output, attributes in steps],
        [("features", [len(FEATURES)])], [("probability", [1])], [constant(name, value) for name, value in numbers.items()],
    )


_CARD = Card(
    summary="Does a cluster node fail within 48 h, from the failure log.",
    data="LANL failures: every node that the log names, in steps of two days from its system's first failure to its last; learnt from the first 70 % of the log's time.",
    licence="Measure only.", method="Empirical-Bayes rates through exponential windows, weights by maximum likelihood.",
    baseline="Failures so far over days since the node's first one.",
    limits="Knows nothing of causes; nodes of a system without failures get the prior.",
)
