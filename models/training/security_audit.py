"""Simulated audit logs of a Kubernetes API: what actors do every day, and scripted attacks that are done in their name.

An actor has habits: what it does to which resources, in which namespaces, from which addresses, at what hours. An attack adds
events to one of its windows, quietly or loudly, while its ordinary work goes on. Kinds in KEPT_OUT are never trained on.
"""

import math

import numpy as np

WINDOW = 600_000  # ms: what is judged
PAST = 7 * 86_400_000  # ms before it: what the actor is compared with
EPOCH = 1_760_054_400_000  # a midnight (UTC)
KINDS = ["secret-enumeration", "privilege-escalation", "exec-into-pods", "stolen-token", "mass-deletion", "reconnaissance"]
KEPT_OUT = ["crypto-mining", "webhook-tampering", "impersonation"]

RBAC = ["roles", "rolebindings", "clusterroles", "clusterrolebindings"]
HOOKS = ["mutatingwebhookconfigurations", "validatingwebhookconfigurations", "apiservices"]
EXEC = ["pods/exec", "pods/attach", "pods/portforward", "nodes/proxy"]
WORKLOADS = ["pods", "deployments", "daemonsets", "statefulsets", "replicasets", "jobs", "cronjobs"]
REVIEWS = ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]
TOKENS = ["serviceaccounts/token", "certificatesigningrequests"]
READS, DELETES = ["get", "list", "watch"], ["delete", "deletecollection"]

# Name, and which way the probability may go as the value rises.
FEATURES = [
    ("service", 0), ("events", 0), ("writes", 0), ("denied", 1), ("denied_share", 1), ("namespaces", 0), ("secret_reads", 1),
    ("secrets", 1), ("rbac_writes", 1), ("execs", 1), ("token_requests", 1), ("impersonations", 1), ("webhook_writes", 1),
    ("workload_creates", 0), ("deletes", 1), ("access_reviews", 1), ("new_addresses", 1), ("new_agents", 1), ("new_actions", 1),
    ("new_sensitive", 1), ("new_namespaces", 1), ("pace", 0), ("hour_share", -1), ("past_days", 0),
]


def sensitive(verb: str, resource: str) -> str | None:
    """The class of what attackers are after, or None; as src/inference/features/security-audit.ts has it."""
    if verb == "impersonate":
        return "impersonation"
    if resource == "secrets" and verb in READS:
        return "secret"
    if resource in EXEC:
        return "exec"
    if resource in TOKENS and verb not in READS:
        return "token"
    if verb in READS:
        return None
    if resource in RBAC or verb in ("escalate", "bind"):
        return "rbac"
    if resource in HOOKS:
        return "webhook"
    if verb in DELETES:
        return "delete"
    return "workload" if resource in WORKLOADS and verb == "create" else None


def row(events: list[tuple], now: int) -> list[float]:
    """`events` are an actor's (time, service, verb, resource, namespace, name, address, agent, code), oldest first."""
    window = [e for e in events if now - WINDOW < e[0] <= now]
    past = [e for e in events if now - WINDOW - PAST < e[0] <= now - WINDOW]

    def kinds(of: list[tuple]) -> list[str | None]:
        return [sensitive(e[2], e[3]) for e in of]

    here, before = kinds(window), {sensitive(*action) for action in {(e[2], e[3]) for e in past}}
    seen = {key: {e[key] for e in past} for key in (4, 6, 7)}
    actions = {(e[2], e[3]) for e in past}

    def new(key: int) -> int:
        return len({e[key] for e in window if e[key] != ""} - seen[key]) if past else 0

    def count(kind: str) -> int:
        return sum(one == kind for one in here)

    denied = sum(e[8] in (401, 403) for e in window)
    days = (now - WINDOW - past[0][0]) / 86_400_000 if past else 0.0
    hour = (now / 3_600_000) % 24
    near = sum(abs(((e[0] / 3_600_000) % 24 - hour + 12) % 24 - 12) <= 2 for e in past)
    expected = len(past) / max(days, 1 / 24) / 144
    return [
        float(window[0][1]) if window else 0.0, len(window), sum(e[2] not in READS for e in window), denied, denied / max(1, len(window)),
        len({e[4] for e in window if e[4] != ""}), count("secret"),
        len({(e[4], e[5]) for e, kind in zip(window, here) if kind == "secret"}), count("rbac"), count("exec"), count("token"),
        count("impersonation"), count("webhook"), count("workload"), count("delete"), sum(e[3] in REVIEWS for e in window),
        new(6), new(7), len({(e[2], e[3]) for e in window} - actions) if past else 0,
        sum(kind is not None and kind not in before for kind in here) if past else 0, new(4),
        math.log2((len(window) + 1) / (expected + 1)), near / len(past) if past else 1.0, days,
    ]


def world(seed: int, actors: int, kinds: list[str]) -> list[dict]:
    """Actors with their events and the windows that are judged: {events, windows: [{now, attack}]}; attack is None or a kind."""
    rng = np.random.default_rng(seed)
    spaces = [f"ns-{rng.integers(1e6)}" for _ in range(int(rng.integers(8, 40)))]
    return [_actor(rng, spaces, kinds) for _ in range(actors)]


def _pick(rng, values: list, count: int) -> list:
    return [values[i] for i in rng.choice(len(values), min(count, len(values)), replace=False)]


def _address(rng) -> str:
    return f"10.{rng.integers(256)}.{rng.integers(256)}.{rng.integers(1, 255)}"


# Habits: (share of actors, is a service, bursts a day, events a burst, awake hours, [(weight, verb, resource)...]).
HABITS = {
    "controller": (0.3, True, 40, 3, None, [
        (4, "update", "leases"), (3, "get", "configmaps"), (3, "list", "pods"), (2, "watch", "deployments"), (2, "patch", "deployments"),
        (1, "create", "events"), (0.3, "create", "pods"), (0.3, "delete", "pods")]),
    "secrets-operator": (0.06, True, 25, 8, None, [(5, "get", "secrets"), (2, "list", "secrets"), (2, "update", "secrets"), (1, "create", "events")]),
    "backup": (0.05, True, 2, 60, None, [(3, "list", "secrets"), (3, "list", "configmaps"), (3, "list", "deployments"), (2, "get", "persistentvolumes")]),
    "cleaner": (0.05, True, 2, 40, None, [(3, "list", "jobs"), (4, "delete", "jobs"), (3, "delete", "pods")]),
    "ci": (0.16, True, 12, 15, None, [
        (4, "patch", "deployments"), (3, "create", "jobs"), (2, "get", "deployments"), (2, "get", "pods"), (1, "create", "configmaps"),
        (0.5, "patch", "rolebindings"), (0.5, "get", "secrets"), (1, "delete", "jobs")]),
    "developer": (0.26, False, 10, 8, (8, 10), [
        (5, "get", "pods"), (4, "list", "pods"), (3, "get", "pods/log"), (2, "get", "deployments"), (0.6, "patch", "deployments"),
        (0.4, "create", "pods/exec"), (0.2, "get", "secrets"), (0.4, "delete", "pods"), (0.4, "create", "selfsubjectaccessreviews"),
        (0.3, "create", "pods/portforward")]),
    "administrator": (0.12, False, 8, 12, (7, 12), [
        (4, "get", "nodes"), (4, "list", "pods"), (2, "get", "secrets"), (1.5, "patch", "rolebindings"), (0.8, "create", "clusterrolebindings"),
        (1, "create", "pods/exec"), (0.6, "patch", "validatingwebhookconfigurations"), (1.5, "delete", "pods"), (2, "patch", "deployments"),
        (0.4, "impersonate", "users"), (0.5, "create", "serviceaccounts/token"), (1, "create", "selfsubjectaccessreviews")]),
}


def _actor(rng, spaces: list[str], kinds: list[str]) -> dict:
    names = list(HABITS)
    habit = names[rng.choice(len(names), p=[HABITS[name][0] for name in names])]
    _, service, bursts, size, awake, actions = HABITS[habit]
    # Each actor has its own part of the habit, at its own pace.
    weights = np.array([weight for weight, _, _ in actions]) * rng.gamma(1.0, 1.0, len(actions))
    weights *= rng.random(len(actions)) < 0.8
    if weights.sum() == 0:
        weights[0] = 1
    weights = weights / weights.sum()
    own = spaces if habit in ("backup", "cleaner", "secrets-operator", "administrator") else _pick(rng, spaces, int(rng.integers(1, 5)))
    addresses, agents = [_address(rng) for _ in range(int(rng.integers(1, 6)) if habit in ("ci", "developer") else 1)], [f"agent/{rng.integers(1e4)}"]
    pace = math.exp(rng.normal(0, 0.5))
    clumsy = rng.beta(1, 40)  # share of its calls that are denied
    days = rng.choice([0.3, 2.0, 6.9], p=[0.15, 0.35, 0.5])
    start, width = awake or (0, 24)
    shift = rng.integers(-8, 9) if awake else 0
    objects = [f"o{rng.integers(1e6)}" for _ in range(int(rng.integers(3, 40)))]
    end = EPOCH + 9 * 86_400_000

    def work(at: int, budget: int) -> list[tuple]:
        address = _address(rng) if rng.random() < 0.01 else addresses[rng.integers(len(addresses))]
        space = own[rng.integers(len(own))]
        chosen = rng.choice(len(actions), budget, p=weights)
        moves, strays = rng.random(budget), rng.random(budget)
        places, objects_at = rng.integers(0, len(own), budget), rng.integers(0, len(objects), budget)
        refused, waits = rng.random(budget) < clumsy, rng.exponential(4_000 if service else 15_000, budget)
        done, time = [], at
        for call in range(budget):
            _, verb, resource = actions[chosen[call]]
            if moves[call] < 0.25 or habit in ("backup", "secrets-operator"):
                space = own[places[call]] if strays[call] > 0.01 else spaces[rng.integers(len(spaces))]
            done.append((time, service, verb, resource, space, objects[objects_at[call]], address, agents[0], 403 if refused[call] else 200))
            time += int(waits[call]) + 1
        return done

    events: list[tuple] = []
    starts = []
    for _ in range(int(rng.poisson(bursts * pace * max(days, 0.1)))):
        at = end - rng.random() * days * 86_400_000
        if awake:
            midnight = math.floor(at / 86_400_000) * 86_400_000
            at = midnight + ((start + shift) % 24 + rng.beta(2, 2) * width) * 3_600_000
            if at > end or rng.random() < 0.02:  # seldom at any hour
                at = end - rng.random() * days * 86_400_000
        starts.append(int(at))
        events += work(int(at), 1 + int(rng.poisson(size * rng.gamma(2, 0.5))))
    if rng.random() < 0.06:  # a new client version or laptop, for no bad reason
        from_time = end - rng.random() * 1.5 * 86_400_000
        other, address = f"agent/{rng.integers(1e4)}", _address(rng)
        events = [(*e[:6], address if rng.random() < 0.5 else e[6], other, e[8]) if e[0] > from_time else e for e in events]
    windows = []
    recent = [at for at in starts if at > end - 86_400_000]
    for at in _pick(rng, recent, 3):
        windows.append({"now": min(end, at + int(rng.integers(60_000, WINDOW))), "attack": None})
    if rng.random() < 0.3:  # a new duty, which is as new as an attack is, but no attack
        now = end - int(rng.random() * 43_200_000)
        events += _duty(rng, now, service, own, spaces, addresses, agents)
        windows.append({"now": now, "attack": None})
    if rng.random() < 0.35:
        now = end - int(rng.random() * 43_200_000)
        kind = kinds[rng.integers(len(kinds))]
        events += _attack(rng, kind, now, service, own, spaces, addresses, agents)
        windows = [w for w in windows if abs(w["now"] - now) > WINDOW and w["now"] < now] + [{"now": now, "attack": kind}]
    events.sort(key=lambda e: e[0])
    return {"events": events, "windows": windows, "habit": habit}


def _duty(rng, now: int, service: bool, own: list[str], spaces: list[str], addresses: list[str], agents: list[str]) -> list[tuple]:
    """Work an actor has not done before: an incident, a migration, a new version of itself."""
    other = list(HABITS.values())[rng.integers(len(HABITS))][5]
    rare = [(1, "create", "validatingwebhookconfigurations"), (1, "create", "clusterroles"), (1, "create", "daemonsets"), (1, "create", "namespaces")]
    actions = _pick(rng, [*other, *(rare if rng.random() < 0.3 else [])], int(rng.integers(1, 6)))
    places = own if rng.random() < 0.6 else _pick(rng, spaces, int(rng.integers(1, 6)))
    address = addresses[0] if rng.random() < 0.8 else _address(rng)
    agent = agents[0] if rng.random() < 0.7 else f"agent/{rng.integers(1e4)}"
    denied = rng.choice([0, 0.1, 0.5], p=[0.6, 0.25, 0.15])  # permissions are often forgotten at first
    return [
        (now - int(rng.random() * (WINDOW - 1000)), service, verb, resource, places[rng.integers(len(places))], f"o{rng.integers(1e6)}", address, agent,
         403 if rng.random() < denied else 200)
        for _, verb, resource in (actions[rng.integers(len(actions))] for _ in range(1 + int(math.exp(rng.uniform(0, 3.7)))))
    ]


def _attack(rng, kind: str, now: int, service: bool, own: list[str], spaces: list[str], addresses: list[str], agents: list[str]) -> list[tuple]:
    outside = rng.random() < (1.0 if kind == "stolen-token" else 0.35)
    address, agent = (_address(rng), f"agent/{rng.integers(1e4)}") if outside else (addresses[0], agents[0])
    if rng.random() < 0.3:
        agent = "kubectl/v1.30"
    size = int(math.exp(rng.uniform(math.log(2), math.log(60))))  # quiet to loud
    few = _pick(rng, spaces, max(1, int(rng.integers(1, len(spaces)))))
    careful = rng.random() < 0.4  # does little, at the actor's own place
    if careful:
        size, few = int(rng.integers(1, 6)), own
    calls: list[tuple[str, str, float]] = []  # verb, resource, share denied

    def do(count: int, verb: str, resources: list[str] | str, denied: float = 0.0) -> None:
        for _ in range(count):
            calls.append((verb, resources if isinstance(resources, str) else resources[rng.integers(len(resources))], denied))

    if kind == "secret-enumeration":
        do(size, "get" if rng.random() < 0.5 else "list", "secrets", rng.choice([0, 0.4]))
        do(int(rng.integers(0, 4)), "list", "namespaces")
    elif kind == "privilege-escalation":
        do(int(rng.integers(0, 4)), "create", REVIEWS)
        do(1 + size // 12, str(rng.choice(["create", "patch", "update"])), RBAC, 0.3)
        do(int(rng.integers(0, 3)), str(rng.choice(["escalate", "bind"])), RBAC, 0.3)
    elif kind == "exec-into-pods":
        do(int(rng.integers(1, 5)), "list", "pods")
        do(1 + size // 6, "create", EXEC[:3], 0.2)
    elif kind == "stolen-token":
        do(int(rng.integers(1, 6)), "create", REVIEWS)
        do(size, str(rng.choice(["get", "list"])), ["secrets", "pods", "configmaps", "nodes", "namespaces"], rng.uniform(0.2, 0.8))
        do(int(rng.integers(0, 3)), "create", TOKENS, 0.3)
    elif kind == "mass-deletion":
        do(2 + size, str(rng.choice(DELETES)), ["deployments", "persistentvolumeclaims", "namespaces", "pods", "services", "secrets"], 0.1)
    elif kind == "reconnaissance":
        do(size, "list", ["pods", "nodes", "services", "namespaces", "serviceaccounts", "clusterroles", "secrets", "networkpolicies"], rng.uniform(0.3, 0.9))
        do(int(rng.integers(1, 8)), "create", REVIEWS)
    elif kind == "crypto-mining":
        do(int(rng.integers(0, 3)), "list", "nodes")
        do(1 + size // 4, "create", ["deployments", "daemonsets", "pods", "cronjobs"], 0.1)
    elif kind == "webhook-tampering":
        do(int(rng.integers(0, 4)), "list", HOOKS)
        do(1 + size // 15, str(rng.choice(["create", "patch", "delete"])), HOOKS, 0.1)
    elif kind == "impersonation":
        do(1 + size // 5, "impersonate", ["users", "groups", "serviceaccounts"], 0.3)
        do(size // 3, "get", ["secrets", "pods", "nodes"], 0.3)
    return [
        (now - int(rng.random() * (WINDOW - 1000)), service, verb, resource, few[rng.integers(len(few))], f"o{rng.integers(1e6)}", address, agent,
         403 if rng.random() < denied * (0.3 if careful else 1) else 200)
        for verb, resource, denied in calls
    ]


def table(actors: list[dict]) -> tuple[np.ndarray, np.ndarray]:
    rows, attacked = [], []
    for actor in actors:
        for window in actor["windows"]:
            rows.append(row(actor["events"], window["now"]))
            attacked.append(window["attack"] is not None)
    return np.array(rows, dtype=np.float32), np.array(attacked, dtype=np.float64)
