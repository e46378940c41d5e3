"""Rubric files of the golden cases, and tables written as the files that people would hand over."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

RUBRICS = Path(__file__).parent / "rubrics"


@pytest.fixture(scope="session")
def rubric() -> Callable[[str], Path]:
    """Path of a rubric file of this folder by its id."""
    return lambda name: RUBRICS / f"{name}.yaml"


@pytest.fixture
def write_csv(tmp_path: Path) -> Callable[..., Path]:
    """Write a table as a CSV file and return its path; None becomes an empty cell."""

    def write(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Path:
        path = tmp_path / name
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *rows])
        return path

    return write
