"""Which occupations are alike, by what their people are called, do and use.

Each view (words of titles, tasks, technologies ...) ranks all other occupations for an occupation; the logarithms of
the ranks are added with fixed weights. Ranks make views comparable that have no common scale, and logarithms let only
the first places count. The weights were fitted by logistic regression to half of the occupations of O*NET's table of
related occupations (accuracy/career_weights.py fits them again) and are scored on the other half.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from estimation.quantiles import Floats
from estimation.schema import RELATED_OCCUPATIONS

KEPT = 50  # places that are kept of each occupation's order
DECIMALS = 9  # a cosine's last digits depend on the order of sums: no rank may depend on them
SOC_LEVELS = {"major": 2, "minor": 4, "broad": 6, "detailed": 7}  # first characters of a code that name the group
N_COMPONENTS = 100
N_TASK_COMPONENTS = 50

WORD = re.compile(r"[a-z]{2,}")
# Four letters stay.
ENDING = re.compile(r"(?<=\w{4})(ational|ations|ation|ingly|ings|ing|ments|ment|ers|er|ors|or|ies|ed|es|s|ly|al|y|e)$")

WEIGHTS = {
    "words": 0.388,
    "meanings": 0.622,
    "title_spellings": 0.301,
    "title_words": 0.233,
    "task_meanings": 0.328,
    "task_words": 0.056,
    "single_task_meanings": 0.152,
    "technologies": 0.05,
    "job_zone": 0.672,
    "major": 0.019,
    "minor": 0.04,
    "broad": 0.791,
    "detailed": 0.913,
}


@dataclass(frozen=True)
class Compared:
    """`views[name]` is an occupations x occupations array; what a view knows nothing of it says alike of all."""

    codes: list[str]
    views: dict[str, Floats]
    closeness: Floats  # cosine of all words: 0 to 1


def related_occupations(features: pl.DataFrame) -> pl.DataFrame:
    """The first KEPT related occupations of each occupation, as RELATED_OCCUPATIONS, in their order.

    `features` has the columns occupation_code, feature_kind, feature_value (normalisation/reference/onet_work.py);
    every code with a title takes part. Ties go to the smaller code. Independent of the order of the rows.
    """
    compared = compare(features)
    score = blend(compared.views)
    rows = []
    for at, code in enumerate(compared.codes):
        order = [int(i) for i in np.argsort(-score[at], kind="stable") if i != at][:KEPT]
        rows += [
            (code, compared.codes[i], place, round(float(compared.closeness[at, i]), 6))
            for place, i in enumerate(order, start=1)
        ]
    return pl.DataFrame(rows, schema=RELATED_OCCUPATIONS, orient="row")


def blend(views: dict[str, Floats]) -> Floats:
    """The weighted sum of the views, the higher the more alike; rounded, so that equals are equal."""
    return np.asarray(np.round(sum(WEIGHTS[name] * view for name, view in views.items()), DECIMALS))


def compare(features: pl.DataFrame) -> Compared:
    """Every view of the occupations that have a title."""
    texts = _Texts(features)
    closeness = np.zeros((len(texts.codes), len(texts.codes)))
    views: dict[str, Floats] = {}
    for name, cosine in _cosines(texts):
        views[name] = _log_ranks(cosine)
        closeness = cosine if name == "words" else closeness
    zone = texts.numbers("job_zone")
    apart = -np.abs(zone[:, None] - zone[None, :])
    views["job_zone"] = np.where(np.isnan(apart), np.nanmean(apart) if (~np.isnan(apart)).any() else 0.0, apart)
    for level, length in SOC_LEVELS.items():
        groups = np.array([code[:length] for code in texts.codes])
        views[level] = (groups[:, None] == groups[None, :]).astype(float)
    return Compared(texts.codes, views, closeness)


class _Texts:
    """The features as one text an occupation and kind."""

    def __init__(self, features: pl.DataFrame) -> None:
        ordered = features.select("occupation_code", "feature_kind", "feature_value").unique()
        self.features = ordered.sort("occupation_code", "feature_kind", "feature_value")
        titled = self.features.filter(pl.col("feature_kind") == "title")["occupation_code"].unique().sort()
        self.codes: list[str] = titled.to_list()

    def lists(self, *kinds: str) -> list[list[str]]:
        found = self.features.filter(pl.col("feature_kind").is_in(kinds))
        grouped = dict(found.group_by("occupation_code", maintain_order=True).agg("feature_value").iter_rows())
        return [grouped.get(code, []) for code in self.codes]

    def texts(self, *kinds: str) -> list[str]:
        return ["\n".join(values) for values in self.lists(*kinds)]

    def numbers(self, kind: str) -> Floats:
        """The first value of a kind as a number, nan where there is none."""
        return np.array([float(values[0]) if values else np.nan for values in self.lists(kind)])


def _cosines(texts: _Texts) -> Iterator[tuple[str, Floats]]:
    """Name and cosine matrix of each view of texts; views without any word are left out."""
    words: dict[str, Any] = {"analyzer": stems, "sublinear_tf": True, "min_df": 2}
    spellings = {"analyzer": "char_wb", "ngram_range": (3, 5), "min_df": 2, "sublinear_tf": True}
    titles, tasks, everything = texts.texts("title"), texts.texts("task"), texts.texts("title", "description", "task")
    yield from _view("words", everything, words)
    yield from _view("meanings", everything, words, _reduced(N_COMPONENTS))
    yield from _view("title_spellings", titles, spellings)
    yield from _view("title_words", titles, {"analyzer": stems})
    yield from _view("task_meanings", tasks, words, _reduced(N_TASK_COMPONENTS))
    yield from _single_tasks(texts.lists("task"), words)
    technologies: list[Any] = texts.lists("technology")
    yield from _view("technologies", technologies, {"analyzer": _as_it_is, "sublinear_tf": True})


def stems(text: str) -> list[str]:
    """English words without stop words and without their endings: "Sales Managers" gives sales, manag."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return [ENDING.sub("", word, count=1) for word in WORD.findall(text.lower()) if word not in ENGLISH_STOP_WORDS]


def _as_it_is(values: list[str]) -> list[str]:
    return values


def _view(
    name: str, documents: list[Any], options: dict[str, Any], reduce: Callable[[Floats], Floats] = np.asarray
) -> Iterator[tuple[str, Floats]]:
    if (matrix := _weighted(documents, options)) is not None:
        yield name, np.round(reduce((matrix @ matrix.T).toarray()), DECIMALS)


def _weighted(documents: list[Any], options: dict[str, Any]) -> Any:
    """TF-IDF rows of length 1; None where no two documents share a word."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        return TfidfVectorizer(**options).fit_transform(documents)
    except ValueError:  # an empty vocabulary
        return None


def _reduced(n_components: int) -> Callable[[Floats], Floats]:
    """Cosines after latent semantic analysis: the same as of a truncated SVD of the documents, from their products."""

    def reduce(products: Floats) -> Floats:
        from scipy.linalg import eigh

        n = len(products)
        values, vectors = eigh(products, subset_by_index=[max(0, n - n_components), n - 1])
        return _cosine(vectors * np.sqrt(np.maximum(values, 0)))

    return reduce


def _single_tasks(tasks: list[list[str]], options: dict[str, Any]) -> Iterator[tuple[str, Floats]]:
    """An occupation as the mean of its single tasks, by their words and by their meanings.

    Words that stand together in single tasks have like meanings, more so than words of one occupation.
    """
    from scipy.sparse import csr_matrix
    from sklearn.decomposition import TruncatedSVD

    owner = np.repeat(np.arange(len(tasks)), [len(values) for values in tasks])
    matrix = _weighted([task for values in tasks for task in values], options)
    if matrix is None or min(matrix.shape) <= N_COMPONENTS:
        return
    sums = csr_matrix((np.ones(len(owner)), (owner, np.arange(len(owner)))), shape=(len(tasks), len(owner)))
    yield "task_words", np.round(_cosine((sums @ matrix).toarray()), DECIMALS)
    single = TruncatedSVD(N_COMPONENTS, random_state=0, n_iter=3).fit_transform(matrix)
    yield "single_task_meanings", np.round(_cosine(sums @ _unit(single)), DECIMALS)


def _unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0))


def _cosine(rows: Floats) -> Floats:
    unit = _unit(rows)
    return np.asarray(unit @ unit.T)


def _log_ranks(cosine: Floats) -> Floats:
    """Minus the logarithm of each column's place among the row's, 1 the most alike, ties sharing the mean place."""
    from scipy.stats import rankdata

    others = cosine.copy()
    np.fill_diagonal(others, -np.inf)
    return np.asarray(-np.log(rankdata(-others, axis=1)))
