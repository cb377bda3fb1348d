"""Compile every kernel before the first call, so that no call waits for a compiler."""

import logging

import numpy as np

from attunement.kernels import (
    bands,
    decimate,
    descriptors,
    fft,
    formants,
    frames,
    harmonics,
    jit,
    level,
    logarithm,
    loudness,
    motion,
    patch,
    perceptron,
    perturbation,
    pitch,
    syllables,
    tracking,
    voicing,
)

log = logging.getLogger(__name__)

MODULES = (
    decimate,
    descriptors,
    frames,
    level,
    loudness,
    motion,
    patch,
    perceptron,
    pitch,
    syllables,
    tracking,
    voicing,
)
WITHIN = (bands, fft, formants, harmonics, logarithm, perturbation)  # called by other kernels alone


def warm_up() -> None:
    """
    Run each kernel once on the types it will meet. Repeating it costs nothing.

    What an interrupted or foreign process left broken in the cache on disk is thrown away.
    """
    jit.forget_others()
    try:
        _run()
    except Exception as fault:
        log.warning("the kernels' cache is unusable (%s) and is made anew", type(fault).__name__)
        forget()
        _run()


def forget() -> None:
    """Empty the cache on disk."""
    for module in (*MODULES, *WITHIN):
        for thing in vars(module).values():
            flush = getattr(getattr(thing, "_cache", None), "flush", None)
            if flush:
                flush()


def _run() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 1_024).astype(np.float32)
    one = np.ones(1, np.bool_)
    decimate.halve(noise[: decimate.LAG], noise)
    decimate.third(noise[: decimate.THIRD_LAG], np.zeros(1_920, np.int16), 2)
    picture = np.zeros((8, 8, 3), np.uint8)
    patch.difference(picture[:4, :4, 1].copy(), picture[..., 1], 1, 1, 1)
    level.levels(noise.reshape(2, 512))
    heard, _ = frames.tapered(noise, loudness.HANN, loudness.HOP, one, loudness.FFT)
    loudness.loudness(heard)
    syllables.nuclei(np.zeros(8), np.zeros(8, np.bool_), syllables.new_contour())
    heard, _ = frames.tapered(noise, pitch.HANN, pitch.HOP, one, pitch.FFT)
    spectra = pitch.power(heard)
    hz, clues = pitch.candidates(spectra)
    weigher, hearer = voicing.weights()
    evidence = voicing.evidence(hz, clues, weigher)
    levels = voicing.level_and_tilt(noise, voicing.REACH + 1, 1, 1)
    bands = pitch.bands(spectra)
    facts = voicing.describe(clues, evidence, bands, levels, voicing.new_levels())
    perceptron.log_odds(voicing.with_those_around(facts, 0, 1), *hearer)
    path = tracking.new_path()
    tracking.follow(hz, evidence, *path)
    tracking.undecided(path[0], path[2])
    grey = motion.grey(np.zeros((8, 8, 3), np.uint8), 4)
    motion.changed(grey, grey, 0, 2, 0, 2, 8.0)
    (rows,) = descriptors.Descriptors().push([noise], [np.full(1, 120, np.float32)])
    descriptors.smoothed(rows, descriptors.F0)
