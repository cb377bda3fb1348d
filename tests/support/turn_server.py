"""Debian's coturn, for as long as a test needs it."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aioice import stun

PATH = shutil.which("turnserver")
SECRET = "shared with the gateway alone"
READY_WITHIN = 10.0  # s


@dataclass(frozen=True, slots=True)
class TurnServer:
    host: str
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"turn:{self.host}:{self.port}?transport=udp"


@contextmanager
def turn_server(host: str, folder: Path) -> Iterator[TurnServer]:
    """Relays through `host`, an address of this machine that is not loopback."""
    assert PATH is not None
    port, log = _free(host), folder / "turn.log"
    command = [PATH, "-n", "--listening-ip", host, "--relay-ip", host]
    command += ["--listening-port", str(port), "--realm", "test.example"]
    command += ["--use-auth-secret", "--static-auth-secret", SECRET]
    command += ["--no-tls", "--no-dtls", "--no-cli", "--verbose", "--simple-log"]
    command += ["--log-file", str(log), "--pidfile", str(folder / "turn.pid")]
    command += ["--userdb", str(folder / "turn.db")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait(host, port)
            yield TurnServer(host, port, log)
        finally:
            process.terminate()


def _free(host: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
    return port


def _wait(host: str, port: int) -> None:
    """Till it answers a STUN request."""
    request = bytes(stun.Message(stun.Method.BINDING, stun.Class.REQUEST))
    until = time.monotonic() + READY_WITHIN
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((host, port))
        probe.settimeout(0.1)
        while time.monotonic() < until:
            try:
                probe.send(request)
                probe.recv(1500)
                return
            except OSError:
                continue
    raise TimeoutError("the TURN server did not start")
