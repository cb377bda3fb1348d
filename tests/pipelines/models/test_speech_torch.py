"""What a GPU would say is what the processor says; torch itself runs on the processor here."""

import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.pipelines.models import device
from attunement.pipelines.models.speech_emotion import BATCH, OWN, STRANGER, SpeechEmotion

torch = pytest.importorskip("torch", reason="the package torch is not installed")

from attunement.pipelines.models.speech_torch import Committees  # noqa: E402


def compared(known: float, n: int = 40) -> NDArray[np.float32]:
    """Descriptions about as far from the usual as those of voices are."""
    model = SpeechEmotion()
    rows = np.random.default_rng(3).normal(0, 1, (n, model.weights.slope.shape[1]))
    rows[:, -1] = known
    return rows.astype(np.float32)


def by_numpy(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    model = SpeechEmotion()
    found = [model(row) for row in rows]
    return np.array([[*one.probability, one.strangeness] for one in found], np.float32)


@pytest.mark.parametrize("known", [0.0, 0.7], ids=["stranger", "own usual"])
def test_both_committees_say_the_same_in_torch(known: float) -> None:
    rows = compared(known)
    with torch.inference_mode():
        found = Committees(SpeechEmotion().weights)(torch.from_numpy(rows)).numpy()
    np.testing.assert_allclose(found, by_numpy(rows), rtol=2e-3, atol=2e-4)


def test_each_row_is_answered_by_its_own_committee() -> None:
    rows = np.concatenate((compared(0.0, 3), compared(1.0, 3)))[[0, 3, 1, 4, 2, 5]]
    assert {STRANGER, OWN} == {0, 1}
    with torch.inference_mode():
        found = Committees(SpeechEmotion().weights)(torch.from_numpy(rows)).numpy()
    np.testing.assert_allclose(found, by_numpy(rows), rtol=2e-3, atol=2e-4)


def test_half_the_precision_changes_little() -> None:
    rows = compared(0.7)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        found = Committees(SpeechEmotion().weights)(torch.from_numpy(rows)).float().numpy()
    wanted = by_numpy(rows)
    assert np.abs(found[:, :-1] - wanted[:, :-1]).max() < 0.1
    assert (found.argmax(axis=1) == wanted.argmax(axis=1)).mean() > 0.9
    np.testing.assert_allclose(found[:, -1], wanted[:, -1], rtol=0.05)


def test_without_a_gpu_torch_is_not_loaded() -> None:
    if device.has_gpu():
        pytest.skip("there is a GPU here")
    program = """
import sys
from attunement.pipelines.models.speech_emotion import SpeechEmotion
SpeechEmotion().shared
print("torch" in sys.modules)
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert ran.stdout == "False\n", ran.stderr[-500:]


@pytest.mark.skipif(not device.has_gpu(), reason="there is no GPU here")
def test_a_gpu_answers_a_batch_of_sessions() -> None:
    rows = compared(0.7, BATCH)
    found = device.runner(Committees(SpeechEmotion().weights), "cuda", BATCH)(rows)
    assert np.abs(found[:, :-1] - by_numpy(rows)[:, :-1]).max() < 0.1
