# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The addons' terms, and their Vietnamese."""

from . import databases, templates
from .settings import ADDONS, CHECKOUT, Settings
from .steps import call, say


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
    for addon in ADDONS:
        (CHECKOUT / "addons" / addon / "i18n").mkdir(exist_ok=True)
        call([*command, "export", *options, "-l", "pot", "vi", "--", addon], f"exporting {addon}", log, **where)
    databases.drop(settings, database)
    say("The terms are in addons/*/i18n; ./dvc lint names those without Vietnamese.")
