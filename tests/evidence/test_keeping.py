"""Keys, digests and snapshots: what must stay as it is."""

from __future__ import annotations

import hmac
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopqa.errors import DataError
from loopqa.evidence.cases import Cases
from loopqa.evidence.keys import load_or_create_key, pseudonyms
from loopqa.evidence.snapshots import read_snapshot, write_snapshot
from tests.calc.small_rubrics import dimension, indicator, rubric
from tests.evidence.making import cases_of

STANDARD = rubric(dimension("tone", indicator("tone")))
ROWS = [
    {"tone": "1", "day": "2026-03-01", "team": "T1", "who": "ann", "no": "C1", "said": "slow"},
    {"tone": "2", "day": "2026-03-02", "team": "T2", "who": "bob", "no": "C2", "said": None},
    {"tone": "", "day": "", "team": "", "who": "", "no": "", "said": ""},
]


def cases(rows: list[dict[str, Any]] = ROWS) -> Cases:
    return cases_of(
        STANDARD,
        rows,
        at="day",
        customer="who",
        keep=("team",),
        input_map={"case": ("no",), "comment": ("said",)},
    )


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "state" / "pseudonym.key"
    key = load_or_create_key(path)
    assert len(key) == 32
    assert load_or_create_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["pseudonym.key"]


@pytest.mark.parametrize("key", [b"", b"k" * 32, b"k" * 64, b"k" * 65])
def test_pseudonyms_are_the_first_half_of_hmac_sha256(key: bytes) -> None:
    ann = hmac.digest(key, "安娜".encode(), "sha256")
    assert pseudonyms(["安娜", ""], key).to_pylist() == [ann[:16], None]


def test_processes_that_make_the_key_at_once_end_with_the_same(tmp_path: Path) -> None:
    path = tmp_path / "pseudonym.key"
    line = (
        "import sys; from pathlib import Path; from loopqa.evidence.keys import *; "
        "print(load_or_create_key(Path(sys.argv[1])).hex())"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", line, str(path)], stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    keys = {process.communicate()[0] for process in running}
    assert len(keys) == 1


def test_a_key_that_others_may_read_or_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pseudonym.key"
    path.write_text("secret")
    path.chmod(0o644)
    with pytest.raises(DataError, match="other users may read the key of the pseudonyms"):
        load_or_create_key(path)
    path.chmod(0o600)
    with pytest.raises(DataError, match="not a key file of LoopQA"):
        load_or_create_key(path)


@settings(max_examples=25, deadline=None)
@given(st.permutations(ROWS))
def test_the_digest_does_not_depend_on_the_order_of_rows(rows: list[dict[str, Any]]) -> None:
    assert cases(rows).digest() == cases().digest()


@pytest.mark.parametrize(
    "change",
    [
        {"tone": "3"},
        {"day": "2026-03-03"},
        {"team": "T2"},
        {"who": "eve"},
        {"no": "C3"},
        {"said": "Slow"},
    ],
)
def test_the_digest_depends_on_every_value(change: dict[str, str]) -> None:
    assert cases([{**ROWS[0], **change}, *ROWS[1:]]).digest() != cases().digest()


def test_the_digest_counts_equal_rows_and_keeps_values_in_their_rows() -> None:
    swapped = [{**ROWS[0], "tone": "2"}, {**ROWS[1], "tone": "1"}, ROWS[2]]
    assert len({cases(rows).digest() for rows in (ROWS, [*ROWS, ROWS[0]], swapped)}) == 3


def test_a_snapshot_gives_back_the_cases_it_froze(tmp_path: Path) -> None:
    frozen = cases()
    snapshot = write_snapshot(frozen, tmp_path, input="ratings", stem="2026-03-01_2026-03-31")
    again = read_snapshot(tmp_path, snapshot)
    assert again.table.equals(frozen.table)
    assert again.rows == frozen.rows
    assert again.digest() == snapshot.digest
    assert (
        write_snapshot(frozen, tmp_path, input="ratings", stem="2026-03-01_2026-03-31") == snapshot
    )
    assert os.listdir(tmp_path) == [snapshot.path]


def test_an_altered_or_lost_snapshot_is_told(tmp_path: Path) -> None:
    snapshot = write_snapshot(cases(), tmp_path, input="ratings", stem="w")
    path = tmp_path / snapshot.path
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_snapshot(tmp_path, snapshot)
    assert str(caught.value) == (
        f"{path}: the snapshot of input 'ratings' was altered: its SHA-256 is not "
        f"{snapshot.sha256[:12]} any more\n  hint: restore the evidence folder from a backup"
    )
    with pytest.raises(DataError, match="the snapshot of input 'ratings' is gone"):
        read_snapshot(tmp_path, replace(snapshot, path="other.parquet"))
