"""Enqueue, Leave and <Dial><Queue>: https://www.twilio.com/docs/voice/twiml/enqueue"""

from __future__ import annotations

import pytest

from standin.webhooks import Target
from tests.phones import Phones
from tests.standin.application import BASE, Application
from tests.standin.conftest import LINE
from tests.standin.twilio_client import client

CALLER, AGENT, OTHER = "+15145550102", "+14385550113", "+15145550101"


@pytest.fixture
def app(app: Application) -> Application:
    app.says["/voice"] = '<Enqueue waitUrl="/wait" action="/left">support</Enqueue>'
    app.says["/wait"] = "<Say>Please wait for an agent.</Say>"
    app.says["/left"] = "<Say>Goodbye.</Say>"
    app.says["/agent"] = '<Dial action="/agent-done"><Queue url="/soon">support</Queue></Dial>'
    app.says["/soon"] = "<Say>An agent is here.</Say>"
    app.says["/agent-done"] = ""
    return app


def an_agent_takes(line: Phones) -> None:
    line.standin.serve()
    client(line.standin).calls.create(to=AGENT, from_=LINE, url=f"{BASE}/agent")
    line.passes(seconds=20)


def test_a_caller_waits_and_is_taken(line: Phones, app: Application) -> None:
    line.phone(AGENT).accepts(talks=30)
    call = line.phone(CALLER).dials()
    assert call.waits_for == "queue"
    line.passes(seconds=20)
    assert len(app.forms("/wait")) > 3
    assert app.forms("/wait")[-1]["QueuePosition"] == "1"
    an_agent_takes(line)
    call.hears("An agent is here.")
    assert line.bridges() == [(AGENT, CALLER)]
    line.passes(seconds=60)
    call.hears("Goodbye.")
    assert app.forms("/left")[0]["QueueResult"] == "bridged"
    assert app.forms("/soon")[0]["DequeingCallSid"] == line.phone(AGENT).legs[0].sid
    line.check()


def test_an_agent_waits_for_the_first_caller(line: Phones, app: Application) -> None:
    line.phone(AGENT).accepts()
    line.standin.waiting_line("support")
    an_agent_takes(line)
    line.phone(CALLER).dials()
    line.passes(seconds=10)
    assert line.bridges() == [(AGENT, CALLER)]


def test_nobody_comes(line: Phones, app: Application) -> None:
    line.phone(AGENT).accepts()
    line.standin.waiting_line("support")
    an_agent_takes(line)
    line.passes(minutes=1)
    assert app.forms("/agent-done")[0]["DialCallStatus"] == "no-answer"


def test_an_unknown_queue(line: Phones, app: Application) -> None:
    line.phone(AGENT).accepts()
    an_agent_takes(line)
    assert app.forms("/agent-done")[0]["DialCallStatus"] == "failed"


def test_the_caller_hangs_up(line: Phones, app: Application) -> None:
    line.phone(CALLER).dials().hangs_up()
    assert app.forms("/left")[0]["QueueResult"] == "hangup"
    assert line.standin.waiting_lines["support"].members == []


def test_a_key_leaves_the_queue(line: Phones, app: Application) -> None:
    app.says["/wait"] = '<Gather numDigits="1" action="/leave"><Say>Press 1.</Say></Gather>'
    app.says["/leave"] = "<Leave/>"
    call = line.phone(CALLER).dials()
    line.passes(seconds=2)
    call.presses("1").hears("Goodbye.")
    assert app.forms("/left")[0]["QueueResult"] == "leave"


def test_a_member_is_sent_elsewhere_over_rest(line: Phones, app: Application) -> None:
    app.says["/elsewhere"] = "<Say>Elsewhere.</Say>"
    line.standin.serve()
    call = line.phone(CALLER).dials()
    line.phone(OTHER).dials()
    twilio = client(line.standin)
    (queue,) = twilio.queues.list()
    assert queue.current_size == 2
    members = twilio.queues(queue.sid).members
    assert members.list()[0].call_sid == call.sid
    members("Front").update(url=f"{BASE}/elsewhere")
    line.passes(seconds=2)
    call.hears("Elsewhere.")
    assert app.forms("/left")[0]["QueueResult"] == "redirected"
    assert len(members.list()) == 1


def test_an_agent_who_hangs_up_before_the_talk_lets_the_caller_go_on(
    line: Phones, app: Application
) -> None:
    app.says["/soon"] = '<Pause length="10"/>'
    line.phone(AGENT).hangs_up_midway(seconds=3)
    call = line.phone(CALLER).dials()
    an_agent_takes(line)
    call.hears("Goodbye.")
    assert line.bridges() == []


def test_two_agents_take_two_callers(line: Phones, app: Application) -> None:
    second_agent = "+14385550114"
    for agent in (AGENT, second_agent):
        line.phone(agent).accepts(after=3)
        line.standin.place_call(LINE, agent, Target(f"{BASE}/agent"))
    line.phone(CALLER).dials()
    line.phone(OTHER).dials()
    line.passes(seconds=15)
    assert sorted(line.bridges()) == [(AGENT, CALLER), (second_agent, OTHER)]


def test_leave_outside_a_queue_is_noted(line: Phones, app: Application) -> None:
    app.says["/voice"] = "<Leave/><Say>Still here.</Say>"
    line.phone(CALLER).dials().hears("Still here.")
    line.check(allow=(12200,))
