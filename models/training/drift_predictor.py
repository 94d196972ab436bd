"""DriftPredictor: how likely something of a Blueprint is changed out of band within the next 24 hours."""

import json
import tempfile
from pathlib import Path

import lightgbm
import numpy as np

from .artifact import Artifact, Card, Feature, Port, write
from .context import FitContext, TrainContext
from .drift_simulator import HELD_OUT, REGIMES, simulate
from .operator_code import run_script
from .trees import monotone_booster, probability_model

NAME = "DriftPredictor"
TRAINING_FLEETS = 16
TEAMS = 110
# Fleets differ: a few of them are no measure.
MEASURED_FLEETS = 6
# Seeds of fleets that are only measured begin here, those of training at the trainer's own seed.
MEASURED = 100_000

# As src/inference/features/drift-history.ts: name, unit, and which way the probability may go as the value rises.
FEATURES = [
    ("heat_8h", None, 1),
    ("heat_1d", None, 1),
    ("heat_4d", None, 1),
    ("heat_20d", None, 1),
    ("found_per_day_30d", "1/d", 1),
    ("found_per_day_90d", "1/d", 1),
    ("found_days_14d", "d", 1),
    ("weeks_alike", None, 1),
    ("since_found_days", "d", -1),
    ("answered_changes", None, 1),
    ("neighbour_rate", "1/week", 1),
    ("neighbours", None, 0),
    ("watched_days", "d", 0),
    ("unseen_days", "d", 0),
    ("workday_share", None, 0),
    ("usual_hours", None, 0),
    ("changes_1d", None, 0),
    ("changes_7d", None, 0),
    ("changes_30d", None, 0),
    ("since_change_days", "d", 0),
    ("resources_log", None, 0),
    ("writers", None, 0),
    ("heals", None, 0),
]

# Watched for 90 days without a find, changed a week ago: src/inference/models/drift-predictor.ts.
REFERENCE = [0, 0, 0, 0, 0, 0, 0, 0, 90, 0, 0, 5, 90, 0, 1, 1, 0, 1, 1, 7, float(np.float32(np.log1p(12))), 1, 1]

CARD = Card(
    summary="The probability that something of a Blueprint is changed out of band within the next 24 hours, from what checks "
    "found before, its own changes and what happened to its neighbours.",
    data="Simulated fleets (models/training/drift_simulator.py) of teams with habits of their own: disciplined ones, constant "
    "rates, working hours, self-exciting bursts, fixes after incidents, teams that learn, weekly routines, and Blueprints "
    "that turn wild for days. Checks see changes only when they look. Label: the simulated truth, found or not. Measured on fleets of other "
    "seeds, and on fleets with habits that training never saw: tools that undo each other, migrations by hand, careless "
    "new owners, changes after releases. No public history of drift is in the data folder, so there is no proxy on real data.",
    licence="Made by this repository; free of others' data.",
    method="Boosted trees on 23 columns made by src/inference/features/drift-history.ts, which the trainer runs itself. "
    "Monotone: each further find raises the probability or leaves it.",
    baseline="The 30-day change count: 1 - e^(-n / d) of n finds in d watched days.",
    limits="A simulator knows no organisation; where a fleet's rates differ by much, the order is better than the level. "
    "That further finds never lower the probability costs some precision: weekly routines say less on the day after. "
    "Weekdays are those of UTC and Monday to Friday. It says nothing of a Blueprint that was never checked.",
)


def train(context: TrainContext) -> None:
    parts = [_judged(context.seed + fleet, REGIMES) for fleet in range(TRAINING_FLEETS)]
    rows, labels = np.concatenate([rows for rows, _ in parts]), np.concatenate([labels for _, labels in parts])
    context.say(f"{len(labels)} moments, {labels.mean():.3f} of them before a drift")
    booster = fitted(rows, labels, context.seed)
    graph = probability_model("drift", booster, len(FEATURES))
    chosen = np.concatenate([np.array([REFERENCE], np.float32), rows[:: len(rows) // 15][:15]])
    write(
        context.folder("changes"),
        graph,
        Artifact(
            name=NAME,
            variant="changes",
            version="1.0.0",
            origin="shipped",
            inputs=[Port("features", (len(FEATURES),), "a Blueprint at a moment; see features")],
            outputs=[Port("probability", (1,), "that it drifts in the next 24 hours", "probability", range=(0, 1))],
            trained_on=[("simulated out-of-band changes", "none needed")],
            seed=context.seed,
            card=CARD,
            features=[Feature(name, unit) for name, unit, _ in FEATURES],
            scalers={"reference": REFERENCE},
        ),
        {"features": chosen},
        {"probability": booster.predict(chosen)},
    )


def fit(context: FitContext) -> None:
    """Fleets to measure on, and nothing learnt: `seen.jsonl` with the habits of training, `unseen.jsonl` with others."""
    for name, regimes in (("seen", REGIMES), ("unseen", HELD_OUT)):
        with (context.out / f"{name}.jsonl").open("w") as file:
            for fleet in range(MEASURED_FLEETS):
                write_lines(file, simulate(MEASURED + context.seed + fleet, regimes, TEAMS))


def fitted(rows: np.ndarray, labels: np.ndarray, seed: int) -> lightgbm.Booster:
    return monotone_booster(rows, labels, [way for _, _, way in FEATURES], seed, leaves=12, fewest=200)


def _judged(seed: int, regimes: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """The operator's rows of a fleet's moments, and whether it drifted in the day after each."""
    blueprints = simulate(seed, regimes, TEAMS)
    with tempfile.TemporaryDirectory() as folder:
        histories, rows = Path(folder) / "histories.jsonl", Path(folder) / "rows.f32"
        with histories.open("w") as file:
            write_lines(file, blueprints)
        run_script("bench/models/drift-rows.ts", histories, rows)
        made = np.fromfile(rows, dtype="<f4").reshape(-1, len(FEATURES))
    labels = [sample["label"] for blueprint in blueprints for sample in blueprint["samples"]]
    return made, np.array(labels, dtype=np.float64)


def write_lines(file, blueprints: list[dict]) -> None:
    for blueprint in blueprints:
        file.write(json.dumps(blueprint, separators=(",", ":")) + "\n")
