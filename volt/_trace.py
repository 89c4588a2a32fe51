"""A POST that httpx sends, watched by httpcore's trace events: how far it got, and for how long."""

from collections.abc import MutableMapping
from typing import Any

import httpcore
import httpx

from volt._http11 import MAX_REPLY_BYTES
from volt._outcome import Answer
from volt._policy import UNSENT
from volt._post import Post
from volt.errors import Phase

_REFUSED_STREAM = 7  # RFC 9113, section 7

#: What httpx raises before it hands on a request. Other errors contradict "nothing was sent".
_BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class TracedEvidence:
    """The evidence of httpcore's trace events: `extensions={"trace": …}` of a request.

    Only httpx's own transports are known to report every event; of any other, silence proves
    nothing, nor does the name of its error.

    Args:
        is_stock: Whether the transport is httpx's own.
        is_blocking: Whether a failed write says that the rest was never handed on. True of plain
            sockets; asyncio keeps what it was given, and may still send it.
    """

    def __init__(self, *, is_stock: bool, is_blocking: bool) -> None:
        self._is_stock = is_stock
        self._is_blocking = is_blocking
        self._is_connecting = False
        self._stream_id = 0
        self._phase: Phase | None = None
        """None until the POST begins."""
        self._earlier_in_doubt = False
        """Whether a POST went before that httpcore sent again by itself, without proof."""

    def record(self, event: str, info: MutableMapping[str, Any]) -> None:
        """Take one event, such as `http11.send_request_headers.started`."""
        request = info.get("request")
        if request is not None and request.method == b"CONNECT":
            self._is_connecting = True  # a proxy's tunnel, not our POST
            return
        self._is_connecting |= event.startswith("connection.")
        match event.rpartition(".send_request_")[2]:
            case "headers.started":
                self._earlier_in_doubt |= self._phase not in (None, *UNSENT)
                self._stream_id = info.get("stream_id", 0)
                self._phase = "incomplete"
            case _ if self._phase is None:
                pass  # of the tunnel: only the beginning of its events names their request
            case "body.started":
                self._phase = "unknown"
            case "body.complete":
                self._phase = "complete"
            case "body.failed" if self._is_blocking and not self._stream_id:
                failed = info.get("exception")
                if isinstance(failed, (httpcore.WriteError, httpcore.WriteTimeout)):
                    self._phase = "incomplete"
            case _:
                if _is_refusal(info.get("exception"), self._stream_id):
                    self._phase = "refused"

    def phase(self, cause: BaseException | None) -> Phase:
        """How far it got; where the events do not tell, by what ended it."""
        if self._earlier_in_doubt or not self._is_stock:
            return "complete" if self._phase == "complete" else "unknown"
        if self._phase:
            return self._phase
        before = self._is_connecting or isinstance(cause, _BEFORE_SENDING)
        return "nothing" if before else "unknown"


def _is_refusal(failed: object, stream_id: int) -> bool:
    """Whether an HTTP/2 server said that it did not process the stream (RFC 9113, 6.8 and 8.7)."""
    if isinstance(failed, httpcore.ConnectionNotAvailable):  # after a GOAWAY below the stream
        return True
    if not isinstance(failed, httpcore.RemoteProtocolError) or not failed.args:
        return False
    frame = failed.args[0]
    match type(frame).__name__:
        case "StreamReset":
            return bool(frame.error_code == _REFUSED_STREAM)
        case "ConnectionTerminated":
            return bool(frame.last_stream_id < stream_id)
        case _:
            return False


class Trace:
    """Watches a POST that httpx sends: its evidence, and the time for each of its steps.

    Args:
        post: Which; its evidence is from here on what httpcore reports.
        is_stock: As `TracedEvidence` has it.
        is_blocking: As `TracedEvidence` has it.
    """

    def __init__(self, post: Post, *, is_stock: bool, is_blocking: bool) -> None:
        self._post = post
        self._evidence = post.evidence = TracedEvidence(is_stock=is_stock, is_blocking=is_blocking)
        self.timeouts: dict[str, float] = {}
        """As httpx's extension has them. httpcore reads them anew for each step of a request."""
        self._received = bytearray()
        self._give_time()

    def __call__(self, event: str, info: MutableMapping[str, Any]) -> None:
        """Take one of httpcore's events; give the next step the time that is left."""
        self._evidence.record(event, info)
        if event.endswith(".started"):
            self._give_time()

    async def asynchronous(self, event: str, info: MutableMapping[str, Any]) -> None:
        """Take one event of an asynchronous transport."""
        self(event, info)

    def _give_time(self) -> None:
        left = max(self._post.seconds_left(), 0.001)
        for step in ("connect", "read", "write", "pool"):
            limit = self._post.limits.get(step)
            self.timeouts[step] = left if limit is None else min(limit, left)

    def take(self, piece: bytes) -> bool:
        """Keep a piece of the reply; False when it is too long, or too late, to read on."""
        self._received += piece
        self._give_time()
        return len(self._received) <= MAX_REPLY_BYTES and self._post.seconds_left() > 0

    def answer(self, response: httpx.Response, *, whole: bool) -> Answer:
        """The reply, as far as it was read."""
        body = bytes(self._received)
        return self._post.answer(response.status_code, response.headers, body, whole)
