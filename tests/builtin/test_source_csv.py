"""The source ``csv`` on good and on hostile files."""

from __future__ import annotations

import csv
import gzip
import io
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopqa.builtin.csv_lines import Ragged, RecordLines
from loopqa.plugin import ReadContext, Rejected
from tests.builtin.hostile_files import complaint, items, rejected, rows, source

CHINESE = "客户,评分,意见\n张三,5,很好\n李四,4,等待时间太长\n"
READ_CHINESE = [
    {"客户": "张三", "评分": "5", "意见": "很好", "_file": "a.csv", "_row": 2},
    {"客户": "李四", "评分": "4", "意见": "等待时间太长", "_file": "a.csv", "_row": 3},
]


def write(folder: Path, content: bytes | str, name: str = "a.csv") -> Path:
    data = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(data)
    return folder


def test_every_value_is_the_text_it_was(tmp_path: Path) -> None:
    write(tmp_path, 'a,b,c\n007,NULL,\n1e3,"",N/A\n')
    assert rows(source(tmp_path, "csv", "a.csv")) == [
        {"a": "007", "b": "NULL", "c": "", "_file": "a.csv", "_row": 2},
        {"a": "1e3", "b": "", "c": "N/A", "_file": "a.csv", "_row": 3},
    ]


@pytest.mark.parametrize(
    "content",
    [
        CHINESE.encode(),
        b"\xef\xbb\xbf" + CHINESE.encode(),
        b"\xff\xfe" + CHINESE.encode("utf-16-le"),
        b"\xfe\xff" + CHINESE.encode("utf-16-be"),
        CHINESE.encode("gb18030"),
        gzip.compress(CHINESE.encode()),
        CHINESE.replace("\n", "\r\n").encode("gb18030"),
        CHINESE.replace(",", "\t").encode(),
        CHINESE.replace(",", ";").encode("utf-16"),
        CHINESE.replace(",", "|").encode(),
        CHINESE.rstrip().encode(),
    ],
)
def test_encodings_and_delimiters_are_found_out(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, content)
    assert rows(source(tmp_path, "csv", "a.csv")) == READ_CHINESE


def test_gb18030_is_recognised_by_its_last_line(tmp_path: Path) -> None:
    lines = "name,score\n" + "Smith,4\n" * 300_000 + "张三,5\n"
    write(tmp_path, lines.encode("gb18030"))
    assert rows(source(tmp_path, "csv", "a.csv"))[-1]["name"] == "张三"


def test_latin_1_is_not_taken_for_chinese(tmp_path: Path) -> None:
    write(tmp_path, "name,score\nSmith,3\ncafés,5\nMüller,4\n".encode("latin-1"))
    assert complaint(tmp_path, "csv", "a.csv") == (
        "a.csv:3: the text is not UTF-8\n"
        "  hint: save the file as UTF-8, or name its encoding, as in 'encoding: gb18030'"
    )
    named = source(tmp_path, "csv", "a.csv", encoding="latin-1")
    assert [row["name"] for row in rows(named)] == ["Smith", "cafés", "Müller"]


def test_a_wrong_named_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, CHINESE.encode("gb18030"))
    assert complaint(tmp_path, "csv", "a.csv", encoding="utf8").startswith(
        "a.csv:1: the text is not UTF-8"
    )


def test_gbk_means_gb18030(tmp_path: Path) -> None:
    write(tmp_path, "name\n㐂\n𠮷\n".encode("gb18030"))
    made = source(tmp_path, "csv", "a.csv", encoding="gbk")
    assert [row["name"] for row in rows(made)] == ["㐂", "𠮷"]


def test_utf_16_without_its_mark_needs_a_name(tmp_path: Path) -> None:
    write(tmp_path, "name,score\nSmith,5\n".encode("utf-16-le"))
    assert complaint(tmp_path, "csv", "a.csv") == (
        "a.csv: the file is not text, or UTF-16 without a byte-order mark\n"
        "  hint: if it is text, name its encoding: 'encoding: utf-16-le'"
    )
    assert len(rows(source(tmp_path, "csv", "a.csv", encoding="UTF-16-LE"))) == 1


def test_a_workbook_with_the_wrong_type_is_recognised(tmp_path: Path) -> None:
    write(tmp_path, b"PK\x03\x04rest")
    assert complaint(tmp_path, "csv", "a.csv") == (
        "a.csv: the file is not text\n  hint: read it with 'type: excel'"
    )


def test_rows_with_a_wrong_number_of_fields_are_rejected_with_their_line(tmp_path: Path) -> None:
    write(tmp_path, "a,b\n1,2\n3\n\n4,5\n6,7,8\n9,0\n\n")
    made = source(tmp_path, "csv", "a.csv")
    assert [(row["a"], row["_row"]) for row in rows(made)] == [("1", 2), ("4", 5), ("9", 7)]
    assert rejected(made) == [
        (3, None, "the row has fewer fields than the header"),
        (6, None, "the row has more fields than the header"),
    ]


def test_lines_stay_right_with_line_breaks_inside_fields(tmp_path: Path) -> None:
    write(tmp_path, 'a;b\r\n1;"x\r\n\r\ny"\r\n\r\n2\r\n3;z\r\n')
    made = source(tmp_path, "csv", "a.csv")
    assert [(row["b"], row["_row"]) for row in rows(made)] == [("x\r\n\r\ny", 2), ("z", 7)]
    assert rejected(made) == [(6, None, "the row has fewer fields than the header")]
    only_a = rows(made, frozenset("a"))
    assert [(row["a"], row["_row"]) for row in only_a] == [("1", 2), ("3", 7)]


def test_a_quotation_mark_that_swallows_the_rest_is_an_error_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, 'a,b,c\n1,2,3\n4,"5,6\n' + "6,7,8\n" * 1000)
    assert complaint(tmp_path, "csv", "a.csv") == (
        "a.csv:3: a quotation mark that opens in this line is never closed\n"
        "  hint: close it, or write it twice if it belongs to the text"
    )


def test_a_huge_swallowed_rest_is_an_error_too(tmp_path: Path) -> None:
    write(tmp_path, 'a,b,c\n1,2,3\n4,"5,6\n' + "6,7,8\n" * 1_000_000)
    assert complaint(tmp_path, "csv", "a.csv").startswith("a.csv:3: a quotation mark")


def test_two_open_quotation_marks_far_apart_are_an_error(tmp_path: Path) -> None:
    write(tmp_path, 'a,b,c\n4,"5,6\n' + "6,7,8\n" * 2_000_000 + '4,"5,6\n')
    assert complaint(tmp_path, "csv", "a.csv") == (
        "a.csv:2: a row after this line is longer than 4 MB\n"
        "  hint: look for a quotation mark that is not closed"
    )


def test_all_lines_of_a_ragged_row_are_rejected_with_a_hint_at_quotation_marks(
    tmp_path: Path,
) -> None:
    write(tmp_path, 'a,b,c\n4,"5,6\n6,7"\n1,2,3\n')
    made = source(tmp_path, "csv", "a.csv")
    reason = "the row spans several lines; a quotation mark may not be closed"
    assert rejected(made) == [(2, None, reason), (3, None, reason)]
    assert [row["_row"] for row in rows(made)] == [4]


def test_quotation_marks_inside_words_are_text(tmp_path: Path) -> None:
    write(tmp_path, 'a,b\n5" pipe,1\n"say ""hi""",2\n')
    found = rows(source(tmp_path, "csv", "a.csv"))
    assert [row["a"] for row in found] == ['5" pipe', 'say "hi"']


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "")
    assert complaint(tmp_path, "csv", "a.csv") == (
        "a.csv: the file is empty\n  hint: export it again, or take it out of the input"
    )


@pytest.mark.parametrize("content", ["a,b", "a,b\n", "a,b\r\n\r\n"])
def test_a_file_of_only_a_header_yields_an_empty_batch(tmp_path: Path, content: str) -> None:
    write(tmp_path, content)
    (batch,) = items(source(tmp_path, "csv", "a.csv"))
    assert batch.num_rows == 0
    assert batch.schema.names == ["a", "b", "_file", "_row"]


def test_the_header_may_stand_below_other_lines(tmp_path: Path) -> None:
    write(tmp_path, 'Report of June\n\n"a\nx",b\n1,2\n')
    assert rows(source(tmp_path, "csv", "a.csv", header_row=3)) == [
        {"a x": "1", "b": "2", "_file": "a.csv", "_row": 5}
    ]
    assert complaint(tmp_path, "csv", "a.csv", header_row=2) == (
        "a.csv:2: there are no column names in this line\n"
        "  hint: say which line holds them: 'header_row: 3'"
    )
    assert complaint(tmp_path, "csv", "a.csv", header_row=9).startswith("a.csv:9: there are no")


def test_columns_of_the_same_name_are_an_error_only_where_they_are_wanted(tmp_path: Path) -> None:
    write(tmp_path, "a,b,a,,\n1,2,3,4,5\n")
    assert complaint(tmp_path, "csv", "a.csv") == (
        "a.csv:1: columns 1 and 3 are both called 'a'\n  hint: give each column a name of its own"
    )
    made = source(tmp_path, "csv", "a.csv")
    assert rows(made, frozenset("b")) == [{"b": "2", "_file": "a.csv", "_row": 2}]


def test_a_row_with_a_nul_character_is_rejected(tmp_path: Path) -> None:
    write(tmp_path, b"a,b\n1,2\n3,\x004\n5,6\n")
    made = source(tmp_path, "csv", "a.csv")
    assert rejected(made) == [(3, "b", "the value holds a NUL character")]
    assert [row["_row"] for row in rows(made)] == [2, 4]


def test_a_damaged_gzip_file_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, gzip.compress(b"a,b\n" + b"1,2\n" * 10_000)[:-20])
    assert complaint(tmp_path, "csv", "a.csv") == (
        "a.csv: the packed file is damaged or cut short\n  hint: fetch it again"
    )


def test_carriage_returns_alone_end_lines_too(tmp_path: Path) -> None:
    write(tmp_path, b"a,b\r1,2\r3,4\r")
    assert [row["_row"] for row in rows(source(tmp_path, "csv", "a.csv"))] == [2, 3]


def test_several_patterns_are_read_in_order_each_file_once(tmp_path: Path) -> None:
    for month in ("2026-02", "2026-01", "2025-12"):
        write(tmp_path, f"m\n{month}\n", f"r-{month}.csv")
    made = source(tmp_path, "csv", ["r-2025*.csv", "r-*.csv"])
    assert [row["m"] for row in rows(made)] == ["2025-12", "2026-01", "2026-02"]
    assert made.columns() == ("m",)


def test_check_tells_what_reading_would(tmp_path: Path) -> None:
    write(tmp_path, "")
    with pytest.raises(Exception, match="the file is empty"):
        source(tmp_path, "csv", "a.csv").check()


def test_wrong_options_are_told_in_words(tmp_path: Path) -> None:
    assert complaint(tmp_path, "csv", "a.csv", encoding="klingon", delimiter="ab") == (
        "option 'encoding': there is no encoding 'klingon'\n"
        "option 'delimiter': write one character, or 'tab'"
    )
    assert "there is no encoding 'hex'" in complaint(tmp_path, "csv", "a.csv", encoding="hex")


def test_progress_is_told_in_bytes(tmp_path: Path) -> None:
    write(tmp_path, "a,b\n" + "1,2\n" * 3_000_000)
    told: list[tuple[str, int, int | None]] = []
    made = source(tmp_path, "csv", "a.csv")
    for _ in made.read(ReadContext(progress=lambda *news: told.append(news))):
        pass
    assert told[-1] == ("a.csv", 12_000_004, 12_000_004)
    assert len(told) == 3


def test_two_thousand_rows_take_little_of_the_processor(tmp_path: Path) -> None:
    header = ",".join(f"c{n}" for n in range(20))
    write(tmp_path, header + "\n" + (",".join(["4"] * 20) + "\n") * 2000)
    made = source(tmp_path, "csv", "a.csv")
    items(made)
    times = []
    for _ in range(5):
        start = time.process_time()
        items(made)
        times.append(time.process_time() - start)
    assert min(times) < 0.1


FIELD = st.text(st.sampled_from('ab," \n;'), max_size=4)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(FIELD, FIELD, st.sampled_from(["", "\n", "3\n", "1,2,3\n"]))))
def test_every_record_is_found_again_in_its_line(
    tmp_path_factory: pytest.TempPathFactory, written: list[tuple[str, str, str]]
) -> None:
    out = io.StringIO()
    out.write("a,b\n")
    expected, bad = [], []
    for first, second, between in written:
        line = out.getvalue().count("\n") + 1
        csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow((first, second))
        expected.append((first, second, line))
        if between.strip():
            bad.append(out.getvalue().count("\n") + 1)
        out.write(between)
    folder = write(tmp_path_factory.mktemp("csv"), out.getvalue())
    found = items(source(folder, "csv", "a.csv"))
    sound = [row for item in found if not isinstance(item, Rejected) for row in item.to_pylist()]
    assert [(row["a"], row["b"], row["_row"]) for row in sound] == expected
    assert [item.row for item in found if isinstance(item, Rejected)] == bad


def test_ragged_records_after_the_last_batch_have_lines_too() -> None:
    lines = RecordLines(2, 2)
    lines.ragged[2] = Ragged(2, 1, 3, 4)
    lines.ragged[3] = Ragged(3, 1, 3, 0)
    assert [line for line, _ in lines.rest()] == [2, 7]
