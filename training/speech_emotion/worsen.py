"""What a call does to a voice: microphone, room, noise, speed, level, and Opus at 24 kbit/s."""

import numpy as np
from numpy.typing import NDArray

from training.speech_emotion.corpus import RATE

Sound = NDArray[np.float64]
OPUS_RATE = 48_000  # Hz
BITRATE = 24_000  # bit/s


def worsened(
    call: np.random.Generator, rng: np.random.Generator, x: NDArray[np.float32]
) -> NDArray[np.float32]:
    """
    As this sound may arrive. Two sounds of one call share what `call` draws: room, microphone,
    noise, codec; and how fast and high the person speaks, which makes another voice of it.

    Nothing of other speakers is mixed in.
    """
    y = x.astype(np.float64)
    if call.random() < 0.5:
        y = faster(y, call.uniform(0.88, 1.12))
    if call.random() < 0.5:
        y = in_a_room(call, y)
    if call.random() < 0.6:
        y = through_a_microphone(call, y)
    if call.random() < 0.6:
        y = in_noise(rng, y, call.uniform(8, 35), float(call.choice([0.0, 1.0, 2.0])))
    y *= 10 ** ((call.uniform(-12, 3) + rng.uniform(-1.5, 1.5)) / 20)
    y *= min(1.0, 0.99 / max(1e-9, float(np.abs(y).max())))
    return through_opus(y) if call.random() < 0.5 else y.astype(np.float32)


def faster(x: Sound, factor: float) -> Sound:
    """Speed and pitch together, by linear interpolation of the sound at RATE."""
    at = np.arange(0, x.size - 1, factor)
    return np.interp(at, np.arange(x.size), x)


def in_a_room(rng: np.random.Generator, x: Sound) -> Sound:
    """Exponentially decaying noise after the direct sound; half a second to decay at the most."""
    decay = rng.uniform(0.1, 0.5)  # s until the tail is 60 dB down
    n = int(decay * RATE)
    tail = rng.normal(size=n) * 10 ** (-3 * np.arange(n) / n)
    tail *= rng.uniform(0.1, 0.7) / np.sqrt(np.sum(tail**2))
    tail[: int(rng.uniform(0.002, 0.02) * RATE)] = 0.0
    tail[0] = 1.0
    size = 1 << (x.size + n).bit_length()
    return np.fft.irfft(np.fft.rfft(x, size) * np.fft.rfft(tail, size))[: x.size]


def through_a_microphone(rng: np.random.Generator, x: Sound) -> Sound:
    """A tilted spectrum with a broad hump, now and then without its lowest or highest part."""
    hz = np.fft.rfftfreq(x.size, 1 / RATE)
    octaves = np.log2(np.maximum(hz, 50) / 1_000)
    db = rng.uniform(-2, 2) * octaves
    db = db + rng.uniform(-4, 4) * np.exp(-(((octaves - rng.uniform(-3, 3)) / 0.7) ** 2))
    gain = 10 ** (db / 20)
    if rng.random() < 0.3:
        gain /= np.sqrt(1 + (rng.uniform(60, 250) / np.maximum(hz, 1)) ** 4)
    if rng.random() < 0.3:
        gain /= np.sqrt(1 + (hz / rng.uniform(3_400, 7_000)) ** 8)
    return np.fft.irfft(np.fft.rfft(x) * gain, x.size)


def in_noise(rng: np.random.Generator, x: Sound, snr: float, slope: float) -> Sound:
    """Noise whose power falls as f^-slope, `snr` dB under the whole."""
    spectrum = np.fft.rfft(rng.normal(size=x.size))
    noise = np.fft.irfft(spectrum * (np.arange(spectrum.size) + 10.0) ** (-slope / 2), x.size)
    return x + noise * (rms(x) / rms(noise) * 10 ** (-snr / 20))


def rms(x: NDArray[np.floating]) -> float:
    return float(np.sqrt(np.mean(np.square(x, dtype=np.float64)))) or 1e-9


def through_opus(x: NDArray[np.floating], bitrate: int = BITRATE) -> NDArray[np.float32]:
    """Sound at RATE there and back through the codec of a call, as long as it was."""
    import av

    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate = OPUS_RATE
    encoder.layout = "mono"  # type: ignore[assignment]
    encoder.format = "flt"  # type: ignore[assignment]
    encoder.bit_rate = bitrate
    encoder.options = {"application": "voip"}
    encoder.open()
    decoder = av.CodecContext.create("libopus", "r")
    up = av.AudioResampler("flt", "mono", OPUS_RATE, frame_size=encoder.frame_size)
    down = av.AudioResampler("flt", "mono", RATE)
    padded = np.pad(np.asarray(x, np.float32), (0, RATE // 10))
    sound = av.AudioFrame.from_ndarray(padded[None, :], format="flt", layout="mono")
    sound.sample_rate = RATE
    packets = [p for f in (*up.resample(sound), None) for p in encoder.encode(f)]
    heard = [f for p in packets for f in decoder.decode(p)]
    parts = [r.to_ndarray()[0] for f in (*heard, None) for r in down.resample(f)]
    out = np.concatenate(parts)
    delay = 104  # samples at RATE: 6.5 ms that the codec looks ahead
    return np.asarray(out[delay : delay + x.size], np.float32)
