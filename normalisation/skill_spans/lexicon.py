"""How often the training sentences use a word, and a phrase, as knowledge."""

import gzip
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from normalisation.skill_spans.decoding import spans_of
from normalisation.skill_spans.phrases import LONGEST, Phrase
from normalisation.skill_spans.words import plain


@dataclass(frozen=True)
class Sentence:
    """A training sentence: its document, tokens, labels of knowledge (B, I, E, S, O), and what lies within a skill."""

    document: str
    tokens: tuple[str, ...]
    labels: tuple[str, ...]
    in_skill: tuple[bool, ...]


class Lexicon:
    """Counts of words, of words within knowledge, and of whole phrases of knowledge."""

    def __init__(self, uses: Counter[str], known: Counter[str], phrases: Counter[Phrase]) -> None:
        self.uses, self.known, self.phrases = uses, known, phrases

    @classmethod
    def count(cls, sentences: Iterable[Sentence]) -> "Lexicon":
        """From training sentences."""
        uses: Counter[str] = Counter()
        known: Counter[str] = Counter()
        phrases: Counter[Phrase] = Counter()
        for sentence in sentences:
            words = [plain(token) for token in sentence.tokens]
            uses.update(words)
            known.update(word for word, label in zip(words, sentence.labels, strict=True) if label != "O")
            phrases.update(
                tuple(words[start:end]) for start, end in spans_of(sentence.labels) if end - start <= LONGEST
            )
        return cls(uses, known, phrases)

    def without(self, other: "Lexicon") -> "Lexicon":
        """What is left after a part of the sentences: a document must not be told of its own labels."""
        return Lexicon(self.uses - other.uses, self.known - other.known, self.phrases - other.phrases)

    def word(self, word: str) -> str:
        """How often it is used (n, few, some, many) and, 0 to 4, how often as knowledge."""
        uses = self.uses[word]
        if not uses:
            return "n"
        share = self.known[word] / uses
        level = 0 if not share else 1 + sum(share >= step for step in (0.2, 0.5, 0.8))
        return f"{'few' if uses < 3 else 'some' if uses < 10 else 'many'}{level}"

    def save(self, path: Path) -> None:
        """Write "word, uses, uses as knowledge" and "phrase, times" lines, compressed."""
        words = [f"{word}\t{self.uses[word]}\t{self.known[word]}" for word in sorted(self.uses)]
        phrases = [f"{' '.join(phrase)}\t{times}" for phrase, times in sorted(self.phrases.items())]
        path.write_bytes(gzip.compress("\n".join([*words, *phrases]).encode(), mtime=0))

    @classmethod
    def load(cls, path: Path) -> "Lexicon":
        """Read what `save` wrote."""
        lexicon = cls(Counter(), Counter(), Counter())
        for line in gzip.decompress(path.read_bytes()).decode().split("\n"):
            name, *counts = line.split("\t")
            if len(counts) == 1:
                lexicon.phrases[tuple(name.split(" "))] = int(counts[0])
            else:
                lexicon.uses[name], lexicon.known[name] = map(int, counts)
        return lexicon


def documents(sentences: Sequence[Sentence]) -> dict[str, list[Sentence]]:
    """Sentences by document, in order."""
    grouped: dict[str, list[Sentence]] = {}
    for sentence in sentences:
        grouped.setdefault(sentence.document, []).append(sentence)
    return grouped
