"""How worker and sweep begin: logs, settings, the parts."""

from __future__ import annotations

import logging
import os
import sys

from ivr.policy import PolicyError
from line import Line
from settings import Settings, SettingsError


def begin() -> Line:
    """The process's line; a wrong setting or policy ends the process with its sentence."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        return Line.build(Settings.from_environ(os.environ))
    except (SettingsError, PolicyError) as error:
        sys.exit(str(error))
