"""What a model's train() and fit() are given."""

import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
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
    failed: list[str] = field(default_factory=list)  # sets that could not be fitted

    def apart(self, what: str, fit: Callable[[], None]) -> None:
        """Fits what one set needs. An error is told and fails the run at its end, but keeps no other set from being fitted."""
        try:
            fit()
        except Exception:
            traceback.print_exc()
            self.say(f"{what} could not be fitted")
            self.failed.append(what)

    def say(self, text: str) -> None:
        print(f"  {self.name}: {text}", file=sys.stderr, flush=True)

    def folder(self, variant: str) -> Path:
        return self.out / variant
