"""A call's rows, as each turn reads and writes them.

Every key of every caller comes this way: the statements stand ready-made, and what they write goes
past the ORM's unit of work, whose bookkeeping costs more than they do (benchmarks/voice_turn.py).
"""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm.attributes import set_committed_value

from ivr.models import Call, CallTurn, Client, ClientProduct, Incident
from ivr.reply import Reply
from ivr.rows import points, run
from ivr.scene import Scene

_TAKE = (
    update(Call)
    .where(Call.sid == bindparam("of"), Call.turn == bindparam("number"))
    .values(turn=bindparam("next"), touched_at=bindparam("now"))
)
_WITH_ALL = (
    select(Call, Incident, Client, ClientProduct)
    .outerjoin(Incident, Incident.call_id == Call.id)
    .outerjoin(Client, Client.id == Call.client_id)
    .outerjoin(ClientProduct, ClientProduct.client_id == Client.id)
    .where(Call.sid == bindparam("sid"))
    .order_by(ClientProduct.product)
)
_ID = select(Call.id).where(Call.sid == bindparam("sid"))
_KEEP = insert(CallTurn)


def take(scene: Scene, sid: str, number: int) -> bool:
    """Is turn `number` of the call ours to take? Of two requests at once, only the first one's."""
    taken = run(scene.session, _TAKE, of=sid, number=number, next=number + 1, now=scene.now)
    return taken.rowcount == 1


def with_all(scene: Scene, sid: str) -> Call | None:
    """The call with its client, what the client holds, and its incident: what a turn works on."""
    rows = scene.session.execute(_WITH_ALL, {"sid": sid}).all()
    if not rows:
        return None
    call: Call = rows[0].Call
    client: Client | None = rows[0].Client
    points(call, client=client, incident=rows[0].Incident)
    if client:
        products = [row.ClientProduct for row in rows if row.ClientProduct]
        set_committed_value(client, "products", products)
    return call


def by_sid(scene: Scene, sid: str) -> Call | None:
    known = run(scene.session, _ID, sid=sid).scalar()
    return scene.session.get(Call, known) if known else None


def keep(scene: Scene, call: Call, number: int, step: str, outcome: str, reply: Reply) -> None:
    """The turn as it was taken, with the reply to repeat."""
    run(
        scene.session,
        _KEEP,
        call_id=call.id,
        number=number,
        at=scene.now,
        step=step,
        outcome=outcome,
        reply={**reply.as_json(), "next": call.step},
    )


def kept(scene: Scene, call: Call, number: int) -> CallTurn:
    """Raises `LookupError` where the call has taken no such turn."""
    found = scene.session.get(CallTurn, (call.id, number))
    if found is None:
        raise LookupError(f"call {call.sid} has no turn {number}")
    return found
