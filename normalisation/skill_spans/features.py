"""What the conditional random field sees of each token: views of it and of its neighbours, as strings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from normalisation.skill_spans.lexicon import Lexicon
from normalisation.skill_spans.phrases import Phrase, tags
from normalisation.skill_spans.words import Words, plain, shape, stem

Views = Mapping[str, Sequence[str]]

# View -> which neighbours of a token it is shown for.
WINDOWS = {
    **dict.fromkeys(("word", "uses", "coarse", "middle"), (-2, -1, 0, 1, 2)),
    **dict.fromkeys(("stem", "shape", "fine", "labelled", "listed", "technology", "knowledge"), (-1, 0, 1)),
    "ending": (-1, 1),
    **dict.fromkeys(("comma_after", "comma_before"), (0,)),
    **dict.fromkeys(("attraction", "unparted", "bond", "joint"), (-1, 0)),  # between a token and the one before / after
}
PAIRS = (
    *(("word", -1, 0), ("word", 0, 1), ("word", -2, -1), ("word", 1, 2), ("word", -1, 1)),
    *(("uses", -1, 0), ("uses", 0, 1), ("coarse", -1, 0), ("coarse", 0, 1), ("attraction", -1, 0), ("unparted", -1, 0)),
)
# Words that knowledge often follows; the last of them is seen this many tokens later.
CUES = frozenset(
    {
        *("experience", "experienced", "working", "worked", "using", "use", "used", "written", "programming"),
        *("knowledge", "understanding", "familiar", "familiarity", "expertise", "background", "skilled", "skills"),
        *("proficiency", "proficient", "fluent", "fluency", "competence", "competencies", "training"),
        *("degree", "phd", "master", "msc", "bachelor", "bsc", "studies", "field", "certified", "certification"),
        *("technologies", "technology", "tools", "frameworks", "languages", "stack"),
        *("area", "areas", "within", "including", "like", "such"),
    }
)
CUE_TOKENS = 8


@dataclass(frozen=True)
class Resources:
    """What features are looked up in: words learned without labels, and lists of phrases."""

    words: Words
    listed: frozenset[Phrase]
    technology: frozenset[Phrase]
    knowledge: frozenset[Phrase]


def features(tokens: Sequence[str], resources: Resources, lexicon: Lexicon) -> list[list[str]]:
    """The features of each token of a sentence."""
    views = _views(tokens, resources, lexicon)
    cues = _cues(views["word"])
    length = next(str(step) for step, most in enumerate((3, 9, 39, len(tokens))) if len(tokens) <= most)
    return [
        [*_own(token, word), *_around(views, place), cue, f"length={length}"]
        for place, (token, word, cue) in enumerate(zip(tokens, views["word"], cues, strict=True))
    ]


def _views(tokens: Sequence[str], resources: Resources, lexicon: Lexicon) -> Views:
    words = [plain(token) for token in tokens]
    known = resources.words
    classes = [known.classes_of(word) for word in words]
    commas = [known.commas_of(word) for word in words]
    bonds = [known.bond(*pair) for pair in pairwise(words)]
    return {
        "word": words,
        "stem": [stem(word) for word in words],
        "shape": [shape(token) for token in tokens],
        "ending": [word[-3:] for word in words],
        **{name: [each[size] for each in classes] for size, name in enumerate(("coarse", "middle", "fine"))},
        "uses": [lexicon.word(word) for word in words],
        "labelled": tags(words, lexicon.phrases),
        "listed": tags(words, resources.listed),
        "technology": tags(words, resources.technology),
        "knowledge": tags(words, resources.knowledge),
        "comma_after": [after for after, _ in commas],
        "comma_before": [before for _, before in commas],
        "attraction": [bond[0] for bond in bonds],
        "unparted": [bond[1] for bond in bonds],
        "bond": bonds,
        "joint": [bond + commas[place][0] + commas[place + 1][1] for place, bond in enumerate(bonds)],
    }


def _own(token: str, word: str) -> Iterator[str]:
    """What the token's own letters say."""
    for size in (2, 3, 4):
        if len(word) > size:
            yield f"begins={word[:size]}"
            yield f"ends={word[-size:]}"
    if token[0].isupper():
        yield "capital"
    if any(letter.isupper() for letter in token[1:]):
        yield "capital within"
    if token[-1] in ".;:)!?":
        yield f"closed={token[-1]}"
    if token[0] in "(*•-":
        yield f"opened={token[0]}"
    if "-" in word:
        yield f"first part={word.split('-')[0]}"
        yield f"last part={word.split('-')[-1]}"
    if "/" in word:
        yield "slash"
    if len(token) == 1:
        yield "single"


def _around(views: Views, place: int) -> Iterator[str]:
    """The views of the token and its neighbours, and pairs of them."""
    last = len(views["word"]) - 1
    for name, offsets in WINDOWS.items():
        view = views[name]
        for offset in offsets:
            if 0 <= place + offset < len(view) and view[place + offset]:
                yield f"{name}{offset}={view[place + offset]}"
    for name, one, other in PAIRS:
        view = views[name]
        if place + one >= 0 and place + other < len(view):
            yield f"{name}{one}{other}={view[place + one]}|{view[place + other]}"
    for offset in (-2, -1, 1, 2):
        if not 0 <= place + offset <= last:
            yield f"edge{offset}"


def _cues(words: Sequence[str]) -> list[str]:
    """The last cue within CUE_TOKENS before each word."""
    found, cue, distance = [], "", CUE_TOKENS
    for word in words:
        found.append(f"cue={cue}" if distance < CUE_TOKENS else "no cue")
        distance += 1
        if word in CUES:
            cue, distance = word, 0
    return found
