"""Spans of knowledge: tokens, decoding, training on a tiny set, and texts that nobody should send."""

import itertools
import random
import re
from pathlib import Path

import numpy as np
import pytest

from kit.errors import BadInput
from normalisation.skill_spans import MAX_CHARACTERS, network, skill_spans
from normalisation.skill_spans.build import sentence_of, train
from normalisation.skill_spans.decoding import LABELS, Span, best_spans, chances_of, spans_of
from normalisation.skill_spans.lexicon import Lexicon, Sentence
from normalisation.skill_spans.model import PARTS, built_in_resources
from normalisation.skill_spans.phrases import phrase_set, tags
from normalisation.skill_spans.tokens import sentences, trimmed
from normalisation.skill_spans.words import Words, plain, shape, stem


def test_sentences_keep_the_place_of_their_tokens() -> None:
    text = "You know C++, SQL (Oracle) and Node.js. We offer:\n• tea"
    found = list(sentences(text))
    assert [[token.text for token in tokens] for tokens in found] == [
        ["You", "know", "C++", "SQL", "(", "Oracle", ")", "and", "Node.js", "."],
        ["We", "offer:"],
        ["•", "tea"],
    ]
    assert all(text[token.start : token.end] == token.text for tokens in found for token in tokens)


def test_edges_of_spans_lose_punctuation_but_names_stay_whole() -> None:
    for text, expected in (("(AWS).", "AWS"), ("C#", "C#"), (".NET,", ".NET"), (" - Git ", "Git"), ("...", "")):
        start, end = trimmed(text, 0, len(text))
        assert text[start:end] == expected


def test_words_are_folded_alike() -> None:
    assert [plain(token) for token in ("Python3,", "(SQL)", "...")] == ["python0", "sql", "..."]
    assert [stem(word) for word in ("testing", "databases", "sql")] == ["test", "databas", "sql"]
    assert shape("DevOps2021") == "XxxXxx00"


def test_longest_phrase_is_tagged() -> None:
    known = phrase_set(["machine learning", "machine", "big, data"])
    assert tags(["machine", "learning", "machine", "big", "data"], known) == ["B", "E", "S", "B", "E"]


def _all_sequences(n_tokens: int) -> list[str]:
    """Every well-formed sequence of labels."""
    sequences = map("".join, itertools.product("OBIES", repeat=n_tokens))
    return [each for each in sequences if re.fullmatch("(O|S|BI*E)+", each)]


def test_chances_are_those_of_all_well_formed_sequences() -> None:
    probability = np.random.default_rng(3).dirichlet(np.ones(len(LABELS)), size=5)
    sequences = [[LABELS.index(label) for label in each] for each in _all_sequences(5)]
    weights = [float(np.prod(probability[range(5), each])) for each in sequences]
    spans_told = [spans_of([LABELS[label] for label in each]) for each in sequences]
    true = list(zip(spans_told, weights, strict=True))
    total = sum(weights)
    chances = chances_of(probability)
    for start, end in itertools.combinations(range(6), 2):
        exact = sum(weight for spans, weight in true if (start, end) in spans)
        begun = sum(weight for spans, weight in true if any(start <= first < end for first, _ in spans))
        ended = sum(weight for spans, weight in true if any(start < last <= end for _, last in spans))
        found = (each[start, end - start - 1] for each in (chances.exact, chances.begun, chances.ended))
        assert list(found) == pytest.approx([exact / total, begun / total, ended / total])


def test_spans_are_those_of_most_expected_matches() -> None:
    chances = chances_of(np.random.default_rng(5).dirichlet(np.ones(len(LABELS)), size=6))
    gain = 0.4 * chances.exact + 0.3 * (chances.begun + chances.ended) - 0.3

    def value(spans: list[Span]) -> float:
        return sum(gain[start, end - start - 1] for start, end in spans)

    found = best_spans(chances, 0.4, 0.3)
    assert found
    assert value(found) == pytest.approx(max(value(spans_of(labels)) for labels in _all_sequences(6)))


@pytest.mark.parametrize(("cost", "spans"), [(0.5, []), (0.3, [(0, 1)])])
def test_a_lower_cost_finds_more(cost: float, spans: list[Span]) -> None:
    assert best_spans(chances_of(np.array([[0.6, 0.0, 0.0, 0.0, 0.4]])), 0.4, cost) == spans


def test_labels_of_the_training_set_become_spans() -> None:
    row = {"source": "tech", "idx": 1, "tokens": ["a", "b", "c", "d"], "tags_knowledge": ["B", "B", "I", "O"]}
    sentence = sentence_of(row | {"tags_skill": ["O", "B", "I", "O"]})
    assert sentence.labels == ("S", "B", "E", "O")
    assert sentence.in_skill == (False, True, True, False)


def test_a_document_is_not_told_of_its_own_labels() -> None:
    own = Sentence("one", ("Fortran",), ("S",), (False,))
    other = Sentence("two", ("Cobol",), ("S",), (False,))
    lexicon = Lexicon.count([own, other]).without(Lexicon.count([own]))
    assert (lexicon.word("fortran"), lexicon.word("cobol")) == ("n", "few4")
    assert tags(["fortran"], lexicon.phrases) == [""]


def test_training_twice_gives_the_same_bytes_and_learns(tmp_path: Path) -> None:
    letters = "XYZVW" * 12
    known = [Sentence(f"{n}", ("Knowledge", "of", w), ("O", "O", "S"), (False,) * 3) for n, w in enumerate(letters)]
    others = [Sentence(f"{n}", ("We", "like", w), ("O", "O", "O"), (False,) * 3) for n, w in enumerate(letters)]
    known += [Sentence("long", ("big", "data"), ("B", "E"), (False,) * 2)] * 12  # more than two labels
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        tagger = train(known + others, built_in_resources())
        tagger.save(tmp_path / name)
    for part in ("field.crfsuite.xz", "networks.npz", "lexicon.tsv.gz"):
        assert (tmp_path / "one" / part).read_bytes() == (tmp_path / "two" / part).read_bytes()
    assert tagger.spans([["Knowledge", "of", "Q"], ["We", "like", "Q"]]) == [[(2, 3)], []]
    assert tagger.spans([]) == []
    assert tagger.spans([[], ["We"]]) == [[], []]


def test_networks_survive_saving(tmp_path: Path) -> None:
    shipped = network.load(PARTS / "networks.npz")
    network.save(tmp_path / "networks.npz", shipped)
    assert (tmp_path / "networks.npz").read_bytes() == (PARTS / "networks.npz").read_bytes()


def test_words_survive_saving(tmp_path: Path) -> None:
    known = built_in_resources().words
    known.save(tmp_path / "words.npz")
    assert (tmp_path / "words.npz").read_bytes() == (PARTS / "words.npz").read_bytes()
    again = Words.load(tmp_path / "words.npz")
    assert again.bond("machine", "learning") == known.bond("machine", "learning") != "00"
    assert again.bond("zzzz", "learning") == "??"


def test_lexicon_survives_saving(tmp_path: Path) -> None:
    lexicon = Lexicon.load(PARTS / "lexicon.tsv.gz")
    lexicon.save(tmp_path / "lexicon.tsv.gz")
    assert (tmp_path / "lexicon.tsv.gz").read_bytes() == (PARTS / "lexicon.tsv.gz").read_bytes()


def test_what_ships_is_small() -> None:
    assert sum(path.stat().st_size for path in PARTS.iterdir()) < 3_000_000


def test_spans_of_a_text_point_at_their_words() -> None:
    text = "Requirements:\n• Experience with Python, Kubernetes (AWS) and Terraform.\n• A degree in computer science."
    found = skill_spans(text)
    assert {"Python", "Kubernetes", "Terraform"} <= {span.text for span in found}
    assert all(text[span.start : span.end] == span.text and 0 < span.probability <= 1 for span in found)
    assert [span.start for span in found] == sorted(span.start for span in found)
    assert not any("," in span.text for span in found)


def test_words_beyond_the_list_are_found_by_what_stands_around_them() -> None:
    found = {span.text for span in skill_spans("- Experience with Zorblaxian and Python\n- Knowledge of Quuxlang")}
    assert {"Zorblaxian", "Python"} <= found


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t\r\n ",
        "\x00\x01\xff\ufeff\u200b\x85",
        ", , ,,, ( ) . . .",
        "Kenntnisse in Python und Java; Führerschein Klasse B.",
        "プログラミング経験と機械学習の知識が必要です。",
        "خبرة في بايثون وقواعد البيانات",
        "a" * 20_000,
        "Python " * 3_000,
    ],
)
def test_odd_texts_give_spans_within_them(text: str) -> None:
    for span in skill_spans(text):
        assert text[span.start : span.end] == span.text != ""


def test_binary_rubbish_is_read_as_a_text() -> None:
    rubbish = random.Random(7).randbytes(20_000).decode("latin-1")
    assert all(rubbish[span.start : span.end] == span.text for span in skill_spans(rubbish))


def test_a_text_that_is_too_long_is_refused_with_the_reason() -> None:
    with pytest.raises(BadInput, match="too long to look for spans"):
        skill_spans("x" * (MAX_CHARACTERS + 1))
