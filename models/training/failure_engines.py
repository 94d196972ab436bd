"""Variants `engines*`: cycles left of a turbofan engine (C-MAPSS FD001), from its sensors so far.

Windows over the sensors come from outside (src/inference/features/failure-engine.ts mirrors `row`); a health index, the linear
combination of the sensors that best follows the cycles left, is made of them inside the graph, and trees read both.
`engines` learns from all engines, `engines-N` from those whose place in the file is not N modulo five.
"""

import lightgbm
import numpy as np
import onnx
from onnx import helper
from sklearn.linear_model import Ridge

from .artifact import Artifact, Card, Feature, Port, open_session, write
from .context import FitContext
from .data import files_in, text_of
from .trees import constant, model_of, tree_nodes

CAP = 125.0  # cycles; before that an engine is taken to be as good as new, as is usual for this set
FOLDS = 5
SETTINGS = 5  # columns before the sensors: engine, cycle, three settings
MEANS, SLOPES, FADES, FIRST = [5, 15, 30], [30, 60], [0.03, 0.06, 0.12, 0.25], 20
KINDS = [*(f"mean{w}" for w in MEANS), f"first{FIRST}", *(f"faded{f}" for f in FADES), *(f"slope{w}" for w in SLOPES)]
LEVELS = len(MEANS) + 1 + len(FADES)  # kinds that are levels; the rest are slopes

PARAMETERS = {
    "objective": "regression", "num_leaves": 15, "learning_rate": 0.03, "min_data_in_leaf": 60, "feature_fraction": 0.3,
    "bagging_fraction": 0.5, "bagging_freq": 1, "lambda_l2": 5, "deterministic": True, "num_threads": 1, "verbose": -1,
}


def read(folder) -> list[np.ndarray] | None:
    """The engines of the training file by number, whatever the order of its lines: [cycle, column]."""
    files = files_in(folder / "c-mapss", "train_FD001.txt*")
    if not files:
        return None
    lines = np.array([[float(cell) for cell in line.split()] for line in text_of(files[0]).splitlines() if line.strip()])
    lines = lines[np.lexsort((lines[:, 1], lines[:, 0]))]
    return [lines[lines[:, 0] == engine] for engine in np.unique(lines[:, 0])]


def rows_of(sensors: np.ndarray) -> np.ndarray:
    """Features of every moment of one engine's `sensors` [cycle, sensor]: kind by kind, and the cycles so far."""
    faded, total = [np.zeros(sensors.shape[1]) for _ in FADES], [0.0 for _ in FADES]
    rows = []
    for now in range(1, len(sensors) + 1):
        parts = [sensors[max(0, now - width) : now].mean(axis=0) for width in MEANS]
        parts.append(sensors[: min(now, FIRST)].mean(axis=0))
        for index, fade in enumerate(FADES):
            faded[index] = (1 - fade) * faded[index] + fade * sensors[now - 1]
            total[index] = (1 - fade) * total[index] + fade
            parts.append(faded[index] / total[index])
        for width in SLOPES:
            window = sensors[max(0, now - width) : now]
            place = np.arange(len(window)) - (len(window) - 1) / 2
            # The floor keeps a slope of a few cycles from being taken seriously.
            parts.append(place @ window / max((place**2).sum(), width * width / 9))
        rows.append(np.concatenate([*parts, [now]]))
    return np.array(rows)


def fit(context: FitContext) -> None:
    # The measured folder's own training file first: its engines are the ones held out, whatever their order and units.
    engines = read(context.data) or read(context.train)
    if engines is None:
        return
    sensors = [engine[:, SETTINGS:] for engine in engines]
    every = np.vstack(sensors)
    chosen = range(every.shape[1])
    chosen = [sensor for sensor in chosen if len(np.unique(every[:, sensor])) > 2]  # the rest say nothing
    rows = [rows_of(one[:, chosen]).astype(np.float32) for one in sensors]
    left = [np.minimum(CAP, np.arange(len(one))[::-1]) for one in sensors]
    for variant, learnt in [
        ("engines", range(len(engines))),
        *((f"engines-{fold}", [i for i in range(len(engines)) if i % FOLDS != fold]) for fold in range(FOLDS)),
    ]:
        _fit_one(context, variant, chosen, [sensors[i] for i in learnt], [rows[i] for i in learnt], [left[i] for i in learnt])


def _fit_one(context: FitContext, variant: str, chosen: list[int], sensors, rows, left) -> None:
    raw, table, target = np.vstack(sensors)[:, chosen], np.vstack(rows), np.concatenate(left)
    mean, spread = raw.mean(axis=0), raw.std(axis=0)
    index = Ridge(10).fit((raw - mean) / spread, target).coef_ / spread
    windows, numbers = _windows_graph(index, mean)
    given = [("features", [table.shape[1]])]
    read_out = open_session(
        _sealed(model_of("failure-engine-windows", windows, given, [("joined", [table.shape[1] + len(KINDS)])], numbers))
    ).run(None, {"features": table})[0]
    booster = lightgbm.train({**PARAMETERS, "seed": context.seed}, lightgbm.Dataset(read_out, target), 250)
    line = Ridge(10).fit(read_out[:, table.shape[1] :], target)
    ends = [
        tree_nodes(booster, "joined", "raw"), helper.make_node("Clip", ["raw", "none", "cap"], ["cycles"]),
        helper.make_node("Gemm", ["health", "line", "line_base"], ["linear"]),
        helper.make_node("Clip", ["linear", "none", "cap"], ["baseline"]),
    ]
    numbers += [
        constant("none", np.float32(0)), constant("cap", np.float32(CAP)),
        constant("line", np.float32(line.coef_[:, None])), constant("line_base", np.float32([line.intercept_])),
    ]
    samples = slice(0, None, max(1, len(table) // 16))
    write(
        context.folder(variant),
        model_of("failure-engine", [*windows, *ends], given, [("cycles", [1]), ("baseline", [1])], numbers),
        Artifact(
            name="FailurePredictor", variant=variant, version="1.0.0", origin="fitted",
            inputs=[Port("features", (table.shape[1],), "windows over an engine's sensors")],
            outputs=[
                Port("cycles", (1,), "cycles left, at most 125", range=(0, CAP)),
                Port("baseline", (1,), "the same by ridge regression on the health index", range=(0, CAP)),
            ],
            features=[Feature(f"s{s + 1}_{kind}") for kind in KINDS for s in chosen] + [Feature("cycles_so_far")],
            scalers={"sensors": chosen}, trained_on=[("C-MAPSS FD001", "public")], seed=context.seed, card=_CARD,
        ),
        {"features": table[samples][:16]},
        {
            "cycles": np.clip(booster.predict(read_out[samples][:16]), 0, CAP),
            "baseline": np.clip(line.predict(read_out[samples][:16, table.shape[1] :]), 0, CAP),
        },
    )


def _windows_graph(index: np.ndarray, mean: np.ndarray):
    """Appends the health index of every kind of window: levels around the mean sensor, slopes without it."""
    count = len(index)
    weights = np.zeros((count * len(KINDS) + 1, len(KINDS)), dtype=np.float32)
    for kind in range(len(KINDS)):
        weights[kind * count : (kind + 1) * count, kind] = index
    offset = np.concatenate([np.tile(mean, LEVELS), np.zeros(count * (len(KINDS) - LEVELS) + 1)]).astype(np.float32)
    nodes = [
        helper.make_node("Sub", ["features", "offset"], ["centred"]), helper.make_node("MatMul", ["centred", "index"], ["health"]),
        helper.make_node("Concat", ["features", "health"], ["joined"], axis=1),
    ]
    return nodes, [constant("offset", offset), constant("index", weights)]


def _sealed(model: onnx.ModelProto) -> bytes:
    model.ir_version = 8
    return model.SerializeToString()


_CARD = Card(
    summary="Cycles a turbofan engine has left, at most 125.",
    data="C-MAPSS FD001, training engines.", licence="Public (NASA).",
    method="Windows over the sensors, a linear health index, LightGBM.",
    baseline="Ridge regression on the health index's windows.",
    limits="One operating condition and one kind of fault.",
)
