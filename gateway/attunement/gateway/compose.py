"""From the engine's seconds to the messages on the wire."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.frame import AudioFrame, VideoFrame
from attunement.engine.inlet import Inlet
from attunement.engine.pipeline import Pipeline
from attunement.engine.runner import Timed
from attunement.engine.session import Session
from attunement.engine.signal import Measured, Reading, Readings, StageSpec
from attunement.gateway import wire
from attunement.gateway.participant import Participant


@dataclass(frozen=True, slots=True)
class Scene:
    """What a frame is made from, besides the second itself."""

    id: str
    session: Session
    participants: Mapping[str, Participant]
    models: Mapping[str, wire.Model]
    pipeline: Pipeline
    inlet: Inlet


def frame(scene: Scene, timed: Timed, now: int) -> wire.SignalFrame:
    """`now`: ns of session time just before encoding."""
    second = timed.second
    people = {
        who: wire.PersonFrame(
            role=p.person.role.value,
            state=p.state,
            signals=values(second.people.get(who, {}), second.usual.get(who, {})),
        )
        for who, p in scene.participants.items()
    }
    return wire.SignalFrame(
        schema=wire.SCHEMA,
        session=scene.id,
        seq=second.index + 1,
        t0_ms=second.index * 1000,
        t1_ms=(second.index + 1) * 1000,
        people=people,
        dyad=wire.Dyad(values(second.together, {})),
        policy=policy(scene.session),
        models=dict(scene.models),
        lat_ms=latency(scene.participants.values(), timed, now),
        shed=shed(scene),
    )


def values(readings: Readings, usual: Mapping[str, float]) -> dict[str, wire.Value]:
    return {name: value(reading, usual.get(name)) for name, reading in readings.items()}


def value(reading: Reading, z: float | None) -> wire.Value:
    if isinstance(reading, Measured):
        return wire.Value(v=reading.value, q=reading.quality, n=reading.n, z=z)
    return wire.Value(why=reading.why.value)


def policy(session: Session) -> wire.Policy:
    consent = {who: sorted(g.value for g in groups) for who, groups in session.consent.items()}
    return wire.Policy(mode=session.mode.value, consent=consent)


def latency(participants: Iterable[Participant], timed: Timed, now: int) -> wire.Latency:
    end = (timed.second.index + 1) * SECOND
    people = list(participants)
    trips = [p.connection.peer.round_trip for p in people if p.connection is not None]
    known = [trip / MILLISECOND for trip in trips if trip is not None]
    decode = [ms for p in people if (ms := p.delays.take()) is not None]
    return wire.Latency(
        capture=None,  # no sender reports it
        network=max(known) / 2 if known else None,  # of the person who is farthest
        decode=max(decode, default=None),
        stage=(timed.done - end) / MILLISECOND,
        send=(now - timed.done) / MILLISECOND,
        total=(now - end) / MILLISECOND,
    )


def shed(scene: Scene) -> wire.Shed:
    return wire.Shed(
        dropped_sound=scene.inlet.dropped[AudioFrame],
        dropped_picture=scene.inlet.dropped[VideoFrame],
        late=scene.pipeline.late,
        level=scene.pipeline.level,
    )


def specs(catalog: Iterable[StageSpec]) -> list[wire.SignalSpec]:
    return [
        wire.SignalSpec(
            name=spec.name,
            label=spec.label,
            unit=spec.unit,
            low=spec.low,
            high=spec.high,
            group=stage.group.value,
            scope=stage.scope.value,
            card=wire.CardText(
                spec.card.measures, spec.card.evidence, spec.card.source, spec.card.caution
            ),
            expert=spec.expert,
        )
        for stage in catalog
        for spec in stage.signals
    ]
