# Made by `make codegen` from schema.graphql and queries/. Do not edit.

"""How an answer is read: tolerantly, as the text may be out; with static types that stay true."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, Self, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    PrivateAttr,
    ValidationError,
    model_validator,
)
from pydantic.functional_validators import ModelWrapValidatorHandler

_log = logging.getLogger(__name__)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Attempt(Protocol):
    """One request of a call: when it began and ended (aware UTC), and how far it got."""

    @property
    def started_at(self) -> datetime: ...
    @property
    def ended_at(self) -> datetime: ...
    @property
    def phase(self) -> str: ...
    @property
    def status_code(self) -> int | None: ...
    @property
    def waited_seconds(self) -> float: ...


class OperationResult(BaseModel):
    """The `data` of one reply: strict, so that a reply without the result asked for is noticed.

    Only an element of a list that cannot be read is left out here too.
    """

    model_config = ConfigDict(
        populate_by_name=True, protected_namespaces=(), hide_input_in_errors=True
    )

    @model_validator(mode="wrap")
    @classmethod
    def _tolerate(cls, received: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(received, dict):
            return handler(received)
        fields = cast("dict[str, Any]", received)
        try:
            return handler(fields)
        except ValidationError as error:
            return handler(fields | _without_odd_values(cls.__name__, fields, error))


class ResultModel(BaseModel):
    """An object that Volt answered. Reading it never fails.

    A field that is missing, or that cannot be read as its type, is None; an element of a list that
    cannot be read is left out. What was received stays in `raw`. Free text (numbers, names, bodies)
    is left out of the repr.
    """

    # A slot and no private attribute: how often it was asked for makes no object another.
    __slots__ = ("_attempts",)

    model_config = ConfigDict(
        populate_by_name=True,
        protected_namespaces=(),
        hide_input_in_errors=True,
        coerce_numbers_to_str=True,
        frozen=True,
    )

    # Without defaults, which pydantic would copy for every object.
    _raw: dict[str, Any] = PrivateAttr()
    _errors: tuple[Mapping[str, Any], ...] = PrivateAttr()

    @property
    def raw(self) -> dict[str, Any]:
        """The object as received, every field of it, before anything was read as a type."""
        return cast("dict[str, Any]", getattr(self, "_raw", {}))

    @property
    def errors(self) -> tuple[Mapping[str, Any], ...]:
        """The GraphQL errors that came beside the object, as received; usually none.

        They stand on the object that the operation returned, not on those inside it.
        """
        return cast("tuple[Mapping[str, Any], ...]", getattr(self, "_errors", ()))

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Every request of the call, oldest first: when, how far it got, after what wait.

        They stand on the object that the operation returned, not on those inside it.
        """
        return cast("tuple[Attempt, ...]", getattr(self, "_attempts", ()))

    # pydantic copies and pickles what it knows of, which the slot is not.

    def __copy__(self) -> Self:
        return self._hand_attempts_to(super().__copy__())

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return self._hand_attempts_to(super().__deepcopy__(memo))

    def __getstate__(self) -> dict[Any, Any]:
        return super().__getstate__() | {"_attempts": self.attempts}

    def __setstate__(self, state: dict[Any, Any]) -> None:
        super().__setstate__(state)
        object.__setattr__(self, "_attempts", state["_attempts"])

    def _hand_attempts_to(self, twin: Self) -> Self:
        object.__setattr__(twin, "_attempts", self.attempts)
        return twin

    @model_validator(mode="wrap")
    @classmethod
    def _tolerate(cls, received: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(received, dict):
            return handler(received)
        fields = cast("dict[str, Any]", received)
        try:
            model = handler(fields)
        except ValidationError as error:
            model = handler(_without_odd_values(cls.__name__, fields, error))
        model._raw = fields  # noqa: SLF001 - it is one of us
        return model


def _without_odd_values(
    type_name: str, fields: dict[str, Any], error: ValidationError
) -> dict[str, Any]:
    """Leave out what `error` names: the element of a list, else the whole field."""
    odd: dict[str, set[object]] = {}
    for problem in error.errors(include_url=False, include_input=False):
        name, *rest = problem["loc"]
        odd.setdefault(str(name), set()).add(rest[0] if rest else None)
    kept = fields.copy()
    for name in sorted(odd.keys() & fields.keys()):
        value, places = fields[name], odd[name]
        if isinstance(value, list) and None not in places:
            elements = enumerate(cast("list[object]", value))
            kept[name] = [element for index, element in elements if index not in places]
        else:
            del kept[name]
        _log.warning("%s.%s: a value of an unexpected type is left out", type_name, name)
    return kept


class OpenEnum(StrEnum):
    """An enum that takes values it does not know: a later Volt may answer with new ones.

    An unknown value is a member of the class too (`Kind("NEW").value == "NEW"`), but not of its
    iteration.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        return member


def read_time(value: object) -> datetime:
    """Read a `DateTime` as an aware datetime in UTC.

    Takes ISO 8601 text (without an offset it is UTC) and milliseconds since 1970.

    Raises:
        ValueError: `value` is neither.
    """
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return _EPOCH + timedelta(milliseconds=value)
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        if isinstance(value, datetime):
            return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except OverflowError:
        pass
    raise ValueError("not a point in time")
