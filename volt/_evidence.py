"""How far one POST got, by what the transport that sends it reports."""

from collections.abc import Callable, MutableMapping
from typing import Any, Protocol

import httpcore
import httpx

from volt._policy import UNSENT
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


class Evidence(Protocol):
    """What is known of one POST."""

    def phase(self, cause: BaseException | None) -> Phase:
        """How far it got when `cause` ended it; None: a reply."""
        ...


class OwnEvidence:
    """The evidence of our own connections (`_connections.py`), which report every step.

    Args:
        seconds_left: Tells them what is left of the deadline.
    """

    def __init__(self, seconds_left: Callable[[], float]) -> None:
        self.seconds_left = seconds_left
        self._phase: Phase = "nothing"

    def begin(self) -> None:
        """The first byte is about to be handed on; not to reach the last proves enough."""
        self._phase = "incomplete"

    def complete(self) -> None:
        """The last byte is about to be handed on."""
        self._phase = "complete"

    def incomplete(self) -> None:
        """The last byte was never handed on."""
        self._phase = "incomplete"

    def phase(self, cause: BaseException | None) -> Phase:
        """How far it got, whatever ended it."""
        return self._phase


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
