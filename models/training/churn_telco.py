"""The telco customers: rows by column names, the features of a customer, and the fold a row belongs to."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .artifact import Feature
from .content_hash import content_hash
from .data import files_in, rows_of

FOLDS = 5
# The answer and the name of a customer take no part in the hash of a row.
APART = ("customerID", "Churn")

# Feature, column, and the value that makes it 1; None: the column's number. Gender is left out: it says nothing here, and
# nobody should be judged by it.
COLUMNS: list[tuple[str, str, str | None]] = [
    ("tenure_months", "tenure", None),
    ("monthly_charge", "MonthlyCharges", None),
    ("total_charge", "TotalCharges", None),
    ("one_year", "Contract", "One year"),
    ("two_year", "Contract", "Two year"),
    ("internet_dsl", "InternetService", "DSL"),
    ("internet_fiber", "InternetService", "Fiber optic"),
    ("phone", "PhoneService", "Yes"),
    ("multiple_lines", "MultipleLines", "Yes"),
    ("online_security", "OnlineSecurity", "Yes"),
    ("online_backup", "OnlineBackup", "Yes"),
    ("device_protection", "DeviceProtection", "Yes"),
    ("tech_support", "TechSupport", "Yes"),
    ("streaming_tv", "StreamingTV", "Yes"),
    ("streaming_movies", "StreamingMovies", "Yes"),
    ("paperless_billing", "PaperlessBilling", "Yes"),
    ("electronic_check", "PaymentMethod", "Electronic check"),
    ("mailed_check", "PaymentMethod", "Mailed check"),
    ("credit_card", "PaymentMethod", "Credit card (automatic)"),
    ("senior", "SeniorCitizen", "1"),
    ("partner", "Partner", "Yes"),
    ("dependents", "Dependents", "Yes"),
]
UNITS = {"tenure_months": "months", "monthly_charge": "USD/month", "total_charge": "USD"}
FEATURES = [Feature(name, UNITS.get(name)) for name, _, _ in COLUMNS]


@dataclass(frozen=True)
class Customers:
    features: np.ndarray  # [n, FEATURES] float32
    left: np.ndarray  # [n] 0 or 1
    folds: np.ndarray  # [n]


def read(folder: Path) -> Customers | None:
    """Every customer of telco-churn; None where there is none."""
    records = []
    for path in files_in(folder / "telco-churn", "*.csv*"):
        header, *rows = rows_of(path)
        records += [dict(zip((name.strip() for name in header), row)) for row in rows if row]
    if not records:
        return None
    return Customers(
        features=np.array([[_value(record, *column) for column in COLUMNS] for record in records], dtype=np.float32),
        left=np.array([record["Churn"].strip() == "Yes" for record in records], dtype=np.int64),
        folds=np.array([fold_of(record) for record in records]),
    )


def _value(record: dict[str, str], _: str, column: str, value: str | None) -> float:
    cell = record[column].strip()
    if value is not None:
        return float(cell == value)
    return float(cell) if cell else 0.0  # TotalCharges is empty before the first bill


def fold_of(record: dict[str, str]) -> int:
    """Neither the order of rows or columns nor the customer's name moves a row; equal rows share a fold."""
    return content_hash(record, APART) % FOLDS
