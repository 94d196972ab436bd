"""Reads the public data folder; every reader takes the folder, so that another one laid out alike can be given."""

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np


def text_of(path: Path) -> str:
    """The file's text, unpacked where it ends in .gz, without a byte order mark."""
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig", errors="replace")


def rows_of(path: Path, delimiter: str = ",") -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text_of(path)), delimiter=delimiter)


def matrix_of(path: Path, delimiter: str = ",", header: bool = False) -> np.ndarray:
    """Numbers only, float64; what is not a number is NaN."""
    rows = list(rows_of(path, delimiter))[1 if header else 0 :]
    return np.array([[_number(cell) for cell in row] for row in rows if row], dtype=np.float64)


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")


def files_in(folder: Path, pattern: str) -> list[Path]:
    """Files below the folder, at any depth, whose paths end as the pattern says: sorted, so that a run is repeatable, hidden ones
    left out, and what is there packed and plain taken once; empty where the folder is missing."""
    found = {path.relative_to(folder).as_posix(): path for path in _below(folder, DEEPEST) if path.match(pattern)}
    return [path for name, path in sorted(found.items()) if not (name.endswith(".gz") and name[:-3] in found)]


DEEPEST = 8  # folders within folders that are looked into: links may lead round in a circle


def _below(folder: Path, depth: int) -> Iterator[Path]:
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name.startswith("."):
            continue
        if not path.is_dir():
            yield path
        elif depth > 0:
            yield from _below(path, depth - 1)
