# Made by `make codegen` from schema.graphql and queries/. Do not edit.

from .results import OpenEnum


class WebhookEventType(OpenEnum):
    """An event that Volt tells webhooks of.

    Source: unproven client code, the name; vendor docs, which three there are.
    """

    MESSAGE_SENT = "MESSAGE_SENT"
    """A message was sent, by your own programs too: `message.sent` in the event.

    Pure guess: the spelling; no program was seen to send it.
    """
    MESSAGE_FINALIZED = "MESSAGE_FINALIZED"
    """A message has come to its end, delivered or failed: `message.finalized` in the event.

    Pure guess: the spelling; no program was seen to send it.
    """
    MESSAGE_RECEIVED = "MESSAGE_RECEIVED"
    """A message was received: `message.received` in the event.

    Pure guess: the spelling; no program was seen to send it.
    """
