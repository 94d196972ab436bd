"""Random microservice graphs under load, with and without a fault: where the root cause is known.

Time adds up along calls: a node's latency is its own time and that of the nodes it waits for; errors pass to the caller
unless it has a fallback. Faults, noise, missing edges, copies of a node seen from outside, and shifts that are nobody's
fault are drawn at random.
"""

import numpy as np

from .rca_features import family, summary_of


def random_case(rng: np.random.Generator) -> tuple[dict, int | None]:
    """A case as rca_features reads it, and the position of its root cause (None: nothing is wrong)."""
    if rng.random() < 0.2:
        return loose_case(rng)
    count = int(rng.integers(5, 46))
    before, after = int(rng.integers(60, 300)), int(rng.choice([5, 6, 12, 30, 60]))
    total = before + after
    rates = graph_of(rng, count)
    traffic, latency, errors = run(rng, rates, total)
    symptom = "latency" if rng.random() < 0.55 else "error"
    reach = reachable(rates)
    cause = None
    if rng.random() < 0.75:
        choices = np.flatnonzero(reach & (traffic.mean(1) > 2))
        cause = int(rng.choice(choices[choices > 0] if len(choices) > 1 and rng.random() < 0.92 else choices))
    shape = np.zeros(total)
    if cause is not None:
        start = before + int(rng.integers(0, max(1, after // 3)))
        length = max(1, int(np.ceil(rng.uniform(0.4, 1.0) * (total - start))))
        shape[start : start + length] = rng.uniform(0.5, 1.1, length)
        shape[start] *= rng.uniform(0.3, 1)
    wait, fail = waiting(rng, rates)
    seen_latency, seen_errors = observed(rng, rates, traffic, latency, errors, wait, fail, cause, shape, before, symptom)
    case, at = assembled(rng, rates, traffic, seen_latency, seen_errors, before, symptom, cause)
    # A fault nobody feels raises no alarm, so that nobody asks for its cause: draw again, mostly.
    if cause is not None and "target" in case and rng.random() < 0.95 and not felt(case):
        return random_case(rng)
    return case, at


def felt(case: dict) -> bool:
    target = next(node for node in case["nodes"] if node["id"] == case["target"])
    return any(
        (summary := summary_of(metric, None)) is not None and summary[0] > 1.2
        for metric in target["metrics"]
        if family(metric["kind"]) == case["symptom"]
    )


def graph_of(rng, count):
    """Calls a request of node i makes to node j > i; node 0 is where requests come in."""
    rates = np.zeros((count, count))
    for j in range(1, count):
        if rng.random() < 0.08:
            continue  # called by nobody we know
        low = max(0, j - int(rng.integers(2, 12)))
        callers = rng.integers(0 if rng.random() < 0.4 else low, j, size=1 if rng.random() < 0.75 else 2)
        for i in callers:
            rates[i, j] = rng.choice([0.05, 0.2, 0.5, 1, 1, 1, 2, 4]) * rng.uniform(0.8, 1.2)
    return rates


def run(rng, rates, total):
    """Traffic (requests a sample), own time and own error rate of each node, without a fault."""
    count = len(rates)
    day = 1 + rng.uniform(0, 0.5) * np.sin(np.arange(total) * rng.uniform(0.01, 0.1) + rng.uniform(0, 6))
    arrivals = np.zeros((count, total))
    arrivals[0] = 10 ** rng.uniform(1.3, 3.5) * day
    for j in range(1, count):
        if rates[:, j].sum() == 0 or rng.random() < 0.05:
            arrivals[j] += 10 ** rng.uniform(0, 2.5) * day
    traffic = np.zeros((count, total))
    for j in range(count):
        traffic[j] = rng.poisson(np.minimum(arrivals[j] + rates[:, j] @ traffic, 1e6))
    own = 10 ** rng.uniform(-3.5, 0.3, count)
    heavy = rng.uniform(0.1, 1.5, count)
    noise = heavy[:, None] * rng.standard_normal((count, total)) / np.sqrt(np.maximum(traffic, 1))
    spikes = (rng.random((count, total)) < 0.01) * rng.exponential(0.5, (count, total)) * rng.random((count, 1))
    latency = own[:, None] * np.maximum(1 + noise + rng.uniform(0.01, 0.06, (count, 1)) * rng.standard_normal((count, total)) + spikes, 0.05)
    base = np.where(rng.random(count) < 0.75, 0, 10 ** rng.uniform(-4, -1, count))
    chance = np.clip(base[:, None] * rng.lognormal(0, 0.4, (count, total)), 0, 0.8)
    return traffic, latency, chance


def waiting(rng, rates):
    """Which calls are waited for, and the share of errors a caller passes on."""
    wait = (rates > 0) & (rng.random(rates.shape) < 0.92)
    fail = np.where((rates > 0) & (rng.random(rates.shape) < 0.85), rng.uniform(0.4, 1.0, rates.shape), 0.0)
    return wait, fail


def observed(rng, rates, traffic, latency, errors, wait, fail, cause, shape, before, symptom):
    """Latency and error rate of each node as its monitor sees them."""
    own, chance = latency.copy(), errors.copy()
    if cause is not None:
        size = 10 ** rng.uniform(-0.7, 1.6)
        reference = own[cause, :before].mean()
        if symptom == "latency":
            # Big enough to be felt where requests come in, whatever the node's own time is.
            felt = own[0, :before].mean() * rng.uniform(0.05, 1.5)
            own[cause] += shape * max(size * reference, rng.uniform(0.3, 1.0) * felt)
            if rng.random() < 0.15:
                chance[cause] += shape * rng.uniform(0, 0.1)
        else:
            chance[cause] += shape * 10 ** rng.uniform(-2.3, -0.1)
            if rng.random() < 0.3:
                own[cause] *= 1 + shape * rng.uniform(-0.4, 0.6)
    full, wrong = own.copy(), np.clip(chance, 0, 1)
    for i in range(len(rates) - 1, -1, -1):
        for j in np.flatnonzero(rates[i]):
            if wait[i, j]:
                full[i] = full[i] + rates[i, j] * full[j]
            wrong[i] = 1 - (1 - wrong[i]) * (1 - fail[i, j] * np.minimum(1, rates[i, j]) * wrong[j])
    counted = rng.binomial(np.maximum(traffic, 1).astype(int), np.clip(wrong, 0, 1)) / np.maximum(traffic, 1)
    return full, counted


def reachable(rates):
    reach = np.zeros(len(rates), bool)
    reach[0] = True
    for i in range(len(rates)):
        if reach[i]:
            reach |= rates[i] > 0
    return reach


def assembled(rng, rates, traffic, latency, errors, before, symptom, cause):
    """The case: what monitors give, with gaps, copies, drifts and edges nobody has drawn."""
    count, total = traffic.shape
    edges = [(i, j) for i in range(count) for j in np.flatnonzero(rates[i]) if rng.random() < 0.96]
    rows = [(traffic[i], latency[i], errors[i]) for i in range(count)]
    # The same service, seen by its caller through a balancer: part of its calls, no calls of its own.
    for i in rng.permutation(np.arange(1, count))[: int(rng.integers(0, 4))]:
        part = np.maximum(1, rng.binomial(traffic[i].astype(int), rng.uniform(0.05, 0.5)))
        view = latency[i] * (1 + rng.uniform(0.05, 0.4) * rng.standard_normal(total) / np.sqrt(part) * 3) + latency[i, :before].mean() * 0.2
        rows.append((part, np.maximum(view, 1e-6), rng.binomial(part, np.clip(errors[i], 0, 1)) / part))
        edges.append((0, len(rows) - 1))
    quiet = rng.random(len(rows)) < 0.15
    rescaled = rng.random() < 0.3
    as_availability = rng.random() < 0.7
    resources = rng.random() < 0.3
    nodes = []
    for i, (calls, time, wrong) in enumerate(rows):
        time, wrong, calls = time.copy(), wrong.copy(), calls.astype(float)
        if quiet[i] and i not in (0, cause):
            time[before:] *= 1 + rng.normal(0, 0.2)  # another day, another level; nobody's fault
            if rng.random() < 0.2:
                wrong[before:] = np.clip(wrong[before:] + rng.uniform(0, 0.05), 0, 1)
        gap = calls < 1
        time[gap], wrong[gap] = np.nan, np.nan
        factor = 10 ** rng.uniform(-2, 2) if rescaled else 1.0
        metrics = [series("latency", time * factor, before), series("traffic", calls, before)]
        metrics.append(
            series("availability", 100 * (1 - wrong), before) if as_availability else series("error", wrong, before)
        )
        if resources:
            load = rng.uniform(0.1, 2) * (calls + 1) / max(1.0, calls.mean()) * rng.lognormal(0, 0.1, len(calls))
            if i == cause and symptom == "latency" and rng.random() < 0.7:
                load[before:] *= rng.uniform(1.2, 5)
            metrics.append(series("resource", load, before))
        nodes.append({"id": f"n{i}", "metrics": metrics})
    order = rng.permutation(len(nodes))
    case = {
        "nodes": [nodes[i] for i in order],
        "edges": [[f"n{i}", f"n{j}"] for i, j in edges],
        "symptom": symptom,
    }
    if rng.random() < 0.95:
        case["target"] = "n0"
    if rng.random() < 0.08:
        case["edges"] = []
    return case, None if cause is None else int(np.flatnonzero(order == cause)[0])


def loose_case(rng):
    """No graph and no target: series, or services with a few series, one of which moves first and most."""
    count = int(rng.integers(6, 45))
    before, after = int(rng.integers(60, 300)), int(rng.choice([6, 30, 60, 250]))
    total = before + after
    cause = int(rng.integers(count)) if rng.random() < 0.75 else None
    start = before + int(rng.integers(0, max(1, after // 4)))
    nodes = []
    for i in range(count):
        metrics = []
        for _ in range(1 if rng.random() < 0.7 else int(rng.integers(2, 5))):
            values = rng.lognormal(0, 10 ** rng.uniform(-2.5, -0.3), total) * 10 ** rng.uniform(-2, 8)
            if rng.random() < 0.3:
                values = np.maximum.accumulate(values * np.linspace(1, rng.uniform(1, 1.2), total))
            usual = values[:before].std() + 1e-9
            if i != cause and rng.random() < 0.25:
                values[before:] += usual * rng.normal(0, 2.5)
            if i == cause:
                values[start:] += usual * 10 ** rng.uniform(0.8, 3) * rng.uniform(0.7, 1.1, total - start)
            elif cause is not None and rng.random() < 0.3:
                values[start:] += usual * rng.exponential(2.5) * rng.choice([-1, 1])
            metrics.append(series(str(rng.choice(["latency", "resource"])), values, before))
        nodes.append({"id": f"n{i}", "metrics": metrics})
    if rng.random() < 0.7:  # series alone, all of one kind: nobody has said what is wrong
        for node in nodes:
            for metric in node["metrics"]:
                metric["kind"] = "resource"
    return {"nodes": nodes, "edges": []}, cause


def series(kind, values, before):
    return {"kind": kind, "normal": values[:before], "anomalous": values[before:]}
