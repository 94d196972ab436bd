"""M4 series for fitting: the training part, and windows of it."""

from pathlib import Path

import numpy as np

from .context import FitContext
from .data import files_in, rows_of


def m4_series(context: FitContext, frequency: str, horizon: int) -> list[np.ndarray]:
    """Histories to learn from. Where the measured folder has the official test file they are whole; otherwise the last
    `horizon` values are what will be measured, and stay out."""
    official = files_in(context.data / "m4", f"{frequency}-test.csv*")
    series = [line for path in files_in(context.train / "m4", f"{frequency}-train.csv*") for line in read(path)]
    cut = series if official else [line[:-horizon] for line in series]
    return [line for line in cut if len(line) > 2 * horizon]


def read(path: Path) -> list[np.ndarray]:
    """One array a row, without its id and the empty cells behind its end."""
    rows = list(rows_of(path))[1:]
    return [np.array([float(cell) for cell in row[1:] if cell not in ("", "NA")]) for row in rows]


def windows_at(line: np.ndarray, ends, lookback: int, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """The `lookback` values before every end (NaN where there were none), and the `horizon` from it."""
    before = np.full((len(ends), lookback), np.nan, dtype=np.float32)
    for row, end in enumerate(ends):
        part = line[max(0, end - lookback) : end]
        before[row, lookback - len(part) :] = part
    return before, np.array([line[end : end + horizon] for end in ends], dtype=np.float32)


def both_units(scale: np.ndarray, after: np.ndarray, ratio: float) -> np.ndarray:
    """[n, h]: a unit in which absolute errors count as OWA counts them: half as MASE, half as sMAPE, whose derivative is
    100 / |actual|. `ratio` is 100 times Naive2's MASE over its sMAPE."""
    size = np.maximum(np.abs(after), 0.05 * np.abs(after).mean(1, keepdims=True) + 1e-9)
    return 1 / (1 / scale[:, None] + ratio / size)
