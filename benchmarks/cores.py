"""Where measured processes run: a client apart from its server, where there are two cores."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple


class Cores(NamedTuple):
    """A core for the client under measurement, and one for its servers; None: any."""

    client: int | None
    servers: int | None


def cores() -> Cores:
    """Two different ones, where there are two, and where the system lets us choose."""
    usable = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return Cores(usable[0], usable[-1]) if len(usable) > 1 else Cores(None, None)


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Keep this process, and those that it starts, on a core; in the end, wherever it was."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
