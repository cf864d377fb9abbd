"""Words by which a text is found: without accents, capitals, plurals and what says nothing.

The same for French and English, since agents write in either: both lists of stop words hold.
"""

from __future__ import annotations

import re
import unicodedata

SHORTEST, LONGEST = 2, 40
_WORD = re.compile(r"[a-z0-9]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})
_STOP_WORDS = """
    a ai as au aux avec avoir ca car ce cela celle ces cet cette ceci ci client comme dans de des
    depuis donc dont du elle elles en encore entre est et etait ete etre eux fait faire faut il ils
    je jusque la le les leur leurs lors lui ma mais me meme mes moi mon ne ni nos notre nous on ont
    ou par pas plus pour quand que quel quelle qui quoi sa sans se sera ses si sinon son sont sous
    sur ta te tes toi ton tous tout toute toutes tres tu un une vers vos votre vous y
    about after all also am an and any are be because been before being but by can cannot could did
    do does doing for from had has have he her here him his how if in into is it its just me my no
    nor not now of off only or other our out over own she so some such than that the their them
    then there these they this those through to too under until up was we were what when where
    which while who whom why will with would you your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())


def plain(text: str) -> str:
    """The text without accents, ligatures and capitals, so that "Hotel-Dieu" finds "Hôtel-Dieu"."""
    apart = unicodedata.normalize("NFKD", text.lower().translate(_LIGATURES))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def words(text: str) -> frozenset[str]:
    """The folded words of a text, each once."""
    found = (word for word in _WORD.findall(plain(text)) if word not in STOP_WORDS)
    return frozenset(_singular(word)[:LONGEST] for word in found if len(word) >= SHORTEST)


def _singular(word: str) -> str:
    """Without the plural's ending: journaux and journal, écrans and écran, queries and query."""
    if len(word) < 4 or word.isdecimal():
        return word
    if word.endswith("eaux"):
        return word[:-1]
    if word.endswith("aux"):
        return word[:-3] + "al"
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    return word[:-1] if word[-1] in "sx" and not word.endswith(("ss", "us", "is")) else word
