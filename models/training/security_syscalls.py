"""Variant `syscalls`: how unlike a trace of system calls is to every normal one (ADFA-LD). Attacks are not learnt from.

A trace is its counts of pairs and of triples of calls, weighted by how few normal traces have them, as a direction; its oddness is
one less the cosine to the nearest normal trace, the mean of both lengths. What no normal trace has counts as the rarest.
"""

from collections import Counter

import numpy as np
from onnx import helper

from .artifact import Artifact, Card, Port, write
from .context import FitContext
from .data import files_in, text_of
from .trees import constant, model_of

LENGTHS = {"pairs": 2, "triples": 3}


def traces_of(folder, kind: str) -> list[list[int]]:
    """Traces whose class path begins with `kind`; lines that are no trace are passed over."""
    found = []
    for path in files_in(folder / "adfa-ld", "traces*.csv*"):
        for line in text_of(path).splitlines():
            name, _, calls = line.partition(",")
            if name.startswith(kind) and all(call.isdigit() for call in calls.split()):
                found.append([int(call) for call in calls.split()])
    return [trace for trace in found if trace]


def grams(trace: list[int], length: int) -> Counter:
    return Counter(" ".join(map(str, trace[at : at + length])) for at in range(len(trace) - length + 1))


def fit(context: FitContext) -> None:
    normal = traces_of(context.train, "Training")
    if not normal:
        return
    nodes, numbers, inputs, samples, odd, words = [], [], [], {}, [], {}
    for name, length in LENGTHS.items():
        counts = [grams(trace, length) for trace in normal]
        spread = Counter(gram for count in counts for gram in count)
        known = sorted(spread)
        place = {gram: at for at, gram in enumerate(known)}
        rarity = np.sqrt(np.log((1 + len(normal)) / (1 + np.array([spread[gram] for gram in known]))))
        weights = np.append(rarity, rarity.max()).astype(np.float32)  # the last column counts what is not known
        table = np.zeros((len(normal), len(weights)), dtype=np.float32)
        for at, count in enumerate(counts):
            for gram, times in count.items():
                table[at, place[gram]] = times
        directions = table * weights
        directions /= np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-9)
        nodes += [
            helper.make_node("Mul", [name, f"{name}_weights"], [f"{name}_weighted"]),
            helper.make_node("ReduceL2", [f"{name}_weighted"], [f"{name}_size"], axes=[1], keepdims=1),
            helper.make_node("Max", [f"{name}_size", "least"], [f"{name}_norm"]),
            helper.make_node("MatMul", [f"{name}_weighted", f"{name}_normal"], [f"{name}_products"]),
            helper.make_node("ReduceMax", [f"{name}_products"], [f"{name}_nearest"], axes=[1], keepdims=1),
            helper.make_node("Div", [f"{name}_nearest", f"{name}_norm"], [f"{name}_cosine"]),
        ]
        numbers += [constant(f"{name}_weights", weights), constant(f"{name}_normal", np.ascontiguousarray(directions.T))]
        inputs.append(Port(name, (len(weights),), f"counts of {name} of calls; last, of those not known"))
        words[name] = known
        asked = np.vstack([0.5 * table[0] + 0.5 * table[-1], *table[::120]]).astype(np.float32)
        asked[1:, -1] = np.arange(len(asked) - 1) * 7  # as if some of it were not known
        samples[name] = asked
        weighted = asked.astype(np.float64) * weights
        odd.append((weighted @ directions.T.astype(np.float64)).max(axis=1) / np.linalg.norm(weighted, axis=1))
    nodes += [
        helper.make_node("Add", ["pairs_cosine", "triples_cosine"], ["cosines"]), helper.make_node("Mul", ["cosines", "half"], ["likeness"]),
        helper.make_node("Sub", ["one", "likeness"], ["raw"]), helper.make_node("Clip", ["raw", "zero", "one"], ["oddness"]),
    ]
    numbers += [constant(name, np.float32(value)) for name, value in {"least": 1e-6, "half": 0.5, "one": 1, "zero": 0}.items()]
    write(
        context.folder("syscalls"),
        model_of("security-syscalls", nodes, [(port.name, list(port.shape)) for port in inputs], [("oddness", [1])], numbers),
        Artifact(
            name="SecurityThreatDetector", variant="syscalls", version="1.0.0", origin="fitted", inputs=inputs,
            outputs=[Port("oddness", (1,), "how unlike every normal trace it is", range=(0, 1))],
            scalers={"known": words}, trained_on=[("ADFA-LD, normal training traces", "academic")], seed=context.seed, card=_CARD,
        ),
        samples, {"oddness": np.clip(1 - np.mean(odd, axis=0), 0, 1)[:, None]},
    )
    context.say(f"syscalls: {len(normal)} normal traces, {', '.join(f'{len(known)} {name}' for name, known in words.items())}")


_CARD = Card(
    summary="How unlike a trace of system calls is to every normal one.", data="ADFA-LD, the normal training traces alone.",
    licence="Academic use: never shipped.", method="Nearest normal trace by the cosine of weighted counts of pairs and triples.",
    baseline="Share of a trace's six calls in a row that no normal trace has.", limits="A program that training never saw is odd without being an attack.",
)
