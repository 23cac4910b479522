"""One history of the application database's schema: `migrate` brings a database to its head."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.exc import OperationalError

from kit.errors import Retriable
from kit.secrets import Secrets


def migrate(owner_url: str, secrets: Secrets | None = None, to: str = "head") -> None:
    """Bring the database to the newest schema, or `to` an older one; nothing is done when it is there.

    `owner_url` names the tables' owner. A database that has users from before addresses were sealed needs the
    installation's `secrets`. Raises BadInput, and Retriable while the server does not answer.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = owner_url
    config.attributes["secrets"] = secrets
    try:
        command.upgrade(config, to)
    except OperationalError as error:
        why, *_ = str(error.orig).splitlines()
        raise Retriable(f"the database does not answer: {why}") from error
