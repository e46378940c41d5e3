"""Reports of a wave, written as files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from loopqa.errors import Place, RunFailed, UsageError
from loopqa.language import text
from loopqa.model.cycle import Wave, WaveKind, action_ref, finding_ref
from loopqa.model.workflow import PluginSpec, ReportRule

SIGN_OFF = "sign_off"

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace
    from loopqa.report.report_input import ReportInput
    from loopqa.report.sections import Opened


def make_report(
    ws: Workspace,
    workflow_id: str,
    *,
    wave: int | None = None,
    languages: Sequence[str] | None = None,
    out: Path | None = None,
) -> tuple[Path, ...]:
    """Write the report of a wave (the latest by default), one HTML file per language.

    Files are replaced as a whole: a reader never sees half a report.

    Raises:
        UsageError: the workflow has no wave yet.
        RunFailed: a file can't be written.
    """
    from loopqa.report.content import content  # noqa: PLC0415 - charts load slowly
    from loopqa.report.html import render  # noqa: PLC0415 - as above

    gathered = gather(ws, workflow_id, wave)
    shown = content(gathered)
    sections = _sections(ws, gathered)
    targets = _targets(ws, gathered.wave, languages, out)
    for language, target in targets.items():
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _replace(target, render(shown, language, sections))
        except OSError as error:
            raise RunFailed(
                text("the report can't be written: {reason}", reason=error.strerror or str(error)),
                place=Place(str(target)),
                hint=text("what was evaluated is kept; `loopqa report make` writes it again"),
            ) from error
    return tuple(targets.values())


def _sections(ws: Workspace, gathered: ReportInput) -> tuple[Opened, ...]:
    """The sections of plugins, with what they tell of."""
    from loopqa.report.sections import Opened, seen_by  # noqa: PLC0415 - as above

    told = seen_by(gathered)
    return tuple(
        Opened(
            spec.type,
            partial(ws.host.make_report_section, spec),
            told,
            note=partial(ws.host.note_section, spec.type),
        )
        for spec in _named(gathered.workflow.report)
    )


def _named(rule: ReportRule) -> tuple[PluginSpec, ...]:
    """The sections of a report; who signs it has one, also where it is not named."""
    if rule.sign_off and all(one.type != SIGN_OFF for one in rule.sections):
        return (*rule.sections, PluginSpec(SIGN_OFF))
    return rule.sections


def make_missing(ws: Workspace, wave: Wave) -> tuple[Path, ...]:
    """Write the reports of a wave that a run was killed before writing; those newly written."""
    if all(target.exists() for target in _targets(ws, wave, None, None).values()):
        return ()
    return make_report(ws, wave.workflow, wave=wave.id)


def _targets(
    ws: Workspace, wave: Wave, languages: Sequence[str] | None, out: Path | None
) -> dict[str, Path]:
    """Language → the file of the wave's report."""
    chosen = languages or ws.workflow(wave.workflow).report.languages or ws.settings.languages
    folder = out or ws.root / "reports"
    name = f"{wave.workflow}_{wave.window.start}_{wave.window.end}"
    return {language: folder / f"{name}.{language}.html" for language in chosen}


def _replace(target: Path, content: str) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".report-", suffix=".html")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
    Path(name).chmod(0o644)
    Path(name).replace(target)


def gather(ws: Workspace, workflow_id: str, wave: int | None = None) -> ReportInput:
    """Collect what the report of a wave shows."""
    from loopqa.report.report_input import ReportInput  # noqa: PLC0415 - as above

    workflow = ws.workflow(workflow_id)
    with ws.reading() as reader:
        waves = _one_per_window(reader.waves(workflow=workflow_id))
        current = reader.wave(wave) if wave is not None else _latest(waves, workflow_id)
        earlier = [one for one in waves if one.window.end < current.window.start]
        findings = reader.findings(workflow=workflow_id)
        actions = reader.actions(workflow=workflow_id)
        refs = [finding_ref(one.id) for one in findings] + [action_ref(one.id) for one in actions]
        return ReportInput(
            rubric=ws.rubric(workflow),
            workflow=workflow,
            languages=ws.settings.languages,
            time_zone=ws.settings.time_zone,
            wave=current,
            previous=earlier[-1] if earlier else None,
            waves=(*earlier, current),
            findings=findings,
            actions=actions,
            resurveys=tuple(
                one for action in actions for one in reader.resurveys(action=action.id)
            ),
            verdicts=tuple(one for action in actions for one in reader.verdicts(action=action.id)),
            notes=tuple(note for ref in refs for note in reader.notes(ref)),
            analyses=(
                *(one for one in reader.analyses(wave=current.id) if one.finding is None),
                *(one for finding in findings for one in reader.latest_analyses(finding.id)),
            ),
            audit_head=reader.audit_head(),
            generated_at=ws.now(),
            command=f"loopqa report make {workflow_id} --wave {current.id}",
        )


def _one_per_window(waves: Sequence[Wave]) -> list[Wave]:
    """The latest revision of each window, oldest first; follow-up waves only where nothing else."""
    best: dict[object, Wave] = {}
    for wave in waves:
        held = best.get(wave.window)
        if held is None or _rank(wave) > _rank(held):
            best[wave.window] = wave
    return sorted(best.values(), key=lambda wave: wave.window)


def _rank(wave: Wave) -> tuple[bool, int]:
    return wave.kind is not WaveKind.RE_SURVEY, wave.revision


def _latest(waves: Sequence[Wave], workflow_id: str) -> Wave:
    if not waves:
        raise UsageError(
            text("workflow '{name}' has not been run yet", name=workflow_id),
            hint=text("start with `loopqa run {name}`", name=workflow_id),
        )
    return waves[-1]
