"""Failures on purpose: which there are, and which request meets one."""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self
from uuid import uuid4

from volt.sandbox._rules import is_e164

SECONDS_AT_MOST = 600.0


class Fault(NamedTuple):
    """One way to fail.

    Attributes:
        does: What the client meets, in words.
        accepts: Whether the request is executed first: the text is out.
        breaks: Whether it breaks the connection, which not every server lets an app do.
        seconds: What its `seconds` are when none are given; None: it takes none.
    """

    does: str
    accepts: bool = False
    breaks: bool = False
    seconds: float | None = None


FAULTS: dict[str, Fault] = {
    "refuse": Fault("no connection is taken for `seconds`", breaks=True, seconds=5),
    "401": Fault("HTTP 401"),
    "429": Fault("HTTP 429, with a Retry-After of `seconds`", seconds=1),
    "500": Fault("HTTP 500, as text"),
    "502": Fault("HTTP 502, as a proxy says it"),
    "503": Fault("HTTP 503, as a proxy says it"),
    "504": Fault("HTTP 504, as a proxy says it"),
    "html": Fault("HTTP 200 with an HTML page"),
    "hang": Fault("no answer; the connection closes after `seconds`", breaks=True, seconds=300),
    "drop": Fault("the connection is reset before the body is read", breaks=True),
    "accept-drop": Fault(
        "the text is accepted, then the connection closes without an answer", True, True
    ),
    "accept-hang": Fault(
        "the text is accepted, then no answer comes; the connection closes after `seconds`",
        True,
        True,
        300,
    ),
    "accept-500": Fault("the text is accepted, then HTTP 500, as text", True),
    "accept-502": Fault("the text is accepted, then HTTP 502, as a proxy says it", True),
    "accept-503": Fault("the text is accepted, then HTTP 503, as a proxy says it", True),
    "accept-504": Fault("the text is accepted, then HTTP 504, as a proxy says it", True),
    "accept-html": Fault("the text is accepted, then HTTP 200 with an HTML page", True),
    "truncated": Fault("the text is accepted; the JSON of the answer ends in its middle", True),
    "cut": Fault(
        "the text is accepted; the connection closes in the middle of the answer", True, True
    ),
    "drifted": Fault(
        "the text is accepted; the answer's fields have other types, one is missing, one is new",
        True,
    ),
    "null": Fault("the text is accepted; the answer is null, without an error", True),
    "slow": Fault("the text is accepted; the answer takes `seconds`", True, seconds=5),
}
"""One home for all faults: the sandbox reads it, and docs/sandbox.md shows it."""


@dataclass(slots=True)
class Rule:
    """Which requests meet a fault.

    Attributes:
        fault: A name in `FAULTS`.
        probability: Of a request to meet it, from 0 (excluded) to 1.
        count: How many requests are still to meet it; None: without end.
        to: Only requests that mention this number; None: any.
        seconds: What the fault's `seconds` are.
        hits: How many requests have met it.
        id: By which it is taken back.
    """

    fault: str
    probability: float = 1.0
    count: int | None = None
    to: str | None = None
    seconds: float | None = None
    hits: int = 0
    id: str = field(default_factory=lambda: uuid4().hex[:12])

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """Make a rule of a JSON object.

        Raises:
            ValueError: With what is wrong.
        """
        known = ("fault", "probability", "count", "to", "seconds")
        if unknown := given.keys() - set(known):
            raise ValueError(f"{min(unknown)!r} is unknown; known are {', '.join(known)}")
        name = given.get("fault")
        if not isinstance(name, str) or name not in FAULTS:
            raise ValueError(f"'fault' is one of {', '.join(FAULTS)}")
        default = FAULTS[name].seconds
        rule = cls(
            name,
            probability=_number(given, "probability", 1.0, above=0, at_most=1),
            count=_count(given),
            to=given.get("to"),
            seconds=default and _number(given, "seconds", default, at_most=SECONDS_AT_MOST),
        )
        if rule.to is not None and not (isinstance(rule.to, str) and is_e164(rule.to)):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ValueError("'to' is an E.164 number, such as +15555550145")
        if default is None and given.get("seconds") is not None:
            raise ValueError(f"{name} takes no 'seconds'")
        if name == "refuse" and given.keys() - {"fault", "seconds"}:
            raise ValueError(
                "refuse takes 'seconds' only: whose connection is refused cannot be known"
            )
        return rule

    @classmethod
    def parse(cls, text: str) -> Self:
        """Make a rule of `fault,name=value,…`, as the command line has it.

        Raises:
            ValueError: With what is wrong.
        """
        name, *pairs = text.split(",")
        given: dict[str, Any] = {"fault": name}
        for pair in pairs:
            key, _, value = pair.partition("=")
            given[key] = value if key == "to" else _parsed_number(value)
        return cls.read(given)

    def show(self) -> dict[str, Any]:
        """The rule as JSON shows it."""
        names = ("id", "fault", "probability", "count", "to", "seconds", "hits")
        return {name: getattr(self, name) for name in names}


class Chaos:
    """The rules in force, in the order they were made."""

    def __init__(self, rules: tuple[Rule, ...] = (), *, seed: int | None = None) -> None:
        """Start with these; the same seed gives the same failures."""
        self._first = rules
        self.rules: list[Rule] = []
        self._random = random.Random(seed)  # noqa: S311  # no secret
        self.reset()

    @property
    def looks_at_bodies(self) -> bool:
        """Whether a rule is for one recipient, whom only the body names."""
        return any(rule.to for rule in self.rules)

    def pick(self, body: str = "") -> Rule | None:
        """Choose the fault that a request meets: the first rule whose turn it is, or None."""
        for rule in self.rules:
            if rule.to and rule.to not in body:
                continue
            if rule.probability < 1 and self._random.random() >= rule.probability:
                continue
            rule.hits += 1
            if rule.count is not None:
                rule.count -= 1
                if not rule.count:
                    self.rules.remove(rule)
            return rule
        return None

    def add(self, rule: Rule) -> None:
        """Put a rule in force, after the others."""
        self.rules.append(rule)

    def remove(self, rule_id: str) -> bool:
        """Take a rule back: whether it was in force."""
        before = len(self.rules)
        self.rules = [rule for rule in self.rules if rule.id != rule_id]
        return len(self.rules) < before

    def clear(self) -> None:
        """Take all rules back."""
        self.rules.clear()

    def reset(self) -> None:
        """Have the rules of the start in force, and no others."""
        self.rules = [Rule.read(_given(rule)) for rule in self._first]


def _given(rule: Rule) -> dict[str, Any]:
    shown = {name: value for name, value in rule.show().items() if value is not None}
    for name in ("id", "hits"):
        del shown[name]
    return shown


def _number(
    given: Mapping[str, Any], name: str, default: float, *, above: float = -1, at_most: float
) -> float:
    value = given.get(name)
    if value is None:
        return default
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not (above < value <= at_most and value >= 0):
        least = "more than 0" if above == 0 else "from 0"
        raise ValueError(f"'{name}' is a number, {least} to {at_most:g}")
    return float(value)


def _count(given: Mapping[str, Any]) -> int | None:
    value = given.get("count")
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        raise ValueError("'count' is a whole number, 1 or more")
    return value


def _parsed_number(text: str) -> float | int | str:
    if re.fullmatch(r"[0-9]{1,9}", text):
        return int(text)
    return float(text) if re.fullmatch(r"[0-9]{0,9}\.[0-9]{1,9}", text) else text
