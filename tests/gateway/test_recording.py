from pathlib import Path

import av
import numpy as np
import pytest

from attunement.engine.clock import MILLISECOND
from attunement.engine.frame import AudioFrame, VideoFrame
from attunement.gateway.recording import Recording, write_channels

RATE = 48_000


def block(index: int, hz: float = 200.0) -> AudioFrame:
    t = (index * 960 + np.arange(960)) / RATE
    samples = (0.3 * np.sin(2 * np.pi * hz * t)).astype(np.float32)
    return AudioFrame("p", index * 20 * MILLISECOND, samples, RATE)


def picture(index: int) -> VideoFrame:
    image = np.full((64, 96, 3), 40 + 8 * index, np.uint8)
    return VideoFrame("p", index * 40 * MILLISECOND, image)


def write(path: Path, missing: range = range(0)) -> None:
    with Recording(path, size=(96, 64)) as recording:
        for index in range(50):
            if index not in missing:
                recording.add_sound(block(index))
            if index % 2 == 0:
                recording.add_picture(picture(index // 2))


def sounds(path: Path) -> list[tuple[float, int]]:
    with av.open(str(path)) as container:
        return [(frame.time or 0.0, frame.samples) for frame in container.decode(audio=0)]


def test_what_is_written_can_be_read_in_its_time(tmp_path: Path) -> None:
    write(tmp_path / "a.mkv")
    with av.open(str(tmp_path / "a.mkv")) as container:
        pictures = [(f.time, f.to_ndarray(format="rgb24")) for f in container.decode(video=0)]
    assert [time for time, _ in pictures] == pytest.approx([n * 0.04 for n in range(25)], abs=0.001)
    assert abs(int(pictures[10][1].mean()) - 120) < 6
    heard = sounds(tmp_path / "a.mkv")
    assert heard[0][0] == pytest.approx(0, abs=0.01)
    assert sum(samples for _, samples in heard) == pytest.approx(48_000, abs=1_000)


def test_what_is_missing_is_a_gap_and_not_a_shift(tmp_path: Path) -> None:
    write(tmp_path / "gap.mkv", missing=range(20, 30))
    times = [time for time, _ in sounds(tmp_path / "gap.mkv")]
    steps = np.diff(times)
    assert steps.max() == pytest.approx(0.22, abs=0.005)
    assert times[-1] == pytest.approx(0.98, abs=0.03)


def test_the_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path / "a.mkv")
    write(tmp_path / "b.mkv")
    assert (tmp_path / "a.mkv").read_bytes() == (tmp_path / "b.mkv").read_bytes()


def test_a_recording_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="stop"), Recording(tmp_path / "a.mkv", size=(96, 64)):
        raise RuntimeError("stop")
    assert list(tmp_path.iterdir()) == []


def test_a_stereo_file_has_a_person_per_channel(tmp_path: Path) -> None:
    path = tmp_path / "two.wav"
    one = [block(n, 200) for n in range(50)]
    two = [block(n, 400) for n in range(50)]
    write_channels(path, [one, two])
    with av.open(str(path)) as container:
        pcm = np.concatenate([f.to_ndarray() for f in container.decode(audio=0)], axis=1)
    left, right = pcm.reshape(-1, 2).T / 32_768
    assert np.allclose(left, np.concatenate([f.samples for f in one]), atol=1e-3)
    assert np.allclose(right, np.concatenate([f.samples for f in two]), atol=1e-3)
