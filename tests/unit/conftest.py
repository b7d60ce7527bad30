# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Load the addons' plain modules by their files: importing them as packages would import Odoo."""

import importlib
import importlib.util
import sys
import types
from pathlib import Path

ADDONS = Path(__file__).resolve().parents[2] / "addons"


def load(addon: str, relative: str):
    """Return the module of a file, e.g. ``load("dvc_dossier", "domain/worktime.py")``."""
    name = f"{addon}_{relative.removesuffix('.py').replace('/', '_')}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ADDONS / addon / relative)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


def load_package(addon: str, folder: str, module: str):
    """Return a module of a folder whose modules import each other relatively, e.g. ``signing``."""
    package = f"{addon}_{folder}"
    if package not in sys.modules:
        holder = types.ModuleType(package)
        holder.__path__ = [str(ADDONS / addon / folder)]
        sys.modules[package] = holder
    return importlib.import_module(f"{package}.{module}")
