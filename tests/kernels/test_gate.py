import numpy as np

from attunement.kernels.gate import FAINT, gated, spoken


def test_pitch_is_voiced_where_it_says_so_and_speech_is_likely_in_its_chunk_or_the_one_before() -> (
    None
):
    rng = np.random.default_rng(0)
    found = rng.normal(0, 1, (200, 3)).astype(np.float32)
    speech = rng.random(80).astype(np.float32)
    chunk = 1 + (130 + np.arange(200) * 160) // 512
    likely = np.maximum(speech[chunk], speech[chunk - 1]) >= np.float32(0.6)
    voiced = likely & (found[:, 2] > 0)
    hz, strength = gated(found, speech, 130, 160, 512, 0.6)
    assert np.array_equal(np.isfinite(hz), voiced)
    assert np.array_equal(hz[voiced], found[voiced, 0])
    plain = np.where(voiced, np.clip(found[:, 1], FAINT, 1), 0)
    assert np.array_equal(strength, plain)
    assert 20 < voiced.sum() < 180


def test_a_place_is_spoken_where_its_chunk_is_and_before_the_first_as_that_one() -> None:
    speech = np.random.default_rng(1).random(12).astype(np.float32)
    chunk = np.maximum((-700 + np.arange(40) * 160) // 512, 0)
    found = spoken(speech, -700, 160, 512, 40, 0.5)
    assert found.tolist() == (speech[chunk] >= 0.5).tolist()
