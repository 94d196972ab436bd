"""Writes a model as the operator reads it: model.onnx, model.json, samples.json and card.md, parity proven first."""

import hashlib
import json
import re
import subprocess
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

OPSET = 17
IR_VERSION = 8
PARITY = 1e-4
MEASURED = "## Measured"


@dataclass(frozen=True)
class Port:
    """An input or output. `shape` is without the batch axis; `range` bounds every value of an output."""

    name: str
    shape: tuple[int, ...]
    description: str
    unit: str | None = None
    type: str = "float32"
    range: tuple[float, float] | None = None


@dataclass(frozen=True)
class Feature:
    name: str
    unit: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class Card:
    """card.md: what a user has to know. Figures are put in by `npm run models:bench -- --record`."""

    summary: str
    data: str
    licence: str
    method: str
    baseline: str
    limits: str


@dataclass(frozen=True)
class Artifact:
    name: str
    variant: str
    version: str
    origin: str  # shipped | fitted
    inputs: list[Port]
    outputs: list[Port]
    trained_on: list[tuple[str, str]]  # name, licence
    seed: int
    card: Card
    features: list[Feature] = field(default_factory=list)
    scalers: dict = field(default_factory=dict)
    thresholds: dict[str, float] = field(default_factory=dict)


def write(
    folder: Path,
    model: onnx.ModelProto,
    artifact: Artifact,
    samples: dict[str, np.ndarray],
    expected: dict[str, np.ndarray],
) -> None:
    """`samples` are inputs by name (a few rows), `expected` the trainer's own outputs for them, not ONNX Runtime's.
    Fails when ONNX Runtime differs from them by more than 1e-4 (relative above 1)."""
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    session = open_session(data)
    answers = dict(zip([o.name for o in session.get_outputs()], session.run(None, samples)))
    for port in artifact.outputs:
        given, wanted = answers[port.name], np.asarray(expected[port.name]).reshape(answers[port.name].shape)
        worst = float(np.max(np.abs(given - wanted) / np.maximum(1, np.abs(wanted)), initial=0))
        if not worst <= PARITY:
            raise SystemExit(f"{artifact.name}/{artifact.variant}: {port.name} differs from the trainer by {worst:.2g}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(data)
    manifest = {
        "name": artifact.name,
        "variant": artifact.variant,
        "version": artifact.version,
        "origin": artifact.origin,
        "opset": next(entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")),
        "digest": "sha256:" + hashlib.sha256(data).hexdigest(),
        "inputs": [_port(port) for port in artifact.inputs],
        "outputs": [_port(port) for port in artifact.outputs],
        "features": [_present(vars(feature)) for feature in artifact.features],
        "scalers": artifact.scalers,
        "thresholds": {key: float(value) for key, value in artifact.thresholds.items()},
        "trainedOn": [{"name": name, "licence": licence} for name, licence in artifact.trained_on],
        "seed": artifact.seed,
        "trainingCommit": _commit(),
        "createTime": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    (folder / "model.json").write_text(json.dumps(manifest, indent=2) + "\n")
    (folder / "samples.json").write_text(
        json.dumps({"inputs": _tensors(samples), "outputs": _tensors({p.name: expected[p.name] for p in artifact.outputs})})
        + "\n"
    )
    (folder / "card.md").write_text(_card(artifact, folder / "card.md"))


def open_session(data: bytes) -> onnxruntime.InferenceSession:
    """One thread, as in the operator."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def _present(values: dict) -> dict:
    return {key: value for key, value in values.items() if value is not None}


def _port(port: Port) -> dict:
    shape = [None, *port.shape]
    return _present({**vars(port), "shape": shape, "range": None if port.range is None else list(port.range)})


def _tensors(tensors: dict[str, np.ndarray]) -> dict:
    return {
        name: {
            "dims": list(np.asarray(value).shape),
            "data": [
                None if np.isnan(number) else float(f"{number:.9g}")
                for number in np.asarray(value, dtype=np.float64).ravel()
            ],
        }
        for name, value in tensors.items()
    }


def _commit() -> str:
    try:
        return subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True, cwd=Path(__file__).parent
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _card(artifact: Artifact, before: Path) -> str:
    card = artifact.card
    sources = ", ".join(f"{name} ({licence})" for name, licence in artifact.trained_on)
    parts = [
        f"# {artifact.name}/{artifact.variant} {artifact.version}",
        card.summary,
        f"## Data\n\n{card.data}\n\nTrained on: {sources}.",
        f"## Licence\n\n{card.licence}",
        f"## Method\n\n{card.method}",
        f"## Baseline\n\n{card.baseline}",
        f"## Known limits\n\n{card.limits}",
    ]
    measured = before.read_text().partition(MEASURED)[2] if before.exists() else ""
    parts.append(f"{MEASURED}{measured.rstrip()}" if measured else f"{MEASURED}\n\nNot yet: `npm run models:bench -- --record`.")
    return re.sub(r"\n{3,}", "\n\n", "\n\n".join(part.strip() for part in parts)) + "\n"
