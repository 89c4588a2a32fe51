"""Where the command has its token, sender and endpoint from.

The environment first (`VOLT_TOKEN`, `VOLT_FROM`, `VOLT_API_URL`), then the file that `volt login`
writes: `$XDG_CONFIG_HOME/volt/config.toml` (XDG Base Directory Specification; `~/.config` if that
is not set), with `token`, `from` and `url`. The file holds a secret, so it is used only if nobody
but its owner can read it. A token is never an argument: other users of the machine see those.
"""

import os
import stat
import tempfile
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from volt import e164
from volt.errors import ConfigurationError, InputError

if TYPE_CHECKING:
    from volt import Volt

#: The keys of the file, and the variable that goes before each.
VARIABLES = {"token": "VOLT_TOKEN", "from": "VOLT_FROM", "url": "VOLT_API_URL"}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is set, and where."""

    token: str | None = field(repr=False)
    from_: str | None = field(repr=False)
    url: str | None
    origins: dict[str, str]
    """Of each that is set, by the file's name for it: the variable or the file it is from."""

    def client(self, *, from_: str | None = None, **options: Any) -> "Volt":
        """A client with these settings.

        Args:
            from_: A sender that goes before that of the settings.
            **options: Others, of `Volt`.

        Raises:
            ConfigurationError: No token is set, or a setting cannot be used.
        """
        import logging

        from volt import Volt

        # The command says itself what happened; the log is for who asks for it, with VOLT_LOG.
        logging.getLogger("volt").addHandler(logging.NullHandler())
        if self.token is None:
            raise ConfigurationError(
                "no token: set VOLT_TOKEN, or let `volt login` keep it (the sandbox's is 'sandbox')"
            )
        sender = from_ or self.from_
        return Volt(token=self.token, url=self.url, from_=sender, **options)

    def sender(self, given: str | None) -> str:
        """The number of yours to use, in E.164 form.

        Raises:
            InputError: `--from` is no number.
            ConfigurationError: There is none, or the one set is no number.
        """
        if given is not None:
            return e164.parse(given, argument="--from")
        if self.from_ is None:
            raise ConfigurationError("no sender: give --from, or set VOLT_FROM")
        try:
            return e164.parse(self.from_, argument=self.origins["from"])
        except InputError as error:
            raise ConfigurationError(str(error)) from None


def path() -> Path:
    """Where the file is, or would be."""
    home = os.environ.get("XDG_CONFIG_HOME", "")
    # A relative path is to be ignored, says the specification.
    folder = Path(home) if home.startswith("/") else Path.home() / ".config"
    return folder / "volt" / "config.toml"


def load() -> Settings:
    """Read the settings.

    Raises:
        ConfigurationError: The file cannot be used as it is.
    """
    values: dict[str, str] = {}
    origins: dict[str, str] = {}
    for key, kept in _read(path()).items():
        values[key], origins[key] = kept, str(path())
    for key, variable in VARIABLES.items():
        if value := os.environ.get(variable):
            values[key], origins[key] = value, variable
    return Settings(
        token=values.get("token"),
        from_=values.get("from"),
        url=values.get("url"),
        origins=origins,
    )


def lend_token() -> None:
    """Give the token, and the endpoint, of the file to code that asks only the environment."""
    try:
        settings = load()
    except ConfigurationError:
        return  # it will ask for the variable
    for key, value in {"token": settings.token, "url": settings.url}.items():
        if value is not None:
            os.environ.setdefault(VARIABLES[key], value)


def save(values: dict[str, str]) -> Path:
    """Write the file anew, whole or not at all, readable by its owner alone.

    Raises:
        OSError: It cannot be written.
    """
    target = path()
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = [f"{key} = {_toml_text(value)}\n" for key, value in values.items()]
    # Made with mode 0600, so that there is no moment in which others can read it.
    with tempfile.NamedTemporaryFile("w", dir=target.parent, delete=False, encoding="utf-8") as new:
        new.writelines(["# Written by `volt login`. It holds a secret.\n", *lines])
    Path(new.name).replace(target)
    return target


def _read(file: Path) -> dict[str, str]:
    try:
        with file.open("rb") as opened:
            status = os.fstat(opened.fileno())
            content = opened.read(100_000)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigurationError(f"{file}: {os.strerror(error.errno or 0)}") from None
    if os.name == "posix":
        _require_private(file, status)
    try:
        values = tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        # Not the parser's words: they may quote the token.
        raise ConfigurationError(f'{file}: not TOML, such as: token = "…"') from None
    for key, value in values.items():
        if key not in VARIABLES:
            raise ConfigurationError(f"{file}: {key!r}: there are {', '.join(VARIABLES)}")
        if not isinstance(value, str):
            raise ConfigurationError(f"{file}: {key}: text, in quotation marks")
    return values


def _require_private(file: Path, status: os.stat_result) -> None:
    if status.st_uid != os.getuid():
        raise ConfigurationError(
            f"{file} belongs to another user: write your own with `volt login`"
        )
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise ConfigurationError(
            f"{file} holds a token, and others may read it: chmod 600 {file} (and if they may have "
            "done so, ask Volt for another token)"
        )


def _toml_text(value: str) -> str:
    """A TOML basic string (TOML 1.0, "String")."""
    escaped = "".join(
        character
        if character.isprintable() and character not in '"\\'
        else f"\\U{ord(character):08x}"
        for character in value
    )
    return f'"{escaped}"'
