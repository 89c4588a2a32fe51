"""The life of a message: from queued to delivered or failed, by the clock."""

from volt.sandbox._magic import CODES, Behaviour
from volt.sandbox._records import Step


def life(behaviour: Behaviour, *, at: float, pace_seconds: float) -> list[Step]:
    """All steps of an accepted message, in order; the first is taken at once.

    Args:
        behaviour: What happens to a text to this number.
        at: When it was accepted, in seconds since 1970.
        pace_seconds: From one step to the next.
    """
    steps = [Step(at, "queued", "queued")]
    if behaviour.ends_as == "queued":
        return steps
    steps.append(Step(at + pace_seconds, "sent", "sent"))
    if behaviour.ends_as == "sent":
        return steps
    end = at + 2 * pace_seconds + behaviour.late_seconds
    if behaviour.fails_with:
        steps.append(_failed(end, behaviour.fails_with))
    else:
        steps.append(Step(end, "delivered", "delivered"))
    return steps


def stillborn(code: str, *, at: float) -> list[Step]:
    """The one step of a message of a wave that was refused: there is no caller to tell."""
    return [_failed(at, code)]


def arrival(*, at: float) -> list[Step]:
    """The one step of a message from a person."""
    return [Step(at, "received", "received")]


def _failed(at: float, code: str) -> Step:
    return Step(at, "failed", CODES[code], code)
