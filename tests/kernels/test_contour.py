import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from attunement.kernels import contour, tracking
from tests.pipelines.voice.synthetic import speak

Array = NDArray[np.float32]

VOICES = [speak(2, f0, swing=6, seed=f0).samples for f0 in (75, 110, 150, 210, 300)]


def alone(sound: Array) -> Array:
    return contour.Contour().push([sound[: contour.ROOM]])[0]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 3_000), min_size=1, max_size=8))
def test_sound_may_come_in_blocks_of_any_size(sizes: list[int]) -> None:
    sound, one, parts, at = VOICES[1], contour.Contour(), [], 0
    for size in sizes:
        parts.append(one.push([sound[at : at + size]])[0])
        at += size
    last = min(at, sound.size)
    found, n = np.concatenate(parts), contour.Contour()
    whole = [n.push([sound[i : min(i + contour.ROOM, last)]])[0] for i in (0, contour.ROOM)]
    assert np.array_equal(found, np.concatenate(whole))


def test_streams_side_by_side_are_as_each_alone_whoever_is_late() -> None:
    many, parts = contour.Contour(len(VOICES)), []
    for at in range(0, 16_000, 1_600):
        behind = [max(0, at - 400 * s) for s in range(len(VOICES))]
        ahead = [max(0, at + 1_600 - 400 * s) for s in range(len(VOICES))]
        blocks = [v[a:b] for v, a, b in zip(VOICES, behind, ahead, strict=True)]
        parts.append(many.push(blocks))
    for s, voice in enumerate(VOICES):
        found = np.concatenate([part[s] for part in parts])
        assert len(found) > 80
        assert np.array_equal(found, alone(voice)[: len(found)])


def test_the_voice_is_found_and_where_it_is() -> None:
    made = speak(1, 140, swing=6, seed=3)
    hz, strength, odds = alone(made.samples).T
    centre = np.arange(hz.size) * contour.HOP + contour.CENTRE
    truth = np.nan_to_num(made.f0[centre])
    assert np.mean((odds > 0) == (truth > 0)) > 0.9
    both = (odds > 0) & (truth > 0)
    assert np.median(np.abs(1_200 * np.log2(hz[both] / truth[both]))) < 20
    assert strength[both].mean() > 0.8


def test_the_last_frames_are_told_before_they_are_decided() -> None:
    one = contour.Contour()
    decided = one.push([VOICES[2][:8_000]])[0]
    early = one.undecided()
    assert len(early) == tracking.LOOKAHEAD
    again = one.undecided()
    assert np.array_equal(early, again)
    assert len(decided) + len(early) == (4_000 - 352) // 80 + 1


def test_more_than_there_is_room_for_is_refused() -> None:
    one = contour.Contour()
    with pytest.raises(ValueError, match="got 16001 samples at once"):
        one.push([np.zeros(contour.ROOM + 1, np.float32)])


@pytest.mark.parametrize("level", [0.0, 1e-30, 1e-8, 0.5])
def test_what_does_not_move_has_no_pitch(level: float) -> None:
    found = alone(np.full(8_000, level, np.float32))
    assert not (found[10:, 2] > 0).any()
    assert np.isfinite(found).all()


def test_another_number_of_streams_is_refused() -> None:
    with pytest.raises(ValueError, match="got sound of 2 streams, expected 1"):
        contour.Contour().push([VOICES[0][:800]] * 2)
