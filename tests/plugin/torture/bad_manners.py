"""A source that wastes time, cheats the line and lets its secrets slip, and a guard that may."""

import os
import struct
import sys

from loopqa.plugin import (
    Bookmark,
    Options,
    Rejected,
    Secret,
    Source,
    hookimpl,
    looked_up,
    revealed,
    text,
)


class Config(Options):
    how: str = "well"
    token: Secret | None = None
    settings: dict[str, str] = {}

    def secret(self, root):
        written = self.settings.get("login")
        return revealed(self.token, root) if written is None else looked_up(written, root)


class BadManners(Source):
    type = "bad_manners"
    summary = text("has no manners")
    Config = Config
    incremental = True

    def __init__(self, config, *, root):
        super().__init__(config, root=root)
        if config.how == "exits at once":
            sys.exit(4)

    def goes_on(self):
        if self.config.how == "does not know":
            raise KeyError("goes_on")
        return True

    def check(self):
        raise ValueError(f"no login with {self.config.secret(self.root)!r}")

    def read(self, context):
        secret = self.config.secret(self.root)
        if self.config.how == "turns round in circles":
            while True:
                yield []
                yield Bookmark({"page": 1})
        if self.config.how == "sends a frame of its own":
            for descriptor in range(3, 64):
                try:
                    os.write(descriptor, struct.pack(">cQ", b"A", 4) + b"oops")
                except OSError:
                    continue
            yield []
        context.progress(f"https://example.com/?key={secret}", 1, None)
        print("x" * 150 + secret)
        yield Rejected("", 1, "case", f"key {secret}", "why")


@hookimpl
def loopqa_sources():
    return [BadManners]


@hookimpl
def loopqa_guard(transition, root, options):
    if options.token is not None:
        raise ValueError(f"{transition} with {options.secret(root)}")
