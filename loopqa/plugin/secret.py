"""Options that must not be seen: addresses with passwords, tokens, keys.

They stand in YAML as ``${env:NAME}`` (an environment variable) or ``${file:PATH}`` (a file's only
content), alone or inside a longer text; what is written in plain is kept from sight as well.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, TypeGuard, get_args

from pydantic import AfterValidator, BaseModel, SecretStr

from loopqa.errors import DataError, Place
from loopqa.language import text

REFERENCE = re.compile(r"\$\{(env|file):([^}]+)\}")


def _well_formed(secret: SecretStr) -> SecretStr:
    if "${" in REFERENCE.sub("", secret.get_secret_value()):
        raise ValueError(text("write ${{env:NAME}} or ${{file:PATH}}"))
    return secret


Secret = Annotated[SecretStr, AfterValidator(_well_formed)]
"""The type of an option that must not be seen; :func:`revealed` gives its value."""


def secret_options(config: type[BaseModel]) -> frozenset[str]:
    """The names, as written, of the options that must not be seen, or hold such options."""
    return frozenset(
        field.alias or name
        for name, field in config.model_fields.items()
        if _is_secret(field.annotation)
    )


def _is_secret(kind: Any) -> bool:
    parts = (kind, *get_args(kind))
    inside = any(secret_options(one) for one in parts if _is_model(one))
    return SecretStr in parts or inside or any(map(_is_secret, get_args(kind)))


def _is_model(kind: Any) -> TypeGuard[type[BaseModel]]:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def secrets_in_plain(
    config: type[BaseModel], options: Mapping[str, Any]
) -> Iterator[tuple[str | int, ...]]:
    """Paths of secrets that stand in the options as they are, and not as ``${...}``.

    Addresses are left out: only a password in them is a secret.
    """
    for name, field in config.model_fields.items():
        written = field.alias or name
        if written in options and _is_secret(field.annotation):
            for path in _in_plain(field.annotation, options[written]):
                yield (written, *path)


def _in_plain(kind: Any, value: Any) -> Iterator[tuple[str | int, ...]]:
    """Paths below one option."""
    if isinstance(value, str) and "${" not in value and "://" not in value:
        yield ()
    models = [one for one in (kind, *get_args(kind)) if _is_model(one)]
    if isinstance(value, Mapping) and models:
        yield from secrets_in_plain(models[0], value)
    elif isinstance(value, (Mapping, list)):
        parts = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, one in parts:
            for path in _in_plain(None, one):
                yield (key, *path)


def revealed(secret: SecretStr, root: Path, encode: Callable[[str], str] | None = None) -> str:
    """The value of a secret option, looked up now and not when definitions are loaded.

    Args:
        root: where the paths of ``${file:...}`` start.
        encode: applied to each value that is only a part of the text, as URLs need it.

    Raises:
        DataError: an environment variable is not set, or a file can't be read.
    """
    written = secret.get_secret_value()
    whole = REFERENCE.fullmatch(written.strip())
    if whole is not None:
        return _looked_up(whole, root)
    put = encode or str
    return REFERENCE.sub(lambda found: put(_looked_up(found, root)), written)


def references(secret: SecretStr, root: Path) -> frozenset[str]:
    """The values that a secret's references stand for, as far as they can be looked up."""
    found: set[str] = set()
    for one in REFERENCE.finditer(secret.get_secret_value()):
        with suppress(DataError):
            found.add(_looked_up(one, root))
    return frozenset(found)


def looked_up(written: str, root: Path) -> str:
    """A text with its references replaced, for options that may be seen, such as a host's name.

    Raises:
        DataError: as :func:`revealed`.
    """
    return revealed(SecretStr(written), root)


def _looked_up(found: re.Match[str], root: Path) -> str:
    kind, name = found[1], found[2].strip()
    return _of_environment(name) if kind == "env" else _of_file(root / name, name)


def _of_environment(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise DataError(
            text("the environment variable {name} is not set", name=name),
            hint=text("set it where loopqa runs, or write ${{file:PATH}} and keep it in a file"),
        )
    return value


def _of_file(path: Path, name: str) -> str:
    try:
        value = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise DataError(
            text("the file of a secret can't be read: {why}", why=why), place=Place(name)
        ) from error
    if not value:
        raise DataError(text("the file of a secret is empty"), place=Place(name))
    return value
