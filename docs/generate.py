"""Write the pages of docs/reference that follow from the program itself.

python docs/generate.py            # write them
python docs/generate.py --check    # say which of them are out of date; exit code 1 if any is
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from plugin_pages import interface_page, types_page

from loopqa.cli.root import root
from loopqa.define.meanings import BORROWED
from loopqa.define.schemas import schema
from loopqa.language import speaking
from loopqa.model.events import Event
from loopqa.plugin.host import builtin_host

REFERENCE = Path(__file__).parent / "reference"
WIDTH = 92  #: columns of the help texts

CLI_HEAD = """# Command line

Results go to standard output, talk and progress to standard error. `--json` prints one object
([its form](json.md)). Ids can be typed as shown (`A-7`), in small letters, or as bare numbers.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | the answer is no, e.g. a move that the state of an action does not allow |
| 2 | wrong usage, or a wrong definition or data file |
| 3 | a run failed or was only partly done |
| 130 | interrupted |

| variable | meaning |
|---|---|
| `LOOPQA_LANG` | `en` or `zh`; else the locale decides |
| `LOOPQA_NOW` | the instant that every command takes for now, e.g. `2026-02-04T09:00:00Z` |
| `LOOPQA_ACTOR` | who acts, for the audit chain; else the login name |
| `LOOPQA_SAFE_MODE` | `1`: only LoopQA's own plugins are loaded |
| `LOOPQA_TRACE` | `1`: every call into a plugin is a line on standard error |
| `NO_COLOR` | any value: no colours |
"""

YAML_HEAD = """# YAML files

Three kinds of files: rubrics (`rubrics/<id>.yaml`), workflows (`workflows/<id>.yaml`) and the
settings of a workspace (`loopqa.yaml`). `loopqa check` reads them strictly and names every mistake
with its line and column. `loopqa schema rubric|workflow|workspace` prints the JSON Schema these
tables are made from, for editors that complete and check while you type.

The files may say more than this version does. A run refuses, and says so:
`re_evaluate.ask` and `from: survey`. Accepted and kept, but without effect so far:
`improve.open`, report formats other than html,
`agreement_at_least`, `comment_required_below` and `playbook`.
"""

KINDS = {
    "rubric": "A rubric",
    "workflow": "A workflow",
    "workspace": "The settings, `loopqa.yaml`",
}


def cli_page() -> str:
    """All commands with their help, as a person sees it."""
    sections = [f"\n## {path}\n\n```text\n{shown}\n```\n" for path, shown in helps(root, "loopqa")]
    return CLI_HEAD + "".join(sections)


def helps(command: click.Command, path: str) -> Iterator[tuple[str, str]]:
    """(full name, help text) of a command and everything below it."""
    context = click.Context(command, info_name=path, terminal_width=WIDTH, max_content_width=WIDTH)
    yield path, "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not below.hidden:
                yield from helps(below, f"{path} {name}")


def yaml_page() -> str:
    """All fields of the three kinds of files, and the options of the built-in plugins."""
    sections, shown = [], set()
    for kind, title in KINDS.items():
        document = schema(kind)
        sections.append(f"\n## {title}\n\n{table(document)}")
        for name, part in sorted(document.get("$defs", {}).items()):
            if name not in shown:
                told = borrowed(name) if name in BORROWED else described(part) + table(part)
                sections.append(f"\n### {plain(name)}\n\n{told}")
            shown.add(name)
    return YAML_HEAD + "".join(sections) + plugins() + events()


def events() -> str:
    """What people can be told of."""
    told = re.findall(r'^    \w+ = "(.*?)"  #: (.*)$', inspect.getsource(Event), re.M)
    lines = [f"| `{name}` | {cell(words)} |" for name, words in told]
    head = "\n## Events (`on` of `notify`)\n\n| event | when |\n|---|---|\n"
    return head + "\n".join(lines) + "\n"


def borrowed(name: str) -> str:
    """A shorthand has the fields of others; they are not listed again."""
    return f"The fields of {' and '.join(map(link, BORROWED[name]))}, written in one go.\n"


def plain(name: str) -> str:
    """The name of a part of a file, for headings."""
    return name.removesuffix("Part")


def link(name: str) -> str:
    """The name of a part, leading to its section."""
    return f"[{plain(name)}](#{plain(name).lower()})"


def plugins() -> str:
    """Every built-in type with its options."""
    host = builtin_host()
    groups = {
        "Sources (`type` of an input)": host.sources(),
        "Scoring schemes (`score`)": host.scorings(),
        "Detectors (`detect`)": host.detectors(),
        "Analysers (`analyse`)": host.analysers(),
        "Notifiers (`notify`)": host.notifiers(),
        "Report sections (`sections` of `report`)": host.report_sections(),
    }
    sections = []
    for title, types in groups.items():
        lines = ["| type | what it is | options |", "|---|---|---|"]
        lines += [
            f"| `{name}` | {cell(str(kind.summary))} | {cell(options(kind.Config))} |"
            for name, kind in types.items()
        ]
        sections.append(f"\n## {title}\n\n" + "\n".join(lines) + "\n")
    return "".join(sections)


def options(config: type[Any]) -> str:
    """The options of a plugin: name, value, default and meaning."""
    document = config.model_json_schema(by_alias=True)
    required, meanings = set(document.get("required", ())), comments(config)
    return "<br>".join(
        f"`{name}`: {parts_of(config, name) or value_of(field)}"
        + option_default(name in required, field)
        + (f"; {meanings[name]}" if name in meanings else "")
        for name, field in document.get("properties", {}).items()
    )


def parts_of(config: type[Any], name: str) -> str:
    """What stands in an option that is a mapping of its own."""
    field = config.model_fields.get(name)
    kinds = getattr(field.annotation, "__args__", ()) if field else ()
    inner = next((kind for kind in kinds if hasattr(kind, "model_fields")), None)
    return f"mapping of ({options(inner).replace('<br>', ', ')})" if inner else ""


def option_default(required: bool, field: Mapping[str, Any]) -> str:
    if required:
        return " (required)"
    default = written(field.get("default"))
    return f" (default {default})" if default else ""


def comments(config: type[Any]) -> dict[str, str]:
    """The ``#:`` comments behind the fields of a class and its bases."""
    found: dict[str, str] = {}
    for one in reversed(config.__mro__):
        if one.__module__.startswith("loopqa."):
            found.update(re.findall(r"^    (\w+):.*#: (.*)$", inspect.getsource(one), re.M))
    return {
        name: words.replace("None: ", "default: ").replace("``", "`")
        for name, words in found.items()
    }


def described(part: Mapping[str, Any]) -> str:
    words = " ".join(part.get("description", "").split()).replace("``", "`")
    return f"{words}\n\n" if words else ""


def table(part: Mapping[str, Any]) -> str:
    """The fields of one object, or the values of a choice."""
    if "properties" not in part:
        return f"{cell(value_of(part))}\n"
    required = set(part.get("required", ()))
    lines = ["| field | value | default | meaning |", "|---|---|---|---|"]
    for name, field in part["properties"].items():
        default = "required" if name in required else written(field.get("default"))
        meaning = " ".join(field.get("description", "").split())
        lines.append(f"| `{name}` | {cell(value_of(field))} | {cell(default)} | {cell(meaning)} |")
    return "\n".join(lines) + "\n"


def written(default: Any) -> str:
    """A default as it would stand in YAML."""
    match default:
        case None | "" | [] | {}:
            return ""
        case bool():
            return f"`{str(default).lower()}`"
        case list():
            return f"`[{', '.join(map(str, default))}]`"
        case dict():
            pairs = ", ".join(f"{name}: {value}" for name, value in default.items())
            return f"`{{{pairs}}}`"
        case _:
            return f"`{default}`"


def value_of(field: Mapping[str, Any]) -> str:
    """What may stand in a field, in a few words."""
    match field:
        case {"$ref": reference}:
            return link(reference.rpartition("/")[2])
        case {"const": value}:
            return f"`{value}`"
        case {"enum": values}:
            return ", ".join(f"`{value}`" for value in values)
        case {"anyOf": choices} | {"oneOf": choices}:
            kinds = [value_of(one) for one in choices if one.get("type") != "null"]
            # Where text may stand, a number is taken as text.
            numbers = {"number", "whole number"} if "text" in kinds else set()
            return " or ".join(one for one in dict.fromkeys(kinds) if one not in numbers)
        case {"allOf": [only]}:
            return value_of(only)
        case {"type": "array", "items": items}:
            return f"list of {value_of(items)}"
        case {"type": "object", "additionalProperties": dict() as values}:
            return f"mapping of names to {value_of(values)}"
        case {"type": "object"}:
            return "mapping"
        case {"type": "string", "format": "password"}:
            return "text that is never shown"
        case {"type": "string", "format": form}:
            return form
        case {"type": kind}:
            return {"string": "text", "integer": "whole number", "boolean": "true or false"}.get(
                kind, kind
            )
        case _:
            return "any value"


def cell(words: str) -> str:
    return words.replace("|", "\\|")


def main(check: bool) -> int:
    """Write the pages, or compare them with what stands there."""
    with speaking("en"):
        pages = {
            "cli.md": cli_page(),
            "yaml.md": yaml_page(),
            "plugins.md": interface_page(),
            "plugin-types.md": types_page(),
        }
    stale = [
        name
        for name, text in pages.items()
        if not (REFERENCE / name).exists() or (REFERENCE / name).read_text("utf-8") != text
    ]
    if check:
        sys.stderr.writelines(
            f"docs/reference/{name} is out of date: make docs\n" for name in stale
        )
        return 1 if stale else 0
    for name in stale:
        (REFERENCE / name).write_text(pages[name], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
