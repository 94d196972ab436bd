"""What the root cause model sees of a node: the same sums as src/inference/features/rca-series.ts and rca-nodes.ts.

A case is {"nodes": [{"id", "metrics": [{"kind", "normal", "anomalous"}]}], "edges": [[caller, callee]], "target", "symptom"},
as RootCauseInput of the operator.
"""

import numpy as np

NODES = 64
FEATURES = [
    ("symptom_z", "MAD"), ("other_z", "MAD"), ("traffic_z", "MAD"), ("share", None), ("has_share", None),
    ("rarity", None), ("is_target", None), ("has_symptom", None), ("onset_lag", None),
]  # fmt: skip
WORST = 0.4  # share of the samples that speak for a window
ONSET = 3.0
KINDS = ("latency", "error", "availability", "resource", "traffic")
LIMIT = 1e6


def worst_mean(values: np.ndarray) -> float:
    """Mean of the largest 40 %: what a fault does while it lasts, and steadier than the one largest sample."""
    ordered = np.sort(values)[::-1]
    return float(ordered[: max(1, int(np.ceil(WORST * len(ordered))))].mean())


def quantile(ordered: np.ndarray, q: float) -> float:
    """Linear interpolation between the two nearest ranks."""
    at = q * (len(ordered) - 1)
    low = int(np.floor(at))
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low] + (at - low) * (ordered[high] - ordered[low]))


def spread_of(normal: np.ndarray, centre: float) -> float:
    """Robust where it can be; a part of the deviation keeps a series that is nearly always the same from shouting."""
    ordered = np.sort(normal)
    mad = 1.4826 * quantile(np.sort(np.abs(normal - centre)), 0.5)
    iqr = (quantile(ordered, 0.75) - quantile(ordered, 0.25)) / 1.349
    spread = max(mad, iqr, 0.25 * float(np.std(normal)), 1e-3 * abs(centre))
    return spread


def summary_of(metric: dict, traffic: dict | None):
    """(z, rarity, excess, onset) of one series; None where there is too little of it."""
    normal, after = np.asarray(metric["normal"], float), np.asarray(metric["anomalous"], float)
    kept = np.isfinite(after)
    normal, seen = normal[np.isfinite(normal)], after[kept]
    if len(normal) < 4 or len(seen) < 1:
        return None
    centre = quantile(np.sort(normal), 0.5)
    sign = -1.0 if metric["kind"] == "availability" else 1.0
    moved = sign * (seen - centre)
    spread = spread_of(normal, centre)
    if spread <= 0:
        spread = max(float(np.max(np.abs(moved))) / 10, 1e-12)
    z = np.clip(moved / spread, -LIMIT, LIMIT)
    if metric["kind"] == "traffic":
        level = quantile(np.sort(z), 0.5)
        return level, 0.0, 0.0, 1.0
    worst = worst_mean(z)
    rarity = 1 - (1 + int(np.sum(sign * (normal - centre) / spread >= worst))) / (len(normal) + 1)
    weights = np.ones(len(seen))
    if traffic is not None:
        calls = np.asarray(traffic["anomalous"], float)
        before = np.asarray(traffic["normal"], float)
        before = before[np.isfinite(before)]
        usual = quantile(np.sort(before), 0.5) if len(before) else 0.0
        if len(calls) == len(after):
            weights = np.where(np.isfinite(calls[kept]), calls[kept], usual)
        else:
            weights = np.full(len(seen), usual)
    above = np.flatnonzero(z > ONSET)
    onset = above[0] / len(z) if len(above) else 1.0
    return worst, rarity, worst_mean(moved * weights), float(onset)


def family(kind: str) -> str:
    return "error" if kind == "availability" else kind


def rows_of(case: dict):
    """(features [NODES, F], calls [NODES, NODES], mask [NODES], positions kept). Of more than 64 nodes the most
    anomalous are kept, and the target always."""
    nodes = case["nodes"]
    found = []
    for node in nodes:
        traffic = next((m for m in node["metrics"] if m["kind"] == "traffic"), None)
        best: dict[str, tuple] = {}
        for metric in node["metrics"]:
            summary = summary_of(metric, traffic)
            name = family(metric["kind"])
            if summary is not None and (name not in best or summary[0] > best[name][0]):
                best[name] = summary
        found.append((best, traffic is not None))
    target = next((i for i, node in enumerate(nodes) if node["id"] == case.get("target")), None)
    symptom = symptom_of(case, found, target)
    kept = list(range(len(nodes)))
    if len(kept) > NODES:
        strength = [max((s[0] for k, s in best.items() if k != "traffic"), default=-LIMIT) for best, _ in found]
        order = sorted(kept, key=lambda i: (i != target, -strength[i], i))
        kept = sorted(order[:NODES])
    total = 0.0
    if target is not None and symptom in found[target][0] and found[target][1]:
        total = found[target][0][symptom][2]
    features = np.zeros((NODES, len(FEATURES)))
    mask = np.zeros(NODES)
    onsets = [found[i][0][symptom][3] for i in kept if symptom in found[i][0]]
    first = min(onsets, default=1.0)
    for row, i in enumerate(kept):
        best, has_traffic = found[i]
        own = best.get(symptom)
        others = [s for k, s in best.items() if k not in (symptom, "traffic")]
        features[row, 0] = own[0] if own else 0
        features[row, 1] = max((s[0] for s in others), default=0)
        features[row, 2] = best["traffic"][0] if "traffic" in best else 0
        if total > 0 and own and has_traffic:
            features[row, 3] = np.clip(own[2] / total, -2, 4)
            features[row, 4] = 1
        features[row, 5] = own[1] if own else 0
        features[row, 6] = float(i == target)
        features[row, 7] = float(own is not None)
        features[row, 8] = (own[3] - first) if own else 1
        mask[row] = 1
    at = {nodes[i]["id"]: row for row, i in enumerate(kept)}
    calls = np.zeros((NODES, NODES))
    for caller, callee in case["edges"]:
        if caller in at and callee in at and caller != callee:
            calls[at[caller], at[callee]] = 1
    return features, calls, mask, kept


def symptom_of(case: dict, found: list, target: int | None) -> str:
    """What is wrong: as asked; else what deviates most at the target, or anywhere."""
    if case.get("symptom"):
        return family(case["symptom"])
    where = found if target is None else [found[target]]
    best, name = -np.inf, "latency"
    for kind in ("latency", "error", "resource"):
        for summaries, _ in where:
            if kind in summaries and summaries[kind][0] > best:
                best, name = summaries[kind][0], kind
    return name
