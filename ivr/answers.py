"""Requests that are sent again are answered as the first time, and do nothing twice.

The key's row is written before the act, in its transaction: two at once have one effect, and an
act that is refused leaves no answer behind, so that it can be asked for again.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from ivr.models import ApiAnswer, ApiToken
from ivr.scene import Scene

KEPT = timedelta(hours=24)


def begin(scene: Scene, token: ApiToken, key: str, request_hash: str) -> tuple[ApiAnswer, bool]:
    """The row of the key, and whether it is new: only then is there something to do.

    Of two requests at once the second waits here until the first one is done.
    """
    found = scene.session.get(ApiAnswer, (token.id, key))
    if found is not None and scene.now - found.at >= KEPT:
        scene.session.delete(found)
        scene.session.flush()
        found = None
    if found is not None:
        return found, False
    answer = ApiAnswer(token_id=token.id, key=key, request_hash=request_hash, at=scene.now)
    try:
        with scene.session.begin_nested():
            scene.session.add(answer)
    except IntegrityError:  # the other one was quicker, and is done
        return scene.session.get_one(ApiAnswer, (token.id, key)), False
    return answer, True


def forget(scene: Scene) -> None:
    """Lets go of the answers that are kept no longer."""
    scene.session.execute(
        delete(ApiAnswer)
        .where(ApiAnswer.at < scene.now - KEPT)
        .execution_options(synchronize_session=False)
    )
