"""A trained forecast network, written as the operator reads it."""

from pathlib import Path

import numpy as np

from . import artifact
from .artifact import Artifact, Card, Port
from .forecast_ops import JaxOps, graph_of


def write_forecast(
    folder: Path,
    network,
    *,
    lookback: int,
    horizon: int,
    quantiles: tuple[float, ...],
    period: int,
    minimum: int,
    step: str,
    name: str,
    variant: str,
    origin: str,
    trained_on: list[tuple[str, str]],
    seed: int,
    card: Card,
    samples: np.ndarray,
) -> None:
    """`network(ops, history)` gives [batch, horizon, Q]; `minimum` is how many known values the operator asks for."""
    expected = np.asarray(network(JaxOps(), samples))
    model = graph_of(f"{name}-{variant}", network, [("history", (lookback,))], "quantiles", (horizon, len(quantiles)))
    artifact.write(
        folder,
        model,
        Artifact(
            name=name,
            variant=variant,
            version="1.0.0",
            origin=origin,
            inputs=[Port("history", (lookback,), f"the last {lookback} values, one a {step}, oldest first; NaN: missing")],
            outputs=[
                Port("quantiles", (horizon, len(quantiles)), f"by {step} ahead and level, in the unit of the history")
            ],
            trained_on=trained_on,
            seed=seed,
            card=card,
            scalers={"quantiles": list(quantiles)},
            thresholds={"period": period, "minimum_history": minimum},
        ),
        {"history": samples.astype(np.float32)},
        {"quantiles": expected},
    )
