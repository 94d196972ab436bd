"""What a model's train() and fit() are given."""

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class TrainContext:
    """Training of the shipped variants of one model."""

    data: Path  # laid out like the public data folder; only sets whose licence allows it may be used
    out: Path  # models/: a variant goes to out/NAME/VARIANT
    seed: int
    name: str

    def say(self, text: str) -> None:
        """Progress, for a person."""
        print(f"  {self.name}: {text}", file=sys.stderr, flush=True)

    def folder(self, variant: str) -> Path:
        return self.out / self.name / variant


@dataclass(frozen=True)
class FitContext:
    """Fitting for a measurement: `train` is learnt from; of `data` only what belongs to a training part may be read."""

    train: Path
    data: Path
    out: Path  # a variant goes to out/VARIANT
    seed: int
    name: str

    def say(self, text: str) -> None:
        print(f"  {self.name}: {text}", file=sys.stderr, flush=True)

    def folder(self, variant: str) -> Path:
        return self.out / variant
