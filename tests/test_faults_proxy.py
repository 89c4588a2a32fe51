"""Faults of a proxy: a tunnel to https, and plain http forwarded."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.conftest import Caller
from tests.faults import FaultServer
from tests.faults import actions as a
from tests.faults import proxy as p
from tests.faults.clients import Learned, run, send
from tests.faults.proxy import FaultProxy, ProxyAction
from volt import UnavailableError

HOST = "volt.example"


@pytest.fixture
def origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    """An https server that only the proxy can reach."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with FaultServer(tls=context) as server:
        yield server


@pytest.fixture(params=["environment", "http_client"])
def through(request: pytest.FixtureRequest) -> str:
    """How the proxy is named."""
    way: str = request.param
    return way


def call(
    caller: Caller, proxy: FaultProxy, through: str, monkeypatch: pytest.MonkeyPatch
) -> Learned:
    url = f"http://127.0.0.1:{proxy.port}"
    http_client = None
    if through == "environment":
        monkeypatch.setenv("HTTPS_PROXY", url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
    else:
        http_client = caller.httpx_client(proxy=url)
    target = f"https://{HOST}/graphql"
    (learned,) = run(caller, [send("x")], http_client=http_client, url=target)
    proxy.settle()
    return learned


NO_TUNNEL = {
    "407": p.refuse_connect(407),
    "502": p.refuse_connect(502),
    "503": p.refuse_connect(503),
    "dropped before the tunnel": p.drop_before_tunnel,
    "dropped in the tunnel": p.drop_in_tunnel,
}


@pytest.mark.parametrize("fault", NO_TUNNEL)
def test_without_a_tunnel_nothing_was_sent(
    caller: Caller,
    origin: FaultServer,
    fault: str,
    through: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """CONNECT is the proxy's business: it looks like a POST that left, and is none."""
    with FaultProxy(NO_TUNNEL[fault], origin=origin) as proxy:
        learned = call(caller, proxy, through, monkeypatch)
        assert learned.outcome == "accepted", learned
        assert [attempt.phase for attempt in learned.attempts] == ["nothing", "replied"]
        assert proxy.methods == ["CONNECT", "CONNECT"]
        assert origin.volt.posts == ["x"]
    with FaultProxy(otherwise=NO_TUNNEL[fault], origin=origin) as proxy:
        learned = call(caller, proxy, through, monkeypatch)
        assert type(learned.error) is UnavailableError, learned
        assert [attempt.phase for attempt in learned.attempts] == ["nothing"] * 4
        assert origin.volt.posts == ["x"]


LOST = [a.execute_then_close, a.execute_then_reset, a.status(503, execute=True)]


@pytest.mark.parametrize("end", LOST)
def test_a_text_that_is_lost_in_the_tunnel_is_unknown(
    caller: Caller,
    origin: FaultServer,
    end: object,
    through: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As without a proxy."""
    origin.script.append(end)  # type: ignore[arg-type]
    with FaultProxy(origin=origin) as proxy:
        learned = call(caller, proxy, through, monkeypatch)
    assert (learned.outcome, len(learned.attempts)) == ("unknown", 1)
    assert origin.volt.executed == origin.volt.posts == ["x"]


@pytest.mark.parametrize("code", [502, 503, 504])
@pytest.mark.parametrize("forwarded", [True, False])
def test_a_forwarding_proxys_failure_is_unknown(
    caller: Caller, code: int, *, forwarded: bool
) -> None:
    """It does not say whether the server behind it has executed the request."""
    action: ProxyAction = p.forward_then(code) if forwarded else p.refuse_connect(code)
    with FaultServer() as origin, FaultProxy(action, origin=origin) as proxy:
        http_client = caller.httpx_client(proxy=f"http://127.0.0.1:{proxy.port}")
        (learned,) = run(
            caller,
            [send("x")],
            http_client=http_client,
            url=f"http://{HOST}/graphql",
            insecure_http=True,
        )
        assert (learned.outcome, len(learned.attempts)) == ("unknown", 1)
        assert learned.attempts[0].status_code == code
        assert origin.volt.executed == ["x"] * forwarded


def test_a_forwarding_proxy_that_works(caller: Caller) -> None:
    """The text arrives."""
    with FaultServer() as origin, FaultProxy(origin=origin) as proxy:
        http_client = caller.httpx_client(proxy=f"http://127.0.0.1:{proxy.port}")
        (learned,) = run(
            caller,
            [send("x")],
            http_client=http_client,
            url=f"http://{HOST}/graphql",
            insecure_http=True,
        )
        assert learned.outcome == "accepted"
        assert (proxy.methods, origin.volt.executed) == (["POST"], ["x"])
