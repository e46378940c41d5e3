"""The fixed words of the cycle in both languages, each with its sign and tone.

Colour never stands alone: what has a tone has a sign and a word as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from loopqa.calc.analysis.importance import Quarter
from loopqa.language import Text, text
from loopqa.model.cycle import (
    ActionState,
    FindingGrade,
    FindingState,
    ReSurveyState,
    WaveKind,
)
from loopqa.model.score import Grade
from loopqa.model.verdict import Outcome, ScoreChange
from loopqa.model.words import word
from loopqa.report.words import plain


class Tone(StrEnum):
    """What a colour means; the stylesheet and the chart theme give it its shade."""

    GOOD = "good"  #: blue: improved, met
    BAD = "bad"  #: burnt orange: worsened, late, below threshold
    EVEN = "even"  #: grey: no material change
    DIM = "dim"  #: light: unknown, before
    PLAIN = "plain"  #: ink


@dataclass(frozen=True)
class Mark:
    """A word with its sign and tone."""

    sign: str
    word: Text
    tone: Tone = Tone.PLAIN


OUTCOMES = {
    Outcome.IMPROVED: Mark("▲", word(Outcome.IMPROVED), Tone.GOOD),
    Outcome.WORSENED: Mark("▼", word(Outcome.WORSENED), Tone.BAD),
    Outcome.NO_CHANGE: Mark("=", word(Outcome.NO_CHANGE), Tone.EVEN),
    Outcome.INCONCLUSIVE: Mark("?", word(Outcome.INCONCLUSIVE), Tone.DIM),
}

MOVES = {
    ScoreChange.UP: text("The score rose"),
    ScoreChange.DOWN: text("The score fell"),
    ScoreChange.UNCLEAR: text("The score did not move visibly"),
}

TARGET_GRADES = {
    Grade.MET: Mark("✓", text("met"), Tone.GOOD),
    Grade.MISSED: Mark("✕", text("missed"), Tone.BAD),
    Grade.NOT_SHOWN: Mark("○", text("not certain"), Tone.EVEN),
    Grade.NONE: Mark("", plain("—"), Tone.DIM),
}

FINDING_GRADES = {
    FindingGrade.CONFIRMED: Mark("●", word(FindingGrade.CONFIRMED), Tone.BAD),
    FindingGrade.OBSERVED: Mark("◐", word(FindingGrade.OBSERVED), Tone.BAD),
    FindingGrade.WATCH: Mark("○", word(FindingGrade.WATCH), Tone.EVEN),
}

QUARTERS = {
    Quarter.FIRST: Mark("\N{BLACK DIAMOND}", text("work on this first"), Tone.BAD),
    Quarter.KEEP: Mark("\N{BLACK CIRCLE}", text("keep this up"), Tone.GOOD),
    Quarter.LATER: Mark("\N{WHITE CIRCLE}", text("falls short, but matters less"), Tone.EVEN),
    Quarter.ENOUGH: Mark("\N{WHITE CIRCLE}", text("good enough"), Tone.EVEN),
}

FINDING_STATES = {
    FindingState.OPEN: text("open"),
    FindingState.ANALYSED: text("analysed"),
    FindingState.IN_ACTION: text("in action"),
    FindingState.AWAITING_VERDICT: text("waiting for its verdict"),
    FindingState.RESOLVED: text("resolved"),
    FindingState.CARRIED_OVER: text("carried over into the next cycle"),
    FindingState.DISMISSED: text("dismissed"),
}

ACTION_STATES = {
    ActionState.PROPOSED: Mark("", text("proposed"), Tone.DIM),
    ActionState.OPEN: Mark("", text("not started"), Tone.PLAIN),
    ActionState.STARTED: Mark("", text("under way"), Tone.PLAIN),
    ActionState.CLOSED: Mark("", text("done, effect not verified yet"), Tone.PLAIN),
    ActionState.VERIFIED: Mark("✓", text("effect verified"), Tone.GOOD),
    ActionState.INEFFECTIVE: Mark("✕", text("without effect"), Tone.BAD),
    ActionState.CANCELLED: Mark("", text("cancelled"), Tone.DIM),
}

RESURVEY_STATES = {
    ReSurveyState.SCHEDULED: text("scheduled"),
    ReSurveyState.ASKING: text("collecting answers"),
    ReSurveyState.COMPARING: text("being compared"),
    ReSurveyState.DONE: text("done"),
    ReSurveyState.FAILED: text("failed"),
    ReSurveyState.CANCELLED: text("cancelled"),
}

WAVE_KINDS = {
    WaveKind.ROUTINE: text("routine evaluation"),
    WaveKind.SPECIAL: text("special evaluation"),
    WaveKind.BACKFILL: text("history filled in afterwards"),
    WaveKind.RE_SURVEY: text("re-survey"),
}

STATES = {
    "answered": text("answered"),
    "missing": text("no answer"),
    "not_applicable": text("not applicable"),
    "refused": text("refused"),
    "pending": text("pending"),
}

_RATERS = {
    "customer": text("customers"),
    "internal": text("internal QA"),
    "mystery": text("mystery shoppers"),
}
_HORIZONS = {"short": text("short term"), "long": text("long term")}
_DESIGN = {
    "random": text("fresh random sample"),
    "same": text("the same customers again"),
    "low": text("low scorers only"),
    "comparison": text("with comparison group"),
    "history": text("with history"),
    "rollout": text("steps drawn by lot"),
    "holdout": text("hold-out drawn by lot"),
}


def rater_words(rater: str) -> Text:
    """A rater group's usual name; other groups keep their id."""
    return _RATERS.get(rater) or plain(rater)


def horizon_words(horizon: str) -> Text:
    """Short or long term."""
    return _HORIZONS.get(horizon) or plain(horizon)


def design_words(design: str) -> tuple[Text, ...]:
    """The parts of a verdict's design, e.g. of ``random+comparison+history``."""
    return tuple(_DESIGN.get(part) or plain(part) for part in design.split("+") if part)
