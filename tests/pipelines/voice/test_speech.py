import importlib.machinery
import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.errors import BadFrame, ModelUnavailable
from attunement.engine.frame import AudioFrame, Frame
from attunement.engine.signal import Measured, Missing, Why
from attunement.pipelines.derived import Activity
from attunement.pipelines.models import silero
from attunement.pipelines.voice.speech import Speech
from attunement.pipelines.voice.stretch import HOP
from tests.pipelines.voice.listening import VOICE, frames, measure, readings
from tests.pipelines.voice.synthetic import silence, speak

SENTENCE = np.concatenate([silence(0.7), speak(2.2, 130, seed=4).samples, silence(0.6)])


def activity(sound: np.ndarray, sizes: tuple[int, ...] = (320,)) -> list[Activity]:
    stage, out, second = Speech(), [], 0
    derived: list[Frame] = []
    for frame in frames(sound, sizes=sizes):
        while frame.t // SECOND > second:
            derived += stage.finish()
            stage.measure()
            second += 1
        derived += stage.push(frame)
    derived += stage.finish()
    out += [d for d in derived if isinstance(d, Activity)]
    return out


def test_the_probabilities_are_those_of_the_package_s_own_streaming_model() -> None:
    import onnxruntime

    file = silero.path().with_name("silero_vad.onnx")
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    net = silero.Silero()
    chunks = SENTENCE[: SENTENCE.size // 512 * 512].reshape(-1, 512)
    mine = np.concatenate([net(part) for part in np.array_split(chunks, 9)])
    state, context, theirs = np.zeros((2, 1, 128), np.float32), np.zeros(64, np.float32), []
    for chunk in chunks:
        feed = {"input": np.concatenate((context, chunk))[None], "state": state}
        speech, state = session.run(None, feed | {"sr": np.array(16_000, np.int64)})
        context = chunk[-64:]
        theirs.append(speech[0, 0])
    np.testing.assert_allclose(mine, theirs, atol=1e-4)
    assert mine.max() > 0.9


def test_the_package_is_found_without_importing_it_or_torch() -> None:
    import subprocess

    program = (
        "import sys; from attunement.pipelines.models.silero import Silero; Silero();"
        "assert 'torch' not in sys.modules and 'silero_vad' not in sys.modules"
    )
    roots = ":".join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": roots}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_without_the_package_the_model_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelUnavailable, match=r"silero-vad: .* install it with"):
        silero.Silero()


def test_a_broken_model_file_is_unavailable_and_not_a_crash(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "silero_vad_16k_sequence.onnx").write_bytes(b"no model")
    spec = importlib.machinery.ModuleSpec("silero_vad", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        silero.Silero()


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(1, 3_000), min_size=1, max_size=5))
def test_activity_does_not_depend_on_the_size_of_the_blocks(sizes: list[int]) -> None:
    one, other = activity(SENTENCE), activity(SENTENCE, tuple(sizes))
    assert np.array_equal(
        np.concatenate([a.speech for a in one]), np.concatenate([a.speech for a in other])
    )
    assert one[0].t == other[0].t == 0


def test_a_second_of_speech_is_speech_and_a_quiet_room_is_not() -> None:
    sound = np.concatenate([silence(1), speak(3, 120).samples, silence(2)])
    found = readings(measure(frames(sound), catalog=VOICE[:1]), "voice.speech")
    values = [r.value for r in found if isinstance(r, Measured)]
    assert len(values) == 6
    assert values[0] == 0
    assert min(values[2:4]) > 0.9
    assert values[5] == 0


def test_exact_silence_is_muted() -> None:
    found = readings(
        measure(frames(np.zeros(48_000, np.float32)), catalog=VOICE[:1]), "voice.speech"
    )
    assert found == [Missing(Why.MUTED)] * 3


def test_a_second_with_a_little_sound_in_it_is_not_muted() -> None:
    sound = np.zeros(32_000, np.float32)
    sound[20_000:] = silence(0.75)[:12_000]
    found = readings(measure(frames(sound), catalog=VOICE[:1]), "voice.speech")
    assert found[0] == Missing(Why.MUTED)
    assert isinstance(found[1], Measured)


def test_less_than_half_a_second_is_too_little_and_nothing_is_no_media() -> None:
    sound = [*frames(silence(0.4)), *frames(silence(1), t=2 * SECOND)]
    found = readings(measure(sound, catalog=VOICE[:1]), "voice.speech")
    assert found[:2] == [Missing(Why.LOW_QUALITY), Missing(Why.NO_MEDIA)]
    assert isinstance(found[2], Measured)


def test_samples_that_are_no_numbers_are_a_hole_of_their_own_chunks() -> None:
    sound = silence(2)
    sound[4_000:8_000] = np.nan
    sound[20_000] = np.inf
    out = activity(sound)
    steps = sum(a.speech.size for a in out)
    assert steps == 62 - 9 - 1
    assert all(np.isfinite(a.speech).all() for a in out)
    assert [a.t // HOP for a in out if a.t // HOP in (16, 40)] == [16, 40]


def test_a_hole_forgets_what_was_before_it() -> None:
    voice = speak(1, 130, seed=4).samples
    alone = activity(voice)
    stage = Speech()
    for frame in frames(speak(0.5, 220).samples):
        stage.push(frame)
    derived: list[Frame] = []
    for frame in frames(voice, t=SECOND):
        derived += stage.push(frame)
    after = [d for d in derived if isinstance(d, Activity) and d.t >= SECOND]
    first = np.concatenate([a.speech for a in after])
    assert np.array_equal(first, np.concatenate([a.speech for a in alone])[: first.size])


def test_a_few_milliseconds_of_jitter_are_no_hole() -> None:
    rng = np.random.default_rng(0)
    stage = Speech()
    derived: list[Frame] = []
    for frame in frames(SENTENCE[:16_000]):
        late = int(rng.integers(-2, 3)) * MILLISECOND
        derived += stage.push(AudioFrame("a", max(0, frame.t + late), frame.samples, 16_000))
    steady = np.concatenate([a.speech for a in activity(SENTENCE[:16_000])])
    mine = np.concatenate([d.speech for d in derived if isinstance(d, Activity)])
    assert np.array_equal(mine, steady[: mine.size])


def test_a_clock_that_runs_away_shifts_time_and_breaks_nothing() -> None:
    stage = Speech()
    derived: list[Frame] = []
    for i, frame in enumerate(frames(silence(30, noise=1e-2))):
        t = frame.t + i * MILLISECOND // 50  # 0.1 %
        if i and i % 50 == 0:
            derived += stage.finish()
            stage.measure()
        derived += stage.push(AudioFrame("a", t, frame.samples, 16_000))
    heard = [d for d in derived if isinstance(d, Activity)]
    last = heard[-1].t + heard[-1].speech.size * HOP
    true = 30 * SECOND + 30 * MILLISECOND
    assert sum(a.speech.size for a in heard) > 30 * SECOND // HOP - 40
    assert abs(last - true) < SECOND


def test_sound_of_another_rate_is_refused() -> None:
    with pytest.raises(BadFrame, match="48000 Hz, expected 16000 Hz"):
        Speech().push(AudioFrame("a", 0, np.zeros(960, np.float32), 48_000))


def test_a_faint_room_costs_the_net_a_quarter_of_a_second_and_no_speech(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []
    listen = silero.Silero.__call__

    def count(net: silero.Silero, chunks: np.ndarray) -> np.ndarray:
        asked.append(len(chunks))
        return listen(net, chunks)

    monkeypatch.setattr(silero.Silero, "__call__", count)
    activity(silence(5))
    assert sum(asked) == 8
    voice = speak(2, 130, seed=4).samples
    heard = [
        np.concatenate([a.speech for a in activity(np.concatenate([silence(3), voice + room]))])
        for room in (silence(2), silence(2, noise=2e-3))
    ]
    faint, audible = (np.count_nonzero(speech >= 0.5) for speech in heard)
    assert abs(faint - audible) <= 3
