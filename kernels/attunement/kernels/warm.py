"""Compile every kernel before the first call, so that no call waits for a compiler."""

import logging

import numpy as np
from numpy.typing import NDArray

from attunement.kernels import (
    bandpower,
    bands,
    contour,
    convolution,
    cover,
    decimate,
    descriptor_stream,
    descriptors,
    fft,
    formants,
    frames,
    gate,
    harmonics,
    held,
    jit,
    level,
    likeness,
    listening,
    logarithm,
    loudness,
    middle,
    motion,
    patch,
    perceptron,
    periods,
    perturbation,
    pitch,
    resample,
    smoothing,
    subharmonic,
    syllables,
    tracking,
    voicing,
)

log = logging.getLogger(__name__)

MODULES = (
    bandpower,
    contour,
    cover,
    decimate,
    descriptor_stream,
    descriptors,
    gate,
    level,
    likeness,
    listening,
    loudness,
    middle,
    motion,
    patch,
    periods,
    smoothing,
    subharmonic,
    syllables,
)
WITHIN = (  # called by other kernels alone
    bands,
    convolution,
    fft,
    formants,
    frames,
    harmonics,
    held,
    logarithm,
    perceptron,
    perturbation,
    pitch,
    resample,
    tracking,
    voicing,
)


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
    decimate.halve(noise[: decimate.LAG], noise)
    decimate.third(noise[: decimate.THIRD_LAG], np.zeros(1_920, np.int16), 2)
    picture = np.zeros((8, 8, 3), np.uint8)
    patch.difference(picture[:4, :4, 1].copy(), picture[..., 1], 1, 1, 1)
    level.levels(noise.reshape(2, 512))
    first, heard = np.zeros(1, np.int64), np.ones(8, np.bool_)
    loudness.loudness(noise, first, loudness.bench())
    bandpower.powers(noise, first, bandpower.bench(noise[:256], ((1, 2),)))
    levels = noise[:64].reshape(8, likeness.BANDS)
    likeness.likeness(levels, heard, levels, heard, 2, 1)
    loud = syllables.intensity(np.zeros(8), np.ones(3))
    syllables.nuclei(loud, heard, syllables.new_contour())
    syllables.count(loud, heard, noise, 0, 0, 0, syllables.new_contour())
    melody = contour.Contour()
    melody.push([noise])
    gate.gated(melody.undecided(), noise, 0, contour.HOP, 512, 0.5)
    gate.spoken(noise, 0, contour.HOP, 512, 1, 0.5)
    sung = subharmonic.Subharmonic()
    sung.push(noise)
    sung.finish()
    periods.Chain().push(noise, np.full(1, 120, np.float32))
    grey = motion.grey(np.zeros((8, 8, 3), np.uint8), 4)
    motion.light(grey, grey, 8.0)
    motion.changed(grey, grey, 0, 2, 0, 2, 8.0, 1.0, 0.0)
    _cover()
    hz = np.full(1, 120, np.float32)
    (rows,) = descriptor_stream.Descriptors().push([noise], [hz])
    smoothing.smoothed(rows, descriptors.F0)
    smoothing.Smoother().push([rows])
    listening.Listening().push([noise])
    _describe(noise, hz, rows)
    one = np.zeros((1, 1), np.int64)
    middle.middles(rows, one, one[0], heard[:1])


def _cover() -> None:
    """With weights of other sizes than those that were learned, which are of the same types."""

    def weight(*shape: int) -> NDArray[np.float32]:
        return np.zeros(shape, np.float32)

    layers = (5, 5, 1, 16), (3, 3, 16, 16), (3, 3, 16, 16), (3, 3, 16, 16)
    each = [part for shape in layers for part in (weight(*shape), weight(16))]
    each += [weight(36 * 16, 8), weight(8), weight(1, 8), weight(1)]
    net = cover.Cover(*each)
    side = cover.SIDE
    cover.covered(np.zeros((side, side), np.uint8), net, cover.bench(net), weight(1))


def _describe(
    sound: NDArray[np.float32], hz: NDArray[np.float32], out: NDArray[np.float32]
) -> None:
    """As they are asked for who chooses the frames himself."""
    first = np.zeros(1, np.int64)
    before = descriptors.before()
    bench, sign = descriptors.bench(), formants.RESONANCES
    sound = np.pad(sound, (0, perturbation.AFTER))
    descriptors.describe(sound, first, first, hz, sign, before, bench, out)
