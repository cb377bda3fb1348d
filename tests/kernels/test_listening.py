import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from attunement.kernels import contour
from attunement.kernels.contour import Contour
from attunement.kernels.descriptor_stream import Descriptors
from attunement.kernels.descriptors import ENERGY, F0
from attunement.kernels.listening import EARLY, Listening
from attunement.kernels.smoothing import Smoother
from tests.pipelines.voice.synthetic import speak

Array = NDArray[np.float32]

VOICES = [speak(2, f0, swing=6, seed=f0).samples for f0 in (75, 120, 210, 300)]
BLOCK = 1_600


def step_by_step(sound: Array) -> Array:
    """The same by the three that it is made of, one after the other."""
    found = np.concatenate([Contour().push([sound[: contour.ROOM]])[0]])
    hz = found[EARLY:, 0] * (found[EARLY:, 2] > 0)
    rows = Descriptors(room=sound.size).push([sound[: contour.ROOM]], [hz])
    return Smoother().push(rows)[0]


def test_it_is_pitch_descriptors_and_smoothing_one_after_the_other() -> None:
    for voice in VOICES:
        found = Listening().push([voice[: contour.ROOM]])[0]
        assert found.shape[1] == ENERGY
        assert (found[:, F0] > 0).mean() > 0.3
        assert np.array_equal(found, step_by_step(voice))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 3_000), min_size=1, max_size=8))
def test_sound_may_come_in_blocks_of_any_size(sizes: list[int]) -> None:
    sound, one, parts, at = VOICES[1], Listening(), [], 0
    for size in sizes:
        parts.append(one.push([sound[at : at + size]])[0])
        at += size
    found, last = np.concatenate(parts), min(at, sound.size)
    whole = Listening()
    halves = [whole.push([sound[i : min(i + contour.ROOM, last)]])[0] for i in (0, contour.ROOM)]
    assert np.array_equal(found, np.concatenate(halves))


def test_streams_side_by_side_are_as_each_alone_whoever_is_late() -> None:
    many, parts = Listening(len(VOICES)), []
    for at in range(0, 16_000, BLOCK):
        begins = [max(0, at - 400 * s) for s in range(len(VOICES))]
        ends = [max(0, at + BLOCK - 400 * s) for s in range(len(VOICES))]
        parts.append(many.push([v[a:b] for v, a, b in zip(VOICES, begins, ends, strict=True)]))
    for s, voice in enumerate(VOICES):
        found = np.concatenate([part[s] for part in parts])
        assert len(found) > 80
        assert np.array_equal(found, Listening().push([voice[:16_000]])[0][: len(found)])


def test_what_is_no_number_counts_as_silence() -> None:
    sound = VOICES[1][: contour.ROOM].copy()
    sound[4_000:4_010] = 0
    broken = sound.copy()
    broken[4_000:4_010] = np.nan, np.inf, -np.inf, *[np.nan] * 7
    before = broken.copy()
    found = Listening().push([broken])[0]
    assert np.array_equal(found, Listening().push([sound])[0])
    assert np.array_equal(broken, before, equal_nan=True)  # whose sound it is keeps it


def test_what_was_told_stays_as_it_was_when_more_sound_comes() -> None:
    one = Listening()
    first = one.push([VOICES[0][:8_000]])[0]
    told = first.copy()
    one.push([VOICES[0][8_000:16_000]])
    assert np.array_equal(first, told)


def test_resonances_are_another_kind_of_formants() -> None:
    published, resonances = (
        Listening(resonances=kind).push([VOICES[1][: contour.ROOM]])[0] for kind in (False, True)
    )
    assert np.array_equal(published[:, : F0 + 4], resonances[:, : F0 + 4])
    assert not np.array_equal(published, resonances)


def test_more_than_there_is_room_for_is_refused() -> None:
    with pytest.raises(ValueError, match="got 16001 samples at once, expected 16000 or fewer"):
        Listening().push([np.zeros(contour.ROOM + 1, np.float32)])


def test_another_number_of_streams_is_refused() -> None:
    with pytest.raises(ValueError, match="got sound of 2 streams, expected 1"):
        Listening().push([VOICES[0][:800]] * 2)


ALLOCATED = """
import numpy as np
from numba.core.runtime import rtsys
from attunement.kernels.listening import Listening
from tests.pipelines.voice.synthetic import speak

sound = speak(5, 140, swing=6, seed=1).samples

def allocated(ears, streams, first, size):
    blocks = [sound[first : first + size]] * streams
    before = rtsys.get_allocation_stats().mi_alloc
    ears.push(blocks)
    return rtsys.get_allocation_stats().mi_alloc - before

counts = set()
for streams in (1, 8):
    ears = Listening(streams)
    allocated(ears, streams, 0, 16_000)
    counts |= {allocated(ears, streams, 16_000, 480), allocated(ears, streams, 16_480, 16_000)}
print(len(counts), max(counts))
"""


def test_more_frames_and_streams_need_no_more_memory() -> None:
    """What is taken is for the arrays that are handed in, once a call."""
    roots = os.pathsep.join(path for path in sys.path if path)
    env = os.environ | {"PYTHONPATH": roots, "NUMBA_NRT_STATS": "1"}
    command = [sys.executable, "-c", ALLOCATED]
    ran = subprocess.run(command, env=env, capture_output=True, text=True, timeout=240)
    assert ran.returncode == 0, ran.stderr[-500:]
    kinds, most = map(int, ran.stdout.split())
    assert kinds == 1
    assert most <= 10
