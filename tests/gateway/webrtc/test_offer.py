"""Offers and fragments that are refused say why; nothing that comes from outside gets further."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.gateway.errors import Refused
from attunement.gateway.webrtc.candidates import reachable
from attunement.gateway.webrtc.offer import MOST_BYTES, checked_offer, checked_trickle

MEDIA = """m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=fingerprint:sha-256 AA:BB
a=setup:actpass
a=mid:0
a=sendonly
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=candidate:1 1 udp 2130706431 192.0.2.1 50000 typ host
"""
SESSION = "v=0\no=- 1 1 IN IP4 0.0.0.0\ns=-\nt=0 0\na=group:BUNDLE 0\n"
VIDEO = MEDIA.replace("m=audio", "m=video").replace("a=mid:0", "a=mid:1")
VP8 = VIDEO.replace("opus/48000/2", "VP8/90000")
OFFER = SESSION + MEDIA


def candidate(host: str, port: int = 50_000, kind: str = "udp", more: str = "typ host") -> str:
    return f"a=candidate:1 1 {kind} 2130706431 {host} {port} {more}\n"


def refusal(offer: str | bytes) -> Refused:
    with pytest.raises(Refused) as raised:
        checked_offer(offer.encode() if isinstance(offer, str) else offer)
    return raised.value


def test_a_good_offer_passes_with_all_its_lines() -> None:
    assert checked_offer((OFFER + VP8).encode()).split("\r\n")[:-1] == (OFFER + VP8).splitlines()


def test_vp9_alone_is_415_and_says_what_was_got_and_expected() -> None:
    got = refusal(OFFER + VIDEO.replace("opus/48000/2", "VP9/90000"))
    assert got.status == 415
    assert "got video as VP9, expected VP8 or H.264" in got.text


def test_sound_in_another_codec_is_415() -> None:
    got = refusal(OFFER.replace("opus/48000/2", "G722/8000"))
    assert (got.status, got.text) == (415, "got audio as G722, expected Opus")


def test_more_than_64_kb_are_413() -> None:
    assert refusal(b"v" * (MOST_BYTES + 1)).status == 413


def test_more_than_64_candidates_are_told() -> None:
    got = refusal(OFFER + candidate("192.0.2.1") * 64)
    assert (got.status, got.text) == (400, "got 65 candidates, expected 64 at most")


@pytest.mark.parametrize("line", ["a=ssrc:{} cname:x", "a=rtpmap:{} VP8/90000", "a=rtcp-fb:* x{}"])
def test_more_lines_of_a_kind_than_anybody_needs_are_refused_at_once(line: str) -> None:
    """aiortc compares them with each other: 64 kB of them took it seconds."""
    bomb = OFFER + "".join(line.format(n) + "\n" for n in range(1_500))
    begun = time.thread_time()
    got = refusal(bomb)
    assert time.thread_time() - begun < 0.05
    assert (got.status, "is one of too many" in got.text) == (400, True)


def test_64_kb_of_empty_lines_are_refused() -> None:
    assert "lines in the offer, expected 2000 at most" in refusal(OFFER + "\n" * 60_000).text
    with pytest.raises(Refused, match="got 60000 lines in the fragment"):
        checked_trickle(b"\n" * 60_000)


def test_a_line_that_cannot_be_read_is_found_in_its_m_line() -> None:
    offer = OFFER + VP8.replace("a=rtpmap:111", "a=rtpmap:x")
    assert refusal(offer).text == "line 26 of the offer (a=rtpmap) cannot be read"


def test_more_than_four_m_lines_are_told() -> None:
    got = refusal(SESSION + MEDIA * 5)
    assert (got.status, got.text) == (400, "got 5 m-lines, expected 1 to 4")


@pytest.mark.parametrize(
    ("good", "bad", "kind"),
    [
        ("a=setup:actpass", "a=setup:whatever", "a=setup"),
        ("a=fingerprint:sha-256 AA:BB", "a=fingerprint:sha-256", "a=fingerprint"),
        ("192.0.2.1 50000 typ host", "192.0.2.1", "a=candidate"),
        ("a=rtpmap:111 opus/48000/2", "a=rtpmap:x opus/48000/2", "a=rtpmap"),
        ("m=audio 9", "m=audio nine", "m="),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_not_repeated(
    good: str, bad: str, kind: str
) -> None:
    offer = OFFER.replace(good, bad)
    number = next(
        n for n, line in enumerate(offer.splitlines(), 1) if line not in OFFER.splitlines()
    )
    got = refusal(offer)
    assert (got.status, got.text) == (400, f"line {number} of the offer ({kind}) cannot be read")


@pytest.mark.parametrize(
    ("without", "text"),
    [
        ("a=ice-pwd:abcdefghijklmnopqrstuvwx\n", "a=ice-pwd"),
        ("a=fingerprint:sha-256 AA:BB\n", "a=fingerprint"),
        ("a=rtcp-mux\n", "a=rtcp-mux"),
        ("a=sendonly\n", "a=sendonly"),
        ("a=mid:0\n", "a=mid"),
        ("v=0\n", "v=0"),
    ],
)
def test_what_is_missing_is_named(without: str, text: str) -> None:
    got = refusal(OFFER.replace(without, ""))
    assert got.status == 400
    assert text in got.text


@pytest.mark.parametrize("mode", ["packetization-mode", "packetization-mode=x"])
def test_a_mode_of_h264_that_is_no_number_is_told(mode: str) -> None:
    video = VIDEO.replace("opus/48000/2", "H264/90000") + f"a=fmtp:111 {mode}\n"
    got = refusal(OFFER + video)
    assert (got.status, "line 17 of the offer (m=)" in got.text) == (400, True)


def test_an_offer_that_only_wants_to_receive_is_refused() -> None:
    assert "sends nothing" in refusal(OFFER.replace("sendonly", "recvonly")).text


def test_data_channels_are_refused() -> None:
    got = refusal(OFFER + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\na=mid:1\n")
    assert (got.status, got.code) == (415, "unsupported_media")
    assert got.text == "line 17 of the offer (m=) is of another kind, expected audio or video only"


def test_candidates_that_lead_elsewhere_are_dropped_and_the_rest_is_kept() -> None:
    lured = OFFER.replace("192.0.2.1", "169.254.169.254") + "a=end-of-candidates\n"
    kept = checked_offer(lured.encode())
    assert "169.254" not in kept
    assert "end-of-candidates" not in kept  # the peer's own checks may still find us
    assert checked_offer(OFFER.encode()).count("candidate:") == 1


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "::1", "169.254.169.254", "fe80::1", "224.0.0.1", "0.0.0.0", "::ffff:127.0.0.1"]
    + ["a.example", "x.local", "localhost", "999.1.1.1"]
    # metadata services that are not link-local, and their disguises
    + ["100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"]
    + ["::ffff:169.254.169.254", "2002:a9fe:a9fe::1", "64:ff9b::a9fe:a9fe", "::127.0.0.1"]
    + ["ff02::1", "255.255.255.255", "fec0::1", "fe80::1%eth0", "2001:db8::7%eth0", "::", "0x7f.1"],
)
def test_no_datagram_goes_where_no_peer_can_be(host: str) -> None:
    assert not reachable(host)
    assert candidate(host).strip() not in checked_offer((OFFER + candidate(host)).encode())


@pytest.mark.parametrize(
    "host",
    ["192.168.1.7", "203.0.113.9", "2001:db8::7", "10.0.0.1", "172.16.0.9", "fd12:3456::1"]
    + ["100.64.0.7", "2002:cb00:7109::1"],
)
def test_a_peer_may_be_anywhere_else(host: str) -> None:
    assert reachable(host)
    assert candidate(host).strip() in checked_offer((OFFER + candidate(host)).encode())


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "169.254.7.7", "fe80::1"])
def test_a_switch_lets_a_machine_call_itself(host: str) -> None:
    offer = (OFFER + candidate(host)).encode()
    assert candidate(host).strip() in checked_offer(offer, anywhere=True)
    fragment = f"a=mid:0\n{candidate(host)}".encode()
    assert len(checked_trickle(fragment, anywhere=True).candidates) == 1
    assert not checked_trickle(fragment).candidates


@pytest.mark.parametrize("host", ["a.example", "x.local", "224.0.0.1", "::", "fe80::1%eth0"])
def test_the_switch_is_for_addresses_of_one_machine_and_never_for_names(host: str) -> None:
    assert candidate(host).strip() not in checked_offer((OFFER + candidate(host)).encode(), True)


@pytest.mark.parametrize(
    "line",
    [
        candidate("192.0.2.1", 9, "tcp", "typ host tcptype active"),
        candidate("192.0.2.1", 51_000, "TCP", "typ host tcptype passive"),
        candidate("192.0.2.1", 53),
        candidate("192.0.2.1", 0),
        candidate("192.0.2.1", 51_000, more="typ prflx"),
        candidate("192.0.2.1", 51_000).replace(":1 1 udp", ":1 2 udp"),
    ],
    ids=["tcp", "tcp-passive", "well-known-port", "no-port", "prflx", "rtcp"],
)
def test_a_candidate_that_nothing_can_be_sent_to_is_dropped(line: str) -> None:
    assert checked_offer((OFFER + line).encode()) == checked_offer(OFFER.encode())
    assert not checked_trickle(f"a=mid:0\n{line}".encode()).candidates


def test_a_candidate_that_is_told_twice_is_taken_once_per_m_line() -> None:
    again = candidate("192.0.2.1").replace(":1 1", ":2 1")
    kept = checked_offer((OFFER + again + VP8 + again).encode())
    assert kept.count("a=candidate:") == 2
    fragment = "a=mid:0\n" + candidate("192.0.2.1") + again + "a=mid:1\n" + again
    assert [mid for mid, _ in checked_trickle(fragment.encode()).candidates] == ["0", "1"]


@pytest.mark.parametrize(
    "line", [candidate("192.0.2.1", 65_536), candidate("192.0.2.1", -1), "a=candidate:\n"]
)
def test_a_candidate_out_of_range_is_named(line: str) -> None:
    got = refusal(OFFER + line)
    assert (got.status, got.text) == (400, "line 17 of the offer (a=candidate) cannot be read")


@pytest.mark.parametrize(
    "bad", ["a=ice-ufrag:" + "x" * 257, "a=ice-ufrag:abc", "a=ice-ufrag:a b c d"]
)
def test_a_username_that_would_swell_every_check_is_refused(bad: str) -> None:
    got = refusal(OFFER.replace("a=ice-ufrag:abcd", bad))
    assert (got.status, "line 6 of the offer (m=)" in got.text) == (400, True)


def test_simulcast_is_accepted_in_both_of_its_forms() -> None:
    rids = "a=rid:q send\na=rid:f send\na=simulcast:send q;f\n"
    legacy = "a=ssrc-group:SIM 1 2\na=ssrc:1 cname:x\na=ssrc:2 cname:x\n"
    for form in (rids, legacy):
        assert form.splitlines()[-1] in checked_offer((OFFER + VP8 + form).encode())


def test_a_fragment_is_read_by_media_line() -> None:
    fragment = (
        "a=ice-ufrag:abcd\r\na=ice-pwd:x\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n"
        "a=candidate:1 1 udp 2130706431 192.0.2.1 50000 typ host\r\n"
        "a=candidate:1 1 udp 2130706431 127.0.0.1 50000 typ host\r\na=end-of-candidates\r\n"
    )
    got = checked_trickle(fragment.encode())
    assert got.username == "abcd"
    assert [mid for mid, _ in got.candidates] == ["0"]
    assert not got.complete  # one was dropped


def test_a_fragment_of_a_restart_is_told_by_its_username() -> None:
    assert checked_trickle(b"a=ice-ufrag:other\na=ice-pwd:x\n").username == "other"
    with pytest.raises(Refused, match=r"line 2 .* differs"):
        checked_trickle(b"a=ice-ufrag:abcd\na=ice-ufrag:other\n")


def test_a_fragment_of_65_candidates_is_refused() -> None:
    with pytest.raises(Refused, match="got 65 candidates, expected 64 at most"):
        checked_trickle(("a=mid:0\n" + candidate("192.0.2.1") * 65).encode())


def test_a_candidate_before_any_m_line_is_named() -> None:
    with pytest.raises(Refused, match=r"line 1 of the fragment \(a=candidate\) stands before"):
        checked_trickle(candidate("192.0.2.1").encode())


def test_a_fragment_line_that_cannot_be_read_is_named() -> None:
    with pytest.raises(Refused, match="line 2 of the fragment"):
        checked_trickle(b"a=mid:0\na=candidate:1 1 udp\n")


@given(st.integers(0, len(OFFER) - 1), st.binary(max_size=6), st.integers(0, 40))
def test_a_damaged_offer_is_answered_or_refused_and_never_an_accident(
    at: int, put: bytes, cut: int
) -> None:
    whole = (OFFER + VP8).encode()
    damaged = whole[:at] + put + whole[at + cut :]
    try:
        checked_offer(damaged)
    except Refused as refused:
        assert refused.status in (400, 413, 415)  # noqa: PT017


@given(st.binary(max_size=400))
def test_a_damaged_fragment_is_read_or_refused(body: bytes) -> None:
    try:
        checked_trickle(b"a=mid:0\na=candidate:" + body)
    except Refused as refused:
        assert refused.status == 400  # noqa: PT017
