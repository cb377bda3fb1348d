"""Messages that both sides must read: one of each kind, as Python objects, JSON and msgpack."""

from pathlib import Path

from attunement.gateway import wire

FOLDER = Path(__file__).parent

POLICY = wire.Policy("behaviour", {"dana": ["voice", "face"], "kim": []}, stored=False)
SPEC = wire.SignalSpec(
    name="voice.f0_hz",
    label="pitch",
    unit="Hz",
    low=50.0,
    high=600.0,
    group="voice",
    scope="person",
    card=wire.CardText("how high", "voiced frames of a second", "Boersma 1993", "not a mood"),
)
MESSAGES: dict[str, wire.Down] = {
    "signal_frame": wire.SignalFrame(
        schema=wire.SCHEMA,
        session="01JD0000000000000000000000",
        seq=12,
        t0_ms=11_000,
        t1_ms=12_000,
        people={
            "kim": wire.PersonFrame(
                "therapist",
                wire.PersonState("up", "muted", "off"),
                {"voice.f0_hz": wire.Value(why="muted")},
            ),
            "dana": wire.PersonFrame(
                "patient",
                wire.PersonState("up", "on", "on"),
                {
                    "voice.f0_hz": wire.Value(v=201.5, q=0.9, n=55, z=1.2),
                    "face.presence": wire.Value(v=1.0, q=1.0, n=10),
                },
            ),
        },
        dyad=wire.Dyad({"dyad.talk_share.patient": wire.Value(v=0.4, q=1.0, n=1875)}),
        policy=POLICY,
        models={"silero-vad": wire.Model("6.2.3", "9ccdacc4" * 8)},
        lat_ms=wire.Latency(None, 12.5, 85.0, 140.0, 0.4, 152.0),
        shed=wire.Shed(dropped_sound=0, dropped_picture=3, late=1, level=0),
    ),
    "session_hello": wire.SessionHello(
        id=4,
        schema=wire.SCHEMA,
        session="01JD0000000000000000000000",
        state="live",
        seq=12,
        people={"kim": "therapist", "dana": "patient"},
        policy=POLICY,
        catalog=[SPEC],
    ),
    "session_state": wire.SessionState(id=5, state="paused", t_ms=12_345),
    "consent_changed": wire.ConsentChanged(id=6, t_ms=13_000, participant="dana", groups=["voice"]),
    "alert_raised": wire.AlertRaised(
        7,
        14_000,
        "long_pauses",
        "dana",
        "longer pauses than usual",
        "pauses 3.1 s, usually shorter",
    ),
    "mark_added": wire.MarkAdded(8, 15_000, "she laughed"),
    "link_changed": wire.LinkChanged(9, 21_000, "dana", "up", gap_ms=4_200),
    "error": wire.ErrorMessage(
        "unknown_message", "got type 'dance', expected mark.add or alert.answer"
    ),
}
