"""Which passwords are good enough, and setting one: by its owner alone (ASVS 6.2).

Long rather than odd: no rule asks for digits or signs. What is common, or made of the person's own
name, is refused without asking anybody on the network.
"""

from __future__ import annotations

import re

from zxcvbn import zxcvbn  # type: ignore[import-untyped]

from ivr.callers import hash_secret
from ivr.incidents import Refused
from ivr.models import Agent
from ivr.reason import Reason

SHORTEST, LONGEST = 12, 1024
"""Characters: nobody types more than the second."""
LEAST_OF_OTHERS = 8
"""Characters that are no part of the person's own name or address."""
_JUDGED = 72
"""The first characters, which alone are judged: as many are enough to tell."""
_HARD = 4
"""zxcvbn's best score: more than ten thousand million guesses."""
# What a person of Québec, of this trade, tries first; zxcvbn itself knows the English ones.
_LOCAL = """
    motdepasse mot passe azerty bonjour soleil bienvenue secret amour maman papa chouchou
    doudou loulou canada quebec québec montreal montréal laval longueuil canadiens nordiques
    tabarnak hiver printemps automne janvier fevrier février mars avril juin juillet aout août
    septembre octobre novembre decembre décembre lundi mardi mercredi jeudi vendredi samedi
    dimanche clinique soutien assistance support incident urgence garde facturation imagerie
    medical médical p1line ligne telephone téléphone agent admin administrateur
"""


def refusal(password: str, *about: str) -> Reason | None:
    """Why the password is not good enough; none: it is. `about`: the person's name and e-mail."""
    if len(password) < SHORTEST:
        return Reason("people.short_password", {"length": SHORTEST})
    if len(password) > LONGEST:
        return Reason("people.long_password", {"length": LONGEST})
    own = [word for text in about for word in re.split(r"[\W_]+", text.lower()) if len(word) > 2]
    rest = password.lower()
    for word in own:
        rest = rest.replace(word, "")
    if len(rest) < LEAST_OF_OTHERS:
        return Reason("people.common_password")
    if zxcvbn(password[:_JUDGED], user_inputs=[*own, *_LOCAL.split()])["score"] < _HARD:
        return Reason("people.common_password")
    return None


def put(agent: Agent, password: str) -> None:
    """The agent's password from now on, which ends every session. Raises `Refused`."""
    if reason := refusal(password, agent.name, agent.email):
        raise Refused(reason)
    agent.password_hash = hash_secret(password)
