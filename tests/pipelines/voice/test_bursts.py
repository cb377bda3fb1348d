"""Laughter, crying, sighs: heard with the model, a reason without it."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.engine.errors import ModelUnavailable
from attunement.engine.pipeline import Pipeline
from attunement.engine.runner import replay
from attunement.engine.session import Roster
from attunement.engine.signal import Measured, Missing, Second, Why
from attunement.pipelines.models.audio_events import EVENTS, WINDOW, AudioEvents
from attunement.pipelines.models.files import Shelf
from attunement.pipelines.voice import bursts, speech
from tests.pipelines.voice.listening import THERAPIST, NoModels, frames, readings
from tests.pipelines.voice.synthetic import RATE, silence, speak


def heard(sound: NDArray[np.floating], models: Shelf | NoModels) -> list[Second]:
    pipeline = Pipeline((speech.STAGE, bursts.STAGE), Roster((THERAPIST,)), models)
    return list(replay(frames(sound.astype(np.float32)), pipeline))


def test_without_the_file_there_is_no_model() -> None:
    for second in heard(speak(2).samples, NoModels()):
        for name in bursts.EVENTS:
            assert second.people[THERAPIST.id][name] == Missing(Why.NO_MODEL)


def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    file = tmp_path / "yamnet.tflite"
    file.write_bytes(b"nothing of the kind")
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        AudioEvents(file)


@pytest.fixture(scope="module")
def shelf(models_dir: Path) -> Shelf:
    return Shelf(models_dir)


def test_noise_has_a_score_for_every_event(shelf: Shelf) -> None:
    net = AudioEvents(shelf.path("yamnet.tflite"))
    scores = net(np.random.default_rng(0).normal(0, 0.1, WINDOW).astype(np.float32))
    assert scores.shape == (EVENTS,)
    assert (scores >= 0).all()
    assert (scores <= 1).all()


@pytest.mark.parametrize(
    ("sound", "why"),
    [
        (np.zeros(3 * RATE), Why.MUTED),
        (silence(3), Why.SILENCE),
        (np.full(3 * RATE, 0.3), Why.SILENCE),
        (np.full(3 * RATE, np.nan), Why.NO_MEDIA),
        (speak(0.1).samples, None),
    ],
    ids=["digital silence", "a quiet room", "direct current", "no numbers", "a tenth of a second"],
)
def test_where_nothing_sounds_the_net_is_not_asked(
    shelf: Shelf, sound: NDArray[np.floating], why: Why | None
) -> None:
    for name in bursts.EVENTS:
        for reading in readings(heard(sound, shelf), name):
            assert isinstance(reading, Missing)
            assert why is None or reading.why is why


def test_in_a_noisy_room_the_net_is_asked_only_when_something_stands_out(shelf: Shelf) -> None:
    room = silence(12, noise=3e-3).astype(np.float64)
    breath = np.random.default_rng(2).normal(0, 6e-3, RATE // 4)
    room[9 * RATE + 4000 : 9 * RATE + 4000 + breath.size] += breath
    asked = [isinstance(r, Measured) for r in readings(heard(room, shelf), "voice.sigh")]
    assert asked == [True, True] + 7 * [False] + [True, False, False]


def test_what_goes_on_for_long_does_not_become_the_room() -> None:
    room, rng = bursts.Room(), np.random.default_rng(0)
    for _ in range(5):
        room.stands_out(rng.normal(0, 1e-3, 31 * 512).astype(np.float32))
    for _ in range(20):
        assert room.stands_out(rng.normal(0, 3e-3, 31 * 512).astype(np.float32))


def test_rumble_is_no_matter() -> None:
    room, rng = bursts.Room(), np.random.default_rng(0)
    t = np.arange(31 * 512) / RATE
    asked = []
    for loud in np.tile((0.01, 0.1), 5):
        rumble = loud * np.sin(2 * np.pi * 20 * t) + rng.normal(0, 3e-3, t.size)
        asked.append(room.stands_out(rumble.astype(np.float32)))
    assert not any(asked[2:])


def test_a_plain_voice_is_no_laughter_and_no_crying(shelf: Shelf) -> None:
    sound = np.concatenate([silence(1), speak(4, 130).samples])
    for name in bursts.EVENTS:
        found = [r for r in readings(heard(sound, shelf), name) if isinstance(r, Measured)]
        assert found
        assert max(reading.value for reading in found) < 0.5
