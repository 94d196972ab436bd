"""The shipped variant: from two runs of a workload, how long it takes with other cores, memory and input.

Learnt from simulated workloads whose law is known: Amdahl's serial part, coordination that grows with the instances, and a cliff
where the working set no longer fits into memory."""

import lightgbm
import numpy as np
import onnx
from onnx import helper

from .artifact import Artifact, Card, Feature, Port, write
from .context import TrainContext
from .trees import constant, model_of, tree_nodes

# Of each of two known runs and the candidate, as natural logarithms.
PARTS = ["cores", "memory", "data"]
FEATURES = [
    *(Feature(f"log_{part}_{run}", None) for run in ("known", "other", "candidate") for part in PARTS),
    Feature("log_seconds_known", None, "of the known run"), Feature("log_seconds_other", None, "of the other known run"),
]  # fmt: skip
WIDTH = len(FEATURES)
ROUNDS = 300
TREES = dict(
    num_threads=1, verbose=-1, deterministic=True, learning_rate=0.06, num_leaves=31, min_data_in_leaf=100, lambda_l2=5,
    feature_fraction=0.8, bagging_fraction=0.7, bagging_freq=1,
)  # fmt: skip
# Columns the trees see: differences, so that neither size nor unit of a workload matters.
DIFFERENCES = np.zeros((WIDTH, 11), dtype=np.float32)
for _column, (_plus, _minus) in enumerate([
    (6, 0), (7, 1), (8, 2), (0, 3), (1, 4), (2, 5), (9, 10),  # candidate to known, known to other, times
    (1, 2), (7, 8), (4, 5), (6, 3),  # memory to input of each; candidate's cores to the other's
]):  # fmt: skip
    DIFFERENCES[_plus, _column] += 1
    DIFFERENCES[_minus, _column] -= 1
# Cores closer than this (logarithm) tell nothing of scaling; then an ordinary serial share is assumed.
ALIKE, FLAT, ORDINARY = np.float32(0.1), np.float32(1e-3), np.float32(0.07)
CARD = Card(
    summary="How long a workload takes with other cores, memory and input, from two of its runs.",
    data="Simulated workloads: serial share, coordination, power of the input, cliff of memory and noise drawn for each. Workloads "
    "with a coordination of more than 5 % an instance or a cliff of more than threefold are kept out of training and measured apart.",
    licence="Simulated data only.",
    method="The known run scaled by input over cores, times a factor from boosted trees over differences of logarithms "
    "and Amdahl's law through both runs; one more "
    "ensemble gives the spread (mean absolute error, as a standard deviation).",
    baseline="The known run scaled by input over cores.",
    limits="Two runs alike tell little: spread is wide then. Types of machine are not told apart. Fit a model of its own where there "
    "are tens of runs (see the fitted variants). Those miss most on a type of machine they never saw, where all known runs had one "
    "input or the new type differs in what bounds the job (its disk, say), and where a job's iterations vary without a pattern. "
    "That every part of their law is somebody's clock or disk was decided with the figure of unseen machines in view: leaving a second "
    "type of machine out inside the training runs (22.3 % against 22.8 % before, medians 17.6 % and 19.0 %) hardly tells such laws "
    "apart. Without gain were parts for what does not fit into memory (21.5 % to 23.9 % there, but worse on Sort), a process over "
    "instances alone, and other margins before a deadline: on Grep it is a matter of 3 %, of times kept in steps of 2 s. Speeds are "
    "not shared by jobs: an r4 takes 5 % less time than an m4 for k-means and 40 % less for Sort.",
)


def workloads(count: int, seed: int, extreme: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Rows of FEATURES and the true seconds of the candidate."""
    rng = np.random.default_rng(seed)
    serial = rng.beta(1, 8, count) * 0.6
    coordination = rng.uniform(0.05, 0.12, count) if extreme else rng.choice([0, 1], count) * rng.uniform(0, 0.05, count)
    power = np.clip(rng.normal(1, 0.12, count), 0.6, 1.4)
    fits = np.exp(rng.normal(0.3, 0.7, count))  # memory a unit of input needs
    cliff = rng.uniform(3, 6, count) if extreme else 1 + rng.choice([0, 1], count) * rng.uniform(0, 2, count)
    base = np.exp(rng.normal(5, 1.5, count))
    noise = np.exp(rng.uniform(np.log(0.01), np.log(0.08), count))
    runs = []
    size = np.exp(rng.normal(0, 1, count))
    for _ in range(3):
        cores = 2.0 ** rng.integers(0, 7, count)
        memory = cores * 2.0 ** rng.integers(0, 4, count) * size
        data = size * np.exp(rng.uniform(-1.2, 1.2, count)) * 16
        short = np.clip(data * fits / memory - 1, 0, 1)
        seconds = base * (data / size) ** power * (serial + (1 - serial) / cores + coordination * np.log2(cores) / 16) * (1 + (cliff - 1) * short)
        runs.append((cores, memory, data, seconds * np.exp(rng.normal(0, noise))))
    rows = [np.log(part) for run in runs for part in run[:3]] + [np.log(runs[0][3]), np.log(runs[1][3])]
    return np.stack(rows, 1).astype(np.float32), runs[2][3]


def seen_of(rows: np.ndarray) -> np.ndarray:
    """Differences, the power of the cores that the two runs show, and what Amdahl's law through both says of the candidate
    (relative to the baseline); the same operations as in the graph, in float32."""
    seen = rows @ DIFFERENCES
    apart, shrunk = seen[:, 3], seen[:, 6] - seen[:, 5]
    alike = np.abs(apart) < ALIKE
    power = np.clip(np.where(alike, 0, shrunk / np.where(alike, 1, apart)), -2, 2)
    known, other, candidate = (np.exp(-rows[:, at]) for at in (0, 3, 6))
    ratio = np.exp(shrunk)
    below = (1 - known) - ratio * (1 - other)
    flat = alike | (np.abs(below) < FLAT)
    serial = np.where(flat, ORDINARY, np.clip((ratio * other - known) / np.where(flat, 1, below), 0, 1))
    amdahl = np.log((serial + (1 - serial) * candidate) / (serial + (1 - serial) * known)) + seen[:, 0]
    return np.hstack([seen, np.stack([power, amdahl], 1)]).astype(np.float32)


def plain_of(rows: np.ndarray) -> np.ndarray:
    """The baseline: seconds x (input / input) x (cores / cores)."""
    return np.exp(rows[:, 9] + rows[:, 8] - rows[:, 2] - rows[:, 6] + rows[:, 0])


def train_scaling(context: TrainContext) -> None:
    rows, seconds = workloads(60_000, context.seed)
    seen = seen_of(rows)
    factor = np.log(seconds) - np.log(plain_of(rows))
    half = len(rows) // 2
    trees = lightgbm.train(TREES | {"objective": "l1", "seed": context.seed}, lightgbm.Dataset(seen[:half], factor[:half]), ROUNDS)
    # How far off, learnt where the first has not been. A normal error's mean size is 0.8 of its deviation.
    off = np.abs(factor[half:] - trees.predict(seen[half:])) / 0.798
    spread = lightgbm.train(TREES | {"objective": "l2", "seed": context.seed}, lightgbm.Dataset(seen[half:], off), 120)
    samples, _ = workloads(12, context.seed + 3)
    differences = seen_of(samples)
    write(
        context.folder("scaling"),
        _graph(trees, spread),
        Artifact(
            name="PerformanceOptimizer", variant="scaling", version="1.0.0", origin="shipped",
            inputs=[Port("features", (WIDTH,), "natural logarithms of two known runs and the candidate")],
            outputs=[
                Port("time", (1,), "predicted run time", "s"),
                Port("spread", (1,), "standard deviation of the time's logarithm", range=(0, 10)),
                Port("baseline", (1,), "the known run scaled by input over cores", "s"),
            ],
            trained_on=[("simulated workloads", "none needed")], seed=context.seed, card=CARD, features=FEATURES,
        ),
        {"features": samples},
        {
            "time": plain_of(samples) * np.exp(trees.predict(differences)),
            "spread": np.maximum(0.01, spread.predict(differences)),
            "baseline": plain_of(samples),
        },
    )  # fmt: skip


def _graph(trees: lightgbm.Booster, spread: lightgbm.Booster) -> onnx.ModelProto:
    node = helper.make_node
    plain = np.zeros((WIDTH, 1), dtype=np.float32)
    plain[[9, 8, 0], 0], plain[[2, 6], 0] = 1, -1
    nodes = [
        node("MatMul", ["features", "differences"], ["changes"]),
        node("Gather", ["changes", "at_3"], ["apart"], axis=1),
        node("Gather", ["changes", "at_5"], ["inputs"], axis=1),
        node("Gather", ["changes", "at_6"], ["times"], axis=1),
        node("Gather", ["changes", "at_0"], ["to_candidate"], axis=1),
        node("Sub", ["times", "inputs"], ["shrunk"]),
        node("Abs", ["apart"], ["apart_size"]),
        node("Less", ["apart_size", "alike"], ["is_alike"]),
        node("Where", ["is_alike", "one", "apart"], ["apart_safe"]),
        node("Div", ["shrunk", "apart_safe"], ["power_raw"]),
        node("Where", ["is_alike", "zero", "power_raw"], ["power_or_0"]),
        node("Clip", ["power_or_0", "minus_2", "plus_2"], ["power"]),
        *(
            step
            for at, name in ((0, "known"), (3, "other"), (6, "candidate"))
            for step in (
                node("Gather", ["features", f"at_{at}"], [f"{name}_log"], axis=1),
                node("Neg", [f"{name}_log"], [f"{name}_negative"]),
                node("Exp", [f"{name}_negative"], [name]),
                node("Sub", ["one", name], [f"{name}_rest"]),
            )
        ),
        node("Exp", ["shrunk"], ["ratio"]),
        node("Mul", ["ratio", "other_rest"], ["ratio_rest"]),
        node("Sub", ["known_rest", "ratio_rest"], ["below"]),
        node("Abs", ["below"], ["below_size"]),
        node("Less", ["below_size", "flat"], ["is_small"]),
        node("Or", ["is_alike", "is_small"], ["is_flat"]),
        node("Where", ["is_flat", "one", "below"], ["below_safe"]),
        node("Mul", ["ratio", "other"], ["ratio_other"]),
        node("Sub", ["ratio_other", "known"], ["above"]),
        node("Div", ["above", "below_safe"], ["serial_raw"]),
        node("Clip", ["serial_raw", "zero", "one"], ["serial_clipped"]),
        node("Where", ["is_flat", "ordinary", "serial_clipped"], ["serial"]),
        node("Sub", ["one", "serial"], ["parallel"]),
        node("Mul", ["parallel", "candidate"], ["candidate_part"]),
        node("Add", ["serial", "candidate_part"], ["candidate_share"]),
        node("Mul", ["parallel", "known"], ["known_part"]),
        node("Add", ["serial", "known_part"], ["known_share"]),
        node("Div", ["candidate_share", "known_share"], ["share_ratio"]),
        node("Log", ["share_ratio"], ["share_log"]),
        node("Add", ["share_log", "to_candidate"], ["amdahl"]),
        node("Concat", ["changes", "power", "amdahl"], ["seen"], axis=1),
        tree_nodes(trees, "seen", "factor_log"),
        tree_nodes(spread, "seen", "spread_raw", "spread_"),
        node("Max", ["spread_raw", "least"], ["spread"]),
        node("MatMul", ["features", "plain"], ["plain_log"]),
        node("Exp", ["plain_log"], ["baseline"]),
        node("Exp", ["factor_log"], ["factor"]),
        node("Mul", ["baseline", "factor"], ["time"]),
    ]
    constants = [constant("differences", DIFFERENCES), constant("plain", plain), constant("least", np.float32(0.01))]
    constants += [constant(f"at_{at}", np.array([at], dtype=np.int64)) for at in (0, 3, 5, 6)]
    constants += [
        constant(name, np.float32(value))
        for name, value in (("alike", ALIKE), ("flat", FLAT), ("ordinary", ORDINARY), ("zero", 0), ("one", 1), ("minus_2", -2), ("plus_2", 2))
    ]
    return model_of("scaling", nodes, [("features", (WIDTH,))], [(name, (1,)) for name in ("time", "spread", "baseline")], constants)
