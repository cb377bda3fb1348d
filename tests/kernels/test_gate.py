import numpy as np

from attunement.kernels.gate import FAINT, gated


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
