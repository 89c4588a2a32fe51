"""A server that fails on purpose, and remembers what reached it.

    server = FaultServer(actions.close_after_request, actions.status(429))
    …                       # the first request is read and dropped, the second refused,
    server.volt.posts       # every later one accepted; what arrived whole …
    server.volt.executed    # … and what was done

The tests' own: it shares nothing with the client or with the sandbox, so that it can judge both.
It listens on 127.0.0.1 only, starts in a millisecond, and ends every thread that it started.
"""

from tests.faults.server import Exchange, FaultServer, Request
from tests.faults.service import VoltService

__all__ = ["Exchange", "FaultServer", "Request", "VoltService"]
