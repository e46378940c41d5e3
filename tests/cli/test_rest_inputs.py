"""A workspace that reads from a REST API, from YAML to findings, as a person runs it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Answer
from tests.rest_server import Api, Reply, api, changed, made

__all__ = ["api"]

Call = Callable[..., Answer]

TOKEN = "t0ken-of-the-crm"

RUBRIC = """\
rubric: desk
version: "1"
scale: {low: 1, high: 5}
finding: {below: 3.5, min_n: 20}
dimensions:
  speed: {title: {en: Speed, zh: 速度}, column: speed}
"""

WORKFLOW = """\
workflow: desk
rubric: desk
window: {previous: month}
inputs:
  ratings:
    type: http_json
    url: "${env:CRM_API}/next"
    items: data.results
    paging: {by: next_link, at: links.next}
    auth: {bearer: "${env:CRM_TOKEN}"}
    id: id
    incremental: {column: changed, since: since}
    timeout: 5
    tries: 2
    rater: customer
    map: {case: ticket.number, at: day}
segments: [channel]
"""


@pytest.fixture
def desk(api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loopqa: Call) -> Path:
    """The workspace, in the month after that of its 250 ratings."""
    api.token = TOKEN
    api.rows = [changed(row, day=f"2026-09-{1 + row['id'] % 28:02}") for row in api.rows]
    for name, value in {"CRM_API": api.url, "CRM_TOKEN": TOKEN, "LOOPQA_NOW": "2026-10-05"}.items():
        monkeypatch.setenv(name, value)
    for file, written in {
        "loopqa.yaml": "languages: [zh, en]\n",
        "rubrics/desk.yaml": RUBRIC,
        "workflows/desk.yaml": WORKFLOW,
    }.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(written, encoding="utf-8")
    return tmp_path


def written_anywhere(folder: Path, word: str) -> list[Path]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if word.encode() in path.read_bytes()]


def test_a_run_goes_from_the_api_to_findings(desk: Path, api: Api, loopqa: Call) -> None:
    assert loopqa("check").err == "all definitions are sound\n"
    done = loopqa("run")
    assert (done.code, "250 rows read, 250 loaded, 0 rejected" in done.err) == (0, True)
    listed = loopqa("finding", "list", "--json").json
    assert [one["dimension"] for one in listed["items"]] == ["speed", "speed", "speed"]
    assert written_anywhere(desk / ".loopqa", TOKEN) == []


def test_a_second_run_asks_only_for_what_is_new(desk: Path, api: Api, loopqa: Call) -> None:
    loopqa("run")
    api.asked.clear()
    api.rows = [*api.rows[:-1], *(changed(row, day="2026-09-30") for row in made(4, 250))]
    done = loopqa("run", "--again")
    assert "253 rows read, 253 loaded, 0 rejected" in done.err
    assert [one.query for one in api.asked] == [{"since": "2026-10-01T04:10:00Z"}]


def test_what_has_landed_stays_where_only_the_manner_of_asking_changes(
    desk: Path, api: Api, loopqa: Call
) -> None:
    loopqa("run")
    path = desk / "workflows" / "desk.yaml"
    asked = path.read_text(encoding="utf-8")
    path.write_text(asked.replace("timeout: 5", "timeout: 9"), encoding="utf-8")
    assert loopqa("run", "--again").code == 0
    path.write_text(asked.replace("/next", "/next?all=1"), encoding="utf-8")
    failed = loopqa("run", "--again")
    assert (failed.code, "--land-anew" in failed.err) == (2, True)


def test_a_run_from_which_a_page_is_missing_changes_nothing(
    desk: Path, api: Api, loopqa: Call
) -> None:
    api.before = lambda asked: Reply(status=404) if asked.query.get("start") == "200" else None
    failed = loopqa("run")
    assert failed.code == 3
    assert "error: ratings: page 3: the server answered 404" in failed.err
    assert loopqa("finding", "list", "--json").json["total"] == 0
    api.before = lambda asked: None
    assert "250 rows read" in loopqa("run").err


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            "error: ratings: page 1: the server answered 401\n"
            "  hint: does `auth` hold what this server asks for?",
        ),
        (
            "zh",
            "错误：ratings: 第 1 页：服务器返回 401\n  提示：请检查 `auth` 是否符合该服务器的要求",
        ),
    ],
)
def test_a_server_that_refuses_is_told_in_both_languages(
    desk: Path, api: Api, loopqa: Call, monkeypatch: pytest.MonkeyPatch, language: str, told: str
) -> None:
    api.token = "another"
    monkeypatch.setenv("LOOPQA_LANG", language)
    failed = loopqa("run")
    assert (failed.code, failed.err.strip()) == (3, told)


def test_wrong_options_are_told_with_their_places(desk: Path, loopqa: Call) -> None:
    path = desk / "workflows" / "desk.yaml"
    text = path.read_text(encoding="utf-8")
    text = text.replace("by: next_link", "by: next").replace("items: data", "items: data..")
    path.write_text(text.replace("since: since}", "sinze: since}"), encoding="utf-8")
    failed = loopqa("check")
    assert failed.code == 2
    for place in (
        "workflows/desk.yaml:8:12: option 'items': a field path looks like",
        "workflows/desk.yaml:9:18: option 'paging.by' must be one of next_link, link_header,",
        "workflows/desk.yaml:12:43: unknown option 'incremental.sinze'\n"
        "  hint: did you mean 'since'?",
        "option 'incremental.since' is missing",
    ):
        assert place in failed.out


def test_a_secret_that_stands_in_the_file_is_warned_of(desk: Path, loopqa: Call) -> None:
    path = desk / "workflows" / "desk.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("${env:CRM_TOKEN}", TOKEN), encoding="utf-8")
    told = loopqa("check")
    where = "workflows/desk.yaml:10:20"
    assert f"{where}: 'bearer' stands in the file for everybody to read" in told.out
