# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import SUPERUSER_ID, api
from odoo.tools.sql import column_exists


def migrate(cr, version):
    """Queue the checks of accounts that waited for the identity source: the facts have a place of their own now."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for account in env["dvc.account"].search([("state", "=", "pending"), ("check_next_at", "=", False)]):
        facts = account._claimed_facts()
        if facts:
            account._in_flow().write(account._queued(facts))
    # Unlocks that one person had asked for were kept on the account itself.
    if not column_exists(cr, "dvc_account", "unlock_requested_by_id"):
        return
    cr.execute(
        "INSERT INTO dvc_account_case"
        " (kind, account_id, origin, state, reason, asked_at, requested_by_id, requested_at)"
        " SELECT 'unlock', id, 'staff', 'requested', unlock_reason, unlock_requested_at, unlock_requested_by_id,"
        " unlock_requested_at FROM dvc_account WHERE state = 'locked' AND unlock_requested_by_id IS NOT NULL"
    )
