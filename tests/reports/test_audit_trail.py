"""The trail's page: who may read what, every filter, and pages that stay where they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, text

from edc.models import Slot, User
from edc.models.fixed_rows import RESEAL_ACTION
from edc.permissions import GRANTS, Permission, Role
from edc.protocol import STUDY
from edc.randomization.masking import may_see_arm
from edc.reports.audit_filter import TrailFilter, resolve
from edc.reports.audit_labels import ACTION_LABELS
from edc.reports.audit_scope import WHOLE, WHOLE_MASKED, Scope, scope_of
from edc.reports.audit_trail import TrailPage, TrailRow, find_page, item_history
from edc.reports.audit_words import Words
from edc.services.unit_of_work import system_actor
from edc.services.viewer import Viewer
from tests.support.small_trail import ARM_TELLING, FORMULA, SmallTrail, make_small_trail
from tests.support.trail import fill, opened


@pytest.fixture
def trail(database_url: str) -> Iterator[SmallTrail]:
    with opened(database_url) as database:
        yield make_small_trail(database)


def page_of(
    trail: SmallTrail, *, scope: Scope = WHOLE, language: str = "en", size: int = 200, **asked: Any
) -> TrailPage:
    places = {k: asked.pop(k) for k in ("before", "after", "from_oldest") if k in asked}
    with trail.database.reading() as session:
        query = resolve(session, TrailFilter(**asked), scope=scope, study=STUDY)
        words = Words(STUDY, "zh" if language == "zh" else "en")
        return find_page(session, query, words=words, size=size, **places)


def rows_of(trail: SmallTrail, **asked: Any) -> list[TrailRow]:
    return page_of(trail, **asked).rows


def viewer_with(roles: dict[int | None, Role]) -> Viewer:
    return Viewer(user_id=1, username="reader", full_name="Reader", roles=roles)


# --- what a row says ---------------------------------------------------------------------------


def test_a_row_says_who_when_where_what_and_why(trail: SmallTrail) -> None:
    row = next(r for r in rows_of(trail, item="OMWHO") if r.old)
    assert (row.username, row.full_name, row.role) == ("zhang", "张护士", "Research nurse")
    assert row.at.isoformat() == "2026-03-01T16:01:00+00:00"
    assert (row.site, row.number) == ("01", "01001")
    assert (row.visit, row.form, row.row, row.item) == ("BL", "OM", 1, "OMWHO")
    assert row.item_text == STUDY.crfs["OM"].by_code["OMWHO"].label.en
    assert (row.reason, row.request_id) == ("核对病历后更正", "r1")


def test_a_code_is_told_with_its_whole_wording_in_the_reader_s_language(trail: SmallTrail) -> None:
    grades = STUDY.crfs["OM"].by_code["OMWHO"]
    for language in ("en", "zh"):
        row = next(r for r in rows_of(trail, item="OMWHO", language=language) if r.old)
        assert row.old == grades.write("2", language)
        assert row.new == grades.write("3", language)


def test_a_missing_code_is_told_with_its_reason(trail: SmallTrail) -> None:
    row = next(r for r in rows_of(trail, item="TEMP") if r.old)
    assert (row.old, row.new) == ("36.8", "Not done (体温计故障)")
    zh = next(r for r in rows_of(trail, item="TEMP", language="zh") if r.old)
    assert zh.new == "未做（体温计故障）"


def test_an_act_without_a_change_has_a_row_of_its_own(trail: SmallTrail) -> None:
    newest = rows_of(trail)[0]
    assert (newest.action, newest.username) == ("Sign-in refused", "nobody")
    assert (newest.old, newest.new, newest.number) == ("", "", "")


def test_rows_stand_newest_first_by_transaction(trail: SmallTrail) -> None:
    ids = [row.id for row in rows_of(trail)]
    assert ids == sorted(ids, reverse=True)


# --- filters -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "attribute", "values"),
    [
        ({"participant": "01001"}, "number", {"01001"}),
        ({"participant": " s02001 "}, "number", {"02001"}),
        ({"visit": "BL"}, "visit", {"BL"}),
        ({"form": "AE"}, "form", {"AE"}),
        ({"item": "omwho"}, "item", {"OMWHO"}),
        ({"user": "zhang"}, "username", {"zhang"}),
        ({"user": "王"}, "username", {"wang"}),
        ({"user": "nobody"}, "username", {"nobody"}),
        ({"role": "research_nurse"}, "role", {"Research nurse"}),
        ({"action": "subject.register"}, "action", {"Participant registered"}),
        ({"participant": "01001", "user": "zhang", "form": "OM"}, "form", {"OM"}),
        ({"text": "体温计故障"}, "item", {"TEMP"}),
        ({"text": "病历"}, "reason", {"核对病历后更正"}),
        ({"text": FORMULA}, "item", {"OMCOM"}),
    ],
)
def test_a_filter_keeps_what_it_names_and_nothing_else(
    trail: SmallTrail, asked: dict[str, str], attribute: str, values: set[str]
) -> None:
    assert {getattr(row, attribute) for row in rows_of(trail, **asked)} == values


def test_an_item_is_found_by_words_of_its_label_in_either_language(trail: SmallTrail) -> None:
    label = STUDY.crfs["VS"].by_code["TEMP"].label
    for words in (label.en, label.zh):
        assert {row.item for row in rows_of(trail, item=words)} == {"TEMP"}


def test_a_value_is_found_by_the_wording_of_its_code(trail: SmallTrail) -> None:
    wording = STUDY.crfs["OM"].by_code["OMWHO"].write("2", "zh")
    found = rows_of(trail, text=wording)
    assert {row.item for row in found} == {"OMWHO"}
    assert len(found) == 2  # entered, and changed from


def test_days_are_those_of_the_site(trail: SmallTrail) -> None:
    first, second = date(2026, 3, 1), date(2026, 3, 2)
    everything = {row.id for row in rows_of(trail)}
    on_first = {row.id for row in rows_of(trail, until=first)}
    on_second = {row.id for row in rows_of(trail, since=second)}
    assert on_first
    assert on_second
    assert on_first | on_second == everything
    assert not on_first & on_second
    assert {row.id for row in rows_of(trail, since=first, until=second)} == everything
    assert rows_of(trail, since=date(2026, 3, 3)) == []


@pytest.mark.parametrize("mark", ["%", "_", "\\", "'", '"', "'; DROP TABLE site; --"])
def test_marks_of_sql_are_only_text(trail: SmallTrail, mark: str) -> None:
    found = rows_of(trail, text=mark)
    held = [row for row in rows_of(trail) if mark in row.old + row.new + row.reason]
    assert {row.id for row in held} <= {row.id for row in found}
    assert len(found) < len(rows_of(trail))


def test_a_search_cannot_find_a_row_by_what_it_may_not_show(trail: SmallTrail) -> None:
    with trail.database.unit_of_work(system_actor(), "test.reset") as uow:
        from edc.models import User

        uow.session.get_one(User, trail.nurse.id).password_hash = "needle"
    assert rows_of(trail, text="sha256:") == []
    assert rows_of(trail, text="needle") == []


# --- pages -------------------------------------------------------------------------------------


def test_pages_in_either_direction_show_every_row_once(trail: SmallTrail) -> None:
    whole = [row.id for row in rows_of(trail)]
    for asked in ({}, {"user": "zhang"}, {"participant": "01001"}):
        whole = [row.id for row in rows_of(trail, **asked)]
        page = page_of(trail, size=3, **asked)
        assert page.newer is None
        down = [row.id for row in page.rows]
        while page.older:
            page = page_of(trail, size=3, before=page.older, **asked)
            down += [row.id for row in page.rows]
        assert down == whole
        page = page_of(trail, size=3, from_oldest=True, **asked)
        assert page.older is None
        up = [row.id for row in page.rows]
        while page.newer:
            page = page_of(trail, size=3, after=page.newer, **asked)
            up = [row.id for row in page.rows] + up
        assert up == whole


def test_a_page_stays_where_it_is_while_the_trail_grows(trail: SmallTrail) -> None:
    first = page_of(trail, size=4)
    second = page_of(trail, size=4, before=first.older)
    with trail.database.unit_of_work(system_actor(), "test.event") as uow:
        for number in range(10):
            uow.record(number=number)
    assert page_of(trail, size=4, before=first.older).rows == second.rows
    back = page_of(trail, size=4, after=second.newer)
    assert back.rows == first.rows
    assert back.newer is not None


def test_a_page_costs_the_same_statements_whatever_the_size(trail: SmallTrail) -> None:
    asked = {"participant": "01001", "user": "zhang", "since": date(2026, 3, 1), "text": "a"}
    counts = []
    for size in (1, 5, 100):
        seen: list[str] = []

        def note(*arguments: Any, into: list[str] = seen) -> None:
            if not arguments[2].startswith("BEGIN"):
                into.append(arguments[2])

        event.listen(trail.database.engine, "before_cursor_execute", note)
        page_of(trail, size=size, **asked)
        event.remove(trail.database.engine, "before_cursor_execute", note)
        counts.append(len(seen))
    assert counts == [4, 4, 4]


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({"participant": "01001"}, "ix_audit_entry_subject_id_id"),
        ({"visit": "BL"}, "ix_audit_entry_visit_id"),
        ({"form": "OM"}, "ix_audit_entry_form_id"),
        ({"item": "OMWHO"}, "ix_audit_entry_item_id"),
        ({"user": "zhang"}, "ix_audit_transaction_username_id"),
        ({"role": "auditor"}, "ix_audit_transaction_role_id"),
        ({"action": "crf.save"}, "ix_audit_transaction_action_id"),
    ],
)
@pytest.mark.parametrize("role", [Role.INVESTIGATOR, Role.MONITOR])
def test_each_filter_is_answered_by_its_index(
    trail: SmallTrail, asked: dict[str, str], index: str, role: Role
) -> None:
    scope = scope_of(viewer_with({trail.here.id: role}))
    with trail.database.reading() as session:
        query = resolve(session, TrailFilter(**asked), scope=scope, study=STUDY)
        statement = query.ordered(newest_first=True).limit(51)
        dialect = trail.database.engine.dialect
        sql = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
        if dialect.name == "postgresql":
            # A dozen rows are read faster without any index; this asks what a million would get.
            session.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN" if dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        plan = "\n".join(str(line) for line in session.execute(text(f"{explain} {sql}")))
    assert "SCAN audit_entry" not in plan, plan
    if dialect.name == "sqlite":
        assert index in plan, plan
        assert "TEMP B-TREE" not in plan, plan


# --- who may read what -------------------------------------------------------------------------


def readers() -> list[Role]:
    return [role for role in Role if Permission.AUDIT_READ in GRANTS[role]]


@pytest.mark.parametrize("role", list(Role))
def test_each_role_reads_its_own_site_and_no_arm_unless_it_treats(
    trail: SmallTrail, role: Role
) -> None:
    rows = rows_of(trail, scope=scope_of(viewer_with({trail.here.id: role})))
    if role not in readers():
        assert rows == []
        return
    assert {row.site for row in rows} == {"01"}
    told = [row for row in rows if ARM_TELLING in row.old + row.new]
    hidden = [row for row in rows if row.form == "EX" or row.item == "AEREL"]
    assert bool(told) is may_see_arm(role)
    assert bool(hidden) is may_see_arm(role)


@pytest.mark.parametrize("role", list(Role))
def test_what_stands_at_no_site_is_for_readers_of_every_site(trail: SmallTrail, role: Role) -> None:
    rows = rows_of(trail, scope=scope_of(viewer_with({None: role})))
    assert bool([row for row in rows if not row.site]) is (role in readers())
    local = rows_of(trail, scope=scope_of(viewer_with({trail.here.id: role})))
    assert [row for row in local if not row.site] == []


def test_a_role_at_one_site_overrules_the_role_for_every_site(trail: SmallTrail) -> None:
    roles = {None: Role.MONITOR, trail.here.id: Role.PHARMACIST}
    rows = rows_of(trail, scope=scope_of(viewer_with(roles)))
    assert {row.site for row in rows} == {"02", ""}
    roles = {None: Role.MONITOR, trail.here.id: Role.INVESTIGATOR}
    rows = rows_of(trail, scope=scope_of(viewer_with(roles)))
    assert {row.site for row in rows if ARM_TELLING in row.new} == {"01"}


def test_a_masked_search_finds_nothing_of_what_is_hidden(trail: SmallTrail) -> None:
    assert rows_of(trail, text=ARM_TELLING)
    assert rows_of(trail, scope=WHOLE_MASKED, text=ARM_TELLING) == []
    assert rows_of(trail, scope=WHOLE_MASKED, item="AEREL") == []
    assert rows_of(trail, scope=WHOLE_MASKED, form="EX") == []


def test_nobody_is_shown_a_password_or_a_sealed_arm(database_url: str) -> None:
    with opened(database_url) as database:
        fill(database)
        with database.unit_of_work(system_actor(), "test.secret") as uow:
            uow.session.get_one(User, 1).password_hash = "needle"
        # A sealed arm changes in an act of sealing it anew, and in no other.
        with database.unit_of_work(system_actor(), RESEAL_ACTION) as uow:
            uow.session.get_one(Slot, 1).sealed_arm = "needle"
        small = SmallTrail(database, *[None] * 5)  # type: ignore[arg-type]
        told = " ".join(f"{row.old} {row.new}" for row in rows_of(small))
    assert "needle" not in told
    assert "sha256:" not in told
    assert "sealed" not in told


# --- the history of one item -------------------------------------------------------------------


def test_the_history_of_an_item_is_its_values_and_its_queries(trail: SmallTrail) -> None:
    with trail.database.reading() as session:
        place = {"visit": "BL", "form": "OM", "row": 1, "repeat": 0}
        words = Words(STUDY, "en")
        events = item_history(
            session, trail.ward.id, item="OMWHO", words=words, role=Role.RESEARCH_NURSE, **place
        )
        query = item_history(
            session,
            trail.ward.id,
            item="AEREL",
            words=words,
            role=Role.RESEARCH_NURSE,
            visit="",
            form="AE",
            row=1,
            repeat=0,
        )
        assert (
            item_history(
                session, trail.far.id, item="TEMP", words=words, role=Role.RESEARCH_NURSE, **place
            )
            == []
        )
    newest, first = events
    assert (newest.who, newest.role) == ("张护士", "Research nurse")
    assert newest.reason == "核对病历后更正"
    assert newest.old == first.new
    assert first.old is None
    assert {event.action for event in query} == {"", "Query"}


# --- words -------------------------------------------------------------------------------------


def test_every_table_and_act_has_words_in_both_languages() -> None:
    from edc.models.audit import audited_keys
    from edc.reports.audit_labels import TABLE_LABELS

    assert set(TABLE_LABELS) == {"", *audited_keys()}
    assert all(label.en and label.zh for label in ACTION_LABELS.values())


def test_a_value_of_an_older_definition_is_told_as_stored(database_url: str) -> None:
    words = Words(STUDY, "zh")
    assert words.stored("OM", "GONE", '{"value": "9"}') == ("9", "9")
    assert words.stored("OM", "OMWHO", '{"value": "99"}') == ("99", "99")
    assert words.visit("OLD") == "OLD"
    assert words.form("OLD") == "OLD"
    assert words.action("old.act") == "old.act"


def test_the_trail_of_an_empty_study_is_an_empty_page(database_url: str) -> None:
    with opened(database_url) as database:
        small = SmallTrail(database, *[None] * 5)  # type: ignore[arg-type]
        assert page_of(small) == TrailPage([], None, None)
        assert page_of(small, since=date(2026, 1, 1)) == TrailPage([], None, None)
