"""A linear model and a bag of embeddings on the same hashed n-grams, added up; trained here, written as one ONNX graph."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from onnx import TensorProto, helper
from sklearn.svm import LinearSVC

from .incident_text import BUCKETS, CHARACTERS_FROM, LENGTH, PAIRS_FROM, Hasher, inputs_of
from .trees import constant, model_of

SMALLEST = 1e-9


@dataclass
class Network:
    """`rows` maps a bucket to its row (0: not looked at); `table` int8 [rows, labels + width], `scale` a column."""

    rows: np.ndarray
    idf: np.ndarray
    table: np.ndarray
    scale: np.ndarray
    linear_bias: np.ndarray
    output: np.ndarray
    output_bias: np.ndarray
    labels: int
    temperature: float = 1.0
    blend: float = 2.5  # how much the linear part's margins weigh against the other's logits

    def hidden(self, texts: list[str], hasher: Hasher) -> tuple[np.ndarray, np.ndarray]:
        """(margins of the linear part, logits of both parts together)."""
        matrix = self.weighed(counts_of(texts, hasher))
        sums = (matrix @ self.table.astype(np.float64)) * self.scale
        margins = sums[:, : self.labels] + self.linear_bias
        return margins, self.blend * margins + np.tanh(sums[:, self.labels :]) @ self.output + self.output_bias

    def weighed(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        """tf-idf by row of the table; words, characters and pairs each of length 1."""
        counts = counts.tocoo()
        row_of = self.rows[counts.col]
        values = counts.data * self.idf[row_of]
        words, pairs = counts.col < CHARACTERS_FROM, counts.col >= PAIRS_FROM
        for part in (words, ~(words | pairs), pairs):
            norms = np.sqrt(np.bincount(counts.row[part], values[part] ** 2, counts.shape[0]))
            values[part] /= np.maximum(norms, SMALLEST)[counts.row[part]]
        return sparse.csr_matrix((values, (counts.row, row_of)), (counts.shape[0], len(self.idf)))


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def counts_of(texts: list[str], hasher: Hasher) -> sparse.csr_matrix:
    buckets, weights = inputs_of(texts, hasher)
    used = weights > 0
    row = np.repeat(np.arange(len(texts)), used.sum(1))
    return sparse.csr_matrix((weights[used].astype(np.float64), (row, buckets[used])), (len(texts), BUCKETS))


def fit(texts, labels, count, hasher, seed, width=128, bags=1, epochs=30, most=16_000, balanced=False) -> Network:
    """`labels` are numbers below `count`. N-grams of one text are left out; of more than `most`, those with the smallest
    weights in a first, rough training (the frequent ones are not the telling ones: names are rare). `epochs` 0 leaves the
    bags of embeddings out, and pairs; of several bags the logits are averaged."""
    counts, labels = counts_of(texts, hasher), np.asarray(labels)
    frequency = np.asarray((counts > 0).sum(0)).ravel()
    if epochs == 0:
        frequency[PAIRS_FROM:] = 0
    kept = np.flatnonzero(frequency >= 2)
    network = _rows_of(kept, frequency, len(texts), count)
    if len(kept) > most:
        matrix = network.weighed(counts)
        rough = LinearSVC(C=0.5, tol=0.02, random_state=seed, class_weight="balanced" if balanced else None)
        strength = np.linalg.norm(np.atleast_2d(rough.fit(matrix, labels).coef_), axis=0)[1:]
        kept = np.sort(kept[np.argsort(-strength, kind="stable")[:most]])
        network = _rows_of(kept, frequency, len(texts), count)
    matrix = network.weighed(counts)
    svc = LinearSVC(C=0.5, random_state=seed, class_weight="balanced" if balanced else None).fit(matrix, labels)
    linear, bias = np.zeros((matrix.shape[1], count)), np.full(count, -2.0)
    linear[:, svc.classes_], bias[svc.classes_] = svc.coef_.T, svc.intercept_
    if epochs > 0:
        made = [bag(matrix, labels, count, seed + number, width, epochs) for number in range(bags)]
        embedding = np.concatenate([table for table, _, _ in made], axis=1)
        network.output = np.concatenate([layer for _, layer, _ in made]) / bags
        network.output_bias = sum(bias for _, _, bias in made) / bags
    else:
        embedding, network.output, network.output_bias = np.zeros((matrix.shape[1], 1)), np.zeros((1, count)), np.zeros(count)
    table = np.concatenate([linear, embedding], axis=1)
    table[0] = 0
    network.scale = (np.maximum(np.abs(table).max(0), SMALLEST) / 127).astype(np.float32).astype(np.float64)
    network.table = np.clip(np.round(table / network.scale), -127, 127).astype(np.int8)
    network.linear_bias = bias.astype(np.float32).astype(np.float64)
    return network


def _rows_of(kept: np.ndarray, frequency: np.ndarray, texts: int, labels: int) -> Network:
    rows = np.zeros(BUCKETS, np.int64)
    rows[kept] = np.arange(1, len(kept) + 1)
    idf = np.concatenate([[0], np.log((1 + texts) / (1 + frequency[kept])) + 1]).astype(np.float32).astype(np.float64)
    blank = np.zeros(0)
    return Network(rows, idf, blank, blank, blank, blank, blank, labels)


def bag(matrix, labels, count, seed, width, epochs, batch=128, rate=0.1, forget=0.5, drop=0.3, smooth=0.1):
    """Embeddings summed, tanh, one layer. Half of a text's n-grams are forgotten at each look, so that no one of them
    decides. Adagrad on the rows a batch touches, Adam on the layer; label smoothing."""
    rng = np.random.default_rng(seed)
    matrix = matrix.astype(np.float32)
    table = (rng.standard_normal((matrix.shape[1], width)) * 0.1).astype(np.float32)
    moved = np.full(matrix.shape[1], 1e-3, np.float32)
    layer = (rng.standard_normal((width, count)) / np.sqrt(width)).astype(np.float32)
    bias = np.zeros(count, np.float32)
    adam = [(value, np.zeros_like(value), np.zeros_like(value)) for value in (layer, bias)]
    target = np.full((len(labels), count), smooth / count, np.float32)
    target[np.arange(len(labels)), labels] += 1 - smooth
    step = 0
    for epoch in range(epochs):
        order = rng.permutation(len(labels))
        slow = 0.5 * (1 + np.cos(np.pi * epoch / epochs))
        for start in range(0, len(labels), batch):
            chosen = order[start : start + batch]
            part = matrix[chosen]
            part.data = part.data * (rng.random(len(part.data)) >= forget).astype(np.float32) / (1 - forget)
            columns, inverse = np.unique(part.indices, return_inverse=True)
            part = sparse.csr_matrix((part.data, inverse, part.indptr), (len(chosen), len(columns)))
            hidden = np.tanh(part @ table[columns])
            kept = (rng.random(hidden.shape) >= drop).astype(np.float32) / (1 - drop)
            chance = softmax((hidden * kept) @ layer + bias)
            gradient = (chance - target[chosen]) / len(chosen)
            back = part.T @ ((gradient @ layer.T) * kept * (1 - hidden**2))
            step += 1
            for (value, first, second), slope in zip(adam, ((hidden * kept).T @ gradient, gradient.sum(0))):
                first += 0.1 * (slope - first)
                second += 0.001 * (slope**2 - second)
                value -= 0.002 * slow * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
            moved[columns] += (back**2).mean(1)
            table[columns] -= rate * slow * back / np.sqrt(moved[columns])[:, None]
    return table, layer.astype(np.float64), bias.astype(np.float64)


def calibrate(network: Network, texts, labels, hasher, rejected: float, outside: int | None = None) -> float:
    """Sets the temperature to the likeliest on held-out texts; returns the probability below which a text is out of
    scope: so many of the held-out texts that are in scope fall below it."""
    _, logits = network.hidden(texts, hasher)
    labels = np.asarray(labels)
    losses = {}
    for temperature in np.geomspace(0.1, 4, 48):
        chance = softmax(logits / temperature)
        losses[float(temperature)] = -np.log(np.maximum(chance[np.arange(len(labels)), labels], 1e-12)).mean()
    network.temperature = min(losses, key=losses.get)
    chance = softmax(logits / network.temperature)
    inside = np.ones(len(labels), bool)
    if outside is not None:
        chance, inside = np.delete(chance, outside, axis=1), labels != outside
    return float(np.quantile(chance.max(1)[inside], rejected))


def probabilities(network: Network, texts, hasher, outside: int | None):
    margins, logits = network.hidden(texts, hasher)
    chance = softmax(logits / network.temperature)
    if outside is None:
        return chance, margins
    return np.delete(chance, outside, axis=1), np.delete(margins, outside, axis=1)


def graph_of(network: Network, outside: int | None):
    """buckets int32 and counts float32 [batch, LENGTH] -> probability and margin [batch, labels in scope]. The label out
    of scope, where there is one, must be the last."""
    if outside is not None and outside != network.labels - 1:
        raise ValueError("the label out of scope must be the last")
    count = network.labels - (0 if outside is None else 1)
    nodes, constants = [], []

    def put(value, kind) -> str:
        constants.append(constant(f"c{len(constants)}", np.asarray(value, kind)))
        return constants[-1].name

    def op(kind: str, *inputs: str, output: str | None = None, **attributes) -> str:
        output = output or f"{kind.lower()}{len(nodes)}"
        nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    last = put([1], np.int64)
    row = op("Cast", op("Gather", put(network.rows, np.uint16), "buckets"), to=TensorProto.INT32)
    value = op("Mul", "counts", op("Gather", put(network.idf, np.float32), row))
    word = op("Cast", op("Less", "buckets", put(CHARACTERS_FROM, np.int32)), to=TensorProto.FLOAT)
    pair = op("Cast", op("GreaterOrEqual", "buckets", put(PAIRS_FROM, np.int32)), to=TensorProto.FLOAT)
    character = op("Sub", op("Sub", put(1, np.float32), word), pair)

    def length_one(part: str) -> str:
        mine = op("Mul", value, part)
        norm = op("Sqrt", op("ReduceSum", op("Mul", mine, mine), last, keepdims=1))
        return op("Div", mine, op("Max", norm, put(SMALLEST, np.float32)))

    weight = op("Unsqueeze", op("Sum", *map(length_one, (word, character, pair))), last)
    gathered = op("Cast", op("Gather", put(network.table, np.int8), row), to=TensorProto.FLOAT)
    sums = op("Mul", op("Squeeze", op("MatMul", weight, gathered), last), put(network.scale, np.float32))

    def columns(name: str, start: int, end: int, output: str | None = None) -> str:
        return op("Slice", name, put([start], np.int64), put([end], np.int64), last, output=output)

    margins = op("Add", columns(sums, 0, network.labels), put(network.linear_bias, np.float32))
    hidden = op("Tanh", columns(sums, network.labels, network.table.shape[1]))
    logits = op("Add", op("MatMul", hidden, put(network.output, np.float32)), put(network.output_bias, np.float32))
    blended = op("Mul", margins, put(network.blend, np.float32))
    logits = op("Div", op("Add", blended, logits), put(network.temperature, np.float32))
    columns(op("Softmax", logits, axis=1), 0, count, output="probability")
    columns(margins, 0, count, output="margin")
    return model_of(
        "incident",
        nodes,
        [("buckets", (LENGTH,), TensorProto.INT32), ("counts", (LENGTH,))],
        [("probability", (count,)), ("margin", (count,))],
        constants,
    )
