# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from . import certificates
from . import home
from . import password_reset
from . import standardize
