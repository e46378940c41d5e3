"""Start a plugin: a working file with its test, or a package; nothing that is there is touched."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from os.path import lexists
from pathlib import Path
from string import Template

from loopqa import __version__
from loopqa.errors import Place, RunFailed, UsageError
from loopqa.language import text

KINDS = ("source", "scoring", "notifier")

_TEMPLATES = Path(__file__).parent / "plugin_templates"
_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")


@dataclass(frozen=True)
class Started:
    """What was written, and where its tests are run."""

    type: str  #: the name in YAML
    folder: Path
    files: tuple[Path, ...]  #: relative to the folder


def start_plugin(
    kind: str, name: str, folder: Path, *, taken: Collection[str] = (), package: bool = False
) -> Started:
    """Write a plugin of a kind into the workspace ``folder``, or as a package into a new one in it.

    Either all files are new, or nothing is written.

    Args:
        kind: source, scoring or notifier.
        name: such as ``mystery-visits``; in YAML and Python it is ``mystery_visits``.
        taken: types that there are already.

    Raises:
        UsageError: the name is none, or taken, or a file of that name exists already.
        RunFailed: the folder can't be written.
    """
    type_ = _type_of(name, taken)
    words = _words(kind, type_, package)
    if package:
        folder = folder / words["distribution"]
    files = {
        Path(target): Template((_TEMPLATES / f"{template}.txt").read_text("utf-8"))
        for target, template in _files(kind, words, package).items()
    }
    existing = [target for target in files if lexists(folder / target)]
    if existing:
        shown = Path(folder.name) / existing[0] if package else existing[0]
        raise UsageError(
            text("{path} exists already; nothing was written", path=str(shown)),
            hint=text("choose another name"),
        )
    _write_all({folder / one: template.substitute(words) for one, template in files.items()})
    return Started(type_, folder, tuple(files))


def _type_of(name: str, taken: Collection[str]) -> str:
    type_ = name.replace("-", "_")
    if not _NAME.fullmatch(name) or keyword.iskeyword(type_):
        raise UsageError(
            text("'{name}' is no name for a plugin", name=name),
            hint=text("use small letters, digits and hyphens, as in mystery-visits"),
        )
    if type_ in taken:
        raise UsageError(
            text("there is a plugin of the type '{type}' already", type=type_),
            hint=text("choose another name"),
        )
    return type_


def _words(kind: str, type_: str, package: bool) -> dict[str, str]:
    """What stands in the templates in place of their variables."""
    class_ = "".join(part.capitalize() for part in type_.split("_"))
    module = f"loopqa_{type_}"
    imported = f"from {module} import {class_}\n"
    loading = f'\n{class_} = loaded("plugins/{type_}.py").{class_}\n'
    return {
        "kind": "scoring scheme" if kind == "scoring" else kind,
        "type": type_,
        "Class": class_,
        "package": module,
        "distribution": f"loopqa-{type_.replace('_', '-')}",
        "version": __version__,
        "and_loaded": "" if package else ", loaded",
        "import_line": imported if package else loading,
    }


def _files(kind: str, words: Mapping[str, str], package: bool) -> dict[str, str]:
    """Each file to write, and the template it is made of."""
    test = f"tests/test_{words['type']}.py"
    if not package:
        return {f"plugins/{words['type']}.py": f"{kind}.py", test: f"test_{kind}.py"}
    return {
        "pyproject.toml": "pyproject.toml",
        "README.md": "README.md",
        f"src/{words['package']}/__init__.py": f"{kind}.py",
        f"src/{words['package']}/py.typed": "py.typed",
        test: f"test_{kind}.py",
    }


def _write_all(files: Mapping[Path, str]) -> None:
    """All of them, or none."""
    begun: list[Path] = []
    try:
        for path, content in files.items():
            begun.append(path)
            _write(path, content)
    except RunFailed:
        for path in begun:
            with suppress(OSError):
                path.unlink()
        raise


def _write(path: Path, content: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise RunFailed(
            text("the file can't be written: {reason}", reason=error.strerror or str(error)),
            place=Place(str(path)),
            hint=text("is there a file where a folder should be, and may you write there?"),
        ) from error
