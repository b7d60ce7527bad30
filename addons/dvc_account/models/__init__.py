# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from . import dvc_append_only
from . import dvc_guarded
from . import dvc_unit
from . import ir_actions_report
from . import res_company
from . import res_users
