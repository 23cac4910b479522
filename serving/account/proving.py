"""Somebody who is signed in proves who they are once more, before what could lock them out."""

from fastapi import Request

from accounts.identity import Caller
from accounts.lockout import service as lockout
from accounts.passwords import rules
from accounts.passwords import service as passwords
from accounts.sessions import service as sessions
from accounts.sign_in import by_code
from accounts.users.service import email_of
from serving.account.asking import context_of, database_of, judged, lockouts_noted
from serving.problems import Problem


async def prove_password(request: Request, caller: Caller, password: str, wished: str | None = None) -> str:
    """The hash of the password that was proved. A new one that is `wished` for is judged before that.

    Raises Problem (wrong-password) and Refused (locked-out, no-password, weak-password, busy).
    """
    context, database, user_id = context_of(request), database_of(request), caller.user_id
    async with lockouts_noted(request, str(user_id)), database.transaction(user_id) as session:
        if wished is not None:
            rules.accept(wished, await email_of(session, context, user_id))
        counted, kept = await passwords.begin_proof(session, context, user_id)
    async with judged(request, counted):
        good = await context.hasher.check(kept, password)
    if not good:
        raise Problem("wrong-password", "The password is wrong.")
    async with database.transaction(user_id) as session:
        await lockout.succeeded(session, context, counted)
    return kept


async def prove_lately(request: Request, caller: Caller, password: str | None) -> None:
    """A session that was forgotten open, or stolen, is not enough: its sign-in is recent, or the password is sent.

    Raises Problem (proof-required, wrong-password) and Refused (locked-out, no-password, busy).
    """
    async with database_of(request).transaction(caller.user_id) as session:
        if await sessions.is_recent(session, context_of(request), caller):
            return
    if password is None:
        raise Problem("proof-required", "Send the password, or sign in anew and ask within fifteen minutes.")
    await prove_password(request, caller, password)


async def prove_code(request: Request, caller: Caller, code: str) -> None:
    """Raises Problem (wrong-code) and Refused (locked-out, no-second-factor)."""
    context, user_id = context_of(request), caller.user_id
    async with lockouts_noted(request, str(user_id)), database_of(request).transaction(user_id) as session:
        good = await by_code.proved(session, context, user_id, code)
    if not good:
        raise Problem("wrong-code", "The code is wrong, was used, or is over.")
