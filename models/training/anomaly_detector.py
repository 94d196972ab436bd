"""AnomalyDetector: `streaming` (shipped) judges one live series at a time; the fitted variants are for measuring."""

import jax
import jax.numpy as jnp
import numpy as np

from . import anomaly_novelty
from .anomaly_fit import fit_all
from .anomaly_ops import Arrays, Graph
from .anomaly_simulator import FAULTS, HELD_OUT, KINDS, simulate
from .anomaly_stream import FEATURES, FORWARD, WIDTH, head, step
from .artifact import Artifact, Card, Feature, Port, write
from .context import FitContext, TrainContext
from .trees import model_of

NAME = "AnomalyDetector"
HIDDEN = 12


def train(context: TrainContext) -> None:
    rng = np.random.default_rng(context.seed)
    kinds = tuple(kind for kind in KINDS if kind not in HELD_OUT["kinds"])
    faults = tuple(fault for fault in FAULTS if fault not in HELD_OUT["faults"])
    seen = [simulate(rng, 900, 500, kinds, faults), simulate(rng, 150, 1500, kinds, faults)]
    features, labels, weight = (np.concatenate(parts) for parts in zip(*(evidence(each) for each in seen)))
    context.say(f"{len(labels)} samples, {labels.mean():.3f} anomalous")
    weights = learn(features, labels, weight, context.seed)
    for name, kinds_, faults_ in (
        ("met regimes", kinds, faults), ("unmet kinds", HELD_OUT["kinds"], faults), ("unmet faults", kinds, HELD_OUT["faults"]),
    ):
        report(context, name, weights, simulate(np.random.default_rng(context.seed + 1), 200, 500, kinds_, faults_))
    write_streaming(context, weights)
    write_novelty(context)


def fit(context: FitContext) -> None:
    fit_all(context)


def run(simulated):
    """Features [samples, series, n] and whether they count, in time order."""
    series, samples = simulated.values.shape
    state = np.zeros((series, WIDTH), dtype=np.float32)
    rows, warm = [], []
    with np.errstate(all="ignore"):
        for at in range(samples):
            answer = step(Arrays, simulated.values[:, at : at + 1], simulated.hours[:, at : at + 1], state)
            state = answer[1]
            rows.append(answer[0])
            warm.append(answer[4])
    return np.stack(rows), np.stack(warm)


def evidence(simulated):
    features, warm = run(simulated)
    weight = simulated.weight.T[:, :, None] * warm
    keep = weight.ravel() > 0
    return features.reshape(-1, len(FEATURES))[keep], simulated.labels.T.ravel()[keep], weight.ravel()[keep]


def learn(features, labels, weight, seed):
    """Adam on the cross entropy; both classes weigh so much that .5 means even odds at 1 anomaly in 5 samples."""
    rng = np.random.default_rng(seed)
    weight = weight * np.where(labels > 0, 0.2 / max(labels.mean(), 1e-6), 0.8 / max(1 - labels.mean(), 1e-6))
    parts = [
        rng.normal(0, 0.5, (len(FEATURES), HIDDEN)), np.zeros(HIDDEN), rng.normal(0, 0.5, (HIDDEN, 1)), np.full(1, -2.0),
    ]
    parts = [jnp.asarray(part, jnp.float32) for part in parts]

    # Weights of evidence are kept positive through both layers.
    forward = jnp.arange(len(FEATURES))[:, None] < FORWARD

    def made(p):
        return jnp.where(forward, jnp.abs(p[0]), p[0]), p[1], jnp.abs(p[2]), p[3]

    def loss(p, x, y, w):
        q = made(p)
        logit = (jnp.tanh(x @ q[0] + q[1]) @ q[2] + q[3])[:, 0]
        entropy = jnp.logaddexp(0, logit) - y * logit
        return (w * entropy).sum() / w.sum() + 1e-5 * sum((part * part).sum() for part in p)

    @jax.jit
    def advance(p, m, v, t, x, y, w):
        g = jax.grad(loss)(p, x, y, w)
        m = [0.9 * a + 0.1 * b for a, b in zip(m, g)]
        v = [0.999 * a + 0.001 * b * b for a, b in zip(v, g)]
        rate = 0.01 * jnp.minimum(1, 3 * (1 - t / STEPS))
        p = [a - rate * (b / (1 - 0.9**t)) / (jnp.sqrt(c / (1 - 0.999**t)) + 1e-8) for a, b, c in zip(p, m, v)]
        return p, m, v

    m, v = [jnp.zeros_like(p) for p in parts], [jnp.zeros_like(p) for p in parts]
    for t in range(1, STEPS + 1):
        at = rng.integers(0, len(labels), 4096)
        parts, m, v = advance(parts, m, v, float(t), features[at], labels[at], weight[at])
    return [np.asarray(part, dtype=np.float32) for part in made(parts)]


STEPS = 3000


def report(context, name, weights, simulated):
    features, warm = run(simulated)
    with np.errstate(all="ignore"):
        score = head(Arrays, features.reshape(-1, len(FEATURES)), warm.reshape(-1, 1), weights)
    score = score.reshape(features.shape[:2])
    labels, weight = simulated.labels.T, simulated.weight.T * warm[:, :, 0]
    quiet = (labels == 0) & (weight > 0)
    fault = (labels == 1) & (weight > 0)
    context.say(
        f"{name}: ordinary > .3 {np.mean(score[quiet] > 0.3):.4f}, > .5 {np.mean(score[quiet] > 0.5):.4f}; "
        f"faults > .5 {np.mean(score[fault] > 0.5):.3f}, > .9 {np.mean(score[fault] > 0.9):.3f}"
    )
    for kind in sorted(set(simulated.kinds)):
        of = np.array([k == kind for k in simulated.kinds])[None, :]
        context.say(
            f"  {kind}: ordinary > .5 {np.mean(score[quiet & of] > 0.5):.4f}, faults > .5 {np.mean(score[fault & of] > 0.5):.3f}"
        )


def write_streaming(context: TrainContext, weights) -> None:
    graph = Graph()
    features, state, expected, spread, warm = step(graph, *(graph.input(name) for name in ("value", "hours", "state")))
    score = head(graph, features, warm, weights)
    for node, name in ((score, "score"), (state, "next_state"), (expected, "expected"), (spread, "spread")):
        graph.output(node, name)
    model = model_of(
        "anomaly_streaming", graph.nodes,
        [("value", (1,)), ("hours", (1,)), ("state", (WIDTH,))],
        [("score", (1,)), ("next_state", (WIDTH,)), ("expected", (1,)), ("spread", (1,))],
        graph.initializers,
    )
    simulated = simulate(np.random.default_rng(context.seed + 2), 12, 120)
    before = np.zeros((12, WIDTH), dtype=np.float32)
    with np.errstate(all="ignore"):
        for at in range(120):
            value, hours = (part[:, at : at + 1] for part in (simulated.values, simulated.hours))
            state = before
            features, before, expected, spread, warm = step(Arrays, value, hours, state)
        score = head(Arrays, features, warm, weights)
    write(
        context.folder("streaming"), model,
        Artifact(
            name=NAME, variant="streaming", version="1.0.0", origin="shipped",
            inputs=[
                Port("value", (1,), "newest sample, finite, in any unit"),
                Port("hours", (1,), "time of the sample within a week", unit="h"),
                Port("state", (WIDTH,), "next_state of the sample before; zeros at the start"),
            ],
            outputs=[
                Port("score", (1,), "below .5 ordinary, near 1 clearly anomalous", unit="probability", range=(0, 1)),
                Port("next_state", (WIDTH,), "to be given back with the next sample"),
                Port("expected", (1,), "what was expected before the value was seen"),
                Port("spread", (1,), "one ordinary deviation, in the value's unit"),
            ],
            trained_on=[("simulated infrastructure metrics", "own")], seed=context.seed,
            features=[Feature(name) for name in FEATURES],
            card=STREAMING_CARD,
        ),
        {"value": value, "hours": hours, "state": state},
        {"score": score, "next_state": before, "expected": expected, "spread": spread},
    )


STREAMING_CARD = Card(
    summary="Judges the newest sample of one live series (latency, error ratio, utilisation, throughput) by all samples before it. "
    "What it remembers is an input and an output of 63 numbers, so that 40,000 series need nothing but their states.",
    data="Simulated metrics (training/anomaly_simulator.py): ordinary courses with daily load, values that change once in a "
    "while, faults of several kinds, parameters drawn anew for every series. Left out of training and reported on by the "
    "trainer: sawtooth and random-walk series, ramps and bursts of noise.",
    licence="The simulator is this project's own; no outside data.",
    method="A robust level and spread learnt from ordinary samples only, in value and in ratio; an hour-of-day profile once two "
    "days have been seen; outliers that come again and again widen the spread. A new regime is adopted after an hour (60 "
    "samples), or after ten times the whole past. A perceptron of 12 hidden units that can only rise with the evidence turns it "
    "into a probability; it was trained as if 1 sample in 5 were anomalous, since a missed fault costs more than a second look.",
    baseline="Rolling median and MAD of 60 samples (src/inference/models/anomaly-baseline.ts). It takes a fault for the ordinary "
    "course after half an hour of samples, and has no floor by what has been seen before.",
    limits="The first 6 samples score 0. Scores are scale free, so the first value of a series that has always been exactly 0 is "
    "anomalous, however small. Until a few changes have been seen, a spread of 15 % of the level is taken for granted: a "
    "ratio that swings fivefold and changes once a minute may alarm in its first minutes. Slow ramps and bursts of noise, which it was "
    "not trained on, are found late or not, and worse than by the baseline: it takes outliers that come again for ordinary. "
    "Scores stay high while a fault lasts, so it is no detector for NAB, which charges every row: the variant novelty is. Changes below 1 % of the level are never anomalous.",
)


def write_novelty(context: TrainContext) -> None:
    width, step_of = anomaly_novelty.WIDTH, anomaly_novelty.step
    graph = Graph()
    score, state = step_of(graph, *(graph.input(name) for name in ("value", "hours", "state")))
    graph.output(score, "score")
    graph.output(state, "next_state")
    model = model_of(
        "anomaly_novelty", graph.nodes,
        [("value", (1,)), ("hours", (1,)), ("state", (width,))],
        [("score", (1,)), ("next_state", (width,))],
        graph.initializers,
    )
    simulated = simulate(np.random.default_rng(context.seed + 3), 3, 400, faults=("shift",))
    values = simulated.values / np.abs(simulated.values).max(axis=1, keepdims=True)
    answer = (None, np.zeros((3, width), dtype=np.float32))
    for at in range(400):
        value, hours, state = values[:, at : at + 1], simulated.hours[:, at : at + 1], answer[1]
        answer = step_of(Arrays, value, hours, state)
    write(
        context.folder("novelty"), model,
        Artifact(
            name=NAME, variant="novelty", version="1.0.0", origin="shipped",
            inputs=[
                Port("value", (1,), "newest sample, finite, in any unit"),
                Port("hours", (1,), "time of the sample within a week", unit="h"),
                Port("state", (width,), "next_state of the sample before; zeros at the start"),
            ],
            outputs=[
                Port("score", (1,), ".5 where an alert is due; 0 while a higher one was told within 80 samples", range=(0, 1)),
                Port("next_state", (width,), "to be given back with the next sample"),
            ],
            trained_on=[("NAB", "MIT")], seed=context.seed, card=NOVELTY_CARD,
        ),
        {"value": value, "hours": hours, "state": state},
        {"score": answer[0], "next_state": answer[1]},
    )


NOVELTY_CARD = Card(
    summary="Tells when a series shows something it never showed before, and then keeps silent about the like for 80 samples. "
    "Heavier than the streaming variant (a state of about 1,200 numbers); meant for a few long series someone is called for.",
    data="NAB: its 58 series and label windows were used to choose a dozen constants (weights of the three kinds of novelty, "
    "memory, silence, rates), the same for all files. No weight is fitted to a series. The score holds within 2 points "
    "around the constants chosen: silence of 40 to 100 samples, weights up to a fifth larger or smaller, lags from 20 to 100; where the hours of the profile begin matters as much.",
    licence="NAB is MIT.",
    method="The distance of a value from the nearest one remembered, in scales of the series so far (the geometric mean of "
    "standard deviation and range): of the value, of its difference from the mean of the last 20, and of its difference from the same hour of "
    "the week before. 256 values of each kind are remembered, none nearer than .02 scales to another, and only "
    "after 50 samples, so that an anomaly does not excuse itself. Scores are blind to shift and scale of the values, and to a shift of the clock.",
    baseline="Rolling median and MAD of 60 samples (src/inference/models/anomaly-baseline.ts).",
    limits="What is made of ordinary values in an unusual order is not found: a missing daily peak, a denser row of spikes. "
    "A slow drift is told once for each step outside the known range. The constants were chosen on all of NAB, so that only "
    "the threshold of the figure with the other categories is independent of the scored files.",
)
