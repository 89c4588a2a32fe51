"""Mistakes that a type checker must see: an ignore that is not needed is an error itself."""

from volt import AsyncVolt, Vlot, Volt, e164, segments  # type: ignore[attr-defined]
from volt import OutboundMessage as Text

Vlot()
client = Volt(token="…")
client.create_message(to="+1", from_="+1", body="x", medai=[])  # type: ignore[call-arg]
client.create_message(to="+1", from_="+1", body="x", media="https://a")  # type: ignore[arg-type]
client.create_message(to="+1", body="x")  # type: ignore[call-arg]
client.send("+1", 7)  # type: ignore[arg-type]
client.send("+1", "x").stauts  # type: ignore[attr-defined]
client.send("+1", "x").status.upper()  # type: ignore[union-attr]
client.get_message(id="1").id  # type: ignore[union-attr]
client.send_many(["+1"])  # type: ignore[list-item]
client.send_many([Text("+1", "x", "+1")])  # type: ignore[call-arg]
client.send_many([], concurency=4)  # type: ignore[call-arg]
for outcome in client.send_many([Text("+1", "x")]):
    outcome.message  # type: ignore[union-attr]
Volt(tokn="…")  # type: ignore[arg-type]
Volt(on_unknown="retry")  # type: ignore[arg-type]
client.with_options(timeuot=1)  # type: ignore[arg-type]

e164.format("+15555550145", "intl")  # type: ignore[arg-type]
e164.parse("+15555550145", region="GB")  # type: ignore[call-arg]
segments.split("x").parts  # type: ignore[attr-defined]


async def forgotten() -> None:
    AsyncVolt().send("+1", "x").status  # type: ignore[attr-defined]
