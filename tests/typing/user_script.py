"""A user's script, as they would write it: checked by mypy and pyright, without an assert."""

import asyncio
from collections.abc import AsyncIterator
from typing import assert_never

from pydantic import BaseModel

from volt import (
    Accepted,
    AsyncVolt,
    DeliveryUnknownError,
    InputError,
    Message,
    NotSent,
    OutboundMessage,
    Outcome,
    Rejected,
    Unknown,
    Volt,
    VoltError,
    e164,
    media,
    segments,
)
from volt.e164 import PhoneNumber

with Volt(token="…", from_="+15555550123", timeout=10, not_processed={429, 503}) as client:
    try:
        message: Message = client.send("(555) 555-0145", "Hi", media=["https://example.com/a.png"])
        print(message.status.upper() if message.status else "?", message.raw, message.errors)
    except DeliveryUnknownError as error:
        print(error.to, error.phase, [attempt.started_at.year for attempt in error.attempts])
    except VoltError as error:
        print(error.status_code, [detail.code for detail in error.errors])
    same: Message = client.create_message(to="+15555550145", from_="+15555550123", body="Hi")
    found = client.get_message(id=same.id) if same.id else None
    sent_year = found.sent_at.year if found and found.sent_at else 0
    page = client.get_conversation(to="+15555550145", from_="+15555550123", before=None)
    bodies = [text.body for text in (page.messages if page and page.messages else [])]
    anything = client.with_options(deadline=5).execute("{ inbox { id } }")["inbox"]


def told(outcome: Outcome) -> str:
    match outcome:
        case Accepted(outbound, message):
            return f"{outbound.ref} {message.id or '?'}"
        case Rejected(error=InputError() as wrong):
            return wrong.argument
        case Rejected(error=error):
            return error.code.meaning if error.code else "?"
        case NotSent(outbound, error):
            return f"{outbound.to} {error.retry_after_seconds}"
        case Unknown(error=unknown):
            return unknown.phase
        case _:
            assert_never(outcome)


made = Message(id="m1", to_number="+15555550145", status="queued")  # for a mock of yours

guests = (OutboundMessage(number, "Hi", media=["https://example.com/a.png"]) for number in "ab")
with Volt().send_many(guests, concurrency=8) as outcomes:
    lines: list[str] = [told(outcome) for outcome in outcomes]
    waiting: list[str] = [outbound.body for outbound in outcomes.in_flight]
    outcomes.stop()


class Guest(BaseModel):
    phone: PhoneNumber


digits: int = len(Guest(phone="(555) 555-0145").phone)
region: str | None = e164.describe(e164.parse("020 7946 0958", default_region="GB")).region
cost: int = segments.split(segments.to_gsm("Hi").text).count
odd: list[str] = [change.replacement or "" for change in segments.to_gsm("Hi").changes]
size: int | None = media.inspect(["https://example.com/a.png"]).total_bytes


async def texts() -> AsyncIterator[OutboundMessage]:
    yield OutboundMessage("+15555550145", "Hi", from_="+15555550123", ref=7)


async def main() -> Message:
    async with AsyncVolt(token="…") as client:
        async with client.send_many(texts()) as outcomes:
            print([told(outcome) async for outcome in outcomes], len(outcomes.in_flight))
        return await client.with_options(timeout=None).send("+15555550145", "Hi")


print(asyncio.run(main()))
