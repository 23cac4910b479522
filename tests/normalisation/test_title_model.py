"""The model of titles, what lists add to it, and how both are fitted."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from normalisation import build_title_model, title_training
from normalisation.reference.soc import NEW_IN_2018, parts_of_soc2010
from normalisation.title_evidence import Evidence, KnownTitles, load_filed, match_keys
from normalisation.title_features import features_of, tokens_of
from normalisation.title_fitting import Case, Trial, fit
from normalisation.title_model import TitleModel, built_in_model
from normalisation.title_posterior import Codes, Weights, add_evidence, fitted_weights, prior
from normalisation.title_split import FOLDS, fold_of
from normalisation.title_text import clean_parts
from normalisation.title_training import Example, train

WORK = {"15-1252": "software programmer coder", "29-1141": "ward nurse midwife", "53-3032": "truck lorry driver"}
KINDS = ("senior", "night", "chief", "relief", "district", "mobile", "lead", "junior")


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    pairs = [(code, f"{kind} {noun}") for code, nouns in WORK.items() for noun in nouns.split() for kind in KINDS]
    return [Example(tuple(clean_parts(title)), (((code,), 1.0),)) for code, title in pairs]


@pytest.fixture(scope="module")
def small(examples: list[Example]) -> TitleModel:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(title_training, "ROUNDS", 60)
        return train(examples, ["ward nurse"])


def chances(model: TitleModel, *titles: str) -> dict[str, list[float]]:
    table = prior(model.scores([clean_parts(title) for title in titles])[0], 1.0)
    return dict(zip(titles, table.tolist(), strict=True))


def test_it_learns_what_words_name(small: TitleModel) -> None:
    assert small.codes == tuple(sorted(WORK))
    told = chances(small, "holiday nurse", "lorry driver, nights", "coder")
    assert [max(zip(row, small.codes, strict=True))[1] for row in told.values()] == ["29-1141", "53-3032", "15-1252"]


def test_the_same_examples_make_the_same_model(examples: list[Example]) -> None:
    one, other = train(examples), train(examples)
    assert np.array_equal(one.inwards, other.inwards)
    assert np.array_equal(one.outwards, other.outwards)


def test_texts_teach_what_words_have_to_do_with_but_bring_none(examples: list[Example]) -> None:
    texts = [Example(("night lorry hauling hauling",), ((("29-1141",), 1.0),))] * 40
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(title_training, "ROUNDS", 20)
        plain, taught = train(examples), train(examples, texts=texts)
    assert taught.vocabulary == plain.vocabulary
    assert "w:hauling" not in taught.vocabulary
    nurse = plain.codes.index("29-1141")
    assert chances(taught, "lorry")["lorry"][nurse] > 2 * chances(plain, "lorry")["lorry"][nurse]


def test_a_saved_model_says_the_same(small: TitleModel, tmp_path: Path) -> None:
    small.save(tmp_path / "model.npz")
    again = TitleModel.load(tmp_path / "model.npz")
    titles = [clean_parts(title) for title in ("ward nurse", "mobile programmer", "")]
    assert np.array_equal(again.scores(titles)[0], small.scores(titles)[0])
    assert again.has_learned("ward nurse")
    assert not again.has_learned("ward coder")


def test_a_title_scores_alone_as_in_any_batch() -> None:
    titles = [
        clean_parts(title) for title in ("Payroll clerk", "Crane operator", "Head of Retail", "Bäcker", "x" * 500)
    ]
    together, _ = built_in_model().scores(titles * 41)
    for place, title in enumerate(titles):
        alone, _ = built_in_model().scores([title])
        assert np.array_equal(alone[0], together[place])
        assert np.array_equal(alone[0], together[place - len(titles)])


def test_unknown_words_take_certainty_away() -> None:
    told = chances(built_in_model(), "electrician", "electrician qwertz zuiop asdfg")
    plain, hidden = (max(row) for row in told.values())
    assert hidden < plain


def test_what_has_no_known_feature_is_said_to_have_none() -> None:
    _, known = built_in_model().scores([clean_parts("看護師"), clean_parts("nurse"), []])
    assert known.tolist() == [False, True, False]


def test_a_list_adds_its_worth_and_a_group_is_shared_as_the_model_shares_it() -> None:
    codes = Codes(["15-1252", "15-1254", "29-1141"])
    weights = Weights(1.0, 0.5, {"listed": 3.0, "added": 9.0, "filed": 1.0}, {})
    row = np.array([0.6, 0.2, 0.2])
    nurse = Evidence("listed", "whole", {"29-1141": 1})
    assert add_evidence(row, [nurse], codes, weights) == pytest.approx([0.15, 0.05, 0.8])
    group = Evidence("added", "part", {"15-1250": 1})
    assert add_evidence(row, [group], codes, weights) == pytest.approx([3.975 / 5.5, 1.325 / 5.5, 0.2 / 5.5])
    twice = Evidence("filed", "whole", {"29-1141": 2, "15-1132": 2})
    assert add_evidence(row, [twice], codes, weights) == pytest.approx([2.6 / 5, 0.2 / 5, 2.2 / 5])
    unknown = Evidence("listed", "whole", {"99-1111": 1})
    assert add_evidence(row, [unknown], codes, weights) == pytest.approx(row)
    assert codes.best(row[None])["minor"][0] == ["15-1200"]


def test_our_own_word_is_taken_as_meant_where_no_filings_judge(tmp_path: Path) -> None:
    filed = [("15-1132", "software engineer", 4), ("29-1141", "nurse", 3), ("15-2041", "statistician", 9)]
    judged = build_title_model.judged(filed, built_in_model().codes)
    assert judged == {"15-1252", "15-1250", "15-1200", "15-0000", "15-2041", "15-2040", "15-2000"}
    weights = Weights(1.0, 0.5, {"chosen": 2.0}, {"chosen": {"minor": (1.0, 0.0)}}, judged)
    weights.save(tmp_path / "weights.json")
    assert Weights.load(tmp_path / "weights.json").judged == judged
    nurse, developer = (Evidence("chosen", "whole", {code: 1}) for code in ("29-1141", "15-1252"))
    assert (weights.decides(nurse), weights.worth(nurse), weights.speaker([nurse])) == (True, 9.5, "decided")
    assert (weights.decides(developer), weights.worth(developer), weights.speaker([developer])) == (False, 2, "chosen")
    stated = weights.calibrated(np.array([0.95, 0.7, 0.7]), ["decided", "chosen", "alone"], ["29-1100"] * 3, "minor")
    assert stated == pytest.approx([9.5 / 10.5, 0.7, 0.7])


def test_the_model_alone_is_calibrated_apart_for_groups_that_filings_have_judged() -> None:
    lines = {"alone": {"minor": (1.0, 0.0)}, "alone on filed": {"minor": (1.0, -1.0)}}
    weights = Weights(1.0, 0.5, {}, lines, frozenset({"15-1200"}))
    stated = weights.calibrated(
        np.array([0.5, 0.5, 0.5]), ["alone", "alone", "listed"], ["15-1200", "29-1100", "15-1200"], "minor"
    )
    assert stated == pytest.approx([1 / (1 + np.e), 0.5, 0.5])


def test_sentences_are_labelled_with_every_occupation_they_are_said_of() -> None:
    listed = [("29-1141", "Nurse"), ("15-1252", "Coder")]
    tasks = {"Write programs, test them.": {"15-1252", "99-9999"}, "Rest.": {"99-9999"}}
    material = build_title_model.Material(listed, [], [], {}, {}, tasks)
    assert build_title_model.texts(material) == [Example(("write programs", "test them"), ((("15-1252",), 1.0),), 0.2)]


def test_a_label_asks_in_part_for_its_whole_minor_group() -> None:
    codes = ["15-1252", "15-1254", "29-1141"]
    made = build_title_model.examples([("15-1252", "Coder"), ("29-1141", "Nurse")], [("15-1132", "coder", 4)], codes)
    kin = (("15-1252", "15-1254"), pytest.approx(0.3))
    assert [example.labels for example in made] == [
        ((("15-1252",), pytest.approx(0.7)), kin),
        ((("29-1141",), pytest.approx(1.0)),),
        ((("15-1252",), pytest.approx(0.7)), kin),
    ]
    assert [example.weight for example in made] == [1.0, 1.0, 6.0]


def test_a_title_is_read_as_words_pairs_and_last_words() -> None:
    assert tokens_of(["data engineer", "night"]) == [
        ("w:data", 5), ("w:engineer", 5), ("b:data engineer", 5), ("h0:engineer", 5), ("w:night", 2), ("h1:night", 2),
    ]  # fmt: skip
    assert features_of("w:it") == [("w:it", 10), ("c: it", 3), ("c:it ", 3), ("c: it ", 3), ("c: it ", 3)]
    assert features_of("b:data engineer") == [("b:data engineer", 8)]
    assert len(tokens_of(["x y " * 5_000] * 9)) == 4 * (12 + 11 + 1)


def test_labels_of_2010_mean_what_2018_made_of_them() -> None:
    codes = built_in_model().codes
    assert parts_of_soc2010("15-1132", codes) == ("15-1252",)
    assert set(parts_of_soc2010("15-1199", codes)) == {"15-1243", "15-1253", "15-1255", "15-1299"}
    assert parts_of_soc2010("nothing", codes) == ()
    assert {"15-2051", "13-1082"} <= NEW_IN_2018 <= set(codes)


def test_fitted_weights_follow_what_was_right(small: TitleModel) -> None:
    """Filings are right here and what was listed is not: the one comes to weigh more, the other next to nothing."""
    nouns = [noun for names in WORK.values() for noun in names.split()]
    titles = [f"holiday {noun}" for noun in nouns]
    known = KnownTitles.of([("53-3032", title) for title in titles], filed=[("29-1141", title, 3) for title in titles])
    nurses = [Case((title,), ("29-1141",), 1.0) for title in titles]
    weights = fit([Trial(small, known, [*nurses, Case(("evening driver",), ("53-3032",), 1.0)])])
    assert weights.observations["filed"] > 10 * weights.observations["listed"]
    assert set(weights.calibration) == {"filed", "alone"}


def test_filings_that_ship_are_of_the_years_that_teach() -> None:
    filed = load_filed()
    assert len(filed) > 1000
    newer = KnownTitles.of([], [("15-2051", "Data scientist")]).is_newer_than_filings
    assert not [title for _, title, _ in filed if newer(clean_parts(title))]
    assert fitted_weights().observations["filed"] > 0


def test_spellings_of_a_title_fall_into_one_fold() -> None:
    assert fold_of("Nursing Director") == fold_of("Director of Nursing") == fold_of("NURSING DIRECTORS (m/w/d)")
    assert len({fold_of(f"{word} clerk") for word in "abcdefghijklmnopqrstuvwxyz"}) == FOLDS


def test_material_leaves_out_what_is_kept_apart_whoever_lists_it() -> None:
    material = build_title_model.Material(
        [("11-9111", "Director of Nursing"), ("29-1141", "Ward nurse")],
        [("11-9111", "Nursing directors"), ("29-1141", "Nurse")],
        [("11-9111", "Nursing Directors")],
        {},
        {"Nursing Director": {"11-9111"}, "Ward nurse": {"29-1141"}},
    )
    left = material.without(lambda title: "irector" in title)
    assert (left.listed, left.chosen, left.names) == ([("29-1141", "Ward nurse")], [("29-1141", "Nurse")], [])


def test_filings_are_cleaned_counted_and_parted_by_year() -> None:
    frame = pl.DataFrame(
        {
            "JOB_TITLE": ["SR. NURSE", "Senior nurse", None, "NURSE - 123456", "(m/w/d)"],
            "soc": ["29-1141"] * 5,
            "YEAR": [2015, 2015, 2015, 2016, 2016],
        }
    )
    assert build_title_model.read_filed(frame) == {
        2015: [("29-1141", "senior nurse", 2)],
        2016: [("29-1141", "nurse", 1)],
    }


@pytest.mark.parametrize("title", ["", "x" * 10_000, "nurse " * 2_000, "🚀🚀", "медсестра", "看護師", "\x00\ud7ff"])
def test_any_text_has_keys_or_none(title: str) -> None:
    assert all(isinstance(key, str) and key for key in match_keys(clean_parts(title)))
