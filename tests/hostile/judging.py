"""What is wrong with what was said of a hostile file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.cli.chinese import english
from tests.hostile.hostile import Hostile

SECONDS, MEGABYTES = 2.0, 300.0


def faults(case: Hostile, trial: dict[str, Any]) -> Iterator[str]:
    """Every promise that was broken, but for the place."""
    err = trial["err"]
    if not isinstance(trial["code"], int):
        yield f"traceback: {trial['code']}"
        return
    yield from _of_refusal(case, trial) if case.rows is None else _of_reading(case, trial)
    if any(sign in trial["out"] + err + trial["zh"] for sign in ("\x1b", "\x07", "\0")):
        yield "raw control characters"
    if trial["before"] != trial["after"]:
        yield f"left behind: {sorted(set(trial['after']) ^ set(trial['before']))}"
    if trial["seconds"] > SECONDS:
        yield f"{trial['seconds']:.1f} s"
    if trial["megabytes"] > MEGABYTES:
        yield f"{trial['megabytes']:.0f} MB"
    if len(err) > 20_000:
        yield f"a message of {len(err)} characters"
    left = english(trial["zh"][:20_000])
    if left:
        yield f"English left: {left}"


def _of_refusal(case: Hostile, trial: dict[str, Any]) -> Iterator[str]:
    if trial["code"] != 2:
        yield f"exit {trial['code']}, not 2; {trial['out'][-300:]}{trial['err'][-300:]}"
    told = trial["out"] + trial["err"]
    if "error: " not in told:
        yield f"no error told: {told[:300]}"
    if case.says not in told:
        yield f"does not say '{case.says}': {told[:300]}"


def _of_reading(case: Hostile, trial: dict[str, Any]) -> Iterator[str]:
    if trial["code"] != 0:
        yield f"exit {trial['code']}, not 0; {trial['err'][:400]}"
        return
    rows = json.loads(trial["document"])["rows"]
    told = (rows["read"], rows["loaded"], rows["rejected"])
    if told != case.rows:
        yield f"rows {told}, not {case.rows}"


def misplaced(case: Hostile, trial: dict[str, Any]) -> str | None:
    """Where the message says the fault is, if that is not where it is."""
    if case.rows is not None:
        found = json.loads(trial["document"] or "{}").get("rejected", [])
        told = tuple((one["row"], one["column"]) for one in found[: len(case.rejected)])
        return None if told == case.rejected else f"{told}, not {case.rejected}"
    told = (trial["out"] + trial["err"]).splitlines()
    starts = [one.removeprefix("error: ") for one in told if one.startswith("error: ")]
    named = (
        f"{case.place}: ",
        f"there is no file '{case.place}'",
        f"'{case.place}' is a ",
        f"no file matches '{case.place}'",
    )
    if any(one.startswith(named) for one in starts):
        return None
    return f"not {case.place}: {starts[:3]}"
