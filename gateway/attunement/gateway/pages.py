"""The overlay and the capture page, as they were built into the package."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(str(files("attunement.gateway"))) / "static"

NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>attunement</title>
<h1>The overlay is not built here</h1>
<p>The gateway runs, and this checkout has no built pages. In the project's folder, run
<code>make overlay</code>, then load this page again. An installed package always has them.</p>
"""


def security(page: str, ancestors: tuple[str, ...]) -> Mapping[str, str]:
    """Headers that let a page do what it is for, and nothing else."""
    sources = (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self'; media-src 'self' blob: mediastream:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors {' '.join(ancestors)}"
    )
    devices = "self" if page == "capture" else ""
    permissions = ", ".join(
        f"{name}=({devices})" for name in ("camera", "microphone", "display-capture")
    )
    return {
        "Content-Security-Policy": sources,
        "Permissions-Policy": f"{permissions}, geolocation=(), payment=(), usb=()",
        "Cache-Control": "no-cache",
    }


class Assets(StaticFiles):
    """Scripts, styles and fonts. Those whose names carry their hash may be kept for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            hashed = path.startswith("assets")
            kept = "public, max-age=31536000, immutable" if hashed else "no-cache"
            response.headers["Cache-Control"] = kept
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response


def router(ancestors: tuple[str, ...], static: Path = STATIC) -> APIRouter:
    """`ancestors`: CSP sources that may embed the pages."""
    pages = APIRouter(include_in_schema=False)

    def page(name: str) -> Response:
        headers = dict(security(name, ancestors))
        file = static / f"{name}.html"
        if not file.is_file() and name == "overlay":
            file = static / "index.html"
        if not file.is_file():
            return HTMLResponse(NOT_BUILT, 503, headers)
        return FileResponse(file, headers=headers, media_type="text/html")

    @pages.get("/")
    async def home() -> Response:
        return RedirectResponse("/overlay")

    @pages.get("/overlay")
    async def overlay() -> Response:
        return page("overlay")

    @pages.get("/capture")
    async def capture() -> Response:
        return page("capture")

    return pages
