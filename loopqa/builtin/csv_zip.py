"""A zip archive that holds one text file is read as that file."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import IO, Any, cast

from loopqa.builtin.file_search import FoundFile
from loopqa.builtin.workbook import LARGE, LARGEST, RATIO
from loopqa.errors import DataError
from loopqa.language import text

SIGNATURE = b"PK\x03\x04"
ENDINGS = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson")
WORKBOOKS = ("[Content_Types].xml", "mimetype")  #: parts of Excel's and OpenDocument's files

_DAMAGE = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError)


class _Unpacked(io.RawIOBase):
    """The one file of an archive; damage found on the way is an ``OSError`` like any other."""

    def __init__(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
        super().__init__()
        self.fileobj = archive.fp  #: tells how far the archive itself is read
        self._archive = archive
        self._stream = archive.open(member)

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Unpack the next bytes."""
        try:
            octets = self._stream.read(len(buffer))
        except _DAMAGE as error:
            raise OSError(str(error)) from error
        buffer[: len(octets)] = octets
        return len(octets)

    def close(self) -> None:
        """Close the archive with it."""
        self._stream.close()
        self._archive.close()
        super().close()


def open_only_text(file: FoundFile) -> IO[bytes] | None:
    """The only text file of an archive, unpacked while it is read; None for a workbook
    (or what is called like one and is damaged).

    Raises:
        DataError: it holds other files, or would unpack to far more than text does.
        OSError: the archive is damaged, or needs a password.
    """
    try:
        archive = zipfile.ZipFile(file.path)
        members = [one for one in archive.infolist() if not one.is_dir()]
        if any(one.filename in WORKBOOKS for one in members):
            archive.close()
            return None
        _refuse_others(file, members)
        return cast("IO[bytes]", io.BufferedReader(_Unpacked(archive, members[0])))
    except _DAMAGE as error:
        if file.path.suffix.lower() != ".zip":
            return None
        raise OSError(str(error)) from error


def _refuse_others(file: FoundFile, members: list[zipfile.ZipInfo]) -> None:
    if len(members) != 1 or not members[0].filename.lower().endswith(ENDINGS):
        raise DataError(
            text("the archive does not hold just one text file"),
            place=file.place,
            hint=text("unpack it and name the files, for example path: data/*.csv"),
        )
    (member,) = members
    if member.file_size > min(LARGEST, max(LARGE, RATIO * member.compress_size)):
        raise DataError(
            text("the archive would unpack to {size} MB", size=member.file_size // 1_000_000),
            place=file.place,
            hint=text("this looks like a zip bomb; unpack it yourself if it is none"),
        )
