"""Right-sizing: from half a day of use, the limit for the next half day, as the decision that costs least.

For 13 candidate limits the share of samples above each is foreseen (half by trees, half by the window itself); the limit taken
is the one with the least expected slack + price x share above."""

from dataclasses import dataclass

import lightgbm
import numpy as np
import onnx
from onnx import TensorProto, helper

from .trees import constant, model_of, tree_nodes

SAMPLES = 144
LEVELS = [60, 70, 78, 84, 88, 91, 93, 95, 96.5, 98, 99, 100]
RANKS = np.array([max(0, int(np.ceil(level / 100 * SAMPLES)) - 1) for level in LEVELS], dtype=np.int64)
P95 = LEVELS.index(95)
CANDIDATES = len(LEVELS) + 1
# The last candidate is above all that was seen, by this share of the range from P95 to the maximum.
BEYOND = 0.15
SHAPE_RANKS = np.array([0, 14, 36, 72, 107, 129, 140, 143], dtype=np.int64)
BLOCKS = [6, 12, 24, 48]
LATE = 48
OWN = 0.5
TREES = dict(
    objective="l2", num_threads=1, verbose=-1, deterministic=True, learning_rate=0.06, num_leaves=16, min_data_in_leaf=400,
    lambda_l2=10, feature_fraction=0.5, bagging_fraction=0.5, bagging_freq=1,
)  # fmt: skip
ROUNDS = 120
TINY = np.float32(1e-9)
MEANS = np.zeros((SAMPLES, len(BLOCKS) + 1 + 12), dtype=np.float32)
for _at, _length in enumerate([*BLOCKS, SAMPLES]):
    MEANS[-_length:, _at] = 1 / _length
for _hour in range(12):
    MEANS[_hour * 12 : (_hour + 1) * 12, len(BLOCKS) + 1 + _hour] = 1 / 12


@dataclass(frozen=True)
class Rightsizer:
    trees: lightgbm.Booster

    def decide(self, usage: np.ndarray, price: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Limit and expected share of samples above it. `price`: slack that a share of 1 above is worth, in the unit of use."""
        limits = candidates_of(usage)
        risks = self.risks(usage, limits)
        best = (slack_of(limits, risks) + price[:, None] * risks).argmin(1)
        rows = np.arange(len(usage))
        return limits[rows, best], risks[rows, best]

    def risks(self, usage: np.ndarray, limits: np.ndarray) -> np.ndarray:
        foreseen = self.trees.predict(rows_of(usage, limits)).reshape(limits.shape)
        return falling(OWN * above(usage, limits) + (1 - OWN) * foreseen)


def candidates_of(usage: np.ndarray) -> np.ndarray:
    ordered = np.sort(usage, axis=1)
    seen = ordered[:, RANKS]
    top = seen[:, -1:] + np.float32(BEYOND) * (seen[:, -1:] - seen[:, [P95]])
    return np.hstack([seen, top])


def above(usage: np.ndarray, limits: np.ndarray) -> np.ndarray:
    return np.stack([(usage > limits[:, [at]]).mean(1, dtype=np.float64) for at in range(limits.shape[1])], 1)


def falling(risks: np.ndarray) -> np.ndarray:
    """A higher limit is never exceeded more often."""
    return np.clip(np.minimum.accumulate(risks, axis=1), 0, 1)


def slack_of(limits: np.ndarray, risks: np.ndarray) -> np.ndarray:
    """Expected slack beyond that of the lowest candidate: the integral of the share not above."""
    steps = np.diff(limits, axis=1) * (1 - (risks[:, 1:] + risks[:, :-1]) / 2)
    return np.hstack([np.zeros((len(limits), 1)), np.cumsum(steps, axis=1)])


def scale_of(usage: np.ndarray) -> np.ndarray:
    """What use is measured in: its P95, or its maximum where that is 0."""
    ordered = np.sort(usage, axis=1)
    p95, most = ordered[:, [RANKS[P95]]], ordered[:, [-1]]
    return np.maximum(np.where(p95 > 0, p95, most), TINY)


def rows_of(usage: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """A row a candidate; of shape only, so that the unit does not matter."""
    usage = usage.astype(np.float32)
    scale = scale_of(usage)
    z = usage / scale
    means = z @ MEANS
    mean = means[:, [len(BLOCKS)]]
    shape = np.hstack([
        np.sort(z, axis=1)[:, SHAPE_RANKS],
        means,
        *(z[:, -length:].max(1, keepdims=True) for length in BLOCKS),
        np.sqrt(((z - mean) ** 2).mean(1, keepdims=True)),
        np.abs(z[:, 1:] - z[:, :-1]).mean(1, keepdims=True),
    ])  # fmt: skip
    n, m = limits.shape
    own = np.stack([np.tile(np.arange(m), (n, 1)), limits / scale, above(usage, limits), above(usage[:, -LATE:], limits)], 2)
    return np.concatenate([np.repeat(shape[:, None], m, 1), own], 2).reshape(n * m, -1).astype(np.float32)


def fitted(before: np.ndarray, after: np.ndarray, seed: int) -> Rightsizer:
    """From windows and what followed each."""
    limits = candidates_of(before)
    trees = lightgbm.train(TREES | {"seed": seed}, lightgbm.Dataset(rows_of(before, limits), above(after, limits).ravel()), ROUNDS)
    return Rightsizer(trees)


def outcome(limits: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """Share of samples above their limit, and mean slack."""
    return float((after > limits[:, None]).mean()), float(np.maximum(0, limits[:, None] - after).mean())


def p95_of(usage: np.ndarray) -> np.ndarray:
    return np.percentile(usage, 95, axis=1)


def price_for(before: np.ndarray, after: np.ndarray, groups: np.ndarray, seed: int) -> float:
    """The price, in mean P95 of a fleet, at which there are as many violations as with P95, by models that had not seen the
    group (day) they decide for."""
    parts = []
    halves = groups % 2
    for half in (0, 1):
        held, rest = halves == half, halves != half
        limits = candidates_of(before[held])
        risks = fitted(before[rest], after[rest], seed).risks(before[held], limits)
        parts.append((limits, risks, slack_of(limits, risks), after[held], p95_of(before[held]).mean()))
    wanted = outcome(p95_of(before), after)[0]

    def violations(price: float) -> float:
        total = 0.0
        for limits, risks, slack, later, scale in parts:
            chosen = limits[np.arange(len(limits)), (slack + price * scale * risks).argmin(1)]
            total += outcome(chosen, later)[0] * len(later)
        return total / len(before)

    low, high = 0.1, 100.0
    for _ in range(30):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if violations(middle) > wanted else (low, middle)
    return (low * high) ** 0.5


def graph_of(model: Rightsizer) -> onnx.ModelProto:
    node = helper.make_node
    ints = lambda *values: np.array(values, dtype=np.int64)  # noqa: E731
    single = np.float32
    m = CANDIDATES
    initializers = [
        constant("all", ints(SAMPLES)), constant("ranks", RANKS), constant("p95_at", ints(P95)), constant("most_at", ints(len(LEVELS) - 1)),
        constant("beyond", single(BEYOND)), constant("zero", single(0)), constant("one", single(1)), constant("tiny", TINY),
        constant("shape_ranks", SHAPE_RANKS), constant("means_of", MEANS), constant("mean_at", ints(len(BLOCKS))),
        constant("axis_1", ints(1)), constant("axis_2", ints(2)), constant("late_from", ints(SAMPLES - LATE)), constant("end", ints(SAMPLES)),
        constant("second", ints(1)), constant("start", ints(0)), constant("before_end", ints(SAMPLES - 1)),
        constant("spread_out", np.zeros((1, m, 1), dtype=single)), constant("index", np.arange(m, dtype=single)[None, :, None]),
        constant("flat", ints(-1, 8 + MEANS.shape[1] + len(BLOCKS) + 2 + 4)), constant("by_candidate", ints(-1, m)),
        constant("own_share", single(OWN)), constant("trees_share", single(1 - OWN)), constant("half", single(0.5)),
        # [1, from, to]: 9 where `from` comes after `to`.
        constant("later_from_before", np.tril(np.full((m, m), 9, dtype=single), -1)[None]), constant("to_last", ints(m - 1)), constant("candidates", ints(m)),
        # [step, candidate]: 1 for the steps up to a candidate.
        constant("sums", (np.arange(m - 1)[:, None] < np.arange(m)[None, :]).astype(single)),
    ]  # fmt: skip
    nodes = [
        node("TopK", ["usage", "all"], ["ordered", "order"], axis=1, largest=0, sorted=1),
        node("Gather", ["ordered", "ranks"], ["seen"], axis=1),
        node("Gather", ["seen", "p95_at"], ["p95"], axis=1),
        node("Gather", ["seen", "most_at"], ["most"], axis=1),
        node("Sub", ["most", "p95"], ["range"]),
        node("Mul", ["range", "beyond"], ["margin"]),
        node("Add", ["most", "margin"], ["top"]),
        node("Concat", ["seen", "top"], ["limits"], axis=1),
        node("Greater", ["p95", "zero"], ["has_p95"]),
        node("Where", ["has_p95", "p95", "most"], ["scale_or_0"]),
        node("Max", ["scale_or_0", "tiny"], ["scale"]),
        node("Div", ["usage", "scale"], ["z"]),
        node("Div", ["ordered", "scale"], ["z_ordered"]),
        node("Gather", ["z_ordered", "shape_ranks"], ["shape_quantiles"], axis=1),
        node("MatMul", ["z", "means_of"], ["means"]),
        node("Gather", ["means", "mean_at"], ["mean"], axis=1),
    ]
    for length in BLOCKS:
        initializers.append(constant(f"from_{length}", ints(SAMPLES - length)))
        nodes += [
            node("Slice", ["z", f"from_{length}", "end", "axis_1"], [f"last_{length}"]),
            node("ReduceMax", [f"last_{length}"], [f"most_{length}"], axes=[1], keepdims=1),
        ]
    nodes += [
        node("Sub", ["z", "mean"], ["centred"]),
        node("Mul", ["centred", "centred"], ["centred_squared"]),
        node("ReduceMean", ["centred_squared"], ["variance"], axes=[1], keepdims=1),
        node("Sqrt", ["variance"], ["deviation"]),
        node("Slice", ["z", "second", "end", "axis_1"], ["z_later"]),
        node("Slice", ["z", "start", "before_end", "axis_1"], ["z_earlier"]),
        node("Sub", ["z_later", "z_earlier"], ["moves"]),
        node("Abs", ["moves"], ["moved"]),
        node("ReduceMean", ["moved"], ["roughness"], axes=[1], keepdims=1),
        node("Concat", ["shape_quantiles", "means", *(f"most_{length}" for length in BLOCKS), "deviation", "roughness"], ["shape"], axis=1),
        node("Unsqueeze", ["shape", "axis_1"], ["shape_1"]),
        node("Add", ["shape_1", "spread_out"], ["shape_of_each"]),
        node("Unsqueeze", ["limits", "axis_2"], ["limits_3"]),
        node("Unsqueeze", ["usage", "axis_1"], ["usage_3"]),
        node("Greater", ["usage_3", "limits_3"], ["is_above"]),
        node("Cast", ["is_above"], ["above_each"], to=TensorProto.FLOAT),
        node("ReduceMean", ["above_each"], ["above_3"], axes=[2], keepdims=1),
        node("Slice", ["above_each", "late_from", "end", "axis_2"], ["above_late"]),
        node("ReduceMean", ["above_late"], ["late_3"], axes=[2], keepdims=1),
        node("Div", ["limits", "scale"], ["limits_scaled"]),
        node("Unsqueeze", ["limits_scaled", "axis_2"], ["limits_scaled_3"]),
        node("Mul", ["above_3", "zero"], ["nothing_3"]),
        node("Add", ["nothing_3", "index"], ["index_3"]),
        node("Concat", ["shape_of_each", "index_3", "limits_scaled_3", "above_3", "late_3"], ["rows_3"], axis=2),
        node("Reshape", ["rows_3", "flat"], ["rows"]),
        tree_nodes(model.trees, "rows", "foreseen_flat"),
        node("Reshape", ["foreseen_flat", "by_candidate"], ["foreseen"]),
        node("Reshape", ["above_3", "by_candidate"], ["above"]),
        node("Mul", ["foreseen", "trees_share"], ["trees_part"]),
        node("Mul", ["above", "own_share"], ["own_part"]),
        node("Add", ["trees_part", "own_part"], ["mixed"]),
        # The least of a candidate and all before it: those after are lifted out of the way.
        node("Unsqueeze", ["mixed", "axis_2"], ["mixed_3"]),
        node("Add", ["mixed_3", "later_from_before"], ["lifted"]),
        node("ReduceMin", ["lifted"], ["least"], axes=[1], keepdims=0),
        node("Clip", ["least", "zero", "one"], ["risks"]),
        node("Slice", ["risks", "second", "candidates", "axis_1"], ["risks_high"]),
        node("Slice", ["risks", "start", "to_last", "axis_1"], ["risks_low"]),
        node("Add", ["risks_high", "risks_low"], ["risks_sum"]),
        node("Mul", ["risks_sum", "half"], ["risks_between"]),
        node("Sub", ["one", "risks_between"], ["kept"]),
        node("Slice", ["limits", "second", "candidates", "axis_1"], ["limits_high"]),
        node("Slice", ["limits", "start", "to_last", "axis_1"], ["limits_low"]),
        node("Sub", ["limits_high", "limits_low"], ["gaps"]),
        node("Mul", ["gaps", "kept"], ["steps"]),
        node("MatMul", ["steps", "sums"], ["slack"]),
        node("Mul", ["risks", "price"], ["priced"]),
        node("Add", ["slack", "priced"], ["cost"]),
        node("ArgMin", ["cost"], ["best"], axis=1, keepdims=1),
        node("GatherElements", ["limits", "best"], ["limit"], axis=1),
        node("GatherElements", ["risks", "best"], ["risk"], axis=1),
    ]
    return model_of("rightsizing", nodes, [("usage", (SAMPLES,)), ("price", (1,))], [("limit", (1,)), ("risk", (1,))], initializers)
