"""The first-party plugin ``plugins/evidence_gate.py``, as a workspace would use it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loopqa.errors import DefinitionError
from loopqa.model.cycle import Action, ActionState
from loopqa.plugin import PluginHost

SHIPPED = Path(__file__).parents[2] / "plugins" / "evidence_gate.py"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "plugins").mkdir()
    shutil.copy(SHIPPED, tmp_path / "plugins")
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "rota.pdf").write_bytes(b"%PDF")
    return tmp_path


def asked(root: Path, evidence: str, move: str = "close", **options: object) -> str | None:
    """What the guard says."""
    host = PluginHost(root, options={"evidence_gate": options})
    assert host.failures == ()
    (guard,) = host.listeners("loopqa_guard")
    opened = datetime(2026, 10, 1, tzinfo=UTC)
    action = Action(
        7, "desk", "Rota", ActionState.CLOSED, (1,), (), ("speed",), opened, 2, evidence=evidence
    )
    said = host.call(guard, transition=move, action=action, actor="li")
    return None if said is None else said.render("en")


EITHER = "its evidence must hold a link, or name a file of the workspace"


@pytest.mark.parametrize(
    "evidence",
    [
        "https://wiki.example.com/rota",
        "see HTTP://WIKI.example.com/rota, page 2",
        "新排班表（https://wiki.example.com/排班）。",
        "evidence/rota.pdf",
        "./evidence/../evidence/rota.pdf",
    ],
)
def test_a_link_or_a_file_passes(root: Path, evidence: str) -> None:
    assert asked(root, evidence) is None


@pytest.mark.parametrize(
    "evidence",
    [
        "we did it",
        "https://",
        "http://[::1",
        "evidence",
        "evidence/none.pdf",
        "../outside.pdf",
        "a" * 5000,
        "nul\0byte",
        "",
    ],
)
def test_words_alone_do_not_pass(root: Path, evidence: str) -> None:
    (root.parent / "outside.pdf").write_bytes(b"%PDF")
    assert asked(root, evidence) == EITHER


def test_other_moves_need_no_evidence(root: Path) -> None:
    assert asked(root, "", move="open") is None
    assert asked(root, "", move="cancel") is None


@pytest.mark.parametrize(
    ("host", "passes"),
    [
        ("wiki.example.com", True),
        ("a.wiki.example.com", True),
        ("wiki.example.com:8443", True),
        ("evilwiki.example.com", False),
        ("wiki.example.com@evil.test", False),
        ("example.com", False),
    ],
)
def test_links_can_be_limited_to_hosts(root: Path, host: str, passes: bool) -> None:
    said = asked(root, f"https://{host}/x", accept=["link"], hosts=["Wiki.example.com"])
    assert (said is None) == passes
    if not passes:
        assert said == "its evidence must hold a link to Wiki.example.com"


def test_only_files_or_only_links_can_be_accepted(root: Path) -> None:
    link = "https://wiki.example.com/rota"
    assert asked(root, link, accept=["file"]) == "its evidence must name a file of the workspace"
    assert asked(root, "evidence/rota.pdf", accept=["link"]) == "its evidence must hold a link"


def test_wrong_options_are_told_with_the_file_that_holds_them(root: Path) -> None:
    with pytest.raises(DefinitionError) as caught:
        asked(root, "x", host=["wiki.example.com"])
    assert str(caught.value) == (
        "loopqa.yaml: unknown option 'host'\n  hint: did you mean 'hosts'?"
    )
