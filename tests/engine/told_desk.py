"""The service desk of the tests with people to be told, by a notifier that obeys a file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loopqa.engine.clock import Clock
from loopqa.engine.workspace import Workspace

NOTIFIER = '''
"""Keeps what it sends in sent.jsonl; answers.json says whom it refuses, and how."""
import json, os

from loopqa.errors import PluginError
from loopqa.language import text
from loopqa.plugin import Delivery, Notifier, Options, hookimpl


class TrialOptions(Options):
    to: list[str] = []
    note: str = ""


class Trial(Notifier):
    type = "trial"
    summary = text("yes")
    Config = TrialOptions

    def send(self, outgoing):
        answers = json.loads((self.root / "answers.json").read_text("utf-8"))
        answer = answers.get(outgoing.recipient)
        line = {
            "key": outgoing.key,
            "to": outgoing.recipient,
            "given": self.config.to,
            "attempt": outgoing.attempt,
            "event": outgoing.event,
            "body": outgoing.body,
            "refused": answer is not None,
        }
        data = (json.dumps(line) + "\\n").encode()
        file = os.open(self.root / "sent.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(file, data)
        os.close(file)
        if answer == "bug":
            raise KeyError("opensesame")
        if answer is not None:
            raise PluginError(text("the receiver says no"), **answer)
        return Delivery()


@hookimpl
def loopqa_notifiers():
    return [Trial]
'''


@dataclass
class Told:
    """A workspace whose events are told."""

    root: Path
    server: Any = None  #: where mails go, if anywhere

    @classmethod
    def of(cls, root: Path, *rules: str, workflow: str = "desk-monthly") -> Told:
        """Give the desk in ``root`` the notifier ``trial`` and these rules, and no history."""
        (root / "plugins").mkdir(exist_ok=True)
        (root / "plugins" / "trial.py").write_text(NOTIFIER, encoding="utf-8")
        flow = root / "workflows" / f"{workflow}.yaml"
        lines = "".join(f"  - {rule}\n" for rule in rules)
        written = flow.read_text("utf-8").replace("history: 8 months\n", "")  # runs faster so
        flow.write_text(f"{written}notify:\n{lines}", encoding="utf-8")
        made = cls(root)
        made.answer()
        return made

    def answer(self, **answers: Any) -> None:
        """Whom the notifier refuses from now on."""
        (self.root / "answers.json").write_text(json.dumps(answers), encoding="utf-8")

    @property
    def sent(self) -> list[dict[str, Any]]:
        """Everything that the notifier was asked to send."""
        path = self.root / "sent.jsonl"
        return [json.loads(one) for one in path.read_text("utf-8").splitlines() if path.exists()]

    def at(self, moment: str) -> Workspace:
        """The workspace at an instant."""
        clock = Clock(datetime.fromisoformat(moment).replace(tzinfo=UTC))
        return Workspace.open(self.root, clock=clock, actor="li")
