"""Secrets inside free options: put in, taken out, hidden."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopqa.errors import DataError
from loopqa.plugin import Secrets

PEM = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0B\n-----END KEY-----"
OPTIONS = {
    "url": "https://li:${env:WORD}@crm.example.com",
    "headers": [{"X-Key": "${file:key.pem}"}, {"Accept": "*/*"}],
    "client_secret": "plain",
    "pages": 5,
    "strict": True,
}


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Secrets:
    monkeypatch.setenv("WORD", "s3/cr et'")
    (tmp_path / "key.pem").write_text(PEM)
    return Secrets(OPTIONS, tmp_path)


def test_references_become_their_values_and_values_their_references(secrets: Secrets) -> None:
    full = secrets.put_in(OPTIONS)
    assert full == {
        "url": "https://li:s3/cr et'@crm.example.com",
        "headers": [{"X-Key": PEM}, {"Accept": "*/*"}],
        "client_secret": "plain",
        "pages": 5,
        "strict": True,
    }
    assert secrets.taken_out(full) == OPTIONS


def test_references_that_are_not_among_the_options_are_not_looked_up(secrets: Secrets) -> None:
    assert secrets.put_in({"x": "${env:HOME}"}) == {"x": "${env:HOME}"}


@pytest.mark.parametrize(
    "said",
    [
        "401 for s3/cr et'",
        "GET https://x?key=" + quote("s3/cr et'", safe=""),
        "GET https://x?key=" + quote("s3/cr et'"),
        "GET https://x?key=" + quote_plus("s3/cr et'"),
        repr({"key": "s3/cr et'"}),
        json.dumps({"key": PEM}),
        "line 2: kqhkiG9w0B",
        "client plain",
    ],
)
def test_a_secret_is_hidden_however_it_is_written(secrets: Secrets, said: str) -> None:
    hidden = secrets.hidden(said)
    assert "***" in hidden
    assert not any(part in hidden for part in ("cr", "kqhk", "plain"))


def test_what_is_no_secret_is_shown(secrets: Secrets) -> None:
    assert secrets.hidden("404 for crm.example.com, page 5") == "404 for crm.example.com, page 5"


def test_a_secret_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the environment variable NOWHERE is not set"):
        Secrets({"a": ["${env:NOWHERE}"]}, tmp_path)


trees = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(trees)
def test_options_without_references_stay_as_they_are(options: Any) -> None:
    secrets = Secrets(options, Path())
    assert secrets.put_in(options) == secrets.taken_out(options) == options
