"""The world's numbering plans, by phonenumbers: what `volt.e164` asks of the extra `numbers`.

Source: phonenumbers, the Python port of Google's libphonenumber. Its parts `geocoder` and `carrier`
are never loaded (300 ms, 118 MB), and it is never asked whether a number is in service.
"""

from typing import NamedTuple

from volt.errors import ConfigurationError, InputError

try:
    import phonenumbers
    from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType
    from phonenumbers import ValidationResult as Length
except ModuleNotFoundError:
    raise ConfigurationError(
        "numbers: national numbers of other countries, strict=True, and more about a number need "
        "an extra: pip install 'volt-sms[numbers]'"
    ) from None

_FAULTS = {
    Length.IS_POSSIBLE_LOCAL_ONLY: "is too short: its area code is missing",
    Length.INVALID_COUNTRY_CODE: "has a country code that no country has",
    Length.TOO_SHORT: "is too short",
    Length.TOO_LONG: "is too long",
    Length.INVALID_LENGTH: "is too short or too long",
}


class Facts(NamedTuple):
    """What the plans say of a number in E.164 form."""

    fault: str | None
    """Why there can be no such number, in words after "the phone number"; None: there can."""
    country_code: int | None = None
    home: str | None = None
    """The region that has the country code, or the main one: `"GB"` for 44, also in Jersey."""
    region: str | None = None
    kind: str | None = None
    international: str = ""
    national: str = ""


def has(region: str) -> bool:
    """Whether there is a plan for these two letters."""
    return region in phonenumbers.SUPPORTED_REGIONS


def read(digits: str, region: str) -> str:
    """Bring a number, as it is dialled in a region, into E.164 form.

    Raises:
        InputError: It is not possible there.
    """
    try:
        parsed = phonenumbers.parse(digits, region)
    except NumberParseException:
        raise InputError(f"the phone number is none that can be dialled in {region}") from None
    if fault := _fault(parsed):
        raise InputError(f"the phone number {fault}, as dialled in {region}")
    return _written(parsed, PhoneNumberFormat.E164)


def facts(number: str) -> Facts:
    """What is known of a number in E.164 form."""
    try:
        parsed = phonenumbers.parse(number)
    except NumberParseException as error:
        unknown = error.error_type == NumberParseException.INVALID_COUNTRY_CODE
        return Facts(fault=_FAULTS[Length.INVALID_COUNTRY_CODE if unknown else Length.TOO_SHORT])
    kind = phonenumbers.number_type(parsed)
    as_given = _written(parsed, PhoneNumberFormat.E164) == number
    return Facts(
        fault=_fault(parsed) if as_given else "has a 0 too many after its country code",
        country_code=parsed.country_code,
        home=phonenumbers.region_code_for_country_code(parsed.country_code or 0),
        region=phonenumbers.region_code_for_number(parsed),
        kind=None if kind == PhoneNumberType.UNKNOWN else PhoneNumberType.to_string(kind).lower(),
        international=_written(parsed, PhoneNumberFormat.INTERNATIONAL),
        national=_written(parsed, PhoneNumberFormat.NATIONAL),
    )


def _fault(parsed: PhoneNumber) -> str | None:
    return _FAULTS.get(phonenumbers.is_possible_number_with_reason(parsed))


def _written(parsed: PhoneNumber, form: int) -> str:
    return phonenumbers.format_number(parsed, form)
