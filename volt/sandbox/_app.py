"""The sandbox as an ASGI app.

# What the page is built on

Every answer is JSON, every time ISO 8601 in UTC, every number in E.164 form. In a path write a
number as it is (`+15555550145`), in a query string write its plus sign as `%2B`. What is wrong with
a request is `{"error": "…"}` and HTTP 400, 403 or 404. A message is an object with the fields of
`Message` in `_records.py`.

    GET  /                          the page; its files are at /_sandbox/page/
    GET  /_sandbox                  the routes to begin with, as text
    GET  /_sandbox/state            what the sandbox is set to, and counts for the badges; `token`
                                    is null unless it is the default, which is no secret; `python`
                                    is the interpreter, by its path if no other machine may ask
    GET  /_sandbox/events           server-sent events, see below
    GET  /_sandbox/conversations    ?search= &own= &person= &before= &limit=
                                    {"conversations": [{own, person, name, total, unread,
                                    unreadByOrganization, doubles, isOptedOut, refused (how many of
                                    its texts), latest: message or null, refusal: the latest, if
                                    nothing came after it, match: the newest text that the search
                                    finds, or null}],
                                    "pageInfo": {totalItems, nextPage, hasNextPage}}, newest first;
                                    `before` is the `nextPage` of the page before
    GET  /_sandbox/conversations/{own}/{person}          ?before= &limit=
                                    {"messages": [message, with notice: text or null],
                                    "pageInfo": …, name, optOut: {word, at} or null, "refusals":
                                    [{at, code, reason, body, isNew}], "refused": how many}, newest
                                    first; the refusals are the newest 50 texts that were refused
    POST /_sandbox/conversations/{own}/{person}/read     {"by": "phone" | "organization"}, or no
                                    body: by the phone. {"read": how many were new}
    POST /_sandbox/reply            {"from": person, "to": own, "body": "…", "media": […]}: be the
                                    phone. {"message": message, "isOptedOut": …, "notice": text or
                                    null, to be shown}
    GET  /_sandbox/messages/{id}    the message, and: variables (as received), segments:
                                    {encoding, parts}, history: [{at, status, statusDescription,
                                    errorCode, isDone}] (steps still to come are not done),
                                    request: {at, method, path, headers, body, status, fault} or
                                    null, doubles: [{message, request}] (those that have this
                                    content, oldest first, the first 10 and itself; empty if it is
                                    alone), doublesTotal, deliveries: [delivery]
    GET  /_sandbox/doubles          [{"total", "messages": [{message, request}, …]}], the newest
                                    100; of each the first 10 messages
    GET  /_sandbox/opt-outs         [{person, word, at}]
    PUT  /_sandbox/opt-outs/{person}, DELETE …           opt a person out, or in again
    POST /_sandbox/waves            {"from", "name", "body", "media", "lists": [name], "to":
                                    [number]}: the wave. GET /_sandbox/waves/{id}
    GET  /_sandbox/numbers          the table of magic numbers: [{number, does, meaning
                                    (of the code, or null)}]
    GET  /_sandbox/webhooks         [{id, url, primaryPhone, eventTypes, createdAt, lastUpdatedAt}]
    GET  /_sandbox/deliveries       ?before= &limit=
                                    {"deliveries": [{id, webhookId, url, event, eventId, messageId,
                                    message (null if forgotten), payload (text), createdAt,
                                    state ("pending", "delivered", "failed", "cancelled"),
                                    nextAttemptAt, attempts: [{at, seconds,
                                    status, answer}]}], "pageInfo": …}, newest first; an attempt
                                    without a status got no answer, and `answer` says why
    POST /_sandbox/deliveries/{id}/resend                send it again, at once
    GET  /_sandbox/keys             {"rsa", "ed25519": PEM, "standard": "whpk_…"}; the first also
                                    at /id_rsa.pub
    GET  /_sandbox/chaos            {"rules": [rule], "faults": [{fault, does, accepts, breaks,
                                    seconds (its default; null: it takes none)}]}
    POST /_sandbox/chaos            {"fault", "probability", "count", "to", "seconds"}: the rule,
                                    which is {id, fault, probability, count (left), to, seconds,
                                    hits}; the first rule whose turn it is meets a request
    DELETE /_sandbox/chaos          take all rules back; /_sandbox/chaos/{id}: one
    POST /_sandbox/reset            forget everything, and have the chaos of the start

An event's data is JSON. `hello`: the stream begins, read all anew; `missed`: it was too fast, read
all anew; `message`, `status`: the message as it is now; `refusal`: a refusal, with {own, person};
`read`: {own, person}; `opt-out`: {person, isOptedOut}; `wave`: {id}; `request`: {method, path,
status, fault}; `chaos`: null, read its rules anew; `delivery`: the delivery; `reset`: null.
"""

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from volt.sandbox._answers import explain
from volt.sandbox._chaos import Rule
from volt.sandbox._controls import Controls
from volt.sandbox._graphql import GraphQLEndpoint
from volt.sandbox._guard import Guard
from volt.sandbox._inspection import Inspection
from volt.sandbox._page import Page
from volt.sandbox._rules import RefusedError, is_e164
from volt.sandbox._sandbox import DEFAULT_TOKEN, Sandbox, Settings

_BEARER_RULE = "the token must be printable ASCII without white space around it"
_SENDER_RULE = "a sender must be an E.164 number, such as +15555550123"


def create_app(
    *,
    token: str = DEFAULT_TOKEN,
    senders: Sequence[str] = ("+15555550123",),
    pace_seconds: float = 1.0,
    keep: int | None = None,
    double_window_seconds: float = 600.0,
    database: Path | None = None,
    hosts: Sequence[str] | None = None,
    page_token: str | None = None,
    webhook_hosts: Sequence[str] = (),
    webhook_retry_seconds: float = 1.0,
    standard_webhooks: bool = False,
    chaos: Sequence[str] = (),
    seed: int | None = None,
    clock: Callable[[], float] = time.time,
) -> Starlette:
    """Build a local Volt.

    Args:
        token: The bearer token to ask for.
        senders: The organization's own numbers, in E.164 form; any other `from` is refused.
        pace_seconds: How long a message is queued, and then sent, before it is delivered; 0: not
            at all.
        keep: How many of the newest messages to keep; None: 10,000.
        double_window_seconds: Within which two texts of the same content are shown as a double.
        database: The SQLite file that keeps everything; None: it is kept in memory.
        hosts: The names it is asked by, in the Host header, so that no other page's name can be
            made to lead here; None: any. `volt sandbox` has those of this machine.
        page_token: What the page and the inspection routes ask for, as a bearer token or as the
            password of HTTP's basic authentication; None: they are open.
        webhook_hosts: Hosts that webhooks may go to, beside this machine; with a `page_token` these
            only, as others than you can register webhooks then.
        webhook_retry_seconds: The wait after the first failure of a delivery; it doubles with each.
        standard_webhooks: Whether webhooks are signed by Standard Webhooks too, with Ed25519.
        chaos: Failures on purpose from the start on, such as `503,probability=0.1` or
            `accept-drop,count=3`; docs/sandbox.md lists them.
        seed: Of the chance in them; None: a new one.
        clock: Tells the time, in seconds since 1970; a test may have one of its own.

    Returns:
        The ASGI app, with a store of its own as `app.state.store`.

    Raises:
        ValueError: The token cannot travel in a header, there is no sender in E.164 form, a number
            is out of its range, or the file cannot be used.
    """
    if not _is_bearer(token):
        raise ValueError(_BEARER_RULE)
    if page_token is not None and not _is_bearer(page_token):
        raise ValueError(f"for the page, {_BEARER_RULE}")
    if not senders or not all(map(is_e164, senders)):
        raise ValueError(_SENDER_RULE)
    if not 0 <= pace_seconds <= 3600:
        raise ValueError("the pace must be from 0 to 3600 seconds")
    if keep is not None and keep < 1:
        raise ValueError("the number of messages to keep must be 1 or more")
    sandbox = Sandbox(
        Settings(
            token=token,
            senders=tuple(senders),
            pace_seconds=pace_seconds,
            keep=keep,
            double_window_seconds=double_window_seconds,
            database=database,
            page_token=page_token,
            webhook_hosts=tuple(webhook_hosts),
            webhook_retry_seconds=webhook_retry_seconds,
            standard_webhooks=standard_webhooks,
            chaos=tuple(map(Rule.parse, chaos)),
            seed=seed,
            clock=clock,
        )
    )
    api = GraphQLEndpoint(sandbox)

    @asynccontextmanager
    async def sandbox_life(_: Starlette) -> AsyncGenerator[None]:
        sandbox.clockwork.start()
        yield
        sandbox.close()

    app = Starlette(
        routes=[
            Route("/graphql", api),
            Route("/v1.0/graphql", api),
            *Page().routes(),
            *Inspection(sandbox).routes(),
            *Controls(sandbox).routes(),
        ],
        middleware=[Middleware(Guard, hosts=hosts, page_token=page_token)],
        lifespan=sandbox_life,
        exception_handlers={HTTPException: explain, RefusedError: explain},
    )
    app.state.sandbox = sandbox
    app.state.store = sandbox.store
    return app


def _is_bearer(token: str) -> bool:
    return token.isascii() and token.isprintable() and token == token.strip() != ""
