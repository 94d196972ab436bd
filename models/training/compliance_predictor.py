"""CompliancePredictor: how likely a resource violates a control seven days from now."""

import tempfile
from pathlib import Path

import lightgbm
import numpy as np

from .artifact import Artifact, Card, Feature, Port, write
from .context import FitContext, TrainContext
from .operator_code import run_script
from .trees import monotone_booster, probability_model

NAME = "CompliancePredictor"
# Organisations to learn from; the last one only sets the threshold.
ORGANISATIONS = 6
THRESHOLD = "violated"

# As src/inference/features/compliance-history.ts: name, unit, and which way the probability may go as the value rises.
FEATURES = [
    ("violated", None, 1),
    ("violated_days", "d", 0),
    ("clean_days", "d", 0),
    ("times_violated", None, 0),
    ("violated_share", None, 0),
    ("age_days", "d", 0),
    ("severity", None, 0),
    ("changes_7d", None, 0),
    ("changes_30d", None, 0),
    ("since_change_days", "d", 0),
    ("siblings_share", None, 1),
    ("siblings_violated", None, 0),
    ("resource_share", None, 1),
    ("peers_share", None, 1),
    ("fleet_share", None, 1),
    ("copies_share", None, 1),
    ("mend_rate", "1/d", -1),
    ("begin_rate", "1/d", 1),
    ("family_mended_7d", None, 0),
]

CARD = Card(
    summary="The probability that a resource violates a control seven days from now, whether it does so now or not.",
    data="Simulated organisations (bench/models/compliance-*.ts): teams with habits copy templates, edit, mend what is "
    "reported, open things in a hurry and put them back, roll back, clean up before audits. What they write comes from the "
    "examples of the built-in policies; whether it violates a control is decided by the operator's own policy engine at each "
    "change. A quarter of the controls, by a hash of their ids, is left out of training as if it did not exist, and "
    "organisations of other seeds are measured.",
    licence="Made by this repository; free of others' data.",
    method="Boosted trees on 19 columns about a pair of resource and control: its own past, its severity, how the family, the "
    "resource, the namespace, the fleet and copies of the same template fare, and how soon the namespace mends. Nothing "
    "names the control, so it may be a new one. Monotone in the shares. The threshold has the best macro-F1 on an "
    "organisation that the trees were not fitted on.",
    baseline="Persistence: what is violated stays so, and nothing else will be.",
    limits="How people edit is simulated, not observed. Built-in packs of clouds and Kubernetes only; the organisation's packs "
    "depend on its settings. Persistence has nearly the same macro-F1: the gain is in the order, and in violations that have yet "
    "to begin, of which most still come as a surprise. Where an organisation lets violations stand for months, persistence is "
    "all but right and little can be gained.",
)


def train(context: TrainContext) -> None:
    seeds = [context.seed + place for place in range(ORGANISATIONS)]
    parts = judged(seeds)
    rows, labels = (np.concatenate([part[place] for part in parts[:-1]]) for place in (0, 1))
    context.say(f"{len(labels)} pairs at a moment, {labels.mean():.3f} of them violated a week later")
    booster = fitted(rows, labels, context.seed)
    threshold = best_threshold(booster.predict(parts[-1][0]), parts[-1][1])
    graph = probability_model("compliance", booster, len(FEATURES))
    # The ordinary pair: the median of those that were never violated.
    never = (rows[:, 0] == 0) & (rows[:, 3] == 0)
    reference = np.median(rows[never], axis=0).astype(np.float32)
    chosen = np.concatenate([reference[None], rows[labels == 1][:7], rows[:: len(rows) // 8][:8]]).astype(np.float32)
    write(
        context.folder("pairs"),
        graph,
        Artifact(
            name=NAME,
            variant="pairs",
            version="1.0.0",
            origin="shipped",
            inputs=[Port("features", (len(FEATURES),), "a resource under a control at a moment; see features")],
            outputs=[Port("probability", (1,), "violated in seven days", "probability", range=(0, 1))],
            trained_on=[("simulated changes, judged by the policy engine", "none needed")],
            seed=context.seed,
            card=CARD,
            features=[Feature(name, unit) for name, unit, _ in FEATURES],
            scalers={"reference": [float(f"{value:.9g}") for value in reference]},
            thresholds={THRESHOLD: threshold},
        ),
        {"features": chosen},
        {"probability": booster.predict(chosen)},
    )


def fit(context: FitContext) -> None:
    """Nothing: no folder of the data holds manifests, and what is shipped is what is measured."""


def judged(seeds: list[int]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rows and labels of each organisation, by the operator's own code and its policy engine."""
    with tempfile.TemporaryDirectory() as folder:
        run_script("bench/models/compliance-rows.ts", folder, *map(str, seeds))
        return [
            (
                np.fromfile(Path(folder) / f"{seed}.f32", dtype="<f4").reshape(-1, len(FEATURES)),
                np.fromfile(Path(folder) / f"{seed}.labels", dtype=np.uint8),
            )
            for seed in seeds
        ]


def fitted(rows: np.ndarray, labels: np.ndarray, seed: int) -> lightgbm.Booster:
    return monotone_booster(rows, labels, [way for _, _, way in FEATURES], seed, leaves=15, fewest=150)


def best_threshold(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Of the quantiles of the probabilities, the one with the highest macro-F1."""

    def macro(threshold: float) -> float:
        said = probabilities >= threshold
        hits, misses = np.sum(said & (labels == 1)), np.sum(~said & (labels == 1))
        alarms, rests = np.sum(said & (labels == 0)), np.sum(~said & (labels == 0))
        return (2 * hits / (2 * hits + alarms + misses) + 2 * rests / (2 * rests + alarms + misses)) / 2

    return float(max(np.unique(np.quantile(probabilities, np.linspace(0.5, 0.999, 400))), key=macro))
