"""ChurnPredictor: how likely a customer leaves, calibrated."""

from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from . import churn_telco
from .artifact import Artifact, Card, Port, write
from .churn_graph import ChurnModel, fitted, graph_of
from .context import FitContext, TrainContext
from .churn_telco import FEATURES, FOLDS, Customers

NAME = "ChurnPredictor"
SOURCE = ("IBM telco customer churn", "Apache-2.0")

CARD = Card(
    summary="How likely a customer leaves, from contract, tenure, charges and services. It feeds no live health: it shows "
    "platform teams which subscribers of a paid service to talk to.",
    data="The IBM telco sample: one row a customer, left within the last month or not. Measured by five folds; a row's "
    "fold is a hash of its content, so neither order nor names matter and equal rows never stand on both sides. "
    "Nothing is resampled.",
    licence="Apache-2.0; no row of the data is in the model's files but the few of samples.json.",
    method="The mean of two log-odds: 350 boosted trees of depth 3, decreasing in tenure and contract length, and a ridge "
    "logistic regression on the features, shapes of tenure and chosen products. Platt calibration on rows the parts had not "
    "seen. All of it is in the graph.",
    baseline="Logistic regression on the features, fitted on the same folds; it is the graph's second output.",
    limits="One sample of one company in one quarter. Another currency or another notion of tenure needs another fit. Gender "
    "is not used. Figures above .90 AUC on this data come from resampling before the split.",
)


def train(context: TrainContext) -> None:
    customers = churn_telco.read(context.data)
    if customers is None:
        raise SystemExit(f"{context.data} has no telco-churn")
    _write(context.folder("telco"), customers, np.ones(len(customers.left), dtype=bool), "telco", "shipped", context.seed)


def fit(context: FitContext) -> None:
    """`telco-K` has seen no row of fold K; `telco-all`, for rows that are not in the training folder, has seen all of it."""
    customers = churn_telco.read(context.train)
    if customers is None:
        return
    for fold in range(FOLDS):
        rest = customers.folds != fold
        _write(context.folder(f"telco-{fold}"), customers, rest, f"telco-{fold}", "fitted", context.seed)
    everyone = np.ones(len(customers.left), dtype=bool)
    _write(context.folder("telco-all"), customers, everyone, "telco-all", "fitted", context.seed)


def _write(folder: Path, customers: Customers, which: np.ndarray, variant: str, origin: str, seed: int) -> None:
    features, left = customers.features[which], customers.left[which]
    with threadpool_limits(1):
        model: ChurnModel = fitted(features, left, seed)
    rows = features[:: max(1, len(features) // 16)][:16]
    write(
        folder,
        graph_of(model),
        Artifact(
            name=NAME,
            variant=variant,
            version="1.0.0",
            origin=origin,
            inputs=[Port("features", (len(FEATURES),), "a customer; yes is 1")],
            outputs=[
                Port("probability", (1,), "that the customer leaves", "probability", range=(0, 1)),
                Port("baseline", (1,), "the same by logistic regression on the features", "probability", range=(0, 1)),
            ],
            trained_on=[SOURCE],
            seed=seed,
            card=CARD,
            features=FEATURES,
            scalers={"reference": [float(f"{value:.6g}") for value in _ordinary(features)]},
        ),
        {"features": rows},
        {"probability": model.probability(rows), "baseline": model.baseline(rows)},
    )


def _ordinary(features: np.ndarray) -> np.ndarray:
    """The median customer: what a contribution is measured against."""
    return np.median(features, axis=0)
