"""How roll-outs are said and shown on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from loopqa.cli.output import table, tell
from loopqa.errors import UsageError
from loopqa.language import Text, text

if TYPE_CHECKING:
    from loopqa.engine.rollouts import RolloutWish
    from loopqa.model.cycle import Rollout


class Share(click.ParamType[float]):
    """A share, ``20%`` or ``0.2``."""

    name = "share"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read the share."""
        written = str(value).strip()
        try:
            share = float(written.rstrip("%％")) / (100 if written[-1:] in {"%", "％"} else 1)
        except ValueError:
            share = -1.0
        if not 0 < share < 1:
            raise UsageError(
                text("'{value}' is no share", value=value), hint=text("write it like 20%")
            )
        return share


def wish(rollout: str | None, holdout: float | None, everywhere: bool) -> RolloutWish:
    """What the options of ``action open`` say.

    Raises:
        UsageError: a part has no "=".
    """
    from loopqa.engine.rollouts import RolloutWish

    return RolloutWish(None if rollout is None else _keys(rollout), holdout, everywhere)


def _keys(written: str) -> dict[str, str]:
    keys: dict[str, str] = {}
    for part in filter(str.strip, written.split(",")):
        name, equals, value = part.partition("=")
        if not equals or not value.strip():
            raise UsageError(
                text("{option} '{value}' has no '='", option="--rollout", value=part),
                hint=text("write it like --rollout by=team,steps=3"),
            )
        keys[name.strip()] = value.strip()
    return keys


def rule_text(rollout: Rollout) -> Text:
    """The rule in one line, before lots are drawn."""
    rule = rollout.rule
    held = f"{100 * rule.holdout:g} %"
    if rule.steps == 1:
        return text("{share} of {column}, drawn by lot, are held out", share=held, column=rule.by)
    if not rule.holdout:
        return text("in {steps} steps by {column}, drawn by lot", steps=rule.steps, column=rule.by)
    return text(
        "in {steps} steps by {column}, drawn by lot; {share} are held out",
        steps=rule.steps,
        column=rule.by,
        share=held,
    )


def show_steps(rollout: Rollout) -> None:
    """Who begins when, once the lots are drawn."""
    rows = []
    for number, step in enumerate(rollout.steps, start=1):
        held = step.starts_on is None
        rows.append(
            [
                text("held out") if held else number,
                text("after the verdict") if held else step.starts_on,
                ", ".join(step.clusters),
            ]
        )
    if rows:
        table(
            [text("step"), text("begins"), text("where")],
            rows,
            free=(2,),
        )
    else:
        tell(text("  {label}: {value}", label=text("roll-out"), value=rule_text(rollout)))
