"""The scopes: what a credential may be limited to. A scope is one entry here; docs/how_to/add_a_scope.md says the rest.

A session has every scope of its user's role. A key has those that it was made with, as far as its user's role still
carries them: an administrator who becomes a user again has no administrator's keys. A test key can have those alone
that open nothing real.
"""

from dataclasses import dataclass

from accounts.identity import ROLES, Mode, Role


@dataclass(frozen=True)
class Scope:
    """`role` is the least that may have it; `description` is what a person reads who grants it.

    `test`: a test key may have it, because all that it opens answers a test key from the sample.
    """

    name: str
    description: str
    role: Role = "user"
    test: bool = False


SCOPES: dict[str, Scope] = {
    scope.name: scope
    for scope in (
        Scope("insights:read", "Ask the insight doors", test=True),
        Scope("account:read", "Read the account: profile, sessions, sign-in methods"),
        Scope("account:write", "Change the account, and ask for its deletion"),
        Scope("keys:read", "List API keys, never their text"),
        Scope("keys:write", "Make, change, rotate and revoke API keys, within the rights of the one who asks"),
        Scope("usage:read", "Read how much was used, by day and door"),
        Scope("webhooks:read", "See webhook endpoints, and what was sent to them"),
        Scope("webhooks:write", "Make, change and remove webhook endpoints, and have events sent again"),
        Scope("licences:read", "List licences and the machines that they are bound to, never their keys"),
        Scope("licences:write", "Hand licences on, take them over, unbind machines"),
        Scope("billing:read", "Read what was bought: credits and what became of them"),
        Scope("billing:write", "Redeem codes, and do what costs credits or money"),
        Scope("export:write", "Have everything that is held on the account packed up, and fetch it"),
        Scope("admin:read", "See every user, their usage and the audit log", "admin"),
        Scope("admin:write", "Suspend users, set roles and plans", "admin"),
    )
}


def scopes_of(role: Role, mode: Mode = "live") -> frozenset[str]:
    """Every scope that this role may have, by a session or a key of this mode."""
    return _BY_ROLE[role] & OF_TEST_KEYS if mode == "test" else _BY_ROLE[role]


OF_TEST_KEYS = frozenset(scope.name for scope in SCOPES.values() if scope.test)
_BY_ROLE = {
    role: frozenset(s.name for s in SCOPES.values() if ROLES.index(s.role) <= ROLES.index(role)) for role in ROLES
}
