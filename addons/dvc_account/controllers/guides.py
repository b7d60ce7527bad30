# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The user guides: Markdown files of the addons' ``guides`` folders, shown as pages of the portal."""

import functools
from dataclasses import dataclass
from pathlib import Path

import markdown
import markupsafe

from odoo import http
from odoo.http import request
from odoo.modules.module import get_module_path

PREFIX = "dvc_"
# The files link to pictures as they lie in the checkout; the server has them under the addon's name.
LOCAL_STATIC = "../static/"
STYLED = {
    "<img ": '<img class="d-block mx-auto img-fluid border rounded my-3" style="max-height: 30rem" ',
    "<table>": '<table class="table table-sm table-bordered align-middle">',
}


@dataclass(frozen=True)
class Guide:
    """One guide: ``slug`` is the file's name without its ending."""

    slug: str
    title: str
    html: markupsafe.Markup


@functools.cache
def guides_of(addon: str) -> tuple[Guide, ...]:
    """Return an addon's guides in the order of their files' names."""
    folder = Path(get_module_path(addon) or "") / "guides"
    return tuple(_read(path, addon) for path in sorted(folder.glob("*.md")))


def _read(path: Path, addon: str) -> Guide:
    text = path.read_text(encoding="utf-8")
    title = text.partition("\n")[0].lstrip("# ").strip()
    html = markdown.markdown(text.replace(LOCAL_STATIC, f"/{addon}/static/"), extensions=["tables", "sane_lists"])
    for plain, styled in STYLED.items():
        html = html.replace(plain, styled)
    # The files are ours; nothing of a visitor's is in them.
    return Guide(path.stem, title, markupsafe.Markup(html))  # noqa: S704


class Guides(http.Controller):
    """The guides are public: nobody needs an account to learn how to get one."""

    @http.route("/dvc/guides", type="http", auth="public", methods=["GET"], website=True, sitemap=False, readonly=True)
    def dvc_guides(self):
        return request.render("dvc_account.guides", {"page_name": "dvc_guides", "guides": self._dvc_guides()})

    @http.route(
        "/dvc/guides/<string:slug>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
        readonly=True,
    )
    def dvc_guide(self, slug):
        guide = next((guide for guide in self._dvc_guides() if guide.slug == slug), None)
        if not guide:
            raise request.not_found()
        return request.render("dvc_account.guide", {"page_name": "dvc_guides", "guide": guide})

    def _dvc_guides(self) -> list[Guide]:
        installed = sorted(name for name in request.env.registry._init_modules if name.startswith(PREFIX))
        return sorted((guide for addon in installed for guide in guides_of(addon)), key=lambda guide: guide.slug)
