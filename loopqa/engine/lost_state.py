"""A state that is gone: what lies beside it tells it from one that never was."""

from __future__ import annotations

from pathlib import Path

from loopqa.errors import RunFailed
from loopqa.language import text


def has_frozen_cases(evidence: Path) -> bool:
    """Whether a folder of evidence holds snapshots, which only waves and samples of a state write.

    Landed rows lie deeper; they are a copy of the source, and a new state reads them anew.
    """
    return any(evidence.glob("*/*.parquet"))


def refuse_to_forget(evidence: Path, where: str) -> None:
    """Let no new, empty state take the place of one that is gone: its re-surveys would never come.

    Args:
        evidence: the workspace's folder of snapshots.
        where: the state, as people name it.

    Raises:
        RunFailed: there is evidence, so there was a state.
    """
    if has_frozen_cases(evidence):
        raise RunFailed(
            text("{file}: the state is gone, though there is evidence of waves", file=where),
            hint=text(
                "put it back, or `loopqa db restore FILE`; to begin anew on purpose, move {folder} "
                "away first",
                folder=evidence,
            ),
        )
