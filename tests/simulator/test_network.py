from itertools import groupby

import pytest

from attunement.simulator.errors import BadNetwork
from attunement.simulator.network import HELD, Fate, Network


def fates(text: str, n: int = 50_000, seed: int = 1) -> list[float | None]:
    fate = Fate(Network.parse(text), seed)
    return [fate.next() for _ in range(n)]


def test_a_network_is_said_in_words() -> None:
    assert Network.parse("loss=5% burst=3 delay=40ms jitter=15ms") == Network(0.05, 3, 40, 15)
    assert Network.parse("reorder=2% duplicate=1% blackout=3s@10s") == Network(
        reorder=0.02, duplicate=0.01, blackout=(3, 10)
    )
    assert Network.parse("") == Network()


@pytest.mark.parametrize(
    "text",
    [
        *("loss=5", "loss=%", "speed=3", "loss=5% loss=6%", "loss=95%", "burst=0.5", "jitter=2s"),
        *("reorder=101%", "duplicate=2", "blackout=3s", "blackout=1s@1s blackout=1s@3s"),
    ],
)
def test_what_cannot_be_read_says_what_was_expected(text: str) -> None:
    with pytest.raises(BadNetwork, match="expected"):
        Network.parse(text)


@pytest.mark.parametrize("burst", [1, 4])
def test_as_much_is_lost_as_was_said_in_bursts_of_that_length(burst: int) -> None:
    lost = [fate is None for fate in fates(f"loss=10% burst={burst}")]
    assert sum(lost) / len(lost) == pytest.approx(0.10, abs=0.01)
    runs = [len(list(run)) for is_lost, run in groupby(lost) if is_lost]
    assert sum(runs) / len(runs) == pytest.approx(max(burst, 1), rel=0.12)


def test_the_same_seed_gives_the_same_faults() -> None:
    assert fates("loss=5% jitter=15ms", 100) == fates("loss=5% jitter=15ms", 100)
    assert fates("loss=5% jitter=15ms", 100) != fates("loss=5% jitter=15ms", 100, seed=2)


def test_a_delay_is_never_negative() -> None:
    delays = fates("delay=10ms jitter=20ms")
    assert min(delay for delay in delays if delay is not None) == 0


def test_some_packets_are_held_back_so_that_others_overtake_them() -> None:
    delays = fates("delay=10ms reorder=5%")
    assert set(delays) == {10, 10 + HELD}
    assert delays.count(10 + HELD) / len(delays) == pytest.approx(0.05, abs=0.005)


def test_some_packets_come_twice_and_never_before_the_first_time() -> None:
    fate = Fate(Network.parse("loss=10% jitter=15ms duplicate=20%"), 1)
    came = [fate.copies() for _ in range(50_000)]
    assert sum(len(each) == 2 for each in came) / len(came) == pytest.approx(0.18, abs=0.01)
    assert sum(not each for each in came) / len(came) == pytest.approx(0.10, abs=0.01)
    assert all(each[0] <= each[-1] for each in came if each)


def test_nothing_comes_through_a_blackout() -> None:
    fate = Fate(Network.parse("blackout=3s@10s"), 1)
    came = [at for at in range(20) if fate.next(at) is not None]
    assert came == [*range(10), *range(13, 20)]


def test_a_word_more_does_not_change_which_packets_are_lost() -> None:
    def lost(text: str) -> list[bool]:
        return [fate is None for fate in fates(text, 1_000)]

    assert lost("loss=5% delay=3ms") == lost("loss=5% delay=30ms duplicate=5%")
