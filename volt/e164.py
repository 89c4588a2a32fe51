"""Phone numbers in E.164 form: `+`, a country code, at most 15 digits (`+15555550145`).

Source: the vendor's article, which asks for this form; ITU-T E.164. Only the shape is checked: the
vendor's own example is not a number in service, so a stricter check would refuse it.
"""

import re

from volt.errors import InputError

__all__ = ["mask", "parse"]

_E164 = re.compile(r"\+[1-9][0-9]{1,14}")
_NORTH_AMERICAN = re.compile(r"1?([2-9][0-9]{2}[2-9][0-9]{6})")
# White space, hyphens, and the marks of text direction that come along when a number is copied.
_PUNCTUATION = str.maketrans(
    "",
    "",
    " \t.-()/\u00a0\u2009\u202f\u2010\u2011\u2012\u2013"
    "\u200b\u200e\u200f\u202a\u202c\u202d\u2066\u2069\ufeff",
)
_TRUNK_ZERO = re.compile(r"^\s*\+.*\(\s*0\s*\)")


def parse(number: str, *, argument: str = "number") -> str:
    """Bring a phone number into E.164 form.

    Takes E.164 with or without punctuation (`+1 (555) 555-0145`), and the national form of the
    United States and Canada (`(555) 555-0145`). Anything else needs its `+` and country code.

    Args:
        number: The number as a person writes it.
        argument: What to call it in an error.

    Raises:
        InputError: It is neither. The error shows the number masked.
    """
    if not isinstance(number, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(f"a phone number is text, not {type(number).__name__}", argument=argument)
    if _TRUNK_ZERO.search(number):
        raise InputError(
            "leave out the (0), which is for calls within a country", argument=argument
        )
    bare = number.strip().translate(_PUNCTUATION)
    if _E164.fullmatch(bare):
        return bare
    if national := _NORTH_AMERICAN.fullmatch(bare):
        return f"+1{national[1]}"
    raise InputError(
        f"{_fault(bare)}. Write it in E.164 form, with + and country code: +15555550145 "
        "(only numbers of the US and Canada may leave them out)",
        argument=argument,
    )


def _fault(bare: str) -> str:
    digits = bare.removeprefix("+")
    if not digits:
        return "the phone number is empty"
    if not (digits.isascii() and digits.isdigit()):
        return "the phone number has characters that are neither digits nor punctuation"
    if len(digits) > 15:
        return f"the phone number has {len(digits)} digits; the longest have 15"
    if bare.startswith("+"):
        ends = "its country code begins with 0" if digits[0] == "0" else "it is too short"
        return f"{mask(bare)} is not a phone number: {ends}"
    if len(digits) < 7:
        return "the phone number is too short"
    if digits.startswith("00"):
        return f"{mask(bare)} begins with 00: write + in its place"
    return f"{mask(bare)} does not say which country it is in"


def mask(number: str) -> str:
    """Hide the middle of a number, for logs and errors: `+1555•••0145`."""
    if len(number) < 6:
        return "•••"
    shown = (5, 4) if len(number) > 11 else (2, 2)
    return f"{number[: shown[0]]}•••{number[-shown[1] :]}"
