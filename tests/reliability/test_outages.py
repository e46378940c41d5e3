"""A PostgreSQL server that stops, dies, or cuts connections while processes work."""

from __future__ import annotations

from tests.reliability import outages


def test_a_server_that_is_stopped_is_told_and_all_is_done_when_it_is_back():
    assert outages.stopped().holds


def test_processes_outlive_a_server_that_dies_in_the_middle():
    figure = outages.restarted(times=2, items=12)
    assert figure.holds, figure


def test_connections_that_are_cut_again_and_again_lose_nothing():
    figure = outages.cut_off(items=8, most=15)
    assert figure.holds, figure


def test_a_process_asleep_in_a_transaction_is_cut_off_and_told():
    figure = outages.idle()
    assert figure.holds, figure
