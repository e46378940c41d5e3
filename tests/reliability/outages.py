"""A PostgreSQL server that stops, dies in the middle, or cuts connections: told, and made good.

python -m tests.reliability.outages [--only NAME]... [--json]
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from loopqa.errors import LoopQAError
from tests.reliability.figures import Figure, told, verdict
from tests.reliability.ground import Ground, Server, new_ground
from tests.reliability.processes import PROCESSES, Child, said, ticking
from tests.reliability.trials import Trial

KIND = "postgresql"
AWAY = 0.5  #: seconds for which a server stays away
CUTS = 0.15  #: seconds between two cuts of all connections
SECONDS = 8.0  #: for processes that outlived it


@contextmanager
def outage(items: int) -> Iterator[tuple[Server, Trial]]:
    """A server of our own, and a ground on it with work that is due."""
    server = Server()
    try:
        with tempfile.TemporaryDirectory() as folder:
            tried = Trial(new_ground(Path(folder) / "desk", server.database()), items)
            tried.prepare()
            yield server, tried
    finally:
        server.close()


def stopped() -> Figure:
    """The server is stopped, and started again later."""
    with outage(4) as (server, tried):
        server.process.stop()
        tried.tick(3, told="the database server can't be reached")
        server.process.start()
        wrong = tried.finish()
    return _figure("server stopped", "exit 3; then each once", "1 stop", wrong)


def restarted(times: int = 5, items: int = 40, workers: int = 2) -> Figure:
    """The server dies without any shutdown, again and again, while processes tick."""
    with outage(items) as (server, tried):
        children = [ticking(tried.ground.root) for _ in range(workers)]
        for _ in range(times):
            time.sleep(1.5)
            _die(server)
            time.sleep(AWAY)
            server.process.start()
        wrong = _survived(children, tried)
    return _figure("server dies at work", "workers live; each once", f"{times} deaths", wrong)


def _die(server: Server) -> None:
    """What ``pg_ctl stop -m immediate`` does: no checkpoint, no good-bye."""
    process = server.process.get_postmaster_info().process
    os.kill(process.pid, signal.SIGQUIT)
    process.wait(10)


def cut_off(items: int = 30, workers: int = 2, most: int = 60) -> Figure:
    """All connections are ended every moment, in the middle of transactions, too."""
    with outage(items) as (server, tried):
        children = [ticking(tried.ground.root) for _ in range(workers)]
        cuts = 0
        while tried.undone and cuts < most:
            cuts += 1
            server.process.psql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'loopqa';"
            )
            time.sleep(CUTS)
        wrong = _survived(children, tried)
    return _figure("connections cut", "workers live; each once", f"{cuts} cuts", wrong)


def _survived(children: list[Child], tried: Trial) -> list[str]:
    """Give them time to do what needs not wait for another try; what is wrong in the end."""
    until = time.monotonic() + SECONDS
    while tried.undone and time.monotonic() < until:
        time.sleep(0.1)
    words = said(tried.ground.root)[-800:]
    dead = [f"ended with {one.code}: {words}" for one in children if one.code is not None]
    for child in children:
        child.kill()
        child.wait()
    shown = [f"a traceback: {words}"] * ("Traceback" in said(tried.ground.root))
    return [*dead, *shown, *tried.finish()]


def idle() -> Figure:
    """A process falls asleep with the writers' lock; the server lets nobody idle for long."""
    with outage(4) as (server, tried):
        name = tried.ground.url.partition("?")[0].rpartition("/")[2]
        server.process.psql(
            f"ALTER DATABASE {name} SET idle_in_transaction_session_timeout = '1s';"
        )
        asleep = PROCESSES.Process(target=_fall_asleep, args=(tried.ground,))
        asleep.start()
        time.sleep(0.5)
        tried.tick(0)
        asleep.join(60)
        wrong = tried.finish()
        wrong += [f"the sleeper ended with {asleep.exitcode}"] * (asleep.exitcode != 3)
    return _figure("asleep in a transaction", "cut off, told; others go on", "1 sleeper", wrong)


def _fall_asleep(ground: Ground) -> None:
    """Begin to write, and do nothing for longer than the server allows."""
    try:
        with ground.at() as ws, ws.writing() as writer:
            time.sleep(2.5)
            writer.enter("x.woke_up", "-", {})
    except LoopQAError as error:
        print(error, file=sys.stderr)
        raise SystemExit(error.exit_code) from None


def _figure(what: str, promise: str, measured: str, wrong: list[str]) -> Figure:
    return verdict(what, KIND, promise, f"{measured}; {len(wrong)} wrong", wrong)


TRIALS: tuple[Callable[[], Figure], ...] = (stopped, restarted, cut_off, idle)


def main(arguments: list[str] | None = None) -> int:
    """All of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [each.__name__ for each in TRIALS]
    parser.add_argument("--only", action="append", choices=names)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    wanted = [each for each in TRIALS if each.__name__ in (asked.only or names)]
    return told([each() for each in wanted], asked.json)


if __name__ == "__main__":
    raise SystemExit(main())
