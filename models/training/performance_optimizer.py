"""PerformanceOptimizer: how long a run would take under another configuration, and how sure that is."""

from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from . import performance_jobs, performance_options
from .artifact import Artifact, Card, Feature, Port, write
from .context import FitContext, TrainContext
from .performance_gp import Affine, Process, graph_of, pool_of
from .performance_jobs import MACHINES, FOLDS, process_of_job
from .performance_laws import Law, ernest_of

NAME = "PerformanceOptimizer"
FITTED = Card(
    summary="Run time (or another positive figure) of one job or system by configuration.",
    data="The measured folder's own runs, without those that are measured.",
    licence="The data is for measuring only; this model never leaves the ignored folder it was fitted into.",
    method="A Gaussian process on the logarithm: around a sum of laws of scaling for jobs, around a level for options.",
    baseline="Ernest's non-negative least squares for jobs; a log-linear model for options.",
    limits="It knows only this job or system.",
)


def train(context: TrainContext) -> None:
    from .performance_scaling import train_scaling

    train_scaling(context)


def fit(context: FitContext) -> None:
    """Every job and system of the measured folder is an experiment of its own, learnt from its own other runs:
    `c3o-JOB-fold-K` without the configurations of fold K, `c3o-JOB-without-TYPE` without a type of machine,
    `deepperf-SYSTEM-K` from the 5 n configurations of repeat K."""
    # Small matrices: threads that wait for one another cost more than they give.
    with threadpool_limits(1):
        context.apart("c3o", lambda: _fit_jobs(context))
        context.apart("deepperf", lambda: _fit_systems(context))


def _fit_jobs(context: FitContext) -> None:
    for job in performance_jobs.read(context.data):
        parts = {f"fold-{fold}": job.folds != fold for fold in range(FOLDS)}
        if len(set(job.machines)) > 1:
            parts |= {f"without-{machine.replace('.', '-')}": job.machines != machine for machine in sorted(set(job.machines))}
        for part, rest in parts.items():
            features, times = job.features[rest], job.times[rest]
            _write(
                context.folder(f"c3o-{job.name}-{part}"), process_of_job(features, times),
                ernest_of(pool_of(features), times), features, job.described(), "C3O", context.seed,
            )  # fmt: skip


def _fit_systems(context: FitContext) -> None:
    for system in performance_options.read(context.data):
        for repeat in range(performance_options.REPEATS):
            chosen = system.training(repeat)
            features, values = system.features[chosen], system.values[chosen]
            _write(
                context.folder(f"deepperf-{system.name}-{repeat}"),
                performance_options.process_of_options(features, values),
                performance_options.linear_of(features, values),
                features, [Feature(name) for name in system.options], "DeepPerf", context.seed,
            )  # fmt: skip


def _write(
    folder: Path, process: Process, baseline: Law | Affine, features: np.ndarray, described: list[Feature], source: str, seed: int
) -> None:
    rows = features[:6]
    time, spread = process.predict(rows)
    pool = pool_of(rows)
    plain = baseline.of(pool) if isinstance(baseline, Law) else np.exp(baseline.of(pool))
    write(
        folder,
        graph_of(process, baseline, features.shape[1]),
        Artifact(
            name=NAME, variant=folder.name, version="1.0.0", origin="fitted",
            inputs=[Port("features", (features.shape[1],), "a configuration")],
            outputs=[
                Port("time", (1,), "predicted run time, or the system's figure", "s"),
                Port("spread", (1,), "standard deviation of the time's logarithm"),
                Port("baseline", (1,), "the same by the baseline", "s"),
            ],
            trained_on=[(source, "measure")], seed=seed, card=FITTED, features=described,
            scalers={"machines": MACHINES} if source == "C3O" else {},
        ),
        {"features": rows},
        {"time": time, "spread": spread, "baseline": plain},
    )  # fmt: skip
