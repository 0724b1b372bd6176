"""The config file: backends, voices, routes and profiles, checked when it is read."""

from ._config import Config, ConfigSource


__all__ = ["Config", "ConfigSource"]
