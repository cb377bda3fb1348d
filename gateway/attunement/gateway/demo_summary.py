"""What a demo tells at its end: was every second measured, on time, and right?"""

import math
import os
from collections.abc import Sequence
from typing import Any

from attunement.gateway import demo_people, wire
from attunement.gateway.demo import Course, Received
from attunement.gateway.tally import Tally

LEAST_SHARE = 0.8  # of the seconds in which the script has something to measure


def summarise(course: Course, seed: int, seconds: int) -> dict[str, Any]:
    first = next(iter(course.received.values()))
    frames = [received.frame for received in first]
    tally = Tally()
    for frame in frames:
        tally.add_frame(frame)
    late = [received.late for seen in course.received.values() for received in seen]
    return {
        "seconds": seconds,
        "overlays": {
            codec: {"frames": len(seen), "seconds_lost": _lost(seen, course.begin, seconds)}
            for codec, seen in course.received.items()
        },
        "latency_ms": {name: _percentile(late, q) for name, q in _QUANTILES},
        "latency_parts_ms": _parts(frames),
        "cpu": _cpu(course),
        "dropped": {
            "sound": course.shed.dropped_sound,
            "pictures": course.shed.dropped_picture,
            "late_frames": course.shed.late,
            "pictures_not_sent": course.peers.get("dropped", 0),
        },
        "signals": tally.as_json(),
        "truth": demo_people.score(seed, seconds, frames, course.begin),
    }


_QUANTILES = (("p50", 0.5), ("p95", 0.95), ("max", 1.0))


def _lost(seen: Sequence[Received], begin: int, seconds: int) -> int:
    """Seconds of the script that never came, or came twice."""
    expected = range(begin + 1, begin + seconds + 1)
    got = [received.frame.seq for received in seen]
    return len(set(expected) - set(got)) + len(got) - len(set(got))


def _percentile(values: Sequence[float], q: float) -> float | None:
    """Nearest rank."""
    if not values:
        return None
    rank = max(0, math.ceil(q * len(values)) - 1)
    return round(sorted(values)[rank], 1)


def _parts(frames: Sequence[wire.SignalFrame]) -> dict[str, float | None]:
    """Medians of what the frames themselves say about their way."""
    parts = ("capture", "network", "decode", "stage", "send", "total")
    known = {
        part: [ms for frame in frames if (ms := getattr(frame.lat_ms, part)) is not None]
        for part in parts
    }
    return {part: _percentile(values, 0.5) for part, values in known.items()}


def _cpu(course: Course) -> dict[str, float]:
    """Cores in use on average: 1.0 is one core all the time."""
    wall = course.wall or 1.0
    engine = course.engine_cpu / wall
    people = course.peers.get("cpu", 0.0) / wall
    return {
        "engine_cores": round(engine, 2),
        "people_cores": round(people, 2),
        "engine_share": round(engine / (engine + people), 2) if engine + people else 0.0,
        "cores": len(os.sched_getaffinity(0)),
    }
