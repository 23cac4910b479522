"""The pages that links in mails lead to, for people who are not signed in.

A page does nothing by being looked at: mail programs open links too. It says what the link is for, and a button asks
the door. The token stands behind the # of the address, which the browser keeps to itself until our script reads it.
"""

from html import escape
from pathlib import Path
from typing import NamedTuple

from fastapi import APIRouter, Depends, Response
from fastapi.responses import HTMLResponse

from serving.limits.addresses import ASKING
from serving.problems import Problem

FOLDER = "/account/"  # below it the content security policy lets our own script run (serving/requests.py)
STATIC = Path(__file__).with_name("static")
FILES = {"page.js": "text/javascript", "page.css": "text/css"}
DAY_S = 86_400


class Field(NamedTuple):
    """One line to fill in: its name in the door's body, what a person reads, and HTML's type and autocomplete."""

    name: str
    label: str
    kind: str
    fills: str
    needed: bool = True


class Page(NamedTuple):
    """What is asked, of which door, and what is said when it was done."""

    title: str
    button: str
    door: str
    done: str
    fields: tuple[Field, ...] = ()
    then: str = ""  # a door that is asked next, as whoever signed in by the first


EMAIL = Field("email", "E-mail address", "email", "username")
PASSWORD = Field("password", "Password", "password", "current-password")
NEW_PASSWORD = Field("password", "New password, 12 characters or more", "password", "new-password")
CODE = Field("code", "Code of your second factor, if you have one", "text", "one-time-code", needed=False)

PAGES: dict[str, Page] = {
    "verify-email": Page("Confirm your address", "Confirm", "verify-email", "Your address is confirmed."),
    "forgot-password": Page(
        "Choose a new password", "Send me a link", "forgot-password", "A mail is on its way.", (EMAIL,)
    ),
    "reset-password": Page(
        "Choose a new password", "Take this one", "reset-password", "Your password is changed.", (NEW_PASSWORD,)
    ),
    "sign-in": Page("Sign in", "Sign in", "magic-link/redeem", "You are signed in.", (CODE,)),
    "keep-account": Page(
        "Keep your account", "Keep it", "login", "Your account stays.", (EMAIL, PASSWORD, CODE), "users/me/keep"
    ),
}

router = APIRouter(include_in_schema=False, dependencies=[Depends(ASKING)])


@router.get(FOLDER + "{name}")
async def page(name: str) -> Response:
    """A page, or what it is made of. Raises Problem (not-found)."""
    if name in FILES:
        kept = {"Cache-Control": f"public, max-age={DAY_S}"}
        return Response((STATIC / name).read_bytes(), media_type=FILES[name], headers=kept)
    if name not in PAGES:
        raise Problem("not-found", "There is no such page.")
    return HTMLResponse(_html(PAGES[name]), headers={"Cache-Control": "no-cache"})


def _html(shown: Page) -> str:
    lines = "\n".join(map(_line, shown.fields))
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(shown.title)} · Payband</title>
<link rel="stylesheet" href="{FOLDER}page.css">
<script src="{FOLDER}page.js" defer></script>
<main>
<h1>{escape(shown.title)}</h1>
<form data-door="{escape(shown.door)}" data-then="{escape(shown.then)}" data-done="{escape(shown.done)}">
{lines}
<button>{escape(shown.button)}</button>
</form>
<p role="status" aria-live="polite"></p>
<noscript>This page needs JavaScript: the link's token must not leave your browser by itself.</noscript>
</main>
"""


def _line(field: Field) -> str:
    needed = " required" if field.needed else ""
    return (
        f'<label>{escape(field.label)}<input name="{field.name}" type="{field.kind}" '
        f'autocomplete="{field.fills}"{needed}></label>'
    )
