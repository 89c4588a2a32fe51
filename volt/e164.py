"""Phone numbers in E.164 form: `+`, a country code, at most 15 digits (`+15555550145`).

Source: the vendor's article, which asks for this form; ITU-T E.164. Only the shape of a number with
`+` is checked: the vendor's own example is not a number in service, so a stricter check would
refuse it. The US and Canada's national form is read here; that of other countries, and whether a
number is possible, needs `pip install 'volt-sms[numbers]'` (phonenumbers, loaded on first use).
"""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from volt.errors import InputError

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

    from volt._numbering import Facts

__all__ = [
    "Form",
    "NumberInfo",
    "PhoneNumber",
    "PhoneNumberValidator",
    "describe",
    "format",
    "mask",
    "parse",
]

#: How a number is written: `+442079460958`, `+44 20 7946 0958` or `020 7946 0958`.
Form = Literal["e164", "international", "national"]

_E164 = re.compile(r"\+[1-9][0-9]{1,14}")
_NORTH_AMERICAN = re.compile(r"1?([2-9][0-9]{2}[2-9][0-9]{6})")
_NORTH_AMERICAN_PARTS = re.compile(r"\+1([2-9][0-9]{2})([2-9][0-9]{2})([0-9]{4})")
_NORTH_AMERICA = ("US", "CA")
# White space, hyphens, and the marks of text direction that come along when a number is copied.
_PUNCTUATION = str.maketrans(
    dict.fromkeys(
        " \t.-()/\u00a0\u00ad\u2009\u202f\u3000\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
        "\u30fc\uff0d\uff08\uff09\uff0e\uff0f"
        "\u200b\u200e\u200f\u202a\u202c\u202d\u2060\u2066\u2069\ufeff"
    )
    | {"\uff0b": "+"}
)
_TRUNK_ZERO = re.compile(r"^\s*\+.*\(\s*0\s*\)")
# With the prefixes for calls abroad, and of a carrier.
_DIALLED = re.compile(r"\+?[0-9]{1,25}")


def parse(
    number: str,
    *,
    default_region: str | None = "US",
    strict: bool = False,
    argument: str = "number",
) -> str:
    """Bring a phone number into E.164 form.

    A number with `+` is taken by its shape, with or without punctuation (`+1 (555) 555-0145`), and
    means the same whatever the region. One without is read by the rules of `default_region`, and
    must be possible there. Letters (1-800-FLOWERS) and extensions are refused: no text reaches
    them.

    Args:
        number: The number as a person writes it.
        default_region: The country of a number without `+`, as two letters of ISO 3166-1 (`"GB"`);
            None: every number must have its `+`. Others than `"US"` and `"CA"` need the extra.
        strict: Refuse also a number with `+` whose country or length does not exist. It needs the
            extra. Whether a number is in service is never asked: the vendor's own example is not.
        argument: What to call `number` in an error.

    Raises:
        InputError: It is no such number, or `default_region` is no region. Of the number, the error
            shows no more than `mask` does.
        ConfigurationError: The extra is needed, and not installed.
    """
    region = _checked_region(default_region)
    if not isinstance(number, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(f"a phone number is text, not {type(number).__name__}", argument=argument)
    try:
        if region is None or region in _NORTH_AMERICA:
            parsed = _read(number, region)
        else:
            parsed = _read_abroad(number, region)
        if strict:
            _require_possible(parsed)
    except InputError as fault:
        others = " (only numbers of the US and Canada may leave them out)"
        raise InputError(
            f"{fault}. Write it in E.164 form, with + and country code: +15555550145"
            f"{others if region in _NORTH_AMERICA else ''}",
            argument=argument,
        ) from None
    return parsed


def _read(number: str, region: str | None) -> str:
    if _TRUNK_ZERO.search(number):
        raise InputError("leave out the (0), which is for calls within a country")
    bare = number.strip().translate(_PUNCTUATION)
    if _E164.fullmatch(bare):
        return bare
    if region and (national := _NORTH_AMERICAN.fullmatch(bare)):
        return f"+1{national[1]}"
    raise InputError(_fault(bare))


def _read_abroad(number: str, region: str) -> str:
    from volt import _numbering

    written = number.strip().translate(_PUNCTUATION)
    # The digits of any script are digits.
    bare = "".join(str(unicodedata.decimal(character, character)) for character in written)
    trunk_zero = _TRUNK_ZERO.search(number)
    if _E164.fullmatch(bare) and not trunk_zero:
        return bare
    if _DIALLED.fullmatch(bare) and (trunk_zero or bare[0] != "+"):
        bare = _numbering.read(bare, region)
        if _E164.fullmatch(bare):
            return bare
    raise InputError(_fault(bare))


def _require_possible(number: str) -> None:
    if fault := _facts(number).fault:
        raise InputError(f"{mask(number)} is not a phone number: it {fault}")


def _fault(bare: str) -> str:
    digits = bare.removeprefix("+")
    if not digits:
        return "the phone number is empty"
    if not (digits.isascii() and digits.isdigit()):
        return (
            "the phone number has characters that are neither digits nor punctuation"
            " (letters and extensions cannot be texted)"
        )
    if len(digits) > 15:
        return f"the phone number has {len(digits)} digits; the longest have 15"
    if bare.startswith("+"):
        ends = "its country code begins with 0" if digits[0] == "0" else "it is too short"
        return f"{mask(bare)} is not a phone number: {ends}"
    if len(digits) < 7:
        return "the phone number is too short"
    for prefix in ("00", "011"):  # those of most countries, and of North America
        if digits.startswith(prefix):
            return f"{mask(bare)} begins with {prefix}, for calls abroad: write + in its place"
    return f"{mask(bare)} does not say which country it is in"


def _checked_region(region: str | None) -> str | None:
    if region is None or region in _NORTH_AMERICA:
        return region
    code = region.upper() if isinstance(region, str) else ""  # pyright: ignore[reportUnnecessaryIsInstance]
    if code in _NORTH_AMERICA or _is_planned(code):
        return code
    raise InputError(
        "two letters of ISO 3166-1, such as 'GB' (not 'UK'), or None", argument="default_region"
    )


def _is_planned(region: str) -> bool:
    from volt import _numbering

    return _numbering.has(region)


def _facts(number: str) -> "Facts":
    from volt import _numbering

    return _numbering.facts(number)


def format(  # noqa: A001 - it is called as e164.format
    number: str,
    form: Form = "international",
    *,
    default_region: str | None = "US",
    argument: str = "number",
) -> str:
    """Write a number for people to read: `+44 20 7946 0958`.

    `parse` reads what this writes as the same number: the national form, with the number's own
    country for `default_region`. Where a form would not be read back, the next plainer one is
    given: international for national, E.164 for international.

    Args:
        number: As `parse` takes it.
        form: `"international"`, or `"national"` as within the country (`(555) 555-0145`), which
            both need the extra for other numbers than North America's (+1); or `"e164"`.
        default_region: As for `parse`.
        argument: What to call `number` in an error.

    Raises:
        InputError: As of `parse`; or there is no such form.
        ConfigurationError: The extra is needed, and not installed.
    """
    if form not in get_args(Form):
        raise InputError("one of 'e164', 'international' and 'national'", argument="form")
    parsed = parse(number, default_region=default_region, argument=argument)
    if form == "e164":
        return parsed
    if parts := _NORTH_AMERICAN_PARTS.fullmatch(parsed):
        area, exchange, line = parts.groups()
        national = form == "national"
        return f"({area}) {exchange}-{line}" if national else f"+1 {area}-{exchange}-{line}"
    facts = _facts(parsed)
    if form == "national" and _reads_as(parsed, facts.national, facts.home):
        return facts.national
    return facts.international if _reads_as(parsed, facts.international, None) else parsed


def _reads_as(number: str, written: str, region: str | None) -> bool:
    try:
        return parse(written, default_region=region) == number
    except InputError:
        return False


def mask(number: str) -> str:
    """Hide the middle of a number, for logs and errors: `+1555•••0145`."""
    if len(number) < 6:
        return "•••"
    shown = (5, 4) if len(number) > 11 else (2, 2)
    return f"{number[: shown[0]]}•••{number[-shown[1] :]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberInfo:
    """What the numbering plans say of a number; its repr does not show it."""

    e164: str = field(repr=False)
    """`+442079460958`."""
    international: str = field(repr=False)
    """`+44 20 7946 0958`, as `format` writes it."""
    national: str = field(repr=False)
    """`020 7946 0958`, as `format` writes it."""
    country_code: int | None
    """44; None if no country has it."""
    region: str | None
    """`"GB"`; None if the plans do not tell, as for a fictional number."""
    kind: str | None
    """`"mobile"`, `"fixed_line"`, `"fixed_line_or_mobile"` (they are not told apart in North
    America), `"toll_free"`, `"voip"`, …; None if the plans do not tell."""
    possible: bool
    """Whether there are numbers of this country code and length; `parse(strict=True)` says why
    not."""


def describe(
    number: str, *, default_region: str | None = "US", argument: str = "number"
) -> NumberInfo:
    """Say what the numbering plans tell of a number. It needs the extra.

    Args:
        number: As `parse` takes it.
        default_region: As for `parse`.
        argument: What to call `number` in an error.

    Raises:
        InputError: As of `parse`.
        ConfigurationError: The extra is not installed.
    """
    parsed = parse(number, default_region=default_region, argument=argument)
    facts = _facts(parsed)
    return NumberInfo(
        e164=parsed,
        international=format(parsed),
        national=format(parsed, "national"),
        country_code=facts.country_code,
        region=facts.region,
        kind=facts.kind,
        possible=facts.fault is None,
    )


@dataclass(frozen=True)
class PhoneNumberValidator:
    """Makes a field of your own pydantic model a phone number of another country.

        class Guest(BaseModel):
            phone: Annotated[str, PhoneNumberValidator(default_region="GB")]

    The value becomes E.164. The error, of the type `phone_number`, shows neither the number nor,
    as others do, its input. The JSON schema names the E.164 form; others are taken all the same.

    Args:
        default_region: As for `parse`.
        strict: As for `parse`.

    Raises:
        InputError: `default_region` is no region.
        ConfigurationError: The extra is needed, and not installed.
    """

    default_region: str | None = "US"
    strict: bool = False

    def __post_init__(self) -> None:
        """Find out now what would otherwise fail every value."""
        parse("+15555550145", default_region=self.default_region, strict=self.strict)

    def __get_pydantic_core_schema__(
        self, source: object, handler: "GetCoreSchemaHandler"
    ) -> "CoreSchema":
        """Tell pydantic how to validate. This module itself does not load pydantic."""
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(
            self._validate, serialization=core_schema.to_string_ser_schema()
        )

    def __get_pydantic_json_schema__(
        self, schema: "CoreSchema", handler: "GetJsonSchemaHandler"
    ) -> "JsonSchemaValue":
        """Tell pydantic how to describe it."""
        return {
            "type": "string",
            "format": "phone",
            "pattern": f"^{_E164.pattern}$",
            "examples": ["+15555550145"],
        }

    def _validate(self, value: Any) -> str:
        from pydantic_core import PydanticCustomError, ValidationError

        try:
            return parse(value, default_region=self.default_region, strict=self.strict, argument="")
        except InputError as error:
            fault = PydanticCustomError("phone_number", "{fault}", {"fault": str(error)})
        # Not raised alone, as pydantic would show the number as its input.
        raise ValidationError.from_exception_data("PhoneNumber", [{"type": fault, "input": "•••"}])


#: A field of your own pydantic model that takes what `parse` takes, and holds E.164.
PhoneNumber = Annotated[str, PhoneNumberValidator()]
