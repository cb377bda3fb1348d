"""
How often plain speech is taken for laughter, crying or a sigh: false alarms per hour.

    ATTUNEMENT_DATA=... ATTUNEMENT_MODELS=... python -m benchmarks.burst_alarms

There is no labelled laughter here, so nothing is said of what is missed. Then what is saved where
the net is not asked, because nothing stands out of the room: five seconds of speech, five of none,
in rooms of four loudnesses and three colours; and what the net would have said there.
"""

import os
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attunement.pipelines.models.audio_events import RATE, WINDOW, AudioEvents
from attunement.pipelines.models.files import Shelf
from attunement.pipelines.voice.bursts import EVENTS, FAINT, Room
from attunement.pipelines.voice.stretch import CHUNK
from training.speech_emotion.corpus import Utterance, decoded, emodb, nemo
from training.speech_emotion.worsen import in_noise

LEVELS = (0.1, 0.3, 0.5)  # scores from which a reader may take it for an event
EVERY = 3  # of nEMO, one in this many
TALK = 60  # s of speech in each room


def main() -> None:
    data = Path(os.environ["ATTUNEMENT_DATA"])
    net = AudioEvents(Shelf().path("yamnet.tflite"))
    for name, utterances in (("EmoDB", emodb(data)), ("nEMO", nemo(data)[::EVERY])):
        alarms(net, name, utterances)
    saved(net, nemo(data)[::50])


def saved(net: AudioEvents, utterances: list[Utterance]) -> None:
    sound = np.concatenate([decoded(one.file) for one in utterances])[: TALK * RATE]
    pauses = np.zeros((2, *sound.reshape(-1, 5 * RATE).shape), np.float32)
    pauses[0] = sound.reshape(-1, 5 * RATE)
    call = pauses.transpose(1, 0, 2).reshape(-1)
    for slope, colour in ((0.0, "white"), (1.0, "pink"), (2.0, "brown")):
        for under in (20, 30, 40, 50):
            noisy = in_noise(np.random.default_rng(under), call, under, slope).astype(np.float32)
            _tell_saved(net, noisy, f"{colour} noise {under} dB under the voice")


def _tell_saved(net: AudioEvents, sound: NDArray[np.float32], name: str) -> None:
    """Who speaks is taken from where speech was put."""
    room, asked, missed = Room(), 0, []
    seconds = sound[: sound.size // RATE * RATE].reshape(-1, RATE)
    places = [place for event in EVENTS.values() for place in event]
    for i, second in enumerate(seconds):
        stands_out = room.stands_out(second[: RATE // CHUNK * CHUNK])
        if i % 10 < 5 or stands_out:
            asked += 1
        elif np.abs(second).max() >= FAINT:
            missed.append(float(net(second[-WINDOW:])[places].max()))
    highest = f"{max(missed):.3f}" if missed else "-"
    print(
        f"{name}: asked in {asked} of {len(seconds)} seconds; before in {asked + len(missed)};",
        end="",
    )
    print(f" highest score where not asked {highest}", flush=True)


def alarms(net: AudioEvents, name: str, utterances: list[Utterance]) -> None:
    sound = np.concatenate([decoded(one.file) for one in utterances])
    seconds = sound[: sound.size // RATE * RATE].reshape(-1, RATE)
    begin = time.process_time()
    scores = np.stack([net(second[-WINDOW:]) for second in seconds])
    cost = (time.process_time() - begin) / len(seconds)
    print(f"{name}: {len(seconds) / 3600:.2f} h of speech, {cost * 1e3:.1f} ms per second")
    for event, places in EVENTS.items():
        most = scores[:, list(places)].max(axis=1)
        rates = (f"{level}: {(most >= level).mean() * 3600:.1f}/h" for level in LEVELS)
        print(f"  {event}", *rates)


if __name__ == "__main__":
    main()
