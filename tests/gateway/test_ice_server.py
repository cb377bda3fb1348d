"""STUN and TURN servers, and credentials that no list, log or message shows."""

import base64
import hashlib
import hmac
from pathlib import Path

import pytest

from attunement.gateway.ice_server import LASTS, BadIceServer, IceServer
from attunement.gateway.settings import Settings
from tests.gateway.cli.test_serve import attune

TURN = "turn:turn.example:3478?transport=udp"


def test_credentials_are_made_of_the_shared_secret_and_expire() -> None:
    """As coturn's use-auth-secret computes them."""
    username, password = IceServer(TURN, secret="shared").login(1_000.9)
    assert username == str(1_000 + LASTS)
    digest = hmac.new(b"shared", username.encode(), hashlib.sha1).digest()
    assert base64.b64decode(password) == digest


def test_a_username_and_a_password_are_used_as_they_are() -> None:
    assert IceServer(TURN, "name", "word").login(7) == ("name", "word")


@pytest.mark.parametrize(
    "url", ["stun:a.example", "stun:192.0.2.1:3478", "turns:a.example:5349", TURN]
)
def test_urls_of_rfc_7064_and_7065_are_taken(url: str) -> None:
    assert IceServer(url, "name", "word").url == url


@pytest.mark.parametrize(
    "url", ["http://a.example", "stun:", "turn:name:word@a.example", "stun:a.example:x", "stun:a b"]
)
def test_another_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(BadIceServer) as raised:
        IceServer(url, "name", "word")
    assert "expected" in str(raised.value) or "form than" in str(raised.value)
    assert "a.example" not in str(raised.value)


@pytest.mark.parametrize(
    "given", [{}, {"username": "u"}, {"username": "u", "secret": "s", "password": "p"}]
)
def test_a_turn_server_wants_one_kind_of_credentials(given: dict[str, str]) -> None:
    with pytest.raises(BadIceServer, match="ATTUNEMENT_TURN_SECRET"):
        IceServer(TURN, **given)


def test_credentials_are_not_shown_with_the_settings() -> None:
    shown = repr(Settings(ice_servers=(IceServer(TURN, secret="a-canary"),)))
    assert "a-canary" not in shown
    assert TURN in shown


def test_serve_tells_what_a_turn_server_lacks(tmp_path: Path) -> None:
    code, output = attune("serve", "--port", "0", "--turn", TURN)
    assert (code, "ATTUNEMENT_TURN_SECRET" in output) == (2, True)
