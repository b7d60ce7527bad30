# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from . import dvc_campaign_demo
