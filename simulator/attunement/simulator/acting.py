"""What a face shows at a moment of the script."""

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from attunement.simulator import prosody
from attunement.simulator.script import Blink, Nod, Part, Pose, Raise, Smile

BREATH = 0.3  # of what changes the skin's colour
CLOSING, SHUT = 0.35, 0.6  # of a blink: the lid is down from the one to the other

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Expression:
    yaw: float = 0.0  # degrees; positive: to the right in the picture
    pitch: float = 0.0  # degrees; positive: up
    roll: float = 0.0  # degrees; positive: clockwise in the picture
    blink: float = 0.0  # 0 open, 1 shut
    smile: float = 0.0  # 0 to 1
    brows: float = 0.0  # 0 to 1, up
    jaw: float = 0.0  # 0 to 1, down
    pulse: float = 0.0  # -1 to 1; positive: more blood in the skin, which takes green light
    frown: float = 0.0  # 0 to 1: brows down and together (AU4)
    cheeks: float = 0.0  # 0 to 1: cheeks up, lower lids with them (AU6)
    part: float = 0.0  # 0 to 1: lips apart, the jaw at rest (AU25)
    lean: float = 0.0  # of the smile: 1 on the right in the picture only, -1 on the left only
    gaze_yaw: float = 0.0  # degrees that the eyes turn in the head; to the right in the picture
    gaze_pitch: float = 0.0  # likewise, upwards


def expression(part: Part, t: float) -> Expression:
    """What the script has the face show at t, s of the session."""
    yaw, pitch, roll = _pose(part.poses, t)
    blink = _last(part.blinks, t, lambda each: each.begin)
    smile = _last(part.smiles, t, lambda each: each.onset)
    brows = _last(part.raises, t, lambda each: each.begin)
    nod = _last(part.nods, t, lambda each: each.begin)
    spoken = _last(part.utterances, t, lambda each: each.begin)
    return Expression(
        yaw=yaw,
        pitch=pitch - (_nod(nod, t) if nod else 0.0),
        roll=roll,
        blink=_blink(blink, t) if blink else 0.0,
        smile=_smile(smile, t) if smile else 0.0,
        brows=_raise(brows, t) if brows else 0.0,
        jaw=prosody.opening(spoken, t) if spoken and t < spoken.end else 0.0,
        pulse=_blood(part, t),
    )


def _blood(part: Part, t: float) -> float:
    """Breath draws blood from the skin and lets it back, more slowly than the heart drives it."""
    beat, breath = (math.sin(2 * math.pi * rate / 60 * t) for rate in (part.pulse, part.breath))
    return (1 - BREATH) * beat + BREATH * breath


def _last(listed: Sequence[T], t: float, begin: Callable[[T], float]) -> T | None:
    """The last one that has begun."""
    after = bisect_right(listed, t, key=begin)
    return listed[after - 1] if after else None


def _ease(share: float) -> float:
    """From 0 to 1 with no jerk at either end."""
    share = min(1.0, max(0.0, share))
    return share * share * (3 - 2 * share)


def _pose(poses: Sequence[Pose], t: float) -> tuple[float, float, float]:
    if not poses:
        return 0.0, 0.0, 0.0
    after = bisect_right(poses, t, key=lambda each: each.t)
    one, other = poses[max(0, after - 1)], poses[min(after, len(poses) - 1)]
    share = _ease((t - one.t) / (other.t - one.t)) if other.t > one.t else 0.0
    return (
        one.yaw + share * (other.yaw - one.yaw),
        one.pitch + share * (other.pitch - one.pitch),
        one.roll + share * (other.roll - one.roll),
    )


def _blink(blink: Blink, t: float) -> float:
    """A lid falls faster than it rises."""
    share = (t - blink.begin) / blink.length
    return min(_ease(share / CLOSING), _ease((1 - share) / (1 - SHUT)))


def _smile(smile: Smile, t: float) -> float:
    rise = _ease((t - smile.onset) / (smile.apex - smile.onset))
    fade = _ease((smile.end - t) / (smile.end - smile.offset))
    return smile.intensity * min(rise, fade)


def _raise(brows: Raise, t: float) -> float:
    share = (t - brows.begin) / (brows.end - brows.begin)
    return brows.height * min(_ease(share / 0.3), _ease((1 - share) / 0.3))


def _nod(nod: Nod, t: float) -> float:
    """Degrees down."""
    share = (t - nod.begin) / (nod.end - nod.begin)
    return nod.depth * math.sin(math.pi * nod.count * share) ** 2 if share < 1 else 0.0
