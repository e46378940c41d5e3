"""A zip of one text file is read as that file; any other archive is refused in words."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from tests.builtin.hostile_files import complaint, rows, source

TEXT = "客户,评分\n张三,5\n"


def zipped(*members: tuple[str, str | bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return packed.getvalue()


def kept(folder: Path, content: bytes) -> Path:
    (folder / "log.zip").write_bytes(content)
    return folder


@pytest.mark.parametrize("name", ["log.csv", "export/LOG.CSV", "log.txt"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_the_only_text_file_of_an_archive_is_read(tmp_path: Path, name: str, encoding: str) -> None:
    kept(tmp_path, zipped(("export/", ""), (name, TEXT.encode(encoding))))
    assert rows(source(tmp_path, "csv", "log.zip")) == [
        {"客户": "张三", "评分": "5", "_file": "log.zip", "_row": 2}
    ]


def test_an_archive_of_several_files_has_to_be_unpacked(tmp_path: Path) -> None:
    kept(tmp_path, zipped(("a.csv", TEXT), ("b.csv", TEXT)))
    assert complaint(tmp_path, "csv", "log.zip") == (
        "log.zip: the archive does not hold just one text file\n"
        "  hint: unpack it and name the files, for example path: data/*.csv"
    )


def test_a_workbook_is_still_told_by_its_right_type(tmp_path: Path) -> None:
    kept(tmp_path, zipped(("[Content_Types].xml", "<x/>"), ("xl/workbook.xml", "<x/>")))
    assert "hint: read it with 'type: excel'" in complaint(tmp_path, "csv", "log.zip")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    kept(tmp_path, zipped(("log.csv", b"a,b\n" + b"0" * 60_000_000)))
    assert complaint(tmp_path, "csv", "log.zip") == (
        "log.zip: the archive would unpack to 60 MB\n"
        "  hint: this looks like a zip bomb; unpack it yourself if it is none"
    )


def test_a_damaged_archive_is_an_error_in_words(tmp_path: Path) -> None:
    whole = zipped(("log.csv", "a,b\n" + "".join(f"{n},{n * 7919}\n" for n in range(5000))))
    for content in (whole[: len(whole) // 2], whole[:400] + b"\0" * 40 + whole[440:], whole[:4]):
        kept(tmp_path, content)
        assert complaint(tmp_path, "csv", "log.zip").startswith("log.zip: the file can't")
