"""Who may ask the sandbox: names, other pages, and the token of the page."""

import base64

import httpx
import pytest

from tests.test_sandbox import ARGUMENTS, CREATE, Sandbox
from volt.sandbox import create_app
from volt.sandbox._guard import LOOPBACK_NAMES

CONTENT = {"query": CREATE, "variables": ARGUMENTS}


# Names


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:8026",
        "127.0.0.1",
        "127.0.0.1:8026",
        "[::1]:80",
        "localhost.:1",
        "app:1",
    ],
)
def test_a_name_of_this_machine_is_let_in(host: str) -> None:
    """With any port, in any case; and a name that was allowed."""
    sandbox = Sandbox(hosts=[*LOOPBACK_NAMES, "App"])
    assert sandbox.request("GET", "/_sandbox/messages", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "[::1", "a:b"],
)
@pytest.mark.parametrize("path", ["/graphql", "/_sandbox/messages", "/", "/nothing"])
def test_another_name_is_not_whoever_it_leads_to(host: str, path: str) -> None:
    """A page that made its own name lead here reads nothing, nor sends a text."""
    sandbox = Sandbox(hosts=LOOPBACK_NAMES)
    method = "POST" if path == "/graphql" else "GET"
    headers = {"Host": host, "Authorization": "Bearer sandbox"}
    response = sandbox.request(method, path, json=CONTENT, headers=headers)
    assert response.status_code == 400
    assert "--allow-host" in response.json()["error"]
    assert response.json()["errors"][0]["message"] == response.json()["error"]
    assert sandbox.app.state.store.messages == []


def test_an_app_in_your_own_server_is_asked_by_any_name() -> None:
    """Where it is mounted, its names are not ours to know."""
    assert Sandbox().request("GET", "/", headers={"Host": "evil.example"}).status_code == 200


# Other pages


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "", "http://volt.evil.example", "https://volt:1", "volt"],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/_sandbox/reset"),
        ("POST", "/_sandbox/reply"),
        ("POST", "/_sandbox/chaos"),
        ("DELETE", "/_sandbox/chaos"),
        ("PUT", "/_sandbox/opt-outs/+15555550145"),
        ("POST", "/graphql"),
    ],
)
def test_another_page_changes_nothing(origin: str, method: str, path: str) -> None:
    """A browser says which page sent a request."""
    response = Sandbox().request(method, path, headers={"Origin": origin})
    assert response.status_code == 403
    assert "another page" in response.json()["error"]


@pytest.mark.parametrize("origin", ["http://volt", "https://VOLT"])
def test_the_sandboxes_own_page_may(origin: str) -> None:
    """Its origin is the host that it asks, also behind a proxy that adds https."""
    response = Sandbox().request("POST", "/_sandbox/reset", headers={"Origin": origin})
    assert response.status_code == 204


def test_reading_needs_no_origin_of_ours() -> None:
    """A browser shows the answer to no other page, as nothing here allows it."""
    response = Sandbox().request(
        "GET", "/_sandbox/messages", headers={"Origin": "http://evil.example"}
    )
    assert response.status_code == 200
    assert not [name for name in response.headers if name.startswith("access-control")]


# The token of the page

INSPECTION = [
    "/",
    "/_sandbox/messages",
    "/_sandbox/events",
    "/_sandbox/chaos",
    "/nothing",
    "/graphql/x",
]


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize("path", INSPECTION)
@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer sandbox",
        "Bearer",
        "Basic",
        "Basic ?",
        "Basic c2VjcmV0",
        basic("secret", ""),
        "secret",
    ],
)
def test_without_its_token_the_page_shows_nothing(path: str, authorization: str | None) -> None:
    """Not even what exists; the API's token does not open it, and the reason is said."""
    headers = {} if authorization is None else {"Authorization": authorization}
    response = Sandbox(page_token="secret").request("GET", path, headers=headers)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Basic ")
    assert "other machines" in response.json()["error"]


@pytest.mark.parametrize(
    "authorization", ["Bearer secret", basic("", "secret"), basic("me", "secret")]
)
def test_the_token_opens_the_page_as_bearer_or_as_password(authorization: str) -> None:
    """A browser asks for a password by itself, and sends it with each request of the page."""
    sandbox = Sandbox(page_token="secret")
    headers = {"Authorization": authorization}
    assert sandbox.request("GET", "/_sandbox/messages", headers=headers).status_code == 200


def test_the_api_keeps_its_own_token_and_public_keys_are_public() -> None:
    """Whoever sends texts need not see the inbox."""
    sandbox = Sandbox(page_token="secret")
    assert sandbox.post(CONTENT).status_code == 200
    assert sandbox.post(CONTENT, path="/v1.0/graphql").status_code == 200
    assert sandbox.post(CONTENT, token="secret").status_code == 401
    assert sandbox.request("GET", "/id_rsa.pub").text.startswith("-----BEGIN PUBLIC KEY-----")


def test_a_page_token_that_cannot_travel_is_refused_at_once() -> None:
    """As the API's own."""
    with pytest.raises(ValueError, match="for the page, the token must be"):
        create_app(page_token=" ")


def test_mounted_in_another_app_the_api_is_still_open() -> None:
    """The path is the one below the mount."""
    import asyncio

    from starlette.applications import Starlette
    from starlette.routing import Mount

    outer = Starlette(routes=[Mount("/volt", create_app(page_token="secret"))])

    async def ask() -> list[int]:
        transport = httpx.ASGITransport(outer)
        async with httpx.AsyncClient(transport=transport, base_url="http://volt") as client:
            api = await client.post(
                "/volt/graphql", headers={"Authorization": "Bearer sandbox"}, json=CONTENT
            )
            page = await client.get("/volt/_sandbox/messages")
            return [api.status_code, page.status_code]

    assert asyncio.run(ask()) == [200, 401]
