"""A net trained on people takes it for speech, and its pitch is the script's."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.simulator import prosody
from attunement.simulator.script import Script
from attunement.simulator.voice import RATE, speak

CHUNK = 512 / 16_000  # s


def _probability(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    onnxruntime = pytest.importorskip("onnxruntime")
    found = importlib.util.find_spec("silero_vad")
    if found is None or not found.submodule_search_locations:
        pytest.skip("silero-vad is not installed")
    file = Path(found.submodule_search_locations[0]) / "data" / "silero_vad_16k_sequence.onnx"
    net = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    taps = np.sinc(np.arange(-48, 49) / 3) * np.hamming(97)
    slow = np.convolve(sound, taps / taps.sum(), "same")[::3]
    n = len(slow) // 512
    padded = np.concatenate([np.zeros(64), slow]).astype(np.float32)
    chunks = np.stack([padded[i * 512 : i * 512 + 576] for i in range(n)])
    zeros = np.zeros((1, 1, 128), np.float32)
    speech: NDArray[np.float32] = net.run(None, {"input": chunks, "h": zeros, "c": zeros})[0]
    return speech.ravel()


@pytest.mark.parametrize("name", ["therapist", "patient"])
def test_silero_hears_speech_where_the_script_speaks_and_silence_elsewhere(name: str) -> None:
    part = Script.generate(7, 20).part(name)
    room = np.random.default_rng(0).normal(0, 10 ** (part.noise / 20), 20 * RATE)
    sound = room.astype(np.float32)
    for spoken in part.utterances:
        begin = round(spoken.begin * RATE)
        voice = speak(part.voice, spoken)
        sound[begin : begin + len(voice)] += voice
    probability = _probability(sound)
    t = (np.arange(len(probability)) + 0.5) * CHUNK
    inside = np.zeros(len(t), bool)
    outside = np.ones(len(t), bool)
    for spoken in part.utterances:
        inside |= (t > spoken.begin + 0.06) & (t < spoken.end - 0.06)
        outside &= (t < spoken.begin - 0.06) | (t > spoken.end + 0.1)
    assert np.mean(probability[inside] > 0.5) >= 0.9
    assert np.mean(probability[outside] < 0.5) >= 0.98


def test_the_pitch_heard_is_the_pitch_written() -> None:
    part = Script.generate(7, 20).part("patient")
    spoken = part.utterances[0]
    sound = speak(part.voice, spoken)[::6].astype(np.float64)  # its energy lies below 4 kHz
    heard, written = [], []
    for begin in range(0, len(sound) - 400, 160):
        t = spoken.begin + (begin + 200) / 8_000
        if prosody.voicing(spoken, np.array([t]))[0] < 0.8:
            continue
        frame = sound[begin : begin + 400] * np.hanning(400)
        likeness = np.correlate(frame, frame, "full")[399:]
        heard.append(8_000 / (30 + int(np.argmax(likeness[30:130]))))
        written.append(prosody.pitch(spoken, np.array([t]))[0])
    apart = 12 * np.abs(np.log2(np.median(heard) / np.median(written)))
    assert len(heard) > 10
    assert apart < 0.5


def test_the_level_is_the_one_written_and_the_sound_is_the_same_each_time() -> None:
    part = Script.generate(7, 20).part("therapist")
    spoken = part.utterances[0]
    sound = speak(part.voice, spoken)
    assert 20 * np.log10(np.sqrt(np.mean(sound**2))) == pytest.approx(spoken.level, abs=0.6)
    assert np.array_equal(sound, speak(part.voice, spoken))
