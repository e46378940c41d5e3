"""``loopqa plugins docs``: what a type is, and which options it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from loopqa.cli.known_plugins import KINDS, host_here, known_types, origin_words, type_item
from loopqa.cli.options import json_option
from loopqa.cli.output import table, tell, tell_json
from loopqa.errors import UsageError
from loopqa.hints import did_you_mean
from loopqa.language import text

if TYPE_CHECKING:
    from loopqa.plugin.describing import OptionDescription


@click.command()
@click.argument("type_", metavar="[TYPE]", required=False)
@json_option
def docs(type_: str | None, as_json: bool) -> None:
    """Show what TYPE is and which options it takes; without TYPE, those of every type."""
    from loopqa.plugin.describing import described
    from loopqa.plugin.options import Options

    host = host_here()
    known = known_types(host)
    chosen = [one for one in known if type_ in (None, one[1])]
    if not chosen:
        names = sorted({name for _, name, _ in known})
        raise UsageError(
            text("there is no type '{type}'", type=type_),
            hint=did_you_mean(str(type_), names) or text("`loopqa plugins list` shows all"),
        )
    told = [(type_item(host, *one), described(one[2].Config or Options)) for one in chosen]
    if as_json:
        items = [{**item, "options": [one.to_dict() for one in known]} for item, known in told]
        tell_json({"schema": "loopqa.plugin/1", "total": len(items), "items": items})
        return
    for number, (item, options) in enumerate(told):
        _tell_type(item, options, first=not number)


def _tell_type(item: dict[str, Any], options: tuple[OptionDescription, ...], first: bool) -> None:
    if not first:
        tell()
    kind = dict(KINDS.values())[item["kind"]]
    tell(text("{type} ({kind}, {origin})", type=item["type"], kind=kind, origin=origin_words(item)))
    tell(f"  {item['summary']}")
    if not options:
        tell(text("  it takes no options"))
        return
    table(
        [text("option"), text("value"), text("default"), text("meaning")],
        [
            [one.name, one.value, text("required") if one.required else one.default, one.meaning]
            for one in options
        ],
        free=(1, 3),
    )
