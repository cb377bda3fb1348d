import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.timeline import WRAP, Timeline, Track

DELAY = 30 * MILLISECOND
HOUR = 3_600 * SECOND


@dataclass
class Sender:
    """A person's machine: one wall clock, tracks whose cards drift, a network that jitters."""

    drift: dict[str, float]  # ppm per track
    seed: int = 0
    wall: int = 1_700_000_000 * SECOND  # what its wall clock says at session time 0
    first: int = WRAP - 48_000 * 60  # so that stamps wrap after a minute
    paused: dict[str, int] = field(default_factory=dict)  # ns a track's stamps stood still

    def __post_init__(self) -> None:
        self.timeline = Timeline()
        self.rates = {"sound": 48_000, "picture": 90_000}
        self.tracks: dict[str, Track] = {k: self.timeline.track(self.rates[k]) for k in self.drift}
        self.random = random.Random(self.seed)

    def stamp(self, kind: str, t: int) -> int:
        ran = (t - self.paused.get(kind, 0)) * (1 + self.drift[kind] * 1e-6)
        return (self.first + round(ran * self.rates[kind] / SECOND)) % WRAP

    def arrival(self, t: int) -> int:
        return t + DELAY + round(self.random.expovariate(1 / (8 * MILLISECOND)))

    def packet(self, kind: str, t: int) -> int:
        return self.tracks[kind].time(self.stamp(kind, t), self.arrival(t))

    def report(self, kind: str, t: int) -> None:
        self.tracks[kind].report(self.wall + t, self.stamp(kind, t), self.arrival(t))


def test_until_the_first_report_media_happened_when_it_arrived() -> None:
    track = Timeline().track(48_000)
    assert track.time(5_000, 2 * SECOND) == 2 * SECOND
    assert track.time(5_960, 2 * SECOND + 20 * MILLISECOND) == 2 * SECOND + 20 * MILLISECOND


def test_a_packet_that_was_held_up_keeps_the_place_its_stamp_gives_it() -> None:
    track = Timeline().track(48_000)
    track.time(0, SECOND)
    assert track.time(960, SECOND + 140 * MILLISECOND) == SECOND + 20 * MILLISECOND


@pytest.mark.parametrize("ppm", [(500, -500), (-500, 500), (500, 500), (0, 0)])
def test_sound_and_picture_stay_together_for_an_hour_of_drift_and_wraps(
    ppm: tuple[int, int],
) -> None:
    sender = Sender({"sound": ppm[0], "picture": ppm[1]})
    skews, lasts = [], {"sound": -1, "picture": -1}
    for tenth in range(36_000):
        t = SECOND + tenth * SECOND // 10
        got = {kind: sender.packet(kind, t) for kind in sender.tracks}
        for kind, when in got.items():
            assert when > lasts[kind]
            lasts[kind] = when
        if tenth % 50 == 7:
            sender.report("sound", t)
            sender.report("picture", t)
        if tenth > 600:
            skews.append(abs(got["sound"] - got["picture"]))
    skews.sort()
    assert skews[int(len(skews) * 0.99)] <= 100 * MILLISECOND


def test_a_track_that_paused_is_together_again_after_its_next_report() -> None:
    sender = Sender({"sound": 0, "picture": 0})
    for tenth in range(100):
        t = SECOND + tenth * SECOND // 10
        sender.packet("sound", t)
        sender.packet("picture", t)
        if tenth % 20 == 5:
            sender.report("sound", t)
            sender.report("picture", t)
    sender.paused["sound"] = 5 * SECOND  # replaceTrack(null), while the picture went on
    back = SECOND + 15 * SECOND
    apart = abs(sender.packet("sound", back) - sender.packet("picture", back))
    assert apart <= 100 * MILLISECOND  # by arrival, not 5 s
    sender.report("sound", back + SECOND)
    later = back + 2 * SECOND
    apart = abs(sender.packet("sound", later) - sender.packet("picture", later))
    assert apart <= 50 * MILLISECOND


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_wall_clock_set_by_an_hour_moves_nothing(step: int) -> None:
    sender = Sender({"sound": 0, "picture": 0})
    worst = 0
    for tenth in range(1_200):
        t = SECOND + tenth * SECOND // 10
        if tenth == 600:
            sender.wall += step
        if tenth % 20 == 5:
            sender.report("sound", t)
        if tenth % 20 == 15:
            sender.report("picture", t)
        for kind in sender.tracks:
            worst = max(worst, abs(sender.packet(kind, t) - t))
    assert worst <= DELAY + 150 * MILLISECOND


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, WRAP - 1), st.integers(0, 10 * SECOND), st.booleans()),
        min_size=1,
        max_size=50,
    )
)
def test_whatever_a_sender_stamps_time_rises(packets: list[tuple[int, int, bool]]) -> None:
    track, now, last = Timeline().track(48_000), 0, -1
    for rtp, wait, is_report in packets:
        now += wait
        if is_report:
            track.report(rtp * 1_000_003, rtp, now)
        else:
            t = track.time(rtp, now)
            assert t > last
            last = t
