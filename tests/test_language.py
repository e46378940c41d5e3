"""Every sentence for people exists in English and in Chinese, with the same parameters."""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

import click
import pytest

import loopqa
from loopqa.cli.root import COMMANDS, root
from loopqa.cli.translated import paragraphs
from loopqa.language import speaking

PACKAGE = Path(loopqa.__file__).parent
CATALOGUE = PACKAGE / "locale" / "zh"
HELP = "help.json"  #: holds what ``--help`` says, and nothing else


@dataclass(frozen=True)
class Call:
    """One ``text("...")`` or ``Text("...")`` in the source."""

    place: str
    module: str
    template: str | None  #: None: not a literal
    params: frozenset[str] | None  #: None: cannot be told from the source
    takes_up: bool = False  #: goes on with a sentence that stands as a literal elsewhere
    zh: str | None = None  #: the Chinese that it brings itself


def placeholders(template: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name is not None)


def has_words(template: str) -> bool:
    """Whether there is anything to translate; commands to be typed are not."""
    return not template.lstrip().startswith("loopqa ") and any(
        any(map(str.isalpha, words)) for words, *_ in Formatter().parse(template)
    )


def nothing(wrong: Iterable[str]) -> None:
    """Fail with every wrong line, uncut."""
    lines = list(wrong)
    assert not lines, "\n" + "\n".join(lines)


def modules() -> Iterator[tuple[Path, ast.Module]]:
    """The package's modules, and the plugins that come beside it."""
    for path in sorted([*PACKAGE.rglob("*.py"), *(PACKAGE.parent / "plugins").rglob("*.py")]):
        yield path, ast.parse(path.read_text(encoding="utf-8"), str(path))


def name_of(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else ""


def words_of_language(tree: ast.Module) -> set[str]:
    """Which of ``text`` and ``Text`` a module has from LoopQA (others have them too)."""
    return {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in {"loopqa.language", "loopqa.plugin"}
        for alias in node.names
    } & {"text", "Text"}


def params_of(call: ast.Call) -> frozenset[str] | None:
    """Names of the values that are passed along, as far as they stand in the source."""
    if name_of(call.func) == "text":
        names = [keyword.arg for keyword in call.keywords if keyword.arg != "zh"]
    elif len(call.args) < 2:
        names = []
    elif isinstance(call.args[1], ast.Dict):
        names = [getattr(key, "value", None) for key in call.args[1].keys]
    else:
        return None
    return None if None in names else frozenset(names)


def own_chinese(call: ast.Call) -> str | None:
    """The literal ``zh=...`` of a sentence."""
    given = [one.value for one in call.keywords if one.arg == "zh"]
    return given[0].value if given and isinstance(given[0], ast.Constant) else None


def calls() -> Iterator[Call]:
    for path, tree in modules():
        spoken = words_of_language(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and name_of(node.func) in spoken and node.args:
                first = node.args[0]
                literal = isinstance(first, ast.Constant) and isinstance(first.value, str)
                module = str(path.relative_to(PACKAGE.parent))
                yield Call(
                    f"{module}:{node.lineno}",
                    module,
                    first.value if literal else None,
                    params_of(node),
                    ast.unparse(first).rpartition(".")[2] in {"template", "reason"},
                    own_chinese(node),
                )


def strings() -> set[str]:
    """All string literals of the package, wherever they stand; plugins have no catalogue."""
    return {
        node.value
        for path, tree in modules()
        if path.is_relative_to(PACKAGE)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def helps(command: click.Command, path: str) -> Iterator[tuple[str, str]]:
    """(command, paragraph) of the help of a command, its options and everything below it."""
    texts = [command.help, *(getattr(one, "help", None) for one in command.params)]
    yield from ((path, template) for words in texts if words for template in paragraphs(words))
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None, f"{path} {name}"
            yield from helps(below, f"{path} {name}")


def help_texts() -> dict[str, str]:
    """Everything that ``--help`` may say, with one of the commands that say it."""
    lines = {line: "loopqa" for _, line in COMMANDS.values()}
    with speaking("en"):
        return lines | {template: path for path, template in helps(root, "loopqa")}


def entries() -> list[tuple[str, str, str]]:
    """(file, template, translation) of the catalogue, repeated keys included."""
    return [
        (file.name, template, translation)
        for file in sorted(CATALOGUE.glob("*.json"))
        for template, translation in json.loads(
            file.read_text(encoding="utf-8"), object_pairs_hook=list
        )
    ]


@pytest.fixture(scope="module")
def sentences() -> list[Call]:
    return list(calls())


@pytest.fixture(scope="module")
def translations() -> dict[str, str]:
    return {template: translation for _, template, translation in entries()}


def test_every_sentence_has_a_chinese_translation(
    sentences: list[Call], translations: dict[str, str]
) -> None:
    spoken = {
        call.template: call.place
        for call in sentences
        if call.template is not None and call.zh is None
    }
    nothing(f"{place}: {said!r}" for said, place in spoken.items() if said not in translations)


def test_every_translation_has_the_placeholders_of_its_sentence(
    translations: dict[str, str],
) -> None:
    nothing(
        template
        for template, translation in translations.items()
        if placeholders(template) != placeholders(translation)
    )


def test_only_plugins_of_their_own_bring_their_own_chinese(sentences: list[Call]) -> None:
    nothing(
        call.place
        for call in sentences
        if (call.zh is not None) != call.module.startswith("plugins/") and call.template is not None
    )


def test_own_chinese_has_the_placeholders_of_its_sentence(sentences: list[Call]) -> None:
    nothing(
        f"{call.place}: {call.zh!r}"
        for call in sentences
        if call.zh is not None and call.template is not None
        if placeholders(call.zh) != placeholders(call.template) or call.zh == call.template
    )


def test_every_sentence_is_given_the_values_it_names(sentences: list[Call]) -> None:
    later = {(call.module, call.params) for call in sentences if call.takes_up}
    nothing(
        f"{call.place}: {call.template!r} is given {sorted(call.params)}"
        for call in sentences
        if call.template is not None and call.params is not None
        if call.params != placeholders(call.template)
        if call.params or (call.module, placeholders(call.template)) not in later
    )


def test_no_sentence_is_put_together_at_run_time(sentences: list[Call]) -> None:
    nothing(call.place for call in sentences if call.template is None and not call.takes_up)


def test_every_help_text_has_a_chinese_translation() -> None:
    translated = {template for file, template, _ in entries() if file == HELP}
    nothing(f"{path}: {said!r}" for said, path in help_texts().items() if said not in translated)


def test_the_catalogue_holds_no_sentence_that_nobody_says() -> None:
    spoken = strings()
    nothing(f"{file}: {said}" for file, said, _ in entries() if file != HELP and said not in spoken)


def test_the_catalogue_holds_no_help_of_what_does_not_exist() -> None:
    helped = help_texts()
    nothing(said for file, said, _ in entries() if file == HELP and said not in helped)


def test_no_sentence_is_translated_twice() -> None:
    seen = Counter(template for _, template, _ in entries())
    nothing(template for template, times in seen.items() if times > 1)


def test_no_translation_is_empty_or_left_in_english(translations: dict[str, str]) -> None:
    nothing(
        template
        for template, translation in translations.items()
        if not translation.strip() or (translation == template and has_words(template))
    )
