"""Numbers of the whole world, with the extra `numbers`: their forms, their faults, their laws."""

import json
import re
import sys
from collections.abc import Callable
from typing import Annotated, Any

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from volt import e164
from volt.e164 import PhoneNumber, PhoneNumberValidator
from volt.errors import ConfigurationError, InputError

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
EXAMPLE = "+15555550145"  # in every remedy
numbers = st.from_regex(r"\+[1-9][0-9]{1,14}", fullmatch=True)
#: Numbers as their country has them: a length that exists, and digits that need not.
real_numbers = st.sampled_from(REGIONS).map(
    lambda region: phonenumbers.format_number(
        phonenumbers.example_number(region) or phonenumbers.PhoneNumber(),
        phonenumbers.PhoneNumberFormat.E164,
    )
)
#: What people type, and what they should not.
texts = st.text() | st.text("+0123456789 ()-x٠١٢²½０９＋ー/.#*;", max_size=24)
regions = st.sampled_from([None, "US", *REGIONS])


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("020 7946 0958", "GB", "+442079460958"),
        ("020 7946 0958", "gb", "+442079460958"),
        ("07700 900123", "GB", "+447700900123"),
        ("+44 (0)20 7946 0958", "GB", "+442079460958"),
        ("+39 (0)6 1234 5678", "DE", "+390612345678"),
        ("0044 20 7946 0958", "FR", "+442079460958"),
        ("011 44 20 7946 0958", "JM", "+442079460958"),
        ("0491 570 156", "AU", "+61491570156"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("٠١٠٠١٢٣٤٥٦٧", "EG", "+201001234567"),
        ("０９０－１２３４－５６７８", "JP", "+819012345678"),
        ("090ー1234ー5678", "JP", "+819012345678"),
        ("＋44 20 7946 0958", "JP", "+442079460958"),
        ("(555) 555-0145", "US", "+15555550145"),
        ("(555) 555-0145", "ca", "+15555550145"),
        ("(876) 555-0145", "JM", "+18765550145"),
    ],
)
def test_a_number_is_read_by_the_rules_of_its_region(
    written: str, region: str, number: str
) -> None:
    """With its trunk prefix, its prefix for calls abroad, and the digits of its script."""
    assert e164.parse(written, default_region=region) == number


@pytest.mark.parametrize(
    ("written", "region", "fault"),
    [
        ("7946 0958", "GB", "its area code is missing, as dialled in GB"),
        ("112", "GB", "too short, as dialled in GB"),
        ("020 7946 0958 1234", "GB", "too long, as dialled in GB"),
        ("0", "GB", "none that can be dialled in GB"),
        ("00999123456", "GB", "none that can be dialled in GB"),
        ("0211 123456789012", "DE", "17 digits; the longest have 15"),
        ("0800 FLOWERS", "GB", "letters and extensions cannot be texted"),
        ("020 7946 0958 ext. 7", "GB", "letters and extensions cannot be texted"),
        ("020 7946 0958 x7", "GB", "letters and extensions cannot be texted"),
        ("020 7946 0958;ext=7", "GB", "letters and extensions cannot be texted"),
        ("020 7946 0958 #7", "GB", "letters and extensions cannot be texted"),
        ("020 7946 0958²", "GB", "neither digits nor punctuation"),
        ("*67 020 7946 0958", "GB", "neither digits nor punctuation"),
        ("+0791112345", "GB", "begins with 0"),
        ("+44 (0)20", "GB", "too short"),
        ("", "GB", "empty"),
        ("(555) 555-0145", None, "which country"),
        ("011 44 20 7946 0958", "US", r"begins with 011, for calls abroad: write \+"),
    ],
)
def test_a_number_that_is_none_of_its_region_is_refused(
    written: str, region: str | None, fault: str
) -> None:
    """With its fault, the remedy and the argument; extensions and vanity numbers too."""
    with pytest.raises(InputError, match=fault) as caught:
        e164.parse(written, default_region=region, argument="to")
    assert caught.value.argument == "to"
    assert EXAMPLE in str(caught.value)


@pytest.mark.parametrize("region", ["UK", "XX", "001", "Great Britain", "", "Ü", 44, b"GB"])
def test_a_region_that_is_none_is_refused(region: Any) -> None:
    """Before any number is read, so also for a number that would not need it."""
    with pytest.raises(InputError, match="such as 'GB' ") as caught:
        e164.parse(EXAMPLE, default_region=region)
    assert caught.value.argument == "default_region"


@pytest.mark.parametrize("number", ["+15555550123", "+442079460958", "+390612345678"])
def test_strict_takes_what_is_possible(number: str) -> None:
    """The vendor's own example is no valid number, and passes."""
    assert e164.parse(number, strict=True) == number


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("+1555555012", "it is too short"),
        ("+155555501234", "it is too long"),
        ("+999123456789", "a country code that no country has"),
        ("+15", "it is too short"),
        ("+4402079460958", "a 0 too many after its country code"),
        ("+4479460958", "its area code is missing"),
    ],
)
def test_strict_refuses_what_is_not_possible(number: str, fault: str) -> None:
    """Without strict, the shape is enough."""
    assert e164.parse(number) == number
    with pytest.raises(InputError, match=fault) as caught:
        e164.parse(number, strict=True, argument="to")
    assert caught.value.argument == "to"
    assert len(number) < 6 or number not in str(caught.value)


@pytest.mark.parametrize(
    ("number", "international", "national"),
    [
        ("+15555550145", "+1 555-555-0145", "(555) 555-0145"),
        ("+442079460958", "+44 20 7946 0958", "020 7946 0958"),
        ("+390612345678", "+39 06 1234 5678", "06 1234 5678"),
        ("+80012345678", "+800 1234 5678", "+800 1234 5678"),  # of no country
        ("+999123456789", "+999123456789", "+999123456789"),  # no country's code
        ("+4402079460958", "+4402079460958", "+4402079460958"),  # not another's
        ("+1055555", "+1 055555", "+1 055555"),
    ],
)
def test_the_forms(number: str, international: str, national: str) -> None:
    """As people of the country write it; a plainer form where that could not be read back."""
    assert e164.format(number, "e164") == number
    assert e164.format(number) == e164.format(number, "international") == international
    assert e164.format(number, "national") == national


def test_the_form_of_what_a_person_wrote() -> None:
    """It is read first, and a form that is none is refused."""
    assert e164.format("020 7946 0958", default_region="GB") == "+44 20 7946 0958"
    with pytest.raises(InputError, match="^form: one of 'e164'"):
        e164.format(EXAMPLE, "rfc3966")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="^to: "):
        e164.format("x", argument="to")


def home(number: str) -> str | None:
    """The region that reads a number's national form."""
    try:
        code = phonenumbers.parse(number).country_code or 0
    except phonenumbers.NumberParseException:
        return None
    region = phonenumbers.region_code_for_country_code(code)
    return region if region in phonenumbers.SUPPORTED_REGIONS else None


@given(numbers | real_numbers, st.sampled_from(["e164", "international", "national"]))
def test_what_format_writes_parse_reads(number: str, form: e164.Form) -> None:
    """The law of the two: parse(format(x)) == x, in every form and for every number."""
    written = e164.format(number, form)
    assert e164.parse(written, default_region=home(number)) == number


@given(real_numbers)
def test_a_real_number_has_a_national_form(number: str) -> None:
    """So the law above is not kept by giving none."""
    assert e164.format(number, "international").startswith("+")
    national = e164.format(number, "national")
    assert not national.startswith("+") or national == e164.format(number)
    assert re.sub("[^0-9]", "", e164.format(number)) == number[1:]


@given(numbers, regions)
def test_a_number_with_its_plus_means_the_same_everywhere(number: str, region: str | None) -> None:
    """So parsing is idempotent."""
    assert e164.parse(number, default_region=region) == number


def parsed_or_error(text: str, **options: Any) -> str | InputError:
    try:
        return e164.parse(text, **options)
    except InputError as error:
        return error


@given(texts, regions, st.booleans())
def test_any_text_gives_e164_or_an_input_error(text: str, region: str | None, strict: bool) -> None:
    """Of the argument's name; and what is parsed once is parsed."""
    number = parsed_or_error(text, default_region=region, strict=strict, argument="to")
    if isinstance(number, InputError):
        assert number.argument == "to"
        return
    assert re.fullmatch(r"\+[1-9][0-9]{1,14}", number, re.ASCII)
    assert e164.parse(number, default_region=region, strict=strict) == number


@given(st.from_regex(r"[+(]?[0-9]{5,22}[x)]?", fullmatch=True), regions, st.booleans())
def test_no_error_shows_the_number(text: str, region: str | None, strict: bool) -> None:
    """Never more than five digits of it in a row."""
    error = parsed_or_error(text, default_region=region, strict=strict)
    if isinstance(error, InputError):
        assert not re.search(r"\d{6}", str(error).replace(EXAMPLE, ""))


@given(st.from_regex(r"1?[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True))
def test_our_rules_for_north_america_are_those_of_phonenumbers(text: str) -> None:
    """With and without the extra, a US number is the same, and is written the same."""
    theirs = phonenumbers.parse(text, "US")
    number = e164.parse(text)
    for form, name in (("e164", "E164"), ("international", "INTERNATIONAL"), ("national", "NATIONAL")):  # fmt: skip
        assert e164.format(number, form) == phonenumbers.format_number(  # type: ignore[arg-type]
            theirs, getattr(phonenumbers.PhoneNumberFormat, name)
        )


def test_what_the_plans_say_of_a_number() -> None:
    """Its country, its kind and its forms; of a fictional one, less."""
    info = e164.describe("07911 123456", default_region="GB")
    assert (info.country_code, info.region, info.kind, info.possible) == (44, "GG", "mobile", True)
    assert (info.e164, info.international, info.national) == (
        "+447911123456", "+44 7911 123456", "07911 123456",
    )  # fmt: skip
    assert "7911" not in repr(info)
    fictional = e164.describe("+15555550123")
    assert (fictional.country_code, fictional.region, fictional.kind) == (1, None, None)
    assert fictional.possible
    nobody = e164.describe("+999123456789")
    assert (nobody.country_code, nobody.region, nobody.possible) == (None, None, False)
    assert nobody.national == nobody.international == nobody.e164 == "+999123456789"
    assert e164.describe("+18005550145").kind == "toll_free"


@given(numbers)
def test_every_number_can_be_described(number: str) -> None:
    """Whatever its digits, and `possible` is what strict goes by."""
    info = e164.describe(number)
    try:
        e164.parse(number, strict=True)
    except InputError:
        assert not info.possible
    else:
        assert info.possible


@pytest.mark.parametrize(
    "call",
    [
        lambda: e164.parse("020 7946 0958", default_region="GB"),
        lambda: e164.parse(EXAMPLE, default_region="GB"),
        lambda: e164.parse(EXAMPLE, strict=True),
        lambda: e164.format("+442079460958"),
        lambda: e164.describe(EXAMPLE),
        lambda: PhoneNumberValidator("GB"),
        lambda: PhoneNumberValidator(strict=True),
    ],
)
def test_without_the_extra_the_error_names_the_install(
    call: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And North America works all the same."""
    monkeypatch.delitem(sys.modules, "volt._numbering", raising=False)
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    monkeypatch.delattr("volt._numbering", raising=False)
    with pytest.raises(ConfigurationError, match=re.escape("pip install 'volt-sms[numbers]'")):
        call()
    assert e164.format("555-555-0145", "national", default_region="CA") == "(555) 555-0145"
    assert TypeAdapter(PhoneNumber).validate_python("555-555-0145") == EXAMPLE


class Guest(BaseModel):
    phone: PhoneNumber
    others: list[Annotated[str, PhoneNumberValidator(default_region="GB", strict=True)]] = []


def test_a_field_of_a_users_model_becomes_e164() -> None:
    """From Python and from JSON, and goes out as text."""
    guest = Guest.model_validate({"phone": "(555) 555-0145", "others": ["020 7946 0958"]})
    assert (guest.phone, guest.others) == (EXAMPLE, ["+442079460958"])
    again = Guest.model_validate_json(guest.model_dump_json())
    assert again == guest
    assert Guest.model_validate(guest) == guest


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("call 5555550145 now", "neither digits nor punctuation"),
        ("5550145x", "neither digits nor punctuation"),
        (5555550145, "a phone number is text, not int"),
        (b"+15555550145", "a phone number is text, not bytes"),
    ],
)
def test_the_error_of_a_users_model_does_not_show_the_number(given: object, message: str) -> None:
    """Not as its input either, which pydantic shows for its own types."""
    with pytest.raises(ValidationError, match=message) as caught:
        Guest.model_validate({"phone": EXAMPLE, "others": [given]})
    (error,) = caught.value.errors()
    assert (error["type"], error["loc"]) == ("phone_number", ("others", 0))
    everything = f"{caught.value!s} {caught.value!r} {caught.value.errors()} {caught.value.json()}"
    assert "5550145" not in everything.replace(EXAMPLE, "")


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_the_json_schema_names_the_form(mode: Any) -> None:
    """For OpenAPI: a client that keeps to the pattern is never refused."""
    schema = TypeAdapter(PhoneNumber).json_schema(mode=mode)
    assert (schema["type"], schema["format"]) == ("string", "phone")
    assert all(re.search(schema["pattern"], example) for example in schema["examples"])
    assert not re.search(schema["pattern"], "(555) 555-0145")
    assert json.dumps(schema)


@given(numbers)
def test_what_fits_the_json_schema_is_taken(number: str) -> None:
    """The pattern promises no more than the validator keeps."""
    assert TypeAdapter(PhoneNumber).validate_python(number) == number


def test_a_region_that_is_none_fails_where_the_model_is_written() -> None:
    """Not at the first value."""
    with pytest.raises(InputError, match="default_region"):
        PhoneNumberValidator("UK")
