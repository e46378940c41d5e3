"""Asking the analysers of a workflow, and keeping what they say with the findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from loopqa.engine.behind import Voices
from loopqa.engine.continuity import rater_of
from loopqa.engine.findings import Recorded
from loopqa.engine.waves import workflow_of
from loopqa.errors import PluginError
from loopqa.evidence.tallying import Part, tally
from loopqa.language import Text, text
from loopqa.model.analysis import Analysis, Insight
from loopqa.model.cycle import Finding, FindingState, Scope, Wave
from loopqa.plugin import AnalyseContext
from loopqa.plugin.loading import why
from loopqa.store.faults import fault

if TYPE_CHECKING:
    import numpy as np

    from loopqa.calc.detection.findings import MergedCandidate
    from loopqa.engine.standard import Standard
    from loopqa.engine.waves import Read, Scored
    from loopqa.engine.workspace import Workspace
    from loopqa.model.tally import CrossCount
    from loopqa.plugin import Analyser
    from loopqa.store.door import Writer

MOST_CROSSED = 100_000  #: cases an input; more make no share of a driver more certain


@dataclass(frozen=True)
class Said:
    """What one analyser said, before it is kept."""

    position: int
    analyser: str
    cell: tuple[str, Scope] | None  #: (lineage, scope) of the finding; None: the whole wave
    insight: Insight


@dataclass(frozen=True)
class Analysed:
    """What all analysers said about a window."""

    said: tuple[Said, ...] = ()
    warnings: tuple[Text, ...] = ()


def analyse(
    ws: Workspace,
    used: Standard,
    read: Read,
    scored: Scored,
    label: str,
    cells: Sequence[MergedCandidate],
) -> Analysed:
    """Ask every analyser of the workflow; one that fails leaves a warning, the others go on."""
    specs = workflow_of(used).analyse
    if not specs:
        return Analysed()
    crossed = replace(scored, tally=replace(scored.tally, cross=_cross(ws, used, read, label)))
    voices = Voices(ws.backend, used, read.cases, f"{workflow_of(used).id} {label}")
    said: list[Said] = []
    warnings: list[Text] = []
    for position, spec in enumerate(specs):
        analyser = used.host.make_analyser(spec)
        try:
            said += _asked(analyser, position, used, crossed, label, cells, voices)
        except PluginError as error:
            warnings.append(error.reason)
        except Exception as error:
            warnings.append(text("analyser '{type}' failed: {why}", type=spec.type, why=why(error)))
    return Analysed(tuple(said), tuple(warnings))


def _cross(ws: Workspace, used: Standard, read: Read, label: str) -> tuple[CrossCount, ...]:
    """Joint counts of the scores of each input."""
    workflow = workflow_of(used)
    parts = [
        Part(label, rater_of(workflow, name), cases.thinned(MOST_CROSSED))
        for name, cases in read.cases.items()
    ]
    return tally(ws.backend, used.rubric, used.schemes, parts, values=False, cross=True).cross


def _asked(
    analyser: Analyser,
    position: int,
    used: Standard,
    scored: Scored,
    label: str,
    cells: Sequence[MergedCandidate],
    voices: Voices,
) -> Iterator[Said]:
    about = cells if analyser.per_finding else (None,)
    for number, cell in enumerate(about):
        behind = voices.of(cell) if cell else {}
        insight = analyser.analyse(
            AnalyseContext(
                rubric=used.rubric,
                card=scored.card,
                segments=scored.segments,
                tally=scored.tally,
                window=label,
                finding=cell,
                random=_dice(f"{workflow_of(used).id} {label}", position, number),
                **behind,
            )
        )
        if insight is not None:
            key = (cell.lineage, cell.scope) if cell else None
            yield Said(position, analyser.type, key, insight)


def _dice(seed: str, *place: int) -> np.random.Generator:
    """Random numbers that hang on workflow and window alone: whoever repeats it draws the same."""
    from numpy.random import default_rng  # noqa: PLC0415 - heavy

    return default_rng([int(sha256(seed.encode()).hexdigest()[:16], 16), *place])


def record_analyses(
    ws: Workspace, writer: Writer, wave: Wave, analysed: Analysed, recorded: Recorded
) -> Recorded:
    """Keep what was said, inside the transaction that writes the wave and its findings.

    A finding that is still open has been analysed with that; one that people are at work on stays
    where it is.
    """
    findings = {(one.lineage, one.scope): one for one in (*recorded.opened, *recorded.seen)}
    analyses = tuple(
        writer.add_analysis(_analysis(ws, wave, one, findings)) for one in analysed.said
    )
    fault("after-analyses")
    done = {one.finding for one in analyses}

    def moved(finding: Finding) -> Finding:
        if finding.id not in done or finding.state is not FindingState.OPEN:
            return finding
        return writer.change_finding(finding, event="finding.analysed", state=FindingState.ANALYSED)

    return Recorded(tuple(map(moved, recorded.opened)), tuple(map(moved, recorded.seen)), analyses)


def _analysis(
    ws: Workspace, wave: Wave, said: Said, findings: Mapping[tuple[str, Scope], Finding]
) -> Analysis:
    return Analysis(
        id=0,
        wave=wave.id,
        finding=findings[said.cell].id if said.cell else None,
        position=said.position,
        analyser=said.analyser,
        insight=said.insight,
        made_at=ws.now(),
    )
