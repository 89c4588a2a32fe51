"""The server in a thread of another program, which waits for nobody when it ends."""

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar, cast

from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from volt.sandbox._server import Server

ResultT = TypeVar("ResultT")

_WAIT_SECONDS = 10.0
_unheard = logging.Logger("volt.sandbox.ended", level=logging.CRITICAL + 1)


class ThreadedServer(Server):
    """A server that begins and ends in milliseconds, and does what other threads ask for."""

    def __init__(self, app: Starlette, listener: socket.socket) -> None:
        """Serve this app on this socket."""
        super().__init__(app, listener)
        self._thread = threading.Thread(target=self.run, name="volt-sandbox", daemon=True)
        self._is_up = threading.Event()
        self._waiting: set[threading.Event] = set()
        app.state.sandbox.hub.observers.append(self._tell)

    def begin(self) -> None:
        """Start the thread, and wait until it serves.

        Raises:
            TimeoutError: It does not within 10 seconds.
        """
        self._thread.start()
        if not self._is_up.wait(_WAIT_SECONDS):
            raise TimeoutError("the sandbox did not start")

    def do(self, act: Callable[[], ResultT]) -> ResultT:
        """Do something in the thread that serves; after the end, in the caller's."""
        done: Future[ResultT] = Future()

        def run() -> None:
            try:
                done.set_result(act())
            except BaseException as error:  # noqa: BLE001 - it is raised where it was asked for
                done.set_exception(error)

        try:
            self._loop.call_soon_threadsafe(run)
        except RuntimeError:  # the loop is closed
            return act()
        return done.result(_WAIT_SECONDS)

    def wait_until(self, is_so: Callable[[], bool], timeout_seconds: float) -> bool:
        """Ask again after whatever happens in the sandbox: whether it was so in time."""
        __tracebackhide__ = True
        deadline = time.monotonic() + timeout_seconds
        happened = threading.Event()
        self._waiting.add(happened)
        try:
            while not is_so():
                if not happened.wait(deadline - time.monotonic()):
                    return is_so()
                happened.clear()
        finally:
            self._waiting.discard(happened)
        return True

    def _tell(self, kind: str, data: Any) -> None:
        for happened in tuple(self._waiting):
            happened.set()

    def end(self) -> None:
        """Break off whatever is under way, and wait for the end of the thread."""
        if self._is_up.is_set():
            self.do(self._over.set)
            self._thread.join(_WAIT_SECONDS)

    # What uvicorn calls

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and tell that it does."""
        await super().startup(sockets)
        await self.on_tick(0)  # which makes the Date header
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        self._is_up.set()

    async def main_loop(self) -> None:
        """Wait for the end, without a look every 100 ms."""
        await self._over.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End without a grace period, which would be a tenth of a second for each test."""
        self.keep_closed()
        for server in self.servers:
            server.close()
        for connection in cast("set[H11Protocol]", self.server_state.connections.copy()):
            if connection.cycle:  # a request that is cut short is no error here
                connection.cycle.logger = _unheard
            connection.transport.abort()
        for task in self.server_state.tasks:
            task.cancel()
        await self.lifespan.shutdown()
