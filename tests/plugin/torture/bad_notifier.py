"""A notifier that misbehaves as its option says."""

import os
import time

from loopqa.plugin import Delivery, Notifier, Options, hookimpl, text


class BadOptions(Options):
    to: list[str] = []
    how: str = "well"


class BadNotifier(Notifier):
    type = "bad_notifier"
    summary = text("misbehaves")
    Config = BadOptions

    def send(self, outgoing):
        if self.config.how == "hangs":
            time.sleep(1000)
        if self.config.how == "exits":
            os._exit(5)
        if self.config.how == "raises":
            raise KeyError(outgoing.recipient)
        if self.config.how == "returns rubbish":
            return {"sent": True}
        with (self.root / "sent").open("a") as file:
            file.write(f"{outgoing.key}\n")
        return Delivery()


@hookimpl
def loopqa_notifiers():
    return [BadNotifier]
