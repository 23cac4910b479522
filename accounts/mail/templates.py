"""What is written to people, by kind. A template names its fields in braces; none may be missing and none too many."""

import string
from collections.abc import Mapping
from typing import NamedTuple

MOST = 2_000  # characters of one field


class Template(NamedTuple):
    """A subject and a body; the body alone has fields."""

    subject: str
    body: str


TEMPLATES: dict[str, Template] = {
    "verify_email": Template(
        "Confirm your e-mail address",
        "Please confirm that this address is yours:\n\n{link}\n\nThe link works once, until {until}. "
        "If you did not ask for an account, do nothing: the address will not be used.",
    ),
    "already_registered": Template(
        "You already have an account",
        "Somebody, perhaps you, asked for an account with this address, which has one already.\n\n"
        "Sign in, or choose a new password here:\n\n{link}\n\nIf it was not you, do nothing.",
    ),
    "reset_password": Template(
        "Choose a new password",
        "Somebody, perhaps you, asked for a new password for this account. Choose it here:\n\n{link}\n\n"
        "The link works once, until {until}. If it was not you, do nothing: the password stays as it is.",
    ),
    "magic_link": Template(
        "Your link to sign in",
        "Sign in with this link:\n\n{link}\n\nIt works once, until {until}. Give it to nobody. "
        "If you did not ask for it, do nothing.",
    ),
    "password_changed": Template(
        "Your password was changed",
        "The password of your account was changed at {at}, and every other session was ended.\n\n"
        "If it was not you, choose a new password at once:\n\n{link}",
    ),
    "email_changed": Template(
        "The e-mail address of your account was changed",
        "At {at} your account was given another e-mail address. This one no longer signs in.\n\n"
        "If it was not you, write to us at once.",
    ),
    "second_factor_changed": Template(
        "The second factor of your account was changed",
        "At {at} the second factor of your account was {change}.\n\n"
        "If it was not you, choose a new password at once:\n\n{link}",
    ),
    "provider_linked": Template(
        "Another way to sign in to your account",
        "Since {at} somebody who signs in at {provider} with your e-mail address also comes in to your account.\n\n"
        "If it was not you, choose a new password at once, and write to us:\n\n{link}",
    ),
    "deletion_started": Template(
        "Your account will be deleted",
        "Your account and everything held on you will be erased at {at}.\n\n"
        "Until then you can still change your mind:\n\n{link}",
    ),
    "deletion_cancelled": Template(
        "Your account stays",
        "The deletion of your account was called off at {at}. Nothing was erased.",
    ),
    "deletion_done": Template(
        "Your account was deleted",
        "Everything held on you was erased at {at}. The certificate that says what was erased where has the number "
        "{certificate}.\n\nThis is the last message to you.",
    ),
    "hook_disabled": Template(
        "A webhook endpoint of yours was disabled",
        "Your webhook endpoint {hook} took nothing that it was sent for three days, or said that it is gone. Nothing "
        "more is sent to it until you enable it again.",
    ),
    "licence_issued": Template(
        "Your licence",
        "Thank you for your purchase. Your licence {policy} has the key\n\n{key}\n\nEnter it in the program. "
        "It is shown in this letter alone: keep it.",
    ),
    "export_ready": Template(
        "Your data is ready",
        "What we hold on you can be downloaded once, until {until}:\n\n{link}\n\n"
        "You will be asked to sign in. If you did not ask for it, choose a new password.",
    ),
}


def rendered(kind: str, fields: Mapping[str, str]) -> tuple[str, str]:
    """Subject and text. Raises ValueError, in words without the fields' values, for a kind or fields that do not fit.

    A field is one line of printable text, so that nobody writes paragraphs of their own into our letters.
    """
    template = TEMPLATES.get(kind)
    if template is None:
        raise ValueError(f"no such kind of mail: {kind}; there are {', '.join(TEMPLATES)}")
    wanted = {name for _, name, _, _ in string.Formatter().parse(template.body) if name}
    if wanted != set(fields):
        raise ValueError(f"a mail {kind} has the fields {', '.join(sorted(wanted))}, not {', '.join(sorted(fields))}")
    for name, value in fields.items():
        if not value.isprintable() or len(value) > MOST:
            raise ValueError(
                f"the field {name} of a mail {kind} is not one line of at most {MOST} printable characters"
            )
    return template.subject, template.body.format_map(fields) + "\n"
