"""Where real speech begins and ends, by its energy, and where the stage hears it begin and end."""

from pathlib import Path
from statistics import median

import av
import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.pipelines.derived import Activity
from attunement.pipelines.voice.speech import Speech
from attunement.pipelines.voice.utterances import Edge, Utterances
from tests.pipelines.voice.listening import frames

RATE = 16_000
PAUSE = 200 * MILLISECOND
STEP = 80  # samples, 5 ms
UNDER = 30  # dB under the loudest: where a voice is taken to end


def test_the_edges_of_real_speech_are_found_without_bias(data_dir: Path) -> None:
    rng = np.random.default_rng(0)
    begins, ends = [], []
    for path in sorted((data_dir / "emodb").glob("*.flac"))[::8]:
        speech = read(path)
        sound = np.pad(speech / np.abs(speech).max() * 0.3, RATE)
        sound += rng.normal(0, 10 ** (-65 / 20), sound.size)
        found = heard(sound.astype(np.float32))
        true_begin, true_end = energetic(sound)
        begins.append(found[0] - true_begin)
        ends.append(found[1] - true_end)
    assert abs(median(begins)) < 0.03
    assert abs(median(ends)) < 0.03


def heard(sound: NDArray[np.float32]) -> tuple[float, float]:
    stage, utterances = Speech(), Utterances(PAUSE)
    for frame in frames(sound):
        derived = list(stage.push(frame))
        if (frame.t + 20 * MILLISECOND) % SECOND == 0:
            derived += stage.finish()
            stage.measure()
        for each in derived:
            if isinstance(each, Activity):
                utterances.push(each)
    events = utterances.take()
    begins = [event.t for event in events if event.edge is Edge.BEGINS]
    ends = [event.t for event in events if event.edge is Edge.ENDS]
    return begins[0] / SECOND, ends[-1] / SECOND


def energetic(sound: NDArray[np.float64]) -> tuple[float, float]:
    steps = sound[: sound.size // STEP * STEP].reshape(-1, STEP)
    level = 10 * np.log10(np.mean(steps**2, axis=1) + 1e-12)
    level = np.convolve(np.pad(level, 1, mode="edge"), np.ones(3) / 3, "valid")
    loud = np.flatnonzero(level > np.percentile(level, 98) - UNDER)
    return float(loud[0] * STEP / RATE), float((loud[-1] + 1) * STEP / RATE)


def read(path: Path) -> NDArray[np.float64]:
    resampler = av.AudioResampler("flt", "mono", RATE)
    with av.open(str(path)) as container:
        blocks = [b for f in container.decode(audio=0) for b in resampler.resample(f)]
    return np.concatenate([block.to_ndarray()[0] for block in blocks]).astype(np.float64)
