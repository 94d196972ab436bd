"""Runs the operator's own TypeScript, so that what a model is trained on is made by the code that will ask it."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run_script(path: str, *arguments: str | Path) -> None:
    """Runs ROOT/path with Node; what it prints goes to stderr. Exits when it fails."""
    local = ROOT / "node_modules" / ".bin" / "node"
    node = str(local) if local.exists() else shutil.which("node")
    if node is None:
        raise SystemExit("Node is needed: run `npm ci` first, or put node into PATH")
    done = subprocess.run([node, str(ROOT / path), *map(str, arguments)], cwd=ROOT, stdout=2, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{path} ended with {done.returncode}")
