"""The tables. Moments are aware UTC; what is derived is stored in the transaction of its cause."""

from ivr.models.base import Base, Json
from ivr.models.calls import Call, CallTurn, Recording
from ivr.models.clients import (
    Client,
    ClientChange,
    ClientImport,
    ClientLine,
    ClientProduct,
    SuperUser,
)
from ivr.models.incidents import Event, Incident, Reminder
from ivr.models.integrations import (
    ApiAnswer,
    ApiToken,
    WebhookDelivery,
    WebhookSubscription,
    WebhookTarget,
)
from ivr.models.knowledge import Article, ArticleWord
from ivr.models.outages import Outage, OutageNews
from ivr.models.outgoing import Leg, Message, PhoneTest
from ivr.models.people import (
    Agent,
    ConsoleSession,
    EscalationContact,
    PasswordLink,
    PresenceChange,
    RecoveryCode,
    SecondFactor,
)
from ivr.models.rota import (
    RotaAddress,
    RotaFeed,
    RotaLayer,
    RotaLayerMember,
    RotaOverride,
    RotaShift,
    RotaSwap,
)
from ivr.models.search import IncidentWord
from ivr.models.watch import Alarm, Attempt, AuditLine, Downtime, Heartbeat

__all__ = [
    "Agent",
    "Alarm",
    "ApiAnswer",
    "ApiToken",
    "Article",
    "ArticleWord",
    "Attempt",
    "AuditLine",
    "Base",
    "Call",
    "CallTurn",
    "Client",
    "ClientChange",
    "ClientImport",
    "ClientLine",
    "ClientProduct",
    "ConsoleSession",
    "Downtime",
    "EscalationContact",
    "Event",
    "Heartbeat",
    "Incident",
    "IncidentWord",
    "Json",
    "Leg",
    "Message",
    "Outage",
    "OutageNews",
    "PasswordLink",
    "PhoneTest",
    "PresenceChange",
    "Recording",
    "RecoveryCode",
    "Reminder",
    "RotaAddress",
    "RotaFeed",
    "RotaLayer",
    "RotaLayerMember",
    "RotaOverride",
    "RotaShift",
    "RotaSwap",
    "SecondFactor",
    "SuperUser",
    "WebhookDelivery",
    "WebhookSubscription",
    "WebhookTarget",
]
