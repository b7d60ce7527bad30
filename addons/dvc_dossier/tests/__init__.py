# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from . import test_calendar
from . import test_catalogue
from . import test_demo
from . import test_papers
