"""When a key picture is asked for."""

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.gateway.receive.keyframe import LEAST, KeyPolicy

RTT = 50 * MILLISECOND


def test_nothing_is_asked_for_while_all_is_well() -> None:
    policy = KeyPolicy()
    assert not policy.wanted
    assert policy.next() is None
    assert not policy.due(SECOND, RTT)


def test_it_is_asked_for_from_the_given_time_on_until_it_has_come() -> None:
    policy = KeyPolicy()
    policy.want(300 * MILLISECOND)
    asked = [ms for ms in range(1_000) if policy.due(ms * MILLISECOND, RTT)]
    assert asked == [300, 500, 700, 900]
    policy.want(None)
    assert not policy.due(2 * SECOND, RTT)


def test_a_long_way_is_given_time_for_an_answer() -> None:
    policy = KeyPolicy()
    policy.want(0)
    asked = [ms for ms in range(2_000) if policy.due(ms * MILLISECOND, 400 * MILLISECOND)]
    assert asked == [0, 800, 1_600]


def test_new_trouble_does_not_make_it_ask_more_often() -> None:
    policy = KeyPolicy()
    asked = []
    for ms in range(1_000):
        policy.want(None if ms % 3 else ms * MILLISECOND)
        if policy.due(ms * MILLISECOND, RTT):
            asked.append(ms)
    assert len(asked) == 5
    assert policy.next() is None or policy.next() >= 800 * MILLISECOND + LEAST
