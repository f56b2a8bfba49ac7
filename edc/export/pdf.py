"""Papers as PDF: from a template to bytes, with no look at any network and no trace of the day.

The same content gives the same bytes, so that a printed paper can be made again and compared.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from jinja2 import Environment, FileSystemLoader, StrictUndefined

if TYPE_CHECKING:
    from weasyprint.urls import URLFetcherResponse

_TEMPLATES: Final = Path(__file__).parents[2] / "templates" / "print"


def render(template: str, *, style: str, **values: object) -> bytes:
    """Return the PDF of a template in ``templates/print`` with its style sheet."""
    # Importing it takes longer than most commands run.
    from weasyprint import CSS, HTML  # noqa: PLC0415
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    class Refusing(URLFetcher):  # type: ignore[misc]
        """Fetches nothing: a paper holds what it is given, and no address of anywhere else."""

        def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
            """Refuse."""
            del headers
            _refuse(url)

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    text = environment.get_template(template).render(**values)
    fetcher = Refusing()
    sheet = CSS(string=(_TEMPLATES / style).read_text(encoding="utf-8"), url_fetcher=fetcher)
    made = HTML(string=text, url_fetcher=fetcher).write_pdf(stylesheets=[sheet])
    return bytes(made)


def _refuse(url: str) -> NoReturn:
    message = f"a paper may not fetch {url}"
    raise ValueError(message)
