"""One step of the streaming detector, over the operations of anomaly_ops: value, hour of week and state in; evidence and
the next state out. Everything is in the value's own unit or a ratio, so that rescaled values give the same scores."""

import numpy as np

# The state's columns. All zero means: nothing seen yet.
COLUMNS = (
    "samples changes level spread log_spread previous burst_size season_spread season_days last_hour run run_hours "
    "run_level run_spread burst"
).split()
SLOTS = 24
WIDTH = len(COLUMNS) + SLOTS * 2
# The first FORWARD features are evidence: more of them never lowers the score.
FEATURES = "level_z log_z season_z young few_changes burst sign".split()
FORWARD = 3

WARM_UP = 6  # samples before anything is scored
MEMORY = 60.0  # samples the level looks back, in effect
SPREAD_MEMORY = 120.0  # changes the spread looks back
PRIOR_SPREAD = 0.15  # of the level, until changes have been seen
PRIOR_WEIGHT = 1.5  # as if so many changes had been seen
FLOOR = 0.01  # spread is at least this part of the level
PER_MEAN = 1.2533  # standard deviation of a normal distribution over its mean absolute deviation
OUTLIER = 5.0  # spreads
ADOPT_HOURS, ADOPT_SAMPLES = 1.0, 60.0  # a new regime is adopted when it has lasted for both,
ADOPT_TIMES, ADOPT_LEAST = 10.0, 60.0  # or for so many times the whole past before it
SMALLEST, LARGEST = 1e-30, 1e30


def step(ops, value, hours, state):
    """`value`, `hours` [batch, 1]; `state` [batch, WIDTH]. Returns features [batch, 7], next state, expected, spread."""
    # Beyond this, float32 would overflow and spoil the whole batch.
    value = ops.maximum(ops.minimum(value, LARGEST), -LARGEST)
    old = {name: ops.columns(state, at, at + 1) for at, name in enumerate(COLUMNS)}
    base = len(COLUMNS)
    slot_level, slot_seen = ops.columns(state, base, base + SLOTS), ops.columns(state, base + SLOTS, base + 2 * SLOTS)
    samples, fresh = old["samples"], old["samples"] < 0.5
    level = ops.where(fresh, value, old["level"])
    size = ops.absolute(level)
    floor = ops.maximum(size * FLOOR, SMALLEST)
    spread = ops.maximum(ops.where(fresh, size * PRIOR_SPREAD, old["spread"]), floor)
    log_spread = ops.maximum(ops.where(fresh, PRIOR_SPREAD + 0 * value, old["log_spread"]), FLOOR)
    # Outliers that come again and again are part of what is ordinary: their second moment widens the spread.
    burst, burst_size = old["burst"], old["burst_size"]
    share = spread / ops.maximum(burst_size, spread)
    wide = ops.where(burst_size > spread, burst_size * ops.sqrt(burst + share * share), spread)
    previous = ops.where(fresh, value, old["previous"])
    changed = ops.number(ops.absolute(value - previous) > (ops.absolute(value) + ops.absolute(previous)) * 1e-6)

    # Seasonal profile: what the level was at this hour of the day before.
    day_hour = hours - ops.floor(hours / 24) * 24
    at_slot = ops.number(ops.absolute(ops.constant(np.arange(SLOTS)[None, :]) - ops.floor(day_hour)) < 0.5)
    season, seen = ops.total(slot_level * at_slot), ops.total(slot_seen * at_slot)
    season_spread = ops.maximum(ops.where(old["season_spread"] > 0, old["season_spread"], spread), floor)
    season_ready = (seen > 1.5) & (old["season_days"] > 2)
    use_season = season_ready & (season_spread < spread)
    expected = ops.where(use_season, season, level)
    told_spread = ops.where(use_season, season_spread, spread)

    error, season_error = value - level, value - season
    z = ops.absolute(error) / wide
    season_z = ops.where(season_ready, ops.absolute(season_error) / season_spread, z)
    # A value is ordinary as soon as one of the two explains it.
    least_z = ops.minimum(z, season_z)
    log_error = ops.log((ops.absolute(value) + 0.1 * spread) / (size + 0.1 * spread))
    signed_differently = value * level < 0
    log_z = ops.where(signed_differently, least_z, ops.absolute(log_error) / log_spread)

    warm = samples > WARM_UP - 0.5
    # A fall to nearly nothing is few spreads deep, but many in ratio.
    outlier = warm & (ops.maximum(least_z, ops.minimum(log_z * 0.6, least_z * 2)) > OUTLIER)

    features = ops.concat([
        _squash(ops, z), _squash(ops, log_z), _squash(ops, season_z),
        1 / ops.sqrt(1 + samples), 1 / ops.sqrt(1 + old["changes"]), burst,
        ops.number(error > 0),
    ])

    # How much of this sample is learnt: all of an ordinary one, little of an outlier, less the longer outliers last.
    run = ops.where(outlier, old["run"] + 1, ops.where(least_z < 3, 0 * value, ops.maximum(old["run"] - 2, 0)))
    weight = ops.where(outlier, 0 * value, 1 / (1 + least_z * least_z / 9))
    spread_weight = ops.where(outlier, 0.5 / (run * run + 1), 1 + 0 * value) * (changed * 0.95 + 0.05)
    rate = ops.maximum(1 / (samples + 1), 1 / MEMORY)
    changes = ops.minimum(old["changes"] + changed, 10_000)
    spread_rate = ops.maximum(1 / (changes + PRIOR_WEIGHT), 1 / SPREAD_MEMORY) * spread_weight
    new_level = level + error * (rate * weight)
    new_spread = spread + (ops.minimum(ops.absolute(error) * PER_MEAN, spread * 4) - spread) * spread_rate
    new_log = log_spread + (ops.minimum(ops.absolute(log_error) * PER_MEAN, log_spread * 4) - log_spread) * spread_rate
    new_season_spread = season_spread + (
        ops.minimum(ops.absolute(season_error) * PER_MEAN, season_spread * 4) - season_spread
    ) * spread_rate * ops.number(season_ready)
    since = hours - old["last_hour"]
    since = ops.where(fresh, 0 * value, since - ops.floor(since / 168) * 168)
    slot_rate = at_slot * ops.maximum(1 / (slot_seen * 6 + 1), 0.05) * ops.maximum(weight, 0.02)
    new_slots = slot_level + (value - slot_level) * ops.where(slot_seen < 0.0001, at_slot, slot_rate)
    # `seen` counts samples in a slot up to a few: enough to tell a new slot from a known one.
    new_seen = ops.minimum(slot_seen + at_slot * 0.5, 4)

    # The regime that outliers belong to, adopted once it has lasted.
    run_hours = ops.where(run > 0, old["run_hours"] + since, 0 * value)
    first = run < 1.5
    share = 1 / ops.maximum(ops.minimum(run, 60), 1)
    run_level = ops.where(first, value, old["run_level"] + (value - old["run_level"]) * share)
    run_error = ops.absolute(value - run_level) * PER_MEAN
    run_spread = ops.where(first, spread, old["run_spread"] + (run_error - old["run_spread"]) * share)
    adopt = ((run > ADOPT_SAMPLES) & (run_hours > ADOPT_HOURS)) | (run > samples * ADOPT_TIMES + ADOPT_LEAST)

    def choose(one, other):
        return ops.where(adopt, one, other)

    # A run of outliers counts as a burst once it is over, so that it doesn't excuse itself.
    over = (old["run"] > 0) & (run < 0.5)
    run_size = ops.absolute(old["run_level"] - level)
    new_burst_size = ops.where(burst_size > 0, burst_size * 0.7 + run_size * 0.3, run_size)
    nothing = 0 * value
    kept = {
        "samples": ops.minimum(samples + ops.where(outlier, nothing, 1 + nothing), 10_000),
        "changes": changes,
        "level": choose(run_level, new_level),
        "spread": choose(run_spread, new_spread),
        "log_spread": new_log,
        "previous": value,
        "burst_size": ops.where(over, new_burst_size, burst_size),
        "season_spread": new_season_spread,
        "season_days": ops.minimum(old["season_days"] + since / 24, 1000),
        "last_hour": hours,
        "run": choose(nothing, run),
        "run_hours": choose(nothing, run_hours),
        "run_level": run_level,
        "run_spread": run_spread,
        "burst": burst + (ops.number(over) - burst) * ops.where(run > 0, nothing, 0.004 + nothing),
    }
    next_state = ops.concat([*(kept[name] for name in COLUMNS), new_slots, new_seen])
    return features, next_state, expected, told_spread, ops.number(warm)


def _squash(ops, x):
    """log(1 + |x|), bounded, as 0 to 1."""
    return ops.log(1 + ops.minimum(ops.absolute(x), 200)) / float(np.log(201))


def head(ops, features, warm, weights):
    """A small perceptron that weighs the evidence: probability that the sample is anomalous."""
    first, first_bias, second, second_bias = (ops.constant(part) for part in weights)
    hidden = ops.tanh(ops.matmul(features, first) + first_bias)
    return ops.sigmoid(ops.matmul(hidden, second) + second_bias) * warm
