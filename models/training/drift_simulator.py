"""Out-of-band changes with known truth: teams with habits, Blueprints that they (or tools) edit, and checks that find it.

Everything is drawn from the seed: rates, working hours, discipline, bursts. Changes come hour by hour from an intensity. What it
sums to over the next day, as far as that is known to somebody who knows each process and its state but not the dice, is kept
beside the truth: the best possible forecast.
"""

from dataclasses import dataclass

import numpy as np

DAYS = 150
HOURS = 24 * DAYS
WEEK = 168
HOUR_MS = 3_600_000
# A Monday, 00:00 UTC.
ORIGIN_MS = 1_735_516_800_000
MOMENTS = 10

# What training sees, and how common it is.
REGIMES = {
    "disciplined": 0.36,
    "steady": 0.1,
    "office": 0.12,
    "bursty": 0.12,
    "hotfix": 0.12,
    "adopting": 0.06,
    "restless": 0.06,
    "routine": 0.06,
}
# Kept out of training: among the same share of disciplined ones, other things happen.
HELD_OUT = {"disciplined": 0.36, "fight": 0.16, "migration": 0.16, "takeover": 0.16, "release": 0.16}
# Not people: no working hours, no pressure, nothing done once more by hand.
MACHINES = ("steady", "fight", "routine")


@dataclass
class Habits:
    """A fleet's: one value a Blueprint, rates an hour, times in hours; `office` is by team."""

    regime: np.ndarray
    team: np.ndarray
    rate: np.ndarray
    branching: np.ndarray
    decay: np.ndarray
    incident: np.ndarray
    heals: np.ndarray
    start: np.ndarray
    human: np.ndarray
    office: np.ndarray


def simulate(seed: int, regimes: dict[str, float], teams: int) -> list[dict]:
    """Blueprints: regime, facts (past and future), and moments at which to judge, each with the truth of the next day."""
    random = np.random.default_rng([seed, 5])
    habits = _habits(random, regimes, teams)
    applies = _applies(random, habits)
    events, expected = _events(random, habits, applies, teams)
    return _observed(random, habits, applies, events, expected)


def _habits(random, regimes, teams) -> Habits:
    team = np.repeat(np.arange(teams), random.integers(2, 14, teams))
    count, names = len(team), np.array(list(regimes))
    # A team has a way of working; most of its Blueprints are treated so.
    of_team = random.choice(names, size=teams, p=list(regimes.values()))
    own = random.choice(names, size=count, p=list(regimes.values()))
    regime = np.where(random.random(count) < 0.6, of_team[team], own)
    culture = random.normal(np.log(0.04), 0.3) + random.normal(0, 0.7, teams)
    rate = np.exp(culture[team] + random.normal(0, 0.9, count))
    rate = np.where(regime == "disciplined", rate * random.uniform(0.01, 0.12, count), rate)
    rate = np.where(regime == "adopting", rate * random.uniform(5, 20, count), rate)
    bursty = regime == "bursty"
    return Habits(
        regime=regime,
        team=team,
        rate=np.minimum(rate, 4) / 24,
        branching=np.where(bursty, random.uniform(0.45, 0.85, count), random.uniform(0, 0.15, count)),
        decay=np.where(bursty, np.exp(random.uniform(np.log(5), np.log(80), count)), 12),
        incident=np.where(regime == "hotfix", np.exp(random.uniform(np.log(1 / 40), np.log(1 / 6), count)), 0) / 24,
        heals=random.random(count) < 0.55,
        start=random.integers(0, 24 * 100, count),
        human=~np.isin(regime, MACHINES),
        office=_office(random, teams),
    )


def _office(random, teams) -> np.ndarray:
    """How much is done in each hour, 1 on average: time zones, nights and weekends differ by team."""
    zone, weekend, night = random.integers(-9, 10, teams), random.uniform(0, 0.35, teams), random.uniform(0, 0.3, teams)
    local = (np.arange(HOURS + 24)[None, :] + zone[:, None]) % WEEK
    working = (local % 24 >= 8) & (local % 24 < 18)
    office = np.where(working, 1.0, night[:, None]) * np.where(local >= 120, weekend[:, None], 1.0)
    return office / office[:, :WEEK].mean(axis=1, keepdims=True)


def _applies(random, habits) -> np.ndarray:
    """Applies and spec changes, bool [Blueprint, hour]: in the team's working hours."""
    count = len(habits.team)
    rate = np.exp(random.normal(np.log(0.35), 1.0, count)) / 24
    return random.random((count, HOURS)) < np.minimum(0.5, rate[:, None] * habits.office[habits.team, :HOURS])


def _known_rate(random, habits) -> np.ndarray:
    """The part of the intensity that follows the calendar or a state of the Blueprint, [Blueprint, hour]."""
    count, hour = len(habits.team), np.arange(HOURS + 24)
    is_a = lambda name: (habits.regime == name)[:, None]
    age = hour - (habits.start - random.integers(0, 240, count))[:, None]
    learning = np.exp(-np.maximum(0, age) / (24 * random.uniform(6, 25, (count, 1))))
    wild = _switching(random, count, 24 * random.uniform(8, 30, count), 24 * random.uniform(2, 10, count))
    restless = 0.3 + random.uniform(6, 28, (count, 1)) * np.pad(wild, ((0, 0), (0, 24)), mode="edge")
    moved = age - random.integers(240, HOURS, (count, 1))
    moving = 0.1 + 60 * ((moved >= 0) & (moved < 24 * random.uniform(2, 9, (count, 1))))
    # For good: another team takes over that works by hand.
    taken = np.where(moved >= 0, random.uniform(5, 25, (count, 1)), 0.1)
    own = np.select(
        [is_a("adopting"), is_a("restless"), is_a("migration"), is_a("takeover"), is_a("routine")],
        [learning, restless, moving, taken, 0.05],
        1.0,
    )
    rate = habits.rate[:, None] * own * np.where(habits.human[:, None], habits.office[habits.team], 1.0)
    # A job or a person, on one day of the week, or each night.
    begins, period = random.integers(0, WEEK, (count, 1)), np.where(random.random((count, 1)) < 0.8, WEEK, 24)
    odds = -np.log1p(-random.uniform(0.4, 0.9, (count, 1)))
    return rate + is_a("routine") * ((hour - begins) % period == 0) * odds


def _events(random, habits, applies, teams) -> tuple[np.ndarray, np.ndarray]:
    """Changes out of band, bool [Blueprint, hour]; and the intensity's known sum over the 24 hours from each hour on."""
    count, human = len(habits.team), habits.human
    known = _known_rate(random, habits)
    total = np.cumsum(np.pad(known, ((0, 0), (1, 0))), axis=1)
    ahead = total[:, 24:][:, :HOURS] - total[:, :HOURS]
    # Pressure: for about 5 of 30 days a whole team works by hand.
    pressed = _switching(random, teams, 25 * 24, 5 * 24)
    strength = random.uniform(2, 8, teams)
    calms = 1 / 120 + 1 / 600
    stays = (1 - np.exp(-24 * calms)) / (24 * calms)
    # Two tools that undo each other: for days, each heal is answered after a time of its own.
    fights = _switching(random, count, 24 * random.uniform(10, 40, count), 24 * random.uniform(2, 12, count))
    fights &= (habits.regime == "fight")[:, None]
    answer = np.exp(random.uniform(np.log(3), np.log(60), count))
    released = np.where(habits.regime == "release", random.uniform(0.1, 0.6, count), 0) / 12
    # What was healed is done once more.
    again = np.where(habits.heals & human & (habits.regime != "disciplined"), 0.2, 0.05)
    excited, repeated, fixed = np.zeros(count), np.zeros(count), np.zeros(count)
    fades = [np.exp(-1 / habits.decay), np.exp(-1 / 8), np.exp(-1 / 10)]
    since_apply, since_event = np.full(count, 999.0), np.full(count, 99.0)
    events, expected = np.zeros((count, HOURS), bool), np.zeros((count, HOURS))
    for now in range(HOURS):
        push = np.where(human, 1 + (strength - 1)[habits.team] * pressed[habits.team, now], 1)
        hope = 1 / 6 + (pressed[:, now] - 1 / 6) * stays
        expected_push = np.where(human, 1 + ((strength - 1) * hope)[habits.team], 1)
        waits = np.maximum(0, answer - since_event)
        expected[:, now] = (
            ahead[:, now] * expected_push
            + sum(level * (1 - fade**24) / (1 - fade) for level, fade in zip((excited, repeated, fixed), fades))
            # New incidents: on average 1.5 fixes each, the late ones after the day has ended.
            + habits.incident * (24 - 10 * (1 - np.exp(-2.4))) * 1.5
            + released * np.maximum(0, 24 - since_apply)
            + fights[:, now] * np.maximum(0, 24 - waits) / (0.4 * answer)
        )
        due = fights[:, now] * (since_event >= 0.8 * answer) * 2.5 / np.maximum(1, 0.4 * answer)
        level = known[:, now] * push + excited + repeated + fixed + due + released * (since_apply < 24)
        happened = random.random(count) < 1 - np.exp(-level)
        incident = random.random(count) < habits.incident * (1 + 4 * (since_apply < 12)) / 1.6
        events[:, now] = happened
        excited = (excited + happened * habits.branching / habits.decay) * fades[0]
        repeated = (repeated + happened * again / 8) * fades[1]
        fixed = (fixed + incident * 0.2) * fades[2]
        since_apply = np.where(applies[:, now], 0, since_apply + 1)
        since_event = np.where(happened, 0, since_event + 1)
    return events, expected


def _switching(random, count, off_hours, on_hours) -> np.ndarray:
    """Two-state chains, bool [count, HOURS], of given mean stays."""
    off_hours, on_hours = np.broadcast_to(off_hours, count), np.broadcast_to(on_hours, count)
    state = random.random(count) < on_hours / (on_hours + off_hours)
    states = np.zeros((count, HOURS), bool)
    for hour in range(HOURS):
        states[:, hour] = state
        state = state ^ (random.random(count) < np.where(state, 1 / on_hours, 1 / off_hours))
    return states


def _found(random, start, happened) -> tuple[np.ndarray, np.ndarray]:
    """Times of checks, and of those that found something: what happened between two checks is found once."""
    interval = float(np.exp(random.uniform(np.log(0.1), np.log(24))))
    times = start + np.cumsum(interval * random.uniform(0.9, 1.1, int((HOURS - start) / (0.9 * interval)) + 2))
    times = times[times < HOURS]
    if random.random() < 0.1:  # checks that stood still for days
        quiet = random.uniform(start, HOURS)
        times = times[(times < quiet) | (times > quiet + 24 * random.exponential(4))]
    place = np.searchsorted(times, happened[happened > start])
    return times, times[np.unique(place[place < len(times)])]


def _observed(random, habits, applies, events, expected) -> list[dict]:
    count = len(habits.team)
    checks, found = [], []
    for index in range(count):
        happened = np.flatnonzero(events[index]) + random.random(int(events[index].sum()))
        times, finds = _found(random, habits.start[index], happened)
        checks.append(times)
        found.append(finds)
    resources = np.exp(random.normal(2.2, 0.9, count)).astype(int) + 1
    # Who wrote it is known for half of them; where many did, more is done by hand.
    writers = 1 + random.poisson(0.4 + 1.2 * np.minimum(3, 96 * events.mean(axis=1)))
    blueprints = []
    for index in range(count):
        facts = {
            "firstCheckTime": _ms(habits.start[index]),
            "driftTimes": [_ms(time) for time in found[index]],
            "changeTimes": [_ms(time + 0.5) for time in np.flatnonzero(applies[index])],
            "resources": int(resources[index]),
            "healing": "Heal" if habits.heals[index] else "Report",
        }
        if random.random() < 0.5:
            facts["writers"] = int(writers[index])
        mates = [other for other in np.flatnonzero(habits.team == habits.team[index]) if other != index]
        samples = []
        for now in np.unique(random.integers(habits.start[index] + 6, HOURS - 24, MOMENTS)):
            past = checks[index][: np.searchsorted(checks[index], now, side="right")]
            recent = sum(int(((found[mate] <= now) & (found[mate] > now - WEEK)).sum()) for mate in mates)
            samples.append(
                {
                    "now": _ms(now),
                    "label": int(events[index, now : now + 24].any()),
                    "best": round(float(-np.expm1(-expected[index, now])), 6),
                    "lastCheckTime": _ms(past[-1] if len(past) else habits.start[index]),
                    "neighbours": len(mates),
                    "neighbourDrifts": recent,
                }
            )
        blueprints.append({"regime": str(habits.regime[index]), "facts": facts, "samples": samples})
    return blueprints


def _ms(hours) -> int:
    return ORIGIN_MS + int(float(hours) * HOUR_MS)
