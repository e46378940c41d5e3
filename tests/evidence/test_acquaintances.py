"""Customers who come again are recognised without hashing them again, and never mistaken."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from loopqa.evidence import acquaintances
from loopqa.evidence.acquaintances import Acquaintances
from loopqa.evidence.keys import pseudonyms

KEY = bytes(range(32))
PAGES = (["c1", "", "慢慢"], ["c2", "c1"], [], ["慢慢", "c3", "", "c1"], ["c2", "c4"])


class Hashing:
    """Hashes, and notes whom."""

    def __init__(self) -> None:
        self.hashed: list[str] = []

    def __call__(self, identities: list[str]) -> Any:
        self.hashed += identities
        return pseudonyms(identities, KEY)


def met(pages: tuple[list[str], ...]) -> tuple[Hashing, list[Any]]:
    hashing = Hashing()
    customers = Acquaintances(hashing)
    return hashing, [customers.pseudonyms(pa.array(page, pa.string())) for page in pages]


def test_a_customer_of_several_pages_is_hashed_once_and_keeps_the_pseudonym() -> None:
    hashing, made = met(PAGES)
    assert hashing.hashed == ["c1", "", "慢慢", "c2", "c3", "c4"]
    assert [one.to_pylist() for one in made] == [
        pseudonyms(page, KEY).to_pylist() for page in PAGES
    ]


def test_too_many_customers_are_forgotten_and_hashed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acquaintances, "MOST", 3)
    hashing, made = met(PAGES)
    assert hashing.hashed == ["c1", "", "慢慢", "c2", "慢慢", "c3", "", "c1", "c2", "c4"]
    assert [one.to_pylist() for one in made] == [
        pseudonyms(page, KEY).to_pylist() for page in PAGES
    ]
