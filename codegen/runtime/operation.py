"""One GraphQL operation, ready to be sent: what a generated method hands to its client."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar

ResultT = TypeVar("ResultT")


@dataclass(frozen=True)
class Operation(Generic[ResultT]):
    """A GraphQL operation and the way to read its result.

    Args:
        name: The operation's name in `document`, sent as `operationName`.
        kind: Whether it only reads (`"query"`) or changes something (`"mutation"`).
        document: The GraphQL text that is sent, fragments inlined.
        read: Makes the result of the reply's `data`; raises `ValueError` where it cannot.
        repeatable: Whether sending it twice does no more than sending it once: it is then sent
            again after a failure that leaves open whether it was executed.
    """

    name: str | None
    kind: Literal["query", "mutation"]
    document: str
    read: Callable[[dict[str, Any]], ResultT]
    repeatable: bool = False

    @cached_property
    def request_head(self) -> str:
        """The JSON of a request up to its variables, which another brace must follow."""
        head = {"query": self.document}
        if self.name is not None:
            head["operationName"] = self.name
        return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "variables": '


class BaseClient(ABC):
    """What the generated methods need of the client they belong to."""

    @abstractmethod
    def execute(self, query: Operation[ResultT], variables: Mapping[str, object]) -> ResultT:
        """Send an operation and return its result."""


class AsyncBaseClient(ABC):
    """What the generated methods need of the asynchronous client they belong to."""

    @abstractmethod
    async def execute(self, query: Operation[ResultT], variables: Mapping[str, object]) -> ResultT:
        """Send an operation and return its result."""
