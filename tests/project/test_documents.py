"""README and docs tell the truth: their blocks are run, their links lead somewhere.

The convention is described in docs/README.md ("How these pages are checked").
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from loopqa.define.meanings import MEANINGS
from loopqa.define.rubric_document import RubricPart
from loopqa.define.schemas import schema
from loopqa.define.workflow_document import SettingsPart, WorkflowPart
from tests.plugin.real_taps import SPREADSHEETS, installed
from tests.postgres_server import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUN = [
    page
    for page in PAGES
    if re.search(r"^```(console|yaml|python|csv)", page.read_text("utf-8"), re.M)
]

FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```\s*$", re.M | re.S)
LINK = re.compile(r"(?<!!)\[[^\]\n]+\]\((?P<target>[^)\s]+)\)")
SET_UP = re.compile(r"^(loopqa demo |make |pip install |python3 -m venv |\. .*activate$|$)")
END_OF_COMMAND = "\x1e"  #: written with the exit code after each command's output


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, the file it is written to (if any), its line and text."""

    language: str
    file: str | None
    line: int
    body: str


@dataclass(frozen=True)
class Step:
    """One command of a page, what it must print and how it must end."""

    line: int
    command: str
    shown: tuple[str, ...] = ()
    code: int = 0


def blocks(page: Path) -> Iterator[Block]:
    source = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(source):
        language, *attributes = match["info"].split() or [""]
        files = [one.removeprefix("file=") for one in attributes if one.startswith("file=")]
        line = source.count("\n", 0, match.start()) + 2
        yield Block(language, files[0] if files else None, line, match["body"])


def commands(block: Block) -> Iterator[Step]:
    """The ``$ ...`` lines of a console block (``> ...`` goes on), each with the lines below it."""
    command, start, shown = "", block.line, []
    for number, line in enumerate([*block.body.splitlines(), "$ "], start=block.line):
        if line.startswith("$ "):
            if command:
                code = re.search(r"# exit (\d+)$", command)
                yield Step(start, command, tuple(shown), int(code[1]) if code else 0)
            command, start, shown = line[2:], number, []
        elif line.startswith("> "):
            command += "\n" + line[2:]
        elif line.strip():
            shown.append(line)


def steps(page: Path, staging: Path) -> Iterator[Step]:
    """Everything to be run, in order; texts of files wait in ``staging``."""
    for block in blocks(page):
        staged = staging / str(block.line)
        staged.write_text(block.body, encoding="utf-8")
        if block.file:
            target = Path(block.file)
            yield Step(block.line, f"mkdir -p '{target.parent}' && cp '{staged}' '{target}'")
        elif block.language == "python":
            yield Step(block.line, f"python '{staged}'")
        elif block.language == "console":
            yield from commands(block)


def tap(page: Path) -> Iterator[Step]:
    """The Singer tap that a page uses, as if its line of set-up had been run."""
    if ".taps/tap-spreadsheets" in page.read_text("utf-8"):
        folder = installed("tap-spreadsheets", SPREADSHEETS)
        yield Step(0, f"mkdir -p .taps && ln -s '{folder}' .taps/")


def environment(home: Path, database: str) -> dict[str, str]:
    """A person's plain environment: English, no colours, this Python first, the real clock."""
    kept_there = {"LOOPQA_STATE": database, "CRM_URL": database} if database else {}
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "TMPDIR") if name in os.environ}
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    spoken = {"LANG": "C.UTF-8", "LOOPQA_LANG": "en", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
    return {**kept, **spoken, **kept_there, "PATH": path, "HOME": str(home), "USER": "lin"}


def run(script: list[Step], home: Path, database: str) -> list[tuple[str, int]]:
    """Run all commands in one shell, as a person would; each command's output and exit code."""
    source = "".join(f"{step.command}\nprintf '{END_OF_COMMAND}%d\\n' $?\n" for step in script)
    (home / "workspace").mkdir()
    done = subprocess.run(
        ["bash", "-c", source],
        cwd=home / "workspace",
        env=environment(home, database),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=280,
    )
    ends = re.compile(rf"(.*?){END_OF_COMMAND}(\d+)\n", re.S)
    return [(printed, int(code)) for printed, code in ends.findall(done.stdout)]


def folded(line: str) -> str:
    return " ".join(line.split())


def first_missing(shown: tuple[str, ...], printed: str) -> str | None:
    """The first shown line that does not occur, in order, in what was printed."""
    lines = iter([folded(line) for line in printed.splitlines()])
    for line in shown:
        pattern = re.escape(folded(line)).replace(r"\.\.\.", ".*")
        if line.strip() != "..." and not any(re.fullmatch(pattern, one) for one in lines):
            return line
    return None


@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", RUN, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_of_the_page_does_what_the_page_says(
    page: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    needs_server = re.search(r"\b(LOOPQA_STATE|CRM_URL)\b", page.read_text("utf-8"))
    database = request.getfixturevalue("postgres_url") if needs_server else ""
    staging = tmp_path / "staging"
    staging.mkdir()
    script = [*tap(page), *steps(page, staging)]
    for step, (printed, code) in zip(script, run(script, tmp_path, database), strict=True):
        where = f"{page.relative_to(ROOT)}:{step.line}: $ {step.command}\n{printed}"
        assert code == step.code, where
        missing = first_missing(step.shown, printed)
        assert missing is None, f"{where}\nthe page shows, but it did not print:\n{missing}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_yaml_block_of_the_page_can_be_read(page: Path) -> None:
    for block in blocks(page):
        if block.language == "yaml":
            assert yaml.safe_load(block.body) is not None, f"{page}:{block.line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_blocks_that_are_not_run_hold_only_set_up_commands(page: Path) -> None:
    known = {"console", "yaml", "python", "csv", "json", "text", "sh", "sql", "ini"}
    for block in blocks(page):
        assert block.language in known, f"{page}:{block.line}"
        if block.language == "sh":
            strange = [line for line in block.body.splitlines() if not SET_UP.match(line)]
            assert strange == [], f"{page}:{block.line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_the_page_leads_to_a_file(page: Path) -> None:
    targets = [match["target"] for match in LINK.finditer(page.read_text(encoding="utf-8"))]
    local = [target.split("#")[0] for target in targets if "://" not in target]
    assert [target for target in local if target and not (page.parent / target).exists()] == []


def test_the_index_of_the_docs_leads_to_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    linked = {match["target"] for match in LINK.finditer(index)}
    pages = {
        str(page.relative_to(ROOT / "docs"))
        for page in PAGES
        if page.parent.parent == ROOT / "docs"
    }
    assert pages - linked == set()


def test_the_generated_pages_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.stdout + done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize("kind", ["rubric", "workflow", "workspace"])
def test_every_field_of_a_definition_file_has_a_meaning(kind: str) -> None:
    document = schema(kind)
    parts = {kind: document, **document.get("$defs", {})}
    assert [
        f"{name}.{field}"
        for name, part in parts.items()
        for field, described in part.get("properties", {}).items()
        if "description" not in described
    ] == []


def test_no_meaning_is_given_to_a_field_that_does_not_exist() -> None:
    fields: dict[str, set[str]] = {}
    for model in (RubricPart, WorkflowPart, SettingsPart):
        document = model.model_json_schema(by_alias=True)
        for name, part in {model.__name__: document, **document.get("$defs", {})}.items():
            fields.setdefault(name, set()).update(part.get("properties", {}))
    stray = {name: set(said) - fields.get(name, set()) for name, said in MEANINGS.items()}
    assert {name: extra for name, extra in stray.items() if extra} == {}
