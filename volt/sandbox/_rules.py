"""What the sandbox refuses, by the vendor's codes; written apart from the client's own checks."""

import re
from collections.abc import Collection, Iterable
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from graphql import GraphQLError

from volt.sandbox._magic import CODES

# The vendor documents no code for what none of its own describes.
BAD_USER_INPUT = "BAD_USER_INPUT"

# The common types beside JPEG, PNG, GIF and VCF. An extension that is in neither list, or none at
# all, may still lead to a picture and passes.
_UNSUPPORTED = re.compile(
    r"\.(3gp|aac|aiff?|amr|avi|avif|bmp|caf|csv|docx?|flac|gz|hei[cf]|ics|json|m4[av]|midi?|mkv|mov"
    r"|mp[34]|mpe?g|og[agv]|opus|pdf|pptx?|rar|rtf|svg|tar|tiff?|txt|wav|web[mp]|wmv|xlsx?|xml|zip)",
    re.IGNORECASE,
)


class RefusedError(GraphQLError):
    """What Volt would not carry out: the code, as text, in `extensions`, and the reason."""

    def __init__(self, code: str, reason: str | None = None) -> None:
        """State the reason in words, which repeat neither a number nor the body."""
        super().__init__(reason or CODES[code], extensions={"code": code})
        self.code = code


def is_e164(number: str) -> bool:
    """Whether this has the shape of an E.164 number, such as `+15555550123`."""
    return re.fullmatch(r"\+[1-9][0-9]{1,14}", number) is not None


def check_sender(number: str, senders: Collection[str]) -> None:
    """Refuse a sender that is not one of the organization's own, which are all E.164 (103)."""
    if number not in senders:
        raise RefusedError("103")


def check_recipient(number: str) -> None:
    """Refuse a recipient that is not an E.164 number (402)."""
    if not is_e164(number):
        raise RefusedError("402")


def check_body(body: str) -> None:
    """Refuse a text of nothing but white space (401)."""
    if not body.strip():
        raise RefusedError("401")


def check_media(urls: Iterable[str]) -> None:
    """Refuse what is no http(s) URL, or is of an unsupported type by its extension (407)."""
    for url in urls:
        try:
            parts = urlsplit(url)
        except ValueError:  # brackets that hold no IPv6 address
            raise RefusedError("407") from None
        is_web_address = parts.scheme in {"http", "https"} and parts.hostname
        extension = PurePosixPath(unquote(parts.path)).suffix
        if not is_web_address or re.search(r"\s", url) or _UNSUPPORTED.fullmatch(extension):
            raise RefusedError("407")
