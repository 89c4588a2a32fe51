"""A user's tests, as they would write them: checked by mypy and pyright, and not run here."""

from volt import AsyncVolt, Volt
from volt.sandbox.testing import RunningSandbox, SandboxMessage


def test_a_guest_is_told(volt_sandbox: RunningSandbox, volt_client: Volt) -> None:
    volt_client.send("(555) 555-0145", "Hi")
    message: SandboxMessage = volt_sandbox.wait_for(
        body="Hi", where=lambda found: bool(found.media)
    )
    year: int = message.sent_at.year
    with volt_sandbox.chaos("503", count=2) as rule:
        hits: int = rule.hits
    statuses = [request["status"] for request in volt_sandbox.requests]
    numbers = [double.to_number.upper() for group in volt_sandbox.doubles for double in group]
    print(year, hits, statuses, numbers, volt_sandbox.reply("STOP").body.lower())


async def test_a_coroutine(volt_sandbox: RunningSandbox, async_volt_client: AsyncVolt) -> None:
    message = await async_volt_client.send("(555) 555-0145", "Hi")
    print(message.id == volt_sandbox.last_message.id)
