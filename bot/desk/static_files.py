"""The stylesheet, the scripts and the icon: the only files served, by name, kept by browsers for a year."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from bot.desk.errors import problem
from bot.desk.rendering import STATIC

TYPES: Final = {
    "desk.css": "text/css; charset=utf-8",
    "desk.js": "text/javascript; charset=utf-8",
    "htmx.min.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "htmx.LICENSE.txt": "text/plain; charset=utf-8",
}


async def serve(request: Request) -> Response:
    """One file; the address holds a digest of its content, so it never changes under the same address."""
    name = request.path_params["name"]
    if name not in TYPES:
        return problem(request, 404, "not_found")
    kept = "public, max-age=31536000, immutable" if "v" in request.query_params else "no-cache"
    return FileResponse(STATIC / name, media_type=TYPES[name], headers={"Cache-Control": kept})
