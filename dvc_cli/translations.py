# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The addons' terms, and their Vietnamese."""

import shutil

from . import databases, templates
from .settings import ADDONS, CHECKOUT, Settings
from .steps import call, say

# Odoo exports the Vietnamese of what is in the database; that of texts in the sources it leaves empty.
KEEP = """
import polib, sys
for new_path, old_path in zip(sys.argv[1::2], sys.argv[2::2]):
    known = {(entry.msgctxt, entry.msgid): entry for entry in polib.pofile(old_path)}
    catalogue = polib.pofile(new_path, wrapwidth=78)
    for entry in catalogue:
        old = known.get((entry.msgctxt, entry.msgid))
        if old and not entry.msgstr:
            entry.msgstr, entry.msgstr_plural = old.msgstr, old.msgstr_plural
    catalogue.save()
"""


def export(settings: Settings) -> None:
    """Write each addon's ``.pot`` and update its ``vi.po``.

    From a new database: one that served already would give back what it once loaded, not what the files say now.
    """
    templates.ensure(settings, "all")
    database = templates.scratch(settings, "all", "i18n")
    command = [*settings.odoo, "i18n"]
    options = ["-c", settings.conf, "-d", database]
    log, where = settings.log("i18n"), {"env": databases.environment(settings), "cwd": settings.home}
    call([*command, "loadlang", *options, "-l", databases.LANGUAGE], "loading Vietnamese", log, **where)
    kept = []
    for addon in ADDONS:
        folder = CHECKOUT / "addons" / addon / "i18n"
        folder.mkdir(exist_ok=True)
        if (catalogue := folder / "vi.po").exists():
            kept += [catalogue, settings.home / f"{addon}.vi.po"]
            shutil.copy(*kept[-2:])
        call([*command, "export", *options, "-l", "pot", "vi", "--", addon], f"exporting {addon}", log, **where)
    databases.drop(settings, database)
    call([settings.python, "-c", KEEP, *kept], "keeping the Vietnamese that was there", log)
    say("The terms are in addons/*/i18n; ./dvc lint names those without Vietnamese.")
