"""One history of the application database's schema: `migrate` brings a database to its head."""

from pathlib import Path

from alembic import command
from alembic.config import Config


def migrate(owner_url: str) -> None:
    """Bring the database to the newest schema; does nothing when it is there. `owner_url` names the tables' owner."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = owner_url
    command.upgrade(config, "head")
