"""The weights are the ones expected, or nothing is loaded."""

from pathlib import Path

import numpy as np
import pytest

from attunement.engine.errors import ModelUnavailable
from attunement.pipelines.inferred.description import SIZE
from attunement.pipelines.models import speech_emotion
from attunement.pipelines.models.speech_emotion import SpeechEmotion, confidence, read, written

FILE = Path(speech_emotion.__file__).parent / "weights" / speech_emotion.NAME


def test_the_weights_are_small_and_the_ones_expected() -> None:
    assert FILE.stat().st_size <= 5_000_000
    weights = SpeechEmotion().weights
    assert weights.mean.shape == weights.spread.shape == (SIZE,)
    assert weights.slope.shape == (2, SIZE + 1, len(speech_emotion.CLASSES))
    assert (weights.spread > 0).all()


def test_changed_weights_are_not_loaded(tmp_path: Path) -> None:
    content = bytearray(FILE.read_bytes())
    content[-1] ^= 1
    file = tmp_path / "changed.safetensors"
    file.write_bytes(content)
    with pytest.raises(ModelUnavailable, match="got sha256"):
        SpeechEmotion(file)


def test_missing_weights_are_told(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="FileNotFoundError"):
        SpeechEmotion(tmp_path / "nothing.safetensors")


def test_a_file_of_tensors_comes_back_as_it_was_written() -> None:
    tensors = {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3),
        "b": np.array([0.5], np.float16),
    }
    back = read(written(tensors, {"version": "1"}))
    assert back.keys() == tensors.keys()
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(back[name], tensor)


@pytest.mark.parametrize("content", [b"", b"\xff" * 8, (99).to_bytes(8, "little") + b"{}"])
def test_a_broken_file_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="header"):
        read(content)


def test_probabilities_sum_to_1_even_for_the_wildest_input() -> None:
    model = SpeechEmotion()
    rng = np.random.default_rng(0)
    for share in (0.0, 0.9):
        wild = np.append(rng.choice([-5.0, 5.0], SIZE), share).astype(np.float32)
        answer = model(wild)
        assert answer.probability.sum() == pytest.approx(1, abs=1e-5)
        assert answer.strangeness > 1


def test_confidence_is_0_for_no_idea_and_1_for_certainty() -> None:
    assert confidence(np.full(7, 1 / 7, np.float32)) == pytest.approx(0, abs=1e-6)
    assert confidence(np.eye(7, dtype=np.float32)[0]) == pytest.approx(1, abs=1e-6)
