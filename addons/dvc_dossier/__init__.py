# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from . import controllers, demo, models, wizard


def uninstall_hook(env):
    """Drop what PostgreSQL holds beside the tables."""
    env.cr.execute("DROP FUNCTION IF EXISTS dvc_dossier_event_waits() CASCADE")
