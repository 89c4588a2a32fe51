"""Numbers: E.164 and the national form of the US and Canada, nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volt import e164
from volt.errors import InputError


@pytest.mark.parametrize(
    "written",
    [
        "+15555550145",
        " +1 (555) 555-0145 ",
        "(555) 555-0145",
        "555.555.0145",
        "1-555-555-0145",
        "15555550145",
        "+1\u00a0555\u2011555\u20110145",
        "\u202a+1\u202f555/555/0145\u202c",
    ],
)
def test_the_same_number_however_it_is_written(written: str) -> None:
    """Punctuation and a missing US country code do not matter."""
    assert e164.parse(written) == "+15555550145"


@pytest.mark.parametrize("written", ["+447911123456", "+15", "+999999999999999"])
def test_any_number_of_the_right_shape_is_taken(written: str) -> None:
    """The gate is the shape only: whether a number is in service is not ours to say."""
    assert e164.parse(written) == written


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("+", "empty"),
        ("call me", "neither digits nor punctuation"),
        ("+1555CALLNOW", "neither digits nor punctuation"),
        ("+1555555014٥", "neither digits nor punctuation"),
        ("+15555550145;ext=7", "neither digits nor punctuation"),
        ("+1234567890123456", "16 digits"),
        ("0791112345", "which country"),
        ("447911123456", "which country"),
        ("5550199", "which country"),
        ("911", "too short"),
        ("00442079460958", "write \\+ in its place"),
        ("(155) 555-0145", "which country"),
        ("+0791112345", "begins with 0"),
        ("+1", "too short"),
        ("+44 (0)20 7946 0958", "leave out the \\(0\\)"),
        ("+49 ( 0 ) 30 123456", "leave out the \\(0\\)"),
    ],
)
def test_a_wrong_number_is_refused_with_its_fault_and_the_remedy(written: str, fault: str) -> None:
    """The error names the argument, what is wrong, and how to write it."""
    with pytest.raises(InputError, match=fault) as caught:
        e164.parse(written, argument="to")
    assert caught.value.argument == "to"
    assert str(caught.value).startswith("to: ")
    assert "+15555550145" in str(caught.value) or "(0)" in str(caught.value)
    assert len(written) < 6 or written not in str(caught.value)


@pytest.mark.parametrize("written", [None, 15555550145, ["+15555550145"], b"+15555550145"])
def test_something_that_is_not_text_is_refused_by_type(written: object) -> None:
    """A number given as an integer has lost its plus."""
    with pytest.raises(InputError, match=f"not {type(written).__name__}"):
        e164.parse(written)  # type: ignore[arg-type]


@given(st.from_regex(r"\+[1-9][0-9]{1,14}", fullmatch=True))
def test_parsing_is_idempotent(number: str) -> None:
    """What is in E.164 form stays as it is."""
    assert e164.parse(number) == number


@given(st.text(max_size=30))
def test_parsing_gives_e164_or_an_input_error(text: str) -> None:
    """No text makes it fail in any other way, and none slips through."""
    try:
        number = e164.parse(text)
    except InputError:
        return
    assert number[0] == "+"
    assert number[1:].isascii()
    assert number[1:].isdigit()
    assert 2 <= len(number[1:]) <= 15


@given(st.from_regex(r"\+?[0-9]{1,20}", fullmatch=True))
def test_a_masked_number_cannot_be_dialled(number: str) -> None:
    """At least three digits are hidden, and short numbers lose more."""
    masked = e164.mask(number)
    assert "•••" in masked
    assert sum(character.isdigit() for character in masked) <= max(0, len(number) - 2)
    assert number not in masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+15555550145", "+1555•••0145"),
        ("02079460958", "02•••58"),
        ("123456", "12•••56"),
        ("12345", "•••"),
    ],
)
def test_the_mask_shows_region_and_end(number: str, masked: str) -> None:
    """Of a long number; of a short one that would be too much."""
    assert e164.mask(number) == masked
