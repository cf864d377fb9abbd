"""The tables. Moments are aware UTC; what is derived is stored in the transaction of its cause."""

from ivr.models.base import Base, Json
from ivr.models.calls import Call, CallTurn, Recording
from ivr.models.clients import Client, ClientLine, ClientProduct, SuperUser
from ivr.models.incidents import Event, Incident, Reminder
from ivr.models.knowledge import Article, ArticleWord
from ivr.models.outages import Outage, OutageNews
from ivr.models.outgoing import Leg, Message, PhoneTest
from ivr.models.people import Agent, EscalationContact, PresenceChange
from ivr.models.rota import RotaFeed, RotaLayer, RotaLayerMember, RotaOverride, RotaShift
from ivr.models.watch import Alarm, Attempt, AuditLine, Heartbeat

__all__ = [
    "Agent",
    "Alarm",
    "Article",
    "ArticleWord",
    "Attempt",
    "AuditLine",
    "Base",
    "Call",
    "CallTurn",
    "Client",
    "ClientLine",
    "ClientProduct",
    "EscalationContact",
    "Event",
    "Heartbeat",
    "Incident",
    "Json",
    "Leg",
    "Message",
    "Outage",
    "OutageNews",
    "PhoneTest",
    "PresenceChange",
    "Recording",
    "Reminder",
    "RotaFeed",
    "RotaLayer",
    "RotaLayerMember",
    "RotaOverride",
    "RotaShift",
    "SuperUser",
]
