"""The tables that ``loopqa prove`` prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from loopqa.cli.output import say, table, tell
from loopqa.language import Text, text

if TYPE_CHECKING:
    from loopqa.engine.proving.loop_summary import LoopTable
    from loopqa.engine.proving.rows import Row, Share
    from loopqa.engine.proving.summary import Proof

#: names of rows, as people read them
_NAMES: Mapping[str, Text] = {
    "mean": text("mean went up"),
    "t-test": text("t-test"),
    "rank test": text("rank test"),
    "plain difference in differences": text("plain difference in differences"),
    "standard": text("standard: three channels of four teams"),
    "varied": text("varied: any shape, drift and habit"),
    "kpi": text("kpi: tickets"),
    "plain": text("nothing hostile"),
    "mode changed in the scope": text("mode changed in the scope"),
    "mode changed everywhere": text("mode changed everywhere"),
    "fewer respond": text("fewer respond"),
    "another action, told": text("another action, told"),
    "another action, not told": text("another action, not told"),
    "scope of one team": text("scope of one team"),
    "scope of two teams": text("scope of two teams"),
    "very few answers": text("very few answers"),
    "comparison near the ceiling": text("comparison near the ceiling"),
    "customer ids missing": text("customer ids missing"),
    "history with gaps": text("history with gaps"),
    "windows of unequal length": text("windows of unequal length"),
    "everything in scope": text("everything in scope"),
    "calm": text("calm"),
    "season": text("season"),
    "shock": text("season and channel shocks"),
    "yearly peak": text("yearly peak"),
    "trend": text("trend"),
    "random walk": text("random walk"),
    "channel shocks": text("channel shocks"),
    "ratings": text("ratings"),
    "several ratings at once": text("several ratings at once"),
    "times": text("times"),
    "shares": text("shares"),
    "NPS": text("net promoter score"),
    "channel shocks and no history": text("channel shocks and no history"),
    "another action that nobody told of": text("another action that nobody told of"),
    "fewer respond and no comparison": text("fewer respond and no comparison"),
    "a yearly peak not seen before and no comparison": text(
        "a yearly peak not seen before and no comparison"
    ),
}


def show_proof(proof: Proof) -> None:
    """All tables of a battery, and whether the promise is kept."""
    say(
        text(
            "{cycles} simulated cycles, seed {seed}; each an action whose effect is known",
            cycles=proof.cycles,
            seed=proof.seed,
        )
    )
    marked = frozenset(one.name for one in proof.breaking)
    _table(text("practice"), proof.practices, marked)
    for heading, first, rows in (
        (
            text("LoopQA by design (who was asked, and what it was held against):"),
            text("design"),
            proof.designs,
        ),
        (text("LoopQA by make of the world:"), text("world"), proof.makes),
        (
            text("LoopQA in the varied worlds, by what is hostile in them:"),
            text("situation"),
            proof.situations,
        ),
        (text("LoopQA by how the world moves by itself:"), text("movement"), proof.drifts),
        (text("LoopQA by what is measured:"), text("measure"), proof.measures),
    ):
        _part(heading, first, rows, marked)
    tell()
    _tell_effects(proof)
    _part(
        text("Not in the tables above, because nobody could tell:"),
        text("what looks like an effect"),
        proof.unclear,
        frozenset(),
    )
    tell()
    _tell_loops(proof.loops)
    _tell_promise(proof)


def _part(heading: Text, first: Text, rows: tuple[Row, ...], marked: frozenset[str]) -> None:
    if rows:
        tell()
        tell(heading)
        _table(first, rows, marked)


def _table(first: Text, rows: tuple[Row, ...], marked: frozenset[str]) -> None:
    headings = [
        first,
        text("no effect"),
        text("false improved"),
        text("false worsened"),
        text("small"),
        text("medium"),
        text("large"),
        text("negative"),
        text("wrong sign"),
    ]
    cells = [
        [
            _name(row.name, marked),
            row.false_improved.n,
            _with_interval(row.false_improved, digits=1),
            _with_interval(row.false_worsened, digits=1),
            *(_with_interval(share) for share in row.found.values()),
            _with_interval(row.wrong_sign, digits=1),
        ]
        for row in rows
    ]
    table(headings, cells, right=(1, 2, 3, 4, 5, 6, 7, 8))


def _name(name: str, marked: frozenset[str]) -> str:
    return f"{_NAMES.get(name, name)}{' !' if name in marked else ''}"


def _with_interval(share: Share, digits: int = 0) -> str:
    if share.value is None or share.interval is None:
        return "-"
    low, high = share.interval
    return f"{share.value:.{digits}%} [{100 * low:.{digits}f}, {100 * high:.{digits}f}]"


def _tell_effects(proof: Proof) -> None:
    tell(
        text(
            "told: {n} of {all} cycles, those whose evidence can tell the effect from the rest; "
            "no effect: those of them that judge something unchanged",
            n=proof.identified,
            all=proof.cycles,
        )
    )
    tell(
        text(
            "effects in the standard worlds: small +0.22, medium +0.43, large +0.85, negative "
            "-0.43 points, elsewhere of about that size; in brackets 95 % intervals"
        )
    )
    missed = proof.loopqa.false_no_change
    tell(
        text(
            "large effects that LoopQA called no change: {k} of {n}",
            k=missed.k,
            n=missed.n,
        )
    )
    tell(
        text(
            "where the decision table allows no verdict: {k} of {n} verdicts were not inconclusive",
            k=proof.undecidable.k,
            n=proof.undecidable.n,
        )
    )


def _tell_loops(loops: LoopTable) -> None:
    if not loops.cycles:
        return
    tell(
        text(
            "{cycles} cycles through a workspace: {resurveys} re-surveys, {verdicts} verdicts, "
            "{lost} lost, {twice} twice",
            cycles=loops.cycles,
            resurveys=loops.resurveys,
            verdicts=loops.verdicts,
            lost=loops.lost,
            twice=loops.twice,
        )
    )
    tell(
        text(
            "  false improved {improved} of {placebo}, false worsened {worsened} of {placebo}, "
            "found {found} of {real}",
            improved=loops.false_improved.k,
            worsened=loops.false_worsened.k,
            placebo=loops.false_improved.n,
            found=loops.found.k,
            real=loops.found.n,
        )
    )
    for rule in loops.rules:
        tell(text("  broken: {rule}", rule=_RULES[rule]))


_RULES: Mapping[str, Text] = {
    "no tick fails": text("no tick fails"),
    "a second tick does nothing": text("a second tick does nothing"),
    "the audit chain is whole": text("the audit chain is whole"),
    "the action ends as its verdicts say": text("the action ends as its verdicts say"),
    "findings end as their verdicts say": text("findings end as their verdicts say"),
    "what is carried over has one successor, and nothing else has any": text(
        "what is carried over has one successor, and nothing else has any"
    ),
    "a cell has one unfinished finding at most": text("a cell has one unfinished finding at most"),
}


def _tell_promise(proof: Proof) -> None:
    if proof.holds:
        tell(text("LoopQA keeps its promise: no error significantly above 5 %"))
        return
    if proof.breaking:
        tell(text("LoopQA breaks its promise: an error is significantly above 5 % (marked !)"))
    if proof.undecidable.k:
        tell(text("LoopQA breaks its promise: verdicts where none is possible"))
    if proof.loops.broken:
        tell(text("LoopQA breaks its promise: a cycle through a workspace went wrong"))
