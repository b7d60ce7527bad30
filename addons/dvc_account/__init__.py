# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from . import controllers, demo, models, wizard


def pre_init_hook(env):
    """Have Vietnamese and the đồng at hand: the suite is for Vietnamese agencies."""
    env.ref("base.VND").active = True
    if "vi_VN" not in dict(env["res.lang"].get_installed()):
        env["res.lang"]._activate_lang("vi_VN")
        env["ir.module.module"].search([("state", "=", "installed")])._update_translations(["vi_VN"])


def uninstall_hook(env):
    """Drop what PostgreSQL holds beside the tables."""
    env.cr.execute("DROP FUNCTION IF EXISTS dvc_refuse_change() CASCADE")
