"""Draw the pictures of docs/explanation/verdicts.md and verdicts.zh.md.

python docs/pictures.py            # draw them
python docs/pictures.py --check    # say which of them are out of date; exit code 1 if any is
python docs/pictures.py --prove    # repeat the kept run of `loopqa prove` first (minutes)
python docs/pictures.py --prove FILE    # take what `loopqa prove --json` wrote to FILE instead

Each picture is drawn wide and narrow, in English and in Chinese. The pages get the texts that stand
for the pictures where they are not seen, the table of answers needed, and the tables of the kept
run of `loopqa prove` (proof.json). SVG files differ in their
last pixels between versions of the chart library and sets of fonts, so a check compares the numbers
(numbers.json) and all words of the pictures.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from xml.etree import ElementTree

from picture_charts import CHARTS
from picture_marks import LANGUAGES, WIDTHS, Numbers, Said, said
from picture_numbers import PROOF, numbers
from proof_tables import TABLES, command, with_tables

from loopqa.report import theme
from loopqa.report.charts.lettering import wrapped
from loopqa.report.charts.marks import to_svg
from loopqa.report.numbers import MINUS
from loopqa.report.pictures import stripped

DOCS = Path(__file__).parent
FOLDER = DOCS / "explanation" / "pictures"
NUMBERS = FOLDER / "numbers.json"
PAGES = {FOLDER.parent / "verdicts.md": "en", FOLDER.parent / "verdicts.zh.md": "zh"}
MARGIN = 12  #: px around a picture
TITLE, NOTE = 15, 12  #: px; the finding, and what is drawn
LEADING = {TITLE: 21, NOTE: 17}
ROOM = {TITLE: 0.91, NOTE: 1.0}  #: share of the width that estimated lines may take; bold is wider


@dataclass(frozen=True)
class Words:
    """What is written above a picture."""

    title: Said  #: the finding
    note: Said  #: what is drawn


def words(data: Numbers) -> dict[str, Words]:
    """Titles and notes of all pictures, with the numbers in them."""
    u, low, year, gap = (data[name] for name in ("unhappy", "lowest", "season", "history"))
    phone, others = year["nothing"]["phone"], year["nothing"]["others"]
    kinds, tried, plan = data["verdicts"], data["practices"], data["answers"]
    least, most = min(data["teams"]["others"]), max(data["teams"]["others"])
    share = {row["name"]: f"{100 * row['improved']:.0f}" for row in tried["rows"]}
    at_100 = {name: plan[name][plan["per_month"].index(100)] for name in ("comparison", "both")}
    return {
        "unhappy": Words(
            (
                f"Nobody did anything: {u['mean_before']:.2f} became {u['mean_after']:.2f}",
                f"什么也没做：{u['mean_before']:.2f} 分变成了 {u['mean_after']:.2f} 分",
            ),
            (
                f"{u['customers']} customers who gave a 1 or a 2, by their rating then and three "
                f"months later; the mean of all customers is {u['mean_of_everybody']:.2f}",
                f"{u['customers']} 位打 1 分或 2 分的客户：当时与三个月后的评分；"
                f"全体客户均值为 {u['mean_of_everybody']:.2f}",
            ),
        ),
        "lowest": Words(
            (
                f"The lowest of fifteen cells recovers by itself, the highest sinks: "
                f"{low['before'][0]:.2f} became {low['after'][0]:.2f}",
                f"十五个单元中最低的自己回升，最高的自己回落：{low['before'][0]:.2f} 变成 "
                f"{low['after'][0]:.2f}",
            ),
            (
                f"means of {low['answers']} answers a cell, averaged over {low['organisations']} "
                f"organisations in which nobody did anything; the lowest cell was higher later in "
                f"{low['higher_of_100']} of 100",
                f"每个单元 {low['answers']} 份答卷的均值，取 {low['organisations']} "
                f"个什么也没做的组织的平均；100 个组织里有 {low['higher_of_100']} "
                f"个的最低单元后来更高",
            ),
        ),
        "season": Words(
            (
                f"The phone channel rose by {rise(phone)} points, the others by {rise(others)}",
                f"电话渠道升了 {rise(phone)} 分，其他渠道升了 {rise(others)} 分",
            ),
            (
                "mean by month, ▲ phone (solid) and ○ the others (dashed); the same year twice, "
                "with an action that does nothing and with one that works; only the gap counts",
                "每月均值，▲ 电话（实线）与 ○ 其他渠道（虚线）；同一年两种情形："
                "措施无效、措施有效；只看差距",
            ),
        ),
        "teams": Words(
            ("Nobody did anything, and yet every team moved", "什么也没做，每个班组却都在动"),
            (
                f"change of each team's mean in three months, about 30 answers a month; the black "
                f"stroke is the mean of the teams; other teams moved by {signed(least)} to "
                f"{signed(most)}",
                f"每个班组三个月里均值的变化，每月约 30 份答卷；黑线为各组平均；"
                f"其他班组变动 {signed(least)} 到 {signed(most)}",
            ),
        ),
        "history": Words(
            (
                "Eight months of history show how far the gap moves by itself",
                "八个月的历史显示差距自己会动多远",
            ),
            (
                f"phone minus the others, by month: between {signed(min(gap['gaps']))} and "
                f"{signed(max(gap['gaps']))} while nothing was done; only the action that worked "
                f"leaves that range",
                f"电话减其他渠道，按月：什么也没做时在 {signed(min(gap['gaps']))} 与 "
                f"{signed(max(gap['gaps']))} 之间；只有有效的措施离开了这个范围",
            ),
        ),
        "verdicts": Words(
            (
                "The verdict is read off the whole interval, not off its middle",
                "结论看整个区间，而不是看中点",
            ),
            (
                "change put down to the action, in points, with its interval; grey: changes too "
                "small to matter; four simulated actions, no change with "
                f"{kinds['no_change']['answers']:,} answers, the others with about "
                f"{round(kinds['improved']['answers'], -1)}",
                "可归因于措施的变化（分）及其区间；灰带：小到不必在意的变化；四次模拟措施，"
                f"“无实质变化”有 {kinds['no_change']['answers']:,} 份答卷，其余约 "
                f"{round(kinds['improved']['answers'], -1)} 份",
            ),
        ),
        "practices": Words(
            (
                f"Where nothing was done a t-test still says “improved” in {share['t-test']} of "
                f"100 cases, LoopQA in {share['LoopQA']}",
                f"什么也没做时，t 检验在 100 次里有 {share['t-test']} 次说“改善”，LoopQA "
                f"{share['LoopQA']} 次",
            ),
            (
                f"share of simulated actions without any effect that were called improved "
                f"({tried['cycles']:,} cycles of `loopqa prove`); dashed: the 5 % that LoopQA "
                f"promises at most".replace("`", ""),
                f"毫无效果的模拟措施被说成“改善”的比例（loopqa prove，{tried['cycles']:,} "
                f"轮）；虚线：LoopQA 承诺的上限 5 %",
            ),
        ),
        "answers": Words(
            (
                f"History makes smaller improvements visible: {at_100['both']:.2f} instead of "
                f"{at_100['comparison']:.2f} points at 100 answers",
                f"有了历史，更小的改善也看得见：100 份答卷时 {at_100['both']:.2f} "
                f"分，而不是 {at_100['comparison']:.2f} 分",
            ),
            (
                "improvement that is seen in four of five cases, in points, by answers in the "
                "scope each month; the comparison has as many, the history eight months",
                "五次里有四次能看见的改善（分），按作用范围内每月答卷数；对照组答卷同样多，"
                "历史为八个月",
            ),
        ),
    }


def rise(levels: Sequence[float]) -> str:
    """How far the last survey lies above the one before it."""
    return f"{levels[-1] - levels[-2]:.2f}"


def signed(points: float) -> str:
    """A difference in points."""
    return f"{points:+.2f}".replace("-", MINUS)


def alternative(name: str, data: Numbers, language: str) -> str:
    """The text that stands for a picture where it is not seen."""
    above = words(data)[name]
    title, note = said(above.title, language), said(above.note, language)
    return said((f"{title}. {note[0].upper()}{note[1:]}.", f"{title}。{note}。"), language)


def file_name(name: str, language: str, *, wide: bool) -> str:
    """Name of a picture's file."""
    suffix = "" if wide else ".narrow"
    return f"{name}.{language}{suffix}.svg"


def filled(page: str, data: Numbers, language: str) -> str:
    """A page with what the pictures and the planner say: texts for the blind, answers needed."""

    def named(found: re.Match[str]) -> str:
        return f'{found[1]}{escape(alternative(found[2], data, language), quote=False)}"'

    page = re.sub(r'(<img src="pictures/(\w+)\.\w+\.svg" alt=")[^"]*"', named, page)
    table = "\n".join(needed(data["answers"], language))
    between = rf"\g<1>{table}\n\g<2>"
    return re.sub(r"(<!-- needed -->\n).*(<!-- end of needed -->)", between, page, flags=re.S)


def needed(plan: Numbers, language: str) -> Iterator[str]:
    """Rows of the table of answers needed."""
    columns = " | ".join(
        said((f"{change:g} points", f"{change:g} 分"), language) for change in plan["changes"]
    )
    yield f"| {said(('to see', '要看见'), language)} | {columns} |"
    yield "|---|" + "---:|" * len(plan["changes"])
    for design, name in _DESIGNS.items():
        counts = " | ".join(_count(n, language) for n in plan["needed"][design])
        yield f"| {said(name, language)} | {counts} |"


def _count(n: int | None, language: str) -> str:
    return said(("no number is enough", "多少都不够"), language) if n is None else f"{n:,}"


_DESIGNS: dict[str, Said] = {
    "both": ("comparison + eight months of history", "对照＋八个月历史"),
    "comparison": ("comparison only", "只有对照"),
    "history": ("history only", "只有历史"),
}


def pictures(data: Numbers) -> Iterator[tuple[str, str]]:
    """(file name, SVG) of all pictures."""
    for name, above in words(data).items():
        for language in LANGUAGES:
            for wide in WIDTHS:
                chart = to_svg(CHARTS[name](data[name], language, wide=wide))
                lines = (said(above.title, language), said(above.note, language))
                yield (
                    file_name(name, language, wide=wide),
                    framed(chart, lines, alternative(name, data, language), wide=wide),
                )


def framed(chart: str, above: tuple[str, str], description: str, *, wide: bool) -> str:
    """The chart on paper of its own, with its title and note above it."""
    drawn, height, inside = stripped(chart, "p")
    width = max(float(drawn), WIDTHS[wide])
    top, rows = MARGIN, []
    for words_, size, style in zip(above, (TITLE, NOTE), _STYLES, strict=True):
        for row in wrapped(words_, WIDTHS[wide] / size * ROOM[size], lines=6):
            top += LEADING[size]
            rows.append(f'<text x="{MARGIN}" y="{top - 5}" {style}>{escape(row)}</text>')
    top += 10
    full = f"{width + 2 * MARGIN:g}", f"{top + float(height) + MARGIN:g}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{full[0]}" '
        f'height="{full[1]}" viewBox="0 0 {full[0]} {full[1]}" font-family="{theme.FONT}">'
        f"<title>{escape(above[0])}</title><desc>{escape(description)}</desc>"
        f'<rect width="100%" height="100%" fill="{theme.PAPER}"/>'
        f'{"".join(rows)}<g transform="translate({MARGIN},{top})">{inside}</g></svg>\n'
    )


_STYLES = (
    f'font-size="{TITLE}px" font-weight="bold" fill="{theme.INK}"',
    f'font-size="{NOTE}px" fill="{theme.MUTED}"',
)


def inscriptions(svg: str) -> list[str]:
    """All words of a picture, in their order."""
    return ["".join(one.itertext()) for one in ElementTree.fromstring(svg).iter() if _is_text(one)]


def _is_text(element: ElementTree.Element) -> bool:
    return bool(re.fullmatch(r"(\{.*\})?(text|title|desc)", element.tag))


def dumped(data: Numbers) -> str:
    """The numbers as they are kept."""
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def prove(kept: Path | None) -> None:
    """Keep the run of the battery in a file, or the same run as before, done again."""
    document = repeated() if kept is None else kept.read_text("utf-8")
    PROOF.write_text(json.dumps(json.loads(document), indent=1) + "\n", encoding="utf-8")


def repeated() -> str:
    """What the kept run says by now."""
    words = command(json.loads(PROOF.read_text("utf-8"))).split()
    done = subprocess.run(
        [sys.executable, "-m", *words, "--json"], stdout=subprocess.PIPE, text=True
    )
    if done.returncode not in (0, 1):  # 1: something that is promised was broken
        done.check_returncode()
    return done.stdout


def pages(data: Numbers) -> Iterator[tuple[Path, str]]:
    """(page, its text as it should be) of all pages with something generated in them."""
    for path, language in PAGES.items():
        yield path, filled(path.read_text("utf-8"), data, language)
    proof = json.loads(PROOF.read_text("utf-8"))
    for path, most in TABLES.items():
        yield path, with_tables(path.read_text("utf-8"), proof, most)


def stale(data: Numbers) -> Iterator[str]:
    """Files that say something else than they would if they were made now."""
    if not NUMBERS.exists() or NUMBERS.read_text("utf-8") != dumped(data):
        yield str(NUMBERS.relative_to(DOCS))
    for path, page in pages(data):
        if page != path.read_text("utf-8"):
            yield str(path.relative_to(DOCS))
    drawn = dict(pictures(data))
    kept = {path.name for path in FOLDER.glob("*.svg")}
    folder = FOLDER.relative_to(DOCS)
    yield from (f"{folder}/{name}" for name in sorted(kept - drawn.keys()))
    for name, svg in drawn.items():
        path = FOLDER / name
        if name not in kept or inscriptions(path.read_text("utf-8")) != inscriptions(svg):
            yield f"{folder}/{name}"


def main(arguments: list[str]) -> int:
    """Draw the pictures, or compare them with what stands there."""
    if "--prove" in arguments:
        after = arguments[arguments.index("--prove") + 1 :]
        prove(Path(after[0]) if after and not after[0].startswith("-") else None)
    data = numbers()
    if "--check" in arguments:
        found = list(stale(data))
        sys.stderr.writelines(f"docs/{name} is out of date: make docs\n" for name in found)
        return 1 if found else 0
    NUMBERS.write_text(dumped(data), encoding="utf-8")
    for path, page in pages(data):
        path.write_text(page, encoding="utf-8")
    for name, svg in pictures(data):
        (FOLDER / name).write_text(svg, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
