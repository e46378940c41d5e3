"""Notifiers of third parties send in a process of their own."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loopqa.errors import PluginError
from loopqa.model.plugin_limits import PluginLimits
from loopqa.model.workflow import PluginSpec
from loopqa.plugin import Delivery, Notifier, Outgoing
from loopqa.plugin.host import PluginHost

TORTURE = Path(__file__).parent / "torture"
OUTGOING = Outgoing(
    "k1", "action.closed", "A-1", "closed", "it is done", "li@example.com",
    datetime(2026, 10, 2, tzinfo=UTC), "desk",
)  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "plugins").mkdir()
    shutil.copy(TORTURE / "bad_notifier.py", tmp_path / "plugins")
    return tmp_path


def notifier(root: Path, how: str, send: float = 60) -> Notifier:
    spec = PluginSpec("bad_notifier", {"how": how, "to": ["li@example.com"]})
    return PluginHost(root, limits=PluginLimits(send=send)).make_notifier(spec, root=root)


def test_a_message_is_sent_by_another_process(root: Path) -> None:
    assert notifier(root, "well").send(OUTGOING) == Delivery()
    assert (root / "sent").read_text() == "k1\n"


@pytest.mark.parametrize(
    ("how", "told", "again"),
    [
        ("hangs", "notifier 'bad_notifier' gave no sign of life for 1 s and was ended", True),
        ("exits", "notifier 'bad_notifier' ended its process with exit code 5", True),
        ("raises", "notifier 'bad_notifier' failed: KeyError (bad_notifier.py:25)", True),
        ("returns rubbish", "notifier 'bad_notifier' returned no Delivery", False),
    ],
)
def test_what_misbehaves_is_told_and_tried_again_where_that_is_safe(
    root: Path, how: str, told: str, again: bool
) -> None:
    with pytest.raises(PluginError) as caught:
        notifier(root, how, send=1 if how == "hangs" else 60).send(OUTGOING)
    assert str(caught.value.problems[0].message) == told
    assert caught.value.retryable is again
    assert not (root / "sent").exists()
