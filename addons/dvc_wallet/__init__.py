# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from . import controllers
from . import demo
from . import models
from . import wizard


def uninstall_hook(env):
    """Drop what PostgreSQL holds beside the tables."""
    env.cr.execute("DROP FUNCTION IF EXISTS dvc_wallet_check_transfer() CASCADE")
    env.cr.execute("DROP FUNCTION IF EXISTS dvc_wallet_check_entry() CASCADE")
