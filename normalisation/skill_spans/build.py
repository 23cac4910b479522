"""Train the tagger anew: `python -m normalisation.skill_spans.build --train skillspan_train.jsonl.gz`.

Reads the training part of SkillSpan and the parts that `build_words` and `build_phrases` wrote; writes the lexicon and
both models beside them. The same files give the same bytes. `--folds 4` cross-validates instead, by document.
"""

import argparse
import gzip
import json
import lzma
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from normalisation.skill_spans.decoding import best_labels, spans_of
from normalisation.skill_spans.features import Resources, features
from normalisation.skill_spans.lexicon import Lexicon, Sentence, documents
from normalisation.skill_spans.model import MEMBERS, PARTS, SpanTagger, built_in_resources
from normalisation.skill_spans.phrases import bioes

# c1 and c2 weigh the L1 and L2 penalties; a feature met once is dropped. Chosen by cross-validation.
SETTINGS = {"c1": 0.05, "c2": 0.3, "max_iterations": 100, "feature.minfreq": 2, "feature.possible_transitions": True}
CAUTIONS = (1.0, 0.6, 0.5, 0.45, 0.33, 0.25, 0.17)


def read_sentences(path: Path) -> list[Sentence]:
    """A file of SkillSpan as sentences."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [_sentence(json.loads(line)) for line in lines]


def _sentence(row: dict) -> Sentence:
    labels: list[str] = []
    length = 0
    for tag in [*row["tags_knowledge"], "B"]:
        if tag != "I" and length:
            labels += bioes(length)
            length = 0
        if tag == "O":
            labels.append("O")
        else:
            length += 1
    in_skill = tuple(tag != "O" for tag in row["tags_skill"])
    return Sentence(f"{row['source']} {row['idx']}", tuple(row["tokens"]), tuple(labels), in_skill)


def train(sentences: Sequence[Sentence], resources: Resources, lexicon: Lexicon) -> list[bytes]:
    """One model of each of MEMBERS. A document's own labels are taken out of the lexicon for its own sentences."""
    seen: list[list[list[str]]] = []
    ordered: list[Sentence] = []
    for own in documents(sentences).values():
        others = lexicon.without(Lexicon.count(own))
        seen += [features(sentence.tokens, resources, others) for sentence in own]
        ordered += own
    return [_fitted(seen, [_targets(sentence, member) for sentence in ordered]) for member in MEMBERS]


def _targets(sentence: Sentence, member: str) -> list[str]:
    if member == "plain":
        return list(sentence.labels)
    return [label + ("s" if skill else "o") for label, skill in zip(sentence.labels, sentence.in_skill, strict=True)]


def _fitted(seen: Sequence[list[list[str]]], targets: Sequence[list[str]]) -> bytes:
    import pycrfsuite

    trainer = pycrfsuite.Trainer("lbfgs", SETTINGS, verbose=False)
    for shown, target in zip(seen, targets, strict=True):
        trainer.append(shown, target)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        trainer.train(str(path))
        return path.read_bytes()


def cross_validated(sentences: Sequence[Sentence], resources: Resources, folds: int) -> dict[float, float]:
    """Strict F1 for each of CAUTIONS, over documents that were not trained on."""
    grouped = documents(sentences)
    matched = dict.fromkeys(CAUTIONS, 0)
    spans = dict.fromkeys(CAUTIONS, 0)
    for fold in range(folds):
        held = [s for place, own in enumerate(grouped.values()) if place % folds == fold for s in own]
        kept = [s for place, own in enumerate(grouped.values()) if place % folds != fold for s in own]
        lexicon = Lexicon.count(kept)
        tagger = SpanTagger(train(kept, resources, lexicon), resources, lexicon)
        for sentence in held:
            probability = tagger.probabilities(sentence.tokens)
            labelled = set(spans_of(sentence.labels))
            for caution in CAUTIONS:
                found = set(spans_of(best_labels(probability, caution)))
                matched[caution] += len(found & labelled)
                spans[caution] += len(found) + len(labelled)
    return {caution: 2 * matched[caution] / spans[caution] for caution in CAUTIONS}


def main() -> None:
    """Train on --train, or cross-validate in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=Path, required=True, help="skillspan_train.jsonl.gz")
    parser.add_argument("--folds", type=int, default=0, help="cross-validate by document instead of training")
    asked = parser.parse_args()
    sentences, resources = read_sentences(asked.train), built_in_resources()
    if asked.folds:
        for caution, strict in cross_validated(sentences, resources, asked.folds).items():
            sys.stdout.write(f"caution {caution:.2f}: strict F1 {strict:.4f}\n")
        return
    lexicon = Lexicon.count(sentences)
    lexicon.save(PARTS / "lexicon.tsv.gz")
    for member, model in zip(MEMBERS, train(sentences, resources, lexicon), strict=True):
        (PARTS / f"{member}.crfsuite.xz").write_bytes(lzma.compress(model, preset=9))


if __name__ == "__main__":
    main()
