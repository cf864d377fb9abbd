"""The voice menu: one row a step, in the order in which a caller meets them.

A step's name is also its key in prompts/, its place in the URL and in the call's record. Rows
route, and nothing else: what is asked stands in prompts/, what is done in actions.py.
"""

from __future__ import annotations

from ivr.steps import Choose, Decide, Enter, Hold, Menu, Record, Tell

YES_NO = ("yes", "no")

MENU = Menu(
    start="greeting",
    steps=(
        # Welcome, and which client (§2.1.1)
        Tell("greeting", "client_number", parts=("fr:welcome", "en:english", "danger")),
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
            then={"matched": "products", "pin": "pin", "number": "own_number"},
        ),
        Enter("pin", digits=6, do="check_pin", then={"recognised": "products"}, lost="refuse"),
        Enter(
            "own_number",
            digits=10,
            do="check_own_number",
            then={"recognised": "products"},
            lost="refuse",
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
        # Which product, and how bad (§4)
        Decide("products", do="products", then={"one": "impact", "several": "product"}),
        Choose("product", "*products", do="set_product", then={"chosen": "impact"}),
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
            then={"ring_desk": "desk", "ring_on_call": "on_call", "call_back": "number_on_file"},
        ),
        Hold("desk", then={"talked": "after_talk", "nobody": "nobody"}),
        Hold("on_call", then={"talked": "after_talk", "nobody": "nobody"}),
        Choose(
            "after_talk",
            ("resume",),
            do="resume",
            then={"resume": "route"},
            silence="goodbye",
            lost="goodbye",
        ),
        Tell("nobody", "number_on_file"),
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
