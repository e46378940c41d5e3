"""What a hostile file is, what should become of it, and the workspace it is put into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

RUBRIC = """\
rubric: r
version: "1"
title: {en: Ratings, zh: 评分}
scale: {low: 1, high: 5}
dimensions:
  care: {title: {en: Care, zh: 关怀}, column: score}
"""
WORKFLOW = """\
workflow: w
rubric: r
window: {previous: month}
inputs:
  data: {INPUT, rater: customer, map: {case: id, customer: who, at: day}}
segments: [channel]
report: {formats: []}
"""
SETTINGS = "time_zone: Asia/Shanghai\nlanguages: [en, zh]\n"
NOW, WINDOW = "2026-02-10", "2026-01-01..2026-01-31"
HEADER = "id,who,day,channel,score"


@dataclass(frozen=True)
class Hostile:
    """A workspace with something wrong in it, and what must be said of it.

    It is either refused, with ``place`` before the message, or read with ``rows`` counted as
    (read, loaded, rejected) and each of ``rejected`` (row, column) named.
    """

    name: str
    write: Callable[[Path], object]
    place: str | None = None
    rows: tuple[int, int, int] | None = None
    rejected: tuple[tuple[int, str | None], ...] = ()
    says: str = ""  #: part of the English message
    input: str = "type: csv, path: data.csv"
    check: bool = False  #: a definition: `loopqa check` tells it, no data are read

    def set_up(self, folder: Path) -> None:
        """Write the workspace with the hostile file in it."""
        for name, content in (
            ("loopqa.yaml", SETTINGS),
            ("rubrics/r.yaml", RUBRIC),
            ("workflows/w.yaml", WORKFLOW.replace("INPUT", self.input)),
        ):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        if self.check:
            write_csv(folder, lines())
        self.write(folder)


def line(number: int, **changes: str) -> str:
    """A sound line of data; ``changes`` replace some of its fields."""
    fields = {
        "id": f"c{number}",
        "who": f"k{number % 7}",
        "day": f"2026-01-{number % 28 + 1:02}",
        "channel": ("phone", "chat")[number % 2],
        "score": str(number % 5 + 1),
    }
    return ",".join({**fields, **changes}.values())


def lines(n: int = 20, header: str = HEADER, **changed: str) -> list[str]:
    """A header and ``n`` lines; ``row5="..."`` replaces line 5 of the file."""
    made = [header, *map(line, range(n))]
    for name, content in changed.items():
        made[int(name.removeprefix("row")) - 1] = content
    return made


def write_csv(
    folder: Path, content: Sequence[str], end: str = "\n", encoding: str = "utf-8"
) -> None:
    """Write ``data.csv``."""
    text = end.join(content) + end
    (folder / "data.csv").write_bytes(text.encode(encoding, "surrogatepass"))


def csv(name: str, content: Sequence[str], **expected: object) -> Hostile:
    """A case of one CSV file in UTF-8."""
    return Hostile(name, lambda folder: write_csv(folder, content), **expected)  # type: ignore[arg-type]


def raw(name: str, content: bytes, file: str = "data.csv", **expected: object) -> Hostile:
    """A case of one file of these bytes."""
    return Hostile(name, lambda folder: (folder / file).write_bytes(content), **expected)  # type: ignore[arg-type]
