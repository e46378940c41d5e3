"""Roll-outs in the state: kept as they were drawn, and absent where an older version wrote it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import date

from loopqa.model.cycle import Rollout, Step
from loopqa.model.workflow import Period, RolloutRule
from loopqa.store.door import Store
from tests.store.conftest import take_back_timetable

RULE = RolloutRule("team", steps=2, seed=7, every=Period("month"), holdout=0.2)
DRAWN = (Step(("T1", "T3"), date(2026, 2, 5)), Step(("T2",), date(2026, 4, 1)), Step(("T4",), None))


def test_a_roll_out_comes_back_as_it_was_drawn(loop):
    loop.add_finding()
    with loop.writing() as writer:
        added = writer.add_action(replace(loop.action, rollout=Rollout(RULE)))
        drawn = writer.change_action(added, event="action.drawn", rollout=Rollout(RULE, DRAWN))
    with loop.store.reading() as reader:
        assert reader.action(added.id) == drawn
        assert reader.action(added.id).rollout.starts["T4"] is None
        assert reader.action(added.id).rollout.last_start == date(2026, 4, 1)
        assert reader.audit()[-1].details["rollout"]["steps"][1]["clusters"] == ["T2"]
        assert reader.verify_audit() is None


def test_actions_of_the_schema_before_have_no_roll_out(loop, behind, tmp_path, url):
    added = loop.add_action()
    loop.store.close()
    with behind.begin() as connection:
        take_back_timetable(connection)
        connection.exec_driver_sql("DROP TABLE sample")  # of a later schema
        connection.exec_driver_sql("DROP TABLE landing")  # likewise
        connection.exec_driver_sql("DROP TABLE analysis")  # likewise
        connection.exec_driver_sql("ALTER TABLE action DROP COLUMN rollout")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    with closing(Store.open(url, root=tmp_path)) as store, store.reading() as reader:
        assert reader.action(added.id) == added
        assert reader.verify_audit() is None
