# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..contract import contract, has_role
from ..domain.account_findings import LEVELS, MISMATCHES, RULES, WAITING_HOURS
from .dvc_account import STATES

_lt = LazyTranslate(__name__)

RULE_NAMES = [
    ("never_tried", "Not standardised, never tried"),
    ("not_matched", "Tried, the data did not match"),
    ("waiting_long", "Waits too long for the identity source"),
    ("unlock_waiting", "Locked, unlock asked for"),
    ("no_contact", "Neither phone nor e-mail"),
    ("number_taken", "Number of a standardised account"),
    ("phone_taken", "Phone of a standardised account"),
    ("number_shared", "Number claimed several times"),
    ("phone_shared", "Phone claimed several times"),
    ("many_mismatches", "Many tries that did not match"),
    ("odd_name", "Not a person's name"),
    ("birth_conflict", "Birth year contradicts the number"),
    ("bad_issue_date", "Impossible issue date"),
    ("no_login", "Standardised, without a login"),
    ("never_logged_in", "Standardised, never logged in"),
]
REASONS = {
    "never_tried": _lt("The holder has not given the four facts yet: invite them."),
    "not_matched": _lt("The four facts were given and did not match the identity card: help at the desk."),
    "waiting_long": _lt("The identity source has given no answer for more than a day: see that it is connected."),
    "unlock_waiting": _lt("An officer asked for the unlock: a second officer or a manager decides."),
    "no_contact": _lt("No message can reach the holder: a visit or a notice at the desk is left."),
    "number_taken": _lt(
        "It claims the identification number of an account that is standardised: locked once it tries."
    ),
    "phone_taken": _lt("It claims the phone of an account that is standardised: the holder gives another or comes."),
    "number_shared": _lt("It shares its claimed identification number with %(total)s more: one person, one account."),
    "phone_shared": _lt("It shares its claimed phone with %(total)s more: a family's phone, or one person twice."),
    "many_mismatches": _lt("%(total)s tries did not match: somebody may be guessing another person's data."),
    "odd_name": _lt("The name has one word only, figures or signs: ask for the name on the card."),
    "birth_conflict": _lt("The date of birth is not in the year the identification number says."),
    "bad_issue_date": _lt("No card of this person can have been issued on the day given."),
    "no_login": _lt("The account is standardised, but nobody can sign in to it."),
    "never_logged_in": _lt("The holder has not signed in since: they may not know that they can."),
}

# The accounts of each rule, as `a`; a branch's rule is a constant, so a search for one rule runs that branch only.
_OPEN = "a.state IN ('unstandardized', 'pending')"
_MISMATCHED = "SELECT account_id, count(*) AS total FROM dvc_journal WHERE event = 'account.identity_mismatch'"
# (rule, other account, how many, since, FROM and WHERE)
_BRANCHES = (
    (
        "never_tried",
        "NULL::int",
        "0",
        "a.create_date",
        "dvc_account a WHERE a.state = 'unstandardized' AND a.checked_name IS NULL AND a.standardized_at IS NULL",
    ),
    (
        "not_matched",
        "NULL::int",
        "0",
        "a.create_date",
        "dvc_account a WHERE a.state = 'unstandardized' AND a.checked_name IS NOT NULL",
    ),
    (
        "waiting_long",
        "NULL::int",
        "0",
        "w.since",
        f"""dvc_account a CROSS JOIN LATERAL (
              SELECT min(j.at) AS since FROM dvc_journal j
               WHERE j.account_id = a.id AND j.event = 'account.standardize_pending' AND j.id > COALESCE((
                 SELECT max(k.id) FROM dvc_journal k
                  WHERE k.account_id = a.id AND k.event IN ('account.identity_mismatch', 'account.unlocked')), 0)) w
            WHERE a.state = 'pending'
              AND w.since < (now() AT TIME ZONE 'UTC') - interval '{WAITING_HOURS} hours'""",
    ),
    (
        "unlock_waiting",
        "NULL::int",
        "0",
        "c.asked_at",
        """dvc_account a JOIN dvc_account_case c ON c.account_id = a.id
            WHERE a.state = 'locked' AND c.kind = 'unlock' AND c.state IN ('open', 'requested')""",
    ),
    (
        "no_contact",
        "NULL::int",
        "0",
        "a.create_date",
        f"""dvc_account a LEFT JOIN res_partner p ON p.id = a.partner_id
            WHERE {_OPEN} AND a.phone_hash IS NULL AND COALESCE(a.email, '') = '' AND COALESCE(p.email, '') = ''""",
    ),
    (
        "number_taken",
        "s.id",
        "0",
        "a.create_date",
        f"""dvc_account a JOIN dvc_account s ON s.citizen_id_hash = a.citizen_id_hash AND s.state = 'standardized'
            WHERE {_OPEN}""",
    ),
    (
        "phone_taken",
        "s.id",
        "0",
        "a.create_date",
        f"dvc_account a JOIN dvc_account s ON s.phone_hash = a.phone_hash AND s.state = 'standardized' WHERE {_OPEN}",
    ),
    *(
        (
            f"{what}_shared",
            "NULL::int",
            "d.total - 1",
            "a.create_date",
            f"""dvc_account a JOIN (
                  SELECT {column}, count(*) AS total FROM dvc_account
                   WHERE state IN ('unstandardized', 'pending') AND {column} IS NOT NULL
                   GROUP BY {column} HAVING count(*) > 1) d ON d.{column} = a.{column}
                WHERE {_OPEN}""",
        )
        for what, column in (("number", "citizen_id_hash"), ("phone", "phone_hash"))
    ),
    (
        "many_mismatches",
        "NULL::int",
        "m.total",
        "a.create_date",
        f"""dvc_account a JOIN ({_MISMATCHED} GROUP BY account_id HAVING count(*) >= {MISMATCHES}) m
              ON m.account_id = a.id
            WHERE {_OPEN}""",
    ),
    ("odd_name", "NULL::int", "0", "a.create_date", f"dvc_account a WHERE a.has_odd_name AND {_OPEN}"),
    (
        "birth_conflict",
        "NULL::int",
        "0",
        "a.create_date",
        "dvc_account a WHERE a.has_birth_conflict AND a.state <> 'locked'",
    ),
    (
        "bad_issue_date",
        "NULL::int",
        "0",
        "a.create_date",
        f"""dvc_account a WHERE a.issue_date IS NOT NULL AND {_OPEN}
              AND (a.has_issue_conflict OR a.issue_date > (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date)""",
    ),
    (
        "no_login",
        "NULL::int",
        "0",
        "a.standardized_at",
        "dvc_account a WHERE a.state = 'standardized' AND a.user_id IS NULL",
    ),
    (
        "never_logged_in",
        "NULL::int",
        "0",
        "a.standardized_at",
        """dvc_account a WHERE a.state = 'standardized' AND a.user_id IS NOT NULL
              AND NOT EXISTS (SELECT 1 FROM res_users_log l WHERE l.create_uid = a.user_id)""",
    ),
)


class DvcAccountFinding(models.Model):
    """Accounts that call for something, and by which rule: read from the accounts as they are now."""

    _name = "dvc.account.finding"
    _description = "Account finding"
    _auto = False
    # The id is made of the account and the rule: newest accounts first, without a join.
    _order = "id desc"
    _rec_name = "account_id"
    _depends = {
        "dvc.account": (
            "state checked_name standardized_at create_date phone_hash citizen_id_hash email partner_id user_id"
            " has_odd_name has_birth_conflict has_issue_conflict issue_date"
        ).split(),
        "dvc.account.case": ["account_id", "kind", "state", "asked_at"],
        "dvc.journal": ["account_id", "event", "at"],
        "res.partner": ["email"],
        "res.users.log": ["create_uid"],
    }

    account_id = fields.Many2one("dvc.account", readonly=True)
    rule = fields.Selection(RULE_NAMES, readonly=True)
    level = fields.Selection(
        [
            ("todo", "To do"),
            ("duplicate", "Duplicate"),
            ("suspicious", "Suspicious"),
            ("info", "For information"),
        ],
        string="Kind",
        readonly=True,
    )
    state = fields.Selection(STATES, string="Account's state", readonly=True)
    other_id = fields.Many2one("dvc.account", string="Standardised account", readonly=True)
    total = fields.Integer(string="How many", readonly=True, aggregator=None)
    since = fields.Datetime(readonly=True)
    citizen_id_masked = fields.Char(related="account_id.citizen_id_masked")
    phone_masked = fields.Char(related="account_id.phone_masked")
    reason = fields.Char(string="Why", compute="_compute_reason")

    @property
    def _table_query(self) -> SQL:
        return SQL(" UNION ALL ").join(self._branch(*branch) for branch in _BRANCHES)

    @api.model
    def _branch(self, rule: str, other: str, total: str, since: str, source: str) -> SQL:
        return SQL(
            "SELECT a.id::bigint * 32 + %(number)s AS id, a.id AS account_id, %(rule)s::varchar AS rule,"
            " %(level)s::varchar AS level, a.state AS state, %(other)s AS other_id, %(total)s AS total,"
            " %(since)s AS since FROM %(source)s",
            number=RULES.index(rule),
            rule=rule,
            level=LEVELS[rule],
            other=SQL(other),  # pylint: disable=sql-injection  # constants of this module
            total=SQL(total),  # pylint: disable=sql-injection
            since=SQL(since),  # pylint: disable=sql-injection
            source=SQL(source),  # pylint: disable=sql-injection
        )

    @api.depends("rule", "total")
    def _compute_reason(self):
        for finding in self:
            text = self.env._(REASONS[finding.rule]) if finding.rule else ""
            finding.reason = text % {"total": finding.total} if "%(" in text else text

    @contract("officer", "auditor", unknown="finding.unknown")
    def action_open_account(self) -> dict:
        """Open the account."""
        return self.account_id._get_records_action(name=self.env._("Account"))

    def action_add_to_campaign(self) -> dict:
        """Open the dialog that adds the marked accounts to a campaign."""
        if not has_role(self.env, "officer"):
            raise AccessError(self.env._("Your role does not allow this operation."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Add accounts"),
            "res_model": "dvc.campaign.selection",
            "view_mode": "form",
            "target": "new",
            "context": {"default_marked_ids": [fields.Command.set(self.account_id.ids)]},
        }

    @api.model
    def _labels(self) -> dict[str, str]:
        """Return the rules' names in the user's language by code."""
        return dict(self._fields["rule"]._description_selection(self.env))
