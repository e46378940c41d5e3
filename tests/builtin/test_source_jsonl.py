"""The source ``jsonl``."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loopqa import score
from loopqa.errors import DataError
from loopqa.plugin import Rejected
from tests.builtin.hostile_files import complaint, items, rejected, source

RUBRIC = """\
rubric: desk
version: "1"
scale: {low: 1, high: 5}
dimensions:
  speed: {column: answers.speed}
"""


def written(root: Path, *lines: str | bytes, name: str = "a.jsonl") -> Any:
    """A source for a file of these lines."""
    raw = [line if isinstance(line, bytes) else line.encode() for line in lines]
    (root / name).write_bytes(b"".join(line + b"\n" for line in raw))
    return source(root, "jsonl", name)


def rows(made: Any, columns: frozenset[str] | None = None) -> list[dict[str, Any]]:
    """All sound rows, without their origin."""
    batches = [item for item in items(made, columns) if not isinstance(item, Rejected)]
    return [
        {name: value for name, value in row.items() if name not in {"_file", "_row"}}
        for batch in batches
        for row in batch
    ]


def zipped(line: str) -> bytes:
    """An archive with one file of one line."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("a.jsonl", line)
    return held.getvalue()


def test_nested_fields_are_named_by_their_path_and_keep_their_types(tmp_path: Path) -> None:
    made = written(
        tmp_path,
        '{"id": 7, "answers": {"speed": 4.5, "by": {"phone": true}}, "tags": ["a", 1], "x": null}',
    )
    assert made.columns() == ("id", "answers.speed", "answers.by.phone", "tags", "x")
    assert rows(made) == [
        {"id": 7, "answers.speed": 4.5, "answers.by.phone": "true", "tags": '["a", 1]', "x": None}
    ]
    assert rows(made, frozenset({"answers.speed"})) == [{"answers.speed": 4.5}]


def test_rows_carry_their_line_and_blank_lines_are_no_rows(tmp_path: Path) -> None:
    made = written(tmp_path, '{"a": 1}', "", "  ", '{"a": 2}')
    ((first, second),) = items(made)
    assert (first["_file"], first["_row"], second["_row"]) == ("a.jsonl", 1, 4)


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        ("nonsense", None, "the line is not a JSON object"),
        ("[1, 2]", None, "the line is not a JSON object"),
        ("5", None, "the line is not a JSON object"),
        ('{"a": 1} {"a": 2}', None, "the line is not a JSON object"),
        ('{"a": 1', None, "the line is not a JSON object"),
        ('{"a": NaN}', None, "NaN and Infinity are not JSON"),
        ('{"a": -Infinity}', None, "NaN and Infinity are not JSON"),
        ('{"a": 1e999}', None, "a number is too large"),
        ('{"a": ' + "9" * 5000 + "}", None, "a number is too large"),
        ('{"a": 1, "a": 2}', "a", "the key stands twice in the line"),
        ('{"a": {"b": 1}, "a.b": 2}', "a.b", "the key stands twice in the line"),
        ('{"a": {"b": 1, "b": 2}}', "b", "the key stands twice in the line"),
        ('{"a": ' * 40 + "1" + "}" * 40, "a", "objects are nested too deep"),
        ("[" * 100_000, None, "objects are nested too deep"),
        ('{"a": "\\u0000"}', "a", "the value holds a NUL character"),
        ('{"a": "\\ud800"}', None, "the value holds half a character"),
        (b'{"a": "\xff\xfe"}', None, "the line is not in the encoding of the file"),
        ('{"a": "' + "x" * (1 << 22) + '"}', None, "the line is longer than 4 MB"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_line_that_is_no_row_is_rejected_and_the_next_one_is_read(
    tmp_path: Path, line: str | bytes, column: str | None, reason: str
) -> None:
    made = written(tmp_path, '{"a": 1}', line, '{"a": 3}')
    assert rejected(made) == [(2, column, reason)]
    assert rows(made) == [{"a": 1}, {"a": 3}]


def test_the_other_encodings_and_packed_files_are_read(tmp_path: Path) -> None:
    line = '{"a": "慢\u2028"}\n'  # a line separator inside a value ends no line
    for name, content, options in (
        ("mark.jsonl", line.encode("utf-8-sig"), {}),
        ("wide.jsonl", line.encode("utf-16"), {}),
        ("old.jsonl", line.encode("gb18030"), {"encoding": "gbk"}),
        ("packed.jsonl.gz", gzip.compress(line.encode()), {}),
        ("packed.jsonl.zip", zipped(line), {}),
    ):
        (tmp_path / name).write_bytes(content)
        assert rows(source(tmp_path, "jsonl", name, **options)) == [{"a": "慢\u2028"}], name


def test_files_that_are_not_lines_are_refused_as_a_whole(tmp_path: Path) -> None:
    written(tmp_path, '[{"a": 1},', '{"a": 2}]')
    assert complaint(tmp_path, "jsonl", "a.jsonl") == (
        "a.jsonl:1: the file is one JSON document, not one object a line\n"
        "  hint: write each object in a line of its own, as `jq -c '.[]'` does"
    )
    written(tmp_path, "{", '"a": 1', "}")
    assert "one JSON document" in complaint(tmp_path, "jsonl", "a.jsonl")
    written(tmp_path, b"PK\x03\x04 and so on")
    assert "type: excel" in complaint(tmp_path, "jsonl", "a.jsonl")
    (tmp_path / "a.jsonl").write_bytes(b"\xff\xfe{\x00\xd8")
    assert "not UTF-16" in complaint(tmp_path, "jsonl", "a.jsonl")
    (tmp_path / "a.jsonl").write_bytes(gzip.compress(b'{"a": 1}\n' * 1000)[:-20])
    assert "damaged or cut short" in complaint(tmp_path, "jsonl", "a.jsonl")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.binary(max_size=40).map(lambda raw: raw.replace(b"\n", b" ")), min_size=1))
def test_every_line_of_any_bytes_is_a_row_or_rejected(tmp_path: Path, lines: list[bytes]) -> None:
    made = written(tmp_path, b'{"a": 1}', *lines)
    solid = [line for line in lines if not _decodes(line) or line.decode("utf-8").strip()]
    assert len(rows(made)) + len(rejected(made)) == 1 + len(solid)


def _decodes(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text((json.dumps({"a": "x" * 500_000}) + "\n") * 200)
    tracemalloc.start()
    seen = sum(len(batch) for batch in source(tmp_path, "jsonl", "a.jsonl").read(_whole()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seen == 200
    assert peak < 80_000_000


def _whole() -> Any:
    from loopqa.plugin import ReadContext

    return ReadContext()


def test_fields_that_are_nowhere_are_named_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(RUBRIC, encoding="utf-8")
    (tmp_path / "a.jsonl").write_text('{"answer": {"speed": 4}}\n')
    with pytest.raises(DataError) as caught:
        score(tmp_path / "desk.yaml", tmp_path / "a.jsonl")
    assert "no column answers.speed (speed.rating)" in str(caught.value)
    assert "did you mean answer.speed" in str(caught.value)


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.jsonl.gz"])
def test_a_bare_file_is_scored_and_its_rows_add_up(tmp_path: Path, name: str) -> None:
    (tmp_path / "desk.yaml").write_text(RUBRIC, encoding="utf-8")
    content = '{"answers": {"speed": 4}}\n{"answers": {"speed": 9}}\n{"answers":\n'
    raw = content.encode()
    (tmp_path / name).write_bytes(gzip.compress(raw) if name.endswith("gz") else raw)
    found = score(tmp_path / "desk.yaml", tmp_path / name).to_dict()
    assert found["rows"] == {"read": 3, "loaded": 1, "rejected": 2}
    assert found["dimensions"][0]["mean"] == 4
