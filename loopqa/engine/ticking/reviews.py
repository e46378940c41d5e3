"""People are told when a rubric should have been revised, once for each version of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from loopqa.errors import LoopQAError
from loopqa.language import text
from loopqa.model.cycle import Notice
from loopqa.model.events import Event

if TYPE_CHECKING:
    from loopqa.engine.reading import Progress
    from loopqa.engine.ticking.report import Done
    from loopqa.engine.ticking.stage import Stop
    from loopqa.engine.work import Work
    from loopqa.engine.workspace import Workspace
    from loopqa.model.rubric import Rubric
    from loopqa.model.workflow import Workflow


def review_steps(
    ws: Workspace, done: Done, work: Work, *, progress: Progress | None, stop: Stop
) -> Iterator[str]:
    """Tell each workflow's people whose rubric's ``review_by`` has passed."""
    notices = [_notice(ws, *one) for one in _past_review(ws)]
    if not notices:
        return
    with ws.reading() as reader:
        known = reader.told([one.key for one in notices])
    new = [one for one in notices if one.key not in known]
    if new:
        with ws.writing() as writer:
            done.notices += [one for one in new if writer.add_notice(one)]
        yield "told"


def _past_review(ws: Workspace) -> Iterator[tuple[Workflow, Rubric]]:
    """Workflows with a rubric that is past its review; a broken file is for ``loopqa check``."""
    for workflow in ws.sound_workflows().values():
        try:
            rubric = ws.rubric(workflow)
        except LoopQAError:
            continue
        if rubric.review_by is not None and rubric.review_by < ws.today():
            yield workflow, rubric


def _notice(ws: Workspace, workflow: Workflow, rubric: Rubric) -> Notice:
    return Notice(
        key=f"{Event.RUBRIC_REVIEW_DUE}:{workflow.id}:{rubric.id}:{rubric.version}",
        event=Event.RUBRIC_REVIEW_DUE,
        about=rubric.id,
        text=text(
            "rubric '{rubric}' {version} was to be revised by {day}",
            rubric=rubric.id,
            version=rubric.version,
            day=str(rubric.review_by),
        ),
        at=ws.now(),
        workflow=workflow.id,
    )
