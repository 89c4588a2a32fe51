"""Where the contract lies: `schema.graphql` and `queries/`, in the repository or in the wheel."""

from pathlib import Path


def package_folder() -> Path:
    """Return the folder of the package `volt`, installed or in the repository."""
    return Path(__file__).parent


def schema_path() -> Path:
    """Return where schema.graphql is: in an installed package, else at the repository's root."""
    return _path("schema.graphql")


def queries_path() -> Path:
    """Return where the folder queries is: in an installed package, else in the repository."""
    return _path("queries")


def is_installed() -> bool:
    """Whether the contract is part of an installed package, which is not to be edited."""
    return (package_folder() / "contract").exists()


def _path(name: str) -> Path:
    folder = package_folder()
    return (folder / "contract" if is_installed() else folder.parent) / name
