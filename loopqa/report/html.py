"""The page: one HTML file with its style and charts inside; no script, nothing from outside."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from loopqa.language import text
from loopqa.report.pictures import pictures
from loopqa.report.sections import InLanguage, shown
from loopqa.report.style import policy, stylesheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loopqa.language import Text
    from loopqa.report.blocks import Figure
    from loopqa.report.content import Content
    from loopqa.report.sections import Opened

WORDS = {
    "kind": text("Service quality report"),
    "skip": text("Skip to the scores"),
    "generated": text("Made on"),
    "glance": text("At a glance"),
    "method": text("Method and sample"),
    "results": text("Scores"),
    "findings": text("Findings"),
    "analysed": text("Analysis:"),
    "drivers": text("What goes along with the outcome"),
    "effects": text("Before and after"),
    "recovery": text("Service recovery"),
    "trend": text("Trend"),
    "actions": text("Improvement actions"),
    "seals": text("Origin and seals"),
    "data": text("Figures of this chart"),
    "data_above": text("The figures are in the table below."),
    "rejected": text("Rejected rows"),
    "states": text("Answers by state"),
    "sample": text("Sample of reviewed cases"),
    "strata": text("Strata"),
    "actions_on_it": text("Actions"),
    "none_yet": text("none yet"),
    "no_scores": text("This evaluation has no scores."),
    "no_findings": text("No finding: nothing fell short in this evaluation."),
    "no_actions": text("No action has been opened yet."),
    "no_verdicts": text(
        "No verdict yet: a verdict follows when a closed action has been re-surveyed."
    ),
    "assumes": text("Assumes"),
    "how_to_read": text("How to read this"),
    "how_band": text(
        "The bar is the interval of the estimated effect. Wholly right of zero: improved. Wholly "
        "left of zero: worsened. Wholly inside the grey band: no material change. Otherwise the "
        "evidence can't tell, and the verdict is inconclusive."
    ),
    "how_two": text(
        "Two questions are kept apart: whether the score moved, and whether the move can be put "
        "down to the action. A score can rise for other reasons, such as season or chance."
    ),
    "how_grades": text(
        "Confirmed: below even when chance is allowed for. Observed: below, but chance could do "
        "that. Watch: too few answers to say."
    ),
    "how_slices": text(
        "Shrunk mean: pulled towards the other slices, as far as the few answers ask for it; it "
        "says how much the slice lowers the whole. Of the slices named, about one in ten at most "
        "can be there by chance."
    ),
}


def render(content: Content, language: str, sections: Sequence[Opened] = ()) -> str:
    """The page in ``language`` ("en" or "zh"), with further sections at its end."""
    environment = _environment()
    template = environment.get_template("report.html.j2")

    def say(words: Text) -> str:
        return words.render(language)

    def picture(figure: Figure) -> Markup:
        return pictures(figure, language)

    words = {name: say(one) for name, one in WORDS.items()}
    blocks = environment.get_template("blocks.html.j2")
    macros = blocks.make_module({"words": words, "say": say, "picture": picture})
    return template.render(
        report=content,
        words=words,
        sections=shown(sections, InLanguage(language, macros)),
        say=say,
        picture=picture,
        language="zh-CN" if language == "zh" else language,
        style=Markup(stylesheet()),
        policy=policy(),
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
