# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Whether the addons upgrade twice without a word, and leave nothing behind when they are removed."""

from . import databases, templates
from .scores import Score
from .settings import ADDONS, Settings
from .steps import Failure, call

DIFFERENCES_SHOWN = 10
# What an addon may have made, by the names that all of ours carry.
LEFT_OVER = r"""
SELECT 'table ' || tablename FROM pg_tables WHERE tablename LIKE 'dvc\_%'
UNION ALL SELECT 'view ' || viewname FROM pg_views WHERE viewname LIKE 'dvc\_%'
UNION ALL SELECT 'materialised view ' || matviewname FROM pg_matviews WHERE matviewname LIKE 'dvc\_%'
UNION ALL SELECT 'sequence ' || sequencename FROM pg_sequences WHERE sequencename LIKE 'dvc\_%'
UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE proname LIKE 'dvc\_%'
UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'dvc\_%'
UNION ALL SELECT 'column ' || table_name || '.' || column_name FROM information_schema.columns
    WHERE column_name LIKE 'dvc\_%'
UNION ALL SELECT 'model ' || model FROM ir_model WHERE model LIKE 'dvc.%'
UNION ALL SELECT 'data ' || module || '.' || name FROM ir_model_data WHERE module LIKE 'dvc\_%'
UNION ALL SELECT 'scheduled action ' || cron_name FROM ir_cron
    JOIN ir_act_server action ON action.id = ir_actions_server_id WHERE cron_name LIKE '%DVC%' OR code LIKE '%dvc%'
"""
# What an upgrade could make anew, rename or double.
CONTENT = r"""
SELECT 'data ' || module || '.' || name || ' ' || model || ' ' || res_id FROM ir_model_data WHERE module LIKE 'dvc\_%'
UNION ALL SELECT 'field ' || model || '.' || name || ' ' || ttype FROM ir_model_fields WHERE model LIKE 'dvc.%'
UNION ALL SELECT 'term ' || d.module || '.' || d.name || ' ' || md5(v.arch_db::text)
    FROM ir_ui_view v JOIN ir_model_data d ON d.model = 'ir.ui.view' AND d.res_id = v.id WHERE d.module LIKE 'dvc\_%'
ORDER BY 1
"""
UNINSTALL = """
env['ir.module.module'].search([('name', '=', {addon!r})]).button_immediate_uninstall()
env.cr.commit()
"""


def _content(settings: Settings, database: str) -> set[str]:
    """Return what a database is made of: its tables' definitions, and the records and views of ours."""
    schema = call(["pg_dump", "--schema-only", database], "pg_dump", env=databases.environment(settings), cwd="/")
    lines = {line for line in schema.splitlines() if line and not line.startswith(("--", "\\"))}
    return lines | set(databases.query(settings, CONTENT, database))


def check(settings: Settings) -> Score:
    """Upgrade all twice, remove them one by one from the right, and look for what is left."""
    score, layer = Score(), "removal"
    log = settings.log(f"test-{layer}")
    log.unlink(missing_ok=True)
    templates.ensure(settings, "all")
    database = templates.scratch(settings, "all", layer)
    try:
        before = _content(settings, database)
        for _ in range(2):
            options = ("-u", ",".join(ADDONS), "--stop-after-init", "--log-level", "warn")
            databases.odoo(settings, database, *options, log=log.stem, what="upgrading")
            after = _content(settings, database)
            for line in sorted(before ^ after)[:DIFFERENCES_SHOWN]:
                score.fail(f"{layer}: the upgrade changed {line}")
            before = after
        for addon in reversed(ADDONS):
            program = UNINSTALL.format(addon=addon)
            databases.odoo(
                settings, database, "--log-level", "warn", log=log.stem, what=f"removing {addon}", stdin=program
            )
        for left in databases.query(settings, LEFT_OVER, database):
            score.fail(f"{layer}: left behind: {left}")
    except Failure as failure:
        score.fail(f"{layer}: {failure}")
    score.add_log(layer, log)
    if not score.failed:
        score.passed = 1
    databases.drop(settings, database)
    return score
