"""The first-party plugin ``plugins/singer.py`` with taps that keep the specification."""

from __future__ import annotations

import json
import stat
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from loopqa.errors import DataError, DefinitionError
from tests.plugin.fake_taps import TEXT, Taps, entry, reading


@pytest.fixture
def taps(tmp_path: Path) -> Taps:
    return Taps(tmp_path)


def properties(**kinds: Any) -> str:
    return repr({"id": {"type": "integer"}, **kinds})


def one_row(taps: Taps, kind: dict[str, Any], written: str) -> Any:
    """What becomes of a value, written as JSON, in a column of this kind."""
    body = f"""
    schema({properties(value=kind)})
    print('{{"type": "RECORD", "stream": "answers", "record": {{"id": 1, "value": {written}}}}}')
    """
    (row,) = taps.read(body).rows
    return row["value"]


def test_records_become_rows_with_their_key_and_the_line_they_stand_in(taps: Taps) -> None:
    taps.install("""
    schema({"id": {"type": "integer"}, "remark": {"type": "string"}})
    record(id=1, remark="很快就解决了")
    record(stream="people", name="somebody else's stream")
    record(id=2, remark="没有人接")
    """)
    (batch,) = reading(taps.source()).items
    assert batch == [
        {"id": 1, "remark": "很快就解决了", "_id": 1, "_version": None,
         "_file": "answers", "_row": 2},
        {"id": 2, "remark": "没有人接", "_id": 2, "_version": None, "_file": "answers", "_row": 4},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        ({"type": "integer"}, '"12"', 12),
        ({"type": ["null", "integer"]}, "null", None),
        ({"type": "integer"}, '"many"', "many"),
        ({"type": "number"}, "12345678901234567.89", Decimal("12345678901234567.89")),
        ({"type": "number", "multipleOf": 0.01}, '"0.10"', Decimal("0.10")),
        ({"type": ["integer", "number"]}, "7", 7),
        ({"type": "string", "format": "singer.decimal"}, '"1.50"', "1.50"),
        ({"type": ["string", "integer"]}, '"007"', "007"),
        ({"type": "boolean"}, "true", "true"),
        ({"type": "string", "format": "date"}, '"2026-01-31"', date(2026, 1, 31)),
        ({"type": "string", "format": "date"}, '"2026-02-31"', "2026-02-31"),
        (
            {"anyOf": [{"type": "string", "format": "date-time"}, {"type": ["string", "null"]}]},
            '"2026-01-31T20:00:00+08:00"',
            datetime(2026, 1, 31, 12, tzinfo=UTC),
        ),
        ({"type": "string", "format": "date-time"}, '"2026-01-31 20:00"', "2026-01-31 20:00"),
        ({"type": "array", "items": {}}, '["快", 1.5]', '["快", "1.5"]'),
        ({}, '"anything"', "anything"),
        (True, "4.5", Decimal("4.5")),
    ],
)
def test_values_become_what_the_schema_says_or_stay(
    taps: Taps, kind: Any, written: str, value: object
) -> None:
    assert one_row(taps, kind, written) == value


def test_fields_of_objects_are_columns_of_their_own(taps: Taps) -> None:
    scores = {"type": "object", "properties": {"speed": {"type": "integer"}}}
    body = f"schema({properties(scores=scores, more={'type': 'object'})})\n"
    body += """record(id=1, scores={"speed": "4"}, more={"tone": {"low": 2}})"""
    (row,) = taps.read(body).rows
    assert (row["scores.speed"], row["more.tone.low"]) == (4, 2)


def test_the_state_is_the_bookmark_and_comes_back_to_the_tap(taps: Taps) -> None:
    body = """
    schema({"id": {"type": "integer"}})
    for number in range((state or {"last": 0})["last"], 3 + (state or {"last": 0})["last"]):
        record(id=number)
    say("STATE", value={"last": number + 1})
    """
    first = taps.read(body)
    assert [row["_id"] for row in first.rows] == [0, 1, 2]
    assert first.states == [{"singer": {"last": 3}}]
    second = taps.read(body, state=first.states[-1])
    assert [row["_id"] for row in second.rows] == [3, 4, 5]


def test_a_state_speaks_only_for_the_records_before_it(taps: Taps) -> None:
    items = taps.read("""
    schema({"id": {"type": "integer"}})
    say("STATE", value={})
    record(id=1)
    say("STATE", value={"last": 1})
    record(id=2)
    print("no message")
    """).items
    kinds = [
        [row["_id"] for row in one] if isinstance(one, list) else type(one).__name__
        for one in items
    ]
    assert kinds == [[1], "Bookmark", [2], "RejectedRow"]


def test_a_key_of_several_columns_and_the_replication_key_make_id_and_version(taps: Taps) -> None:
    body = f"""
    columns = {properties(part=TEXT, changed={"type": "string", "format": "date-time"})}
    schema(columns, key=["id", "part"], bookmark_properties=["changed"])
    record(id=1, part="甲", changed="2026-01-01T08:00:00+08:00")
    say("RECORD", stream="answers", record={{"id": 1}}, time_extracted="2026-01-02T00:00:00Z")
    """
    rows = taps.read(body).rows
    assert [(row["_id"], row["_version"]) for row in rows] == [
        ('[1, "甲"]', datetime(2026, 1, 1, tzinfo=UTC)),
        ("[1, null]", datetime(2026, 1, 2, tzinfo=UTC)),
    ]


def test_options_name_another_key_and_version(taps: Taps) -> None:
    body = f"schema({properties(a=TEXT, b=TEXT)})\nrecord(id=1, a='x', b='y')"
    (row,) = taps.read(body, id="a", version="b").rows
    assert (row["_id"], row["_version"]) == ("x", "y")


def test_a_stream_without_key_is_refused_unless_everything_is_read_each_time(taps: Taps) -> None:
    body = 'schema({"name": {"type": "string"}}, key=[], stream="people")\n'
    body += 'record(stream="people", name="li")\nsay("STATE", value={})'
    with pytest.raises(DataError) as caught:
        taps.read(body, stream="people")
    assert str(caught.value) == (
        "stream 'people' has no key\n"
        "  hint: name its columns, 'id: [a, b]', or read all each time, 'incremental: false'"
    )
    whole = taps.read(body, stream="people", incremental=False)
    assert (whole.rows, whole.states) == ([{"name": "li"}], [])
    assert not taps.source(incremental=False).goes_on()


def test_a_schema_may_change_between_records(taps: Taps) -> None:
    rows = taps.read("""
    schema({"id": {"type": "integer"}, "score": {"type": "integer"}})
    record(id=1, score="4")
    schema({"id": {"type": "integer"}, "score": {"type": "string"}, "tone": {"type": "string"}})
    record(id=2, score="5", tone="好")
    """).rows
    assert [(row["score"], row.get("tone")) for row in rows] == [(4, None), ("5", "好")]


def test_the_catalog_says_what_there_is_and_comes_before_any_schema(taps: Taps) -> None:
    taps.install("record(id='7', remark='x')")
    assert taps.source().columns() == ("id", "remark", "score")
    (row,) = reading(taps.source()).rows
    assert row["id"] == row["_id"] == 7


def chosen(catalog: Any) -> dict[str, bool]:
    """Which columns of ``answers`` a catalog asks for, by its metadata; both forms must agree."""
    answers = next(one for one in catalog["streams"] if one["tap_stream_id"] == "answers")
    marks = {tuple(one["breadcrumb"]): one["metadata"] for one in answers["metadata"]}
    assert marks[()]["selected"] is answers["selected"] is answers["schema"]["selected"] is True
    parts = answers["schema"]["properties"]
    found = {name: marks["properties", name]["selected"] for name in parts}
    assert found == {name: part["selected"] for name, part in parts.items()}
    return found


@pytest.mark.parametrize("dialect", ["catalog", "properties"])
def test_streams_and_columns_are_selected_in_both_dialects(taps: Taps, dialect: str) -> None:
    marked = entry(
        "answers",
        {"id": {"inclusion": "automatic"}, "score": {}, "remark": TEXT, "changed": TEXT,
         "photo": TEXT},
        key_properties=["id"],
        replication_key="changed",
        metadata=[
            {"breadcrumb": ["properties", "photo"], "metadata": {"inclusion": "unsupported"}},
            {"breadcrumb": ["properties", "score"], "metadata": {"inclusion": "available"}},
        ],
    )  # fmt: skip
    catalog = {"streams": [marked, entry("people", {"name": TEXT})]}
    taps.install(f"json.dump(given('--{dialect}'), open('seen.json', 'w'))", catalog)
    reading(taps.source(dialect=dialect))
    seen = json.loads((taps.root / "seen.json").read_text())
    assert chosen(seen) == {
        "id": True, "score": True, "remark": True, "changed": True, "photo": False,
    }  # fmt: skip
    assert seen["streams"][1]["metadata"][0]["metadata"]["selected"] is False
    reading(taps.source(dialect=dialect, select=["score", "photo"]))
    assert chosen(json.loads((taps.root / "seen.json").read_text())) == {
        "id": True, "score": True, "remark": False, "changed": True, "photo": False,
    }  # fmt: skip


def test_a_catalog_of_ones_own_is_passed_as_it_is(taps: Taps) -> None:
    own = {"streams": [entry("answers", {"id": TEXT}, key_properties=["id"], mine=1)]}
    (taps.root / "mine.json").write_text(json.dumps(own))
    taps.install("json.dump(catalog, open('seen.json', 'w'))", catalog="not asked for")
    reading(taps.source(catalog="mine.json"))
    assert json.loads((taps.root / "seen.json").read_text()) == own


def test_a_tap_is_asked_once_what_it_offers(taps: Taps) -> None:
    source = taps.source(config={"DISCOVER": f"open('asked', 'a').write('x'); print({CATALOG})"})
    taps.install("record(id=1)")
    source.check()
    assert source.columns() == ("id",)
    reading(source)
    assert (taps.root / "asked").read_text() == "x"


CATALOG = repr(json.dumps({"streams": [entry("answers", {"id": TEXT}, key_properties=["id"])]}))


def test_check_names_what_the_tap_does_not_offer(taps: Taps) -> None:
    taps.install("")
    taps.source(select=["score"], id="remark").check()
    with pytest.raises(DataError) as caught:
        taps.source(stream="answer").check()
    assert str(caught.value) == ("tap-fake offers no 'answer'\n  hint: it offers: answers, people")
    with pytest.raises(DataError, match="tap-fake offers no 'scores'"):
        taps.source(select=["scores"]).check()


def test_a_tap_that_is_not_there_is_told_with_the_way_to_install_it(taps: Taps) -> None:
    with pytest.raises(DataError) as caught:
        taps.source(tap="tap-nowhere").check()
    assert str(caught.value) == (
        "there is no program 'tap-nowhere'\n  hint: install it in .taps/tap-nowhere"
    )


def test_a_tap_may_be_named_by_its_path(taps: Taps) -> None:
    program = taps.install("record(id=1)")
    assert reading(taps.source(tap=str(program))).rows
    assert reading(taps.source(tap=".taps/tap-fake/bin/tap-fake")).rows


def test_secrets_reach_the_tap_in_files_that_only_its_user_can_read(
    taps: Taps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAP_TOKEN", "s3cret")
    (taps.root / "key.txt").write_text("鑰匙\n", encoding="utf-8")
    options = {"token": "${env:TAP_TOKEN}", "keys": [{"k": "a ${file:key.txt}"}], "pages": 5}
    taps.install("""
    path = sys.argv[sys.argv.index("--config") + 1]
    seen = {"config": config, "path": path, "mode": os.stat(path).st_mode}
    json.dump(seen, open("seen.json", "w"))
    """)
    reading(taps.source(config=options))
    seen = json.loads((taps.root / "seen.json").read_text(encoding="utf-8"))
    assert seen["config"] == {"token": "s3cret", "keys": [{"k": "a 鑰匙"}], "pages": 5}
    assert stat.S_IMODE(seen["mode"]) == 0o600
    assert not Path(seen["path"]).parent.exists()


def test_a_secret_that_is_not_set_is_told_before_the_tap_runs(taps: Taps) -> None:
    taps.install("open('ran', 'w')")
    with pytest.raises(DataError, match="the environment variable TAP_NOWHERE is not set"):
        taps.source(config={"token": "${env:TAP_NOWHERE}"}).check()
    assert not (taps.root / "ran").exists()


def test_wrong_options_are_told_where_they_stand(taps: Taps) -> None:
    with pytest.raises(DefinitionError) as caught:
        taps.source(config=None, strem="answers", time_limit=0)
    assert [str(problem.message) for problem in caught.value.problems] == [
        "option 'config' must be a mapping of keys to values, not None",
        "option 'time_limit' must be more than 0.0, not 0",
        "unknown option 'strem'",
    ]


def test_neither_the_config_nor_the_time_limit_stands_where_options_are_shown(taps: Taps) -> None:
    config = taps.source(config={"password": "plain"}, time_limit=5).config
    assert "plain" not in repr(config)
    assert "time_limit" not in config.model_dump()  # another one asks for no landing anew
