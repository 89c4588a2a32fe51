"""The inbox page: the files of `page/`, under a policy by which nothing else can run or be asked.

It is built on the routes that `_app.py` lists. All its addresses are relative, so that it works
wherever the app is mounted.
"""

from functools import cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_FOLDER = Path(__file__).parent / "page"
_KINDS = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "img-src": "'self' http: https:",  # media, from anywhere, once a person asks to see them
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",  # text cannot become HTML, even by mistake
    "trusted-types": "'none'",
}
_HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in _POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


@cache
def _files() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in _FOLDER.iterdir()}


class Page:
    """The handlers; the files are read once, when the page is first asked for."""

    def routes(self) -> list[Route]:
        """Build the routes."""
        return [Route("/", self.index), Route("/_sandbox/page/{name}", self.file)]

    async def index(self, _: Request) -> Response:
        return self._show("index.html")

    async def file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _files():
            raise HTTPException(404, "the page has no such file")
        return self._show(name)

    def _show(self, name: str) -> Response:
        kind = _KINDS[Path(name).suffix]
        return Response(_files()[name], headers=_HEADERS, media_type=kind)
