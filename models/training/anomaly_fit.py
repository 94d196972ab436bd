"""Fits the multivariate detectors and their baseline on what is measured: one small model an entity."""

from pathlib import Path

import numpy as np

from .anomaly_metrics import Metrics, fit_reconstruction, fit_sensors, fit_servers, step
from .anomaly_ops import Arrays, Graph
from .artifact import Artifact, Card, Port, write
from .context import FitContext
from .data import files_in, matrix_of, rows_of
from .trees import model_of

SETS = {"smd": "MIT", "asd": "MIT"}
SKAB_TRAINING = 400  # rows at the start of a file, before anything happens


def fit_all(context: FitContext) -> None:
    """SET-ENTITY and SET-ENTITY-baseline for every `<entity>_train` (of the measured folder, else of the training one), and for
    the first rows of every SKAB file. No label is read."""
    for name in SETS:
        context.apart(name, lambda: fit_entities(context, name))
    context.apart("skab", lambda: fit_files(context))


def fit_entities(context: FitContext, name: str) -> None:
    parts: dict[str, Path] = {}
    for folder in (context.train, context.data):
        for pattern in ("train/*.txt*", "train/*.csv*"):  # as published
            parts |= {path.name.split(".")[0]: path for path in files_in(folder / name, pattern)}
        parts |= {path.name.split("_train.")[0]: path for path in files_in(folder / name, "*_train.csv*")}
    for entity, path in parts.items():
        rows = _filled(matrix_of(path))
        _write(context, f"{name}-{entity}", rows, fit_servers(rows), (name.upper(), SETS[name]))
        _write(context, f"{name}-{entity}-baseline", rows, fit_reconstruction(rows), (name.upper(), SETS[name]))
    context.say(f"{name}: {len(parts)} entities")


def fit_files(context: FitContext) -> None:
    files = files_in(context.data / "skab", "*/*.csv*")
    for path in files:
        rows = sensors_of(path)
        if rows is None:
            continue
        name = f"skab-{path.parent.name}-{path.name.split('.')[0]}"
        _write(context, name, rows, fit_sensors(rows), ("SKAB", "GPL-3, measuring only"))
        _write(context, f"{name}-baseline", rows, fit_reconstruction(rows), ("SKAB", "GPL-3, measuring only"))
    context.say(f"skab: {len(files)} files")


def sensors_of(path: Path) -> np.ndarray | None:
    """The sensors' columns of the training rows; None for a file without labels, which is not measured."""
    header, *rows = rows_of(path, ";")
    if "anomaly" not in header:
        return None
    columns = [at for at, name in enumerate(header) if name not in ("datetime", "anomaly", "changepoint")]
    rows = [row for row in rows if row][:SKAB_TRAINING]
    return _filled(np.array([[float(row[at] or "nan") for at in columns] for row in rows]))


def _filled(rows: np.ndarray) -> np.ndarray:
    """Missing values are the last ones known, as in the operator; 0 before any."""
    rows = rows.copy()
    for at in range(len(rows)):
        missing = ~np.isfinite(rows[at])
        rows[at, missing] = rows[at - 1, missing] if at > 0 else 0
    return rows


def _write(context: FitContext, variant: str, rows: np.ndarray, model: Metrics, source: tuple[str, str]) -> None:
    variant = "".join(letter if letter.isalnum() else "-" for letter in variant.lower())
    width, depth = model.shape.width, model.shape.state
    graph = Graph()
    score, state = step(graph, model, graph.input("values"), graph.input("state"))
    graph.output(score, "score")
    graph.output(state, "next_state")
    onnx_model = model_of(
        "anomaly_metrics", graph.nodes, [("values", (width,)), ("state", (depth,))],
        [("score", (1,)), ("next_state", (depth,))], graph.initializers,
    )
    single = Metrics(**{
        name: value.astype(np.float32) if isinstance(value, np.ndarray) else value for name, value in vars(model).items()
    })
    before = np.zeros((1, depth), dtype=np.float32)
    values = rows[:20].astype(np.float32)
    for at in range(20):
        given = before
        score, before = step(Arrays, single, values[at : at + 1], given)
    write(
        context.folder(variant), onnx_model,
        Artifact(
            name=context.name, variant=variant, version="1.0.0", origin="fitted",
            inputs=[
                Port("values", (width,), "the newest row, in the order of the training file"),
                Port("state", (depth,), "next_state of the row before; zeros at the start"),
            ],
            outputs=[
                Port("score", (1,), "1 is as unusual as the training part got"),
                Port("next_state", (depth,), "to be given back with the next row"),
            ],
            trained_on=[source], seed=context.seed, card=CARD,
        ),
        {"values": values[19:20], "state": given},
        {"score": score, "next_state": before},
    )


CARD = Card(
    summary="Judges the newest row of one entity's metrics.",
    data="The entity's own training part.",
    licence="Fitted for a measurement; not for shipping.",
    method="See training/anomaly_metrics.py.",
    baseline="Reconstruction error of principal components (the variants ending in -baseline).",
    limits="Good for the one entity and the columns it was fitted on.",
)
