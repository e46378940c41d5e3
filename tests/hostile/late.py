"""Further kinds of hostile files: written after all others had been met, and tried once unseen."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pyarrow as pa

from tests.hostile import columns, definitions
from tests.hostile.definitions import R, S, W
from tests.hostile.hostile import HEADER, Hostile, csv, line, lines, raw

ODS = "type: excel, path: data.ods"


def _ods(rows: str) -> bytes:
    """An OpenDocument workbook with these rows below a sound header."""
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    header = "".join(cell.format(name) for name in HEADER.split(","))
    content = (
        '<?xml version="1.0"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>'
        f'<office:spreadsheet><table:table table:name="QA"><table:table-row>{header}'
        f"</table:table-row>{rows}</table:table></office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        parts.writestr(
            "META-INF/manifest.xml",
            '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        parts.writestr("content.xml", content)
    return packed.getvalue()


def _cells(values: str) -> str:
    return "".join(
        f'<table:table-cell office:value-type="string"><text:p>{one}</text:p></table:table-cell>'
        for one in values.split(",")
    )


REPEATED_ROWS = (
    f'<table:table-row table:number-rows-repeated="1000000">{_cells(line(1))}</table:table-row>'
)
REPEATED_CELLS = (
    '<table:table-row><table:table-cell table:number-columns-repeated="20000000" '
    'office:value-type="float" office:value="1"><text:p>1</text:p></table:table-cell>'
    "</table:table-row>"
)


def _zip_called_gz(folder: Path) -> None:
    with zipfile.ZipFile(folder / "data.csv.gz", "w") as packed:
        packed.writestr("data.csv", "\n".join(lines()))


GZ = "type: csv, path: data.csv.gz"
_TEXT = ("\n".join(lines()) + "\n").encode()

CASES = (
    raw(
        "rows-repeated-by-the-million", _ods(REPEATED_ROWS), "data.ods", input=ODS, place="data.ods"
    ),
    raw(
        "cells-repeated-by-the-million",
        _ods(REPEATED_CELLS),
        "data.ods",
        input=ODS,
        place="data.ods",
    ),
    raw("an-end-of-file-sign", _TEXT + b"\x1a", rows=(21, 20, 1), rejected=((22, None),)),
    csv(
        "line-separators-of-unicode",
        lines(row5=line(3, channel="a\u2028b\x85c\x0bd")),
        rows=(20, 20, 0),
    ),
    raw("a-mark-in-the-middle", _TEXT.replace(b"\nc3,", b"\n\xef\xbb\xbfc3,"), rows=(20, 20, 0)),
    raw("a-quote-in-the-last-line", _TEXT + b'"', place="data.csv:22"),
    raw(
        "two-packed-files-in-one",
        gzip.compress(_TEXT) + gzip.compress(b"c99,k1,2026-01-05,chat,5\n"),
        "data.csv.gz",
        input=GZ,
        rows=(21, 21, 0),
    ),
    Hostile("a-zip-called-gz", _zip_called_gz, input=GZ, rows=(20, 20, 0)),
    csv(
        "a-path-with-a-nul", lines(), input=r'type: csv, path: "data\0.csv"', place=r"data\x00.csv"
    ),
    csv(
        "a-pattern-that-is-not-closed",
        lines(),
        input='type: csv, path: "data[.csv"',
        place="data[.csv",
    ),
    csv(
        "scores-turned-round",
        lines(row3=line(1, score="\u202e5"), row4=line(2, score="5\u200b")),
        rows=(20, 18, 2),
        rejected=((3, "score"), (4, "score")),
    ),
    csv(
        "one-customer-with-a-million-letters",
        lines(row3=line(1, who="k" * 1_000_000)),
        rows=(20, 20, 0),
    ),
    columns.made(
        "scores-that-are-durations",
        {"score": pa.array([1] * 20, pa.duration("s"))},
        place="data.parquet:1:score",
    ),
    columns.made("days-that-are-texts-and-empty", {"day": [""] * 20}, place="data.parquet:1:day"),
    definitions.changed(
        "keys-that-look-alike", R, "{en: Ratings, zh: 评分}", "{en: Ratings, ｅｎ: x}", ":3:22"
    ),
    definitions.changed("a-number-in-base-sixty", R, "high: 5", "high: 1:30", "1:30"),
    definitions.written("carriage-returns-only", R, 'rubric: r\rversion: "1"\rscael: 3\r', ":3:1"),
    definitions.added("a-key-that-is-nothing", W, "~: 1\n", ":8:1"),
    definitions.added("a-state-that-is-a-list", S, "state: [a, b]\n", ":3:1"),
)
