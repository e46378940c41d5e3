"""The key of a workspace's pseudonyms, and the pseudonyms of customers."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from loopqa.errors import DataError, Place
from loopqa.language import text

KEY_BYTES = 32
PSEUDONYM_BYTES = 16
_BLOCK = 64  #: bytes of a block of SHA-256
_PIECE = 10_000
_HEAD = "loopqa-key-1:"  #: version of the key file


def load_or_create_key(path: Path) -> bytes:
    """The key in the file, created (mode 0600) if there is none yet.

    Two processes that create it at once end with the same key: the file appears complete, under
    its own name, once.

    Raises:
        DataError: the file is not a key file, or others may read it.
    """
    if not path.exists():
        _create(path)
    return _load(path)


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(_HEAD + secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        _publish(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def _publish(fresh: Path, path: Path) -> None:
    """Give the file its name, unless another process was faster: a link never overwrites."""
    try:
        os.link(fresh, path)
    except FileExistsError:
        return


def _load(path: Path) -> bytes:
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise DataError(
            text("other users may read the key of the pseudonyms"),
            place=Place(str(path)),
            hint=text("run `chmod 600 {path}`", path=path),
        )
    written = path.read_text(encoding="utf-8", errors="replace").strip()
    try:
        key = bytes.fromhex(written.removeprefix(_HEAD)) if written.startswith(_HEAD) else b""
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise DataError(
            text("not a key file of LoopQA"),
            place=Place(str(path)),
            hint=text("restore it from a backup: without it, customers can't be recognised again"),
        )
    return key


def pseudonyms(identities: list[str], key: bytes) -> Any:
    """HMAC-SHA256 of each identity, cut to 16 bytes, as an Arrow array; null for the empty text."""
    sign = _signer(key)
    return pa.array(
        [sign(one.encode()) if one else None for one in identities], pa.binary(PSEUDONYM_BYTES)
    )


def pseudonyms_of_hex(written: list[str]) -> Any:
    """Pseudonyms that were made before, from their hexadecimal digits; as :func:`pseudonyms`."""
    return pa.array(
        [bytes.fromhex(one) if one else None for one in written], pa.binary(PSEUDONYM_BYTES)
    )


def in_pieces(identities: Any, make: Callable[[list[str]], Any]) -> Any:
    """Pseudonyms of an Arrow array of texts, some at a time: texts in Python need much room."""
    pieces = (identities.slice(at, _PIECE) for at in range(0, len(identities), _PIECE))
    made = [make(piece.to_pylist()) for piece in pieces]
    return pa.concat_arrays(made) if made else pa.array([], pa.binary(PSEUDONYM_BYTES))


def _signer(key: bytes) -> Callable[[bytes], bytes]:
    """HMAC (RFC 2104) with the key's two blocks hashed once: twice as fast as ``hmac.digest``."""
    block = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def sign(message: bytes) -> bytes:
        first, second = inner.copy(), outer.copy()
        first.update(message)
        second.update(first.digest())
        return second.digest()[:PSEUDONYM_BYTES]

    return sign
