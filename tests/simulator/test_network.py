from itertools import groupby

import pytest

from attunement.simulator.errors import BadNetwork
from attunement.simulator.network import Fate, Network


def fates(text: str, n: int = 50_000, seed: int = 1) -> list[float | None]:
    fate = Fate(Network.parse(text), seed)
    return [fate.next() for _ in range(n)]


def test_a_network_is_said_in_words() -> None:
    assert Network.parse("loss=5% burst=3 delay=40ms jitter=15ms") == Network(0.05, 3, 40, 15)
    assert Network.parse("") == Network()


@pytest.mark.parametrize(
    "text", ["loss=5", "loss=%", "speed=3", "loss=5% loss=6%", "loss=95%", "burst=0.5", "jitter=2s"]
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
