"""The language a text is written in (ISO 639-1)."""

from functools import cache
from typing import Any

import polars as pl

# How much of a text is looked at, in characters: enough for a dozen function words.
HEAD = 400
# Fewest function words, and the lead over the next language, that decide without the library.
FEWEST, LEAD = 3, 2
# Below this many letters a guess is worth nothing.
FEWEST_LETTERS = 25

# What the library may answer: languages that jobs are advertised in, and how sure it must be. Left free it finds
# Luxembourgish and Latin in lists of German and English product names.
LANGUAGES = [
    *("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "no", "fi", "cs", "sk", "hu", "ro", "bg", "el"),
    *("hr", "sl", "sr", "lt", "lv", "et", "uk", "ru", "tr", "he", "ar", "fa", "hi", "bn", "ta", "th", "vi", "id"),
    *("ms", "tl", "zh", "ja", "ko", "ca", "hy", "ka"),
]
SURE = 0.8

# Words that are frequent in one language and rare or absent in the others; one written form may stand in two.
FUNCTION_WORDS = {
    "en": "the and of to for with you your our we are is this that will as on or have from be an",
    "de": (
        "der die das und für mit wir sie sind ist eine einen einer ein dein deine ihre bei zu im auf den dem des "
        "von oder als auch"
    ),
    "fr": "le la les des et du une un pour vous nous dans est sur avec au aux votre notre qui que vos nos",
    "es": "el la los las y del para con por una un en que se nuestro nuestra su sus como más",
    "it": "il lo la gli di e per con una un del della che sono nostro nostra dei delle nel alla siamo",
    "nl": "de het een en van voor met je jij wij zijn is op aan dat bij onze ons als ook te",
    "pt": "o os as e do da dos das para com uma um em que na no nossa nosso você mais",
    "pl": "i w z na do się jest oraz dla nie od przez jako lub które nasz praca",
    "sv": "och att det som för med på är en ett vi du av till har kommer dig vår",
}
# Words that no other of these languages has: this many in one head, and the others need not be counted.
PLAIN_ENGLISH, ENOUGH = r"(?-u:\b)(?:the|and|of|with|you|your|our|are|this)(?-u:\b)", 6
_SEEN = {
    language: r"(?-u:\b)(?:" + "|".join(words.split()) + r")(?-u:\b)" for language, words in FUNCTION_WORDS.items()
}


def language(text: pl.Expr) -> pl.Expr:
    """The language of each text from its first `HEAD` characters; null where there is too little to tell.

    Function words decide the common case (a few microseconds a text); py3langid is asked for the rest only.
    """

    def run(values: pl.Series) -> pl.Series:
        heads = values.to_frame("text").select(pl.col("text").str.head(HEAD).str.to_lowercase())
        english = heads.select(pl.col("text").str.count_matches(PLAIN_ENGLISH) >= ENOUGH).to_series().fill_null(False)
        plain = heads.filter(english).unique().with_columns(found=pl.lit("en"))
        judged = pl.concat([plain, _by_words(heads.filter(~english).unique())])
        letters = pl.col("text").str.count_matches(r"\pL")
        rest = judged.filter(pl.col("found").is_null()).select("text").filter(letters >= FEWEST_LETTERS)
        asked = rest.with_columns(asked=pl.Series([_by_library(text) for text in rest["text"]], dtype=pl.String))
        known = judged.join(asked, on="text", how="left").select("text", found=pl.coalesce("found", "asked"))
        return heads.join(known, on="text", how="left", maintain_order="left")["found"]

    return text.map_batches(run, return_dtype=pl.String, is_elementwise=True)


def _by_words(heads: pl.DataFrame) -> pl.DataFrame:
    """`heads` (a column `text`) with `found`: the language whose function words clearly lead, else null."""
    counted = heads.with_columns(pl.col("text").str.count_matches(seen).alias(name) for name, seen in _SEEN.items())
    in_order = pl.concat_list(list(_SEEN)).list.eval(pl.element().sort(descending=True))  # list.sort is far slower
    ranked = counted.with_columns(ranked=in_order).with_columns(
        first=pl.col("ranked").list.get(0), second=pl.col("ranked").list.get(1)
    )
    decided = (pl.col("first") >= FEWEST) & (pl.col("first") >= LEAD * pl.col("second"))
    winner = pl.coalesce(pl.when(pl.col(name) == pl.col("first")).then(pl.lit(name)) for name in _SEEN)
    return ranked.select("text", found=pl.when(decided).then(winner))


@cache
def _library() -> Any:
    from py3langid import langid  # loads a model: only when a text needs it

    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier


def _by_library(text: str) -> str | None:
    code, probability = _library().classify(text)
    return str(code) if probability >= SURE else None
