"""Pages and their cursors: where a page ends, in a form that says nothing else."""

import hashlib
from typing import Any

PAGE_SIZE = 20
_SEAL_LENGTH = 16


def page_info(total: int, scope: str, last: int | None) -> dict[str, Any]:
    """Where a page stands in the whole, as the contract's `PageInfo`.

    Args:
        total: How many items there are on all pages.
        scope: What is paged through; its cursors are no use elsewhere.
        last: The number of the page's last item; None: it is the last page.
    """
    cursor = None if last is None else _cursor(scope, last)
    return {"totalItems": total, "nextPage": cursor, "hasNextPage": cursor is not None}


def read_cursor(cursor: str | None, scope: str) -> int:
    """The number before which a page begins.

    Raises:
        LookupError: It is no cursor of this scope.
    """
    if cursor is None:
        return 2**63 - 1
    try:
        last = int(cursor[_SEAL_LENGTH:], 16)
    except ValueError:
        raise LookupError(cursor) from None
    if cursor != _cursor(scope, last):
        raise LookupError(cursor)
    return last


def _cursor(scope: str, last: int) -> str:
    # Nobody can come to rely on what it is made of.
    seal = hashlib.sha256(f"{scope} {last}".encode()).hexdigest()
    return f"{seal[:_SEAL_LENGTH]}{last:x}"
