"""
A voice from nothing: glottal pulses through a vocal tract of resonators.

Pulses after A. E. Rosenberg, JASA 49 (1971); the cascade of resonators after D. H. Klatt, JASA 67
(1980). Jitter and shimmer are drawn anew for every pulse.
"""

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel
from attunement.simulator import prosody
from attunement.simulator.script import Utterance, Voice

RATE = 48_000  # Hz
STEP = 48  # samples between two shapes of the tract, 1 ms
OPENS, CLOSES = 0.40, 0.56  # of a period: the folds are widest open, and shut

# Formants of a man, Hz: Peterson & Barney (1952); the last is schwa.
FORMANTS = np.array(
    [
        [730, 1090, 2440, 3400, 4500],
        [270, 2290, 3010, 3500, 4500],
        [300, 870, 2240, 3300, 4500],
        [530, 1840, 2480, 3500, 4500],
        [570, 840, 2410, 3300, 4500],
        [500, 1500, 2500, 3500, 4500],
    ],
    np.float64,
)
NASAL = np.array([280, 1250, 2400, 3300, 4500], np.float64)
WIDTHS = np.array([70, 90, 130, 200, 280], np.float64)


def speak(voice: Voice, spoken: Utterance) -> NDArray[np.float32]:
    """The utterance's sound, shape (n,), at RATE, full scale 1."""
    n = round((spoken.end - spoken.begin) * RATE)
    t = spoken.begin + np.arange(0, n, STEP) / RATE
    rng = np.random.default_rng((spoken.seed, 1))
    pulses = int(n / RATE * 700) + 8
    sound = _sing(
        n,
        np.ascontiguousarray(prosody.pitch(spoken, t)),
        np.ascontiguousarray(prosody.voicing(spoken, t)),
        _tract(voice, spoken, t),
        1 + voice.jitter * np.clip(rng.standard_normal(pulses), -2.5, 2.5),
        1 + voice.shimmer * np.clip(rng.standard_normal(pulses), -2.5, 2.5),
        rng.standard_normal(n) * voice.breath,
    )
    sound /= max(float(np.sqrt(np.mean(sound**2))), 1e-9)
    sound += _hiss(spoken, t, rng.standard_normal(n))
    sound *= 10 ** (spoken.level / 20)
    return np.clip(sound, -1, 1).astype(np.float32)


def _tract(voice: Voice, spoken: Utterance, t: NDArray[np.float64]) -> NDArray[np.float64]:
    """Formants in Hz, (len(t), 5): towards the vowel's, through those of a closed mouth."""
    which, inside = prosody.within(spoken, t)
    target = FORMANTS[prosody.syllables(spoken).vowel[which]]
    closed = 0.5 * (1 + np.cos(np.pi * np.clip(inside / 0.4, 0, 1)))[:, None]
    shape = target + (NASAL - target) * closed
    width = 25  # ms, over which the tongue moves from one syllable's shape to the next
    padded = np.pad(shape, ((width, width), (0, 0)), mode="edge")
    total = np.cumsum(padded, axis=0)
    smooth = (total[2 * width :] - total[: -2 * width]) / (2 * width)
    return np.ascontiguousarray(smooth * voice.tract)


def _hiss(
    spoken: Utterance, t: NDArray[np.float64], noise: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Fricatives, and the bursts of stops, against an RMS of 1."""
    which, inside = prosody.within(spoken, t)
    kind = prosody.syllables(spoken).consonant[which]
    place = inside / prosody.CONSONANT
    bell = np.sin(np.pi * np.clip(place, 0, 1))
    burst = np.where((place > 0.6) & (place < 0.9), 1.0, 0.0)
    amount = np.where(kind == prosody.FRICATIVE, 0.35 * bell, 0) + np.where(
        kind == prosody.STOP, 0.3 * burst, 0
    )
    edge = np.clip(np.minimum(t - spoken.begin, spoken.end - t) / prosody.FADE, 0, 1)
    high = np.diff(noise, prepend=0.0)  # more of the high
    return np.repeat(amount * edge, STEP)[: len(noise)] * high * 0.7


@kernel
def _sing(
    n: int,
    pitch: NDArray[np.float64],
    strength: NDArray[np.float64],
    tract: NDArray[np.float64],
    jitter: NDArray[np.float64],
    shimmer: NDArray[np.float64],
    breath: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Pulses through the tract; pitch, strength (m,) and tract (m, 5) every STEP samples."""
    out = np.zeros(n)
    formants = tract.shape[1]
    gain, near, far = np.zeros(formants), np.zeros(formants), np.zeros(formants)
    last, older = np.zeros(formants), np.zeros(formants)
    phase, pulse, lips_before = 0.0, 0, 0.0
    for i in range(n):
        k = i // STEP
        if i % STEP == 0:
            for j in range(formants):
                radius = np.exp(-np.pi * WIDTHS[j] / RATE)
                near[j] = 2 * radius * np.cos(2 * np.pi * tract[k, j] / RATE)
                far[j] = -radius * radius
                gain[j] = 1 - near[j] - far[j]
        phase += pitch[k] / RATE / jitter[pulse]
        if phase >= 1:
            phase -= 1
            pulse = (pulse + 1) % len(jitter)
        flow = 0.0
        if phase < OPENS:
            flow = 0.5 * (1 - np.cos(np.pi * phase / OPENS))
        elif phase < CLOSES:
            flow = np.cos(0.5 * np.pi * (phase - OPENS) / (CLOSES - OPENS))
        flow = (flow * shimmer[pulse] + breath[i] * (0.3 + flow)) * strength[k]
        value = flow
        for j in range(formants):
            value = gain[j] * value + near[j] * last[j] + far[j] * older[j]
            older[j] = last[j]
            last[j] = value
        # Lips radiate the change of the flow; it decays slowly so that no step is left.
        out[i] = value - lips_before
        lips_before = value
    return out
