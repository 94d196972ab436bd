"""The texts IncidentClassifier is trained and measured on, and how they are split. What is measured is never learnt from."""

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path

from .data import files_in, text_of
from .incident_text import fnv1a, words_of

FOLDS = 5
TERMS = Path(__file__).parent / "incident_terms.txt"
OUT_OF_SCOPE = "oos"
CLINC_PARTS = ("train", "oos_train", "val", "oos_val", "test", "oos_test")


@dataclass(frozen=True)
class Alert:
    group: str
    service: str
    name: str
    description: str
    query: str

    @property
    def text(self) -> str:
        return "\n".join(part for part in (self.name, self.description, self.query) if part)


def alerts_in(folder: Path) -> list[Alert]:
    paths = files_in(folder / "prometheus-alerts", "alerts.json*")
    return [
        Alert(row["group"], row["service"], row["name"] or "", row.get("description") or "", row.get("query") or "")
        for path in paths
        for row in json.loads(text_of(path))
    ]


def fold_of_service(alerts: list[Alert]) -> dict[str, int]:
    """Services dealt to folds group by group, in the order of their hash. A group's only service is in no fold (-1): of
    it nothing could be learnt."""
    folds: dict[str, int] = {}
    for group in sorted({alert.group for alert in alerts}):
        services = sorted({alert.service for alert in alerts if alert.group == group}, key=lambda name: (fnv1a(name), name))
        for index, service in enumerate(services):
            folds[service] = index % FOLDS if len(services) > 1 else -1
    return folds


def terms() -> list[tuple[str, str]]:
    """(group, term): which product or word belongs to which group, from the list beside this file."""
    group, found = "", []
    for line in TERMS.read_text().splitlines():
        if line.startswith("["):
            group = line.strip("[]")
        elif line and not line.startswith("#"):
            found += [(group, term.strip()) for term in line.split(",") if term.strip()]
    return found


# Words of service names that are not names.
_COMMON = set("apache grafana google cloud self monitoring and host hardware device server graph ci process exporter alerting tls".split())


def terms_without(services: set[str]) -> list[tuple[str, str]]:
    """The terms that share no word with the name of one of these services."""
    named = {word for service in services for word in words_of(service)} - _COMMON
    return [(group, term) for group, term in terms() if not named & set(words_of(term))]


def foreign(folder: Path, each: int = 400) -> list[str]:
    """Texts that are about no alert, for the label out of scope: of the training parts of both intent sets, the first by
    hash."""
    rows = [row for path in files_in(folder / "banking77", "train.csv*") for row in _labelled(path)]
    sets = [rows, _clinc(folder).get("train", [])]
    return [text for part in sets for text in sorted({text for text, _ in part}, key=lambda text: (fnv1a(text), text))[:each]]


def banking77(train: Path, data: Path):
    """(training rows, measured rows): those of the test file, or a tenth of the training file by the hash of the text."""
    known = [row for path in files_in(train / "banking77", "train.csv*") for row in _labelled(path)]
    measured = [row for path in files_in(data / "banking77", "test.csv*") for row in _labelled(path)]
    if not measured:
        own = [row for path in files_in(data / "banking77", "train.csv*") for row in _labelled(path)]
        measured = [row for row in own if fnv1a(row[0]) % 10 == 0]
    return _without(known, measured), measured


def clinc150(train: Path, data: Path):
    """(training rows, calibration rows, measured rows). Measured are `test` and `oos_test`, or else `val` and `oos_val`;
    what of the training folder's other parts is left is trained on but for a twentieth by the hash of the text, which
    calibrates."""
    known, other = _clinc(train), _clinc(data)
    part = "test" if "test" in other or "oos_test" in other else "val"
    measured = [*other.get(part, []), *other.get(f"oos_{part}", [])]
    parts = ("train", "oos_train") if part == "val" else ("train", "oos_train", "val", "oos_val")
    rows = _without([row for name in parts for row in known.get(name, [])], measured)
    calibration = [row for row in rows if fnv1a(row[0]) % 20 == 0]
    return _without(rows, calibration), calibration, measured


def _clinc(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Parts by name; the first file that has one is taken."""
    parts: dict[str, list[tuple[str, str]]] = {}
    for path in files_in(folder / "clinc150", "*.json*"):
        found = json.loads(text_of(path))
        parts = {part: [(text, label) for text, label in found[part]] for part in CLINC_PARTS if part in found} | parts
    return parts


def _labelled(path: Path) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in csv.reader(io.StringIO(text_of(path))) if len(row) > 1][1:]


def _without(rows: list, measured: list) -> list:
    texts = {text for text, _ in measured}
    return [row for row in rows if row[0] not in texts]
