"""One step of the novelty detector: how far a value, its step against the recent course, and its difference from the same
hour of the week before lie from everything of their kind seen before. Over the operations of anomaly_ops."""

import numpy as np

CELLS = 256  # remembered values of each kind: one for each neighbourhood of NEAR scales
LAG = 50  # samples until a value may be remembered, so that an anomaly stays new for as long
QUIET = 80  # samples in which a novelty is told only when it tops all others: repeats stay silent
NEAR = 0.02  # scales
HOURS = 168  # slots of the weekly profile
ON_THE_HOUR = 0.005  # h
SEASON_RATE = 0.8
SLOW = 2 / 21  # rate of the mean of the last 20 samples
WEIGHTS = (1.0, 0.5, 0.3)  # of value, step and seasonal difference
HALF = 0.085  # the novelty that scores .5
BIG, LARGEST = 1e30, 1e15
KINDS = len(WEIGHTS)
SCALE = 4  # mean, variance, least, most

COMMON = 4  # samples, first value, its hour, mean of the last 20
EACH = SCALE + 2 + LAG + CELLS  # + cells filled, next cell
WIDTH = COMMON + 2 * HOURS + QUIET + KINDS * EACH


def step(ops, value, hours, state):
    """`value`, `hours` [batch, 1]; `state` [batch, WIDTH], zeros at the start. Returns score and next state."""
    # Beyond this, squares in float32 would overflow and spoil the whole batch.
    value = ops.maximum(ops.minimum(value, LARGEST), -LARGEST)
    at = 0

    def take(width):
        nonlocal at
        at += width
        return ops.columns(state, at - width, at)

    samples, first, begun, slow = (take(1) for _ in range(COMMON))
    profile, known, told = take(HOURS), take(HOURS), take(QUIET)
    fresh = samples < 0.5
    first, begun = ops.where(fresh, value, first), ops.where(fresh, hours, begun)
    x = value - first
    slow = slow + (x - slow) * SLOW
    # Slots are counted from the first sample on, so that another time zone changes nothing; samples on the hour must not fall
    # now before and now after it by rounding.
    hour = hours - begun + ON_THE_HOUR
    hour = ops.floor(hour - ops.floor(hour / HOURS) * HOURS)
    slot = ops.number(ops.absolute(ops.constant(np.arange(HOURS)[None, :]) - hour) < 0.5)
    before, seen = ops.total(profile * slot), ops.total(known * slot)
    seasonal = ops.where(seen > 0.5, x - before, 0 * x)
    new_profile = profile + slot * ops.where(seen > 0.5, seasonal * SEASON_RATE, x - before)
    new_known = ops.maximum(known, slot)

    novelty, parts = 0 * value, []
    for kind, weight in zip((x, x - slow, seasonal), WEIGHTS):
        new, part = novel(ops, kind, samples, take(EACH))
        novelty = ops.maximum(novelty, new * weight)
        parts.append(part)
    loud = novelty > ops.largest(told)
    score = ops.where(loud, novelty / (novelty + HALF), 0 * novelty)
    next_state = ops.concat(
        [ops.minimum(samples + 1, 1e6), first, begun, slow, new_profile, new_known, ops.columns(told, 1, QUIET), novelty, *parts]
    )
    return score, next_state


def novel(ops, x, samples, state):
    """Distance of `x` from the nearest remembered value of its kind, in scales, and the kind's next state."""
    mean, variance, least, most, filled, cell = (ops.columns(state, i, i + 1) for i in range(SCALE + 2))
    recent = ops.columns(state, SCALE + 2, SCALE + 2 + LAG)
    cells = ops.columns(state, SCALE + 2 + LAG, EACH)
    index = ops.constant(np.arange(CELLS)[None, :])
    # Between deviation and range: a few wild values must not make all others look near, nor a quiet course all look far.
    scale = ops.maximum(ops.sqrt(ops.sqrt(variance) * (most - least)), 1e-30)
    empty = ops.number(index > filled - 0.5) * BIG

    def distance(to):
        return ops.smallest(ops.absolute(cells - to) + empty)

    grown = ops.columns(recent, 0, 1)
    remember = (samples > LAG - 0.5) & (distance(grown) > scale * NEAR)
    here = ops.number(ops.absolute(index - cell) < 0.5) * ops.number(remember)
    cells = cells * (1 - here) + here * grown
    now = ops.number(remember)
    filled = ops.minimum(filled + now, CELLS)
    cell = cell + now
    cell = cell - ops.number(cell > CELLS - 0.5) * CELLS
    empty = ops.number(index > filled - 0.5) * BIG
    new = ops.where(filled > 0.5, ops.minimum(distance(x), scale * 1000) / scale, 0 * x)
    rate = 1 / (samples + 1)
    error = x - mean
    return new, ops.concat([
        mean + error * rate, variance + (error * error - variance) * rate, ops.minimum(least, x), ops.maximum(most, x),
        filled, cell, ops.columns(recent, 1, LAG), x, cells,
    ])
