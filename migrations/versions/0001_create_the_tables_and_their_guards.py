"""Create the tables and their guards.

Revision: 0001
Follows: None
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from edc.models.base import BigKey, Moment
from edc.models.guards import TRAIL_TABLES, removals, statements

revision = "0001"
down_revision = None
AUDITED = {
    "allocation_list": ("id",),
    "crf_entry": ("id",),
    "data_lock": ("id",),
    "data_point": ("entry_id", "item", "item_repeat"),
    "deviation_proposal": ("id",),
    "link_proposal": ("id",),
    "list_proposal": ("id",),
    "minimisation_draw": ("id",),
    "notice": ("id",),
    "notice_seen": ("id",),
    "outgoing_mail": ("id",),
    "envelope": ("id",),
    "query": ("id",),
    "query_message": ("query_id", "number"),
    "recruitment_event": ("id",),
    "register_row": ("id",),
    "role_grant": ("id",),
    "safety_report": ("id",),
    "signature": ("id",),
    "site": ("id",),
    "slot": ("id",),
    "stratum": ("id",),
    "subject": ("id",),
    "subject_visit": ("id",),
    "unmasking": ("id",),
    "user_account": ("id",),
}

branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_transaction",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("username", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_transaction")),
    )
    with op.batch_alter_table("audit_transaction", schema=None) as batch_op:
        batch_op.create_index("ix_audit_transaction_action_id", ["action", "id"], unique=False)
        batch_op.create_index("ix_audit_transaction_at_id", ["at", "id"], unique=False)
        batch_op.create_index("ix_audit_transaction_role_id", ["role", "id"], unique=False)
        batch_op.create_index("ix_audit_transaction_username_id", ["username", "id"], unique=False)

    op.create_table(
        "sign_in_failure",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", Moment(), nullable=False),
        sa.Column("blocked_until", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_failure")),
    )
    with op.batch_alter_table("sign_in_failure", schema=None) as batch_op:
        batch_op.create_index("ix_sign_in_failure_last_at", ["last_at"], unique=False)

    op.create_table(
        "audit_entry",
        sa.Column("id", BigKey, autoincrement=False, nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("table_name", sa.String(length=40), nullable=False),
        sa.Column("row_key", sa.String(length=120), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=True),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("visit", sa.String(length=12), nullable=False),
        sa.Column("form", sa.String(length=12), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=20), nullable=False),
        sa.Column("item_repeat", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("old_values", sa.Text(), nullable=True),
        sa.Column("new_values", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'event') = (table_name = '')", name=op.f("ck_audit_entry_event_has_no_row")
        ),
        sa.CheckConstraint(
            "transaction_id = id / 1048576", name=op.f("ck_audit_entry_numbered_by_transaction")
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["audit_transaction.id"],
            name=op.f("fk_audit_entry_transaction_id_audit_transaction"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_form_id", ["form", "id"], unique=False)
        batch_op.create_index("ix_audit_entry_item_id", ["item", "id"], unique=False)
        batch_op.create_index("ix_audit_entry_site_id_id", ["site_id", "id"], unique=False)
        batch_op.create_index("ix_audit_entry_subject_id_id", ["subject_id", "id"], unique=False)
        batch_op.create_index(
            "ix_audit_entry_table_name_row_key", ["table_name", "row_key"], unique=False
        )
        batch_op.create_index(
            "ix_audit_entry_transaction_id_id", ["transaction_id", "id"], unique=False
        )
        batch_op.create_index("ix_audit_entry_visit_id", ["visit", "id"], unique=False)

    op.create_table(
        "allocation_list",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("list_id", sa.String(length=16), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("header_hash", sa.String(length=64), nullable=False),
        sa.Column("algorithm", sa.String(length=40), nullable=False),
        sa.Column("commitment", sa.Text(), nullable=False),
        sa.Column("design_fingerprint", sa.String(length=64), nullable=False),
        sa.Column("key_fingerprint", sa.String(length=64), nullable=False),
        sa.Column("loaded_at", Moment(), nullable=False),
        sa.Column("loaded_by", sa.String(length=80), nullable=False),
        sa.Column("confirmed_by", sa.String(length=80), nullable=False),
        sa.Column("allocated", sa.Integer(), nullable=False),
        sa.Column("gate", sa.String(length=10), nullable=False),
        sa.Column("closes_after", sa.Integer(), nullable=True),
        sa.Column("sealed_seed", sa.Text(), nullable=True),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "confirmed_by <> loaded_by", name=op.f("ck_allocation_list_two_persons")
        ),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_allocation_list_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation_list")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_allocation_list_audit_id")),
        sa.UniqueConstraint("purpose", name=op.f("uq_allocation_list_purpose")),
    )
    op.create_table(
        "list_proposal",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("list_id", sa.String(length=16), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposed_by", sa.String(length=80), nullable=False),
        sa.Column("proposed_at", Moment(), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_by IS NULL)",
            name=op.f("ck_list_proposal_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "(state = 'proposed') = (sealed IS NOT NULL)",
            name=op.f("ck_list_proposal_held_while_it_waits"),
        ),
        sa.CheckConstraint(
            "state = 'withdrawn' OR decided_by IS NULL OR decided_by <> proposed_by",
            name=op.f("ck_list_proposal_two_persons"),
        ),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_list_proposal_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_proposal")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_list_proposal_audit_id")),
    )
    with op.batch_alter_table("list_proposal", schema=None) as batch_op:
        batch_op.create_index(
            "ix_list_proposal_waiting",
            ["purpose"],
            unique=True,
            sqlite_where=sa.text("state = 'proposed'"),
            postgresql_where=sa.text("state = 'proposed'"),
        )

    op.create_table(
        "site",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("last_screening", sa.Integer(), nullable=False),
        sa.Column("last_subject", sa.Integer(), nullable=False),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_site_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_site_audit_id")),
        sa.UniqueConstraint("code", name=op.f("uq_site_code")),
    )
    op.create_table(
        "user_account",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("username", sa.String(length=80), nullable=False),
        sa.Column("full_name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("password_changed_at", Moment(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_user_account_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_user_account_audit_id")),
        sa.UniqueConstraint("username", name=op.f("uq_user_account_username")),
    )
    op.create_table(
        "register_row",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("register", sa.String(length=12), nullable=False),
        sa.Column("row_key", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_register_row_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_register_row_site_id_site")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_row")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_register_row_audit_id")),
        sa.UniqueConstraint(
            "site_id", "register", "row_key", name=op.f("uq_register_row_site_id_register_row_key")
        ),
    )
    op.create_table(
        "role_grant",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=True),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_role_grant_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_role_grant_site_id_site")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_role_grant_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_role_grant_audit_id")),
        sa.UniqueConstraint("user_id", "site_id", name=op.f("uq_role_grant_user_id_site_id")),
    )
    op.create_table(
        "stratum",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("stratum", sa.String(length=40), nullable=False),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_stratum_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["allocation_list.id"], name=op.f("fk_stratum_list_id_allocation_list")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stratum")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_stratum_audit_id")),
        sa.UniqueConstraint("list_id", "stratum", name=op.f("uq_stratum_list_id_stratum")),
    )
    op.create_table(
        "subject",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("screening_number", sa.String(length=16), nullable=False),
        sa.Column("subject_number", sa.String(length=16), nullable=True),
        sa.Column("registered_at", Moment(), nullable=False),
        sa.Column("rescreen_of_id", sa.BigInteger(), nullable=True),
        sa.Column("superseded", sa.Boolean(), nullable=False),
        sa.Column("counted_as_id", sa.BigInteger(), nullable=True),
        sa.Column("not_enrolled_reason", sa.String(length=12), nullable=True),
        sa.Column("not_enrolled_note", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_since", Moment(), nullable=False),
        sa.Column("initials", sa.String(length=4), nullable=True),
        sa.Column("identity_key", sa.String(length=40), nullable=True),
        sa.Column("next_visit", sa.String(length=12), nullable=True),
        sa.Column("next_due", sa.Date(), nullable=True),
        sa.Column("overdue_after", sa.Date(), nullable=True),
        sa.Column("randomised_on", sa.Date(), nullable=True),
        sa.Column("exclusion", sa.String(length=12), nullable=True),
        sa.Column("awaits_signature", sa.Boolean(), nullable=False),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_subject_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["counted_as_id"], ["subject.id"], name=op.f("fk_subject_counted_as_id_subject")
        ),
        sa.ForeignKeyConstraint(
            ["rescreen_of_id"], ["subject.id"], name=op.f("fk_subject_rescreen_of_id_subject")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_subject_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_subject_audit_id")),
        sa.UniqueConstraint(
            "site_id", "screening_number", name=op.f("uq_subject_site_id_screening_number")
        ),
        sa.UniqueConstraint(
            "site_id", "subject_number", name=op.f("uq_subject_site_id_subject_number")
        ),
    )
    with op.batch_alter_table("subject", schema=None) as batch_op:
        batch_op.create_index(
            "ix_subject_awaits_signature",
            ["awaits_signature", "superseded", "site_id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_subject_figures",
            ["superseded", "state", "exclusion", "site_id", "subject_number", "randomised_on"],
            unique=False,
        )
        batch_op.create_index("ix_subject_identity_key", ["identity_key"], unique=False)
        batch_op.create_index("ix_subject_initials", ["initials"], unique=False)
        batch_op.create_index(
            "ix_subject_overdue_after",
            ["superseded", "overdue_after", "state", "site_id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_subject_randomised_on",
            ["superseded", "randomised_on", "site_id"],
            unique=False,
        )
        batch_op.create_index("ix_subject_rescreen_of_id", ["rescreen_of_id"], unique=False)
        batch_op.create_index("ix_subject_site_id_id", ["site_id", "id"], unique=False)
        batch_op.create_index("ix_subject_site_id_state", ["site_id", "state"], unique=False)

    op.create_table(
        "user_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("last_seen_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_user_session_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_user_session")),
    )
    with op.batch_alter_table("user_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "crf_entry",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("visit", sa.String(length=12), nullable=False),
        sa.Column("form", sa.String(length=12), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("in_error", sa.Boolean(), nullable=False),
        sa.Column("error_reason", sa.Text(), nullable=True),
        sa.Column("saved_at", Moment(), nullable=False),
        sa.Column("saved_by", sa.String(length=80), nullable=False),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_crf_entry_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_crf_entry_subject_id_subject")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crf_entry")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_crf_entry_audit_id")),
        sa.UniqueConstraint(
            "subject_id",
            "visit",
            "form",
            "row_number",
            name=op.f("uq_crf_entry_subject_id_visit_form_row_number"),
        ),
    )
    op.create_table(
        "draft",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("visit", sa.String(length=12), nullable=False),
        sa.Column("form", sa.String(length=12), nullable=False),
        sa.Column("row_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("saved_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_draft_subject_id_subject")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_draft_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint(
            "user_id", "subject_id", "visit", "form", "row_number", name=op.f("pk_draft")
        ),
    )
    op.create_table(
        "query",
        sa.Column("id", BigKey, autoincrement=False, nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("visit", sa.String(length=12), nullable=False),
        sa.Column("form", sa.String(length=12), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=20), nullable=False),
        sa.Column("item_repeat", sa.Integer(), nullable=False),
        sa.Column("check_id", sa.String(length=40), nullable=False),
        sa.Column("raised_by", sa.String(length=80), nullable=False),
        sa.Column("raised_role", sa.String(length=40), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("reopened_at", Moment(), nullable=True),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("confirmed", sa.String(length=64), nullable=True),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_query_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_query_subject_id_subject")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_query")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_query_audit_id")),
    )
    with op.batch_alter_table("query", schema=None) as batch_op:
        batch_op.create_index("ix_query_opened_at_id", ["opened_at", "id"], unique=False)
        batch_op.create_index(
            "ix_query_state_opened_at_id", ["state", "opened_at", "id"], unique=False
        )
        batch_op.create_index("ix_query_subject_id_state", ["subject_id", "state"], unique=False)
        batch_op.create_index(
            "uq_query_of_check",
            ["subject_id", "visit", "form", "row_number", "item", "item_repeat", "check_id"],
            unique=True,
            sqlite_where=sa.text("check_id <> ''"),
            postgresql_where=sa.text("check_id <> ''"),
        )

    op.create_table(
        "query_message",
        sa.Column("query_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("username", sa.String(length=80), nullable=False),
        sa.Column("full_name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("missing", sa.String(length=4), nullable=True),
        sa.Column("waited", sa.Integer(), nullable=True),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_query_message_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["query_id"], ["query.id"], name=op.f("fk_query_message_query_id_query")
        ),
        sa.PrimaryKeyConstraint("query_id", "number", name=op.f("pk_query_message")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_query_message_audit_id")),
    )
    with op.batch_alter_table("query_message", schema=None) as batch_op:
        batch_op.create_index("ix_query_message_kind_waited", ["kind", "waited"], unique=False)

    op.create_table(
        "slot",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("stratum_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("block", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sealed_arm", sa.Text(), nullable=False),
        sa.Column("slot_hash", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("randomisation_number", sa.String(length=8), nullable=True),
        sa.Column("allocated_at", Moment(), nullable=True),
        sa.Column("allocated_by", sa.String(length=80), nullable=True),
        sa.Column("entered_at", Moment(), nullable=True),
        sa.Column("passed_over_at", Moment(), nullable=True),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(subject_id IS NULL) = (allocated_at IS NULL)", name=op.f("ck_slot_taken_with_time")
        ),
        sa.CheckConstraint(
            "subject_id IS NULL OR passed_over_at IS NULL", name=op.f("ck_slot_passed_over_unused")
        ),
        sa.CheckConstraint(
            "entered_at IS NULL OR allocated_at IS NOT NULL",
            name=op.f("ck_slot_entered_with_time"),
        ),
        sa.CheckConstraint(
            "(subject_id IS NULL) = (randomisation_number IS NULL)",
            name=op.f("ck_slot_taken_with_number"),
        ),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_slot_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["stratum_id"], ["stratum.id"], name=op.f("fk_slot_stratum_id_stratum")
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_slot_subject_id_subject")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_slot_audit_id")),
        sa.UniqueConstraint("randomisation_number", name=op.f("uq_slot_randomisation_number")),
        sa.UniqueConstraint("stratum_id", "sequence", name=op.f("uq_slot_stratum_id_sequence")),
        sa.UniqueConstraint("subject_id", name=op.f("uq_slot_subject_id")),
    )
    op.create_table(
        "minimisation_draw",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("slot_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sealed_draw", sa.Text(), nullable=False),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_minimisation_draw_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["allocation_list.id"],
            name=op.f("fk_minimisation_draw_list_id_allocation_list"),
        ),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["slot.id"], name=op.f("fk_minimisation_draw_slot_id_slot")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minimisation_draw")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_minimisation_draw_audit_id")),
        sa.UniqueConstraint("list_id", "number", name=op.f("uq_minimisation_draw_list_id_number")),
        sa.UniqueConstraint("slot_id", name=op.f("uq_minimisation_draw_slot_id")),
    )
    op.create_table(
        "subject_visit",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("target", sa.Date(), nullable=True),
        sa.Column("window_start", sa.Date(), nullable=True),
        sa.Column("window_end", sa.Date(), nullable=True),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_subject_visit_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_subject_visit_subject_id_subject")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_visit")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_subject_visit_audit_id")),
        sa.UniqueConstraint("subject_id", "code", name=op.f("uq_subject_visit_subject_id_code")),
    )
    op.create_table(
        "data_point",
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("item", sa.String(length=20), nullable=False),
        sa.Column("item_repeat", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("missing", sa.String(length=4), nullable=True),
        sa.Column("missing_reason", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(missing IS NULL) = (missing_reason IS NULL)",
            name=op.f("ck_data_point_missing_has_reason"),
        ),
        sa.CheckConstraint(
            "value IS NULL OR missing IS NULL", name=op.f("ck_data_point_value_or_missing")
        ),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_data_point_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["crf_entry.id"], name=op.f("fk_data_point_entry_id_crf_entry")
        ),
        sa.PrimaryKeyConstraint("entry_id", "item", "item_repeat", name=op.f("pk_data_point")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_data_point_audit_id")),
    )
    op.create_table(
        "safety_report",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("form", sa.String(length=12), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("report_version", sa.Integer(), nullable=False),
        sa.Column("entry_version", sa.Integer(), nullable=False),
        sa.Column("sent_at", Moment(), nullable=False),
        sa.Column("sent_by", sa.String(length=80), nullable=False),
        sa.Column("full_name", sa.String(length=120), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_safety_report_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_safety_report_subject_id_subject")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_safety_report")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_safety_report_audit_id")),
        sa.UniqueConstraint(
            "subject_id",
            "form",
            "row_number",
            "report_version",
            name=op.f("uq_safety_report_subject_id_form_row_number_report_version"),
        ),
    )

    op.create_table(
        "signature",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("full_name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("meaning", sa.String(length=40), nullable=False),
        sa.Column("signed_at", Moment(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("entry_version", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("voided_at", Moment(), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=True),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_signature_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["crf_entry.id"], name=op.f("fk_signature_entry_id_crf_entry")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_signature_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_signature_audit_id")),
    )
    with op.batch_alter_table("signature", schema=None) as batch_op:
        batch_op.create_index("ix_signature_entry_id", ["entry_id"], unique=False)

    op.create_table(
        "notice",
        sa.Column("id", BigKey, autoincrement=False, nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("visit", sa.String(length=12), nullable=False),
        sa.Column("form", sa.String(length=12), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=20), nullable=False),
        sa.Column("item_repeat", sa.Integer(), nullable=False),
        sa.Column("check_id", sa.String(length=40), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("raised_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_notice_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_notice_subject_id_subject")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_notice_audit_id")),
        sa.UniqueConstraint(
            "subject_id",
            "visit",
            "form",
            "row_number",
            "item",
            "item_repeat",
            "check_id",
            name=op.f("uq_notice_subject_id_visit_form_row_number_item_item_repeat_check_id"),
        ),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index("ix_notice_ended_at", ["ended_at", "raised_at"], unique=False)

    op.create_table(
        "notice_seen",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("username", sa.String(length=80), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_notice_seen_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_notice_seen_notice_id_notice")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_notice_seen_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_seen")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_notice_seen_audit_id")),
        sa.UniqueConstraint("notice_id", "user_id", name=op.f("uq_notice_seen_notice_id_user_id")),
    )
    op.create_table(
        "deviation_proposal",
        sa.Column("id", BigKey, autoincrement=False, nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("visit", sa.String(length=12), nullable=False),
        sa.Column("form", sa.String(length=12), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=20), nullable=False),
        sa.Column("item_repeat", sa.Integer(), nullable=False),
        sa.Column("check_id", sa.String(length=40), nullable=False),
        sa.Column("dvcat", sa.String(length=12), nullable=False),
        sa.Column("dvsev", sa.String(length=12), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposed_at", Moment(), nullable=False),
        sa.Column("cured_at", Moment(), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("dv_row", sa.Integer(), nullable=True),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_deviation_proposal_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.CheckConstraint(
            "(state = 'accepted') = (dv_row IS NOT NULL)",
            name=op.f("ck_deviation_proposal_accepted_with_row"),
        ),
        sa.CheckConstraint(
            "state <> 'refused' OR reason IS NOT NULL",
            name=op.f("ck_deviation_proposal_refused_with_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_deviation_proposal_subject_id_subject")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deviation_proposal")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_deviation_proposal_audit_id")),
        sa.UniqueConstraint(
            "subject_id",
            "visit",
            "form",
            "row_number",
            "item",
            "item_repeat",
            "check_id",
            name=op.f(
                "uq_deviation_proposal_subject_id_visit_form_row_number_item_item_repeat_check_id"
            ),
        ),
    )
    with op.batch_alter_table("deviation_proposal", schema=None) as batch_op:
        batch_op.create_index("ix_deviation_proposal_state", ["state", "id"], unique=False)

    op.create_table(
        "link_proposal",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("counted_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposed_by", sa.String(length=80), nullable=False),
        sa.Column("proposed_at", Moment(), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_link_proposal_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.CheckConstraint(
            "subject_id <> counted_id", name=op.f("ck_link_proposal_two_registrations")
        ),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_by IS NULL)",
            name=op.f("ck_link_proposal_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> proposed_by",
            name=op.f("ck_link_proposal_two_persons"),
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_link_proposal_subject_id_subject")
        ),
        sa.ForeignKeyConstraint(
            ["counted_id"], ["subject.id"], name=op.f("fk_link_proposal_counted_id_subject")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_proposal")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_link_proposal_audit_id")),
    )
    with op.batch_alter_table("link_proposal", schema=None) as batch_op:
        batch_op.create_index("ix_link_proposal_subject_id", ["subject_id"], unique=False)

    op.create_table(
        "recruitment_event",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.String(length=10), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("username", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("allocated", sa.Integer(), nullable=False),
        sa.Column("closes_after", sa.Integer(), nullable=True),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_recruitment_event_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["allocation_list.id"],
            name=op.f("fk_recruitment_event_list_id_allocation_list"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recruitment_event")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_recruitment_event_audit_id")),
    )
    with op.batch_alter_table("recruitment_event", schema=None) as batch_op:
        batch_op.create_index("ix_recruitment_event_list_id", ["list_id"], unique=False)

    op.create_table(
        "envelope",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("stratum_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("sealed_arm", sa.Text(), nullable=False),
        sa.Column("unsealed_at", Moment(), nullable=False),
        sa.Column("unsealed_by", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.String(length=80), nullable=False),
        sa.Column("entered_role", sa.String(length=40), nullable=False),
        sa.Column("entered_at", Moment(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("conflict", sa.String(length=20), nullable=True),
        sa.Column("is_as_listed", sa.Boolean(), nullable=True),
        sa.Column("passed_over", sa.Integer(), nullable=False),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_by IS NULL)",
            name=op.f("ck_envelope_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> entered_by", name=op.f("ck_envelope_two_persons")
        ),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_envelope_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["stratum_id"], ["stratum.id"], name=op.f("fk_envelope_stratum_id_stratum")
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_envelope_subject_id_subject")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_envelope")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_envelope_audit_id")),
    )
    with op.batch_alter_table("envelope", schema=None) as batch_op:
        batch_op.create_index("ix_envelope_state", ["state"], unique=False)
        batch_op.create_index("ix_envelope_subject_id", ["subject_id"], unique=False)

    op.create_table(
        "outgoing_mail",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=True),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("username", sa.String(length=80), nullable=False),
        sa.Column("queued_at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.Column("sent_to", sa.String(length=254), nullable=True),
        sa.Column("fault", sa.String(length=80), nullable=True),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_outgoing_mail_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_outgoing_mail_site_id_site")
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_outgoing_mail_subject_id_subject")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_outgoing_mail_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_mail")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_outgoing_mail_audit_id")),
        sa.UniqueConstraint("token", name=op.f("uq_outgoing_mail_token")),
    )
    with op.batch_alter_table("outgoing_mail", schema=None) as batch_op:
        batch_op.create_index("ix_outgoing_mail_state", ["state", "due_at"], unique=False)

    op.create_table(
        "data_lock",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("visit", sa.String(length=12), nullable=False),
        sa.Column("form", sa.String(length=12), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("locked_by", sa.String(length=80), nullable=False),
        sa.Column("locked_at", Moment(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("data_sha256", sa.String(length=64), nullable=True),
        sa.Column("trail_sha256", sa.String(length=64), nullable=True),
        sa.Column("trail_entry", sa.BigInteger(), nullable=True),
        sa.Column("unlock_asked_by", sa.String(length=80), nullable=True),
        sa.Column("unlock_asked_at", Moment(), nullable=True),
        sa.Column("unlock_reason", sa.Text(), nullable=True),
        sa.Column("unlocked_by", sa.String(length=80), nullable=True),
        sa.Column("unlocked_at", Moment(), nullable=True),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_data_lock_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.CheckConstraint(
            "(subject_id IS NULL) = (data_sha256 IS NOT NULL)",
            name=op.f("ck_data_lock_study_digest"),
        ),
        sa.CheckConstraint(
            "subject_id IS NOT NULL OR form = ''", name=op.f("ck_data_lock_study_as_a_whole")
        ),
        sa.CheckConstraint(
            "subject_id IS NOT NULL OR unlocked_by IS NULL OR unlocked_by <> unlock_asked_by",
            name=op.f("ck_data_lock_two_persons"),
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_data_lock_subject_id_subject")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_lock")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_data_lock_audit_id")),
    )
    with op.batch_alter_table("data_lock", schema=None) as batch_op:
        batch_op.create_index(
            "ix_data_lock_subject_id_unlocked_at", ["subject_id", "unlocked_at"], unique=False
        )

    op.create_table(
        "unmasking",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("lock_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("person_role", sa.String(length=40), nullable=False),
        sa.Column("why", sa.String(length=8), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_role", sa.String(length=40), nullable=True),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("shown_at", Moment(), nullable=True),
        sa.Column("known_from", Moment(), nullable=True),
        sa.Column("known_on", sa.Date(), nullable=True),
        sa.Column("unbl_row", sa.Integer(), nullable=True),
        sa.Column("impact", sa.Text(), nullable=True),
        sa.Column("impact_by", sa.String(length=80), nullable=True),
        sa.Column("impact_at", Moment(), nullable=True),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit_entry.id"],
            name=op.f("fk_unmasking_audit_id_audit_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.CheckConstraint(
            "(kind = 'planned') = (subject_id IS NULL)", name=op.f("ck_unmasking_of_whom")
        ),
        sa.CheckConstraint(
            "(kind = 'planned') = (lock_id IS NOT NULL)",
            name=op.f("ck_unmasking_planned_under_lock"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> person", name=op.f("ck_unmasking_two_persons")
        ),
        sa.CheckConstraint(
            "(state IN ('asked', 'reported')) = (decided_by IS NULL)",
            name=op.f("ck_unmasking_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "(state = 'shown') = (shown_at IS NOT NULL)",
            name=op.f("ck_unmasking_shown_with_time"),
        ),
        sa.ForeignKeyConstraint(
            ["lock_id"], ["data_lock.id"], name=op.f("fk_unmasking_lock_id_data_lock")
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_unmasking_subject_id_subject")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unmasking")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_unmasking_audit_id")),
    )
    with op.batch_alter_table("unmasking", schema=None) as batch_op:
        batch_op.create_index("ix_unmasking_state_asked_at", ["state", "asked_at"], unique=False)
        batch_op.create_index(
            "ix_unmasking_subject_id_person", ["subject_id", "person"], unique=False
        )

    for statement in statements(op.get_bind().dialect.name, audited=AUDITED, trail=TRAIL_TABLES):
        op.execute(statement)


def downgrade() -> None:
    for statement in removals(op.get_bind().dialect.name, audited=AUDITED):
        op.execute(statement)
    op.drop_table("unmasking")
    op.drop_table("data_lock")
    op.drop_table("outgoing_mail")
    op.drop_table("envelope")
    op.drop_table("recruitment_event")
    op.drop_table("link_proposal")
    op.drop_table("deviation_proposal")
    op.drop_table("notice_seen")
    op.drop_table("notice")
    op.drop_table("signature")
    op.drop_table("safety_report")
    op.drop_table("data_point")
    op.drop_table("subject_visit")
    op.drop_table("minimisation_draw")
    op.drop_table("slot")
    op.drop_table("query_message")
    op.drop_table("query")
    op.drop_table("draft")
    op.drop_table("crf_entry")
    op.drop_table("user_session")
    op.drop_table("subject")
    op.drop_table("stratum")
    op.drop_table("role_grant")
    op.drop_table("register_row")
    op.drop_table("user_account")
    op.drop_table("site")
    op.drop_table("list_proposal")
    op.drop_table("allocation_list")
    op.drop_table("audit_entry")
    op.drop_table("sign_in_failure")
    op.drop_table("audit_transaction")
