"""Variants `connections*`: is a network connection an attack (NSL-KDD), known kinds and new ones.

Two judges: trees that know the attacks of the training part, and a mixture of Gaussians of the normal connections, to which what
is new is unlikely. How much each counts, and where the line is, comes from leaving kinds of attack out: every attack is judged
by trees that did not know its kind, and again by trees that did.
"""

import json
from collections import Counter

import lightgbm
import numpy as np
from onnx import helper
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture

from .artifact import Artifact, Card, Feature, Port, write
from .content_hash import content_hash
from .context import FitContext
from .data import files_in, text_of
from .trees import constant, model_of, tree_nodes

WORDS = (1, 2, 3)  # columns: protocol, service, flag
LABEL = 41
NUMBERS = [column for column in range(LABEL) if column not in WORDS]
COMPONENTS, GROUPS = 24, 6
# Trees are sure of what they never saw: their logit counts no further than this, and most of the attacks' weight is on new kinds.
CLIP, NEW, KNOWN = 3.0, 0.4, 0.1
PARAMETERS = {
    "objective": "binary", "num_leaves": 15, "learning_rate": 0.05, "min_data_in_leaf": 20, "feature_fraction": 0.5,
    "bagging_fraction": 0.7, "bagging_freq": 1, "deterministic": True, "num_threads": 1, "verbose": -1,
}


def fit(context: FitContext) -> None:
    files = files_in(context.train / "nsl-kdd", "KDDTrain+*.txt*")
    if not files:
        return
    # In the order of what they say: neither the order of the file nor the names of the kinds moves a record.
    lines = {line.strip() for path in files for line in text_of(path).splitlines() if line.strip()}
    lines = sorted(lines, key=lambda line: (_content(line), line))
    _fit_one(context, "connections", lines)
    # Like the official test: some kinds (every third by frequency) are new, and the rest is other records of what was seen.
    kinds = [line.split(",")[LABEL] for line in lines]
    ranked = [kind for kind, _ in sorted(Counter(kinds).items(), key=lambda entry: (-entry[1], entry[0])) if kind != "normal"]
    new = set(ranked[2::3])
    held = [kind in new or content_hash(dict(enumerate(_content(line)))) % 10 < 3 for kind, line in zip(kinds, lines)]
    _fit_one(context, "connections-held", [line for line, out in zip(lines, held) if not out])
    (context.out / "connections-held.txt").write_text("\n".join(line for line, out in zip(lines, held) if out) + "\n")


def _content(line: str) -> list[str]:
    return line.split(",")[:LABEL]


def _fit_one(context: FitContext, variant: str, lines: list[str]) -> None:
    cells = [line.split(",") for line in lines]
    kinds = np.array([row[LABEL] for row in cells])
    attack = kinds != "normal"
    words = [sorted({row[column] for row in cells}) for column in WORDS]
    rows = np.array([row_of(row, words) for row in cells], dtype=np.float32)
    logit, base = _stack(rows, kinds, attack, context.seed)
    context.say(f"{variant}: {len(lines)} records, weights {np.round(logit, 2)}, {base:.2f}")
    booster, normal = _trees(rows, attack, context.seed), Normal(rows[~attack], context.seed)
    samples = rows[:: max(1, len(rows) // 16)][:16]
    raw = booster.predict(samples, raw_score=True)
    expected = 1 / (1 + np.exp(-(_judges(raw, normal.oddness(samples)) @ logit + base)))
    nodes, numbers = normal.graph(rows.shape[1])
    numbers += [
        constant("low", np.float32(-CLIP)), constant("high", np.float32(CLIP)), constant("logit", np.float32(logit[:, None])),
        constant("base", np.float32([base])),
    ]
    nodes += [
        tree_nodes(booster, "features", "raw"), helper.make_node("Clip", ["raw", "low", "high"], ["known"]),
        helper.make_node("Concat", ["known", "oddness"], ["judges"], axis=1),
        helper.make_node("Gemm", ["judges", "logit", "base"], ["sum"]), helper.make_node("Sigmoid", ["sum"], ["probability"]),
        helper.make_node("Sigmoid", ["raw"], ["baseline"]),
    ]
    write(
        context.folder(variant),
        model_of("security-connections", nodes, [("features", [rows.shape[1]])], [("probability", [1]), ("baseline", [1])], numbers),
        Artifact(
            name="SecurityThreatDetector", variant=variant, version="1.0.0", origin="fitted",
            inputs=[Port("features", (rows.shape[1],), "a connection record")],
            outputs=[
                Port("probability", (1,), "it is an attack, known or new", unit="probability", range=(0, 1)),
                Port("baseline", (1,), "the trees alone", unit="probability", range=(0, 1)),
            ],
            features=[Feature(f"c{column}") for column in NUMBERS]
            + [Feature(f"c{column}={word}") for column, known in zip(WORDS, words) for word in known],
            scalers={"words": words, "reference": [float(value) for value in np.median(rows[~attack], axis=0)]},
            thresholds={"attack": 0.5}, trained_on=[("NSL-KDD, 20 % training file", "research")], seed=context.seed, card=_CARD,
        ),
        {"features": samples}, {"probability": expected, "baseline": 1 / (1 + np.exp(-raw))},
    )


def row_of(cells: list[str], words: list[list[str]]) -> list[float]:
    """Numbers, then one column for each known word; src/inference/features/security-connection.ts mirrors it."""
    return [float(cells[column]) for column in NUMBERS] + [
        float(cells[column] == word) for column, known in zip(WORDS, words) for word in known
    ]


def _trees(rows: np.ndarray, attack: np.ndarray, seed: int) -> lightgbm.Booster:
    return lightgbm.train({**PARAMETERS, "seed": seed}, lightgbm.Dataset(rows, attack.astype(float)), 150)


def _judges(raw: np.ndarray, oddness: np.ndarray) -> np.ndarray:
    return np.column_stack([np.clip(raw, -CLIP, CLIP), oddness])


def _stack(rows: np.ndarray, kinds: np.ndarray, attack: np.ndarray, seed: int) -> tuple[np.ndarray, float]:
    """Weights of the judges. Kinds are left out in groups of about equal variety; half of the weight is the normal records',
    most of the other half that of attacks of a left-out kind, by kind rather than by number."""
    rng = np.random.default_rng(seed)
    ranked = [kind for kind, _ in sorted(Counter(kinds[attack]).items(), key=lambda entry: (-entry[1], entry[0]))]
    part = rng.integers(0, GROUPS, len(kinds))
    judged, is_attack, weights = [], [], []
    for group in range(GROUPS):
        left_out = np.isin(kinds, ranked[group::GROUPS])
        test = left_out | (part == group)
        learnt = ~test
        booster, normal = _trees(rows[learnt], attack[learnt], seed), Normal(rows[learnt & ~attack], seed)
        judged.append(_judges(booster.predict(rows[test], raw_score=True), normal.oddness(rows[test])))
        is_attack.append(attack[test])
        weight = np.zeros(test.sum())
        new, known, well = left_out[test], (attack & ~left_out)[test], ~attack[test]
        sizes = Counter(kinds[test & left_out])
        share = np.array([sizes[kind] ** -0.5 if kind in sizes else 0.0 for kind in kinds[test]])
        weight[new] = NEW * share[new] / share[new].sum()
        weight[known], weight[well] = KNOWN / max(1, known.sum()), 0.5 / max(1, well.sum())
        weights.append(weight)
    weight = np.concatenate(weights)
    line = LogisticRegression(C=1.0).fit(np.vstack(judged), np.concatenate(is_attack), sample_weight=weight * len(weight) / weight.sum())
    return line.coef_[0], float(line.intercept_[0])


class Normal:
    """A mixture of Gaussians (diagonal) of normal connections, on logarithms of the numbers. Oddness grows with unlikelihood."""

    def __init__(self, rows: np.ndarray, seed: int):
        values = self._log(rows)
        self.mean, self.spread = values.mean(axis=0), values.std(axis=0) + 0.05
        self.mixture = GaussianMixture(n_components=COMPONENTS, covariance_type="diag", reg_covar=0.05, random_state=seed, max_iter=60).fit(
            (values - self.mean) / self.spread
        )
        self.lowest = float(-self.mixture.score_samples((values - self.mean) / self.spread).max())

    @staticmethod
    def _log(rows: np.ndarray) -> np.ndarray:
        rows = rows.astype(np.float64)
        return np.sign(rows) * np.log1p(np.abs(rows))

    def oddness(self, rows: np.ndarray) -> np.ndarray:
        values = (self._log(rows) - self.mean) / self.spread
        return np.log1p(np.maximum(0, -self.mixture.score_samples(values) - self.lowest) / 10)

    def graph(self, width: int):
        """The same in operators: the squares are written out, so that all components are two products of matrices."""
        precision, means = 1 / self.mixture.covariances_, self.mixture.means_
        level = np.log(self.mixture.weights_) + 0.5 * np.log(precision).sum(axis=1) - 0.5 * width * np.log(2 * np.pi)
        level -= 0.5 * (means**2 * precision).sum(axis=1)
        numbers = {
            "one": np.float32(1), "mean": self.mean.astype(np.float32), "spread": self.spread.astype(np.float32),
            "square": np.float32(-0.5 * precision.T), "cross": np.float32((means * precision).T), "level": np.float32(level),
            "lowest": np.float32(self.lowest), "tenth": np.float32(0.1), "zero": np.float32(0),
        }
        steps = [
            ("Sign", ["features"], "sign"), ("Abs", ["features"], "size"), ("Add", ["size", "one"], "size1"), ("Log", ["size1"], "log"),
            ("Mul", ["sign", "log"], "values"), ("Sub", ["values", "mean"], "centred"), ("Div", ["centred", "spread"], "z"),
            ("Mul", ["z", "z"], "zz"), ("MatMul", ["zz", "square"], "squares"), ("MatMul", ["z", "cross"], "crosses"),
            ("Add", ["squares", "crosses"], "distances"), ("Add", ["distances", "level"], "likelihoods"),
        ]
        nodes = [helper.make_node(op, inputs, [output]) for op, inputs, output in steps]
        nodes += [
            helper.make_node("ReduceLogSumExp", ["likelihoods"], ["likelihood"], axes=[1], keepdims=1),
            helper.make_node("Add", ["likelihood", "lowest"], ["under"]), helper.make_node("Neg", ["under"], ["over"]),
            helper.make_node("Max", ["over", "zero"], ["excess"]), helper.make_node("Mul", ["excess", "tenth"], ["scaled"]),
            helper.make_node("Add", ["scaled", "one"], ["scaled1"]), helper.make_node("Log", ["scaled1"], ["oddness"]),
        ]
        return nodes, [constant(name, value) for name, value in numbers.items()]


_CARD = Card(
    summary="Is a network connection an attack, of a known kind or a new one.", data="NSL-KDD's 20 % training file.",
    licence="Research use: never shipped.", method="Trees for the known, a mixture of Gaussians of the normal for the new.",
    baseline="The trees alone, at one half.", limits="Records of 1998; says nothing about today's networks.",
)
