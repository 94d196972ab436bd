"""`python -m training train [NAME...]` and `python -m training fit NAME`; run from the folder above (npm does)."""

import argparse
import importlib
import sys
import time
from pathlib import Path

from .context import FitContext, TrainContext

# The modules, in the order of docs/models.md; each has NAME, train(TrainContext) and fit(FitContext).
MODULES = [
    "anomaly_detector",
    "cost_predictor",
    "capacity_forecaster",
    "resource_optimizer",
    "failure_predictor",
    "security_threat_detector",
    "root_cause_analyzer",
    "incident_classifier",
    "performance_optimizer",
    "drift_predictor",
    "compliance_predictor",
    "churn_predictor",
]


def plain(name: str) -> str:
    return name.replace("-", "").replace("_", "").lower()


def module_of(name: str):
    for module in MODULES:
        if plain(module) == plain(name):
            return importlib.import_module(f".{module}", __package__)
    known = ", ".join("".join(word.title() for word in module.split("_")) for module in MODULES)
    sys.exit(f"there is no model {name}; known: {known}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="training", description="Trains the models, or fits them for a measurement.")
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="write the shipped variants")
    train.add_argument("names", nargs="*", help="models; default: all")
    train.add_argument("--data", type=Path, required=True, help="folder of the public data")
    train.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent, help="default: models/")
    train.add_argument("--seed", type=int, default=7)
    fit = commands.add_parser("fit", help="write what a measurement on a folder needs")
    fit.add_argument("names", nargs=1)
    fit.add_argument("--train", type=Path, required=True, help="folder whose training parts may be learnt from")
    fit.add_argument("--data", type=Path, required=True, help="folder that will be measured; only its training parts are read")
    fit.add_argument("--out", type=Path, required=True)
    fit.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    for name in asked.names or MODULES:
        module = module_of(name)
        started = time.monotonic()
        print(f"{module.NAME}: {asked.command}", file=sys.stderr, flush=True)
        if asked.command == "train":
            module.train(TrainContext(data=asked.data, out=asked.out, seed=asked.seed, name=module.NAME))
        else:
            context = FitContext(train=asked.train, data=asked.data, out=asked.out, seed=asked.seed, name=module.NAME)
            module.fit(context)
            if context.failed:
                sys.exit(f"{module.NAME}: not fitted: {', '.join(context.failed)}")
        print(f"{module.NAME}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
