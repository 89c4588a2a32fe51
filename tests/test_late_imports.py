"""What a failing call would load and cannot, or not all of it, as where no file descriptor is left.

What is known of the text is said all the same.
"""

import subprocess
import sys

import pytest

PROGRAM = """
import asyncio, errno, inspect, logging, socket, sys, threading, types
from volt import AsyncVolt, Volt, VoltError
from volt_graphql import CREATE_MESSAGE

kind, on_unknown, reply, found = sys.argv[1:]
logging.disable()
server = socket.create_server(("127.0.0.1", 0))
url = f"http://127.0.0.1:{server.getsockname()[1]}/graphql"


def serve():
    while True:
        connection, _ = server.accept()
        connection.recv(65536)
        connection.sendall(reply.encode())
        connection.close()


if reply == "refused":
    server.close()
else:
    threading.Thread(target=serve, daemon=True).start()


LATE = ("httpx", "h11", "backoff", "volt_graphql.get_conversation")


class NoneLeft:
    def find_spec(self, name, path=None, target=None):
        if name in LATE:
            print("no", name, end=", ")
            raise OSError(errno.EMFILE, "Too many open files")


if found == "half":
    sys.modules.update({name: types.ModuleType(name) for name in LATE})
else:
    sys.meta_path.insert(0, NoneLeft())


async def send(client):
    sent = client.send("+15555550145", "Hello")
    return await sent if inspect.isawaitable(sent) else sent


client_type = {"sync": Volt, "async": AsyncVolt}[kind]
client = client_type(
    url=url, token="t", from_="+15555550123", on_unknown=on_unknown, deadline=3.0
)
try:
    asyncio.run(send(client))
except VoltError as error:
    print(type(error).__name__, type(error.__cause__).__name__)
"""
HEAD = "HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize(
    ("reply", "on_unknown", "said"),
    [
        ("refused", "raise", "no httpx, no backoff, UnavailableError ConnectError"),
        ("", "raise", "no httpx, DeliveryUnknownError RemoteProtocolError"),
        ("", "resend", "no httpx, no backoff, DeliveryUnknownError RemoteProtocolError"),
        (
            "",
            "reconcile",
            "no httpx, no volt_graphql.get_conversation, DeliveryUnknownError RemoteProtocolError",
        ),
        (
            f"{HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n",
            "raise",
            "no h11, no httpx, DeliveryUnknownError RemoteProtocolError",
        ),
        (
            f"{HEAD}Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{{}}",
            "raise",
            "no httpx, DeliveryUnknownError NoneType",
        ),
    ],
    ids=["refused", "lost", "lost, resend", "lost, reconcile", "chunked", "coded"],
)
@pytest.mark.parametrize("found", ["nothing", "half"])
def test_what_is_known_is_said_where_no_more_can_be_loaded(
    kind: str, reply: str, on_unknown: str, said: str, found: str
) -> None:
    """Not an error of the import, which would say nothing of the text.

    Half a module is what an import gives while another thread's import of the same one fails.
    """
    if found == "half":
        said = said.rpartition(", ")[2]
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, kind, on_unknown, reply, found],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (ran.returncode, ran.stderr, ran.stdout) == (0, "", f"{said}\n")
