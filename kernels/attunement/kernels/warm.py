"""Compile every kernel before the first call, so that no call waits for a compiler."""

import numpy as np

from attunement.kernels import decimate, frames, level, loudness, pitch, syllables


def warm_up() -> None:
    """Run each kernel of the voice once on the types it will meet. Repeating it costs nothing."""
    noise = np.random.default_rng(0).normal(0, 0.1, 1_024).astype(np.float32)
    decimate.halve(noise[: decimate.LAG], noise)
    level.levels(noise.reshape(2, 512))
    one = np.ones(1, np.bool_)
    heard, _ = frames.tapered(noise, loudness.HANN, loudness.HOP, one, loudness.FFT)
    loudness.loudness(heard)
    syllables.nuclei(np.zeros(8), np.zeros(8, np.bool_), syllables.new_contour())
    heard, _ = frames.tapered(noise, pitch.HANN, pitch.HOP, one, pitch.FFT)
    found = pitch.candidates(pitch.autocorrelation(heard))
    score, seen, back = pitch.new_path()
    pitch.follow(*found, np.ones(1, np.float32), score, seen, back)
