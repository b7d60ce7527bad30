# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo.exceptions import AccessError
from odoo.tests import Form, TransactionCase, tagged

ROLES = ("officer", "specialist", "leader", "accountant", "manager", "auditor")


@tagged("post_install", "-at_install")
class TestScreens(TransactionCase):
    """Every record that a role finds in a list of its menu can be opened by it, in every view of the action."""

    def _actions(self, user):
        menus = self.env["ir.ui.menu"].with_user(user)
        root = self.env.ref("dvc_account.menu_root")
        visible = menus.search([("id", "child_of", root.id)])._filter_visible_menus()
        # What lies below a menu that the role does not see is out of its reach.
        shown = visible.filtered(lambda menu: self._above(menu, root) <= visible)
        # The menu is the user's; what its action is made of is not.
        return [menu.action for menu in shown.sudo() if menu.action and menu.action._name == "ir.actions.act_window"]

    def _above(self, menu, root):
        above = menu.sudo()
        while above and above[-1] != root:
            above += above[-1].parent_id
        return menu.browse(above.ids)

    def test_every_menu_opens(self):
        for role in ROLES:
            user = self.env["res.users"].search([("login", "=", role)])
            context = {"allowed_company_ids": user.company_ids.ids, "lang": "vi_VN"}
            actions = self._actions(user)
            self.assertTrue(actions)
            for action in actions:
                with self.subTest(role=role, action=action.xml_id):
                    self._open(self.env[action.res_model].with_user(user).with_context(**context), action)

    def _open(self, model, action):
        views = [(view.view_id.id, view.view_mode) for view in action.view_ids]
        views += [(False, mode) for mode in action.view_mode.split(",") if mode not in dict(map(reversed, views))]
        model.get_views([*views, (action.search_view_id.id, "search")])
        if model._transient:
            Form(model)
            return
        self.assertTrue(model.has_access("read"))
        record = model.search([], limit=1)
        if record and "form" in action.view_mode:
            Form(record)

    def test_a_citizen_has_no_staff_screen(self):
        citizen = self.env["res.users"].search([("login", "=", "citizen1")])
        with self.assertRaises(AccessError):
            self.env["dvc.violation"].with_user(citizen).search([])
