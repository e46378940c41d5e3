"""What a row of a third party's source costs on its way into our process, before it is looked at.

A plugin yields the rows of a ticket system (six columns), as mappings or as Arrow batches, from a
process of its own. Beside it: the same mappings made in our process and turned into Arrow there
(`inside`), and a process that writes them as JSON lines, as most connectors do, which we read and
turn into Arrow (`jsonl`). CPU is that of both processes after the imports of ours, making the rows
included (`made` does nothing else); memory is the peak of each process.

    python benchmarks/plugin_rows.py [--rows N] [--only NAME ...]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

PROMISED = 12.0  #: microseconds of CPU a row

PLUGIN = '''
from loopqa.plugin import BATCH_ROWS, Options, Source, hookimpl, text


class RowOptions(Options):
    rows: int
    arrow: bool = False


def batches(rows):
    """Mappings as a client of an API makes them: new ones, with new texts and numbers."""
    for first in range(0, rows, BATCH_ROWS):
        yield [
            {
                "ticket": f"T-{number}",
                "customer": f"C-{number % 300_000}",
                "at": f"2026-0{number % 9 + 1}-{number % 27 + 1:02}T10:00:00",
                "channel": ("phone", "chat", "mail")[number % 3],
                "speed": number % 5 + 1,
                "remark": "the line was busy" if number % 7 == 0 else None,
            }
            for number in range(first, min(first + BATCH_ROWS, rows))
        ]


class Rows(Source):
    type = "rows"
    summary = text("many rows")
    Config = RowOptions

    def check(self):
        pass

    def read(self, context):
        if not self.config.arrow:
            yield from batches(self.config.rows)
            return
        import pyarrow as pa

        (batch,) = pa.Table.from_pylist(next(batches(BATCH_ROWS))).to_batches()
        for _ in range(0, self.config.rows, BATCH_ROWS):
            yield batch


@hookimpl
def loopqa_sources():
    return [Rows]
'''

JSON_LINES = """
import json, sys
sys.path.insert(0, sys.argv[1])
from rows import batches
for batch in batches(int(sys.argv[2])):
    for row in batch:
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\\n")
"""

Run = Callable[[Path, int], int]


def apart(root: Path, rows: int, *, arrow: bool = False) -> int:
    """Through LoopQA's own way: a process, Arrow batches."""
    from loopqa.model.workflow import PluginSpec
    from loopqa.plugin import ReadContext
    from loopqa.plugin.host import PluginHost

    spec = PluginSpec("rows", {"rows": rows, "arrow": arrow})
    source = PluginHost(root).make_source(spec, root=root)
    return sum(len(batch) for batch in source.read(ReadContext()))


def arrow(root: Path, rows: int) -> int:
    """The same with a source that has Arrow batches already."""
    return apart(root, rows, arrow=True)


def inside(root: Path, rows: int) -> int:
    """In our process, turned into Arrow as the built-in sources' rows are."""
    from loopqa.evidence.batches import raw_of

    return sum(raw_of(batch, name="rows", first_row=1).length for batch in _made_here(root, rows))


def made(root: Path, rows: int) -> int:
    """The rows are made and dropped."""
    return sum(len(batch) for batch in _made_here(root, rows))


def jsonl(root: Path, rows: int) -> int:
    """JSON lines over a pipe, read in batches."""
    import pyarrow as pa

    command = [sys.executable, "-c", JSON_LINES, str(root / "plugins"), str(rows)]
    seen = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        waiting: list[dict[str, Any]] = []
        for line in process.stdout:
            waiting.append(json.loads(line))
            if len(waiting) == 10_000:
                seen += pa.RecordBatch.from_pylist(waiting).num_rows
                waiting = []
        return seen + pa.RecordBatch.from_pylist(waiting).num_rows


def _made_here(root: Path, rows: int) -> Iterator[list[dict[str, Any]]]:
    sys.path.insert(0, str(root / "plugins"))
    from rows import batches  # type: ignore[import-not-found]

    yield from batches(rows)


CONTESTANTS: dict[str, Run] = {
    "rows": apart, "arrow": arrow, "inside": inside, "jsonl": jsonl, "made": made,
}  # fmt: skip


def measured(name: str, rows: int) -> dict[str, float]:
    """Run one contestant in this process, once all imports are done."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "plugins").mkdir()
        (root / "plugins" / "rows.py").write_text(PLUGIN, encoding="utf-8")
        run = CONTESTANTS[name]
        run(root, 10)
        before = _cpu()
        assert run(root, rows) == rows
        cpu = _cpu() - before
    return {
        "cpu": cpu,
        "ours": _peak(resource.RUSAGE_SELF),
        "other": _peak(resource.RUSAGE_CHILDREN),
    }


def _cpu() -> float:
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in usages)


def _peak(who: int) -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(who).ru_maxrss * unit / 1e6


def main() -> int:
    """Run the contestants, each in a fresh process; 1 if the promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--only", nargs="*", choices=CONTESTANTS, default=list(CONTESTANTS))
    parser.add_argument("--one", choices=CONTESTANTS, help=argparse.SUPPRESS)
    wish = parser.parse_args()
    if wish.one:
        sys.stdout.write(json.dumps(measured(wish.one, wish.rows)))
        return 0
    sys.stdout.write(f"{wish.rows:,} rows\n            us a row   peak MB: ours  the other's\n")
    kept = True
    for name in wish.only:
        command = [sys.executable, __file__, "--rows", str(wish.rows), "--one", name]
        told = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
        found = json.loads(told)
        each = found["cpu"] / wish.rows * 1e6
        sys.stdout.write(f"{name:10}{each:10.2f}{found['ours']:16.0f}{found['other']:13.0f}\n")
        kept = kept and (name != "rows" or each <= PROMISED)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
