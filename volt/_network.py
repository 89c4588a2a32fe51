"""What breaks a request on its way over connections of our own.

Each error has the name that httpx has for it. They are not httpx's own, because to load httpx costs
as much CPU as to send hundreds of texts; `reported` makes httpx's of them, for who looks at the
cause of a `VoltError`.
"""


class NetworkError(Exception):
    """There is no reply, not even its head."""


class ConnectError(NetworkError):
    """The name, the connection or TLS failed."""


class WriteError(NetworkError):
    """The connection broke before the last byte was handed on."""


class ReadError(NetworkError):
    """The connection broke before the reply."""


class RemoteProtocolError(NetworkError):
    """What came is no reply, or ended too early."""


class StepTimeoutError(NetworkError):
    """A step took too long."""


class ConnectTimeout(StepTimeoutError):  # noqa: N818 - httpx's name
    """To connect did."""


class WriteTimeout(StepTimeoutError):  # noqa: N818 - httpx's name
    """To hand on the request did."""


class ReadTimeout(StepTimeoutError):  # noqa: N818 - httpx's name
    """The server's next byte did."""


class PoolTimeout(StepTimeoutError):  # noqa: N818 - httpx's name
    """It did until there was a connection."""


class UnusableSettingsError(Exception):
    """The environment's proxy or CA file cannot be used, so nothing can be sent."""


def reported(error: Exception, text: str) -> Exception:
    """The error to show, with this text; what is neither ours nor httpx's is shown as it is.

    One of httpx's own is made anew: its request holds the token, and so may the errors it comes
    from. A subclass, whose arguments nobody knows, is told by httpx's own class. Where httpx cannot
    be loaded, as when there is no file descriptor left, ours has to do.
    """
    try:
        import httpx
        from httpx import RequestError  # an ImportError where another thread could not load it all
    except (ImportError, OSError):
        return type(error)(text) if isinstance(error, NetworkError) else error

    if not isinstance(error, (NetworkError, RequestError)):
        return error
    kinds = (kind for kind in type(error).__mro__ if kind.__module__ in (__name__, "httpx"))
    made: Exception = getattr(httpx, next(kinds, RequestError).__name__)(text)
    return made
