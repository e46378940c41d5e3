"""The shipped rubrics, templates and plugins, from an installed package or from a checkout."""

from __future__ import annotations

from pathlib import Path

from loopqa.define.fields import did_you_mean
from loopqa.define.settings import SETTINGS_FILE
from loopqa.define.strict_yaml import read_yaml
from loopqa.errors import UsageError
from loopqa.language import text

_PACKAGE = Path(__file__).resolve().parent.parent


def _folder(name: str) -> Path:
    packed = _PACKAGE / "library" / name
    return packed if packed.is_dir() else _PACKAGE.parent / name


def rubric_names() -> tuple[str, ...]:
    """The shipped rubrics, by name."""
    return tuple(sorted(path.stem for path in _folder("rubrics").glob("*.yaml")))


def template_names() -> tuple[str, ...]:
    """The templates that ``loopqa init`` can start from."""
    found = (path.parent.name for path in _folder("workflows").glob(f"*/{SETTINGS_FILE}"))
    return tuple(sorted(found))


def rubric_path(name: str) -> Path:
    """The file of a shipped rubric.

    Raises:
        UsageError: there is none of this name.
    """
    if name not in rubric_names():
        message = text("there is no shipped rubric '{name}'", name=name)
        raise UsageError(message, hint=did_you_mean(name, list(rubric_names())))
    return _folder("rubrics") / f"{name}.yaml"


def plugin_names() -> tuple[str, ...]:
    """The plugins that come beside LoopQA as single files, by name."""
    return tuple(sorted(path.stem for path in _folder("plugins").glob("*.py")))


def plugin_path(name: str) -> Path:
    """The file of such a plugin.

    Raises:
        UsageError: there is none of this name.
    """
    if name not in plugin_names():
        message = text("no plugin '{name}' comes with LoopQA", name=name)
        raise UsageError(message, hint=did_you_mean(name, list(plugin_names())))
    return _folder("plugins") / f"{name}.py"


def template_files(name: str) -> dict[Path, Path]:
    """Every file of a template: its path in the new workspace and where it is copied from.

    The rubrics that its workflows name come along from the shipped ones.

    Raises:
        UsageError: there is no template of this name.
    """
    if name not in template_names():
        message = text("there is no template '{name}'", name=name)
        raise UsageError(message, hint=did_you_mean(name, list(template_names())))
    folder = _folder("workflows") / name
    files = {path.relative_to(folder): path for path in sorted(folder.rglob("*")) if path.is_file()}
    for workflow in sorted((folder / "workflows").glob("*.yaml")):
        rubric = _rubric_of(workflow)
        if rubric in rubric_names():
            files.setdefault(Path("rubrics") / f"{rubric}.yaml", rubric_path(rubric))
    return files


def _rubric_of(workflow: Path) -> str:
    return str(read_yaml(workflow).root.content.get("rubric", ""))
