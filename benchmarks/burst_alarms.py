"""
How often plain speech is taken for laughter, crying or a sigh: false alarms per hour.

    ATTUNEMENT_DATA=... ATTUNEMENT_MODELS=... python -m benchmarks.burst_alarms

There is no labelled laughter here, so nothing is said of what is missed.
"""

import os
import time
from pathlib import Path

import numpy as np

from attunement.pipelines.models.audio_events import RATE, WINDOW, AudioEvents
from attunement.pipelines.models.files import Shelf
from attunement.pipelines.voice.bursts import EVENTS
from training.speech_emotion.corpus import Utterance, decoded, emodb, nemo

LEVELS = (0.1, 0.3, 0.5)  # scores from which a reader may take it for an event
EVERY = 3  # of nEMO, one in this many


def main() -> None:
    data = Path(os.environ["ATTUNEMENT_DATA"])
    net = AudioEvents(Shelf().path("yamnet.tflite"))
    for name, utterances in (("EmoDB", emodb(data)), ("nEMO", nemo(data)[::EVERY])):
        alarms(net, name, utterances)
    net.close()


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
