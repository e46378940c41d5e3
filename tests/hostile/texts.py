"""CSV files that exports, people and attackers make."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

from tests.hostile.hostile import HEADER, Hostile, csv, line, lines, raw

FIVE = "5," * 4 + "5"


def _text(content: list[str]) -> str:
    return "\n".join(content) + "\n"


def _gz(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def _bomb(folder: Path) -> None:
    """A few hundred kilobytes that unpack to 150 MB of sound lines."""
    row = (line(3) + "\n").encode() * 10_000
    with gzip.open(folder / "data.csv.gz", "wb", compresslevel=9) as packed:
        packed.write((HEADER + "\n").encode())
        for _ in range(600):
            packed.write(row)


def _long_line_bomb(folder: Path) -> None:
    with gzip.open(folder / "data.csv.gz", "wb", compresslevel=9) as packed:
        packed.write((HEADER + "\n").encode())
        for _ in range(150):
            packed.write(b"a" * 1_000_000)


GZ = "type: csv, path: data.csv.gz"
ESCAPES = "\x1b[31m\x1b]0;owned\x07\x1b[2J"

CASES = (
    # rows and columns
    csv("a-row-too-short", lines(row5="c3,k1,2026-01-04"), rows=(20, 19, 1), rejected=((5, None),)),
    csv("a-row-too-long", lines(row9=line(7) + ",x,y"), rows=(20, 19, 1), rejected=((9, None),)),
    csv(
        "every-row-has-a-trailing-delimiter",
        [HEADER, *(line(n) + "," for n in range(20))],
        place="data.csv:2",
    ),
    csv(
        "one-quote-swallows-thousands-of-rows",
        lines(5000, row7='c5,k1,2026-01-06,"phone,2'),
        place="data.csv:7",
        says="never closed",
    ),
    csv(
        "two-quotes-far-apart",
        lines(5000, row7='c5,k1,2026-01-06,"phone,2', row3000='c5,k1,2026-01-06,phone",2'),
        rows=(5000, 2006, 2994),
        rejected=((7, None), (8, None)),
    ),
    csv(
        "a-quote-that-closes-a-line-later",
        lines(row5='c3,k1,2026-01-04,"phone,2', row6='c4,k1,2026-01-05,phone",2'),
        rows=(19, 19, 0),  # a field of two lines: nobody can tell it from a remark
    ),
    csv(
        "a-row-of-five-megabytes",
        lines(row6="x" * 5_000_000),
        rows=(20, 19, 1),
        rejected=((6, None),),
    ),
    csv(
        "a-field-of-five-megabytes",
        lines(row6=line(4, channel="x" * 5_000_000)),
        rows=(20, 20, 0),
    ),
    csv(
        "twenty-thousand-columns",
        [
            HEADER + "".join(f",x{n}" for n in range(20_000)),
            *(line(n) + "," * 20_000 for n in range(20)),
        ],
        rows=(20, 20, 0),
    ),
    csv("a-header-of-a-megabyte", lines(header=HEADER + "," + "x" * 1_000_000), place="data.csv:1"),
    csv("blank-lines-without-end", [*lines(10), *[""] * 300_000, *lines(10)[1:]], rows=(20, 20, 0)),
    csv("everything-quoted-twice", ['""' * 5, *['""' * 5] * 20], place="data.csv"),
    # headers
    csv("no-header", lines()[1:], place="data.csv"),
    csv("a-column-twice", lines(header="id,who,day,score,score"), place="data.csv:1"),
    csv(
        "an-unwanted-column-twice",
        [f"{HEADER},x,x", *(line(n) + ",1,2" for n in range(20))],
        rows=(20, 20, 0),
    ),
    csv("header-in-row-3", ["Export of 2026-02-01", "", *lines()], place="data.csv:3"),
    csv(
        "header-in-row-3-as-it-was-said",
        ["Export of 2026-02-01", "", *lines()],
        rows=(20, 20, 0),
        input="type: csv, path: data.csv, header_row: 3",
    ),
    csv(
        "header-row-beyond-the-end",
        lines(),
        input="type: csv, path: data.csv, header_row: 300",
        place="data.csv:300",
    ),
    csv("only-delimiters", [",,,,", *lines()], place="data.csv:1"),
    csv(
        "the-wrong-delimiter",
        lines(),
        input='type: csv, path: data.csv, delimiter: ";"',
        place="data.csv",
    ),
    csv("a-misspelt-column", lines(header="id,who,day,channel,scoer"), place="data.csv"),
    csv("a-page-instead-of-a-table", ["<html><body>", "<p>Login</p>"], place="data.csv"),
    # line ends and encodings
    raw(
        "mixed-line-ends",
        b"".join(one.encode() + (b"\n", b"\r\n")[n % 2] for n, one in enumerate(lines())),
        rows=(20, 20, 0),
    ),
    raw("carriage-returns-only", "\r".join(lines()).encode(), rows=(20, 20, 0)),
    csv(
        "a-nul", lines(row4=line(2, channel="ph\0ne")), rows=(20, 19, 1), rejected=((4, "channel"),)
    ),
    raw("all-nuls", b"\0" * 100_000, place="data.csv"),
    raw(
        "latin-1-in-the-middle",
        _text(lines(500, row300=line(3, channel="café"))).encode("latin-1"),
        place="data.csv:300",
    ),
    raw("a-mark-twice", b"\xef\xbb\xbf" * 2 + _text(lines()).encode(), rows=(20, 20, 0)),
    raw("utf-16-with-its-mark", _text(lines()).encode("utf-16"), rows=(20, 20, 0)),
    raw("utf-16-without-its-mark", _text(lines()).encode("utf-16-le"), place="data.csv"),
    raw("utf-32-with-its-mark", _text(lines()).encode("utf-32"), rows=(20, 20, 0)),
    raw(
        "utf-8-cut-in-a-letter",
        _text(lines(row5=line(3, channel="满"), row21=line(19, channel="满"))).encode()[:-4],
        place="data.csv:21",
    ),
    raw(
        "surrogates-in-utf-8",
        _text(lines(row8=line(6, channel="\ud83d"))).encode("utf-8", "surrogatepass"),
        place="data.csv:8",
    ),
    raw(
        "gb18030",
        _text([HEADER, *(line(n, channel="电话热线") for n in range(20))]).encode("gb18030"),
        rows=(20, 20, 0),
    ),
    raw(
        "the-wrong-encoding-named",
        _text(lines(row8=line(6, channel="热线"))).encode(),
        input="type: csv, path: data.csv, encoding: ascii",
        place="data.csv:8",
    ),
    raw(
        "utf-16-that-ends-in-half-a-letter",
        _text(lines()).encode("utf-16")[:-1],
        place="data.csv:21",
    ),
    # values
    csv(
        "off-scale-values",
        lines(row3=line(1, score="7"), row4=line(2, score="0"), row5=line(3, score="-1")),
        rows=(20, 17, 3),
        rejected=((3, "score"), (4, "score"), (5, "score")),
    ),
    csv(
        "numbers-that-are-none",
        lines(
            row3=line(1, score="1e309"),
            row4=line(2, score="NaN"),
            row5=line(3, score="inf"),
            row6=line(4, score="-Infinity"),
            row7=line(5, score="0x5"),
            row8=line(6, score="5_0"),
        ),
        rows=(20, 14, 6),
        rejected=tuple((row, "score") for row in range(3, 9)),
    ),
    raw(
        "decimal-commas",
        _text([one.replace(",", ";") for one in lines()]).replace(";3\n", ";3,5\n", 1).encode(),
        rows=(20, 19, 1),
        rejected=((4, "score"),),
    ),
    csv(
        "thousands-separators",
        lines(row3=line(1, score='"1,000"')),
        rows=(20, 19, 1),
        rejected=((3, "score"),),
    ),
    csv(
        "a-number-of-a-million-digits",
        lines(row3=line(1, score="9" * 1_000_000)),
        rows=(20, 19, 1),
        rejected=((3, "score"),),
    ),
    csv("full-width-digits", lines(row3=line(1, score="５")), rows=(20, 20, 0)),
    csv(
        "dates-that-never-were",
        lines(
            row3=line(1, day="2026-02-30"), row4=line(2, day="2026-13-01"), row5=line(3, day="0")
        ),
        rows=(20, 17, 3),
        rejected=((3, "day"), (4, "day"), (5, "day")),
    ),
    csv("an-ambiguous-date", lines(row6=line(4, day="03/04/2026")), place="data.csv:6:day"),
    csv(
        "the-ends-of-time",
        lines(
            row3=line(1, day="0001-01-01"),
            row4=line(2, day="9999-12-31"),
            row5=line(3, day="9999-12-31T23:59:59+00:00"),
            row6=line(4, day="0001-01-01T00:00:00+14:00"),
            row7=line(5, day="99999-01-01"),
        ),
        rows=(20, 17, 3),
        rejected=((5, "day"), (6, "day"), (7, "day")),
    ),
    csv(
        "dates-of-another-form",
        lines(),
        input='type: csv, path: data.csv, dates: "%d.%m.%Y"',
        place="data.csv:2:day",
    ),
    csv("formulas", lines(row3=line(1, channel="=cmd|' /C calc'!A0")), rows=(20, 20, 0)),
    csv(
        "a-formula-as-a-score",
        lines(row3=line(1, score="=HYPERLINK(1)")),
        rows=(20, 19, 1),
        rejected=((3, "score"),),
    ),
    csv(
        "terminal-escapes-in-values",
        lines(
            row3=line(1, score=ESCAPES), row4=line(2, day=ESCAPES), row5=line(3, channel=ESCAPES)
        ),
        rows=(20, 18, 2),
        rejected=((3, "score"), (4, "day")),
    ),
    csv(
        "terminal-escapes-in-the-header", lines(header=f"id,who,day,{ESCAPES},sc"), place="data.csv"
    ),
    csv(
        "every-row-rejected",
        [HEADER, *(line(n, score="x") for n in range(50_000))],
        place="data.csv:2:score",
    ),
    # files that are none
    raw("an-empty-file", b"", place="data.csv"),
    csv("only-a-header", [HEADER], place="data.csv"),
    raw("only-white-space", b" \n\t\n   \n" * 50, place="data.csv:1"),
    raw("a-picture", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 100, place="data.csv"),
    raw("a-workbook-called-csv", b"PK\x03\x04" + bytes(500), place="data.csv", says="excel"),
    Hostile("a-folder-called-csv", lambda at: (at / "data.csv").mkdir(), place="data.csv"),
    Hostile(
        "a-symlink-to-itself", lambda at: (at / "data.csv").symlink_to("data.csv"), place="data.csv"
    ),
    Hostile("a-pipe", lambda at: os.mkfifo(at / "data.csv"), place="data.csv"),
    Hostile(
        "an-endless-device", lambda at: (at / "data.csv").symlink_to("/dev/zero"), place="data.csv"
    ),
    raw(
        "a-packed-file-cut-short",
        _gz(_text(lines(2000)).encode())[:-20],
        "data.csv.gz",
        input=GZ,
        place="data.csv.gz",
    ),
    raw(
        "a-packed-file-with-a-wrong-sum",
        _gz(_text(lines(2000)).encode())[:-8] + bytes(8),
        "data.csv.gz",
        input=GZ,
        place="data.csv.gz",
    ),
    Hostile("a-packed-bomb", _bomb, input=GZ, place="data.csv.gz"),
    Hostile("a-packed-bomb-of-one-line", _long_line_bomb, input=GZ, place="data.csv.gz"),
)
