"""Autoscaling: what use to be ready for within two minutes (a quantile), and the pods that serve it in time."""

from dataclasses import dataclass

import lightgbm
import numpy as np
import onnx
from onnx import helper

from .trees import constant, model_of, tree_nodes

SAMPLES = 120  # 30 minutes, one every 15 s
AHEAD = 8
DAY = 5760
TINY = np.float32(0.05)  # pods; less use than this counts as this
BLOCKS = [1, 2, 4, 8, 20, 40, 120]
NOW = BLOCKS.index(4)
QUANTILE = 0.9
# Square-root staffing (Halfin and Whitt 1981): a fleet serving a use of a needs about a + HEADROOM sqrt(a) pods; SPARE is what a
# wait of two service times takes in a small one, SHARE is for the step nobody foresees. These and the next were chosen on
# simulated days of other seeds than those measured, of all kinds of load, flash crowds and steps included.
SHARE, HEADROOM, SPARE = np.float32(1.082), np.float32(0.32), np.float32(0.98)
# How much of the foreseen growth (its logarithm) pods are had for: what is saved in bursts pays for the share above.
TRUST = np.float32(0.6)
# What no forecast may go below: the last sample, more of it when it jumped; and where pods are full, four times what serves:
# work has piled up, and how much is not seen.
STILL, JUMPED, JUMP = np.float32(1.0), np.float32(1.05), np.float32(1.08)
FULL, FULL_GROWTH = np.float32(0.985), np.float32(4.0)
TREES = dict(
    objective="quantile", alpha=QUANTILE, num_threads=1, verbose=-1, deterministic=True, learning_rate=0.06, num_leaves=15,
    min_data_in_leaf=150, lambda_l2=5, feature_fraction=0.7, bagging_fraction=0.6, bagging_freq=1,
)  # fmt: skip
ROUNDS = 150
MEANS = np.zeros((SAMPLES, len(BLOCKS)), dtype=np.float32)
for _at, _length in enumerate(BLOCKS):
    MEANS[-_length:, _at] = 1 / _length


def loads(count: int, seed: int, days: int = 2) -> np.ndarray:
    """[count, days x 5760] use in pods: a daily wave that repeats with small changes, slow wandering, bursts, the noise of
    counting. Flash crowds and steps are kept out."""
    rng = np.random.default_rng(seed)
    steps = np.arange(days * DAY)
    made = []
    for _ in range(count):
        level = np.exp(rng.uniform(np.log(1.5), np.log(40)))
        phase, wave = rng.uniform(), rng.uniform(0.1, 0.8)
        daily = 1 + wave * np.sin(2 * np.pi * (steps / DAY + phase)) + rng.uniform(0, 0.3) * wave * np.sin(4 * np.pi * (steps / DAY + rng.uniform()))
        wander = np.zeros(len(steps))
        keep, size = 1 - 1 / rng.uniform(80, 400), rng.uniform(0.02, 0.12)
        shocks = rng.normal(0, size * np.sqrt(1 - keep**2), len(steps))
        for at in range(1, len(steps)):
            wander[at] = keep * wander[at - 1] + shocks[at]
        bursts = np.ones(len(steps))
        for _ in range(rng.poisson(rng.uniform(0, 8) * days)):
            start, length, rise = int(rng.integers(len(steps))), int(rng.integers(12, 120)), int(rng.integers(2, 24))
            height = rng.uniform(0.1, 0.7)
            shape = np.minimum(1, np.arange(length) / rise) * np.minimum(1, (length - np.arange(length)) / rise)
            end = min(len(steps), start + length)
            bursts[start:end] += height * shape[: end - start]
        use = np.maximum(0.1, level * np.maximum(0.05, daily) * np.exp(wander) * bursts)
        per_step = 150  # requests a busy pod serves in 15 s
        made.append(rng.poisson(use * per_step) / per_step)
    return np.stack(made).astype(np.float32)


@dataclass(frozen=True)
class Autoscaler:
    trees: lightgbm.Booster

    def demand(self, usage: np.ndarray, state: np.ndarray) -> np.ndarray:
        means = np.maximum(usage @ MEANS, TINY)
        foreseen = means[:, NOW] * np.exp(TRUST * self.trees.predict(rows_of(usage, state)))
        last, ready = means[:, 0], state[:, 0]
        seen = last * np.where(last > means[:, 1] * JUMP, JUMPED, STILL)
        return np.maximum(np.maximum(foreseen, seen), np.where(last >= ready * FULL, ready * FULL_GROWTH, 0))

    def replicas(self, usage: np.ndarray, state: np.ndarray) -> np.ndarray:
        demand = self.demand(usage, state)
        return np.maximum(1, np.ceil(SHARE * demand + HEADROOM * np.sqrt(demand) + SPARE))


def rows_of(usage: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Ratios to the present, how rough it was, how much there is, how full the pods are, how it went yesterday."""
    means = np.maximum(usage @ MEANS, TINY)
    now = means[:, [NOW]]
    recent = usage[:, -20:]
    moved = np.abs(recent[:, 1:] - recent[:, :-1]).mean(1, keepdims=True)
    return np.hstack([
        np.log(means / now), np.log(now), np.log(np.maximum(usage.max(1, keepdims=True), TINY) / now), moved / now,
        now / state[:, [0]], np.log(np.maximum(state[:, [1]], np.float32(0.01))),
    ]).astype(np.float32)  # fmt: skip


def fitted(seed: int, count: int = 60, each: int = 500) -> Autoscaler:
    rng = np.random.default_rng(seed + 1)
    windows, states, targets = [], [], []
    for use in loads(count, seed):
        for at in rng.integers(DAY, 2 * DAY - AHEAD, each):
            window = use[at - SAMPLES : at]
            ready = max(1.0, float(np.ceil(window[-20:].mean() * rng.uniform(1.0, 1.7))))
            before = use[at - DAY - 20 : at - DAY].mean() if at >= DAY + 20 else 1.0
            yesterday = use[at - DAY : at - DAY + 20].mean() / max(before, float(TINY)) if rng.uniform() < 0.7 and at >= DAY + 20 else 1.0
            windows.append(np.minimum(window, ready))
            states.append((ready, yesterday))
            # A maximum of means over a minute: single counts are no demand.
            ahead = use[at : at + AHEAD]
            targets.append(max(ahead[:4].mean(), ahead[2:6].mean(), ahead[4:].mean()))
    usage, state = np.stack(windows).astype(np.float32), np.array(states, dtype=np.float32)
    now = np.maximum((usage @ MEANS)[:, NOW], TINY)
    answer = np.log(np.maximum(np.array(targets), TINY) / now)
    return Autoscaler(lightgbm.train(TREES | {"seed": seed}, lightgbm.Dataset(rows_of(usage, state), answer), ROUNDS))


def graph_of(model: Autoscaler) -> onnx.ModelProto:
    node = helper.make_node
    ints = lambda *values: np.array(values, dtype=np.int64)  # noqa: E731
    initializers = [
        constant("means_of", MEANS), constant("tiny", TINY), constant("now_at", ints(NOW)), constant("axis_1", ints(1)),
        constant("recent_from", ints(SAMPLES - 20)), constant("recent_next", ints(SAMPLES - 19)), constant("end", ints(SAMPLES)),
        constant("before_end", ints(SAMPLES - 1)), constant("ready_at", ints(0)), constant("yesterday_at", ints(1)),
        constant("last_at", ints(0)), constant("last_two_at", ints(1)), constant("jump", JUMP), constant("jumped", JUMPED),
        constant("still", STILL), constant("full_from", FULL), constant("full_growth", FULL_GROWTH), constant("zero", np.float32(0)),
        constant("share", SHARE), constant("trust", TRUST),
        constant("least_ratio", np.float32(0.01)), constant("headroom", HEADROOM), constant("spare", SPARE), constant("one", np.float32(1)),
    ]  # fmt: skip
    nodes = [
        node("MatMul", ["usage", "means_of"], ["raw_means"]),
        node("Max", ["raw_means", "tiny"], ["means"]),
        node("Gather", ["means", "now_at"], ["now"], axis=1),
        node("Div", ["means", "now"], ["ratios"]),
        node("Log", ["ratios"], ["log_ratios"]),
        node("Log", ["now"], ["log_now"]),
        node("ReduceMax", ["usage"], ["raw_most"], axes=[1], keepdims=1),
        node("Max", ["raw_most", "tiny"], ["most"]),
        node("Div", ["most", "now"], ["most_ratio"]),
        node("Log", ["most_ratio"], ["log_most"]),
        node("Slice", ["usage", "recent_from", "before_end", "axis_1"], ["earlier"]),
        node("Slice", ["usage", "recent_next", "end", "axis_1"], ["later"]),
        node("Sub", ["later", "earlier"], ["moves"]),
        node("Abs", ["moves"], ["moved"]),
        node("ReduceMean", ["moved"], ["moved_mean"], axes=[1], keepdims=1),
        node("Div", ["moved_mean", "now"], ["roughness"]),
        node("Gather", ["state", "ready_at"], ["ready"], axis=1),
        node("Div", ["now", "ready"], ["full"]),
        node("Gather", ["state", "yesterday_at"], ["yesterday"], axis=1),
        node("Max", ["yesterday", "least_ratio"], ["yesterday_ratio"]),
        node("Log", ["yesterday_ratio"], ["log_yesterday"]),
        node("Concat", ["log_ratios", "log_now", "log_most", "roughness", "full", "log_yesterday"], ["rows"], axis=1),
        tree_nodes(model.trees, "rows", "growth_log"),
        node("Mul", ["growth_log", "trust"], ["trusted_log"]),
        node("Exp", ["trusted_log"], ["growth"]),
        node("Mul", ["now", "growth"], ["foreseen"]),
        node("Gather", ["means", "last_at"], ["last"], axis=1),
        node("Gather", ["means", "last_two_at"], ["last_two"], axis=1),
        node("Mul", ["last_two", "jump"], ["jump_from"]),
        node("Greater", ["last", "jump_from"], ["has_jumped"]),
        node("Where", ["has_jumped", "jumped", "still"], ["weight"]),
        node("Mul", ["last", "weight"], ["seen"]),
        node("Mul", ["ready", "full_from"], ["full_use"]),
        node("GreaterOrEqual", ["last", "full_use"], ["is_full"]),
        node("Mul", ["ready", "full_growth"], ["grown"]),
        node("Where", ["is_full", "grown", "zero"], ["if_full"]),
        node("Max", ["foreseen", "seen", "if_full"], ["demand"]),
        node("Mul", ["demand", "share"], ["shared"]),
        node("Sqrt", ["demand"], ["root"]),
        node("Mul", ["root", "headroom"], ["margin"]),
        node("Add", ["shared", "margin"], ["staffed"]),
        node("Add", ["staffed", "spare"], ["with_spare"]),
        node("Ceil", ["with_spare"], ["whole"]),
        node("Max", ["whole", "one"], ["replicas"]),
    ]
    return model_of("autoscaling", nodes, [("usage", (SAMPLES,)), ("state", (2,))], [("replicas", (1,)), ("demand", (1,))], initializers)
