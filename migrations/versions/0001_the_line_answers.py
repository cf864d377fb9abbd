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
        sa.Column("csa", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sought", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
        sa.UniqueConstraint("number", name=op.f("uq_clients_number")),
    )
    op.create_table(
        "downtimes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_downtimes")),
    )
    with op.batch_alter_table("downtimes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_downtimes_ended_at"), ["ended_at"], unique=False)

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
        "api_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("hint", sa.String(length=4), nullable=False),
        sa.Column("form", sa.String(length=32), nullable=False),
        sa.Column("rights", sa.JSON(), nullable=False),
        sa.Column("may_change", sa.Boolean(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_api_tokens_agent_id")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["agents.id"], name=op.f("fk_api_tokens_created_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("form", name=op.f("uq_api_tokens_form")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
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
        batch_op.create_index("ix_audit_lines_act_id", ["act", "id"], unique=False)
        batch_op.create_index("ix_audit_lines_agent_id_id", ["agent_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_lines_at"), ["at"], unique=False)

    op.create_table(
        "client_imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("sheet", sa.JSON(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_client_imports_agent_id")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_client_imports_client_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_imports")),
    )
    with op.batch_alter_table("client_imports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_client_imports_at"), ["at"], unique=False)

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
        "console_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("stamp", sa.String(length=64), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("awaits_code", sa.Boolean(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_console_sessions_agent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_console_sessions")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_console_sessions_key_hash")),
    )
    with op.batch_alter_table("console_sessions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_console_sessions_agent_id"), ["agent_id"], unique=False
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
        "password_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_password_links_agent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_links")),
        sa.UniqueConstraint("nonce", name=op.f("uq_password_links_nonce")),
    )
    with op.batch_alter_table("password_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_password_links_agent_id"), ["agent_id"], unique=False)

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
        "recovery_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("selector", sa.String(length=2), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_recovery_codes_agent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint(
            "agent_id", "selector", name=op.f("uq_recovery_codes_agent_id_selector")
        ),
    )
    op.create_table(
        "rota_addresses",
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_rota_addresses_agent_id")
        ),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_rota_addresses")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_rota_addresses_secret_hash")),
    )
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
        "second_factors",
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_second_factors_agent_id")
        ),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_second_factors")),
    )
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
        sa.Column("removed_reason", sa.String(), nullable=False),
        sa.Column("sought", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_super_users_client_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_super_users")),
    )
    with op.batch_alter_table("super_users", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_super_users_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_super_users_phone"), ["phone"], unique=False)

    op.create_table(
        "webhook_targets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("form", sa.String(length=32), nullable=False),
        sa.Column("rights", sa.JSON(), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("old_salt", sa.String(length=64), nullable=True),
        sa.Column("salted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_why", sa.String(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["agents.id"], name=op.f("fk_webhook_targets_created_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_targets")),
        sa.UniqueConstraint("form", name=op.f("uq_webhook_targets_form")),
    )
    op.create_table(
        "api_answers",
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.Column("location", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["token_id"], ["api_tokens.id"], name=op.f("fk_api_answers_token_id")
        ),
        sa.PrimaryKeyConstraint("token_id", "key", name=op.f("pk_api_answers")),
    )
    with op.batch_alter_table("api_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_answers_at"), ["at"], unique=False)

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
        "client_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("super_user_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_client_changes_agent_id")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_client_changes_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["super_user_id"], ["super_users.id"], name=op.f("fk_client_changes_super_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_changes")),
    )
    with op.batch_alter_table("client_changes", schema=None) as batch_op:
        batch_op.create_index("ix_client_changes_client", ["client_id", "id"], unique=False)

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
        "rota_swaps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("asker_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("back_level", sa.String(), nullable=True),
        sa.Column("back_starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("back_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("override_id", sa.Integer(), nullable=True),
        sa.Column("back_override_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["asker_id"], ["agents.id"], name=op.f("fk_rota_swaps_asker_id")),
        sa.ForeignKeyConstraint(
            ["back_override_id"], ["rota_overrides.id"], name=op.f("fk_rota_swaps_back_override_id")
        ),
        sa.ForeignKeyConstraint(["other_id"], ["agents.id"], name=op.f("fk_rota_swaps_other_id")),
        sa.ForeignKeyConstraint(
            ["override_id"], ["rota_overrides.id"], name=op.f("fk_rota_swaps_override_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rota_swaps")),
    )
    with op.batch_alter_table("rota_swaps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rota_swaps_asker_id"), ["asker_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rota_swaps_lapses_at"), ["lapses_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_rota_swaps_other_id"), ["other_id"], unique=False)

    op.create_table(
        "webhook_subscriptions",
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["target_id"], ["webhook_targets.id"], name=op.f("fk_webhook_subscriptions_target_id")
        ),
        sa.PrimaryKeyConstraint("target_id", "type", name=op.f("pk_webhook_subscriptions")),
    )
    with op.batch_alter_table("webhook_subscriptions", schema=None) as batch_op:
        batch_op.create_index("ix_webhook_subscriptions_type", ["type"], unique=False)

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
        sa.Column("after_hours", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("breach_cause", sa.String(), nullable=True),
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
        sa.Column("callback_agent_id", sa.Integer(), nullable=True),
        sa.Column("callback_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("callback_owed_at", sa.DateTime(timezone=True), nullable=True),
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
        sa.Column(
            "shelf",
            sa.Integer(),
            sa.Computed(
                "CASE\n    WHEN state IN ('new', 'reopened') THEN 0\n    WHEN state IN ('taken', 'in_progress', 'waiting') AND (met_at IS NULL OR callback_at IS NOT NULL) THEN 1\n    WHEN state = 'resolved' AND callback_at IS NOT NULL THEN 2\n    WHEN state IN ('taken', 'in_progress', 'waiting') AND (correction_due_at IS NOT NULL OR update_due_at IS NOT NULL) THEN 3\n    WHEN state IN ('taken', 'in_progress', 'waiting') THEN 4\n    WHEN state = 'resolved' THEN 5\n    WHEN state = 'closed' THEN 6\n    ELSE 7\nEND",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "shelf_place",
            sa.DateTime(timezone=True),
            sa.Computed(
                "CASE\n    WHEN state = 'closed' THEN coalesce(closed_at, opened_at)\n    WHEN state = 'resolved' THEN coalesce(resolved_at, opened_at)\n    WHEN state = 'refused' THEN opened_at\n    WHEN met_at IS NULL AND (correction_due_at IS NULL OR due_at <= correction_due_at)\n        AND (update_due_at IS NULL OR due_at <= update_due_at) THEN due_at\n    WHEN correction_due_at IS NOT NULL\n        AND (update_due_at IS NULL OR correction_due_at <= update_due_at) THEN correction_due_at\n    ELSE coalesce(update_due_at, due_at)\nEND",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_incidents_call_id")),
        sa.ForeignKeyConstraint(
            ["callback_agent_id"], ["agents.id"], name=op.f("fk_incidents_callback_agent_id")
        ),
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
        batch_op.create_index("ix_incidents_caller", ["super_user_id", "id"], unique=False)
        batch_op.create_index("ix_incidents_client", ["client_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_incidents_closed_at"), ["closed_at"], unique=False)
        batch_op.create_index("ix_incidents_closing", ["closing_at", "id"], unique=False)
        batch_op.create_index("ix_incidents_holder", ["holder_id", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_incidents_linked_to_id"), ["linked_to_id"], unique=False
        )
        batch_op.create_index("ix_incidents_number", ["callback_number", "id"], unique=False)
        batch_op.create_index("ix_incidents_open_due", ["state", "due_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_incidents_opened_at"), ["opened_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_incidents_outage_id"), ["outage_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_incidents_reference"), ["reference"], unique=False)
        batch_op.create_index(
            "ix_incidents_shelf",
            ["shelf", "shelf_place", "id", "priority", "product", "state", "holder_id"],
            unique=False,
        )
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
        "incident_words",
        sa.Column("word", sa.String(length=40), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_incident_words_incident_id")
        ),
        sa.PrimaryKeyConstraint("word", "incident_id", name=op.f("pk_incident_words")),
    )
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
        batch_op.create_index(batch_op.f("ix_messages_sent_at"), ["sent_at"], unique=False)

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

    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("incident_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_webhook_deliveries_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_webhook_deliveries_incident_id")
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["webhook_targets.id"], name=op.f("fk_webhook_deliveries_target_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint(
            "target_id", "event_id", name=op.f("uq_webhook_deliveries_target_id_event_id")
        ),
    )
    with op.batch_alter_table("webhook_deliveries", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_webhook_deliveries_created_at"), ["created_at"], unique=False
        )
        batch_op.create_index("ix_webhook_deliveries_due", ["target_id", "send_at"], unique=False)
        batch_op.create_index(
            "ix_webhook_deliveries_order", ["target_id", "incident_id", "id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("webhook_deliveries", schema=None) as batch_op:
        batch_op.drop_index("ix_webhook_deliveries_order")
        batch_op.drop_index("ix_webhook_deliveries_due")
        batch_op.drop_index(batch_op.f("ix_webhook_deliveries_created_at"))

    op.drop_table("webhook_deliveries")
    with op.batch_alter_table("article_words", schema=None) as batch_op:
        batch_op.drop_index("ix_article_words_word")

    op.drop_table("article_words")
    with op.batch_alter_table("reminders", schema=None) as batch_op:
        batch_op.drop_index("ix_reminders_waiting")
        batch_op.drop_index(batch_op.f("ix_reminders_incident_id"))

    op.drop_table("reminders")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_messages_sent_at"))
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
    op.drop_table("incident_words")
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
        batch_op.drop_index("ix_incidents_shelf")
        batch_op.drop_index(batch_op.f("ix_incidents_reference"))
        batch_op.drop_index(batch_op.f("ix_incidents_outage_id"))
        batch_op.drop_index(batch_op.f("ix_incidents_opened_at"))
        batch_op.drop_index("ix_incidents_open_due")
        batch_op.drop_index("ix_incidents_number")
        batch_op.drop_index(batch_op.f("ix_incidents_linked_to_id"))
        batch_op.drop_index("ix_incidents_holder")
        batch_op.drop_index("ix_incidents_closing")
        batch_op.drop_index(batch_op.f("ix_incidents_closed_at"))
        batch_op.drop_index("ix_incidents_client")
        batch_op.drop_index("ix_incidents_caller")
        batch_op.drop_index("ix_incidents_callback")

    op.drop_table("incidents")
    op.drop_table("call_turns")
    with op.batch_alter_table("webhook_subscriptions", schema=None) as batch_op:
        batch_op.drop_index("ix_webhook_subscriptions_type")

    op.drop_table("webhook_subscriptions")
    with op.batch_alter_table("rota_swaps", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rota_swaps_other_id"))
        batch_op.drop_index(batch_op.f("ix_rota_swaps_lapses_at"))
        batch_op.drop_index(batch_op.f("ix_rota_swaps_asker_id"))

    op.drop_table("rota_swaps")
    op.drop_table("outage_news")
    with op.batch_alter_table("client_changes", schema=None) as batch_op:
        batch_op.drop_index("ix_client_changes_client")

    op.drop_table("client_changes")
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.drop_index("ix_calls_unended")
        batch_op.drop_index(batch_op.f("ix_calls_started_at"))

    op.drop_table("calls")
    with op.batch_alter_table("api_answers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_answers_at"))

    op.drop_table("api_answers")
    op.drop_table("webhook_targets")
    with op.batch_alter_table("super_users", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_super_users_phone"))
        batch_op.drop_index(batch_op.f("ix_super_users_client_id"))

    op.drop_table("super_users")
    op.drop_table("second_factors")
    with op.batch_alter_table("rota_shifts", schema=None) as batch_op:
        batch_op.drop_index("ix_rota_shifts_feed_ends_at")
        batch_op.drop_index(batch_op.f("ix_rota_shifts_ends_at"))

    op.drop_table("rota_shifts")
    with op.batch_alter_table("rota_overrides", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rota_overrides_ends_at"))

    op.drop_table("rota_overrides")
    op.drop_table("rota_layer_members")
    op.drop_table("rota_addresses")
    op.drop_table("recovery_codes")
    with op.batch_alter_table("presence_changes", schema=None) as batch_op:
        batch_op.drop_index("ix_presence_changes_agent_at")

    op.drop_table("presence_changes")
    with op.batch_alter_table("phone_tests", schema=None) as batch_op:
        batch_op.drop_index("ix_phone_tests_of_phone")

    op.drop_table("phone_tests")
    with op.batch_alter_table("password_links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_password_links_agent_id"))

    op.drop_table("password_links")
    op.drop_table("outages")
    with op.batch_alter_table("console_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_console_sessions_agent_id"))

    op.drop_table("console_sessions")
    op.drop_table("client_products")
    op.drop_table("client_lines")
    with op.batch_alter_table("client_imports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_client_imports_at"))

    op.drop_table("client_imports")
    with op.batch_alter_table("audit_lines", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_lines_at"))
        batch_op.drop_index("ix_audit_lines_agent_id_id")
        batch_op.drop_index("ix_audit_lines_act_id")

    op.drop_table("audit_lines")
    op.drop_table("api_tokens")
    op.drop_table("rota_layers")
    op.drop_table("rota_feeds")
    op.drop_table("heartbeats")
    op.drop_table("escalation_contacts")
    with op.batch_alter_table("downtimes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_downtimes_ended_at"))

    op.drop_table("downtimes")
    op.drop_table("clients")
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_index("ix_attempts_kind_key_at")

    op.drop_table("attempts")
    op.drop_table("alarms")
    op.drop_table("agents")
