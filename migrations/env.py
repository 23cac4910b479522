"""How Alembic reaches the database: by the URL that `migrate` is given."""

from alembic import context
from sqlalchemy import create_engine, pool, text

from accounts.keys.models import ApiKey
from accounts.users.models import User
from kit.database import Base, driver_url

TABLES = (User, ApiKey)  # importing them puts them into Base.metadata
ONE_AT_A_TIME = 0x7061_7962  # any number that nobody else locks


def run() -> None:
    """Run the migrations in one transaction, while no other process runs them."""
    engine = create_engine(driver_url(context.config.attributes["url"], "psycopg"), poolclass=pool.NullPool)
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": ONE_AT_A_TIME})
        context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
        context.run_migrations()
    engine.dispose()


run()
