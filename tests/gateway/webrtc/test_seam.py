"""What the seam relies on is still there."""

from importlib.metadata import version

from attunement.gateway.webrtc import seam


def test_no_private_name_has_moved() -> None:
    assert seam.check() == [], "aiortc or aioice has changed: read webrtc/seam.py before going on"


def test_aiortc_is_the_version_the_seam_was_written_for() -> None:
    assert version("aiortc") == "1.16.0"
