"""Whatever else a server says, no program takes it for success or sends a second time."""

import json
import re
import threading
import time
from pathlib import Path

import pytest

from tests.languages.conftest import ACCEPTED, Stub
from tests.languages.runtimes import PROGRAMS, Builder, run, shown

REFUSALS = {
    "null": '{"data": {"createMessage": null}}',
    "errors beside a message": '{"errors": [{"message": "x"}], ' + ACCEPTED[1:],
    "spaced errors": '{ "errors" :\n[\r\n\t{ "message" : "x" } ] ,\n' + ACCEPTED[1:],
    "an array": "[]",
    "a gateway's page": "<html>Sign in</html>",
}
#: What looks like errors, or another id, is text; and an empty list is no error.
ACCEPTED_ODDLY = json.dumps(
    {
        "data": {
            "createMessage": {
                "body": '"errors": [1], "id": "m2", "status": "failed" \\',
                "id": "m1",
                "legacyId": "m3",
                "statusDescription": "errors",
                "status": "queued",
            }
        },
        "errors": [],
    },
    indent=1,
).replace(":", " :")


@pytest.mark.parametrize("language", PROGRAMS)
def test_only_a_message_without_errors_counts_as_accepted(
    language: str, builder: Builder, stub: Stub
) -> None:
    """A status of 200 alone proves nothing."""
    command = builder.build(language, shown(language))
    for body in REFUSALS.values():
        stub.answers(200, body)
        ran = run(command, VOLT_API_URL=stub.url, VOLT_TOKEN="t")
        assert (ran.returncode, ran.stdout) == (1, ""), body
        assert ran.stderr.startswith(f"No accepted message in the reply: {body[:12]}"), ran.stderr
        assert "Traceback" not in ran.stderr
    for body in (ACCEPTED, ACCEPTED_ODDLY):
        stub.answers(200, body)
        ran = run(command, VOLT_API_URL=stub.url, VOLT_TOKEN="t")
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "Accepted: m1 (queued)\n", "")
    assert len(stub.paths) == len(REFUSALS) + 2


@pytest.mark.parametrize("language", PROGRAMS)
def test_nothing_is_sent_twice_and_no_redirect_is_followed(
    language: str, builder: Builder, stub: Stub
) -> None:
    """After a lost reply, a server's failure, a redirect that would repeat the request."""
    command = builder.build(language, shown(language))
    stub.answer = lambda _: None
    lost = run(command, VOLT_API_URL=stub.url, VOLT_TOKEN="hush-hush")
    assert (lost.returncode, lost.stdout) == (1, "")
    assert re.search(r"^No reply.*Look whether the text went out before", lost.stderr, re.M | re.S)
    for status in (302, 307, 503):
        stub.answers(status, "later", Location=stub.url.replace("graphql", "elsewhere"))
        ran = run(command, VOLT_API_URL=stub.url, VOLT_TOKEN="hush-hush")
        assert (ran.returncode, ran.stdout) == (1, "")
        assert ran.stderr.startswith(f"HTTP {status}: later")
    assert stub.paths == ["/graphql"] * 4
    assert "hush-hush" not in lost.stderr


@pytest.mark.parametrize("language", PROGRAMS)
def test_a_silent_server_is_not_waited_for_without_end(
    language: str, builder: Builder, stub: Stub
) -> None:
    """The program's 30 seconds, made one for this test, are up."""
    hurried, changes = re.subn(r"\b30(_000)?\b", "1\\1", shown(language))
    assert changes
    command = builder.build(language, hurried)
    enough = threading.Event()

    def never(_: object) -> None:
        enough.wait(20)

    stub.answer = never
    started = time.monotonic()
    ran = run(command, VOLT_API_URL=stub.url, VOLT_TOKEN="t")
    took_seconds = time.monotonic() - started
    enough.set()
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "No reply" in ran.stderr
    assert 1 <= took_seconds < 10
    assert stub.paths == ["/graphql"]


@pytest.mark.parametrize("language", PROGRAMS)
def test_the_token_goes_only_to_a_server_that_proves_who_it_is(
    language: str, builder: Builder, tls_stub: Stub, certificate: Path
) -> None:
    """By a certificate that is trusted; where a variable can say so, it then works."""
    command = builder.build(language, shown(language))
    url = f"https://localhost:{tls_stub.server_port}/graphql"
    ran = run(command, VOLT_API_URL=url, VOLT_TOKEN="t")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "No reply" in ran.stderr
    assert "certif" in ran.stderr.lower()
    assert tls_stub.paths == []
    if language not in {"csharp", "java"}:  # they keep certificates in stores of their own
        trusted = str(certificate)
        ran = run(
            command,
            VOLT_API_URL=url,
            VOLT_TOKEN="t",
            SSL_CERT_FILE=trusted,
            NODE_EXTRA_CA_CERTS=trusted,
            CURL_CA_BUNDLE=trusted,
        )
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "Accepted: m1 (queued)\n", "")
