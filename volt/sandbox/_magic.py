"""Numbers of persons that do not exist, and what happens to a text to each of them.

An area code with a 9 in its middle is held back for a longer numbering plan and never assigned, and
555-0100 to 555-0199 are set aside for fiction: nobody can have such a number.
"""

from dataclasses import dataclass
from typing import Literal

CODES = {
    "101": "The account is disabled for now.",
    "102": "The account does not have this feature.",
    "103": "'from' is not a number of this organization, in E.164 form: a plus sign and digits.",
    "104": "The account is blocked for now.",
    "199": "The account is disabled for good.",
    "401": "'body' is empty.",
    "402": "'to' is not a number in E.164 form: a plus sign and 2 to 15 digits.",
    "403": "These arguments cannot be combined.",
    "406": "This type of message is not known.",
    "407": "'media' is not a list of http(s) URLs of JPEG, PNG, GIF or VCF files.",
    "501": "No route leads to the number.",
    "503": "The recipient has opted out, or must not be contacted.",
    "601": "More messages than Volt takes at a time.",
    "602": "More API requests than Volt takes at a time.",
    "603": "More messages than AT&T takes for now.",
    "701": "Volt takes it for spam, for good.",
    "702": "A network further on takes it for spam, for now.",
    "703": "A network further on takes it for spam, for good.",
    "704": "The carrier rejected it as spam.",
    "705": "Volt takes it for spam, for now.",
    "706": "It could not be delivered, possibly as spam.",
    "801": "The carrier rejected it for now.",
    "802": "It expired before the handset took it.",
    "803": "It expired at the carrier's message centre.",
    "804": "The provider is down.",
    "901": "The system failed.",
}
"""The vendor's error codes, in words of our own that repeat neither a number nor the body."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What happens to a text to one number.

    Attributes:
        refused_with: The code of the error that the send is answered with.
        fails_with: The code with which it fails after it was accepted and sent.
        ends_as: The status at which it stays.
        late_seconds: How much later than others it is delivered.
        answer_seconds: How long the answer to its send takes.
        webhooks: How its events are told.
    """

    refused_with: str | None = None
    fails_with: str | None = None
    ends_as: Literal["queued", "sent", "delivered", "failed"] = "delivered"
    late_seconds: float = 0
    answer_seconds: float = 0
    webhooks: Literal["once", "twice", "reversed"] = "once"


ORDINARY = Behaviour()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: a number, or a range of them, and what happens."""

    number: str
    does: str
    behaviours: dict[str, Behaviour]

    @property
    def meaning(self) -> str | None:
        """What the code means, if the text is refused or fails with one."""
        [first, *_] = self.behaviours.values()
        code = first.refused_with or first.fails_with
        return CODES[code] if code else None


def _seconds(area: str, does: str, name: str) -> Row:
    behaviours = {
        f"+1{area}55501{n:02}": Behaviour(**{name: float(n)})  # type: ignore[arg-type]
        for n in range(1, 100)
    }
    return Row(f"+1 {area} 555 01NN", does, behaviours)


def _one(number: str, does: str, behaviour: Behaviour) -> Row:
    return Row(number, does, {number.replace(" ", ""): behaviour})


TABLE: tuple[Row, ...] = (
    *(
        _one(
            f"+1 99{code[0]} 555 01{code[1:]}",
            f"is refused with {code}",
            Behaviour(refused_with=code),
        )
        for code in CODES
    ),
    *(
        _one(
            f"+1 89{code[0]} 555 01{code[1:]}",
            f"is accepted and sent, then fails with {code}",
            Behaviour(fails_with=code, ends_as="failed"),
        )
        for code in CODES
    ),
    _seconds("790", "is delivered NN seconds later than others", "late_seconds"),
    _seconds("791", "is accepted, but the answer takes NN seconds", "answer_seconds"),
    _one("+1 792 555 0101", "stays queued", Behaviour(ends_as="queued")),
    _one("+1 792 555 0102", "stays sent", Behaviour(ends_as="sent")),
    _one("+1 792 555 0103", "is told of twice by each webhook", Behaviour(webhooks="twice")),
    _one(
        "+1 792 555 0104",
        "is told of in the wrong order: finalized first, then sent",
        Behaviour(webhooks="reversed"),
    ),
)
"""One home for all magic numbers: the sandbox reads it, and docs/sandbox.md shows it."""

_BY_NUMBER = {number: behaviour for row in TABLE for number, behaviour in row.behaviours.items()}


def behaviour_of(number: str) -> Behaviour:
    """What happens to a text to this number; an ordinary one is delivered."""
    return _BY_NUMBER.get(number, ORDINARY)
