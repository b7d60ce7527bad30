# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from . import dvc_receipt_cancel
from . import dvc_wallet_refund_ask
from . import dvc_wallet_refund_reject
from . import dvc_wallet_top_up_ask
