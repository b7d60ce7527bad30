# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from . import dvc_result_hand_over
from . import dvc_result_publish
from . import dvc_result_take_back
from . import dvc_result_confirmation
