"""
A stretch of speech in numbers: statistics of the rows of `spectrum` where somebody speaks.

First STATISTICS numbers of each row by itself (means, spreads, percentiles, changes, melody,
rhythm of the envelopes), then how the cepstrum, its level and its changes move together: the
logarithm of their covariance matrix (V. Arsigny et al., "Log-Euclidean metrics", MRM 56, 2006).
Mel bands and cepstrum are taken relative to the stretch's own level, which is one number of its
own; so gain shifts that number and no other.
"""

import functools

import numpy as np
from numpy.typing import NDArray

from attunement.pipelines.inferred.spectrum import BANDS, HOP, LEVEL, PITCH, RATE, STRENGTH, VOICED

F32 = NDArray[np.float32]

CEPSTRUM = 16
MODULATED = 8  # groups of mel bands whose envelopes are looked at
MODULATION = (2.0, 4.0, 6.0, 9.0, 13.0, 20.0)  # Hz, edges
MOVING = 13  # cepstral coefficients whose covariance is taken
FRAMES = RATE // HOP  # per second
DEPTH = 11.5  # nepers of power, 50 dB: what is further under the loudest band is the room
LEAST = 40  # rows of speech, under which there is nothing to describe
LEAST_VOICED = 10
STATISTICS = 412
SIZE = STATISTICS + (2 * MOVING + 4) * (2 * MOVING + 5) // 2


def describe(rows: F32, speech: NDArray[np.bool_]) -> F32 | None:
    """
    rows (n, COLUMNS) of `spectrum`; speech (n,): where this person speaks. Returns (SIZE,), or
    None where there is too little speech or voice to describe.
    """
    voiced = speech & (rows[:, PITCH] > 0) & (rows[:, STRENGTH] >= VOICED)
    if np.count_nonzero(speech) < LEAST or np.count_nonzero(voiced) < LEAST_VOICED:
        return None
    level = rows[:, LEVEL]
    loud = 10 * np.log10(np.mean(10 ** (level[speech].astype(np.float64) / 10)))
    mel = rows[:, :BANDS] - np.float32(loud * np.log(10) / 10)
    mel = np.maximum(mel, mel[speech].max() - np.float32(DEPTH))
    cepstrum = mel @ _cosines()
    others = _contours(mel, level - np.float32(loud), rows[:, STRENGTH])
    parts = (
        np.array([loud]),
        *_spread(mel, speech, (0.2, 0.8)),
        mel[voiced].mean(axis=0),
        *_spread(cepstrum, speech, ()),
        cepstrum[voiced].mean(axis=0),
        cepstrum[voiced].std(axis=0),
        *_spread(others, speech, (0.1, 0.5, 0.9)),
        _melody(rows[:, PITCH], voiced, speech),
        _modulation(mel, speech),
        _together(cepstrum[:, :MOVING], level, rows[:, STRENGTH], speech),
    )
    return np.concatenate(parts).astype(np.float32)


def _spread(x: F32, speech: NDArray[np.bool_], marks: tuple[float, ...]) -> list[F32]:
    """Mean, spread, the spread of its changes, and percentiles, of each column."""
    said = x[speech]
    parts = [said.mean(axis=0), said.std(axis=0), _change(x)[speech].std(axis=0)]
    if marks:
        ordered = np.sort(said, axis=0)
        parts += [ordered[round(mark * (len(ordered) - 1))] for mark in marks]
    return parts


def _change(x: F32) -> F32:
    """Slope over five rows, as is usual for cepstra."""
    padded = np.pad(x, ((2, 2), (0, 0)), mode="edge")
    n = len(x)
    wide = padded[4:] - padded[:n]
    return np.asarray((2 * wide + padded[3 : n + 3] - padded[1 : n + 1]) / 10, np.float32)


def _contours(mel: F32, level: F32, strength: F32) -> F32:
    """Level, periodicity, flux, balance and peaks of high and low bands, centre, slope."""
    power = np.exp(mel)
    bands = np.arange(BANDS, dtype=np.float32) / BANDS
    flux = np.sqrt(np.mean(np.diff(mel, axis=0, prepend=mel[:1]) ** 2, axis=1))
    low, high = power[:, : BANDS // 2].sum(axis=1), power[:, BANDS // 2 :].sum(axis=1)
    middle = 3 * BANDS // 5
    peaks = mel[:, :middle].max(axis=1) - mel[:, middle:].max(axis=1)
    balance = np.log((high + 1e-9) / (low + 1e-9))
    centre = (power @ bands) / (power.sum(axis=1) + 1e-9)
    slope = mel @ (bands - bands.mean())
    return np.stack((level, strength, flux, balance, peaks, centre, slope), axis=1)


def _melody(
    pitch: F32, voiced: NDArray[np.bool_], speech: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Mean, spread, percentiles, trend and restlessness of the pitch; how much is voiced, how."""
    tones = pitch[voiced].astype(np.float64)
    ordered = np.sort(tones)
    marks = [ordered[round(mark * (tones.size - 1))] for mark in (0.1, 0.5, 0.9)]
    place = np.flatnonzero(voiced)
    steps = np.abs(np.diff(tones)[np.diff(place) == 1])
    calm = steps[steps < 2.0]  # semitones; more is a jump of the method, not of the voice
    at = (place - place.mean()) / FRAMES
    trend = float(at @ tones) / float(at @ at) if np.ptp(at) > 0.2 else 0.0
    runs = np.count_nonzero(np.diff(voiced.astype(np.int8)) == 1) * FRAMES / speech.sum()
    shares = (calm.mean() if calm.size else 0.0, tones.size / speech.sum(), runs)
    return np.array([tones.mean(), tones.std(), *marks, np.clip(trend, -20, 20), *shares])


def _modulation(mel: F32, speech: NDArray[np.bool_]) -> F32:
    """How strongly the envelopes of groups of bands swing, by rate."""
    said = mel[speech].reshape(-1, MODULATED, BANDS // MODULATED).mean(axis=2)
    said = (said - said.mean(axis=0)) * np.hanning(len(said))[:, None]
    power = np.abs(np.fft.rfft(said, 512, axis=0)) ** 2 / len(said)
    edge = (np.array(MODULATION) * 512 / FRAMES).astype(int)
    swings = [power[a:b].mean(axis=0) for a, b in zip(edge, edge[1:], strict=False)]
    return np.asarray(np.log(np.concatenate(swings) + 1e-3), np.float32)


def _together(cepstrum: F32, level: F32, strength: F32, speech: NDArray[np.bool_]) -> F32:
    """Upper triangle of the logarithm of the covariance of everything and of its changes."""
    beside = np.stack((level / 5, strength * 3), axis=1)
    still: F32 = np.concatenate((cepstrum, beside), axis=1)
    said = np.concatenate((still, _change(still) * 3), axis=1)[speech].astype(np.float64)
    said -= said.mean(axis=0)
    covariance = said.T @ said / len(said)
    n = len(covariance)
    covariance += np.eye(n) * (0.02 * np.trace(covariance) / n + 1e-9)
    power, axes = np.linalg.eigh(covariance)
    logarithm = (axes * np.log(power)) @ axes.T
    weight = np.where(np.eye(n) > 0, 1.0, np.sqrt(2.0))
    return np.asarray((logarithm * weight)[np.triu_indices(n)], np.float32)


@functools.cache
def _cosines() -> F32:
    """From mel bands to cepstrum 1 to CEPSTRUM."""
    k = np.arange(1, CEPSTRUM + 1)[None, :]
    n = np.arange(BANDS)[:, None]
    return np.asarray(np.cos(np.pi * k * (n + 0.5) / BANDS) * np.sqrt(2 / BANDS), np.float32)
