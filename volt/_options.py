"""The options of a client: where each value comes from, and what it must be."""

import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import Any, Literal, Self, get_args
from urllib.parse import SplitResult, urlsplit

from volt import e164
from volt.errors import ConfigurationError, InputError, UnknownOptionError

#: Source: the vendor's article.
DEFAULT_URL = "https://api.respondflow.com/graphql"

_LONGEST_SECONDS = 86_400

OnUnknown = Literal["raise", "resend", "reconcile"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options, checked. The token is not among them: it is nowhere but in the header."""

    url: str
    from_: str | None = field(repr=False)
    timeout: float | None
    deadline: float
    on_unknown: OnUnknown
    not_processed: Collection[int]

    @classmethod
    def checked(
        cls,
        *,
        url: str | None,
        from_: str | None,
        not_processed: Collection[int],
        insecure_http: bool,
        **others: Any,
    ) -> Self:
        """Fill in the environment's values, and check all."""
        if url is None and (variable := os.environ.get("VOLT_API_URL")):
            url = _checked_url("VOLT_API_URL", variable, insecure_http=insecure_http)
        elif url is None:
            url = DEFAULT_URL
        else:
            url = _checked_url("url", url, insecure_http=insecure_http)
        if from_ is None and (variable := os.environ.get("VOLT_FROM")):
            from_ = _checked_sender("VOLT_FROM", variable)
        elif from_ is not None:
            from_ = _checked_sender("from_", from_)
        statuses = _statuses(not_processed)
        return cls(url=url, from_=from_, not_processed=statuses, **_checked(others))

    def changed(self, changes: Mapping[str, Any]) -> Self:
        """A copy with other values, checked."""
        return replace(self, **_checked(changes))

    def sender(self, from_: str | None) -> str:
        """The number of yours that a call uses: its own argument, else the client's."""
        if from_ is not None:
            return e164.parse(from_, argument="from_")
        if self.from_ is None:
            raise InputError(
                "no sender: pass from_= here or to the client, or set VOLT_FROM",
                argument="from_",
            )
        return self.from_

    @property
    def use_environment(self) -> bool:
        """Whether the environment's proxies may be used.

        Not for plain http to this machine: the proxy, elsewhere, would read the token.
        """
        parts = urlsplit(self.url)
        return parts.scheme == "https" or not _is_loopback(parts.hostname or "")

    @staticmethod
    def checked_token(token: str | None) -> str:
        """The token, from the argument or `VOLT_TOKEN`."""
        name = "token"
        if token is None:
            name, token = "VOLT_TOKEN", os.environ.get("VOLT_TOKEN")
        if token is None:
            raise ConfigurationError(
                "token: none given: pass token= or set VOLT_TOKEN (Volt gives it to you; the "
                "sandbox takes 'sandbox')"
            )
        if not isinstance(token, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError(f"{name}: text, not {type(token).__name__}")
        if not token.strip():
            raise ConfigurationError(f"{name}: blank: give the access token that Volt gave you")
        if not re.fullmatch(r"[\x21-\x7e]+", token):
            raise ConfigurationError(
                f"{name}: has white space, a line break or a character that is not ASCII: give the "
                "token alone, without 'Bearer' and without the end of a line"
            )
        return token

    @property
    def server(self) -> str:
        """The endpoint, for people to read: without a query, which might hold a secret."""
        return self.url.partition("?")[0]

    @staticmethod
    def refuse_unknown(unknown: Iterable[str], names: Sequence[str]) -> None:
        """Raise for an option that is not among `names`."""
        for name in unknown:
            import difflib

            close = difflib.get_close_matches(name, names, n=1)
            remedy = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
            raise UnknownOptionError(f"{name}: no option of that name here: {remedy}")


def _checked(values: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in ("timeout", "deadline"):
        value = values.get(name)
        if name not in values or (name == "timeout" and value is None):
            continue
        number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else 0
        if not 0 < number <= _LONGEST_SECONDS:
            raise ConfigurationError(
                f"{name}: a number of seconds above 0, such as 10.0, and at most a day"
            )
    if "on_unknown" in values and values["on_unknown"] not in get_args(OnUnknown):
        raise ConfigurationError("on_unknown: 'raise', 'resend' or 'reconcile'")
    return values


def _statuses(values: Collection[int]) -> frozenset[int]:
    try:
        statuses = frozenset(values)
    except TypeError:
        statuses = frozenset({0})
    if isinstance(values, (str, bytes)) or not all(
        isinstance(status, int) and 400 <= status <= 599  # pyright: ignore[reportUnnecessaryIsInstance]
        for status in statuses
    ):
        raise ConfigurationError(
            "not_processed: a set of HTTP statuses from 400 to 599, such as {421, 425, 429}"
        )
    return statuses


def _checked_sender(name: str, sender: str) -> str:
    try:
        return e164.parse(sender, argument=name)
    except InputError as error:
        # Not the input of a call: the set-up is wrong.
        raise ConfigurationError(str(error)) from None


def _checked_url(name: str, url: str, *, insecure_http: bool) -> str:
    parts = _split(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not _is_host(host):
        raise ConfigurationError(f"{name}: no whole URL: write it as https://host.example/graphql")
    if "@" in parts.netloc:
        raise ConfigurationError(f"{name}: leave user and password out; the token goes into token=")
    if parts.scheme == "http" and not insecure_http and not _is_loopback(host):
        raise ConfigurationError(
            f"{name}: plain http would show the token to everyone on the way to {host}: use "
            "https:// (insecure_http=True allows it all the same)"
        )
    return url


def _split(url: object) -> SplitResult:
    """The parts of a URL; of what is none, nothing."""
    if isinstance(url, str) and re.fullmatch(r"[\x21-\x7e]+", url):
        with suppress(ValueError):
            parts = urlsplit(url)
            where = parts.netloc.rpartition("@")[2]
            # Beside brackets, and without a colon in them, Python passes over what is no address.
            if parts.port != 0 and re.fullmatch(r"(\[[^]]*:[^]]*\]|[^][]*)(:\d*)?", where):
                return parts
    return SplitResult("", "", "", "", "")


def _is_host(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        label = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"  # the last is no number: that is an address
        return bool(re.fullmatch(rf"({label}\.)*(?!\d+\.?$){label}\.?", name))
    return True


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
