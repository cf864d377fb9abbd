"""the line answers"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "agents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("on_desk", sa.Boolean(), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agents")),
        sa.UniqueConstraint("email", name=op.f("uq_agents_email")),
    )
    op.create_table(
        "alarms",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "day", name=op.f("pk_alarms")),
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.create_index("ix_attempts_kind_key_at", ["kind", "key", "at"], unique=False)

    op.create_table(
        "clients",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=5), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("other_environments", sa.JSON(), nullable=False),
        sa.Column("beta_site", sa.Boolean(), nullable=False),
        sa.Column("go_live_on", sa.Date(), nullable=True),
        sa.Column("pin_hash", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
        sa.UniqueConstraint("number", name=op.f("uq_clients_number")),
    )
    op.create_table(
        "escalation_contacts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("extension", sa.String(), nullable=False),
        sa.Column("toll_free", sa.String(), nullable=False),
        sa.Column("mobile", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_contacts")),
        sa.UniqueConstraint(
            "level", "product", "service", name=op.f("uq_escalation_contacts_level_product_service")
        ),
    )
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "rota_feeds",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(), nullable=False),
        sa.Column("unmatched", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_rota_feeds")),
    )
    op.create_table(
        "rota_layers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("handover", sa.Time(), nullable=False),
        sa.Column("windows", sa.JSON(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("products", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("backups", sa.Integer(), nullable=True),
        sa.Column("language_first", sa.Boolean(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rota_layers")),
    )
    op.create_table(
        "audit_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_audit_lines_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_lines")),
    )
    with op.batch_alter_table("audit_lines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_lines_at"), ["at"], unique=False)

    op.create_table(
        "client_lines",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_client_lines_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "phone", name=op.f("pk_client_lines")),
    )
    op.create_table(
        "client_products",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("window", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_client_products_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "product", name=op.f("pk_client_products")),
    )
    op.create_table(
        "outages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=True),
        sa.Column("products", sa.JSON(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_outages_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outages")),
        sa.UniqueConstraint("live", name=op.f("uq_outages_live")),
    )
    op.create_table(
        "phone_tests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("sid", sa.String(length=34), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_phone_tests_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_tests")),
        sa.UniqueConstraint("sid", name=op.f("uq_phone_tests_sid")),
    )
    with op.batch_alter_table("phone_tests", schema=None) as batch_op:
        batch_op.create_index(
            "ix_phone_tests_of_phone", ["agent_id", "number", "accepted_at"], unique=False
        )

    op.create_table(
        "presence_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_presence_changes_agent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence_changes")),
    )
    with op.batch_alter_table("presence_changes", schema=None) as batch_op:
        batch_op.create_index("ix_presence_changes_agent_at", ["agent_id", "at"], unique=False)

    op.create_table(
        "rota_layer_members",
        sa.Column("layer_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_rota_layer_members_agent_id")
        ),
        sa.ForeignKeyConstraint(
            ["layer_id"], ["rota_layers.id"], name=op.f("fk_rota_layer_members_layer_id")
        ),
        sa.PrimaryKeyConstraint("layer_id", "position", name=op.f("pk_rota_layer_members")),
    )
    op.create_table(
        "rota_overrides",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("level", sa.String(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_rota_overrides_agent_id")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["agents.id"], name=op.f("fk_rota_overrides_entered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["agents.id"], name=op.f("fk_rota_overrides_replaces_id")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"], ["agents.id"], name=op.f("fk_rota_overrides_withdrawn_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rota_overrides")),
    )
    with op.batch_alter_table("rota_overrides", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rota_overrides_ends_at"), ["ends_at"], unique=False)

    op.create_table(
        "rota_shifts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("products", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_rota_shifts_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rota_shifts")),
    )
    with op.batch_alter_table("rota_shifts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rota_shifts_ends_at"), ["ends_at"], unique=False)
        batch_op.create_index("ix_rota_shifts_feed_ends_at", ["feed", "ends_at"], unique=False)

    op.create_table(
        "super_users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("function", sa.String(), nullable=False),
        sa.Column("shift", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("extension", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_super_users_client_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_super_users")),
    )
    with op.batch_alter_table("super_users", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_super_users_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_super_users_phone"), ["phone"], unique=False)

    op.create_table(
        "calls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("caller", sa.String(), nullable=True),
        sa.Column("attestation", sa.String(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=True),
        sa.Column("super_user_id", sa.Integer(), nullable=True),
        sa.Column("recognised_by", sa.String(), nullable=True),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("joined_leg_id", sa.Integer(), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_calls_client_id")),
        sa.ForeignKeyConstraint(
            ["super_user_id"], ["super_users.id"], name=op.f("fk_calls_super_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.UniqueConstraint("sid", name=op.f("uq_calls_sid")),
    )
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calls_started_at"), ["started_at"], unique=False)
        batch_op.create_index("ix_calls_unended", ["ended_at", "touched_at"], unique=False)

    op.create_table(
        "outage_news",
        sa.Column("outage_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("text_fr", sa.String(), nullable=False),
        sa.Column("text_en", sa.String(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_outage_news_agent_id")),
        sa.ForeignKeyConstraint(
            ["outage_id"], ["outages.id"], name=op.f("fk_outage_news_outage_id")
        ),
        sa.PrimaryKeyConstraint("outage_id", "number", name=op.f("pk_outage_news")),
    )
    op.create_table(
        "call_turns",
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reply", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_call_turns_call_id")),
        sa.PrimaryKeyConstraint("call_id", "number", name=op.f("pk_call_turns")),
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=6), nullable=False),
        sa.Column("live_reference", sa.String(length=6), nullable=True),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("client_id", sa.Integer(), nullable=True),
        sa.Column("super_user_id", sa.Integer(), nullable=True),
        sa.Column("recognised_by", sa.String(), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("product", sa.String(), nullable=True),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("claimed_priority", sa.String(length=2), nullable=True),
        sa.Column("priority", sa.String(length=2), nullable=False),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("correction_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("update_every", sa.Integer(), nullable=True),
        sa.Column("update_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("holder_id", sa.Integer(), nullable=True),
        sa.Column("callback_number", sa.String(), nullable=True),
        sa.Column("callback_extension", sa.String(), nullable=False),
        sa.Column("callback_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("callback_claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("callback_waits", sa.Boolean(), nullable=False),
        sa.Column("callback_capped", sa.String(), nullable=True),
        sa.Column("callback_attempts", sa.Integer(), nullable=False),
        sa.Column("later_agent_id", sa.Integer(), nullable=True),
        sa.Column("later_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("linked_to_id", sa.Integer(), nullable=True),
        sa.Column("outage_id", sa.Integer(), nullable=True),
        sa.Column("nature", sa.String(), nullable=True),
        sa.Column("security", sa.Boolean(), nullable=False),
        sa.Column("diagnosis", sa.String(), nullable=False),
        sa.Column("solution", sa.String(), nullable=False),
        sa.Column("workaround", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("backlog", sa.Boolean(), nullable=False),
        sa.Column("waiting_reason", sa.String(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_how", sa.String(), nullable=True),
        sa.Column("closing_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalation_level", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_incidents_call_id")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_incidents_client_id")),
        sa.ForeignKeyConstraint(["holder_id"], ["agents.id"], name=op.f("fk_incidents_holder_id")),
        sa.ForeignKeyConstraint(
            ["later_agent_id"], ["agents.id"], name=op.f("fk_incidents_later_agent_id")
        ),
        sa.ForeignKeyConstraint(
            ["linked_to_id"], ["incidents.id"], name=op.f("fk_incidents_linked_to_id")
        ),
        sa.ForeignKeyConstraint(["outage_id"], ["outages.id"], name=op.f("fk_incidents_outage_id")),
        sa.ForeignKeyConstraint(
            ["super_user_id"], ["super_users.id"], name=op.f("fk_incidents_super_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
        sa.UniqueConstraint("call_id", name=op.f("uq_incidents_call_id")),
        sa.UniqueConstraint("live_reference", name=op.f("uq_incidents_live_reference")),
    )
    with op.batch_alter_table("incidents", schema=None) as batch_op:
        batch_op.create_index("ix_incidents_callback", ["callback_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_incidents_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_incidents_closed_at"), ["closed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_incidents_closing_at"), ["closing_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_incidents_linked_to_id"), ["linked_to_id"], unique=False
        )
        batch_op.create_index("ix_incidents_open_due", ["state", "due_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_incidents_outage_id"), ["outage_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_incidents_reference"), ["reference"], unique=False)
        batch_op.create_index(batch_op.f("ix_incidents_warn_at"), ["warn_at"], unique=False)

    op.create_table(
        "recordings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("transcript", sa.String(), nullable=True),
        sa.Column("transcript_language", sa.String(length=2), nullable=True),
        sa.Column("transcribe_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_recordings_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
        sa.UniqueConstraint("sid", name=op.f("uq_recordings_sid")),
    )
    with op.batch_alter_table("recordings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recordings_call_id"), ["call_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_recordings_recorded_at"), ["recorded_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_recordings_transcribe_at"), ["transcribe_at"], unique=False
        )

    op.create_table(
        "articles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("solution", sa.String(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_articles_agent_id")),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_articles_incident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_articles")),
        sa.UniqueConstraint("incident_id", name=op.f("uq_articles_incident_id")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_events_agent_id")),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_events_incident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_events_incident_id"), ["incident_id"], unique=False)

    op.create_table(
        "legs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("extension", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("sid", sa.String(length=34), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rang_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bridged", sa.Boolean(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_legs_agent_id")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_legs_call_id")),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["escalation_contacts.id"],
            name=op.f("fk_legs_contact_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_legs_incident_id")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["legs.id"], name=op.f("fk_legs_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legs")),
        sa.UniqueConstraint("sid", name=op.f("uq_legs_sid")),
    )
    with op.batch_alter_table("legs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_legs_agent_id"), ["agent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_legs_call_id"), ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_legs_incident_id"), ["incident_id"], unique=False)
        batch_op.create_index("ix_legs_kind_created_at", ["kind", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_legs_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index("ix_legs_unended", ["ended_at", "created_at"], unique=False)

    op.create_table(
        "messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=True),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=4), nullable=True),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("to", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sid", sa.String(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_messages_agent_id")),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_messages_incident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint(
            "incident_id",
            "purpose",
            "channel",
            "to",
            name=op.f("uq_messages_incident_id_purpose_channel_to"),
        ),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_messages_incident_id"), ["incident_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_messages_send_at"), ["send_at"], unique=False)

    op.create_table(
        "reminders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("clock", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.Integer(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_reminders_agent_id")),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_reminders_incident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint(
            "agent_id",
            "incident_id",
            "clock",
            "period",
            "percent",
            name=op.f("uq_reminders_agent_id_incident_id_clock_period_percent"),
        ),
    )
    with op.batch_alter_table("reminders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminders_incident_id"), ["incident_id"], unique=False)
        batch_op.create_index("ix_reminders_waiting", ["digest", "agent_id"], unique=False)

    op.create_table(
        "article_words",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_article_words_article_id")
        ),
        sa.PrimaryKeyConstraint("article_id", "word", name=op.f("pk_article_words")),
    )
    with op.batch_alter_table("article_words", schema=None) as batch_op:
        batch_op.create_index("ix_article_words_word", ["word", "article_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("article_words", schema=None) as batch_op:
        batch_op.drop_index("ix_article_words_word")

    op.drop_table("article_words")
    with op.batch_alter_table("reminders", schema=None) as batch_op:
        batch_op.drop_index("ix_reminders_waiting")
        batch_op.drop_index(batch_op.f("ix_reminders_incident_id"))

    op.drop_table("reminders")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_messages_send_at"))
        batch_op.drop_index(batch_op.f("ix_messages_incident_id"))

    op.drop_table("messages")
    with op.batch_alter_table("legs", schema=None) as batch_op:
        batch_op.drop_index("ix_legs_unended")
        batch_op.drop_index(batch_op.f("ix_legs_parent_id"))
        batch_op.drop_index("ix_legs_kind_created_at")
        batch_op.drop_index(batch_op.f("ix_legs_incident_id"))
        batch_op.drop_index(batch_op.f("ix_legs_call_id"))
        batch_op.drop_index(batch_op.f("ix_legs_agent_id"))

    op.drop_table("legs")
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_events_incident_id"))

    op.drop_table("events")
    op.drop_table("articles")
    with op.batch_alter_table("recordings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recordings_transcribe_at"))
        batch_op.drop_index(batch_op.f("ix_recordings_recorded_at"))
        batch_op.drop_index(batch_op.f("ix_recordings_call_id"))

    op.drop_table("recordings")
    with op.batch_alter_table("incidents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incidents_warn_at"))
        batch_op.drop_index(batch_op.f("ix_incidents_reference"))
        batch_op.drop_index(batch_op.f("ix_incidents_outage_id"))
        batch_op.drop_index("ix_incidents_open_due")
        batch_op.drop_index(batch_op.f("ix_incidents_linked_to_id"))
        batch_op.drop_index(batch_op.f("ix_incidents_closing_at"))
        batch_op.drop_index(batch_op.f("ix_incidents_closed_at"))
        batch_op.drop_index(batch_op.f("ix_incidents_client_id"))
        batch_op.drop_index("ix_incidents_callback")

    op.drop_table("incidents")
    op.drop_table("call_turns")
    op.drop_table("outage_news")
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.drop_index("ix_calls_unended")
        batch_op.drop_index(batch_op.f("ix_calls_started_at"))

    op.drop_table("calls")
    with op.batch_alter_table("super_users", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_super_users_phone"))
        batch_op.drop_index(batch_op.f("ix_super_users_client_id"))

    op.drop_table("super_users")
    with op.batch_alter_table("rota_shifts", schema=None) as batch_op:
        batch_op.drop_index("ix_rota_shifts_feed_ends_at")
        batch_op.drop_index(batch_op.f("ix_rota_shifts_ends_at"))

    op.drop_table("rota_shifts")
    with op.batch_alter_table("rota_overrides", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rota_overrides_ends_at"))

    op.drop_table("rota_overrides")
    op.drop_table("rota_layer_members")
    with op.batch_alter_table("presence_changes", schema=None) as batch_op:
        batch_op.drop_index("ix_presence_changes_agent_at")

    op.drop_table("presence_changes")
    with op.batch_alter_table("phone_tests", schema=None) as batch_op:
        batch_op.drop_index("ix_phone_tests_of_phone")

    op.drop_table("phone_tests")
    op.drop_table("outages")
    op.drop_table("client_products")
    op.drop_table("client_lines")
    with op.batch_alter_table("audit_lines", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_lines_at"))

    op.drop_table("audit_lines")
    op.drop_table("rota_layers")
    op.drop_table("rota_feeds")
    op.drop_table("heartbeats")
    op.drop_table("escalation_contacts")
    op.drop_table("clients")
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_index("ix_attempts_kind_key_at")

    op.drop_table("attempts")
    op.drop_table("alarms")
    op.drop_table("agents")
