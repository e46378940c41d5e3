"""Passwords in definition files: sound, but told of."""

from __future__ import annotations

from pathlib import Path

import pytest

from loopqa.define.checking import check
from loopqa.define.plain_secrets import has_password
from loopqa.plugin.host import PluginHost

FLOW = """\
workflow: desk
rubric: survey
inputs:
  ratings:
    type: sql
    url: "{url}"
    table: ratings
    map: {{at: day}}
"""
TOLD = "the password stands in the file for everybody to read"


def checked(root: Path, url: str = "sqlite:///a.db", state: str = "sqlite:///s.db") -> list[str]:
    """The warnings of a workspace, with their lines."""
    (root / "workflows").mkdir()
    (root / "workflows" / "desk.yaml").write_text(FLOW.format(url=url))
    (root / "loopqa.yaml").write_text(f'time_zone: UTC\nstate: "{state}"\n')
    problems = check((root,), PluginHost(root))
    assert all(one.warning for one in problems), problems
    return [one.message.render("en") for one in problems if one.place and one.place.line]


def test_check_warns_of_a_password_in_the_file_and_says_what_to_write(tmp_path):
    url = "postgresql://quality:hunter2@db/tickets"
    assert checked(tmp_path, url, url) == [TOLD, TOLD]
    problems = check((tmp_path,), PluginHost(tmp_path))
    assert [one.place.line for one in problems] == [2, 6]
    assert all("${env:NAME}" in str(one.hint) for one in problems)
    assert "hunter2" not in "".join(map(str, problems))


def test_references_and_addresses_without_a_password_are_left_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("CRM_STATE", "postgresql://quality:hunter2@db/loopqa")
    assert checked(tmp_path, "postgresql://li:${env:CRM_PASSWORD}@db/x", "${env:CRM_STATE}") == []


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("postgresql://db/tickets?user=li&PASSWORD=x", True),
        ("postgresql://li:${file:secrets/crm}@db/tickets", False),
        ("postgresql://li@db/tickets", False),
        ("duckdb:///C:/data/warehouse.duckdb", False),
        ("http://[broken:a@b", False),
        ("a:b@c", False),
    ],
)
def test_a_password_is_known_by_its_place(url, plain):
    assert has_password(url) is plain
