"""How hard a text is to read: Flesch–Kincaid grade for English, Fernández-Huerta's ease for Spanish."""

from __future__ import annotations

import re

_STRONG, _ACCENTED = "aeoáéó", "íú"


def _sentences(text: str) -> int:
    return max(1, len(re.findall(r"[.?!:](?:\s|$)", text)))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+(?:['-][^\W\d_]+)*", text)


def english_syllables(word: str) -> int:
    """Runs of vowels, less a silent e; right for all but a few words."""
    word = re.sub(r"[^a-z]", "", word.lower())
    count = len(re.findall(r"[aeiouy]+", word))
    if word.endswith("e") and not word.endswith(("le", "ee")) and count > 1:
        count -= 1
    if word.endswith("ed") and not word.endswith(("ted", "ded")) and count > 1:
        count -= 1
    return max(1, count)


def spanish_syllables(word: str) -> int:
    """Vowel groups, with strong vowels apart and a stressed weak vowel on its own."""
    word = re.sub(r"(?<=[qg])u(?=[eiéí])", "", word.lower())
    count = 0
    for group in re.findall(r"[aeiouáéíóúü]+|y$", word):
        strong = sum(letter in _STRONG + _ACCENTED for letter in group)
        count += max(1, strong)
    return max(1, count)


def english_grade(text: str) -> float:
    """School grade: 0.39 words a sentence + 11.8 syllables a word − 15.59."""
    words = _words(text)
    return 0.39 * len(words) / _sentences(text) + 11.8 * sum(map(english_syllables, words)) / len(words) - 15.59


def spanish_ease(text: str) -> float:
    """206.84 − 60 syllables a word − 1.02 words a sentence; 60 to 70 is ordinary, higher is easier."""
    words = _words(text)
    return 206.84 - 60 * sum(map(spanish_syllables, words)) / len(words) - 1.02 * len(words) / _sentences(text)
