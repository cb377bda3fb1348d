"""What a user installs is whole: the wheel, in an environment of its own, serves the overlay."""

import os
import re
import signal
import subprocess
import sys
import sysconfig
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

from attunement.gateway import pages

REPOSITORY = Path(__file__).parent.parent

pytestmark = pytest.mark.skipif(
    not (pages.STATIC / "overlay.html").is_file(), reason="needs the built overlay"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", out, REPOSITORY], check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return built


def test_the_wheel_holds_the_five_roots_and_the_pages_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    roots = {re.match(r"attunement/(\w+)/", name)[1] for name in names if "/py.typed" in name}  # type: ignore[index]
    assert roots == {"engine", "kernels", "pipelines", "simulator", "gateway"}
    assert "attunement/gateway/static/overlay.html" in names
    assert "attunement/gateway/static/attunement-overlay.js" in names
    assert "attunement/__init__.py" not in names
    assert not [name for name in names if not re.match(r"attunement[/-]", name)]


def test_a_clean_environment_serves_the_overlay(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "clean"
    venv.create(home, with_pip=False)
    site = next(home.glob("lib/python*/site-packages"))
    zipfile.ZipFile(wheel).extractall(site)
    # What it depends on is borrowed: downloading it again would prove nothing of the wheel.
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    server = subprocess.Popen(
        [home / "bin" / "python", "-m", "attunement.gateway.cli", "serve", "--port", "0"],
        cwd=tmp_path,
        env=environment | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert server.stdout is not None
        address = next(
            match[0] for line in server.stdout if (match := re.search(r"http://[\w.:]+", line))
        )
        page = urllib.request.urlopen(f"{address}/overlay", timeout=10).read().decode()
        script = re.search(r'src="([^"]+\.js)"', page)
        assert script is not None
        loaded = urllib.request.urlopen(f"{address}/{script[1].lstrip('./')}", timeout=10)
        assert loaded.status == 200
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(15) == 0
        assert server.stdout is not None
        server.stdout.close()
