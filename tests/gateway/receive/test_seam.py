"""What is taken from aiortc and aioice is where we look for it, and they are left as they were."""

from aioice.ice import Connection, StunProtocol
from aiortc import RTCPeerConnection, RTCRtpReceiver

from attunement.gateway.receive import seam
from tests.support.calls import call, gateway, publishing, watching


def test_nothing_has_moved() -> None:
    assert seam.check() == [], "aiortc or aioice has changed: read receive/seam.py before going on"


async def test_other_connections_of_the_program_are_as_they_were() -> None:
    ours = (RTCRtpReceiver, RTCPeerConnection, Connection, StunProtocol)
    before = [dict(vars(each)) for each in ours]
    async with gateway() as server:
        live = call(server)
        async with publishing(server, live, "p"), watching(server, live) as overlay:
            await overlay.until(lambda f: f["people"]["p"]["state"]["link"] == "up")
            assert [dict(vars(each)) for each in ours] == before
