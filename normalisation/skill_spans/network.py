"""Small networks that read a window of tokens as numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from normalisation.skill_spans.features import CUES, Resources
from normalisation.skill_spans.lexicon import Lexicon
from normalisation.skill_spans.phrases import tags
from normalisation.skill_spans.words import UNKNOWN, VECTOR_SCALE, plain

WINDOW = 3  # tokens on either side
VECTOR_WEIGHT = 3.0  # vectors are of unit length, the other numbers mostly 0 or 1 each
_JOINING = frozenset(("and", "or", "&", "/"))
_SMALL = frozenset(("in", "of", "with", "for", "to", "the", "a"))


@dataclass(frozen=True)
class Network:
    """One hidden layer of rectified units, then probabilities of the targets that it was trained on."""

    targets: tuple[str, ...]
    hidden: np.ndarray  # (inputs, units)
    hidden_bias: np.ndarray
    output: np.ndarray  # (units, targets)
    output_bias: np.ndarray

    def probabilities(self, windows: np.ndarray) -> np.ndarray:
        """Of each target at each token: (tokens, targets)."""
        units = np.maximum(windows @ self.hidden + self.hidden_bias, 0)
        score = units @ self.output + self.output_bias
        score = np.exp(score - score.max(axis=1, keepdims=True))
        return score / score.sum(axis=1, keepdims=True)


def save(path: Path, networks: Sequence[Network]) -> None:
    """Write networks as half-precision numbers."""
    arrays: dict[str, Any] = {}
    for place, network in enumerate(networks):
        arrays[f"targets{place}"] = np.array(network.targets)
        for name in ("hidden", "hidden_bias", "output", "output_bias"):
            arrays[f"{name}{place}"] = getattr(network, name).astype(np.float16)
    np.savez_compressed(path, **arrays)


def load(path: Path) -> list[Network]:
    """Read what `save` wrote."""
    with np.load(path, allow_pickle=False) as saved:
        return [
            Network(
                tuple(saved[f"targets{place}"].tolist()),
                *(
                    saved[f"{name}{place}"].astype(np.float32)
                    for name in ("hidden", "hidden_bias", "output", "output_bias")
                ),
            )
            for place in range(len(saved.files) // 5)
        ]


def windows(tokens: Sequence[str], resources: Resources, lexicon: Lexicon) -> np.ndarray:
    """float32 (tokens, inputs): each token with its neighbours, and the mean of the sentence."""
    seen = _numbers(tokens, resources, lexicon)
    padded = np.pad(seen, ((WINDOW, WINDOW), (0, 0)))
    around = [padded[offset : offset + len(seen)] for offset in range(2 * WINDOW + 1)]
    return np.concatenate([*around, np.broadcast_to(seen.mean(axis=0), seen.shape)], axis=1)


def _numbers(tokens: Sequence[str], resources: Resources, lexicon: Lexicon) -> np.ndarray:
    """A row of numbers for each token: its vector, and what else is known of it."""
    words = [plain(token) for token in tokens]
    known = resources.words
    rows = np.array([known.index.get(word, -1) for word in words])
    vectors = known.vectors[rows].astype(np.float32) * (VECTOR_WEIGHT / VECTOR_SCALE)
    vectors[rows < 0] = 0
    lists = (lexicon.phrases, resources.listed, resources.technology, resources.knowledge)
    phrases = np.concatenate([_placed(tags(words, each)) for each in lists], axis=1)
    said = [
        [*_code(known.commas_of(word), 4), *_look(token), *_uses(word, lexicon), *_bond(known.bond(word, following))]
        for token, word, following in zip(tokens, words, [*words[1:], ""], strict=True)
    ]
    kinds = [[word in CUES, word in _JOINING, word in _SMALL] for word in words]
    return np.concatenate([vectors, np.array(said), phrases, np.array(kinds)], axis=1).astype(np.float32)


def _placed(found: Sequence[str]) -> np.ndarray:
    """First, later and last word of a phrase."""
    return np.array([[tag in ("B", "S"), tag in ("I", "E"), tag in ("E", "S")] for tag in found])


def _look(token: str) -> list[bool]:
    return [
        token[0].isupper(),
        any(letter.isupper() for letter in token[1:]),
        any(letter.isdigit() for letter in token),
        token[-1] in ".;:!?",
        token in ("(", ")"),
        "-" in token,
        len(token) == 1,
    ]


def _uses(word: str, lexicon: Lexicon) -> tuple[float, float]:
    """The share of its uses as knowledge, drawn to none where there are few, and how many they are."""
    uses = lexicon.uses[word]
    return (lexicon.known[word] + 0.05) / (uses + 1), float(np.log1p(uses)) / 5


def _code(codes: Sequence[str], most: int) -> tuple[float, ...]:
    """Codes as numbers up to 1, and whether they are unknown."""
    unknown = codes[0] == UNKNOWN
    return (*(0.0 if unknown else int(code) / most for code in codes), float(unknown))


def _bond(bond: str) -> tuple[float, ...]:
    """Attraction to the next word, how seldom a comma parts them, whether unknown, whether never met."""
    return (*_code(tuple(bond), 5), float(bond[0] == "0"))
