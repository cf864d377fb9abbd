"""The voice menu: one row a step, in the order in which a caller meets them.

A step's name is also its key in prompts/, its place in the URL and in the call's record. Rows
route, and nothing else: what is asked stands in prompts/, what is done in actions.py.
"""

from __future__ import annotations

from ivr.steps import Choose, Decide, Enter, Hold, Menu, Record, Tell

YES_NO = ("yes", "no")
RUNG = {"talked": "after_talk", "nobody": "nobody", "later": "later", "in_charge": "in_charge"}

MENU = Menu(
    start="greeting",
    steps=(
        # Welcome, what is known already, and which client (§2.1.1)
        Tell("greeting", "banner", parts=("fr:welcome", "en:english", "danger")),
        Decide("banner", do="banner", then={"no": "client_number", "outage": "outage"}),
        Choose(
            "outage",
            ("affected", "other"),
            do="answer_outage",
            then={"affected": "client_number", "other": "client_number"},
            silence="client_number",
            lost="client_number",
            wait=3,
        ),
        Enter(
            "client_number",
            digits=5,
            do="find_client",
            then={"known": "identify", "found": "confirm_client"},
        ),
        Choose(
            "confirm_client",
            YES_NO,
            do="confirm_client",
            then={"yes": "identify", "no": "client_number"},
        ),
        # Who is calling (§1.2)
        Decide(
            "identify",
            do="identify",
            then={"matched": "known", "pin": "pin", "number": "own_number"},
        ),
        Enter(
            "pin",
            digits=6,
            do="check_pin",
            then={"recognised": "known"},
            lost="refuse",
            private=True,
        ),
        Enter(
            "own_number",
            digits=10,
            do="check_own_number",
            then={"recognised": "known"},
            lost="refuse",
            private=True,
        ),
        Decide("refuse", do="refuse", then={"refused": "refused"}),
        Choose(
            "refused",
            ("critical",),
            do="claim_refused",
            then={"critical": "route"},
            silence="refused_end",
            lost="refused_end",
        ),
        Tell("refused_end"),
        # A file that this client has open: joined, and nobody is woken twice
        Decide(
            "known",
            do="find_known",
            then={"no": "products", "critical": "join", "file": "about"},
        ),
        Choose(
            "join",
            ("join", "other"),
            do="join",
            then={"held": "joined_held", "waiting": "joined", "other": "known"},
            lost="products",
        ),
        Choose(
            "about",
            ("yes", "manager", "other"),
            do="about",
            then={
                "held": "to_holder",
                "waiting": "joined",
                "manager": "manager",
                "other": "known",
            },
            lost="products",
        ),
        Tell("joined", "want_manager"),
        Choose(
            "want_manager",
            ("manager",),
            then={"manager": "manager"},
            silence="goodbye",
            lost="goodbye",
            wait=3,
        ),
        Choose(
            "joined_held",
            ("holder", "manager"),
            do="ring_holder",
            then={"ring": "holder", "away": "holder_missed", "manager": "manager"},
            silence="goodbye",
            lost="goodbye",
            wait=4,
        ),
        Decide("to_holder", do="ring_holder", then={"ring": "holder", "away": "holder_missed"}),
        Hold("holder", then={"talked": "after_talk", "nobody": "holder_missed"}),
        Decide("holder_missed", do="owe_callback", then={"owed": "holder_away"}),
        Tell("holder_away", "want_manager"),
        # The caller asks for a manager: level by level, told and put through (§3)
        Decide(
            "manager",
            do="ask_manager",
            then={"told": "contact", "stands": "stands", "nobody": "no_contact"},
        ),
        Tell("contact", "reach"),
        Tell("stands", "reach"),
        Decide("reach", do="can_connect", then={"yes": "connect", "no": "contact_number"}),
        Choose(
            "connect",
            ("connect",),
            do="connect",
            then={"ring": "contact_call"},
            silence="escalated",
            lost="escalated",
            wait=4,
        ),
        Hold("contact_call", then={"talked": "goodbye", "nobody": "contact_missed"}),
        Decide("contact_missed", do="contact_missed", then={"written": "contact_away"}),
        Tell("contact_away", "goodbye"),
        Tell("contact_number", "escalated"),
        Tell("escalated", "goodbye"),
        Tell("no_contact", "goodbye"),
        # Which product, and how bad (§4); or on the list of those whom an outage affects
        Decide(
            "products",
            do="products",
            then={
                "one": "impact",
                "several": "product",
                "affected": "affected",
                "untouched": "untouched",
            },
        ),
        Choose(
            "product",
            "*products",
            do="set_product",
            then={"chosen": "impact", "affected": "affected"},
        ),
        Decide(
            "affected",
            do="list_affected",
            then={"listed": "listed", "no_address": "number_on_file", "over": "impact"},
        ),
        Tell("listed", "goodbye"),
        Tell("untouched", "products"),
        Choose(
            "impact",
            ("P1", "P2", "P3", "P4"),
            do="set_impact",
            then={"ask": "environment", "set": "recording"},
        ),
        Choose(
            "environment",
            "*environments",
            do="set_environment",
            then={"production": "recording", "lowered": "lowered", "beta": "beta"},
        ),
        Choose("beta", YES_NO, do="confirm_beta", then={"kept": "recording", "lowered": "lowered"}),
        Tell("lowered", "recording"),
        # The reason, in the caller's own words
        Choose(
            "recording",
            ("without",),
            then={"without": "route"},
            silence="reason",
            lost="reason",
            notice=True,
            wait=2,
        ),
        Record("reason", do="keep_reason", then={"kept": "route"}),
        # Put through right here, or called back
        Decide(
            "route",
            do="route",
            then={
                "ring_desk": "desk",
                "ring_on_call": "on_call",
                "call_back": "number_on_file",
                "nobody": "nobody",
            },
        ),
        Hold("desk", then=RUNG),
        Hold("on_call", then=RUNG),
        Tell("later", "number_on_file"),
        Tell("in_charge", "number_on_file"),
        Choose(
            "after_talk",
            ("resume",),
            do="resume",
            then={"resume": "route", "holder": "to_holder"},
            silence="goodbye",
            lost="goodbye",
        ),
        Tell("nobody", "what_next"),
        Decide("what_next", do="what_next", then={"paging": "paging", "later": "more"}),
        Tell("paging", "more"),
        Choose(
            "more",
            ("words", "go_on"),
            then={"words": "more_words", "go_on": "number_on_file"},
            silence="number_on_file",
            lost="number_on_file",
            wait=3,
        ),
        Record("more_words", do="keep_reason", then={"kept": "number_on_file"}),
        Decide(
            "number_on_file",
            do="number_on_file",
            then={"offered": "callback_number", "none": "other_number"},
        ),
        Choose(
            "callback_number",
            YES_NO,
            do="confirm_number",
            then={"yes": "promise", "no": "other_number"},
            lost="promise",
        ),
        Enter(
            "other_number",
            digits=10,
            do="check_number",
            then={"good": "extension"},
            lost="no_number",
            private=True,
        ),
        Enter(
            "extension",
            digits=6,
            do="set_extension",
            then={"set": "callback_number"},
            silence="callback_number",
            lost="callback_number",
        ),
        Decide("no_number", do="any_number", then={"some": "promise", "none": "call_again"}),
        Tell("call_again"),
        Choose("promise", (), then={}, silence="goodbye", lost="goodbye"),
        Tell("goodbye"),
        # A person: the key 0 at every prompt, and three tries that failed
        Decide("person", do="person", then={"desk": "desk", "closed": "critical"}),
        Choose(
            "critical",
            ("critical", "message"),
            do="claim_critical",
            then={"ring": "route", "message": "message"},
            lost="unsure",
        ),
        Decide("unsure", do="unsure", then={"ring": "route", "message": "message"}),
        Decide("message", do="leave_message", then={"open": "recording"}),
    ),
)
