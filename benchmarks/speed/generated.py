"""The stock generated client: what ariadne-codegen makes of our schema without our plugin."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _query() -> str:
    """`createMessage`, with its fragment, as they stand in queries/."""
    fragments = (ROOT / "queries/fragments.graphql").read_text()
    message = re.search(r"^fragment Message on Message \{.*?^\}$", fragments, re.M | re.S)
    assert message is not None
    return f"{(ROOT / 'queries/create_message.graphql').read_text()}\n{message[0]}\n"


#: What every GraphQL client but ours sends; ours sends what its generated code holds.
QUERY = _query()

_SETTINGS = """
[tool.ariadne-codegen]
schema_path = "{schema}"
queries_path = "queries.graphql"
target_package_path = "."
target_package_name = "stock_{kind}"
async_client = {is_async}

[tool.ariadne-codegen.scalars.DateTime]
type = "datetime.datetime"
"""


def generate(folder: Path) -> None:
    """Make the packages `stock_sync` and `stock_async` in a folder."""
    (folder / "queries.graphql").write_text(QUERY)
    for kind, is_async in (("sync", "false"), ("async", "true")):
        settings = _SETTINGS.format(schema=ROOT / "schema.graphql", kind=kind, is_async=is_async)
        (folder / f"{kind}.toml").write_text(settings)
        command = [str(Path(sys.executable).parent / "ariadne-codegen"), "client"]
        command += ["--config", f"{kind}.toml"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)  # noqa: S603
