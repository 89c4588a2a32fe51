"""A local Volt: the contract of schema.graphql, served on this machine; no text ever leaves it.

It is made from the vendor's documentation, so that a call works here does not prove that it works
on Volt. It delivers nothing and limits no rate; docs/sandbox.md says what it does.

`python -m volt.sandbox` starts it; `create_app` gives the same as an ASGI app. Both need the extra
`volt-sms[sandbox]`. Nothing here imports the client: otherwise both could be wrong together.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from volt.sandbox._app import create_app

__all__ = ["create_app"]

_EXTRA = frozenset({"ariadne", "cryptography", "graphql", "h11", "starlette", "uvicorn"})


def remedy(error: ModuleNotFoundError) -> str:
    """Say what to install, where a module of the extra is missing.

    Raises:
        ModuleNotFoundError: It is another one, which no install of ours mends.
    """
    if (error.name or "").partition(".")[0] not in _EXTRA:
        raise error
    return "the sandbox is an extra; install it: pip install 'volt-sms[sandbox]'"


def __getattr__(name: str) -> object:
    """Load the app on first use, so that what is missing of the extra can be named."""
    if name == "create_app":
        try:
            from volt.sandbox._app import create_app
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(remedy(error), name=error.name) from error
        return create_app
    raise AttributeError(name)
