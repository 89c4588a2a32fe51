"""The stock generated client: what ariadne-codegen makes of our schema and query without our plugin."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

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
    fragments = (ROOT / "queries/fragments.graphql").read_text()
    message = re.search(r"^fragment Message on Message \{.*?^\}$", fragments, re.M | re.S)
    assert message is not None
    query = (ROOT / "queries/create_message.graphql").read_text()
    (folder / "queries.graphql").write_text(f"{query}\n{message[0]}\n")
    for kind, is_async in (("sync", "false"), ("async", "true")):
        settings = _SETTINGS.format(schema=ROOT / "schema.graphql", kind=kind, is_async=is_async)
        (folder / f"{kind}.toml").write_text(settings)
        command = [str(Path(sys.executable).parent / "ariadne-codegen"), "client"]
        command += ["--config", f"{kind}.toml"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)  # noqa: S603
