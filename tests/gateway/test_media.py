import itertools
from pathlib import Path

import numpy as np
import pytest

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.frame import AudioFrame, VideoFrame
from attunement.gateway import media
from attunement.gateway.media import BadRecording, Recording, Track
from tests.support.recordings import RATE, tone, write


def of(path: Path, **more: bool) -> Recording:
    return Recording([Track("p", path)], **more)


def sounds(recording: Recording, who: str = "p") -> list[AudioFrame]:
    frames = recording.frames()
    return [f for f in frames if isinstance(f, AudioFrame) and f.participant == who]


def heard(frames: list[AudioFrame]) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    return np.concatenate([frame.samples for frame in frames])


def hertz(samples: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> float:
    spectrum = np.abs(np.fft.rfft(samples[:16_000] * np.hanning(16_000)))
    return float(spectrum.argmax())


@pytest.mark.parametrize("ending", ["wav", "flac", "mp4", "mkv", "mov"])
@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_sound_of_any_kind_comes_as_contiguous_blocks_of_16_khz(
    tmp_path: Path, ending: str, rate: int
) -> None:
    path = write(tmp_path / f"a.{ending}", tone(2, 300, rate), rate=rate)
    frames = sounds(of(path))
    assert {frame.rate for frame in frames} == {16_000}
    assert {frame.samples.size for frame in frames[:-1]} == {320}
    steps = {b.t - a.t for a, b in itertools.pairwise(frames)}
    assert steps == {20 * MILLISECOND}
    assert heard(frames).size == pytest.approx(32_000, abs=2_000)  # codecs pad their ends
    assert hertz(heard(frames)) == pytest.approx(300, abs=1)


def test_pictures_come_fifteen_a_second_and_in_time(tmp_path: Path) -> None:
    frames = list(of(write(tmp_path / "a.mp4", pictures=2)).frames())
    assert all(isinstance(frame, VideoFrame) for frame in frames)
    assert [f.t // MILLISECOND for f in frames[:3]] == [0, 66, 133]
    assert len(frames) == 30


def test_lanes_of_all_files_come_merged_in_time_order(tmp_path: Path) -> None:
    one = write(tmp_path / "t.mp4", tone(2), pictures=2)
    two = write(tmp_path / "p.mkv", tone(2), pictures=2, fps=25)
    frames = list(Recording([Track("t", one), Track("p", two)]).frames())
    assert [f.t for f in frames] == sorted(f.t for f in frames)
    lanes = {(f.participant, type(f)) for f in frames}
    assert len(lanes) == 4


def test_each_channel_of_a_stereo_file_is_a_person(tmp_path: Path) -> None:
    path = write(tmp_path / "both.wav", tone(1.5, 200), tone(1.5, 500))
    recording = Recording([Track("t", path, 0), Track("p", path, 1)])
    frames = list(recording.frames())
    split = {
        who: heard([f for f in frames if isinstance(f, AudioFrame) and f.participant == who])
        for who in "tp"
    }
    assert hertz(split["t"]) == pytest.approx(200, abs=1)
    assert hertz(split["p"]) == pytest.approx(500, abs=1)


def test_both_channels_of_one_person_are_mixed(tmp_path: Path) -> None:
    silence = np.zeros(2 * RATE, np.float32)
    path = write(tmp_path / "one.wav", tone(2, 200), silence)
    assert hertz(heard(sounds(of(path)))) == pytest.approx(200, abs=1)


def test_sound_only_decodes_no_picture(tmp_path: Path) -> None:
    recording = of(write(tmp_path / "a.mp4", tone(1), pictures=1), pictures=False)
    assert {type(frame) for frame in recording.frames()} == {AudioFrame}


def test_two_readings_give_the_same_frames(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", tone(1), pictures=1)
    for one, two in zip(of(path).frames(), of(path).frames(), strict=True):
        assert one.t == two.t
        assert isinstance(one, AudioFrame | VideoFrame)
        content = [f.samples if isinstance(f, AudioFrame) else f.image for f in (one, two)]  # type: ignore[union-attr]
        assert np.array_equal(*content)


def test_a_file_without_sound_or_without_picture_is_told(tmp_path: Path) -> None:
    assert of(write(tmp_path / "a.mp4", pictures=1)).notes == ("a.mp4 has no sound",)
    assert of(write(tmp_path / "a.wav", tone(1))).notes == ("a.wav has no pictures",)
    with pytest.raises(BadRecording, match="got picture only, expected sound"):
        of(tmp_path / "a.mp4", pictures=False)


def test_what_is_no_recording_gets_a_sentence(tmp_path: Path) -> None:
    text, empty = tmp_path / "notes.mp4", tmp_path / "empty.wav"
    text.write_text("She said that " * 100)
    empty.write_bytes(b"")
    for path, got in (
        (text, "no media file"),
        (empty, "an empty file"),
        (tmp_path / "none.wav", "no such file"),
        (tmp_path, "not a plain file"),
    ):
        with pytest.raises(BadRecording, match=got):
            of(path)


def test_a_play_list_under_another_name_opens_no_other_file(tmp_path: Path) -> None:
    write(tmp_path / "secret.wav", tone(1))
    for name, content in (
        ("list.mp4", "ffconcat version 1.0\nfile secret.wav\n"),
        ("list.wav", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.wav\n#EXT-X-ENDLIST\n"),
    ):
        (tmp_path / name).write_text(content)
        with pytest.raises(BadRecording):
            of(tmp_path / name)


def test_a_name_that_is_an_address_is_a_file_that_is_not_there() -> None:
    with pytest.raises(BadRecording, match="no such file"):
        of(Path("http://127.0.0.1:9/a.mp4"))


def test_a_file_cut_short_is_measured_as_far_as_it_is_good_and_told(tmp_path: Path) -> None:
    faststart = {"movflags": "+faststart"}
    path = write(tmp_path / "a.mp4", tone(6), pictures=6, container_options=faststart)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    recording = of(path)
    reached = max(frame.t for frame in recording.frames())
    assert SECOND < reached < 5 * SECOND
    assert any("cut short" in note for note in recording.notes)


def test_a_file_cut_off_before_its_table_of_contents_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", tone(3))
    path.write_bytes(path.read_bytes()[:2_000])
    with pytest.raises(BadRecording, match="cut off"):
        of(path)


def test_damage_in_the_middle_costs_its_packets_only(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mkv", tone(5), pictures=5)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = b"\xa5" * 400
    path.write_bytes(data)
    frames = list(of(path).frames())
    assert max(frame.t for frame in frames) > 4 * SECOND


def test_a_channel_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", tone(1))
    with pytest.raises(BadRecording, match="1 channel"):
        Recording([Track("t", path, 0), Track("p", path, 1)])


def test_a_hole_in_the_sound_is_not_closed(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    write_with_hole(path)
    frames = sounds(of(path))
    jumps = [b.t - a.t for a, b in itertools.pairwise(frames)]
    assert max(jumps) == pytest.approx(SECOND, abs=60 * MILLISECOND)


def write_with_hole(path: Path) -> None:
    from fractions import Fraction

    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=16_000, layout="mono")
        for i in (*range(50), *range(100, 150)):
            block = np.full((1, 320), 1_000, np.int16)
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 16_000, i * 320, Fraction(1, 16_000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def test_leaving_early_lets_go_of_the_files(tmp_path: Path) -> None:
    recording = of(write(tmp_path / "a.wav", tone(2)))
    frames = recording.frames()
    next(frames)
    frames.close()  # type: ignore[attr-defined]
    assert not [
        f for f in Path("/proc/self/fd").iterdir() if f.exists() and f.samefile(tmp_path / "a.wav")
    ]


def test_pictures_larger_than_any_camera_gives_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "MAX_PIXELS", 64 * 47)
    with pytest.raises(BadRecording, match="got pictures of 64 x 48"):
        of(write(tmp_path / "a.mp4", pictures=1))
