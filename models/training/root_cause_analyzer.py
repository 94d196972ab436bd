"""RootCauseAnalyzer: a small scorer with message passing over the calls between nodes, trained on random graphs."""

import json

import numpy as np
import onnx
from onnx import helper

from . import artifact, rca_network
from .artifact import Artifact, Card, Feature, Port
from .context import FitContext, TrainContext
from .rca_features import FEATURES, NODES, rows_of
from .rca_simulator import random_case
from .trees import constant, model_of

NAME = "RootCauseAnalyzer"
TRAINING, HELD_OUT, MEASURED = 5000, 1000, 300
FALSE_ALARMS = 0.03  # share of faultless cases that may be confident


def train(context: TrainContext) -> None:
    cases = drawn(context.seed, TRAINING)
    held = drawn(context.seed + 1, HELD_OUT)
    weights = rca_network.fit(cases, held, context.seed, context.say)
    scores = rca_network.forward(weights, *held[:3])
    has_cause = held[3] < NODES
    best = scores.max(1)
    threshold = float(np.quantile(best[~has_cause], 1 - FALSE_ALARMS))
    first = scores.argmax(1)[has_cause] == held[3][has_cause]
    context.say(
        f"held-out graphs: top-1 {first.mean():.3f}, confident at {threshold:.3f} in {(best[has_cause] > threshold).mean():.3f}"
        f" of the faults and {FALSE_ALARMS} of the rest"
    )
    samples = tuple(part[:3].astype(np.float32) for part in held[:3])
    artifact.write(
        context.folder("graph"),
        graph_of(weights),
        described(context.seed, threshold),
        dict(zip(("nodes", "calls", "mask"), samples)),
        {"score": rca_network.forward(weights, *samples)},
    )


def fit(context: FitContext) -> None:
    """Nothing is learnt from a measured folder: the shipped variant is measured. Random graphs it has not seen are
    written beside, as inputs of the operator with the answer."""
    rng = np.random.default_rng(context.seed + 1000)
    context.out.mkdir(parents=True, exist_ok=True)
    cases = []
    for _ in range(MEASURED):
        case, cause = random_case(rng)
        for node in case["nodes"]:
            for metric in node["metrics"]:
                for part in ("normal", "anomalous"):
                    metric[part] = [float(f"{value:.6g}") if np.isfinite(value) else None for value in metric[part]]
        cases.append(case | {"cause": None if cause is None else case["nodes"][cause]["id"]})
    (context.out / "random-graphs.json").write_text(json.dumps(cases))


def drawn(seed: int, count: int):
    """Features, calls and masks of random cases, and the row of each cause (NODES: none)."""
    rng = np.random.default_rng(seed)
    features = np.zeros((count, NODES, len(FEATURES)), np.float32)
    calls = np.zeros((count, NODES, NODES), np.float32)
    mask = np.zeros((count, NODES), np.float32)
    truth = np.full(count, NODES)
    for index in range(count):
        case, cause = random_case(rng)
        features[index], calls[index], mask[index], kept = rows_of(case)
        if cause is not None and cause in kept:
            truth[index] = kept.index(cause)
    return features, calls, mask, truth


def graph_of(weights: dict) -> onnx.ModelProto:
    """rca_network.forward in ONNX."""
    nodes, constants = [], {}

    def put(value) -> str:
        name = f"c{len(constants)}"
        constants[name] = constant(name, np.asarray(value))
        return name

    def op(kind: str, *inputs: str, **attributes) -> str:
        output = attributes.pop("output", f"{kind.lower()}{len(nodes)}")
        nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    score = rca_network.emit(weights, op, put)
    op("Identity", score, output="score")
    return model_of(
        "root-cause-graph",
        nodes,
        [("nodes", (NODES, len(FEATURES))), ("calls", (NODES, NODES)), ("mask", (NODES,))],
        [("score", (NODES,))],
        constants.values(),
    )


def described(seed: int, threshold: float) -> Artifact:
    return Artifact(
        name=NAME,
        variant="graph",
        version="1.0.0",
        origin="shipped",
        inputs=[
            Port("nodes", (NODES, len(FEATURES)), "a row of features a node, 0 where there is none"),
            Port("calls", (NODES, NODES), "1 where the row's node calls the column's"),
            Port("mask", (NODES,), "1 for a node, 0 for padding"),
        ],
        outputs=[
            Port(
                "score", (NODES,), "that this node is the root cause; what is missing to 1 is that none is",
                unit="probability", range=(0, 1),
            )
        ],
        trained_on=[("random microservice graphs (models/training/rca_simulator.py)", "made here")],
        seed=seed,
        features=[Feature(name, unit) for name, unit in FEATURES],
        thresholds={"confident": threshold},
        card=Card(
            summary="Ranks the nodes of a call graph by how likely each is the root cause of a symptom, from metrics of a normal"
            " and of an anomalous window. Node names are never looked at.",
            data="5,000 random graphs of the simulator (a quarter without a fault, a fifth without a graph). No public data set"
            " is trained on: PetShop and Sock Shop only measure (the features were thought out with PetShop's low_traffic issues"
            " at hand).",
            licence="The simulator is part of this project; the weights are free of others' data.",
            method="Per node: robust z of the symptom, of other metrics and of traffic; rarity in the normal window; onset lag; and"
            " the share of the target's excess (time or errors a request, times requests) that the node accounts for. Excess"
            " adds up along calls, so what a node's callees account for is subtracted from it: what is left is its own. One"
            " round of message passing for that and for the worst neighbour, 8 for who is called from the target; then a"
            " small perceptron a node and a softmax over nodes and \"none\".",
            baseline="Ranking by robust z, and traversal (the anomalous nodes that call no anomalous node, by z). Both are"
            " measured in the same run.",
            limits="At most 64 nodes: of more, the 64 most anomalous (and the target) are looked at. One root cause. A node without"
            " metrics of its own can't be found. Without traffic the excess can't be weighed, and the ranking falls back"
            " on z values and the graph. Trained on simulated faults of latency, errors and resources only.",
        ),
    )
