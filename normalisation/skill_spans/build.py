"""Train the tagger anew: `python -m normalisation.skill_spans.build --train skillspan_train.jsonl.gz`.

Reads the training part of SkillSpan and the parts that `build_words` wrote; writes the lexicon, the random field and
the networks beside them. The same files give the same bytes on one kind of machine. `--folds 4` cross-validates by
document instead.
"""

import argparse
import gzip
import json
import sys
import tempfile
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np

from normalisation.skill_spans import network
from normalisation.skill_spans.decoding import best_spans, chances_of, overlapping, spans_of
from normalisation.skill_spans.features import Resources, features
from normalisation.skill_spans.lexicon import Lexicon, Sentence, documents
from normalisation.skill_spans.model import PARTS, SpanTagger, built_in_resources
from normalisation.skill_spans.network import Network
from normalisation.skill_spans.phrases import bioes

# c1 and c2 weigh the L1 and L2 penalties; a feature met once is dropped.
FIELD = {"c1": 0.05, "c2": 0.3, "max_iterations": 100, "feature.minfreq": 2, "feature.possible_transitions": True}
UNITS, EPOCHS = 96, 6
N_NETWORKS = 6  # every other one also learns what lies within a skill: its targets have a second character
SHARES = (0.0, 0.4, 0.6, 0.8, 1.0)
EXACTS = (0.2, 0.3, 0.4, 0.5)
COSTS = (0.24, 0.27, 0.3, 0.33)


def read_sentences(path: Path) -> list[Sentence]:
    """A file of SkillSpan as sentences."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [sentence_of(json.loads(line)) for line in lines]


def sentence_of(row: dict) -> Sentence:
    """A row of SkillSpan; an I that follows no B begins a span."""
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


def train(sentences: Sequence[Sentence], resources: Resources) -> SpanTagger:
    """A tagger. A document's own labels are taken out of the lexicon that its own sentences are seen with."""
    lexicon = Lexicon.count(sentences)
    shown: list[list[list[str]]] = []
    numbers: list[np.ndarray] = []
    ordered: list[Sentence] = []
    for own in documents(sentences).values():
        others = lexicon.without(Lexicon.count(own))
        shown += [features(sentence.tokens, resources, others) for sentence in own]
        numbers += [network.windows(sentence.tokens, resources, others) for sentence in own]
        ordered += own
    field = _fitted_field(shown, [sentence.labels for sentence in ordered])
    return SpanTagger(field, _fitted_networks(np.concatenate(numbers), ordered), resources, lexicon)


def _fitted_field(shown: Sequence[list[list[str]]], labels: Sequence[Sequence[str]]) -> bytes:
    import pycrfsuite

    trainer = pycrfsuite.Trainer("lbfgs", FIELD, verbose=False)
    for seen, label in zip(shown, labels, strict=True):
        trainer.append(seen, list(label))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        trainer.train(str(path))
        return path.read_bytes()


def _fitted_networks(numbers: np.ndarray, sentences: Sequence[Sentence]) -> list[Network]:
    from threadpoolctl import threadpool_limits

    labels = [label for sentence in sentences for label in sentence.labels]
    skills = ["s" if within else "o" for sentence in sentences for within in sentence.in_skill]
    joint = [label + skill for label, skill in zip(labels, skills, strict=True)]
    with threadpool_limits(1):  # sums must not depend on the number of threads
        return [_fitted_network(numbers, joint if seed % 2 else labels, seed) for seed in range(N_NETWORKS)]


def _fitted_network(numbers: np.ndarray, targets: Sequence[str], seed: int) -> Network:
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    fitted = MLPClassifier((UNITS,), alpha=1e-3, batch_size=256, max_iter=EPOCHS, tol=0.0, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it stops early on purpose: further epochs only overfit
        fitted.fit(numbers, targets)
    (hidden, output), (hidden_bias, output_bias) = fitted.coefs_, fitted.intercepts_
    return Network(tuple(map(str, fitted.classes_)), hidden, hidden_bias, output, output_bias)


def cross_validated(
    sentences: Sequence[Sentence], resources: Resources, folds: Sequence[int], of: int
) -> dict[tuple[float, float, float], tuple[float, float]]:
    """Strict and overlap F1 for each share of the networks, worth of an exact match and cost of a span.

    Over documents that were not trained on.
    """
    counts = {choice: np.zeros(3) for choice in product(SHARES, EXACTS, COSTS)}
    for fold in folds:
        places = list(enumerate(documents(sentences).values()))
        tagger = train([each for place, own in places if place % of != fold for each in own], resources)
        held = [each for place, own in places if place % of == fold for each in own]
        opinions = tagger.opinions([sentence.tokens for sentence in held])
        for sentence, (by_field, by_networks) in zip(held, opinions, strict=True):
            labelled = spans_of(sentence.labels)
            chances = {share: chances_of((1 - share) * by_field + share * by_networks) for share in SHARES}
            for share, exact, cost in counts:
                found = best_spans(chances[share], exact, cost)
                matched = 2 * len(set(found) & set(labelled)), 2 * overlapping(found, labelled)
                counts[share, exact, cost] += (*matched, len(found) + len(labelled))
    return {choice: (strict / spans, overlap / spans) for choice, (strict, overlap, spans) in counts.items()}


def main() -> None:
    """Train on --train, or cross-validate in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=Path, required=True, help="skillspan_train.jsonl.gz")
    parser.add_argument("--folds", type=int, default=0, help="cross-validate by document instead of training")
    parser.add_argument("--fold", type=int, action="append", help="only this fold; may be given again")
    asked = parser.parse_args()
    sentences, resources = read_sentences(asked.train), built_in_resources()
    if asked.folds:
        chosen = asked.fold or range(asked.folds)
        for choice, f1 in cross_validated(sentences, resources, chosen, asked.folds).items():
            told = "strict {:.4f}, overlap {:.4f}".format(*f1)
            sys.stdout.write("networks {:.1f}, exact {:.1f}, cost {:.2f}: ".format(*choice) + told + "\n")
        return
    train(sentences, resources).save(PARTS)


if __name__ == "__main__":
    main()
