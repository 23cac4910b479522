"""Text as sources send it, made plain: decoded once, without markup, with its encoding mended."""

import html
import re

import ftfy
from selectolax.lexbor import LexborHTMLParser

# What UTF-8 read as Latin-1 or cp1252 leaves behind; ftfy decides, this only spares it the clean texts.
_SUSPECT = re.compile("[ÂÃâðÅÄ�][\\x80-\\xbf€-™…]|â€")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_CUT_TAG = re.compile(r"<[a-zA-Z]+\s+[\w:-]+=\"[^<>]*$")  # excerpts end anywhere
_ESCAPED_TAG = re.compile(r"&(?:amp;)?lt;/?[a-zA-Z]")
_BLOCK = re.compile(
    r"</?(?:p|div|br|ul|ol|h[1-6]|tr|table|section|article|header|footer|blockquote|hr|dl|dt|dd|pre|form)\b[^<>]*>",
    re.I,
)
_ITEM = re.compile(r"<li\b[^<>]*>", re.I)
_SPACES = re.compile(r"[^\S\n]{2,}|[^\S\n ]")
_LINES = re.compile(r" ?\n ?(?:\n ?)*")
_UNSEEN = ["script", "style", "template", "noscript"]


def mended(text: str) -> str:
    """The text with double-encoded characters ("MecÃ¡nico") put right; clean text comes back unchanged."""
    return ftfy.fix_encoding(text) if _SUSPECT.search(text) else text


def plain(text: str) -> str:
    """The words of an HTML text, also when the HTML itself was escaped: a line a block, "- " before list items."""
    for _ in range(2):
        if _TAG.search(text) or not _ESCAPED_TAG.search(text):
            break
        text = html.unescape(text)
    text = _CUT_TAG.sub("", text)
    if _TAG.search(text):
        text = _ITEM.sub("\n- ", _BLOCK.sub("\n", text))
        tree = LexborHTMLParser(text)
        tree.strip_tags(_UNSEEN)
        text = tree.body.text(deep=True) if tree.body else ""
    elif "&" in text:
        text = html.unescape(text)
    return _LINES.sub("\n", _SPACES.sub(" ", mended(text).replace("\u200b", ""))).strip()


def one_line(text: str) -> str:
    """`plain` text without line ends: titles, names, places."""
    return " ".join(plain(text).split())
