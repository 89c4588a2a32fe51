"""An unofficial, typed client of the Volt messaging API (textvolt.com, once Respond Flow).

    from volt import DeliveryUnknownError, Volt

    with Volt(token="…", from_="+15555550123") as client:
        message = client.send("(555) 555-0145", "Your table is ready.")

Names are loaded when they are first used, so that `import volt.sandbox` loads no client.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from volt import e164, errors, media, segments, webhooks
    from volt._async_client import AsyncVolt
    from volt._async_many import AsyncOutcomes
    from volt._client import Volt
    from volt._many import Outcomes
    from volt._outbound import Accepted, NotSent, OutboundMessage, Outcome, Rejected, Unknown
    from volt._wire import Data
    from volt.errors import (
        AuthenticationError,
        ConfigurationError,
        DeliveryUnknownError,
        InputError,
        RateLimitedError,
        RejectedError,
        RequestRefusedError,
        SignatureError,
        UnavailableError,
        UnknownOptionError,
        UnreadableReplyError,
        VoltError,
    )
    from volt_graphql import (
        Contact,
        ContactCustomFieldInput,
        ContactDetails,
        Conversation,
        Inbox,
        InboxItem,
        List,
        ListQuery,
        Message,
        MessageDetails,
        PageInfo,
        Wave,
        Webhook,
        WebhookEventType,
    )

__all__ = [
    "Accepted",
    "AsyncOutcomes",
    "AsyncVolt",
    "AuthenticationError",
    "ConfigurationError",
    "Contact",
    "ContactCustomFieldInput",
    "ContactDetails",
    "Conversation",
    "Data",
    "DeliveryUnknownError",
    "Inbox",
    "InboxItem",
    "InputError",
    "List",
    "ListQuery",
    "Message",
    "MessageDetails",
    "NotSent",
    "OutboundMessage",
    "Outcome",
    "Outcomes",
    "PageInfo",
    "RateLimitedError",
    "Rejected",
    "RejectedError",
    "RequestRefusedError",
    "SignatureError",
    "UnavailableError",
    "Unknown",
    "UnknownOptionError",
    "UnreadableReplyError",
    "Volt",
    "VoltError",
    "Wave",
    "Webhook",
    "WebhookEventType",
    "e164",
    "errors",
    "media",
    "segments",
    "webhooks",
]

_HOMES = {
    "Accepted": "volt._outbound",
    "AsyncOutcomes": "volt._async_many",
    "AsyncVolt": "volt._async_client",
    "NotSent": "volt._outbound",
    "OutboundMessage": "volt._outbound",
    "Outcome": "volt._outbound",
    "Outcomes": "volt._many",
    "Rejected": "volt._outbound",
    "Unknown": "volt._outbound",
    "Volt": "volt._client",
    "Data": "volt._wire",
    "Contact": "volt_graphql",
    "ContactCustomFieldInput": "volt_graphql",
    "ContactDetails": "volt_graphql",
    "Conversation": "volt_graphql",
    "Inbox": "volt_graphql",
    "InboxItem": "volt_graphql",
    "List": "volt_graphql",
    "ListQuery": "volt_graphql",
    "Message": "volt_graphql",
    "MessageDetails": "volt_graphql",
    "PageInfo": "volt_graphql",
    "Wave": "volt_graphql",
    "Webhook": "volt_graphql",
    "WebhookEventType": "volt_graphql",
}


if not TYPE_CHECKING:  # a type checker shall see a misspelt name

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        if name in ("e164", "errors", "media", "segments", "webhooks"):
            return import_module(f"volt.{name}")
        value = getattr(import_module(_HOMES.get(name, "volt.errors")), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
