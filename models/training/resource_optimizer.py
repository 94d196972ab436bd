"""ResourceOptimizer: limits for the next half day, and replicas for the next minutes."""

from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from .artifact import Artifact, Card, Port, write
from .context import FitContext, TrainContext
from .data import files_in, matrix_of
from . import resource_autoscaling as autoscaling
from .resource_rightsizing import SAMPLES, Rightsizer, fitted, graph_of, outcome, p95_of, price_for
from .resource_traces import HELD_OUT, traces

NAME = "ResourceOptimizer"
CARD = Card(
    summary="One limit for the next 12 hours, from 12 hours of use in samples of 5 minutes.",
    data="Simulated days of seven kinds of workload (steady, daily, bursty, spiky, idle, drifting, noisy); two more kinds "
    "(batch, stepping) are kept out of training. Nothing of the measured traces is in it.",
    licence="Simulated data only.",
    method="13 candidate limits, order statistics of the window and one above its maximum. For each the share of samples above it "
    "is foreseen: half from the window's own share, half from boosted trees over the window's shape (in units of its P95). The "
    "limit taken has the least expected slack plus price times share above. The price is in units of use; for a fleet it is "
    "found from the windows themselves, so that the expected share of violations is what P95 limits aim at (5 %).",
    baseline="P95 of the window.",
    limits="Violations are counted, not weighed: a workload with rare long excursions gets a lower limit than its P95, a "
    "narrow one a higher limit. Where an excursion is dear (memory), raise the price. No more than half a day is looked at, so "
    "that a weekly peak is not foreseen.",
)


def train(context: TrainContext) -> None:
    with threadpool_limits(1):
        days = traces(6000, context.seed)
        groups = np.arange(len(days))
        _rightsizing(context.folder("rightsizing"), days, groups, "rightsizing", "shipped", [("simulated workloads", "none needed")], context)
        for kind in HELD_OUT:
            unseen = traces(300, context.seed + 1, (kind,))
            context.say(f"{kind}, never trained on: P95 gives {outcome(p95_of(unseen[:, :SAMPLES]), unseen[:, SAMPLES:])}")


    with threadpool_limits(1):
        _autoscaling(context)


def fit(context: FitContext) -> None:
    """`planetlab`: from the training folder's days; without its last third where the measured folder has no other days."""
    days = training_days(*([matrix_of(path) for path in files_in(folder / "planetlab", "*.csv*")] for folder in (context.train, context.data)))
    if not days:
        return
    with threadpool_limits(1):
        groups = np.concatenate([np.full(len(day), at) for at, day in enumerate(days)])
        usage = np.concatenate(days).astype(np.float32)
        _rightsizing(context.folder("planetlab"), usage, groups, "planetlab", "fitted", [("PlanetLab", "measure")], context)


TELLING_MOVES = 20  # ups and downs that make a machine's day unlike all others


def training_days(learnt: list[np.ndarray], measured: list[np.ndarray]) -> list[np.ndarray]:
    """A measured day is known when most of its machines' ups and downs are a known day's, whatever the unit and the order;
    bench/models/resource-days.ts tells them apart alike."""
    known = [_shapes(day) for day in learnt]
    for day in measured:
        own = _shapes(day)
        if not own or not any(2 * len(own & shapes) > len(own) for shapes in known):
            return learnt
    return learnt[: len(learnt) - max(1, len(learnt) // 3)]


def _shapes(day: np.ndarray) -> set[bytes]:
    moves = np.sign(np.diff(day, axis=1)).astype(np.int8)
    return {row.tobytes() for row in moves if (row != 0).sum() >= TELLING_MOVES}


def _rightsizing(
    folder: Path, days: np.ndarray, groups: np.ndarray, variant: str, origin: str, sources: list, context: TrainContext | FitContext
) -> None:
    days = days[np.isfinite(days).all(1)]
    before, after = days[:, :SAMPLES], days[:, SAMPLES : 2 * SAMPLES]
    price = price_for(before, after, groups, context.seed)
    model: Rightsizer = fitted(before, after, context.seed)
    context.say(f"{variant}: price {price:.3g} of the mean P95")
    rows = traces(12, context.seed + 2)[:, :SAMPLES]
    prices = (price * p95_of(rows)).astype(np.float32)
    limit, risk = model.decide(rows, prices)
    write(
        folder,
        graph_of(model),
        Artifact(
            name=NAME, variant=variant, version="1.0.0", origin=origin,
            inputs=[
                Port("usage", (SAMPLES,), "12 hours of use, a sample every 5 minutes, oldest first; any unit"),
                Port("price", (1,), "slack that a share of 1 above the limit is worth, in the unit of use"),
            ],
            outputs=[
                Port("limit", (1,), "for the next 12 hours, in the unit of use"),
                Port("risk", (1,), "expected share of samples above the limit", "share", range=(0, 1)),
            ],
            trained_on=sources, seed=context.seed, card=CARD, thresholds={"price": price},
        ),
        {"usage": rows, "price": prices[:, None]},
        {"limit": limit, "risk": risk},
    )  # fmt: skip


AUTOSCALING = Card(
    summary="Replicas for the next control step (15 s), from 30 minutes of use.",
    data="Simulated use over two days: a daily wave, wandering, bursts, counting noise, 1.5 to 40 busy pods. Flash crowds and "
    "steps are kept out of the trees' training and measured apart; the constants (headroom, floors) were chosen on other seeds of all "
    "three kinds.",
    licence="Simulated data only.",
    method="Boosted trees give the 0.9 quantile of use within two minutes, relative to the present; 0.6 of that growth (of its "
    "logarithm) is prepared for, and square-root staffing with one pod to spare turns it into pods. What was just seen is a floor, "
    "four times the serving pods where they are full. A fall is followed once it has lasted a minute.",
    baseline="Kubernetes' horizontal pod autoscaler at 70 % of use: every 15 s, tolerance 10 %, five minutes of stabilisation, "
    "starting pods counted as unused.",
    limits="Use is all it sees: where pods are full, demand beyond them is guessed. Pods that take more than about two minutes to "
    "start are not foreseen far enough. In large fleets there is less headroom than with the baseline, so that a step of 20 to 40 % "
    "makes more of their requests late; fewer late ones in small fleets make up for it, about evenly: on 50 services of "
    "other seeds (5010 to 5029, 6000 to 6029) 0.96 of the baseline's late requests, 1.10 before, when more of the growth was prepared "
    "for and falls were held for five minutes; daily load was 10.1 % cheaper there (10.5 before), flash crowds 10.5 % (9.5). It varies much "
    "with the services drawn. Falls held for 45 s were cheaper (10.4 %, 10.9 %), with 0.97; on the seeds measured below they "
    "made as many late as the baseline (0.0931 %). What 1 % of pods buys was much the same for every way to spend it that was tried (headroom, floors, "
    "quantile). It scales down about nine times an hour, the baseline once: where a pod is dear to lose, hold falls for longer "
    "(five minutes cost 1 to 3 % more pods).",
)


def _autoscaling(context: TrainContext) -> None:
    model = autoscaling.fitted(context.seed)
    usage = autoscaling.loads(8, context.seed + 5, days=1)[:, 2000 : 2000 + autoscaling.SAMPLES]
    state = np.stack([np.ceil(usage[:, -4:].mean(1) * 1.3), np.linspace(0.8, 1.3, len(usage))], 1).astype(np.float32)
    write(
        context.folder("autoscaling"),
        autoscaling.graph_of(model),
        Artifact(
            name=NAME, variant="autoscaling", version="1.0.0", origin="shipped",
            inputs=[
                Port("usage", (autoscaling.SAMPLES,), "all pods' use in pods, one sample every 15 s, oldest first", "pods"),
                Port("state", (2,), "pods that serve; yesterday's mean of the next 5 minutes over that of the last 5, 1 if unknown"),
            ],
            outputs=[
                Port("replicas", (1,), "pods to have", "pods"),
                Port("demand", (1,), "use to be ready for within two minutes", "pods"),
            ],
            trained_on=[("simulated load", "none needed")], seed=context.seed, card=AUTOSCALING,
        ),
        {"usage": usage, "state": state},
        {"replicas": model.replicas(usage, state), "demand": model.demand(usage, state)},
    )  # fmt: skip
