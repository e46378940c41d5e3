"""What third parties get is what the plugins of this project use: the names of one module."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import loopqa.plugin
from loopqa.language import Text
from loopqa.plugin import hookspecs
from loopqa.plugin.vetting import BASES, HOOKS

ROOT = Path(__file__).parents[2]


def imported(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(module, names) of every import in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ".", tuple(alias.name for alias in node.names)


def first_party() -> list[Path]:
    """The plugins beside the package, without their tests, which may use the test kit."""
    found = sorted((ROOT / "plugins").rglob("*.py"))
    return [one for one in found if not one.name.startswith("test_") and "tests" not in one.parts]


def test_first_party_plugins_import_nothing_of_loopqa_but_the_interface() -> None:
    assert {
        f"{path.relative_to(ROOT)}: {module}"
        for path in first_party()
        for module, _ in imported(path)
        if module.split(".")[0] == "loopqa" and module != "loopqa.plugin"
    } == set()


def test_first_party_plugins_use_public_names_only() -> None:
    assert {
        f"{path.relative_to(ROOT)}: {name}"
        for path in first_party()
        for module, names in imported(path)
        if module == "loopqa.plugin"
        for name in names
        if name not in loopqa.plugin.__all__
    } == set()


def test_every_public_name_is_listed_once_and_found_in_its_module() -> None:
    names = loopqa.plugin.__all__
    assert len(names) == len(set(names))
    assert set(names) == {*loopqa.plugin._HOME, "LOOPQA_API"}
    assert all(getattr(loopqa.plugin, name) is not None for name in names)


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    assert not hasattr(loopqa.plugin, "Sauce")


def test_the_errors_and_texts_of_the_interface_load_no_heavy_library() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys\n"
            "from loopqa.plugin import DataError, LevelCoding, PluginError, Score, text\n"
            "print({'pydantic', 'pluggy', 'pyarrow', 'sqlmodel'} & set(sys.modules))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "set()\n"


def test_a_sentence_keeps_its_own_chinese_when_it_is_stored() -> None:
    told = loopqa.plugin.text("{n} stars", zh="{n} 颗星", n=3)
    again = Text.from_dict(told.to_dict())
    assert again == told
    assert (again.render("en"), again.render("zh")) == ("3 stars", "3 颗星")


def test_every_hook_and_every_class_of_authors_has_a_heading_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "plugins.md").read_text(encoding="utf-8")
    headings = {line.removeprefix("### ") for line in page.splitlines() if line.startswith("### ")}
    bases = {one.__name__ for one in BASES.values()}
    assert headings >= {*HOOKS, *bases, "ReadContext", "Outgoing", "ReportContext", "AuditEntry"}


def test_the_reference_names_the_arguments_of_every_hook() -> None:
    page = (ROOT / "docs" / "reference" / "plugins.md").read_text(encoding="utf-8")
    for hook in HOOKS:
        (row,) = [line for line in page.splitlines() if line.startswith(f"| [`{hook}`]")]
        names = inspect.signature(getattr(hookspecs, hook)).parameters
        assert all(f"`{name}`" in row for name in names)
