"""The floor of a voice turn: the signature, one SELECT, one INSERT, and constant TwiML."""

from __future__ import annotations

import os

from flask import Flask, Response, abort, request
from sqlalchemy import text
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import VoiceResponse

from ivr.database import connect, sessions


def create_app() -> Flask:
    app = Flask("bare")
    opened = sessions(connect(os.environ["DATABASE_URL"]))
    validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])
    public_url = os.environ["PUBLIC_URL"]
    response = VoiceResponse()
    response.gather(action="/voice/turn").say("Bonjour.", voice="Polly.Gabrielle-Neural")
    twiml = str(response)

    @app.post("/voice")
    @app.post("/voice/turn")
    def turn() -> Response:
        url = public_url + request.full_path.removesuffix("?")
        if not validator.validate(url, request.form, request.headers["X-Twilio-Signature"]):
            abort(403)
        with opened.begin() as session:
            session.execute(
                text("SELECT name FROM clients WHERE number = :number"), {"number": "10452"}
            ).all()
            session.execute(
                text("INSERT INTO attempts (kind, key, at) VALUES ('bench', :key, :at)"),
                {"key": request.form["CallSid"], "at": "2026-11-24 15:00:00"},
            )
        return Response(twiml, content_type="text/xml")

    return app
