"""The config file: backends, voices, routes and profiles, checked when it is read."""

from ._config import Config, ConfigSource
from ._show import shown


__all__ = ["Config", "ConfigSource", "shown"]
