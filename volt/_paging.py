"""Page after page: one rule for when to go on, and the methods of both clients that follow it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, Generic, TypeVar

from volt import e164
from volt._graphql_errors import error_details
from volt._options import Options
from volt.errors import InputError, UnreadableReplyError
from volt_graphql import AsyncClient, Client, Conversation, Inbox, InboxItem, Message, PageInfo

PageT = TypeVar("PageT", bound=Conversation | Inbox)
ItemT = TypeVar("ItemT", bound=Message | InboxItem)


class Walk(Generic[PageT, ItemT]):
    """A way through the pages, from the newest to the oldest: what to ask for next, what is new.

    It ends by itself, whatever the server does: a page that has nothing new is the last. A server
    that takes no notice of the cursor answers with the same items again.

    Attributes:
        goes_on: Whether there is another page to ask for.
        arguments: What to ask for it with.
    """

    def __init__(
        self,
        items_of: Callable[[PageT], list[ItemT] | None],
        id_of: Callable[[ItemT], str | None],
        limit: int | None,
        **arguments: str,
    ) -> None:
        """Begin at the newest page.

        Args:
            items_of: Takes the items from a page.
            id_of: By what an item is known again; None: by all that was received of it.
            limit: How many items to take at the most; None: all.
            **arguments: What to ask for every page with.
        """
        if limit is not None and (type(limit) is not int or limit < 1):
            raise InputError("how many at the most: a whole number above 0", argument="limit")
        self.goes_on = True
        self.arguments: dict[str, Any] = {**arguments, "before": None}
        self._items_of = items_of
        self._id_of = id_of
        self._limit = limit
        self._seen: set[str] = set()

    def take(self, page: PageT | None) -> Iterator[ItemT]:
        """Read the page that was asked for: give those of its items that are new, in its order.

        Raises:
            UnreadableReplyError: After the items: errors came in place of others, and to end here
                would be to say that there are none.
        """
        items = self._items_of(page) if page else None
        info = page.page_info if page else None
        ids = [self._id_of(item) or json.dumps(item.raw, sort_keys=True) for item in items or ()]
        new = [item for item, id_ in zip(items or (), ids, strict=True) if id_ not in self._seen]
        self._seen.update(ids)
        if self._limit is not None:
            new = new[: self._limit]
            self._limit -= len(new)
        yield from new
        asked, self.arguments = self.arguments, self.arguments | {"before": _next_page(info)}
        self.goes_on = bool(self.arguments["before"] and new and self._limit != 0)
        if page and page.errors and None in (items, info) and self._limit != 0:
            raise UnreadableReplyError(
                "a page came with errors in place of its items or of the way to the next one",
                errors=error_details(page.errors, asked, 200),
            )


def _next_page(info: PageInfo | None) -> str | None:
    """The cursor of the page after this one; `hasNextPage` may be missing."""
    return info.next_page if info and info.has_next_page is not False else None


def _walk(ask: Callable[..., PageT | None], walk: Walk[PageT, ItemT]) -> Iterator[ItemT]:
    while walk.goes_on:
        yield from walk.take(ask(**walk.arguments))


async def _walk_async(
    ask: Callable[..., Awaitable[PageT | None]], walk: Walk[PageT, ItemT]
) -> AsyncIterator[ItemT]:
    while walk.goes_on:
        for item in walk.take(await ask(**walk.arguments)):
            yield item


def _conversation(
    options: Options, to: str, from_: str | None, limit: int | None
) -> Walk[Conversation, Message]:
    return Walk(
        lambda page: page.messages,
        lambda message: message.id,
        limit,
        to=e164.parse(to, argument="to"),
        from_=options.sender(from_),
    )


def _inbox(options: Options, from_: str | None, limit: int | None) -> Walk[Inbox, InboxItem]:
    return Walk(lambda page: page.items, _person, limit, from_=options.sender(from_))


def _person(item: InboxItem) -> str | None:
    return (item.contact.id or item.contact.phone_number) if item.contact else None


class Paging(Client):
    """The methods of `Volt` that go from page to page."""

    _options: Options

    def iter_conversation(
        self, *, to: str, from_: str | None = None, limit: int | None = None
    ) -> Iterator[Message]:
        """Go through the conversation with one person, newest message first.

        Each page is asked for when the iteration comes to it; `get_conversation` gets one.

        Args:
            to: The other person's number, in any form that `volt.e164.parse` takes.
            from_: Your organization's number; else the client's.
            limit: How many messages to take at the most; None: all.

        Returns:
            An iterator of `Message`; empty where there is no conversation. A message that arrives
            meanwhile is not among them.

        Raises:
            InputError: An argument cannot be used. It is raised at once.
            VoltError: A page could not be had. It is raised where the iteration comes to it.
        """
        return _walk(self.get_conversation, _conversation(self._options, to, from_, limit))

    def iter_inbox(
        self, *, from_: str | None = None, limit: int | None = None
    ) -> Iterator[InboxItem]:
        """Go through a number's inbox: every person once, newest message first.

        Each page is asked for when the iteration comes to it; `get_inbox` gets one.

        Args:
            from_: Your organization's number, in any form that `volt.e164.parse` takes; else the
                client's.
            limit: How many items to take at the most; None: all.

        Returns:
            An iterator of `InboxItem`; empty where there is no inbox.

        Raises:
            InputError: An argument cannot be used. It is raised at once.
            VoltError: A page could not be had. It is raised where the iteration comes to it.
        """
        return _walk(self.get_inbox, _inbox(self._options, from_, limit))


class AsyncPaging(AsyncClient):
    """The methods of `AsyncVolt` that go from page to page."""

    _options: Options

    def iter_conversation(
        self, *, to: str, from_: str | None = None, limit: int | None = None
    ) -> AsyncIterator[Message]:
        """Go through the conversation with one person, newest message first: `async for`.

        Each page is asked for when the iteration comes to it; `get_conversation` gets one.

        Args:
            to: The other person's number, in any form that `volt.e164.parse` takes.
            from_: Your organization's number; else the client's.
            limit: How many messages to take at the most; None: all.

        Returns:
            An iterator of `Message`; empty where there is no conversation. A message that arrives
            meanwhile is not among them.

        Raises:
            InputError: An argument cannot be used. It is raised at once.
            VoltError: A page could not be had. It is raised where the iteration comes to it.
        """
        return _walk_async(self.get_conversation, _conversation(self._options, to, from_, limit))

    def iter_inbox(
        self, *, from_: str | None = None, limit: int | None = None
    ) -> AsyncIterator[InboxItem]:
        """Go through a number's inbox: every person once, newest message first: `async for`.

        Each page is asked for when the iteration comes to it; `get_inbox` gets one.

        Args:
            from_: Your organization's number, in any form that `volt.e164.parse` takes; else the
                client's.
            limit: How many items to take at the most; None: all.

        Returns:
            An iterator of `InboxItem`; empty where there is no inbox.

        Raises:
            InputError: An argument cannot be used. It is raised at once.
            VoltError: A page could not be had. It is raised where the iteration comes to it.
        """
        return _walk_async(self.get_inbox, _inbox(self._options, from_, limit))
