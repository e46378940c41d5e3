"""Waves: read the inputs of a window, freeze them as evidence, and score them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from loopqa.calc.loop.cadence import Pace, pace_of
from loopqa.calc.loop.calendar import settled_instant
from loopqa.calc.scoring.carrying import paced
from loopqa.calc.scoring.scorecard import scorecard
from loopqa.calc.scoring.segments import segments
from loopqa.engine.continuity import rater_of, renamed_indicators
from loopqa.engine.feeds import feeds_of_workflow
from loopqa.engine.landing import landing_feeds
from loopqa.engine.pushing import with_relations
from loopqa.engine.reading import Progress, Wanted, read_feeds
from loopqa.engine.scopes import columns_in, inside
from loopqa.evidence.snapshots import read_snapshot, write_snapshot
from loopqa.evidence.tallying import Part, tally
from loopqa.language import text
from loopqa.model.cycle import Scope, Wave, WaveKind, WaveState
from loopqa.model.score import RejectedRow, Rows, ScoreCard, ScoreResult, Segment
from loopqa.model.window import Window

if TYPE_CHECKING:
    from loopqa.engine.standard import Standard
    from loopqa.engine.workspace import Workspace
    from loopqa.evidence.cases import Cases
    from loopqa.language import Text
    from loopqa.model.sample import Coverage
    from loopqa.model.tally import Tally
    from loopqa.model.workflow import WindowRule, Workflow


HERE = "here"  #: label of the only window of a tally


@dataclass(frozen=True)
class Read:
    """The cases of every input of a workflow, not yet cut to a window."""

    cases: Mapping[str, Cases]  #: by input
    rows: Rows
    rejected: tuple[RejectedRow, ...]
    warnings: tuple[Text, ...]
    rule: WindowRule
    zone: str  #: of the workspace
    notes: tuple[Text, ...] = ()  #: how inputs were read, where there is a choice
    coverage: Coverage | None = None  #: of the reviews, where a sample was drawn for the window

    def within(self, window: Window) -> Read:
        """Only the cases of one window, as they stood when it was settled.

        What was rejected stays counted for the whole reading.
        """
        until = settled_instant(window, self.rule, self.zone)
        cases = {name: one.within(window, until) for name, one in self.cases.items()}
        return replace(self, cases=cases)

    @property
    def empty(self) -> bool:
        """Whether no input has a case."""
        return all(cases.table.num_rows == 0 for cases in self.cases.values())

    def silent(self, window: Window, carried: Collection[str]) -> tuple[Text, ...]:
        """A warning per input that has no case in the window though others have.

        ``carried``: dimensions that are not due; nobody waits for their cases.
        """
        return tuple(
            text(
                "{input} has no case in {window}: its indicators have no value there",
                input=name,
                window=str(window),
            )
            for name, cases in self.cases.items()
            if not cases.n and any(key.partition(".")[0] not in carried for key in cases.indicators)
        )

    @property
    def last_day(self) -> date | None:
        """The day of the latest case of all inputs."""
        days = [day for cases in self.cases.values() if (day := cases.last_day) is not None]
        return max(days, default=None)

    def by_day(self) -> Counter[date]:
        """How many cases of all inputs there are on each day."""
        return sum((cases.by_day() for cases in self.cases.values()), Counter())

    @property
    def digest(self) -> str:
        """Identifies the cases of all inputs, whatever the order of rows or the file format."""
        lines = (f"{name} {cases.digest()}" for name, cases in sorted(self.cases.items()))
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@dataclass(frozen=True)
class Scored:
    """One window scored: as a whole, by segment, and the counts beneath."""

    card: ScoreCard
    segments: tuple[Segment, ...]
    tally: Tally


def read_inputs(
    ws: Workspace,
    used: Standard,
    *,
    window: Window | None = None,
    windows: Sequence[Window] = (),
    keep: Sequence[str] = (),
    kept: bool = True,
    anew: bool = False,
    progress: Progress | None = None,
) -> Read:
    """Read every input of the workflow; ``window`` lets sources skip what lies outside it.

    ``windows``: all that cases will be cut to, if that is known (None given: ``window``); then
    inputs that stand in a database may be counted there.

    ``kept`` says that the cases may become evidence: they need the workspace's pseudonym key.
    ``anew`` reads incremental inputs from the start, whatever of them has landed.
    ``keep`` names columns that are needed beside the workflow's segments and clusters.
    """
    workflow = workflow_of(used)
    wanted = Wanted(
        keep=tuple(dict.fromkeys((*columns_of(workflow), *keep))),
        need_at=True,
        need_customer=workflow.re_evaluate.asked != "random",
        zone=ws.settings.time_zone,
        now=ws.now(),
    )
    feeds = feeds_of_workflow(workflow, ws.host, ws.root)
    feeds = landing_feeds(ws, used, feeds, kept=kept, anew=anew)
    feeds = with_relations(feeds, workflow, used.rubric, ws.host)
    read = read_feeds(
        feeds,
        used.rubric,
        used.schemes,
        wanted,
        key=ws.key if kept else None,
        window=window,
        windows=windows or ((window,) if window else ()),
        progress=progress,
    )
    cases = {feed.name: one for feed, one in read}
    return Read(
        cases,
        sum((one.rows for one in cases.values()), Rows()),
        tuple(row for one in cases.values() for row in one.rejected),
        tuple(warning for one in cases.values() for warning in one.warnings),
        workflow.window,
        ws.settings.time_zone,
        tuple(note for one in cases.values() for note in one.notes),
    )


def workflow_of(used: Standard) -> Workflow:
    """The workflow of a standard that was made from one."""
    if used.workflow is None:
        raise ValueError("this standard was made without a workflow")
    return used.workflow


def columns_of(workflow: Workflow) -> tuple[str, ...]:
    """Segment and cluster columns, each once."""
    return tuple(dict.fromkeys((*workflow.segments, *workflow.cluster)))


def score_windows(
    ws: Workspace,
    used: Standard,
    windows: Mapping[str, Mapping[str, Cases]],
    *,
    by_cadence: bool = True,
) -> dict[str, Scored]:
    """Score several windows (the window as text → cases by input) from one tally.

    ``by_cadence``: dimensions with a cadence are measured over their own period, as far as they
    are due; otherwise all of them over the window. Cases that were frozen before a column was
    named in ``segments`` belong to none of its segments.
    """
    workflow = workflow_of(used)
    paces = {label: pace_of(used.rubric, Window.parse(label)) for label in windows}
    if not by_cadence:
        paces = {label: replace(pace, periods={}, carried={}) for label, pace in paces.items()}
    parts = [
        Part(str(window), rater_of(workflow, name), cases.within(window).widened(workflow.segments))
        for label, inputs in windows.items()
        for window in dict.fromkeys((paces[label].window, *paces[label].periods.values()))
        for name, cases in inputs.items()
    ]
    counts = tally(ws.backend, used.rubric, used.schemes, parts, by=workflow.segments)
    return {label: _paced(used, counts, pace, workflow.segments) for label, pace in paces.items()}


def _paced(used: Standard, counts: Tally, pace: Pace, by: Sequence[str]) -> Scored:
    """One window, each dimension from the period it is measured over."""
    own = _scored(used, counts, str(pace.window), by)
    if pace.plain:
        return own
    others = {str(one): _scored(used, counts, str(one), by) for one in pace.periods.values()}
    cards = {period: scored.card for period, scored in others.items()}
    known = {
        period: {tuple(one.by.items()): one.card for one in scored.segments}
        for period, scored in others.items()
    }
    parts = tuple(
        Segment(
            one.by,
            paced(
                used.rubric,
                pace,
                one.card,
                {period: cards.get(tuple(one.by.items())) for period, cards in known.items()},
            ),
        )
        for one in own.segments
    )
    return Scored(paced(used.rubric, pace, own.card, cards), parts, counts)


def score_scope(
    ws: Workspace, used: Standard, cases: Mapping[str, Cases], scope: Scope
) -> ScoreCard:
    """The scores of a scope alone, in a window whose cases (by input) are given as a whole."""
    workflow, columns = workflow_of(used), columns_in(scope)
    parts = [Part(HERE, rater_of(workflow, name), one) for name, one in cases.items()]
    counts = tally(ws.backend, used.rubric, used.schemes, parts, by=columns)
    within = inside(counts.by, scope)
    return scorecard(used.rubric, used.schemes, counts, window=HERE, group=within)


def _scored(used: Standard, counts: Tally, label: str, by: Sequence[str]) -> Scored:
    card = scorecard(used.rubric, used.schemes, counts, window=label)
    parts: tuple[Segment, ...] = ()
    for column in by:
        parts += segments(used.rubric, used.schemes, counts, window=label, by=(column,))
    return Scored(card, parts, counts)


def freeze(
    ws: Workspace,
    used: Standard,
    read: Read,
    scored: Scored,
    *,
    window: Window,
    kind: WaveKind,
    revision: int,
) -> Wave:
    """Write the snapshots of a window and describe its wave; the state is not touched yet.

    Snapshot names carry the digest, so a crash before the state is written leaves only a file
    that the next try writes again.
    """
    workflow = workflow_of(used)
    stem = f"{window.start}_{window.end}"
    folder = ws.evidence
    snapshots = tuple(
        write_snapshot(cases, folder / workflow.id, input=name, stem=stem)
        for name, cases in read.cases.items()
    )
    result = ScoreResult(
        used.rubric.id,
        used.rubric.version,
        used.rubric.hash,
        read.rows,
        scored.card,
        scored.segments,
        read.rejected[:100],
    )
    return Wave(
        id=0,
        workflow=workflow.id,
        kind=kind,
        window=window,
        revision=revision,
        state=WaveState.DONE,
        rubric_hash=used.rubric.hash,
        digest=read.digest,
        snapshots=snapshots,
        scores=_with_coverage(result.to_dict(), read.coverage),
        created_at=ws.now(),
    )


def _with_coverage(scores: dict[str, Any], coverage: Coverage | None) -> dict[str, Any]:
    return {**scores, "sample": coverage.to_dict()} if coverage else scores


def thaw(ws: Workspace, used: Standard, wave: Wave, *, whole: bool = True) -> dict[str, Cases]:
    """The frozen cases of a wave by input, their hashes verified, under today's indicator keys.

    ``whole``: also what lies before its window, frozen for dimensions with a longer cadence.

    Raises:
        DataError: a snapshot is gone or was altered.
    """
    folder = ws.evidence / wave.workflow
    keys: dict[str, str] = {}
    if wave.rubric_hash != used.rubric.hash:
        with ws.reading() as reader:
            keys = renamed_indicators(reader.rubric_document(wave.rubric_hash), used.rubric)
    frozen = {one.input: read_snapshot(folder, one).renamed(keys) for one in wave.snapshots}
    if whole:
        return frozen
    return {name: cases.within(wave.window) for name, cases in frozen.items()}
