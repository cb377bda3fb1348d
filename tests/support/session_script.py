"""Five minutes of a made-up session, as frames: what the overlay's tests show."""

import math
import random
from collections.abc import Callable

from attunement.gateway import wire

SPECS: list[tuple[str, str, str, float, float, str, str]] = [
    ("voice.speech", "speaking", "1", 0, 1, "voice", "person"),
    ("voice.f0_hz", "pitch", "Hz", 50, 600, "voice", "person"),
    ("voice.f0_semitone", "pitch, as heard", "{semitone}", 0, 60, "voice", "person"),
    ("voice.f0_range", "pitch movement", "{semitone}", 0, 40, "voice", "person"),
    ("voice.loudness", "loudness", "", 0, 10, "voice", "person"),
    ("voice.level_dbfs", "level", "dB", -100, 0, "voice", "person"),
    ("voice.articulation_rate", "syllables", "/s", 0, 10, "voice", "person"),
    ("voice.pause_mean_s", "mean pause", "s", 0, 60, "voice", "person"),
    ("face.presence", "face in view", "1", 0, 1, "face", "person"),
    ("face.yaw", "turned to the side", "deg", -90, 90, "face", "person"),
    ("face.pitch", "turned up", "deg", -90, 90, "face", "person"),
    ("face.blink_rate", "blinks", "/min", 0, 120, "face", "person"),
    ("face.au12_i", "lip corners raised, strength", "1", 0, 5, "face", "person"),
    ("body.motion_head", "head movement", "1", 0, 1, "body", "person"),
    ("dyad.talk_share.therapist", "you talk", "1", 0, 1, "together", "session"),
    ("dyad.talk_share.patient", "patient talks", "1", 0, 1, "together", "session"),
    ("dyad.talk_share.overlap", "both talk", "1", 0, 1, "together", "session"),
    ("dyad.talk_share.silence", "silence", "1", 0, 1, "together", "session"),
    ("dyad.talk_share_session.therapist", "you, session", "1", 0, 1, "together", "session"),
    ("dyad.talk_share_session.patient", "patient, session", "1", 0, 1, "together", "session"),
    ("dyad.floor_transfer_ms", "gap between turns", "ms", -3000, 10000, "together", "session"),
    ("expression.happiness", "happiness", "1", 0, 1, "inferred", "person"),
    ("net.rtt", "round trip", "ms", 0, 5000, "link", "person"),
]
VOICED = ("voice.f0_hz", "voice.f0_semitone", "voice.f0_range", "voice.loudness")
CARD = wire.CardText(
    measures="What this signal is, in one plain sentence.",
    evidence="At least ten voiced frames of 10 ms in the second.",
    source="eGeMAPS, Eyben et al. 2016",
    caution="It says nothing about what the person feels.",
)
CATALOG = [wire.SignalSpec(*spec, card=CARD) for spec in SPECS]  # type: ignore[arg-type]
PEOPLE = {"t1": "therapist", "dana": "patient"}
UP = wire.PersonState("up", "on", "on")


def policy(mode: str = "behaviour") -> wire.Policy:
    consent = {who: ["voice", "face", "body", "together"] for who in PEOPLE}
    return wire.Policy(mode, consent)  # type: ignore[arg-type]


def hello(session: str, mode: str = "behaviour", state: str = "live") -> wire.SessionHello:
    return wire.SessionHello(
        id=0,
        schema=wire.SCHEMA,
        session=session,
        state=state,  # type: ignore[arg-type]
        seq=0,
        people=dict(PEOPLE),  # type: ignore[arg-type]
        policy=policy(mode),
        catalog=CATALOG,
    )


def frame(
    session: str,
    seq: int,
    *,
    patient: wire.PersonState = UP,
    change: Callable[[str, str], wire.Value | None] = lambda who, name: None,
    mode: str = "behaviour",
) -> wire.SignalFrame:
    """The second that ends at `seq` s; `change(who, name)` may put another value in place."""
    people = {
        who: wire.PersonFrame(
            role,  # type: ignore[arg-type]
            patient if role == "patient" else UP,
            {
                spec.name: change(who, spec.name) or _value(who, spec.name, seq, mode)
                for spec in CATALOG
                if spec.scope == "person"
            },
        )
        for who, role in PEOPLE.items()
    }
    dyad = {
        spec.name: change("", spec.name) or _together(spec.name, seq)
        for spec in CATALOG
        if spec.scope == "session"
    }
    return wire.SignalFrame(
        schema=wire.SCHEMA,
        session=session,
        seq=seq,
        t0_ms=(seq - 1) * 1000,
        t1_ms=seq * 1000,
        people=people,
        dyad=wire.Dyad(dyad),
        policy=policy(mode),
        models={},
        lat_ms=wire.Latency(total=278.0),
        shed=wire.Shed(),
    )


def _speaks(who: str, seq: int) -> bool:
    turn = (seq // 14) % 3
    return (turn == 0) == (who == "t1") and seq % 14 not in (0, 7, 13)


def _value(who: str, name: str, seq: int, mode: str) -> wire.Value:
    noise = random.Random(f"{who} {name} {seq}").gauss(0, 1)  # noqa: S311
    q = 0.95 if seq % 60 < 40 else 0.45
    if name.startswith("expression.") and mode == "behaviour":
        return wire.Value(why="policy")
    if name in VOICED and not _speaks(who, seq):
        return wire.Value(why="silence")
    if name.startswith("face.") and 60 < seq % 150 < 90 and name != "face.presence":
        return wire.Value(why="no_face")
    wave = math.sin(seq / 3.1) + 0.4 * math.sin(seq / 1.3)
    middle, swing = _SHAPE.get(name, (0.5, 0.1))
    value = middle + swing * wave + 0.25 * swing * noise
    z = 1.5 if name == "voice.f0_range" else wave if name == "voice.f0_semitone" else 0.2
    return wire.Value(v=value, q=q, n=40, z=z if seq > 120 else None)


_SHAPE = {
    "voice.speech": (0.6, 0.2),
    "voice.f0_hz": (196.0, 24.0),
    "voice.f0_semitone": (34.0, 2.2),
    "voice.f0_range": (5.1, 1.2),
    "voice.loudness": (1.4, 0.3),
    "voice.level_dbfs": (-27.0, 7.0),
    "voice.articulation_rate": (4.2, 0.5),
    "voice.pause_mean_s": (1.3, 0.3),
    "face.presence": (1.0, 0.0),
    "face.yaw": (4.0, 8.0),
    "face.pitch": (-3.0, 4.0),
    "face.blink_rate": (17.0, 3.0),
    "face.au12_i": (1.2, 0.8),
    "body.motion_head": (0.06, 0.03),
    "net.rtt": (42.0, 6.0),
}


def _together(name: str, seq: int) -> wire.Value:
    wave = 0.06 * math.sin(seq / 20)
    shares = {
        "dyad.talk_share.therapist": 0.38 - wave,
        "dyad.talk_share.patient": 0.51 + wave,
        "dyad.talk_share.overlap": 0.03,
        "dyad.talk_share.silence": 0.08,
        "dyad.talk_share_session.therapist": 0.33,
        "dyad.talk_share_session.patient": 0.55,
        "dyad.floor_transfer_ms": 420 + 900 * wave,
    }
    return wire.Value(v=shares[name], q=0.9, n=12)
