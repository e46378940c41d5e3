"""Which addresses a notice goes to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loopqa.calc.loop.routing import Address, addresses, wants

EVENTS = st.sampled_from(["finding.opened", "action.overdue", "action.escalated"])
RULES = st.lists(
    st.fixed_dictionaries(
        {
            "on": st.lists(st.sampled_from(["all", "action.*", "finding.opened"]), min_size=1),
            "type": st.sampled_from(["email", "webhook"]),
        },
        optional={
            "to": st.lists(st.sampled_from(["li@a.cn", "wu@a.cn"]), min_size=1),
            "url": st.sampled_from(["https://a", "https://b"]),
        },
    ),
    max_size=6,
)


def test_each_address_of_a_rule_gets_a_message_of_its_own():
    rule = {"on": ["all"], "type": "email", "to": ["li@a.cn", "wu@a.cn"], "port": 25}
    assert addresses("finding.opened", [rule]) == (
        Address("email", "li@a.cn", {"port": 25}),
        Address("email", "wu@a.cn", {"port": 25}),
    )


def test_a_rule_without_to_has_one_address_without_a_recipient():
    (one,) = addresses("finding.opened", [{"on": ["all"], "type": "file", "path": "x"}])
    assert one.recipient is None
    assert one.key("finding.opened:3") == "finding.opened:3|file|-"


def test_a_prefix_stands_for_all_events_that_begin_with_it():
    assert wants(["action.*"], "action.overdue")
    assert not wants(["action.*"], "actions.overdue")
    assert not wants(["action.overdue"], "action.overdue_again")


def test_two_rules_that_differ_in_options_alone_have_keys_of_their_own():
    hooks = [{"on": ["all"], "type": "webhook", "url": url} for url in ("https://a", "https://b")]
    keys = {one.key("n") for one in addresses("finding.opened", hooks)}
    assert len(keys) == 2
    assert all(key.startswith("n|webhook|-|") for key in keys)


@given(EVENTS, RULES)
def test_keys_are_unique_and_do_not_depend_on_the_order_of_rules(event, rules):
    keys = [one.key("n") for one in addresses(event, rules)]
    assert len(keys) == len(set(keys))
    assert set(keys) == {one.key("n") for one in addresses(event, rules[::-1])}


@given(EVENTS, RULES)
def test_a_rule_that_is_written_twice_tells_once(event, rules):
    assert addresses(event, [*rules, *rules]) == addresses(event, rules)
