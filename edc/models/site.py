"""Sites, and the registers each site keeps."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from edc.models.audit import Audited, Place
from edc.models.base import Base, key


class Site(Audited, Base):
    """A hospital of the study; it hands out its own numbers, never twice."""

    __tablename__ = "site"

    id: Mapped[int] = key()
    code: Mapped[str] = mapped_column(String(8), unique=True)
    name_en: Mapped[str] = mapped_column(String(200))
    name_zh: Mapped[str] = mapped_column(String(200))
    last_screening: Mapped[int] = mapped_column(default=0)  # the last number handed out
    last_subject: Mapped[int] = mapped_column(default=0)

    def audit_place(self) -> Place:
        """Stand at the site itself."""
        return Place(site_id=self.id)


class RegisterRow(Audited, Base):
    """A row of a site's register (consent versions, protocol versions …)."""

    __tablename__ = "register_row"
    __table_args__ = (UniqueConstraint("site_id", "register", "row_key"),)

    id: Mapped[int] = key()
    site_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("site.id"))
    register: Mapped[str] = mapped_column(String(12))
    row_key: Mapped[str] = mapped_column(String(64))
    content: Mapped[str] = mapped_column(Text)  # JSON: item → canonical value

    def audit_place(self) -> Place:
        """Stand at the site, under the register's code."""
        return Place(site_id=self.site_id, form=self.register)
