"""Which passwords are refused: too short, or among the first that anybody would try.

There is no rule about kinds of characters: it makes people write Password123! and nothing safer. What is refused is
built of words that everybody uses, of runs along the keyboard or the alphabet, of one thing over and over, of digits
alone, or holds the name in the person's address.
"""

import unicodedata

from accounts.errors import Refused
from accounts.passwords.words import WORDS

LEAST, MOST = 12, 128
LOCAL_PART = 3  # characters, from which on a name in a password makes it easier to guess
FEWEST = 5  # different characters
RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop")
LONGEST_WORD = max(map(len, WORDS))
LEET = str.maketrans("013457@$!|€", "oieastasiie")


def normalised(password: str) -> str:
    """The same password, however a keyboard composes its characters."""
    return unicodedata.normalize("NFKC", password)


def accept(password: str, email: str) -> None:
    """Let a good password pass. Raises Refused (weak-password), which says why and repeats nothing of it."""
    text = normalised(password)
    if not LEAST <= len(text) <= MOST:
        raise _weak(f"it has {LEAST} to {MOST} characters")
    plain = text.casefold()
    local = email.partition("@")[0].casefold()
    if len(local) >= LOCAL_PART and local in plain:
        raise _weak("it must not hold the name in your e-mail address")
    if len(set(plain)) < FEWEST or _unit(plain) * 3 <= len(plain):
        raise _weak("it is one thing over and over")
    if plain.isdigit():
        raise _weak("it is made of digits alone")
    if any(_common(letters) for letters in _readings(plain)):
        raise _weak("it is made of words and rows of keys that everybody tries first")


def _weak(why: str) -> Refused:
    return Refused("weak-password", f"This password is not taken: {why}.")


def _unit(text: str) -> int:
    """The length of the shortest piece whose repetition begins with `text`."""
    return next(size for size in range(1, len(text) + 1) if all(text[i] == text[i % size] for i in range(len(text))))


def _readings(text: str) -> set[str]:
    """The letters in it: as written, and with the digits and signs between them read as what they look like."""
    inner = text.strip("".join({char for char in text if not char.isalpha()}))
    looks_like = (inner.translate(LEET), inner.replace("1", "l").translate(LEET))
    return {"".join(filter(str.isalpha, reading)) for reading in (text, *looks_like)}


def _common(letters: str) -> bool:
    """Whether it can be parted, without a rest, into common words and runs of at least three keys."""
    ends = [True] + [False] * len(letters)  # ends[n]: the first n letters can be
    for end in range(1, len(letters) + 1):
        ends[end] = any(
            ends[begin] and (letters[begin:end] in WORDS or _run(letters[begin:end]))
            for begin in range(max(0, end - LONGEST_WORD), end)
        )
    return len(letters) > 0 and ends[-1]


def _run(letters: str) -> bool:
    return len(letters) >= 3 and any(letters in row or letters[::-1] in row for row in RUNS)
