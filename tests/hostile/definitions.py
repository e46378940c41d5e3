"""Rubrics, workflows and settings that people, editors and attackers write."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests.hostile.hostile import RUBRIC, SETTINGS, WORKFLOW, Hostile

R, W, S = "rubrics/r.yaml", "workflows/w.yaml", "loopqa.yaml"
CSV = "type: csv, path: data.csv"
DIMENSION = "  care: {title: {en: Care, zh: 关怀}, column: score}\n"
_WORKFLOW = WORKFLOW.replace("INPUT", CSV)


def position(content: str, at: str) -> str:
    """Line and column of where ``at`` begins for the first time; one that is a place already."""
    if re.fullmatch(r":\d+(:\d+)?", at):
        return at
    before = content[: content.index(at)]
    return f":{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def written(name: str, file: str, content: str | bytes, place: str, says: str = "") -> Hostile:
    """A case of one definition file; ``place`` as ``:line:column``, or as the text found there."""
    if isinstance(content, str):
        place = position(content, place)
    octets = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return Hostile(
        name,
        lambda folder: (folder / file).write_bytes(octets),
        place=f"{file}{place}",
        says=says,
        check=True,
    )


def changed(name: str, file: str, old: str, new: str, place: str, says: str = "") -> Hostile:
    """A case in which a sound file has one thing changed."""
    sound = {R: RUBRIC, W: _WORKFLOW, S: SETTINGS}[file]
    assert old in sound, old
    return written(name, file, sound.replace(old, new, 1), place, says)


def added(name: str, file: str, more: str, place: str, says: str = "") -> Hostile:
    """A case in which lines are added at the end of a sound file."""
    sound = {R: RUBRIC, W: _WORKFLOW, S: SETTINGS}[file]
    return written(name, file, sound + more, place, says)


def linked(name: str, act: Callable[[Path], object], place: str) -> Hostile:
    """A case in which something else than a file stands where a definition is looked for."""
    return Hostile(name, act, place=place, check=True)


def _replace_by(file: str, act: Callable[[Path], object]) -> Callable[[Path], object]:
    def do(folder: Path) -> None:
        (folder / file).unlink()
        act(folder / file)

    return do


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)

CASES = (
    # YAML as such
    changed("a-key-twice", R, 'version: "1"', 'version: "1"\nversion: "2"', ":3:1", "twice"),
    written("an-alias-bomb", R, RUBRIC + BOMB, ":7:5"),
    changed("a-tag", R, "Care", "!!python/object/apply:os.system [id]", "!!python", "tags"),
    written("deep-nesting", R, RUBRIC + "deep: " + "[" * 5000 + "]" * 5000 + "\n", ":7:36"),
    written("deep-indentation", R, RUBRIC + "".join(" " * n + "a:\n" for n in range(60)), ":36:30"),
    changed("a-huge-scalar", R, "en: Care", "en: " + "x" * 2_000_000, ":1:1", "larger"),
    changed("a-huge-key", R, "care:", "c" * 50_000 + ":", ":6:3"),
    written("utf-16", R, RUBRIC.encode("utf-16"), ":1:1", "UTF-8"),
    written("gb18030", R, RUBRIC.encode("gb18030"), ":3:26", "UTF-8"),
    changed("a-nul", R, "Care", "Ca\0re", "\0re", "U+0000"),
    changed("an-escape-sequence", R, "Care", "\x1b[31mCare", "\x1b[31m", "U+001B"),
    changed("a-tab", R, "  care:", "\tcare:", ":6:1", "tab"),
    changed(
        "a-condition-yaml-eats", R, "column: score}", "column: score, target: >= 3.8}", ":6:60"
    ),
    added("a-condition-on-its-own-line", R, "finding:\n  below: > 3\n", ":8:10", "quotes"),
    changed("a-full-width-colon", R, "rubric: r", "rubric：r", ":1:7", "full-width"),
    added("a-second-document", R, "---\nrubric: s\n", ":7:1"),
    written("an-empty-rubric", R, "", ":1:1"),
    written("only-comments", R, "# nothing\n# here\n", ":1:1"),
    written("a-list-at-the-top", R, "- rubric: r\n- version: 1\n", ":1:1"),
    written("a-word-at-the-top", R, "rubric\n", ":1:1"),
    added("a-bracket-left-open", R, "boxes: {top: [4, 5\n", ":7:14"),
    added("a-quote-left-open", R, 'finding: {below: "3}\n', ":7:18"),
    added("a-merge-key", R, "boxes:\n  <<: {top: [4]}\n", ":8:3"),
    added("a-complex-key", R, "? [a, b]\n: c\n", ":7:3"),
    written("json-with-a-trailing-quote", R, '{"rubric": "r", "version": "1""}', ":1:31"),
    written("random-signs", R, "@@@ %%% ``` ,,, ]]] }}}\n", ":1:1"),
    # rubrics
    changed("a-number-as-id", R, "  care:", "  1:", ":6:3"),
    changed("norway", R, 'version: "1"', "version: NO\nvalid_from: NO", ":3:13"),
    changed(
        "a-misspelt-field", R, "column: score", "colum: score", "colum:", "did you mean 'column'"
    ),
    changed("a-version-that-is-a-list", R, '"1"', "[1]", "version"),
    changed("a-scale-of-one-point", R, "high: 5", "high: 1", "scale"),
    changed("a-scale-without-end", R, "high: 5", "high: .inf", ":4:23"),
    changed("a-scale-of-a-million-points", R, "high: 5", "high: 1000000", "scale"),
    changed("a-number-too-large", R, "low: 1,", "low: 1e400,", ":4:14"),
    changed(
        "weights-that-do-not-add-up",
        R,
        DIMENSION,
        "  care: {weight: 60%, column: score}\n  more: {weight: 50%, column: id}\n",
        "dimensions",
    ),
    changed("a-negative-weight", R, "column: score", "column: score, weight: -1", "-1"),
    changed(
        "a-weight-that-is-no-number", R, "column: score", "column: score, weight: .nan", ".nan"
    ),
    changed(
        "a-lineage-in-a-circle",
        R,
        DIMENSION,
        "  care: {was: more, column: score}\n  more: {was: care, column: id}\n",
        ":6:15",
    ),
    changed("its-own-ancestor", R, "column: score", "column: score, was: care", "care}"),
    changed(
        "a-target-off-the-scale", R, "column: score", 'column: score, target: ">= 38"', '">= 38"'
    ),
    changed(
        "a-target-like-a-pattern",
        R,
        "column: score",
        'column: score, target: "^(a+)+$"',
        '"^(a+)+$"',
    ),
    changed("an-unknown-scheme", R, "column: score", "column: score, score: ratng", "score: ratng"),
    changed("a-title-in-klingon", R, "{en: Ratings, zh: 评分}", "{tlh: nuq}", ":3:9"),
    added("a-circle-of-conditions", R, "finding: {below: [3]}\n", "below: [3]"),
    added("a-blend-of-strangers", R, "blend: {customer: 60%, auditor: 40%}\n", ":7:24"),
    added("a-finding-off-the-scale", R, "finding: {below: 300}\n", ":7:18"),
    added("confidence-beyond-certainty", R, "decide: {confidence: 150%}\n", ":7:22"),
    added(
        "a-golden-test-of-nothing", R, "tests: [{given: {nobody: 1}, expect: {x: 2}}]\n", "{given"
    ),
    # workflows
    changed("an-unknown-rubric", W, "rubric: r", "rubric: s", ":2:9"),
    changed("an-unknown-source", W, "type: csv", "type: cvs", ":5:16", "did you mean 'csv'"),
    changed("an-unknown-option", W, "path: data.csv", "path: data.csv, header: 3", ":5:45"),
    changed("a-path-that-is-a-number", W, "path: data.csv", "path: 3", ":5:27"),
    changed("an-empty-path", W, "path: data.csv", 'path: ""', "path:"),
    changed("a-window-of-fortnights", W, "previous: month", "previous: fortnight", ":3:20"),
    changed("a-window-of-minus-one", W, "previous: month", "previous: -1 months", ":3:20"),
    changed("settling-for-ever", W, "previous: month", "previous: month, settle: ever", ":3:35"),
    changed("a-rater-nobody-knows", W, "rater: customer", "rater: custmer", "custmer"),
    changed("a-map-that-is-a-list", W, "{case: id, customer: who, at: day}", "[id, who]", "map: ["),
    changed("inputs-that-are-a-list", W, "  data:", "  - data:", "inputs"),
    added("a-cron-line-of-nonsense", W, 'schedule: {cron: "99 * * * *"}\n', '"99 *'),
    added("history-of-a-million-years", W, "history: 12000000 months\n", ":8:10"),
    added("a-detector-that-never-was", W, "detect: [{type: below_treshold}]\n", ":8:17"),
    added("rounds-without-end", W, "re_evaluate: {rounds: 1e9}\n", "1e9"),
    added("an-unknown-section", W, "analyze: [{type: slices}]\n", ":8:1", "did you mean 'analyse'"),
    added("segments-that-are-a-word", W, "improve: {open: perhaps}\n", ":8:17"),
    added(
        "a-share-above-everything",
        W,
        "sample: {draw_from: data, for: data, share: 200%}\n",
        ":8:45",
    ),
    added(
        "a-sample-of-a-stranger",
        W,
        "sample: {draw_from: tickets, for: data, share: 10%}\n",
        ":8:21",
    ),
    added("derive-that-is-a-word", W, "derive: yes\n", ":8:9"),
    changed(
        "collapse-that-is-a-word",
        W,
        "rater: customer,",
        "rater: customer, collapse: first,",
        "first,",
    ),
    changed("dates-of-no-form", W, "rater: customer,", 'rater: customer, dates: "%Q",', '"%Q"'),
    # settings
    changed("a-zone-on-no-map", S, "Asia/Shanghai", "Asia/Shanghigh", ":1:12"),
    changed("a-zone-that-climbs-out", S, "Asia/Shanghai", "../../../etc/passwd", ":1:12"),
    changed("a-language-nobody-speaks", S, "[en, zh]", "[en, xx]", ":2:17"),
    added("an-unknown-setting", S, "langauges: [en]\n", ":3:1", "did you mean"),
    written("settings-that-are-a-list", S, "- a\n", ":1:1"),
    # where files should be
    linked("a-rubric-that-is-a-folder", _replace_by(R, lambda at: at.mkdir()), R),
    linked(
        "a-rubric-that-is-a-link-to-itself", _replace_by(R, lambda at: at.symlink_to("r.yaml")), R
    ),
)
