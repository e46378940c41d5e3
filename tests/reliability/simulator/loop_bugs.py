"""Planted bugs in claims, re-surveys and the life of actions."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

from loopqa.engine import improve, settle
from loopqa.engine.ticking import begin, compare
from loopqa.model.cycle import ReSurveyState
from loopqa.store import changing, claims, leases, outbox, slots
from tests.reliability.simulator.planting import Bug, Hurried, hurry_stage, swap

LEASED = (claims, slots, outbox)
LONG = timedelta(days=36500)


def _no_fence(stack: ExitStack) -> None:
    """Whoever writes last wins."""

    def make(usual: Any) -> Any:
        def change(self: Any, kind: Any, wanted: Any, event: str, **beside: Any) -> Any:
            current = [
                (replace(record, version=self._found(kind, record.id).version), changes)
                if hasattr(record, "version")
                else (record, changes)
                for record, changes in wanted
            ]
            return usual(self, kind, current, event, **beside)

        return change

    swap(stack, changing.Changing, "_change_all", make)


def _reap_all(stack: ExitStack) -> None:
    for module in LEASED:
        if hasattr(module, "is_lost"):
            swap(stack, module, "is_lost", lambda _: lambda row, now: True)


def _endless_lease(stack: ExitStack) -> None:
    for module in LEASED:
        if hasattr(module, "held"):
            swap(stack, module, "held", lambda _: lambda now, lease=LONG: leases.held(now, LONG))


def _early_claim(stack: ExitStack) -> None:
    def make(usual: Any) -> Any:
        def claim(self: Any, *args: Any, **more: Any) -> Any:
            now = self._now
            self._now = now + timedelta(days=1)
            try:
                return usual(self, *args, **more)
            finally:
                self._now = now

        return claim

    swap(stack, claims.Claims, "claim_due", make)


def _early_begin(stack: ExitStack) -> None:
    hurry_stage(stack, begin.begin_steps, timedelta(hours=1))


def _moved_meanwhile(stack: ExitStack) -> None:
    def make(usual: Any) -> Any:
        def ask(ws: Any, writer: Any, namings: Any) -> Any:
            versions = [writer.resurvey(one.resurvey.id).version for one in namings]
            blind = [
                replace(one, resurvey=replace(one.resurvey, version=version))
                for one, version in zip(namings, versions, strict=True)
            ]
            return usual(Hurried(ws, LONG), writer, blind)

        return ask

    swap(stack, begin, "ask", make)


def _two_transactions(stack: ExitStack) -> None:
    def settled(ws: Any, claimed: Any, comparison: Any) -> Any:
        used, ends = ws.standard(ws.workflow("")), []

        def later(self: Any, resurvey: Any, *, event: str, **changes: Any) -> Any:
            ends.append((resurvey, event, changes))
            return resurvey

        with ExitStack() as inner, ws.writing() as writer:
            swap(inner, claims.Claims, "change_resurvey", lambda _: later)
            led_to = settle.settle_round(ws, writer, used, claimed, comparison)
        with ws.writing() as writer:
            for resurvey, event, changes in ends:
                writer.change_resurvey(resurvey, event=event, **changes)
        return led_to

    swap(stack, compare, "settled", lambda _: settled)


def _close_in_two(stack: ExitStack) -> None:
    def make(usual: Any) -> Any:
        def close(ws: Any, number: int, evidence: str) -> None:
            put_off: list[Any] = []
            with ExitStack() as inner:
                note = lambda ws, writer, action, due_on: put_off.append((action, due_on))  # noqa: E731
                real = improve.schedule_round
                swap(inner, improve, "schedule_round", lambda _: note)
                usual(ws, number, evidence)
            for action, due_on in put_off:
                with ws.writing() as writer:
                    real(ws, writer, action, due_on)

        return close

    swap(stack, improve, "close_action", make)


def _reopen_keeps(stack: ExitStack) -> None:
    swap(stack, improve, "_cancel_pending", lambda _: lambda writer, action: None)


def _no_line(stack: ExitStack) -> None:
    def make(usual: Any) -> Any:
        def enter(self: Any, event: str, about: str, details: Any) -> Any:
            return None if event == "resurvey.done" else usual(self, event, about, details)

        return enter

    swap(stack, changing.Changing, "enter", make)


def _forgotten_retry(stack: ExitStack) -> None:
    def make(usual: Any) -> Any:
        def release(self: Any, resurvey: Any, **more: Any) -> Any:
            return usual(self, resurvey, **{**more, "ready_at": None})

        return release

    swap(stack, claims.Claims, "release_resurvey", make)


def _no_next_round(stack: ExitStack) -> None:
    swap(stack, settle, "schedule_round", lambda _: lambda *_: None)


def _never_done(stack: ExitStack) -> None:
    """Verdicts are written, but the re-survey goes back to those that wait."""

    def make(usual: Any) -> Any:
        def change(self: Any, resurvey: Any, *, event: str, **changes: Any) -> Any:
            if event == "resurvey.done":
                changes = {**changes, "state": ReSurveyState.ASKING}
            return usual(self, resurvey, event=event, **changes)

        return change

    swap(stack, claims.Claims, "change_resurvey", make)


LOOP_BUGS = (
    Bug("no fence", "versions are not checked: a process that lost its claim writes", _no_fence),
    Bug("reap all", "claims are taken back although their lease runs on", _reap_all),
    Bug("endless lease", "a claim is never taken back", _endless_lease),
    Bug("early claim", "windows are compared a day too early", _early_claim),
    Bug("early begin", "re-surveys begin an hour too early", _early_begin),
    Bug("moved meanwhile", "one begins although its day was moved meanwhile", _moved_meanwhile),
    Bug("two transactions", "verdicts and the end of the re-survey apart", _two_transactions),
    Bug("closed apart", "closing and scheduling the re-survey in two transactions", _close_in_two),
    Bug("reopen keeps", "reopening does not cancel the pending re-survey", _reopen_keeps),
    Bug("no line", "the end of a re-survey leaves no line in the audit chain", _no_line),
    Bug("forgotten retry", "after a failure a re-survey is never ready again", _forgotten_retry),
    Bug("no next round", "an open question gets no next round", _no_next_round),
    Bug("never done", "a judged re-survey goes back to those that wait", _never_done),
)
