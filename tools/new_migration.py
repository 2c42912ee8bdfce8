"""Write the step from the last migration to the tables as the code has them now.

    python -m tools.new_migration "Keep people and their sessions"

What it writes is a draft to be read: Alembic sees new tables, columns and indexes, not what a change means
for rows that are there. docs/migrations.md says what to look at.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData

from core.database import metadata
from core.database.migrating import FOLDER, known_revisions, migrate
from core.database.opening import bare_engine

ROOT = Path(__file__).resolve().parents[1]
_USES = re.compile(r"^from core\.database(\.tables)? import .*\bmetadata\b", re.MULTILINE)


def all_tables() -> MetaData:
    """Return every table there is in the code: each package that keeps records defines its own."""
    for path in sorted((ROOT / "core").rglob("*.py")):
        if _USES.search(path.read_text(encoding="utf-8")):
            import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    return metadata


@click.command()
@click.argument("message")
def main(message: str) -> None:
    """Write the next file of core/database/migrations/versions."""
    revision = f"{int(known_revisions()[-1]) + 1:04d}"
    tables = all_tables()
    engine = bare_engine("sqlite://")
    with engine.begin() as connection:
        migrate(connection)
        config = Config(attributes={"connection": connection, "metadata": tables}, stdout=sys.stderr)
        config.set_main_option("script_location", str(FOLDER))
        slug = re.sub(r"[^a-z0-9]+", "_", message.lower()).strip("_")
        config.set_main_option("file_template", f"v{revision}_{slug}")
        made = command.revision(config, message=message, rev_id=revision, autogenerate=True)
    path = Path(made.path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "# ###" not in line), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", path], check=True)  # noqa: S603 - our own file
    click.echo(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
