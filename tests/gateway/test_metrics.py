"""Numbers for the operator."""

import numpy as np
import pytest

from attunement.gateway.metrics import Metrics
from attunement.pipelines.models.batch import Batcher, Shared


def test_what_a_connection_turned_away_is_counted_by_its_reason() -> None:
    metrics = Metrics(lambda: 0, lambda: 0)
    metrics.received({"empty": 2, "sound lost": 1})
    metrics.received({"empty": 1})
    text = metrics.text().decode()
    assert 'attunement_receive_total{what="empty"} 3.0' in text
    assert 'attunement_receive_total{what="sound_lost"} 1.0' in text


def test_what_the_models_that_sessions_share_were_asked_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shared = Shared()
    monkeypatch.setattr("attunement.gateway.metrics.SHARED", shared)
    metrics = Metrics(lambda: 0, lambda: 0)
    shared.get("a net", lambda: Batcher(lambda items: items)).ask("one", np.zeros(2))
    text = metrics.text().decode()
    assert 'attunement_model_total{model="a net",what="items"} 1.0' in text
    assert 'attunement_model_total{model="a net",what="replaced"} 0.0' in text
