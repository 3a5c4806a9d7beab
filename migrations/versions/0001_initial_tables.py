"""Initial tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import competition.kernel.data.columns
from competition.decisions.models import APPEND_ONLY as PUBLICATIONS
from competition.entries.models import APPEND_ONLY as REVISIONS
from competition.judging.models import APPEND_ONLY as SHEETS
from competition.kernel.data.models import APPEND_ONLY as AUDIT

revision = '0001'
down_revision = None


def upgrade() -> None:
    op.create_table('audit_event',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('chain', sa.String(length=60), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('action', sa.String(length=80), nullable=False),
    sa.Column('subject', sa.String(length=80), nullable=False),
    sa.Column('data', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('prev_hash', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_event')),
    sa.UniqueConstraint('chain', 'seq', name=op.f('uq_audit_event_chain_seq'))
    )
    op.create_table('audit_head',
    sa.Column('chain', sa.String(length=60), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('chain', name=op.f('pk_audit_head'))
    )
    op.create_table('idempotency_key',
    sa.Column('actor_id', sa.Uuid(), nullable=False),
    sa.Column('action', sa.String(length=80), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('body_hash', sa.String(length=64), nullable=False),
    sa.Column('answer', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('actor_id', 'action', 'key', name=op.f('pk_idempotency_key'))
    )
    with op.batch_alter_table('idempotency_key', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_idempotency_key_at'), ['at'], unique=False)

    op.create_table('mail_message',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('to', sa.String(length=320), nullable=False),
    sa.Column('subject', sa.String(length=300), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('lang', sa.String(length=10), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('created_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('sent_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('queued', 'sent', 'failed')", name=op.f('ck_mail_message_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mail_message'))
    )
    with op.batch_alter_table('mail_message', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mail_message_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_mail_message_to'), ['to'], unique=False)

    op.create_table('outbox_job',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('payload', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('created_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('due_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('lease_until', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.Column('finished_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.Column('progress_done', sa.BigInteger(), nullable=False),
    sa.Column('progress_total', sa.BigInteger(), nullable=False),
    sa.Column('progress_note', sa.String(length=200), nullable=False),
    sa.Column('result', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("state IN ('due', 'running', 'done', 'dead')", name=op.f('ck_outbox_job_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox_job')),
    sa.UniqueConstraint('kind', 'key', name=op.f('uq_outbox_job_kind_key'))
    )
    with op.batch_alter_table('outbox_job', schema=None) as batch_op:
        batch_op.create_index('ix_outbox_job_pending', ['due_at'], unique=False, sqlite_where=sa.text("state IN ('due', 'running')"), postgresql_where=sa.text("state IN ('due', 'running')"))

    op.create_table('programme',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('name', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('summary', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('budget_minor', sa.BigInteger(), nullable=False),
    sa.Column('team_cap', sa.Integer(), nullable=True),
    sa.Column('zone', sa.String(length=60), nullable=False),
    sa.Column('languages', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('themes', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('starts_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.Column('ends_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.Column('created_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('budget_minor >= 0', name=op.f('ck_programme_budget')),
    sa.CheckConstraint('starts_at IS NULL OR ends_at IS NULL OR starts_at < ends_at', name=op.f('ck_programme_dates')),
    sa.CheckConstraint('team_cap IS NULL OR team_cap >= 1', name=op.f('ck_programme_team_cap')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programme')),
    sa.UniqueConstraint('code', name=op.f('uq_programme_code'))
    )
    op.create_table('team',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('native_name', sa.String(length=200), nullable=False),
    sa.Column('org_type', sa.String(length=30), nullable=False),
    sa.Column('registration_number', sa.String(length=80), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('signatory', sa.String(length=200), nullable=False),
    sa.Column('contact', sa.String(length=320), nullable=False),
    sa.Column('created_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_team')),
    sa.UniqueConstraint('code', name=op.f('uq_team_code'))
    )
    op.create_table('user_account',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('email', sa.String(length=320), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('password_hash', sa.String(length=200), nullable=True),
    sa.Column('locale', sa.String(length=10), nullable=False),
    sa.Column('zone', sa.String(length=60), nullable=False),
    sa.Column('is_operator', sa.Boolean(), nullable=False),
    sa.Column('confirmed_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.Column('created_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_account')),
    sa.UniqueConstraint('email', name=op.f('uq_user_account_email'))
    )
    op.create_table('calendar_day',
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('working', sa.Boolean(), nullable=False),
    sa.Column('label', sa.String(length=80), nullable=False),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_calendar_day_programme_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('programme_id', 'day', name=op.f('pk_calendar_day'))
    )
    op.create_table('call',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('theme', sa.String(length=40), nullable=False),
    sa.Column('title', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('summary', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('owner', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('organiser', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('contact', sa.String(length=320), nullable=False),
    sa.Column('details', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('kpis', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('min_trl', sa.Integer(), nullable=True),
    sa.Column('slots', sa.Integer(), nullable=False),
    sa.Column('budget_minor', sa.BigInteger(), nullable=False),
    sa.Column('award_cap_minor', sa.BigInteger(), nullable=True),
    sa.Column('created_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('search', sa.Text(), server_default='', nullable=False),
    sa.Column('published_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.Column('opens_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.Column('visit_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.Column('questions_close_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.Column('deadline_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.Column('shortlist_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.Column('defence_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.Column('notice_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.Column('pilot_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.Column('pilot_days', sa.Integer(), nullable=True),
    sa.Column('grace_seconds', sa.Integer(), nullable=False),
    sa.Column('open_calls_per_team', sa.Integer(), nullable=False),
    sa.Column('partners_max', sa.Integer(), nullable=False),
    sa.Column('resubmit', sa.Boolean(), nullable=False),
    sa.Column('blind', sa.Boolean(), nullable=False),
    sa.Column('judge_names_public', sa.Boolean(), nullable=False),
    sa.Column('panel_min', sa.Integer(), nullable=False),
    sa.Column('reviews_per_entry', sa.Integer(), nullable=False),
    sa.Column('quorum', sa.Integer(), nullable=False),
    sa.Column('method', sa.String(length=10), nullable=False),
    sa.Column('trim_from', sa.Integer(), nullable=False),
    sa.Column('pass_mark', sa.Integer(), nullable=True),
    sa.Column('floor_percent', sa.Integer(), nullable=False),
    sa.Column('tie_break', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('notice_working_days', sa.Integer(), nullable=False),
    sa.Column('file_max_bytes', sa.BigInteger(), nullable=False),
    sa.Column('entry_max_bytes', sa.BigInteger(), nullable=False),
    sa.Column('entry_max_files', sa.Integer(), nullable=False),
    sa.CheckConstraint("method IN ('mean', 'trimmed', 'median')", name=op.f('ck_call_method')),
    sa.CheckConstraint("state IN ('draft', 'published', 'judging', 'notice', 'piloting', 'archived', 'cancelled')", name=op.f('ck_call_state')),
    sa.CheckConstraint('award_cap_minor IS NULL OR award_cap_minor >= 0', name=op.f('ck_call_award_cap')),
    sa.CheckConstraint('budget_minor >= 0', name=op.f('ck_call_budget')),
    sa.CheckConstraint('floor_percent >= 0 AND floor_percent <= 100', name=op.f('ck_call_floor')),
    sa.CheckConstraint('grace_seconds >= 0', name=op.f('ck_call_grace')),
    sa.CheckConstraint('min_trl IS NULL OR (min_trl >= 1 AND min_trl <= 9)', name=op.f('ck_call_min_trl')),
    sa.CheckConstraint('notice_working_days >= 0', name=op.f('ck_call_notice_days')),
    sa.CheckConstraint('opens_at IS NULL OR deadline_at IS NULL OR opens_at < deadline_at', name=op.f('ck_call_dates')),
    sa.CheckConstraint('pass_mark IS NULL OR (pass_mark >= 0 AND pass_mark <= 100)', name=op.f('ck_call_pass_mark')),
    sa.CheckConstraint('pilot_days IS NULL OR pilot_days >= 1', name=op.f('ck_call_pilot_days')),
    sa.CheckConstraint('quorum >= 1', name=op.f('ck_call_quorum')),
    sa.CheckConstraint('reviews_per_entry >= 1', name=op.f('ck_call_reviews')),
    sa.CheckConstraint('slots >= 0', name=op.f('ck_call_slots')),
    sa.CheckConstraint('trim_from >= 3', name=op.f('ck_call_trim_from')),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_call_programme_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call')),
    sa.UniqueConstraint('code', name=op.f('uq_call_code'))
    )
    with op.batch_alter_table('call', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_call_deadline_at'), ['deadline_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_call_programme_id'), ['programme_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_call_state'), ['state'], unique=False)

    op.create_table('invitation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('scope_id', sa.Uuid(), nullable=False),
    sa.Column('email', sa.String(length=320), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('data', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('invited_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('expires_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('answered_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('team', 'panel', 'organizer')", name=op.f('ck_invitation_kind')),
    sa.CheckConstraint("state IN ('open', 'accepted', 'declined', 'revoked')", name=op.f('ck_invitation_state')),
    sa.ForeignKeyConstraint(['invited_by'], ['user_account.id'], name=op.f('fk_invitation_invited_by'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invitation')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_invitation_token_hash'))
    )
    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_invitation_email'), ['email'], unique=False)
        batch_op.create_index('ix_invitation_scope', ['kind', 'scope_id'], unique=False)

    op.create_table('membership',
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.String(length=10), nullable=False),
    sa.Column('joined_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.CheckConstraint("role IN ('lead', 'member')", name=op.f('ck_membership_role')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_membership_team_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_membership_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('team_id', 'user_id', name=op.f('pk_membership'))
    )
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_membership_user_id'), ['user_id'], unique=False)
        batch_op.create_index('uq_membership_lead', ['team_id'], unique=True, sqlite_where=sa.text("role = 'lead'"), postgresql_where=sa.text("role = 'lead'"))

    op.create_table('organizer',
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('since', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_organizer_programme_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_organizer_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('programme_id', 'user_id', name=op.f('pk_organizer'))
    )
    with op.batch_alter_table('organizer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_organizer_user_id'), ['user_id'], unique=False)

    op.create_table('selection',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('job_id', sa.Uuid(), nullable=True),
    sa.Column('parameters', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('budget_minor', sa.BigInteger(), nullable=False),
    sa.Column('spent_minor', sa.BigInteger(), nullable=False),
    sa.Column('objective', sa.Float(), nullable=True),
    sa.Column('gap', sa.Float(), nullable=True),
    sa.Column('budget_price', sa.Float(), nullable=True),
    sa.Column('digest', sa.String(length=64), nullable=True),
    sa.Column('facts', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('requested_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('finished_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('queued', 'done', 'failed')", name=op.f('ck_selection_state')),
    sa.ForeignKeyConstraint(['job_id'], ['outbox_job.id'], name=op.f('fk_selection_job_id')),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_selection_programme_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_selection'))
    )
    with op.batch_alter_table('selection', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_selection_programme_id'), ['programme_id'], unique=False)

    op.create_table('token',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('expires_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('used_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('confirm', 'reset')", name=op.f('ck_token_kind')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_token_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_token')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_token_token_hash'))
    )
    with op.batch_alter_table('token', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_token_user_id'), ['user_id'], unique=False)

    op.create_table('user_session',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('seen_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('expires_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('agent', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_user_session_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_session')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_user_session_token_hash'))
    )
    with op.batch_alter_table('user_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_user_session_user_id'), ['user_id'], unique=False)

    op.create_table('call_change',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('summary', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('fields', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_call_change_call_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_change'))
    )
    with op.batch_alter_table('call_change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_call_change_call_id'), ['call_id'], unique=False)

    op.create_table('call_document',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('content_type', sa.String(length=120), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('upload_id', sa.String(length=300), nullable=True),
    sa.Column('part_size', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.String(length=60), nullable=False),
    sa.Column('created_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('pending', 'ready', 'rejected')", name=op.f('ck_call_document_state')),
    sa.CheckConstraint('size > 0', name=op.f('ck_call_document_size')),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_call_document_call_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_document')),
    sa.UniqueConstraint('code', name=op.f('uq_call_document_code'))
    )
    with op.batch_alter_table('call_document', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_call_document_call_id'), ['call_id'], unique=False)

    op.create_table('entry',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('draft', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('saved_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('saved_by', sa.Uuid(), nullable=True),
    sa.Column('revision_id', sa.Uuid(), nullable=True),
    sa.Column('quote_minor', sa.BigInteger(), nullable=True),
    sa.CheckConstraint("state IN ('draft', 'submitted', 'withdrawn')", name=op.f('ck_entry_state')),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_entry_call_id')),
    sa.ForeignKeyConstraint(['revision_id'], ['revision.id'], name='fk_entry_revision_id', use_alter=True),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_entry_team_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_entry')),
    sa.UniqueConstraint('call_id', 'team_id', name=op.f('uq_entry_call_id_team_id')),
    sa.UniqueConstraint('code', name=op.f('uq_entry_code'))
    )
    with op.batch_alter_table('entry', schema=None) as batch_op:
        batch_op.create_index('ix_entry_call_state', ['call_id', 'state', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_entry_team_id'), ['team_id'], unique=False)

    op.create_table('export',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('table_name', sa.String(length=20), nullable=False),
    sa.Column('format', sa.String(length=4), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=True),
    sa.Column('requested_by', sa.Uuid(), nullable=True),
    sa.Column('job_id', sa.Uuid(), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('filename', sa.String(length=200), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=True),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('created_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('expires_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('finished_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.CheckConstraint("format IN ('csv', 'xlsx')", name=op.f('ck_export_format')),
    sa.CheckConstraint("state IN ('queued', 'done', 'failed', 'expired')", name=op.f('ck_export_state')),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_export_call_id')),
    sa.ForeignKeyConstraint(['job_id'], ['outbox_job.id'], name=op.f('fk_export_job_id')),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_export_programme_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_export')),
    sa.UniqueConstraint('code', name=op.f('uq_export_code'))
    )
    with op.batch_alter_table('export', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_export_programme_id'), ['programme_id'], unique=False)

    op.create_table('question',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=32), nullable=False),
    sa.Column('label', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('help', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('choices', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('required', sa.Boolean(), nullable=False),
    sa.Column('max_length', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind IN ('text', 'long_text', 'choice', 'yes_no', 'number')", name=op.f('ck_question_kind')),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_question_call_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_question')),
    sa.UniqueConstraint('call_id', 'key', name=op.f('uq_question_call_id_key'))
    )
    op.create_table('seat',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=True),
    sa.Column('invitation_id', sa.Uuid(), nullable=True),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('email', sa.String(length=320), nullable=False),
    sa.Column('organisation', sa.String(length=200), nullable=False),
    sa.Column('languages', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('expertise', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('created_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('answered_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.Column('removed_reason', sa.Text(), nullable=False),
    sa.Column('reminded_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.Column('tally', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=True),
    sa.CheckConstraint("state IN ('invited', 'accepted', 'declined', 'removed')", name=op.f('ck_seat_state')),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_seat_call_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['invitation_id'], ['invitation.id'], name=op.f('fk_seat_invitation_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_seat_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_seat')),
    sa.UniqueConstraint('call_id', 'number', name=op.f('uq_seat_call_id_number')),
    sa.UniqueConstraint('call_id', 'user_id', name=op.f('uq_seat_call_id_user_id'))
    )
    with op.batch_alter_table('seat', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_seat_user_id'), ['user_id'], unique=False)

    op.create_table('stage',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('due_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('eligibility', 'desk_review', 'defence')", name=op.f('ck_stage_kind')),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_stage_call_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stage')),
    sa.UniqueConstraint('call_id', 'position', name=op.f('uq_stage_call_id_position'))
    )
    op.create_table('assignment',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('stage_id', sa.Uuid(), nullable=False),
    sa.Column('seat_id', sa.Uuid(), nullable=False),
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('progress', sa.String(length=10), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('assigned_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('declared_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.CheckConstraint("progress IN ('waiting', 'draft', 'submitted', 'out')", name=op.f('ck_assignment_progress')),
    sa.CheckConstraint("state IN ('assigned', 'cleared', 'recused', 'removed')", name=op.f('ck_assignment_state')),
    sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], name=op.f('fk_assignment_entry_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['seat_id'], ['seat.id'], name=op.f('fk_assignment_seat_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['stage_id'], ['stage.id'], name=op.f('fk_assignment_stage_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assignment')),
    sa.UniqueConstraint('code', name=op.f('uq_assignment_code')),
    sa.UniqueConstraint('stage_id', 'seat_id', 'entry_id', name=op.f('uq_assignment_stage_id_seat_id_entry_id'))
    )
    with op.batch_alter_table('assignment', schema=None) as batch_op:
        batch_op.create_index('ix_assignment_entry', ['entry_id', 'stage_id'], unique=False)
        batch_op.create_index('ix_assignment_progress', ['seat_id', 'progress', 'id'], unique=False)
        batch_op.create_index('ix_assignment_queue', ['seat_id', 'id'], unique=False)

    op.create_table('assignment_plan',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('stage_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('settings', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('report', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('pairs', sa.LargeBinary(), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('job_id', sa.Uuid(), nullable=True),
    sa.Column('created_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('applied_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('computing', 'ready', 'applied', 'failed')", name=op.f('ck_assignment_plan_state')),
    sa.ForeignKeyConstraint(['stage_id'], ['stage.id'], name=op.f('fk_assignment_plan_stage_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assignment_plan')),
    sa.UniqueConstraint('code', name=op.f('uq_assignment_plan_code'))
    )
    with op.batch_alter_table('assignment_plan', schema=None) as batch_op:
        batch_op.create_index('ix_assignment_plan_stage', ['stage_id', 'created_at'], unique=False)

    op.create_table('attachment',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('slot', sa.String(length=12), nullable=False),
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('content_type', sa.String(length=120), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.String(length=60), nullable=False),
    sa.Column('incoming_key', sa.String(length=200), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=True),
    sa.Column('upload_id', sa.String(length=300), nullable=False),
    sa.Column('part_size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('created_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('checked_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.CheckConstraint("slot IN ('proposal', 'video', 'supplement', 'commitment')", name=op.f('ck_attachment_slot')),
    sa.CheckConstraint("state IN ('pending', 'uploaded', 'ready', 'rejected', 'deleted')", name=op.f('ck_attachment_state')),
    sa.CheckConstraint('size > 0', name=op.f('ck_attachment_size')),
    sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], name=op.f('fk_attachment_entry_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachment')),
    sa.UniqueConstraint('code', name=op.f('uq_attachment_code')),
    sa.UniqueConstraint('incoming_key', name=op.f('uq_attachment_incoming_key'))
    )
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.create_index('ix_attachment_entry', ['entry_id', 'state'], unique=False)

    op.create_table('conflict',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('seat_id', sa.Uuid(), nullable=False),
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('relation', sa.String(length=40), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('declared_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('declared_by', sa.Uuid(), nullable=True),
    sa.CheckConstraint("kind IN ('automatic', 'self', 'challenged')", name=op.f('ck_conflict_kind')),
    sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], name=op.f('fk_conflict_entry_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['seat_id'], ['seat.id'], name=op.f('fk_conflict_seat_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conflict')),
    sa.UniqueConstraint('seat_id', 'entry_id', name=op.f('uq_conflict_seat_id_entry_id'))
    )
    with op.batch_alter_table('conflict', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_conflict_entry_id'), ['entry_id'], unique=False)

    op.create_table('pilot',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('award_minor', sa.BigInteger(), nullable=False),
    sa.Column('starts_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.Column('ends_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.Column('closing_note', sa.Text(), nullable=False),
    sa.Column('created_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("state IN ('proposed', 'agreed', 'running', 'accepted', 'failed', 'cancelled')", name=op.f('ck_pilot_state')),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_pilot_call_id')),
    sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], name=op.f('fk_pilot_entry_id')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_pilot_team_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pilot')),
    sa.UniqueConstraint('code', name=op.f('uq_pilot_code')),
    sa.UniqueConstraint('entry_id', name=op.f('uq_pilot_entry_id'))
    )
    with op.batch_alter_table('pilot', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_pilot_call_id'), ['call_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_pilot_team_id'), ['team_id'], unique=False)

    op.create_table('revision',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('answers', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('files', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('quote_minor', sa.BigInteger(), nullable=False),
    sa.Column('received_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('deadline_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('grace_seconds', sa.Integer(), nullable=False),
    sa.Column('submitted_by', sa.Uuid(), nullable=True),
    sa.Column('log_seq', sa.Integer(), nullable=True),
    sa.Column('log_hash', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], name=op.f('fk_revision_entry_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_revision')),
    sa.UniqueConstraint('entry_id', 'number', name=op.f('uq_revision_entry_id_number'))
    )
    op.create_table('rubric_version',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('stage_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('name', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('created_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['stage_id'], ['stage.id'], name=op.f('fk_rubric_version_stage_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rubric_version')),
    sa.UniqueConstraint('stage_id', 'number', name=op.f('uq_rubric_version_stage_id_number'))
    )
    op.create_table('run',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('stage_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('job_id', sa.Uuid(), nullable=True),
    sa.Column('method', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('parameters', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('libraries', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('inputs_digest', sa.String(length=64), nullable=True),
    sa.Column('result_digest', sa.String(length=64), nullable=True),
    sa.Column('n_entries', sa.Integer(), nullable=False),
    sa.Column('n_judges', sa.Integer(), nullable=False),
    sa.Column('n_sheets', sa.Integer(), nullable=False),
    sa.Column('summary', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('requested_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('finished_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('queued', 'done', 'failed')", name=op.f('ck_run_state')),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_run_call_id')),
    sa.ForeignKeyConstraint(['job_id'], ['outbox_job.id'], name=op.f('fk_run_job_id')),
    sa.ForeignKeyConstraint(['stage_id'], ['stage.id'], name=op.f('fk_run_stage_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_run')),
    sa.UniqueConstraint('stage_id', 'number', name=op.f('uq_run_stage_id_number'))
    )
    with op.batch_alter_table('run', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_run_call_id'), ['call_id'], unique=False)

    op.create_table('criterion',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('rubric_version_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=32), nullable=False),
    sa.Column('label', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('guidance', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('weight', sa.Integer(), nullable=False),
    sa.Column('lo', sa.Integer(), nullable=False),
    sa.Column('hi', sa.Integer(), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('gate', sa.Boolean(), nullable=False),
    sa.Column('floor_percent', sa.Integer(), nullable=True),
    sa.CheckConstraint('floor_percent IS NULL OR (floor_percent >= 0 AND floor_percent <= 100)', name=op.f('ck_criterion_floor')),
    sa.CheckConstraint('lo < hi', name=op.f('ck_criterion_range')),
    sa.CheckConstraint('step > 0', name=op.f('ck_criterion_step')),
    sa.CheckConstraint('weight > 0', name=op.f('ck_criterion_weight')),
    sa.ForeignKeyConstraint(['rubric_version_id'], ['rubric_version.id'], name=op.f('fk_criterion_rubric_version_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_criterion')),
    sa.UniqueConstraint('rubric_version_id', 'key', name=op.f('uq_criterion_rubric_version_id_key')),
    sa.UniqueConstraint('rubric_version_id', 'position', name=op.f('uq_criterion_rubric_version_id_position'))
    )
    op.create_table('decision',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('proposed', sa.String(length=14), nullable=False),
    sa.Column('outcome', sa.String(length=14), nullable=False),
    sa.Column('proposed_award_minor', sa.BigInteger(), nullable=False),
    sa.Column('award_minor', sa.BigInteger(), nullable=False),
    sa.Column('value', sa.Float(), nullable=True),
    sa.Column('band', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("outcome = 'selected' OR award_minor = 0", name=op.f('ck_decision_award_only_if_selected')),
    sa.CheckConstraint("outcome IN ('selected', 'reserve', 'not_selected')", name=op.f('ck_decision_outcome')),
    sa.CheckConstraint("proposed IN ('selected', 'reserve', 'not_selected')", name=op.f('ck_decision_proposed')),
    sa.CheckConstraint("state IN ('pending', 'applied', 'published')", name=op.f('ck_decision_state')),
    sa.CheckConstraint('award_minor >= 0', name=op.f('ck_decision_award')),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_decision_call_id')),
    sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], name=op.f('fk_decision_entry_id')),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], name=op.f('fk_decision_run_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decision')),
    sa.UniqueConstraint('entry_id', name=op.f('uq_decision_entry_id'))
    )
    with op.batch_alter_table('decision', schema=None) as batch_op:
        batch_op.create_index('ix_decision_call', ['call_id', 'outcome'], unique=False)

    op.create_table('judge_copy',
    sa.Column('attachment_id', sa.Uuid(), nullable=False),
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('reason', sa.String(length=60), nullable=False),
    sa.Column('made_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.Column('approved_by', sa.Uuid(), nullable=True),
    sa.CheckConstraint("state IN ('pending', 'ready', 'waiting', 'withheld')", name=op.f('ck_judge_copy_state')),
    sa.ForeignKeyConstraint(['attachment_id'], ['attachment.id'], name=op.f('fk_judge_copy_attachment_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], name=op.f('fk_judge_copy_entry_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('attachment_id', name=op.f('pk_judge_copy')),
    sa.UniqueConstraint('key', name=op.f('uq_judge_copy_key'))
    )
    with op.batch_alter_table('judge_copy', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_judge_copy_entry_id'), ['entry_id'], unique=False)

    op.create_table('milestone',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('pilot_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=300), nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.Column('due_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.Column('share_percent', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('report', sa.Text(), nullable=False),
    sa.Column('reported_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('decided_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('planned', 'reported', 'accepted', 'returned')", name=op.f('ck_milestone_state')),
    sa.CheckConstraint('share_percent >= 0 AND share_percent <= 100', name=op.f('ck_milestone_share')),
    sa.ForeignKeyConstraint(['pilot_id'], ['pilot.id'], name=op.f('fk_milestone_pilot_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_milestone')),
    sa.UniqueConstraint('pilot_id', 'position', name=op.f('uq_milestone_pilot_id_position'))
    )
    op.create_table('publication',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('note', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('reason', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('published_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('published_by', sa.Uuid(), nullable=True),
    sa.Column('notice_until', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('restarted', sa.Boolean(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('facts', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.CheckConstraint('number >= 1', name=op.f('ck_publication_number')),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_publication_call_id')),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], name=op.f('fk_publication_run_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_publication')),
    sa.UniqueConstraint('call_id', 'number', name=op.f('uq_publication_call_id_number'))
    )
    op.create_table('run_entry',
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('by_rank', sa.Integer(), nullable=False),
    sa.Column('by_official', sa.Integer(), nullable=False),
    sa.Column('by_calibrated', sa.Integer(), nullable=False),
    sa.Column('by_spread', sa.Integer(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=True),
    sa.Column('raw', sa.Float(), nullable=True),
    sa.Column('official', sa.String(length=80), nullable=True),
    sa.Column('official_value', sa.Float(), nullable=True),
    sa.Column('calibrated', sa.Float(), nullable=True),
    sa.Column('standard_error', sa.Float(), nullable=True),
    sa.Column('spread', sa.Float(), nullable=True),
    sa.Column('rank_lo', sa.Integer(), nullable=True),
    sa.Column('rank_hi', sa.Integer(), nullable=True),
    sa.Column('p_select', sa.Float(), nullable=True),
    sa.Column('n_judges', sa.Integer(), nullable=False),
    sa.Column('quorum_met', sa.Boolean(), nullable=False),
    sa.Column('gate_failed', sa.Boolean(), nullable=False),
    sa.Column('passed', sa.Boolean(), nullable=False),
    sa.Column('tied', sa.Boolean(), nullable=False),
    sa.Column('close_call', sa.Boolean(), nullable=False),
    sa.Column('worked', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], name=op.f('fk_run_entry_entry_id')),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], name=op.f('fk_run_entry_run_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('run_id', 'entry_id', name=op.f('pk_run_entry')),
    sa.UniqueConstraint('run_id', 'by_calibrated', name=op.f('uq_run_entry_run_id_by_calibrated')),
    sa.UniqueConstraint('run_id', 'by_official', name=op.f('uq_run_entry_run_id_by_official')),
    sa.UniqueConstraint('run_id', 'by_rank', name=op.f('uq_run_entry_run_id_by_rank')),
    sa.UniqueConstraint('run_id', 'by_spread', name=op.f('uq_run_entry_run_id_by_spread'))
    )
    with op.batch_alter_table('run_entry', schema=None) as batch_op:
        batch_op.create_index('ix_run_entry_close', ['run_id'], unique=False, sqlite_where=sa.text('close_call = 1'), postgresql_where=sa.text('close_call'))

    op.create_table('run_judge',
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('seat_id', sa.Uuid(), nullable=False),
    sa.Column('leniency', sa.Float(), nullable=True),
    sa.Column('standard_error', sa.Float(), nullable=True),
    sa.Column('reliability', sa.Float(), nullable=True),
    sa.Column('scale', sa.Float(), nullable=True),
    sa.Column('n_entries', sa.Integer(), nullable=False),
    sa.Column('mean_total', sa.Float(), nullable=True),
    sa.Column('flags', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], name=op.f('fk_run_judge_run_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['seat_id'], ['seat.id'], name=op.f('fk_run_judge_seat_id')),
    sa.PrimaryKeyConstraint('run_id', 'seat_id', name=op.f('pk_run_judge'))
    )
    op.create_table('score_sheet',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('assignment_id', sa.Uuid(), nullable=False),
    sa.Column('rubric_version_id', sa.Uuid(), nullable=False),
    sa.Column('revision_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('scores', sa.LargeBinary(), nullable=False),
    sa.Column('comments', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('overall', sa.Text(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('saved_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('submitted_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('draft', 'submitted')", name=op.f('ck_score_sheet_state')),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignment.id'], name=op.f('fk_score_sheet_assignment_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['revision_id'], ['revision.id'], name=op.f('fk_score_sheet_revision_id')),
    sa.ForeignKeyConstraint(['rubric_version_id'], ['rubric_version.id'], name=op.f('fk_score_sheet_rubric_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_score_sheet')),
    sa.UniqueConstraint('assignment_id', name=op.f('uq_score_sheet_assignment_id'))
    )
    with op.batch_alter_table('score_sheet', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_score_sheet_state'), ['state'], unique=False)

    op.create_table('published_decision',
    sa.Column('publication_id', sa.Uuid(), nullable=False),
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('team', sa.String(length=200), nullable=False),
    sa.Column('native_name', sa.String(length=200), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('proposed', sa.String(length=14), nullable=False),
    sa.Column('outcome', sa.String(length=14), nullable=False),
    sa.Column('proposed_award_minor', sa.BigInteger(), nullable=False),
    sa.Column('award_minor', sa.BigInteger(), nullable=False),
    sa.Column('value', sa.Float(), nullable=True),
    sa.Column('band', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], name=op.f('fk_published_decision_entry_id')),
    sa.ForeignKeyConstraint(['publication_id'], ['publication.id'], name=op.f('fk_published_decision_publication_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('publication_id', 'entry_id', name=op.f('pk_published_decision'))
    )
    with op.batch_alter_table('published_decision', schema=None) as batch_op:
        batch_op.create_index('ix_published_decision_outcome', ['publication_id', 'outcome'], unique=False)

    op.create_table('sheet_version',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('sheet_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('content', sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('submitted_at', competition.kernel.data.columns.Instant(timezone=True), nullable=False),
    sa.Column('reopened_at', competition.kernel.data.columns.Instant(timezone=True), nullable=True),
    sa.Column('reopened_by', sa.Uuid(), nullable=True),
    sa.Column('reopened_reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['sheet_id'], ['score_sheet.id'], name=op.f('fk_sheet_version_sheet_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sheet_version')),
    sa.UniqueConstraint('sheet_id', 'number', name=op.f('uq_sheet_version_sheet_id_number'))
    )
    for kept in (AUDIT, REVISIONS, SHEETS, PUBLICATIONS):
        for statement in kept[op.get_bind().dialect.name]:
            op.execute(statement)


def downgrade() -> None:
    op.drop_table('sheet_version')
    with op.batch_alter_table('published_decision', schema=None) as batch_op:
        batch_op.drop_index('ix_published_decision_outcome')

    op.drop_table('published_decision')
    with op.batch_alter_table('score_sheet', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_score_sheet_state'))

    op.drop_table('score_sheet')
    op.drop_table('run_judge')
    with op.batch_alter_table('run_entry', schema=None) as batch_op:
        batch_op.drop_index('ix_run_entry_close', sqlite_where=sa.text('close_call = 1'), postgresql_where=sa.text('close_call'))

    op.drop_table('run_entry')
    op.drop_table('publication')
    op.drop_table('milestone')
    with op.batch_alter_table('judge_copy', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_judge_copy_entry_id'))

    op.drop_table('judge_copy')
    with op.batch_alter_table('decision', schema=None) as batch_op:
        batch_op.drop_index('ix_decision_call')

    op.drop_table('decision')
    op.drop_table('criterion')
    with op.batch_alter_table('run', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_run_call_id'))

    op.drop_table('run')
    op.drop_table('rubric_version')
    op.drop_table('revision')
    with op.batch_alter_table('pilot', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_pilot_team_id'))
        batch_op.drop_index(batch_op.f('ix_pilot_call_id'))

    op.drop_table('pilot')
    with op.batch_alter_table('conflict', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_conflict_entry_id'))

    op.drop_table('conflict')
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.drop_index('ix_attachment_entry')

    op.drop_table('attachment')
    with op.batch_alter_table('assignment_plan', schema=None) as batch_op:
        batch_op.drop_index('ix_assignment_plan_stage')

    op.drop_table('assignment_plan')
    with op.batch_alter_table('assignment', schema=None) as batch_op:
        batch_op.drop_index('ix_assignment_queue')
        batch_op.drop_index('ix_assignment_progress')
        batch_op.drop_index('ix_assignment_entry')

    op.drop_table('assignment')
    op.drop_table('stage')
    with op.batch_alter_table('seat', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_seat_user_id'))

    op.drop_table('seat')
    op.drop_table('question')
    with op.batch_alter_table('export', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_export_programme_id'))

    op.drop_table('export')
    with op.batch_alter_table('entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_entry_team_id'))
        batch_op.drop_index('ix_entry_call_state')

    op.drop_table('entry')
    with op.batch_alter_table('call_document', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_call_document_call_id'))

    op.drop_table('call_document')
    with op.batch_alter_table('call_change', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_call_change_call_id'))

    op.drop_table('call_change')
    with op.batch_alter_table('user_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_user_session_user_id'))

    op.drop_table('user_session')
    with op.batch_alter_table('token', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_token_user_id'))

    op.drop_table('token')
    with op.batch_alter_table('selection', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_selection_programme_id'))

    op.drop_table('selection')
    with op.batch_alter_table('organizer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_organizer_user_id'))

    op.drop_table('organizer')
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.drop_index('uq_membership_lead', sqlite_where=sa.text("role = 'lead'"), postgresql_where=sa.text("role = 'lead'"))
        batch_op.drop_index(batch_op.f('ix_membership_user_id'))

    op.drop_table('membership')
    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.drop_index('ix_invitation_scope')
        batch_op.drop_index(batch_op.f('ix_invitation_email'))

    op.drop_table('invitation')
    with op.batch_alter_table('call', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_call_state'))
        batch_op.drop_index(batch_op.f('ix_call_programme_id'))
        batch_op.drop_index(batch_op.f('ix_call_deadline_at'))

    op.drop_table('call')
    op.drop_table('calendar_day')
    op.drop_table('user_account')
    op.drop_table('team')
    op.drop_table('programme')
    with op.batch_alter_table('outbox_job', schema=None) as batch_op:
        batch_op.drop_index('ix_outbox_job_pending', sqlite_where=sa.text("state IN ('due', 'running')"), postgresql_where=sa.text("state IN ('due', 'running')"))

    op.drop_table('outbox_job')
    with op.batch_alter_table('mail_message', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_mail_message_to'))
        batch_op.drop_index(batch_op.f('ix_mail_message_created_at'))

    op.drop_table('mail_message')
    with op.batch_alter_table('idempotency_key', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_idempotency_key_at'))

    op.drop_table('idempotency_key')
    op.drop_table('audit_head')
    op.drop_table('audit_event')
