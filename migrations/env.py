"""How Alembic reaches the database: by the URL that `migrate` is given."""

from alembic import context
from sqlalchemy import create_engine, pool, text

from accounts.audit.models import AuditHead, AuditInbox, AuditOnce, AuditRow
from accounts.flags.models import FlagSetting
from accounts.idempotency.models import IdempotencyKey
from accounts.keys.models import ApiKey
from accounts.lockout.models import Attempt
from accounts.mail.models import Mail
from accounts.one_time.models import OneTimeToken
from accounts.privacy.models import AddressTombstone, Deletion, ErasureCertificate, Export
from accounts.providers.models import ProviderEvent, ProviderIdentity, ProviderTombstone
from accounts.second_factor.models import RecoveryCode, SecondFactor
from accounts.sessions.models import RefreshToken, SigningKey, UserSession
from accounts.usage.models import UsageBatch, UsageDay, UsagePack
from accounts.users.models import User
from accounts.vault.models import SealedKey
from billing.credits.models import Books, Code, Entry, Lot, Operation
from billing.customers.models import Customer, LeftCustomer
from billing.hooks.models import AnnouncedRelease, Hook, HookDelivery
from billing.licences.models import Licence, LicenceRevocation, Machine, OfflineFile
from billing.overage.models import OverageChoice, OverageHour, OverageLease
from billing.payments.models import Dispute, Invoice, Payment, Refund
from billing.stripe.events.models import StripeEvent
from billing.subscriptions.models import Entitled, Subscription
from billing.uses.models import ServiceUse
from kit.database import Base, driver_url

TABLES = (  # importing them puts them into Base.metadata
    User,
    SealedKey,
    AuditInbox,
    AuditRow,
    AuditHead,
    AuditOnce,
    Export,
    Deletion,
    ErasureCertificate,
    AddressTombstone,
    ApiKey,
    UserSession,
    RefreshToken,
    SigningKey,
    Attempt,
    OneTimeToken,
    SecondFactor,
    RecoveryCode,
    IdempotencyKey,
    Hook,
    HookDelivery,
    OverageChoice,
    OverageHour,
    OverageLease,
    AnnouncedRelease,
    FlagSetting,
    Mail,
    ProviderIdentity,
    ProviderTombstone,
    ProviderEvent,
    UsagePack,
    UsageDay,
    UsageBatch,
    Licence,
    Machine,
    LicenceRevocation,
    OfflineFile,
    Customer,
    LeftCustomer,
    StripeEvent,
    Payment,
    Invoice,
    Refund,
    Dispute,
    Subscription,
    Entitled,
    ServiceUse,
    Books,
    Lot,
    Operation,
    Entry,
    Code,
)
ONE_AT_A_TIME = 0x7061_7962  # any number that nobody else locks


def run() -> None:
    """Run the migrations in one transaction, while no other process runs them."""
    url = driver_url(context.config.attributes["url"], "psycopg")
    engine = create_engine(url, poolclass=pool.NullPool, connect_args={"connect_timeout": 10})
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": ONE_AT_A_TIME})
        context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
        context.run_migrations()
    engine.dispose()


run()
