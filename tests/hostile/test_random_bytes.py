"""Whatever bytes stand in a file, reading ends in rows or in an error that was meant."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loopqa.define.strict_yaml import read_yaml
from loopqa.errors import LoopQAError
from loopqa.model.workflow import PluginSpec
from loopqa.plugin import ReadContext, Rejected, builtin_host
from tests.hostile.columns import SOUND as PARQUET
from tests.hostile.hostile import HEADER, line, lines
from tests.hostile.workbooks import SOUND as WORKBOOK

KINDS = {"csv": "data.csv", "excel": "data.xlsx", "parquet": "data.parquet"}
CSV = "\n".join(lines()).encode()
MANY = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
HOST = builtin_host()

junk = st.binary(max_size=400)
signs = st.text("\",;|\t\r\n\0'=\\ab1é满\ufeff", max_size=200).map(lambda one: one.encode())


def read(root: Path, kind: str, content: bytes) -> tuple[int, int]:
    """Sound and rejected rows of a file of these bytes."""
    (root / KINDS[kind]).write_bytes(content)
    made = HOST.make_source(PluginSpec(kind, {"path": KINDS[kind]}), root=root)
    sound = rejected = 0
    for item in made.read(ReadContext()):
        if isinstance(item, Rejected):
            rejected += 1
        else:
            sound += len(item) if isinstance(item, list) else item.num_rows
    return sound, rejected


@st.composite
def damaged(draw: st.DrawFn, sound: bytes) -> bytes:
    """A sound file with a piece cut out, and something else put there."""
    start = draw(st.integers(0, len(sound)))
    end = draw(st.integers(start, min(len(sound), start + 60)))
    return sound[:start] + draw(st.binary(max_size=60)) + sound[end:]


@MANY
@given(content=junk | signs | damaged(CSV))
def test_no_bytes_make_the_csv_source_fall(tmp_path: Path, content: bytes) -> None:
    with suppress(LoopQAError):
        read(tmp_path, "csv", content)


@MANY
@given(content=junk | damaged(WORKBOOK))
def test_no_bytes_make_the_excel_source_fall(tmp_path: Path, content: bytes) -> None:
    with suppress(LoopQAError):
        read(tmp_path, "excel", content)


@MANY
@given(content=junk | damaged(PARQUET))
def test_no_bytes_make_the_parquet_source_fall(tmp_path: Path, content: bytes) -> None:
    with suppress(LoopQAError):
        read(tmp_path, "parquet", content)


@MANY
@given(content=junk | signs | st.text("{}[]:,-&*!|>'\"%@`#\n ab1", max_size=200).map(str.encode))
def test_no_bytes_make_the_yaml_reader_fall(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.yaml").write_bytes(content)
    with suppress(LoopQAError):
        read_yaml(tmp_path / "a.yaml", may_be_empty=True)


FAULTS = {
    "sound": lambda n: line(n),
    "short": lambda n: f"c{n},k1",
    "long": lambda n: line(n) + ",x",
    "quoted": lambda n: line(n, channel='"on, site"'),
    "nul": lambda n: line(n, channel="a\0b"),
    "mark": lambda n: line(n, channel='a"b'),
}


@MANY
@given(
    kinds=st.lists(st.sampled_from(sorted(FAULTS)), max_size=60),
    blank=st.integers(1, 4),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_every_line_is_loaded_or_rejected(
    tmp_path: Path, kinds: list[str], blank: int, end: str
) -> None:
    rows = [FAULTS[kind](number) for number, kind in enumerate(kinds)]
    spaced = [one + (end if number % blank == 0 else "") for number, one in enumerate(rows)]
    content = end.join([HEADER, *spaced]) + end
    sound, rejected = read(tmp_path, "csv", content.encode())
    faulty = sum(kind in {"short", "long", "nul"} for kind in kinds)
    assert (sound, rejected) == (len(kinds) - faulty, faulty)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_sound_files_are_read(tmp_path: Path, kind: str) -> None:
    content = {"csv": CSV, "excel": WORKBOOK, "parquet": PARQUET}[kind]
    assert read(tmp_path, kind, content) == (20, 0)
