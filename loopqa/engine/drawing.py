"""Draw the cases of a window that are to be reviewed, and keep the draw."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from loopqa.calc.loop.calendar import previous_window, window_of
from loopqa.calc.sampling import allocation
from loopqa.engine.feeds import feeds_of_workflow
from loopqa.engine.landing import population_feed
from loopqa.engine.reading import Feed, Progress, Wanted, read_feeds
from loopqa.errors import DataError, UsageError
from loopqa.evidence.sampling import CASE, draw, population_of
from loopqa.evidence.snapshots import read_snapshot, write_snapshot
from loopqa.language import Text, text
from loopqa.model.sample import DrawnSample, Quota
from loopqa.store.faults import fault

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace
    from loopqa.evidence.cases import Cases
    from loopqa.evidence.sampling import Population
    from loopqa.model.window import Window
    from loopqa.model.workflow import Input, Sample, Workflow
    from loopqa.store.door import Reader


@dataclass(frozen=True)
class Drawing:
    """What a draw led to."""

    sample: DrawnSample
    fresh: bool = True  #: False: the same cases had been drawn before
    before: DrawnSample | None = None  #: the revision that this one replaces
    added: int = 0  #: cases that the revision before did not have
    left: int = 0  #: cases of the revision before that this one does not have
    warnings: tuple[Text, ...] = ()


def rule_of(workflow: Workflow) -> Sample:
    """How a workflow draws cases for review.

    Raises:
        UsageError: it does not say so.
    """
    if workflow.sample is None:
        raise UsageError(
            text("workflow '{workflow}' draws no sample", workflow=workflow.id),
            hint=text(
                "say from which input, for which reviews: "
                "`sample: {{draw_from: tickets, for: reviews, strata: [issue_type]}}`"
            ),
        )
    return workflow.sample


def draw_sample(
    ws: Workspace,
    workflow_id: str,
    *,
    window: Window | None = None,
    progress: Progress | None = None,
) -> Drawing:
    """Draw cases for review from one window: the previous whole period, unless one is named.

    The same cases under the same rule are drawn once; where late cases or another rule change the
    draw, a new revision is kept and the earlier one marked stale.

    Raises:
        UsageError: the workflow is unknown, or draws no sample.
        DataError: the input can't be read, has no case in the window or no case numbers, or lacks
            a column of the strata.
    """
    workflow = ws.workflow(workflow_id)
    rule = rule_of(workflow)
    # Reviewers begin while the window still settles: it need only be over.
    target = window or previous_window(ws.today(), replace(workflow.window, settle_days=0))
    with ws.reading():
        pass  # a state is there before its evidence: evidence alone tells that one was lost
    cases = _read_population(ws, workflow, rule, target, progress)
    columns = [name for name in _columns(workflow, rule) if cases.has([name])]
    population = population_of(ws.backend, cases, rule.strata, columns)
    sizes = population.sizes
    quotas = allocation(sizes, rule)
    drawn = draw(ws.backend, population, quotas, rule.seed)
    snapshot = write_snapshot(
        drawn,
        ws.evidence / workflow.id,
        input=f"sample-{rule.draw_from}",
        stem=f"{target.start}_{target.end}",
    )
    fault("after-sample-frozen")
    sample = DrawnSample(
        id=0,
        workflow=workflow.id,
        window=target,
        revision=1,
        rule=rule,
        quotas=tuple(Quota(one, sizes[one], n) for one, n in quotas.items()),
        digest=population.digest(),
        snapshot=snapshot,
        drawn_at=ws.now(),
    )
    return replace(_keep(ws, sample), warnings=_warnings(ws, population, target))


def draw_missing(
    ws: Workspace, workflow: Workflow, window: Window, progress: Progress | None = None
) -> tuple[Drawing | None, tuple[Text, ...]]:
    """Draw the sample of a window that is over, if its workflow wants one; and why it can't be.

    What is there already stays as it is, and a population that can't be read stops no run.
    """
    if workflow.sample is None:
        return None, ()
    with ws.reading() as reader:
        known = standing_sample(reader, workflow.id, window)
    if known is not None:
        return Drawing(known, fresh=False), ()
    try:
        return draw_sample(ws, workflow.id, window=window, progress=progress), ()
    except DataError as error:
        return None, (text("no sample was drawn: {why}", why=error.problems[0].message),)


def _keep(ws: Workspace, sample: DrawnSample) -> Drawing:
    """Write the draw down, unless the same one is there already."""
    with ws.writing() as writer:
        before = standing_sample(writer, sample.workflow, sample.window)
        if before is not None and _same(before, sample):
            return Drawing(before, fresh=False)
        number = before.revision + 1 if before else 1
        added = writer.add_sample(replace(sample, revision=number))
        fault("after-sample-added")
    fault("after-sample-committed")
    if before is None:
        return Drawing(added)
    now, then = (set(_numbers(ws, one)) for one in (added, before))
    return Drawing(added, before=before, added=len(now - then), left=len(then - now))


def _same(one: DrawnSample, other: DrawnSample) -> bool:
    return (one.digest, one.rule, one.snapshot.digest) == (
        other.digest,
        other.rule,
        other.snapshot.digest,
    )


def standing_sample(reader: Reader, workflow: str, window: Window) -> DrawnSample | None:
    """The sample that holds for a window; None where none was drawn."""
    return max(reader.samples(workflow, window), key=lambda one: one.revision, default=None)


def named_sample(ws: Workspace, which: str | None) -> DrawnSample:
    """The sample that a person means: by its id, or the latest of a workflow (the only one).

    Raises:
        UnknownId: no sample has this id.
        UsageError: the workflow is unknown, draws no sample, or has none yet.
    """
    number = re.fullmatch(r"[Ss]-?(\d{1,12})", which or "")
    if number is not None:
        with ws.reading() as reader:
            return reader.sample(int(number.group(1)))
    workflow = ws.workflow(which or ws.only_workflow())
    rule_of(workflow)
    with ws.reading() as reader:
        known = reader.samples(workflow.id)
    if not known:
        raise UsageError(
            text("workflow '{workflow}' has no sample yet", workflow=workflow.id),
            hint=text("draw one with `loopqa sample draw {workflow}`", workflow=workflow.id),
        )
    return max(known, key=lambda one: (one.window.end, one.revision))


def drawn_cases(ws: Workspace, sample: DrawnSample) -> Any:
    """The drawn cases as an Arrow table: see :func:`loopqa.evidence.sampling.draw`.

    Raises:
        DataError: their file is gone or was altered.
    """
    table = read_snapshot(ws.evidence / sample.workflow, sample.snapshot).table
    return table.select(table.column_names)  # large ones come in pages


def _numbers(ws: Workspace, sample: DrawnSample) -> list[str]:
    numbers: list[str] = drawn_cases(ws, sample).column(CASE).to_pylist()
    return numbers


def _columns(workflow: Workflow, rule: Sample) -> tuple[str, ...]:
    """Strata, segments and clusters, each once."""
    return tuple(dict.fromkeys((*rule.strata, *workflow.segments, *workflow.cluster)))


def _read_population(
    ws: Workspace, workflow: Workflow, rule: Sample, window: Window, progress: Progress | None
) -> Cases:
    """All cases of the window that could be drawn; answers of theirs are not read."""
    feeds = {one.name: one for one in feeds_of_workflow(workflow, ws.host, ws.root)}
    feed = population_feed(ws, ws.standard(workflow), feeds[rule.draw_from])
    wanted = Wanted(
        keep=_known(workflow, rule, feed),
        need_at=True,
        zone=ws.settings.time_zone,
        now=ws.now(),
    )
    nothing = replace(ws.rubric(workflow), dimensions=())
    read = read_feeds([feed], nothing, {}, wanted, key=ws.key, window=window, progress=progress)
    ((_, cases),) = read
    within = cases.within(window)
    if not within.n:
        raise _nothing_in(workflow, rule, window, cases)
    return within


def _known(workflow: Workflow, rule: Sample, feed: Feed) -> tuple[str, ...]:
    """Columns to read: those of the strata must be there, others are taken where they are."""
    names = columns_of_input(workflow.input(rule.draw_from), feed)
    wanted = _columns(workflow, rule)
    return tuple(name for name in wanted if name in rule.strata or name in names)


def columns_of_input(one: Input, feed: Feed) -> frozenset[str]:
    """The columns that an input has, by its own names and by ours."""
    made = one.collapse.names if one.collapse else ()
    return frozenset((*(feed.source.columns() or ()), *one.map, *made))


def _nothing_in(workflow: Workflow, rule: Sample, window: Window, cases: Cases) -> DataError:
    last = cases.last_day
    return DataError(
        text(
            "input '{input}' has no case in {window} to draw from",
            input=rule.draw_from,
            window=str(window),
        ),
        hint=text("check `map: at` and `dates`")
        if last is None
        else text(
            "the last case is of {day}; for its window: "
            "loopqa sample draw {workflow} --window {last}",
            day=last.isoformat(),
            workflow=workflow.id,
            last=str(window_of(last, workflow.window.previous.unit)),
        ),
    )


def _warnings(ws: Workspace, population: Population, window: Window) -> tuple[Text, ...]:
    """What a person should know about the cases that were drawn from."""
    told = []
    if ws.today() <= window.end:
        told.append(text("{window} is not over: draw again when it is", window=str(window)))
    if population.unnumbered:
        told.append(
            text("{n} rows have no case number and can't be drawn", n=population.unnumbered)
        )
    if population.repeated:
        told.append(
            text(
                "{n} rows repeat the number of another case; the latest row of each counts",
                n=population.repeated,
            )
        )
    return tuple(told)
