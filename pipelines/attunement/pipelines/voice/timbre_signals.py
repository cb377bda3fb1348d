"""The signals of timbre: their names beside eGeMAPS's, units, ranges, and cards."""

from dataclasses import dataclass

from attunement.engine.signal import Card, Spec
from attunement.pipelines.voice.condition import CLEAR, VERY_CLEAR

_EVIDENCE = (
    "of the frames of 10 ms in which the voice sounds, in one second of speech; at least 20, and "
    "speech at least 5 dB over the background."
)
_MEAN, _MEDIAN = f"The mean {_EVIDENCE}", f"The median {_EVIDENCE}"
_EGEMAPS = "eGeMAPS (Eyben et al. 2016)"
_ROOM = "Noise and echo in the room, the codec and noise suppression change it"
_COLOUR = (
    "Microphone, distance, codec and noise suppression colour it, and so do the vowels of what is "
    "said: compare a person with themselves only, in one call."
)
_SLOPE = (
    "As published values of this name do, it changes with the level: gain control and distance "
    "to the microphone change it."
)
MOVED_BY_NOISE = frozenset(
    f"voice.{name}"
    for name in (
        "hnr_db",
        "alpha_ratio",
        "hammarberg_index",
        "slope_0_500",
        "slope_500_1500",
        "mfcc1",
        "mfcc2",
        "mfcc3",
        "mfcc4",
        "f1_bandwidth",
        "f2_frequency",
        "f3_amplitude",
        "h1_a3",
    )
)  # more than others; see VERY_CLEAR


@dataclass(frozen=True, slots=True)
class Described:
    """A signal that is the mean of a descriptor, or its median."""

    spec: Spec
    column: str  # name of the descriptor
    median: bool
    clear: float  # dB of speech over the background, from which noise costs no quality
    wide: bool  # means nothing of sound that ends at 4 kHz


def _signal(
    name: str,
    column: str,
    label: str,
    unit: str,
    low: float,
    high: float,
    measures: str,
    caution: str = _COLOUR,
    source: str = _EGEMAPS,
    median: bool = False,
    wide: bool = False,
) -> Described:
    card = Card(measures, _MEDIAN if median else _MEAN, source, caution)
    spec = Spec(name, label, unit, low, high, card, expert=True)
    clear = VERY_CLEAR if name in MOVED_BY_NOISE else CLEAR
    return Described(spec, column, median, clear, wide)


def _perturbation() -> tuple[Described, ...]:
    waveforms = f"Waveform matching after Boersma (2009); name of {_EGEMAPS}."
    return (
        _signal(
            "voice.jitter_local",
            "jitterLocal",
            "jitter",
            "1",
            0.0,
            0.1,
            "How much consecutive periods of the voice differ in length, as a share of a period.",
            f"{_ROOM}; intonation raises it. In running speech it is no measure of a disorder.",
            waveforms,
            median=True,
        ),
        _signal(
            "voice.shimmer_db",
            "shimmerLocaldB",
            "shimmer",
            "dB",
            0.0,
            5.0,
            "How much consecutive periods of the voice differ in height.",
            f"{_ROOM}; every change of vowel raises it. In running speech it is no measure of a "
            "disorder.",
            waveforms,
            median=True,
        ),
        _signal(
            "voice.hnr_db",
            "HNRdBACF",
            "harmonics to noise",
            "dB",
            -20.0,
            40.0,
            "How much of the voice is harmonic, against breath, roughness and noise.",
            f"{_ROOM}: a noisy room sounds like a breathy voice. Not corrected for the window: "
            "values are lower than Praat's.",
            f"Autocorrelation after Boersma (1993); name of {_EGEMAPS}.",
        ),
    )


def _spectrum() -> tuple[Described, ...]:
    return (
        _signal(
            "voice.alpha_ratio",
            "alphaRatio",
            "alpha ratio",
            "dB",
            -60.0,
            40.0,
            "Energy from 1 to 5 kHz against energy up to 1 kHz: higher in a pressed or loud voice.",
        ),
        _signal(
            "voice.hammarberg_index",
            "hammarbergIndex",
            "Hammarberg index",
            "dB",
            -40.0,
            70.0,
            "The strongest peak up to 2 kHz against the strongest from 2 to 5 kHz: lower in a "
            "pressed or loud voice.",
        ),
        _signal(
            "voice.slope_0_500",
            "slope0-500",
            "slope, 0 to 500 Hz",
            "dB/Hz",
            -0.2,
            0.2,
            "How the spectrum rises or falls up to 500 Hz.",
            f"{_SLOPE} Microphones and calls cut the lowest tones, each in its own way.",
        ),
        _signal(
            "voice.slope_500_1500",
            "slope500-1500",
            "slope, 500 to 1,500 Hz",
            "dB/Hz",
            -0.2,
            0.2,
            "How the spectrum rises or falls from 500 to 1,500 Hz.",
            f"{_SLOPE} {_COLOUR}",
        ),
        _signal(
            "voice.spectral_flux",
            "spectralFlux",
            "spectral flux",
            "1",
            0.0,
            20.0,
            "How much the spectrum changes from one frame to the next.",
            "It changes with the level: gain control and distance to the microphone change it. "
            + _COLOUR,
        ),
        *(
            _signal(
                f"voice.mfcc{n}",
                f"mfcc{n}",
                f"cepstrum {n}",
                "1",
                -120.0,
                120.0,
                f"Coefficient {n} of the cepstrum on the ear's scale: the {shape} of the spectrum.",
                "It needs tones over 4 kHz: of a telephone it says nothing. " + _COLOUR,
                wide=True,
            )
            for n, shape in enumerate(
                ("slope", "bend", "finer shape, three half waves,", "finer shape, two waves,"), 1
            )
        ),
    )


_RANGE = {1: (50.0, 2_500.0), 2: (50.0, 4_000.0), 3: (50.0, 5_450.0)}  # Hz
_PREDICTOR = (
    "Resonances of a linear predictor after Markel and Gray (1976), not the roots that published "
    "eGeMAPS values are of; name of eGeMAPS (Eyben et al. 2016)."
)


def _formants() -> tuple[Described, ...]:
    vowels = (
        "Set mostly by which vowels were said, and by the length of the vocal tract: over one "
        "second it says little of a state."
    )
    return tuple(
        described
        for n, (low, high) in _RANGE.items()
        for described in (
            _signal(
                f"voice.f{n}_frequency",
                f"F{n}frequency",
                f"formant {n}",
                "Hz",
                low,
                high,
                f"Where resonance {n} of the vocal tract lies.",
                vowels,
                _PREDICTOR,
                median=True,
            ),
            _signal(
                f"voice.f{n}_bandwidth",
                f"F{n}bandwidth",
                f"formant {n}, bandwidth",
                "Hz",
                0.0,
                8_000.0,
                f"How broad resonance {n} of the vocal tract is.",
                f"{_ROOM}. {vowels}",
                _PREDICTOR,
                median=True,
            ),
            _signal(
                f"voice.f{n}_amplitude",
                f"F{n}amplitudeLogRelF0",
                f"formant {n}, amplitude",
                "dB",
                -80.0,
                60.0,
                f"The strongest harmonic near formant {n} against the fundamental.",
                "Calls cut the lowest tones, and with them the fundamental. " + vowels,
                _PREDICTOR,
                median=True,
            ),
        )
    )


def _source() -> tuple[Described, ...]:
    return (
        _signal(
            "voice.h1_h2",
            "logRelF0-H1-H2",
            "H1-H2",
            "dB",
            -50.0,
            60.0,
            "The second against the third harmonic, as published values of this name have it.",
            "Not the first against the second, as the name says. Formants near these harmonics "
            "change it more than the voice's source does. " + _COLOUR,
        ),
        _signal(
            "voice.h1_a3",
            "logRelF0-H1-A3",
            "H1-A3",
            "dB",
            -60.0,
            80.0,
            "The second harmonic against the strongest harmonic near the third formant.",
        ),
    )


SIGNALS: tuple[Described, ...] = (*_perturbation(), *_spectrum(), *_formants(), *_source())
