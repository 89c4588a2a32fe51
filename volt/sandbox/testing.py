"""A sandbox in a thread of this process, on a port of its own: for tests."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.applications import Starlette

from volt.sandbox._server import HOST, Server, listen

_START_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """Where a running sandbox is.

    Attributes:
        base_url: What the inspection routes are under: `http://127.0.0.1:41234`.
        url: The API's endpoint, for `Volt(url=…)`.
        app: The app; its state belongs to the thread that serves it.
    """

    base_url: str
    url: str
    app: Starlette


@contextmanager
def running(app: Starlette, *, port: int = 0) -> Generator[RunningSandbox]:
    """Serve an app of `create_app` until the end of the block.

    Args:
        app: The sandbox.
        port: Where to listen, on 127.0.0.1; 0: a free one.

    Raises:
        OSError: The port is in use.
        TimeoutError: It did not start within 10 seconds.
    """
    listener = listen(HOST, port)
    base_url = f"http://{HOST}:{listener.getsockname()[1]}"
    server = Server(app, listener)
    thread = threading.Thread(target=server.run, name="volt-sandbox", daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise TimeoutError("the sandbox did not start")
            time.sleep(0.005)
        yield RunningSandbox(base_url, f"{base_url}/graphql", app)
    finally:
        server.should_exit = True
        thread.join(_START_SECONDS)
        listener.close()
