"""Hashed word and character n-grams and word pairs of a text: the same as src/inference/features/text-ngrams.ts, checked by
an example in each manifest."""

import re

import numpy as np

BUCKETS = 1 << 18  # the first quarter are words, the second characters, the upper half pairs
CHARACTERS_FROM, PAIRS_FROM = 1 << 16, 1 << 17
LENGTH = 1024  # n-grams and pairs a text may have; what comes after is not looked at
WORDS, CHARACTERS = (1, 3), (2, 5)

_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def fnv1a(text: str) -> int:
    """FNV-1a, 32 bits, of the UTF-8 bytes."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def words_of(text: str) -> list[str]:
    """Runs of letters and digits in lower case; camelCase is several words."""
    return [word.lower() for word in _WORD.findall(_CAMEL.sub(" ", text))]


class Hasher:
    """Remembers the buckets of n-grams it has seen."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}
        self.words: dict[str, int] = {}

    def bucket(self, gram: str, upper: bool) -> int:
        key = ("c" if upper else "w") + gram
        found = self.known.get(key)
        if found is None:
            found = fnv1a(key) % CHARACTERS_FROM + (CHARACTERS_FROM if upper else 0)
            self.known[key] = found
        return found

    def halves(self, words: list[str]) -> list[int]:
        """A number for each different word, in the order of first occurrence: two of them make a pair's bucket."""
        return [self.words.setdefault(word, fnv1a("p" + word)) for word in dict.fromkeys(words)]

    def counts(self, text: str) -> dict[int, int]:
        """How often each bucket occurs, in the order of first occurrence, at most LENGTH of them."""
        words = words_of(text)
        counts: dict[int, int] = {}
        for size in range(WORDS[0], WORDS[1] + 1):
            for start in range(len(words) - size + 1):
                bucket = self.bucket(" ".join(words[start : start + size]), False)
                counts[bucket] = counts.get(bucket, 0) + 1
        for word in words:
            padded = f" {word} "
            for size in range(CHARACTERS[0], CHARACTERS[1] + 1):
                for start in range(len(padded) - size + 1):
                    bucket = self.bucket(padded[start : start + size], True)
                    counts[bucket] = counts.get(bucket, 0) + 1
        halves = self.halves(words)
        for at, one in enumerate(halves):
            for other in halves[:at]:
                if len(counts) >= LENGTH:
                    return dict(list(counts.items())[:LENGTH])
                bucket = pair_bucket(one, other)
                counts[bucket] = counts.get(bucket, 0) + 1
        return dict(list(counts.items())[:LENGTH])


def pair_bucket(one: int, other: int) -> int:
    """The same for either order; the multiplier is 2^32 over the golden ratio (Knuth, volume 3, 6.4)."""
    return PAIRS_FROM + ((((one + other) * 0x9E3779B1) & 0xFFFFFFFF) >> 15)


def inputs_of(texts: list[str], hasher: Hasher | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Padded buckets int32 [texts, LENGTH] and sublinear counts 1 + ln n float32 (0 is padding)."""
    hasher = hasher or Hasher()
    buckets = np.zeros((len(texts), LENGTH), np.int32)
    weights = np.zeros((len(texts), LENGTH), np.float32)
    for row, text in enumerate(texts):
        counts = hasher.counts(text)
        buckets[row, : len(counts)] = list(counts)
        weights[row, : len(counts)] = 1 + np.log(list(counts.values()))
    return buckets, weights
