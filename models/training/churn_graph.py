"""The churn model: terms of a logistic regression made inside the graph, boosted trees, and their calibrated mean."""

from dataclasses import dataclass

import lightgbm
import numpy as np
import onnx
from onnx import helper
from sklearn.linear_model import LogisticRegression

from .churn_telco import COLUMNS, FEATURES
from .trees import constant, model_of, tree_nodes

AT = {name: index for index, (name, _, _) in enumerate(COLUMNS)}
WIDTH = len(COLUMNS)

# Weighted sums of features, appended to them: what is counted, and who has no internet at all.
SUMS: list[tuple[str, dict[str, float], float]] = [
    ("protection", {"online_security": 1, "online_backup": 1, "device_protection": 1, "tech_support": 1}, 0),
    ("streaming", {"streaming_tv": 1, "streaming_movies": 1}, 0),
    ("offline", {"internet_dsl": -1, "internet_fiber": -1}, 1),
]
# Shapes of tenure: its logarithm, its root, and steps and decays (months) for the many who leave early.
STEPS = [1.5, 3.5, 6.5, 12.5]
DECAYS = [3.0, 12.0]
LOG, ROOT = WIDTH + len(SUMS), WIDTH + len(SUMS) + 1
SUM = {name: WIDTH + index for index, (name, _, _) in enumerate(SUMS)}
NAMED = AT | SUM | {"log_tenure": LOG, "root_tenure": ROOT}
PRODUCTS: list[tuple[str, str]] = [
    *(("log_tenure", other) for other in (
        "internet_fiber", "one_year", "two_year", "offline", "electronic_check", "protection", "monthly_charge")),
    *(("internet_fiber", other) for other in (
        "one_year", "two_year", "electronic_check", "protection", "streaming", "monthly_charge", "senior", "dependents")),
    *(("one_year", other) for other in ("offline", "electronic_check", "senior", "protection")),
    *(("two_year", other) for other in ("offline", "electronic_check", "protection")),
    ("monthly_charge", "monthly_charge"), ("tenure_months", "monthly_charge"), ("internet_dsl", "phone"),
]  # fmt: skip
LEFT = np.array([NAMED[a] for a, _ in PRODUCTS], dtype=np.int64)
RIGHT = np.array([NAMED[b] for _, b in PRODUCTS], dtype=np.int64)
SUM_WEIGHTS = np.zeros((WIDTH, len(SUMS)), dtype=np.float32)
for _column, (_, _weights, _) in enumerate(SUMS):
    for _name, _weight in _weights.items():
        SUM_WEIGHTS[AT[_name], _column] = _weight
SUM_OFFSETS = np.array([offset for _, _, offset in SUMS], dtype=np.float32)

TREES = dict(
    objective="binary", num_threads=1, verbose=-1, deterministic=True, learning_rate=0.03, num_leaves=8, max_depth=3,
    min_data_in_leaf=60, lambda_l2=20, feature_fraction=0.4, bagging_fraction=0.7, bagging_freq=1,
    monotone_constraints_method="advanced",
    # The longer someone is bound or has stayed, the less likely they leave; all else equal.
    monotone_constraints=[-1 if name in ("tenure_months", "one_year", "two_year") else 0 for name in AT],
)  # fmt: skip
ROUNDS = 350
SHRINK = 0.02


def terms(features: np.ndarray) -> np.ndarray:
    """What the logistic regression sees; the same operations as in the graph."""
    x = features.astype(np.float64)
    tenure = x[:, [AT["tenure_months"]]]
    wide = np.hstack([x, x @ SUM_WEIGHTS + SUM_OFFSETS, np.log1p(tenure), np.sqrt(tenure)])
    steps = (tenure <= np.array(STEPS)).astype(np.float64)
    decays = np.exp(-tenure / np.array(DECAYS))
    return np.hstack([wide, wide[:, LEFT] * wide[:, RIGHT], steps, decays])


@dataclass(frozen=True)
class Linear:
    weights: np.ndarray  # float32, of unscaled columns
    offset: float

    def margin(self, columns: np.ndarray) -> np.ndarray:
        return columns @ self.weights.astype(np.float64) + self.offset


def linear_of(columns: np.ndarray, left: np.ndarray, strength: float) -> Linear:
    """Ridge logistic regression on standardised columns, the scaling folded into its weights."""
    mean, spread = columns.mean(0), columns.std(0)
    spread[spread == 0] = 1
    found = LogisticRegression(C=strength, max_iter=4000).fit((columns - mean) / spread, left)
    weights = found.coef_[0] / spread
    return Linear(weights.astype(np.float32), float(found.intercept_[0] - mean @ weights))


@dataclass(frozen=True)
class ChurnModel:
    trees: lightgbm.Booster
    linear: Linear
    plain: Linear  # the baseline: logistic regression on the features as they are
    slope: float
    shift: float

    def probability(self, features: np.ndarray) -> np.ndarray:
        return sigmoid(self.slope * margin(self.trees, self.linear, features) + self.shift)

    def baseline(self, features: np.ndarray) -> np.ndarray:
        return sigmoid(self.plain.margin(features.astype(np.float64)))


def margin(trees: lightgbm.Booster, linear: Linear, features: np.ndarray) -> np.ndarray:
    return (trees.predict(features, raw_score=True) + linear.margin(terms(features))) / 2


def sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))


def parts_of(features: np.ndarray, left: np.ndarray, seed: int) -> tuple[lightgbm.Booster, Linear]:
    trees = lightgbm.train(TREES | {"seed": seed}, lightgbm.Dataset(features, left), ROUNDS)
    return trees, linear_of(terms(features), left, SHRINK)


def fitted(features: np.ndarray, left: np.ndarray, seed: int, inner: int = 4) -> ChurnModel:
    """Trees and regression on all rows; the calibration (Platt) on margins of rows they had not seen."""
    turn = np.random.default_rng(seed).permutation(len(left)) % inner
    unseen = np.zeros(len(left))
    for part in range(inner):
        rest = turn != part
        unseen[~rest] = margin(*parts_of(features[rest], left[rest], seed), features[~rest])
    platt = LogisticRegression(C=1e6).fit(unseen[:, None], left)
    return ChurnModel(
        *parts_of(features, left, seed),
        plain=linear_of(features.astype(np.float64), left, 1.0),
        slope=float(platt.coef_[0, 0]),
        shift=float(platt.intercept_[0]),
    )


def graph_of(model: ChurnModel) -> onnx.ModelProto:
    node = helper.make_node
    nodes = [
        tree_nodes(model.trees, "features", "tree_margin"),
        node("Gather", ["features", "tenure_at"], ["tenure"], axis=1),
        node("MatMul", ["features", "sum_weights"], ["summed"]),
        node("Add", ["summed", "sum_offsets"], ["sums"]),
        node("Add", ["tenure", "one"], ["tenure_1"]),
        node("Log", ["tenure_1"], ["log_tenure"]),
        node("Sqrt", ["tenure"], ["root_tenure"]),
        node("Concat", ["features", "sums", "log_tenure", "root_tenure"], ["wide"], axis=1),
        node("Gather", ["wide", "left"], ["left_factor"], axis=1),
        node("Gather", ["wide", "right"], ["right_factor"], axis=1),
        node("Mul", ["left_factor", "right_factor"], ["products"]),
        node("LessOrEqual", ["tenure", "step_ends"], ["is_within"]),
        node("Cast", ["is_within"], ["steps"], to=onnx.TensorProto.FLOAT),
        node("Mul", ["tenure", "decay_rates"], ["decay_powers"]),
        node("Exp", ["decay_powers"], ["decays"]),
        node("Concat", ["wide", "products", "steps", "decays"], ["terms"], axis=1),
        node("Gemm", ["terms", "weights", "offset"], ["linear_margin"]),
        node("Add", ["tree_margin", "linear_margin"], ["margins"]),
        node("Mul", ["margins", "slope"], ["scaled"]),
        node("Add", ["scaled", "shift"], ["margin"]),
        node("Sigmoid", ["margin"], ["probability"]),
        node("Gemm", ["features", "plain_weights", "plain_offset"], ["plain_margin"]),
        node("Sigmoid", ["plain_margin"], ["baseline"]),
    ]
    single = np.float32
    initializers = [
        constant("tenure_at", np.array([AT["tenure_months"]], dtype=np.int64)),
        constant("sum_weights", SUM_WEIGHTS),
        constant("sum_offsets", SUM_OFFSETS),
        constant("one", single(1)),
        constant("left", LEFT),
        constant("right", RIGHT),
        constant("step_ends", np.array([STEPS], dtype=single)),
        constant("decay_rates", np.array([[-1 / months for months in DECAYS]], dtype=single)),
        constant("weights", model.linear.weights[:, None]),
        constant("offset", np.array([model.linear.offset], dtype=single)),
        constant("slope", single(model.slope / 2)),
        constant("shift", single(model.shift)),
        constant("plain_weights", model.plain.weights[:, None]),
        constant("plain_offset", np.array([model.plain.offset], dtype=single)),
    ]
    return model_of(
        "churn", nodes, [("features", (len(FEATURES),))], [("probability", (1,)), ("baseline", (1,))], initializers
    )
