"""Numbers for the operator."""

from attunement.gateway.metrics import Metrics


def test_what_a_connection_turned_away_is_counted_by_its_reason() -> None:
    metrics = Metrics(lambda: 0, lambda: 0)
    metrics.received({"empty": 2, "sound lost": 1})
    metrics.received({"empty": 1})
    text = metrics.text().decode()
    assert 'attunement_receive_total{what="empty"} 3.0' in text
    assert 'attunement_receive_total{what="sound_lost"} 1.0' in text
