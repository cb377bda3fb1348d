"""What tests of pages share: where their pictures go, and whether anybody is barred from a page."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
OUTPUT = ROOT / "test-output"
AXE = ROOT / "web_overlay" / "node_modules" / "axe-core" / "axe.min.js"


def accessible(page: Page) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: npm ci in web_overlay")
    page.add_script_tag(path=AXE)
    found = page.evaluate("async () => (await axe.run()).violations")
    said = [(each["id"], [node["html"] for node in each["nodes"]]) for each in found]
    assert said == []
