"""How an answer is read: what cannot be read is left out, and the static types stay true."""

import logging
from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from volt_graphql import Conversation, CreateMessage, GetConversation, Message
from volt_graphql.results import OpenEnum, read_time


class Kind(OpenEnum):
    OPEN = "OPEN"
    DONE = "DONE"


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-02T03:04:05Z",
        "2026-01-02T03:04:05.000+00:00",
        "2026-01-02T04:04:05+01:00",
        "2026-01-02T03:04:05",
        1767323045000,
        1767323045000.0,
        datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        datetime(2026, 1, 2, 4, 4, 5, tzinfo=timezone(timedelta(hours=1))),
    ],
)
def test_a_time_is_read_as_utc(value: object) -> None:
    """ISO 8601 text with any offset or none, and JavaScript's milliseconds."""
    read = read_time(value)
    assert read == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert read.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "value", ["", "soon", True, None, [], 1e300, -1e300, "0001-01-01T00:00:00+23:59"]
)
def test_what_is_no_time_is_a_value_error(value: object) -> None:
    """Pydantic knows what to do with it; another error would escape."""
    with pytest.raises(ValueError, match="not a point in time|Invalid isoformat"):
        read_time(value)


def test_an_enum_takes_values_that_it_does_not_know() -> None:
    """They are of its type, equal by value, and not among its members."""
    new = Kind("NEW")
    assert isinstance(new, Kind)
    assert (new, new.name, new.value, str(new)) == ("NEW", "NEW", "NEW", "NEW")
    assert new == Kind("NEW")
    assert hash(new) == hash(Kind("NEW"))
    assert Kind("OPEN") is Kind.OPEN
    assert list(Kind) == [Kind.OPEN, Kind.DONE]
    with pytest.raises(ValueError, match="7"):
        Kind(7)  # type: ignore[arg-type]


def test_of_a_list_only_the_odd_elements_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    """A page of messages is not lost for one of them; what it was is not logged."""
    caplog.set_level(logging.WARNING)
    received = {"messages": [{"id": "1"}, "Your code is 7", None, {"id": "2"}], "pageInfo": 7}
    page = Conversation.model_validate(received)
    assert page.messages is not None
    assert [message.id for message in page.messages] == ["1", "2"]
    assert page.page_info is None
    assert page.raw == received
    assert caplog.messages == [
        "Conversation.messages: a value of an unexpected type is left out",
        "Conversation.pageInfo: a value of an unexpected type is left out",
    ]


def test_the_data_of_a_reply_is_read_strictly() -> None:
    """A reply without what was asked for is noticed."""
    odd: list[object] = [{}, {"createMessage": None}, {"createMessage": "ok"}, {"other": {}}, []]
    for data in odd:
        with pytest.raises(ValidationError):
            CreateMessage.model_validate(data)
    odd = [{}, {"conversation": "ok"}, []]
    for data in odd:
        with pytest.raises(ValidationError):
            GetConversation.model_validate(data)
    assert GetConversation.model_validate({"conversation": None}).conversation is None


def test_a_message_can_be_made_by_its_python_names_and_not_changed() -> None:
    """For other people's tests."""
    message = Message(to_number="+15555550145", id="1")
    assert message.to_number == "+15555550145"
    assert message.errors == ()
    with pytest.raises(ValidationError, match="frozen"):
        message.id = "2"


def test_an_error_of_reading_shows_no_value() -> None:
    """It may reach a log by way of someone's debugger."""
    with pytest.raises(ValidationError) as caught:
        CreateMessage.model_validate({"createMessage": "Your code is 7"})
    assert "code is 7" not in str(caught.value)
    with pytest.raises(ValidationError) as caught:
        Message.model_validate(["Your code is 7"])
    assert "code is 7" not in str(caught.value)
